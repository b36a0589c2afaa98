//! A job and an error to test rules on.

use std::path::PathBuf;

use uuid::Uuid;

use crate::code::Code;
use crate::context::ErrorContext;
use crate::fault::Fault;
use crate::id::{FileIndex, JobId, Owner};
use crate::job::{FileRecord, FileSpec, JobRecord, Unconfirmed};
use crate::name::LocalName;
use crate::progress::JobTimes;
use crate::record::{ErrorRecord, WaitingFor};
use crate::secret::JobSecrets;
use crate::settings::JobSettings;
use crate::state::{JobState, JobType, Priority};
use crate::time::Wall;

/// A job in Error with this many files, none of which is here.
pub(crate) fn job(files: usize) -> JobRecord {
    JobRecord {
        id: JobId::from_uuid(Uuid::nil()),
        owner: Owner(1000),
        kind: JobType::Download,
        display_name: "job".to_owned(),
        description: String::new(),
        priority: Priority::Normal,
        settings: JobSettings::default(),
        secrets: JobSecrets::default(),
        state: JobState::Error,
        ending: None,
        resumed: true,
        error: None,
        error_count: 1,
        times: JobTimes::default(),
        last_activity: Wall::default(),
        stalled_since: None,
        running_millis: 0,
        idempotency_key: None,
        unconfirmed: Unconfirmed::default(),
        upload: None,
        files: (0..files).map(file).collect(),
    }
}

fn file(number: usize) -> FileRecord {
    FileRecord::new(FileSpec {
        remote_name: format!("https://example.com/{number}").parse().expect("a URL"),
        local_name: LocalName::new(PathBuf::from(format!("/tmp/{number}"))).expect("a path"),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: None,
        supply: crate::Supply::default(),
    })
}

/// A record of this failure, of its own class, that waits for the client.
pub(crate) fn error(code: Code, context: ErrorContext) -> ErrorRecord {
    let fault = Fault::new(code, context, "as it came");
    let file = Some(FileIndex(0));
    ErrorRecord::of(&fault, file, code.class(), WaitingFor::Client, Wall::default(), None)
}
