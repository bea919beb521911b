//! The inbox of a clinician: a report that waits for them is handed on to a colleague, a named team of the practice or the
//! covering team, with its clock; nothing is taken note of that was not opened (issue 6, item 4).

use crate::chart;
use crate::obligations::{About, ended, event, gravity, id, opened, owner_with_name, row as new_row, words};
use crate::patients::Banner;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::reports::ReportLine;
use crate::telling;
use clinical::access::{Permission, audit_verb};
use clinical::directory::{Practitioner, Role};
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner, attention, next_rung};
use clinical::routing::{Route, Target};
use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};
use std::collections::BTreeSet;
use store::{
    Changes, ObligationChange, ObligationFilter, ObligationId, ObligationRow, ObligationState, Requirement,
};

mod teams;

pub(crate) use teams::takers;
pub use teams::{EndTeam, KeepTeam, NAMED, NamedTeam, Workplace};

/// Word for the covering team, in the place of a colleague's directory id.
pub const TEAM: &str = "team";
/// Open obligations of one report that are looked through for the reader's own.
const ROWS_LIMIT: usize = 1_000;
/// Latest looks at a person among which the reader's own is looked for.
const LOOKS_LIMIT: usize = 2_000;

/// Reports of the team that are listed at once; how many more there are is said.
pub const MOST_OF_TEAM: usize = 200;

/// Look: what waits for the team of the reader's practices: handed to it, or come to it because nobody opened it in time.
#[derive(Debug, Clone, Copy)]
pub struct Team;

/// Answer to [`Team`].
#[derive(Debug, Clone, Default)]
pub struct TeamView {
    /// The practices whose team it is.
    pub places: String,
    /// Most urgent first: gravest, then due first.
    pub lines: Vec<TeamLine>,
    /// Further ones that are not listed.
    pub more: usize,
    /// Named teams of these practices.
    pub teams: Vec<NamedTeam>,
    /// Whom a new one may be made of, place by place.
    pub people: Vec<Workplace>,
    /// Ones among those looked at that are withheld from the reader; the desk that owns them has them.
    pub withheld: u32,
}

/// One report that waits for the team.
#[derive(Debug, Clone)]
pub struct TeamLine {
    /// Key.
    pub obligation: ObligationId,
    /// Whose report.
    pub banner: Banner,
    /// The report.
    pub report: ReportLine,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
    /// Who owns it now, and who of them is on call.
    pub owner: Words,
    /// By when somebody must have taken it.
    pub due: Instant,
    /// Whom it was for.
    pub of: Words,
    /// What was last said of it.
    pub because: Words,
}

/// Act: take what waits for the team. It is one's own from then on, with its clock; [`HandOn`] with [`TEAM`] gives it back.
#[derive(Debug, Clone, Copy)]
pub struct Take {
    /// Which.
    pub obligation: ObligationId,
}

/// Act: hand on a report that waits for oneself. Its due time stays: handing on buys none.
#[derive(Debug, Clone)]
pub struct HandOn {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub report: ResourceKey,
    /// Directory id of a colleague, [`TEAM`], or the id of a named team behind [`NAMED`].
    pub to: String,
}

impl Sealed for HandOn {}
impl Act for HandOn {
    const PERMISSION: Permission = Permission::HandleResult;
    fn object(&self) -> String {
        format!("{} handed on", self.report)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let record = reading.view.record(self.report.record)?.filter(|record| record.person == self.person);
        if record.is_none() || reading.view.current(self.report)?.is_none() {
            return Err(Refusal::not_found());
        }
        let mut changes = Changes::default();
        for row in waiting(reading, self.report)? {
            changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
            changes.obligations.extend(match self.to.trim() {
                TEAM => to_team(reading, &row),
                to => match to.strip_prefix(NAMED) {
                    Some(team) => teams::handed_to(reading, &row, self.report, team)?,
                    None => to_colleague(reading, &row, self.report, to)?,
                },
            });
        }
        if changes.obligations.is_empty() {
            return Err(Refusal::conflict(
                "Nothing of this report waits for you, so there is nothing to hand on.",
                "Rien de ce rapport ne vous attend; il n'y a donc rien à remettre.",
            ));
        }
        Ok((changes, Some(self.person)))
    }
}

/// What of a report waits for the reader.
fn waiting(reading: &Reading<'_>, report: ResourceKey) -> Result<Vec<ObligationRow>, Refusal> {
    let Some(me) = reading.context.actor.practitioner.clone() else { return Ok(Vec::new()) };
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        resource: Some(report),
        recipient_id: Some(me),
        ..ObligationFilter::default()
    };
    Ok(reading.view.obligations(&filter, ROWS_LIMIT, 0)?)
}

