//! What every structure shares: one chart per patient group, demographics and visit first, provenance last.

use crate::identity::{Claim, Identifier};
use crate::intake::confidential::is_protected;
use crate::intake::datatypes::xcn;
use crate::intake::folder::Folder;
use crate::intake::groups::{Group, Order};
use crate::intake::order_news;
use crate::intake::reading::field;
use crate::intake::scope::Scope;
use crate::intake::segments::obx::{self, Around};
use crate::intake::segments::{
    acc, al1, dg1, ft1, in1, msh, nk1, nte, obr, orc, pid, pr1, prb, prd, pv1, rf1, rol, rxa, rxd, rxo, task,
    txa,
};
use crate::intake::{
    Addressee, AddresseePart, Chart, Gravity, Notice, Referral, ReferralStep, Report, ReportClass, claim,
};
use crate::results::Standing;
use fhir::{Instant, Kind, RecordId, build};
use hl7v2::Message;
use sha2::{Digest, Sha256};

/// What a structure wants of the shared mapping.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants {
    /// Trigger event, which decides the status of a visit.
    pub(crate) trigger: &'static str,
    /// The message is about the patient or the visit (ADT): what it says of them is news. Elsewhere they are only
    /// named, and never replace what an admission system said.
    pub(crate) is_news: bool,
    /// Whether the visit itself must reach somebody.
    pub(crate) notify: bool,
    /// What an order of this structure is.
    pub(crate) orders: Orders,
}

/// What ORC with OBR or pharmacy segments is in a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orders {
    /// It carries results: OBR is a report.
    Reports,
    /// It asks for something: OBR is what was asked for (maps ORM_O01, OML_O21, MDM_T02).
    Requests,
    /// It answers one that was asked: how it stands with the filler (ORR, ORL, ORG).
    Answers,
    /// Each RXA under it is a vaccination (map VXU_V04).
    Vaccinations,
    /// It is about a medicine; only an OBR makes a request of another sort of it.
    Medicines,
}

/// The chart of one patient group.
pub(crate) fn chart(scope: &Scope<'_>, message: &Message, group: &Group<'_>, wants: Wants) -> Chart {
    chart_with(scope, message, group, wants, |_| {})
}

