//! What the engine has to tell, as events for clients (spec 8).

use bgcopy_api::question::QuestionId;
use bgcopy_api::view::View;
use bgcopy_api::{ErrorInfo, EventBody, FileRange};
use bgcopy_core::{ErrorRecord, Family, JobRecord, JobState, NotifyFlags, Owner};
use bgcopy_engine::request::Confirm;
use bgcopy_engine::{Notice, Notification};

use super::{Manager, now};

/// What was told of a job last: a change is news, the same again is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    state: JobState,
    error: Option<(bgcopy_core::Code, u32)>,
}

impl Manager {
    pub(super) fn tell(&mut self, notification: Notification) {
        let Notification { job: id, owner, notice } = notification;
        let body = match notice {
            Notice::Ended(record) => {
                let progress = record.progress().into();
                Some(EventBody::JobEnded { job: id, state: record.state, progress })
            }
            Notice::Changed => return self.tell_change(id, owner),
            notice => {
                match notice {
                    Notice::Transferred => self.tell_rest(id, owner, Confirm::Transferred),
                    Notice::Error => self.tell_rest(id, owner, Confirm::Error),
                    _ => {}
                }
                self.engine.job(id).and_then(|job| body(job, &notice))
            }
        };
        if let Some(body) = body {
            self.count(&body);
            self.hub.publish(owner, body);
        }
    }

    fn count(&self, body: &EventBody) {
        if let EventBody::JobError { error, .. } = body {
            self.parts.metrics.count_error(error.context);
        }
    }

    /// A job is through or stuck: to who follows it that is the last progress for now.
    fn tell_rest(&mut self, id: bgcopy_core::JobId, owner: Owner, what: Confirm) {
        self.take_note(id);
        self.tell_progress(id, owner);
        self.run_program(id, what);
    }

    /// A change of state or error is a modification; bytes are progress.
    fn tell_change(&mut self, id: bgcopy_core::JobId, owner: Owner) {
        let news = self.take_note(id);
        // The record is of now, and may be of a later change than the one that is told: of one that is no
        // modification (spec 8.2).
        let rests = |job: &JobRecord| matches!(job.state, JobState::Error | JobState::Transferred);
        if news && let Some(job) = self.engine.job(id).filter(|job| !rests(job)) {
            let error = job.error.as_ref().map(|error| Box::new(error_info(job, error)));
            let body = EventBody::JobModification { job: id, state: job.state, error };
            self.hub.publish(owner, body);
        }
        self.tell_progress(id, owner);
    }

    /// Takes note of how a job is; says whether its state or error is another than before.
    fn take_note(&mut self, id: bgcopy_core::JobId) -> bool {
        let Some(job) = self.engine.job(id) else { return false };
        let told =
            Told { state: job.state, error: job.error.as_ref().map(|error| (error.code, error.count)) };
        let live = self.live.entry(id).or_default();
        // A setter may have changed the caps of a job that runs.
        live.pace.set(job.settings.max_rate);
        live.pace.join(self.caps.class(job.priority));
        let news = live.told.as_ref() != Some(&told);
        if news {
            live.told = Some(told);
            log_state(job);
            if let Some(error) = job.error.as_ref().filter(|_| job.state == JobState::TransientError) {
                self.parts.metrics.count_retry(error.class);
            }
        }
        news
    }

    fn tell_progress(&mut self, id: bgcopy_core::JobId, owner: Owner) {
        if self.hub.is_heard()
            && let Some(body) = self.progress(id)
        {
            self.hub.publish(owner, body);
        }
    }

    fn progress(&self, id: bgcopy_core::JobId) -> Option<EventBody> {
        let job = self.engine.job(id)?;
        let live = self.live(id);
        let progress = bgcopy_api::JobProgress::from(job.progress());
        let rate = live.bytes_per_second.filter(|_| job.state.is_running()).unwrap_or(0);
        Some(EventBody::Progress {
            job: id,
            state: job.state,
            progress,
            bytes_per_second: rate,
            eta_seconds: progress.eta_seconds(rate),
            sources: live.sources,
        })
    }

    /// Asks the owner of a job about a certificate, if anybody still waits for the answer.
    pub(super) fn tell_question(&mut self, question: QuestionId) {
        let Some((job, body)) = self.questions.event(question) else { return };
        let Some(owner) = self.engine.job(job).map(|job| job.owner) else { return };
        if let EventBody::CertificateQuestion { server, sha256, .. } = &body {
            tracing::info!(%job, server, sha256, "the owner is asked about a certificate");
        }
        self.hub.publish(owner, body);
    }

    /// Rate and sources of a job now.
    pub(super) fn live(&self, id: bgcopy_core::JobId) -> bgcopy_api::view::Live {
        let of_job = || self.runs.values().filter(|run| run.job == id);
        let mut sources: Vec<String> = of_job().filter_map(|run| run.source.clone()).collect();
        if of_job().any(|run| run.source.is_none()) {
            sources.extend(self.live.get(&id).and_then(|live| live.source.clone()));
        }
        sources.sort();
        sources.dedup();
        let bytes_per_second = self.live.get(&id).map(|live| live.meter.rate(now().mono));
        let files = self.engine.work(now(), id).map(|(index, work)| (index, live_file(work))).collect();
        bgcopy_api::view::Live { bytes_per_second, sources, files }
    }