fn to_team(reading: &Reading<'_>, row: &ObligationRow) -> Vec<ObligationChange> {
    let by = &reading.context.actor.name;
    let words = Words::new(
        format!("{by} handed it to the covering clinicians."),
        format!("{by} l'a remis aux cliniciens remplaçants."),
    );
    teams::owned_next(reading, row, &Owner::Desk(Desk::Covering), &words)
}

fn to_colleague(
    reading: &Reading<'_>,
    row: &ObligationRow,
    report: ResourceKey,
    colleague: &str,
) -> Result<Vec<ObligationChange>, Refusal> {
    let (actor, now) = (&reading.context.actor, reading.context.now);
    let day = clinical::cover::day(now);
    let directory = reading.directory;
    let nobody = || {
        Refusal::conflict(
            "Choose a colleague of the directory who is there today, or the team.",
            "Choisissez un collègue du répertoire qui est présent aujourd'hui, ou l'équipe.",
        )
    };
    let who = directory.practitioner(colleague).ok_or_else(nobody)?;
    let role = directory.roles_on(colleague, &day).next().ok_or_else(nobody)?;
    let away = directory.absence_on(colleague, Some(&role.place), &day).is_some();
    if away || actor.practitioner.as_deref() == Some(colleague) {
        return Err(nobody());
    }
    if is_kept_from(reading, colleague, report)? {
        return Err(Refusal::conflict(
            "It cannot be handed to this colleague: it is withheld from them. Choose another, or the team.",
            "Impossible de le remettre à ce collègue : cela lui est retenu. Choisissez-en un autre, ou l'équipe.",
        ));
    }
    let told = Words::new(
        format!("{} handed it to {}.", actor.name, who.name()),
        format!("{} l'a remis à {}.", actor.name, who.name()),
    );
    let because = Words::new(format!("{} handed it on.", actor.name), format!("Remis par {}.", actor.name));
    handed(reading, row, report, who, role, &told, because).ok_or_else(nobody)
}

/// Whether a report is withheld from a practitioner at a patient's wish.
fn is_kept_from(reading: &Reading<'_>, practitioner: &str, report: ResourceKey) -> Result<bool, Refusal> {
    let (directory, now) = (reading.directory, reading.context.now);
    let kept = reading
        .view
        .beneath(|view| crate::access::is_kept_from(view, directory, practitioner, report, false, now))?;
    Ok(kept)
}

/// What waited ends as handed over, and waits for `who` from then on by the same clock.
fn handed(
    reading: &Reading<'_>,
    row: &ObligationRow,
    report: ResourceKey,
    who: &Practitioner,
    role: &Role,
    told: &Words,
    because: Words,
) -> Option<Vec<ObligationChange>> {
    let (actor, now, directory) = (&reading.context.actor, reading.context.now, reading.directory);
    let place = directory.place(&role.place).map_or(role.place.as_str(), |place| place.name.as_str());
    let target = Target::Portal {
        practitioner: who.id.clone(),
        place: role.place.clone(),
        name: format!("{} at {place}", who.name()),
    };
    let route = Route { target, responsible: true, because, is_stated: false };
    let owed = attention(&row.subject, gravity(row.gravity), &route, now)?;
    let about = About {
        resource: Some((report, row.version)),
        record: row.record,
        message: row.message,
        subject: Some(row.subject.clone()),
        accession: row.accession.clone(),
        gravity: row.gravity,
        custodian: row.custodian.clone(),
    };
    let key = id(&[&report.to_string(), "handed", &who.id, &row.id.to_string()]);
    let made = new_row(key, &owed, &about, now);
    // The clock goes with it.
    let state = match (&made.state, &row.state) {
        (ObligationState::Open { owner, human, due, then }, ObligationState::Open { due: was, .. }) => {
            ObligationState::Open {
                owner: owner.clone(),
                human: *human,
                due: *due.min(was),
                then: then.clone(),
            }
        }
        (other, _) => other.clone(),
    };
    let made = ObligationRow { state, ..made };
    let outcome = Outcome::HandedOver { by: actor.name.clone(), to: who.name() };
    Some(vec![
        event(row.id, now, &actor.name, outcome.code(), told),
        ObligationChange::Update(ended(row, &outcome, now)),
        ObligationChange::Event(opened(&made, &actor.name)),
        ObligationChange::Open(made),
    ])
}

