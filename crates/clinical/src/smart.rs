//! What an app of another maker may do: scopes of SMART App Launch 2.2 (section 3), also with a search in them, and those
//! of version 1 as version 2 reads them. Pure: text in, rules out; whether a rule lets a resource through is said here and
//! enforced where everything is read.

mod words;

pub use words::{context_words, rule_words};

use crate::access::nobodys::is_shared;
use fhir::address::percent_encoded;
use fhir::search::r4::{Clause, Params, Request, Unknown, decode_pairs};
use fhir::{Instant, Kind, Object};
use std::collections::BTreeSet;
use std::fmt;

/// Longest text of scopes that is read, in bytes.
pub const LONGEST: usize = 4_096;
/// Most rules that are read.
pub const MOST: usize = 100;

/// Whose data a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One patient, whom the launch names.
    Patient,
    /// Everybody whom the user may see.
    User,
    /// Everybody, for an app that acts for itself.
    System,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// `c`
    Create = 1,
    /// `r`: read, vread, history of one.
    Read = 2,
    /// `u`: update and patch.
    Update = 4,
    /// `d`
    Delete = 8,
    /// `s`: search, history of a type and of everything.
    Search = 16,
}

/// Interactions with their letters, in the order in which they are written.
const LETTERS: [(char, Interaction); 5] = [
    ('c', Interaction::Create),
    ('r', Interaction::Read),
    ('u', Interaction::Update),
    ('d', Interaction::Delete),
    ('s', Interaction::Search),
];

/// Some interactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interactions(u8);

impl Interactions {
    /// All of them.
    pub const ALL: Self = Self(31);
    /// Read and search.
    pub const READING: Self = Self(Interaction::Read as u8 | Interaction::Search as u8);

    /// Reads `rs`, or the words of version 1.
    fn read(text: &str) -> Option<Self> {
        match text {
            "read" => return Some(Self::READING),
            "write" => {
                let bits = Interaction::Create as u8 | Interaction::Update as u8 | Interaction::Delete as u8;
                return Some(Self(bits));
            }
            "*" => return Some(Self::ALL),
            _ => {}
        }
        let (mut bits, mut letters) = (0, LETTERS.iter());
        for sign in text.chars() {
            // In this order, each once.
            let (_, interaction) = letters.find(|(letter, _)| *letter == sign)?;
            bits |= *interaction as u8;
        }
        (bits != 0).then_some(Self(bits))
    }
    /// Whether one of them is this.
    #[must_use]
    pub fn include(self, interaction: Interaction) -> bool {
        self.0 & interaction as u8 != 0
    }
    /// Those of both; `None` when there are none.
    #[must_use]
    pub fn both(self, other: Self) -> Option<Self> {
        Some(Self(self.0 & other.0)).filter(|both| both.0 != 0)
    }
    fn cover(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for Interactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = LETTERS.iter().filter(|(_, interaction)| self.include(*interaction));
        letters.try_for_each(|(letter, _)| write!(f, "{letter}"))
    }
}

/// One rule: `patient/Observation.rs?category=laboratory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whose data.
    pub level: Level,
    /// Type of resource; `None` for all.
    pub kind: Option<Kind>,
    /// What may be done.
    pub interactions: Interactions,
    /// Only what this search finds.
    pub only: Params,
    clauses: Vec<Clause>,
}

impl Rule {
    fn read(text: &str) -> Option<Self> {
        let (level, rest) = text.split_once('/')?;
        let level =
            [Level::Patient, Level::User, Level::System].into_iter().find(|known| known.as_str() == level)?;
        let (what, query) = match rest.split_once('?') {
            Some((what, query)) => (what, Some(query)),
            None => (rest, None),
        };
        let (kind, interactions) = what.split_once('.')?;
        let interactions = Interactions::read(interactions)?;
        let kind = match kind {
            "*" => None,
            name => Some(name.parse::<Kind>().ok()?),
        };
        let only = decode_pairs(query.unwrap_or_default()).ok()?;
        let clauses = match (kind, only.is_empty()) {
            (_, true) => Vec::new(),
            (Some(kind), false) => clauses(kind, &only)?,
            // A search of all types has no parameters that all types know.
            (None, false) => return None,
        };
        Some(Self { level, kind, interactions, only, clauses })
    }

