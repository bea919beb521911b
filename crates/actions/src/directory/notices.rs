//! Details of a provider are changed by themselves, signed in; in writing; or from the address on file (GUARANTEES X-22). By
//! whatever way a change came to the directory desk, the address that was on file before it is told: one that they did not
//! ask for is seen by the one person who knows. Whose reports go by other ways from then on reads it on their own pages too,
//! and whom no mail reaches is told by the desk: one piece of work for one decision.

use super::changing::CUSTODIAN;
use super::deciding::facts;
use super::snapshot::contradicts;
use crate::mailing::{Blank, HERE, Letter, write_once};
use crate::obligations::{About, id, opened, row as new_row};
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::directory::{Change, Contact, ContactKind, Directory, Fact, MOVED_SORT, Moved, Practitioner};
use clinical::words::Words;
use fhir::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::{ApplicationId, Changes, DirectoryChange, DirectoryEvent, ObligationChange, View};

/// Who opens what is owed.
const ACTOR: &str = "opor directory";
/// Names that a piece of work says; how many there are besides is said.
const NAMED: usize = 40;
/// Where they read what it was and is.
const OWN_PAGE: &str = "/directory/mine";
/// How long home says it, in minutes: two weeks.
const ON_HOME_MINUTES: i64 = 14 * 24 * 60;
/// Changes that one's own page says, the latest.
const SHOWN: usize = 10;

/// A change by which one's reports go elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnMove {
    /// Since when.
    pub at: Instant,
    /// Who decided it.
    pub by: String,
    /// What it went by, in their words.
    pub reason: String,
    /// Ways until then.
    pub was: Vec<Words>,
    /// Ways from then on; none when nothing goes to them any more.
    pub is: Vec<Words>,
}

/// The changes by which the reports of a practitioner came to go elsewhere, the latest first.
pub(super) fn moved_lines(view: &View, practitioner: &str) -> Result<Vec<OwnMove>, Refusal> {
    let rows = view.directory_history(MOVED_SORT, practitioner)?;
    let line = |row: DirectoryEvent| {
        let Moved { was, is } = serde_json::from_str(&row.body).ok()?;
        Some(OwnMove { at: row.at, by: row.actor, reason: row.reason, was, is })
    };
    Ok(rows.into_iter().filter_map(line).take(SHOWN).collect())
}

/// The latest of them while it is news.
pub(crate) fn moved_lately(reading: &Reading<'_>) -> Result<Option<OwnMove>, Refusal> {
    let Some(me) = reading.context.actor.practitioner.as_deref() else { return Ok(None) };
    let since = reading.context.now.plus_minutes(-ON_HOME_MINUTES);
    Ok(moved_lines(reading.view, me)?.into_iter().next().filter(|line| line.at > since))
}

/// Whose details a fact holds; `None` where it is a place's, a way's or a feed's.
fn whose<'f>(directory: &'f Directory, fact: &'f Fact) -> Option<&'f str> {
    let of = match fact {
        Fact::Practitioner(who) => &who.id,
        Fact::Role(role) => &role.practitioner,
        Fact::Absence(away) => &away.practitioner,
        Fact::Contact(contact) => &contact.of,
        Fact::Place(_) | Fact::Endpoint(_) | Fact::Subscription(_) | Fact::Team(_) | Fact::Source(_) => {
            return None;
        }
    };
    directory.practitioner(of).map(|known| known.id.as_str())
}

/// The mail address on file: one that is in doubt only where there is no other.
fn address<'d>(before: &'d Directory, who: &str) -> Option<&'d Contact> {
    let theirs = before.contacts().filter(|contact| {
        contact.of == who && contact.kind == ContactKind::Email && !contact.value.trim().is_empty()
    });
    theirs.max_by_key(|contact| (contact.doubt.is_none(), contact.verified_on.as_str()))
}

/// What was decided.
pub(super) struct Decision<'d> {
    /// What tells it from every other.
    pub(super) key: &'d str,
    /// The directory before it.
    pub(super) before: &'d Directory,
    /// What it changes.
    pub(super) wanted: &'d [Change],
    /// What it goes by.
    pub(super) reason: &'d str,
}

