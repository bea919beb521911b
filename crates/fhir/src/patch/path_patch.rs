//! FHIRPath Patch (FHIR R4 fhirpatch): add, insert, delete, replace, move at the places that a path names. Of FHIRPath
//! what paths to elements need: names, `[n]`, `first()`, `last()`, `where(path = 'value' and …)`, `extension('url')`.

use super::place::{Segment, at, at_mut, put, take};
use super::{MAX_PATH_BYTES, PatchError, Room};
use crate::json::{Decimal, Json, Object};
use crate::repeats;
use std::borrow::Cow;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathOperation {
    /// Give an element a property, or one more of it.
    Add(Vec<Step>, String, Json),
    /// Put a value at a place of a list.
    Insert(Vec<Step>, usize, Json),
    /// Take it away, if it is there.
    Delete(Vec<Step>),
    /// Put another in its place.
    Replace(Vec<Step>, Json),
    /// From one place of a list to another.
    Move(Vec<Step>, usize, usize),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A property.
    Name(String),
    /// The n-th of what there is.
    Nth(usize),
    /// The last of what there is.
    Last,
    /// Those of which all these say so.
    Where(Vec<(Vec<Step>, String)>),
}

/// Reads a Parameters resource.
///
/// # Errors
/// [`PatchError::Operation`].
pub fn read(parameters: &Object) -> Result<Vec<PathOperation>, PatchError> {
    parameters
        .objects("parameter")
        .into_iter()
        .enumerate()
        .map(|(n, parameter)| one(parameter).map_err(|words| PatchError::Operation { number: n + 1, words }))
        .collect()
}

fn one(parameter: &Object) -> Result<PathOperation, String> {
    let parts = parameter.objects("part");
    let part = |name: &str| {
        parts
            .iter()
            .find(|part| part.text("name") == Some(name))
            .ok_or_else(|| format!("the part \"{name}\" is missing"))
    };
    let text = |name: &str| {
        let part = part(name)?;
        part.text("value[x]").map(str::to_owned).ok_or_else(|| format!("the part \"{name}\" has no value"))
    };
    let number = |name: &str| {
        text(name)?.parse::<usize>().map_err(|_| format!("the part \"{name}\" is a place from 0 on"))
    };
    let path = || read_path(&text("path")?);
    match text("type")?.as_str() {
        "add" => Ok(PathOperation::Add(path()?, text("name")?, value(part("value")?)?)),
        "insert" => Ok(PathOperation::Insert(path()?, number("index")?, value(part("value")?)?)),
        "delete" => Ok(PathOperation::Delete(path()?)),
        "replace" => Ok(PathOperation::Replace(path()?, value(part("value")?)?)),
        "move" => Ok(PathOperation::Move(path()?, number("source")?, number("destination")?)),
        other => Err(format!("\"{other}\" is none of add, insert, delete, replace, move")),
    }
}

/// `value[x]`, or for an element that is no data type its properties as parts.
fn value(part: &Object) -> Result<Json, String> {
    if let Some(value) = part.first("value[x]").or_else(|| part.first("resource")) {
        return Ok(value.clone());
    }
    let mut made = Object::new();
    for inner in part.objects("part") {
        let name = inner.text("name").ok_or("a part without a name")?.to_owned();
        let value = value(inner)?;
        match made.get_mut(&name) {
            Some(Json::Array(items)) => items.push(value),
            Some(slot) => *slot = Json::Array(vec![std::mem::take(slot), value]),
            None => made.append(Cow::Owned(name), value),
        }
    }
    if made.is_empty() {
        Err("the part \"value\" has neither a value nor parts".to_owned())
    } else {
        Ok(made.into())
    }
}

