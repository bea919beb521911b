//! The result feeds that a breaker is judged on.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};

use province::calendar::HOUR_US;
use province::traffic::{Defect, Fact, LINKS, Settings, Traffic};

const FROM_US: i64 = 1_795_370_700_000_000;

fn settings(seed: u64, defect: Option<Defect>) -> Settings {
    Settings { seed, persons: 100_000, from_us: FROM_US, defect }
}

fn some(seed: u64, count: usize) -> Vec<Fact> {
    Traffic::new(settings(seed, None)).take(count).collect()
}

#[test]
fn same_seed_same_traffic_in_time_order() {
    let one = some(1, 20_000);
    assert!(one == some(1, 20_000));
    assert!(one != some(2, 20_000));
    assert!(one.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
    let mut next = [0; LINKS.len()];
    for fact in &one {
        assert_eq!(fact.sequence, next[fact.link], "numbered on its link");
        next[fact.link] += 1;
        assert!(!fact.misfiled());
    }
    assert!(next.iter().all(|count| *count > 0), "{next:?}");
}

#[test]
fn intensive_care_and_twins_are_in_it() {
    let facts = some(3, 60_000);
    let mut hours: BTreeMap<(usize, u64, i64), BTreeSet<u64>> = BTreeMap::new();
    let mut twins: BTreeMap<(&str, String, i64), BTreeSet<u64>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| !fact.again) {
        let hour = fact.at_us / HOUR_US;
        let orders = fact.orders.iter().map(|order| order.filler);
        hours.entry((fact.link, fact.meant.number, hour)).or_default().extend(orders);
        if fact.ward.contains("NICU") && fact.meant.given.starts_with("BB-") {
            let key = (fact.meant.family.as_str(), fact.meant.birth.iso(), hour);
            twins.entry(key).or_default().insert(fact.meant.number);
        }
    }
    let busiest = hours.values().map(BTreeSet::len).max().unwrap();
    assert!(busiest >= 12, "{busiest} orders of one patient in an hour");
    assert!(twins.values().any(|both| both.len() == 2), "twins in one nursery in one hour");
    assert!(facts.iter().any(|fact| fact.again), "something is sent again");
}

#[test]
fn orders_are_never_shared_by_two_people() {
    let mut of: BTreeMap<u64, u64> = BTreeMap::new();
    for fact in some(4, 60_000) {
        for order in &fact.orders {
            assert_eq!(*of.entry(order.filler).or_insert(fact.meant.number), fact.meant.number);
        }
    }
}

#[test]
fn s110_a_stuck_sender_names_one_patient_and_goes_on_with_other_orders() {
    let link = LINKS.iter().position(|name| *name == "HRHLAB").unwrap();
    let from = 300;
    let clean: Vec<Fact> = Traffic::new(settings(5, None)).take(20_000).collect();
    let stuck: Vec<Fact> = Traffic::new(settings(5, Some(Defect { link, from }))).take(20_000).collect();
    let mut named = BTreeSet::new();
    for (clean, stuck) in clean.iter().zip(&stuck) {
        assert_eq!((&clean.orders, &clean.ward, &clean.meant), (&stuck.orders, &stuck.ward, &stuck.meant));
        if stuck.link == link && stuck.sequence >= from {
            named.insert(stuck.patient.number);
        } else {
            assert_eq!(clean, stuck);
        }
    }
    assert_eq!(named.len(), 1);
    assert!(stuck.iter().any(Fact::misfiled));
}

#[test]
fn facts_are_readable_as_messages() {
    for fact in some(6, 3_000) {
        let (control_id, bytes) = fact.message();
        let message = hl7v2::Message::parse(bytes).unwrap();
        assert!(message.problems().is_empty(), "{:?}", message.problems());
        assert_eq!(message.header().control_id(), control_id);
        let pid = message.segment_named("PID");
        assert_eq!(pid.field(5).comp(2).text(), fact.patient.given.as_str());
        assert_eq!(message.all_named("OBR").count(), fact.orders.len());
    }
}
