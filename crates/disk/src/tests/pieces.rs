//! Files with a list of their pieces: what is wrong is found, forgotten for good, and comes again (faults D01, D02,
//! D03, D11).

use std::sync::Arc;

use bgcopy_core::{ByteRange, Code, ErrorContext, Existing, LocalName, RangeSet};
use proptest::prelude::*;
use rustix::io::Errno;

use crate::testing::{Effect, Faulty, Op, Site, content, pieces_of, sha_256};
use crate::{Part, PartSpec, Role, publish_on};

const PIECE: usize = 100_000;

/// A part that knows its pieces, and its digest too.
fn spec(site: &Site, bytes: &[u8], piece: usize) -> PartSpec {
    PartSpec {
        size: Some(bytes.len() as u64),
        digest: Some(sha_256(bytes)),
        pieces: Some(Arc::new(pieces_of(bytes, piece as u64))),
        ..site.spec()
    }
}

fn set(ranges: &[(u64, u64)]) -> RangeSet {
    ranges.iter().map(|&(start, end)| ByteRange::new(start, end)).collect()
}

/// The bytes with one bit wrong.
fn damaged(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn a_wrong_piece_is_told_of_once_and_its_bytes_are_not_here_any_more() {
    // D01.
    let site = Site::new();
    let bytes = content(350_000);
    let mut part = site.create(&spec(&site, &bytes, PIECE)).unwrap();
    part.write(0, &damaged(&bytes, 150_000)).unwrap();
    assert!(part.has_spoiled());
    assert_eq!(part.take_spoiled(), [ByteRange::new(100_000, 200_000)]);
    assert_eq!(part.take_spoiled(), []);
    let left = set(&[(0, 100_000), (200_000, 350_000)]);
    assert_eq!((part.written(), &part.proved()), (&left, &left));
    assert_eq!(part.checkpoint(false).unwrap(), left);
    // It comes again, wrong again, then right.
    part.write(100_000, &damaged(&bytes, 199_999)[100_000..200_000]).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(100_000, 200_000)]);
    part.write(100_000, &bytes[100_000..200_000]).unwrap();
    assert_eq!(part.take_spoiled(), []);
    let finished = part.finish(350_000).unwrap();
    assert!(finished.pieces_matched && finished.digest == Some(sha_256(&bytes)));
    publish_on(&site.fs, &site.publish(part.temporary(), Existing::Refuse)).unwrap();
    assert!(std::fs::read(site.name().path()).unwrap() == bytes);
}

#[test]
fn who_waits_for_a_part_does_not_wait_for_its_pieces_and_they_are_judged_later() {
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&spec).unwrap();
    part.judge_unless(Some(Box::new(|| true)));
    // Out of order: both pieces would have to be read back.
    let wrong = damaged(&bytes, 150_000);
    for (start, end) in [(50_000, 100_000), (0, 50_000), (150_000, 200_000), (100_000, 150_000)] {
        part.write(start as u64, &wrong[start..end]).unwrap();
    }
    assert!(!part.has_spoiled() && part.proved().is_empty());
    assert_eq!(part.written(), &set(&[(0, 200_000)]));
    part.checkpoint(true).unwrap();
    let (_, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, set(&[(0, 100_000)]), "a later run judges them");
    part.judge_unless(None);
    part.expect(spec.digest.as_ref(), spec.pieces.clone()).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(100_000, 200_000)]);
    assert_eq!(part.proved(), set(&[(0, 100_000)]));
}

#[test]
fn bytes_that_are_thrown_away_come_again_and_no_crash_brings_them_back() {
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&spec).unwrap();
    // Nobody knows yet that it is wrong.
    part.write(0, &damaged(&bytes, 110_000)[..150_000]).unwrap();
    part.checkpoint(true).unwrap();
    part.forget(ByteRange::new(100_000, 200_000)).unwrap();
    part.forget(ByteRange::new(300_000, 350_000)).unwrap();
    assert_eq!((part.written(), part.digested()), (&set(&[(0, 100_000)]), Some(0)));
    let (reopened, proved) = Part::reopen(&PartSpec { pieces: None, ..spec }, part.temporary()).unwrap();
    assert_eq!((&proved, reopened.written()), (&set(&[(0, 100_000)]), &set(&[(0, 100_000)])));
    part.write(100_000, &bytes[100_000..]).unwrap();
    assert_eq!(part.take_spoiled(), []);
    assert!(part.finish(350_000).unwrap().pieces_matched);
}

