//! The sources of a run, and how each of them did.

use std::collections::BTreeSet;

use bgcopy_core::{ByteRange, RangeSet, Validator};

use crate::sources::Source;

/// A source of a run, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlaceId(usize);

/// A source, and how it did in this run.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: Source,
    /// What proved the version that it serves, as far as it said so.
    pub(super) validator: Option<Validator>,
    /// What of it is here.
    pub(super) brought: RangeSet,
    /// Bytes per second of one connection, when there was one last.
    pub(super) rate: Option<u64>,
}

/// The sources of a run. The first is the origin; there is always one.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) list: Vec<Place>,
    pub(super) lead: PlaceId,
    /// Pieces that were wrong, and nobody could tell by whom.
    pub(super) muddled: u32,
}

impl Places {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        let mut places = Self { list: Vec::new(), lead: PlaceId(0), muddled: 0 };
        places.extend(sources);
        places
    }

    /// More became known. Those that are known keep their places.
    pub(super) fn extend(&mut self, sources: Vec<Source>) {
        for source in sources {
            if self.list.iter().all(|known| known.source.url != source.url) {
                let (validator, brought) = (None, RangeSet::new());
                self.list.push(Place { source, validator, brought, rate: None });
            }
        }
    }

    pub(super) const fn lead_id(&self) -> PlaceId {
        self.lead
    }

    pub(super) fn lead(&self) -> Option<&Place> {
        self.get(self.lead)
    }

    pub(super) fn get(&self, id: PlaceId) -> Option<&Place> {
        self.list.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: PlaceId) -> Option<&mut Place> {
        self.list.get_mut(id.0)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        (0..).map(PlaceId).zip(&self.list)
    }

    /// Those of this host.
    pub(super) fn of_host(&self, host: &str) -> impl Iterator<Item = PlaceId> {
        self.ids().filter(move |(_, place)| place.source.host() == host).map(|(id, _)| id)
    }

    /// Whether there is anybody to turn to.
    pub(super) fn has_choice(&self) -> bool {
        self.list.len() > 1
    }

    /// One brought bytes, at this rate.
    pub(super) fn note(&mut self, id: PlaceId, range: ByteRange, rate: Option<u64>) {
        if let Some(place) = self.get_mut(id) {
            place.brought.insert(range);
            place.rate = rate.or(place.rate);
        }
    }

    /// Its answer counts, and said this of its version.
    pub(super) fn learn(&mut self, id: PlaceId, validator: Option<Validator>) {
        if let Some(place) = self.get_mut(id) {
            place.validator = validator;
        }
    }

    /// Nothing is here any more.
    pub(super) fn forget_bytes(&mut self) {
        self.list.iter_mut().for_each(|place| place.brought = RangeSet::new());
    }

    /// Who brought all of a range, and nobody else any of it: of bytes that came twice nobody knows which are here.
    pub(super) fn brought_alone(&self, range: ByteRange) -> Option<PlaceId> {
        let givers = self.givers(range);
        let only = givers.first().copied().filter(|_| givers.len() == 1)?;
        self.get(only).filter(|place| place.brought.contains(range)).map(|_| only)
    }

    /// Who brought bytes that are here.
    pub(super) fn givers(&self, range: ByteRange) -> BTreeSet<PlaceId> {
        let gave = |place: &Place| place.brought.first_gap(range) != Some(range);
        self.ids().filter(|(_, place)| gave(place)).map(|(id, _)| id).collect()
    }
}
