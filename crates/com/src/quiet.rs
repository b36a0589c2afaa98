//! Writing to a service that is gone without a signal. A program in Rust ignores SIGPIPE from its start; one in C that does
//! not would be ended by it, for `write` to a socket that nobody reads raises it. So it is blocked on the thread that asks,
//! for as long as it asks, and taken away if it came.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use tokio::runtime::Runtime;

/// Runs a future on this thread, without signals.
pub(crate) fn block_on<T>(runtime: &Runtime, future: impl Future<Output = T>) -> T {
    let _quiet = Quiet::new();
    runtime.block_on(future)
}

/// While this lives, its thread gets no SIGPIPE. The signal of a failed write goes to the thread that wrote.
struct Quiet {
    /// Nothing was waiting before, so that what waits at the end is ours.
    is_ours: bool,
    before: libc::sigset_t,
    /// It belongs to the thread that made it.
    _here: PhantomData<*const ()>,
}

impl Quiet {
    fn new() -> Self {
        let is_ours = !is_pending();
        let mut before = empty();
        // SAFETY: both sets are initialised. It cannot fail: the arguments are valid.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &pipe(), &raw mut before) };
        Self { is_ours, before, _here: PhantomData }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.is_ours && is_pending() {
            let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: the set and the time are initialised; no information on the signal is wanted.
            unsafe { libc::sigtimedwait(&pipe(), std::ptr::null_mut(), &raw const now) };
        }
        // SAFETY: the set is that of before; the one in its place is not wanted.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

fn empty() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set, and cannot fail.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}

fn pipe() -> libc::sigset_t {
    let mut set = empty();
    // SAFETY: the set is initialised, and the signal exists.
    unsafe { libc::sigaddset(&raw mut set, libc::SIGPIPE) };
    set
}

/// Whether the signal waits for this thread.
fn is_pending() -> bool {
    let mut set = empty();
    // SAFETY: the set is initialised.
    unsafe { libc::sigpending(&raw mut set) == 0 && libc::sigismember(&raw const set, libc::SIGPIPE) == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_write_to_nobody_raises_no_signal_while_it_is_quiet() {
        // SAFETY: as in a program in C: the signal ends the process where it is not blocked.
        let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        {
            let _quiet = Quiet::new();
            let (near, far) = UnixStream::pair().unwrap();
            drop(far);
            assert_eq!(rustix::io::write(&near, b"x"), Err(rustix::io::Errno::PIPE));
            assert!(is_pending(), "the write raised it");
        }
        assert!(!is_pending());
        // SAFETY: what was there before.
        unsafe { libc::signal(libc::SIGPIPE, before) };
    }
}
