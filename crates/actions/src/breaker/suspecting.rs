//! A stop that a person makes: a feed's messages of a time are suspected, and wait for one decision.

use super::Suspect;
use crate::obligations::{self, words_json};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, Changes, Link, LinkId, MessageFilter, MessageId, MessagePart,
    MessageState, ObligationChange, ObligationId,
};

/// Messages read at a time.
const PAGE: usize = 500;
/// Most messages of one stop by hand.
const MOST_MESSAGES: usize = 20_000;

impl Sealed for Suspect {}
impl Act for Suspect {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("breaker/suspect/{}", self.link)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::unreadable(
                "Write why these messages are suspect; it stays with the stop.",
                "Écrivez pourquoi ces messages sont suspects; cela reste avec l'arrêt.",
            ));
        }
        let (link, person, messages) = self.suspects(reading)?;
        let now = reading.context.now;
        let by = &reading.context.actor.name;
        let why = Words::new(
            format!("Stopped by hand by {by}: {reason}"),
            format!("Arrêté à la main par {by} : {reason}"),
        );
        let stop = BreakerStop {
            id: id(link.id, person, now),
            link: link.id,
            person,
            at: now,
            before: None,
            reasons: words_json(&why),
            verdict: String::new(),
            decided: None,
            actor: String::new(),
            reason: String::new(),
        };
        let owed = clinical::obligations::stopped(&link.name, why, now);
        let about = obligations::About { custodian: link.custodian, ..obligations::About::default() };
        let row = obligations::row(stop.id, &owed, &about, now);
        let opened = obligations::opened(&row, by);
        let take = |message: &MessageId| {
            BreakerChange::Take(BreakerMessage {
                message: *message,
                stop: stop.id,
                part: MessagePart::Suspect,
                aim: None,
                done: None,
            })
        };
        let mut breaker = vec![BreakerChange::Stop(stop.clone())];
        breaker.extend(messages.iter().rev().map(take));
        let changes = Changes {
            breaker,
            obligations: vec![ObligationChange::Open(row), ObligationChange::Event(opened)],
            ..Changes::default()
        };
        Ok((changes, person))
    }
}

/// Answers with the messages that would be suspects, newest first; nothing is written.
impl Look for Suspect {
    type View = Vec<MessageId>;
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        Act::object(self)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let (_, person, view) = self.suspects(reading)?;
        Ok(Seen { view, people: person.into_iter().collect() })
    }
}

/// Each stop by hand is one of its own, also of messages that were stopped and decided about before.
fn id(link: LinkId, person: Option<PersonId>, now: Instant) -> ObligationId {
    let person = person.map(|person| person.to_string()).unwrap_or_default();
    obligations::id(&["breaker", "by hand", &link.0.to_string(), &person, &now.0.to_string()])
}

impl Suspect {
    /// The feed, the person whom it concerns, and the messages: none that waits under another stop.
    fn suspects(&self, reading: &Reading<'_>) -> Result<(Link, Option<PersonId>, Vec<MessageId>), Refusal> {
        let link = reading.view.link_named(&self.link)?.ok_or_else(Refusal::not_found)?;
        let record = self.record.as_ref().map(|(authority, value)| RecordId::of(authority, value));
        let person = match record {
            Some(record) => Some(reading.view.record(record)?.ok_or_else(Refusal::not_found)?.person),
            None => None,
        };
        let filed = self.filed(reading, link.id, record)?;
        if filed.is_empty() {
            return Err(Refusal::conflict(
                "This feed filed nothing in that time. Check the feed's name and the times.",
                "Ce flux n'a rien versé pendant ce temps. Vérifiez le nom du flux et les heures.",
            ));
        }
        for message in &filed {
            let other = reading.view.stop_of(*message)?.filter(|row| row.done.is_none());
            if let Some(other) = other {
                return Err(Refusal::conflict(
                    &format!(
                        "Message {message} waits under stop {}. Decide about that one first.",
                        other.stop
                    ),
                    &format!(
                        "Le message {message} attend sous l'arrêt {}. Décidez d'abord de celui-là.",
                        other.stop
                    ),
                ));
            }
        }
        Ok((link, person, filed))
    }

    /// What the feed filed in the time, newest first.
    fn filed(
        &self,
        reading: &Reading<'_>,
        link: store::LinkId,
        record: Option<RecordId>,
    ) -> Result<Vec<MessageId>, Refusal> {
        let filter = MessageFilter { link: Some(link), state: Some(MessageState::Filed), record };
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page = reading.view.messages_of(&filter, PAGE, before)?;
            let Some(last) = page.last() else { return Ok(found) };
            before = Some(last.id);
            let done = page.len() < PAGE || last.received < self.since;
            let inside = page.iter().filter(|row| row.received >= self.since && row.received < self.until);
            found.extend(inside.map(|row| row.id));
            if found.len() > MOST_MESSAGES {
                return Err(Refusal::conflict(
                    "These are more messages than one stop holds. Choose a shorter time.",
                    "Ces messages dépassent ce qu'un arrêt contient. Choisissez un temps plus court.",
                ));
            }
            if done {
                return Ok(found);
            }
        }
    }
}
