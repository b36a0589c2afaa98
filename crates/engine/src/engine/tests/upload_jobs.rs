//! Jobs that send a file: what they may be and be told, and how they end.

use bgcopy_core::{
    FileRange, FileSpec, FileStage, JobRecord, JobType, LocalName, Mirror, Supply, UploadRecord, UploadStage,
    upload,
};

use super::*;

/// A job of this kind with the files of a download.
fn of_kind(kind: JobType, files: usize) -> NewJob {
    NewJob { kind, ..job(files) }
}

fn local(path: &str) -> LocalName {
    LocalName::new(path).unwrap()
}

/// An upload with its reply here: what the machinery of transfers makes of it.
fn transferred(desk: &mut Desk) -> JobId {
    let id = desk
        .create(NewJob { reply_name: Some(local("/home/ada/answer")), ..of_kind(JobType::UploadReply, 1) });
    let mut record = desk.job(id).clone();
    record.state = JobState::Transferred;
    record.upload.as_mut().unwrap().stage = UploadStage::Closed;
    record.files[0].stage = FileStage::Transferred;
    let reply = FileSpec { local_name: local("/home/ada/answer"), ..spec("reply") };
    record.files.push(FileRecord { stage: FileStage::Transferred, ..FileRecord::new(reply) });
    restored(desk, record)
}

fn restored(desk: &mut Desk, record: JobRecord) -> JobId {
    *desk = Desk::new();
    let id = record.id;
    desk.engine.restore(desk.now, vec![record]);
    desk.clear_table();
    id
}

/// The files that were to be published, and those to be thrown away.
fn touched(desk: &Desk) -> (Vec<FileIndex>, Vec<FileIndex>) {
    let published = desk.actions.iter().filter_map(|action| match action {
        Action::Publish(_, index) => Some(*index),
        _ => None,
    });
    let discarded = desk.actions.iter().filter_map(|action| match action {
        Action::Discard(_, index) => Some(*index),
        _ => None,
    });
    (published.collect(), discarded.collect())
}

fn word(outcome: Result<impl std::fmt::Debug, Refusal>) -> &'static str {
    outcome.unwrap_err().word()
}

#[test]
fn an_upload_has_one_file_however_it_gets_it() {
    let mut desk = Desk::new();
    for kind in [JobType::Upload, JobType::UploadReply] {
        assert_eq!(word(desk.ask(ADA, Request::Create(Box::new(of_kind(kind, 2))))), "second-file-of-upload");
        let id = desk.create(of_kind(kind, 0));
        let two = Request::add_files(id, vec![spec("a"), spec("b")]);
        assert_eq!(word(desk.ask(ADA, two)), "second-file-of-upload");
        assert!(desk.job(id).files.is_empty(), "\"BG_E_TOO_MANY_FILES adds none\"");
        desk.ask(ADA, Request::add_files(id, vec![spec("a")])).unwrap();
        assert_eq!(word(desk.ask(ADA, Request::add_files(id, vec![spec("b")]))), "second-file-of-upload");
        assert_eq!(desk.job(id).files.len(), 1);
    }
}

#[test]
fn a_file_that_is_sent_is_told_nothing_of_what_comes() {
    let mut desk = Desk::new();
    let id = desk.create(of_kind(JobType::Upload, 0));
    let mirror = Mirror { url: "https://m/f".parse().unwrap(), priority: 1, offered: false };
    let ranges = vec![FileRange { offset: 0, length: Some(1) }];
    for (file, refusal) in [
        (FileSpec { ranges, ..spec("a") }, "not-implemented"),
        (FileSpec { pending_name: true, ..spec("a") }, "invalid-argument"),
        (FileSpec { expected_size: Some(1), ..spec("a") }, "invalid-argument"),
        (FileSpec { digest: Some(bgcopy_core::Digest::Sha256([0; 32])), ..spec("a") }, "invalid-argument"),
        (
            FileSpec { supply: Supply { mirrors: vec![mirror], ..Supply::default() }, ..spec("a") },
            "invalid-argument",
        ),
    ] {
        assert_eq!(word(desk.ask(ADA, Request::add_files(id, vec![file.clone()]))), refusal, "{file:?}");
        let new = NewJob { files: vec![file], ..of_kind(JobType::Upload, 0) };
        assert_eq!(word(desk.ask(ADA, Request::Create(Box::new(new)))), refusal);
    }
}

