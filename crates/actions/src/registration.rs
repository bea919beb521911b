//! Search before create at the registration desk: candidates while typing, and a new record only when each strong
//! candidate was looked at and dismissed with a reason (FEATURES ID2, HAZARDS H03).

use crate::patients::Banner;
use clinical::identity::{Evidence, Sex};
use clinical::words::Words;
use fhir::{PersonId, RecordId};

/// What is typed at the desk. Every field may be partial or empty while searching.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Further given names.
    pub middle: String,
    /// `YYYY-MM-DD`; a year or a year and month while typing.
    pub birth_date: String,
    /// Administrative sex; `None` when not asked yet.
    pub sex: Option<Sex>,
    /// Health card number.
    pub card: String,
    /// Jurisdiction of the card, `NS` unless said otherwise.
    pub jurisdiction: String,
    /// Why there is no card: one of [`NO_CARD`]; empty when there is one.
    pub no_card: String,
    /// Telephone.
    pub telephone: String,
    /// Street address.
    pub street: String,
    /// Town.
    pub town: String,
    /// Postal code.
    pub postal_code: String,
}

/// Why somebody has no health card: a coded reason, which never compares equal to anything (HAZARDS H11).
pub const NO_CARD: &[(&str, &str, &str)] = &[
    ("not-yet", "Newborn, card not issued yet", "Nouveau-né, carte pas encore émise"),
    ("elsewhere", "Lives outside Canada", "Vit hors du Canada"),
    ("not-with", "Has one, not at hand", "En a une, pas sous la main"),
    ("none", "Has none", "N'en a pas"),
    ("unknown", "Cannot say", "Ne peut le dire"),
];

/// Look: who it might be, best first.
#[derive(Debug, Clone)]
pub struct Search {
    /// What has been typed so far.
    pub form: Form,
}

/// Answer to [`Search`].
#[derive(Debug, Clone)]
pub struct SearchView {
    /// People it might be, best first; at most [`MOST_CANDIDATES`].
    pub candidates: Vec<Found>,
    /// More are possible: type one more fact.
    pub too_many: bool,
    /// What is still needed before a record can be made, in words; empty when nothing is.
    pub needed: Vec<Words>,
}

/// Issuer of the numbers that the desk gives.
pub const AUTHORITY: &str = "OPOR";

mod create;
mod paper_form;
mod search;

pub use paper_form::{FORMS_AT_ONCE, PaperForm, PaperForms};

/// Candidates shown at most.
pub const MOST_CANDIDATES: usize = 12;

/// Somebody it might be.
#[derive(Debug, Clone)]
pub struct Found {
    /// Who.
    pub banner: Banner,
    /// Their record that is closest to what was typed.
    pub record: RecordId,
    /// How likely.
    pub strength: Strength,
    /// Why, in words, the weightiest first.
    pub reasons: Vec<Words>,
    /// Feature by feature.
    pub evidence: Vec<Evidence>,
    /// Sum in bits.
    pub weight: f64,
}

/// How likely a candidate is the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Shares something.
    Weak,
    /// May be.
    Possible,
    /// Very likely: must be dismissed with a reason before a record is made.
    Strong,
}

/// Why a strong candidate is somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Who was dismissed.
    pub person: PersonId,
    /// One of [`DISMISSALS`].
    pub code: String,
    /// In the clerk's words; required for `other`.
    pub text: String,
}

/// Reasons to dismiss a candidate: code, English, French.
pub const DISMISSALS: &[(&str, &str, &str)] = &[
    (
        "identity-shown",
        "Identity document shows somebody else",
        "Une pièce d'identité montre une autre personne",
    ),
    ("relative", "A relative of this person", "Un proche de cette personne"),
    ("twin", "Twin or other multiple birth", "Jumeau ou autre naissance multiple"),
    ("says-no", "Shown the details; the patient says no", "Le patient, à qui on a lu les détails, dit non"),
    ("other", "Another reason", "Une autre raison"),
];

/// Act: make a record. Refused until each strong candidate of this very form is dismissed.
#[derive(Debug, Clone)]
pub struct Create {
    /// What was typed.
    pub form: Form,
    /// Who was dismissed, and why.
    pub dismissed: Vec<Dismissal>,
    /// Chosen by the door for this form when it was opened, so that pressing twice makes one record (1 to 64
    /// characters).
    pub form_id: String,
    /// Measured by the door.
    pub timing: Timing,
    /// The form on paper that it was written on while the record was down; its number then stands for `form_id`.
    pub paper: Option<PaperForm>,
}

/// What the desk's own counter measured, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// From the last key pressed to candidates shown, the longest of this form.
    pub to_candidates_ms: u32,
    /// From opening the form to pressing create.
    pub to_create_ms: u32,
    /// Searches made.
    pub searches: u32,
}

/// Look: the record that a form made, for the page after it.
#[derive(Debug, Clone)]
pub struct Created {
    /// [`Create::form_id`].
    pub form_id: String,
}

/// Answer to [`Created`].
#[derive(Debug, Clone)]
pub struct CreatedView {
    /// The person's page.
    pub person: PersonId,
    /// The record.
    pub record: RecordId,
    /// Issuer of its number.
    pub authority: String,
    /// Its number, to be printed.
    pub value: String,
    /// Banner of the new person.
    pub banner: Banner,
}

/// Look: how this desk does, without patients.
#[derive(Debug, Clone, Copy)]
pub struct Figures;

/// Answer to [`Figures`]: the last 30 days.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FiguresView {
    /// Records made at the desk.
    pub registrations: u32,
    /// Median time to candidates in milliseconds.
    pub to_candidates_p50_ms: u32,
    /// 95 of 100 are shown within this, in milliseconds.
    pub to_candidates_p95_ms: u32,
    /// Median time from opening the form to the record, in milliseconds.
    pub to_create_p50_ms: u32,
    /// Strong candidates dismissed.
    pub dismissed: u32,
    /// Records made anywhere (messages and desk).
    pub records: u32,
    /// Identity reviews opened.
    pub reviews: u32,
    /// Identity reviews per 1,000 records made.
    pub reviews_per_1000: f64,
}

#[cfg(test)]
mod tests;
