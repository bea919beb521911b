//! From a look without need to a closed case, and from a tip; what is due is destroyed with a certificate.

use crate::breaches::{Case, Close, Decide, Letter, Notice, Pack, SetSpan};
use crate::chart::tests::{World, filled, maren};
use crate::context::{Actor, Context};
use crate::detection::{DecideFlag, Queue, QueueView, Watch};
use crate::refusal::RefusalKind;
use crate::retention::{Certificate, Decide as DecideDestruction, Schedule};
use crate::tips::{AnswerTip, AskAfter, GiveTip, reference_of};
use crate::{breakglass, results};
use clinical::access::Role;
use clinical::detection::{Sign, Staff};
use fhir::Instant;
use store::activity::{Evidence, Signer, verify};
use store::{ObligationFilter, ObligationId};

fn who(id: &str, role: Role, now: Instant) -> Context {
    let actor =
        Actor { through: None, id: id.to_owned(), role, name: format!("{id}, Someone"), practitioner: None };
    Context { actor, purpose: role.usual_purpose(), now }
}

fn officer(now: Instant) -> Context {
    who("wren", Role::PrivacyOfficer, now)
}

fn queue(world: &World, now: Instant) -> QueueView {
    world.record.look(&officer(now), Queue::default()).expect("the queue")
}

/// A pharmacist says some reason and opens Maren's results; two hours later.
fn looked(world: &World) -> Instant {
    let now = world.clock;
    let pharmacist = who("drumlin-staff", Role::Pharmacist, now);
    let reason = breakglass::StateReason {
        person: maren(),
        reason: clinical::access::relation::Reason::ALL[0].code().to_owned(),
        words: String::new(),
    };
    world.record.act(&pharmacist, reason).expect("stated");
    world.record.look(&pharmacist, results::All { person: maren() }).expect("seen");
    now.plus_minutes(120)
}

/// One who bears Maren's name and lives where she lives, whatever that is.
fn neighbour(world: &World) {
    let row = world.record.store().view().unwrap().records_of_person(maren()).unwrap().remove(0);
    let claim: clinical::identity::Claim = serde_json::from_str(&row.claim).unwrap();
    let mut staff = Staff::default();
    staff.member.push(clinical::detection::Member {
        id: "drumlin-staff".into(),
        family: claim.names[0].family.clone(),
        born: "1999-09-09".into(),
        street: if claim.street.is_empty() { "nowhere".into() } else { claim.street },
        postal_code: claim.postal_code,
        ..Default::default()
    });
    world.record.set_staff(staff);
}

