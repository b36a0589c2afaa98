//! Every setter: what it changes, what it refuses, when it is too late (spec 4.1, 5.3, 7.2 to 7.9).

use std::time::Duration;

use bgcopy_core::{
    AclFlags, AuthScheme, AuthTarget, Code, CostFlags, Credentials, Existing, Family, FileIndex, FileSpec,
    FileStage, Hresult, JobSettings, JobState, LocalName, ManifestKind, ManifestRef, NotifyFlags,
    PeerCachingFlags, Priority, ProxySettings, ProxyUsage, Refusal, Secret, SecurityFlags, Setting,
    range::FileRange,
};

use super::{ADA, Desk, ROOT, job, spec};
use crate::action::{Action, Fetch, Notice, Order, Saved};
use crate::event::Event;
use crate::plan::Restart;
use crate::request::{NewJob, Outcome, Reply, Request};

const SECOND: Duration = Duration::from_secs(1);

/// What is said of a job when it is made.
type Change = fn(&mut NewJob);

fn credentials(user: usize, password: usize) -> Credentials {
    Credentials { user: "u".repeat(user), password: Secret::new("p".repeat(password)) }
}

fn proxy(usage: ProxyUsage, list: Option<&str>, bypass: Option<&str>) -> Setting {
    let (list, bypass) = (list.map(str::to_owned), bypass.map(str::to_owned));
    Setting::Proxy(ProxySettings { usage, list, bypass })
}

fn headers(fields: &[(&str, &str)]) -> Setting {
    Setting::Headers(fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect())
}

