//! Links and strangers: nothing outside the folder changes, and nothing that is not ours (E11, E12, E14,
//! E15; invariant 4).

use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use bgcopy_core::{ByteRange, Code, ErrorClass, Existing, RangeSet};

use crate::file_system::{FileSystem as _, Os};
use crate::publish::publish_on;
use crate::testing::{Site, content, sha_256};
use crate::{Part, PartSpec, discard};

fn half_written(site: &Site) -> std::path::PathBuf {
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    part.checkpoint(true).unwrap();
    part.temporary().to_owned()
}

fn reopening_fails_with(site: &Site, temporary: &Path) -> Code {
    Part::reopen(&site.spec(), temporary).err().expect("must not be resumed").code
}

#[test]
fn e11_a_temporary_file_that_was_removed_is_noticed_while_writing_and_when_resuming() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    std::fs::remove_file(part.temporary()).unwrap();
    assert_eq!(part.checkpoint(false).unwrap_err().code, Code::LocalFileChanged);
    assert_eq!(reopening_fails_with(&site, part.temporary()), Code::LocalFileChanged);
    discard(&site.spec().rights, Some(part.temporary()), &site.log()).unwrap();
    assert!(site.is_clean());
}

#[test]
fn e23_another_volume_where_the_temporary_file_was_is_told_from_a_lost_file() {
    // E23: a disk that is not mounted now must not make the file start again somewhere else.
    let site = Site::new();
    let temporary = half_written(&site);
    std::fs::remove_file(&temporary).unwrap();
    let here = crate::identity::Meta::of(crate::folder::open_plain(&site.folder).unwrap()).unwrap();
    let elsewhere = crate::identity::Identity { device: here.identity.device + 1, ..here.identity };
    let mut log = crate::log::PieceLog::create(&site.fs, &site.log(), &temporary).unwrap();
    log.identify(&site.fs, elsewhere).unwrap();
    assert_eq!(reopening_fails_with(&site, &temporary), Code::VolumeChanged);
    log.identify(&site.fs, here.identity).unwrap();
    assert_eq!(reopening_fails_with(&site, &temporary), Code::LocalFileChanged);
}

#[test]
fn e12_a_stranger_in_place_of_the_temporary_file_is_neither_resumed_nor_removed() {
    // E12, invariant 4.
    let site = Site::new();
    let temporary = half_written(&site);
    // A copy has other birth and inode than the file.
    let copy = site.folder.join("copy");
    std::fs::copy(&temporary, &copy).unwrap();
    std::fs::rename(&copy, &temporary).unwrap();
    assert_eq!(reopening_fails_with(&site, &temporary), Code::LocalFileChanged);
    let fault = publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)).unwrap_err();
    assert_eq!(fault.code, Code::LocalFileChanged);
    discard(&site.spec().rights, Some(&temporary), &site.log()).unwrap();
    assert!(temporary.exists() && !site.log().exists());
}

#[test]
fn e12_a_truncated_or_edited_temporary_file_has_holes() {
    // E12, D11: pieces that are wrong are fetched again, the others stay.
    let site = Site::new();
    let piece = 1 << 20;
    let bytes = content(3 * piece);
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &bytes).unwrap();
    part.checkpoint(true).unwrap();
    let temporary = part.temporary().to_owned();
    drop(part);

    let file = std::fs::File::options().write(true).open(&temporary).unwrap();
    std::os::unix::fs::FileExt::write_at(&file, b"!", piece as u64 + 5).unwrap();
    let (_, proved) = Part::reopen(&site.spec(), &temporary).unwrap();
    let piece = piece as u64;
    let sound = [ByteRange::new(0, piece), ByteRange::new(2 * piece, 3 * piece)];
    assert_eq!(proved, RangeSet::from_iter(sound));

    file.set_len(2 * piece + 1).unwrap();
    let (_, proved) = Part::reopen(&site.spec(), &temporary).unwrap();
    assert_eq!(proved, RangeSet::from_iter([ByteRange::new(0, piece)]));
}

