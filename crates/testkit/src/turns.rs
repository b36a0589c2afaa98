//! One script after the other.

use std::sync::Arc;

use crate::origin::Script;
use crate::reply::Reply;
use crate::request::RequestHead;

/// Answers the first request of a server by the first script, the second by the second, and all that follow by the
/// last one.
#[derive(Clone)]
pub struct Turns {
    scripts: Vec<Arc<dyn Script>>,
    by_turns: bool,
}

impl Turns {
    /// Begins with this script.
    pub fn first(script: impl Script) -> Self {
        Self { scripts: vec![Arc::new(script)], by_turns: false }
    }

    /// Goes on with this one.
    pub fn then(mut self, script: impl Script) -> Self {
        self.scripts.push(Arc::new(script));
        self
    }

    /// Begins from the front again behind the last one.
    pub fn and_again(mut self) -> Self {
        self.by_turns = true;
        self
    }
}

impl Script for Turns {
    fn reply(&self, request: &RequestHead) -> Reply {
        let (turn, last) = (request.number - 1, self.scripts.len() - 1);
        let at = if self.by_turns { turn % self.scripts.len() } else { turn.min(last) };
        self.scripts[at].reply(request)
    }
}
