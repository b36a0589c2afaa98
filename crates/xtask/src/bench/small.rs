//! One job of many small files: files per second, CPU for each thousand, peak memory.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::origin::{Origin, file_name};
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Rival, quiet};
use super::single::{measure_with_service, versions};
use super::{Args, Scheme, say};
use crate::rig::process::Cost;
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{MIB, Size};

/// Bytes of a small file.
const SIZE: Size = Size(4 << 10);
/// What curl does at once when it is told nothing else but `--parallel`.
const CURL_AT_ONCE: &str = "50";
/// What aria2c can do at once with one server.
const ARIA2_AT_ONCE: &str = "16";

/// Somebody over one of the protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contender {
    rival: Rival,
    /// In the clear it is HTTP/1.1, through TLS the server offers HTTP/2.
    scheme: Scheme,
}

impl Contender {
    fn name(self) -> String {
        let protocol = match self.scheme {
            Scheme::Http => "HTTP/1.1",
            Scheme::Https => "HTTP/2",
        };
        format!("{protocol}: {}", self.rival.name())
    }
}

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let contenders = contenders(args);
    let rivals = args.rivals();
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    let (files, size) = (args.files, args.size.unwrap_or(SIZE));
    let bytes = u64::from(files) * size.0.next_multiple_of(4 << 10);
    let memory = Scratch::in_memory(2 * bytes + 64 * MIB)?;
    let disk = Scratch::on_disk()?;
    say(format_args!("making {files} files of {size}"));
    let origin = Origin::start_many(&memory.folder("origin")?, size, files)?;
    let service = ours.as_deref().map(|binary| Service::start(binary, disk.path())).transpose()?;
    let to = memory.path().join("fetched");
    let lists = Lists::write(disk.path(), &origin, files, &to)?;

    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
    for round in 0..=usize::from(args.rounds) {
        say(format_args!("round {round} of {}", args.rounds));
        for turn in 0..contenders.len() {
            let index = (turn + round) % contenders.len();
            let contender = contenders[index];
            fs::create_dir(&to)?;
            let mut command = command(contender, &origin, &lists, &to, service.as_ref());
            let service = service.as_ref().filter(|_| contender.rival == Rival::Bgcopy);
            let cost = measure_with_service(&mut command, service)?;
            check(&to, &origin, files).with_context(|| contender.name())?;
            fs::remove_dir_all(&to)?;
            if round > 0 {
                costs[index].push(cost);
            }
        }
    }
    Ok(Report {
        title: format!("One job of {files} files of {size}, {} rounds", args.rounds),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows: rows(&contenders, &costs, files),
        notes: vec![format!(
            "Ratios are to curl over the same protocol in the same round, of files per second to aria2c over \
             HTTP/1.1 besides. curl fetches {CURL_AT_ONCE} at once, aria2c {ARIA2_AT_ONCE}. bgcopy also keeps \
             the job and each of its files on record and gives the files their names when all are here; its \
             CPU and memory are those of client and service together."
        )],
    })
}

/// Everybody over every protocol it speaks.
fn contenders(args: &Args) -> Vec<Contender> {
    let all = args
        .schemes()
        .into_iter()
        .flat_map(|scheme| args.rivals().into_iter().map(move |rival| Contender { rival, scheme }));
    all.filter(|contender| contender.rival != Rival::Aria2c || contender.scheme == Scheme::Http).collect()
}

/// What is to be fetched, as each wants to be told.
struct Lists {
    folder: PathBuf,
}

