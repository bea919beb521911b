//! A migration in parts: rows of the roster with what becomes of them, then the whole, which must balance.

use super::aside;
use crate::facility::registers::Registers;
use crate::facility::requesting::{Named, begin, facts, key, looked_up};
use crate::facility::structure::in_force;
use crate::mailing::{Blank, HERE, Letter, write_once};
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::{Approval, Facts, FormHeld, FormWay, IdentityHeld, State, licence};
use clinical::facility::days;
use clinical::share::{Decision, Excluded, Fate, RosterRow, Tally, decide};
use clinical::words::Words;
use fhir::PersonId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use store::{
    ApplicationId, Changes, FacilityChange, FacilityRequirement, Requirement, ShareRun, ShareUser, View,
};

/// Rows read back at once.
const ROWS_AT_ONCE: usize = 1_000;
/// Version of the forms that SHARE kept.
const SHARE_FORMS: &str = "share";

/// What tells a migration from every other: the roster and the day of the switch.
#[must_use]
pub fn run_id(roster: &str, switch: &str) -> String {
    let digest = Sha256::new().chain_update(roster).chain_update([0]).chain_update(switch).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Look: what would become of each row of a roster by the registers in use. Nothing is written.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The roster file.
    pub roster: String,
    /// The day of the switch, `2026-11-22`.
    pub switch: String,
}

/// A row with what becomes of it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The row.
    pub row: RosterRow,
    /// What becomes of it.
    pub decision: Decision,
}

impl Sealed for Plan {}
impl Look for Plan {
    type View = (Vec<Line>, Tally);
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("share/{}", run_id(&self.roster, &self.switch))
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let switch = days::parse(self.switch.trim()).ok_or_else(|| {
            Refusal::unreadable(
                "Write the day of the switch as 2026-11-22.",
                "Écrivez le jour du passage comme 2026-11-22.",
            )
        })?;
        let rows = RosterRow::read(&self.roster).map_err(|problem| {
            Refusal::unreadable(
                format!("The roster cannot be read: {problem}"),
                format!("La liste ne se lit pas : {problem}"),
            )
        })?;
        let registers = Registers::of(reading.view)?;
        let now = reading.context.now;
        let (Some(licences), Some(employments)) = (registers.licences_at(now), registers.employments_at(now))
        else {
            return Err(Refusal::conflict(
                "Nobody is migrated without both registers, none older than a week. Take over licences and employments first: opor registers.",
                "Personne n'est migré sans les deux registres, de moins d'une semaine. Reprenez d'abord les permis et les emplois : opor registers.",
            ));
        };
        let mut decisions = decide(&rows, licences, employments, switch);
        let (seq, structure) = in_force(reading.view)?;
        for decision in decisions.iter_mut().filter(|decision| decision.fate == Fate::Migrated) {
            if is_taken(reading.view, &decision.row)? {
                decision.fate = Fate::Excluded(Excluded::AddressTaken);
            } else if seq > 0 && structure.unit(&decision.row.unit).is_none() {
                decision.fate = Fate::Excluded(Excluded::NoUnit);
            }
        }
        let tally = Tally::of(rows.len(), &decisions);
        let lines = rows.into_iter().zip(decisions).map(|(row, decision)| Line { row, decision }).collect();
        Ok(Seen::nobody((lines, tally)))
    }
}

fn own_key(row: &RosterRow) -> ApplicationId {
    let licence = licence::key(&row.regulator, &row.licence);
    key(&["share", &licence, &licence::bare(&row.employee)])
}

/// Whether somebody else has the address already: an account of another licence, or another application under way.
fn is_taken(view: &View, row: &RosterRow) -> Result<bool, Refusal> {
    let address = row.email.trim().to_lowercase();
    let account = view.account_by_address(&address)?;
    let licence = licence::key(&row.regulator, &row.licence);
    let theirs = account.is_some_and(|account| account.licence != licence);
    let others = view.applications_at(&address)?;
    let other = others.iter().any(|other| {
        let is_over = State::from_code(&other.state).is_some_and(State::is_final);
        !is_over && other.id != own_key(row) && other.sort == "facility"
    });
    Ok(theirs || other)
}

/// Act: a part of the rows is carried out. The same part again changes nothing.
#[derive(Debug, Clone)]
pub struct Share {
    /// The migration.
    pub run: String,
    /// The day of the switch.
    pub switch: String,
    /// Rows of the part.
    pub lines: Vec<Line>,
}

