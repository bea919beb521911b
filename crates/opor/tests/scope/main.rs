//! Non-interference (GUARANTEES L-10, HAZARDS H71; issue 6 item 7): two records that differ only in what nobody of the
//! askers may see answer random questions at both doors alike, to the byte: status, every header but the date, body.
//!
//! 900 questions in all unless `OPOR_SCOPE_QUESTIONS` says otherwise; the full form is
//! `TMPDIR=/dev/shm OPOR_SCOPE_QUESTIONS=1000000 cargo nextest run --release -p opor --test scope --no-capture`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod questions;
mod world;

use actions::values::{DataClass, Role};
use questions::{Asker, Dice, Pool, Question, askers, main_questions, question};
use std::collections::{BTreeMap, VecDeque};
use world::{Answer, PEOPLE, World};

/// Questions in all, unless the environment says otherwise.
const QUESTIONS: usize = 900;
/// Further pages that are remembered to be asked for.
const MOST_NEXT: usize = 40;
/// Somebody of no directory.
const ELSEWHERE: &str = "9901^Fundy^Priya";
/// Who is of the directory, and ordered.
const CAIRNWOOD: &str = "4471^Cairnwood^Aoife^^^^^^NSHBILL";

/// What two worlds differ in.
#[derive(Clone, Copy)]
enum Extra {
    /// Laboratory reports of somebody who withholds them.
    Withheld,
    /// Documents, which the askers' roles do not reach.
    Class,
    /// Reports of somebody to whom nothing ties the askers.
    Stranger,
    /// Films that the askers may see.
    InScope,
}

/// One scenario: what differs, and who asks.
struct Scenario {
    extra: Extra,
    seats: &'static [Role],
    tokens: &'static [Role],
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        extra: Extra::Withheld,
        seats: &[
            Role::FamilyDoctor,
            Role::Pharmacist,
            Role::Chiropractor,
            Role::Dentist,
            Role::OtherProfessional,
        ],
        tokens: &[Role::Script, Role::System, Role::Receiver],
    },
    Scenario {
        extra: Extra::Class,
        seats: &[Role::Pharmacist, Role::Chiropractor, Role::Dentist, Role::OtherProfessional],
        tokens: &[],
    },
    Scenario {
        extra: Extra::Stranger,
        seats: &[
            Role::FamilyDoctor,
            Role::Pharmacist,
            Role::Chiropractor,
            Role::Dentist,
            Role::OtherProfessional,
        ],
        tokens: &[Role::Receiver],
    },
];

/// A world: what both hold, and extras of one of two people, so that as much came to both in the same order.
fn filled(name: &str, extra: Extra, other: bool) -> World {
    let mut world = World::open(name);
    let [maren, twin, esker] = PEOPLE;
    for (number, visit) in [(maren, "V100"), (twin, "V200"), (esker, "V300")] {
        world.visit(number, visit);
        world.laboratory(number, &format!("L{visit}"), "4.10", ELSEWHERE);
        world.document(number, &format!("D{visit}"), "Went home well.");
    }
    world.film(maren, "F100", "No acute finding.", CAIRNWOOD);
    if matches!(extra, Extra::Withheld) {
        for number in PEOPLE {
            world.withhold(number, DataClass::Laboratory);
        }
    }
    if !matches!(extra, Extra::Stranger) {
        world.everybody_says_why();
    }
    let (one, two) = match extra {
        Extra::Withheld | Extra::Class | Extra::InScope => (esker, maren),
        Extra::Stranger => (esker, twin),
    };
    let whose = if other { two } else { one };
    for n in 0..3 {
        let value = if other { "7.7" } else { "2.9" };
        match extra {
            Extra::Withheld => world.laboratory(whose, &format!("A90{n}"), value, ELSEWHERE),
            Extra::Class => world.document(whose, &format!("D90{n}"), &format!("Reading {value}.")),
            Extra::Stranger => {
                world.laboratory(whose, &format!("A90{n}"), value, ELSEWHERE);
                world.film(whose, &format!("X90{n}"), &format!("Reading {value}."), ELSEWHERE);
            }
            Extra::InScope => world.film(whose, &format!("X90{n}"), "Nothing new.", CAIRNWOOD),
        }
    }
    world
}

