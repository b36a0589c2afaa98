//! The main road.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use bgcopy_core::limits::PIECE_BYTES;
use bgcopy_core::{ByteRange, Code, ErrorContext, Existing, RangeSet, Wall};

use crate::publish::{publish, publish_on};
use crate::testing::{Site, content, sha_256};
use crate::{Part, discard, forget};

fn set(ranges: &[(u64, u64)]) -> RangeSet {
    ranges.iter().map(|&(start, end)| ByteRange::new(start, end)).collect()
}

#[test]
fn a_part_can_move_between_threads() {
    fn moves<T: Send>() {}
    moves::<Part>();
}

#[test]
fn a_file_is_written_killed_resumed_finished_and_published() {
    let site = Site::new();
    let bytes = content(5 * PIECE_BYTES as usize / 2);
    let spec =
        crate::PartSpec { size: Some(bytes.len() as u64), digest: Some(sha_256(&bytes)), ..site.spec() };
    let temporary = {
        let mut part = Part::create(&spec).unwrap();
        part.write(0, &bytes[..1_500_000]).unwrap();
        assert_eq!(part.checkpoint(false).unwrap(), set(&[(0, 1_500_000)]));
        part.write(1_500_000, &bytes[1_500_000..1_600_000]).unwrap();
        part.temporary().to_owned()
        // Dropped without a word: as after kill -9.
    };
    assert_eq!(std::fs::metadata(&temporary).unwrap().permissions().mode() & 0o777, 0o600);

    let (mut part, proved) = Part::reopen(&spec, &temporary).unwrap();
    assert_eq!(proved, set(&[(0, 1_500_000)]), "what was logged, and no more");
    part.write(1_500_000, &bytes[1_500_000..]).unwrap();
    let finished = part.finish(bytes.len() as u64).unwrap();
    assert_eq!(finished.digest, spec.digest);
    assert!(!spec.local_name.path().exists(), "the name appears only when it is published");

    let published = crate::Publish {
        last_modified: Some(Wall::from_unix_millis(1_000_000_000_123)),
        mode: 0o777,
        ..site.publish(&temporary, Existing::Refuse)
    };
    assert!(!publish(&published).unwrap().already);
    forget(&spec.log).unwrap();
    let meta = std::fs::metadata(spec.local_name.path()).unwrap();
    assert_eq!((meta.mtime(), meta.mtime_nsec()), (1_000_000_000, 123_000_000));
    assert_eq!(meta.permissions().mode() & 0o7777, 0o666, "E26: never executable");
    assert_eq!(std::fs::read(spec.local_name.path()).unwrap(), bytes);
    assert_eq!(site.names(), ["file.bin"]);
}

