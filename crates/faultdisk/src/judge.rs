//! Holds a store that was opened again against the ledger of what it had promised.

use crate::script::{NOW, Script, What, settings};
use fhir::ResourceKey;
use std::collections::BTreeMap;
use std::path::Path;
use store::*;

/// More than any run makes.
const ALL: usize = 10_000;

/// What is known of the steps at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Promised<'a> {
    /// Everything that was ever asked.
    pub script: &'a Script,
    /// Which steps were promised by then.
    pub said: &'a [bool],
    /// Each group waited for the one before it and none was refused: what is there is a beginning of the script.
    pub in_order: bool,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The store itself said so.
    Told(String),
    /// It is not what was promised, and the store said nothing.
    Silent(String),
}

impl Wrong {
    fn told(problem: impl std::fmt::Display) -> Self {
        Self::Told(problem.to_string())
    }
    fn silent(words: impl Into<String>) -> Self {
        Self::Silent(words.into())
    }
}

/// Opens the record of a folder as ever and holds it against the ledger; `Err` says what is wrong. The last thing it does is
/// to keep a message.
///
/// # Errors
/// The first thing that is wrong.
pub fn holds(folder: &Path, promised: Promised<'_>) -> Result<(), Wrong> {
    let store = Store::open(folder, settings(None)).map_err(Wrong::told)?;
    let looked = looks_right(&store, promised).and_then(|()| goes_on(&store, promised));
    store.stop();
    looked
}

/// What a view says of everything that the script may have written.
struct Seen {
    messages: BTreeMap<String, Vec<JournalRow>>,
    audit: BTreeMap<String, usize>,
    outbox: BTreeMap<String, Vec<OutboxRow>>,
    refusals: BTreeMap<String, usize>,
}

/// Checks everything, then reads it and holds it against the ledger.
///
/// # Errors
/// The first thing that is wrong.
pub fn looks_right(store: &Store, promised: Promised<'_>) -> Result<(), Wrong> {
    let view = store.view().map_err(Wrong::told)?;
    let report = view.check(&|_, _| Vec::new(), 100, NOW, &mut |_, _| {}).map_err(Wrong::told)?;
    if !report.is_sound() {
        return Err(Wrong::Told(format!("not sound: {:?}", report.problems)));
    }
    reads_right(&view, promised)
}

/// Reads what is there, as somebody does to whom it is shown or sent, and holds it against the ledger.
///
/// # Errors
/// The first thing that is wrong.
pub fn reads_right(view: &View, promised: Promised<'_>) -> Result<(), Wrong> {
    let seen = Seen::of(view)?;
    let mut group: Option<(usize, bool)> = None;
    let mut missing = None;
    for (n, step) in promised.script.ledger.steps.iter().enumerate() {
        let is_there = seen.has(view, &step.what)?;
        if promised.said.get(n) == Some(&true) && !is_there {
            let words = format!("step {n} was promised and is not there: {}", short(&step.what));
            return Err(Wrong::Silent(words));
        }
        if !promised.in_order {
            continue;
        }
        match group {
            Some((number, others)) if number == step.group && others != is_there => {
                return Err(Wrong::Silent(format!("step {n} and its group are not alike")));
            }
            _ => group = Some((step.group, is_there)),
        }
        match missing {
            Some(before) if is_there => {
                return Err(Wrong::Silent(format!("step {n} is there, step {before} before it is not")));
            }
            None if !is_there => missing = Some(n),
            _ => {}
        }
    }
    Ok(())
}

/// A new message is taken, and one that was promised gets its first answer.
fn goes_on(store: &Store, promised: Promised<'_>) -> Result<(), Wrong> {
    let mut messages =
        promised.script.ledger.steps.iter().zip(promised.said).filter_map(|(step, said)| match &step.what {
            What::Message(append) => Some((append, *said)),
            _ => None,
        });
    let Some((append, said)) = messages.next_back() else { return Ok(()) };
    match store.append_blocking(append.clone()) {
        Ok(Appended::Repeat { answer, .. }) if answer == append.answer => Ok(()),
        Ok(Appended::New { .. }) if !said => Ok(()),
        other => Err(Wrong::Silent(format!("a message that comes again is answered {other:?}"))),
    }
}

