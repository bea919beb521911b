//! ORU R01 of chemistry and hematology.

use super::draft::{Draft, esc};
use super::panels::{self, Analyte, BLOOD_COUNT, HEMOGLOBIN, POTASSIUM, Panel, RENAL};
use super::patient::Patient;
use super::{Kind, Sender, Story};
use crate::World;
use crate::calendar::{DAY_US, HOUR_US, MINUTE_US};
use crate::people::Person;
use crate::places::{self, PRACTITIONERS, Practitioner, Role};

const ORU: &str = "ORU^R01^ORU_R01";

/// Who asked and who else is told.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) placer: String,
    pub(crate) filler: String,
    pub(crate) orderer: &'static Practitioner,
    pub(crate) copies: Vec<&'static Practitioner>,
    /// Instant of collection.
    pub(crate) collected_us: i64,
}

/// Blood taken for a clinic, some hours before: one report a panel; now and then preliminary first, or corrected afterwards.
pub(super) fn community(story: &mut Story<'_>) {
    let world = story.world;
    let person = &world.people[story.somebody()];
    let request = request(story, person, None);
    let panels = panels::ordered(person, &mut story.rng);
    let first = story.begins_us;
    let preliminary = story.rng.chance(60);
    let corrected = story.rng.chance(30);
    for panel in &panels {
        let values: Vec<(&Analyte, f64)> = panel
            .analytes
            .iter()
            .map(|analyte| (*analyte, panels::value(world, person, analyte, request.collected_us)))
            .collect();
        let patient = Patient::community(person);
        if preliminary && values.len() > 2 {
            report(story, first, panel, &request, &patient, &values[..2], "P");
        }
        let ready = if preliminary { first + 40 * MINUTE_US } else { first };
        report(story, ready, panel, &request, &patient, &values, "F");
        if corrected && let Some((first, rest)) = values.split_first() {
            let changed = (first.0, first.1 * 0.93);
            let values: Vec<(&Analyte, f64)> = std::iter::once(changed).chain(rest.iter().copied()).collect();
            report(story, ready + 26 * HOUR_US, panel, &request, &patient, &values, "C");
        }
    }
}

/// Blood of a ward patient on day `day` of a stay, with the bleed or the high potassium that brought them in.
pub(super) fn ward(story: &mut Story<'_>, patient: &Patient<'_>, at_us: i64, reason: Reason, day: i64) {
    let world = story.world;
    let request = request(story, patient.person, Some((patient.hospital(), at_us, day)));
    for panel in [&BLOOD_COUNT, &RENAL] {
        let values: Vec<(&Analyte, f64)> = panel
            .analytes
            .iter()
            .map(|analyte| {
                let usual = panels::value(world, patient.person, analyte, at_us);
                (*analyte, reason.moves(analyte, usual, day))
            })
            .collect();
        report(story, at_us + 70 * MINUTE_US, panel, &request, patient, &values, "F");
    }
}

/// One result of a newborn or of a story that needs a single panel.
pub(super) fn single(
    story: &mut Story<'_>,
    patient: &Patient<'_>,
    at_us: i64,
    panel: &'static Panel,
    values: &[(&Analyte, f64)],
) {
    let request = request(story, patient.person, Some((patient.hospital(), at_us, 0)));
    report(story, at_us + 50 * MINUTE_US, panel, &request, patient, values, "F");
}

/// Why somebody lies in hospital, as far as blood shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Bleed,
    Potassium,
    Pneumonia,
    HeartFailure,
    Hip,
}

impl Reason {
    fn moves(self, analyte: &Analyte, usual: f64, day: i64) -> f64 {
        let day = day as f64;
        match (self, analyte.local) {
            (Self::Bleed, "HGB") => match day as i64 {
                0 => HEMOGLOBIN.usual.0 - 46.0,
                1 => 68.0,
                _ => (84.0 + 3.0 * day).min(usual),
            },
            (Self::Bleed, "UREA") => usual + 7.0 - day,
            (Self::Potassium, "K") => (6.8 - 0.7 * day).max(POTASSIUM.usual.0),
            (Self::Potassium, "CREA") => usual + 160.0 - 30.0 * day,
            (Self::Potassium, "EGFR") => usual * (0.4 + 0.1 * day).min(1.0),
            (Self::Pneumonia, "WBC") => (18.4 - 2.1 * day).max(7.0),
            (Self::HeartFailure, "NA") => 129.0 + day,
            (Self::Hip, "HGB") => (104.0 + 2.0 * day).min(usual),
            _ => usual,
        }
    }
}

