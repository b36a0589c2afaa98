//! XML as far as Metalink needs it: elements of one name space with their attributes and texts, within
//! bounds.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::escape::{EscapeError, resolve_xml_entity};
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::{NAMESPACE, NAMESPACE_3};
use crate::error::{Document, ManifestError, Place};
use crate::limits;
use crate::text::{is_plain, shown};

/// A Metalink, read step by step.
pub(super) struct Xml<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    /// The elements that are open.
    open: usize,
}

/// The next thing inside an element.
enum Token<'a> {
    Start(Element<'a>),
    End,
    Text(Cow<'a, str>),
    Eof,
}

/// An element that has just begun.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    space: Space,
    /// For the line, which is counted only when somebody asks.
    text: &'a str,
    position: u64,
}

/// Whose element it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    Metalink,
    Metalink3,
    Other,
}

const NO_ENTITIES: &str = "use &lt; &gt; &amp; &apos; &quot; or the character itself";

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_comments = true;
        reader.resolver_mut().set_max_namespace_bindings(limits::XML_NAMESPACES_MAX);
        Self { text, reader, open: 0 }
    }

    /// The outermost element: `<metalink>` of version 4.
    pub(super) fn root(&mut self) -> Result<Element<'a>, ManifestError> {
        let refused = |reason: String| ManifestError::OtherDocument { document: Document::Metalink, reason };
        let element = loop {
            match self.next()? {
                Token::Start(element) => break element,
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Text(_) | Token::End => {
                    return Err(refused("it does not begin with an element".to_owned()));
                }
                Token::Eof => return Err(refused("it has no element".to_owned())),
            }
        };
        match (element.space, element.local_name()) {
            (Space::Metalink, "metalink") => Ok(element),
            (Space::Metalink3, _) => {
                Err(refused("it is Metalink 3; publish Metalink 4 (RFC 5854, .meta4)".to_owned()))
            }
            (_, name) => Err(refused(format!(
                "it begins with <{}>, and should with <metalink xmlns=\"{NAMESPACE}\">",
                shown(name)
            ))),
        }
    }

    /// Nothing but blanks and comments may follow the root.
    pub(super) fn finish(&mut self) -> Result<(), ManifestError> {
        loop {
            match self.next()? {
                Token::Eof => return Ok(()),
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Start(_) | Token::Text(_) | Token::End => {
                    return Err(self.syntax("something follows the end of <metalink>".to_owned()));
                }
            }
        }
    }

    /// The next element inside the one that is open; `None` at its end. Text between elements says nothing.
    pub(super) fn child(&mut self) -> Result<Option<Element<'a>>, ManifestError> {
        loop {
            match self.next()? {
                Token::Start(element) => return Ok(Some(element)),
                Token::End => return Ok(None),
                Token::Text(_) => {}
                Token::Eof => return Err(self.syntax("the document ends within an element".to_owned())),
            }
        }
    }

    /// Passes over the rest of the element that is open.
    pub(super) fn skip(&mut self) -> Result<(), ManifestError> {
        let outside = self.open.saturating_sub(1);
        while self.open > outside {
            if let Token::Eof = self.next()? {
                return Err(self.syntax("the document ends within an element".to_owned()));
            }
        }
        Ok(())
    }

    /// The text of an element that has nothing else, without the blanks around it.
    pub(super) fn text(&mut self, element: &Element<'a>) -> Result<String, ManifestError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Text(part) => {
                    if text.len() + part.len() > limits::XML_TEXT_BYTES_MAX {
                        let (what, max) = ("bytes", limits::XML_TEXT_BYTES_MAX);
                        return Err(ManifestError::TooMany { place: element.place(), what, max });
                    }
                    text.push_str(&part);
                }
                Token::End => break,
                Token::Start(inner) => {
                    let reason = format!("it holds <{}> where text belongs", shown(inner.local_name()));
                    return Err(ManifestError::Syntax { place: element.place(), reason });
                }
                Token::Eof => return Err(self.syntax("the document ends within an element".to_owned())),
            }
        }
        let text = text.trim().replace(['\t', '\n', '\r'], " ");
        if text.chars().all(is_plain) {
            Ok(text)
        } else {
            Err(element.wrong(&text, "text of visible characters"))
        }
    }

    fn next(&mut self) -> Result<Token<'a>, ManifestError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return self.start(start).map(Token::Start),
                // Empty elements come as a start and an end.
                Ok(Event::End(_) | Event::Empty(_)) => {
                    self.open = self.open.saturating_sub(1);
                    return Ok(Token::End);
                }
                Ok(Event::Text(text)) => return Ok(Token::Text(text.xml10_content())),
                Ok(Event::CData(text)) => return Ok(Token::Text(text.xml10_content())),
                Ok(Event::GeneralRef(name)) => return self.reference(&name).map(Token::Text),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Decl(declaration)) => self.check_declaration(&declaration)?,
                Ok(Event::DocType(_)) => {
                    return Err(ManifestError::Forbidden {
                        place: self.place(),
                        what: "a document type definition (<!DOCTYPE>)".to_owned(),
                        instead: "a Metalink has none",
                    });
                }
                Ok(Event::Eof) => return Ok(Token::Eof),
                Err(error) => {
                    let reason = shown(&error.to_string());
                    let place = self.place_at(self.reader.error_position());
                    return Err(ManifestError::Syntax { place, reason });
                }
            }
        }
    }

    fn start(&mut self, start: BytesStart<'a>) -> Result<Element<'a>, ManifestError> {
        self.open += 1;
        if self.open > limits::XML_DEPTH_MAX {
            let (what, max) = ("elements within each other", limits::XML_DEPTH_MAX);
            return Err(ManifestError::TooMany { place: self.place(), what, max });
        }
        let (space, _) = self.reader.resolver().resolve_element(start.name());
        let space = match space {
            ResolveResult::Bound(Namespace(NAMESPACE)) => Space::Metalink,
            ResolveResult::Bound(Namespace(NAMESPACE_3)) => Space::Metalink3,
            _ => Space::Other,
        };
        let element = Element { start, space, text: self.text, position: self.reader.buffer_position() };
        element.check_attributes()?;
        Ok(element)
    }

    /// What `&name;` stands for.
    fn reference(&self, name: &BytesRef<'_>) -> Result<Cow<'a, str>, ManifestError> {
        if let Ok(Some(c)) = name.resolve_char_ref() {
            return Ok(Cow::Owned(c.to_string()));
        }
        resolve_xml_entity(name).map(Cow::Borrowed).ok_or_else(|| ManifestError::Forbidden {
            place: self.place(),
            what: format!("the entity &{};", shown(name)),
            instead: NO_ENTITIES,
        })
    }

    fn check_declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), ManifestError> {
        let encoding = declaration.encoding().and_then(Result::ok).unwrap_or(Cow::Borrowed("UTF-8"));
        if ["UTF-8", "US-ASCII"].iter().any(|known| known.eq_ignore_ascii_case(&encoding)) {
            return Ok(());
        }
        let value = shown(&encoding);
        Err(ManifestError::Value {
            place: self.place(),
            value,
            wanted: "an encoding that is read; use UTF-8",
        })
    }

    fn syntax(&self, reason: String) -> ManifestError {
        ManifestError::Syntax { place: self.place(), reason }
    }

    fn place(&self) -> Place {
        self.place_at(self.reader.buffer_position())
    }

    fn place_at(&self, position: u64) -> Place {
        Place::Line(Document::Metalink, line_at(self.text, position))
    }
}

