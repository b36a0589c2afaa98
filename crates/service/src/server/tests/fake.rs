//! A contract that remembers what it was asked, and answers from one job.

use std::sync::Mutex;

use bgcopy_api::manifest::read::{ManifestContent, ReadManifest};
use bgcopy_api::manifest::{MakeManifest, Manifest};
use bgcopy_api::property::FilePropertyValue;
use bgcopy_api::question::{CertificateQuestion, QuestionId};
use bgcopy_api::reply::ReplyData;
use bgcopy_api::request::{
    AddFile, CreateJob, EventFilter, Header, JobFilter, NewCredentials, Notification, ReplacePrefix, SetFile,
    SetJob,
};
use bgcopy_api::view::View;
use bgcopy_api::{
    Caller, Contract, EndOutcome, ErrorInfo, Event, EventId, Feeder, File, FileProperty, Headers, Job,
    JobPage, Outcome, Replaced, Reply, Service, Setting, Subscription, subscription,
};
use bgcopy_core::{
    Code, ErrorContext, ErrorRecord, Fault, FileIndex, FileRecord, FileSpec, Hresult, JobId, JobRecord,
    JobSecrets, JobSettings, JobState, JobTimes, JobType, LocalName, Owner, Priority, Refusal, WaitingFor,
    Wall,
};
use jiff::Timestamp;

/// The id of the one job.
pub(super) const JOB: &str = "00000000-0000-4000-8000-000000000001";

/// The one job and what was asked.
#[derive(Default)]
pub(super) struct Fake {
    /// Who asked what.
    pub(super) asked: Mutex<Vec<(Caller, String)>>,
    /// The ends of the open streams.
    pub(super) feeders: Mutex<Vec<Feeder>>,
    /// What `subscribe` starts with, and how many events it queues.
    pub(super) backlog: Mutex<Vec<Event>>,
    pub(super) queue: usize,
}

impl Fake {
    /// What was asked since last time, as `operation arguments`.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().drain(..).map(|(_, what)| what).collect()
    }

    /// Who asked last.
    pub(super) fn last_caller(&self) -> Caller {
        self.asked.lock().unwrap().last().expect("somebody asked").0
    }

    /// Feeds an event to every subscriber; says how many are still there.
    pub(super) fn feed(&self, event: &Event) -> usize {
        let mut feeders = self.feeders.lock().unwrap();
        feeders.retain_mut(|feeder| feeder.feed(event.clone()).is_ok());
        feeders.len()
    }

    /// Ends every stream.
    pub(super) fn hang_up(&self) {
        self.feeders.lock().unwrap().clear();
    }

    fn note(&self, caller: &Caller, what: impl Into<String>) {
        self.asked.lock().unwrap().push((*caller, what.into()));
    }

    /// Every job but the one is unknown.
    fn find(&self, caller: &Caller, job: JobId, what: impl std::fmt::Display) -> Reply<JobRecord> {
        self.note(caller, what.to_string());
        match job.to_string() == JOB {
            true => Ok(record()),
            false => Err(Refusal::JobNotFound { job: job.to_string() }),
        }
    }

    fn shown(&self, caller: &Caller, job: JobId, what: impl std::fmt::Display) -> Reply<Job> {
        Ok(Job::from_record(&self.find(caller, job, what)?, &View::of(caller)))
    }

    fn shown_file(&self, caller: &Caller, job: JobId, index: FileIndex, what: &str) -> Reply<File> {
        let record = self.find(caller, job, format!("{what} {index}"))?;
        File::from_record(&record, index, &View::of(caller)).ok_or(Refusal::FileNotFound { index })
    }
}

/// A job of the user who runs the tests, in Error, with one file.
pub(super) fn record() -> JobRecord {
    let file = FileRecord::new(FileSpec {
        remote_name: "https://example.com/f?sig=s3cret".parse().expect("a URL"),
        local_name: LocalName::new("/tmp/f").expect("a path"),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: Some(10),
        supply: bgcopy_core::Supply::default(),
    });
    let fault = Fault::new(Code::Http(404), ErrorContext::RemoteFile, "the server has no such file");
    let waits = WaitingFor::Client;
    let error = ErrorRecord::of(&fault, Some(FileIndex(0)), fault.class(), waits, Wall::default(), None);
    JobRecord {
        id: JOB.parse().expect("an id"),
        owner: Owner(rustix::process::getuid().as_raw()),
        kind: JobType::Download,
        display_name: "the job".to_owned(),
        description: String::new(),
        priority: Priority::Normal,
        settings: JobSettings::default(),
        secrets: JobSecrets::default(),
        state: JobState::Error,
        ending: None,
        resumed: true,
        error: Some(error),
        error_count: 1,
        times: JobTimes::default(),
        last_activity: Wall::default(),
        stalled_since: None,
        running_millis: 0,
        idempotency_key: None,
        unconfirmed: bgcopy_core::job::Unconfirmed { transferred: false, error: true },
        upload: None,
        files: vec![file],
    }
}

