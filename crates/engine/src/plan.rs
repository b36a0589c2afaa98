//! The plan of one file: which bytes to ask for next, and what to make of an answer.
//!
//! A finished file is one remote file, or parts of it put together in the order given (spec 9.4). `have`
//! counts in the finished file; asks count in the remote file.

pub mod share;

use bgcopy_core::range::TO_EOF;
use bgcopy_core::{
    Answer, Ask, ByteRange, Code, ErrorContext, Fault, FileRecord, Framing, JobSettings, RangeSet, Validator,
    limits,
};

/// Why a file lost bytes: all of them, or those that could not be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// The remote file is another version (A10).
    RemoteChanged,
    /// The server sends only the whole file (A01).
    RangeUnsupported,
    /// Nothing proves that a second answer continues the first (A11).
    NoValidator,
    /// The temporary file was lost or touched (E11, E12).
    LocalFileChanged,
    /// Not every byte of before a crash could be proved; what was not is fetched again (D11).
    Unproved,
    /// The client found the content wrong (spec 7.9, `SetValidationState`).
    Rejected,
    /// What came is not what was promised: another digest (D02), another size.
    Invalid,
    /// The content is dynamic: any interruption starts again (spec 4.1, property 3).
    Dynamic,
    /// The source failed for good, and nothing proves that another one has the same file.
    OtherSource,
    /// A piece is not what was promised; it is fetched again.
    BadPiece,
    /// The server forgot the session of an upload, or bytes of it.
    SessionLost,
}

impl Restart {
    /// The stable name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RemoteChanged => "remote-changed",
            Self::RangeUnsupported => "range-unsupported",
            Self::NoValidator => "no-validator",
            Self::LocalFileChanged => "local-file-changed",
            Self::Unproved => "unproved",
            Self::Rejected => "rejected",
            Self::Invalid => "invalid",
            Self::Dynamic => "dynamic",
            Self::OtherSource => "other-source",
            Self::BadPiece => "bad-piece",
            Self::SessionLost => "session-lost",
        }
    }
}

/// What to do next about a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Ask for these bytes.
    Ask(Ask),
    /// What is here cannot be continued: forget it, then ask for everything.
    StartAgain(Restart),
    /// Every byte is here.
    Whole {
        /// The size of the finished file.
        size: u64,
    },
    /// Everything is here that the client asked for, and it wants nothing else of the file.
    Met,
    /// The client asked for what the remote file does not have.
    Outside(Box<Fault>),
    /// It cannot be done.
    Impossible(Box<Fault>),
}

/// A stretch of the finished file and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    /// Where it starts in the finished file.
    output: u64,
    /// Which bytes of the remote file; to `TO_EOF` while the size is not known.
    remote: ByteRange,
}

impl Segment {
    /// What of it is missing, as bytes of the remote file.
    fn gap(self, have: &RangeSet) -> Option<ByteRange> {
        let end = self.output.saturating_add(self.remote.len());
        let gap = have.first_gap(ByteRange::new(self.output, end))?;
        let remote = |at: u64| at.saturating_sub(self.output).saturating_add(self.remote.start);
        let end = if self.remote.end == TO_EOF && gap.end == end { TO_EOF } else { remote(gap.end) };
        Some(ByteRange::new(remote(gap.start), end))
    }
}

/// The stretches of a file whose place in the finished file is known: all of them once the remote size is.
fn segments(file: &FileRecord) -> Vec<Segment> {
    if file.spec.ranges.is_empty() {
        let end = file.remote_size.unwrap_or(TO_EOF);
        return vec![Segment { output: 0, remote: ByteRange::new(0, end) }];
    }
    let mut output = Some(0u64);
    let mut segments = Vec::new();
    for range in &file.spec.ranges {
        let Some(start) = output else { break };
        let remote = range.resolve(file.remote_size);
        segments.push(Segment { output: start, remote });
        output = (remote.end != TO_EOF).then(|| start.saturating_add(remote.len()));
    }
    segments
}

