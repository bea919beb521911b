//! Ways out over a store: dialects and their versions, the fallback with its reason, letters, collecting with a cursor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::deliveries::{
    Collect, Confirm, Letter, Letters, Offer, Posted, Reply, WaysOut, message_id, pages_in,
};
use actions::intake::Door;
use actions::values::{Purpose, Role};
use actions::{Actor, Context, Record, RefusalKind};
use clinical::directory::Directory;
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use sha2::Digest as _;
use store::{
    Changes, ObligationFilter, ObligationRow, ObligationState, OutboxChange, OutboxFilter, OutboxRow,
    OutboxState,
};

const NOW: Instant = Instant(1_795_356_300_000_000);

/// One clinic, its practitioner, and an endpoint of every sort; `{first}` is the one that routes lead to.
fn directory(first: &str) -> String {
    format!(
        r#"
[[place]]
id = "hill"
name = "Hill Clinic"
kind = "clinic"

[[endpoint]]
id = "hill-emr"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"
profile = "tidewater"
fallback = ["hill-fax", "hill-post"]

[[endpoint]]
id = "hill-old"
place = "hill"
kind = "mllp"
address = "127.0.0.1:1"
profile = "harbour"

[[endpoint]]
id = "hill-fax"
place = "hill"
kind = "fax"
address = "9025550100@/var/spool/fax"

[[endpoint]]
id = "hill-post"
place = "hill"
kind = "letter"
address = "1 Hill Road, Halifax NS"

[[endpoint]]
id = "hill-pull"
place = "hill"
kind = "fhir-subscription"
fallback = ["hill-post"]

[[endpoint]]
id = "shore-pull"
place = "hill"
kind = "fhir-subscription"

[[practitioner]]
id = "p-hill"
family = "Hill"
given = "Ana"
numbers = [ {{ authority = "NSMD", value = "7000" }} ]

[[role]]
practitioner = "p-hill"
place = "hill"
role = "family-physician"
endpoint = "{first}"
primary = true
from = "2000-01-01"
"#
    )
}

impl Fixture {
    fn new(first: &str) -> Self {
        Self::over("ways", Directory::from_toml(&directory(first)).unwrap())
    }

    /// Files one result with this OBX.
    fn file(&self, number: u32, obx: &str) {
        let by = "7000^Hill^Ana^^^^^^NSMD";
        let family = ["Drake", "Ober", "Quill", "Tansy", "Wren", "Yarrow"][number as usize % 6];
        let text = format!(
            "MSH|^~\\&|LIS|HRH|OPOR|NS|20261120100000-0400||ORU^R01^ORU_R01|C{number}|P|2.5.1\r\
             PID|1||10000{number}^^^HRH^MR~77{number}^^^LIS^PI||{family}^Mona||19610203|F\r\
             OBR|1|P-{number}|L-{number}|2823-3^Potassium^LN|||20261120093000-0400|||||||||{by}||||||20261120100000-0400||CH|F\r\
             OBX|1|{obx}||||F|||20261120093000-0400\r"
        );
        accept(&self.record, &Door::BySender, text, NOW);
        interpret(&self.record, NOW);
    }

    fn offers(&self, endpoint: &str) -> Vec<Offer> {
        self.record.offers_due(endpoint, NOW, 99).unwrap()
    }

    fn answer(&self, offer: &Offer, reply: Reply) {
        self.record.offer_answered(offer, &reply, NOW).unwrap();
    }

    fn delivery(&self) -> ObligationRow {
        let filter = ObligationFilter { kind: Some("delivery".into()), ..Default::default() };
        let mut rows = self.store.view().unwrap().obligations(&filter, 99, 0).unwrap();
        assert_eq!(rows.len(), 1, "one report to one recipient is owed once");
        rows.remove(0)
    }

    fn rows(&self) -> Vec<OutboxRow> {
        let filter = OutboxFilter { obligation: Some(self.delivery().id), ..Default::default() };
        let mut rows = self.store.view().unwrap().outbox(&filter, 99).unwrap();
        rows.reverse();
        rows
    }

    fn set(&self, row: OutboxRow) {
        let changes = Changes { outbox: vec![OutboxChange::Update(row)], ..Changes::default() };
        assert!(matches!(self.store.settle_blocking(changes), store::Settled::Done));
    }

    fn events(&self) -> Vec<(String, String)> {
        let events = self.store.view().unwrap().events(self.delivery().id).unwrap();
        events.into_iter().map(|event| (event.step, event.words)).collect()
    }

