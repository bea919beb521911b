//! Relations, reasons, consent, broken glass, and that what is out of scope changes nothing that anybody is told.

use crate::access_report::{Pages, Report};
use crate::breakglass::{Asked, Break, StateReason};
use crate::chart::tests::{World, filled, maren, twin};
use crate::consent::{Done, EndDirective, OfPerson, PrivacyDesk, Withhold};
use crate::context::{Actor, Context};
use crate::record::{Act, Look};
use crate::refusal::RefusalKind;
use crate::{
    corrections, deliveries, encounters, home, medications, messages, patients, reports, resources, results,
};
use clinical::access::{DataClass, Purpose, Role};
use fhir::search::r4::{Request, Unknown};
use fhir::{Kind, PersonId};
use std::fmt::Debug;

/// A value and a code that stand in Maren's laboratory reports and nowhere else.
const CANARIES: [&str; 3] = ["6.1", "2823-3", "Renal function"];

fn who(world: &World, id: &str, role: Role) -> Context {
    let practitioner = (id == "cairnwood").then(|| "p-cairnwood".to_owned());
    let actor = Actor {
        through: None,
        id: id.to_owned(),
        role,
        name: format!("{}, Someone", id.to_uppercase()),
        practitioner,
    };
    Context { actor, purpose: role.usual_purpose(), now: world.clock }
}

fn doctor(world: &World) -> Context {
    who(world, "cairnwood", Role::FamilyDoctor)
}

fn officer(world: &World) -> Context {
    who(world, "wren", Role::PrivacyOfficer)
}

fn withhold(world: &World, classes: &[DataClass], change: impl FnOnce(&mut Withhold)) {
    let mut act = Withhold {
        person: Some(maren()),
        classes: classes.iter().map(|class| class.code().to_owned()).collect(),
        reason: "Form 12".to_owned(),
        ..Withhold::default()
    };
    change(&mut act);
    world.record.act(&officer(world), act).expect("kept");
}

/// Random questions that both records are asked.
const QUESTIONS: usize = 600;

/// Everything that a look of a chart answers somebody, as one text.
fn told<L: Look>(world: &World, context: &Context, look: L) -> String
where
    L::View: Debug,
{
    match world.record.look(context, look) {
        Ok(view) => format!("{view:?}"),
        Err(refusal) => format!("{:?} {}", refusal.kind, refusal.words.en),
    }
}

/// Every look that shows something of a person, by name.
fn everything(world: &World, context: &Context, person: PersonId) -> Vec<(String, String)> {
    let mut said = vec![
        ("find".to_owned(), told(world, context, patients::Find { text: "Drumlin Maren 1961-03-09".into() })),
        ("summary".to_owned(), told(world, context, patients::Summary { person })),
        ("results".to_owned(), told(world, context, results::All { person })),
        ("reports".to_owned(), told(world, context, reports::List { person })),
        ("visits".to_owned(), told(world, context, encounters::Timeline { person })),
        ("medications".to_owned(), told(world, context, medications::Medications { person })),
        ("home".to_owned(), told(world, context, home::Home)),
        ("asked".to_owned(), told(world, context, Asked { person })),
        ("consent".to_owned(), told(world, context, OfPerson { person })),
        ("privacy".to_owned(), told(world, context, PrivacyDesk)),
    ];
    let view = world.record.store().view().expect("a view");
    for row in view.records_of_person(person).expect("records") {
        for kind in Kind::ALL {
            for stored in view.resources_of(row.record, *kind, usize::MAX).expect("resources") {
                let key = stored.key;
                said.push((format!("read {key}"), told(world, context, resources::Read::at(key, None))));
                said.push((format!("old {key}"), told(world, context, resources::Read::at(key, Some(1)))));
                said.push((
                    format!("report {key}"),
                    told(world, context, reports::Read { person, report: key, version: None }),
                ));
                said.push((
                    format!("open {key}"),
                    told(world, context, reports::Open { person, report: key, index: 0 }),
                ));
            }
            let patient = format!("Patient/{}", row.record);
            let pairs = [("patient".to_owned(), patient)];
            if let Ok(request) = Request::read(*kind, &pairs, Unknown::Refuse, context.now) {
                let text = format!("{kind} of {}", row.record);
                said.push((text.clone(), told(world, context, resources::Find { request, text })));
            }
        }
    }
    said
}

fn holds_canary(text: &str) -> Option<&'static str> {
    CANARIES.into_iter().find(|canary| text.contains(canary))
}

