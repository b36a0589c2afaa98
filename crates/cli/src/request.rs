//! From the command line to requests: what the service cannot see from where it runs — files, environment,
//! terminal — is read here and sent along.

use std::path::PathBuf;

use bgcopy_api::certificates::{StoreLocation, Stores, Thumbprint, USUAL_STORE, Wanted};
use bgcopy_api::core::Secret;
use bgcopy_api::env_proxy::{EnvProxy, ProxyUser};
use bgcopy_api::settings::Proxy;
use bgcopy_api::{
    AddFile, AuthTarget, ClientCertificate, CreateJob, FileRange, Header, ManifestKind, NewManifest,
    NewMirror, Patch, ProxyUsage, SetSettings,
};

use crate::args::transfer::{Certificates, Files, Sources, Transfer};
use crate::args::values::{HeaderArg, Input, ProxyArg, RangeArg, User, is_metalink_url, parse_public_url};
use crate::described::{Document, Way};
use crate::destination::{IfExists, Planned, absolute, plan, several_for_one_name};
use crate::failure::Failure;
use crate::inputs::{Pem, read_client_certificate, read_headers, read_pem, read_urls};
use crate::interrupt::Interrupt;

/// Looks a variable up.
pub(crate) type Variable = Box<dyn Fn(&str) -> Option<String>>;

/// Where a command runs: the folder, the environment, and a terminal that may be asked.
pub(crate) struct Surroundings {
    /// The folder that relative paths start from.
    pub(crate) cwd: PathBuf,
    /// The environment.
    pub(crate) variable: Variable,
    /// Asks for a password.
    pub(crate) ask: fn(&str) -> Result<String, Failure>,
    /// Ends when the person wants to leave.
    pub(crate) interrupt: Box<dyn Fn() -> Interrupt>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Result<Self, Failure> {
        let cwd = std::env::current_dir().map_err(|source| Failure::Local {
            action: "find the current folder",
            path: ".".into(),
            source,
        })?;
        Ok(Self {
            cwd,
            variable: Box::new(|name| std::env::var(name).ok()),
            ask: crate::ask::password,
            interrupt: Box::new(crate::interrupt::ctrl_c),
        })
    }

    /// What the environment says of proxies.
    pub(crate) fn env_proxy(&self) -> Result<EnvProxy, Failure> {
        EnvProxy::from_environment(&self.variable).map_err(Failure::Usage)
    }
}

/// Parts and size of the one file of an `add`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exactly {
    /// Parts of the remote file.
    pub(crate) ranges: Vec<RangeArg>,
    /// The size it must have.
    pub(crate) size: Option<u64>,
}

/// What the command line names, as far as that can be told without a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// Files to fetch, with where they go.
    pub(crate) files: Vec<AddFile>,
    /// Metalinks: the files that they describe are to be fetched.
    pub(crate) metalinks: Vec<Document>,
}

/// The files and Metalinks that the command line names.
pub(crate) fn named(
    files: &Files,
    exactly: &Exactly,
    if_exists: IfExists,
    around: &Surroundings,
) -> Result<Named, Failure> {
    let (urls, metalinks) = apart(files, around)?;
    let count = urls.len() + metalinks.len();
    let sources = &files.sources;
    let for_one = [
        ("--checksum", files.checksum.is_some()),
        ("--mirror", !sources.mirror.is_empty()),
        ("--pieces-from", sources.pieces_from.is_some()),
        ("--range", !exactly.ranges.is_empty()),
        ("--expected-size", exactly.size.is_some()),
    ];
    if let Some((option, _)) = for_one.iter().find(|(_, given)| *given && count > 1) {
        return Err(Failure::Usage(format!("{option} speaks of one file, and there are {count} URLs")));
    }
    // A Metalink says all of this itself.
    let for_urls = [
        ("--checksum-from", sources.checksum_from.is_some()),
        ("--pieces-from", sources.pieces_from.is_some()),
        ("--range", !exactly.ranges.is_empty()),
        ("--expected-size", exactly.size.is_some()),
    ];
    if let (Some((option, _)), [metalink, ..]) = (for_urls.iter().find(|(_, given)| *given), &metalinks[..]) {
        return Err(Failure::Usage(format!(
            "{option} cannot be used with the Metalink {metalink}, which says that itself"
        )));
    }
    if let (Some(output), true) = (&files.output, count > 1) {
        return Err(several_for_one_name(output, &format!("{count} URLs")));
    }
    let planned = plan(&urls, files.output.as_deref(), files.dir.as_deref(), &around.cwd, if_exists)?;
    drop(urls);
    let digest = files.checksum.as_ref().map(ToString::to_string);
    let files =
        planned.into_iter().map(|file| add_file(file, digest.clone(), exactly, sources)).collect::<Vec<_>>();
    Ok(Named { files, metalinks })
}

