//! What becomes of each row of the SHARE roster.

use crate::enrolment::licence::{bare, normal};
use crate::facility::days;
use crate::facility::registers::{Employments, Licences, Standing};
use crate::identity::names::{fold, root};
use crate::sheets::{SheetProblem, rows};
use crate::words::Words;
use jiff::Span;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Calendar months in which somebody must have used SHARE (S-033).
const MONTHS: i64 = 6;
/// The roster's columns, in the order of [`RosterRow`].
const COLUMNS: [&str; 10] = [
    "user_id",
    "family",
    "given",
    "profession",
    "regulator",
    "licence",
    "employee",
    "unit",
    "email",
    "last_use",
];

/// A row of the roster, as it was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterRow {
    /// Line of the file, from 1.
    pub line: usize,
    /// The SHARE account.
    pub user: String,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Profession, as SHARE had it.
    pub profession: String,
    /// Who licenses them: `NSCP`.
    pub regulator: String,
    /// Licence number.
    pub licence: String,
    /// Employee number.
    pub employee: String,
    /// Unit, as SHARE had it.
    pub unit: String,
    /// Address for notices.
    pub email: String,
    /// When they last used SHARE: a day, a wall time of the province, or a time with an offset. Empty: never.
    pub last_use: String,
}

impl RosterRow {
    /// The rows of a roster file. What stands in the cells is judged by [`decide`], row by row: none is lost here.
    ///
    /// # Errors
    /// It has not the columns.
    pub fn read(text: &str) -> Result<Vec<Self>, SheetProblem> {
        let read = rows(text, &COLUMNS)?;
        Ok(read
            .into_iter()
            .map(|(line, cells)| {
                let mut cells = cells.into_iter();
                let mut next = || cells.next().unwrap_or_default();
                Self {
                    line,
                    user: next(),
                    family: next(),
                    given: next(),
                    profession: next(),
                    regulator: next(),
                    licence: next(),
                    employee: next(),
                    unit: next(),
                    email: next(),
                    last_use: next(),
                }
            })
            .collect())
    }

    /// `Hill, Ana`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}, {}", self.family, self.given)
    }

    fn licence_key(&self) -> Option<String> {
        let number = normal(&self.regulator, &self.licence);
        (!number.is_empty()).then(|| format!("licence {} {number}", self.regulator.to_uppercase()))
    }

    fn employee_key(&self) -> Option<String> {
        let number = bare(&self.employee);
        (!number.is_empty()).then(|| format!("employee {number}"))
    }

    fn address(&self) -> Option<String> {
        (!self.email.is_empty()).then(|| self.email.to_lowercase())
    }
}

/// Why somebody is not migrated; they may apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMigrated {
    /// They never used SHARE.
    NeverUsed,
    /// They used it last on this day, before the window.
    NotSince(Date),
}

/// Why a row leads to no account of its own; each says who settles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excluded {
    /// Another row is the same person by these numbers: line of the row that was decided about.
    SamePerson(usize),
    /// A cell cannot be read: its column.
    Unreadable(&'static str),
    /// It was used after the day of the switch: the day in the roster is not right.
    AfterSwitch(Date),
    /// Rows that bear one number contradict each other in this; a person must look.
    Contradiction(&'static str),
    /// One address stands for several people, or for one person under several numbers; a person must look. Line of another.
    SharedAddress(usize),
    /// Somebody else has the address already, by an account or an application; a person must look.
    AddressTaken,
    /// Neither the roster nor the staff register says in which unit, or no unit on file has that id.
    NoUnit,
    /// There is no address to tell them at.
    NoAddress,
    /// No employee number: not a user at a facility; the community path is theirs.
    NotAtFacility,
    /// No licence: the record is for regulated health professionals (L-18).
    NoLicence,
    /// The register of licences says so.
    Licence(Standing),
    /// The staff register says so.
    Employment(Standing),
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It becomes an account.
    Migrated,
    /// It does not, and the person is told how to apply.
    NotMigrated(NotMigrated),
    /// It is set aside with its reason.
    Excluded(Excluded),
}

impl Fate {
    /// Stable code, as in the report.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Migrated => "migrated",
            Self::NotMigrated(_) => "not-migrated",
            Self::Excluded(_) => "excluded",
        }
    }

    /// Why, as people read it.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Migrated => Words::new(
                "Used in the last six months; licence and employment are in force.",
                "Utilisé dans les six derniers mois; permis et emploi en vigueur.",
            ),
            Self::NotMigrated(NotMigrated::NeverUsed) => {
                Words::new("SHARE was never used.", "SHARE n'a jamais servi.")
            }
            Self::NotMigrated(NotMigrated::NotSince(day)) => Words::new(
                format!("SHARE was last used on {day}, more than six months before the switch."),
                format!("SHARE a servi pour la dernière fois le {day}, plus de six mois avant le passage."),
            ),
            Self::Excluded(why) => why.words(),
        }
    }
}

