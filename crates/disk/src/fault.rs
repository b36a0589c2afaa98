//! System errors as faults of the local file (spec 6.7, rows of LocalFile; faults E).

use std::io;
use std::path::Path;

use bgcopy_core::{Code, ErrorContext, Fault};
use rustix::io::Errno;

/// The fault that a failed system call means: "cannot `doing` `path`: cause".
pub(crate) fn local(errno: Errno, doing: &str, path: &Path) -> Fault {
    let detail = format!("cannot {doing} {}: {}", path.display(), text(errno));
    Fault { errno: Some(errno.raw_os_error()), passing: is_passing(errno), ..here(code_of(errno), detail) }
}

/// A fault of the local file that no system call reported.
pub(crate) fn here(code: Code, detail: impl Into<String>) -> Fault {
    Fault::new(code, ErrorContext::LocalFile, detail)
}

/// The piece log cannot be kept: not the fault of the user's file (E04).
pub(crate) fn log(errno: Errno, doing: &str, path: &Path) -> Fault {
    let detail = format!("cannot {doing} the piece log {}: {}", path.display(), text(errno));
    let fault = Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, detail);
    Fault { errno: Some(errno.raw_os_error()), passing: is_passing(errno), ..fault }
}

/// What this process or machine has too little of now, and has again when others let go of it (E25).
fn is_passing(errno: Errno) -> bool {
    matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOMEM)
}

/// The temporary file is not the one we left (E11, E12, E15).
pub(crate) fn changed(path: &Path, what: &str) -> Fault {
    here(Code::LocalFileChanged, format!("the temporary file {} {what}", path.display()))
}

/// Bytes that were written to the temporary file are not there any more.
pub(crate) fn too_short(path: &Path) -> Fault {
    changed(path, "is shorter than what was written to it")
}

/// The errno of an error of the standard library.
pub(crate) fn errno_of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// The words of the system, without the number, which has a field of its own.
fn text(errno: Errno) -> String {
    let text = errno.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

fn code_of(errno: Errno) -> Code {
    match errno {
        Errno::NOSPC | Errno::DQUOT => Code::DiskFull,
        // ELOOP: a symbolic link where none may be (E14). EISDIR: a folder in the way (E16).
        Errno::ACCESS | Errno::PERM | Errno::LOOP | Errno::ISDIR => Code::AccessDenied,
        Errno::ROFS => Code::WriteProtected,
        Errno::NOENT | Errno::NOTDIR => Code::PathNotFound,
        Errno::FBIG => Code::TooLarge,
        Errno::NAMETOOLONG => Code::NameTooLong,
        // The volume went away: E23.
        Errno::STALE | Errno::NODEV | Errno::NOTCONN => Code::VolumeChanged,
        Errno::EXIST => Code::DestinationExists,
        _ => Code::Io,
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::ErrorClass;

    use super::*;

    #[test]
    fn every_cause_has_its_code_and_keeps_its_number() {
        for (errno, code) in [
            (Errno::NOSPC, Code::DiskFull),
            (Errno::DQUOT, Code::DiskFull),
            (Errno::ROFS, Code::WriteProtected),
            (Errno::ACCESS, Code::AccessDenied),
            (Errno::PERM, Code::AccessDenied),
            (Errno::LOOP, Code::AccessDenied),
            (Errno::NOENT, Code::PathNotFound),
            (Errno::NOTDIR, Code::PathNotFound),
            (Errno::FBIG, Code::TooLarge),
            (Errno::NAMETOOLONG, Code::NameTooLong),
            (Errno::STALE, Code::VolumeChanged),
            (Errno::IO, Code::Io),
            (Errno::AGAIN, Code::Io),
        ] {
            let fault = local(errno, "write", Path::new("/d/f"));
            assert_eq!((fault.code, fault.context), (code, ErrorContext::LocalFile), "{errno:?}");
            assert_eq!(fault.errno, Some(errno.raw_os_error()));
        }
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            let [local, log] = [local, log].map(|fault| fault(errno, "open", Path::new("/d/f")));
            assert_eq!((local.code, local.class()), (Code::Io, ErrorClass::Transient), "{errno:?}");
            assert_eq!((log.code, log.class()), (Code::StoreFailed, ErrorClass::Transient), "{errno:?}");
        }
        let fault = local(Errno::DQUOT, "write", Path::new("/d/f"));
        assert_eq!(fault.detail, "cannot write /d/f: Disk quota exceeded");
        assert_eq!(fault.class(), ErrorClass::Policy);
    }
}