#[test]
fn setters_change_what_they_say() {
    let mut desk = Desk::new();
    let id = desk.create(job(0));
    let one = || credentials(1, 1);
    for setting in [
        Setting::DisplayName("ü".repeat(256)),
        Setting::Description("ü".repeat(1_024)),
        Setting::Priority(Priority::Low),
        Setting::NotifyFlags(NotifyFlags::JOB_ERROR | NotifyFlags::DISABLE),
        Setting::NotifyCmdLine(Some(("/bin/true".into(), "true".to_owned()))),
        Setting::MinRetryDelay(60 * SECOND),
        Setting::NoProgressTimeout(7 * SECOND),
        Setting::MaxDownloadTime(8 * SECOND),
        proxy(ProxyUsage::Override, Some("proxy:3128"), Some("<local>")),
        Setting::SecurityFlags(SecurityFlags::REDIRECT_DISALLOW | SecurityFlags::IGNORE_UNKNOWN_CA),
        headers(&[("X-Token", "1")]),
        Setting::HeadersWriteOnly,
        Setting::PeerCachingFlags(PeerCachingFlags::CLIENT),
        Setting::AclFlags(AclFlags::OWNER),
        Setting::Credentials(AuthTarget::Server, AuthScheme::Basic, one()),
        Setting::CostFlags(CostFlags::ALWAYS),
        Setting::NotificationClsid(Some(bgcopy_core::JobId::from_random_bytes([9; 16]).uuid())),
        Setting::HighPerformance(true),
        Setting::MaxDownloadSize(5),
        Setting::UseStoredCredentials(Some(AuthTarget::Proxy)),
        Setting::MinNotificationInterval(SECOND),
        Setting::OnDemand(true),
        Setting::AutoComplete(true),
        Setting::Existing(Existing::KeepBoth),
        Setting::ForbidRestart(true),
        Setting::RequireSize(true),
        Setting::AllowUnverified(true),
        Setting::MaxRate(Some(1_000)),
        Setting::ExtraRoots(Some("PEM".to_owned())),
        Setting::ClientCertificate(Some(("PEM".to_owned(), Secret::new("KEY")))),
    ] {
        assert_eq!(desk.set(id, setting.clone()), Ok(Outcome::Ok), "{setting:?}");
    }
    let record = desk.job(id);
    assert_eq!((record.display_name.chars().count(), record.priority), (256, Priority::Low));
    assert_eq!(record.secrets.headers.len(), 1);
    assert_eq!(record.secrets.client_key.as_ref().map(Secret::reveal), Some("KEY"));
    assert_eq!(record.secrets.credentials(AuthTarget::Server, AuthScheme::Basic), Some(&one()));
    let settings = &record.settings;
    assert_eq!(settings.min_retry_delay, Some(60 * SECOND));
    assert_eq!(settings.no_progress_timeout, Some(7 * SECOND));
    assert_eq!(settings.max_download_time, Some(8 * SECOND));
    assert_eq!(settings.proxy.usage, ProxyUsage::Override);
    assert!(settings.headers_write_only && settings.high_performance && settings.on_demand);
    assert!(settings.auto_complete && settings.forbid_restart && settings.require_size);
    assert!(settings.allow_unverified);
    assert_eq!((settings.max_rate, settings.max_download_size), (Some(1_000), Some(5)));
    assert_eq!(settings.existing, Existing::KeepBoth);
    assert_eq!(settings.notify_cmd_line.as_ref().unwrap().1, "true");
    assert_eq!(settings.tls.client_certificate.as_deref(), Some("PEM"));
    assert_eq!(settings.use_stored_credentials, Some(AuthTarget::Proxy));
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let long = |count| "x".repeat(count);
    let flags = NotifyFlags::from_bits_retain;
    let table = [
        (Setting::DisplayName(String::new()), "invalid-argument"),
        (Setting::DisplayName(long(257)), "string-too-long"),
        (Setting::Description(long(1_025)), "string-too-long"),
        (Setting::NotifyFlags(flags(0x40)), "not-implemented"),
        (Setting::NotifyCmdLine(Some(("true".into(), String::new()))), "invalid-argument"),
        (Setting::NotifyCmdLine(Some((format!("/{}", long(260)).into(), String::new()))), "string-too-long"),
        (Setting::NotifyCmdLine(Some(("/bin/true".into(), long(4_001)))), "string-too-long"),
        (proxy(ProxyUsage::Override, None, None), "invalid-argument"),
        (proxy(ProxyUsage::NoProxy, Some("p"), None), "invalid-argument"),
        (proxy(ProxyUsage::NoProxy, None, Some("p")), "invalid-argument"),
        (proxy(ProxyUsage::Override, Some(&long(32_001)), None), "proxy-list-too-large"),
        (proxy(ProxyUsage::Override, Some("p"), Some(&long(32_001))), "proxy-bypass-list-too-large"),
        (Setting::SecurityFlags(SecurityFlags::from_bits_retain(0x300)), "not-implemented"),
        (Setting::SecurityFlags(SecurityFlags::from_bits_retain(0x20)), "not-implemented"),
        (Setting::HttpMethod(String::new()), "invalid-argument"),
        (Setting::HttpMethod("A B".to_owned()), "invalid-argument"),
        (Setting::HttpMethod(long(33)), "invalid-argument"),
        (headers(&[("X", &long(16_380))]), "string-too-long"),
        (headers(&[("Range", "bytes=0-")]), "bad-header"),
        (headers(&[("HOST", "other")]), "bad-header"),
        (headers(&[("Content-Length", "5")]), "bad-header"),
        (headers(&[("X", "1\r\nHost: other")]), "bad-header"),
        (headers(&[("X Y", "1")]), "bad-header"),
        (headers(&[("", "1")]), "bad-header"),
        (Setting::PeerCachingFlags(PeerCachingFlags::from_bits_retain(8)), "invalid-argument"),
        (Setting::AclFlags(AclFlags::from_bits_retain(0x10)), "invalid-argument"),
        (
            Setting::Credentials(AuthTarget::Server, AuthScheme::Ntlm, credentials(1, 1)),
            "invalid-auth-scheme",
        ),
        (
            Setting::Credentials(AuthTarget::Server, AuthScheme::Basic, credentials(301, 1)),
            "user-name-too-large",
        ),
        (
            Setting::Credentials(AuthTarget::Proxy, AuthScheme::Digest, credentials(1, 65_536)),
            "password-too-large",
        ),
        (Setting::MaxDownloadSize(0), "max-download-size-zero"),
        (Setting::UseStoredCredentials(Some(AuthTarget::Server)), "stored-credentials-for-server"),
        (Setting::RemoteName(FileIndex(1), spec("other").remote_name), "file-not-found"),
        (Setting::ValidationState(FileIndex(1), true), "file-not-found"),
        (Setting::ValidationState(FileIndex(0), true), "pending"),
    ];
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    let before = desk.job(id).clone();
    for (setting, word) in table {
        let refusal = desk.set(id, setting.clone()).unwrap_err();
        assert_eq!(refusal.word(), word, "{setting:?}");
        assert_eq!(desk.job(id), &before, "{setting:?}");
        // Together with something good it is refused too: all or nothing.
        let both = vec![Setting::Priority(Priority::Low), setting];
        assert_eq!(desk.ask(ADA, Request::Set(id, both)), Err(refusal));
        assert_eq!(desk.job(id), &before);
        assert_eq!(desk.actions.len(), 1, "nothing but the answer: {:?}", desk.actions);
    }
}

