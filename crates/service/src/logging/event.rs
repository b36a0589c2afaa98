//! How an event becomes a line.

use std::fmt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::Target;

/// One format for each kind of reader.
pub(super) enum EventFormat {
    /// With time and level.
    Timed(Format<Full>),
    /// With the priority of the journal in front.
    Prioritised(Format<Full, ()>),
}

impl EventFormat {
    pub(super) fn for_target(target: &Target) -> Self {
        let format = Format::default().with_ansi(false);
        match target {
            Target::Terminal | Target::File(_) => Self::Timed(format),
            Target::Journal => Self::Prioritised(format.without_time().with_level(false)),
        }
    }
}

/// The priority of a level: `LOG_ERR`, `LOG_WARNING`, `LOG_INFO`, `LOG_DEBUG` of syslog(3).
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

impl<S, N> FormatEvent<S, N> for EventFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        match self {
            Self::Timed(format) => format.format_event(context, writer, event),
            Self::Prioritised(format) => {
                write!(writer, "<{}>", priority(*event.metadata().level()))?;
                format.format_event(context, writer, event)
            }
        }
    }
}
