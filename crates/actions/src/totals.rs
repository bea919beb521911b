//! Day totals as senders and receivers state them, held against the books; each difference is an incident with the control
//! ids until the two agree (GUARANTEES S-109).

use crate::incidents::{Found, Sort};
use crate::obligations::words;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::totals::{Comparison, Difference, EARLIER_DAYS, EDGE_MINUTES, SENT_AGAIN_DAYS, Stated, bounds};

pub use clinical::totals::days;
use clinical::words::Words;
use fhir::Instant;
use std::collections::HashSet;
use std::io::{self, BufRead, Read as _};
use std::sync::Arc;
use store::{LinkId, MessageQuery, OutboxState, View};

/// Messages or deliveries read at a time.
const PAGE: usize = 1_000;
/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;
/// Longest line of a statement, in bytes; a control id has at most 199 characters (HL7 v2.8 MSH-10).
const LINE_LIMIT_BYTES: usize = 1_024;
/// Control ids of one statement that are looked for on other days. Where more are missing, the sender did not send, and the
/// words say how many were not looked for.
const LOOKED_FOR_MOST: usize = 10_000;

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

/// Opens a statement; it is read more than once, line by line.
pub type Statement = Arc<dyn Fn() -> io::Result<Box<dyn BufRead>> + Send + Sync>;

/// What one end states of one day.
#[derive(Clone)]
pub struct DayTotal {
    /// Who.
    pub end: End,
    /// `2026-11-22`, in the province.
    pub day: String,
    /// Its file; `None` when it is due and not there.
    pub statement: Option<Statement>,
}

/// A statement that is in memory already.
#[must_use]
pub fn written(text: &str) -> Statement {
    let text = text.to_owned();
    Arc::new(move || Ok(Box::new(io::Cursor::new(text.clone()))))
}

/// The lines of a statement, none longer than [`LINE_LIMIT_BYTES`].
struct Lines(Box<dyn BufRead>);

impl Iterator for Lines {
    type Item = Result<String, Words>;

    fn next(&mut self) -> Option<Result<String, Words>> {
        let mut line = Vec::new();
        let limit = u64::try_from(LINE_LIMIT_BYTES).unwrap_or(u64::MAX);
        match self.0.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(LINE_LIMIT_BYTES) if line.last() != Some(&b'\n') => Some(Err(Words::new(
                format!("a line is longer than {LINE_LIMIT_BYTES} bytes"),
                format!("une ligne dépasse {LINE_LIMIT_BYTES} octets"),
            ))),
            Ok(_) => Some(Ok(String::from_utf8_lossy(&line).into_owned())),
            Err(error) => Some(Err(broken(&error))),
        }
    }
}

fn lines(statement: &Statement) -> Result<Lines, Words> {
    statement().map(Lines).map_err(|error| broken(&error))
}

