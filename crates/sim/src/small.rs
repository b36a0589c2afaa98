//! Small files as the effects have them: held in memory until all of them is there, then written at once, under a
//! name that follows from the file.

use bgcopy_core::{Answer, ByteRange, Fault, Kept};
use bgcopy_engine::event::{Brought, Finished};
use bgcopy_engine::{Event, TransferId};

use crate::disk::{Extent, Key};
use crate::effects::digest_of;
use crate::world::World;

/// The whole of a small body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    pub(crate) size: u64,
    pub(crate) version: u32,
}

impl World {
    /// Writes a small file; what is told of it then.
    pub(crate) fn write_at_once(
        &mut self,
        transfer: TransferId,
        key: Key,
        whole: Whole,
        answer: Option<Box<Answer>>,
    ) -> Event {
        let Whole { size, version } = whole;
        let output = ByteRange::new(0, size);
        let file = self.engine.job(key.0).and_then(|job| job.file(key.1));
        let digest = file.and_then(|file| file.digest().cloned());
        if digest.as_ref().is_some_and(|digest| *digest != digest_of(version)) {
            return Event::DiskFailed(transfer, wrong_digest());
        }
        self.disk.restart(key);
        self.disk.write(key, Extent { output, remote: 0, version });
        self.disk.checkpoint(key);
        self.disk.at_once.insert(key);
        let kept = Kept { device: 0, inode: 0, born: None, owner: 0, size, modified: 0 };
        let finished = Finished { digest_matched: digest.is_some(), pieces_matched: false };
        Event::Brought(transfer, Box::new(Brought { temporary: temporary_of(key), kept, finished, answer }))
    }
}

/// Where the temporary file of a file is.
pub(crate) fn temporary_of(key: Key) -> std::path::PathBuf {
    format!("/home/ada/.{}.{}", key.0, key.1).into()
}

/// The content is not what was promised.
pub(crate) fn wrong_digest() -> Fault {
    use bgcopy_core::{Code, ErrorContext};
    Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, "the digest is wrong")
}
