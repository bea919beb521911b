//! A test result by every way on which something comes back, and none where nothing does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod fixture;

use actions::canary::Daily;
use actions::deliveries::{Collect, Confirm, Reply, pages_in};
use actions::reconcilers::Reconcilers;
use actions::values::{Purpose, Role};
use actions::{Actor, Context};
use clinical::directory::Directory;
use fhir::Instant;
use fixture::{Fixture, accept, interpret};
use store::{ObligationFilter, ObligationRow, ObligationState};

/// Monday 2026-11-23 10:00 in Halifax.
const TEN: Instant = Instant(1_795_406_400_000_000 + 10 * 3_600_000_000);

/// A clinic with a way of every sort.
fn directory() -> Directory {
    let mut text = String::from("[[place]]\nid = \"hill\"\nname = \"Hill Clinic\"\nkind = \"clinic\"\n");
    for (id, kind, address, more) in [
        ("line", "mllp", "127.0.0.1:1", ""),
        ("drop", "file-drop", "/srv/drop", ""),
        ("push", "fhir", "http://127.0.0.1:1/fhir", ""),
        ("talk", "fhir", "http://127.0.0.1:1/fhir", "profile = \"message\"\n"),
        ("pull", "fhir-subscription", "", ""),
        ("fax", "fax", "9025550100@/var/spool/fax", ""),
        ("post", "letter", "1 Hill Road, Halifax NS", ""),
    ] {
        text.push_str(&format!(
            "[[endpoint]]\nid = \"{id}\"\nplace = \"hill\"\nkind = \"{kind}\"\naddress = \"{address}\"\n\
             hours = \"Mo-Fr 08:00-17:00\"\nfallback = [\"{}\"]\n{more}",
            if id == "post" { "fax" } else { "post" }
        ));
    }
    Directory::from_toml(&text).unwrap()
}

fn who(role: Role, id: &str, now: Instant) -> Context {
    let actor = Actor { through: None, id: id.into(), role, name: id.into(), practitioner: None };
    Context { actor, purpose: Purpose::Operations, now }
}

fn canaries(fixture: &Fixture) -> Vec<ObligationRow> {
    let filter = ObligationFilter { kind: Some("canary".into()), ..Default::default() };
    let mut rows = fixture.store.view().unwrap().obligations(&filter, 99, 0).unwrap();
    rows.sort_by(|a, b| a.recipient_id.cmp(&b.recipient_id));
    rows
}

#[test]
fn h14_every_way_that_confirms_carries_a_test_result_in_the_form_of_its_reports() {
    let fixture = Fixture::over("canaries", directory());
    let mut reconcilers = Reconcilers::new(fixture.record.clone(), TEN);
    assert!(reconcilers.round(TEN).is_empty());
    let sent: Vec<String> = canaries(&fixture).into_iter().map(|row| row.recipient_id).collect();
    assert_eq!(sent, ["drop", "fax", "line", "pull", "push", "talk"], "all but the post");

    let offer = |endpoint: &str| fixture.record.offers_due(endpoint, TEN, 9).unwrap().remove(0);
    let text = |endpoint: &str| String::from_utf8_lossy(&offer(endpoint).bytes).into_owned();
    assert!(text("line").starts_with("MSH|") && text("line").contains("|T|2.5.1"));
    assert!(text("drop").starts_with("<?xml") && text("drop").contains("No patient: test of the line"));
    assert_eq!(pages_in(&offer("fax").bytes), Some(1));
    for (endpoint, form) in [("push", "transaction"), ("talk", "message")] {
        let bundle = text(endpoint);
        assert!(bundle.contains(&format!("\"type\":\"{form}\"")) && bundle.contains("HTEST"), "{bundle}");
        assert_eq!(offer(endpoint).bytes, offer(endpoint).bytes, "a repeat is the same bytes");
    }
    for endpoint in ["line", "drop", "fax", "push", "talk"] {
        let accepted = Reply::Accepted { text: String::new() };
        fixture.record.offer_answered(&offer(endpoint), &accepted, TEN.plus_minutes(2)).unwrap();
    }
    let receiver = who(Role::Receiver, "pull", TEN.plus_minutes(3));
    let found = fixture.record.look(&receiver, Collect { since: 0, count: 9 }).unwrap();
    assert_eq!((found.events.len(), found.left_out), (1, 0));
    fixture.record.hand_over_events(&found.events, TEN.plus_minutes(3)).unwrap();
    fixture.record.act(&receiver, Confirm { up_to: found.events[0].number }).unwrap();
    for row in canaries(&fixture) {
        assert!(
            matches!(&row.state, ObligationState::Ended { outcome, .. } if outcome == "acknowledged"),
            "{row:?}"
        );
    }
    let wall = fixture.record.look(&who(Role::LaboratoryDesk, "desk", TEN.plus_minutes(4)), Daily).unwrap();
    assert_eq!(wall.iter().filter(|line| line.acknowledged.is_some()).count(), 6);
    let post = wall.iter().find(|line| line.endpoint == "post").expect("it is said where none can go");
    assert!(post.sent.is_none() && post.words.en.contains("post"), "{}", post.words.en);

    // Another day: where pages of a fax were confirmed within the day they are the test, and no paper is spent.
    let next = TEN.plus_minutes(23 * 60);
    assert!(reconcilers.round(next).is_empty());
    let again: Vec<String> = canaries(&fixture)
        .into_iter()
        .filter(|row| matches!(row.state, ObligationState::Open { .. }))
        .map(|row| row.recipient_id)
        .collect();
    assert_eq!(again, ["drop", "line", "pull", "push", "talk"]);
}

#[test]
fn h14_a_test_result_never_goes_by_another_way_and_a_slow_way_has_its_time() {
    let fixture = Fixture::over("canaries", directory());
    let mut reconcilers = Reconcilers::new(fixture.record.clone(), TEN);
    assert!(reconcilers.round(TEN).is_empty());
    let due = |endpoint: &str| {
        let row = canaries(&fixture).into_iter().find(|row| row.recipient_id == endpoint).unwrap();
        match row.state {
            ObligationState::Open { due, .. } => (due.0 - TEN.0) / 60_000_000,
            ObligationState::Ended { .. } => panic!("it has ended"),
        }
    };
    assert_eq!((due("line"), due("push")), (15, 15));
    assert_eq!((due("drop"), due("fax"), due("pull")), (240, 240, 240));
    let offer = fixture.record.offers_due("drop", TEN, 9).unwrap().remove(0);
    let refused = Reply::Rejected { text: "no such patient".into() };
    fixture.record.offer_answered(&offer, &refused, TEN).unwrap();
    assert!(fixture.record.offers_due("post", TEN, 9).unwrap().is_empty(), "what was refused is a person's");
    let rows = canaries(&fixture);
    let row = rows.iter().find(|row| row.recipient_id == "drop").unwrap();
    assert!(matches!(&row.state, ObligationState::Open { human: true, .. }), "{row:?}");
    // The fixture's own helpers: a message that comes meanwhile is filed and has no part in it.
    let text = "MSH|^~\\&|LIS|HRH|OPOR|NS|20261123100000-0400||ADT^A08^ADT_A01|A1|P|2.5.1\r\
                PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r";
    accept(&fixture.record, &actions::intake::Door::BySender, text.to_owned(), TEN);
    interpret(&fixture.record, TEN);
    assert_eq!(canaries(&fixture).len(), rows.len());
}
