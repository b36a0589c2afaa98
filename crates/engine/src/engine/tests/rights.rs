//! Who may do what, and how much (spec 7.1, 7.2 `TakeOwnership`, 9.9, 9.10; faults J02, J08, J10).

use bgcopy_core::{
    AuthScheme, AuthTarget, Credentials, Family, FileIndex, Hresult, JobId, Priority, Refusal, Secret,
    Setting, range::FileRange,
};

use super::{ADA, BOB, Desk, ROOT, job, spec};
use crate::action::Order;
use crate::engine::{EngineConfig, Limits};
use crate::request::{Caller, Confirm, NewJob, Outcome, Reply, Request};

/// Every request about a job.
fn requests(id: JobId) -> Vec<Request> {
    vec![
        Request::add_files(id, vec![spec("more")]),
        Request::Suspend(id),
        Request::Resume(id),
        Request::Set(id, vec![Setting::Priority(Priority::Low)]),
        Request::Set(id, vec![Setting::RemoteName(FileIndex(0), spec("other").remote_name)]),
        Request::ReplaceRemotePrefix { job: id, old: "https://".to_owned(), new: "http://".to_owned() },
        Request::Confirm(id, Confirm::Error),
        Request::TakeOwnership(id),
        Request::Complete(id),
        Request::Cancel(id),
    ]
}

fn create(desk: &mut Desk, caller: Caller, new: NewJob) -> Result<Reply, Refusal> {
    desk.ask(caller, Request::Create(Box::new(new)))
}

#[test]
fn a_strangers_job_is_as_absent_as_none() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let before = desk.job(id).clone();
    for request in requests(id) {
        let refusal = desk.ask(BOB, request.clone()).unwrap_err();
        assert_eq!(refusal, Refusal::JobNotFound { job: id.to_string() }, "{request:?}");
        // The same words as for a job that never was.
        let nobody = JobId::from_random_bytes([9; 16]);
        let absent = requests(nobody).swap_remove(0);
        assert_eq!(desk.ask(BOB, absent), Err(Refusal::JobNotFound { job: nobody.to_string() }));
    }
    assert_eq!(desk.job(id), &before);
    assert_eq!((desk.engine.jobs(BOB).count(), desk.engine.jobs(ADA).count()), (0, 1));
}

#[test]
fn administrators_see_and_change_every_job() {
    for number in 0..requests(JobId::from_random_bytes([0; 16])).len() {
        let mut desk = Desk::new();
        let id = desk.start(1);
        let request = requests(id).swap_remove(number);
        assert!(desk.ask(ROOT, request.clone()).is_ok(), "{request:?}");
    }
    let mut desk = Desk::new();
    desk.start(1);
    assert_eq!(desk.engine.jobs(ROOT).count(), 1);
}

#[test]
fn owners_cannot_take_what_is_theirs() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let refusal = desk.ask(ADA, Request::TakeOwnership(id)).unwrap_err();
    assert_eq!(refusal.hresult(Family::Bits), Hresult(0x8007_0005));
}

#[test]
fn whoever_takes_a_job_over_gets_none_of_its_secrets() {
    // "Drops credentials, certificates, custom headers, command line" (spec 7.2).
    let mut desk = Desk::new();
    let id = desk.start(1);
    let credentials = Credentials { user: "ada".to_owned(), password: Secret::new("s") };
    for setting in [
        Setting::Credentials(AuthTarget::Server, AuthScheme::Basic, credentials),
        Setting::Headers(vec![("X".to_owned(), Secret::new("s"))]),
        Setting::ClientCertificate(Some(("PEM".to_owned(), Secret::new("s")))),
        Setting::NotifyCmdLine(Some(("/bin/true".into(), String::new()))),
    ] {
        desk.set(id, setting).unwrap();
    }
    let run = desk.run(id, 0);
    desk.ask(ROOT, Request::TakeOwnership(id)).unwrap();
    let record = desk.job(id);
    assert_eq!(record.owner, ROOT.owner);
    assert!(record.secrets.is_empty());
    assert_eq!(record.settings.tls.client_certificate, None);
    assert_eq!(record.settings.notify_cmd_line, None);
    // "Work is done with the owner's rights" (spec 9.9): not any longer with Ada's.
    assert_eq!(desk.orders(run), [Order::Stop]);
    assert!(desk.is_busy(id, 0));
    assert_ne!(desk.run(id, 0), run);
    assert_eq!(desk.engine.jobs(ADA).count(), 0);
    assert!(desk.ask(ADA, Request::Cancel(id)).is_err());
}

fn limited() -> Desk {
    let limits = Limits {
        jobs_per_user: 2,
        jobs_per_machine: 3,
        files_per_job: 2,
        ranges_per_file: 2,
        local_servers: true,
    };
    Desk::with_config(EngineConfig { limits: Some(limits), ..EngineConfig::default() })
}

