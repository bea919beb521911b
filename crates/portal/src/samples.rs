//! A sample of every screen: synthetic people of the demo, for the sweeps, the style checks and the pictures.

use crate::components::chrome::{Choices, Chrome, User};
use crate::screens::{self, Failure};
use actions::deliveries::{Chain, DeskFilter, DeskItem, DeskLine, DeskView, Step, StepState};
use actions::encounters::{EncounterLine, TimelineView};
use actions::home::{HomeView, Waiting};
use actions::identity::{Case, CaseCandidate, CaseLine, ReviewView};
use actions::messages::{FiledResource, MessageLine, MessageView};
use actions::patients::{Age, Banner, ChartCounts, Found, Hit, RecordLine, SummaryView, Understood};
use actions::reports::{Attachment, Change, ListView, Paragraph, ReportLine, ReportView};
use actions::results::{Flag, Point, ResultsView, Series};
use actions::sign_in::Persona;
use actions::{Census, MessageId, MessageState, ObligationId};
use clinical::access::Role;
use clinical::identity::{Claim, Evidence, Feature, Identifier, IdentifierSort, Name, Outcome, Sex};
use clinical::intake::ReportClass;
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId, ResourceKey};

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
        "Bureau de livraison, laboratoire provincial",
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

fn other(family: &str, given: &str, born: &str, age: Age, card: &str, number: &str) -> Banner {
    Banner {
        person: PersonId::born_with(RecordId::of("DG", number)),
        family: family.into(),
        given: given.into(),
        goes_by: String::new(),
        birth_date: born.into(),
        age,
        health_cards: vec![("NS".into(), card.into())],
        record_numbers: vec![("DG".into(), number.into())],
        allergies: Vec::new(),
        weight: None,
        ..banner()
    }
}

fn hits() -> Vec<Hit> {
    vec![
        Hit {
            banner: banner(),
            why: words("Name and birth date", "Nom et date de naissance"),
            near_twin: true,
            last_event: Some(ago(265)),
        },
        Hit {
            banner: other("Drumlin", "Marin Ingrid", "1961-09-03", Age::Years(65), "0041720861", "00135590"),
            why: words("Name; birth date with month and day swapped", "Nom; mois et jour inversés"),
            near_twin: true,
            last_event: Some(ago(161_280)),
        },
        Hit {
            banner: other("Drumlin-Esker", "Maren", "1988-03-19", Age::Years(38), "0067118402", "01903371"),
            why: words("Part of the name", "Une partie du nom"),
            near_twin: false,
            last_event: None,
        },
    ]
}

fn counts() -> ChartCounts {
    ChartCounts { results: 9, reports: 5, encounters: 3 }
}

fn point(minutes: i64, value: &str, low: Option<f64>, high: Option<f64>, flag: Flag) -> Point {
    let at = ago(minutes);
    Point {
        observation: key(Kind::Observation, &format!("{minutes}{value}")),
        report: Some(key(Kind::DiagnosticReport, "chemistry")),
        at,
        value: value.into(),
        number: value.parse().ok(),
        low,
        high,
        expected: String::new(),
        flag,
        finality: Finality::Final,
        other_unit: None,
        note: String::new(),
    }
}

/// Minutes before now of the collections of the sample, newest first.
const COLLECTED: &[i64] = &[265, 3_355, 6_230, 9_120, 11_205, 115_535, 236_000, 387_200];

fn series(
    code: &str,
    name: &str,
    unit: &str,
    low: Option<f64>,
    high: Option<f64>,
    critical: f64,
    values: &[&str],
) -> Series {
    let flag = |n: f64| {
        if n >= critical {
            Flag::CriticalHigh
        } else if high.is_some_and(|h| n > h) {
            Flag::High
        } else if low.is_some_and(|l| n < l) {
            Flag::Low
        } else {
            Flag::None
        }
    };
    let points = COLLECTED
        .iter()
        .zip(values)
        .filter(|(_, value)| !value.is_empty())
        .map(|(at, value)| point(*at, value, low, high, value.parse().map_or(Flag::None, flag)))
        .collect();
    Series { code: code.into(), name: name.into(), unit: unit.into(), points }
}

