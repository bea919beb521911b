//! The records of a person and every event about them, today or on a past day, from the same rows.

use super::graph::{Around, Reason};
use super::links::{ApartLine, EventLine, History, HistoryView, Side, Told, ToldState};
use super::moves::{claim_of, destination_words, reason_words, said_by};
use crate::chart;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use store::{LinkBasis, LinkEvent, LinkSort, OutboxFilter, OutboxKind, OutboxState, RecordRow};

/// Notices of one record that are looked through.
const NOTICES_LIMIT: usize = 1_000;

impl Sealed for History {}
impl Look for History {
    type View = HistoryView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        match self.as_of {
            Some(at) => format!("person/{}/links?at={at}", self.person),
            None => format!("person/{}/links", self.person),
        }
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<HistoryView>, Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let at = self.as_of.unwrap_or(now);
        let past = at < now;
        let mut person = self.person;
        let mut records = records_at(reading, person, at, past)?;
        if records.is_empty() {
            // A number that was joined to another person: whose is its first record?
            let first = RecordId::from_i64(person.as_i64());
            let found =
                if past { view.person_of(first, at)? } else { view.record(first)?.map(|row| row.person) };
            person = found.ok_or_else(Refusal::not_found)?;
            records = records_at(reading, person, at, past)?;
        }
        if records.is_empty() {
            return Err(Refusal::not_found());
        }
        let around = Around::of(view, &records, &[])?;
        let labels = labels(reading, &around)?;
        let label = |record: RecordId| labels.get(&record).cloned().unwrap_or_default();
        let mine: BTreeSet<RecordId> = records.iter().copied().collect();
        let concerns = |event: &&LinkEvent| {
            event.at <= at
                && (mine.contains(&event.record)
                    || event.other.is_some_and(|other| mine.contains(&other))
                    || event.moves.iter().any(|moved| mine.contains(&moved.record)))
        };
        let notices = notices(reading, &around)?;
        let mut events = Vec::new();
        for event in around.events.iter().filter(concerns) {
            events.push(line(event, &around, past, &label, &notices));
        }
        events.reverse();
        let apart = around
            .persons
            .apart
            .iter()
            .filter(|apart| mine.contains(&apart.record) || mine.contains(&apart.other))
            .filter_map(|apart| {
                let event = around.event(apart.by).filter(|event| event.at <= at)?;
                Some(ApartLine {
                    record: (apart.record, label(apart.record)),
                    other: (apart.other, label(apart.other)),
                    words: said_by(event),
                    event: event.id,
                })
            })
            .collect();
        let today = chart::gather(reading, person).ok();
        let banner = today.map(|chart| chart.head(reading)).transpose()?;
        let sides = records
            .iter()
            .map(|record| side(reading, &around, *record, person, at))
            .collect::<Result<Vec<Option<Side>>, Refusal>>()?;
        let sides = sides.into_iter().flatten().collect();
        Ok(Seen::of(person, HistoryView { banner, person, records: sides, events, apart }))
    }
}

fn records_at(
    reading: &Reading<'_>,
    person: PersonId,
    at: Instant,
    past: bool,
) -> Result<Vec<RecordId>, Refusal> {
    if past {
        return Ok(reading.view.records_of_person_at(person, at)?);
    }
    Ok(reading.view.records_of_person(person)?.into_iter().map(|row| row.record).collect())
}

pub(super) fn labels(reading: &Reading<'_>, around: &Around) -> Result<BTreeMap<RecordId, String>, Refusal> {
    let mut labels = BTreeMap::new();
    for record in around.current.keys() {
        if let Some(row) = reading.view.record(*record)? {
            labels.insert(*record, label(&row));
        }
    }
    Ok(labels)
}

fn label(row: &RecordRow) -> String {
    format!("{} {}", row.authority, row.value).trim().to_owned()
}

fn side(
    reading: &Reading<'_>,
    around: &Around,
    record: RecordId,
    person: PersonId,
    at: Instant,
) -> Result<Option<Side>, Refusal> {
    let Some(row) = reading.view.record(record)? else { return Ok(None) };
    let since = around
        .events
        .iter()
        .filter(|event| event.at <= at && event.applied)
        .filter(|event| {
            (event.sort == LinkSort::Born && event.record == record)
                || event.moves.iter().any(|moved| moved.record == record && moved.to == person)
        })
        .map(|event| event.at)
        .next_back();
    Ok(Some(Side {
        record: Some(record),
        person: Some(person),
        authority: row.authority.clone(),
        value: row.value.clone(),
        claim: claim_of(&row),
        custodian: row.custodian.clone(),
        since,
        heard: Some(row.claim_as_of),
        with: Vec::new(),
    }))
}

