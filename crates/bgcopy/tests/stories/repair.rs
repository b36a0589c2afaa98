//! `repair`: damaged files are mended from their good pieces.

use std::fs;

use bgcopy_testkit::{Content, FileServer, Gate, Origin};

use crate::house::published::{PIECE, described, metalink_of, phf_of};
use crate::house::{House, assert_content, large, sha256, until};

const MIB: u64 = 1 << 20;

/// Eight pieces of which the second and the last are wrong.
fn damaged() -> Content {
    let mut bytes = large(7, 8).bytes();
    bytes[usize::try_from(PIECE).unwrap() + 5] ^= 1;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    Content::given(bytes)
}

fn server() -> FileServer {
    FileServer::new(large(7, 8)).etag("\"v1\"")
}

#[tokio::test]
async fn only_what_is_wrong_is_fetched() {
    let origin = Origin::start(server()).await;
    let house = House::new();
    fs::write(house.desk("big.iso"), damaged().bytes()).unwrap();
    fs::write(house.desk("big.iso.phf"), phf_of(&large(7, 8))).unwrap();
    let words = ["repair", "big.iso", "--from", "big.iso.phf", "--from", &origin.url("/big.iso")];
    house.run(&words).await.exits(0).tells(&["mended", "desk/big.iso", "kept 6.00 MiB", "fetched 2.00 MiB"]);
    assert_content(&house.desk("big.iso"), &large(7, 8));
    let sent = origin.bytes_sent();
    assert!((2 * MIB..3 * MIB).contains(&sent), "{sent} bytes were sent for two pieces");
    assert_eq!(house.on_the_desk(), ["big.iso", "big.iso.phf"]);

    // It is right now, so that nothing comes.
    house.run(&words).await.exits(0).tells(&["desk/big.iso is right; nothing had to be fetched"]);
    assert!(origin.bytes_sent() < sent + MIB);
    assert_content(&house.desk("big.iso"), &large(7, 8));
}

#[tokio::test]
async fn a_file_that_broke_off_is_completed_from_where_its_metalink_says() {
    let origin = Origin::start(server()).await;
    let house = House::new();
    let whole = large(7, 8);
    // It ends in the middle of a piece.
    fs::write(house.desk("big.iso"), whole.part(0..5 * MIB + 9)).unwrap();
    let urls = [origin.url("/big.iso")];
    fs::write(house.desk("all.meta4"), metalink_of(vec![described("big.iso", &whole, &urls)])).unwrap();
    let done = house.run(&["--json", "repair", "big.iso", "--from", "all.meta4"]).await.exits(0);
    let last = done.json().pop().unwrap();
    assert_eq!(
        (&last["event"], &last["bytes_kept"], &last["bytes_fetched"], &last["files"][0]["trust"]),
        (&"done".into(), &(5 * MIB).into(), &(3 * MIB).into(), &"pieces".into()),
        "{last}"
    );
    assert_content(&house.desk("big.iso"), &whole);
}

#[tokio::test]
async fn the_file_stays_as_it_is_until_the_mended_one_is_whole() {
    let gate = Gate::new();
    let origin = Origin::start(server().gate_at(8 * MIB - 10, &gate)).await;
    let house = House::new();
    fs::write(house.desk("big.iso"), damaged().bytes()).unwrap();
    fs::write(house.desk("big.iso.phf"), phf_of(&large(7, 8))).unwrap();
    let url = origin.url("/big.iso");
    let command = house.start(&["repair", "big.iso", "--from", "big.iso.phf", "--from", &url]);
    until("the last piece is on its way", async || (origin.bytes_sent() > MIB).then_some(())).await;
    assert_content(&house.desk("big.iso"), &damaged());
    // Not even the death of the service changes that.
    house.kill_service().await;
    assert_content(&house.desk("big.iso"), &damaged());
    gate.open();
    command.done().await.exits(0).tells(&["mended"]);
    assert_content(&house.desk("big.iso"), &large(7, 8));
}

#[tokio::test]
async fn a_source_that_has_another_file_leaves_the_damaged_one_as_it_is() {
    let origin = Origin::start(FileServer::new(large(8, 8)).etag("\"v2\"")).await;
    let house = House::new();
    // Of eight pieces the first is right.
    let mut bytes = large(9, 8).bytes();
    bytes[..1 << 20].copy_from_slice(&large(7, 8).part(0..MIB));
    let damaged = Content::given(bytes);
    fs::write(house.desk("big.iso"), damaged.bytes()).unwrap();
    fs::write(house.desk("big.iso.phf"), phf_of(&large(7, 8))).unwrap();
    let url = origin.url("/big.iso");
    let words = ["repair", "big.iso", "--from", "big.iso.phf", "--from", &url];
    house.run(&words).await.exits(6).tells(&["not what was promised"]);
    assert_content(&house.desk("big.iso"), &damaged);
}

#[tokio::test]
async fn a_damaged_file_of_which_only_the_digest_is_known_is_fetched_whole() {
    let origin = Origin::start(server()).await;
    let house = House::new();
    let checksum = format!("sha-256={}", sha256(&large(7, 8)));
    let words = ["repair", "big.iso", "--checksum", &checksum, "--from", &origin.url("/big.iso")];
    fs::write(house.desk("big.iso"), damaged().bytes()).unwrap();
    let done = house.run(&words).await.exits(0);
    done.tells(&["nothing says which parts", "mended", "kept 0 B", "fetched 8.00 MiB"]);
    assert!(origin.bytes_sent() >= 8 * MIB);
    assert_content(&house.desk("big.iso"), &large(7, 8));
}

#[tokio::test]
async fn what_does_not_say_which_bytes_are_right_mends_nothing() {
    let origin = Origin::start(server()).await;
    let house = House::new();
    fs::write(house.desk("big.iso"), damaged().bytes()).unwrap();
    fs::write(house.desk("other.phf"), phf_of(&large(7, 8)).replace("8388608", "9999999")).unwrap();
    let url = origin.url("/big.iso");
    for (words, exit, told) in [
        (
            &["repair", "big.iso", "--from", &url][..],
            2,
            &["which bytes of", "big.iso are right", "--checksum"][..],
        ),
        (&["repair", "big.iso"], 2, &["--from"]),
        (&["repair", "gone", "--from", "other.phf"], 2, &["gone", "No such file"]),
        (&["repair", "big.iso", "--from", "gone.phf", "--from", &url], 5, &["gone.phf", "No such file"]),
    ] {
        house.run(words).await.exits(exit).tells(told);
    }
    let refused = house.run(&["repair", "big.iso", "--from", "other.phf", "--from", &url]).await;
    assert_ne!(refused.code, 0, "{refused}");
    assert!(refused.err.contains("9999999"), "{refused}");
    assert_content(&house.desk("big.iso"), &damaged());
    assert_eq!(origin.requests().len(), 0);
}
