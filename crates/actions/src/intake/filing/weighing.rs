//! A proposed version against what is on file: the same, a newer one, a late one, or a snapshot that adds to it.

use super::Filing;
use crate::intake::{bodies, overlay};
use crate::refusal::Refusal;
use clinical::intake::Proposal;
use clinical::results::{Finality, Standing, Supersession, supersede};
use fhir::{Kind, ResourceKey};
use std::collections::HashMap;
use store::{MessageState, StoredVersion, VersionRow, View};

impl Filing<'_> {
    /// Decide about one proposed version against what is on file.
    pub(super) fn weigh(
        &self,
        mut proposal: Proposal,
        current: Option<StoredVersion>,
        demographics: bool,
    ) -> Result<Weighed, Refusal> {
        proposal.resource.remove("meta");
        let Some(stored) = current else {
            let body = proposal.resource.to_bytes();
            let version = self.version(proposal, body, 0, true);
            return Ok(Weighed::Write {
                written: Written { version: 1, current: true, corrected: false },
                version,
            });
        };
        let (have, new) = (standing(&stored), proposal.standing);
        let mut verdict = supersede(have, new);
        if self.way.again && stored.message.is_none() && verdict == Supersession::KeepExisting {
            // What stands is our own withdrawal, and a person has said that it was wrong.
            verdict = Supersession::Correct;
        }
        let ours = stored.message == Some(self.row.id);
        if self.way.repair && !is_snapshot(proposal.key.kind) {
            if ours {
                verdict = Supersession::Correct;
            } else if self.view.said_by(self.row.id)?.iter().any(|(key, _)| *key == proposal.key) {
                // What another message said since stands, and is repaired with that one. What this one did not say here
                // before, being read otherwise, is weighed like news.
                return Ok(Weighed::Same(proposal, Some(stored)));
            }
        }
        if is_snapshot(proposal.key.kind) {
            // A snapshot that says less does not unsay the rest; a result's PID never overwrites what admission said.
            let leads = verdict != Supersession::KeepExisting
                && (demographics || proposal.key.kind == Kind::Encounter);
            proposal.resource = overlay::resource(&stored.body, proposal.resource, leads)?;
            // Filling a gap from a result must not make the admission that is on file look older than it is.
            proposal.standing.as_of = have.as_of.max(new.as_of);
            verdict = Supersession::Replace;
        }
        let mut carried = false;
        if proposal.key.kind == Kind::DocumentReference
            && let Some(joined) = bodies::join(&stored.body, &proposal.resource, verdict)?
        {
            carried = true;
            proposal.resource = joined.resource;
            if joined.adds_body {
                (proposal.standing, verdict) = (have, Supersession::Replace);
            }
        }
        let body = proposal.resource.to_bytes();
        if self.is_on_file(proposal.key, &body, &stored, verdict, carried)? {
            return Ok(Weighed::Same(proposal, Some(stored)));
        }
        let current = verdict != Supersession::KeepExisting;
        let version = self.version(proposal, body, stored.latest, current);
        let corrected = verdict == Supersession::Correct;
        Ok(Weighed::Write { written: Written { version: version.version, current, corrected }, version })
    }

    /// Whether a version says this already. What was filed from this message before says nothing new (replay), nor
    /// does a late version that the history holds.
    fn is_on_file(
        &self,
        key: ResourceKey,
        body: &[u8],
        stored: &StoredVersion,
        verdict: Supersession,
        carried: bool,
    ) -> Result<bool, Refusal> {
        if body == stored.body {
            return Ok(true);
        }
        if self.way.repair {
            return Ok(false);
        }
        // What was joined with the version on file is no more than a part of what this message said when it came.
        let snapshot = is_snapshot(key.kind) || carried;
        let first_time = self.row.state == MessageState::Pending;
        if first_time && (snapshot || verdict != Supersession::KeepExisting) {
            return Ok(false);
        }
        let versions = self.view.versions(key)?;
        Ok(versions.iter().any(|v| v.body == body || (snapshot && v.message == Some(self.row.id))))
    }

    pub(super) fn version(
        &self,
        proposal: Proposal,
        body: Vec<u8>,
        latest: u32,
        current: bool,
    ) -> VersionRow {
        VersionRow {
            key: proposal.key,
            version: latest + 1,
            current,
            index: fhir::search::rows(proposal.key.kind, &proposal.resource),
            body,
            finality: proposal.standing.finality.map(Finality::code),
            as_of: proposal.standing.as_of,
            message: Some(self.row.id),
            at: self.now,
            custodian: self.link.custodian.clone(),
        }
    }
}

/// Kinds that a message states as a snapshot of the whole.
pub(in crate::intake) fn is_snapshot(kind: Kind) -> bool {
    matches!(kind, Kind::Patient | Kind::Encounter)
}

/// What is on file for each proposal of a chart, with as few looks as it takes.
pub(super) struct OnFile<'v> {
    view: &'v View,
    reports: HashMap<ResourceKey, Option<StoredVersion>>,
}

impl<'v> OnFile<'v> {
    pub(super) fn of(view: &'v View) -> Self {
        Self { view, reports: HashMap::new() }
    }

    /// Results carry their report's key in their own and are filed with it in one change, so a report that is not on
    /// file has none there either: a new report costs one look, not one for each result.
    pub(super) fn current(&mut self, proposal: &Proposal) -> Result<Option<StoredVersion>, Refusal> {
        let key = proposal.key;
        if key.kind == Kind::Observation
            && let Some(report) = proposal.report
            && self.report(report)?.is_none()
        {
            return Ok(None);
        }
        match self.reports.get(&key) {
            Some(known) => Ok(known.clone()),
            None if is_snapshot(key.kind) => Ok(self.view.current_snapshot(key)?),
            None => Ok(self.view.current(key)?),
        }
    }

    fn report(&mut self, key: ResourceKey) -> Result<&Option<StoredVersion>, Refusal> {
        if !self.reports.contains_key(&key) {
            self.reports.insert(key, self.view.current(key)?);
        }
        Ok(self.reports.entry(key).or_default())
    }
}

/// What becomes of a proposal.
pub(super) enum Weighed {
    /// It says what is on file.
    Same(Proposal, Option<StoredVersion>),
    /// It is written.
    Write { version: VersionRow, written: Written },
}

/// How a version was written.
pub(super) struct Written {
    pub(super) version: u32,
    pub(super) current: bool,
    pub(super) corrected: bool,
}

fn standing(stored: &StoredVersion) -> Standing {
    Standing { finality: stored.finality.and_then(Finality::from_code), as_of: stored.as_of }
}

/// Finality of a FHIR status code; `None` for codes of resources that have none.
pub(crate) fn finality_of_status(status: &str) -> Option<u8> {
    let finality = match status {
        "registered" => Finality::Registered,
        "partial" | "preliminary" => Finality::Preliminary,
        "final" => Finality::Final,
        "amended" | "corrected" | "appended" => Finality::Corrected,
        "cancelled" | "entered-in-error" => Finality::Withdrawn,
        _ => return None,
    };
    Some(finality.code())
}
