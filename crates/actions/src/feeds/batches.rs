//! Batches of messages: what a deed would change, the act that decides it, and carrying it out one message at a time, so
//! that a crash in the middle costs nothing and a batch of any size holds nobody else up.

use super::pausing::why;
use super::{Carried, Deed, Do, Selection, Trial, TrialView};
use crate::intake::{Way, follow_bytes};
use crate::obligations::{self, words_json};
use crate::recall::REPORTS;
use crate::recall::Recall;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen, audit_row, machine};
use crate::refusal::{Refusal, RefusalKind};
use crate::sign_in::Persona;
use crate::telling;
use clinical::access::Permission;
use clinical::directory::Directory;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Batch, BatchMessage, BatchSort, Changes, DeskChange, JournalRow, Link, MessageId, MessageQuery,
    MessageState, ObligationChange, ObligationFilter, ObligationId, OutboxChange, Requirement, Settlement,
    View,
};

/// Who carries out, in audit rows.
const ACTOR: &str = "opor batch";
/// Most messages of one batch.
const MOST_MESSAGES: usize = 2_000;
/// Messages read at a time.
const PAGE: usize = 500;
/// Lines of a dry run.
const LINES_LIMIT: usize = 100;
/// Obligations of one report that are read.
const HOLDERS_LIMIT: usize = 1_000;

/// Whether the last that was decided about a message is that it is taken back: replay leaves it where it is.
pub(crate) fn is_taken_back(view: &View, row: &JournalRow) -> Result<bool, Refusal> {
    if row.state == MessageState::Pending {
        return Ok(false);
    }
    Ok(view.batch_of(row.id)?.is_some_and(|(_, sort)| sort == BatchSort::Retract))
}

