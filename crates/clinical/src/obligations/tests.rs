use super::*;
use proptest::prelude::*;

const NOW: Instant = Instant(1_795_356_300_000_000);

fn endpoint_route(responsible: bool) -> Route {
    Route {
        target: Target::Endpoint {
            practitioner: "p-cairnwood".into(),
            place: "harbourview".into(),
            endpoint: "harbourview-emr".into(),
            name: "Cairnwood, Aoife at Harbourview Clinic".into(),
        },
        responsible,
        because: Words::new("Ordering provider (OBR-16).", "Prescripteur (OBR-16)."),
        is_stated: false,
    }
}

fn portal_route() -> Route {
    let target = Target::Portal {
        practitioner: "p-sylliboy".into(),
        place: "hrh".into(),
        name: "Sylliboy, Mali at HRH".into(),
    };
    Route { target, ..endpoint_route(true) }
}

/// A directory whose one receiver tells, or does not tell, that a report was opened.
fn directory(reports_opening: bool) -> Directory {
    let text = format!(
        "[[place]]\nid = \"harbourview\"\nname = \"Harbourview Clinic\"\nkind = \"clinic\"\n\
         [[endpoint]]\nid = \"harbourview-emr\"\nplace = \"harbourview\"\nkind = \"mllp\"\naddress = \"127.0.0.1:1\"\n\
         reports_opening = {reports_opening}\n"
    );
    Directory::from_toml(&text).expect("a directory")
}

fn every_obligation() -> Vec<Obligation> {
    let why = || Words::new("Why.", "Pourquoi.");
    let mut list = vec![
        unroutable("Creatinine", "Nobody, Known", why(), NOW),
        unroutable("Creatinine", "", why(), NOW),
        review("MacDonald, Mary", why(), NOW),
        review("", why(), NOW),
        kept("RDE^O11", why(), NOW),
        held("ORU^R01", why(), NOW),
        control_id_reused("HRH", "42", NOW),
        incident("HRH", why(), why(), NOW),
        canary("Harbourview Clinic", "harbourview-emr", why(), NOW),
    ];
    list.extend(for_route("Creatinine", Gravity::Critical, &endpoint_route(true), &directory(true), NOW));
    list.extend(for_route("Creatinine", Gravity::Normal, &portal_route(), &directory(true), NOW));
    list
}

#[test]
fn every_policy_stands_once_and_every_kind_has_one() {
    assert_eq!(POLICIES.iter().map(|p| p.kind).collect::<Vec<_>>(), ObligationKind::ALL);
    assert!(POLICIES.iter().all(|p| p.due > 0 && p.then_after > 0 && !p.source.is_empty()));
    assert!(ObligationKind::ALL.iter().all(|k| ObligationKind::from_code(k.code()) == Some(*k)));
}

#[test]
fn h13_no_obligation_without_owner_clock_and_next_owner() {
    for made in every_obligation() {
        assert!(made.clock().due > NOW, "{made:?}");
        assert!(made.clock().then.is_human(), "the next owner is a person: {made:?}");
        assert!(!made.what().en.is_empty() && made.what().en != made.what().fr, "{made:?}");
        assert!(!made.because().en.is_empty() && !made.because().fr.is_empty());
        assert!(!made.owner().to_string().ends_with(':'));
    }
}

#[test]
fn h18_escalation_has_no_end_but_a_person() {
    for mut made in every_obligation() {
        let mut now = NOW;
        let rungs = rungs(made.kind(), made.gravity());
        for _ in 0..rungs.len() {
            assert_eq!(overdue(&made, now), None);
            now = made.clock().due;
            let next = overdue(&made, now).expect("due");
            let (rung, _) = next_rung(made.kind(), made.gravity(), made.owner());
            assert_eq!(rung, next, "{made:?}");
            made = escalate(made, now);
            assert_eq!(made.owner(), &next);
            assert!(made.owner().is_human());
        }
        assert_eq!(made.owner(), &Owner::Desk(rungs.last().and_then(|rung| rung.desk).expect("a desk")));
    }
}

#[test]
fn delivery_and_attention_are_two_obligations() {
    let made = for_route("Creatinine", Gravity::Abnormal, &endpoint_route(true), &directory(true), NOW);
    let [delivery, attention] = made.as_slice() else { panic!("two: {made:?}") };
    assert_eq!(delivery.kind(), ObligationKind::Delivery);
    assert_eq!(delivery.clock().due, NOW.plus_minutes(30));
    assert_eq!(delivery.recipient_id(), "harbourview-emr");
    assert_eq!(attention.owner().to_string(), "practitioner:p-cairnwood@harbourview");
    assert_eq!(attention.clock().due, NOW.plus_minutes(72 * 60));
    assert_eq!(
        for_route("Creatinine", Gravity::Normal, &endpoint_route(false), &directory(true), NOW).len(),
        1,
        "a copy obliges nobody to read"
    );
    assert_eq!(
        for_route("Creatinine", Gravity::Normal, &portal_route(), &directory(true), NOW)[0].kind(),
        ObligationKind::Attention
    );
}

