//! Who a message claims to be about, and by which number its sender keeps them.

use crate::identity::{Claim, Identifier, IdentifierSort, Name, Sex};
use crate::intake::datatypes::hd::Designator;
use crate::intake::reading::{comp, field, one, prose, reps, sub, yes_or_no};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use hl7v2::{Rep, Segment};

/// Most identifiers read of one patient; a real one has a handful.
pub(crate) const MOST_IDENTIFIERS: usize = 64;
/// Most e-mail addresses kept of one patient.
const MOST_EMAILS: usize = 4;

/// The claim of a PID segment.
pub(crate) fn read(scope: &Scope<'_>, pid: Segment<'_>) -> Claim {
    let identifiers = identifiers(scope, pid);
    let own = own(&identifiers, &scope.sender.default_authority).cloned();
    let mut ordered = Vec::with_capacity(identifiers.len());
    ordered.extend(own.clone());
    ordered.extend(identifiers.into_iter().filter(|other| Some(other) != own.as_ref()));
    let address = one(pid, 11);
    let multiple = yes_or_no(&field(pid, 24));
    let birth_order = field(pid, 25).parse().ok().filter(|order| *order > 0 && multiple != Some(false));
    Claim {
        own,
        identifiers: ordered,
        names: names(pid),
        birth_date: scope.date(&field(pid, 7)),
        sex: sex(&field(pid, 8)),
        telephones: [13, 14, 40].into_iter().flat_map(|n| reps(pid.field(n))).filter_map(digits).collect(),
        emails: emails(pid),
        street: address.map(street).unwrap_or_default(),
        postal_code: address.map(|rep| postal(&comp(rep, 5))).unwrap_or_default(),
        town: address.map(|rep| prose(rep.comp(3)).into_owned()).unwrap_or_default(),
        mother: one(pid, 21).and_then(|rep| identifier(scope, rep)),
        multiple_birth: multiple.unwrap_or_else(|| !field(pid, 25).is_empty()),
        birth_order,
        died: yes_or_no(&field(pid, 30)) == Some(true) || !field(pid, 29).is_empty(),
    }
}

/// One identifier as the matcher compares it; `None` without a value.
pub(crate) fn identifier(scope: &Scope<'_>, rep: Rep<'_>) -> Option<Identifier> {
    let value = comp(rep, 1);
    if value.is_empty() {
        return None;
    }
    let designator = Designator::of_comp(rep.comp(4));
    let type_code = comp(rep, 5);
    let sort = systems::sort_of(designator.authority(), &type_code);
    let authority = match systems::jurisdiction(designator.authority(), &type_code) {
        Some(jurisdiction) => jurisdiction.to_owned(),
        None if designator.is_empty() => scope.sender.default_authority.clone(),
        None => designator.authority().to_owned(),
    };
    let value = if sort == IdentifierSort::HealthCard {
        value.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
    } else {
        value.into_owned()
    };
    Some(Identifier { sort, authority, value }).filter(|identifier| !identifier.value.is_empty())
}

fn identifiers(scope: &Scope<'_>, pid: Segment<'_>) -> Vec<Identifier> {
    let mut found: Vec<Identifier> = Vec::new();
    for n in [3, 2, 4] {
        for rep in reps(pid.field(n)).take(MOST_IDENTIFIERS) {
            let Some(identifier) = identifier(scope, rep) else { continue };
            if found.contains(&identifier) {
                continue;
            }
            let clash = |other: &&Identifier| {
                other.authority == identifier.authority
                    && other.sort == identifier.sort
                    && identifier.sort != IdentifierSort::Other
            };
            if n == 3
                && let Some(other) = found.iter().find(clash)
            {
                scope.note(
                    &format!(
                        "PID-3 has two numbers of {}, {} and {}",
                        other.authority, other.value, identifier.value
                    ),
                    "both were kept, the first one names the record",
                    &format!(
                        "PID-3 porte deux numéros de {}, {} et {}",
                        other.authority, other.value, identifier.value
                    ),
                    "les deux ont été conservés, le premier désigne le dossier",
                );
            }
            found.push(identifier);
        }
    }
    found
}

/// The identifier that names the source record: a record number if there is one (rather of a named authority), a
/// health card only if there is none, anything else last. Those of PID-3 come first.
fn own<'i>(identifiers: &'i [Identifier], default_authority: &str) -> Option<&'i Identifier> {
    let of = |sort| identifiers.iter().filter(move |identifier| identifier.sort == sort);
    of(IdentifierSort::RecordNumber)
        .find(|identifier| identifier.authority != default_authority)
        .or_else(|| of(IdentifierSort::RecordNumber).next())
        .or_else(|| of(IdentifierSort::HealthCard).next())
        .or_else(|| of(IdentifierSort::Other).next())
}

fn names(pid: Segment<'_>) -> Vec<Name> {
    let mut names: Vec<Name> = [5, 9]
        .into_iter()
        .flat_map(|n| reps(pid.field(n)))
        .map(|rep| Name {
            family: sub(rep.comp(1), 1).into_owned(),
            given: prose(rep.comp(2)).into_owned(),
            middle: prose(rep.comp(3)).into_owned(),
            use_code: comp(rep, 7).into_owned(),
            suffix: comp(rep, 4).into_owned(),
        })
        .filter(|name| !name.family.is_empty() || !name.given.is_empty())
        .collect();
    if let Some(legal) = names.iter().position(|name| name.use_code == "L") {
        names[..=legal].rotate_right(1);
    }
    names
}

fn sex(code: &str) -> Sex {
    let said = code.to_ascii_uppercase();
    let known = tables::code(tables::people::SEX, &said);
    match known {
        "male" => Sex::Male,
        "female" => Sex::Female,
        "other" => Sex::Other,
        _ => Sex::Unknown,
    }
}

/// Digits of a telephone number; `None` of an e-mail address.
fn digits(rep: Rep<'_>) -> Option<String> {
    let parts: String =
        [12, 1].into_iter().map(|n| prose(rep.comp(n))).find(|text| !text.is_empty()).map_or_else(
            || [6, 7].into_iter().map(|n| comp(rep, n).into_owned()).collect(),
            |text| text.into_owned(),
        );
    if parts.contains('@') {
        return None;
    }
    let digits: String = parts.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { None } else { Some(digits) }
}

/// Electronic mail addresses of PID-13, 14 and 40 (XTN-4; older senders write them into XTN-1).
fn emails(pid: Segment<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for rep in [13, 14, 40].into_iter().flat_map(|n| reps(pid.field(n))) {
        let said = [4, 1].into_iter().map(|n| prose(rep.comp(n))).find(|text| text.contains('@'));
        let Some(address) = said.map(|text| text.to_lowercase()) else { continue };
        if !found.contains(&address) && found.len() < MOST_EMAILS {
            found.push(address);
        }
    }
    found
}

/// Street with number and unit: XAD-1 as one text, or put together from its parts (SAD-2 and 3), then XAD-2.
fn street(rep: Rep<'_>) -> String {
    let line = match sub(rep.comp(1), 1) {
        text if !text.is_empty() => text.into_owned(),
        _ => format!("{} {}", sub(rep.comp(1), 3), sub(rep.comp(1), 2)).trim().to_owned(),
    };
    let unit = prose(rep.comp(2));
    if unit.is_empty() { line } else { format!("{line}, {unit}") }
}

fn postal(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