#[test]
fn what_is_proved_is_not_written_over() {
    let site = Site::new();
    let bytes = content(350_000);
    let mut part = site.create(&spec(&site, &bytes, PIECE)).unwrap();
    part.write(100_000, &bytes[100_000..200_000]).unwrap();
    part.write(50_000, &damaged(&bytes, 150_000)[50_000..250_000]).unwrap();
    assert_eq!(part.written(), &set(&[(50_000, 250_000)]));
    part.write(0, &bytes[..50_000]).unwrap();
    part.write(250_000, &bytes[250_000..]).unwrap();
    assert_eq!(part.take_spoiled(), []);
    assert!(part.finish(350_000).unwrap().pieces_matched);
}

#[test]
fn a_wrong_piece_costs_the_digest_a_piece_and_not_a_reading_of_the_file() {
    let site = Site::new();
    let bytes = content(5 << 20);
    let mut part = site.create(&spec(&site, &bytes, 1 << 20)).unwrap();
    let wrong = damaged(&bytes, (4 << 20) + 7);
    for (index, chunk) in wrong.chunks(200_000).enumerate() {
        part.write(index as u64 * 200_000, chunk).unwrap();
    }
    assert_eq!(part.digested(), Some(4 << 20));
    assert_eq!(part.take_spoiled(), [ByteRange::new(4 << 20, 5 << 20)]);
    part.write(4 << 20, &bytes[4 << 20..]).unwrap();
    assert_eq!(part.digested(), Some(5 << 20));
    // Nothing has to be read for the end.
    site.fs.times(Op::Read, Role::Data, 0, usize::MAX, Effect::Fails(Errno::IO));
    assert!(part.finish(5 << 20).unwrap().pieces_matched);
}

#[test]
fn no_crash_brings_a_wrong_piece_back() {
    // Half of the wrong piece was recorded before it was known that it is wrong; what is beside it in the same
    // stretch of the log stays.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    for sync in [false, true] {
        let mut part = site.create(&spec).unwrap();
        let wrong = damaged(&bytes, 110_000);
        part.write(0, &wrong[..150_000]).unwrap();
        part.checkpoint(sync).unwrap();
        part.write(150_000, &wrong[150_000..250_000]).unwrap();
        assert_eq!(part.take_spoiled(), [ByteRange::new(100_000, 200_000)]);
        let left = set(&[(0, 100_000), (200_000, 250_000)]);
        for without_list in [true, false] {
            let pieces = if without_list { None } else { spec.pieces.clone() };
            let (part, proved) =
                Part::reopen(&PartSpec { pieces, ..spec.clone() }, part.temporary()).unwrap();
            assert_eq!((&proved, part.written()), (&left, &left), "{sync} {without_list}");
        }
    }
}

#[test]
fn bytes_that_came_twice_do_not_come_back_either() {
    // The second writing makes the record of the first one void, but where both wrote the same it is still true.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&spec).unwrap();
    let wrong = damaged(&bytes, 110_000);
    part.write(100_000, &wrong[100_000..150_000]).unwrap();
    part.checkpoint(false).unwrap();
    part.write(149_999, &wrong[149_999..200_000]).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(100_000, 200_000)]);
    let (_, proved) = Part::reopen(&PartSpec { pieces: None, ..spec }, part.temporary()).unwrap();
    assert_eq!(proved, RangeSet::new());
}

#[test]
fn a_failed_sync_does_not_bring_a_wrong_piece_back() {
    // E18 after D01: the log goes back to what was synced, but not to the piece.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&spec).unwrap();
    let wrong = damaged(&bytes, 110_000);
    part.write(0, &wrong[..150_000]).unwrap();
    part.checkpoint(true).unwrap();
    part.write(150_000, &wrong[150_000..]).unwrap();
    assert_eq!(part.take_spoiled().len(), 1);
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
    part.checkpoint(true).unwrap_err();
    assert_eq!(site.fs.fired(), 1);
    assert!(
        part.written().first_gap(ByteRange::new(100_000, 200_000)) == Some(ByteRange::new(100_000, 200_000))
    );
    let (reopened, proved) =
        Part::reopen(&PartSpec { pieces: None, ..spec.clone() }, part.temporary()).unwrap();
    assert_eq!(reopened.written(), &proved);
    assert!(proved.first_gap(ByteRange::new(100_000, 200_000)) == Some(ByteRange::new(100_000, 200_000)));
    // And the file still comes to its end.
    while let Some(gap) = part.written().first_gap(ByteRange::new(0, 350_000)) {
        part.write(gap.start, &bytes[gap.start as usize..gap.end as usize]).unwrap();
    }
    assert!(part.finish(350_000).unwrap().pieces_matched);
}

