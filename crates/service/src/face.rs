//! The contract of the API, kept by the manager: requests become the engine's, records become answers.

mod given;
mod questions;
mod replies;

use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_api::contract::{Contract, Reply};
use bgcopy_api::draft::{
    FileChanges, FilesDraft, HeaderPairs, JobChanges, JobDraft, header_pairs, parse_credentials_address,
};
use bgcopy_api::manifest::read::{ManifestContent, ReadDraft, ReadManifest};
use bgcopy_api::manifest::{MakeManifest, Manifest, ManifestDraft};
use bgcopy_api::property::{FileProperty, FilePropertyValue};
use bgcopy_api::question::{CertificateQuestion, QuestionId};
use bgcopy_api::request::{
    AddFile, AddFiles, CreateJob, EventFilter, Header, JobFilter, NewCredentials, Notification,
    ReplacePrefix, SetFile, SetJob,
};
use bgcopy_api::service::{EndOutcome, Headers, Outcome, Replaced, Service, Setting as Configured};
use bgcopy_api::view::{View, goes_by};
use bgcopy_api::{Caller, ErrorInfo, EventId, File, Job, JobPage, ReplyData, Subscription, core};
use bgcopy_core::{
    AuthScheme, AuthTarget, Existing, FileIndex, FileSpec, Hresult, JobId, JobRecord, JobState, JobType,
    LocalName, Owner, Refusal, Secret, Setting,
};
use bgcopy_disk::LocalFile;
use bgcopy_engine::{NewJob, Outcome as Done, Reply as Answer, Request};
use bgcopy_store::{HistoryError, HistoryQuery, Store};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chain::in_full;
use crate::config::Effective;
use crate::destinations::Destinations;
use crate::lists::Lists;
use crate::manager::{ManagerHandle, Place};
use crate::manifests::Manifests;
use crate::manifests::read::Reader;
use crate::places::Scope;
use crate::rights::of_owner;
use crate::transfer::blocking;

/// What every client of the service talks to.
pub(crate) struct Face {
    /// The way to the manager.
    pub(crate) manager: ManagerHandle,
    /// Ended jobs are read past the manager: reading may block.
    pub(crate) history: Arc<Store>,
    /// For whom the service works.
    pub(crate) scope: Scope,
    /// Who looks at destinations.
    pub(crate) destinations: Destinations,
    /// Who reads files for publishers.
    pub(crate) manifests: Manifests,
    /// Where piece hashes are kept.
    pub(crate) lists: Arc<Lists>,
    /// Since when.
    pub(crate) started: Timestamp,
    /// Where the records are.
    pub(crate) state_folder: PathBuf,
    /// The settings in force.
    pub(crate) settings: watch::Receiver<Vec<Effective>>,
    /// Ends the service.
    pub(crate) shutdown: CancellationToken,
}

impl Face {
    fn engine_caller(caller: &Caller) -> bgcopy_engine::Caller {
        bgcopy_engine::Caller { owner: caller.owner(), admin: caller.admin }
    }

    async fn ask(&self, caller: &Caller, request: Request) -> Reply<Answer> {
        self.manager.request(Self::engine_caller(caller), request).await
    }

    /// Asks for something about a job.
    async fn ask_of(
        &self,
        caller: &Caller,
        job: JobId,
        request: Request,
        verb: &'static str,
    ) -> Reply<Answer> {
        let answer = self.ask(caller, request).await;
        self.unless_ended(caller, job, verb, answer).await
    }

