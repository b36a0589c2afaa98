//! What a run does just now, for who looks at its file.

use bgcopy_core::{FileIndex, JobId, Now, SourceKind};

use super::Engine;
use super::transfers::{Transfer, millis};

/// What is done at a file just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Work {
    /// So many bytes are here from the first one on without a gap, and right as far as there are hashes of pieces: they
    /// can be read from the temporary file.
    pub in_order: u64,
    /// How many connections ask the origin and mirrors.
    pub http_connections: u32,
    /// How many ask cache hosts.
    pub cache_connections: u32,
    /// How long the run at it has been going on.
    pub millis: u64,
}

impl Engine {
    /// The files of a job that somebody works at.
    pub fn work(&self, now: Now, id: JobId) -> impl Iterator<Item = (FileIndex, Work)> + '_ {
        let runs = self.transfers.values().filter(move |run| run.job == id && !run.stopping);
        runs.map(move |run| (run.file, self.work_of(now, run)))
    }

    fn work_of(&self, now: Now, run: &Transfer) -> Work {
        // What is to be forgotten is no longer the file.
        let here = if run.afresh { 0 } else { run.have.frontier() };
        let pieces = self.file(run.job, run.file).and_then(|file| file.pieces());
        let in_order = match pieces {
            // A piece is judged when its last byte is here.
            Some(list) if here < list.size => here / list.piece_size.max(1) * list.piece_size,
            Some(_) | None => here,
        };
        let count = |caches: bool| {
            let places = run.places.ids();
            let counted = places.filter(|(_, place)| (place.source.kind == SourceKind::CacheHost) == caches);
            counted.map(|(place, _)| u32::try_from(run.crew.connections_at(place)).unwrap_or(u32::MAX)).sum()
        };
        Work {
            in_order,
            http_connections: count(false),
            cache_connections: count(true),
            millis: millis(now.mono.since(run.since)),
        }
    }
}
