//! Telling a client of its download (do-download 6.3): a thread follows the download from the first callback to its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bgcopy_api::EventFilter;
use bgcopy_api::client::Events;
use bgcopy_api::core::JobId;
use bgcopy_api::core::catalogue::codes::E_OUTOFMEMORY;
use tokio::runtime::{Builder, Runtime};
use windows_core::{ComObject, Interface as _};

use super::Download;
use super::draft::Draft;
use crate::abi::interfaces::IDODownload;
use crate::abi::types::DO_DOWNLOAD_STATUS;
use crate::guard::{Answer, Fail, guard_or};
use crate::quiet::block_on;
use crate::service::Service;

/// A service that is gone is asked for again this often.
const RECONNECT: Duration = Duration::from_millis(500);

/// How often a client that said nothing hears of progress (do-download 3.1, CallbackFreqSeconds).
pub(super) const SECONDS: u32 = 1;

/// Starts the thread.
pub(super) fn start(service: Arc<Service>, id: JobId, draft: Arc<Mutex<Draft>>) -> Answer<()> {
    let no_thread = |_| Fail(E_OUTOFMEMORY);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
    let body = move || {
        guard_or((), || follow(&runtime, &service, id, &draft));
        lock(&draft).is_watched = false;
    };
    // It ends with the download, so nobody waits for it.
    std::thread::Builder::new().name("bgcopy-status".to_owned()).spawn(body).map_err(no_thread)?;
    Ok(())
}

fn lock(draft: &Mutex<Draft>) -> MutexGuard<'_, Draft> {
    draft.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Until the download ends. The client is called between the waits, not in one: what it calls waits, too.
fn follow(runtime: &Runtime, service: &Arc<Service>, id: JobId, draft: &Arc<Mutex<Draft>>) {
    let client = service.client();
    let filter = EventFilter { job: vec![id], ..EventFilter::default() };
    let mut events: Option<Events> = None;
    let mut told: Option<(DO_DOWNLOAD_STATUS, Instant)> = None;
    let mut news = lock(draft).news();
    let download = || Download { service: service.clone(), id, draft: draft.clone() };
    loop {
        let job = block_on(runtime, async {
            // The stream is open before the look, so that nothing happens unseen between them.
            if events.is_none() {
                events = client.events(filter.clone()).await.ok();
            }
            client.job(id).await.ok()
        });
        if let Some(job) = job {
            // A service that went away between the looks is asked again.
            if let Ok(now) = download().status(&job)
                && is_due(told.as_ref(), &now, &lock(draft))
            {
                told = Some((now, Instant::now()));
                tell(download(), &now);
            }
            if job.state.is_final() {
                return;
            }
        }
        block_on(runtime, async {
            let has_news = match &mut events {
                // What happens to a stream happens here.
                Some(events) => tokio::select! {
                    event = events.next() => event.is_ok(),
                    _ = news.changed() => true,
                },
                None => false,
            };
            if !has_news {
                events = None;
                tokio::time::sleep(RECONNECT).await;
            }
        });
    }
}

/// "State changes are reported at once", and "each change of the pair is a status change"; progress each n seconds, or each
/// n percent, "whichever comes first" (do-download 5.3, 6.3).
fn is_due(told: Option<&(DO_DOWNLOAD_STATUS, Instant)>, now: &DO_DOWNLOAD_STATUS, draft: &Draft) -> bool {
    let Some((before, at)) = told else { return true };
    let pair = |status: &DO_DOWNLOAD_STATUS| (status.State, status.Error, status.ExtendedError);
    if pair(before) != pair(now) {
        return true;
    }
    if before.BytesTransferred == now.BytesTransferred {
        return false;
    }
    let seconds = Duration::from_secs(draft.seconds.unwrap_or(SECONDS).into());
    let percent = draft.percent.filter(|percent| *percent > 0).is_some_and(|percent| {
        let more = now.BytesTransferred.saturating_sub(before.BytesTransferred);
        u128::from(more) * 100 >= u128::from(now.BytesTotal) * u128::from(percent)
    });
    percent || at.elapsed() >= seconds
}

/// Calls with no lock held: the client may do anything.
fn tell(download: Download, status: &DO_DOWNLOAD_STATUS) {
    let Some(callback) = lock(&download.draft).callback.clone() else { return };
    let object: IDODownload = ComObject::new(download).into_interface();
    // "Effect of an error not documented. Ignore it" (do-download 6.3).
    // SAFETY: the client's object is alive, and ours is until the call returns.
    let _ = unsafe { callback.0.OnStatusChange(object.as_raw(), status) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use windows_core::HRESULT;

    fn at(state: u32, bytes: u64) -> DO_DOWNLOAD_STATUS {
        let (ok, total) = (HRESULT(0), 1_000);
        DO_DOWNLOAD_STATUS {
            BytesTotal: total,
            BytesTransferred: bytes,
            State: state,
            Error: ok,
            ExtendedError: ok,
        }
    }

    #[test]
    fn changes_are_told_at_once_and_progress_by_time_or_percent() {
        let draft = |percent, seconds| {
            let mut draft = Draft::default();
            (draft.percent, draft.seconds) = (percent, seconds);
            draft
        };
        let before = (at(1, 100), Instant::now());
        assert!(is_due(None, &at(1, 0), &draft(None, None)));
        assert!(is_due(Some(&before), &at(2, 100), &draft(None, None)));
        assert!(!is_due(Some(&before), &at(1, 100), &draft(None, Some(0))), "nothing changed");
        assert!(!is_due(Some(&before), &at(1, 900), &draft(None, Some(1_000))));
        assert!(is_due(Some(&before), &at(1, 101), &draft(None, Some(0))));
        assert!(is_due(Some(&before), &at(1, 200), &draft(Some(10), Some(1_000))));
        assert!(!is_due(Some(&before), &at(1, 199), &draft(Some(10), Some(1_000))));
    }
}
