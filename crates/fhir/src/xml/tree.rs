//! A strict and small reader of XML 1.0: elements, attributes, text, the five entities and numbers of characters. A document
//! type is refused, so nothing is ever fetched or multiplied.

use std::collections::HashSet;

/// Deepest nesting of elements.
const MAX_DEPTH: usize = 100;
/// Most elements, attributes and texts of a document together.
const MAX_PARTS: usize = 2_000_000;
/// Most attributes of one element, declarations of namespaces among them.
const MAX_ATTRIBUTES: usize = 100;
/// Most namespaces in force at once.
const MAX_NAMESPACES: usize = 50;
/// Longest namespace, in bytes.
const MAX_NAMESPACE_BYTES: usize = 1000;

/// Why a text is no XML that is taken; positions are byte offsets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not UTF-8.
    #[error("byte {at} is not UTF-8; send the document as UTF-8")]
    NotUtf8 {
        /// Offset.
        at: usize,
    },
    /// Not the grammar of XML.
    #[error("byte {at}: expected {expected}; check the XML there")]
    Syntax {
        /// Offset.
        at: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// A document type.
    #[error("byte {at}: a document type is not taken; leave <!DOCTYPE out")]
    DocumentType {
        /// Offset.
        at: usize,
    },
    /// Nested too deep.
    #[error("byte {at}: nested deeper than {MAX_DEPTH} levels; flatten the document")]
    TooDeep {
        /// Offset.
        at: usize,
    },
    /// More than is taken of something.
    #[error("byte {at}: more than {most} {what}; send it in parts, or leave some out")]
    TooMany {
        /// Offset.
        at: usize,
        /// How many are taken.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// XML, but not of FHIR.
    #[error("{path}: {words}")]
    Content {
        /// Where.
        path: String,
        /// What to do.
        words: String,
    },
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element<'x> {
    /// Name without prefix.
    pub name: &'x str,
    /// Its namespace.
    pub namespace: &'x str,
    /// Attributes without those that declare namespaces.
    pub attributes: Vec<(&'x str, String)>,
    /// What stands in it.
    pub nodes: Vec<Node<'x>>,
    /// As it was written.
    pub raw: &'x str,
}

/// What stands in an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'x> {
    /// An element.
    Element(Element<'x>),
    /// Text between elements.
    Text(String),
}

impl<'x> Element<'x> {
    /// An attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'x>> {
        self.nodes
            .iter()
            .filter_map(|node| if let Node::Element(element) = node { Some(element) } else { None })
    }
    /// All text in it, that of elements within too.
    #[must_use]
    pub fn text(&self) -> String {
        let inner = self.nodes.iter().map(|node| match node {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        });
        inner.collect()
    }
}

/// Reads a document.
///
/// # Errors
/// [`XmlError`] says where and why.
pub fn parse(bytes: &[u8]) -> Result<Element<'_>, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|e| XmlError::NotUtf8 { at: e.valid_up_to() })?;
    let at = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut parser = Parser { text, at, spaces: Vec::new(), parts: 0 };
    if let Some(at) = text.find(is_no_character) {
        return Err(XmlError::Syntax { at, expected: CHARACTERS });
    }
    parser.declaration()?;
    parser.between()?;
    if !parser.rest().starts_with('<') {
        return Err(parser.expected("an element"));
    }
    let element = parser.element(0)?;
    parser.between()?;
    if parser.at < text.len() {
        return Err(parser.expected("the end of the document"));
    }
    Ok(element)
}

const CHARACTERS: &str = "text without control characters";

/// What stands in no XML (XML 1.0 2.2).
fn is_no_character(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether it can be the name of an element or an attribute, with one prefix or none.
fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    text.split_once(':').map_or_else(|| is_part(text), |(prefix, name)| is_part(prefix) && is_part(name))
}

struct Parser<'x> {
    text: &'x str,
    at: usize,
    /// Namespaces in force: prefix and address.
    spaces: Vec<(&'x str, &'x str)>,
    /// How many elements, attributes and texts were met.
    parts: usize,
}

