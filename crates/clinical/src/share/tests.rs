use super::roster::*;
use crate::facility::days;
use crate::facility::registers::{Employments, Licences};
use jiff::civil::Date;
use proptest::prelude::*;
use std::collections::BTreeSet;

const LICENCES: &str = "regulator,licence,family,status,until
NSCP,100,Hill,active,
NSCP,101,Rose,active,2026-01-31
NSCN,200,Gull,suspended,
NSCN,201,Dune,active,
";
const STAFF: &str = "employee,family,unit,from,until
E1,Hill,ward-6,2019-01-01,
E2,Rose,ward-6,2019-01-01,
E3,Gull,ward-6,2019-01-01,
E4,Dune,icu,2019-01-01,2026-10-31
";

fn day(text: &str) -> Date {
    days::parse(text).expect("a day")
}

fn registers() -> (Licences, Employments) {
    (Licences::read(LICENCES).expect("licences"), Employments::read(STAFF).expect("staff"))
}

fn decided(lines: &str) -> Vec<String> {
    let head = "user_id,family,given,profession,regulator,licence,employee,unit,email,last_use\n";
    let roster = RosterRow::read(&format!("{head}{lines}")).expect("a roster");
    let (licences, employments) = registers();
    let decisions = decide(&roster, &licences, &employments, day("2026-11-22"));
    assert!(Tally::of(roster.len(), &decisions).balances());
    decisions.iter().map(|one| format!("{} {} {}", one.line, one.fate.code(), one.fate.words().en)).collect()
}

#[test]
fn s033_the_window_is_six_calendar_months_and_its_first_day_counts() {
    for (switch, begins) in [
        ("2026-11-22", "2026-05-22"),
        ("2026-06-30", "2025-12-30"),
        // Months without such a day begin the window on their last one; the leap day counts where there is one.
        ("2026-08-31", "2026-02-28"),
        ("2026-08-29", "2026-02-28"),
        ("2026-08-28", "2026-02-28"),
        ("2028-08-31", "2028-02-29"),
        ("2028-08-29", "2028-02-29"),
        ("2028-08-28", "2028-02-28"),
        ("2028-02-29", "2027-08-29"),
        ("2026-12-31", "2026-06-30"),
        ("2026-05-31", "2025-11-30"),
        ("2026-10-31", "2026-04-30"),
        ("2026-03-31", "2025-09-30"),
        ("2026-09-08", "2026-03-08"),
    ] {
        assert_eq!(window_begins(day(switch)), day(begins), "{switch}");
    }
}

#[test]
fn s033_use_counts_by_the_day_in_the_province() {
    let fate = |switch: &str, last_use: &str| {
        let row = RosterRow {
            line: 2,
            user: "u1".into(),
            family: "Hill".into(),
            given: "Ana".into(),
            regulator: "NSCP".into(),
            licence: "100".into(),
            employee: "E1".into(),
            email: "ana.hill@example.org".into(),
            last_use: last_use.into(),
            ..RosterRow::default()
        };
        let (licences, employments) = registers();
        decide(&[row], &licences, &employments, day(switch))[0].fate.code()
    };
    for (switch, last_use, code) in [
        ("2026-11-22", "2026-05-22", "migrated"),
        ("2026-11-22", "2026-05-21", "not-migrated"),
        // The window's first midnight in Halifax is 03:00 in UTC in summer ...
        ("2026-11-22", "2026-05-22T03:00:00Z", "migrated"),
        ("2026-11-22", "2026-05-22T02:59:59Z", "not-migrated"),
        // ... and 04:00 in winter.
        ("2026-08-28", "2026-02-28T04:00:00Z", "migrated"),
        ("2026-08-28", "2026-02-28T03:59:59Z", "not-migrated"),
        // The window begins on the day on which the clocks go forward, and back.
        ("2026-09-08", "2026-03-08T04:00:00Z", "migrated"),
        ("2026-09-08", "2026-03-08T03:59:59Z", "not-migrated"),
        ("2027-05-01", "2026-11-01T03:00:00Z", "migrated"),
        ("2027-05-01", "2026-11-01T02:59:59Z", "not-migrated"),
        // The hour that comes twice is one day whichever of the two it was.
        ("2027-05-01", "2026-11-01 01:30:00", "migrated"),
        ("2028-08-29", "2028-02-29", "migrated"),
        ("2028-08-29", "2028-02-28", "not-migrated"),
        // On the day of the switch, to its last minute in Halifax, and after it.
        ("2026-11-22", "2026-11-23T03:59:00Z", "migrated"),
        ("2026-11-22", "2026-11-23T04:00:00Z", "excluded"),
        ("2026-11-22", "", "not-migrated"),
        ("2026-11-22", "last spring", "excluded"),
    ] {
        assert_eq!(fate(switch, last_use), code, "{last_use} for {switch}");
    }
}

