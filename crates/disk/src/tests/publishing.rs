//! Publishing: what is in the way (E13, E16), what fails (E10, E28), and dying in the middle (F02, F03).

use std::path::Path;

use bgcopy_core::{Code, ErrorContext, Existing};
use rustix::io::Errno;

use crate::file_system::{FileSystem as _, Os, Replace, Role};
use crate::publish::publish_on;
use crate::testing::{Effect, Op, Site, content};
use crate::{Part, check_destination};

#[test]
fn e13_an_existing_destination_is_replaced_refused_or_kept_beside() {
    let site = Site::new();
    let (old, new) = (b"old".to_vec(), b"new".to_vec());
    std::fs::write(site.name().path(), &old).unwrap();
    let temporary = site.finished(&new);

    let fault = publish_on(&site.fs, &site.publish(&temporary, Existing::Refuse)).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::DestinationExists, ErrorContext::LocalFile));
    assert_eq!(std::fs::read(site.name().path()).unwrap(), old, "a refusal changes nothing");

    let published = publish_on(&site.fs, &site.publish(&temporary, Existing::KeepBoth)).unwrap();
    assert_eq!(published.local_name.base(), "file (1).bin");
    assert_eq!(std::fs::read(site.name().path()).unwrap(), old);

    let temporary = site.finished(&new);
    let published = publish_on(&site.fs, &site.publish(&temporary, Existing::KeepBoth)).unwrap();
    assert_eq!(published.local_name.base(), "file (2).bin");

    let temporary = site.finished(&new);
    publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)).unwrap();
    assert_eq!(std::fs::read(site.name().path()).unwrap(), new);
    assert_eq!(site.names(), ["file (1).bin", "file (2).bin", "file.bin"]);
}

#[test]
fn e13_a_destination_that_appears_at_the_last_moment_is_not_replaced() {
    // E13: between the look and the rename only the system can refuse.
    let site = Site::new();
    let temporary = site.finished(b"new");
    let folder = crate::folder::open_plain(&site.folder).unwrap();
    std::fs::write(site.name().path(), "old").unwrap();
    let from = temporary.file_name().unwrap();
    let refused = Os.rename(&folder, from, site.name().base(), Replace::No);
    assert_eq!(refused, Err(Errno::EXIST));
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"old");
}

#[test]
fn e16_what_is_no_file_is_never_replaced() {
    // E14, E16: neither when the file is added, nor when the transfer begins, nor at the end.
    type Make = fn(&Path);
    let mut makes: Vec<(&str, Make)> = vec![
        ("a folder", |path| std::fs::create_dir(path).unwrap()),
        ("a symbolic link", |path| std::os::unix::fs::symlink("elsewhere", path).unwrap()),
        ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap())),
        ("a FIFO", |path| {
            let mode = rustix::fs::Mode::RUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }),
    ];
    if can_make_devices() {
        makes.push(("a device", make_device));
    }
    for (what, make) in makes {
        let site = Site::new();
        let temporary = site.finished(b"new");
        make(site.name().path());
        for existing in [Existing::Replace, Existing::Refuse, Existing::KeepBoth] {
            let faults = [
                check_destination(&site.spec().rights, &site.name(), existing).unwrap_err(),
                publish_on(&site.fs, &site.publish(&temporary, existing)).unwrap_err(),
            ];
            for fault in faults {
                assert_eq!((fault.code, fault.context), (Code::AccessDenied, ErrorContext::LocalFile));
                assert!(fault.detail.contains(what), "{}", fault.detail);
            }
        }
        let other = crate::PartSpec { log: site.root().join("other"), ..site.spec() };
        assert_eq!(Part::create(&other).err().unwrap().code, Code::AccessDenied);
        assert!(temporary.exists(), "nothing is lost");
        assert!(!site.root().join("other").exists());
    }
}

/// Makes what /dev/null is.
fn make_device(path: &Path) {
    let (kind, null) = (rustix::fs::FileType::CharacterDevice, rustix::fs::makedev(1, 3));
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, rustix::fs::Mode::RUSR, null).unwrap();
}

/// Only root may, and not in every container.
fn can_make_devices() -> bool {
    let (place, mode) = (tempfile::tempdir().unwrap(), rustix::fs::Mode::RUSR);
    let (path, null) = (place.path().join("null"), rustix::fs::makedev(1, 3));
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::CharacterDevice, mode, null).is_ok()
}

