//! Jobs that meet a fault: how they begin, what is said of them while they are stuck, and how they go on. What every
//! row of the fault catalogue promises is asked here, once: state, code, context, class, what the job waits for,
//! remedies, and nothing under the destination name.

use bgcopy_testkit::{Content, FileServer, Origin, Script, Turns};
use serde_json::{Value, json};

use super::{House, assert_content};

/// Context of what a server answered.
pub(crate) const REMOTE: &str = "remote-file";
/// Context of the way to a server.
pub(crate) const WAY: &str = "general-transport";
/// Context of the queue manager.
pub(crate) const QUEUE: &str = "general-queue-manager";

/// Whether the remedies of an error have this action.
pub(crate) fn offers(error: &Value, action: &str) -> bool {
    let remedies = error["remedies"].as_array().cloned().unwrap_or_default();
    remedies.iter().any(|remedy| remedy["action"] == action)
}

/// A good server of this content, in a version with a name.
pub(crate) fn good(content: &Content) -> FileServer {
    FileServer::new(content.clone()).etag("\"1\"")
}

/// Of whose first answer only so many bytes come; `then` answers all that follows.
pub(crate) fn cut_first(content: &Content, at: u64, then: impl Script) -> Turns {
    Turns::first(good(content).cut_after(at)).then(then)
}

impl House {
    /// A job of one file that rests for a minute after a failure, which is long enough to be looked at, and completes
    /// by itself.
    pub(crate) async fn begin(&self, url: &str, name: &str) -> String {
        self.begin_with(url, name, json!({}), json!({})).await
    }

    /// As [`begin`](Self::begin), with more said of the file and the job.
    pub(crate) async fn begin_with(&self, url: &str, name: &str, file: Value, settings: Value) -> String {
        self.run(&["list"]).await.exits(0);
        let usual = json!({ "auto_complete": true, "minimum_retry_delay_seconds": 60 });
        let settings = merged(usual, &settings);
        let file = merged(json!({ "remote_name": url, "local_name": self.desk(name) }), &file);
        let job = json!({ "display_name": name, "files": [file], "settings": settings, "resume": true });
        self.create(&job).await
    }

    /// Waits until a job rests after this failure and will go on by itself; gives the error.
    pub(crate) async fn rests(&self, id: &str, code: &str, context: &str) -> Value {
        let job = self.until_state(id, "transient-error").await;
        let error = job["error"].clone();
        assert_eq!((&error["code"], &error["context"]), (&json!(code), &json!(context)), "{error:#}");
        assert_eq!((&error["class"], &error["waiting_for"]), (&json!("transient"), &json!("retry")));
        assert!(error["retry_at"].is_string() && error["count"].as_u64() >= Some(1), "{error:#}");
        assert_eq!(error["remedies"][0]["action"], "wait", "{error:#}");
        assert!(job["error_count"].as_u64() >= Some(1), "{job:#}");
        self.nothing_is_published(id).await;
        error
    }

    /// Waits until a job needs its owner after this failure, who may do this about it; gives the error.
    pub(crate) async fn fails(&self, id: &str, code: &str, context: &str, remedy: &str) -> Value {
        let job = self.until_state(id, "error").await;
        let error = job["error"].clone();
        assert_eq!((&error["code"], &error["context"]), (&json!(code), &json!(context)), "{error:#}");
        assert_eq!((&error["class"], &error["waiting_for"]), (&json!("fatal"), &json!("client")));
        assert_eq!(error["retry_at"], Value::Null);
        for action in [remedy, "resume", "cancel"] {
            assert!(offers(&error, action), "no {action} in {error:#}");
        }
        self.nothing_is_published(id).await;
        error
    }

    /// "Under the destination name there is nothing, the old file untouched, or the complete file" (invariant 1).
    async fn nothing_is_published(&self, id: &str) {
        for file in self.files(id).await {
            let path = file["local_name"].as_str().expect("a path");
            assert!(!std::path::Path::new(path).exists(), "{path} is there before its time");
        }
    }

    /// The fault is gone: the job is resumed and has its file.
    pub(crate) async fn goes_on(&self, id: &str, name: &str, content: &Content) {
        self.act(id, "resume").await;
        self.has_arrived(id, name, content).await;
    }

    /// Waits until a job has its file; nothing is left to be said of it then.
    pub(crate) async fn has_arrived(&self, id: &str, name: &str, content: &Content) {
        let job = self.until_state(id, "acknowledged").await;
        assert_content(&self.desk(name), content);
        assert_eq!(job["error"], Value::Null);
    }

    /// As [`has_arrived`](Self::has_arrived), where the fault was no failure of the job at all.
    pub(crate) async fn arrives_unharmed(&self, id: &str, name: &str, content: &Content) {
        self.has_arrived(id, name, content).await;
        assert_eq!(self.job(id).await["error_count"], 0);
    }

    /// Gives the only file of a job another URL.
    pub(crate) async fn asks_at(&self, id: &str, url: &str) {
        let words = ["set", id, "--file", "0", &format!("remote-name={url}")];
        self.run(&words).await.exits(0);
    }

    /// How many bytes of a job are here.
    pub(crate) async fn bytes_of(&self, id: &str) -> u64 {
        self.job(id).await["progress"]["bytes_transferred"].as_u64().expect("a number of bytes")
    }

    /// Why files of a job began again so far, in order.
    pub(crate) async fn restarts(&self, id: &str) -> Vec<String> {
        let mut events = self.listen("?kind=file-restarted,job-created&after=1", "").await;
        let last = self.create(&json!({ "display_name": "the end of the events" })).await;
        let mut told = Vec::new();
        loop {
            let event = events.next().await.expect("the stream goes on");
            match event.kind.as_str() {
                "job-created" if event.data["job"] == *last => return told,
                "file-restarted" if event.data["job"] == *id => {
                    told.push(event.data["reason"].as_str().expect("a reason").to_owned());
                }
                _ => {}
            }
        }
    }

    /// The most memory that the service ever had, in bytes.
    pub(crate) async fn memory_peak(&self) -> u64 {
        let pid = self.service_pid().await;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") << 10
    }
}

/// Where the last request asked to begin.
pub(crate) fn last_start(origin: &Origin, len: u64) -> u64 {
    let last = origin.requests().pop().expect("a request");
    last.range(len).map_or(0, |range| range.start)
}

fn merged(mut usual: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("an object") {
        usual[name] = value.clone();
    }
    usual
}