fn kidney() -> Vec<Series> {
    let mut creatinine = series(
        "2160-0",
        "Creatinine",
        "umol/L",
        Some(50.0),
        Some(95.0),
        900.0,
        &["171", "158", "149", "156", "138", "131", "124", "118"],
    );
    if let Some(corrected) = creatinine.points.get_mut(3) {
        corrected.finality = Finality::Corrected;
    }
    vec![
        series(
            "2823-3",
            "Potassium",
            "mmol/L",
            Some(3.5),
            Some(5.1),
            6.0,
            &["6.1", "5.4", "5.0", "4.7", "4.4", "4.8", "4.6", "4.5"],
        ),
        series(
            "2951-2",
            "Sodium",
            "mmol/L",
            Some(136.0),
            Some(145.0),
            999.0,
            &["131", "133", "135", "136", "134", "139", "140", "139"],
        ),
        series(
            "1963-8",
            "Bicarbonate",
            "mmol/L",
            Some(22.0),
            Some(29.0),
            99.0,
            &["20", "22", "23", "24", "23", "25", "25", "26"],
        ),
        creatinine,
        series(
            "33914-3",
            "eGFR",
            "mL/min/{1.73_m2}",
            Some(60.0),
            None,
            999.0,
            &["27", "30", "32", "30", "35", "37", "40", "43"],
        ),
    ]
}

fn blood() -> Vec<Series> {
    vec![
        series(
            "718-7",
            "Hemoglobin",
            "g/L",
            Some(120.0),
            Some(160.0),
            300.0,
            &["101", "99", "100", "103", "106", "112", "115", "118"],
        ),
        series(
            "6690-2",
            "White cells",
            "10*9/L",
            Some(4.5),
            Some(11.0),
            50.0,
            &["7.9", "8.2", "8.8", "9.4", "10.9", "7.1", "", "6.8"],
        ),
        series(
            "777-3",
            "Platelets",
            "10*9/L",
            Some(150.0),
            Some(400.0),
            999.0,
            &["262", "258", "249", "241", "233", "270", "", "266"],
        ),
    ]
}

fn lines() -> Vec<ReportLine> {
    let line = |name: &str, title: &str, class, minutes, finality, flagged| ReportLine {
        key: key(
            if class == ReportClass::Document { Kind::DocumentReference } else { Kind::DiagnosticReport },
            name,
        ),
        title: title.into(),
        class,
        at: ago(minutes),
        finality,
        flagged,
        accession: format!("HIX-26-118-{:04}", minutes % 10_000),
    };
    vec![
        line(
            "chemistry",
            "Electrolytes and kidney function",
            ReportClass::Laboratory,
            265,
            Finality::Final,
            true,
        ),
        line("summary", "Discharge summary", ReportClass::Document, 2_803, Finality::Final, false),
        line("culture", "Urine culture", ReportClass::Microbiology, 4_300, Finality::Preliminary, false),
        line("echo", "Echocardiogram", ReportClass::Imaging, 8_850, Finality::Final, false),
        line("chest", "Chest X-ray, 2 views", ReportClass::Imaging, 11_180, Finality::Corrected, false),
    ]
}

fn waiting() -> Vec<Waiting> {
    let because = words("You ordered it", "Vous l’avez demandé");
    lines()
        .into_iter()
        .take(2)
        .zip([(2, 26), (0, 2_000)])
        .map(|(report, (gravity, minutes))| Waiting {
            banner: banner(),
            report,
            gravity,
            due: NOW.plus_minutes(minutes),
            because: because.clone(),
        })
        .collect()
}