    fn audited(&self, verb: &str) -> usize {
        let rows = self.store.view().unwrap().audit_tail(9_999).unwrap();
        rows.into_iter().filter(|(_, row)| row.verb == verb).count()
    }
}

fn context(role: Role, id: &str) -> Context {
    let actor = Actor { through: None, id: id.into(), role, name: id.into(), practitioner: None };
    Context { actor, purpose: Purpose::Operations, now: NOW }
}

fn is_on_desk(row: &ObligationRow) -> bool {
    matches!(&row.state, ObligationState::Open { owner, .. } if owner.starts_with("desk:"))
}

const NUMBER: &str = "NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1";
const STRUCTURED: &str = "SN|T^Titre^L||>^100||";
const PDF: &str = "ED|PDF^Report^L||^application^pdf^Base64^JVBERi0xLjQK||";

#[test]
fn x07_what_the_emr_cannot_take_goes_by_fax_with_the_reason_in_the_chain() {
    let fixture = Fixture::new("hill-emr");
    fixture.file(1, STRUCTURED);
    assert!(fixture.offers("hill-emr").is_empty(), "Tidewater takes no structured numbers");
    let offers = fixture.offers("hill-fax");
    let pdf = &offers[0].bytes;
    assert_eq!(pages_in(pdf), Some(1));
    let rows = fixture.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].state, rows[1].state), (OutboxState::Closed, OutboxState::Waiting));
    assert_eq!(rows[1].control_id, format!("{}F1", rows[0].control_id));
    let told = fixture.events();
    let (_, words) = told.iter().find(|(step, _)| step == "fallback").expect("the chain says so");
    assert!(words.contains("no values of type SN") && words.contains("fax instead"), "{words}");
    assert!(words.contains("télécopie"), "in both languages: {words}");
    // Looking again makes no second fax.
    assert!(fixture.offers("hill-emr").is_empty());
    assert_eq!(fixture.rows().len(), 2);
    fixture.answer(&offers[0], Reply::Accepted { text: "1 of 1 pages".into() });
    let ended = matches!(fixture.delivery().state, ObligationState::Ended { ref outcome, .. } if outcome == "acknowledged");
    assert!(ended);
}

#[test]
fn x07_what_no_way_can_take_is_a_persons_and_says_why() {
    let fixture = Fixture::new("hill-emr");
    fixture.file(1, PDF);
    for endpoint in ["hill-emr", "hill-fax", "hill-post"] {
        assert!(fixture.offers(endpoint).is_empty(), "{endpoint}");
    }
    let row = fixture.delivery();
    assert!(is_on_desk(&row), "{:?}", row.state);
    assert!(row.words.contains("embeds a document"), "{}", row.words);
    assert_eq!(fixture.rows().len(), 3, "every way was tried once");
}

#[test]
fn d07_a_repeat_is_made_under_the_profile_of_the_first_offer() {
    let fixture = Fixture::new("hill-old");
    fixture.file(1, NUMBER);
    let newest = fixture.offers("hill-old").remove(0);
    assert!(newest.first && String::from_utf8_lossy(&newest.bytes).contains("|HARBOUR|"));
    // As if it had been offered while version 1 was the newest, which sends the first number alone.
    let version_1 = clinical::rendering::versions("harbour").last().unwrap();
    let before = String::from_utf8(newest.bytes.clone()).unwrap().replace("~771^^^LIS^PI", "");
    assert_ne!(before.as_bytes(), newest.bytes, "version {} differs", version_1.version);
    let digest = sha2::Sha256::digest(&before).to_vec();
    let row = OutboxRow { offered_digest: digest, ..fixture.rows().remove(0) };
    fixture.set(row.clone());
    let repeat = fixture.offers("hill-old").remove(0);
    assert_eq!(String::from_utf8_lossy(&repeat.bytes), before);
    fixture.set(OutboxRow { offered_digest: Vec::new(), ..row });
    // Once offered, the same bytes again; a digest that nothing makes is a person's.
    fixture.answer(&newest, Reply::Silent);
    let later = Instant(NOW.0 + 60_000_000);
    let again = fixture.record.offers_due("hill-old", later, 9).unwrap().remove(0);
    assert!(!again.first && again.bytes == newest.bytes);
    let row = fixture.rows().remove(0);
    fixture.set(OutboxRow { offered_digest: vec![7; 32], ..row });
    assert!(fixture.record.offers_due("hill-old", later, 9).unwrap().is_empty());
    assert!(is_on_desk(&fixture.delivery()));
}