/// URLs to fetch, and Metalinks to read.
fn apart(files: &Files, around: &Surroundings) -> Result<(Vec<String>, Vec<Document>), Failure> {
    let mut inputs = files.urls.clone();
    if let Some(list) = &files.input_file {
        inputs.extend(read_urls(list)?.into_iter().map(Input::Url));
    }
    let (mut urls, mut metalinks) = (Vec::new(), Vec::new());
    for input in inputs {
        match input {
            Input::Url(url) if files.no_metalink || !is_metalink_url(&url) => urls.push(url),
            Input::Url(url) => {
                parse_public_url(&url).map_err(Failure::Usage)?;
                metalinks.push(Document::Url(url));
            }
            Input::Metalink(path) if files.no_metalink => {
                let shown = path.display();
                return Err(Failure::Usage(format!(
                    "{shown} is here already; without --no-metalink, what it describes is fetched"
                )));
            }
            Input::Metalink(path) => metalinks.push(Document::Path(absolute(&path, &around.cwd)?)),
        }
    }
    Ok((urls, metalinks))
}

fn add_file(planned: Planned, digest: Option<String>, exactly: &Exactly, sources: &Sources) -> AddFile {
    let ranges = exactly.ranges.iter().map(|range| FileRange { offset: range.offset, length: range.length });
    AddFile {
        pending_name: planned.is_guess,
        digest,
        ranges: ranges.collect(),
        expected_size: exactly.size,
        mirrors: mirrors(&sources.mirror),
        manifest: manifest(sources).map(Box::new),
        ..AddFile::whole(planned.url, &planned.local)
    }
}

/// Mirrors in the order in which they were typed, the best first.
pub(crate) fn mirrors(urls: &[String]) -> Vec<NewMirror> {
    let ranked = urls.iter().zip(1..);
    ranked
        .map(|(url, priority)| NewMirror { url: url.clone(), priority: Some(priority), offered: false })
        .collect()
}

/// The document that says what a file must be: one at most, as clap sees to.
fn manifest(sources: &Sources) -> Option<NewManifest> {
    let of = |kind, url: &String| {
        let optional = sources.check_optional;
        NewManifest { kind, url: url.clone(), digest: None, hash_of_hashes: None, optional }
    };
    let sums = sources.checksum_from.as_ref().map(|url| of(ManifestKind::Sums, url));
    let pieces = sources.pieces_from.as_ref().map(|url| NewManifest {
        hash_of_hashes: sources.hash_of_hashes.as_ref().map(ToString::to_string),
        ..of(ManifestKind::Phf, url)
    });
    sums.or(pieces)
}

/// A job that fetches these files in this way.
pub(crate) fn job(
    transfer: &Transfer,
    files: Vec<AddFile>,
    around: &Surroundings,
) -> Result<CreateJob, Failure> {
    let name = transfer.name.clone().unwrap_or_else(|| job_name(&files));
    let (proxy, proxy_user) = proxy(transfer.proxy.as_ref(), around)?;
    let mut credentials = Vec::new();
    if let Some(user) = &transfer.user {
        credentials.extend(ask_if_needed(user, "the server", around)?.new_credentials(AuthTarget::Server));
    }
    match &transfer.proxy_user {
        Some(user) => {
            credentials.extend(ask_if_needed(user, "the proxy", around)?.new_credentials(AuthTarget::Proxy));
        }
        None => {
            credentials
                .extend(proxy_user.into_iter().flat_map(|user| user.new_credentials(AuthTarget::Proxy)));
        }
    }
    let mut settings = SetSettings {
        proxy: Some(proxy),
        allow_unverified: transfer.allow_unverified.then_some(true),
        ..SetSettings::default()
    };
    if let Some(rate) = transfer.limit_rate {
        settings.max_bytes_per_second = Patch::Set(rate);
    }
    if let Some(path) = &transfer.certificates.cacert {
        settings.extra_roots = Patch::Set(read_pem(path, Pem::Certificate)?);
    }
    if let Some(pair) = client_certificate(&transfer.certificates)? {
        settings.client_certificate = Patch::Set(pair);
    }
    Ok(CreateJob {
        priority: transfer.priority,
        settings,
        files,
        credentials,
        headers: headers(&transfer.header, &transfer.auth_header)?,
        ..CreateJob::named(name)
    })
}

/// Adds files to a job that is not made yet; where nobody named it, it is called after them.
pub(crate) fn extend(job: &mut CreateJob, files: Vec<AddFile>, transfer: &Transfer) {
    job.files.extend(files);
    if transfer.name.is_none() {
        job.display_name = job_name(&job.files);
    }
}

/// How documents are fetched where no option says so: by the proxies of the environment.
pub(crate) fn usual_way(around: &Surroundings) -> Result<Way, Failure> {
    let (proxy, _) = proxy(None, around)?;
    Ok(Way { proxy: Some(proxy), extra_roots: None })
}

