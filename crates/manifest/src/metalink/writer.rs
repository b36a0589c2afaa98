//! Writing a Metalink, in the order in which RFC 5854 shows the elements.

use std::io;

use bgcopy_core::PieceHashes;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::NAMESPACE;
use crate::error::{Document, ManifestError, Place};
use crate::limits;
use crate::manifest::{Manifest, ManifestFile, ManifestSource};
use crate::text::to_hex;

/// Who wrote it (RFC 5854, 4.2.3).
const GENERATOR: &str = concat!("bgcopy/", env!("CARGO_PKG_VERSION"));

type Xml = Writer<Vec<u8>>;

/// Writes a Metalink 4. What is written is what [`read`](super::read) reads again: a manifest that cannot
/// be true, or is larger than is read, is refused.
pub fn write(manifest: &Manifest) -> Result<String, ManifestError> {
    let document = Document::Metalink;
    manifest.check(Place::Document(document))?;
    let written = document_of(manifest).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    let text = written.map_err(|error| ManifestError::Syntax {
        place: Place::Document(document),
        reason: error.to_string(),
    })?;
    let (bytes, max) = (text.len(), limits::DOCUMENT_BYTES_MAX);
    if bytes > max { Err(ManifestError::TooLarge { document, bytes, max }) } else { Ok(text) }
}

fn document_of(manifest: &Manifest) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = xml.create_element("metalink").with_attribute(("xmlns", NAMESPACE));
    root.write_inner_content(|xml| {
        text(xml, "generator", &[], GENERATOR)?;
        if let Some(origin) = &manifest.origin {
            let dynamic = if origin.dynamic { "true" } else { "false" };
            text(xml, "origin", &[("dynamic", dynamic)], origin.url.as_str())?;
        }
        manifest.files.iter().try_for_each(|file| write_file(xml, file))
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_file(xml: &mut Xml, file: &ManifestFile) -> io::Result<()> {
    let element = xml.create_element("file").with_attribute(("name", file.name.as_str()));
    element.write_inner_content(|xml| {
        if let Some(identity) = &file.identity {
            text(xml, "identity", &[], identity)?;
        }
        if let Some(version) = &file.version {
            text(xml, "version", &[], version)?;
        }
        if let Some(size) = file.size {
            text(xml, "size", &[], &size.to_string())?;
        }
        for digest in &file.digests {
            text(xml, "hash", &[("type", digest.algorithm())], &to_hex(digest.bytes()))?;
        }
        if let Some(pieces) = &file.pieces {
            write_pieces(xml, pieces)?;
        }
        write_places(xml, file)
    })?;
    Ok(())
}

fn write_pieces(xml: &mut Xml, pieces: &PieceHashes) -> io::Result<()> {
    let length = pieces.piece_size().to_string();
    let element = xml.create_element("pieces").with_attribute(("length", length.as_str()));
    let element = element.with_attribute(("type", "sha-256"));
    element.write_inner_content(|xml| {
        pieces.hashes().iter().try_for_each(|hash| text(xml, "hash", &[], &to_hex(hash)))
    })?;
    Ok(())
}

fn write_places(xml: &mut Xml, file: &ManifestFile) -> io::Result<()> {
    for meta in &file.metaurls {
        let priority = meta.priority.to_string();
        let mut attributes = vec![("mediatype", meta.media_type.as_str()), ("priority", &priority)];
        attributes.extend(meta.name.as_deref().map(|name| ("name", name)));
        text(xml, "metaurl", &attributes, &meta.url)?;
    }
    for source in &file.sources {
        // A source without a wish is written without one.
        let priority = Some(source.priority).filter(|&priority| priority != ManifestSource::LEAST_PRIORITY);
        let priority = priority.map(|priority| priority.to_string());
        let mut attributes = Vec::new();
        attributes.extend(source.location.as_deref().map(|location| ("location", location)));
        attributes.extend(priority.as_deref().map(|priority| ("priority", priority)));
        text(xml, "url", &attributes, source.url.as_str())?;
    }
    Ok(())
}

fn text(xml: &mut Xml, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes.iter().copied());
    element.write_text_content(BytesText::new(text)).map(|_| ())
}
