//! Every hop dropped in turn: nothing is lost, and what cannot go on has an owner and a clock.

use crate::messages::{Person, Result, mark, marks};
use testkit::harness::{DRAIN_LIMIT, Harness, Setup, wait_for};
use testkit::ledger::SenderLedger;
use testkit::ledger::judge;
use testkit::mllp::{ALL_BEHAVIOURS, Behaviour, Clinic, field_text, frame, verdict};
use testkit::patience::until;

/// `count` results for patients of their own, to be sent to `clinic`.
fn results(harness: &Harness, clinic: &str, from: usize, count: usize) -> Vec<Vec<u8>> {
    let orderer = harness.provider(clinic);
    (from..from + count)
        .map(|n| {
            Result::new("HRH", &Person::new("HRH", n), format!("{clinic}-{n:04}"), orderer.clone()).bytes()
        })
        .collect()
}

/// What the delivery desk reads on the page of the only report of person `number`: who has it, by which steps.
fn chain(harness: &Harness, number: usize) -> String {
    let person = Person::new("HRH", number);
    let patients = harness.search(&format!("Patient?identifier={}", person.mrn));
    let id = patients[0]["id"].as_str().unwrap();
    let reports = harness.search(&format!("DiagnosticReport?patient={id}"));
    let report = reports[0]["id"].as_str().unwrap();
    let page = harness.page("marram", &format!("/person/{id}/reports/DiagnosticReport/{report}"));
    page.split_once("Who has it")
        .map(|(_, chain)| chain.to_owned())
        .unwrap_or_else(|| panic!("no chain: {page}"))
}

#[test]
fn h13_an_unknown_recipient_is_owned_by_the_desk() {
    let harness = Setup::new("unknown").clinic("alder", |_, _| Behaviour::Accept).start();
    let person = Person::new("HRH", 1);
    let nobody = Result::new("HRH", &person, "N1", "9999^Nemo^Ana^^^^^^NSMD".to_owned());
    let blank = Result::new("HRH", &person, "N2", String::new());
    let by_name_only = Result::new("HRH", &person, "N3", "^alder^Ana".to_owned());
    let wrong_name = Result::new("HRH", &person, "N4", "7000^Zwick^Ana^^^^^^NSMD".to_owned());
    let cases = [nobody, blank, by_name_only, wrong_name].map(|result| result.bytes());
    harness.sender().accepted(&cases);
    let books = harness.drained();
    assert_eq!((books.filed, books.due, books.owned), (4, 4, 4), "{books:?} {}", harness.census());
    let desk = harness.desk();
    for why in [
        "Nemo, Ana (9999) is not in the directory",
        "OBR-16) is blank",
        "a name alone is not enough",
        "the number belongs to",
    ] {
        assert!(desk.contains(why), "the desk does not say {why:?}: {desk}");
    }
    assert!(desk.contains("Owner: delivery desk") && desk.contains("min left"), "{desk}");
    assert!(harness.clinic("alder").received().is_empty());
}

#[test]
fn h12_a_refusing_clinic_leaves_the_desk_with_owner_and_clock() {
    let harness = Setup::new("refusing")
        .clinic("alder", |_, _| Behaviour::Refuse("AE", "database locked"))
        .clinic("birch", |_, _| Behaviour::Refuse("AR", "patient is not ours"))
        .clinic("cedar", |_, _| Behaviour::Accept)
        .start();
    let messages: Vec<Vec<u8>> = ["alder", "birch", "cedar"]
        .iter()
        .enumerate()
        .flat_map(|(n, clinic)| results(&harness, clinic, 10 * n, 3))
        .collect();
    harness.sender().accepted(&messages);
    // AE is the desk's from the first, while the machine goes on offering it a few times.
    assert!(until(DRAIN_LIMIT, || harness.books().owned == 6), "{:?}", harness.books());
    let books = harness.drained();
    assert_eq!((books.due, books.acknowledged, books.owned), (9, 3, 6), "{books:?}");
    wait_for(harness.clinic("alder"), 6);
    assert_eq!(harness.clinic("birch").received().len(), 3, "AR is not offered again");
    assert_eq!(harness.clinic("cedar").received().len(), 3);
    let desk = harness.desk();
    for word in ["database locked", "patient is not ours", "Owner: delivery desk", "min left"] {
        assert!(desk.contains(word), "the desk does not say {word:?}: {desk}");
    }
    let arrivals = harness.clinic("alder").arrivals(mark);
    for arrival in &arrivals {
        let twins = arrivals.iter().filter(|other| other.mark == arrival.mark);
        assert!(twins.clone().all(|other| other == arrival), "repeats are byte-identical");
    }
}

