//! The way to a server (faults B): names, connections, TLS and proxies that fail, what stands in the middle, and whose
//! fault it is said to be.

use std::fs;
use std::net::ToSocketAddrs as _;
use std::time::{Duration, Instant};

use bgcopy_testkit::{
    Authority, Content, FileServer, HttpProxy, Issued, Login, Origin, Reply, RequestHead, Script, TlsServer,
    Turns, Validity,
};
use serde_json::{Value, json};

use crate::house::fault::{WAY, good, offers};
use crate::house::published::phf_of;
use crate::house::{House, large, sha256};
use crate::servers::vacant;

const LEN: u64 = 600_000;

fn file(seed: u64) -> Content {
    Content::new(seed, LEN)
}

fn mirrored(mirror: &str, content: &Content) -> Value {
    json!({ "mirrors": [{ "url": mirror }], "digest": format!("sha-256={}", sha256(content)) })
}

#[tokio::test]
async fn b01_where_nobody_listens_the_next_source_is_asked() {
    let content = file(1);
    let mirror = Origin::start(good(&content)).await;
    let house = House::new();
    let dead = format!("http://{}/f", vacant().await);
    let said = mirrored(&mirror.url("/f"), &content);
    let id = house.begin_with(&dead, "f", said, json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
}

#[tokio::test]
async fn b01_where_nobody_listens_at_all_the_job_rests_until_somebody_does() {
    let content = file(2);
    let address = vacant().await;
    let house = House::new();
    let id = house.begin(&format!("http://{address}/f"), "f").await;
    let error = house.rests(&id, "connect", WAY).await;
    assert_eq!(error["errno"], 111, "{error:#}");
    let _origin = Origin::builder().at(address).start(good(&content)).await;
    house.goes_on(&id, "f", &content).await;
}

/// A listener whose queue is full drops further SYNs, as a broken path does.
#[tokio::test]
async fn b02_where_nothing_answers_at_all_the_bound_of_an_attempt_holds() {
    let content = file(12);
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let silent = socket.listen(1).unwrap();
    let address = silent.local_addr().unwrap();
    let mut queue = tokio::task::JoinSet::new();
    (0..4).for_each(|_| drop(queue.spawn(tokio::net::TcpStream::connect(address))));
    let _in_the_queue = queue.join_next().await;
    let house = House::with("connect_timeout_seconds = 1");
    let mirror = Origin::start(good(&content)).await;
    let url = format!("http://{address}/f");
    let said = mirrored(&mirror.url("/f"), &content);
    let helped = house.begin_with(&url, "helped", said, json!({})).await;
    let began = Instant::now();
    let alone = house.begin(&url, "alone").await;
    let error = house.rests(&alone, "timeout", WAY).await;
    assert!(error["detail"].as_str().unwrap().contains("no connection"), "{error:#}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    house.arrives_unharmed(&helped, "helped", &content).await;
}

/// The same content with one byte flipped on the way.
fn flipped(content: &Content, at: u64) -> Content {
    let mut bytes = content.bytes();
    bytes[usize::try_from(at).unwrap()] ^= 0x10;
    Content::given(bytes)
}

#[tokio::test]
async fn b06_a_byte_that_was_flipped_on_the_way_costs_its_piece() {
    let content = large(3, 4);
    let origin = Origin::start(good(&flipped(&content, 2_500_000))).await;
    let mirror = Origin::start(good(&content)).await;
    let house = House::new();
    let text: Value = serde_json::from_str(&phf_of(&content)).unwrap();
    let list =
        json!({ "size": text["ContentLength"], "piece_size": text["PieceSize"], "hashes": text["Pieces"] });
    let said = json!({ "pieces": list, "mirrors": [{ "url": mirror.url("/f") }] });
    let id = house.begin_with(&origin.url("/f"), "f", said, json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.files(&id).await[0]["trust"], "pieces");
    assert!(house.restarts(&id).await.contains(&"bad-piece".to_owned()), "the fault fired");
    assert!(origin.bytes_sent() + mirror.bytes_sent() < 9 << 20, "the rest was not fetched again");
}

#[tokio::test]
async fn b06_without_hashes_nobody_can_tell_and_status_does_not_claim_it() {
    let content = file(4);
    let house = House::new();
    // "consistent: one strong validator throughout" (design.md, "Trust") claims no more than that.
    let bare = FileServer::new(content.clone()).last_modified(None);
    for (name, server, trust) in [("bare", bare, "unverified"), ("tagged", good(&content), "consistent")] {
        let origin = Origin::start(server).await;
        let id = house.begin(&origin.url("/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
        assert_eq!(house.files(&id).await[0]["trust"], trust);
    }
}

#[tokio::test]
async fn b08_a_middle_box_that_removes_ranges_leaves_one_stream() {
    let content = Content::new(5, 3 << 20);
    let server = good(&content);
    server.change(|settings| settings.cut_after = Some(2 << 20));
    let whole = good(&content);
    let script = move |request: &RequestHead| {
        let mut stripped = request.clone();
        stripped.headers.retain(|(name, _)| !matches!(name.as_str(), "range" | "if-range"));
        if request.number == 1 { server.reply(&stripped) } else { whole.reply(&stripped) }
    };
    let origin = Origin::start(script).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, ["range-unsupported"]);
    assert!(origin.requests()[1].header("range").is_some(), "it was asked for");
}

#[tokio::test]
async fn b12_a_name_that_cannot_be_resolved_is_waited_for() {
    let content = file(6);
    let house = House::new();
    let id = house.begin("http://no-such-host.invalid/f", "f").await;
    // Where no name server answers, nobody says that there is no such name.
    let answer = ("no-such-host.invalid", 80).to_socket_addrs().unwrap_err().to_string();
    let code = if answer.contains("Temporary failure") { "dns-unavailable" } else { "dns" };
    let error = house.rests(&id, code, WAY).await;
    assert!(error["detail"].as_str().unwrap().contains("no-such-host.invalid"), "{error:#}");
    let origin = Origin::start(good(&content)).await;
    house.asks_at(&id, &origin.url("/f")).await;
    house.goes_on(&id, "f", &content).await;
}

#[tokio::test]
async fn b15_each_mistake_of_a_certificate_is_fatal_and_only_its_authority_mends_it() {
    let authority = Authority::new("The house");
    let content = file(7);
    let house = House::new();
    fs::write(house.desk("ca.pem"), authority.pem()).unwrap();
    let here = &["127.0.0.1"];
    for (name, issued, words) in [
        ("expired", authority.server_at(here, Validity::Expired), "expired"),
        ("not-yet", authority.server_at(here, Validity::NotYet), "not valid yet"),
        ("other-name", authority.server(&["example.org"]), "another name"),
        ("wrong-use", authority.client("127.0.0.1"), "another use"),
    ] {
        let origin = Origin::start_tls(good(&content), TlsServer::new(&issued)).await;
        let get = ["get", "--no-wait", "-o", name, "--cacert", "ca.pem", &origin.url("/f")];
        let id = house.run(&get).await.exits(0).out.trim().to_owned();
        let error = house.fails(&id, "tls", WAY, "mend-certificate").await;
        assert!(error["detail"].as_str().unwrap().contains(words), "{error:#}");
        assert!(origin.requests().is_empty(), "nothing is asked of somebody who is not who he should be");
    }
    for (name, issued) in [("unknown", authority.server(here)), ("self-signed", Issued::self_signed(here))] {
        let origin = Origin::start_tls(good(&content), TlsServer::new(&issued)).await;
        let id = house.begin(&origin.url("/f"), name).await;
        house.fails(&id, "tls", WAY, "mend-certificate").await;
        let trusted = format!("{name}.pem");
        let pem = if name == "unknown" { authority.pem() } else { issued.certificate_pem().to_owned() };
        fs::write(house.desk(&trusted), pem).unwrap();
        house.run(&["set", &id, "--cacert", &trusted]).await.exits(0);
        house.goes_on(&id, name, &content).await;
    }
}

#[tokio::test]
async fn b15_no_setting_of_the_service_forgives_a_certificate() {
    let house = House::new();
    let settings = house.run(&["config"]).await.exits(0).out.to_lowercase();
    assert!(settings.contains("cache_host"), "{settings}");
    for word in ["cert", "tls", "insecure", "verify", "trust"] {
        assert!(!settings.contains(word), "{word} in {settings}");
    }
}

#[tokio::test]
async fn b17_a_handshake_that_comes_to_nothing_ends_within_the_connect_bound() {
    let house = House::with("connect_timeout_seconds = 1");
    house.run(&["list"]).await.exits(0);
    // Who closes before he has read what was said may have his end taken for a reset.
    for (name, first, codes) in [
        ("garbage", Reply::raw("SSH-2.0-OpenSSH_9.9\r\n").stall(), &["bad-response"][..]),
        ("end", Reply::new().cut(), &["closed-early", "reset"]),
        ("stall", Reply::new().stall(), &["timeout"]),
    ] {
        let origin = Origin::builder().speaks_first(first).start(|_: &RequestHead| Reply::new()).await;
        let began = Instant::now();
        let id = house.begin(&format!("https://{}/f", origin.addr()), name).await;
        let said = house.until_state(&id, "transient-error").await["error"]["code"].clone();
        let code = codes.iter().find(|code| said == **code).unwrap_or_else(|| panic!("{name}: {said}"));
        house.rests(&id, code, WAY).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{name}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn b18_a_server_with_old_tls_only_is_refused() {
    // The answer of a server that knows nothing newer: a fatal alert, protocol_version (RFC 8446, 6.2).
    let alert = Reply::raw(vec![0x15, 3, 2, 0, 2, 2, 70]).stall();
    let origin = Origin::builder().speaks_first(alert).start(|_: &RequestHead| Reply::new()).await;
    let house = House::new();
    let id = house.begin(&format!("https://{}/f", origin.addr()), "f").await;
    house.fails(&id, "tls", WAY, "mend-certificate").await;
}

#[tokio::test]
async fn b20_a_proxy_that_fails_is_blamed_and_not_the_server() {
    let content = file(8);
    let authority = Authority::new("The house");
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let origin = Origin::start_tls(good(&content), tls).await;
    let house = House::new();
    let dead = vacant().await;
    let refusing = HttpProxy::refusing("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    let dying = HttpProxy::refusing("HTTP/1.1 200").await;
    let closing = HttpProxy::refusing("").await;
    for (name, proxy, code) in [
        ("dead", dead, "connect"),
        ("refusing", refusing.addr(), "proxy-502"),
        ("dying", dying.addr(), "closed-early"),
        ("closing", closing.addr(), "closed-early"),
    ] {
        let proxied = json!({ "usage": "override", "list": format!("http://ada:pr0xy-pw@{proxy}") });
        let settings = json!({ "proxy": proxied, "extra_roots": authority.pem() });
        let id = house.begin_with(&origin.url("/f"), name, json!({}), settings).await;
        let error = house.rests(&id, code, WAY).await;
        let detail = error["detail"].as_str().unwrap();
        assert!(detail.contains("proxy") && detail.contains(&proxy.to_string()), "{error:#}");
        assert!(!error.to_string().contains("pr0xy-pw"), "{error:#}");
        let refused = code != "closed-early";
        assert_eq!(offers(&error, "set-proxy"), refused, "{error:#}");
        house.run(&["set", &id, "proxy=none"]).await.exits(0);
        house.goes_on(&id, name, &content).await;
    }
    for seen in origin.requests() {
        assert_eq!((seen.header("proxy-authorization"), seen.header("authorization")), (None, None));
    }
}

#[tokio::test]
async fn b20_a_proxy_that_wants_a_login_is_shown_one_and_nobody_else_is() {
    let content = file(9);
    let origin = Origin::start(good(&content)).await;
    let login = Login::Basic("ada".to_owned(), "pr0xy-pw".to_owned());
    let proxy = HttpProxy::with_login(origin.addr(), login).await;
    let house = House::new();
    let through = format!("http://{}", proxy.addr());
    let get = ["get", "--no-wait", "-o", "f", "--proxy", &through, "http://example.org/f"];
    let id = house.run(&get).await.exits(0).out.trim().to_owned();
    house.fails(&id, "proxy-407", WAY, "set-credentials").await;
    let told = house.run(&["set", &id, "--proxy-user", "ada:pr0xy-pw"]).await.exits(0).said();
    house.goes_on(&id, "f", &content).await;
    assert!(!told.contains("pr0xy-pw") && !house.job(&id).await.to_string().contains("pr0xy-pw"));
    for seen in origin.requests() {
        assert_eq!((seen.header("proxy-authorization"), seen.header("authorization")), (None, None));
    }
}

#[tokio::test]
async fn b23_a_kept_connection_that_was_closed_meanwhile_is_no_failure() {
    let content = file(10);
    // The server takes the second request of the connection and says nothing any more.
    let silent = |_: &RequestHead| Reply::new().cut();
    let origin = Origin::start(Turns::first(good(&content)).then(silent).then(good(&content))).await;
    let house = House::new();
    for name in ["one", "two"] {
        let id = house.begin(&origin.url("/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
    }
    let asked = origin.requests();
    assert_eq!((asked.len(), asked[1].connection, asked[2].connection), (3, 1, 2), "the fault fired");
}

#[tokio::test]
async fn b24_a_rate_that_falls_a_hundredfold_is_no_timeout_while_bytes_move() {
    let content = file(11);
    let fast = 500_000;
    let slowing = {
        let content = content.clone();
        move |_: &RequestHead| {
            let reply = Reply::status(200)
                .header("content-length", LEN.to_string())
                .header("etag", "\"1\"")
                .send_content(&content, 0..fast);
            (0..20).fold(reply, |reply, part| {
                let at = fast + part * 5_000;
                reply.pause(Duration::from_millis(100)).send_content(&content, at..at + 5_000)
            })
        }
    };
    let origin = Origin::start(slowing).await;
    let house = House::with("low_speed_seconds = 1");
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(origin.requests().len(), 1, "{:?}", origin.requests());
}