/// On what a decision rests, as it is kept.
#[derive(Serialize)]
struct Kept {
    used: Option<String>,
    window: Option<String>,
    licence: Option<Words>,
    employment: Option<Words>,
    together: Vec<usize>,
    ties: Vec<String>,
    roster: BTreeMap<&'static str, String>,
}

fn kept(line: &Line) -> String {
    let (row, evidence) = (&line.row, &line.decision.evidence);
    let cells = [
        ("profession", &row.profession),
        ("regulator", &row.regulator),
        ("licence", &row.licence),
        ("employee", &row.employee),
        ("email", &row.email),
        ("last_use", &row.last_use),
    ];
    let kept = Kept {
        used: evidence.used.map(|day| day.to_string()),
        window: evidence.window.map(|day| day.to_string()),
        licence: evidence.licence.as_ref().map(|standing| standing.words()),
        employment: evidence.employment.as_ref().map(|standing| standing.words()),
        together: evidence.together.clone(),
        ties: evidence.ties.clone(),
        roster: cells.into_iter().map(|(name, cell)| (name, cell.clone())).collect(),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

impl Sealed for Share {}
impl Act for Share {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("share/{}", self.run)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let registers = Registers::of(view)?;
        let mut changes = Changes::default();
        for line in &self.lines {
            let (row, words) = (&line.decision.row, line.decision.fate.words());
            let mut application = ApplicationId::default();
            match &line.decision.fate {
                Fate::Migrated => {
                    application = own_key(row);
                    let facts = migrated(row, &self.run, &registers, now);
                    begin(view, (application, &facts), ("opor share", &words), welcome(), now, &mut changes)?;
                }
                Fate::NotMigrated(_) => {
                    let key = [self.run.clone(), row.line.to_string()];
                    let letter = Letter {
                        key: &key.each_ref().map(String::as_str),
                        sort: "share-not-migrated",
                        to: &row.email,
                        subject: Words::new(
                            "Your SHARE access is not carried over",
                            "Votre accès à SHARE n'est pas repris",
                        ),
                        text: Words::new(
                            format!(
                                "{} So no account is made for you. If you need access, apply at any time:\n\n{HERE}",
                                words.en
                            ),
                            format!(
                                "{} Aucun compte n'est donc créé. Si vous avez besoin d'un accès, présentez une demande en tout temps :\n\n{HERE}",
                                words.fr
                            ),
                        ),
                        blank: Some(Blank::Page("/join")),
                        application: ApplicationId::default(),
                    };
                    write_once(view, &letter, now, &mut changes)?;
                }
                Fate::Excluded(_) => {}
            }
            aside::owe(view, (&self.run, row), (&line.decision.fate, &words), now, &mut changes)?;
            changes.facility.push(FacilityChange::ShareUser(ShareUser {
                run: self.run.clone(),
                line: u32::try_from(row.line).unwrap_or(u32::MAX),
                user: row.user.clone(),
                name: row.name(),
                unit: row.unit.clone(),
                fate: line.decision.fate.code().to_owned(),
                words: serde_json::to_string(&words).unwrap_or_default(),
                evidence: kept(line),
                application,
            }));
        }
        Ok((changes, None))
    }
}

/// What is on file about somebody migrated: everything that the employer and SHARE can bring. The module and the privacy
/// statements are theirs.
fn migrated(row: &RosterRow, run: &str, registers: &Registers, now: fhir::Instant) -> Facts {
    let who = Named {
        family: row.family.clone(),
        given: row.given.clone(),
        address: row.email.clone(),
        profession: row.profession.clone(),
        regulator: row.regulator.clone(),
        licence: row.licence.clone(),
        employee: row.employee.clone(),
        unit: row.unit.clone(),
    };
    let mut facts = facts(&who, now);
    looked_up(&mut facts, &who, registers, now);
    let evidence = format!("SHARE account {}, migration {run}, line {}", row.user, row.line);
    facts.approvals.push(Approval { place: who.unit.clone(), by: evidence.clone(), at: now });
    facts.identity = Some(IdentityHeld {
        method: "employer".to_owned(),
        evidence: evidence.clone(),
        by: "staff register".to_owned(),
        at: now,
    });
    for form in ["request", "agreement"] {
        facts.forms.push(FormHeld {
            form: form.to_owned(),
            version: SHARE_FORMS.to_owned(),
            way: FormWay::OnFile { evidence: evidence.clone() },
            at: now,
        });
    }
    facts
}

fn welcome() -> (&'static str, Words, Words) {
    (
        "share-migrated",
        Words::new("Your SHARE access moves to opor", "Votre accès à SHARE passe à opor"),
        Words::new(
            "You used SHARE in the last six months, so your access is carried over. Two things are yours to do: six short scenes on confidentiality, and the two privacy statements. Sign in as you do at work; there is no password to remember. Begin by this link:",
            "Vous avez utilisé SHARE dans les six derniers mois; votre accès est donc repris. Deux choses vous reviennent : six courtes mises en situation sur la confidentialité et les deux énoncés de confidentialité. Connectez-vous comme au travail; il n'y a aucun mot de passe à retenir. Commencez par ce lien :",
        ),
    )
}

/// Act: the migration is over. It must balance, row by row as it is kept; managers get the list of who is not migrated.
#[derive(Debug, Clone)]
pub struct Close {
    /// The migration.
    pub run: String,
    /// The day of the switch.
    pub switch: String,
    /// Rows of the roster.
    pub roster: usize,
}

impl Sealed for Close {}
impl Act for Close {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("share/{}/closed", self.run)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        if view.share_run(&self.run)?.is_some() {
            return Ok((Changes::default(), None));
        }
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (mut after, mut rows) = (0, 0);
        loop {
            let part = view.share_users(&self.run, after, ROWS_AT_ONCE)?;
            let Some(last) = part.last() else { break };
            after = last.line;
            rows += part.len();
            for user in part {
                *counts.entry(user.fate.clone()).or_default() += 1;
                if user.fate != "migrated" {
                    told.entry(user.unit).or_default().push(format!("{} ({})", user.name, user.user));
                }
            }
        }
        let count = |code: &str| counts.get(code).copied().unwrap_or(0);
        let all = [count("migrated"), count("not-migrated"), count("excluded")];
        let sum: usize = all.iter().map(|count| *count as usize).sum();
        if rows != self.roster || sum != self.roster {
            return Err(Refusal::conflict(
                &format!(
                    "The roster has {} rows and {sum} are accounted for. Nothing is closed; run it again.",
                    self.roster
                ),
                &format!(
                    "La liste a {} lignes et {sum} sont comptées. Rien n'est clos; relancez.",
                    self.roster
                ),
            ));
        }
        let mut changes = Changes {
            requires: vec![Requirement::Facility(FacilityRequirement::RunIsNew(self.run.clone()))],
            ..Changes::default()
        };
        changes.facility.push(FacilityChange::ShareRun(ShareRun {
            run: self.run.clone(),
            at: now,
            actor: reading.context.actor.id.clone(),
            switch: self.switch.clone(),
            roster: u32::try_from(self.roster).unwrap_or(u32::MAX),
            migrated: all[0],
            not_migrated: all[1],
            excluded: all[2],
        }));
        let (_, structure) = in_force(view)?;
        let Some(today) = days::of(now) else { return Ok((changes, None)) };
        for (unit, names) in &told {
            for manager in structure.managers_on(unit, today) {
                let key = [self.run.clone(), unit.clone(), manager.user.clone()];
                let (names, switch) = (names.join("; "), &self.switch);
                let letter = Letter {
                    key: &key.each_ref().map(String::as_str),
                    sort: "share-managers",
                    to: &manager.email,
                    subject: Words::new(
                        "Who of your unit loses SHARE access",
                        "Qui de votre unité perd l'accès à SHARE",
                    ),
                    text: Words::new(
                        format!(
                            "On {switch} these people of your unit are not carried over from SHARE: {names}. Who needs access applies, and you say yes:\n\n{HERE}"
                        ),
                        format!(
                            "Le {switch}, ces personnes de votre unité ne sont pas reprises de SHARE : {names}. Qui a besoin d'un accès présente une demande, et vous acceptez :\n\n{HERE}"
                        ),
                    ),
                    blank: Some(Blank::Page("/join")),
                    application: ApplicationId::default(),
                };
                write_once(view, &letter, now, &mut changes)?;
            }
        }
        Ok((changes, None))
    }
}
