//! The chart of one patient while it is being written.

use crate::intake::draft::Draft;
use crate::intake::scope::Scope;
use crate::intake::{Proposal, Report};
use crate::results::{Finality, Standing};
use fhir::{Instant, Kind, Object, RecordId, ResourceKey, build};
use std::collections::HashMap;

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
    /// How often each key was asked for.
    used: HashMap<ResourceKey, u32>,
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
            used: HashMap::new(),
        }
    }

    /// A resource of this record by business keys. Equal keys within one message are told apart by their ordinal.
    pub(crate) fn draft(&mut self, kind: Kind, business: &[&str]) -> Draft {
        let first = ResourceKey::of(self.record, kind, business);
        let times = self.used.entry(first).or_default();
        *times += 1;
        let mut ordinal = *times;
        let mut key = first;
        // The counter makes the next free ordinal known; the loop only guards against a key that spells like it.
        while ordinal > 1 {
            let counted = ordinal.to_string();
            let mut words = business.to_vec();
            words.push(&counted);
            key = ResourceKey::of(self.record, kind, &words);
            if *self.used.entry(key).and_modify(|times| *times += 1).or_insert(1) == 1 {
                break;
            }
            ordinal += 1;
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
