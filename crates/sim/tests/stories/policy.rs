//! What the link costs now, switched on, off, and to and fro (faults K05).

use bgcopy_core::{Code, CostFlags, ErrorClass, ErrorContext, JobState, WaitingFor};
use bgcopy_engine::Conditions;
use bgcopy_sim::{Origin, World};

use super::{DAY, MIB, SECOND, one};

fn on(cost: CostFlags) -> Conditions {
    Conditions { cost, ..Conditions::default() }
}

#[test]
fn k05_a_link_that_begins_to_cost_stops_at_once_and_costs_nothing_more() {
    let mut world = World::new(1);
    let job = one(&mut world, Origin::of(500 * MIB), |_| {});
    world.until("some of it is here", |world| world.job(job).files[0].bytes_here > 10 * MIB);
    world.conditions(on(CostFlags::ROAMING));
    let error = world.job(job).error.clone().unwrap();
    assert_eq!(world.state(job), JobState::TransientError);
    assert_eq!((error.code, error.context), (Code::BlockedCost, ErrorContext::GeneralQueueManager));
    assert_eq!(error.class, ErrorClass::Policy);
    assert!(!matches!(error.waiting_for, WaitingFor::RetryAt(_)), "no retry runs: {error:?}");
    // What was under way may still come; then nothing does.
    world.pass(2 * SECOND);
    let (requests, served) = (world.origin("0").requests, world.origin("0").served);
    world.pass(30 * DAY / 2);
    assert_eq!((world.origin("0").requests, world.origin("0").served), (requests, served));
    assert_eq!((world.state(job), world.job(job).error_count), (JobState::TransientError, 0));
    world.conditions(on(CostFlags::UNRESTRICTED));
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error, None);
}

#[test]
fn k05_a_link_that_changes_all_the_time_neither_stops_nor_wears_anybody_out() {
    const FLAPS: u32 = 60;
    let mut world = World::new(2);
    let job = one(&mut world, Origin::of(500 * MIB), |_| {});
    world.until_state(job, JobState::Transferring);
    for _ in 0..FLAPS {
        world.conditions(on(CostFlags::ROAMING));
        world.pass(SECOND / 20);
        world.conditions(on(CostFlags::UNRESTRICTED));
        world.pass(SECOND / 20);
    }
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error_count, 0, "a condition is no failure");
    let origin = world.origin("0");
    // A connection or two for each time it was allowed, and no byte of what had been kept.
    assert!(origin.requests <= 8 * (FLAPS + 1), "{} requests", origin.requests);
    assert!(origin.served < (500 + 8 * u64::from(FLAPS)) * MIB, "{} bytes", origin.served);
}

/// do-download 7.4: "DisallowOnCellular or NoCellular ⇒ DO_E_BLOCKED_BY_CELLULAR_POLICY".
#[test]
fn a_job_that_keeps_off_cellular_links_waits_for_another_one() {
    let mut world = World::new(3);
    let job = one(&mut world, Origin::of(500 * MIB), |job| job.settings.no_cellular = true);
    world.until("some of it is here", |world| world.job(job).files[0].bytes_here > 10 * MIB);
    world.conditions(Conditions { cellular: true, ..Conditions::default() });
    assert_eq!(world.state(job), JobState::TransientError);
    assert_eq!(world.job(job).error.as_ref().map(|error| error.code), Some(Code::BlockedCellular));
    let other = one(&mut world, Origin::of(MIB), |_| {});
    world.until_state(other, JobState::Transferred);
    assert_eq!(world.state(job), JobState::TransientError);
    world.conditions(Conditions::default());
    world.until_state(job, JobState::Transferred);
}
