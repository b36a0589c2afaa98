//! The BITS upload protocol (MC-BUP) on the wire: a packet as it is sent, and its answer judged. Pure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::upload::PROTOCOL;
use bgcopy_core::{
    Ack, Code, ErrorContext, Hresult, Packet, RemoteName, SecurityFlags, SessionHost, SessionId,
};
use http::Method;
use http::header::HeaderMap;

use crate::failure::Failure;
use crate::outgoing::{Content, Outgoing};
use crate::request::Options;

/// The method of every packet.
pub(crate) fn method() -> Method {
    Method::from_bytes(b"BITS_POST").unwrap_or(Method::POST)
}

/// A packet to a server.
#[derive(Clone)]
pub struct Post {
    /// Where to: the remote name of the upload, or the server that serves its session.
    pub url: RemoteName,
    /// What.
    pub packet: Packet,
    /// The name of the file, for `Content-Name` of its first fragment.
    pub name: Option<String>,
    /// The bytes of a fragment.
    pub content: Option<Arc<dyn Content>>,
    /// What the job says about its requests; its method does not count.
    pub options: Arc<Options>,
    /// A server named the URL, and no client: see [`Request::offered`](crate::Request::offered).
    pub offered: bool,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("url", &self.url).field("packet", &self.packet).finish_non_exhaustive()
    }
}

impl Post {
    /// How many bytes go with it.
    pub(crate) fn length(&self) -> u64 {
        match &self.packet {
            Packet::Fragment { range, .. } => range.len(),
            Packet::Create | Packet::Close(_) | Packet::Cancel(_) => 0,
        }
    }

    /// The bytes that go with it, from the first one on.
    pub(crate) fn body(&self) -> Outgoing {
        self.content
            .as_ref()
            .map_or_else(Outgoing::nothing, |content| Outgoing::of(&**content, self.length()))
    }

    /// The fields that make a request a packet.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("bits-packet-type", self.packet.kind().to_owned()),
            // Also where it is 0: servers of old want to be told.
            ("content-length", self.length().to_string()),
        ];
        if let Some(session) = self.packet.session() {
            fields.push(("bits-session-id", session.as_str().to_owned()));
        }
        match &self.packet {
            Packet::Create => fields.push(("bits-supported-protocols", PROTOCOL.to_owned())),
            Packet::Fragment { range, total, .. } => {
                fields.push(("content-range", content_range(range.start, range.end, *total)));
                // "Specify this header only with the initial fragment" (Fragment).
                let name = self.name.as_deref().filter(|_| range.start == 0).and_then(header_text);
                fields.extend(name.map(|name| ("content-name", name)));
            }
            Packet::Close(_) | Packet::Cancel(_) => {}
        }
        fields
    }
}

/// `bytes first-last/total`; nothing of an empty file has no first byte (RFC 9110, 14.4: "bytes */0").
fn content_range(start: u64, end: u64, total: u64) -> String {
    match end.checked_sub(1) {
        Some(last) if start <= last => format!("bytes {start}-{last}/{total}"),
        _ => format!("bytes */{total}"),
    }
}

/// A name as a header field can carry it; one that cannot be is left out, for it decides nothing.
fn header_text(name: &str) -> Option<String> {
    let fits = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    fits.then(|| name.trim().to_owned())
}

/// The head of an answer to a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) retry_after: Option<Duration>,
    /// Who answered, for errors.
    pub(crate) whom: &'a str,
    /// Where it was posted to.
    pub(crate) url: &'a RemoteName,
    pub(crate) flags: SecurityFlags,
}