#[test]
fn l05_l07_a_look_becomes_a_flag_a_case_a_decision_and_a_notice() {
    let world = filled("activity-flag");
    neighbour(&world);
    world
        .record
        .act(&officer(world.clock), Watch { person: maren(), reason: "In the news".into() })
        .expect("watched");
    let now = looked(&world);
    assert_eq!(world.record.judge_looks(world.clock).expect("judged"), 0, "the hour is not over");
    assert_eq!(world.record.judge_looks(now).expect("judged"), 1);
    assert_eq!(world.record.judge_looks(now).expect("judged"), 0, "each look is judged once");
    let flags = queue(&world, now).flags;
    assert_eq!(flags.len(), 1);
    let signs: Vec<Sign> = flags[0].reasons.iter().map(|reason| reason.sign).collect();
    assert!(signs.contains(&Sign::Watched) && signs.contains(&Sign::Surname), "{signs:?}");
    assert_eq!((flags[0].people, flags[0].due.is_some()), (1, true), "owned, with a clock");

    let obligation = flags[0].obligation;
    let decide = |verdict: &str, reason: &str| DecideFlag {
        obligation,
        verdict: verdict.into(),
        reason: reason.into(),
    };
    let own = who("drumlin-staff", Role::PrivacyOfficer, now);
    assert!(world.record.act(&own, decide("explained", "I")).is_err(), "nobody decides about themself");
    assert_eq!(
        world.record.act(&officer(now), decide("case", " ")).unwrap_err().kind,
        RefusalKind::Unreadable
    );
    world.record.act(&officer(now), decide("case", "No care was given")).expect("decided");
    let after = queue(&world, now);
    assert_eq!((after.flags.len(), after.decided.len(), after.cases.len()), (0, 1, 1));

    let case = after.cases[0].obligation;
    let theirs = world.record.look(&own, Queue::default()).expect("the queue");
    assert_eq!((theirs.decided.len(), theirs.cases.len()), (0, 0), "nobody reads what is about themself");
    let set = |since: Instant, until: Instant| {
        world.record.act(&officer(now), SetSpan { obligation: case, since, until })
    };
    assert!(set(now, now).is_err());
    let of_case = || world.record.look(&officer(now), Case { obligation: case, from: 0 }).expect("a case");
    assert!(of_case().since < world.clock && of_case().until == now, "no look is left out");
    set(now.plus_minutes(-9), now).expect("narrower");
    assert_eq!(of_case().rows, 0);
    set(world.clock.plus_minutes(-900), now).expect("wider");
    let view = world.record.look(&officer(now), Case { obligation: case, from: 0 }).expect("a case");
    assert_eq!((view.people.len(), view.people[0].person), (1, maren()));
    assert!(view.people[0].name.contains("Drumlin"), "{}", view.people[0].name);
    let pack = world.record.look(&officer(now), Pack { obligation: case }).expect("a pack");
    assert!(pack.lines().count() > 1 && pack.contains("drumlin-staff"), "{pack}");
    let close = || Close { obligation: case, how: "Done".into() };
    let refused = world.record.act(&officer(now), close()).unwrap_err();
    assert!(refused.words.en.contains("Decide first"), "l06: {}", refused.words.en);
    let letter = Letter { obligation: case, person: maren(), french: false };
    assert!(world.record.look(&officer(now), letter).is_err(), "letters follow the decision");
    let decision =
        |code: &str| Decide { obligation: case, decision: code.into(), reason: "No harm is likely".into() };
    world.record.act(&officer(now), decision("not-notify")).expect("decided");
    let notice =
        world.record.look(&officer(now), Notice { obligation: case, french: true }).expect("a notice");
    assert!(paper::read::texts(&notice).join(" ").contains("No harm is likely"));
    world.record.act(&officer(now), decision("notify")).expect("decided again");
    let letter = world.record.look(&officer(now), letter).expect("a letter");
    assert!(paper::read::texts(&letter).join(" ").contains("Drumlin"));
    world.record.act(&officer(now), close()).expect("closed");
    assert!(world.record.act(&officer(now), close()).is_err());
    let open =
        ObligationFilter { open: Some(true), kind: Some("breach".into()), ..ObligationFilter::default() };
    assert!(world.record.store().view().unwrap().obligations(&open, 9, 0).unwrap().is_empty());
}

#[test]
fn x18_a_tip_needs_no_name_and_is_answered() {
    let world = filled("activity-tip");
    let now = world.clock;
    let reference = reference_of(&[201; 32]);
    let door = || crate::record::machine(crate::tips::TAKER, now);
    let tip = GiveTip { reference: reference.clone(), text: "Somebody opens files of neighbours".into() };
    world.record.act(&door(), tip).expect("taken");
    let asked = |text: &str| world.record.look(&door(), AskAfter { reference: text.to_owned() });
    assert!(asked("AAAAA-AAAAA-AAAAA").is_err());
    let waits = asked(&reference.to_lowercase().replace('-', " ")).expect("found");
    assert!(waits.due.is_some() && waits.answer.is_none());
    let tips = queue(&world, now).tips;
    assert_eq!(tips[0].text.as_deref(), Some("Somebody opens files of neighbours"));
    let rows = world.record.store().view().unwrap().audit_tail(50).unwrap();
    assert!(rows.iter().all(|(_, row)| !row.object.contains("neighbours")));
    let named = who("neighbours", Role::PrivacyOfficer, now);
    assert!(
        world.record.look(&named, Queue::default()).expect("the queue").tips.is_empty(),
        "it names its reader"
    );
    let by_themself = AnswerTip { obligation: tips[0].obligation, answer: "No".into(), about: String::new() };
    assert!(world.record.act(&named, by_themself).is_err());
    let answer = |about: &str| AnswerTip {
        obligation: tips[0].obligation,
        answer: "We look into it".into(),
        about: about.into(),
    };
    assert!(world.record.act(&officer(now), answer("nobody-here")).is_err());
    world.record.act(&officer(now), answer("")).expect("answered");
    assert_eq!(asked(&reference).expect("found").answer.expect("an answer").en, "We look into it");
    let doctor = who("cairnwood", Role::FamilyDoctor, now);
    assert!(world.record.look(&doctor, Queue::default()).is_err(), "only the privacy desk reads tips");
}

