//! A log file of bounded size: when it is full it becomes the file before, and a new one begins.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::queue::Sink;

/// Bytes of one file; there are two. Weeks of an ordinary service, and little enough to send to somebody.
pub(super) const BYTES_MAX: u64 = 8 << 20;

/// A log file that is never larger than its bound.
#[derive(Debug)]
pub(super) struct CappedFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl CappedFile {
    /// Goes on with the file, or makes it; readable for its owner alone, since names of files are private.
    pub(super) fn open(path: &Path, bytes_max: u64) -> io::Result<Self> {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, bytes_max })
    }

    /// The file before: `bgcopy.log.1`.
    fn before(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".1");
        name.into()
    }

    fn turn_over(&mut self) -> io::Result<()> {
        std::fs::rename(&self.path, self.before())?;
        self.file = open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl Sink for CappedFile {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.bytes_max {
            self.turn_over()?;
        }
        // What was written of a line on a full disk counts too.
        self.bytes += line.len() as u64;
        self.file.write_all(line)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_full_file_becomes_the_file_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bgcopy.log");
        let before = folder.path().join("bgcopy.log.1");
        let mut log = CappedFile::open(&path, 10).unwrap();
        for line in ["1234\n", "5678\n"] {
            log.write_line(line.as_bytes()).unwrap();
        }
        assert_eq!((read(&path), before.exists()), ("1234\n5678\n".to_owned(), false));
        log.write_line(b"9\n").unwrap();
        assert_eq!((read(&path), read(&before)), ("9\n".to_owned(), "1234\n5678\n".to_owned()));
        log.write_line(b"a line longer than the file\n").unwrap();
        assert_eq!(
            (read(&path), read(&before)),
            ("a line longer than the file\n".to_owned(), "9\n".to_owned())
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_restart_goes_on_with_the_file_and_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bgcopy.log");
        CappedFile::open(&path, 10).unwrap().write_line(b"1234567\n").unwrap();
        let mut log = CappedFile::open(&path, 10).unwrap();
        log.write_line(b"9\n").unwrap();
        assert_eq!(read(&path), "1234567\n9\n");
        log.write_line(b"0\n").unwrap();
        assert_eq!(read(&path), "0\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_on_a_full_device_is_an_error_and_no_more() {
        let mut log = CappedFile::open(Path::new("/dev/full"), 10).unwrap();
        assert_eq!(log.write_line(b"1\n").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
