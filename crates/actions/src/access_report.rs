//! A person's own report: who looked at their record, in plain words, and what became of their results (GUARANTEES L-01 to
//! L-03, S-112). Made by the privacy desk on request; the desk sees sorts of data and no content. Staff are named as
//! patients see them.

use crate::chart;
use crate::patients::Banner;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::told::{self, LookLine, ResultLine};
use clinical::access::{DataClass, Permission, Role};
use clinical::obligations::ObligationKind;
use clinical::rendering::Language;
use clinical::staff_names::{self, Audience, Staff};
use clinical::words::Words;
use fhir::{Json, PersonId};
use std::collections::BTreeSet;
use store::{AuditRow, ObligationFilter, ObligationRow, ObligationState};

/// Audit rows of one person that are read; a report that would be longer says so.
const ROWS_LIMIT: usize = 100_000;
/// Obligations about one source record.
const OWED_LIMIT: usize = 100_000;

/// Look: the report of a person.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Report`].
#[derive(Debug, Clone)]
pub struct ReportView {
    /// Whose.
    pub head: Banner,
    /// Who looked or did something, the latest first: one line for each time.
    pub looks: Vec<LookLine>,
    /// Times that the record itself worked on it: filing, delivering.
    pub by_machine: usize,
    /// What became of each result, the latest first.
    pub results: Vec<ResultLine>,
    /// There is more than fits; the report says so.
    pub cut: bool,
}

/// Look: the same as printed pages.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Whose.
    pub person: PersonId,
    /// In French instead of English.
    pub french: bool,
}

fn read(reading: &Reading<'_>, person: PersonId) -> Result<(PersonId, ReportView), Refusal> {
    let chart = chart::gather(reading, person)?;
    // What was seen under the number of a record that was joined since is about the same person.
    let mut people: BTreeSet<PersonId> = chart.record_ids().into_iter().map(PersonId::born_with).collect();
    people.insert(chart.person);
    let mut rows: Vec<(i64, AuditRow)> = Vec::new();
    for known in people {
        rows.extend(reading.view.audit_of_person(known, ROWS_LIMIT)?);
    }
    rows.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    let cut = rows.len() >= ROWS_LIMIT;
    let (by_machine, by_people): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(_, row)| row.role == Role::Machine.code());
    let looks =
        by_people.into_iter().map(|(_, row)| look_line(reading, &row)).collect::<Result<_, Refusal>>()?;
    let mut results: Vec<ResultLine> = Vec::new();
    for record in chart.record_ids() {
        let filter = ObligationFilter { record: Some(record), ..ObligationFilter::default() };
        for row in reading.view.obligations(&filter, OWED_LIMIT, 0)? {
            results.extend(result_line(reading, &row)?);
        }
    }
    results.sort_by_key(|line| std::cmp::Reverse(line.at));
    let head = chart.head(reading)?;
    Ok((chart.person, ReportView { head, looks, by_machine: by_machine.len(), results, cut }))
}

fn look_line(reading: &Reading<'_>, row: &AuditRow) -> Result<LookLine, Refusal> {
    let role = Role::from_code(&row.role).map_or_else(|| Words::new(&*row.role, &*row.role), Role::words);
    let name = reading.known_name_of(&row.actor)?.unwrap_or_default();
    let staff = Staff { id: &row.actor, name: &name };
    Ok(LookLine {
        at: row.at,
        who: staff_names::shown_with_role(&role, &staff, Audience::Patient),
        what: told::verb_words(&row.verb),
        why: told::purpose_words(&row.purpose),
    })
}

/// What became of one result, in plain words: its sort, never its content.
fn result_line(reading: &Reading<'_>, row: &ObligationRow) -> Result<Option<ResultLine>, Refusal> {
    let kind = ObligationKind::from_code(&row.kind);
    let told_of = matches!(
        kind,
        Some(ObligationKind::Delivery | ObligationKind::Attention | ObligationKind::Unroutable)
    );
    let Some(key) = row.resource.filter(|_| told_of) else { return Ok(None) };
    let class = match reading.view.current(key)? {
        Some(stored) => match fhir::json::parse(&stored.body) {
            Ok(Json::Object(object)) => DataClass::of(key.kind, &object),
            _ => DataClass::Other,
        },
        None => DataClass::Other,
    };
    let open = matches!(row.state, ObligationState::Open { .. });
    let outcome = match &row.state {
        ObligationState::Ended { outcome, at } => Some((outcome.as_str(), *at)),
        ObligationState::Open { .. } => None,
    };
    Ok(Some(ResultLine {
        at: row.opened,
        class,
        to: recipient(reading, row),
        became: told::became_words(kind == Some(ObligationKind::Attention), outcome.map(|(code, _)| code)),
        when: outcome.map(|(_, at)| at),
        open,
    }))
}

/// A recipient as the patient sees them: `Aoife C., Harbourview Clinic`.
fn recipient(reading: &Reading<'_>, row: &ObligationRow) -> Words {
    let (name, place) = match row.recipient.split_once(" at ") {
        Some((name, place)) => (name, place),
        None => (row.recipient.as_str(), ""),
    };
    if let Some(place) = reading.directory.place(&row.recipient_id).or_else(|| {
        reading
            .directory
            .endpoint(&row.recipient_id)
            .and_then(|endpoint| reading.directory.place(&endpoint.place))
    }) && name == place.name
    {
        return Words::new(&*place.name, &*place.name);
    }
    let shown = staff_names::shown(&Staff { id: &row.recipient, name }, Audience::Patient);
    if place.is_empty() {
        return shown;
    }
    Words::new(format!("{}, {place}", shown.en), format!("{}, {place}", shown.fr))
}

impl Sealed for Report {}
impl Look for Report {
    type View = ReportView;
    const PERMISSION: Permission = Permission::ReportToPatient;
    fn object(&self) -> String {
        format!("person/{}/own-report", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ReportView>, Refusal> {
        let (person, view) = read(reading, self.person)?;
        Ok(Seen::of(person, view))
    }
}

impl Sealed for Pages {}
impl Look for Pages {
    type View = Vec<u8>;
    const PERMISSION: Permission = Permission::ReportToPatient;
    fn object(&self) -> String {
        format!("person/{}/own-report/pages", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<u8>>, Refusal> {
        let (person, view) = read(reading, self.person)?;
        let language = if self.french { Language::French } else { Language::English };
        let whose = told::Whose {
            name: format!("{}, {}", view.head.family, view.head.given),
            born: view.head.birth_date.clone(),
            numbers: view
                .head
                .health_cards
                .iter()
                .chain(&view.head.record_numbers)
                .map(|(place, number)| format!("{number} ({place})"))
                .collect(),
        };
        let pages = told::pages(
            &whose,
            &view.looks,
            view.by_machine,
            &view.results,
            view.cut,
            language,
            reading.context.now,
        );
        Ok(Seen::of(person, pages))
    }
}
