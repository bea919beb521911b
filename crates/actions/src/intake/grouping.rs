//! Several patient groups of one message: one chart for each record, or a contradiction that a person must see.

use super::filing::is_snapshot;
use clinical::intake::Chart;
use clinical::words::Words;
use fhir::{Kind, ResourceKey};
use std::collections::{HashMap, HashSet};

/// A message that contradicts itself. Nothing of it is filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// Two different people under one record number.
    People,
    /// Two different statements under one number.
    Resource(ResourceKey),
}

impl Contradiction {
    /// What it is and what the sender must do.
    pub(super) fn words(self) -> Words {
        match self {
            Self::People => Words::new(
                "The message names two different people under one record number (PID-3). Nothing was filed. Ask the sender which of them each result belongs to.",
                "Le message nomme deux personnes différentes sous un même numéro de dossier (PID-3). Rien n'a été versé. Demandez à l'expéditeur à qui appartient chaque résultat.",
            ),
            Self::Resource(key) => Words::new(
                format!(
                    "The message says two different things under one number ({key}). Number each result of a patient once (OBR-3, OBX-3, OBX-4)."
                ),
                format!(
                    "Le message dit deux choses différentes sous un même numéro ({key}). Numérotez chaque résultat d'un patient une seule fois (OBR-3, OBX-3, OBX-4)."
                ),
            ),
        }
    }
}

/// Patient groups of one record become one chart; what stands twice counts once.
pub(super) fn one_per_record(charts: Vec<Chart>) -> Result<Vec<Chart>, Contradiction> {
    let mut merged: Vec<Chart> = Vec::with_capacity(charts.len());
    let mut place: HashMap<fhir::RecordId, usize> = HashMap::with_capacity(charts.len());
    for chart in charts {
        match place.get(&chart.record).and_then(|at| merged.get_mut(*at)) {
            Some(same) if same.claim != chart.claim => return Err(Contradiction::People),
            Some(same) => {
                same.resources.extend(chart.resources);
                same.reports.extend(chart.reports);
            }
            None => {
                place.insert(chart.record, merged.len());
                merged.push(chart);
            }
        }
    }
    merged.iter_mut().try_for_each(count_once)?;
    Ok(merged)
}

fn count_once(chart: &mut Chart) -> Result<(), Contradiction> {
    let mut first: HashMap<ResourceKey, usize> = HashMap::with_capacity(chart.resources.len());
    if chart.resources.iter().enumerate().all(|(at, proposal)| first.insert(proposal.key, at).is_none()) {
        return Ok(());
    }
    first.clear();
    let mut kept: Vec<clinical::intake::Proposal> = Vec::with_capacity(chart.resources.len());
    for proposal in std::mem::take(&mut chart.resources) {
        match first.get(&proposal.key).and_then(|at| kept.get(*at)) {
            None => {
                first.insert(proposal.key, kept.len());
                kept.push(proposal);
            }
            // The patient and the visit stand in each group; the first group's snapshot speaks for all.
            Some(_) if is_snapshot(proposal.key.kind) || proposal.key.kind == Kind::Provenance => {}
            Some(before) if before.resource.to_bytes() == proposal.resource.to_bytes() => {}
            Some(_) => return Err(Contradiction::Resource(proposal.key)),
        }
    }
    chart.resources = kept;
    let mut seen = HashSet::new();
    chart.reports.retain(|report| seen.insert(report.key));
    Ok(())
}
