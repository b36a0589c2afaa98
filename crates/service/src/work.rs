//! Work at files that may break, and waiting for what may never be due.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bgcopy_core::{Code, ErrorContext, Fault};
use tokio::time::Instant;

/// Runs this; what breaks has failed (F11).
pub(crate) fn unless_broken<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What the work had in its hands is gone with it: nobody sees it half done.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("the work at a file broke");
        Err(Fault::new(
            Code::StoreFailed,
            ErrorContext::GeneralQueueManager,
            "the work at the file broke off",
        ))
    })
}

/// Waits until then; for ever where nothing is due.
pub(crate) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_breaks_has_failed() {
        let fault = unless_broken::<()>(|| panic!("a fault of ours")).unwrap_err();
        assert_eq!(fault.code, Code::StoreFailed);
        assert_eq!(unless_broken(|| Ok(1)).unwrap(), 1);
    }
}
