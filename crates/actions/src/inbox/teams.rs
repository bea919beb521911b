//! Named teams: a practice names some of its people, reports are handed to them, and whoever of them is there takes each.
//! A team of which nobody is there owns nothing for long: what waits goes to the team of the practice (issue 6, item 4).

use super::{colleagues_of, is_kept_from, own_places};
use crate::directory::changing::{applied, now_known};
use crate::obligations::{self, event, gravity};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Change, Directory, Fact, MOST_MEMBERS, Team};
use clinical::obligations::{Desk, ObligationKind, Owner, next_rung};
use clinical::words::Words;
use fhir::{PersonId, ResourceKey};
use std::collections::BTreeSet;
use store::{Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, Requirement};

/// What the word for a team begins with, in the place of a colleague's directory id: `team:t-1`.
pub const NAMED: &str = "team:";
/// Characters of a name.
const NAME_LIMIT_CHARS: usize = 60;
/// Teams of one place.
const MOST_TEAMS: usize = 20;
/// Whence changes come that a practice makes of its teams.
const SOURCE: &str = "practice teams";

/// A named team of the reader's practices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTeam {
    /// Directory id.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Place id.
    pub place: String,
    /// The place, as people read it.
    pub place_name: String,
    /// Everybody who works at the place today, and members who do not any more: directory id, name, whether they are a
    /// member, whether they are there today.
    pub people: Vec<(String, String, bool, bool)>,
    /// Reports that wait for it.
    pub waiting: u64,
    /// The reader is of it.
    pub mine: bool,
}

/// A place where the reader works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workplace {
    /// Place id.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Who works there today: directory id and name.
    pub people: Vec<(String, String)>,
}

/// Act: make a named team, or say who is of it from now on.
#[derive(Debug, Clone, Default)]
pub struct KeepTeam {
    /// Which; `None` for a new one.
    pub team: Option<String>,
    /// Place id; of a team that is there already its own stays.
    pub place: String,
    /// As people will call it.
    pub name: String,
    /// Directory ids of its members.
    pub members: Vec<String>,
}

/// Act: a named team is no more. What waits for it goes to the team of the practice at once, with its clock.
#[derive(Debug, Clone)]
pub struct EndTeam {
    /// Directory id.
    pub team: String,
}

/// Teams of the reader's places with their people.
pub(super) fn of_places(reading: &Reading<'_>) -> Result<Vec<NamedTeam>, Refusal> {
    let (directory, places) = (reading.directory, own_places(reading));
    let day = clinical::cover::day(reading.context.now);
    let me = reading.context.actor.practitioner.as_deref().unwrap_or_default();
    let mut teams = Vec::new();
    for team in directory.teams().filter(|team| places.contains(team.place.as_str())) {
        let there: BTreeSet<&str> = team.there(directory, &day).collect();
        let working = colleagues_of(reading, &BTreeSet::from([team.place.as_str()]));
        let all: BTreeSet<&str> =
            working.into_iter().chain(team.members.iter().map(String::as_str)).collect();
        let mut people: Vec<(String, String, bool, bool)> = all
            .into_iter()
            .filter_map(|id| directory.practitioner(id))
            .map(|who| {
                let here = is_there(directory, &who.id, &team.place, &day);
                (who.id.clone(), who.name(), team.members.contains(&who.id), here)
            })
            .collect();
        people.sort_by(|a, b| a.1.cmp(&b.1));
        teams.push(NamedTeam {
            id: team.id.clone(),
            name: team.name.clone(),
            place: team.place.clone(),
            place_name: directory.place(&team.place).map_or(&team.place, |place| &place.name).clone(),
            people,
            waiting: reading.view.count_obligations(&owned_by(&team.id))?,
            mine: there.contains(me),
        });
    }
    teams.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(teams)
}

/// Who works at the reader's places today: whom a new team may be made of.
pub(super) fn people_of(reading: &Reading<'_>) -> Vec<Workplace> {
    let directory = reading.directory;
    own_places(reading)
        .into_iter()
        .map(|place| {
            let name = directory.place(place).map_or(place, |place| place.name.as_str());
            let there = colleagues_of(reading, &BTreeSet::from([place]));
            let mut people: Vec<(String, String)> = there
                .into_iter()
                .filter_map(|id| directory.practitioner(id))
                .map(|who| (who.id.clone(), who.name()))
                .collect();
            people.sort_by(|a, b| a.1.cmp(&b.1));
            Workplace { id: place.to_owned(), name: name.to_owned(), people }
        })
        .collect()
}

fn is_there(directory: &Directory, who: &str, place: &str, day: &str) -> bool {
    directory.roles_on(who, day).any(|role| role.place == place)
        && directory.absence_on(who, Some(place), day).is_none()
}

