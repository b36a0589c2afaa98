//! After the kill: the service starts again, has what was acknowledged, and brings everything to its end.

use std::collections::BTreeMap;
use std::time::Duration;

use bgcopy_api::client::Events;
use bgcopy_api::{
    Client, ClientError, Event, EventBody, EventFilter, FileStage, Job, JobFilter, JobId, JobState,
};
use bgcopy_testkit::Origin;
use tokio::time::{Instant, sleep};

use crate::house::House;
use crate::ledger::{Known, Ledger, Request};
use crate::mix::Name;

/// Much longer than a commit takes.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Starts the service again and ends every job; tells what is not as it was promised.
pub(crate) async fn recover(house: &House, origin: &Origin, ledger: &Ledger) -> Vec<String> {
    let mut findings = Vec::new();
    let mut daemon = tokio::process::Command::from(house.daemon("second.log"));
    let mut daemon = daemon.kill_on_drop(true).spawn().expect("the program can be run");
    let gone = || daemon.try_wait().is_ok_and(|status| status.is_some());
    let Some(client) = house.client(gone).await else {
        findings.push(format!("the service does not start again: {}", house.log("second.log")));
        return findings;
    };
    let mut recovery = Recovery { house, origin, client: &client, ledger, findings, live: BTreeMap::new() };
    if let Err(error) = recovery.run().await {
        recovery.findings.push(format!("after the restart a request failed: {error:?}"));
    }
    let mut findings = recovery.findings;
    match client.shutdown().await {
        Ok(()) => match daemon.wait().await {
            Ok(status) if status.success() => {}
            ended => findings.push(format!("the restarted service ended with {ended:?}")),
        },
        Err(error) => findings.push(format!("the restarted service does not stop: {error:?}")),
    }
    findings
}

struct Recovery<'a> {
    house: &'a House,
    origin: &'a Origin,
    client: &'a Client,
    ledger: &'a Ledger,
    findings: Vec<String>,
    /// Jobs that are to be brought to their end, and how many of their bytes were here when last told.
    live: BTreeMap<JobId, (Name, u64)>,
}

