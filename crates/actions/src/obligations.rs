//! From the decision that something is owed to the rows that remember it.

use crate::record::Record;
use crate::refusal::Refusal;
use clinical::intake::Gravity;
use clinical::obligations::{Desk, Obligation, ObligationKind, Outcome, Owner, next_rung, owner_is_there};
use clinical::words::Words;
use fhir::{Instant, RecordId, ResourceKey};
use std::sync::mpsc;
use store::{
    Changes, MessageId, ObligationChange, ObligationEvent, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, OutboxChange, OutboxId, OutboxKind, OutboxRow, OutboxState, Requirement, Settled,
};

/// Obligations passed on in one go; the rest follows in the next round.
const ESCALATIONS_AT_ONCE: usize = 500;
/// Rounds in which what one owner leaves is passed on; beyond it the rest follows in the next hour.
const DEPARTED_ROUNDS: usize = 200;
/// Who passes on, in events.
const CLOCK: &str = "opor clock";

/// What an obligation is about, beside what the decision says.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) resource: Option<(ResourceKey, u32)>,
    pub(crate) record: Option<RecordId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) subject: Option<String>,
    pub(crate) accession: String,
    pub(crate) gravity: u8,
    pub(crate) custodian: String,
}

/// The key of an obligation, derived from what it is about so that owing the same thing twice is owing it once. The
/// first word is what it is about (a report, a message): all obligations of one report share pages.
pub(crate) fn id(words: &[&str]) -> ObligationId {
    let (about, rest) = words.split_first().map_or(("", words), |(about, rest)| (*about, rest));
    ObligationId::of(about, rest)
}

/// The row of a new obligation.
pub(crate) fn row(id: ObligationId, owed: &Obligation, about: &About, now: Instant) -> ObligationRow {
    ObligationRow {
        id,
        kind: owed.kind().code().to_owned(),
        resource: about.resource.map(|(key, _)| key),
        version: about.resource.map_or(0, |(_, version)| version),
        message: about.message,
        record: about.record,
        recipient: owed.recipient().to_owned(),
        recipient_id: owed.recipient_id().to_owned(),
        subject: about.subject.clone().unwrap_or_else(|| owed.what().en.clone()),
        accession: about.accession.clone(),
        words: words_json(owed.because()),
        gravity: about.gravity,
        state: ObligationState::Open {
            owner: owed.owner().to_string(),
            human: owed.owner().is_human(),
            due: owed.clock().due,
            then: owed.clock().then.to_string(),
        },
        opened: now,
        revision: 1,
        custodian: about.custodian.clone(),
    }
}

/// The first step of every obligation.
pub(crate) fn opened(row: &ObligationRow, actor: &str) -> ObligationEvent {
    ObligationEvent {
        obligation: row.id,
        at: row.opened,
        actor: actor.to_owned(),
        step: "opened".to_owned(),
        words: row.words.clone(),
    }
}

/// One step.
pub(crate) fn event(
    obligation: ObligationId,
    at: Instant,
    actor: &str,
    step: &str,
    words: &Words,
) -> ObligationChange {
    ObligationChange::Event(ObligationEvent {
        obligation,
        at,
        actor: actor.to_owned(),
        step: step.to_owned(),
        words: words_json(words),
    })
}

/// Whom a delivery is for: kept beside the words of its first step, so that nobody has to guess it from names later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ForWhom {
    /// Directory id of the practitioner; empty when the route did not know.
    pub(crate) practitioner: String,
    /// Directory id of the place.
    pub(crate) place: String,
    /// Responsible for acting, or a copy.
    pub(crate) responsible: bool,
}

/// The words of a first step as they are stored, with whom it is for.
#[derive(serde::Serialize, serde::Deserialize)]
struct Routed {
    #[serde(flatten)]
    words: Words,
    to: ForWhom,
}

/// The words of the first step of a delivery, with whom it is for.
pub(crate) fn routed_json(words: Words, to: ForWhom) -> String {
    serde_json::to_string(&Routed { words, to }).unwrap_or_default()
}

/// Whom a delivery is for, when its first step says so.
pub(crate) fn for_whom(first: &ObligationEvent) -> Option<ForWhom> {
    serde_json::from_str::<Routed>(&first.words).ok().map(|routed| routed.to)
}

/// The row with an outcome.
pub(crate) fn ended(row: &ObligationRow, outcome: &Outcome, at: Instant) -> ObligationRow {
    ObligationRow {
        state: ObligationState::Ended { outcome: outcome.code().to_owned(), at },
        revision: row.revision + 1,
        ..row.clone()
    }
}

/// An open obligation about a former version ends when a newer one takes its place.
pub(crate) fn replaced(
    row: &ObligationRow,
    version: u32,
    actor: &str,
    now: Instant,
) -> Vec<ObligationChange> {
    if !matches!(row.state, ObligationState::Open { .. }) || row.version >= version {
        return Vec::new();
    }
    let words = Words::new(
        format!("Version {version} took its place."),
        format!("La version {version} l'a remplacée."),
    );
    let outcome = Outcome::Recalled { why: words.en.clone() };
    vec![event(row.id, now, actor, "recalled", &words), ObligationChange::Update(ended(row, &outcome, now))]
}

/// A delivery to be made; its control id is the obligation's, so that receipts find it.
pub(crate) fn queued(
    obligation: ObligationId,
    destination: &str,
    message: MessageId,
    report: (ResourceKey, u32),
    now: Instant,
) -> OutboxChange {
    OutboxChange::Queue(OutboxRow {
        kind: OutboxKind::Report,
        id: OutboxId(0),
        destination: destination.to_owned(),
        record: report.0.record,
        message,
        report: report.0,
        version: report.1,
        obligation,
        control_id: format!("R{obligation}"),
        state: OutboxState::Waiting,
        attempts: 0,
        next: now,
        offered_digest: Vec::new(),
        last: String::new(),
    })
}