#[test]
fn a_log_that_cannot_tell_of_a_wrong_piece_tells_nothing() {
    // E04: less survives, and nothing wrong.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&spec).unwrap();
    let wrong = damaged(&bytes, 110_000);
    part.write(0, &wrong[..150_000]).unwrap();
    part.checkpoint(false).unwrap();
    site.fs.once(Op::Write, Role::Log, 0, Effect::Fails(Errno::NOSPC));
    part.write(150_000, &wrong[150_000..]).unwrap();
    assert_eq!((site.fs.fired(), part.take_spoiled().len()), (1, 1));
    let (_, proved) = Part::reopen(&PartSpec { pieces: None, ..spec }, part.temporary()).unwrap();
    assert_eq!(proved, RangeSet::new());
    part.write(100_000, &bytes[100_000..200_000]).unwrap();
    assert!(part.finish(350_000).unwrap().pieces_matched);
}

#[test]
fn pieces_that_decayed_while_nobody_worked_are_gaps() {
    // D11: also where the checksum of the log was made from bytes that were wrong already.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let mut part = site.create(&PartSpec { pieces: None, ..spec.clone() }).unwrap();
    part.write(0, &damaged(&bytes, 250_000)).unwrap();
    part.checkpoint(true).unwrap();
    let (mut part, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, set(&[(0, 200_000), (300_000, 350_000)]));
    assert_eq!(part.take_spoiled(), [], "whoever asks what is here need not be told what is not");
    part.write(200_000, &bytes[200_000..300_000]).unwrap();
    assert!(part.finish(350_000).unwrap().pieces_matched);
}

#[test]
fn a_list_that_is_learned_late_counts_for_what_is_here_already() {
    let site = Site::new();
    let bytes = content(350_000);
    let PartSpec { digest, pieces, .. } = spec(&site, &bytes, PIECE);
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &damaged(&bytes, 5)[..320_000]).unwrap();
    part.set_size(350_000).unwrap();
    part.expect(digest.as_ref(), pieces.clone()).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(0, 100_000)]);
    part.expect(digest.as_ref(), pieces.clone()).unwrap();
    assert_eq!(part.take_spoiled(), []);
    part.write(0, &bytes[..100_000]).unwrap();
    part.write(320_000, &bytes[320_000..]).unwrap();
    let finished = part.finish(350_000).unwrap();
    assert_eq!((finished.pieces_matched, finished.digest), (true, digest));
    // Another list is another promise, and none is none.
    let other = Some(Arc::new(pieces_of(&damaged(&bytes, 5), PIECE as u64)));
    part.expect(None, other).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(0, 100_000)]);
    part.write(0, &bytes[..50_000]).unwrap();
    part.write(50_000, &bytes[50_000..100_000]).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(0, 100_000)]);
    part.write(0, &bytes[..100_000]).unwrap();
    part.take_spoiled();
    part.expect(None, None).unwrap();
    part.write(0, &bytes[..100_000]).unwrap();
    let finished = part.finish(350_000).unwrap();
    assert_eq!((finished.pieces_matched, finished.digest), (false, None));
}

#[test]
fn the_last_piece_of_a_file_whose_size_is_not_known_is_judged_at_the_end() {
    let site = Site::new();
    let bytes = content(350_000);
    for at in [None, Some(349_999)] {
        let spec = PartSpec { size: None, digest: None, ..spec(&site, &bytes, PIECE) };
        let mut part = site.create(&spec).unwrap();
        let sent = at.map_or_else(|| bytes.clone(), |at| damaged(&bytes, at));
        part.write(0, &sent).unwrap();
        assert_eq!(part.take_spoiled(), []);
        let finished = part.finish(350_000);
        match at {
            None => assert!(finished.unwrap().pieces_matched),
            Some(_) => {
                let fault = finished.unwrap_err();
                assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
                assert_eq!(fault.range, Some(ByteRange::new(300_000, 350_000)));
                assert_eq!(part.take_spoiled(), [ByteRange::new(300_000, 350_000)]);
                part.write(300_000, &bytes[300_000..]).unwrap();
                assert!(part.finish(350_000).unwrap().pieces_matched);
            }
        }
    }
}

