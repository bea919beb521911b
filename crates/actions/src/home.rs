//! What waits for the reader: reports addressed to them that nobody has taken note of yet.

use crate::chart;
use crate::patients::Banner;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::reports::ReportLine;
use clinical::access::Permission;
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::cmp::Reverse;
use std::collections::HashMap;
use store::{ObligationFilter, ObligationRow, ObligationState};

/// Most reports listed as waiting; what is beyond is counted in [`HomeView::more`].
pub const MOST_WAITING: usize = 200;

/// Look: what waits for the actor. Permission is by role only; whether the actor still cares for the patient is asked
/// by a later issue.
#[derive(Debug, Clone, Copy)]
pub struct Home;

/// Answer to [`Home`].
#[derive(Debug, Clone)]
pub struct HomeView {
    /// Most urgent first: gravest, then due first. At most [`MOST_WAITING`].
    pub waiting: Vec<Waiting>,
    /// Further ones that wait and are not listed.
    pub more: u32,
    /// Ones among those looked at that wait and are withheld from the actor at the patient's wish; the privacy desk has
    /// them.
    pub withheld: u32,
}

/// One report that waits for the actor.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Whose.
    pub banner: Banner,
    /// The report.
    pub report: ReportLine,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
    /// By when it is to be taken note of.
    pub due: Instant,
    /// Why it came to the actor.
    pub because: Words,
}

impl Sealed for Home {}

impl Look for Home {
    type View = HomeView;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        "home".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<HomeView>, Refusal> {
        let mut open = open_attention(reading)?;
        open.sort_by_key(|(row, due)| (Reverse(row.gravity), *due, row.id));
        let more = u32::try_from(open.len().saturating_sub(MOST_WAITING)).unwrap_or(u32::MAX);
        open.truncate(MOST_WAITING);
        let mut withheld = 0_u32;
        let mut heads: HashMap<PersonId, Banner> = HashMap::new();
        let mut waiting = Vec::with_capacity(open.len());
        for (row, due) in open {
            let Some(key) = row.resource else { continue };
            let Some(record) = reading.view.record(key.record)? else { continue };
            let Some(report) = chart::line_of(reading, key, &row)? else {
                // Withheld from them: it waits all the same, and is counted.
                withheld = withheld.saturating_add(1);
                continue;
            };
            let banner = match heads.get(&record.person) {
                Some(banner) => banner.clone(),
                None => {
                    let banner = chart::gather(reading, record.person)?.head(reading)?;
                    heads.insert(record.person, banner.clone());
                    banner
                }
            };
            waiting.push(Waiting {
                banner,
                report,
                gravity: row.gravity,
                due,
                because: crate::obligations::words(&row.words),
            });
        }
        let people = heads.into_keys().collect();
        Ok(Seen { view: HomeView { waiting, more, withheld }, people })
    }
}

/// Open attention obligations of the actor with their due times; none for somebody who is no practitioner.
fn open_attention(reading: &Reading<'_>) -> Result<Vec<(ObligationRow, Instant)>, Refusal> {
    let Some(practitioner) = &reading.context.actor.practitioner else { return Ok(Vec::new()) };
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        recipient_id: Some(practitioner.clone()),
        ..ObligationFilter::default()
    };
    let rows = reading.view.obligations(&filter, usize::MAX, 0)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.state {
            ObligationState::Open { due, .. } => Some((row, due)),
            ObligationState::Ended { .. } => None,
        })
        .collect())
}
