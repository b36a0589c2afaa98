//! Enumerators: a snapshot of names, and a place in it (spec 7.11). The objects they give are live.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, S_FALSE};
use bgcopy_api::core::{FileIndex, Hresult, JobId};
use windows_core::{HRESULT, implement};

use super::file::File;
use super::job::Job;
use super::{give, pointer};
use crate::abi::interfaces::{
    IBackgroundCopyFile6, IBackgroundCopyJob5, IEnumBackgroundCopyFiles, IEnumBackgroundCopyFiles_Impl,
    IEnumBackgroundCopyJobs, IEnumBackgroundCopyJobs_Impl,
};
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::service::Service;

/// A list as it was, and how far it was read.
#[derive(Debug)]
pub(super) struct Snapshot<T> {
    all: Arc<[T]>,
    at: Mutex<usize>,
}

impl<T: Copy> Snapshot<T> {
    pub(super) fn new(all: Arc<[T]>, at: usize) -> Self {
        Self { all, at: Mutex::new(at) }
    }

    /// Moves on by this many, or to the end.
    fn take(&self, count: u32) -> &[T] {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = self.all.get(*at..).unwrap_or_default();
        let taken = rest.get(..count as usize).unwrap_or(rest);
        *at += taken.len();
        taken
    }

    /// # Safety
    ///
    /// The elements must have room for `count` pointers, the place be NULL or good for writing.
    pub(super) unsafe fn next(
        &self,
        count: u32,
        elements: *mut *mut c_void,
        fetched: *mut u32,
        make: impl Fn(T) -> *mut c_void,
    ) -> Answer {
        // SAFETY: as the caller promises.
        let fetched = unsafe { Out::optional(fetched) };
        // "May be NULL only if celt is 1" (spec 7.11).
        if elements.is_null() || (fetched.is_none() && count != 1) {
            return Err(Fail(E_INVALIDARG));
        }
        let taken = self.take(count);
        for (index, &element) in taken.iter().enumerate() {
            // SAFETY: there is room for `count` pointers, and no more were taken.
            unsafe { elements.add(index).write(make(element)) };
        }
        let given = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        fetched.map_or(OK, |place| place.set(given))?;
        Ok(if given == count { Hresult::S_OK } else { S_FALSE })
    }

    pub(super) fn skip(&self, count: u32) -> Answer {
        let skipped = self.take(count).len();
        Ok(if skipped == count as usize { Hresult::S_OK } else { S_FALSE })
    }

    pub(super) fn reset(&self) -> Answer {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        OK
    }

    pub(super) fn again(&self) -> Self {
        Self::new(self.all.clone(), *self.at.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }
}

/// The jobs that there were.
#[implement(IEnumBackgroundCopyJobs)]
pub(crate) struct Jobs {
    service: Arc<Service>,
    list: Snapshot<JobId>,
}

impl Jobs {
    /// An enumerator at the start of a list.
    pub(super) fn new(service: Arc<Service>, list: Arc<[JobId]>) -> Self {
        Self { service, list: Snapshot::new(list, 0) }
    }
}

impl IEnumBackgroundCopyJobs_Impl for Jobs_Impl {
    unsafe fn Next(&self, count: u32, elements: *mut *mut c_void, fetched: *mut u32) -> HRESULT {
        let make = |id| pointer::<IBackgroundCopyJob5, _>(Job::new(self.service.clone(), id));
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.list.next(count, elements, fetched, make) })
    }

    unsafe fn Skip(&self, count: u32) -> HRESULT {
        guard(|| self.list.skip(count))
    }

    unsafe fn Reset(&self) -> HRESULT {
        guard(|| self.list.reset())
    }

    unsafe fn Clone(&self, copy: *mut *mut c_void) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        let place = || unsafe { Out::new(copy) };
        guard(|| {
            let again = Jobs { service: self.service.clone(), list: self.list.again() };
            give::<IEnumBackgroundCopyJobs, _>(place()?, again)
        })
    }

    unsafe fn GetCount(&self, count: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(count) }?.set(self.list.count()))
    }
}

/// The files that a job had.
#[implement(IEnumBackgroundCopyFiles)]
pub(crate) struct Files {
    service: Arc<Service>,
    job: JobId,
    list: Snapshot<FileIndex>,
}

impl Files {
    /// An enumerator at the start of a list.
    pub(super) fn new(service: Arc<Service>, job: JobId, list: Arc<[FileIndex]>) -> Self {
        Self { service, job, list: Snapshot::new(list, 0) }
    }
}

impl IEnumBackgroundCopyFiles_Impl for Files_Impl {
    unsafe fn Next(&self, count: u32, elements: *mut *mut c_void, fetched: *mut u32) -> HRESULT {
        let make =
            |index| pointer::<IBackgroundCopyFile6, _>(File::new(self.service.clone(), self.job, index));
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.list.next(count, elements, fetched, make) })
    }

    unsafe fn Skip(&self, count: u32) -> HRESULT {
        guard(|| self.list.skip(count))
    }

    unsafe fn Reset(&self) -> HRESULT {
        guard(|| self.list.reset())
    }

    unsafe fn Clone(&self, copy: *mut *mut c_void) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        let place = || unsafe { Out::new(copy) };
        guard(|| {
            let again = Files { service: self.service.clone(), job: self.job, list: self.list.again() };
            give::<IEnumBackgroundCopyFiles, _>(place()?, again)
        })
    }

    unsafe fn GetCount(&self, count: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(count) }?.set(self.list.count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_skipped_and_begun_again() {
        let list = Snapshot::new([1, 2, 3].into(), 0);
        let mut elements = [std::ptr::null_mut(); 4];
        let mut fetched = 9;
        let numbered = |number: usize| std::ptr::without_provenance_mut(number);
        // SAFETY: there is room for four pointers.
        let mut next = |list: &Snapshot<usize>, count, fetched: *mut u32| unsafe {
            list.next(count, elements.as_mut_ptr(), fetched, numbered)
        };
        assert_eq!(next(&list, 2, &raw mut fetched), Ok(Hresult::S_OK));
        assert_eq!(fetched, 2);
        let again = list.again();
        assert_eq!(next(&list, 4, &raw mut fetched), Ok(S_FALSE));
        assert_eq!(fetched, 1);
        assert_eq!(next(&list, 1, std::ptr::null_mut()), Ok(S_FALSE));
        assert_eq!(next(&list, 2, std::ptr::null_mut()), Err(Fail(E_INVALIDARG)));
        assert_eq!(list.skip(1), Ok(S_FALSE));
        list.reset().unwrap();
        assert_eq!(list.skip(3), OK);
        assert_eq!((list.count(), again.take(5)), (3, &[3][..]));
    }
}