/// Writes to the file of a part as somebody else: again until the clock of its file system tells.
fn meddle(path: &Path, with: impl Fn(&std::fs::File)) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let modified = || file.metadata().unwrap().modified().unwrap();
    let before = modified();
    while modified() == before {
        with(&file);
    }
}

#[test]
fn e12_bytes_that_somebody_overwrites_while_the_file_is_written_are_never_finished() {
    let site = Site::new();
    let bytes = content(3 << 20);
    let size = bytes.len() as u64;
    let overwrite = |file: &std::fs::File| file.write_all_at(b"somebody", 5_000).unwrap();
    let digest = Some(sha_256(&bytes));
    // While it is written, after the last byte, and under a digest that was made in passing.
    for (written, spec) in [
        (2 << 20, site.spec()),
        (3 << 20, site.spec()),
        (2 << 20, PartSpec { digest, ..site.spec() }),
        (1 << 20, PartSpec { size: Some(size), ..site.spec() }),
    ] {
        let mut part = site.create(&spec).unwrap();
        part.write(0, &bytes[..written]).unwrap();
        meddle(part.temporary(), overwrite);
        part.write(written as u64, &bytes[written..]).unwrap();
        assert_eq!(part.finish(size).unwrap_err().code, Code::LocalFileChanged, "{written}");
        part.restart().unwrap();
        part.write(0, &bytes).unwrap();
        part.finish(size).unwrap();
        assert!(std::fs::read(part.temporary()).unwrap() == bytes);
    }
    // Who only touches it changes nothing.
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &bytes[..1 << 20]).unwrap();
    meddle(part.temporary(), |file| file.set_modified(std::time::UNIX_EPOCH).unwrap());
    part.write(1 << 20, &bytes[1 << 20..]).unwrap();
    part.finish(size).unwrap();
}

#[test]
fn e12_a_file_that_is_cut_while_it_is_written_is_never_finished_with_zeros() {
    let site = Site::new();
    let bytes = content(3 << 20);
    let size = bytes.len() as u64;
    // Cut behind, and by the last byte alone: the end of the transfer would fill it up.
    for left in [1_000, size - 1] {
        let mut part = site.create(&site.spec()).unwrap();
        part.write(0, &bytes).unwrap();
        let file = std::fs::File::options().write(true).open(part.temporary()).unwrap();
        file.set_len(left).unwrap();
        assert_eq!(part.checkpoint(false).unwrap_err().code, Code::LocalFileChanged, "{left}");
        assert_eq!(part.finish(size).unwrap_err().code, Code::LocalFileChanged, "{left}");
    }
    // And written on behind the cut, with its space reserved or not: there is a hole.
    for spec in [site.spec(), PartSpec { size: Some(size), ..site.spec() }] {
        let mut part = site.create(&spec).unwrap();
        part.write(0, &bytes[..2 << 20]).unwrap();
        std::fs::File::options().write(true).open(part.temporary()).unwrap().set_len(1_000).unwrap();
        part.write(2 << 20, &bytes[2 << 20..]).unwrap();
        let fault = part.finish(size).unwrap_err();
        assert_eq!((fault.code, fault.class()), (Code::LocalFileChanged, ErrorClass::Fatal));
        // The service starts such a file again.
        part.restart().unwrap();
        part.write(0, &bytes).unwrap();
        part.finish(size).unwrap();
        assert!(std::fs::read(part.temporary()).unwrap() == bytes);
    }
}

