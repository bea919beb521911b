//! Lines that come to be doubted by what receivers answered, or did not (S-019). Looked at once a minute, beside silence.

use super::Suspect;
use super::changing::day_of;
use crate::record::{Record, machine};
use crate::refusal::Refusal;
use clinical::directory::{Endpoint, LineSeen};
use clinical::obligations::ObligationKind;
use fhir::Instant;
use std::collections::{HashMap, HashSet};
use store::{ObligationFilter, ObligationRow, OutboxFilter, OutboxState, View};

/// Who doubts, in audit rows and changes.
const ACTOR: &str = "opor delivery";
/// How far back deliveries speak for or against a line, in minutes: a day.
const LOOKED_BACK_MINUTES: i64 = 24 * 60;
/// Lines of the desks that are read in a round.
const DESK_LIMIT: usize = 10_000;

impl Record {
    /// Doubt each line in use that took nothing several times in a row, or has been silent in its own hours for long.
    /// One that is doubted already, and one that was confirmed since, is left as it is. Returns how many.
    pub(crate) fn doubt_lines(
        &self,
        view: &View,
        silent: &HashSet<&str>,
        now: Instant,
    ) -> Result<usize, Refusal> {
        let filter = ObligationFilter {
            open: Some(true),
            on_desk: true,
            kind: Some(ObligationKind::Delivery.code().to_owned()),
            ..ObligationFilter::default()
        };
        let mut owed: HashMap<String, Vec<ObligationRow>> = HashMap::new();
        for row in view.obligations(&filter, DESK_LIMIT, 0)? {
            owed.entry(row.recipient_id.clone()).or_default().push(row);
        }
        let (directory, day) = (self.directory(), day_of(now));
        let mut doubted = 0;
        for endpoint in directory.endpoints().filter(|endpoint| endpoint.carries_on(&day)) {
            let rows = owed.get(&endpoint.id).map(Vec::as_slice).unwrap_or_default();
            let is_silent = silent.contains(endpoint.id.as_str()) && !self.is_paused(&endpoint.id)?;
            if (rows.is_empty() && !is_silent) || directory.doubt_of(&endpoint.id).is_some() {
                continue;
            }
            let confirmed = directory
                .contacts()
                .filter(|contact| contact.of == endpoint.id)
                .map(|contact| contact.verified_on.as_str())
                .max()
                .unwrap_or_default();
            let seen = line_seen(view, endpoint, rows, is_silent, confirmed, now)?;
            if let Some(why) = seen.suspicion(now) {
                self.act(&machine(ACTOR, now), Suspect { endpoint: endpoint.id.clone(), why })?;
                doubted += 1;
            }
        }
        Ok(doubted)
    }
}

/// What deliveries say that were made on a later day than that on which somebody confirmed the line.
fn line_seen(
    view: &View,
    endpoint: &Endpoint,
    rows: &[ObligationRow],
    is_silent: bool,
    confirmed: &str,
    now: Instant,
) -> Result<LineSeen, Refusal> {
    let since = now.plus_minutes(-LOOKED_BACK_MINUTES);
    let head = view.receiver_head(&endpoint.id, since)?;
    let after = head.acknowledged.map_or(since, |at| at.max(since));
    let mut refused = 0;
    for row in rows.iter().filter(|row| row.opened > after && day_of(row.opened).as_str() > confirmed) {
        let filter = OutboxFilter { obligation: Some(row.id), record: row.record, ..OutboxFilter::default() };
        // What opor itself did not offer says nothing about the line.
        let sent = view.outbox(&filter, 1)?;
        refused += usize::from(sent.iter().any(|sent| {
            sent.destination == endpoint.id && sent.state == OutboxState::Refused && sent.attempts > 0
        }));
    }
    let waiting = head.waiting_since.filter(|at| day_of(*at).as_str() > confirmed);
    Ok(LineSeen { kind: endpoint.kind, refused, silent_since: waiting.filter(|_| is_silent) })
}
