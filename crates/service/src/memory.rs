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
