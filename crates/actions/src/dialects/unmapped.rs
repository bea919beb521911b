//! Codes that no map knows: one task for each code of a link, for as long as it is not mapped (FEATURES IN11).

use super::Read;
use crate::obligations::{self, ended, event};
use crate::refusal::Refusal;
use clinical::codes::{CodeMap, Unmapped, Why};
use clinical::obligations::{ObligationKind, Outcome};
use clinical::words::Words;
use fhir::Instant;
use store::{
    Changes, JournalRow, Link, ObligationChange, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, Requirement, View,
};

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

/// The task of a code that is to be opened; `None` while one is open. One that ended is asked again under the number of
/// what is in use: a map that settled it may have gone, or lost the row.
fn to_open(view: &View, link: &str, key: &str, seq: i64) -> Result<Option<ObligationId>, Refusal> {
    let first = id(link, key);
    let Some(row) = view.obligation(first)? else { return Ok(Some(first)) };
    if matches!(row.state, ObligationState::Open { .. }) {
        return Ok(None);
    }
    let again = obligations::id(&[link, "unmapped", key, &seq.to_string()]);
    Ok(view.obligation(again)?.is_none().then_some(again))
}

/// Opens the tasks that are not open yet for what the files in use do not know of a message.
pub(crate) fn open(
    view: &View,
    row: &JournalRow,
    link: &Link,
    read: &Read,
    actor: &str,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    for one in &read.unmapped {
        let key = key(one);
        let Some(id) = to_open(view, &link.name, &key, read.seq)? else { continue };
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
    Ok(view.obligations(&filter, usize::MAX, 0)?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;

    #[test]
    fn a_code_whose_task_ended_is_owned_again_and_once() {
        let world = World::new("unmapped-again");
        let store = world.record.store();
        let words = Words::new("No row.", "Aucune ligne.");
        let made = |id| {
            let owed =
                clinical::obligations::unmapped_code("lab", "code|L|K|", "K", words.clone(), world.clock);
            obligations::row(id, &owed, &obligations::About::default(), world.clock)
        };
        let to_open =
            |seq| super::to_open(&store.view().expect("a view"), "lab", "code|L|K|", seq).expect("read");
        let write = |change| {
            let changes = Changes { obligations: vec![change], ..Changes::default() };
            assert!(matches!(store.settle_blocking(changes), store::Settled::Done));
        };
        let first = to_open(1).expect("a first task");
        write(ObligationChange::Open(made(first)));
        assert_eq!(to_open(1), None, "it is open");
        let outcome = Outcome::Resolved { by: "Gull".into(), how: "a row".into() };
        write(ObligationChange::Update(ended(&made(first), &outcome, world.clock)));
        let second = to_open(2).expect("the map lost its row");
        assert_ne!(second, first);
        write(ObligationChange::Open(made(second)));
        assert_eq!(to_open(2), None);
    }
}
