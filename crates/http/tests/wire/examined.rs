//! Certificates on which somebody besides the system has a word (spec 7.7, `SetServerCertificateValidationInterface`).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_core::{ErrorContext, Hresult, Packet, SecurityFlags};
use bgcopy_http::{BoxFuture, Examine, Examiner, Http, Options, Post, Rejection, Request, Shown};
use bgcopy_testkit::{
    Authority, BitsServer, Content, FileServer, Gate, HttpProxy, Issued, Origin, TlsServer, eventually,
};

use crate::support::{
    Names, bytes, client, client_knowing, fault, meaning, request, through, transport, with_options,
};

const REFUSED: Hresult = Hresult(0x8009_0325);

/// Somebody who is asked, and says the same each time.
struct Owner {
    says: Result<(), Rejection>,
    asked: Mutex<Vec<Shown>>,
    /// Waited for before anything is said.
    gate: Gate,
}

impl Examine for Owner {
    fn examine(&self, shown: Shown) -> BoxFuture<'_, Result<(), Rejection>> {
        self.asked.lock().unwrap().push(shown);
        Box::pin(async {
            self.gate.wait().await;
            self.says
        })
    }
}

impl Owner {
    fn who(says: Result<(), Rejection>) -> Arc<Self> {
        let gate = Gate::new();
        gate.open();
        Arc::new(Self { says, asked: Mutex::default(), gate })
    }

    fn asked(&self) -> Vec<Shown> {
        self.asked.lock().unwrap().clone()
    }

    fn servers(&self) -> Vec<String> {
        self.asked().into_iter().map(|shown| shown.server).collect()
    }
}

/// Asks this owner about the servers of a request.
fn asking(request: Request, owner: &Arc<Owner>, authority: &Authority) -> Request {
    with_options(request, |options| {
        options.examiner = Some(Examiner::new(owner.clone()).about(7));
        options.tls.extra_roots = Some(authority.pem());
    })
}

fn file() -> Content {
    Content::new(71, 300_000)
}

fn issued(authority: &Authority) -> Issued {
    authority.server(&["127.0.0.1", "localhost", "origin.test"])
}

async fn origin(authority: &Authority) -> Origin {
    Origin::start_tls(FileServer::new(file()), TlsServer::new(&issued(authority))).await
}

#[tokio::test]
async fn nothing_is_asked_of_a_server_before_the_owner_accepts_it() {
    let authority = Authority::new("ours");
    for tls in [TlsServer::new(&issued(&authority)), TlsServer::new(&issued(&authority)).http2()] {
        let origin = Origin::start_tls(FileServer::new(file()), tls).await;
        let owner = Owner::who(Ok(()));
        owner.gate.close();
        let (http, asks) = (client(), asking(request(&origin.url("/")), &owner, &authority));
        let fetching = tokio::spawn({
            let (http, asks) = (http.clone(), asks.clone());
            async move { bytes(&http, &asks).await }
        });
        eventually("the owner is asked", || !owner.asked().is_empty()).await;
        assert!(origin.requests().is_empty());
        owner.gate.open();
        assert_eq!(fetching.await.unwrap(), file().bytes());
        assert_eq!(origin.requests().len(), 1);
        // On the same connection nobody is asked again.
        assert_eq!(bytes(&http, &asks).await, file().bytes());
        let [shown] = owner.asked().try_into().unwrap();
        assert_eq!((shown.server, shown.about), (origin.addr().to_string(), 7));
        assert!(!shown.chain.is_empty() && shown.chain[0].starts_with(&[0x30]));
        assert_eq!(shown.sha256.as_slice(), digest(&SHA256, &shown.chain[0]).as_ref());
    }
}

#[tokio::test]
async fn what_the_owner_refuses_is_asked_for_nothing_and_fails_with_the_owners_code() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let http = client();
    for (says, code) in
        [(Rejection::Refused(REFUSED), "0x80090325"), (Rejection::Unanswered, "certificate-callback-missing")]
    {
        let owner = Owner::who(Err(says));
        let refused = fault(&http, &asking(request(&origin.url("/")), &owner, &authority)).await;
        assert_eq!(meaning(&refused), (code.to_owned(), ErrorContext::ServerCertificateCallback));
        assert!(refused.detail.contains(&origin.addr().to_string()), "{}", refused.detail);
        assert_eq!(owner.asked().len(), 1);
    }
    assert!(origin.requests().is_empty() && !http.has_idle());
}

#[tokio::test]
async fn the_owner_is_not_asked_about_what_the_system_refuses_or_about_plain_http() {
    let (authority, plain) = (Authority::new("ours"), Origin::start(FileServer::new(file())).await);
    let owner = Owner::who(Ok(()));
    assert_eq!(bytes(&client(), &asking(request(&plain.url("/")), &owner, &authority)).await, file().bytes());
    let stranger = origin(&Authority::new("others")).await;
    let refused = fault(&client(), &asking(request(&stranger.url("/")), &owner, &authority)).await;
    assert_eq!(meaning(&refused), transport("tls"));
    assert!(owner.asked().is_empty());
}

