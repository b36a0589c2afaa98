//! The calls, answered: each download is a job of the service (agent-rest 4–7).
//!
//! A job has its file from `start` on, as the destination is looked at when a file is added, and `create` "touches
//! neither disk nor network". It completes by itself, so that the whole file is under its name when the download is
//! Transferred, where clients look for it before they finalize; `finalize` only forgets the download then.

mod answers;
mod sweep;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bgcopy_api::core::{self, Existing, FileIndex, RemoteName};
use bgcopy_api::env_proxy::EnvProxy;
use bgcopy_api::name::Base64;
use bgcopy_api::{
    AddFile, Caller, Contract, CreateJob, Download, DownloadMethod, DownloadStep, Job, JobId, SetFile,
    SetJob, SetSettings,
};
use tokio::sync::Mutex;

use crate::call::{Call, Query, Verb};
use crate::claim::{Claim, Grounds};
use crate::codes::Refusal;
use crate::config::{CacheChoice, Configuration};
use crate::record::{Record, Records};
use crate::wire::{Answer, Request};

/// How long a call may take: "Always answer. An unanswered call blocks every other call of that process"
/// (agent-rest 1). What it began is finished all the same.
const CALL_TIME: Duration = Duration::from_secs(60);

/// The original's timeout: 30 looks, 10 s apart (agent-rest 8).
const NO_PROGRESS_SECONDS: u64 = 300;

/// The least that can be set (agent-rest 4).
const NO_PROGRESS_SECONDS_MIN: u64 = 10;

/// What only the process around the agent can do.
pub trait Surroundings: Send + Sync + 'static {
    /// Puts these cache hosts in force for what starts from now on.
    fn use_caches(&self, caches: CacheChoice) -> impl Future<Output = ()> + Send;
}

/// What the downloads are made of.
#[derive(Debug)]
pub struct Parts<C, S> {
    /// The service.
    pub contract: Arc<C>,
    /// Whose jobs the downloads are.
    pub caller: Caller,
    /// The process around.
    pub surroundings: S,
    /// The files that administrators and the client library write.
    pub configuration: Configuration,
    /// Where records are kept.
    pub records: PathBuf,
    /// What a relative path is relative to.
    pub directory: PathBuf,
    /// The folders that the service keeps its own things in: no download may put its file there.
    pub closed: Vec<PathBuf>,
    /// The proxies of the environment.
    pub proxy: EnvProxy,
}

/// All downloads of the agent.
#[derive(Debug)]
pub struct Downloads<C, S> {
    contract: Arc<C>,
    caller: Caller,
    surroundings: S,
    configuration: Configuration,
    records: Arc<Records>,
    grounds: Grounds,
    proxy: EnvProxy,
    /// Which are in force.
    caches: Mutex<CacheChoice>,
    swept: std::sync::Mutex<Option<Instant>>,
}

type Done<T = Answer> = Result<T, Refusal>;