/// What the system says of a file, for whoever looks after it.
fn broken(error: &io::Error) -> Words {
    Words::new(
        format!("the file cannot be opened or read ({error})"),
        format!("le fichier ne peut être ouvert ou lu ({error})"),
    )
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
    /// statement among `totals` that agrees; what is not given says nothing. Returns the places in `totals` of those that
    /// differ. Neither a statement nor the day it is about is ever whole in memory (`clinical::totals::BYTES_PER_ID` for
    /// each control id of one statement at a time).
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn hold_totals(&self, totals: &[DayTotal], now: Instant) -> Result<Vec<usize>, Refusal> {
        let (mut found, mut differ) = (Vec::<Found>::new(), Vec::new());
        let mut agreed = HashSet::new();
        for (place, total) in totals.iter().enumerate() {
            let subject = format!("{} {}", total.end.name(), total.day);
            // A view of its own for each: a long day does not hold what was read before the last.
            if let Some(because) = difference(&self.store().view()?, total)? {
                differ.push(place);
                found.push(Found { subject, what: what(&total.end), because });
            } else {
                agreed.insert(subject);
            }
        }
        let view = self.store().view()?;
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
}

/// How one statement differs from the books, in words.
fn difference(view: &View, total: &DayTotal) -> Result<Option<Words>, Refusal> {
    let (name, day) = (total.end.name(), &total.day);
    let Some(statement) = &total.statement else {
        return Ok(Some(Words::new(
            format!("{name} has not said how many it had on {day}."),
            format!("{name} n'a pas dit combien il en a eu le {day}."),
        )));
    };
    let Some(bounds) = bounds(day) else { return Ok(None) };
    let unread = |why: Words| {
        Words::new(
            format!("The day total of {name} for {day} cannot be read: {}.", why.en),
            format!("Le total de {name} pour le {day} ne peut être lu : {}.", why.fr),
        )
    };
    let read = || Stated::read(lines(statement)?);
    let again = || lines(statement);
    let stated = match read() {
        Ok(stated) => stated,
        Err(why) => return Ok(Some(unread(why))),
    };
    let held = match &total.end {
        End::Sender(link) => {
            let link = view.links()?.into_iter().find(|known| known.name == *link).map(|known| known.id);
            of_sender(view, link, bounds, stated, again)?
        }
        End::Receiver(endpoint) => of_receiver(view, endpoint, bounds, stated, again)?,
    };
    Ok(match (held, &total.end) {
        (Err(why), _) => Some(unread(why)),
        (Ok(found), End::Sender(link)) => found.map(|found| found.of_sender(link, day)),
        (Ok(found), End::Receiver(endpoint)) => found.map(|found| found.of_receiver(endpoint, day)),
    })
}

/// How a statement differs; the words where it could not be read once more.
type Held = Result<Option<Difference>, Words>;

fn of_sender(
    view: &View,
    link: Option<LinkId>,
    (from, to): (Instant, Instant),
    stated: Stated,
    again: impl Fn() -> Result<Lines, Words>,
) -> Result<Held, Refusal> {
    let mut held = Comparison::of(stated);
    let each = |from: Instant, to: Instant, told: &mut dyn FnMut(&str)| -> Result<(), Refusal> {
        let query = MessageQuery { link, since: Some(from), until: Some(to), ..MessageQuery::default() };
        let mut before = None;
        while link.is_some() {
            let page = view.message_page(&query, PAGE, before)?;
            page.rows.iter().for_each(|row| told(&row.control_id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        Ok(())
    };
    tell_day(&mut held, (from, to), each)?;
    let elsewhere = |id: &str, missing: usize| -> Result<usize, Refusal> {
        let mut found = 0;
        // What is asked for and not here on the day may have come shortly before, or was sent again.
        let before = (from.plus_minutes(-EARLIER_DAYS * DAY_MINUTES), from);
        for (since, until) in [before, (to, to.plus_minutes(SENT_AGAIN_DAYS * DAY_MINUTES))] {
            let query = MessageQuery {
                link,
                control_id: Some(id.to_owned()),
                since: Some(since),
                until: Some(until),
                ..MessageQuery::default()
            };
            found += if link.is_some() { view.message_page(&query, missing, None)?.rows.len() } else { 0 };
        }
        Ok(found)
    };
    read_again(held, again, elsewhere)
}

fn of_receiver(
    view: &View,
    endpoint: &str,
    bounds: (Instant, Instant),
    stated: Stated,
    again: impl Fn() -> Result<Lines, Words>,
) -> Result<Held, Refusal> {
    // What was offered twice because its answer was lost is one delivery here, however often they list it.
    let mut held = Comparison::of(stated.once());
    let each = |from: Instant, to: Instant, told: &mut dyn FnMut(&str)| -> Result<(), Refusal> {
        let mut last = None;
        loop {
            let page = view.acknowledged_ids(endpoint, (from, to), last.as_ref(), PAGE)?;
            page.iter().for_each(|row| told(&row.control_id));
            last = page.into_iter().next_back();
            if last.is_none() {
                return Ok(());
            }
        }
    };
    tell_day(&mut held, bounds, each)?;
    let elsewhere = |id: &str, _| -> Result<usize, Refusal> {
        let filter =
            store::OutboxFilter { control_id: Some(id.to_owned()), ..store::OutboxFilter::default() };
        let rows = view.outbox(&filter, 1)?;
        // Acknowledged on another day, or still being offered: its answer was lost and it has it already.
        Ok(usize::from(rows.iter().any(|row| {
            row.destination == endpoint
                && matches!(row.state, OutboxState::Acknowledged | OutboxState::Waiting)
        })))
    };
    read_again(held, again, elsewhere)
}

/// Tells the edges of a day, and then the day.
fn tell_day(
    held: &mut Comparison,
    (from, to): (Instant, Instant),
    each: impl Fn(Instant, Instant, &mut dyn FnMut(&str)) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    for midnight in [from, to] {
        let (before, after) = (midnight.plus_minutes(-EDGE_MINUTES), midnight.plus_minutes(EDGE_MINUTES));
        let (inside, outside) = if midnight == from {
            ((midnight, after), (before, midnight))
        } else {
            ((before, midnight), (midnight, after))
        };
        each(inside.0, inside.1, &mut |id| held.inside(id))?;
        each(outside.0, outside.1, &mut |_| held.outside())?;
    }
    each(from, to, &mut |id| held.ours(id))
}

/// Reads the list once more for what is missing, and says how the two differ.
fn read_again(
    mut held: Comparison,
    again: impl Fn() -> Result<Lines, Words>,
    elsewhere: impl FnMut(&str, usize) -> Result<usize, Refusal>,
) -> Result<Held, Refusal> {
    let met = match again() {
        Ok(lines) => held.theirs(lines, LOOKED_FOR_MOST, elsewhere)?,
        Err(why) => Err(why),
    };
    Ok(met.map(|()| held.difference()))
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
