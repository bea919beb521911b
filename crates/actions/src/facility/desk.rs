//! The manager's page: whose requests wait for them, who of their people has access and since when, and what they say of it.

use super::recertifying::{Looks, barred_about, rung_of};
use super::structure::in_force;
use crate::accounts::keeping::folded;
use crate::context::Actor;
use crate::enrolment::letters;
use crate::enrolment::turn::{Turn, facts_of, number, state_of};
use crate::mailing::write;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::share::AsideLine;
use clinical::access::{Permission, Role};
use clinical::enrolment::{APPEAL_DAYS, Approval, Event, Facts, Refused, State};
use clinical::facility::days;
use clinical::facility::managers::{Holder, NotApprover, Rung, Structure, is_same_name};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{AccountState, ApplicationId, ApplicationRow, View};

/// States in which a request waits for its manager.
pub(crate) const WAITING: [State; 4] =
    [State::Draft, State::Submitted, State::Complete, State::IdentityVerified];

/// Look: what waits for a manager, and their people.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Name, or its beginnings, of whom they look for to decide in their place; empty when nobody.
    pub who: String,
}

/// Answer to [`Desk`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskView {
    /// Units in which they decide today: (id, name).
    pub units: Vec<(String, String)>,
    /// Requests that wait for them, the oldest first.
    pub waits: Vec<WaitLine>,
    /// People of their units, by name.
    pub people: Vec<PersonLine>,
    /// Whom they named.
    pub delegations: Vec<DelegationLine>,
    /// What they looked for.
    pub who: String,
    /// Who of that name may be named, by name.
    pub found: Vec<Candidate>,
    /// Rows of the SHARE roster that the enrolment desk settles.
    pub aside: Vec<AsideLine>,
}

/// Somebody who may decide in a manager's place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// `Wren, Io`.
    pub name: String,
    /// User id.
    pub user: String,
    /// Names of the units whose people they are, or manage.
    pub units: String,
}

/// Somebody whom the manager named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationLine {
    /// Id of the unit.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// User id of whom they named.
    pub user: String,
    /// As people read it.
    pub name: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub until: String,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitLine {
    /// Which application.
    pub application: ApplicationId,
    /// What people say on the telephone.
    pub number: String,
    /// Id of the unit.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// For whom.
    pub name: String,
    /// Profession, as the request has it.
    pub profession: String,
    /// Since when.
    pub asked: Instant,
    /// How it has come to them.
    pub rung: Words,
}

/// Somebody with access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// The account.
    pub account: String,
    /// `Hill, Ana`.
    pub name: String,
    /// Name of the unit.
    pub unit: String,
    /// As what they sign in.
    pub roles: Vec<Words>,
    /// When they signed in last.
    pub seen: Option<Instant>,
    /// Why it is suspended; `None` while it is in use.
    pub suspended: Option<Words>,
    /// Whether the look of this quarter asks about them.
    pub asked: bool,
}

/// Act of a manager: somebody is to have access in a unit, or is not.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which application.
    pub application: ApplicationId,
    /// The unit.
    pub unit: String,
    /// Whether they say yes.
    pub yes: bool,
    /// Why not; required where they do not.
    pub reason: String,
}

/// Who may not decide about an application: whom it is for, by every address, number and name under which they are on file,
/// and who asked for it.
pub(crate) fn barred(
    view: &View,
    structure: &Structure,
    row: &ApplicationRow,
) -> Result<Vec<String>, Refusal> {
    let facts = facts_of(row)?;
    let (whom, name) = (&facts.applicant, facts.applicant.name());
    let mut barred: Vec<String> = Vec::new();
    for address in [&row.address, &whom.email] {
        barred.extend(structure.users_who_may_be(&name, address).map(str::to_owned));
        barred.extend(view.account_by_address(&folded(address))?.map(|account| account.id));
    }
    if let Some(held) = &facts.licence {
        let licence = clinical::enrolment::licence::key(&held.regulator, &whom.licence);
        barred.extend(view.account_by_licence(&licence)?.map(|account| account.id));
    }
    let number = facts.employment.as_ref().map_or("", |employment| employment.number.trim());
    for unit in &facts.units {
        for person in view.facility_people(unit)? {
            let is_theirs = !number.is_empty() && person.employee.trim().eq_ignore_ascii_case(number);
            let is_named = || -> Result<bool, Refusal> {
                Ok(view.account(&person.account)?.is_some_and(|account| is_same_name(&account.name, &name)))
            };
            if is_theirs || is_named()? {
                barred.push(person.account);
            }
        }
    }
    if !row.account.is_empty() {
        barred.push(row.account.clone());
    }
    if let Some(ticket) = view.ticket_of(row.id)? {
        let wish =
            serde_json::from_str::<clinical::facility::tickets::Wish>(&ticket.wish).unwrap_or_default();
        barred.push(wish.requested_by);
    }
    Ok(barred)
}

