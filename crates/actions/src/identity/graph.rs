//! The link events around some records, whose they are by them, and what a further event would do.

use crate::refusal::Refusal;
use clinical::identity::Evidence;
use clinical::links::{self, Apart, Basis, Persons, Sort, Statement};
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{LinkBasis, LinkEvent, LinkMove, LinkSort, Requirement, View};

/// Records that hang together by anything ever said of them; more than anybody has is a mistake to be looked at.
const MOST_RECORDS: usize = 5_000;

/// Why, as a link event keeps it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Reason {
    /// In words.
    #[serde(default)]
    pub(crate) words: Option<Words>,
    /// Feature by feature.
    #[serde(default)]
    pub(crate) evidence: Vec<Evidence>,
    /// The sender's trigger event.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) trigger: String,
    /// Ids of the people who decided: one, or two who agreed. Names are not told apart by machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) by: Vec<String>,
}

impl Reason {
    pub(crate) fn said(words: Words) -> Self {
        Self { words: Some(words), ..Self::default() }
    }
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
    pub(crate) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }
}

/// Everything said of some records and of those that were ever named with them.
#[derive(Debug, Clone)]
pub(crate) struct Around {
    /// Events, oldest first; those of the same change last, without a number.
    pub(crate) events: Vec<LinkEvent>,
    statements: Vec<Statement>,
    /// Where they lead.
    pub(crate) persons: Persons,
    /// Whose the records are on file.
    pub(crate) current: BTreeMap<RecordId, PersonId>,
}

/// An event made whole by what stands around it.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The event with what it moves.
    pub(crate) event: LinkEvent,
    /// What keeps it from counting.
    pub(crate) conflict: Option<Apart>,
    /// Whether it counts among what senders say of the two, or a later statement took its place.
    pub(crate) in_force: bool,
}

impl Around {
    /// `unsettled` are link events of the same change, which no view shows yet.
    pub(crate) fn of(view: &View, records: &[RecordId], unsettled: &[LinkEvent]) -> Result<Self, Refusal> {
        let mut roots: BTreeSet<RecordId> = records.iter().copied().collect();
        for event in unsettled {
            roots.extend([event.record].into_iter().chain(event.other));
        }
        let roots: Vec<RecordId> = roots.into_iter().collect();
        let Some(mut events) = view.links_around(&roots, MOST_RECORDS)? else {
            return Err(Refusal::conflict(
                "More records hang together here than anybody has. Call the duty desk with one of their numbers.",
                "Plus de dossiers se tiennent ici que personne n'en a. Appelez la garde avec l'un de leurs numéros.",
            ));
        };
        events.extend(unsettled.iter().cloned());
        let first_unsettled = i64::MAX / 2;
        let statements: Vec<Statement> = events
            .iter()
            .enumerate()
            .map(|(n, event)| {
                let id = if event.id.0 == 0 { first_unsettled + n as i64 } else { event.id.0 };
                statement(event, id)
            })
            .collect();
        let persons = links::persons(&statements);
        let mut current = BTreeMap::new();
        for record in persons.of.keys().chain(&roots) {
            if let Some(row) = view.record(*record)? {
                current.insert(*record, row.person);
            }
        }
        for event in unsettled {
            current.entry(event.record).or_insert(event.person);
            current.extend(event.moves.iter().map(|moved| (moved.record, moved.to)));
        }
        Ok(Self { events, statements, persons, current })
    }

    /// The event with what it moves, if it counts.
    pub(crate) fn say(&self, event: LinkEvent) -> Said {
        let new = statement(&event, i64::MAX);
        let proposed = links::propose(&self.statements, &new);
        let applied = proposed.conflict.is_none();
        let after = if applied { &proposed.after } else { &self.persons };
        let moves: Vec<LinkMove> = after
            .of
            .iter()
            .filter(|_| applied)
            .filter_map(|(record, to)| {
                let from = *self.current.get(record)?;
                (from != *to).then_some(LinkMove { record: *record, from, to: *to })
            })
            .collect();
        let from = self.current.get(&event.record).copied();
        let to = moves.iter().find(|moved| moved.record == event.record).map(|moved| moved.to).or(from);
        let in_force = match event.sort {
            LinkSort::Same => after.links.iter().any(|(id, ..)| *id == new.id),
            _ => after.apart.iter().any(|apart| apart.by == new.id) || event.sort == LinkSort::Undo,
        };
        Said {
            event: LinkEvent { person: to.unwrap_or(event.person), from, applied, moves, ..event },
            conflict: proposed.conflict,
            in_force,
        }
    }

