//! Feeds: pause, batches, the wall.

use super::{Deed, Do, Pause, Resume, Selection, TileState, Trial, Wall};
use crate::chart::tests::World;
use crate::replays::{Trial as ReplayTrial, Which};
use clinical::access::Role;
use fhir::Instant;
use store::{MessageId, MessageState, ObligationFilter, ObligationState};

const LINK: &str = "LAB@HRH";

fn result(world: &mut World, order: &str, value: &str) -> MessageId {
    let rows = world.offer(
        "ORU^R01^ORU_R01",
        "HRH",
        &[
            "PID|1||00718264^^^HRH^MR||Drumlin^Maren^^^^^L||19610309|F",
            &format!("OBR|1||{order}|2823-3^Potassium^LN|||20261121090000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL|||||||||F"),
            &format!("OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|3.5-5.1|N|||F"),
        ],
    );
    let row = rows.last().expect("a message");
    assert_eq!(row.state, MessageState::Filed, "{}", row.note);
    row.id
}

fn versions(world: &World, message: MessageId) -> Vec<(String, u32, bool)> {
    let view = world.record.store().view().expect("a view");
    let mut found = Vec::new();
    for (key, _) in view.said_by(message).expect("read") {
        let current = view.current(key).expect("read").expect("a version");
        let body = String::from_utf8_lossy(&current.body).into_owned();
        found.push((key.kind.to_string(), current.version, body.contains("entered-in-error")));
    }
    found.sort();
    found
}

fn selection(since: Option<Instant>, messages: Vec<MessageId>) -> Selection {
    Selection { link: LINK.into(), since, until: None, messages }
}

#[test]
fn h26_a_batch_is_taken_back_and_filed_again_and_each_holder_is_told() {
    let mut world = World::new("batch");
    let ids =
        [result(&mut world, "F1", "4.1"), result(&mut world, "F2", "4.2"), result(&mut world, "F3", "4.3")];
    let desk = world.context(Role::LaboratoryDesk);
    let before: Vec<_> = ids.iter().map(|id| versions(&world, *id)).collect();
    // The receiver had them: two of the three are acknowledged.
    for offer in world.record.offers_due("harbourview-emr", world.clock, 9).expect("offers") {
        let reply = crate::deliveries::Reply::Accepted { text: String::new() };
        world.record.offer_answered(&offer, &reply, world.clock).expect("kept");
    }
    let chosen = || selection(None, vec![ids[0], ids[1]]);
    let trial =
        world.record.look(&desk, Trial { deed: Deed::Retract, selection: chosen() }).expect("a trial");
    assert_eq!((trial.messages, trial.people), (2, 1));
    assert!(trial.resources >= 4, "{trial:?}");
    assert!(!trial.recipients.is_empty());
    assert_eq!(
        ids.iter().map(|id| versions(&world, *id)).collect::<Vec<_>>(),
        before,
        "a trial writes nothing"
    );

    let reason = || "Wrong analyser".to_owned();
    let unseen = Do { deed: Deed::Retract, selection: chosen(), reason: reason(), seen: String::new() };
    assert!(world.record.act(&desk, unseen).is_err(), "nobody looked at what would change");
    let deed = Do { deed: Deed::Retract, selection: chosen(), reason: reason(), seen: trial.seen.clone() };
    world.record.act(&desk, deed).expect("decided");
    let carried = world.record.carry_out_batches(world.clock).expect("carried out");
    assert_eq!(carried.len(), 2);
    assert_eq!(carried.iter().map(|one| one.versions).sum::<usize>(), trial.resources);
    assert_eq!(
        carried.iter().map(|one| one.systems + one.readers).sum::<usize>(),
        trial.systems + trial.readers
    );
    // Whoever opens what was withdrawn sees results of somebody, and the audit says of whom.
    let shown = crate::messages::Show { message: ids[0] };
    let before = world.record.store().view().expect("a view").audit_tail(1).expect("rows");
    world.record.look(&desk, shown).expect("shown");
    let rows = world.record.store().view().expect("a view").audit_tail(9).expect("rows");
    let since: Vec<_> = rows.iter().filter(|row| !before.contains(row)).collect();
    assert!(since.iter().any(|row| row.1.person.is_some()), "{since:?}");
    for id in &ids[..2] {
        let of_reports: Vec<_> =
            versions(&world, *id).into_iter().filter(|(kind, ..)| kind == "DiagnosticReport").collect();
        assert!(of_reports.iter().all(|(_, version, wrong)| *version == 2 && *wrong), "{of_reports:?}");
    }
    assert!(versions(&world, ids[2]).iter().all(|(.., wrong)| !wrong), "the third is not of the batch");
    assert!(world.record.carry_out_batches(world.clock).expect("again").is_empty());

    // Replay leaves what a person took back where it is.
    let which = Which::Aside { state: "kept".into(), link: LINK.into(), cause: String::new() };
    let again = world.record.look(&desk, ReplayTrial { which: which.clone(), skip: 0 }).expect("a trial");
    assert_eq!((again.looked_at, again.changed), (2, 0));

    let seen =
        world.record.look(&desk, Trial { deed: Deed::Refile, selection: chosen() }).expect("a trial").seen;
    let deed = Do { deed: Deed::Refile, selection: chosen(), reason: reason(), seen };
    world.clock = world.clock.plus_minutes(1);
    let desk = world.context(Role::LaboratoryDesk);
    world.record.act(&desk, deed).expect("decided");
    let carried = world.record.carry_out_batches(world.clock).expect("carried out");
    assert!(carried.iter().all(|one| one.after == MessageState::Filed && one.versions > 0), "{carried:?}");
    for id in &ids[..2] {
        let of_reports: Vec<_> =
            versions(&world, *id).into_iter().filter(|(kind, ..)| kind == "DiagnosticReport").collect();
        assert!(of_reports.iter().all(|(_, version, wrong)| *version == 3 && !wrong), "{of_reports:?}");
    }
    let census = world.record.store().view().expect("a view").census(world.clock).expect("a census");
    assert!(census.balanced, "{census:?}");
}

