//! What was learned of servers and spares the next request a refusal: the challenge to answer, and that HTTP/2 is
//! not liked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bgcopy_core::{AuthScheme, Credentials};

use crate::auth::{self, Line, Wanted};
use crate::connect::Way;
use crate::request::Identity;

/// Everything learned. Forgotten with the client, and bounded.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    wanted: Mutex<Vec<(Arc<Identity>, String, Wanted)>>,
    challenged: Mutex<Vec<(Arc<Identity>, String)>>,
    http1_only: Mutex<Vec<Way>>,
}

impl Memory {
    /// What to show to a server or proxy: an answer to what it was found to want, else to what may be shown
    /// `unasked`. Made under the lock, so that no two requests use a nonce with the same count.
    pub(crate) fn answer(
        &self,
        identity: &Arc<Identity>,
        whom: &str,
        unasked: Option<Wanted>,
        credentials: &[(AuthScheme, Credentials)],
        line: Line<'_>,
    ) -> Option<String> {
        let mut known = lock(&self.wanted);
        let remembered = known.iter_mut().find(|(of, at, _)| of == identity && at == whom);
        match (remembered, unasked) {
            (Some((.., wanted)), _) => auth::answer(wanted, credentials, line),
            (None, Some(mut unasked)) => auth::answer(&mut unasked, credentials, line),
            (None, None) => None,
        }
    }

    /// Learns what is wanted.
    pub(crate) fn note_wanted(&self, identity: &Arc<Identity>, whom: &str, wanted: Wanted) {
        let mut known = lock(&self.wanted);
        known.retain(|(of, at, _)| !(of == identity && at == whom));
        if known.len() >= REMEMBERED_MAX {
            known.remove(0);
        }
        known.push((identity.clone(), whom.to_owned(), wanted));
    }

    /// What was shown did not help.
    pub(crate) fn forget(&self, identity: &Arc<Identity>, whom: &str) {
        lock(&self.wanted).retain(|(of, at, _)| !(of == identity && at == whom));
    }

    /// A server asked who we are, and is shown what is for that.
    pub(crate) fn note_challenge(&self, identity: &Arc<Identity>, whom: &str) {
        let mut known = lock(&self.challenged);
        if known.len() >= REMEMBERED_MAX {
            known.remove(0);
        }
        known.push((identity.clone(), whom.to_owned()));
    }

    pub(crate) fn has_challenged(&self, identity: &Arc<Identity>, whom: &str) -> bool {
        lock(&self.challenged).iter().any(|(of, at)| of == identity && at == whom)
    }

    /// The server said that it wants HTTP/1.1.
    pub(crate) fn note_http1_only(&self, way: &Way) {
        let mut known = lock(&self.http1_only);
        if !known.contains(way) {
            if known.len() >= REMEMBERED_MAX {
                known.remove(0);
            }
            known.push(way.clone());
        }
    }

    pub(crate) fn is_http1_only(&self, way: &Way) -> bool {
        lock(&self.http1_only).contains(way)
    }
}

/// A poisoned list is still a list of whole entries.
fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Servers that a few dozen jobs deal with at a time.
const REMEMBERED_MAX: usize = 64;
