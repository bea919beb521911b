//! MFN M02 (staff and practitioners) and M05 (locations), HL7 v2.5.1 chapter 8: entries of a master file, for the
//! provider directory. What follows from them is [`crate::directory::Directory::hear`]; nobody's chart is concerned.

use super::reading::{comp, first, one, prose, reps, sub};
use super::scope::Scope;
use crate::directory::{ContactKind, Heard, HeardAbout, HeardNumber, HeardPerson, HeardPlace, HeardRole};
use crate::words::Words;
use hl7v2::{Message, Rep, Segment};

/// The triggers that are read.
pub(super) const TRIGGERS: [&str; 2] = ["M02", "M05"];
/// Entries of one message. A longer file is sent in several messages.
const MOST_ENTRIES: usize = 500;
/// Uses of a telephone or address (HL7 tables 0201, 0190) that are private: a directory of practices holds none.
const PRIVATE_USES: [&str; 6] = ["PRN", "ORN", "VHN", "H", "BDL", "N"];

/// One entry with its segments.
struct Entry<'m> {
    head: Segment<'m>,
    rest: Vec<Segment<'m>>,
}

impl<'m> Entry<'m> {
    fn named(&self, name: &str) -> Option<Segment<'m>> {
        self.rest.iter().copied().find(|segment| segment.name() == name)
    }
}

/// The entries of a message.
///
/// # Errors
/// Why a person must look, in words: there is none, there are too many, or one cannot be read.
pub(super) fn read(scope: &Scope<'_>, message: &Message) -> Result<Vec<Heard>, Words> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for segment in message.segments() {
        match (segment.name(), entries.last_mut()) {
            ("MFE", _) => entries.push(Entry { head: segment, rest: Vec::new() }),
            (_, Some(entry)) => entry.rest.push(segment),
            _ => {}
        }
    }
    if entries.is_empty() {
        return Err(Words::new(
            "The master file has no entry (MFE): nothing can be told from it. Send MFE with STF or LOC.",
            "Le fichier maître n'a aucune entrée (MFE) : on n'en peut rien tirer. Envoyez MFE avec STF ou LOC.",
        ));
    }
    if entries.len() > MOST_ENTRIES {
        return Err(Words::new(
            format!(
                "The master file has {} entries, more than the limit of {MOST_ENTRIES}: nothing of it was read. Send it in several messages.",
                entries.len()
            ),
            format!(
                "Le fichier maître compte {} entrées, plus que la limite de {MOST_ENTRIES} : rien n'en a été lu. Envoyez-le en plusieurs messages.",
                entries.len()
            ),
        ));
    }
    entries.iter().enumerate().map(|(nth, entry)| heard(scope, entry, nth + 1)).collect()
}

fn heard(scope: &Scope<'_>, entry: &Entry<'_>, nth: usize) -> Result<Heard, Words> {
    let event = value(entry.head, 1);
    let ends = match event.as_str() {
        "MAD" | "MUP" | "MAC" => false,
        "MDL" | "MDC" => true,
        _ => {
            return Err(Words::new(
                format!(
                    "Entry {nth} says \"{event}\" in MFE-1, which is none of MAD, MUP, MAC, MDL, MDC. Find out what the sender means."
                ),
                format!(
                    "L'entrée {nth} dit « {event} » dans MFE-1, qui n'est ni MAD, ni MUP, MAC, MDL ou MDC. Établissez ce que veut dire l'expéditeur."
                ),
            ));
        }
    };
    let about = match (entry.named("STF"), entry.named("LOC")) {
        (Some(staff), _) => HeardAbout::Person(person(scope, entry, staff)),
        (None, Some(location)) => HeardAbout::Place(place(location)),
        (None, None) => {
            return Err(Words::new(
                format!(
                    "Entry {nth} has neither staff (STF) nor location (LOC) after its MFE: send one of them."
                ),
                format!(
                    "L'entrée {nth} n'a ni personnel (STF) ni lieu (LOC) après son MFE : envoyez l'un d'eux."
                ),
            ));
        }
    };
    let day = day(scope, &value(entry.head, 3));
    Ok(Heard { key: value(entry.head, 4), ends, day, about })
}

fn person(scope: &Scope<'_>, entry: &Entry<'_>, staff: Segment<'_>) -> HeardPerson {
    let name = one(staff, 3);
    let mut numbers: Vec<HeardNumber> = reps(staff.field(2))
        .map(|id| HeardNumber {
            authority: text(sub(id.comp(4), 1)),
            value: text(comp(id, 1)),
            type_code: text(comp(id, 5)).to_uppercase(),
        })
        .collect();
    if let Some(practitioner) = entry.named("PRA") {
        numbers.extend(reps(practitioner.field(6)).map(|id| HeardNumber {
            // PLN.3 is the state or other qualifier: who issued it.
            authority: text(comp(id, 3)),
            value: text(comp(id, 1)),
            type_code: text(comp(id, 2)).to_uppercase(),
        }));
    }
    numbers.retain(|number| !number.value.is_empty());
    HeardPerson {
        family: name.map(|name| text(sub(name.comp(1), 1))).unwrap_or_default(),
        given: name.map(|name| text(prose(name.comp(2)))).unwrap_or_default(),
        numbers,
        inactive: matches!(value(staff, 7).as_str(), "I" | "N"),
        contacts: contacts(staff, &[10], 11, Some(15)),
        roles: roles(scope, entry, staff),
    }
}

