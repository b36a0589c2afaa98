//! The COM library as programs in C and C++ meet it: compiled against the checked-in headers, linked with the library, run
//! against a real service.
//!
//! A binary of its own beside the stories: it alone is linked with the library, whose symbols have names of Windows.

#[path = "../stories/house/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the house serves the stories first")]
mod house;

#[path = "../../../api/examples/download.rs"]
#[allow(dead_code, reason = "a program of its own, of which the test takes what it shows")]
mod download;

mod delivery;
mod examined;
mod uploads;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use bgcopy_api::start::Wish;
use bgcopy_testkit::{Authority, Content, FileServer, Gate, Login, Origin, Site, TlsServer};
use rustix::process::Signal;
use serde_json::json;

use house::{Done, House, assert_content, until};

// Cargo builds the library for the tests because they depend on it; programs link it, the tests themselves need nothing of it.
use bgcopy as _;

/// Where the programs and the headers are.
fn com(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../com").join(name)
}

/// A house with the library in it, installed as a package does it.
fn furnished() -> House {
    furnished_with("")
}

/// The same, with more settings.
fn furnished_with(config: &str) -> House {
    let house = House::with(config);
    let usr = house.at("usr");
    fs::create_dir_all(usr.join("lib/pkgconfig")).expect("a new folder");
    fs::create_dir_all(usr.join("include")).expect("a new folder");
    symlink(com("include/bgcopy"), usr.join("include/bgcopy")).expect("a new link");
    symlink(com("bgcopy.pc"), usr.join("lib/pkgconfig/bgcopy.pc")).expect("a new link");
    for name in ["libbgcopy.so", "libbgcopy.so.1"] {
        symlink(library(), usr.join("lib").join(name)).expect("a new link");
    }
    house
}

/// The library that Cargo built beside the test.
fn library() -> PathBuf {
    std::env::current_exe().expect("a test has a program").with_file_name("libbgcopy.so")
}

/// Compiles a program of the tests.
fn build(house: &House, source: &str, options: &[&str]) -> String {
    compile(house, &com("tests/c").join(source), options)
}

/// Compiles a program with what pkg-config says; what a compiler warns of is an error.
fn compile(house: &House, source: &Path, options: &[&str]) -> String {
    let program = house.at("bin").join(source.file_stem().expect("a source has a name"));
    let is_cpp = source.extension().is_some_and(|extension| extension == "cpp");
    let usr = house.at("usr");
    let said = Command::new("pkg-config")
        .env("PKG_CONFIG_PATH", usr.join("lib/pkgconfig"))
        .arg(format!("--define-variable=prefix={}", usr.display()))
        .args(["--cflags", "--libs", "bgcopy"])
        .output()
        .expect("pkg-config, which says how to build with the library: apt install pkg-config");
    let said = String::from_utf8(said.stdout).expect("options are text");
    let output = Command::new(if is_cpp { "c++" } else { "cc" })
        .args(["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"])
        .args(options)
        .arg(source)
        .args(said.split_whitespace())
        .arg(format!("-Wl,-rpath,{}", usr.join("lib").display()))
        .arg("-o")
        .arg(&program)
        .output()
        .expect("a compiler for C and one for C++: apt install g++");
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
    for (name, options) in [
        ("one", &["-std=c11"][..]),
        ("two", &["-std=gnu17", "-fshort-wchar"]),
        ("three", &["-std=gnu11", "-m64"]),
    ] {
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
async fn j13_misuse_is_answered_with_codes_under_the_address_sanitizer() {
    let origin = Origin::start(Site::new()).await;
    let house = furnished();
    let program = build(&house, "misuse.c", &["-std=c11", "-g", "-fsanitize=address,undefined"]);
    run(&house, &program, &[&origin.url("/missing"), there(&house.desk("misused"))]).await;
    house.run(&["list"]).await.exits(0).tells(&["there are no jobs"]);
}

#[tokio::test]
async fn the_error_object_says_what_went_wrong_and_the_file_is_mended_through_it() {
    let content = Content::new(2, 100_000);
    let site = Site::new().file("/there", FileServer::new(content.clone()));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "error.c", &["-std=c11"]);
    run(&house, &program, &[&origin.url("/missing"), &origin.url("/there"), there(&house.desk("mended"))])
        .await;
    assert_content(&house.desk("mended"), &content);
}

#[tokio::test]
async fn strict_contexts_are_for_the_do_class_alone() {
    let refusing = FileServer::new(Content::new(9, 1)).failing(403, 100);
    let origin = Origin::start(Site::new().file("/forbidden", refusing)).await;
    let house = furnished();
    let program = build(&house, "contexts.c", &["-std=c11"]);
    let (missing, forbidden) = (origin.url("/missing"), origin.url("/forbidden"));
    for (config, mode) in [("", "full"), ("strict_do_contexts = true", "strict")] {
        house.configure(config);
        let daemon = house.serve(&[]).await;
        run(&house, &program, &[&missing, &forbidden, there(&house.desk("contexts")), mode]).await;
        drop(daemon);
    }
}

/// Takes three seconds: a callback that fails is called again after one second, then after two.
#[tokio::test]
async fn callbacks_in_cpp_are_told_late_again_and_may_complete() {
    let content = Content::new(3, 100_000);
    let site = Site::new().file("/there", FileServer::new(content.clone()));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "callback.cpp", &["-std=c++11"]);
    let words = [origin.url("/there"), origin.url("/missing"), there(&house.at("desk")).to_owned()];
    run(&house, &program, &words.each_ref().map(String::as_str)).await;
    assert_content(&house.desk("told"), &content);
}

