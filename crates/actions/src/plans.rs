//! What is to come for a person: appointments, referrals, and orders without a result yet.

use crate::chart::{self, Chart, Contents, Filed};
use crate::patients::{Banner, ChartCounts};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::words::Words;
use fhir::{Instant, Kind, Object, PersonId, ResourceKey};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// SNOMED CT: the category of a referral.
const REFERRAL: &str = "3457005";

/// Look: what is to come for a person.
#[derive(Debug, Clone)]
pub struct Plans {
    /// Whose.
    pub person: PersonId,
}

/// Answer to [`Plans`].
#[derive(Debug, Clone)]
pub struct PlansView {
    /// Head.
    pub banner: Banner,
    /// Counts for the section list.
    pub counts: ChartCounts,
    /// To come first, the soonest first; then those past, newest first.
    pub appointments: Vec<AppointmentLine>,
    /// Open first, newest first.
    pub referrals: Vec<RequestLine>,
    /// Orders without a result, oldest first: who waits longest stands first.
    pub waiting: Vec<RequestLine>,
}

/// One appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentLine {
    /// What for.
    pub what: String,
    /// Begins.
    pub at: Option<Instant>,
    /// Where and with whom, in the source's words.
    pub with: String,
    /// FHIR status code.
    pub status: String,
    /// Still to come.
    pub ahead: bool,
    /// Remarks for the patient; may be empty.
    pub note: String,
}

/// One referral or order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// What was asked for.
    pub what: String,
    /// How soon, when it is not routine.
    pub urgency: Option<Words>,
    /// Asked on.
    pub at: Option<Instant>,
    /// Who asked; may be empty.
    pub from: String,
    /// Whom; may be empty.
    pub to: String,
    /// Number of the order or referral; may be empty.
    pub number: String,
    /// Where it stands, in words.
    pub state: Words,
    /// Nothing more is to come of it.
    pub ended: bool,
}

impl Sealed for Plans {}

impl Look for Plans {
    type View = PlansView;
    const PERMISSION: Permission = Permission::ReadChart;

    fn object(&self) -> String {
        format!("person/{}/plans", self.person)
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PlansView>, Refusal> {
        let chart = chart::open(reading, self.person)?;
        let contents = chart.contents(reading)?;
        let coming = coming(reading, &chart, &contents)?;
        let view = PlansView {
            banner: chart.banner(reading)?,
            counts: contents.counts(),
            appointments: coming.appointments,
            referrals: coming.referrals,
            waiting: coming.waiting,
        };
        Ok(Seen::of(chart.person, view))
    }
}

/// What is to come, without the head.
pub(crate) struct Coming {
    pub(crate) appointments: Vec<AppointmentLine>,
    pub(crate) referrals: Vec<RequestLine>,
    pub(crate) waiting: Vec<RequestLine>,
}

/// Everything that is to come for a person.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn coming(reading: &Reading<'_>, chart: &Chart, contents: &Contents) -> Result<Coming, Refusal> {
    let now = reading.context.now;
    let mut appointments: Vec<AppointmentLine> = Vec::new();
    for filed in chart.resources(reading, Kind::Appointment)? {
        appointments.extend(appointment(&filed.object, now));
    }
    appointments.sort_by_key(|line| {
        let at = line.at.map_or(i64::MAX, |at| at.0);
        (!line.ahead, if line.ahead { at } else { -at })
    });
    let mut tasks: HashMap<ResourceKey, Filed> = HashMap::new();
    for filed in chart.resources(reading, Kind::Task)? {
        if let Some(focus) = filed.object.text("focus.reference").and_then(ResourceKey::from_reference) {
            tasks.entry(focus).or_insert(filed);
        }
    }
    let answered: HashSet<ResourceKey> = contents
        .reports
        .iter()
        .flat_map(|report| report.object.texts("basedOn.reference"))
        .filter_map(ResourceKey::from_reference)
        .collect();
    let (mut referrals, mut waiting) = (Vec::new(), Vec::new());
    for filed in chart.resources(reading, Kind::ServiceRequest)? {
        let is_referral = filed.object.texts("category.coding.code").contains(&REFERRAL);
        let line = request(&filed.object, tasks.get(&filed.key()).map(|task| &task.object));
        if is_referral {
            referrals.extend(line);
        } else if !answered.contains(&filed.key()) && expects_a_result(&filed.object) {
            waiting.extend(line);
        }
    }
    referrals.sort_by_key(|line| (line.ended, Reverse(line.at)));
    waiting.retain(|line: &RequestLine| !line.ended);
    waiting.sort_by_key(|line| line.at);
    Ok(Coming { appointments, referrals, waiting })
}

/// An order that was placed and is neither ended nor of unknown standing: a result brings its order with it, and that
/// order waits for nothing.
fn expects_a_result(object: &Object) -> bool {
    matches!(object.text("status"), Some("active" | "on-hold" | "draft"))
}

