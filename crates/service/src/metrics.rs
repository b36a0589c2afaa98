//! What the service counts, for `GET /metrics`.
//!
//! Label sets are fixed: a label's values are known when the program is built, so no job, URL or host can
//! grow the list (J17).

use std::time::Duration;

use bgcopy_core::{ErrorClass, ErrorContext, JobState, SourceKind};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// One label with one of a fixed number of values.
type Label = [(&'static str, &'static str); 1];

/// The kinds of sources.
const SOURCES: [SourceKind; 3] = [SourceKind::Origin, SourceKind::Mirror, SourceKind::CacheHost];

const fn source_label(source: SourceKind) -> Label {
    [(
        "source",
        match source {
            SourceKind::Origin => "origin",
            SourceKind::Mirror => "mirror",
            SourceKind::CacheHost => "cache-host",
        },
    )]
}

/// The bytes of a transfer, by who served them: counted without a look-up.
#[derive(Clone, Debug)]
pub struct Downloaded {
    origin: Counter,
    mirror: Counter,
    cache_host: Counter,
}

impl Downloaded {
    /// Bytes arrived and were kept.
    pub fn count(&self, source: SourceKind, bytes: u64) {
        let counter = match source {
            SourceKind::Origin => &self.origin,
            SourceKind::Mirror => &self.mirror,
            SourceKind::CacheHost => &self.cache_host,
        };
        counter.inc_by(bytes);
    }
}

/// A request to the API: the route is a text of the program, never one of the client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u32,
}

