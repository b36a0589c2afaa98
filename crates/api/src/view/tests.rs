use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use bgcopy_core::job::Unconfirmed;
use bgcopy_core::{
    Code, Digest, ErrorContext, Family, Fault, FileSpec, HashOfHashes, JobSecrets, JobState, JobTimes,
    JobType, Language, LocalName, ManifestKind, ManifestRef, Mirror, Owner, PieceList, Priority, Secret,
    Trust,
};

use super::*;

const OWNER: Caller =
    Caller { uid: 1000, gid: 1000, pid: None, admin: false, family: Family::Do, language: Language::English };

fn file(url: &str, path: PathBuf) -> FileRecord {
    FileRecord::new(FileSpec {
        remote_name: url.parse().unwrap(),
        local_name: LocalName::new(path).unwrap(),
        pending_name: false,
        unplaced: false,
        ranges: vec![bgcopy_core::FileRange { offset: 5, length: None }],
        digest: None,
        content_id: None,
        expected_size: None,
        supply: bgcopy_core::Supply::default(),
    })
}

/// A job of user 1000 in Error, that has everything a view could give away.
fn job(code: Code, context: ErrorContext) -> JobRecord {
    let mut fault = Fault::new(code, context, "as it came");
    fault.source = Some("https://example.com".to_owned());
    let waits = WaitingFor::RetryAt(Wall::from_unix_millis(60_000));
    let error = ErrorRecord::of(&fault, Some(FileIndex(0)), fault.class(), waits, Wall::default(), None);
    let mut settings = JobSettings::default();
    settings.proxy.list = Some("http=user:s3cret@proxy:80 https://user:s3cret@proxy/ plain:1".to_owned());
    let headers = vec![("X-Token".to_owned(), Secret::new("s3cret"))];
    JobRecord {
        id: "00000000-0000-4000-8000-00000000000a".parse().unwrap(),
        owner: Owner(1000),
        kind: JobType::Download,
        display_name: "job".to_owned(),
        description: String::new(),
        priority: Priority::Normal,
        settings,
        secrets: JobSecrets { headers, client_key: Some(Secret::new("s3cret")), ..JobSecrets::default() },
        state: JobState::Error,
        ending: None,
        resumed: true,
        error: Some(error),
        error_count: 3,
        times: JobTimes::default(),
        last_activity: Wall::default(),
        stalled_since: None,
        running_millis: 0,
        idempotency_key: None,
        unconfirmed: Unconfirmed { transferred: false, error: true },
        upload: None,
        files: vec![file("https://example.com/f?sig=s3cret", "/tmp/f".into())],
    }
}

#[test]
fn the_whole_view_of_a_job_is_as_reviewed() {
    let job = job(Code::Http(404), ErrorContext::RemoteFile);
    let view = View::of(&OWNER);
    insta::assert_json_snapshot!("job", Job::from_record(&job, &view));
    insta::assert_json_snapshot!("file", File::from_record(&job, FileIndex(0), &view));
}

#[test]
fn nobody_is_shown_a_secret_and_only_the_owner_a_signed_url() {
    let job = job(Code::Http(403), ErrorContext::RemoteFile);
    let admin = Caller { uid: 0, admin: true, ..OWNER };
    for (caller, signed) in [(OWNER, true), (admin, false)] {
        let view = View::of(&caller);
        let shown = serde_json::to_string(&Job::from_record(&job, &view)).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        let files = serde_json::to_string(&File::all_of(&job, &view)).unwrap();
        assert_eq!(files.contains("s3cret"), signed, "{files}");
    }
}

