//! A verdict and what it does, one message at a time: after a crash the rest is done as if nothing had happened.

use super::{AIM, Aim, Decide, Effect, Verdict};
use crate::corrections;
use crate::dialects::{Read, read_now, read_on};
use crate::intake::filing::hold_again;
use crate::intake::{Way, follow_bytes};
use crate::obligations::{self, words, words_json};
use crate::recall::{Recall, sent};
use crate::record::{Act, Reading, Record, Sealed, audit_row, machine};
use crate::refusal::{Refusal, RefusalKind};
use crate::sign_in::Persona;
use clinical::access::Permission;
use clinical::directory::Directory;
use clinical::identity::Claim;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use std::collections::{BTreeSet, HashSet};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, Changes, JournalRow, Link, MessageFilter, MessageId,
    MessagePart, MessageState, NoticeRow, ObligationChange, ObligationState, OutboxChange, OutboxKind,
    OutboxRow, Requirement, Settlement, View,
};

/// Who carries out, in audit rows.
const ACTOR: &str = "opor breaker";
/// How far back a fault of ours is looked for on the person's records, in minutes.
const LOOK_BACK_MINUTES: i64 = 7 * 24 * 60;
/// Messages of one record that are read for it.
const LOOK_BACK_MESSAGES: usize = 2_000;
/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 2_000;

/// What a person has said becomes of a message that the breaker stopped.
pub(crate) enum Put {
    /// Nothing: it is filed as it says.
    AsItSays,
    /// It is about another record: these bytes say so.
    Aimed(Vec<u8>),
    /// It stays where it is.
    Stays,
}

/// Where a person has put a message. Costs nothing for one that has not been filed, held or kept yet.
pub(crate) fn put(view: &View, row: &JournalRow) -> Result<Put, Refusal> {
    if row.state == MessageState::Pending {
        return Ok(Put::AsItSays);
    }
    let Some(stopped) = view.stop_of(row.id)? else { return Ok(Put::AsItSays) };
    let Some(stop) = view.stop(stopped.stop)? else { return Ok(Put::AsItSays) };
    let open = stop.verdict.is_empty();
    if open && row.state == MessageState::Held {
        return Ok(Put::Stays);
    }
    if !open && stopped.done.is_none() || stop.verdict == Verdict::Reject.code() {
        return Ok(Put::Stays);
    }
    match &stopped.aim {
        Some(aim) => Ok(aimed_bytes(view, row, aim)?.map_or(Put::Stays, |(bytes, _)| Put::Aimed(bytes))),
        None => Ok(Put::AsItSays),
    }
}

/// The message as it would read about the record it is aimed at; `None` when that cannot be written, or when the sender's
/// dialect would read it as another record.
fn aimed_bytes(
    view: &View,
    row: &JournalRow,
    (authority, value): &(String, String),
) -> Result<Option<(Vec<u8>, RecordId)>, Refusal> {
    let record = RecordId::of(authority, value);
    let Some(on_file) = view.record(record)? else { return Ok(None) };
    let claim: Option<Claim> = serde_json::from_str(&on_file.claim).ok();
    let Some(bytes) = claim.and_then(|claim| clinical::plausibility::aimed(&row.raw, &claim)) else {
        return Ok(None);
    };
    let Some(link) = view.link(row.id.link())? else { return Ok(None) };
    let charts = read_aimed(view, row, &link, &bytes)?.map(|read| read.interpret().charts);
    let is_its = charts.is_some_and(|charts| charts.iter().all(|chart| chart.record == record));
    Ok(is_its.then_some((bytes, record)))
}

