//! What the elements of a Metalink mean.

use bgcopy_core::{Digest, PieceHashes};

use super::xml::{Element, Xml};
use crate::error::{Document, ManifestError, Place};
use crate::limits;
use crate::manifest::{
    Manifest, ManifestFile, ManifestSource, MetaUrl, Origin, location, order_sources, priority, source_url,
};
use crate::name::FileName;
use crate::note::{Note, note};
use crate::text::{add_digest, from_hex, shown};

type Result<T> = std::result::Result<T, ManifestError>;

/// Reads a Metalink 4.
pub fn read(text: &[u8]) -> Result<Manifest> {
    let document = Document::Metalink;
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let (bytes, max) = (text.len(), limits::DOCUMENT_BYTES_MAX);
        return Err(ManifestError::TooLarge { document, bytes, max });
    }
    let text = std::str::from_utf8(text)
        .map_err(|error| ManifestError::NotUtf8 { document, at: error.valid_up_to() })?;
    let mut xml = Xml::new(text.trim_start_matches('\u{feff}'));
    xml.root()?;
    let mut manifest = Manifest::default();
    let mut places = 0;
    while let Some(element) = xml.child()? {
        match element.name() {
            "file" => {
                if manifest.files.len() == limits::FILES_MAX {
                    let (what, max) = ("files", limits::FILES_MAX);
                    return Err(ManifestError::TooMany { place: element.place(), what, max });
                }
                let file = file(&mut xml, &element, &mut manifest.notes)?;
                places += file.sources.len() + file.metaurls.len();
                if places > limits::PLACES_MAX {
                    let (what, max) = ("sources of all files", limits::PLACES_MAX);
                    return Err(ManifestError::TooMany { place: element.place(), what, max });
                }
                manifest.files.push(file);
            }
            "origin" => {
                let origin = origin(&mut xml, &element, &mut manifest.notes)?;
                manifest.origin = manifest.origin.or(origin);
            }
            _ => xml.skip()?,
        }
    }
    xml.finish()?;
    manifest.check(Place::Document(document))?;
    Ok(manifest)
}

/// `<origin>` (RFC 5854, 4.2.9). One that cannot be fetched is of no use, and does no harm.
fn origin<'a>(xml: &mut Xml<'a>, element: &Element<'a>, notes: &mut Vec<Note>) -> Result<Option<Origin>> {
    let dynamic = match element.attribute("dynamic")?.as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(other) => return Err(element.wrong(other, "true or false")),
    };
    match source_url(&xml.text(element)?) {
        Ok(url) => Ok(Some(Origin { url, dynamic })),
        Err(refused) => {
            note(notes, refused);
            Ok(None)
        }
    }
}

/// `<file>` (RFC 5854, 4.1.2), as far as it was read.
struct Draft {
    file: ManifestFile,
    /// The first source that is of no use.
    refused: Option<Note>,
    /// Digests that are not verified, for one remark if there is no other.
    weak_digests: Vec<String>,
}

fn file<'a>(xml: &mut Xml<'a>, element: &Element<'a>, notes: &mut Vec<Note>) -> Result<ManifestFile> {
    let name = FileName::parse(&element.required("name")?)
        .map_err(|error| ManifestError::Name { place: element.place(), error })?;
    let mut draft = Draft { file: ManifestFile::new(name), refused: None, weak_digests: Vec::new() };
    while let Some(child) = xml.child()? {
        match child.name() {
            "size" => draft.size(xml, &child)?,
            "hash" => draft.hash(xml, &child)?,
            "pieces" => draft.pieces(xml, &child, notes)?,
            "url" => draft.url(xml, &child, notes)?,
            "metaurl" => draft.metaurl(xml, &child, notes)?,
            "identity" => set_once(&mut draft.file.identity, xml.text(&child)?, &child)?,
            "version" => set_once(&mut draft.file.version, xml.text(&child)?, &child)?,
            _ => xml.skip()?,
        }
    }
    draft.finish(element, notes)
}

/// Keeps what may be said once.
fn set_once(slot: &mut Option<String>, text: String, element: &Element<'_>) -> Result<()> {
    if slot.is_some() {
        let what = element.name().to_owned();
        return Err(ManifestError::Contradiction { place: element.place(), what });
    }
    *slot = (!text.is_empty()).then_some(text);
    Ok(())
}

