//! The inbox of a clinician: a report that waits for them is handed on to a named colleague or to the covering team, with
//! its clock; nothing is taken note of that was not opened (issue 6, item 4).

use crate::obligations::{About, ended, event, gravity, id, opened, row as new_row};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::{Permission, audit_verb};
use clinical::obligations::{Desk, ObligationKind, Outcome, Owner, attention, next_rung};
use clinical::routing::{Route, Target};
use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};
use store::{Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, Requirement};

/// Word for the covering team, in the place of a colleague's directory id.
pub const TEAM: &str = "team";
/// Open obligations of one report that are looked through for the reader's own.
const ROWS_LIMIT: usize = 1_000;
/// Latest looks at a person among which the reader's own is looked for.
const LOOKS_LIMIT: usize = 2_000;

/// Act: hand on a report that waits for oneself. Its due time stays: handing on buys none.
#[derive(Debug, Clone)]
pub struct HandOn {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub report: ResourceKey,
    /// Directory id of a colleague, or [`TEAM`].
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
                colleague => to_colleague(reading, &row, self.report, colleague)?,
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
    let ObligationState::Open { due, .. } = row.state else { return Vec::new() };
    let (by, team) = (&reading.context.actor.name, Owner::Desk(Desk::Covering));
    let (then, _) = next_rung(ObligationKind::Attention, gravity(row.gravity), &team);
    let words = Words::new(
        format!("{by} handed it to the covering clinicians."),
        format!("{by} l'a remis aux cliniciens remplaçants."),
    );
    let state = ObligationState::Open { owner: team.to_string(), human: true, due, then: then.to_string() };
    vec![
        event(row.id, reading.context.now, by, "handed", &words),
        ObligationChange::Update(ObligationRow { state, revision: row.revision + 1, ..row.clone() }),
    ]
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
    let kept_from = reading
        .view
        .beneath(|view| crate::access::is_kept_from(view, directory, colleague, report, false, now))?;
    if kept_from {
        return Err(Refusal::conflict(
            "It cannot be handed to this colleague: it is withheld from them. Choose another, or the team.",
            "Impossible de le remettre à ce collègue : cela lui est retenu. Choisissez-en un autre, ou l'équipe.",
        ));
    }
    let place = directory.place(&role.place).map_or(role.place.as_str(), |place| place.name.as_str());
    let target = Target::Portal {
        practitioner: who.id.clone(),
        place: role.place.clone(),
        name: format!("{} at {place}", who.name()),
    };
    let because = Words::new(format!("{} handed it on.", actor.name), format!("Remis par {}.", actor.name));
    let route = Route { target, responsible: true, because, is_stated: false };
    let owed = attention(&row.subject, gravity(row.gravity), &route, now).ok_or_else(nobody)?;
    let about = About {
        resource: Some((report, row.version)),
        record: row.record,
        message: row.message,
        subject: Some(row.subject.clone()),
        accession: row.accession.clone(),
        gravity: row.gravity,
        custodian: row.custodian.clone(),
    };
    let key = id(&[&report.to_string(), "handed", colleague, &row.id.to_string()]);
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
    let words = Words::new(
        format!("{} handed it to {}.", actor.name, who.name()),
        format!("{} l'a remis à {}.", actor.name, who.name()),
    );
    Ok(vec![
        event(row.id, now, &actor.name, outcome.code(), &words),
        ObligationChange::Update(ended(row, &outcome, now)),
        ObligationChange::Event(opened(&made, &actor.name)),
        ObligationChange::Open(made),
    ])
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
