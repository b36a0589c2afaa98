//! What goes wrong on the way and at the server: told as what it is, in prose, in JSON, and as exit code.

use std::fs;
use std::net::ToSocketAddrs as _;

use bgcopy_testkit::{
    Authority, Content, FileServer, Framing, Issued, Origin, Reply, RequestHead, Script, TlsServer, Validity,
};
use serde_json::{Value, json};

use crate::house::{Done, House};
use crate::servers::{answers, vacant};

/// A failure: what is fetched how, and everything that is to be said of it.
struct Row {
    name: &'static str,
    url: String,
    words: Vec<&'static str>,
    told: Told,
}

/// What is said of a failure.
struct Told {
    code: &'static str,
    hresult: &'static str,
    context: &'static str,
    status: Option<u16>,
    exit: i32,
    /// Words of the detail, for the operator.
    detail: &'static str,
    /// A remedy that is among the proposed ones.
    remedy: &'static str,
}

/// Origins are kept for as long as the rows that speak of them.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    origins: Vec<Origin>,
}

impl Table {
    async fn served(&mut self, name: &'static str, script: impl Script, told: Told) {
        let origin = Origin::start(script).await;
        self.at(name, origin.url("/file"), &[], told);
        self.origins.push(origin);
    }

    fn at(&mut self, name: &'static str, url: String, words: &[&'static str], told: Told) {
        self.rows.push(Row { name, url, words: words.to_vec(), told });
    }
}

fn status(status: u16, context: &'static str, exit: i32, remedy: &'static str) -> Told {
    let (code, hresult): (&str, &str) = match status {
        307 => ("http-307", "0x80190133"),
        400 => ("http-400", "0x80190190"),
        401 => ("http-401", "0x80190191"),
        403 => ("http-403", "0x80190193"),
        404 => ("http-404", "0x80190194"),
        407 => ("http-407", "0x80190197"),
        410 => ("http-410", "0x8019019A"),
        416 => ("http-416", "0x801901A0"),
        429 => ("http-429", "0x801901AD"),
        500 => ("http-500", "0x801901F4"),
        501 => ("http-501", "0x801901F5"),
        503 => ("http-503", "0x801901F7"),
        other => unreachable!("{other} has no row"),
    };
    Told { code, hresult, context, status: Some(status), exit, detail: "answered", remedy }
}

fn remote(code: &'static str, hresult: &'static str, detail: &'static str, remedy: &'static str) -> Told {
    Told { code, hresult, context: "remote-file", status: None, exit: 3, detail, remedy }
}

fn way(code: &'static str, hresult: &'static str, detail: &'static str, remedy: &'static str) -> Told {
    Told { code, hresult, context: "general-transport", status: None, exit: 4, detail, remedy }
}

fn head(text: &'static str) -> impl Script {
    move |_: &RequestHead| Reply::raw(text).close()
}

async fn fatal_answers() -> Table {
    const REMOTE: &str = "remote-file";
    let mut table = Table::default();
    for (name, number, remedy) in [
        ("400", 400, "set-remote-name"),
        ("401", 401, "set-credentials"),
        ("403", 403, "set-remote-name"),
        ("404", 404, "set-remote-name"),
        ("410", 410, "set-remote-name"),
        ("416", 416, "set-remote-name"),
        ("501", 501, "set-remote-name"),
    ] {
        table.served(name, answers(number), status(number, REMOTE, 3, remedy)).await;
    }
    // Spec 6.3: proxy status 407 is the way's, also from a server that says so.
    table.served("407", answers(407), status(407, "general-transport", 4, "set-credentials")).await;
    let gzip = FileServer::new(Content::new(1, 5_000)).field("content-encoding", "gzip");
    table.served("gzip", gzip, remote("http-invalid", "0x80200012", "encoded", "set-remote-name")).await;
    let other = head(
        "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 5-9/100\r\ncontent-length: 5\r\n\r\nabcde",
    );
    table
        .served("another-range", other, remote("http-invalid", "0x80200012", "asked for", "set-remote-name"))
        .await;
    let unsized_body = FileServer::new(Content::new(2, 5_000)).framing(Framing::UntilClose);
    table
        .served(
            "until-close",
            unsized_body,
            remote("size-unknown", "0x80D0201A", "ends with", "accept-unknown-size"),
        )
        .await;
    let redirect = |detail| Told { code: "redirect", ..remote("", "0x80072F7C", detail, "set-remote-name") };
    let around = FileServer::new(Content::new(3, 1)).redirect(302, "/around");
    table.served("loop", around, redirect("redirect")).await;
    let local = FileServer::new(Content::new(3, 1)).redirect(302, "file:///etc/passwd");
    table.served("file-scheme", local, redirect("http")).await;
    let nowhere = FileServer::new(Content::new(3, 1)).redirect(302, "http://[::1");
    table.served("no-url", nowhere, redirect("redirect")).await;
    let mut exact = remote("validation-failed", "0x80200053", "sha-256", "correct-digest");
    exact.exit = 6;
    let origin = Origin::start(FileServer::new(Content::new(4, 5_000))).await;
    let wrong = "sha-256=0000000000000000000000000000000000000000000000000000000000000000";
    table.at("checksum", origin.url("/f"), &["--checksum", wrong], exact);
    table.origins.push(origin);
    table
}

