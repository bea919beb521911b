//! Every alarm of the status: seen when it is there, with its section of the runbook, and quiet otherwise.

use super::facts::{Facts, Feed, Incident, Queue};
use super::place::{Certificate, Copy, Database, Known, Place, Writer};
use super::{Finding, Kind, Level, Status, StatusView, judge, runbook, unreadable};
use crate::chart::tests::World;
use crate::incidents::{Found, Sort};
use crate::space::Space;
use clinical::access::Role;
use clinical::words::Words;
use fhir::Instant;
use std::collections::BTreeSet;
use std::sync::Arc;

/// 2026-11-23 03:00 in Halifax.
const NOW: Instant = Instant(1_795_417_200_000_000);

fn ago(minutes: i64) -> Instant {
    NOW.plus_minutes(-minutes)
}

/// A night on which nothing is wrong and everything is set up.
fn quiet() -> (Facts, Place) {
    let feed = Feed { link: "LAB".into(), last: Some(ago(1)), ..Feed::default() };
    let facts = Facts {
        feeds: vec![feed],
        checkpoint: Some((ago(0), 40)),
        log_rows: 41,
        has_calendar: true,
        newest: Some(ago(0)),
        ..Facts::default()
    };
    let place = Place {
        looked: NOW,
        version: "opor 1".into(),
        started: Known::Is(ago(600)),
        writer: Known::Is(Writer::Here),
        database: Known::Is(Database { sort: "SQLite".into(), bytes: Some(5 << 30) }),
        disk: Known::Is(Space { free_bytes: 60 << 30, total_bytes: 100 << 30 }),
        certificates: Known::Is(vec![Certificate { name: "opor.pem".into(), ends: Ok(ago(-90 * 1_440)) }]),
        backup: Known::Is(ago(300)),
        drill: Known::Is(ago(300)),
        copies: Known::Is(vec![Copy { name: "6 North".into(), made: Some(ago(4)) }]),
        witness: Known::Is(ago(100)),
        background: Known::Is(ago(0)),
        jump: Known::Is(None),
        paging: Known::Is(()),
    };
    (facts, place)
}

fn seen(change: impl FnOnce(&mut Facts, &mut Place)) -> StatusView {
    let (mut facts, mut place) = quiet();
    change(&mut facts, &mut place);
    judge(Ok(&facts), &place, NOW)
}

/// What needs somebody or is not seen, after a change to the quiet night.
fn found(change: impl FnOnce(&mut Facts, &mut Place)) -> Vec<Finding> {
    seen(change).findings.into_iter().filter(|finding| finding.level > Level::Fine).collect()
}

#[test]
fn s111_a_quiet_night_needs_nobody_and_shows_its_figures() {
    let view = seen(|_, _| {});
    assert_eq!((view.level(), view.headline.en.as_str()), (Level::Fine, "Nothing needs you now."));
    assert_eq!(view.headline.fr, "Rien ne vous attend en ce moment.");
    // One row each, but what has none where nothing is wrong.
    let shown: BTreeSet<Kind> = view.findings.iter().map(|finding| finding.kind).collect();
    let without: Vec<Kind> = Kind::all().filter(|kind| !shown.contains(kind)).collect();
    assert_eq!(without, [Kind::Record, Kind::Breaker, Kind::Pause]);
    assert_eq!(view.findings.len(), shown.len());
    assert!(view.findings.iter().all(|finding| finding.next.en.is_empty() && !finding.says.fr.is_empty()));
}

type Change = fn(&mut Facts, &mut Place);