/// The client certificate that the command line names, with its key.
pub(crate) fn client_certificate(given: &Certificates) -> Result<Option<ClientCertificate>, Failure> {
    if let Some(name) = &given.cert_name {
        let thumbprint = thumbprint(name);
        let wanted = thumbprint.as_ref().map_or(Wanted::Name(name), Wanted::Id);
        let stores = Stores::of_environment(|name| std::env::var_os(name));
        let found = stores.find(StoreLocation::User, USUAL_STORE, wanted);
        let refused = |error| Failure::Usage(format!("--cert-name {name}: {error}"));
        return found.map(|found| Some(found.pair)).map_err(refused);
    }
    let Some(cert) = &given.cert else { return Ok(None) };
    let (certificate, key) = read_client_certificate(cert, given.key.as_deref())?;
    Ok(Some(ClientCertificate { certificate, key: Secret::new(key) }))
}

/// A thumbprint as it is shown elsewhere: 40 hex digits, perhaps with colons or blanks between.
fn thumbprint(text: &str) -> Option<Thumbprint> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..20).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

/// The headers as the service takes them: those of every request, and those for a server that asks for a login.
pub(crate) fn headers(always: &[HeaderArg], when_challenged: &[HeaderArg]) -> Result<Vec<Header>, Failure> {
    let always = read_headers(always)?.into_iter().map(|(name, value)| Header::new(name, value));
    let challenged = read_headers(when_challenged)?.into_iter();
    let challenged =
        challenged.map(|(name, value)| Header { when_challenged: true, ..Header::new(name, value) });
    Ok(always.chain(challenged).collect())
}

/// User and password; asked for where the password was left out.
pub(crate) fn ask_if_needed(user: &User, at: &str, around: &Surroundings) -> Result<ProxyUser, Failure> {
    let password = match &user.password {
        Some(password) => password.clone(),
        None => (around.ask)(&format!("{} at {at}", user.name))?,
    };
    Ok(ProxyUser { user: user.name.clone(), password })
}

fn proxy(arg: Option<&ProxyArg>, around: &Surroundings) -> Result<(Proxy, Option<ProxyUser>), Failure> {
    Ok(match arg {
        None | Some(ProxyArg::Environment) => {
            let EnvProxy { list, bypass, credentials } = around.env_proxy()?;
            (Proxy { usage: ProxyUsage::Preconfig, list, bypass }, credentials)
        }
        Some(ProxyArg::None) => (Proxy { usage: ProxyUsage::NoProxy, list: None, bypass: None }, None),
        Some(ProxyArg::Url(proxy)) => {
            let list = Some(proxy.server.clone());
            (Proxy { usage: ProxyUsage::Override, list, bypass: None }, proxy.user.clone())
        }
    })
}

