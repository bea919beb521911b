//! What a ward or practice keeps for an outage: who is there, and what its own role may read of them (HAZARDS H66).
//!
//! A pack is made every few minutes while the record runs and read when nothing runs. Nobody knows then who opens it, so it
//! holds what the access table gives the place's role for treatment, less whatever a directive withholds from anybody.

mod here;
mod keeping;
pub mod sealing;

pub use here::Here;
pub use keeping::{Keeper, Late};

use crate::chart;
use crate::context::{Actor, Context};
use crate::cover::DeskCover;
use crate::medications::{self, MedicineLine, MedicineState};
use crate::panel;
use crate::patients::Banner;
use crate::problems::{self, ProblemLine};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use crate::results::{self, Series};
use clinical::access::{Permission, Purpose, Role};
use clinical::obligations::Desk;
use fhir::{Instant, PersonId};
use std::collections::{BTreeMap, BTreeSet};

/// A pack that is older than this is late, in minutes (HAZARDS H66).
pub const LATE_MINUTES: i64 = 15;
/// People in one pack at most; how many more there are stands in it.
pub const MOST_PEOPLE: usize = 2_000;
/// Results of one person, the latest of each test.
const LATEST_SERIES: usize = 20;
/// Accounts read at once.
const ACCOUNTS_AT_ONCE: usize = 500;

/// Who is in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Whoever is on a ward: its name as visits say it, such as `HRH, 6N`.
    Ward(String),
    /// Whoever is on the panel of somebody who works at a place of the directory.
    Practice(String),
}

/// A place that keeps a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of its file, without the ending.
    pub id: String,
    /// As people read it: `6 North`.
    pub name: String,
    /// Who is in it.
    pub whose: Whose,
    /// Whose reach in the access table it has.
    pub role: Role,
}

/// Look: everything of a pack. Each person who comes into it gets an audit row; who was told already, does not.
#[derive(Debug, Clone)]
pub(crate) struct Pack {
    pub(crate) place: Place,
    /// Who is on the ward.
    pub(crate) here: Vec<Here>,
    /// Whose row of today stands.
    pub(crate) noted: BTreeSet<PersonId>,
}

/// Answer to [`Pack`].
#[derive(Debug, Clone)]
pub struct PackView {
    /// Whose pack.
    pub place: Place,
    /// The moment it is of.
    pub made: Instant,
    /// By bed and then by name.
    pub sheets: Vec<Sheet>,
    /// People who found no room in it.
    pub beyond: usize,
    /// Who is on call at each desk.
    pub desks: Vec<DeskCover>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Who, with allergies and weight; names what is withheld.
    pub banner: Banner,
    /// Room and bed; empty when not stated.
    pub bed: String,
    /// Attending provider as text; may be empty.
    pub attending: String,
    /// On the ward since then.
    pub since: Option<Instant>,
    /// What they have; problems that stand.
    pub problems: Vec<ProblemLine>,
    /// In use, on hold, or given without an order here.
    pub medicines: Vec<MedicineLine>,
    /// The latest of each test, newest first.
    pub latest: Vec<Series>,
    /// Something of theirs could not be read: what is shown is not all.
    pub unread: bool,
}

impl Sealed for Pack {}
impl Look for Pack {
    type View = (PackView, BTreeSet<PersonId>);
    const PERMISSION: Permission = Permission::MakePack;

    fn object(&self) -> String {
        format!("downtime pack {} for {}", self.place.id, self.place.role.code())
    }

    fn read_as(&self) -> Option<Role> {
        Some(self.place.role)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let mut people = match &self.place.whose {
            Whose::Ward(_) => on_ward(reading, &self.here)?,
            Whose::Practice(place) => on_panels(reading, place)?,
        };
        let beyond = people.len().saturating_sub(MOST_PEOPLE);
        people.truncate(MOST_PEOPLE);
        let everybody: BTreeSet<PersonId> = people.iter().map(|one| one.person).collect();
        let mut sheets = Vec::with_capacity(people.len());
        for one in people {
            sheets.push(sheet(reading, self.place.role, one)?);
        }
        sheets.sort_by_cached_key(|sheet| {
            let banner = &sheet.banner;
            (sheet.bed.is_empty(), sheet.bed.clone(), banner.family.to_uppercase(), banner.given.clone())
        });
        let desks = Desk::ALL.into_iter().filter_map(|desk| on_call(reading, desk)).collect();
        let place = self.place.clone();
        let view = PackView { place, made: reading.context.now, sheets, beyond, desks };
        let people = everybody.difference(&self.noted).copied().collect();
        Ok(Seen { view: (view, everybody), people })
    }
}

/// A desk that somebody can be called at.
fn on_call(reading: &Reading<'_>, desk: Desk) -> Option<DeskCover> {
    let who = reading.cover.who(desk, reading.context.now)?;
    Some(DeskCover { name: desk.words(), who: who.name.clone(), phone: who.phone.clone() })
}

/// Somebody whose sheet is in a pack.
struct One {
    person: PersonId,
    here: Option<Here>,
    /// Their visit could not be read.
    unread: bool,
}

