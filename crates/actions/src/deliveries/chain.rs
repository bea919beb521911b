//! The receipt chain of a report: one for each recipient, from its source to the person who has it.
//!
//! It is read from rows that exist anyway: the obligations' own steps, the message and the record. What is still to
//! come has its due time; what is late turns red by the clock alone, without anything being written; what cannot be
//! seen from here is said so. Reads: three for the report, then one for each obligation.

use super::{Chain, Step, StepSort, StepState};
use crate::obligations::words;
use crate::record::Reading;
use crate::refusal::Refusal;
use crate::telling;
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::{Instant, ResourceKey};
use store::{MessageHead, ObligationEvent, ObligationFilter, ObligationRow, ObligationState};

/// Obligations of one report read at most.
const CHAINS_LIMIT: usize = 200;
/// Steps of what a receiver's system did with an offer; the last of them counts.
const TRANSPORT: [&str; 9] = [
    "offered",
    "silent",
    "unreachable",
    "refused",
    "acknowledged",
    "taken",
    "placed",
    "picked-up",
    "late-reply",
];

/// Chains of a version of a report, the responsible recipients first.
pub(crate) fn chains_of(
    reading: &Reading<'_>,
    report: ResourceKey,
    version: u32,
) -> Result<Vec<Chain>, Refusal> {
    let filter = ObligationFilter { resource: Some(report), ..ObligationFilter::default() };
    let mut rows = reading.view.obligations(&filter, CHAINS_LIMIT, 0)?;
    rows.retain(|row| row.version == version);
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let origin = Origin::of(reading, first)?;
    let recipients = rows.iter().filter(|row| is_way(&row.kind)).count();
    let mut chains = Vec::new();
    for row in rows.iter().filter(|row| is_way(&row.kind)) {
        let attention = rows.iter().find(|other| other.kind == "attention" && same_reader(other, row));
        chains.push(by_way(reading, &origin, row, attention, recipients)?);
    }
    for row in rows.iter().filter(|row| row.kind == "attention") {
        if !rows.iter().any(|other| is_way(&other.kind) && same_reader(row, other)) {
            chains.push(in_portal(reading, &origin, row, recipients)?);
        }
    }
    chains.sort_by_key(|chain| !chain.responsible);
    Ok(chains)
}

/// The chain of one obligation: a delivery, something without a way, or attention.
pub(crate) fn chain_of(reading: &Reading<'_>, row: &ObligationRow) -> Result<Chain, Refusal> {
    let origin = Origin::of(reading, row)?;
    if row.kind == "attention" {
        return in_portal(reading, &origin, row, 1);
    }
    by_way(reading, &origin, row, None, 1)
}

fn is_way(kind: &str) -> bool {
    ObligationKind::from_code(kind).is_some_and(ObligationKind::is_delivery)
}

/// Attention belongs to the delivery of the same recipient.
fn same_reader(attention: &ObligationRow, way: &ObligationRow) -> bool {
    attention.recipient == way.recipient
}

/// Where the report came from: the steps before anybody was to have it.
struct Origin {
    steps: Vec<Step>,
    from_backlog: bool,
}

