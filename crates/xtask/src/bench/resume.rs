//! Everything is killed on its way and started again: how much is fetched twice, and is the file right?

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Fetch, Rival};
use super::single::{check_result, versions};
use super::{Args, say, wait_until};
use crate::rig::process::measure;
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{GIB, MIB, Size};

/// Of one connection: slow enough to be killed on the way, and fast enough to have a lot in flight.
const BYTES_PER_SECOND: u64 = 256 * MIB;
/// More than this would only take longer.
const SIZE_MAX: u64 = 2 * GIB;

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let rivals: Vec<_> = args.rivals().into_iter().filter(|&rival| rival != Rival::Wget2).collect();
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    let size = Size(args.size().0.min(SIZE_MAX));
    let mut rows = Vec::new();
    for &rival in &rivals {
        let mut twice = Vec::new();
        let mut seconds = Vec::new();
        for round in 1..=args.rounds {
            say(format_args!("{}, round {round} of {}", rival.name(), args.rounds));
            let memory = Scratch::in_memory(2 * size.0 + 64 * MIB)?;
            let origin = Origin::start(&memory.folder("origin")?, size, 1, BYTES_PER_SECOND)?;
            let disk = Scratch::on_disk()?;
            let to = memory.path().join("fetched");
            let binary = ours.as_deref().filter(|_| rival == Rival::Bgcopy);
            let rest = interrupt_and_finish(rival, &origin, &to, binary, disk.path())?;
            check_result(&to, &origin, true).with_context(|| rival.name())?;
            let sent = origin.stop_and_count()?;
            twice.push((sent as f64 - size.0 as f64) / MIB as f64);
            seconds.push(rest.as_secs_f64());
        }
        let figures = vec![Figure::new("fetched twice MiB", &twice), Figure::new("finished in s", &seconds)];
        rows.push(Row { name: rival.name().to_owned(), figures });
    }
    let rate = Size(BYTES_PER_SECOND);
    Ok(Report {
        title: format!("kill -9 on the way through {size} at {rate}/s a connection, {} rounds", args.rounds),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows,
        notes: vec![
            "Of bgcopy, client and service are killed and only the service is started again. Fetched twice \
             is by the server's account, so it holds what lay in socket buffers at the kill."
                .to_owned(),
        ],
    })
}

/// Lets a fetch run for an eighth of what one connection needs, since who opens several is soon through; kills it, and lets it come to its end; gives back how long that took.
fn interrupt_and_finish(
    rival: Rival,
    origin: &Origin,
    to: &Path,
    binary: Option<&Path>,
    state: &Path,
) -> anyhow::Result<Duration> {
    let fetch = |go_on| Fetch { url: origin.slow_url(), to, authority: None, digest: None, go_on };
    let service = binary.map(|binary| Service::start(binary, state)).transpose()?;
    let mut client = rival.command(&fetch(false), service.as_ref()).spawn()?;
    let on_the_way = Duration::from_secs_f64(origin.size.0 as f64 / BYTES_PER_SECOND as f64 / 8.0);
    let started = Instant::now();
    if wait_until(on_the_way, || has_ended(&mut client)) {
        bail!("{} ended after {:?}, before it could be killed", rival.name(), started.elapsed());
    }
    client.kill()?;
    client.wait()?;
    if let Some(service) = service {
        service.kill()?;
    }
    let started = Instant::now();
    match binary {
        // The job completes though nobody waits for it.
        Some(binary) => {
            let service = Service::start(binary, state)?;
            if !wait_until(FINISH_LIMIT, || to.exists()) {
                bail!("the service did not finish what it had begun");
            }
            drop(service);
        }
        None => {
            measure(&mut rival.command(&fetch(true), None))?;
        }
    }
    Ok(started.elapsed())
}

fn has_ended(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(_)) | Err(_))
}

/// Many times what the other half takes.
const FINISH_LIMIT: Duration = Duration::from_secs(120);