#[test]
fn s003_a_chart_opens_by_relation_or_by_a_reason_that_ends() {
    let mut world = filled("relation");
    world.record.look(&doctor(&world), results::All { person: maren() }).expect("she ordered something");
    let refused =
        world.record.look(&doctor(&world), results::All { person: twin() }).expect_err("nothing ties them");
    assert_eq!(refused.kind, RefusalKind::ReasonNeeded);
    let found =
        world.record.look(&doctor(&world), patients::Find { text: "00718299".into() }).expect("found");
    assert_eq!(found.hits.len(), 1);
    assert_eq!(
        found.hits[0].last_event, None,
        "when something happened is told to whoever may open the chart"
    );
    let stated = |reason: &str| StateReason {
        person: twin(),
        reason: reason.into(),
        words: "In the waiting room".into(),
    };
    let unknown = world.record.act(&doctor(&world), stated("curious")).expect_err("no such reason");
    assert_eq!(unknown.kind, RefusalKind::Unreadable);
    world.record.act(&doctor(&world), stated("treating")).expect("kept");
    world.record.look(&doctor(&world), results::All { person: twin() }).expect("a reason is on file");
    let other = who(&world, "other", Role::FamilyDoctor);
    assert!(world.record.look(&other, results::All { person: twin() }).is_err(), "it is one reader's reason");
    world.clock = world.clock.plus_minutes(8 * 60 + 1);
    assert!(world.record.look(&doctor(&world), results::All { person: twin() }).is_err(), "and it ends");
    let desk = world.record.look(&officer(&world), PrivacyDesk).expect("the desk");
    assert!(desk.openings.iter().any(|line| line.words == "In the waiting room" && !line.glass));
}

#[test]
fn s072_of_those_who_fit_as_well_the_readers_own_people_come_first() {
    let mut world = filled("own-first");
    for (n, given) in ["Wren", "Tobias", "Isabel", "Gordon", "Lucille"].into_iter().enumerate() {
        let pid = format!("PID|1||{n:06}^^^DCH^MR||Saltmarsh^{given}||19700501|F");
        world.send("ADT^A04", "DCH", &[&pid, "PV1|1|E"]);
    }
    let search = |world: &World| {
        let look = patients::Find { text: "Saltmarsh 1970-05-01".into() };
        world.record.look(&doctor(world), look).expect("found").hits
    };
    let before = search(&world);
    assert_eq!(before.len(), 5);
    let last = before.last().expect("somebody").banner.person;
    let stated = StateReason { person: last, reason: "treating".into(), words: String::new() };
    world.record.act(&doctor(&world), stated).expect("kept");
    assert_eq!(search(&world)[0].banner.person, last);
}

#[test]
fn s112_a_pharmacist_sees_laboratory_values_and_no_documents() {
    let world = filled("pharmacist");
    let context = who(&world, "kestrel", Role::Pharmacist);
    assert!(world.record.look(&context, results::All { person: maren() }).is_err(), "nothing ties them");
    let stated = StateReason { person: maren(), reason: "treating".into(), words: String::new() };
    world.record.act(&context, stated).expect("kept");
    let results = world.record.look(&context, results::All { person: maren() }).expect("results");
    assert!(
        results
            .groups
            .iter()
            .any(|(_, series)| series.iter().any(|series| series.name.contains("Potassium")))
    );
    assert!(!results.banner.allergies.is_empty(), "allergies are never hidden (H84)");
    let list = world.record.look(&context, reports::List { person: maren() }).expect("reports");
    assert!(!list.lines.is_empty());
    assert!(
        list.lines.iter().all(|line| !line.title.contains("X-ray") && !line.title.contains("summary")),
        "{:?}",
        list.lines
    );
    assert_eq!(list.counts.encounters, 0);
    world.record.look(&context, medications::Medications { person: maren() }).expect("medications");
    assert!(
        world.record.look(&context, patients::Summary { person: maren() }).is_err(),
        "not the whole chart"
    );
}

