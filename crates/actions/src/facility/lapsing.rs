//! Accesses lapse by themselves: each account is held against the registers, its last use, its module and what managers
//! said, and suspended or opened again in the same commit as the reason (HAZARDS H80).

use super::recertifying;
use super::registers::Registers;
use crate::accounts::keeping::{folded, turn};
use crate::incidents::{Found, Sort};
use crate::mailing::{Letter, write_once};
use crate::record::{Act, Reading, Record, Sealed, audit_row, machine};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::licence::key_of;
use clinical::facility::days;
use clinical::facility::lapses::{Facts, Lapse, WARNED_DAYS, lapses, module_ends, warning};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    AccountChange, AccountRow, AccountState, ApplicationId, Changes, FacilityChange, LapseRow, Requirement,
    View,
};

/// Accounts that are read at once.
const ACCOUNTS_AT_ONCE: usize = 500;
/// Who suspends and opens again, on the account and in the log.
pub(crate) const ACTOR: &str = "opor lapses";

/// On what the access of an account rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rest {
    pub(crate) family: String,
    /// Regulator and number.
    pub(crate) licence: Option<(String, String)>,
    pub(crate) employee: Option<String>,
}

fn rest_of(view: &View, account: &AccountRow) -> Result<Rest, Refusal> {
    let family = account.name.split_once(',').map_or(account.name.as_str(), |(family, _)| family);
    let licence = account.licence.split_once('|').filter(|(_, number)| !number.is_empty());
    let employee = view.facility_person(&account.id)?.map(|person| person.employee);
    Ok(Rest {
        family: family.trim().to_owned(),
        licence: licence.map(|(regulator, number)| (regulator.to_owned(), number.to_owned())),
        employee: employee.filter(|employee| !employee.is_empty()),
    })
}