#[test]
fn h26_what_came_after_the_trial_is_not_of_the_batch() {
    let mut world = World::new("batch-late");
    let since = Some(world.clock.plus_minutes(-1));
    result(&mut world, "F1", "4.1");
    let desk = world.context(Role::LaboratoryDesk);
    let chosen = || selection(since, Vec::new());
    let seen =
        world.record.look(&desk, Trial { deed: Deed::Retract, selection: chosen() }).expect("a trial").seen;
    let late = result(&mut world, "F2", "4.2");
    let deed = || Do { deed: Deed::Retract, selection: chosen(), reason: "Wrong".into(), seen: seen.clone() };
    let refused = world.record.act(&desk, deed()).expect_err("another message has come");
    assert_eq!(refused.kind, crate::refusal::RefusalKind::Conflict);
    assert!(world.record.carry_out_batches(world.clock).expect("nothing").is_empty());
    assert!(versions(&world, late).iter().all(|(.., wrong)| !wrong));
}

#[test]
fn recipients_are_told_by_a_person_with_a_clock_for_each() {
    let mut world = World::new("notify");
    let id = result(&mut world, "F1", "4.1");
    let desk = world.context(Role::LaboratoryDesk);
    let before = versions(&world, id);
    let chosen = || selection(None, vec![id]);
    let seen =
        world.record.look(&desk, Trial { deed: Deed::Notify, selection: chosen() }).expect("a trial").seen;
    let deed = Do { deed: Deed::Notify, selection: chosen(), reason: "Units were wrong".into(), seen };
    world.record.act(&desk, deed).expect("told");
    assert_eq!(versions(&world, id), before, "charts stay as they are");
    let filter = ObligationFilter { kind: Some("tell".into()), ..ObligationFilter::default() };
    let told = world.record.store().view().expect("a view").obligations(&filter, 9, 0).expect("read");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(matches!(&told[0].state, ObligationState::Open { human: true, .. }));
    assert!(told[0].words.contains("Units were wrong"));
}

#[test]
fn a_paused_feed_is_somebodys_with_a_clock_until_it_goes_on() {
    let mut world = World::new("pause");
    result(&mut world, "F1", "4.1");
    let desk = world.context(Role::LaboratoryDesk);
    let refused = world.record.act(&desk, Pause { link: LINK.into(), minutes: 30, reason: " ".into() });
    assert!(refused.is_err(), "a pause without a reason");
    let pause = || Pause { link: LINK.into(), minutes: 30, reason: "Units".into() };
    world.record.act(&desk, pause()).expect("paused");
    assert!(world.record.act(&desk, pause()).is_err(), "it is paused already");
    let wall = world.record.look(&desk, Wall::default()).expect("a wall");
    let feed = wall.feeds.iter().find(|feed| feed.link == LINK).expect("the feed");
    let paused = feed.pause.as_ref().expect("it is paused");
    assert_eq!(paused.due, desk.now.plus_minutes(30));
    assert!(!paused.owner.en.is_empty());
    world.record.act(&desk, Resume { link: LINK.into(), reason: "Fixed".into() }).expect("resumed");
    let filter = ObligationFilter { kind: Some("pause".into()), ..ObligationFilter::default() };
    let owed = world.record.store().view().expect("a view").obligations(&filter, 9, 0).expect("read");
    assert!(owed.iter().all(|row| matches!(row.state, ObligationState::Ended { .. })));
    assert!(world.record.act(&world.context(Role::FamilyDoctor), pause()).is_err(), "not a doctor's command");
}

#[test]
fn a_tile_tells_the_age_of_the_oldest() {
    let now = Instant(10_000_000_000_000);
    for (minutes, state) in [
        (None, TileState::Clear),
        (Some(1), TileState::Moving),
        (Some(5), TileState::Slow),
        (Some(30), TileState::Late),
        (Some(120), TileState::Stuck),
    ] {
        assert_eq!(TileState::of(minutes.map(|n: i64| now.plus_minutes(-n)), now), state, "{minutes:?}");
    }
}