#[test]
fn l09_what_a_person_withholds_is_on_no_way_out() {
    let world = filled("withheld");
    let roles = [
        doctor(&world),
        who(&world, "cairnwood", Role::Pharmacist),
        who(&world, "marram", Role::LaboratoryDesk),
        who(&world, "token script", Role::Script),
    ];
    let before = everything(&world, &roles[0], maren());
    assert!(before.iter().any(|(_, said)| holds_canary(said).is_some()), "the canary is there to be found");
    withhold(&world, &[DataClass::Laboratory], |_| {});
    for context in &roles {
        for (what, said) in everything(&world, context, maren()) {
            // What was typed into a search, and whom it is about, is no data of the chart.
            let found = holds_canary(&said);
            assert!(found.is_none(), "{:?} {what} says {found:?}: {said}", context.actor.role);
        }
        let view = world.record.store().view().expect("a view");
        let head = view.message_page(&store::MessageQuery::default(), 50, None).expect("messages");
        for row in head.rows.iter().filter(|row| row.message_type.starts_with("ORU")) {
            if context.actor.role == Role::LaboratoryDesk {
                let said = told(&world, context, messages::Show { message: row.id });
                assert!(!said.contains("6.1|mmol"), "the raw message says it: {said}");
            }
        }
    }
    let results = world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    assert!(results.groups.is_empty() && results.counts.results == 0);
    let words = results.banner.withheld.words().expect("it is said that something is withheld");
    assert!(words.en.contains("Laboratory results"), "{words:?}");
    let reports = world.record.look(&doctor(&world), reports::List { person: maren() }).expect("reports");
    assert!(reports.lines.iter().any(|line| line.title.contains("X-ray")), "what is not withheld is shown");
    let standing = world.record.look(&officer(&world), PrivacyDesk).expect("the desk").directives;
    let end = EndDirective { id: standing[0].id, reason: "She asked".into() };
    world.record.act(&officer(&world), end.clone()).expect("ended");
    assert!(world.record.act(&officer(&world), end).is_err(), "once");
    let after = world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    assert!(!after.groups.is_empty() && after.banner.withheld.words().is_none());
}

