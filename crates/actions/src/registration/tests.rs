//! Search before create over a real store.

use super::{
    Create, Created, Dismissal, Figures, Form, PaperForm, PaperForms, Search, SearchView, Strength, Timing,
};
use crate::chart::tests::World;
use crate::identity::{CaseFilter, CaseSort, History, Worklist};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Role;
use clinical::identity::Sex;
use fhir::{Instant, PersonId};
use std::sync::atomic::{AtomicUsize, Ordering};

const MAREN: &str = "PID|1||00718264^^^HRH^MR~0144679875^^^CANNS^JHN||Drumlin^Maren^Isolde^^^^L||19610309|F|||1 Shore Rd^^Halifax^NS^B3H1A1||9025550117";

fn form(family: &str, given: &str, birth: &str) -> Form {
    Form {
        family: family.into(),
        given: given.into(),
        birth_date: birth.into(),
        sex: Some(Sex::Female),
        no_card: "not-with".into(),
        ..Form::default()
    }
}

impl World {
    fn clerk(&self, create: Create) -> Result<(), Refusal> {
        self.record.act(&self.context(Role::Registrar), create)
    }
    fn search(&self, form: &Form) -> SearchView {
        let search = Search { form: form.clone() };
        self.record.look(&self.context(Role::Registrar), search).expect("candidates")
    }
}

fn create(form: Form, form_id: &str, dismissed: Vec<Dismissal>) -> Create {
    let timing = Timing { to_candidates_ms: 40, to_create_ms: 9_000, searches: 3 };
    Create { form, dismissed, form_id: form_id.into(), timing, paper: None }
}

/// Entered from a form on paper.
fn from_paper(form: Form, number: &str, happened: Option<Instant>) -> Create {
    Create {
        paper: Some(PaperForm { number: number.to_owned(), happened }),
        ..create(form, "typed", Vec::new())
    }
}

fn dismissal(person: PersonId, code: &str) -> Dismissal {
    Dismissal { person, code: code.into(), text: String::new() }
}

fn desk(name: &str) -> World {
    let mut world = World::new(name);
    world.offer("ADT^A04^ADT_A01", "HRH", &["EVN|A04|20261121080000", MAREN]);
    world
}

#[test]
fn id2_candidates_appear_while_typing() {
    let world = desk("typing");
    let strength = |form: &Form| world.search(form).candidates.first().map(|found| found.strength);
    let partial = |family: &str, given: &str, birth: &str| {
        strength(&Form { sex: None, no_card: String::new(), ..form(family, given, birth) })
    };
    assert_eq!(partial("Dr", "", ""), None, "two letters alone say nothing");
    for typed in [("Drum", "", ""), ("Dru", "", "1961"), ("dru", "ma", ""), ("", "Mar", "1961-03")] {
        assert!(partial(typed.0, typed.1, typed.2).is_some(), "{typed:?}");
    }
    assert_eq!(partial("Drumlin", "Maren", "1961-03-09"), Some(Strength::Strong));
    assert_eq!(partial("Drumlin", "Marin", "1961-03-09"), Some(Strength::Strong), "a letter off");
    assert_eq!(partial("Maren", "Drumlin", "1961-03-09").map(|s| s >= Strength::Possible), Some(true));
    let card = Form { card: "0144 679 875".into(), ..Form::default() };
    assert_eq!(strength(&card), Some(Strength::Strong), "by the card alone");
    let phone = Form { telephone: "902 555-0117".into(), given: "Maren".into(), ..Form::default() };
    assert_eq!(strength(&phone), Some(Strength::Possible), "by telephone and given name");
    let nobody = world.search(&form("Saltmarsh", "Tobias", "1988-03-19"));
    assert!(nobody.candidates.is_empty() && nobody.needed.is_empty(), "{nobody:?}");
    let found = world.search(&form("Drumlin", "Maren", "1961-03-09"));
    assert!(found.candidates[0].reasons.iter().any(|words| !words.fr.is_empty()));
    let audited = world.record.store().view().expect("a view").audit_tail(1).expect("rows");
    assert_eq!(audited[0].1.verb, "search-to-register");
    assert!(audited[0].1.person.is_some() && !audited[0].1.object.contains("Drumlin"));
}

