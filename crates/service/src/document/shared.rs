//! Documents that the files of one job have in common: a list of digests speaks of thousands, and is fetched for
//! all of them once.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bgcopy_core::{Fault, RemoteName};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::room::SMALL_BYTES;
use super::{Fetched, Room};

/// Documents of one job that are kept at a time: a list of digests and a Metalink beside it.
const DOCUMENTS_MAX: usize = 2;
/// Larger ones are fetched again: a job that waits must not hold much memory, or a place for it. The lists of digests
/// of the largest archives have a few hundred KiB.
const BYTES_MAX: usize = SMALL_BYTES;
/// The publisher may have corrected a document; the files of a job that are consulted at a time ask within this.
const KEPT: Duration = Duration::from_secs(60);

/// What the files of a job consulted last.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// Where large ones are held, beside those of other jobs.
    pub(crate) room: Arc<Room>,
    /// The last one is the youngest.
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    url: RemoteName,
    since: Instant,
    /// Empty while somebody fetches it, and as long as that fails.
    document: Arc<OnceCell<Arc<Fetched>>>,
}

impl Documents {
    /// None yet.
    pub(crate) fn new(room: Arc<Room>) -> Self {
        Self { room, kept: Mutex::default() }
    }

    /// The document of this name: that which another file fetched a moment ago, or which is fetched now. Who comes
    /// while it is fetched waits; when that fails, the next one tries.
    pub(crate) async fn fetched(
        &self,
        url: &RemoteName,
        fetch: impl Future<Output = Result<Fetched, Fault>>,
    ) -> Result<Arc<Fetched>, Fault> {
        let place = self.place_of(url);
        let document = place.get_or_try_init(|| async { fetch.await.map(Arc::new) }).await?.clone();
        if document.text.len() > BYTES_MAX {
            self.lock().retain(|kept| !Arc::ptr_eq(&kept.document, &place));
        }
        Ok(document)
    }

    fn place_of(&self, url: &RemoteName) -> Arc<OnceCell<Arc<Fetched>>> {
        let now = Instant::now();
        let mut kept = self.lock();
        kept.retain(|kept| now.duration_since(kept.since) < KEPT);
        if let Some(known) = kept.iter().find(|kept| kept.url == *url) {
            return known.document.clone();
        }
        if kept.len() >= DOCUMENTS_MAX {
            kept.pop_front();
        }
        let document = Arc::default();
        kept.push_back(Kept { url: url.clone(), since: now, document: Arc::clone(&document) });
        document
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        // Nothing is done under it that could break.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bgcopy_core::{Code, ErrorContext};

    use super::*;

    /// A publisher who counts how often he is asked.
    #[derive(Default)]
    struct Publisher(AtomicUsize);

    impl Publisher {
        async fn answer(&self, bytes: usize) -> Result<Fetched, Fault> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(Fetched { text: vec![0; bytes], secure: true, names_private: false, place: None })
        }

        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn name(path: &str) -> RemoteName {
        format!("http://h/{path}").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_many_ask_for_at_once_is_fetched_once_and_kept_for_a_moment() {
        let (documents, publisher) = (Documents::default(), Publisher::default());
        let url = name("SUMS");
        let (a, b) = tokio::join!(
            documents.fetched(&url, publisher.answer(7)),
            documents.fetched(&url, publisher.answer(8)),
        );
        assert_eq!((a.unwrap().text.len(), b.unwrap().text.len(), publisher.asked()), (7, 7, 1));
        tokio::time::advance(KEPT).await;
        documents.fetched(&url, publisher.answer(7)).await.unwrap();
        assert_eq!(publisher.asked(), 2);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let (documents, publisher) = (Documents::default(), Publisher::default());
        let fault = || Fault::new(Code::Timeout, ErrorContext::GeneralTransport, "too late");
        let failed = documents.fetched(&name("SUMS"), async { Err(fault()) }).await;
        assert_eq!(failed.unwrap_err(), fault());
        documents.fetched(&name("SUMS"), publisher.answer(7)).await.unwrap();
        assert_eq!(publisher.asked(), 1);
    }

    #[tokio::test]
    async fn large_documents_and_old_ones_are_not_held() {
        let (documents, publisher) = (Documents::default(), Publisher::default());
        for _ in 0..2 {
            documents.fetched(&name("large"), publisher.answer(BYTES_MAX + 1)).await.unwrap();
        }
        assert_eq!((publisher.asked(), documents.lock().len()), (2, 0));
        for path in ["a", "b", "c", "c"] {
            documents.fetched(&name(path), publisher.answer(1)).await.unwrap();
        }
        assert_eq!((publisher.asked(), documents.lock().len()), (5, DOCUMENTS_MAX));
    }
}