fn list(sorts: &BTreeSet<String>) -> String {
    sorts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Tells everybody whose details a decision changes, and whose reports it moves, at the address on file before it.
pub(super) fn tell(
    reading: &Reading<'_>,
    decision: &Decision<'_>,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let before = decision.before;
    let known = facts(before);
    let mut touched: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for change in decision.wanted {
        let key = change.key();
        let fact = match change {
            Change::Set(fact) => Some(fact),
            Change::Withdraw { .. } => known.get(&key),
        };
        // What a file says again as it was is no change.
        if matches!(change, Change::Set(_)) && known.get(&key) == fact {
            continue;
        }
        if let Some(who) = fact.and_then(|fact| whose(before, fact)) {
            touched.entry(who).or_default().insert(key.0);
        }
    }
    let moved = tell_moved(reading, decision, &touched, changes)?;
    for (who, sorts) in touched {
        if moved.contains(who) {
            continue;
        }
        let Some(on_file) = address(before, who) else { continue };
        let what = list(&sorts);
        let text = Words::new(
            format!(
                "The directory desk changed what is on file about you ({what}). What it went by: {}\n\nIf you asked for it, you need not do anything. If you did not, call the directory desk at once: reports may go elsewhere.",
                decision.reason
            ),
            format!(
                "Le bureau du répertoire a modifié ce qui est au dossier à votre sujet ({what}). Sur la foi de : {}\n\nSi vous l'avez demandé, vous n'avez rien à faire. Sinon, appelez tout de suite le bureau du répertoire : des rapports pourraient aller ailleurs.",
                decision.reason
            ),
        );
        let subject = Words::new(
            "Your details in the provider directory were changed",
            "Vos données au répertoire des fournisseurs ont été modifiées",
        );
        mail(reading, decision, (who, on_file), (subject, text, None), changes)?;
    }
    Ok(())
}

/// Tells everybody whose reports go by other ways from a decision on: a line on their own pages, a mail, and where none
/// reaches them a piece of work of the directory desk. Returns who that is.
fn tell_moved(
    reading: &Reading<'_>,
    decision: &Decision<'_>,
    touched: &BTreeMap<&str, BTreeSet<String>>,
    changes: &mut Changes,
) -> Result<BTreeSet<String>, Refusal> {
    let (before, now) = (decision.before, reading.context.now);
    let after = before.changed(decision.wanted).map_err(|problem| contradicts(&problem))?;
    let day = clinical::cover::day(now);
    let moved = before.moved(&after, &day);
    let mut unreached = Vec::new();
    for (who, said) in &moved {
        changes.directory.push(DirectoryChange::Event(DirectoryEvent {
            seq: 0,
            at: now,
            actor: reading.context.actor.name.clone(),
            source: ACTOR.to_owned(),
            reason: decision.reason.to_owned(),
            sort: MOVED_SORT.to_owned(),
            id: (*who).to_owned(),
            body: serde_json::to_string(said).unwrap_or_default(),
        }));
        let on_file = address(before, who);
        if on_file.is_none_or(|contact| contact.doubt.is_some()) {
            unreached.extend(before.practitioner(who).map(Practitioner::name));
        }
        let Some(on_file) = on_file else { continue };
        let subject = Words::new(
            "Your reports go elsewhere from now on",
            "Vos rapports vont ailleurs à partir de maintenant",
        );
        let (also_en, also_fr) = match touched.get(who) {
            None => (String::new(), String::new()),
            Some(sorts) => {
                let what = list(sorts);
                (
                    format!(" What is on file about you ({what}) was changed with it."),
                    format!(" Ce qui est au dossier à votre sujet ({what}) a été modifié avec elle."),
                )
            }
        };
        let text = Words::new(
            format!(
                "The directory desk changed by which way your reports are delivered.{also_en} What it went by: {}\n\nWhat it was and is stands on your page: {HERE}\n\nIf you asked for it, you need not do anything. If you did not, call the directory desk at once.",
                decision.reason
            ),
            format!(
                "Le bureau du répertoire a modifié la voie par laquelle vos rapports sont remis.{also_fr} Sur la foi de : {}\n\nL'ancienne et la nouvelle figurent sur votre page : {HERE}\n\nSi vous l'avez demandé, vous n'avez rien à faire. Sinon, appelez tout de suite le bureau du répertoire.",
                decision.reason
            ),
        );
        mail(reading, decision, (who, on_file), (subject, text, Some(Blank::Page(OWN_PAGE))), changes)?;
    }
    owe(&unreached, decision, now, changes);
    Ok(moved.into_iter().map(|(who, _)| who.to_owned()).collect())
}

fn mail(
    reading: &Reading<'_>,
    decision: &Decision<'_>,
    (who, on_file): (&str, &Contact),
    (subject, text, blank): (Words, Words, Option<Blank>),
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let letter = Letter {
        key: &[decision.key, who],
        sort: "details-changed",
        to: &on_file.value,
        subject,
        text,
        blank,
        application: ApplicationId::default(),
    };
    write_once(reading.view, &letter, reading.context.now, changes)
}

/// The desk owes it to people whom no mail reaches to tell them: one piece of work, however many they are.
fn owe(unreached: &[String], decision: &Decision<'_>, now: Instant, changes: &mut Changes) {
    if unreached.is_empty() {
        return;
    }
    let first = unreached.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let (en, fr) = match unreached.len().saturating_sub(NAMED) {
        0 => (first.clone(), first),
        more => (format!("{first} and {more} more"), format!("{first} et {more} autres")),
    };
    let reason = decision.reason;
    let because = Words::new(
        format!(
            "Tell {en} by telephone or letter that their reports go elsewhere now: no mail address of theirs is on file, or it is in doubt. What the change went by: {reason}"
        ),
        format!(
            "Dites à {fr}, par téléphone ou par lettre, que leurs rapports vont maintenant ailleurs : aucune adresse courriel n'est au dossier, ou elle est en doute. Sur la foi de : {reason}"
        ),
    );
    let owed = clinical::obligations::untold(&en, because, now);
    let about = About { subject: Some(en), custodian: CUSTODIAN.to_owned(), ..About::default() };
    let row = new_row(id(&["directory", "untold", decision.key]), &owed, &about, now);
    let first = opened(&row, ACTOR);
    changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
}