impl Contract for Fake {
    async fn service(&self, caller: &Caller) -> Reply<Service> {
        self.note(caller, "service");
        Ok(Service {
            name: "bgcopy".to_owned(),
            version: "0".to_owned(),
            api: bgcopy_api::API_VERSION,
            pid: 1,
            uid: 0,
            system: false,
            started: Timestamp::UNIX_EPOCH,
            state_folder: "/var/lib/bgcopy".to_owned(),
            jobs: 1,
            jobs_active: 0,
            notices: Vec::new(),
        })
    }

    async fn config(&self, caller: &Caller) -> Reply<Vec<Setting>> {
        self.note(caller, "config");
        let [name, value, provider, doc] =
            ["background_jobs", "4", "default", "How many."].map(str::to_owned);
        Ok(vec![Setting { name, value, provider, doc }])
    }

    async fn shutdown(&self, caller: &Caller) -> Reply<()> {
        self.note(caller, "shutdown");
        Ok(())
    }

    async fn metrics(&self) -> String {
        "jobs 1\n# EOF\n".to_owned()
    }

    async fn make_manifest(&self, caller: &Caller, wanted: MakeManifest) -> Reply<Manifest> {
        self.note(caller, format!("manifest {} {}", wanted.local_name, wanted.format));
        Ok(Manifest {
            size: 0,
            digest: "sha-256=00".to_owned(),
            piece_size: 1_024,
            hash_of_hashes: bgcopy_api::Base64(vec![0; 32]),
            document: "{}".to_owned(),
        })
    }

    async fn read_manifest(&self, caller: &Caller, wanted: ReadManifest) -> Reply<ManifestContent> {
        self.note(caller, format!("read {:?} {:?}", wanted.path, wanted.url));
        Ok(ManifestContent {
            kind: wanted.kind.unwrap_or(bgcopy_core::ManifestKind::Metalink),
            trusted: true,
            files: Vec::new(),
            origin: None,
            notes: Vec::new(),
        })
    }

    async fn create_job(&self, caller: &Caller, job: CreateJob, key: Option<String>) -> Reply<Job> {
        let files = job.files.len();
        self.shown(
            caller,
            JOB.parse().expect("an id"),
            format!("create {} {files} {key:?}", job.display_name),
        )
    }

    async fn jobs(&self, caller: &Caller, filter: JobFilter) -> Reply<JobPage> {
        let job = self.shown(caller, JOB.parse().expect("an id"), format!("jobs {filter:?}"))?;
        let is_named = |name: &String| bgcopy_api::view::goes_by(job.id, &job.display_name, name);
        match filter.name.as_ref().is_none_or(is_named) {
            true => Ok(JobPage { jobs: vec![job], next: None }),
            false => Ok(JobPage { jobs: Vec::new(), next: None }),
        }
    }

    async fn history(&self, caller: &Caller, filter: JobFilter) -> Reply<JobPage> {
        self.note(caller, format!("history {}", filter.limit()));
        Ok(JobPage { jobs: Vec::new(), next: None })
    }

    async fn job(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.shown(caller, job, "job")
    }

    async fn set_job(&self, caller: &Caller, job: JobId, changes: SetJob) -> Reply<Job> {
        self.shown(caller, job, format!("set {}", serde_json::to_string(&changes).expect("JSON")))
    }

    async fn add_files(&self, caller: &Caller, job: JobId, files: Vec<AddFile>) -> Reply<Vec<File>> {
        let record = self.find(caller, job, format!("add {}", files.len()))?;
        Ok(File::all_of(&record, &View::of(caller)))
    }

    async fn resume(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.shown(caller, job, "resume")
    }

    async fn suspend(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.find(caller, job, "suspend")?;
        Err(Refusal::InvalidState { state: JobState::Cancelled, request: "be suspended" })
    }

    async fn cancel(&self, caller: &Caller, job: JobId) -> Reply<Outcome> {
        self.find(caller, job, "cancel")?;
        let left_behind = vec!["/tmp/BIT1.tmp".to_owned()];
        Ok(Outcome { left_behind, ..Outcome::of(EndOutcome::UnableToDeleteFiles, JobState::Cancelled) })
    }

