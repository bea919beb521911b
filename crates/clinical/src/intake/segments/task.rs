//! Where an order or a referral stands with whoever carries it out: Task (map ORM_O01 4.1 names Task\[1\] without rows;
//! ours in docs/mapping/own-maps.md).

use super::orc::Numbers;
use crate::intake::ReferralStep;
use crate::intake::datatypes::{cwe, ei, hd::Designator, xcn};
use crate::intake::folder::Folder;
use crate::intake::groups::Order;
use crate::intake::reading::{field, one, reps};
use crate::intake::tables::{self, Codes};
use fhir::{Kind, Object, ResourceKey, build, system};
use hl7v2::{Message, Segment};

const TASK_CODE: &str = "http://hl7.org/fhir/CodeSystem/task-code";

/// Order control, table 0119, of an answer.
const ANSWERED: Codes = &[
    ("OK", "accepted"),
    ("NA", "accepted"),
    ("RR", "received"),
    ("SN", "requested"),
    ("SC", "in-progress"),
    ("OE", "accepted"),
    ("OF", "accepted"),
    ("OR", "accepted"),
    ("RE", "in-progress"),
    ("RO", "accepted"),
    ("RQ", "accepted"),
    ("PR", "accepted"),
    ("PY", "accepted"),
    ("XR", "accepted"),
    ("UA", "rejected"),
    ("UC", "failed"),
    ("UD", "failed"),
    ("UH", "failed"),
    ("UM", "failed"),
    ("UN", "failed"),
    ("UR", "failed"),
    ("UX", "failed"),
    ("DE", "failed"),
    ("DF", "rejected"),
    ("CR", "cancelled"),
    ("OC", "cancelled"),
    ("DR", "cancelled"),
    ("OD", "cancelled"),
    ("RU", "cancelled"),
    ("HR", "on-hold"),
    ("OH", "on-hold"),
    ("FU", "completed"),
];

/// Order controls that answer a wish to stop.
const STOPPING: &[&str] = &["CR", "UC", "DR", "UD", "OC", "OD"];

/// Proposes where an order stands by the answer of its filler (ORR, ORL, ORG, ORI).
pub(crate) fn answer(
    folder: &mut Folder<'_>,
    message: &Message,
    order: &Order<'_>,
    request: Option<ResourceKey>,
) -> Option<ResourceKey> {
    let scope = folder.scope;
    let orc = order.orc?;
    let control = field(orc, 1);
    let numbers = Numbers::of(order);
    let number = numbers.placer.or(numbers.filler).map(ei::key).unwrap_or_default();
    let stops = STOPPING.contains(&&*control);
    let mut draft = folder.draft(Kind::Task, &["order", &number, if stops { "abort" } else { "fulfill" }]);
    numbers.identifiers(&mut draft.object);
    let refused = matches!(&*field(message.segment_named("MSA"), 1), "AE" | "AR" | "CE" | "CR");
    let status = match tables::code(ANSWERED, &control) {
        _ if refused => "failed",
        "" => "received",
        known => known,
    };
    draft.put("status", status);
    if let Some(rep) = one(orc, 16) {
        draft.put("statusReason", cwe::concept(rep, ""));
    } else if refused {
        draft.put("statusReason", Object::new().set("text", refusal(message)));
    }
    draft.put("businessStatus", build::code(system::v2_table("0119"), control, ()));
    draft.put("intent", "order");
    draft.put("code", build::code(TASK_CODE, if stops { "abort" } else { "fulfill" }, ()));
    draft.put("focus", request.map(build::reference));
    draft.put("for", folder.subject());
    draft.put("encounter", folder.visit());
    draft.put("lastModified", scope.date_time(&field(message.segment(0), 7)));
    let filler = one(message.segment(0), 4).map(|rep| Designator::of_rep(rep, 1).part(Kind::Organization));
    let filler = draft.contain(filler.unwrap_or_default());
    draft.put("owner", filler);
    super::nte::notes(scope, &mut draft, &order.notes);
    let key = draft.key;
    folder.file(draft);
    Some(key)
}

/// Why the receiver refused: ERR-8, ERR-3, else MSA-3.
fn refusal(message: &Message) -> String {
    let err = message.segment_named("ERR");
    [field(err, 8), field(err, 3), field(message.segment_named("MSA"), 3)]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .into_owned()
}

/// What a REF or RRI says of a referral: RF1-1, table 0283, of an answer; an answer with I14 says that it is over.
pub(crate) fn step(code: &str, trigger: &str, rf1: Segment<'_>) -> ReferralStep {
    match (code, trigger, &*field(rf1, 1)) {
        ("REF", "I14", _) => ReferralStep::Withdrawn,
        ("REF", ..) => ReferralStep::Asked,
        (_, "I14", _) | (.., "R") => ReferralStep::Declined,
        (.., "A") => ReferralStep::Accepted,
        (.., "E") => ReferralStep::Expired,
        _ => ReferralStep::Received,
    }
}

/// Proposes where a referral stands: asked of the receiver (REF), or what the receiver says (RRI).
pub(crate) fn referral(
    folder: &mut Folder<'_>,
    message: &Message,
    rf1: Segment<'_>,
    owner: Option<Segment<'_>>,
    request: ResourceKey,
    step: ReferralStep,
) -> ResourceKey {
    let scope = folder.scope;
    let number = one(rf1, 6).or_else(|| one(rf1, 11)).map(ei::key).unwrap_or_default();
    let mut draft = folder.draft(Kind::Task, &["referral", &number]);
    for n in [6, 11] {
        draft.add("identifier", one(rf1, n).map(|rep| ei::identifier(rep, "")));
    }
    let status = match step {
        ReferralStep::Asked => "requested",
        ReferralStep::Withdrawn => "cancelled",
        ReferralStep::Received => "received",
        ReferralStep::Accepted => "accepted",
        ReferralStep::Declined => "rejected",
        ReferralStep::Expired => "failed",
    };
    draft.put("status", status);
    if let Some(rep) = one(rf1, 10).filter(|_| status == "rejected" || status == "cancelled") {
        draft.put("statusReason", cwe::concept(rep, ""));
    }
    draft.put("businessStatus", one(rf1, 1).map(|rep| cwe::concept(rep, "HL70283")));
    draft.put("intent", "order");
    draft.put("code", build::code(TASK_CODE, "fulfill", ()));
    draft.put("focus", build::reference(request));
    draft.put("for", folder.subject());
    draft.put("authoredOn", scope.date_time(&field(rf1, 9)));
    draft.put("lastModified", scope.date_time(&field(message.segment(0), 7)));
    if let Some(prd) = owner {
        let owner = super::prd::provider(scope, &mut draft, prd);
        draft.put("owner", owner);
    } else if let Some(rep) = reps(rf1.field(20)).next() {
        let owner = xcn::contained(scope, &mut draft, rep);
        draft.put("owner", owner);
    }
    let key = draft.key;
    folder.file(draft);
    key
}
