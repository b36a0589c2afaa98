//! One large file from a server that gives each connection little: what more connections bring.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Fetch, Rival};
use super::single::{check_result, measure_with_service, versions};
use super::{Args, say};
use crate::rig::process::Cost;
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{MIB, Size};

/// What the server gives one connection.
const RATE: u64 = 20 * MIB;
/// As many as anybody may have.
const CONNECTIONS: &str = "8";

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let rivals: Vec<Rival> = args.rivals().into_iter().filter(|rival| *rival != Rival::Wget2).collect();
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    let memory = Scratch::in_memory(2 * args.size().0 + 64 * MIB)?;
    let disk = Scratch::on_disk()?;
    say(format_args!("making {} of random bytes", args.size()));
    let origin = Origin::start(&memory.folder("origin")?, args.size(), 1, RATE)?;
    let service = ours.as_deref().map(|binary| Service::start(binary, disk.path())).transpose()?;
    let to = memory.path().join("fetched");
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); rivals.len()];
    for round in 1..=args.rounds {
        say(format_args!("round {round} of {}", args.rounds));
        for (index, &rival) in rivals.iter().enumerate() {
            let mut command = command(rival, &origin, &to, service.as_ref());
            let service = service.as_ref().filter(|_| rival == Rival::Bgcopy);
            costs[index].push(measure_with_service(&mut command, service)?);
            check_result(&to, &origin, round == 1).with_context(|| rival.name())?;
            fs::remove_file(&to)?;
        }
    }
    let rate = Size(RATE);
    Ok(Report {
        title: format!(
            "One file of {} from a server that gives each connection {rate}/s, {} rounds",
            args.size(),
            args.rounds
        ),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows: rows(&rivals, &costs),
        notes: vec![format!(
            "aria2c is told to use {CONNECTIONS} connections; bgcopy finds out, {CONNECTIONS} being its bound. The ratio \
             is how many times as fast as curl in the same round."
        )],
    })
}

fn command(rival: Rival, origin: &Origin, to: &Path, service: Option<&Service>) -> Command {
    let fetch = Fetch { url: origin.slow_url(), to, authority: None, digest: None, go_on: false };
    let mut command = rival.command(&fetch, service);
    if rival == Rival::Aria2c {
        command.args(["--split", CONNECTIONS, "--max-connection-per-server", CONNECTIONS]);
    }
    command
}

fn rows(rivals: &[Rival], costs: &[Vec<Cost>]) -> Vec<Row> {
    let walls = |index: usize| -> Vec<f64> {
        costs[index].iter().map(|cost: &Cost| cost.wall.as_secs_f64()).collect()
    };
    let curl = rivals.iter().position(|rival| *rival == Rival::Curl).map(walls);
    let times_as_fast = |own: &[f64]| match &curl {
        Some(curl) => {
            let ratios: Vec<f64> = curl.iter().zip(own).map(|(curl, own)| curl / own).collect();
            Figure::new("times curl", &ratios)
        }
        None => Figure::none("times curl"),
    };
    let row = |(index, rival): (usize, &Rival)| {
        let own = walls(index);
        let figures = vec![Figure::new("wall s", &own), times_as_fast(&own)];
        Row { name: rival.name().to_owned(), figures }
    };
    rivals.iter().enumerate().map(row).collect()
}
