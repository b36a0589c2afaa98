use std::path::Path;

use super::*;

/// Makes two files and a folder, with a pipe between that nobody needs.
const SCRIPT: &str = "echo one > one; echo pipe | cat > /dev/null; mkdir two; mv one two/three";

fn shell(folder: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT]).current_dir(folder);
    command
}

async fn run(folder: &Path, strike: Strike) -> Death {
    let mut traced = Traced::start(shell(folder), strike).expect("a machine where ptrace is allowed");
    traced.death().await
}

#[tokio::test]
async fn a_process_that_is_not_struck_does_all_its_work() {
    let folder = tempfile::tempdir().unwrap();
    let death = run(folder.path(), Strike::Never).await;
    assert!(death.status.success() && death.struck.is_none(), "{death:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("two/three")).unwrap(), "one\n");
    // Open and write, mkdir, rename, and /dev/null, which may be opened for creation.
    assert!((4..=8).contains(&death.calls), "{death:?}");
}

#[tokio::test]
async fn every_kill_leaves_what_was_done_before_it_and_nothing_after() {
    let folder = tempfile::tempdir().unwrap();
    let calls = run(folder.path(), Strike::Never).await.calls;
    let mut seen = Vec::new();
    for strike in (1..=calls).flat_map(|n| [Strike::Before(n), Strike::After(n)]) {
        let folder = tempfile::tempdir().unwrap();
        let death = run(folder.path(), strike).await;
        let struck = death.struck.clone().unwrap_or_else(|| panic!("{strike:?} never came: {death:?}"));
        let made = |name: &str| folder.path().join(name).exists();
        seen.push((struck, made("one"), made("two"), made("two/three")));
    }
    assert_eq!(seen.first().map(|(_, one, ..)| *one), Some(false), "{seen:#?}");
    assert_eq!(seen.last().map(|(.., three)| *three), Some(true), "{seen:#?}");
    let stages: Vec<u8> = seen
        .iter()
        .map(|(_, one, two, three)| u8::from(*one) + 2 * u8::from(*two) + 4 * u8::from(*three))
        .collect();
    // Nothing; one; one and two; two with three in it.
    let mut distinct = stages.clone();
    distinct.dedup();
    assert_eq!(distinct, [0, 1, 3, 6], "{seen:#?}");
}

#[test]
fn what_cannot_be_run_is_said() {
    let error = Traced::start(Command::new("/nonexistent/program"), Strike::Never).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/program"), "{error}");
}