/// TLS that cannot be trusted (B15), and a redirect out of it (C02).
async fn fatal_tls(authority: &Authority) -> Table {
    const TRUSTED: &[&str] = &["--cacert", "ca.pem"];
    let mut table = Table::default();
    let names = &["127.0.0.1"];
    let told = |detail| way("tls", "0x80D05002", detail, "mend-certificate");
    for (name, issued, words, detail) in [
        ("unknown-issuer", authority.server(names), &[][..], "authority"),
        ("self-signed", Issued::self_signed(names), &[], "127.0.0.1"),
        ("expired", authority.server_at(names, Validity::Expired), TRUSTED, "expired"),
        ("wrong-name", authority.server(&["example.org"]), TRUSTED, "name"),
    ] {
        let origin = Origin::start_tls(FileServer::new(Content::new(5, 9)), TlsServer::new(&issued)).await;
        table.at(name, origin.url("/f"), words, told(detail));
        table.origins.push(origin);
    }
    let plain = Origin::start(FileServer::new(Content::new(6, 9))).await;
    let away = FileServer::new(Content::new(6, 9)).redirect(302, plain.url("/f"));
    let origin = Origin::start_tls(away, TlsServer::new(&authority.server(names))).await;
    let told = remote("redirect", "0x80072F7C", "https", "allow-redirect");
    table.at("https-to-http", origin.url("/f"), TRUSTED, told);
    table.origins.extend([origin, plain]);
    table
}

/// What the service would try again, made final by a timeout of zero (spec 6.8: "0: every error is fatal").
async fn impatient() -> Table {
    let mut table = Table::default();
    for (name, number) in [("429", 429), ("500", 500), ("503", 503)] {
        table.served(name, answers(number), status(number, "remote-file", 3, "resume")).await;
    }
    let refused = format!("http://{}/f", vacant().await);
    table.at("refused", refused, &[], way("connect", "0x80072EFD", "refused", "set-remote-name"));
    let nameless = "http://no-such-host.invalid/f".to_owned();
    // Where no name server answers, nobody says that there is no such name (faults B12).
    let unanswered = ("no-such-host.invalid", 80).to_socket_addrs().unwrap_err();
    let unanswered = unanswered.to_string().contains("Temporary failure");
    let code = if unanswered { "dns-unavailable" } else { "dns" };
    table.at("nameless", nameless, &[], way(code, "0x80072EE7", "no-such-host.invalid", "set-remote-name"));
    let reset = |_: &RequestHead| Reply::new().reset();
    table.served("reset", reset, way("reset", "0x80072EFF", "reset", "resume")).await;
    let closed = |_: &RequestHead| Reply::new().cut();
    table.served("closed", closed, way("closed-early", "0x80072EFE", "", "resume")).await;
    let empty = FileServer::new(Content::new(7, 5_000)).cut_after(0);
    table.served("empty-body", empty, way("closed-early", "0x80072EFE", "", "resume")).await;
    let garbage = head("SSH-2.0-OpenSSH_9.9\r\n\r\n");
    table.served("garbage", garbage, remote("bad-response", "0x80072F78", "", "resume")).await;
    let lengths = head("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd");
    table.served("two-lengths", lengths, remote("bad-response", "0x80072F78", "", "resume")).await;
    table.served("304", answers(304), remote("bad-response", "0x80072F78", "304", "resume")).await;
    let mut portal = way("captive-portal", "0x801901FF", "login", "restore-network");
    portal.status = None;
    table.served("511", answers(511), portal).await;
    let stalls = |_: &RequestHead| Reply::new().stall();
    table.served("stall", stalls, way("timeout", "0x80072EE2", "", "resume")).await;
    let origin = Origin::start(FileServer::new(Content::new(8, 5))).await;
    // Nothing listens on port 1 of this machine: the proxy is to blame, not the server (B20).
    let told = way("connect", "0x80072EFD", "proxy", "set-proxy");
    table.at("dead-proxy", origin.url("/f"), &["--proxy", "http://127.0.0.1:1"], told);
    table.origins.push(origin);
    // What makes no sense is the way's where nobody speaks TLS who should.
    let greets = Origin::builder().speaks_first(Reply::raw("SSH-2.0-OpenSSH_9.9\r\n"));
    let origin = greets.start(FileServer::new(Content::new(8, 5))).await;
    let url = origin.url("/f").replace("http:", "https:");
    table.at("no-tls", url, &[], way("bad-response", "0x80072F78", "", "resume"));
    table.origins.push(origin);
    table
}

