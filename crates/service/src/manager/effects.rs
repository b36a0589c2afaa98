//! Actions carried out.

use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_core::{
    AuthTarget, Fault, FileIndex, FileRecord, JobId, JobRecord, Owner, Packet, ServerCertificateCallback,
    UploadStage, upload,
};
use bgcopy_disk::{Floor, PartSpec, Rights};
use bgcopy_engine::action::{Fetch, Permit};
use bgcopy_engine::{Action, Event, Order, TransferId};
use bgcopy_http::{Examiner, Options, Post};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::errands::{Deed, mark};
use super::{Live, Manager, Parts, Run, Way, now};
use crate::document::Documents;
use crate::metrics::Downloaded;
use crate::places::Scope;
use crate::questions::{Inquirer, Questions};
use crate::rights::of_owner;
use crate::transfer::crew::{self, Crew, Grown, Item};
use crate::transfer::upload::{UploadAssignment, options_for};
use crate::transfer::{self, Assignment, Keeper, Proof, Report, blocking, refuse, run};

impl Manager {
    pub(super) fn dispatch(&mut self, action: Action) {
        match action {
            // Done before the batch left.
            Action::Save(..) | Action::Note(..) => {}
            Action::End(record) => self.clean_up(&record),
            Action::Reply(ticket, reply) => {
                if let Some(answer) = self.tickets.remove(&ticket) {
                    // Whoever asked may be gone.
                    let _ = answer.send(reply);
                }
            }
            Action::Notify(notification) => self.tell(notification),
            Action::Begin { transfer, job, file } => {
                self.begin_what_is_left();
                self.begun = Some(Begun { transfer, job, file });
            }
            Action::Order(transfer, order) => self.order(transfer, order),
            Action::Publish(job, file) => self.files.add(job, file, Deed::Publish),
            Action::Discard(job, file) => self.files.add(job, file, Deed::Discard),
            Action::CheckSpace { job, file, needed } => self.check_space(job, file, needed),
        }
    }

    fn order(&mut self, transfer: TransferId, order: Order) {
        let order = match (self.begun.take_if(|begun| begun.transfer == transfer), order) {
            (
                Some(begun),
                Order::Fetch(Fetch { permit: Some(permit), url, kind, offered, ask, if_range, fresh }),
            ) => {
                let fetch = Fetch { permit: None, url, kind, offered, ask, if_range, fresh };
                return self.bring(begun, fetch, permit);
            }
            (Some(begun), order) => {
                self.begin(begun, None);
                order
            }
            (None, order) => order,
        };
        if let Some(run) = self.runs.get_mut(&transfer) {
            run.order(transfer, order);
        }
    }