/// Places where the reader works today.
fn own_places<'r>(reading: &Reading<'r>) -> BTreeSet<&'r str> {
    let Some(me) = reading.context.actor.practitioner.as_deref() else { return BTreeSet::new() };
    let day = clinical::cover::day(reading.context.now);
    let roles = reading.directory.roles();
    let mine = roles.filter(|role| role.practitioner == me && role.holds_on(&day));
    mine.map(|role| role.place.as_str()).collect()
}

/// Who works at the reader's places today.
fn colleagues_of<'r>(reading: &Reading<'r>, places: &BTreeSet<&str>) -> BTreeSet<&'r str> {
    let day = clinical::cover::day(reading.context.now);
    let roles = reading.directory.roles();
    let there = roles.filter(|role| role.holds_on(&day) && places.contains(role.place.as_str()));
    there.map(|role| role.practitioner.as_str()).collect()
}

/// Whether a report waits for the team of the reader's places: a desk owns it, and whom it was for works there today. Of
/// whoever left it is the desk's alone. What is withheld from whom it was for is the privacy desk's and nobody's to take.
fn is_of_team(row: &ObligationRow, team: &BTreeSet<&str>) -> bool {
    let with_desk = matches!(
        &row.state,
        ObligationState::Open { owner, .. } if matches!(owner.parse::<Owner>(), Ok(Owner::Desk(desk)) if desk != Desk::Privacy)
    );
    with_desk && row.kind == ObligationKind::Attention.code() && team.contains(row.recipient_id.as_str())
}

/// What waits for the team of the reader's places and for their named teams, the most urgent first; what the desks have of others is not read.
fn of_team(reading: &Reading<'_>) -> Result<Vec<(ObligationRow, Instant)>, Refusal> {
    let team = colleagues_of(reading, &own_places(reading));
    if team.is_empty() {
        return Ok(Vec::new());
    }
    let named = teams::rows(reading)?;
    let filter = ObligationFilter {
        on_desk: true,
        kind: Some(ObligationKind::Attention.code().to_owned()),
        recipients: Some(team.iter().map(|id| (*id).to_owned()).collect()),
        ..ObligationFilter::default()
    };
    let mut rows: Vec<(ObligationRow, Instant)> = reading
        .view
        .obligations(&filter, usize::MAX, 0)?
        .into_iter()
        .filter(|row| is_of_team(row, &team))
        .chain(named)
        .filter_map(|row| match row.state {
            ObligationState::Open { due, .. } => Some((row, due)),
            ObligationState::Ended { .. } => None,
        })
        .collect();
    rows.sort_by_key(|(row, due)| (std::cmp::Reverse(row.gravity), *due, row.id));
    Ok(rows)
}

/// How many reports wait for the team of the reader's places.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn team_waits(reading: &Reading<'_>) -> Result<usize, Refusal> {
    Ok(of_team(reading)?.len())
}

