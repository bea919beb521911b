//! What expressions work on: elements of a resource with their types, and plain values.

use super::moment::{Kind as MomentKind, Moment};
use super::{Dec, PathError};
use crate::facts::{self, Sort};
use crate::json::{Json, Object};
use std::borrow::Cow;

/// One thing of a collection.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    /// An element of a resource.
    Node(Node<'a>),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal.
    Dec(Dec),
    /// Text.
    Text(Cow<'a, str>),
    /// A date, time or both.
    Moment(Moment),
    /// A number with its unit: UCUM, or `@year` for a word of the calendar.
    Quantity(Dec, String),
    /// What `type()` says: namespace and name.
    Type(&'static str, String),
}

/// An element as it stands in a resource.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// Its value; null when it only has extensions.
    pub value: &'a Json,
    /// What stands beside a primitive: `_birthDate`.
    pub beside: Option<&'a Json>,
    /// Its type, when it is known.
    pub sort: Option<&'static str>,
}

static NULL: Json = Json::Null;
static SIMPLE: &[&str] = &["Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity"];

impl<'a> Node<'a> {
    /// The root of a resource.
    #[must_use]
    pub fn of_resource(value: &'a Json) -> Self {
        let name = value.get("resourceType").and_then(Json::as_str);
        Self { value, beside: None, sort: name.and_then(facts::of).map(|one| one.name) }
    }
    /// Every element in it, by the name that FHIRPath says.
    #[must_use]
    pub fn children(&self) -> Vec<Node<'a>> {
        let mut found = Vec::new();
        for object in self.objects() {
            for (key, value) in object.iter() {
                let name = key.strip_prefix('_').unwrap_or(key);
                // What stands beside a value was found with it.
                if name == "resourceType" || (key != name && object.get(name).is_some()) {
                    continue;
                }
                let value = if key == name { value } else { &NULL };
                self.spread(object, name, value, self.type_at(name), &mut found);
            }
        }
        found
    }
    /// The type an element of this one has when it is written so.
    fn type_at(&self, key: &str) -> Option<&'static str> {
        facts::of(self.sort?)?.element(key).map(|(_, sort)| sort)
    }
    fn objects(&self) -> impl Iterator<Item = &'a Object> {
        self.value.as_object().into_iter().chain(self.beside.and_then(Json::as_object))
    }
    fn spread(
        &self,
        object: &'a Object,
        name: &str,
        value: &'a Json,
        sort: Option<&'static str>,
        found: &mut Vec<Node<'a>>,
    ) {
        let beside = object.get(&format!("_{name}")).map(Json::items).unwrap_or_default();
        let values = value.items();
        for n in 0..values.len().max(beside.len()) {
            let value = values.get(n).unwrap_or(&NULL);
            let beside = beside.get(n).filter(|one| **one != Json::Null);
            if *value == Json::Null && beside.is_none() {
                continue;
            }
            let plain = sort.map(facts::plain);
            let sort = match plain {
                Some("Resource") | None => {
                    let inner = value.get("resourceType").and_then(Json::as_str).and_then(facts::of);
                    inner.map(|one| one.name).or(plain.and_then(facts::of).map(|one| one.name))
                }
                Some(plain) => facts::of(plain).map(|one| one.name),
            };
            found.push(Node { value, beside, sort });
        }
    }
    /// The elements of a name; a choice is found by its name without the type.
    ///
    /// # Errors
    /// When the type has no such element and `is_strict`.
    pub fn named(&self, name: &str, is_strict: bool) -> Result<Vec<Node<'a>>, PathError> {
        let mut found = Vec::new();
        let known = self.sort.and_then(facts::of);
        if let Some(known) = known.filter(|one| one.sort != Sort::Primitive) {
            match known.named(name) {
                Some(element) if element.is_choice => {
                    for object in self.objects() {
                        let keys = object.iter().map(|(key, _)| key.strip_prefix('_').unwrap_or(key));
                        let mut keys: Vec<&str> = keys.filter(|key| element.type_at(key).is_some()).collect();
                        keys.dedup();
                        for key in keys {
                            let value = object.get(key).unwrap_or(&NULL);
                            self.spread(object, key, value, element.type_at(key), &mut found);
                        }
                    }
                    return Ok(found);
                }
                Some(_) => {}
                None if is_strict && name != "resourceType" => {
                    return Err(PathError::Meaning(format!("{} has no element \"{name}\"", known.name)));
                }
                // Written with its type, a choice is not an element.
                None if known.element(name).is_some() => return Ok(found),
                None => {}
            }
        }
        for object in self.objects() {
            let value = object.get(name).unwrap_or(&NULL);
            let sort = if known.is_some_and(|one| one.sort == Sort::Primitive) {
                facts::of("Element").and_then(|one| one.element(name)).map(|(_, sort)| sort)
            } else {
                self.type_at(name)
            };
            self.spread(object, name, value, sort, &mut found);
        }
        Ok(found)
    }
    /// Whether it has a plain value.
    #[must_use]
    pub fn has_value(&self) -> bool {
        matches!(self.value, Json::Bool(_) | Json::Number(_) | Json::String(_))
    }
    /// The value as FHIRPath works with it.
    #[must_use]
    pub fn simple(&self) -> Option<Item<'a>> {
        match self.value {
            Json::Bool(yes) => Some(Item::Bool(*yes)),
            Json::Number(number) => {
                let value = Dec::read(number.as_str())?;
                let whole =
                    !matches!(self.sort, Some("decimal")) && !number.as_str().contains(['.', 'e', 'E']);
                match value.whole().filter(|_| whole) {
                    Some(whole) => Some(Item::Int(whole)),
                    None => Some(Item::Dec(value)),
                }
            }
            Json::String(text) => {
                let kind = match self.sort {
                    Some("date") => Some(MomentKind::Date),
                    Some("dateTime" | "instant") => Some(MomentKind::DateTime),
                    Some("time") => Some(MomentKind::Time),
                    _ => None,
                };
                let moment = kind.and_then(|kind| Moment::read(text, kind));
                Some(moment.map_or_else(|| Item::Text(Cow::Borrowed(text)), Item::Moment))
            }
            Json::Object(object) if self.sort.is_some_and(|sort| SIMPLE.contains(&sort)) => {
                let Some(Json::Number(number)) = object.get("value") else { return None };
                let unit = object.get("code").or_else(|| object.get("unit")).and_then(Json::as_str);
                Some(Item::Quantity(Dec::read(number.as_str())?, unit.unwrap_or("1").to_owned()))
            }
            _ => None,
        }
    }
}