    /// What was told to begin, and nothing yet what to do.
    pub(super) fn begin_what_is_left(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.begin(begun, None);
        }
    }

    /// The job was withdrawn; the engine waits for the end of its run all the same.
    fn close(&mut self, transfer: TransferId) {
        self.runs.remove(&transfer);
        self.engine.handle_event(now(), Event::Closed(transfer));
    }

    /// Has a file brought by those who bring the small ones of its job.
    fn bring(&mut self, begun: Begun, fetch: Fetch, permit: Box<Permit>) {
        let Begun { transfer, job: id, file } = begun;
        let Some(job) = self.engine.job(id) else { return self.close(transfer) };
        let (owner, existing, floor) = (job.owner, job.settings.existing, self.floor());
        let at_once = self.engine.files_at_once(id);
        let kept_off = self.engine.keeps_from_local_servers(owner);
        let live = self.live.entry(id).or_default();
        let inquirer =
            live.inquirer(job, || new_inquirer(job.id, &self.questions, &self.parts, &self.reports.0));
        let options = about(live.options(self.next_ticket, job, kept_off, inquirer), file);
        live.pace.set(job.settings.max_rate);
        live.pace.join(self.caps.class(job.priority));
        let (paces, http, mark) = (live.pace.all(), self.parts.http.clone(), mark(id, file));
        let item = Item { transfer, fetch, permit, mark, existing, floor, options, paces, http, at_once };
        let mut item = Some(Box::new(item));
        // Twice at most: one that just began is there.
        while let Some(unsent) = item.take() {
            let hired = self.hired(id, owner);
            let (crew, task) = (hired.crew.clone(), hired.task);
            item = crew.bring(unsent).err();
            match item {
                None => {
                    let run = Run { job: id, file, orders: Way::Crew(crew, Vec::new()), source: None, task };
                    self.runs.insert(transfer, run);
                }
                Some(_) => self.live.entry(id).or_default().crew = None,
            }
        }
    }

    /// Those who bring the small files of a job, with the rights of its owner.
    fn hired(&mut self, id: JobId, owner: Owner) -> &Hired {
        let downloaded = self.parts.metrics.downloaded();
        let (reports, runtime) = (self.reports.0.clone(), self.parts.transfers.clone());
        let scope = self.parts.scope;
        let live = self.live.entry(id).or_default();
        let keeper = live.keeper(&runtime, &reports, &downloaded);
        if live.crew.as_ref().is_some_and(|hired| hired.owner != owner) {
            live.crew = None;
        }
        let tasks = &mut self.tasks;
        live.crew.get_or_insert_with(|| {
            let (crew, inbox) = Crew::new();
            let work = async move { crew::work(rights(scope, owner).await, keeper, inbox, reports).await };
            Hired { owner, crew, task: tasks.spawn_on(work, &runtime).id() }
        })
    }

    /// A small file turned out to need a run of its own.
    pub(super) fn grow(&mut self, grown: Box<Grown>) {
        let transfer = grown.transfer;
        let Some(Run { job, file, orders, .. }) = self.runs.remove(&transfer) else { return };
        self.begin(Begun { transfer, job, file }, Some(grown));
        if let (Way::Crew(_, held), Some(run)) = (orders, self.runs.get_mut(&transfer)) {
            held.into_iter().for_each(|order| run.order(transfer, order));
        }
    }

    fn begin(&mut self, begun: Begun, grown: Option<Box<Grown>>) {
        let Begun { transfer, job: id, file: index } = begun;
        if index == upload::SOURCE && self.engine.job(id).is_some_and(JobRecord::is_upload) {
            return self.begin_upload(transfer, id);
        }
        let Some((job, file)) = self.engine.job(id).and_then(|job| Some((job, job.file(index)?))) else {
            return self.close(transfer);
        };
        let downloaded = self.parts.metrics.downloaded();
        let live = self.live.entry(id).or_default();
        let kept_off = self.engine.keeps_from_local_servers(job.owner);
        let inquirer = live.inquirer(job, || new_inquirer(id, &self.questions, &self.parts, &self.reports.0));
        let mut options = about(live.options(self.next_ticket, job, kept_off, inquirer), index);
        if job.is_upload()
            && let Some(source) = job.file(upload::SOURCE)
        {
            options = options_for(&options, &source.spec.remote_name, &file.spec.remote_name);
        }
        let keeper = live.keeper(&self.parts.transfers, &self.reports.0, &downloaded);
        let room = &self.room;
        let documents = live.documents.get_or_insert_with(|| Arc::new(Documents::new(room.clone()))).clone();
        let (mark, pace) = (mark(id, index), &live.pace);
        pace.set(job.settings.max_rate);
        pace.join(self.caps.class(job.priority));
        let paces = pace.all();
        let part = self.part_spec(job, file, index);
        let temporary = file.temporary.clone();
        let existing = job.settings.existing;
        let http = self.parts.http.clone();
        let mixed = file.bytes_from_mirrors + file.bytes_from_cache_hosts > 0;
        let (remote_name, lists) = (file.spec.remote_name.clone(), self.parts.lists.clone());
        let proof = Proof::new(lists.clone(), file.pieces().copied(), mixed);
        let (orders, inbox) = mpsc::unbounded_channel();
        let reports = self.reports.0.clone();
        let work = async move {
            match part.await {
                Ok(part) => {
                    let assignment = Assignment {
                        transfer,
                        part,
                        remote_name,
                        proof,
                        lists,
                        documents,
                        temporary,
                        existing,
                        options,
                        paces,
                        http,
                        keeper,
                        mark,
                        downloaded,
                    };
                    run(assignment, grown, inbox, reports).await;
                }
                Err(fault) => refuse(transfer, fault, inbox, reports).await,
            }
        };
        let task = self.tasks.spawn_on(work, &self.parts.transfers).id();
        self.runs
            .insert(transfer, Run { job: id, file: index, orders: Way::Own(orders), source: None, task });
    }

    fn begin_upload(&mut self, transfer: TransferId, id: JobId) {
        let Some((job, file)) = self.engine.job(id).and_then(|job| Some((job, job.file(upload::SOURCE)?)))
        else {
            // The job was withdrawn; the engine waits for the end of its run all the same.
            self.engine.handle_event(now(), Event::Closed(transfer));
            return;
        };
        let live = self.live.entry(id).or_default();
        let kept_off = self.engine.keeps_from_local_servers(job.owner);
        let inquirer = live.inquirer(job, || new_inquirer(id, &self.questions, &self.parts, &self.reports.0));
        let options = about(live.options(self.next_ticket, job, kept_off, inquirer), upload::SOURCE);
        live.pace.set(job.settings.max_rate);
        live.pace.join(self.caps.class(job.priority));
        let paces = live.pace.of_uploads();
        let (scope, owner, http) = (self.parts.scope, job.owner, self.parts.http.clone());
        let (local_name, remote_name) = (file.spec.local_name.clone(), file.spec.remote_name.clone());
        let (orders, inbox) = mpsc::unbounded_channel();
        let reports = self.reports.0.clone();
        let work = async move {
            match blocking(move || of_owner(scope, owner)).await {
                Ok(rights) => {
                    let assignment =
                        UploadAssignment { transfer, rights, local_name, remote_name, options, paces, http };
                    transfer::upload::run(assignment, inbox, reports).await;
                }
                Err(fault) => transfer::upload::refuse(transfer, fault, inbox, reports).await,
            }
        };
        let task = self.tasks.spawn_on(work, &self.parts.transfers).id();
        let orders = Way::Own(orders);
        self.runs.insert(transfer, Run { job: id, file: upload::SOURCE, orders, source: None, task });
    }

    /// The server of an upload that was given up is told, as far as it listens; nothing waits for it.
    fn abandon(&mut self, record: &JobRecord, live: Option<Live>) {
        let Some(upload) = record.upload.as_ref().filter(|upload| upload.stage < UploadStage::Closed) else {
            return;
        };
        let (Some(session), Some(file)) = (&upload.session, record.file(upload::SOURCE)) else { return };
        let home = &file.spec.remote_name;
        let (url, offered) = match &session.host {
            Some(host) => (host.url.clone(), host.offered),
            None => (home.clone(), false),
        };
        let mut live = live.unwrap_or_default();
        let inquirer =
            live.inquirer(record, || new_inquirer(record.id, &self.questions, &self.parts, &self.reports.0));
        // Whom the owner accepted is told; about others nobody is asked any more.
        inquirer.iter().for_each(|inquirer| inquirer.close());
        let options = Arc::new(options(record, self.engine.keeps_from_local_servers(record.owner), inquirer));
        let post = Post {
            options: options_for(&options, home, &url),
            packet: Packet::Cancel(session.id.clone()),
            name: None,
            content: None,
            url,
            offered,
        };
        self.farewells
            .spawn_on(transfer::upload::abandon(self.parts.http.clone(), post), &self.parts.transfers);
    }

    fn floor(&self) -> Floor {
        let floor = self.parts.config.free_space_floor;
        Floor { bytes: floor.bytes, percent: floor.percent }
    }

    pub(super) fn log(&self, job: JobId, file: FileIndex) -> PathBuf {
        self.parts.pieces.join(format!("{job}.{file}"))
    }

    /// What a run has to know of its file.
    fn part_spec(
        &self,
        job: &JobRecord,
        file: &FileRecord,
        index: FileIndex,
    ) -> impl Future<Output = Result<PartSpec, Fault>> + Send + use<> {
        let (scope, owner, floor) = (self.parts.scope, job.owner, self.floor());
        let log = self.log(job.id, index);
        let local_name = file.spec.local_name.clone();
        let (size, digest) = (file.bytes_total(), file.digest().cloned());
        let basis = file.spec.supply.basis.clone();
        async move {
            let rights = rights(scope, owner).await?;
            Ok(PartSpec { local_name, log, rights, size, digest, pieces: None, basis, floor })
        }
    }

    fn check_space(&mut self, id: JobId, index: FileIndex, needed: u64) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(file) = job.file(index) else { return };
        let folder = file.spec.local_name.folder().to_owned();
        let (scope, owner, floor) = (self.parts.scope, job.owner, self.floor());
        let work = move || Ok(bgcopy_disk::space_is_back(&of_owner(scope, owner)?, &folder, needed, floor));
        // Who cannot look waits on, and looks again.
        self.errand(work, move |enough| Some(Event::Space { job: id, enough: enough.unwrap_or(false) }));
    }

    /// A job has ended and its last record is durable: nobody asks any more what became of its files.
    fn clean_up(&mut self, record: &JobRecord) {
        let live = self.live.remove(&record.id);
        self.abandon(record, live);
        self.ended.remove(&record.id);
        let with_log = record.indexed_files().filter(|(_, file)| file.kept.is_none());
        let logs: Vec<_> = with_log.map(|(index, _)| self.log(record.id, index)).collect();
        if logs.is_empty() {
            return;
        }
        let work = move || {
            for log in logs {
                if let Err(fault) = bgcopy_disk::forget(&log) {
                    tracing::warn!(%fault, "a piece log stays behind");
                }
            }
            Ok(())
        };
        self.errand(work, |_| None);
    }
}