fn visits() -> Vec<EncounterLine> {
    vec![
        EncounterLine {
            key: key(Kind::Encounter, "2"),
            class: words("Inpatient stay", "Hospitalisation"),
            status: "finished".into(),
            from: Some(ago(11_293)),
            to: Some(ago(3_055)),
            place: "Halifax Infirmary, 6N-14".into(),
            attending: "Tidewater, Owen".into(),
            number: "V2209417".into(),
            steps: vec![
                (ago(3_055), words("Discharged home", "Congé à domicile")),
                (ago(10_900), words("Moved to 6N-14", "Transférée au 6N-14")),
                (ago(11_293), words("Admitted through emergency", "Admise par l’urgence")),
            ],
        },
        EncounterLine {
            key: key(Kind::Encounter, "1"),
            class: words("Clinic visit", "Visite à la clinique"),
            status: "in-progress".into(),
            from: Some(ago(265)),
            to: None,
            place: "Harbourview Clinic".into(),
            attending: "Cairnwood, Aoife".into(),
            number: String::new(),
            steps: Vec::new(),
        },
        EncounterLine {
            key: key(Kind::Encounter, "0"),
            class: words("Outpatient visit", "Consultation externe"),
            status: "cancelled".into(),
            from: Some(ago(115_535)),
            to: None,
            place: "Kidney clinic".into(),
            attending: "Fundy, Priya".into(),
            number: String::new(),
            steps: Vec::new(),
        },
    ]
}

fn summary() -> SummaryView {
    let mut latest = kidney();
    latest.extend(blood());
    SummaryView {
        banner: banner(),
        latest,
        reports: lines(),
        encounters: visits(),
        records: vec![
            RecordLine {
                authority: "HI".into(),
                value: "00718264".into(),
                since: ago(500_000),
                because: words("First record of this person", "Premier dossier de cette personne"),
            },
            RecordLine {
                authority: "DG".into(),
                value: "00135590".into(),
                since: ago(90_000),
                because: words(
                    "Same health card, name and birth date",
                    "Même carte, même nom, même date de naissance",
                ),
            },
        ],
        counts: counts(),
    }
}

fn results() -> ResultsView {
    ResultsView {
        banner: banner(),
        counts: counts(),
        groups: vec![
            (words("Chemistry", "Biochimie"), kidney()),
            (words("Blood count", "Hématologie"), blood()),
        ],
        columns: COLLECTED.iter().map(|minutes| ago(*minutes)).collect(),
        withdrawn: 1,
    }
}

fn step(state: StepState, en: &str, fr: &str, minutes: Option<i64>, detail: &str) -> Step {
    Step { state, what: words(en, fr), at: minutes.map(ago), detail: detail.into() }
}

fn chains() -> Vec<Chain> {
    vec![
        Chain {
            recipient: "Cairnwood, Aoife at Harbourview Clinic".into(),
            because: words("Ordered it (OBR-16)", "L’a demandé (OBR-16)"),
            responsible: true,
            steps: vec![
                step(StepState::Done, "Filed here", "Classé ici", Some(120), "message 1-204"),
                step(
                    StepState::Done,
                    "Sent to the clinic’s EMR",
                    "Envoyé au DME de la clinique",
                    Some(120),
                    "control id 7F20417733",
                ),
                step(StepState::Done, "The EMR accepted it", "Le DME l’a accepté", Some(119), "AA"),
                step(StepState::ToCome, "Somebody opens it", "Quelqu’un l’ouvre", Some(-600), ""),
            ],
            obligation: ObligationId(1),
        },
        Chain {
            recipient: "Saltmarsh Home Care".into(),
            because: words("Copy asked for (OBR-28)", "Copie demandée (OBR-28)"),
            responsible: false,
            steps: failed_steps(),
            obligation: ObligationId(2),
        },
    ]
}

fn failed_steps() -> Vec<Step> {
    vec![
        step(StepState::Done, "Filed here", "Classé ici", Some(37), "message 1-204"),
        step(
            StepState::Done,
            "Sent to the EMR",
            "Envoyé au DME",
            Some(36),
            "control id 7F20417734, tried 6 times",
        ),
        step(StepState::Failed, "No answer from the EMR", "Aucune réponse du DME", Some(14), ""),
        step(
            StepState::Now,
            "The delivery desk owns it",
            "Le bureau de livraison s’en occupe",
            Some(-26),
            "Marram, Jo",
        ),
        step(StepState::ToCome, "The receiver confirms", "Le destinataire confirme", None, ""),
    ]
}