/// A system that was told, with the records it was told of and when.
pub(super) struct Notice {
    at: Instant,
    records: Vec<RecordId>,
    told: Told,
}

fn notices(reading: &Reading<'_>, around: &Around) -> Result<Vec<Notice>, Refusal> {
    let mut found = Vec::new();
    for record in around.current.keys() {
        let filter = OutboxFilter { record: Some(*record), ..OutboxFilter::default() };
        for row in reading.view.outbox(&filter, NOTICES_LIMIT)? {
            if row.kind != OutboxKind::Identity {
                continue;
            }
            let Some(notice) = reading.view.notice(row.obligation)? else { continue };
            let Some(owed) = reading.view.obligation(row.obligation)? else { continue };
            found.push(Notice {
                at: owed.opened,
                records: notice.records,
                told: Told {
                    destination: destination_words(reading, &row.destination),
                    trigger: notice.trigger,
                    state: Some(match row.state {
                        OutboxState::Waiting => ToldState::Waiting,
                        OutboxState::Acknowledged => ToldState::Acknowledged,
                        OutboxState::Refused => ToldState::Refused,
                        OutboxState::Closed => ToldState::Closed,
                    }),
                    obligation: Some(row.obligation),
                },
            });
        }
    }
    Ok(found)
}

pub(super) fn line(
    event: &LinkEvent,
    around: &Around,
    past: bool,
    label: &dyn Fn(RecordId) -> String,
    notices: &[Notice],
) -> EventLine {
    let records: Vec<RecordId> =
        [event.record].into_iter().chain(event.other.filter(|other| *other != event.record)).collect();
    let in_force = around.in_force(event);
    let told = notices
        .iter()
        .filter(|notice| {
            notice.at == event.at && notice.records.iter().any(|record| records.contains(record))
        })
        .map(|notice| notice.told.clone())
        .collect();
    EventLine {
        id: event.id,
        at: event.at,
        what: what(event, around),
        records: records.iter().map(|record| (*record, label(*record))).collect(),
        who: who(event),
        why: reason_words(event),
        evidence: Reason::read(&event.reason).evidence,
        score: event.score.map(|hundredths| hundredths as f64 / 100.0),
        message: event.message,
        in_force,
        can_undo: !past && event.other.is_some() && in_force,
        told,
    }
}

fn what(event: &LinkEvent, around: &Around) -> Words {
    if !event.applied {
        return Words::new(
            "Said, and not followed: a person decides",
            "Dit, et non suivi : une personne décide",
        );
    }
    match event.sort {
        LinkSort::Born if event.other.is_none() => Words::new("New record", "Nouveau dossier"),
        LinkSort::Born => Words::new("New record, linked", "Nouveau dossier, lié"),
        LinkSort::Same if event.moves.is_empty() => {
            Words::new("Confirmed as one person", "Confirmé comme une seule personne")
        }
        LinkSort::Same => Words::new("Linked", "Lié"),
        LinkSort::Apart if event.moves.is_empty() => {
            Words::new("Kept apart: two people", "Gardés séparés : deux personnes")
        }
        LinkSort::Apart => Words::new("Unlinked and kept apart: two people", "Séparés : deux personnes"),
        LinkSort::Parted => Words::new("Unlinked by the sender", "Délié par l'expéditeur"),
        LinkSort::Undo => {
            let undone = event.undoes.and_then(|undone| around.event(undone.0));
            match undone.map(|undone| undone.sort) {
                Some(LinkSort::Apart) => Words::new("\"Two people\" undone", "« Deux personnes » annulé"),
                Some(LinkSort::Undo) => Words::new("Undoing undone", "Annulation annulée"),
                _ => Words::new("Link undone", "Lien annulé"),
            }
        }
    }
}

fn who(event: &LinkEvent) -> Words {
    let who = telling::actor(&event.actor);
    match event.basis {
        LinkBasis::Human => who,
        LinkBasis::Machine if event.rule.is_empty() => who,
        LinkBasis::Machine => Words::new(
            format!("{}, rule {}", who.en, event.rule),
            format!("{}, règle {}", who.fr, event.rule),
        ),
        LinkBasis::Sender => {
            let trigger = Reason::read(&event.reason).trigger;
            Words::new(format!("The sender, {trigger}"), format!("L'expéditeur, {trigger}"))
        }
    }
}