/// The first question that two worlds do not answer alike; what was asked is counted.
fn differ(
    worlds: [&mut World; 2],
    scenario: &Scenario,
    questions: usize,
    seed: u64,
    counts: &mut BTreeMap<String, BTreeMap<u16, usize>>,
) -> Option<(String, Answer, Answer)> {
    let [one, other] = worlds;
    let mut pool = Pool::default();
    for world in [&*one, &*other] {
        pool.ids.extend(world.ids());
        pool.obligations.extend(world.obligations());
    }
    pool.ids.sort();
    pool.ids.dedup();
    pool.obligations.sort();
    pool.obligations.dedup();
    let theirs = askers(one, scenario.seats, scenario.tokens);
    let same = askers(other, scenario.seats, scenario.tokens);
    assert!(theirs.iter().zip(&same).all(|(a, b)| a.header == b.header), "the same secrets");
    let mut dice = Dice(seed);
    let charts = !matches!(scenario.extra, Extra::Stranger);
    let main = theirs
        .iter()
        .flat_map(|asker| main_questions(asker, charts).into_iter().map(move |asked| (asker, asked)));
    let mut main: VecDeque<(&Asker, Question)> = main.collect();
    for _ in 0..questions {
        let is_main = !main.is_empty();
        let (asker, asked) = main.pop_front().unwrap_or_else(|| {
            let asker = &theirs[dice.roll(theirs.len())];
            (asker, question(asker, &pool, &mut dice))
        });
        for world in [&mut *one, &mut *other] {
            world.put(asked.method, &asked.path, &asked.headers, &asked.body);
        }
        let (said, also) = (one.answer(), other.answer());
        *counts.entry(asked.route.clone()).or_default().entry(said.status).or_default() += 1;
        assert!(!is_main || said.status == 200, "{}: {} {}", asker.name, asked.path, said.head);
        if said != also {
            let what = format!("{}: {} {} {}", asker.name, asked.method, asked.path, asked.body);
            return Some((what, said, also));
        }
        if asked.path.starts_with("/fhir")
            && let Some(next) = next(&said.body)
        {
            if pool.next.len() == MOST_NEXT {
                pool.next.clear();
            }
            pool.next.push(next);
        }
    }
    None
}

/// The link to the next page of a Bundle.
fn next(body: &str) -> Option<String> {
    let bundle: serde_json::Value = serde_json::from_str(body).ok()?;
    let link = bundle["link"].as_array()?.iter().find(|link| link["relation"] == "next")?;
    let url = link["url"].as_str()?;
    url.find("/fhir").map(|from| url[from..].to_owned())
}

#[test]
fn h71_l10_two_records_that_differ_out_of_scope_answer_alike_at_both_doors() {
    let wanted = std::env::var("OPOR_SCOPE_QUESTIONS").ok().and_then(|text| text.parse().ok());
    let wanted: usize = wanted.unwrap_or(QUESTIONS);
    let mut counts = BTreeMap::new();
    for (n, scenario) in SCENARIOS.iter().enumerate() {
        let mut one = filled(&format!("one-{n}"), scenario.extra, false);
        let mut other = filled(&format!("other-{n}"), scenario.extra, true);
        let found = differ([&mut one, &mut other], scenario, wanted / SCENARIOS.len(), 42, &mut counts);
        if let Some((asked, said, also)) = found {
            let parts = said.body.lines().zip(also.body.lines()).find(|(one, other)| one != other);
            panic!("scenario {n}: {asked}\n{parts:#?}\n{}\n{}", said.head, also.head);
        }
    }
    for (route, statuses) in &counts {
        println!("{route}: {statuses:?}");
    }
    let total: usize = counts.values().flat_map(BTreeMap::values).sum();
    println!("{total} questions, each to both; no answer differed");
}

#[test]
fn h71_what_is_in_scope_makes_a_difference() {
    let mut one = filled("in-one", Extra::InScope, false);
    let mut other = filled("in-other", Extra::InScope, true);
    let scenario = Scenario { extra: Extra::InScope, seats: &[Role::FamilyDoctor], tokens: &[Role::Script] };
    let found = differ([&mut one, &mut other], &scenario, 400, 42, &mut BTreeMap::new());
    assert!(found.is_some(), "the test can fail");
}
