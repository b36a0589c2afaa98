//! Caps on rates, where they meet the tasks that keep to them. The arithmetic is the engine's.
//!
//! A [`Cap`] is a rate that transfers share: that of a job, of a class of jobs, or of a class for what does not come
//! from the local network. A [`Pace`] is a transfer's place under a cap, which can be put under another one while
//! bytes flow. A transfer keeps to all its paces at once, so the smallest cap binds.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bgcopy_core::policy::is_local_network;
use bgcopy_engine::rate::{Caps, Flow, TokenBucket};
use bgcopy_http::Valve;
use futures_util::future::select_all;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::host::read_clock;
use crate::steering::{Manners, Steered, Steering};

/// A rate that several transfers share and that can change while they run.
#[derive(Debug)]
pub(crate) struct Cap {
    /// Bytes per second, outside of the lock so that nobody touches that who need not. Written under it.
    rate: AtomicU64,
    bucket: Mutex<Option<TokenBucket>>,
    changed: Notify,
    reach: Reach,
    /// Who steers what comes under it, and how; only for what holds everywhere.
    steering: Option<(Arc<Steering>, Manners)>,
}

/// No cap. As a rate it is beyond any line, and 0 is a rate: nothing at all.
const UNLIMITED: u64 = u64::MAX;

/// Longer than any cap makes wait.
const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// What a cap binds.
#[derive(Debug)]
enum Reach {
    /// Whatever comes.
    Everywhere,
    /// What comes over the line and not from the local network, and where that is counted.
    Internet(Arc<Gauge>),
}

impl Default for Cap {
    fn default() -> Self {
        Self::new(Reach::Everywhere)
    }
}

impl Cap {
    fn new(reach: Reach) -> Self {
        Self {
            rate: AtomicU64::new(UNLIMITED),
            bucket: Mutex::default(),
            changed: Notify::new(),
            reach,
            steering: None,
        }
    }

    /// Sets the rate; `None` lifts it. In force at once, also for who waits.
    pub(crate) fn set(&self, bytes_per_second: Option<u64>) {
        let rate = bytes_per_second.unwrap_or(UNLIMITED);
        {
            let mut bucket = lock(&self.bucket);
            let before = self.rate.swap(rate, Ordering::Relaxed);
            if before == rate {
                return;
            }
            match rate {
                0 | UNLIMITED => *bucket = None,
                _ => bucket.iter_mut().for_each(|bucket| bucket.change(rate, read_clock().mono)),
            }
        }
        self.changed.notify_waiters();
    }

    /// Accounts for bytes that came; says how long to wait before taking more.
    fn pay(&self, bytes: u64) -> Duration {
        if self.rate.load(Ordering::Relaxed) == UNLIMITED {
            return Duration::ZERO;
        }
        let mut bucket = lock(&self.bucket);
        // Under the lock it is the rate that the bucket has.
        match self.rate.load(Ordering::Relaxed) {
            UNLIMITED => Duration::ZERO,
            0 => FOREVER,
            rate => {
                let now = read_clock().mono;
                bucket.get_or_insert_with(|| TokenBucket::new(rate, now)).take(bytes, now).min(FOREVER)
            }
        }
    }
}

/// A place under a cap.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    cap: Mutex<Arc<Cap>>,
}

impl Pace {
    /// A place under this cap.
    pub(crate) fn under(cap: &Arc<Cap>) -> Self {
        Self { cap: Mutex::new(cap.clone()) }
    }

    /// Whether what keeps to it makes way for others at present.
    pub(crate) fn manners(&self) -> Manners {
        self.cap().steering.as_ref().map_or(Manners::Competes, |(_, manners)| *manners)
    }

    fn cap(&self) -> Arc<Cap> {
        lock(&self.cap).clone()
    }

    /// Puts it under another cap. In force at once, also for who waits.
    fn put_under(&self, cap: &Arc<Cap>) {
        let before = std::mem::replace(&mut *lock(&self.cap), cap.clone());
        if !Arc::ptr_eq(&before, cap) {
            before.changed.notify_waiters();
        }
    }
}

/// The caps of a class of jobs.
#[derive(Debug)]
pub(crate) struct Class {
    everywhere: Arc<Cap>,
    internet: Arc<Cap>,
}

impl Class {
    /// A class without caps, whose bytes this gauge counts.
    pub(crate) fn new(gauge: &Arc<Gauge>) -> Self {
        let internet = Cap::new(Reach::Internet(gauge.clone()));
        Self { everywhere: Arc::default(), internet: Arc::new(internet) }
    }