#[test]
fn the_numbers_of_refusals_are_those_of_the_pages() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    for (setting, number) in [
        (Setting::NotifyFlags(NotifyFlags::from_bits_retain(0x80)), 0x8000_4001),
        (Setting::AclFlags(AclFlags::from_bits_retain(0x20)), 0x8007_0057),
        (Setting::ValidationState(FileIndex(0), false), 0x8000_000A),
        (Setting::HighPerformance(true), 0x8020_0061),
    ] {
        let refusal = desk.set(id, setting.clone()).unwrap_err();
        assert_eq!(refusal.hresult(Family::Bits), Hresult(number), "{setting:?}");
    }
}

#[test]
fn some_properties_freeze_with_the_first_resume() {
    let frozen = || {
        [
            Setting::HttpMethod("POST".to_owned()),
            Setting::DynamicContent(true),
            Setting::MaxDownloadSize(5),
            Setting::OnDemand(true),
        ]
    };
    for setting in frozen() {
        let mut desk = Desk::new();
        let id = desk.create(job(1));
        assert_eq!(desk.set(id, setting.clone()), Ok(Outcome::Ok), "{setting:?}");
    }
    for setting in frozen() {
        let mut desk = Desk::new();
        let id = desk.start(1);
        // For good: a suspended job was resumed once all the same.
        desk.ask(ADA, Request::Suspend(id)).unwrap();
        let refusal = desk.set(id, setting.clone()).unwrap_err();
        assert_eq!(refusal.word(), "frozen-after-resume", "{setting:?}");
    }
}

#[test]
fn a_job_of_high_performance_has_four_times_as_many_files_under_way() {
    for (high_performance, under_way) in [(false, 8), (true, 32)] {
        let mut desk = Desk::new();
        let settings = JobSettings { high_performance, ..JobSettings::default() };
        let id = desk.create(NewJob { settings, resume: true, ..job(40) });
        assert_eq!((0..40).filter(|file| desk.is_busy(id, *file)).count(), under_way);
    }
}

#[test]
fn high_performance_freezes_with_the_first_file() {
    let mut desk = Desk::new();
    let id = desk.create(job(0));
    assert_eq!(desk.set(id, Setting::HighPerformance(true)), Ok(Outcome::Ok));
    desk.ask(ADA, Request::add_files(id, vec![spec("f")])).unwrap();
    let refusal = desk.set(id, Setting::HighPerformance(false)).unwrap_err();
    assert_eq!(refusal.word(), "frozen-after-add-file");
}

#[test]
fn a_custom_method_locks_the_priority_and_excludes_what_needs_ranges() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    desk.set(id, Setting::HttpMethod("POST".to_owned())).unwrap();
    assert_eq!(desk.job(id).priority, Priority::Foreground);
    for setting in [Setting::Priority(Priority::Low), Setting::DynamicContent(true), Setting::OnDemand(true)]
    {
        assert_eq!(desk.set(id, setting.clone()).unwrap_err().word(), "custom-method", "{setting:?}");
    }
    assert_eq!(desk.set(id, Setting::Priority(Priority::Foreground)), Ok(Outcome::Ok));
    let mut ranged = spec("ranged");
    ranged.ranges = vec![FileRange { offset: 0, length: Some(1) }];
    let refusal = desk.ask(ADA, Request::add_files(id, vec![ranged])).unwrap_err();
    assert_eq!(refusal.word(), "custom-method");
    // "No-op for the default" (spec 7.7).
    desk.set(id, Setting::HttpMethod("GET".to_owned())).unwrap();
    assert_eq!(desk.job(id).settings.http_method, None);
    assert_eq!(desk.set(id, Setting::Priority(Priority::Low)), Ok(Outcome::Ok));
    for before in [Setting::DynamicContent(true), Setting::OnDemand(true)] {
        let id = desk.create(job(1));
        desk.set(id, before).unwrap();
        let refusal = desk.set(id, Setting::HttpMethod("POST".to_owned())).unwrap_err();
        assert_eq!(refusal.word(), "custom-method");
    }
}

#[test]
fn a_custom_method_turns_resumable_failures_into_errors() {
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.settings.http_method = Some("POST".to_owned());
    let id = desk.create(new);
    assert_eq!(desk.job(id).priority, Priority::Foreground);
    let run = desk.run(id, 0);
    desk.answers(run, 100);
    desk.brings(run, 0, 50);
    desk.fails(run, Code::ClosedEarly);
    assert_eq!(desk.state(id), JobState::Error);
    // "Resume restarts from byte 0".
    desk.engine.set_temporary(run, "/tmp/t".into());
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(matches!(
        desk.orders(desk.run(id, 0))[..],
        [Order::Fetch(Fetch { ask: bgcopy_core::Ask::Whole, .. })]
    ));
}

