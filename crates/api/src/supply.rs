//! Where a file comes from beside its remote name, and what proves it: as clients give it, and as answers show
//! it.
//!
//! A list of piece hashes comes in one of two ways. *Inline* it is in the request itself, which has 1 MiB: room
//! for some 20,000 pieces, that is 20 GiB in pieces of 1 MiB. *By name* it is one that the service keeps since
//! `POST /v1/manifests/read` read it, with up to 1,048,576 pieces (`PIECES_MAX`). Either way the record of the
//! file holds only its name.

use bgcopy_core::limits::{MIRRORS_PER_FILE, PIECE_BYTES_MAX, PIECE_BYTES_MIN, PIECES_MAX, SHOWN_CHARS};
use bgcopy_core::{
    Digest, FileSpec, HashOfHashes, LocalName, ManifestKind, ManifestRef, PieceError, PieceHashes, Refusal,
    RemoteName,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::draft::Rejected;
use crate::name::{Base64, path_from_wire};
use crate::request::AddFile;
use crate::schema;

/// Another place where the same file can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMirror {
    /// An http or https URL without user name and password: a mirror is shown neither credentials nor headers of
    /// the job.
    pub url: String,
    /// 1 is the best, 999,999 the worst (RFC 5854, 4.2.16.1); 999,999 when absent. Equals are taken in the order
    /// of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 999_999)]
    pub priority: Option<u32>,
    /// A document of somebody else's named it, who must not send anybody into this machine or a private network: then
    /// it is not asked where its name leads there.
    #[serde(default, skip_serializing_if = "is_no")]
    pub offered: bool,
}

/// The SHA-256 of every piece of a file: with `hashes`, or by the name of a list that the service keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPieces {
    /// The size of the file.
    pub size: u64,
    /// Bytes of every piece but the last, which may be shorter: 1,024 to 1,073,741,824.
    pub piece_size: u64,
    /// The hashes in order, 32 bytes each; as many as fit into the request. Leave them out where the service
    /// keeps the list since `POST /v1/manifests/read`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::Base64Text>>)]
    pub hashes: Option<Vec<Base64>>,
    /// The SHA-256 of all hashes one behind the other, 64 hex digits or base64: the name of a kept list; beside
    /// `hashes` what they must give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_of_hashes: Option<String>,
    /// False where the client has the list over a way that anybody could have changed it on. It is verified just
    /// the same, and proves less.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    #[schema(default = true)]
    pub trusted: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(crate) const fn is_no(said: &bool) -> bool {
    !*said
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_yes(said: &bool) -> bool {
    *said
}

/// A document of the publisher's that says what the file must be. It is read before the first byte is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewManifest {
    /// What kind of document.
    #[schema(value_type = schema::ManifestKindWord)]
    pub kind: ManifestKind,
    /// Where it is: an http or https URL without user name and password.
    pub url: String,
    /// The digest of the document itself: `sha-256=` or `sha-512=` and hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `HashOfHashes` of a piece hash file, 64 hex digits or base64: who has it over a trusted way binds the
    /// whole list by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_of_hashes: Option<String>,
    /// The file comes without it, too: unproved where it cannot be read or is not true of what the server sends.
    #[serde(default, skip_serializing_if = "is_no")]
    pub optional: bool,
}

/// Another place of a file, as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mirror {
    /// Where: complete for the owner of the job, without query for others.
    pub url: String,
    /// 1 is the best.
    pub priority: u32,
    /// A server named it, and no client.
    pub offered: bool,
}

/// A list of piece hashes, as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pieces {
    /// The size of the file.
    pub size: u64,
    /// Bytes of every piece but the last, which may be shorter.
    pub piece_size: u64,
    /// Which list: the SHA-256 of all hashes one behind the other.
    #[schema(value_type = schema::Base64Text)]
    pub hash_of_hashes: Base64,
    /// It came over a trusted way: only then it proves the file (`trust` is `pieces`).
    pub trusted: bool,
}

impl From<&bgcopy_core::PieceList> for Pieces {
    fn from(list: &bgcopy_core::PieceList) -> Self {
        Self {
            size: list.size,
            piece_size: list.piece_size,
            hash_of_hashes: Base64(list.hash_of_hashes.0.to_vec()),
            trusted: list.trusted,
        }
    }
}

/// A document of the publisher's, as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedManifest {
    /// What kind of document.
    #[schema(value_type = schema::ManifestKindWord)]
    pub kind: ManifestKind,
    /// Where it is: complete for the owner of the job, without query for others.
    pub url: String,
    /// It was read.
    pub consulted: bool,
    /// It could not be read, or is not true of the file, and the file comes without it.
    #[serde(default, skip_serializing_if = "is_no")]
    pub forgone: bool,
    /// The file comes without it, too.
    #[serde(default, skip_serializing_if = "is_no")]
    pub optional: bool,
}