/// What to do next, given what is here.
pub fn next(file: &FileRecord, settings: &JobSettings, have: &RangeSet) -> Next {
    if let Some(fault) = file.remote_size.and_then(|size| misfit(file, size)) {
        return Next::Impossible(Box::new(fault));
    }
    let segments = segments(file);
    let Some((part, gap)) = segments.iter().find_map(|part| Some((part.remote, part.gap(have)?))) else {
        let size = segments.iter().map(|segment| segment.remote.len()).sum();
        // More than the whole is not the whole: somebody else wrote there.
        let fits = have.len() == size;
        return if fits { Next::Whole { size } } else { Next::StartAgain(Restart::LocalFileChanged) };
    };
    if let Some(fault) = outside(file, settings) {
        return Next::Outside(Box::new(fault));
    }
    // A11 again: without proof only a job on demand may be given parts. Its client asked for each of them, and all of the
    // file from its start is what it does not want.
    let on_demand = file.is_on_demand(settings);
    let in_parts = on_demand || have.is_empty() || file.validator.is_some() || file.is_provable();
    if let Some(gap) = file.wanted_first(settings, have).filter(|_| in_parts) {
        return Next::Ask(step_of(gap));
    }
    if on_demand {
        return Next::Met;
    }
    if wants_whole(settings) {
        return if have.is_empty() { Next::Ask(Ask::Whole) } else { Next::StartAgain(Restart::Dynamic) };
    }
    // A11: without a strong validator and without a digest to tell in the end, two answers may belong to two
    // versions. Parts that a client wants have an answer each, whatever the server says.
    let continues = gap != part;
    if continues && file.validator.is_none() && !file.is_provable() {
        return Next::StartAgain(Restart::NoValidator);
    }
    let to_the_end = gap.end == TO_EOF || (file.spec.ranges.is_empty() && Some(gap.end) == file.remote_size);
    Next::Ask(if to_the_end { Ask::From(gap.start) } else { Ask::Exactly(gap) })
}

/// What is wanted first is asked for in steps of this size, so that another wish does not wait for long: some tenths of a
/// second on a line of 100 Mbit/s, and many round trips.
const STEP: u64 = 4 << 20;

fn step_of(gap: ByteRange) -> Ask {
    Ask::Exactly(ByteRange::new(gap.start, gap.end.min(gap.start.saturating_add(STEP))))
}

/// A client learns of a range outside the file when the size is known (spec 9.4, "checked at transfer"). What is merely
/// wanted first is passed over.
fn outside(file: &FileRecord, settings: &JobSettings) -> Option<Fault> {
    let demand = file.demand.as_ref().filter(|_| file.is_on_demand(settings))?;
    let size = file.remote_size?;
    let range = demand.outside(size)?;
    let detail = format!("the range at {} lies outside the remote file of {size} bytes", range.start);
    let mut fault = Fault::new(Code::InvalidRange, ErrorContext::RemoteFile, detail);
    fault.source = Some(file.spec.remote_name.redacted());
    Some(fault)
}

/// Why a remote file of this size is not the one that was ordered.
fn misfit(file: &FileRecord, size: u64) -> Option<Fault> {
    let fault = |code, detail| {
        let mut fault = Fault::new(code, ErrorContext::RemoteFile, detail);
        fault.source = Some(file.spec.remote_name.redacted());
        Some(fault)
    };
    if let Some(expected) = file.expected_size().filter(|expected| *expected != size) {
        return fault(Code::ValidationFailed, wrong_size(size, expected));
    }
    // "Must lie in the remote file: checked at transfer" (spec 9.4).
    let outside = file.spec.ranges.iter().find(|range| {
        let end = range.offset.checked_add(range.length.unwrap_or(1));
        end.is_none_or(|end| end > size)
    })?;
    let detail = format!("the range at {} lies outside the remote file of {size} bytes", outside.offset);
    fault(Code::InvalidRange, detail)
}

fn wrong_size(size: u64, expected: u64) -> String {
    format!("the file has {size} bytes; {expected} were expected")
}

/// Dynamic content and custom methods have no ranges (spec 4.1, 7.7).
pub(crate) fn wants_whole(settings: &JobSettings) -> bool {
    settings.dynamic_content || settings.http_method.is_some()
}

/// What to make of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Take its body.
    Take(Take),
    /// It is of no use, and what is here neither: ask for everything.
    StartAgain(Restart),
    /// It is a failure.
    Refuse(Box<Fault>),
}

