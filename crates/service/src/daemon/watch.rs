//! What keeps the service awake, what lets it rest, and what ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::RUN_USER;
use crate::config::Config;
use crate::host::{CacheWatch, HostEvent, NetworkWatch, SessionWatch, read_clock};
use crate::idle::IdleExit;
use crate::lists::{Lists, SPARED};
use crate::manager::{Command, ManagerHandle};
use crate::transfer::blocking;
use crate::work::sleep_until;

/// What keeps the service awake and what ends it.
pub(super) struct Watch {
    clients: watch::Receiver<usize>,
    busy: watch::Receiver<bool>,
    handle: ManagerHandle,
    idle: IdleExit,
    /// It was started on demand.
    leaves_when_idle: bool,
    /// Cache hosts are looked for while there is work.
    looks_for_caches: bool,
    rest: Rest,
    /// The lists of piece hashes, which are swept while the service lives.
    lists: Arc<Lists>,
    swept: Instant,
}

/// Whether a service without work has given back what it needed for it.
#[derive(Clone, Copy, Debug)]
enum Rest {
    /// There is work, or somebody is here.
    Awake,
    /// Quiet since this moment; gave back so many times.
    Quiet(Instant, usize),
}

/// How long it is quiet when it gives back: long enough that a client with several requests is gone, and then once more
/// when the connections are that were kept for the next transfer, of which each has its buffers.
const RESTS_AFTER: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(35)];

impl Watch {
    /// `idle_exit` is when to leave, for a service that was started on demand.
    pub(super) fn new(
        clients: watch::Receiver<usize>,
        busy: watch::Receiver<bool>,
        handle: ManagerHandle,
        idle_exit: Option<Option<Duration>>,
        looks_for_caches: bool,
        lists: Arc<Lists>,
    ) -> Self {
        let idle = IdleExit::new(idle_exit.unwrap_or_default());
        let leaves_when_idle = idle_exit.is_some();
        let (rest, swept) = (Rest::Awake, Instant::now());
        Self { clients, busy, handle, idle, leaves_when_idle, looks_for_caches, rest, lists, swept }
    }

    /// Waits for the reason to leave: a signal, a client's wish, or nothing to do.
    pub(super) async fn until_the_end(
        &mut self,
        shutdown: &CancellationToken,
        mut reload: impl FnMut() -> Option<Config>,
    ) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        // Where the kernel tells nothing the network is taken for up, and everybody for logged on.
        let mut network =
            NetworkWatch::start().inspect_err(|error| tracing::warn!(%error, "no news of the network"));
        let mut sessions = SessionWatch::start(RUN_USER.as_ref())
            .inspect_err(|error| tracing::debug!(%error, "no news of sessions"));
        let mut caches = CacheWatch::default();
        loop {
            let leave_at = self.leave_at();
            let rest_at = self.rest_at();
            let sweep_at = self.sweep_at();
            if leave_at.is_some_and(|at| at <= Instant::now()) {
                tracing::info!("nothing to do and nobody here");
                return Ok(());
            }
            caches.want(self.looks_for_caches && *self.busy.borrow(), read_clock().mono);
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                () = shutdown.cancelled() => return Ok(()),
                _ = hang_up.recv() => if let Some(config) = reload() {
                    if self.leaves_when_idle {
                        self.idle.set_after(config.idle_exit);
                    }
                    self.looks_for_caches = config.looks_for_cache_hosts();
                    self.handle.send(Command::Configure(Box::new(config))).await;
                },
                event = network_news(&mut network) => match event {
                    Ok(event) => self.handle.send(Command::Host(event)).await,
                    Err(error) => {
                        tracing::warn!(%error, "no more news of the network");
                        network = Err(error);
                    }
                },
                event = session_news(&mut sessions) => match event {
                    Ok(event) => self.handle.send(Command::Host(event)).await,
                    Err(error) => {
                        tracing::warn!(%error, "no more news of sessions");
                        sessions = Err(error);
                    }
                },
                event = caches.next() => self.handle.send(Command::Host(event)).await,
                changed = self.clients.changed() => if changed.is_err() { return Ok(()) },
                // The manager ends by itself when its records are broken.
                changed = self.busy.changed() => if changed.is_err() { return Ok(()) },
                () = sleep_until(leave_at) => {}
                () = sleep_until(rest_at) => self.rest().await,
                () = sleep_until(sweep_at) => self.sweep().await,
            }
        }
    }

    /// When a service that has just become quiet gives back what it needed only for its work.
    fn rest_at(&mut self) -> Option<Instant> {
        let quiet = *self.clients.borrow() == 0 && !*self.busy.borrow();
        self.rest = match (quiet, self.rest) {
            (false, _) => Rest::Awake,
            (true, Rest::Awake) => Rest::Quiet(Instant::now(), 0),
            (true, rest) => rest,
        };
        match self.rest {
            Rest::Quiet(since, rests) => RESTS_AFTER.get(rests).map(|after| since + *after),
            Rest::Awake => None,
        }
    }

    async fn rest(&mut self) {
        if let Rest::Quiet(_, rests) = &mut self.rest {
            *rests += 1;
        }
        self.sweep().await;
        crate::memory::give_back();
    }

    /// When the lists are to be swept next: while jobs come and go, or somebody has brought lists for one.
    fn sweep_at(&self) -> Option<Instant> {
        (*self.busy.borrow() || self.lists.spares_any()).then(|| self.swept + SPARED)
    }

    /// Removes the lists that no job needs any more.
    async fn sweep(&mut self) {
        self.swept = Instant::now();
        let Ok(named) = self.handle.look(|manager| manager.lists_named()).await else { return };
        let lists = self.lists.clone();
        if let Err(error) = blocking(move || lists.sweep(&named)).await {
            tracing::warn!(%error, "lists of piece hashes stay behind");
        }
    }

    /// When to leave if nothing happens until then.
    fn leave_at(&mut self) -> Option<Instant> {
        let now = read_clock().mono;
        let clients = *self.clients.borrow_and_update();
        let busy = *self.busy.borrow_and_update();
        let at = self.idle.observe(now, clients, usize::from(busy));
        at.map(|at| Instant::now() + at.since(now))
    }
}

async fn network_news(network: &mut std::io::Result<NetworkWatch>) -> std::io::Result<HostEvent> {
    match network {
        Ok(network) => network.next().await,
        Err(_) => std::future::pending().await,
    }
}

async fn session_news(sessions: &mut std::io::Result<SessionWatch>) -> std::io::Result<HostEvent> {
    match sessions {
        Ok(sessions) => sessions.next().await,
        Err(_) => std::future::pending().await,
    }
}
