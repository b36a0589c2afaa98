//! `bgcopy get`: one job, made, followed, and told about at its end.

use std::iter::Peekable;
use std::time::{Duration, Instant};

use bgcopy_api::core::Language;
use bgcopy_api::{
    AddFile, ClientError, CreateJob, Existing, File, FileStage, Job, JobType, Notification, Priority,
};
use serde::Serialize;

use crate::args::transfer::Get;
use crate::console::Console;
use crate::described::{Document, Reading, Way};
use crate::destination::IfExists;
use crate::exit::Exit;
use crate::explain::explain;
use crate::failure::Failure;
use crate::follow::{End, Followed, follow};
use crate::interrupt::{Waited, or_interrupt};
use crate::progress::Progress;
use crate::progress::json::Line;
use crate::progress::model::title;
use crate::remedies::short;
use crate::request::{self, Exactly, Surroundings};
use crate::say::Say;
use crate::session::{Door, Session, Tell};
use crate::units;
use crate::verbs::upload;

/// Does it.
pub(crate) async fn run(
    get: &Get,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let (mut wanted, metalinks, if_exists) = wanted(get, around)?;
    let mut session = door.open().await?;
    if !metalinks.is_empty() {
        let way = Way::of(&wanted);
        let mut reading = Reading { client: session.client(), way: &way, console, around };
        let described = reading.files(&metalinks, &get.files, if_exists, &wanted.files).await?;
        request::extend(&mut wanted, described, &get.transfer);
    }
    let patience =
        Patience { no_wait: get.waiting.no_wait, cancel_on_interrupt: get.waiting.cancel_on_interrupt };
    carry_out(wanted, &patience, &mut session, console, around).await
}

/// How long a person stays with a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Not at all.
    pub(crate) no_wait: bool,
    /// Until Ctrl-C, which then cancels.
    pub(crate) cancel_on_interrupt: bool,
}

/// Makes a job and, unless it is left to the service, follows it to its end.
pub(crate) async fn carry_out(
    wanted: CreateJob,
    patience: &Patience,
    session: &mut Session<'_>,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let job = make(session, wanted, &mut |say| console.say(say)).await?;
    if console.json {
        console.print_json(&Line::Created { job: job.id, name: &job.display_name })?;
    }
    if patience.no_wait {
        return if console.json { Ok(()) } else { console.print(&job.id.to_string()) };
    }
    wait(job, patience.cancel_on_interrupt, session, console, around).await
}

/// The job that the command line describes, and the Metalinks whose files belong to it.
fn wanted(get: &Get, around: &Surroundings) -> Result<(CreateJob, Vec<Document>, IfExists), Failure> {
    if get.files.urls.is_empty() && get.files.input_file.is_none() {
        return Err(Failure::Usage(
            "there is nothing to get; name a URL, or a file of URLs with -i".to_owned(),
        ));
    }
    let existing = if get.force { Existing::Replace } else { get.existing };
    let if_exists = if existing == Existing::Refuse { IfExists::Refuse } else { IfExists::LeaveToService };
    let named = request::named(&get.files, &Exactly::default(), if_exists, around)?;
    let job = request::job(&get.transfer, named.files, around)?;
    Ok((waited_for(job, existing, get.waiting.timeout), named.metalinks, if_exists))
}

/// A job that a person waits for: it does not give way unless told to, and completes by itself.
pub(crate) fn waited_for(mut job: CreateJob, existing: Existing, timeout: Duration) -> CreateJob {
    job.priority = job.priority.or(Some(Priority::Foreground));
    job.settings.auto_complete = Some(true);
    job.settings.existing = Some(existing);
    job.settings.no_progress_timeout_seconds = Some(timeout.as_secs());
    job.resume = true;
    job
}

/// Bytes of files in one request: a quarter of what the service takes. Larger ones would only need more memory, here and
/// there.
const FILES_BYTES: usize = 256 << 10;

