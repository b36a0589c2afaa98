//! Background downloads make way for others: the engine's yielding, where it meets connections.
//!
//! Every body registers the valve of its connection. While there is one, a task looks at the connections some times
//! a round trip, tells the engine's [`Yielding`] what it saw, and sets the windows that come back; without bodies
//! there is no task and nobody wakes. Which connections yield is told by the class their job is in at that
//! moment: background ones do, Foreground ones do not, and one that changes its class changes its manners.
//! A connection that bodies of both share does not yield, and what comes from this very machine has no link to
//! share with anybody.
//!
//! Where the kernel does not let us set a window, the body is read no faster than the window allows, which closes
//! the window as well, only later; that is said once. Where it does not even show how a connection fares, nothing
//! is left to go by, and only the caps hold.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bgcopy_core::Mono;
use bgcopy_engine::yielding::{ConnectionId, Sample, Window, Yielding};
use bgcopy_http::{Look, Valve, ValveError};
use tokio::task::AbortHandle;

use crate::host::read_clock;
use crate::pace::{Cap, Pace};

/// Whether a class of jobs makes way for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// Takes what nobody else wants.
    Yields,
    /// Takes its share.
    Competes,
}

/// The connections of a service and how they yield.
#[derive(Debug)]
pub(crate) struct Steering {
    enabled: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    flow: Yielding,
    connections: BTreeMap<ConnectionId, Connection>,
    next_body: u64,
    task: Option<AbortHandle>,
    refusal_told: bool,
}

/// A connection that bodies come on.
#[derive(Debug)]
struct Connection {
    valve: Valve,
    peer: IpAddr,
    bodies: BTreeMap<u64, Arc<Pace>>,
    /// Since when it waits for a next body.
    idle_since: Option<Mono>,
    /// For reading slowly, where the window cannot be set.
    cap: Arc<Cap>,
    yields: bool,
    /// The kernel does not show how it fares.
    blind: bool,
}

/// A body that is steered as long as this lives.
#[derive(Debug)]
pub(crate) struct Steered {
    steering: Arc<Steering>,
    connection: ConnectionId,
    body: u64,
    cap: Arc<Cap>,
}

impl Default for Steering {
    fn default() -> Self {
        let state = State {
            flow: Yielding::new(read_clock().mono),
            connections: BTreeMap::new(),
            next_body: 0,
            task: None,
            refusal_told: false,
        };
        Self { enabled: AtomicBool::new(true), state: Mutex::new(state) }
    }
}

impl Steering {
    /// Whether anybody yields at all. In force with the next look.
    pub(crate) fn enable(&self, enabled: bool) {
        self.enabled.store(enabled, Ordering::Relaxed);
    }

    /// The network is another one.
    pub(crate) fn forget_paths(&self) {
        self.lock().flow.forget_paths();
    }

    /// Steers a body by the manners of the class that this pace is under; `None` where there is nothing to
    /// steer. To be asked in a runtime.
    pub(crate) fn steer(self: &Arc<Self>, class: &Arc<Pace>, valve: Valve, peer: IpAddr) -> Option<Steered> {
        if peer.to_canonical().is_loopback() {
            return None;
        }
        let id = ConnectionId(valve.number());
        let enabled = self.enabled.load(Ordering::Relaxed);
        let mut state = self.lock();
        let State { flow, connections, next_body, task, .. } = &mut *state;
        let body = *next_body;
        *next_body += 1;
        let connection = connections.entry(id).or_insert_with(|| Connection {
            valve,
            peer,
            bodies: BTreeMap::new(),
            idle_since: None,
            cap: Arc::default(),
            yields: false,
            blind: false,
        });
        connection.bodies.insert(body, class.clone());
        connection.idle_since = None;
        // At once: a Foreground body may have got a connection that yielded.
        connection.mind_manners(id, enabled, flow, read_clock().mono);
        let cap = connection.cap.clone();
        if task.is_none() {
            *task = Some(tokio::spawn(look_on(Arc::downgrade(self))).abort_handle());
        }
        Some(Steered { steering: self.clone(), connection: id, body, cap })
    }

