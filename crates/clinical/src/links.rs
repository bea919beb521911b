//! Which records are one person: persons follow from statements, whatever the order in which they arrived.
//!
//! A statement is never changed or taken away; another one may undo it. Persons are the sets of records that the links
//! in force join. What must be a person's decision, so that any order of the same messages ends in the same persons:
//! a link that would join what a person keeps apart or a sender parted, and a parting of what other evidence still
//! joins. Such a statement is kept, does not count, and becomes a question; everything else commutes.

use fhir::{Instant, PersonId, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The record came into being; with `other`, as the same person as that record.
    Born,
    /// The two are one person.
    Same,
    /// The two are two people, for good; if they were linked, `leaving` parts from `staying`.
    Apart,
    /// A sender says that the two are not linked, or not any more.
    Parted,
    /// The statement `undoes` never happened.
    Undo,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A rule or model.
    Machine,
    /// The sender of the records.
    Sender,
    /// A person.
    Human,
}

/// Something that was said of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Grows in the order in which it was kept.
    pub id: i64,
    /// What it says.
    pub sort: Sort,
    /// Who says so.
    pub basis: Basis,
    /// The record.
    pub record: RecordId,
    /// The other one.
    pub other: Option<RecordId>,
    /// When it happened, as its sender says: of two statements of senders about the same two records the later counts.
    pub as_of: Instant,
    /// What it undoes.
    pub undoes: Option<i64>,
    /// Whether it counts.
    pub applied: bool,
    /// Records that part from `staying`.
    pub leaving: Vec<RecordId>,
    /// Records that stay.
    pub staying: Vec<RecordId>,
}

/// Two records that are not one person, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apart {
    /// One.
    pub record: RecordId,
    /// The other.
    pub other: RecordId,
    /// The statement.
    pub by: i64,
    /// Who says so.
    pub basis: Basis,
}

/// Where the statements have led.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Persons {
    /// The person of each record.
    pub of: BTreeMap<RecordId, PersonId>,
    /// Who is not one person.
    pub apart: Vec<Apart>,
    /// Links in force: (statement, record, other).
    pub links: Vec<(i64, RecordId, RecordId)>,
    /// Statements that were undone.
    pub undone: BTreeSet<i64>,
}

/// What a new statement would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Persons if it counts.
    pub after: Persons,
    /// Why it must not count by itself: what it contradicts.
    pub conflict: Option<Apart>,
}

fn pair(a: RecordId, b: RecordId) -> (RecordId, RecordId) {
    if a <= b { (a, b) } else { (b, a) }
}

impl Statement {
    fn pair(&self) -> Option<(RecordId, RecordId)> {
        self.other.filter(|other| *other != self.record).map(|other| pair(self.record, other))
    }

    fn parts(&self, a: RecordId, b: RecordId) -> bool {
        (self.leaving.contains(&a) && self.staying.contains(&b))
            || (self.leaving.contains(&b) && self.staying.contains(&a))
    }
}

/// Statements that are undone by statements in force. An undo can be undone in turn.
fn undone(statements: &[Statement]) -> BTreeSet<i64> {
    let mut undone = BTreeSet::new();
    // Only what came later undoes, so that walking backwards every undo is settled before what it undoes.
    let mut undos: Vec<&Statement> =
        statements.iter().filter(|s| s.sort == Sort::Undo && s.applied).collect();
    undos.sort_by_key(|s| std::cmp::Reverse(s.id));
    for undo in undos {
        if !undone.contains(&undo.id) {
            undone.extend(undo.undoes);
        }
    }
    undone
}

/// Of two senders' statements about the same two records the later one counts; at the same moment, the parting.
fn latest_of_senders(statements: &[&Statement]) -> BTreeMap<(RecordId, RecordId), i64> {
    let mut latest: BTreeMap<(RecordId, RecordId), &Statement> = BTreeMap::new();
    let rank = |s: &Statement| (s.as_of, s.sort == Sort::Parted, s.id);
    for statement in statements.iter().filter(|s| s.basis == Basis::Sender) {
        let Some(pair) = statement.pair() else { continue };
        latest
            .entry(pair)
            .and_modify(|known| {
                if rank(statement) > rank(known) {
                    *known = statement;
                }
            })
            .or_insert(statement);
    }
    latest.into_iter().map(|(pair, statement)| (pair, statement.id)).collect()
}

