//! What a feed says of the directory (HL7 v2.5.1 chapter 8, MFN), as changes that a person may decide about. Nothing
//! is in force by having been heard.

use super::{
    Change, Contact, ContactKind, Directory, Endpoint, Fact, NumberKind, Place, PlaceKind, Practitioner,
    ProviderNumber, Resolved, Role, contact,
};
use crate::identity::names;
use crate::words::Words;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Types of number (HL7 tables 0203 and 0338) that an insurer issues.
const BILLING_TYPES: [&str; 7] = ["AN", "ANT", "BILL", "GL", "MCD", "MCR", "TAX"];
/// Types of number that a college or regulator issues.
const LICENCE_TYPES: [&str; 9] = ["DDS", "LIC", "LN", "MD", "NP", "PN", "RN", "RPH", "SL"];
/// What a role is called that the message gives no name.
const UNNAMED_ROLE: &str = "practitioner";

/// One entry of a master file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its key in the sender's file (MFE-4).
    pub key: String,
    /// Whether it says that something is so, or that it has ended (MFE-1 MDL, MDC).
    pub ends: bool,
    /// From which day, `YYYY-MM-DD` (MFE-3); the day of the message when left out.
    pub day: Option<String>,
    /// Of what it speaks.
    pub about: HeardAbout,
}

/// Of what an entry speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeardAbout {
    /// Somebody (STF, PRA, ORG).
    Person(HeardPerson),
    /// A place (LOC).
    Place(HeardPlace),
}

/// Somebody, as a master file tells of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeardPerson {
    /// Family name (STF-3).
    pub family: String,
    /// Given name (STF-3).
    pub given: String,
    /// Numbers (STF-2, PRA-6).
    pub numbers: Vec<HeardNumber>,
    /// STF-7 says that they are not active any more.
    pub inactive: bool,
    /// Office addresses and numbers (STF-10, STF-11, STF-15); those at home are left out.
    pub contacts: Vec<(ContactKind, String)>,
    /// Where they work (ORG, or STF-12 and STF-13, or PRA-2).
    pub roles: Vec<HeardRole>,
}

/// A number with its issuer and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardNumber {
    /// CX.4, PLN.3; may be empty.
    pub authority: String,
    /// The number.
    pub value: String,
    /// Code of HL7 table 0203 or 0338; may be empty.
    pub type_code: String,
}

/// What somebody does somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeardRole {
    /// The place as the sender writes it: its id or its name.
    pub place: String,
    /// What they do there; may be empty.
    pub role: String,
    /// Whether it is their first place; `None` when the message does not say.
    pub primary: Option<bool>,
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
}

/// A place, as a master file tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeardPlace {
    /// Facility or point of care (LOC-1).
    pub code: String,
    /// As people read it (LOC-2).
    pub name: String,
    /// Type (LOC-3, HL7 table 0260).
    pub type_code: String,
    /// Organization (LOC-4).
    pub organization: String,
    /// Addresses and numbers (LOC-5, LOC-6).
    pub contacts: Vec<(ContactKind, String)>,
}

/// What follows from an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follows {
    /// The directory knows it already, or it is nothing that a directory of providers holds; why, in words.
    Nothing(Words),
    /// Changes to decide about, and what they say.
    Propose(Vec<Change>, Words),
    /// It cannot be told what is meant; a person must ask.
    Ask(Words),
}

impl Directory {
    /// What follows from an entry that `link` sent, on a day (`YYYY-MM-DD`).
    #[must_use]
    pub fn hear(&self, heard: &Heard, link: &str, today: &str) -> Follows {
        let mut said = Said::default();
        let day = heard.day.as_deref().unwrap_or(today);
        let (name, changes) = match &heard.about {
            HeardAbout::Person(person) => {
                match self.hear_person(heard, person, link, (day, today), &mut said) {
                    Ok(changes) => (full_name(person), changes),
                    Err(why) => return Follows::Ask(why),
                }
            }
            HeardAbout::Place(place) => match self.hear_place(heard, place, link, today, &mut said) {
                Ok(changes) => (place.name.clone(), changes),
                Err(why) => return Follows::Ask(why),
            },
        };
        if changes.is_empty() && said.left_out == 0 {
            return Follows::Nothing(Words::new(
                format!("{name}: the directory says so already."),
                format!("{name} : le répertoire le dit déjà."),
            ));
        }
        let words = Words::new(
            format!("{link} says of {name}: {}.", said.en.join("; ")),
            format!("{link} dit de {name} : {}.", said.fr.join("; ")),
        );
        if changes.is_empty() {
            return Follows::Ask(words);
        }
        match self.changed(&changes) {
            Ok(_) => Follows::Propose(changes, words),
            Err(problem) => Follows::Ask(Words::new(
                format!("{} It cannot be proposed as it stands: {problem}", words.en),
                format!("{} Cela ne peut être proposé tel quel : {problem}", words.fr),
            )),
        }
    }