#[test]
fn a_list_that_does_not_fit_the_file_is_refused_whenever_that_becomes_known() {
    // D03.
    let site = Site::new();
    let bytes = content(350_000);
    let spec = spec(&site, &bytes, PIECE);
    let wrong = |fault: bgcopy_core::Fault| {
        assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
        assert!(fault.detail.contains("4 piece hashes; 250000 bytes in pieces of 100000 have 3"), "{fault}");
    };
    wrong(site.create(&PartSpec { size: Some(250_000), ..spec.clone() }).err().unwrap());
    assert!(site.is_clean());
    let mut part = site.create(&PartSpec { size: None, digest: None, ..spec.clone() }).unwrap();
    wrong(part.set_size(250_000).unwrap_err());
    part.write(0, &bytes[..250_000]).unwrap();
    wrong(part.finish(250_000).unwrap_err());
    let mut part =
        site.create(&PartSpec { size: Some(250_000), pieces: None, digest: None, ..spec.clone() }).unwrap();
    wrong(part.expect(None, spec.pieces).unwrap_err());
}

#[test]
fn an_empty_file_has_no_pieces_and_none_is_wrong() {
    let site = Site::new();
    let mut part = site.create(&spec(&site, b"", PIECE)).unwrap();
    assert!(part.finish(0).unwrap().pieces_matched);
}

#[test]
fn a_wrong_digest_over_right_pieces_is_a_fault_of_the_remote_file() {
    // D02: somebody's promise is wrong.
    let site = Site::new();
    let bytes = content(350_000);
    let mut part =
        site.create(&PartSpec { digest: Some(sha_256(b"other")), ..spec(&site, &bytes, PIECE) }).unwrap();
    part.write(0, &bytes).unwrap();
    let fault = part.finish(350_000).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
    assert!(fault.detail.ends_with(", though every piece is as listed"), "{fault}");
}

#[test]
fn another_version_is_held_against_the_list_from_its_first_byte() {
    let site = Site::new();
    let bytes = content(350_000);
    let mut part = site.create(&spec(&site, &bytes, PIECE)).unwrap();
    part.write(0, &bytes[..300_000]).unwrap();
    part.restart().unwrap();
    assert_eq!(part.proved(), RangeSet::new());
    part.set_size(350_000).unwrap();
    part.write(0, &damaged(&bytes, 0)).unwrap();
    assert_eq!(part.take_spoiled(), [ByteRange::new(0, 100_000)]);
}

/// The old file, and a part that is made from it.
fn mended(site: &Site, old: &[u8], spec: PartSpec) -> Part<Faulty> {
    let path = site.folder.join("old");
    std::fs::write(&path, old).unwrap();
    site.create(&PartSpec { basis: Some(LocalName::new(path).unwrap()), ..spec }).unwrap()
}

#[test]
fn the_good_pieces_of_an_older_file_need_not_come() {
    let bytes = content(350_000);
    let cut = &bytes[..330_000];
    let longer = [&bytes[..], b"more"].concat();
    for (old, left) in [
        (&bytes[..], vec![(0, 350_000)]),
        (&damaged(&bytes, 150_000), vec![(0, 100_000), (200_000, 350_000)]),
        (cut, vec![(0, 300_000)]),
        (&longer, vec![(0, 350_000)]),
        (b"", vec![]),
    ] {
        let site = Site::new();
        let spec = spec(&site, &bytes, PIECE);
        let mut part = mended(&site, old, spec.clone());
        assert_eq!((part.written(), &part.proved()), (&set(&left), &set(&left)));
        assert_eq!(part.take_spoiled(), [], "nobody gave what is wrong in it");
        // It survives a crash from the start.
        let (_, proved) = Part::reopen(&spec, part.temporary()).unwrap();
        assert_eq!(proved, set(&left));
        while let Some(gap) = part.written().first_gap(ByteRange::new(0, 350_000)) {
            part.write(gap.start, &bytes[gap.start as usize..gap.end as usize]).unwrap();
        }
        let finished = part.finish(350_000).unwrap();
        assert!(finished.pieces_matched && finished.digest == Some(sha_256(&bytes)));
        assert!(std::fs::read(part.temporary()).unwrap() == bytes);
        assert!(std::fs::read(site.folder.join("old")).unwrap() == old, "it stays as it is");
    }
}

