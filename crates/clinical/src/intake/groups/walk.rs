//! The walk through a message that puts each segment where it belongs.

use super::{Allergy, Document, Group, Observed, Order, Sample, Stage, Trouble};
use hl7v2::{Message, Segment};

/// Where the walk stands: notes, roles and observations belong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Patient,
    Visit,
    Procedure,
    Order,
    Sample,
    Document,
    Allergy,
    Problem,
    Stage,
    /// Resources of an appointment: their notes are read with them.
    Schedule,
    Elsewhere,
}

impl<'m> Group<'m> {
    fn observations_at(&mut self, at: At) -> &mut Vec<Observed<'m>> {
        let order = match at {
            At::Order | At::Sample | At::Stage => self.orders.last_mut(),
            At::Problem => match self.problems.last_mut() {
                Some(problem) => return &mut problem.observations,
                None => None,
            },
            At::Document => match self.documents.last_mut() {
                Some(document) => return &mut document.observations,
                None => None,
            },
            _ => None,
        };
        match order {
            Some(order) if at == At::Sample && !order.specimens.is_empty() => {
                let last = order.specimens.len() - 1;
                &mut order.specimens[last].observations
            }
            Some(order) if at == At::Stage && !order.stages.is_empty() => {
                let last = order.stages.len() - 1;
                &mut order.stages[last].observations
            }
            Some(order) => &mut order.observations,
            None => &mut self.observations,
        }
    }

    /// The order that a segment belongs to; a new one when there is none.
    fn last_order(&mut self) -> &mut Order<'m> {
        if self.orders.is_empty() {
            self.orders.push(Order::new(None, None));
        }
        let last = self.orders.len() - 1;
        &mut self.orders[last]
    }
}

/// How the order segments of a structure stand to each other.
#[derive(Debug, Clone, Copy, Default)]
struct Layout {
    /// SPM leads and the orders on it follow (OUL R22, R23, OML O33, O35 and their answers).
    specimen_first: bool,
    /// ORC follows its OBR (OUL).
    control_after: bool,
}

impl Layout {
    fn of(message: &Message) -> Self {
        let header = message.header();
        let (code, trigger) = (header.message_code(), header.trigger());
        Self {
            specimen_first: matches!(
                (&*code, &*trigger),
                ("OUL", "R22" | "R23") | ("OML", "O33" | "O35") | ("ORL", "O34" | "O36")
            ),
            control_after: code == "OUL",
        }
    }
}

/// Segments that may stand before the first PID and belong to no patient's group: the message's own, an answer's and
/// an appointment's, which are read where they are needed.
const BEFORE_PATIENTS: &[&str] =
    &["NTE", "MSA", "ERR", "SCH", "TQ1", "RGS", "AIS", "AIG", "AIL", "AIP", "QRD", "QRF", "NPU"];
/// Segments before the first PID that belong to that patient (REF, RRI).
const OF_FIRST_PATIENT: &[&str] = &["RF1", "AUT", "PRD", "CTD"];

/// Whether a segment is a sender's own (HL7 v2.5.1 2.4): it belongs to no patient before the first PID.
fn is_local(name: &str) -> bool {
    name.starts_with(['Z', 'z'])
}

/// The groups of a message, one per patient; one with a missing PID when clinical segments stand before any PID.
pub(crate) fn read(message: &Message) -> Vec<Group<'_>> {
    let mut walk = Walk {
        groups: Vec::new(),
        early: Vec::new(),
        layout: Layout::of(message),
        at: At::Patient,
        on_observation: false,
        leading: None,
    };
    for segment in message.segments() {
        walk.step(message, segment);
    }
    if walk.groups.is_empty() {
        walk.begin(message.segment(usize::MAX));
    }
    walk.groups
}

/// Where the walk through a message stands.
struct Walk<'m> {
    groups: Vec<Group<'m>>,
    /// What stands before the first PID and belongs to it.
    early: Vec<Segment<'m>>,
    layout: Layout,
    at: At,
    /// Whether an OBX was the last thing that notes and roles can belong to.
    on_observation: bool,
    /// The SPM on which the orders that follow are made.
    leading: Option<Segment<'m>>,
}

impl<'m> Walk<'m> {
    fn begin(&mut self, pid: Segment<'m>) {
        self.groups.push(Group::new(pid));
        (self.at, self.on_observation, self.leading) = (At::Patient, false, None);
        for segment in std::mem::take(&mut self.early) {
            self.place(segment);
        }
        self.at = At::Patient;
    }