    /// One look at all connections; when to take the next, or `None` when there is nothing to look at.
    fn look(&self, now: Mono) -> Option<Duration> {
        let enabled = self.enabled.load(Ordering::Relaxed);
        let mut state = self.lock();
        let State { flow, connections, refusal_told, .. } = &mut *state;
        connections.retain(|&id, connection| {
            let stays = connection.idle_since.is_none_or(|since| now.since(since) < LINGER);
            if stays {
                connection.mind_manners(id, enabled, flow, now);
            } else {
                connection.leave(id, flow, now);
            }
            stays
        });
        for (&id, connection) in connections.iter_mut().filter(|(_, connection)| connection.yields) {
            match connection.valve.look() {
                Ok(look) => flow.handle_sample(id, sample(look), now),
                Err(ValveError::Ended) => {}
                Err(error) => {
                    connection.blind = true;
                    connection.leave(id, flow, now);
                    tell_once(
                        refusal_told,
                        &error,
                        "background downloads cannot yield, and keep to the caps alone",
                    );
                }
            }
        }
        for window in state.flow.poll_windows(now) {
            state.set(window);
        }
        tracing::trace!(window = state.flow.window(), delay = ?state.flow.delay(), target = ?state.flow.target());
        if state.connections.is_empty() {
            state.task = None;
            return None;
        }
        Some(state.flow.next_look().unwrap_or(LOOK_FOR_MANNERS))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked left whole connections behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Joins the flow or leaves it, as the classes of its bodies say.
    fn mind_manners(&mut self, id: ConnectionId, enabled: bool, flow: &mut Yielding, now: Mono) {
        let able = enabled && !self.blind;
        let yields = able && self.bodies.values().all(|pace| pace.manners() == Manners::Yields);
        match (self.yields, yields) {
            (false, true) => flow.add(id, self.peer, now),
            (true, false) => self.leave(id, flow, now),
            (true, true) | (false, false) => {}
        }
        self.yields = yields;
    }

    /// Leaves the flow: nothing holds it up any more.
    fn leave(&mut self, id: ConnectionId, flow: &mut Yielding, now: Mono) {
        if std::mem::replace(&mut self.yields, false) {
            flow.remove(id, now);
            self.cap.set(None);
            // One that has ended, or cannot be steered, has no window of ours.
            let _ = self.valve.release();
        }
    }
}

impl State {
    fn set(&mut self, window: Window) {
        let Some(connection) = self.connections.get(&window.connection) else { return };
        if let Err(error @ ValveError::Refused { .. }) = connection.valve.set_window(window.bytes) {
            self.fall_back(window);
            let says = "background downloads yield by being read slowly, which others feel later";
            tell_once(&mut self.refusal_told, &error, says);
        }
    }

    /// Reads no faster than the window would allow.
    fn fall_back(&self, window: Window) {
        if let Some(connection) = self.connections.get(&window.connection) {
            connection.cap.set(Some(window.bytes_per_second.max(1)));
        }
    }
}

impl Steered {
    /// What the body has to keep to besides the caps.
    pub(crate) fn pace(&self) -> Arc<Pace> {
        Arc::new(Pace::under(&self.cap))
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        if let Some(connection) = self.steering.lock().connections.get_mut(&self.connection) {
            connection.bodies.remove(&self.body);
            if connection.bodies.is_empty() {
                connection.idle_since = Some(read_clock().mono);
            }
        }
    }
}

impl Drop for Steering {
    fn drop(&mut self) {
        if let Some(task) = self.lock().task.take() {
            task.abort();
        }
    }
}

async fn look_on(steering: Weak<Steering>) {
    while let Some(wait) = steering.upgrade().and_then(|steering| steering.look(read_clock().mono)) {
        tokio::time::sleep(wait).await;
    }
}

/// What the kernel refuses to one connection it refuses to all.
fn tell_once(told: &mut bool, error: &ValveError, says: &'static str) {
    if !std::mem::replace(told, true) {
        tracing::warn!(error = crate::chain::in_full(error), says);
    }
}

fn sample(look: Look) -> Sample {
    let Look { rtt, received, out_of_order, segment } = look;
    Sample { rtt, received, out_of_order, segment }
}

/// How soon a job that is moved to the background makes way, while nobody else does.
const LOOK_FOR_MANNERS: Duration = Duration::from_secs(1);
/// A connection waits this long for its next body with the window it has: small files follow each other on one, and
/// are over before a look.
const LINGER: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use bgcopy_core::{Ask, ByteRange};
    use bgcopy_engine::rate::Caps;
    use bgcopy_http::{Body, Http, HttpConfig, Request};
    use bgcopy_testkit::{Content, FileServer, Origin};

    use super::*;
    use crate::pace::{Class, JobPaces, pay, steer};

