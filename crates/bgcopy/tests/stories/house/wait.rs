//! Waiting for what a story wants to see next.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Much longer than anything takes: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often one looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks again and again until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "not within {} s: {what}", PATIENCE.as_secs());
        sleep(LOOK_AGAIN).await;
    }
}
