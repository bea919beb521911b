//! Referrals from the message to the decision, and results under the order of somebody else, over a store in a folder of
//! its own and a clock of the test's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::intake::Door;
use actions::referrals::{Decide, Decision};
use actions::values::{Purpose, Role};
use actions::{Actor, Context};
use clinical::directory::Directory;
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use store::{MessageState, ObligationFilter, ObligationRow, ObligationState, OutboxFilter};

/// 2025-12-11 12:00 UTC.
const DECEMBER_11: Instant = Instant(1_765_454_400_000_000);
const DAY: i64 = 24 * 60;

const DIRECTORY: &str = r#"
[[place]]
id = "iwk"
name = "Women's Clinic"
kind = "clinic"
default_recipient = "p-fraser"

[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"

[[endpoint]]
id = "iwk-emr"
place = "iwk"
kind = "mllp"
address = "127.0.0.1:1"

[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:2"

[[practitioner]]
id = "p-fraser"
family = "Fraser"
given = "Ian"
numbers = [ { authority = "NSMD", value = "30011" } ]

[[practitioner]]
id = "p-comeau"
family = "Comeau"
given = "Anne"
numbers = [ { authority = "NSMD", value = "20011" } ]

[[role]]
practitioner = "p-fraser"
place = "iwk"
role = "specialist"
endpoint = "iwk-emr"
primary = true
from = "2000-01-01"

[[role]]
practitioner = "p-comeau"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
primary = true
from = "2000-01-01"
"#;

const TO_FRASER: &str = "PRD|RT|Fraser^Ian|||||30011^LIC^NSMD";

impl Fixture {
    fn new() -> Self {
        Self::with(DIRECTORY)
    }

    fn with(directory: &str) -> Self {
        Self::over("referrals", Directory::from_toml(directory).unwrap())
    }

    fn file(&self, text: &str, now: Instant) {
        accept(&self.record, &Door::BySender, text.to_owned(), now);
        interpret(&self.record, now);
    }

    fn all(&self, kind: &str) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some(kind.into()), ..Default::default() };
        self.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    }

    fn open(&self, kind: &str) -> Vec<ObligationRow> {
        self.all(kind).into_iter().filter(|row| matches!(row.state, ObligationState::Open { .. })).collect()
    }

    fn owner(&self, kind: &str) -> String {
        match &self.open(kind).first().map(|row| row.state.clone()) {
            Some(ObligationState::Open { owner, .. }) => owner.clone(),
            other => panic!("nothing open of {kind}: {other:?}"),
        }
    }

    fn sent_to(&self, endpoint: &str) -> usize {
        let rows = self.store.view().unwrap().outbox(&OutboxFilter::default(), 99).unwrap();
        rows.iter().filter(|row| row.destination == endpoint).count()
    }
}

fn referral(control: &str, trigger: &str, priority: &str, to: &str, reason: &str) -> String {
    format!(
        "MSH|^~\\&|EMR|HILL|OPOR|NS|20251211080000-0400||REF^{trigger}|{control}|P|2.5.1\r\
         RF1|P|{priority}|OBS^Obstetric ultrasound|AM||R100^HILL||||{reason}\r\
         PRD|RP|Comeau^Anne|||||20011^LIC^NSMD\r{to}\r\
         PID|1||100001^^^HILL^MR||Drake^Mona||19910203|F\r"
    )
}

fn answer(control: &str, status: &str) -> String {
    format!(
        "MSH|^~\\&|CLINIC|IWK|OPOR|NS|20260113080000-0400||RRI^I12|{control}|P|2.5.1\rMSA|AA|1\r\
         RF1|{status}|S|OBS^Obstetric ultrasound|AM||R100^HILL\r\
         PRD|RP|Comeau^Anne|||||20011^LIC^NSMD\rPRD|RT|Fraser^Ian|||||30011^LIC^NSMD\r\
         PID|1||100001^^^HILL^MR||Drake^Mona||19910203|F\r"
    )
}

fn days(n: i64) -> Instant {
    DECEMBER_11.plus_minutes(n * DAY)
}

