//! Connections kept for the next request: only for one of the same kind of job, and not for long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use crate::connect::Way;
use crate::connection::{Connection, Http1, Http2};
use crate::request::Identity;

/// What a connection was made for. Nothing else may use it (faults C13).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) way: Way,
    pub(crate) identity: Arc<Identity>,
}

/// The connections kept. One short-lived task closes those that nobody wants any more; while there is none,
/// nothing runs.
#[derive(Debug)]
pub(crate) struct Pool {
    idle_timeout: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// HTTP/1.1 connections without work, the freshest last.
    idle: Vec<(Key, Http1, Instant)>,
    /// HTTP/2 connections, at work or not, and when they were last asked for.
    shared: Vec<(Key, Arc<Http2>, Instant)>,
    reaper: Option<AbortHandle>,
}

impl Pool {
    pub(crate) fn new(idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self { idle_timeout, state: Mutex::default() })
    }

    /// A connection for this purpose, if one is kept and its server has not gone.
    pub(crate) fn take(&self, key: &Key) -> Option<Connection> {
        let mut state = self.lock();
        state.shared.retain(|(_, connection, _)| !connection.is_closed());
        if let Some((_, connection, asked)) = state.shared.iter_mut().find(|(kept, ..)| kept == key) {
            *asked = Instant::now();
            return Some(Connection::Http2(connection.clone()));
        }
        while let Some(at) = state.idle.iter().rposition(|(kept, ..)| kept == key) {
            let (_, mut connection, _) = state.idle.remove(at);
            if !connection.is_closed() {
                return Some(Connection::Http1(connection));
            }
        }
        None
    }

    /// Keeps a connection whose exchange is over.
    pub(crate) fn put(self: &Arc<Self>, key: &Key, connection: Http1) {
        let mut state = self.lock();
        let same = state.idle.iter().filter(|(kept, ..)| kept == key).count();
        if same >= IDLE_PER_KEY_MAX || state.idle.len() >= IDLE_MAX {
            // The oldest has the least life left in it.
            let oldest = state.idle.iter().position(|(kept, ..)| same < IDLE_PER_KEY_MAX || kept == key);
            oldest.map(|at| state.idle.remove(at));
        }
        state.idle.push((key.clone(), connection, Instant::now()));
        self.ensure_reaper(&mut state);
    }

    /// Lets others share a new HTTP/2 connection.
    pub(crate) fn share(self: &Arc<Self>, key: &Key, connection: &Arc<Http2>) {
        let mut state = self.lock();
        state.shared.push((key.clone(), connection.clone(), Instant::now()));
        self.ensure_reaper(&mut state);
    }

    /// Forgets one shared connection that turned out to be of no use.
    pub(crate) fn forget(&self, connection: &Arc<Http2>) {
        self.lock().shared.retain(|(_, kept, _)| !Arc::ptr_eq(kept, connection));
    }

    /// Closes every connection without work. Those at work end with it: after a change of the network they must
    /// not be used again either.
    pub(crate) fn drop_idle(&self) {
        let mut state = self.lock();
        state.idle.clear();
        state.shared.clear();
    }

    /// Whether a connection is kept that nobody uses now.
    pub(crate) fn has_idle(&self) -> bool {
        let mut state = self.lock();
        state.idle.iter_mut().any(|(_, connection, _)| !connection.is_closed())
            || state.shared.iter().any(|(_, connection, _)| is_idle(connection) && !connection.is_closed())
    }

    fn ensure_reaper(self: &Arc<Self>, state: &mut State) {
        if state.reaper.is_none() {
            state.reaper = Some(tokio::spawn(reap(Arc::downgrade(self))).abort_handle());
        }
    }

    /// Closes what is too old; says when to look again, or ends the reaper.
    fn reap(&self) -> Option<Instant> {
        let mut state = self.lock();
        let alive = |since: Instant| since.elapsed() < self.idle_timeout;
        state.idle.retain_mut(|(_, connection, since)| alive(*since) && !connection.is_closed());
        state.shared.retain_mut(|(_, connection, since)| {
            if !is_idle(connection) {
                // Counted from the end of the work, as far as a look now and then can tell.
                *since = Instant::now();
            }
            alive(*since) && !connection.is_closed()
        });
        let idle = state.idle.iter().map(|(.., since)| *since);
        let oldest = idle.chain(state.shared.iter().map(|(.., since)| *since)).min();
        if oldest.is_none() {
            state.reaper = None;
        }
        oldest.map(|since| since + self.idle_timeout)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A poisoned pool still holds whole connections.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(reaper) = self.lock().reaper.take() {
            reaper.abort();
        }
    }
}

async fn reap(pool: Weak<Pool>) {
    while let Some(again) = pool.upgrade().and_then(|pool| pool.reap()) {
        sleep_until(again).await;
    }
}

/// The pool's own reference is the only one.
fn is_idle(connection: &Arc<Http2>) -> bool {
    Arc::strong_count(connection) == 1
}

/// As many as a job of high performance has files under way: fewer would be closed only to be opened again.
const IDLE_PER_KEY_MAX: usize = 32;
/// A few hosts.
const IDLE_MAX: usize = 64;