#[test]
fn owners_print_and_read_back() {
    for text in ["desk:safety", "machine:delivery", "practitioner:p-cairnwood@harbourview"] {
        assert_eq!(text.parse::<Owner>().map(|o| o.to_string()), Ok(text.to_owned()));
    }
    for text in ["", "desk:", "desk:kitchen", "practitioner:x", "nobody"] {
        assert!(text.parse::<Owner>().is_err(), "{text}");
    }
}

#[test]
fn only_an_outcome_of_the_kind_ends_an_obligation() {
    let excused = |why: &str| Outcome::Excused { by: "A. Desk".into(), why: why.into() };
    assert!(excused("patient moved away").may_end(ObligationKind::Delivery, Gravity::Normal));
    assert!(!excused(" ").may_end(ObligationKind::Delivery, Gravity::Normal));
    assert!(!Outcome::Opened { by: "x".into() }.may_end(ObligationKind::Delivery, Gravity::Normal));
    assert!(
        !Outcome::Resolved { by: "x".into(), how: "y".into() }
            .may_end(ObligationKind::Delivery, Gravity::Normal)
    );
    assert!(
        Outcome::Resolved { by: "x".into(), how: "y".into() }
            .may_end(ObligationKind::IdentityReview, Gravity::Normal)
    );
}

#[test]
fn h18_a_critical_result_is_excused_by_nobody() {
    let (kind, critical) = (ObligationKind::Attention, Gravity::Critical);
    let excused = Outcome::Excused { by: "A. Desk".into(), why: "busy".into() };
    assert!(excused.may_end(kind, Gravity::Abnormal) && !excused.may_end(kind, critical));
    let told = |said: &str| Outcome::ReadBack { by: "A. Desk".into(), to: "Dr. B".into(), said: said.into() };
    assert!(told("potassium 7.1").may_end(kind, critical) && !told(" ").may_end(kind, critical));
    assert!(Outcome::Opened { by: "Dr. B".into() }.may_end(kind, critical));
}

#[test]
fn no_attention_is_owed_that_nobody_could_see_paid() {
    let route = endpoint_route(true);
    let kinds = |gravity, reports| -> Vec<ObligationKind> {
        for_route("Creatinine", gravity, &route, &directory(reports), NOW)
            .iter()
            .map(Obligation::kind)
            .collect()
    };
    use ObligationKind::{Attention, Delivery};
    assert_eq!(kinds(Gravity::Abnormal, true), [Delivery, Attention]);
    assert_eq!(kinds(Gravity::Abnormal, false), [Delivery]);
    assert_eq!(kinds(Gravity::Critical, false), [Delivery, Attention], "it ends by read-back");
}

fn after(events: &[DeliveryEvent]) -> DeliveryStep {
    let mut now = NOW;
    let mut delivery = Delivery::queued(Gravity::Normal, now);
    let mut last = None;
    for event in events {
        now = now.plus_seconds(10);
        let next = step(&delivery, event, now, 0.5);
        delivery = next.delivery.clone();
        last = Some(next);
    }
    last.expect("an event")
}

fn offered() -> DeliveryEvent {
    DeliveryEvent::Offered { answer_by: NOW.plus_seconds(30) }
}

#[test]
fn h14_only_our_own_acknowledgement_confirms() {
    let yes = DeliveryEvent::Acknowledged { code: "AA".into(), text: String::new() };
    let confirmed = after(&[offered(), yes.clone()]);
    assert_eq!(confirmed.delivery.phase, DeliveryPhase::Acknowledged);
    assert_eq!(confirmed.outcome.map(|o| o.counts()), Some(Counts::Acknowledged));
    let late = after(&[offered(), DeliveryEvent::LateReply { control_id: "41".into() }]);
    assert_eq!((late.delivery.phase, late.outcome), (DeliveryPhase::Offered, None));
    let twice = after(&[offered(), yes.clone(), yes]);
    assert_eq!((twice.code, twice.outcome), ("noted", None), "a repeated answer ends nothing again");
}

#[test]
fn h12_a_refusing_receiver_is_the_desks_at_once() {
    let refused = |refusal| DeliveryEvent::Refused { refusal, text: "Patient not found".into() };
    let rejected = after(&[offered(), refused(Refusal::Rejected)]);
    assert_eq!(rejected.delivery.owner, Owner::Desk(Desk::Delivery));
    assert_eq!((rejected.delivery.phase, rejected.delivery.next), (DeliveryPhase::Refused, None));
    assert!(rejected.words.en.contains("Patient not found") && rejected.outcome.is_none());

    let failed = after(&[offered(), refused(Refusal::Error)]);
    assert_eq!(failed.delivery.owner, Owner::Desk(Desk::Delivery));
    assert!(failed.delivery.next.is_some(), "the machine offers it again");

    let often: Vec<DeliveryEvent> =
        (0..MOST_ERROR_ATTEMPTS).flat_map(|_| [offered(), refused(Refusal::Error)]).collect();
    assert_eq!(after(&often).delivery.phase, DeliveryPhase::Refused, "and then stops");
    let again: Vec<_> = often.into_iter().chain([DeliveryEvent::TryAgain { by: "A. Desk".into() }]).collect();
    assert_eq!(after(&again).delivery.phase, DeliveryPhase::Waiting);
}

