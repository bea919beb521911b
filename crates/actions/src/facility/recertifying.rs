//! The quarterly look of managers at their people: who is asked, what they said, what silence leads to.

use super::lapsing::hold;
use super::structure::in_force;
use super::{CUSTODIAN, desk};
use crate::mailing::{Letter, write_once};
use crate::obligations::{self, About, ended, event, opened};
use crate::record::{Act, Reading, Record, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::facility::days;
use clinical::facility::lapses::Lapse;
use clinical::facility::managers::{Rung, Structure};
use clinical::facility::recertification::{Quarter, Stage};
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::collections::BTreeMap;
use store::{
    AccountRow, AccountState, ApplicationId, Changes, FacilityChange, ObligationChange, ObligationId,
    ObligationState, RecertificationRow, Requirement, View,
};

/// The look of the quarter that runs.
pub(crate) struct Looks {
    quarter: Option<(Quarter, Instant)>,
}

impl Looks {
    pub(crate) fn of(view: &View, now: Instant) -> Result<Self, Refusal> {
        let Some(quarter) = Quarter::of(now) else { return Ok(Self { quarter: None }) };
        let asked = view.recertification_round(&quarter.code())?;
        Ok(Self { quarter: asked.map(|asked| (quarter, asked)) })
    }

    /// Whether the look asks about an account, and where it stands while nobody has said anything.
    pub(crate) fn stage_of(
        &self,
        view: &View,
        account: &AccountRow,
        now: Instant,
    ) -> Result<Option<Stage>, Refusal> {
        let Some((quarter, asked)) = self.quarter else { return Ok(None) };
        let Some(person) = view.facility_person(&account.id)? else { return Ok(None) };
        let is_asked = days::of(person.since).is_some_and(|since| quarter.asks_about(since));
        if !is_asked || view.recertified(&quarter.code(), &account.id)?.is_some() {
            return Ok(None);
        }
        Ok(Some(quarter.stage(asked, now)))
    }

    /// What silence has come to for an account.
    pub(crate) fn lapse_of(
        &self,
        view: &View,
        account: &AccountRow,
        now: Instant,
    ) -> Result<Option<Lapse>, Refusal> {
        let stage = self.stage_of(view, account, now)?;
        Ok(stage.filter(|stage| *stage == Stage::Suspended).map(|_| Lapse::NotConfirmed))
    }

    /// Whether a manager has said since that it is needed.
    pub(crate) fn has_kept(&self, view: &View, account: &AccountRow, lapse: Lapse) -> Result<bool, Refusal> {
        if !matches!(lapse, Lapse::NotConfirmed | Lapse::NotNeeded) {
            return Ok(false);
        }
        let Some((quarter, _)) = self.quarter else { return Ok(false) };
        Ok(view.recertified(&quarter.code(), &account.id)?.is_some_and(|row| row.keeps))
    }
}

/// Act of a manager: somebody of their unit still needs access, or does not.
#[derive(Debug, Clone)]
pub struct Say {
    /// The account.
    pub account: String,
    /// Whether they still need it.
    pub keeps: bool,
    /// Why not; required where they do not.
    pub reason: String,
}

/// Who may not say whether an account is still needed: its holder, by every name under which they are on file.
pub(crate) fn barred_about(structure: &Structure, account: &AccountRow) -> Vec<String> {
    let mut barred = vec![account.id.clone()];
    barred.extend(structure.users_who_may_be(&account.name, &account.address).map(str::to_owned));
    barred
}

/// What the enrolment desk owes for an account of which no manager has said anything in a quarter.
fn desk_id(quarter: &Quarter, account: &str) -> ObligationId {
    obligations::id(&["recertification", &quarter.code(), account])
}

/// The rung on which a look stands: above the unit's manager it is their manager's too.
pub(crate) fn rung_of(
    structure: &Structure,
    barred: &[&str],
    unit: &str,
    stage: Stage,
    now: Instant,
) -> Rung {
    let climbed = match stage {
        Stage::Asked => 0,
        Stage::Reminded => clinical::facility::managers::REMIND_MINUTES,
        Stage::Above => clinical::facility::managers::ABOVE_MINUTES,
        Stage::Coordinator | Stage::Suspended => clinical::facility::managers::COORDINATOR_MINUTES,
    };
    structure.rung(barred, unit, now.plus_minutes(-climbed), now)
}

impl Sealed for Say {}
impl Act for Say {
    const PERMISSION: Permission = Permission::ManagePeople;
    fn object(&self) -> String {
        format!("account/{}/{}", self.account, if self.keeps { "kept" } else { "not-needed" })
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, context) = (reading.view, reading.context);
        let (me, now) = (&context.actor.id, context.now);
        let account = view.account(&self.account)?.filter(|row| row.state != AccountState::Ended);
        let account = account.ok_or_else(Refusal::not_found)?;
        let person = view.facility_person(&account.id)?.ok_or_else(Refusal::not_found)?;
        let quarter = Quarter::of(now).ok_or_else(Refusal::not_found)?;
        let (_, structure) = in_force(view)?;
        let stage = Looks::of(view, now)?.stage_of(view, &account, now)?.unwrap_or(Stage::Asked);
        let mut barred = barred_about(&structure, &account);
        barred.extend(desk::own(&context.actor, &account.name));
        let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
        let rung = rung_of(&structure, &barred, &person.unit, stage, now);
        desk::may_decide(&structure, &context.actor, &barred, (&person.unit, &rung), now)?;
        if !self.keeps && self.reason.trim().is_empty() {
            return Err(Refusal::unreadable(
                "Write why they no longer need access: they read it.",
                "Écrivez pourquoi l'accès n'est plus nécessaire : la personne le lira.",
            ));
        }
        let mut changes = Changes::default();
        changes.facility.push(FacilityChange::Recertified(RecertificationRow {
            quarter: quarter.code(),
            account: account.id.clone(),
            keeps: self.keeps,
            actor: me.clone(),
            at: now,
            reason: self.reason.trim().to_owned(),
        }));
        let by_word = [Lapse::NotConfirmed, Lapse::NotNeeded];
        let (found, lifted): (&[Lapse], &[Lapse]) =
            if self.keeps { (&[], &by_word) } else { (&by_word[1..], &by_word[..1]) };
        hold(view, (me, now), &account, (found, lifted), &mut changes)?;
        if let Some(owed) = view.obligation(desk_id(&quarter, &account.id))?
            && matches!(owed.state, ObligationState::Open { .. })
        {
            let how = if self.keeps { "kept" } else { "not-needed" }.to_owned();
            let outcome = Outcome::Resolved { by: context.actor.name.clone(), how };
            let words = if self.keeps {
                Words::new("Still needed.", "Encore nécessaire.")
            } else {
                Words::new("Not needed any more.", "Plus nécessaire.")
            };
            changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
            changes.obligations.push(event(owed.id, now, &context.actor.name, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
        }
        Ok((changes, None))
    }
}

impl Record {
    /// Begin the look of a quarter, remind, and pass on to who is asked next: one letter for each unit and stage to
    /// each who is asked, and an obligation of the enrolment desk for each account with which no manager is left.
    pub(crate) fn ask_managers(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let (seq, structure) = in_force(&view)?;
        let Some((quarter, today)) = Quarter::of(now).zip(days::of(now)).filter(|_| seq > 0) else {
            return Ok(0);
        };
        if view.recertification_round(&quarter.code())?.is_none() {
            let begun =
                Changes { facility: vec![FacilityChange::Round(quarter.code(), now)], ..Changes::default() };
            return Ok(usize::from(self.kept(begun)?));
        }
        let looks = Looks::of(&view, now)?;
        let mut changes = Changes::default();
        for unit in &structure.units {
            let mut waits: BTreeMap<(Stage, String), (String, Vec<String>)> = BTreeMap::new();
            for person in view.facility_people(&unit.id)? {
                let Some(account) = view.account(&person.account)? else { continue };
                let stage = match account.state {
                    AccountState::Active => looks.stage_of(&view, &account, now)?,
                    AccountState::Suspended | AccountState::Ended => None,
                };
                let Some(stage) = stage else { continue };
                let barred = barred_about(&structure, &account);
                let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
                let rung = rung_of(&structure, &barred, &unit.id, stage, now);
                if rung == Rung::Coordinator {
                    asked_of_desk(&view, (&quarter, &unit.name), &account, now, &mut changes)?;
                }
                for holder in structure.holders(&barred, &unit.id, &rung, today) {
                    let email = desk::address_of(&view, &holder)?;
                    let (_, names) = waits.entry((stage, holder.user)).or_insert((email, Vec::new()));
                    names.push(account.name.clone());
                }
            }
            for ((stage, user), (email, names)) in &waits {
                let key = [quarter.code(), unit.id.clone(), stage.code().to_owned(), user.clone()];
                let letter = Letter {
                    key: &key.each_ref().map(String::as_str),
                    sort: "recertification",
                    to: email,
                    subject: Words::new(
                        format!("{}: who still needs access?", unit.name),
                        format!("{} : qui a encore besoin d'un accès?", unit.name),
                    ),
                    text: Words::new(
                        format!(
                            "Say on your page, for each of them, whether they still need access: {}. Who is not confirmed after 28 days is suspended.",
                            names.join("; ")
                        ),
                        format!(
                            "Dites sur votre page, pour chaque personne, si l'accès est encore nécessaire : {}. Qui n'est pas confirmé après 28 jours est suspendu.",
                            names.join("; ")
                        ),
                    ),
                    blank: None,
                    application: ApplicationId::default(),
                };
                write_once(&view, &letter, now, &mut changes)?;
            }
        }
        if changes.enrolment.is_empty() && changes.obligations.is_empty() {
            return Ok(0);
        }
        let written = changes.enrolment.len();
        Ok(if self.kept(changes)? { written } else { 0 })
    }
}

/// Opens what the enrolment desk owes for an account, once in a quarter.
fn asked_of_desk(
    view: &View,
    (quarter, unit): (&Quarter, &str),
    account: &AccountRow,
    now: Instant,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let id = desk_id(quarter, &account.id);
    if view.obligation(id)?.is_some() {
        return Ok(());
    }
    let because = Words::new(
        "No manager said in the quarterly review whether the access is still needed. Without an answer it is suspended.",
        "Aucun gestionnaire n'a dit, à la révision trimestrielle, si l'accès est encore nécessaire. Sans réponse, il est suspendu.",
    );
    let owed = clinical::obligations::confirmation(&account.name, unit, because, now);
    let about = About { custodian: CUSTODIAN.to_owned(), ..About::default() };
    let row = obligations::row(id, &owed, &about, now);
    let first = opened(&row, super::lapsing::ACTOR);
    changes.obligations.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
    Ok(())
}