#[test]
fn properties_of_downloads_are_refused_with_their_code_and_other_settings_taken() {
    let mut desk = Desk::new();
    let id = desk.create(of_kind(JobType::UploadReply, 1));
    for setting in [
        Setting::DynamicContent(false),
        Setting::HighPerformance(true),
        Setting::MaxDownloadSize(1),
        Setting::OnDemand(true),
    ] {
        assert_eq!(word(desk.set(id, setting)), "downloads-only");
    }
    let other: bgcopy_core::RemoteName = "https://other/f".parse().unwrap();
    for setting in [
        Setting::RemoteName(FileIndex(0), other),
        Setting::ValidationState(FileIndex(0), true),
        Setting::HttpMethod("PUT".to_owned()),
    ] {
        assert_eq!(word(desk.set(id, setting)), "not-implemented");
    }
    assert_eq!(word(desk.set(id, Setting::HttpMethod("A B".to_owned()))), "invalid-argument");
    let [old, new] = ["https://host/", "https://other/"].map(str::to_owned);
    assert_eq!(word(desk.ask(ADA, Request::ReplaceRemotePrefix { job: id, old, new })), "not-implemented");

    // "No-op for the default" (spec 7.7): the priority is not locked.
    desk.set(id, Setting::HttpMethod("BITS_POST".to_owned())).unwrap();
    desk.set(id, Setting::Priority(Priority::Low)).unwrap();
    assert_eq!((desk.job(id).settings.http_method.clone(), desk.job(id).priority), (None, Priority::Low));

    for change in [
        (|settings| settings.dynamic_content = true) as fn(&mut JobSettings),
        |settings| settings.high_performance = true,
        |settings| settings.max_download_size = Some(1),
        |settings| settings.on_demand = true,
    ] {
        let mut new = of_kind(JobType::Upload, 1);
        change(&mut new.settings);
        assert_eq!(word(desk.ask(ADA, Request::Create(Box::new(new)))), "downloads-only");
    }
}

#[test]
fn a_reply_has_the_name_that_it_was_given_else_one_beside_what_is_sent() {
    let mut desk = Desk::new();
    let reply_name = |desk: &Desk, id| desk.job(id).upload.as_ref().unwrap().reply_name.clone();
    let given = Some(local("/srv/answer"));
    let id = desk.create(NewJob { reply_name: given.clone(), ..of_kind(JobType::UploadReply, 1) });
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert_eq!(reply_name(&desk, id), given);

    // "BITS generates the file name if you do not call the SetReplyFileName method before calling Resume".
    let id = desk.create(of_kind(JobType::UploadReply, 1));
    assert_eq!(reply_name(&desk, id), None);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let made_up = reply_name(&desk, id).unwrap();
    let source = desk.file(id, 0).spec.local_name.clone();
    assert_eq!(made_up.folder(), source.folder());
    assert!(made_up.base().to_str().unwrap().starts_with("0.reply-"), "{made_up}");
    desk.place("the name on record", |action| *action == Action::Save(id, crate::action::Saved::Head));

    // Once it runs it always has a name.
    desk.set(id, Setting::ReplyName(given.clone())).unwrap();
    assert_eq!(reply_name(&desk, id), given);
    desk.set(id, Setting::ReplyName(None)).unwrap();
    assert!(reply_name(&desk, id).is_some_and(|name| name != made_up));

    let long = FileSpec { local_name: local(&format!("/home/ada/{}", "x".repeat(255))), ..spec("x") };
    let id = desk.create(NewJob { files: vec![long], resume: true, ..of_kind(JobType::UploadReply, 0) });
    assert!(reply_name(&desk, id).unwrap().base().to_str().unwrap().starts_with("upload.reply-"));
    let id = desk.create(NewJob { resume: true, ..of_kind(JobType::Upload, 1) });
    assert_eq!(reply_name(&desk, id), None, "an upload without reply has no name for one");
}

