//! Segments in their groups, tolerant of order: one walk serves every structure, so that an allergy in a result
//! message is as welcome as one in an admission. A new PID begins the next patient (HL7 v2.5.1 7.3.1).

use hl7v2::{Message, Segment};

/// Everything that follows one PID.
#[derive(Debug)]
pub(crate) struct Group<'m> {
    /// PID; missing when the message has none.
    pub(crate) pid: Segment<'m>,
    pub(crate) pd1: Option<Segment<'m>>,
    /// MRG
    pub(crate) merges: Vec<Segment<'m>>,
    /// NK1
    pub(crate) kin: Vec<Segment<'m>>,
    /// NTE directly under the patient.
    pub(crate) notes: Vec<Segment<'m>>,
    /// ROL and PRT under the patient.
    pub(crate) roles: Vec<Segment<'m>>,
    pub(crate) pv1: Option<Segment<'m>>,
    pub(crate) pv2: Option<Segment<'m>>,
    /// ROL and PRT under the visit.
    pub(crate) visit_roles: Vec<Segment<'m>>,
    /// OBX under the patient or visit.
    pub(crate) observations: Vec<Observed<'m>>,
    /// AL1 and IAM
    pub(crate) allergies: Vec<Segment<'m>>,
    /// DG1
    pub(crate) diagnoses: Vec<Segment<'m>>,
    /// PR1 with its ROL and PRT.
    pub(crate) procedures: Vec<(Segment<'m>, Vec<Segment<'m>>)>,
    /// IN1 with its IN2.
    pub(crate) insurance: Vec<(Segment<'m>, Option<Segment<'m>>)>,
    /// GT1
    pub(crate) guarantors: Vec<Segment<'m>>,
    /// DB1
    pub(crate) disabilities: Vec<Segment<'m>>,
    /// ACC
    pub(crate) accident: Option<Segment<'m>>,
    /// PDA
    pub(crate) death: Option<Segment<'m>>,
    /// RF1
    pub(crate) referrals: Vec<Segment<'m>>,
    pub(crate) orders: Vec<Order<'m>>,
    pub(crate) documents: Vec<Document<'m>>,
}

/// OBX with what hangs on it.
#[derive(Debug)]
pub(crate) struct Observed<'m> {
    pub(crate) obx: Segment<'m>,
    /// NTE
    pub(crate) notes: Vec<Segment<'m>>,
    /// PRT and ROL
    pub(crate) roles: Vec<Segment<'m>>,
}

/// ORC and OBR with what hangs on them; one of the two may be missing.
#[derive(Debug)]
pub(crate) struct Order<'m> {
    pub(crate) orc: Option<Segment<'m>>,
    pub(crate) obr: Option<Segment<'m>>,
    pub(crate) notes: Vec<Segment<'m>>,
    pub(crate) roles: Vec<Segment<'m>>,
    /// TQ1
    pub(crate) timings: Vec<Segment<'m>>,
    pub(crate) observations: Vec<Observed<'m>>,
    pub(crate) specimens: Vec<Sample<'m>>,
}

/// SPM with its observations.
#[derive(Debug)]
pub(crate) struct Sample<'m> {
    pub(crate) spm: Segment<'m>,
    pub(crate) observations: Vec<Observed<'m>>,
    pub(crate) notes: Vec<Segment<'m>>,
}

/// TXA with its body.
#[derive(Debug)]
pub(crate) struct Document<'m> {
    pub(crate) txa: Segment<'m>,
    pub(crate) observations: Vec<Observed<'m>>,
}

/// Where the walk stands: notes, roles and observations belong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Patient,
    Visit,
    Procedure,
    Order,
    Sample,
    Document,
    Elsewhere,
}

impl<'m> Group<'m> {
    fn new(pid: Segment<'m>) -> Self {
        Self {
            pid,
            pd1: None,
            merges: Vec::new(),
            kin: Vec::new(),
            notes: Vec::new(),
            roles: Vec::new(),
            pv1: None,
            pv2: None,
            visit_roles: Vec::new(),
            observations: Vec::new(),
            allergies: Vec::new(),
            diagnoses: Vec::new(),
            procedures: Vec::new(),
            insurance: Vec::new(),
            guarantors: Vec::new(),
            disabilities: Vec::new(),
            accident: None,
            death: None,
            referrals: Vec::new(),
            orders: Vec::new(),
            documents: Vec::new(),
        }
    }

    fn observations_at(&mut self, at: At) -> &mut Vec<Observed<'m>> {
        let order = match at {
            At::Order | At::Sample => self.orders.last_mut(),
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
            Some(order) => &mut order.observations,
            None => &mut self.observations,
        }
    }
}