#[test]
fn who_is_asked_about_certificates_is_said_of_a_job_that_rests() {
    let asks = || Setting::ServerCertificateCallback(true);
    let mut desk = Desk::new();
    let id = desk.start(1);
    // "Only SUSPENDED, ERROR or TRANSFERRED" (spec 5.3).
    let refused = |desk: &mut Desk, state| {
        assert_eq!(desk.state(id), state);
        for setting in [asks(), Setting::ServerCertificateCallback(false)] {
            let refusal = desk.set(id, setting).unwrap_err();
            assert_eq!(refusal.hresult(Family::Bits), Hresult(0x8020_0075), "{state}");
        }
    };
    let taken = |desk: &mut Desk, state| {
        assert_eq!(desk.state(id), state);
        let before = desk.job(id).settings.server_certificate_callback.times_set;
        desk.set(id, asks()).unwrap();
        let now = desk.job(id).settings.server_certificate_callback;
        assert!(now.wanted && now.times_set == before + 1, "what was accepted before counts no more");
    };
    refused(&mut desk, JobState::Connecting);
    // Refused by the owner: tried again by itself (spec 6.7, "context 8, any other code").
    desk.fails(desk.run(id, 0), Code::Other(Hresult(0x8009_0325)));
    refused(&mut desk, JobState::TransientError);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((error.code, error.context.has_file()), (Code::Other(Hresult(0x8009_0325)), true));
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    taken(&mut desk, JobState::Suspended);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    // Nobody there to be asked: it waits for the client (spec 5.2).
    desk.fails(desk.run(id, 0), Code::CertificateCallbackMissing);
    taken(&mut desk, JobState::Error);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    desk.bring_whole(id, 0, 9);
    taken(&mut desk, JobState::Transferred);
    assert_eq!(
        desk.ask(ROOT, Request::Set(id, vec![asks()])).unwrap_err().word(),
        "access-denied",
        "whom the owner asks"
    );
    let before = desk.job(id).settings.server_certificate_callback.times_set;
    desk.ask(ROOT, Request::TakeOwnership(id)).unwrap();
    let now = desk.job(id).settings.server_certificate_callback;
    assert!(now.wanted && now.times_set > before, "who takes over has accepted nothing yet");
}

#[test]
fn dynamic_content_has_neither_ranges_nor_demand() {
    let mut desk = Desk::new();
    let mut ranged = spec("ranged");
    ranged.ranges = vec![FileRange { offset: 0, length: Some(1) }];
    let mut new = NewJob { files: vec![ranged.clone()], ..job(0) };
    let id = desk.create(new.clone());
    assert_eq!(desk.set(id, Setting::DynamicContent(true)).unwrap_err().word(), "invalid-argument");
    new.settings.dynamic_content = true;
    let refusal = desk.ask(ADA, Request::Create(Box::new(new))).unwrap_err();
    assert_eq!(refusal.word(), "invalid-argument");
    let id = desk.create(job(1));
    desk.set(id, Setting::DynamicContent(true)).unwrap();
    let refusal = desk.ask(ADA, Request::add_files(id, vec![ranged])).unwrap_err();
    assert_eq!(refusal.word(), "invalid-argument");
    assert_eq!(desk.set(id, Setting::OnDemand(true)).unwrap_err().word(), "invalid-argument");
}

