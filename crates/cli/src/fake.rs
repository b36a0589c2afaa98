//! A service to test on: it speaks HTTP over a real Unix socket, keeps what it was asked, and lives and dies
//! as it is told. What it answers is made from the records of `core`, as the real one does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bgcopy_api::core::{JobRecord, JobState, JobType, Language, LocalName, UploadRecord};
use bgcopy_api::error::ErrorInfo;
use bgcopy_api::event::EventId;
use bgcopy_api::start::{Place, spawn_detached};
use bgcopy_api::{
    API_VERSION, CreateJob, EndOutcome, Event, EventBody, Hresult, MakeManifest, Manifest, ManifestContent,
    Outcome, Problem, ReadManifest, VERSION_HEADER,
};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixListener;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::timeout;

use crate::fixture::{job_id, record, seen};
use crate::session::{Door, Start};

/// No test waits longer than this for what it expects.
const PATIENCE: Duration = Duration::from_secs(20);

/// The service. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Fake {
    socket: PathBuf,
    inner: Rc<RefCell<Inner>>,
    changed: Rc<Notify>,
}

struct Inner {
    /// The one job, once it was made.
    job: Option<JobRecord>,
    /// What `CreateJob` was asked for, and under which key.
    created: Vec<(CreateJob, Option<String>)>,
    /// What files are said to be; without it, reading one takes for ever.
    manifest: Option<Manifest>,
    /// The manifests that were asked for.
    described: Vec<MakeManifest>,
    /// What documents say; without it, reading one takes for ever.
    content: Option<ManifestContent>,
    /// The documents that were to be read.
    read: Vec<ReadManifest>,
    /// Requests, as method and path.
    requests: Vec<String>,
    /// What happened so far: the stream of every listener begins with it.
    events: Vec<Event>,
    /// Answers of `CreateJob` that get lost.
    answers_lost: u32,
    /// What `CreateJob` and manifests are refused with.
    refusal: Option<Problem>,
    /// How often it was started.
    starts: u32,
    /// Everything that lives in it.
    tasks: Vec<AbortHandle>,
    _folder: Rc<tempfile::TempDir>,
}

