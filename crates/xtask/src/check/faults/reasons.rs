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
    (
        "A12 A13 A22 A24 A25 A29 A33 A35 A41 B02 B04 B05 B06 B08 B11 B19 B21 B22 B24 B25 B26 B27 C07 C09 C10 C15",
        NotYet("no test"),
    ),
    ("D01 D04 D05 D06 D07 D08 D09 D12", NotYet("no test")),
    ("E21 E25", NotYet("no test")),
    ("F11 F12 F13 F16 F17 F19 G03 G04 G05", NotYet("no test")),
    ("I04 I07 I08 J01 J03 J06 J07 J08 J09 J11 J12 J14 J15 J16 J17 J18 K03 K04 K05", NotYet("no test")),
    ("D10 K08", NotYet("there is no cache of finished files before there are peers to share them with")),
    ("J13", NotYet("there is no C library yet")),
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
