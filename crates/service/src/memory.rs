//! How the allocator behaves in a process that is mostly idle.

/// Pools of memory that glibc makes at most. By default it makes one for nearly every thread, and each keeps
/// its peak for ever; two are enough for threads that allocate next to nothing on the way of a byte.
#[cfg(target_env = "gnu")]
const ARENAS_MAX: libc::c_int = 2;

/// Keeps the memory of an idle service small. To be called before any thread is started.
#[cfg(target_env = "gnu")]
pub(crate) fn keep_small() {
    // SAFETY: mallopt(3) only sets a number that malloc reads when it would make another arena; no other
    // thread runs yet.
    #[expect(unsafe_code, reason = "a setting of the C library has no safe wrapper")]
    let taken = unsafe { libc::mallopt(libc::M_ARENA_MAX, ARENAS_MAX) };
    debug_assert_eq!(taken, 1, "glibc takes any positive number");
}

/// Other C libraries have one pool.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn keep_small() {}

/// Gives back what only work needs: free memory of the allocator, and the mapping of code that may not be
/// needed again for days. The kernel maps code in blocks of 64 KiB around whatever is called, so that start-up
/// alone maps most of the program; what is called again is mapped again, from memory if it is still there.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: malloc_trim(3) locks the pools it looks at and gives back only what is free.
        #[expect(unsafe_code, reason = "a function of the C library has no safe wrapper")]
        let _ = unsafe { libc::malloc_trim(0) };
    }
    for (start, length) in own_code().unwrap_or_default() {
        // SAFETY: the range is a mapping of our own program that is readable and executable and cannot be
        // written, so its pages are clean copies of the file; whoever touches one gets it again.
        #[expect(unsafe_code, reason = "advice on mappings has no safe wrapper")]
        let advised = unsafe {
            rustix::mm::madvise(
                std::ptr::with_exposed_provenance_mut(start),
                length,
                rustix::mm::Advice::LinuxDontNeed,
            )
        };
        if let Err(error) = advised {
            tracing::debug!(%error, "the kernel keeps our code mapped");
        }
    }
}

/// Where the code of this program is mapped: start and length of each part, from proc_pid_maps(5).
fn own_code() -> Option<Vec<(usize, usize)>> {
    let program = std::fs::read_link("/proc/self/exe").ok()?;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    Some(maps.lines().filter_map(|line| code_of(line, program.to_str()?)).collect())
}

/// The range of a line of the map, if it is code of this program: "start-end r-xp offset device inode path".
fn code_of(line: &str, program: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    let is_code = fields.next()? == "r-xp";
    let path = line.find('/').map(|at| &line[at..]);
    (is_code && path == Some(program)).then(|| Some((start, end.checked_sub(start)?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_of_this_program_is_given_back() {
        let line = "55d0c8a00000-55d0c8b00000 r-xp 00100000 fe:00 1234                       /usr/bin/a b";
        assert_eq!(code_of(line, "/usr/bin/a b"), Some((0x55d0_c8a0_0000, 0x10_0000)));
        assert_eq!(code_of(line, "/usr/bin/a"), None);
        assert_eq!(code_of(&line.replace("r-xp", "r--p"), "/usr/bin/a b"), None);
        assert_eq!(code_of("7ffc1000-7ffc2000 r-xp 00000000 00:00 0  [vdso]", "/usr/bin/a b"), None);
        assert_eq!(code_of("", "/usr/bin/a b"), None);
    }

    #[test]
    fn a_program_goes_on_without_its_code_mapped() {
        assert!(!own_code().unwrap().is_empty());
        give_back();
        assert!(!own_code().unwrap().is_empty());
    }
}