    /// What clients have not confirmed yet (spec 8.2: delivered to whoever registers late).
    pub(super) fn owed(&self, caller: &bgcopy_api::Caller) -> Vec<(Owner, EventBody)> {
        let all = bgcopy_engine::Caller { owner: caller.owner(), admin: caller.admin };
        let mut owed = Vec::new();
        for job in self.engine.jobs(all) {
            let mut owe = |notice: Notice| owed.extend(body(job, &notice).map(|body| (job.owner, body)));
            if job.unconfirmed.transferred {
                owe(Notice::Transferred);
            }
            if job.unconfirmed.error {
                owe(Notice::Error);
            }
            owed.extend(self.questions.events_of(job.id).into_iter().map(|asked| (job.owner, asked)));
        }
        owed
    }
}

/// The event for a notice; `None` where the job's flags say that nobody wants it (spec 8.1).
fn body(job: &JobRecord, notice: &Notice) -> Option<EventBody> {
    let id = job.id;
    let flags = job.settings.notify_flags;
    let wanted = |flag| flags.contains(flag) && !flags.contains(NotifyFlags::DISABLE);
    match notice {
        Notice::Created => Some(EventBody::JobCreated { job: id, display_name: job.display_name.clone() }),
        Notice::Transferred => {
            wanted(NotifyFlags::JOB_TRANSFERRED).then_some(EventBody::JobTransferred { job: id })
        }
        Notice::Error => {
            let error = job.error.as_ref().filter(|_| wanted(NotifyFlags::JOB_ERROR))?;
            Some(EventBody::JobError { job: id, error: Box::new(error_info(job, error)) })
        }
        Notice::FileTransferred(file) => wanted(NotifyFlags::FILE_TRANSFERRED)
            .then_some(EventBody::FileTransferred { job: id, file: *file }),
        Notice::FileRanges(file, ranges) => {
            let span =
                |range: bgcopy_core::ByteRange| FileRange { offset: range.start, length: Some(range.len()) };
            let ranges = ranges.iter().map(span).collect();
            Some(EventBody::FileRangesTransferred { job: id, file: *file, ranges })
        }
        Notice::FileRestarted(file, why) => {
            Some(EventBody::FileRestarted { job: id, file: *file, reason: why.word().to_owned() })
        }
        Notice::Changed | Notice::Ended(_) => None,
    }
}

/// Events are told in one language, to everybody alike; who wants another one asks for the error itself.
fn error_info(job: &JobRecord, error: &ErrorRecord) -> ErrorInfo {
    let caller = bgcopy_api::Caller {
        uid: job.owner.0,
        gid: 0,
        pid: None,
        admin: false,
        family: Family::Do,
        language: bgcopy_api::Language::English,
    };
    ErrorInfo::from_record(job, error, &View::of(&caller))
}

/// One line per change of state: what an operator follows.
fn log_state(job: &JobRecord) {
    match &job.error {
        Some(error) => tracing::info!(
            job = %job.id, state = %job.state, code = %error.code, context = %error.context,
            source = error.source, status = error.http_status, errno = error.errno, count = error.count,
            detail = error.detail, "job"
        ),
        None => tracing::info!(job = %job.id, state = %job.state, "job"),
    }
}

/// What the engine says of its work, as clients see it.
const fn live_file(work: bgcopy_engine::Work) -> bgcopy_api::view::LiveFile {
    bgcopy_api::view::LiveFile {
        in_order: work.in_order,
        connections: bgcopy_api::Connections {
            http: work.http_connections,
            cache_hosts: work.cache_connections,
        },
        millis: work.millis,
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_api::EventFilter;
    use bgcopy_engine::Reply;

    use super::*;
    use crate::manager::rig::{ADA, Rig};

    #[tokio::test]
    async fn a_change_into_error_is_no_modification_however_late_it_is_told() {
        let mut rig = Rig::new();
        let mut created = rig.create(true);
        rig.settle(false).await;
        let Ok(Ok(Reply::Created(id))) = created.try_recv() else { panic!("not created") };
        let mut events = rig.manager.subscribe(&ADA, EventFilter::default(), None);
        rig.manager.engine.cannot_record(now(), id, "as the test says");
        // A change that was told before, and whose turn comes only now.
        rig.manager.tell(Notification { job: id, owner: Owner(ADA.uid), notice: Notice::Changed });
        rig.manager.drain();
        rig.settle(false).await;
        rig.manager.hub.close();
        let (mut told, mut followed) = (false, false);
        while let Some(event) = events.next().await {
            match event.body {
                EventBody::JobError { .. } => told = true,
                EventBody::Progress { state, .. } => followed |= state == JobState::Error,
                EventBody::JobModification { state, .. } => assert_ne!(state, JobState::Error),
                _ => {}
            }
        }
        assert!(told && followed);
    }
}
