//! The side of the socket: takes a body as fast as it may be taken and hands it on.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use bgcopy_core::{Fault, limits};
use bgcopy_http::Body;
use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::Report;
use super::line::{Limit, Voice};
use super::writer::{BATCH_BYTES, BATCH_CHUNKS, Batches};
use crate::pace::{self, Pace};

/// A body on its way to who writes it.
pub(super) struct Intake<'a> {
    /// Where the next byte goes in the finished file.
    output: u64,
    /// Bytes still to be passed over.
    skip: u64,
    limit: Limit,
    paces: &'a [Arc<Pace>],
    batches: &'a Batches,
    voice: Voice,
    reports: &'a mpsc::Sender<Report>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        output: u64,
        skip: u64,
        limit: Limit,
        paces: &'a [Arc<Pace>],
        batches: &'a Batches,
        voice: Voice,
        reports: &'a mpsc::Sender<Report>,
    ) -> Self {
        Self { output, skip, limit, paces, batches, voice, reports }
    }

    /// Takes the body to its end or limit, or until nobody writes any more. The fault is the source's.
    pub(super) async fn take(mut self, mut body: Body) -> Result<(), Fault> {
        while self.output < self.limit.get() {
            let first = match body.chunk().now_or_never() {
                Some(first) => first,
                None => {
                    let since = Instant::now();
                    let first = tokio::select! {
                        biased;
                        () = self.batches.closed() => return Ok(()),
                        first = self.patiently(body.chunk()) => first,
                    };
                    self.batches.note_wait(since.elapsed());
                    first
                }
            };
            let output = self.output;
            let (batch, ended) = self.batch(&mut body, first);
            let bytes: usize = batch.iter().map(Bytes::len).sum();
            let wait = pace::pay(self.paces, bytes as u64);
            self.batches.hand_on(self.voice, &self.limit, output, batch).await;
            if !wait.is_zero() {
                pace::until_paid(self.paces, wait).await;
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
        Ok(())
    }

    /// Waits for what comes next, and says so whenever that takes long.
    async fn patiently<T>(&self, next: impl Future<Output = T>) -> T {
        let mut next = pin!(next);
        loop {
            match timeout(limits::SILENT_AFTER, &mut next).await {
                Ok(next) => return next,
                // Without a reader of reports the service is ending.
                Err(_) => drop(self.reports.send(Report::Event(self.voice.silent())).await),
            }
        }
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
            let room = bytes < BATCH_BYTES && batch.len() < BATCH_CHUNKS;
            let more = room && self.output < self.limit.get();
            next = more.then(|| body.chunk().now_or_never()).flatten();
        }
        (batch, None)
    }

    /// What is wanted of a chunk.
    fn trim(&mut self, mut chunk: Bytes) -> Bytes {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= skipped as u64;
        let mut wanted = chunk.split_off(skipped);
        let left = self.limit.get().saturating_sub(self.output);
        wanted.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        self.output += wanted.len() as u64;
        wanted
    }
}
