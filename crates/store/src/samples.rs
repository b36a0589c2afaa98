//! Jobs for the tests of this crate, within and without.

#![allow(dead_code, reason = "shared by the tests inside and outside the crate; each uses its part")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use bgcopy_core::job::{Ending, Unconfirmed};
use bgcopy_core::settings::TlsSettings;
use bgcopy_core::{
    AclFlags, AuthScheme, AuthTarget, ByteRange, Code, CostFlags, Credentials, Digest, ErrorClass,
    ErrorContext, ErrorRecord, Existing, Family, Fault, FileIndex, FileRange, FileRecord, FileSpec,
    FileStage, HashOfHashes, Hresult, JobId, JobRecord, JobSecrets, JobSettings, JobState, JobTimes, JobType,
    Kept, LocalName, ManifestKind, ManifestRef, Mirror, NotifyFlags, Owner, PeerCachingFlags, PieceList,
    Priority, Promise, ProxySettings, ProxyUsage, Secret, SecurityFlags, ServerCertificateCallback, Supply,
    Trust, UploadRecord, UploadSession, UploadStage, Validator, WaitingFor, Wall,
};

/// A moment of 2026.
pub(crate) const NOW: Wall = Wall::from_unix_millis(1_790_000_000_000);

/// The id with this number.
pub(crate) fn id(number: u64) -> JobId {
    let mut bytes = [7; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    JobId::from_random_bytes(bytes)
}

/// A file that was just added.
pub(crate) fn file(number: u64) -> FileRecord {
    FileRecord::new(FileSpec {
        remote_name: format!("https://origin.example/pool/file-{number}?sig=1").parse().unwrap(),
        local_name: LocalName::new(format!("/home/ada/file-{number}")).unwrap(),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: None,
        supply: bgcopy_core::Supply::default(),
    })
}

/// A suspended job with one file.
pub(crate) fn job(number: u64) -> JobRecord {
    JobRecord {
        id: id(number),
        owner: Owner(1000),
        kind: JobType::Download,
        display_name: format!("job {number}"),
        description: String::new(),
        priority: Priority::Normal,
        settings: JobSettings::default(),
        secrets: JobSecrets::default(),
        state: JobState::Suspended,
        ending: None,
        resumed: false,
        error: None,
        error_count: 0,
        times: JobTimes { creation: NOW, modification: NOW, transfer_completion: None },
        last_activity: NOW,
        stalled_since: None,
        running_millis: 0,
        idempotency_key: None,
        unconfirmed: Unconfirmed::default(),
        upload: None,
        files: vec![file(number)],
    }
}

/// Secrets of every kind.
pub(crate) fn secrets(token: &str) -> JobSecrets {
    let credentials = Credentials { user: "ada".to_owned(), password: Secret::new(token) };
    JobSecrets {
        credentials: vec![(AuthTarget::Proxy, AuthScheme::Digest, credentials)],
        headers: vec![("X-Token".to_owned(), Secret::new(token))],
        auth_headers: vec![("Authorization".to_owned(), Secret::new(token))],
        client_key: Some(Secret::new(token)),
    }
}

/// A job with every field set to something unusual.
pub(crate) fn full_job(number: u64) -> JobRecord {
    JobRecord {
        id: id(number),
        owner: Owner(u32::MAX),
        kind: JobType::Download,
        display_name: "naïve \u{202e}name\nwith \0 and 'quotes'; DROP TABLE jobs".to_owned(),
        description: "é".repeat(1024),
        priority: Priority::Foreground,
        settings: full_settings(),
        secrets: secrets("pa55word"),
        state: JobState::Error,
        ending: Some(Ending::Cancel),
        resumed: true,
        error: Some(full_error()),
        error_count: u32::MAX,
        times: JobTimes {
            creation: Wall::from_unix_millis(i64::MIN),
            modification: Wall::from_unix_millis(i64::MAX),
            transfer_completion: Some(NOW),
        },
        last_activity: Wall::from_unix_millis(-1),
        stalled_since: Some(NOW),
        running_millis: u64::MAX,
        idempotency_key: Some("key".to_owned()),
        unconfirmed: Unconfirmed { transferred: true, error: true },
        upload: Some(Box::new(upload())),
        files: vec![file(number), full_file(number)],
    }
}

/// An upload on its way, with a reply to come.
fn upload() -> UploadRecord {
    UploadRecord {
        source: None,
        session: Some(UploadSession {
            id: "{7df0354d-249b-430f-820d-3d2a9bef4931}".parse().expect("a session"),
            host: None,
            unreachable_since: Some(Wall::from_unix_millis(7)),
        }),
        sent: u64::MAX,
        stage: UploadStage::Sent,
        reply_name: Some(LocalName::new("/srv/answer").expect("a path")),
    }
}

fn full_error() -> ErrorRecord {
    let mut fault = Fault::new(Code::Other(Hresult(0x8000_4005)), ErrorContext::RemoteFile, "it \"failed\"");
    fault.source = Some("https://origin.example/…".to_owned());
    fault.errno = Some(28);
    fault.range = Some(ByteRange::new(1, u64::MAX));
    let retry = WaitingFor::RetryAt(NOW);
    let cause = ErrorRecord::of(&fault, Some(FileIndex(1)), ErrorClass::Transient, retry, NOW, None);
    ErrorRecord {
        space_needed: Some(u64::MAX),
        space_free: Some(0),
        http_status: Some(599),
        waiting_for: WaitingFor::Client,
        cause: Some(Box::new(cause.clone())),
        ..cause
    }
}

fn full_settings() -> JobSettings {
    JobSettings {
        family: Family::Bits,
        notify_flags: NotifyFlags::all(),
        notify_cmd_line: Some(("/usr/bin/true".into(), "a \"b\"".to_owned())),
        min_retry_delay: Some(Duration::from_millis(5_001)),
        no_progress_timeout: Some(Duration::MAX),
        max_download_time: Some(Duration::ZERO),
        proxy: ProxySettings {
            usage: ProxyUsage::Override,
            list: Some("http://proxy:3128".to_owned()),
            bypass: Some("*.local".to_owned()),
        },
        security_flags: SecurityFlags::all(),
        http_method: Some("POST".to_owned()),
        headers_write_only: true,
        peer_caching_flags: PeerCachingFlags::all(),
        acl_flags: AclFlags::all(),
        cost_flags: CostFlags::all(),
        no_cellular: true,
        notification_clsid: Some(id(9).uuid()),
        dynamic_content: true,
        high_performance: true,
        max_download_size: Some(u64::MAX),
        use_stored_credentials: Some(AuthTarget::Server),
        min_notification_interval: Duration::from_nanos(1),
        on_demand: true,
        auto_complete: true,
        existing: Existing::KeepBoth,
        forbid_restart: true,
        require_size: true,
        allow_unverified: true,
        max_rate: Some(1),
        server_certificate_callback: ServerCertificateCallback { wanted: true, times_set: 3 },
        tls: TlsSettings {
            extra_roots: Some("-----BEGIN CERTIFICATE-----".to_owned()),
            client_certificate: Some("pem".to_owned()),
        },
    }
}

const LIST: PieceList =
    PieceList { size: 9, piece_size: 1 << 20, hash_of_hashes: HashOfHashes([0x5A; 32]), trusted: true };

/// A file with every field set, in a folder whose name is not UTF-8.
pub(crate) fn full_file(number: u64) -> FileRecord {
    let path = |name: &[u8]| OsString::from_vec([b"/home/\xff\xfe/".as_slice(), name].concat());
    FileRecord {
        spec: FileSpec {
            local_name: LocalName::new(path(b"f\n1")).unwrap(),
            pending_name: true,
            unplaced: true,
            ranges: vec![
                FileRange { offset: 7, length: Some(9) },
                FileRange { offset: u64::MAX - 1, length: None },
            ],
            digest: Some(Digest::Sha512([0xA5; 64])),
            content_id: Some("content".to_owned()),
            expected_size: Some(u64::MAX),
            supply: Supply {
                mirrors: vec![Mirror { url: "http://m/f".parse().unwrap(), priority: 3, offered: false }],
                pieces: Some(LIST),
                manifest: Some(Box::new(ManifestRef {
                    kind: ManifestKind::Phf,
                    url: "http://m/f.phf".parse().unwrap(),
                    digest: None,
                    hash_of_hashes: Some(LIST.hash_of_hashes),
                    offered: false,
                    optional: true,
                })),
                basis: Some(LocalName::new(path(b"old")).unwrap()),
                offered: true,
                manifest_required: true,
            },
            ..file(number).spec
        },
        next_remote_name: Some(Box::new("http://[::1]:8080/%C3%A9".parse().unwrap())),
        stage: FileStage::Transferred,
        temporary: Some(path(b".f.part").into()),
        kept: Some(Kept { device: 1, inode: u64::MAX, born: Some(-1), owner: 2, size: 3, modified: 4 }),
        remote_size: Some(1 << 63),
        validator: Some(Validator::ETag("\"a'b\"".to_owned())),
        last_modified: Some(Wall::from_unix_millis(4_000_000_000_000)),
        bytes_here: u64::MAX,
        bytes_from_origin: 1 << 40,
        trust: Trust::Digest,
        validation_state: Some(false),
        response_headers: Some("HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        remote_changes: vec![NOW, Wall::from_unix_millis(0)],
        bytes_from_mirrors: 3,
        bytes_from_cache_hosts: 4,
        transfer_millis: 5,
        filled: [bgcopy_core::ByteRange::new(0, 3), bgcopy_core::ByteRange::new(7, 9)].into_iter().collect(),
        demand: Some(Box::new(bgcopy_core::Demand {
            ranges: [bgcopy_core::ByteRange::new(7, u64::MAX)].into_iter().collect(),
            position: 7,
        })),
        promise: Promise { size: Some(5), pieces: Some(LIST), consulted: true, ..Promise::default() }.into(),
        version_of: Some(Box::new("http://m/f".parse().unwrap())),
    }
}

/// The jobs by id, as the tests compare them.
pub(crate) fn by_id(jobs: impl IntoIterator<Item = JobRecord>) -> BTreeMap<JobId, JobRecord> {
    jobs.into_iter().map(|job| (job.id, job)).collect()
}

/// Copies a folder with what is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A `done` and what it will be called with.
pub(crate) fn answer<T: Send + 'static>() -> (Box<dyn FnOnce(T) + Send>, mpsc::Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    let done = move |result| {
        // A test that does not wait for the answer has dropped the receiver.
        let _ = sender.send(result);
    };
    (Box::new(done), receiver)
}