    fn hear_person(
        &self,
        heard: &Heard,
        person: &HeardPerson,
        link: &str,
        (day, today): (&str, &str),
        said: &mut Said,
    ) -> Result<Vec<Change>, Words> {
        let known = self.person_of(person, heard.ends || person.inactive)?;
        let numbers = self.numbers_of(person, said);
        let mut changes = Vec::new();
        let id = match known {
            Some(known) => known.id.clone(),
            None if heard.ends || person.inactive => {
                said.leave_out(
                    "nobody of the directory has these numbers, so nothing ends",
                    "personne du répertoire n'a ces numéros, rien ne prend donc fin",
                );
                return Ok(changes);
            }
            None => match numbers.first() {
                Some(number) if !person.family.is_empty() => self.new_id(&person.family, number),
                _ => {
                    return Err(Words::new(
                        format!(
                            "{link} names {} without a number and its issuer, or without a family name: ask the sender who is meant.",
                            full_name(person)
                        ),
                        format!(
                            "{link} nomme {} sans numéro avec son émetteur, ou sans nom de famille : demandez à l'expéditeur qui est visé.",
                            full_name(person)
                        ),
                    ));
                }
            },
        };
        if heard.ends || person.inactive {
            return Ok(self.ended(&id, link, day, said));
        }
        let before = known.cloned().unwrap_or_else(|| Practitioner {
            id: id.clone(),
            family: String::new(),
            given: String::new(),
            numbers: Vec::new(),
        });
        let mut after = before.clone();
        for (mine, theirs) in [(&mut after.family, &person.family), (&mut after.given, &person.given)] {
            // Accents and hyphens are lost between systems (S-099): what folds alike stays as it is written here.
            if !theirs.is_empty() && names::fold(mine) != names::fold(theirs) {
                mine.clone_from(theirs);
            }
        }
        after.numbers.extend(numbers.into_iter().filter(|number| !same_number(&before, number)));
        if known.is_none() {
            said.tell("new in the directory", "nouvelle personne au répertoire");
        } else if (&after.family, &after.given) != (&before.family, &before.given) {
            said.tell(
                &format!("the name is now {}", after.name()),
                &format!("le nom est maintenant {}", after.name()),
            );
        }
        if known.is_some() && after.numbers != before.numbers {
            said.tell("another number", "un autre numéro");
        }
        if known.is_none() || after != before {
            changes.push(Change::Set(Fact::Practitioner(after)));
        }
        for role in &person.roles {
            self.hear_role(&id, role, (day, today), &mut changes, said);
        }
        self.hear_contacts(&id, &person.contacts, link, today, &mut changes, said);
        Ok(changes)
    }

    /// The numbers whose issuer and sort are known: an issuer's numbers are all of one sort, so what the directory knows
    /// of it counts before the type code.
    fn numbers_of(&self, person: &HeardPerson, said: &mut Said) -> Vec<ProviderNumber> {
        let known: HashMap<String, NumberKind> = self
            .practitioners()
            .flat_map(|who| &who.numbers)
            .map(|number| (number.authority.trim().to_uppercase(), number.kind))
            .collect();
        let mut numbers: Vec<ProviderNumber> = Vec::new();
        for HeardNumber { authority, value, type_code } in &person.numbers {
            let kind = known.get(&authority.to_uppercase()).copied().or(match type_code.as_str() {
                code if BILLING_TYPES.contains(&code) => Some(NumberKind::Billing),
                code if LICENCE_TYPES.contains(&code) => Some(NumberKind::Licence),
                _ => None,
            });
            match kind {
                Some(kind) if !authority.is_empty() => {
                    let number = ProviderNumber { authority: authority.clone(), value: value.clone(), kind };
                    if !numbers.contains(&number) {
                        numbers.push(number);
                    }
                }
                // A number that resolves already says nothing new, whoever issued it.
                _ if matches!(self.by_number(authority, value), Resolved::One(_)) => {}
                _ => said.leave_out(
                    &format!("the number {value} is left out, since its issuer or its sort is not known"),
                    &format!(
                        "le numéro {value} est laissé de côté, son émetteur ou sa sorte n'étant pas connus"
                    ),
                ),
            }
        }
        numbers
    }