impl Draft {
    fn size<'a>(&mut self, xml: &mut Xml<'a>, element: &Element<'a>) -> Result<()> {
        let text = xml.text(element)?;
        let size = decimal(&text).ok_or_else(|| element.wrong(&text, "a number of bytes"))?;
        match self.file.size.replace(size) {
            Some(other) if other != size => {
                let what = "the size".to_owned();
                Err(ManifestError::Contradiction { place: element.place(), what })
            }
            _ => Ok(()),
        }
    }

    /// A whole-file digest (RFC 5854, 4.2.4).
    fn hash<'a>(&mut self, xml: &mut Xml<'a>, element: &Element<'a>) -> Result<()> {
        let kind = element.required("type")?;
        let text = xml.text(element)?;
        let digest = match algorithm(&kind).as_str() {
            "sha256" => {
                let value = from_hex(&text).map(Digest::Sha256);
                value.ok_or_else(|| element.wrong(&text, "the 64 hex digits of a SHA-256"))?
            }
            "sha512" => {
                let value = from_hex(&text).map(Digest::Sha512);
                value.ok_or_else(|| element.wrong(&text, "the 128 hex digits of a SHA-512"))?
            }
            _ => {
                self.weak_digests.truncate(4);
                self.weak_digests.push(shown(&kind));
                return Ok(());
            }
        };
        if add_digest(&mut self.file.digests, digest) {
            return Ok(());
        }
        let what = format!("the {} of the file", shown(&kind));
        Err(ManifestError::Contradiction { place: element.place(), what })
    }

    /// `<pieces>` (RFC 5854, 4.1.3). There may be one list of each algorithm; of several in SHA-256, which
    /// should not be, the first one is kept.
    fn pieces<'a>(&mut self, xml: &mut Xml<'a>, element: &Element<'a>, notes: &mut Vec<Note>) -> Result<()> {
        let kind = element.required("type")?;
        if algorithm(&kind) != "sha256" {
            let (file, given) = (self.file.name.to_string(), format!("piece hashes in {}", shown(&kind)));
            note(notes, Note::Hashes { file, given, instead: "piece hashes in sha-256" });
            return xml.skip();
        }
        let length = element.required("length")?;
        let piece_size = decimal(&length).ok_or_else(|| element.wrong(&length, "a number of bytes"))?;
        let pieces = piece_list(xml, element, piece_size)?;
        match &self.file.pieces {
            None => {
                self.file.pieces = Some(pieces);
                Ok(())
            }
            Some(first) if first.piece_size() == piece_size && *first != pieces => {
                let what = format!("the list of pieces of {piece_size} bytes");
                Err(ManifestError::Contradiction { place: element.place(), what })
            }
            Some(_) => Ok(()),
        }
    }

    /// A mirror (RFC 5854, 4.2.16).
    fn url<'a>(&mut self, xml: &mut Xml<'a>, element: &Element<'a>, notes: &mut Vec<Note>) -> Result<()> {
        let priority = priority_of(element)?;
        let location = element.attribute("location")?.as_deref().and_then(location);
        let text = xml.text(element)?;
        match source_url(&text) {
            Ok(url) => {
                self.file.sources.push(ManifestSource { url, priority, location });
                // The worst ones are left out now and then, so that a list without end costs no memory.
                if self.file.sources.len() > 2 * limits::SOURCES_MAX {
                    order_sources(&mut self.file.sources, notes);
                }
            }
            Err(refused) => {
                note(notes, refused.clone());
                self.refused.get_or_insert(refused);
            }
        }
        Ok(())
    }

    /// A torrent, or another description (RFC 5854, 4.2.8).
    fn metaurl<'a>(&mut self, xml: &mut Xml<'a>, element: &Element<'a>, notes: &mut Vec<Note>) -> Result<()> {
        let media_type = element.required("mediatype")?;
        let (name, priority) = (element.attribute("name")?, priority_of(element)?);
        let url = xml.text(element)?;
        if url.is_empty() {
            return Err(ManifestError::Missing { place: element.place(), what: "the URL" });
        }
        if self.file.metaurls.len() == limits::METAURLS_MAX {
            note(notes, Note::LeftOut { what: "metaurls", max: limits::METAURLS_MAX });
        } else {
            self.file.metaurls.push(MetaUrl { url, media_type, name, priority });
        }
        Ok(())
    }

    fn finish(mut self, element: &Element<'_>, notes: &mut Vec<Note>) -> Result<ManifestFile> {
        let file = self.file.name.to_string();
        if let (Some(pieces), Some(size)) = (&self.file.pieces, self.file.size) {
            let place = element.place();
            pieces.check_size(size).map_err(|error| ManifestError::Pieces { place, error })?;
        }
        order_sources(&mut self.file.sources, notes);
        if self.file.sources.is_empty()
            && self.file.metaurls.is_empty()
            && let Some(first) = self.refused
        {
            return Err(ManifestError::NoSource { file, first });
        }
        if self.file.digests.is_empty() && !self.weak_digests.is_empty() {
            let given = format!("digests in {}", self.weak_digests.join(", "));
            note(notes, Note::Hashes { file, given, instead: "one in sha-256" });
        }
        Ok(self.file)
    }
}

fn piece_list<'a>(xml: &mut Xml<'a>, element: &Element<'a>, piece_size: u64) -> Result<PieceHashes> {
    let refused = |error| ManifestError::Pieces { place: element.place(), error };
    // A piece size without sense is refused before a million hashes are read.
    PieceHashes::new(piece_size, Vec::new()).map_err(refused)?;
    let mut hashes = Vec::new();
    while let Some(child) = xml.child()? {
        if child.name() != "hash" {
            xml.skip()?;
            continue;
        }
        if hashes.len() == limits::PIECES_MAX {
            let (what, max) = ("piece hashes", limits::PIECES_MAX);
            return Err(ManifestError::TooMany { place: child.place(), what, max });
        }
        let text = xml.text(&child)?;
        hashes.push(from_hex(&text).ok_or_else(|| child.wrong(&text, "the 64 hex digits of a SHA-256"))?);
    }
    PieceHashes::new(piece_size, hashes).map_err(refused)
}

fn priority_of(element: &Element<'_>) -> Result<u32> {
    match element.attribute("priority")? {
        None => Ok(ManifestSource::LEAST_PRIORITY),
        Some(text) => {
            priority(&text).ok_or_else(|| element.wrong(&text, "a priority from 1 (the best) to 999999"))
        }
    }
}

/// The name of a hash function as people write it: `sha-256`, `SHA256`.
fn algorithm(kind: &str) -> String {
    kind.chars().filter(|c| *c != '-').take(16).map(|c| c.to_ascii_lowercase()).collect()
}

/// Digits and nothing else: no sign.
fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
