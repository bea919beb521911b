//! The chart of one patient while it is being written.

use crate::intake::draft::Draft;
use crate::intake::scope::Scope;
use crate::intake::{Proposal, Report};
use crate::results::{Finality, Standing};
use fhir::{Instant, Kind, Object, RecordId, ResourceKey, build};
use std::collections::HashSet;

/// Resources and reports of one patient.
pub(crate) struct Folder<'s> {
    /// The message's scope.
    pub(crate) scope: &'s Scope<'s>,
    /// The source record.
    pub(crate) record: RecordId,
    /// Its Patient.
    pub(crate) patient: ResourceKey,
    /// The visit of this message, when it names one.
    pub(crate) encounter: Option<ResourceKey>,
    /// When the message says that what it tells came to be.
    pub(crate) as_of: Instant,
    /// The proposals so far.
    pub(crate) resources: Vec<Proposal>,
    /// The reports so far.
    pub(crate) reports: Vec<Report>,
    /// Code, sub-id and key of the observations so far.
    pub(crate) observed: Vec<(String, String, ResourceKey)>,
    used: HashSet<ResourceKey>,
}

impl<'s> Folder<'s> {
    /// An empty chart of `record`.
    pub(crate) fn new(scope: &'s Scope<'s>, record: RecordId, as_of: Instant) -> Self {
        Self {
            scope,
            record,
            patient: ResourceKey::patient(record),
            encounter: None,
            as_of,
            resources: Vec::new(),
            reports: Vec::new(),
            observed: Vec::new(),
            used: HashSet::new(),
        }
    }

    /// A resource of this record by business keys. Equal keys within one message are told apart by their ordinal.
    pub(crate) fn draft(&mut self, kind: Kind, business: &[&str]) -> Draft {
        let mut key = ResourceKey::of(self.record, kind, business);
        let mut ordinal = 1_u32;
        while !self.used.insert(key) {
            ordinal += 1;
            let counted = ordinal.to_string();
            let mut words = business.to_vec();
            words.push(&counted);
            key = ResourceKey::of(self.record, kind, &words);
        }
        Draft::new(key, &self.scope.sender.message_reference)
    }

    /// The Patient itself.
    pub(crate) fn patient_draft(&self) -> Draft {
        Draft::new(self.patient, &self.scope.sender.message_reference)
    }

    /// Reference to the Patient.
    pub(crate) fn subject(&self) -> Object {
        build::reference(self.patient)
    }

    /// Reference to the visit; empty when there is none.
    pub(crate) fn visit(&self) -> Object {
        self.encounter.map(build::reference).unwrap_or_default()
    }

    /// Files a resource without a finality of its own.
    pub(crate) fn file(&mut self, draft: Draft) {
        let as_of = self.as_of;
        self.file_as(draft, Standing { finality: None, as_of }, None);
    }

    /// Files a resource with its finality.
    pub(crate) fn file_final(
        &mut self,
        draft: Draft,
        finality: Finality,
        as_of: Instant,
        report: Option<ResourceKey>,
    ) {
        self.file_as(draft, Standing { finality: Some(finality), as_of }, report);
    }

    /// Files a resource.
    pub(crate) fn file_as(&mut self, draft: Draft, standing: Standing, report: Option<ResourceKey>) {
        let key = draft.key;
        self.resources.push(Proposal { key, resource: draft.finish(), standing, report });
    }
}
