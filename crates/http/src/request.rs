//! What is asked: the request as callers say it, and as it goes over the wire.

use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::settings::TlsSettings;
use bgcopy_core::{
    Ask, AuthScheme, Credentials, ProxySettings, RemoteName, Secret, SecurityFlags, Validator, header,
};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, HOST, IF_RANGE, PRAGMA, PROXY_AUTHORIZATION,
    RANGE, USER_AGENT,
};
use http::{HeaderName, HeaderValue, Method, Uri, Version};

use crate::examine::Examiner;
use crate::failure::Failure;
use crate::outgoing::Outgoing;
use crate::upload::Post;

/// One range of one remote file.
#[derive(Clone, Debug)]
pub struct Request {
    /// The remote file. Every request starts here: targets of redirects expire and are never remembered
    /// (faults A26).
    pub url: RemoteName,
    /// Which bytes.
    pub ask: Ask,
    /// Only if the file is still this version; otherwise the server sends the whole new one (RFC 9110, 13.1.5).
    pub if_range: Option<Validator>,
    /// What the job says about its requests.
    pub options: Arc<Options>,
    /// Caches on the way must ask the origin (faults B09).
    pub no_cache: bool,
    /// A public server named the URL, and no client: then it must not lead where a redirect of that server must
    /// not, from the first connection on (faults C06).
    pub offered: bool,
}

/// What a job says about its requests. Jobs with equal options may share connections, others never do (faults
/// C13).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Options {
    /// Owner and class of the job, as a number: connections and TLS sessions are shared only inside.
    pub partition: u64,
    /// The owner has no business with servers on this machine and its link (faults C07).
    pub keeps_off_this_machine: bool,
    /// `SetHttpMethod`; `None` is GET.
    pub method: Option<String>,
    /// A job that gives up after less than the time of the low-speed rule is a stall after that.
    pub patience: Option<Duration>,
    /// Custom headers, for the origin of the request's URL only.
    pub headers: Vec<(String, Secret)>,
    /// Headers for that origin, once it asked who we are.
    pub auth_headers: Vec<(String, Secret)>,
    /// Credentials for the origin of the request's URL.
    pub server_credentials: Vec<(AuthScheme, Credentials)>,
    /// Credentials for the proxy.
    pub proxy_credentials: Vec<(AuthScheme, Credentials)>,
    /// Which proxy.
    pub proxy: ProxySettings,
    /// Certificate relaxations and the redirect policy.
    pub security_flags: SecurityFlags,
    /// Authorities besides the system's, and the client certificate.
    pub tls: TlsSettings,
    /// The key of the client certificate, as PEM; `None` looks for it behind the certificate.
    pub client_key: Option<Secret>,
    /// Who has the last word on the certificate of every server that is asked.
    pub examiner: Option<Examiner>,
}

impl Options {
    /// What a source that is not the job's own origin may see of them: a mirror, a cache host, a publisher of
    /// checksums. Headers, cookies among them, credentials, the client certificate and the job's method are for
    /// the origin alone, as at a redirect (faults C03, C04), and so is what is forgiven in its certificate. How
    /// to get out (proxy), whom to trust besides the system's authorities, who looks at certificates, and which
    /// redirects to follow hold for every server.
    #[must_use]
    pub fn for_strangers(&self) -> Self {
        Self {
            partition: self.partition,
            keeps_off_this_machine: self.keeps_off_this_machine,
            method: None,
            patience: self.patience,
            headers: Vec::new(),
            auth_headers: Vec::new(),
            server_credentials: Vec::new(),
            proxy_credentials: self.proxy_credentials.clone(),
            proxy: self.proxy.clone(),
            security_flags: self.security_flags.difference(SecurityFlags::CERTIFICATE_EXCEPTIONS),
            tls: TlsSettings { extra_roots: self.tls.extra_roots.clone(), client_certificate: None },
            client_key: None,
            examiner: self.examiner.clone(),
        }
    }

    /// The same for a cache host, which serves what it is asked for or nothing: its redirects are not followed
    /// (faults I04).
    #[must_use]
    pub fn for_cache_hosts(&self) -> Self {
        let strangers = self.for_strangers();
        let others = strangers.security_flags.difference(SecurityFlags::REDIRECT_ALLOW_REPORT);
        // It is the administrator who says where caches are.
        Self {
            security_flags: others | SecurityFlags::REDIRECT_DISALLOW,
            keeps_off_this_machine: false,
            ..strangers
        }
    }
}

