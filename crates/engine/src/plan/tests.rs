//! The plan of a file in pictures: a character is a MiB of the finished file, `#` where it is here.

use bgcopy_core::range::FileRange;
use bgcopy_core::{
    Answer, Ask, ByteRange, Digest, FileRecord, FileSpec, Framing, JobSettings, LocalName, Protocol,
    RangeSet, Validator,
};
use proptest::prelude::*;

use super::{Next, Take, Verdict, Whose, judge, next, validator_of};

const MIB: u64 = 1 << 20;

/// A file under way.
#[derive(Clone)]
struct Case {
    file: FileRecord,
    settings: JobSettings,
    have: RangeSet,
}

/// A file of known size and version, as far as the picture goes.
fn file(picture: &str) -> Case {
    let spec = FileSpec {
        remote_name: "https://host/file".parse().unwrap(),
        local_name: LocalName::new("/file").unwrap(),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: None,
        supply: bgcopy_core::Supply::default(),
    };
    let mib = |at: usize| at as u64 * MIB;
    let here = picture.chars().enumerate().filter(|&(_, c)| c == '#');
    let have = here.map(|(at, _)| ByteRange::new(mib(at), mib(at + 1))).collect();
    let mut file = FileRecord::new(spec);
    file.remote_size = Some(mib(picture.len()));
    file.validator = Some(etag(1));
    Case { file, settings: JobSettings::default(), have }
}

fn etag(version: u32) -> Validator {
    Validator::ETag(format!("\"{version}\""))
}

fn date(version: u32) -> Validator {
    Validator::LastModified(format!("day {version}"))
}

impl Case {
    fn unsized_(mut self) -> Self {
        self.file.remote_size = None;
        self
    }

    fn proved_by(mut self, validator: Option<Validator>) -> Self {
        self.file.validator = validator;
        self
    }

    fn with_digest(mut self) -> Self {
        self.file.spec.digest = Some(Digest::Sha256([0; 32]));
        self
    }

    fn expecting(mut self, size: u64) -> Self {
        self.file.spec.expected_size = Some(size);
        self
    }