/// 0 normal, 1 abnormal, 2 critical.
pub(crate) fn gravity_code(gravity: Gravity) -> u8 {
    match gravity {
        Gravity::Normal => 0,
        Gravity::Abnormal => 1,
        Gravity::Critical => 2,
    }
}

/// The gravity that a row remembers.
pub(crate) fn gravity(code: u8) -> Gravity {
    match code {
        0 => Gravity::Normal,
        1 => Gravity::Abnormal,
        _ => Gravity::Critical,
    }
}

/// An owner with whoever is on call there now: `delivery desk (Marram, Jo, 902-555-0134)`.
pub(crate) fn owner_with_name(owner: &Owner, cover: &clinical::cover::Cover, now: Instant) -> Words {
    let words = crate::deliveries::desk_words(owner);
    let Owner::Desk(desk) = owner else { return words };
    let Some(person) = cover.who(*desk, now) else { return words };
    let who = if person.phone.is_empty() {
        person.name.clone()
    } else {
        format!("{}, {}", person.name, person.phone)
    };
    Words::new(format!("{} ({who})", words.en), format!("{} ({who})", words.fr))
}

impl Record {
    /// Pass overdue obligations to their next owner; the same every day and after a crash. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn escalate(&self, now: Instant) -> Result<usize, Refusal> {
        let mut passed = self.hand_over_unserved(now)?;
        let filter = ObligationFilter { open: Some(true), due_by: Some(now), ..ObligationFilter::default() };
        let overdue = self.store().view()?.obligations(&filter, ESCALATIONS_AT_ONCE, 0)?;
        let cover = self.cover();
        passed += self.pass_on(&overdue, Why::NotInTime, &cover, now)?;
        Ok(passed)
    }

    /// What belongs to practitioners who have left or are away, and to teams of which nobody is there, goes to the next owner at once, all of it; the same every
    /// day. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn hand_over_departed(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let day = clinical::cover::day(now);
        let cover = self.cover();
        let mut passed = 0;
        for owner in view.people_owning()? {
            let there =
                owner.parse::<Owner>().is_ok_and(|owner| owner_is_there(&owner, &self.directory(), &day));
            if there {
                continue;
            }
            let filter =
                ObligationFilter { open: Some(true), owner: Some(owner), ..ObligationFilter::default() };
            for _ in 0..DEPARTED_ROUNDS {
                let rows = self.store().view()?.obligations(&filter, ESCALATIONS_AT_ONCE, 0)?;
                passed += self.pass_on(&rows, Why::Left, &cover, now)?;
                if rows.len() < ESCALATIONS_AT_ONCE {
                    break;
                }
            }
        }
        Ok(passed)
    }

    fn pass_on(
        &self,
        rows: &[ObligationRow],
        why: Why,
        cover: &clinical::cover::Cover,
        now: Instant,
    ) -> Result<usize, Refusal> {
        let mut passed = 0;
        let (told, hears) = mpsc::channel();
        for row in rows {
            let Some(changes) = passed_on(row, why, cover, now) else { continue };
            let told = told.clone();
            self.store().settle(changes, move |settled| drop(told.send(settled)));
        }
        drop(told);
        for settled in hears {
            match settled {
                Settled::Done => passed += 1,
                // Somebody was faster: the next round sees what is left.
                Settled::Stale(_) => {}
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Ok(passed)
    }
}

/// Why an obligation is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    NotInTime,
    Left,
}

/// An obligation with its next owner. On the last rung the owner stays and is reminded.
fn passed_on(row: &ObligationRow, why: Why, cover: &clinical::cover::Cover, now: Instant) -> Option<Changes> {
    let ObligationState::Open { owner, then, .. } = &row.state else { return None };
    // One that cannot be read would stand first in every round and keep its owner for ever: safety has it.
    let next = then.parse::<Owner>().unwrap_or_else(|reason| {
        tracing::error!(%reason, obligation = %row.id, %then, "the next owner cannot be read; the safety desk has it");
        Owner::Desk(Desk::Safety)
    });
    let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
    let (after, minutes) = next_rung(kind, gravity(row.gravity), &next);
    let who = owner_with_name(&next, cover, now);
    let (step, words) = if next.to_string() == *owner {
        (
            "reminded",
            Words::new(
                format!("Still not done; {} has it and is reminded.", who.en),
                format!("Toujours pas fait; {} l'a et reçoit un rappel.", who.fr),
            ),
        )
    } else if why == Why::Left {
        (
            "escalated",
            Words::new(
                format!("Its owner is away or has left the place; {} owns it now.", who.en),
                format!(
                    "Son responsable est absent ou a quitté les lieux; {} en est maintenant responsable.",
                    who.fr
                ),
            ),
        )
    } else {
        (
            "escalated",
            Words::new(
                format!("Not done in time; {} owns it now.", who.en),
                format!("Pas fait à temps; {} en est maintenant responsable.", who.fr),
            ),
        )
    };
    let state = ObligationState::Open {
        owner: next.to_string(),
        human: next.is_human(),
        due: now.plus_minutes(minutes),
        then: after.to_string(),
    };
    let update = ObligationRow { state, revision: row.revision + 1, ..row.clone() };
    Some(Changes {
        requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
        obligations: vec![event(row.id, now, CLOCK, step, &words), ObligationChange::Update(update)],
        ..Changes::default()
    })
}

/// Words as they are stored.
pub(crate) fn words_json(words: &Words) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// Words as they were stored; plain text stands for both languages.
pub(crate) fn words(json: &str) -> Words {
    serde_json::from_str(json).unwrap_or_else(|_| Words::new(json, json))
}