    fn step(&mut self, message: &'m Message, segment: Segment<'m>) {
        let name = segment.name();
        if name == "PID" {
            self.begin(segment);
            return;
        }
        if matches!(name, "MSH" | "EVN" | "SFT" | "UAC" | "ARV" | "DSC")
            || (self.groups.is_empty() && (BEFORE_PATIENTS.contains(&name) || is_local(name)))
        {
            return;
        }
        if self.groups.is_empty() {
            if OF_FIRST_PATIENT.contains(&name) {
                self.early.push(segment);
                return;
            }
            self.begin(message.segment(usize::MAX));
        }
        self.place(segment);
    }

    fn place(&mut self, segment: Segment<'m>) {
        let Some(group) = self.groups.last_mut() else { return };
        match segment.name() {
            "OBX" => {
                let fresh = Observed { obx: segment, notes: Vec::new(), roles: Vec::new() };
                group.observations_at(self.at).push(fresh);
                self.on_observation = true;
                return;
            }
            "NTE" | "PRT" | "ROL" => {
                attach(group, self.at, self.on_observation, segment);
                return;
            }
            _ => {}
        }
        self.on_observation = false;
        if !patient_part(group, &mut self.at, segment) {
            self.order_part(segment);
        }
    }

    /// Places what an order is made of.
    fn order_part(&mut self, segment: Segment<'m>) {
        let Some(group) = self.groups.last_mut() else { return };
        match segment.name() {
            "ORC" => {
                match group.orders.last_mut() {
                    Some(order) if order.wants_control(self.layout) => order.orc = Some(segment),
                    _ => group.orders.push(Order::on(Some(segment), None, self.leading)),
                }
                self.at = At::Order;
            }
            "OBR" => {
                match group.orders.last_mut() {
                    Some(order) if order.obr.is_none() && order.stages.is_empty() => {
                        order.obr = Some(segment)
                    }
                    _ => group.orders.push(Order::on(None, Some(segment), self.leading)),
                }
                self.at = At::Order;
            }
            "TQ1" => {
                if let Some(order) = group.orders.last_mut() {
                    match order.stages.last_mut() {
                        Some(stage) => stage.timings.push(segment),
                        None => order.timings.push(segment),
                    }
                }
            }
            "RXO" | "RXE" | "RXD" | "RXG" | "RXA" => {
                group.last_order().stages.push(Stage {
                    segment,
                    routes: Vec::new(),
                    components: Vec::new(),
                    timings: Vec::new(),
                    notes: Vec::new(),
                    observations: Vec::new(),
                });
                self.at = At::Stage;
            }
            "RXR" | "RXC" => {
                if let Some(stage) = group.orders.last_mut().and_then(|order| order.stages.last_mut()) {
                    if segment.name() == "RXR" {
                        stage.routes.push(segment);
                    } else {
                        stage.components.push(segment);
                    }
                }
            }
            "SPM" => {
                if self.layout.specimen_first {
                    self.leading = Some(segment);
                    group.orders.push(Order::on(None, None, Some(segment)));
                } else {
                    group.last_order().specimens.push(Sample::new(segment));
                }
                self.at = At::Sample;
            }
            "CTI" => group.last_order().trials.push(segment),
            "SAC" => {
                let sample = group.orders.last_mut().and_then(|order| order.specimens.last_mut());
                if let Some(sample) = sample {
                    sample.containers.push(segment);
                }
            }
            "TXA" => {
                let mut document = Document { txa: segment, observations: Vec::new() };
                // ORDER_DOCUMENT of ORU: the body stands between ORC and TXA.
                if let Some(order) = group.orders.last_mut().filter(|order| order.obr.is_none()) {
                    document.observations = std::mem::take(&mut order.observations);
                }
                group.documents.push(document);
                self.at = At::Document;
            }
            _ => {}
        }
    }
}

impl<'m> Order<'m> {
    /// An order on the leading specimen, when there is one.
    fn on(orc: Option<Segment<'m>>, obr: Option<Segment<'m>>, leading: Option<Segment<'m>>) -> Self {
        let mut order = Self::new(orc, obr);
        order.specimens.extend(leading.map(Sample::new));
        order
    }

    /// Whether an ORC that comes now belongs to this order: it leads an empty one, and follows its OBR in OUL.
    fn wants_control(&self, layout: Layout) -> bool {
        let empty = self.obr.is_none() && self.stages.is_empty();
        let open = if layout.specimen_first && empty {
            true
        } else {
            layout.control_after && self.obr.is_some() && self.observations.is_empty()
        };
        self.orc.is_none() && open
    }
}

