//! What senders say of two records (A24, A34, A37, A40, A43, A47 …): linked, parted, asked about, or kept until both
//! records are on file. The persons are the same whatever the order in which messages arrive.

use super::graph::{Around, Reason};
use super::told;
use crate::intake::candidate;
use crate::messages::held_by;
use crate::obligations::{self, words_json};
use crate::refusal::Refusal;
use clinical::directory::Directory;
use clinical::identity::{
    self, Candidate, EventDecision, Identifier, IdentifierSort, IdentityEvent, Says, judge_event,
};
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use serde::{Deserialize, Serialize};
use store::{
    Changes, LinkBasis, LinkEvent, LinkSort, MessageId, MessageState, ObligationChange, RecordRow,
    Requirement, ReviewCase, ReviewSort, Settlement, VersionRow, View, WaitingLink,
};

/// Who links on a sender's word, in link events.
const ACTOR: &str = "opor intake";

/// Number under which a message itself waits for the record that it names, beside what it says of records.
const HELD_MESSAGE: u32 = u32::MAX;

/// The row by which a held message waits for a record.
pub(crate) fn waits_for(missing: RecordId, message: MessageId, now: Instant) -> WaitingLink {
    WaitingLink { missing, message, number: HELD_MESSAGE, statement: String::new(), at: now }
}

/// The change that a message makes, as far as links are concerned.
pub(crate) struct Reported<'a> {
    /// What is on file.
    pub(crate) view: &'a View,
    /// For the systems that must be told.
    pub(crate) directory: &'a Directory,
    /// The message that is filed.
    pub(crate) message: MessageId,
    /// Its custodian.
    pub(crate) custodian: &'a str,
    /// When.
    pub(crate) now: Instant,
}

/// A statement as it waits for a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    trigger: String,
    says: Says,
    survivor: Identifier,
    merged: Identifier,
    #[serde(default)]
    visit: Option<Identifier>,
    at: i64,
}

impl Kept {
    fn of(event: &IdentityEvent) -> Self {
        Self {
            trigger: event.trigger.clone(),
            says: event.says,
            survivor: event.survivor.clone(),
            merged: event.merged.clone(),
            visit: event.visit.clone(),
            at: event.at.0,
        }
    }
    fn event(self) -> IdentityEvent {
        IdentityEvent {
            trigger: self.trigger,
            says: self.says,
            survivor: self.survivor,
            merged: self.merged,
            visit: self.visit,
            at: Instant(self.at),
        }
    }
}

fn record_of(identifier: &Identifier) -> RecordId {
    RecordId::of(&identifier.authority, &identifier.value)
}

