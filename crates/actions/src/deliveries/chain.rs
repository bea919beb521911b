//! The receipt chain of a report: one for each recipient, read from the obligations' own steps.

use super::{Chain, Step, StepState};
use crate::obligations::words;
use crate::record::Reading;
use crate::refusal::Refusal;
use crate::telling;
use clinical::words::Words;
use fhir::ResourceKey;
use store::{ObligationEvent, ObligationFilter, ObligationRow, ObligationState};

/// Obligations of one report read at most.
const CHAINS_LIMIT: usize = 200;

/// Chains of a version of a report, the responsible recipients first.
pub(crate) fn chains_of(
    reading: &Reading<'_>,
    report: ResourceKey,
    version: u32,
) -> Result<Vec<Chain>, Refusal> {
    let filter = ObligationFilter { resource: Some(report), ..ObligationFilter::default() };
    let rows = reading.view.obligations(&filter, CHAINS_LIMIT, 0)?;
    let rows: Vec<ObligationRow> = rows.into_iter().filter(|row| row.version == version).collect();
    let mut chains = Vec::new();
    for row in rows.iter().filter(|row| matches!(row.kind.as_str(), "delivery" | "unroutable")) {
        let attention =
            rows.iter().find(|other| other.kind == "attention" && other.recipient == row.recipient);
        chains.push(chain(reading, row, attention)?);
    }
    for row in rows.iter().filter(|row| row.kind == "attention") {
        if !rows.iter().any(|other| other.kind == "delivery" && other.recipient == row.recipient) {
            chains.push(portal_chain(reading, row)?);
        }
    }
    chains.sort_by_key(|chain| !chain.responsible);
    Ok(chains)
}

/// The chain of one delivery, with the attention of the same recipient when it is owed.
pub(super) fn chain(
    reading: &Reading<'_>,
    delivery: &ObligationRow,
    attention: Option<&ObligationRow>,
) -> Result<Chain, Refusal> {
    let events = reading.view.events(delivery.id)?;
    let because = events.first().map_or_else(|| words(&delivery.words), |first| words(&first.words));
    let mut steps = vec![filed(delivery)];
    steps.extend(told(&events).into_iter().map(|(event, times)| step_of(event, times)));
    match &delivery.state {
        ObligationState::Open { due, .. } if delivery.kind == "unroutable" => steps.push(Step {
            state: StepState::Failed,
            what: words(&delivery.words),
            at: Some(*due),
            detail: nothing(),
        }),
        ObligationState::Open { due, .. } => steps.push(Step {
            state: StepState::Now,
            what: Words::new("Waiting for the receiver's answer", "En attente de la réponse du destinataire"),
            at: Some(*due),
            detail: same(format!("R{}", delivery.id)),
        }),
        ObligationState::Ended { .. } => {}
    }
    if let Some(attention) = attention {
        steps.extend(attention_steps(reading, attention)?);
    }
    Ok(Chain {
        recipient: telling::recipient(reading.directory, &delivery.recipient),
        because,
        responsible: attention.is_some(),
        steps,
        obligation: delivery.id,
    })
}

fn portal_chain(reading: &Reading<'_>, attention: &ObligationRow) -> Result<Chain, Refusal> {
    let events = reading.view.events(attention.id)?;
    let because = events.first().map_or_else(|| words(&attention.words), |first| words(&first.words));
    let mut steps = vec![filed(attention)];
    steps.push(Step {
        state: StepState::Done,
        what: Words::new("In the portal, the way agreed with them", "Dans le portail, la voie convenue"),
        at: Some(attention.opened),
        detail: nothing(),
    });
    steps.extend(attention_steps(reading, attention)?);
    Ok(Chain {
        recipient: telling::recipient(reading.directory, &attention.recipient),
        because,
        responsible: true,
        steps,
        obligation: attention.id,
    })
}

fn filed(row: &ObligationRow) -> Step {
    Step {
        state: StepState::Done,
        what: Words::new("Filed to the right person", "Versé au dossier de la bonne personne"),
        at: Some(row.opened),
        detail: same(row.message.map(|message| message.to_string()).unwrap_or_default()),
    }
}

/// Steps worth a dot: the same step many times over is told once, with its last time and how often it was.
fn told(events: &[ObligationEvent]) -> Vec<(&ObligationEvent, usize)> {
    let mut told: Vec<(&ObligationEvent, usize)> = Vec::new();
    for event in events.iter().filter(|event| event.step != "opened") {
        match told.last_mut() {
            Some((last, times)) if last.step == event.step => {
                *last = event;
                *times += 1;
            }
            _ => told.push((event, 1)),
        }
    }
    told
}

fn step_of(event: &ObligationEvent, times: usize) -> Step {
    let state = match event.step.as_str() {
        "refused" | "silent" | "unreachable" | "escalated" => StepState::Failed,
        _ => StepState::Done,
    };
    let by = telling::actor(&event.actor);
    let detail = if times > 1 {
        Words::new(format!("{} · {times} times", by.en), format!("{} · {times} fois", by.fr))
    } else {
        by
    };
    Step { state, what: words(&event.words), at: Some(event.at), detail }
}

fn attention_steps(reading: &Reading<'_>, attention: &ObligationRow) -> Result<Vec<Step>, Refusal> {
    Ok(match &attention.state {
        ObligationState::Ended { at, outcome } => {
            let events = reading.view.events(attention.id)?;
            let by = events.last().map_or_else(nothing, |event| telling::actor(&event.actor));
            let what = match outcome.as_str() {
                "recalled" => {
                    Words::new("Replaced by a newer version", "Remplacé par une version plus récente")
                }
                _ => Words::new("Opened", "Ouvert"),
            };
            vec![Step { state: StepState::Done, what, at: Some(*at), detail: by }]
        }
        ObligationState::Open { due, .. } => vec![Step {
            state: StepState::ToCome,
            what: Words::new(
                "Somebody responsible opens it. Only this ends it.",
                "Une personne responsable l'ouvre. Seul cela y met fin.",
            ),
            at: Some(*due),
            detail: nothing(),
        }],
    })
}

fn nothing() -> Words {
    Words::new("", "")
}

/// Numbers and codes read the same in both languages.
fn same(text: String) -> Words {
    Words::new(text.clone(), text)
}