pub(super) fn apply(operation: &PathOperation, tree: &mut Json, room: &mut Room) -> Result<(), String> {
    match operation {
        PathOperation::Add(path, name, value) => {
            let mut place = single(tree, path)?;
            let kind = tree.get("resourceType").and_then(Json::as_str).unwrap_or_default().to_owned();
            let names: Vec<&str> = place
                .iter()
                .filter_map(|s| if let Segment::Key(key) = s { Some(key.as_str()) } else { None })
                .collect();
            let repeats = repeats::does(&kind, &names, name);
            let value = shaped(&kind, &names, name, value.clone());
            room.take(&value, place.len() + 2)?;
            let key = name_of(at(tree, &place).and_then(Json::as_object), name);
            place.push(Segment::Key(key));
            match at_mut(tree, &place) {
                Some(Json::Array(items)) => items.push(value),
                Some(_) => {
                    return Err(format!("\"{name}\" is there already and there can be one; replace it"));
                }
                None => {
                    let value = if repeats { Json::Array(vec![value]) } else { value };
                    if !put(tree, &place, value) {
                        return Err(format!("\"{name}\" cannot be added there"));
                    }
                }
            }
            Ok(())
        }
        PathOperation::Insert(path, index, value) => {
            room.take(value, 2 * path.len())?;
            let items = list(tree, path)?;
            if *index > items.len() {
                return Err(format!("the list has {} elements; insert at 0 to {}", items.len(), items.len()));
            }
            items.insert(*index, value.clone());
            Ok(())
        }
        PathOperation::Delete(path) => {
            let places = places(tree, path);
            match places.as_slice() {
                [] => Ok(()),
                [place] => {
                    delete(tree, place);
                    Ok(())
                }
                several => Err(format!("the path leads to {} elements; name one", several.len())),
            }
        }
        PathOperation::Replace(path, value) => {
            let place = single(tree, path)?;
            room.take(value, place.len())?;
            let slot = at_mut(tree, &place).ok_or("the path leads nowhere")?;
            *slot = value.clone();
            Ok(())
        }
        PathOperation::Move(path, from, to) => {
            let items = list(tree, path)?;
            if *from >= items.len() || *to >= items.len() {
                return Err(format!(
                    "the list has {} elements; source and destination are 0 to {}",
                    items.len(),
                    items.len().saturating_sub(1)
                ));
            }
            let moved = items.remove(*from);
            items.insert(*to, moved);
            Ok(())
        }
    }
}

/// Lists within a value that came as parts: what can repeat is a list also when there is one.
fn shaped(kind: &str, parents: &[&str], name: &str, value: Json) -> Json {
    let Json::Object(object) = value else { return value };
    let within: Vec<&str> = parents.iter().copied().chain([name]).collect();
    let mut made = Object::new();
    for (key, inner) in object.into_properties() {
        let inner = shaped(kind, &within, &key, inner);
        let inner = match inner {
            Json::Array(_) => inner,
            single if repeats::does(kind, &within, &key) => Json::Array(vec![single]),
            single => single,
        };
        made.append(key, inner);
    }
    made.into()
}

/// Takes an element away, with what is said of it beside it; what is empty then goes too, since FHIR has nothing empty.
fn delete(tree: &mut Json, place: &[Segment]) {
    take(tree, place);
    let Some((last, mut within)) = place.split_last() else { return };
    if let Segment::Key(key) = last {
        let mut beside = within.to_vec();
        beside.push(Segment::Key(format!("_{key}")));
        take(tree, &beside);
    }
    while !within.is_empty() && at(tree, within).is_some_and(Json::is_empty) {
        take(tree, within);
        within = &within[..within.len() - 1];
    }
}

/// The one place that a path names.
fn single(tree: &Json, path: &[Step]) -> Result<Vec<Segment>, String> {
    match places(tree, path).as_slice() {
        [one] => Ok(one.clone()),
        [] => Err("the path leads to nothing; name an element that is there".to_owned()),
        several => Err(format!("the path leads to {} elements; name one", several.len())),
    }
}

/// The list that a path names.
fn list<'j>(tree: &'j mut Json, path: &[Step]) -> Result<&'j mut Vec<Json>, String> {
    let Some((Step::Name(name), parents)) = path.split_last() else {
        return Err("the path names a list, such as Patient.identifier".to_owned());
    };
    let mut place = single(tree, parents)?;
    place.push(Segment::Key(name.clone()));
    if at(tree, &place).is_none() {
        put(tree, &place, Json::Array(vec![Json::Null]));
        if let Some(Json::Array(items)) = at_mut(tree, &place) {
            items.clear();
        }
    }
    match at_mut(tree, &place) {
        Some(Json::Array(items)) => Ok(items),
        _ => Err("the path names no list".to_owned()),
    }
}

fn places(tree: &Json, path: &[Step]) -> Vec<Vec<Segment>> {
    let mut here: Vec<Vec<Segment>> = vec![Vec::new()];
    for (n, step) in path.iter().enumerate() {
        // A path begins with the type of the resource.
        if n == 0
            && matches!(step, Step::Name(name) if tree.get("resourceType").and_then(Json::as_str) == Some(name) || name == "Resource")
        {
            continue;
        }
        here = next(tree, here, step);
    }
    here
}

