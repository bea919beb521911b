//! What the sending systems say.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};

use hl7v2::Message;
use province::places::PRACTITIONERS;
use province::{FeedMessage, Kind, Province, Sender};

const START_US: i64 = 1_795_370_700_000_000;
const MINUTE_US: i64 = 60_000_000;

fn province() -> Province {
    Province::new(20_261_122, 600, START_US)
}

fn readable(feed: impl Iterator<Item = FeedMessage>) -> impl Iterator<Item = (FeedMessage, Message)> {
    feed.filter_map(|message| Message::parse(message.bytes.clone()).ok().map(|read| (message, read)))
}

#[test]
fn same_seed_same_bytes() {
    let one: Vec<_> = province().history(20).collect();
    let two: Vec<_> = province().history(20).collect();
    assert!(one.len() > 1_000, "{} messages", one.len());
    assert_eq!(one, two);
    let other: Vec<_> = Province::new(5, 600, START_US).history(20).collect();
    assert_ne!(one, other);
}

#[test]
fn messages_come_in_time_order_and_history_ends_where_live_begins() {
    let province = province();
    let history: Vec<_> = province.history(10).collect();
    let live: Vec<_> = province.live(0).take(1_500).collect();
    let all: Vec<i64> = history.iter().chain(&live).map(|message| message.at_us).collect();
    assert!(all.is_sorted());
    assert!(history.iter().all(|message| message.at_us < province.start_us()));
    assert!(live.iter().all(|message| message.at_us >= province.start_us()));
    let ten_minutes = live.iter().filter(|message| message.at_us < START_US + 10 * MINUTE_US).count();
    assert!((20..400).contains(&ten_minutes), "{ten_minutes} messages in the first ten minutes");
}

#[test]
fn a_live_feed_goes_on_where_it_stopped() {
    let province = province();
    let whole: Vec<_> = province.live(0).take(900).collect();
    let stopped = 400;
    let rest: Vec<_> = province.live(whole[stopped].at_us + 1).take(900 - stopped - 1).collect();
    assert_eq!(rest, whole[stopped + 1..]);
    let again = Province::new(20_261_122, 600, START_US);
    assert_eq!(again.live(0).take(900).collect::<Vec<_>>(), whole);
}

#[test]
fn every_message_parses_without_problems() {
    let province = province();
    let mut refused = 0;
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut types: BTreeSet<String> = BTreeSet::new();
    for message in province.history(60).chain(province.live(0).take(500)) {
        let read = match Message::parse(message.bytes.clone()) {
            Ok(read) => read,
            Err(why) => {
                assert_eq!(message.kind, Kind::Odd, "{why}");
                refused += 1;
                continue;
            }
        };
        assert!(
            read.problems().is_empty(),
            "{:?}\n{}",
            read.problems(),
            String::from_utf8_lossy(&message.bytes)
        );
        let header = read.header();
        assert_eq!(header.control_id(), message.control_id);
        assert!(message.control_id.len() <= 20);
        assert_eq!(header.sending_application(), message.sender.application());
        assert_eq!(header.sending_facility(), message.sender.facility());
        assert!(!read.segment_named("PID").is_missing());
        *kinds.entry(message.kind).or_default() += 1;
        types.insert(format!("{}^{}", header.message_code(), header.trigger()));
    }
    assert!(refused > 0);
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    for wanted in [
        "ADT^A01", "ADT^A02", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A11", "ADT^A12", "ADT^A13", "ADT^A28",
        "ADT^A31", "ADT^A40", "ORU^R01", "MDM^T02", "SIU^S12", "ORM^O01",
    ] {
        assert!(types.contains(wanted), "{wanted} is missing from {types:?}");
    }
}

#[test]
fn control_ids_repeat_only_where_they_are_meant_to() {
    let province = province();
    let mut seen = BTreeSet::new();
    for message in province.history(40).chain(province.live(0).take(500)) {
        let new = seen.insert((message.sender, message.control_id.clone()));
        assert!(new || message.kind == Kind::Odd, "{}", message.control_id);
    }
}