    /// An id for somebody new: `p-hill-014417`, with the issuer when that is taken.
    fn new_id(&self, family: &str, number: &ProviderNumber) -> String {
        let id = format!("p-{}-{}", slug(family), slug(&number.value));
        match self.practitioner(&id) {
            None => id,
            Some(_) => format!("{id}-{}", slug(&number.authority)),
        }
    }

    /// Every role that holds on `day` or begins later has `day` as its last; of a feed that speaks for some places only,
    /// those there.
    fn ended(&self, id: &str, link: &str, day: &str, said: &mut Said) -> Vec<Change> {
        let mut changes = Vec::new();
        let places = self.source(link).map(|source| source.places.as_slice()).unwrap_or_default();
        let spoken_for = |role: &&Role| places.is_empty() || places.contains(&role.place);
        for role in self.roles().filter(|role| role.practitioner == id).filter(spoken_for) {
            if role.from.as_str() > day {
                let (sort, id) = Fact::Role(role.clone()).key();
                changes.push(Change::Withdraw { sort, id });
            } else if role.to.as_deref().is_none_or(|to| day < to) {
                changes.push(Change::Set(Fact::Role(Role { to: Some(day.to_owned()), ..role.clone() })));
            } else {
                continue;
            }
            let place = self.place(&role.place).map_or(role.place.as_str(), |place| place.name.as_str());
            said.tell(
                &format!("works at {place} until {day} and no longer"),
                &format!("travaille à {place} jusqu'au {day} et pas au-delà"),
            );
        }
        changes
    }

    fn hear_role(
        &self,
        id: &str,
        heard: &HeardRole,
        (day, today): (&str, &str),
        changes: &mut Vec<Change>,
        said: &mut Said,
    ) {
        let Some(place) = self.place_named(&heard.place) else {
            said.leave_out(
                &format!("the place {} is not in the directory, add it first", heard.place),
                &format!("le lieu {} n'est pas au répertoire, ajoutez-le d'abord", heard.place),
            );
            return;
        };
        let word = slug(&heard.role);
        let theirs = |role: &&Role| role.practitioner == id && role.place == place.id;
        // What holds today or is still to come; what has ended stays as it was.
        let standing = |role: &&Role| role.to.as_deref().is_none_or(|to| today <= to);
        let named = |role: &&Role| word.is_empty() || role.role == word;
        let all = || self.roles().filter(theirs).filter(standing).filter(named);
        // What is stated again word for word, or what holds or comes first.
        let again = all().find(|role| heard.from.as_ref() == Some(&role.from));
        let before = again.or_else(|| all().next());
        let mut after = before.cloned().unwrap_or_else(|| Role {
            practitioner: id.to_owned(),
            place: place.id.clone(),
            role: if word.is_empty() { UNNAMED_ROLE.to_owned() } else { word.clone() },
            endpoint: self.usual_way(&place.id, today),
            primary: false,
            from: heard.from.clone().unwrap_or_else(|| day.to_owned()),
            to: None,
        });
        after.primary = heard.primary.unwrap_or(after.primary);
        if heard.to.is_some() {
            after.to.clone_from(&heard.to);
        }
        // The same role from another day: a correction of when it began, not a second one (FEATURES DR1).
        let corrected = before.filter(|before| {
            heard
                .from
                .as_ref()
                .is_some_and(|from| *from != before.from && after.to.as_ref().is_none_or(|to| from <= to))
        });
        let mut continued = None;
        if let (Some(before), Some(from)) = (corrected, &heard.from) {
            after.from.clone_from(from);
            if before.from.as_str() <= today && today < from.as_str() {
                // What holds today holds until it begins anew: nobody is without a place meanwhile.
                continued = day_before(from);
                let to = continued.clone();
                changes.push(Change::Set(Fact::Role(Role { to, ..before.clone() })));
            } else {
                let (sort, id) = Fact::Role(before.clone()).key();
                changes.push(Change::Withdraw { sort, id });
            }
        }
        if before == Some(&after) {
            return;
        }
        if after.primary {
            // One place is first: another that was first on some of these days is so no longer.
            for other in self.roles().filter(|role| role.practitioner == id && role.primary) {
                if other.place != after.place && other.overlaps(&after) {
                    changes.push(Change::Set(Fact::Role(Role { primary: false, ..other.clone() })));
                }
            }
        }
        let until = after.to.as_deref().map(|to| (format!(", until {to}"), format!(", jusqu'au {to}")));
        let (en, fr) = until.unwrap_or_default();
        let (word, name) = (after.role.clone(), &place.name);
        let (en_before, fr_before) = match (&continued, corrected) {
            (Some(to), _) => (format!(" (as before until {to})"), format!(" (comme avant jusqu'au {to})")),
            (None, Some(before)) => {
                (format!(" (and not from {})", before.from), format!(" (et non dès le {})", before.from))
            }
            (None, None) => (String::new(), String::new()),
        };
        said.tell(
            &format!("{word} at {name} from {}{en}{en_before}", after.from),
            &format!("{word} à {name} dès le {}{fr}{fr_before}", after.from),
        );
        changes.push(Change::Set(Fact::Role(after)));
    }

