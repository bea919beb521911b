//! Codes that no map knows: one task for each code of a link, for as long as it is not mapped (FEATURES IN11).

use crate::obligations::{self, ended, event};
use crate::refusal::Refusal;
use clinical::codes::{CodeMap, Unmapped, Why};
use clinical::obligations::{ObligationKind, Outcome};
use clinical::words::Words;
use fhir::Instant;
use store::{
    Changes, JournalRow, Link, ObligationChange, ObligationFilter, ObligationId, ObligationRow, Requirement,
    View,
};

/// Tasks read at once.
const MOST: usize = 5_000;
/// Between the parts of a code in the key of its task.
const PART: char = '|';

/// What tells a code from the link's others.
fn key(one: &Unmapped) -> String {
    let unit = if let Why::OtherUnit(unit) = &one.why { unit.as_str() } else { "" };
    let sort = if one.why == Why::NoUnit { "unit" } else { "code" };
    [sort, &one.system, &one.code, unit].join(&PART.to_string())
}

fn id(link: &str, key: &str) -> ObligationId {
    obligations::id(&[link, "unmapped", key])
}

/// In words: where it stands, why it is a task.
fn reason(one: &Unmapped) -> Words {
    let name = if one.text.is_empty() { String::new() } else { format!(" ({})", one.text) };
    let (code, place, system) = (&one.code, &one.place, &one.system);
    match &one.why {
        Why::NoRow => Words::new(
            format!(
                "{place}: code {code}{name} of \"{system}\" has no row in the code map. It is shown in the sender's words."
            ),
            format!(
                "{place} : le code {code}{name} de « {system} » n'a pas de ligne dans la table. Il est montré dans les mots de l'expéditeur."
            ),
        ),
        Why::OtherUnit(unit) if unit.is_empty() => Words::new(
            format!(
                "{place}: code {code}{name} of \"{system}\" came without a unit, and its rows are told apart by units."
            ),
            format!(
                "{place} : le code {code}{name} de « {system} » est venu sans unité, et ses lignes se distinguent par l'unité."
            ),
        ),
        Why::OtherUnit(unit) => Words::new(
            format!(
                "{place}: code {code}{name} of \"{system}\" has no row in {unit}. In another unit it is another test."
            ),
            format!(
                "{place} : le code {code}{name} de « {system} » n'a pas de ligne en {unit}. Dans une autre unité, c'est une autre analyse."
            ),
        ),
        Why::NoUnit => Words::new(
            format!(
                "{place}: unit {code} is not UCUM and the code map does not say what it is. It stays as sent."
            ),
            format!(
                "{place} : l'unité {code} n'est pas de l'UCUM et la table ne dit pas ce qu'elle est. Elle reste telle quelle."
            ),
        ),
    }
}

/// Opens the tasks that are not open yet.
pub(crate) fn open(
    view: &View,
    row: &JournalRow,
    link: &Link,
    unmapped: &[Unmapped],
    actor: &str,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    for one in unmapped {
        let key = key(one);
        let id = id(&link.name, &key);
        if view.obligation(id)?.is_some() {
            continue;
        }
        let owed = clinical::obligations::unmapped_code(&link.name, &key, &one.code, reason(one), now);
        let about = obligations::About {
            message: Some(row.id),
            subject: Some(format!("{} {}", one.code, one.text).trim_end().to_owned()),
            custodian: link.custodian.clone(),
            ..obligations::About::default()
        };
        let made = obligations::row(id, &owed, &about, now);
        let first = obligations::opened(&made, actor);
        changes.obligations.extend([ObligationChange::Open(made), ObligationChange::Event(first)]);
    }
    Ok(())
}

/// Tasks that are open.
pub(crate) fn waiting(view: &View) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::UnmappedCode.code().to_owned()),
        ..ObligationFilter::default()
    };
    Ok(view.obligations(&filter, MOST, 0)?)
}

/// Ends the tasks that a map settles.
pub(crate) fn settle(
    view: &View,
    codes: &CodeMap,
    by: &str,
    now: Instant,
    changes: &mut Changes,
) -> Result<usize, Refusal> {
    let mut settled = 0;
    for row in waiting(view)? {
        let parts: Vec<&str> = row.recipient_id.split(PART).collect();
        let [sort, system, code, unit] = parts.as_slice() else { continue };
        let known = match *sort {
            "unit" => codes.units.contains_key(*code),
            _ => codes.forward(system, code, unit).is_some(),
        };
        if !known || !is_about(view, &row, codes)? {
            continue;
        }
        let words = Words::new(
            format!("{} version {} has a row for it.", codes.name, codes.version),
            format!("{} version {} a une ligne pour ce code.", codes.name, codes.version),
        );
        let outcome = Outcome::Resolved { by: by.to_owned(), how: words.en.clone() };
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.push(event(row.id, now, by, outcome.code(), &words));
        changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        settled += 1;
    }
    Ok(settled)
}

/// Whether the map is about the sender of the message that a task comes from.
fn is_about(view: &View, row: &ObligationRow, codes: &CodeMap) -> Result<bool, Refusal> {
    let Some(journal) = row.message.map(|id| view.message(id)).transpose()?.flatten() else {
        return Ok(false);
    };
    let Ok(message) = hl7v2::Message::parse(journal.raw) else { return Ok(false) };
    let header = message.header();
    let (application, facility) = (header.sending_application(), header.sending_facility());
    Ok(codes.binds.covers(&row.recipient, &application, &facility))
}
