//! Why a row of the catalogue has no test, or is held to another outcome than it proposes.
//!
//! A row that gets a test loses its line here, unless it was decided otherwise: then the test shows what was decided.

/// What is to be said of a row beside its tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Nothing proves it yet, and why.
    NotYet(&'static str),
    /// It is held to another outcome, and which.
    Otherwise(&'static str),
}

use Reason::{NotYet, Otherwise};

/// Rows, by their ids, and what is to be said of them all.
pub(super) const REASONS: &[(&str, Reason)] = &[
    (
        "E17",
        Otherwise("the temporary file lies beside its destination, so Complete never crosses file systems"),
    ),
    ("B04 B05 B11 B21 B22", NotYet("needs a network namespace, and nothing builds one yet")),
    ("B26", NotYet("needs a machine that sleeps; what clocks do over a sleep is tested under G04")),
    ("B27", NotYet("measured by `cargo xtask bench` beside another flow, and not judged by a test")),
    ("D09", NotYet("no document that is read says which version of it must not be fallen behind")),
    ("F12", NotYet("needs a control group with a memory limit; a kill at any call is tested under F01")),
    ("F13", NotYet("the unit has no watchdog: a heartbeat would wake an idle service")),
    (
        "I07 I08",
        NotYet("bans and shares are tested as rules of the engine, not with hosts that come and go for long"),
    ),
    ("D10 K08", NotYet("there is no cache of finished files before there are peers to share them with")),
    (
        "H01 H02 H03 H04 H05 H06 H07 H08 H09 H10 H11 H12 H13 H14 H15 H16 H17 H18 H19 H20 H21 H22 H23 H24 H25 H26 H27",
        NotYet("waits for the swarm"),
    ),
];

/// What is to be said of a row.
pub(super) fn of(id: &str) -> Option<Reason> {
    let named = |ids: &str| ids.split(' ').any(|named| named == id);
    REASONS.iter().find(|(ids, _)| named(ids)).map(|&(_, reason)| reason)
}