    /// The same class with such manners.
    pub(crate) fn steered(self, steering: &Arc<Steering>, manners: Manners) -> Self {
        let steering = Some((steering.clone(), manners));
        Self { everywhere: Arc::new(Cap { steering, ..Cap::default() }), ..self }
    }

    /// Sets both caps.
    pub(crate) fn set(&self, caps: Caps) {
        self.everywhere.set(caps.everywhere);
        self.internet.set(caps.internet);
    }
}

/// The paces of a job: its own, and those of the class it is in.
#[derive(Debug, Default)]
pub(crate) struct JobPaces {
    own: Arc<Pace>,
    everywhere: Arc<Pace>,
    internet: Arc<Pace>,
}

impl JobPaces {
    /// Sets the cap of the job itself.
    pub(crate) fn set(&self, bytes_per_second: Option<u64>) {
        self.own.cap().set(bytes_per_second);
    }

    /// Puts the job into a class, with all its transfers that run.
    pub(crate) fn join(&self, class: &Class) {
        self.everywhere.put_under(&class.everywhere);
        self.internet.put_under(&class.internet);
    }

    /// What the job keeps to when it sends: shares of the line are shares of what comes.
    pub(crate) fn of_uploads(&self) -> Vec<Arc<Pace>> {
        vec![self.own.clone(), self.everywhere.clone()]
    }

    /// What a transfer of the job keeps to, whoever the bytes come from.
    pub(crate) fn all(&self) -> Vec<Arc<Pace>> {
        vec![self.own.clone(), self.everywhere.clone(), self.internet.clone()]
    }
}

/// Those of the paces that bind what comes from this address: "LAN peer traffic is not throttled" by shares of the
/// line (product 2.4), but by the caps of the job and of its class it is. To be asked when a body starts. `None` is
/// an address that is not known, or a proxy's: what comes through it comes from anywhere.
pub(crate) fn for_peer(paces: &[Arc<Pace>], peer: Option<IpAddr>) -> Vec<Arc<Pace>> {
    let local = peer.is_some_and(is_local_network);
    let binds = |pace: &&Arc<Pace>| match pace.cap().reach {
        Reach::Everywhere => true,
        Reach::Internet(_) => !local,
    };
    paces.iter().filter(binds).cloned().collect()
}

/// Steers what comes through this valve, as the class that the paces are in wants it at any time. Steered as long as
/// what is returned lives. To be asked in a runtime when a body starts.
pub(crate) fn steer(paces: &[Arc<Pace>], valve: Option<Valve>, peer: Option<IpAddr>) -> Option<Steered> {
    let (valve, peer) = (valve?, peer?);
    let (class, steering) =
        paces.iter().find_map(|pace| Some((pace, pace.cap().steering.as_ref()?.0.clone())))?;
    steering.steer(class, valve, peer)
}

/// Counts what comes over the line.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    bytes: AtomicU64,
    held: AtomicU64,
}

impl Gauge {
    /// What came so far.
    pub(crate) fn flow(&self) -> Flow {
        Flow { bytes: self.bytes.load(Ordering::Relaxed), held: self.held.load(Ordering::Relaxed) }
    }

