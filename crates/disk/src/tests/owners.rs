//! Rights: everything is done as the owner, who has no more rights than anybody (E09, E26; spec 9.9). Run by
//! the superuser these tests act as an ordinary user.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use bgcopy_core::{Code, ErrorContext, Existing};

use crate::testing::{Site, ordinary_rights};
use crate::{Part, PartSpec, Publish, check_destination, discard, publish};

fn spec(site: &Site) -> PartSpec {
    PartSpec { rights: ordinary_rights(), ..site.spec() }
}

fn set_mode(path: &std::path::Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn e09_a_folder_that_the_owner_may_not_write_to_is_refused_when_the_file_is_added_and_later() {
    let site = Site::of_ordinary_user();
    set_mode(&site.folder, 0o555);
    let rights = ordinary_rights();
    let faults = [
        check_destination(&rights, &site.name(), Existing::Replace).unwrap_err(),
        Part::create(&spec(&site)).err().unwrap(),
    ];
    set_mode(&site.folder, 0o755);
    for fault in faults {
        assert_eq!((fault.code, fault.context), (Code::AccessDenied, ErrorContext::LocalFile));
        assert_eq!(fault.errno, Some(rustix::io::Errno::ACCESS.raw_os_error()));
    }
    assert!(site.is_clean());
    check_destination(&rights, &site.name(), Existing::Replace).unwrap();
}

#[test]
fn e09_a_folder_that_loses_its_rights_meanwhile_keeps_the_bytes_until_they_are_back() {
    // E09: "nothing lost, and it goes on after Resume".
    let site = Site::of_ordinary_user();
    let spec = spec(&site);
    let mut part = Part::create(&spec).unwrap();
    part.write(0, b"whole").unwrap();
    part.finish(5).unwrap();
    let publishing =
        Publish { rights: spec.rights.clone(), ..site.publish(part.temporary(), Existing::Replace) };
    set_mode(&site.folder, 0o555);
    let refused = publish(&publishing).unwrap_err();
    let kept = discard(&spec.rights, Some(part.temporary()), &spec.log).unwrap_err();
    set_mode(&site.folder, 0o755);
    assert_eq!((refused.code, kept.code), (Code::AccessDenied, Code::AccessDenied));
    assert!(spec.log.exists(), "what could not be removed is not forgotten");
    publish(&publishing).unwrap();
    assert_eq!(std::fs::read(site.name().path()).unwrap(), b"whole");
}

#[test]
fn e26_the_file_is_the_owners_and_the_log_is_the_services() {
    let site = Site::of_ordinary_user();
    let spec = spec(&site);
    let mut part = Part::create(&spec).unwrap();
    part.write(0, b"whole").unwrap();
    part.checkpoint(true).unwrap();
    let (mut part, proved) = Part::reopen(&spec, part.temporary()).unwrap();
    assert_eq!(proved.len(), 5);
    part.finish(5).unwrap();
    publish(&Publish { rights: spec.rights.clone(), ..site.publish(part.temporary(), Existing::Replace) })
        .unwrap();
    let file = std::fs::metadata(site.name().path()).unwrap();
    assert_eq!((file.uid(), file.permissions().mode() & 0o7777), (spec.rights.uid(), 0o644));
    let log = std::fs::metadata(&spec.log).unwrap();
    assert_eq!(log.uid(), rustix::process::geteuid().as_raw());
    assert_eq!(log.permissions().mode() & 0o7777, 0o600);
}

#[test]
fn e14_a_link_planted_by_the_owner_does_not_borrow_the_services_rights() {
    // E14 for a machine-wide service: what the owner cannot write, a job of the owner cannot write.
    let site = Site::of_ordinary_user();
    let locked = site.root().join("locked");
    std::fs::create_dir(&locked).unwrap();
    set_mode(&locked, 0o555);
    let link = site.folder.join("link");
    std::os::unix::fs::symlink(&locked, &link).unwrap();
    let local_name = bgcopy_core::LocalName::new(link.join("file.bin")).unwrap();
    let fault = Part::create(&PartSpec { local_name, ..spec(&site) }).err().unwrap();
    assert_eq!(fault.code, Code::AccessDenied);
    assert_eq!(std::fs::read_dir(&locked).unwrap().count(), 0);
}