#[test]
fn h12_a_silent_clinic_stays_pending_and_delays_nobody() {
    // The healthy clinic's count is compared with the silent one's single connection: it must get everything before
    // the silent one's first answer is given up on.
    const HEALTHY: usize = 40;
    let mut harness = Setup::new("silent")
        .clinic("alder", |_, _| Behaviour::Silent)
        .clinic("birch", |_, _| Behaviour::Accept)
        .absent_clinic("cedar")
        .answer_seconds(600)
        .start();
    let mut line = harness.sender();
    line.accepted(&results(&harness, "alder", 0, 2));
    line.accepted(&results(&harness, "cedar", 10, 2));
    wait_for(harness.clinic("alder"), 1);
    line.accepted(&results(&harness, "birch", 100, HEALTHY));
    wait_for(harness.clinic("birch"), HEALTHY);
    assert_eq!(harness.clinic("alder").received().len(), 1, "one outstanding, and its time is not over");
    harness.leave_pending(4);
    let books = harness.drained();
    assert_eq!((books.due, books.acknowledged, books.to_deliver), (44, 40, 4), "{books:?}");
    for waiting in [0, 1, 10, 11] {
        let chain = chain(&harness, waiting);
        assert!(chain.contains("under way due 20"), "a clock runs: {chain}");
    }
    assert!(!chain(&harness, 100).contains("under way due 20"));
}

#[test]
fn h12_a_clinic_that_comes_back_gets_everything_in_order() {
    let harness = Setup::new("absent").absent_clinic("alder").start();
    let orderer = harness.provider("alder");
    let person = Person::new("HRH", 1);
    let messages: Vec<Vec<u8>> =
        (0..10).map(|n| Result::new("HRH", &person, format!("A{n}"), orderer.clone()).bytes()).collect();
    harness.sender().accepted(&messages);
    let books = harness.interpreted();
    assert_eq!((books.filed, books.to_deliver), (10, 10), "{books:?}");
    let clinic = Clinic::start_at(harness.endpoint("alder"), |_, _| Behaviour::Accept).unwrap();
    let books = harness.drained();
    assert_eq!(books.acknowledged, 10, "{books:?}");
    assert_eq!(marks(&clinic.received()), marks(&messages));
}

#[test]
fn h14_mirth1441_a_late_acknowledgement_is_never_taken_for_the_next_message() {
    let harness = Setup::new("late").clinic("alder", |_, _| Behaviour::Late).answer_seconds(1).start();
    let clinic = harness.clinic("alder");
    let messages = results(&harness, "alder", 0, 2);
    let mut line = harness.sender();
    line.accepted(&messages[..1]);
    wait_for(clinic, 1);
    // The answer to n waits; n+1 is taken by a peer that dies of it, with the late answer to n in the air.
    let second = mark(&messages[1]);
    let dies_once = std::sync::atomic::AtomicBool::new(true);
    clinic.behave(move |_, bytes| match mark(bytes) == second {
        true if dies_once.swap(false, std::sync::atomic::Ordering::SeqCst) => Behaviour::HangUp,
        true => Behaviour::Accept,
        false => Behaviour::Late,
    });
    line.accepted(&messages[1..]);
    let came =
        |mark: &str| clinic.received().iter().filter(|bytes| crate::messages::mark(bytes) == mark).count();
    assert!(until(DRAIN_LIMIT, || came(&mark(&messages[1])) >= 1));
    clinic.release();
    assert!(until(DRAIN_LIMIT, || came(&mark(&messages[1])) >= 2), "n+1 is redelivered");
    clinic.behave(|_, _| Behaviour::Accept);
    let books = harness.drained();
    assert_eq!((books.due, books.acknowledged), (2, 2), "{books:?}");
    let arrivals = clinic.arrivals(mark);
    for arrival in &arrivals {
        assert!(arrivals.iter().filter(|other| other.mark == arrival.mark).all(|other| other == arrival));
    }
}

/// D7: a clinic does each thing it can do wrong for its first messages and then behaves.
#[test]
fn d07_h14_every_way_a_clinic_can_answer_ends_delivered_or_owned() {
    let wrong: Vec<Behaviour> = ALL_BEHAVIOURS
        .iter()
        .filter(|behaviour| !matches!(behaviour, Behaviour::Refuse("AR", _)))
        .cloned()
        .collect();
    let count = wrong.len();
    let script = move |n: usize, _: &[u8]| wrong.get(n).cloned().unwrap_or(Behaviour::Accept);
    let harness = Setup::new("hostile").clinic("alder", script).answer_seconds(1).start();
    let messages = results(&harness, "alder", 0, count);
    let ledger = SenderLedger::default();
    let mut line = harness.sender();
    for (message, answer) in messages.iter().zip(line.send_all(&messages)) {
        ledger.offer(&mark(message), &mark(message));
        ledger.answer(&mark(message), &verdict(&answer).0);
    }
    let books = harness.drained();
    let clinic = harness.clinic("alder");
    let verdict = judge(&ledger.sent(), &clinic.arrivals(mark), |_| true);
    assert!(verdict.is_clean(), "{verdict:#?}");
    // An AE is the desk's until the repeat is acknowledged.
    assert!(
        until(DRAIN_LIMIT, || harness.books().acknowledged == count as u64),
        "{books:?} {:?}",
        harness.books()
    );
}

