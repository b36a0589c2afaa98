//! What a shell offers while a line is typed. The script of `bgcopy completions` asks this program, since names
//! of jobs and settings are known to nobody else; it never starts a service, and what it cannot learn at once it
//! does not offer.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use bgcopy_api::core::Language;
use bgcopy_api::start::Wish;
use bgcopy_api::{Client, ClientError, Job, JobFilter};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::args::command;
use crate::failure::Failure;
use crate::remedies::short;
use crate::set;
use crate::text::{Charset, printable, shell_word};

/// The variable with which the script asks. It does not begin with `BGCOPY_`, as the settings of the service do.
const VARIABLE: &str = "_BGCOPY_COMPLETE";
/// The person waits for the shell, and the shell for us.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers a shell, if that is who asks; says whether it was.
pub(crate) fn answered() -> Result<bool, clap::Error> {
    let cwd = std::env::current_dir().ok();
    CompleteEnv::with_factory(command).var(VARIABLE).try_complete(std::env::args_os(), cwd.as_deref())
}

/// The script that has a shell ask.
pub(crate) fn script(shell: clap_complete::Shell) -> Result<Vec<u8>, Failure> {
    let mut script = Vec::new();
    // Every shell that can be named on the command line has its script; a test goes through them.
    if let Some(shell) = Shells::builtins().completer(&shell.to_string()) {
        shell.write_registration(VARIABLE, "bgcopy", "bgcopy", "bgcopy", &mut script)?;
    }
    Ok(script)
}

/// These words.
pub(crate) fn words(words: &'static [&'static str]) -> ArgValueCandidates {
    ArgValueCandidates::new(|| words.iter().map(CompletionCandidate::new).collect())
}

/// The jobs there are.
pub(crate) fn jobs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let jobs = ask(async |client| client.all_jobs(&JobFilter::default()).await).unwrap_or_default();
        job_names(&jobs, &typed.to_string_lossy())
    })
}

/// The settings of the service.
pub(crate) fn settings() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let settings = ask(async |client| client.config().await).unwrap_or_default();
        let offered = settings
            .into_iter()
            .map(|setting| offer(setting.name, &format!("{} ({})", setting.value, setting.provider)));
        offered.collect()
    })
}

/// The keys of `set`, and of one that was typed the values.
pub(crate) fn assignments() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
        let at = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
        match at.and_then(|at| key_before(&words, at)) {
            Some(key) => values(&key, &typed.to_string_lossy(), ""),
            None => keys_and_values(&typed.to_string_lossy()),
        }
    })
}

/// Names where they are enough, else ids; ids also where the start of one is typed. A name that a shell would
/// take apart is told beside the id.
fn job_names(jobs: &[Job], typed: &str) -> Vec<CompletionCandidate> {
    let is_one = |name: &str| jobs.iter().filter(|job| job.display_name == name).count() == 1;
    let fits = |text: &str| text.starts_with(typed);
    let mut offered = Vec::new();
    for job in jobs {
        let (id, name) = (short(job.id), &job.display_name);
        if is_one(name) && shell_word(name) == *name && fits(name) {
            offered.push(offer(name.clone(), &format!("{id}, {}", job.state)));
        } else if fits(&id) {
            let name = printable(name, Charset::Utf8);
            offered.push(offer(id, &format!("{name}, {}", job.state)));
        }
    }
    offered
}

fn keys_and_values(typed: &str) -> Vec<CompletionCandidate> {
    match typed.split_once('=') {
        Some((key, value)) => values(key, value, &format!("{key}=")),
        None => set::keys()
            .filter(|(name, _)| name.starts_with(typed))
            .map(|(name, doc)| offer(format!("{name}="), doc))
            .collect(),
    }
}

fn values(key: &str, typed: &str, prefix: &str) -> Vec<CompletionCandidate> {
    let values = set::values(key).into_iter().filter(|value| value.starts_with(typed));
    values.map(|value| CompletionCandidate::new(format!("{prefix}{value}"))).collect()
}

/// The key whose value is typed, where the shell takes a word apart at `=`, as bash does (`COMP_WORDBREAKS`): then
/// the key is a word of its own, and the sign another or none.
fn key_before(words: &[OsString], at: usize) -> Option<String> {
    let word = |back: usize| words.get(at.checked_sub(back)?)?.to_str();
    let key = match word(1)? {
        "=" => word(2)?,
        key => key,
    };
    set::keys().any(|(name, _)| name == key).then(|| key.to_owned())
}

fn offer(value: impl Into<OsString>, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(value).help(Some(help.to_owned().into()))
}

/// Asks the service that the line means, if one runs and answers at once.
fn ask<T>(question: impl AsyncFnOnce(&Client) -> Result<T, ClientError>) -> Option<T> {
    let place = wish(std::env::args_os()).place().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let asked = async {
        let client = Client::connect(&place.socket, Language::English).await.ok()?;
        question(&client).await.ok()
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await.ok().flatten() })
}

