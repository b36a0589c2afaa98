//! TLS: who is trusted, what each relaxation forgives, and how handshakes fail.

use std::time::Duration;

use bgcopy_core::{Framing, Protocol, Secret, SecurityFlags};
use bgcopy_http::{Http, HttpConfig, Request, check_tls};
use bgcopy_testkit::{
    Authority, Content, FileServer, Framing as Served, Gate, Issued, Origin, Reply, RequestHead, TlsServer,
    Validity, eventually,
};

use crate::support::{
    Names, bytes, client, client_knowing, fault, fetched, meaning, refusing_address, request, transport,
    with_options,
};

fn file() -> Content {
    Content::new(61, 2 << 20)
}

async fn server(issued: &Issued) -> Origin {
    Origin::start_tls(FileServer::new(file()), TlsServer::new(issued)).await
}

fn trusting(origin: &Origin, authority: &Authority) -> Request {
    with_options(request(&origin.url("/")), |options| options.tls.extra_roots = Some(authority.pem()))
}

fn forgiving(request: Request, flags: SecurityFlags) -> Request {
    with_options(request, |options| options.security_flags = flags)
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_who_names_it() {
    let authority = Authority::new("ours");
    let origin = server(&authority.server(&["127.0.0.1"])).await;
    assert_eq!(bytes(&client(), &trusting(&origin, &authority)).await, file().bytes());
    let unknown = fault(&client(), &request(&origin.url("/"))).await;
    assert_eq!(meaning(&unknown), transport("tls"));
    assert!(unknown.detail.contains("authority"), "{}", unknown.detail);
    let other = Authority::new("other");
    assert_eq!(meaning(&fault(&client(), &trusting(&origin, &other)).await), transport("tls"));
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_by_who_names_it() {
    let issued = Issued::self_signed(&["127.0.0.1"]);
    let origin = server(&issued).await;
    let naming = with_options(request(&origin.url("/")), |options| {
        options.tls.extra_roots = Some(issued.certificate_pem().to_owned());
    });
    assert_eq!(bytes(&client(), &naming).await, file().bytes());
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), transport("tls"));
    // Trusted for its own name only.
    let elsewhere = server(&Issued::self_signed(&["other.test"])).await;
    assert_eq!(meaning(&fault(&client(), &request(&elsewhere.url("/"))).await), transport("tls"));
}

