//! The side of the socket: takes a body as fast as it may be taken and hands it on.

use std::sync::Arc;

use bgcopy_core::Fault;
use bgcopy_engine::Order;
use bgcopy_engine::action::Receive;
use bgcopy_http::Body;
use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::writer::{BATCH_BYTES, Batches};
use super::{Stopped, unless_stopped};
use crate::pace::{self, Pace};

/// A body on its way to who writes it.
pub(super) struct Intake<'a> {
    batches: Batches,
    paces: &'a [Arc<Pace>],
    /// Bytes still to be passed over.
    skip: u64,
    /// Bytes still wanted.
    left: u64,
}

impl<'a> Intake<'a> {
    pub(super) fn new(receive: &Receive, batches: Batches, paces: &'a [Arc<Pace>]) -> Self {
        Self { batches, paces, skip: receive.skip, left: receive.limit.unwrap_or(u64::MAX) }
    }

    /// Takes the body to its end, or until nobody writes any more. The fault is the source's.
    pub(super) async fn take(
        mut self,
        mut body: Body,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> Result<Result<(), Fault>, Stopped> {
        while self.left > 0 {
            let first = tokio::select! {
                biased;
                _ = orders.recv() => return Err(Stopped),
                () = self.batches.closed() => return Ok(Ok(())),
                first = body.chunk() => first,
            };
            let (batch, ended) = self.batch(&mut body, first);
            let bytes: usize = batch.iter().map(Bytes::len).sum();
            let wait = pace::pay(self.paces, bytes as u64);
            unless_stopped(orders, self.batches.hand_on(batch)).await?;
            if !wait.is_zero() {
                unless_stopped(orders, pace::until_paid(self.paces, wait)).await?;
            }
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
        Ok(Ok(()))
    }

    /// What is there already is taken along: waking the writer costs as much as writing a little.
    fn batch(
        &mut self,
        body: &mut Body,
        first: Result<Option<Bytes>, Fault>,
    ) -> (Vec<Bytes>, Option<Result<(), Fault>>) {
        let (mut batch, mut bytes, mut next) = (Vec::with_capacity(1), 0, Some(first));
        while let Some(chunk) = next {
            match chunk {
                Ok(Some(chunk)) => {
                    let wanted = self.trim(chunk);
                    bytes += wanted.len();
                    batch.push(wanted);
                }
                Ok(None) => return (batch, Some(Ok(()))),
                Err(fault) => return (batch, Some(Err(fault))),
            }
            next = (bytes < BATCH_BYTES && self.left > 0).then(|| body.chunk().now_or_never()).flatten();
        }
        (batch, None)
    }

    /// What is wanted of a chunk.
    fn trim(&mut self, mut chunk: Bytes) -> Bytes {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= skipped as u64;
        let mut wanted = chunk.split_off(skipped);
        wanted.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= wanted.len() as u64;
        wanted
    }
}
