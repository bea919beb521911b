//! Why accounts are suspended by people. Each reason stands by itself, beside those of others and beside what lapsed, and is
//! lifted by itself; the account opens with the last of them (HAZARDS H80).

use super::keeping::{read, refuse_while_lapsed, said, turn};
use crate::facility::lapsing;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;
use store::{AccountChange, AccountRow, AccountState, Changes, FacilityChange, LapseRow, View};

/// What the code of a person's reason begins with, among the codes of what lapsed.
const BY: &str = "by:";

/// A reason for which a person suspended an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who suspended it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: Words,
}

fn code(by: &str) -> String {
    format!("{BY}{by}")
}

fn words(said: &str) -> Words {
    serde_json::from_str(said).unwrap_or_default()
}

/// Reasons of people that stand, the latest first. An account that a person suspended before reasons were kept by
/// themselves has the one that its row tells.
pub(crate) fn of_people(view: &View, account: &AccountRow) -> Result<Vec<Hold>, Refusal> {
    if account.state != AccountState::Suspended {
        return Ok(Vec::new());
    }
    let rows = view.lapses_of(&account.id)?;
    let standing = rows.into_iter().filter(|row| row.ended.is_none());
    let mut holds: Vec<Hold> = standing
        .filter_map(|row| {
            let by = row.code.strip_prefix(BY)?.to_owned();
            Some(Hold { by, at: row.at, reason: words(&row.words) })
        })
        .collect();
    if holds.is_empty() && account.changed_by != lapsing::ACTOR {
        let (by, reason) = (account.changed_by.clone(), words(&account.reason));
        holds.push(Hold { by, at: account.changed, reason });
    }
    Ok(holds)
}

/// Writes that a person suspends an account for a reason of their own; what they said before is replaced by it, what others
/// said stays.
pub(crate) fn put(
    view: &View,
    account: &AccountRow,
    (by, now): (&str, Instant),
    reason: &Words,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let of_account = |hold: &Hold| LapseRow {
        account: account.id.clone(),
        code: code(&hold.by),
        at: hold.at,
        words: said(&hold.reason),
        ended: None,
        ended_by: String::new(),
    };
    let mut at = now;
    for hold in of_people(view, account)? {
        if hold.by == by {
            // What one said anew stands behind what one said before, also within one instant.
            at = at.max(Instant(hold.at.0 + 1));
            changes.facility.push(FacilityChange::LapseEnds(
                account.id.clone(),
                code(by),
                now,
                by.to_owned(),
            ));
        } else {
            // The same that stands already is one; one that the row alone told stands by itself from now on.
            changes.facility.push(FacilityChange::Lapse(of_account(&hold)));
        }
    }
    let own = Hold { by: by.to_owned(), at, reason: reason.clone() };
    changes.facility.push(FacilityChange::Lapse(of_account(&own)));
    Ok(())
}

/// What is left once a reason was lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing: the account is open.
    Open,
    /// Another reason, which these words tell.
    Held(Words),
}

/// Which reason is meant: the one of whom is named, one's own where nobody is, the only one there is.
fn meant<'h>(holds: &'h [Hold], of: &str, by: &str) -> Result<&'h Hold, Refusal> {
    let one_of = |who: &str| holds.iter().find(|hold| hold.by == who);
    let found = if of.is_empty() {
        one_of(by).or(match holds {
            [only] => Some(only),
            _ => None,
        })
    } else {
        one_of(of)
    };
    found.ok_or_else(|| {
        let all = |pick: fn(&Words) -> &str| {
            let lines: Vec<String> =
                holds.iter().map(|hold| format!("{} ({})", pick(&hold.reason), hold.by)).collect();
            lines.join("; ")
        };
        Refusal::conflict(
            &format!(
                "It is suspended for these reasons: {}. Say which one is lifted.",
                all(|words| &words.en)
            ),
            &format!(
                "L'accès est suspendu pour ces motifs : {}. Dites lequel est levé.",
                all(|words| &words.fr)
            ),
        )
    })
}

/// Lifts one reason of a person: that of `of`, where it is empty as [`meant`] says. The account opens when nothing else
/// stands.
///
/// # Errors
/// There is no such account or reason, what stands is no person's to lift, or several stand and none is named.
pub(crate) fn lift(
    view: &View,
    (by, now): (&str, Instant),
    account: &str,
    (of, reason): (&str, &Words),
    changes: &mut Changes,
) -> Result<Left, Refusal> {
    let row = view.account(account)?.ok_or_else(Refusal::not_found)?;
    let holds = of_people(view, &row)?;
    if holds.is_empty() {
        refuse_while_lapsed(view, account)?;
        turn(view, (by, now), account, (AccountState::Active, reason), changes)?;
        return Ok(Left::Open);
    }
    let lifted = meant(&holds, of, by)?;
    let who = format!("{by}: {}", reason.en);
    changes.facility.push(FacilityChange::LapseEnds(row.id.clone(), code(&lifted.by), now, who));
    let other = holds.iter().filter(|hold| *hold != lifted).max_by_key(|hold| hold.at);
    let gravest = lapsing::standing(view, account)?.into_iter().min();
    let (words, changed_by) = match (other, gravest) {
        (Some(hold), _) => (hold.reason.clone(), hold.by.clone()),
        // From now on it opens by itself once what lapsed is mended.
        (None, Some(lapse)) => {
            lapsing::tell_suspended(view, &row, lapse, now, changes)?;
            (lapse.words(), lapsing::ACTOR.to_owned())
        }
        (None, None) => {
            turn(view, (by, now), account, (AccountState::Active, reason), changes)?;
            return Ok(Left::Open);
        }
    };
    let row = read(view, account, changes)?;
    changes.accounts.push(AccountChange::Account(AccountRow {
        reason: said(&words),
        revision: row.revision + 1,
        changed: now,
        changed_by,
        ..row
    }));
    Ok(Left::Held(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h80_a_reason_is_named_where_several_stand() {
        let hold = |by: &str| Hold { by: by.into(), at: Instant(1), reason: Words::new("Why", "Pourquoi") };
        let both = [hold("heron"), hold("wren")];
        assert_eq!(meant(&both, "", "heron"), Ok(&both[0]), "one's own");
        assert_eq!(meant(&both, "wren", "heron"), Ok(&both[1]));
        let refused = meant(&both, "", "tern").unwrap_err();
        assert!(refused.words.en.contains("Why (heron); Why (wren)"), "{refused:?}");
        assert_eq!(meant(&both[..1], "", "tern"), Ok(&both[0]), "the only one");
        assert!(meant(&both, "gull", "heron").is_err());
    }
}
