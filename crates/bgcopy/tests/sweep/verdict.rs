//! What lies on the disk and what the origin saw, at the end.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use bgcopy_api::FileIndex;
use bgcopy_testkit::{Origin, RequestHead};

use crate::house::{House, entries};
use crate::ledger::{Known, Ledger, Request};
use crate::mix::{FILES, Name, OLD, Planned, SECRET};
use crate::point::Dies;

/// How things stood when the service was dead.
pub(crate) struct Scene {
    /// Published files, by name, with what the file system calls them.
    published: BTreeMap<&'static str, u64>,
    /// How many requests the origin had seen.
    pub(crate) requests: usize,
    findings: Vec<String>,
}

impl Scene {
    pub(crate) fn of(house: &House, origin: &Origin) -> Self {
        let mut scene =
            Self { published: BTreeMap::new(), requests: origin.requests().len(), findings: Vec::new() };
        for file in FILES.iter() {
            let path = house.jobs().join(file.name);
            match fs::read(&path) {
                Ok(bytes) if bytes == file.expected() => {
                    scene.published.insert(file.name, inode(&path));
                }
                Ok(bytes) if file.job == Name::Auto && bytes == OLD => {}
                // Invariant 1: nothing, the old file, or the whole new one.
                Ok(bytes) => {
                    let says = format!("{} had {} wrong bytes after the kill", file.name, bytes.len());
                    scene.findings.push(says);
                }
                Err(_) => {}
            }
        }
        scene
    }
}

/// What the origin was asked for, in order.
pub(crate) fn asked(origin: &Origin) -> Vec<String> {
    let tell =
        |request: &RequestHead| format!("{} {}", request.path(), request.header("range").unwrap_or("whole"));
    origin.requests().iter().map(tell).collect()
}

/// Broken rules. What was not synced may have to be fetched again, and nobody knows of a file whose record is lost.
pub(crate) fn judge(
    house: &House,
    origin: &Origin,
    ledger: &Ledger,
    scene: &Scene,
    dies: Dies,
) -> Vec<String> {
    let mut findings = scene.findings.clone();
    let nothing = Known::default();
    let requests = origin.requests();
    for (name, files) in Name::ALL.map(|name| (name, name.files())) {
        let known = ledger.jobs.get(&name).unwrap_or(&nothing);
        for (index, file) in (0..).map(FileIndex).zip(files) {
            let said = published(house, scene, known, index, file);
            findings.extend(said.map(|says| format!("{}: {says}", file.name)));
            let told = (dies == Dies::Service).then(|| rework(scene, known, index, file, &requests));
            findings.extend(told.flatten().map(|says| format!("{}: {says}", file.name)));
        }
    }
    if dies == Dies::Service {
        findings.extend(litter(house));
    }
    findings.extend(
        ["first.log", "second.log"]
            .into_iter()
            .filter(|log| house.log(log).contains(SECRET))
            .map(|log| format!("{log} tells a secret")),
    );
    findings
}

/// Invariant 1, F02 and F03: what was to be published is there, whole, and was published once.
fn published(
    house: &House,
    scene: &Scene,
    known: &Known,
    index: FileIndex,
    file: &Planned,
) -> Option<String> {
    let path = house.jobs().join(file.name);
    let is_there = match fs::read(&path) {
        Ok(bytes) if bytes == file.expected() => true,
        Ok(bytes) if file.job == Name::Auto && bytes == OLD => false,
        Ok(bytes) => return Some(format!("has {} wrong bytes", bytes.len())),
        Err(_) => false,
    };
    if let Some(before) = scene.published.get(file.name) {
        return (!is_there || inode(&path) != *before)
            .then(|| "was published and is no longer that file".into());
    }
    let wanted = match file.job {
        _ if !known.may_have(Request::Create) => Some(false),
        Name::Cancelled => Some(false),
        // Complete drops the file that was not whole; without Complete it was waited for.
        Name::Partial if index == FileIndex(1) && known.has_acknowledged(Request::Complete) => Some(false),
        Name::Partial if index == FileIndex(1) && known.may_have(Request::Complete) => None,
        _ => Some(true),
    };
    wanted.filter(|wanted| *wanted != is_there).map(|_| {
        if is_there { "was published, and nobody asked for that".to_owned() } else { "is missing".to_owned() }
    })
}

/// Invariant 3: a whole file is not fetched again, any other byte at most once more, and what a request already
/// counted as here is never asked for again.
fn rework(
    scene: &Scene,
    known: &Known,
    index: FileIndex,
    file: &Planned,
    requests: &[RequestHead],
) -> Option<String> {
    let len = file.remote.len();
    // Asking behind the last byte, or for a file without bytes, brings none.
    let start = |request: &RequestHead| request.range(len).map_or(0, |range| range.start);
    let asked = |from: usize| {
        let requests = requests.iter().skip(from).filter(|request| start(request) < len);
        requests.filter(|request| request.path().trim_start_matches('/') == file.name)
    };
    let again = asked(scene.requests).count();
    if (known.whole.contains(&index) || known.transferred) && again > 0 {
        return Some(format!("was whole, and was asked for {again} times more"));
    }
    if again > file.ranges.len().max(1) {
        return Some(format!("was asked for {again} times after the restart"));
    }
    if !file.ranges.is_empty() {
        return None;
    }
    let starts: Vec<u64> = asked(0).map(start).collect();
    (!starts.is_sorted()).then(|| format!("was asked for from {starts:?}: proved bytes were fetched again"))
}

/// Invariants 4 and 10: nothing is left of jobs that ended but the files they published.
fn litter(house: &House) -> Vec<String> {
    let mut findings = Vec::new();
    for path in entries(&house.jobs()) {
        if !FILES.iter().any(|file| path.ends_with(file.name)) {
            findings.push(format!("{} was left behind", path.display()));
        }
    }
    for folder in ["pieces", "records", "secrets"] {
        let left = entries(&house.state().join(folder));
        findings.extend(left.iter().map(|path| format!("{} was left behind", path.display())));
    }
    findings
}

fn inode(path: &Path) -> u64 {
    fs::symlink_metadata(path).map_or(0, |meta| meta.ino())
}