#[test]
fn a_file_says_what_proves_it_and_who_brought_it_and_its_mirrors_are_as_secret_as_its_url() {
    let mut job = job(Code::Timeout, ErrorContext::GeneralTransport);
    let file = &mut job.files[0];
    file.spec.ranges.clear();
    let mirror =
        |url: &str, offered| Mirror { url: url.parse().unwrap(), priority: 1 + u32::from(offered), offered };
    let list = PieceList { size: 9, piece_size: 1_024, hash_of_hashes: HashOfHashes([7; 32]), trusted: true };
    file.spec.supply = bgcopy_core::Supply {
        mirrors: vec![mirror("https://b.example/f?sig=s3cret", false)],
        pieces: None,
        manifest: Some(Box::new(ManifestRef {
            kind: ManifestKind::Metalink,
            url: "https://example.com/f.meta4?sig=s3cret".parse().unwrap(),
            digest: None,
            hash_of_hashes: None,
            offered: false,
            optional: false,
        })),
        basis: Some(LocalName::new("/tmp/f").unwrap()),
        offered: false,
        manifest_required: false,
    };
    file.promise.mirrors = vec![mirror("https://c.example/f", true)];
    file.promise.pieces = Some(list);
    file.promise.digest = Some(Digest::Sha256([1; 32]));
    file.promise.consulted = true;
    file.version_of = Some(Box::new("https://b.example/f?sig=s3cret".parse().unwrap()));
    (file.bytes_from_origin, file.bytes_from_mirrors, file.bytes_from_cache_hosts) = (1, 2, 3);
    file.trust = Trust::Pieces;
    let admin = Caller { uid: 0, admin: true, ..OWNER };
    let shown = |caller: &Caller| File::from_record(&job, FileIndex(0), &View::of(caller)).unwrap();
    insta::assert_json_snapshot!("supplied_file", shown(&OWNER));
    let others = serde_json::to_string(&shown(&admin)).unwrap();
    assert!(!others.contains("s3cret"), "{others}");
    assert_eq!(shown(&OWNER).bytes_fetched(), 6);
    let whole = Job::from_record(&job, &View::of(&OWNER));
    assert_eq!((whole.trust, whole.bytes_from.mirrors, whole.bytes_from.cache_hosts), (Trust::Pieces, 2, 3));
}

#[test]
fn a_job_is_as_sure_as_its_least_sure_file() {
    let mut job = job(Code::Timeout, ErrorContext::GeneralTransport);
    job.files.push(job.files[0].clone());
    job.files[0].trust = Trust::Pieces;
    job.files[1].trust = Trust::Consistent;
    assert_eq!(Job::from_record(&job, &View::of(&OWNER)).trust, Trust::Consistent);
    job.files.clear();
    assert_eq!(Job::from_record(&job, &View::of(&OWNER)).trust, Trust::Unverified);
}

#[test]
fn the_family_of_the_caller_decides_which_code_it_is_told() {
    let job = job(Code::RangeUnsupported, ErrorContext::RemoteFile);
    for (family, symbol) in
        [(Family::Bits, "BG_E_INSUFFICIENT_RANGE_SUPPORT"), (Family::Do, "DO_E_INSUFFICIENT_RANGE_SUPPORT")]
    {
        let caller = Caller { family, ..OWNER };
        let error = Job::from_record(&job, &View::of(&caller)).error.unwrap();
        assert_eq!((error.symbol.as_deref(), error.code.as_str()), (Some(symbol), "range-unsupported"));
    }
}

#[test]
fn strict_do_contexts_know_only_403_and_the_file_follows() {
    for (code, family, strict, context, has_file) in [
        (Code::Http(404), Family::Do, false, ErrorContext::RemoteFile, true),
        (Code::Http(404), Family::Do, true, ErrorContext::None, false),
        (Code::Http(404), Family::Bits, true, ErrorContext::RemoteFile, true),
        (Code::Http(403), Family::Do, true, ErrorContext::RemoteFile, true),
    ] {
        let job = job(code, ErrorContext::RemoteFile);
        let caller = Caller { family, ..OWNER };
        let view = View { strict_do_contexts: strict, ..View::of(&caller) };
        let error = Job::from_record(&job, &view).error.unwrap();
        assert_eq!((error.context, error.file.is_some()), (context, has_file), "{code}");
    }
}