/// Makes the job. One with very many files is made suspended, filled, and then resumed; a part that is refused
/// ends it, so that there is a whole job or none.
pub(crate) async fn make(
    session: &mut Session<'_>,
    wanted: CreateJob,
    tell: Tell<'_>,
) -> Result<Job, Failure> {
    let mut files = wanted.files.into_iter().peekable();
    let first = next_part(&mut files);
    let resume_later = wanted.resume && files.peek().is_some();
    let request = CreateJob {
        files: first,
        resume: wanted.resume && !resume_later,
        ..CreateJob { files: vec![], ..wanted }
    };
    let job = session.create(&request, tell).await?;
    let client = session.client();
    let filled = async {
        while files.peek().is_some() {
            client.add_files_unseen(job.id, next_part(&mut files)).await?;
        }
        if resume_later { client.resume(job.id).await } else { Ok(job.clone()) }
    };
    match filled.await {
        Ok(job) => Ok(job),
        Err(error) => {
            // What was refused is told; that the half of a job could not be removed besides helps nobody.
            let _ = client.cancel(job.id).await;
            Err(error.into())
        }
    }
}

/// The files for one request; the others stay.
fn next_part(files: &mut Peekable<impl Iterator<Item = AddFile>>) -> Vec<AddFile> {
    let mut part = Vec::new();
    let mut bytes = 0;
    while let Some(file) = files.peek() {
        bytes += text_len(file);
        if bytes > FILES_BYTES && !part.is_empty() {
            break;
        }
        part.extend(files.next());
    }
    part
}

/// How long the text of a file is.
fn text_len(file: &AddFile) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
            self.0 += text.len();
            Ok(text.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, file).map_or(FILES_BYTES, |()| count.0)
}

/// Follows a job to its end, and tells of it.
async fn wait(
    job: Job,
    cancel_on_interrupt: bool,
    session: &mut Session<'_>,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let id = job.id;
    let start = Instant::now();
    let mut progress = Progress::new(console);
    let work = follow(vec![job], session, &mut progress, console);
    let waited = or_interrupt(work, (around.interrupt)()).await;
    progress.clear();
    match waited {
        Waited::Done(followed) => {
            let took = start.elapsed();
            let told = followed?.iter().try_for_each(|followed| report(followed, Some(took), console));
            if let Err(Failure::Job(_)) = told {
                // It was told to the one whose job it is, so it need not be told again (spec 8.2). A job that
                // was cancelled or is gone has nothing to confirm.
                let _ = session.client().confirm(id, Notification::JobError).await;
            }
            told
        }
        Waited::Interrupted if cancel_on_interrupt => {
            session.client().cancel(id).await?;
            console.say(Say::Cancelled)?;
            Err(Failure::Interrupted)
        }
        Waited::Interrupted => {
            let id = short(id);
            [Say::GoesOn, Say::ComeBack { id: &id }, Say::EndIt { id: &id }]
                .into_iter()
                .try_for_each(|say| console.say(say))?;
            Err(Failure::Interrupted)
        }
    }
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Last<'a> {
    Done {
        job: &'a Job,
        files: &'a [File],
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        mended: Option<Mended>,
    },
    Failed {
        job: &'a Job,
        files: &'a [File],
        exit_code: u8,
        message: &'a str,
    },
}

/// What mending a file cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Mended {
    bytes_kept: u64,
    bytes_fetched: u64,
}

impl Mended {
    /// Of a job that has a basis for each of its files.
    fn of(files: &[File]) -> Option<Self> {
        let is_mended = !files.is_empty() && files.iter().all(|file| file.basis.is_some());
        let sum = |bytes: fn(&File) -> u64| files.iter().map(bytes).fold(0, u64::saturating_add);
        let bytes_fetched = sum(File::bytes_fetched);
        let bytes_kept = sum(|file| file.progress.bytes_transferred).saturating_sub(bytes_fetched);
        is_mended.then_some(Self { bytes_kept, bytes_fetched })
    }
}

