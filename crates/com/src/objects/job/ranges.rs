//! Ranges as the headers have them (spec 9.4).

use bgcopy_api::FileRange;
use bgcopy_api::core::catalogue::codes::E_INVALIDARG;
use bgcopy_api::core::{Refusal, range};

use crate::abi::types::BG_FILE_RANGE;
use crate::guard::{Answer, Fail};
use crate::service::Service;

/// `BG_LENGTH_TO_EOF`.
const TO_EOF: u64 = u64::MAX;

/// A range of the service, as the headers have it.
pub(crate) fn to_abi(range: FileRange) -> BG_FILE_RANGE {
    BG_FILE_RANGE { InitialOffset: range.offset, Length: range.length.unwrap_or(TO_EOF) }
}

/// Reads the ranges of a caller. "InitialOffset BG_LENGTH_TO_EOF ⇒ INVALID_RANGE" (spec 9.4).
///
/// # Safety
///
/// Unless the pointer is NULL, there must be that many ranges.
pub(in crate::objects) unsafe fn read(
    service: &Service,
    count: u32,
    ranges: *const BG_FILE_RANGE,
) -> Answer<Vec<FileRange>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if ranges.is_null() {
        return Err(Fail(E_INVALIDARG));
    }
    // SAFETY: as the caller promises.
    let given = unsafe { std::slice::from_raw_parts(ranges, count as usize) };
    let read = given.iter().map(|range| {
        let length = (range.Length != TO_EOF).then_some(range.Length);
        if range.InitialOffset == TO_EOF {
            let range = range::FileRange { offset: TO_EOF, length };
            return Err(service.fail(&Refusal::InvalidRange { range }));
        }
        Ok(FileRange { offset: range.InitialOffset, length })
    });
    read.collect()
}
