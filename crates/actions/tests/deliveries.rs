//! Deliveries that meet people, corrections and a directory that changes, over a store in a folder of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::deliveries::{Close, Desk, DeskFilter, Figures, Offer, Receive, Reply, SendAgain};
use actions::intake::Door;
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record, Refusal, RefusalKind};
use clinical::directory::Directory;
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use store::{
    Changes, MessageId, ObligationChange, ObligationFilter, ObligationId, ObligationRow, ObligationState,
    OutboxChange, OutboxFilter, OutboxId, OutboxRow, OutboxState,
};

const NOW: Instant = Instant(1_795_356_300_000_000);

/// A clinic with a system, and a practitioner who reads in the portal only.
const DIRECTORY: &str = r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"

[[place]]
id = "shore"
name = "Shore Clinic"
kind = "clinic"

[[endpoint]]
id = "hill-emr"
reports_opening = true
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"

[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
numbers = [ { authority = "NSMD", value = "7000" } ]

[[practitioner]]
id = "p-shore"
family = "Shore"
given = "Ben"
numbers = [ { authority = "NSMD", value = "7001" } ]

[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "hill-emr"
primary = true
from = "2000-01-01"

[[role]]
practitioner = "p-shore"
place = "shore"
role = "family-physician"
primary = true
from = "2000-01-01"
"#;
const HILL: &str = "7000^Hill^Ana^^^^^^NSMD";
const SHORE: &str = "7001^Shore^Ben^^^^^^NSMD";

impl Fixture {
    fn new() -> Self {
        Self::over("deliveries", Directory::from_toml(DIRECTORY).unwrap())
    }

    /// The same store with another directory.
    fn with_directory(&self, text: &str) -> Record {
        Record::new(self.store.clone(), Directory::from_toml(text).unwrap(), Vec::new())
    }

    fn file(&self, record: &Record, control_id: &str, status: char, value: &str, orderer: &str) {
        self.file_at(NOW, record, control_id, status, value, orderer);
    }

    fn file_at(
        &self,
        now: Instant,
        record: &Record,
        control_id: &str,
        status: char,
        value: &str,
        orderer: &str,
    ) {
        let text = format!(
            "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r\
             PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
             ORC|RE|P-1|L-1||CM|||||||{orderer}\r\
             OBR|1|P-1|L-1|2823-3^Potassium^LN|||20261120093000-0400|||||||||{orderer}||||||20261120100000-0400||CH|{status}\r\
             OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|3.5-5.1|N|||{status}|||20261120093000-0400\r"
        );
        accept(record, &Door::BySender, text, now);
        interpret(record, now);
    }

    fn obligations(&self, kind: &str) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some(kind.into()), ..Default::default() };
        let mut rows = self.store.view().unwrap().obligations(&filter, 99, 0).unwrap();
        rows.sort_by_key(|row| row.version);
        rows
    }

    fn obligation(&self, id: ObligationId) -> ObligationRow {
        self.store.view().unwrap().obligation(id).unwrap().unwrap()
    }

    fn sent(&self, id: ObligationId) -> OutboxRow {
        let filter = OutboxFilter { obligation: Some(id), ..Default::default() };
        self.store.view().unwrap().outbox(&filter, 1).unwrap().remove(0)
    }

    fn offers(&self) -> Vec<Offer> {
        self.record.offers_due("hill-emr", NOW, 99).unwrap()
    }

    fn close(&self, obligation: ObligationId) -> Result<(), Refusal> {
        self.record.act(&desk(), Close { obligation, reason: "read out by telephone".into() })
    }

    fn steps(&self, id: ObligationId) -> Vec<String> {
        self.store.view().unwrap().events(id).unwrap().into_iter().map(|event| event.step).collect()
    }
}

fn desk() -> Context {
    let actor = Actor {
        through: None,
        id: "desk".into(),
        role: Role::LaboratoryDesk,
        name: "Desk, Dana".into(),
        practitioner: None,
    };
    Context { actor, purpose: Purpose::Operations, now: NOW }
}

