//! The systems that receive, and which of them a person has paused: since when, why, who owns the pause, and until when.

use super::{DestinationLine, Destinations, PauseLine};
use crate::obligations::{owner_with_name, words};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::cover::day;
use clinical::obligations::{ObligationKind, Owner};
use std::collections::HashMap;
use store::{ObligationFilter, ObligationRow, ObligationState};

/// Pauses that stand at once, read at most; there is one for a system.
const PAUSES_LIMIT: usize = 5_000;

impl Sealed for Destinations {}
impl Look for Destinations {
    type View = Vec<DestinationLine>;
    const PERMISSION: Permission = Permission::ManageFeeds;

    fn object(&self) -> String {
        "destinations".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<DestinationLine>>, Refusal> {
        let now = reading.context.now;
        let filter = ObligationFilter {
            kind: Some(ObligationKind::Pause.code().to_owned()),
            open: Some(true),
            ..ObligationFilter::default()
        };
        let mut pauses: HashMap<String, ObligationRow> = HashMap::new();
        for row in reading.view.obligations(&filter, PAUSES_LIMIT, 0)? {
            pauses.insert(row.recipient_id.clone(), row);
        }
        let today = day(now);
        let mut lines = Vec::new();
        let ways = reading.directory.endpoints();
        for way in ways.filter(|way| way.kind.delivers() && way.carries_on(&today)) {
            let paused = pauses.get(&crate::deliveries::pause_of(&way.id)).and_then(|row| {
                let ObligationState::Open { owner, due, .. } = &row.state else { return None };
                let owner = owner.parse::<Owner>().ok()?;
                Some(PauseLine {
                    since: row.opened,
                    until: *due,
                    words: words(&row.words),
                    owner: owner_with_name(&owner, reading.cover, now),
                })
            });
            let head = reading.view.receiver_head(&way.id, now)?;
            lines.push(DestinationLine {
                id: way.id.clone(),
                place: reading
                    .directory
                    .place(&way.place)
                    .map_or_else(String::new, |place| place.name.clone()),
                kind: way.kind.words(),
                waiting_since: head.waiting_since,
                paused,
            });
        }
        lines.sort_by_key(|line| (line.paused.is_none(), line.place.clone(), line.id.clone()));
        Ok(Seen::nobody(lines))
    }
}
