//! Cache hosts: the nginx of the README is one; those that fail, refuse or are not trusted cost nothing.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bgcopy_testkit::{Content, FileServer, Origin, Reply, RequestHead, Script, Turns};
use rustix::process::Signal;

use crate::house::published::{described, metalink_of};
use crate::house::{House, assert_content, is_root, large, sha256, until};

/// The README, whose lines are proved here.
const README: &str = include_str!("../../../../README.md");

/// The lines between the marker and the end of their fence.
fn lines_of_the_readme() -> &'static str {
    let marked = README.split_once("<!-- the cache host -->").expect("the marker is in the README").1;
    let fenced = marked.split_once("```nginx\n").expect("lines of nginx follow").1;
    fenced.split_once("```").expect("the fence ends").0
}

/// Replaces what must be there: a README that changes must not leave the story behind.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
    text.replace(from, to)
}

/// A cache that keeps what it fetched.
enum Cache {
    Nginx(Child, SocketAddr),
    Scripted(Origin),
}

impl Cache {
    /// Debian's nginx, configured as the README says but for its address, its folder and whom it may ask.
    fn nginx(folder: &Path, origin: SocketAddr) -> Option<Self> {
        let program =
            ["/usr/sbin/nginx", "/usr/bin/nginx"].map(Path::new).into_iter().find(|path| path.exists())?;
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        std::fs::create_dir(folder).unwrap();
        let lines = lines_of_the_readme();
        let lines = replaced(lines, "/var/cache/bgcopy", &folder.join("cache").display().to_string());
        let lines = replaced(&lines, "listen 8080;", &format!("listen {address};"));
        let lines =
            replaced(&lines, "deb.debian.org http://deb.debian.org;", &format!("{origin} http://{origin};"));
        let configuration = configuration(folder, &lines);
        std::fs::write(folder.join("nginx.conf"), configuration).unwrap();
        let mut nginx = Command::new(program);
        nginx.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
        let nginx = nginx.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Some(Self::Nginx(nginx, address))
    }

    /// Where no nginx is installed: a server that has the file already.
    async fn scripted(content: &Content) -> Self {
        println!(
            "nginx is not installed: a scripted cache stands in, and the lines of the README are not proved"
        );
        let content = content.clone();
        Self::Scripted(Origin::start(FileServer::new(content)).await)
    }