#[test]
fn s033_licence_and_employment_are_checked_again() {
    let told = decided(
        "u1,Hill,Ana,pharmacist,NSCP,100,E1,ward-6,a@example.org,2026-11-01
u2,Rose,Bo,pharmacist,NSCP,101,E2,ward-6,b@example.org,2026-11-01
u3,Gull,Cy,nurse,NSCN,200,E3,ward-6,c@example.org,2026-11-01
u4,Dune,Di,nurse,NSCN,201,E4,icu,d@example.org,2026-11-01
u5,Moss,Ed,nurse,NSCN,999,E1,icu,e@example.org,2026-11-01
u6,Fern,Fa,nurse,NSCN,202,,icu,f@example.org,2026-11-01
u7,Reed,Gi,clerk,,,E2,icu,g@example.org,2025-11-01
",
    );
    assert_eq!(
        told,
        [
            "2 excluded Rows with one number differ in family name. The access coordinator finds out who it is.",
            "3 excluded Rows with one number differ in family name. The access coordinator finds out who it is.",
            "4 excluded Licence not in force.",
            "5 excluded Employment ended on 2026-10-31.",
            "6 excluded Rows with one number differ in family name. The access coordinator finds out who it is.",
            "7 excluded No employee number: not a facility user. The community path is open to them.",
            "8 excluded Rows with one number differ in family name. The access coordinator finds out who it is.",
        ]
    );
}

#[test]
fn s034_one_person_gets_one_account_by_numbers_and_never_by_name() {
    let told = decided(
        "u1,Hill,Ana,pharmacist,NSCP,100,,ward-6,,2026-01-01
u9,Hill,Anna,pharmacist,,,E1,ward-6,a@example.org,2026-11-01
U1,Hill,Ana,pharmacist,,,E1,ward-6,a@example.org,
u3,Hill,Ana,pharmacist,NSCP,500,E7,ward-6,other@example.org,2025-01-01
u4,Gull,Cy,nurse,NSCN,201,E8,icu,team@example.org,2026-11-01
u5,Moss,Ed,nurse,NSCN,202,E9,icu,Team@example.org,2026-11-01
",
    );
    // `Ana` and `Anna` are two names: a person looks. With one name they are one account, below.
    assert!(told[..3].iter().all(|line| line.contains("differ in given name")), "{told:?}");
    assert!(told[3].contains("not-migrated"), "a namesake with other numbers is somebody else: {told:?}");
    assert!(told[4..].iter().all(|line| line.contains("The address also stands")), "{told:?}");
    let told = decided(
        "u1,Hill,Ana,pharmacist,NSCP,100,,ward-6,,2026-01-01
u9,Hill,Ana,pharmacist,,,E1,ward-6,a@example.org,2026-11-01
U1,Hill,Ana,pharmacist,,,E1,ward-6,a@example.org,
",
    );
    assert!(told[1].starts_with("3 migrated"), "{told:?}");
    assert!(
        told[0].contains("same person as line 3") && told[2].contains("same person as line 3"),
        "{told:?}"
    );
}

/// A roster with every sort of trouble, from a seed: missing and shared numbers, one name for many, dates at the edges.
fn roster(rows: usize, mut seed: u64) -> Vec<RosterRow> {
    let mut next = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).expect("small")
    };
    let mut made: Vec<RosterRow> = Vec::new();
    for line in 2..rows + 2 {
        // One row in eight has a number of its own, another's or none, cell by cell.
        let mut number = |prefix: &str| match next(24) {
            0 => String::new(),
            1 => format!("{prefix}{}", next(rows) + 2),
            _ => format!("{prefix}{line}"),
        };
        let (user, licence, employee, mail) = (number("u"), number("L"), number("E"), number("m"));
        let mut pick = |from: &[&str]| from[next(from.len())].to_owned();
        let mut row = RosterRow {
            line,
            user,
            family: pick(&["Hill", "Rose", "Gull", "Dune", "MacAulay"]),
            given: pick(&["Ana", "Bo", "Cy", "Éva"]),
            profession: "nurse".to_owned(),
            regulator: pick(&["NSCP", "NSCN"]),
            licence,
            employee,
            unit: "ward-6".to_owned(),
            email: if mail.is_empty() { mail } else { format!("{mail}@example.org") },
            last_use: pick(&[
                "",
                "2026-11-01",
                "2026-05-22",
                "2026-05-21",
                "2025-01-01",
                "2026-05-22T02:00:00Z",
            ]),
        };
        match line % 50 {
            7 => row.family.clear(),
            13 => row.last_use = "soon".to_owned(),
            19 => row.last_use = "2026-11-23".to_owned(),
            // The same person under a second account.
            23 | 31 => {
                if let Some(former) = made.last() {
                    row = RosterRow { line, user: row.user, last_use: row.last_use, ..former.clone() };
                }
            }
            _ => {}
        }
        made.push(row);
    }
    made
}