#[test]
fn h29_h32_the_timeline_of_the_lost_ultrasound_alarms_on_the_first_day_and_stays_open_until_decided() {
    let fixture = Fixture::new();
    fixture.file(&referral("1", "I12", "S", TO_FRASER, "R10^Bleeding"), DECEMBER_11);
    // The specialist's system is dead: nothing answers, and nothing needs to for somebody to own it.
    assert_eq!(fixture.sent_to("iwk-emr"), 1);
    assert_eq!(fixture.owner("referral"), "practitioner:p-fraser@iwk");
    let mut owners = Vec::new();
    for minutes in [31, 62, 243, 1_445] {
        fixture.record.escalate(DECEMBER_11.plus_minutes(minutes)).unwrap();
        owners.push(fixture.owner("referral"));
    }
    assert_eq!(owners, ["desk:covering", "desk:practice-lead", "desk:site-lead", "desk:safety"]);
    // 23 December: sent again in the same words. Nothing new is sent; the owner is told; the clock is the first one.
    fixture.file(&referral("2", "I12", "S", TO_FRASER, "R10^Bleeding"), days(12));
    let row = fixture.open("referral").remove(0);
    assert_eq!((fixture.all("referral").len(), fixture.sent_to("iwk-emr")), (1, 1));
    assert_eq!(row.opened, DECEMBER_11);
    let steps: Vec<String> =
        fixture.store.view().unwrap().events(row.id).unwrap().into_iter().map(|event| event.step).collect();
    assert_eq!(steps.iter().filter(|step| *step == "asked-again").count(), 1, "{steps:?}");
    // Until 13 January: still somebody's, reminded again and again.
    for day in 13..33 {
        fixture.record.escalate(days(day)).unwrap();
        assert_eq!(fixture.owner("referral"), "desk:safety");
    }
    // A receipt is no decision; a decision ends it, and goes back to who asked.
    fixture.file(&answer("3", "P"), days(33));
    assert_eq!(fixture.open("referral").len(), 1);
    fixture.file(&answer("4", "A"), days(33));
    assert!(fixture.open("referral").is_empty());
    assert!(fixture.sent_to("hill-emr") >= 2, "the receipt and the decision reach who asked");
}

#[test]
fn h31_a_priority_that_nobody_knows_is_urgent() {
    for (priority, gravity) in [("R", 0), ("A", 1), ("S", 2), ("", 2), ("XYZ", 2)] {
        let fixture = Fixture::new();
        fixture.file(&referral("1", "I12", priority, TO_FRASER, ""), DECEMBER_11);
        assert_eq!(fixture.open("referral")[0].gravity, gravity, "{priority}");
    }
}

#[test]
fn h29_a_referral_never_stands_without_owner() {
    for (to, owner) in [
        ("PRD|RT|Fraser^Ian|||||30011^LIC^NSMD", "practitioner:p-fraser@iwk"),
        ("PRD|RT||||||||||Women's Clinic^L", "desk:delivery"),
        ("PRD|RT|||||||||Women's Clinic^L^iwk", "practitioner:p-fraser@iwk"),
        ("PRD|RT|Nobody^Ned|||||99999^LIC^NSMD", "desk:delivery"),
        ("PRD|PP|Comeau^Anne|||||20011^LIC^NSMD", "desk:delivery"),
        ("NTE|1||no provider", "desk:delivery"),
    ] {
        let fixture = Fixture::new();
        fixture.file(&referral("1", "I12", "R", to, ""), DECEMBER_11);
        assert_eq!(fixture.owner("referral"), owner, "{to}");
        assert_eq!(fixture.open("unroutable").is_empty(), owner != "desk:delivery", "{to}");
    }
}

