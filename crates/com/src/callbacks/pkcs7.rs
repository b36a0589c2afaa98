//! Certificates in one piece of data: PKCS #7 that signs nothing (RFC 2315, 9.1, "degenerate case"), which is one of the
//! forms that Windows takes for a store (`CERT_STORE_PROV_PKCS7`), and OpenSSL and GnuTLS read.

/// 1.2.840.113549.1.7.2, `signedData`.
const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.7.1, `data`.
const DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// `version 1`.
const VERSION: &[u8] = &[0x02, 0x01, 0x01];
/// No digest algorithm, and no signer.
const EMPTY_SET: &[u8] = &[0x31, 0x00];

const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
const TAG_0: u8 = 0xA0;

/// These certificates, each of them DER, in their order.
pub(super) fn certificates_only(certificates: &[&[u8]]) -> Vec<u8> {
    let signed =
        [VERSION, EMPTY_SET, &element(SEQUENCE, DATA), &element(TAG_0, &certificates.concat()), EMPTY_SET];
    let content = element(TAG_0, &element(SEQUENCE, &signed.concat()));
    element(SEQUENCE, &[SIGNED_DATA, &content].concat())
}

/// An element of DER (X.690, 8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match significant {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            // A `usize` has eight bytes at most.
            element.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(element(SEQUENCE, &[]), [0x30, 0x00]);
        assert_eq!(element(SEQUENCE, &[7; 0x7F])[..3], [0x30, 0x7F, 7]);
        assert_eq!(element(SEQUENCE, &[7; 0x80])[..4], [0x30, 0x81, 0x80, 7]);
        assert_eq!(element(SEQUENCE, &[7; 0x1234])[..5], [0x30, 0x82, 0x12, 0x34, 7]);
    }

    #[test]
    fn the_certificates_follow_one_another_in_a_message_that_signs_nothing() {
        let (one, other) = ([0x30, 0x01, 0x41], [0x30, 0x02, 0x42, 0x43]);
        let mut expected = vec![0x30, 0x2C];
        expected.extend(SIGNED_DATA);
        expected.extend([0xA0, 0x1F, 0x30, 0x1D, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0B]);
        expected.extend(DATA);
        expected.extend([0xA0, 0x07, 0x30, 0x01, 0x41, 0x30, 0x02, 0x42, 0x43, 0x31, 0x00]);
        assert_eq!(certificates_only(&[&one, &other]), expected);
    }
}