/// An aimed message as filing reads it: through what is agreed with its sender.
fn read_aimed(view: &View, row: &JournalRow, link: &Link, bytes: &[u8]) -> Result<Option<Read>, Refusal> {
    let Ok(message) = hl7v2::Message::parse(bytes.to_vec()) else { return Ok(None) };
    Ok(read_now(view, row, link, message)?.ok())
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("breaker/{}/{}", self.stop, self.verdict.code())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason: String = self.reason.trim().chars().take(REASON_LIMIT_CHARS).collect();
        if reason.is_empty() {
            return Err(Refusal::unreadable(
                "Write how you know; it stays with the stop.",
                "Écrivez comment vous le savez; cela reste avec l'arrêt.",
            ));
        }
        let stop = reading.view.stop(self.stop)?.ok_or_else(Refusal::not_found)?;
        let owed = reading.view.obligation(self.stop)?.ok_or_else(Refusal::not_found)?;
        if !stop.verdict.is_empty() {
            return Err(Refusal::conflict(
                "This stop was decided already. Open the list again.",
                "Cet arrêt a déjà fait l'objet d'une décision. Rouvrez la liste.",
            ));
        }
        let now = reading.context.now;
        let by = reading.context.actor.name.clone();
        let mut messages = reading.view.stop_messages(stop.id, usize::MAX)?;
        let mut changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            ..Changes::default()
        };
        let further = further(reading.view, &stop, &self.verdict, &messages)?;
        changes.breaker.extend(further.iter().cloned().map(BreakerChange::Take));
        messages.extend(further);
        for row in aim_all(reading.view, &messages, &self.verdict)? {
            changes.breaker.push(BreakerChange::Message(row));
        }
        if self.verdict == Verdict::Restore {
            // What an earlier stop had aimed is filed as it says from now on.
            let aimed = messages.iter().filter(|row| row.aim.is_some());
            changes
                .breaker
                .extend(aimed.map(|row| BreakerChange::Message(BreakerMessage { aim: None, ..row.clone() })));
        }
        changes.breaker.push(BreakerChange::Decide(BreakerStop {
            verdict: self.verdict.code().to_owned(),
            decided: Some(now),
            actor: by.clone(),
            reason: reason.clone(),
            ..stop.clone()
        }));
        let (en, fr) = match &self.verdict {
            Verdict::Release => ("released", "relâché"),
            Verdict::Reject => ("rejected", "rejeté"),
            Verdict::Restore => ("restored", "rétabli"),
            Verdict::Aim(_) => ("aimed at another record", "réorienté vers un autre dossier"),
        };
        let how = Words::new(format!("{by}: {en}. {reason}"), format!("{by} : {fr}. {reason}"));
        changes.obligations.push(obligations::event(owed.id, now, &by, self.verdict.code(), &how));
        if let ObligationState::Open { then, due, .. } = &owed.state {
            let state = ObligationState::Open {
                owner: "machine:breaker".to_owned(),
                human: false,
                due: now.plus_minutes(15).max(*due),
                then: then.clone(),
            };
            let update = store::ObligationRow { state, revision: owed.revision + 1, ..owed.clone() };
            changes.obligations.push(ObligationChange::Update(update));
        }
        Ok((changes, stop.person))
    }
}

/// What a stop did not suspect and is as wrong: where the fault was ours, messages of this feed that stand on the
/// person's records and name somebody else.
pub(super) fn further(
    view: &View,
    stop: &BreakerStop,
    verdict: &Verdict,
    known: &[BreakerMessage],
) -> Result<Vec<BreakerMessage>, Refusal> {
    let (Verdict::Restore, Some(person)) = (verdict, stop.person) else { return Ok(Vec::new()) };
    let Some(link) = view.link(stop.link)? else { return Ok(Vec::new()) };
    let since = stop.at.plus_minutes(-LOOK_BACK_MINUTES);
    let mut found = Vec::new();
    for record in view.records_of_person(person)? {
        let filter = MessageFilter {
            link: Some(stop.link),
            state: Some(MessageState::Filed),
            record: Some(record.record),
        };
        for row in view.messages_of(&filter, LOOK_BACK_MESSAGES, None)? {
            let is_known = known.iter().any(|other| other.message == row.id);
            if row.received < since || is_known || says(view, &row, &link)?.contains(&record.record) {
                continue;
            }
            // Where a person has put it, it stays.
            if view.stop_of(row.id)?.is_some() {
                continue;
            }
            found.push(BreakerMessage {
                message: row.id,
                stop: stop.id,
                part: MessagePart::Suspect,
                aim: None,
                done: None,
            });
        }
    }
    Ok(found)
}

