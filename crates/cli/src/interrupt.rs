//! Ctrl-C: the job is the service's, so letting go of it loses nothing.

use std::future::Future;

use crate::failure::Failure;

/// What came first.
pub(crate) enum Waited<T> {
    /// The work is done.
    Done(T),
    /// Ctrl-C.
    Interrupted,
}

/// Waits for work, or for Ctrl-C.
pub(crate) async fn or_interrupt<T>(work: impl Future<Output = T>) -> Result<Waited<T>, Failure> {
    tokio::select! {
        done = work => Ok(Waited::Done(done)),
        signal = tokio::signal::ctrl_c() => match signal {
            Ok(()) => Ok(Waited::Interrupted),
            Err(error) => Err(Failure::Output(error)),
        },
    }
}