#[test]
fn id2_h03_a_record_is_made_only_when_each_strong_candidate_is_dismissed_with_a_reason() {
    let world = desk("create");
    let typed = form("Drumlin", "Marin", "1961-03-09");
    let refused = world.clerk(create(typed.clone(), "f1", Vec::new())).expect_err("refused");
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.words.en.contains("Drumlin, Maren"), "{refused}");
    let maren = world.search(&typed).candidates[0].banner.person;
    for code in ["", "because", "other"] {
        let refused = world.clerk(create(typed.clone(), "f1", vec![dismissal(maren, code)]));
        assert!(refused.is_err(), "{code:?} is no reason");
    }
    world.clerk(create(typed.clone(), "f1", vec![dismissal(maren, "twin")])).expect("made");
    world.clerk(create(typed.clone(), "f1", vec![dismissal(maren, "twin")])).expect("pressed twice");
    let made = world
        .record
        .look(&world.context(Role::Registrar), Created { form_id: "f1".into() })
        .expect("the record");
    assert_eq!((made.authority.as_str(), made.value.as_str()), ("OPOR", "P00000018"));
    assert_eq!((made.banner.family.as_str(), made.banner.birth_date.as_str()), ("Drumlin", "1961-03-09"));
    assert_ne!(made.person, maren);
    // The dismissal stays: they are two people for machine and sender.
    let steward = world.context(Role::IdentitySteward);
    let history = world.record.look(&steward, History { person: maren, as_of: None }).expect("a history");
    assert_eq!(history.apart.len(), 1);
    assert!(history.apart[0].words.en.contains("Twin"), "{:?}", history.apart[0]);
    let figures = world.record.look(&world.context(Role::Registrar), Figures).expect("figures");
    assert_eq!((figures.registrations, figures.to_candidates_p95_ms, figures.dismissed), (1, 40, 1));
    assert_eq!((figures.records, figures.reviews), (2, 0));
    // Found by everybody from now on, like any other record.
    assert_eq!(world.search(&typed).candidates.len(), 2);
}

/// Namesakes on file: more than are compared.
const NAMESAKES: usize = 405;

#[test]
fn h03_a_common_name_does_not_hide_the_card_holder() {
    let mut world = World::new("namesakes");
    let mut numbers: Vec<String> = (0..=NAMESAKES).map(|n| format!("{}", 700_000 + n)).collect();
    numbers.sort_by_key(|number| fhir::RecordId::of("HRH", number));
    // The one looked for stands last in the order of records.
    let holder = numbers.pop().expect("a number");
    for (n, number) in numbers.iter().enumerate() {
        let born = format!("19{:02}{:02}{:02}", n % 50, n % 12 + 1, n % 28 + 1);
        let pid = format!("PID|1||{number}^^^HRH^MR||Drumlin^Maren^^^^^L||{born}|F");
        world.offer("ADT^A04^ADT_A01", "HRH", &["EVN|A04|20261121080000", &pid]);
    }
    let pid = MAREN.replace("00718264", &holder);
    world.offer("ADT^A04^ADT_A01", "HRH", &["EVN|A04|20261121080000", &pid]);
    let by_card = Form { card: "0144679875".into(), ..form("Drumlin", "Maren", "1999-12-31") };
    let by_birth_date = form("Drumlin", "Maren", "1961-03-09");
    for typed in [by_card, by_birth_date] {
        let found = world.search(&typed);
        assert!(found.too_many, "more namesakes than are compared");
        assert_eq!(found.candidates[0].record, fhir::RecordId::of("HRH", &holder));
        assert_eq!(found.candidates[0].strength, Strength::Strong);
        let refused = world.clerk(create(typed, "f1", Vec::new())).expect_err("not dismissed");
        assert_eq!(refused.kind, RefusalKind::Conflict);
    }
}