#[test]
fn h32_a_change_goes_to_whoever_had_it_and_a_withdrawal_ends_it() {
    let fixture = Fixture::new();
    fixture.file(&referral("1", "I12", "R", TO_FRASER, "R10^Bleeding"), DECEMBER_11);
    let due = |row: &ObligationRow| match &row.state {
        ObligationState::Open { due, .. } => *due,
        ObligationState::Ended { .. } => panic!("ended"),
    };
    let before = due(&fixture.open("referral")[0]);
    fixture.file(&referral("2", "I13", "S", TO_FRASER, "R10^Bleeding again"), days(1));
    let row = fixture.open("referral").remove(0);
    assert_eq!((fixture.all("referral").len(), row.gravity), (1, 2), "the highest urgency");
    assert!(due(&row) < before, "the sooner clock");
    assert_eq!(fixture.sent_to("iwk-emr"), 2, "the change is sent");
    fixture.file(&referral("3", "I14", "S", TO_FRASER, "R10^Bleeding again"), days(2));
    assert!(fixture.open("referral").is_empty());
    assert_eq!(fixture.sent_to("iwk-emr"), 3, "whoever has it is told that it is over");
}

#[test]
fn h29_an_answer_that_came_before_its_question_leaves_nothing_open() {
    let fixture = Fixture::new();
    fixture.file(&answer("1", "A"), DECEMBER_11);
    fixture.file(&referral("2", "I12", "S", TO_FRASER, "R10^Bleeding"), DECEMBER_11);
    assert!(fixture.open("referral").is_empty());
    // Asked again after that decision, it is a new question.
    let again = referral("3", "I12", "S", TO_FRASER, "R10^Bleeding again");
    fixture.file(&again.replace("20251211080000", "20260201080000"), days(60));
    assert_eq!(fixture.open("referral").len(), 1);
}

#[test]
fn h29_an_answer_ends_the_referral_of_its_own_issuer() {
    let fixture = Fixture::new();
    let first = referral("1", "I12", "S", TO_FRASER, "R10^Bleeding");
    fixture.file(&first, DECEMBER_11);
    fixture.file(&first.replace("R100^HILL", "R100^OTHER").replace("|1|P|", "|2|P|"), DECEMBER_11);
    assert_eq!(fixture.open("referral").len(), 2, "one number of two issuers is two referrals");
    fixture.file(&answer("3", "A"), days(33));
    assert_eq!(fixture.open("referral").len(), 1);
}