#[tokio::test]
async fn b15_each_mistake_is_refused_and_forgiven_by_its_own_flag_alone() {
    use SecurityFlags as F;
    let authority = Authority::new("ours");
    let unknown = Authority::new("unknown");
    let here = &["127.0.0.1"];
    let all = [
        F::IGNORE_CERT_CN_INVALID,
        F::IGNORE_CERT_DATE_INVALID,
        F::IGNORE_UNKNOWN_CA,
        F::IGNORE_CERT_WRONG_USAGE,
    ];
    let mistakes = [
        (authority.server(&["other.test"]), F::IGNORE_CERT_CN_INVALID, "another name"),
        (authority.server_at(here, Validity::Expired), F::IGNORE_CERT_DATE_INVALID, "expired"),
        (authority.server_at(here, Validity::NotYet), F::IGNORE_CERT_DATE_INVALID, "not valid yet"),
        (unknown.server(here), F::IGNORE_UNKNOWN_CA, "authority"),
        (Issued::self_signed(here), F::IGNORE_UNKNOWN_CA, "authority"),
        (authority.client("127.0.0.1"), F::IGNORE_CERT_WRONG_USAGE, "another use"),
    ];
    for (issued, forgiven_by, words) in mistakes {
        let origin = server(&issued).await;
        let plain = trusting(&origin, &authority);
        let refused = fault(&client(), &plain).await;
        assert_eq!(meaning(&refused), transport("tls"));
        assert!(refused.detail.contains(words), "{}", refused.detail);
        for flag in all {
            let outcome = client().fetch(&forgiving(plain.clone(), flag)).await;
            assert_eq!(outcome.is_ok(), flag == forgiven_by, "{words}, {flag:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn relaxations_leave_the_rest_of_the_chain_to_be_proved() {
    use SecurityFlags as F;
    let (authority, unknown) = (Authority::new("ours"), Authority::new("unknown"));
    let two_mistakes = unknown.server_at(&["127.0.0.1"], Validity::Expired);
    let origin = server(&two_mistakes).await;
    let plain = trusting(&origin, &authority);
    for flags in [F::IGNORE_UNKNOWN_CA, F::IGNORE_CERT_DATE_INVALID] {
        assert_eq!(meaning(&fault(&client(), &forgiving(plain.clone(), flags)).await), transport("tls"));
    }
    let both = F::IGNORE_UNKNOWN_CA | F::IGNORE_CERT_DATE_INVALID;
    assert_eq!(bytes(&client(), &forgiving(plain, both)).await, file().bytes());
}

#[tokio::test]
async fn a_revocation_check_that_cannot_be_made_is_fatal() {
    let authority = Authority::new("ours");
    let origin = server(&authority.server(&["127.0.0.1"])).await;
    let checking = forgiving(trusting(&origin, &authority), SecurityFlags::ENABLE_CRL_CHECK);
    let refused = fault(&client(), &checking).await;
    assert_eq!(meaning(&refused), transport("tls"));
    assert!(refused.detail.contains("revoked"), "{}", refused.detail);
}

#[tokio::test]
async fn c13_a_relaxed_job_does_not_open_the_door_for_a_strict_one() {
    let origin = server(&Issued::self_signed(&["127.0.0.1"])).await;
    let strict = request(&origin.url("/"));
    let http = client();
    bytes(&http, &forgiving(strict.clone(), SecurityFlags::IGNORE_UNKNOWN_CA)).await;
    assert!(http.has_idle());
    assert_eq!(meaning(&fault(&http, &strict).await), transport("tls"));
}

#[tokio::test]
async fn c13_jobs_with_other_certificates_or_owners_share_no_connection_and_no_session() {
    let authority = Authority::new("ours");
    let issued = authority.server(&["127.0.0.1"]);
    let tls = TlsServer::with_client_certificates(&issued, &authority);
    let origin = Origin::start_tls(FileServer::new(file()), tls).await;
    let plain = trusting(&origin, &authority);
    let showing = |name: &str, partition| {
        let mine = authority.client(name);
        with_options(plain.clone(), |options| {
            options.tls.client_certificate = Some(mine.certificate_pem().to_owned());
            options.client_key = Some(Secret::new(mine.key_pem()));
            options.partition = partition;
        })
    };
    let http = client();
    let ada = showing("ada", 1);
    bytes(&http, &ada).await;
    http.drop_idle();
    bytes(&http, &ada).await;
    assert_eq!(origin.connections(), 2);
    // Another certificate, and the same one of another owner.
    let others = [showing("bob", 1), with_options(ada.clone(), |options| options.partition = 2)];
    for (other, connections) in others.iter().zip(3..) {
        bytes(&http, other).await;
        assert_eq!(origin.connections(), connections);
    }
    assert_eq!(origin.resumed_sessions(), 0, "a session of one is not gone on with by another");
}

#[tokio::test]
async fn client_certificates_are_shown_where_they_are_wanted() {
    let authority = Authority::new("ours");
    let mine = authority.client("ada");
    for tls12 in [false, true] {
        let issued = authority.server(&["127.0.0.1"]);
        let tls = TlsServer::with_client_certificates(&issued, &authority);
        let tls = if tls12 { tls.at_most_tls12() } else { tls };
        let origin = Origin::start_tls(FileServer::new(file()), tls).await;
        let without = trusting(&origin, &authority);
        assert_eq!(meaning(&fault(&client(), &without).await), transport("tls-client-certificate"));
        let with = with_options(without.clone(), |options| {
            options.tls.client_certificate = Some(mine.certificate_pem().to_owned());
            options.client_key = Some(Secret::new(mine.key_pem()));
        });
        assert_eq!(bytes(&client(), &with).await, file().bytes());
        let in_one_file = with_options(without, |options| {
            options.tls.client_certificate = Some(format!("{}{}", mine.certificate_pem(), mine.key_pem()));
        });
        assert_eq!(bytes(&client(), &in_one_file).await, file().bytes());
    }
}

#[tokio::test]
async fn a_client_certificate_that_the_server_refuses_is_a_tls_fault() {
    let (authority, other) = (Authority::new("ours"), Authority::new("other"));
    let issued = authority.server(&["127.0.0.1"]);
    let tls = TlsServer::with_client_certificates(&issued, &authority);
    let origin = Origin::start_tls(FileServer::new(file()), tls).await;
    let wrong = other.client("ada");
    let shown = with_options(trusting(&origin, &authority), |options| {
        options.tls.client_certificate = Some(wrong.certificate_pem().to_owned());
        options.client_key = Some(Secret::new(wrong.key_pem()));
    });
    assert_eq!(meaning(&fault(&client(), &shown).await), transport("tls"));
}

#[test]
fn certificates_that_cannot_be_used_are_refused_when_given() {
    let authority = Authority::new("ours");
    let mine = authority.client("ada");
    let settings = |roots: Option<&str>, certificate: Option<&str>| bgcopy_core::settings::TlsSettings {
        extra_roots: roots.map(str::to_owned),
        client_certificate: certificate.map(str::to_owned),
    };
    let key = Secret::new(mine.key_pem());
    assert_eq!(
        check_tls(&settings(Some(&authority.pem()), Some(mine.certificate_pem())), Some(&key)),
        Ok(())
    );
    assert!(check_tls(&settings(Some("not PEM"), None), None).is_err());
    assert!(check_tls(&settings(None, Some(mine.certificate_pem())), None).is_err());
    let others = Secret::new(authority.client("bob").key_pem());
    let error = check_tls(&settings(None, Some(mine.certificate_pem())), Some(&others)).unwrap_err();
    assert!(!error.contains("PRIVATE KEY"), "{error}");
}

#[tokio::test]
async fn b14_the_certificate_is_reported_rather_than_the_refusal() {
    let origin = server(&Issued::self_signed(&["127.0.0.1"])).await;
    let nobody = refusing_address().await;
    for order in [[nobody, origin.addr()], [origin.addr(), nobody]] {
        let (http, _) = client_knowing(Names::new().known("both.test", &order));
        let refused = fault(&http, &request("https://both.test/")).await;
        assert_eq!(meaning(&refused), transport("tls"));
        assert!(refused.detail.contains("certificate"), "{}", refused.detail);
    }
}

#[tokio::test]
async fn b16_a_missing_goodbye_is_no_harm_where_the_length_is_known() {
    let authority = Authority::new("ours");
    for (served, framing) in
        [(Served::Length, Framing::Length(2 << 20)), (Served::UntilClose, Framing::UntilClose)]
    {
        let issued = authority.server(&["127.0.0.1"]);
        let content = file();
        let origin = Origin::start_tls(
            move |_: &RequestHead| {
                let head = match served {
                    Served::Length => Reply::status(200).header("content-length", (2 << 20).to_string()),
                    _ => Reply::status(200).header("connection", "close"),
                };
                head.send_content(&content, 0..2 << 20).cut()
            },
            TlsServer::new(&issued),
        )
        .await;
        let (answer, bytes, fault) = fetched(&client(), &trusting(&origin, &authority)).await;
        assert_eq!((answer.framing, fault), (framing, None));
        assert_eq!(bytes, file().bytes());
    }
}

#[tokio::test]
async fn b17_handshakes_that_come_to_nothing_end_within_the_connect_bound() {
    for (first, code) in [
        (Reply::raw("HTTP/1.1 400 Bad Request\r\n\r\n").stall(), "bad-response"),
        (Reply::new().cut(), "closed-early"),
        (Reply::new().stall(), "timeout"),
    ] {
        let origin = Origin::builder().speaks_first(first).start(|_: &RequestHead| Reply::new()).await;
        let http =
            Http::new(HttpConfig { connect_timeout: Duration::from_millis(300), ..HttpConfig::default() });
        let url = format!("https://{}/", origin.addr());
        assert_eq!(meaning(&fault(&http, &request(&url)).await), transport(code));
    }
}

#[tokio::test]
async fn b18_a_server_with_old_tls_only_is_refused() {
    // The answer of a server that knows nothing newer: a fatal alert, protocol_version (RFC 8446, 6.2).
    let alert = Reply::raw(vec![0x15, 3, 2, 0, 2, 2, 70]).stall();
    let origin = Origin::builder().speaks_first(alert).start(|_: &RequestHead| Reply::new()).await;
    let refused = fault(&client(), &request(&format!("https://{}/", origin.addr()))).await;
    assert_eq!(meaning(&refused), transport("tls"));
}

#[tokio::test]
async fn tls_1_2_is_spoken() {
    let authority = Authority::new("ours");
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"])).at_most_tls12();
    let origin = Origin::start_tls(FileServer::new(file()), tls).await;
    assert_eq!(bytes(&client(), &trusting(&origin, &authority)).await, file().bytes());
}

async fn http2_origin(script: impl bgcopy_testkit::Script, authority: &Authority) -> Origin {
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"])).http2();
    Origin::start_tls(script, tls).await
}

#[tokio::test]
async fn http2_is_agreed_on_and_its_connection_shared() {
    let authority = Authority::new("ours");
    let origin = http2_origin(FileServer::new(file()).etag("\"v1\""), &authority).await;
    let http = client();
    let asked = trusting(&origin, &authority);
    let (answer, first_bytes, fault) = fetched(&http, &asked).await;
    assert_eq!((answer.protocol, answer.partial, fault), (Protocol::Http2, true, None));
    assert_eq!(first_bytes, file().bytes());
    let (one, two) = tokio::join!(bytes(&http, &asked), bytes(&http, &asked));
    assert_eq!((one, two), (file().bytes(), file().bytes()));
    assert_eq!(origin.connections(), 1);
    assert!(http.has_idle());
    let head = &origin.requests()[0];
    assert_eq!((head.header("range"), head.header("connection")), (Some("bytes=0-"), None));
    http.drop_idle();
    eventually("the connection is closed", || origin.open_connections() == 0).await;
}

#[tokio::test]
async fn a37_streams_that_are_reset_are_reported_and_the_connection_lives() {
    let authority = Authority::new("ours");
    let (content, gate) = (file(), Gate::new());
    let opened = gate.clone();
    let origin = http2_origin(
        move |request: &RequestHead| match request.number {
            // INTERNAL_ERROR (RFC 9113, 7), once the client has seen the beginning.
            1 => Reply::status(200)
                .header("content-length", (2 << 20).to_string())
                .send_content(&content, 0..1000)
                .wait(&opened)
                .stream_reset(2),
            _ => Reply::status(200).content(&content, 0..2 << 20),
        },
        &authority,
    )
    .await;
    let http = client();
    let asked = trusting(&origin, &authority);
    let (_, mut body) = http.fetch(&asked).await.unwrap();
    assert_eq!(body.chunk().await.unwrap().unwrap(), file().part(0..1000));
    gate.open();
    assert_eq!(meaning(&body.chunk().await.unwrap_err()), transport("reset"));
    assert_eq!(bytes(&http, &asked).await, file().bytes());
    assert_eq!(origin.connections(), 1);
}

#[tokio::test]
async fn a37_a_server_that_wants_http1_gets_it() {
    let authority = Authority::new("ours");
    let content = file();
    let origin = http2_origin(
        move |request: &RequestHead| match request.version.as_str() {
            // HTTP_1_1_REQUIRED (RFC 9113, 7).
            "HTTP/2" => Reply::new().stream_reset(0xd),
            _ => Reply::status(200).content(&content, 0..2 << 20),
        },
        &authority,
    )
    .await;
    let http = client();
    let asked = trusting(&origin, &authority);
    let (answer, _, _) = fetched(&http, &asked).await;
    assert_eq!(answer.protocol, Protocol::Http11);
    bytes(&http, &asked).await;
    assert_eq!((origin.connections(), origin.requests().len()), (2, 3));
}

#[tokio::test]
async fn a37_a_server_that_says_goodbye_is_asked_anew() {
    let authority = Authority::new("ours");
    let content = file();
    let origin = http2_origin(
        move |_: &RequestHead| Reply::status(200).content(&content, 0..2 << 20).close(),
        &authority,
    )
    .await;
    let http = client();
    for _ in 0..3 {
        assert_eq!(bytes(&http, &trusting(&origin, &authority)).await, file().bytes());
    }
}

#[tokio::test]
async fn paused_bodies_do_not_starve_another_on_their_connection() {
    let authority = Authority::new("ours");
    let big = Content::repeated(4, 16 << 20);
    let origin = http2_origin(FileServer::new(big.clone()), &authority).await;
    let http = client();
    let asked = trusting(&origin, &authority);
    // Seven that are not read while the eighth is, with all that the server may send ahead.
    let mut paused = Vec::new();
    for _ in 0..7 {
        paused.push(http.fetch(&asked).await.unwrap());
    }
    let held_up = 7 * (2 << 20);
    eventually("the paused ones have filled their windows", || origin.bytes_sent() >= held_up).await;
    assert_eq!(bytes(&http, &asked).await.len(), 16 << 20);
    assert_eq!(origin.connections(), 1);
}
