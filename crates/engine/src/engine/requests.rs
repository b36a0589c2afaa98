//! What clients ask: checked against the caller's rights, the limits and the table of states, then done.

use bgcopy_core::{
    AuthScheme, AuthTarget, Credentials, FileIndex, FileRange, FileRecord, FileSpec, FileStage, JobId,
    JobRecord, JobSettings, JobState, JobTimes, Now, Refusal, RemoteName,
    job::{Ending, Unconfirmed},
};

use super::Engine;
use super::check;
use super::job::Job;
use super::upload_jobs;
use crate::action::{Action, Notice, Saved};
use crate::lifecycle::{Denied, Duties, Input, Method, Step, step};
use crate::request::{Caller, Confirm, NewJob, Outcome, Reply, Request, Ticket};

impl Engine {
    /// Takes a request in. The answer comes as [`Action::Reply`] with this ticket.
    pub fn handle_request(&mut self, now: Now, ticket: Ticket, caller: Caller, request: Request) {
        match self.on_request(now, ticket, caller, request) {
            Ok(Some(reply)) => self.act(Action::Reply(ticket, Ok(reply))),
            Ok(None) => {}
            Err(refusal) => self.act(Action::Reply(ticket, Err(refusal))),
        }
        self.settle(now);
    }

    /// Takes a job back whose creation could not be recorded: nobody was told of it.
    pub fn withdraw(&mut self, id: JobId) {
        self.stop_transfers(id);
        if let Some(job) = self.jobs.remove(&id) {
            self.waiting.remove(&(job.record.priority, job.turn, id));
            self.running.remove(&id);
            self.reschedule = true;
            self.timers.clear_job(id);
            self.dirty.retain(|(saved, _)| *saved != id);
            self.noted.retain(|(saved, _)| *saved != id);
        }
        self.hand_out();
    }

    /// `Ok(None)` where the answer comes later.
    fn on_request(
        &mut self,
        now: Now,
        ticket: Ticket,
        caller: Caller,
        request: Request,
    ) -> Result<Option<Reply>, Refusal> {
        const DONE: Option<Reply> = Some(Reply::Done(Outcome::Ok));
        match request {
            Request::Create(new) => self.create(now, caller, *new).map(|id| Some(Reply::Created(id))),
            Request::AddFiles { job, files, credentials } => {
                self.add_files(now, caller, job, files, credentials).map(|at| Some(Reply::Added(at)))
            }
            Request::Resume(id) => {
                let files = self.visible(caller, id)?.files();
                let step = self.method(caller, id, Method::Resume(files), "be resumed")?;
                check::ready(
                    self.visible(caller, id)?.record.indexed_files().map(|(at, file)| (at, &file.spec)),
                )?;
                self.name_reply(id);
                self.apply(now, id, step, None);
                Ok(DONE)
            }
            Request::Suspend(id) => {
                let step = self.method(caller, id, Method::Suspend, "be suspended")?;
                self.apply(now, id, step, None);
                Ok(DONE)
            }
            Request::Cancel(id) => self.cancel(now, ticket, caller, id),
            Request::Complete(id) => self.complete(now, ticket, caller, id),
            Request::TakeOwnership(id) => self.take_ownership(now, caller, id).map(|()| DONE),
            Request::Set(id, settings) => {
                let outcome = self.set_all(now, caller, id, settings)?;
                Ok(Some(Reply::Done(outcome)))
            }
            Request::ReplaceRemotePrefix { job, old, new } => {
                self.replace_prefix(now, caller, job, &old, &new).map(|count| Some(Reply::Replaced(count)))
            }
            Request::Confirm(id, what) => self.confirm(caller, id, what).map(|()| DONE),
        }
    }

    /// A job that the caller may see; another's is as absent as none (spec 9.9).
    pub(super) fn visible(&self, caller: Caller, id: JobId) -> Result<&Job, Refusal> {
        self.jobs
            .get(&id)
            .filter(|job| caller.may_see(job.record.owner))
            .ok_or_else(|| Refusal::JobNotFound { job: id.to_string() })
    }

    /// Looks a method up in the table of states.
    pub(super) fn method(
        &self,
        caller: Caller,
        id: JobId,
        method: Method,
        verb: &'static str,
    ) -> Result<Step, Refusal> {
        let job = self.visible(caller, id)?;
        let state = job.record.state;
        let refused = Refusal::InvalidState { state, request: verb };
        // While an ending is carried out the job is as good as final.
        if job.ending.is_some() {
            return Err(refused);
        }
        step(state, Input::Method(method)).map_err(|denied| match denied {
            Denied::InvalidState => refused,
            Denied::Empty => Refusal::Empty,
        })
    }

