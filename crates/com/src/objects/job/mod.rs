//! A job: one object with every interface of jobs (spec 1.3). Each file here holds one generation of methods.

mod background;
mod credentials;
mod delivery;
mod files;
pub(super) mod headers;
mod http;
mod properties;
pub(crate) mod ranges;
mod reply;
mod settings;
mod tokens;

use std::sync::Arc;

use bgcopy_api::core::JobId;
use bgcopy_api::{SetJob, SetSettings};
use windows_core::implement;

use crate::abi::interfaces::{
    IBackgroundCopyJob5, IBackgroundCopyJobHttpOptions3, IBitsTokenOptions, IDeliveryOptimizationJob,
    IDeliveryOptimizationJob2,
};
use crate::guard::{Answer, OK};
use crate::service::Service;

/// A job: its id.
#[implement(
    IBackgroundCopyJob5,
    IBackgroundCopyJobHttpOptions3,
    IBitsTokenOptions,
    IDeliveryOptimizationJob,
    IDeliveryOptimizationJob2
)]
pub(crate) struct Job {
    service: Arc<Service>,
    id: JobId,
}

impl Job {
    /// The job with this id.
    pub(crate) const fn new(service: Arc<Service>, id: JobId) -> Self {
        Self { service, id }
    }

    /// The job as it is now. One that has ended can be looked at as long as its pointer is held (spec 1.4).
    fn view(&self) -> Answer<bgcopy_api::Job> {
        self.service.ask(async |client| client.job(self.id).await)
    }

    fn change(&self, changes: &SetJob) -> Answer {
        self.service.ask(async |client| client.set_job(self.id, changes).await)?;
        OK
    }

    fn set(&self, settings: SetSettings) -> Answer {
        self.change(&SetJob { settings, ..SetJob::default() })
    }
}
