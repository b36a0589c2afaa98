//! Who is behind a connection, how many there may be, and how they end.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bgcopy_api::Client;
use bgcopy_api::client::ClientError;
use bgcopy_core::Language;
use rustix::process::{getgid, getuid};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::timeout;

use super::super::{Access, Options};
use super::fake::Fake;
use super::rig::{PATIENCE, Rig, read_answer};

const ASK: &[u8] = b"GET /v1/service HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn the_caller_is_who_the_kernel_says() {
    let rig = Rig::new();
    rig.raw(ASK).await;
    let caller = rig.fake.last_caller();
    assert_eq!((caller.uid, caller.gid), (getuid().as_raw(), getgid().as_raw()));
    assert_eq!(caller.pid, i32::try_from(std::process::id()).ok());
    assert_eq!(caller.admin, getuid().is_root());
}

/// An ordinary user: root becomes one, others are one.
fn ordinary() -> u32 {
    if getuid().is_root() { 4_711 } else { getuid().as_raw() }
}

#[tokio::test]
async fn an_ordinary_user_is_known_as_such_and_is_no_administrator() {
    let rig = Rig::new();
    open_to_all(&rig);
    let status = curl_as(ordinary(), &rig, "http://bgcopy/v1/service").await;
    assert_eq!(status, "200");
    let caller = rig.fake.last_caller();
    assert_eq!((caller.uid, caller.admin), (ordinary(), false));
}

#[tokio::test]
async fn a_per_user_service_turns_other_users_away() {
    let rig = Rig::with(Fake::default(), Options::new(Access::Only(ordinary() + 1)));
    open_to_all(&rig);
    assert_eq!(curl_as(ordinary(), &rig, "http://bgcopy/v1/service").await, "403");
    assert_eq!(rig.fake.asked(), [""; 0]);
}

#[test]
fn j15_a_machine_wide_service_is_for_users_with_a_number_and_a_per_user_one_for_its_own_and_root() {
    let admitted = |access: Access| [0, 1_000, 1_001, 65_534].map(|uid| access.admits(uid));
    assert_eq!(admitted(Access::Everybody), [true, true, true, false]);
    assert_eq!(admitted(Access::Only(1_000)), [true, true, false, false]);
}

fn open_to_all(rig: &Rig) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in [rig.socket.as_path(), rig.socket.parent().unwrap()] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
}

/// The status that curl sees as this user.
async fn curl_as(uid: u32, rig: &Rig, url: &str) -> String {
    let mut curl = Command::new("curl");
    curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket"]).arg(&rig.socket).arg(url);
    if getuid().is_root() {
        curl.uid(uid).gid(uid);
    }
    let output = curl.current_dir("/").stdin(Stdio::null()).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn curl_can_make_a_job() {
    let rig = Rig::new();
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--unix-socket"]).arg(&rig.socket);
    curl.args(["--json", r#"{"display_name": "from curl"}"#, "http://bgcopy/v1/jobs"]);
    let output = curl.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let job: bgcopy_api::Job = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(job.id.to_string(), super::fake::JOB);
    assert_eq!(rig.fake.asked(), ["create from curl 0 None"]);
}

#[tokio::test]
async fn j07_one_connection_too_many_is_refused_until_another_ends() {
    let options = Options::new(Access::Everybody);
    let (limit, mut clients) = (options.limits.connections_per_user, options.clients.subscribe());
    assert_eq!(limit, 64);
    let rig = Rig::with(Fake::default(), options);
    let mut open = Vec::new();
    for _ in 0..limit {
        let mut stream = UnixStream::connect(&rig.socket).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.status, 200);
        open.push(stream);
    }
    assert_eq!(*clients.borrow(), limit);
    let refused = rig.raw(ASK).await;
    assert_eq!(refused.problem(), (429, "too-many-connections".to_owned(), None));
    assert!(refused.head.contains("bgcopy-api: 1"));
    open.pop();
    timeout(PATIENCE, clients.wait_for(|count| *count < limit)).await.unwrap().unwrap();
    assert_eq!(rig.raw(ASK).await.status, 200);
}

#[tokio::test]
async fn every_answer_is_told_to_the_observer_by_its_route() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let observe = {
        let told = told.clone();
        Arc::new(move |route: &'static str, status: u16| told.lock().unwrap().push((route, status)))
    };
    let rig = Rig::with(Fake::default(), Options { observe, ..Options::new(Access::Everybody) });
    rig.raw(ASK).await;
    rig.send("GET", "/v1/jobs/nonsense", "").await;
    assert_eq!(*told.lock().unwrap(), [("/v1/service", 200), ("/v1/jobs/{job}", 404)]);
}

#[tokio::test]
async fn at_shutdown_idle_connections_and_streams_end_and_nobody_answers_any_more() {
    let rig = Rig::new();
    let client = rig.client().await;
    let mut events = client.events(bgcopy_api::EventFilter::default()).await.unwrap();
    rig.shutdown.cancel();
    let ended = timeout(PATIENCE, events.next()).await.expect("the stream ends");
    assert!(ended.unwrap_err().is_absence());
    timeout(PATIENCE, rig.served).await.expect("the server ends").unwrap();
    let error = Client::connect(&rig.socket, Language::English).await.unwrap_err();
    assert!(matches!(&error, ClientError::NoService { .. }), "{error}");
    assert_eq!(error.code(), "no-service");
}

#[tokio::test]
async fn a_client_survives_that_its_idle_connection_was_closed() {
    let options = Options::new(Access::Everybody);
    let limits = super::super::Limits { head_time: Duration::from_millis(20), ..options.limits };
    let mut clients = options.clients.subscribe();
    let rig = Rig::with(Fake::default(), Options { limits, ..options });
    let client = rig.client().await;
    timeout(PATIENCE, clients.wait_for(|count| *count == 0)).await.unwrap().unwrap();
    assert_eq!(client.service().await.unwrap().name, "bgcopy");
}

#[tokio::test]
async fn a_client_keeps_one_connection_for_request_after_request() {
    let options = Options::new(Access::Everybody);
    let clients = options.clients.subscribe();
    let rig = Rig::with(Fake::default(), options);
    let client = rig.client().await;
    for _ in 0..20 {
        client.service().await.unwrap();
        assert_eq!(*clients.borrow(), 1);
    }
}