fn owned_by(team: &str) -> ObligationFilter {
    ObligationFilter {
        open: Some(true),
        owner: Some(Owner::Team(team.to_owned()).to_string()),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        ..ObligationFilter::default()
    }
}

/// Named teams to which the reader may hand something today: somebody else of each is there. Value for [`super::HandOn`],
/// and name.
pub(crate) fn takers(reading: &Reading<'_>) -> Vec<(String, String)> {
    let (directory, places) = (reading.directory, own_places(reading));
    let day = clinical::cover::day(reading.context.now);
    let me = reading.context.actor.practitioner.as_deref().unwrap_or_default();
    directory
        .teams()
        .filter(|team| places.contains(team.place.as_str()))
        .filter(|team| team.there(directory, &day).any(|member| member != me))
        .map(|team| (format!("{NAMED}{}", team.id), team.name.clone()))
        .collect()
}

/// What waits for the named teams that the reader is of today.
pub(super) fn rows(reading: &Reading<'_>) -> Result<Vec<ObligationRow>, Refusal> {
    let day = clinical::cover::day(reading.context.now);
    let me = reading.context.actor.practitioner.as_deref().unwrap_or_default();
    let mut rows = Vec::new();
    for team in reading.directory.teams() {
        if team.there(reading.directory, &day).any(|member| member == me) {
            rows.extend(reading.view.obligations(&owned_by(&team.id), usize::MAX, 0)?);
        }
    }
    Ok(rows)
}

/// Whether a report waits for a named team that the reader is of today.
pub(super) fn is_mine(reading: &Reading<'_>, row: &ObligationRow) -> bool {
    let day = clinical::cover::day(reading.context.now);
    let me = reading.context.actor.practitioner.as_deref().unwrap_or_default();
    let ObligationState::Open { owner, .. } = &row.state else { return false };
    let Ok(Owner::Team(id)) = owner.parse::<Owner>() else { return false };
    row.kind == ObligationKind::Attention.code()
        && reading
            .directory
            .team(&id)
            .is_some_and(|team| team.there(reading.directory, &day).any(|member| member == me))
}

/// The named team that owns something, as people call it; empty when none does.
pub(super) fn name_of(reading: &Reading<'_>, owner: &Owner) -> Option<Words> {
    let Owner::Team(id) = owner else { return None };
    let team = reading.directory.team(id)?;
    Some(Words::new(team.name.clone(), team.name.clone()))
}

/// What waits for the reader waits for a named team from then on, by the same clock.
pub(super) fn handed_to(
    reading: &Reading<'_>,
    row: &ObligationRow,
    report: ResourceKey,
    id: &str,
) -> Result<Vec<ObligationChange>, Refusal> {
    let (directory, day) = (reading.directory, clinical::cover::day(reading.context.now));
    let me = reading.context.actor.practitioner.as_deref().unwrap_or_default();
    let team = directory.team(id).filter(|team| own_places(reading).contains(team.place.as_str()));
    let team = team.ok_or_else(|| {
        Refusal::conflict(
            "There is no such team at your practice any more. Choose another, or the covering team.",
            "Cette équipe n'existe plus à votre clinique. Choisissez-en une autre, ou l'équipe remplaçante.",
        )
    })?;
    let others: Vec<&str> = team.there(directory, &day).filter(|member| *member != me).collect();
    if others.is_empty() {
        return Err(Refusal::conflict(
            "Nobody else of this team is there today. Choose a colleague, another team, or the covering team.",
            "Personne d'autre de cette équipe n'est présent aujourd'hui. Choisissez un collègue, une autre équipe, ou l'équipe remplaçante.",
        ));
    }
    let mut free = false;
    for member in others {
        free = free || !is_kept_from(reading, member, report)?;
    }
    if !free {
        return Err(Refusal::conflict(
            "It cannot be handed to this team: it is withheld from everybody of it who is there. Choose another, or the covering team.",
            "Impossible de le remettre à cette équipe : cela est retenu à tous ses membres présents. Choisissez-en une autre, ou l'équipe remplaçante.",
        ));
    }
    let by = &reading.context.actor.name;
    let words = Words::new(
        format!("{by} handed it to the team {}.", team.name),
        format!("{by} l'a remis à l'équipe {}.", team.name),
    );
    Ok(owned_next(reading, row, &Owner::Team(team.id.clone()), &words))
}