/// Which service a line means that is not yet whole, so that it cannot be parsed.
fn wish(words: impl Iterator<Item = OsString>) -> Wish {
    let mut wish = Wish { socket: None, system: false };
    let mut words = words.filter_map(|word| word.into_string().ok());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--system" => wish.system = true,
            "--socket" => wish.socket = words.next().map(Into::into),
            word => {
                if let Some(socket) = word.strip_prefix("--socket=") {
                    wish.socket = Some(socket.into());
                }
            }
        }
    }
    wish
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell;

    use super::*;
    use crate::fixture;

    fn shown(offered: &[CompletionCandidate]) -> Vec<String> {
        offered.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
    }

    /// What is offered for the last word of a line.
    fn offered(line: &str) -> Vec<String> {
        let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
        let last = words.len() - 1;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        shown(&clap_complete::engine::complete(&mut command(), words, last, Some(folder.path())).unwrap())
    }

    #[test]
    fn every_shell_has_a_script_that_asks() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let script = String::from_utf8(script(shell).unwrap()).unwrap();
            assert!(script.contains(VARIABLE), "{shell}");
        }
    }

    #[test]
    fn words_options_and_their_values_are_offered() {
        for (line, words) in [
            ("bgcopy comp", &["complete", "completions"][..]),
            ("bgcopy get --cancel", &["--cancel-on-interrupt"]),
            ("bgcopy get --priority ", &["foreground", "high", "normal", "low"]),
            ("bgcopy get --existing k", &["keep-both"]),
            ("bgcopy list --state er", &["error"]),
            ("bgcopy list --state error,transi", &["error,transient-error"]),
            ("bgcopy daemon --log-level w", &["warn"]),
            ("bgcopy daemon --idle-exit ", &["never"]),
            ("bgcopy completions z", &["zsh"]),
            ("bgcopy get -d f", &["folder/"]),
            ("bgcopy get -i f", &["file", "folder/"]),
            ("bgcopy set job pri", &["priority="]),
            ("bgcopy set job priority=l", &["priority=low"]),
            ("bgcopy set job auto-complete=", &["auto-complete=yes", "auto-complete=no"]),
            ("bgcopy set job display-name=", &[]),
        ] {
            let mut offered = offered(line);
            offered.sort_unstable();
            let mut words = words.to_vec();
            words.sort_unstable();
            assert_eq!(offered, words, "{line}");
        }
    }

    #[test]
    fn jobs_are_offered_by_name_where_that_is_enough_and_by_id_else() {
        let named = |id: &str, name: &str| {
            let mut job = fixture::job();
            (job.id, job.display_name) = (id.parse().unwrap(), name.to_owned());
            job
        };
        let jobs = [
            named("3f2a1b4c-0000-4000-8000-000000000001", "big.iso"),
            named("ab2a1b4c-0000-4000-8000-000000000001", "twice"),
            named("ac2a1b4c-0000-4000-8000-000000000001", "twice"),
            named("ad2a1b4c-0000-4000-8000-000000000001", "a.iso and 2 more"),
        ];
        let offered = |typed| shown(&job_names(&jobs, typed));
        assert_eq!(offered(""), ["big.iso", "ab2a1b4c", "ac2a1b4c", "ad2a1b4c"]);
        assert_eq!(offered("b"), ["big.iso"]);
        assert_eq!(offered("3f"), ["3f2a1b4c"]);
        assert_eq!(offered("a"), ["ab2a1b4c", "ac2a1b4c", "ad2a1b4c"]);
    }

    #[test]
    fn a_shell_that_takes_words_apart_is_offered_the_values_alone() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (line, key) in [
            ("bgcopy set job priority = l", Some("priority")),
            ("bgcopy set job priority ", Some("priority")),
            ("bgcopy set job existing = refuse pri", None),
            ("bgcopy set job = x", None),
        ] {
            let words = words(line);
            assert_eq!(key_before(&words, words.len() - 1).as_deref(), key, "{line}");
        }
        assert_eq!(shown(&values("priority", "l", "")), ["low"]);
    }

    #[test]
    fn the_service_that_the_line_means_is_asked() {
        let wished = |line: &str| {
            let wish = wish(line.split(' ').map(OsString::from));
            (wish.socket.map(|socket| socket.display().to_string()), wish.system)
        };
        assert_eq!(wished("bgcopy --system show "), (None, true));
        assert_eq!(wished("bgcopy show --socket /s "), (Some("/s".to_owned()), false));
        assert_eq!(wished("bgcopy show --socket=/s "), (Some("/s".to_owned()), false));
    }
}
