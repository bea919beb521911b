//! SCH with AIS, AIG, AIL and AIP to Appointment (maps SCH[Appointment], AIS[Appointment], AIG[Appointment],
//! AIL[Appointment], AIP[Appointment], TQ[Appointment], PID[Appointment]).

use super::value::prose_of;
use crate::intake::datatypes::{cwe, ei, pl, xad, xcn, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::reading::{comp, field, one, prose, reps, sub};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, schedules};
use fhir::{Kind, Object, build, system, time::interval};
use hl7v2::{Message, Segment};

/// The appointment of a message: SCH with its timing and comments, and the resources of all its groups.
#[derive(Debug)]
pub(crate) struct Schedule<'m> {
    sch: Segment<'m>,
    /// TQ1
    timings: Vec<Segment<'m>>,
    /// NTE under SCH, the service and the people.
    notes: Vec<Segment<'m>>,
    /// AIS, AIG, AIL, AIP, each with the NTE of a thing or place (AIG, AIL).
    resources: Vec<(Segment<'m>, Vec<Segment<'m>>)>,
}

impl<'m> Schedule<'m> {
    /// Of a message; `None` without SCH.
    pub(crate) fn of(message: &'m Message) -> Option<Self> {
        let mut found: Option<Self> = None;
        // The patients stand between SCH and the resources; their comments are their own.
        let mut ours = true;
        for segment in message.segments() {
            match (segment.name(), found.as_mut()) {
                ("SCH", None) => {
                    found = Some(Self {
                        sch: segment,
                        timings: Vec::new(),
                        notes: Vec::new(),
                        resources: Vec::new(),
                    });
                }
                (_, None) => {}
                ("PID", _) => ours = false,
                ("RGS", _) => ours = true,
                ("AIS" | "AIG" | "AIL" | "AIP", Some(schedule)) => {
                    ours = true;
                    schedule.resources.push((segment, Vec::new()));
                }
                ("NTE", Some(schedule)) if ours => match schedule.resources.last_mut() {
                    Some((last, notes)) if matches!(last.name(), "AIG" | "AIL") => notes.push(segment),
                    _ => schedule.notes.push(segment),
                },
                ("TQ1", Some(schedule)) if ours => schedule.timings.push(segment),
                _ => {}
            }
        }
        found
    }

    /// AIS
    fn services(&self) -> impl Iterator<Item = Segment<'m>> {
        self.resources.iter().map(|(segment, _)| *segment).filter(|segment| segment.name() == "AIS")
    }
}

/// Minutes of a duration whose unit stands in field `unit`; `None` when it is no number of a known unit.
fn minutes(segment: Segment<'_>, n: usize, unit: usize) -> Option<i64> {
    let count: i64 = field(segment, n).parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
    let each = match field(segment, unit).to_ascii_uppercase().as_str() {
        "" | "M" | "MIN" | "MINUTE" | "MINUTES" | "MINS" => 1,
        "H" | "HR" | "HOUR" | "HOURS" => 60,
        "D" | "DAY" | "DAYS" => 24 * 60,
        "S" | "SEC" | "SECONDS" => return Some((count / 60).max(1)),
        _ => return None,
    };
    Some(count * each)
}

/// When something ends that begins at `start` and takes `minutes`.
fn after(start: &str, minutes: Option<i64>) -> String {
    match (minutes, interval(start).filter(|_| start.len() > 10)) {
        (Some(minutes), Some((from, _))) => from.plus_minutes(minutes).to_string(),
        _ => String::new(),
    }
}