/// By another way and another control id it would be stored twice by a receiver that has it already.
#[test]
fn d07_what_was_given_and_cannot_go_by_its_way_any_more_is_a_persons_and_goes_by_no_other() {
    let fixture = Fixture::new("hill-emr");
    fixture.file(1, NUMBER);
    let given = fixture.offers("hill-emr").remove(0);
    fixture.answer(&given, Reply::Silent);
    let text =
        directory("hill-emr").replacen("profile = \"tidewater\"", "accepts = { formats = [\"pdf\"] }", 1);
    let changed = Record::new(fixture.store.clone(), Directory::from_toml(&text).unwrap(), Vec::new());
    // A receiver that is back is offered what is due only in an hour; what is decided meanwhile is decided now.
    let later = Instant(NOW.0 + 3_600_000_000);
    let in_hand = std::collections::HashSet::new();
    assert!(changed.offers_beside("hill-emr", NOW, later, 9, &in_hand).unwrap().is_empty());
    let events = fixture.store.view().unwrap().events(fixture.delivery().id).unwrap();
    assert!(events.iter().all(|event| event.at <= NOW), "nothing is dated in the future: {events:?}");
    assert_eq!(fixture.rows().len(), 1, "it went by no other way");
    assert!(is_on_desk(&fixture.delivery()));
    assert!(fixture.delivery().words.contains("the receiver may have it"), "{}", fixture.delivery().words);
}

#[test]
fn d07_a_line_that_breaks_after_bytes_were_given_does_not_make_them_free_again() {
    let fixture = Fixture::new("hill-old");
    fixture.file(1, NUMBER);
    let first = fixture.offers("hill-old").remove(0);
    fixture.answer(&first, Reply::Unreachable("refused".into()));
    assert!(fixture.rows()[0].offered_digest.is_empty(), "nothing was given yet");
    let later = |minutes: i64| Instant(NOW.0 + minutes * 60_000_000);
    let offer = |minutes| fixture.record.offers_due("hill-old", later(minutes), 9).unwrap().remove(0);
    let given = offer(1);
    assert!(given.first);
    fixture.record.offer_answered(&given, &Reply::Silent, later(1)).unwrap();
    let again = offer(2);
    fixture.record.offer_answered(&again, &Reply::Unreachable("refused".into()), later(2)).unwrap();
    assert!(!offer(3).first);
    // The system is another one now, which would have other bytes under the same control id.
    let text = directory("hill-old").replace("profile = \"harbour\"", "profile = \"tidewater\"");
    let changed = Record::new(fixture.store.clone(), Directory::from_toml(&text).unwrap(), Vec::new());
    let offers = changed.offers_due("hill-old", later(3), 9).unwrap();
    assert!(offers.iter().all(|offer| offer.bytes == given.bytes), "byte-identical or not at all");
    assert_eq!(offers.is_empty(), is_on_desk(&fixture.delivery()));
}

#[test]
fn rt09_a_letter_is_the_desks_from_the_first_and_ends_when_every_page_is_posted() {
    let fixture = Fixture::new("hill-post");
    fixture.file(1, NUMBER);
    let offer = fixture.offers("hill-post").remove(0);
    fixture.answer(&offer, Reply::ByHand);
    let owed = fixture.delivery();
    assert!(is_on_desk(&owed), "{:?}", owed.state);
    assert!(fixture.offers("hill-post").is_empty(), "no machine offers it again");
    let desk = context(Role::LaboratoryDesk, "Desk, Dana");
    let list = fixture.record.look(&desk, Letters).unwrap();
    assert_eq!((list.len(), list[0].obligation), (1, owed.id));
    assert_eq!(list[0].address, "1 Hill Road, Halifax NS");
    let pages = fixture.record.look(&desk, Letter { obligation: owed.id, french: false }).unwrap();
    assert_eq!((pages.pdf == offer.bytes, pages.pages), (true, 1));
    let french = fixture.record.look(&desk, Letter { obligation: owed.id, french: true }).unwrap();
    assert_ne!(french.pdf, pages.pdf);
    assert_eq!(fixture.audited("handle-delivery"), 3, "the list and each print are audited");
    let doctor = context(Role::FamilyDoctor, "Dr");
    let refused = fixture.record.look(&doctor, Letter { obligation: owed.id, french: false }).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::NotAllowed);
    let short =
        fixture.record.act(&desk, Posted { obligation: owed.id, pages: 2, french: false }).unwrap_err();
    assert!(short.words.en.contains("has 1 pages"), "{}", short.words.en);
    fixture.record.act(&desk, Posted { obligation: owed.id, pages: 1, french: true }).unwrap();
    assert!(
        matches!(fixture.delivery().state, ObligationState::Ended { ref outcome, .. } if outcome == "another-way")
    );
    assert!(fixture.record.look(&desk, Letters).unwrap().is_empty());
    assert!(
        fixture.record.act(&desk, Posted { obligation: owed.id, pages: 1, french: false }).is_err(),
        "once"
    );
}

