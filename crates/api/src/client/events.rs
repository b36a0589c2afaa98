//! Following what happens.

use std::collections::VecDeque;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::connection::{Connector, Outgoing, protocol};
use super::error::ClientError;
use super::sse::Decoder;
use crate::event::{Event, EventId, EventKind};
use crate::request::EventFilter;
use crate::routes::Operation;

/// The events of a service, in order. Where the connection breaks it is made again from the last event on;
/// a service that is gone is an error, after which `next` may be called again.
#[derive(Debug)]
pub struct Events {
    connector: Arc<Connector>,
    filter: EventFilter,
    last: Option<EventId>,
    body: Option<Incoming>,
    decoder: Decoder,
    ready: VecDeque<Event>,
}

impl Events {
    pub(super) async fn open(connector: Arc<Connector>, filter: EventFilter) -> Result<Self, ClientError> {
        let last = filter.after;
        let mut events =
            Self { connector, filter, last, body: None, decoder: Decoder::default(), ready: VecDeque::new() };
        events.reconnect().await?;
        Ok(events)
    }

    /// The last event that was given.
    pub const fn last(&self) -> Option<EventId> {
        self.last
    }

    /// The next event. Events of kinds that this version does not know are passed over. Cancel safe.
    pub async fn next(&mut self) -> Result<Event, ClientError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.last = Some(event.id);
                return Ok(event);
            }
            self.fill().await?;
        }
    }

    /// Reads what has come, or connects again.
    async fn fill(&mut self) -> Result<(), ClientError> {
        let Some(body) = &mut self.body else { return self.reconnect().await };
        match body.frame().await {
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { return Ok(()) };
                let sent = self.decoder.feed(&data).map_err(|error| protocol(error.to_string()))?;
                for event in sent.into_iter().filter(|event| event.event.parse::<EventKind>().is_ok()) {
                    let event: Event = serde_json::from_str(&event.data)
                        .map_err(|error| protocol(format!("an event cannot be read: {error}")))?;
                    self.ready.push_back(event);
                }
            }
            // The service ended the stream, or went away: the next call finds out which.
            Some(Err(_)) | None => self.body = None,
        }
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), ClientError> {
        let filter = EventFilter { after: None, ..self.filter.clone() };
        let request = Outgoing {
            method: Operation::Events.route().method.method(),
            target: super::with_query(Operation::Events, &[], &filter)?,
            headers: self.last.map(|last| ("last-event-id", last.to_string())).into_iter().collect(),
            body: None,
        };
        self.decoder = Decoder::default();
        self.body = Some(self.connector.stream(request).await?);
        Ok(())
    }
}