fn next(tree: &Json, here: Vec<Vec<Segment>>, step: &Step) -> Vec<Vec<Segment>> {
    match step {
        Step::Nth(n) => here.into_iter().skip(*n).take(1).collect(),
        Step::Last => here.into_iter().next_back().into_iter().collect(),
        Step::Where(conditions) => here
            .into_iter()
            .filter(|place| {
                conditions.iter().all(|(path, wanted)| {
                    let Some(element) = at(tree, place) else { return false };
                    places(element, path)
                        .iter()
                        .any(|inner| at(element, inner).is_some_and(|json| says(json, wanted)))
                })
            })
            .collect(),
        Step::Name(name) => here
            .into_iter()
            .flat_map(|mut place| {
                let object = at(tree, &place).and_then(Json::as_object);
                place.push(Segment::Key(name_of(object, name)));
                match at(tree, &place) {
                    Some(Json::Array(items)) => (0..items.len())
                        .map(|n| place.iter().cloned().chain([Segment::At(n)]).collect())
                        .collect(),
                    Some(_) => vec![place],
                    None => Vec::new(),
                }
            })
            .collect(),
    }
}

/// The name of a property in JSON: an element that can have several types has its type behind its name.
fn name_of(object: Option<&Object>, name: &str) -> String {
    let Some(object) = object.filter(|object| object.get(name).is_none()) else { return name.to_owned() };
    let typed = object.iter().find(|(key, _)| {
        key.strip_prefix(name).is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
            && repeats::KINDS_OF_VALUE.contains(&&key[name.len()..])
    });
    typed.map_or_else(|| name.to_owned(), |(key, _)| key.to_owned())
}

fn says(json: &Json, wanted: &str) -> bool {
    match json {
        Json::String(text) => text == wanted,
        Json::Bool(value) => value.to_string() == wanted,
        Json::Number(number) => Decimal::as_str(number) == wanted,
        _ => false,
    }
}

/// Reads a path.
fn read_path(text: &str) -> Result<Vec<Step>, String> {
    let wrong = |rest: &str| {
        format!(
            "the path \"{text}\" is not understood from \"{rest}\" on; use names, [n], first(), last(), where(name = 'value'), extension('url')"
        )
    };
    if text.len() > MAX_PATH_BYTES {
        return Err(format!("the path is longer than {MAX_PATH_BYTES} bytes; shorten it"));
    }
    let mut steps = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inside) = rest.strip_prefix('[') {
            let (n, after) = inside.split_once(']').ok_or_else(|| wrong(rest))?;
            steps.push(Step::Nth(n.trim().parse().map_err(|_| wrong(rest))?));
            rest = after;
            continue;
        }
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        if name.is_empty() {
            return Err(wrong(rest));
        }
        match after.strip_prefix('(') {
            None => {
                steps.push(Step::Name(name.to_owned()));
                rest = after;
            }
            Some(arguments) => {
                let end = closing(arguments).ok_or_else(|| wrong(rest))?;
                let argument = arguments[..end].trim();
                steps.extend(function(name, argument).ok_or_else(|| wrong(rest))?);
                rest = &arguments[end + 1..];
            }
        }
    }
    Ok(steps)
}

fn function(name: &str, argument: &str) -> Option<Vec<Step>> {
    match (name, argument) {
        ("first", "") => Some(vec![Step::Nth(0)]),
        ("last", "") => Some(vec![Step::Last]),
        ("extension", url) => {
            let url = quoted(url)?;
            Some(vec![
                Step::Name("extension".to_owned()),
                Step::Where(vec![(vec![Step::Name("url".to_owned())], url)]),
            ])
        }
        ("where", conditions) => {
            let read = |condition: &str| {
                let (path, value) = condition.split_once('=')?;
                let value = value.trim();
                let value = quoted(value).or_else(|| {
                    value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.').then(|| value.to_owned())
                })?;
                Some((read_path(path.trim()).ok()?, value))
            };
            Some(vec![Step::Where(conditions.split(" and ").map(read).collect::<Option<Vec<_>>>()?)])
        }
        _ => None,
    }
}

fn quoted(text: &str) -> Option<String> {
    Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.replace("\\'", "'"))
}

/// Where the bracket closes that was opened before; not within quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut within) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => within = !within,
            '(' if !within => depth += 1,
            ')' if !within && depth == 0 => return Some(at),
            ')' if !within => depth -= 1,
            _ => {}
        }
    }
    None
}
