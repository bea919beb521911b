//! Samples of the chart: a person with failing kidneys, their results, reports and visits.

use super::{NOW, ago, banner, care, key, words};
use actions::deliveries::{Chain, Step, StepSort, StepState};
use actions::encounters::EncounterLine;
use actions::home::Waiting;
use actions::patients::{Age, Banner, ChartCounts, Hit, News, RecordLine, SummaryView};
use actions::reports::{Attachment, Change, Paragraph, ReportLine, ReportView};
use actions::results::{Flag, Point, ResultsView, Series};
use actions::values::Finality;
use actions::values::ReportClass;
use actions::values::{Feature, Outcome};
use actions::{MessageId, ObligationId};
use fhir::{Kind, PersonId, RecordId};

pub(super) fn other(family: &str, given: &str, born: &str, age: Age, card: &str, number: &str) -> Banner {
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

pub(super) fn hits() -> Vec<Hit> {
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

pub(super) fn counts() -> ChartCounts {
    ChartCounts { results: 9, reports: 5, encounters: 3 }
}

pub(super) fn point(minutes: i64, value: &str, low: Option<f64>, high: Option<f64>, flag: Flag) -> Point {
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
        converted: None,
        note: String::new(),
    }
}

pub(super) const COLLECTED: &[i64] = &[265, 3_355, 6_230, 9_120, 11_205, 115_535, 236_000, 387_200];

pub(super) fn series(
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

pub(super) fn kidney() -> Vec<Series> {
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

pub(super) fn blood() -> Vec<Series> {
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

pub(super) fn lines() -> Vec<ReportLine> {
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

pub(super) fn waiting() -> Vec<Waiting> {
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

pub(super) fn visits() -> Vec<EncounterLine> {
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

pub(super) fn summary() -> SummaryView {
    let mut latest = kidney();
    latest.extend(blood());
    SummaryView {
        banner: banner(),
        latest,
        reports: lines(),
        encounters: visits(),
        medicines: care::medicines(),
        problems: care::problems(),
        appointments: care::appointments().into_iter().filter(|line| line.ahead).collect(),
        referrals: care::referrals().into_iter().filter(|line| !line.ended).collect(),
        news: News {
            looked: Some(ago(4_655)),
            complete: true,
            results: 2,
            reports: 1,
            visits: 1,
            medicines: 3,
        },
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

pub(super) fn results() -> ResultsView {
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

pub(super) fn step(state: StepState, en: &str, fr: &str, minutes: Option<i64>, detail: &str) -> Step {
    let sort = match state {
        StepState::ToCome | StepState::NotSeen => StepSort::Signed,
        StepState::Done => StepSort::Queued,
        _ => StepSort::Matched,
    };
    Step { sort, state, what: words(en, fr), at: minutes.map(ago), detail: words(detail, detail) }
}

pub(super) fn chains() -> Vec<Chain> {
    vec![
        Chain {
            recipient: words(
                "Cairnwood, Aoife at Harbourview Clinic",
                "Cairnwood, Aoife à Harbourview Clinic",
            ),
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
            recipient: words("Saltmarsh Home Care", "Saltmarsh Home Care"),
            because: words("Copy asked for (OBR-28)", "Copie demandée (OBR-28)"),
            responsible: false,
            steps: failed_steps(),
            obligation: ObligationId(2),
        },
    ]
}

pub(super) fn failed_steps() -> Vec<Step> {
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
            "Le bureau de remise s’en occupe",
            Some(-26),
            "Marram, Jo",
        ),
        step(StepState::ToCome, "The receiver confirms", "Le destinataire confirme", None, ""),
    ]
}

pub(super) fn report() -> ReportView {
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
        statements: Vec::new(),
        colleagues: vec![("p-okafor".into(), "Okafor, Chidi".into())],
        teams: vec![("team:t-1".into(), "Diabetes".into())],
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
        awaits: false,
    }
}

pub(super) fn laboratory_report() -> ReportView {
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