impl<C: Contract, S: Surroundings> Downloads<C, S> {
    /// Takes up the downloads that an earlier process left. Blocks for small files.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn open(parts: Parts<C, S>) -> std::io::Result<Self> {
        let Parts { contract, caller, surroundings, configuration, records, directory, closed, proxy } =
            parts;
        let grounds = Grounds { directory, closed };
        let records = Arc::new(Records::open(records)?);
        let caches = Mutex::new(CacheChoice::default());
        let swept = std::sync::Mutex::new(None);
        Ok(Self { contract, caller, surroundings, configuration, records, grounds, proxy, caches, swept })
    }

    /// Answers a request of somebody at this address.
    pub(crate) async fn answer(self: &Arc<Self>, peer: IpAddr, request: &Request) -> Answer {
        let agent = self.clone();
        let (call, of_a_page) = (Call::of(request), request.of_a_page);
        let work = async move {
            if of_a_page || !agent.admits(peer).await {
                return Err(Refusal::INVALID_ARGUMENT);
            }
            agent.call(call?).await
        };
        // A call goes to its end though nobody waits for it any more: half of a start is none.
        match tokio::time::timeout(CALL_TIME, tokio::spawn(work)).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(refusal))) => Answer::Refused(refusal),
            Ok(Err(error)) => {
                tracing::error!(%error, "a call failed");
                Answer::Refused(Refusal::UNFORESEEN)
            }
            Err(_) => {
                tracing::warn!(target = request.path_and_query().0, "a call takes too long");
                Answer::Refused(Refusal::NO_SERVICE)
            }
        }
    }

    /// "The peer's address must be loopback (all of 127/8), checked on each request" (agent-rest 3).
    async fn admits(&self, peer: IpAddr) -> bool {
        if peer.is_loopback() {
            return true;
        }
        let configuration = self.configuration.clone();
        !blocking(move || configuration.settings(Instant::now())).await.loopback_only
    }

    async fn call(self: &Arc<Self>, call: Call) -> Done {
        let Call { verb, query } = call;
        match verb {
            Verb::Create => return self.create(query).await,
            Verb::Enumerate => return Err(Refusal::NOT_IMPLEMENTED),
            _ => {}
        }
        let slot = query.id.as_deref().and_then(|id| self.records.find(id)).ok_or(Refusal::NOT_FOUND)?;
        let mut record = slot.lock().await;
        if !self.records.holds(record.id) {
            // Another call ended it while this one waited for its turn.
            return Err(Refusal::NOT_FOUND);
        }
        let job = match record.finished.take() {
            Some(job) => *job,
            None => self.job(&record).await?,
        };
        if answers::is_finished(&job) {
            record.finished = Some(Box::new(job.clone()));
        }
        match verb {
            Verb::Start => self.start(&mut record, &job).await,
            Verb::Pause => self.pause(&mut record, &job).await,
            Verb::Finalize => self.finalize(&record, &job).await,
            Verb::Abort => self.abort(&record, &job).await,
            Verb::GetStatus => Ok(answers::status(&mut record, &job)),
            Verb::GetProperty => answers::property(&record, query.key),
            Verb::SetProperty => self.set_property(&mut record, &job, query).await,
            Verb::Create | Verb::Enumerate => Err(Refusal::UNFORESEEN),
        }
    }

    /// The job of a download. One that somebody ended past the agent is gone, and so is its download.
    async fn job(&self, record: &Record) -> Done<Job> {
        let job = match self.contract.job(&self.caller, record.id).await {
            Ok(job) if !answers::is_lost(&job) => return Ok(job),
            Ok(job) => Some(job),
            Err(core::Refusal::JobNotFound { .. }) => None,
            Err(refusal) => return Err(Refusal::of_service(&refusal)),
        };
        tracing::info!(id = %record.id, state = ?job.map(|job| job.state), "a download was ended by others");
        self.drop_record(record).await;
        Err(Refusal::NOT_FOUND)
    }

    async fn create(self: &Arc<Self>, query: Query) -> Done {
        self.sweep_at_times();
        if !self.records.has_room() {
            return Err(Refusal::OUT_OF_MEMORY);
        }
        let uri = query.uri.map(|uri| acceptable(&uri)).transpose()?;
        let path = query.path.filter(|path| !path.is_empty()).map(Base64);
        let job = self.new_job(path.as_ref());
        let made = self.contract.create_job(&self.caller, job, None).await;
        let id = made.map_err(|refusal| Refusal::of_service(&refusal))?.id;
        let record = Record { uri, path, ..Record::new(id) };
        let records = self.records.clone();
        if let Err(error) = blocking(move || records.add(record)).await {
            tracing::error!(%error, "a download cannot be recorded");
            // Nobody is told of the job; that it stays where the service cannot drop it either is no worse.
            let _ = self.contract.cancel(&self.caller, id).await;
            return Err(Refusal::of_io(&error));
        }
        Ok(Answer::Done(vec![("Id".into(), id.to_string().into_bytes())]))
    }

    fn new_job(&self, path: Option<&Base64>) -> CreateJob {
        let proxy = self.proxy.clone();
        CreateJob {
            description: "through the protocol of the Delivery Optimization agent".to_owned(),
            settings: SetSettings {
                no_progress_timeout_seconds: Some(NO_PROGRESS_SECONDS),
                auto_complete: Some(true),
                // The claim is what is replaced.
                existing: Some(Existing::Replace),
                // A download without a length "still ends as Transferred" (agent-rest 5).
                allow_unverified: Some(true),
                proxy: Some(proxy.settings()),
                ..SetSettings::default()
            },
            credentials: proxy.new_credentials().collect(),
            ..CreateJob::named(display_name(path))
        }
    }

    async fn start(&self, record: &mut Record, job: &Job) -> Done {
        match step(job, DownloadMethod::Start)? {
            DownloadStep::Begin => self.begin(record, job).await?,
            DownloadStep::Resume => {
                let claim = record.claim.clone();
                blocking(move || claim.map_or(Ok(()), |claim| claim.check()))
                    .await
                    .map_err(|error| Refusal::of_io(&error))?;
            }
            _ => return Ok(Answer::done()),
        }
        self.use_caches().await;
        self.contract
            .resume(&self.caller, record.id)
            .await
            .map_err(|refusal| Refusal::of_service(&refusal))?;
        if record.paused {
            record.paused = false;
            self.save(record).await?;
        }
        Ok(Answer::done())
    }

    /// "No `Uri`; no path; the file cannot be made. Each leaves the download in Created" (agent-rest 6).
    async fn begin(&self, record: &mut Record, job: &Job) -> Done<()> {
        let uri = record.uri.clone().ok_or(Refusal::NO_URI)?;
        let path = record.path.clone().ok_or(Refusal::NO_PATH)?;
        if job.progress.files_total > 0 {
            // Only the Resume failed last time.
            return Ok(());
        }
        self.release(record).await;
        let grounds = self.grounds.clone();
        let claimed = blocking(move || Claim::make(&grounds, &path.0)).await;
        let claim = claimed.map_err(|error| Refusal::of_io(&error))?;
        let file = AddFile::whole(uri, claim.path());
        record.claim = Some(claim);
        // Both go to the disk. One without the other is found out at the next start, or by the sweep.
        let added = self.contract.add_files(&self.caller, record.id, vec![file]);
        let (saved, added) = tokio::join!(self.save(record), added);
        saved?;
        if let Err(refusal) = added.map_err(|refusal| Refusal::of_service(&refusal)) {
            self.release(record).await;
            record.claim = None;
            self.save(record).await?;
            return Err(refusal);
        }
        Ok(())
    }

    async fn pause(&self, record: &mut Record, job: &Job) -> Done {
        if step(job, DownloadMethod::Pause)? != DownloadStep::Suspend {
            return Ok(Answer::done());
        }
        record.paused = true;
        self.save(record).await?;
        match self.contract.suspend(&self.caller, record.id).await {
            // It has just come to its end, where a pause does nothing.
            Ok(_) | Err(core::Refusal::InvalidState { .. }) => Ok(Answer::done()),
            Err(refusal) => Err(Refusal::of_service(&refusal)),
        }
    }

    async fn finalize(&self, record: &Record, job: &Job) -> Done {
        if step(job, DownloadMethod::Finalize)? == DownloadStep::Complete {
            let done = self.contract.complete(&self.caller, record.id).await;
            done.map_err(|refusal| Refusal::of_service(&refusal))?;
        }
        self.forget(record.id).await;
        Ok(Answer::done())
    }

    async fn abort(&self, record: &Record, job: &Job) -> Done {
        let cancelled = match Download::of(job).step(DownloadMethod::Abort) {
            Some(_) => self.contract.cancel(&self.caller, record.id).await,
            None => Err(core::Refusal::InvalidState { state: job.state, request: "be cancelled" }),
        };
        match cancelled {
            Ok(_) => self.drop_record(record).await,
            Err(core::Refusal::InvalidState { .. }) => self.remove_finished(record).await?,
            Err(refusal) => return Err(Refusal::of_service(&refusal)),
        }
        Ok(Answer::done())
    }

    /// Aborts what is under its name already; it may have got there since the job was looked at.
    async fn remove_finished(&self, record: &Record) -> Done<()> {
        let job = self.job(record).await?;
        let (claim, size) = (record.claim.clone(), job.progress.bytes_transferred);
        let removed = blocking(move || claim.map_or(Ok(()), |claim| claim.remove_finished(size))).await;
        removed.map_err(|error| Refusal::of_io(&error))?;
        self.forget(record.id).await;
        Ok(())
    }

    /// "A replacement that does better stays compatible": `Id` says which download, and the rest is set, all or
    /// nothing (agent-rest 4, 13).
    async fn set_property(&self, record: &mut Record, job: &Job, query: Query) -> Done {
        let Query { uri, path, no_progress, .. } = query;
        if uri.is_none() && path.is_none() && no_progress.is_none() {
            return Err(Refusal::INVALID_ARGUMENT);
        }
        let empty = |text: &Option<Vec<u8>>| text.as_ref().is_some_and(Vec::is_empty);
        if empty(&uri) || empty(&path) {
            return Err(Refusal::INVALID_ARGUMENT);
        }
        let no_progress = no_progress.map(|text| no_progress_seconds(&text)).transpose()?;
        let uri = uri.map(|uri| acceptable(&uri)).transpose()?;
        let changes = answers::Settable::of(job);
        if (uri.is_some() && !changes.uri) || (path.is_some() && !changes.path) {
            return Err(Refusal::INVALID_STATE);
        }
        self.tell_job(record, job, uri.as_deref(), path.as_deref(), no_progress).await?;
        record.uri = uri.or(record.uri.take());
        record.path = path.map(Base64).or(record.path.take());
        record.no_progress_seconds = no_progress.or(record.no_progress_seconds);
        self.save(record).await?;
        Ok(Answer::done())
    }

    async fn tell_job(
        &self,
        record: &Record,
        job: &Job,
        uri: Option<&str>,
        path: Option<&[u8]>,
        no_progress: Option<u64>,
    ) -> Done<()> {
        let refused = |refusal: core::Refusal| Refusal::of_service(&refusal);
        // In Created the job has no file yet.
        if let Some(uri) = uri
            && job.progress.files_total > 0
        {
            let change = SetFile { remote_name: Some(uri.to_owned()), ..SetFile::default() };
            self.contract.set_file(&self.caller, record.id, FileIndex(0), change).await.map_err(refused)?;
        }
        let display_name = path.map(|path| display_name(Some(&Base64(path.to_vec()))));
        // "The number of looks is that value / 10, rounded" (agent-rest 8).
        let rounded = no_progress.map(|seconds| seconds.saturating_add(5) / 10 * 10);
        let settings = SetSettings { no_progress_timeout_seconds: rounded, ..SetSettings::default() };
        let change = SetJob { display_name, settings, ..SetJob::default() };
        // A finished download takes a timeout, too (agent-rest 4: "any state"), and has no use for it.
        if change != SetJob::default() && !answers::is_finished(job) {
            self.contract.set_job(&self.caller, record.id, change).await.map_err(refused)?;
        }
        Ok(())
    }

    /// "The cache host is consulted at each `start` and resume" (agent-rest 9).
    async fn use_caches(&self) {
        let configuration = self.configuration.clone();
        let wanted = blocking(move || configuration.settings(Instant::now())).await.caches;
        let mut caches = self.caches.lock().await;
        if *caches != wanted {
            self.surroundings.use_caches(wanted.clone()).await;
            *caches = wanted;
        }
    }

    async fn save(&self, record: &Record) -> Done<()> {
        let (records, record) = (self.records.clone(), record.clone());
        let saved = blocking(move || records.save(&record)).await;
        saved.map_err(|error| {
            tracing::error!(%error, "a download cannot be recorded");
            Refusal::of_io(&error)
        })
    }

    /// Gives the place of a download back.
    async fn release(&self, record: &Record) {
        let Some(claim) = record.claim.clone() else { return };
        if let Err(error) = blocking(move || claim.release()).await {
            tracing::warn!(id = %record.id, %error, "the empty file of a download stays behind");
        }
    }

    async fn drop_record(&self, record: &Record) {
        self.release(record).await;
        self.forget(record.id).await;
    }

    async fn forget(&self, id: JobId) {
        let records = self.records.clone();
        blocking(move || records.forget(id)).await;
    }
}