impl Verdict {
    /// Whether the remote file is taken for another version.
    pub(crate) const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::StartAgain(Restart::RemoteChanged)
                | Self::Take(Take { afresh: Some(Restart::RemoteChanged), .. })
        )
    }
}

/// How to take a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Forget what is here first, and why.
    pub afresh: Option<Restart>,
    /// Where the first byte kept goes in the finished file.
    pub output: u64,
    /// How many bytes of the body to pass over first.
    pub skip: u64,
    /// How many bytes to keep at most.
    pub limit: Option<u64>,
}

/// Whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The source whose version is here.
    Same,
    /// Another source of a file that proves itself, and what proved its version before. Its tags are its own.
    Other(Option<&'a Validator>),
}

impl<'a> Whose<'a> {
    /// What proved the version of this source so far.
    fn validator(self, file: &'a FileRecord) -> Option<&'a Validator> {
        match self {
            Self::Same => file.validator.as_ref(),
            Self::Other(validator) => validator,
        }
    }
}

/// Judges the answer to `ask` (faults A01, A04, A10, A14, A19, A23, A31, A41).
pub fn judge(
    file: &FileRecord,
    settings: &JobSettings,
    have: &RangeSet,
    ask: Ask,
    answer: &Answer,
    whose: Whose<'_>,
) -> Verdict {
    let refuse = |code, detail: String| {
        let mut fault = Fault::new(code, ErrorContext::RemoteFile, detail);
        fault.source = Some(answer.final_url.redacted());
        Verdict::Refuse(Box::new(fault))
    };
    let changed = contradicts(file, have, answer, whose);
    let unexpected = file.expected_size().zip(answer.size).filter(|(expected, size)| expected != size);
    if (changed || unexpected.is_some()) && looks_like_a_login_page(file, answer) {
        return Verdict::Refuse(Box::new(login_page(answer.final_url.redacted())));
    }
    if let Some((expected, size)) = unexpected {
        return refuse(Code::ValidationFailed, wrong_size(size, expected));
    }
    let verifiable = answer.framing != Framing::UntilClose || file.is_provable();
    if answer.size.is_none() && settings.require_size {
        return refuse(Code::SizeUnknown, "the server does not tell the size".to_owned());
    }
    // A19: such a body cannot be told from a cut one.
    if !verifiable && !settings.allow_unverified {
        return refuse(
            Code::SizeUnknown,
            "the body ends with the connection, so a cut could not be told from the end".to_owned(),
        );
    }
    if answer.partial {
        return if changed {
            Verdict::StartAgain(Restart::RemoteChanged)
        } else {
            Verdict::Take(Take {
                afresh: None,
                output: output_of(file, ask.start()),
                skip: 0,
                limit: limit_of(file, ask, answer),
            })
        };
    }
    judge_whole(file, settings, ask, answer, changed, refuse)
}

/// Judges a 200, whose body starts at byte 0 of the remote file.
fn judge_whole(
    file: &FileRecord,
    settings: &JobSettings,
    ask: Ask,
    answer: &Answer,
    changed: bool,
    refuse: impl Fn(Code, String) -> Verdict,
) -> Verdict {
    let start = ask.start();
    let near = start <= limits::SKIP_FORWARD_BYTES;
    let output = output_of(file, start);
    let limit = limit_of(file, ask, answer);
    let unsupported =
        || refuse(Code::RangeUnsupported, format!("bytes from {start} on were asked for, all came"));
    let all = answer.size.or_else(|| promised_size(file));
    let afresh = |why| Verdict::Take(Take { afresh: Some(why), output: 0, skip: 0, limit: all });
    match (file.spec.ranges.is_empty(), changed) {
        (_, false) if near => Verdict::Take(Take { afresh: None, output, skip: start, limit }),
        // All of the file is what such a job does not want.
        (true, true) if file.is_on_demand(settings) => Verdict::StartAgain(Restart::RemoteChanged),
        (true, false) if file.is_on_demand(settings) => unsupported(),
        // What `forbid_restart` wants kept is of no use to anybody.
        (true, true) => afresh(Restart::RemoteChanged),
        (true, false) if settings.forbid_restart => unsupported(),
        (true, false) => afresh(Restart::RangeUnsupported),
        (false, true) => Verdict::StartAgain(Restart::RemoteChanged),
        (false, false) => unsupported(),
    }
}

/// Whether the answer speaks of other bytes than those that are here.
fn contradicts(file: &FileRecord, have: &RangeSet, answer: &Answer, whose: Whose<'_>) -> bool {
    if have.is_empty() {
        return false;
    }
    let sizes = matches!((file.remote_size, answer.size), (Some(before), Some(now)) if before != now);
    // Each piece proves itself, so tags have nothing to prove: they may differ among servers that share a name.
    if sizes || file.pieces().is_some() {
        return sizes;
    }
    let known = whose.validator(file);
    let versions = matches!((known, &answer.validator), (Some(before), Some(now)) if before != now);
    // Something proved the version before, and nothing does now. A 206 proves it by being one: it answers
    // If-Range, and then leaves Last-Modified out as it should (RFC 9110, 15.3.7).
    let vouched = answer.partial && matches!(known, Some(Validator::LastModified(_)));
    let unproved = known.is_some() && answer.validator.is_none() && !file.is_provable() && !vouched;
    versions || unproved
}

/// A23: the way is at fault, not the file: a network wants a login first.
fn login_page(source: String) -> Fault {
    let detail = "a web page came instead of the file";
    let mut fault = Fault::new(Code::CaptivePortal, ErrorContext::GeneralTransport, detail);
    fault.source = Some(source);
    fault
}

/// The same, told by what came of a file whose digest is another: it came as a page, and nobody asked for one.
pub(crate) fn login_page_of(file: &FileRecord) -> Option<Fault> {
    (came_as_page(file) && !wants_page(file)).then(|| login_page(file.spec.remote_name.redacted()))
}

/// A23: HTML where something else was coming.
fn looks_like_a_login_page(file: &FileRecord, answer: &Answer) -> bool {
    let page = answer.media_type.as_deref().is_some_and(is_page);
    page && !answer.partial && !came_as_page(file) && !wants_page(file)
}

fn is_page(media: &str) -> bool {
    matches!(media, "text/html" | "application/xhtml+xml")
}

/// Whether what came of a file so far says that it is a page.
fn came_as_page(file: &FileRecord) -> bool {
    let media = |line: &str| {
        let line = line.to_ascii_lowercase();
        let value = line.strip_prefix("content-type:")?.split(';').next()?.trim().to_owned();
        is_page(&value).then_some(())
    };
    file.response_headers.as_deref().is_some_and(|headers| headers.lines().any(|line| media(line).is_some()))
}

fn wants_page(file: &FileRecord) -> bool {
    let path = file.spec.remote_name.url().path();
    [".html", ".htm", ".xhtml"].iter().any(|ending| path.ends_with(ending))
}

/// Where a byte of the remote file goes in the finished one.
fn output_of(file: &FileRecord, remote: u64) -> u64 {
    segments(file)
        .iter()
        .find(|segment| (segment.remote.start..segment.remote.end).contains(&remote))
        .map_or(0, |segment| segment.output + (remote - segment.remote.start))
}

/// How many bytes of a longer body are wanted (A31: "stop at the agreed size").
fn limit_of(file: &FileRecord, ask: Ask, answer: &Answer) -> Option<u64> {
    match ask {
        Ask::Exactly(range) => Some(range.len()),
        Ask::Whole | Ask::From(_) => size_of(file, answer).map(|size| size.saturating_sub(ask.start())),
    }
}

/// The size of the remote file, by what an answer says, else by what is known. What comes with a proof of the
/// content is as good as told.
pub fn size_of(file: &FileRecord, answer: &Answer) -> Option<u64> {
    answer.size.or(file.remote_size).or_else(|| promised_size(file))
}

fn promised_size(file: &FileRecord) -> Option<u64> {
    file.expected_size().filter(|_| file.is_provable() && file.spec.ranges.is_empty())
}

/// What proves the version of the bytes that an answer brings: what it says, or what it vouched for by
/// continuing the bytes that are here.
pub fn validator_of(
    file: &FileRecord,
    have: &RangeSet,
    answer: &Answer,
    whose: Whose<'_>,
) -> Option<Validator> {
    let vouched = || whose.validator(file).filter(|_| answer.partial && !have.is_empty()).cloned();
    answer.validator.clone().or_else(vouched)
}

#[cfg(test)]
mod tests;
