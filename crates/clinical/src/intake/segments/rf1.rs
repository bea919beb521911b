//! RF1 to ServiceRequest: a referral. HL7's maps have no row for it.

use super::{obr, prd};
use crate::intake::datatypes::{cwe, ei, xcn, xon};
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, one, reps};
use crate::intake::tables::{self, orders};
use crate::intake::{AddresseePart, Gravity, Referral, ReferralStep, Report, ReportClass};
use crate::results::Standing;
use fhir::{Instant, Kind, Object, ResourceKey, build, system};
use hl7v2::Segment;

/// Proposes the referral, asked by one of the providers and of others, as it stood at `as_of`.
pub(crate) fn file(
    folder: &mut Folder<'_>,
    rf1: Segment<'_>,
    providers: &[Segment<'_>],
    as_of: Instant,
    withdrawn: bool,
) -> ResourceKey {
    let scope = folder.scope;
    let number = one(rf1, 6).or_else(|| one(rf1, 11)).map(ei::key).unwrap_or_default();
    let mut draft = folder.draft(Kind::ServiceRequest, &["RF1", &number]);
    for n in [6, 11] {
        draft.add("identifier", one(rf1, n).map(|rep| ei::identifier(rep, "")));
    }
    let status = match &*field(rf1, 1) {
        _ if withdrawn => "revoked",
        "A" => "active",
        "P" => "on-hold",
        "R" => "revoked",
        "E" => "completed",
        _ => "unknown",
    };
    draft.put("status", status);
    draft.put("intent", "order");
    draft.add("category", build::code(system::SNOMED, "3457005", "Patient referral"));
    for n in [5, 3] {
        draft.add("category", one(rf1, n).map(|rep| cwe::concept(rep, "")));
    }
    draft.put("priority", tables::code(orders::ORDER_PRIORITY, &field(rf1, 2)));
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    draft.put(
        "occurrencePeriod",
        build::period(scope.date_time(&field(rf1, 7)), scope.date_time(&field(rf1, 8))),
    );
    draft.put("authoredOn", scope.date_time(&field(rf1, 9)));
    for rep in reps(rf1.field(10)) {
        draft.add("reasonCode", cwe::concept(rep, ""));
    }
    for prd in providers {
        let who = prd::provider(scope, &mut draft, *prd);
        if prd::plays(*prd, "RP") && draft.object.get("requester").is_none() {
            draft.put("requester", who);
        } else {
            draft.add("performer", who);
        }
    }
    for rep in reps(rf1.field(19)) {
        let organization = xon::contained(&mut draft, rep);
        draft.add("performer", organization);
    }
    for rep in reps(rf1.field(20)) {
        let person = xcn::contained(scope, &mut draft, rep);
        draft.add("performer", person);
    }
    for n in [14, 24] {
        let text = super::value::prose_of(rf1.field(n));
        if !text.is_empty() {
            draft.add("note", Object::new().set("text", text));
        }
    }
    let key = draft.key;
    folder.file_as(draft, Standing { finality: None, as_of }, None);
    key
}

/// What must reach somebody: the referral whoever it goes to, the answer whoever asked; copies to the primary provider
/// and to those consulted (PRD with PP and CP).
pub(crate) fn report(
    folder: &Folder<'_>,
    group: &Group<'_>,
    rf1: Segment<'_>,
    referral: Referral,
    task: ResourceKey,
) -> Report {
    let asks = matches!(referral.step, ReferralStep::Asked | ReferralStep::Withdrawn);
    let mut addressees = Vec::new();
    for provider in &group.providers {
        let part = match () {
            () if asks && prd::plays(*provider, "RT") => (AddresseePart::ReferredTo, "PRD RT"),
            () if !asks && prd::plays(*provider, "RP") => (AddresseePart::Referrer, "PRD RP"),
            () if prd::plays(*provider, "PP") => (AddresseePart::Primary, "PRD PP"),
            () if prd::plays(*provider, "CP") => (AddresseePart::Consulting, "PRD CP"),
            () => continue,
        };
        addressees.extend(prd::addressee(*provider, part.0, part.1));
    }
    if asks && !addressees.iter().any(|one| one.part == AddresseePart::ReferredTo) {
        xcn::addressees(&mut addressees, rf1.field(20), AddresseePart::ReferredTo, "RF1-20");
    }
    Report {
        key: if asks { referral.request } else { task },
        class: ReportClass::Referral,
        title: title(group, rf1, asks),
        accession: number(rf1),
        standing: Standing { finality: None, as_of: folder.as_of },
        flag: gravity(folder, rf1, referral.step),
        addressees,
        confidential: false,
        notice: None,
        referral: Some(referral),
    }
}

/// RF1-6, else RF1-11: the number by which both sides know it.
fn number(rf1: Segment<'_>) -> String {
    one(rf1, 6).or_else(|| one(rf1, 11)).map(|rep| comp(rep, 1).into_owned()).unwrap_or_default()
}

/// What is asked for: RF1-3, else the first service, else RF1-5.
fn title(group: &Group<'_>, rf1: Segment<'_>, asks: bool) -> String {
    let service = group.orders.iter().find_map(|order| order.obr.and_then(|obr| one(obr, 4)));
    let what = one(rf1, 3).or(service).or_else(|| one(rf1, 5)).map(obr::title).unwrap_or_default();
    let before = if asks { "Referral" } else { "Answer to referral" };
    if what.is_empty() { before.to_owned() } else { format!("{before}: {what}") }
}

/// RF1-2, table 0280. There is no default: a priority that is not known counts as urgent (HAZARDS H31). An answer that
/// leaves the patient without a taker is never plain news.
fn gravity(folder: &Folder<'_>, rf1: Segment<'_>, step: ReferralStep) -> Gravity {
    let said = field(rf1, 2);
    let priority = match &*said.to_ascii_uppercase() {
        "R" => Gravity::Normal,
        "A" => Gravity::Abnormal,
        "S" => Gravity::Critical,
        #[cfg(feature = "defects")]
        _ if defects::is(defects::Defect::Routine) => Gravity::Normal,
        _ => {
            if matches!(step, ReferralStep::Asked) {
                folder.scope.note(
                    &format!("RF1-2 \"{said}\" is no priority of table 0280"),
                    "the referral counts as urgent",
                    &format!("RF1-2 « {said} » n'est pas une priorité de la table 0280"),
                    "la demande compte comme urgente",
                );
            }
            Gravity::Critical
        }
    };
    match step {
        ReferralStep::Asked => priority,
        ReferralStep::Declined | ReferralStep::Expired => priority.max(Gravity::Abnormal),
        ReferralStep::Withdrawn | ReferralStep::Received | ReferralStep::Accepted => Gravity::Normal,
    }
}