fn outcome(row: &ObligationRow) -> &str {
    match &row.state {
        ObligationState::Open { .. } => "open",
        ObligationState::Ended { outcome, .. } => outcome,
    }
}

fn is_on_desk(row: &ObligationRow) -> bool {
    matches!(&row.state, ObligationState::Open { owner, .. } if owner.starts_with("desk:"))
}

#[test]
fn an_answer_never_reopens_what_a_person_closed_meanwhile() {
    for reply in [
        Reply::Silent,
        Reply::Unreachable("refused".into()),
        Reply::Rejected { text: "no".into() },
        Reply::Accepted { text: String::new() },
    ] {
        let fixture = Fixture::new();
        fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
        let offer = fixture.offers().remove(0);
        let owed = fixture.obligations("delivery").remove(0);
        fixture.close(owed.id).unwrap();
        fixture.record.offer_answered(&offer, &reply, NOW).unwrap();
        let after = fixture.obligation(owed.id);
        assert_eq!(outcome(&after), "another-way", "{reply:?}");
        assert_eq!(fixture.sent(owed.id).state, OutboxState::Closed);
        assert!(fixture.offers().is_empty());
        let noted = fixture.steps(owed.id).iter().filter(|step| *step == "noted").count();
        assert_eq!(noted, usize::from(!matches!(reply, Reply::Unreachable(_))), "{reply:?}");
    }
}

#[test]
fn h12_an_offer_that_cannot_be_made_stops_no_other() {
    let fixture = Fixture::new();
    let lost = ObligationId(77);
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let good = fixture.obligations("delivery").remove(0);
    let sent = fixture.sent(good.id);
    let other = fhir::RecordId::of("HRH", "200002");
    let report = fhir::ResourceKey::of(other, fhir::Kind::DiagnosticReport, &["L-9"]);
    let owed =
        ObligationRow { id: lost, record: Some(other), resource: Some(report), revision: 1, ..good.clone() };
    let waiting = OutboxRow {
        id: OutboxId(0),
        record: other,
        report,
        obligation: lost,
        control_id: "R-lost".into(),
        message: MessageId::new(sent.message.link(), 999),
        ..sent
    };
    let changes = Changes {
        obligations: vec![ObligationChange::Open(owed)],
        outbox: vec![OutboxChange::Queue(waiting)],
        ..Changes::default()
    };
    assert!(matches!(fixture.store.settle_blocking(changes), store::Settled::Done));
    let offers = fixture.offers();
    assert_eq!(offers.len(), 1, "the others go on");
    assert_eq!(fixture.sent(lost).state, OutboxState::Refused);
    let row = fixture.obligation(lost);
    assert!(is_on_desk(&row), "{row:?}");
    assert!(row.words.contains("not in the journal"), "{}", row.words);
}

#[test]
fn a_superseded_version_is_not_sent_again() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let offer = fixture.offers().remove(0);
    fixture.record.offer_answered(&offer, &Reply::Rejected { text: "closed".into() }, NOW).unwrap();
    let old = fixture.obligations("delivery").remove(0);
    fixture.file(&fixture.record, "2", 'C', "6.9", HILL);
    assert_eq!(fixture.obligations("delivery").len(), 2);
    let refused = fixture.record.act(&desk(), SendAgain { obligation: old.id }).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.words.en.contains("Version 2"), "{}", refused.words.en);
    let offers = fixture.offers();
    assert_eq!(offers.len(), 1);
    fixture.record.offer_answered(&offers[0], &Reply::Accepted { text: String::new() }, NOW).unwrap();
    assert_eq!(outcome(&fixture.obligation(old.id)), "recalled");
    assert_eq!(fixture.sent(old.id).state, OutboxState::Closed);
    assert!(fixture.offers().is_empty());
}