    fn is_about(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|own| own == kind)
    }

    /// What both rules let; `None` when that is nothing.
    fn both(&self, other: &Self) -> Option<Self> {
        if self.level != other.level {
            return None;
        }
        let kind = match (self.kind, other.kind) {
            (Some(one), Some(two)) if one != two => return None,
            (one, two) => one.or(two),
        };
        let interactions = self.interactions.both(other.interactions)?;
        let (mut only, mut clauses) = (self.only.clone(), self.clauses.clone());
        let further = other.only.iter().filter(|pair| !self.only.contains(pair));
        only.extend(further.cloned());
        clauses.extend(other.clauses.iter().filter(|clause| !self.clauses.contains(clause)).cloned());
        Some(Self { level: self.level, kind, interactions, only, clauses })
    }

    /// Whether it lets everything that another lets.
    fn covers(&self, other: &Self) -> bool {
        self.level == other.level
            && self.kind.is_none_or(|own| other.kind == Some(own))
            && self.interactions.cover(other.interactions)
            && self.only.iter().all(|pair| other.only.contains(pair))
    }
}

/// Conditions that a resource itself answers, and nothing else: a chain would ask what others say.
fn clauses(kind: Kind, only: &Params) -> Option<Vec<Clause>> {
    let request = Request::read(kind, only, Unknown::Refuse, Instant(0)).ok()?;
    let is_plain = request.sort.is_empty()
        && request.includes.is_empty()
        && request.revincludes.is_empty()
        && request.elements.is_empty()
        && request.cursor.is_none()
        && request.clauses.len() == only.len()
        && request.clauses.iter().all(|clause| matches!(clause, Clause::Own(_)));
    is_plain.then_some(request.clauses)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map_or("*", Kind::as_str);
        write!(f, "{}/{kind}.{}", self.level.as_str(), self.interactions)?;
        for (n, (name, value)) in self.only.iter().enumerate() {
            let sign = if n == 0 { '?' } else { '&' };
            write!(f, "{sign}{}={}", escaped(name), escaped(value))?;
        }
        Ok(())
    }
}

/// A value as it stands in a scope and in an address: no space, nothing that ends it (RFC 3986 section 2).
#[must_use]
pub fn escaped(text: &str) -> String {
    percent_encoded(text, b":,|/")
}

/// What else an app asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// `openid`
    OpenId,
    /// `fhirUser`
    FhirUser,
    /// `launch`: the context of a launch from a portal or EMR.
    Launch,
    /// `launch/patient`
    LaunchPatient,
    /// `launch/encounter`
    LaunchEncounter,
    /// `online_access`: to go on while the user is signed in.
    OnlineAccess,
    /// `offline_access`: to go on afterwards.
    OfflineAccess,
}

impl Wish {
    const ALL: [(&'static str, Self); 7] = [
        ("openid", Self::OpenId),
        ("fhirUser", Self::FhirUser),
        ("launch", Self::Launch),
        ("launch/patient", Self::LaunchPatient),
        ("launch/encounter", Self::LaunchEncounter),
        ("online_access", Self::OnlineAccess),
        ("offline_access", Self::OfflineAccess),
    ];
}

/// Rules and wishes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Rules, in the order asked.
    pub rules: Vec<Rule>,
    /// Wishes.
    pub wishes: BTreeSet<Wish>,
}

