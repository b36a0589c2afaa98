//! A bounded queue of events between the service and one reader (J06).
//!
//! The service never waits for a reader. When the queue is full the reader is told so with a last event,
//! [`EventBody::Lagged`], and the queue ends; it comes back and asks for what it missed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::event::{Event, EventBody, EventId};

/// Events that wait for one reader: a few seconds of a busy service, and below a MiB.
pub const QUEUE_EVENTS: usize = 1_024;

/// Makes a queue of this many events.
pub fn subscription(capacity: usize) -> (Feeder, Subscription) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    let missed = Arc::new(AtomicU64::new(0));
    let feeder = Feeder { sender: Some(sender), missed: missed.clone() };
    (feeder, Subscription { receiver, missed, last: EventId::default() })
}

/// The service's end of a queue.
#[derive(Debug)]
pub struct Feeder {
    sender: Option<mpsc::Sender<Event>>,
    missed: Arc<AtomicU64>,
}

/// The reader is gone, or was too slow: its feeder can be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader is gone")]
pub struct ReaderGone;

impl Feeder {
    /// Puts an event into the queue; never waits.
    pub fn feed(&mut self, event: Event) -> Result<(), ReaderGone> {
        let sender = self.sender.as_ref().ok_or(ReaderGone)?;
        match sender.try_send(event) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.missed.fetch_add(1, Ordering::Release);
                self.sender = None;
                Err(ReaderGone)
            }
            Err(mpsc::error::TrySendError::Closed(_)) => {
                self.sender = None;
                Err(ReaderGone)
            }
        }
    }

    /// Whether a reader is still there.
    pub fn is_read(&self) -> bool {
        self.sender.as_ref().is_some_and(|sender| !sender.is_closed())
    }
}

/// The reader's end of a queue.
#[derive(Debug)]
pub struct Subscription {
    receiver: mpsc::Receiver<Event>,
    missed: Arc<AtomicU64>,
    last: EventId,
}

impl Subscription {
    /// The next event; `None` when the service ends the stream. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.receiver.recv().await {
            self.last = event.id;
            return Some(event);
        }
        match self.missed.swap(0, Ordering::Acquire) {
            0 => None,
            // The id is that of the last event that was read: whoever resumes from it misses nothing.
            missed => Some(Event { id: self.last, at: Timestamp::now(), body: EventBody::Lagged { missed } }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u64) -> Event {
        Event { id: EventId(id), at: Timestamp::UNIX_EPOCH, body: EventBody::Lagged { missed: 0 } }
    }

    #[tokio::test]
    async fn a_slow_reader_gets_what_was_queued_then_lagged_then_the_end() {
        let (mut feeder, mut reader) = subscription(2);
        assert_eq!([1, 2, 3].map(|id| feeder.feed(event(id)).is_ok()), [true, true, false]);
        assert!(!feeder.is_read());
        assert_eq!(reader.next().await.unwrap().id, EventId(1));
        assert_eq!(reader.next().await.unwrap().id, EventId(2));
        let lagged = reader.next().await.unwrap();
        assert_eq!((lagged.id, lagged.body), (EventId(2), EventBody::Lagged { missed: 1 }));
        assert_eq!(reader.next().await, None);
    }

    #[tokio::test]
    async fn a_feeder_learns_that_the_reader_went() {
        let (mut feeder, reader) = subscription(2);
        assert!(feeder.is_read());
        drop(reader);
        assert_eq!(feeder.feed(event(1)), Err(ReaderGone));
    }
}
