//! What the ledger knows of files that an endpoint fetches: for the reconciliation file that both ends can check. Control
//! ids only; nothing of a patient leaves by it.

use crate::record::Record;
use crate::refusal::Refusal;
use store::{OutboxFilter, OutboxId, OutboxRow, OutboxState, View};

/// Outstanding files listed at most; far beyond what an endpoint that works has.
const OUTSTANDING_LIMIT: usize = 20_000;

/// The ledger's side of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DropBook {
    /// Control ids that wait, oldest first, and whether each was put into the folder.
    pub outstanding: Vec<(String, bool)>,
    /// Of the control ids asked for: how each stands.
    pub asked: Vec<(String, Standing)>,
}

/// How a delivery stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not ended.
    Waiting,
    /// Its receipt is recorded.
    Acknowledged,
    /// The receiver refused it; the desk has it.
    Refused,
    /// Ended in another way.
    Closed,
    /// The ledger knows no such delivery to this endpoint.
    Unknown,
}

impl Standing {
    /// As the file says it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acknowledged => "received",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
        }
    }
}

impl Record {
    /// What is outstanding at an endpoint, and how the control ids of its receipts stand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn drop_book(&self, endpoint: &str, receipts: &[String]) -> Result<DropBook, Refusal> {
        let view = self.store().view()?;
        let waiting = view.outbox_behind(endpoint, OutboxId(0), OUTSTANDING_LIMIT)?;
        let outstanding =
            waiting.into_iter().map(|row| (row.control_id, !row.offered_digest.is_empty())).collect();
        let of_endpoint = |row: &OutboxRow| row.destination == endpoint;
        Ok(DropBook { outstanding, asked: standings(&view, receipts, of_endpoint)? })
    }

    /// How control ids stand, to whichever endpoint they went.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standings(&self, control_ids: &[String]) -> Result<Vec<(String, Standing)>, Refusal> {
        standings(&self.store().view()?, control_ids, |_| true)
    }
}

fn standings(
    view: &View,
    control_ids: &[String],
    is_meant: impl Fn(&OutboxRow) -> bool,
) -> Result<Vec<(String, Standing)>, Refusal> {
    let mut asked = Vec::with_capacity(control_ids.len());
    for control_id in control_ids {
        let filter = OutboxFilter { control_id: Some(control_id.clone()), ..OutboxFilter::default() };
        let row = view.outbox(&filter, 1)?.into_iter().find(&is_meant);
        let standing = match row.map(|row| row.state) {
            None => Standing::Unknown,
            Some(OutboxState::Waiting) => Standing::Waiting,
            Some(OutboxState::Acknowledged) => Standing::Acknowledged,
            Some(OutboxState::Refused) => Standing::Refused,
            Some(OutboxState::Closed) => Standing::Closed,
        };
        asked.push((control_id.clone(), standing));
    }
    Ok(asked)
}