#[test]
fn a_new_job_is_checked_as_the_setters_would() {
    let mut desk = Desk::new();
    let with = |change: fn(&mut NewJob)| {
        let mut new = job(1);
        change(&mut new);
        Request::Create(Box::new(new))
    };
    let table: &[(Change, &str)] = &[
        // "Name too long or NULL: E_INVALIDARG" (spec 7.1), other than of SetDisplayName.
        (|new| new.display_name = "x".repeat(257), "invalid-argument"),
        (|new| new.display_name.clear(), "invalid-argument"),
        (|new| new.description = "x".repeat(1_025), "string-too-long"),
        (|new| new.settings.max_download_size = Some(0), "max-download-size-zero"),
        (|new| new.settings.notify_flags = NotifyFlags::from_bits_retain(0x40), "not-implemented"),
        (|new| new.settings.notify_cmd_line = Some(("x".into(), String::new())), "invalid-argument"),
        (|new| new.settings.acl_flags = AclFlags::from_bits_retain(0x10), "invalid-argument"),
        (
            |new| new.settings.peer_caching_flags = PeerCachingFlags::from_bits_retain(0x10),
            "invalid-argument",
        ),
        (|new| new.settings.security_flags = SecurityFlags::from_bits_retain(0x400), "not-implemented"),
        (
            |new| new.settings.use_stored_credentials = Some(AuthTarget::Server),
            "stored-credentials-for-server",
        ),
        (|new| new.settings.proxy.usage = ProxyUsage::Override, "invalid-argument"),
        (|new| new.settings.http_method = Some("A B".to_owned()), "invalid-argument"),
        (|new| new.secrets.headers = vec![("Range".to_owned(), Secret::new("x"))], "bad-header"),
        (
            |new| {
                let both = (AuthTarget::Server, AuthScheme::Ntlm, credentials(1, 1));
                new.secrets.credentials = vec![both];
            },
            "invalid-auth-scheme",
        ),
        (|new| new.files[0].ranges = vec![FileRange { offset: 1, length: Some(0) }], "invalid-range"),
        (|new| new.files[0].ranges = vec![FileRange { offset: 1, length: Some(2) }; 2], "overlapping-ranges"),
        (
            |new| {
                new.files.clear();
                new.resume = true;
            },
            "empty",
        ),
    ];
    for (change, word) in table {
        assert_eq!(desk.ask(ADA, with(*change)).unwrap_err().word(), *word);
    }
    assert_eq!(desk.engine.jobs(ADA).count(), 0);
    // "Smaller values are raised to 5" (spec 6.8).
    let mut new = job(1);
    new.settings.min_retry_delay = Some(SECOND);
    let id = desk.create(new);
    assert_eq!(desk.job(id).settings.min_retry_delay, Some(5 * SECOND));
    desk.set(id, Setting::MinRetryDelay(Duration::ZERO)).unwrap();
    assert_eq!(desk.job(id).settings.min_retry_delay, Some(5 * SECOND));
}

#[test]
fn secrets_are_the_owners_business_only() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    for setting in [
        headers(&[("X", "1")]),
        Setting::Credentials(AuthTarget::Server, AuthScheme::Basic, credentials(1, 1)),
        Setting::ClientCertificate(None),
        Setting::ServerCertificateCallback(false),
    ] {
        let refusal = desk.ask(ROOT, Request::Set(id, vec![setting.clone()])).unwrap_err();
        assert!(
            matches!(refusal, Refusal::AccessDenied { who: "the owner", .. }),
            "{setting:?}: {refusal:?}"
        );
    }
    assert_eq!(
        desk.ask(ROOT, Request::Set(id, vec![Setting::Priority(Priority::Low)])),
        Ok(Reply::Done(Outcome::Ok))
    );
}

#[test]
fn what_a_url_says_of_who_asks_comes_with_its_files_or_not_at_all() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    let add = |credentials| Request::AddFiles { job: id, files: vec![spec("f")], credentials };
    // Faults C09; credentials are the owner's to give (spec 7.3).
    for (caller, given, word) in
        [(ADA, credentials(1, 65_536), "password-too-large"), (ROOT, credentials(1, 1), "access-denied")]
    {
        assert_eq!(desk.ask(caller, add(Some(given))).unwrap_err().word(), word);
        assert_eq!((desk.job(id).files.len(), desk.job(id).secrets.credentials.len()), (1, 0));
    }
    desk.ask(ADA, add(Some(credentials(2, 2)))).unwrap();
    assert_eq!(desk.job(id).files.len(), 2);
    let kept = desk.job(id).secrets.credentials(AuthTarget::Server, AuthScheme::Basic).cloned();
    assert_eq!(kept, Some(credentials(2, 2)));
    // One batch, and so one commit, before the answer.
    let saves =
        desk.actions.iter().take_while(|action| matches!(action, Action::Save(..))).collect::<Vec<_>>();
    assert_eq!(saves, [&Action::Save(id, Saved::Head), &Action::Save(id, Saved::FilesFrom(FileIndex(1)))]);
    desk.ask(ADA, add(None)).unwrap();
    assert!(
        desk.job(id).secrets.credentials(AuthTarget::Server, AuthScheme::Basic).is_some(),
        "none is no change"
    );
}

