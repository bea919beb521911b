//! MSH, EVN, SFT and the acting people of ORC to one Provenance per message (maps MSH[Provenance-Source],
//! MSH[Provenance-Operator], EVN[Provenance], PID[Provenance-Patient], ORC[Provenance], MSH[MessageHeader],
//! SFT[MessageHeader], SFT[Device]).

use crate::intake::datatypes::{cwe, hd::Designator, xcn, xon};
use crate::intake::draft::Draft;
use crate::intake::folder::Folder;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, one, prose, reps};
use crate::intake::tables::visits;
use fhir::{Kind, Object, build, system};
use hl7v2::{Message, Segment};

/// Proposes the Provenance of everything in the folder.
pub(crate) fn provenance(folder: &mut Folder<'_>, message: &Message, group: &Group<'_>) {
    let scope = folder.scope;
    let msh = message.segment(0);
    let evn = message.segment_named("EVN");
    let reference = scope.sender.message_reference.clone();
    let mut draft = folder.draft(Kind::Provenance, &[&reference]);
    for proposal in &folder.resources {
        draft.add("target", build::reference(proposal.key));
    }
    let occurred = [field(evn, 6), field(evn, 2), field(msh, 7)]
        .into_iter()
        .map(|text| scope.date_time(&text))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    draft.put("occurredDateTime", occurred);
    let recorded = [field(evn, 2), field(msh, 7)]
        .into_iter()
        .map(|text| scope.fhir_instant(&text))
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| scope.sender.received.to_string());
    draft.put("recorded", recorded);
    if let Some(rep) = one(evn, 7) {
        let place = draft.contain(Designator::of_rep(rep, 1).part(Kind::Location));
        draft.put("location", place);
    }
    if let Some(rep) = one(evn, 4) {
        draft.add("reason", cwe::mapped(rep, "HL70062", visits::EVENT_REASON));
    }
    let kind = message_type(msh);
    let activity = Object::new()
        .set("system", system::v2_table("0003"))
        .set("code", field_comp(msh, 9, 2))
        .set("display", kind.clone());
    draft.put("activity", build::concept([activity], kind));
    agents(folder, &mut draft, msh, evn, group);
    let header = header(folder, &mut draft, message, msh);
    let header = draft.contain(header);
    let identifier = Object::new().set("system", system::URI).set("value", reference);
    let source = header.set("identifier", identifier);
    draft.add("entity", Object::new().set("role", "source").set("what", source));
    let control = field(msh, 10);
    if !control.is_empty() {
        let what =
            Object::new().set("identifier", Object::new().set("value", control)).set("display", "MSH-10");
        draft.add("entity", Object::new().set("role", "source").set("what", what));
    }
    let mut sending =
        one(msh, 3).map(|rep| Designator::of_rep(rep, 1).part(Kind::Device)).unwrap_or_default();
    if one(msh, 24).is_some() && !sending.is_empty() {
        network(&mut sending, msh, 24);
        let sending = draft.contain(sending);
        draft.add("entity", Object::new().set("role", "source").set("what", sending));
    }
    for sft in message.all_named("SFT") {
        let device = software(folder, sft);
        let device = draft.contain(device);
        if !device.is_empty() {
            draft.add("entity", Object::new().set("role", "source").set("what", device));
        }
    }
    folder.file(draft);
}

/// `ORU^R01^ORU_R01` as sent.
pub(crate) fn message_type(msh: Segment<'_>) -> String {
    let parts: Vec<_> = msh.field(9).first().comps().take(3).map(prose).collect();
    parts.join("^").trim_end_matches('^').to_owned()
}

fn field_comp<'m>(segment: Segment<'m>, n: usize, c: usize) -> std::borrow::Cow<'m, str> {
    comp(segment.field(n).first(), c)
}

fn agent(draft: &mut Draft, code: &'static str, who: Object) {
    agent_for(draft, code, who, Object::new());
}

fn agent_for(draft: &mut Draft, code: &'static str, who: Object, on_behalf: Object) {
    if who.is_empty() && on_behalf.is_empty() {
        return;
    }
    let kind = build::code(system::PROVENANCE_PARTICIPANT, code, ());
    let (who, on_behalf) = if who.is_empty() { (on_behalf, Object::new()) } else { (who, on_behalf) };
    let agent = Object::new().set("type", kind).set("who", who).set("onBehalfOf", on_behalf);
    let known = draft
        .object
        .get("agent")
        .is_some_and(|held| held.items().iter().rev().take(64).any(|held| held.as_object() == Some(&agent)));
    if !known {
        draft.add("agent", agent);
    }
}

