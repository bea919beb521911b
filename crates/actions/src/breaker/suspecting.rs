//! A stop that a person makes: a feed's messages of a time are suspected, and wait for one decision.

use super::Suspect;
use crate::intake::breaker::stop_id;
use crate::obligations::{self, words_json};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, Changes, MessageFilter, MessageId, MessagePart, MessageState,
    ObligationChange,
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
        let link = reading.view.link_named(&self.link)?.ok_or_else(Refusal::not_found)?;
        let record = self.record.as_ref().map(|(authority, value)| RecordId::of(authority, value));
        let person = match record {
            Some(record) => Some(reading.view.record(record)?.ok_or_else(Refusal::not_found)?.person),
            None => None,
        };
        let messages = self.filed(reading, link.id, record)?;
        let Some(first) = messages.last().copied() else {
            return Err(Refusal::conflict(
                "This feed filed nothing in that time. Check the feed's name and the times.",
                "Ce flux n'a rien versé pendant ce temps. Vérifiez le nom du flux et les heures.",
            ));
        };
        let now = reading.context.now;
        let by = &reading.context.actor.name;
        let why = Words::new(
            format!("Stopped by hand by {by}: {reason}"),
            format!("Arrêté à la main par {by} : {reason}"),
        );
        let stop = BreakerStop {
            id: stop_id(link.id, person, first),
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

impl Suspect {
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
