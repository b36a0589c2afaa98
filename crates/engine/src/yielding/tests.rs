//! The flow of several connections, and what must hold whatever is measured.

use proptest::prelude::*;

use super::share::PARKED;
use super::*;

const SEGMENT: u32 = 1_000;

fn at(millis: u64) -> Mono {
    Mono::from_start(Duration::from_millis(millis))
}

fn path(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

/// A flow over some connections, on a made-up link that gives every connection all of its window each round trip.
struct Rig {
    flow: Yielding,
    received: BTreeMap<ConnectionId, u64>,
    windows: BTreeMap<ConnectionId, u32>,
    now: u64,
}

impl Rig {
    fn new(connections: u64) -> Self {
        let mut rig =
            Self { flow: Yielding::new(at(0)), received: BTreeMap::new(), windows: BTreeMap::new(), now: 0 };
        (0..connections).for_each(|id| rig.add(id, path(1)));
        rig
    }

    fn add(&mut self, id: u64, path: IpAddr) {
        self.flow.add(ConnectionId(id), path, at(self.now));
        self.received.insert(ConnectionId(id), 0);
    }

    /// One round trip of `rtt` milliseconds on all connections.
    fn round(&mut self, rtt: u64) {
        self.round_by(|_| rtt);
    }

    fn round_by(&mut self, rtt: impl Fn(ConnectionId) -> u64) {
        let longest = self.received.keys().map(|id| rtt(*id)).max().unwrap();
        self.now += longest;
        for (id, received) in &mut self.received {
            *received += u64::from(self.windows.get(id).copied().unwrap_or(2 * SEGMENT)) * longest / rtt(*id);
            let rtt = Some(Duration::from_millis(rtt(*id)));
            let sample = Sample { rtt, received: *received, out_of_order: 0, segment: SEGMENT };
            self.flow.handle_sample(*id, sample, at(self.now));
        }
        let windows = self.flow.poll_windows(at(self.now));
        self.windows = windows.iter().map(|window| (window.connection, window.bytes)).collect();
    }

    fn rounds(&mut self, count: usize, rtt: u64) -> &mut Self {
        (0..count).for_each(|_| self.round(rtt));
        self
    }

    fn sum(&self) -> u64 {
        self.windows.values().map(|&bytes| u64::from(bytes)).sum()
    }
}

#[test]
fn eight_connections_are_no_stronger_than_one() {
    for rtt in [20, 25, 60, 220] {
        let (mut one, mut eight) = (Rig::new(1), Rig::new(8));
        let (one, eight) =
            (one.rounds(20, 20).rounds(8, rtt).sum(), eight.rounds(20, 20).rounds(8, rtt).sum());
        assert!(eight.abs_diff(one) <= one / 8 + 16, "at {rtt} ms: one {one}, eight {eight}");
    }
}

#[test]
fn at_the_floor_all_but_one_of_eight_are_parked_and_each_has_its_turn() {
    let mut rig = Rig::new(8);
    rig.rounds(20, 20).rounds(12, 220);
    let mut served = std::collections::BTreeSet::new();
    for _ in 0..100 {
        rig.round(220);
        let working: Vec<_> = rig.windows.iter().filter(|(_, bytes)| **bytes > PARKED as u32).collect();
        assert!(matches!(working[..], [(_, 2_000)]), "{:?}", rig.windows);
        served.insert(*working[0].0);
    }
    assert_eq!(served.len(), 8);
}

#[test]
fn the_target_is_half_of_the_worst_delay_within_its_bounds() {
    for (worst, target) in [(2, 8), (17, 8), (30, 15), (39, 19), (300, 20)] {
        let mut rig = Rig::new(1);
        assert_eq!(rig.flow.target().as_millis(), 20);
        rig.rounds(6, 20).rounds(6, 20 + worst);
        assert_eq!(rig.flow.target().as_millis(), target, "{worst} ms");
    }
}

#[test]
fn a_connection_that_comes_later_knows_the_base_of_its_path() {
    let mut rig = Rig::new(1);
    rig.rounds(10, 20).rounds(10, 120);
    rig.add(9, path(1));
    rig.rounds(4, 120);
    assert_eq!(rig.flow.delay(), Some(Duration::from_millis(100)));
    rig.flow.forget_paths();
    rig.rounds(4, 120);
    assert_eq!(rig.flow.delay(), Some(Duration::ZERO));
}

#[test]
fn one_server_behind_a_queue_of_its_own_is_asked_for_less_and_holds_up_nobody() {
    let mut rig = Rig::new(3);
    rig.add(9, path(2));
    rig.rounds(24, 20);
    let before = rig.sum();
    for _ in 0..40 {
        rig.round_by(|id| if id == ConnectionId(9) { 60 } else { 20 });
    }
    let far = u64::from(rig.windows[&ConnectionId(9)]);
    assert!(rig.sum() > before / 2, "{before} became {}", rig.sum());
    assert!(far * 8 < rig.sum(), "{far} of {}", rig.sum());
}

#[test]
fn nobody_looks_while_there_is_nothing_to_look_at() {
    let mut rig = Rig::new(1);
    rig.rounds(3, 20);
    assert_eq!(rig.flow.next_look(), Some(Duration::from_millis(10)));
    rig.rounds(8, 90);
    assert_eq!(rig.flow.next_look(), Some(Duration::from_millis(45)));
    rig.flow.remove(ConnectionId(0), at(rig.now));
    assert_eq!((rig.flow.next_look(), rig.flow.poll_windows(at(rig.now))), (None, Vec::new()));
}

#[test]
fn after_a_pause_the_window_starts_from_the_floor() {
    let mut rig = Rig::new(1);
    rig.rounds(20, 20);
    assert!(rig.sum() > 20_000);
    for (pause, small) in [(500, false), (1_000, true)] {
        let mut rig =
            Rig { flow: rig.flow.clone(), received: BTreeMap::new(), windows: BTreeMap::new(), ..rig };
        rig.flow.remove(ConnectionId(0), at(rig.now));
        rig.now += pause;
        rig.add(1, path(1));
        rig.round(20);
        assert_eq!(rig.sum() < 5_000, small, "after {pause} ms: {}", rig.sum());
    }
}

#[test]
fn without_round_trips_the_window_grows_by_sums_and_losses_halve_it() {
    let mut flow = Yielding::new(at(0));
    flow.add(ConnectionId(1), path(1), at(0));
    let mut sample = Sample { rtt: None, received: 0, out_of_order: 0, segment: SEGMENT };
    let mut seen = Vec::new();
    for round in 0..60 {
        sample.received += u64::from(seen.last().copied().unwrap_or(2_000));
        sample.out_of_order += if round == 59 { 3 } else { 0 };
        flow.handle_sample(ConnectionId(1), sample, at(round * 100));
        seen.extend(flow.poll_windows(at(round * 100)).iter().map(|window| window.bytes));
    }
    assert!(seen.windows(2).all(|pair| pair[1] <= pair[0] + SEGMENT), "{seen:?}");
    assert!(seen[58] > 50_000 && seen[59] == seen[58] / 2, "{seen:?}");
}

#[derive(Clone, Debug)]
enum Step {
    Add(u64, u8),
    Remove(u64),
    Sample { id: u64, rtt: Option<u64>, bytes: u64, reordered: u32, segment: u32 },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0u64..6, 0u8..3).prop_map(|(id, path)| Step::Add(id, path)),
        1 => (0u64..6).prop_map(Step::Remove),
        8 => (0u64..6, prop::option::of(0u64..2_000_000), 0u64..10_000_000, 0u32..5, 0u32..70_000)
            .prop_map(|(id, rtt, bytes, reordered, segment)| Step::Sample { id, rtt, bytes, reordered, segment }),
        6 => (0u64..200).prop_map(Step::Wait),
    ]
}