/// Piece hashes that stood in a request. They are kept apart from the job, and before it is made: its record
/// holds only their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenPieces {
    /// The place of the file in the request.
    pub file: usize,
    /// The size of the file, which the hashes cover.
    pub size: u64,
    /// The hashes.
    pub hashes: PieceHashes,
    /// What they must give.
    pub hash_of_hashes: Option<HashOfHashes>,
    /// The client has them over a trusted way.
    pub trusted: bool,
}

/// Reads the name of a list: 64 hex digits, as a person types it, or base64, as piece hash files and the answers
/// of this API have it.
pub fn parse_hash_of_hashes(text: &str) -> Result<HashOfHashes, String> {
    let decode = || serde_json::from_value::<Base64>(text.into()).ok()?.0.try_into().ok().map(HashOfHashes);
    HashOfHashes::parse(text).or_else(decode).ok_or_else(|| {
        let shown: String = text.chars().take(SHOWN_CHARS).collect();
        format!("{shown:?} is no HashOfHashes; it has 64 hex digits, or is base64 of 32 bytes")
    })
}

/// What a request says of a file besides its names, read.
pub(crate) struct Supplied {
    pub(crate) supply: bgcopy_core::Supply,
    /// Hashes that have yet to be kept; the file has their place until then.
    pub(crate) given: Option<GivenPieces>,
}

/// Reads what is given beside names, ranges, digest and size.
pub(crate) fn parse(file: &AddFile, origin: &RemoteName) -> Result<Supplied, Rejected> {
    let mirrors = mirrors(&file.mirrors, origin)?;
    let mut supply = bgcopy_core::Supply { mirrors, offered: file.offered, ..Default::default() };
    let mut given = None;
    if let Some(pieces) = &file.pieces {
        match list(pieces)? {
            List::Inline(hashes) => given = Some(hashes),
            List::ByName(list) => supply.pieces = Some(list),
        }
    }
    supply.manifest = file.manifest.as_deref().map(manifest).transpose()?.map(Box::new);
    if file.basis.is_some() || file.basis_bytes.is_some() {
        let text = file.basis.as_deref().unwrap_or_default();
        let path = path_from_wire(text, file.basis_bytes.as_ref());
        supply.basis = Some(LocalName::new(path).map_err(|error| Rejected::new("basis", error))?);
    }
    Ok(Supplied { supply, given })
}

/// Whether everything that is said of a file can be true at once.
pub(crate) fn check_whole(spec: &FileSpec, given: Option<&GivenPieces>) -> Result<(), Rejected> {
    let supply = &spec.supply;
    let size = given.map(|given| given.size).or(supply.pieces.map(|list| list.size));
    let proofs = [
        ("pieces", size.is_some()),
        ("manifest", supply.manifest.is_some()),
        ("basis", supply.basis.is_some()),
    ];
    if let Some((field, _)) = proofs.iter().find(|(_, given)| *given && !spec.ranges.is_empty()) {
        let reason = "cannot be given together with ranges: only whole files are proved by it".to_owned();
        return Err(invalid(field, reason));
    }
    if let (Some(expected), Some(size)) = (spec.expected_size, size)
        && expected != size
    {
        let reason = format!("are those of a file of {size} bytes, and {expected} bytes are expected");
        return Err(invalid("pieces", reason));
    }
    let provable = spec.digest.is_some() || size.is_some() || supply.manifest.is_some();
    if supply.basis.is_some() && !provable {
        let reason = "cannot be used: nothing says which of its bytes are right; give pieces, a manifest or a \
                      digest";
        return Err(invalid("basis", reason.to_owned()));
    }
    Ok(())
}

fn invalid(field: &'static str, reason: String) -> Rejected {
    Rejected::new(field, Refusal::InvalidArgument { argument: field, reason })
}