    /// The way by which most who work at a place receive; `None` leaves the portal.
    fn usual_way(&self, place: &str, day: &str) -> Option<String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for role in self.roles().filter(|role| role.place == place && role.holds_on(day)) {
            let way = role.endpoint.as_deref().and_then(|id| self.endpoint(id));
            if let Some(way) = way.filter(|way| way.carries_on(day)) {
                *counts.entry(way.id.as_str()).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
        let only = || {
            let mut ways = self.endpoints().filter(|way| way.place == place && way.carries_on(day));
            let first: Option<&Endpoint> = ways.next();
            first.filter(|_| ways.next().is_none()).map(|way| way.id.clone())
        };
        most.map(|(id, _)| id.to_owned()).or_else(only)
    }

    /// A place by its id or its whole name, whatever their case.
    #[must_use]
    pub fn place_named(&self, text: &str) -> Option<&Place> {
        let wanted = text.trim().to_lowercase();
        let is = |place: &&Place| place.id.to_lowercase() == wanted || place.name.to_lowercase() == wanted;
        self.places().find(is).filter(|_| !wanted.is_empty())
    }

    fn hear_contacts(
        &self,
        of: &str,
        contacts: &[(ContactKind, String)],
        link: &str,
        today: &str,
        changes: &mut Vec<Change>,
        said: &mut Said,
    ) {
        for (kind, value) in contacts {
            let mut known = self.contacts().filter(|contact| contact.of == of && contact.kind == *kind);
            let same = |contact: &Contact| contact::same_value(*kind, &contact.value, value);
            let first = known.next();
            if first.into_iter().chain(known).any(same) {
                continue;
            }
            let words = kind.words();
            if let Some(known) = first.filter(|_| *kind == ContactKind::Fax) {
                // Reports are dialled to the number on file: the ways follow it, on trial.
                match self.fax_ways(known, value) {
                    Some(ways) => changes.extend(ways),
                    None => {
                        said.leave_out(
                            &format!("{value} is no number that a fax can be sent to, ask for it"),
                            &format!("{value} n'est pas un numéro de télécopieur, demandez-le"),
                        );
                        continue;
                    }
                }
            }
            said.tell(&format!("{} {value}", words.en), &format!("{} {value}", words.fr));
            let told = Contact {
                id: format!("{of}-{}", kind.code()),
                of: of.to_owned(),
                kind: *kind,
                value: value.clone(),
                source: link.to_owned(),
                verified_on: today.to_owned(),
                next_check: contact::next_check(today),
                doubt: None,
            };
            let told = match first {
                // Nobody has confirmed anything by a feed's saying something else: what is doubted stays so.
                Some(Contact { id, doubt: Some(doubt), verified_on, next_check, .. }) => Contact {
                    id: id.clone(),
                    doubt: Some(doubt.clone()),
                    verified_on: verified_on.clone(),
                    next_check: next_check.clone(),
                    ..told
                },
                Some(known) => Contact { id: known.id.clone(), ..told },
                None => told,
            };
            changes.push(Change::Set(Fact::Contact(told)));
        }
    }

    fn hear_place(
        &self,
        heard: &Heard,
        place: &HeardPlace,
        link: &str,
        today: &str,
        said: &mut Said,
    ) -> Result<Vec<Change>, Words> {
        let known = self.place_named(&place.code).or_else(|| self.place_named(&place.name));
        let mut changes = Vec::new();
        let kind = match place.type_code.as_str() {
            "C" | "CL" => Some(PlaceKind::Clinic),
            "H" | "HOSP" => Some(PlaceKind::Hospital),
            "LAB" => Some(PlaceKind::Laboratory),
            _ => None,
        };
        if heard.ends {
            let Some(known) = known else {
                said.leave_out(
                    "no such place is known, so nothing ends",
                    "ce lieu n'est pas connu, rien ne prend donc fin",
                );
                return Ok(changes);
            };
            return Err(Words::new(
                format!(
                    "{link} says that {} is closed. Find out where each of those who work there receives from now on, and propose it.",
                    known.name
                ),
                format!(
                    "{link} dit que {} est fermé. Établissez où reçoit désormais chaque personne qui y travaille, et proposez-le.",
                    known.name
                ),
            ));
        }
        if place.code.is_empty() || place.name.is_empty() {
            return Err(Words::new(
                format!(
                    "{link} speaks of a place without a code or without a name (LOC-1, LOC-2): ask the sender which is meant."
                ),
                format!(
                    "{link} parle d'un lieu sans code ou sans nom (LOC-1, LOC-2) : demandez à l'expéditeur lequel est visé."
                ),
            ));
        }
        let before = known.cloned().unwrap_or_else(|| Place {
            id: slug(&place.code),
            name: String::new(),
            kind: kind.unwrap_or(PlaceKind::Other),
            organization: None,
            default_recipient: None,
        });
        let mut after =
            Place { name: place.name.clone(), kind: kind.unwrap_or(before.kind), ..before.clone() };
        if !place.organization.is_empty() {
            after.organization = Some(place.organization.clone());
        }
        if known.is_none() {
            said.tell("a new place", "un nouveau lieu");
        } else if after != before {
            said.tell("its name, sort or organization", "son nom, sa sorte ou son organisme");
        }
        if known.is_none() || after != before {
            changes.push(Change::Set(Fact::Place(after)));
        }
        self.hear_contacts(&before.id, &place.contacts, link, today, &mut changes, said);
        Ok(changes)
    }
}

/// What an entry changes, phrase by phrase.
#[derive(Default)]
struct Said {
    en: Vec<String>,
    fr: Vec<String>,
    left_out: usize,
}

impl Said {
    fn tell(&mut self, en: &str, fr: &str) {
        self.en.push(en.to_owned());
        self.fr.push(fr.to_owned());
    }
    fn leave_out(&mut self, en: &str, fr: &str) {
        self.tell(en, fr);
        self.left_out += 1;
    }
}

fn same_number(who: &Practitioner, number: &ProviderNumber) -> bool {
    who.numbers.iter().any(|have| {
        have.authority.trim().eq_ignore_ascii_case(number.authority.trim())
            && have.value.trim() == number.value.trim()
    })
}

/// `2026-11-30` of `2026-12-01`; `None` when that is no day.
fn day_before(day: &str) -> Option<String> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(day.yesterday().ok()?.to_string())
}

fn full_name(person: &HeardPerson) -> String {
    match (person.family.as_str(), person.given.as_str()) {
        ("", "") => "somebody without a name".to_owned(),
        (family, "") => family.to_owned(),
        (family, given) => format!("{family}, {given}"),
    }
}

/// Small letters, digits and hyphens of a text; letters with marks count as the letter.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

mod who;

#[cfg(test)]
mod tests;