impl Fake {
    /// A service that is not there yet.
    pub(crate) fn absent() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            socket: folder.path().join("s"),
            inner: Rc::new(RefCell::new(Inner {
                job: None,
                created: Vec::new(),
                manifest: None,
                described: Vec::new(),
                content: None,
                read: Vec::new(),
                requests: Vec::new(),
                events: Vec::new(),
                answers_lost: 0,
                refusal: None,
                starts: 0,
                tasks: Vec::new(),
                _folder: Rc::new(folder),
            })),
            changed: Rc::new(Notify::new()),
        }
    }

    /// A service that listens.
    pub(crate) fn started() -> Self {
        let fake = Self::absent();
        fake.live();
        fake
    }

    /// The way to it; whoever finds it absent starts it.
    pub(crate) fn door(&self) -> Door {
        let fake = self.clone();
        let start: Start = Box::new(move || {
            fake.inner.borrow_mut().starts += 1;
            fake.live();
            spawn_detached("true".as_ref(), &[])
        });
        Door::new(self.place(true), Some(start), Language::English)
    }

    /// The way to it for one who must not start it.
    pub(crate) fn door_of_another(&self) -> Door {
        Door::new(self.place(false), None, Language::English)
    }

    fn place(&self, is_own: bool) -> Place {
        Place { socket: self.socket.clone(), is_own }
    }

    /// Listens.
    pub(crate) fn live(&self) {
        // What a killed service left behind.
        let _ = std::fs::remove_file(&self.socket);
        let listener = UnixListener::bind(&self.socket).expect("a socket");
        let fake = self.clone();
        let task = spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let each = fake.clone();
                let serve = hyper::service::service_fn(move |request| each.clone().answer(request));
                let task = spawn_local(async move {
                    // A lost answer ends its connection; that is what is tested.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), serve)
                        .await;
                });
                fake.inner.borrow_mut().tasks.push(task.abort_handle());
            }
        });
        self.inner.borrow_mut().tasks.push(task.abort_handle());
    }

    /// Dies as by kill -9: the socket stays, nobody answers, connections break.
    pub(crate) fn die(&self) {
        self.inner.borrow_mut().tasks.drain(..).for_each(|task| task.abort());
    }

    /// Has this job already.
    pub(crate) fn has(&self, job: JobRecord) {
        self.inner.borrow_mut().job = Some(job);
    }

    /// Loses the answers of the next requests that make a job.
    pub(crate) fn lose_answers(&self, count: u32) {
        self.inner.borrow_mut().answers_lost = count;
    }

    /// Says this of every file.
    pub(crate) fn describes(&self, manifest: Manifest) {
        self.inner.borrow_mut().manifest = Some(manifest);
    }

    /// The manifests that were asked for.
    pub(crate) fn described(&self) -> Vec<MakeManifest> {
        self.inner.borrow().described.clone()
    }

    /// Reads this in every document.
    pub(crate) fn finds(&self, content: ManifestContent) {
        self.inner.borrow_mut().content = Some(content);
    }

    /// The documents that were to be read.
    pub(crate) fn was_read(&self) -> Vec<ReadManifest> {
        self.inner.borrow().read.clone()
    }

    /// Refuses to make jobs and manifests.
    pub(crate) fn refuse(&self, status: u16, code: &str, detail: &str) {
        self.inner.borrow_mut().refusal = Some(Problem::new(status, code, Hresult(0x8000_4005), detail));
    }

    /// Knows nothing of the job any more.
    pub(crate) fn lose_job(&self) {
        self.inner.borrow_mut().job = None;
    }

    /// Changes the job without telling.
    pub(crate) fn change(&self, change: impl FnOnce(&mut JobRecord)) {
        change(self.inner.borrow_mut().job.as_mut().expect("a job"));
    }

    /// Changes the job, and tells.
    pub(crate) fn modify(&self, change: impl FnOnce(&mut JobRecord)) {
        self.change(change);
        let (job, _) = seen(self.inner.borrow().job.as_ref().expect("a job"), Language::English);
        let error: Option<Box<ErrorInfo>> = job.error.map(Box::new);
        self.tell(EventBody::JobModification { job: job.id, state: job.state, error });
    }

    /// Moves bytes, and tells.
    pub(crate) fn progress(&self, bytes: u64) {
        self.change(|job| {
            (job.state, job.error) = (JobState::Transferring, None);
            job.files[0].bytes_here = bytes;
        });
        self.standstill();
    }

    /// Tells how far the job is, moved or not.
    pub(crate) fn standstill(&self) {
        let (job, _) = seen(self.inner.borrow().job.as_ref().expect("a job"), Language::English);
        self.tell(EventBody::Progress {
            job: job.id,
            state: job.state,
            progress: job.progress,
            bytes_per_second: 52 << 20,
            eta_seconds: Some(46),
            sources: vec!["https://example.org".to_owned()],
        });
    }

    /// Asks the owner about a certificate.
    pub(crate) fn asks_about(&self, server: &str) {
        let (file, question) = (bgcopy_api::FileIndex(0), bgcopy_api::QuestionId(7));
        let (server, sha256) = (server.to_owned(), "ab".repeat(32));
        self.tell(EventBody::CertificateQuestion { job: job_id(), file, question, server, sha256 });
    }

    /// Ends the job, and tells.
    pub(crate) fn end(&self, state: JobState) {
        self.change(|job| {
            (job.state, job.error) = (state, None);
            if state == JobState::Acknowledged {
                job.files[0].bytes_here = job.files[0].remote_size.unwrap_or(0);
                job.files[0].stage = bgcopy_api::FileStage::Published;
            }
        });
        let (job, _) = seen(self.inner.borrow().job.as_ref().expect("a job"), Language::English);
        self.tell(EventBody::JobEnded { job: job.id, state, progress: job.progress });
    }

    fn tell(&self, body: EventBody) {
        let mut inner = self.inner.borrow_mut();
        let id = EventId(inner.events.len() as u64 + 1);
        inner.events.push(Event { id, at: jiff::Timestamp::UNIX_EPOCH, body });
        drop(inner);
        self.changed.notify_waiters();
    }

    /// What was asked to be made, with the keys.
    pub(crate) fn created(&self) -> Vec<(CreateJob, Option<String>)> {
        self.inner.borrow().created.clone()
    }

    /// How often it was started.
    pub(crate) fn starts(&self) -> u32 {
        self.inner.borrow().starts
    }

    /// Whether this was asked, as method and path.
    pub(crate) fn was_asked(&self, request: &str) -> bool {
        self.inner.borrow().requests.iter().any(|asked| asked == request)
    }

    /// Waits until somebody follows the events, as far as they go.
    pub(crate) async fn followed(&self) {
        self.asked("GET /v1/events").await;
    }

    /// Waits until this is asked for, after those times that were seen before.
    pub(crate) async fn asked(&self, request: &str) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if self.was_asked(request) {
                    return;
                }
                changed.await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{request} was never asked"));
    }

    /// Forgets what was asked so far.
    pub(crate) fn forget(&self) {
        self.inner.borrow_mut().requests.clear();
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Either<Full<Bytes>, Stream>>, Lost> {
        let (head, body) = request.into_parts();
        let asked = format!("{} {}", head.method, head.uri.path().replace("%2D", "-"));
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        self.inner.borrow_mut().requests.push(asked.clone());
        self.changed.notify_waiters();
        let job_path = format!("/v1/jobs/{}", job_id());
        match asked.as_str() {
            "GET /v1/service" => Ok(json(200, &service())),
            "GET /v1/events" => {
                let after = head.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
                Ok(self.stream(after.unwrap_or(0)))
            }
            "POST /v1/jobs" => {
                let key = head.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
                self.create(&body, key.map(str::to_owned))
            }
            "POST /v1/manifests/read" => match self.read(&body) {
                Some(answer) => Ok(answer),
                None => std::future::pending().await,
            },
            "POST /v1/manifests" => match self.describe(&body) {
                Some(answer) => Ok(answer),
                None => std::future::pending().await,
            },
            "GET /v1/jobs" | "GET /v1/history" => {
                let name = head.uri.query().unwrap_or_default().to_owned();
                Ok(self.list(&name, asked.ends_with("history")))
            }
            _ => match asked.split_once(&job_path) {
                Some((method, rest)) => Ok(self.about_the_job(method.trim(), rest)),
                None => Ok(problem(404, "not-found", "there is no such thing")),
            },
        }
    }

    fn create(
        &self,
        body: &[u8],
        key: Option<String>,
    ) -> Result<Response<Either<Full<Bytes>, Stream>>, Lost> {
        let wanted: CreateJob = serde_json::from_slice(body).expect("a job to be made");
        let mut inner = self.inner.borrow_mut();
        inner.created.push((wanted.clone(), key));
        if let Some(refusal) = &inner.refusal {
            return Ok(json(refusal.status, refusal));
        }
        let record = inner.job.get_or_insert_with(|| {
            let mut made = record();
            made.state = JobState::Queued;
            made.display_name.clone_from(&wanted.display_name);
            made.settings.auto_complete = wanted.settings.auto_complete == Some(true);
            made.kind = wanted.kind;
            made.upload = (wanted.kind != JobType::Download).then(|| {
                let name = wanted.reply_name.as_ref();
                let reply_name = name.map(|name| LocalName::new(name).expect("a path"));
                Box::new(UploadRecord { reply_name, ..UploadRecord::default() })
            });
            if let Some(file) = wanted.files.first() {
                made.files[0].spec.local_name = LocalName::new(&file.local_name).expect("a path");
                made.files[0].bytes_here = 0;
            }
            made
        });
        let (job, _) = seen(record, Language::English);
        if inner.answers_lost > 0 {
            inner.answers_lost -= 1;
            return Err(Lost);
        }
        Ok(json(201, &job))
    }

    fn describe(&self, body: &[u8]) -> Option<Response<Either<Full<Bytes>, Stream>>> {
        let mut inner = self.inner.borrow_mut();
        inner.described.push(serde_json::from_slice(body).expect("a manifest to be made"));
        let refused = inner.refusal.as_ref().map(|refusal| json(refusal.status, refusal));
        refused.or_else(|| inner.manifest.as_ref().map(|manifest| json(200, manifest)))
    }

    fn read(&self, body: &[u8]) -> Option<Response<Either<Full<Bytes>, Stream>>> {
        let mut inner = self.inner.borrow_mut();
        inner.read.push(serde_json::from_slice(body).expect("a document to be read"));
        let refused = inner.refusal.as_ref().map(|refusal| json(refusal.status, refusal));
        refused.or_else(|| inner.content.as_ref().map(|content| json(200, content)))
    }

    fn list(&self, query: &str, history: bool) -> Response<Either<Full<Bytes>, Stream>> {
        let inner = self.inner.borrow();
        let jobs: Vec<_> = inner
            .job
            .iter()
            .filter(|job| job.state.is_final() == history)
            .map(|job| seen(job, Language::English).0)
            .filter(|job| {
                let name = query.split('&').find_map(|pair| pair.strip_prefix("name="));
                name.is_none_or(|name| bgcopy_api::view::goes_by(job.id, &job.display_name, name))
            })
            .collect();
        json(200, &serde_json::json!({ "jobs": jobs, "next": null }))
    }

    fn about_the_job(&self, method: &str, rest: &str) -> Response<Either<Full<Bytes>, Stream>> {
        if self.inner.borrow().job.is_none() {
            return problem(404, "not-found", "there is no such job");
        }
        match (method, rest) {
            ("POST", "/resume") => self.change(|job| (job.state, job.error) = (JobState::Queued, None)),
            ("POST", "/suspend") => self.change(|job| job.state = JobState::Suspended),
            ("POST", "/cancel" | "/complete") => {
                let state = if rest == "/cancel" { JobState::Cancelled } else { JobState::Acknowledged };
                self.end(state);
                return json(200, &Outcome::of(EndOutcome::Ok, state));
            }
            ("POST", "/confirm") => return empty(),
            ("GET", "" | "/files") => {}
            _ => return problem(501, "not-implemented", "not here"),
        }
        let inner = self.inner.borrow();
        let (job, files) = seen(inner.job.as_ref().expect("a job"), Language::English);
        match rest {
            "/files" => json(200, &serde_json::json!({ "files": files })),
            _ => json(200, &job),
        }
    }

    fn stream(self, after: u64) -> Response<Either<Full<Bytes>, Stream>> {
        let stream = Stream { fake: self, sent: after as usize, waiting: None, ready: VecDeque::new() };
        respond(200, "text/event-stream", Either::Right(stream))
    }
}