impl Origin {
    fn of(reading: &Reading<'_>, row: &ObligationRow) -> Result<Self, Refusal> {
        let view = reading.view;
        let head = row.message.map(|id| view.message_head(id)).transpose()?.flatten();
        let record = row.record.map(|id| view.record(id)).transpose()?.flatten();
        let stopped = row.message.map(|id| view.stop_of(id)).transpose()?.flatten();
        let link = match &head {
            Some(head) => view.link(head.id.link())?.map(|link| link.name).unwrap_or_default(),
            None => String::new(),
        };
        let from_backlog = clinical::backlog::is_backlog(&link);
        let filed = head.as_ref().and_then(|head| head.settled).unwrap_or(row.opened);
        let done = |sort, what: Words, at: Instant, detail: Words| Step {
            sort,
            state: StepState::Done,
            what,
            at: Some(at),
            detail,
        };
        let number = |row: &ObligationRow| {
            if row.accession.is_empty() { Words::new("", "") } else { same(row.accession.clone()) }
        };
        let received = head.as_ref().map_or(row.opened, |head: &MessageHead| head.received);
        let produced = if from_backlog {
            Words::new(
                format!("Loaded late from the backlog ({link})"),
                format!("Chargé en retard depuis l'arriéré ({link})"),
            )
        } else if link.is_empty() {
            Words::new("Came to this record", "Arrivé à ce dossier")
        } else {
            Words::new(format!("Came from {link}"), format!("Arrivé de {link}"))
        };
        let identified = match &record {
            Some(record) => Words::new(
                format!("The person is found: record {} of {}", record.value, record.authority),
                format!("La personne est trouvée : dossier {} de {}", record.value, record.authority),
            ),
            None => Words::new("The person is found", "La personne est trouvée"),
        };
        let plausible = match &stopped {
            Some(_) => Words::new(
                "Stopped by the breaker, then released by a person",
                "Arrêté par le disjoncteur, puis relâché par une personne",
            ),
            None => Words::new("Nothing implausible about it", "Rien d'invraisemblable"),
        };
        let message = same(row.message.map(|id| id.to_string()).unwrap_or_default());
        let steps = vec![
            done(StepSort::Produced, produced, received, number(row)),
            done(StepSort::Identified, identified, filed, nothing()),
            done(StepSort::Plausible, plausible, filed, nothing()),
            done(StepSort::Filed, Words::new("Filed on the chart", "Versé au dossier"), filed, message),
        ];
        Ok(Self { steps, from_backlog })
    }
}

/// Routed, queued, taken, matched, opened: the chain of one delivery, with the attention of the same recipient.
fn by_way(
    reading: &Reading<'_>,
    origin: &Origin,
    delivery: &ObligationRow,
    attention: Option<&ObligationRow>,
    recipients: usize,
) -> Result<Chain, Refusal> {
    let events = reading.view.events(delivery.id)?;
    let because = events.first().map_or_else(|| words(&delivery.words), |first| words(&first.words));
    let mut steps = origin.steps.clone();
    let now = reading.context.now;
    steps.push(routed(delivery, &because, recipients));
    if delivery.kind == "unroutable" {
        steps.extend(
            told(&events).into_iter().map(|(event, times)| other_step(StepSort::Queued, event, times)),
        );
        if let ObligationState::Open { due, .. } = &delivery.state {
            steps.push(Step {
                sort: StepSort::Queued,
                state: StepState::Failed,
                what: words(&delivery.words),
                at: Some(*due),
                detail: nothing(),
            });
        }
    } else {
        steps.push(Step {
            sort: StepSort::Queued,
            state: StepState::Done,
            what: Words::new("Queued for the receiver", "Mis en file pour le destinataire"),
            at: Some(delivery.opened),
            detail: same(format!("R{}", delivery.id)),
        });
        steps.extend(sent(delivery, &events, now));
    }
    match attention {
        Some(attention) => steps.extend(attention_steps(reading, origin, attention)?),
        None if delivery.kind == "delivery" => steps.extend(unseen(reading, delivery)),
        None => {}
    }
    Ok(Chain {
        recipient: telling::recipient(reading.directory, &delivery.recipient),
        because,
        responsible: attention.is_some(),
        steps,
        obligation: delivery.id,
    })
}

fn in_portal(
    reading: &Reading<'_>,
    origin: &Origin,
    attention: &ObligationRow,
    recipients: usize,
) -> Result<Chain, Refusal> {
    let events = reading.view.events(attention.id)?;
    let because = events.first().map_or_else(|| words(&attention.words), |first| words(&first.words));
    let mut steps = origin.steps.clone();
    steps.push(routed(attention, &because, recipients));
    steps.push(Step {
        sort: StepSort::Matched,
        state: StepState::Done,
        what: Words::new("In the portal, the way agreed with them", "Dans le portail, la voie convenue"),
        at: Some(attention.opened),
        detail: nothing(),
    });
    steps.extend(attention_steps(reading, origin, attention)?);
    Ok(Chain {
        recipient: telling::recipient(reading.directory, &attention.recipient),
        because,
        responsible: true,
        steps,
        obligation: attention.id,
    })
}

