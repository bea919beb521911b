//! A change of links that moves what somebody has acted on takes two stewards: one proposes it, another confirms it
//! (HAZARDS H06).
//!
//! The proposal is a step of the pair's case on the identity desk, so it has an owner and a clock, and nothing moves
//! until somebody else agrees. Whoever declines it, the proposer too, ends it.

use super::acts::{Proposal, carry_out, open_case, propose, waits_for_filing, why};
use super::graph::Reason;
use super::links::{Change, Confirm, Decline, Moves, Proposed};
use crate::obligations::{self, About, ended, event, words_json};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use crate::telling;
use clinical::access::Permission;
use clinical::identity::display_name;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use serde::{Deserialize, Serialize};
use store::{
    Changes, LinkBasis, LinkEvent, ObligationChange, ObligationEvent, ObligationId, ObligationRow,
    ObligationState, Requirement, ReviewCase, ReviewSort,
};

/// The step by which a change is proposed.
const PROPOSED: &str = "link-proposed";
/// The step by which it is not carried out.
const DECLINED: &str = "link-declined";
/// How grave it is to leave a proposal: what was acted on may stand on another person's chart.
const RISK: u8 = 2;

/// So long may a steward take back alone what they decided themselves.
const OWN_SLIP_MINUTES: i64 = 10;

/// Whether two must agree: results or documents move that somebody has read, signed or been sent.
pub(super) fn takes_two(moves: &Moves) -> bool {
    let moving = moves.results.count + moves.letters.count > 0;
    moving && (moves.deliveries > 0 || !moves.acted.is_empty())
}

/// Whether a proposal opened the case: nothing was asked before it.
fn opened_by_proposal(reading: &Reading<'_>, case: ObligationId) -> Result<bool, Refusal> {
    let events = reading.view.events(case)?;
    let proposed = events.iter().find(|event| event.step == PROPOSED);
    Ok(events
        .first()
        .zip(proposed)
        .is_some_and(|(first, proposed)| first.at == proposed.at && first.actor == proposed.actor))
}

/// Whether a steward takes back what they decided alone a moment ago: the wrong line, not another opinion, nor what
/// somebody else agreed to.
fn is_own_slip(reading: &Reading<'_>, change: &Change) -> Result<bool, Refusal> {
    let Change::Undo(id) = change else { return Ok(false) };
    let (by, now) = (&reading.context.actor.id, reading.context.now);
    let event = reading.view.link_event(*id)?;
    Ok(event.is_some_and(|event| {
        event.basis == LinkBasis::Human
            && Reason::read(&event.reason).by == [by.as_str()]
            && now <= event.at.plus_minutes(OWN_SLIP_MINUTES)
    }))
}

/// A proposal as its step keeps it: the words of every step, and what it is in full.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    en: String,
    fr: String,
    change: String,
    reason: String,
    /// Id of who proposes.
    by: String,
}

/// A proposal that waits for a second steward.
struct Standing {
    /// Id of who proposed it.
    by: String,
    /// Their name.
    name: String,
    change: Change,
    reason: String,
    words: Words,
    event: ObligationEvent,
}

/// `link A B`, `apart A B C D` (A leaves with C and D), `undo 17`.
fn written(change: &Change) -> String {
    match change {
        Change::Link(record, other) => format!("link {record} {other}"),
        Change::KeepApart { record, from, with } => {
            let with: String = with.iter().map(|record| format!(" {record}")).collect();
            format!("apart {record} {from}{with}")
        }
        Change::Undo(event) => format!("undo {event}"),
    }
}

fn read(text: &str) -> Option<Change> {
    let mut parts = text.split(' ');
    let sort = parts.next()?;
    if sort == "undo" {
        return Some(Change::Undo(parts.next()?.parse().ok()?));
    }
    let records = parts.map(|part| part.parse().ok()).collect::<Option<Vec<RecordId>>>()?;
    match (sort, records.as_slice()) {
        ("link", [record, other]) => Some(Change::Link(*record, *other)),
        ("apart", [record, from, with @ ..]) => {
            Some(Change::KeepApart { record: *record, from: *from, with: with.to_vec() })
        }
        _ => None,
    }
}

fn standing(reading: &Reading<'_>, case: ObligationId) -> Result<Option<Standing>, Refusal> {
    let events = reading.view.events(case)?;
    let last = events.into_iter().rev().find(|event| event.step == PROPOSED || event.step == DECLINED);
    let Some(event) = last.filter(|event| event.step == PROPOSED) else { return Ok(None) };
    let Ok(kept) = serde_json::from_str::<Kept>(&event.words) else { return Ok(None) };
    Ok(read(&kept.change).map(|change| Standing {
        by: kept.by,
        name: event.actor.clone(),
        change,
        reason: kept.reason,
        words: Words::new(kept.en, kept.fr),
        event,
    }))
}

