//! What publishers say of their files: written by one command, read back by who would use it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_manifest::{metalink, phf};
use rustix::process::Signal;
use serde_json::json;

use crate::house::{House, large, until};

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

#[tokio::test]
async fn a_file_is_described_so_that_its_readers_can_prove_it() {
    let house = House::new();
    let content = large(1, 5);
    let bytes = content.bytes();
    fs::write(house.desk("big.iso"), &bytes).unwrap();
    let url = "https://example.org/big.iso";
    let words = ["manifest", "big.iso", "--piece-size", "1M", "--url", url, "-o", "big.iso.meta4"];
    house.run(&words).await.exits(0).tells(&["wrote", "big.iso.meta4", "5.00 MiB", "sha-256="]);
    let metalink = metalink::read(&fs::read(house.desk("big.iso.meta4")).unwrap()).unwrap();
    let [file] = &metalink.files[..] else { panic!("one file") };
    assert_eq!((file.name.as_str(), file.size), ("big.iso", Some(5 << 20)));
    assert_eq!(file.digests[0].bytes(), sha256(&bytes));
    assert_eq!(file.sources[0].url.as_str(), url);
    let pieces = file.pieces.as_ref().expect("there are pieces");
    assert!(pieces.hashes().iter().map(|hash| hash.to_vec()).eq(bytes.chunks(1 << 20).map(sha256)));

    // The other format, straight to the standard output, where nothing else is.
    let printed = house.run(&["manifest", "--format", "phf", "big.iso"]).await.exits(0);
    let expected = phf::Expected { size: Some(5 << 20), ..phf::Expected::default() };
    let read = phf::read(printed.out.as_bytes(), &expected).unwrap();
    assert_eq!(read.pieces.hashes(), pieces.hashes());
    assert_eq!(house.on_the_desk(), ["big.iso", "big.iso.meta4"]);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name_and_leaves_nothing_behind() {
    let house = House::new();
    fs::write(house.desk("f"), "f").unwrap();
    fs::create_dir(house.desk("folder")).unwrap();
    for (words, exit, told) in [
        (&["manifest", "missing"][..], 5, &["missing", "No such file"][..]),
        (&["manifest", "folder"], 5, &["folder", "not a file"]),
        (&["manifest", "--piece-size", "1000", "f"], 2, &["1000", "1024 to 1073741824"]),
        (&["manifest", "--url", "ftp://h/f", "f"], 2, &["ftp", "http or https"]),
        (&["manifest", "--url", "http://ada:s3cret@h/f", "f"], 2, &["user name or password", "http://h/f"]),
        (&["manifest", "--format", "phf", "--url", "http://h/f", "f"], 2, &["urls", "metalink"]),
        (&["manifest", "-o", "f", "f"], 2, &["is the file itself"]),
        (&["manifest", "-o", "missing/m", "f"], 5, &["missing/m", "No such file"]),
    ] {
        let refused = house.run(words).await.exits(exit).tells(told);
        assert!(refused.out.is_empty() && !refused.err.contains("s3cret"), "{refused}");
    }
    assert_eq!(house.on_the_desk(), ["f", "folder"]);
    let asked = json!({ "local_name": "f" });
    let answer = house.ask("POST", "/v1/manifests", Some(&asked)).await;
    let problem = answer.refuses(400, "invalid-name", &["\"f\"", "absolute"]);
    assert_eq!(problem["field"], "local_name");
}

#[tokio::test]
async fn a_file_that_its_user_may_not_read_is_refused() {
    let house = House::of_nobody();
    fs::write(house.desk("f"), "f").unwrap();
    fs::set_permissions(house.desk("f"), fs::Permissions::from_mode(0o000)).unwrap();
    house.run(&["manifest", "f"]).await.exits(5).tells(&["cannot open", "desk/f", "Permission denied"]);
}

#[tokio::test]
async fn ctrl_c_ends_the_reading_and_leaves_nothing_behind() {
    let house = House::new();
    // Holes: it takes no room, and minutes to read.
    fs::File::create(house.desk("huge")).unwrap().set_len(500 << 30).unwrap();
    let command = house.start(&["manifest", "huge", "-o", "huge.meta4"]);
    let service = house.service_pid().await;
    let reads = || {
        let open = fs::read_dir(format!("/proc/{service}/fd")).expect("the service runs");
        open.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|path| path == house.desk("huge")))
    };
    until("the service reads", async || reads().then_some(())).await;
    command.signal(Signal::INT);
    command.done().await.exits(130);
    until("the service reads no more", async || (!reads()).then_some(())).await;
    assert_eq!(house.on_the_desk(), ["huge"]);
    house.run(&["list"]).await.exits(0);
    assert_eq!(house.service_pid().await, service, "it serves on");
}
