//! PID and PD1 to Patient (maps PID[Patient], PD1[Patient], PV1[Patient], NK1[Patient]), PID-18 to Account
//! (PID[Account]), PD1-7 to Observation (PD1[Observation-LivingWill]).

use super::{gt1, in1, nk1, rol};
use crate::intake::datatypes::{cwe, cx, xad, xcn, xon, xpn, xtn};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, one, prose, reps, yes_or_no};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use crate::results::Standing;
use fhir::{Json, Kind, Object, build, system};
use hl7v2::Segment;

/// An extension of FHIR itself.
macro_rules! structure {
    ($name:literal) => {
        concat!("http://hl7.org/fhir/StructureDefinition/", $name)
    };
}

/// HL7 table 0548, the signatory's relationship to the subject (CON-25): the patient.
const SIGNED_SELF: &str = "1";

/// Proposes the Patient, and what PID and PD1 say beside it.
pub(crate) fn file(folder: &mut Folder<'_>, group: &Group<'_>, standing: Standing) {
    let scope = folder.scope;
    let mut draft = folder.patient_draft();
    demographics(scope, &mut draft, group.pid);
    if let Some(pd1) = group.pd1 {
        additional(scope, &mut draft, pd1);
    }
    for role in group.roles.iter().filter(|role| rol::is_primary(**role)) {
        rol::general_practitioner(scope, &mut draft, *role);
    }
    for kin in &group.kin {
        nk1::contact(scope, &mut draft, *kin);
    }
    for gt1 in &group.guarantors {
        gt1::patient(scope, &mut draft, *gt1);
    }
    for con in group.consents.iter().filter(|con| field(**con, 25) == SIGNED_SELF) {
        // CON-24, when the signer is the patient: the name under which they signed.
        for rep in reps(con.field(24)) {
            draft.add("name", xpn::human_name(scope, rep));
        }
    }
    for (_, in2) in &group.insurance {
        if let Some(in2) = in2 {
            in1::patient(scope, &mut draft, *in2);
        }
    }
    for db1 in group.disabilities.iter().filter(|db1| field(**db1, 2) == "PT") {
        for rep in reps(db1.field(3)) {
            let identifier = cx::identifier(scope, &mut draft, rep);
            draft.add("identifier", identifier);
        }
    }
    if let Some(vip) = group.pv1.and_then(|pv1| one(pv1, 16)) {
        let importance = cwe::concept(vip, "HL70099");
        draft.add(
            "extension",
            build::extension(structure!("patient-importance"), "valueCodeableConcept", importance),
        );
    }
    folder.file_as(draft, standing, None);
    account(folder, group);
    if let Some(pd1) = group.pd1 {
        living_will(folder, pd1);
    }
}

fn demographics(scope: &Scope<'_>, draft: &mut Draft, pid: Segment<'_>) {
    for n in [3, 2, 4] {
        for rep in reps(pid.field(n)).take(crate::intake::claim::MOST_IDENTIFIERS) {
            let identifier = cx::identifier(scope, draft, rep);
            let known =
                |held: &Json| ["system", "value"].iter().all(|part| held.get(part) == identifier.get(part));
            if !draft.object.get("identifier").is_some_and(|held| held.items().iter().any(known)) {
                draft.add("identifier", identifier);
            }
        }
    }
    let number = field(pid, 19);
    if !number.is_empty() {
        let social = Object::new().set("type", cx::type_concept("SS")).set("value", number);
        draft.add("identifier", social);
    }
    if let Some(licence) = one(pid, 20) {
        let value = comp(licence, 1);
        if !value.is_empty() {
            let issuer = comp(licence, 2);
            let identifier = Object::new()
                .set("type", cx::type_concept("DL"))
                .set(
                    "system",
                    if issuer.is_empty() { String::new() } else { systems::authority_uri(&issuer) },
                )
                .set("value", value)
                .set("period", build::period((), scope.date_time(&comp(licence, 3))))
                .set("assigner", build::display(issuer));
            draft.add("identifier", identifier);
        }
    }
    for n in [5, 9] {
        for rep in reps(pid.field(n)) {
            draft.add("name", xpn::human_name(scope, rep));
            draft.add("name", xpn::called_by(rep));
        }
    }
    for (n, usage) in [(13, "home"), (14, "work"), (40, "")] {
        for rep in reps(pid.field(n)) {
            draft.add("telecom", xtn::contact_point(scope, rep, usage));
        }
    }
    draft.put("gender", gender(scope, pid, 8, "PID-8"));
    birth(scope, draft, pid);
    death(scope, draft, pid);
    addresses(scope, draft, pid);
    draft.put("maritalStatus", one(pid, 16).map(|rep| cwe::mapped(rep, "HL70002", tables::people::MARITAL)));
    multiple_birth(scope, draft, pid);
    if let Some(language) = one(pid, 15) {
        draft.add("communication", Object::new().set("language", cwe::concept(language, "")));
    }
    extensions(draft, pid);
}

/// Administrative gender of field `n`.
pub(crate) fn gender(scope: &Scope<'_>, segment: Segment<'_>, n: usize, name: &str) -> &'static str {
    let said = field(segment, n);
    let code = tables::code(tables::people::SEX, &said.to_ascii_uppercase());
    if code.is_empty() && !said.is_empty() {
        let known = match said.to_ascii_lowercase().as_str() {
            "female" => "female",
            "male" => "male",
            "other" => "other",
            _ => "unknown",
        };
        if known == "unknown" {
            scope.note(
                &format!("{name} \"{said}\" is no code of table 0001"),
                "sex was recorded as unknown",
                &format!("{name} « {said} » n'est pas un code de la table 0001"),
                "le sexe a été consigné comme inconnu",
            );
        }
        return known;
    }
    code
}

