//! The decision about a proposal: on the facts and the traffic that its page showed, and on nothing else (DR4).

use super::changing::{applied, now_known};
use super::notices::{Decision, tell};
use super::snapshot::read;
use super::{Decide, Weigh, WeighView};
use crate::obligations::{ended, event};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen, machine};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Change, Directory, Fact, FactKey, Source};
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::BTreeMap;
use store::{
    Changes, DirectoryChange, DirectoryProposal, ObligationChange, ObligationState, Requirement, View,
};

/// It holds from its decision on.
pub(super) const APPLIED: &str = "applied";
/// It was decided against.
const DISMISSED: &str = "dismissed";
/// How far back traffic speaks for or against a proposal, in minutes: a week.
const WEIGHED_MINUTES: i64 = 7 * 24 * 60;
/// Messages that are read for it at most, the latest.
const MOST_WEIGHED: usize = 3_000;
/// Proposals of a feed that is in force which are tried in a round.
const ROUND_LIMIT: usize = 200;
/// Undecided proposals of a feed that is in force which are read, the oldest; more is a file that somebody must look at.
const MOST_READ: usize = 10_000;
const MINUTE_US: i64 = 60_000_000;
/// Who carries out what a feed says that is in force.
const ACTOR: &str = "opor directory";

/// Facts of a proposal that are not what they were when it was made.
pub(super) fn behind(
    view: &View,
    known: &Directory,
    row: &DirectoryProposal,
    wanted: &[Change],
) -> Result<Vec<String>, Refusal> {
    let before = read(view, row.at)?.map(|snapshot| facts(&snapshot.directory)).unwrap_or_default();
    let now = facts(known);
    let other = wanted.iter().map(Change::key).filter(|key| before.get(key) != now.get(key));
    Ok(other.map(|(sort, id)| format!("{sort} {id}")).collect())
}

pub(super) fn facts(directory: &Directory) -> BTreeMap<FactKey, Fact> {
    directory.facts().map(|fact| (fact.key(), fact)).collect()
}

fn would_undo(behind: &[String]) -> Refusal {
    let what = behind.join(", ");
    Refusal::conflict(
        &format!(
            "{what} was changed after this was proposed, and applying it would undo that. Do not apply it; propose what is still needed again."
        ),
        &format!(
            "{what} a changé depuis cette proposition, et l'appliquer annulerait ce changement. Ne l'appliquez pas; proposez de nouveau ce qui manque encore."
        ),
    )
}

impl Sealed for Decide {}

impl Act for Decide {
    const PERMISSION: Permission = Permission::ManageDirectory;

    fn object(&self) -> String {
        format!("directory/proposal/{}", self.proposal)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Refusal::unreadable(
                "Say how you know. The words stay with the change under your name.",
                "Dites comment vous le savez. Les mots restent avec le changement, à votre nom.",
            ));
        }
        let row = reading.view.directory_proposal(self.proposal)?.ok_or_else(Refusal::not_found)?;
        let obligation = reading.view.obligation(self.proposal)?.ok_or_else(Refusal::not_found)?;
        if !row.verdict.is_empty() || !matches!(obligation.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "Somebody has decided about this already. Open the list again.",
                "Quelqu'un en a déjà décidé. Rouvrez la liste.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let mut changes = if self.apply {
            let wanted: Vec<Change> = serde_json::from_str(&row.changes).map_err(|_| Refusal::not_found())?;
            let known = now_known(reading)?;
            let behind = behind(reading.view, &known.directory, &row, &wanted)?;
            if !behind.is_empty() {
                return Err(would_undo(&behind));
            }
            if self.seen != known.seq {
                return Err(Refusal::conflict(
                    "The directory has changed since you opened this page. Open it again and look at what the proposal does now.",
                    "Le répertoire a changé depuis que vous avez ouvert cette page. Rouvrez-la et voyez ce que fait maintenant la proposition.",
                ));
            }
            super::trial::tested(reading.view, &known.directory, &wanted, reading.context.now)?;
            applied(&known, &wanted, reading, &row.source, reason)?
        } else {
            Changes::default()
        };
        let verdict = if self.apply { APPLIED } else { DISMISSED };
        let said = Words::new(reason, reason);
        let outcome = Outcome::Resolved { by: by.clone(), how: reason.to_owned() };
        changes.requires.push(Requirement::ObligationRevisionIs(obligation.id, obligation.revision));
        changes.obligations = vec![
            event(obligation.id, now, &by, outcome.code(), &said),
            ObligationChange::Update(ended(&obligation, &outcome, now)),
        ];
        if self.apply {
            let wanted: Vec<Change> = serde_json::from_str(&row.changes).unwrap_or_default();
            let known = now_known(reading)?;
            let (key, before) = (row.id.to_string(), &known.directory);
            let decision = Decision { key: &key, before, wanted: &wanted, reason };
            tell(reading, &decision, &mut changes)?;
        }
        changes.directory.push(DirectoryChange::Proposal(DirectoryProposal {
            verdict: verdict.to_owned(),
            decided: Some(now),
            decider: by,
            reason: reason.to_owned(),
            ..row
        }));
        Ok((changes, None))
    }
}