/// Where whoever decides is written to: the address of the facilities' file, else that of their account.
pub(crate) fn address_of(view: &View, holder: &Holder) -> Result<String, Refusal> {
    if !holder.email.trim().is_empty() {
        return Ok(holder.email.clone());
    }
    let account = view.account(&holder.user)?.filter(|row| row.state != AccountState::Ended);
    Ok(account.map(|row| row.address).unwrap_or_default())
}

/// Somebody who by their name cannot be told apart from whom it is for may not decide either: another decides.
pub(crate) fn own(actor: &Actor, name: &str) -> Option<String> {
    is_same_name(&actor.name, name).then(|| actor.id.clone())
}

/// Refuses whom a decision is not for: on the last rung the enrolment desk has it.
pub(crate) fn may_decide(
    structure: &Structure,
    actor: &Actor,
    barred: &[&str],
    (unit, rung): (&str, &Rung),
    now: Instant,
) -> Result<(), Refusal> {
    let today = days::of(now).ok_or_else(Refusal::not_found)?;
    let is_at_desk = *rung == Rung::Coordinator && actor.role == Role::Coordinator;
    let may = if is_at_desk && barred.contains(&actor.id.as_str()) {
        Err(NotApprover::OwnRequest)
    } else if is_at_desk {
        Ok(())
    } else {
        structure.may_decide(&actor.id, barred, unit, rung, today).map(|_| ())
    };
    may.map_err(|why| {
        let words = why.words();
        Refusal::conflict(&words.en, &words.fr)
    })
}

pub(crate) fn waits_in(facts: &Facts) -> impl Iterator<Item = &String> {
    let said = |unit: &str| facts.approvals.iter().any(|approval| approval.place == unit);
    facts.units.iter().filter(move |unit| !said(unit))
}

