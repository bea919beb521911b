//! What other offices say of people, as files: a regulator's register of licences and a staff register. Each file is whole:
//! who is left out has no licence or no employment.

use super::days;
use crate::enrolment::licence::{bare, normal};
use crate::identity::names::fold;
use crate::sheets::{SheetProblem, rows};
use crate::words::Words;
use fhir::Instant;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days after which a register is too old to say anything: offices send theirs daily (ours: a week of missed files is
/// noticed, and what may have changed in it shuts nobody out and lets nobody in).
pub const REGISTER_DAYS: i64 = 7;

/// Whether a register of `of` is too old to say anything at `now`.
#[must_use]
pub fn is_stale(of: Instant, now: Instant) -> bool {
    of.plus_minutes(REGISTER_DAYS * 24 * 60) <= now
}

/// How many of the entries of one that hold stand in the other no more, of how many.
fn left_out<K: Ord>(before: &BTreeMap<K, Entry>, after: &BTreeMap<K, Entry>) -> (usize, usize) {
    let live = || before.iter().filter(|(_, entry)| entry.is_live);
    (live().filter(|(key, _)| !after.contains_key(*key)).count(), live().count())
}

/// What a register says of somebody on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It holds, until this day when one is known.
    Holds(Option<Date>),
    /// It ended, or is suspended; since this day when one is known.
    Ended(Option<Date>),
    /// It stands under another family name.
    AnotherName,
    /// The register has no such number.
    Missing,
}

impl Standing {
    /// Whether access may rest on it.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holds(_))
    }
    /// As people read it after the name of the register.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Holds(None) => Words::new("in force", "en vigueur"),
            Self::Holds(Some(day)) => {
                Words::new(format!("in force until {day}"), format!("en vigueur jusqu'au {day}"))
            }
            Self::Ended(None) => Words::new("not in force", "pas en vigueur"),
            Self::Ended(Some(day)) => Words::new(format!("ended on {day}"), format!("terminé le {day}")),
            Self::AnotherName => Words::new("under another family name", "sous un autre nom de famille"),
            Self::Missing => Words::new("not in the register", "absent du registre"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    family: String,
    is_live: bool,
    from: Option<Date>,
    until: Option<Date>,
    unit: String,
}

impl Entry {
    fn on(&self, family: &str, day: Date) -> Standing {
        if fold(family) != self.family {
            Standing::AnotherName
        } else if self.until.is_some_and(|until| until < day) {
            Standing::Ended(self.until)
        } else if !self.is_live || self.from.is_some_and(|from| from > day) {
            Standing::Ended(None)
        } else {
            Standing::Holds(self.until)
        }
    }
}

/// Licences by regulator and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licences(BTreeMap<(String, String), Entry>);

/// Employments by employee number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Employments(BTreeMap<String, Entry>);

/// Words of a register for a licence in force.
const LIVE: [&str; 4] = ["active", "in good standing", "actif", "en règle"];

/// Words of a register for a licence that is not in force. A word that stands in neither list is asked about, not taken for
/// an end: a register that changes its words would otherwise shut out everybody.
const NOT_LIVE: [&str; 24] = [
    "suspended",
    "lapsed",
    "expired",
    "inactive",
    "revoked",
    "cancelled",
    "resigned",
    "retired",
    "surrendered",
    "terminated",
    "ended",
    "deceased",
    "suspendu",
    "échu",
    "expiré",
    "inactif",
    "révoqué",
    "annulé",
    "démissionnaire",
    "retraité",
    "radié",
    "résilié",
    "terminé",
    "décédé",
];

fn day_of(text: &str, line: usize, column: &str, wrong: &mut Vec<String>) -> Option<Date> {
    let day = days::parse(text);
    if day.is_none() && !text.is_empty() {
        wrong.push(format!("line {line}: write {column} as 2026-11-22, or leave it empty"));
    }
    day
}

impl Licences {
    /// A register: `regulator,licence,family,status,until`. The status is a word that says in force or not in force; `until`
    /// is the last day, empty while none is known.
    ///
    /// # Errors
    /// Lines to mend; nothing of such a file is used.
    pub fn read(text: &str) -> Result<Self, SheetProblem> {
        let (mut all, mut wrong) = (BTreeMap::new(), Vec::new());
        for (line, cells) in rows(text, &["regulator", "licence", "family", "status", "until"])? {
            let [regulator, licence, family, status, until] = cells.as_slice() else { continue };
            if [regulator, licence, family].iter().any(|cell| cell.is_empty()) {
                wrong.push(format!("line {line}: regulator, licence and family must be there"));
            }
            let status = status.to_lowercase();
            let is_live = LIVE.contains(&status.as_str());
            if !is_live && !NOT_LIVE.contains(&status.as_str()) {
                wrong.push(format!(
                    "line {line}: status \"{status}\" is not known; write active, or what ended it: suspended, expired, revoked"
                ));
            }
            let entry = Entry {
                family: fold(family),
                is_live,
                from: None,
                until: day_of(until, line, "until", &mut wrong),
                unit: String::new(),
            };
            if all.insert((regulator.to_uppercase(), normal(regulator, licence)), entry).is_some() {
                wrong.push(format!("line {line}: licence {regulator} {licence} stands twice"));
            }
        }
        SheetProblem::unless_empty(wrong).map(|()| Self(all))
    }

    /// Whether a regulator's licences are in it at all: of others nothing can be said.
    #[must_use]
    pub fn answers_for(&self, regulator: &str) -> bool {
        let regulator = regulator.trim().to_uppercase();
        self.0
            .range((regulator.clone(), String::new())..)
            .next()
            .is_some_and(|((first, _), _)| *first == regulator)
    }