#[tokio::test]
async fn every_fatal_answer_is_told_as_what_it_is() {
    check(fatal_answers().await, &House::new(), &[]).await;
}

#[tokio::test]
async fn b15_c02_every_failure_of_trust_is_told_as_what_it_is() {
    let authority = Authority::new("Somebody");
    let house = House::new();
    fs::write(house.desk("ca.pem"), authority.pem()).unwrap();
    check(fatal_tls(&authority).await, &house, &[]).await;
}

#[tokio::test]
async fn without_patience_every_failure_is_final() {
    // A stall is seen after a second here, not after half a minute.
    let house = House::with("low_speed_seconds = 1\nconnect_timeout_seconds = 2");
    check(impatient().await, &house, &["--timeout", "0"]).await;
}

/// Fetches every row at once, and compares what is said of each failure with its row.
async fn check(table: Table, house: &House, more: &[&str]) {
    let clients: Vec<_> = table
        .rows
        .iter()
        .map(|row| {
            let words = [&["get", "-o", row.name, &row.url], more, &row.words].concat();
            (row, house.start(&words))
        })
        .collect();
    let mut wrong = Vec::new();
    for (row, client) in clients {
        let done = client.done().await;
        wrong.extend(
            differences(row, &done, house).await.into_iter().map(|what| format!("{}: {what}", row.name)),
        );
        assert!(!house.desk(row.name).exists(), "{}", row.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn differences(row: &Row, done: &Done, house: &House) -> Vec<String> {
    let told = &row.told;
    let shown = house.run(&["--json", "error", row.name]).await.exits(0).json().remove(0);
    let prose = house.run(&["error", row.name]).await.exits(0).out;
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: &Value, expected: Value| {
        if *found != expected {
            wrong.push(format!("{what} is {found}, not {expected}"));
        }
    };
    same("exit code", &json!(done.code), json!(told.exit));
    same("code", &shown["code"], json!(told.code));
    same("hresult", &shown["hresult"], json!(told.hresult));
    same("context", &shown["context"], json!(told.context));
    same("class", &shown["class"], json!("fatal"));
    same("waiting_for", &shown["waiting_for"], json!("client"));
    same("retry_at", &shown["retry_at"], Value::Null);
    same("http_status", &shown["http_status"], json!(told.status));
    // "associated with a local or remote file" (spec 6.4).
    let file = match told.context {
        "general-transport" => Value::Null,
        _ => json!(house.desk(row.name)),
    };
    same("file", &shown["file"]["local_name"], file);
    // It is offered only where it helps: no loop ends by it.
    let remedies = shown["remedies"].to_string();
    let offered = remedies.contains("allow-redirect");
    same("the offer to follow redirects", &json!(offered), json!(told.remedy == "allow-redirect"));
    let mut has = |what: &str, text: &str, word: &str| {
        if !text.to_lowercase().contains(&word.to_lowercase()) {
            wrong.push(format!("no {word:?} in {what} {text:?}"));
        }
    };
    has("the detail", shown["detail"].as_str().unwrap_or_default(), told.detail);
    has("the remedies", &remedies, &format!("\"{}\"", told.remedy));
    for word in
        [told.code, told.hresult, "needs you", shown["happened"].as_str().unwrap_or("?"), "bgcopy cancel"]
    {
        has("bgcopy error", &prose, word);
        has("the standard error of get", &done.err, word);
    }
    wrong
}