/// The records that the received bytes speak of, in the dialect that they were filed by.
fn says(view: &View, row: &JournalRow, link: &Link) -> Result<Vec<RecordId>, Refusal> {
    let read = crate::dialects::read_as_it_stands(view, row, link)?;
    let charts = read.map(|read| read.interpret().charts).unwrap_or_default();
    Ok(charts.into_iter().map(|chart| chart.record).collect())
}

/// The messages with the record that each is aimed at.
pub(super) fn aim_all(
    view: &View,
    messages: &[BreakerMessage],
    verdict: &Verdict,
) -> Result<Vec<BreakerMessage>, Refusal> {
    let Verdict::Aim(aims) = verdict else { return Ok(Vec::new()) };
    let mut aimed = Vec::with_capacity(messages.len());
    for row in messages {
        let own = aims.iter().find(|aim| aim.message == Some(row.message));
        let Some(aim) = own.or_else(|| aims.iter().find(|aim| aim.message.is_none())) else {
            return Err(Refusal::conflict(
                &format!(
                    "Message {} has no record named. Name one for each message, or reject the stop.",
                    row.message
                ),
                &format!(
                    "Aucun dossier n'est indiqué pour le message {}. Indiquez-en un pour chacun, ou rejetez l'arrêt.",
                    row.message
                ),
            ));
        };
        check(view, row.message, aim)?;
        aimed.push(BreakerMessage { aim: Some((aim.authority.clone(), aim.value.clone())), ..row.clone() });
    }
    Ok(aimed)
}

fn check(view: &View, message: MessageId, aim: &Aim) -> Result<(), Refusal> {
    let (authority, value) = (&aim.authority, &aim.value);
    if view.record(RecordId::of(authority, value))?.is_none() {
        return Err(Refusal::conflict(
            &format!(
                "No record {value} of {authority} is on file. Write the number and its authority as the chart shows them."
            ),
            &format!(
                "Aucun dossier {value} de {authority} n'est connu. Écrivez le numéro et son autorité comme au dossier."
            ),
        ));
    }
    let Some(row) = view.message(message)? else { return Err(Refusal::not_found()) };
    if aimed_bytes(view, &row, &(authority.clone(), value.clone()))?.is_none() {
        return Err(Refusal::conflict(
            &format!(
                "Message {message} names several patients, is written in a character set that cannot be changed in part, or would be read as another record by its sender's dialect. Reject it."
            ),
            &format!(
                "Le message {message} nomme plusieurs patients, son jeu de caractères ne peut être modifié en partie, ou le dialecte de son expéditeur le lirait comme un autre dossier. Rejetez-le."
            ),
        ));
    }
    Ok(())
}

/// Why a message waits once more.
#[derive(Debug, Clone, Copy)]
enum PutOff {
    /// It came after the aim.
    Late,
    /// What is agreed with its sender changed after the decision.
    ReadOtherwise,
}

impl PutOff {
    /// Code, and what the people read who decide.
    fn said(self) -> (&'static str, Words) {
        match self {
            Self::Late => (
                "late",
                Words::new(
                    "These messages came while it was decided where the others of this stop belong. Nobody has said whose they are; they are not filed.",
                    "Ces messages sont arrivés pendant que l'on décidait où vont les autres de cet arrêt. Personne n'a dit à qui ils sont; ils ne sont pas versés.",
                ),
            ),
            Self::ReadOtherwise => (
                "read-otherwise",
                Words::new(
                    "The dialect of the sender changed after it was decided about these messages: they are read as about another record now. They stay where they are until somebody decides again.",
                    "Le dialecte de l'expéditeur a changé après la décision sur ces messages : ils se lisent maintenant comme portant sur un autre dossier. Ils restent où ils sont jusqu'à une nouvelle décision.",
                ),
            ),
        }
    }
}

