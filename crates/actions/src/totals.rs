//! Day totals as senders and receivers state them, held against the books; each difference is an incident with the control
//! ids until the two agree (GUARANTEES S-109).

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::totals::{Booked, EDGE_MINUTES, Stated, bounds, compare};

pub use clinical::totals::days;
use clinical::words::Words;
use fhir::Instant;
use std::collections::HashSet;
use store::{MessageQuery, OutboxState, View};

/// Messages or deliveries read at a time.
const PAGE: usize = 1_000;
/// Deliveries of one day to one receiver that are read, at most.
const DELIVERIES_MOST: usize = 1_000_000;

/// Which end states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A feed, by the name of its link.
    Sender(String),
    /// A receiving system, by its endpoint.
    Receiver(String),
}

impl End {
    /// Name of the link or id of the endpoint.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Sender(name) | Self::Receiver(name) => name,
        }
    }
}

/// What one end states of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// Who.
    pub end: End,
    /// `2026-11-22`, in the province.
    pub day: String,
    /// Its file; `None` when it is due and not there.
    pub text: Option<String>,
}

impl Record {
    /// Hold what was stated against the books and make the incidents what was found. What agreed before and is not given
    /// again counts as agreeing. Returns those that differ.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn hold_totals(&self, totals: &[DayTotal], now: Instant) -> Result<Vec<DayTotal>, Refusal> {
        let view = self.store().view()?;
        let (mut found, mut differ) = (Vec::new(), Vec::new());
        for total in totals {
            if let Some(because) = self.difference(&view, total)? {
                differ.push(total.clone());
                found.push(Found {
                    subject: format!("{} {}", total.end.name(), total.day),
                    what: what(&total.end),
                    because,
                });
            }
        }
        self.hold_incidents(&view, Sort::Totals, &found, now)?;
        Ok(differ)
    }

    /// How one statement differs from the books, in words.
    fn difference(&self, view: &View, total: &DayTotal) -> Result<Option<Words>, Refusal> {
        let (name, day) = (total.end.name(), &total.day);
        let Some(text) = &total.text else {
            return Ok(Some(Words::new(
                format!("{name} has not said how many it had on {day}."),
                format!("{name} n'a pas dit combien il en a eu le {day}."),
            )));
        };
        let stated = match Stated::read(text) {
            Ok(stated) => stated,
            Err(why) => {
                return Ok(Some(Words::new(
                    format!("The day total of {name} for {day} cannot be read: {}.", why.en),
                    format!("Le total de {name} pour le {day} ne peut être lu : {}.", why.fr),
                )));
            }
        };
        let Some((from, to)) = bounds(day) else { return Ok(None) };
        match &total.end {
            End::Sender(link) => {
                let known = view.links()?.into_iter().find(|known| known.name == *link);
                let Some(link_row) = known else {
                    let none = Booked::default();
                    let difference = compare(&stated, &none, |_| false);
                    return Ok(difference.map(|difference| difference.of_sender(link, day)));
                };
                let received = |since, until| {
                    let query =
                        MessageQuery { link: Some(link_row.id), since, until, ..MessageQuery::default() };
                    control_ids(view, &query)
                };
                let booked = booked(from, to, |since, until| received(Some(since), Some(until)))?;
                // What is asked for and not here on the day may have come on another.
                let mut elsewhere = HashSet::new();
                for id in stated.ids.iter().filter(|id| !booked.of_day.contains(*id)) {
                    let query = MessageQuery {
                        link: Some(link_row.id),
                        control_id: Some(id.clone()),
                        ..MessageQuery::default()
                    };
                    if !view.message_page(&query, 1, None)?.rows.is_empty() {
                        elsewhere.insert(id.as_str());
                    }
                }
                let difference = compare(&stated, &booked, |id| elsewhere.contains(id));
                Ok(difference.map(|difference| difference.of_sender(link, day)))
            }
            End::Receiver(endpoint) => {
                let booked = booked(from, to, |since, until| {
                    let rows = view.outbox_acknowledged(endpoint, since, until, DELIVERIES_MOST)?;
                    Ok(rows.into_iter().map(|row| row.control_id).collect())
                })?;
                let of_day: HashSet<&str> = booked.of_day.iter().map(String::as_str).collect();
                let absent: Vec<String> =
                    stated.ids.iter().filter(|id| !of_day.contains(id.as_str())).cloned().collect();
                let mut elsewhere = HashSet::new();
                for id in &absent {
                    let filter = store::OutboxFilter {
                        control_id: Some(id.clone()),
                        ..store::OutboxFilter::default()
                    };
                    let rows = view.outbox(&filter, 1)?;
                    // Acknowledged on another day, or still being offered: its answer was lost and it has it already.
                    if rows.iter().any(|row| {
                        row.destination == *endpoint
                            && matches!(row.state, OutboxState::Acknowledged | OutboxState::Waiting)
                    }) {
                        elsewhere.insert(id.as_str());
                    }
                }
                let difference = compare(&stated, &booked, |id| elsewhere.contains(id));
                Ok(difference.map(|difference| difference.of_receiver(endpoint, day)))
            }
        }
    }
}

/// What must be done about a difference.
fn what(end: &End) -> Words {
    match end {
        End::Sender(link) => Words::new(
            format!("Have the sender of {link} send what is missing again, and ask why its list differs."),
            format!(
                "Faire renvoyer par l'expéditeur de {link} ce qui manque, et demander pourquoi sa liste diffère."
            ),
        ),
        End::Receiver(endpoint) => Words::new(
            format!(
                "Ask at {endpoint} where the deliveries are, and send them again when they are not there."
            ),
            format!("Demander à {endpoint} où sont les remises, et les renvoyer si elles n'y sont pas."),
        ),
    }
}

/// The day and its edges, from what one interval holds.
fn booked(
    from: Instant,
    to: Instant,
    within: impl Fn(Instant, Instant) -> Result<Vec<String>, Refusal>,
) -> Result<Booked, Refusal> {
    let mut at_edges = HashSet::new();
    for midnight in [from, to] {
        at_edges.extend(within(midnight.plus_minutes(-EDGE_MINUTES), midnight.plus_minutes(EDGE_MINUTES))?);
    }
    Ok(Booked { of_day: within(from, to)?, at_edges })
}

/// Control ids of messages, oldest first.
fn control_ids(view: &View, query: &MessageQuery) -> Result<Vec<String>, Refusal> {
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let page = view.message_page(query, PAGE, before)?;
        ids.extend(page.rows.into_iter().map(|row| row.control_id));
        before = page.next;
        if before.is_none() {
            ids.reverse();
            return Ok(ids);
        }
    }
}
