//! Faults B20 and spec 9.8: proxies of each kind, and what each of them sees.

use bgcopy_core::AuthScheme::{Basic, Digest};
use bgcopy_core::{AuthScheme, Secret};
use bgcopy_http::Request;
use bgcopy_testkit::{Authority, Content, FileServer, HttpProxy, Login, Origin, SocksProxy, TlsServer};

use crate::support::{
    Names, bytes, client, client_knowing, credentials, fault, meaning, refusing_address, request, through,
    transport, with_options,
};

fn file() -> Content {
    Content::new(51, 300_000)
}

async fn https_origin() -> (Origin, String) {
    let authority = Authority::new("test");
    let tls = TlsServer::new(&authority.server(&["origin.test"]));
    (Origin::start_tls(FileServer::new(file()), tls).await, authority.pem())
}

fn trusting(request: Request, authority: &str) -> Request {
    with_options(request, |options| options.tls.extra_roots = Some(authority.to_owned()))
}

fn login_at_proxy(request: Request, scheme: AuthScheme, password: &str) -> Request {
    with_options(request, |options| options.proxy_credentials = vec![credentials(scheme, "ada", password)])
}

#[tokio::test]
async fn plain_requests_name_their_whole_url_to_the_proxy() {
    let origin = Origin::start(FileServer::new(file())).await;
    let proxy = HttpProxy::start(origin.addr()).await;
    let (http, names) = client_knowing(Names::new());
    let asked = through(request("http://origin.test/a?b"), &proxy.addr().to_string());
    assert_eq!(bytes(&http, &asked).await, file().bytes());
    let [seen] = proxy.requests().try_into().unwrap();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "http://origin.test/a?b"));
    assert_eq!(names.asked(), <[&str; 0]>::default(), "the proxy resolves the name");
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_that_hides_everything() {
    let (origin, authority) = https_origin().await;
    let proxy = HttpProxy::start(origin.addr()).await;
    let secret = with_options(request("https://origin.test/secret-path"), |options| {
        options.headers.push(("X-Token".to_owned(), Secret::new("secret-token")));
    });
    let asked = through(trusting(secret, &authority), &format!("http://{}", proxy.addr()));
    assert_eq!(bytes(&client(), &asked).await, file().bytes());
    let [seen] = proxy.requests().try_into().unwrap();
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("CONNECT", "origin.test:443"));
    assert!(!format!("{seen:?}").contains("secret"));
}

#[tokio::test]
async fn a_proxy_with_a_login_gets_it_and_nobody_else_does() {
    let plain = Origin::start(FileServer::new(file())).await;
    let (secure, authority) = https_origin().await;
    for (login, scheme) in [
        (Login::Basic("ada".to_owned(), "pw".to_owned()), Basic),
        (Login::Digest("ada".to_owned(), "pw".to_owned()), Digest),
    ] {
        for (origin, url) in [(&plain, "http://origin.test/"), (&secure, "https://origin.test/")] {
            let proxy = HttpProxy::with_login(origin.addr(), login.clone()).await;
            let asked = through(trusting(request(url), &authority), &proxy.addr().to_string());
            let asked = login_at_proxy(asked, scheme, "pw");
            let http = client();
            assert_eq!(bytes(&http, &asked).await, file().bytes());
            http.drop_idle();
            assert_eq!(bytes(&http, &asked).await, file().bytes());
            assert_eq!(proxy.requests().len(), 3, "the second time nothing is refused first");
        }
    }
    for seen in plain.requests().into_iter().chain(secure.requests()) {
        assert_eq!((seen.header("proxy-authorization"), seen.header("authorization")), (None, None));
    }
}

#[tokio::test]
async fn b20_a_wrong_login_is_the_proxys_fault_and_tried_once() {
    let (secure, authority) = https_origin().await;
    for url in ["http://origin.test/", "https://origin.test/"] {
        let login = Login::Basic("ada".to_owned(), "right".to_owned());
        let proxy = HttpProxy::with_login(secure.addr(), login).await;
        let asked = through(trusting(request(url), &authority), &proxy.addr().to_string());
        for (asked, requests) in [(asked.clone(), 1), (login_at_proxy(asked, Basic, "wrong"), 2)] {
            let before = proxy.requests().len();
            let refused = fault(&client(), &asked).await;
            assert_eq!(meaning(&refused), transport("proxy-407"));
            assert!(refused.detail.contains("proxy") && !refused.detail.contains("wrong"));
            assert_eq!(proxy.requests().len() - before, requests, "{url}");
        }
    }
    assert_eq!(secure.connections(), 0);
}

#[tokio::test]
async fn b20_a_proxy_that_fails_is_named_in_the_report() {
    let nobody = refusing_address().await;
    let gone = fault(&client(), &through(request("http://origin.test/"), &nobody.to_string())).await;
    assert_eq!(meaning(&gone), transport("connect"));
    assert!(gone.detail.contains("proxy"), "{}", gone.detail);

    for (answer, code) in [
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "proxy-502"),
        ("", "closed-early"),
        ("HTTP/1.1 200", "closed-early"),
        ("what?\r\n\r\n", "connect"),
        ("HTTP/1.1 200 OK\r\n\r\nsurprise", "connect"),
    ] {
        let proxy = HttpProxy::refusing(answer).await;
        let asked = through(request("https://origin.test/"), &proxy.addr().to_string());
        let refused = fault(&client(), &asked).await;
        assert_eq!(meaning(&refused), transport(code), "{answer:?}");
        assert!(refused.detail.contains("proxy"), "{}", refused.detail);
    }
}