#[tokio::test]
async fn ranges_on_demand_in_cpp_are_brought_told_and_nothing_else_fetched() {
    let content = Content::new(11, 3_000_001);
    let server = FileServer::new(content.clone()).etag("\"v1\"");
    let whole = FileServer::new(content.clone()).etag("\"v1\"").without_ranges();
    let origin = Origin::start(Site::new().file("/parts", server).file("/whole", whole)).await;
    let house = furnished();
    let original = house.at("original");
    fs::write(&original, content.bytes()).expect("our own folder");
    let program = build(&house, "ondemand.cpp", &["-std=c++11"]);
    let (parts, whole, desk) = (origin.url("/parts"), origin.url("/whole"), house.at("desk"));
    run(&house, &program, &[&parts, &whole, there(&desk), there(&original), "3000001"]).await;
    assert_content(&house.desk("demanded"), &content);
    let asked: Vec<_> =
        origin.requests().iter().filter_map(|request| request.header("range").map(str::to_owned)).collect();
    // From the position on first, and what two ranges have in common once.
    assert_eq!(asked[..2], ["bytes=2000000-2000099", "bytes=1000-1999"]);
}

#[tokio::test]
async fn what_is_set_of_a_job_is_what_is_got_and_does_what_it_says() {
    let origin =
        Origin::start(FileServer::new(Content::new(14, 10_000_000)).etag("\"v1\"").slow(100_000)).await;
    let house = furnished();
    let program = build(&house, "attributes.c", &["-std=c11"]);
    run(&house, &program, &[&origin.url("/slow"), there(&house.at("desk"))]).await;
    assert_eq!(house.on_the_desk(), [""; 0], "nothing is left of what was cancelled");
}

#[tokio::test]
async fn client_certificates_are_found_in_the_stores_of_the_user() {
    let authority = Authority::new("an authority");
    let content = Content::new(13, 10_000);
    let tls = TlsServer::with_client_certificates(&authority.server(&["127.0.0.1"]), &authority);
    let origin = Origin::start_tls(FileServer::new(content.clone()), tls).await;
    let house = furnished();
    let my = house.at("config/bgcopy/certificates/MY");
    fs::create_dir_all(&my).expect("a new folder");
    let ada = authority.client("ada lovelace");
    fs::write(my.join("ada.pem"), format!("{}{}", ada.certificate_pem(), ada.key_pem())).expect("a new file");
    let program = build(&house, "certificates.c", &["-std=c11"]);
    run(&house, &program, &[&origin.url("/for-ada"), there(&house.at("desk"))]).await;
    assert_content(&house.desk("named"), &content);
    assert_content(&house.desk("known"), &content);
    let root = house.at("root.pem");
    fs::write(&root, authority.pem()).expect("a new file");
    let words = ["get", "-o", "cli", "--cacert", there(&root), "--cert-name"];
    house
        .run(&[&words[..], &["nobody", &origin.url("/for-ada")]].concat())
        .await
        .exits(2)
        .tells(&["no such certificate"]);
    house.run(&[&words[..], &["Lovelace", &origin.url("/for-ada")]].concat()).await.exits(0);
    assert_content(&house.desk("cli"), &content);
}