/// [`chart`] with what only one structure has: `further` proposes it after the shared resources.
pub(crate) fn chart_with(
    scope: &Scope<'_>,
    message: &Message,
    group: &Group<'_>,
    wants: Wants,
    further: impl FnOnce(&mut Folder<'_>),
) -> Chart {
    let claim = claim::read(scope, group.pid);
    let record = record(scope, message, &claim, group);
    let as_of = event_time(scope, message);
    let mut folder = Folder::new(scope, record, as_of);
    let standing = Standing {
        finality: None,
        // A result or a document does not say when demographics changed unless PID-33 does.
        as_of: if wants.is_news {
            as_of
        } else {
            scope.believed_of("PID-33", &field(group.pid, 33)).unwrap_or_default()
        },
    };
    pid::file(&mut folder, group, standing);
    let mut visit = pv1::draft(&mut folder, group, wants.trigger);
    let named = named(group);
    for dg1 in &group.diagnoses {
        dg1::file(&mut folder, visit.as_mut(), *dg1);
    }
    if let Some(draft) = visit {
        let key = draft.key;
        let title = visit_title(group);
        let accession = group.pv1.map(|pv1| field(pv1, 19).into_owned()).unwrap_or_default();
        pv1::file(&mut folder, draft, standing);
        if wants.notify {
            folder.reports.push(Report {
                key,
                class: ReportClass::Encounter,
                title,
                accession,
                standing,
                flag: Gravity::Normal,
                addressees: named.clone(),
                confidential: false,
                notice: notice(group, wants.trigger),
                referral: None,
            });
        }
    }
    for kin in &group.kin {
        nk1::related(&mut folder, *kin);
    }
    nk1::mother(&mut folder, group.pid);
    for allergy in &group.allergies {
        al1::file(&mut folder, allergy);
    }
    for (pr1, roles) in &group.procedures {
        pr1::file(&mut folder, *pr1, roles);
    }
    for (in1, in2) in &group.insurance {
        in1::file(&mut folder, group, *in1, *in2);
    }
    in1::financial_class(&mut folder, group);
    rol::care_team(&mut folder, &group.roles);
    patient_observations(&mut folder, group);
    if let Some(acc) = group.accident {
        acc::accident(&mut folder, acc);
    }
    if let Some(pda) = group.death {
        acc::death(&mut folder, pda);
    }
    referrals(&mut folder, message, group, wants);
    for problem in &group.problems {
        prb::file(&mut folder, problem, wants.trigger == "PC3");
    }
    let mut requests = Vec::new();
    for order in &group.orders {
        requests.extend(ordered(&mut folder, message, order, wants, &named));
    }
    let account = folder.resources.iter().find(|one| one.key.kind == Kind::Account).map(|one| one.key);
    for ft1 in &group.charges {
        ft1::file(&mut folder, *ft1, account);
    }
    for document in &group.documents {
        txa::file(&mut folder, document, &requests, &named, wants.trigger);
    }
    further(&mut folder);
    notes(&mut folder, group);
    msh::provenance(&mut folder, message, group);
    let Folder { resources, mut reports, .. } = folder;
    if group.pv1.is_some_and(|pv1| is_protected(&field(pv1, 16))) {
        reports.iter_mut().for_each(|report| report.confidential = true);
    }
    Chart { claim, record, resources, reports }
}

/// Proposes an order by what the structure makes of it; the request it is, for documents that answer it.
fn ordered(
    folder: &mut Folder<'_>,
    message: &Message,
    order: &Order<'_>,
    wants: Wants,
    named: &[Addressee],
) -> Option<fhir::ResourceKey> {
    // In ORM every ORC is a request, even one that a pharmacy segment details (map ORM_O01 4.1); elsewhere RXO and its
    // like are the request themselves.
    let medicine_only = order.obr.is_none()
        && (!order.stages.is_empty() || matches!(wants.orders, Orders::Vaccinations | Orders::Medicines))
        && message.header().message_code() != "ORM";
    let request = if medicine_only {
        let home = order.orc.map(|orc| field(orc, 2).into_owned()).unwrap_or_default();
        obr::beside(folder, order, None, &home);
        None
    } else if wants.orders == Orders::Reports {
        let request = orc::file(folder, order);
        obr::file(folder, order, request, named);
        for segment in &order.diagnoses {
            dg1::file(folder, None, *segment);
        }
        request
    } else {
        orc::placed(folder, order, wants.orders == Orders::Answers)
    };
    medicines(folder, order, request, wants);
    let answer = match wants.orders {
        Orders::Answers => task::answer(folder, message, order, request),
        _ => None,
    };
    if let Some(about) = answer.or(request).filter(|_| wants.orders != Orders::Reports) {
        order_news::file(folder, order, about);
    }
    request
}

/// Proposes the steps of a medication in the order sent: each knows the one it goes back to.
fn medicines(folder: &mut Folder<'_>, order: &Order<'_>, request: Option<fhir::ResourceKey>, wants: Wants) {
    let mut before = None;
    for stage in &order.stages {
        match stage.segment.name() {
            "RXD" => rxd::file(folder, order, stage, before),
            "RXA" if wants.orders == Orders::Vaccinations => rxa::vaccinated(folder, order, stage),
            "RXA" => rxa::given(folder, order, stage, before),
            _ => before = Some(rxo::file(folder, order, stage, before, request)),
        }
    }
}

/// Proposes the referrals of a message and where they stand.
fn referrals(folder: &mut Folder<'_>, message: &Message, group: &Group<'_>, wants: Wants) {
    for rf1 in &group.referrals {
        let header = message.header();
        let code = header.message_code();
        if !matches!(&*code, "REF" | "RRI") {
            rf1::file(folder, *rf1, &group.providers, folder.as_of, false);
            continue;
        }
        let step = task::step(&code, wants.trigger, *rf1);
        // An answer never replaces what was asked: it only stands where the question has not come yet.
        let as_of = if code == "REF" { folder.as_of } else { Instant::default() };
        let request = rf1::file(folder, *rf1, &group.providers, as_of, step == ReferralStep::Withdrawn);
        let owner = group.providers.iter().find(|prd| prd::plays(**prd, "RT")).copied();
        let task = task::referral(folder, message, *rf1, owner, request, step);
        folder.reports.push(rf1::report(folder, group, *rf1, Referral { request, step }, task));
    }
}

/// The source record: the claim's own identifier. Without one, a record of this message alone, so that nothing
/// collides with anybody (there is no default patient).
fn record(scope: &Scope<'_>, message: &Message, claim: &Claim, group: &Group<'_>) -> RecordId {
    match &claim.own {
        Some(Identifier { authority, value, .. }) => RecordId::of(authority, value),
        None => {
            let digest = Sha256::digest(message.bytes());
            let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let place = group.pid.index().to_string();
            let words = [&*scope.sender.link, &*field(message.segment(0), 10), &*place].join("\u{1f}");
            RecordId::of(&words, &hex)
        }
    }
}

/// EVN-6, EVN-2, MSH-7, else when it was received; at most a day after that.
pub(crate) fn event_time(scope: &Scope<'_>, message: &Message) -> Instant {
    let evn = message.segment_named("EVN");
    [("EVN-6", field(evn, 6)), ("EVN-2", field(evn, 2)), ("MSH-7", field(message.segment(0), 7))]
        .into_iter()
        .find_map(|(place, text)| scope.believed_of(place, &text))
        .unwrap_or(scope.sender.received)
}

/// People whom patient and visit segments name: PV1-7, 8, 9, PD1-4, ROL and PRT.
fn named(group: &Group<'_>) -> Vec<Addressee> {
    let mut named = Vec::new();
    if let Some(pv1) = group.pv1 {
        xcn::addressees(&mut named, pv1.field(7), AddresseePart::Attending, "PV1-7");
        xcn::addressees(&mut named, pv1.field(8), AddresseePart::Referring, "PV1-8");
        xcn::addressees(&mut named, pv1.field(9), AddresseePart::Consulting, "PV1-9");
    }
    if let Some(pd1) = group.pd1 {
        xcn::addressees(&mut named, pd1.field(4), AddresseePart::Primary, "PD1-4");
    }
    rol::primary(&mut named, &group.roles);
    rol::primary(&mut named, &group.visit_roles);
    named
}

/// News of a visit that the primary provider must have.
fn notice(group: &Group<'_>, trigger: &str) -> Option<Notice> {
    let class = group.pv1.map(|pv1| field(pv1, 2)).unwrap_or_default();
    match (trigger, &*class) {
        ("A01", _) => Some(Notice::Admission),
        ("A03", _) => Some(Notice::Discharge),
        ("A04", "E") => Some(Notice::Emergency),
        _ => None,
    }
}

fn visit_title(group: &Group<'_>) -> String {
    let class = group.pv1.map(|pv1| field(pv1, 2)).unwrap_or_default();
    let named = match &*class {
        "E" => "Emergency visit",
        "I" => "Inpatient stay",
        "O" => "Outpatient visit",
        "P" => "Planned admission",
        "R" => "Recurring visit",
        "B" => "Obstetric stay",
        _ => "Visit",
    };
    named.to_owned()
}

fn patient_observations(folder: &mut Folder<'_>, group: &Group<'_>) {
    let home = folder.encounter.map(fhir::ResourceKey::id).unwrap_or_default();
    let around = Around::loose(&home, folder.as_of);
    for observed in &group.observations {
        obx::file(folder, observed, &around);
        attached(folder, observed);
    }
}

/// ED and RP outside any report: a document of its own.
fn attached(folder: &mut Folder<'_>, observed: &crate::intake::groups::Observed<'_>) {
    use crate::intake::attachment;
    use crate::intake::datatypes::cwe;
    use crate::intake::reading::{one, reps};
    let kind = field(observed.obx, 2);
    if !matches!(&*kind, "ED" | "RP") {
        return;
    }
    let scope = folder.scope;
    let code = one(observed.obx, 3);
    let name = code.map(obr::title).unwrap_or_default();
    for rep in reps(observed.obx.field(5)) {
        let form = attachment::read(scope, &kind, rep);
        if !attachment::has_content(&form) {
            continue;
        }
        let mut draft = folder.draft(Kind::DocumentReference, &["OBX", &name]);
        draft.put("status", "current");
        draft.put("type", code.map(|rep| cwe::concept(rep, "")));
        draft.put("subject", folder.subject());
        draft.add("content", fhir::Object::new().set("attachment", form.set("title", &*name)));
        let visit = folder.visit();
        draft.put("context", fhir::Object::new().push("encounter", visit));
        folder.file(draft);
    }
}

/// NTE under PID has no map; a comment is not lost, it is a note of the visit's message kept as an observation's
/// would be: on the Patient there is no element, so it goes to the first report, else it is a problem in words.
fn notes(folder: &mut Folder<'_>, group: &Group<'_>) {
    if group.notes.is_empty() {
        return;
    }
    let scope = folder.scope;
    let mut draft = folder.draft(Kind::Observation, &["NTE"]);
    draft.put("status", "final");
    draft.put("code", build::code(fhir::system::LOINC, "48767-8", "Annotation comment"));
    draft.put("subject", folder.subject());
    draft.put("encounter", folder.visit());
    nte::notes(scope, &mut draft, &group.notes);
    if draft.object.get("note").is_some() {
        folder.file(draft);
    }
}