    /// A job that has ended is `INVALID_STATE` to who may know of it, not absent (spec 5.1).
    async fn unless_ended<T>(
        &self,
        caller: &Caller,
        job: JobId,
        verb: &'static str,
        answer: Reply<T>,
    ) -> Reply<T> {
        match answer {
            Err(Refusal::JobNotFound { .. }) => {
                let state = self.on_record(caller, job, |record, _| Ok(record.state)).await?;
                Err(Refusal::InvalidState { state, request: verb })
            }
            answer => answer,
        }
    }

    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut crate::manager::Manager) -> Reply<T> + Send + 'static,
    ) -> Reply<T> {
        self.manager.look(look).await?
    }

    async fn set(&self, caller: &Caller, job: JobId, settings: Vec<Setting>) -> Reply<Done> {
        let program = settings.iter().any(|setting| matches!(setting, Setting::NotifyCmdLine(Some(_))));
        self.check_program(program)?;
        self.ask_of(caller, job, Request::Set(job, settings), "be changed").await.map(outcome)
    }

    /// A machine-wide service runs nobody's programs: it has more rights than they (faults F18).
    fn check_program(&self, wanted: bool) -> Reply<()> {
        if wanted && self.scope == Scope::Machine {
            let what = "a notification program in a machine-wide service".to_owned();
            return Err(Refusal::NotImplemented { what });
        }
        Ok(())
    }

    /// Looks at what lies on this machine with the owner's rights before anything is accepted.
    async fn check_files(
        &self,
        owner: Owner,
        kind: JobType,
        files: &[FileSpec],
        existing: Existing,
    ) -> Reply<()> {
        match kind {
            JobType::Download => {
                // What has no place yet is looked at when it gets one.
                let placed = files.iter().filter(|file| !file.unplaced);
                let (names, pending) =
                    placed.map(|file| (file.local_name.clone(), file.pending_name)).unzip();
                self.check_destinations(owner, names, pending, existing).await
            }
            JobType::Upload | JobType::UploadReply => self.check_sources(owner, names_of(files)).await,
        }
    }

    /// What is to be sent must be there, a file, and its owner's to read.
    async fn check_sources(&self, owner: Owner, names: Vec<LocalName>) -> Reply<()> {
        let scope = self.scope;
        let look = move |_: usize, name: &LocalName| {
            let opened = of_owner(scope, owner).and_then(|rights| LocalFile::open(&rights, name));
            opened.map(drop).map_err(replies::unreadable)
        };
        self.destinations.check(owner, names, look).await
    }

    /// Where a reply goes is looked at like any destination (`SetReplyFileName`: "the user must have permissions to
    /// write to the directory").
    async fn check_reply_name(&self, owner: Owner, name: LocalName, existing: Existing) -> Reply<()> {
        self.check_destinations(owner, vec![name], Vec::new(), existing).await
    }

    /// Looks at destinations (J03, E09, E13, E16).
    async fn check_destinations(
        &self,
        owner: Owner,
        names: Vec<LocalName>,
        pending: Vec<bool>,
        existing: Existing,
    ) -> Reply<()> {
        let scope = self.scope;
        let mut rights = None;
        let mut looked = bgcopy_disk::Destinations::default();
        let look = move |at: usize, name: &LocalName| {
            let rights = match &rights {
                Some(rights) => rights,
                None => rights.insert(of_owner(scope, owner).map_err(replies::unreadable)?),
            };
            // A pending name may still become another one: only the folder is looked at.
            let existing = if pending.get(at) == Some(&true) { Existing::Replace } else { existing };
            looked.check(rights, name, existing).map_err(|fault| match fault.code {
                core::Code::DestinationExists => Refusal::DestinationExists { path: name.to_string() },
                _ => replies::unreadable(fault),
            })
        };
        self.destinations.check(owner, names, look).await
    }

    /// The same, of a job that is told where its reply goes. A job that takes no reply, or none any more, says so itself.
    async fn check_new_reply_name(&self, caller: &Caller, job: JobId, settings: &[Setting]) -> Reply<()> {
        let name = settings.iter().find_map(|setting| match setting {
            Setting::ReplyName(Some(name)) => Some(name.clone()),
            _ => None,
        });
        let Some(name) = name else { return Ok(()) };
        match self.existing_of(caller, job).await {
            Ok((owner, JobType::UploadReply, existing)) => self.check_reply_name(owner, name, existing).await,
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// What a job that was already there says of itself, for a request about its files.
    async fn existing_of(&self, caller: &Caller, job: JobId) -> Reply<(Owner, JobType, Existing)> {
        let caller = *caller;
        self.look(move |manager| {
            let record = manager.record(&caller, job)?;
            Ok((record.owner, record.kind, record.settings.existing))
        })
        .await
    }

    /// A job that has ended is out of the queue, and can still be looked at (spec 7.1, 1.4).
    async fn ended(&self, caller: &Caller, job: JobId) -> Reply<JobRecord> {
        let history = self.history.clone();
        let found = blocking(move || history.ended_job(job)).await;
        let not_found = || Refusal::JobNotFound { job: job.to_string() };
        let found = found.map_err(|error| unread(&error))?;
        found.filter(|record| caller.may_act_for(record.owner)).ok_or_else(not_found)
    }

    /// The record of a job, ended or not, as this sees it.
    async fn on_record<T: Send + 'static>(
        &self,
        caller: &Caller,
        job: JobId,
        see: impl FnOnce(&JobRecord, &View<'_>) -> Reply<T> + Clone + Send + 'static,
    ) -> Reply<T> {
        let who = *caller;
        let look = see.clone();
        let seen = self
            .manager
            .look(move |manager| {
                manager.record(&who, job).map(|record| look(record, &manager.view(&who, job)))
            })
            .await?;
        match seen {
            Ok(seen) => seen,
            Err(Refusal::JobNotFound { .. }) => see(&self.ended(caller, job).await?, &View::of(caller)),
            Err(refusal) => Err(refusal),
        }
    }

    fn owner_only(caller: &Caller, record: &JobRecord, what: &'static str) -> Reply<()> {
        if caller.owner() == record.owner {
            Ok(())
        } else {
            Err(Refusal::AccessDenied { what, who: "the owner" })
        }
    }
}

impl Contract for Face {
    async fn service(&self, caller: &Caller) -> Reply<Service> {
        let who = *caller;
        let (counts, notices) =
            self.look(move |manager| Ok((manager.job_counts(&who), manager.notices(&who).to_vec()))).await?;
        Ok(Service {
            name: "bgcopy".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            api: bgcopy_api::API_VERSION,
            pid: std::process::id(),
            uid: rustix::process::getuid().as_raw(),
            system: self.scope == Scope::Machine,
            started: self.started,
            state_folder: self.state_folder.display().to_string(),
            jobs: counts.0,
            jobs_active: counts.1,
            notices,
        })
    }

    async fn config(&self, _caller: &Caller) -> Reply<Vec<Configured>> {
        let settings = self.settings.borrow();
        let shown = settings.iter().map(|setting| Configured {
            name: setting.name.to_owned(),
            value: setting.value.clone(),
            provider: setting.provider.to_string(),
            doc: setting.doc.clone(),
        });
        Ok(shown.collect())
    }

    async fn shutdown(&self, caller: &Caller) -> Reply<()> {
        let own = self.scope == Scope::User && caller.uid == rustix::process::getuid().as_raw();
        if !own && !caller.admin {
            return Err(Refusal::AccessDenied { what: "ending the service", who: "administrators" });
        }
        self.shutdown.cancel();
        Ok(())
    }

    async fn metrics(&self) -> String {
        self.manager.look(|manager| manager.metrics()).await.unwrap_or_default()
    }

    async fn make_manifest(&self, caller: &Caller, wanted: MakeManifest) -> Reply<Manifest> {
        let draft = ManifestDraft::try_from(wanted)?;
        self.manifests.make(self.scope, caller.owner(), draft).await
    }

    async fn read_manifest(&self, caller: &Caller, wanted: ReadManifest) -> Reply<ManifestContent> {
        let draft = ReadDraft::try_from(wanted)?;
        let (http, room) = self.look(|manager| Ok((manager.http(), manager.room()))).await?;
        let (scope, owner, lists) = (self.scope, caller.owner(), self.lists.clone());
        self.manifests.read_document(Reader { scope, owner, http, lists, room }, draft).await
    }

    async fn create_job(&self, caller: &Caller, job: CreateJob, key: Option<String>) -> Reply<Job> {
        let draft = JobDraft::try_from(job)?;
        self.check_program(draft.settings.notify_cmd_line.is_some())?;
        let (owner, existing) = (caller.owner(), draft.settings.existing);
        self.check_files(owner, draft.kind, &draft.files, existing).await?;
        if let Some(name) = draft.reply_name.clone().filter(|_| draft.kind == JobType::UploadReply) {
            self.check_reply_name(owner, name, existing).await?;
        }
        let files = given::keep(caller.owner(), self.lists.clone(), draft.files, draft.given).await?;
        let new = NewJob {
            display_name: draft.display_name,
            description: draft.description,
            kind: draft.kind,
            priority: draft.priority,
            settings: draft.settings,
            secrets: draft.secrets,
            files,
            reply_name: draft.reply_name,
            resume: draft.resume,
            idempotency_key: key,
        };
        match self.ask(caller, Request::Create(Box::new(new))).await? {
            Answer::Created(id) => self.job(caller, id).await,
            _ => Err(unexpected()),
        }
    }

    async fn jobs(&self, caller: &Caller, filter: JobFilter) -> Reply<JobPage> {
        // The part goes on behind the place of a job, and that it keeps when it ends between two parts.
        let behind = match filter.after {
            Some(job) => Some(self.on_record(caller, job, |record, _| Ok(Place::of(record))).await?),
            None => None,
        };
        let caller = *caller;
        self.look(move |manager| manager.page(&caller, &filter, behind)).await
    }

    async fn history(&self, caller: &Caller, filter: JobFilter) -> Reply<JobPage> {
        if filter.all_users && !caller.admin {
            return Err(Refusal::AccessDenied {
                what: "seeing the jobs of all users",
                who: "administrators",
            });
        }
        // Looked at first: what is not among these any more is in the history by then.
        let (who, all_users) = (*caller, filter.all_users);
        let mut ended = match filter.after {
            None => self.look(move |manager| Ok(manager.just_ended(&who, all_users))).await?,
            Some(_) => Vec::new(),
        };
        let query = HistoryQuery {
            limit: u32::try_from(filter.limit()).unwrap_or(u32::MAX),
            before: filter.after,
            owner: (!filter.all_users).then(|| caller.owner()),
        };
        let history = self.history.clone();
        let kept = blocking(move || history.history(query)).await;
        let kept = kept.map_err(|error| unread(&error))?;
        ended.retain(|job| kept.iter().all(|known| known.id != job.id));
        ended.extend(kept);
        ended.truncate(filter.limit());
        let next = (ended.len() == filter.limit()).then(|| ended.last().map(|job| job.id)).flatten();
        let view = View::of(caller);
        let wanted = ended.iter().filter(|job| {
            let state = filter.state.is_empty() || filter.state.contains(&job.state);
            state && filter.name.as_ref().is_none_or(|name| goes_by(job.id, &job.display_name, name))
        });
        Ok(JobPage { jobs: wanted.map(|job| Job::from_record(job, &view)).collect(), next })
    }

    async fn job(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.on_record(caller, job, |record, view| Ok(Job::from_record(record, view))).await
    }

    async fn set_job(&self, caller: &Caller, job: JobId, changes: SetJob) -> Reply<Job> {
        let changes = JobChanges::try_from(changes)?;
        let mut settings = changes.settings;
        settings.extend(changes.display_name.map(Setting::DisplayName));
        settings.extend(changes.description.map(Setting::Description));
        settings.extend(changes.priority.map(Setting::Priority));
        self.check_new_reply_name(caller, job, &settings).await?;
        self.set(caller, job, settings).await?;
        self.job(caller, job).await
    }

    async fn add_files(&self, caller: &Caller, job: JobId, files: Vec<AddFile>) -> Reply<Vec<File>> {
        let draft = FilesDraft::try_from(AddFiles { files })?;
        let known = self.existing_of(caller, job).await;
        let (owner, kind, existing) = self.unless_ended(caller, job, "take files", known).await?;
        self.check_files(owner, kind, &draft.files, existing).await?;
        let files = given::keep(caller.owner(), self.lists.clone(), draft.files, draft.given).await?;
        let count = files.len();
        let request = Request::AddFiles { job, files, credentials: draft.credentials };
        let Answer::Added(first) = self.ask_of(caller, job, request, "take files").await? else {
            return Err(unexpected());
        };
        // The job may have ended meanwhile; whatever it has left is shown. Of thousands of files only these are looked at.
        let see = move |record: &JobRecord, view: &View<'_>| {
            let added = (first.0..).map(FileIndex).take(count);
            Ok(added.map_while(|index| File::from_record(record, index, view)).collect())
        };
        self.on_record(caller, job, see).await
    }

    async fn resume(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.ask_of(caller, job, Request::Resume(job), "be resumed").await?;
        self.job(caller, job).await
    }

    async fn suspend(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.ask_of(caller, job, Request::Suspend(job), "be suspended").await?;
        self.job(caller, job).await
    }

    async fn cancel(&self, caller: &Caller, job: JobId) -> Reply<Outcome> {
        let done = self.end(caller, job, Request::Cancel(job), "be cancelled").await?;
        Ok(ended(done, JobState::Cancelled))
    }

    async fn complete(&self, caller: &Caller, job: JobId) -> Reply<Outcome> {
        let done = self.end(caller, job, Request::Complete(job), "be completed").await?;
        Ok(ended(done, JobState::Acknowledged))
    }

    async fn take_ownership(&self, caller: &Caller, job: JobId) -> Reply<Job> {
        self.ask_of(caller, job, Request::TakeOwnership(job), "change its owner").await?;
        self.job(caller, job).await
    }

    async fn files(&self, caller: &Caller, job: JobId) -> Reply<Vec<File>> {
        self.on_record(caller, job, |record, view| Ok(File::all_of(record, view))).await
    }

    async fn file(&self, caller: &Caller, job: JobId, index: FileIndex) -> Reply<File> {
        let see = move |record: &JobRecord, view: &View<'_>| {
            File::from_record(record, index, view).ok_or(Refusal::FileNotFound { index })
        };
        self.on_record(caller, job, see).await
    }

    async fn set_file(&self, caller: &Caller, job: JobId, index: FileIndex, changes: SetFile) -> Reply<File> {
        let changes = FileChanges::try_from(changes)?;
        if let Some(name) = changes.local_name.clone() {
            let known = self.existing_of(caller, job).await;
            let (owner, _, existing) = self.unless_ended(caller, job, "be changed", known).await?;
            self.check_destinations(owner, vec![name], Vec::new(), existing).await?;
        }
        let mut settings = Vec::new();
        settings.extend(changes.remote_name.map(|name| Setting::RemoteName(index, name)));
        settings.extend(changes.validation_state.map(|valid| Setting::ValidationState(index, valid)));
        if !changes.request_ranges.is_empty() {
            settings.push(Setting::FileRanges(index, changes.request_ranges));
        }
        settings.extend(changes.download_position.map(|position| Setting::DownloadPosition(index, position)));
        settings.extend(changes.expected_size.map(|size| Setting::ExpectedSize(index, size)));
        settings.extend(changes.manifest.map(|manifest| Setting::Manifest(index, manifest)));
        let required = changes.manifest_required;
        settings.extend(required.map(|required| Setting::RequireManifest(index, required)));
        settings.extend(changes.local_name.map(|name| Setting::LocalName(index, name)));
        if !changes.add_ranges.is_empty() {
            settings.push(Setting::MoreRanges(index, changes.add_ranges));
        }
        settings.extend(
            changes
                .credentials
                .map(|credentials| Setting::Credentials(AuthTarget::Server, AuthScheme::Basic, credentials)),
        );
        self.set(caller, job, settings).await?;
        self.file(caller, job, index).await
    }

    async fn file_property(
        &self,
        caller: &Caller,
        job: JobId,
        index: FileIndex,
        property: FileProperty,
    ) -> Reply<FilePropertyValue> {
        let see = move |record: &JobRecord, _: &View<'_>| {
            let file = record.file(index).ok_or(Refusal::FileNotFound { index })?;
            let string = match property {
                FileProperty::HttpResponseHeaders => file.response_headers.clone(),
            };
            Ok(FilePropertyValue { string })
        };
        self.on_record(caller, job, see).await
    }

    async fn replace_remote_prefix(
        &self,
        caller: &Caller,
        job: JobId,
        prefixes: ReplacePrefix,
    ) -> Reply<Replaced> {
        let ReplacePrefix { old_prefix: old, new_prefix: new } = prefixes;
        let request = Request::ReplaceRemotePrefix { job, old, new };
        match self.ask_of(caller, job, request, "be changed").await? {
            Answer::Replaced(count) => Ok(Replaced { files: u32::try_from(count).unwrap_or(u32::MAX) }),
            _ => Err(unexpected()),
        }
    }

    async fn reply_data(&self, caller: &Caller, job: JobId) -> Reply<ReplyData> {
        let found = self.on_record(caller, job, |record, _| replies::find(record)).await?;
        replies::read(self.scope, found).await
    }

    async fn certificate_questions(&self, caller: &Caller, job: JobId) -> Reply<Vec<CertificateQuestion>> {
        self.questions_of(caller, job).await
    }

    async fn answer_certificate(
        &self,
        caller: &Caller,
        job: JobId,
        question: QuestionId,
        hresult: Hresult,
    ) -> Reply<()> {
        self.take_answer(caller, job, question, hresult).await
    }

    async fn error(&self, caller: &Caller, job: JobId) -> Reply<ErrorInfo> {
        self.on_record(caller, job, |record, view| {
            let error = record.error.as_ref().ok_or(Refusal::NoError { state: record.state })?;
            Ok(ErrorInfo::from_record(record, error, view))
        })
        .await
    }

    async fn set_credentials(&self, caller: &Caller, job: JobId, new: NewCredentials) -> Reply<()> {
        let (target, scheme, credentials) = new.parse()?;
        self.set(caller, job, vec![Setting::Credentials(target, scheme, credentials)]).await?;
        Ok(())
    }

    async fn remove_credentials(
        &self,
        caller: &Caller,
        job: JobId,
        target: String,
        scheme: String,
    ) -> Reply<bool> {
        let (target, scheme) = parse_credentials_address(&target, &scheme)?;
        let done = self.set(caller, job, vec![Setting::RemoveCredentials(target, scheme)]).await?;
        Ok(done != Done::Nothing)
    }

    async fn headers(&self, caller: &Caller, job: JobId) -> Reply<Headers> {
        let who = *caller;
        self.look(move |manager| {
            let record = manager.record(&who, job)?;
            Self::owner_only(&who, record, "reading custom headers")?;
            if record.settings.headers_write_only {
                let who = "nobody: they are write-only; reading them";
                return Err(Refusal::AccessDenied { what: "reading custom headers", who });
            }
            let shown = |headers: &[(String, Secret)], when_challenged| -> Vec<Header> {
                let shown = headers.iter().map(|(name, value)| (name.clone(), value.clone()));
                shown.map(|(name, value)| Header { name, value, when_challenged }).collect()
            };
            let mut headers = shown(&record.secrets.headers, false);
            headers.extend(shown(&record.secrets.auth_headers, true));
            Ok(Headers { headers })
        })
        .await
    }

    async fn set_headers(&self, caller: &Caller, job: JobId, headers: Vec<Header>) -> Reply<()> {
        let HeaderPairs { always, when_challenged } = header_pairs(headers);
        self.set(caller, job, vec![Setting::Headers(always), Setting::AuthHeaders(when_challenged)]).await?;
        Ok(())
    }

    async fn make_headers_write_only(&self, caller: &Caller, job: JobId) -> Reply<()> {
        self.set(caller, job, vec![Setting::HeadersWriteOnly]).await?;
        Ok(())
    }

    async fn confirm(&self, caller: &Caller, job: JobId, notification: Notification) -> Reply<()> {
        let what = match notification {
            Notification::JobTransferred => bgcopy_engine::request::Confirm::Transferred,
            Notification::JobError => bgcopy_engine::request::Confirm::Error,
        };
        match self.ask(caller, Request::Confirm(job, what)).await {
            // A job that ended meanwhile owes nothing any more.
            Err(Refusal::JobNotFound { .. }) => self.on_record(caller, job, |_, _| Ok(())).await,
            done => done.map(drop),
        }
    }

    async fn subscribe(
        &self,
        caller: &Caller,
        filter: EventFilter,
        after: Option<EventId>,
    ) -> Reply<Subscription> {
        if filter.all_users && !caller.admin {
            return Err(Refusal::AccessDenied {
                what: "hearing of the jobs of all users",
                who: "administrators",
            });
        }
        let caller = *caller;
        self.look(move |manager| Ok(manager.subscribe(&caller, filter, after))).await
    }
}