impl Sealed for Team {}
impl Look for Team {
    type View = TeamView;
    const PERMISSION: Permission = Permission::ReadResults;
    fn object(&self) -> String {
        "team".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TeamView>, Refusal> {
        let directory = reading.directory;
        let names: Vec<&str> = own_places(reading)
            .into_iter()
            .map(|place| directory.place(place).map_or(place, |place| place.name.as_str()))
            .collect();
        let mut view = TeamView {
            places: names.join(", "),
            teams: teams::of_places(reading)?,
            people: teams::people_of(reading),
            ..TeamView::default()
        };
        let mut rows = of_team(reading)?;
        view.more = rows.len().saturating_sub(MOST_OF_TEAM);
        rows.truncate(MOST_OF_TEAM);
        let mut people = BTreeSet::new();
        for (row, due) in rows {
            let Some(key) = row.resource else { continue };
            let Some(record) = reading.view.record(key.record)? else { continue };
            let Some(report) = chart::line_of(reading, key, &row)? else {
                view.withheld = view.withheld.saturating_add(1);
                continue;
            };
            let ObligationState::Open { owner, .. } = &row.state else { continue };
            let owner = owner.parse::<Owner>().map_or_else(
                |_| Words::new(owner.clone(), owner.clone()),
                |owner| {
                    teams::name_of(reading, &owner)
                        .unwrap_or_else(|| owner_with_name(&owner, reading.cover, reading.context.now))
                },
            );
            let last = reading.view.events(row.id)?.pop();
            people.insert(record.person);
            view.lines.push(TeamLine {
                obligation: row.id,
                banner: chart::gather(reading, record.person)?.head(reading)?,
                report,
                gravity: row.gravity,
                owner,
                due,
                of: telling::recipient(directory, &row.recipient),
                because: last.map_or_else(|| words(&row.words), |last| words(&last.words)),
            });
        }
        Ok(Seen { view, people: people.into_iter().collect() })
    }
}

impl Sealed for Take {}
impl Act for Take {
    const PERMISSION: Permission = Permission::HandleResult;
    fn object(&self) -> String {
        format!("team/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let team = colleagues_of(reading, &own_places(reading));
        if matches!(row.state, ObligationState::Ended { .. }) {
            return Err(taken_meanwhile());
        }
        let report = row.resource.filter(|_| is_of_team(&row, &team) || teams::is_mine(reading, &row));
        let report = report.ok_or_else(Refusal::not_found)?;
        let record = reading.view.record(report.record)?.ok_or_else(Refusal::not_found)?;
        let (actor, directory) = (&reading.context.actor, reading.directory);
        let me = actor.practitioner.as_deref().and_then(|me| directory.practitioner(me));
        let who = me.ok_or_else(Refusal::not_found)?;
        if is_kept_from(reading, &who.id, report)? {
            return Err(Refusal::conflict(
                "It is withheld from you at the patient's wish. Another of the team takes it, or the desk that owns it.",
                "Cela vous est retenu à la demande du patient. Un autre de l'équipe le prend, ou le bureau qui en répond.",
            ));
        }
        let day = clinical::cover::day(reading.context.now);
        let role = directory.roles_on(&who.id, &day).next().ok_or_else(Refusal::not_found)?;
        let told = Words::new(
            format!("{} took it from the team.", actor.name),
            format!("{} l'a pris à l'équipe.", actor.name),
        );
        let because = Words::new(
            format!("Taken from the team; it was for {}.", row.recipient),
            format!("Pris à l'équipe; c'était pour {}.", row.recipient),
        );
        let mut changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            ..Changes::default()
        };
        // What was theirs all along stays the same row: it only comes back to them.
        changes.obligations = if row.recipient_id == who.id {
            back(reading, &row, role, &told)
        } else {
            handed(reading, &row, report, who, role, &told, because).ok_or_else(Refusal::not_found)?
        };
        Ok((changes, Some(record.person)))
    }
}

fn taken_meanwhile() -> Refusal {
    Refusal::conflict(
        "Somebody has taken it meanwhile, or it was opened. Look at the list again.",
        "Quelqu'un l'a pris entre-temps, ou l'a ouvert. Regardez de nouveau la liste.",
    )
}

/// Comes back to whom it was for, by the same clock.
fn back(reading: &Reading<'_>, row: &ObligationRow, role: &Role, told: &Words) -> Vec<ObligationChange> {
    let ObligationState::Open { due, .. } = row.state else { return Vec::new() };
    let owner = Owner::Practitioner { id: role.practitioner.clone(), place: role.place.clone() };
    let (then, _) = next_rung(ObligationKind::Attention, gravity(row.gravity), &owner);
    let state = ObligationState::Open { owner: owner.to_string(), human: true, due, then: then.to_string() };
    let context = reading.context;
    vec![
        event(row.id, context.now, &context.actor.name, "taken-back", told),
        ObligationChange::Update(ObligationRow { state, revision: row.revision + 1, ..row.clone() }),
    ]
}

/// Colleagues at the reader's places today, by directory id and name.
pub(crate) fn colleagues(reading: &Reading<'_>) -> Vec<(String, String)> {
    let Some(me) = reading.context.actor.practitioner.as_deref() else { return Vec::new() };
    let (day, directory) = (clinical::cover::day(reading.context.now), reading.directory);
    let mut found: Vec<(String, String)> = Vec::new();
    for mine in directory.roles_on(me, &day) {
        for role in directory.roles().filter(|role| role.place == mine.place && role.holds_on(&day)) {
            let away = directory.absence_on(&role.practitioner, Some(&role.place), &day).is_some();
            if role.practitioner != me && !away && !found.iter().any(|(id, _)| *id == role.practitioner) {
                found.extend(
                    directory.practitioner(&role.practitioner).map(|who| (who.id.clone(), who.name())),
                );
            }
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    found
}

/// Whether the reader has opened the current version of a report since it was filed: the audit log says so.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn has_opened(
    reading: &Reading<'_>,
    person: PersonId,
    report: ResourceKey,
    since: Instant,
) -> Result<bool, Refusal> {
    let (verb, object) = (audit_verb(Permission::ReadResults), format!("person/{person}/{report}"));
    let Some(current) = reading.view.current(report)? else { return Ok(false) };
    let this_version = format!("{object} version {}", current.version);
    let rows = reading.view.audit_of_person(person, LOOKS_LIMIT)?;
    Ok(rows.iter().any(|(_, row)| {
        row.actor == reading.context.actor.id
            && row.verb == verb
            && row.at >= since
            && (row.object == object || row.object == this_version)
    }))
}