impl Element<'_> {
    /// The name of an element of Metalink; that of any other says nothing.
    pub(super) fn name(&self) -> &str {
        if self.space == Space::Metalink { self.local_name() } else { "" }
    }

    fn local_name(&self) -> &str {
        self.start.name().local_name().into_inner()
    }

    /// The value of an attribute, without the blanks around it; empty is as good as absent.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<String>, ManifestError> {
        for attribute in self.start.attributes().with_checks(false).flatten() {
            if attribute.key.as_ref() == name {
                let value = self.value(&attribute)?;
                let value = value.trim();
                return Ok((!value.is_empty()).then(|| value.to_owned()));
            }
        }
        Ok(None)
    }

    /// The value of an attribute that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<String, ManifestError> {
        self.attribute(name)?.ok_or_else(|| ManifestError::Missing { place: self.place(), what: name })
    }

    /// The error that a value of this element, or of its attributes, is not what is wanted.
    pub(super) fn wrong(&self, value: &str, wanted: &'static str) -> ManifestError {
        ManifestError::Value { place: self.place(), value: shown(value), wanted }
    }

    /// Where it is.
    pub(super) fn place(&self) -> Place {
        let name = shown(self.start.name().as_ref());
        Place::Element { line: line_at(self.text, self.position), name }
    }

    /// Every attribute, also one that nobody asks for, must be within bounds and free of entities.
    fn check_attributes(&self) -> Result<(), ManifestError> {
        for (index, attribute) in self.start.attributes().enumerate() {
            if index == limits::XML_ATTRIBUTES_MAX {
                let (what, max) = ("attributes", limits::XML_ATTRIBUTES_MAX);
                return Err(ManifestError::TooMany { place: self.place(), what, max });
            }
            let attribute = attribute.map_err(|error| self.syntax(&error))?;
            self.value(&attribute)?;
        }
        Ok(())
    }

    fn value<'v>(&self, attribute: &Attribute<'v>) -> Result<Cow<'v, str>, ManifestError> {
        if attribute.value.len() > limits::XML_TEXT_BYTES_MAX {
            let (what, max) = ("bytes in an attribute", limits::XML_TEXT_BYTES_MAX);
            return Err(ManifestError::TooMany { place: self.place(), what, max });
        }
        match attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity) {
            Ok(value) => Ok(value),
            Err(quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name))) => {
                let what = format!("the entity &{};", shown(&name));
                Err(ManifestError::Forbidden { place: self.place(), what, instead: NO_ENTITIES })
            }
            Err(error) => Err(self.syntax(&error)),
        }
    }

    fn syntax(&self, error: &dyn std::error::Error) -> ManifestError {
        ManifestError::Syntax { place: self.place(), reason: shown(&error.to_string()) }
    }
}

/// The line of a position, counted from one.
fn line_at(text: &str, position: u64) -> usize {
    let position = usize::try_from(position).unwrap_or(usize::MAX);
    let before = text.as_bytes().iter().take(position);
    1 + before.filter(|&&byte| byte == b'\n').count()
}
