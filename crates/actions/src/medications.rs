//! The medicines of a person: what was asked for, dispensed and given, one line for each medicine.
//!
//! What a hospital or pharmacy sent, never a promise of completeness: the screen says so (GUARANTEES L-09).

use crate::chart::{self, Chart, Contents, Filed};
use crate::patients::{Banner, ChartCounts};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, Kind, Object, PersonId};
use std::cmp::Reverse;
use std::collections::HashMap;

/// A change is marked for as many days.
const NEWS_DAYS: i64 = 30;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// Look: the medicines of a person.
#[derive(Debug, Clone)]
pub struct Medications {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Medications`].
#[derive(Debug, Clone)]
pub struct MedicationsView {
    /// Head.
    pub banner: Banner,
    /// Counts for the section list.
    pub counts: ChartCounts,
    /// Those in use first, then those without an order here, then those that ended; newest first in each.
    pub lines: Vec<MedicineLine>,
}

/// One medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicineLine {
    /// As its source names it.
    pub name: String,
    /// Dose, route and how often, of the newest order.
    pub how: Words,
    /// Where it stands.
    pub state: MedicineState,
    /// Whether that is news: started or ended within thirty days.
    pub news: bool,
    /// When it came to stand so.
    pub since: Option<Instant>,
    /// What happened, newest first.
    pub steps: Vec<MedicineStep>,
}

/// Where a medicine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MedicineState {
    /// Ordered and not ended.
    Current,
    /// Ordered and paused.
    OnHold,
    /// Dispensed or given; no order of it has been sent here.
    NoOrder,
    /// Stopped or called off before its end.
    Stopped,
    /// Ended as meant.
    Ended,
}

/// One thing that happened with a medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicineStep {
    /// When; `None` when the source did not say.
    pub at: Option<Instant>,
    /// What.
    pub sort: MedicineStepSort,
    /// Dose or amount, in the source's words.
    pub detail: Words,
    /// By whom, in the source's words; may be empty.
    pub by: String,
}

/// What happened with a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicineStepSort {
    /// Asked for.
    Ordered,
    /// Stopped or called off.
    Stopped,
    /// Handed over by a pharmacy.
    Dispensed,
    /// Given.
    Given,
    /// Not given.
    NotGiven,
}

impl Sealed for Medications {}

impl Look for Medications {
    type View = MedicationsView;
    const PERMISSION: Permission = Permission::ReadMedications;

    fn object(&self) -> String {
        format!("person/{}/medications", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<MedicationsView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents: Contents = chart.contents(reading)?;
        let view = MedicationsView {
            banner: chart.banner(reading)?,
            counts: contents.counts(),
            lines: lines(&told(reading, &chart)?, reading.context.now),
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// Everything that speaks of a medicine in a chart.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn told(reading: &Reading<'_>, chart: &Chart) -> Result<Vec<Filed>, Refusal> {
    let mut told = Vec::new();
    for kind in [Kind::MedicationRequest, Kind::MedicationDispense, Kind::MedicationAdministration] {
        told.extend(chart.resources(reading, kind)?);
    }
    Ok(told)
}

/// One line for each medicine of what was told.
pub(crate) fn lines(told: &[Filed], now: Instant) -> Vec<MedicineLine> {
    gather(told.iter().filter_map(Told::of).collect(), now)
}

/// What one resource says of a medicine.
struct Told {
    /// What makes two resources speak of one medicine: its first code, else its name.
    medicine: String,
    name: String,
    status: String,
    as_of: Instant,
    how: Words,
    step: MedicineStep,
}

impl Told {
    /// `None` for what was entered in error or names no medicine.
    fn of(filed: &Filed) -> Option<Self> {
        let object = &filed.object;
        let status = object.text("status").unwrap_or_default().to_owned();
        if status == "entered-in-error" {
            return None;
        }
        let (medicine, name) = medicine(object)?;
        let how = directions(object);
        let (sort, at, detail, by) = match filed.key().kind {
            Kind::MedicationRequest => (
                if ended_early(&status) { MedicineStepSort::Stopped } else { MedicineStepSort::Ordered },
                ["authoredOn", "dosageInstruction.timing.repeat.boundsPeriod.start"]
                    .iter()
                    .find_map(|path| object.text(path).and_then(chart::moment)),
                how.clone(),
                object.reference_names("requester"),
            ),
            Kind::MedicationDispense => (
                MedicineStepSort::Dispensed,
                chart::moment_at(object, "whenHandedOver")
                    .or_else(|| chart::moment_at(object, "whenPrepared")),
                amount(object, "quantity"),
                object.reference_names("performer.actor"),
            ),
            _ => (
                if status == "not-done" { MedicineStepSort::NotGiven } else { MedicineStepSort::Given },
                chart::moment_at(object, "effective[x]"),
                amount(object, "dosage.dose"),
                object.reference_names("performer.actor"),
            ),
        };
        let step = MedicineStep { at, sort, detail, by: by.join(", ") };
        Some(Self { medicine, name, status, as_of: filed.stored.as_of, how, step })
    }
}

/// One line for each medicine.
fn gather(told: Vec<Told>, now: Instant) -> Vec<MedicineLine> {
    let mut by_medicine: HashMap<String, Vec<Told>> = HashMap::new();
    for one in told {
        by_medicine.entry(one.medicine.clone()).or_default().push(one);
    }
    let mut lines: Vec<MedicineLine> = by_medicine.into_values().map(|told| line(told, now)).collect();
    lines.sort_by(|a, b| (a.state, Reverse(a.since), &a.name).cmp(&(b.state, Reverse(b.since), &b.name)));
    lines
}

fn line(mut told: Vec<Told>, now: Instant) -> MedicineLine {
    told.sort_by_key(|one| Reverse((one.as_of, one.step.at)));
    let is_order =
        |one: &&Told| matches!(one.step.sort, MedicineStepSort::Ordered | MedicineStepSort::Stopped);
    // An order that stands outweighs a later copy that ended: an order and its encoded form end one by one.
    let standing =
        told.iter().filter(is_order).find(|one| matches!(one.status.as_str(), "active" | "on-hold"));
    let order = standing.or_else(|| told.iter().find(is_order));
    let state = order.map_or(MedicineState::NoOrder, |order| state_of(&order.status));
    let since = match (order, state) {
        (Some(order), MedicineState::Stopped | MedicineState::Ended) => Some(order.as_of),
        (Some(order), _) => order.step.at.or(Some(order.as_of)),
        (None, _) => told.iter().filter_map(|one| one.step.at).max(),
    };
    let news = matches!(state, MedicineState::Current | MedicineState::Stopped)
        && since.is_some_and(|since| now.seconds_since(since).abs() <= NEWS_DAYS * DAY_SECONDS);
    let described = order.filter(|order| !order.how.en.is_empty());
    let described = described.or_else(|| told.iter().find(|one| !one.how.en.is_empty()));
    let how = described.map(|one| one.how.clone()).unwrap_or_default();
    let name = order.or(told.first()).map(|one| one.name.clone()).unwrap_or_default();
    let mut steps: Vec<MedicineStep> = told.into_iter().map(|one| one.step).collect();
    steps.sort_by_key(|step| Reverse(step.at));
    steps.dedup();
    MedicineLine { name, how, state, news, since, steps }
}

fn state_of(status: &str) -> MedicineState {
    match status {
        "on-hold" => MedicineState::OnHold,
        "completed" => MedicineState::Ended,
        status if ended_early(status) => MedicineState::Stopped,
        _ => MedicineState::Current,
    }
}

fn ended_early(status: &str) -> bool {
    matches!(status, "stopped" | "cancelled")
}

/// What tells the medicine from others, and its name.
pub(crate) fn medicine(object: &Object) -> Option<(String, String)> {
    let inside = || {
        let local = object.text("medicationReference.reference")?.strip_prefix('#')?;
        object.contained(local)?.concept("code")
    };
    let concept = object.concept("medicationCodeableConcept").or_else(inside);
    let display = object.text("medicationReference.display").map(str::to_owned);
    let name = concept.as_ref().and_then(|c| c.shown().map(str::to_owned)).or(display)?;
    let code = concept.as_ref().and_then(|concept| concept.codings.first()).and_then(|coding| {
        Some(format!("{}|{}", coding.system.as_deref().unwrap_or_default(), coding.code.as_deref()?))
    });
    Some((code.unwrap_or_else(|| name.to_lowercase()), name))
}

/// `500 mg by mouth twice a day`, as far as it is said; the source's own text last.
fn directions(object: &Object) -> Words {
    let Some(dosage) = object.object("dosageInstruction").or_else(|| object.object("dosage")) else {
        return Words::default();
    };
    let dose = dosage.object("doseAndRate.doseQuantity").or_else(|| dosage.object("dose"));
    let dose = dose.map(quantity).unwrap_or_default();
    let route = dosage.concept("route").map(|route| route_words(&route)).unwrap_or_default();
    let timing = dosage
        .concept("timing.code")
        .map(|timing| often(timing.codings.first().and_then(|c| c.code.as_deref()), timing.shown()))
        .unwrap_or_default();
    let text = dosage.text("text").unwrap_or_default();
    let joined = |of: fn(&Words) -> &String| {
        let parts = [dose.as_str(), of(&route), of(&timing), text];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    Words::new(joined(|words| &words.en), joined(|words| &words.fr))
}

fn amount(object: &Object, path: &str) -> Words {
    let text = object.object(path).map(quantity).unwrap_or_default();
    Words::new(text.clone(), text)
}

/// `500 mg`; the number as it was sent, never rounded.
fn quantity(quantity: &Object) -> String {
    let parts = [quantity.text("value"), quantity.text("unit").or_else(|| quantity.text("code"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\u{a0}")
}

/// HL7 table 0162 and v3 RouteOfAdministration, the common ones; others as their source says them.
fn route_words(route: &fhir::read::Concept) -> Words {
    let code = route.codings.iter().find_map(|coding| coding.code.as_deref()).unwrap_or_default();
    let (en, fr) = match code {
        "PO" => ("by mouth", "par la bouche"),
        "SL" => ("under the tongue", "sous la langue"),
        "IV" | "IVINJ" | "IVP" => ("into a vein", "dans une veine"),
        "IM" => ("into a muscle", "dans un muscle"),
        "SC" | "SQ" => ("under the skin", "sous la peau"),
        "TP" | "TOP" => ("on the skin", "sur la peau"),
        "IH" | "IPINHL" => ("inhaled", "par inhalation"),
        "OP" => ("into the eye", "dans l’œil"),
        "PR" => ("into the rectum", "par voie rectale"),
        _ => {
            let shown = route.shown().unwrap_or_default();
            return Words::new(shown, shown);
        }
    };
    Words::new(en, fr)
}

/// HL7 table 0335, the common ones; others as their source says them.
fn often(code: Option<&str>, shown: Option<&str>) -> Words {
    let code = code.unwrap_or_default().to_uppercase();
    if let Some(hours) = code.strip_prefix('Q').and_then(|rest| rest.strip_suffix('H'))
        && let Ok(hours) = hours.parse::<u8>()
    {
        return Words::new(format!("every {hours} hours"), format!("aux {hours} heures"));
    }
    let (en, fr) = match code.as_str() {
        "QD" | "DAILY" | "OD" => ("once a day", "une fois par jour"),
        "BID" => ("twice a day", "deux fois par jour"),
        "TID" => ("three times a day", "trois fois par jour"),
        "QID" => ("four times a day", "quatre fois par jour"),
        "QHS" | "HS" => ("at bedtime", "au coucher"),
        "QAM" => ("every morning", "chaque matin"),
        "QOD" => ("every second day", "un jour sur deux"),
        "PRN" => ("when needed", "au besoin"),
        "ONCE" | "STAT" => ("once", "une fois"),
        _ => {
            let shown = shown.unwrap_or_default();
            return Words::new(shown, shown);
        }
    };
    Words::new(en, fr)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_370_700_000_000);

    fn object(json: &str) -> Object {
        match fhir::json::parse(json.as_bytes()) {
            Ok(fhir::Json::Object(object)) => object,
            _ => panic!("{json}"),
        }
    }

    fn told(name: &str, status: &str, sort: MedicineStepSort, days_ago: i64) -> Told {
        let at = NOW.plus_seconds(-days_ago * DAY_SECONDS);
        Told {
            medicine: name.to_lowercase(),
            name: name.to_owned(),
            status: status.to_owned(),
            as_of: at,
            how: Words::new("5 mg", "5 mg"),
            step: MedicineStep { at: Some(at), sort, detail: Words::default(), by: String::new() },
        }
    }

    #[test]
    fn one_line_for_each_medicine_and_an_order_outweighs_what_was_dispensed() {
        use MedicineStepSort::{Dispensed, Given, Ordered, Stopped};
        let lines = gather(
            vec![
                told("Metformin", "active", Ordered, 400),
                told("Metformin", "completed", Dispensed, 3),
                told("Spironolactone", "stopped", Stopped, 2),
                told("Morphine", "completed", Given, 1),
                told("Bisoprolol", "active", Ordered, 4),
            ],
            NOW,
        );
        let seen: Vec<_> =
            lines.iter().map(|line| (line.name.as_str(), line.state, line.news, line.steps.len())).collect();
        assert_eq!(
            seen,
            [
                ("Bisoprolol", MedicineState::Current, true, 1),
                ("Metformin", MedicineState::Current, false, 2),
                ("Morphine", MedicineState::NoOrder, false, 1),
                ("Spironolactone", MedicineState::Stopped, true, 1),
            ]
        );
    }

    #[test]
    fn an_order_that_stands_is_not_hidden_by_its_copy_that_ended() {
        use MedicineStepSort::Ordered;
        let lines = gather(vec![told("A", "completed", Ordered, 1), told("A", "active", Ordered, 9)], NOW);
        assert_eq!(lines[0].state, MedicineState::Current);
    }

    #[test]
    fn directions_are_words_in_both_languages_and_keep_every_digit() {
        let how = directions(&object(
            r#"{"dosageInstruction":[{"text":"with food","timing":{"code":{"coding":[{"code":"BID"}],"text":"BID"}},
              "route":{"coding":[{"code":"PO","display":"Oral"}]},"doseAndRate":[{"doseQuantity":{"value":0.50,"unit":"mg"}}]}]}"#,
        ));
        assert_eq!(how.en, "0.50\u{a0}mg by mouth twice a day with food");
        assert_eq!(how.fr, "0.50\u{a0}mg par la bouche deux fois par jour with food");
        assert_eq!(often(Some("Q6H"), None).en, "every 6 hours");
        assert_eq!(often(Some("X1"), Some("as the moon rises")).fr, "as the moon rises");
    }

    #[test]
    fn a_medicine_is_known_by_its_code_or_else_its_name() {
        let coded = object(
            r##"{"medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m",
              "code":{"coding":[{"system":"s","code":"1"}],"text":"Metformin 500 mg"}}]}"##,
        );
        assert_eq!(medicine(&coded), Some(("s|1".to_owned(), "Metformin 500 mg".to_owned())));
        let named = object(r#"{"medicationReference":{"display":"Zinc"}}"#);
        assert_eq!(medicine(&named), Some(("zinc".to_owned(), "Zinc".to_owned())));
        assert_eq!(medicine(&object("{}")), None);
    }
}
