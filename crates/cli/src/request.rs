//! From the command line to requests: what the service cannot see from where it runs — files, environment,
//! terminal — is read here and sent along.

use std::path::PathBuf;

use bgcopy_api::core::Secret;
use bgcopy_api::settings::Proxy;
use bgcopy_api::{
    AddFile, AuthScheme, AuthTarget, ClientCertificate, CreateJob, FileRange, Header, NewCredentials, Patch,
    ProxyUsage, SetSettings,
};

use crate::args::transfer::{Files, Transfer};
use crate::args::values::{ProxyArg, RangeArg, User};
use crate::destination::{IfExists, Planned, plan};
use crate::env_proxy::{EnvProxy, ProxyUser};
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
        EnvProxy::from_environment(&self.variable)
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

/// The files that the command line names.
pub(crate) fn files(
    files: &Files,
    exactly: &Exactly,
    if_exists: IfExists,
    around: &Surroundings,
) -> Result<Vec<AddFile>, Failure> {
    let mut urls = files.urls.clone();
    if let Some(list) = &files.input_file {
        urls.extend(read_urls(list)?);
    }
    let for_one = [
        ("--checksum", files.checksum.is_some()),
        ("--range", !exactly.ranges.is_empty()),
        ("--expected-size", exactly.size.is_some()),
    ];
    if let Some((option, _)) = for_one.iter().find(|(_, given)| *given && urls.len() > 1) {
        let count = urls.len();
        return Err(Failure::Usage(format!("{option} speaks of one file, and there are {count} URLs")));
    }
    let planned = plan(&urls, files.output.as_deref(), files.dir.as_deref(), &around.cwd, if_exists)?;
    let digest = files.checksum.as_ref().map(ToString::to_string);
    Ok(planned.into_iter().map(|file| add_file(file, digest.clone(), exactly)).collect())
}

fn add_file(planned: Planned, digest: Option<String>, exactly: &Exactly) -> AddFile {
    let ranges = exactly.ranges.iter().map(|range| FileRange { offset: range.offset, length: range.length });
    AddFile {
        pending_name: planned.is_guess,
        digest,
        ranges: ranges.collect(),
        expected_size: exactly.size,
        ..AddFile::whole(planned.url, &planned.local)
    }
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
        credentials.extend(both_schemes(AuthTarget::Server, ask_if_needed(user, "the server", around)?));
    }
    match &transfer.proxy_user {
        Some(user) => {
            credentials.extend(both_schemes(AuthTarget::Proxy, ask_if_needed(user, "the proxy", around)?));
        }
        None => {
            credentials.extend(proxy_user.into_iter().flat_map(|user| both_schemes(AuthTarget::Proxy, user)));
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
    if let Some(path) = &transfer.certificates.cert {
        settings.client_certificate =
            Patch::Set(client_certificate(path, transfer.certificates.key.as_deref())?);
    }
    Ok(CreateJob {
        priority: transfer.priority,
        settings,
        files,
        credentials,
        headers: headers(&transfer.header)?,
        ..CreateJob::named(name)
    })
}

/// The client certificate and key in these files.
pub(crate) fn client_certificate(
    cert: &std::path::Path,
    key: Option<&std::path::Path>,
) -> Result<ClientCertificate, Failure> {
    let (certificate, key) = read_client_certificate(cert, key)?;
    Ok(ClientCertificate { certificate, key: Secret::new(key) })
}

/// The headers as the service takes them.
pub(crate) fn headers(args: &[crate::args::values::HeaderArg]) -> Result<Vec<Header>, Failure> {
    let headers = read_headers(args)?;
    Ok(headers.into_iter().map(|(name, value)| Header { name, value: Secret::new(value) }).collect())
}

/// User and password; asked for where the password was left out.
pub(crate) fn ask_if_needed(user: &User, at: &str, around: &Surroundings) -> Result<ProxyUser, Failure> {
    let password = match &user.password {
        Some(password) => password.clone(),
        None => (around.ask)(&format!("{} at {at}", user.name))?,
    };
    Ok(ProxyUser { user: user.name.clone(), password })
}

/// The same user and password under every scheme: which one a server wants is not known before it was asked
/// (spec 6.7, "all schemes").
pub(crate) fn both_schemes(target: AuthTarget, user: ProxyUser) -> impl Iterator<Item = NewCredentials> {
    [AuthScheme::Basic, AuthScheme::Digest].into_iter().map(move |scheme| NewCredentials {
        target: target.word().to_owned(),
        scheme: scheme.word().to_owned(),
        user: user.user.clone(),
        password: Secret::new(user.password.clone()),
    })
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
        let files = files(&get.files, &Exactly::default(), IfExists::Refuse, &around)?;
        job(&get.transfer, files, &around)
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
        assert_eq!(
            made(&digest, &[]).unwrap_err().to_string(),
            "--checksum speaks of one file, and there are 2 URLs"
        );
    }
}
