//! Paths of search parameters: what is left of FHIRPath when all of R4's 1,375 expressions are written down. Names joined
//! by dots, `[x]` for the choice of a type, and behind a name in braces which values are kept.

use crate::id::Kind;
use crate::json::{Json, Object};

/// A union of paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(Vec<Vec<Step>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: &'static str,
    choice: bool,
    keep: Keep,
}

/// Which values of a step are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Keep {
    All,
    /// Those whose property says so: `{system=phone}`.
    With(&'static str, &'static str),
    /// References to this type: `{is Patient}`.
    Refers(Kind),
    /// The first: `{0}`.
    First,
    /// Whether there is anything but false: `{set}`.
    Set,
}

static YES: Json = Json::Bool(true);
static NO: Json = Json::Bool(false);

impl Path {
    /// Reads a path of the table; `.` is the resource itself.
    pub(super) fn read(text: &'static str) -> Self {
        Self(
            text.split('|')
                .map(|branch| branch.split('.').filter(|s| !s.is_empty()).map(step).collect())
                .collect(),
        )
    }

    /// Every object that the path leads to; for a composite the elements whose parts belong together.
    pub(super) fn objects<'j>(&self, resource: &'j Object, found: &mut impl FnMut(&'j Object)) {
        for branch in &self.0 {
            match branch.split_first() {
                None => found(resource),
                Some((first, rest)) => walk(resource, first, rest, &mut |json| {
                    if let Json::Object(object) = json {
                        found(object);
                    }
                }),
            }
        }
    }

    /// Every value that the path leads to, arrays walked through.
    pub(super) fn visit<'j>(&self, resource: &'j Object, found: &mut impl FnMut(&'j Json)) {
        for branch in &self.0 {
            if let Some((first, rest)) = branch.split_first() {
                walk(resource, first, rest, found);
            }
        }
    }
}

fn step(text: &'static str) -> Step {
    let (name, keep) = match text.split_once('{') {
        Some((name, kept)) => (name, keep(kept.trim_end_matches('}'))),
        None => (text, Keep::All),
    };
    match name.strip_suffix("[x]") {
        Some(name) => Step { name, choice: true, keep },
        None => Step { name, choice: false, keep },
    }
}

fn keep(text: &'static str) -> Keep {
    if let Some(kind) = text.strip_prefix("is ").and_then(|kind| kind.parse().ok()) {
        return Keep::Refers(kind);
    }
    match text.split_once('=') {
        Some((name, value)) => Keep::With(name, value),
        None if text == "set" => Keep::Set,
        None => Keep::First,
    }
}

fn walk<'j>(object: &'j Object, step: &Step, rest: &[Step], found: &mut impl FnMut(&'j Json)) {
    if step.keep == Keep::Set {
        let is_set = object.iter().any(|(key, value)| chosen(key, step.name) && *value != NO);
        found(if is_set { &YES } else { &NO });
        return;
    }
    let mut into = |value: &'j Json| {
        for (n, item) in value.items().iter().enumerate() {
            if !keeps(&step.keep, n, item) {
                continue;
            }
            match (rest.split_first(), item) {
                (None, Json::Null) => {}
                (None, item) => found(item),
                (Some((next, rest)), Json::Object(object)) => walk(object, next, rest, found),
                (Some(_), _) => {}
            }
        }
    };
    if step.choice {
        for (_, value) in object.iter().filter(|(key, _)| chosen(key, step.name)) {
            into(value);
        }
    } else if let Some(value) = object.get(step.name) {
        into(value);
    }
}

/// Whether a property is an element with its type behind its name.
fn chosen(key: &str, name: &str) -> bool {
    key.strip_prefix(name).is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn keeps(keep: &Keep, place: usize, item: &Json) -> bool {
    match keep {
        Keep::All | Keep::Set => true,
        Keep::First => place == 0,
        Keep::With(name, value) => item.get(name).and_then(Json::as_str) == Some(value),
        Keep::Refers(kind) => {
            let named = item.get("type").and_then(Json::as_str);
            let reference = item.get("reference").and_then(Json::as_str).or(item.as_str());
            match reference.and_then(super::values::local_reference) {
                Some((to, _)) => to == *kind,
                None => named == Some(kind.as_str()),
            }
        }
    }
}