#[test]
fn a_rate_is_told_of_running_jobs_only() {
    let mut job = job(Code::Timeout, ErrorContext::GeneralTransport);
    job.files[0].remote_size = Some(1_005);
    let sources = vec!["https://example.com".to_owned()];
    let live = Live { bytes_per_second: Some(300), sources, files: Vec::new() };
    let view = View { live, ..View::of(&OWNER) };
    let resting = Job::from_record(&job, &view);
    assert_eq!((resting.bytes_per_second, resting.eta_seconds), (None, None));
    job.state = JobState::Transferring;
    let running = Job::from_record(&job, &view);
    assert_eq!((running.bytes_per_second, running.eta_seconds), (Some(300), Some(4)), "rounded up");
    let still = JobProgress { bytes_total: Some(10), ..JobProgress::default() };
    assert_eq!(still.eta_seconds(0), None);
}

#[test]
fn a_name_is_the_id_its_start_or_the_display_name() {
    let id: JobId = "ab12cd34-0000-4000-8000-00000000000a".parse().unwrap();
    for (name, goes) in [
        ("ab12cd34-0000-4000-8000-00000000000a", true),
        ("AB12", true),
        ("ab1", false),
        ("ab13", false),
        ("", false),
        ("my job", true),
        ("my", false),
    ] {
        assert_eq!(goes_by(id, "my job", name), goes, "{name:?}");
    }
    assert!(!goes_by(id, "", "ab1"));
}

#[test]
fn g05_times_beyond_the_calendar_are_its_ends() {
    assert_eq!(timestamp(Wall::from_unix_millis(i64::MAX)), Timestamp::MAX);
    assert_eq!(timestamp(Wall::from_unix_millis(i64::MIN)), Timestamp::MIN);
    assert_eq!(timestamp(Wall::default()), Timestamp::UNIX_EPOCH);
}

#[test]
fn a_file_whose_name_is_not_text_is_shown_with_its_bytes() {
    let mut job = job(Code::Timeout, ErrorContext::GeneralTransport);
    let path = PathBuf::from(OsString::from_vec(b"/tmp/\xff".to_vec()));
    job.files = vec![file("https://example.com/", path.clone())];
    job.files[0].temporary = Some(path.clone());
    let shown = File::from_record(&job, FileIndex(0), &View::of(&OWNER)).unwrap();
    assert_eq!((shown.local_path(), shown.temporary_path()), (path.clone(), Some(path)));
    assert_eq!(File::from_record(&job, FileIndex(1), &View::of(&OWNER)), None);
}

#[test]
fn a_reply_is_shown_with_its_job_and_is_no_file_of_its_client() {
    let mut upload = job(Code::Http(503), ErrorContext::RemoteFile);
    upload.kind = JobType::UploadReply;
    let reply_name = Some(LocalName::new("/srv/answer").unwrap());
    let known = bgcopy_core::UploadRecord { reply_name, ..bgcopy_core::UploadRecord::default() };
    upload.upload = Some(Box::new(known));
    let shown = |upload: &JobRecord| Job::from_record(upload, &View::of(&OWNER)).reply.unwrap();
    let reply = shown(&upload);
    assert_eq!(reply.local_path().unwrap(), PathBuf::from("/srv/answer"));
    assert_eq!(reply.progress, ReplyProgress { bytes_total: None, bytes_transferred: 0 });

    let mut named = file("https://example.com/reply", "/srv/answer.1".into());
    (named.spec.ranges, named.remote_size, named.bytes_here) = (Vec::new(), Some(9), 4);
    upload.files.push(named);
    let reply = shown(&upload);
    assert_eq!(reply.local_path().unwrap(), PathBuf::from("/srv/answer.1"), "the name that it really has");
    assert_eq!(reply.progress, ReplyProgress { bytes_total: Some(9), bytes_transferred: 4 });
    assert_eq!(File::all_of(&upload, &View::of(&OWNER)).len(), 1);
    assert!(File::from_record(&upload, FileIndex(1), &View::of(&OWNER)).is_some(), "an error may name it");

    // No job of another kind has one.
    for kind in [JobType::Download, JobType::Upload] {
        upload.kind = kind;
        assert_eq!(Job::from_record(&upload, &View::of(&OWNER)).reply, None);
    }
}