impl Reported<'_> {
    /// Adds what follows from the events of the message, and from what waited for the records that it brings. To be
    /// called when everything else of the message is in `changes`.
    pub(crate) fn settle(&self, events: &[IdentityEvent], changes: &mut Changes) -> Result<(), Refusal> {
        let born: Vec<RecordId> =
            changes.links.iter().filter(|e| e.sort == LinkSort::Born).map(|e| e.record).collect();
        let mut due: Vec<(IdentityEvent, MessageId, u32)> = Vec::new();
        for record in born {
            let waiting = self.view.waiting_links(record)?;
            let count = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
            changes.requires.push(Requirement::WaitingCountIs(record, count));
            for row in waiting {
                if row.number == HELD_MESSAGE {
                    self.decide_again(row.message, changes)?;
                } else if let Ok(kept) = serde_json::from_str::<Kept>(&row.statement) {
                    due.push((kept.event(), row.message, row.number));
                }
                changes.waited.push(row);
            }
        }
        for (number, event) in events.iter().enumerate() {
            // A card names a person and seldom a record: nothing waits for one that is not on file.
            let is_record = event.merged.sort == IdentifierSort::RecordNumber
                || self.on_file(record_of(&event.merged), changes)?.is_some();
            if is_record {
                due.push((event.clone(), self.message, u32::try_from(number).unwrap_or(u32::MAX)));
            }
        }
        // In the order in which it happened, so that what waited and what comes meet the same way every time.
        due.sort_by_key(|(event, message, number)| (event.at, *message, *number));
        for (event, message, number) in due {
            self.one(&event, message, number, changes)?;
        }
        Ok(())
    }

    /// A message that was held because the record that it names was not on file stands open again in its old place: it
    /// is decided with the record there. What a person has begun to answer stays theirs.
    fn decide_again(&self, message: MessageId, changes: &mut Changes) -> Result<(), Refusal> {
        let held = self.view.message(message)?.is_some_and(|row| row.state == MessageState::Held);
        if message == self.message || !held {
            return Ok(());
        }
        let owned = held_by(self.view, message)?;
        for row in &owned {
            let answered = self.view.review_case(row.id)?.is_some_and(|case| !case.because.is_empty());
            if row.kind != "identity-review" || answered {
                return Ok(());
            }
        }
        let words = Words::new(
            "The record that the message names has come; the message is decided again.",
            "Le dossier que nomme le message est arrivé; le message est examiné de nouveau.",
        );
        let outcome = Outcome::Resolved { by: ACTOR.to_owned(), how: words.en.clone() };
        for row in owned {
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.push(obligations::event(row.id, self.now, ACTOR, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(obligations::ended(&row, &outcome, self.now)));
        }
        changes.requires.push(Requirement::MessageIs(message, MessageState::Held));
        changes.reopened.push(Settlement {
            message,
            state: MessageState::Pending,
            note: String::new(),
            records: Vec::new(),
            at: self.now,
        });
        Ok(())
    }

    fn on_file(&self, record: RecordId, changes: &Changes) -> Result<Option<RecordRow>, Refusal> {
        match changes.records.iter().rfind(|row| row.record == record) {
            Some(row) => Ok(Some(row.clone())),
            None => Ok(self.view.record(record)?),
        }
    }

    fn one(
        &self,
        event: &IdentityEvent,
        message: MessageId,
        number: u32,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let (survivor, merged) = (record_of(&event.survivor), record_of(&event.merged));
        let rows = (self.on_file(survivor, changes)?, self.on_file(merged, changes)?);
        let (Some(keep), Some(gone)) = rows else {
            let missing = if rows.0.is_none() { survivor } else { merged };
            return self.wait(event, missing, message, number, changes);
        };
        let around = Around::of(self.view, &[survivor, merged], &changes.links)?;
        if event.says == Says::Moved {
            return self.moved(event, &around, [merged, survivor], message, changes);
        }
        let said_before = around.events.iter().any(|known| {
            known.basis == LinkBasis::Sender
                && known.message == Some(message)
                && known.as_of == event.at
                && [(survivor, merged), (merged, survivor)]
                    .contains(&(known.record, known.other.unwrap_or(known.record)))
        });
        if said_before {
            return Ok(());
        }
        changes.requires.extend(around.requires(self.view)?);
        let (kept, lost) = (candidate(&keep), candidate(&gone));
        let judged = match event.says {
            Says::Same => judge_event(event, kept.as_ref(), lost.as_ref()),
            Says::Parted | Says::Moved => EventDecision::Nothing(parted_words(event)),
        };
        let (words, evidence, mut doubt) = match judged {
            EventDecision::LinkBoth { evidence, because } => (because, evidence, None),
            EventDecision::Look { reason, evidence } => (reason.clone(), evidence, Some(reason)),
            EventDecision::Nothing(words) => (words, Vec::new(), None),
        };
        let trigger = event.trigger.clone();
        let reason = Reason { words: Some(words), evidence, trigger, ..Reason::default() };
        let said = around.say(LinkEvent {
            sort: match event.says {
                Says::Same => LinkSort::Same,
                Says::Parted | Says::Moved => LinkSort::Parted,
            },
            basis: LinkBasis::Sender,
            actor: ACTOR.to_owned(),
            reason: reason.json(),
            as_of: event.at,
            message: Some(message),
            ..LinkEvent::born(merged, gone.person, Some(survivor), self.now)
        });
        if let Some(apart) = said.conflict {
            doubt = Some(contradiction(event, &around, apart));
        } else if !said.in_force {
            // A later statement of the senders about the two took its place already.
            doubt = None;
        }
        let mut kept_event = said.event;
        if doubt.is_some() {
            kept_event.applied = false;
            kept_event.moves.clear();
            kept_event.person = gone.person;
        }
        if let Some(reason) = doubt {
            let name = lost.map(|c| identity::display_name(&c.claim.names)).unwrap_or_default();
            self.ask(event, &name, &reason, [merged, survivor], message, changes);
        }
        let teller = told::Teller {
            view: self.view,
            directory: self.directory,
            now: self.now,
            custodian: self.custodian,
            message: Some(message),
        };
        teller.tell(&around, &kept_event, &event.trigger, changes)?;
        changes.links.push(kept_event);
        Ok(())
    }

    /// A visit of one record belongs to another: under the wrong one it says so. What else stands there under that
    /// visit is a person's to look at, unless the two are one person anyway.
    fn moved(
        &self,
        event: &IdentityEvent,
        around: &Around,
        records: [RecordId; 2],
        message: MessageId,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let Some(visit) = &event.visit else { return Ok(()) };
        let key = ResourceKey::of(records[0], Kind::Encounter, &[&visit.authority, &visit.value]);
        if let Some(stored) = self.view.current(key)? {
            let filed = crate::chart::filed(stored)?;
            let mut object = filed.object;
            if object.text("status") != Some("entered-in-error") {
                object.put("status", "entered-in-error");
                let version = filed.stored.latest + 1;
                changes.requires.push(Requirement::VersionIs(key, filed.stored.latest));
                changes.resources.push(VersionRow {
                    key,
                    version,
                    current: true,
                    index: fhir::search::rows(key.kind, &object),
                    body: object.to_bytes(),
                    finality: None,
                    as_of: filed.stored.as_of.max(event.at),
                    message: Some(message),
                    at: self.now,
                    custodian: self.custodian.to_owned(),
                });
            }
        }
        if around.persons.joined(records[0], records[1]) {
            return Ok(());
        }
        let claim = self.on_file(records[0], changes)?.as_ref().and_then(candidate);
        let name = claim.map(|c| identity::display_name(&c.claim.names)).unwrap_or_default();
        let (visit, a, b) = (&visit.value, &event.merged.value, &event.survivor.value);
        let reason = Words::new(
            format!(
                "{} says that visit {visit}, kept under record {a}, belongs to record {b}. Look what else stands under record {a} for that visit, and recall what is not theirs.",
                event.trigger
            ),
            format!(
                "{} dit que la visite {visit}, conservée au dossier {a}, appartient au dossier {b}. Voyez ce qui figure encore au dossier {a} pour cette visite, et rappelez ce qui n'est pas à cette personne.",
                event.trigger
            ),
        );
        self.ask(event, &name, &reason, records, message, changes);
        Ok(())
    }

    fn wait(
        &self,
        event: &IdentityEvent,
        missing: RecordId,
        message: MessageId,
        number: u32,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let waits = self.view.waiting_links(missing)?;
        if waits.iter().any(|row| row.message == message && row.number == number) {
            return Ok(());
        }
        changes.requires.push(Requirement::RecordEpochIs(missing, 0));
        let statement = serde_json::to_string(&Kept::of(event))
            .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
        changes.waiting.push(WaitingLink { missing, message, number, statement, at: self.now });
        Ok(())
    }

    fn ask(
        &self,
        event: &IdentityEvent,
        name: &str,
        reason: &Words,
        records: [RecordId; 2],
        message: MessageId,
        changes: &mut Changes,
    ) {
        let review = clinical::obligations::review(name, reason.clone(), self.now);
        let about = obligations::About {
            message: Some(message),
            record: Some(records[0]),
            subject: Some(name.to_owned()),
            custodian: self.custodian.to_owned(),
            ..Default::default()
        };
        // The same statement sent again under another control id is the same question, answered or not.
        let [one, other] = records.map(|record| record.to_string());
        let moment = event.at.0.to_string();
        let id = obligations::id(&[&one, "identity-event", &other, &event.trigger, &moment]);
        let row = obligations::row(id, &review, &about, self.now);
        let first = obligations::opened(&row, ACTOR);
        changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        changes.cases.push(ReviewCase {
            obligation: id,
            records: records.to_vec(),
            sort: ReviewSort::Reported,
            risk: 1,
            because: words_json(&Words::new(
                "A sender says it; results of one person may stand on two charts, or two people's on one.",
                "Un expéditeur le dit; les résultats d'une personne peuvent être dans deux dossiers, ou ceux de deux dans un.",
            )),
            asked: None,
        });
    }
}

