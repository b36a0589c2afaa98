//! The disk fails: full, worn out, or taking only half (E01–E08, E18–E20, E22).

use std::path::Path;

use bgcopy_core::fault::Space;
use bgcopy_core::limits::PIECE_BYTES;
use bgcopy_core::{ByteRange, Code, ErrorClass, ErrorContext, Existing, Fault, RangeSet};
use rustix::io::Errno;

use crate::file_system::{FileSystem, Os, Role};
use crate::publish::publish_on;
use crate::testing::{Effect, Faulty, Op, Site, content};
use crate::{
    Floor, Part, PartSpec, Rights, SmallFiles, SmallSpec, Volume, discard, free_space, space_is_back,
};

const ROOMY: Volume =
    Volume { total: 100 << 30, free: 50 << 30, has_inodes: true, in_memory: false, name_bytes_max: 255 };

fn first(end: u64) -> RangeSet {
    RangeSet::from_iter([ByteRange::new(0, end)])
}

/// A write in the middle of a transfer fails; what came before stays, and it goes on when the cause is gone.
fn fails_in_mid_write(errno: Errno, code: Code, class: ErrorClass) -> Fault {
    let site = Site::new();
    let bytes = content(300_000);
    let spec = PartSpec { size: Some(300_000), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    site.fs.once(Op::Write, Role::Data, 1, Effect::Fails(errno));
    part.write(0, &bytes[..200_000]).unwrap();
    let fault = part.write(200_000, &bytes[200_000..]).unwrap_err();
    assert_eq!(site.fs.fired(), 1);
    assert_eq!((fault.code, fault.class(), fault.context), (code, class, ErrorContext::LocalFile));
    assert_eq!(fault.errno, Some(errno.raw_os_error()));
    assert_eq!(fault.range, Some(ByteRange::new(200_000, 300_000)));
    assert_eq!(fault.space.is_some(), code == Code::DiskFull);
    assert_eq!(part.checkpoint(false).unwrap(), first(200_000), "no bytes are thrown away");
    part.write(200_000, &bytes[200_000..]).expect("it goes on when the cause is gone");
    part.finish(300_000).unwrap();
    assert_eq!(std::fs::read(part.temporary()).unwrap(), bytes);
    fault
}

#[test]
fn e06_a_quota_is_a_full_disk_that_says_quota() {
    let fault = fails_in_mid_write(Errno::DQUOT, Code::DiskFull, ErrorClass::Policy);
    assert!(fault.detail.contains("quota exceeded"), "{}", fault.detail);
}

#[test]
fn e08_a_volume_that_turns_read_only_keeps_what_came() {
    fails_in_mid_write(Errno::ROFS, Code::WriteProtected, ErrorClass::Fatal);
}

#[test]
fn e09_what_forbids_writing_in_the_middle_keeps_what_came() {
    // Rights are asked for at every call where a security module does so; immutable files say EPERM.
    for errno in [Errno::ACCESS, Errno::PERM] {
        fails_in_mid_write(errno, Code::AccessDenied, ErrorClass::Fatal);
    }
}

#[test]
fn e19_a_device_that_fails_to_write_is_told_as_such_and_keeps_what_came() {
    fails_in_mid_write(Errno::IO, Code::Io, ErrorClass::Fatal);
}

#[test]
fn e20_what_a_write_says_instead_of_taking_bytes_is_never_passed_over() {
    // A regular file never says so; a file system in user space may.
    fails_in_mid_write(Errno::AGAIN, Code::Io, ErrorClass::Fatal);
}

#[test]
fn e23_a_volume_that_went_away_is_told_as_such_and_keeps_what_came() {
    for errno in [Errno::STALE, Errno::NODEV, Errno::NOTCONN] {
        fails_in_mid_write(errno, Code::VolumeChanged, ErrorClass::Fatal);
    }
}

#[test]
fn e20_a_write_that_takes_only_some_of_the_bytes_is_repeated_for_the_rest() {
    // The first of them is interrupted.
    let site = Site::new();
    let bytes = content(100_000);
    let mut part = site.create(&site.spec()).unwrap();
    site.fs.once(Op::Write, Role::Data, 0, Effect::Fails(Errno::INTR));
    site.fs.times(Op::Write, Role::Data, 0, 5, Effect::Short(7));
    part.write(0, &bytes).unwrap();
    assert_eq!(site.fs.fired(), 6);
    part.finish(100_000).unwrap();
    assert_eq!(std::fs::read(part.temporary()).unwrap(), bytes);
    site.fs.times(Op::Read, Role::Data, 0, 5, Effect::Short(7));
    site.fs.once(Op::Read, Role::Data, 0, Effect::Fails(Errno::INTR));
    let (_, proved) = Part::reopen_on(site.fs.clone(), &site.spec(), part.temporary()).unwrap();
    assert_eq!((proved, site.fs.fired()), (first(100_000), 12));
}

#[test]
fn e20_what_close_could_tell_is_told_by_a_sync_before_it() {
    // close(2): "a careful programmer … will use fsync": nothing is finished, nor published, without one.
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"whole").unwrap();
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::DQUOT));
    assert_eq!(part.finish(5).unwrap_err().code, Code::DiskFull);
    assert_eq!(site.fs.fired(), 1);
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();
    let publish = site.publish(part.temporary(), Existing::Replace);
    drop(part);
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::DQUOT));
    assert_eq!(publish_on(&site.fs, &publish).unwrap_err().code, Code::DiskFull);
    assert!(!site.name().path().exists() && site.fs.fired() == 2);
}