#[test]
fn an_older_file_is_also_copied_where_the_system_cannot_and_around_what_cannot_be_read() {
    let bytes = content(1_000_000);
    for (errno, unreadable) in [(Errno::XDEV, false), (Errno::NOSYS, false), (Errno::IO, true)] {
        let site = Site::new();
        site.fs.once(Op::Copy, Role::Data, 0, Effect::Fails(errno));
        if unreadable {
            // The second stretch of 256 KiB.
            site.fs.once(Op::Read, Role::Data, 1, Effect::Fails(Errno::IO));
        }
        let part = mended(&site, &bytes, spec(&site, &bytes, PIECE));
        let whole = set(&[(0, 1_000_000)]);
        let expected = if unreadable { set(&[(0, 200_000), (600_000, 1_000_000)]) } else { whole };
        assert_eq!(part.written(), &expected, "{errno}");
        assert_eq!(site.fs.fired(), 1 + usize::from(unreadable));
    }
    // The same at the very end, which then is a hole.
    let site = Site::new();
    site.fs.once(Op::Copy, Role::Data, 0, Effect::Fails(Errno::IO));
    site.fs.once(Op::Read, Role::Data, 3, Effect::Fails(Errno::IO));
    let part = mended(&site, &bytes, spec(&site, &bytes, PIECE));
    assert_eq!(part.written(), &set(&[(0, 700_000)]));
}

#[test]
fn without_a_list_an_older_file_is_taken_when_all_of_it_is_right_and_else_not_at_all() {
    let bytes = content(350_000);
    for (old, left) in
        [(&bytes[..], vec![(0, 350_000)]), (&damaged(&bytes, 150_000), vec![]), (&bytes[..349_999], vec![])]
    {
        for size in [None, Some(350_000)] {
            let site = Site::new();
            let spec = PartSpec { pieces: None, size, ..spec(&site, &bytes, PIECE) };
            let mut part = mended(&site, old, spec);
            assert_eq!(part.written(), &set(&left));
            if left.is_empty() {
                part.write(0, &bytes).unwrap();
            }
            assert_eq!(part.finish(350_000).unwrap().digest, Some(sha_256(&bytes)));
        }
    }
    // Where nothing tells right from wrong, everything has to come.
    let site = Site::new();
    let part = mended(&site, &bytes, PartSpec { pieces: None, digest: None, ..spec(&site, &bytes, PIECE) });
    assert_eq!(part.written(), &RangeSet::new());
}

#[test]
fn an_older_file_that_cannot_be_read_is_a_fault_that_names_it() {
    let site = Site::new();
    let bytes = content(350_000);
    let basis = Some(LocalName::new(site.folder.join("gone")).unwrap());
    let fault = site.create(&PartSpec { basis, ..spec(&site, &bytes, PIECE) }).err().unwrap();
    assert_eq!((fault.code, fault.context), (Code::PathNotFound, ErrorContext::LocalFile));
    assert!(fault.detail.contains("/gone"), "{fault}");
    assert!(site.is_clean());
    // Nor does a full volume leave anything behind, and it is not the older file's fault.
    site.fs.once(Op::Copy, Role::Data, 0, Effect::Fails(Errno::NOSPC));
    std::fs::write(site.folder.join("gone"), &bytes).unwrap();
    let basis = Some(LocalName::new(site.folder.join("gone")).unwrap());
    let fault = site.create(&PartSpec { basis, ..spec(&site, &bytes, PIECE) }).err().unwrap();
    assert_eq!(fault.code, Code::DiskFull);
    assert_eq!(site.names(), ["gone"]);
}

#[test]
fn a_part_that_died_before_it_had_anything_looks_at_the_older_file_again() {
    let site = Site::new();
    let bytes = content(350_000);
    let path = site.folder.join("old");
    std::fs::write(&path, &bytes).unwrap();
    let spec = PartSpec { basis: Some(LocalName::new(path).unwrap()), ..spec(&site, &bytes, PIECE) };
    let part = site.create(&PartSpec { basis: None, ..spec.clone() }).unwrap();
    let (_, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, set(&[(0, 350_000)]));
}

const SIZE: usize = 200_000;