impl<'a> Item<'a> {
    /// The same as a plain value, when it has one.
    #[must_use]
    pub fn plain(&self) -> Item<'a> {
        match self {
            Item::Node(node) => node.simple().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }
    /// The text, when it is text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self.plain() {
            Item::Text(text) => Some(text.into_owned()),
            // Dates of FHIR are text to functions of text.
            Item::Moment(moment) if matches!(self, Item::Node(_)) => Some(moment.to_string()),
            _ => None,
        }
    }
    /// Namespace and name of its type.
    #[must_use]
    pub fn kind(&self) -> (&'static str, &str) {
        match self {
            Item::Node(node) => ("FHIR", node.sort.unwrap_or("Element")),
            Item::Bool(_) => ("System", "Boolean"),
            Item::Int(_) => ("System", "Integer"),
            Item::Dec(_) => ("System", "Decimal"),
            Item::Text(_) => ("System", "String"),
            Item::Quantity(..) => ("System", "Quantity"),
            Item::Moment(moment) => ("System", moment.kind_name()),
            Item::Type(..) => ("System", "TypeInfo"),
        }
    }
    /// Whether it is of a type, or, unless `exactly`, of one made of it.
    ///
    /// # Errors
    /// When there is no such type.
    pub fn is_of(&self, name: &str, exactly: bool) -> Result<bool, PathError> {
        const SYSTEM: [&str; 9] =
            ["Boolean", "Integer", "Decimal", "String", "Quantity", "Date", "DateTime", "Time", "Any"];
        let (space, name) = name.split_once('.').map_or((None, name), |(space, name)| (Some(space), name));
        let fhir = facts::of(name);
        let system = SYSTEM.contains(&name);
        if fhir.is_none() && !system && space != Some("System") {
            return Err(PathError::Meaning(format!("there is no type {name}")));
        }
        let (has_space, has) = self.kind();
        if space.is_some_and(|space| space != has_space) {
            return Ok(false);
        }
        if has_space == "System" {
            return Ok(has == name || name == "Any");
        }
        let known = facts::of(has);
        Ok(if exactly { has == name } else { known.map_or(has == name, |known| known.is(name)) })
    }
}

impl<'a> From<Node<'a>> for Item<'a> {
    fn from(node: Node<'a>) -> Self {
        Item::Node(node)
    }
}
