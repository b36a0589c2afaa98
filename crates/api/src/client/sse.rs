//! Decoding of server-sent events (WHATWG HTML, 9.2.6).

/// One event as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Sent {
    /// The last `id` so far.
    pub(crate) id: String,
    /// The name; empty where there was none.
    pub(crate) event: String,
    /// The data, lines joined by LF.
    pub(crate) data: String,
}

/// Takes bytes in and gives events out.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    after_cr: bool,
    next: Sent,
    has_data: bool,
}

/// The longest line that is taken: far above every event, and a bound for a peer that is none of ours.
const LINE_BYTES_MAX: usize = 4 << 20;

/// A line, or the data of an event, is longer than any event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {LINE_BYTES_MAX} bytes")]
pub(crate) struct TooLong;

impl Decoder {
    /// Takes bytes in; gives the events that they end.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Sent>, TooLong> {
        let mut events = Vec::new();
        for &byte in bytes {
            let behind_cr = std::mem::take(&mut self.after_cr);
            match byte {
                b'\n' if behind_cr => {}
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    events.extend(self.end_of_line()?);
                }
                _ if self.line.len() >= LINE_BYTES_MAX => return Err(TooLong),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Result<Option<Sent>, TooLong> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" if !value.contains('\0') => value.clone_into(&mut self.next.id),
            "event" => value.clone_into(&mut self.next.event),
            "data" if self.next.data.len() + value.len() >= LINE_BYTES_MAX => return Err(TooLong),
            "data" => {
                if self.has_data {
                    self.next.data.push('\n');
                }
                self.next.data.push_str(value);
                self.has_data = true;
            }
            // A comment (an empty field name), and what the standard may bring.
            _ => {}
        }
        Ok(None)
    }

    /// An empty line ends an event; one without data is none, but its id counts.
    fn dispatch(&mut self) -> Option<Sent> {
        let blank = Sent { id: self.next.id.clone(), ..Sent::default() };
        let event = std::mem::replace(&mut self.next, blank);
        std::mem::take(&mut self.has_data).then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(id: &str, event: &str, data: &str) -> Sent {
        Sent { id: id.to_owned(), event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_read_however_they_are_cut_and_their_lines_end() {
        let expected = [sent("1", "a", "x\ny"), sent("1", "", "z"), sent("2", "b", "")];
        for end in ["\n", "\r", "\r\n"] {
            let text =
                ": hello\nid: 1\nevent:a\ndata: x\ndata:y\n\nretry: 5\n\ndata: z\n\nid:2\nevent: b\ndata\n\n"
                    .replace('\n', end);
            for step in [1, 3, 7, text.len()] {
                let mut decoder = Decoder::default();
                let events: Vec<_> =
                    text.as_bytes().chunks(step).flat_map(|part| decoder.feed(part).unwrap()).collect();
                assert_eq!(events, expected, "{end:?} {step}");
            }
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut decoder = Decoder::default();
        let part = vec![b'x'; LINE_BYTES_MAX];
        assert_eq!(decoder.feed(&part), Ok(Vec::new()));
        assert_eq!(decoder.feed(b"x"), Err(TooLong));
    }
}
