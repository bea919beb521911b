//! A snapshot that says less does not unsay the rest.

use crate::refusal::Refusal;
use clinical::identity::Claim;
use fhir::json::{Json, Object};

/// The resource on file with what a new snapshot says: where `leads` is true the snapshot's elements win, otherwise
/// only what is missing on file is taken from it.
pub(super) fn resource(on_file: &[u8], snapshot: Object, leads: bool) -> Result<Object, Refusal> {
    let stored = match fhir::json::parse(on_file) {
        Ok(Json::Object(stored)) => stored,
        Ok(_) => return Ok(snapshot),
        Err(error) => return Err(Refusal::unreadable(error.to_string(), error.to_string())),
    };
    let (first, second) = if leads { (snapshot, stored) } else { (stored, snapshot) };
    let mut whole = first;
    for (key, value) in second.into_properties() {
        if whole.get(&key).is_none() {
            whole.append(key, value);
        }
    }
    Ok(whole)
}

/// What is remembered of a record after another message spoke of it.
///
/// Identifiers are only ever added. Names, birth date and the rest follow admission messages; a result fills in what
/// nobody had said, and never changes what somebody did.
pub(super) fn claim(before: &Claim, said: &Claim, leads: bool) -> Claim {
    let (first, second) = if leads { (said, before) } else { (before, said) };
    let text = |a: &String, b: &String| if a.is_empty() { b.clone() } else { a.clone() };
    let mut identifiers = before.identifiers.clone();
    identifiers.extend(said.identifiers.iter().filter(|id| !before.identifiers.contains(id)).cloned());
    Claim {
        own: before.own.clone().or_else(|| said.own.clone()),
        identifiers,
        names: if first.names.is_empty() { second.names.clone() } else { first.names.clone() },
        birth_date: text(&first.birth_date, &second.birth_date),
        sex: if first.sex == clinical::identity::Sex::Unknown { second.sex } else { first.sex },
        telephones: if first.telephones.is_empty() {
            second.telephones.clone()
        } else {
            first.telephones.clone()
        },
        emails: if first.emails.is_empty() { second.emails.clone() } else { first.emails.clone() },
        street: text(&first.street, &second.street),
        postal_code: text(&first.postal_code, &second.postal_code),
        town: text(&first.town, &second.town),
        mother: first.mother.clone().or_else(|| second.mother.clone()),
        multiple_birth: before.multiple_birth || said.multiple_birth,
        birth_order: first.birth_order.or(second.birth_order),
        died: before.died || said.died,
    }
}