/// The feed and the messages that a deed is about, oldest first.
fn selected(view: &View, selection: &Selection, deed: Deed) -> Result<(Link, Vec<MessageId>), Refusal> {
    let link = view.link_named(selection.link.trim())?.ok_or_else(Refusal::not_found)?;
    let wanted = match deed {
        Deed::Retract | Deed::Notify => MessageState::Filed,
        Deed::Refile => MessageState::Kept,
    };
    let among = (!selection.messages.is_empty()).then(|| selection.messages.clone());
    if among.is_none() && selection.since.is_none() {
        return Err(Refusal::unreadable(
            "Say which messages: since when (and until when), or their numbers.",
            "Dites quels messages : depuis quand (et jusqu'à quand), ou leurs numéros.",
        ));
    }
    let query = MessageQuery {
        link: Some(link.id),
        state: Some(wanted),
        since: selection.since,
        until: selection.until,
        among,
        ..MessageQuery::default()
    };
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = view.message_page(&query, PAGE, before)?;
        for head in page.rows {
            let ours = deed != Deed::Refile
                || view
                    .batch_of(head.id)?
                    .is_some_and(|(row, sort)| sort == BatchSort::Retract && row.done.is_some());
            if ours {
                found.push(head.id);
            }
        }
        if found.len() > MOST_MESSAGES {
            return Err(Refusal::conflict(
                &format!("These are more than {MOST_MESSAGES} messages. Choose a shorter time."),
                &format!("Cela fait plus de {MOST_MESSAGES} messages. Choisissez un temps plus court."),
            ));
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    if found.is_empty() {
        return Err(Refusal::conflict(
            "No message of this feed stands so in that time. Check the feed's name and the times.",
            "Aucun message de ce flux n'est dans cet état pour ce temps. Vérifiez le nom du flux et les heures.",
        ));
    }
    found.reverse();
    Ok((link, found))
}

/// The messages of a trial, all of them, as one mark.
fn mark(messages: &[MessageId]) -> String {
    let numbers: Vec<String> = messages.iter().map(ToString::to_string).collect();
    let parts: Vec<&str> = numbers.iter().map(String::as_str).collect();
    format!("{}-{}", messages.len(), obligations::id(&parts))
}

impl Sealed for Trial {}
impl Look for Trial {
    type View = TrialView;
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("feed/{}/{}?dry-run", self.selection.link, self.deed.code())
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TrialView>, Refusal> {
        let (link, messages) = selected(reading.view, &self.selection, self.deed)?;
        let mut view = TrialView { messages: messages.len(), seen: mark(&messages), ..TrialView::default() };
        let mut people = BTreeSet::new();
        if let Some(sort) = self.deed.sort() {
            let batch = Batch {
                obligation: ObligationId(0),
                link: link.id,
                sort,
                at: reading.context.now,
                actor: reading.context.actor.name.clone(),
                reason: String::new(),
            };
            let together: BTreeSet<MessageId> = messages.iter().copied().collect();
            let carrying = Carrying {
                view: reading.view,
                directory: reading.directory,
                // Who a reader is in the directory changes whom the desk tells, not how many are told.
                personas: &[],
                link: &link,
                batch: &batch,
                together: &together,
                now: reading.context.now,
            };
            for message in &messages {
                let (changes, carried) = carrying.effect(*message)?;
                people.extend(people_of(reading.view, &changes)?);
                people.extend(carried.person);
                view.resources += carried.versions;
                view.systems += carried.systems;
                view.readers += carried.readers;
                if view.lines.len() < LINES_LIMIT {
                    view.lines.push((*message, carried.before, carried.after));
                }
            }
        }
        let holders = holders(reading.view, &messages, &mut people)?;
        view.recipients =
            holders.keys().map(|(_, name)| telling::recipient(reading.directory, name)).collect();
        view.people = people.len();
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}

fn people_of(view: &View, changes: &Changes) -> Result<BTreeSet<PersonId>, Refusal> {
    let mut people = BTreeSet::new();
    for version in &changes.resources {
        people.extend(view.record(version.key.record)?.map(|record| record.person));
    }
    Ok(people)
}

/// Everybody to whom reports of these messages went, with how many: by directory id and name.
fn holders(
    view: &View,
    messages: &[MessageId],
    people: &mut BTreeSet<PersonId>,
) -> Result<BTreeMap<(String, String), usize>, Refusal> {
    let mut found: BTreeMap<(String, String), usize> = BTreeMap::new();
    for message in messages {
        for (key, _) in view.said_by(*message)? {
            if !REPORTS.contains(&key.kind) {
                continue;
            }
            people.extend(view.record(key.record)?.map(|record| record.person));
            let filter = ObligationFilter { resource: Some(key), ..ObligationFilter::default() };
            let mut seen = BTreeSet::new();
            for row in view.obligations(&filter, HOLDERS_LIMIT, 0)? {
                let holds = matches!(row.kind.as_str(), "delivery" | "attention" | "unroutable");
                // Somebody's system and their own attention are one recipient.
                if holds && row.message == Some(*message) && seen.insert(row.recipient.clone()) {
                    let id = if row.kind == "delivery" { row.recipient_id } else { String::new() };
                    *found.entry((id, row.recipient)).or_default() += 1;
                }
            }
        }
    }
    Ok(found)
}

impl Sealed for Do {}
impl Act for Do {
    const PERMISSION: Permission = Permission::ManageFeeds;
    fn object(&self) -> String {
        format!("feed/{}/{}", self.selection.link, self.deed.code())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let (link, messages) = selected(reading.view, &self.selection, self.deed)?;
        if mark(&messages) != self.seen {
            return Err(Refusal::conflict(
                "Other messages stand in this selection than those that were shown. Look at what would change again; \
                 give an end of the time when the feed goes on.",
                "Cette sélection contient d'autres messages que ceux qui ont été montrés. Regardez de nouveau ce qui \
                 changerait; donnez une fin au temps si le flux continue.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let about = obligations::About { custodian: link.custodian.clone(), ..obligations::About::default() };
        let mut changes = Changes::default();
        let open = |changes: &mut Changes, id, owed: &clinical::obligations::Obligation| {
            let row = obligations::row(id, owed, &about, now);
            let first = obligations::opened(&row, &by);
            changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        };
        let Some(sort) = self.deed.sort() else {
            for ((id, name), reports) in holders(reading.view, &messages, &mut BTreeSet::new())? {
                let words = Words::new(
                    format!("{reason} ({reports} reports of {}; asked by {by}.)", link.name),
                    format!("{reason} ({reports} rapports de {}; demandé par {by}.)", link.name),
                );
                let owed = clinical::obligations::tell(&name, &id, words, now);
                let key = obligations::id(&["tell", &link.name, &name, &now.0.to_string()]);
                open(&mut changes, key, &owed);
            }
            return Ok((changes, None));
        };
        for message in &messages {
            let other = reading.view.batch_of(*message)?.filter(|(row, _)| row.done.is_none());
            if other.is_some() {
                return Err(Refusal::conflict(
                    &format!(
                        "Message {message} is in another batch that is still being carried out. Wait for it."
                    ),
                    &format!("Le message {message} est dans un autre lot encore en cours. Attendez sa fin."),
                ));
            }
        }
        let id = obligations::id(&["batch", &link.name, self.deed.code(), &now.0.to_string()]);
        let words = Words::new(
            format!("{by}: {} {} messages. {reason}", verb(sort).en, messages.len()),
            format!("{by} : {} {} messages. {reason}", verb(sort).fr, messages.len()),
        );
        open(&mut changes, id, &clinical::obligations::batch(&link.name, words, now));
        let batch = Batch { obligation: id, link: link.id, sort, at: now, actor: by.clone(), reason };
        changes.requires.push(Requirement::ObligationRevisionIs(id, 0));
        changes.desks.push(DeskChange::Batch(batch));
        let member = |message: &MessageId| {
            DeskChange::BatchMessage(BatchMessage { message: *message, batch: id, done: None })
        };
        changes.desks.extend(messages.iter().map(member));
        Ok((changes, None))
    }
}

fn verb(sort: BatchSort) -> Words {
    match sort {
        BatchSort::Retract => Words::new("take back", "retirer"),
        BatchSort::Refile => Words::new("file again", "verser de nouveau"),
    }
}

/// Everything that carrying out a batch needs.
struct Carrying<'a> {
    view: &'a View,
    directory: &'a Directory,
    personas: &'a [Persona],
    link: &'a Link,
    batch: &'a Batch,
    together: &'a BTreeSet<MessageId>,
    now: Instant,
}

impl Carrying<'_> {
    /// What becomes of one message, as one change.
    fn effect(&self, message: MessageId) -> Result<(Changes, Carried), Refusal> {
        let row = self.view.message(message)?.ok_or_else(Refusal::not_found)?;
        let (mut changes, mut carried) = match self.batch.sort {
            BatchSort::Retract => self.retract(&row)?,
            BatchSort::Refile => self.refile(&row)?,
        };
        carried.after = changes.settlement.as_ref().map_or(row.state, |settlement| settlement.state);
        carried.versions = changes.resources.len();
        carried.person = match changes.resources.first() {
            Some(version) => self.view.record(version.key.record)?.map(|record| record.person),
            None => None,
        };
        changes.requires.push(Requirement::MessageIs(row.id, row.state));
        changes.desks.push(DeskChange::BatchMessage(BatchMessage {
            message,
            batch: self.batch.obligation,
            done: Some(self.now),
        }));
        changes.audit.push(audit_row(
            &machine(ACTOR, self.now),
            Permission::FileMessages,
            carried.person,
            format!("batch/{}/message/{message}", self.batch.obligation),
        ));
        Ok((changes, carried))
    }

    fn nothing(row: &JournalRow) -> Carried {
        Carried {
            message: row.id,
            before: row.state,
            after: row.state,
            versions: 0,
            systems: 0,
            readers: 0,
            person: None,
        }
    }

    fn retract(&self, row: &JournalRow) -> Result<(Changes, Carried), Refusal> {
        let mut changes = Changes::default();
        let mut carried = Self::nothing(row);
        if row.state != MessageState::Filed {
            return Ok((changes, carried));
        }
        let (by, reason) = (&self.batch.actor, &self.batch.reason);
        let because = Words::new(
            format!("It is withdrawn by {by}: {reason} Do not use it; whoever acted on it must look again."),
            format!(
                "Il est retiré par {by} : {reason} Ne l'utilisez pas; qui a agi sur sa foi doit réexaminer."
            ),
        );
        let recall = Recall {
            view: self.view,
            directory: self.directory,
            personas: self.personas,
            link: self.link,
            because: &because,
            together: self.together,
            now: self.now,
        };
        let taken = recall.take_back(row, &mut changes)?;
        (carried.systems, carried.readers) = (taken.systems, taken.readers);
        let note = Words::new(format!("Taken back by {by}. {reason}"), format!("Retiré par {by}. {reason}"));
        changes.settlement = Some(Settlement {
            message: row.id,
            state: MessageState::Kept,
            note: words_json(&note),
            // Whoever opens it later sees results of these people, which the audit must say.
            records: row.records.clone(),
            at: self.now,
        });
        // One word to the feed's owner for all of the batch.
        let owed = clinical::obligations::feed_report(&self.link.name, note, self.now);
        let about = obligations::About {
            message: Some(row.id),
            custodian: self.link.custodian.clone(),
            ..obligations::About::default()
        };
        let id = obligations::id(&["batch", &self.batch.obligation.to_string(), "told"]);
        let told = obligations::row(id, &owed, &about, self.now);
        let first = obligations::opened(&told, ACTOR);
        changes.obligations.extend([ObligationChange::Open(told), ObligationChange::Event(first)]);
        Ok((changes, carried))
    }

    /// The same path as the first time; what was taken back counts again, because a person says so.
    fn refile(&self, row: &JournalRow) -> Result<(Changes, Carried), Refusal> {
        let mut carried = Self::nothing(row);
        if row.state != MessageState::Kept {
            return Ok((Changes::default(), carried));
        }
        let fresh = JournalRow { state: MessageState::Pending, ..row.clone() };
        let way = Way { again: true, ..Way::of(&row.raw) };
        let mut changes =
            follow_bytes(self.view, self.directory, &fresh, None, row.raw.clone(), way, self.now)?;
        changes.requires.retain(|one| !matches!(one, Requirement::MessageIs(..)));
        carried.systems =
            changes.outbox.iter().filter(|change| matches!(change, OutboxChange::Queue(_))).count();
        carried.readers = changes
            .obligations
            .iter()
            .filter(|change| matches!(change, ObligationChange::Open(row) if row.kind == "attention"))
            .count();
        Ok((changes, carried))
    }
}

impl Record {
    /// Carry out what was decided about batches, message by message. The same after a crash. Returns what was done.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again; what was done stays done.
    pub fn carry_out_batches(&self, now: Instant) -> Result<Vec<Carried>, Refusal> {
        let mut done = Vec::new();
        let batches = self.store().view()?.batches_to_carry_out()?;
        for batch in batches {
            let together: BTreeSet<MessageId> = {
                let view = self.store().view()?;
                view.batch_messages(batch.obligation)?.into_iter().map(|row| row.message).collect()
            };
            let mut all = true;
            for message in self.store().view()?.batch_to_do(batch.obligation)? {
                match self.carry_out_one(&batch, message, &together, now) {
                    Ok(carried) => done.push(carried),
                    Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                    // One that cannot be carried out keeps nobody else's waiting; the batch stays somebody's.
                    Err(refusal) => {
                        all = false;
                        tracing::error!(batch = %batch.obligation, %message, why = %refusal, "what was decided cannot be carried out");
                    }
                }
            }
            if all {
                self.end_carried_out(batch.obligation, ACTOR, now)?;
            }
        }
        Ok(done)
    }

    fn carry_out_one(
        &self,
        batch: &Batch,
        message: MessageId,
        together: &BTreeSet<MessageId>,
        now: Instant,
    ) -> Result<Carried, Refusal> {
        let done = self.settle_anew(|known| {
            let view = self.store().view()?;
            let link = view.link(batch.link)?.ok_or_else(Refusal::not_found)?;
            let carrying = Carrying {
                view: &view,
                directory: &known.directory,
                personas: self.personas(),
                link: &link,
                batch,
                together,
                now,
            };
            let (mut changes, carried) = carrying.effect(message)?;
            changes.requires.push(Requirement::DirectoryIs(known.seq));
            Ok((Some(changes), carried))
        })?;
        done.ok_or_else(|| {
            Refusal::conflict(
                "The record is changing under these messages. It is tried again in a moment.",
                "Le dossier change sous ces messages. Nouvel essai dans un instant.",
            )
        })
    }
}
