//! A message as it would read had its sender named the right patient.

use crate::identity::{Claim, IdentifierSort, Sex};
use hl7v2::{Charset, Delimiters, Message};

/// The message with a PID of the person that somebody says it is about, made of what is remembered of their record.
/// Everything else stays byte for byte. `None` when it names several patients or none, when nothing is remembered of
/// the record's own number, or when the character set cannot be written piece by piece.
#[must_use]
pub fn aimed(raw: &[u8], person: &Claim) -> Option<Vec<u8>> {
    let message = Message::parse(raw).ok()?;
    if message.all_named("PID").count() != 1
        || matches!(message.charset(), Charset::Utf16Le | Charset::Utf16Be | Charset::MultiByte(_))
    {
        return None;
    }
    let pid = message.charset().encode(&pid(message.delimiters(), person)?).ok()?.into_owned();
    let mut out = Vec::with_capacity(raw.len() + pid.len());
    for segment in message.segments() {
        out.extend_from_slice(if segment.name() == "PID" { &pid } else { segment.raw() });
        out.push(b'\r');
    }
    Some(out)
}

fn pid(delimiters: &Delimiters, person: &Claim) -> Option<String> {
    let own = person.own.as_ref()?;
    let (field, component) = (char::from(delimiters.field), char::from(delimiters.component));
    let repetition = delimiters.repetition.map_or('~', char::from);
    let text = |value: &str| hl7v2::escape(value, delimiters).into_owned();
    let number = |identifier: &crate::identity::Identifier| {
        let kind = match identifier.sort {
            IdentifierSort::HealthCard => "JHN",
            IdentifierSort::RecordNumber => "MR",
            IdentifierSort::Other => "XX",
        };
        let (value, authority) = (text(&identifier.value), text(&identifier.authority));
        format!("{value}{component}{component}{component}{authority}{component}{kind}")
    };
    let others =
        person.identifiers.iter().filter(|other| *other != own && other.sort != IdentifierSort::Other);
    let numbers: Vec<String> = std::iter::once(own).chain(others).map(number).collect();
    let name = person.names.first().map_or_else(String::new, |name| {
        [&name.family, &name.given, &name.middle].map(|part| text(part)).join(&component.to_string())
    });
    let born: String = person.birth_date.chars().filter(char::is_ascii_digit).collect();
    let sex = match person.sex {
        Sex::Male => "M",
        Sex::Female => "F",
        Sex::Other => "X",
        Sex::Unknown => "",
    };
    let numbers = numbers.join(&repetition.to_string());
    let fields = ["PID", "1", "", &numbers, "", &name, "", &born, sex];
    Some(fields.join(&field.to_string()))
}