/// A run that begins.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    transfer: TransferId,
    job: JobId,
    file: FileIndex,
}

/// Who brings the small files of a job.
pub(super) struct Hired {
    /// With whose rights.
    owner: Owner,
    crew: Crew,
    task: tokio::task::Id,
}

/// Whose rights those of somebody else are may have to be asked for.
async fn rights(scope: Scope, owner: Owner) -> Result<Rights, Fault> {
    match scope {
        Scope::User => of_owner(scope, owner),
        Scope::Machine => blocking(move || of_owner(scope, owner)).await,
    }
}

impl Live {
    /// Who writes the small files of a job.
    fn keeper(
        &mut self,
        runtime: &Handle,
        reports: &mpsc::Sender<Report>,
        downloaded: &Downloaded,
    ) -> Keeper {
        let keeper = || Keeper::new(runtime.clone(), reports.clone(), downloaded.clone());
        self.keeper.get_or_insert_with(keeper).clone()
    }

    /// What a job says about its requests. All its files share it, and with it connections; only a request of some
    /// client can have changed it.
    fn options(
        &mut self,
        requests: u64,
        job: &JobRecord,
        kept_off: bool,
        inquirer: Option<Arc<Inquirer>>,
    ) -> Arc<Options> {
        let known = match self.options.take() {
            Some((at, known)) if at == requests => known,
            Some((_, known)) => {
                Some(options(job, kept_off, inquirer)).filter(|now| *now != *known).map_or(known, Arc::new)
            }
            None => Arc::new(options(job, kept_off, inquirer)),
        };
        self.options.insert((requests, known)).1.clone()
    }