#[test]
fn rt07_what_waits_for_a_receiver_that_is_away_waits_until_its_cursor_passes_it() {
    let fixture = Fixture::new("hill-pull");
    for number in 1..=5 {
        fixture.file(number, NUMBER);
    }
    let there = |days: i64| Context {
        now: Instant(NOW.0 + days * 86_400_000_000),
        ..context(Role::Receiver, "hill-pull")
    };
    let take = |since: u64, count: usize, days: i64| {
        let found = fixture.record.look(&there(days), Collect { since, count }).unwrap();
        fixture.record.hand_over_events(&found.events, there(days).now).unwrap();
        found
    };
    // Nothing was handed over: no number confirms anything.
    fixture.record.act(&there(0), Confirm { up_to: 99 }).unwrap();
    // Days later everything is there, in order, and the same whenever it is asked for.
    let first = take(0, 3, 6);
    assert_eq!((first.events.len(), first.more), (3, true));
    let again = take(0, 3, 6);
    let bytes = |events: &actions::deliveries::Events| -> Vec<Vec<u8>> {
        events.events.iter().map(|event| event.offer.bytes.clone()).collect()
    };
    assert_eq!(bytes(&first), bytes(&again), "byte for byte");
    assert!(again.events.iter().all(|event| !event.offer.first));
    let id = message_id(&first.events[0].offer.control_id);
    assert!(String::from_utf8_lossy(&first.events[0].offer.bytes).contains(&id));
    let numbers: Vec<u64> = first.events.iter().map(|event| event.number).collect();
    assert!(numbers.is_sorted());
    assert!(fixture.audited("collect-reports") >= 6, "each person of each look is audited");
    // The cursor ends what it passes, and only what was handed over.
    fixture.record.act(&there(6), Confirm { up_to: 9_999 }).unwrap();
    let rest = take(0, 100, 7);
    assert_eq!((rest.events.len(), rest.more), (2, false));
    assert!(rest.events.iter().all(|event| event.number > numbers[2] && event.offer.first));
    fixture.record.act(&there(7), Confirm { up_to: rest.events[1].number }).unwrap();
    assert!(take(0, 100, 8).events.is_empty());
    // Another endpoint's token sees nothing of it, nor does one that collects nothing.
    let other =
        fixture.record.look(&context(Role::Receiver, "shore-pull"), Collect { since: 0, count: 9 }).unwrap();
    assert!(other.events.is_empty());
    let none = fixture.record.look(&context(Role::Receiver, "hill-emr"), Collect { since: 0, count: 9 });
    assert_eq!(none.unwrap_err().kind, RefusalKind::NotFound);
    let script = fixture.record.look(&context(Role::Script, "hill-pull"), Collect { since: 0, count: 9 });
    assert_eq!(script.unwrap_err().kind, RefusalKind::NotAllowed);
}

#[test]
fn x07_every_way_says_what_it_cannot_take() {
    let fixture = Fixture::new("hill-emr");
    let ways = fixture.record.look(&context(Role::LaboratoryDesk, "desk"), WaysOut).unwrap();
    let emr = ways.iter().find(|way| way.endpoint == "hill-emr").unwrap();
    assert_eq!(emr.dialect, "Tidewater Charts 1");
    assert_eq!(emr.fallback, ["hill-fax", "hill-post"]);
    assert!(emr.limits.iter().any(|limit| limit.en == "No embedded documents."), "{:?}", emr.limits);
    assert!(
        ways.iter().all(|way| way.limits.iter().all(|limit| !limit.en.is_empty() && !limit.fr.is_empty()))
    );
}