#[test]
fn d05_an_incident_of_changed_rows_ends_when_the_rows_are_right() {
    let world = filled("activity-rows");
    let now = looked(&world);
    let found = crate::incidents::Found {
        subject: "rows 1-2".into(),
        what: clinical::words::Words::new("Look.", "Voir."),
        because: clinical::words::Words::new("Changed.", "Modifiées."),
    };
    let view = world.record.store().view().unwrap();
    let sort = crate::incidents::Sort::ActivityRows;
    world.record.hold_incidents(&view, sort, &[found], world.clock).expect("opened");
    let open = || world.record.store().view().unwrap().incidents_open().unwrap();
    assert!(open().iter().any(|row| row.sort == "activity-rows"));
    world.record.judge_looks(now).expect("judged");
    assert!(open().iter().all(|row| row.sort != "activity-rows"), "both rows are what was written");
}

#[test]
fn l11_flags_answers_and_whom_a_case_is_about_go_with_their_time() {
    let world = filled("activity-names");
    neighbour(&world);
    world
        .record
        .act(&officer(world.clock), Watch { person: maren(), reason: "In the news".into() })
        .expect("watched");
    let now = looked(&world);
    world.record.judge_looks(now).expect("judged");
    let flag = queue(&world, now).flags[0].obligation;
    let verdict = DecideFlag { obligation: flag, verdict: "case".into(), reason: "No care was given".into() };
    world.record.act(&officer(now), verdict).expect("decided");
    let case = queue(&world, now).cases[0].obligation;
    let decision = Decide { obligation: case, decision: "not-notify".into(), reason: "No harm".into() };
    world.record.act(&officer(now), decision).expect("decided");
    world.record.act(&officer(now), Close { obligation: case, how: "Done".into() }).expect("closed");
    let door = crate::record::machine(crate::tips::TAKER, now);
    let reference = reference_of(&[201; 32]);
    world.record.act(&door, GiveTip { reference, text: "Somebody opens files".into() }).expect("taken");
    let tip = queue(&world, now).tips[0].obligation;
    let answer = AnswerTip { obligation: tip, answer: "About drumlin-staff".into(), about: String::new() };
    world.record.act(&officer(now), answer).expect("answered");
    let names = |of: ObligationId| {
        let view = world.record.store().view().unwrap();
        let row = view.obligation(of).unwrap().unwrap();
        let steps = view.events(of).unwrap().into_iter().map(|step| step.words).collect::<String>();
        format!("{}{}{}{steps}", row.recipient, row.recipient_id, row.subject)
    };
    assert!(names(flag).contains("drumlin-staff") && names(case).contains("drumlin-staff"));
    assert!(names(tip).contains("drumlin-staff"));

    let later = now.plus_minutes(11 * 366 * 24 * 60);
    assert!(world.record.propose_destruction(later).expect("proposed") >= 4, "log, tip, case and flag");
    for waits in world.record.look(&officer(later), Schedule::default()).expect("the schedule").destructions {
        let approve =
            DecideDestruction { obligation: waits.obligation, approve: true, reason: "As agreed".into() };
        world.record.act(&officer(later), approve).expect("approved");
    }
    while world.record.carry_out_destructions(later).expect("carried out") > 0 {}
    let view = world.record.store().view().unwrap();
    let row = view.flag(flag).unwrap().unwrap();
    assert_eq!((row.actor.as_str(), row.body.as_str(), row.reason.as_str()), ("", "", ""));
    let row = view.tip(tip).unwrap().unwrap();
    assert_eq!((row.answer.as_str(), row.content), ("", None));
    drop(view);
    for of in [flag, case, tip] {
        assert!(!names(of).contains("drumlin"), "{}", names(of));
    }
    assert!(queue(&world, later).decided.iter().all(|line| line.who.1.is_empty()));
}