#[test]
fn h03_a_form_used_again_gives_nobody_the_number_of_another() {
    let world = desk("again");
    let first = form("Fundy", "Priya", "1970-07-07");
    world.clerk(create(first.clone(), "f1", Vec::new())).expect("made");
    world.clerk(create(first.clone(), "f1", Vec::new())).expect("pressed twice");
    let others = [
        form("Fundy", "Prya", "1970-07-07"),
        form("Fundy", "Priya", "1970-07-08"),
        Form { card: "0144679875".into(), no_card: String::new(), ..first },
        Form::default(),
    ];
    for other in others {
        let refused = world.clerk(create(other, "f1", Vec::new())).expect_err("somebody else");
        assert_eq!(refused.kind, RefusalKind::Conflict, "{refused}");
        assert!(refused.words.en.contains("Open the form again") && refused.words.fr.contains("Rouvrez"));
    }
}

/// An outage of eight hours: what was written at its beginning is entered at its end.
const OUTAGE_MINUTES: i64 = 8 * 60;

#[test]
fn h67_after_an_outage_of_eight_hours_a_paper_form_entered_twice_and_sent_by_the_feed_makes_one_person() {
    let mut world = desk("paper");
    let now = world.context(Role::Registrar).now;
    let (number, written) =
        (clinical::downtime_form::number(&[7; 32]), Some(now.plus_minutes(-OUTAGE_MINUTES)));
    let priya =
        Form { card: "0155679871".into(), no_card: String::new(), ..form("Fundy", "Priya", "1970-07-07") };
    world.clerk(from_paper(priya.clone(), &number, written)).expect("entered");
    world
        .clerk(from_paper(priya.clone(), &number.to_lowercase(), written))
        .expect("a second clerk has the same paper");
    let form_id = format!("paper-{number}");
    let made = world.record.look(&world.context(Role::Registrar), Created { form_id }).expect("the record");
    let steward = world.context(Role::IdentitySteward);
    let history =
        world.record.look(&steward, History { person: made.person, as_of: None }).expect("a history");
    let told = history.events.iter().map(|event| event.why.en.as_str()).collect::<Vec<_>>().join("; ");
    assert!(told.contains(&number) && told.contains("written 20") && told.contains("entered 20"), "{told}");

    // The hospital's own system was up, and sends whom it has registered meanwhile.
    let sent = "PID|1||00990001^^^HRH^MR~0155679871^^^CANNS^JHN||Fundy^Priya^^^^^L||19700707|F";
    world.offer("ADT^A04^ADT_A01", "HRH", &["EVN|A04|20261121080000", sent]);
    let found = world.search(&priya).candidates;
    assert_eq!(found.len(), 1, "one person: {found:?}");

    let other = form("Fundy", "Prya", "1970-07-07");
    let refused = world.clerk(from_paper(other, &number, written)).expect_err("another person");
    assert!(
        refused.kind == RefusalKind::Conflict && refused.words.en.contains("entered already"),
        "{refused}"
    );
}

#[test]
fn h67_a_paper_form_needs_its_number_and_when_it_was_written() {
    let world = desk("slips");
    let now = world.context(Role::Registrar).now;
    let number = clinical::downtime_form::number(&[9; 32]);
    let priya = form("Fundy", "Priya", "1970-07-07");
    let slip = number.replace('-', "").chars().rev().collect::<String>();
    for (number, happened, because) in [
        (slip.as_str(), Some(now), "no number of a paper form"),
        (&number, None, "When was the paper form written"),
        (&number, Some(now.plus_minutes(1)), "later than now"),
    ] {
        let refused = world.clerk(from_paper(priya.clone(), number, happened)).expect_err(because);
        assert!(refused.kind == RefusalKind::Unreadable && refused.words.en.contains(because), "{refused}");
    }
    assert!(world.search(&priya).candidates.is_empty(), "nobody was made");
    let print =
        |role| world.record.look(&world.context(role), PaperForms { random: [3; 32], is_french: false });
    let pages = print(Role::Registrar).expect("forms");
    assert_eq!(clinical::rendering::page_count(&pages), Some(super::FORMS_AT_ONCE));
    assert_eq!(print(Role::FamilyDoctor).expect_err("no desk").kind, RefusalKind::NotAllowed);
}

