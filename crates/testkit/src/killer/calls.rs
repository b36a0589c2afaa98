//! Which system calls change something that a crash leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use libc::c_long;
use nix::unistd::Pid;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Compare,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule,
};

/// Calls on a descriptor, which may be a pipe or a socket: those change nothing that stays.
const ON_DESCRIPTORS: &[(c_long, &str)] = &[
    (libc::SYS_write, "write"),
    (libc::SYS_writev, "writev"),
    (libc::SYS_pwrite64, "pwrite64"),
    (libc::SYS_pwritev, "pwritev"),
    (libc::SYS_pwritev2, "pwritev2"),
    (libc::SYS_copy_file_range, "copy_file_range"),
    (libc::SYS_fsync, "fsync"),
    (libc::SYS_fdatasync, "fdatasync"),
    (libc::SYS_ftruncate, "ftruncate"),
    (libc::SYS_fallocate, "fallocate"),
    (libc::SYS_fchmod, "fchmod"),
    (libc::SYS_fchown, "fchown"),
];

/// Calls that take names.
const ON_NAMES: &[(c_long, &str)] = &[
    (libc::SYS_truncate, "truncate"),
    (libc::SYS_renameat, "renameat"),
    (libc::SYS_renameat2, "renameat2"),
    (libc::SYS_unlinkat, "unlinkat"),
    (libc::SYS_linkat, "linkat"),
    (libc::SYS_symlinkat, "symlinkat"),
    (libc::SYS_mkdirat, "mkdirat"),
    (libc::SYS_fchmodat, "fchmodat"),
    (libc::SYS_fchownat, "fchownat"),
    (libc::SYS_utimensat, "utimensat"),
    (libc::SYS_setxattr, "setxattr"),
    (libc::SYS_fsetxattr, "fsetxattr"),
    // It makes the file of a Unix socket.
    (libc::SYS_bind, "bind"),
];

/// The old names of the same, where the machine still has them.
#[cfg(target_arch = "x86_64")]
const ON_NAMES_BEFORE: &[(c_long, &str)] = &[
    (libc::SYS_creat, "creat"),
    (libc::SYS_rename, "rename"),
    (libc::SYS_unlink, "unlink"),
    (libc::SYS_rmdir, "rmdir"),
    (libc::SYS_link, "link"),
    (libc::SYS_symlink, "symlink"),
    (libc::SYS_mkdir, "mkdir"),
    (libc::SYS_chmod, "chmod"),
    (libc::SYS_chown, "chown"),
    (libc::SYS_utimes, "utimes"),
];
#[cfg(not(target_arch = "x86_64"))]
const ON_NAMES_BEFORE: &[(c_long, &str)] = &[];

/// Opening, which changes something when it may create; with the place of the flags. openat2(2) has its flags
/// in memory, where no filter sees them; nothing here creates with it.
const OPENING: &[(c_long, &str, u8)] = &[
    (libc::SYS_openat, "openat", 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, "open", 1),
];

/// Standard input, output and error: where logs go.
const STANDARD_STREAMS_END: u64 = 3;

/// A filter that stops at these calls and lets every other one pass.
pub(super) fn filter() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<i64, Vec<Rule>> = BTreeMap::new();
    for (call, _) in ON_DESCRIPTORS {
        let no_log = Condition::new(0, Width::Dword, Compare::Ge, STANDARD_STREAMS_END)?;
        rules.insert(*call, vec![Rule::new(vec![no_log])?]);
    }
    for (call, _) in ON_NAMES.iter().chain(ON_NAMES_BEFORE) {
        rules.insert(*call, Vec::new());
    }
    for (call, _, flags) in OPENING {
        let create = u64::from(libc::O_CREAT.cast_unsigned());
        let creates = Condition::new(*flags, Width::Dword, Compare::MaskedEq(create), create)?;
        rules.insert(*call, vec![Rule::new(vec![creates])?]);
    }
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Trace(0), arch)?.try_into()
}

/// Whether the call that this thread has stopped at changes something that stays: not a socket, not a pipe.
pub(super) fn changes_something(thread: Pid) -> bool {
    match Call::of(thread) {
        Some(call) if named(ON_DESCRIPTORS, call.number).is_some() => {
            call.target(thread).is_some_and(|path| path.is_absolute())
        }
        Some(_) => true,
        // Killed in the meantime.
        None => false,
    }
}

/// The descriptor that the call syncs which this thread has stopped at, if it is one that syncs.
pub(super) fn synced(thread: Pid) -> Option<u64> {
    let call = Call::of(thread)?;
    matches!(call.number, libc::SYS_fsync | libc::SYS_fdatasync).then_some(call.first)
}

/// The call that this thread has stopped at, for a person.
pub(super) fn describe(thread: Pid) -> String {
    let Some(call) = Call::of(thread) else { return "an unknown call".to_owned() };
    if let Some(name) = named(ON_DESCRIPTORS, call.number) {
        let target = call.target(thread).unwrap_or_default();
        return format!("{name} {}", target.display());
    }
    let opening = OPENING.iter().find(|(number, ..)| *number == call.number).map(|(_, name, _)| *name);
    let named = named(ON_NAMES, call.number).or_else(|| named(ON_NAMES_BEFORE, call.number)).or(opening);
    named.map_or_else(|| format!("call {}", call.number), str::to_owned)
}

fn named(calls: &[(c_long, &'static str)], number: c_long) -> Option<&'static str> {
    calls.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// A call, as `/proc` tells it on every machine alike: number and arguments.
struct Call {
    number: c_long,
    first: u64,
}

impl Call {
    fn of(thread: Pid) -> Option<Self> {
        let told = fs::read_to_string(format!("/proc/{thread}/syscall")).ok()?;
        let mut words = told.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let first = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        Some(Self { number, first })
    }

    /// What the descriptor stands for; a path only for what lies in a file system.
    fn target(&self, thread: Pid) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{thread}/fd/{}", self.first)).ok()
    }
}