#[tokio::test]
async fn socks_proxies_resolve_the_name_and_carry_everything() {
    let plain = Origin::start(FileServer::new(file())).await;
    let (secure, authority) = https_origin().await;
    for (origin, url, port) in [(&plain, "http://origin.test/", 80), (&secure, "https://origin.test/", 443)] {
        let proxy = SocksProxy::with_login(origin.addr(), "ada", "pw").await;
        let asked = through(trusting(request(url), &authority), &format!("socks5h://{}", proxy.addr()));
        let (http, names) = client_knowing(Names::new());
        assert_eq!(bytes(&http, &login_at_proxy(asked, Basic, "pw")).await, file().bytes());
        let [seen] = proxy.requests().try_into().unwrap();
        assert_eq!((seen.host.as_str(), seen.port, seen.user.as_deref()), ("origin.test", port, Some("ada")));
        assert_eq!(names.asked(), <[&str; 0]>::default());
    }
}

#[tokio::test]
async fn socks_without_login_and_with_addresses() {
    let origin = Origin::start(FileServer::new(file())).await;
    let proxy = SocksProxy::start(origin.addr()).await;
    for (url, host) in [("http://192.0.2.1/", "192.0.2.1"), ("http://[2001:db8::1]/", "2001:db8::1")] {
        let asked = through(request(url), &format!("socks5://{}", proxy.addr()));
        assert_eq!(bytes(&client(), &asked).await, file().bytes());
        assert_eq!(proxy.requests().last().unwrap().host, host);
    }
}

#[tokio::test]
async fn b20_socks_refusals_say_proxy_and_why() {
    let proxy = SocksProxy::refusing(5).await;
    let asked = through(request("http://origin.test/"), &format!("socks5://{}", proxy.addr()));
    let refused = fault(&client(), &asked).await;
    assert_eq!(meaning(&refused), transport("connect"));
    assert!(refused.detail.contains("proxy") && refused.detail.contains("refused"), "{}", refused.detail);

    let locked = SocksProxy::with_login(proxy.addr(), "ada", "right").await;
    let asked = through(request("http://origin.test/"), &format!("socks5://{}", locked.addr()));
    assert_eq!(meaning(&fault(&client(), &asked).await), transport("proxy-407"));
    let wrong = login_at_proxy(asked, Basic, "wrong");
    assert_eq!(meaning(&fault(&client(), &wrong).await), transport("proxy-407"));
}

#[tokio::test]
async fn bypassed_hosts_are_reached_directly_and_nonsense_is_refused() {
    let origin = Origin::start(FileServer::new(file())).await;
    let proxy = HttpProxy::refusing("").await;
    let bypassing = with_options(through(request(&origin.url("/")), &proxy.addr().to_string()), |options| {
        options.proxy.bypass = Some("127.0.0.0/8".to_owned());
    });
    assert_eq!(bytes(&client(), &bypassing).await, file().bytes());
    assert_eq!(proxy.requests(), []);

    let nonsense = through(request(&origin.url("/")), "gopher://ada:pw@x");
    let refused = fault(&client(), &nonsense).await;
    assert_eq!(meaning(&refused), transport("invalid-proxy"));
    assert!(!format!("{refused:?}").contains("pw"));
}

#[tokio::test]
async fn the_password_may_stand_in_the_list() {
    let origin = Origin::start(FileServer::new(file())).await;
    let proxy = HttpProxy::with_login(origin.addr(), Login::Basic("ada".to_owned(), "p w".to_owned())).await;
    let asked = through(request("http://origin.test/"), &format!("http://ada:p%20w@{}", proxy.addr()));
    assert_eq!(bytes(&client(), &asked).await, file().bytes());
}

#[tokio::test]
async fn a_proxy_may_be_spoken_to_by_tls_with_tls_inside() {
    let (secure, authority) = https_origin().await;
    let proxy_authority = Authority::new("proxy");
    let tls = || TlsServer::new(&proxy_authority.server(&["127.0.0.1"]));
    let roots = format!("{authority}{}", proxy_authority.pem());
    let plain = Origin::start(FileServer::new(file())).await;
    for (origin, url) in [(&secure, "https://origin.test/"), (&plain, "http://origin.test/")] {
        let proxy = HttpProxy::with_tls(origin.addr(), tls()).await;
        let asked = through(request(url), &format!("https://{}", proxy.addr()));
        assert_eq!(bytes(&client(), &trusting(asked.clone(), &roots)).await, file().bytes());
        // The proxy's certificate is checked, and its failure is the proxy's.
        let refused = fault(&client(), &trusting(asked, &authority)).await;
        assert_eq!(meaning(&refused), transport("tls"));
        assert!(refused.detail.contains("proxy"), "{}", refused.detail);
    }
}