#[test]
fn a_digest_catches_up_with_what_came_out_of_order_and_is_not_read_again() {
    let site = Site::new();
    let bytes = content(3_000);
    let spec = crate::PartSpec { size: Some(3_000), digest: Some(sha_256(&bytes)), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    part.write(1_000, &bytes[1_000..2_000]).unwrap();
    part.catch_up_digest(u64::MAX).unwrap();
    assert_eq!(part.digested(), Some(0), "a gap is before it");
    part.write(0, &bytes[..1_000]).unwrap();
    part.catch_up_digest(600).unwrap();
    assert_eq!(part.digested(), Some(1_600));
    part.catch_up_digest(u64::MAX).unwrap();
    part.write(2_000, &bytes[2_000..]).unwrap();
    assert_eq!(part.digested(), Some(3_000));
    assert_eq!(part.finish(3_000).unwrap().digest, spec.digest);
}

#[test]
fn ranges_come_in_any_order_and_the_digest_still_is_that_of_the_whole() {
    let site = Site::new();
    let bytes = content(3_000_000);
    let spec = crate::PartSpec { digest: Some(sha_256(&bytes)), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    for (start, end) in [(2_000_000, 3_000_000), (0, 700_000), (1_000_000, 2_000_000), (700_000, 1_000_000)] {
        part.write(start as u64, &bytes[start..end]).unwrap();
    }
    assert_eq!(part.finish(3_000_000).unwrap().digest, spec.digest);
}

#[test]
fn a_wrong_digest_is_a_fault_of_the_remote_file_and_the_bytes_stay_until_they_are_discarded() {
    // D02.
    let site = Site::new();
    let spec = crate::PartSpec { digest: Some(sha_256(b"promised")), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    part.write(0, b"something else").unwrap();
    let fault = part.finish(14).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
    assert!(part.temporary().exists());
    let temporary = part.temporary().to_owned();
    let fault = publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)).unwrap_err();
    assert_eq!(fault.code, Code::LocalFileChanged, "what did not pass is not published");
    discard(&spec.rights, Some(&temporary), &spec.log).unwrap();
    assert!(site.is_clean());
}

#[test]
fn an_empty_file_is_a_file() {
    let site = Site::new();
    let spec = crate::PartSpec { size: Some(0), digest: Some(sha_256(b"")), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    assert_eq!(part.finish(0).unwrap().digest, spec.digest);
    publish_on(&site.fs, &site.publish(part.temporary(), Existing::Refuse)).unwrap();
    assert_eq!(std::fs::read(spec.local_name.path()).unwrap(), b"");
}

#[test]
fn another_version_starts_from_nothing() {
    let site = Site::new();
    let bytes = content(2_000_000);
    let spec = crate::PartSpec { digest: Some(sha_256(&bytes)), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    part.write(0, &vec![0xEE; 3_000_000]).unwrap();
    part.checkpoint(true).unwrap();
    part.restart().unwrap();
    assert!(part.written().is_empty());
    assert_eq!(std::fs::metadata(part.temporary()).unwrap().len(), 0);
    part.set_size(2_000_000).unwrap();
    part.write(0, &bytes[..1_100_000]).unwrap();
    part.checkpoint(false).unwrap();
    let (mut part, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, set(&[(0, 1_100_000)]));
    part.write(1_100_000, &bytes[1_100_000..]).unwrap();
    part.finish(2_000_000).unwrap();
    assert_eq!(std::fs::read(part.temporary()).unwrap(), bytes);
}

#[test]
fn bytes_behind_the_end_are_cut_off_and_the_rest_can_still_be_proved() {
    let site = Site::new();
    let bytes = content(100_000);
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &bytes).unwrap();
    part.checkpoint(false).unwrap();
    part.finish(60_000).unwrap();
    assert_eq!(part.written(), &set(&[(0, 60_000)]));
    let (_, proved) = Part::reopen(&site.spec(), part.temporary()).unwrap();
    assert_eq!(proved, set(&[(0, 60_000)]));
}

#[test]
fn a_file_with_a_hole_is_not_finished() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"ab").unwrap();
    part.write(5, b"cd").unwrap();
    let fault = part.finish(7).unwrap_err();
    assert_eq!((fault.code, fault.range), (Code::LocalFileChanged, Some(ByteRange::new(2, 5))));
}

#[test]
fn space_is_reserved_without_changing_the_size() {
    let site = Site::new();
    if crate::free_space(&site.folder).unwrap().in_memory {
        return;
    }
    let spec = crate::PartSpec { size: Some(8 << 20), ..site.spec() };
    let part = site.create(&spec).unwrap();
    let meta = std::fs::metadata(part.temporary()).unwrap();
    assert_eq!(meta.len(), 0);
    assert!(meta.blocks() * 512 >= 8 << 20, "{} blocks", meta.blocks());
}

#[test]
fn discarding_leaves_nothing_and_can_be_repeated() {
    let site = Site::new();
    let part = site.create(&site.spec()).unwrap();
    let temporary = part.temporary().to_owned();
    for _ in 0..2 {
        discard(&site.spec().rights, Some(&temporary), &site.log()).unwrap();
        assert!(site.is_clean());
    }
}

#[test]
fn a_file_nobody_recorded_is_removed_by_what_its_log_says() {
    let site = Site::new();
    drop(site.create(&site.spec()).unwrap());
    let again = site.create(&site.spec()).unwrap();
    assert_eq!(site.names().len(), 1, "the second attempt removed what the first left");
    drop(again);
    discard(&site.spec().rights, None, &site.log()).unwrap();
    assert!(site.is_clean());
}