/// An answer that never comes.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost")]
struct Lost;

/// The events as they happen.
struct Stream {
    fake: Fake,
    sent: usize,
    waiting: Option<Pin<Box<dyn Future<Output = ()>>>>,
    ready: VecDeque<Bytes>,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        loop {
            let inner = this.fake.inner.borrow();
            for event in inner.events.iter().skip(this.sent) {
                let name = event.body.kind().word();
                let data = serde_json::to_string(event).expect("JSON");
                this.ready.push_back(format!("id: {}\nevent: {name}\ndata: {data}\n\n", event.id).into());
            }
            this.sent = inner.events.len().max(this.sent);
            drop(inner);
            if let Some(data) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            let changed = this.fake.changed.clone();
            let waiting =
                this.waiting.get_or_insert_with(|| Box::pin(async move { changed.notified().await }));
            match waiting.as_mut().poll(context) {
                Poll::Ready(()) => this.waiting = None,
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

fn service() -> serde_json::Value {
    serde_json::json!({
        "name": "bgcopy", "version": "0", "api": API_VERSION, "pid": 1, "uid": 1000, "system": false,
        "started": "2026-01-02T03:04:05Z", "state_folder": "/nowhere", "jobs": 0, "jobs_active": 0,
    })
}

fn json(status: u16, body: &impl serde::Serialize) -> Response<Either<Full<Bytes>, Stream>> {
    let kind = if status < 400 { "application/json" } else { "application/problem+json" };
    let text = serde_json::to_vec(body).expect("JSON");
    respond(status, kind, Either::Left(Full::new(text.into())))
}

fn problem(status: u16, code: &str, detail: &str) -> Response<Either<Full<Bytes>, Stream>> {
    json(status, &Problem::new(status, code, Hresult(0x80D0_2003), detail))
}

fn empty() -> Response<Either<Full<Bytes>, Stream>> {
    respond(204, "application/json", Either::Left(Full::default()))
}

fn respond(
    status: u16,
    kind: &str,
    body: Either<Full<Bytes>, Stream>,
) -> Response<Either<Full<Bytes>, Stream>> {
    Response::builder()
        .status(StatusCode::from_u16(status).expect("a status"))
        .header(VERSION_HEADER, API_VERSION)
        .header("content-type", kind)
        .body(body)
        .expect("an answer")
}