fn routed(row: &ObligationRow, because: &Words, recipients: usize) -> Step {
    Step {
        sort: StepSort::Routed,
        state: StepState::Done,
        what: because.clone(),
        at: Some(row.opened),
        detail: if recipients > 1 {
            Words::new(format!("one of {recipients} recipients"), format!("un de {recipients} destinataires"))
        } else {
            nothing()
        },
    }
}

/// What the receiver's system did with it, and what its application said, apart from each other.
fn sent(delivery: &ObligationRow, events: &[ObligationEvent], now: Instant) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut taken = false;
    let mut matched = false;
    for (event, times) in told(events) {
        let (transport, application) = reading_of(&event.step);
        if let Some(state) = transport
            && !(taken && state == StepState::Done)
        {
            let what = match (state, application) {
                // What the application said is told as the next step.
                (StepState::Done, Some(_)) => Words::new(
                    "The receiver's system took the bytes and answered",
                    "Le système du destinataire a pris les octets et a répondu",
                ),
                _ => words(&event.words),
            };
            taken |= state == StepState::Done;
            steps.push(step(StepSort::Taken, state, what, event, times));
        }
        if let Some(state) = application {
            matched |= state == StepState::Done;
            steps.push(step(StepSort::Matched, state, words(&event.words), event, times));
        }
        if transport.is_none() && application.is_none() {
            steps.push(other_step(StepSort::Taken, event, times));
        }
    }
    match &delivery.state {
        ObligationState::Open { due, .. } => {
            let state = if *due < now { StepState::Late } else { StepState::Now };
            if !taken {
                steps.push(Step {
                    sort: StepSort::Taken,
                    state,
                    what: Words::new("The receiver's system takes it", "Le système du destinataire le prend"),
                    at: Some(*due),
                    detail: nothing(),
                });
            }
            let state = if taken { state } else { still(*due, now) };
            steps.push(Step {
                sort: StepSort::Matched,
                state,
                what: Words::new(
                    "The receiver's application confirms it. Only this ends the delivery.",
                    "L'application du destinataire le confirme. Seul cela met fin à la remise.",
                ),
                at: Some(*due),
                detail: same(format!("R{}", delivery.id)),
            });
        }
        ObligationState::Ended { at, outcome } if !matched && outcome == "acknowledged" => {
            steps.push(Step {
                sort: StepSort::Matched,
                state: StepState::Done,
                what: Words::new("The receiver confirmed it", "Le destinataire l'a confirmé"),
                at: Some(*at),
                detail: nothing(),
            });
        }
        ObligationState::Ended { .. } => {}
    }
    steps
}

/// What a step of a delivery says of transport and of application; neither, for what people did.
fn reading_of(code: &str) -> (Option<StepState>, Option<StepState>) {
    match code {
        "acknowledged" => (Some(StepState::Done), Some(StepState::Done)),
        "refused" => (Some(StepState::Done), Some(StepState::Failed)),
        "silent" | "unreachable" => (Some(StepState::Failed), None),
        "taken" | "placed" | "picked-up" | "offered" => (Some(StepState::Done), None),
        _ => (None, None),
    }
}

/// A step that is still to come: it is late once its time is over.
fn still(due: Instant, now: Instant) -> StepState {
    if due < now { StepState::Late } else { StepState::ToCome }
}

/// Steps worth a dot: the same step many times over is told once, with its last time and how often it was.
fn told(events: &[ObligationEvent]) -> Vec<(&ObligationEvent, usize)> {
    let mut told: Vec<(&ObligationEvent, usize)> = Vec::new();
    for event in events.iter().filter(|event| event.step != "opened") {
        // An offer that was answered is told by its answer.
        match told.last_mut() {
            Some((last, _)) if last.step == "offered" && TRANSPORT.contains(&event.step.as_str()) => {
                *last = event;
            }
            Some((last, times)) if last.step == event.step => {
                *last = event;
                *times += 1;
            }
            _ => told.push((event, 1)),
        }
    }
    told
}

