//! As much of a certificate as a store needs: whose it is, and what it is for (RFC 5280, 4.1). A service that is shown it
//! looks at all of it; here one is only looked for. What is no DER has neither, and nothing else happens.

/// The tags that are met (X.690, 8).
mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const OCTETS: u8 = 0x04;
    pub(super) const OID: u8 = 0x06;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const VERSION: u8 = 0xA0;
    pub(super) const EXTENSIONS: u8 = 0xA3;
    /// `BMPString`: UTF-16, big endian.
    pub(super) const BMP: u8 = 0x1E;
}

/// `id-ce-extKeyUsage`.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
/// `id-kp-clientAuth`.
const CLIENT_AUTHENTICATION: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
/// `anyExtendedKeyUsage`.
const ANY_USAGE: &[u8] = &[0x55, 0x1D, 0x25, 0x00];

/// What is read of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The values of its subject, in the order in which they are encoded.
    pub(super) subject: Vec<String>,
    /// It may show to a server who its holder is.
    pub(super) authenticates_clients: bool,
}

/// Reads a certificate.
pub(super) fn facts(certificate: &[u8]) -> Option<Facts> {
    let mut body = Reader(Reader(Reader(certificate).take(tag::SEQUENCE)?).take(tag::SEQUENCE)?);
    if body.peek() == Some(tag::VERSION) {
        body.next()?;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        body.next()?;
    }
    let subject = values(body.take(tag::SEQUENCE)?)?;
    // What is not said is not forbidden (RFC 5280, 4.2.1.12).
    let mut authenticates_clients = true;
    while let Some((found, content)) = body.next() {
        if found == tag::EXTENSIONS {
            authenticates_clients = allows_clients(Reader(content).take(tag::SEQUENCE)?)?;
        }
    }
    Some(Facts { subject, authenticates_clients })
}

/// The values of a name, without those that are no text.
fn values(name: &[u8]) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut parts = Reader(name);
    while let Some((found, part)) = parts.next() {
        let mut attributes = Reader((found == tag::SET).then_some(part)?);
        while let Some((found, attribute)) = attributes.next() {
            let mut attribute = Reader((found == tag::SEQUENCE).then_some(attribute)?);
            attribute.take(tag::OID)?;
            let (kind, value) = attribute.next()?;
            values.extend(text(kind, value));
        }
    }
    Some(values)
}

fn text(kind: u8, value: &[u8]) -> Option<String> {
    if kind != tag::BMP {
        return String::from_utf8(value.to_vec()).ok();
    }
    let (units, _) = value.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16(&units).ok()
}

fn allows_clients(extensions: &[u8]) -> Option<bool> {
    let mut extensions = Reader(extensions);
    while let Some((found, extension)) = extensions.next() {
        let mut extension = Reader((found == tag::SEQUENCE).then_some(extension)?);
        if extension.take(tag::OID)? != EXTENDED_KEY_USAGE {
            continue;
        }
        if extension.peek() == Some(tag::BOOLEAN) {
            extension.next()?;
        }
        let mut usages = Reader(Reader(extension.take(tag::OCTETS)?).take(tag::SEQUENCE)?);
        while let Some((found, usage)) = usages.next() {
            if found == tag::OID && (usage == CLIENT_AUTHENTICATION || usage == ANY_USAGE) {
                return Some(true);
            }
        }
        return Some(false);
    }
    Some(true)
}

/// Elements behind each other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its tag and what is in it.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // Lengths below 128 are themselves, others have so many bytes (X.690, 8.1.3); a certificate of 4 GiB is none.
        let (length, rest) = match first {
            0..=0x7F => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                (bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((found, content))
    }

    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == wanted).map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bgcopy_testkit::{Authority, Issued};

    use super::*;

    fn der(issued: &Issued) -> Vec<u8> {
        let lines = issued.certificate_pem().lines().filter(|line| !line.starts_with("-----"));
        STANDARD.decode(lines.collect::<String>()).unwrap()
    }

    #[test]
    fn subject_and_use_of_a_certificate_are_read() {
        let authority = Authority::new("an authority");
        let subject = |issued: Issued| {
            facts(&der(&issued)).map(|facts| (facts.subject.join(", "), facts.authenticates_clients))
        };
        assert_eq!(subject(authority.client("ada")), Some(("ada".to_owned(), true)));
        assert_eq!(subject(authority.server(&["host.example"])), Some(("host.example".to_owned(), false)));
    }

    #[test]
    fn a_certificate_that_is_cut_or_bent_is_none_and_breaks_nothing() {
        let whole = der(&Authority::new("an authority").client("ada"));
        for end in 0..whole.len() {
            assert_eq!(facts(&whole[..end]), None, "{end}");
        }
        for at in 0..whole.len() {
            for byte in [0, 0x30, 0x7F, 0x80, 0x84, 0xFF] {
                let mut bent = whole.clone();
                bent[at] = byte;
                let _ = facts(&bent);
            }
        }
    }

    #[test]
    fn a_name_of_several_parts_keeps_their_order_and_reads_wide_text() {
        let name = [
            &[0x31, 0x0B, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, b'F', b'R'][..],
            &[0x31, 0x0D, 0x30, 0x0B, 0x06, 0x03, 0x55, 0x04, 0x03, 0x1E, 0x04, 0x00, 0xE9, 0x00, b'a'][..],
        ]
        .concat();
        assert_eq!(values(&name), Some(vec!["FR".to_owned(), "éa".to_owned()]));
    }
}
