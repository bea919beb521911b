//! Months of orphan results: loaded through the ordinary intake on a link of their own, marked late by its name.
//!
//! Nothing here knows another way to a chart: a loaded message is journalled, identified, filed and routed like any
//! other, only that it does not ring as news ([`clinical::backlog`]) and that what a person must say who it is needs a
//! second person to say the same ([`second_check`]).

use crate::intake::Door;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::backlog::LINK_PREFIX;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use std::sync::mpsc;
use store::{Changes, LinkId, MessageQuery, MessageState, ObligationId, View};

/// Characters of the name of a backlog.
const NAME_LIMIT_CHARS: usize = 40;
/// The first person's answer to a question about a late message, as a step.
pub(crate) const FIRST_CHECK: &str = "first-check";

/// Act: the audit row of a load; see [`Record::load_backlog`].
#[derive(Debug, Clone)]
struct Begin(String);

impl Sealed for Begin {}
impl Act for Begin {
    const PERMISSION: Permission = Permission::LoadBacklog;
    fn object(&self) -> String {
        format!("backlog/{}", self.0)
    }
    fn prepare(&self, _: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        Ok((Changes::default(), None))
    }
}

/// What became of a message that was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offered {
    /// Kept, or it had been kept before.
    Accepted,
    /// It is no message; why.
    Refused(String),
}

/// Look: how far a backlog is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Its name.
    pub name: String,
}

/// Answer to [`Progress`]: accepted = filed + waiting + held + kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressView {
    /// In the journal.
    pub accepted: u64,
    /// On charts.
    pub filed: u64,
    /// Not interpreted yet.
    pub waiting: u64,
    /// Somebody must say who it is, or what is missing.
    pub held: u64,
    /// Of a type that is not read, or returned.
    pub kept: u64,
}

impl Sealed for Progress {}
impl Look for Progress {
    type View = ProgressView;
    const PERMISSION: Permission = Permission::LoadBacklog;
    fn object(&self) -> String {
        format!("backlog/{}", self.name)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ProgressView>, Refusal> {
        let name = link_name(&self.name)?;
        let Some(link) = reading.view.link_named(&name)? else {
            return Ok(Seen::nobody(ProgressView::default()));
        };
        Ok(Seen::nobody(counted(reading.view, link.id)?))
    }
}

fn counted(view: &View, link: LinkId) -> Result<ProgressView, Refusal> {
    let mut progress = ProgressView::default();
    let query = MessageQuery { link: Some(link), ..MessageQuery::default() };
    let mut before = None;
    loop {
        let page = view.message_page(&query, 1_000, before)?;
        for head in page.rows {
            progress.accepted += 1;
            match head.state {
                MessageState::Filed => progress.filed += 1,
                MessageState::Pending => progress.waiting += 1,
                MessageState::Held => progress.held += 1,
                MessageState::Kept => progress.kept += 1,
            }
        }
        before = page.next;
        if before.is_none() {
            return Ok(progress);
        }
    }
}

/// The link of a backlog of this name.
///
/// # Errors
/// The name has other characters than letters, figures, hyphens and dots, or is too long.
pub fn link_name(name: &str) -> Result<String, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || name.len() > NAME_LIMIT_CHARS || !name.chars().all(plain) {
        return Err(Refusal::unreadable(
            format!(
                "Name the backlog with up to {NAME_LIMIT_CHARS} letters, figures, hyphens or dots, for example iwk-2025-12."
            ),
            format!(
                "Nommez l'arriéré avec au plus {NAME_LIMIT_CHARS} lettres, chiffres, traits d'union ou points, par exemple iwk-2025-12."
            ),
        ));
    }
    Ok(format!("{LINK_PREFIX}{name}"))
}

