//! What the tests share: a client, requests, and a resolver that knows what the test says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bgcopy_core::{
    Answer, Ask, AuthScheme, ByteRange, Credentials, ErrorContext, Fault, ProxySettings, ProxyUsage, Secret,
};
use bgcopy_http::{BoxFuture, Http, HttpConfig, Options, Request, Resolve, ResolveError};

pub(crate) fn client() -> Http {
    Http::new(HttpConfig::default())
}

/// A request for the whole file, by a range from its start.
pub(crate) fn request(url: &str) -> Request {
    ask(url, Ask::From(0))
}

pub(crate) fn ask(url: &str, ask: Ask) -> Request {
    let (url, options) = (url.parse().unwrap(), Arc::default());
    Request { url, ask, if_range: None, options, no_cache: false, offered: false }
}

pub(crate) fn exactly(start: u64, end: u64) -> Ask {
    Ask::Exactly(ByteRange::new(start, end))
}

pub(crate) fn with_options(mut request: Request, change: impl FnOnce(&mut Options)) -> Request {
    let mut options = (*request.options).clone();
    change(&mut options);
    request.options = Arc::new(options);
    request
}

pub(crate) fn through(request: Request, proxy: &str) -> Request {
    with_options(request, |options| {
        options.proxy =
            ProxySettings { usage: ProxyUsage::Override, list: Some(proxy.to_owned()), bypass: None };
    })
}

pub(crate) fn credentials(scheme: AuthScheme, user: &str, password: &str) -> (AuthScheme, Credentials) {
    (scheme, Credentials { user: user.to_owned(), password: Secret::new(password) })
}

/// Everything a request brought: the answer, the bytes, and how they ended.
pub(crate) async fn fetched(http: &Http, request: &Request) -> (Answer, Vec<u8>, Option<Fault>) {
    let (answer, mut body) = http.fetch(request).await.expect("an answer with bytes");
    let mut bytes = Vec::new();
    let start = body.position();
    loop {
        match body.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (answer, bytes, None),
            Err(fault) => return (answer, bytes, Some(fault)),
        }
        assert_eq!(body.position() - start, bytes.len() as u64);
    }
}

/// The bytes of a request that goes well.
pub(crate) async fn bytes(http: &Http, request: &Request) -> Vec<u8> {
    let (_, bytes, fault) = fetched(http, request).await;
    assert_eq!(fault, None);
    bytes
}

/// The fault of a request that brings no answer.
pub(crate) async fn fault(http: &Http, request: &Request) -> Fault {
    match http.fetch(request).await {
        Ok((answer, _)) => panic!("an answer where a fault was expected: {answer:?}"),
        Err(fault) => fault,
    }
}

/// Code and context, as tests compare them.
pub(crate) fn meaning(fault: &Fault) -> (String, ErrorContext) {
    (fault.code.to_string(), fault.context)
}

pub(crate) fn transport(code: &str) -> (String, ErrorContext) {
    (code.to_owned(), ErrorContext::GeneralTransport)
}

pub(crate) fn remote(code: &str) -> (String, ErrorContext) {
    (code.to_owned(), ErrorContext::RemoteFile)
}

/// Names as the test says; each question is remembered.
#[derive(Default)]
pub(crate) struct Names {
    known: HashMap<String, Result<Vec<SocketAddr>, ResolveError>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A name with these addresses; their ports count, not the URL's.
    pub(crate) fn known(mut self, name: &str, addresses: &[SocketAddr]) -> Self {
        self.known.insert(name.to_owned(), Ok(addresses.to_vec()));
        self
    }

    pub(crate) fn failing(mut self, name: &str, error: ResolveError) -> Self {
        self.known.insert(name.to_owned(), Err(error));
        self
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Names {
    fn resolve(&self, host: &str, _port: u16) -> BoxFuture<'_, Result<Vec<SocketAddr>, ResolveError>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let found = self.known.get(host).cloned().unwrap_or(Err(ResolveError::NoSuchName));
        Box::pin(std::future::ready(found))
    }
}

pub(crate) fn client_knowing(names: Names) -> (Http, Arc<Names>) {
    let names = Arc::new(names);
    (Http::new(HttpConfig { resolver: names.clone(), ..HttpConfig::default() }), names)
}

/// An address of this machine where nobody listens.
pub(crate) async fn refusing_address() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