    fn create(&mut self, now: Now, caller: Caller, mut new: NewJob) -> Result<JobId, Refusal> {
        if let Some(id) = self.known_key(caller, new.idempotency_key.as_deref()) {
            return Ok(id);
        }
        self.check_job_limits(caller)?;
        upload_jobs::check_new(&mut new)?;
        check::display_name(&new.display_name)?;
        check::description(&new.description)?;
        check::secrets(&new.secrets)?;
        check::settings(&mut new.settings)?;
        self.check_files(caller, 0, &new.settings, &new.files)?;
        if new.resume && new.files.is_empty() {
            return Err(Refusal::Empty);
        }
        if new.resume {
            check::ready((0..).map(FileIndex).zip(&new.files))?;
        }
        let id = JobId::from_random_bytes(self.dice.bytes());
        let locked = new.settings.http_method.is_some();
        let upload = upload_jobs::begin(&new);
        let record = JobRecord {
            id,
            owner: caller.owner,
            kind: new.kind,
            display_name: new.display_name,
            description: new.description,
            priority: if locked { bgcopy_core::Priority::Foreground } else { new.priority },
            settings: new.settings,
            secrets: new.secrets,
            state: JobState::Suspended,
            ending: None,
            resumed: false,
            error: None,
            error_count: 0,
            times: JobTimes { creation: now.wall, modification: now.wall, transfer_completion: None },
            last_activity: now.wall,
            stalled_since: None,
            running_millis: 0,
            idempotency_key: new.idempotency_key,
            unconfirmed: Unconfirmed::default(),
            upload,
            files: new.files.into_iter().map(FileRecord::new).collect(),
        };
        self.jobs.insert(id, Job::new(record));
        self.save(id, Saved::Created);
        self.notify(id, Notice::Created);
        self.adopt_clocks(now, id);
        if new.resume {
            let files = self.visible(caller, id)?.files();
            let step = self.method(caller, id, Method::Resume(files), "be resumed")?;
            self.name_reply(id);
            self.apply(now, id, step, None);
        }
        Ok(id)
    }

    /// J10: a request repeated after a lost answer is the same job.
    fn known_key(&self, caller: Caller, key: Option<&str>) -> Option<JobId> {
        let key = key?;
        let known = |record: &&JobRecord| {
            record.owner == caller.owner && record.idempotency_key.as_deref() == Some(key)
        };
        self.jobs.values().map(|job| &job.record).find(known).map(|record| record.id)
    }

    fn check_job_limits(&self, caller: Caller) -> Result<(), Refusal> {
        let Some(limits) = self.config.limits.filter(|_| !caller.admin) else { return Ok(()) };
        let own = self.jobs.values().filter(|job| job.record.owner == caller.owner).count();
        if own >= limits.jobs_per_user {
            return Err(Refusal::TooManyJobsPerUser { limit: limits.jobs_per_user });
        }
        if self.jobs.len() >= limits.jobs_per_machine {
            return Err(Refusal::TooManyJobsPerMachine { limit: limits.jobs_per_machine });
        }
        Ok(())
    }

    fn check_files(
        &self,
        caller: Caller,
        present: usize,
        settings: &JobSettings,
        files: &[FileSpec],
    ) -> Result<(), Refusal> {
        files.iter().try_for_each(|file| FileRange::check_all(&file.ranges))?;
        check::with_ranges(settings, files.iter().any(|file| !file.ranges.is_empty()))?;
        let Some(limits) = self.config.limits.filter(|_| !caller.admin) else { return Ok(()) };
        if present + files.len() > limits.files_per_job {
            return Err(Refusal::TooManyFiles { limit: limits.files_per_job });
        }
        if files.iter().any(|file| file.ranges.len() > limits.ranges_per_file) {
            return Err(Refusal::TooManyRanges { limit: limits.ranges_per_file });
        }
        let next_door = |file: &FileSpec| {
            let mirrors = file.supply.mirrors.iter().map(|mirror| &mirror.url);
            let document = file.supply.manifest.iter().map(|manifest| &manifest.url);
            std::iter::once(&file.remote_name).chain(mirrors).chain(document).any(RemoteName::is_next_door)
        };
        // What a name only leads to is found out when it is connected to.
        if !limits.local_servers && files.iter().any(next_door) {
            let what = "a server on this machine or its link (setting allow_local_servers)";
            return Err(Refusal::AccessDenied { what, who: "administrators" });
        }
        Ok(())
    }

    fn add_files(
        &mut self,
        now: Now,
        caller: Caller,
        id: JobId,
        files: Vec<FileSpec>,
        credentials: Option<Credentials>,
    ) -> Result<FileIndex, Refusal> {
        let step = self.method(caller, id, Method::AddFile, "take files")?;
        let record = &self.visible(caller, id)?.record;
        if let Some(credentials) = &credentials {
            check::owner_only(record, caller, "setting credentials")?;
            check::credentials(AuthScheme::Basic, credentials)?;
        }
        let present = record.files.len();
        let first = FileIndex(u32::try_from(present).unwrap_or(u32::MAX));
        if files.is_empty() {
            return Err(Refusal::InvalidArgument {
                argument: "files",
                reason: "is empty; give at least one".into(),
            });
        }
        // A job that goes on by itself would begin it at once.
        if record.state != JobState::Suspended {
            check::ready((first.0..).map(FileIndex).zip(&files))?;
        }
        upload_jobs::check_files(record.kind, present, &files)?;
        upload_jobs::check_reply(record, &files)?;
        self.check_files(caller, present, &record.settings, &files)?;
        if let Some(job) = self.jobs.get_mut(&id) {
            job.record.files.extend(files.into_iter().map(FileRecord::new));
            job.record.last_activity = now.wall;
            if let Some(credentials) = credentials {
                job.record.secrets.put(AuthTarget::Server, AuthScheme::Basic, credentials);
                self.save(id, Saved::Head);
            }
        }
        self.apply(now, id, step, None);
        self.save(id, Saved::FilesFrom(first));
        self.touch(now, id);
        self.fill(now, id);
        Ok(first)
    }

