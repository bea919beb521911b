//! Segments in their groups, tolerant of order: one walk serves every structure, so that an allergy in a result
//! message is as welcome as one in an admission. A new PID begins the next patient (HL7 v2.5.1 7.3.1).

mod walk;

pub(crate) use walk::read;

use hl7v2::Segment;

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
    /// AL1 and IAM with what hangs on them.
    pub(crate) allergies: Vec<Allergy<'m>>,
    /// DG1
    pub(crate) diagnoses: Vec<Segment<'m>>,
    /// PR1 with its ROL and PRT.
    pub(crate) procedures: Vec<(Segment<'m>, Vec<Segment<'m>>)>,
    /// IN1 with its IN2.
    pub(crate) insurance: Vec<(Segment<'m>, Option<Segment<'m>>)>,
    /// GT1
    pub(crate) guarantors: Vec<Segment<'m>>,
    /// CON: consents.
    pub(crate) consents: Vec<Segment<'m>>,
    /// DB1
    pub(crate) disabilities: Vec<Segment<'m>>,
    /// ACC
    pub(crate) accident: Option<Segment<'m>>,
    /// PDA
    pub(crate) death: Option<Segment<'m>>,
    /// RF1
    pub(crate) referrals: Vec<Segment<'m>>,
    /// PRD: providers of a referral or a problem.
    pub(crate) providers: Vec<Segment<'m>>,
    /// PRB with what hangs on them.
    pub(crate) problems: Vec<Trouble<'m>>,
    /// FT1
    pub(crate) charges: Vec<Segment<'m>>,
    pub(crate) orders: Vec<Order<'m>>,
    pub(crate) documents: Vec<Document<'m>>,
}

/// AL1 or IAM with its comments and reactions.
#[derive(Debug)]
pub(crate) struct Allergy<'m> {
    pub(crate) segment: Segment<'m>,
    /// NTE
    pub(crate) notes: Vec<Segment<'m>>,
    /// IAR
    pub(crate) reactions: Vec<Segment<'m>>,
}

/// PRB, a problem of the patient, with what hangs on it.
#[derive(Debug)]
pub(crate) struct Trouble<'m> {
    pub(crate) prb: Segment<'m>,
    /// NTE
    pub(crate) notes: Vec<Segment<'m>>,
    /// ROL and PRT
    pub(crate) roles: Vec<Segment<'m>>,
    pub(crate) observations: Vec<Observed<'m>>,
}

/// One step of a medication: asked for (RXO), encoded (RXE), dispensed (RXD), to be given (RXG), given (RXA).
#[derive(Debug)]
pub(crate) struct Stage<'m> {
    pub(crate) segment: Segment<'m>,
    /// RXR
    pub(crate) routes: Vec<Segment<'m>>,
    /// RXC
    pub(crate) components: Vec<Segment<'m>>,
    /// TQ1
    pub(crate) timings: Vec<Segment<'m>>,
    /// NTE
    pub(crate) notes: Vec<Segment<'m>>,
    pub(crate) observations: Vec<Observed<'m>>,
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

/// ORC with OBR or pharmacy segments and what hangs on them; any of them may be missing.
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
    /// RXO, RXE, RXD, RXG, RXA in the order sent.
    pub(crate) stages: Vec<Stage<'m>>,
    /// DG1
    pub(crate) diagnoses: Vec<Segment<'m>>,
    /// CTI: clinical trials.
    pub(crate) trials: Vec<Segment<'m>>,
}

/// SPM with its observations.
#[derive(Debug)]
pub(crate) struct Sample<'m> {
    pub(crate) spm: Segment<'m>,
    pub(crate) observations: Vec<Observed<'m>>,
    pub(crate) notes: Vec<Segment<'m>>,
    /// SAC
    pub(crate) containers: Vec<Segment<'m>>,
}

impl<'m> Sample<'m> {
    fn new(spm: Segment<'m>) -> Self {
        Self { spm, observations: Vec::new(), notes: Vec::new(), containers: Vec::new() }
    }
}

/// TXA with its body.
#[derive(Debug)]
pub(crate) struct Document<'m> {
    pub(crate) txa: Segment<'m>,
    pub(crate) observations: Vec<Observed<'m>>,
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
            consents: Vec::new(),
            disabilities: Vec::new(),
            accident: None,
            death: None,
            referrals: Vec::new(),
            providers: Vec::new(),
            problems: Vec::new(),
            charges: Vec::new(),
            orders: Vec::new(),
            documents: Vec::new(),
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
            stages: Vec::new(),
            diagnoses: Vec::new(),
            trials: Vec::new(),
        }
    }

    /// All observations, those of its specimens and of its medication included.
    pub(crate) fn all_observations(&self) -> impl Iterator<Item = &Observed<'m>> {
        self.observations
            .iter()
            .chain(self.specimens.iter().flat_map(|sample| &sample.observations))
            .chain(self.stages.iter().flat_map(|stage| &stage.observations))
    }
}
