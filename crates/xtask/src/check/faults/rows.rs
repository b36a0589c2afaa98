//! The catalogue of faults: every row by its id, how soon it must hold, and what goes wrong in it.

/// How often the test of a row runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    /// Gates every change: no root, no real waiting.
    Gate,
    /// Nightly: may need root, namespaces, mounts.
    Nightly,
    /// Before a release, or for days.
    Release,
}

/// A fault of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// A letter and two digits; the names of its tests begin with it.
    pub(super) id: &'static str,
    pub(super) priority: Priority,
    pub(super) title: &'static str,
}

/// What the rows of a letter have in common.
pub(super) struct Section {
    pub(super) letter: char,
    pub(super) title: &'static str,
    pub(super) rows: &'static [Row],
}

/// Every row of a section by its number, in the order of the catalogue.
pub(super) const SECTIONS: &[Section] = &[
    Section { letter: 'A', title: "Answers of the origin", rows: A },
    Section { letter: 'B', title: "Network, names, TLS, proxies", rows: B },
    Section { letter: 'C', title: "URLs, redirects, credentials, forged requests", rows: C },
    Section { letter: 'D', title: "Integrity, and names of content", rows: D },
    Section { letter: 'E', title: "Local files", rows: E },
    Section { letter: 'F', title: "Process, power and store", rows: F },
    Section { letter: 'G', title: "Clocks", rows: G },
    Section { letter: 'H', title: "Peers and discovery", rows: H },
    Section { letter: 'I', title: "Cache hosts", rows: I },
    Section { letter: 'J', title: "API, command line, C ABI, ownership", rows: J },
    Section { letter: 'K', title: "Policy and scheduling", rows: K },
];

/// Every row of the catalogue.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|section| section.rows)
}

const fn gate(id: &'static str, title: &'static str) -> Row {
    Row { id, priority: Priority::Gate, title }
}

const fn nightly(id: &'static str, title: &'static str) -> Row {
    Row { id, priority: Priority::Nightly, title }
}

const fn release(id: &'static str, title: &'static str) -> Row {
    Row { id, priority: Priority::Release, title }
}

const A: &[Row] = &[
    gate("A01", "A resumed range is answered with 200 and the whole file"),
    gate("A02", "A 200 that names a range and brings a part only"),
    gate("A03", "A 206 for another range than was asked"),
    gate("A04", "A 206 with another total than before"),
    gate("A05", "A 206 that is legally shorter than asked"),
    gate("A06", "A 206 that is longer than asked"),
    gate("A07", "Several parts though one range was asked"),
    gate("A08", "A 206 that does not say which range it is"),
    gate("A09", "A Content-Range that is nonsense"),
    gate("A10", "The validator changes in mid-transfer"),
    gate("A11", "Other content under the same size, and nothing to tell it by"),
    nightly("A12", "Only a weak ETag"),
    gate("A13", "Servers of one name disagree about the ETag"),
    gate("A14", "No length at all"),
    gate("A15", "A length together with chunks"),
    gate("A16", "Two lengths that differ"),
    gate("A17", "A body that ends before its length"),
    nightly("A18", "Bytes behind the end of a body"),
    gate("A19", "A body ended by closing, cut half-way"),
    gate("A20", "Chunks that are broken or do not end"),
    gate("A21", "416 on resume: already whole, or shrunk"),
    gate("A22", "HEAD refused, or at odds with GET"),
    gate("A23", "The login page of a captive portal in place of the file"),
    gate("A24", "An error page with status 200 for one of many ranges"),
    gate("A25", "404 or 410"),
    gate("A26", "403 because a signed link expired in mid-transfer"),
    gate("A27", "401, and 407"),
    gate("A28", "429 or 503 with a Retry-After of every kind"),
    gate("A29", "Bursts of 500, 502, 504"),
    gate("A30", "Floods of header fields"),
    gate("A31", "A body without end"),
    gate("A32", "A byte every ten seconds, in head or body"),
    gate("A33", "A stall inside the last piece"),
    gate("A34", "An encoded body though none was asked for"),
    gate("A35", "A compression bomb as metadata"),
    nightly("A36", "Interim answers without end"),
    nightly("A37", "HTTP/2: resets, GOAWAY, downgrade, closed windows"),
    gate("A38", "An empty file"),
    gate("A39", "Sizes around the edges of pieces"),
    nightly("A40", "Sizes beyond 4 GiB and 2^53"),
    gate("A41", "Old and new version served by turns to parallel connections"),
    gate("A42", "304 to an unconditional request"),
];