#[test]
fn credentials_are_kept_one_per_target_and_scheme() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    for (target, count) in [(AuthTarget::Server, 1), (AuthTarget::Server, 1), (AuthTarget::Proxy, 2)] {
        desk.set(id, Setting::Credentials(target, AuthScheme::Basic, credentials(2, 2))).unwrap();
        assert_eq!(desk.job(id).secrets.credentials.len(), count);
    }
    let remove = |scheme| Setting::RemoveCredentials(AuthTarget::Proxy, scheme);
    // "S_FALSE if none" (spec 7.3).
    assert_eq!(desk.set(id, remove(AuthScheme::Digest)), Ok(Outcome::Nothing));
    assert_eq!(desk.set(id, remove(AuthScheme::Basic)), Ok(Outcome::Ok));
    assert_eq!(desk.set(id, remove(AuthScheme::Basic)), Ok(Outcome::Nothing));
    assert_eq!(desk.set(id, Setting::ClientCertificate(None)), Ok(Outcome::Nothing));
}

#[test]
fn file_acl_flags_come_too_late_for_a_transferred_job() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    assert_eq!(desk.state(id), JobState::Transferred);
    let refusal = desk.set(id, Setting::AclFlags(AclFlags::OWNER)).unwrap_err();
    assert_eq!(refusal.word(), "invalid-state");
    assert_eq!(desk.set(id, Setting::Priority(Priority::Low)), Ok(Outcome::Ok));
}

#[test]
fn nothing_is_set_while_a_job_is_being_ended() {
    for end in [Request::Cancel, Request::Complete] {
        let mut desk = Desk::new();
        let id = desk.start(1);
        desk.prompt = false;
        let ticket = desk.send(ADA, end(id));
        assert_eq!(desk.answer_to(ticket), None, "the run still has to close");
        let refused = [
            Request::Set(id, vec![Setting::Priority(Priority::Low)]),
            Request::add_files(id, vec![spec("f")]),
            Request::Resume(id),
            Request::Suspend(id),
        ];
        for request in refused {
            assert_eq!(desk.ask(ADA, request).unwrap_err().word(), "invalid-state");
        }
    }
}

#[test]
fn a_remote_name_that_the_client_sets_is_no_offer_of_a_server() {
    let mut desk = Desk::new();
    let mut new = job(3);
    new.files.iter_mut().for_each(|file| file.supply.offered = true);
    let id = desk.create(new);
    desk.set(id, Setting::RemoteName(FileIndex(0), spec("other").remote_name)).unwrap();
    let (old, new) = ("https://host/1".to_owned(), "https://other/1".to_owned());
    desk.ask(ADA, Request::ReplaceRemotePrefix { job: id, old, new }).unwrap();
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let offered = [0, 1, 2].map(|index| desk.file(id, index).spec.supply.offered);
    assert_eq!(offered, [false, false, true]);
}

#[test]
fn a_remote_name_counts_from_the_next_resume_on() {
    let mut desk = Desk::new();
    let id = desk.start(2);
    desk.bring_whole(id, 0, 10);
    desk.engine.set_temporary(desk.run(id, 1), "/tmp/t".into());
    let other = spec("other").remote_name;
    for index in [0, 1] {
        desk.set(id, Setting::RemoteName(FileIndex(index), other.clone())).unwrap();
    }
    assert_eq!(desk.file(id, 1).spec.remote_name.as_str(), "https://host/1");
    let old = desk.run(id, 1);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    // A job that runs goes on at the new place at once.
    assert_eq!(desk.orders(old), [Order::Stop]);
    assert_eq!(desk.file(id, 1).spec.remote_name, other);
    assert!(desk.actions.contains(&Action::Save(id, Saved::File(FileIndex(1)))), "and for good");
    assert_eq!(desk.orders(desk.run(id, 1)), [Order::Open]);
    // "Finished files are not repeated" (spec 7.9).
    assert_eq!(desk.file(id, 0).spec.remote_name.as_str(), "https://host/0");
    assert_eq!(desk.file(id, 0).stage, FileStage::Transferred);
}