    async fn complete(&self, caller: &Caller, job: JobId) -> Reply<Outcome> {
        self.find(caller, job, "complete")?;
        Ok(Outcome::of(EndOutcome::PartialComplete, JobState::Acknowledged))
    }

    async fn take_ownership(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.shown(caller, job, "take ownership")
    }

    async fn files(&self, caller: &Caller, job: JobId) -> Reply<Vec<File>> {
        Ok(File::all_of(&self.find(caller, job, "files")?, &View::of(caller)))
    }

    async fn file(&self, caller: &Caller, job: JobId, file: FileIndex) -> Reply<File> {
        self.shown_file(caller, job, file, "file")
    }

    async fn set_file(&self, caller: &Caller, job: JobId, file: FileIndex, changes: SetFile) -> Reply<File> {
        let changes = serde_json::to_string(&changes).expect("JSON");
        self.shown_file(caller, job, file, &format!("set file {changes}"))
    }

    async fn file_property(
        &self,
        caller: &Caller,
        job: JobId,
        file: FileIndex,
        property: FileProperty,
    ) -> Reply<FilePropertyValue> {
        self.shown_file(caller, job, file, &format!("file property {}", property.id()))?;
        Ok(FilePropertyValue { string: Some("HTTP/1.1 404 Not Found\r\n\r\n".to_owned()) })
    }

    async fn replace_remote_prefix(
        &self,
        caller: &Caller,
        job: JobId,
        prefixes: ReplacePrefix,
    ) -> Reply<Replaced> {
        self.find(caller, job, format!("replace {} {}", prefixes.old_prefix, prefixes.new_prefix))?;
        Ok(Replaced { files: 1 })
    }

    async fn reply_data(&self, caller: &Caller, job: JobId) -> Reply<ReplyData> {
        self.find(caller, job, "reply")?;
        Ok(ReplyData { length: 2, data: Some(bgcopy_api::Base64(b"ok".to_vec())) })
    }

    async fn certificate_questions(&self, caller: &Caller, job: JobId) -> Reply<Vec<CertificateQuestion>> {
        self.find(caller, job, "certificate questions").map(|_| Vec::new())
    }

    async fn answer_certificate(
        &self,
        caller: &Caller,
        job: JobId,
        question: QuestionId,
        hresult: Hresult,
    ) -> Reply<()> {
        self.find(caller, job, format!("answer {question} {hresult}")).map(drop)
    }

    async fn error(&self, caller: &Caller, job: JobId) -> Reply<ErrorInfo> {
        let record = self.find(caller, job, "error")?;
        let error = record.error.as_ref().ok_or(Refusal::NoError { state: record.state })?;
        Ok(ErrorInfo::from_record(&record, error, &View::of(caller)))
    }

    async fn set_credentials(&self, caller: &Caller, job: JobId, credentials: NewCredentials) -> Reply<()> {
        let NewCredentials { target, scheme, user, password } = credentials;
        self.find(caller, job, format!("credentials {target} {scheme} {user} {}", password.reveal()))
            .map(drop)
    }

    async fn remove_credentials(
        &self,
        caller: &Caller,
        job: JobId,
        target: String,
        scheme: String,
    ) -> Reply<bool> {
        self.find(caller, job, format!("remove credentials {target} {scheme}"))?;
        Ok(false)
    }

    async fn headers(&self, caller: &Caller, job: JobId) -> Reply<Headers> {
        self.find(caller, job, "headers")?;
        Ok(Headers::default())
    }

    async fn set_headers(&self, caller: &Caller, job: JobId, headers: Vec<Header>) -> Reply<()> {
        let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
        self.find(caller, job, format!("set headers {names:?}")).map(drop)
    }

    async fn make_headers_write_only(&self, caller: &Caller, job: JobId) -> Reply<()> {
        self.find(caller, job, "write only").map(drop)
    }

    async fn confirm(&self, caller: &Caller, job: JobId, notification: Notification) -> Reply<()> {
        self.find(caller, job, format!("confirm {notification:?}")).map(drop)
    }

    async fn subscribe(
        &self,
        caller: &Caller,
        filter: EventFilter,
        after: Option<EventId>,
    ) -> Reply<Subscription> {
        self.note(caller, format!("subscribe {:?} {:?}", filter.kind, after.map(|id| id.0)));
        let (mut feeder, subscription) = subscription(self.queue.max(1));
        for event in self.backlog.lock().unwrap().iter().filter(|event| Some(event.id) > after) {
            let _ = feeder.feed(event.clone());
        }
        self.feeders.lock().unwrap().push(feeder);
        Ok(subscription)
    }
}