    /// Who asks the owner of a job about the certificates of servers, where that is wanted; another one each time it was
    /// set, who knows nothing of what was accepted before.
    fn inquirer(&mut self, job: &JobRecord, new: impl FnOnce() -> Inquirer) -> Option<Arc<Inquirer>> {
        let ServerCertificateCallback { wanted, times_set } = job.settings.server_certificate_callback;
        if !wanted {
            self.inquirer = None;
            return None;
        }
        if self.inquirer.as_ref().is_none_or(|(at, _)| *at != times_set) {
            self.inquirer = Some((times_set, Arc::new(new())));
        }
        self.inquirer.as_ref().map(|(_, inquirer)| inquirer.clone())
    }
}

/// Who asks the owner of this job.
fn new_inquirer(
    job: JobId,
    questions: &Arc<Questions>,
    parts: &Parts,
    reports: &mpsc::Sender<Report>,
) -> Inquirer {
    Inquirer::new(job, questions.clone(), parts.config.owner_answer_time, reports.clone())
}

/// The same requests, for this file.
fn about(options: Arc<Options>, file: FileIndex) -> Arc<Options> {
    match &options.examiner {
        Some(examiner) if file != FileIndex(0) => {
            let examiner = Some(examiner.about(file.0));
            Arc::new(Options { examiner, ..Options::clone(&options) })
        }
        Some(_) | None => options,
    }
}

/// What a job says about its requests.
fn options(job: &JobRecord, kept_off: bool, inquirer: Option<Arc<Inquirer>>) -> Options {
    let credentials = |target| {
        let all = job.secrets.credentials.iter().filter(move |(of, ..)| *of == target);
        all.map(|(_, scheme, credentials)| (*scheme, credentials.clone())).collect()
    };
    Options {
        partition: u64::from(job.owner.0),
        keeps_off_this_machine: kept_off,
        method: job.settings.http_method.clone(),
        patience: job.settings.no_progress_timeout,
        headers: job.secrets.headers.clone(),
        auth_headers: job.secrets.auth_headers.clone(),
        server_credentials: credentials(AuthTarget::Server),
        proxy_credentials: credentials(AuthTarget::Proxy),
        proxy: job.settings.proxy.clone(),
        security_flags: job.settings.security_flags,
        tls: job.settings.tls.clone(),
        client_key: job.secrets.client_key.clone(),
        examiner: inquirer.map(|inquirer| Examiner::new(inquirer)),
    }
}
