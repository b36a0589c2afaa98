//! One large file, service already running: wall time, CPU per GiB, peak memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Fetch, Rival};
use super::{Args, Scheme, To, say};
use crate::rig::process::{Cost, measure};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{MIB, Size};

/// Somebody in one of the ways to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contender {
    rival: Rival,
    scheme: Scheme,
    checks_digest: bool,
}

impl Contender {
    fn name(self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let digest = if self.checks_digest { " + sha-256" } else { "" };
        format!("{scheme}: {}{digest}", self.rival.name())
    }

    /// Whom it is divided by.
    fn yardstick(self) -> Self {
        Self { rival: Rival::Curl, checks_digest: false, ..self }
    }
}

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let rivals = args.rivals();
    let contenders = contenders(&rivals, &args.schemes());
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    let memory = Scratch::in_memory(2 * args.size().0 + 64 * MIB)?;
    let disk = Scratch::on_disk()?;
    say(format_args!("making {} of random bytes", args.size()));
    let origin = Origin::start(&memory.folder("origin")?, args.size(), 1, MIB)?;
    let service = ours.as_deref().map(|binary| Service::start(binary, disk.path())).transpose()?;
    let to = match args.to {
        To::Memory => memory.path().join("fetched"),
        To::Disk => disk.path().join("fetched"),
    };

    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
    for round in 0..=usize::from(args.rounds) {
        say(format_args!("round {round} of {}", args.rounds));
        for turn in 0..contenders.len() {
            // Nobody is always first.
            let index = (turn + round) % contenders.len();
            let mut cost = one(contenders[index], &origin, &to, service.as_ref())?;
            if args.to == To::Disk {
                cost.wall += synced(&to)?;
            }
            let warming_up = round == 0;
            check_result(&to, &origin, warming_up).with_context(|| contenders[index].name())?;
            fs::remove_file(&to)?;
            if args.to == To::Disk {
                // Nobody has to wait for what another one left.
                rustix::fs::sync();
            }
            if !warming_up {
                costs[index].push(cost);
            }
        }
    }
    Ok(Report {
        title: format!("One file of {} to {}, {} rounds", args.size(), args.to.name(), args.rounds),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows: rows(&contenders, &costs, args),
        notes: vec![
            "Ratios are to curl of the same scheme in the same round. CPU and memory of bgcopy are those of \
             client and service together."
                .to_owned(),
        ],
    })
}

/// Everybody over every scheme, and once more with a digest where that can be asked for.
fn contenders(rivals: &[Rival], schemes: &[Scheme]) -> Vec<Contender> {
    let mut contenders = Vec::new();
    for &scheme in schemes {
        for &rival in rivals {
            contenders.push(Contender { rival, scheme, checks_digest: false });
            if rival.checks_digests() {
                contenders.push(Contender { rival, scheme, checks_digest: true });
            }
        }
    }
    contenders
}

fn one(contender: Contender, origin: &Origin, to: &Path, service: Option<&Service>) -> anyhow::Result<Cost> {
    let fetch = Fetch {
        url: origin.url(contender.scheme, 0),
        to,
        authority: origin.authority(contender.scheme),
        digest: contender.checks_digest.then_some(origin.digest.as_str()),
        go_on: false,
    };
    let mut command = contender.rival.command(&fetch, service);
    let service = service.filter(|_| contender.rival == Rival::Bgcopy);
    measure_with_service(&mut command, service)
}

/// The cost of a command, and of the service as long as the command runs.
pub(super) fn measure_with_service(command: &mut Command, service: Option<&Service>) -> anyhow::Result<Cost> {
    let Some(service) = service.map(Service::process) else { return measure(command) };
    service.forget_peak()?;
    let before = service.cpu()?;
    let mut cost = measure(command)?;
    cost.cpu += service.cpu()?.saturating_sub(before);
    cost.peak_bytes += service.peak_bytes().context("the service is gone")?;
    Ok(cost)
}

/// Puts a file on the disk; gives the time that it took.
fn synced(path: &Path) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let file = fs::File::open(path).with_context(|| format!("no {}", path.display()))?;
    file.sync_all().with_context(|| format!("cannot sync {}", path.display()))?;
    Ok(started.elapsed())
}

/// Whether the whole file is there; every byte of it is looked at when `thoroughly`.
pub(super) fn check_result(to: &Path, origin: &Origin, thoroughly: bool) -> anyhow::Result<()> {
    check_size(to, origin.size)?;
    if thoroughly {
        let output = Command::new("sha256sum").arg(to).output().context("cannot start sha256sum")?;
        if !output.stdout.starts_with(origin.digest.as_bytes()) {
            bail!("wrong bytes were fetched");
        }
    }
    Ok(())
}

/// Whether a file has the size it should have.
pub(super) fn check_size(path: &Path, size: Size) -> anyhow::Result<()> {
    let found = fs::metadata(path).with_context(|| format!("no {}", path.display()))?.len();
    if found != size.0 {
        bail!("{found} bytes were fetched, not {}", size.0);
    }
    Ok(())
}

/// What everybody says of himself.
pub(super) fn versions(rivals: &[Rival], ours: Option<&Path>) -> BTreeMap<String, String> {
    let version = |&rival: &Rival| Some((rival.name().to_owned(), rival.version(ours)?));
    rivals.iter().filter_map(version).collect()
}

fn rows(contenders: &[Contender], costs: &[Vec<Cost>], args: &Args) -> Vec<Row> {
    let samples = |index: usize, of: fn(&Cost) -> f64, unit: f64| -> Vec<f64> {
        costs[index].iter().map(|cost| of(cost) / unit).collect()
    };
    let figure = |index: usize, name: &'static str, of: fn(&Cost) -> f64, unit: f64| {
        let own = samples(index, of, unit);
        let yardstick = contenders.iter().position(|other| *other == contenders[index].yardstick());
        match yardstick {
            Some(yardstick) => Figure::beside(name, &own, &samples(yardstick, of, unit)),
            None => Figure::new(name, &own),
        }
    };
    let row = |(index, contender): (usize, &Contender)| Row {
        name: contender.name(),
        figures: vec![
            figure(index, "wall s", |cost| cost.wall.as_secs_f64(), 1.0),
            figure(index, "CPU s/GiB", |cost| cost.cpu.as_secs_f64(), args.size().gib()),
            figure(index, "peak RSS MiB", |cost| cost.peak_bytes as f64, MIB as f64),
        ],
    };
    contenders.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_runs_plain_and_with_a_digest_where_it_can() {
        let names: Vec<_> = contenders(&[Rival::Curl, Rival::Bgcopy], &[Scheme::Http, Scheme::Https])
            .into_iter()
            .map(Contender::name)
            .collect();
        assert_eq!(
            names,
            [
                "http: curl",
                "http: bgcopy",
                "http: bgcopy + sha-256",
                "https: curl",
                "https: bgcopy",
                "https: bgcopy + sha-256"
            ]
        );
    }

    #[test]
    fn the_yardstick_is_curl_of_the_same_scheme() {
        let ours = Contender { rival: Rival::Bgcopy, scheme: Scheme::Https, checks_digest: true };
        assert_eq!(ours.yardstick().name(), "https: curl");
    }
}