impl Seen {
    fn of(view: &View) -> Result<Self, Wrong> {
        let mut seen = Self {
            messages: BTreeMap::new(),
            audit: BTreeMap::new(),
            outbox: BTreeMap::new(),
            refusals: BTreeMap::new(),
        };
        for message in view.messages_of(&MessageFilter::default(), ALL, None).map_err(Wrong::told)? {
            seen.messages.entry(message.control_id.clone()).or_default().push(message);
        }
        for (_, row) in view.audit_tail(ALL).map_err(Wrong::told)? {
            *seen.audit.entry(row.object).or_default() += 1;
        }
        for row in view.outbox(&OutboxFilter::default(), ALL).map_err(Wrong::told)? {
            let row = OutboxRow { id: OutboxId(0), ..row };
            seen.outbox.entry(row.control_id.clone()).or_default().push(row);
        }
        for row in view.refusals(None, ALL).map_err(Wrong::told)? {
            *seen.refusals.entry(row.control_id).or_default() += 1;
        }
        Ok(seen)
    }

    /// Whether a step is there whole; an error when a part of it is, or when it is there more than once.
    fn has(&self, view: &View, what: &What) -> Result<bool, Wrong> {
        match what {
            What::Refusal(refused) => once(self.refusals.get(&refused.control_id)),
            What::Message(append) => match self.messages.get(&append.control_id).map(Vec::as_slice) {
                None => Ok(false),
                Some([row]) if row.raw == append.raw => {
                    let answer = view.answer(row.id).map_err(Wrong::told)?;
                    if answer.as_ref() == Some(&append.answer) {
                        Ok(true)
                    } else {
                        Err(Wrong::silent("another answer"))
                    }
                }
                Some([_]) => Err(Wrong::silent("other bytes")),
                Some(rows) => Err(Wrong::Silent(format!("a message is there {} times", rows.len()))),
            },
            What::Change(changes) => self.has_change(view, changes),
        }
    }

    fn has_change(&self, view: &View, changes: &Changes) -> Result<bool, Wrong> {
        let mut parts: Vec<(&str, bool)> = Vec::new();
        if let Some(settlement) = &changes.settlement {
            let row = view.message(settlement.message).map_err(Wrong::told)?;
            parts.push(("settlement", row.is_some_and(|row| row.state == settlement.state)));
        }
        for row in &changes.records {
            parts.push(("record", view.record(row.record).map_err(Wrong::told)?.as_ref() == Some(row)));
        }
        for event in &changes.links {
            let events = view.link_events(event.record).map_err(Wrong::told)?;
            let is_there = once(Some(&events.len()).filter(|n| **n > 0))?;
            let as_said = |one: &LinkEvent| LinkEvent { id: event.id, ..one.clone() } == *event;
            parts.push(("link event", is_there && events.iter().all(as_said)));
        }
        let mut versions: BTreeMap<ResourceKey, Vec<StoredVersion>> = BTreeMap::new();
        for row in &changes.resources {
            let stored = match versions.entry(row.key) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => {
                    new.insert(view.versions(row.key).map_err(Wrong::told)?)
                }
            };
            let is_there = stored.iter().any(|one| one.version == row.version && one.body == row.body);
            parts.push(("resource", is_there));
        }
        for change in &changes.obligations {
            let is_there = match change {
                ObligationChange::Open(row) | ObligationChange::Update(row) => {
                    view.obligation(row.id).map_err(Wrong::told)?.as_ref() == Some(row)
                }
                ObligationChange::Event(event) => {
                    view.events(event.obligation).map_err(Wrong::told)? == std::slice::from_ref(event)
                }
            };
            parts.push(("obligation", is_there));
        }
        for change in &changes.outbox {
            let (OutboxChange::Queue(row) | OutboxChange::Update(row)) = change;
            let found = self.outbox.get(&row.control_id).map_or(&[][..], Vec::as_slice);
            let is_there = once(Some(&found.len()).filter(|n| **n > 0))?;
            parts.push(("delivery", is_there && found == std::slice::from_ref(row)));
        }
        for row in &changes.audit {
            parts.push(("audit row", once(self.audit.get(&row.object))?));
        }
        let there = parts.iter().filter(|(_, is_there)| *is_there).count();
        if there != 0 && there != parts.len() {
            let missing: Vec<_> =
                parts.iter().filter(|(_, is_there)| !is_there).map(|(part, _)| part).collect();
            return Err(Wrong::Silent(format!("half applied, without {missing:?}")));
        }
        Ok(there != 0)
    }
}

/// Whether something is there, when it is there once or not at all.
fn once(count: Option<&usize>) -> Result<bool, Wrong> {
    match count {
        None => Ok(false),
        Some(1) => Ok(true),
        Some(n) => Err(Wrong::Silent(format!("it is there {n} times"))),
    }
}

fn short(what: &What) -> String {
    match what {
        What::Message(append) => format!("message {}", append.control_id),
        What::Refusal(refused) => format!("refusal {}", refused.control_id),
        What::Change(changes) => format!("change {:?}", changes.audit.first().map(|row| &row.object)),
    }
}