#[test]
fn h12_a_silent_receiver_is_the_machines_for_thirty_minutes() {
    let delivery = Delivery::queued(Gravity::Normal, NOW);
    let early = step(&delivery, &DeliveryEvent::Silent, NOW.plus_minutes(29), 0.5);
    assert!(!early.delivery.owner.is_human());
    let due = step(&early.delivery, &DeliveryEvent::Silent, NOW.plus_minutes(30), 0.5);
    assert_eq!(due.delivery.owner, Owner::Desk(Desk::Delivery));
    assert_eq!(due.delivery.phase, DeliveryPhase::Waiting, "the same bytes are still offered");
    let over =
        step(&due.delivery, &DeliveryEvent::EndpointGone, NOW.plus_seconds(SILENCE_LIMIT_SECONDS), 0.5);
    assert_eq!((over.delivery.phase, over.delivery.next), (DeliveryPhase::Refused, None));
}

#[test]
fn pauses_grow_from_a_second_to_fifteen_minutes() {
    let pauses: Vec<i64> = (1..=12).map(|n| next_attempt(n, NOW, 0.5).seconds_since(NOW)).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert!(next_attempt(u32::MAX, NOW, 1.0).seconds_since(NOW) <= RETRY_MOST_SECONDS * 5 / 4);
    assert!(next_attempt(0, NOW, 0.0) > NOW);
}

fn any_event() -> impl Strategy<Value = DeliveryEvent> {
    prop_oneof![
        Just(offered()),
        Just(DeliveryEvent::Acknowledged { code: "AA".into(), text: String::new() }),
        Just(DeliveryEvent::Refused { refusal: Refusal::Error, text: String::new() }),
        Just(DeliveryEvent::Refused { refusal: Refusal::Rejected, text: "no".into() }),
        Just(DeliveryEvent::Silent),
        Just(DeliveryEvent::SetAside { waited_millis: 1_500 }),
        Just(DeliveryEvent::LateReply { control_id: "1".into() }),
        Just(DeliveryEvent::EndpointGone),
        Just(DeliveryEvent::TryAgain { by: "A. Desk".into() }),
        Just(DeliveryEvent::Ended(Outcome::Excused { by: "A. Desk".into(), why: String::new() })),
        Just(DeliveryEvent::Ended(Outcome::Excused { by: "A. Desk".into(), why: "moved".into() })),
        Just(DeliveryEvent::Ended(Outcome::Resolved { by: "A. Desk".into(), how: "so".into() })),
    ]
}

proptest! {
    /// Whatever a receiver does, a delivery is over only with an outcome, and until then somebody has it with a clock.
    #[test]
    fn h12_h14_nothing_is_over_without_an_outcome(
        events in prop::collection::vec((any_event(), 0i64..4000, 0.0f64..1.0), 0..30)
    ) {
        let mut now = NOW;
        let mut delivery = Delivery::queued(Gravity::Normal, now);
        let mut outcomes = 0;
        for (event, pause, jitter) in events {
            now = now.plus_seconds(pause);
            let next = step(&delivery, &event, now, jitter);
            outcomes += u32::from(next.outcome.is_some());
            prop_assert_eq!(next.delivery.is_over(), outcomes == 1);
            prop_assert!(outcomes <= 1);
            prop_assert!(!next.words.en.is_empty() && !next.words.fr.is_empty());
            if !next.delivery.is_over() {
                let machine_waits = next.delivery.next.is_some();
                prop_assert!(machine_waits || next.delivery.owner.is_human(), "{:?}", next);
                prop_assert!(next.delivery.clock.then.is_human());
            }
            delivery = next.delivery;
        }
    }
}

#[test]
fn h19_rt11_who_is_away_is_not_there_from_the_first_day_to_the_last() {
    let text = "[[place]]\nid = \"hill\"\nname = \"Hill\"\nkind = \"clinic\"\n\
                [[practitioner]]\nid = \"p-hill\"\nfamily = \"Hill\"\ngiven = \"Ana\"\n\
                numbers = [ { authority = \"NSMD\", value = \"7000\" } ]\n\
                [[role]]\npractitioner = \"p-hill\"\nplace = \"hill\"\nrole = \"family-physician\"\n\
                primary = true\nfrom = \"2000-01-01\"\n\
                [[absence]]\nid = \"a\"\npractitioner = \"p-hill\"\nkind = \"leave\"\n\
                from = \"2026-12-01\"\nto = \"2026-12-31\"\n";
    let directory = Directory::from_toml(text).expect("a directory");
    let owner = Owner::Practitioner { id: "p-hill".into(), place: "hill".into() };
    let there = |day: &str| owner_is_there(&owner, &directory, day);
    assert!(there("2026-11-30") && there("2027-01-01"));
    assert!(!there("2026-12-01") && !there("2026-12-31"));
}
