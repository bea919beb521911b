//! The messages that tell other systems of a change of links (FEATURES ID5): whoever was sent something of a record
//! must know when that record comes to another person. They go through the outbox like reports, in order with them.

use super::graph::Around;
use crate::intake::hl7_time;
use crate::obligations::{self, About};
use crate::refusal::Refusal;
use clinical::directory::{Directory, EndpointKind};
use clinical::identity::{Claim, Identifier, IdentifierSort, Sex, cards};
use clinical::routing::{Route, Target};
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId, ResourceKey};
use hl7v2::Builder;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Changes, LinkEvent, LinkSort, MessageId, NoticeRow, ObligationChange, OutboxChange, OutboxId, OutboxKind,
    OutboxRow, OutboxState, Requirement, View,
};

/// MSH-3 and MSH-4 of what we say of our own.
const APPLICATION: &str = "OPOR";
const FACILITY: &str = "IDENTITY";
/// Who opens the obligations.
const ACTOR: &str = "opor identity";
/// Numbers of a person that go into one message; nobody has more.
const MOST_NUMBERS: usize = 200;

/// Tells systems.
pub(crate) struct Teller<'a> {
    /// What is on file.
    pub(crate) view: &'a View,
    /// Where systems are.
    pub(crate) directory: &'a Directory,
    /// When.
    pub(crate) now: Instant,
    /// Custodian of the change.
    pub(crate) custodian: &'a str,
    /// The message that caused it, if one did.
    pub(crate) message: Option<MessageId>,
}

/// A system that must be told, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// Endpoint.
    pub(crate) destination: String,
    /// Trigger event.
    pub(crate) trigger: &'static str,
    /// The patient of the message: records that stay or survive; the first one's facts are stated.
    about: Vec<RecordId>,
    /// The other records: MRG, or the second PID.
    other: Vec<RecordId>,
    /// Records whose later deliveries wait.
    records: Vec<RecordId>,
}