#[test]
fn a_prefix_is_swapped_in_every_file_that_is_not_here() {
    let mut desk = Desk::new();
    let id = desk.start(3);
    desk.bring_whole(id, 0, 10);
    let replace = |old: &str, new: &str| Request::ReplaceRemotePrefix {
        job: id,
        old: old.to_owned(),
        new: new.to_owned(),
    };
    assert_eq!(desk.ask(ADA, replace("https://HOST/", "https://x/")), Ok(Reply::Replaced(0)));
    let run = desk.run(id, 1);
    assert_eq!(desk.ask(ADA, replace("https://host/", "https://mirror/")), Ok(Reply::Replaced(2)));
    assert_eq!(desk.orders(run), [Order::Stop]);
    let names: Vec<_> =
        desk.job(id).files.iter().map(|file| file.spec.remote_name.as_str().to_owned()).collect();
    assert_eq!(names, ["https://host/0", "https://mirror/1", "https://mirror/2"]);
    assert!(desk.is_busy(id, 1));
    for (old, new, word) in [
        ("", "https://x/", "invalid-argument"),
        ("https://mirror/", "", "invalid-argument"),
        ("https://mirror/", "nonsense", "invalid-name"),
        ("https://mirror/", &format!("https://x/{}", "y".repeat(2_200)), "invalid-name"),
    ] {
        assert_eq!(desk.ask(ADA, replace(old, new)).unwrap_err().word(), word, "{old:?} {new:?}");
    }
    assert_eq!(desk.file(id, 1).spec.remote_name.as_str(), "https://mirror/1");
}

#[test]
fn a_job_that_is_through_completes_as_soon_as_it_shall_do_so_by_itself() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    assert_eq!(desk.set(id, Setting::AutoComplete(true)), Ok(Outcome::Ok));
    assert!(matches!(&desk.notices()[..], [Notice::Ended(_)]));
    // Also one that a restart finds like that.
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    let mut record = desk.job(id).clone();
    record.settings.auto_complete = true;
    let mut desk = Desk::new();
    desk.engine.restore(desk.now, vec![record]);
    desk.pass(SECOND);
    assert!(matches!(&desk.notices()[..], [Notice::Ended(_)]));
}

#[test]
fn content_that_the_client_refuses_is_thrown_away_and_fetched_again_on_resume() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, "/tmp/t".into());
    desk.bring_whole(id, 0, 10);
    assert_eq!(desk.set(id, Setting::ValidationState(FileIndex(0), true)), Ok(Outcome::Ok));
    assert_eq!(desk.file(id, 0).validation_state, Some(true));
    assert_eq!(desk.state(id), JobState::Transferred);
    desk.prompt = false;
    desk.set(id, Setting::ValidationState(FileIndex(0), false)).unwrap();
    assert_eq!(desk.state(id), JobState::Error);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((error.code, error.file), (Code::ValidationFailed, Some(FileIndex(0))));
    // Spec 5.2: "BG_E_VALIDATION_FAILED; file progress 0".
    let file = desk.file(id, 0);
    assert_eq!((file.bytes_here, file.stage, file.temporary.as_ref()), (0, FileStage::Wanted, None));
    assert!(desk.notices().contains(&Notice::FileRestarted(FileIndex(0), Restart::Rejected)));
    assert!(desk.actions.contains(&Action::Discard(id, FileIndex(0))));
    // The new temporary file must not go with the old one.
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert_eq!(desk.state(id), JobState::Connecting);
    assert!(!desk.is_busy(id, 0));
    desk.event(Event::Discarded(id, FileIndex(0), Ok(())));
    assert!(desk.is_busy(id, 0));
}

#[test]
fn content_is_thrown_away_only_after_its_run_has_closed() {
    let mut desk = Desk::new();
    let id = desk.start(2);
    let run = desk.run(id, 0);
    desk.prompt = false;
    desk.bring_whole(id, 0, 10);
    desk.set(id, Setting::ValidationState(FileIndex(0), false)).unwrap();
    assert!(!desk.actions.contains(&Action::Discard(id, FileIndex(0))));
    desk.event(Event::Closed(run));
    assert!(desk.actions.contains(&Action::Discard(id, FileIndex(0))));
}

#[test]
fn a_file_that_has_its_name_is_not_taken_back() {
    let mut desk = Desk::new();
    let id = desk.start(2);
    desk.bring_whole(id, 0, 10);
    desk.bring_whole(id, 1, 10);
    desk.prompt = false;
    let ticket = desk.send(ADA, Request::Complete(id));
    desk.event(Event::Published(id, FileIndex(0), Ok(spec("0").local_name)));
    let fault =
        bgcopy_core::Fault::new(Code::DestinationExists, bgcopy_core::ErrorContext::LocalFile, "taken");
    desk.event(Event::Published(id, FileIndex(1), Err(fault)));
    assert_eq!(desk.answer_to(ticket).unwrap().unwrap_err().word(), "destination-exists");
    let back = |index, valid| Setting::ValidationState(FileIndex(index), valid);
    assert_eq!(desk.set(id, back(0, false)).unwrap_err().word(), "invalid-state");
    assert_eq!(desk.set(id, back(0, true)), Ok(Outcome::Ok));
    assert_eq!(desk.set(id, back(1, false)), Ok(Outcome::Ok));
}