impl Face {
    /// Ends a job.
    async fn end(&self, caller: &Caller, job: JobId, request: Request, verb: &'static str) -> Reply<Done> {
        self.ask_of(caller, job, request, verb).await.map(outcome)
    }
}

fn unread(error: &HistoryError) -> Refusal {
    Refusal::StoreFailed { reason: in_full(error) }
}

fn outcome(answer: Answer) -> Done {
    match answer {
        Answer::Done(done) => done,
        Answer::Created(_) | Answer::Added(_) | Answer::Replaced(_) => Done::Ok,
    }
}

fn ended(done: Done, state: JobState) -> Outcome {
    let outcome = match done {
        Done::Ok | Done::Nothing => EndOutcome::Ok,
        Done::Partial => EndOutcome::PartialComplete,
        Done::UnableToDelete => EndOutcome::UnableToDeleteFiles,
    };
    Outcome::of(outcome, state)
}

fn names_of(files: &[FileSpec]) -> Vec<LocalName> {
    files.iter().map(|file| file.local_name.clone()).collect()
}

/// The engine answers each request in its own way; another one is a mistake of ours.
fn unexpected() -> Refusal {
    Refusal::StoreFailed { reason: "the request was answered in another way than it can be".to_owned() }
}

#[cfg(test)]
mod tests;