#[test]
fn a_portal_reader_of_a_former_version_is_told_of_its_correction() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", SHORE);
    assert_eq!(fixture.obligations("attention").len(), 1);
    fixture.file(&fixture.record, "2", 'C', "6.9", HILL);
    let told: Vec<_> = fixture
        .obligations("attention")
        .into_iter()
        .filter(|row| row.version == 2)
        .map(|row| (row.recipient_id.clone(), outcome(&row).to_owned()))
        .collect();
    assert!(told.contains(&("p-shore".into(), "open".into())), "{told:?}");
    assert!(told.contains(&("p-hill".into(), "open".into())), "{told:?}");
}

#[test]
fn a_former_recipient_by_another_way_has_the_correction_by_it() {
    for kind in ["fax", "file-drop", "fhir-subscription"] {
        let fixture = Fixture::new();
        let address = if kind == "fax" { "9025550100@/var/spool/fax" } else { "/var/spool/hill" };
        let text = DIRECTORY
            .replace("reports_opening = true\n", "")
            .replace("kind = \"mllp\"", &format!("kind = \"{kind}\""))
            .replace("127.0.0.1:1", address);
        let record = fixture.with_directory(&text);
        fixture.file(&record, "1", 'F', "4.1", HILL);
        fixture.file(&record, "2", 'C', "6.9", SHORE);
        let told: Vec<_> =
            fixture.obligations("delivery").into_iter().filter(|row| row.version == 2).collect();
        assert!(told.iter().any(|row| row.recipient_id == "hill-emr"), "{kind}: {told:?}");
        assert!(fixture.obligations("unroutable").is_empty(), "{kind}: there is a way to them");
    }
}

#[test]
fn rt11_a_leave_ends_at_midnight_in_the_province() {
    let fixture = Fixture::new();
    let leave = "[[absence]]\nid = \"a-hill\"\npractitioner = \"p-hill\"\nkind = \"leave\"\ncover = \"p-shore\"\n\
                 from = \"2026-11-01\"\nto = \"2026-11-24\"\n";
    let record = fixture.with_directory(&format!("{DIRECTORY}\n{leave}"));
    // 2026-11-24 21:30 in Halifax, when it is the 25th in UTC.
    let last_evening = Instant(1_795_564_800_000_000).plus_minutes(90);
    fixture.file_at(last_evening, &record, "1", 'F', "4.1", HILL);
    let asked = fixture.obligations("attention");
    assert!(asked.iter().any(|row| row.recipient_id == "p-shore"), "the cover: {asked:?}");
    assert!(fixture.obligations("delivery").is_empty(), "nothing goes to who is away");
}

#[test]
fn an_endpoint_that_left_the_directory_leaves_its_deliveries_to_the_desk() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let owed = fixture.obligations("delivery").remove(0);
    let without = DIRECTORY
        .replace(
            "[[endpoint]]\nid = \"hill-emr\"\nreports_opening = true\nplace = \"hill\"\nkind = \"mllp\"\naddress = \"127.0.0.1:1\"\n",
            "",
        )
        .replace("endpoint = \"hill-emr\"\n", "");
    let record = fixture.with_directory(&without);
    record.escalate(NOW).unwrap();
    let row = fixture.obligation(owed.id);
    assert!(is_on_desk(&row), "{row:?}");
    assert!(row.words.contains("hill-emr"), "{}", row.words);
    assert_eq!(record.hand_over_unserved(NOW).unwrap(), 0, "once");
    let refused = record.act(&desk(), SendAgain { obligation: owed.id }).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    fixture.file(&record, "2", 'C', "6.9", SHORE);
    let desk: Vec<_> = fixture.obligations("unroutable");
    assert_eq!(desk.len(), 1, "its former recipient has no way any more: {desk:?}");
    assert_eq!(desk[0].recipient, owed.recipient);
}

#[test]
fn the_opened_line_leaves_an_audit_row_about_its_patient() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let owed = fixture.obligations("delivery").remove(0);
    let look = Desk { filter: DeskFilter::Feed, picked: Some(owed.id) };
    let seen = fixture.record.look(&desk(), look).unwrap();
    assert!(seen.lines.is_empty() && seen.picked.is_some());
    let (_, row) = fixture.store.view().unwrap().audit_tail(1).unwrap().remove(0);
    assert_eq!(row.actor, "desk");
    assert!(row.person.is_some(), "{row:?}");
    assert!(row.object.contains(&owed.id.to_string()), "{row:?}");
}

