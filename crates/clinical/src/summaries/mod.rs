//! The patient summary: what a stranger to the chart must know, as a document of HL7's International Patient Summary
//! (IPS 2.0, the Canadian PS-CA 2.1 in its sections) and as pages to print. Both are made of the same lines.
//!
//! A section that holds nothing says so by a code and in words, and says which of three things it means: nothing is on
//! file, the person withholds it, or the reader's role does not reach it. None of them is "there is none".

mod document;
pub mod minimum;
mod pages;

pub use document::document;
pub use pages::pages;
pub use paper::Mark;

use crate::words::Words;
use fhir::{Instant, Object, RecordId, ResourceKey};

/// A section of the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Allergies and intolerances.
    Allergies,
    /// Medicines in use.
    Medications,
    /// Problems that stand.
    Problems,
    /// The latest of each result.
    Results,
    /// Vaccinations.
    Immunizations,
    /// Procedures.
    Procedures,
    /// Appointments, open referrals, orders without a result.
    Plan,
}

/// What is fixed about a section.
pub struct Section {
    /// Which.
    pub part: Part,
    /// LOINC code and display (IPS 2.0, Composition.section.code).
    pub code: (&'static str, &'static str),
    /// Title in English and French.
    pub title: (&'static str, &'static str),
    /// An entry is required; the code of IPS's absent-or-unknown list that stands for "no information".
    pub required: Option<&'static str>,
    /// Columns: title in English and French, hundredths of the width.
    pub columns: &'static [(&'static str, &'static str, u16)],
}

/// Every section, in the order of a summary that is read in a hurry.
pub const SECTIONS: [Section; 7] = [
    Section {
        part: Part::Allergies,
        code: ("48765-2", "Allergies and adverse reactions Document"),
        title: ("Allergies and intolerances", "Allergies et intolérances"),
        required: Some("no-allergy-info"),
        columns: &[
            ("Substance", "Substance", 34),
            ("Reaction", "Réaction", 34),
            ("How severe", "Gravité", 18),
            ("Since", "Depuis", 14),
        ],
    },
    Section {
        part: Part::Medications,
        code: ("10160-0", "History of Medication use Narrative"),
        title: ("Medicines", "Médicaments"),
        required: Some("no-medication-info"),
        columns: &[
            ("Medicine", "Médicament", 34),
            ("How", "Posologie", 34),
            ("State", "État", 18),
            ("Since", "Depuis", 14),
        ],
    },
    Section {
        part: Part::Problems,
        code: ("11450-4", "Problem list - Reported"),
        title: ("Problems", "Problèmes"),
        required: Some("no-problem-info"),
        columns: &[
            ("Problem", "Problème", 50),
            ("From", "Source", 20),
            ("How sure", "Certitude", 16),
            ("Since", "Depuis", 14),
        ],
    },
    Section {
        part: Part::Results,
        code: ("30954-2", "Relevant diagnostic tests/laboratory data Narrative"),
        title: ("Latest results", "Derniers résultats"),
        required: None,
        columns: &[
            ("Test", "Analyse", 32),
            ("Value", "Valeur", 20),
            ("Flag", "Signal", 18),
            ("Expected", "Attendu", 16),
            ("Taken", "Prélevé", 14),
        ],
    },
    Section {
        part: Part::Immunizations,
        code: ("11369-6", "History of Immunization Narrative"),
        title: ("Vaccinations", "Vaccinations"),
        required: None,
        columns: &[("Vaccine", "Vaccin", 50), ("Lot", "Lot", 18), ("State", "État", 18), ("On", "Le", 14)],
    },
    Section {
        part: Part::Procedures,
        code: ("47519-4", "History of Procedures Document"),
        title: ("Procedures", "Interventions"),
        required: None,
        columns: &[("Procedure", "Intervention", 52), ("By", "Par", 34), ("On", "Le", 14)],
    },
    Section {
        part: Part::Plan,
        code: ("18776-5", "Plan of care note"),
        title: ("What is to come", "À venir"),
        required: None,
        columns: &[("What", "Quoi", 40), ("With", "Avec", 28), ("State", "État", 18), ("When", "Quand", 14)],
    },
];

/// A resource of the chart that a section refers to.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its key in this record.
    pub key: ResourceKey,
    /// As it is on file.
    pub object: Object,
}

/// A cell of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// In both languages.
    pub text: Words,
    /// Must not be overlooked.
    pub strong: bool,
    /// A shape before the text.
    pub mark: Option<Mark>,
}

impl Cell {
    /// Words of our own.
    #[must_use]
    pub fn said(text: Words) -> Self {
        Self { text, ..Self::default() }
    }
    /// A source's own text, the same in both languages.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::said(Words::new(text, text))
    }
    /// The same, strong.
    #[must_use]
    pub fn strong(text: &str) -> Self {
        Self { strong: true, ..Self::text(text) }
    }
}

/// Why a section may hold less than there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing is kept back.
    Nothing,
    /// The person does not want it shown.
    Withheld,
    /// The reader's role does not reach this sort of data.
    OutOfReach,
}

/// What stands in one section.
#[derive(Debug, Clone)]
pub struct Content {
    /// Which section.
    pub part: Part,
    /// One line for each thing, as many cells as the section has columns.
    pub lines: Vec<Vec<Cell>>,
    /// The resources behind them.
    pub entries: Vec<Entry>,
    /// Lines that the record has besides these.
    pub more: usize,
    /// Whether something is kept back.
    pub kept: Kept,
}

/// Whose summary it is.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Source records of the person, the one spoken of last first.
    pub records: Vec<RecordId>,
    /// Their Patient, with the identifiers of every record.
    pub patient: Object,
    /// `Drumlin, Maren Isolde`
    pub name: String,
    /// Birth date, age, sex: one line for the head of each page.
    pub who: Words,
    /// Numbers with their issuers.
    pub numbers: Vec<String>,
}

/// A whole summary.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Whose.
    pub subject: Subject,
    /// In the order of [`SECTIONS`].
    pub contents: Vec<Content>,
    /// When it was made.
    pub made: Instant,
    /// Who had it made, as the reader of this copy may see them.
    pub made_by: Words,
    /// It was made while its reader had broken glass, and holds what is withheld from them otherwise.
    pub under_glass: bool,
}

/// What a section says of itself where something is missing or kept back; nothing when it is whole.
fn remark(content: &Content) -> Option<Words> {
    match (content.kept, content.lines.is_empty()) {
        (Kept::Withheld, _) => Some(Words::new(
            "The person does not want some of this shown. Ask them, or the privacy desk.",
            "La personne ne souhaite pas que tout soit montré. Demandez-lui, ou au bureau de la vie privée.",
        )),
        (Kept::OutOfReach, _) => Some(Words::new(
            "The role that made this copy does not see this.",
            "Le rôle qui a fait cette copie ne voit pas ceci.",
        )),
        (Kept::Nothing, true) => Some(Words::new(
            "Nothing is on file here. That does not mean that there is nothing.",
            "Rien n'est au dossier ici. Cela ne veut pas dire qu'il n'y a rien.",
        )),
        (Kept::Nothing, false) => None,
    }
}

/// What is said where the record has more than is shown.
fn more(count: usize) -> Option<Words> {
    (count > 0).then(|| {
        Words::new(
            format!("{count} more are in the record."),
            format!("Il y en a {count} de plus au dossier."),
        )
    })
}

#[cfg(test)]
mod tests;