/// What waits on a case for a second steward, as the desk shows it.
pub(super) fn shown(reading: &Reading<'_>, case: ObligationId) -> Result<Option<(Proposed, Moves)>, Refusal> {
    let Some(standing) = standing(reading, case)? else { return Ok(None) };
    let (moves, refusal) = match propose(reading, &standing.change, "") {
        Ok(Proposal { around, said, .. }) => (super::moves::of(reading, &around, &said.event)?, None),
        Err(refusal) if refusal.kind == crate::RefusalKind::Conflict => {
            (Moves::default(), Some(refusal.words))
        }
        Err(other) => return Err(other),
    };
    let proposed = Proposed {
        by: telling::actor(&standing.name),
        at: standing.event.at,
        words: standing.words,
        is_own: standing.by == reading.context.actor.id,
        refusal,
    };
    Ok(Some((proposed, moves)))
}

/// What a change is, in a few words.
fn in_words(change: &Change) -> Words {
    match change {
        Change::Link(..) => Words::new("one person", "une seule personne"),
        Change::KeepApart { .. } => Words::new("two people", "deux personnes"),
        Change::Undo(_) => Words::new("take a decision back", "reprendre une décision"),
    }
}

/// Puts a change before a second steward: on the case given, on an open one about the same two records, or on a new
/// one. The same change proposed by a second steward is that steward's consent.
pub(super) fn put_forward(
    reading: &Reading<'_>,
    change: &Change,
    reason: &str,
    case: Option<ObligationId>,
    proposal: &Proposal,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let link = &proposal.said.event;
    let pair: Vec<RecordId> = [link.record].into_iter().chain(link.other).collect();
    let row = case_of(reading, case, &pair)?;
    if let Some(row) = &row
        && let Some(before) = standing(reading, row.id)?
    {
        return match () {
            () if before.change != *change => Err(another_stands()),
            () if before.by == reading.context.actor.id => Err(own()),
            () => agreed(reading, row, before, reason),
        };
    }
    if is_own_slip(reading, change)? {
        return carry_out(reading, change, reason, None, None);
    }
    let what = in_words(change);
    let words = Words::new(
        format!(
            "{by} proposes: {}. {reason} Results that move were read or delivered already, so a second steward must confirm it.",
            what.en
        ),
        format!(
            "{by} propose : {}. {reason} Des résultats qui se déplacent ont déjà été lus ou livrés; une deuxième personne doit le confirmer.",
            what.fr
        ),
    );
    let mut changes = Changes::default();
    let row = match row {
        Some(row) => {
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            let update = ObligationRow { revision: row.revision + 1, ..row.clone() };
            changes.obligations.push(ObligationChange::Update(update));
            row
        }
        None => opened(proposal, link, &words, reading, &mut changes),
    };
    let kept = Kept {
        en: words.en.clone(),
        fr: words.fr.clone(),
        change: written(change),
        reason: reason.to_owned(),
        by: reading.context.actor.id.clone(),
    };
    changes.obligations.push(ObligationChange::Event(ObligationEvent {
        obligation: row.id,
        at: now,
        actor: by.clone(),
        step: PROPOSED.to_owned(),
        words: serde_json::to_string(&kept).unwrap_or_default(),
    }));
    let sort = reading.view.review_case(row.id)?.map_or(ReviewSort::Pair, |case| case.sort);
    changes.cases.push(ReviewCase {
        obligation: row.id,
        records: pair,
        sort,
        risk: RISK,
        because: words_json(&words),
        asked: None,
    });
    Ok((changes, Some(link.person)))
}

/// The open case that a proposal belongs to.
fn case_of(
    reading: &Reading<'_>,
    case: Option<ObligationId>,
    pair: &[RecordId],
) -> Result<Option<ObligationRow>, Refusal> {
    if let Some(id) = case {
        let row = open_case(reading, id)?;
        if waits_for_filing(reading, &row)? {
            return Err(super::acts::waited_for());
        }
        return Ok(Some(row));
    }
    let same = |other: &ReviewCase| {
        other.sort != ReviewSort::Held
            && other.records.len() == pair.len()
            && pair.iter().all(|one| other.records.contains(one))
    };
    let open = reading.view.open_review_cases()?.into_values().find(same);
    Ok(open.map(|case| reading.view.obligation(case.obligation)).transpose()?.flatten())
}

