//! `create`, `add`.

use super::find;
use crate::args::transfer::{Add, Create};
use crate::console::Console;
use crate::described::{Reading, Way};
use crate::destination::IfExists;
use crate::failure::Failure;
use crate::get::make;
use crate::progress::model::base_name;
use crate::remedies::short;
use crate::request::{self, Exactly, Named, Surroundings};
use crate::say::Say;
use crate::session::Door;

/// `bgcopy create`: prints the id of the job.
pub(crate) async fn create(
    args: &Create,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    // What becomes of a destination that exists is the service's to decide, when the job completes.
    let if_exists = IfExists::LeaveToService;
    let named = request::named(&args.files, &Exactly::default(), if_exists, around)?;
    let mut job = request::job(&args.transfer, named.files, around)?;
    job.description = args.description.clone().unwrap_or_default();
    job.settings.existing = args.existing;
    job.settings.no_progress_timeout_seconds = args.timeout.map(|timeout| timeout.as_secs());
    job.settings.auto_complete = args.auto_complete.then_some(true);
    job.resume = args.resume;
    let mut session = door.open().await?;
    if !named.metalinks.is_empty() {
        let way = Way::of(&job);
        let mut reading = Reading { client: session.client(), way: &way, console, around };
        let if_exists = if args.existing.is_some() { if_exists } else { IfExists::RefuseForeign };
        let described = reading.files(&named.metalinks, &args.files, if_exists, &job.files).await?;
        request::extend(&mut job, described, &args.transfer);
    }
    let made = make(&mut session, job, &mut |say| console.say(say)).await?;
    if console.json { console.print_json(&made) } else { console.print(&made.id.to_string()) }
}

/// `bgcopy add`: all files or none.
pub(crate) async fn add(
    args: &Add,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    if args.files.urls.is_empty() && args.files.input_file.is_none() {
        return Err(Failure::Usage(
            "there is nothing to add; name a URL, or a file of URLs with -i".to_owned(),
        ));
    }
    let exactly = Exactly { ranges: args.range.clone(), size: args.expected_size };
    let if_exists = IfExists::LeaveToService;
    let Named { mut files, metalinks } = request::named(&args.files, &exactly, if_exists, around)?;
    let way = request::usual_way(around)?;
    let session = door.open().await?;
    let client = session.client();
    let job = find(client, &args.job).await?;
    if !metalinks.is_empty() {
        let mut reading = Reading { client, way: &way, console, around };
        let described = reading.files(&metalinks, &args.files, IfExists::RefuseForeign, &files).await?;
        files.extend(described);
    }
    let added = client.add_files(job.id, files).await?;
    if console.json {
        return added.iter().try_for_each(|file| console.print_json(file));
    }
    added.iter().try_for_each(|file| {
        let (id, name) = (&short(job.id), &job.display_name);
        console.say(Say::Added { id, name, number: file.index.0, file: &base_name(file) })
    })
}
