//! What the record itself knows of how it stands, at one point in time.

use crate::incidents::Sort;
use crate::messages::link_names;
use crate::obligations::words;
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::cover::COVERED_DAYS;
use clinical::words::Words;
use fhir::Instant;
use store::{ObligationFilter, ObligationState};

/// A queue: how much waits, and since when the oldest does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Queue {
    pub(super) count: u64,
    pub(super) oldest: Option<Instant>,
}

/// A feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) link: String,
    /// When its last message came.
    pub(super) last: Option<Instant>,
    /// What of it waits to be filed.
    pub(super) waiting: Queue,
    /// Paused since then, until somebody must look again.
    pub(super) paused: Option<(Instant, Instant)>,
    /// Stopped by the breaker since then.
    pub(super) stopped: Option<Instant>,
}

/// An incident that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Incident {
    pub(super) sort: Option<Sort>,
    pub(super) code: String,
    pub(super) subject: String,
    pub(super) says: Words,
    pub(super) opened: Instant,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) feeds: Vec<Feed>,
    pub(super) deliveries: Queue,
    /// Obligations past their time; the oldest by that time.
    pub(super) overdue: Queue,
    /// What the books do not account for.
    pub(super) difference: u64,
    pub(super) incidents: Vec<Incident>,
    /// When the activity log was last signed, and how many rows that covers.
    pub(super) checkpoint: Option<(Instant, u64)>,
    /// Rows of the activity log.
    pub(super) log_rows: u64,
    pub(super) has_calendar: bool,
    /// Hours ahead that a desk has nobody for.
    pub(super) gaps: usize,
    /// The newest moment that the record holds of what it did itself.
    pub(super) newest: Option<Instant>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Facts, Refusal> {
    let (view, now) = (reading.view, reading.context.now);
    let (pauses, stops) = (view.pauses()?, view.feeds_stopped()?);
    let mut feeds = Vec::new();
    for (id, link) in link_names(view)? {
        let (count, oldest) = view.waiting_of(id)?;
        // A stop of one person on a feed is one too: the rest of the feed goes on.
        let of_people = view.open_stops(id)?.into_iter().map(|stop| stop.at).min();
        let of_all = stops.iter().find(|(stopped, _)| *stopped == id).map(|(_, at)| *at);
        let paused = pauses.iter().find(|pause| pause.link == id).map(|pause| (pause.at, pause.until));
        let (last, stopped) = (view.last_received(id)?, of_all.or(of_people));
        feeds.push(Feed { link, last, waiting: Queue { count, oldest }, paused, stopped });
    }
    feeds.sort_by(|a, b| a.link.cmp(&b.link));
    let mut deliveries = Queue::default();
    for one in view.undelivered()?.into_iter().filter(|one| !one.human) {
        deliveries.count += one.count;
        deliveries.oldest = Some(deliveries.oldest.map_or(one.oldest, |oldest| oldest.min(one.oldest)));
    }
    let late = ObligationFilter { open: Some(true), due_by: Some(now), ..ObligationFilter::default() };
    let first = view.obligations(&late, 1, 0)?.into_iter().next();
    let due = first.and_then(|row| match row.state {
        ObligationState::Open { due, .. } => Some(due),
        ObligationState::Ended { .. } => None,
    });
    let count = if due.is_some() { view.count_obligations(&late)? } else { 0 };
    let census = view.census(now)?;
    let incidents = view.incidents_open()?.into_iter().map(|row| Incident {
        sort: Sort::from_code(&row.sort),
        code: row.sort,
        subject: row.subject,
        says: words(&row.words),
        opened: row.opened,
    });
    let checkpoint = view.last_checkpoint()?;
    let has_calendar = !reading.cover.is_empty();
    Ok(Facts {
        newest: feeds.iter().filter_map(|feed| feed.last).chain(checkpoint.iter().map(|row| row.at)).max(),
        feeds,
        deliveries,
        overdue: Queue { count, oldest: due },
        difference: if census.balanced { 0 } else { census.difference.max(1) },
        incidents: incidents.collect(),
        checkpoint: checkpoint.map(|row| (row.at, row.size)),
        log_rows: view.log_size()?,
        has_calendar,
        gaps: if has_calendar { reading.cover.gaps(now, COVERED_DAYS).len() } else { 0 },
    })
}