#[tokio::test]
async fn a_program_whose_callback_throws_ends_and_its_job_is_told_to_the_next() {
    let content = Content::new(12, 10_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = furnished();
    let throws = build(&house, "throws.cpp", &["-std=c++11"]);
    let local = house.desk("thrown");
    // The shell gives way to the program; what kills it is the signal of abort.
    house.shell(&["exec", &throws, &origin.url("/thrown"), there(&local)].join(" ")).await.exits(-1);
    let next = build(&house, "killed.c", &["-std=c11"]);
    run(&house, &next, &[]).await;
    assert_content(&local, &content);
}

/// Takes some seconds: three hundred jobs are as many commits to the disk.
#[tokio::test]
async fn many_threads_ask_for_one_of_many_jobs_and_nothing_leaks() {
    let house = furnished();
    let program = build(&house, "many.c", &["-std=c11", "-fsanitize=address"]);
    run(&house, &program, &[]).await.prints(&["GetState: ", "EnumJobs: "]);
}

#[tokio::test]
async fn downloads_of_the_newer_generation_live_in_cpp() {
    let content = Content::new(5, 300_000);
    let origin = Origin::start(Site::new().file("/there", FileServer::new(content.clone()))).await;
    let house = furnished();
    let program = build(&house, "download.cpp", &["-std=c++11"]);
    let (url, missing, desk) = (origin.url("/there"), origin.url("/missing"), house.at("desk"));
    run(&house, &program, &[&url, &missing, there(&desk), "300000"]).await;
    assert_content(&house.desk("new/folder/whole"), &content);
    assert_content(&house.desk("mended"), &content);
    let parts = [content.part(200..1_200), content.part(0..100), content.part(5_000..5_050)].concat();
    assert_eq!(fs::read(house.desk("parts")).expect("it is there"), parts, "in the order of the ranges");
}

#[tokio::test]
async fn downloads_into_streams_bring_every_byte_once_and_in_order() {
    let content = Content::new(10, 1_000_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = furnished();
    let program = build(&house, "stream.cpp", &["-std=c++11"]);
    run(&house, &program, &[&origin.url("/f"), there(&house.at("desk")), "1000000"]).await;
    for name in ["streamed", "refused", "paused"] {
        assert_content(&house.desk(name), &content);
    }
    let parts = [content.part(200..1_200), content.part(0..100), content.part(5_000..5_050)].concat();
    assert_eq!(fs::read(house.desk("ranges")).expect("it is there"), parts, "in the order of the ranges");
    assert_eq!(house::names(&house.at("cache/bgcopy/streams")), [""; 0], "nothing is left behind");
}

#[tokio::test]
async fn a_download_tells_of_its_server_and_its_last_callback_and_is_found() {
    let content = Content::new(14, 100_000);
    let origin = Origin::start(Site::new().file("/there", FileServer::new(content.clone()))).await;
    let house = furnished();
    let program = build(&house, "further.cpp", &["-std=c++11"]);
    let (missing, open) = (origin.url("/missing"), origin.url("/there"));
    run(&house, &program, &[&missing, &open, there(&house.at("desk"))]).await;
    assert_content(&house.desk("mended"), &content);
    assert_content(&house.desk("watched"), &content);
}

#[tokio::test]
async fn what_a_download_is_told_comes_of_it() {
    let content = Content::new(12, 100_000);
    let login = Login::Basic("ada".to_owned(), "lovelace".to_owned());
    let site = Site::new()
        .file("/known", FileServer::new(content.clone()).login(login))
        .file("/there", FileServer::new(content.clone()));
    let origin = Origin::start(site).await;
    let house = furnished();
    let program = build(&house, "told.cpp", &["-std=c++11"]);
    let hash = "A".repeat(43) + "=";
    let info = json!({ "PiecesHashFileUrl": origin.url("/missing.phf"), "HashOfHashes": hash }).to_string();
    let (known, open) = (origin.url("/known"), origin.url("/there"));
    run(&house, &program, &[&known, &open, &format!("'{info}'"), there(&house.at("desk"))]).await;
    assert_content(&house.desk("known"), &content);
    assert_content(&house.desk("unchecked"), &content);
    assert!(!house.desk("checked").exists());
    let asked: Vec<_> = origin.requests().into_iter().filter(|head| head.path() == "/known").collect();
    assert!(asked.iter().all(|head| head.header("x-always") == Some("1")), "{asked:?}");
    let shown: Vec<bool> = asked.iter().map(|head| head.header("authorization").is_some()).collect();
    assert_eq!(shown[..2], [false, true], "only who asks is shown it: {asked:?}");
    assert!(shown[1..].iter().all(|shown| *shown), "and need not ask again: {asked:?}");
}

#[tokio::test]
async fn a_stream_outlives_the_service_and_goes_on_behind_its_last_byte() {
    let content = Content::new(11, 1_000_000);
    let gate = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"v1\"").gate_at(300_000, &gate);
    let origin = Origin::start(server).await;
    let house = furnished();
    let program = build(&house, "stream_restart.cpp", &["-std=c++11"]);
    let (url, desk, step) = (origin.url("/f"), house.at("desk"), house.at("flows"));
    let client = house.start_shell(&[&program, &url, there(&desk), "1000000", there(&step)].join(" "));
    until("the stream was written to", async || step.exists().then_some(())).await;
    house.kill_service().await;
    gate.open();
    // Whoever calls first starts the next one, perhaps the program itself.
    house.run(&["list"]).await.exits(0);
    client.done().await.exits(0).prints(&["done"]);
    assert_content(&house.desk("restarted"), &content);
}

#[test]
fn every_symbol_has_the_version_of_the_library_and_a_name_of_the_headers() {
    let listed = Command::new("readelf").args(["--dyn-syms", "-W"]).arg(library()).output().expect("readelf");
    let listed = String::from_utf8(listed.stdout).expect("it prints ASCII");
    let given: Vec<&str> = listed
        .lines()
        .filter(|line| line.contains(" GLOBAL ") && !line.contains(" UND ") && !line.contains(" ABS "))
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert!(given.len() > 60, "{listed}");
    for symbol in &given {
        let (name, version) = symbol.split_once("@@").unwrap_or_else(|| panic!("{symbol} has no version"));
        assert_eq!(version, "libbgcopy.so.1", "{symbol}");
        let prefixes = [
            "Co",
            "Sys",
            "Variant",
            "SafeArray",
            "IID_",
            "CLSID_",
            "CLSIDFrom",
            "IIDFrom",
            "StringFrom",
            "GUID_",
        ];
        assert!(prefixes.iter().any(|prefix| name.starts_with(prefix)), "{symbol} is no name of the headers");
    }
    assert!(given.iter().any(|symbol| symbol.starts_with("CoCreateInstance@")));
}

#[tokio::test]
async fn a_client_outlives_its_service_and_goes_on_with_the_next() {
    let origin = Origin::start(FileServer::new(Content::new(4, 1000))).await;
    let house = furnished();
    let program = build(&house, "restart.c", &["-std=c11"]);
    let words =
        [origin.url("/kept"), there(&house.desk("kept")).to_owned(), there(&house.at("steps")).to_owned()];
    let client = house.start_shell(&[&[program], &words[..]].concat().join(" "));
    let step = async |name: &str| {
        let path = house.at("steps").with_extension(name);
        until("the client took its step", async || path.exists().then_some(())).await;
    };
    step("ready").await;
    house.kill_service().await;
    fs::write(house.at("steps").with_extension("killed"), "").expect("our own folder");
    step("refused").await;
    let daemon = house.serve(&[]).await;
    fs::write(house.at("steps").with_extension("back"), "").expect("our own folder");
    client.done().await.exits(0).prints(&["done"]);
    drop(daemon);
}

/// A program ends while it is called, and leaves nothing behind but a job that waits for the next.
#[tokio::test]
async fn what_a_killed_client_never_confirmed_is_told_to_the_next() {
    let content = Content::new(7, 10_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = furnished();
    let program = build(&house, "killed.c", &["-std=c11"]);
    let (local, step) = (house.desk("confirmed"), house.at("called"));
    // The shell gives way to the program, so that the signal reaches it.
    let line = ["exec", &program, &origin.url("/confirmed"), there(&local), there(&step)].join(" ");
    let client = house.start_shell(&line);
    until("the client was called", async || step.exists().then_some(())).await;
    client.signal(Signal::KILL);
    client.done().await.exits(-1);
    run(&house, &program, &[]).await;
    assert_content(&local, &content);
}

#[tokio::test]
async fn the_examples_in_c_and_cpp_do_what_they_show() {
    let content = Content::new(6, 200_000);
    let origin = Origin::start(Site::new().file("/there", FileServer::new(content.clone()))).await;
    let (there, missing) = (origin.url("/there"), origin.url("/missing"));
    let house = furnished();
    let example = |source: &str| compile(&house, &com("examples").join(source), &[]);
    let run = async |words: &[&str]| house.shell(&words.join(" ")).await;

    let _daemon = house.serve(&[]).await;
    let files = json!([{ "remote_name": there, "local_name": house.desk("later") }]);
    let waiting = house.create(&json!({ "display_name": "later", "files": files })).await;
    let list = run(&[&example("list.c")]).await.exits(0);
    list.prints(&["1 jobs", &waiting.to_uppercase(), "suspended", "0 of ?", &there]);

    let download = example("download.cpp");
    run(&[&download, &there, "$PWD/downloaded"]).await.exits(0).prints(&["0x00000000"]);
    assert_content(&house.desk("downloaded"), &content);
    run(&[&download, &missing, "$PWD/missing"]).await.exits(1).prints(&["error: ", "0x80190194"]);

    let diagnose = example("diagnose.c");
    let told = run(&[&diagnose, &missing, "$PWD/mended", &there]).await.exits(0);
    told.prints(&["code: 0x80190194, context: 5", "protocol: http", "file: ", "it can go on"]);
    assert_content(&house.desk("mended"), &content);
    run(&[&diagnose, &missing, "$PWD/missing"]).await.exits(1).prints(&["it cannot go on"]);

    let ranges = example("ranges.c");
    run(&[&ranges, &there, "$PWD/parts", "100", "50", "199000", "eof"])
        .await
        .exits(0)
        .prints(&["1050 bytes"]);
    let parts = [content.part(100..150), content.part(199_000..200_000)].concat();
    assert_eq!(fs::read(house.desk("parts")).expect("it is there"), parts);

    let deliver = example("deliver.cpp");
    run(&[&deliver, &there, "$PWD/délivré"]).await.exits(0).prints(&["200000 of 200000 bytes"]);
    assert_content(&house.desk("délivré"), &content);
    run(&[&deliver, &missing, "$PWD/missing"]).await.exits(1).prints(&["0x80190194"]);
    assert!(!house.desk("missing").exists());
}

#[tokio::test]
async fn the_example_in_rust_fetches_a_file_or_says_why_not() {
    let content = Content::new(8, 200_000);
    let origin = Origin::start(Site::new().file("/there", FileServer::new(content.clone()))).await;
    let house = House::new();
    let _daemon = house.serve(&[]).await;
    let wish = Wish { socket: Some(house.socket()), ..Wish::default() };
    download::fetch(&wish, &origin.url("/there"), &house.desk("there")).await.expect("it is there");
    assert_content(&house.desk("there"), &content);
    let error = download::fetch(&wish, &origin.url("/missing"), &house.desk("missing")).await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert!(!house.desk("missing").exists());
}