/// The same obligation with another owner and the due time that it had.
pub(super) fn owned_next(
    reading: &Reading<'_>,
    row: &ObligationRow,
    owner: &Owner,
    words: &Words,
) -> Vec<ObligationChange> {
    let ObligationState::Open { due, .. } = row.state else { return Vec::new() };
    let (then, _) = next_rung(ObligationKind::Attention, gravity(row.gravity), owner);
    let state = ObligationState::Open { owner: owner.to_string(), human: true, due, then: then.to_string() };
    vec![
        event(row.id, reading.context.now, &reading.context.actor.name, "handed", words),
        ObligationChange::Update(ObligationRow { state, revision: row.revision + 1, ..row.clone() }),
    ]
}

/// What waits for a team goes to the team of the practice.
fn given_back(reading: &Reading<'_>, team: &Team, changes: &mut Changes) -> Result<(), Refusal> {
    let words = Words::new(
        format!("Nobody of the team {} is there; the team of the practice has it.", team.name),
        format!("Personne de l'équipe {} n'est présent; l'équipe de la clinique l'a.", team.name),
    );
    for row in reading.view.obligations(&owned_by(&team.id), usize::MAX, 0)? {
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.extend(owned_next(reading, &row, &Owner::Desk(Desk::Covering), &words));
    }
    Ok(())
}

/// A team of the reader's own practices.
fn own<'d>(reading: &Reading<'_>, directory: &'d Directory, id: &str) -> Result<&'d Team, Refusal> {
    let places = own_places(reading);
    directory.team(id).filter(|team| places.contains(team.place.as_str())).ok_or_else(Refusal::not_found)
}

impl Sealed for KeepTeam {}
impl Act for KeepTeam {
    const PERMISSION: Permission = Permission::KeepTeams;
    fn object(&self) -> String {
        format!("team/{}", self.team.as_deref().unwrap_or("new"))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let directory = &*known.directory;
        let day = clinical::cover::day(reading.context.now);
        let before = self.team.as_deref().map(|id| own(reading, directory, id)).transpose()?;
        let place = before.map_or(self.place.trim(), |team| team.place.as_str());
        if !own_places(reading).contains(place) {
            return Err(Refusal::not_found());
        }
        let name: String = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > NAME_LIMIT_CHARS {
            return Err(Refusal::unreadable(
                "Give the team a name of up to 60 characters.",
                "Donnez à l'équipe un nom d'au plus 60 caractères.",
            ));
        }
        let of_place = || directory.teams().filter(|team| team.place == place);
        let same = |team: &&Team| team.name.to_lowercase() == name.to_lowercase();
        if of_place().filter(same).any(|team| before.is_none_or(|before| before.id != team.id)) {
            return Err(Refusal::conflict(
                "Another team of this practice has this name. Choose another name.",
                "Une autre équipe de cette clinique porte ce nom. Choisissez un autre nom.",
            ));
        }
        if before.is_none() && of_place().count() >= MOST_TEAMS {
            return Err(Refusal::conflict(
                "This practice has 20 teams. End one that is not needed any more first.",
                "Cette clinique a 20 équipes. Mettez d'abord fin à une équipe qui ne sert plus.",
            ));
        }
        let works_here = |id: &&String| directory.roles_on(id, &day).any(|role| role.place == place);
        let members: BTreeSet<&String> = self.members.iter().filter(works_here).collect();
        if members.is_empty() || members.len() > MOST_MEMBERS {
            return Err(Refusal::unreadable(
                "Choose who is of the team: one to 50 people who work at this practice today.",
                "Choisissez qui est de l'équipe : de une à 50 personnes qui travaillent aujourd'hui à cette clinique.",
            ));
        }
        let now = reading.context.now;
        let made = || format!("t-{}", obligations::id(&["team", place, &name, &now.to_string()]));
        let team = Team {
            id: before.map_or_else(made, |team| team.id.clone()),
            place: place.to_owned(),
            name: name.clone(),
            members: members.into_iter().cloned().collect(),
        };
        let set = [Change::Set(Fact::Team(team.clone()))];
        let mut changes = applied(&known, &set, reading, SOURCE, &name)?;
        if team.there(directory, &day).next().is_none() {
            given_back(reading, &team, &mut changes)?;
        }
        Ok((changes, None))
    }
}

impl Sealed for EndTeam {}
impl Act for EndTeam {
    const PERMISSION: Permission = Permission::KeepTeams;
    fn object(&self) -> String {
        format!("team/{}", self.team)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let known = now_known(reading)?;
        let team = own(reading, &known.directory, &self.team)?;
        let (sort, id) = Fact::Team(team.clone()).key();
        let gone = [Change::Withdraw { sort, id }];
        let mut changes = applied(&known, &gone, reading, SOURCE, &team.name)?;
        given_back(reading, team, &mut changes)?;
        Ok((changes, None))
    }
}
