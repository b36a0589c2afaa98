//! The service of a house, looked at and ended from outside.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{House, Running, is_root, until};

impl House {
    /// `bgcopy daemon` in the foreground with these words, once it serves.
    pub(crate) async fn serve(&self, words: &[&str]) -> Running {
        let words: Vec<&str> = ["daemon"].iter().chain(words).copied().collect();
        let daemon = self.start(&words);
        let pid = daemon.pid();
        until("the service serves", async || {
            let service = self.try_ask("GET", "/v1/service", None).await?;
            (service.json()["pid"] == pid).then_some(())
        })
        .await;
        daemon
    }

    /// Who serves, from the file that it holds locked; none where nobody does.
    pub(crate) fn lock_holder(&self) -> Option<u32> {
        let pid = fs::read_to_string(self.state("lock")).ok()?.trim().parse().ok()?;
        // A lock file outlives its service, and numbers of processes come again.
        let socket = self.at("run").into_os_string().into_string().expect("a plain path");
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        (is_alive(pid) && String::from_utf8_lossy(&environment).contains(&socket)).then_some(pid)
    }

    /// Who serves.
    pub(crate) async fn service_pid(&self) -> u32 {
        until("a service serves", async || self.lock_holder()).await
    }

    /// `kill -9` for the service, which had no time to say anything.
    pub(crate) async fn kill_service(&self) {
        let pid = self.service_pid().await;
        send(pid, Signal::KILL);
        self.until_gone(pid).await;
    }

    /// Sends the service a signal.
    pub(crate) async fn signal_service(&self, signal: Signal) {
        send(self.service_pid().await, signal);
    }

    /// Waits for the end of a service.
    pub(crate) async fn until_gone(&self, pid: u32) {
        until("the service is gone", async || (!is_alive(pid)).then_some(())).await;
    }

    /// Makes a job with the API; gives its id.
    pub(crate) async fn create(&self, job: &Value) -> String {
        let made = self.ask("POST", "/v1/jobs", Some(job)).await.is(201).json();
        made["id"].as_str().expect("a job has an id").to_owned()
    }

    /// Hands a job of one file to the service with the command line; gives its id.
    pub(crate) async fn fetch_later(&self, url: &str, name: &str) -> String {
        let made = self.run(&["get", "--no-wait", "-o", name, url]).await.exits(0);
        made.out.trim().to_owned()
    }

    /// Makes a job of one file with the API and lets it run.
    pub(crate) async fn fetch(&self, url: &str, name: &str, settings: Value) -> String {
        let files = json!([{ "remote_name": url, "local_name": self.desk(name) }]);
        self.create(&json!({ "display_name": name, "files": files, "settings": settings, "resume": true }))
            .await
    }

    /// A job, ended or not.
    pub(crate) async fn job(&self, id: &str) -> Value {
        self.ask("GET", &format!("/v1/jobs/{id}"), None).await.is(200).json()
    }

    /// The files of a job.
    pub(crate) async fn files(&self, id: &str) -> Vec<Value> {
        let files = self.ask("GET", &format!("/v1/jobs/{id}/files"), None).await.is(200).json();
        files["files"].as_array().expect("a list").clone()
    }

    /// Does something to a job that answers with it.
    pub(crate) async fn act(&self, id: &str, verb: &str) -> Value {
        self.ask("POST", &format!("/v1/jobs/{id}/{verb}"), None).await.is(200).json()
    }

    /// Waits until a job stands there.
    pub(crate) async fn until_state(&self, id: &str, state: &str) -> Value {
        self.until_job(id, state, |job| job["state"] == state).await
    }

    /// Waits for something about a job. A service that is being started again is waited for too.
    pub(crate) async fn until_job(&self, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        until(&format!("{what}; see the log of the house"), async || {
            let answer = self.try_ask("GET", &format!("/v1/jobs/{id}"), None).await?;
            last = answer.json();
            let job = (answer.status == 200 && is(&last)).then(|| last.clone());
            assert!(job.is_some() || !is_stuck(&last, what), "waiting for {what:?}, but {last:#}");
            job
        })
        .await
    }

    /// The only job there is, or was.
    pub(crate) async fn only_job(&self) -> Value {
        until("there is a job", async || {
            // Root sees the jobs of the one who lives here.
            let target = if is_root() { "/v1/jobs?all_users=true" } else { "/v1/jobs" };
            let jobs = self.try_ask("GET", target, None).await?.json();
            jobs["jobs"].as_array()?.first().cloned()
        })
        .await
    }
}

/// A job that is in error stays there, so nothing else is worth waiting for.
fn is_stuck(job: &Value, what: &str) -> bool {
    job["state"] == "error" && what != "error"
}

fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, signal).expect("it runs, and is ours");
}

/// Whether a process runs: one that has ended and was not waited for does not.
fn is_alive(pid: u32) -> bool {
    // A process whose first thread has ended still holds its files, and with them its lock, while another one ends.
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let mut stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    let has_ended = |stat: &str| {
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_none_or(|state| matches!(state, 'Z' | 'X'))
    };
    stats.any(|stat| !has_ended(&stat))
}

/// Waits for the end of a process that was killed, without a runtime: for destructors.
pub(super) fn until_dead(pid: u32) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while is_alive(pid) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(pid) = self.lock_holder() {
            send(pid, Signal::KILL);
            until_dead(pid);
        }
        if std::thread::panicking()
            && let Ok(log) = fs::read_to_string(self.state("bgcopy.log"))
        {
            eprintln!("--- log of the service\n{log}---");
        }
    }
}