#[test]
fn e12_a_file_with_fewer_blocks_than_bytes_is_sound_where_its_bytes_are() {
    // As file systems that compress have it: a hole where zeros were written.
    let site = Site::new();
    let mut bytes = content(2 << 20);
    bytes[4 << 10..1 << 20].fill(0);
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &bytes).unwrap();
    let file = std::fs::File::options().write(true).open(part.temporary()).unwrap();
    file.set_len(4 << 10).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes[1 << 20..], 1 << 20).unwrap();
    part.finish(2 << 20).unwrap();
    assert!(std::fs::read(part.temporary()).unwrap() == bytes);
}

#[test]
fn d11_bytes_that_decay_between_pause_and_resume_are_holes_though_nothing_tells_of_it() {
    // Size, times and identity stay: a disk that forgets changes none of them.
    let site = Site::new();
    let piece = 1 << 20;
    let bytes = content(4 * piece);
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &bytes).unwrap();
    part.checkpoint(true).unwrap();
    let temporary = part.temporary().to_owned();
    drop(part);
    let file = std::fs::File::options().write(true).open(&temporary).unwrap();
    let before = file.metadata().unwrap().modified().unwrap();
    let decayed = bytes[3 * piece - 1] ^ 0x10;
    std::os::unix::fs::FileExt::write_at(&file, &[decayed], 3 * piece as u64 - 1).unwrap();
    file.set_modified(before).unwrap();

    let (mut part, proved) = Part::reopen(&site.spec(), &temporary).unwrap();
    let piece = piece as u64;
    let sound = [ByteRange::new(0, 2 * piece), ByteRange::new(3 * piece, 4 * piece)];
    assert_eq!(proved, RangeSet::from_iter(sound), "the others are not fetched again");
    part.write(2 * piece, &bytes[2 << 20..3 << 20]).unwrap();
    part.finish(4 * piece).unwrap();
    assert!(std::fs::read(&temporary).unwrap() == bytes);
}

#[test]
fn e15_a_link_that_waits_at_the_temporary_name_is_not_written_through() {
    let site = Site::new();
    let victim = site.root().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let folder = crate::folder::open_plain(&site.folder).unwrap();
    let planted = site.folder.join("temporary");
    for is_hard in [true, false] {
        let plant = if is_hard { std::fs::hard_link(&victim, &planted) } else { symlink(&victim, &planted) };
        plant.unwrap();
        let made = Os.create(&folder, planted.file_name().unwrap());
        assert_eq!(made.err(), Some(rustix::io::Errno::EXIST), "exclusive, and no link is followed");
        std::fs::remove_file(&planted).unwrap();
    }
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
}

#[test]
fn e15_a_hard_link_to_the_temporary_file_stops_the_transfer() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();
    std::fs::hard_link(part.temporary(), site.folder.join("planted")).unwrap();
    assert_eq!(part.checkpoint(false).unwrap_err().code, Code::LocalFileChanged);
    assert_eq!(reopening_fails_with(&site, part.temporary()), Code::LocalFileChanged);
    let publish = site.publish(part.temporary(), Existing::Replace);
    assert_eq!(publish_on(&site.fs, &publish).unwrap_err().code, Code::LocalFileChanged);
    assert!(!site.name().path().exists());
}

#[test]
fn e14_a_symbolic_link_at_the_temporary_name_is_not_followed() {
    let site = Site::new();
    let victim = site.root().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let temporary = site.finished(b"whole");
    std::fs::remove_file(&temporary).unwrap();
    symlink(&victim, &temporary).unwrap();
    assert_eq!(reopening_fails_with(&site, &temporary), Code::AccessDenied);
    let publish = site.publish(&temporary, Existing::Replace);
    assert_eq!(publish_on(&site.fs, &publish).unwrap_err().code, Code::AccessDenied);
    discard(&site.spec().rights, Some(&temporary), &site.log()).unwrap();
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
}