/// What a resource says of an appointment; `None` for what was entered in error.
pub(crate) fn appointment(object: &Object, now: Instant) -> Option<AppointmentLine> {
    let status = object.text("status").unwrap_or_default().to_owned();
    if status == "entered-in-error" {
        return None;
    }
    let what = ["serviceType", "reasonCode", "appointmentType"]
        .iter()
        .find_map(|path| object.concept(path).and_then(|concept| concept.shown().map(str::to_owned)));
    let at = object.text("start").and_then(chart::moment);
    let over = matches!(status.as_str(), "cancelled" | "noshow" | "fulfilled");
    Some(AppointmentLine {
        what: what.or_else(|| object.text("description").map(str::to_owned)).unwrap_or_default(),
        at,
        with: object
            .objects("participant")
            .into_iter()
            .filter(|one| !one.text("actor.reference").is_some_and(|to| to.starts_with("Patient/")))
            .flat_map(|one| {
                let named = one.text("actor.display").map(str::to_owned);
                let local = one.text("actor.reference").and_then(|to| to.strip_prefix('#'));
                named.or_else(|| local.and_then(|id| object.contained(id)?.text("name").map(str::to_owned)))
            })
            .collect::<Vec<_>>()
            .join(" · "),
        ahead: !over && at.is_none_or(|at| at >= now),
        note: object
            .text("patientInstruction")
            .or_else(|| object.text("comment"))
            .unwrap_or_default()
            .to_owned(),
        status,
    })
}

fn request(object: &Object, task: Option<&Object>) -> Option<RequestLine> {
    let status = object.text("status").unwrap_or_default();
    if status == "entered-in-error" {
        return None;
    }
    let concept = |path: &str| object.concept(path).and_then(|c| c.shown().map(str::to_owned));
    // A referral often says only to which service.
    let service = || {
        object
            .concepts("category")
            .iter()
            .filter(|category| !category.codings.iter().any(|c| c.code.as_deref() == Some(REFERRAL)))
            .filter_map(|category| category.shown().map(str::to_owned))
            .next_back()
    };
    let urgency = match object.text("priority") {
        Some("stat") => Some(Words::new("At once", "Immédiat")),
        Some("asap") => Some(Words::new("As soon as possible", "Dès que possible")),
        Some("urgent") => Some(Words::new("Urgent", "Urgent")),
        _ => None,
    };
    let (state, ended) = standing(status, task.and_then(|task| task.text("status")));
    let numbers = fhir::read::patient::identifiers(object);
    Some(RequestLine {
        what: concept("code").or_else(service).or_else(|| concept("reasonCode")).unwrap_or_default(),
        urgency,
        at: object.text("authoredOn").and_then(chart::moment),
        from: object.reference_names("requester").join(", "),
        to: object.reference_names("performer").join(", "),
        number: numbers.first().map(|number| number.value.clone()).unwrap_or_default(),
        state,
        ended,
    })
}

/// Where a request stands: by whoever was asked, else by who asked.
fn standing(request: &str, task: Option<&str>) -> (Words, bool) {
    let (en, fr, ended) = match (request, task) {
        ("revoked", _) | (_, Some("cancelled")) => ("Cancelled", "Annulée", true),
        (_, Some("rejected")) => ("Refused", "Refusée", true),
        ("completed", _) | (_, Some("completed")) => ("Done", "Faite", true),
        (_, Some("accepted")) => ("Accepted", "Acceptée", false),
        (_, Some("in-progress")) => ("Under way", "En cours", false),
        (_, Some("requested" | "received")) => {
            ("Sent; no answer is on file", "Envoyée; aucune réponse au dossier", false)
        }
        ("on-hold", _) => ("On hold", "En attente", false),
        ("draft", _) => ("Not sent yet", "Pas encore envoyée", false),
        _ => ("Under way", "En cours", false),
    };
    (Words::new(en, fr), ended)
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

    #[test]
    fn an_appointment_called_off_is_not_ahead() {
        let of = |status: &str, start: &str| {
            let json = format!(
                r#"{{"status":"{status}","start":"{start}","serviceType":[{{"text":"Follow-up"}}],"participant":[{{"actor":{{"reference":"Patient/x"}}}},{{"actor":{{"display":"Dr Nguyen"}}}}]}}"#
            );
            appointment(&object(&json), NOW).expect("an appointment")
        };
        let booked = of("booked", "2027-01-05T09:00:00-04:00");
        assert!(booked.ahead);
        assert_eq!((booked.what.as_str(), booked.with.as_str()), ("Follow-up", "Dr Nguyen"));
        assert!(!of("cancelled", "2027-01-05T09:00:00-04:00").ahead);
        assert!(!of("booked", "2026-01-05T09:00:00-04:00").ahead);
    }

    #[test]
    fn a_referral_stands_as_whoever_was_asked_says() {
        let referral = object(
            r#"{"status":"active","priority":"urgent","category":[{"coding":[{"code":"3457005"}],"text":"Patient referral"},{"text":"Cardiology"}]}"#,
        );
        let line = request(&referral, Some(&object(r#"{"status":"accepted"}"#))).expect("a referral");
        assert_eq!(
            (line.what.as_str(), line.state.en.as_str(), line.ended),
            ("Cardiology", "Accepted", false)
        );
        assert_eq!(line.urgency.map(|words| words.en).as_deref(), Some("Urgent"));
        assert!(standing("active", Some("rejected")).1);
        assert_eq!(standing("active", Some("requested")).0.en, "Sent; no answer is on file");
    }

    #[test]
    fn a_result_brings_its_order_and_that_order_waits_for_nothing() {
        assert!(!expects_a_result(&object(r#"{"status":"unknown"}"#)));
        assert!(!expects_a_result(&object(r#"{"status":"completed"}"#)));
        assert!(expects_a_result(&object(r#"{"status":"active"}"#)));
    }
}
