//! Units of facilities and who manages them, as the facilities' own file says; whom managers name for some days.

use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::facility::days;
use clinical::facility::managers::{DELEGATED_DAYS, Delegation, Structure};
use fhir::PersonId;
use store::{Changes, FacilityChange, FacilityRequirement, Requirement, StructureRow, View};

/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 500;

/// Act: units and managers are from now on as a file says. Delegations that managers made stay, where who made them still
/// manages the unit.
#[derive(Debug, Clone)]
pub struct TakeStructure {
    /// The file (TOML).
    pub text: String,
    /// Why.
    pub reason: String,
}

/// Act of a manager: somebody decides in their place for some days.
#[derive(Debug, Clone)]
pub struct Delegate {
    /// The unit.
    pub unit: String,
    /// User id of whom they name.
    pub user: String,
    /// As people read it, where neither an account nor the facilities' file names that user.
    pub name: String,
    /// First day, `2026-11-22`.
    pub from: String,
    /// Last day.
    pub until: String,
}

/// Act of a manager: whom they named decides in their place no more.
#[derive(Debug, Clone)]
pub struct EndDelegation {
    /// The unit.
    pub unit: String,
    /// User id of whom they named.
    pub user: String,
}

/// Units and managers in force, and their number; empty where none were taken over.
pub(crate) fn in_force(view: &View) -> Result<(i64, Structure), Refusal> {
    let row = view.facility_structure()?;
    Ok(row.map_or_else(
        || (0, Structure::default()),
        |row| (row.seq, serde_json::from_str(&row.body).unwrap_or_default()),
    ))
}

fn kept(reading: &Reading<'_>, seq: i64, structure: &Structure, reason: &str) -> Changes {
    Changes {
        requires: vec![Requirement::Facility(FacilityRequirement::StructureIs(seq))],
        facility: vec![FacilityChange::Structure(StructureRow {
            seq: seq + 1,
            at: reading.context.now,
            actor: reading.context.actor.id.clone(),
            reason: reason.trim().chars().take(REASON_LIMIT_CHARS).collect(),
            body: serde_json::to_string(structure).unwrap_or_default(),
        })],
        ..Changes::default()
    }
}

impl Sealed for TakeStructure {}
impl Act for TakeStructure {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        "facility/structure".to_owned()
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut wanted = Structure::from_toml(&self.text).map_err(|wrong| {
            let wrong = wrong.join("; ");
            Refusal::unreadable(
                format!("Units and managers are not taken over: {wrong}."),
                format!("Les unités et gestionnaires ne sont pas repris : {wrong}."),
            )
        })?;
        let (seq, known) = in_force(reading.view)?;
        let day = days::of(reading.context.now);
        for one in known.delegations {
            let stands =
                day.is_some_and(|day| wanted.managers_on(&one.unit, day).any(|m| m.user == one.manager));
            // What the file had and has no more is withdrawn.
            if stands && !one.filed {
                wanted.delegations.push(one);
            }
        }
        if seq > 0 && wanted == in_force(reading.view)?.1 {
            return Ok((Changes::default(), None));
        }
        Ok((kept(reading, seq, &wanted, &self.reason), None))
    }
}

impl Sealed for Delegate {}
impl Act for Delegate {
    const PERMISSION: Permission = Permission::ManagePeople;
    fn object(&self) -> String {
        format!("facility/unit/{}/delegation", self.unit)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (seq, mut structure) = in_force(reading.view)?;
        let (me, now) = (&reading.context.actor.id, reading.context.now);
        let today = days::of(now).ok_or_else(Refusal::not_found)?;
        if !structure.managers_on(&self.unit, today).any(|one| one.user == *me) {
            return Err(Refusal::conflict(
                "Only the unit's manager of today names who decides in their place.",
                "Seul le gestionnaire actuel de l'unité nomme qui décide à sa place.",
            ));
        }
        let (from, until) = (days::parse(self.from.trim()), days::parse(self.until.trim()));
        let is_ordered = from.zip(until).is_some_and(|(from, until)| {
            from >= today && (0..=DELEGATED_DAYS).contains(&days::between(from, until))
        });
        let user = self.user.trim();
        let known = reading.known_name_of(user)?;
        let known = known
            .or_else(|| structure.managers.iter().find(|one| one.user == user).map(|one| one.name.clone()));
        let name = known.unwrap_or_else(|| self.name.trim().to_owned());
        if !is_ordered || user.is_empty() || name.is_empty() || user == me {
            return Err(Refusal::unreadable(
                format!(
                    "Look for somebody else by name and choose them, from today or later, for at most {DELEGATED_DAYS} days: write days as 2026-11-22."
                ),
                format!(
                    "Cherchez une autre personne par son nom et choisissez-la, à partir d'aujourd'hui, pour au plus {DELEGATED_DAYS} jours : écrivez les jours comme 2026-11-22."
                ),
            ));
        }
        structure.delegations.push(Delegation {
            unit: self.unit.clone(),
            manager: me.clone(),
            user: user.to_owned(),
            name,
            from: self.from.trim().to_owned(),
            until: self.until.trim().to_owned(),
            filed: false,
        });
        Ok((kept(reading, seq, &structure, "delegated"), None))
    }
}

impl Sealed for EndDelegation {}
impl Act for EndDelegation {
    const PERMISSION: Permission = Permission::ManagePeople;
    fn object(&self) -> String {
        format!("facility/unit/{}/delegation", self.unit)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (seq, mut structure) = in_force(reading.view)?;
        let me = &reading.context.actor.id;
        let before = structure.delegations.len();
        structure
            .delegations
            .retain(|one| one.unit != self.unit || one.user != self.user || one.manager != *me);
        if structure.delegations.len() == before {
            return Err(Refusal::conflict(
                "You named nobody of this name in this unit, or it is withdrawn already. Who delegated it withdraws it.",
                "Vous n'avez nommé personne de ce nom dans cette unité, ou c'est déjà retiré. Qui a délégué retire la délégation.",
            ));
        }
        Ok((kept(reading, seq, &structure, "delegation withdrawn"), None))
    }
}