/// Judges the answer to a packet.
pub(crate) fn judge(answer: Answered<'_>, packet: &Packet) -> Result<Ack, Failure> {
    if answer.status == 511 {
        return Err(Failure::CaptivePortal { retry_after: answer.retry_after });
    }
    if let Some(failure) = answer.failure(packet) {
        return Err(failure);
    }
    let ack = Ack {
        out_of_step: answer.status == 416,
        session: answer.session()?,
        host: answer.host()?,
        received: answer.received()?,
        reply: answer.reply()?,
        private: false,
    };
    match packet {
        Packet::Create if ack.session.is_none() => {
            Err(answer.unintelligible("a session was wanted, and it names none"))
        }
        Packet::Create => answer.check_protocol().map(|()| ack),
        Packet::Fragment { session, range, total } => {
            if ack.session.as_ref().is_some_and(|named| !is_same(named, session)) {
                return Err(answer.unintelligible("it speaks of another session"));
            }
            if ack.out_of_step && ack.received.is_none() {
                return Err(
                    answer.unintelligible("416, and it does not say from where on it would take bytes")
                );
            }
            if ack.received.is_some_and(|received| received > *total) {
                return Err(answer.unintelligible("it claims to have more bytes than the file has"));
            }
            // "This field MUST be included" (MC-BUP 2.2.7.2). Who leaves it out took what was sent.
            Ok(Ack { received: ack.received.or(Some(range.end)), ..ack })
        }
        Packet::Close(_) | Packet::Cancel(_) => Ok(ack),
    }
}

/// Ids are GUIDs, whose digits know no case.
fn is_same(a: &SessionId, b: &SessionId) -> bool {
    a.as_str().eq_ignore_ascii_case(b.as_str())
}