fn report() -> ReportView {
    let same = |text: &str| Paragraph { heading: false, runs: vec![(Change::Same, text.into())] };
    let head = |text: &str| Paragraph { heading: true, runs: vec![(Change::Same, text.into())] };
    let side = |before: &str, after: &str| Paragraph {
        heading: false,
        runs: vec![
            (Change::Same, before.into()),
            (Change::Removed, "right".into()),
            (Change::Same, " ".into()),
            (Change::Added, "left".into()),
            (Change::Same, after.into()),
        ],
    };
    let all = lines();
    let line =
        all.iter().find(|l| l.finality == Finality::Corrected).cloned().unwrap_or_else(|| all[0].clone());
    ReportView {
        banner: banner(),
        counts: counts(),
        lines: all,
        line: line.clone(),
        version: 2,
        versions: vec![(2, ago(10_431), Finality::Corrected), (1, ago(11_160), Finality::Final)],
        facts: vec![
            (words("Ordered by", "Demandé par"), "Cairnwood, Aoife".into()),
            (words("Read by", "Lu par"), "Tidewater, Owen".into()),
        ],
        text: vec![
            head("Reason"),
            same("Short of breath, weight up 6 kg in two weeks."),
            head("Findings"),
            same(
                "The heart is enlarged, more than before. Vessels in the upper lungs are prominent and there are fine lines at both bases, in keeping with fluid.",
            ),
            side(
                "There is a moderate ",
                " pleural effusion with loss of volume at the base beside it. No pneumothorax. No mass.",
            ),
            head("Impression"),
            side("Heart failure with moderate ", " pleural effusion."),
        ],
        results: Vec::new(),
        attachments: vec![Attachment {
            title: "Report as signed".into(),
            content_type: "application/pdf".into(),
            bytes: 48_213,
            key: line.key,
            index: 0,
        }],
        proof: vec![
            (Feature::FamilyName, Outcome::Agrees),
            (Feature::GivenName, Outcome::Agrees),
            (Feature::BirthDate, Outcome::Agrees),
            (Feature::HealthCard, Outcome::Agrees),
            (Feature::RecordNumber, Outcome::Agrees),
            (Feature::Telephone, Outcome::Absent),
        ],
        chain: chains(),
        message: Some(MessageId(204)),
        taken: false,
    }
}

fn laboratory_report() -> ReportView {
    let all = lines();
    ReportView {
        line: all[0].clone(),
        lines: all,
        version: 1,
        versions: vec![(1, ago(37), Finality::Final)],
        text: Vec::new(),
        attachments: Vec::new(),
        results: kidney(),
        ..report()
    }
}