    fn told(mut self, change: impl Fn(&mut JobSettings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Ranges of a remote file of this many bytes, if that is known; `have` counts in the finished file.
    fn ranges(ranges: &[(u64, Option<u64>)], size: Option<u64>, have: &[(u64, u64)]) -> Self {
        let mut case = file("");
        case.file.spec.ranges = ranges.iter().map(|&(offset, length)| FileRange { offset, length }).collect();
        case.file.remote_size = size;
        case.have = have.iter().map(|&(start, end)| ByteRange::new(start, end)).collect();
        case
    }

    fn next(&self) -> String {
        match next(&self.file, &self.settings, &self.have) {
            Next::Ask(ask) => show(ask),
            Next::StartAgain(why) => format!("again: {}", why.word()),
            Next::Whole { size } => format!("whole: {}", bytes(size)),
            Next::Met => "met".to_owned(),
            Next::Outside(fault) => format!("outside: {}", fault.code),
            Next::Impossible(fault) => format!("impossible: {}", fault.code),
        }
    }

    fn judge(&self, ask: Ask, answer: &Answer) -> String {
        match judge(&self.file, &self.settings, &self.have, ask, answer, Whose::Same) {
            Verdict::Take(Take { afresh, output, skip, limit }) => {
                let afresh = afresh.map(|why| format!("afresh {}, ", why.word())).unwrap_or_default();
                let skip = if skip == 0 { String::new() } else { format!(", skip {}", bytes(skip)) };
                let limit = limit.map_or_else(|| "all".to_owned(), bytes);
                format!("{afresh}{limit} at {}{skip}", bytes(output))
            }
            Verdict::StartAgain(why) => format!("again: {}", why.word()),
            Verdict::Refuse(fault) => format!("refused: {}", fault.code),
        }
    }
}

fn bytes(count: u64) -> String {
    if count > 0 && count.is_multiple_of(MIB) { format!("{}M", count / MIB) } else { count.to_string() }
}

fn show(ask: Ask) -> String {
    match ask {
        Ask::Whole => "everything".to_owned(),
        Ask::From(start) => format!("{}-", bytes(start)),
        Ask::Exactly(range) => format!("{}-{}", bytes(range.start), bytes(range.end)),
    }
}

fn answer(status: u16, range: ByteRange, size: Option<u64>) -> Answer {
    Answer {
        range,
        partial: status == 206,
        size,
        validator: Some(etag(1)),
        last_modified: None,
        proposed_name: None,
        media_type: Some("application/zip".to_owned()),
        framing: size.map_or(Framing::Marked, |_| Framing::Length(range.len())),
        final_url: "https://host/file".parse().unwrap(),
        peer: None,
        protocol: Protocol::Http11,
        headers: "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\n\r\n".to_owned(),
        promise: bgcopy_core::Promise::default(),
        described_by: None,
    }
}

/// A 206 from this MiB to the end of a file of so many.
fn rest(start: u64, size: u64) -> Answer {
    answer(206, ByteRange::new(start * MIB, size * MIB), Some(size * MIB))
}

/// A 200 of so many MiB.
fn whole(size: u64) -> Answer {
    answer(200, ByteRange::new(0, size * MIB), Some(size * MIB))
}

fn from(mib: u64) -> Ask {
    Ask::From(mib * MIB)
}

#[test]
fn holes_are_asked_for_in_order() {
    for (picture, asked) in [
        ("....", "0-"),
        ("##..", "2M-"),
        ("##..#", "2M-4M"),
        (".#..", "0-1M"),
        ("#.#.", "1M-2M"),
        ("###.", "3M-"),
        ("####", "whole: 4M"),
    ] {
        assert_eq!(file(picture).next(), asked, "{picture}");
    }
}

#[test]
fn a_file_without_a_known_size_is_asked_for_to_its_end() {
    assert_eq!(file("").unsized_().next(), "0-");
    assert_eq!(file("##").unsized_().next(), "2M-");
    assert_eq!(file("#.#").unsized_().next(), "1M-2M");
}

#[test]
fn a38_an_empty_file_is_whole_once_its_size_is_known() {
    assert_eq!(file("").next(), "whole: 0");
    assert_eq!(file("").expecting(5).next(), "impossible: validation-failed");
    assert_eq!(file("").judge(from(0), &whole(0)), "0 at 0");
}

#[test]
fn a39_sizes_around_a_piece_are_exact() {
    for size in [1, MIB - 1, MIB, MIB + 1] {
        let mut case = file("");
        case.file.remote_size = Some(size);
        assert_eq!(case.next(), "0-", "{size}");
        case.have.insert(ByteRange::new(0, size - 1));
        assert_eq!(case.next(), format!("{}-", bytes(size - 1)), "{size}");
        case.have.insert(ByteRange::new(size - 1, size));
        assert_eq!(case.next(), format!("whole: {}", bytes(size)));
        // Nothing was promised about bytes behind the end.
        case.have.insert(ByteRange::new(size, size + 1));
        assert_eq!(case.next(), "again: local-file-changed", "{size}");
    }
}

#[test]
fn a11_nothing_is_continued_that_nothing_proves() {
    assert_eq!(file("##..").proved_by(None).next(), "again: no-validator");
    assert_eq!(file("....").proved_by(None).next(), "0-");
    assert_eq!(file("####").proved_by(None).next(), "whole: 4M");
    // A digest tells in the end.
    assert_eq!(file("##..").proved_by(None).with_digest().next(), "2M-");
    assert_eq!(file("##..").proved_by(Some(date(1))).next(), "2M-");
}

#[test]
fn dynamic_content_and_custom_methods_are_fetched_whole_or_again() {
    let dynamic = |settings: &mut JobSettings| settings.dynamic_content = true;
    let method = |settings: &mut JobSettings| settings.http_method = Some("POST".to_owned());
    for change in [dynamic as fn(&mut JobSettings), method] {
        assert_eq!(file("....").told(change).next(), "everything");
        assert_eq!(file("##..").told(change).next(), "again: dynamic");
        assert_eq!(file("####").told(change).next(), "whole: 4M");
    }
    let case = file("....").told(dynamic);
    assert_eq!(case.judge(Ask::Whole, &whole(4)), "4M at 0");
}

#[test]
fn a01_a_200_to_a_range_is_read_up_to_a_near_hole_and_else_taken_from_the_start() {
    assert_eq!(file("#...").judge(from(1), &whole(4)), "3M at 1M, skip 1M");
    assert_eq!(
        file("##..").judge(from(2), &whole(4)),
        "afresh range-unsupported, 4M at 0",
        "a MiB is passed over, more is not"
    );
    assert_eq!(file("....").judge(from(0), &whole(4)), "4M at 0");
    let hole = Ask::Exactly(ByteRange::new(MIB, 2 * MIB));
    assert_eq!(file("#.##").judge(hole, &whole(4)), "1M at 1M, skip 1M");
}

#[test]
fn a01_a_caller_who_forbids_restarts_keeps_what_is_here() {
    let forbid = |settings: &mut JobSettings| settings.forbid_restart = true;
    assert_eq!(file("##..").told(forbid).judge(from(2), &whole(4)), "refused: range-unsupported");
    assert_eq!(file("#...").told(forbid).judge(from(1), &whole(4)), "3M at 1M, skip 1M");
    // What belongs to another version is of no use to him either (A10).
    let changed = Answer { validator: Some(etag(2)), ..whole(4) };
    assert_eq!(file("##..").told(forbid).judge(from(2), &changed), "afresh remote-changed, 4M at 0");
}

#[test]
fn a02_a31_no_more_is_taken_than_the_file_has() {
    // Chunked, so the answer tells no size; the record knows it.
    let endless = Answer { framing: Framing::Marked, ..answer(200, ByteRange::new(0, u64::MAX), None) };
    assert_eq!(file("#...").judge(from(1), &endless), "3M at 1M, skip 1M");
    assert_eq!(file("....").unsized_().judge(from(0), &endless), "all at 0");
    let hole = Ask::Exactly(ByteRange::new(MIB, 2 * MIB));
    assert_eq!(file("#.#").unsized_().judge(hole, &endless), "1M at 1M, skip 1M");
}

#[test]
fn a04_another_total_is_another_file() {
    assert_eq!(file("##..").judge(from(2), &rest(2, 5)), "again: remote-changed");
    assert_eq!(file("....").judge(from(0), &rest(0, 5)), "5M at 0", "nothing is here to be mixed");
}

#[test]
fn a05_a_short_206_is_accepted_and_the_rest_asked_for() {
    let short = answer(206, ByteRange::new(2 * MIB, 3 * MIB), Some(4 * MIB));
    assert_eq!(file("##..").judge(from(2), &short), "2M at 2M");
    assert_eq!(file("###.").next(), "3M-");
    let hole = Ask::Exactly(ByteRange::new(MIB, 3 * MIB));
    let short = answer(206, ByteRange::new(MIB, 2 * MIB), Some(4 * MIB));
    assert_eq!(file("#..#").judge(hole, &short), "2M at 1M");
}

#[test]
fn a10_another_version_starts_the_file_again() {
    let table = [
        (Some(etag(1)), Some(etag(1)), "2M at 2M"),
        (Some(etag(1)), Some(etag(2)), "again: remote-changed"),
        (Some(etag(1)), Some(date(1)), "again: remote-changed"),
        (Some(date(1)), Some(date(1)), "2M at 2M"),
        (Some(date(1)), Some(date(2)), "again: remote-changed"),
        // A 206 must repeat the entity tag, and should leave the date out (RFC 9110, 15.3.7).
        (Some(etag(1)), None, "again: remote-changed"),
        (Some(date(1)), None, "2M at 2M"),
    ];
    for (before, now, verdict) in table {
        let case = file("##..").proved_by(before.clone());
        let now = Answer { validator: now, ..rest(2, 4) };
        assert_eq!(case.judge(from(2), &now), verdict, "{before:?} then {:?}", now.validator);
    }
    // The answer to If-Range of another version is 200.
    let other = Answer { validator: Some(etag(2)), ..whole(3) };
    assert_eq!(file("##..").judge(from(2), &other), "afresh remote-changed, 3M at 0");
    // A digest tells in the end; a server that stopped to say its version may go on.
    let silent = Answer { validator: None, ..rest(2, 4) };
    assert_eq!(file("##..").with_digest().judge(from(2), &silent), "2M at 2M");
}

#[test]
fn what_proved_the_first_bytes_proves_the_rest_that_a_206_vouches_for() {
    let case = file("##..").proved_by(Some(date(1)));
    let silent = Answer { validator: None, ..rest(2, 4) };
    assert_eq!(validator_of(&case.file, &case.have, &silent, Whose::Same), Some(date(1)));
    let whole = Answer { validator: None, ..whole(4) };
    assert_eq!(validator_of(&case.file, &case.have, &whole, Whose::Same), None);
    assert_eq!(validator_of(&case.file, &RangeSet::new(), &silent, Whose::Same), None);
    assert_eq!(validator_of(&case.file, &case.have, &rest(2, 4), Whose::Same), Some(etag(1)));
}

#[test]
fn a14_a_file_without_a_size_is_refused_only_where_the_job_requires_one() {
    let chunked = answer(200, ByteRange::new(0, u64::MAX), None);
    assert_eq!(file("").unsized_().judge(from(0), &chunked), "all at 0");
    let require = |settings: &mut JobSettings| settings.require_size = true;
    assert_eq!(file("").unsized_().told(require).judge(from(0), &chunked), "refused: size-unknown");
    assert_eq!(file("").told(require).judge(from(0), &whole(4)), "4M at 0");
}

#[test]
fn a19_a_body_that_ends_with_the_connection_is_refused_unless_somebody_can_tell() {
    let chunked = answer(200, ByteRange::new(0, u64::MAX), None);
    let until_close = Answer { framing: Framing::UntilClose, ..chunked };
    let case = file("").unsized_();
    assert_eq!(case.judge(from(0), &until_close), "refused: size-unknown");
    assert_eq!(case.clone().with_digest().judge(from(0), &until_close), "all at 0");
    let allow = |settings: &mut JobSettings| settings.allow_unverified = true;
    assert_eq!(case.told(allow).judge(from(0), &until_close), "all at 0");
}

#[test]
fn the_expected_size_binds_the_server() {
    let case = file("....").expecting(4 * MIB);
    assert_eq!(case.judge(from(0), &whole(4)), "4M at 0");
    assert_eq!(case.judge(from(0), &whole(5)), "refused: validation-failed");
    assert_eq!(case.judge(from(0), &rest(0, 3)), "refused: validation-failed");
    assert_eq!(file("###").expecting(4 * MIB).next(), "impossible: validation-failed");
}

#[test]
fn a23_a_login_page_is_not_the_file() {
    let page = Answer {
        media_type: Some("text/html".to_owned()),
        validator: None,
        ..answer(200, ByteRange::new(0, 700), Some(700))
    };
    assert_eq!(file("##..").judge(from(2), &page), "refused: captive-portal");
    assert_eq!(file("....").expecting(4 * MIB).judge(from(0), &page), "refused: captive-portal");
    // Nothing tells it from a file that happens to be a page.
    assert_eq!(file("....").judge(from(0), &page), "700 at 0");
    let mut html = file("##..");
    html.file.response_headers = Some("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_owned());
    assert_eq!(html.judge(from(2), &page), "afresh remote-changed, 700 at 0");
    let mut html = file("....").expecting(4 * MIB);
    html.file.spec.remote_name = "https://host/page.html".parse().unwrap();
    assert_eq!(html.judge(from(0), &page), "refused: validation-failed");
}

#[test]
fn ranges_are_put_together_in_the_order_given() {
    // The example of spec 9.4: 100–199, 900–999 and 400–499 give a 300-byte file in that order.
    let ranges = &[(100, Some(100)), (900, Some(100)), (400, Some(100))];
    let case = |have| Case::ranges(ranges, Some(1_000), have);
    for (have, asked) in [
        (&[][..], "100-200"),
        (&[(0, 100)], "900-1000"),
        (&[(0, 150)], "950-1000"),
        (&[(0, 200)], "400-500"),
        (&[(0, 100), (150, 300)], "900-950"),
        (&[(50, 300)], "100-150"),
        (&[(0, 300)], "whole: 300"),
    ] {
        assert_eq!(case(have).next(), asked, "{have:?}");
    }
    let asked = Ask::Exactly(ByteRange::new(950, 1_000));
    let part = answer(206, ByteRange::new(950, 1_000), Some(1_000));
    assert_eq!(case(&[(0, 150)]).judge(asked, &part), "50 at 150");
    assert_eq!(
        case(&[(0, 150)]).judge(asked, &answer(200, ByteRange::new(0, 1_000), Some(1_000))),
        "50 at 150, skip 950"
    );
}

#[test]
fn a_range_to_the_end_is_as_long_as_the_file_says() {
    let ranges = &[(900, None), (0, Some(10))];
    assert_eq!(Case::ranges(ranges, None, &[]).next(), "900-");
    assert_eq!(Case::ranges(ranges, None, &[(0, 50)]).next(), "950-");
    // Where the second begins is known with the size only.
    assert_eq!(Case::ranges(ranges, Some(1_000), &[(0, 100)]).next(), "0-10");
    assert_eq!(Case::ranges(ranges, Some(1_000), &[(0, 110)]).next(), "whole: 110");
    let last = answer(206, ByteRange::new(900, 1_000), Some(1_000));
    assert_eq!(Case::ranges(ranges, None, &[]).judge(Ask::From(900), &last), "100 at 0");
    let chunked = answer(200, ByteRange::new(0, u64::MAX), None);
    assert_eq!(Case::ranges(ranges, None, &[]).judge(Ask::From(900), &chunked), "all at 0, skip 900");
}

#[test]
fn a_range_outside_the_file_is_impossible() {
    // "Must lie in the remote file: checked at transfer" (spec 9.4).
    for (range, inside) in [
        ((90, Some(10)), true),
        ((91, Some(10)), false),
        ((100, Some(1)), false),
        ((99, None), true),
        ((100, None), false),
        ((u64::MAX - 1, Some(u64::MAX)), false),
    ] {
        let next = Case::ranges(&[range], Some(100), &[]).next();
        assert_eq!(next != "impossible: invalid-range", inside, "{range:?}: {next}");
    }
}

#[test]
fn parts_need_no_validator_but_are_not_continued_without_one() {
    let ranges = &[(100, Some(100)), (900, Some(100))];
    let untagged = |have| Case::ranges(ranges, Some(1_000), have).proved_by(None);
    assert_eq!(untagged(&[(0, 100)]).next(), "900-1000");
    assert_eq!(untagged(&[(0, 150)]).next(), "again: no-validator");
    let part = Answer { validator: None, ..answer(206, ByteRange::new(900, 1_000), Some(1_000)) };
    let asked = Ask::Exactly(ByteRange::new(900, 1_000));
    assert_eq!(untagged(&[(0, 100)]).judge(asked, &part), "100 at 100");
    let grown = Answer { size: Some(2_000), ..part };
    assert_eq!(untagged(&[(0, 100)]).judge(asked, &grown), "again: remote-changed");
}

#[test]
fn a_part_that_only_a_distant_200_brings_is_refused() {
    let far = 3 * MIB;
    let case = Case::ranges(&[(far, Some(10))], Some(4 * MIB), &[]);
    let asked = Ask::Exactly(ByteRange::new(far, far + 10));
    assert_eq!(case.judge(asked, &whole(4)), "refused: range-unsupported");
    let case = Case::ranges(&[(0, Some(10)), (far, Some(10))], Some(4 * MIB), &[(0, 10)]);
    let changed = Answer { validator: Some(etag(2)), ..whole(4) };
    assert_eq!(case.judge(asked, &changed), "again: remote-changed");
}

/// What a good server does with a request: how much of it it serves, and whether it knows ranges.
#[derive(Clone, Copy, Debug)]
enum Good {
    Served,
    Short(u64),
    Whole,
}

fn good() -> impl Strategy<Value = Good> {
    prop_oneof![Just(Good::Served), (1u64..20).prop_map(Good::Short), Just(Good::Whole)]
}

/// A remote file of up to 200 bytes, and ranges of it that do not overlap, or none.
fn remote() -> impl Strategy<Value = (u64, Vec<FileRange>)> {
    let cuts = prop::collection::btree_set(0u64..200, 0..6);
    (0u64..200, cuts, any::<bool>(), any::<u64>()).prop_map(|(size, cuts, to_end, order)| {
        let cuts: Vec<u64> = cuts.into_iter().filter(|cut| *cut < size).collect();
        let mut ranges: Vec<FileRange> = cuts
            .windows(2)
            .map(|pair| FileRange { offset: pair[0], length: Some(pair[1] - pair[0]) })
            .collect();
        if let Some(last) = cuts.last().filter(|_| to_end) {
            ranges.push(FileRange { offset: *last, length: None });
        }
        let count = ranges.len().max(1);
        ranges.rotate_left(usize::try_from(order).unwrap_or(0) % count);
        (size, ranges)
    })
}

proptest! {
    /// Whatever good servers do, every byte is taken exactly once, each in its place, and the plan ends.
    #[test]
    fn every_byte_is_taken_once(
        (size, ranges) in remote(),
        servers in prop::collection::vec(good(), 1..10),
        digest in any::<bool>(),
        tagged in any::<bool>(),
    ) {
        let mut case = Case::ranges(&[], None, &[]).proved_by(None);
        case.file.spec.ranges = ranges.clone();
        case.file.spec.digest = digest.then_some(Digest::Sha256([0; 32]));
        // The bytes of the remote file that stand in the finished one.
        let mut output: Vec<Option<u64>> = Vec::new();
        let mut servers = servers.into_iter().cycle();
        for _ in 0..500 {
            match next(&case.file, &case.settings, &case.have) {
                Next::Whole { size: total } => {
                    prop_assert_eq!(total, output.len() as u64);
                    let expected: Vec<Option<u64>> = if ranges.is_empty() {
                        (0..size).map(Some).collect()
                    } else {
                        let resolved = ranges.iter().map(|range| range.resolve(Some(size)));
                        resolved.flat_map(|range| range.start..range.end).map(Some).collect()
                    };
                    prop_assert_eq!(output, expected);
                    return Ok(());
                }
                Next::Ask(ask) => serve(&mut case, &mut output, ask, size, servers.next().unwrap(), tagged),
                Next::StartAgain(why) => {
                    // Only what nothing proves is fetched twice.
                    prop_assert!(!tagged && !digest, "{}", why.word());
                    case.file.start_again();
                    case.have = RangeSet::new();
                    output.clear();
                    // A server that never serves a part at once would go on like this.
                    servers = vec![Good::Served].into_iter().cycle();
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
        prop_assert!(false, "the plan does not end");
    }
}

/// Answers a request as a good server would, and takes of it what the plan says.
fn serve(case: &mut Case, output: &mut Vec<Option<u64>>, ask: Ask, size: u64, server: Good, tagged: bool) {
    if ask.start() >= size {
        // 416 with the size (A21, A38).
        case.file.remote_size = Some(size);
        return;
    }
    let asked = match ask {
        Ask::Whole => ByteRange::new(0, size),
        Ask::From(start) => ByteRange::new(start, size),
        Ask::Exactly(range) => ByteRange::new(range.start, range.end.min(size)),
    };
    let (status, range) = match server {
        Good::Whole => (200, ByteRange::new(0, size)),
        Good::Served => (206, asked),
        Good::Short(most) => (206, ByteRange::new(asked.start, asked.end.min(asked.start + most))),
    };
    let given = answer(status, range, Some(size));
    let given = Answer { validator: tagged.then(|| etag(1)), ..given };
    let take = match judge(&case.file, &case.settings, &case.have, ask, &given, Whose::Same) {
        Verdict::Take(take) => take,
        other => panic!("a good answer is taken: {other:?}"),
    };
    assert_eq!(take.afresh, None, "everything is near");
    let body = (range.start + take.skip)..range.end;
    let kept = (body.end - body.start).min(take.limit.unwrap_or(u64::MAX));
    for at in 0..kept {
        let place = usize::try_from(take.output + at).unwrap();
        if output.len() <= place {
            output.resize(place + 1, None);
        }
        assert_eq!(output[place], None, "byte {place} is taken twice");
        output[place] = Some(body.start + at);
    }
    case.file.remote_size = Some(size);
    case.file.validator = validator_of(&case.file, &case.have, &given, Whose::Same);
    case.have.insert(ByteRange::new(take.output, take.output + kept));
}
