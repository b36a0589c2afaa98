//! As much of a certificate as a store needs: whose it is, and what it is for (RFC 5280, 4.1). A service that is shown it
//! looks at all of it; here one is only looked for.

use x509_parser::asn1_rs::{Any, BmpString, Tag};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// What is read of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The values of its subject, in the order in which they are encoded.
    pub(super) subject: Vec<String>,
    /// It may show to a server who its holder is.
    pub(super) authenticates_clients: bool,
}

/// Reads a certificate. What is no DER is none, and nothing else happens.
pub(super) fn facts(certificate: &[u8]) -> Option<Facts> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let usage = certificate.extended_key_usage().ok()?;
    Some(Facts {
        subject: certificate.subject().iter_attributes().filter_map(|part| text(part.attr_value())).collect(),
        // What is not said is not forbidden (RFC 5280, 4.2.1.12).
        authenticates_clients: usage.is_none_or(|usage| usage.value.any || usage.value.client_auth),
    })
}

/// The text of a value; `None` of one that is none.
fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::BmpString => BmpString::try_from(value.clone()).ok().map(|text| text.string()),
        _ => String::from_utf8(value.data.to_vec()).ok(),
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
    fn wide_text_is_read_and_what_is_no_text_is_left_out() {
        let value = |der: &[u8]| text(&Any::from_der(der).unwrap().1);
        assert_eq!(value(&[0x13, 0x02, b'F', b'R']), Some("FR".to_owned()));
        assert_eq!(value(&[0x1E, 0x04, 0x00, 0xE9, 0x00, b'a']), Some("éa".to_owned()));
        assert_eq!(value(&[0x03, 0x02, 0x00, 0xFF]), None);
    }
}