#[test]
fn a_flood_of_tips_is_refused() {
    let world = filled("activity-flood");
    let taker = crate::record::machine(crate::tips::TAKER, world.clock);
    let give = |n: u64| {
        let mut random = [0; 32];
        random[0] = u8::try_from(n % 32).unwrap();
        random[1] = u8::try_from(n / 32).unwrap();
        world.record.act(&taker, GiveTip { reference: reference_of(&random), text: "Look".into() })
    };
    for n in 0..crate::tips::TIPS_PER_HOUR {
        give(n).expect("taken");
    }
    assert!(give(crate::tips::TIPS_PER_HOUR).is_err());
}

#[test]
fn people_seen_again_on_the_same_day_count_once() {
    let mut remembered = super::Remembered::default();
    let people = |ids: [i64; 3]| ids.into_iter().map(fhir::PersonId::from_i64);
    assert_eq!(remembered.new_on(7, people([1, 2, 3])), 3);
    assert_eq!(remembered.new_on(7, people([2, 3, 4])), 1, "in the next piece of the log");
    assert_eq!(remembered.new_on(8, people([2, 3, 4])), 3, "the next day");
}

#[test]
fn d05_a_log_that_does_not_continue_its_checkpoint_is_not_signed() {
    let world = filled("activity-cut");
    let then = looked(&world);
    let signer = Signer::new("test", &[1; 32]).unwrap();
    let longer = store::CheckpointRow { size: 900_000, at: then, note: signer.sign(900_000, [7; 32]) };
    let activity = vec![store::ActivityChange::Checkpoint(longer)];
    let changes = store::Changes { activity, ..store::Changes::default() };
    assert_eq!(world.record.store().settle_blocking(changes), store::Settled::Done);
    world.record.set_signer(signer);
    assert_eq!(world.record.sign_checkpoint(then).expect("refused"), 0);
    assert_eq!(world.record.store().view().unwrap().incidents_open().unwrap()[0].sort, "activity-log");
}

#[test]
fn l11_what_is_due_is_proposed_approved_destroyed_and_certified() {
    let world = filled("activity-retention");
    let then = looked(&world);
    let signer = Signer::new("test", &[1; 32]).unwrap();
    let verifier = signer.verifier();
    world.record.set_signer(signer);
    assert_eq!(world.record.sign_checkpoint(then).expect("signed"), 1);
    assert_eq!(world.record.sign_checkpoint(then).expect("signed"), 0, "nothing new");
    assert_eq!(world.record.propose_destruction(then).expect("nothing is due"), 0);
    let later = then.plus_minutes(11 * 366 * 24 * 60);
    assert_eq!(world.record.propose_destruction(later).expect("proposed"), 1);
    assert_eq!(world.record.propose_destruction(later).expect("once"), 0);
    assert_eq!(world.record.carry_out_destructions(later).expect("not approved"), 0);
    let waits =
        world.record.look(&officer(later), Schedule::default()).expect("the schedule").destructions.remove(0);
    assert!(waits.due.is_some() && waits.items > 0);
    let certificate = Certificate { obligation: waits.obligation, french: false };
    assert!(world.record.look(&officer(later), certificate).is_err());
    let approve =
        DecideDestruction { obligation: waits.obligation, approve: true, reason: "As agreed".into() };
    world.record.act(&officer(later), approve.clone()).expect("approved");
    assert!(world.record.act(&officer(later), approve).is_err(), "once");
    while world.record.carry_out_destructions(later).expect("carried out") > 0 {}
    let done =
        world.record.look(&officer(later), Schedule::default()).expect("the schedule").destructions.remove(0);
    assert_eq!((done.done.is_some(), done.destroyed), (true, waits.items));
    let text =
        paper::read::texts(&world.record.look(&officer(later), certificate).expect("printed")).join(" ");
    assert!(text.contains(&waits.items.to_string()), "{text}");
    let view = world.record.store().view().unwrap();
    assert!(view.audit_of_person(maren(), 99).unwrap().is_empty());
    let notes: Vec<String> = view.log_checkpoints(0, 99).unwrap().into_iter().map(|row| row.note).collect();
    let rows = view.logged(1, 99_999).unwrap();
    let verdict = verify(rows.into_iter(), &Evidence { verifier: &verifier, notes: &notes, kept: &[] });
    assert!(verdict.is_sound() && verdict.destroyed == waits.items, "{:?}", verdict.findings);
    assert!(view.obligation(ObligationId(done.obligation.0)).unwrap().is_some());
}