impl Excluded {
    fn words(&self) -> Words {
        match self {
            Self::SamePerson(line) => Words::new(
                format!("The same person as line {line} by licence, employee number or SHARE account."),
                format!(
                    "La même personne que la ligne {line} par le permis, le numéro d'employé ou le compte SHARE."
                ),
            ),
            Self::Unreadable(column) => Words::new(
                format!("The column {column} cannot be read. Correct it in the roster and run it again."),
                format!("La colonne {column} ne se lit pas. Corrigez-la dans la liste et relancez."),
            ),
            Self::AfterSwitch(day) => Words::new(
                format!("Used on {day}, after the day of the switch. Check the roster's dates."),
                format!("Utilisé le {day}, après le jour du passage. Vérifiez les dates de la liste."),
            ),
            Self::Contradiction(what) => Words::new(
                format!("Rows with one number differ in {what}. The access coordinator finds out who it is."),
                format!(
                    "Des lignes de même numéro diffèrent : {what}. Le coordonnateur des accès établit qui c'est."
                ),
            ),
            Self::SharedAddress(line) => Words::new(
                format!(
                    "The address also stands in line {line} under other numbers. The access coordinator finds out who has it."
                ),
                format!(
                    "L'adresse figure aussi à la ligne {line} sous d'autres numéros. Le coordonnateur des accès établit à qui elle est."
                ),
            ),
            Self::AddressTaken => Words::new(
                "Somebody else has this address, by an account or an application. The access coordinator finds out who has it.",
                "Quelqu'un d'autre a cette adresse, par un compte ou une demande. Le coordonnateur des accès établit à qui elle est.",
            ),
            Self::NoUnit => Words::new(
                "The unit is not on file, so no manager would answer for them. Correct the unit in the roster and run it again.",
                "L'unité n'est pas au dossier; aucun gestionnaire n'en répondrait. Corrigez l'unité dans la liste et relancez.",
            ),
            Self::NoAddress => Words::new(
                "There is no address to tell them at. The unit's manager gives one.",
                "Il n'y a pas d'adresse pour les prévenir. Le gestionnaire de l'unité en donne une.",
            ),
            Self::NotAtFacility => Words::new(
                "No employee number: not a facility user. The community path is open to them.",
                "Pas de numéro d'employé : pas un utilisateur d'établissement. La voie communautaire leur est ouverte.",
            ),
            Self::NoLicence => Words::new(
                "No licence number: access is for regulated health professionals.",
                "Pas de numéro de permis : l'accès est réservé aux professionnels réglementés.",
            ),
            Self::Licence(standing) => about("Licence", "Permis", standing),
            Self::Employment(standing) => about("Employment", "Emploi", standing),
        }
    }
}

fn about(en: &str, fr: &str, standing: &Standing) -> Words {
    let words = standing.words();
    Words::new(format!("{en} {}.", words.en), format!("{fr} : {}.", words.fr))
}

/// What was looked at for one row, kept with its fate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Latest day of use over the person's rows.
    pub used: Option<Date>,
    /// First day of the window.
    pub window: Option<Date>,
    /// What the register of licences says.
    pub licence: Option<Standing>,
    /// What the staff register says.
    pub employment: Option<Standing>,
    /// Lines of the person's rows, when there are several, and the numbers that tie them.
    pub together: Vec<usize>,
    /// Numbers by which they are one person.
    pub ties: Vec<String>,
}

/// What becomes of one row, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Line of the roster.
    pub line: usize,
    /// Its fate.
    pub fate: Fate,
    /// What it rests on.
    pub evidence: Evidence,
    /// The row as it is carried out: with the numbers, unit and address that only other rows of the person bear.
    pub row: RosterRow,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the roster.
    pub roster: usize,
    /// Became an account.
    pub migrated: usize,
    /// May apply.
    pub not_migrated: usize,
    /// Set aside with a reason.
    pub excluded: usize,
}