/// What was seen at a step: the window of all together before and after it, and what it was decided by.
#[derive(Debug)]
struct Seen {
    windows: Vec<Window>,
    before: u64,
    after: u64,
    delay: Option<Duration>,
    target: Duration,
    segment: u32,
}

fn play(steps: &[Step]) -> Vec<Seen> {
    let mut flow = Yielding::new(at(0));
    let (mut now, mut received, mut reorderings) = (0, 0, 0);
    let mut seen = Vec::new();
    for step in steps {
        match *step {
            Step::Add(id, last) => flow.add(ConnectionId(id), path(last), at(now)),
            Step::Remove(id) => flow.remove(ConnectionId(id), at(now)),
            Step::Sample { id, rtt, bytes, reordered, segment } => {
                (received, reorderings) = (received + bytes, reorderings + reordered);
                let rtt = rtt.map(Duration::from_micros);
                let sample = Sample { rtt, received, out_of_order: reorderings, segment };
                flow.handle_sample(ConnectionId(id), sample, at(now));
            }
            Step::Wait(millis) => now += millis,
        }
        let before = flow.window();
        let windows = flow.poll_windows(at(now));
        seen.push(Seen {
            windows,
            before,
            after: flow.window(),
            delay: flow.delay(),
            target: flow.target(),
            segment: flow.segment(),
        });
    }
    seen
}

proptest! {
    #[test]
    fn never_below_the_floor_never_up_above_the_target_and_always_the_same(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let told = play(&steps);
        prop_assert_eq!(format!("{told:?}"), format!("{:?}", play(&steps)));
        for Seen { windows, before, after, delay, target, segment } in told {
            let floor = 2 * u64::from(segment);
            if after != before {
                prop_assert!(after >= floor, "{after} with segments of {segment}");
            }
            if delay.is_some_and(|delay| delay > target) && before >= floor {
                prop_assert!(after <= before, "{before} grew to {after} at {delay:?} above {target:?}");
            }
            let working = windows.iter().filter(|window| window.bytes > PARKED as u32);
            let sum: u64 = working.map(|window| u64::from(window.bytes)).sum();
            prop_assert!(sum <= after.max(floor) + windows.len() as u64, "{sum} of {after}");
            prop_assert!(windows.is_empty() || sum > 0);
        }
    }
}