impl Scopes {
    /// Reads scopes between spaces; what is not known is left out, as OAuth wants it (RFC 6749 3.3): the answer says which
    /// were understood.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut scopes = Self::default();
        if text.len() > LONGEST {
            return scopes;
        }
        for word in text.split_ascii_whitespace() {
            if let Some((_, wish)) = Wish::ALL.into_iter().find(|(known, _)| *known == word) {
                scopes.wishes.insert(wish);
            } else if let Some(rule) = Rule::read(word).filter(|_| scopes.rules.len() < MOST) {
                scopes.push(rule);
            }
        }
        scopes
    }

    /// Words of a text that are not known here; empty when all are.
    #[must_use]
    pub fn unknown(text: &str) -> Vec<&str> {
        let known =
            |word: &str| Wish::ALL.iter().any(|(known, _)| *known == word) || Rule::read(word).is_some();
        text.split_ascii_whitespace().filter(|word| !known(word)).collect()
    }

    fn push(&mut self, rule: Rule) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    /// Whether nothing is let.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.wishes.is_empty()
    }

    /// Whether something is wished.
    #[must_use]
    pub fn wishes(&self, wish: Wish) -> bool {
        self.wishes.contains(&wish)
    }

    /// Whether a rule is about one patient, so that one must be known.
    #[must_use]
    pub fn need_patient(&self) -> bool {
        self.wishes(Wish::LaunchPatient) || self.rules.iter().any(|rule| rule.level == Level::Patient)
    }

    /// What of these another set lets too.
    #[must_use]
    pub fn within(&self, most: &Self) -> Self {
        let wishes = self.wishes.intersection(&most.wishes).copied().collect();
        let mut both = Self { rules: Vec::new(), wishes };
        for rule in &self.rules {
            // A whole rule stays as it was asked for; else what is left of it.
            if most.rules.iter().any(|known| known.covers(rule)) {
                both.push(rule.clone());
                continue;
            }
            for known in &most.rules {
                if let Some(rule) = rule.both(known) {
                    both.push(rule);
                }
            }
        }
        both
    }

    /// These at some levels, with nothing but some interactions.
    #[must_use]
    pub fn only(&self, levels: &[Level], interactions: Interactions) -> Self {
        let mut rules: Vec<Rule> = Vec::new();
        for rule in self.rules.iter().filter(|rule| levels.contains(&rule.level)) {
            if let Some(interactions) = rule.interactions.both(interactions) {
                rules.push(Rule { interactions, ..rule.clone() });
            }
        }
        Self { rules, wishes: self.wishes.clone() }
    }

    /// Whether these let no more than others.
    #[must_use]
    pub fn are_within(&self, most: &Self) -> bool {
        self.wishes.is_subset(&most.wishes)
            && self.rules.iter().all(|rule| most.rules.iter().any(|known| known.covers(rule)))
    }

    /// Whether any rule at all lets an interaction with a type (`None` = some type).
    #[must_use]
    pub fn may(&self, interaction: Interaction, kind: Option<Kind>) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.interactions.include(interaction) && kind.is_none_or(|kind| rule.is_about(kind)))
    }

    /// What these let be done at a place.
    #[must_use]
    pub fn at(&self, place: Place, interaction: Interaction) -> Here {
        let rules = self.rules.iter().filter(|rule| rule.interactions.include(interaction));
        Here { place, rules: rules.cloned().collect() }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wishes =
            Wish::ALL.iter().filter(|(_, wish)| self.wishes(*wish)).map(|(word, _)| (*word).to_owned());
        let words: Vec<String> = wishes.chain(self.rules.iter().map(Rule::to_string)).collect();
        f.write_str(&words.join(" "))
    }
}

/// Where a resource stands, seen from the patient of the launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At a record of this patient.
    Own,
    /// At a record of somebody else.
    Others,
    /// At nobody's record: it names no patient.
    Nobodys,
}

/// What rules let be done at a place.
#[derive(Debug, Clone)]
pub struct Here {
    place: Place,
    rules: Vec<Rule>,
}

impl Here {
    /// Whether a resource is let through; without the resource `None` where its type alone does not say it.
    #[must_use]
    pub fn lets(&self, kind: Kind, resource: Option<&Object>) -> Option<bool> {
        let mut by_content = false;
        for rule in self.rules.iter().filter(|rule| rule.is_about(kind) && self.reaches(rule.level, kind)) {
            if rule.clauses.is_empty() {
                return Some(true);
            }
            by_content = true;
            if resource.is_some_and(|resource| rule.clauses.iter().all(|clause| answers(clause, resource))) {
                return Some(true);
            }
        }
        if by_content && resource.is_none() { None } else { Some(false) }
    }

    fn reaches(&self, level: Level, kind: Kind) -> bool {
        match (level, self.place) {
            (Level::User | Level::System, _) | (Level::Patient, Place::Own) => true,
            (Level::Patient, Place::Others) => false,
            // Who treats, where and with what belongs to no patient; what should name one and does not is nobody's.
            (Level::Patient, Place::Nobodys) => is_shared(kind),
        }
    }
}

fn answers(clause: &Clause, resource: &Object) -> bool {
    matches!(clause, Clause::Own(condition) if condition.matches(resource))
}

#[cfg(test)]
mod tests;