fn desk() -> DeskView {
    let line =
        |n: i64, number: &str, who: &str, what: &str, to: &str, why: Words, minutes: i64, gravity: u8| {
            DeskLine {
                obligation: ObligationId(n),
                number: number.into(),
                who: who.into(),
                what: what.into(),
                to: to.into(),
                why,
                owner: words("Delivery desk", "Bureau de livraison"),
                due: NOW.plus_minutes(minutes),
                then: words("Laboratory lead on call", "Chef de laboratoire de garde"),
                gravity,
            }
        };
    let lines = vec![
        line(
            1,
            "HIX-26-118-0611",
            "M. D., 1961",
            "Potassium",
            "Cairnwood, Aoife",
            words(
                "No answer from the clinic’s EMR for 34 min",
                "Aucune réponse du DME de la clinique depuis 34 min",
            ),
            -14,
            2,
        ),
        line(
            2,
            "IWL-26-220-1190",
            "R. T., 2026",
            "Newborn screen",
            "",
            words("The order names no provider", "La demande ne nomme aucun soignant"),
            -120,
            0,
        ),
        line(
            3,
            "DGL-26-118-0402",
            "H. C., 1958",
            "Creatinine",
            "Reed, Sana",
            words(
                "EMR refused: provider number not known there",
                "Le DME a refusé : numéro de soignant inconnu là-bas",
            ),
            41,
            1,
        ),
        line(
            4,
            "HIX-26-117-2280",
            "J. B., 1990",
            "Cytology",
            "Tern Bay Family Practice",
            words("No endpoint for this place", "Aucune adresse pour ce lieu"),
            65,
            0,
        ),
        line(
            5,
            "1-377",
            "",
            "SIU^S12",
            "",
            words("A type that is not mapped yet; kept whole", "Type pas encore converti; gardé en entier"),
            1_500,
            0,
        ),
    ];
    let mut census = Census { balanced: true, ..Census::default() };
    census.messages.received = 18_440;
    census.messages.refused = 28;
    census.messages.accepted = 18_412;
    census.messages.filed = 18_404;
    census.messages.kept = 6;
    census.messages.held = 2;
    census.deliveries.due = 9_412;
    census.deliveries.acknowledged = 9_380;
    census.deliveries.pending = 27;
    census.deliveries.owned = 4;
    census.deliveries.excused = 1;
    census.feeds = vec![("halifax-laboratory".into(), census.messages.clone())];
    census.recipients = vec![("Harbourview Clinic".into(), census.deliveries.clone())];
    let picked = DeskItem {
        line: lines[0].clone(),
        chain: Some(Chain { steps: failed_steps(), ..chains()[0].clone() }),
        events: vec![
            (ago(37), "opor".into(), words("Opened", "Ouvert")),
            (
                ago(14),
                "opor".into(),
                words("No answer in time; the desk owns it", "Sans réponse à temps; le bureau s’en occupe"),
            ),
        ],
        message: Some(MessageId(204)),
        report: Some((banner().person, key(Kind::DiagnosticReport, "chemistry"))),
        can_resend: true,
    };
    DeskView {
        census,
        tabs: vec![
            (DeskFilter::All, 5),
            (DeskFilter::NotDelivered, 2),
            (DeskFilter::NoRoute, 2),
            (DeskFilter::Held, 0),
            (DeskFilter::Feed, 1),
            (DeskFilter::Solved, 38),
        ],
        lines,
        picked: Some(picked),
    }
}

fn claim(given: &str, middle: &str, born: &str, card: &str, authority: &str, number: &str) -> Claim {
    let own =
        Identifier { sort: IdentifierSort::RecordNumber, authority: authority.into(), value: number.into() };
    Claim {
        own: Some(own.clone()),
        identifiers: vec![
            Identifier { sort: IdentifierSort::HealthCard, authority: "NS".into(), value: card.into() },
            own,
        ],
        names: vec![Name {
            family: "Drumlin".into(),
            given: given.into(),
            middle: middle.into(),
            use_code: "L".into(),
        }],
        birth_date: born.into(),
        sex: Sex::Female,
        telephones: vec!["9025550117".into()],
        postal_code: "B0X1A0".into(),
        town: "Dartmouth".into(),
        mother: None,
        multiple_birth: false,
        died: false,
    }
}