#[test]
fn a_volume_that_takes_nothing_without_saying_why_does_not_hang_us() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    site.fs.once(Op::Write, Role::Data, 0, Effect::Short(4));
    site.fs.once(Op::Write, Role::Data, 0, Effect::Short(0));
    let fault = part.write(0, b"eight by").unwrap_err();
    assert_eq!((fault.code, fault.range), (Code::Io, Some(ByteRange::new(4, 8))));
    assert_eq!(part.written(), &first(4), "the half that was taken counts");
}

#[test]
fn e02_a_file_that_does_not_fit_is_not_begun() {
    // E02: "before the first byte, with needed and available".
    let site = Site::new();
    site.fs.set_volume(Volume { free: 1 << 30, ..ROOMY });
    let floor = Floor { bytes: 1 << 29, percent: 0 };
    let spec = PartSpec { size: Some(1 << 30), floor, ..site.spec() };
    let fault = site.create(&spec).err().unwrap();
    assert_eq!((fault.code, fault.class()), (Code::DiskFull, ErrorClass::Policy));
    assert_eq!(fault.space, Some(Space { needed: (1 << 30) + (1 << 29), free: 1 << 30 }));
    assert!(site.is_clean());

    // The size may also become known later, or be known again after a pause.
    let mut part = site.create(&PartSpec { size: None, ..spec.clone() }).unwrap();
    assert_eq!(part.set_size(1 << 30).unwrap_err().code, Code::DiskFull);
    let reopened = Part::reopen_on(site.fs.clone(), &spec, part.temporary());
    assert_eq!(reopened.err().unwrap().code, Code::DiskFull);
    site.fs.set_volume(ROOMY);
    part.set_size(1 << 20).unwrap();
}

