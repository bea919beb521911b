//! What a change of links would move, and who already acted on it: a dry run.

use super::MOST_MOVED;
use super::acts::propose;
use super::graph::Around;
use super::links::{
    Acted, Change, Compare, CompareView, Compared, DryRun, DryRunView, Moved, MovedRecord, Moves, Side, Told,
};
use super::told::Teller;
use crate::chart::{filed, moment_at};
use crate::intake::candidate;
use crate::obligations::words;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::identity::{Claim, features::compare};
use clinical::words::Words;
use fhir::{Kind, Object, PersonId, RecordId};
use std::collections::BTreeSet;
use store::{LinkEvent, ObligationFilter, ObligationState, RecordRow};

/// Audit rows of a person that are looked through for who has read.
const AUDIT_ROWS: usize = 400;
/// Most records compared at once.
const MOST_COMPARED: usize = 12;

impl Sealed for DryRun {}
impl Look for DryRun {
    type View = DryRunView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        match &self.change {
            Change::Link(a, b) => format!("identity/dry-run/link/{a}/{b}"),
            Change::KeepApart { record, from, .. } => format!("identity/dry-run/apart/{record}/{from}"),
            Change::Undo(event) => format!("identity/dry-run/undo/{event}"),
        }
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<DryRunView>, Refusal> {
        let (view, people) = match propose(reading, &self.change, "") {
            Ok(proposal) => {
                let people: BTreeSet<PersonId> = proposal.around.current.values().copied().collect();
                let moves = of(reading, &proposal.around, &proposal.said.event)?;
                (DryRunView { moves, refusal: None }, people.into_iter().collect())
            }
            Err(refusal) if refusal.kind == crate::RefusalKind::Conflict => {
                (DryRunView { moves: Moves::default(), refusal: Some(refusal.words) }, Vec::new())
            }
            Err(other) => return Err(other),
        };
        Ok(Seen { view, people })
    }
}

impl Sealed for Compare {}
impl Look for Compare {
    type View = CompareView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        let records: Vec<String> = self.records.iter().map(ToString::to_string).collect();
        format!("identity/compare/{}", records.join("+"))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CompareView>, Refusal> {
        if self.records.len() < 2 || self.records.len() > MOST_COMPARED {
            return Err(Refusal::unreadable(
                format!("Choose two to {MOST_COMPARED} records to compare."),
                format!("Choisissez de deux à {MOST_COMPARED} dossiers à comparer."),
            ));
        }
        let view = beside(reading, &self.records)?;
        let mut people: Vec<PersonId> = view.sides.iter().filter_map(|side| side.person).collect();
        people.sort_unstable();
        people.dedup();
        Ok(Seen { view, people })
    }
}

/// Records side by side, the first compared with each other one.
pub(super) fn beside(reading: &Reading<'_>, records: &[RecordId]) -> Result<CompareView, Refusal> {
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        rows.push(reading.view.record(*record)?.ok_or_else(Refusal::not_found)?);
    }
    let Some((first, others)) = rows.split_first() else { return Err(Refusal::not_found()) };
    let around = Around::of(reading.view, records, &[])?;
    let mut view = CompareView {
        sides: rows.iter().map(|row| side(reading, &around, row)).collect::<Result<_, _>>()?,
        compared: Vec::new(),
        moves: Vec::new(),
    };
    for other in others {
        view.compared.push(compared(&around, first, other));
        let change = Change::Link(first.record, other.record);
        view.moves.push(match propose(reading, &change, "") {
            Ok(proposal) => of(reading, &proposal.around, &proposal.said.event)?,
            Err(_) => Moves::default(),
        });
    }
    Ok(view)
}

fn compared(around: &Around, first: &RecordRow, other: &RecordRow) -> Compared {
    let claims = candidate(first).zip(candidate(other));
    let (evidence, weight) = claims.map_or((Vec::new(), 0.0), |(a, b)| {
        let found = compare(&a.claim, &b.claim);
        let weight = found.bits();
        (found.evidence(), weight)
    });
    Compared { evidence, weight, kept_apart: kept_apart(around, first.record, other.record) }
}

/// Who decided that two records' persons are two, when and why.
pub(super) fn kept_apart(around: &Around, a: RecordId, b: RecordId) -> Option<Words> {
    let joined = |one, other| around.persons.joined(one, other);
    let apart = around.persons.apart.iter().find(|apart| {
        (joined(apart.record, a) && joined(apart.other, b))
            || (joined(apart.record, b) && joined(apart.other, a))
    })?;
    around.event(apart.by).map(said_by)
}

/// `Sorrel, Émile, 2026-11-22 14:05: two cards on the table`.
pub(super) fn said_by(event: &LinkEvent) -> Words {
    let when = event.at.to_string();
    let when = when.get(..16).unwrap_or_default().replace('T', " ");
    let who = telling::actor(&event.actor);
    let why = super::graph::Reason::read(&event.reason).words.unwrap_or_else(|| Words::new("", ""));
    Words::new(
        format!("{}, {when}: {}", who.en, why.en).trim_end_matches(": ").to_owned(),
        format!("{}, {when} : {}", who.fr, why.fr).trim_end_matches(" : ").to_owned(),
    )
}

/// A record as one side of a comparison.
pub(super) fn side(reading: &Reading<'_>, around: &Around, row: &RecordRow) -> Result<Side, Refusal> {
    let mut with = Vec::new();
    for other in around.records_of(row.person) {
        if other != row.record
            && let Some(other) = reading.view.record(other)?
        {
            with.push((other.authority, other.value));
        }
    }
    let born =
        around.events.iter().find(|event| event.record == row.record && event.sort == store::LinkSort::Born);
    Ok(Side {
        record: Some(row.record),
        person: Some(row.person),
        authority: row.authority.clone(),
        value: row.value.clone(),
        claim: claim_of(row),
        custodian: row.custodian.clone(),
        since: around.tied_by(row.record).or(born).map(|event| event.at),
        heard: Some(row.claim_as_of),
        with,
    })
}