    fn cancel(
        &mut self,
        now: Now,
        ticket: Ticket,
        caller: Caller,
        id: JobId,
    ) -> Result<Option<Reply>, Refusal> {
        if self.visible(caller, id)?.record.ending == Some(Ending::Cancel) {
            self.join_ending(id, ticket);
            return Ok(None);
        }
        let step = self.method(caller, id, Method::Cancel, "be cancelled")?;
        self.apply(now, id, step, None);
        self.begin_ending(now, id, Ending::Cancel, Some(ticket));
        Ok(None)
    }

    fn complete(
        &mut self,
        now: Now,
        ticket: Ticket,
        caller: Caller,
        id: JobId,
    ) -> Result<Option<Reply>, Refusal> {
        let job = self.visible(caller, id)?;
        if job.record.ending == Some(Ending::Complete) {
            self.join_ending(id, ticket);
            return Ok(None);
        }
        let method =
            if job.record.is_upload() { Method::CompleteUpload } else { Method::Complete(job.files()) };
        let step = self.method(caller, id, method, "be completed")?;
        debug_assert!(step.duties.contains(Duties::PUBLISH), "the table obliges Complete to publish");
        self.begin_ending(now, id, Ending::Complete, Some(ticket));
        Ok(None)
    }

    fn take_ownership(&mut self, now: Now, caller: Caller, id: JobId) -> Result<(), Refusal> {
        if !caller.admin {
            self.visible(caller, id)?;
            return Err(Refusal::AccessDenied { what: "taking ownership", who: "administrators" });
        }
        let step = self.method(caller, id, Method::TakeOwnership, "change its owner")?;
        self.apply(now, id, step, None);
        if let Some(job) = self.jobs.get_mut(&id) {
            // "Drops credentials, certificates, custom headers, command line" (spec 7.2).
            job.record.owner = caller.owner;
            job.record.secrets = bgcopy_core::JobSecrets::default();
            job.record.settings.tls.client_certificate = None;
            job.record.settings.notify_cmd_line = None;
            // What the owner before accepted is not what this one does: who asks goes on to ask, from the start.
            let callback = &mut job.record.settings.server_certificate_callback;
            callback.set(callback.wanted);
        }
        self.save(id, Saved::Head);
        self.touch(now, id);
        // Work is done with the owner's rights (spec 9.9): what runs under the old ones begins anew.
        self.stop_transfers(id);
        self.condition(now, id, false);
        Ok(())
    }

    /// Spec 7.4: "case-sensitive prefix swap on every matching file; files already transferred are untouched".
    fn replace_prefix(
        &mut self,
        now: Now,
        caller: Caller,
        id: JobId,
        old: &str,
        new: &str,
    ) -> Result<usize, Refusal> {
        let step = self.method(caller, id, Method::Set, "change its remote names")?;
        // "Upload-reply or upload: E_NOTIMPL" (spec 7.4).
        if self.visible(caller, id)?.record.is_upload() {
            return Err(Refusal::NotImplemented { what: "another remote name of an upload".to_owned() });
        }
        if old.is_empty() || new.is_empty() {
            return Err(Refusal::InvalidArgument {
                argument: "prefix",
                reason: "must not be empty".to_owned(),
            });
        }
        let mut changed = Vec::new();
        for (index, file) in self.visible(caller, id)?.record.indexed_files() {
            let Some(rest) = file.spec.remote_name.as_str().strip_prefix(old) else { continue };
            if file.stage == FileStage::Wanted {
                changed.push((index, format!("{new}{rest}").parse::<RemoteName>()?));
            }
        }
        let count = changed.len();
        self.apply(now, id, step, None);
        for (index, name) in changed {
            if let Some(file) = self.file_mut(id, index) {
                file.spec.remote_name = name;
                file.spec.supply.offered = false;
                self.save(id, Saved::File(index));
            }
            self.begin_anew(now, id, index);
        }
        self.touch(now, id);
        Ok(count)
    }

    fn confirm(&mut self, caller: Caller, id: JobId, what: Confirm) -> Result<(), Refusal> {
        self.visible(caller, id)?;
        if let Some(job) = self.jobs.get_mut(&id) {
            match what {
                Confirm::Transferred => job.record.unconfirmed.transferred = false,
                Confirm::Error => job.record.unconfirmed.error = false,
            }
        }
        self.note(id, Saved::Head);
        Ok(())
    }
}
