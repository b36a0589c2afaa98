//! The program that a job's owner wants run when the job is through or stuck (`SetNotifyCmdLine`, spec 8.5).
//!
//! No shell, only a list of arguments; a time limit; and whatever becomes of it, the job is not touched
//! (faults F18). Exit status 0 confirms the notification; anything else runs the program again after the
//! minimum retry delay, for as long as nobody else has confirmed it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bgcopy_core::{ErrorContext, JobId, JobRecord, JobSettings, NotifyFlags, Owner, limits};
use bgcopy_engine::request::Confirm;
use bgcopy_engine::{Caller, Request, Ticket};
use tokio::process::Command;

use super::{Manager, now};

/// A program that runs longer hangs.
const RUN_LIMIT: Duration = Duration::from_secs(300);

/// A run of a program is over: it succeeded, or it is time to try again.
pub(super) struct Heard {
    job: JobId,
    owner: Owner,
    what: Confirm,
    succeeded: bool,
}

impl Manager {
    /// Runs the program of a job about this, where it has one and wants to be told.
    pub(super) fn run_program(&mut self, id: JobId, what: Confirm) {
        let Some(job) = self.engine.job(id) else { return };
        let Some(call) = Call::of(id, &job.settings, what) else { return };
        if !self.programs_running.insert((id, call.flag.bits())) {
            return;
        }
        let owner = job.owner;
        self.programs.spawn(async move {
            let succeeded = call.succeeds().await;
            if !succeeded {
                tokio::time::sleep(call.again_after).await;
            }
            Heard { job: id, owner, what, succeeded }
        });
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

    pub(super) fn on_heard(&mut self, heard: &Heard) {
        self.programs_running.remove(&(heard.job, flag_of(heard.what).bits()));
        if !heard.succeeded {
            if self.engine.job(heard.job).is_some_and(|job| owes(job, heard.what)) {
                self.run_program(heard.job, heard.what);
            }
            return;
        }
        // A job that ended meanwhile owes nothing; then this is refused, and nobody waits for the answer.
        let caller = Caller { owner: heard.owner, admin: true };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.engine.handle_request(now(), ticket, caller, Request::Confirm(heard.job, heard.what));
    }
}

const fn owes(job: &JobRecord, what: Confirm) -> bool {
    match what {
        Confirm::Transferred => job.unconfirmed.transferred,
        Confirm::Error => job.unconfirmed.error,
    }
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
    flag: NotifyFlags,
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
            flag,
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

    #[tokio::test]
    async fn parameters_are_words_and_no_shell_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told file");
        let hostile = folder.path().join("hostile");
        let parameters = format!("touch '{}' \"$(touch {})\"", told.display(), hostile.display());
        let call = call("/usr/bin/touch", &parameters);
        // The last word names a file in a folder that does not exist, so touch complains after making the first.
        assert!(!call.succeeds().await);
        assert!(told.exists() && !hostile.exists());
    }

    #[tokio::test]
    async fn only_exit_status_zero_counts() {
        assert!(call("/bin/sh", "sh -c 'exit 0'").succeeds().await);
        assert!(!call("/bin/sh", "sh -c 'exit 3'").succeeds().await);
        assert!(!call("/no/such/program", "x").succeeds().await);
    }
}
