//! The words behind `get`.

use bgcopy_api::core::{
    Digest, FileStage, HashOfHashes, JobRecord, JobSettings, JobState, Language, ManifestKind, ManifestRef,
    Mirror, PieceList, Trust,
};
use tempfile::tempdir;

use super::{Fake, Run, on_one_thread};
use crate::exit::Exit;
use crate::fixture::{not_found, record, surroundings};

/// Runs command lines one after the other, and shows each with what it printed.
async fn session(fake: &Fake, lines: &[&str]) -> String {
    let folder = tempdir().unwrap();
    let around = surroundings(folder.path(), &[]);
    let mut shown = String::new();
    for line in lines {
        let mut run = Run::new();
        let ended = run.run(line, &fake.door(), &around).await;
        shown.push_str(&format!("$ bgcopy {line}\n{}{}", run.out.text(), run.err.text()));
        if let Err(failure) = ended {
            if !failure.is_silent() {
                shown.push_str(&format!("bgcopy: {failure}\n"));
            }
            shown.push_str(&format!("[{}]\n", failure.exit().number()));
        }
    }
    shown
}

#[test]
fn jobs_are_listed_shown_and_acted_on_by_name_and_by_id() {
    on_one_thread(async {
        let fake = Fake::started();
        fake.has(record());
        let lines = [
            "list",
            "list --all-users",
            "show big.iso",
            "files 3f2a",
            "error 3f2a1b4c",
            "suspend big.iso",
            "error big.iso",
            "resume 3f2a big.iso nobody",
            "show 3f",
            "cancel nobody",
            "cancel big.iso",
            "list",
            "list --finished",
            "error big.iso",
            "resume big.iso",
        ];
        let shown = session(&fake, &lines).await;
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn the_error_of_a_job_is_explained() {
    on_one_thread(async {
        let fake = Fake::started();
        fake.has(not_found());
        let shown = session(&fake, &["error big.iso", "list --state error"]).await;
        insta::assert_snapshot!(shown);
    });
}

/// A job whose file came from everywhere and is proved.
fn proved() -> JobRecord {
    let mut job = record();
    job.state = JobState::Acknowledged;
    let file = &mut job.files[0];
    let mirror = |url: &str, offered| Mirror { url: url.parse().unwrap(), priority: 1, offered };
    file.spec.supply.mirrors = vec![mirror("https://m.example/big.iso?sig=s3cret", false)];
    file.spec.supply.manifest = Some(Box::new(ManifestRef {
        kind: ManifestKind::Metalink,
        url: "https://example.org/big.iso.meta4?sig=s3cret".parse().unwrap(),
        digest: None,
        hash_of_hashes: None,
        offered: false,
        optional: false,
    }));
    file.spec.supply.basis = Some(file.spec.local_name.clone());
    file.promise.mirrors = vec![mirror("https://n.example/big.iso", true)];
    let hash_of_hashes = HashOfHashes([1; 32]);
    file.promise.pieces =
        Some(PieceList { size: 4 << 30, piece_size: 1 << 20, hash_of_hashes, trusted: true });
    file.promise.digest = Some(Digest::Sha256([2; 32]));
    (file.bytes_here, file.stage, file.trust) = (4 << 30, FileStage::Published, Trust::Pieces);
    (file.bytes_from_origin, file.bytes_from_mirrors, file.bytes_from_cache_hosts) =
        (1 << 30, 2 << 30, 5 << 20);
    job
}

#[test]
fn how_sure_the_bytes_are_and_where_they_came_from_is_told_in_both_languages() {
    on_one_thread(async {
        let (folder, fake) = (tempdir().unwrap(), Fake::started());
        fake.has(proved());
        let mut shown = String::new();
        for language in [Language::English, Language::French] {
            for line in ["list --finished", "show 3f2a1b4c-0000-4000-8000-000000000001", "files big.iso"] {
                let mut run = Run::new();
                run.console.language = language;
                run.run(line, &fake.door(), &surroundings(folder.path(), &[])).await.unwrap();
                shown.push_str(&format!("$ bgcopy {line}\n{}", run.out.text()));
            }
        }
        assert!(!shown.contains("s3cret"), "{shown}");
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn json_has_everything_that_proves_a_file() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        fake.has(proved());
        run.run("--json files big.iso", &fake.door(), &surroundings(folder.path(), &[])).await.unwrap();
        let file: serde_json::Value = serde_json::from_str(&run.out.text()).unwrap();
        assert_eq!((&file["trust"], &file["mirrors"][1]["offered"]), (&"pieces".into(), &true.into()));
        assert_eq!(
            (&file["bytes_from_mirrors"], &file["pieces"]["piece_size"]),
            (&(2_u64 << 30).into(), &(1 << 20).into())
        );
        assert!(file["expected_digest"].as_str().unwrap().starts_with("sha-256=0202"), "{file}");
    });
}

#[test]
fn each_refusal_of_several_is_a_line_of_json() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        fake.has(record());
        let ended =
            run.run("--json suspend nobody big.iso", &fake.door(), &surroundings(folder.path(), &[])).await;
        assert_eq!(ended.unwrap_err().exit(), Exit::Refused);
        let lines: Vec<serde_json::Value> =
            run.out.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&lines[0]["event"], &lines[0]["exit_code"]), (&"refused".into(), &9.into()));
        assert_eq!(lines[1]["state"], "suspended");
    });
}

#[test]
fn what_cannot_be_meant_is_refused_before_a_service_is_started() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::absent(), Run::new());
        for line in ["set big.iso prority=low", "set big.iso priority"] {
            let ended = run.run(line, &fake.door(), &surroundings(folder.path(), &[])).await;
            assert_eq!((ended.unwrap_err().exit(), fake.starts()), (Exit::Usage, 0), "{line}");
        }
    });
}

#[test]
fn j16_names_cannot_command_the_terminal() {
    on_one_thread(async {
        let fake = Fake::started();
        let mut job = record();
        job.display_name = "a\n\u{1b}[2J\u{202e}fdp".to_owned();
        fake.has(job);
        let shown = session(&fake, &["list", "show 3f2a", "error 3f2a", "suspend 3f2a", "cancel 3f2a"]).await;
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
        assert_eq!(shown.matches("a\\n\\x1b[2J\\u{202e}fdp").count(), 5, "{shown}");
    });
}

#[test]
fn watching_ends_where_somebody_else_has_to_act() {
    on_one_thread(async {
        let fake = Fake::started();
        let mut here = record();
        here.settings = JobSettings { auto_complete: false, ..JobSettings::default() };
        here.state = JobState::Transferred;
        fake.has(here);
        let shown = session(&fake, &["watch"]).await;
        assert!(shown.contains("put them in place with: bgcopy complete 3f2a1b4c"), "{shown}");
        fake.has(not_found());
        let folder = tempdir().unwrap();
        let mut run = Run::new();
        let ended = run.run("watch big.iso", &fake.door(), &surroundings(folder.path(), &[])).await;
        assert_eq!(ended.unwrap_err().exit(), Exit::RemoteFile);
    });
}

#[test]
fn without_jobs_there_is_nothing_to_watch_or_list() {
    on_one_thread(async {
        let shown = session(&Fake::started(), &["watch", "list", "list --finished", "show nothing"]).await;
        insta::assert_snapshot!(shown);
    });
}