#[test]
fn e03_the_floor_is_kept_also_while_others_fill_the_volume() {
    // E03: "pause at the floor; overshoot at most one piece per connection".
    let site = Site::new();
    let floor = Floor { bytes: 1 << 30, percent: 5 };
    site.fs.set_volume(ROOMY);
    let mut part = site.create(&PartSpec { floor, ..site.spec() }).unwrap();
    let bytes = content(64 << 10);
    // Looked at more than once: what was roomy enough for some pieces need not be for the next.
    let mut offset = 0;
    while offset < 3 * PIECE_BYTES {
        part.write(offset, &bytes).unwrap();
        offset += bytes.len() as u64;
    }
    site.fs.set_volume(Volume { free: (5 << 30) - 1, ..ROOMY });
    let shrunk = offset;
    let fault = loop {
        match part.write(offset, &bytes) {
            Ok(()) => offset += bytes.len() as u64,
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.code, Code::DiskFull);
    assert_eq!(fault.space.map(|space| space.needed), Some(5 << 30), "5 % of 100 GiB");
    assert!(offset - shrunk <= bytes.len() as u64 + PIECE_BYTES, "overshoot {}", offset - shrunk);
    assert!(part.write(offset, &bytes).is_err(), "and stays paused");
    site.fs.set_volume(ROOMY);
    part.write(offset, &bytes).expect("it goes on when space is back");
}

#[test]
fn e05_a_volume_without_inodes_is_full() {
    let site = Site::new();
    site.fs.set_volume(Volume { has_inodes: false, ..ROOMY });
    site.fs.once(Op::Create, Role::Folder, 0, Effect::Fails(Errno::NOSPC));
    let fault = site.create(&site.spec()).err().unwrap();
    assert_eq!((fault.code, site.fs.fired()), (Code::DiskFull, 1));
    assert!(fault.detail.ends_with("(no inodes are left)"), "{}", fault.detail);
    assert!(fault.space.is_some() && site.is_clean());
}

#[test]
fn e22_a_file_system_that_cannot_reserve_gets_a_sparse_file() {
    use std::os::unix::fs::MetadataExt as _;
    for errno in [Errno::NOTSUP, Errno::NOSYS, Errno::INVAL] {
        let site = Site::new();
        site.fs.set_volume(ROOMY);
        site.fs.once(Op::Reserve, Role::Data, 0, Effect::Fails(errno));
        let mut part = site.create(&PartSpec { size: Some(64 << 20), ..site.spec() }).unwrap();
        assert_eq!(site.fs.fired(), 1);
        part.write(63 << 20, b"x").unwrap();
        // "Start not delayed": nothing was written in place of the reservation, as the C library would do.
        let file = std::fs::metadata(part.temporary()).unwrap();
        assert!(file.blocks() * 512 < 1 << 20, "{errno:?}: {} blocks", file.blocks());
    }
}

#[test]
fn e06_a_quota_that_a_reservation_meets_leaves_nothing_behind() {
    // E02, E06: the figures of the volume do not know quotas.
    let site = Site::new();
    site.fs.set_volume(ROOMY);
    site.fs.once(Op::Reserve, Role::Data, 0, Effect::Fails(Errno::DQUOT));
    let fault = site.create(&PartSpec { size: Some(4 << 20), ..site.spec() }).err().unwrap();
    assert_eq!((fault.code, site.fs.fired()), (Code::DiskFull, 1));
    assert_eq!(fault.errno, Some(Errno::DQUOT.raw_os_error()));
    assert!(site.is_clean());
}

#[test]
fn a_file_in_memory_is_not_synced_on_the_way() {
    let synced = |in_memory| {
        let site = Site::new();
        site.fs.set_volume(Volume { in_memory, ..ROOMY });
        let mut part = site.create(&site.spec()).unwrap();
        part.write(0, &content(1_000)).unwrap();
        site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
        let checkpoint = part.checkpoint(true);
        (checkpoint.is_ok(), site.fs.fired())
    };
    assert_eq!(synced(true), (true, 0));
    assert_eq!(synced(false), (false, 1));
}

#[test]
fn e18_a_failed_sync_loses_what_was_not_synced_and_a_second_one_does_not_bring_it_back() {
    let site = Site::new();
    let bytes = content(3_000_000);
    let digest: bgcopy_core::Digest = {
        let value = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, &bytes);
        bgcopy_core::Digest::Sha512(value.as_ref().try_into().unwrap())
    };
    let spec = PartSpec { digest: Some(digest.clone()), ..site.spec() };
    let mut part = site.create(&spec).unwrap();
    part.write(0, &bytes[..1_100_000]).unwrap();
    part.checkpoint(true).unwrap();
    part.write(1_100_000, &bytes[1_100_000..2_000_000]).unwrap();
    assert_eq!(part.checkpoint(false).unwrap(), first(2_000_000));
    part.write(2_000_000, &bytes[2_000_000..2_500_000]).unwrap();
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
    let fault = part.checkpoint(true).unwrap_err();
    assert_eq!((fault.code, fault.context, site.fs.fired()), (Code::Io, ErrorContext::LocalFile, 1));
    assert_eq!(fault.class(), ErrorClass::Transient, "what is lost is fetched again");
    assert_eq!(part.written(), &first(1_100_000));
    assert_eq!(part.checkpoint(true).unwrap(), first(1_100_000), "a second sync proves nothing");

    let (mut part, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, first(1_100_000), "nor does a restart");
    part.write(1_100_000, &bytes[1_100_000..]).unwrap();
    assert_eq!(part.finish(3_000_000).unwrap().digest, Some(digest));
}

#[test]
fn e18_a_failed_sync_at_the_end_keeps_the_file_from_being_finished() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"whole").unwrap();
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
    let fault = part.finish(5).unwrap_err();
    assert_eq!((fault.code, fault.class()), (Code::Io, ErrorClass::Transient));
    assert!(part.written().is_empty());
    let fault = publish_on(&site.fs, &site.publish(part.temporary(), Existing::Replace)).unwrap_err();
    assert_eq!(fault.code, Code::LocalFileChanged);
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();
}

