//! Settings of `IBackgroundCopyJob` whose defaults or words differ from the service's (spec 6.8, 7.2, 9.8).

use bgcopy_api::core::catalogue::codes::E_NOTIMPL;
use bgcopy_api::core::{Family, Priority, limits};
use bgcopy_api::{Proxy, ProxyUsage, SetSettings};

use super::Job;
use super::background::INVALID;
use crate::guard::{Answer, Fail, Out};
use crate::objects::manager::preconfigured;
use crate::text;

/// What `GetMinimumRetryDelay` says where nobody set one: the default of BITS (spec 6.8), at which the service's own
/// delays end.
const RETRY_DELAY_SECONDS: u32 = limits::RETRY_DELAY_MAX.as_secs() as u32;

/// Seconds as the headers have them; more than they can hold is the most they can.
pub(super) fn seconds(given: u64) -> u32 {
    u32::try_from(given).unwrap_or(u32::MAX)
}

impl Job {
    pub(super) fn set_notify_flags(&self, flags: u32) -> Answer {
        self.set(SetSettings { notify_flags: Some(flags), ..SetSettings::default() })
    }

    pub(super) fn set_minimum_retry_delay(&self, delay: u32) -> Answer {
        self.set(SetSettings { minimum_retry_delay_seconds: Some(delay.into()), ..SetSettings::default() })
    }

    pub(super) fn minimum_retry_delay(&self) -> Answer<u32> {
        Ok(self.view()?.settings.minimum_retry_delay_seconds.map_or(RETRY_DELAY_SECONDS, seconds))
    }

    pub(super) fn set_no_progress_timeout(&self, timeout: u32) -> Answer {
        self.set(SetSettings { no_progress_timeout_seconds: Some(timeout.into()), ..SetSettings::default() })
    }

    /// The default is that of the class, and for DO of the priority (spec 6.8).
    pub(super) fn no_progress_timeout(&self) -> Answer<u32> {
        let job = self.view()?;
        let default = match (job.family, job.priority) {
            (Family::Bits, _) => limits::NO_PROGRESS_BITS,
            (Family::Do, Priority::Foreground) => limits::NO_PROGRESS_FOREGROUND,
            (Family::Do, Priority::High | Priority::Normal | Priority::Low) => limits::NO_PROGRESS_BACKGROUND,
        };
        Ok(seconds(job.settings.no_progress_timeout_seconds.unwrap_or(default.as_secs())))
    }

    /// "Lists must be NULL unless OVERRIDE; OVERRIDE needs a proxy list" (spec 7.2).
    pub(super) fn set_proxy(&self, usage: u32, list: Option<String>, bypass: Option<String>) -> Answer {
        let usage = ProxyUsage::from_number(usage).ok_or(Fail(E_NOTIMPL))?;
        let is_override = usage == ProxyUsage::Override;
        if is_override != list.is_some() || (bypass.is_some() && !is_override) {
            return Err(INVALID);
        }
        let proxy = match usage {
            ProxyUsage::Preconfig => preconfigured().settings(),
            _ => Proxy { usage, list, bypass },
        };
        self.set(SetSettings { proxy: Some(proxy), ..SetSettings::default() })
    }

    /// NULL where there is no list: what the environment said of proxies is no setting of the client's (spec 7.2).
    pub(super) fn give_proxy(
        &self,
        (usage, list, bypass): (Out<u32>, Out<*mut u16>, Out<*mut u16>),
    ) -> Answer {
        let proxy = self.view()?.settings.proxy;
        let is_override = proxy.usage == ProxyUsage::Override;
        if let Some(given) = proxy.list.filter(|_| is_override) {
            text::give(list, &given)?;
        }
        if let Some(given) = proxy.bypass.filter(|_| is_override) {
            text::give(bypass, &given)?;
        }
        usage.set(proxy.usage.number())
    }
}