const B: &[Row] = &[
    gate("B01", "Connection refused"),
    nightly("B02", "Connection attempts vanish"),
    gate("B03", "Reset in the body"),
    nightly("B04", "Cable pulled: neither end nor reset"),
    nightly("B05", "Loss, delay, reordering, duplicates"),
    gate("B06", "A flipped byte that no checksum of the way finds"),
    gate("B07", "A middle box cuts every body at N bytes"),
    gate("B08", "A middle box removes Range"),
    nightly("B09", "A middle box serves a stale copy"),
    nightly("B10", "The interface goes down and comes back"),
    nightly("B11", "Address, route or VPN changes in mid-transfer"),
    gate("B12", "Names that cannot be resolved, in every way"),
    gate("B13", "One address family broken; many dead addresses and one good"),
    gate("B14", "One address refuses, the other has a bad certificate"),
    gate("B15", "Certificates that are expired, foreign, self-signed, for other use"),
    nightly("B16", "TLS closed without goodbye"),
    gate("B17", "Handshakes of garbage, silence, or an instant end"),
    nightly("B18", "A server with TLS 1.1 only"),
    gate("B19", "A certificate not yet valid because our clock is wrong"),
    gate("B20", "A proxy refuses, wants a login, dies, resets"),
    release("B21", "Large packets vanish"),
    release("B22", "No local ports left"),
    gate("B23", "A kept connection was closed by the server"),
    nightly("B24", "The rate falls a hundredfold and stays"),
    nightly("B25", "The server process is stopped and continued"),
    nightly("B26", "The machine sleeps for eight hours in mid-transfer"),
    release("B27", "Another program fills the link"),
];

const C: &[Row] = &[
    gate("C01", "Redirects in a loop, or too many"),
    gate("C02", "Redirect from https to http"),
    gate("C03", "Redirect to another host while the job has secrets"),
    gate("C04", "Redirect to another port or scheme of the same host"),
    gate("C05", "URLs of other schemes"),
    gate("C06", "A public origin redirects into this machine or a private network"),
    gate("C07", "A user's job names this machine on a machine-wide service"),
    gate("C08", "A name that is public when checked and private when connected"),
    gate("C09", "A password or token in the URL"),
    gate("C10", "URLs that parsers disagree about"),
    gate("C11", "Header values that would break out of their field"),
    nightly("C12", "A server sets cookies"),
    gate("C13", "Two jobs, one host, different credentials"),
    gate("C14", "Secrets at rest"),
    nightly("C15", "Credential files and proxy variables lying about"),
];

const D: &[Row] = &[
    gate("D01", "A piece of the origin does not match its hash"),
    gate("D02", "The digest is wrong though every piece came"),
    gate("D03", "Piece lists that are wrong, malformed or huge"),
    gate("D04", "A digest given as MD5 or SHA-1 only"),
    nightly("D05", "Repr-Digest disagrees, or comes in a trailer"),
    gate("D06", "File names that a server proposes"),
    gate("D07", "Lists of files with paths that lead out, or clash"),
    nightly("D08", "Lists of a million entries, or nested deeply"),
    release("D09", "An older version of signed metadata is offered again"),
    gate("D10", "A cached file decays before it is shared"),
    gate("D11", "A partial file decays between pause and resume"),
    gate("D12", "The job is never given a digest"),
];

const E: &[Row] = &[
    gate("E01", "The volume is full in mid-write"),
    gate("E02", "The known size does not fit from the start"),
    gate("E03", "Another program eats the disk down to the floor"),
    gate("E04", "The volume of the store is full"),
    nightly("E05", "No inodes"),
    gate("E06", "Quota exhausted"),
    gate("E07", "The file is larger than may be written"),
    nightly("E08", "The volume turns read-only"),
    gate("E09", "The destination is not writable, immutable, or forbidden"),
    gate("E10", "The folder of the destination goes away meanwhile"),
    gate("E11", "The temporary file is deleted by somebody"),
    gate("E12", "The temporary file is cut or edited by somebody"),
    gate("E13", "The destination appears before Complete"),
    gate("E14", "Symbolic links planted in the way, also while it is walked"),
    gate("E15", "A hard link planted at the temporary name"),
    gate("E16", "The destination is a folder, pipe, device or socket"),
    nightly("E17", "Complete across file systems"),
    gate("E18", "fsync fails once and then succeeds"),
    gate("E19", "The device fails on read or write"),
    gate("E20", "close fails, writes are short, calls are interrupted"),
    nightly("E21", "The disk hangs for a minute"),
    gate("E22", "Reserving space is not supported, or slow"),
    nightly("E23", "The volume is unmounted, or the handle is stale"),
    gate("E24", "Names that are long, or not text"),
    gate("E25", "No file descriptors left"),
    gate("E26", "Owner, mode and umask of the published file"),
    gate("E27", "Two jobs, one destination"),
    gate("E28", "The finished file is removed before Complete"),
];

