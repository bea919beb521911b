//! Reading resources: by path, and the data types that screens show. Paths are FHIRPath's simplest part: names joined
//! by dots, arrays walked through, `[x]` for the choice of a type (`effective[x]` finds `effectiveDateTime`).

pub mod document_reference;
pub mod encounter;
pub mod observation;
pub mod patient;
pub mod report;

use crate::json::{Json, Object};

impl Object {
    /// Calls `found` with every value at `path`, in document order.
    pub fn visit<'j>(&'j self, path: &str, found: &mut impl FnMut(&'j Json)) {
        walk(self, path, found);
    }
    /// Every value at `path`.
    #[must_use]
    pub fn all(&self, path: &str) -> Vec<&Json> {
        let mut values = Vec::new();
        self.visit(path, &mut |value| values.push(value));
        values
    }
    /// The first value at `path`.
    #[must_use]
    pub fn first(&self, path: &str) -> Option<&Json> {
        let mut first = None;
        self.visit(path, &mut |value| {
            first.get_or_insert(value);
        });
        first
    }
    /// The first object at `path`.
    #[must_use]
    pub fn object(&self, path: &str) -> Option<&Object> {
        self.first(path).and_then(Json::as_object)
    }
    /// Every object at `path`.
    #[must_use]
    pub fn objects(&self, path: &str) -> Vec<&Object> {
        let mut values = Vec::new();
        self.visit(path, &mut |value| values.extend(value.as_object()));
        values
    }
    /// The first string, or the text of the first number, at `path`.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        let mut first = None;
        self.visit(path, &mut |value| {
            if first.is_none() {
                first = scalar(value);
            }
        });
        first
    }
    /// Every string, and every number's text, at `path`.
    #[must_use]
    pub fn texts(&self, path: &str) -> Vec<&str> {
        let mut values = Vec::new();
        self.visit(path, &mut |value| values.extend(scalar(value)));
        values
    }
    /// The concept at `path`.
    #[must_use]
    pub fn concept(&self, path: &str) -> Option<Concept> {
        self.object(path).map(Concept::of)
    }
    /// Every concept at `path`.
    #[must_use]
    pub fn concepts(&self, path: &str) -> Vec<Concept> {
        self.objects(path).into_iter().map(Concept::of).collect()
    }
    /// When something held, from a dateTime, instant or Period at `path` (`effective[x]`, `period`, `issued` …).
    #[must_use]
    pub fn when(&self, path: &str) -> Option<When> {
        match self.first(path)? {
            Json::String(start) => Some(When { start: Some(start.to_string()), end: None }),
            Json::Object(period) => {
                Some(When { start: own(period.text("start")), end: own(period.text("end")) })
                    .filter(|when| when.start.is_some() || when.end.is_some())
            }
            _ => None,
        }
    }
    /// Names that references at `path` carry: their display, or the name of the contained resource they point to.
    #[must_use]
    pub fn reference_names(&self, path: &str) -> Vec<String> {
        self.objects(path).into_iter().filter_map(|reference| self.reference_name(reference)).collect()
    }
    /// The contained resource with a local id (without `#`).
    #[must_use]
    pub fn contained(&self, id: &str) -> Option<&Object> {
        self.objects("contained").into_iter().find(|part| part.text("id") == Some(id))
    }
    fn reference_name(&self, reference: &Object) -> Option<String> {
        if let Some(display) = reference.text("display") {
            return Some(display.to_owned());
        }
        let contained = self.contained(reference.text("reference")?.strip_prefix('#')?)?;
        match contained.get("name")? {
            Json::String(name) => Some(name.to_string()),
            names => names.items().first()?.as_object().and_then(|name| PersonName::of(name).shown()),
        }
    }
}

