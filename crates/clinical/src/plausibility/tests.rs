//! The guard on messages, and the breaker on scripts of facts.

use super::*;
use crate::identity::{Claim, Identifier, IdentifierSort, Name, Sex};
use fhir::{PersonId, RecordId};

#[path = "../../examples/breaker/traffic.rs"]
mod traffic;

const MESSAGE: &str = "MSH|^~\\&|LAB|HRH|||20261122101500||ORU^R01|1|P|2.5.1\r\
    PID|1||0041-702-816^^^CANNS^JHN~A1^^^HRH^MR||L\u{e9}ger^Ann||19800101|F\r\
    PV1|1|I|6A^612^1||||7001^Fundy||||||||||||V1\r\
    ORC|RE|P1|F1|||||||||7002^Aspy\rOBR|1|P1|F1|2823-3^Potassium^LN|||20261122093000|||||||||7002^Aspy|||||||||F\r\
    OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|||||F\rSPM|1|S1\r";

fn identifier(sort: IdentifierSort, authority: &str, value: &str) -> Identifier {
    Identifier { sort, authority: authority.to_owned(), value: value.to_owned() }
}

fn claim(own: Identifier, family: &str, born: &str) -> Claim {
    Claim {
        own: Some(own.clone()),
        identifiers: vec![own],
        names: vec![Name { family: family.to_owned(), given: "Ann".to_owned(), ..Name::default() }],
        birth_date: born.to_owned(),
        sex: Sex::Female,
        ..Claim::default()
    }
}

fn same(bytes: &[u8], claim: &Claim, default_authority: &str) -> bool {
    let own = claim.own.clone().expect("an identifier");
    let raw = Raw::parse(bytes).expect("a message");
    let about = About { record: RecordId::of(&own.authority, &own.value), claim, accessions: &["F1"] };
    same_person(&raw, default_authority, &[about]).is_ok()
}

#[test]
fn h01_the_person_read_again_must_be_the_one_filed_on() {
    use IdentifierSort::{HealthCard, RecordNumber};
    let born = "1980-01-01";
    let cases = [
        (claim(identifier(RecordNumber, "HRH", "A1"), "L\u{e9}ger", born), true, "the record number"),
        (claim(identifier(HealthCard, "NS", "0041702816"), "L\u{e9}ger", born), true, "the card"),
        (claim(identifier(RecordNumber, "HRH", "A2"), "L\u{e9}ger", born), false, "another number"),
        (claim(identifier(RecordNumber, "VGH", "A1"), "L\u{e9}ger", born), false, "another authority"),
        (claim(identifier(HealthCard, "NB", "0041702816"), "L\u{e9}ger", born), false, "another province"),
        (claim(identifier(RecordNumber, "HRH", "A1"), "Leblanc", born), false, "another name"),
        (
            claim(identifier(RecordNumber, "HRH", "A1"), "L\u{e9}ger", "1981-01-01"),
            false,
            "another birth date",
        ),
        (claim(identifier(RecordNumber, "HRH", "A1"), "L\u{e9}ger", "1980"), true, "a year alone"),
    ];
    for (claim, expected, what) in cases {
        assert_eq!(same(MESSAGE.as_bytes(), &claim, "LAB"), expected, "{what}");
        // The same in a character set of one byte a letter.
        let latin: Vec<u8> = MESSAGE.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        assert_eq!(same(&latin, &claim, "LAB"), expected, "{what}, one byte a letter");
    }
}

#[test]
fn h01_a_report_stands_with_its_own_patient() {
    let two = format!("{MESSAGE}PID|2||B2^^^HRH^MR||Two^Bea||19810101|F\rOBR|1|P2|F2|NA^Sodium\r");
    let claim = claim(identifier(IdentifierSort::RecordNumber, "HRH", "A1"), "L\u{e9}ger", "1980-01-01");
    let raw = Raw::parse(two.as_bytes()).expect("a message");
    let record = RecordId::of("HRH", "A1");
    assert!(same_person(&raw, "LAB", &[About { record, claim: &claim, accessions: &["F1"] }]).is_ok());
    assert!(same_person(&raw, "LAB", &[About { record, claim: &claim, accessions: &["F1", "F2"] }]).is_err());
}

#[test]
fn h01_facts_are_read_beside_the_pid() {
    let claim = claim(identifier(IdentifierSort::RecordNumber, "HRH", "A1"), "L\u{e9}ger", "1980-01-01");
    let raw = Raw::parse(MESSAGE.as_bytes()).expect("a message");
    let facts = read(&raw, 0, &claim, "LAB", 1, PersonId::from_i64(7), 60_000_000);
    let order = &facts.orders[0];
    assert!(
        [facts.visit, facts.ward, facts.attending, facts.orderer, order.number, order.test, order.specimen]
            .iter()
            .all(|value| *value != 0)
    );
    assert_eq!((facts.at, facts.person, facts.impossible), (1, 7, None));
    assert_eq!(order.drawn % 60, 30);
}

