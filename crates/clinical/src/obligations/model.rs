//! The Delivery machine, whole: every state that can be reached by any order of events, enumerated (JOURNEYS 3.1).

use super::*;
use std::collections::{BTreeMap, VecDeque};

const START: Instant = Instant(1_795_356_300_000_000);

/// Moments at which an event may come, in seconds after queueing: at once, when the machine's time is over, when every
/// rung has passed, and after the machine has given up on silence.
const MOMENTS: [i64; 5] = [10, 11 * 60, 31 * 60, 24 * 3600, SILENCE_LIMIT_SECONDS + 60];

/// What tells states apart. Attempts count up to where they stop making a difference.
type Key = (DeliveryPhase, u32, String, bool, bool, usize);

fn key(delivery: &Delivery, moment: usize) -> Key {
    let at = START.plus_seconds(MOMENTS[moment]);
    (
        delivery.phase,
        delivery.attempts.min(MOST_ERROR_ATTEMPTS + 1),
        delivery.owner.to_string(),
        delivery.next.is_some(),
        at >= delivery.clock.due,
        moment,
    )
}

fn events() -> Vec<DeliveryEvent> {
    let (by, why) = ("A. Desk".to_owned(), "moved away".to_owned());
    let outcomes = [
        Outcome::Acknowledged { code: "AA".into(), text: String::new() },
        Outcome::AnotherWay { by: by.clone(), how: why.clone() },
        Outcome::Opened { by: by.clone() },
        Outcome::ReadBack { by: by.clone(), to: by.clone(), said: why.clone() },
        Outcome::HandedOver { by: by.clone(), to: by.clone() },
        Outcome::Excused { by: by.clone(), why: why.clone() },
        Outcome::Excused { by: by.clone(), why: " ".into() },
        Outcome::Excused { by: String::new(), why },
        Outcome::Recalled { why: "a newer version".into() },
        Outcome::Resolved { by: by.clone(), how: "so".into() },
    ];
    let mut all = vec![
        DeliveryEvent::Offered { answer_by: START.plus_seconds(30) },
        DeliveryEvent::Acknowledged { code: "AA".into(), text: String::new() },
        DeliveryEvent::Refused { refusal: Refusal::Error, text: String::new() },
        DeliveryEvent::Refused { refusal: Refusal::Rejected, text: "no".into() },
        DeliveryEvent::Silent,
        DeliveryEvent::SetAside { waited_millis: 1_000 },
        DeliveryEvent::LateReply { control_id: "1".into() },
        DeliveryEvent::EndpointGone,
        DeliveryEvent::TryAgain { by },
    ];
    all.extend(outcomes.map(DeliveryEvent::Ended));
    all
}

/// What the clock does to a delivery whose time is over, as the reconciler does it to its row.
fn passed_on(delivery: &Delivery, at: Instant) -> Delivery {
    let owner = delivery.clock.then.clone();
    let clock = ladder::clock(ObligationKind::Delivery, delivery.gravity, &owner, at);
    Delivery { owner, clock, ..delivery.clone() }
}

/// Every state and every way on from it.
fn explored(gravity: Gravity) -> BTreeMap<usize, (Delivery, Vec<usize>)> {
    let mut numbers: std::collections::HashMap<Key, usize> = std::collections::HashMap::new();
    let mut states: BTreeMap<usize, (Delivery, Vec<usize>)> = BTreeMap::new();
    let mut open = VecDeque::from([(Delivery::queued(gravity, START), 0usize)]);
    numbers.insert(key(&open[0].0, 0), 0);
    while let Some((delivery, moment)) = open.pop_front() {
        let here = numbers[&key(&delivery, moment)];
        let mut ways = Vec::new();
        for (later, seconds) in MOMENTS.iter().enumerate().skip(moment) {
            let at = START.plus_seconds(*seconds);
            let mut follow = vec![];
            for event in events() {
                let next = step(&delivery, &event, at, 0.5);
                assert!(!next.words.en.is_empty() && !next.words.fr.is_empty() && !next.code.is_empty());
                assert_eq!(
                    next.outcome.is_some(),
                    next.delivery.is_over() && !delivery.is_over(),
                    "over without an outcome, or an outcome and not over: {delivery:?} {event:?}"
                );
                if let Some(outcome) = &next.outcome {
                    assert!(outcome.may_end(ObligationKind::Delivery, gravity), "{outcome:?}");
                }
                if delivery.is_over() {
                    assert_eq!(next.delivery, delivery, "what is over stays as it ended");
                }
                follow.push(next.delivery);
            }
            if !delivery.is_over() && at >= delivery.clock.due {
                follow.push(passed_on(&delivery, at));
            }
            for next in follow {
                let number = numbers.len();
                let number = *numbers.entry(key(&next, later)).or_insert_with(|| {
                    open.push_back((next.clone(), later));
                    number
                });
                ways.push(number);
            }
        }
        states.insert(here, (delivery, ways));
    }
    states
}

#[test]
fn h12_h18_every_state_of_a_delivery_is_over_with_an_outcome_or_owned_and_timed() {
    for gravity in [Gravity::Normal, Gravity::Critical] {
        let states = explored(gravity);
        let mut over = 0;
        for (delivery, _) in states.values() {
            if delivery.is_over() {
                over += 1;
                continue;
            }
            let Delivery { owner, clock, next, phase, .. } = delivery;
            assert!(next.is_some() || owner.is_human(), "nobody would act: {delivery:?}");
            assert!(clock.then.is_human() && clock.then_after > 0, "{delivery:?}");
            assert!(clock.due.seconds_since(START) > 0, "{delivery:?}");
            assert!(*phase != DeliveryPhase::Refused || owner.is_human(), "{delivery:?}");
        }
        // From every state that is not over an end can be reached, and a person without any event but the clock's.
        let mut ends: std::collections::HashSet<usize> =
            states.iter().filter(|(_, (delivery, _))| delivery.is_over()).map(|(n, _)| *n).collect();
        loop {
            let before = ends.len();
            ends.extend(
                states
                    .iter()
                    .filter(|(_, (_, ways))| ways.iter().any(|way| ends.contains(way)))
                    .map(|(n, _)| *n)
                    .collect::<Vec<_>>(),
            );
            if ends.len() == before {
                break;
            }
        }
        assert_eq!(ends.len(), states.len(), "a state without a way to any end");
        for (delivery, _) in states.values().filter(|(delivery, _)| !delivery.is_over()) {
            assert!(passed_on(delivery, delivery.clock.due).owner.is_human());
        }
        assert!(states.len() > 50 && over > 0, "{} states, {over} of them over", states.len());
        println!("{gravity:?}: {} states, {over} of them over", states.len());
    }
}