/// do-download 7.2: "a Transferred download can be started with further ranges".
#[test]
fn further_ranges_come_behind_those_that_are_here() {
    let range = |offset, length| FileRange { offset, length: Some(length) };
    let mut desk = Desk::new();
    let parts = FileSpec { ranges: vec![range(100, 10)], ..spec("parts") };
    let id = desk.create(NewJob { files: vec![parts, spec("whole")], ..job(0) });
    let more = |index, ranges: &[FileRange]| Setting::MoreRanges(FileIndex(index), ranges.to_vec());
    for (setting, refused) in [
        (more(0, &[]), "invalid-argument"),
        (more(0, &[range(105, 10)]), "overlapping-ranges"),
        (more(0, &[range(0, 0)]), "invalid-range"),
        (more(1, &[range(0, 10)]), "invalid-argument"),
        (more(2, &[range(0, 10)]), "file-not-found"),
    ] {
        assert_eq!(desk.set(id, setting.clone()).unwrap_err().word(), refused, "{setting:?}");
    }
    assert_eq!(desk.set(id, more(0, &[range(0, 5), range(200, 1)])), Ok(Outcome::Ok));
    assert_eq!(desk.job(id).files[0].spec.ranges, [range(100, 10), range(0, 5), range(200, 1)]);
}

#[test]
fn more_is_said_of_a_file_until_it_begins() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    let index = FileIndex(0);
    let said = [Setting::ExpectedSize(index, Some(7)), Setting::Manifest(index, Some(Box::new(list(true))))];
    for setting in said.clone() {
        assert_eq!(desk.set(id, setting), Ok(Outcome::Ok));
    }
    let spec = &desk.job(id).files[0].spec;
    assert!(
        spec.expected_size == Some(7) && spec.supply.manifest.as_ref().is_some_and(|named| named.optional)
    );
    desk.ask(ADA, Request::Resume(id)).unwrap();
    for setting in said {
        assert_eq!(desk.set(id, setting).unwrap_err().word(), "invalid-state");
    }
}

/// "No sink at Resume" (spec 7.12) and "mandatory set without info" (spec 10) are told then, and nothing has begun.
#[test]
fn a_file_begins_once_it_has_a_place_and_what_it_must_be_checked_against() {
    let mut desk = Desk::new();
    let unplaced = || FileSpec { unplaced: true, local_name: LocalName::stand_in(), ..spec("later") };
    let new = |resume| NewJob { files: vec![spec("0"), unplaced()], resume, ..job(0) };
    let at_once = desk.ask(ADA, Request::Create(Box::new(new(true)))).unwrap_err();
    assert_eq!(at_once.word(), "no-destination");
    let id = desk.create(new(false));
    let resume =
        |desk: &mut Desk| desk.ask(ADA, Request::Resume(id)).map(drop).map_err(|refusal| refusal.word());
    assert_eq!(resume(&mut desk), Err("no-destination"));
    assert_eq!(desk.state(id), JobState::Suspended);
    let index = FileIndex(1);
    let name = LocalName::new("/home/ada/found").unwrap();
    assert_eq!(desk.set(id, Setting::LocalName(index, name.clone())), Ok(Outcome::Ok));
    assert_eq!((&desk.file(id, 1).spec.local_name, desk.file(id, 1).spec.unplaced), (&name, false));

    assert_eq!(desk.set(id, Setting::RequireManifest(index, true)), Ok(Outcome::Ok));
    assert_eq!(resume(&mut desk), Err("no-manifest"));
    let named = Some(Box::new(list(true)));
    assert_eq!(desk.set(id, Setting::Manifest(index, named)), Ok(Outcome::Ok));
    assert!(desk.file(id, 1).spec.supply.binding_manifest().is_some(), "whatever it says of itself");
    assert_eq!(resume(&mut desk), Ok(()));
    for setting in [Setting::LocalName(index, name), Setting::RequireManifest(index, false)] {
        assert_eq!(desk.set(id, setting).unwrap_err().word(), "invalid-state");
    }
    let late = desk.ask(ADA, Request::add_files(id, vec![unplaced()])).unwrap_err();
    assert_eq!(late.word(), "no-destination", "it would begin at once");
}

fn list(optional: bool) -> ManifestRef {
    ManifestRef {
        kind: ManifestKind::Phf,
        url: "http://h/f.phf".parse().unwrap(),
        digest: None,
        hash_of_hashes: None,
        offered: false,
        optional,
    }
}
