//! What is shown of a job at one moment, and how fast it is: pure, from what the service told.

use std::collections::VecDeque;
use std::time::Duration;

use bgcopy_api::error::Waiting;
use bgcopy_api::{ErrorInfo, File, FileStage, Job, JobId, JobState, JobType};
use jiff::Timestamp;

use crate::say::Say;

/// A job as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    /// Which job.
    pub(crate) id: JobId,
    /// What a person calls it: the file, where there is one alone, else the name of the job.
    pub(crate) title: String,
    /// Where it stands.
    pub(crate) state: JobState,
    /// Bytes that are here.
    pub(crate) bytes: u64,
    /// Bytes in all, once known.
    pub(crate) total: Option<u64>,
    /// Files that are here.
    pub(crate) files_here: u32,
    /// Files in all.
    pub(crate) files_total: u32,
    /// Bytes per second, while it runs.
    pub(crate) rate: Option<u64>,
    /// How long it still takes, where that can be said.
    pub(crate) eta: Option<Duration>,
    /// Who serves, or is served.
    pub(crate) source: Option<String>,
    /// The file goes to a server.
    pub(crate) is_upload: bool,
    /// Why it is stuck.
    pub(crate) trouble: Option<Trouble>,
    /// Of several files the first that is under way.
    pub(crate) current: Option<Current>,
}

/// Why a job is stuck, in a word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) text: String,
    /// What it waits for.
    pub(crate) waiting: Waiting,
    /// When the service tries again.
    pub(crate) retry_at: Option<Timestamp>,
}

/// A file under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Current {
    /// Its name.
    pub(crate) name: String,
    /// Bytes that are here.
    pub(crate) bytes: u64,
    /// Bytes in all, once known.
    pub(crate) total: Option<u64>,
}

impl View {
    /// The view of a job. `files` may be empty where they are not known.
    pub(crate) fn of(job: &Job, files: &[File], rate: Option<u64>) -> Self {
        let progress = job.progress;
        let rate = job.bytes_per_second.or(rate).filter(|_| job.state == JobState::Transferring);
        let missing = progress.bytes_total.map(|total| total.saturating_sub(progress.bytes_transferred));
        let eta = match (job.eta_seconds, missing, rate) {
            _ if job.state != JobState::Transferring => None,
            (Some(seconds), ..) => Some(seconds),
            (None, Some(missing), Some(rate)) if rate > 0 => Some(missing.div_ceil(rate)),
            _ => None,
        };
        Self {
            id: job.id,
            title: title(job, files),
            state: job.state,
            bytes: progress.bytes_transferred,
            total: progress.bytes_total,
            files_here: progress.files_transferred,
            files_total: progress.files_total,
            rate,
            eta: eta.map(Duration::from_secs),
            source: job.sources.first().filter(|_| job.state.is_running()).map(|source| host_of(source)),
            is_upload: job.kind != JobType::Download,
            trouble: job.error.as_ref().map(Trouble::of),
            current: if files.len() > 1 {
                files.iter().find(|file| is_under_way(file)).map(Current::of)
            } else {
                None
            },
        }
    }

    /// How much is here, in whole percent; 100 only when everything is.
    pub(crate) fn percent(&self) -> Option<u8> {
        percent(self.bytes, self.total).filter(|_| !self.is_unchecked())
    }

    /// A service that was started again says what is here once it has looked; until then "nothing" may be wrong.
    pub(crate) fn is_unchecked(&self) -> bool {
        self.bytes == 0
            && self.total != Some(0)
            && matches!(self.state, JobState::Queued | JobState::Connecting)
    }

    /// Who serves, or is served, in words that end a line.
    pub(crate) fn peer<'a>(&self, source: &'a str) -> Say<'a> {
        if self.is_upload { Say::To { source } } else { Say::From { source } }
    }
}

impl Trouble {
    fn of(error: &ErrorInfo) -> Self {
        let source = error.source.as_deref().map(host_of);
        let text = error.happened.trim_end_matches('.');
        Self {
            text: match source {
                Some(source) if !text.contains(&source) => format!("{text} ({source})"),
                _ => text.to_owned(),
            },
            waiting: error.waiting_for,
            retry_at: error.retry_at,
        }
    }
}

impl Current {
    fn of(file: &File) -> Self {
        let name = base_name(file);
        Self { name, bytes: file.progress.bytes_transferred, total: file.progress.bytes_total }
    }

    /// How much is here, in whole percent.
    pub(crate) fn percent(&self) -> Option<u8> {
        percent(self.bytes, self.total)
    }
}

