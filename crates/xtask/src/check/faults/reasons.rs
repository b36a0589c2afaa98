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
    ("A06", Otherwise("nobody is struck for it: the bytes are right, only the connection is dropped")),
    (
        "A13",
        Otherwise("with piece hashes as proposed; without, a second flip is the error, on whatever address"),
    ),
    ("A35", Otherwise("documents that come encoded are refused, and nothing is ever decoded")),
    ("B06", Otherwise("over plain HTTP with a strong tag the status says consistent, which is true")),
    ("B09", Otherwise("who has seen two versions asks past caches; the first change is not doubted")),
    ("B19", Otherwise("retried by the ordinary delay, not at the moment the clock is set")),
    (
        "C02",
        Otherwise(
            "a job that allows it needs no digest, as the flag is BITS's own; the trust says what it is",
        ),
    ),
    ("D04", Otherwise("MD5 and SHA-1 are refused by the API, and passed over in a Metalink with a remark")),
    (
        "E10 E28",
        Otherwise("Complete fails, and the job stays Transferred, so that Complete can be tried again"),
    ),
    ("E24", Otherwise("the refusal is invalid-name, which says more than name-too-long")),
    (
        "F11",
        Otherwise("the first panic stops the job, not the third: it is ours, and trying again would hide it"),
    ),
    ("I01", Otherwise("a cache host is left for 15 minutes each time, as Windows does it")),
    ("I02", Otherwise("a 5xx is a failure like any other; 401, 403 and the like ban, as Windows does it")),
    (
        "I03",
        Otherwise(
            "without a hash a configured cache host is trusted, and one that was only found is not asked",
        ),
    ),
    (
        "E17",
        Otherwise("the temporary file lies beside its destination, so Complete never crosses file systems"),
    ),
    ("B26", NotYet("needs a machine that sleeps; what clocks do over a sleep is tested under G04")),
    ("D09", NotYet("no document that is read says which version of it must not be fallen behind")),
    ("F13", NotYet("the unit has no watchdog: a heartbeat would wake an idle service")),
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