fn review() -> ReviewView {
    let line = |n: i64, name: &str, why: Words, minutes: i64, waiting: u32| CaseLine {
        obligation: ObligationId(n),
        name: name.into(),
        why,
        due: NOW.plus_minutes(minutes),
        waiting,
    };
    let lines = vec![
        line(
            41,
            "DRUMLIN, Marin",
            words(
                "The message names one person and carries another’s card",
                "Le message nomme une personne et porte la carte d’une autre",
            ),
            80,
            2,
        ),
        line(
            42,
            "LEBLANC, Zoé",
            words("Twins: everything agrees but the given name", "Jumelles : tout concorde sauf le prénom"),
            200,
            1,
        ),
    ];
    let evidence = |feature, outcome, weight, en: &str, fr: &str| Evidence {
        feature,
        outcome,
        weight,
        words: words(en, fr),
    };
    let candidate = CaseCandidate {
        record: record(),
        person: banner().person,
        claim: claim("Maren", "Isolde", "1961-03-09", "0041702816", "HI", "00718264"),
        evidence: vec![
            evidence(Feature::FamilyName, Outcome::Agrees, 6.1, "Agrees", "Concorde"),
            evidence(Feature::GivenName, Outcome::Nearly, 2.1, "One letter differs", "Une lettre diffère"),
            evidence(
                Feature::BirthDate,
                Outcome::Nearly,
                -1.4,
                "Month and day swapped",
                "Mois et jour inversés",
            ),
            evidence(Feature::Sex, Outcome::Agrees, 0.4, "Agrees", "Concorde"),
            evidence(
                Feature::HealthCard,
                Outcome::Disagrees,
                -9.2,
                "Two pairs of digits swapped; both cards exist",
                "Deux paires de chiffres inversées; les deux cartes existent",
            ),
            evidence(
                Feature::Telephone,
                Outcome::Agrees,
                3.9,
                "Agrees: may be a shared line",
                "Concorde : ligne peut-être partagée",
            ),
            evidence(Feature::PostalCode, Outcome::Agrees, 2.2, "Agrees", "Concorde"),
        ],
        weight: 4.1,
    };
    ReviewView {
        case: Some(Case {
            line: lines[0].clone(),
            message: MessageId(4_471),
            claim: claim("Marin", "Ingrid", "1961-09-03", "0041720861", "DG", "00135590"),
            candidates: vec![candidate],
            can_be_new: true,
        }),
        lines,
        solved_today: 4,
    }
}

fn messages() -> Vec<MessageLine> {
    let line = |n: i64, kind: &str, minutes, state, note| MessageLine {
        id: MessageId(n),
        link: "halifax-laboratory".into(),
        control_id: format!("7F{:08}", 20_417_733 + n),
        message_type: kind.into(),
        received: ago(minutes),
        state,
        note,
    };
    vec![
        line(205, "ORU^R01", 2, MessageState::Pending, None),
        line(204, "ORU^R01", 37, MessageState::Filed, None),
        line(
            203,
            "SIU^S12",
            44,
            MessageState::Kept,
            Some(words("Type not mapped yet", "Type pas encore converti")),
        ),
        line(
            202,
            "ORU^R01",
            51,
            MessageState::Held,
            Some(words("Name and card disagree", "Le nom et la carte ne concordent pas")),
        ),
    ]
}

fn message() -> MessageView {
    MessageView {
        id: MessageId(204),
        link: "halifax-laboratory".into(),
        control_id: "7F20417733".into(),
        message_type: "ORU^R01".into(),
        received: ago(37),
        state: MessageState::Filed,
        settled: Some(ago(37)),
        note: None,
        segments: vec![
            "MSH|^~\\&|LAB|HI|OPOR|NS|20261122132804-0400||ORU^R01^ORU_R01|7F20417733|P|2.5.1".into(),
            "PID|1||00718264^^^HI^MR~0041702816^^^NS^JHN||DRUMLIN^MAREN^ISOLDE||19610309|F".into(),
            "OBR|1||HIX-26-118-0611|24326-1^Electrolytes^LN|||20261122094000-0400".into(),
            "OBX|1|NM|2823-3^Potassium^LN||6.1|mmol/L|3.5-5.1|HH|||F".into(),
        ],
        problems: vec![words(
            "OBR-16 names a provider without a number; found by name",
            "OBR-16 nomme un soignant sans numéro; trouvé par le nom",
        )],
        resources: vec![FiledResource {
            key: key(Kind::Observation, "k"),
            version: 1,
            current: true,
            line: "Potassium 6.1 mmol/L, HH".into(),
            json: "{\n  \"resourceType\": \"Observation\",\n  \"status\": \"final\"\n}".into(),
        }],
        obligations: vec![
            (
                ObligationId(1),
                "Potassium".into(),
                "Cairnwood, Aoife".into(),
                words("The desk owns it until 14:31", "Le bureau s’en occupe jusqu’à 14:31"),
                true,
            ),
            (
                ObligationId(2),
                "Potassium".into(),
                "Fundy, Priya".into(),
                words("The EMR accepted it", "Le DME l’a accepté"),
                false,
            ),
        ],
    }
}