#[test]
fn what_is_missing_is_said_and_who_may_not_is_refused() {
    let world = desk("missing");
    let blank = world.clerk(create(Form::default(), "f1", Vec::new())).expect_err("refused");
    assert_eq!(blank.kind, RefusalKind::Unreadable);
    for word in ["Family name", "Birth date", "Health card"] {
        assert!(blank.words.en.contains(word), "{blank}");
    }
    let tomorrow = form("Drumlin", "Nora", "2026-11-30");
    assert!(world.clerk(create(tomorrow, "f2", Vec::new())).is_err());
    assert!(world.clerk(create(form("Fundy", "Priya", "1970-07-07"), " ", Vec::new())).is_err());
    let doctor = world.context(Role::FamilyDoctor);
    let refused = world.record.act(&doctor, create(form("Fundy", "Priya", "1970-07-07"), "f3", Vec::new()));
    assert_eq!(refused.expect_err("refused").kind, RefusalKind::NotAllowed);
}

#[test]
fn a_likely_candidate_that_nobody_had_to_dismiss_becomes_a_question() {
    let world = desk("question");
    // Another birth year, the same name, telephone and postal code.
    let typed = Form {
        telephone: "902 555 0117".into(),
        postal_code: "B3H 1A1".into(),
        ..form("Drumlin", "Maren", "1971-03-09")
    };
    let near = world.search(&typed);
    if near.candidates[0].strength == Strength::Possible && near.candidates[0].weight >= 8.0 {
        world.clerk(create(typed, "f1", Vec::new())).expect("made");
        let steward = world.context(Role::IdentitySteward);
        let list = world
            .record
            .look(&steward, Worklist { filter: CaseFilter::Pairs, picked: None })
            .expect("a list");
        assert_eq!((list.lines.len(), list.lines[0].sort), (1, CaseSort::Pair));
    }
}

/// Threads at the desk.
const THREADS: usize = 64;
/// Attempts of each to register the same person.
const ATTEMPTS: usize = 12;

#[test]
fn h03_64_clerks_who_register_one_person_make_one_record() {
    let world = World::new("clerks");
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (world, made) = (&world, &made);
            scope.spawn(move || {
                for attempt in 0..ATTEMPTS {
                    let typed = form("Fundy", "Priya", "1970-07-07");
                    if world.clerk(create(typed, &format!("f{thread}-{attempt}"), Vec::new())).is_ok() {
                        made.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(made.load(Ordering::Relaxed), 1);
    assert_eq!(world.search(&form("Fundy", "Priya", "1970-07-07")).candidates.len(), 1);
}

#[test]
fn id2_memory_finds_whom_no_key_finds() {
    let mut world = World::new("desk-warm");
    let one =
        "PID|1||1001^^^HRH^MR||Thériault^Évangéline^^^^^L||19800307|F|||1 Water Street^^Wharfton^NS^B0N1A0";
    world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", one]);
    // Day and month swapped, a letter lost.
    let typed = form("Terriault", "Evangeline", "1980-07-03");
    assert!(world.search(&typed).candidates.is_empty());
    let warming = crate::identity::Warming::start(&world.record).expect("a thread");
    while world.record.warm().holds() != Some(1) {
        std::thread::yield_now();
    }
    let found = world.search(&typed).candidates;
    warming.stop();
    assert_eq!(found.first().map(|found| found.strength), Some(Strength::Strong));
}