/// Places what is about the patient or the visit; false when the segment is part of an order.
fn patient_part<'m>(group: &mut Group<'m>, at: &mut At, segment: Segment<'m>) -> bool {
    let next = match segment.name() {
        "PD1" => {
            group.pd1 = Some(segment);
            *at
        }
        "NK1" => {
            group.kin.push(segment);
            *at
        }
        "MRG" => {
            group.merges.push(segment);
            *at
        }
        "PV1" => {
            group.pv1 = Some(segment);
            At::Visit
        }
        "PV2" => {
            group.pv2 = Some(segment);
            At::Visit
        }
        "AL1" | "IAM" => {
            group.allergies.push(Allergy { segment, notes: Vec::new(), reactions: Vec::new() });
            At::Allergy
        }
        "IAR" => {
            if let Some(allergy) = group.allergies.last_mut() {
                allergy.reactions.push(segment);
            }
            At::Allergy
        }
        "DG1" => {
            match group.orders.last_mut().filter(|_| matches!(at, At::Order | At::Sample | At::Stage)) {
                Some(order) => order.diagnoses.push(segment),
                None => group.diagnoses.push(segment),
            }
            *at
        }
        "PR1" => {
            group.procedures.push((segment, Vec::new()));
            At::Procedure
        }
        "IN1" => {
            group.insurance.push((segment, None));
            At::Elsewhere
        }
        "IN2" => {
            if let Some((_, second)) = group.insurance.last_mut() {
                *second = Some(segment);
            }
            *at
        }
        "GT1" => {
            group.guarantors.push(segment);
            At::Elsewhere
        }
        "CON" => {
            group.consents.push(segment);
            *at
        }
        "DB1" => {
            group.disabilities.push(segment);
            *at
        }
        "ACC" => {
            group.accident = Some(segment);
            *at
        }
        "PDA" => {
            group.death = Some(segment);
            *at
        }
        "RF1" => {
            group.referrals.push(segment);
            At::Elsewhere
        }
        "PRD" => {
            group.providers.push(segment);
            At::Elsewhere
        }
        "PRB" => {
            group.problems.push(Trouble {
                prb: segment,
                notes: Vec::new(),
                roles: Vec::new(),
                observations: Vec::new(),
            });
            At::Problem
        }
        "FT1" => {
            group.charges.push(segment);
            At::Elsewhere
        }
        "RGS" | "AIS" | "AIG" | "AIL" | "AIP" => At::Schedule,
        _ => return false,
    };
    *at = next;
    true
}

fn attach<'m>(group: &mut Group<'m>, at: At, on_observation: bool, segment: Segment<'m>) {
    let note = segment.name() == "NTE";
    if on_observation && let Some(observed) = group.observations_at(at).last_mut() {
        if note {
            observed.notes.push(segment)
        } else {
            observed.roles.push(segment)
        }
        return;
    }
    match (at, note) {
        (At::Order, _) | (At::Sample | At::Stage, false) => {
            if let Some(order) = group.orders.last_mut() {
                if note { order.notes.push(segment) } else { order.roles.push(segment) }
            }
        }
        (At::Sample, true) => {
            if let Some(sample) = group.orders.last_mut().and_then(|order| order.specimens.last_mut()) {
                sample.notes.push(segment);
            }
        }
        (At::Stage, true) => {
            if let Some(stage) = group.orders.last_mut().and_then(|order| order.stages.last_mut()) {
                stage.notes.push(segment);
            }
        }
        (At::Problem, _) => {
            if let Some(problem) = group.problems.last_mut() {
                if note { problem.notes.push(segment) } else { problem.roles.push(segment) }
            }
        }
        (At::Allergy, true) => {
            if let Some(allergy) = group.allergies.last_mut() {
                allergy.notes.push(segment);
            }
        }
        (At::Procedure, false) => {
            if let Some((_, roles)) = group.procedures.last_mut() {
                roles.push(segment);
            }
        }
        (At::Visit, false) => group.visit_roles.push(segment),
        (At::Allergy, false) if group.pv1.is_some() => group.visit_roles.push(segment),
        (At::Patient | At::Allergy, false) => group.roles.push(segment),
        (At::Schedule, _) | (At::Document | At::Elsewhere, false) => {}
        (_, true) => group.notes.push(segment),
    }
}
