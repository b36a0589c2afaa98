//! Uploads as programs in C meet them, against the reference server of the upload protocol.

use std::fs;

use bgcopy_testkit::{BitsFault, BitsServer, Content};

use super::{build, com, compile, furnished, run, there};

#[tokio::test]
async fn uploads_and_their_replies_live_through_the_bits_class_in_c() {
    let content = Content::new(21, 3_000_001);
    let reply = "what-the-application-says";
    let plain = BitsServer::start().await;
    let replying = BitsServer::builder().reply(reply).start().await;
    let large = BitsServer::builder().reply(vec![b'x'; (1 << 20) + 1]).start().await;
    let refusing = BitsServer::start().await;
    let at_application =
        || vec![("BITS-Error", "0x80190193".to_owned()), ("BITS-Error-Context", "0x7".to_owned())];
    refusing.fails(move |packet| packet.is_last().then(|| BitsFault::Answer(403, at_application())));
    let house = furnished();
    let source = house.desk("report.bin");
    fs::write(&source, content.bytes()).expect("our own folder");
    let program = build(&house, "uploads.c", &["-std=c11"]);
    let urls = [plain.url("/in/a"), replying.url("/in/b"), large.url("/in/c")];
    let desk = house.at("desk");
    let [plain_url, replying_url, large_url] = urls.each_ref().map(String::as_str);
    let refusing_url = refusing.url("/in/d");
    let words =
        [plain_url, replying_url, large_url, there(&source), there(&desk), reply, "3000001", &refusing_url];
    run(&house, &program, &words).await;
    for (server, path) in [(&plain, "/in/a"), (&replying, "/in/b"), (&large, "/in/c")] {
        assert!(server.file(path).is_some_and(|file| file == content.bytes()), "{path} is not what was sent");
        assert_eq!(server.open_sessions(), 0, "{path}");
    }
    assert_eq!(fs::read_to_string(house.desk("reply")).expect("Complete put it there"), reply);
    assert_eq!(fs::metadata(house.desk("large")).expect("it is there, too").len(), (1 << 20) + 1);
    assert_eq!(house.on_the_desk(), ["large", "reply", "report.bin"], "and nothing else");
}

#[tokio::test]
async fn the_example_of_an_upload_prints_what_was_replied() {
    let server = BitsServer::builder().reply("thank you").start().await;
    let house = furnished();
    let source = house.desk("été.txt");
    fs::write(&source, "content").expect("our own folder");
    let program = compile(&house, &com("examples/upload.c"), &[]);
    let line = [program.as_str(), there(&source), &server.url("/in/x")].join(" ");
    house.shell(&line).await.exits(0).prints(&["7 bytes sent", "thank you", "9 bytes replied", "0x00000000"]);
    assert_eq!(server.file("/in/x").expect("it is there"), b"content");
    let line = [program.as_str(), "/missing", &server.url("/in/x")].join(" ");
    house.shell(&line).await.exits(1).prints(&["0x80070003"]);
}
