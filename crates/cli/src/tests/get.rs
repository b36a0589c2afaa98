//! `get`, from the command line to the exit code.

use bgcopy_api::core::{Code, ErrorContext, Existing, Fault, JobState, Language, Priority, WaitingFor};
use bgcopy_api::{ErrorClass, FileStage};
use tempfile::tempdir;

use super::{Closed, Fake, Run, on_one_thread, play};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fixture::{failed, job_id, not_found, surroundings};

const URL: &str = "get http://example.org/big.iso";

#[test]
fn one_job_is_made_and_followed_to_its_end() {
    let played = play(Fake::absent, URL, async |fake, run| {
        run.err.shows("big.iso: queued").await;
        fake.modify(|job| job.state = JobState::Connecting);
        run.err.shows("big.iso: connecting").await;
        fake.progress(1 << 30);
        run.err
            .shows("big.iso: transferring, 25%, 1.00/4.00 GiB, 52.0 MiB/s, 46 s left, from example.org")
            .await;
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    assert_eq!(played.fake.starts(), 1);
    let created = played.fake.created();
    let (job, _) = &created[0];
    assert_eq!((created.len(), job.resume, job.priority), (1, true, Some(Priority::Foreground)));
    assert_eq!(job.settings.existing, Some(Existing::Refuse));
    assert_eq!(job.settings.no_progress_timeout_seconds, Some(600));
    assert_eq!(job.settings.auto_complete, Some(true));
    assert_eq!(job.files[0].local_name, played.folder.path().join("big.iso").display().to_string());
    assert!(job.files[0].pending_name);
    let printed = played.printed();
    assert!(printed.starts_with("--- out\n--- err\nbig.iso: queued"), "{printed}");
    assert!(printed.contains("\nsaved FOLDER/big.iso (4.00 GiB"), "{printed}");
}

#[test]
fn a_service_that_is_killed_is_started_again_and_nothing_is_lost() {
    let played = play(Fake::started, URL, async |fake, run| {
        fake.followed().await;
        fake.progress(1 << 30);
        run.err.shows("25%").await;
        fake.die();
        fake.forget();
        // Started again by the command, it goes on where it was.
        fake.followed().await;
        fake.progress(2 << 30);
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    assert_eq!((played.fake.starts(), played.fake.created().len()), (1, 1));
    let printed = played.printed();
    assert_eq!(printed.matches("the service went away; starting it again").count(), 1, "{printed}");
    assert!(printed.contains("saved FOLDER/big.iso"), "{printed}");
}

#[test]
fn who_follows_a_job_is_told_that_it_waits_for_a_word_on_a_certificate() {
    let played = play(Fake::started, URL, async |fake, run| {
        fake.followed().await;
        fake.asks_about("example.org:443");
        run.err.shows("example.org:443 (SHA-256 abab").await;
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    let printed = played.printed();
    assert!(printed.contains("bgcopy certificates 3f2a1b4c"), "{printed}");
}

#[test]
fn a_job_that_ends_while_the_service_is_away_is_told_all_the_same() {
    let played = play(Fake::started, URL, async |fake, _| {
        fake.followed().await;
        fake.die();
        fake.change(|job| {
            (job.state, job.files[0].stage) = (JobState::Acknowledged, FileStage::Published);
        });
    });
    played.ended.as_ref().unwrap();
    assert!(played.printed().contains("saved FOLDER/big.iso"));
}

#[test]
fn a_job_whose_end_was_told_is_done_though_it_is_nowhere_any_more() {
    let played = play(Fake::started, URL, async |fake, run| {
        run.err.shows("big.iso: queued").await;
        fake.progress(4 << 30);
        run.err.shows("100%").await;
        fake.end(JobState::Acknowledged);
        fake.lose_job();
    });
    played.ended.as_ref().unwrap();
    assert!(played.printed().contains("saved FOLDER/big.iso"));
}

#[test]
fn a_job_that_nobody_knows_any_more_is_given_up() {
    let played = play(Fake::started, URL, async |fake, _| {
        fake.followed().await;
        fake.modify(|job| job.state = JobState::Suspended);
        fake.lose_job();
    });
    assert_eq!(played.exit(), Exit::Refused);
    assert!(played.printed().contains("the service does not know the job any more"));
}

#[test]
fn j10_a_job_whose_answer_was_lost_is_asked_for_again_under_the_same_key() {
    let forgetful = || {
        let fake = Fake::started();
        fake.lose_answers(2);
        fake
    };
    let played = play(forgetful, &format!("{URL} --no-wait"), async |_, _| {});
    played.ended.as_ref().unwrap();
    let keys: Vec<_> = played.fake.created().into_iter().map(|(_, key)| key.expect("a key")).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0].len() == 32 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(played.run.out.text(), format!("{}\n", job_id()));
}

#[test]
fn what_exists_is_replaced_or_kept_as_one_says() {
    for (option, existing) in [
        ("--force", Existing::Replace),
        ("--existing replace", Existing::Replace),
        ("--existing keep-both", Existing::KeepBoth),
        ("--existing refuse", Existing::Refuse),
    ] {
        let played = play(Fake::started, &format!("{URL} --no-wait {option}"), async |_, _| {});
        assert_eq!(played.fake.created()[0].0.settings.existing, Some(existing), "{option}");
    }
}

#[test]
fn a_failed_job_is_explained_and_its_failure_confirmed() {
    let played = play(Fake::started, URL, async |fake, _| {
        fake.followed().await;
        fake.modify(|job| *job = not_found());
    });
    assert!(matches!(played.ended, Err(Failure::Job(Exit::RemoteFile))));
    assert!(played.fake.was_asked(&format!("POST /v1/jobs/{}/confirm", job_id())));
    let printed = played.printed();
    assert!(printed.contains("bgcopy set 3f2a1b4c --file 0 remote-name=URL"), "{printed}");
}

#[test]
fn a_failure_that_passes_is_told_and_waited_for() {
    let played = play(Fake::started, URL, async |fake, run| {
        fake.followed().await;
        fake.modify(|job| {
            let busy = Fault::new(Code::DiskFull, ErrorContext::LocalFile, "");
            *job = failed(&busy, ErrorClass::Policy, WaitingFor::Space);
        });
        // What is told of bytes meanwhile does not end the failure.
        fake.standstill();
        run.err.shows("transient-error, 41%, 1.66/4.00 GiB; waits for space on the disk: ").await;
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    assert_eq!(played.run.err.text().matches("transient-error").count(), 1, "{}", played.run.err.text());
    let printed = played.printed();
    assert!(
        printed.contains("transient-error, 41%, 1.66/4.00 GiB; waits for space on the disk: "),
        "{printed}"
    );
}

#[test]
fn json_lines_tell_the_whole_story() {
    let played = play(Fake::started, "--json get http://example.org/big.iso", async |fake, run| {
        fake.followed().await;
        fake.progress(1 << 30);
        run.out.shows("\"eta_seconds\":46").await;
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    let lines: Vec<serde_json::Value> =
        played.run.out.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!((events.first(), events.last()), (Some(&"created"), Some(&"done")));
    let moved = lines.iter().find(|line| line["eta_seconds"] == 46).expect("progress");
    assert_eq!((&moved["event"], &moved["bytes_transferred"]), (&"progress".into(), &(1u64 << 30).into()));
    assert_eq!(lines.last().unwrap()["files"][0]["stage"], "published");
    assert_eq!(played.run.err.text(), "");
}

#[test]
fn a_failure_in_json_has_its_exit_code() {
    let stuck = || {
        let fake = Fake::started();
        fake.has(not_found());
        fake
    };
    let played = play(stuck, &format!("--json {URL}"), async |_, _| {});
    assert!(matches!(played.ended, Err(Failure::Job(Exit::RemoteFile))));
    let last = played.run.out.text().lines().last().unwrap().to_owned();
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&"failed".into(), &3.into()));
    assert_eq!(last["job"]["error"]["code"], "http-404");
}

#[test]
fn quiet_prints_errors_only() {
    let played = play(Fake::started, "-q get http://example.org/big.iso", async |fake, _| {
        fake.followed().await;
        fake.progress(1 << 30);
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    assert_eq!(played.printed(), "--- out\n--- err\n");
}

#[test]
fn j11_ctrl_c_leaves_the_job_and_says_how_to_come_back() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        let mut around = surroundings(folder.path(), &[]);
        let events = fake.clone();
        around.interrupt = Box::new(move || {
            let fake = events.clone();
            Box::pin(async move {
                fake.followed().await;
                Ok(())
            })
        });
        let ended = run.run(URL, &fake.door(), &around).await;
        assert!(matches!(ended, Err(Failure::Interrupted)));
        let printed = run.printed(folder.path());
        let told = "the job goes on in the background\n  come back to it:  bgcopy watch 3f2a1b4c\n  \
                    end it:           bgcopy cancel 3f2a1b4c\n";
        assert!(printed.ends_with(told), "{printed}");
        assert!(!fake.was_asked(&format!("POST /v1/jobs/{}/cancel", job_id())));

        let ended = run.run(&format!("{URL} --cancel-on-interrupt"), &fake.door(), &around).await;
        assert!(matches!(ended, Err(Failure::Interrupted)));
        assert!(fake.was_asked(&format!("POST /v1/jobs/{}/cancel", job_id())));
        assert!(run.printed(folder.path()).ends_with("cancelled\n"));
    });
}

#[test]
fn j11_a_closed_pipe_ends_the_command_and_not_the_job() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        run.console = Console::with_streams(Box::new(Closed), Box::new(Closed));
        let ended = run.run(URL, &fake.door(), &surroundings(folder.path(), &[])).await.unwrap_err();
        assert_eq!((ended.exit(), ended.is_silent()), (Exit::PipeClosed, true));
        assert_eq!(fake.created().len(), 1);
        assert!(!fake.was_asked(&format!("POST /v1/jobs/{}/cancel", job_id())));
    });
}

#[test]
fn a_job_that_somebody_cancels_is_told_as_such() {
    let played = play(Fake::started, URL, async |fake, _| {
        fake.followed().await;
        fake.end(JobState::Cancelled);
    });
    assert_eq!(played.exit(), Exit::Refused);
    assert!(played.printed().contains("big.iso: the job was cancelled"));
}

#[test]
fn bad_input_is_refused_before_any_service_is_asked_or_started() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::absent(), Run::new());
        std::fs::write(folder.path().join("here"), "old").unwrap();
        let certificate = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
        std::fs::write(folder.path().join("cert"), certificate).unwrap();
        let around = surroundings(folder.path(), &[("https_proxy", "gopher://p")]);
        let mut refusals = String::new();
        for line in [
            "get",
            "get http://h/here",
            "get http://h/",
            "get -d nowhere http://h/f",
            "get -o a http://h/f http://h/g",
            "get -i FOLDER/nolist",
            "get -i FOLDER/here",
            "get --cacert FOLDER/here --proxy none http://h/f",
            "get --cert FOLDER/cert --proxy none http://h/f",
            "get http://h/f",
            "add 3f2a",
        ] {
            let typed = line.replace("FOLDER", &folder.path().display().to_string());
            let failure = run.run(&typed, &fake.door(), &around).await.unwrap_err();
            refusals.push_str(&format!("{line}\n    {}: {failure}\n", failure.exit().number()));
        }
        assert_eq!((fake.starts(), fake.created().len()), (0, 0));
        let refusals = refusals.replace(&folder.path().display().to_string(), "FOLDER");
        insta::assert_snapshot!(refusals);
    });
}

