//! One message: raw beside what we made of it.

use crate::deliveries::desk_words;
use crate::intake::{follow, sender};
use crate::obligations::words;
use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, ResourceKey};
use store::{
    MessageFilter, MessageId, MessageState, ObligationFilter, ObligationId, ObligationRow, ObligationState,
};

/// Messages listed at once.
const RECENT_LIMIT: usize = 200;
/// Obligations of one message shown.
const OBLIGATIONS_LIMIT: usize = 500;
/// Characters of a resource's one line.
const LINE_LIMIT_CHARS: usize = 160;
/// How often a replay is prepared anew.
const REPLAY_PREPARATIONS: usize = 8;

/// Look: one message.
#[derive(Debug, Clone)]
pub struct Show {
    /// Which.
    pub message: MessageId,
}

/// Answer to [`Show`].
#[derive(Debug, Clone)]
pub struct MessageView {
    /// Which.
    pub id: MessageId,
    /// Link name.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When it arrived.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// Since when.
    pub settled: Option<Instant>,
    /// Why it is held or kept.
    pub note: Option<Words>,
    /// The segments as text, decoded, one line each.
    pub segments: Vec<String>,
    /// Oddities that were tolerated.
    pub problems: Vec<Words>,
    /// Resources filed from it: key, version, one line of what it says, JSON text indented.
    pub resources: Vec<FiledResource>,
    /// Obligations that it gave rise to: (id, subject, recipient, words of its state, open).
    pub obligations: Vec<(ObligationId, Words, Words, Words, bool)>,
}

/// A resource as filed from a message.
#[derive(Debug, Clone)]
pub struct FiledResource {
    /// Key.
    pub key: ResourceKey,
    /// Version number.
    pub version: u32,
    /// Whether it is the current version.
    pub current: bool,
    /// One line for people.
    pub line: String,
    /// JSON, indented.
    pub json: String,
}

/// Look: newest messages of all links, or of one state.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Only this state.
    pub state: Option<MessageState>,
}

/// A line of the message list.
#[derive(Debug, Clone)]
pub struct MessageLine {
    /// Which.
    pub id: MessageId,
    /// Link name.
    pub link: String,
    /// MSH-10.
    pub control_id: String,
    /// `ORU^R01`.
    pub message_type: String,
    /// When.
    pub received: Instant,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is held or kept.
    pub note: Option<Words>,
}

impl Sealed for Show {}
impl Look for Show {
    type View = MessageView;
    const PERMISSION: Permission = Permission::ReadMessage;
    fn object(&self) -> String {
        format!("message/{}", self.message)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<MessageView>, Refusal> {
        let row = reading.view.message(self.message)?.ok_or_else(Refusal::not_found)?;
        let link = reading.view.link(self.message.link())?.ok_or_else(Refusal::not_found)?;
        let parsed = hl7v2::Message::parse(row.raw.clone()).ok();
        let segments =
            parsed.iter().flat_map(|message| message.segments()).map(|s| s.decoded().into_owned()).collect();
        let mut problems: Vec<Words> = parsed
            .iter()
            .flat_map(|message| message.problems())
            .map(|problem| Words::new(problem.to_string(), problem.to_string()))
            .collect();
        if let Some(message) = &parsed {
            problems.extend(clinical::intake::interpret(message, &sender(&row, &link)).problems);
        }
        let mut resources = Vec::new();
        for (key, version) in reading.view.said_by(self.message)? {
            resources.extend(filed(reading, key, version)?);
        }
        let filter = ObligationFilter { message: Some(self.message), ..ObligationFilter::default() };
        let obligations = reading
            .view
            .obligations(&filter, OBLIGATIONS_LIMIT, 0)?
            .into_iter()
            .map(|o| {
                let open = matches!(o.state, ObligationState::Open { .. });
                let to = telling::recipient(reading.directory, &o.recipient);
                Ok((o.id, telling::subject(reading, &o)?, to, state_words(&o), open))
            })
            .collect::<Result<_, Refusal>>()?;
        let mut people = Vec::new();
        for record in &row.records {
            people.extend(reading.view.record(*record)?.map(|record| record.person));
        }
        let view = MessageView {
            id: row.id,
            link: link.name,
            control_id: row.control_id,
            message_type: row.message_type,
            received: row.received,
            state: row.state,
            settled: row.settled,
            note: note(&row.note),
            segments,
            problems,
            resources,
            obligations,
        };
        Ok(Seen { view, people })
    }
}

fn note(json: &str) -> Option<Words> {
    (!json.is_empty()).then(|| words(json))
}

fn state_words(row: &ObligationRow) -> Words {
    match &row.state {
        ObligationState::Open { owner, .. } => {
            let owner =
                owner.parse().map_or_else(|_| Words::new(owner.clone(), owner.clone()), |o| desk_words(&o));
            Words::new(format!("open, owned by {}", owner.en), format!("ouvert, chez {}", owner.fr))
        }
        ObligationState::Ended { outcome, .. } => Words::new(
            format!("ended: {}", outcome.replace('-', " ")),
            format!("terminé : {}", outcome_fr(outcome)),
        ),
    }
}

fn outcome_fr(outcome: &str) -> &str {
    match outcome {
        "acknowledged" => "confirmé",
        "opened" => "ouvert",
        "excused" => "dispensé",
        "recalled" => "rappelé",
        "resolved" => "réglé",
        "handed-over" => "transmis",
        "another-way" => "par une autre voie",
        other => other,
    }
}

fn filed(reading: &Reading<'_>, key: ResourceKey, version: u32) -> Result<Option<FiledResource>, Refusal> {
    let versions = reading.view.versions(key)?;
    let Some(stored) = versions.into_iter().find(|stored| stored.version == version) else { return Ok(None) };
    let json = serde_json::from_slice::<&serde_json::value::RawValue>(&stored.body)
        .ok()
        .and_then(|_| serde_json::from_slice::<serde_json::Value>(&stored.body).ok())
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| String::from_utf8_lossy(&stored.body).into_owned());
    Ok(Some(FiledResource { key, version, current: stored.current, line: one_line(&stored.body), json }))
}