/// Whose connections and TLS sessions a request may use.
#[derive(Debug)]
pub(crate) struct Identity(Arc<Options>);

impl Identity {
    pub(crate) fn new(options: &Arc<Options>) -> Arc<Self> {
        Arc::new(Self(options.clone()))
    }

    /// For TLS to the proxy itself: the job's authorities count, its relaxations, its certificate and its examiner are
    /// meant for the origin.
    pub(crate) fn for_proxy(&self) -> Arc<Self> {
        let tls = TlsSettings { extra_roots: self.0.tls.extra_roots.clone(), client_certificate: None };
        Arc::new(Self(Arc::new(Options { partition: self.0.partition, tls, ..Options::default() })))
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        // Method, headers and patience belong to a message, everything else to a connection.
        let (a, b) = (&self.0, &other.0);
        Arc::ptr_eq(a, b)
            || (a.partition == b.partition
                && a.security_flags == b.security_flags
                && a.tls == b.tls
                && a.client_key == b.client_key
                // What one job accepted is no other job's (spec 7.7, "remembered per job").
                && Examiner::is_same(a.examiner.as_ref(), b.examiner.as_ref())
                && a.server_credentials == b.server_credentials
                && a.auth_headers == b.auth_headers
                && a.proxy_credentials == b.proxy_credentials)
    }
}

impl std::ops::Deref for Identity {
    type Target = Options;

    fn deref(&self) -> &Options {
        &self.0
    }
}

/// How the request line names the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Path and query: to the server itself.
    Origin,
    /// The whole URL: to an HTTP proxy.
    Absolute,
    /// HTTP/2, which carries the parts apart.
    Http2,
}

/// One message to one server on the way.
pub(crate) struct Message<'a> {
    pub(crate) request: &'a Request,
    pub(crate) method: &'a Method,
    /// What makes it a packet of an upload.
    pub(crate) post: Option<&'a Post>,
    pub(crate) url: &'a RemoteName,
    /// Whether `url` has the origin that the job named: only that one sees headers and credentials (C03, C04).
    pub(crate) own_origin: bool,
    /// It asked who we are: then it sees those headers, too.
    pub(crate) challenged: bool,
    pub(crate) user_agent: &'a str,
    pub(crate) authorization: Option<String>,
    pub(crate) proxy_authorization: Option<String>,
}

impl Message<'_> {
    /// Whether it does no harm that it comes twice.
    pub(crate) fn may_be_repeated(&self) -> bool {
        self.post.is_some() || self.method.is_idempotent()
    }

    /// The message in the form that this connection needs.
    pub(crate) fn build(&self, form: Form) -> Result<http::Request<Outgoing>, Failure> {
        let uri = match form {
            Form::Origin => path_and_query(self.url).to_owned(),
            Form::Absolute | Form::Http2 => self.url.as_str().to_owned(),
        };
        let uri: Uri = uri.parse().map_err(|error| invalid(&error))?;
        let mut message = http::Request::new(self.post.map_or_else(Outgoing::nothing, Post::body));
        *message.method_mut() = self.method.clone();
        *message.uri_mut() = uri;
        *message.version_mut() = if form == Form::Http2 { Version::HTTP_2 } else { Version::HTTP_11 };
        let headers = message.headers_mut();
        let mut set = |name: HeaderName, value: &str, secret: bool| {
            let mut value = HeaderValue::from_str(value).map_err(|error| invalid(&error))?;
            value.set_sensitive(secret);
            headers.insert(name, value);
            Ok::<(), Failure>(())
        };
        if form != Form::Http2 {
            set(HOST, &authority(self.url), false)?;
        }
        set(USER_AGENT, self.user_agent, false)?;
        set(ACCEPT, "*/*", false)?;
        if self.own_origin {
            let options = &self.request.options;
            let challenged = options.auth_headers.iter().filter(|_| self.challenged);
            for (name, value) in options.headers.iter().chain(challenged) {
                header::check(name, value.reveal())
                    .map_err(|reason| Failure::Request { reason: format!("the header {name:?} {reason}") })?;
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| invalid(&error))?;
                set(name, value.reveal(), true)?;
            }
        }
        // Payload is never decoded, so it must not be encoded (faults A34).
        set(ACCEPT_ENCODING, "identity", false)?;
        if let Some(range) = range_header(self.request.ask) {
            set(RANGE, &range, false)?;
            if let Some(validator) = &self.request.if_range {
                set(IF_RANGE, validator.header_value(), false)?;
            }
        }
        if self.request.no_cache {
            set(CACHE_CONTROL, "no-cache", false)?;
            set(PRAGMA, "no-cache", false)?;
        }
        for (name, value) in self.post.map_or_else(Vec::new, Post::fields) {
            set(HeaderName::from_static(name), &value, name == SESSION_FIELD)?;
        }
        if let Some(value) = &self.authorization {
            set(AUTHORIZATION, value, true)?;
        }
        if let Some(value) = &self.proxy_authorization {
            set(PROXY_AUTHORIZATION, value, true)?;
        }
        Ok(message)
    }
}