#[test]
fn the_desk_counts_what_desks_own_and_nothing_else() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let tabs = fixture.record.look(&desk(), Figures).unwrap().tabs;
    assert!(tabs.iter().all(|(_, n)| *n == 0), "nobody's desk yet: {tabs:?}");
    let offer = fixture.offers().remove(0);
    fixture.record.offer_answered(&offer, &Reply::Rejected { text: "closed".into() }, NOW).unwrap();
    for filter in [DeskFilter::All, DeskFilter::NotDelivered] {
        let seen = fixture.record.look(&desk(), Desk { filter, picked: None }).unwrap();
        assert_eq!(seen.lines.len(), 1);
        assert!(seen.tabs.contains(&(filter, 1)), "{:?}", seen.tabs);
    }
}

#[test]
fn a_receipt_is_kept_over_what_happened_in_the_same_instant() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let offer = fixture.offers().remove(0);
    let owed = fixture.obligations("delivery").remove(0);
    // The first answer changes the obligation after both were laid over what it was.
    let accepted = Reply::Accepted { text: String::new() };
    let kept = fixture.record.offers_answered(&[(&offer, &Reply::Silent), (&offer, &accepted)], NOW);
    assert!(kept.iter().all(Result::is_ok), "{kept:?}");
    assert_eq!(outcome(&fixture.obligation(owed.id)), "acknowledged");
}

#[test]
fn an_offer_that_a_person_asked_for_can_be_told_from_the_one_that_was_refused() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", HILL);
    let offer = fixture.offers().remove(0);
    let owed = fixture.obligations("delivery").remove(0);
    fixture.record.offer_answered(&offer, &Reply::Underway { look_again_seconds: 1 }, NOW).unwrap();
    let later = NOW.plus_seconds(2);
    let looked = fixture.record.offers_due("hill-emr", later, 9).unwrap().remove(0);
    fixture.record.offer_answered(&looked, &Reply::Rejected { text: "closed".into() }, later).unwrap();
    fixture.record.act(&desk(), SendAgain { obligation: owed.id }).unwrap();
    let again = fixture.record.offers_due("hill-emr", later, 9).unwrap().remove(0);
    assert!(!again.first && again.bytes == offer.bytes);
    assert!(again.attempts > looked.attempts, "{} after {}", again.attempts, looked.attempts);
}

#[test]
fn who_read_a_former_version_has_not_taken_note_of_its_correction() {
    let fixture = Fixture::new();
    fixture.file(&fixture.record, "1", 'F', "4.1", SHORE);
    fixture.file(&fixture.record, "2", 'C', "6.9", SHORE);
    let open = || fixture.obligations("attention").into_iter().filter(|row| outcome(row) == "open").count();
    assert_eq!(open(), 1);
    let report = fixture.obligations("attention").remove(0).resource.unwrap();
    let person = fixture.store.view().unwrap().record(report.record).unwrap().unwrap().person;
    let actor = Actor {
        through: None,
        id: "shore".into(),
        role: Role::FamilyDoctor,
        name: "Shore, Ben".into(),
        practitioner: Some("p-shore".into()),
    };
    let shore = Context { actor, purpose: Purpose::Treatment, now: NOW };
    let have = |version| fixture.record.act(&shore, Receive { person, report, version });
    let refused = have(1).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.words.en.contains("newer version came (version 2)"), "{}", refused.words.en);
    assert_eq!(open(), 1, "the correction is still to be read");
    let unread = have(2).unwrap_err();
    assert!(unread.words.en.contains("unread"), "{}", unread.words.en);
    fixture.record.look(&shore, actions::reports::Read { person, report, version: None }).unwrap();
    have(2).unwrap();
    assert_eq!(open(), 0);
}