#[test]
fn h01_an_aimed_message_reads_as_of_its_person_and_keeps_the_rest() {
    let person = claim(identifier(IdentifierSort::RecordNumber, "VGH", "B|7"), "O'Neil", "1970-05-06");
    let bytes = aimed(MESSAGE.as_bytes(), &person).expect("an aimed message");
    assert!(same(&bytes, &person, "LAB"));
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.contains("PID|1||B\\F\\7^^^VGH^MR||O'Neil^Ann^||19700506|F\r"), "{text}");
    assert_eq!(
        text.split('\r').filter(|line| !line.starts_with("PID")).count() + 1,
        MESSAGE.split('\r').count()
    );
    let two = format!("{MESSAGE}PID|2||B2^^^HRH^MR\r");
    assert_eq!(aimed(two.as_bytes(), &person), None);
}

/// Wrong messages filed before a stuck sender is stopped. `bursts`: as the feed speaks, so that a stranger's come
/// together and the person's own come in between; else each message is another person's.
fn wrong_filed(seed: u64, richness: traffic::Richness, bursts: bool) -> usize {
    let mut feed = Feed::default();
    let mut stream = traffic::Traffic::new(seed, richness);
    let mut person = 0;
    for facts in stream.by_ref().take(300) {
        person = facts.person;
        assert_eq!(feed.observe(&facts).stop, None);
    }
    let (mut wrong, mut last) = (0, person);
    for mut facts in stream.take(200) {
        let theirs = facts.person;
        if !bursts && theirs == last {
            continue;
        }
        (last, facts.person) = (theirs, person);
        if let Some(stop) = feed.observe(&facts).stop {
            assert_eq!(stop.person, Some(person));
            return wrong;
        }
        wrong += usize::from(theirs != person);
    }
    wrong
}

#[test]
fn s110_a_constant_pid_is_stopped_within_five_messages() {
    use traffic::Richness::{Hospital, Laboratory};
    for richness in [Hospital, Laboratory] {
        for seed in (1..=20).step_by(2) {
            let filed = wrong_filed(seed, richness, false);
            assert!(filed <= 5, "{richness:?}, seed {seed}: {filed}");
        }
    }
}

#[test]
fn s110_a_constant_pid_is_stopped_though_each_stranger_comes_in_a_burst() {
    use traffic::Richness::{Hospital, Laboratory, Sparse};
    // How many of twelve stop within five, and the most that any of them files: a stranger's second message says little
    // where a feed says little.
    for (richness, within_five, most) in [(Hospital, 12, 5), (Laboratory, 10, 6), (Sparse, 0, 13)] {
        let filed: Vec<usize> = (1..=24).step_by(2).map(|seed| wrong_filed(seed, richness, true)).collect();
        let soon = filed.iter().filter(|filed| **filed <= 5).count();
        assert!(soon >= within_five && filed.iter().all(|filed| *filed <= most), "{richness:?}: {filed:?}");
    }
}

#[test]
fn h01_what_is_right_of_the_person_whom_a_sender_is_stuck_at_hides_nothing() {
    // One stranger's message, then one of the person's own, in turn: each stranger another.
    let facts = |n: i64, visit: u64| Facts {
        message: n,
        person: 1,
        at: 29_000_000 + n,
        visit,
        ward: visit,
        attending: visit,
        orderer: visit,
        orders: vec![Order { number: n.unsigned_abs(), test: 1, drawn: 0, specimen: 0, many: true }],
        impossible: None,
    };
    let mut feed = Feed::default();
    for n in 1..=60 {
        let others = Facts { person: 100 + n, ..facts(n, 100 + n.unsigned_abs()) };
        assert_eq!(feed.observe(&others).stop, None);
    }
    assert_eq!(feed.observe(&facts(61, 7)).stop, None);
    let strangers = (62..162).step_by(2).position(|n| {
        let own = feed.observe(&facts(n, 7)).stop;
        own.is_some() || feed.observe(&facts(n + 1, 1_000 + n.unsigned_abs())).stop.is_some()
    });
    assert!(strangers.is_some_and(|strangers| strangers <= 5), "{strangers:?}");
}

#[test]
fn h01_intensive_care_and_newborn_series_pass() {
    for richness in [traffic::Richness::Hospital, traffic::Richness::Laboratory, traffic::Richness::Sparse] {
        let mut feed = Feed::default();
        for facts in traffic::Traffic::new(3, richness).take(2_500) {
            assert_eq!(feed.observe(&facts).stop, None, "{richness:?}");
        }
    }
}

#[test]
fn h01_a_backlog_worked_off_person_by_person_passes() {
    for richness in [traffic::Richness::Hospital, traffic::Richness::Laboratory, traffic::Richness::Sparse] {
        let mut feed = Feed::default();
        for facts in traffic::by_person(traffic::Traffic::new(5, richness).take(2_000)) {
            assert_eq!(feed.observe(&facts).stop, None, "{richness:?}");
        }
    }
}

#[test]
fn h01_the_state_survives_being_written_down_and_being_asked_twice() {
    let mut feed = Feed::default();
    let mut other = Feed::default();
    for (n, facts) in traffic::Traffic::new(9, traffic::Richness::Hospital).take(900).enumerate() {
        let first = feed.observe(&facts);
        assert_eq!(feed.observe(&facts).bits, first.bits);
        assert_eq!(other.observe(&facts), first);
        if n % 300 == 0 {
            let written = serde_json::to_string(&other).expect("text");
            other = serde_json::from_str(&written).expect("a feed");
        }
    }
    assert_eq!(feed, other);
}
