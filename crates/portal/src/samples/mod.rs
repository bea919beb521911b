//! A sample of every screen: synthetic people of the demo, for the sweeps, the style checks and the pictures.

mod accounts;
mod activity;
mod books;
mod breaker;
mod care;
mod chart;
mod desks;
mod dialects;
mod directory;
#[cfg(test)]
pub(crate) mod downtime;
mod enrolment;
mod facility;
mod identity;
mod inbox;
pub(crate) mod invented;
mod letters;
mod mailbox;
mod operations;
mod paging;
mod panel;
mod practice;
mod practice_copy;
mod primaries;
mod privacy;
mod registration;
mod smart;
mod status;

use crate::components::chrome::{Choices, Chrome, User};
use crate::screens::enrolment as join;
use crate::screens::enrolment::steps::Step;
use crate::screens::identity::{Done, person::Then};
use crate::screens::launches::Unknown;
use crate::screens::panel::Above;
use crate::screens::sign_in::Written;
use crate::screens::{self, Failure};
use actions::deliveries::{DeskFilter, DeskView, FiguresView};
use actions::encounters::TimelineView;
use actions::enrolment::Asked;
use actions::identity::{CaseFilter, WorklistView};
use actions::medications::MedicationsView;
use actions::panel::{PanelView, Show};
use actions::patients::{Age, Banner, Found, Hit, Understood};
use actions::plans::PlansView;
use actions::problems::ProblemsView;
use actions::reports::ListView;
use actions::sign_in::Persona;
use actions::values::Role;
use actions::values::Words;
use actions::values::enrolment::State;
use chart::{counts, hits, laboratory_report, lines, report, results, summary, visits};
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};
use maud::Markup;
use operations::{desk, message, messages};

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
    (
        "tern",
        "Tern, Maude",
        Role::Registrar,
        "Registration desk, Halifax Infirmary",
        "Bureau d’inscription, Halifax Infirmary",
    ),
    (
        "plover",
        "Plover, Ida",
        Role::DirectorySteward,
        "Directory desk, provincial registry",
        "Bureau du répertoire, registre provincial",
    ),
    (
        "kestrel",
        "Kestrel, Bram",
        Role::Pharmacist,
        "Pharmacist, Harbour Pharmacy",
        "Pharmacien, pharmacie Harbour",
    ),
    (
        "wren",
        "Wren, Odile",
        Role::PrivacyOfficer,
        "Privacy desk, health records",
        "Vie privée, archives médicales",
    ),
    ("marsh", "Marsh, Ines", Role::UnitManager, "Manager of ward 6", "Gestionnaire de l’unité 6"),
    (
        "heron",
        "Heron, Pia",
        Role::Coordinator,
        "Enrolment desk, provincial health",
        "Bureau des adhésions, santé provinciale",
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
    let registrar = chrome(choices, Some(3));
    let keeper = chrome(choices, Some(4));
    let pharmacist = chrome(choices, Some(5));
    let officer = chrome(choices, Some(6));
    let manager = chrome(choices, Some(7));
    let stranger = chrome(choices, None);
    let coordinator = chrome(choices, Some(7));
    let found = |text: &str, hits: Vec<Hit>, understood: Understood| {
        screens::search::screen(&doctor, text, Some(&Found { understood, all: hits.len(), hits }), false)
    };
    let both =
        || Understood::NameAndBirthDate { name: "DRUMLIN Maren".into(), birth_date: "1961-03-09".into() };
    let all = vec![
        ("sign-in", screens::sign_in::screen(&stranger, &personas(), "/")),
        ("sign-in-account", accounts::entry(&stranger)),
        ("sign-in-way", accounts::way(&stranger)),
        ("sign-in-closed", screens::accounts::closed(&stranger)),
        ("sign-in-invited", accounts::invited(&stranger)),
        ("sign-in-choose", accounts::choose(&stranger)),
        ("sign-in-refused", accounts::refused(&stranger)),
        ("sign-in-help", screens::accounts::help(&stranger, None)),
        ("account", accounts::own(&doctor)),
        ("account-statements", accounts::statements(&doctor)),
        ("account-prove", accounts::prove(&doctor)),
        ("account-unproven", accounts::unproven(&doctor)),
        ("home", screens::home::screen(&doctor, &panel::home())),
        ("home-empty", screens::home::screen(&doctor, &panel::home_empty())),
        ("home-quiet", screens::home::screen(&doctor, &panel::home_quiet())),
        ("team", screens::inbox::screen(&doctor, &inbox::team(), "taken")),
        ("team-empty", screens::inbox::screen(&doctor, &Default::default(), "")),
        ("panel", screens::panel::screen(&doctor, &panel::panel(), Show::All, "", &Above::Changed)),
        (
            "panel-file",
            screens::panel::screen(&doctor, &panel::panel(), Show::All, "", &Above::Taken(&panel::file())),
        ),
        ("panel-empty", screens::panel::screen(&doctor, &Default::default(), Show::All, "", &Above::Nothing)),
        (
            "panel-nobody",
            screens::panel::screen(
                &doctor,
                &PanelView { lines: Vec::new(), matching: 0, ..panel::panel() },
                Show::New,
                "heron",
                &Above::Nothing,
            ),
        ),
        ("coverage", screens::coverage::screen(&doctor, &panel::coverage())),
        ("coverage-empty", screens::coverage::screen(&doctor, &Default::default())),
        ("people", screens::facility::screen(&manager, &facility::desk(), true)),
        ("people-empty", screens::facility::screen(&manager, &Default::default(), false)),
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
        ("report", screens::reader::screen(&doctor, &report(), &[], "")),
        ("report-laboratory", screens::reader::screen(&lab, &laboratory_report(), &[operations::owed()], "")),
        (
            "visits",
            screens::encounters::screen(
                &doctor,
                &TimelineView { banner: banner(), counts: counts(), lines: visits() },
            ),
        ),
        (
            "medications",
            screens::medications::screen(
                &doctor,
                &MedicationsView { banner: banner(), counts: counts(), lines: care::medicines() },
            ),
        ),
        (
            "medications-empty",
            screens::medications::screen(
                &doctor,
                &MedicationsView { banner: banner(), counts: counts(), lines: Vec::new() },
            ),
        ),
        (
            "problems",
            screens::problems::screen(
                &doctor,
                &ProblemsView {
                    banner: banner(),
                    counts: counts(),
                    allergies: care::allergies(),
                    problems: care::problems(),
                    procedures: care::procedures(),
                    vaccinations: care::vaccinations(),
                },
            ),
        ),
        (
            "problems-empty",
            screens::problems::screen(
                &doctor,
                &ProblemsView {
                    banner: banner(),
                    counts: counts(),
                    allergies: Vec::new(),
                    problems: Vec::new(),
                    procedures: Vec::new(),
                    vaccinations: Vec::new(),
                },
            ),
        ),
        (
            "plans",
            screens::plans::screen(
                &doctor,
                &PlansView {
                    banner: banner(),
                    counts: counts(),
                    appointments: care::appointments(),
                    referrals: care::referrals(),
                    waiting: care::waiting(),
                },
            ),
        ),
        (
            "plans-empty",
            screens::plans::screen(
                &doctor,
                &PlansView {
                    banner: banner(),
                    counts: counts(),
                    appointments: Vec::new(),
                    referrals: Vec::new(),
                    waiting: Vec::new(),
                },
            ),
        ),
        ("desk", screens::desk::screen(&lab, &desk(), DeskFilter::All, "", &operations::takers())),
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
                &Default::default(),
            ),
        ),
        ("identity", case_page(&steward, &identity::two(), CaseFilter::All, "")),
        ("identity-three", case_page(&steward, &identity::three(), CaseFilter::Reported, "linked")),
        ("identity-second", case_page(&steward, &identity::second(), CaseFilter::Pairs, "")),
        (
            "identity-list",
            screens::identity::screen(&steward, &identity::worklist(), CaseFilter::All, &done("undone")),
        ),
        (
            "identity-empty",
            screens::identity::screen(&steward, &identity::nothing(), CaseFilter::Pairs, &done("")),
        ),
        ("identity-part", screens::identity::compare::screen(&steward, &identity::parting())),
        ("identity-compare", screens::identity::compare::screen(&steward, &identity::pair())),
        (
            "identity-person",
            screens::identity::person::screen(
                &steward,
                &identity::history(),
                &Then::default(),
                &done("apart"),
            ),
        ),
        (
            "identity-undo",
            screens::identity::undo::screen(&steward, actions::LinkEventId(7), &identity::dry_run()),
        ),
        (
            "identity-undo-not",
            screens::identity::undo::screen(&steward, actions::LinkEventId(7), &identity::dry_run_refused()),
        ),
        ("identity-decisions", screens::identity::decisions::screen(&steward, &identity::decisions(), true)),
        ("identity-figures", screens::identity::figures::screen(&steward, &registration::figures())),
        (
            "registration",
            screens::registration::screen(
                &registrar,
                &registration::draft(),
                Some(&registration::found()),
                None,
                None,
            ),
        ),
        (
            "registration-begin",
            screens::registration::screen(
                &registrar,
                &screens::registration::Draft::new("f".repeat(64), NOW),
                None,
                None,
                Some(&registration::figures()),
            ),
        ),
        ("registration-created", screens::registration::created(&registrar, &registration::created())),
        (
            "breaker",
            screens::breaker::screen(
                &steward,
                &breaker::stops(),
                &screens::breaker::Tried { verdict: "reject".into(), ..Default::default() },
                false,
            ),
        ),
        (
            "breaker-decided",
            screens::breaker::screen(&steward, &breaker::decided(), &Default::default(), true),
        ),
        (
            "directory",
            screens::directory::screen(&keeper, &directory::overview(), screens::directory::Done::Decided),
        ),
        ("directory-empty", screens::directory::screen(&keeper, &Default::default(), Default::default())),
        (
            "breaker-empty",
            screens::breaker::screen(&steward, &Default::default(), &Default::default(), false),
        ),
        (
            "dialects",
            screens::dialects::screen(
                &lab,
                &dialects::overview(),
                &screens::dialects::Done::Tried(Box::new(dialects::trial())),
                &dialects::typed(),
            ),
        ),
        (
            "dialects-refused",
            screens::dialects::screen(
                &lab,
                &Default::default(),
                &screens::dialects::Done::Refused(words(
                    "Nothing was tried: line 4: OBX-5 says what was found; a dialect never writes it. Ask the sender to put it right",
                    "Rien n’a été essayé : line 4: OBX-5 says what was found; a dialect never writes it. Ask the sender to put it right",
                )),
                &Default::default(),
            ),
        ),
        (
            "switched",
            screens::switching::screen(
                &doctor,
                Some(&actions::switching::SwitchedView {
                    asked: banner(),
                    open: Banner { given: "Marin".into(), ..banner() },
                }),
                &[],
            ),
        ),
        ("locked", screens::sign_in::locked(&doctor, crate::sessions::Locked::Idle, "/", &Written::Nothing)),
        (
            "locked-kept",
            screens::sign_in::locked(
                &doctor,
                crate::sessions::Locked::Elsewhere,
                "/cases",
                &Written::Kept(&[("asked".into(), "Where is it?".into())]),
            ),
        ),
        (
            "locked-lost",
            screens::sign_in::locked(&doctor, crate::sessions::Locked::Idle, "/panel", &Written::Lost),
        ),
        ("launch", screens::launches::ticket(&stranger)),
        ("authorize", screens::smart::consent(&doctor, &smart::consent(), "client_id=growth", None)),
        ("authorize-choose", screens::smart::choose(&doctor, "Growth chart", "client_id=growth", None)),
        (
            "authorize-found",
            screens::smart::choose(&doctor, "Growth chart", "client_id=growth", Some(&smart::found())),
        ),
        (
            "authorize-going",
            screens::smart::going(&doctor, "Growth chart", "https://growth.example/back?code=1"),
        ),
        ("apps-open", screens::smart::open(&doctor, &smart::open(true))),
        ("apps-open-empty", screens::smart::open(&doctor, &smart::open(false))),
        ("apps-own", screens::smart::own(&doctor, &smart::own())),
        ("apps-own-empty", screens::smart::own(&doctor, &[])),
        ("apps-registered", screens::smart::registered(&coordinator, &smart::registered())),
        ("apps-registered-empty", screens::smart::registered(&coordinator, &[])),
        (
            "launch-unsure",
            screens::launches::unsure(
                &doctor,
                &[actions::launches::Named {
                    number: "0144679875".into(),
                    issuer: "NS".into(),
                    birth_date: "1961-09-03".into(),
                    family: "Drumlin".into(),
                    given: "Maren".into(),
                }],
                "Harbourview Clinic",
                &hits(),
            ),
        ),
        ("launch-unlinked", screens::launches::unlinked(&stranger, "Harbour EMR", Unknown::Person)),
        ("launch-factor", screens::launches::unlinked(&doctor, "Harbour EMR", Unknown::Factor)),
        ("launch-tie", screens::launches::tie(&doctor, "Harbour EMR", "Practitioner/tern")),
        ("switched-unnamed", screens::switching::screen(&doctor, None, &["Seen in clinic."])),
        ("access", screens::access::screen(&stranger)),
        ("reason", screens::reason::screen(&pharmacist, &privacy::asked(true), "/")),
        ("withheld", screens::reason::screen(&doctor, &privacy::asked(false), "/")),
        (
            "results-withheld",
            screens::results::screen(
                &doctor,
                &actions::results::ResultsView {
                    banner: Banner { withheld: privacy::withheld(), ..banner() },
                    groups: Vec::new(),
                    columns: Vec::new(),
                    ..results()
                },
                &screens::results::Asked::default(),
            ),
        ),
        ("privacy", screens::privacy::screen(&officer, &privacy::desk(), true)),
        ("privacy-empty", screens::privacy::screen(&officer, &Default::default(), false)),
        ("detection", screens::detection::screen(&officer, &activity::queue(), true)),
        ("detection-empty", screens::detection::screen(&officer, &Default::default(), false)),
        ("breach", screens::breaches::screen(&officer, &activity::breach("", false), false)),
        ("breach-notified", screens::breaches::screen(&officer, &activity::breach("notify", false), true)),
        ("breach-closed", screens::breaches::screen(&officer, &activity::breach("not-notify", true), false)),
        ("tip", screens::tips::screen(&stranger, &screens::tips::Said::Nothing)),
        ("tip-taken", screens::tips::screen(&stranger, &screens::tips::Said::Taken("7K2MP-9QXRT-4WZ3H"))),
        (
            "tip-waits",
            screens::tips::screen(&stranger, &screens::tips::Said::State(&activity::tip_state(false))),
        ),
        (
            "tip-answered",
            screens::tips::screen(&stranger, &screens::tips::Said::State(&activity::tip_state(true))),
        ),
        ("retention", screens::retention::screen(&officer, &activity::retention(), true)),
        ("retention-empty", screens::retention::screen(&officer, &Default::default(), false)),
        ("consent", screens::privacy::person(&officer, &privacy::person(), true)),
        ("consent-preview", screens::privacy::preview(&officer, &privacy::preview())),
        ("own-report", screens::privacy::report(&officer, &privacy::report())),
        ("page", screens::paging::screen(&stranger, &paging::waits(), "0")),
        ("page-taken", screens::paging::screen(&stranger, &paging::taken(), "0")),
        ("page-passed", screens::paging::screen(&stranger, &paging::passed(), "0")),
        ("page-ended", screens::paging::screen(&doctor, &paging::ended(), "0")),
        ("practice", screens::practice::screen(&stranger, &practice::status(), "0")),
        ("practice-new", screens::practice::screen(&doctor, &Default::default(), "0")),
        ("practice-resend", screens::practice::resending::screen(&doctor, &practice::resend(), "0", true)),
        (
            "practice-resend-nothing",
            screens::practice::resending::screen(&doctor, &Default::default(), "0", false),
        ),
        ("destinations", screens::practice::destinations::screen(&lab, &practice::destinations(), true)),
        ("destinations-none", screens::practice::destinations::screen(&lab, &[], false)),
        (
            "directory-mine",
            screens::directory::mine::screen(
                &doctor,
                &directory::mine(),
                &|_| "/practice/0".to_owned(),
                "proposed",
            ),
        ),
        ("directory-weigh", screens::directory::weighing::screen(&keeper, &directory::weighed())),
        ("directory-behind", screens::directory::weighing::screen(&keeper, &directory::behind())),
        ("directory-copies", screens::directory::copies::screen(&keeper, &directory::copies())),
        ("directory-copies-none", screens::directory::copies::screen(&keeper, &Default::default())),
        ("messages", screens::message::list(&lab, &messages(), &Default::default(), &Default::default())),
        ("messages-held", screens::message::list(&lab, &messages(), &desks::causes(), &desks::held())),
        (
            "replay",
            screens::replays::screen(
                &lab,
                &desks::choices(),
                &Default::default(),
                Some((&desks::replayed(), false)),
            ),
        ),
        (
            "replay-nothing",
            screens::replays::screen(
                &lab,
                &desks::choices(),
                &Default::default(),
                Some((&Default::default(), true)),
            ),
        ),
        ("status", screens::status::screen(&lab, &status::quiet())),
        ("status-loud", screens::status::screen(&lab, &status::loud())),
        ("status-runbook", screens::status::runbook(&lab)),
        ("books", screens::books::screen(&lab, &books::quiet())),
        ("books-loud", screens::books::screen(&lab, &books::loud())),
        ("unmatched", screens::unmatched::screen(&lab, &desks::unmatched(), false)),
        ("unmatched-practice", screens::unmatched::screen(&doctor, &desks::unmatched(), true)),
        (
            "primaries",
            screens::primaries::screen(&lab, actions::ObligationId(3), &primaries::lines(), "withdrawn"),
        ),
        (
            "primaries-practice",
            screens::primaries::screen(&doctor, actions::ObligationId(3), &primaries::lines(), "proposed"),
        ),
        (
            "primaries-none",
            screens::primaries::screen(&lab, actions::ObligationId(3), &Default::default(), ""),
        ),
        ("letters", screens::letters::screen(&lab, &letters::letters(), true)),
        ("letters-none", screens::letters::screen(&lab, &[], false)),
        ("mailbox", screens::mailbox::list(&mailbox::desk(choices), &mailbox::sent(), true)),
        ("mailbox-none", screens::mailbox::list(&mailbox::desk(choices), &mailbox::none(), false)),
        ("mailbox-one", {
            let (line, files) = mailbox::one();
            screens::mailbox::one(&mailbox::desk(choices), &line, &files)
        }),
        ("join-forms", screens::mailbox::paper::screen(&stranger, &mailbox::paper(), None)),
        ("practice-copy", screens::practice_copy::screen(&practice_copy::within(doctor.clone(), false))),
        (
            "practice-copy-unlike",
            screens::practice_copy::screen(&practice_copy::within(doctor.clone(), true)),
        ),
        ("practice-copy-none", screens::practice_copy::screen(&stranger)),
        (
            "practice-copy-seats",
            screens::sign_in::screen(&practice_copy::within(stranger.clone(), false), &personas(), "/"),
        ),
        ("mailbox-held", {
            let (line, files) = mailbox::held();
            screens::mailbox::one(&mailbox::desk(choices), &line, &files)
        }),
        ("unmatched-empty", screens::unmatched::screen(&lab, &desks::unmatched_none(), false)),
        (
            "feeds",
            screens::feeds::screen(
                &lab,
                &desks::wall(),
                &desks::incidents(),
                &desks::batch(),
                Some(&Ok(desks::trial())),
                true,
            ),
        ),
        (
            "feeds-not",
            screens::feeds::screen(
                &lab,
                &desks::wall(),
                &[],
                &desks::batch(),
                Some(&Err(words("Choose a shorter time.", "Choisissez un temps plus court."))),
                false,
            ),
        ),
        ("trace", screens::trace::screen(&lab, &desks::trace(), desks::cases().lines.first())),
        ("trace-none", screens::trace::screen(&doctor, &desks::trace_none(), None)),
        ("cases", screens::cases::screen(&lab, &desks::cases(), true)),
        ("cases-own", screens::cases::screen(&doctor, &desks::cases(), false)),
        ("cases-empty", screens::cases::screen(&doctor, &Default::default(), false)),
        ("message", screens::message::screen(&lab, &message())),
        ("join", join::start::screen(&stranger, None)),
        (
            "join-code",
            join::start::code(
                &stranger,
                &Asked::Code("nora.plaice@harbourview.example".into()),
                Some(&words("Not that code.", "Pas ce code.")),
            ),
        ),
        ("join-code-none", join::start::code(&stranger, &Asked::Nothing, None)),
        ("join-licence", join::steps::screen(&stranger, &enrolment::begun(), Step::Licence, None)),
        ("join-workplaces", join::steps::screen(&stranger, &enrolment::licensed(), Step::Workplaces, None)),
        ("join-way", join::steps::screen(&stranger, &enrolment::scene(), Step::Way, None)),
        ("join-scene", join::steps::screen(&stranger, &enrolment::scene(), Step::Scenes, None)),
        ("join-sign", join::steps::screen(&stranger, &enrolment::unsigned(), Step::Sign, None)),
        ("join-status", join::status::screen(&stranger, &enrolment::sent(), None)),
        ("join-refused", join::status::screen(&stranger, &enrolment::refused(), None)),
        ("join-go", join::start::go_on(&stranger, "0000")),
        ("join-yes", join::start::manager(&stranger, &enrolment::asked(false), "0000")),
        ("join-yes-done", join::start::manager(&stranger, &enrolment::asked(true), "0000")),
        ("join-mails", join::start::mails(&stranger, &enrolment::mails())),
        ("applications", join::desk::screen(&coordinator, &enrolment::desk())),
        ("applications-empty", join::desk::screen(&coordinator, &Default::default())),
        ("application", join::desk::one(&coordinator, &enrolment::one(State::Complete), true)),
        ("application-active", join::desk::one(&coordinator, &enrolment::one(State::Active), false)),
        ("application-suspended", join::desk::one(&coordinator, &enrolment::one(State::Suspended), false)),
        ("application-unlisted", join::desk::one(&coordinator, &enrolment::unlisted(), false)),
        ("application-unknown", join::desk::one(&coordinator, &enrolment::unknown(), false)),
        (
            "first-patient",
            screens::first_patient::screen(&doctor, &enrolment::practice(Role::FamilyDoctor, 3, 2), "/"),
        ),
        (
            "first-patient-find",
            screens::first_patient::screen(&doctor, &enrolment::practice(Role::FamilyDoctor, 1, 0), "/"),
        ),
        (
            "first-patient-medicines",
            screens::first_patient::screen(&doctor, &enrolment::practice(Role::Dentist, 3, 0), "/"),
        ),
        (
            "first-patient-imaging",
            screens::first_patient::screen(&doctor, &enrolment::practice(Role::Chiropractor, 3, 0), "/"),
        ),
        (
            "first-patient-done",
            screens::first_patient::screen(&doctor, &enrolment::practice(Role::FamilyDoctor, 4, 3), "/"),
        ),
        (
            "first-patient-nothing",
            screens::first_patient::screen(&lab, &enrolment::practice(Role::LaboratoryDesk, 1, 0), "/"),
        ),
        ("display", screens::display::screen(&doctor, "/")),
        ("help", screens::display::help(&doctor)),
        ("not-found", screens::states::screen(&doctor, &Failure::NotFound, "/")),
        ("stale", screens::states::screen(&doctor, &Failure::Stale, "/")),
        ("silent", screens::states::screen(&doctor, &Failure::Silent, "/")),
    ];
    all.into_iter().map(|(name, page)| Sample { name, html: page.into_string() }).collect()
}

/// What the last act led to, with the way back.
fn done(word: &str) -> Done {
    let event = (word == "apart" || word == "linked").then_some(actions::LinkEventId(7));
    Done { word: word.to_owned(), event, person: event.map(|_| banner().person) }
}

fn case_page(chrome: &Chrome, view: &WorklistView, shown: CaseFilter, word: &str) -> Markup {
    match &view.open {
        Some(case) => screens::identity::case::screen(chrome, view, case, shown, &done(word)),
        None => screens::identity::screen(chrome, view, shown, &done(word)),
    }
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
        practice_copy: None,
        proves: false,
    }
}

/// The four seats.
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
        withheld: Default::default(),
        gaps: Vec::new(),
    }
}