    /// The first of `regulators` for which this register answers and the other does not.
    #[must_use]
    pub fn lost_in<'r>(
        &self,
        other: &Self,
        mut regulators: impl Iterator<Item = &'r str>,
    ) -> Option<&'r str> {
        regulators.find(|regulator| self.answers_for(regulator) && !other.answers_for(regulator))
    }

    /// How many of its licences in force another file leaves out, of how many: a file that was cut short leaves out many.
    #[must_use]
    pub fn left_out_by(&self, other: &Self) -> (usize, usize) {
        left_out(&self.0, &other.0)
    }

    /// What it says of a licence of somebody on a day.
    #[must_use]
    pub fn on(&self, regulator: &str, licence: &str, family: &str, day: Date) -> Standing {
        let entry = self.0.get(&(regulator.trim().to_uppercase(), normal(regulator, licence)));
        entry.map_or(Standing::Missing, |entry| entry.on(family, day))
    }
}

impl Employments {
    /// A staff register: `employee,family,unit,from,until`; `until` is the last day of work, empty while none is known.
    ///
    /// # Errors
    /// Lines to mend; nothing of such a file is used.
    pub fn read(text: &str) -> Result<Self, SheetProblem> {
        let (mut all, mut wrong) = (BTreeMap::new(), Vec::new());
        for (line, cells) in rows(text, &["employee", "family", "unit", "from", "until"])? {
            let [employee, family, unit, from, until] = cells.as_slice() else { continue };
            if employee.is_empty() || family.is_empty() {
                wrong.push(format!("line {line}: employee and family must be there"));
            }
            let entry = Entry {
                family: fold(family),
                is_live: true,
                from: day_of(from, line, "from", &mut wrong),
                until: day_of(until, line, "until", &mut wrong),
                unit: unit.clone(),
            };
            if all.insert(bare(employee), entry).is_some() {
                wrong.push(format!("line {line}: employee {employee} stands twice"));
            }
        }
        SheetProblem::unless_empty(wrong).map(|()| Self(all))
    }

    /// How many of its employments another file leaves out, of how many.
    #[must_use]
    pub fn left_out_by(&self, other: &Self) -> (usize, usize) {
        left_out(&self.0, &other.0)
    }

    /// What it says of somebody's employment on a day.
    #[must_use]
    pub fn on(&self, employee: &str, family: &str, day: Date) -> Standing {
        self.0.get(&bare(employee)).map_or(Standing::Missing, |entry| entry.on(family, day))
    }

    /// The unit somebody works in by the register; empty when it does not say.
    #[must_use]
    pub fn unit(&self, employee: &str) -> &str {
        self.0.get(&bare(employee)).map_or("", |entry| &entry.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        days::parse(text).expect("a day")
    }

    #[test]
    fn s037_a_licence_holds_to_the_end_of_its_last_day_and_only_under_its_name() {
        let register = Licences::read(
            "regulator,licence,family,status,until\nNSCP,PH 01-44,MacAulay,active,2026-11-30\nNSCP,PH0155,Rose,suspended,\n",
        )
        .expect("a register");
        let on = |number, family, at| register.on("nscp", number, family, day(at));
        assert_eq!(on("ph0144", "McAulay", "2026-11-30"), Standing::Holds(Some(day("2026-11-30"))));
        assert_eq!(on("PH0144", "MacAulay", "2026-12-01"), Standing::Ended(Some(day("2026-11-30"))));
        assert_eq!(on("PH0144", "Rose", "2026-11-01"), Standing::AnotherName);
        assert_eq!(on("PH0155", "Rose", "2026-11-01"), Standing::Ended(None));
        assert_eq!(on("PH0166", "Rose", "2026-11-01"), Standing::Missing);
        assert!(
            register.answers_for("nscp") && !register.answers_for("NSC") && !register.answers_for("NSCPS")
        );
        assert_eq!(register.on("NSCPS", "PH0144", "MacAulay", day("2026-11-01")), Standing::Missing);
    }

    #[test]
    fn h80_an_employment_ends_with_its_last_day() {
        let register =
            Employments::read("employee,family,unit,from,until\nE-17,Rose,ward-6,2020-01-01,2026-11-22\nE-18,Hill,ward-6,2026-12-01,\n")
                .expect("a register");
        assert!(register.on("e17", "Rose", day("2026-11-22")).holds());
        assert_eq!(register.on("E17", "Rose", day("2026-11-23")), Standing::Ended(Some(day("2026-11-22"))));
        assert_eq!(register.on("E18", "Hill", day("2026-11-23")), Standing::Ended(None), "it has not begun");
        assert_eq!((register.unit("E17"), register.unit("E99")), ("ward-6", ""));
    }

    #[test]
    fn a_register_with_lines_to_mend_is_not_used_at_all() {
        let wrong = Licences::read(
            "regulator,licence,family,status,until\nNSCP,1,Rose,active,30/11/2026\nNSCP,1,Rose,active,\nNSCP,,Rose,active,\n",
        )
        .expect_err("to mend")
        .0;
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }

    #[test]
    fn h80_a_word_nobody_knows_is_asked_about_and_ends_nothing() {
        let read = |status: &str| {
            Licences::read(&format!("regulator,licence,family,status,until\nNSCP,1,Rose,{status},\n"))
        };
        for known in LIVE.iter().chain(&NOT_LIVE) {
            assert!(read(known).is_ok(), "{known}");
        }
        for unknown in ["", "practising", "A"] {
            let wrong = read(unknown).expect_err("asked about").0;
            assert!(wrong[0].starts_with("line 2: status"), "{wrong:?}");
        }
    }
}