/// Proposes the appointment for the patient of the folder.
pub(crate) fn file(folder: &mut Folder<'_>, schedule: &Schedule<'_>, trigger: &str) {
    let (scope, sch) = (folder.scope, schedule.sch);
    let number = one(sch, 2).or_else(|| one(sch, 1)).map(ei::key).unwrap_or_default();
    let (start, end, duration) = when(scope, schedule);
    let mut draft = if number.is_empty() {
        folder.draft(Kind::Appointment, &["no number", &start])
    } else {
        folder.draft(Kind::Appointment, &[&number, &field(sch, 3)])
    };
    for (n, kind) in [(1, "PLAC"), (2, "FILL"), (4, "PGN")] {
        draft.add("identifier", one(sch, n).map(|rep| ei::identifier(rep, kind)));
    }
    let status = status(sch, trigger);
    draft.put("status", status);
    for n in [6, 7] {
        let concept =
            one(sch, n).map(|rep| cwe::mapped(rep, "HL70276", schedules::REASON)).unwrap_or_default();
        match (n, status) {
            (6, "cancelled" | "noshow" | "entered-in-error") => draft.put("cancelationReason", concept),
            _ => draft.add("reasonCode", concept),
        }
    }
    for rep in schedule.services().flat_map(|ais| reps(ais.field(3))) {
        draft.add("serviceType", cwe::concept(rep, ""));
    }
    draft.put("appointmentType", one(sch, 8).map(|rep| cwe::concept(rep, "HL70277")));
    // Appointment.start and end stand together or not at all.
    if !start.is_empty() && !end.is_empty() {
        draft.put("start", start.clone());
        draft.put("end", end);
    } else if !start.is_empty() {
        let asked = build::period(start.clone(), ());
        draft.add("requestedPeriod", asked);
    }
    draft.put("minutesDuration", duration);
    let entered = scope.date_time(&field(sch, 11)).is_empty();
    if entered && let Some(rep) = one(sch, 5) {
        let url = "urn:opor:extension:schedule";
        draft.add("extension", build::extension(url, "valueCodeableConcept", cwe::concept(rep, "")));
    }
    comment(&mut draft, schedule);
    for n in [26, 27] {
        for rep in reps(sch.field(n)) {
            let kind = if n == 26 { "PLAC" } else { "FILL" };
            let order = build::logical_reference(Kind::ServiceRequest, ei::identifier(rep, kind), ());
            draft.add("basedOn", order);
        }
    }
    for n in [23, 24] {
        let parent = one(sch, n).map(|rep| ei::identifier(rep, "")).unwrap_or_default();
        draft.add("supportingInformation", build::logical_reference(Kind::Appointment, parent, ()));
    }
    let visit = folder.visit();
    draft.add("supportingInformation", visit);
    let patient = Object::new().set("actor", folder.subject()).set("required", "required");
    draft.add("participant", patient.set("status", answered(status)));
    contacts(scope, &mut draft, sch);
    for (resource, notes) in &schedule.resources {
        participant(scope, &mut draft, *resource, notes, &start);
    }
    folder.file(draft);
}

/// What happened decides first, then what the filler says of it (SCH-25), then that a booking was sent.
fn status(sch: Segment<'_>, trigger: &str) -> &'static str {
    match trigger {
        "S15" | "S16" => return "cancelled",
        "S17" => return "entered-in-error",
        "S26" => return "noshow",
        _ => {}
    }
    let said = field(sch, 25);
    let known = schedules::STATUS.iter().find(|(from, _)| from.eq_ignore_ascii_case(&said));
    known.map_or("booked", |(_, to)| to)
}

/// Start, end and length in minutes: SCH-11 (TQ), TQ1, else the first resource.
fn when(scope: &Scope<'_>, schedule: &Schedule<'_>) -> (String, String, Option<i64>) {
    let sch = schedule.sch;
    let tq = one(sch, 11);
    let mut start = tq.map(|rep| scope.date_time(&comp(rep, 4))).unwrap_or_default();
    let mut end = tq.map(|rep| scope.date_time(&comp(rep, 5))).unwrap_or_default();
    if let Some(tq1) = schedule.timings.first().filter(|_| start.is_empty()) {
        start = scope.date_time(&field(*tq1, 7));
        end = scope.date_time(&field(*tq1, 8));
    }
    let mut length = minutes(sch, 9, 10);
    for (resource, _) in &schedule.resources {
        let (begin, count, unit) = times(*resource);
        if start.is_empty() {
            start = scope.date_time(&field(*resource, begin));
        }
        length = length.or_else(|| minutes(*resource, count, unit));
    }
    // TQ.3 is the length where SCH-9 is empty: M30, or 30 alone.
    length = length.or_else(|| {
        let said = tq.map(|rep| comp(rep, 3)).unwrap_or_default();
        said.trim_start_matches(['M', 'm']).parse().ok().filter(|count| (1..=1_000_000).contains(count))
    });
    if end.is_empty() {
        end = after(&start, length);
    }
    (start, end, length)
}

/// Where start, duration and its unit stand in a resource.
fn times(resource: Segment<'_>) -> (usize, usize, usize) {
    match resource.name() {
        "AIS" => (4, 7, 8),
        "AIG" => (8, 11, 12),
        _ => (6, 9, 10),
    }
}

/// Whether they come: a cancelled appointment is declined, everything else was agreed by the booking system.
fn answered(status: &str) -> &'static str {
    match status {
        "cancelled" | "entered-in-error" => "declined",
        "pending" | "proposed" | "waitlist" => "needs-action",
        _ => "accepted",
    }
}