fn is_under_way(file: &File) -> bool {
    file.stage == FileStage::Wanted && file.progress.bytes_transferred > 0
}

/// What a person calls a job.
pub(crate) fn title(job: &Job, files: &[File]) -> String {
    match files {
        [file] => base_name(file),
        _ => job.display_name.clone(),
    }
}

/// The name of a file without its folder.
pub(crate) fn base_name(file: &File) -> String {
    let path = file.local_path();
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The host of a source, which may be a URL or already a host.
pub(crate) fn host_of(source: &str) -> String {
    let rest = source.split_once("://").map_or(source, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest).to_owned()
}

fn percent(bytes: u64, total: Option<u64>) -> Option<u8> {
    match total? {
        0 => Some(100),
        total if bytes >= total => Some(100),
        // Less than 100 by the arm before.
        total => u8::try_from(u128::from(bytes) * 100 / u128::from(total)).ok(),
    }
}

/// How fast bytes come, over the last seconds: what a person sees move, not the mean since the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    samples: VecDeque<(Duration, u64)>,
}

impl Rate {
    /// How far back is looked: long enough to be calm, short enough to follow a change.
    const WINDOW: Duration = Duration::from_secs(8);
    /// Over less than this a rate is noise.
    const SPAN_MIN: Duration = Duration::from_millis(400);
    /// Samples kept: more often than twice a second nothing is learned.
    const SAMPLES: usize = 32;

    /// Takes in how many bytes are here at a moment, counted from any start; and says the rate.
    pub(crate) fn observe(&mut self, at: Duration, bytes: u64) -> Option<u64> {
        // Fewer bytes than before: a file started again, and what was seen means nothing.
        if self.samples.back().is_some_and(|(_, before)| bytes < *before) {
            self.samples.clear();
        }
        while self.samples.front().is_some_and(|(then, _)| at.saturating_sub(*then) > Self::WINDOW) {
            self.samples.pop_front();
        }
        if self.samples.len() == Self::SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((at, bytes));
        let (then, before) = *self.samples.front()?;
        let span = at.saturating_sub(then);
        (span >= Self::SPAN_MIN).then(|| {
            let per_second = (bytes - before) as f64 / span.as_secs_f64();
            per_second as u64
        })
    }

    /// Forgets what was seen: the transfer stood still.
    pub(crate) fn clear(&mut self) {
        self.samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(samples: &[(u64, u64)]) -> Option<u64> {
        let mut rate = Rate::default();
        samples.iter().map(|(ms, bytes)| rate.observe(Duration::from_millis(*ms), *bytes)).last().flatten()
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        assert_eq!(observed(&[(0, 0)]), None);
        assert_eq!(observed(&[(0, 0), (100, 500)]), None);
        assert_eq!(observed(&[(0, 0), (1_000, 500)]), Some(500));
        // What came more than eight seconds ago does not count.
        assert_eq!(
            observed(&[(0, 0), (1_000, 9_000_000), (10_000, 9_000_000), (11_000, 9_000_100)]),
            Some(100)
        );
    }

    #[test]
    fn a_file_that_starts_again_starts_the_rate_again() {
        assert_eq!(observed(&[(0, 1_000), (1_000, 2_000), (2_000, 10)]), None);
        assert_eq!(observed(&[(0, 1_000), (1_000, 10), (2_000, 30)]), Some(20));
    }

    #[test]
    fn percent_is_100_only_when_everything_is_here() {
        assert_eq!(percent(999, Some(1_000)), Some(99));
        assert_eq!(percent(1_000, Some(1_000)), Some(100));
        assert_eq!(percent(0, Some(0)), Some(100));
        assert_eq!(percent(5, None), None);
        assert_eq!(percent(u64::MAX - 1, Some(u64::MAX)), Some(99));
    }

    #[test]
    fn nothing_is_not_claimed_before_anybody_has_looked() {
        let view = |state, bytes| View { state, bytes, ..crate::fixture::view() };
        for (state, bytes, percent) in [
            (JobState::Queued, 0, None),
            (JobState::Connecting, 0, None),
            (JobState::Connecting, 1 << 30, Some(25)),
            (JobState::Transferring, 0, Some(0)),
            (JobState::Suspended, 0, Some(0)),
        ] {
            assert_eq!(view(state, bytes).percent(), percent, "{state} {bytes}");
        }
    }

    #[test]
    fn sources_are_shown_by_their_host() {
        for (source, host) in [
            ("https://example.org:8443/a/b?…", "example.org:8443"),
            ("example.org", "example.org"),
            ("http://[::1]:80/", "[::1]:80"),
        ] {
            assert_eq!(host_of(source), host);
        }
    }
}