#[tokio::test]
async fn no_connection_that_somebody_else_accepted_or_nobody_looked_at_is_used() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let http = client();
    let plain =
        with_options(request(&origin.url("/")), |options| options.tls.extra_roots = Some(authority.pem()));
    bytes(&http, &plain).await;
    let (one, other) = (Owner::who(Ok(())), Owner::who(Err(Rejection::Refused(REFUSED))));
    bytes(&http, &asking(plain.clone(), &one, &authority)).await;
    assert!(http.has_idle());
    let refused = fault(&http, &asking(plain, &other, &authority)).await;
    assert_eq!(refused.context, ErrorContext::ServerCertificateCallback);
    assert_eq!((one.asked().len(), other.asked().len(), origin.requests().len()), (1, 1, 2));
}

#[tokio::test]
async fn the_target_of_a_redirect_is_asked_about_as_well() {
    let authority = Authority::new("ours");
    let there = origin(&authority).await;
    let target = there.url_as("localhost", "/");
    let away = FileServer::new(file()).redirect(302, target);
    let first = Origin::start_tls(away, TlsServer::new(&issued(&authority))).await;
    let owner = Owner::who(Ok(()));
    let asks = asking(request(&first.url("/")), &owner, &authority);
    assert_eq!(bytes(&client(), &asks).await, file().bytes());
    assert_eq!(owner.servers(), [first.addr().to_string(), format!("localhost:{}", there.addr().port())]);
}

#[tokio::test]
async fn behind_a_proxy_it_is_the_server_that_is_asked_about() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let at_proxy = authority.server(&["proxy.test"]);
    let proxy = HttpProxy::with_tls(origin.addr(), TlsServer::new(&at_proxy)).await;
    let (http, _) = client_knowing(Names::new().known("proxy.test", &[proxy.addr()]));
    let owner = Owner::who(Ok(()));
    let asks = through(request("https://origin.test/"), "https://proxy.test:1");
    assert_eq!(bytes(&http, &asking(asks, &owner, &authority)).await, file().bytes());
    assert_eq!(owner.servers(), ["origin.test:443"]);
}

#[tokio::test]
async fn no_packet_of_an_upload_goes_to_a_server_that_was_not_accepted() {
    let authority = Authority::new("ours");
    let server = BitsServer::builder().tls(TlsServer::new(&issued(&authority))).start().await;
    let http = client();
    let create = async |owner: &Arc<Owner>| {
        let request = asking(request(&server.url("/up/f")), owner, &authority);
        let Request { url, options, .. } = request;
        http.post(&Post { url, packet: Packet::Create, name: None, content: None, options, offered: false })
            .await
    };
    let refusing = Owner::who(Err(Rejection::Refused(REFUSED)));
    assert_eq!(create(&refusing).await.unwrap_err().context, ErrorContext::ServerCertificateCallback);
    assert_eq!(server.packets().len(), 0);
    create(&Owner::who(Ok(()))).await.unwrap();
    assert_eq!(server.packets().len(), 1);
}

#[tokio::test]
async fn mirrors_and_cache_hosts_are_looked_at_by_the_same_owner() {
    let owner = Owner::who(Ok(()));
    let options = Options {
        examiner: Some(Examiner::new(owner)),
        security_flags: SecurityFlags::IGNORE_UNKNOWN_CA,
        ..Options::default()
    };
    assert_eq!(options.for_strangers().examiner, options.examiner);
    assert_eq!(options.for_cache_hosts().examiner, options.examiner);
}

#[tokio::test]
async fn a_server_that_tired_while_the_owner_thought_is_connected_to_again() {
    let authority = Authority::new("ours");
    let origin = origin(&authority).await;
    let owner = Owner::who(Ok(()));
    owner.gate.close();
    let proxy = HttpProxy::start(origin.addr()).await;
    let asks =
        asking(through(request("https://origin.test/"), &proxy.addr().to_string()), &owner, &authority);
    let http: Http = client();
    let fetching = tokio::spawn({
        let http = http.clone();
        async move { bytes(&http, &asks).await }
    });
    eventually("the owner is asked", || !owner.asked().is_empty()).await;
    let since = std::time::Instant::now();
    proxy.hang_up();
    // It is the passing of time that tells a server that tired from one that never listened.
    eventually("the server has waited for long", || since.elapsed() > Duration::from_millis(1_100)).await;
    owner.gate.open();
    assert_eq!(fetching.await.unwrap(), file().bytes());
    assert_eq!((proxy.requests().len(), owner.asked().len()), (2, 2));
}
