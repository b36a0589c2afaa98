//! Several connections for one file (design.md "HTTP"). A connection of this world brings 200 MiB a second,
//! however many there are.

use bgcopy_core::{JobState, Mono, Trust};
use bgcopy_engine::EngineConfig;
use bgcopy_sim::{Behaviour, Origin, Tag, World};

use super::{MIB, SECOND, one};

const SIZE: u64 = 4_000 * MIB;

/// How many seconds a file took, and how often it was asked for.
fn fetched(world: &mut World, origin: Origin) -> (f64, u32) {
    let start = world.now.mono;
    let job = one(world, origin, |_| {});
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error_count, 0);
    (seconds(start, world.now.mono), world.origin("0").requests)
}

fn seconds(from: Mono, to: Mono) -> f64 {
    to.since(from).as_secs_f64()
}

fn with_connections(connections_per_host: usize) -> World {
    World::with_config(1, EngineConfig { connections_per_host, ..EngineConfig::default() })
}

#[test]
fn a_source_that_limits_each_connection_is_asked_over_eight() {
    let (alone, requests) = fetched(&mut with_connections(1), Origin::of(SIZE));
    assert_eq!(requests, 1);
    let mut world = with_connections(8);
    let (together, _) = fetched(&mut world, Origin::of(SIZE));
    // It takes 2.1 s to find out that eight are best; until then one, two and four bring the file.
    assert!(together < alone / 4.5, "{together} s with eight, {alone} s alone");
    let served = world.origin("0").served;
    assert!(served <= SIZE + 8 * MIB, "{} MiB came twice", (served - SIZE) / MIB);
}

#[test]
fn there_are_no_more_connections_to_a_host_than_are_allowed() {
    let (alone, _) = fetched(&mut with_connections(1), Origin::of(SIZE));
    let (together, _) = fetched(&mut with_connections(3), Origin::of(SIZE));
    assert!((alone / 3.0..alone / 2.0).contains(&together), "{together} s with three, {alone} s alone");
}

#[test]
fn a_small_file_has_one_connection() {
    assert_eq!(fetched(&mut with_connections(8), Origin::of(40 * MIB)).1, 1);
}

#[test]
fn a_source_without_parts_has_one_connection() {
    let origin = Origin::always(SIZE, Behaviour::IgnoresRange);
    assert_eq!(fetched(&mut with_connections(8), origin).1, 1);
}

#[test]
fn a_version_that_nothing_proves_comes_over_one_connection() {
    let origin = Origin::of(SIZE).tagged(Tag::Nothing);
    assert_eq!(fetched(&mut with_connections(8), origin).1, 1);
}

#[test]
fn a_source_that_refuses_more_connections_is_no_failure() {
    let refusals = [Behaviour::Good, Behaviour::Status(503, None)];
    let (_, requests) = fetched(&mut with_connections(8), Origin::scripted(SIZE, refusals));
    assert_eq!(requests, 2, "the first connection brings it all");
}

#[test]
fn a_source_that_answers_only_once_is_brought_whole_by_the_first_connection() {
    let once =
        Origin { script: [Behaviour::Good].into(), ..Origin::always(SIZE, Behaviour::Status(403, None)) };
    let mut world = with_connections(8);
    let (_, requests) = fetched(&mut world, once);
    assert_eq!(requests, 2, "asked for more once, and then left alone for a while");
    assert_eq!(world.origin("0").served, SIZE);
}

#[test]
fn a_lead_that_is_refused_waits_for_its_helpers() {
    // Cut when all eight are at work; the ninth request is its next.
    let mut script = vec![Behaviour::CutAfter(450 * MIB)];
    script.extend([const { Behaviour::Good }; 7]);
    script.push(Behaviour::Status(503, None));
    let mut world = with_connections(8);
    let (_, requests) = fetched(&mut world, Origin::scripted(SIZE, script));
    assert!(requests > 9, "{requests} requests: nobody was refused");
    assert!(world.origin("0").served <= SIZE + 8 * MIB);
}

#[test]
fn a_lead_that_brings_nothing_does_not_ask_without_end() {
    let mut script = vec![Behaviour::CutAfter(450 * MIB)];
    script.extend([const { Behaviour::Good }; 7]);
    script.extend([const { Behaviour::CutAfter(0) }; 200]);
    let mut world = with_connections(8);
    let job = one(&mut world, Origin::scripted(SIZE, script), |_| {});
    world.until("the helpers are through", |world| world.job(job).files[0].bytes_here > SIZE * 9 / 10);
    let requests = world.origin("0").requests;
    assert!(requests < 30, "{requests} requests");
}

#[test]
fn a_helper_that_breaks_off_leaves_a_gap_that_others_fill() {
    let cuts = [Behaviour::Good, Behaviour::CutAfter(10 * MIB)];
    let mut world = with_connections(8);
    fetched(&mut world, Origin::scripted(SIZE, cuts));
    assert!(world.origin("0").served <= SIZE + 8 * MIB);
}

#[test]
fn a_helper_that_finds_another_version_is_sent_away_and_the_file_is_of_one_version() {
    let mut world = with_connections(8);
    let job = one(&mut world, Origin::of(SIZE), |_| {});
    world.until("a part is here", |world| world.job(job).files[0].bytes_here > 100 * MIB);
    world.origin("0").version = 2;
    world.until_state(job, JobState::Transferred);
    // What was published is of one version: an invariant of this world.
    world.complete(job).unwrap();
    world.until("the end", |world| world.ended.contains_key(&job));
}

#[test]
fn work_goes_on_where_it_was_after_a_suspend_in_the_middle() {
    let mut world = with_connections(8);
    let job = one(&mut world, Origin::of(SIZE), |_| {});
    world.pass(3 * SECOND);
    world.suspend(job).unwrap();
    world.pass(SECOND);
    let here = world.job(job).files[0].bytes_here;
    assert!(here > 500 * MIB);
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
    assert!(world.origin("0").served <= SIZE + 16 * MIB);
    assert_eq!(world.job(job).files[0].trust, Trust::Consistent);
}