/// What a resource says, in one line: the text people would look for first.
fn one_line(body: &[u8]) -> String {
    let Ok(document) = fhir::Document::parse(body.to_vec()) else { return String::new() };
    let value = document.value();
    let what = [
        "code.text",
        "code.coding.display",
        "code.coding.code",
        "type.text",
        "type.coding.display",
        "class.display",
        "class.code",
    ]
    .into_iter()
    .find_map(|path| document.text(path));
    let name = document.text("name.text").or_else(|| document.text("name.family"));
    let result = ["valueQuantity.value", "valueString", "valueCodeableConcept.text"]
        .into_iter()
        .find_map(|path| value.text(path));
    let unit = document.text("valueQuantity.unit");
    let status = document.text("status");
    let parts: Vec<&str> = [what.or(name), result, unit, status].into_iter().flatten().collect();
    parts.join(" · ").chars().take(LINE_LIMIT_CHARS).collect()
}

impl Sealed for Recent {}
impl Look for Recent {
    type View = Vec<MessageLine>;
    const PERMISSION: Permission = Permission::ReadMessage;
    fn object(&self) -> String {
        "messages".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<MessageLine>>, Refusal> {
        let links: std::collections::HashMap<_, _> =
            reading.view.links()?.into_iter().map(|link| (link.id, link.name)).collect();
        let rows = reading.view.messages_of(
            &MessageFilter { state: self.state, ..Default::default() },
            RECENT_LIMIT,
            None,
        )?;
        let lines = rows
            .into_iter()
            .map(|row| MessageLine {
                id: row.id,
                link: links.get(&row.id.link()).cloned().unwrap_or_default(),
                control_id: row.control_id,
                message_type: row.message_type,
                received: row.received,
                state: row.state,
                note: note(&row.note),
            })
            .collect();
        Ok(Seen::nobody(lines))
    }
}

/// What a replay did or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Which message.
    pub message: MessageId,
    /// Where it stood.
    pub before: MessageState,
    /// Where it stands (or would).
    pub after: MessageState,
    /// Resource versions written (or to be).
    pub versions: usize,
    /// Deliveries queued (or to be).
    pub deliveries: usize,
}

impl Replayed {
    /// Nothing changes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.before == self.after && self.versions == 0 && self.deliveries == 0
    }
}

impl Record {
    /// The same path again for one message. With `dry_run` nothing is written.
    ///
    /// # Errors
    /// No such message, or the store asks to try again.
    pub fn replay(&self, message: MessageId, dry_run: bool, now: Instant) -> Result<Replayed, Refusal> {
        for _ in 0..REPLAY_PREPARATIONS {
            let view = self.store().view()?;
            let row = view.message(message)?.ok_or_else(Refusal::not_found)?;
            let mut changes = follow(&view, self.directory(), &row, None, now)?;
            drop(view);
            let after = changes.settlement.as_ref().map_or(row.state, |settlement| settlement.state);
            let replayed = Replayed {
                message,
                before: row.state,
                after,
                versions: changes.resources.len(),
                deliveries: changes.outbox.len(),
            };
            if dry_run || replayed.is_nothing() {
                return Ok(replayed);
            }
            if row.state == MessageState::Held && after == MessageState::Filed {
                let held = self.store().view()?;
                for open in held_by(&held, message)? {
                    let words = Words::new("Filed on replay.", "Versé à la relecture.");
                    let outcome = clinical::obligations::Outcome::Resolved {
                        by: "opor replay".to_owned(),
                        how: words.en.clone(),
                    };
                    changes.obligations.push(crate::obligations::event(
                        open.id,
                        now,
                        "opor replay",
                        outcome.code(),
                        &words,
                    ));
                    changes.obligations.push(store::ObligationChange::Update(crate::obligations::ended(
                        &open, &outcome, now,
                    )));
                }
            }
            match self.store().settle_blocking(changes) {
                store::Settled::Done => return Ok(replayed),
                store::Settled::Stale(_) => {}
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Err(Refusal::conflict(
            "The record is changing under this message. Replay it again in a moment.",
            "Le dossier change sous ce message. Rejouez-le dans un instant.",
        ))
    }

    /// Messages of a link since a time, or of a cause, oldest first, for replay.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn messages_for_replay(
        &self,
        link: Option<&str>,
        since: Instant,
        state: Option<MessageState>,
    ) -> Result<Vec<MessageId>, Refusal> {
        let view = self.store().view()?;
        let link = match link {
            Some(name) => Some(view.link_named(name)?.ok_or_else(Refusal::not_found)?.id),
            None => None,
        };
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page =
                view.messages_of(&MessageFilter { link, state, record: None }, RECENT_LIMIT, before)?;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            let full = page.len() == RECENT_LIMIT;
            found.extend(page.iter().filter(|row| row.received >= since).map(|row| row.id));
            if !full {
                break;
            }
        }
        found.reverse();
        Ok(found)
    }
}

fn held_by(view: &store::View, message: MessageId) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter { open: Some(true), message: Some(message), ..ObligationFilter::default() };
    let rows = view.obligations(&filter, OBLIGATIONS_LIMIT, 0)?;
    Ok(rows
        .into_iter()
        .filter(|row| matches!(row.kind.as_str(), "held" | "kept" | "identity-review"))
        .collect())
}