#[test]
fn a_folder_reached_by_a_link_is_followed_once_and_for_all() {
    let site = Site::new();
    let (real, link) = (site.folder.clone(), site.root().join("link"));
    symlink(&real, &link).unwrap();
    let local_name = bgcopy_core::LocalName::new(link.join("file.bin")).unwrap();
    let spec = crate::PartSpec { local_name: local_name.clone(), ..site.spec() };
    let mut part = Part::create(&spec).unwrap();
    assert_eq!(part.temporary().parent(), Some(real.as_path()));
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();

    let outside = site.root().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::remove_file(&link).unwrap();
    symlink(&outside, &link).unwrap();
    let publish = crate::Publish { local_name, ..site.publish(part.temporary(), Existing::Replace) };
    assert_eq!(crate::publish(&publish).unwrap_err().code, Code::AccessDenied);
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);

    std::fs::remove_file(&link).unwrap();
    symlink(&real, &link).unwrap();
    crate::publish(&publish).unwrap();
    assert_eq!(std::fs::read(real.join("file.bin")).unwrap(), b"whole");
}

#[test]
fn e14_a_folder_swapped_for_a_link_again_and_again_leads_nothing_outside() {
    // E14: "nothing outside changes in 100 000 races".
    const RACES: usize = 100_000;
    let site = Site::new();
    let outside = site.root().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let temporary = half_written(&site);
    let precious = outside.join(temporary.file_name().unwrap());
    std::fs::write(&precious, "precious").unwrap();

    let done = AtomicBool::new(false);
    let (mut went_well, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| swap_until(&done, &site.folder, &outside));
        let mut tally = |result: Result<(), bgcopy_core::Fault>| match result.map_err(|fault| fault.code) {
            Ok(()) => went_well += 1,
            Err(Code::AccessDenied | Code::PathNotFound) => refused += 1,
            Err(other) => panic!("{other}"),
        };
        for race in 0..RACES {
            match race % 50 {
                0 => tally(Part::reopen(&site.spec(), &temporary).map(|_| ())),
                1 => match publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)) {
                    Err(fault) if fault.code == Code::LocalFileChanged => tally(Ok(())),
                    other => tally(other.map(|_| panic!("an unfinished file was published"))),
                },
                _ => tally(
                    crate::folder::open_plain(&site.folder)
                        .map(drop)
                        .map_err(|errno| crate::fault::local(errno, "open", &site.folder)),
                ),
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(went_well > 0 && refused > 0, "the races were run: {went_well} well, {refused} refused");
    discard(&site.spec().rights, Some(&temporary), &site.log()).unwrap();
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
}

/// Puts a link where a folder was, and the folder back, until told to stop.
fn swap_until(done: &AtomicBool, folder: &Path, outside: &Path) {
    let away = folder.with_extension("away");
    while !done.load(Ordering::Relaxed) {
        std::fs::rename(folder, &away).unwrap();
        symlink(outside, folder).unwrap();
        std::fs::remove_file(folder).unwrap();
        std::fs::rename(&away, folder).unwrap();
    }
}

#[test]
fn a_lost_log_costs_the_bytes_and_leaves_no_litter() {
    let site = Site::new();
    let temporary = half_written(&site);
    std::fs::write(site.log(), "not a log").unwrap();
    let (mut part, proved) = Part::reopen(&site.spec(), &temporary).unwrap();
    assert!(proved.is_empty());
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();
    assert_eq!(std::fs::read(&temporary).unwrap(), b"whole");
    drop(part);
    std::fs::remove_file(site.log()).unwrap();
    discard(&site.spec().rights, Some(&temporary), &site.log()).unwrap();
    assert!(site.is_clean());
}

#[test]
fn without_a_log_only_a_name_of_ours_is_taken_or_removed() {
    let site = Site::new();
    let document = site.folder.join("thesis.txt");
    std::fs::write(&document, "years of work").unwrap();
    assert_eq!(reopening_fails_with(&site, &document), Code::LocalFileChanged);
    discard(&site.spec().rights, Some(&document), &site.log()).unwrap();
    assert_eq!(std::fs::read(&document).unwrap(), b"years of work");
}