#[test]
fn a_destination_is_checked_when_the_file_is_added() {
    let site = Site::new();
    let rights = &site.spec().rights;
    check_destination(rights, &site.name(), Existing::Refuse).unwrap();
    std::fs::write(site.name().path(), "old").unwrap();
    let check = |name: &Path, existing| {
        let name = bgcopy_core::LocalName::new(name).unwrap();
        check_destination(rights, &name, existing).map_err(|fault| fault.code)
    };
    let name = site.name();
    assert_eq!(check(name.path(), Existing::Refuse), Err(Code::DestinationExists));
    assert_eq!(check(name.path(), Existing::Replace), Ok(()));
    assert_eq!(check(name.path(), Existing::KeepBoth), Ok(()));
    assert_eq!(check(&site.folder.join("gone/f"), Existing::Replace), Err(Code::PathNotFound));
    assert_eq!(
        check(&name.path().join("f"), Existing::Replace),
        Err(Code::PathNotFound),
        "a file is no folder"
    );
}

#[test]
fn e24_names_of_any_bytes_are_published_and_only_the_system_limits_them() {
    use std::os::unix::ffi::OsStrExt as _;
    let site = Site::new();
    for base in [&[0xFF, 0xFE, b'"', b'\n'][..], &[b'a'; 255]] {
        let local_name =
            bgcopy_core::LocalName::new(site.folder.join(std::ffi::OsStr::from_bytes(base))).unwrap();
        let spec = crate::PartSpec { local_name: local_name.clone(), ..site.spec() };
        let mut part = Part::create(&spec).unwrap();
        part.write(0, b"x").unwrap();
        part.finish(1).unwrap();
        let publish = crate::Publish { local_name, ..site.publish(part.temporary(), Existing::Refuse) };
        crate::publish(&publish).unwrap();
        assert_eq!(std::fs::read(publish.local_name.path()).unwrap(), b"x");
    }
}

#[test]
fn e27_two_files_for_one_destination_are_never_mixed() {
    // E27: both arrive, and the destination is wholly one of them.
    let site = Site::new();
    let specs = ["one", "two"].map(|log| crate::PartSpec { log: site.root().join(log), ..site.spec() });
    let mut parts = specs.clone().map(|spec| Part::create(&spec).unwrap());
    assert_ne!(parts[0].temporary(), parts[1].temporary());
    for (part, byte) in parts.iter_mut().zip([b'1', b'2']) {
        part.write(0, &[byte; 1000]).unwrap();
        part.finish(1000).unwrap();
    }
    let publish = |at: usize| crate::Publish {
        log: specs[at].log.clone(),
        ..site.publish(parts[at].temporary(), Existing::Refuse)
    };
    crate::publish(&publish(1)).unwrap();
    assert_eq!(crate::publish(&publish(0)).unwrap_err().code, Code::DestinationExists);
    assert_eq!(std::fs::read(site.name().path()).unwrap(), [b'2'; 1000]);
}

#[test]
fn a_failed_rename_changes_nothing_and_can_be_tried_again() {
    // spec 9.5: "the client fixes and calls Complete again".
    let site = Site::new();
    let temporary = site.finished(b"new");
    let publish = crate::Publish {
        last_modified: Some(bgcopy_core::Wall::from_unix_millis(1_000)),
        ..site.publish(&temporary, Existing::Replace)
    };
    for (errno, code) in [
        (Errno::ROFS, Code::WriteProtected),
        (Errno::ACCESS, Code::AccessDenied),
        (Errno::DQUOT, Code::DiskFull),
        (Errno::IO, Code::Io),
    ] {
        site.fs.once(Op::Rename, Role::Folder, 0, Effect::Fails(errno));
        assert_eq!(publish_on(&site.fs, &publish).unwrap_err().code, code);
    }
    assert_eq!(site.fs.fired(), 4);
    assert!(!site.name().path().exists());
    publish_on(&site.fs, &publish).unwrap();
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"new");
}

