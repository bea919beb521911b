//! A sample of every screen: synthetic people of the demo, for the sweeps, the style checks and the pictures.

mod chart;
mod operations;

use crate::components::chrome::{Choices, Chrome, User};
use crate::screens::{self, Failure};
use actions::deliveries::{DeskFilter, DeskView, FiguresView};
use actions::encounters::TimelineView;
use actions::home::HomeView;
use actions::identity::ReviewView;
use actions::patients::{Age, Banner, Found, Hit, Understood};
use actions::reports::ListView;
use actions::sign_in::Persona;
use actions::values::Role;
use actions::values::Words;
use chart::{counts, hits, laboratory_report, lines, report, results, summary, visits, waiting};
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use operations::{desk, message, messages, review};

/// 2026-11-22 14:05 Atlantic.
const NOW: Instant = Instant(1_795_370_700_000_000);
/// Who signs in in the samples.
const SEATS: &[(&str, &str, Role, &str, &str)] = &[
    (
        "cairnwood",
        "Cairnwood, Aoife",
        Role::FamilyDoctor,
        "Family doctor, Harbourview Clinic",
        "Médecin de famille, clinique Harbourview",
    ),
    (
        "marram",
        "Marram, Jo",
        Role::LaboratoryDesk,
        "Delivery desk, provincial laboratory",
        "Bureau de remise, laboratoire provincial",
    ),
    (
        "sorrel",
        "Sorrel, Ana",
        Role::IdentitySteward,
        "Identity steward, health records",
        "Responsable de l’identité, archives",
    ),
];

/// One sample page: a name for a file, and the page.
pub struct Sample {
    /// `summary`, `desk` …
    pub name: &'static str,
    /// The page as sent.
    pub html: String,
}

/// Every screen from its sample, in the language and look of `choices`.
#[must_use]
pub fn pages(choices: Choices) -> Vec<Sample> {
    let doctor = chrome(choices, Some(0));
    let lab = chrome(choices, Some(1));
    let steward = chrome(choices, Some(2));
    let stranger = chrome(choices, None);
    let found = |text: &str, hits: Vec<Hit>, understood: Understood| {
        screens::search::screen(&doctor, text, Some(&Found { understood, hits, too_many: false }))
    };
    let both =
        || Understood::NameAndBirthDate { name: "DRUMLIN Maren".into(), birth_date: "1961-03-09".into() };
    let all = vec![
        ("sign-in", screens::sign_in::screen(&stranger, &personas(), "/")),
        ("home", screens::home::screen(&doctor, &HomeView { waiting: waiting(), more: 0 })),
        ("home-empty", screens::home::screen(&doctor, &HomeView { waiting: Vec::new(), more: 0 })),
        ("search", found("DRUMLIN Maren 1961-03-09", hits(), both())),
        ("search-empty", found("DRUMLIN Maren 1961-03-09", Vec::new(), both())),
        ("summary", screens::summary::screen(&doctor, &summary())),
        ("results", screens::results::screen(&doctor, &results(), &screens::results::Asked::default())),
        (
            "reports",
            screens::reports::screen(
                &doctor,
                &ListView { banner: banner(), counts: counts(), lines: lines() },
            ),
        ),
        ("report", screens::reader::screen(&doctor, &report(), false)),
        ("report-laboratory", screens::reader::screen(&lab, &laboratory_report(), false)),
        (
            "visits",
            screens::encounters::screen(
                &doctor,
                &TimelineView { banner: banner(), counts: counts(), lines: visits() },
            ),
        ),
        ("desk", screens::desk::screen(&lab, &desk(), DeskFilter::All, "")),
        (
            "desk-figures",
            screens::desk::figures_screen(
                &lab,
                &FiguresView { census: desk().census, tabs: desk().tabs },
                DeskFilter::All,
            ),
        ),
        (
            "desk-empty",
            screens::desk::screen(
                &lab,
                &DeskView { lines: Vec::new(), picked: None, ..desk() },
                DeskFilter::All,
                "noted",
            ),
        ),
        ("identity", screens::identity::screen(&steward, &review(), false)),
        (
            "identity-empty",
            screens::identity::screen(
                &steward,
                &ReviewView { lines: Vec::new(), case: None, solved_today: 4 },
                true,
            ),
        ),
        ("messages", screens::message::list(&lab, &messages(), "all")),
        ("message", screens::message::screen(&lab, &message())),
        ("display", screens::display::screen(&doctor, "/")),
        ("help", screens::display::help(&doctor)),
        ("not-found", screens::states::screen(&doctor, &Failure::NotFound, "/")),
        ("stale", screens::states::screen(&doctor, &Failure::Stale, "/")),
        ("silent", screens::states::screen(&doctor, &Failure::Silent, "/")),
    ];
    all.into_iter().map(|(name, page)| Sample { name, html: page.into_string() }).collect()
}

fn chrome(choices: Choices, seat: Option<usize>) -> Chrome {
    let user = seat.and_then(|i| SEATS.get(i)).map(|(_, name, role, en, fr)| User {
        name: (*name).to_owned(),
        role: *role,
        place: Some(Words::new(*en, *fr)),
    });
    Chrome {
        choices,
        user,
        now: NOW,
        form_token: "0".repeat(64),
        here: "/".to_owned(),
        build: "opor 0.1.0".to_owned(),
        demo: true,
    }
}

/// The three seats.
#[must_use]
pub fn personas() -> Vec<Persona> {
    SEATS
        .iter()
        .map(|(id, name, role, en, fr)| Persona {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            role: *role,
            place: Words::new(*en, *fr),
            practitioner: None,
        })
        .collect()
}

fn words(en: &str, fr: &str) -> Words {
    Words::new(en, fr)
}

fn record() -> RecordId {
    RecordId::of("HI", "00718264")
}

fn key(kind: Kind, name: &str) -> ResourceKey {
    ResourceKey::of(record(), kind, &[name])
}

fn ago(minutes: i64) -> Instant {
    NOW.plus_minutes(-minutes)
}

fn banner() -> Banner {
    Banner {
        person: PersonId::born_with(record()),
        family: "Drumlin".into(),
        given: "Maren Isolde".into(),
        goes_by: "Maren".into(),
        birth_date: "1961-03-09".into(),
        age: Age::Years(65),
        sex: "female".into(),
        health_cards: vec![("NS".into(), "0041702816".into())],
        record_numbers: vec![("HI".into(), "00718264".into()), ("DG".into(), "00135590".into())],
        allergies: vec!["Penicillin: anaphylaxis".into(), "Latex: rash".into()],
        weight: Some(("71.4\u{a0}kg".into(), "2026-11-20".into())),
        died: None,
        identity_open: false,
    }
}