impl<'x> Parser<'x> {
    fn rest(&self) -> &'x str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn expected(&self, expected: &'static str) -> XmlError {
        XmlError::Syntax { at: self.at, expected }
    }
    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }
    fn eat(&mut self, word: &str) -> bool {
        let is = self.rest().starts_with(word);
        self.at += if is { word.len() } else { 0 };
        is
    }
    fn until(&mut self, end: &'static str, expected: &'static str) -> Result<&'x str, XmlError> {
        let (before, _) = self.rest().split_once(end).ok_or_else(|| self.expected(expected))?;
        self.at += before.len() + end.len();
        Ok(before)
    }
    fn part(&mut self) -> Result<(), XmlError> {
        self.parts += 1;
        self.most(self.parts, MAX_PARTS, "elements, attributes and texts")
    }
    fn most(&self, has: usize, most: usize, what: &'static str) -> Result<(), XmlError> {
        if has > most { Err(XmlError::TooMany { at: self.at, most, what }) } else { Ok(()) }
    }
    /// The XML declaration, which stands in front of all or nowhere.
    fn declaration(&mut self) -> Result<(), XmlError> {
        if self.rest().starts_with("<?xml") && self.rest()[5..].starts_with([' ', '\t', '\r', '\n']) {
            self.until("?>", "the end of the declaration")?;
        }
        Ok(())
    }
    /// A comment, behind its beginning.
    fn comment(&mut self) -> Result<(), XmlError> {
        self.until("--", "the end of the comment")?;
        if self.eat(">") { Ok(()) } else { Err(self.expected("a comment without --")) }
    }
    /// An instruction, behind its beginning.
    fn instruction(&mut self) -> Result<(), XmlError> {
        if self.name()?.eq_ignore_ascii_case("xml") {
            return Err(self.expected("the XML declaration in front of all or nowhere"));
        }
        self.until("?>", "the end of the instruction").map(drop)
    }
    /// The namespace of a prefix.
    fn space_of(&self, prefix: &str) -> Option<&'x str> {
        self.spaces.iter().rev().find(|(key, _)| *key == prefix).map(|(_, space)| *space)
    }
    /// Comments, instructions and space.
    fn between(&mut self) -> Result<(), XmlError> {
        loop {
            self.space();
            if self.eat("<!--") {
                self.comment()?;
            } else if self.eat("<?") {
                self.instruction()?;
            } else if self.rest().starts_with("<!DOCTYPE") {
                return Err(XmlError::DocumentType { at: self.at });
            } else {
                return Ok(());
            }
        }
    }
    fn name(&mut self) -> Result<&'x str, XmlError> {
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/' | '<' | '"' | '\'' | '&' | '?');
        let rest = self.rest();
        let name = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if !is_name(name) {
            return Err(self.expected("a name"));
        }
        self.at += name.len();
        Ok(name)
    }
    fn element(&mut self, depth: usize) -> Result<Element<'x>, XmlError> {
        let begin = self.at;
        if depth > MAX_DEPTH {
            return Err(XmlError::TooDeep { at: begin });
        }
        self.part()?;
        self.at += 1;
        let whole = self.name()?;
        let mut attributes: Vec<(&'x str, String)> = Vec::new();
        let before = self.spaces.len();
        let mut names: HashSet<&'x str> = HashSet::new();
        let is_closed = loop {
            let behind = self.at;
            self.space();
            if self.eat("/>") {
                break true;
            }
            if self.eat(">") {
                break false;
            }
            if self.at == behind {
                return Err(self.expected("a space before an attribute"));
            }
            let name = self.name()?;
            self.part()?;
            if !names.insert(name) {
                return Err(self.expected("each attribute once"));
            }
            self.most(names.len(), MAX_ATTRIBUTES, "attributes of an element")?;
            self.space();
            if !self.eat("=") {
                return Err(self.expected("\"=\""));
            }
            self.space();
            let value = match self.rest().chars().next() {
                Some('"') => {
                    self.at += 1;
                    self.until("\"", "a closing quote")?
                }
                Some('\'') => {
                    self.at += 1;
                    self.until("'", "a closing quote")?
                }
                _ => return Err(self.expected("a value in quotes")),
            };
            if value.contains('<') {
                return Err(self.expected("&lt; instead of <"));
            }
            if name == "xmlns" || name.starts_with("xmlns:") {
                self.declare(name.strip_prefix("xmlns:").unwrap_or_default(), value)?;
            } else {
                attributes.push((name, self.unescaped(&value.replace(['\r', '\n', '\t'], " "))?));
            }
        };
        self.distinct(&attributes)?;
        let (prefix, name) = whole.split_once(':').unwrap_or(("", whole));
        let namespace = self.space_of(prefix);
        if namespace.is_none() && !prefix.is_empty() {
            return Err(self.expected("a prefix that is declared with xmlns"));
        }
        let mut nodes = Vec::new();
        if !is_closed {
            self.inside(depth, whole, &mut nodes)?;
        }
        self.spaces.truncate(before);
        let raw = self.text.get(begin..self.at).unwrap_or_default();
        Ok(Element { name, namespace: namespace.unwrap_or_default(), attributes, nodes, raw })
    }
    /// A namespace comes into force. It is compared as it is written, so it has no entities.
    fn declare(&mut self, prefix: &'x str, space: &'x str) -> Result<(), XmlError> {
        self.most(space.len(), MAX_NAMESPACE_BYTES, "bytes of a namespace")?;
        if space.contains('&')
            || matches!(prefix, "xml" | "xmlns")
            || (space.is_empty() && !prefix.is_empty())
        {
            return Err(self.expected("a namespace written out, without entities"));
        }
        self.spaces.push((prefix, space));
        self.most(self.spaces.len(), MAX_NAMESPACES, "namespaces in force")
    }
    /// Prefixes of attributes are declared, and two of one namespace do not have one name.
    fn distinct(&self, attributes: &[(&'x str, String)]) -> Result<(), XmlError> {
        let mut seen = HashSet::new();
        for (prefix, name) in attributes.iter().filter_map(|(name, _)| name.split_once(':')) {
            let space = if prefix == "xml" { Some("xml") } else { self.space_of(prefix) };
            let space = space.ok_or_else(|| self.expected("a prefix that is declared with xmlns"))?;
            if !seen.insert((space, name)) {
                return Err(self.expected("each attribute once"));
            }
        }
        Ok(())
    }
    fn inside(&mut self, depth: usize, whole: &str, nodes: &mut Vec<Node<'x>>) -> Result<(), XmlError> {
        loop {
            let rest = self.rest();
            let text = rest.split('<').next().unwrap_or(rest);
            if !text.is_empty() {
                self.part()?;
                if text.contains("]]>") {
                    return Err(self.expected("]]&gt; instead of ]]>"));
                }
                let text_of = self.unescaped(text)?;
                self.at += text.len();
                nodes.push(Node::Text(text_of));
            }
            if self.eat("</") {
                if self.name()? != whole {
                    return Err(self.expected("the end of the element that was opened last"));
                }
                self.space();
                return if self.eat(">") { Ok(()) } else { Err(self.expected("\">\"")) };
            } else if self.eat("<!--") {
                self.comment()?;
            } else if self.eat("<![CDATA[") {
                self.part()?;
                nodes.push(Node::Text(self.until("]]>", "the end of CDATA")?.to_owned()));
            } else if self.eat("<?") {
                self.instruction()?;
            } else if self.rest().starts_with("<!") {
                return Err(XmlError::DocumentType { at: self.at });
            } else if self.rest().starts_with('<') {
                nodes.push(Node::Element(self.element(depth + 1)?));
            } else {
                return Err(self.expected("the end of the element"));
            }
        }
    }
    fn unescaped(&self, text: &str) -> Result<String, XmlError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            out.push_str(before);
            let wrong = || self.expected("&amp; or an entity of XML");
            let (entity, behind) = after.split_once(';').ok_or_else(wrong)?;
            let number = entity.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16).ok());
            let number = number.or_else(|| entity.strip_prefix('#').map(|digits| digits.parse().ok()));
            out.push(match (entity, number) {
                ("amp", _) => '&',
                ("lt", _) => '<',
                ("gt", _) => '>',
                ("quot", _) => '"',
                ("apos", _) => '\'',
                (_, Some(number)) => number.and_then(char::from_u32).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            });
            rest = behind;
        }
        out.push_str(rest);
        if out.contains(is_no_character) { Err(self.expected(CHARACTERS)) } else { Ok(out) }
    }
}
