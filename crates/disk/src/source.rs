//! The file that an upload sends: read where it lies, with its owner's rights, and only as long as it is the file that
//! it was when the upload began.

use bgcopy_core::{Code, Fault, Kept, LocalName};

use crate::fault;
use crate::file_system::{FileSystem, Os, read_full};
use crate::identity::{Identity, Meta};
use crate::pieces::LocalFile;
use crate::rights::Rights;
use crate::small::kept_of;

/// A file that is being sent.
#[derive(Debug)]
pub struct SourceFile<F: FileSystem = Os> {
    file: LocalFile<F>,
    look: Kept,
}

impl SourceFile {
    /// Opens a file, and holds it to how it looked when its first byte was sent. None is how it looks now.
    pub fn open(rights: &Rights, name: &LocalName, known: Option<&Kept>) -> Result<Self, Fault> {
        Self::open_on(Os, rights, name, known)
    }
}

impl<F: FileSystem> SourceFile<F> {
    /// [`SourceFile::open`] on a file system of the caller's.
    pub fn open_on(fs: F, rights: &Rights, name: &LocalName, known: Option<&Kept>) -> Result<Self, Fault> {
        let file = LocalFile::open_on(fs, rights, name)?;
        let look = kept_of(file.meta());
        if known.is_some_and(|known| !is_same(known, &look)) {
            return Err(changed(&file));
        }
        Ok(Self { file, look })
    }

    /// How it looks.
    pub const fn look(&self) -> Kept {
        self.look
    }

    /// Fills the buffer from this place on. What was read while somebody wrote to the file is not handed out
    /// (`BG_E_LOCAL_FILE_CHANGED`).
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Fault> {
        let path = self.file.path();
        let read = read_full(self.file.fs(), self.file.handle(), buffer, offset)
            .map_err(|errno| fault::local(errno, "read", path))?;
        let now = Meta::of(self.file.handle()).map_err(|errno| fault::local(errno, "look at", path))?;
        if read < buffer.len() || !is_same(&self.look, &kept_of(&now)) {
            return Err(changed(&self.file));
        }
        Ok(())
    }
}

fn changed<F: FileSystem>(file: &LocalFile<F>) -> Fault {
    let detail = format!("{} was changed since its upload began", file.path().display());
    fault::here(Code::LocalFileChanged, detail)
}

/// The same file, untouched. Device numbers change when a volume is mounted again, so they tell only where the file
/// system does not keep when a file was made.
fn is_same(a: &Kept, b: &Kept) -> bool {
    let identity =
        |kept: &Kept| Identity { device: kept.device, inode: kept.inode, born: kept.born, owner: 0 };
    identity(a).is(&identity(b)) && (a.size, a.modified) == (b.size, b.modified)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use bgcopy_core::ErrorContext;
    use rustix::io::Errno;

    use super::*;
    use crate::file_system::Role;
    use crate::testing::{Effect, Op, Site, content, ordinary_rights, ordinary_user};

    fn site() -> (Site, Vec<u8>) {
        let (site, bytes) = (Site::new(), content(50_000));
        std::fs::write(site.name().path(), &bytes).unwrap();
        (site, bytes)
    }

    fn open(site: &Site, known: Option<&Kept>) -> Result<SourceFile, Fault> {
        SourceFile::open(&Rights::Own, &site.name(), known)
    }

    #[test]
    fn any_part_of_the_file_is_read() {
        let (site, bytes) = site();
        let file = open(&site, None).unwrap();
        assert_eq!(file.look().size, 50_000);
        let mut buffer = vec![0; 1_000];
        file.read(49_000, &mut buffer).unwrap();
        assert_eq!(buffer, bytes[49_000..]);
        open(&site, Some(&file.look())).unwrap();
    }

    #[test]
    fn a_file_that_was_changed_is_another_one() {
        let (site, bytes) = site();
        let path = site.name().path().to_owned();
        let file = open(&site, None).unwrap();
        let look = file.look();
        let refused = |result: Result<(), Fault>| {
            let fault = result.unwrap_err();
            (fault.code, fault.context)
        };
        let changed = (Code::LocalFileChanged, ErrorContext::LocalFile);
        // One byte, under the same size, in mid upload.
        let mut other = bytes.clone();
        other[40_000] ^= 1;
        std::fs::write(&path, &other).unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(refused(file.read(0, &mut [0; 10])), changed);
        assert_eq!(refused(open(&site, Some(&look)).map(drop)), changed);
        // Shorter.
        std::fs::write(&path, &bytes[..10]).unwrap();
        assert_eq!(refused(file.read(0, &mut [0; 20])), changed);
        // Another file under its name.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(refused(open(&site, Some(&look)).map(drop)), changed);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            refused(open(&site, Some(&look)).map(drop)),
            (Code::PathNotFound, ErrorContext::LocalFile)
        );
    }

    #[test]
    fn a_volume_that_was_mounted_again_holds_the_same_file() {
        let (site, _) = site();
        let look = open(&site, None).unwrap().look();
        if look.born.is_some() {
            open(&site, Some(&Kept { device: look.device + 1, ..look })).unwrap();
        }
        assert!(open(&site, Some(&Kept { inode: look.inode + 1, ..look })).is_err());
    }

    #[test]
    fn nobody_sends_what_he_may_not_read() {
        let (site, _) = site();
        std::fs::set_permissions(site.name().path(), std::fs::Permissions::from_mode(0o000)).unwrap();
        let fault = SourceFile::open(&ordinary_rights(), &site.name(), None).unwrap_err();
        assert_eq!(fault.code, Code::AccessDenied);
        if ordinary_user().is_some() {
            open(&site, None).expect("the superuser may");
        }
    }

    #[test]
    fn a_disk_that_fails_is_told() {
        let (site, _) = site();
        let file = SourceFile::open_on(site.fs.clone(), &Rights::Own, &site.name(), None).unwrap();
        site.fs.once(Op::Read, Role::Data, 0, Effect::Fails(Errno::IO));
        let fault = file.read(0, &mut [0; 10]).unwrap_err();
        assert_eq!((fault.code, fault.errno), (Code::Io, Some(Errno::IO.raw_os_error())));
    }
}