/// Everything a verdict needs.
pub(super) struct Carrying<'a> {
    pub(super) view: &'a View,
    pub(super) directory: &'a Directory,
    pub(super) personas: &'a [Persona],
    pub(super) stop: &'a BreakerStop,
    pub(super) verdict: &'a str,
    pub(super) link: &'a Link,
    pub(super) together: &'a BTreeSet<MessageId>,
    pub(super) now: Instant,
}

impl Carrying<'_> {
    /// What becomes of one message, as one change.
    pub(super) fn effect(&self, stopped: &BreakerMessage) -> Result<(Changes, Effect), Refusal> {
        let row = self.view.message(stopped.message)?.ok_or_else(Refusal::not_found)?;
        let mut changes =
            Changes { requires: vec![Requirement::MessageIs(row.id, row.state)], ..Changes::default() };
        if self.is_late(stopped) {
            return self.put_off(&row, stopped, PutOff::Late, changes);
        }
        let leaves = self.leaves(&row, stopped)?;
        let stays = row.state == MessageState::Filed && !leaves;
        if self.verdict != Verdict::Reject.code() && !stays && self.reads_otherwise(&row, stopped)? {
            return self.put_off(&row, stopped, PutOff::ReadOtherwise, changes);
        }
        let taken = match leaves {
            true => self.recall().take_back(&row, &mut changes)?,
            false => crate::recall::TakenBack::default(),
        };
        let before = changes.resources.len();
        // Another suspect may have taken back already what this one had put on the chart; it leaves all the same.
        if self.verdict == Verdict::Reject.code() {
            self.reject(&row, &mut changes);
        } else if !stays {
            self.file(&row, stopped, &mut changes)?;
            if leaves && changes.settlement.is_none() {
                // Its chart is emptied: whoever must say where it belongs instead is asked.
                join(
                    &mut changes,
                    hold_again(self.view, self.directory, &row, self.link, &left(), self.now)?,
                );
            }
        }
        let after = changes.settlement.as_ref().map_or(row.state, |settlement| settlement.state);
        let records = changes.settlement.as_ref().map_or(&row.records, |settlement| &settlement.records);
        let queued = changes.outbox.iter().filter(|change| matches!(change, OutboxChange::Queue(_))).count();
        let effect = Effect {
            message: row.id,
            before: row.state,
            after,
            taken_back: taken.versions,
            filed: changes.resources.len() - before,
            deliveries: queued.saturating_sub(taken.systems),
            systems: taken.systems,
            readers: taken.readers,
            person: self.person_of(records, &changes)?,
        };
        changes
            .breaker
            .push(BreakerChange::Message(BreakerMessage { done: Some(self.now), ..stopped.clone() }));
        changes.audit.push(audit_row(
            &machine(ACTOR, self.now),
            Permission::FileMessages,
            effect.person.or(self.stop.person),
            format!("breaker/{}/message/{}", self.stop.id, row.id),
        ));
        Ok((changes, effect))
    }

    /// Whether it came under the stop after somebody had named a record for each of its messages: nobody has said
    /// whose it is, so it is not filed on the person of whom filing was stopped.
    fn is_late(&self, stopped: &BreakerMessage) -> bool {
        self.verdict == AIM && stopped.aim.is_none()
    }

    /// Whether what is agreed with the sender has changed since it was decided, so that the message would be filed on
    /// another record than the one that was looked at, or can no longer be filed on the one that it was aimed at. One that
    /// cannot be read at all any more is held by filing, which says why.
    fn reads_otherwise(&self, row: &JournalRow, stopped: &BreakerMessage) -> Result<bool, Refusal> {
        if let Some(aim) = &stopped.aim {
            return Ok(aimed_bytes(self.view, row, aim)?.is_none());
        }
        let decided = self.stop.decided.unwrap_or(self.now);
        let charts = |read: Option<Read>| -> Option<BTreeSet<RecordId>> {
            Some(read?.interpret().charts.into_iter().map(|chart| chart.record).collect())
        };
        let then = charts(read_on(self.view, row, self.link, decided)?);
        let Ok(message) = hl7v2::Message::parse(row.raw.clone()) else { return Ok(false) };
        let now = charts(read_now(self.view, row, self.link, message)?.ok());
        // What could not be read then was looked at by nobody as it reads now.
        Ok(now.is_some() && then != now)
    }

    /// A message about which nothing was decided, or something else than it says now, waits under a stop of its own, which
    /// somebody must decide about.
    fn put_off(
        &self,
        row: &JournalRow,
        stopped: &BreakerMessage,
        why: PutOff,
        mut changes: Changes,
    ) -> Result<(Changes, Effect), Refusal> {
        let stop = self.stop_again(row.id, why)?;
        let why = words(&stop.reasons);
        let owed = clinical::obligations::stopped(&self.link.name, why, stop.at);
        let about = obligations::About {
            message: Some(row.id),
            custodian: self.link.custodian.clone(),
            ..obligations::About::default()
        };
        // Somebody may decide about that stop at this moment: what came after is not what was decided about.
        let revision = self.view.obligation(stop.id)?.map_or(0, |row| row.revision);
        changes.requires.push(Requirement::ObligationRevisionIs(stop.id, revision));
        let owed = obligations::row(stop.id, &owed, &about, stop.at);
        let opened = obligations::opened(&owed, ACTOR);
        changes.obligations.extend([ObligationChange::Open(owed), ObligationChange::Event(opened)]);
        let message = BreakerMessage { stop: stop.id, aim: None, ..stopped.clone() };
        changes.breaker.extend([BreakerChange::Stop(stop), BreakerChange::Message(message)]);
        let person = self.person_of(&row.records, &changes)?;
        let effect = Effect {
            message: row.id,
            before: row.state,
            after: row.state,
            taken_back: 0,
            filed: 0,
            deliveries: 0,
            systems: 0,
            readers: 0,
            person,
        };
        Ok((changes, effect))
    }

    /// The stop that messages come under which wait once more: one for all of them, unless that was decided meanwhile.
    fn stop_again(&self, message: MessageId, why: PutOff) -> Result<BreakerStop, Refusal> {
        let parent = self.stop.id.to_string();
        let (code, why) = why.said();
        let mut id = obligations::id(&["breaker", &parent, code]);
        if let Some(stop) = self.view.stop(id)? {
            if stop.verdict.is_empty() {
                return Ok(stop);
            }
            id = obligations::id(&["breaker", &parent, code, &message.to_string()]);
        }
        Ok(BreakerStop {
            id,
            at: self.now,
            reasons: words_json(&why),
            verdict: String::new(),
            decided: None,
            actor: String::new(),
            reason: String::new(),
            ..self.stop.clone()
        })
    }

    fn person_of(&self, records: &[RecordId], changes: &Changes) -> Result<Option<PersonId>, Refusal> {
        let Some(record) = records.first() else { return Ok(None) };
        let new = changes.records.iter().find(|row| row.record == *record).map(|row| row.person);
        Ok(match new {
            Some(person) => Some(person),
            None => self.view.record(*record)?.map(|row| row.person),
        })
    }

    fn recall(&self) -> Recall<'_> {
        Recall {
            view: self.view,
            directory: self.directory,
            personas: self.personas,
            link: self.link,
            because: &BECAUSE,
            together: self.together,
            now: self.now,
        }
    }

    /// Whether what the message put on a chart is taken back.
    fn leaves(&self, row: &JournalRow, stopped: &BreakerMessage) -> Result<bool, Refusal> {
        if row.state != MessageState::Filed {
            return Ok(false);
        }
        Ok(match (self.verdict, &stopped.aim) {
            ("reject", _) => true,
            (AIM, Some((authority, value))) => row.records != [RecordId::of(authority, value)],
            ("restore", _) => {
                let said: HashSet<RecordId> = says(self.view, row, self.link)?.into_iter().collect();
                row.records.iter().any(|record| !said.contains(record))
            }
            _ => false,
        })
    }

    /// Back to the sender: kept whole, and the feed's owner has one obligation for all of the stop.
    fn reject(&self, row: &JournalRow, changes: &mut Changes) {
        let why = Words::new(
            format!(
                "Rejected by {}: the sender named the wrong patient. {}",
                self.stop.actor, self.stop.reason
            ),
            format!(
                "Rejeté par {} : l'expéditeur a nommé le mauvais patient. {}",
                self.stop.actor, self.stop.reason
            ),
        );
        let told = clinical::obligations::feed_report(&self.link.name, why.clone(), self.now);
        let about = obligations::About {
            message: Some(row.id),
            custodian: self.link.custodian.clone(),
            ..obligations::About::default()
        };
        let id = obligations::id(&["breaker", &self.stop.id.to_string(), "rejected"]);
        let owed = obligations::row(id, &told, &about, self.now);
        let first = obligations::opened(&owed, &self.stop.actor);
        changes.obligations.extend([ObligationChange::Open(owed), ObligationChange::Event(first)]);
        changes.settlement = Some(Settlement {
            message: row.id,
            state: MessageState::Kept,
            note: words_json(&why),
            records: Vec::new(),
            at: self.now,
        });
    }

    /// File it as it says, or as the person said.
    fn file(&self, row: &JournalRow, stopped: &BreakerMessage, changes: &mut Changes) -> Result<(), Refusal> {
        let bytes = match &stopped.aim {
            Some(aim) => {
                aimed_bytes(self.view, row, aim)?.map(|(bytes, _)| bytes).ok_or_else(Refusal::not_found)?
            }
            None => row.raw.clone(),
        };
        let way = Way::of(&bytes);
        let mut filed = follow_bytes(self.view, self.directory, row, None, bytes.clone(), way, self.now)?;
        if stopped.aim.is_some() {
            self.send_aimed(row, &bytes, &mut filed)?;
        }
        join(changes, filed);
        Ok(())
    }

    /// What goes out of an aimed message names the right patient, so its bytes are kept and not made of the received
    /// ones; like everything that goes out it is in the words of the standard, not in its sender's.
    fn send_aimed(&self, row: &JournalRow, bytes: &[u8], filed: &mut Changes) -> Result<(), Refusal> {
        let Some(read) = read_aimed(self.view, row, self.link, bytes)? else { return Ok(()) };
        for change in &mut filed.outbox {
            let OutboxChange::Queue(queued) = change else { continue };
            // What the person says about the report goes with it (GUARANTEES L-14).
            let said = corrections::on_paper(&corrections::statements(self.view, queued.report)?);
            let part = match said.is_empty() {
                true => None,
                false => clinical::rendering::stated(&read.message, &read.sender, queued.report, &said),
            };
            let whole = (part.as_ref().unwrap_or(&read.message), &read.sender);
            if let Some(body) =
                sent(row, self.link, whole, queued.report, &queued.destination, &queued.control_id)
            {
                filed.notices.push(NoticeRow {
                    obligation: queued.obligation,
                    destination: queued.destination.clone(),
                    trigger: "R01".to_owned(),
                    records: vec![queued.record],
                    body,
                });
                *queued = OutboxRow { kind: OutboxKind::Identity, ..queued.clone() };
            }
        }
        Ok(())
    }
}

