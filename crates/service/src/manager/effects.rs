//! Actions carried out.

use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_core::{AuthTarget, FileIndex, JobId, JobRecord, Owner, Priority};
use bgcopy_disk::{Floor, PartSpec, Publish, Rights};
use bgcopy_engine::{Action, Event, TransferId};
use bgcopy_http::Options;
use tokio::sync::mpsc;

use super::{Manager, Run};
use crate::metrics::SourceKind;
use crate::places::Scope;
use crate::transfer::{Assignment, run};

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
            Action::Begin { transfer, job, file } => self.begin(transfer, job, file),
            Action::Order(transfer, order) => {
                if let Some(run) = self.runs.get(&transfer) {
                    // A task that broke is noticed by its end.
                    let _ = run.orders.send(order);
                }
            }
            Action::Publish(job, file) => self.publish(job, file),
            Action::Discard(job, file) => self.discard(job, file),
            Action::CheckSpace { job, file, needed } => self.check_space(job, file, needed),
        }
    }

    fn begin(&mut self, transfer: TransferId, id: JobId, index: FileIndex) {
        let own_pace = self.live.entry(id).or_default().pace.clone();
        let Some(job) = self.engine.job(id) else { return };
        let Some(file) = job.file(index) else { return };
        own_pace.set(job.settings.max_rate);
        let assignment = self.part_spec(job, index).map(|part| Assignment {
            transfer,
            part,
            temporary: file.temporary.clone(),
            existing: job.settings.existing,
            options: Arc::new(options(job)),
            paces: vec![own_pace, self.class_pace(job.priority)],
            http: self.parts.http.clone(),
            downloaded: self.parts.metrics.bytes_downloaded(SourceKind::Origin),
        });
        let (orders, inbox) = mpsc::unbounded_channel();
        self.runs.insert(transfer, Run { job: id, orders, source: None });
        let reports = self.reports.0.clone();
        match assignment {
            Ok(assignment) => {
                let task = async move {
                    run(assignment, inbox, reports).await;
                    transfer
                };
                self.tasks.spawn_on(task, &self.parts.transfers);
            }
            Err(fault) => {
                self.tasks.spawn_on(
                    crate::transfer::refuse(transfer, fault, inbox, reports),
                    &self.parts.transfers,
                );
            }
        }
    }

    fn class_pace(&self, priority: Priority) -> Arc<crate::pace::Pace> {
        match priority {
            Priority::Foreground => self.foreground_pace.clone(),
            Priority::High | Priority::Normal | Priority::Low => self.background_pace.clone(),
        }
    }

    fn rights(&self, owner: Owner) -> Result<Rights, bgcopy_core::Fault> {
        match self.parts.scope {
            Scope::User => Ok(Rights::Own),
            Scope::Machine => Rights::of_user(owner.0).map_err(|error| {
                let detail = format!("the rights of {owner} cannot be taken on: {error}");
                bgcopy_core::Fault::new(
                    bgcopy_core::Code::AccessDenied,
                    bgcopy_core::ErrorContext::LocalFile,
                    detail,
                )
            }),
        }
    }

    fn floor(&self) -> Floor {
        let floor = self.parts.config.free_space_floor;
        Floor { bytes: floor.bytes, percent: floor.percent }
    }

    fn log(&self, job: JobId, file: FileIndex) -> PathBuf {
        self.parts.pieces.join(format!("{job}.{file}"))
    }

    fn part_spec(&self, job: &JobRecord, index: FileIndex) -> Result<PartSpec, bgcopy_core::Fault> {
        let file = &job.files[index.as_usize()];
        Ok(PartSpec {
            local_name: file.spec.local_name.clone(),
            log: self.log(job.id, index),
            rights: self.rights(job.owner)?,
            size: file.bytes_total(),
            digest: file.spec.digest.clone(),
            floor: self.floor(),
        })
    }

    /// Something short that may block, and the event that tells of its end.
    fn errand(&mut self, work: impl FnOnce() -> Option<Event> + Send + 'static) {
        self.errands.spawn_blocking_on(work, &self.parts.transfers);
    }

    fn publish(&mut self, id: JobId, index: FileIndex) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(file) = job.file(index) else { return };
        let log = self.log(id, index);
        let spec = self.rights(job.owner).map(|rights| Publish {
            rights,
            temporary: file.temporary.clone().or_else(|| bgcopy_disk::temporary_of(&log)).unwrap_or_default(),
            local_name: file.spec.local_name.clone(),
            existing: job.settings.existing,
            last_modified: file.last_modified,
            log,
            mode: bgcopy_disk::mode_by_umask(),
        });
        self.errand(move || {
            let published = spec.and_then(|spec| bgcopy_disk::publish(&spec));
            Some(Event::Published(id, index, published.map(|published| published.local_name)))
        });
    }

    fn discard(&mut self, id: JobId, index: FileIndex) {
        let Some(job) = self.engine.job(id) else { return };
        let temporary = job.file(index).and_then(|file| file.temporary.clone());
        let log = self.log(id, index);
        let rights = self.rights(job.owner);
        self.errand(move || {
            let discarded =
                rights.and_then(|rights| bgcopy_disk::discard(&rights, temporary.as_deref(), &log));
            Some(Event::Discarded(id, index, discarded))
        });
    }

    fn check_space(&mut self, id: JobId, index: FileIndex, needed: u64) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(file) = job.file(index) else { return };
        let folder = file.spec.local_name.folder().to_owned();
        let (rights, floor) = (self.rights(job.owner), self.floor());
        self.errand(move || {
            let enough =
                rights.is_ok_and(|rights| bgcopy_disk::space_is_back(&rights, &folder, needed, floor));
            Some(Event::Space { job: id, enough })
        });
    }

    /// A job has ended and its last record is durable: nobody asks any more what became of its files.
    fn clean_up(&mut self, record: &JobRecord) {
        self.live.remove(&record.id);
        self.ended.remove(&record.id);
        let logs: Vec<_> = record.indexed_files().map(|(index, _)| self.log(record.id, index)).collect();
        self.errand(move || {
            for log in logs {
                if let Err(fault) = bgcopy_disk::forget(&log) {
                    tracing::warn!(%fault, "a piece log stays behind");
                }
            }
            None
        });
    }
}

/// What a job says about its requests.
fn options(job: &JobRecord) -> Options {
    let credentials = |target| {
        let all = job.secrets.credentials.iter().filter(move |(of, ..)| *of == target);
        all.map(|(_, scheme, credentials)| (*scheme, credentials.clone())).collect()
    };
    Options {
        partition: u64::from(job.owner.0),
        method: job.settings.http_method.clone(),
        headers: job.secrets.headers.clone(),
        server_credentials: credentials(AuthTarget::Server),
        proxy_credentials: credentials(AuthTarget::Proxy),
        proxy: job.settings.proxy.clone(),
        security_flags: job.settings.security_flags,
        tls: job.settings.tls.clone(),
        client_key: job.secrets.client_key.clone(),
    }
}