impl Sealed for Weigh {}

impl Look for Weigh {
    type View = WeighView;
    const PERMISSION: Permission = Permission::ReadDirectory;

    fn object(&self) -> String {
        format!("directory/proposal/{}/effect", self.proposal)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<WeighView>, Refusal> {
        let row = reading.view.directory_proposal(self.proposal)?.ok_or_else(Refusal::not_found)?;
        let wanted: Vec<Change> = serde_json::from_str(&row.changes).unwrap_or_default();
        let known = now_known(reading)?;
        let behind = behind(reading.view, &known.directory, &row, &wanted)?;
        let since = reading.context.now.plus_minutes(-WEIGHED_MINUTES);
        let preview = super::Preview { changes: wanted, since, most: MOST_WEIGHED };
        let now = Reading { directory: &known.directory, ..*reading };
        let effect = match preview.read(&now) {
            Ok(seen) => Ok(seen.view),
            Err(refusal) => Err(refusal.words),
        };
        let line = super::looking::proposal_line(reading.view, &known.directory, row)?;
        Ok(Seen::nobody(WeighView { line, number: known.seq, effect, behind }))
    }
}

impl Record {
    /// Apply what feeds proposed that are in force by the directory itself (`in_force` of their source). What a feed may
    /// not change alone, and what cannot be applied as it stands, stays with the directory desk. Returns how many were
    /// applied.
    pub(crate) fn apply_in_force(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let mut applied = 0;
        let sources: Vec<Source> = self.directory().facts().filter_map(source_in_force).collect();
        for source in sources {
            let name = format!("{}{}", super::FROM_FEED, source.link);
            let mut rows = view.directory_proposals(Some(&name), MOST_READ)?;
            let known = self.directory();
            rows.retain(|row| {
                serde_json::from_str::<Vec<Change>>(&row.changes)
                    .is_ok_and(|changes| known.acts_alone(&source, &changes))
            });
            if rows.len() > ROUND_LIMIT {
                // Each gets its turn, whatever cannot be applied stands before it.
                let round = usize::try_from(now.0.div_euclid(MINUTE_US)).unwrap_or_default();
                let from = round.wrapping_mul(ROUND_LIMIT) % rows.len();
                rows.rotate_left(from);
            }
            let (mut left, mut why) = (0_usize, String::new());
            for row in rows.into_iter().take(ROUND_LIMIT) {
                let reason = format!("{name} is in force by the directory");
                let seen = self.snapshot().seq;
                match self.act(&machine(ACTOR, now), Decide { proposal: row.id, apply: true, reason, seen }) {
                    Ok(()) => applied += 1,
                    Err(refusal) => {
                        left += 1;
                        why = refusal.words.en;
                    }
                }
            }
            if left > 0 {
                tracing::warn!(source = %name, left, reason = %why, "what a feed says of the directory stays with its desk");
            }
        }
        Ok(applied)
    }
}

fn source_in_force(fact: Fact) -> Option<Source> {
    match fact {
        Fact::Source(source) if source.in_force => Some(source),
        _ => None,
    }
}
