//! The program that a job's owner wants run when the job is through or stuck (`SetNotifyCmdLine`, spec 8.5).
//!
//! No shell, only a list of arguments; a time limit; and whatever becomes of it, the job is not touched
//! (faults F18). Exit status 0 confirms the notification; anything else runs the program again after the
//! minimum retry delay, for as long as nobody else has confirmed it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bgcopy_core::{ErrorContext, JobId, JobRecord, JobSettings, NotifyFlags, Owner, limits};
use bgcopy_engine::request::Confirm;
use bgcopy_engine::{Caller, Request, Ticket};
use futures_util::FutureExt as _;
use tokio::process::Command;
use tokio::task::JoinSet;

use super::{Manager, now};

/// A program that runs longer hangs.
const RUN_LIMIT: Duration = Duration::from_secs(300);

/// Programs under way.
#[derive(Default)]
pub(super) struct Programs {
    /// Those that run.
    pub(super) runs: JoinSet<Heard>,
    /// Those that failed, and wait for their next run.
    pub(super) waits: JoinSet<About>,
    /// What they are about.
    known: BTreeMap<(JobId, u32), News>,
}

/// What a program is told of.
type About = (JobId, Confirm);

/// Whether it happened again since the program was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Told,
    Again,
}

/// A run of a program is over.
pub(super) struct Heard {
    about: About,
    owner: Owner,
    succeeded: bool,
    again_after: Duration,
}

impl Programs {
    /// Takes note of something to tell; says whether a program has to be started for it.
    fn begin(&mut self, about: About) -> bool {
        match self.known.entry(key(about)) {
            Entry::Vacant(entry) => {
                entry.insert(News::Told);
                true
            }
            Entry::Occupied(mut entry) => {
                entry.insert(News::Again);
                false
            }
        }
    }

    /// A program has run, or has waited; says whether there is more to tell than it was started for.
    fn end(&mut self, about: About) -> bool {
        self.known.remove(&key(about)) == Some(News::Again)
    }
}

impl Manager {
    /// Runs the program of a job about this, where it has one and wants to be told.
    pub(super) fn run_program(&mut self, id: JobId, what: Confirm) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(call) = Call::of(id, &job.settings, what) else { return };
        let (about, owner) = ((id, what), job.owner);
        if self.programs.begin(about) {
            let again_after = call.again_after;
            self.programs.runs.spawn(async move {
                let succeeded = unless_broken(call.succeeds()).await;
                Heard { about, owner, succeeded, again_after }
            });
        }
    }

    /// Programs that an earlier run of the service owed.
    pub(super) fn run_owed_programs(&mut self) {
        let all = Caller { owner: Owner::ROOT, admin: true };
        let owed: Vec<_> = self
            .engine
            .jobs(all)
            .flat_map(|job| {
                let both = [Confirm::Transferred, Confirm::Error].into_iter();
                both.filter(|what| owes(job, *what)).map(|what| (job.id, what)).collect::<Vec<_>>()
            })
            .collect();
        owed.into_iter().for_each(|(job, what)| self.run_program(job, what));
    }

    /// A program has run: it confirms what it was told, unless that has happened again meanwhile.
    pub(super) fn on_heard(&mut self, heard: &Heard) {
        let Heard { about, owner, succeeded, again_after } = *heard;
        if !succeeded {
            self.programs.waits.spawn(async move {
                tokio::time::sleep(again_after).await;
                about
            });
            return;
        }
        if self.programs.end(about) {
            self.run_owed_program(about);
            return;
        }
        // A job that ended meanwhile owes nothing; then this is refused, and nobody waits for the answer.
        let caller = Caller { owner, admin: true };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.engine.handle_request(now(), ticket, caller, Request::Confirm(about.0, about.1));
    }

    /// It is time to run a program again that failed.
    pub(super) fn on_program_due(&mut self, about: About) {
        self.programs.end(about);
        self.run_owed_program(about);
    }

    fn run_owed_program(&mut self, (job, what): About) {
        if self.engine.job(job).is_some_and(|job| owes(job, what)) {
            self.run_program(job, what);
        }
    }
}

/// How a program did. A run that breaks has failed, and its end is heard of like any other: without it the job
/// would count as being told for ever.
async fn unless_broken(run: impl Future<Output = bool>) -> bool {
    // What the run had in its hands is gone with it: nobody sees it half done.
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("the run of a notification program broke");
        false
    })
}

const fn owes(job: &JobRecord, what: Confirm) -> bool {
    match what {
        Confirm::Transferred => job.unconfirmed.transferred,
        Confirm::Error => job.unconfirmed.error,
    }
}

const fn key((job, what): About) -> (JobId, u32) {
    (job, flag_of(what).bits())
}

