//! What a destination cannot take goes by its fallback, with the reason in the chain.

use super::carrying::{ACTOR, remembered};
use crate::obligations::{self, words_json};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::directory::{Directory, Endpoint, EndpointKind};
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::Instant;
use store::{
    Changes, ObligationChange, ObligationRow, ObligationState, OutboxChange, OutboxFilter, OutboxId,
    OutboxRow, OutboxState, Requirement, Settled, View,
};

/// Ways that one delivery is tried by, at most: more than any place has.
const MOST_WAYS: usize = 16;

impl Record {
    /// The delivery goes on by the next way of its place; the desk has it when there is none.
    pub(super) fn go_by_fallback(&self, view: &View, row: &OutboxRow, why: &Words, now: Instant) {
        match by_fallback(view, &self.directory(), row, why, now) {
            Ok(Some(changes)) => match self.store().settle_blocking(changes) {
                Settled::Done | Settled::Stale(_) => {}
                other => {
                    let reason = Refusal::try_again(&other);
                    tracing::warn!(%reason, control_id = %row.control_id, "a delivery stays on a way that cannot take it");
                }
            },
            Ok(None) => self.hand_to_desk(view, row, why, now),
            Err(reason) => {
                tracing::warn!(%reason, control_id = %row.control_id, "a delivery stays on a way that cannot take it");
            }
        }
    }
}

/// The rows of a delivery that goes on by another way; `None` when there is no other or it is over already.
fn by_fallback(
    view: &View,
    directory: &Directory,
    row: &OutboxRow,
    why: &Words,
    now: Instant,
) -> Result<Option<Changes>, Refusal> {
    let Some(owed) = view.obligation(row.obligation)? else { return Err(Refusal::not_found()) };
    // A test result says something about this way alone.
    if matches!(owed.state, ObligationState::Ended { .. }) || owed.kind == ObligationKind::Canary.code() {
        return Ok(None);
    }
    let filter = OutboxFilter { obligation: Some(row.obligation), ..OutboxFilter::default() };
    let tried: Vec<String> =
        view.outbox(&filter, MOST_WAYS)?.into_iter().map(|tried| tried.destination).collect();
    let day = clinical::cover::day(now);
    let Some(next) = next_way(directory, &row.destination, &tried, &day) else { return Ok(None) };
    let words = told(directory.endpoint(&row.destination), next, why);
    let control_id = format!("R{}F{}", row.obligation, tried.len());
    let closed = OutboxRow { state: OutboxState::Closed, last: words_json(&words), ..row.clone() };
    let queued = OutboxRow {
        id: OutboxId(0),
        destination: next.id.clone(),
        control_id,
        state: OutboxState::Waiting,
        attempts: 0,
        next: now,
        offered_digest: Vec::new(),
        last: String::new(),
        ..row.clone()
    };
    let owner = remembered(row, &owed).owner;
    let owed_after = ObligationRow { words: words_json(&words), revision: owed.revision + 1, ..owed.clone() };
    tracing::info!(control_id = %row.control_id, to = %next.id, %owner, "a delivery goes by its fallback");
    Ok(Some(Changes {
        requires: vec![
            Requirement::ObligationRevisionIs(owed.id, owed.revision),
            Requirement::OutboxIs(row.id, OutboxState::Waiting, row.attempts),
        ],
        obligations: vec![
            obligations::event(owed.id, now, ACTOR, "fallback", &words),
            ObligationChange::Update(owed_after),
        ],
        outbox: vec![OutboxChange::Update(closed), OutboxChange::Queue(queued)],
        ..Changes::default()
    }))
}

/// The first way that was not tried and is in use on the day: those of the endpoint in its order, then those of the ways
/// tried before it. One that is doubted comes last: a doubted way is better than none (S-019).
fn next_way<'d>(directory: &'d Directory, from: &str, tried: &[String], day: &str) -> Option<&'d Endpoint> {
    let ways: Vec<&Endpoint> = std::iter::once(from)
        .chain(tried.iter().map(String::as_str))
        .filter_map(|id| directory.endpoint(id))
        .flat_map(|endpoint| &endpoint.fallback)
        .filter(|id| !tried.contains(id) && id.as_str() != from)
        .filter_map(|id| directory.endpoint(id))
        .filter(|endpoint| endpoint.kind != EndpointKind::Portal && endpoint.carries_on(day))
        .collect();
    let sound = ways.iter().find(|endpoint| directory.doubt_of(&endpoint.id).is_none());
    sound.or(ways.first()).copied()
}

fn told(from: Option<&Endpoint>, to: &Endpoint, why: &Words) -> Words {
    let unnamed = || Words::new("the first way", "la première voie");
    let (from, to) = (from.map_or_else(unnamed, |endpoint| endpoint.kind.words()), to.kind.words());
    Words::new(
        format!("It cannot go by {}: {} It goes by {} instead.", from.en, why.en, to.en),
        format!("Impossible par {} : {} Remplacé par {}.", from.fr, why.fr, to.fr),
    )
}