#[test]
fn d08_a_connection_closed_inside_a_frame_leaves_nothing_and_the_resend_everything() {
    let harness = Setup::new("torn").clinic("alder", |_, _| Behaviour::Accept).start();
    let message = results(&harness, "alder", 0, 1).remove(0);
    let framed = frame(&message);
    for at in [1, 3, 40, framed.len() / 2, framed.len() - 3] {
        harness.sender().client().write(&framed[..at]).unwrap();
    }
    assert!(until(DRAIN_LIMIT, || harness.books().refused == 5), "{:?}", harness.books());
    assert_eq!(harness.books().accepted, 0);
    let mut line = harness.sender();
    let answer = line.send(&message).unwrap();
    assert_eq!(verdict(&answer).0, "AA");
    wait_for(harness.clinic("alder"), 1);
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed), (1, 1), "{books:?}");
    assert_eq!(field_text(&harness.clinic("alder").received()[0], "OBX", 5), "4.1");
}

/// Mirth 1682: an engine whose queue held 1,000 never sent number 1,001 to a clinic that had been away, and said so
/// to nobody.
#[test]
fn h12_mirth1682_more_than_a_thousand_wait_for_a_clinic_and_all_arrive_in_order() {
    const COUNT: usize = 1_200;
    const PATIENTS: usize = 60;
    let mut harness = Setup::new("backlog").absent_clinic("alder").start();
    let orderer = harness.provider("alder");
    let people: Vec<Person> = (0..PATIENTS).map(|n| Person::new("HRH", n)).collect();
    let ledger = SenderLedger::default();
    let messages: Vec<Vec<u8>> = (0..COUNT)
        .map(|n| {
            let person = &people[n % PATIENTS];
            let mark = format!("B{n:05}");
            ledger.offer(&mark, &person.mrn);
            Result::new("HRH", person, mark, orderer.clone()).bytes()
        })
        .collect();
    for (message, answer) in messages.iter().zip(harness.sender().send_all(&messages)) {
        ledger.answer(&mark(message), &verdict(&answer).0);
    }
    let books = harness.interpreted();
    assert_eq!((books.filed, books.to_deliver), (COUNT as u64, COUNT as u64), "{books:?}");
    // Order is in the table, not in a memory that a restart forgets (Mirth 1124).
    harness.stop();
    harness.restart();
    let clinic = Clinic::start_at(harness.endpoint("alder"), |_, _| Behaviour::Accept).unwrap();
    let books = harness.drained();
    assert_eq!(books.acknowledged, COUNT as u64, "{books:?}");
    let verdict = judge(&ledger.sent(), &clinic.arrivals(mark), |_| true);
    assert!(verdict.is_clean(), "{verdict:#?}");
}

/// Frames do not depend on how the network cuts them (ipf 106), and connections never mix.
#[test]
fn d08_messages_byte_by_byte_on_many_connections_do_not_mix() {
    let harness = Setup::new("bytes").clinic("alder", |_, _| Behaviour::ByteAtATime).start();
    let messages = results(&harness, "alder", 0, 24);
    let framed: Vec<Vec<u8>> = messages.iter().map(|message| frame(message)).collect();
    let mut lines: Vec<_> = messages.iter().map(|_| harness.sender()).collect();
    // One byte to each connection in turn.
    for at in 0..framed.iter().map(Vec::len).max().unwrap() {
        for (line, bytes) in lines.iter_mut().zip(&framed) {
            if let Some(byte) = bytes.get(at) {
                line.client().write(&[*byte]).unwrap();
            }
        }
    }
    for (line, message) in lines.iter_mut().zip(&messages) {
        let answer = line.client().answer().unwrap().unwrap();
        assert_eq!(verdict(&answer), ("AA".to_owned(), mark(message)));
        // The bytes went out behind the sender's back; sent again they are counted, and get the same answer.
        assert_eq!(line.send(message).unwrap(), answer);
    }
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed, books.acknowledged), (24, 24, 24), "{books:?}");
    let mut came = marks(&harness.clinic("alder").received());
    came.sort();
    assert_eq!(came, marks(&messages));
}

#[test]
#[should_panic(expected = "not drained")]
fn the_harness_fails_a_test_that_leaves_a_delivery_nobody_named() {
    let harness = Setup::new("left")
        .clinic("alder", |_, _| Behaviour::Silent)
        .drain_limit(std::time::Duration::from_secs(1))
        .start();
    harness.sender().accepted(&results(&harness, "alder", 0, 1));
}

#[test]
#[should_panic(expected = "the census says 2")]
fn the_harness_fails_a_test_whose_senders_know_of_less_than_was_kept() {
    let harness = Setup::new("more").clinic("alder", |_, _| Behaviour::Accept).start();
    let messages = results(&harness, "alder", 0, 2);
    let mut line = harness.sender();
    line.accepted(&messages[..1]);
    line.client().write(&frame(&messages[1])).unwrap();
    assert_eq!(verdict(&line.client().answer().unwrap().unwrap()).0, "AA");
}