#[test]
fn a_reply_name_is_refused_where_there_is_no_reply_or_it_is_that_of_the_source() {
    let mut desk = Desk::new();
    for kind in [JobType::Download, JobType::Upload] {
        let new = NewJob { reply_name: Some(local("/srv/a")), ..of_kind(kind, 1) };
        assert_eq!(word(desk.ask(ADA, Request::Create(Box::new(new)))), "not-implemented");
        let id = desk.create(of_kind(kind, 1));
        for name in [Some(local("/srv/a")), None] {
            assert_eq!(word(desk.set(id, Setting::ReplyName(name))), "not-implemented");
        }
    }
    let source = spec("0").local_name;
    let new = NewJob { reply_name: Some(source.clone()), ..of_kind(JobType::UploadReply, 1) };
    assert_eq!(word(desk.ask(ADA, Request::Create(Box::new(new)))), "invalid-argument");
    let id = desk.create(of_kind(JobType::UploadReply, 1));
    assert_eq!(word(desk.set(id, Setting::ReplyName(Some(source.clone())))), "invalid-argument");
    let id = desk.create(NewJob { reply_name: Some(source), ..of_kind(JobType::UploadReply, 0) });
    assert_eq!(word(desk.ask(ADA, Request::add_files(id, vec![spec("0")]))), "invalid-argument");

    // "You cannot change the reply file name after BITS begins transferring the reply."
    let id = transferred(&mut desk);
    assert_eq!(word(desk.set(id, Setting::ReplyName(Some(local("/srv/b"))))), "invalid-state");
}

#[test]
fn an_upload_is_completed_when_it_is_transferred_and_not_before() {
    let mut desk = Desk::new();
    let id = desk.create(of_kind(JobType::Upload, 1));
    // Spec 5.1, "Complete (upload)".
    assert_eq!(word(desk.ask(ADA, Request::Complete(id))), "invalid-state");
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert_eq!(word(desk.ask(ADA, Request::Complete(id))), "invalid-state");
    assert_ne!(desk.state(id), JobState::Acknowledged);

    let id = transferred(&mut desk);
    let done = desk.ask(ADA, Request::Complete(id)).unwrap();
    assert_eq!(done, Reply::Done(Outcome::Ok));
    assert_eq!(touched(&desk), (vec![upload::REPLY], vec![]), "what was sent stays as and where it is");
    assert!(desk.engine.job(id).is_none());
}

#[test]
fn a_cancelled_upload_leaves_the_file_of_its_owner_alone() {
    let mut desk = Desk::new();
    let id = desk.create(of_kind(JobType::Upload, 1));
    assert_eq!(desk.ask(ADA, Request::Cancel(id)).unwrap(), Reply::Done(Outcome::Ok));
    assert_eq!(touched(&desk), (vec![], vec![]));
    let id = transferred(&mut desk);
    desk.ask(ADA, Request::Cancel(id)).unwrap();
    assert_eq!(touched(&desk), (vec![], vec![upload::REPLY]));
}

#[test]
fn progress_counts_what_is_sent_and_the_reply_apart() {
    let mut desk = Desk::new();
    let id = transferred(&mut desk);
    let mut record = desk.job(id).clone();
    (record.files[0].remote_size, record.files[0].bytes_here) = (Some(10), 10);
    (record.files[1].remote_size, record.files[1].bytes_here) = (Some(70), 7);
    let progress = record.progress();
    assert_eq!((progress.bytes_total, progress.bytes_transferred), (Some(10), 10));
    assert_eq!((progress.files_total, progress.files_transferred), (1, 1));
    let reply = record.reply_progress();
    assert_eq!((reply.bytes_total, reply.bytes_transferred), (Some(70), 7));
    // "Upload: TRUE when upload is done" (spec 3).
    assert!(record.file_progress(upload::SOURCE).unwrap().completed);
    assert!(!record.file_progress(upload::REPLY).unwrap().completed);

    // "BG_SIZE_UNKNOWN until the reply begins; 0 if the job has no reply."
    record.files.truncate(1);
    assert_eq!(record.reply_progress().bytes_total, Some(0));
    record.upload = Some(Box::new(UploadRecord::default()));
    assert_eq!(record.reply_progress().bytes_total, None);
}