fn step(job: &Job, method: DownloadMethod) -> Done<DownloadStep> {
    // A finished download is Finalized for its job and Transferred for its client, who has yet to say so.
    match (answers::is_finished(job), method) {
        (true, _) => Ok(DownloadStep::Nothing),
        (false, _) => Download::of(job).step(method).ok_or(Refusal::INVALID_STATE),
    }
}

/// "It parses with the RFC 3986 character set (ASCII only), has scheme `http` or `https` in any case, and a
/// non-empty host. Stored and returned as given" (agent-rest 4).
fn acceptable(uri: &[u8]) -> Done<String> {
    const MARKS: &[u8] = b"-._~:/?#[]@!$&'()*+,;=%";
    let legal = uri.iter().all(|byte| byte.is_ascii_alphanumeric() || MARKS.contains(byte));
    let text = std::str::from_utf8(uri).ok().filter(|_| legal).ok_or(Refusal::INVALID_URL)?;
    RemoteName::parse(text).map_err(|_| Refusal::INVALID_URL)?;
    Ok(text.to_owned())
}

/// "Under 10, or not a number, `0x80070057`" (agent-rest 4).
fn no_progress_seconds(text: &[u8]) -> Done<u64> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u32>().ok()).map(u64::from);
    number.filter(|seconds| *seconds >= NO_PROGRESS_SECONDS_MIN).ok_or(Refusal::INVALID_ARGUMENT)
}

