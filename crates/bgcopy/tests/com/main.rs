//! The COM library as programs in C and C++ meet it: compiled against the checked-in headers, linked with the library, run
//! against a real service.
//!
//! A binary of its own beside the stories: it alone is linked with the library, whose symbols have names of Windows.

#[path = "../stories/house/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the house serves the stories first")]
mod house;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use bgcopy_testkit::{Content, FileServer, Origin, Site};

use house::{Done, House, assert_content};

// Cargo builds the library for the tests because they depend on it; programs link it, the tests themselves need nothing of it.
use bgcopy as _;

/// Where the programs and the headers are.
fn com(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../com").join(name)
}

/// A house with the library in it, under the names by which programs are linked with it and find it.
fn furnished() -> House {
    let house = House::new();
    let built = std::env::current_exe().expect("a test has a program").with_file_name("libbgcopy.so");
    fs::create_dir(house.at("lib")).expect("a new folder");
    for name in ["libbgcopy.so", "libbgcopy.so.1"] {
        symlink(&built, house.at("lib").join(name)).expect("a new link");
    }
    house
}

/// Compiles a program; what a compiler warns of is an error.
fn build(house: &House, source: &str, options: &[&str]) -> String {
    let source = com("tests/c").join(source);
    let program = house.at("bin").join(source.file_stem().expect("a source has a name"));
    let is_cpp = source.extension().is_some_and(|extension| extension == "cpp");
    let output = Command::new(if is_cpp { "c++" } else { "cc" })
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"])
        .args(options)
        .arg("-I")
        .arg(com("include/bgcopy"))
        .arg(&source)
        .arg("-L")
        .arg(house.at("lib"))
        .args(["-lbgcopy", &format!("-Wl,-rpath,{}", house.at("lib").display()), "-o"])
        .arg(&program)
        .output()
        .expect("a compiler, which building the product takes, too");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program.to_str().expect("a plain path").to_owned()
}

/// Runs a program to its good end.
async fn run(house: &House, program: &str, words: &[&str]) -> Done {
    let line = [&[program], words].concat().join(" ");
    house.shell(&line).await.exits(0).prints(&["done"])
}

fn there(name: &Path) -> &str {
    name.to_str().expect("a plain path")
}

#[tokio::test]
async fn a_job_lives_through_the_bits_class_in_c() {
    let content = Content::new(1, 3_000_001);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = furnished();
    // Nobody serves yet: the library starts the service, as the command line does.
    for (name, options) in
        [("one", &["-std=c11"][..]), ("two", &["-std=gnu17", "-fshort-wchar"]), ("three", &["-std=gnu11", "-m64"])]
    {
        let program = build(&house, "life.c", options);
        run(&house, &program, &[&origin.url("/moon.tar"), there(&house.desk(name)), "3000001"]).await;
        assert_content(&house.desk(name), &content);
    }
}

#[tokio::test]
async fn what_cannot_be_is_answered_with_the_code_of_the_class() {
    let house = furnished();
    let program = build(&house, "refusals.c", &["-std=c11"]);
    run(&house, &program, &[there(&house.at("desk"))]).await;
    house.run(&["list"]).await.exits(0).tells(&["there are no jobs"]);
}

#[tokio::test]
async fn the_error_object_says_what_went_wrong_and_the_file_is_mended_through_it() {
    let content = Content::new(2, 100_000);
    let site = Site::new()
        .file("/there", FileServer::new(content.clone()));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "error.c", &["-std=c11"]);
    run(&house, &program, &[&origin.url("/missing"), &origin.url("/there"), there(&house.desk("mended"))]).await;
    assert_content(&house.desk("mended"), &content);
}

/// Takes three seconds: a callback that fails is called again after one second, then after two.
#[tokio::test]
async fn callbacks_in_cpp_are_told_late_again_and_may_complete() {
    let content = Content::new(3, 100_000);
    let site = Site::new()
        .file("/there", FileServer::new(content.clone()));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "callback.cpp", &["-std=c++11"]);
    let words = [origin.url("/there"), origin.url("/missing"), there(&house.at("desk")).to_owned()];
    run(&house, &program, &words.each_ref().map(String::as_str)).await;
    assert_content(&house.desk("told"), &content);
}

/// Takes some seconds: three hundred jobs are as many commits to the disk.
#[tokio::test]
async fn many_threads_ask_for_one_of_many_jobs() {
    let house = furnished();
    let program = build(&house, "many.c", &["-std=c11"]);
    run(&house, &program, &[]).await.prints(&["GetState: ", "EnumJobs: "]);
}
