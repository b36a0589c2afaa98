//! Ctrl-C: the job is the service's, so letting go of it loses nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;

/// Something that ends when the person wants to leave.
pub(crate) type Interrupt = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// Ctrl-C of this process.
pub(crate) fn ctrl_c() -> Interrupt {
    Box::pin(tokio::signal::ctrl_c())
}

/// What came first.
pub(crate) enum Waited<T> {
    /// The work is done.
    Done(T),
    /// The person left.
    Interrupted,
}

/// Waits for work, or for the person to leave.
pub(crate) async fn or_interrupt<T>(work: impl Future<Output = T>, interrupt: Interrupt) -> Waited<T> {
    tokio::pin!(work);
    tokio::select! {
        // A job that ended in the same moment has ended.
        biased;
        done = &mut work => Waited::Done(done),
        signal = interrupt => match signal {
            Ok(()) => Waited::Interrupted,
            // Without the signal the default holds: Ctrl-C ends the process, and the job goes on all the same.
            Err(_) => Waited::Done(work.await),
        },
    }
}