/// What a person sees in the list of jobs: the name of the file.
fn display_name(path: Option<&Base64>) -> String {
    let path = path.map(|path| String::from_utf8_lossy(&path.0).into_owned()).unwrap_or_default();
    let base = path.rsplit('/').next().unwrap_or_default();
    let plain: String =
        base.chars().filter(|c| !c.is_control()).take(core::limits::DISPLAY_NAME_CHARS).collect();
    if plain.trim().is_empty() { "download".to_owned() } else { plain }
}

/// Runs what waits for a disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and everything with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_taken_as_the_original_takes_it() {
        let long = format!("http://h/{}", "a".repeat(2_000));
        for uri in ["http://h", "HTTPS://H/p?q=%20&a[]=1#f", "http://u:p@h:8080/", "http://[::1]/", &long] {
            assert_eq!(acceptable(uri.as_bytes()).as_deref(), Ok(uri));
        }
        for uri in
            ["", "h/p", "ftp://h/p", "http://", "http:///p", "http://h/a b", "http://h/\u{e9}", "http://h/<"]
        {
            assert_eq!(acceptable(uri.as_bytes()), Err(Refusal::INVALID_URL), "{uri:?}");
        }
    }

    #[test]
    fn a_timeout_is_a_number_from_10() {
        for (text, seconds) in
            [("10", Some(10)), ("9", None), ("0", None), ("-1", None), ("x", None), ("", None)]
        {
            assert_eq!(no_progress_seconds(text.as_bytes()).ok(), seconds, "{text:?}");
        }
    }

    #[test]
    fn jobs_are_named_after_their_files() {
        let name = |path: &[u8]| display_name(Some(&Base64(path.to_vec())));
        assert_eq!(name(b"/var/lib/a.bin"), "a.bin");
        assert_eq!(name(b"/x/\n"), "download");
        assert_eq!(name(b"/\xff"), "\u{fffd}");
        assert_eq!(name("é".repeat(300).as_bytes()).chars().count(), 256);
        assert_eq!(display_name(None), "download");
    }
}