impl Answered<'_> {
    /// Why the packet was not taken.
    fn failure(&self, packet: &Packet) -> Option<Failure> {
        let error = self.error();
        let is_ack = self.text("bits-packet-type").is_some_and(|kind| kind.eq_ignore_ascii_case("ack"));
        let taken = match self.status {
            200..=299 => true,
            // "The client and server are out of sync" (MC-BUP 2.2.1.2): no failure, if it says where it stands.
            416 => is_ack && matches!(packet, Packet::Fragment { .. }) && !self.is_lost(error),
            _ => false,
        };
        // "BITS-Error: 0" goes with 416.
        if !taken || error.is_some_and(Hresult::is_failure) {
            return Some(self.refused(packet, error));
        }
        // Whoever is no server of this protocol answers any method with a page.
        (!is_ack).then(|| self.unintelligible("it is no acknowledgement of the BITS upload protocol"))
    }

    fn is_lost(&self, error: Option<Hresult>) -> bool {
        error.is_some_and(|error| error == Code::SessionNotFound.hresult(bgcopy_core::Family::Bits))
    }

    /// What a refusal means: first what the protocol says, then the status.
    fn refused(&self, packet: &Packet, error: Option<Hresult>) -> Failure {
        // "The error was returned from the server application" (MC-BUP 2.2.1.2).
        let context = match self.text("bits-error-context").and_then(number) {
            Some(7) => ErrorContext::RemoteApplication,
            _ => ErrorContext::RemoteFile,
        };
        let code = error.and_then(code_of).unwrap_or(match self.status {
            // An error under a status that is none.
            200..=299 => Code::Other(error.unwrap_or(Hresult(0))),
            status => Code::Http(status),
        });
        Failure::Upload {
            whom: self.whom.to_owned(),
            packet: packet.kind(),
            status: self.status,
            error: error.map_or_else(String::new, |error| format!(", BITS error {error}")),
            code,
            context,
            retry_after: self.retry_after,
        }
    }

    /// `BITS-Error` (MC-BUP 2.2.1.2), which servers know as `BITS-Error-Code` (Ack for Fragment).
    fn error(&self) -> Option<Hresult> {
        let text = self.text("bits-error").or_else(|| self.text("bits-error-code"))?;
        number(text).map(Hresult)
    }

    fn session(&self) -> Result<Option<SessionId>, Failure> {
        let Some(text) = self.text("bits-session-id") else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.unintelligible("its session has no name that can be used"))
    }

    fn check_protocol(&self) -> Result<(), Failure> {
        match self.text("bits-protocol") {
            Some(other) if !other.eq_ignore_ascii_case(PROTOCOL) => {
                let whom = self.whom.to_owned();
                Err(Failure::UploadProtocol { whom })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn received(&self) -> Result<Option<u64>, Failure> {
        let Some(text) = self.text("bits-received-content-range") else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let received = text.parse().ok().filter(|_| digits);
        received.map(Some).ok_or_else(|| self.unintelligible("how much it received is no number"))
    }

    /// "The client MUST replace the server portion of the remote URL in all subsequent packets" (Ack for
    /// Create-Session).
    fn host(&self) -> Result<Option<SessionHost>, Failure> {
        let Some(name) = self.text("bits-host-id").filter(|name| !name.is_empty()) else { return Ok(None) };
        let refuse = || self.unintelligible("its host id names no server");
        // A name or an address, and nothing that would lead to another port or path.
        if name.contains(['/', '@', '?', '#', '\\']) {
            return Err(refuse());
        }
        let mut url = self.url.url().clone();
        url.set_host(Some(name)).map_err(|_| refuse())?;
        let url = RemoteName::from_url(url).map_err(|_| refuse())?;
        let seconds = self.text("bits-host-id-fallback-timeout").and_then(number);
        let fallback = seconds.filter(|seconds| *seconds != u32::MAX);
        Ok((url.origin() != self.url.origin()).then(|| SessionHost {
            url,
            fallback: fallback.map(|seconds| Duration::from_secs(seconds.into())),
            offered: true,
        }))
    }

    /// An absolute URL, or one relative to that of the upload.
    fn reply(&self) -> Result<Option<RemoteName>, Failure> {
        let Some(text) = self.text("bits-reply-url").filter(|text| !text.is_empty()) else { return Ok(None) };
        let refuse = || self.unintelligible("where its reply is, is no URL");
        let url = self.url.url().join(text).map_err(|_| refuse())?;
        let url = RemoteName::from_url(url).map_err(|_| refuse())?;
        // As for a redirect (faults C02): what goes over TLS is not answered without.
        let downgrade = self.url.url().scheme() == "https" && url.url().scheme() == "http";
        if downgrade && !self.flags.contains(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP) {
            let reason = "its reply leads from https to http, and the job does not allow that".to_owned();
            return Err(Failure::Redirect { whom: self.whom.to_owned(), reason });
        }
        Ok(Some(url))
    }

    fn text(&self, name: &'static str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    fn unintelligible(&self, reason: &str) -> Failure {
        Failure::Unintelligible { whom: self.whom.to_owned(), reason: reason.to_owned() }
    }
}

/// The errors that say more than the status they come with.
fn code_of(error: Hresult) -> Option<Code> {
    let named = [
        Code::SessionNotFound,
        Code::TooLarge,
        Code::ProtocolMismatch,
        Code::ServerExecuteEnabled,
        Code::RangeUnsupported,
    ];
    let named = named.into_iter().find(|code| code.hresult(bgcopy_core::Family::Bits) == error);
    // `BG_E_HTTP_ERROR_nnn`: what the server's application answered (spec 6.3).
    named.or_else(|| error.http_status().map(Code::Http))
}

/// "0x80070057", "x80070057" as the pages print it, or decimal.
fn number(text: &str) -> Option<u32> {
    let lower = text.trim().to_ascii_lowercase();
    match lower.strip_prefix("0x").or_else(|| lower.strip_prefix('x')) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => lower.parse().ok().or_else(|| lower.parse::<i32>().ok().map(i32::cast_unsigned)),
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::ByteRange;
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "{11111111-2222-3333-4444-555555555555}";

    fn session() -> SessionId {
        ID.parse().unwrap()
    }

    fn fragment() -> Packet {
        Packet::Fragment { session: session(), range: ByteRange::new(10, 20), total: 100 }
    }

    fn judged(url: &str, packet: &Packet, status: u16, fields: &[(&str, &str)]) -> Result<Ack, Failure> {
        let fields = fields.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        });
        let headers = fields.collect();
        let url = url.parse().unwrap();
        let flags = SecurityFlags::empty();
        judge(Answered { status, headers: &headers, retry_after: None, whom: "h", url: &url, flags }, packet)
    }

    fn ack(packet: &Packet, status: u16, fields: &[(&str, &str)]) -> Ack {
        let fields: Vec<_> = [("bits-packet-type", "Ack")].iter().chain(fields).copied().collect();
        judged("http://h:81/dir/f?q", packet, status, &fields).unwrap()
    }

    fn refusal(packet: &Packet, status: u16, fields: &[(&str, &str)]) -> (String, ErrorContext) {
        let fields: Vec<_> = [("bits-packet-type", "Ack")].iter().chain(fields).copied().collect();
        let fault =
            judged("http://h/f", packet, status, &fields).unwrap_err().fault(&"http://h/f".parse().unwrap());
        (fault.code.to_string(), fault.context)
    }

    fn remote(code: &str) -> (String, ErrorContext) {
        (code.to_owned(), ErrorContext::RemoteFile)
    }

    #[test]
    fn packets_have_the_fields_of_the_protocol() {
        let post = |packet, name: Option<&str>| Post {
            url: "http://h/f".parse().unwrap(),
            packet,
            name: name.map(str::to_owned),
            content: None,
            options: Arc::default(),
            offered: false,
        };
        let fields = |packet, name| {
            let fields = post(packet, name).fields();
            fields.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        assert_eq!(
            fields(Packet::Create, Some("f")),
            [
                "bits-packet-type: Create-Session",
                "content-length: 0",
                "bits-supported-protocols: {7df0354d-249b-430f-820d-3d2a9bef4931}"
            ]
        );
        let id = format!("bits-session-id: {ID}");
        assert_eq!(
            fields(fragment(), Some("f")),
            ["bits-packet-type: Fragment", "content-length: 10", &id, "content-range: bytes 10-19/100"]
        );
        let first = Packet::Fragment { session: session(), range: ByteRange::new(0, 100), total: 100 };
        assert_eq!(fields(first.clone(), Some("a b")).last().unwrap(), "content-name: a b");
        for unfit in ["naïve", "a\r\nb", ""] {
            assert!(!fields(first.clone(), Some(unfit)).concat().contains("content-name"), "{unfit:?}");
        }
        let empty = Packet::Fragment { session: session(), range: ByteRange::new(0, 0), total: 0 };
        assert_eq!(fields(empty, None).last().unwrap(), "content-range: bytes */0");
        assert_eq!(fields(Packet::Close(session()), None).last(), Some(&id));
    }

    #[test]
    fn a_session_is_opened_by_its_name() {
        let opened = ack(&Packet::Create, 201, &[("BITS-Session-Id", ID), ("BITS-Protocol", PROTOCOL)]);
        assert_eq!(opened.session, Some(session()));
        assert_eq!(refusal(&Packet::Create, 200, &[]), remote("bad-response"));
        assert_eq!(refusal(&Packet::Create, 200, &[("bits-session-id", "a b")]), remote("bad-response"));
        let other = [("bits-session-id", ID), ("bits-protocol", "{other}")];
        assert_eq!(refusal(&Packet::Create, 200, &other), remote("protocol-mismatch"));
    }

    #[test]
    fn a_host_id_replaces_the_host_and_nothing_else() {
        let host = |name, more: &[(&str, &str)]| {
            let fields: Vec<_> =
                [("bits-session-id", ID), ("bits-host-id", name)].iter().chain(more).copied().collect();
            ack(&Packet::Create, 200, &fields).host
        };
        let url = "http://node7:81/dir/f?q".parse().unwrap();
        assert_eq!(host("node7", &[]), Some(SessionHost { url, fallback: None, offered: true }));
        let fallback = host("10.0.0.7", &[("bits-host-id-fallback-timeout", "60")]).unwrap().fallback;
        assert_eq!(fallback, Some(Duration::from_secs(60)));
        let forever = host("10.0.0.7", &[("bits-host-id-fallback-timeout", "0xFFFFFFFF")]).unwrap().fallback;
        assert_eq!(forever, None);
        assert_eq!(host("h", &[]), None, "it is the same server");
        assert_eq!(host("", &[]), None);
        for evil in ["evil/x", "user@evil", "h?x", "a b", "h#x"] {
            let fields = [("bits-session-id", ID), ("bits-host-id", evil)];
            assert_eq!(refusal(&Packet::Create, 200, &fields), remote("bad-response"), "{evil}");
        }
    }

    #[test]
    fn a_fragment_is_acknowledged_by_the_first_byte_that_is_missing() {
        let received = |status, text| {
            let ack = ack(&fragment(), status, &[("bits-received-content-range", text)]);
            (ack.received, ack.out_of_step)
        };
        assert_eq!(received(200, "20"), (Some(20), false));
        assert_eq!(received(200, "15"), (Some(15), false));
        assert_eq!(received(416, "5"), (Some(5), true));
        assert_eq!(ack(&fragment(), 200, &[]).received, Some(20));
        for text in ["101", "-1", "+7", "", "x", "99999999999999999999999"] {
            let fields = [("bits-received-content-range", text)];
            assert_eq!(refusal(&fragment(), 200, &fields), remote("bad-response"), "{text:?}");
        }
        assert_eq!(refusal(&fragment(), 416, &[]), remote("bad-response"));
        let other = [("bits-session-id", "{other}")];
        assert_eq!(refusal(&fragment(), 200, &other), remote("bad-response"));
        let loud = ID.to_uppercase();
        assert!(!ack(&fragment(), 200, &[("bits-session-id", loud.as_str())]).out_of_step);
    }

    #[test]
    fn a_reply_may_be_anywhere_but_outside_of_tls() {
        let reply = |url: &str, text: &str| {
            let fields = [("bits-packet-type", "ack"), ("bits-reply-url", text)];
            judged(url, &fragment(), 200, &fields).map(|ack| ack.reply.map(|url| url.as_str().to_owned()))
        };
        let at = |url: &str| Some(url.to_owned());
        assert_eq!(reply("http://h/a/f?q", "/r/1").unwrap(), at("http://h/r/1"));
        assert_eq!(reply("http://h/a/f", "r?1").unwrap(), at("http://h/a/r?1"));
        assert_eq!(reply("http://h/a", "https://other/r").unwrap(), at("https://other/r"));
        assert_eq!(reply("http://h/a", "").unwrap(), None);
        assert!(reply("https://h/a", "http://h/r").is_err());
        assert!(reply("http://h/a", "file:///etc/passwd").is_err());
    }

    #[test]
    fn refusals_mean_what_the_protocol_says_and_else_their_status() {
        let refused = |status, fields: &[(&str, &str)]| refusal(&fragment(), status, fields);
        let error = |text| [("bits-error", text), ("bits-error-context", "0x5")];
        assert_eq!(refused(403, &error("0x80070005")), remote("http-403"));
        assert_eq!(refused(501, &error("x80070005")), remote("http-501"));
        assert_eq!(refused(413, &[]), remote("http-413"));
        assert_eq!(refused(302, &[]), remote("http-302"), "what was meant for one server goes to no other");
        for (number, code) in [
            ("0x8020001F", "session-not-found"),
            ("0x80200020", "too-large"),
            ("0x80200022", "protocol-mismatch"),
            ("0x80200023", "server-execute-enabled"),
            ("0x80200013", "range-unsupported"),
            ("-2145386465", "session-not-found"),
        ] {
            assert_eq!(refused(500, &error(number)), remote(code), "{number}");
        }
        assert_eq!(refused(416, &error("0x8020001F")), remote("session-not-found"));
        assert_eq!(refused(500, &[("bits-error-code", "0x8020001f")]), remote("session-not-found"));
        let by_application =
            |status, number| refused(status, &[("bits-error", number), ("bits-error-context", "0x7")]);
        let at_application = |code: &str| (code.to_owned(), ErrorContext::RemoteApplication);
        assert_eq!(by_application(500, "0x801901F7"), at_application("http-503"));
        assert_eq!(by_application(500, "0x80004005"), at_application("http-500"));
        assert_eq!(by_application(200, "0x80004005"), at_application("0x80004005"));
    }

    #[test]
    fn a_page_is_no_acknowledgement() {
        for status in [200, 204] {
            let fault = judged("http://h/f", &Packet::Create, status, &[]).unwrap_err();
            assert_eq!(fault.fault(&"http://h/f".parse().unwrap()).code, Code::BadResponse);
        }
        let portal = judged("http://h/f", &Packet::Create, 511, &[]).unwrap_err();
        assert_eq!(portal.fault(&"http://h/f".parse().unwrap()).code, Code::CaptivePortal);
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_understood_or_refused(
            status in 200u16..600,
            id in "[ -~]{0,120}",
            received in "[0-9a-fx-]{0,24}",
            host in "[ -~]{0,40}",
            reply in "[ -~]{0,40}",
        ) {
            let fields = [
                ("bits-packet-type", "Ack"),
                ("bits-session-id", id.as_str()),
                ("bits-received-content-range", received.as_str()),
                ("bits-host-id", host.as_str()),
                ("bits-reply-url", reply.as_str()),
            ];
            for packet in [Packet::Create, fragment(), Packet::Close(session())] {
                let _ = judged("http://h/f", &packet, status, &fields);
            }
        }
    }
}