#[test]
fn a_refusal_of_the_service_is_shown_as_it_is() {
    let full = || {
        let fake = Fake::started();
        fake.refuse(429, "too-many-jobs", "you have 60 jobs; at most 60 are allowed");
        fake
    };
    let played = play(full, URL, async |_, _| {});
    assert_eq!(played.exit(), Exit::Refused);
    let failure = played.ended.unwrap_err().to_string();
    assert_eq!(failure, "you have 60 jobs; at most 60 are allowed");
}

#[test]
fn the_readers_language_is_spoken() {
    let played = on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        run.console.language = Language::French;
        fake.has(not_found());
        for line in ["list", "watch", "cancel big.iso", "list --finished", "watch"] {
            let _ = run.run(line, &fake.door(), &surroundings(folder.path(), &[])).await;
        }
        run.printed(folder.path())
    });
    for told in ["a besoin de vous : http-404", "il n'y a pas de tâches à suivre"] {
        assert!(played.contains(told), "{played}");
    }
}

#[test]
fn very_many_files_are_one_job_made_in_parts() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        let list: String =
            (0..6_000).map(|n| format!("http://example.org/a/long/folder/file-{n}\n")).collect();
        let path = folder.path().join("list");
        std::fs::write(&path, list).unwrap();
        let line = format!("get --no-wait -i {}", path.display());
        // The service of these tests takes no further files, so the half-made job is removed again.
        let failure = run.run(&line, &fake.door(), &surroundings(folder.path(), &[])).await.unwrap_err();
        assert_eq!(failure.to_string(), "not here");
        let (first, _) = &fake.created()[0];
        assert!(first.files.len() > 1_000 && !first.resume, "{}", first.files.len());
        assert!(fake.was_asked(&format!("POST /v1/jobs/{}/files", job_id())));
        assert!(fake.was_asked(&format!("POST /v1/jobs/{}/cancel", job_id())));
    });
}

#[test]
fn j18_an_absent_service_of_another_is_told_within_a_second() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::absent(), Run::new());
        let (door, around) = (fake.door_of_another(), surroundings(folder.path(), &[]));
        let list = run.run("list", &door, &around);
        let failure =
            tokio::time::timeout(std::time::Duration::from_secs(1), list).await.unwrap().unwrap_err();
        assert_eq!(failure.exit(), Exit::NoService);
        assert!(failure.to_string().contains("start it with: systemctl start bgcopy"), "{failure}");
    });
}