#[test]
fn results_say_who_asked_and_sequences_are_complete() {
    let province = province();
    let (mut statuses, mut flags, mut copies, mut unlisted, mut pdf, mut child) =
        (BTreeSet::new(), BTreeSet::new(), 0, 0, 0, 0);
    for (message, read) in readable(province.history(60)) {
        if read.header().message_code() != "ORU" {
            continue;
        }
        for obr in read.all_named("OBR") {
            let licence = obr.field(16).comp(1).text().into_owned();
            assert!(!licence.is_empty());
            assert!(!obr.field(3).comp(1).text().is_empty());
            statuses.insert((message.kind, obr.field(25).text().into_owned()));
            copies += usize::from(!obr.field(28).is_empty());
            child += usize::from(!obr.field(29).is_empty() && !obr.field(26).is_empty());
            let known = PRACTITIONERS.iter().any(|who| who.listed && who.licence == licence);
            unlisted += usize::from(!known);
        }
        for obx in read.all_named("OBX") {
            flags.insert(obx.field(8).text().into_owned());
            if obx.field(2).text() == "ED" {
                pdf += 1;
                assert!(obx.field(5).comp(5).text().starts_with("JVBERi0"));
            }
        }
    }
    for kind in [Kind::Laboratory, Kind::Microbiology, Kind::Imaging] {
        for status in ["P", "F", "C"] {
            assert!(statuses.contains(&(kind, status.to_owned())), "{kind:?} {status}");
        }
    }
    for flag in ["N", "L", "H", "HH", "LL", "S", "R", "I"] {
        assert!(flags.contains(flag), "flag {flag} is missing from {flags:?}");
    }
    assert!(copies > 20 && unlisted > 3 && pdf > 2 && child > 2, "{copies} {unlisted} {pdf} {child}");
}

#[test]
fn h24_accents_survive_in_the_character_set_of_each_sender() {
    let province = province();
    let mut seen = BTreeMap::new();
    for (message, read) in readable(province.history(60)) {
        let pid = read.segment_named("PID");
        let name = format!("{} {}", pid.field(5).comp(1).text(), pid.field(5).comp(2).text());
        assert!(!name.contains('\u{FFFD}') && !name.contains('?'), "{name}");
        if !name.is_ascii() {
            *seen.entry(message.sender).or_insert(0) += 1;
        }
    }
    assert!(seen[&Sender::Hrh] > 0 && seen[&Sender::Lab] > 0 && seen[&Sender::Rad] > 0, "{seen:?}");
    assert!(!seen.contains_key(&Sender::Vgh));
}

#[test]
fn newborns_arrive_with_the_mothers_number() {
    let province = province();
    let mut newborns = 0;
    for (message, read) in readable(province.history(30)) {
        let pid = read.segment_named("PID");
        if pid.field(5).comp(2).text().starts_with("BB-") && message.kind == Kind::Admission {
            newborns += 1;
            assert!(!pid.field(21).comp(1).text().is_empty());
            assert!(!pid.field(3).decoded().contains("JHN"));
        }
    }
    assert!(newborns > 0);
}

#[test]
fn a_followed_illness_shows_a_trend() {
    let province = province();
    let mut series: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (_, read) in readable(province.history(300).filter(|message| message.kind == Kind::Laboratory)) {
        let patient = read.segment_named("PID").field(3).comp(1).text().into_owned();
        for obx in read.all_named("OBX").filter(|obx| obx.field(3).decoded().contains("CREA")) {
            series.entry(patient.clone()).or_default().push(obx.field(5).text().parse().unwrap());
        }
    }
    let rising = series.values().filter(|values| values.len() >= 4 && values.last() > values.first()).count();
    assert!(series.values().any(|values| values.len() >= 6));
    assert!(rising >= 3, "{rising} rising creatinine series");
}

#[test]
fn the_directory_is_toml_and_leaves_some_out() {
    let text = province().directory(["127.0.0.1:2601", "127.0.0.1:2602", "127.0.0.1:2603"]);
    let read: toml::Table = text.parse().unwrap();
    let rows = |name: &str| read[name].as_array().unwrap().clone();
    let ids = |name: &str| -> BTreeSet<String> {
        rows(name).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let (places, endpoints, people) = (ids("place"), ids("endpoint"), ids("practitioner"));
    assert!(people.len() >= 35);
    assert_eq!(PRACTITIONERS.len() - people.len(), 3);
    for role in rows("role") {
        assert!(places.contains(role["place"].as_str().unwrap()));
        assert!(endpoints.contains(role["endpoint"].as_str().unwrap()));
        assert!(people.contains(role["practitioner"].as_str().unwrap()));
    }
    for clinic in province::places::CLINICS {
        assert!(
            rows("endpoint")
                .iter()
                .any(|row| row["place"].as_str() == Some(clinic) && row["kind"].as_str() == Some("mllp"))
        );
    }
}