fn other_step(sort: StepSort, event: &ObligationEvent, times: usize) -> Step {
    let state = if event.step == "escalated" { StepState::Failed } else { StepState::Done };
    step(sort, state, words(&event.words), event, times)
}

fn step(sort: StepSort, state: StepState, what: Words, event: &ObligationEvent, times: usize) -> Step {
    let by = telling::actor(&event.actor);
    let detail = if times > 1 {
        Words::new(format!("{} · {times} times", by.en), format!("{} · {times} fois", by.fr))
    } else {
        by
    };
    Step { sort, state, what, at: Some(event.at), detail }
}

/// Opening and signing of a system that does not tell us.
fn unseen(reading: &Reading<'_>, delivery: &ObligationRow) -> Option<Step> {
    let endpoint = reading.directory.endpoint(&delivery.recipient_id)?;
    if endpoint.reports_opening {
        return None;
    }
    Some(Step {
        sort: StepSort::Opened,
        state: StepState::NotSeen,
        what: Words::new(
            "Whether somebody opened it: this receiver's system does not tell us",
            "Si quelqu'un l'a ouvert : le système de ce destinataire ne nous le dit pas",
        ),
        at: None,
        detail: nothing(),
    })
}

fn attention_steps(
    reading: &Reading<'_>,
    origin: &Origin,
    attention: &ObligationRow,
) -> Result<Vec<Step>, Refusal> {
    let now = reading.context.now;
    let one = |sort, state, what: Words, at: Instant, detail: Words| Step {
        sort,
        state,
        what,
        at: Some(at),
        detail,
    };
    Ok(match &attention.state {
        ObligationState::Ended { at, outcome } => {
            let events = reading.view.events(attention.id)?;
            let by = events.last().map_or_else(nothing, |event| telling::actor(&event.actor));
            match outcome.as_str() {
                "recalled" => vec![one(
                    StepSort::Signed,
                    StepState::Done,
                    Words::new("Replaced by a newer version", "Remplacé par une version plus récente"),
                    *at,
                    by,
                )],
                "opened" | "acknowledged" | "read-back" => vec![
                    one(StepSort::Opened, StepState::Done, Words::new("Opened", "Ouvert"), *at, by.clone()),
                    one(
                        StepSort::Signed,
                        StepState::Done,
                        Words::new("They said that they have it", "La personne a dit l'avoir"),
                        *at,
                        by,
                    ),
                ],
                _ => {
                    let last = events.last().map_or_else(nothing, |event| words(&event.words));
                    vec![one(StepSort::Signed, StepState::Done, last, *at, by)]
                }
            }
        }
        ObligationState::Open { due, owner, .. } => {
            let events = reading.view.events(attention.id)?;
            let passed: Vec<Step> = told(&events)
                .into_iter()
                .map(|(event, times)| other_step(StepSort::Opened, event, times))
                .collect();
            let owner = owner.parse().map_or_else(|_| nothing(), |owner| super::desk_words(&owner));
            let what = if origin.from_backlog {
                Words::new(
                    "Somebody responsible opens it; it came late and does not alarm as new",
                    "Une personne responsable l'ouvre; arrivé en retard, il n'alerte pas comme nouveau",
                )
            } else {
                Words::new(
                    "Somebody responsible opens it and says that they have it. Only this ends it.",
                    "Une personne responsable l'ouvre et dit l'avoir. Seul cela y met fin.",
                )
            };
            let mut steps = passed;
            steps.push(one(StepSort::Signed, still(*due, now), what, *due, owner));
            steps
        }
    })
}

fn nothing() -> Words {
    Words::new("", "")
}

/// Numbers and codes read the same in both languages.
fn same(text: String) -> Words {
    Words::new(text.clone(), text)
}
