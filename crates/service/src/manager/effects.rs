//! Actions carried out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_core::{AuthTarget, Code, ErrorContext, Fault, FileIndex, FileRecord, JobId, JobRecord};
use bgcopy_disk::{Floor, PartSpec, Publish};
use bgcopy_engine::{Action, Event, TransferId};
use bgcopy_http::Options;
use tokio::sync::mpsc;

use super::{Manager, Run, now};
use crate::metrics::SourceKind;
use crate::rights::of_owner;
use crate::transfer::{Assignment, blocking, refuse, run};

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
        let Some((job, file)) = self.engine.job(id).and_then(|job| Some((job, job.file(index)?))) else {
            // The job was withdrawn; the engine waits for the end of its run all the same.
            self.engine.handle_event(now(), Event::Closed(transfer));
            return;
        };
        let pace = &self.live.entry(id).or_default().pace;
        pace.set(job.settings.max_rate);
        pace.join(self.caps.class(job.priority));
        let paces = pace.all();
        let part = self.part_spec(job, file, index);
        let temporary = file.temporary.clone();
        let existing = job.settings.existing;
        let options = Arc::new(options(job));
        let http = self.parts.http.clone();
        let downloaded = self.parts.metrics.bytes_downloaded(SourceKind::Origin);
        let (orders, inbox) = mpsc::unbounded_channel();
        let reports = self.reports.0.clone();
        let work = async move {
            match blocking(part).await {
                Ok(part) => {
                    let assignment =
                        Assignment { transfer, part, temporary, existing, options, paces, http, downloaded };
                    run(assignment, inbox, reports).await;
                }
                Err(fault) => refuse(transfer, fault, inbox, reports).await,
            }
        };
        let task = self.tasks.spawn_on(work, &self.parts.transfers).id();
        self.runs.insert(transfer, Run { job: id, orders, source: None, task });
    }

    fn floor(&self) -> Floor {
        let floor = self.parts.config.free_space_floor;
        Floor { bytes: floor.bytes, percent: floor.percent }
    }

    fn log(&self, job: JobId, file: FileIndex) -> PathBuf {
        self.parts.pieces.join(format!("{job}.{file}"))
    }

    /// What a run has to know of its file, worked out where it may block.
    fn part_spec(
        &self,
        job: &JobRecord,
        file: &FileRecord,
        index: FileIndex,
    ) -> impl FnOnce() -> Result<PartSpec, Fault> + Send + use<> {
        let (scope, owner, floor) = (self.parts.scope, job.owner, self.floor());
        let log = self.log(job.id, index);
        let local_name = file.spec.local_name.clone();
        let (size, digest) = (file.bytes_total(), file.digest().cloned());
        let basis = file.spec.supply.basis.clone();
        move || {
            let rights = of_owner(scope, owner)?;
            Ok(PartSpec { local_name, log, rights, size, digest, pieces: None, basis, floor })
        }
    }

    /// Something short that may block, and the event that tells of its end. That comes even when the work
    /// breaks: somebody waits for it.
    fn errand<T: 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
        tell: impl FnOnce(Result<T, Fault>) -> Option<Event> + Send + 'static,
    ) {
        self.errands.spawn_blocking_on(move || tell(unless_broken(work)), &self.parts.transfers);
    }

    fn publish(&mut self, id: JobId, index: FileIndex) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(file) = job.file(index) else { return };
        let (scope, owner, existing) = (self.parts.scope, job.owner, job.settings.existing);
        let (temporary, last_modified) = (file.temporary.clone(), file.last_modified);
        let local_name = file.spec.local_name.clone();
        let log = self.log(id, index);
        let work = move || {
            bgcopy_disk::publish(&Publish {
                rights: of_owner(scope, owner)?,
                temporary: temporary.or_else(|| bgcopy_disk::temporary_of(&log)).unwrap_or_default(),
                local_name,
                existing,
                last_modified,
                log,
                mode: bgcopy_disk::mode_by_umask(),
            })
        };
        self.errand(work, move |published| {
            Some(Event::Published(id, index, published.map(|published| published.local_name)))
        });
    }

    fn discard(&mut self, id: JobId, index: FileIndex) {
        let Some(job) = self.engine.job(id) else { return };
        let temporary = job.file(index).and_then(|file| file.temporary.clone());
        let (scope, owner, log) = (self.parts.scope, job.owner, self.log(id, index));
        let work = move || bgcopy_disk::discard(&of_owner(scope, owner)?, temporary.as_deref(), &log);
        self.errand(work, move |discarded| Some(Event::Discarded(id, index, discarded)));
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
        self.live.remove(&record.id);
        self.ended.remove(&record.id);
        let logs: Vec<_> = record.indexed_files().map(|(index, _)| self.log(record.id, index)).collect();
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

/// Runs this; what breaks has failed (F11).
fn unless_broken<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What the work had in its hands is gone with it: nobody sees it half done.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("an errand broke");
        Err(Fault::new(
            Code::StoreFailed,
            ErrorContext::GeneralQueueManager,
            "the work at the file broke off",
        ))
    })
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
        patience: job.settings.no_progress_timeout,
        headers: job.secrets.headers.clone(),
        server_credentials: credentials(AuthTarget::Server),
        proxy_credentials: credentials(AuthTarget::Proxy),
        proxy: job.settings.proxy.clone(),
        security_flags: job.settings.security_flags,
        tls: job.settings.tls.clone(),
        client_key: job.secrets.client_key.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_breaks_has_failed() {
        let fault = unless_broken::<()>(|| panic!("a fault of ours")).unwrap_err();
        assert_eq!(fault.code, Code::StoreFailed);
        assert_eq!(unless_broken(|| Ok(1)).unwrap(), 1);
    }
}
