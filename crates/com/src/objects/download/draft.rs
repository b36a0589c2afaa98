//! What a client said of a download and its job does not hold: what Start needs, and whom to tell. It is kept for as long as
//! the download lives, in the process that said it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bgcopy_api::NewManifest;
use bgcopy_api::core::JobId;
use tokio::sync::watch;

use super::Told;
use super::stream::Flow;

/// What was said.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) uri: Option<String>,
    pub(super) content_id: Option<String>,
    pub(super) local_path: Option<String>,
    /// The sink in place of a local path.
    pub(super) flow: Option<Flow>,
    /// How much the stream took that was let go of.
    pub(super) taken: Option<u64>,
    /// Bytes of the ranges of earlier starts: counts are those of the last (do-download 7.2).
    pub(super) before: u64,
    pub(super) cost_policy: Option<u32>,
    pub(super) percent: Option<u32>,
    pub(super) seconds: Option<u32>,
    pub(super) blocking: bool,
    pub(super) correlation: Option<String>,
    pub(super) integrity: Option<NewManifest>,
    pub(super) is_mandatory: bool,
    /// The check was not mandatory, and could not be made.
    pub(super) is_unchecked: bool,
    /// `DisallowOnCellular`.
    pub(super) is_wired: bool,
    pub(super) size: Option<u64>,
    pub(super) is_lasting: bool,
    pub(super) callback: Option<Told>,
    /// A thread follows the download for its callback.
    pub(super) is_watched: bool,
    /// Something happened here that the service knows nothing of.
    news: watch::Sender<()>,
}

impl Draft {
    /// What is said of a file of a job that goes into a stream.
    pub(super) fn into_stream(flow: Flow) -> Self {
        Self { flow: Some(flow), ..Self::default() }
    }

    /// Tells whoever waits for news.
    pub(super) fn tell(&self) {
        self.news.send_replace(());
    }

    /// What happens from now on.
    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

type Drafts = HashMap<JobId, Arc<Mutex<Draft>>>;

static DRAFTS: LazyLock<Mutex<Drafts>> = LazyLock::new(Mutex::default);

/// What was said of a download; nothing yet of one that another process made.
pub(super) fn of(id: JobId) -> Arc<Mutex<Draft>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
}

/// Lets go of what was said of a download that ended. Who holds it still has it.
pub(super) fn forget(id: JobId) {
    let draft = DRAFTS.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    drop(draft);
}