impl Sealed for Desk {}
impl Look for Desk {
    type View = DeskView;
    const PERMISSION: Permission = Permission::ManagePeople;
    fn object(&self) -> String {
        "facility/people".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<DeskView>, Refusal> {
        let (view, now, actor) = (reading.view, reading.context.now, &reading.context.actor);
        let Some(today) = days::of(now) else { return Ok(Seen::nobody(DeskView::default())) };
        let (_, structure) = in_force(view)?;
        let mine = structure.units_of(&actor.id, today);
        let mut desk = DeskView {
            units: mine.iter().map(|unit| (unit.id.clone(), unit.name.clone())).collect(),
            ..DeskView::default()
        };
        let is_desk = actor.role == Role::Coordinator;
        if is_desk {
            desk.aside = crate::share::aside::waiting(view)?;
        }
        for state in WAITING {
            for row in view.applications_in(state.code(), usize::MAX)? {
                let facts = facts_of(&row)?;
                if !facts.sort.is_facility() {
                    continue;
                }
                let mut barred = barred(view, &structure, &row)?;
                barred.extend(own(actor, &facts.applicant.name()));
                let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
                for unit in waits_in(&facts) {
                    let rung = structure.rung(&barred, unit, row.opened, now);
                    let is_mine = match &rung {
                        Rung::Coordinator => is_desk && !barred.contains(&actor.id.as_str()),
                        rung => structure.may_decide(&actor.id, &barred, unit, rung, today).is_ok(),
                    };
                    if is_mine {
                        desk.waits.push(WaitLine {
                            application: row.id,
                            number: number(&row),
                            unit: unit.clone(),
                            unit_name: structure.unit(unit).map_or(unit, |unit| &unit.name).clone(),
                            name: facts.applicant.name(),
                            profession: facts.applicant.profession.clone(),
                            asked: row.opened,
                            rung: rung_words(&rung),
                        });
                    }
                }
            }
        }
        desk.waits.sort_by_key(|line| (line.asked, line.application));
        let looks = Looks::of(view, now)?;
        for unit in &structure.units {
            let is_own = mine.iter().any(|own| own.id == unit.id);
            for person in view.facility_people(&unit.id)? {
                let account = view.account(&person.account)?.filter(|row| row.state != AccountState::Ended);
                let Some(account) = account else { continue };
                let grants = view.account_grants(&account.id)?;
                let stage = looks.stage_of(view, &account, now)?;
                let asked = stage.is_some_and(|stage| {
                    let mut barred = barred_about(&structure, &account);
                    barred.extend(own(actor, &account.name));
                    let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
                    let rung = rung_of(&structure, &barred, &unit.id, stage, now);
                    may_decide(&structure, actor, &barred, (&unit.id, &rung), now).is_ok()
                });
                // Of other units only who has come to them.
                if !is_own && !asked {
                    continue;
                }
                let suspended = (account.state == AccountState::Suspended)
                    .then(|| serde_json::from_str(&account.reason).unwrap_or_default());
                desk.people.push(PersonLine {
                    name: account.name.clone(),
                    unit: unit.name.clone(),
                    roles: grants
                        .iter()
                        .filter(|grant| crate::accounts::holds(grant, now))
                        .filter_map(|grant| Role::from_code(&grant.role))
                        .map(Role::words)
                        .collect(),
                    seen: account.seen,
                    suspended,
                    asked,
                    account: account.id,
                });
            }
        }
        desk.people.sort_by(|a, b| a.name.cmp(&b.name));
        desk.who = self.who.trim().chars().take(super::naming::WHO_LIMIT_CHARS).collect();
        if !desk.units.is_empty() {
            desk.found = super::naming::candidates(reading, &structure, &desk.who)?;
        }
        for one in structure
            .delegations
            .iter()
            .filter(|one| one.manager == actor.id && *one.until >= *today.to_string())
        {
            let unit = structure.unit(&one.unit).map_or(&one.unit, |unit| &unit.name);
            desk.delegations.push(DelegationLine {
                unit: one.unit.clone(),
                unit_name: unit.clone(),
                user: one.user.clone(),
                name: one.name.clone(),
                from: one.from.clone(),
                until: one.until.clone(),
            });
        }
        Ok(Seen::nobody(desk))
    }
}

fn rung_words(rung: &Rung) -> Words {
    match rung {
        Rung::Manager { reminded: false } => Words::new("New", "Nouvelle"),
        Rung::Manager { reminded: true } => {
            Words::new("Waits for more than a day", "Attend depuis plus d'un jour")
        }
        Rung::Above { .. } => Words::new(
            "Nobody in the unit has answered, or nobody there may",
            "Personne de l'unité n'a répondu, ou n'en a le droit",
        ),
        Rung::Coordinator => Words::new("No manager has answered", "Aucun gestionnaire n'a répondu"),
    }
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::ManagePeople;
    fn object(&self) -> String {
        format!("application/{}/unit/{}", self.application, self.unit)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(store::Changes, Option<PersonId>), Refusal> {
        let (view, now, actor) = (reading.view, reading.context.now, &reading.context.actor);
        let row = view.application(self.application)?.ok_or_else(Refusal::not_found)?;
        let (_, structure) = in_force(view)?;
        let waits =
            WAITING.contains(&state_of(&row)) && waits_in(&facts_of(&row)?).any(|unit| *unit == self.unit);
        if !waits {
            return Err(Refusal::conflict(
                "This request waits for nobody in the unit any more. Open the page again to see what does.",
                "Cette demande n'attend plus personne dans l'unité. Rouvrez la page pour voir ce qui attend.",
            ));
        }
        let mut barred = barred(view, &structure, &row)?;
        barred.extend(own(actor, &facts_of(&row)?.applicant.name()));
        let barred: Vec<&str> = barred.iter().map(String::as_str).collect();
        let rung = structure.rung(&barred, &self.unit, row.opened, now);
        may_decide(&structure, actor, &barred, (&self.unit, &rung), now)?;
        let mut turn = Turn::begin(reading, row, &actor.name)?;
        let reason = self.reason.trim();
        if self.yes {
            turn.facts.approvals.push(Approval { place: self.unit.clone(), by: actor.name.clone(), at: now });
            let said = Words::new(format!("{} said yes.", actor.name), format!("{} a accepté.", actor.name));
            turn.note("manager", said);
            turn.go_on()?;
        } else if reason.is_empty() {
            return Err(Refusal::unreadable(
                "Write why not: whom it is for reads it and can appeal.",
                "Écrivez pourquoi : la personne concernée le lit et peut en appeler.",
            ));
        } else {
            turn.facts.refused = Some(Refused {
                reason: reason.to_owned(),
                by: actor.id.clone(),
                at: now,
                appealed: turn.facts.refused.as_ref().and_then(|refused| refused.appealed),
            });
            let by = if state_of(&turn.row) == State::Draft { Event::End } else { Event::Refuse };
            turn.take(by, Words::new(reason, reason))?;
            let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
            let mail = to.refused(reason, APPEAL_DAYS, turn.facts.links);
            write(&mut turn.changes, mail, now);
        }
        turn.unit_answered(&self.unit, if self.yes { "yes" } else { "no" })?;
        turn.finish()
    }
}