/// One alarm of each kind: what is wrong, and how grave that is.
const ALARMS: &[(Kind, Level, Change)] = &[
    (Kind::Writer, Level::Now, |_, place| place.writer = Known::Is(Writer::Nobody)),
    (Kind::Writer, Level::Soon, |_, place| {
        place.writer = Known::Is(Writer::StandingBy(Some("no key".into())));
    }),
    (Kind::Books, Level::Now, |facts, _| facts.difference = 1),
    (Kind::Incident, Level::Soon, |facts, _| facts.incidents = vec![incident(Sort::ReceiverSilent)]),
    (Kind::Incident, Level::Now, |facts, _| facts.incidents = vec![incident(Sort::ActivityLog)]),
    (Kind::Breaker, Level::Now, |facts, _| facts.feeds[0].stopped = Some(ago(3))),
    (Kind::Pause, Level::Soon, |facts, _| facts.feeds[0].paused = Some((ago(30), ago(-30)))),
    (Kind::Pause, Level::Now, |facts, _| facts.feeds[0].paused = Some((ago(90), ago(30)))),
    (Kind::Filing, Level::NotSetUp, |facts, _| facts.feeds.clear()),
    (Kind::Filing, Level::Soon, |facts, _| facts.feeds[0].waiting = Queue { count: 7, oldest: Some(ago(6)) }),
    (Kind::Filing, Level::Now, |facts, _| facts.feeds[0].waiting = Queue { count: 7, oldest: Some(ago(15)) }),
    (Kind::Delivery, Level::Soon, |facts, _| facts.deliveries = Queue { count: 2, oldest: Some(ago(31)) }),
    (Kind::Overdue, Level::Now, |facts, _| facts.overdue = Queue { count: 1, oldest: Some(ago(5)) }),
    (Kind::Background, Level::Now, |_, place| place.background = Known::Is(ago(15))),
    (Kind::Disk, Level::Soon, |_, place| {
        place.disk = Known::Is(Space { free_bytes: 15 << 30, total_bytes: 100 << 30 });
    }),
    (Kind::Disk, Level::Now, |_, place| {
        place.disk = Known::Is(Space { free_bytes: 1 << 30, total_bytes: 100 << 30 });
    }),
    (Kind::Clock, Level::Now, |facts, _| facts.newest = Some(ago(-2))),
    (Kind::Clock, Level::Soon, |_, place| place.jump = Known::Is(Some((ago(60), -90)))),
    (Kind::Backup, Level::NotSetUp, |_, place| place.backup = Known::NotSetUp),
    (Kind::Backup, Level::Soon, |_, place| place.backup = Known::Is(ago(26 * 60))),
    (Kind::Drill, Level::NotSetUp, |_, place| place.drill = Known::NotSetUp),
    (Kind::Drill, Level::Soon, |_, place| place.drill = Known::Is(ago(31 * 1_440))),
    (Kind::Copies, Level::NotSetUp, |_, place| place.copies = Known::NotSetUp),
    (Kind::Copies, Level::Soon, |_, place| {
        place.copies = Known::Is(vec![Copy { name: "6 North".into(), made: Some(ago(16)) }]);
    }),
    (Kind::Copies, Level::Soon, |_, place| {
        place.copies = Known::Is(vec![Copy { name: "6 North".into(), made: None }]);
    }),
    (Kind::Certificates, Level::NotSetUp, |_, place| place.certificates = Known::NotSetUp),
    (Kind::Certificates, Level::Soon, |_, place| ends(place, Ok(ago(-29 * 1_440)))),
    (Kind::Certificates, Level::Now, |_, place| ends(place, Ok(ago(-2 * 1_440)))),
    (Kind::Certificates, Level::Now, |_, place| ends(place, Ok(ago(1)))),
    (Kind::Certificates, Level::Soon, |_, place| ends(place, Err("not there".into()))),
    (Kind::Checkpoint, Level::NotSetUp, |facts, _| facts.checkpoint = None),
    (Kind::Checkpoint, Level::Soon, |facts, _| facts.checkpoint = Some((ago(5), 40))),
    (Kind::Witness, Level::NotSetUp, |_, place| place.witness = Known::NotSetUp),
    (Kind::Witness, Level::Soon, |_, place| place.witness = Known::Is(ago(26 * 60))),
    (Kind::Cover, Level::NotSetUp, |facts, _| facts.has_calendar = false),
    (Kind::Cover, Level::Soon, |facts, _| facts.gaps = 2),
    (Kind::Paging, Level::NotSetUp, |_, place| place.paging = Known::NotSetUp),
    (Kind::Database, Level::NotKnown, |_, place| place.database = Known::NotKnown),
    (Kind::Process, Level::NotKnown, |_, place| place.started = Known::NotKnown),
];

fn incident(sort: Sort) -> Incident {
    let says = Words::new("Nothing since 02:10.", "Rien depuis 02:10.");
    let (code, subject) = (sort.code().to_owned(), "harbourview-emr".to_owned());
    Incident { sort: Some(sort), code, subject, says, opened: ago(20) }
}

fn ends(place: &mut Place, ends: Result<Instant, String>) {
    place.certificates = Known::Is(vec![Certificate { name: "opor.pem".into(), ends }]);
}

#[test]
fn s111_each_alarm_is_found_with_what_to_do_and_its_section_of_the_runbook() {
    for (number, (kind, level, change)) in ALARMS.iter().enumerate() {
        let found = found(change);
        assert_eq!(found.len(), 1, "{number}: {found:?}");
        let one = &found[0];
        assert_eq!((one.kind, one.level), (*kind, *level), "{number}: {one:?}");
        let told = !one.next.en.is_empty() && !one.next.fr.is_empty();
        assert!(told || !one.level.needs_somebody() && one.level == Level::NotKnown, "{number}: {one:?}");
        assert!(runbook::section(&one.runbook).is_some(), "{number}: {} has no section", one.runbook);
    }
    let tried: BTreeSet<Kind> = ALARMS.iter().map(|alarm| alarm.0).chain([Kind::Record]).collect();
    assert_eq!(tried, Kind::all().collect(), "every kind is tried");
    for sort in Sort::all() {
        let found = found(|facts, _| facts.incidents = vec![incident(sort)]);
        assert!(runbook::section(&found[0].runbook).is_some(), "{} has no section", sort.code());
    }
}