#[test]
fn h29_who_decides_in_the_portal_ends_it_and_the_system_of_who_asked_has_the_answer() {
    let fixture = Fixture::new();
    fixture.file(&referral("1", "I12", "R", TO_FRASER, "R10^Bleeding"), DECEMBER_11);
    decided(&fixture);
    let filter = OutboxFilter { destination: Some("hill-emr".to_owned()), ..OutboxFilter::default() };
    let view = fixture.store.view().unwrap();
    let bodies: Vec<String> = view
        .outbox(&filter, 10)
        .unwrap()
        .into_iter()
        .filter_map(|row| view.notice(row.obligation).unwrap())
        .map(|notice| String::from_utf8(notice.body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 1, "one answer, and nobody need ring them up: {bodies:?}");
    for part in ["RRI^I12", "\rMSA|AA|1\r", "\rRF1|R|", "Send to the hospital"] {
        assert!(bodies[0].contains(part), "{part}: {}", bodies[0]);
    }
    assert!(fixture.open("tell").is_empty());
}

#[test]
fn h29_who_asked_without_a_system_that_takes_answers_is_told_by_a_person() {
    let fixture = Fixture::new();
    let stranger = referral("1", "I12", "R", TO_FRASER, "R10^Bleeding").replace("20011", "99999");
    fixture.file(&stranger, DECEMBER_11);
    decided(&fixture);
    let told = fixture.open("tell").remove(0);
    assert!(told.words.contains("Send to the hospital") && told.recipient.contains("Comeau"), "{told:?}");
}

#[test]
fn h29_a_consultant_with_a_system_is_not_answered_in_place_of_who_asked() {
    // Who asked has a fax only, the consultant a line.
    let fax = DIRECTORY
        .replace("kind = \"mllp\"\naddress = \"127.0.0.1:2\"", "kind = \"fax\"\naddress = \"902 555 0100\"");
    let consultant = r#"
[[practitioner]]
id = "p-boudreau"
family = "Boudreau"
given = "Rose"
numbers = [ { authority = "NSMD", value = "40011" } ]

[[place]]
id = "shore"
name = "Shore Clinic"
kind = "clinic"

[[endpoint]]
id = "shore-emr"
place = "shore"
kind = "mllp"
address = "127.0.0.1:3"

[[role]]
practitioner = "p-boudreau"
place = "shore"
role = "specialist"
endpoint = "shore-emr"
primary = true
from = "2000-01-01"
"#;
    for part in ["CP", "PP"] {
        let fixture = Fixture::with(&format!("{fax}{consultant}"));
        let to = format!("PRD|{part}|Boudreau^Rose|||||40011^LIC^NSMD\r{TO_FRASER}");
        fixture.file(&referral("1", "I12", "R", &to, "R10^Bleeding"), DECEMBER_11);
        let before = fixture.sent_to("shore-emr");
        decided(&fixture);
        assert_eq!(fixture.sent_to("shore-emr"), before, "{part}: the decision is no consultant's");
        let told = fixture.open("tell").remove(0);
        assert!(told.words.contains("Send to the hospital") && told.recipient.contains("Comeau"), "{told:?}");
    }
}

/// Fraser declines the referral that waits; nobody else can, and not without words.
fn decided(fixture: &Fixture) {
    let row = fixture.open("referral").remove(0);
    let request = row.resource.unwrap();
    let person = fixture.store.view().unwrap().record(request.record).unwrap().unwrap().person;
    let actor = |practitioner: &str| Context {
        actor: Actor {
            through: None,
            id: practitioner.into(),
            role: Role::FamilyDoctor,
            name: "Fraser, Ian".into(),
            practitioner: Some(practitioner.into()),
        },
        purpose: Purpose::Treatment,
        now: days(1),
    };
    let decide = |words: &str| Decide { person, request, decision: Decision::Decline, words: words.into() };
    assert!(fixture.record.act(&actor("p-comeau"), decide("no")).is_err(), "it waits for somebody else");
    assert!(fixture.record.act(&actor("p-fraser"), decide(" ")).is_err(), "words are owed");
    fixture.record.act(&actor("p-fraser"), decide("Send to the hospital")).unwrap();
    assert!(fixture.open("referral").is_empty());
}

fn order(control: &str, patient: &str) -> String {
    format!(
        "MSH|^~\\&|EMR|HILL|OPOR|NS|20251211080000-0400||ORM^O01|{control}|P|2.5.1\r\
         PID|1||{patient}\rORC|NW|P-77001^HILL||||||||||20011^Comeau^Anne^^^^^^NSMD\r\
         OBR|1|P-77001^HILL||2823-3^Potassium^LN\r"
    )
}

fn result(control: &str, patient: &str, status: &str, placer: &str, filler: &str) -> String {
    format!(
        "MSH|^~\\&|LIS|HRH|OPOR|NS|20251212080000-0400||ORU^R01|{control}|P|2.5.1\rPID|1||{patient}\r\
         ORC|RE|{placer}|{filler}|||||||||20011^Comeau^Anne^^^^^^NSMD\r\
         OBR|1|{placer}|{filler}|2823-3^Potassium^LN|||20251212|||||||||20011^Comeau^Anne^^^^^^NSMD||||||20251212||CH|{status}\r\
         OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|||||{status}\r"
    )
}

const MONA: &str = "100001^^^HRH^MR||Drake^Mona||19910203|F";
const BEA: &str = "200002^^^HRH^MR||Woods^Bea||19500607|F";

#[test]
fn h19_a_result_under_the_order_of_somebody_else_is_held_with_owner_and_words() {
    let fixture = Fixture::new();
    fixture.file(&order("1", MONA), DECEMBER_11);
    fixture.file(&result("2", BEA, "F", "P-77001^HILL", "F-900001^HRH"), days(1));
    let held = fixture.open("identity-review").remove(0);
    assert!(held.words.contains("P-77001") && !held.words.contains("Drake"), "{}", held.words);
    assert!(matches!(&held.state, ObligationState::Open { owner, .. } if owner == "desk:identity"));
    let message = fixture.store.view().unwrap().message(held.message.unwrap()).unwrap().unwrap();
    assert_eq!(message.state, MessageState::Held);
    assert_eq!(fixture.sent_to("hill-emr"), 0, "nobody is told what may be somebody else's");
    // For the patient of the order it is filed and sent.
    fixture.file(&result("3", MONA, "F", "P-77001^HILL", "F-900001^HRH"), days(1));
    assert_eq!(fixture.sent_to("hill-emr"), 1);
    // The filler's number is on file for Mona now: a correction for Bea is held as well.
    fixture.file(&result("4", BEA, "C", "P-1^OTHER", "F-900001^HRH"), days(2));
    assert_eq!(fixture.open("identity-review").len(), 2);
}

#[test]
fn h19_what_was_withdrawn_or_belongs_to_other_senders_and_years_is_no_contradiction() {
    let fixture = Fixture::new();
    let sent = |fixture: &Fixture| fixture.sent_to("hill-emr");
    // Withdrawn as the wrong patient's (OBX-11 W), then sent under the right one.
    fixture.file(&result("1", MONA, "F", "P-5^HILL", "F-900002^HRH"), DECEMBER_11);
    fixture.file(&result("2", MONA, "W", "P-5^HILL", "F-900002^HRH"), days(1));
    assert_eq!(sent(&fixture), 2, "who had it is told that it is withdrawn");
    fixture.file(&result("3", BEA, "F", "P-5^HILL", "F-900002^HRH"), days(1));
    assert_eq!(sent(&fixture), 3);
    // A bare number of a year ago, and a counter of today.
    fixture.file(&result("4", MONA, "F", "", "10044556"), days(2));
    fixture.file(&result("5", BEA, "F", "", "10044556"), days(400));
    fixture.file(&result("6", MONA, "F", "", "12"), days(401));
    fixture.file(&result("7", BEA, "F", "", "12"), days(401));
    assert_eq!(sent(&fixture), 7);
    assert!(fixture.open("identity-review").is_empty());
    fixture.file(&result("8", MONA, "F", "", "10044556"), days(401));
    assert_eq!(
        fixture.open("identity-review").len(),
        1,
        "the same bare number within a month is asked about"
    );
}

#[test]
fn h19_a_fillers_number_is_no_number_of_a_placer() {
    let fixture = Fixture::new();
    fixture.file(&result("1", MONA, "F", "P-6^HRH", "900003^HRH"), DECEMBER_11);
    fixture.file(&result("2", BEA, "F", "900003^HRH", "900004^HRH"), DECEMBER_11);
    assert_eq!((fixture.sent_to("hill-emr"), fixture.open("identity-review").len()), (2, 0));
}

#[test]
fn h19_the_latest_holder_of_a_number_counts_however_often_it_was_used_before() {
    let fixture = Fixture::new();
    for nth in 0..26_u8 {
        let letter = char::from(b'A' + nth);
        let patient = format!("3000{nth}^^^HRH^MR||{letter}nderson^{letter}my||19{:02}0203|F", 40 + nth);
        let day = i64::from(nth) * 401;
        fixture.file(&order(&format!("O{nth}"), &patient), days(day));
        fixture.file(&result(&format!("R{nth}"), MONA, "F", "P-77001^HILL", "F-900001^HRH"), days(day + 1));
        assert_eq!(fixture.open("identity-review").len(), usize::from(nth) + 1, "{patient}");
    }
}

#[test]
fn x14_a_duplicate_that_the_laboratory_cancels_is_told_to_every_orderer() {
    let fixture = Fixture::new();
    fixture.file(&order("1", MONA), DECEMBER_11);
    let cancelled = order("2", MONA)
        .replace("ORC|NW", "ORC|OC")
        .replace("20011^Comeau^Anne^^^^^^NSMD\r", "20011^Comeau^Anne^^^^^^NSMD~30011^Fraser^Ian^^^^^^NSMD\r");
    fixture.file(&cancelled, days(1));
    assert_eq!((fixture.sent_to("hill-emr"), fixture.sent_to("iwk-emr")), (1, 1));
    assert!(fixture.all("delivery").iter().all(|row| row.subject.starts_with("Order cancelled: Potassium")));
}