#[test]
fn j08_ordinary_users_have_limits_and_administrators_have_none() {
    let mut desk = limited();
    for _ in 0..2 {
        assert!(create(&mut desk, ADA, job(0)).is_ok());
    }
    let refusal = create(&mut desk, ADA, job(0)).unwrap_err();
    assert_eq!(refusal, Refusal::TooManyJobsPerUser { limit: 2 });
    assert_eq!(refusal.hresult(Family::Bits), Hresult(0x8020_0049));
    assert!(create(&mut desk, BOB, job(0)).is_ok());
    let refusal = create(&mut desk, BOB, job(0)).unwrap_err();
    assert_eq!(refusal, Refusal::TooManyJobsPerMachine { limit: 3 });
    for _ in 0..5 {
        assert!(create(&mut desk, ROOT, job(7)).is_ok());
    }
    // A job that ended counts no more.
    let id = desk.engine.jobs(ADA).next().unwrap().id;
    desk.ask(ADA, Request::Cancel(id)).unwrap();
    assert_eq!(create(&mut desk, ADA, job(0)), Err(Refusal::TooManyJobsPerMachine { limit: 3 }));
}

#[test]
fn j08_files_and_ranges_are_limited_too_and_added_all_or_none() {
    let mut desk = limited();
    assert_eq!(create(&mut desk, ADA, job(3)), Err(Refusal::TooManyFiles { limit: 2 }));
    let Ok(Reply::Created(id)) = create(&mut desk, ADA, job(1)) else { panic!("not created") };
    let two = vec![spec("a"), spec("b")];
    assert_eq!(desk.ask(ADA, Request::add_files(id, two.clone())), Err(Refusal::TooManyFiles { limit: 2 }));
    assert_eq!(desk.job(id).files.len(), 1);
    assert_eq!(desk.ask(ROOT, Request::add_files(id, two)), Ok(Reply::Added(FileIndex(1))));
    let Ok(Reply::Created(id)) = create(&mut desk, ADA, job(0)) else { panic!("not created") };
    let mut ranged = spec("ranged");
    ranged.ranges = (0..3).map(|at| FileRange { offset: 10 * at, length: Some(1) }).collect();
    let files = vec![spec("good"), ranged];
    assert_eq!(
        desk.ask(ADA, Request::add_files(id, files.clone())),
        Err(Refusal::TooManyRanges { limit: 2 })
    );
    assert!(desk.job(id).files.is_empty());
    assert_eq!(desk.ask(ROOT, Request::add_files(id, files)), Ok(Reply::Added(FileIndex(0))));
    let nothing = Request::add_files(id, Vec::new());
    assert_eq!(desk.ask(ADA, nothing).unwrap_err().word(), "invalid-argument");
}

#[test]
fn a_per_user_service_has_no_limits() {
    let mut desk = Desk::new();
    for _ in 0..61 {
        assert!(create(&mut desk, ADA, job(0)).is_ok());
    }
    assert!(create(&mut desk, ADA, job(201)).is_ok());
}

#[test]
fn j10_a_request_that_is_repeated_is_the_same_job() {
    let mut desk = limited();
    let keyed = || NewJob { idempotency_key: Some("k".to_owned()), ..job(1) };
    let first = create(&mut desk, ADA, keyed()).unwrap();
    assert_eq!(create(&mut desk, ADA, keyed()), Ok(first));
    // Whatever the limits say: nothing is created.
    create(&mut desk, ADA, job(0)).unwrap();
    assert_eq!(create(&mut desk, ADA, keyed()), Ok(first));
    assert_ne!(create(&mut desk, BOB, keyed()).unwrap(), first, "another owner's key is another key");
    let Reply::Created(id) = first else { panic!("not created") };
    desk.ask(ADA, Request::Cancel(id)).unwrap();
    assert_ne!(create(&mut desk, ADA, keyed()).unwrap(), first);
}

#[test]
fn a_job_that_could_not_be_recorded_leaves_no_trace() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.engine.withdraw(id);
    assert_eq!(desk.engine.job(id), None);
    let orders = std::iter::from_fn(|| desk.engine.poll_action());
    let stopped =
        orders.filter(|action| matches!(action, crate::Action::Order(of, Order::Stop) if *of == run)).count();
    assert_eq!(stopped, 1);
    desk.event(crate::Event::Closed(run));
    assert_eq!((desk.engine.deadline(), desk.engine.is_busy()), (None, false));
    assert_eq!(desk.ask(ADA, Request::Cancel(id)).unwrap_err().word(), "not-found");
}

#[test]
fn asking_for_what_is_so_already_is_no_error() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    for request in [Request::Resume(id), Request::Suspend(id), Request::Suspend(id)] {
        assert_eq!(desk.ask(ADA, request), Ok(Reply::Done(Outcome::Ok)));
    }
}