fn walk<'j>(object: &'j Object, path: &str, found: &mut impl FnMut(&'j Json)) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(stem) = step.strip_suffix("[x]") {
        let chosen = |key: &str| {
            key.strip_prefix(stem).is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
        };
        for (_, value) in object.iter().filter(|(key, _)| chosen(key)) {
            step_into(value, rest, found);
        }
    } else if let Some(value) = object.get(step) {
        step_into(value, rest, found);
    }
}

fn step_into<'j>(value: &'j Json, rest: &str, found: &mut impl FnMut(&'j Json)) {
    for item in value.items() {
        match item {
            Json::Null => {}
            item if rest.is_empty() => found(item),
            Json::Object(object) => walk(object, rest, found),
            _ => {}
        }
    }
}

fn scalar(value: &Json) -> Option<&str> {
    match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.as_str()),
        _ => None,
    }
}

pub(crate) fn own(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// A coding as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coding {
    /// Code system.
    pub system: Option<String>,
    /// Code.
    pub code: Option<String>,
    /// What the sender calls it.
    pub display: Option<String>,
}

/// A CodeableConcept or Coding as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concept {
    /// The source's own words.
    pub text: Option<String>,
    /// Its codings in order.
    pub codings: Vec<Coding>,
}

impl Concept {
    /// From a CodeableConcept, or a Coding alone (`Encounter.class`).
    #[must_use]
    pub fn of(object: &Object) -> Self {
        let coding = |object: &Object| Coding {
            system: own(object.text("system")),
            code: own(object.text("code")),
            display: own(object.text("display")),
        };
        let mut codings: Vec<Coding> = object.objects("coding").into_iter().map(coding).collect();
        if object.get("code").is_some() {
            codings.push(coding(object));
        }
        Self { text: own(object.text("text")), codings }
    }
    /// What to show: the source's text, else the first display, else the first code.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.text
            .as_deref()
            .or_else(|| self.codings.iter().find_map(|coding| coding.display.as_deref()))
            .or_else(|| self.codings.iter().find_map(|coding| coding.code.as_deref()))
    }
    /// The code in a system.
    #[must_use]
    pub fn code_in(&self, system: &str) -> Option<&str> {
        self.codings.iter().find(|c| c.system.as_deref() == Some(system)).and_then(|c| c.code.as_deref())
    }
}

/// When something held; FHIR dateTime texts with their own precision and offset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// The moment, or the start of a period.
    pub start: Option<String>,
    /// The end of a period.
    pub end: Option<String>,
}

/// A person's name as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonName {
    /// `official`, `usual`, `maiden` …
    pub usage: Option<String>,
    /// Whole name as the source writes it.
    pub text: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// Given names in order.
    pub given: Vec<String>,
    /// Titles before.
    pub prefix: Vec<String>,
    /// Titles behind.
    pub suffix: Vec<String>,
}

impl PersonName {
    /// From a HumanName.
    #[must_use]
    pub fn of(name: &Object) -> Self {
        let all = |path| name.texts(path).into_iter().map(str::to_owned).collect();
        Self {
            usage: own(name.text("use")),
            text: own(name.text("text")),
            family: own(name.text("family")),
            given: all("given"),
            prefix: all("prefix"),
            suffix: all("suffix"),
        }
    }
    /// Given names, then the family name; the source's text when there are no parts.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let parts: Vec<&str> = self.given.iter().map(String::as_str).chain(self.family.as_deref()).collect();
        if parts.is_empty() { self.text.clone() } else { Some(parts.join(" ")) }
    }
}

/// An Attachment as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attached {
    /// MIME type.
    pub content_type: Option<String>,
    /// Base64 text.
    pub data: Option<String>,
    /// Where it is, when it is not inside.
    pub url: Option<String>,
    /// Title.
    pub title: Option<String>,
}

impl Attached {
    /// From an Attachment.
    #[must_use]
    pub fn of(attachment: &Object) -> Self {
        Self {
            content_type: own(attachment.text("contentType")),
            data: own(attachment.text("data")),
            url: own(attachment.text("url")),
            title: own(attachment.text("title")),
        }
    }
}
