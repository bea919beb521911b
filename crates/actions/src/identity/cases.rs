//! Identity questions: how grave it is to leave them, and those about two records on file.

use super::links::{Risk, RiskLevel};
use crate::obligations::{self, About, words, words_json};
use clinical::identity::{Claim, display_name};
use clinical::words::Words;
use fhir::{Instant, RecordId};
use store::{Changes, ObligationChange, ObligationId, ReviewCase, ReviewSort};

/// How grave it is that a message waits: what carries results or documents must not wait long.
pub(crate) fn risk_of_waiting(message_type: &str) -> u8 {
    if message_type.starts_with("ORU") || message_type.starts_with("MDM") { 2 } else { 1 }
}

/// The risk of a case in words.
pub(super) fn risk(case: Option<&ReviewCase>) -> Risk {
    let Some(case) = case else {
        return Risk {
            level: RiskLevel::Medium,
            because: Words::new("A message waits to be filed.", "Un message attend d'être classé."),
        };
    };
    let level = match case.risk {
        0 => RiskLevel::Low,
        1 => RiskLevel::Medium,
        _ => RiskLevel::High,
    };
    let because = if case.because.is_empty() { waiting(level) } else { words(&case.because) };
    Risk { level, because }
}

fn waiting(level: RiskLevel) -> Words {
    if level == RiskLevel::High {
        Words::new(
            "A result or document waits to be filed.",
            "Un résultat ou un document attend d'être classé.",
        )
    } else {
        Words::new("A message waits to be filed.", "Un message attend d'être classé.")
    }
}

/// A question about two records on file, which may be one person.
#[derive(Debug, Clone)]
pub(crate) struct Pair<'a> {
    /// The record in question first.
    pub(crate) records: [RecordId; 2],
    /// What is remembered of the first.
    pub(crate) claim: &'a Claim,
    /// Why a human must look.
    pub(crate) reason: Words,
    /// How grave it is to leave it.
    pub(crate) risk: u8,
    /// Why.
    pub(crate) because: Words,
    /// Who asks, in the ledger.
    pub(crate) actor: &'a str,
    /// Custodian of the first.
    pub(crate) custodian: &'a str,
}

/// Opens the question; the same pair is asked once.
pub(crate) fn open_pair(pair: &Pair<'_>, now: Instant, changes: &mut Changes) -> ObligationId {
    let name = display_name(&pair.claim.names);
    let review = clinical::obligations::review(&name, pair.reason.clone(), now);
    let mut both = pair.records.map(|record| record.to_string());
    both.sort_unstable();
    let id = obligations::id(&[&both[0], "pair", &both[1]]);
    let about = About {
        record: Some(pair.records[0]),
        subject: Some(name),
        custodian: pair.custodian.to_owned(),
        ..Default::default()
    };
    let row = obligations::row(id, &review, &about, now);
    let first = obligations::opened(&row, pair.actor);
    changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
    changes.cases.push(ReviewCase {
        obligation: id,
        records: pair.records.to_vec(),
        sort: ReviewSort::Pair,
        risk: pair.risk,
        because: words_json(&pair.because),
        asked: None,
    });
    id
}