/// Where statements lead.
#[must_use]
pub fn persons(statements: &[Statement]) -> Persons {
    let undone = undone(statements);
    let in_force: Vec<&Statement> =
        statements.iter().filter(|s| s.applied && !undone.contains(&s.id)).collect();
    let latest = latest_of_senders(&in_force);
    let counts = |s: &Statement| {
        s.basis != Basis::Sender || s.pair().is_none_or(|pair| latest.get(&pair) == Some(&s.id))
    };
    let splits: Vec<&Statement> =
        in_force.iter().filter(|s| s.sort == Sort::Apart && !s.leaving.is_empty()).copied().collect();
    let cut = |id: i64, a: RecordId, b: RecordId| splits.iter().any(|s| s.id > id && s.parts(a, b));

    let mut links = Vec::new();
    for statement in in_force.iter().filter(|s| matches!(s.sort, Sort::Born | Sort::Same) && counts(s)) {
        if let Some((a, b)) = statement.pair()
            && !cut(statement.id, a, b)
        {
            links.push((statement.id, a, b));
        }
    }
    // What parted from something stays together as it was.
    for split in &splits {
        for side in [&split.leaving, &split.staying] {
            for (a, b) in side.iter().zip(side.iter().skip(1)) {
                if !cut(split.id, *a, *b) {
                    links.push((split.id, *a, *b));
                }
            }
        }
    }

    let mut apart = Vec::new();
    for statement in statements.iter().filter(|s| s.applied && !undone.contains(&s.id)) {
        let Some((record, other)) = statement.pair() else { continue };
        let says = match statement.sort {
            Sort::Apart => true,
            Sort::Parted => counts(statement),
            // A person who undoes what a machine or sender linked says that they are two people.
            Sort::Undo => statements.iter().any(|s| {
                Some(s.id) == statement.undoes
                    && s.basis != Basis::Human
                    && matches!(s.sort, Sort::Born | Sort::Same)
            }),
            Sort::Born | Sort::Same => false,
        };
        if says {
            apart.push(Apart { record, other, by: statement.id, basis: statement.basis });
        }
    }
    Persons { of: sets(statements, &links), apart, links, undone }
}

/// The sets that links join; each carries the number of the record that came into being first.
fn sets(statements: &[Statement], links: &[(i64, RecordId, RecordId)]) -> BTreeMap<RecordId, PersonId> {
    let mut born: BTreeMap<RecordId, i64> = BTreeMap::new();
    for statement in statements {
        for record in [statement.record].into_iter().chain(statement.other) {
            born.entry(record).or_insert(i64::MAX);
        }
        if statement.sort == Sort::Born {
            born.insert(statement.record, statement.id);
        }
    }
    let mut root: BTreeMap<RecordId, RecordId> = born.keys().map(|record| (*record, *record)).collect();
    fn find(root: &BTreeMap<RecordId, RecordId>, mut record: RecordId) -> RecordId {
        while let Some(up) = root.get(&record).filter(|up| **up != record) {
            record = *up;
        }
        record
    }
    let age = |record: RecordId| (born.get(&record).copied().unwrap_or(i64::MAX), record);
    for (_, a, b) in links {
        let (a, b) = (find(&root, *a), find(&root, *b));
        if a != b {
            let (older, younger) = if age(a) <= age(b) { (a, b) } else { (b, a) };
            root.insert(younger, older);
        }
    }
    born.keys().map(|record| (*record, PersonId::born_with(find(&root, *record)))).collect()
}

impl Persons {
    /// Whether two records are one person.
    #[must_use]
    pub fn joined(&self, a: RecordId, b: RecordId) -> bool {
        a == b || self.of.get(&a).zip(self.of.get(&b)).is_some_and(|(a, b)| a == b)
    }

    /// The records of a record's person.
    #[must_use]
    pub fn with(&self, record: RecordId) -> Vec<RecordId> {
        self.of.keys().copied().filter(|other| self.joined(record, *other)).collect()
    }

    fn broken(&self) -> impl Iterator<Item = &Apart> {
        self.apart.iter().filter(|apart| self.joined(apart.record, apart.other))
    }
}

/// What a new statement would do after those that are kept. Its `id` must be above all others.
#[must_use]
pub fn propose(statements: &[Statement], new: &Statement) -> Proposed {
    let before = persons(statements);
    let mut all = statements.to_vec();
    all.push(Statement { applied: true, ..new.clone() });
    let after = persons(&all);
    let human = new.basis == Basis::Human;
    let conflict = after
        .broken()
        .filter(|apart| !human || apart.basis == Basis::Human)
        .find(|apart| {
            !before.apart.iter().any(|known| known.by == apart.by)
                || !before.joined(apart.record, apart.other)
        })
        .copied();
    Proposed { after, conflict }
}

/// The two sides of a parting of two records that are one person: who leaves (`record` and `with`) and who stays.
#[must_use]
pub fn sides(
    persons: &Persons,
    record: RecordId,
    from: RecordId,
    with: &[RecordId],
) -> (Vec<RecordId>, Vec<RecordId>) {
    if !persons.joined(record, from) {
        return (Vec::new(), Vec::new());
    }
    let all = persons.with(record);
    all.into_iter().partition(|other| *other != from && (*other == record || with.contains(other)))
}

#[cfg(test)]
mod tests;