/// Registers in which most of the roster stands.
fn registers_of(roster: &[RosterRow]) -> (Licences, Employments) {
    let mut licences = "regulator,licence,family,status,until\n".to_owned();
    let mut staff = "employee,family,unit,from,until\n".to_owned();
    let mut seen = BTreeSet::new();
    for row in roster.iter().filter(|row| row.line % 11 != 0 && !row.family.is_empty()) {
        if !row.licence.is_empty()
            && !row.regulator.is_empty()
            && seen.insert(format!("{}{}", row.regulator, row.licence))
        {
            let status = if row.line % 13 == 0 { "suspended" } else { "active" };
            licences.push_str(&format!("{},{},{},{status},\n", row.regulator, row.licence, row.family));
        }
        if !row.employee.is_empty() && seen.insert(row.employee.clone()) {
            let until = if row.line % 17 == 0 { "2026-10-31" } else { "" };
            staff.push_str(&format!("{},{},ward-6,,{until}\n", row.employee, row.family));
        }
    }
    (Licences::read(&licences).expect("licences"), Employments::read(&staff).expect("staff"))
}

fn holds_for(roster: &[RosterRow]) -> Tally {
    let (licences, employments) = registers_of(roster);
    let decisions = decide(roster, &licences, &employments, day("2026-11-22"));
    let tally = Tally::of(roster.len(), &decisions);
    assert!(tally.balances(), "{tally:?}");
    assert!(
        decisions.iter().zip(roster).all(|(decision, row)| decision.line == row.line),
        "one each, in order"
    );
    let migrated: Vec<&RosterRow> = decisions
        .iter()
        .zip(roster)
        .filter(|(one, _)| one.fate == Fate::Migrated)
        .map(|(_, row)| row)
        .collect();
    let distinct = |value: &dyn Fn(&RosterRow) -> String| {
        let all: Vec<String> =
            migrated.iter().map(|row| value(row)).filter(|value| !value.is_empty()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "two accounts for one person");
    };
    distinct(&|row| row.employee.to_uppercase());
    distinct(&|row| {
        if row.licence.is_empty() { String::new() } else { format!("{} {}", row.regulator, row.licence) }
    });
    distinct(&|row| row.email.to_lowercase());
    distinct(&|row| row.user.clone());
    assert_eq!(decisions, decide(roster, &licences, &employments, day("2026-11-22")), "the same again");
    tally
}

#[test]
fn s034_ten_thousand_rows_are_conserved_and_nobody_gets_two_accounts() {
    let tally = holds_for(&roster(10_000, 20_261_122));
    assert!(tally.migrated > 1_000 && tally.not_migrated > 1_000 && tally.excluded > 500, "{tally:?}");
}

#[test]
fn a_tally_that_lost_a_row_does_not_balance() {
    let lost = Tally { roster: 3, migrated: 1, not_migrated: 1, excluded: 0 };
    assert!(!lost.balances());
}

proptest! {
    #[test]
    fn s034_any_roster_is_conserved(seed in 1_u64.., rows in 0_usize..120) {
        holds_for(&roster(rows, seed));
    }

    #[test]
    fn s033_the_window_is_never_shorter_than_six_months_less_the_days_a_month_lacks(days_on in 0_i64..20_000) {
        let switch = days::plus(day("2000-01-01"), days_on);
        let begins = window_begins(switch);
        let months = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
        prop_assert_eq!(months(switch) - months(begins), 6);
        prop_assert!(begins.day() == switch.day() || begins.day() == begins.days_in_month());
        prop_assert!(begins.day() <= switch.day());
        // A later switch never brings back who was out of the window.
        prop_assert!(window_begins(days::plus(switch, 1)) >= begins);
    }
}
