//! Faults A27: challenges are answered once, with the right words, and only where they belong.

use bgcopy_core::AuthScheme::{Basic, Digest};
use bgcopy_testkit::{
    Authority, Content, FileServer, Login, Origin, Reply, RequestHead, Script as _, TlsServer,
};

use crate::support::{bytes, client, credentials, fault, meaning, remote, request, with_options};

fn file() -> Content {
    Content::new(41, 50_000)
}

#[tokio::test]
async fn basic_is_shown_on_challenge_and_from_then_on_unasked() {
    let login = Login::Basic("ada".to_owned(), "pw".to_owned());
    let origin = Origin::start(FileServer::new(file()).login(login)).await;
    let known = with_options(request(&origin.url("/")), |options| {
        options.server_credentials = vec![credentials(Basic, "ada", "pw")];
    });
    let http = client();
    assert_eq!(bytes(&http, &known).await, file().bytes());
    assert_eq!(origin.requests()[0].header("authorization"), None, "nothing before it is asked for");
    assert_eq!(bytes(&http, &known).await, file().bytes());
    assert_eq!((origin.requests().len(), origin.connections()), (3, 1));
}

#[tokio::test]
async fn basic_is_shown_at_once_where_tls_hides_it() {
    let authority = Authority::new("test");
    let login = Login::Basic("ada".to_owned(), "pw".to_owned());
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let origin = Origin::start_tls(FileServer::new(file()).login(login), tls).await;
    let known = with_options(request(&origin.url("/")), |options| {
        options.tls.extra_roots = Some(authority.pem());
        options.server_credentials = vec![credentials(Basic, "ada", "pw")];
    });
    assert_eq!(bytes(&client(), &known).await, file().bytes());
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn digest_is_answered_and_its_nonce_used_again() {
    let login = Login::Digest("ada".to_owned(), "pw".to_owned());
    let origin = Origin::start(FileServer::new(file()).login(login)).await;
    let known = with_options(request(&origin.url("/a?b=c")), |options| {
        options.server_credentials = vec![credentials(Basic, "ada", "pw"), credentials(Digest, "ada", "pw")];
    });
    let http = client();
    for _ in 0..3 {
        assert_eq!(bytes(&http, &known).await, file().bytes());
    }
    let shown: Vec<_> =
        origin.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[0], None);
    for (shown, count) in shown[1..].iter().flatten().zip(["00000001", "00000002", "00000003"]) {
        assert!(shown.contains(&format!("nc={count}")) && !shown.contains("pw"), "{shown}");
    }
}

#[tokio::test]
async fn a27_wrong_passwords_are_tried_once() {
    for (login, scheme) in [
        (Login::Basic("ada".to_owned(), "right".to_owned()), Basic),
        (Login::Digest("ada".to_owned(), "right".to_owned()), Digest),
    ] {
        let origin = Origin::start(FileServer::new(file()).login(login)).await;
        let wrong = with_options(request(&origin.url("/")), |options| {
            options.server_credentials = vec![credentials(scheme, "ada", "wrong")];
        });
        let http = client();
        let refused = fault(&http, &wrong).await;
        assert_eq!(meaning(&refused), remote("http-401"));
        assert!(!format!("{refused:?}").contains("wrong"));
        assert_eq!(origin.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_digest_is_made_again_only_where_the_nonce_was_old() {
    for (stale, outcome) in [(", stale=true", None), ("", Some(remote("http-401")))] {
        let server = FileServer::new(file()).login(Login::Digest("ada".to_owned(), "pw".to_owned()));
        let origin = Origin::start(move |request: &RequestHead| match request.number {
            // A nonce that is forgotten at once, and what RFC 7616, 3.3 says of it.
            1 => challenge("forgotten", ""),
            2 => challenge("dcd98b7102dd2f0e8b11d0f600bfb0c093", stale),
            _ => server.reply(request),
        })
        .await;
        let known = with_options(request(&origin.url("/")), |options| {
            options.server_credentials = vec![credentials(Digest, "ada", "pw")];
        });
        let fetched = client().fetch(&known).await;
        assert_eq!(fetched.err().map(|fault| meaning(&fault)), outcome);
    }
}

#[tokio::test]
async fn a_server_whose_nonces_are_always_old_is_not_asked_for_ever() {
    let origin = Origin::start(|_: &RequestHead| challenge("old", ", stale=true")).await;
    let known = with_options(request(&origin.url("/")), |options| {
        options.server_credentials = vec![credentials(Digest, "ada", "pw")];
    });
    assert_eq!(meaning(&fault(&client(), &known).await), remote("http-401"));
    assert_eq!(origin.requests().len(), 3);
}

fn challenge(nonce: &str, more: &str) -> Reply {
    let value = format!("Digest realm=\"test\", nonce=\"{nonce}\", qop=\"auth\", algorithm=SHA-256{more}");
    Reply::status(401).header("www-authenticate", value).body("log in")
}
