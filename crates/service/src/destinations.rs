//! Looking at destinations before anything is accepted (J03, E09, E13, E16), where a folder may hang.
//!
//! A look at a folder of a network drive that is gone, or of a FUSE file system whose program sleeps, returns when
//! the volume does. So a look that takes too long is given up: its thread is left to end by itself, further looks
//! at the same folder are refused at once, and there are never more threads at it than a bound.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bgcopy_core::{Code, LocalName, Owner, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::transfer::blocking;

/// A look at one file that takes longer hangs: network drives that sleep wake up within seconds.
const LOOK_LIMIT: Duration = Duration::from_secs(10);
/// Looks of one user at a time; in a machine-wide service a user who makes folders hang holds up nobody else.
const LOOKS_PER_OWNER: usize = 16;
/// Looks at a time: a quarter of the threads that may block, of which others have need, too.
const LOOKS: usize = 128;

/// The looks that are under way.
#[derive(Debug)]
pub(crate) struct Destinations {
    limit: Duration,
    room: Arc<Semaphore>,
    /// One per user who was ever seen.
    rooms: Mutex<BTreeMap<Owner, Arc<Semaphore>>>,
    looks: Arc<Mutex<Looks>>,
}

#[derive(Debug, Default)]
struct Looks {
    next: u64,
    under_way: BTreeMap<u64, Look>,
}

/// What a thread looks at now.
#[derive(Clone, Debug)]
struct Look {
    folder: PathBuf,
    since: Instant,
}

impl Default for Destinations {
    fn default() -> Self {
        Self::with_limit(LOOK_LIMIT)
    }
}

impl Destinations {
    fn with_limit(limit: Duration) -> Self {
        Self { limit, room: Arc::new(Semaphore::new(LOOKS)), rooms: Mutex::default(), looks: Arc::default() }
    }

    /// Looks at the destinations of a user, one after the other, where it may block; ends with the first that is
    /// refused or hangs.
    pub(crate) async fn check(
        &self,
        owner: Owner,
        names: Vec<LocalName>,
        look: impl FnMut(usize, &LocalName) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<(), Refusal> {
        if let Some(folder) = self.hanging_of(&names) {
            return Err(hangs(&folder));
        }
        let Ok(room) = timeout(self.limit, self.room(owner)).await else { return Err(no_room()) };
        let place = Place::take(&self.looks);
        let number = place.number;
        let all_seen = blocking(move || {
            let _room = room;
            place.look_at_all(&names, look)
        });
        self.unless_it_hangs(number, all_seen).await
    }

    /// The folder among these that a look hangs at.
    fn hanging_of(&self, names: &[LocalName]) -> Option<PathBuf> {
        let looks = lock(&self.looks);
        let hanging = looks.under_way.values().filter(|look| look.since.elapsed() >= self.limit);
        hanging
            .map(|look| &look.folder)
            .find(|folder| names.iter().any(|name| name.folder() == *folder))
            .cloned()
    }

    async fn room(&self, owner: Owner) -> Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let own = lock(&self.rooms)
            .entry(owner)
            .or_insert_with(|| Arc::new(Semaphore::new(LOOKS_PER_OWNER)))
            .clone();
        // Neither is ever closed.
        Some((own.acquire_owned().await.ok()?, self.room.clone().acquire_owned().await.ok()?))
    }

    async fn unless_it_hangs(
        &self,
        number: u64,
        all_seen: impl Future<Output = Result<(), Refusal>>,
    ) -> Result<(), Refusal> {
        let mut done = pin!(all_seen);
        let mut patience = Instant::now() + self.limit;
        loop {
            tokio::select! {
                biased;
                done = &mut done => return done,
                () = sleep_until(patience) => {}
            }
            // Many files may take their time, as long as no single one does.
            let look = lock(&self.looks).under_way.get(&number).cloned();
            match look {
                Some(look) if look.since.elapsed() >= self.limit => return Err(hangs(&look.folder)),
                Some(look) => patience = look.since + self.limit,
                // It has ended just now, or is yet to begin.
                None => patience = Instant::now() + self.limit,
            }
        }
    }
}

/// A place among the looks, given back however the look ends.
struct Place {
    looks: Arc<Mutex<Looks>>,
    number: u64,
}

impl Place {
    fn take(looks: &Arc<Mutex<Looks>>) -> Self {
        let mut guard = lock(looks);
        let number = guard.next;
        guard.next += 1;
        Self { looks: looks.clone(), number }
    }