/// The request behind a report: `ward` is hospital, collection and day of the stay; otherwise the family doctor asked
/// and blood was taken some hours before the event.
pub(super) fn request(story: &mut Story<'_>, person: &Person, ward: Option<(usize, i64, i64)>) -> Request {
    let family = person.doctor.map(|doctor| &PRACTITIONERS[doctor]);
    let filler = story.number("LAB");
    match ward {
        Some((hospital, collected_us, day)) => {
            let placer = story.number(places::HOSPITALS[hospital]);
            let orderer = places::somebody(Role::Hospitalist, Some(hospital), &mut story.rng);
            let copies = family.into_iter().collect();
            Request {
                placer: format!("{placer}{day}"),
                filler: format!("{filler}{day}"),
                orderer,
                copies,
                collected_us,
            }
        }
        None => {
            let orderer = match family {
                Some(doctor) => doctor,
                None => places::somebody(Role::Specialist, None, &mut story.rng),
            };
            let copies = if story.rng.chance(180) {
                vec![places::somebody(Role::Specialist, None, &mut story.rng)]
            } else {
                Vec::new()
            };
            let collected_us = story.begins_us - story.rng.between(60, 300) * MINUTE_US;
            Request { placer: story.number("REQ"), filler, orderer, copies, collected_us }
        }
    }
}

fn report(
    story: &mut Story<'_>,
    at_us: i64,
    panel: &Panel,
    request: &Request,
    patient: &Patient<'_>,
    values: &[(&Analyte, f64)],
    status: &str,
) {
    let world = story.world;
    let local_only = story.rng.chance(70);
    story.tell(at_us, Sender::Lab, Kind::Laboratory, ORU, |draft, _| {
        draft.result_header(world, patient, request);
        let service = service(panel, local_only);
        let section = (panel.section, status);
        draft.order(1, request, (panel.local, &service), section, &[]);
        for (index, (analyte, value)) in values.iter().enumerate() {
            draft.number(index + 1, analyte, *value, status, request, local_only);
        }
        if status == "C" {
            draft.seg(
                "NTE",
                &[(1, "1"), (2, "L"), (3, &esc("Corrected: first result re-run on a second analyser."))],
            );
        }
        draft.specimen(request, panel.specimen);
    });
}

fn service(panel: &Panel, local_only: bool) -> String {
    if panel.loinc.is_empty() || local_only {
        format!("{}^{}^99LAB", panel.local, esc(panel.name))
    } else {
        format!("{}^{}^LN^{}^{}^99LAB", panel.loinc, esc(panel.name), panel.local, esc(panel.name))
    }
}

impl Draft {
    /// PID, PD1 and PV1 of a result.
    pub(super) fn result_header(&mut self, world: &World, patient: &Patient<'_>, request: &Request) {
        self.pid(world, patient);
        self.family_doctor(patient.person);
        let orderer = self.xcn(request.orderer);
        match &patient.mrn {
            Some((_, code)) if !patient.account.is_empty() => {
                let location = format!("WARD^^^{code}");
                self.seg("PV1", &[(1, "1"), (2, "I"), (3, &location), (7, &orderer), (19, &patient.account)]);
            }
            _ => self.seg("PV1", &[(1, "1"), (2, "O"), (8, &orderer)]),
        }
    }

    /// ORC and OBR. `service` is a suffix for the filler number and the coded service; `section` is OBR-24 and
    /// OBR-25; `more` adds fields to OBR.
    pub(super) fn order(
        &mut self,
        set: usize,
        request: &Request,
        service: (&str, &str),
        section: (&str, &str),
        more: &[(usize, &str)],
    ) {
        let orderer = self.xcn(request.orderer);
        let copies: Vec<String> = request.copies.iter().map(|who| self.xcn(who)).collect();
        let copies = copies.join("~");
        let filler = format!("{}-{}", request.filler, service.0);
        let collected = self.time(request.collected_us);
        let reported = self.time(self.at_us);
        let placed = self.time(request.collected_us - DAY_US / 12);
        let set = set.to_string();
        let order_status = if section.1 == "P" { "IP" } else { "CM" };
        self.seg(
            "ORC",
            &[(1, "RE"), (2, &request.placer), (3, &filler), (5, order_status), (9, &placed), (12, &orderer)],
        );
        let mut fields = vec![
            (1, set.as_str()),
            (2, &request.placer),
            (3, &filler),
            (4, service.1),
            (7, &collected),
            (16, &orderer),
            (22, &reported),
            (24, section.0),
            (25, section.1),
            (28, &copies),
        ];
        fields.extend_from_slice(more);
        fields.sort_by_key(|(number, _)| *number);
        self.seg("OBR", &fields);
    }

    fn number(
        &mut self,
        set: usize,
        analyte: &Analyte,
        value: f64,
        status: &str,
        request: &Request,
        local_only: bool,
    ) {
        let name = esc(analyte.name);
        let code = if local_only {
            format!("{}^{name}^99LAB", analyte.local)
        } else {
            format!("{}^{name}^LN^{}^{name}^99LAB", analyte.loinc, analyte.local)
        };
        let printed = analyte.print(value);
        let shown = printed.parse().unwrap_or(value);
        let unit = analyte.unit();
        let collected = self.time(request.collected_us);
        let analysed = self.time(self.at_us - 20 * MINUTE_US);
        self.seg(
            "OBX",
            &[
                (1, &set.to_string()),
                (2, "NM"),
                (3, &code),
                (5, &printed),
                (6, &unit),
                (7, &analyte.range()),
                (8, analyte.flag(shown)),
                (11, status),
                (14, &collected),
                (19, &analysed),
            ],
        );
    }
}
