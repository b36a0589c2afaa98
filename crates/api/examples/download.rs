//! Downloads a file in the background, and says why where it cannot:
//! `cargo run -p bgcopy-api --example download -- URL FILE`.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, absolute};
use std::process::ExitCode;

use bgcopy_api::core::JobState;
use bgcopy_api::start::{Wish, connect_or_start, spawn_detached};
use bgcopy_api::{AddFile, CreateJob, EventFilter, Language};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [url, file] = &words[..] else {
        eprintln!("usage: download URL FILE");
        return ExitCode::from(2);
    };
    match fetch(&Wish::default(), url, Path::new(file)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Fetches a file and waits for it. The service goes on with it, too, where this program ends before.
pub(crate) async fn fetch(wish: &Wish, url: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let place = wish.place()?;
    let words = ["daemon", "--detached", "--socket"].map(OsStr::new);
    let start = || spawn_detached(OsStr::new("bgcopy"), &[&words[..], &[place.socket.as_os_str()]].concat());
    let client = connect_or_start(&place, Language::English, start).await?;

    let wanted = CreateJob {
        files: vec![AddFile::whole(url, &absolute(file)?)],
        resume: true,
        ..CreateJob::named("example: download")
    };
    let made = client.create_job(&wanted, None).await?;
    let filter = EventFilter { job: vec![made.id], ..EventFilter::default() };
    let mut events = client.events(filter).await?;
    loop {
        // Events say that something happened; where the job stands, it says itself.
        let job = client.job(made.id).await?;
        match job.state {
            JobState::Transferred => {
                // The file appears under its name now.
                client.complete(job.id).await?;
                return Ok(());
            }
            JobState::Error => {
                client.cancel(job.id).await?;
                let why = job.error.map(|error| format!("{} {}", error.happened, error.means));
                return Err(why.unwrap_or_default().into());
            }
            _ => {}
        }
        events.next().await?;
    }
}
