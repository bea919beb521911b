//! A JSON tree that loses nothing: decimals keep their text (`4.10` stays `4.10`), objects keep their order,
//! and a document with two values under one key is refused instead of silently choosing (FHIR R4 "JSON
//! representation": property names are unique, decimals carry their precision).
//!
//! An ordinary JSON library keeps a number as a binary float, which is how a result of 4.10 becomes 4.1.

mod parse;
mod print;
mod relink;

use std::borrow::Cow;
use std::fmt;

pub use parse::{JsonError, MAX_DEPTH, parse};
pub(crate) use relink::end_of_string;
pub use relink::{relink_tree, relinked};

/// Property names and strings: borrowed when they are ours, owned when they came from outside.
pub type Text = Cow<'static, str>;

/// One JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`; builders never write it, FHIR uses it to align arrays of primitives with their extensions.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as its text.
    Number(Decimal),
    /// A string, unescaped.
    String(Text),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// The text of a JSON number, always of JSON's grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(Text);

impl Decimal {
    /// Reads a decimal as people and HL7 v2 NM write it (`+4.1`, `.5`, `5.`, `007`), keeping every significant and
    /// trailing digit; `None` when it is no number.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if parse::number_length(text.as_bytes()) == Some(text.len()) {
            return Some(Self(Cow::Owned(text.to_owned())));
        }
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return None;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            significant => significant,
        };
        let dot = if fraction.is_empty() { "" } else { "." };
        Some(Self(Cow::Owned(format!("{sign}{whole}{dot}{fraction}"))))
    }
    /// The text, exactly as it will be written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Properties in the order they were written. A key stands once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object(Vec<(Text, Json)>);

impl Json {
    /// A string that is part of the program; costs no allocation.
    #[must_use]
    pub const fn literal(text: &'static str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
    /// An array of the values that say something; see [`Json::is_empty`].
    #[must_use]
    pub fn array<T: Into<Json>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).filter(|item| !item.is_empty()).collect())
    }
    /// Whether it says nothing: null, an empty string, array or object. FHIR allows none of them to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::String(text) => text.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Object(object) => object.is_empty(),
            Self::Bool(_) | Self::Number(_) => false,
        }
    }
    /// The string, when it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
    /// The boolean, when it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }
    /// The number, when it is one.
    #[must_use]
    pub fn as_decimal(&self) -> Option<&Decimal> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }
    /// The object, when it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
    /// The elements of an array; a value that is no array counts as one element, null as none.
    #[must_use]
    pub fn items(&self) -> &[Json] {
        match self {
            Self::Array(items) => items,
            Self::Null => &[],
            single => std::slice::from_ref(single),
        }
    }
    /// The property of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.get(key)
    }
    /// The compact bytes of this value.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL_BYTES);
        self.write(&mut out);
        out
    }
    /// Appends the compact bytes of this value.
    pub fn write(&self, out: &mut Vec<u8>) {
        print::value(self, out);
    }
}