/// The mirrors, none twice and none that is the origin.
fn mirrors(given: &[NewMirror], origin: &RemoteName) -> Result<Vec<bgcopy_core::Mirror>, Rejected> {
    if given.len() > MIRRORS_PER_FILE {
        let reason = format!("are {}; a file has at most {MIRRORS_PER_FILE}", given.len());
        return Err(invalid("mirrors", reason));
    }
    let mut mirrors: Vec<bgcopy_core::Mirror> = Vec::with_capacity(given.len());
    for (at, mirror) in given.iter().enumerate() {
        let url = public_url(&mirror.url, "mirror")
            .map_err(|refusal| Rejected::new(format!("mirrors[{at}].url"), refusal))?;
        let priority = mirror.priority.unwrap_or(bgcopy_core::Mirror::LEAST_PRIORITY);
        if !(1..=bgcopy_core::Mirror::LEAST_PRIORITY).contains(&priority) {
            let reason = format!("of mirror {} is {priority}; it is 1 (best) to 999999", url.redacted());
            let refusal = Refusal::InvalidArgument { argument: "priority", reason };
            return Err(Rejected::new(format!("mirrors[{at}].priority"), refusal));
        }
        if url != *origin && mirrors.iter().all(|known| known.url != url) {
            mirrors.push(bgcopy_core::Mirror { url, priority, offered: mirror.offered });
        }
    }
    Ok(mirrors)
}

/// A URL that strangers are asked by: whoever it leads to must not be shown a password.
fn public_url(text: &str, argument: &'static str) -> Result<RemoteName, Refusal> {
    match RemoteName::parse(text)? {
        (url, None) => Ok(url),
        (url, Some(_)) => {
            let url = url.redacted();
            let reason =
                format!("{url} comes with a user name or password; it is asked without, leave them out");
            Err(Refusal::InvalidArgument { argument, reason })
        }
    }
}

pub(crate) fn manifest(given: &NewManifest) -> Result<ManifestRef, Rejected> {
    let within = |field: &str, refusal: Refusal| Rejected::new(format!("manifest.{field}"), refusal);
    let argument = |field, reason| within(field, Refusal::InvalidArgument { argument: "manifest", reason });
    let url = public_url(&given.url, "manifest").map_err(|refusal| within("url", refusal))?;
    let digest = given.digest.as_deref().map(str::parse::<Digest>).transpose();
    let digest = digest.map_err(|error| argument("digest", error.to_string()))?;
    let hash_of_hashes = given.hash_of_hashes.as_deref().map(parse_hash_of_hashes).transpose();
    let hash_of_hashes = hash_of_hashes.map_err(|reason| argument("hash_of_hashes", reason))?;
    if hash_of_hashes.is_some() && given.kind != ManifestKind::Phf {
        let reason = format!("of kind {} has no HashOfHashes; a piece hash file (phf) has", given.kind);
        return Err(argument("hash_of_hashes", reason));
    }
    Ok(ManifestRef {
        kind: given.kind,
        url,
        digest,
        hash_of_hashes,
        offered: false,
        optional: given.optional,
    })
}

enum List {
    Inline(GivenPieces),
    ByName(bgcopy_core::PieceList),
}

fn list(given: &NewPieces) -> Result<List, Rejected> {
    let NewPieces { size, piece_size, trusted, .. } = *given;
    let wrong = |error: PieceError| invalid("pieces", format!("cannot be: {error}"));
    let hash_of_hashes = given.hash_of_hashes.as_deref().map(parse_hash_of_hashes).transpose();
    let hash_of_hashes = hash_of_hashes.map_err(|reason| {
        let refusal = Refusal::InvalidArgument { argument: "pieces:", reason };
        Rejected::new("pieces.hash_of_hashes", refusal)
    })?;
    if let Some(hashes) = &given.hashes {
        let hashes = PieceHashes::new(piece_size, raw(hashes)?).map_err(wrong)?;
        hashes.check_size(size).map_err(wrong)?;
        return Ok(List::Inline(GivenPieces { file: 0, size, hashes, hash_of_hashes, trusted }));
    }
    let Some(hash_of_hashes) = hash_of_hashes else {
        let reason =
            "need hashes, or the hash_of_hashes of a list that POST /v1/manifests/read gave".to_owned();
        return Err(invalid("pieces", reason));
    };
    if !(PIECE_BYTES_MIN..=PIECE_BYTES_MAX).contains(&piece_size) {
        return Err(wrong(PieceError::Size { piece_size }));
    }
    let wanted = size.div_ceil(piece_size);
    if wanted > PIECES_MAX as u64 {
        return Err(wrong(PieceError::TooMany { wanted }));
    }
    Ok(List::ByName(bgcopy_core::PieceList { size, piece_size, hash_of_hashes, trusted }))
}

fn raw(hashes: &[Base64]) -> Result<Vec<[u8; 32]>, Rejected> {
    let each = hashes.iter().enumerate().map(|(at, Base64(bytes))| {
        <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
            let reason = format!("hash {at} has {} bytes; a SHA-256 has 32", bytes.len());
            let refusal = Refusal::InvalidArgument { argument: "pieces:", reason };
            Rejected::new(format!("pieces.hashes[{at}]"), refusal)
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests;