#[test]
fn h71_what_names_somebody_is_theirs_wherever_it_is_kept() {
    let world = filled("named");
    let system = who(&world, "application", Role::System);
    let view = world.record.store().view().expect("a view");
    let patient = view.records_of_person(maren()).expect("records")[0].record;
    drop(view);
    let named = fhir::ResourceKey::patient(patient).id();
    // Neither type stands at her record: the first by its place in no compartment, the second since it gains her later.
    let task = |words: &str| {
        format!(
            r#"{{"resourceType":"Task","id":"t-1","status":"requested","intent":"order","description":"CANARY"{words}}}"#
        )
    };
    let about = format!(r#","for":{{"reference":"https://opor.example/fhir/Patient/{named}"}}"#);
    let write = |body: String, seed: &str| {
        let target = resources::Target::Id("t-1".into());
        let change = resources::Change::Update { target, body: body.into_bytes(), version: None };
        let step = resources::Step { kind: Kind::Task, change, full_url: None };
        world.record.act(&system, resources::Write::new(vec![step], seed.into()))
    };
    write(task(""), "1").expect("kept");
    write(task(&about), "2").expect("kept");
    let read = || resources::Read { kind: Kind::Task, id: "t-1".into(), version: None };
    let find = || {
        let request = Request::read(Kind::Task, &[], Unknown::Refuse, world.clock).expect("a search");
        resources::Find { request, text: String::new() }
    };
    assert!(told(&world, &system, read()).contains("Task"));
    let rows = || {
        let view = world.record.store().view().expect("a view");
        let rows = view.audit_of_person(maren(), 1_000).expect("rows");
        rows.iter().map(|(_, row)| format!("{} {}", row.verb, row.object)).collect::<Vec<_>>()
    };
    assert!(rows().iter().any(|row| row.ends_with(" Task/t-1")), "{:?}", rows());
    withhold(&world, &[DataClass::Orders], |_| {});
    let hidden = told(&world, &system, read());
    assert!(hidden.starts_with("NotFound"), "{hidden}");
    let page = world.record.look(&system, find()).expect("a page");
    assert!(page.resources.is_empty(), "{page:?}");
    let past = resources::History { kind: None, id: None, since: None, before: None, count: 500 };
    let versions = world.record.look(&system, past).expect("versions").resources;
    let of_task = versions.iter().filter(|one| one.key.kind == Kind::Task).count();
    assert_eq!(of_task, 1, "only the version that did not name her");
    // A page that claims to have begun before the newest version leads to no version behind the veil.
    let mut forged = find();
    forged.request.cursor = Some("7fffffffffff.0.0".into());
    assert!(world.record.look(&system, forged).is_err());
    let gone = resources::Change::Delete { target: resources::Target::Id("t-1".into()), version: None };
    let step = resources::Step { kind: Kind::Task, change: gone, full_url: None };
    world.record.act(&system, resources::Write::new(vec![step], "3".into())).expect("as if there were none");
    let view = world.record.store().view().expect("a view");
    let place = view.place(Kind::Task, "t-1").expect("a place");
    assert!(view.current(place.key).expect("read").is_some(), "nothing was deleted");
}

#[test]
fn h71_a_refusal_that_tells_something_leaves_its_row() {
    let world = filled("refused");
    let system = who(&world, "application", Role::System);
    let all = || {
        let view = world.record.store().view().expect("a view");
        view.audit_tail(50).expect("rows")
    };
    let absent = resources::Read { kind: Kind::Patient, id: "nobody".into(), version: None };
    assert!(world.record.look(&system, absent).is_err());
    let target = resources::Target::Condition("gender=female".into());
    let change = resources::Change::Update {
        target,
        body: br#"{"resourceType":"Patient","id":"x-1"}"#.to_vec(),
        version: Some(9),
    };
    let step = resources::Step { kind: Kind::Patient, change, full_url: None };
    assert!(world.record.act(&system, resources::Write::new(vec![step], "1".into())).is_err());
    let told: Vec<String> = all().iter().map(|(_, row)| format!("{} {}", row.verb, row.object)).collect();
    assert!(told.iter().any(|row| row == "refused-read-fhir Patient/nobody"), "{told:?}");
    assert!(told.iter().any(|row| row == "refused-write-fhir update Patient?gender=female"), "{told:?}");
}

#[test]
fn l09_a_directive_is_held_against_whom_it_names() {
    let world = filled("named");
    withhold(&world, &[], |act| act.roles = vec!["pharmacist".into()]);
    let own = world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    assert!(!own.groups.is_empty());
    let context = who(&world, "cairnwood", Role::Pharmacist);
    let theirs = world.record.look(&context, results::All { person: maren() }).expect("results");
    assert!(theirs.groups.is_empty() && theirs.banner.withheld.words().is_some());
    let unknown = Withhold {
        person: Some(maren()),
        practitioners: vec!["p-nobody".into()],
        reason: "Form".into(),
        ..Withhold::default()
    };
    assert!(world.record.act(&officer(&world), unknown).is_err(), "nobody of that id");
    let name = Withhold {
        person: Some(maren()),
        classes: vec!["demographics".into()],
        reason: "Form".into(),
        ..Withhold::default()
    };
    assert!(world.record.act(&officer(&world), name).is_err(), "the name is never withheld");
}

#[test]
fn h75_broken_glass_shows_one_patient_for_an_hour_and_is_reviewed_by_another() {
    let mut world = filled("glass");
    let glass = || Break { person: maren(), reason: "life".into(), words: "Found unconscious".into() };
    let early = world.record.act(&doctor(&world), glass()).expect_err("nothing is withheld");
    assert_eq!(early.kind, RefusalKind::Conflict);
    withhold(&world, &[DataClass::Laboratory], |_| {});
    assert!(
        world.record.act(&who(&world, "cairnwood", Role::Pharmacist), glass()).is_err(),
        "not for this role"
    );
    world.record.act(&doctor(&world), glass()).expect("broken");
    let seen = world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    assert!(!seen.groups.is_empty() && seen.banner.withheld.opened);
    let rows = world.record.store().view().expect("a view").audit_tail(1).expect("rows");
    assert_eq!(rows[0].1.purpose, Purpose::EmergencyTreatment.code());
    let other = who(&world, "other", Role::FamilyDoctor);
    let stated = StateReason { person: maren(), reason: "treating".into(), words: String::new() };
    world.record.act(&other, stated).expect("kept");
    let unseen = world.record.look(&other, results::All { person: maren() }).expect("results");
    assert!(unseen.groups.is_empty(), "it is one reader's glass");
    let desk = world.record.look(&officer(&world), PrivacyDesk).expect("the desk");
    assert_eq!(desk.owed.len(), 2, "a review and a word to the patient: {:?}", desk.owed);
    assert!(desk.owed.iter().all(|line| line.due > world.clock));
    let review = desk
        .owed
        .iter()
        .find(|line| line.kind == clinical::obligations::ObligationKind::AccessReview)
        .expect("a review");
    let done = |how: &str| Done { obligation: review.obligation, how: how.into() };
    let own = who(&world, "cairnwood", Role::PrivacyOfficer);
    assert!(world.record.act(&own, done("Fine")).is_err(), "never by who broke it");
    assert!(world.record.act(&officer(&world), done(" ")).is_err(), "and never without a word");
    world.record.act(&officer(&world), done("The call sheet agrees")).expect("reviewed");
    world.clock = world.clock.plus_minutes(61);
    let after = world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    assert!(after.groups.is_empty() && !after.banner.withheld.opened, "an hour is over");
}

#[test]
fn l09_a_withheld_copy_is_not_sent_and_the_recipient_is_told() {
    let world = filled("copies");
    let queued = |world: &World| {
        world.record.offers_due("harbourview-emr", world.clock.plus_minutes(60), 50).expect("offers")
    };
    let before = queued(&world);
    assert!(!before.is_empty(), "something is on its way");
    // Held against everybody: she ordered them, so she receives them.
    withhold(&world, &[DataClass::Laboratory, DataClass::Imaging], |_| {});
    assert_eq!(queued(&world).len(), before.len());
    // Held against her clinic: nothing goes, and the privacy desk says who acts instead.
    withhold(&world, &[], |act| act.places = vec!["harbourview".into()]);
    assert_eq!(queued(&world).len(), 0);
    assert_eq!(queued(&world).len(), 0);
    let desk = world.record.look(&officer(&world), PrivacyDesk).expect("the desk");
    assert!(!desk.owed.is_empty(), "nothing ends in silence");
    for line in &desk.owed {
        assert!(holds_canary(&format!("{line:?}")).is_none(), "{line:?}");
        world
            .record
            .act(&officer(&world), Done { obligation: line.obligation, how: "Rang Dr. Fundy".into() })
            .expect("done");
    }
    assert!(world.record.look(&officer(&world), PrivacyDesk).expect("the desk").owed.is_empty());
}

#[test]
fn s112_l02_the_persons_own_report_has_each_look_and_no_surname() {
    let world = filled("own-report");
    for _ in 0..3 {
        world.record.look(&doctor(&world), results::All { person: maren() }).expect("results");
    }
    world.record.look(&doctor(&world), patients::Summary { person: maren() }).expect("summary");
    let view = world.record.look(&officer(&world), Report { person: maren() }).expect("a report");
    let results = view.looks.iter().filter(|line| line.what.en == "read results or reports").count();
    let chart = view.looks.iter().filter(|line| line.what.en == "read your chart").count();
    assert_eq!((results, chart), (3, 1), "one line for each look: {:?}", view.looks);
    assert!(!view.results.is_empty(), "what became of the results");
    for french in [false, true] {
        let pdf = world.record.look(&officer(&world), Pages { person: maren(), french }).expect("pages");
        let text = paper::read::texts(&pdf).join(" ");
        let bytes = String::from_utf8_lossy(&pdf).into_owned();
        for surname in ["Cairnwood", "CAIRNWOOD", "cairnwood"] {
            assert!(!text.contains(surname) && !bytes.contains(surname), "a patient reads {surname}");
            assert!(!format!("{:?}{:?}", view.looks, view.results).contains(surname));
        }
        assert!(holds_canary(&text).is_none(), "the desk sees sorts of data and no content");
    }
    assert!(
        world.record.look(&doctor(&world), Report { person: maren() }).is_err(),
        "not a doctor's to make"
    );
}

#[test]
fn l14_a_statement_of_disagreement_stands_beside_its_report_and_is_told_to_its_holders() {
    let world = filled("statement");
    let list = world.record.look(&doctor(&world), reports::List { person: maren() }).expect("reports");
    let report = list.lines.iter().find(|line| line.title.contains("X-ray")).expect("the film").key;
    let ask = |about: &str| corrections::Ask {
        person: maren(),
        asked: "It was the right side".into(),
        about: about.into(),
    };
    assert!(world.record.act(&officer(&world), ask("DiagnosticReport/nothing")).is_err());
    world.record.act(&officer(&world), ask(&report.to_string())).expect("taken");
    let person = world.record.look(&officer(&world), OfPerson { person: maren() }).expect("the person");
    let request = person.corrections.first().expect("a request").clone();
    let decide = |verdict: &str| corrections::Decide {
        obligation: request.obligation,
        verdict: verdict.into(),
        statement: "I say it was the right side.".into(),
    };
    assert!(world.record.act(&officer(&world), decide("maybe")).is_err());
    world.record.act(&officer(&world), decide("disagreed")).expect("decided");
    assert!(world.record.act(&officer(&world), decide("corrected")).is_err(), "once");
    let read = reports::Read { person: maren(), report, version: None };
    let view = world.record.look(&doctor(&world), read).expect("the report");
    assert_eq!(view.statements.len(), 1, "{:?}", view.statements);
    let filter =
        store::ObligationFilter { kind: Some("tell".into()), open: Some(true), ..Default::default() };
    let told = world.record.store().view().expect("a view").obligations(&filter, 10, 0).expect("rows");
    assert!(told.iter().any(|row| row.words.contains("I say it was the right side")), "holders are told");
}

/// A small generator: the same seed asks the same questions.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

/// Kinds of which there is something to find; half of the searches ask for one of them.
const ON_FILE: [Kind; 6] = [
    Kind::Patient,
    Kind::Observation,
    Kind::DiagnosticReport,
    Kind::DocumentReference,
    Kind::Encounter,
    Kind::AllergyIntolerance,
];

/// What refers to what was found.
const BROUGHT_ALONG: [&str; 3] = ["Provenance:target", "Observation:patient", "DiagnosticReport:subject"];

/// One random question.
fn question(world: &World, contexts: &[Context], dice: &mut Dice) -> (String, String) {
    let context = &contexts[dice.roll(contexts.len())];
    let person = [maren(), twin(), PersonId::from_i64(7)][dice.roll(3)];
    let texts = ["Drumlin Maren 1961-03-09", "00718264", "0144679875", "8812", "Drumlin", "00718299"];
    let kind = match dice.roll(2) {
        0 => Kind::ALL[dice.roll(Kind::ALL.len())],
        _ => ON_FILE[dice.roll(ON_FILE.len())],
    };
    let records = ["HRH:00718264", "VGH:8812", "HRH:00718299"].map(|name| {
        let (authority, value) = name.split_once(':').expect("two parts");
        fhir::RecordId::of(authority, value)
    });
    let record = records[dice.roll(3)];
    let said = match dice.roll(14) {
        0 => told(world, context, patients::Find { text: texts[dice.roll(texts.len())].into() }),
        1 => told(world, context, patients::Summary { person }),
        2 => told(world, context, results::All { person }),
        3 => told(world, context, reports::List { person }),
        4 => told(world, context, encounters::Timeline { person }),
        5 => told(world, context, medications::Medications { person }),
        6 => told(world, context, home::Home),
        _ => {
            let patient = format!("Patient/{record}");
            let mut pairs = vec![("patient", patient.as_str())];
            if dice.roll(2) == 0 {
                pairs.push(("_sort", ["date", "-date"][dice.roll(2)]));
            }
            if dice.roll(2) == 0 {
                pairs.push(("_count", ["1", "2", "5"][dice.roll(3)]));
            }
            if dice.roll(3) == 0 {
                pairs.push(("code", "2823-3"));
            }
            // By what refers to it, by what it refers to, with what comes along: nothing may tell what is withheld.
            match dice.roll(6) {
                0 => pairs.push(("_revinclude", BROUGHT_ALONG[dice.roll(BROUGHT_ALONG.len())])),
                1 => pairs.push(("_include", ["Observation:*", "DiagnosticReport:result"][dice.roll(2)])),
                2 => pairs.push(("_has:Observation:patient:code", "2823-3")),
                3 => pairs.push(("patient.name", "drumlin")),
                4 => pairs.push(("_summary", "count")),
                _ => {}
            }
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            match Request::read(kind, &pairs, Unknown::LeaveOut, context.now) {
                Ok(request) => {
                    let find = resources::Find { request, text: String::new() };
                    // Where the next page begins is a number within; that there is one is told.
                    let page = world.record.look(context, find).map(|mut page| {
                        page.next = page.next.map(|_| String::new());
                        page
                    });
                    format!("{page:?}")
                }
                Err(_) => String::new(),
            }
        }
    };
    (format!("{:?} {kind} {person} {record}", context.actor.role), said)
}

/// Whether two worlds answer random questions alike; the first that they do not.
fn differ(one: &World, other: &World, questions: usize, seed: u64) -> Option<(String, String, String)> {
    let contexts = |world: &World| {
        vec![
            doctor(world),
            who(world, "kestrel", Role::Pharmacist),
            who(world, "cairnwood", Role::Pharmacist),
            who(world, "token script", Role::Script),
        ]
    };
    let (mine, theirs) = (contexts(one), contexts(other));
    let (mut first, mut second) = (Dice(seed), Dice(seed));
    for _ in 0..questions {
        let ((asked, said), (_, also)) =
            (question(one, &mine, &mut first), question(other, &theirs, &mut second));
        if said != also {
            return Some((asked, said, also));
        }
    }
    None
}

#[test]
fn h71_two_records_that_differ_out_of_scope_answer_alike() {
    let mut one = filled("scope-one");
    let mut other = filled("scope-other");
    for world in [&one, &other] {
        withhold(world, &[DataClass::Laboratory], |_| {});
    }
    // The other has more of what nobody of them may see.
    let order = "OBR|1|P8^HRH|A99^HRH|24362-6^Renal function panel^LN|||20261120093000|||||||||||||||20261120100000||CH|F";
    for n in 0..3 {
        other.send(
            "ORU^R01^ORU_R01",
            "HRH",
            &[
                crate::chart::tests::MAREN,
                &order.replace("A99", &format!("A99{n}")),
                "OBX|1|NM|2823-3^Potassium^LN||7.7|mmol/L|3.5-5.1|HH|||F",
            ],
        );
    }
    other.clock = one.clock;
    let found = differ(&one, &other, QUESTIONS, 42);
    assert!(found.is_none(), "{found:#?}");
    // The test can fail: what is in scope makes a difference.
    let film = "OBR|1|P9^HRH|X77^HRH|36643-5^Chest X-ray, 2 views^LN|||20261121190000|||||||||4471^Cairnwood^Aoife^^^^^^NSHBILL||||||20261121200500||RAD|F";
    let text = "OBX|1|TX|36643-5^Chest X-ray, 2 views^LN|1|Nothing new.||||||F";
    one.send("ORU^R01^ORU_R01", "HRH", &[crate::chart::tests::MAREN, film, text]);
    one.clock = other.clock;
    assert!(differ(&one, &other, QUESTIONS, 42).is_some(), "what is in scope is seen");
}

#[test]
fn h71_what_a_search_brings_along_is_within_reach_too() {
    let world = filled("brought-along");
    let script = who(&world, "token script", Role::Script);
    let id = fhir::RecordId::of("HRH", "00718264").to_string();
    let along = |include: &str| -> Vec<Kind> {
        let pairs = [("_id", id.as_str()), ("_revinclude", include)];
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request::read(Kind::Patient, &pairs, Unknown::LeaveOut, world.clock).expect("a search");
        let find = resources::Find { request, text: String::new() };
        let page = world.record.look(&script, find).expect("a page");
        assert_eq!(page.resources.len(), 1);
        page.included.iter().map(|resource| resource.key.kind).collect()
    };
    let observations = along("Observation:patient").len();
    assert!(observations >= 2, "there is something to withhold");
    let reports = along("DiagnosticReport:subject").len();
    withhold(&world, &[DataClass::Laboratory], |_| {});
    let left = along("Observation:patient").len();
    assert!(left + 2 <= observations, "{left} of {observations} observations");
    assert!(along("DiagnosticReport:subject").len() < reports, "of {reports} reports");
}

#[test]
fn s003_nothing_a_community_role_does_writes_in_a_record() {
    let world = filled("no-writes");
    let count = || -> usize {
        let view = world.record.store().view().expect("a view");
        [maren(), twin()]
            .into_iter()
            .flat_map(|person| view.records_of_person(person).expect("records"))
            .map(|row| {
                Kind::ALL
                    .iter()
                    .map(|kind| view.resources_of(row.record, *kind, usize::MAX).expect("all").len())
                    .sum::<usize>()
            })
            .sum()
    };
    let before = count();
    let list = world.record.look(&doctor(&world), reports::List { person: maren() }).expect("reports");
    let mut dice = Dice(7);
    let mut done = 0;
    for _ in 0..200 {
        let role = [Role::FamilyDoctor, Role::Pharmacist][dice.roll(2)];
        let context = who(&world, ["cairnwood", "kestrel"][dice.roll(2)], role);
        let report = list.lines[dice.roll(list.lines.len())].key;
        let person = [maren(), twin()][dice.roll(2)];
        let text = || "Something that was typed".to_owned();
        let tried = match dice.roll(9) {
            0 => world.record.act(&context, StateReason { person, reason: "treating".into(), words: text() }),
            1 => world.record.act(&context, Break { person, reason: "life".into(), words: text() }),
            2 => world.record.act(&context, deliveries::Receive { person, report, version: 1 }),
            3 => {
                let sort = crate::cases::CaseSort::Missing;
                world.record.act(
                    &context,
                    crate::cases::Open { sort, item: "A77".into(), asked: text(), reach: text() },
                )
            }
            4 => world
                .record
                .act(&context, Withhold { person: Some(person), reason: text(), ..Withhold::default() }),
            5 => world
                .record
                .act(&context, corrections::Ask { person, asked: text(), about: report.to_string() }),
            6 => world.record.act(
                &context,
                resources::Load::new(vec![(
                    "Patient/1".into(),
                    br#"{"resourceType":"Patient","id":"1"}"#.to_vec(),
                )]),
            ),
            7 => world.record.act(&context, EndDirective { id: 1, reason: text() }),
            _ => world
                .record
                .act(&context, Done { obligation: store::ObligationId(dice.roll(9) as i64), how: text() }),
        };
        done += usize::from(tried.is_ok());
    }
    assert!(done > 20, "some of it was done: {done}");
    assert_eq!(count(), before, "nothing was filed");
    // And by what an act may change: a write in a record is seen as one.
    let mut changes = store::Changes::default();
    assert!(!changes.writes_record());
    changes.reopened.push(store::Settlement {
        message: store::MessageId(1),
        state: store::MessageState::Pending,
        note: String::new(),
        records: Vec::new(),
        at: world.clock,
    });
    assert!(changes.writes_record());
}

#[test]
fn s015_nothing_is_signed_unread_and_what_is_handed_on_keeps_its_clock() {
    let world = filled("inbox");
    let report = world.record.look(&doctor(&world), home::Home).expect("home").waiting[0].report.key;
    let waits = || {
        let filter = store::ObligationFilter {
            kind: Some("attention".into()),
            open: Some(true),
            resource: Some(report),
            ..Default::default()
        };
        world.record.store().view().expect("a view").obligations(&filter, 9, 0).expect("rows")
    };
    let due = |row: &store::ObligationRow| match &row.state {
        store::ObligationState::Open { due, owner, .. } => (*due, owner.clone()),
        store::ObligationState::Ended { .. } => panic!("it is open"),
    };
    let before = due(&waits()[0]);
    let have = deliveries::Receive { person: maren(), report, version: waits()[0].version };
    let unread = world.record.act(&doctor(&world), have.clone()).expect_err("unread");
    assert!(unread.words.en.contains("unread"), "{}", unread.words.en);
    let hand = |to: &str| crate::inbox::HandOn { person: maren(), report, to: to.into() };
    assert!(world.record.act(&doctor(&world), hand("p-nobody")).is_err(), "nobody of that id");
    assert!(world.record.act(&doctor(&world), hand("p-cairnwood")).is_err(), "not to oneself");
    world.record.act(&doctor(&world), hand(crate::inbox::TEAM)).expect("handed on");
    let after = due(&waits()[0]);
    assert_eq!((after.0, after.1.as_str()), (before.0, "desk:covering"), "its clock goes with it");
    let other = who(&world, "other", Role::FamilyDoctor);
    assert!(world.record.act(&other, hand(crate::inbox::TEAM)).is_err(), "nothing of it waits for them");
    world
        .record
        .look(&doctor(&world), reports::Read { person: maren(), report, version: None })
        .expect("read");
    world.record.act(&doctor(&world), have).expect("taken note of");
    assert!(waits().is_empty());
}

/// An act of ours that lies about what it is: it would file something.
struct Smuggled;
impl crate::record::Sealed for Smuggled {}
impl Act for Smuggled {
    const PERMISSION: clinical::access::Permission = clinical::access::Permission::OpenCase;
    fn object(&self) -> String {
        "smuggled".to_owned()
    }
    fn prepare(
        &self,
        reading: &crate::record::Reading<'_>,
    ) -> Result<(store::Changes, Option<PersonId>), crate::refusal::Refusal> {
        let settlement = store::Settlement {
            message: store::MessageId(1),
            state: store::MessageState::Kept,
            note: String::new(),
            records: Vec::new(),
            at: reading.context.now,
        };
        Ok((store::Changes { settlement: Some(settlement), ..Default::default() }, None))
    }
}

#[test]
fn s003_an_act_that_would_write_is_refused_to_a_community_role_in_the_one_door() {
    let world = filled("smuggled");
    let refused = world.record.act(&doctor(&world), Smuggled).expect_err("refused");
    assert_eq!(refused.kind, RefusalKind::NotAllowed);
}
