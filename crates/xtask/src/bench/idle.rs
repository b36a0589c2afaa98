//! A service with nothing to do: its memory, and how often it wakes.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Fetch, Rival, quiet};
use super::single::versions;
use super::{Args, Scheme, say};
use crate::rig::process::{self, Process, measure};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{GIB, MIB, Size};

/// More than this would not change what a service keeps.
const SIZE_MAX: u64 = GIB;

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let rivals = args.rivals();
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    let disk = Scratch::on_disk()?;
    let mut watched: Vec<(&str, Process)> = Vec::new();
    let services = match &ours {
        Some(binary) => {
            Some((Service::start(binary, &disk.folder("fresh")?)?, after_a_transfer(binary, &disk, args)?))
        }
        None => None,
    };
    if let Some((fresh, used)) = &services {
        watched.push(("bgcopy daemon", fresh.process()));
        watched.push(("bgcopy daemon, after a transfer", used.process()));
    }
    let aria2c = rivals.contains(&Rival::Aria2c).then(start_aria2c).transpose()?;
    if let Some(Neighbour(child)) = &aria2c {
        watched.push(("aria2c --enable-rpc", Process(child.id())));
    }
    // What follows a start is not idleness.
    thread::sleep(SETTLE);
    say(format_args!("watching for {} s", args.seconds));
    let rows = watch(&watched, Duration::from_secs(args.seconds))?;
    Ok(Report {
        title: format!("Idle for {} s", args.seconds),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows,
        notes: vec!["Switches are context switches of all threads, willing or not.".to_owned()],
    })
}

fn watch(watched: &[(&str, Process)], time: Duration) -> anyhow::Result<Vec<Row>> {
    let count = |(_, process): &(&str, Process)| process.context_switches();
    let before: Vec<u64> = watched.iter().map(count).collect::<Result<_, _>>()?;
    thread::sleep(time);
    let row = |((name, process), before): (&(&str, Process), u64)| {
        let switches = process.context_switches()?.saturating_sub(before) as f64;
        let resident = process.resident_bytes().with_context(|| format!("{name} is gone"))?;
        Ok(Row {
            name: (*name).to_owned(),
            figures: vec![
                Figure::new("RSS MiB", &[resident as f64 / MIB as f64]),
                Figure::new("switches", &[switches]),
                Figure::new("switches/s", &[switches / time.as_secs_f64()]),
            ],
        })
    };
    watched.iter().zip(before).map(row).collect()
}

/// A service that has fetched a file, and whose client is gone.
fn after_a_transfer(binary: &Path, disk: &Scratch, args: &Args) -> anyhow::Result<Service> {
    let size = Size(args.size().0.min(SIZE_MAX));
    let memory = Scratch::in_memory(2 * size.0 + 64 * MIB)?;
    let origin = Origin::start(&memory.folder("origin")?, size, 1, MIB)?;
    let service = Service::start(binary, &disk.folder("used")?)?;
    let to = memory.path().join("fetched");
    let fetch =
        Fetch { url: origin.url(Scheme::Http, 0), to: &to, authority: None, digest: None, go_on: false };
    measure(&mut Rival::Bgcopy.command(&fetch, Some(&service)))?;
    Ok(service)
}

/// Another service that waits for jobs.
struct Neighbour(Child);

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.0, Signal::TERM);
    }
}

fn start_aria2c() -> anyhow::Result<Neighbour> {
    let mut command = Command::new(Rival::Aria2c.name());
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    command.args(["--no-conf", "--quiet", "--enable-rpc"]).arg(format!("--rpc-listen-port={port}"));
    quiet(&mut command);
    Ok(Neighbour(command.spawn().context("cannot start aria2c")?))
}

const SETTLE: Duration = Duration::from_secs(3);