fn comment(draft: &mut Draft, schedule: &Schedule<'_>) {
    let lines: Vec<String> =
        schedule.notes.iter().map(|note| prose_of(note.field(3))).filter(|text| !text.is_empty()).collect();
    draft.put("comment", lines.join("\n"));
    for ais in schedule.services() {
        for rep in [11, 12].into_iter().flat_map(|n| reps(ais.field(n))) {
            draft.add("specialty", cwe::concept(rep, ""));
        }
    }
}

/// SCH-12, 16 and 20 with their telephones, addresses and places.
fn contacts(scope: &Scope<'_>, draft: &mut Draft, sch: Segment<'_>) {
    const PARTS: [(usize, usize, usize, usize, &str); 3] =
        [(12, 13, 14, 15, "Placer contact"), (16, 17, 18, 19, "Filler contact"), (20, 21, 0, 22, "Enterer")];
    for (person, telephone, address, place, word) in PARTS {
        let place = one(sch, place).map(|rep| pl::location(draft, rep)).unwrap_or_default();
        for rep in reps(sch.field(person)) {
            let mut who = xcn::practitioner(scope, draft, rep);
            for rep in reps(sch.field(telephone)) {
                who.add("telecom", xtn::contact_point(scope, rep, "work"));
            }
            for rep in reps(sch.field(address)).filter(|_| address != 0) {
                who.add("address", xad::address(scope, rep));
            }
            let who = draft.contain(who);
            if who.is_empty() {
                continue;
            }
            let actor = if place.is_empty() {
                who
            } else {
                let shown = who.get("display").cloned();
                let role = build::untitled(Kind::PractitionerRole)
                    .set("practitioner", who)
                    .push("location", place.clone());
                draft.contain(role).set("display", shown)
            };
            let kind = match word {
                "Enterer" => build::code(system::PROVENANCE_PARTICIPANT, "enterer", "Enterer"),
                _ => Object::new().set("text", word),
            };
            let part = Object::new().push("type", kind).set("actor", actor).set("status", "accepted");
            draft.add("participant", part);
        }
    }
}

/// AIP a person, AIL a place, AIG something else; AIS is the service itself.
fn participant(
    scope: &Scope<'_>,
    draft: &mut Draft,
    resource: Segment<'_>,
    notes: &[Segment<'_>],
    start: &str,
) {
    let said: Vec<String> = notes.iter().map(|note| prose_of(note.field(3))).collect();
    let said = said.join("\n");
    let actor = match resource.name() {
        "AIP" => one(resource, 3).map(|rep| xcn::contained(scope, draft, rep)),
        "AIL" => one(resource, 3).map(|rep| {
            let place = pl::location(draft, rep);
            if said.is_empty() {
                return place;
            }
            let shown = place.get("display").cloned();
            let noted = build::untitled(Kind::Location)
                .set("name", shown.clone())
                .set("description", &*said)
                .set("partOf", place);
            draft.contain(noted).set("display", shown)
        }),
        "AIG" => one(resource, 3).map(|rep| {
            let mut part = build::untitled(Kind::Device);
            for (code, name) in [(1, 2), (4, 5)] {
                part.add("identifier", Object::new().set("value", comp(rep, code)));
                let name = prose(rep.comp(name));
                if !name.is_empty() {
                    part.add("deviceName", Object::new().set("name", name).set("type", "other"));
                }
            }
            if !said.is_empty() {
                part.add("note", Object::new().set("text", &*said));
            }
            draft.contain(part)
        }),
        _ => None,
    }
    .unwrap_or_default();
    let kind = if resource.name() == "AIS" { None } else { one(resource, 4) };
    let kind = kind.map(|rep| cwe::concept(rep, "")).unwrap_or_default();
    if actor.is_empty() && kind.is_empty() {
        return;
    }
    let (begin, count, unit) = times(resource);
    let own = scope.date_time(&field(resource, begin));
    let from = if own.is_empty() { after(start, minutes(resource, begin + 1, begin + 2)) } else { own };
    let until = after(&from, minutes(resource, count, unit));
    let last = if resource.name() == "AIG" { 14 } else { 12 };
    let said = tables::code(schedules::PARTICIPANT, &sub(resource.field(last).comp(1), 1));
    let group = one(resource, 5).map(|rep| cwe::concept(rep, "")).unwrap_or_default();
    let part = Object::new()
        .push("type", kind)
        .push("type", group)
        .set("actor", actor)
        .set("status", if said.is_empty() { "accepted" } else { said })
        .set("period", build::period(from, until));
    draft.add("participant", part);
}