/// Why somebody is told, whatever the verdict's own words.
static BECAUSE: std::sync::LazyLock<Words> = std::sync::LazyLock::new(|| {
    Words::new(
        "It was filed on the wrong patient and is withdrawn. Do not use it; whoever acted on it must look again.",
        "Il avait été versé au dossier d'un autre patient et est retiré. Ne l'utilisez pas; qui a agi sur sa foi doit réexaminer.",
    )
});

/// Why a message is held whose chart was emptied and that could not be filed instead.
fn left() -> Words {
    Words::new(
        "What this message had put on a chart was taken back as somebody decided, and it cannot be filed as it reads now: read again, it names nobody whom it may be filed on. Say whose it is, or return it to the sender.",
        "Ce que ce message avait versé à un dossier a été retiré comme quelqu'un l'a décidé, et il ne peut être versé tel qu'il se lit maintenant : relu, il ne nomme personne au dossier de qui il puisse l'être. Dites à qui il est, ou retournez-le à l'expéditeur.",
    )
}

fn join(changes: &mut Changes, more: Changes) {
    let Changes {
        requires,
        settlement,
        records,
        resources,
        links,
        waiting,
        waited,
        cases,
        notices,
        obligations,
        outbox,
        audit,
        ..
    } = more;
    changes.requires.extend(requires.into_iter().filter(|one| !matches!(one, Requirement::MessageIs(..))));
    changes.settlement = settlement.or(changes.settlement.take());
    changes.records.extend(records);
    changes.resources.extend(resources);
    changes.links.extend(links);
    changes.waiting.extend(waiting);
    changes.waited.extend(waited);
    changes.cases.extend(cases);
    changes.notices.extend(notices);
    changes.obligations.extend(obligations);
    changes.outbox.extend(outbox);
    changes.audit.extend(audit);
}