impl Object {
    /// Without properties.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// Without properties, and with room for as many without growing.
    #[must_use]
    pub fn with_room(properties: usize) -> Self {
        Self(Vec::with_capacity(properties))
    }
    /// From properties that are known to be different and to say something.
    fn from_parts(parts: Vec<(Text, Json)>) -> Self {
        Self(parts)
    }
    /// Whether it has no property.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Number of properties.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// The value of a property.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }
    /// The value of a property, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.0.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v)
    }
    /// Takes a property out.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let at = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(at).1)
    }
    /// The properties in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(k, v)| (&**k, v))
    }
    /// The properties in order, by value.
    pub fn into_properties(self) -> impl Iterator<Item = (Text, Json)> {
        self.0.into_iter()
    }
    /// Sets a property whose name came from outside; otherwise as [`Object::put`].
    pub fn append(&mut self, key: Text, value: Json) {
        if value.is_empty() {
            return;
        }
        match self.get_mut(&key) {
            Some(slot) => *slot = value,
            None => self.0.push((key, value)),
        }
    }
    /// Sets a property in place; a value that says nothing is not written, and leaves what was there.
    pub fn put(&mut self, key: &'static str, value: impl Into<Json>) {
        let value = value.into();
        if value.is_empty() {
            return;
        }
        match self.get_mut(key) {
            Some(slot) => *slot = value,
            None => self.0.push((Cow::Borrowed(key), value)),
        }
    }
    /// Appends to an array property in place; a value that says nothing is not written.
    pub fn add(&mut self, key: &'static str, value: impl Into<Json>) {
        let value = value.into();
        if value.is_empty() {
            return;
        }
        match self.get_mut(key) {
            Some(Json::Array(items)) => items.push(value),
            Some(slot) => {
                let first = std::mem::take(slot);
                *slot = Json::Array(vec![first, value]);
            }
            None => self.0.push((Cow::Borrowed(key), Json::Array(vec![value]))),
        }
    }
    /// [`Object::put`], to be chained.
    #[must_use]
    pub fn set(mut self, key: &'static str, value: impl Into<Json>) -> Self {
        self.put(key, value);
        self
    }
    /// [`Object::put`] when there is a value, to be chained.
    #[must_use]
    pub fn set_some<T: Into<Json>>(mut self, key: &'static str, value: Option<T>) -> Self {
        self.put(key, value);
        self
    }
    /// [`Object::add`], to be chained.
    #[must_use]
    pub fn push(mut self, key: &'static str, value: impl Into<Json>) -> Self {
        self.add(key, value);
        self
    }
    /// Appends every value, to be chained.
    #[must_use]
    pub fn push_all<T: Into<Json>>(mut self, key: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        for value in values {
            self.add(key, value);
        }
        self
    }
    /// The compact bytes of this object: what the store keeps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL_BYTES);
        self.write(&mut out);
        out
    }
    /// Appends the compact bytes of this object.
    pub fn write(&self, out: &mut Vec<u8>) {
        print::object(self, out);
    }
}

/// Room for a printed resource: nine of ten are shorter.
const USUAL_BYTES: usize = 1_536;

/// How many bytes at the start stand for themselves inside a JSON string: all but quotes, backslashes and control
/// characters. Looks at eight bytes at a time, because most of a record is text.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let stop =
            control | is_zero(word ^ (ONES * u64::from(b'"'))) | is_zero(word ^ (ONES * u64::from(b'\\')));
        if stop != 0 {
            // A borrow may mark bytes behind the first stop, never before it.
            return i * 8 + stop.trailing_zeros() as usize / 8;
        }
    }
    let stop = |&b: &u8| b < 0x20 || b == b'"' || b == b'\\';
    words.len() * 8 + rest.iter().position(stop).unwrap_or(rest.len())
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_bytes()))
    }
}

impl From<()> for Json {
    fn from((): ()) -> Self {
        Self::Null
    }
}
impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(Cow::Owned(text.to_owned()))
    }
}
impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}
impl From<&String> for Json {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}
impl From<Cow<'_, str>> for Json {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}
impl From<Decimal> for Json {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}
impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::array(items)
    }
}
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
macro_rules! from_integers {
    ($($integer:ty),*) => { $(impl From<$integer> for Json {
        fn from(value: $integer) -> Self {
            Self::Number(Decimal(Cow::Owned(value.to_string())))
        }
    })* };
}
from_integers!(i32, i64, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        for (given, kept) in [
            ("4.10", "4.10"),
            ("0.000", "0.000"),
            ("+4.10", "4.10"),
            (".50", "0.50"),
            ("5.", "5"),
            ("007.0", "7.0"),
            ("-.5", "-0.5"),
            ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
            ("1e-3", "1e-3"),
            (" 12 ", "12"),
        ] {
            assert_eq!(Decimal::read(given).map(|d| d.to_string()).as_deref(), Some(kept), "{given}");
        }
        for text in ["", ".", "-", "<5", "1,5", "4.1.2", "0x1", "NaN", "1e", "٣"] {
            assert_eq!(Decimal::read(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_empty_is_written() {
        let object = Object::new()
            .set("status", "final")
            .set("none", None::<&str>)
            .set("blank", "")
            .set("empty", Object::new().set("inner", ""))
            .push("list", "")
            .set("array", vec!["", ""])
            .push("given", "Ada")
            .push("given", "Mae")
            .set("active", false)
            .set("count", 0);
        assert_eq!(
            object.to_string(),
            r#"{"status":"final","given":["Ada","Mae"],"active":false,"count":0}"#
        );
    }

    #[test]
    fn setting_twice_replaces_in_place() {
        let object = Object::new().set("a", "1").set("b", "2").set("a", "3").set("b", "");
        assert_eq!(object.to_string(), r#"{"a":"3","b":"2"}"#);
    }
}