const F: &[Row] = &[
    gate("F01", "Killed at any call that changes something"),
    gate("F02", "Killed between sync and rename"),
    gate("F03", "Killed between rename and commit"),
    nightly("F04", "Power cut: unsynced writes vanish or read as zeros"),
    gate("F05", "A torn page, or a torn or missing log of the store"),
    gate("F06", "Flipped bytes in every page of the store"),
    gate("F07", "The store is missing, empty, no file, foreign, or newer"),
    gate("F08", "A second service; another program holds a lock"),
    gate("F09", "Upgrade from every schema, and killed inside"),
    gate("F10", "Told to end at any moment"),
    gate("F11", "A job makes its worker panic at every start"),
    nightly("F12", "The memory limit is reached, or the kernel kills"),
    nightly("F13", "A task deadlocks"),
    gate("F14", "A socket or lock left behind, a process id used again"),
    nightly("F15", "Start with 300 jobs of 200 files"),
    nightly("F16", "State restored from a backup, older or newer than the files"),
    nightly("F17", "The log's target is full or stuck"),
    gate("F18", "The program at the end of a job fails, hangs, or meets hostile names"),
    release("F19", "72 hours of random faults, 100,000 jobs"),
];

const G: &[Row] = &[
    gate("G01", "The wall clock leaps a year"),
    gate("G02", "Started in 1970, set right later"),
    gate("G03", "Daylight saving or another zone inside limited hours"),
    nightly("G04", "A long sleep"),
    nightly("G05", "Times beyond 2038"),
];

const H: &[Row] = &[
    gate("H01", "A peer sends wrong bytes"),
    gate("H02", "A peer claims everything and delivers nothing"),
    gate("H03", "A peer drips"),
    gate("H04", "A peer vanishes inside a piece"),
    gate("H05", "Messages of a peer that cannot be"),
    gate("H06", "Data nobody asked for"),
    gate("H07", "A handshake of garbage or silence"),
    gate("H08", "10,000 connections from one host"),
    gate("H09", "A peer asks for the same piece for ever"),
    gate("H10", "A content id that is a path, or that we do not share"),
    gate("H11", "Content of another group, or not for sharing, is asked for"),
    gate("H12", "Floods of adverts"),
    gate("H13", "An advert names a victim"),
    gate("H14", "No multicast, no discovery"),
    nightly("H15", "Cloned machines share an id; we meet ourselves"),
    gate("H16", "Other protocol versions, unknown extensions"),
    nightly("H17", "The segment splits and heals"),
    gate("H18", "The same id for other content"),
    gate("H19", "A peer that is good first and bad later"),
    gate("H20", "The only holder of a piece is bad"),
    nightly("H21", "Metered link, battery or VPN begins while uploading"),
    gate("H22", "Content is evicted while a peer reads it"),
    nightly("H23", "Read error while uploading"),
    gate("H24", "A peer tries to list what we have"),
    gate("H25", "A peer outside the allowed scope"),
    release("H26", "100 clients want one file at once"),
    nightly("H27", "Peering is switched off by policy"),
];

const I: &[Row] = &[
    gate("I01", "A cache host is dead or slow to connect"),
    gate("I02", "404 or 5xx of a cache host"),
    gate("I03", "Wrong or stale bytes of a cache host"),
    gate("I04", "A cache host redirects"),
    gate("I05", "Discovery names hostile, malformed, or 500 hosts"),
    gate("I06", "The job has credentials, the cache host sees none"),
    nightly("I07", "A cache host comes and goes"),
    nightly("I08", "A cache host half as fast as the origin"),
];

const J: &[Row] = &[
    gate("J01", "A web page reaches the API"),
    gate("J02", "Another local user lists, reads or controls a job"),
    gate("J03", "A user makes the service touch what the user may not"),
    gate("J04", "Bodies that are broken, huge, deep, slow"),
    gate("J05", "Every call in every state, and many at once"),
    gate("J06", "A reader of events stops reading"),
    gate("J07", "1,000 idle connections"),
    gate("J08", "Limits exceeded"),
    gate("J09", "Ranges that overlap, are reversed, or lie beyond the end"),
    gate("J10", "A request repeated after a lost answer"),
    gate("J11", "Command line: Ctrl-C, broken pipe, no terminal, narrow, C locale"),
    gate("J12", "Client and service of different versions"),
    gate("J13", "C ABI misused in every way"),
    nightly("J14", "A caller without a session"),
    nightly("J15", "An unmapped user id of a container"),
    gate("J16", "Job names with line ends, escapes, direction marks"),
    nightly("J17", "Metrics with a label per job or URL"),
    gate("J18", "The service is absent"),
];

const K: &[Row] = &[
    gate("K01", "A huge job before small ones"),
    gate("K02", "A limit changed in mid-transfer, also to nothing"),
    gate("K03", "Bursts above the limit after a pause"),
    nightly("K04", "Another flow appears on the link"),
    gate("K05", "Metered, battery, VPN, hours: on, off, flapping"),
    gate("K06", "100 jobs fail together"),
    gate("K07", "Configuration that is wrong, unreadable, or badly reloaded"),
    gate("K08", "The cache is over its quota"),
    nightly("K09", "100,000 finished jobs in the history"),
    gate("K10", "A job expires"),
];