impl Tally {
    /// Of decisions about a roster of `roster` rows.
    #[must_use]
    pub fn of(roster: usize, decisions: &[Decision]) -> Self {
        let count = |code| decisions.iter().filter(|decision| decision.fate.code() == code).count();
        Self {
            roster,
            migrated: count("migrated"),
            not_migrated: count("not-migrated"),
            excluded: count("excluded"),
        }
    }

    /// Whether every row came to exactly one thing (S-034).
    #[must_use]
    pub fn balances(&self) -> bool {
        self.migrated + self.not_migrated + self.excluded == self.roster
    }
}

/// The first day that counts: the same day six calendar months before the switch, or the last of that month when it has no
/// such day. Use on it counts.
#[must_use]
pub fn window_begins(switch: Date) -> Date {
    Span::new().try_months(MONTHS).ok().and_then(|span| switch.checked_sub(span).ok()).unwrap_or(switch)
}

/// What becomes of every row: one decision each, in the roster's order.
#[must_use]
pub fn decide(
    roster: &[RosterRow],
    licences: &Licences,
    employments: &Employments,
    switch: Date,
) -> Vec<Decision> {
    let people = people(roster);
    let window = window_begins(switch);
    let shared = shared_addresses(roster, &people);
    let mut fates: BTreeMap<usize, (Fate, Evidence, RosterRow)> = BTreeMap::new();
    for members in &people {
        let used = |row: usize| days::falls_on(&roster[row].last_use);
        let first = members.iter().copied().max_by_key(|row| (used(*row), std::cmp::Reverse(*row)));
        let Some(first) = first else { continue };
        let mut evidence = Evidence {
            used: used(first),
            window: Some(window),
            together: if members.len() > 1 {
                members.iter().map(|row| roster[*row].line).collect()
            } else {
                Vec::new()
            },
            ties: ties(roster, members),
            ..Evidence::default()
        };
        let whole = unreadable(roster, members)
            .or_else(|| contradiction(roster, members))
            .or_else(|| shared.get(&first).map(|line| Excluded::SharedAddress(*line)));
        if let Some(why) = whole {
            for row in members {
                fates.insert(*row, (Fate::Excluded(why.clone()), evidence.clone(), roster[*row].clone()));
            }
            continue;
        }
        let mut row = merged(roster, members, first);
        if row.unit.is_empty() {
            employments.unit(&row.employee).clone_into(&mut row.unit);
        }
        let fate = fate(&row, &mut evidence, (licences, employments), (window, switch));
        for other in members.iter().filter(|other| **other != first) {
            let same = Fate::Excluded(Excluded::SamePerson(roster[first].line));
            fates.insert(*other, (same, evidence.clone(), roster[*other].clone()));
        }
        fates.insert(first, (fate, evidence, row));
    }
    let decided = fates.into_iter();
    decided
        .map(|(at, (fate, evidence, row))| Decision { line: roster[at].line, fate, evidence, row })
        .collect()
}

/// The row that is decided about, with the numbers and address that only other rows of the person bear.
fn merged(roster: &[RosterRow], members: &[usize], first: usize) -> RosterRow {
    let mut row = roster[first].clone();
    for other in members.iter().map(|member| &roster[*member]) {
        if row.licence.is_empty() {
            (row.regulator, row.licence) = (other.regulator.clone(), other.licence.clone());
        }
        for (ours, theirs) in [
            (&mut row.employee, &other.employee),
            (&mut row.email, &other.email),
            (&mut row.unit, &other.unit),
        ] {
            if ours.is_empty() {
                ours.clone_from(theirs);
            }
        }
    }
    row
}

