//! A resource while it is being written, with the practitioners, places and organisations it contains.

use fhir::{Json, Object, ResourceKey, build};

/// How many contained parts are looked through for an equal one: people of one resource are named close together,
/// and a resource that names thousands must not cost their square.
const LOOK_BACK: usize = 64;

/// A resource and what it contains; an equal part is contained once.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Its key.
    pub(crate) key: ResourceKey,
    /// The resource so far.
    pub(crate) object: Object,
    contained: Vec<(String, Object)>,
}

impl Draft {
    /// A resource that points back to its message by `meta.source`.
    pub(crate) fn new(key: ResourceKey, source: &str) -> Self {
        let object = build::resource(key).set("meta", build::meta_source(source));
        Self { key, object, contained: Vec::new() }
    }

    /// Sets a property; see [`Object::put`].
    pub(crate) fn put(&mut self, key: &'static str, value: impl Into<Json>) {
        self.object.put(key, value);
    }

    /// Adds to a list; see [`Object::add`].
    pub(crate) fn add(&mut self, key: &'static str, value: impl Into<Json>) {
        self.object.add(key, value);
    }

    /// Contains `part` and gives the reference to it, or nothing when `part` says no more than its type.
    pub(crate) fn contain(&mut self, part: Object) -> Object {
        if part.len() <= 1 {
            return Object::new();
        }
        let shown = display_of(&part);
        if let Some((id, _)) = self.contained.iter().rev().take(LOOK_BACK).find(|(_, other)| *other == part) {
            return Object::new().set("reference", format!("#{id}")).set("display", shown);
        }
        let kind = part.get("resourceType").and_then(Json::as_str).unwrap_or("part").to_ascii_lowercase();
        let id = format!("{kind}-{}", self.contained.len() + 1);
        let reference = Object::new().set("reference", format!("#{id}")).set("display", shown);
        self.contained.push((id, part));
        reference
    }

    /// The finished resource.
    pub(crate) fn finish(mut self) -> Object {
        for (id, part) in self.contained {
            // The type comes first in every part.
            let mut whole = Object::new();
            let mut id = Some(id);
            for (key, value) in part.into_properties() {
                whole.append(key, value);
                if let Some(id) = id.take() {
                    whole.put("id", id);
                }
            }
            self.object.add("contained", whole);
        }
        self.object
    }
}

/// What people call a contained part.
fn display_of(part: &Object) -> Json {
    let name = part.get("name");
    if let Some(text) = name.and_then(Json::as_str) {
        return text.into();
    }
    let Some(name) = name.and_then(|names| names.items().first()) else { return Json::Null };
    let words = |key: &str| -> Vec<&str> {
        name.get(key).map(Json::items).unwrap_or_default().iter().filter_map(Json::as_str).collect()
    };
    let mut all = words("prefix");
    all.extend(words("given"));
    all.extend(words("family"));
    all.join(" ").into()
}