#[test]
fn e18_a_name_counts_only_when_its_folder_is_on_the_disk() {
    let site = Site::new();
    let temporary = site.finished(b"whole");
    let publish = site.publish(&temporary, Existing::Replace);
    site.fs.once(Op::SyncNames, Role::Folder, 0, Effect::Fails(Errno::IO));
    let fault = publish_on(&site.fs, &publish).unwrap_err();
    assert_eq!((fault.code, fault.errno), (Code::Io, Some(Errno::IO.raw_os_error())));
    assert_eq!(site.fs.fired(), 1, "nobody is told of a name that a power cut could take back");
    assert!(publish_on(&site.fs, &publish).unwrap().already, "and trying again finds it done");
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"whole");
}

#[test]
fn e18_a_small_file_counts_only_when_it_is_on_the_disk() {
    let site = Site::new();
    let spec = SmallSpec {
        local_name: site.name(),
        mark: "a-1".to_owned(),
        rights: Rights::Own,
        existing: Existing::Replace,
        digest: None,
        floor: Floor::NONE,
        look: None,
    };
    let mut files = SmallFiles::on(site.fs.clone());
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
    let fault = files.put(&spec, b"content").unwrap_err();
    assert_eq!((fault.code, site.fs.fired(), site.names().len()), (Code::Io, 1, 0));
    let small = files.put(&spec, b"content").unwrap();
    assert_eq!(std::fs::read(small.temporary).unwrap(), b"content");
}

#[test]
fn e19_a_bad_sector_under_the_resumed_bytes_is_an_error_and_not_a_quiet_restart() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    part.checkpoint(false).unwrap();
    site.fs.once(Op::Read, Role::Data, 0, Effect::Fails(Errno::IO));
    let fault = Part::reopen_on(site.fs.clone(), &site.spec(), part.temporary()).err().unwrap();
    assert_eq!((fault.code, fault.range), (Code::Io, Some(ByteRange::new(0, 4))));
}

#[test]
fn e04_a_full_state_folder_does_not_stop_the_transfer_but_keeps_it_from_being_finished() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"whole").unwrap();
    site.fs.times(Op::Write, Role::Log, 0, usize::MAX, Effect::Fails(Errno::NOSPC));
    assert!(part.checkpoint(true).unwrap().is_empty(), "a crash now would leave nothing");
    assert_eq!(part.written(), &first(5));
    let fault = part.finish(5).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::StoreFailed, ErrorContext::GeneralQueueManager));
    assert!(site.fs.fired() >= 2);
    site.fs.mend();
    assert_eq!(part.checkpoint(false).unwrap(), first(5), "what could not be recorded then, is now");
    part.finish(5).unwrap();

    site.fs.times(Op::Write, Role::Log, 0, usize::MAX, Effect::Fails(Errno::NOSPC));
    let other = PartSpec { log: site.root().join("other"), ..site.spec() };
    assert_eq!(site.create(&other).err().unwrap().code, Code::StoreFailed);
    assert!(!other.log.exists(), "nothing is begun that could not be cleared away");
    assert_eq!(site.names().len(), 1);
}

#[test]
fn a_log_that_takes_half_an_entry_still_tells_the_truth() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    site.fs.once(Op::Write, Role::Log, 0, Effect::Short(15));
    site.fs.once(Op::Write, Role::Log, 0, Effect::Fails(Errno::NOSPC));
    assert!(part.checkpoint(false).unwrap().is_empty());
    part.write(4, b"more").unwrap();
    assert_eq!(part.checkpoint(false).unwrap(), first(8));
    assert_eq!(site.fs.fired(), 2);
    let (_, proved) = Part::reopen(&site.spec(), part.temporary()).unwrap();
    assert_eq!(proved, first(8));
}

#[test]
fn what_cannot_be_removed_is_reported_and_removed_the_next_time() {
    let site = Site::new();
    let part = site.create(&site.spec()).unwrap();
    site.fs.once(Op::Unlink, Role::Folder, 0, Effect::Fails(Errno::ROFS));
    let discard = || crate::discard::discard_on(&site.fs, &Rights::Own, Some(part.temporary()), &site.log());
    assert_eq!(discard().unwrap_err().code, Code::WriteProtected);
    assert!(site.log().exists());
    discard().unwrap();
    assert!(site.is_clean());
}