impl Lists {
    fn write(folder: &Path, origin: &Origin, files: u32, to: &Path) -> anyhow::Result<Self> {
        for scheme in [Scheme::Http, Scheme::Https] {
            let (mut urls, mut config) = (String::new(), String::new());
            for index in 0..files {
                let url = match scheme {
                    Scheme::Http => origin.url(scheme, index),
                    Scheme::Https => origin.http2_url(index),
                };
                writeln!(urls, "{url}")?;
                writeln!(config, "url = \"{url}\"\noutput = \"{}\"", to.join(file_name(index)).display())?;
            }
            fs::write(folder.join(format!("urls-{scheme:?}")), urls)?;
            fs::write(folder.join(format!("curl-{scheme:?}")), config)?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    fn urls(&self, scheme: Scheme) -> PathBuf {
        self.folder.join(format!("urls-{scheme:?}"))
    }

    fn of_curl(&self, scheme: Scheme) -> PathBuf {
        self.folder.join(format!("curl-{scheme:?}"))
    }
}

/// The command that fetches all files into a folder.
fn command(
    contender: Contender,
    origin: &Origin,
    lists: &Lists,
    to: &Path,
    service: Option<&Service>,
) -> Command {
    let Contender { rival, scheme } = contender;
    let mut command = match (rival, service) {
        (Rival::Bgcopy, Some(service)) => service.client("get"),
        _ => Command::new(rival.name()),
    };
    quiet(&mut command);
    match rival {
        Rival::Curl => {
            // Some versions show a meter of parallel transfers whatever they are told.
            command.args(["--disable", "--silent", "--show-error", "--fail"]).stderr(Stdio::null());
            command.args(["--parallel", "--parallel-max", CURL_AT_ONCE]);
            command.arg("--config").arg(lists.of_curl(scheme));
        }
        Rival::Aria2c => {
            command.args(["--no-conf", "--quiet", "--file-allocation=none", "-j", ARIA2_AT_ONCE]);
            command.arg("--dir").arg(to).arg("--input-file").arg(lists.urls(scheme));
        }
        Rival::Wget2 => {
            command.args(["--no-config", "--quiet", "--no-robots", "--max-threads", ARIA2_AT_ONCE]);
            command.arg("--directory-prefix").arg(to).arg("--input-file").arg(lists.urls(scheme));
        }
        Rival::Bgcopy => {
            command.args(["--quiet", "--force"]).arg("--dir").arg(to);
            command.arg("--input-file").arg(lists.urls(scheme));
        }
    }
    if let Some(authority) = origin.authority(scheme) {
        let option = if rival == Rival::Aria2c { "--ca-certificate" } else { "--cacert" };
        command.arg(option).arg(authority);
    }
    command
}

/// Whether every file is there, byte for byte, and nothing else.
fn check(folder: &Path, origin: &Origin, files: u32) -> anyhow::Result<()> {
    let found = fs::read_dir(folder)?.count();
    ensure!(found == files as usize, "{found} files were fetched, not {files}");
    for index in 0..files {
        let name = file_name(index);
        let fetched = fs::read(folder.join(&name)).with_context(|| format!("no {name}"))?;
        ensure!(fetched == origin.content(index)?, "wrong bytes are in {name}");
    }
    Ok(())
}

fn rows(contenders: &[Contender], costs: &[Vec<Cost>], files: u32) -> Vec<Row> {
    let files = f64::from(files);
    let per_second =
        |index: usize| costs[index].iter().map(|cost| files / cost.wall.as_secs_f64()).collect::<Vec<_>>();
    let cpu = |index: usize| {
        let millis = |cost: &Cost| cost.cpu.as_secs_f64() * 1_000.0;
        costs[index].iter().map(|cost| millis(cost) * 1_000.0 / files).collect::<Vec<_>>()
    };
    let row = |(index, contender): (usize, &Contender)| {
        let yardstick = |rival: Rival, scheme: Scheme| {
            contenders.iter().position(|other| *other == Contender { rival, scheme })
        };
        let beside = |name, own: Vec<f64>, curl: Option<Vec<f64>>| match curl {
            Some(curl) => Figure::beside(name, &own, &curl),
            None => Figure::new(name, &own),
        };
        let curl = yardstick(Rival::Curl, contender.scheme);
        let aria2c = yardstick(Rival::Aria2c, contender.scheme);
        let times_aria2c = match aria2c {
            Some(aria2c) => {
                let pairs = per_second(index).into_iter().zip(per_second(aria2c));
                Figure::new("times aria2c", &pairs.map(|(own, its)| own / its).collect::<Vec<_>>())
            }
            None => Figure::none("times aria2c"),
        };
        let peaks: Vec<_> = costs[index].iter().map(|cost| cost.peak_bytes as f64 / MIB as f64).collect();
        Row {
            name: contender.name(),
            figures: vec![
                beside("files/s", per_second(index), curl.map(per_second)),
                times_aria2c,
                beside("CPU ms/1000 files", cpu(index), curl.map(cpu)),
                Figure::new("peak RSS MiB", &peaks),
            ],
        }
    };
    contenders.iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn files_per_second_are_compared_within_a_round() {
        let contenders = [Rival::Curl, Rival::Aria2c, Rival::Bgcopy]
            .map(|rival| Contender { rival, scheme: Scheme::Http });
        let cost =
            |seconds| Cost { wall: Duration::from_secs(seconds), cpu: Duration::ZERO, peak_bytes: MIB };
        let costs = [vec![cost(2), cost(4)], vec![cost(4), cost(8)], vec![cost(1), cost(2)]];
        let rows = rows(&contenders, &costs, 100);
        let ours = &rows[2].figures;
        assert_eq!(ours[0].value.median, 75.0);
        assert_eq!(ours[0].ratio.map(|ratio| ratio.median), Some(2.0));
        assert_eq!(ours[1].value.median, 4.0);
    }

    #[test]
    fn a_list_tells_every_url_and_where_it_goes() {
        assert_eq!(Contender { rival: Rival::Bgcopy, scheme: Scheme::Https }.name(), "HTTP/2: bgcopy");
        assert_eq!(SIZE.to_string(), "4.0 KiB");
    }
}
