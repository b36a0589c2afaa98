//! What Delivery Optimization adds, as programs in C++ meet it: sinks of files that follow later, how downloads end, and
//! what becomes of them without their client or service.

use std::fs;
use std::path::Path;

use bgcopy_testkit::{Authority, Content, FileServer, Framing, Gate, Origin, Site, TlsServer};
use serde_json::{Value, json};

use crate::house::published::phf_of;
use crate::house::{self, assert_content, until};
use crate::{build, furnished, run, there};

/// What `IntegrityCheckInfo` says of a piece hash file.
fn integrity_info(url: &str, list: &str) -> String {
    let list: Value = serde_json::from_str(list).expect("JSON");
    format!("'{}'", json!({ "PiecesHashFileUrl": url, "HashOfHashes": list["HashOfHashes"] }))
}

#[tokio::test]
async fn sinks_of_files_of_jobs_follow_later_and_what_they_must_be_is_checked() {
    let content = Content::new(22, 2_500_000);
    let (right, wrong) = (phf_of(&content), phf_of(&Content::new(23, 2_500_000)));
    let site = Site::new()
        .file("/there", FileServer::new(content.clone()).etag("\"v1\""))
        .file("/right.phf", FileServer::new(Content::given(right.clone())))
        .file("/wrong.phf", FileServer::new(Content::given(wrong.clone())));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "sinks.cpp", &["-std=c++11"]);
    let infos = [("/right.phf", &right), ("/missing.phf", &right), ("/wrong.phf", &wrong)];
    let [good, missing, bad] = infos.map(|(path, list)| integrity_info(&origin.url(path), list));
    let (url, desk) = (origin.url("/there"), house.at("desk"));
    run(&house, &program, &[&url, there(&desk), "2500000", &good, &missing, &bad]).await;
    for name in ["sink", "beside", "streamed", "refused"] {
        assert_content(&house.desk(name), &content);
    }
    assert_eq!(house.on_the_desk(), ["beside", "refused", "sink", "streamed"], "and nothing else");
    assert_eq!(house::names(&house.at("cache/bgcopy/streams")), [""; 0], "nothing is left behind");
    assert!(!Path::new("/unplaced").exists());
}

#[tokio::test]
async fn who_waits_for_a_stream_hears_that_the_service_is_gone_and_loses_nothing() {
    let content = Content::new(28, 500_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = furnished();
    let program = build(&house, "drained.cpp", &["-std=c++11"]);
    let (url, desk) = (origin.url("/f"), house.at("desk"));
    let [said, heard, wanted] = ["said", "heard", "wanted"].map(|name| house.at(name));
    let words = [&program, &url, there(&desk), there(&said), there(&heard), there(&wanted)];
    let client = house.start_shell(&words.join(" "));
    until("the job is there", async || said.exists().then_some(())).await;
    // Again where it had not begun to wait.
    let kill = async || {
        house.kill_service().await;
        // Whoever calls first starts the next one.
        house.run(&["list"]).await.exits(0);
        heard.exists().then_some(())
    };
    until("it hears of it", kill).await;
    fs::write(&wanted, "").expect("our own folder");
    client.done().await.exits(0).prints(&["done"]);
    assert_content(&house.desk("drained"), &content);
}

#[tokio::test]
async fn downloads_end_with_the_code_of_what_they_met() {
    let content = Content::new(24, 100_000);
    let file = || FileServer::new(content.clone());
    let plain = Origin::start(
        Site::new()
            .file("/there", file().etag("\"v1\""))
            .file("/whole", file().without_ranges())
            .file("/far", FileServer::new(Content::new(27, 3_000_000)).without_ranges())
            .file("/endless", file().framing(Framing::UntilClose))
            .file("/chunked", file().framing(Framing::Chunked))
            .file("/forbidden", file().failing(403, 1_000))
            .file("/never", file().failing(501, 1_000))
            .file("/later", file().failing(503, 1_000))
            .file("/nothing", file().failing(204, 1_000)),
    )
    .await;
    let tls = TlsServer::new(&Authority::new("nobody's").server(&["127.0.0.1"]));
    let secure = Site::new().file("/secret", file()).file("/away", file().redirect(302, plain.url("/there")));
    let secure = Origin::start_tls(secure, tls).await;
    let gone = Origin::start(file()).await;
    let gone = format!("http://{}/f", gone.stop().await);
    let house = furnished();
    let program = build(&house, "outcomes.cpp", &["-std=c++11"]);
    let rows = [
        (plain.url("/there"), "plainly", "00000000"),
        (plain.url("/chunked"), "plainly", "00000000"),
        (plain.url("/there"), "part", "00000000"),
        (plain.url("/there"), "outside", "80D05010"),
        (plain.url("/there"), "sized", "80200053"),
        // What lies before a part is read over where it is not much (spec 9.2).
        (plain.url("/whole"), "part", "00000000"),
        (plain.url("/far"), "far", "80D05011"),
        (plain.url("/endless"), "plainly", "80D0201A"),
        (plain.url("/missing"), "plainly", "80190194"),
        (plain.url("/forbidden"), "plainly", "80190193"),
        (plain.url("/never"), "plainly", "801901F5"),
        (plain.url("/later"), "waiting", "801901F7"),
        (plain.url("/nothing"), "waiting", "80D0380D"),
        (gone, "waiting", "80072EFD"),
        ("http://nowhere.invalid/f".to_owned(), "waiting", "80072EE7"),
        (secure.url("/secret"), "plainly", "80D05002"),
        (secure.url("/secret"), "ignoring", "00000000"),
        (secure.url("/secret"), "revocation", "80D05002"),
        // "HTTPS to HTTP only with property 24" (do-download 7.3).
        (secure.url("/away"), "ignoring", "80072F7C"),
        (secure.url("/away"), "insecurely", "00000000"),
    ];
    let desk = house.at("desk");
    let mut words = vec![there(&desk)];
    words.extend(rows.iter().flat_map(|(url, how, code)| [url.as_str(), how, code]));
    run(&house, &program, &words).await;
}

#[tokio::test]
async fn downloads_are_taken_over_left_alone_and_found_again() {
    let content = Content::new(26, 1_000_000);
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"").gate_at(300_000, &gate)).await;
    let house = furnished();
    let program = build(&house, "events.cpp", &["-std=c++11"]);
    let (url, desk, said) = (origin.url("/f"), house.at("desk"), house.at("said"));
    let line = |act: &str| [&program, act, &url, there(&desk), there(&said), there(&said)].join(" ");
    let first = house.start_shell(&line("first"));
    house.shell(&line("second")).await.exits(0).prints(&["done"]);
    first.done().await.exits(0).prints(&["done"]);
    house.kill_service().await;
    gate.open();
    run(&house, &line("third"), &[]).await;
    assert_content(&house.desk("contended"), &content);
    assert_content(&house.desk("left"), &content);
    assert_eq!(house.on_the_desk(), ["contended", "left"], "and nothing else");
}
