//! A manager with records of its own, whose loop a test turns.

use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_api::{Caller, Language};
use bgcopy_core::{Family, FileSpec, JobSecrets, JobSettings, JobType, LocalName, Owner, Priority, Refusal};
use bgcopy_engine::{Engine, NewJob, Reply, Request};
use bgcopy_http::{Http, HttpConfig};
use bgcopy_store::{SaveError, Store};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Command, Manager, ManagerHandle, Parts};
use crate::config::Config;
use crate::destinations::Destinations;
use crate::face::Face;
use crate::host::read_clock;
use crate::lists::Lists;
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::places::Scope;

pub(crate) type Answer = oneshot::Receiver<Result<Reply, Refusal>>;

pub(crate) const ADA: Caller =
    Caller { uid: 1000, gid: 1000, pid: None, admin: false, family: Family::Do, language: Language::English };

pub(crate) struct Rig {
    pub(crate) manager: Manager,
    state: tempfile::TempDir,
}

/// A service without a socket.
pub(crate) struct House {
    pub(crate) face: Face,
    pub(crate) state: tempfile::TempDir,
}

/// What the store says when it cannot.
pub(crate) fn disk_full() -> SaveError {
    SaveError::Full { path: PathBuf::from("/records") }
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with_config(Config::default())
    }

    pub(crate) fn with_config(config: Config) -> Self {
        let state = tempfile::tempdir().unwrap();
        let pieces = state.path().join("pieces");
        std::fs::create_dir(&pieces).unwrap();
        let engine = Engine::new(crate::daemon::engine_config(&config, Scope::User, &[]), 1, read_clock());
        let parts = Parts {
            store: Arc::new(Store::open(state.path()).unwrap().store),
            http: Http::new(HttpConfig::default()),
            transfers: tokio::runtime::Handle::current(),
            metrics: Arc::new(Metrics::new()),
            config,
            scope: Scope::User,
            pieces,
            lists: Arc::new(Lists::open(state.path().join("lists")).unwrap()),
            notices: Vec::new(),
        };
        Self { manager: Manager::new(engine, parts), state }
    }

    /// Ada, as the engine knows her.
    pub(crate) fn asker() -> bgcopy_engine::Caller {
        bgcopy_engine::Caller { owner: Owner(ADA.uid), admin: ADA.admin }
    }

    pub(crate) fn ask(&mut self, request: Request) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.manager.on_command(Command::Request(Self::asker(), Box::new(request), sender));
        self.manager.drain();
        answer
    }

    /// Asks for a job with a file, always under the same key.
    pub(crate) fn create(&mut self, resume: bool) -> Answer {
        let file = FileSpec {
            remote_name: "http://127.0.0.1:9/file".parse().unwrap(),
            local_name: LocalName::new(self.state.path().join("file")).unwrap(),
            pending_name: false,
            unplaced: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
            supply: bgcopy_core::Supply::default(),
        };
        self.ask(Request::Create(Box::new(NewJob {
            display_name: "job".to_owned(),
            description: String::new(),
            kind: JobType::Download,
            priority: Priority::Normal,
            settings: JobSettings::default(),
            secrets: JobSecrets::default(),
            files: vec![file],
            resume,
            reply_name: None,
            idempotency_key: Some("key".to_owned()),
        })))
    }

    /// Lets the manager work by itself, behind the face that clients see.
    pub(crate) fn serve(self) -> House {
        let Self { manager, state } = self;
        let (handle, inbox) = ManagerHandle::new();
        let face = Face {
            manager: handle,
            history: manager.parts.store.clone(),
            scope: manager.parts.scope,
            destinations: Destinations::default(),
            manifests: Manifests::default(),
            lists: manager.parts.lists.clone(),
            started: Timestamp::now(),
            state_folder: state.path().to_owned(),
            settings: tokio::sync::watch::channel(Vec::new()).1,
            shutdown: CancellationToken::new(),
        };
        tokio::spawn(manager.work(inbox));
        House { face, state }
    }

    /// Turns the loop until nothing waits for the disk; what is saved meanwhile is saved, or the disk is full.
    pub(crate) async fn settle(&mut self, full: bool) {
        self.settle_with(|| if full { Err(disk_full()) } else { Ok(()) }).await;
    }

    /// As [`Rig::settle`], with the store's own word unless this says otherwise.
    pub(crate) async fn settle_with(&mut self, otherwise: impl Fn() -> Result<(), SaveError>) {
        let manager = &mut self.manager;
        while !manager.outbox.is_empty() || !manager.errands.is_empty() {
            tokio::select! {
                Some(mut committed) = manager.commits.1.recv() => {
                    if let Err(error) = otherwise() {
                        committed.result = Err(error);
                    }
                    manager.on_committed(committed);
                }
                Some(done) = manager.errands.join_next() => manager.on_errand(done),
            }
            manager.drain();
        }
    }
}