/// Every account that has not ended, in parts.
fn each_account(view: &View, mut with: impl FnMut(AccountRow) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let mut after = String::new();
    loop {
        let part = view.accounts_after(&after, ACCOUNTS_AT_ONCE)?;
        let Some(last) = part.last() else { return Ok(()) };
        last.id.clone_into(&mut after);
        let is_last = part.len() < ACCOUNTS_AT_ONCE;
        for account in part.into_iter().filter(|account| account.state != AccountState::Ended) {
            with(account)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// What the accesses in use rest on.
pub(crate) fn resting(view: &View) -> Result<Vec<Rest>, Refusal> {
    let mut all = Vec::new();
    each_account(view, |account| {
        if account.state == AccountState::Active {
            all.push(rest_of(view, &account)?);
        }
        Ok(())
    })?;
    Ok(all)
}

/// When the holder of an account passed the confidentiality module last, by their applications.
fn module_of(view: &View, account: &str) -> Result<Option<Instant>, Refusal> {
    let applications = view.applications_of(account)?;
    let facts = applications
        .iter()
        .filter_map(|row| serde_json::from_str::<clinical::enrolment::Facts>(&row.facts).ok());
    Ok(facts.filter_map(|facts| facts.module.map(|held| held.at)).max())
}

/// What is known of an account now.
fn facts_of(
    view: &View,
    account: &AccountRow,
    registers: &Registers,
    now: Instant,
) -> Result<Facts, Refusal> {
    let rest = rest_of(view, account)?;
    let day = days::of(now).unwrap_or_default();
    let licence =
        registers.licences_at(now).zip(rest.licence.as_ref()).and_then(|(register, (regulator, number))| {
            register.answers_for(regulator).then(|| register.on(regulator, number, &rest.family, day))
        });
    let employment = registers.employments_at(now).zip(rest.employee.as_ref());
    let reopened = view.lapses_of(&account.id)?;
    let reopened =
        reopened.iter().filter(|row| row.code == Lapse::Unused.code()).filter_map(|row| row.ended).max();
    Ok(Facts {
        licence,
        employment: employment.map(|(register, employee)| register.on(employee, &rest.family, day)),
        used: [account.seen, Some(account.opened), reopened]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(account.opened),
        module: module_of(view, &account.id)?,
    })
}

/// The change that brings an account's licence into the register's form, in which it is looked for; `None` where it is in
/// it. Where that would make two accounts one licence's, somebody says which of them is whose.
fn in_registers_form(
    view: &View,
    account: &AccountRow,
    now: Instant,
    twice: &mut Vec<Found>,
) -> Result<Option<Changes>, Refusal> {
    let licence = key_of(&account.licence);
    if licence.is_empty() || licence == account.licence {
        return Ok(None);
    }
    if let Some(other) = view.account_by_licence(&licence)? {
        twice.push(two_of_one(&licence, account, &other));
        return Ok(None);
    }
    let object = format!("account/{}/licence", account.id);
    Ok(Some(Changes {
        requires: vec![Requirement::AccountRevisionIs(account.id.clone(), account.revision)],
        accounts: vec![AccountChange::Account(AccountRow {
            licence,
            revision: account.revision + 1,
            ..account.clone()
        })],
        audit: vec![audit_row(&machine(ACTOR, now), Permission::ManageAccounts, None, object)],
        ..Changes::default()
    }))
}

fn two_of_one(licence: &str, one: &AccountRow, other: &AccountRow) -> Found {
    Found {
        subject: licence.to_owned(),
        what: Words::new(
            "Find out whose licence it is, and end the other account.",
            "Établir à qui est le permis, et mettre fin à l'autre compte.",
        ),
        because: Words::new(
            format!(
                "Two accounts have the licence {licence}: {} ({}) and {} ({}).",
                one.name, one.id, other.name, other.id
            ),
            format!(
                "Deux comptes ont le permis {licence} : {} ({}) et {} ({}).",
                one.name, one.id, other.name, other.id
            ),
        ),
    }
}

fn said(words: &Words) -> String {
    serde_json::to_string(words).unwrap_or_default()
}

/// Why an account is suspended now: the lapses that have begun and not ended.
pub(crate) fn standing(view: &View, account: &str) -> Result<Vec<Lapse>, Refusal> {
    let rows = view.lapses_of(account)?;
    Ok(rows.iter().filter(|row| row.ended.is_none()).filter_map(|row| Lapse::from_code(&row.code)).collect())
}

/// Writes an account as its reasons have it: `found` lapses stand, `lifted` ones end, and whether it is in use follows from
/// what is left, not from what changed: an account that is in use in spite of a lapse is suspended in the next round. Opens
/// it again only where it was suspended here: what a person suspended, a person resumes.
pub(crate) fn hold(
    view: &View,
    (by, now): (&str, Instant),
    account: &AccountRow,
    (found, lifted): (&[Lapse], &[Lapse]),
    changes: &mut Changes,
) -> Result<bool, Refusal> {
    let standing = standing(view, &account.id)?;
    let begins: Vec<Lapse> = found.iter().copied().filter(|lapse| !standing.contains(lapse)).collect();
    let ends: Vec<Lapse> = standing.iter().copied().filter(|lapse| lifted.contains(lapse)).collect();
    let is_left = standing.len() + begins.len() > ends.len();
    let is_as_it_stands = match account.state {
        AccountState::Active => !is_left,
        AccountState::Suspended => is_left || account.changed_by != ACTOR,
        AccountState::Ended => true,
    };
    if begins.is_empty() && ends.is_empty() && is_as_it_stands {
        return Ok(false);
    }
    changes.requires.push(Requirement::AccountRevisionIs(account.id.clone(), account.revision));
    for lapse in &begins {
        changes.facility.push(FacilityChange::Lapse(LapseRow {
            account: account.id.clone(),
            code: lapse.code().to_owned(),
            at: now,
            words: said(&lapse.words()),
            ended: None,
            ended_by: String::new(),
        }));
    }
    for lapse in &ends {
        let code = lapse.code().to_owned();
        changes.facility.push(FacilityChange::LapseEnds(account.id.clone(), code, now, by.to_owned()));
    }
    let left: Vec<Lapse> =
        standing.into_iter().filter(|lapse| !ends.contains(lapse)).chain(begins.iter().copied()).collect();
    let key = |code: &'static str| [account.id.clone(), code.to_owned(), now.to_string()];
    match left.iter().min() {
        Some(gravest) if account.state == AccountState::Active => {
            let reason = gravest.words();
            turn(view, (ACTOR, now), &account.id, (AccountState::Suspended, &reason), changes)?;
            tell_suspended(view, account, *gravest, now, changes)?;
        }
        None if account.state == AccountState::Suspended && account.changed_by == ACTOR => {
            let reason = Words::new(
                "The reason for the suspension is gone.",
                "Le motif de la suspension n'existe plus.",
            );
            turn(view, (ACTOR, now), &account.id, (AccountState::Active, &reason), changes)?;
            let key = key("resumed");
            let letter = Letter {
                key: &key.each_ref().map(String::as_str),
                sort: "resumed",
                to: &folded(&account.address),
                subject: Words::new("Your access to opor is open again", "Votre accès à opor est rouvert"),
                text: Words::new(
                    "The reason for the suspension is gone. Sign in as before.",
                    "Le motif de la suspension n'existe plus. Connectez-vous comme avant.",
                ),
                blank: None,
                application: ApplicationId::default(),
            };
            write_once(view, &letter, now, changes)?;
        }
        _ => {}
    }
    Ok(true)
}

/// Writes to the holder of an account that it is suspended by what lapsed, and what brings it back.
pub(crate) fn tell_suspended(
    view: &View,
    account: &AccountRow,
    lapse: Lapse,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let (reason, back) = (lapse.words(), lapse.way_back());
    let key = [account.id.as_str(), "suspended", &now.to_string()];
    let letter = Letter {
        key: &key,
        sort: "suspended",
        to: &folded(&account.address),
        subject: Words::new("Your access to opor is suspended", "Votre accès à opor est suspendu"),
        text: Words::new(format!("{} {}", reason.en, back.en), format!("{} {}", reason.fr, back.fr)),
        blank: None,
        application: ApplicationId::default(),
    };
    write_once(view, &letter, now, changes)
}

impl Record {
    /// Suspend what has lapsed, open again what has its ground back, warn of modules that end. Returns how many accounts
    /// changed.
    pub(crate) fn lapse_accounts(&self, registers: &mut Registers, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        registers.refresh(&view)?;
        self.hold_incidents(&view, Sort::RegisterStale, &registers.stale(now), now)?;
        let looks = recertifying::Looks::of(&view, now)?;
        let (mut all, mut twice) = (Vec::new(), Vec::new());
        each_account(&view, |account| {
            // Held against the registers in the next round, by the form they know.
            if let Some(changes) = in_registers_form(&view, &account, now, &mut twice)? {
                all.push(changes);
                return Ok(());
            }
            let facts = facts_of(&view, &account, registers, now)?;
            let mut found = lapses(&facts, now);
            found.extend(looks.lapse_of(&view, &account, now)?);
            let lifted: Vec<Lapse> = Lapse::ALL
                .into_iter()
                .filter(|lapse| !found.contains(lapse))
                .filter(|lapse| {
                    lapse.is_lifted_by(&facts) || looks.has_kept(&view, &account, *lapse).unwrap_or(false)
                })
                .collect();
            let mut changes = Changes::default();
            let mut changed = hold(&view, (ACTOR, now), &account, (&found, &lifted), &mut changes)?;
            if changed {
                let object = format!("account/{}/lapses", account.id);
                changes.audit.push(audit_row(&machine(ACTOR, now), Permission::ManageAccounts, None, object));
            } else if let Some(module) = facts.module.filter(|_| account.state == AccountState::Active) {
                changed = warn(&view, &account, module, now, &mut changes)?;
            }
            if changed {
                all.push(changes);
            }
            Ok(())
        })?;
        self.hold_incidents(&view, Sort::LicenceTwice, &twice, now)?;
        let mut done = 0;
        for changes in all {
            done += usize::from(self.kept(changes)?);
        }
        Ok(done)
    }
}

/// Says once at each of [`WARNED_DAYS`] that the module ends.
fn warn(
    view: &View,
    account: &AccountRow,
    module: Instant,
    now: Instant,
    changes: &mut Changes,
) -> Result<bool, Refusal> {
    let Some(left) = warning(module, now).filter(|left| WARNED_DAYS.contains(left)) else { return Ok(false) };
    let ends = module_ends(module);
    let key = [account.id.clone(), module.to_string(), left.to_string()];
    let letter = Letter {
        key: &key.each_ref().map(String::as_str),
        sort: "module-ends",
        to: &folded(&account.address),
        subject: Words::new(
            "Renew your confidentiality module",
            "Renouvelez votre module de confidentialité",
        ),
        text: Words::new(
            format!(
                "Your confidentiality module holds until {ends}. Take it again before then; it takes two minutes. After that your access is suspended until you have."
            ),
            format!(
                "Votre module de confidentialité est valable jusqu'au {ends}. Refaites-le d'ici là; il prend deux minutes. Ensuite, votre accès est suspendu jusqu'à ce que vous l'ayez refait."
            ),
        ),
        blank: None,
        application: ApplicationId::default(),
    };
    write_once(view, &letter, now, changes)?;
    Ok(!changes.enrolment.is_empty())
}

/// Act of the enrolment desk: an access that lapsed for want of use is opened again, after somebody verified who asks.
#[derive(Debug, Clone)]
pub struct Reopen {
    /// The account.
    pub account: String,
    /// How it was verified who asks; required.
    pub evidence: String,
}

impl Sealed for Reopen {}
impl Act for Reopen {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("account/{}/reopened", self.account)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, context) = (reading.view, reading.context);
        let account = view.account(&self.account)?.ok_or_else(Refusal::not_found)?;
        if self.evidence.trim().is_empty() {
            return Err(Refusal::unreadable(
                "Write how you verified who asks: the number you called back, or what they showed.",
                "Écrivez comment vous avez vérifié qui demande : le numéro rappelé, ou ce qui a été présenté.",
            ));
        }
        if context.actor.id == account.id {
            return Err(Refusal::conflict(
                "Nobody verifies themselves. Ask another coordinator.",
                "Personne ne se vérifie soi-même. Demandez à un autre coordonnateur.",
            ));
        }
        if !standing(view, &account.id)?.contains(&Lapse::Unused) {
            return Err(Refusal::conflict(
                "This access did not lapse for want of use. Its page says why it is suspended and what brings it back.",
                "Cet accès n'est pas échu faute d'usage. Sa page dit pourquoi il est suspendu et ce qui le rétablit.",
            ));
        }
        let mut changes = Changes::default();
        let by = format!("{}: {}", context.actor.id, self.evidence.trim());
        hold(view, (&by, context.now), &account, (&[], &[Lapse::Unused]), &mut changes)?;
        Ok((changes, None))
    }
}
