//! Finding people and the head of every chart.

use fhir::{Instant, PersonId};

/// Look: find people by health card number, record number, or name and birth date.
#[derive(Debug, Clone)]
pub struct Find {
    /// What was typed in the one box.
    pub text: String,
}

/// Answer to [`Find`].
#[derive(Debug, Clone)]
pub struct Found {
    /// What the words were taken for, so that the screen can say it.
    pub understood: Understood,
    /// People that match, best first; never cut silently.
    pub hits: Vec<Hit>,
    /// More matched than the limit allows: ask for one more fact.
    pub too_many: bool,
}

/// How the search box was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// A health card number.
    HealthCard(String),
    /// A record number.
    RecordNumber(String),
    /// A name with a birth date.
    NameAndBirthDate {
        /// As typed.
        name: String,
        /// `YYYY-MM-DD`
        birth_date: String,
    },
    /// A name alone: a second fact is needed.
    NameOnly(String),
    /// Nothing typed.
    Nothing,
}

/// One person found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Who.
    pub banner: Banner,
    /// Which fact matched: `Health card 0041 702 816 NS`.
    pub why: clinical::words::Words,
    /// Somebody with nearly the same name or birth date is also listed.
    pub near_twin: bool,
    /// Last thing that happened: an encounter or result.
    pub last_event: Option<Instant>,
}

/// The identifying head of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// Enterprise person.
    pub person: PersonId,
    /// Family name as on file.
    pub family: String,
    /// Given and middle names.
    pub given: String,
    /// Name they go by, when stated; empty otherwise.
    pub goes_by: String,
    /// `YYYY-MM-DD` or shorter; empty when not known.
    pub birth_date: String,
    /// Whole years today, or days under two months; empty when the birth date is not known.
    pub age: Age,
    /// Administrative sex as FHIR code (`female`, `male`, `other`, `unknown`).
    pub sex: String,
    /// Health cards: (jurisdiction, number).
    pub health_cards: Vec<(String, String)>,
    /// Record numbers: (facility code, number).
    pub record_numbers: Vec<(String, String)>,
    /// Allergies on file as text.
    pub allergies: Vec<String>,
    /// Latest body weight (value with unit, date), when one is on file.
    pub weight: Option<(String, String)>,
    /// Died, with date when known.
    pub died: Option<String>,
    /// An identity question about one of this person's records is open.
    pub identity_open: bool,
}

/// Age for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Years.
    Years(u32),
    /// Months, under two years.
    Months(u32),
    /// Days, under two months.
    Days(u32),
    /// Birth date not known well enough.
    NotKnown,
}

/// Look: the first page of a chart.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Summary`].
#[derive(Debug, Clone)]
pub struct SummaryView {
    /// Head.
    pub banner: Banner,
    /// Latest results, grouped as in [`crate::results`], newest first, at most twelve series.
    pub latest: Vec<crate::results::Series>,
    /// Newest reports and documents, at most eight.
    pub reports: Vec<crate::reports::ReportLine>,
    /// Newest encounters, at most five.
    pub encounters: Vec<crate::encounters::EncounterLine>,
    /// Source records linked to this person: (facility, number, since, last heard of).
    pub records: Vec<RecordLine>,
    /// Counts for the section list.
    pub counts: ChartCounts,
}

/// Numbers beside the sections of a chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChartCounts {
    /// Laboratory reports.
    pub results: u32,
    /// Reports and documents.
    pub reports: u32,
    /// Encounters.
    pub encounters: u32,
}

/// A source record of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// Facility code or name.
    pub authority: String,
    /// Number there.
    pub value: String,
    /// Linked since.
    pub since: Instant,
    /// Why it is linked, in words.
    pub because: clinical::words::Words,
}
