//! The configuration: strict TOML in layers, parsed once into a [`Config`] that cannot be wrong.
//!
//! Layers, the weakest first: defaults, `/etc/bgcopy/config.toml`, `/etc/bgcopy/conf.d/*.toml` by name,
//! `$XDG_CONFIG_HOME/bgcopy/config.toml` (a per-user service), environment variables `BGCOPY_<NAME>`,
//! flags. A name or value that is wrong refuses the start and names file and line; all that is wrong is
//! told at once. At a reload the settings in force stay when the new ones are wrong (K07).

mod cache;
mod docs;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod hours;
mod layers;
mod options;
mod value;

use std::collections::BTreeMap;

pub use cache::CacheHostSource;
pub use docs::markdown;
pub use error::{ConfigError, Problem, Provider};
pub use layers::{Files, Flag, Preset, Sources};
pub use options::Config;
pub use value::{LogFilter, Rate, SpaceFloor};

/// Settings while they are read.
#[derive(Debug, Default)]
struct Draft {
    config: Config,
    providers: BTreeMap<String, Provider>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Draft {
    fn finish(self) -> Result<Loaded, ConfigError> {
        let Self { config, providers, problems, warnings } = self;
        if problems.is_empty() {
            Ok(Loaded { config, providers, warnings })
        } else {
            Err(ConfigError { problems })
        }
    }
}

#[derive(Debug)]
struct Loaded {
    config: Config,
    providers: BTreeMap<String, Provider>,
    warnings: Vec<String>,
}

/// The settings in force, and where they came from.
#[derive(Debug)]
pub struct Settings {
    sources: Sources,
    loaded: Loaded,
}

/// One setting as `bgcopy config` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it is written in a file.
    pub value: String,
    /// Who gave it this value.
    pub provider: Provider,
    /// What it is for, on one line.
    pub doc: String,
}

/// A setting that a reload changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: &'static str,
    /// As it was.
    pub before: String,
    /// As it is now.
    pub after: String,
}

impl Settings {
    /// Reads every source.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn load(sources: Sources) -> Result<Self, ConfigError> {
        let loaded = sources.read().finish()?;
        Ok(Self { sources, loaded })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// What looked odd and was left aside.
    pub fn warnings(&self) -> &[String] {
        &self.loaded.warnings
    }

    /// Every setting with its value and provider.
    pub fn effective(&self) -> Vec<Effective> {
        let provider = |name| self.loaded.providers.get(name).cloned().unwrap_or(Provider::Default);
        let shown = self.loaded.config.shown().into_iter();
        shown
            .map(|shown| Effective {
                name: shown.name,
                value: shown.value,
                provider: provider(shown.name),
                doc: shown.doc.split_whitespace().collect::<Vec<_>>().join(" "),
            })
            .collect()
    }