/// One of several connections brings so many of its bytes, a bit of which may be wrong; or the power of time.
#[derive(Clone, Debug)]
enum Step {
    Bring { connection: usize, len: usize, wrong: Option<usize> },
    Jump { connection: usize, to: usize },
    Checkpoint { sync: bool },
    CatchUp,
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wrong = proptest::option::weighted(0.1, 0usize..30_000);
    let step = prop_oneof![
        20 => (0..4usize, 1..30_000usize, wrong)
            .prop_map(|(connection, len, wrong)| Step::Bring { connection, len, wrong }),
        4 => (0..4usize, 0..SIZE).prop_map(|(connection, to)| Step::Jump { connection, to }),
        2 => any::<bool>().prop_map(|sync| Step::Checkpoint { sync }),
        1 => Just(Step::CatchUp),
        1 => Just(Step::Kill),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What the file should hold, byte by byte, as somebody would keep it who remembers everything.
struct Model {
    bytes: Vec<u8>,
    piece: usize,
    /// What was brought for each byte.
    here: Vec<Option<u8>>,
    right: Vec<bool>,
}

impl Model {
    fn pieces(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + use<> {
        let (piece, size) = (self.piece, self.bytes.len());
        (0..size.div_ceil(piece)).map(move |index| (index, index * piece..((index + 1) * piece).min(size)))
    }

    /// Whether bytes that are about to be brought differ from those that they are written over.
    fn changes(&self, offset: usize, bytes: &[u8]) -> bool {
        let open = (offset..).zip(bytes).filter(|(at, _)| !self.right[at / self.piece]);
        open.into_iter().any(|(at, byte)| self.here[at].is_some_and(|here| here != *byte))
    }

    /// Bytes are brought; says which pieces turn out to be wrong.
    fn bring(&mut self, offset: usize, bytes: &[u8]) -> Vec<ByteRange> {
        for (at, byte) in (offset..).zip(bytes) {
            if !self.right[at / self.piece] {
                self.here[at] = Some(*byte);
            }
        }
        let touched = offset / self.piece..(offset + bytes.len()).div_ceil(self.piece);
        let mut spoiled = Vec::new();
        for (index, range) in self.pieces().skip(touched.start).take(touched.len()) {
            if self.right[index] || self.here[range.clone()].iter().any(Option::is_none) {
                continue;
            }
            let is_right = range.clone().all(|at| self.here[at] == Some(self.bytes[at]));
            self.right[index] = is_right;
            if !is_right {
                self.here[range.clone()].fill(None);
                spoiled.push(ByteRange::new(range.start as u64, range.end as u64));
            }
        }
        spoiled
    }

    fn written(&self) -> RangeSet {
        let mut written = RangeSet::new();
        let mut at = 0u64;
        for run in self.here.chunk_by(|one, next| one.is_some() == next.is_some()) {
            let end = at + run.len() as u64;
            if run[0].is_some() {
                written.insert(ByteRange::new(at, end));
            }
            at = end;
        }
        written
    }

    /// After a crash: what is left, in a file that holds this. What the log vouches for may have been lost to a
    /// byte written over it, and be back with that byte.
    fn keep(&mut self, left: &RangeSet, file: &[u8]) {
        for range in left.iter() {
            let range = range.start as usize..range.end as usize;
            for (here, byte) in self.here[range.clone()].iter_mut().zip(&file[range]) {
                here.get_or_insert(*byte);
            }
        }
        let mut lost = 0;
        while let Some(gap) = left.first_gap(ByteRange::new(lost, self.here.len() as u64)) {
            self.here[gap.start as usize..gap.end as usize].fill(None);
            lost = gap.end;
        }
        for (index, range) in self.pieces() {
            self.right[index] &= left.contains(ByteRange::new(range.start as u64, range.end as u64));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the pieces, the order, the chunks and the errors in them: what is written is what was brought and
    /// is not known to be wrong, every wrong piece is told of once for each time that it was whole, no crash
    /// brings anything back that was found to be wrong, and the end is right.
    #[test]
    fn what_is_here_is_exactly_what_is_not_known_to_be_wrong(
        piece in prop_oneof![1_024..5_000usize, 10_000..80_000usize, Just(1 << 16), Just(SIZE)],
        shorter in 0..5_000usize,
        steps in steps(),
    ) {
        let site = Site::new();
        let bytes = content(SIZE - shorter);
        let size = bytes.len();
        let spec = spec(&site, &bytes, piece);
        let mut part = site.create(&spec).unwrap();
        let (here, right) = (vec![None; size], vec![false; size.div_ceil(piece)]);
        let mut model = Model { bytes: bytes.clone(), piece, here, right };
        let mut heads = [0, size / 4, size / 2, size * 3 / 4];
        let (mut safe, mut logged) = (RangeSet::new(), RangeSet::new());
        for step in steps {
            match step {
                Step::Bring { connection, len, wrong } => {
                    let start = heads[connection].min(size);
                    let end = (start + len).min(size);
                    let mut sent = bytes[start..end].to_vec();
                    if let Some(byte) = wrong.and_then(|at| sent.get_mut(at)) {
                        *byte ^= 0x10;
                    }
                    heads[connection] = end;
                    part.write(start as u64, &sent).unwrap();
                    if model.changes(start, &sent) {
                        // Then the checksum of all that lies in the same stretch of the log is void.
                        safe = RangeSet::new();
                    }
                    let spoiled = model.bring(start, &sent);
                    prop_assert_eq!(&part.take_spoiled(), &spoiled);
                    prop_assert_eq!(part.written(), &model.written());
                    for piece in spoiled {
                        safe.remove(piece);
                        logged.remove(piece);
                    }
                }
                Step::Jump { connection, to } => heads[connection] = to,
                Step::Checkpoint { sync } => {
                    safe = part.checkpoint(sync).unwrap();
                    prop_assert_eq!(&safe, part.written());
                    safe.iter().for_each(|range| logged.insert(range));
                }
                Step::CatchUp => part.catch_up_digest(60_000).unwrap(),
                Step::Kill => {
                    let temporary = part.temporary().to_owned();
                    let mut before = part.written().clone();
                    logged.iter().for_each(|range| before.insert(range));
                    drop(part);
                    let (reopened, proved) = Part::reopen_on(site.fs.clone(), &spec, &temporary).unwrap();
                    prop_assert!(proved.iter().all(|range| before.contains(range)), "{before:?} {proved:?}");
                    prop_assert!(safe.iter().all(|range| proved.contains(range)), "{safe:?} {proved:?}");
                    model.keep(&proved, &std::fs::read(&temporary).unwrap());
                    (part, safe) = (reopened, proved);
                }
            }
            for (index, range) in model.pieces() {
                let range = ByteRange::new(range.start as u64, range.end as u64);
                prop_assert_eq!(part.proved().contains(range), model.right[index]);
            }
        }
        // Honest sources bring the rest; what is wrong in half a piece is found then.
        for _ in 0..2 {
            while let Some(gap) = part.written().first_gap(ByteRange::new(0, size as u64)) {
                part.write(gap.start, &bytes[gap.start as usize..gap.end as usize]).unwrap();
            }
        }
        let finished = part.finish(size as u64).unwrap();
        prop_assert!(finished.pieces_matched && finished.digest == spec.digest);
        prop_assert!(std::fs::read(part.temporary()).unwrap() == bytes);
    }

    /// Power cut (F04): nothing that was found to be wrong comes back, though what told of it was not asked to be
    /// synced.
    #[test]
    fn after_a_power_cut_no_wrong_piece_comes_back(
        at in 0..SIZE,
        chunk in 5_000..60_000usize,
        synced_at in 0..40usize,
        lost in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let site = Site::new();
        let bytes = content(SIZE);
        let spec = spec(&site, &bytes, PIECE / 2);
        let mut part = site.create(&spec).unwrap();
        site.fs.keep_journal();
        for (index, sent) in damaged(&bytes, at).chunks(chunk).enumerate() {
            part.write((index * chunk) as u64, sent).unwrap();
            part.checkpoint(index == synced_at).unwrap();
        }
        let start = (at * 2 / PIECE * PIECE / 2) as u64;
        let piece = ByteRange::new(start, start + PIECE as u64 / 2);
        prop_assert_eq!(part.take_spoiled(), [piece]);
        let temporary = part.temporary().to_owned();
        drop(part);
        let mut lost = lost.into_iter().cycle();
        site.fs.cut_power(|| lost.next().unwrap());
        let (_, proved) = Part::reopen(&PartSpec { pieces: None, ..spec }, &temporary).unwrap();
        prop_assert_eq!(proved.first_gap(piece), Some(piece));
    }
}