    /// What a change that relies on these events relies on.
    pub(crate) fn requires(&self, view: &View) -> Result<Vec<Requirement>, Refusal> {
        let persons: BTreeSet<PersonId> = self.current.values().copied().collect();
        let mut requires = Vec::with_capacity(persons.len());
        for person in persons {
            requires.push(Requirement::PersonEpochIs(person, view.person_epoch(person)?));
        }
        Ok(requires)
    }

    /// The records on file of a person.
    pub(crate) fn records_of(&self, person: PersonId) -> Vec<RecordId> {
        self.current.iter().filter(|(_, of)| **of == person).map(|(record, _)| *record).collect()
    }

    /// People who are kept apart from a record's person.
    pub(crate) fn kept_apart(&self, record: RecordId) -> BTreeSet<PersonId> {
        self.persons
            .apart
            .iter()
            .filter_map(|apart| {
                let joined = |one| self.persons.joined(one, record);
                match (joined(apart.record), joined(apart.other)) {
                    (true, false) => self.current.get(&apart.other).copied(),
                    (false, true) => self.current.get(&apart.record).copied(),
                    _ => None,
                }
            })
            .collect()
    }

    /// The event of a statement's number.
    pub(crate) fn event(&self, id: i64) -> Option<&LinkEvent> {
        self.statements.iter().position(|s| s.id == id).and_then(|at| self.events.get(at))
    }

    /// Whether an event counts today.
    pub(crate) fn in_force(&self, event: &LinkEvent) -> bool {
        let id = event.id.0;
        if !event.applied || self.persons.undone.contains(&id) {
            return false;
        }
        match event.sort {
            LinkSort::Born => event.other.is_none() || self.linked_by(id),
            LinkSort::Same => self.linked_by(id),
            LinkSort::Apart | LinkSort::Parted => self.persons.apart.iter().any(|apart| apart.by == id),
            LinkSort::Undo => true,
        }
    }

    fn linked_by(&self, id: i64) -> bool {
        self.persons.links.iter().any(|(link, ..)| *link == id)
    }

    /// The oldest link in force that ties a record to its person; `None` for the first record of a person.
    pub(crate) fn tied_by(&self, record: RecordId) -> Option<&LinkEvent> {
        let of =
            |id: i64| self.event(id).filter(|event| matches!(event.sort, LinkSort::Born | LinkSort::Same));
        let own = |id: &i64| of(*id).is_some_and(|e| e.sort == LinkSort::Born && e.record == record);
        let mut ids: Vec<i64> = self
            .persons
            .links
            .iter()
            .filter(|(_, a, b)| *a == record || *b == record)
            .map(|(id, ..)| *id)
            .collect();
        ids.sort_unstable();
        ids.iter().find(|id| own(id)).or(ids.first()).and_then(|id| of(*id))
    }
}

fn statement(event: &LinkEvent, id: i64) -> Statement {
    // Rows of the first version name the person they lead to; a person carries the number of its first record.
    let first = RecordId::from_i64(event.person.as_i64());
    let legacy = event.sort == LinkSort::Born && event.other.is_none() && first != event.record;
    let sort = match event.sort {
        LinkSort::Born if legacy && event.from.is_some() => Sort::Same,
        LinkSort::Born => Sort::Born,
        LinkSort::Same => Sort::Same,
        LinkSort::Apart => Sort::Apart,
        LinkSort::Parted => Sort::Parted,
        LinkSort::Undo => Sort::Undo,
    };
    Statement {
        id,
        sort,
        basis: match event.basis {
            LinkBasis::Machine => Basis::Machine,
            LinkBasis::Sender => Basis::Sender,
            LinkBasis::Human => Basis::Human,
        },
        record: event.record,
        other: event.other.or(legacy.then_some(first)),
        as_of: event.as_of,
        undoes: event.undoes.map(|undone| undone.0),
        applied: event.applied,
        leaving: event.leaving.clone(),
        staying: event.staying.clone(),
    }
}
