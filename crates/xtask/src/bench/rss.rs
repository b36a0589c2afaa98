//! Peak memory of fetching one file, and eight at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::origin::Origin;
use super::report::{Figure, Machine, Report, Row};
use super::rival::{Rival, quiet};
use super::single::{check_size, measure_with_service, versions};
use super::{Args, Scheme, say};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::size::{MIB, Size};

/// As many as the service fetches of one job at once by default.
const MANY: u32 = 8;

pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<Report> {
    let rivals: Vec<_> = args.rivals().into_iter().filter(|&rival| rival != Rival::Wget2).collect();
    let ours = rivals.contains(&Rival::Bgcopy).then(|| args.binary(root)).transpose()?;
    // Eight files together are as large as the one of the other benches.
    let size = Size((args.size().0 / u64::from(MANY)).max(1));
    let memory = Scratch::in_memory(2 * args.size().0 + 64 * MIB)?;
    let disk = Scratch::on_disk()?;
    let origin = Origin::start(&memory.folder("origin")?, size, MANY, MIB)?;
    let to = memory.folder("fetched")?;

    let mut rows = Vec::new();
    for &rival in &rivals {
        for (scheme, files) in args.schemes().into_iter().flat_map(|scheme| [(scheme, 1), (scheme, MANY)]) {
            // Each from a service that has fetched nothing else, as what it once held it may keep.
            let folder = disk.folder(&format!("{}-{files}-{scheme:?}", rival.name()))?;
            let binary = ours.as_deref().filter(|_| rival == Rival::Bgcopy);
            let service = binary.map(|binary| Service::start(binary, &folder)).transpose()?;
            let name = format!("{scheme:?}: {}, {files} x {size}", rival.name()).to_lowercase();
            say(&name);
            let mut peaks = Vec::new();
            for _ in 0..args.rounds {
                let mut command = many(rival, &origin, scheme, files, &to, service.as_ref());
                let cost = measure_with_service(&mut command, service.as_ref())?;
                peaks.push(cost.peak_bytes as f64 / MIB as f64);
                check_and_clear(&to, files, size).with_context(|| name.clone())?;
            }
            rows.push(Row { name, figures: vec![Figure::new("peak RSS MiB", &peaks)] });
        }
    }
    Ok(Report {
        title: format!("Peak memory, {} rounds", args.rounds),
        machine: Machine::this(),
        versions: versions(&rivals, ours.as_deref()),
        rows,
        notes: vec!["The memory of bgcopy is the sum of the peaks of client and service.".to_owned()],
    })
}

/// The command that fetches several files at once into a folder.
fn many(
    rival: Rival,
    origin: &Origin,
    scheme: Scheme,
    files: u32,
    to: &Path,
    service: Option<&Service>,
) -> Command {
    let urls: Vec<_> = (0..files).map(|index| origin.url(scheme, index)).collect();
    let authority = origin.authority(scheme);
    let mut command = match (rival, service) {
        (Rival::Bgcopy, Some(service)) => service.client("get"),
        _ => Command::new(rival.name()),
    };
    quiet(&mut command);
    let mut ca = |option: &str| {
        if let Some(authority) = &authority {
            command.arg(option).arg(authority);
        }
    };
    match rival {
        Rival::Curl | Rival::Wget2 => {
            ca("--cacert");
            command.args(["--silent", "--show-error", "--fail", "--parallel", "--remote-name-all"]);
            command.arg("--output-dir").arg(to).args(urls);
        }
        Rival::Aria2c => {
            ca("--ca-certificate");
            command.args(["--no-conf", "--quiet", "--file-allocation=none", "--force-sequential=true"]);
            command.arg(format!("--max-concurrent-downloads={MANY}")).arg("--dir").arg(to).args(urls);
        }
        Rival::Bgcopy => {
            ca("--cacert");
            command.args(["--quiet", "--force"]).arg("--dir").arg(to).args(urls);
        }
    }
    command
}

fn check_and_clear(folder: &Path, files: u32, size: Size) -> anyhow::Result<()> {
    let found: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    anyhow::ensure!(found.len() == files as usize, "{} files were fetched, not {files}", found.len());
    for path in &found {
        check_size(path, size)?;
    }
    for path in found {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_number_of_whole_files_is_asked_for_and_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            fs::write(folder.path().join(name), [0; 3]).unwrap();
        }
        assert!(check_and_clear(folder.path(), 3, Size(3)).is_err(), "one is missing");
        assert!(check_and_clear(folder.path(), 2, Size(4)).is_err(), "they are short");
        check_and_clear(folder.path(), 2, Size(3)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
