//! What in a PDF would run, open, send or hide something (ISO 32000-1 12.6): a form has none of it.

use super::Problem;
use super::file::File;
use super::object::{Dict, Object};

/// Values inside each other that are looked through, at most; the lexer nests no deeper.
const DEPTH_LIMIT: usize = 64;

/// Something active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Active {
    /// A script.
    Script,
    /// A program, a file or an address that is opened or sent to.
    Launch,
    /// Something happens when the file is opened, a page is turned or a field is left.
    OnOpen,
    /// A file inside the file.
    EmbeddedFile,
    /// A form in XML that programs draw as they like.
    Xfa,
    /// Film, sound or models.
    RichMedia,
}

/// Everything active in any object that the file names, once each.
pub(super) fn found(file: &File<'_>) -> Result<Vec<Active>, Problem> {
    let mut found = Vec::new();
    for number in file.numbers() {
        walk(&file.get(number)?, &mut found, 0);
    }
    let trailer = Object::Dict(file.trailer.clone());
    walk(&trailer, &mut found, 0);
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn walk(object: &Object, found: &mut Vec<Active>, depth: usize) {
    if depth > DEPTH_LIMIT {
        return;
    }
    if let Object::Array(items) = object {
        for item in items {
            walk(item, found, depth + 1);
        }
    }
    let Some(dict) = object.dict() else { return };
    look(dict, found);
    for value in dict.values() {
        walk(value, found, depth + 1);
    }
}

fn look(dict: &Dict, found: &mut Vec<Active>) {
    let name = |key: &str| dict.get(key).and_then(Object::name);
    for (key, value) in dict {
        let sort = match key.as_str() {
            "JS" | "JavaScript" => Some(Active::Script),
            "AA" => Some(Active::OnOpen),
            // A place to begin at is not an act.
            "OpenAction" if !matches!(value, Object::Array(_)) => Some(Active::OnOpen),
            "XFA" => Some(Active::Xfa),
            "EmbeddedFiles" | "EF" | "AF" => Some(Active::EmbeddedFile),
            "RichMediaContent" | "RichMediaSettings" => Some(Active::RichMedia),
            _ => None,
        };
        found.extend(sort);
    }
    let action = match name("S") {
        Some("JavaScript") => Some(Active::Script),
        Some("Launch" | "GoToR" | "GoToE" | "URI" | "SubmitForm" | "ImportData") => Some(Active::Launch),
        Some("Rendition" | "Movie" | "Sound" | "RichMediaExecute" | "GoTo3DView") => Some(Active::RichMedia),
        Some("Hide" | "ResetForm" | "SetOCGState" | "Trans") => Some(Active::OnOpen),
        _ => None,
    };
    found.extend(action);
    let part = match name("Subtype") {
        Some("RichMedia" | "3D" | "Movie" | "Screen" | "Sound") => Some(Active::RichMedia),
        Some("FileAttachment") => Some(Active::EmbeddedFile),
        _ => None,
    };
    found.extend(part);
    if name("Type") == Some("EmbeddedFile") {
        found.push(Active::EmbeddedFile);
    }
}