    async fn serves(&mut self) -> SocketAddr {
        match self {
            Self::Nginx(nginx, address) => {
                let address = *address;
                until("nginx serves", async || {
                    assert_eq!(nginx.try_wait().unwrap(), None, "nginx refused its configuration");
                    TcpStream::connect(address).ok()
                })
                .await;
                address
            }
            Self::Scripted(server) => server.addr(),
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if let Self::Nginx(nginx, _) = self {
            // It may have ended by itself.
            let _ = nginx.kill();
            let _ = nginx.wait();
        }
    }
}

/// What Debian's own configuration has around the lines.
fn configuration(folder: &Path, lines: &str) -> String {
    let user = if is_root() { "user root;\n" } else { "" };
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", folder.join(kind).display()))
        .concat();
    let folder = folder.display();
    format!(
        "{user}daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{lines}\n}}\n"
    )
}

/// A house with cache hosts.
fn house_with(hosts: &str) -> House {
    House::with(&format!("cache_host = \"{hosts}\"\n"))
}

fn desk(house: &House, name: &str) -> PathBuf {
    house.desk(name)
}

/// A server that answers everything with this status.
async fn answering(status: u16) -> Origin {
    Origin::start(move |_: &RequestHead| Reply::status(status).body("")).await
}

/// A server with this content, and whatever else it answers.
async fn serving(script: impl Script) -> Origin {
    Origin::start(script).await
}

#[tokio::test]
async fn the_nginx_of_the_readme_keeps_a_file_for_the_next_one() {
    let content = large(31, 3);
    let origin = serving(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut cache = match Cache::nginx(&folder.path().join("nginx"), origin.addr()) {
        Some(cache) => cache,
        None => Cache::scripted(&content).await,
    };
    let house = house_with(&cache.serves().await.to_string());
    let url = origin.url("/pub/f.bin?sig=a%20b");
    house.run(&["get", "-o", "first", &url]).await.exits(0);
    assert_content(&desk(&house, "first"), &content);
    let asked = origin.requests();
    if let Cache::Nginx(..) = cache {
        // The cache asked, by the file's own name.
        assert!(!asked.is_empty());
        assert!(asked.iter().all(|request| request.target == "/pub/f.bin?sig=a%20b"), "{asked:?}");
    }
    house.run(&["get", "-o", "second", &url]).await.exits(0);
    assert_content(&desk(&house, "second"), &content);
    assert_eq!(origin.requests().len(), asked.len(), "the origin is asked once");
    // Another one it may not ask: its files come from itself.
    let stranger = serving(FileServer::new(content.clone())).await;
    house.run(&["get", "-o", "third", &stranger.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "third"), &content);
}

#[tokio::test]
async fn a_cache_is_asked_for_the_file_by_its_origin_and_shown_nothing_else() {
    let content = Content::new(32, 200_000);
    let (origin, cache) =
        (serving(FileServer::new(content.clone())).await, serving(FileServer::new(content.clone())).await);
    let house = house_with(&cache.addr().to_string());
    house.run(&["get", "-o", "f", &origin.url("/pub/f?a=1")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert!(origin.requests().is_empty());
    let target = format!("/pub/f?a=1&cacheHostOrigin={}", origin.addr());
    assert!(cache.requests().iter().all(|request| request.target == target), "{:?}", cache.requests());
    // A job with a header of its own means its origin alone (faults I06).
    let asked = cache.requests().len();
    house.run(&["get", "-o", "g", "-H", "X-Token: s3cret", &origin.url("/g")]).await.exits(0);
    assert_content(&desk(&house, "g"), &content);
    assert_eq!(cache.requests().len(), asked);
}

#[tokio::test]
async fn i02_a_cache_that_refuses_is_left_alone_and_one_that_fails_is_asked_for_the_next_file() {
    let content = Content::new(33, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    // As Windows does: "HTTP 4xx → ban for that origin 15 min; other errors retry" (product 7.3). What the origin may
    // have said through the cache says nothing of other files.
    for (status, asked) in [(404, 2), (500, 2), (503, 2), (403, 1)] {
        let cache = answering(status).await;
        let house = house_with(&cache.addr().to_string());
        for name in ["f", "g"] {
            house.run(&["get", "-o", name, &origin.url(&format!("/{name}"))]).await.exits(0);
            assert_content(&desk(&house, name), &content);
        }
        assert_eq!(cache.requests().len(), asked, "{status}");
    }
}

#[tokio::test]
async fn i04_where_a_cache_redirects_nobody_goes() {
    let content = Content::new(33, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let elsewhere = serving(FileServer::new(Content::new(34, 200_000))).await;
    for status in [301, 302, 303, 307, 308] {
        let cache = serving(FileServer::new(content.clone()).redirect(status, elsewhere.url("/other"))).await;
        let house = house_with(&cache.addr().to_string());
        house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
        assert_content(&desk(&house, "f"), &content);
        assert_eq!(cache.requests().len(), 1, "{status}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn i01_where_no_cache_listens_the_next_one_serves_and_the_origin_at_once() {
    let content = Content::new(35, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone())).await;
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let house = house_with(&format!("{dead}, {}", cache.addr()));
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert!(origin.requests().is_empty() && !cache.requests().is_empty());
    let house = house_with(&dead.to_string());
    let done = house.run(&["--json", "get", "-o", "f", &origin.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert_eq!(done.json().pop().unwrap()["job"]["error_count"], 0, "no wait was due: {done}");
}

#[tokio::test]
async fn i01_a_cache_that_takes_too_long_to_connect_costs_its_time_once() {
    let content = Content::new(35, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let full = FullListener::new();
    let config = format!("cache_host = \"{}\"\nconnect_timeout_seconds = 1\n", full.address);
    let house = House::with(&config);
    for (name, least, most) in [("f", 1, 8), ("g", 0, 1)] {
        let start = Instant::now();
        house.run(&["get", "-o", name, &origin.url(&format!("/{name}"))]).await.exits(0);
        let took = start.elapsed().as_secs();
        assert!((least..=most).contains(&took), "{name}: {took} s");
        assert_content(&desk(&house, name), &content);
    }
}

/// A listener whose queue is full: who connects now waits without an answer.
struct FullListener {
    address: SocketAddr,
    _kept: Vec<OwnedFd>,
}

impl FullListener {
    fn new() -> Self {
        use rustix::net::{
            AddressFamily, SocketFlags, SocketType, bind, connect, getsockname, listen, socket_with,
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = || socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
        let listener = socket();
        bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        listen(&listener, 0).unwrap();
        let address = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
        let mut kept = vec![listener];
        for _ in 0..4 {
            let filler = socket();
            assert_eq!(connect(&filler, &address), Err(rustix::io::Errno::INPROGRESS));
            kept.push(filler);
        }
        Self { address, _kept: kept }
    }
}

#[tokio::test]
async fn with_a_delay_a_cache_that_fails_is_asked_again_before_the_origin() {
    let content = Content::new(40, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone()).failing(503, 2)).await;
    for class in ["foreground", "background"] {
        let delay = format!("delay_cache_server_fallback_{class} = 3600\n");
        let house = House::with(&format!("cache_host = \"{}\"\n{delay}", cache.addr()));
        let priority = if class == "foreground" { class } else { "normal" };
        house.run(&["get", "-o", class, "--priority", priority, &origin.url("/f")]).await.exits(0);
        assert_content(&desk(&house, class), &content);
    }
    assert!(cache.requests().len() > 2);
    assert!(origin.requests().is_empty());
}

#[tokio::test]
async fn i03_a_cache_with_wrong_bytes_is_found_out_where_something_proves_them() {
    let content = Content::new(36, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let stale = serving(FileServer::new(Content::new(37, 200_000))).await;
    let house = house_with(&stale.addr().to_string());
    let checksum = format!("sha-256={}", sha256(&content));
    house.run(&["get", "-o", "f", "--checksum", &checksum, &origin.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert!(!stale.requests().is_empty());
    // Where pieces are known, what was wrong is told from what was right, and the liar is struck.
    let content = large(43, 8);
    let mut wrong = content.bytes();
    wrong[5 << 20] ^= 1;
    let origin = serving(FileServer::new(content.clone()).etag("\"1\"")).await;
    let stale = serving(FileServer::new(Content::given(wrong)).etag("\"1\"")).await;
    let house = house_with(&stale.addr().to_string());
    let text = metalink_of(vec![described("f", &content, &[origin.url("/f")])]);
    std::fs::write(desk(&house, "f.meta4"), text).unwrap();
    house.run(&["get", "f.meta4"]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    let asked = stale.requests().len();
    assert!((1..16).contains(&asked), "{asked} times a liar was asked");
    assert!(origin.bytes_sent() >= 1 << 20);
}

#[tokio::test]
async fn i06_a_job_with_something_to_hide_means_its_origin_alone() {
    let content = Content::new(41, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone())).await;
    let house = house_with(&cache.addr().to_string());
    let url = origin.url("/f");
    let with_user = url.replace("http://", "http://ada:pw@");
    for (nth, words) in [
        &["-H", "X-Token: s3cret", &url][..],
        &["-H", "Cookie: id=s3cret", &url],
        &["-H", "Authorization: Bearer s3cret", &url],
        &["--user", "ada:s3cret", &url],
        &[&with_user],
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("f{nth}");
        house.run(&[&["get", "-o", &name], words].concat()).await.exits(0);
        assert_content(&desk(&house, &name), &content);
    }
    assert!(cache.requests().is_empty(), "{:?}", cache.requests());
    house.run(&["get", "-o", "open", &url]).await.exits(0);
    assert!(!cache.requests().is_empty(), "it would have been asked");
}

#[tokio::test]
async fn i06_a_signed_url_is_shown_to_no_cache_that_was_only_found() {
    let content = large(42, 3);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone())).await;
    let told = format!("cache_host_source = \"dhcp\"\ndhcp_option_235 = \"{}\"\n", cache.addr());
    let house = House::with(&told);
    let text = metalink_of(vec![described("f", &content, &[origin.url("/f?sig=s3cret")])]);
    std::fs::write(desk(&house, "f.meta4"), text).unwrap();
    house.run(&["get", "f.meta4"]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert!(cache.requests().is_empty(), "{:?}", cache.requests());
}

#[tokio::test]
async fn i06_a_host_that_dhcp_names_serves_nothing_that_is_not_proved() {
    let content = large(38, 3);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone())).await;
    let told = format!("cache_host_source = \"dhcp\"\ndhcp_option_235 = \"{}\"\n", cache.addr());
    let house = House::with(&told);
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    assert!(cache.requests().is_empty());
    // It is shown with who said so.
    // What a trusted list proves may come from anybody.
    let text = metalink_of(vec![described("proved", &content, &[origin.url("/f")])]);
    std::fs::write(desk(&house, "f.meta4"), text).unwrap();
    house.run(&["get", "f.meta4"]).await.exits(0);
    assert_content(&desk(&house, "proved"), &content);
    assert!(!cache.requests().is_empty());
    let address = cache.addr().to_string();
    house.run(&["config", "dhcp_option_235"]).await.exits(0).prints(&[&address, "config.toml:"]);
}

#[tokio::test]
async fn other_cache_hosts_hold_from_the_reload_on() {
    let content = Content::new(39, 200_000);
    let origin = serving(FileServer::new(content.clone())).await;
    let cache = serving(FileServer::new(content.clone())).await;
    let house = House::new();
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    assert!(cache.requests().is_empty());
    house.configure(&format!("cache_host = \"{}\"\n", cache.addr()));
    house.signal_service(Signal::HUP).await;
    until("the new setting is in force", async || {
        let shown = house.run(&["config", "cache_host"]).await.exits(0);
        shown.out.contains(&cache.addr().to_string()).then_some(())
    })
    .await;
    let asked = origin.requests().len();
    house.run(&["get", "-o", "g", &origin.url("/g")]).await.exits(0);
    assert_content(&desk(&house, "g"), &content);
    assert_eq!(origin.requests().len(), asked);
    assert!(!cache.requests().is_empty());
}

/// "Hysteresis, no ping-pong per piece" (faults I07).
#[tokio::test]
async fn i07_a_cache_that_comes_and_goes_is_left_alone_once_it_went() {
    let content = large(51, 24);
    let good = || FileServer::new(content.clone()).etag("\"1\"");
    let origin = serving(good()).await;
    // It goes in the middle of a body and is back for the next request but one, if anybody asks.
    let away = |_: &RequestHead| Reply::new().reset();
    let cache = serving(Turns::first(good().cut_after(3 << 20)).then(away).and_again()).await;
    let house = house_with(&cache.addr().to_string());
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    let asked = cache.requests().len();
    assert!(cache.bytes_sent() > 0 && origin.bytes_sent() > 0, "both served, and the cache went");
    assert!((2..=4).contains(&asked), "{asked} times a cache was asked that fails");
    house.run(&["get", "-o", "g", &origin.url("/g")]).await.exits(0);
    assert_content(&desk(&house, "g"), &content);
    assert_eq!(cache.requests().len(), asked, "it was asked again at once");
}

/// "Both used, share by measured rate" (faults I08).
#[tokio::test]
async fn i08_a_cache_half_as_fast_as_the_origin_serves_its_share() {
    let content = large(52, 24);
    let server = |rate| FileServer::new(content.clone()).etag("\"1\"").slow(rate);
    let origin = serving(server(12 << 20)).await;
    let cache = serving(server(6 << 20)).await;
    let house = house_with(&cache.addr().to_string());
    // Sources are mixed where the whole is proved.
    let checksum = format!("sha-256={}", sha256(&content));
    let words = ["--json", "get", "-o", "f", "--checksum", &checksum, &origin.url("/f")];
    let done = house.run(&words).await.exits(0);
    assert_content(&desk(&house, "f"), &content);
    let from = done.json().pop().unwrap()["job"]["bytes_from"].clone();
    let share = from["cache_hosts"].as_f64().unwrap() / content.len() as f64;
    // A third is its part; until rates are measured all are asked alike.
    assert!((0.1..0.5).contains(&share), "{from}");
}