/// ORG says where somebody works; without it STF-12 and STF-13 do, and without these the group of PRA-2.
fn roles(scope: &Scope<'_>, entry: &Entry<'_>, staff: Segment<'_>) -> Vec<HeardRole> {
    let category = entry.named("PRA").map(|practitioner| coded(practitioner, 3)).unwrap_or_default();
    let mut roles: Vec<HeardRole> = entry
        .rest
        .iter()
        .filter(|segment| segment.name() == "ORG")
        .map(|unit| HeardRole {
            place: coded(*unit, 2),
            role: Some(coded(*unit, 6)).filter(|code| !code.is_empty()).unwrap_or_else(|| category.clone()),
            primary: super::reading::yes_or_no(&value(*unit, 4)),
            from: one(*unit, 9).and_then(|range| day(scope, &comp(range, 1))),
            to: one(*unit, 9).and_then(|range| day(scope, &comp(range, 2))),
        })
        .filter(|role| !role.place.is_empty())
        .collect();
    if !roles.is_empty() {
        return roles;
    }
    for (field, begins) in [(12, true), (13, false)] {
        for at in reps(staff.field(field)) {
            // DIN: date ^ institution (CE, its parts as sub-components).
            let (when, place) = (day(scope, &comp(at, 1)), text(sub(at.comp(2), 1)));
            if place.is_empty() {
                continue;
            }
            let known = roles.iter().position(|role| role.place == place);
            let nth = known.unwrap_or_else(|| {
                roles.push(HeardRole { place, role: category.clone(), ..HeardRole::default() });
                roles.len() - 1
            });
            if let Some(role) = roles.get_mut(nth) {
                if begins { role.from = when } else { role.to = when }
            }
        }
    }
    if let (true, Some(practitioner)) = (roles.is_empty(), entry.named("PRA")) {
        let place = coded(practitioner, 2);
        if !place.is_empty() {
            roles.push(HeardRole { place, role: category, ..HeardRole::default() });
        }
    }
    roles
}

fn place(location: Segment<'_>) -> HeardPlace {
    let at = one(location, 1);
    let facility = at.map(|at| text(sub(at.comp(4), 1))).unwrap_or_default();
    let unit = at.map(|at| text(comp(at, 1))).unwrap_or_default();
    HeardPlace {
        code: if facility.is_empty() || !unit.is_empty() { unit } else { facility },
        name: one(location, 2).map(|name| text(prose(name.comp(1)))).unwrap_or_default(),
        type_code: value(location, 3).to_uppercase(),
        organization: one(location, 4).map(|name| text(prose(name.comp(1)))).unwrap_or_default(),
        contacts: contacts(location, &[6], 5, None),
    }
}

/// Telephones, fax numbers, e-mail and office address; what is private is left out.
fn contacts(
    segment: Segment<'_>,
    phones: &[usize],
    address: usize,
    mail: Option<usize>,
) -> Vec<(ContactKind, String)> {
    let mut found: Vec<(ContactKind, String)> = Vec::new();
    let mut add = |kind: ContactKind, value: String| {
        if !value.is_empty() && !found.iter().any(|(have, _)| *have == kind) {
            found.push((kind, value));
        }
    };
    for number in phones.iter().flat_map(|field| reps(segment.field(*field))) {
        let (usage, equipment) = (comp(number, 2), comp(number, 3));
        if PRIVATE_USES.contains(&&*usage) {
            continue;
        }
        let mailbox = text(comp(number, 4));
        if &*usage == "NET" || &*equipment == "Internet" {
            add(ContactKind::Email, mailbox);
        } else {
            let kind = if &*equipment == "FX" { ContactKind::Fax } else { ContactKind::Phone };
            add(kind, telephone(number));
        }
    }
    for place in reps(segment.field(address)) {
        if !PRIVATE_USES.contains(&&*comp(place, 7)) {
            let parts: Vec<String> =
                [1, 2, 3, 4, 5].into_iter().map(|n| text(prose(place.comp(n)))).collect();
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            add(ContactKind::Civic, parts.join(", "));
        }
    }
    for letter in mail.into_iter().flat_map(|field| reps(segment.field(field))) {
        add(ContactKind::Email, text(comp(letter, 1)));
    }
    found
}

/// XTN.1 as written, or XTN.6 and XTN.7.
fn telephone(number: Rep<'_>) -> String {
    let plain = text(comp(number, 1));
    if !plain.is_empty() {
        return plain;
    }
    let parts = [text(comp(number, 6)), text(comp(number, 7))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The code of a coded field, or its text when it has none.
fn coded(segment: Segment<'_>, field: usize) -> String {
    let Some(said) = one(segment, field) else { return String::new() };
    let code = text(first(said.comp(1)));
    if code.is_empty() { text(prose(said.comp(2))) } else { code }
}

fn value(segment: Segment<'_>, field: usize) -> String {
    text(super::reading::field(segment, field))
}

fn text(text: std::borrow::Cow<'_, str>) -> String {
    text.trim().to_owned()
}

/// `YYYY-MM-DD`; `None` of what is not at least a day.
fn day(scope: &Scope<'_>, text: &str) -> Option<String> {
    let date = scope.date(text);
    (date.len() == 10).then_some(date)
}
