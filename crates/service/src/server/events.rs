//! The event stream (WHATWG HTML, 9.2): each event with its number, its name and its JSON.
//!
//! The queue of a subscription is bounded: a reader that is too slow gets `lagged` as its last event and comes
//! back with the number of the last one it saw (J06).

use std::convert::Infallible;

use axum::response::sse::{Event as Line, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use bgcopy_api::{Event, Subscription};
use futures_util::{Stream, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::Limits;

/// Streams a subscription until its end, or the service's.
pub(super) fn stream(subscription: Subscription, limits: &Limits, shutdown: CancellationToken) -> Response {
    let events = lines(subscription).take_until(shutdown.cancelled_owned());
    Sse::new(events).keep_alive(KeepAlive::new().interval(limits.keep_alive)).into_response()
}

fn lines(subscription: Subscription) -> impl Stream<Item = Result<Line, Infallible>> + Send + 'static {
    stream::unfold(subscription, |mut subscription| async move {
        let event = subscription.next().await?;
        Some((Ok(line(&event)), subscription))
    })
}

fn line(event: &Event) -> Line {
    let line = Line::default().id(event.id.to_string()).event(event.body.kind().word());
    match serde_json::to_string(event) {
        Ok(json) => line.data(json),
        Err(error) => {
            // An event is made of texts and numbers, and its keys are texts.
            error!(%error, "an event cannot be written");
            line
        }
    }
}
