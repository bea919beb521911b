//! JSON Patch (RFC 6902) over our tree.

use super::place::{Segment, at, at_mut, put, take};
use super::{PatchError, Room, same, within_depth};
use crate::json::{Json, Object};

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Put a value where there is none, or between others.
    Add(Vec<String>, Json),
    /// Take a value away.
    Remove(Vec<String>),
    /// Put another value in its place.
    Replace(Vec<String>, Json),
    /// Take a value from here and put it there.
    Move(Vec<String>, Vec<String>),
    /// Put what stands here there too.
    Copy(Vec<String>, Vec<String>),
    /// Go on only when this stands there.
    Test(Vec<String>, Json),
}

/// Reads operations.
///
/// # Errors
/// [`PatchError::Operation`].
pub fn read(operations: &[Json]) -> Result<Vec<Operation>, PatchError> {
    operations
        .iter()
        .enumerate()
        .map(|(n, operation)| one(operation).map_err(|words| PatchError::Operation { number: n + 1, words }))
        .collect()
}

fn one(json: &Json) -> Result<Operation, String> {
    let object: &Object = json.as_object().ok_or("an operation is an object with op and path")?;
    let pointer = |name: &str| {
        let text = object
            .get(name)
            .and_then(Json::as_str)
            .ok_or_else(|| format!("\"{name}\" is missing; write a pointer such as /birthDate"))?;
        read_pointer(text)
    };
    let value = || object.get("value").cloned().ok_or_else(|| "\"value\" is missing".to_owned());
    match object.get("op").and_then(Json::as_str) {
        Some("add") => Ok(Operation::Add(pointer("path")?, value()?)),
        Some("remove") => Ok(Operation::Remove(pointer("path")?)),
        Some("replace") => Ok(Operation::Replace(pointer("path")?, value()?)),
        Some("move") => Ok(Operation::Move(pointer("from")?, pointer("path")?)),
        Some("copy") => Ok(Operation::Copy(pointer("from")?, pointer("path")?)),
        Some("test") => Ok(Operation::Test(pointer("path")?, value()?)),
        _ => Err("\"op\" is one of add, remove, replace, move, copy, test".to_owned()),
    }
}

/// RFC 6901.
fn read_pointer(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let rest = text.strip_prefix('/').ok_or_else(|| format!("\"{text}\" is no pointer; it begins with /"))?;
    Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

pub(super) fn apply(operation: &Operation, tree: &mut Json, room: &mut Room) -> Result<(), String> {
    match operation {
        Operation::Add(path, value) => {
            room.take(value, path.len())?;
            add(tree, path, value.clone())
        }
        Operation::Remove(path) => remove(tree, path).map(|_| ()),
        Operation::Replace(path, value) => {
            room.take(value, path.len())?;
            let place = resolve(tree, path)?;
            *at_mut(tree, &place).ok_or_else(|| missing(path))? = value.clone();
            Ok(())
        }
        Operation::Move(from, to) => {
            if to.starts_with(from) && to.len() > from.len() {
                return Err("a value cannot be moved into itself".to_owned());
            }
            let value = remove(tree, from)?;
            within_depth(&value, to.len())?;
            add(tree, to, value)
        }
        Operation::Copy(from, to) => {
            let place = resolve(tree, from)?;
            let value = at(tree, &place).ok_or_else(|| missing(from))?;
            room.take(value, to.len())?;
            let value = value.clone();
            add(tree, to, value)
        }
        Operation::Test(path, value) => {
            let place = resolve(tree, path)?;
            match at(tree, &place) {
                Some(has) if same(has, value) => Ok(()),
                Some(has) => Err(format!("{} is {has} and not {value}", shown(path))),
                None => Err(missing(path)),
            }
        }
    }
}

/// The place that a pointer names; everything on the way must be there, and it too.
fn resolve(tree: &Json, path: &[String]) -> Result<Vec<Segment>, String> {
    let mut place = Vec::with_capacity(path.len());
    let mut here = tree;
    for step in path {
        let segment = match here {
            Json::Array(items) => {
                Segment::At(index(step).filter(|n| *n < items.len()).ok_or_else(|| missing(path))?)
            }
            _ => Segment::Key(step.clone()),
        };
        here = at(here, std::slice::from_ref(&segment)).ok_or_else(|| missing(path))?;
        place.push(segment);
    }
    Ok(place)
}

fn add(tree: &mut Json, path: &[String], value: Json) -> Result<(), String> {
    let Some((last, parents)) = path.split_last() else {
        *tree = value;
        return Ok(());
    };
    let mut place = resolve(tree, parents)?;
    let parent = at(tree, &place).ok_or_else(|| missing(parents))?;
    place.push(match parent {
        Json::Array(items) if last == "-" => Segment::At(items.len()),
        Json::Array(items) => {
            Segment::At(index(last).filter(|n| *n <= items.len()).ok_or_else(|| missing(path))?)
        }
        _ => Segment::Key(last.clone()),
    });
    if put(tree, &place, value) { Ok(()) } else { Err(missing(path)) }
}

fn remove(tree: &mut Json, path: &[String]) -> Result<Json, String> {
    let place = resolve(tree, path)?;
    take(tree, &place).ok_or_else(|| missing(path))
}

/// A place in an array: digits, without a zero in front.
fn index(text: &str) -> Option<usize> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

fn shown(path: &[String]) -> String {
    format!("/{}", path.join("/"))
}

fn missing(path: &[String]) -> String {
    format!("there is nothing at {}; nothing was changed", shown(path))
}