/// Who has the id of a session may write to it.
const SESSION_FIELD: &str = "bits-session-id";

/// The path with the query: what a request line and a digest answer name.
pub(crate) fn path_and_query(url: &RemoteName) -> &str {
    &url.url()[url::Position::BeforePath..url::Position::AfterQuery]
}

/// Host and port as `Host` shows them: the port only where it is not the scheme's own.
pub(crate) fn authority(url: &RemoteName) -> String {
    let host = url.url().host_str().unwrap_or_default();
    match url.url().port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// `bytes=0-` too: its answer tells whether the server knows ranges, so that no HEAD is needed (faults A22).
fn range_header(ask: Ask) -> Option<String> {
    match ask {
        Ask::Whole => None,
        Ask::From(start) => Some(format!("bytes={start}-")),
        // An empty range has no last byte and cannot be asked for.
        Ask::Exactly(range) if range.is_empty() => Some(format!("bytes={0}-{0}", range.start)),
        Ask::Exactly(range) => Some(format!("bytes={}-{}", range.start, range.end - 1)),
    }
}

fn invalid(error: &dyn std::error::Error) -> Failure {
    Failure::Request { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::ByteRange;

    use super::*;

    fn request(ask: Ask) -> Request {
        Request {
            url: "https://host.example:8443/a/b?c=d".parse().unwrap(),
            ask,
            if_range: Some(Validator::ETag("\"v1\"".to_owned())),
            options: Arc::new(Options {
                headers: vec![("X-Token".to_owned(), Secret::new("hidden"))],
                ..Options::default()
            }),
            no_cache: false,
            offered: false,
        }
    }

    fn message(request: &Request, own_origin: bool) -> Message<'_> {
        Message {
            request,
            method: &Method::GET,
            post: None,
            url: &request.url,
            own_origin,
            challenged: false,
            user_agent: "bgcopy/0",
            authorization: None,
            proxy_authorization: None,
        }
    }

    fn built(request: &Request, own_origin: bool, form: Form) -> http::Request<Outgoing> {
        message(request, own_origin).build(form).unwrap()
    }

    #[test]
    fn each_form_names_the_target_in_its_way() {
        let request = request(Ask::From(0));
        let message = built(&request, true, Form::Origin);
        assert_eq!(message.uri().to_string(), "/a/b?c=d");
        assert_eq!(message.headers()["host"], "host.example:8443");
        assert_eq!(message.headers()["range"], "bytes=0-");
        assert_eq!(message.headers()["if-range"], "\"v1\"");
        assert_eq!(message.headers()["accept-encoding"], "identity");
        let absolute = built(&request, true, Form::Absolute);
        assert_eq!(absolute.uri().to_string(), "https://host.example:8443/a/b?c=d");
        assert!(!built(&request, true, Form::Http2).headers().contains_key("host"));
    }

    #[test]
    fn ranges_are_written_with_their_last_byte() {
        let range = |ask| {
            let message = built(&request(ask), true, Form::Origin);
            message.headers().get("range").map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(range(Ask::Whole), None);
        assert_eq!(range(Ask::From(7)).as_deref(), Some("bytes=7-"));
        assert_eq!(range(Ask::Exactly(ByteRange::new(7, 9))).as_deref(), Some("bytes=7-8"));
        assert!(!built(&request(Ask::Whole), true, Form::Origin).headers().contains_key("if-range"));
    }

    #[test]
    fn custom_headers_are_for_the_own_origin_and_never_shown() {
        let request = request(Ask::Whole);
        let own = built(&request, true, Form::Origin);
        assert_eq!(own.headers()["x-token"], "hidden");
        assert!(!format!("{own:?} {request:?}").contains("hidden"));
        assert!(!built(&request, false, Form::Origin).headers().contains_key("x-token"));
    }

    #[test]
    fn a_header_that_no_job_should_have_is_not_sent() {
        let mut request = request(Ask::Whole);
        let options = Arc::make_mut(&mut request.options);
        options.headers.push(("Range".to_owned(), Secret::new("bytes=0-1")));
        let refused = message(&request, true).build(Form::Origin).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "no request can be made of this: the header \"Range\" is set by the transfer itself and cannot be given"
        );
    }

    #[test]
    fn strangers_see_nothing_of_what_is_meant_for_the_origin() {
        let ada = || Credentials { user: "ada".to_owned(), password: Secret::new("pw") };
        let disallow = SecurityFlags::REDIRECT_DISALLOW;
        let options = Options {
            partition: 7,
            keeps_off_this_machine: true,
            method: Some("POST".to_owned()),
            patience: Some(Duration::from_secs(5)),
            headers: vec![("Cookie".to_owned(), Secret::new("hidden"))],
            auth_headers: vec![("Authorization".to_owned(), Secret::new("hidden"))],
            server_credentials: vec![(AuthScheme::Basic, ada())],
            proxy_credentials: vec![(AuthScheme::Digest, ada())],
            proxy: ProxySettings { list: Some("proxy".to_owned()), ..ProxySettings::default() },
            security_flags: SecurityFlags::IGNORE_UNKNOWN_CA | SecurityFlags::ENABLE_CRL_CHECK | disallow,
            tls: TlsSettings {
                extra_roots: Some("roots".to_owned()),
                client_certificate: Some("certificate".to_owned()),
            },
            client_key: Some(Secret::new("key")),
            examiner: Some(nobody()),
        };
        let expected = Options {
            partition: 7,
            keeps_off_this_machine: true,
            patience: Some(Duration::from_secs(5)),
            proxy_credentials: vec![(AuthScheme::Digest, ada())],
            proxy: options.proxy.clone(),
            security_flags: SecurityFlags::ENABLE_CRL_CHECK | disallow,
            tls: TlsSettings { extra_roots: Some("roots".to_owned()), client_certificate: None },
            examiner: options.examiner.clone(),
            ..Options::default()
        };
        assert_eq!(options.for_strangers(), expected);
        assert_eq!(expected.for_strangers(), expected);
        // The administrator's own cache may well be on this machine.
        let cache = Options { keeps_off_this_machine: false, ..expected };
        assert_eq!(options.for_cache_hosts(), cache);
        let reporting =
            Options { security_flags: SecurityFlags::REDIRECT_ALLOW_REPORT, ..Options::default() };
        assert_eq!(reporting.for_cache_hosts().security_flags, disallow);
    }

    /// Who accepts nothing.
    fn nobody() -> Examiner {
        struct Nobody;
        impl crate::Examine for Nobody {
            fn examine(&self, _: crate::Shown) -> crate::BoxFuture<'_, Result<(), crate::Rejection>> {
                Box::pin(async { Err(crate::Rejection::Unanswered) })
            }
        }
        Examiner::new(Arc::new(Nobody))
    }

    #[test]
    fn the_files_of_one_job_share_what_its_owner_accepted_and_no_other_job_does() {
        let examiner = nobody();
        let options = |examiner| Identity::new(&Arc::new(Options { examiner, ..Options::default() }));
        let one = options(Some(examiner.about(1)));
        assert_eq!(one, options(Some(examiner.about(2))));
        assert_ne!(one, options(Some(nobody().about(1))));
        assert_ne!(one, options(None));
    }

    #[test]
    fn only_equal_identities_share() {
        let options = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            Identity::new(&Arc::new(options))
        };
        let plain = options(|_| {});
        assert_eq!(plain, options(|_| {}));
        assert_eq!(plain, options(|options| options.headers.push(("a".to_owned(), Secret::new("b")))));
        let others = [
            options(|options| options.partition = 1),
            options(|options| options.security_flags = SecurityFlags::IGNORE_UNKNOWN_CA),
            options(|options| options.tls.client_certificate = Some("pem".to_owned())),
            options(|options| options.client_key = Some(Secret::new("key"))),
            options(|options| {
                let ada = Credentials { user: "ada".to_owned(), password: Secret::new("pw") };
                options.server_credentials.push((AuthScheme::Basic, ada));
            }),
            options(|options| {
                let ada = Credentials { user: "ada".to_owned(), password: Secret::new("pw") };
                options.proxy_credentials.push((AuthScheme::Basic, ada));
            }),
        ];
        for other in others {
            assert_ne!(plain, other);
        }
    }
}