#[test]
fn e07_a_write_beyond_the_file_size_limit_is_an_error_and_does_not_kill_us() {
    // E07. The limit binds a whole process, so another one of this same test takes it upon itself.
    const CHILD: &str = "BGCOPY_DISK_TEST_LIMITED";
    if std::env::var_os(CHILD).is_none() {
        let name = "tests::trouble::e07_a_write_beyond_the_file_size_limit_is_an_error_and_does_not_kill_us";
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("the limit struck"), "{}: {said}", child.status);
        return;
    }
    let site = Site::new();
    let mut part = Part::create(&site.spec()).unwrap();
    let limit = rustix::process::Rlimit { current: Some(64 << 10), maximum: Some(64 << 10) };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    let fault = part.write(0, &vec![1; 100 << 10]).unwrap_err();
    assert_eq!((fault.code, fault.class()), (Code::TooLarge, ErrorClass::Fatal));
    assert_eq!(part.written(), &first(64 << 10));
    println!("the limit struck");
}

/// A tmpfs of 4 MiB and few inodes, where the superuser may mount one.
struct SmallVolume(tempfile::TempDir);

impl SmallVolume {
    fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m,nr_inodes=16", "tmpfs"])
            .arg(place.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(place))
    }
}

impl Drop for SmallVolume {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn e01_a_full_volume_stops_the_transfer_and_room_lets_it_go_on() {
    // E01 on a real volume where one can be had, else with the fault played.
    match SmallVolume::mount() {
        Some(volume) => {
            let ballast = volume.0.path().join("ballast");
            std::fs::write(&ballast, vec![1; 2 << 20]).unwrap();
            fills_up_and_goes_on(Os, volume.0.path(), || std::fs::remove_file(&ballast).unwrap());
        }
        None => {
            let site = Site::new();
            let fs = Faulty::default();
            fs.times(Op::Write, Role::Data, 30, usize::MAX, Effect::Fails(Errno::NOSPC));
            fills_up_and_goes_on(fs.clone(), &site.folder, || fs.mend());
        }
    }
}

fn fills_up_and_goes_on<F: FileSystem>(fs: F, folder: &Path, make_room: impl FnOnce()) {
    let site = Site::new();
    let local_name = bgcopy_core::LocalName::new(folder.join("file.bin")).unwrap();
    let spec = PartSpec { local_name, ..site.spec() };
    let bytes = content(3 << 20);
    let mut part = Part::create_on(fs, &spec).unwrap();
    let mut offset = 0;
    let fault = loop {
        assert!(offset < bytes.len(), "the volume must run full");
        match part.write(offset as u64, &bytes[offset..offset + (64 << 10)]) {
            Ok(()) => offset += 64 << 10,
            Err(fault) => break fault,
        }
    };
    assert_eq!((fault.code, fault.errno), (Code::DiskFull, Some(Errno::NOSPC.raw_os_error())));
    let written = part.checkpoint(true).unwrap();
    assert!(written.len() >= offset as u64 && offset > 0);
    make_room();
    let needed = (bytes.len() as u64).saturating_sub(written.len());
    assert!(space_is_back(&Rights::Own, folder, needed, Floor::NONE));
    let (mut part, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved, written, "no byte was thrown away");
    let offset = usize::try_from(proved.frontier()).unwrap();
    part.write(offset as u64, &bytes[offset..]).unwrap();
    part.finish(bytes.len() as u64).unwrap();
    assert_eq!(std::fs::read(part.temporary()).unwrap(), bytes);
    discard(&Rights::Own, Some(part.temporary()), &spec.log).unwrap();
}

#[test]
fn a_real_volume_says_what_it_lacks() {
    let Some(volume) = SmallVolume::mount() else {
        // What the figures mean is tested with figures made up; see `space` and above.
        assert!(free_space(Path::new("/")).unwrap().name_bytes_max > 0);
        return;
    };
    let figures = free_space(volume.0.path()).unwrap();
    assert_eq!((figures.total, figures.has_inodes, figures.in_memory), (4 << 20, true, true));
    for file in 0..20 {
        let _ = std::fs::write(volume.0.path().join(file.to_string()), "");
    }
    assert!(!free_space(volume.0.path()).unwrap().has_inodes);
    assert!(!space_is_back(&Rights::Own, volume.0.path(), 0, Floor::NONE), "E05: no inodes");
}
