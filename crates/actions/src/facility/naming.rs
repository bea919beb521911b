//! Whom a manager may name to decide in their place, found by name.

use super::desk::Candidate;
use crate::accounts::holds;
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::facility::days;
use clinical::facility::managers::Structure;
use clinical::identity::names::fold;
use std::collections::BTreeMap;
use store::{AccountState, WorkContext};

/// Characters of what is looked for.
pub(super) const WHO_LIMIT_CHARS: usize = 80;
/// Letters from which on somebody is looked for.
const LETTERS: usize = 2;
/// People that are shown; whoever has more writes more of the name.
pub const SHOWN: usize = 20;
/// Accounts that are read at once.
const ACCOUNTS_AT_ONCE: usize = 500;

/// Whether every word that is looked for begins a word of the name, in any order and without accents.
fn is_of(wanted: &[String], name: &str) -> bool {
    let words: Vec<String> = name.split([' ', ',', '-']).map(fold).filter(|word| !word.is_empty()).collect();
    wanted.iter().all(|begin| words.iter().any(|word| word.starts_with(begin.as_str())))
}

/// Managers of units, and people who sign in at a facility, whose name is looked for; never who looks.
pub(super) fn candidates(
    reading: &Reading<'_>,
    structure: &Structure,
    who: &str,
) -> Result<Vec<Candidate>, Refusal> {
    let now = reading.context.now;
    let Some(today) = days::of(now) else { return Ok(Vec::new()) };
    let wanted: Vec<String> = who.split([' ', ',', '-']).map(fold).filter(|word| !word.is_empty()).collect();
    if wanted.iter().map(|word| word.chars().count()).sum::<usize>() < LETTERS {
        return Ok(Vec::new());
    }
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    let mut put = |user: &str, name: &str, units: String| {
        if user != reading.context.actor.id && is_of(&wanted, name) {
            let (user, name) = (user.to_owned(), name.to_owned());
            found.entry(user.clone()).or_insert(Candidate { name, user, units });
        }
    };
    for unit in &structure.units {
        for manager in structure.managers_on(&unit.id, today) {
            put(&manager.user, &manager.name, unit.name.clone());
        }
    }
    for persona in reading.personas {
        put(&persona.id, &persona.name, String::new());
    }
    let mut after = String::new();
    loop {
        let part = reading.view.accounts_after(&after, ACCOUNTS_AT_ONCE)?;
        let Some(last) = part.last() else { break };
        last.id.clone_into(&mut after);
        let is_last = part.len() < ACCOUNTS_AT_ONCE;
        for account in part.into_iter().filter(|row| row.state == AccountState::Active) {
            if !is_of(&wanted, &account.name) {
                continue;
            }
            let grants = reading.view.account_grants(&account.id)?;
            if grants.iter().any(|grant| grant.context == WorkContext::Facility && holds(grant, now)) {
                let unit = reading.view.facility_person(&account.id)?.map(|person| person.unit);
                let unit = unit.and_then(|unit| structure.unit(&unit).map(|unit| unit.name.clone()));
                put(&account.id, &account.name, unit.unwrap_or_default());
            }
        }
        if is_last {
            break;
        }
    }
    let mut all: Vec<Candidate> = found.into_values().collect();
    all.sort();
    // One more than is shown says that there are more.
    all.truncate(SHOWN + 1);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s029_a_name_is_found_by_the_beginnings_of_its_words() {
        let of = |who: &str, name: &str| {
            let wanted: Vec<String> = who.split(' ').map(fold).filter(|word| !word.is_empty()).collect();
            is_of(&wanted, name)
        };
        for who in ["wre", "io wren", "Wren Io", "WREN"] {
            assert!(of(who, "Wren, Io"), "{who}");
        }
        assert!(of("leger", "Léger-Roy, Zoë") && of("roy zo", "Léger-Roy, Zoë"));
        assert!(!of("ren", "Wren, Io") && !of("wren ada", "Wren, Io"));
    }
}
