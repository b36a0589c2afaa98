//! What must hold for any bytes of a client, or of a service: the bodies of the fuzz targets for the API and its client.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::sse::Decoder;
use crate::draft::{FileChanges, FilesDraft, JobChanges, JobDraft};
use crate::env_proxy::EnvProxy;
use crate::request::{AddFiles, CreateJob, NewCredentials, ReplacePrefix, SetFile, SetJob};
use crate::{Event, EventId, MakeManifest, ReadManifest};

/// A body of any request: what is understood means the same when it is written and read again, and is taken or
/// refused in words.
pub fn request_body(bytes: &[u8]) {
    judged::<CreateJob, JobDraft>(bytes);
    judged::<AddFiles, FilesDraft>(bytes);
    judged::<SetJob, JobChanges>(bytes);
    judged::<SetFile, FileChanges>(bytes);
    if let Some(credentials) = read::<NewCredentials>(bytes) {
        let _ = credentials.parse();
    }
    read::<ReplacePrefix>(bytes);
    read::<MakeManifest>(bytes);
    read::<ReadManifest>(bytes);
}

fn judged<T, Draft>(bytes: &[u8])
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
    Draft: TryFrom<T, Error = crate::draft::Rejected>,
{
    if let Some(body) = read::<T>(bytes)
        && let Err(rejected) = Draft::try_from(body)
    {
        assert!(!rejected.refusal.to_string().is_empty());
    }
}

fn read<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<T> {
    let body: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&body).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(again, body);
    Some(body)
}

/// The number of an event in `Last-Event-ID`, and a stream of events in pieces of any size.
pub fn event_stream(bytes: &[u8]) {
    if let Some(id) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<EventId>().ok()) {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let whole = Decoder::default().feed(bytes);
    let mut decoder = Decoder::default();
    let mut in_pieces = Ok(Vec::new());
    for byte in bytes.chunks(1) {
        let fed = decoder.feed(byte);
        in_pieces = in_pieces.and_then(|mut events: Vec<_>| {
            events.extend(fed?);
            Ok(events)
        });
    }
    assert_eq!(whole, in_pieces);
    for sent in whole.unwrap_or_default() {
        if let Ok(event) = serde_json::from_str::<Event>(&sent.data) {
            let written = serde_json::to_string(&event).expect("what was read can be written");
            assert_eq!(serde_json::from_str::<Event>(&written).ok(), Some(event));
        }
    }
}

/// The values of the proxy variables, line by line: what is taken over holds no password, and what is refused shows
/// none.
pub fn environment_proxy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // A host may be called so, or a user; a password must not be shown.
    if !text.to_ascii_lowercase().contains("hunt") {
        let told = proxies_shown(&text.replace('@', ":hunter2@"));
        assert!(!told.contains("hunt"), "{told}");
    }
}

fn proxies_shown(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let value = |name: &str| {
        let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
        let at = names.iter().position(|known| *known == name)?;
        lines.get(at).map(|line| (*line).to_owned())
    };
    match EnvProxy::from_environment(value) {
        Ok(proxy) => {
            assert!(proxy.list.as_ref().is_none_or(|list| !list.contains('@')), "{proxy:?}");
            format!("{:?}{proxy:?}", proxy.list)
        }
        Err(reason) => reason,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[
            ("request_body", super::request_body),
            ("event_stream", super::event_stream),
            ("environment_proxy", super::environment_proxy),
        ]);
    }
}
