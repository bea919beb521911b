//! Day totals as senders and receivers state them, held against the books; each difference is an incident with the control
//! ids until the two agree (GUARANTEES S-109).

use crate::incidents::{Found, Sort};
use crate::obligations::words;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::totals::{Booked, EARLIER_DAYS, EDGE_MINUTES, SENT_AGAIN_DAYS, Stated, bounds, compare, tally};

pub use clinical::totals::days;
use clinical::words::Words;
use fhir::Instant;
use std::collections::{HashMap, HashSet};
use store::{MessageQuery, OutboxState, View};

/// Messages or deliveries read at a time.
const PAGE: usize = 1_000;
/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;
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
    /// Names and days whose total differed and has not agreed since: they are held against the books again whenever
    /// there is a statement, however long ago the day was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn totals_open(&self) -> Result<Vec<(String, String)>, Refusal> {
        let open = self.store().view()?.incidents_open()?.into_iter();
        let of = open.filter(|row| row.sort == Sort::Totals.code());
        Ok(of
            .filter_map(|row| row.subject.rsplit_once(' ').map(|(name, day)| (name.into(), day.into())))
            .collect())
    }

    /// Hold what was stated against the books and make the incidents what was found. An incident ends only with a
    /// statement among `totals` that agrees; what is not given says nothing. Returns those that differ.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn hold_totals(&self, totals: &[DayTotal], now: Instant) -> Result<Vec<DayTotal>, Refusal> {
        let view = self.store().view()?;
        let (mut found, mut differ) = (Vec::<Found>::new(), Vec::new());
        let mut agreed = HashSet::new();
        for total in totals {
            let subject = format!("{} {}", total.end.name(), total.day);
            if let Some(because) = self.difference(&view, total)? {
                differ.push(total.clone());
                found.push(Found { subject, what: what(&total.end), because });
            } else {
                agreed.insert(subject);
            }
        }
        for row in view.incidents_open()?.into_iter().filter(|row| row.sort == Sort::Totals.code()) {
            if agreed.contains(&row.subject) || found.iter().any(|one| one.subject == row.subject) {
                continue;
            }
            // Nobody has said anything else: a file that is gone, or a folder that is not there, finds no message.
            let name = row.subject.rsplit_once(' ').map_or(row.subject.as_str(), |(name, _)| name);
            let end = match self.directory().endpoint(name) {
                Some(_) => End::Receiver(name.to_owned()),
                None => End::Sender(name.to_owned()),
            };
            found.push(Found { what: what(&end), because: words(&row.words), subject: row.subject });
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
                    let difference = compare(&stated, &none, |_| 0);
                    return Ok(difference.map(|difference| difference.of_sender(link, day)));
                };
                let received = |since, until| {
                    let query =
                        MessageQuery { link: Some(link_row.id), since, until, ..MessageQuery::default() };
                    control_ids(view, &query)
                };
                let booked = booked(from, to, |since, until| received(Some(since), Some(until)))?;
                // What is asked for and not here on the day may have come shortly before, or was sent again.
                let here = tally(&booked.of_day);
                let mut elsewhere: HashMap<&str, usize> = HashMap::new();
                for (id, theirs) in tally(&stated.ids) {
                    if theirs <= here.get(id).copied().unwrap_or_default() {
                        continue;
                    }
                    let before = (from.plus_minutes(-EARLIER_DAYS * DAY_MINUTES), from);
                    for (since, until) in [before, (to, to.plus_minutes(SENT_AGAIN_DAYS * DAY_MINUTES))] {
                        let query = MessageQuery {
                            link: Some(link_row.id),
                            control_id: Some(id.to_owned()),
                            since: Some(since),
                            until: Some(until),
                            ..MessageQuery::default()
                        };
                        *elsewhere.entry(id).or_default() +=
                            view.message_page(&query, theirs, None)?.rows.len();
                    }
                }
                let of = |id: &str| elsewhere.get(id).copied().unwrap_or_default();
                let difference = compare(&stated, &booked, of);
                Ok(difference.map(|difference| difference.of_sender(link, day)))
            }
            End::Receiver(endpoint) => {
                let booked = booked(from, to, |since, until| {
                    let rows = view.outbox_acknowledged(endpoint, since, until, DELIVERIES_MOST)?;
                    Ok(rows.into_iter().map(|row| row.control_id).collect())
                })?;
                // What was offered twice because its answer was lost is one delivery here, however often they list it.
                let mut listed = HashSet::new();
                let mut stated = stated;
                stated.ids.retain(|id| listed.insert(id.clone()));
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
                let difference = compare(&stated, &booked, |id| usize::from(elsewhere.contains(id)));
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
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for midnight in [from, to] {
        let before = within(midnight.plus_minutes(-EDGE_MINUTES), midnight)?;
        let after = within(midnight, midnight.plus_minutes(EDGE_MINUTES))?;
        let (theirs, ours) = if midnight == from { (before, after) } else { (after, before) };
        outside.extend(theirs);
        inside.extend(ours);
    }
    Ok(Booked { of_day: within(from, to)?, inside, outside })
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
