//! Places in a tree, and what is put there or taken from there.

use crate::json::Json;
use std::borrow::Cow;

/// One step to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    At(usize),
}

pub(super) fn at<'j>(tree: &'j Json, place: &[Segment]) -> Option<&'j Json> {
    place.iter().try_fold(tree, |here, segment| match (segment, here) {
        (Segment::Key(key), Json::Object(object)) => object.get(key),
        (Segment::At(n), Json::Array(items)) => items.get(*n),
        _ => None,
    })
}

pub(super) fn at_mut<'j>(tree: &'j mut Json, place: &[Segment]) -> Option<&'j mut Json> {
    place.iter().try_fold(tree, |here, segment| match (segment, here) {
        (Segment::Key(key), Json::Object(object)) => object.get_mut(key),
        (Segment::At(n), Json::Array(items)) => items.get_mut(*n),
        _ => None,
    })
}

/// Puts a value: into an array between others, into an object under its name. `false` when there is no such place.
pub(super) fn put(tree: &mut Json, place: &[Segment], value: Json) -> bool {
    let Some((last, parents)) = place.split_last() else { return false };
    match (last, at_mut(tree, parents)) {
        (Segment::Key(key), Some(Json::Object(object))) => match object.get_mut(key) {
            Some(slot) => *slot = value,
            None => object.append(Cow::Owned(key.clone()), value),
        },
        (Segment::At(n), Some(Json::Array(items))) if *n <= items.len() => items.insert(*n, value),
        _ => return false,
    }
    true
}

/// Takes a value away.
pub(super) fn take(tree: &mut Json, place: &[Segment]) -> Option<Json> {
    let (last, parents) = place.split_last()?;
    match (last, at_mut(tree, parents)?) {
        (Segment::Key(key), Json::Object(object)) => object.remove(key),
        (Segment::At(n), Json::Array(items)) if *n < items.len() => Some(items.remove(*n)),
        _ => None,
    }
}