fn agents(folder: &Folder<'_>, draft: &mut Draft, msh: Segment<'_>, evn: Segment<'_>, group: &Group<'_>) {
    let scope = folder.scope;
    let facility =
        one(msh, 4).map(|rep| Designator::of_rep(rep, 1).part(Kind::Organization)).unwrap_or_default();
    let facility = draft.contain(facility);
    let responsible = one(msh, 22).map(|rep| xon::organization(draft, rep)).unwrap_or_default();
    let responsible = draft.contain(responsible);
    agent(draft, "author", facility);
    agent(draft, "author", responsible);
    for rep in reps(evn.field(5)) {
        let person = xcn::contained(scope, draft, rep);
        agent(draft, "enterer", person);
    }
    if let Some(rep) = one(group.pid, 34) {
        let updater = draft.contain(Designator::of_rep(rep, 1).part(Kind::Organization));
        agent(draft, "performer", updater);
    }
    for orc in group.orders.iter().filter_map(|order| order.orc) {
        let organization = one(orc, 17).map(xon::of_cwe).unwrap_or_default();
        let organization = draft.contain(organization);
        let mut entered = false;
        for (n, code) in [(10, "enterer"), (11, "verifier"), (12, "author"), (19, "performer")] {
            for rep in reps(orc.field(n)) {
                let person = xcn::contained(scope, draft, rep);
                let behalf = if n == 10 { organization.clone() } else { Object::new() };
                entered |= n == 10;
                agent_for(draft, code, person, behalf);
            }
        }
        if !entered {
            agent(draft, "enterer", organization);
        }
        if let Some(rep) = one(orc, 18) {
            let device = build::untitled(Kind::Device)
                .push("identifier", Object::new().set("value", comp(rep, 1)))
                .push("deviceName", device_name(&prose(rep.comp(2))));
            let device = draft.contain(device);
            agent(draft, "performer", device);
        }
    }
    agent(draft, "custodian", build::display(&*scope.sender.custodian));
    if draft.object.get("agent").is_none() {
        // Provenance.agent is required: whoever the link belongs to.
        agent(draft, "author", build::display(&*scope.sender.link));
    }
}

fn device_name(name: &str) -> Object {
    if name.is_empty() { Object::new() } else { Object::new().set("name", name).set("type", "other") }
}

fn header(folder: &Folder<'_>, draft: &mut Draft, message: &Message, msh: Segment<'_>) -> Object {
    let mut header = build::untitled(Kind::MessageHeader);
    let processing = field(msh, 11);
    if !processing.is_empty() {
        let tag = build::coding(system::v2_table("0103"), processing, ());
        header.put("meta", Object::new().push("tag", tag));
    }
    header.put("language", field(msh, 19));
    let event = build::coding(system::v2_table("0003"), field_comp(msh, 9, 2), message_type(msh));
    header.put("eventCoding", event);
    let from = one(msh, 3).map(|rep| Designator::of_rep(rep, 1)).unwrap_or_default();
    let sft = message.segment_named("SFT");
    let mut source = Object::new()
        .set("name", &*from.namespace)
        .set("software", field(sft, 3))
        .set("version", field(sft, 2));
    let address = one(msh, 24).map(|rep| Designator::of_rep(rep, 1)).unwrap_or_else(|| from.clone());
    source.put("endpoint", endpoint(&address, &folder.scope.sender.link));
    let to = one(msh, 5).map(|rep| Designator::of_rep(rep, 1)).unwrap_or_default();
    let facility =
        one(msh, 6).map(|rep| Designator::of_rep(rep, 1).part(Kind::Organization)).unwrap_or_default();
    let facility = draft.contain(facility);
    let receiver = one(msh, 23).map(|rep| xon::contained(draft, rep)).unwrap_or_else(|| facility.clone());
    if !to.is_empty() || !receiver.is_empty() {
        let address = one(msh, 25).map(|rep| Designator::of_rep(rep, 1)).unwrap_or_else(|| to.clone());
        let mut target = to.part(Kind::Device);
        network(&mut target, msh, 25);
        // The facility says which of several instances of the application is meant: it is the one that runs it.
        if one(msh, 23).is_some() {
            target.put("owner", facility);
        }
        let destination = Object::new()
            .set("name", &*to.namespace)
            .set("target", draft.contain(target))
            .set("endpoint", endpoint(&address, to.authority()))
            .set("receiver", receiver);
        header.add("destination", destination);
    }
    let mut sending =
        one(msh, 4).map(|rep| Designator::of_rep(rep, 1).part(Kind::Organization)).unwrap_or_default();
    let country = field(msh, 17);
    if !country.is_empty() {
        if sending.is_empty() {
            sending = build::untitled(Kind::Organization);
        }
        sending.add("address", Object::new().set("country", country));
    }
    let sending = draft.contain(sending);
    header.put("sender", sending);
    let responsible = one(msh, 22).map(|rep| xon::organization(draft, rep)).unwrap_or_default();
    let responsible = draft.contain(responsible);
    header.put("responsible", responsible);
    header.set("source", source)
}

/// The name of a network address (MSH-24, MSH-25) beside its universal id: one of the device's names, because the
/// endpoint is a URL and holds the universal id.
fn network(device: &mut Object, msh: Segment<'_>, n: usize) {
    let name = field(msh, n);
    if !name.is_empty() {
        device.add("deviceName", Object::new().set("name", name).set("type", "other"));
    }
}

/// MessageHeader.source.endpoint is a URL and required: the universal id, else the name in a URI of ours.
fn endpoint(address: &Designator<'_>, otherwise: &str) -> String {
    if address.is_empty() {
        return crate::intake::tables::systems::authority_uri(otherwise);
    }
    address.system()
}

fn software(folder: &Folder<'_>, sft: Segment<'_>) -> Object {
    let mut device = build::untitled(Kind::Device);
    device.put(
        "manufacturer",
        one(sft, 1).map(|rep| {
            let name = prose(rep.comp(1));
            if name.is_empty() { comp(rep, 10) } else { name }
        }),
    );
    let name = field(sft, 3);
    if !name.is_empty() {
        device.add("deviceName", Object::new().set("name", name).set("type", "manufacturer-name"));
    }
    device.put("modelNumber", field(sft, 4));
    let mut version = Object::new().set("value", field(sft, 2));
    if !version.is_empty() {
        let url = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Device.version.installDate";
        let installed = folder.scope.date_time(&field(sft, 6));
        version.add("extension", build::extension(url, "valueDateTime", installed));
    }
    device.add("version", version);
    let about = super::value::prose_of(sft.field(5));
    if !about.is_empty() {
        device.add("note", Object::new().set("text", about));
    }
    device
}
