//! The wall of the boundary: what an entry point answers, and that no panic gets past it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use bgcopy_api::ClientError;
use bgcopy_api::core::Hresult;
use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, E_UNEXPECTED};
use rustix::process::{Pid, getpid};
use windows_core::HRESULT;

/// `RPC_E_DISCONNECTED`: "the object invoked has disconnected from its clients".
const RPC_E_DISCONNECTED: Hresult = Hresult(0x8001_0108);

/// The process that asks the service.
static PROCESS: OnceLock<Pid> = OnceLock::new();

/// Why a method failed: the code that its caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fail(pub(crate) Hresult);

/// What a method answers: a code of success, or why it failed.
pub(crate) type Answer<T = Hresult> = Result<T, Fail>;

/// The plain success.
pub(crate) const OK: Answer = Ok(Hresult::S_OK);

impl From<ClientError> for Fail {
    fn from(error: ClientError) -> Self {
        Self(error.hresult())
    }
}

/// From now on there are connections and threads of this process.
pub(crate) fn settle() {
    PROCESS.get_or_init(getpid);
}

/// Whether this is a fork of the process that asks the service. It has the connections in common with the other, whose
/// answers it would take, and locks of threads that it does not have (faults J13).
fn is_fork() -> bool {
    PROCESS.get().is_some_and(|&process| process != getpid())
}

/// Runs the body of a method, unless its object was left behind by a fork.
pub(crate) fn guard(body: impl FnOnce() -> Answer) -> HRESULT {
    guard_here(|| if is_fork() { Err(Fail(RPC_E_DISCONNECTED)) } else { body() })
}

/// Runs the body of an entry point that asks nobody. A panic is a bug of ours, and must neither unwind into a caller that was compiled by
/// another compiler nor take its process along.
pub(crate) fn guard_here(body: impl FnOnce() -> Answer) -> HRESULT {
    let code = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(code) | Err(Fail(code))) => code,
        Err(panic) => {
            // Dropping what a panic carries may panic again.
            std::mem::forget(panic);
            E_UNEXPECTED
        }
    };
    HRESULT(code.0.cast_signed())
}

/// The same for an entry point that gives something else than a code.
pub(crate) fn guard_or<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        std::mem::forget(panic);
        otherwise
    })
}

/// A place of the caller where an answer goes. It holds zeros, which are NULL and 0, from the moment it is taken, so that
/// a method which fails leaves no garbage behind (spec 1.4).
pub(crate) struct Out<T>(*mut T);

impl<T: Copy> Out<T> {
    /// Takes the place; NULL is `E_INVALIDARG` (spec 1.4).
    ///
    /// # Safety
    ///
    /// Unless it is NULL, the pointer must be good for writing, and zeros must be a value of `T`.
    pub(crate) unsafe fn new(place: *mut T) -> Answer<Self> {
        // SAFETY: as the caller promises.
        unsafe { Self::optional(place) }.ok_or(Fail(E_INVALIDARG))
    }

    /// The same for a place that may be NULL.
    ///
    /// # Safety
    ///
    /// As [`new`](Self::new).
    pub(crate) unsafe fn optional(place: *mut T) -> Option<Self> {
        if place.is_null() {
            return None;
        }
        // SAFETY: it is not NULL, so good for writing, and zeros are a value, as the caller of `new` promises.
        unsafe { place.write_bytes(0, 1) };
        Some(Self(place))
    }

    /// Gives the answer.
    pub(crate) fn set(self, value: T) -> Answer {
        // SAFETY: whoever made this promised that the place is good for writing.
        unsafe { self.0.write(value) };
        OK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_as_unexpected() {
        std::panic::set_hook(Box::new(|_| {}));
        assert_eq!(guard(|| panic!("a bug")).0.cast_unsigned(), 0x8000_FFFF);
        assert_eq!(guard_or(7, || panic!("a bug")), 7);
        let _ = std::panic::take_hook();
    }

    #[test]
    fn a_place_is_cleared_when_it_is_taken_and_null_is_refused() {
        let mut number = 5_u32;
        // SAFETY: a reference is good for writing.
        let place = unsafe { Out::new(&raw mut number) }.unwrap();
        assert_eq!(number, 0);
        place.set(9).unwrap();
        assert_eq!(number, 9);
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { Out::<u32>::new(std::ptr::null_mut()) }.err(), Some(Fail(E_INVALIDARG)));
    }
}
