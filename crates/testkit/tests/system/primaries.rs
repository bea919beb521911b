//! A practice that gets somebody else's news says so, the delivery desk withdraws who stands as primary care provider, and
//! the real binary routes without them from then on.

use crate::sweeps::{FORM, Seat, after, sign_in};
use actions::values::Role;
use testkit::harness::{Harness, Setup, wait_for};
use testkit::http::{get, post};
use testkit::mllp::Behaviour;

/// A discharge of Mona Drake; `more` stands before PV1.
fn discharge(number: usize, more: &str) -> Vec<u8> {
    format!(
        "MSH|^~\\&|ADT|HRH|OPOR|NS|20261120100000-0400||ADT^A03^ADT_A03|D{number}|P|2.5.1\r\
         EVN||20261120100000-0400\r\
         PID|1||100001^^^HRH^MR||Drake^Mona||19610203|F\r\
         {more}PV1|1|I|4W^^^HRH||||||||||||||||D{number}^^^HRH^VN||||||||||||||||||||||||20261119090000-0400\r"
    )
    .into_bytes()
}

fn press(harness: &Harness, seat: &Seat, path: &str, reason: &str) -> u16 {
    let form = format!("form={}&practitioner=p-cairnwood&reason={reason}", seat.form);
    let headers = [FORM.to_owned(), seat.cookie.clone()];
    post(harness.server().http, path, &headers, form.as_bytes()).unwrap().status
}

#[test]
fn s052_rt4_a_practice_says_not_our_patient_the_desk_withdraws_it_and_nothing_goes_there_any_more() {
    let harness = Setup::new("primaries")
        .clinic("cairnwood", |_, _| Behaviour::Refuse("AR", "not our patient"))
        .start();
    let at = harness.server().http;
    let named = format!("PD1||||{}\r", harness.provider("cairnwood"));
    let doctor = sign_in(&harness, "cairnwood", Role::FamilyDoctor);
    let desk = sign_in(&harness, "marram", Role::LaboratoryDesk);
    let page = |seat: &Seat, path: &str, french: bool| {
        let language = format!("Accept-Language: {}", if french { "fr" } else { "en" });
        get(at, path, &[seat.cookie.clone(), language]).unwrap().text()
    };
    let take = |number: usize, more: &str| {
        harness.sender().accepted(&[discharge(number, more)]);
        let _ = harness.drained();
    };
    take(1, &named);
    wait_for(harness.clinic("cairnwood"), 1);

    // The practice opens it from its unmatched line and says so.
    let list = page(&doctor, "/unmatched", false);
    let line = after(&list, "/unmatched?pick=").expect("refused, so on their list").to_owned();
    let opened = page(&doctor, &format!("/unmatched?pick={line}"), false);
    assert!(opened.contains(&format!("/primaries/{line}")), "{opened}");
    let path = format!("/primaries/{line}");
    let lines = page(&doctor, &path, false);
    assert!(lines.contains("Tell the delivery desk: not our patient") && lines.contains("named on file on"));
    assert_eq!(
        press(&harness, &doctor, &format!("{path}/withdraw"), "Mine"),
        403,
        "the desk alone withdraws"
    );
    assert_eq!(press(&harness, &doctor, &format!("{path}/propose"), "Never+seen+her"), 303);
    let work = page(&desk, "/desk?show=no-route", false);
    assert!(work.contains("Primary care provider"), "{work}");

    // The desk withdraws it: the next notice is a line of work with the reason, and the clinic is not asked.
    assert_eq!(press(&harness, &desk, &format!("{path}/withdraw"), "Never+seen+her"), 303);
    take(2, "");
    take(3, &named);
    assert_eq!(harness.clinic("cairnwood").received().len(), 1);
    let lines = page(&desk, &path, false);
    assert!(lines.contains("not used") && lines.contains("Take the withdrawal back"), "{lines}");
    assert!(lines.contains("states it again") && lines.contains("Nobody is left"), "{lines}");
    let french = page(&desk, &path, true);
    assert!(french.contains("non utilisé") && french.contains("le déclare de nouveau"), "{french}");

    // Taken back, they are asked again; the books balance all the way.
    assert_eq!(press(&harness, &desk, &format!("{path}/restore"), "She+is+theirs"), 303);
    assert!(page(&desk, &path, false).contains("withdrawal taken back. She is theirs"));
    take(4, "");
    wait_for(harness.clinic("cairnwood"), 2);
    assert!(harness.drained().balanced);
}