    /// Both classes under one steering, a job in the background, and a body from somewhere far.
    struct Rig {
        steering: Arc<Steering>,
        background: Class,
        foreground: Class,
        job: JobPaces,
        body: Body,
        _origin: Origin,
    }

    impl Rig {
        async fn new() -> Self {
            let (steering, gauge) = (Arc::<Steering>::default(), Arc::default());
            let class = |manners| Class::new(&gauge).steered(&steering, manners);
            let (background, foreground) = (class(Manners::Yields), class(Manners::Competes));
            let job = JobPaces::default();
            job.join(&background);
            let origin = Origin::builder().start(FileServer::new(Content::repeated(1, 1 << 20))).await;
            let request = Request {
                url: origin.url("/file").parse().unwrap(),
                ask: Ask::Exactly(ByteRange::new(0, 1 << 20)),
                if_range: None,
                options: Arc::default(),
                no_cache: false,
                offered: false,
            };
            let (_, body) = Http::new(HttpConfig::default()).fetch(&request).await.unwrap();
            Self { steering, background, foreground, job, body, _origin: origin }
        }

        fn steer(&self, peer: &str) -> Option<Steered> {
            steer(&self.job.all(), self.body.valve(), Some(peer.parse().unwrap()))
        }

        /// How many connections yield at a look.
        fn look(&self) -> usize {
            self.steering.look(read_clock().mono);
            let state = self.steering.lock();
            let yielding = state.connections.values().filter(|connection| connection.yields).count();
            assert_eq!(state.flow.next_look().is_some(), yielding > 0);
            yielding
        }
    }

    #[tokio::test]
    async fn a_job_that_changes_its_class_changes_its_manners() {
        let rig = Rig::new().await;
        let _steered = rig.steer(FAR).unwrap();
        assert_eq!(rig.look(), 1);
        rig.job.join(&rig.foreground);
        assert_eq!(rig.look(), 0);
        rig.job.join(&rig.background);
        assert_eq!(rig.look(), 1);
        rig.steering.enable(false);
        assert_eq!(rig.look(), 0);
    }

    #[tokio::test]
    async fn a_connection_that_a_foreground_body_shares_does_not_yield() {
        let rig = Rig::new().await;
        let _steered = rig.steer(FAR).unwrap();
        assert_eq!(rig.look(), 1);
        let urgent = JobPaces::default();
        urgent.join(&rig.foreground);
        let shared = steer(&urgent.all(), rig.body.valve(), Some(FAR.parse().unwrap()));
        assert!(rig.steering.lock().connections.values().all(|connection| !connection.yields));
        drop(shared);
        assert_eq!(rig.look(), 1);
    }

    #[tokio::test]
    async fn a_connection_lingers_for_its_next_body_and_then_nobody_looks() {
        let rig = Rig::new().await;
        let steered = rig.steer(FAR).unwrap();
        let now = read_clock().mono;
        assert!(rig.steering.look(now).is_some());
        drop(steered);
        assert!(rig.steering.look(now).is_some());
        drop(rig.steer(FAR).unwrap());
        let idle_since = read_clock().mono;
        assert!(rig.steering.lock().task.is_some());
        assert!(rig.steering.look(idle_since + LINGER).is_none());
        assert!(rig.steering.lock().task.is_none());
    }

    #[tokio::test]
    async fn what_comes_from_this_machine_is_not_steered() {
        let rig = Rig::new().await;
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.7"] {
            assert!(rig.steer(own).is_none(), "{own}");
        }
        assert!(rig.steering.lock().task.is_none());
    }

    #[tokio::test]
    async fn where_no_window_can_be_set_the_body_is_read_slowly_until_it_is_released() {
        let mut rig = Rig::new().await;
        let steered = rig.steer(FAR).unwrap();
        let paces = [steered.pace()];
        assert!(pay(&paces, 1 << 20).is_zero());
        let window = Window { connection: steered.connection, bytes: 2_896, bytes_per_second: 29_000 };
        rig.steering.lock().fall_back(window);
        pay(&paces, 29_000);
        assert!(pay(&paces, 290_000) > Duration::from_secs(9));
        // Whatever the class is allowed besides.
        rig.background.set(Caps::default());
        rig.job.join(&rig.foreground);
        rig.look();
        assert!(pay(&paces, 1 << 20).is_zero());
        while rig.body.chunk().await.unwrap().is_some() {}
        assert!(rig.body.valve().is_none());
    }

    /// Documentation's address (RFC 5737): the flow is told so, the bytes come from this machine.
    const FAR: &str = "192.0.2.1";
}