#[test]
fn e10_a_folder_that_is_moved_away_and_back_costs_nothing() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    let away = site.root().join("away");
    std::fs::rename(&site.folder, &away).unwrap();
    let fault = part.checkpoint(false).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::PathNotFound, ErrorContext::LocalFile));
    let temporary = part.temporary().to_owned();
    drop(part);
    let reopened = Part::reopen(&site.spec(), &temporary);
    assert_eq!(reopened.err().unwrap().code, Code::PathNotFound);

    std::fs::rename(&away, &site.folder).unwrap();
    let (mut part, proved) = Part::reopen(&site.spec(), &temporary).unwrap();
    assert_eq!(proved.len(), 4);
    part.write(4, b"whole").unwrap();
    part.finish(9).unwrap();

    std::fs::rename(&site.folder, &away).unwrap();
    let publish = site.publish(&temporary, Existing::Replace);
    assert_eq!(publish_on(&site.fs, &publish).unwrap_err().code, Code::PathNotFound);
    std::fs::rename(&away, &site.folder).unwrap();
    publish_on(&site.fs, &publish).unwrap();
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"halfwhole");
}

#[test]
fn e28_a_file_removed_before_it_is_published_is_not_found() {
    // E28; also when another file has the destination's name.
    let site = Site::new();
    let temporary = site.finished(b"new");
    std::fs::write(site.name().path(), "old").unwrap();
    std::fs::remove_file(&temporary).unwrap();
    let fault = publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)).unwrap_err();
    assert_eq!((fault.code, fault.context), (Code::PathNotFound, ErrorContext::LocalFile));
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"old");
}

#[test]
fn f03_publishing_again_after_a_crash_finds_the_published_file() {
    // F03: the rename is done, the service died before it recorded so.
    for existing in [Existing::Replace, Existing::Refuse, Existing::KeepBoth] {
        let site = Site::new();
        if existing == Existing::KeepBoth {
            std::fs::write(site.name().path(), "old").unwrap();
        }
        let temporary = site.finished(b"new");
        let publish = site.publish(&temporary, existing);
        let first = publish_on(&site.fs, &publish).unwrap();
        let second = publish_on(&site.fs, &publish).unwrap();
        assert!(!first.already && second.already);
        assert_eq!(first.local_name, second.local_name);
        assert_eq!(std::fs::read(second.local_name.path()).unwrap(), b"new");
    }
}

#[test]
fn a_crash_between_link_and_removal_is_finished() {
    // File systems without an exclusive rename: both names exist for a moment.
    let site = Site::new();
    let temporary = site.finished(b"new");
    std::fs::hard_link(&temporary, site.name().path()).unwrap();
    let published = publish_on(&site.fs, &site.publish(&temporary, Existing::Refuse)).unwrap();
    assert!(published.already);
    assert_eq!(site.names(), ["file.bin"]);
}

#[test]
fn d11_a_finished_file_that_decayed_is_not_published() {
    // D11, E12: between Transferred and Complete.
    let site = Site::new();
    let bytes = content(1_500_000);
    let temporary = site.finished(&bytes);
    let publish = site.publish(&temporary, Existing::Replace);
    let mut wrong = bytes.clone();
    wrong[1_200_000] ^= 1;
    for damaged in [&wrong, &bytes[..1_000_000].to_vec(), &[bytes.clone(), vec![0]].concat()] {
        std::fs::write(&temporary, damaged).unwrap();
        let fault = publish_on(&site.fs, &publish).unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::LocalFileChanged, ErrorContext::LocalFile));
    }
    std::fs::write(&temporary, &bytes).unwrap();
    publish_on(&site.fs, &publish).expect("touched, but read back and found right");
    assert_eq!(std::fs::read(site.name().path()).unwrap(), bytes);
}

#[test]
fn an_unfinished_file_is_not_published() {
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, b"half").unwrap();
    part.checkpoint(true).unwrap();
    let fault = publish_on(&site.fs, &site.publish(part.temporary(), Existing::Replace)).unwrap_err();
    assert_eq!(fault.code, Code::LocalFileChanged);
    assert!(!site.name().path().exists());
}

#[test]
fn f02_a_file_is_on_the_disk_before_it_is_renamed() {
    let site = Site::new();
    let temporary = site.finished(b"new");
    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
    let fault = publish_on(&site.fs, &site.publish(&temporary, Existing::Replace)).unwrap_err();
    assert_eq!((fault.code, site.fs.fired()), (Code::Io, 1));
    assert!(!site.name().path().exists());
}