    fn count(&self, bytes: u64, held: bool) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if held {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

/// Accounts for bytes under each of these caps; says how long to wait before taking more.
pub(crate) fn pay(paces: &[Arc<Pace>], bytes: u64) -> Duration {
    let wait = paces.iter().map(|pace| pace.cap().pay(bytes)).max().unwrap_or_default();
    for pace in paces {
        if let Reach::Internet(gauge) = &pace.cap().reach {
            gauge.count(bytes, !wait.is_zero());
        }
    }
    wait
}

/// Waits this long, or shorter when one of the caps is changed: at a low rate it may be minutes.
pub(crate) async fn until_paid(paces: &[Arc<Pace>], wait: Duration) {
    let mut until = Instant::now() + wait;
    loop {
        let caps: Vec<_> = paces.iter().map(|pace| pace.cap()).collect();
        // Hears of changes from here on, and with the next lines of those before.
        let changed: Vec<_> = caps.iter().map(|cap| Box::pin(cap.changed.notified())).collect();
        if paces.iter().zip(&caps).any(|(pace, cap)| !Arc::ptr_eq(&pace.cap(), cap)) {
            continue;
        }
        until = until.min(Instant::now() + pay(paces, 0));
        if changed.is_empty() || tokio::time::timeout_at(until, select_all(changed)).await.is_err() {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn caps(everywhere: Option<u64>, internet: Option<u64>) -> Caps {
        Caps { everywhere, internet }
    }

    /// A job in a class, and where its bytes are counted.
    fn job_in(caps: Caps) -> (JobPaces, Class, Arc<Gauge>) {
        let (job, gauge) = (JobPaces::default(), Arc::default());
        let class = Class::new(&gauge);
        class.set(caps);
        job.join(&class);
        (job, class, gauge)
    }

    /// How long a wait takes when something happens in its second second.
    async fn waited(paces: &[Arc<Pace>], wait: Duration, happens: impl FnOnce()) -> u64 {
        let start = Instant::now();
        let happening = async {
            tokio::time::sleep(SECOND).await;
            happens();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = until_paid(paces, wait) => {}
            () = happening => {}
        }
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_cap_that_is_lifted_lets_go_who_waits_under_it() {
        let (job, ..) = job_in(Caps::default());
        job.set(Some(1_000));
        let paces = job.all();
        let wait = pay(&paces, 3_600_000);
        assert!(wait > 3_500 * SECOND);
        assert_eq!(waited(&paces, wait, || job.set(None)).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cap_that_stays_is_waited_for() {
        let (job, ..) = job_in(caps(Some(1_000), None));
        let paces = job.all();
        let wait = pay(&paces, 3_000);
        let start = Instant::now();
        until_paid(&paces, wait).await;
        assert!(start.elapsed() >= wait && wait > SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_a_stop_until_it_is_lifted() {
        let (job, class, _) = job_in(caps(Some(0), None));
        let paces = job.all();
        let wait = pay(&paces, 1);
        assert_eq!(wait, FOREVER);
        assert_eq!(waited(&paces, wait, || class.set(Caps::default())).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_changes_its_class_goes_on_at_the_pace_of_the_other_one() {
        let (job, _background, gauge) = job_in(caps(Some(1_000), Some(2_000)));
        let foreground = Class::new(&gauge);
        let paces = job.all();
        let wait = pay(&paces, 3_600_000);
        assert_eq!(waited(&paces, wait, || job.join(&foreground)).await, 1);
        assert_eq!(pay(&paces, 3_600_000), Duration::ZERO);
        foreground.set(caps(Some(1_000), None));
        assert!(pay(&paces, 3_600_000) > 3_500 * SECOND);
    }

    #[test]
    fn the_smallest_cap_binds() {
        for (own, everywhere, internet) in [
            (Some(1_000), Some(2_000), Some(3_000)),
            (None, Some(1_000), Some(3_000)),
            (Some(4_000), None, Some(1_000)),
        ] {
            let (job, ..) = job_in(caps(everywhere, internet));
            job.set(own);
            let wait = pay(&job.all(), 11_000).as_secs_f64();
            assert!((9.9..=10.0).contains(&wait), "{wait} s under {own:?}, {everywhere:?}, {internet:?}");
        }
    }

    #[test]
    fn transfers_of_one_class_share_its_cap() {
        let (first, class, gauge) = job_in(caps(Some(1_000), None));
        let second = JobPaces::default();
        second.join(&class);
        pay(&first.all(), 6_000);
        assert!(pay(&second.all(), 5_000) > 9 * SECOND);
        assert_eq!(gauge.flow(), Flow { bytes: 11_000, held: 11_000 });
    }

    #[test]
    fn the_local_network_is_spared_by_shares_of_the_line_and_by_nothing_else() {
        let (job, class, gauge) = job_in(caps(None, Some(1_000)));
        let from = |address: &str| for_peer(&job.all(), Some(address.parse().unwrap()));
        for local in ["192.168.1.7", "fe80::7", "fd00::7"] {
            assert_eq!(pay(&from(local), 60_000), Duration::ZERO, "{local}");
        }
        assert_eq!(gauge.flow(), Flow::default(), "the local network says nothing about the line");
        assert!(pay(&from("9.9.9.9"), 60_000) > 50 * SECOND);
        assert!(pay(&for_peer(&job.all(), None), 60_000) > 110 * SECOND);
        class.set(caps(Some(1_000), None));
        assert!(pay(&from("192.168.1.7"), 60_000) > 50 * SECOND);
        class.set(Caps::default());
        job.set(Some(1_000));
        assert!(pay(&from("192.168.1.7"), 60_000) > 50 * SECOND);
    }

    #[test]
    fn what_no_cap_holds_back_is_counted_as_free() {
        let (job, _class, gauge) = job_in(caps(None, Some(1_000_000)));
        pay(&job.all(), 10);
        assert_eq!(gauge.flow(), Flow { bytes: 10, held: 0 });
    }
}