    /// Reads the files again. What changed is in force at once, and told.
    ///
    /// # Errors
    /// Everything that is wrong with the new settings; the old ones stay in force.
    pub fn reload(&mut self) -> Result<Vec<Change>, ConfigError> {
        let new = self.sources.read().finish()?;
        let pairs = self.loaded.config.shown().into_iter().zip(new.config.shown());
        let changes = pairs
            .filter(|(before, after)| before.value != after.value)
            .map(|(before, after)| Change { name: before.name, before: before.value, after: after.value })
            .collect();
        self.loaded = new;
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    /// A machine's folder and a user's file in a temporary folder.
    struct House {
        folder: tempfile::TempDir,
    }

    impl House {
        fn new(files: &[(&str, &str)]) -> Self {
            let house = Self { folder: tempfile::tempdir().unwrap() };
            for (name, text) in files {
                house.write(name, text);
            }
            house
        }

        fn write(&self, name: &str, text: impl AsRef<[u8]>) {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn sources(&self) -> Sources {
            let machine = self.folder.path().join("etc");
            let user = Some(self.folder.path().join("home/config.toml"));
            Sources {
                files: Files::Usual { machine, user },
                environment: Vec::new(),
                flags: Vec::new(),
                preset: &[],
            }
        }

        /// A text without the name of the temporary folder.
        fn plain(&self, text: &impl ToString) -> String {
            text.to_string().replace(self.folder.path().to_str().unwrap(), "")
        }

        fn error(&self) -> String {
            self.plain(&Settings::load(self.sources()).unwrap_err())
        }
    }

    fn variable(name: &str, value: impl AsRef<OsStr>) -> (OsString, OsString) {
        (name.into(), value.as_ref().to_owned())
    }

    fn provider_of(settings: &Settings, name: &str) -> String {
        settings.effective().iter().find(|setting| setting.name == name).unwrap().provider.to_string()
    }

    #[test]
    fn without_any_source_every_setting_has_its_default() {
        let settings = Settings::load(House::new(&[]).sources()).unwrap();
        assert_eq!(*settings.config(), Config::default());
        assert!(settings.effective().iter().all(|setting| setting.provider == Provider::Default));
        assert!(settings.effective().iter().all(|setting| !setting.doc.is_empty()));
    }

    #[test]
    fn the_stronger_layer_wins_and_is_named() {
        let house = House::new(&[
            ("etc/config.toml", "background_jobs = 1\nfiles_at_once = 1\ntime_slice_seconds = 1\n"),
            ("etc/conf.d/10-a.toml", "files_at_once = 2\nmax_jobs_per_user = 2\nlow_speed_seconds = 2\n"),
            ("etc/conf.d/20-b.toml", "\n\nmax_jobs_per_user = 3\n"),
            ("etc/conf.d/.hidden.toml", "no_setting = 1"),
            ("etc/conf.d/30-c.toml.dpkg-old", "no_setting = 1"),
            ("home/config.toml", "low_speed_seconds = 4\nconnect_timeout_seconds = 4\nmax_files_per_job = 4"),
        ]);
        let mut sources = house.sources();
        sources.environment =
            vec![variable("BGCOPY_CONNECT_TIMEOUT_SECONDS", "5"), variable("BGCOPY_MAX_FILES_PER_JOB", "5")];
        sources.flags = vec![Flag { flag: "--files", setting: "max_files_per_job", value: "6".to_owned() }];
        let settings = Settings::load(sources).unwrap();
        let told: Vec<String> = settings
            .effective()
            .iter()
            .filter(|setting| setting.provider != Provider::Default)
            .map(|setting| {
                format!("{} = {} ({})", setting.name, setting.value, house.plain(&setting.provider))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        background_jobs = 1 (/etc/config.toml:1)
        files_at_once = 2 (/etc/conf.d/10-a.toml:1)
        time_slice_seconds = 1 (/etc/config.toml:3)
        max_jobs_per_user = 3 (/etc/conf.d/20-b.toml:3)
        max_files_per_job = 6 (flag --files)
        connect_timeout_seconds = 5 (environment variable BGCOPY_CONNECT_TIMEOUT_SECONDS)
        low_speed_seconds = 4 (/home/config.toml:1)
        ");
        assert_eq!(settings.config().connect_timeout, Duration::from_secs(5));
    }

    #[test]
    fn k07_unknown_keys_and_wrong_values_refuse_the_start_with_file_and_line() {
        let house = House::new(&[
            (
                "etc/config.toml",
                "# comment\nidle_exit_second = 5\nbackground_jobs = \"four\"\n\n[network]\nspeed = 1\n",
            ),
            (
                "etc/conf.d/a.toml",
                "time_slice_seconds = 0\nrequire_session = 1\nfree_space_floor = 1.5\nlog_level = []\n",
            ),
            (
                "home/config.toml",
                "\"a\\nb\" = 1\nidle_exit_seconds = 99999999999999999999999\nuser_agent = \"a\\r\\nb\"",
            ),
        ]);
        insta::assert_snapshot!(house.error());
    }

    #[test]
    fn what_is_wrong_within_a_table_is_told_with_its_own_line() {
        let house = House::new(&[
            (
                "etc/config.toml",
                "hours_to_limit_background_download_bandwidth = [\n  { from = 8, to = 17, percentage = 10 },\n  \
                 { from = 8, to = 25, percentage = 10 },\n]\n",
            ),
            (
                "etc/conf.d/a.toml",
                "\n[hours_to_limit_foreground_download_bandwidth]\nfrom = 8\npercent = 10\nto = 17\n",
            ),
            (
                "home/config.toml",
                "[[hours_to_limit_background_download_bandwidth]]\nfrom = 22\nto = 6\npercentage = 10\n\
                 [[hours_to_limit_background_download_bandwidth]]\nfrom = 22\nto = 6\npercentage = 10\n\
                 days = [\n\"mon\",\n\"weekend\",\n]\n",
            ),
        ]);
        insta::assert_snapshot!(house.error());
    }

    #[test]
    fn hours_are_read_from_files_and_from_the_environment() {
        let table = "[[hours_to_limit_background_download_bandwidth]]\nfrom = 22\nto = 6\npercentage = 10\n";
        let house = House::new(&[("etc/config.toml", &format!("{table}days = [\"fri-sun\"]\n{table}"))]);
        let mut sources = house.sources();
        let settings = Settings::load(sources.clone()).unwrap();
        assert_eq!(settings.config().hours_to_limit_background_download_bandwidth.len(), 2);
        let name = "hours_to_limit_background_download_bandwidth";
        assert_eq!(house.plain(&provider_of(&settings, name)), "/etc/config.toml:1");
        sources.environment = vec![variable(
            "BGCOPY_HOURS_TO_LIMIT_BACKGROUND_DOWNLOAD_BANDWIDTH",
            "{from=8,to=17,percentage=0}",
        )];
        let settings = Settings::load(sources).unwrap();
        let shown = settings.effective().into_iter().find(|setting| setting.name == name).unwrap();
        assert_eq!(shown.value, "{ from = 8, to = 17, percentage = 0 }");
    }

    #[test]
    fn a_file_that_is_no_toml_refuses_the_start() {
        let house = House::new(&[
            ("etc/config.toml", "background_jobs = 1\nbackground_jobs = 2\n"),
            ("etc/conf.d/a.toml", "\nfiles_at_once 3\n"),
            ("etc/conf.d/b.toml", "log_level = \"info\n"),
        ]);
        house.write("home/config.toml", b"log_level = \"info\"\nuser_agent = \"\xff\"\n");
        insta::assert_snapshot!(house.error());
    }

    #[test]
    fn k07_a_drop_in_that_cannot_be_read_refuses_the_start() {
        // A dangling link and a folder: root, who may run the tests, can read everything else.
        let house = House::new(&[("etc/conf.d/a.toml/file", ""), ("home/config.toml/file", "")]);
        std::os::unix::fs::symlink("nowhere", house.folder.path().join("etc/conf.d/b.toml")).unwrap();
        insta::assert_snapshot!(house.error());
    }

    #[test]
    fn a_file_of_a_megabyte_is_no_configuration() {
        let house = House::new(&[]);
        house.write("etc/config.toml", "#".repeat((1 << 20) + 1));
        assert_eq!(house.error(), "/etc/config.toml is larger than 1048576 bytes; that is no configuration");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let house = House::new(&[("one.toml", "background_jobs = 2"), ("etc/config.toml", "no_setting = 1")]);
        let load = |name| {
            let files = Files::Only(house.folder.path().join(name));
            Settings::load(Sources { files, ..house.sources() })
        };
        assert_eq!(load("one.toml").unwrap().config().background_jobs, 2);
        assert_eq!(
            house.plain(&load("two.toml").unwrap_err()),
            "cannot read /two.toml: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn wrong_variables_and_flags_refuse_the_start_and_foreign_ones_only_get_a_word() {
        let house = House::new(&[]);
        let mut sources = house.sources();
        sources.environment = vec![
            variable("BGCOPY_SOCKET", "/run/x"),
            variable("BGCOPY_IDLE_EXIT", "5"),
            variable("BGCOPY_COLOUR", "red"),
            variable("OTHER", "1"),
        ];
        let settings = Settings::load(sources.clone()).unwrap();
        insta::assert_snapshot!(settings.warnings().join("\n"), @r#"
        environment variable "BGCOPY_IDLE_EXIT" is no setting; did you mean BGCOPY_IDLE_EXIT_SECONDS?
        environment variable "BGCOPY_COLOUR" is no setting
        "#);

        sources.environment = vec![
            variable("BGCOPY_BACKGROUND_JOBS", "many"),
            variable("BGCOPY_USER_AGENT", OsStr::from_bytes(b"a\xff")),
        ];
        sources.flags =
            vec![Flag { flag: "--idle-exit", setting: "idle_exit_seconds", value: "soon".to_owned() }];
        insta::assert_snapshot!(Settings::load(sources).unwrap_err(), @r#"
        environment variable BGCOPY_BACKGROUND_JOBS: background_jobs must be a whole number from 1 to 64, not "many"
        environment variable BGCOPY_USER_AGENT: user_agent must be 1 to 256 printable ASCII characters, not "a�"
        flag --idle-exit: idle_exit_seconds must be a whole number of seconds from 1 to 604800, or "never", not "soon"
        "#);
    }

    #[test]
    fn a_good_reload_tells_what_changed() {
        let house = House::new(&[("etc/config.toml", "background_jobs = 2\nfiles_at_once = 2\n")]);
        let mut settings = Settings::load(house.sources()).unwrap();
        house.write("etc/config.toml", "files_at_once = 3\n");
        house.write("home/config.toml", "do_scheduling = false\n");
        let change = |name, before: &str, after: &str| Change {
            name,
            before: before.to_owned(),
            after: after.to_owned(),
        };
        assert_eq!(
            settings.reload().unwrap(),
            [change("background_jobs", "2", "4"), change("files_at_once", "2", "3")]
        );
        assert_eq!((settings.config().background_jobs, settings.config().files_at_once), (4, 3));
        assert_eq!(house.plain(&provider_of(&settings, "do_scheduling")), "/home/config.toml:1");
        assert_eq!(settings.reload().unwrap(), []);
    }

    #[test]
    fn k07_a_bad_reload_keeps_the_old_settings() {
        let house = House::new(&[("etc/config.toml", "background_jobs = 2\n")]);
        let mut settings = Settings::load(house.sources()).unwrap();
        let before = settings.effective();
        house.write("etc/config.toml", "background_jobs = 3\nbackground_job = 4\n");
        assert_eq!(
            house.plain(&settings.reload().unwrap_err()),
            "/etc/config.toml:2: there is no setting \"background_job\"; did you mean background_jobs?"
        );
        assert_eq!(settings.effective(), before);
        assert_eq!(settings.config().background_jobs, 2);
    }

    #[test]
    fn the_manual_is_the_one_that_is_generated() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, markdown()).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap();
        assert!(
            written == markdown(),
            "docs/configuration.md is not what the table of settings says; run\n  \
             UPDATE_DOCS=1 cargo test -p bgcopy-service the_manual_is"
        );
    }
}
