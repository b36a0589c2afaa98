//! Room in memory for large documents. One may have as much as half of what the service may need in all, and each
//! job may consult another one: so only a few are held at a time, and one of each user.
//!
//! A small document needs no place. A large one takes its place before it is read beyond that, and keeps it until it
//! is forgotten; who holds a place never waits for another one, so nobody waits for ever.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Documents beyond this need a place. Lists of digests and the Metalinks of all but the largest files stay below.
pub(crate) const SMALL_BYTES: usize = 2 << 20;
/// Large documents at a time: two of 32 MiB, and what is made of them, are what a service may need at its worst.
const PLACES: usize = 2;
/// And of one user: a publisher who takes his time holds up his own readers.
const PLACES_PER_USER: usize = 1;

/// The places.
#[derive(Debug)]
pub(crate) struct Room {
    all: Arc<Semaphore>,
    /// Only of users who have a place or wait for one.
    users: Mutex<BTreeMap<u64, Arc<Semaphore>>>,
}

impl Default for Room {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(PLACES)), users: Mutex::default() }
    }
}

/// A place for a document.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_user: OwnedSemaphorePermit,
}

impl Room {
    /// The next free place, in turn. Users are told apart by their connections' partition.
    pub(crate) async fn place(&self, user: u64) -> Place {
        let of_user = self.of_user(user).acquire_owned().await;
        let of_all = self.all.clone().acquire_owned().await;
        match (of_all, of_user) {
            (Ok(of_all), Ok(of_user)) => Place { _of_all: of_all, _of_user: of_user },
            // Neither is ever closed.
            (Err(_), _) | (_, Err(_)) => std::future::pending().await,
        }
    }

    fn of_user(&self, user: u64) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        // A place and the wait for one hold the semaphore, too.
        users.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        users.entry(user).or_insert_with(|| Arc::new(Semaphore::new(PLACES_PER_USER))).clone()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn few_places_are_given_one_to_each_user_and_in_turn() {
        let room = Room::default();
        let ada = room.place(1).now_or_never().unwrap();
        assert!(room.place(1).now_or_never().is_none());
        let bob = room.place(2).now_or_never().unwrap();
        let mut eve = Box::pin(room.place(3));
        assert!(eve.as_mut().now_or_never().is_none());
        drop(bob);
        assert!(room.place(2).now_or_never().is_none(), "who came first has it");
        let eve = eve.now_or_never().unwrap();
        drop((ada, eve));
        assert!(room.place(1).now_or_never().is_some());
        assert_eq!(room.users.lock().unwrap().len(), 1);
    }
}