const fn flag_of(what: Confirm) -> NotifyFlags {
    match what {
        Confirm::Transferred => NotifyFlags::JOB_TRANSFERRED,
        Confirm::Error => NotifyFlags::JOB_ERROR,
    }
}

/// How a program is to be run.
#[derive(Debug)]
struct Call {
    job: JobId,
    program: PathBuf,
    arguments: Vec<String>,
    again_after: Duration,
}

impl Call {
    fn of(job: JobId, settings: &JobSettings, what: Confirm) -> Option<Self> {
        let flag = flag_of(what);
        let flags = settings.notify_flags;
        if !flags.contains(flag) || flags.contains(NotifyFlags::DISABLE) {
            return None;
        }
        let (program, parameters) = settings.notify_cmd_line.as_ref()?;
        // "Parameters … begins with the program" (spec 7.3): the first word is argument 0.
        let words = shlex::split(parameters).unwrap_or_default();
        Some(Self {
            job,
            program: program.clone(),
            arguments: words.into_iter().skip(1).collect(),
            again_after: settings.min_retry_delay.unwrap_or(limits::RETRY_DELAY_MAX),
        })
    }

    async fn succeeds(&self) -> bool {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = match command.spawn() {
            Ok(mut child) => tokio::time::timeout(RUN_LIMIT, child.wait()).await,
            Err(error) => Ok(Err(error)),
        };
        let failed = |reason: String| {
            let context = ErrorContext::QueueManagerNotification;
            tracing::warn!(job = %self.job, %context, reason, "the notification program failed");
            false
        };
        match ended {
            Ok(Ok(status)) if status.success() => true,
            Ok(Ok(status)) => failed(status.to_string()),
            Ok(Err(error)) => failed(error.to_string()),
            Err(_) => failed(format!("it ran for more than {} s", RUN_LIMIT.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(program: &str, parameters: &str) -> Call {
        let notify_cmd_line = Some((program.into(), parameters.to_owned()));
        let settings = JobSettings { notify_cmd_line, ..JobSettings::default() };
        Call::of(JobId::from_random_bytes([1; 16]), &settings, Confirm::Error).unwrap()
    }

    #[test]
    fn a_program_is_run_only_for_what_its_owner_wants_to_hear() {
        let line = Some(("/bin/true".into(), "true".to_owned()));
        let wants = |flags, what| {
            let settings =
                JobSettings { notify_flags: flags, notify_cmd_line: line.clone(), ..JobSettings::default() };
            Call::of(JobId::from_random_bytes([1; 16]), &settings, what).is_some()
        };
        assert!(wants(NotifyFlags::default(), Confirm::Transferred));
        assert!(!wants(NotifyFlags::JOB_ERROR, Confirm::Transferred));
        assert!(!wants(NotifyFlags::JOB_MODIFICATION, Confirm::Error));
        assert!(!wants(NotifyFlags::JOB_ERROR | NotifyFlags::DISABLE, Confirm::Error));
    }

    #[test]
    fn what_happens_again_while_its_program_runs_is_told_again() {
        let mut programs = Programs::default();
        let about = (JobId::from_random_bytes([1; 16]), Confirm::Error);
        assert!(programs.begin(about));
        assert!(!programs.end(about), "it was told once, and happened once");
        assert!(programs.begin(about));
        assert!(!programs.begin(about), "one program at a time");
        assert!(programs.begin((about.0, Confirm::Transferred)), "about one thing");
        assert!(programs.end(about));
        assert!(!programs.end(about));
    }

    #[tokio::test]
    async fn f18_parameters_are_words_and_no_shell_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told file");
        let hostile = folder.path().join("hostile");
        let parameters = format!("touch '{}' \"$(touch {})\"", told.display(), hostile.display());
        let call = call("/usr/bin/touch", &parameters);
        // The last word names a file in a folder that does not exist, so touch complains after making the first.
        assert!(!call.succeeds().await);
        assert!(told.exists() && !hostile.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn f18_a_program_that_hangs_is_left_at_its_limit() {
        let start = tokio::time::Instant::now();
        assert!(!call("/bin/sleep", "sleep 100000").succeeds().await);
        assert_eq!(start.elapsed().as_secs(), RUN_LIMIT.as_secs());
    }

    #[tokio::test]
    async fn f18_a_run_that_breaks_has_failed_and_is_tried_again() {
        assert!(!unless_broken(async { panic!("a fault of ours") }).await);
        assert!(unless_broken(async { true }).await);
    }

    #[tokio::test]
    async fn only_exit_status_zero_counts() {
        assert!(call("/bin/sh", "sh -c 'exit 0'").succeeds().await);
        assert!(!call("/bin/sh", "sh -c 'exit 3'").succeeds().await);
        assert!(!call("/no/such/program", "x").succeeds().await);
    }
}
