//! What a PDF that somebody sent is: its fields, what in it would run, what was drawn on it, and who signed which bytes.
//! Facts only; whether they are good enough is decided elsewhere.
//!
//! Nothing of it is shown or run. Size, objects, depth and inflated bytes have limits; a damaged file is not mended.

mod active;
mod drawn;
mod fields;
mod file;
mod object;
mod signatures;

pub use active::Active;
pub use signatures::{Covers, Signature};

use crate::sign::Anchors;
use file::File;
use object::Object;
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;

/// Largest file that is looked into, in bytes.
pub const SIZE_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// Pages of one file, at most.
const PAGES_LIMIT: usize = 200;
/// Nodes of the page tree, at most.
const NODES_LIMIT: usize = 2_000;

/// Why nothing is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No bytes.
    #[error("the file is empty; attach it again")]
    Empty,
    /// The bytes of something else.
    #[error("the file is no PDF; send the PDF itself")]
    NotPdf(Other),
    /// Beyond a limit.
    #[error("the file is larger or more tangled than any form; print it to a new PDF")]
    TooMuch,
    /// Cut short, or its table does not fit its objects.
    #[error("the file is damaged; save it again")]
    Damaged,
    /// Behind a password.
    #[error("the file is encrypted; save it without a password")]
    Encrypted,
    /// A stream whose filter is not read: one of pictures.
    #[error("a part of the file cannot be read; print it to a new PDF")]
    Unread,
}

/// What a file is that is no PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// A word processor's file (Office Open XML, OpenDocument) or another ZIP archive.
    Document,
    /// A picture.
    Picture,
    /// Words, a page of the web, something else.
    Something,
}

/// What a PDF is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Text fields by their full name, and what they hold.
    pub fields: BTreeMap<String, String>,
    /// What would run, open or hide something.
    pub active: Vec<Active>,
    /// SHA-256 of what each page draws, its fields apart.
    pub pages: Vec<[u8; 32]>,
    /// Every page is one picture and no words.
    pub is_scan: bool,
    /// Something was drawn where a signature goes: ink, a stamp, a picture, words.
    pub is_drawn: bool,
    /// Digital signatures, in the order of the fields.
    pub signatures: Vec<Signature>,
    /// Something of a page could not be read.
    pub is_partly_unread: bool,
}

/// Looks into a file. Signers are believed when their certificate comes from one of `anchors` and holds at `now`
/// (seconds since 1970).
///
/// # Errors
/// [`Problem`]: there is nothing to be said of it.
pub fn inspect(bytes: &[u8], anchors: &Anchors, now: u64) -> Result<Facts, Problem> {
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    if bytes.len() > SIZE_LIMIT_BYTES {
        return Err(Problem::TooMuch);
    }
    if !bytes.starts_with(b"%PDF-") {
        return Err(Problem::NotPdf(other(bytes)));
    }
    let file = File::open(bytes)?;
    if file.trailer.contains_key("Encrypt") {
        return Err(Problem::Encrypted);
    }
    let Object::Dict(catalog) = file.entry(&file.trailer, "Root")? else { return Err(Problem::Damaged) };
    let active = active::found(&file)?;
    let form = fields::read(&file, &catalog)?;
    let pages = pages(&file, &catalog)?;
    let mut facts = Facts {
        fields: form.texts,
        active,
        pages: Vec::with_capacity(pages.len()),
        is_scan: !pages.is_empty(),
        is_drawn: false,
        signatures: Vec::new(),
        is_partly_unread: false,
    };
    let areas: Vec<drawn::Area> = form.areas;
    for page in &pages {
        let drawn = drawn::on(&file, page, &areas)?;
        facts.pages.push(drawn.digest);
        facts.is_scan &= drawn.is_picture_only;
        facts.is_drawn |= drawn.in_area;
        facts.is_partly_unread |= drawn.is_unread;
    }
    for value in &form.signatures {
        facts.signatures.push(signatures::checked(bytes, &file, value, anchors, now)?);
    }
    Ok(facts)
}

fn other(bytes: &[u8]) -> Other {
    const DOCUMENTS: [&[u8]; 3] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0", b"{\\rtf"];
    const PICTURES: [&[u8]; 5] = [b"\xFF\xD8\xFF", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"];
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| bytes.starts_with(mark));
    if begins(&DOCUMENTS) {
        Other::Document
    } else if begins(&PICTURES) || bytes.get(4..8) == Some(b"ftyp") {
        Other::Picture
    } else {
        Other::Something
    }
}

/// The pages in order.
fn pages(file: &File<'_>, catalog: &object::Dict) -> Result<Vec<object::Dict>, Problem> {
    let mut pages = Vec::new();
    let mut waiting = vec![file.entry(catalog, "Pages")?];
    let mut nodes = 0;
    while let Some(node) = waiting.pop() {
        nodes += 1;
        if nodes > NODES_LIMIT || pages.len() > PAGES_LIMIT {
            return Err(Problem::TooMuch);
        }
        let Object::Dict(node) = node else { return Err(Problem::Damaged) };
        match file.entry(&node, "Kids")? {
            Object::Array(kids) if nodes + waiting.len() + kids.len() > NODES_LIMIT => {
                return Err(Problem::TooMuch);
            }
            Object::Array(kids) => {
                for kid in kids.iter().rev() {
                    waiting.push(file.resolve(kid)?);
                }
            }
            _ => pages.push(node),
        }
    }
    Ok(pages)
}

/// SHA-256 of bytes.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests;
