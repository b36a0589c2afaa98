//! What leaves the loop, and when: nothing before the record that it depends on is durable.
//!
//! The engine gives its actions in batches. A batch with something to save is held back until the store has
//! committed it, and so is every batch behind it, so that effects keep their order.

use std::collections::VecDeque;

use bgcopy_engine::Action;

/// Number of a batch that waits for its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Commit(u64);

/// Batches on their way out.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    batches: VecDeque<Batch>,
    next: u64,
}

#[derive(Debug)]
struct Batch {
    /// `None` once it may leave.
    waits_for: Option<Commit>,
    actions: Vec<Action>,
}

impl Outbox {
    /// Puts a batch in that may leave behind those before it.
    pub(crate) fn push(&mut self, actions: Vec<Action>) {
        if !actions.is_empty() {
            self.batches.push_back(Batch { waits_for: None, actions });
        }
    }

    /// Puts a batch in that waits for its commit; gives the number of the commit.
    pub(crate) fn hold(&mut self, actions: Vec<Action>) -> Commit {
        let commit = Commit(self.next);
        self.next += 1;
        self.batches.push_back(Batch { waits_for: Some(commit), actions });
        commit
    }

    /// A commit ended: its batch may leave. Gives its actions to be changed first, where it failed.
    pub(crate) fn committed(&mut self, commit: Commit) -> Option<&mut Vec<Action>> {
        let batch = self.batches.iter_mut().find(|batch| batch.waits_for == Some(commit))?;
        batch.waits_for = None;
        Some(&mut batch.actions)
    }

    /// Everything that has not left yet.
    pub(crate) fn actions_mut(&mut self) -> impl Iterator<Item = &mut Action> {
        self.batches.iter_mut().flat_map(|batch| &mut batch.actions)
    }

    /// The next batch that may leave.
    pub(crate) fn pop(&mut self) -> Option<Vec<Action>> {
        self.batches.pop_front_if(|batch| batch.waits_for.is_none()).map(|batch| batch.actions)
    }

    /// Whether everything has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_engine::{Order, TransferId};

    use super::*;

    fn action(number: u64) -> Action {
        Action::Order(TransferId(number), Order::Stop)
    }

    #[test]
    fn nothing_overtakes_a_batch_that_waits() {
        let mut outbox = Outbox::default();
        outbox.push(vec![action(1)]);
        let first = outbox.hold(vec![action(2)]);
        let second = outbox.hold(vec![action(3)]);
        outbox.push(vec![action(4)]);
        assert_eq!(outbox.pop(), Some(vec![action(1)]));
        assert_eq!(outbox.pop(), None);
        outbox.committed(second);
        assert_eq!(outbox.pop(), None);
        outbox.committed(first);
        assert_eq!(outbox.pop(), Some(vec![action(2)]));
        assert_eq!(outbox.pop(), Some(vec![action(3)]));
        assert_eq!(outbox.pop(), Some(vec![action(4)]));
        assert!(outbox.is_empty());
    }
}
