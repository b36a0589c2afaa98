//! What Delivery Optimization adds, as programs in C++ meet it.

use std::path::Path;

use bgcopy_testkit::{Content, FileServer, Origin, Site};
use serde_json::{Value, json};

use crate::house::published::phf_of;
use crate::house::{self, assert_content};
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