#[test]
fn s111_the_gravest_stands_first_and_in_the_sentence() {
    let view = seen(|facts, place| {
        place.backup = Known::Is(ago(3 * 1_440));
        facts.difference = 4;
        place.drill = Known::NotSetUp;
    });
    assert_eq!(
        view.headline.en,
        "2 things need you, first: Books. Accepted and accounted for by nobody: 4. Not set up or not known from here: 1."
    );
    let order: Vec<Level> = view.findings.iter().map(|finding| finding.level).take(4).collect();
    assert_eq!(order, [Level::Now, Level::Soon, Level::NotSetUp, Level::Fine]);
    let one = seen(|_, place| place.backup = Known::Is(ago(3 * 1_440)));
    assert_eq!(one.headline.en, "1 thing needs you: Last backup. Taken and read again 3 days ago.");
}

#[test]
fn s111_what_an_incident_says_is_not_said_twice_nor_contradicted() {
    let view = seen(|facts, _| {
        facts.difference = 1;
        facts.incidents = vec![incident(Sort::Books), incident(Sort::Disk)];
    });
    for section in ["books", "disk"] {
        let about: Vec<&Finding> = view.findings.iter().filter(|one| one.runbook == section).collect();
        assert!(about.len() == 1 && about[0].kind == Kind::Incident, "{about:?}");
    }
}

#[test]
fn s111_what_nobody_told_is_never_well() {
    let (facts, _) = quiet();
    let view = judge(Ok(&facts), &Place::default(), NOW);
    let of_place = [Kind::Writer, Kind::Background, Kind::Disk, Kind::Clock, Kind::Backup, Kind::Drill];
    let others =
        [Kind::Copies, Kind::Certificates, Kind::Witness, Kind::Paging, Kind::Database, Kind::Process];
    for kind in of_place.into_iter().chain(others) {
        let one = view.findings.iter().find(|finding| finding.kind == kind);
        assert!(one.is_some_and(|one| one.level == Level::NotKnown), "{one:?}");
    }
    assert!(view.headline.en.ends_with("Not set up or not known from here: 12."), "{}", view.headline.en);
    let old = seen(|_, place| place.looked = ago(2));
    assert_eq!(old.count(Level::NotKnown), 12, "what was seen two minutes ago is not known: {old:?}");
    let dead = unreadable("the file is not there", &quiet().1, NOW);
    assert_eq!((dead.level(), dead.findings[0].kind), (Level::Now, Kind::Record));
    assert!(dead.findings[0].says.en.contains("the file is not there"));
    assert!(runbook::section(&dead.findings[0].runbook).is_some());
}

#[test]
fn s111_the_record_itself_is_asked_and_names_no_patient() {
    let mut world = World::new("status");
    let desk = world.context(Role::LaboratoryDesk);
    let look = |world: &World| {
        let context = crate::Context { now: world.clock.plus_minutes(2), ..desk.clone() };
        world.record.look(&context, Status { place: Arc::new(quiet().1) }).expect("a status")
    };
    let of = |view: &StatusView, kind: Kind| -> Vec<Finding> {
        view.findings.iter().filter(|finding| finding.kind == kind).cloned().collect()
    };
    assert_eq!(of(&look(&world), Kind::Filing)[0].level, Level::NotSetUp);
    world.send("ADT^A01^ADT_A01", "HRH", &[crate::chart::tests::MAREN, "PV1|1|I|6N^12^A^HRH"]);
    let filed = of(&look(&world), Kind::Filing);
    assert_eq!(filed[0].level, Level::Fine, "{filed:?}");
    let pause = crate::feeds::Pause { link: "LAB@HRH".into(), minutes: 60, reason: "Wrong analyser".into() };
    let context = crate::Context { now: world.clock, ..desk.clone() };
    world.record.act(&context, pause).expect("paused");
    let one = Found {
        subject: "harbourview-emr".into(),
        what: Words::new("Call the clinic.", "Appeler la clinique."),
        because: Words::new("Nothing since 09:00.", "Rien depuis 09:00."),
    };
    let view = world.record.store().view().expect("a view");
    world.record.hold_incidents(&view, Sort::ReceiverSilent, &[one], world.clock).expect("held");
    drop(view);
    let now = look(&world);
    assert!(of(&now, Kind::Pause)[0].says.en.starts_with("LAB@HRH has been paused for 2 min"), "{now:?}");
    let incident = &of(&now, Kind::Incident)[0];
    assert_eq!((incident.runbook.as_str(), incident.level), ("receiver-silent", Level::Soon));
    assert_eq!(incident.title.en, "Silent receiver: harbourview-emr");
    let json = serde_json::to_string(&now).expect("JSON");
    for name in ["Drumlin", "DRUMLIN", "Maren", "00718264", "0144679875", "19610309"] {
        assert!(!json.contains(name), "{name}: {json}");
    }
    assert_eq!(serde_json::from_str::<StatusView>(&json).expect("read again"), now);
}

#[test]
fn s111_sections_of_the_runbook_are_told_apart() {
    let section = runbook::section("canary").expect("a section");
    assert_eq!(section.title, "Test result not taken");
    assert!(section.body.starts_with("The daily test result was refused") && !section.body.contains("###"));
    let last = runbook::section("order").expect("a section");
    assert!(last.body.ends_with("In the morning."), "the next chapter does not belong to it: {}", last.body);
    assert!(runbook::section("nothing").is_none());
}