/// What a job is called whose maker gave it no name: after its files.
fn job_name(files: &[AddFile]) -> String {
    let base = |file: &AddFile| file.local_name.rsplit('/').next().unwrap_or_default().to_owned();
    let name = match files {
        [] => "no files yet".to_owned(),
        [file] => base(file),
        [first, rest @ ..] => format!("{} and {} more", base(first), rest.len()),
    };
    name.chars().take(bgcopy_api::core::limits::DISPLAY_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Ask, Verb, parse};
    use crate::fixture::surroundings;

    fn made(line: &str, environment: &'static [(&'static str, &'static str)]) -> Result<CreateJob, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let around = surroundings(folder.path(), environment);
        let words = ["bgcopy", "get"].into_iter().chain(line.split(' '));
        let Verb::Ask(Ask::Get(get)) = parse(words.map(Into::into)).unwrap().verb else { panic!("no get") };
        let named = named(&get.files, &Exactly::default(), IfExists::Refuse, &around)?;
        job(&get.transfer, named.files, &around)
    }

    #[test]
    fn jobs_are_called_after_their_files() {
        assert_eq!(made("http://h/a.iso", &[]).unwrap().display_name, "a.iso");
        assert_eq!(made("http://h/a http://h/b http://h/c", &[]).unwrap().display_name, "a and 2 more");
        assert_eq!(made("--name mine http://h/a", &[]).unwrap().display_name, "mine");
    }

    #[test]
    fn the_environment_is_sent_along_unless_a_proxy_is_named() {
        let environment = &[("https_proxy", "http://ada:pw@p:1"), ("no_proxy", "localhost")];
        let job = made("http://h/a", environment).unwrap();
        let proxy = job.settings.proxy.unwrap();
        assert_eq!((proxy.usage, proxy.list.as_deref()), (ProxyUsage::Preconfig, Some("https=http://p:1")));
        assert_eq!(proxy.bypass.as_deref(), Some("localhost *.localhost"));
        let schemes: Vec<_> =
            job.credentials.iter().map(|c| (c.target.as_str(), c.scheme.as_str())).collect();
        assert_eq!(schemes, [("proxy", "basic"), ("proxy", "digest")]);
        let job = made("--proxy none http://h/a", environment).unwrap();
        assert_eq!(job.settings.proxy.unwrap().usage, ProxyUsage::NoProxy);
        assert!(job.credentials.is_empty());
        let job = made("--proxy socks5://q:2 http://h/a", environment).unwrap();
        assert_eq!(job.settings.proxy.unwrap().list.as_deref(), Some("socks5://q:2"));
    }

    #[test]
    fn a_password_that_was_left_out_is_asked_for() {
        let job = made("--user ada http://h/a", &[]).unwrap();
        assert_eq!(job.credentials[0].password.reveal(), "asked for ada at the server");
        let job = made("--user ada:pw http://h/a", &[]).unwrap();
        assert_eq!(job.credentials[1].password.reveal(), "pw");
    }

    #[test]
    fn what_speaks_of_one_file_is_refused_for_several() {
        let digest = format!("--checksum sha-256={} http://h/a http://h/b", "0".repeat(64));
        for (line, option) in [
            (digest.as_str(), "--checksum"),
            ("--mirror http://m/a http://h/a http://h/b", "--mirror"),
            ("--pieces-from http://h/a.phf http://h/a http://h/b.meta4", "--pieces-from"),
        ] {
            let refused = made(line, &[]).unwrap_err().to_string();
            assert_eq!(refused, format!("{option} speaks of one file, and there are 2 URLs"));
        }
    }

    #[test]
    fn mirrors_and_manifests_become_those_of_the_file() {
        let hex = "a5".repeat(32);
        let line = format!(
            "--mirror http://b/f --mirror http://c/f --pieces-from https://h/f.phf --hash-of-hashes {hex} \
             http://h/f"
        );
        let file = made(&line, &[]).unwrap().files.remove(0);
        let ranked: Vec<_> =
            file.mirrors.iter().map(|mirror| (mirror.url.as_str(), mirror.priority)).collect();
        assert_eq!(ranked, [("http://b/f", Some(1)), ("http://c/f", Some(2))]);
        let manifest = file.manifest.unwrap();
        assert_eq!((manifest.kind, manifest.url.as_str()), (ManifestKind::Phf, "https://h/f.phf"));
        assert_eq!(manifest.hash_of_hashes, Some(hex));
    }

    #[test]
    fn one_list_of_checksums_speaks_of_each_file() {
        let job = made("--checksum-from https://h/SHA256SUMS http://h/a http://h/b", &[]).unwrap();
        for file in &job.files {
            let manifest = file.manifest.as_ref().unwrap();
            assert_eq!((manifest.kind, manifest.url.as_str()), (ManifestKind::Sums, "https://h/SHA256SUMS"));
        }
        assert_eq!(job.files.len(), 2);
    }

    #[test]
    fn a_metalink_is_read_unless_it_is_wanted_itself() {
        let named = |line: &str| {
            let folder = tempfile::tempdir().unwrap();
            let words = ["bgcopy", "get"].into_iter().chain(line.split(' '));
            let Verb::Ask(Ask::Get(get)) = parse(words.map(Into::into)).unwrap().verb else {
                panic!("no get")
            };
            let around = surroundings(folder.path(), &[]);
            named(&get.files, &Exactly::default(), IfExists::Refuse, &around)
        };
        let read = named("http://h/a http://h/b.meta4?sig=1 /srv/c.metalink").unwrap();
        assert_eq!((read.files.len(), read.files[0].remote_name.as_str()), (1, "http://h/a"));
        assert_eq!(
            read.metalinks,
            [Document::Url("http://h/b.meta4?sig=1".to_owned()), Document::Path("/srv/c.metalink".into())]
        );
        let itself = named("--no-metalink http://h/b.meta4").unwrap();
        assert_eq!((itself.files.len(), itself.metalinks.len()), (1, 0));
        for (line, refused) in [
            (
                "--no-metalink c.meta4",
                "c.meta4 is here already; without --no-metalink, what it describes is fetched",
            ),
            (
                "--checksum-from http://h/S http://h/b.meta4?k=s3cret",
                "--checksum-from cannot be used with the Metalink http://h/b.meta4?…, which says that itself",
            ),
            (
                "http://ada:s3cret@h/b.meta4",
                "http://h/b.meta4 is asked without user name and password; leave them out",
            ),
            (
                "-o x http://h/a http://h/b.meta4",
                "-o x names one file, and there are 2 URLs; use -d to choose their folder",
            ),
        ] {
            assert_eq!(named(line).unwrap_err().to_string(), refused);
        }
    }
}