impl Recovery<'_> {
    async fn run(&mut self) -> Result<(), ClientError> {
        let events = self.client.events(EventFilter::default()).await?;
        let jobs = self.client.all_jobs(&JobFilter::default()).await?;
        self.check_list(&jobs).await?;
        for job in jobs {
            if let Some(name) = self.name(&job) {
                self.live.insert(job.id, (name, 0));
                self.check_files(name, &job).await?;
            }
        }
        self.ask_again().await?;
        self.end_all(events).await?;
        self.check_history().await
    }

    fn name(&mut self, job: &Job) -> Option<Name> {
        let name = Name::ALL.into_iter().find(|name| name.word() == job.display_name);
        if name.is_none() {
            self.findings.push(format!("nobody made {:?}", job.display_name));
        }
        name
    }

    /// Invariant 2: the list equals the set of acknowledged requests, each in a legal state.
    async fn check_list(&mut self, jobs: &[Job]) -> Result<(), ClientError> {
        for name in Name::ALL {
            let known = self.ledger.jobs.get(&name).cloned().unwrap_or_default();
            let found: Vec<&Job> = jobs.iter().filter(|job| job.display_name == name.word()).collect();
            match found[..] {
                [] => self.check_absent(name, &known).await?,
                [job] => self.check_present(name, &known, job),
                _ => self.findings.push(format!("{name:?} is there {} times", found.len())),
            }
        }
        Ok(())
    }

    /// A job that is not in the list was never acknowledged, or it has ended.
    async fn check_absent(&mut self, name: Name, known: &Known) -> Result<(), ClientError> {
        if !known.has_acknowledged(Request::Create) {
            return Ok(());
        }
        let may_have_ended = known.has_ended().is_some()
            || matches!(known.asked, Some(Request::Complete | Request::Cancel))
            || name == Name::Auto;
        if !may_have_ended || !self.is_in_history(known).await? {
            self.findings.push(format!("{name:?} is lost"));
        }
        Ok(())
    }

    /// A job that ends right now leaves the list before it comes to the history.
    async fn is_in_history(&self, known: &Known) -> Result<bool, ClientError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let history = self.client.history(&JobFilter::default()).await?;
            let is_there = history.jobs.iter().any(|job| Some(job.id) == known.id);
            if is_there || Instant::now() > deadline {
                return Ok(is_there);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    fn check_present(&mut self, name: Name, known: &Known, job: &Job) {
        let mut say = |what: String| self.findings.push(format!("{name:?} {what}"));
        if !known.may_have(Request::Create) {
            say("is there, and nobody asked for it".to_owned());
        }
        if known.id.is_some_and(|id| id != job.id) {
            say("has another id".to_owned());
        }
        if known.has_ended().is_some() {
            say(format!("had ended, and is {} again", job.state));
        } else if !known.can_be(name, job.state) {
            say(format!("is {}, which does not follow from what was asked", job.state));
        }
        if let Some(error) = &job.error {
            say(format!("has an error: {error:?}"));
        }
    }

    /// Acknowledged files are there, whole ones as such; of a job whose files were asked for and not
    /// acknowledged, all or none.
    async fn check_files(&mut self, name: Name, job: &Job) -> Result<(), ClientError> {
        let known = self.ledger.jobs.get(&name).cloned().unwrap_or_default();
        let files = match self.client.files(job.id).await {
            Err(error) if has_gone(&error) => return Ok(()),
            files => files?,
        };
        let expected = name.files().count();
        let may_be_none = name == Name::Three && !known.has_acknowledged(Request::Add);
        if files.len() != expected && !(may_be_none && files.is_empty()) {
            self.findings.push(format!("{name:?} has {} files", files.len()));
        }
        for file in &files {
            let is_whole = file.stage != FileStage::Wanted;
            if known.transferred && !is_whole {
                self.findings.push(format!("{name:?} was transferred, and {} is not", file.local_name));
            }
            let (here, total) = (file.progress.bytes_transferred, file.progress.bytes_total);
            if file.stage == FileStage::Transferred && total != Some(here) {
                self.findings.push(format!("{} is whole with {here} of {total:?} bytes", file.local_name));
            }
        }
        Ok(())
    }

    /// J10: what was not answered is asked again with the same key, and gives the same job.
    async fn ask_again(&mut self) -> Result<(), ClientError> {
        for (name, known) in &self.ledger.jobs {
            if known.asked == Some(Request::Create) {
                let job = name.create(self.origin, &self.house.jobs());
                let made = self.client.create_job(&job, Some(name.word())).await?;
                let before = self.live.iter().find(|(_, (of, _))| of == name).map(|(id, _)| *id);
                // One that completes by itself may have ended in the meantime.
                if before.is_some_and(|id| id != made.id) && *name != Name::Auto {
                    self.findings.push(format!("{name:?} was made twice"));
                }
                self.live.insert(made.id, (*name, 0));
            }
        }
        Ok(())
    }

    /// Safety is checked; now liveness: faults stop, everything finishes.
    async fn end_all(&mut self, mut events: Events) -> Result<(), ClientError> {
        for (id, (name, _)) in self.live.clone() {
            self.push(id, name).await?;
        }
        // Progress is of now, and may be told a moment before the word that says why it fell.
        let mut unexplained: BTreeMap<JobId, String> = BTreeMap::new();
        while !self.live.is_empty() {
            let Event { body, .. } = events.next().await?;
            let Some(id) = body.job() else { continue };
            let Some((name, here)) = self.live.get_mut(&id) else { continue };
            let name = *name;
            match body {
                EventBody::JobEnded { .. } => drop(self.live.remove(&id)),
                EventBody::JobError { error, .. } => {
                    self.findings.push(format!("{name:?} is in error: {error:?}"));
                    self.live.remove(&id);
                }
                // Invariant 6: bytes fall only with a word that says why.
                EventBody::FileRestarted { .. } => {
                    *here = 0;
                    unexplained.remove(&id);
                }
                EventBody::Progress { progress, .. } => {
                    let now = progress.bytes_transferred;
                    if now < *here {
                        let says = format!("{name:?} fell from {here} to {now} bytes without a word");
                        unexplained.insert(id, says);
                    }
                    *here = now;
                }
                EventBody::JobTransferred { .. } => self.end(id, name).await?,
                EventBody::JobModification { .. }
                | EventBody::JobCreated { .. }
                | EventBody::FileTransferred { .. }
                | EventBody::FileRangesTransferred { .. }
                | EventBody::CertificateQuestion { .. }
                | EventBody::Lagged { .. } => {}
            }
        }
        self.findings.extend(unexplained.into_values());
        Ok(())
    }

    /// Gives a job what it waits for.
    async fn push(&mut self, id: JobId, name: Name) -> Result<(), ClientError> {
        let job = match self.client.job(id).await {
            Err(error) if has_gone(&error) => {
                self.live.remove(&id);
                return Ok(());
            }
            job => job?,
        };
        match job.state {
            JobState::Suspended => {
                if self.client.files(id).await?.is_empty() {
                    let files = name.add_files(self.origin, &self.house.jobs());
                    self.client.add_files(id, files).await?;
                }
                ignore_gone(self.client.resume(id).await)
            }
            JobState::Transferred => self.end(id, name).await,
            JobState::Acknowledged | JobState::Cancelled => {
                self.live.remove(&id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn end(&mut self, id: JobId, name: Name) -> Result<(), ClientError> {
        self.live.remove(&id);
        match name {
            Name::Cancelled => {
                let done = self.client.cancel(id).await;
                self.ignore_ended(id, done).await
            }
            // It ends by itself; its end is an event.
            Name::Auto => {
                if self.client.job(id).await.is_ok() {
                    self.live.insert(id, (name, 0));
                }
                Ok(())
            }
            _ => {
                let done = self.client.complete(id).await;
                self.ignore_ended(id, done).await
            }
        }
    }

    /// What was asked before the kill may have been done while it was asked for again: a job that has ended takes no
    /// request (spec 5.1).
    async fn ignore_ended<T>(&self, id: JobId, done: Result<T, ClientError>) -> Result<(), ClientError> {
        match ignore_gone(done) {
            Err(ClientError::Problem(problem)) if problem.code == "invalid-state" => {
                match self.client.job(id).await {
                    Ok(job) if job.state.is_final() => Ok(()),
                    _ => Err(ClientError::Problem(problem)),
                }
            }
            done => done,
        }
    }

    /// Every job has ended once, in the way that was asked for.
    async fn check_history(&mut self) -> Result<(), ClientError> {
        for job in self.client.all_jobs(&JobFilter::default()).await? {
            self.findings.push(format!("{} is still there: {}", job.display_name, job.state));
        }
        let history = self.client.history(&JobFilter::default()).await?.jobs;
        for (name, known) in &self.ledger.jobs {
            let ends: Vec<&Job> = history.iter().filter(|job| job.display_name == name.word()).collect();
            let wanted = match name {
                Name::Cancelled => JobState::Cancelled,
                _ => JobState::Acknowledged,
            };
            match ends[..] {
                [job] if job.state == wanted && known.id.is_none_or(|id| id == job.id) => {}
                // Its key was forgotten with its end, and the same words made another job.
                [_, _] if *name == Name::Auto && known.asked == Some(Request::Create) => {}
                _ => {
                    let ends: Vec<_> = ends.iter().map(|job| (job.id, job.state)).collect();
                    self.findings
                        .push(format!("{name:?} is in the history as {ends:?}, not once as {wanted}"));
                }
            }
        }
        Ok(())
    }
}

fn has_gone(error: &ClientError) -> bool {
    matches!(error, ClientError::Problem(problem) if problem.code == "not-found")
}

fn ignore_gone<T>(done: Result<T, ClientError>) -> Result<(), ClientError> {
    match done {
        Err(error) if !has_gone(&error) => Err(error),
        _ => Ok(()),
    }
}