/// A case for a proposal about two records of which nothing was asked.
fn opened(
    proposal: &Proposal,
    link: &LinkEvent,
    words: &Words,
    reading: &Reading<'_>,
    changes: &mut Changes,
) -> ObligationRow {
    let now = reading.context.now;
    let name = display_name(&super::moves::claim_of(&proposal.record).names);
    let review = clinical::obligations::review(&name, words.clone(), now);
    let about = About {
        record: Some(link.record),
        subject: Some(name),
        custodian: proposal.record.custodian.clone(),
        ..About::default()
    };
    let other = link.other.map(|other| other.to_string()).unwrap_or_default();
    let said = proposal.around.events.len().to_string();
    let id = obligations::id(&[&link.record.to_string(), "two stewards", &other, &said, &now.to_string()]);
    let row = obligations::row(id, &review, &about, now);
    let first = obligations::opened(&row, &reading.context.actor.name);
    changes.obligations.extend([ObligationChange::Open(row.clone()), ObligationChange::Event(first)]);
    row
}

fn another_stands() -> Refusal {
    Refusal::conflict(
        "Another change is proposed here and waits for a second steward. Confirm or decline it first.",
        "Un autre changement est proposé ici et attend une deuxième personne. Confirmez-le ou refusez-le d'abord.",
    )
}

fn own() -> Refusal {
    Refusal::conflict(
        "You proposed this yourself. Results that move were read or delivered already, so another steward must confirm it.",
        "Vous l'avez proposé vous-même. Des résultats qui se déplacent ont déjà été lus ou livrés; une autre personne doit le confirmer.",
    )
}

/// The second steward agrees: the change is made, and its reason names both.
fn agreed(
    reading: &Reading<'_>,
    row: &ObligationRow,
    before: Standing,
    reason: &str,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let both = format!("{}: {} · {}: {reason}", before.name, before.reason, reading.context.actor.name);
    carry_out(reading, &before.change, &both, Some(&before.by), Some(row.id))
}

/// The case and what waits on it.
fn waiting(reading: &Reading<'_>, case: ObligationId) -> Result<(ObligationRow, Standing), Refusal> {
    let row = open_case(reading, case)?;
    let standing = standing(reading, case)?.ok_or_else(|| {
        Refusal::conflict(
            "Nothing waits for a second steward here any more. Open the case again.",
            "Plus rien n'attend une deuxième personne ici. Rouvrez le cas.",
        )
    })?;
    Ok((row, standing))
}

impl Sealed for Confirm {}
impl Act for Confirm {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/{}/confirm", self.case)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let (row, standing) = waiting(reading, self.case)?;
        if standing.by == reading.context.actor.id {
            return Err(own());
        }
        agreed(reading, &row, standing, &reason)
    }
}

impl Sealed for Decline {}
impl Act for Decline {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/{}/decline", self.case)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = why(&self.reason)?;
        let (row, standing) = waiting(reading, self.case)?;
        let (by, now) = (&reading.context.actor.name, reading.context.now);
        let what = in_words(&standing.change);
        let words = Words::new(
            format!("{by}: not carried out ({}). {reason}", what.en),
            format!("{by} : pas exécuté ({}). {reason}", what.fr),
        );
        let mut changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![event(row.id, now, by, DECLINED, &words)],
            ..Changes::default()
        };
        let case = reading.view.review_case(row.id)?;
        // Whether two who are two today are one is still a question, and so is what was asked before the proposal; what
        // stays as it was is none.
        if matches!(standing.change, Change::Link(..)) || !opened_by_proposal(reading, row.id)? {
            let update = ObligationRow { revision: row.revision + 1, ..row.clone() };
            changes.obligations.push(ObligationChange::Update(update));
            changes.cases.extend(case.map(|case| ReviewCase { because: words_json(&words), ..case }));
        } else if matches!(row.state, ObligationState::Open { .. }) {
            let outcome = Outcome::Resolved { by: by.clone(), how: words.en.clone() };
            changes.obligations.push(event(row.id, now, by, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(ended(&row, &outcome, now)));
        }
        let record = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
        Ok((changes, record.map(|record| record.person)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::LinkEventId;

    #[test]
    fn a_change_is_read_as_it_was_written() {
        let [a, b, c] = ["1", "2", "3"].map(|number| RecordId::of("HRH", number));
        for change in [
            Change::Link(a, b),
            Change::KeepApart { record: a, from: b, with: Vec::new() },
            Change::KeepApart { record: a, from: b, with: vec![c] },
            Change::Undo(LinkEventId(17)),
        ] {
            assert_eq!(read(&written(&change)), Some(change));
        }
        for text in ["", "link", "link 1", "undo x", "join 1 2"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
