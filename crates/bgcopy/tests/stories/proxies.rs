//! Proxies, from the command line and from the environment; whose fault it is when they fail, and what they must
//! not hear (faults B20).

use bgcopy_testkit::{Authority, Content, FileServer, HttpProxy, Login, Origin, SocksProxy, TlsServer};

use crate::house::{House, assert_content};

#[tokio::test]
async fn the_environment_of_the_command_names_the_proxy_and_the_job_keeps_it() {
    let content = Content::new(1, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let proxy = HttpProxy::start(origin.addr()).await;
    let house = House::new();
    let said = format!("http://{}", proxy.addr());
    // The service was started without it: what counts is where the person is.
    house.run(&["list"]).await.exits(0);
    let environment = [("http_proxy", &*said), ("no_proxy", "example.net")];
    let get = house.start_with(&["get", "-o", "f", "http://example.org/f"], &environment);
    get.done().await.exits(0);
    assert_content(&house.desk("f"), &content);
    assert_eq!(proxy.requests()[0].target, "http://example.org/f");
    let direct =
        house.start_with(&["get", "-o", "g", &origin.url("/g")], &[("http_proxy", &said), ("no_proxy", "*")]);
    direct.done().await.exits(0);
    assert_eq!(proxy.requests().len(), 1);
    let none = ["get", "-o", "h", "--proxy", "none", &origin.url("/h")];
    house.start_with(&none, &[("http_proxy", &said)]).done().await.exits(0);
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_the_proxy_hears_no_secret() {
    let (authority, content) = (Authority::new("The house"), Content::new(2, 50_000));
    let tls = TlsServer::new(&authority.server(&["example.org"]));
    let origin = Origin::start_tls(FileServer::new(content.clone()), tls).await;
    let login = Login::Basic("ada".to_owned(), "pr0xy-pw".to_owned());
    let proxy = HttpProxy::with_login(origin.addr(), login).await;
    let house = House::new();
    std::fs::write(house.desk("ca"), authority.pem()).unwrap();
    let through = format!("http://{}", proxy.addr());
    let url = "https://example.org/f?sig=s3cret";
    let words = ["get", "-o", "f", "--cacert", "ca", "--proxy", &through, "--proxy-user", "ada:pr0xy-pw"];
    let done = house.run(&[&words[..], &["-H", "X-Token: t0ken", url]].concat()).await.exits(0);
    assert!(!done.said().contains("pr0xy-pw"), "{done}");
    assert_content(&house.desk("f"), &content);
    let heard = format!("{:?}", proxy.requests());
    assert!(heard.contains("CONNECT") && !heard.contains("s3cret") && !heard.contains("t0ken"), "{heard}");
    let told = origin.requests().pop().unwrap();
    assert_eq!((told.header("proxy-authorization"), told.header("x-token")), (None, Some("t0ken")));
}

#[tokio::test]
async fn socks_brings_the_file_and_resolves_the_name() {
    let content = Content::new(3, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let proxy = SocksProxy::start(origin.addr()).await;
    let house = House::new();
    let through = format!("socks5h://{}", proxy.addr());
    house.run(&["get", "-o", "f", "--proxy", &through, "http://no-such-host.invalid/f"]).await.exits(0);
    assert_content(&house.desk("f"), &content);
}