/// Whom a sender said, before the record came, that it is the same as; `None` unless the facts agree with that.
pub(crate) fn said_to_be(
    view: &View,
    record: RecordId,
    claim: &identity::Claim,
) -> Result<Option<(PersonId, Reason)>, Refusal> {
    for row in view.waiting_links(record)? {
        let Ok(kept) = serde_json::from_str::<Kept>(&row.statement) else { continue };
        let event = kept.event();
        let (survivor, merged) = (record_of(&event.survivor), record_of(&event.merged));
        let other = if survivor == record { merged } else { survivor };
        let Some(on_file) = view.record(other)? else { continue };
        let own = Candidate { record, person: PersonId::born_with(record), claim: claim.clone() };
        let Some(theirs) = candidate(&on_file) else { continue };
        let sides = if survivor == record { (own, theirs) } else { (theirs, own) };
        if event.says == Says::Same
            && let EventDecision::LinkBoth { evidence, because } =
                judge_event(&event, Some(&sides.0), Some(&sides.1))
        {
            let reason =
                Reason { words: Some(because), evidence, trigger: event.trigger, ..Reason::default() };
            return Ok(Some((on_file.person, reason)));
        }
    }
    Ok(None)
}

fn parted_words(event: &IdentityEvent) -> Words {
    let (a, b) = (&event.survivor.value, &event.merged.value);
    Words::new(
        format!("{} says that records {a} and {b} are not linked.", event.trigger),
        format!("{} dit que les dossiers {a} et {b} ne sont pas liés.", event.trigger),
    )
}

fn contradiction(event: &IdentityEvent, around: &Around, apart: clinical::links::Apart) -> Words {
    let (a, b) = (&event.survivor.value, &event.merged.value);
    if event.says == Says::Parted {
        return Words::new(
            format!(
                "{} says that records {a} and {b} are not linked, but other evidence joins them. Compare them; keep them apart if they are two people.",
                event.trigger
            ),
            format!(
                "{} dit que les dossiers {a} et {b} ne sont pas liés, mais d'autres éléments les joignent. Comparez-les; gardez-les séparés s'il s'agit de deux personnes.",
                event.trigger
            ),
        );
    }
    let by = around.event(apart.by).map(|event| event.actor.clone()).unwrap_or_default();
    Words::new(
        format!(
            "{} says that records {a} and {b} are one person, but {by} decided that they are two. Ask the sender; undo that decision if it was wrong.",
            event.trigger
        ),
        format!(
            "{} dit que les dossiers {a} et {b} sont la même personne, mais {by} a décidé qu'il y en a deux. Demandez à l'expéditeur; annulez cette décision si elle était erronée.",
            event.trigger
        ),
    )
}
