//! A service with the face of the agent, and a client that reads no byte more and no byte less than it is promised.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_agent::{Door, Folders};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::agent::{Agent, Entrance, OwnFolders};
use crate::config::Config;
use crate::face::Face;
use crate::manager::rig::{House, Rig};

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service whose agent serves; everything ends with it.
pub(super) struct AgentHouse {
    pub(super) face: Arc<Face>,
    pub(super) folder: tempfile::TempDir,
    pub(super) agent: Agent,
    port: u16,
    _shutdown: tokio_util::sync::DropGuard,
}

impl AgentHouse {
    pub(super) async fn new() -> Self {
        let config = Config {
            free_space_floor: crate::config::SpaceFloor { bytes: 0, percent: 0 },
            ..Config::default()
        };
        let House { face, state } = Rig::with_config(config.clone()).serve();
        let face = Arc::new(face);
        let snap = state.path().join("snap");
        std::fs::create_dir(state.path().join("desk")).unwrap();
        let folders = Folders::find(Some(&snap));
        let door = Door::open(&folders, None).unwrap();
        let port = door.port();
        let shutdown = CancellationToken::new();
        let entrance = Entrance { door, folders, became: false };
        let records = state.path().join("agent");
        let own = OwnFolders { closed: vec![records.clone()], records };
        let manager = face.manager.clone();
        let agent = entrance.serve(face.clone(), manager, &config, own, shutdown.clone()).unwrap();
        Self { face, folder: state, agent, port, _shutdown: shutdown.drop_guard() }
    }

    /// A path for a download.
    pub(super) fn desk(&self, name: &str) -> PathBuf {
        self.folder.path().join("desk").join(name)
    }

    /// The names on the desk, hidden ones too.
    pub(super) fn on_the_desk(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join("desk")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Writes a file that administrators or the client library write.
    pub(super) fn configure(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join("snap/etc").join(name), text).unwrap();
        self.agent.reload();
    }

    pub(super) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub(super) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address()).await.unwrap())
    }
}

/// A connection.
pub(super) struct Client(pub(super) TcpStream);

/// An answer, whose form is that of agent-rest 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raw {
    pub(super) status: String,
    pub(super) body: Value,
}

impl Raw {
    /// The number of an error; 0 for success.
    pub(super) fn code(&self) -> u32 {
        match self.status.as_str() {
            "200 OK" => 0,
            _ => i32::try_from(self.body["ErrorCode"].as_i64().unwrap()).unwrap().cast_unsigned(),
        }
    }
}

impl Client {
    pub(super) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads one answer as the client library does, and insists on everything that would abort it.
    pub(super) async fn answer(&mut self) -> Raw {
        let mut text = Vec::new();
        let head_end = loop {
            if let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            let read = timeout(PATIENCE, self.0.read_buf(&mut text)).await.expect("an answer");
            assert_ne!(read.unwrap(), 0, "closed after {:?}", String::from_utf8_lossy(&text));
        };
        let head = String::from_utf8(text[..head_end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status =
            lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).expect("HTTP/1.1").to_owned();
        assert!(status.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' '), "{status}");
        assert!(status.len() > 4, "there is a phrase in {status:?}");
        let lengths: Vec<_> = lines.filter_map(|line| line.strip_prefix("Content-Length: ")).collect();
        let length: usize = lengths.first().expect("a length in this spelling").parse().unwrap();
        let end = head_end + 4 + length;
        assert!(end <= 2_048 && !head.to_lowercase().contains("chunked"));
        while text.len() < end {
            let read = timeout(PATIENCE, self.0.read_buf(&mut text)).await.expect("the body").unwrap();
            assert_ne!(read, 0);
        }
        assert_eq!(text.len(), end, "nothing stands behind the body");
        Raw { status, body: serde_json::from_slice(&text[head_end + 4..]).unwrap() }
    }

    /// A call as the client library makes it: without a leading slash.
    pub(super) async fn call(&mut self, method: &str, target: &str) -> Raw {
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: DO-SDK-CPP\r\n\r\n"
        ))
        .await;
        self.answer().await
    }

    /// `POST` with an id; gives the code.
    pub(super) async fn act(&mut self, verb: &str, id: &str) -> u32 {
        self.call("POST", &format!("download/{verb}?Id={id}")).await.code()
    }

    pub(super) async fn create(&mut self, url: &str, path: &std::path::Path) -> String {
        let target = format!("download/create?Uri={url}&DownloadFilePath={}", path.display());
        let made = self.call("POST", &target).await;
        assert_eq!(made.status, "200 OK");
        made.body["Id"].as_str().unwrap().to_owned()
    }

    /// Creates and starts.
    pub(super) async fn begin(&mut self, url: &str, path: &std::path::Path) -> String {
        let id = self.create(url, path).await;
        assert_eq!(self.act("start", &id).await, 0);
        id
    }

    pub(super) async fn status(&mut self, id: &str) -> Status {
        let answer = self.call("GET", &format!("download/getstatus?Id={id}")).await;
        assert_eq!(answer.status, "200 OK", "{answer:?}");
        Status::of(&answer.body)
    }

    /// Waits until a download stands there; bytes never go back on the way.
    pub(super) async fn until(&mut self, id: &str, state: &str) -> Status {
        self.until_it(id, state, |status| status.state == state).await
    }

    /// Waits for something about a download.
    pub(super) async fn until_it(&mut self, id: &str, what: &str, is: impl Fn(&Status) -> bool) -> Status {
        let mut last = self.status(id).await;
        let waiting = async {
            while !is(&last) {
                tokio::time::sleep(Duration::from_millis(5)).await;
                let now = self.status(id).await;
                assert!(now.bytes >= last.bytes, "{last:?} {now:?}");
                last = now;
            }
        };
        let done = timeout(PATIENCE, waiting).await;
        assert!(done.is_ok(), "waiting for {what}, but {last:?}");
        last
    }
}

/// An answer to `getstatus`, each member a string.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Status {
    pub(super) state: String,
    pub(super) total: u64,
    pub(super) bytes: u64,
    pub(super) error: u32,
    pub(super) extended: u32,
}

impl Status {
    fn of(body: &Value) -> Self {
        let text = |key: &str| body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}")).to_owned();
        let code = |key: &str| text(key).parse::<i32>().unwrap().cast_unsigned();
        let status = Self {
            state: text("Status"),
            total: text("BytesTotal").parse().unwrap(),
            bytes: text("BytesTransferred").parse().unwrap(),
            error: code("ErrorCode"),
            extended: code("ExtendedErrorCode"),
        };
        // "Errors never appear while Transferring" (do-download 5.3).
        assert!(status.state != "Transferring" || status.error == 0, "{status:?}");
        assert!(status.total == 0 || status.bytes <= status.total, "{status:?}");
        status
    }

    /// State and codes.
    pub(super) fn seen(&self) -> (&str, u32, u32) {
        (&self.state, self.error, self.extended)
    }
}
