//! `put`, from the command line to the exit code, and how uploads are shown.

use std::path::Path;

use bgcopy_api::core::upload::UploadRecord;
use bgcopy_api::core::{FileRecord, JobRecord, JobState, JobType, Language, LocalName, Priority};
use bgcopy_api::{Existing, FileStage};
use tempfile::tempdir;

use super::{Fake, Played, Run, on_one_thread};
use crate::exit::Exit;
use crate::fixture::{record, surroundings};

/// Runs a line in a folder with a file to send, while a story happens at the service.
fn put(line: &str, story: impl AsyncFnOnce(&Fake, &Run)) -> Played {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::absent(), Run::new());
        std::fs::write(folder.path().join("report.pdf"), "content").unwrap();
        std::fs::write(folder.path().join("taken"), "").unwrap();
        let (door, around) = (fake.door(), surroundings(folder.path(), &[]));
        let papers = run.papers();
        let (ended, ()) = tokio::join!(run.run(line, &door, &around), story(&fake, &papers));
        Played { fake, run, ended, folder }
    })
}

/// Says that the reply is here, of this size.
fn replied(fake: &Fake, folder: &Path, size: u64) {
    let reply_name = LocalName::new(folder.join("answer.xml")).unwrap();
    fake.change(|job| {
        let mut reply = FileRecord::new(job.files[0].spec.clone());
        reply.spec.local_name = reply_name;
        (reply.remote_size, reply.bytes_here, reply.stage) = (Some(size), size, FileStage::Published);
        job.files.push(reply);
    });
}

#[test]
fn a_file_is_sent_and_the_job_completes_by_itself() {
    let played = put("put report.pdf http://example.org/inbox/", async |fake, run| {
        run.err.shows("report.pdf: queued").await;
        fake.progress(1 << 30);
        run.err.shows("report.pdf: transferring, 25%").await;
        run.err.shows("to example.org").await;
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    let created = played.fake.created();
    let (job, _) = &created[0];
    assert_eq!((job.kind, job.resume, job.priority), (JobType::Upload, true, Some(Priority::Foreground)));
    assert_eq!((job.settings.auto_complete, &job.reply_name), (Some(true), &None));
    assert_eq!(job.files[0].remote_name, "http://example.org/inbox/report.pdf");
    assert_eq!(job.files[0].local_name, played.folder.path().join("report.pdf").display().to_string());
    assert!(!job.files[0].pending_name && job.files.len() == 1);
    let printed = played.printed();
    assert!(printed.contains("\nsent FOLDER/report.pdf (4.00 GiB"), "{printed}");
    assert!(!printed.contains("saved"), "{printed}");
}

#[test]
fn the_answer_of_the_server_is_saved_where_one_says() {
    let line = "put report.pdf http://example.org/inbox/x --reply answer.xml";
    let played = put(line, async |fake, run| {
        fake.followed().await;
        run.err.shows("report.pdf: queued").await;
        let name = fake.created()[0].0.reply_name.clone().unwrap();
        replied(fake, Path::new(&name).parent().unwrap(), 2_048);
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    let (job, _) = &played.fake.created()[0];
    assert_eq!((job.kind, job.settings.existing), (JobType::UploadReply, Some(Existing::Refuse)));
    let printed = played.printed();
    assert!(printed.contains("sent FOLDER/report.pdf"), "{printed}");
    assert!(printed.contains("saved the answer as FOLDER/answer.xml (2.00 KiB)"), "{printed}");
}

#[test]
fn a_server_that_has_no_answer_is_no_failure() {
    let line = "put report.pdf http://example.org/inbox/x --reply answer.xml";
    let played = put(line, async |fake, _| {
        fake.followed().await;
        fake.change(|job| {
            job.upload.as_mut().unwrap().stage = bgcopy_api::core::UploadStage::Closed;
        });
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    assert!(played.printed().contains("the server had no answer"), "{}", played.printed());
}

#[test]
fn json_tells_the_job_with_its_reply() {
    let line = "put --json report.pdf http://example.org/x --reply answer.xml";
    let played = put(line, async |fake, _| {
        fake.followed().await;
        replied(fake, Path::new("/srv"), 7);
        fake.end(JobState::Acknowledged);
    });
    played.ended.as_ref().unwrap();
    let out = played.run.out.text();
    let last: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["job"]["kind"]), (&"done".into(), &"upload-reply".into()));
    assert_eq!(last["job"]["reply"]["progress"]["bytes_transferred"], 7);
    assert_eq!(last["files"].as_array().unwrap().len(), 1, "the reply is no file of its client");
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    for (line, exit, message) in [
        ("put . http://h/x", Exit::Usage, "is not a file; only files are sent"),
        ("put gone http://h/x", Exit::Usage, "cannot read"),
        ("put report.pdf http://h/x --reply taken", Exit::Refused, "exists; --force replaces it"),
        ("put report.pdf http://h/x --reply -", Exit::Usage, "name a file"),
    ] {
        let played = put(line, async |_, _| {});
        let failure = played.ended.unwrap_err();
        assert!(failure.to_string().contains(message), "{line}: {failure}");
        assert_eq!(failure.exit(), exit, "{line}");
        assert_eq!(played.fake.starts(), 0, "{line}");
    }
    let forced = put("put report.pdf http://h/x --reply taken --force --no-wait", async |_, _| {});
    forced.ended.unwrap();
    assert_eq!(forced.fake.created()[0].0.settings.existing, Some(Existing::Replace));
}

/// An upload of which a part is sent, with a reply to come.
fn upload() -> JobRecord {
    let reply_name = Some(LocalName::new("/home/ada/answer.xml").unwrap());
    JobRecord {
        kind: JobType::UploadReply,
        upload: Some(Box::new(UploadRecord { reply_name, ..UploadRecord::default() })),
        ..record()
    }
}

#[test]
fn an_upload_is_shown_as_one_in_both_languages() {
    on_one_thread(async {
        let (folder, fake) = (tempdir().unwrap(), Fake::started());
        fake.has(upload());
        let mut shown = String::new();
        for language in [Language::English, Language::French] {
            for line in ["list", "show big.iso", "files big.iso"] {
                let mut run = Run::new();
                run.console.language = language;
                run.run(line, &fake.door(), &surroundings(folder.path(), &[])).await.unwrap();
                shown.push_str(&format!("$ bgcopy {line}\n{}", run.out.text()));
            }
        }
        insta::assert_snapshot!(shown);
    });
}

#[test]
fn an_upload_that_nobody_completes_says_how_to_end_it() {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempdir().unwrap(), Fake::started(), Run::new());
        let mut job = upload();
        job.settings.auto_complete = false;
        (job.state, job.files[0].stage) = (JobState::Transferred, FileStage::Transferred);
        fake.has(job);
        run.run("watch big.iso", &fake.door(), &surroundings(folder.path(), &[])).await.unwrap();
        let printed = run.printed(folder.path());
        assert!(
            printed.contains("the server has it; end the job with: bgcopy complete 3f2a1b4c"),
            "{printed}"
        );
    });
}
