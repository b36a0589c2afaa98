//! What values of properties mean: policies, flags, and the texts that are JSON.

use bgcopy_api::core::catalogue::codes::DO_E_INVALID_CONTENT_ID;
use bgcopy_api::core::{CostFlags, ManifestKind, RemoteName, SecurityFlags, limits};
use bgcopy_api::supply::parse_hash_of_hashes;
use bgcopy_api::{Base64, NewManifest};

use super::INVALID;
use crate::guard::{Answer, Fail};

/// `DODownloadCostPolicy_NoCellular`.
pub(super) const NO_CELLULAR: u32 = 5;

/// The links of a cost policy (do-download 2.2, "Nearest job policy"). The policy against cellular links says nothing of
/// what they cost.
pub(super) fn cost(policy: u32) -> Answer<CostFlags> {
    Ok(match policy {
        0 | NO_CELLULAR => CostFlags::ALWAYS,
        1 => CostFlags::POLICY_UNRESTRICTED,
        2 => CostFlags::STANDARD,
        3 => CostFlags::NOT_ROAMING,
        4 => CostFlags::NO_SURCHARGE,
        _ => return Err(INVALID),
    })
}

/// The flags of a job for those of WinHTTP (do-download 3.3): where revocation is checked, nothing is forgiven.
pub(super) fn security(flags: u32) -> Answer<SecurityFlags> {
    const REVOCATION: u32 = 0x0000_0001;
    const FORGIVEN: [(u32, SecurityFlags); 4] = [
        (0x0000_0100, SecurityFlags::IGNORE_UNKNOWN_CA),
        (0x0000_0200, SecurityFlags::IGNORE_CERT_WRONG_USAGE),
        (0x0000_1000, SecurityFlags::IGNORE_CERT_CN_INVALID),
        (0x0000_2000, SecurityFlags::IGNORE_CERT_DATE_INVALID),
    ];
    let known = FORGIVEN.iter().fold(REVOCATION, |known, (bit, _)| known | bit);
    if flags & !known != 0 {
        return Err(INVALID);
    }
    if flags & REVOCATION != 0 {
        return Ok(SecurityFlags::ENABLE_CRL_CHECK);
    }
    let forgiven = FORGIVEN.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, flag)| *flag);
    Ok(forgiven.fold(SecurityFlags::empty(), SecurityFlags::union))
}

/// "Not a JSON object ⇒ E_INVALIDARG" (do-download 8.1).
pub(crate) fn json(text: &str) -> Answer<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(text).map_err(|_| INVALID)
}

/// The piece hash file of an `IntegrityCheckInfo`: "require the URL and at least one of HashOfHashes and
/// PiecesHashFileDigest" (do-download 8.1).
pub(crate) fn integrity(text: &str) -> Answer<NewManifest> {
    let info = json(text)?;
    let field = |name| info.get(name).and_then(serde_json::Value::as_str);
    let url = field("PiecesHashFileUrl").ok_or(INVALID)?.to_owned();
    RemoteName::parse(&url).map_err(|_| INVALID)?;
    let hash_of_hashes = field("HashOfHashes").map(str::to_owned);
    hash_of_hashes.as_deref().map(parse_hash_of_hashes).transpose().map_err(|_| INVALID)?;
    let digest = match (field("PiecesHashFileDigest"), field("PiecesHashFileDigestAlgorithm")) {
        (Some(digest), None | Some("SHA256" | "sha256" | "SHA-256")) => Some(sha256(digest)?),
        (Some(_), Some(_)) => return Err(INVALID),
        (None, _) => None,
    };
    if hash_of_hashes.is_none() && digest.is_none() {
        return Err(INVALID);
    }
    Ok(NewManifest { kind: ManifestKind::Phf, url, digest, hash_of_hashes, optional: false })
}

/// A digest in base64 as the service takes it.
fn sha256(base64: &str) -> Answer<String> {
    let bytes: Base64 = serde_json::from_value(base64.into()).map_err(|_| INVALID)?;
    let hex: String = bytes.0.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.0.len() == 32 { Ok(format!("sha-256={hex}")) } else { Err(INVALID) }
}

/// Any text that can be the name of content; "content id malformed ⇒ DO_E_INVALID_CONTENT_ID" (do-download 3.2). None is
/// none.
pub(super) fn content_id(text: String) -> Answer<Option<String>> {
    if text.chars().count() > limits::REMOTE_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(Fail(DO_E_INVALID_CONTENT_ID));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_winhttp_are_those_of_jobs() {
        assert_eq!(security(0), Ok(SecurityFlags::empty()));
        assert_eq!(
            security(0x1100),
            Ok(SecurityFlags::IGNORE_UNKNOWN_CA | SecurityFlags::IGNORE_CERT_CN_INVALID)
        );
        assert_eq!(security(0x3301), Ok(SecurityFlags::ENABLE_CRL_CHECK), "revocation forgives nothing");
        assert_eq!(security(0x4000), Err(INVALID));
        assert_eq!(cost(6), Err(INVALID));
    }

    #[test]
    fn integrity_info_needs_an_address_and_something_that_proves_it() {
        let hash = "A".repeat(43) + "=";
        let given = format!(r#"{{"PiecesHashFileUrl":"http://a/b","HashOfHashes":"{hash}"}}"#);
        assert_eq!(integrity(&given).unwrap().hash_of_hashes, Some(hash.clone()));
        let digest = format!(r#"{{"PiecesHashFileUrl":"http://a/b","PiecesHashFileDigest":"{hash}"}}"#);
        assert_eq!(integrity(&digest).unwrap().digest, Some(format!("sha-256={}", "00".repeat(32))));
        let no_url = format!(r#"{{"PiecesHashFileUrl":"a/b","HashOfHashes":"{hash}"}}"#);
        let short = r#"{"PiecesHashFileUrl":"http://a/b","HashOfHashes":"AAAA"}"#;
        for bad in ["", "[]", "{}", r#"{"PiecesHashFileUrl":"http://a/b"}"#, &no_url, short] {
            assert_eq!(integrity(bad), Err(INVALID), "{bad}");
        }
    }

    #[test]
    fn a_content_id_is_a_line_of_text() {
        assert_eq!(content_id("c".to_owned()), Ok(Some("c".to_owned())));
        assert_eq!(content_id(String::new()), Ok(None));
        for bad in ["two\nlines", &"c".repeat(limits::REMOTE_NAME_CHARS + 1)] {
            assert_eq!(content_id(bad.to_owned()), Err(Fail(DO_E_INVALID_CONTENT_ID)));
        }
    }
}
