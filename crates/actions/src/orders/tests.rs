//! Orders and results held against each other, over a world of messages.

use super::*;
use crate::chart::tests::{MAREN, World};
use crate::incidents::Sort;
use fhir::Instant;

const DAY_MINUTES: i64 = 24 * 60;

pub(crate) fn order(world: &mut World, number: &str, control: &str) {
    let orc = format!("ORC|{control}|{number}^HRH|||||||20261122100000");
    let obr = format!("OBR|1|{number}^HRH||24362-6^Renal function panel^LN");
    world.send("ORM^O01^ORM_O01", "HRH", &[MAREN, &orc, &obr]);
}

pub(crate) fn result(world: &mut World, number: &str) {
    reported(world, number, "F");
}

fn reported(world: &mut World, number: &str, status: &str) {
    let obr = format!(
        "OBR|1|{number}^HRH|F{number}^HRH|24362-6^Renal function panel^LN|||20261122101000|||||||||||||||20261122103000||CH|{status}"
    );
    let obx = format!("OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||{status}");
    world.send("ORU^R01^ORU_R01", "HRH", &[MAREN, &obr, &obx]);
}

fn open(world: &World) -> Vec<String> {
    let view = world.record.store().view().expect("a view");
    let all = view.incidents_open().expect("incidents").into_iter();
    let mut subjects: Vec<String> =
        all.filter(|row| row.sort == Sort::Order.code()).map(|row| row.subject).collect();
    subjects.sort();
    subjects
}

/// A whole round.
fn compared(world: &World, now: Instant) -> usize {
    let (mut round, mut changed) = (Comparing::default(), 0);
    loop {
        changed += world.record.compare_orders(&mut round, now).expect("compared");
        if round.is_idle() {
            return changed;
        }
    }
}

#[test]
fn x14_orders_and_results_without_each_other_are_owned_until_they_are_not() {
    let mut world = World::new("orders-compared");
    for number in ["P10001", "P10002", "P10003"] {
        order(&mut world, number, "NW");
    }
    result(&mut world, "P10002");
    assert_eq!(compared(&world, world.clock), 0, "nothing is late yet");
    let later = world.clock.plus_minutes(8 * DAY_MINUTES);
    assert_eq!(compared(&world, later), 2);
    assert_eq!(open(&world), ["LAB@HRH P10001^HRH", "LAB@HRH P10003^HRH"]);
    assert_eq!(compared(&world, later), 0, "what lasts stays as it is");
    order(&mut world, "P10001", "CR");
    result(&mut world, "P10003");
    result(&mut world, "P10009");
    compared(&world, world.clock.plus_minutes(DAY_MINUTES));
    assert_eq!(open(&world), ["LAB@HRH P10009^HRH"], "a result whose order never came");
    order(&mut world, "P10009", "NW");
    compared(&world, world.clock.plus_minutes(DAY_MINUTES));
    assert_eq!(open(&world), Vec::<String>::new());
}

#[test]
fn x14_what_is_open_ends_by_its_own_number_and_never_because_time_went_by() {
    let mut world = World::new("orders-lasting");
    for number in ["P10001", "P10002"] {
        order(&mut world, number, "NW");
    }
    result(&mut world, "P10009");
    let day = |world: &World, days: i64| world.clock.plus_minutes(days * DAY_MINUTES);
    compared(&world, day(&world, 8));
    let late = ["LAB@HRH P10001^HRH", "LAB@HRH P10002^HRH"];
    assert_eq!(open(&world), late, "the result of eight days ago is read no more");
    assert_eq!(compared(&world, day(&world, 100)), 0);
    assert_eq!(open(&world), late, "no window ends what lasts");
    assert_eq!(compared(&world, world.clock), 1, "the result without its order");
    assert_eq!(compared(&world, day(&world, 100)), 0);
    assert_eq!(open(&world).len(), 3, "nor does it end what waits for its order");
    order(&mut world, "P10009", "NW");
    result(&mut world, "P10002");
    compared(&world, day(&world, 100));
    assert_eq!(open(&world), ["LAB@HRH P10001^HRH"]);
}

#[test]
fn x14_the_eleventh_order_neither_ends_ten_nor_begins_their_clocks_anew() {
    let mut world = World::new("orders-many");
    let numbers: Vec<String> = (0..13).map(|n| format!("P2{n:04}")).collect();
    for number in &numbers[..10] {
        order(&mut world, number, "NW");
    }
    let late = world.clock.plus_minutes(8 * DAY_MINUTES);
    assert_eq!(compared(&world, late), 10);
    for number in &numbers[10..] {
        order(&mut world, number, "NW");
    }
    let later = late.plus_minutes(8 * DAY_MINUTES);
    assert_eq!(compared(&world, later), 1, "the feed as a whole for those that came after");
    assert_eq!(open(&world).len(), 11);
    assert_eq!(open(&world).last().map(String::as_str), Some("LAB@HRH orders*"));
    assert_eq!(compared(&world, later.plus_minutes(80 * DAY_MINUTES)), 0, "nor does a window end it");
    for number in &numbers[10..] {
        result(&mut world, number);
    }
    assert_eq!(compared(&world, later.plus_minutes(80 * DAY_MINUTES)), 1);
    assert_eq!(open(&world).len(), 10);
}

#[test]
fn x14_a_withdrawn_report_is_no_result() {
    let mut world = World::new("orders-withdrawn");
    // Who asks is another sender than who answers, so that the answer does not speak of the request as well.
    let obr = "OBR|1|P10001^HRH||24362-6^Renal function panel^LN";
    let there = "PID|1||8812^^^VGH^MR~0144679875^^^CANNS^JHN||Drumlin^Maren||19610309|F";
    world.send("ORM^O01^ORM_O01", "VGH", &[there, "ORC|NW|P10001^HRH|||||||20261122100000", obr]);
    result(&mut world, "P10001");
    let late = world.clock.plus_minutes(8 * DAY_MINUTES);
    assert_eq!(compared(&world, late), 0);
    reported(&mut world, "P10001", "X");
    compared(&world, late.plus_minutes(DAY_MINUTES));
    assert_eq!(open(&world), ["LAB@VGH P10001^HRH"]);
}
