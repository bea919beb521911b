//! Finding people and the head of every chart.

mod find;
mod news;
mod search_box;

pub use find::MOST_HITS;
pub use news::News;

use crate::chart::{self, Chart};
use crate::identity::graph::{Around, Reason};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::{encounters, medications, plans, problems, results};
use clinical::access::Permission;
use clinical::identity::{Outcome, features};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::cmp::Reverse;
use store::{LinkEvent, LinkSort};

/// Series on the first page of a chart.
const LATEST_SERIES: usize = 12;
/// Reports on the first page of a chart.
const LATEST_REPORTS: usize = 8;
/// Visits on the first page of a chart.
const LATEST_ENCOUNTERS: usize = 5;
/// Medicines, problems, and things to come on the first page of a chart, of each as many.
const LATEST_OTHERS: usize = 8;

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
    /// How many match; more than are listed: ask for one more fact.
    pub all: usize,
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
    /// A scanned card that is not read.
    Unread,
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
    /// What the person does not want this reader to see; said in the chart only.
    pub withheld: crate::access::Withheld,
    /// Systems at this person's sites from which something does not come now, with since when; said in the chart only.
    pub gaps: Vec<(String, Instant)>,
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
    /// Medicines in use and what was stopped of late, at most eight.
    pub medicines: Vec<medications::MedicineLine>,
    /// Problems that stand, at most eight.
    pub problems: Vec<problems::ProblemLine>,
    /// Appointments to come, the soonest first, at most eight.
    pub appointments: Vec<plans::AppointmentLine>,
    /// Open referrals, at most eight.
    pub referrals: Vec<plans::RequestLine>,
    /// What is new since the reader last looked.
    pub news: News,
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

impl Sealed for Summary {}

impl Look for Summary {
    type View = SummaryView;
    const PERMISSION: Permission = Permission::ReadChart;

    fn object(&self) -> String {
        format!("person/{}", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<SummaryView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents = chart.contents(reading)?;
        let mut latest: Vec<results::Series> =
            results::series::collect(&contents, &crate::dialects::conversions(reading.view)?)
                .series
                .into_iter()
                .map(|placed| placed.series)
                .collect();
        latest.sort_by_key(|series| {
            let newest = series.points.first();
            (Reverse(newest.map(|point| point.at)), newest.is_none_or(|point| !point.flag.is_flagged()))
        });
        latest.truncate(LATEST_SERIES);
        let mut reports = contents.lines();
        reports.truncate(LATEST_REPORTS);
        let mut encounters = encounters::lines(reading, &contents)?;
        encounters.truncate(LATEST_ENCOUNTERS);
        let told = medications::told(reading, &chart)?;
        let mut medicines = medications::lines(&told, reading.context.now);
        medicines.retain(|line| line.news || line.state < medications::MedicineState::Stopped);
        medicines.truncate(LATEST_OTHERS);
        let mut problems = problems::problems(reading, &chart)?;
        problems.retain(|line| line.stands);
        problems.truncate(LATEST_OTHERS);
        let mut coming = plans::coming(reading, &chart, &contents)?;
        coming.appointments.retain(|line| line.ahead);
        coming.appointments.truncate(LATEST_OTHERS);
        coming.referrals.retain(|line| !line.ended);
        coming.referrals.truncate(LATEST_OTHERS);
        let view = SummaryView {
            banner: chart.banner(reading)?,
            latest,
            reports,
            encounters,
            medicines,
            problems,
            appointments: coming.appointments,
            referrals: coming.referrals,
            news: news::of(reading, chart.person, &contents, &told)?,
            records: record_lines(reading, &chart)?,
            counts: contents.counts(),
        };
        Ok(Seen::of(chart.person, view))
    }
}

fn record_lines(reading: &Reading<'_>, chart: &Chart) -> Result<Vec<RecordLine>, Refusal> {
    let mut lines = Vec::with_capacity(chart.records.len());
    for source in &chart.records {
        let around = Around::of(reading.view, &[source.row.record], &[])?;
        // What ties it to its person today: a link that was made and undone has never been.
        let born = || {
            let is_birth =
                |event: &&LinkEvent| event.record == source.row.record && event.sort == LinkSort::Born;
            around.events.iter().find(is_birth)
        };
        let linked = around.tied_by(source.row.record).or_else(born);
        let first = PersonId::born_with(source.row.record) == chart.person;
        let reason = linked.map(|event| Reason::read(&event.reason));
        lines.push(RecordLine {
            authority: source.row.authority.clone(),
            value: source.row.value.clone(),
            since: linked.map_or(source.row.claim_as_of, |event| event.at),
            because: because(reason, first),
        });
    }
    Ok(lines)
}

/// The reason in words: as a person wrote it, else the facts that agree.
fn because(reason: Option<Reason>, first: bool) -> Words {
    let Some(reason) = reason else { return unlinked(first) };
    if let Some(words) = reason.words {
        return words;
    }
    let agreeing: Vec<Words> = reason
        .evidence
        .iter()
        .filter(|evidence| evidence.outcome == Outcome::Agrees)
        .map(|evidence| features::label(evidence.feature))
        .collect();
    if agreeing.is_empty() || first {
        return unlinked(first);
    }
    let list = |of: fn(&Words) -> &String| {
        agreeing.iter().map(|words| of(words).as_str()).collect::<Vec<_>>().join(", ")
    };
    Words::new(format!("The same {}.", list(|w| &w.en)), format!("Concordent : {}.", list(|w| &w.fr)))
}

fn unlinked(first: bool) -> Words {
    if first {
        Words::new("The first record of this person.", "Le premier dossier de cette personne.")
    } else {
        Words::new("Linked; the reason is with the identity desk.", "Lié; le motif est au bureau d'identité.")
    }
}