impl Record {
    /// Carry out what was decided about stops, message by message. The same after a crash. Returns what was done.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again; what was done stays done.
    pub fn carry_out_stops(&self, now: Instant) -> Result<Vec<Effect>, Refusal> {
        let mut effects = Vec::new();
        let stops = self.store().view()?.stops_to_carry_out()?;
        for stop in stops {
            self.watch().decided(&stop, stop.verdict == Verdict::Release.code(), now);
            let messages = self.store().view()?.stop_messages(stop.id, usize::MAX)?;
            let together: BTreeSet<MessageId> = messages
                .iter()
                .filter(|row| row.part == MessagePart::Suspect)
                .map(|row| row.message)
                .collect();
            let mut all = true;
            for message in messages.iter().filter(|row| row.done.is_none()) {
                match self.carry_out(&stop, message, &together, now) {
                    Ok(effect) => effects.push(effect),
                    Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                    // One that cannot be carried out keeps nobody else's waiting; the stop's obligation stays open.
                    Err(refusal) => {
                        all = false;
                        tracing::error!(stop = %stop.id, message = %message.message, why = %refusal, "what was decided cannot be carried out");
                    }
                }
            }
            if all {
                self.end_carried_out(stop.id, ACTOR, now)?;
            }
        }
        Ok(effects)
    }

    fn carry_out(
        &self,
        stop: &BreakerStop,
        message: &BreakerMessage,
        together: &BTreeSet<MessageId>,
        now: Instant,
    ) -> Result<Effect, Refusal> {
        let done = self.settle_anew(|known| {
            let view = self.store().view()?;
            let link = view.link(stop.link)?.ok_or_else(Refusal::not_found)?;
            let carrying = Carrying {
                view: &view,
                directory: &known.directory,
                personas: self.personas(),
                stop,
                verdict: &stop.verdict,
                link: &link,
                together,
                now,
            };
            let (changes, effect) = carrying.effect(message)?;
            let late = changes.breaker.iter().find_map(|change| match change {
                BreakerChange::Stop(stop) => Some(stop.clone()),
                _ => None,
            });
            Ok((Some(changes), (late, effect)))
        })?;
        let Some((late, effect)) = done else {
            return Err(Refusal::conflict(
                "The record is changing under these messages. It is tried again in a moment.",
                "Le dossier change sous ces messages. Nouvel essai dans un instant.",
            ));
        };
        late.into_iter().for_each(|late| self.watch().stands(late));
        Ok(effect)
    }
}