/// Each person once, by the stay that began last.
fn on_ward(reading: &Reading<'_>, here: &[Here]) -> Result<Vec<One>, Refusal> {
    let mut people: BTreeMap<PersonId, (&Here, One)> = BTreeMap::new();
    for stay in here {
        let Some(row) = reading.view.record(stay.key.record)? else { continue };
        let known = people.get(&row.person);
        if known.is_none_or(|(known, _)| known.since < stay.since) {
            let mut unread = false;
            // That somebody is on the ward is not hidden from it; where and since when is, with their visits.
            let visit = whole(reading.view.current(stay.key).map_err(Refusal::from), &mut unread)?.flatten();
            let bare = Here { bed: String::new(), attending: String::new(), since: None, ..stay.clone() };
            let here = Some(if visit.is_some() { stay.clone() } else { bare });
            people.insert(row.person, (stay, One { person: row.person, here, unread }));
        }
    }
    Ok(people.into_values().map(|(_, one)| one).collect())
}

/// Everybody on the panel of somebody who works at the place today.
fn on_panels(reading: &Reading<'_>, place: &str) -> Result<Vec<One>, Refusal> {
    let mut people = BTreeSet::new();
    for actor in doctors(reading, place)? {
        let context = Context { actor, purpose: Purpose::Treatment, now: reading.context.now };
        let theirs = Reading { context: &context, ..*reading };
        people.extend(panel::members(&theirs, false)?.into_iter().map(|member| member.person));
    }
    Ok(people.into_iter().map(|person| One { person, here: None, unread: false }).collect())
}

/// Who keeps a panel and works at a place today.
fn doctors(reading: &Reading<'_>, place: &str) -> Result<Vec<Actor>, Refusal> {
    let now = reading.context.now;
    let day = clinical::cover::day(now);
    let works_there =
        |practitioner: &str| reading.directory.roles_on(practitioner, &day).any(|role| role.place == place);
    let actor = |id: &str, practitioner: &str| Actor {
        id: id.to_owned(),
        role: Role::FamilyDoctor,
        name: String::new(),
        practitioner: Some(practitioner.to_owned()),
        through: None,
    };
    let mut found: Vec<Actor> = reading
        .personas
        .iter()
        .filter_map(|persona| Some((&persona.id, persona.practitioner.as_deref()?)))
        .filter(|(_, practitioner)| works_there(practitioner))
        .map(|(id, practitioner)| actor(id, practitioner))
        .collect();
    let mut after = String::new();
    loop {
        let part = reading.view.accounts_after(&after, ACCOUNTS_AT_ONCE)?;
        let Some(last) = part.last() else { break };
        after.clone_from(&last.id);
        for account in &part {
            let grants = reading.view.account_grants(&account.id)?;
            let grant = grants.iter().find(|grant| {
                grant.role == Role::FamilyDoctor.code()
                    && grant.ends.is_none_or(|ends| now < ends)
                    && works_there(&grant.practitioner)
            });
            found.extend(grant.map(|grant| actor(&account.id, &grant.practitioner)));
        }
    }
    Ok(found)
}

/// What of one person is in a pack. What cannot be read of one must not keep the pack from all others: it says so.
fn sheet(reading: &Reading<'_>, role: Role, One { person, here, mut unread }: One) -> Result<Sheet, Refusal> {
    let chart = chart::gather(reading, person)?;
    let head = match whole(chart.head(reading), &mut unread)? {
        Some(head) => head,
        None => chart.head_of_claims(reading)?,
    };
    let banner = whole(chart.banner(reading), &mut unread)?.unwrap_or(head);
    let withheld = crate::access::withheld_from_anybody(reading, role, &chart.record_ids())?;
    let mut problems = whole(problems::problems(reading, &chart), &mut unread)?.unwrap_or_default();
    problems.retain(|line| line.stands);
    let told = whole(medications::told(reading, &chart), &mut unread)?.unwrap_or_default();
    let mut medicines = medications::lines(&told, reading.context.now);
    medicines.retain(|line| line.state < MedicineState::Stopped);
    let mut latest = Vec::new();
    if let Some(contents) = whole(chart.contents(reading), &mut unread)? {
        let conversions = crate::dialects::conversions(reading.view)?;
        latest = results::series::collect(&contents, &conversions)
            .series
            .into_iter()
            .map(|placed| Series {
                points: placed.series.points.into_iter().take(1).collect(),
                ..placed.series
            })
            .collect();
        latest.sort_by_key(|series: &Series| std::cmp::Reverse(series.points.first().map(|point| point.at)));
        latest.truncate(LATEST_SERIES);
    }
    Ok(Sheet {
        banner: Banner { withheld, ..banner },
        since: here.as_ref().and_then(|here| here.since),
        bed: here.as_ref().map(|here| here.bed.clone()).unwrap_or_default(),
        attending: here.map(|here| here.attending).unwrap_or_default(),
        problems,
        medicines,
        latest,
        unread,
    })
}

/// What was read; nothing, and `unread`, when it is damaged. A store that cannot be read now is no damage.
fn whole<T>(read: Result<T, Refusal>, unread: &mut bool) -> Result<Option<T>, Refusal> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(refusal) if refusal.kind == RefusalKind::TryAgain => Err(refusal),
        Err(_) => {
            *unread = true;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests;
