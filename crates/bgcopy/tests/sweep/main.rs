//! F01 to F04: whichever moment a kill or a power cut chooses, nothing acknowledged is lost and no wrong byte is published.
//!
//! The real service is killed on entry of, or right after, one of its calls that change something, in the middle
//! of a small mix of jobs; then it is started again, everything is brought to its end, and the invariants of the
//! fault catalogue are checked: no wrong bytes, no lost jobs, bounded rework, nothing outside, one story, forward
//! only, no secrets, no litter.
//!
//! * `BGCOPY_SWEEP_SEED` chooses the points; it is printed, and the same seed is the same points.
//! * `BGCOPY_SWEEP_POINTS` is how many.
//! * `BGCOPY_SWEEP_POINT` plays a single one, such as `before:123`.

mod house;
mod ledger;
mod mix;
mod point;
mod recovery;
mod story;
mod verdict;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bgcopy_testkit::Strike;
use tokio::task::JoinSet;

use point::{Dies, Played, play};

/// Points that a run without wishes plays.
const POINTS: u64 = 200;
/// Points of the same at which the power fails.
const CUTS: u64 = 60;
/// Points played side by side: most of a point is waiting for the disk.
const LANES: usize = 4;
/// Broken points that are told with all that was known; the others only by their findings.
const TOLD_IN_FULL: usize = 3;
/// Of the points that many at least must have been reached, or the story was not the one that was measured. How
/// many calls it takes depends on how commits group, by a few in a hundred.
const REACHED_PERCENT: usize = 90;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f01_a_kill_at_any_call_loses_nothing_and_publishes_no_wrong_byte() {
    let seed = number("BGCOPY_SWEEP_SEED").unwrap_or_else(|| std::process::id().into());
    let calm = play(Strike::Never, Dies::Service, None).await;
    assert!(calm.findings.is_empty(), "without any kill: {:#?}", calm.findings);
    let points = chosen(seed, POINTS, calm.death.calls);
    sweep_and_judge(seed, points, Dies::Service, calm.left).await;
}

/// The machine goes down instead: what was not synced is there, or not. Who was told that something is done finds it
/// done all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f04_a_power_cut_at_any_call_loses_nothing_acknowledged_and_publishes_no_wrong_byte() {
    let seed = number("BGCOPY_SWEEP_SEED").unwrap_or_else(|| std::process::id().into());
    let calm = play(Strike::Never, Dies::Machine(seed), None).await;
    assert!(calm.findings.is_empty(), "without any cut: {:#?}", calm.findings);
    let syncs = calm.death.platter.map_or(0, |platter| platter.syncs());
    assert!(syncs > 50, "only {syncs} syncs were seen: is the folder in memory?");
    let points = chosen(seed, CUTS, calm.death.calls);
    sweep_and_judge(seed, points, Dies::Machine(seed), calm.left).await;
}

/// The points that the environment wishes, or so many.
fn chosen(seed: u64, usual: u64, calls: u64) -> Vec<Strike> {
    match std::env::var("BGCOPY_SWEEP_POINT") {
        Ok(point) => vec![parse(&point)],
        Err(_) => points(seed, number("BGCOPY_SWEEP_POINTS").unwrap_or(usual), calls),
    }
}

async fn sweep_and_judge(seed: u64, points: Vec<Strike>, dies: Dies, calm: BTreeSet<String>) {
    println!("BGCOPY_SWEEP_SEED={seed}: {} points, {dies:?}", points.len());
    let began = Instant::now();
    let played = sweep(points, dies, Arc::new(calm)).await;
    let reached = played.iter().filter(|(_, played)| played.death.struck.is_some()).count();
    println!("{reached} of {} kills struck, in {:?}", played.len(), began.elapsed());
    let broken: Vec<_> = played.iter().filter(|(_, played)| !played.findings.is_empty()).collect();
    let shown: String =
        broken.iter().enumerate().map(|(nth, point)| tell(point, nth < TOLD_IN_FULL)).collect();
    assert!(broken.is_empty(), "BGCOPY_SWEEP_SEED={seed}: {} points broke a rule:\n{shown}", broken.len());
    assert!(
        reached * 100 >= played.len() * REACHED_PERCENT,
        "only {reached} of {} kills struck",
        played.len()
    );
}

/// Plays all points, a few at a time.
async fn sweep(points: Vec<Strike>, dies: Dies, calm: Arc<BTreeSet<String>>) -> Vec<(Strike, Played)> {
    let points = Arc::new(points);
    let (next, played) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        let (points, next, played, calm) = (points.clone(), next.clone(), played.clone(), calm.clone());
        lanes.spawn(async move {
            while let Some(strike) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                let calm = (dies == Dies::Service).then_some(&*calm);
                let outcome = play(*strike, dies, calm).await;
                played.lock().expect("no lane panics with the lock").push((*strike, outcome));
            }
        });
    }
    while let Some(ended) = lanes.join_next().await {
        ended.expect("a lane does not break");
    }
    let mut played = played.lock().expect("every lane has ended");
    std::mem::take(&mut *played)
}

/// One point in each of `count` stretches of equal length over all moments, so that no part of the story is
/// spared by chance.
fn points(seed: u64, count: u64, calls: u64) -> Vec<Strike> {
    let moments = calls * 2;
    let mut random = seed;
    (0..count)
        .map(|nth| {
            let (from, to) = (nth * moments / count, (nth + 1) * moments / count);
            let moment = from + next_random(&mut random) % (to - from).max(1);
            let call = moment / 2 + 1;
            if moment.is_multiple_of(2) { Strike::Before(call) } else { Strike::After(call) }
        })
        .collect()
}

/// SplitMix64.
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {value:?}")))
}

fn parse(point: &str) -> Strike {
    let strike = point.split_once(':').and_then(|(side, call)| match (side, call.parse().ok()?) {
        ("before", call) => Some(Strike::Before(call)),
        ("after", call) => Some(Strike::After(call)),
        _ => None,
    });
    strike.unwrap_or_else(|| panic!("BGCOPY_SWEEP_POINT is before:N or after:N, not {point:?}"))
}

fn tell((strike, played): &(Strike, Played), in_full: bool) -> String {
    let point = match strike {
        Strike::Never => "never".to_owned(),
        Strike::Before(call) => format!("before:{call}"),
        Strike::After(call) => format!("after:{call}"),
    };
    let struck = played.death.struck.as_deref().unwrap_or("not reached");
    let context = played.context.iter().filter(|_| in_full);
    let lines: String = played.findings.iter().chain(context).map(|line| format!("    {line}\n")).collect();
    format!("  BGCOPY_SWEEP_POINT={point} ({struck})\n{lines}")
}
