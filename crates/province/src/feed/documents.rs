//! MDM T02: discharge summaries, some in French.

use super::admissions::Visit;
use super::laboratory::Reason;
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::calendar::read_time;

/// The reason for a stay in words, as PV2-3 has it.
pub(super) fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Bleed => "Upper gastrointestinal bleed",
        Reason::Potassium => "High potassium, acute kidney injury",
        Reason::Pneumonia => "Community acquired pneumonia",
        Reason::HeartFailure => "Decompensated heart failure",
        Reason::Hip => "Hip fracture after a fall",
    }
}

fn course(reason: Reason, french: bool) -> (&'static str, &'static str) {
    match (reason, french) {
        (Reason::Bleed, false) => (
            "Hemoglobin fell to 68 g/L; two units were given. Endoscopy: duodenal ulcer, clipped.",
            "Pantoprazole 40 mg twice a day for 8 weeks. Stop ibuprofen. Blood count in one week.",
        ),
        (Reason::Bleed, true) => (
            "Hémoglobine tombée à 68 g/L; deux unités transfusées. Endoscopie : ulcère duodénal, clip posé.",
            "Pantoprazole 40 mg deux fois par jour pendant 8 semaines. Cesser l'ibuprofène. Hémogramme dans une semaine.",
        ),
        (Reason::Potassium, false) => (
            "Potassium 6.8 mmol/L on arrival; treated and followed. Kidney function recovered in part.",
            "Spironolactone stopped. Potassium and creatinine within 3 days.",
        ),
        (Reason::Potassium, true) => (
            "Potassium à 6,8 mmol/L à l'arrivée; traité et suivi. Fonction rénale en partie rétablie.",
            "Spironolactone cessée. Potassium et créatinine d'ici 3 jours.",
        ),
        (Reason::Pneumonia, false) => (
            "Treated with ceftriaxone, then amoxicillin by mouth. No oxygen needed since the third day.",
            "Amoxicillin until the course is complete. Chest X-ray in 6 weeks.",
        ),
        (Reason::Pneumonia, true) => (
            "Traité par ceftriaxone, puis amoxicilline par la bouche. Sans oxygène depuis le troisième jour.",
            "Terminer l'amoxicilline. Radiographie thoracique dans 6 semaines.",
        ),
        (Reason::HeartFailure, false) => (
            "Diuresis of 5 kg with intravenous furosemide. Echocardiogram: ejection fraction 35 %.",
            "Furosemide 40 mg twice a day. Weigh daily. Heart function clinic in 7 days.",
        ),
        (Reason::HeartFailure, true) => (
            "Diurèse de 5 kg sous furosémide intraveineux. Échocardiogramme : fraction d'éjection 35 %.",
            "Furosémide 40 mg deux fois par jour. Se peser chaque jour. Clinique d'insuffisance cardiaque dans 7 jours.",
        ),
        (Reason::Hip, false) => (
            "Hemiarthroplasty on the day after admission. Walking with a frame.",
            "Apixaban for 35 days. Bone density and vitamin D to be arranged by the family doctor.",
        ),
        (Reason::Hip, true) => (
            "Hémiarthroplastie le lendemain de l'admission. Marche avec un déambulateur.",
            "Apixaban pendant 35 jours. Densité osseuse et vitamine D à prévoir par le médecin de famille.",
        ),
    }
}

/// A discharge summary; people who speak French get theirs in French at Harbour Regional.
pub(super) fn discharge_summary(
    story: &mut Story<'_>,
    patient: &Patient<'_>,
    visit: &Visit,
    at_us: i64,
    reason: Reason,
    days: i64,
) {
    let world = story.world;
    let hospital = patient.hospital();
    let french = patient.person.language == "fr" && hospital == 0;
    let document = story.number("DOC");
    let one_field = story.rng.chance(400);
    story.tell(at_us, Sender::of_hospital(hospital), Kind::Document, "MDM^T02^MDM_T02", |draft, _| {
        draft.event();
        draft.pid(world, patient);
        draft.visit(visit);
        let at = draft.time(at_us);
        let author = draft.xcn(visit.attending);
        let copies: Vec<String> =
            [visit.referring, visit.consulting].into_iter().flatten().map(|who| draft.xcn(who)).collect();
        let signed = format!("{author}^^{at}");
        let signed = if hospital == 0 { signed } else { author.clone() };
        draft.seg(
            "TXA",
            &[
                (1, "1"),
                (2, "DS"),
                (3, "TX"),
                (4, &at),
                (5, &author),
                (6, &at),
                (9, &author),
                (12, &document),
                (17, "AU"),
                (19, "AV"),
                (22, &signed),
                (23, &copies.join("~")),
            ],
        );
        let (course, plan) = course(reason, french);
        let left = read_time(visit.discharged_us.unwrap_or(at_us));
        let lines = if french {
            vec![
                "SOMMAIRE DE CONGÉ".to_owned(),
                format!("Admis le {}, congé le {left}, {days} jours.", read_time(visit.admitted_us)),
                format!("ÉVOLUTION : {course}"),
                format!("AU CONGÉ : {plan}"),
            ]
        } else {
            vec![
                "DISCHARGE SUMMARY".to_owned(),
                format!("Admitted {}, discharged {left}, {days} days.", read_time(visit.admitted_us)),
                format!("REASON: {}", visit.reason),
                format!("COURSE: {course}"),
                format!("AT HOME: {plan}"),
            ]
        };
        draft.narrative("18842-5^Discharge summary^LN", &lines, "F", one_field);
    });
}