    fn look_at_all(
        &self,
        names: &[LocalName],
        mut look: impl FnMut(usize, &LocalName) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        names.iter().enumerate().try_for_each(|(at, name)| {
            let now = Look { folder: name.folder().to_owned(), since: Instant::now() };
            lock(&self.looks).under_way.insert(self.number, now);
            look(at, name)
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.looks).under_way.remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hangs(folder: &Path) -> Refusal {
    let reason = format!(
        "{} does not answer; see to its volume (a network drive?) and try again, or use another folder",
        folder.display()
    );
    Refusal::Destination { reason, code: Code::Io }
}

fn no_room() -> Refusal {
    let reason = "too many folders of yours do not answer; see to their volumes and try again".to_owned();
    Refusal::Destination { reason, code: Code::Io }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    const ADA: Owner = Owner(1000);
    const BOB: Owner = Owner(1001);

    /// Short, since threads that block are not hurried by a paused clock.
    fn impatient() -> Arc<Destinations> {
        Arc::new(Destinations::with_limit(Duration::from_millis(50)))
    }

    fn name(path: &str) -> LocalName {
        LocalName::new(path).unwrap()
    }

    /// Looks at a folder that hangs for as long as the sender is kept.
    async fn look_and_hang(destinations: &Destinations, owner: Owner, path: &str) -> (Refusal, Sender<()>) {
        let (volume, gone) = channel::<()>();
        let look = move |_: usize, _: &LocalName| {
            let _ = gone.recv();
            Ok(())
        };
        (destinations.check(owner, vec![name(path)], look).await.unwrap_err(), volume)
    }

    fn threads(destinations: &Destinations) -> usize {
        LOOKS - destinations.room.available_permits()
    }

    #[tokio::test]
    async fn a_folder_that_hangs_is_refused_by_name_and_after_that_at_once() {
        let destinations = impatient();
        let (refused, volume) = look_and_hang(&destinations, ADA, "/net/a").await;
        assert_eq!(
            refused.to_string(),
            "/net does not answer; see to its volume (a network drive?) and try again, or use another folder"
        );
        let nobody_looks = |_: usize, _: &LocalName| panic!("no second thread hangs there");
        let again = destinations.check(BOB, vec![name("/other/c"), name("/net/b")], nobody_looks).await;
        assert_eq!((again, threads(&destinations)), (Err(refused), 1));
        assert_eq!(destinations.check(ADA, vec![name("/other/c")], |_, _| Ok(())).await, Ok(()));

        drop(volume);
        while threads(&destinations) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(destinations.check(ADA, vec![name("/net/b")], |_, _| Ok(())).await, Ok(()));
    }

    #[tokio::test]
    async fn folders_that_hang_take_a_bounded_number_of_threads_and_only_from_their_owner() {
        let destinations = impatient();
        let mut volumes = Vec::new();
        for number in 0..LOOKS_PER_OWNER {
            volumes.push(look_and_hang(&destinations, ADA, &format!("/net/{number}/f")).await.1);
        }
        let refused = destinations.check(ADA, vec![name("/here/f")], |_, _| Ok(())).await;
        assert_eq!((refused, threads(&destinations)), (Err(no_room()), LOOKS_PER_OWNER));
        assert_eq!(destinations.check(BOB, vec![name("/here/f")], |_, _| Ok(())).await, Ok(()));
    }

    #[tokio::test]
    async fn many_files_may_take_longer_than_one() {
        let destinations = impatient();
        let names = vec![name("/slow/f"); 8];
        // A fifth of the patience each, and more than all of it together.
        let slow = |_: usize, _: &LocalName| {
            let until = std::time::Instant::now() + Duration::from_millis(10);
            while std::time::Instant::now() < until {
                std::thread::yield_now();
            }
            Ok(())
        };
        assert_eq!(destinations.check(ADA, names, slow).await, Ok(()));
    }

    #[tokio::test]
    async fn the_first_that_is_refused_is_told() {
        let destinations = impatient();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        let look = move |at: usize, name: &LocalName| {
            lock(&seen).push(at);
            if at == 1 { Err(Refusal::DestinationExists { path: name.to_string() }) } else { Ok(()) }
        };
        let names = vec![name("/d/a"), name("/d/b"), name("/d/c")];
        let refused = destinations.check(ADA, names, look).await;
        assert_eq!(refused, Err(Refusal::DestinationExists { path: "/d/b".to_owned() }));
        assert_eq!(*lock(&asked), [0, 1]);
    }
}