/// Counters, gauges and the registry that shows them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    jobs: Family<Label, Gauge>,
    transfers_active: Gauge,
    bytes_downloaded: Family<Label, Counter>,
    retries: Family<Label, Counter>,
    errors: Family<Label, Counter>,
    commit_seconds: Histogram,
    commit_failures: Counter,
    requests: Family<RequestLabels, Counter>,
    log_lines_dropped: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Everything at zero, and shown as zero: a counter that appears with its first event hides that event
    /// from `rate()`.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("bgcopy"),
            jobs: Family::default(),
            transfers_active: Gauge::default(),
            bytes_downloaded: Family::default(),
            retries: Family::default(),
            errors: Family::default(),
            // From half a millisecond, the sync of a fast disk, to 4 seconds, a disk in trouble.
            commit_seconds: Histogram::new(exponential_buckets(0.000_5, 2.0, 14)),
            commit_failures: Counter::default(),
            requests: Family::default(),
            log_lines_dropped: Counter::default(),
        };
        for state in JobState::ALL {
            metrics.set_jobs(*state, 0);
        }
        for source in SOURCES {
            metrics.bytes_of(source);
        }
        for class in [ErrorClass::Transient, ErrorClass::Policy, ErrorClass::Fatal] {
            metrics.retries.get_or_create(&class_label(class)).inc_by(0);
        }
        for context in ErrorContext::ALL.iter().filter(|context| **context != ErrorContext::None) {
            metrics.errors.get_or_create(&[("context", context.word())]).inc_by(0);
        }
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "build",
            "Which program this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register("jobs", "Jobs by state", self.jobs.clone());
        registry.register("transfers_active", "Files being fetched now", self.transfers_active.clone());
        registry.register(
            "bytes_downloaded",
            "Bytes that arrived and were kept, by kind of source",
            self.bytes_downloaded.clone(),
        );
        registry.register(
            "retries",
            "Transfers started again, by class of the error before",
            self.retries.clone(),
        );
        registry.register("errors", "Errors of transfers, by context", self.errors.clone());
        registry.register(
            "store_commit_seconds",
            "How long it took to record changes durably",
            self.commit_seconds.clone(),
        );
        registry.register(
            "store_commit_failures",
            "Changes that could not be recorded",
            self.commit_failures.clone(),
        );
        registry.register("api_requests", "Requests answered, by route and status", self.requests.clone());
        registry.register(
            "log_lines_dropped",
            "Lines that were not logged because the target was full or stuck",
            self.log_lines_dropped.clone(),
        );
        self
    }

    /// How many jobs are in a state now.
    pub fn set_jobs(&self, state: JobState, count: usize) {
        self.jobs.get_or_create(&[("state", state.word())]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// How many files are being fetched: to be kept by whoever starts and ends transfers.
    pub const fn transfers_active(&self) -> &Gauge {
        &self.transfers_active
    }

    /// Where bytes are counted: to be kept by a transfer.
    pub fn downloaded(&self) -> Downloaded {
        Downloaded {
            origin: self.bytes_of(SourceKind::Origin),
            mirror: self.bytes_of(SourceKind::Mirror),
            cache_host: self.bytes_of(SourceKind::CacheHost),
        }
    }

    fn bytes_of(&self, source: SourceKind) -> Counter {
        self.bytes_downloaded.get_or_create_owned(&source_label(source))
    }

    /// A transfer is tried again after an error of this class.
    pub fn count_retry(&self, class: ErrorClass) {
        self.retries.get_or_create(&class_label(class)).inc();
    }

    /// A transfer failed.
    pub fn count_error(&self, context: ErrorContext) {
        self.errors.get_or_create(&[("context", context.word())]).inc();
    }

    /// Changes were recorded; how many commits there were is the count of the histogram.
    pub fn observe_commit(&self, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Changes could not be recorded.
    pub fn count_commit_failure(&self) {
        self.commit_failures.inc();
    }

    /// A request was answered.
    pub fn count_request(&self, route: &'static str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route, status: status.into() }).inc();
    }

    /// The counter that the log keeps.
    pub fn log_lines_dropped(&self) -> Counter {
        self.log_lines_dropped.clone()
    }

    /// Everything in the text format of OpenMetrics, which Prometheus reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a String takes every text");
        text
    }
}

const fn class_label(class: ErrorClass) -> Label {
    [(
        "class",
        match class {
            ErrorClass::Transient => "transient",
            ErrorClass::Policy => "policy",
            ErrorClass::Fatal => "fatal",
        },
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text without the version, which changes, and in an order that stays.
    fn shown(metrics: &Metrics) -> String {
        let text = metrics.encode().replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let mut lines: Vec<_> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }

    #[test]
    fn everything_that_can_be_known_before_is_shown_as_zero() {
        insta::assert_snapshot!(shown(&Metrics::new()));
    }

    #[test]
    fn what_happened_is_counted_under_its_label() {
        let metrics = Metrics::new();
        metrics.set_jobs(JobState::TransientError, 3);
        metrics.transfers_active().inc();
        metrics.downloaded().count(SourceKind::Origin, 1 << 40);
        metrics.downloaded().count(SourceKind::Mirror, 1);
        metrics.count_retry(ErrorClass::Transient);
        metrics.count_error(ErrorContext::LocalFile);
        metrics.observe_commit(Duration::from_millis(3));
        metrics.count_commit_failure();
        metrics.count_request("/v1/jobs/{job}", 404);
        metrics.count_request("/v1/jobs/{job}", 404);
        metrics.log_lines_dropped().inc();

        let (before, after) = (shown(&Metrics::new()), shown(&metrics));
        let is_new = |line: &&str| !line.starts_with('#') && !before.lines().any(|other| other == *line);
        let changed: Vec<_> = after.lines().filter(is_new).collect();
        insta::assert_snapshot!(changed.join("\n"), @r#"
        bgcopy_api_requests_total{route="/v1/jobs/{job}",status="404"} 2
        bgcopy_bytes_downloaded_total{source="mirror"} 1
        bgcopy_bytes_downloaded_total{source="origin"} 1099511627776
        bgcopy_errors_total{context="local-file"} 1
        bgcopy_jobs{state="transient-error"} 3
        bgcopy_log_lines_dropped_total 1
        bgcopy_retries_total{class="transient"} 1
        bgcopy_store_commit_failures_total 1
        bgcopy_store_commit_seconds_bucket{le="+Inf"} 1
        bgcopy_store_commit_seconds_bucket{le="0.004"} 1
        bgcopy_store_commit_seconds_bucket{le="0.008"} 1
        bgcopy_store_commit_seconds_bucket{le="0.016"} 1
        bgcopy_store_commit_seconds_bucket{le="0.032"} 1
        bgcopy_store_commit_seconds_bucket{le="0.064"} 1
        bgcopy_store_commit_seconds_bucket{le="0.128"} 1
        bgcopy_store_commit_seconds_bucket{le="0.256"} 1
        bgcopy_store_commit_seconds_bucket{le="0.512"} 1
        bgcopy_store_commit_seconds_bucket{le="1.024"} 1
        bgcopy_store_commit_seconds_bucket{le="2.048"} 1
        bgcopy_store_commit_seconds_bucket{le="4.096"} 1
        bgcopy_store_commit_seconds_count 1
        bgcopy_store_commit_seconds_sum 0.003
        bgcopy_transfers_active 1
        "#);
    }
}