impl Teller<'_> {
    /// Queues a message to every system that holds something of a record that moves, or of the person it comes to or
    /// leaves.
    pub(crate) fn tell(
        &self,
        around: &Around,
        event: &LinkEvent,
        said: &str,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        for due in self.due(around, event, said)? {
            self.queue(&due, event, changes)?;
        }
        Ok(())
    }

    /// Who must be told of an event, and what. `around` is what stood before it.
    pub(crate) fn due(&self, around: &Around, event: &LinkEvent, said: &str) -> Result<Vec<Due>, Refusal> {
        let mut groups: BTreeMap<(PersonId, PersonId), Vec<RecordId>> = BTreeMap::new();
        for moved in &event.moves {
            groups.entry((moved.from, moved.to)).or_default().push(moved.record);
        }
        let moved: BTreeSet<RecordId> = event.moves.iter().map(|moved| moved.record).collect();
        let left = |person: PersonId| -> Vec<RecordId> {
            around.records_of(person).into_iter().filter(|record| !moved.contains(record)).collect()
        };
        let mut dues = Vec::new();
        for ((from, to), movers) in groups {
            for (others, joined) in [(left(to), true), (left(from), false)] {
                if !others.is_empty() {
                    self.of_group(&others, &movers, joined, event, said, &mut dues)?;
                }
            }
        }
        Ok(dues)
    }

    fn of_group(
        &self,
        others: &[RecordId],
        movers: &[RecordId],
        joined: bool,
        event: &LinkEvent,
        said: &str,
        dues: &mut Vec<Due>,
    ) -> Result<(), Refusal> {
        let (known_others, known_movers) = (self.holders(others)?, self.holders(movers)?);
        let destinations: BTreeSet<&String> = known_others.keys().chain(known_movers.keys()).collect();
        let renumbered = matches!(said, "A46" | "A47") && event.sort == LinkSort::Same;
        for destination in destinations {
            if !self.is_served(destination) {
                continue;
            }
            let (theirs, ours) = (known_others.get(destination), known_movers.get(destination));
            let all = || others.iter().chain(movers).copied().collect::<Vec<_>>();
            let due = |trigger, about: &[RecordId], other: &[RecordId]| Due {
                destination: destination.clone(),
                trigger,
                about: about.to_vec(),
                other: other.to_vec(),
                records: all(),
            };
            dues.push(match (joined, theirs, ours) {
                (true, Some(theirs), Some(ours)) => due("A40", theirs, ours),
                // Its number was changed: whoever has it under the former one only is told both.
                (true, None, Some(ours)) if renumbered => due("A47", others, ours),
                (true, Some(theirs), None) if renumbered => due("A47", movers, theirs),
                (true, Some(known), None) => due("A31", known, movers),
                (true, None, Some(known)) => due("A31", known, others),
                (false, Some(theirs), Some(ours)) => due("A37", theirs, ours),
                (false, Some(known), None) | (false, None, Some(known)) => due("A31", known, &[]),
                (_, None, None) => continue,
            });
        }
        Ok(())
    }

    /// Which of the records each system holds something of.
    fn holders(&self, records: &[RecordId]) -> Result<BTreeMap<String, Vec<RecordId>>, Refusal> {
        let mut holders: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
        for record in records {
            for destination in self.view.destinations_holding(*record)? {
                holders.entry(destination).or_default().push(*record);
            }
        }
        Ok(holders)
    }

    fn is_served(&self, destination: &str) -> bool {
        self.directory.endpoint(destination).is_some_and(|endpoint| endpoint.kind == EndpointKind::Mllp)
    }

    /// Before a system is sent the first thing of a record whose person it knows by another one: the numbers of that
    /// person. To be called before the delivery is queued.
    pub(crate) fn introduce(
        &self,
        record: RecordId,
        person: PersonId,
        destination: &str,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        if self.view.is_known_to(record, destination)? {
            return Ok(());
        }
        let queued =
            changes.notices.iter().any(|n| n.destination == destination && n.records.contains(&record));
        let others: Vec<RecordId> = self
            .view
            .records_of_person(person)?
            .into_iter()
            .map(|row| row.record)
            .filter(|other| *other != record)
            .collect();
        if queued || others.is_empty() || !self.is_served(destination) {
            return Ok(());
        }
        let mut known = Vec::new();
        for other in &others {
            if self.view.is_known_to(*other, destination)? {
                known.push(*other);
            }
        }
        if known.is_empty() {
            return Ok(());
        }
        // Whose numbers these are must not have changed by the time it is queued.
        changes.requires.push(Requirement::PersonEpochIs(person, self.view.person_epoch(person)?));
        let records = known.iter().copied().chain([record]).collect();
        let due = Due {
            destination: destination.to_owned(),
            trigger: "A31",
            about: known,
            other: vec![record],
            records,
        };
        self.queue(&due, &LinkEvent::born(record, person, None, self.now), changes)
    }

    fn queue(&self, due: &Due, event: &LinkEvent, changes: &mut Changes) -> Result<(), Refusal> {
        let Some(first) = due.about.first() else { return Ok(()) };
        let endpoint = self.directory.endpoint(&due.destination);
        let place = endpoint.and_then(|endpoint| self.directory.place(&endpoint.place));
        let name = place.map_or_else(|| due.destination.clone(), |place| place.name.clone());
        let because = because(due.trigger);
        let route = Route {
            target: Target::Endpoint {
                practitioner: String::new(),
                place: endpoint.map(|endpoint| endpoint.place.clone()).unwrap_or_default(),
                endpoint: due.destination.clone(),
                name,
            },
            responsible: false,
            because,
            is_stated: false,
        };
        let Some(owed) = clinical::obligations::delivery(due.trigger, &route, self.now) else {
            return Ok(());
        };
        let patient = ResourceKey::patient(*first);
        let moment = event.at.0.to_string();
        let (record, other) =
            (event.record.to_string(), event.other.map(|other| other.to_string()).unwrap_or_default());
        let cause = event.message.or(self.message).map(|message| message.to_string()).unwrap_or_default();
        let id = obligations::id(&[
            &patient.to_string(),
            "identity",
            due.trigger,
            &due.destination,
            &moment,
            &record,
            &other,
            &cause,
        ]);
        let control_id = format!("R{id}");
        let body = self.message_of(due, event, &control_id, changes)?;
        let about = About {
            resource: Some((patient, 0)),
            record: Some(*first),
            message: event.message.or(self.message),
            subject: Some(due.trigger.to_owned()),
            custodian: self.custodian.to_owned(),
            ..Default::default()
        };
        let row = obligations::row(id, &owed, &about, self.now);
        let opened = obligations::opened(&row, ACTOR);
        changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(opened)]);
        changes.notices.push(NoticeRow {
            obligation: id,
            destination: due.destination.clone(),
            trigger: due.trigger.to_owned(),
            records: due.records.clone(),
            body,
        });
        changes.outbox.push(OutboxChange::Queue(OutboxRow {
            kind: OutboxKind::Identity,
            id: OutboxId(0),
            destination: due.destination.clone(),
            record: *first,
            message: event.message.or(self.message).unwrap_or(MessageId(0)),
            report: patient,
            version: 0,
            obligation: id,
            control_id,
            state: OutboxState::Waiting,
            attempts: 0,
            next: self.now,
            offered_digest: Vec::new(),
            last: String::new(),
        }));
        Ok(())
    }

    fn claim(&self, record: RecordId, changes: &Changes) -> Result<Option<Claim>, Refusal> {
        let row = match changes.records.iter().rfind(|row| row.record == record) {
            Some(row) => Some(row.clone()),
            None => self.view.record(record)?,
        };
        Ok(row.and_then(|row| serde_json::from_str(&row.claim).ok()))
    }

    /// The bytes: ADT A31 (ADT_A05), A37 (ADT_A37), A40 (ADT_A39), A47 (ADT_A30) of HL7 v2.5.1 chapter 3.
    fn message_of(
        &self,
        due: &Due,
        event: &LinkEvent,
        control_id: &str,
        changes: &Changes,
    ) -> Result<Vec<u8>, Refusal> {
        let structure = match due.trigger {
            "A37" => "ADT_A37",
            "A40" => "ADT_A39",
            "A47" => "ADT_A30",
            _ => "ADT_A05",
        };
        let (now, happened) = (hl7_time(self.now), hl7_time(event.as_of));
        let mut message = Builder::new()
            .field(3, APPLICATION)
            .field(4, FACILITY)
            .field(6, &due.destination)
            .field(7, &now)
            .comps(9, &["ADT", due.trigger, structure])
            .field(10, control_id)
            .field(11, "P")
            .field(12, "2.5.1")
            .field(18, "UNICODE UTF-8")
            .segment("EVN")
            .field(1, due.trigger)
            .field(2, &now)
            .field(6, &happened);
        let (about, other) = (self.numbers(&due.about, changes)?, self.numbers(&due.other, changes)?);
        let mut listed = about;
        if due.trigger == "A31" {
            listed.extend(other.iter().cloned());
        }
        message = self.patient(message, 1, &due.about, &listed, changes)?;
        match due.trigger {
            "A37" => message = self.patient(message, 2, &due.other, &other, changes)?,
            "A40" | "A47" => {
                message = message.segment("MRG");
                for number in &other {
                    message = message.rep(1, &components(number).each_ref().map(String::as_str));
                }
                if let Some(claim) =
                    due.other.first().map(|record| self.claim(*record, changes)).transpose()?.flatten()
                    && let Some(name) = claim.names.first()
                {
                    message = message.comps(7, &[&name.family, &name.given, &name.middle]);
                }
            }
            // ADT_A05 has a visit; this is about none.
            _ => message = message.segment("PV1").field(1, "1").field(2, "N"),
        }
        message.build().map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))
    }

    /// Numbers of the records: their own first, then cards, each once.
    fn numbers(&self, records: &[RecordId], changes: &Changes) -> Result<Vec<Identifier>, Refusal> {
        let (mut own, mut all) = (Vec::new(), Vec::new());
        for record in records {
            let Some(claim) = self.claim(*record, changes)? else { continue };
            own.extend(claim.own);
            let cards = |identifier: &Identifier| identifier.sort == IdentifierSort::HealthCard;
            all.extend(claim.identifiers.into_iter().filter(cards));
        }
        let mut numbers: Vec<Identifier> = Vec::new();
        for number in own.into_iter().chain(all) {
            if !numbers.contains(&number) && numbers.len() < MOST_NUMBERS {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    fn patient(
        &self,
        message: Builder,
        number: usize,
        records: &[RecordId],
        numbers: &[Identifier],
        changes: &Changes,
    ) -> Result<Builder, Refusal> {
        let mut message = message.segment("PID").field(1, &number.to_string());
        for identifier in numbers {
            message = message.rep(3, &components(identifier).each_ref().map(String::as_str));
        }
        let claim = records.first().map(|record| self.claim(*record, changes)).transpose()?.flatten();
        let Some(claim) = claim else { return Ok(message) };
        for name in &claim.names {
            message = message.rep(5, &[&name.family, &name.given, &name.middle, "", "", "", &name.use_code]);
        }
        let sex = match claim.sex {
            Sex::Male => "M",
            Sex::Female => "F",
            Sex::Other => "O",
            Sex::Unknown => "U",
        };
        Ok(message.field(7, &claim.birth_date.replace('-', "")).field(8, sex))
    }
}

/// CX: number, issuer, type (HL7 v2.5.1 2.A.14).
fn components(identifier: &Identifier) -> [String; 5] {
    let (authority, sort) = match identifier.sort {
        IdentifierSort::HealthCard => (cards::issuer_code(identifier), "JHN"),
        IdentifierSort::RecordNumber => (identifier.authority.clone(), "MR"),
        IdentifierSort::Other => (identifier.authority.clone(), ""),
    };
    [identifier.value.clone(), String::new(), String::new(), authority, sort.to_owned()]
}

fn because(trigger: &str) -> Words {
    let (en, fr) = match trigger {
        "A40" => (
            "Was sent something of both records, which are one person now.",
            "A reçu quelque chose des deux dossiers, qui sont maintenant une même personne.",
        ),
        "A37" => (
            "Was sent something of both records, which are not one person any more.",
            "A reçu quelque chose des deux dossiers, qui ne sont plus une même personne.",
        ),
        "A47" => (
            "Was sent something of this patient, whose number was changed.",
            "A reçu quelque chose de ce patient, dont le numéro a changé.",
        ),
        _ => (
            "Was sent something of this person, whose numbers are others now.",
            "A reçu quelque chose de cette personne, dont les numéros ne sont plus les mêmes.",
        ),
    };
    Words::new(en, fr)
}

/// A notice in a list of deliveries.
pub(crate) fn words(trigger: &str) -> Words {
    let (en, fr) = match trigger {
        "A40" => ("Two records are one person (A40)", "Deux dossiers, une même personne (A40)"),
        "A37" => ("Two records are not one person (A37)", "Deux dossiers, deux personnes (A37)"),
        "A47" => ("A number was changed (A47)", "Un numéro a changé (A47)"),
        "A31" => ("Numbers of a person (A31)", "Numéros d'une personne (A31)"),
        other => (other, other),
    };
    Words::new(en, fr)
}