impl Record {
    /// Offer messages of a backlog; each is answered when it is durable. Offered again, it is the same message: a load
    /// that stopped is started again with the same files.
    ///
    /// # Errors
    /// Not allowed, the name cannot be used, or no `authority` is named that stands for a blank one (PID-3.4), or another
    /// than when the backlog was begun.
    pub fn load_backlog(
        &self,
        context: &crate::Context,
        name: &str,
        authority: &str,
        messages: Vec<Vec<u8>>,
    ) -> Result<Vec<Offered>, Refusal> {
        let link = link_name(name)?;
        let door = Door::Loader { link, authority: authority.trim().to_owned() };
        if door.authority().is_empty() {
            return Err(Refusal::unreadable(
                "Name the assigning authority that a blank PID-3.4 stands for, for example HRH.",
                "Nommez l'autorité d'attribution que représente un PID-3.4 vide, par exemple HRH.",
            ));
        }
        self.act(context, Begin(name.to_owned()))?;
        if let Some(stands) = self.other_authority(&door)? {
            return Err(Refusal::conflict(
                &format!(
                    "In this backlog a blank PID-3.4 stands for {stands}. Load it so, or under another name."
                ),
                &format!(
                    "Dans cet arriéré, un PID-3.4 vide représente {stands}. Chargez-le ainsi, ou sous un autre nom."
                ),
            ));
        }
        let mut waiting = Vec::with_capacity(messages.len());
        for bytes in messages {
            let (send, receive) = mpsc::channel();
            self.accept(&door, bytes, context.now, move |answer| {
                // Who stopped waiting has gone; the message is kept all the same.
                let _ = send.send(answer);
            });
            waiting.push(receive);
        }
        Ok(waiting
            .into_iter()
            .map(|receive| match receive.recv().ok().and_then(|answer| answer.bytes) {
                Some(bytes) => offered(&bytes),
                None => Offered::Refused("no answer; load it again".to_owned()),
            })
            .collect())
    }
}

/// What an acknowledgement says.
fn offered(answer: &[u8]) -> Offered {
    let Ok(message) = hl7v2::Message::parse(answer.to_vec()) else {
        return Offered::Refused("the answer could not be read".to_owned());
    };
    let msa = message.segment_named("MSA");
    let code = msa.field(1).text().into_owned();
    if matches!(code.as_str(), "AA" | "CA") {
        return Offered::Accepted;
    }
    let why = [msa.field(3).text().into_owned(), message.segment_named("ERR").field(8).text().into_owned()];
    let why = why.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Offered::Refused(format!("{code} {why}").trim().to_owned())
}

/// What a second look at an answer asks for.
pub(crate) enum Check {
    /// Nobody has answered yet: the answer is noted, and another person must say the same.
    First(Words),
    /// Another person has said the same: it is done.
    Second,
}

/// A late message whose patient is not certain is filed when two people say the same of it. The first answer stands as
/// a step of the case; `choice` is what they said, compared whole.
///
/// # Errors
/// The same person answers twice, or two people say different things.
pub(crate) fn second_check(
    reading: &Reading<'_>,
    case: ObligationId,
    choice: &str,
) -> Result<Check, Refusal> {
    let by = &reading.context.actor.name;
    let first = reading.view.events(case)?.into_iter().rev().find(|event| event.step == FIRST_CHECK);
    let said = Words::new(
        format!("{by} says: {choice}. It came late, so a second person must say the same."),
        format!(
            "{by} dit : {choice}. Arrivé en retard, il faut qu'une deuxième personne dise la même chose."
        ),
    );
    let Some(first) = first else { return Ok(Check::First(said)) };
    if first.actor == *by {
        return Err(Refusal::conflict(
            "You have answered this already. It came late, so a second person must look at it and say the same.",
            "Vous avez déjà répondu. Arrivé en retard, il faut qu'une deuxième personne le regarde et dise la même chose.",
        ));
    }
    if crate::obligations::words(&first.words).en.contains(&format!(" says: {choice}. ")) {
        return Ok(Check::Second);
    }
    // They differ: the later answer stands as the first, and somebody else must agree with one of them.
    Ok(Check::First(said))
}

/// Whether a message came by a loader's link.
pub(crate) fn is_late(view: &View, message: store::MessageId) -> Result<bool, Refusal> {
    let link = view.link(message.link())?;
    Ok(link.is_some_and(|link| clinical::backlog::is_backlog(&link.name)))
}

/// How grave a report of this link is when it is filed now.
pub(crate) fn gravity(
    link: &str,
    flag: clinical::intake::Gravity,
    issued: Instant,
    now: Instant,
) -> clinical::intake::Gravity {
    if clinical::backlog::is_backlog(link) { clinical::backlog::gravity(flag, issued, now) } else { flag }
}