/// What is remembered of a record; empty when it was written by another version.
pub(super) fn claim_of(row: &RecordRow) -> Claim {
    serde_json::from_str(&row.claim).unwrap_or_default()
}

/// What an event moves.
pub(super) fn of(reading: &Reading<'_>, around: &Around, event: &LinkEvent) -> Result<Moves, Refusal> {
    let mut moves = Moves::default();
    let mut from = BTreeSet::new();
    for moved in &event.moves {
        let row = reading.view.record(moved.record)?;
        let (authority, value) = row.map(|row| (row.authority, row.value)).unwrap_or_default();
        moves.records.push(MovedRecord {
            record: moved.record,
            authority,
            value,
            from: moved.from,
            to: moved.to,
        });
        from.insert(moved.from);
        count(reading, moved.record, Kind::DiagnosticReport, &mut moves.results)?;
        count(reading, moved.record, Kind::ServiceRequest, &mut moves.orders)?;
        count(reading, moved.record, Kind::DocumentReference, &mut moves.letters)?;
        count(reading, moved.record, Kind::Encounter, &mut moves.visits)?;
        moves.deliveries += number(reading.view.count_of_deliveries(moved.record)?);
        acknowledged(reading, moved.record, &mut moves.acted)?;
    }
    for list in [&mut moves.results, &mut moves.orders, &mut moves.letters, &mut moves.visits] {
        list.newest.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        list.newest.truncate(MOST_MOVED);
    }
    for person in from {
        readers(reading, person, &mut moves.acted)?;
    }
    moves.acted.sort_by_key(|acted| std::cmp::Reverse(acted.at));
    moves.acted.truncate(MOST_MOVED);
    let custodian = String::new();
    let teller = Teller {
        view: reading.view,
        directory: reading.directory,
        now: reading.context.now,
        custodian: &custodian,
        message: None,
    };
    moves.told = teller
        .due(around, event, "")?
        .into_iter()
        .map(|due| Told {
            destination: destination_words(reading, &due.destination),
            trigger: due.trigger.to_owned(),
            state: None,
            obligation: None,
        })
        .collect();
    Ok(moves)
}

/// An endpoint by the name of its place.
pub(super) fn destination_words(reading: &Reading<'_>, destination: &str) -> Words {
    let place = reading
        .directory
        .endpoint(destination)
        .and_then(|endpoint| reading.directory.place(&endpoint.place))
        .map_or(destination, |place| place.name.as_str());
    Words::new(place, place)
}

fn number(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn count(reading: &Reading<'_>, record: RecordId, kind: Kind, into: &mut Moved) -> Result<(), Refusal> {
    into.count += number(reading.view.count_of_kind(record, kind)?);
    for stored in reading.view.resources_of(record, kind, MOST_MOVED)? {
        let at = stored.as_of;
        let filed = filed(stored)?;
        let when = ["effectiveDateTime", "date", "authoredOn", "period"];
        let at = when.iter().find_map(|path| moment_at(&filed.object, path)).unwrap_or(at);
        into.newest.push((title(&filed.object), at));
    }
    Ok(())
}

fn title(object: &Object) -> String {
    let shown = |path: &str| object.concept(path).and_then(|concept| concept.shown().map(str::to_owned));
    shown("code")
        .or_else(|| shown("type"))
        .or_else(|| object.text("class.display").map(str::to_owned))
        .or_else(|| object.text("class.code").map(str::to_owned))
        .unwrap_or_default()
}

/// Practitioners who took note of a report of the record.
fn acknowledged(reading: &Reading<'_>, record: RecordId, acted: &mut Vec<Acted>) -> Result<(), Refusal> {
    let filter = ObligationFilter {
        open: Some(false),
        kind: Some("attention".to_owned()),
        record: Some(record),
        ..ObligationFilter::default()
    };
    for row in reading.view.obligations(&filter, AUDIT_ROWS, 0)? {
        let ObligationState::Ended { outcome, at } = &row.state else { continue };
        if outcome == "opened" {
            let title = &row.subject;
            acted.push(Acted {
                who: telling::recipient(reading.directory, &row.recipient),
                what: Words::new(format!("has {title}"), format!("a pris acte de {title}")),
                at: *at,
            });
        }
    }
    Ok(())
}

/// Who read the chart of a person, each once with the last time.
fn readers(reading: &Reading<'_>, person: PersonId, acted: &mut Vec<Acted>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (_, row) in reading.view.audit_of_person(person, AUDIT_ROWS)? {
        let what = match row.verb.as_str() {
            "read-results" => Words::new("read results", "a lu des résultats"),
            "read-chart" => Words::new("read the chart", "a lu le dossier"),
            _ => continue,
        };
        if seen.insert((row.actor.clone(), row.verb.clone())) {
            acted.push(Acted { who: Words::new(row.actor.clone(), row.actor), what, at: row.at });
        }
    }
    Ok(())
}

/// Why an event is, in words; the first version wrote plain ones.
pub(super) fn reason_words(event: &LinkEvent) -> Words {
    match super::graph::Reason::read(&event.reason).words {
        Some(words) => words,
        None if event.reason.contains("\"evidence\"") => Words::new("", ""),
        None => words(&event.reason),
    }
}