fn birth(scope: &Scope<'_>, draft: &mut Draft, pid: Segment<'_>) {
    let said = field(pid, 7);
    draft.put("birthDate", scope.date(&said));
    if said.len() > 8 {
        let time = build::extension(structure!("patient-birthTime"), "valueDateTime", scope.date_time(&said));
        draft.put("_birthDate", Object::new().push("extension", time));
    }
}

fn death(scope: &Scope<'_>, draft: &mut Draft, pid: Segment<'_>) {
    let at = scope.date_time(&field(pid, 29));
    if !at.is_empty() {
        draft.put("deceasedDateTime", at);
        return;
    }
    draft.put("deceasedBoolean", yes_or_no(&field(pid, 30)));
}

fn addresses(scope: &Scope<'_>, draft: &mut Draft, pid: Segment<'_>) {
    let county = field(pid, 12);
    let mut addresses: Vec<Object> = reps(pid.field(11)).map(|rep| xad::address(scope, rep)).collect();
    addresses.retain(|address| !address.is_empty());
    if !county.is_empty() {
        match addresses.as_mut_slice() {
            [only] if only.get("district").is_none() => only.put("district", county),
            _ => addresses.push(Object::new().set("district", county)),
        }
    }
    for address in addresses {
        draft.add("address", address);
    }
}

fn multiple_birth(scope: &Scope<'_>, draft: &mut Draft, pid: Segment<'_>) {
    let order = field(pid, 25);
    if let Ok(order) = order.parse::<u32>() {
        draft.put("multipleBirthInteger", order);
        return;
    }
    if !order.is_empty() {
        scope.note(
            &format!("PID-25 \"{order}\" is no number"),
            "the birth order was left out",
            &format!("PID-25 « {order} » n'est pas un nombre"),
            "l'ordre de naissance a été laissé de côté",
        );
    }
    draft.put("multipleBirthBoolean", yes_or_no(&field(pid, 24)));
}

fn extensions(draft: &mut Draft, pid: Segment<'_>) {
    if let Some(mother) = one(pid, 6) {
        let name = [prose(mother.comp(2)), prose(mother.comp(1))].join(" ");
        let name = name.trim();
        draft
            .add("extension", build::extension(structure!("patient-mothersMaidenName"), "valueString", name));
    }
    if let Some(religion) = one(pid, 17) {
        let religion = cwe::mapped(religion, "HL70006", tables::people::RELIGION);
        draft.add(
            "extension",
            build::extension(structure!("patient-religion"), "valueCodeableConcept", religion),
        );
    }
    let place = field(pid, 23);
    if !place.is_empty() {
        let place = Object::new().set("text", place);
        draft.add("extension", build::extension(structure!("patient-birthPlace"), "valueAddress", place));
    }
    for (n, table, url) in [
        (26, "HL70171", structure!("patient-citizenship")),
        (28, "HL70212", structure!("patient-nationality")),
        (39, "HL70171", structure!("patient-citizenship")),
    ] {
        for rep in reps(pid.field(n)) {
            let code = build::extension("code", "valueCodeableConcept", cwe::concept(rep, table));
            draft.add("extension", Object::new().set("url", url).push("extension", code));
        }
    }
    let species = one(pid, 35)
        .map(|rep| build::extension("species", "valueCodeableConcept", cwe::concept(rep, "HL70446")));
    let breed = one(pid, 36)
        .map(|rep| build::extension("breed", "valueCodeableConcept", cwe::concept(rep, "HL70447")));
    if species.is_some() || breed.is_some() {
        let animal = Object::new().set("url", structure!("patient-animal"));
        draft.add("extension", animal.push("extension", species).push("extension", breed));
    }
}

fn additional(scope: &Scope<'_>, draft: &mut Draft, pd1: Segment<'_>) {
    for rep in reps(pd1.field(3)) {
        let facility = xon::contained(draft, rep);
        draft.add("generalPractitioner", facility);
    }
    for rep in reps(pd1.field(4)) {
        let doctor = xcn::contained(scope, draft, rep);
        draft.add("generalPractitioner", doctor);
    }
    if let Some(handicap) = one(pd1, 6) {
        let concept = cwe::concept(handicap, "HL70295");
        draft.add(
            "extension",
            build::extension(structure!("patient-disability"), "valueCodeableConcept", concept),
        );
    }
    for rep in reps(pd1.field(14)) {
        let name = prose(rep.comp(1));
        draft.add("extension", build::extension(structure!("patient-congregation"), "valueString", name));
    }
}

/// PID-18 with the guarantors.
fn account(folder: &mut Folder<'_>, group: &Group<'_>) {
    let guarantors: Vec<Object> = group.guarantors.iter().map(|gt1| gt1::guarantor(folder, *gt1)).collect();
    let Some(number) = one(group.pid, 18) else { return };
    let value = comp(number, 1);
    if value.is_empty() {
        return;
    }
    let mut draft = folder.draft(Kind::Account, &[&comp(number, 4), &value]);
    draft.put("status", "active");
    for guarantor in guarantors {
        draft.add("guarantor", guarantor);
    }
    let identifier = cx::with_type(folder.scope, &mut draft, number, "AN");
    draft.add("identifier", identifier);
    draft.add("subject", folder.subject());
    folder.file(draft);
}

/// PD1-7.
fn living_will(folder: &mut Folder<'_>, pd1: Segment<'_>) {
    let Some(rep) = one(pd1, 7) else { return };
    let mut draft = folder.draft(Kind::Observation, &["PD1-7"]);
    draft.put("status", "final");
    draft.put("code", build::code(system::LOINC, "75320-2", "Advance directive"));
    draft.put("subject", folder.subject());
    draft.put("valueCodeableConcept", cwe::concept(rep, "HL70315"));
    folder.file(draft);
}