fn fate(
    row: &RosterRow,
    evidence: &mut Evidence,
    (licences, employments): (&Licences, &Employments),
    (window, switch): (Date, Date),
) -> Fate {
    let Some(used) = evidence.used else { return Fate::NotMigrated(NotMigrated::NeverUsed) };
    if used > switch {
        return Fate::Excluded(Excluded::AfterSwitch(used));
    }
    if used < window {
        return Fate::NotMigrated(NotMigrated::NotSince(used));
    }
    if bare(&row.employee).is_empty() {
        return Fate::Excluded(Excluded::NotAtFacility);
    }
    if bare(&row.licence).is_empty() {
        return Fate::Excluded(Excluded::NoLicence);
    }
    let employment = employments.on(&row.employee, &row.family, switch);
    let licence = licences.on(&row.regulator, &row.licence, &row.family, switch);
    (evidence.employment, evidence.licence) = (Some(employment.clone()), Some(licence.clone()));
    if !employment.holds() {
        Fate::Excluded(Excluded::Employment(employment))
    } else if !licence.holds() {
        Fate::Excluded(Excluded::Licence(licence))
    } else if row.email.is_empty() {
        Fate::Excluded(Excluded::NoAddress)
    } else if row.unit.is_empty() {
        Fate::Excluded(Excluded::NoUnit)
    } else {
        Fate::Migrated
    }
}

/// Rows by person: tied by licence, employee number or SHARE account, each in the roster's order. A name ties nobody.
fn people(roster: &[RosterRow]) -> Vec<Vec<usize>> {
    let mut leader: Vec<usize> = (0..roster.len()).collect();
    fn find(leader: &mut [usize], mut row: usize) -> usize {
        while leader[row] != row {
            leader[row] = leader[leader[row]];
            row = leader[row];
        }
        row
    }
    let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
    for (at, row) in roster.iter().enumerate() {
        let user = (!row.user.is_empty()).then(|| format!("account {}", row.user.to_lowercase()));
        for key in [row.licence_key(), row.employee_key(), user].into_iter().flatten() {
            let other = *bearers.entry(key).or_insert(at);
            let (a, b) = (find(&mut leader, at), find(&mut leader, other));
            leader[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in 0..roster.len() {
        groups.entry(find(&mut leader, row)).or_default().push(row);
    }
    groups.into_values().collect()
}

fn ties(roster: &[RosterRow], members: &[usize]) -> Vec<String> {
    let keys = members.iter().flat_map(|row| [roster[*row].licence_key(), roster[*row].employee_key()]);
    keys.flatten().collect::<BTreeSet<_>>().into_iter().collect()
}

fn unreadable(roster: &[RosterRow], members: &[usize]) -> Option<Excluded> {
    let rows = || members.iter().map(|row| &roster[*row]);
    let column = if rows().any(|row| row.user.is_empty()) {
        "user_id"
    } else if rows().any(|row| fold(&row.family).is_empty()) {
        "family"
    } else if rows().any(|row| fold(&row.given).is_empty()) {
        "given"
    } else if rows().any(|row| !row.last_use.is_empty() && days::falls_on(&row.last_use).is_none()) {
        "last_use"
    } else if rows().any(|row| !row.email.is_empty() && !is_address(&row.email)) {
        "email"
    } else {
        return None;
    };
    Some(Excluded::Unreadable(column))
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

fn contradiction(roster: &[RosterRow], members: &[usize]) -> Option<Excluded> {
    let several = |value: &dyn Fn(&RosterRow) -> Option<String>| {
        members.iter().filter_map(|row| value(&roster[*row])).collect::<BTreeSet<_>>().len() > 1
    };
    let what = if several(&|row| Some(fold(&row.family))) {
        "family name"
    } else if several(&|row| Some(root(&row.given))) {
        "given name"
    } else if several(&RosterRow::employee_key) {
        "employee number"
    } else if members.iter().any(|row| {
        let regulator = &roster[*row].regulator;
        several(&|other| other.licence_key().filter(|_| other.regulator.eq_ignore_ascii_case(regulator)))
    }) {
        "licence number"
    } else {
        return None;
    };
    Some(Excluded::Contradiction(what))
}

/// First row of each person whose address another person bears too, with the line of that one.
fn shared_addresses(roster: &[RosterRow], people: &[Vec<usize>]) -> BTreeMap<usize, usize> {
    let mut bearers: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (person, members) in people.iter().enumerate() {
        for address in members.iter().filter_map(|row| roster[*row].address()) {
            bearers.entry(address).or_default().insert(person);
        }
    }
    let mut shared = BTreeMap::new();
    for people_of in bearers.values().filter(|people_of| people_of.len() > 1) {
        for person in people_of {
            let other =
                people_of.iter().find(|other| *other != person).and_then(|other| people[*other].first());
            if let Some(other) = other {
                for row in &people[*person] {
                    shared.insert(*row, roster[*other].line);
                }
            }
        }
    }
    shared
}