/// Tells how a job ended; the exit code is in the failure.
pub(crate) fn report(
    followed: &Followed,
    took: Option<Duration>,
    console: &mut Console,
) -> Result<(), Failure> {
    let Followed { job, files, end } = followed;
    let name = title(job, files);
    let id = short(job.id);
    match end {
        End::Done | End::Transferred if console.json => {
            let seconds = took.map(|took| took.as_secs_f64());
            let mended = Mended::of(files).filter(|_| *end == End::Done);
            console.print_json(&Last::Done { job, files, seconds, mended })
        }
        End::Done => {
            done_lines(followed, took, console.language).iter().try_for_each(|line| console.note(line))
        }
        End::Transferred if job.kind != JobType::Download => {
            console.say(Say::AllSent { name: &name, id: &id })
        }
        End::Transferred => console.say(Say::AllHere { name: &name, id: &id }),
        End::Failed(error) => {
            let exit = Exit::of_error(error);
            if console.json {
                return fail(followed, exit, &error.happened, console);
            }
            console.tell_text(&explain(job, &name, error, &console.reader()))?;
            Err(Failure::Job(exit))
        }
        End::Cancelled => fail(followed, Exit::Refused, &Say::WasCancelled.text(console.language), console),
        End::Gone => fail(followed, Exit::Refused, &Say::Unknown.text(console.language), console),
    }
}

fn fail(followed: &Followed, exit: Exit, message: &str, console: &mut Console) -> Result<(), Failure> {
    let Followed { job, files, .. } = followed;
    if console.json {
        console.print_json(&Last::Failed { job, files, exit_code: exit.number(), message })?;
    } else {
        console.tell(&format!("{}: {message}", title(job, files)))?;
    }
    Err(Failure::Job(exit))
}

/// What came, and where it is.
fn done_lines(followed: &Followed, took: Option<Duration>, language: Language) -> Vec<String> {
    let bytes = followed.job.progress.bytes_transferred;
    let mut how = units::size(bytes);
    // Of a moment no rate can be told.
    if let Some(took) = took.filter(|took| *took >= Duration::from_millis(500)) {
        let rate = bytes as f64 / took.as_secs_f64();
        let (span, rate) = (units::span(took), units::rate(rate as u64));
        how = Say::Amount { size: &how, span: &span, rate: &rate }.text(language);
    }
    if followed.job.kind != JobType::Download {
        return upload::done_lines(followed, &how, language);
    }
    // The files may have been seen last before they were whole.
    let progress = followed.job.progress;
    let is_whole = progress.files_transferred == progress.files_total;
    if let (Some(Mended { bytes_kept, bytes_fetched }), [file]) =
        (Mended::of(&followed.files), &followed.files[..])
    {
        let path = file.local_path().display().to_string();
        let (kept, fetched) = (units::size(bytes_kept), units::size(bytes_fetched));
        let say = match bytes_fetched {
            0 => Say::WasWhole { path: &path },
            _ => Say::Mended { path: &path, kept: &kept, fetched: &fetched },
        };
        return vec![say.text(language)];
    }
    let mut lines: Vec<String> = followed
        .files
        .iter()
        .map(|file| {
            let path = file.local_path().display().to_string();
            let say = match file.stage {
                FileStage::Transferred | FileStage::Published => Say::Saved { path: &path },
                FileStage::Wanted if is_whole => Say::Saved { path: &path },
                FileStage::Wanted | FileStage::Discarded => Say::Dropped { path: &path },
            };
            say.text(language)
        })
        .collect();
    match lines.as_mut_slice() {
        [] => lines.push(Say::Done { name: &followed.job.display_name, how: &how }.text(language)),
        [only] => only.push_str(&format!(" ({how})")),
        // Behind the last of them it would be taken for the size of that file.
        several => {
            let count = several.len();
            lines.push(Say::FilesInAll { count, how: &how }.text(language));
        }
    }
    lines
}

/// A command that was refused, as one line of `--json`.
pub(crate) fn refused_json(failure: &Failure) -> serde_json::Value {
    let problem = match failure {
        Failure::Service(ClientError::Problem(problem)) => serde_json::to_value(problem).unwrap_or_default(),
        _ => serde_json::Value::Null,
    };
    let code = match failure {
        Failure::Service(error) => Some(error.code()),
        Failure::NoService(_) => Some("no-service"),
        _ => None,
    };
    serde_json::json!({
        "event": "refused",
        "exit_code": failure.exit().number(),
        "code": code,
        "message": failure.to_string(),
        "problem": problem,
    })
}