impl<'m> Order<'m> {
    fn new(orc: Option<Segment<'m>>, obr: Option<Segment<'m>>) -> Self {
        Self {
            orc,
            obr,
            notes: Vec::new(),
            roles: Vec::new(),
            timings: Vec::new(),
            observations: Vec::new(),
            specimens: Vec::new(),
        }
    }

    /// All observations, those of its specimens included.
    pub(crate) fn all_observations(&self) -> impl Iterator<Item = &Observed<'m>> {
        self.observations.iter().chain(self.specimens.iter().flat_map(|sample| &sample.observations))
    }
}

/// The groups of a message, one per patient; one with a missing PID when clinical segments stand before any PID.
pub(crate) fn read(message: &Message) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut at = At::Patient;
    // Whether an OBX was the last thing that notes and roles can belong to.
    let mut on_observation = false;
    for segment in message.segments() {
        let name = segment.name();
        if name == "PID" {
            groups.push(Group::new(segment));
            (at, on_observation) = (At::Patient, false);
            continue;
        }
        if matches!(name, "MSH" | "EVN" | "SFT" | "UAC" | "ARV" | "DSC")
            || (groups.is_empty() && name == "NTE")
        {
            continue;
        }
        if groups.is_empty() {
            groups.push(Group::new(message.segment(usize::MAX)));
        }
        let Some(group) = groups.last_mut() else { continue };
        match name {
            "OBX" => {
                let fresh = Observed { obx: segment, notes: Vec::new(), roles: Vec::new() };
                group.observations_at(at).push(fresh);
                on_observation = true;
                continue;
            }
            "NTE" | "PRT" | "ROL" => {
                attach(group, at, on_observation, segment);
                continue;
            }
            _ => {}
        }
        on_observation = false;
        match name {
            "PD1" => group.pd1 = Some(segment),
            "NK1" => group.kin.push(segment),
            "MRG" => group.merges.push(segment),
            "PV1" => {
                group.pv1 = Some(segment);
                at = At::Visit;
            }
            "PV2" => {
                group.pv2 = Some(segment);
                at = At::Visit;
            }
            "AL1" | "IAM" => group.allergies.push(segment),
            "DG1" => group.diagnoses.push(segment),
            "PR1" => {
                group.procedures.push((segment, Vec::new()));
                at = At::Procedure;
            }
            "IN1" => {
                group.insurance.push((segment, None));
                at = At::Elsewhere;
            }
            "IN2" => {
                if let Some((_, second)) = group.insurance.last_mut() {
                    *second = Some(segment);
                }
            }
            "GT1" => {
                group.guarantors.push(segment);
                at = At::Elsewhere;
            }
            "DB1" => group.disabilities.push(segment),
            "ACC" => group.accident = Some(segment),
            "PDA" => group.death = Some(segment),
            "RF1" => {
                group.referrals.push(segment);
                at = At::Elsewhere;
            }
            "ORC" => {
                group.orders.push(Order::new(Some(segment), None));
                at = At::Order;
            }
            "OBR" => {
                match group.orders.last_mut() {
                    Some(order) if order.obr.is_none() => order.obr = Some(segment),
                    _ => group.orders.push(Order::new(None, Some(segment))),
                }
                at = At::Order;
            }
            "TQ1" => {
                if let Some(order) = group.orders.last_mut() {
                    order.timings.push(segment);
                }
            }
            "SPM" => {
                if group.orders.is_empty() {
                    group.orders.push(Order::new(None, None));
                }
                if let Some(order) = group.orders.last_mut() {
                    order.specimens.push(Sample {
                        spm: segment,
                        observations: Vec::new(),
                        notes: Vec::new(),
                    });
                }
                at = At::Sample;
            }
            "TXA" => {
                let mut document = Document { txa: segment, observations: Vec::new() };
                // ORDER_DOCUMENT of ORU: the body stands between ORC and TXA.
                if let Some(order) = group.orders.last_mut().filter(|order| order.obr.is_none()) {
                    document.observations = std::mem::take(&mut order.observations);
                }
                group.documents.push(document);
                at = At::Document;
            }
            _ => {}
        }
    }
    if groups.is_empty() {
        groups.push(Group::new(message.segment(usize::MAX)));
    }
    groups
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
        (At::Order, _) | (At::Sample, false) => {
            if let Some(order) = group.orders.last_mut() {
                if note { order.notes.push(segment) } else { order.roles.push(segment) }
            }
        }
        (At::Sample, true) => {
            if let Some(sample) = group.orders.last_mut().and_then(|order| order.specimens.last_mut()) {
                sample.notes.push(segment);
            }
        }
        (At::Procedure, false) => {
            if let Some((_, roles)) = group.procedures.last_mut() {
                roles.push(segment);
            }
        }
        (At::Visit, false) => group.visit_roles.push(segment),
        (At::Patient, false) => group.roles.push(segment),
        (_, true) => group.notes.push(segment),
        (At::Document | At::Elsewhere, false) => {}
    }
}
