//! Samples of medicines, problems and plans.

use super::{ago, words};
use actions::medications::{MedicineLine, MedicineState, MedicineStep, MedicineStepSort};
use actions::plans::{AppointmentLine, RequestLine};
use actions::problems::{AllergyLine, ProblemLine, ProcedureLine, VaccinationLine};

fn medicine(
    name: &str,
    how: (&str, &str),
    state: MedicineState,
    days: i64,
    steps: &[(MedicineStepSort, i64)],
) -> MedicineLine {
    let steps = steps.iter().map(|(sort, days)| MedicineStep {
        at: Some(ago(days * 1_440)),
        sort: *sort,
        detail: words(how.0, how.1),
        by: "Owen Tidewater".into(),
    });
    MedicineLine {
        name: name.into(),
        how: words(how.0, how.1),
        state,
        news: days < 30,
        since: Some(ago(days * 1_440)),
        steps: steps.collect(),
    }
}

pub(super) fn medicines() -> Vec<MedicineLine> {
    use MedicineState::{Current, NoOrder, OnHold, Stopped};
    use MedicineStepSort::{Dispensed, Given, NotGiven, Ordered, Stopped as Stop};
    let daily = ("5\u{a0}mg by mouth once a day", "5\u{a0}mg par la bouche une fois par jour");
    let twice = ("40\u{a0}mg by mouth twice a day", "40\u{a0}mg par la bouche deux fois par jour");
    vec![
        medicine("Bisoprolol", daily, Current, 2, &[(Ordered, 2), (Dispensed, 40), (Ordered, 400)]),
        medicine(
            "Furosemide",
            twice,
            Current,
            2,
            &[(Given, 3), (NotGiven, 4), (Given, 5), (Given, 6), (Ordered, 7)],
        ),
        medicine(
            "Atorvastatin",
            ("40\u{a0}mg at bedtime", "40\u{a0}mg au coucher"),
            Current,
            1_200,
            &[(Dispensed, 31)],
        ),
        medicine("Apixaban", twice, OnHold, 3, &[(Ordered, 90)]),
        medicine("Amoxicillin", ("30\u{a0}capsules", "30\u{a0}gélules"), NoOrder, 70, &[(Dispensed, 70)]),
        medicine("Metformin", twice, Stopped, 7, &[(Stop, 7), (Dispensed, 60)]),
    ]
}

pub(super) fn allergies() -> Vec<AllergyLine> {
    vec![
        AllergyLine {
            substance: "Penicillin".into(),
            reactions: vec!["Anaphylaxis".into()],
            severity: Some(words("May be severe", "Peut être grave")),
            stands: true,
            since: "1994".into(),
        },
        AllergyLine {
            substance: "Strawberry".into(),
            reactions: Vec::new(),
            severity: None,
            stands: false,
            since: String::new(),
        },
    ]
}

pub(super) fn problems() -> Vec<ProblemLine> {
    let line = |name: &str, since: &str, listed, stands, unsure| ProblemLine {
        name: name.into(),
        listed,
        stands,
        unsure,
        since: since.into(),
        note: String::new(),
    };
    vec![
        line("Heart failure, reduced ejection fraction", "2024", true, true, false),
        line("Kidney disease, stage 4", "2021", true, true, false),
        line("Pneumonia", "2026-11-14", false, true, true),
        line("Fracture of wrist", "2009", true, false, false),
    ]
}

pub(super) fn procedures() -> Vec<ProcedureLine> {
    vec![ProcedureLine { name: "Echocardiogram".into(), at: Some(ago(8_000)), by: "Priya Fundy".into() }]
}

pub(super) fn vaccinations() -> Vec<VaccinationLine> {
    let line = |name: &str, on: &str, given, because: &str| VaccinationLine {
        name: name.into(),
        on: on.into(),
        lot: if given { "LOT7".into() } else { String::new() },
        given,
        because: because.into(),
    };
    vec![
        line("Influenza, inactivated", "2026-10-19", true, ""),
        line("Pneumococcal", "2025-10-02", false, "Patient decision"),
    ]
}

pub(super) fn appointments() -> Vec<AppointmentLine> {
    let line = |what: &str, minutes: i64, status: &str, ahead| AppointmentLine {
        what: what.into(),
        at: Some(ago(minutes)),
        with: "Kidney clinic · Fundy, Priya".into(),
        status: status.into(),
        ahead,
        note: "Bring the list of your medicines.".into(),
    };
    vec![
        line("Follow-up visit", -20_000, "booked", true),
        line("Echocardiogram", -40_000, "pending", true),
        line("Kidney clinic", 90_000, "cancelled", false),
        line("Dietitian", 120_000, "noshow", false),
    ]
}

fn request(what: &str, days: i64, state: (&str, &str), ended: bool, urgent: bool) -> RequestLine {
    RequestLine {
        what: what.into(),
        urgency: urgent.then(|| words("Urgent", "Urgent")),
        at: Some(ago(days * 1_440)),
        from: "Aoife Cairnwood".into(),
        to: "Ian Fraser".into(),
        number: format!("R{days}"),
        state: words(state.0, state.1),
        ended,
    }
}

pub(super) fn referrals() -> Vec<RequestLine> {
    vec![
        request(
            "Cardiology",
            6,
            ("Sent; no answer is on file", "Envoyée; aucune réponse au dossier"),
            false,
            true,
        ),
        request("Dietitian", 40, ("Accepted", "Acceptée"), false, false),
        request("Physiotherapy", 200, ("Done", "Faite"), true, false),
    ]
}

pub(super) fn waiting() -> Vec<RequestLine> {
    vec![request("Echocardiogram", 12, ("Under way", "En cours"), false, false)]
}
