//! The panel of a family doctor: the patients of a practice by the file of its own system, or by their word. It opens
//! charts ([`super::relation::Relation::Panel`]), so that nothing in it is guessed: a row that does not name one person
//! beyond doubt is returned with its reason.

mod file;

pub use file::{FileProblem, ROWS_LIMIT, Row, read};

use crate::identity::{
    Candidate, Claim, Decision, Feature, Outcome, cards, dates, decide,
    features::{compare, label},
};
use crate::words::Words;
use fhir::{Instant, PersonId};

/// Days for which a panel file holds; the next one that names the patient begins them anew.
pub const FILE_DAYS: i64 = 365;
/// Days for which somebody's word holds; renewed, they begin anew.
pub const WORD_DAYS: i64 = 183;
/// Days before its end from which on a relation is shown as ending.
pub const ENDING_DAYS: i64 = 30;

/// Where a relation on a panel comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A file of the practice's system.
    File,
    /// The doctor's word.
    Word,
    /// Either of them, until the privacy desk ended it: nothing begins it anew before the desk lifts that.
    Revoked,
    /// Ended by the privacy desk, which has lifted it since.
    Lifted,
}

impl Source {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::File => "emr-file",
            Self::Word => "attested",
            Self::Revoked => "revoked",
            Self::Lifted => "lifted",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::File, Self::Word, Self::Revoked, Self::Lifted].into_iter().find(|source| source.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::File => Words::new("practice file", "fichier du cabinet"),
            Self::Word => Words::new("their word", "sa parole"),
            Self::Revoked => {
                Words::new("ended by the privacy desk", "terminé par le bureau de la vie privée")
            }
            Self::Lifted => Words::new(
                "ended; the privacy desk allows it again",
                "terminé; le bureau de la vie privée le permet de nouveau",
            ),
        }
    }
    /// When a relation that begins now ends by itself.
    #[must_use]
    pub fn ends(self, now: Instant) -> Instant {
        let days = match self {
            Self::File => FILE_DAYS,
            Self::Word => WORD_DAYS,
            Self::Revoked | Self::Lifted => 0,
        };
        now.plus_minutes(days * 24 * 60)
    }
}

/// What a row of a panel file comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This person and no other.
    Is(PersonId),
    /// Nobody is tied to anybody by it; why, and what to do.
    Not(Words),
}

/// Whom a row names. `on_file` is the record that its record number names; `candidates` are records under its keys.
#[must_use]
pub fn judge(claim: &Claim, on_file: Option<&Candidate>, candidates: &[Candidate]) -> Verdict {
    if claim.own.is_none() {
        return Verdict::Not(Words::new(
            "No health card number and no record number with its site. Add one of them: a name and a birth date tie nobody to a panel.",
            "Ni numéro de carte santé ni numéro de dossier avec son site. Ajoutez-en un : un nom et une date de naissance ne lient personne à une clientèle.",
        ));
    }
    // A number and one more fact file a message; whoever opens charts by a list must know all three.
    let is = |person: PersonId| {
        let of_person = || on_file.into_iter().chain(candidates).filter(|known| known.person == person);
        let is_known = of_person()
            .map(|known| compare(claim, &known.claim))
            .any(|found| found.outcome(Feature::BirthDate) == Outcome::Agrees && found.names_close());
        if is_known {
            return Verdict::Is(person);
        }
        let says_all = dates::is_full(&claim.birth_date)
            && claim.names.iter().any(|name| !name.family.is_empty() && !name.given.is_empty());
        let other = if says_all { differing(claim, on_file, candidates) } else { None };
        other.unwrap_or_else(incomplete)
    };
    match decide(claim, on_file, candidates) {
        Decision::Known { .. } => on_file.map_or_else(nobody, |known| is(known.person)),
        Decision::Same { person, .. } => is(person),
        Decision::New { .. } => differing(claim, on_file, candidates).unwrap_or_else(nobody),
        Decision::Perhaps { .. } | Decision::Look { .. } => {
            differing(claim, on_file, candidates).unwrap_or_else(doubtful)
        }
    }
}

/// A number of the row is on file, and what stands beside it is another.
fn differing(claim: &Claim, on_file: Option<&Candidate>, candidates: &[Candidate]) -> Option<Verdict> {
    let found = on_file.into_iter().chain(candidates).map(|candidate| compare(claim, &candidate.claim));
    let numbered = found.into_iter().find(|found| {
        [Feature::HealthCard, Feature::RecordNumber].iter().any(|f| found.outcome(*f) == Outcome::Agrees)
    })?;
    let told = [Feature::HealthCard, Feature::FamilyName, Feature::GivenName, Feature::BirthDate];
    let other: Vec<Words> = told
        .into_iter()
        .filter(|f| numbered.outcome(*f) != Outcome::Agrees && numbered.outcome(*f) != Outcome::Absent)
        .map(label)
        .collect();
    if other.is_empty() {
        return None;
    }
    let list =
        |of: fn(&Words) -> &String| other.iter().map(|w| of(w).as_str()).collect::<Vec<_>>().join(", ");
    Some(Verdict::Not(Words::new(
        format!(
            "The number is on file with another {}. Check the card with the patient; if yours is right, report it to the identity desk.",
            list(|w| &w.en)
        ),
        format!(
            "Le numéro est au dossier, mais ceci diffère : {}. Vérifiez la carte avec le patient; si la vôtre est juste, signalez-le au bureau d'identité.",
            list(|w| &w.fr)
        ),
    )))
}

fn incomplete() -> Verdict {
    Verdict::Not(Words::new(
        "A number alone ties nobody to a panel: the family name, the given name and the full birth date must stand beside it and agree with what is on file. Add what is missing.",
        "Un numéro seul ne lie personne à une clientèle : le nom, le prénom et la date de naissance complète doivent l'accompagner et concorder avec le dossier. Ajoutez ce qui manque.",
    ))
}

fn nobody() -> Verdict {
    Verdict::Not(Words::new(
        "Nobody on file has this number. No site that sends here may have seen them yet; the next file looks again.",
        "Personne au dossier n'a ce numéro. Peut-être qu'aucun site qui envoie ici ne les a encore vus; le prochain fichier cherche de nouveau.",
    ))
}

fn doubtful() -> Verdict {
    Verdict::Not(Words::new(
        "It could be somebody on file, and nothing proves that it is one person. Search for them by card, and say that they are your patient.",
        "Ce pourrait être quelqu'un au dossier, et rien ne prouve qu'il s'agit d'une seule personne. Cherchez par la carte, et dites que c'est votre patient.",
    ))
}

/// What names a record first: a hospital's own number, else a card of a known shape.
fn own(claim: &Claim) -> Option<crate::identity::Identifier> {
    claim.identifiers.iter().find(|identifier| cards::is_proof(identifier)).cloned()
}

#[cfg(test)]
mod tests;
