//! Counting: the books, counted from rows and never from counters.
//!
//! What is settled below a mark (see `census_mark` in the schema) was counted once, from the rows, in the commit that
//! moved the mark; a change below it changes that count in its own commit. [`View::census`] adds the rest,
//! [`View::census_of_every_row`] counts all rows again and must say the same.

use super::View;
use crate::dialect::watch::KEY_BITS_BELOW_ARRIVAL;
use crate::problem::ReadProblem;
use crate::rows::{Census, DeliveryCounts, KindCounts, MESSAGES_PER_LINK, MessageCounts};
use crate::sql::Row;
use crate::types::ToldApart;
use fhir::Instant;
use std::collections::BTreeMap;

/// Kind codes of what must reach somebody: by their system, or by a way that a person must find.
pub const DELIVERIES: [&str; 2] = ["delivery", "unroutable"];
/// Outcome code of a delivery that its receiver acknowledged.
const ACKNOWLEDGED: &str = "acknowledged";

/// Rows of the same sort.
struct Counted {
    kind: String,
    recipient: String,
    open: bool,
    human: bool,
    outcome: String,
    /// Open without owner or clock, or in one table and not in the other: nobody would be called.
    lost: bool,
    n: u64,
}

impl View {
    /// The books at this moment: what is settled as it was counted once, the rest from its rows. A machine that is still
    /// at a delivery long after its clock counts as pending: whether that is too long is for the reconciler that moves
    /// owners. `_now` keeps the moment in the caller's hands.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn census(&self, _now: Instant) -> Result<Census, ReadProblem> {
        self.census_from(self.census_mark()?)
    }

    /// Arrival number below which settled rows were counted once.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn census_mark(&self) -> Result<i64, ReadProblem> {
        let mark = self.one("SELECT arrival FROM census_mark WHERE id = 0", [], |row| row.get(0))?;
        Ok(mark.unwrap_or(0))
    }

    /// The books from every row, whatever was counted before: what the mark is verified against.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn census_of_every_row(&self) -> Result<Census, ReadProblem> {
        self.census_from(0)
    }

    fn census_from(&self, mark: i64) -> Result<Census, ReadProblem> {
        let mut census = Census { balanced: true, settled_below: mark, ..Census::default() };
        self.count_messages(&mut census, mark)?;
        let mut rows = self.open_and_later_obligations(mark)?;
        if mark > 0 {
            rows.extend(self.settled_obligations()?);
        }
        count_obligations(&mut census, rows);
        census.difference = difference(&census);
        census.balanced = census.difference == 0;
        Ok(census)
    }

    fn count_messages(&self, census: &mut Census, mark: i64) -> Result<(), ReadProblem> {
        let mut feeds: BTreeMap<i64, MessageCounts> = BTreeMap::new();
        let mut types: BTreeMap<String, MessageCounts> = BTreeMap::new();
        let number = |n: i64| n.unsigned_abs();
        // Accepted is counted in the journal itself, the rest in the tables that say where a message stands.
        // A row is counted as it is read, so that a sender's invented types are nowhere in memory all at once.
        let mut told = ToldApart::read(self.conn()?)?;
        let mut of_type = |row: &Row<'_>| -> crate::sql::Result<(i64, String)> {
            let link = row.get(0)?;
            Ok((link, told.name(link, row.get_ref(1)?.as_str()?).to_owned()))
        };
        self.all(
            "SELECT id / ?1, message_type, count(*) FROM journal INDEXED BY journal_arrival WHERE arrival >= ?2 \
             GROUP BY id / ?1, message_type UNION ALL \
             SELECT CAST(a AS INTEGER), b, n FROM census_settled WHERE sort = 0 AND ?2 > 0 ORDER BY 1, 2",
            [MESSAGES_PER_LINK, mark],
            |row| {
                let ((link, message_type), count) = (of_type(row)?, row.get(2)?);
                for counts in [
                    feeds.entry(link).or_default(),
                    types.entry(message_type).or_default(),
                    &mut census.messages,
                ] {
                    counts.accepted += number(count);
                    counts.received += number(count);
                }
                Ok(())
            },
        )?;
        let done = if mark > 0 {
            "SELECT d.id / ?1, d.message_type, d.state, count(*) FROM journal j INDEXED BY journal_arrival \
             JOIN journal_done d ON d.id = j.id WHERE j.arrival >= ?2 GROUP BY 1, 2, 3 UNION ALL \
             SELECT CAST(a AS INTEGER), b, CAST(c AS INTEGER), n FROM census_settled WHERE sort = 1"
        } else {
            "SELECT id / ?1, message_type, state, count(*) FROM journal_done WHERE ?2 = 0 \
             GROUP BY id / ?1, message_type, state"
        };
        self.all(
            &format!(
                "SELECT id / ?1, message_type, 0, count(*) FROM journal_open GROUP BY id / ?1, message_type UNION ALL {done} \
                 ORDER BY 1, 2"
            ),
            [MESSAGES_PER_LINK, mark],
            |row| {
                let ((link, message_type), state, count) =
                    (of_type(row)?, row.get::<_, i64>(2)?, row.get(3)?);
                for counts in [
                    feeds.entry(link).or_default(),
                    types.entry(message_type).or_default(),
                    &mut census.messages,
                ] {
                    match state {
                        0 => counts.pending += number(count),
                        1 => counts.filed += number(count),
                        2 => counts.kept += number(count),
                        _ => counts.held += number(count),
                    }
                }
                Ok(())
            },
        )?;
        let refused = self.all("SELECT link, count(*) FROM refusal GROUP BY link", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        for (link, count) in refused {
            for counts in [feeds.entry(link).or_default(), &mut census.messages] {
                counts.refused += number(count);
                counts.received += number(count);
            }
        }
        let names: BTreeMap<i64, String> =
            self.links()?.into_iter().map(|link| (i64::from(link.id.0), link.name)).collect();
        census.feeds = feeds
            .into_iter()
            .map(|(link, counts)| {
                (names.get(&link).cloned().unwrap_or_else(|| format!("link {link}")), counts)
            })
            .collect();
        census.types = types.into_iter().collect();
        Ok(())
    }

    /// All obligations of messages from the mark on and of none, and the open ones below it.
    fn open_and_later_obligations(&self, mark: i64) -> Result<Vec<Counted>, ReadProblem> {
        let columns = "o.kind, o.recipient, o.is_open, o.human, o.outcome, \
             CASE WHEN o.is_open = 1 AND (o.owner = '' OR o.due = 0 OR n.id IS NULL) THEN 1 ELSE 0 END, count(*)";
        let later = "obligation o LEFT JOIN obligation_open n ON n.due = o.due AND n.id = o.id";
        let open = "obligation_open n LEFT JOIN obligation o ON o.id = n.id";
        self.all(
            &format!(
                "SELECT {columns} FROM {later} WHERE o.id >= ?1 GROUP BY 1, 2, 3, 4, 5, 6 UNION ALL \
                 SELECT {columns} FROM {later} WHERE o.id < 0 GROUP BY 1, 2, 3, 4, 5, 6 UNION ALL \
                 SELECT coalesce(o.kind, 'missing'), coalesce(o.recipient, ''), 1, coalesce(o.human, 0), '', \
                 CASE WHEN o.id IS NULL OR o.is_open = 0 OR o.owner = '' OR o.due <> n.due THEN 1 ELSE 0 END, count(*) \
                 FROM {open} WHERE n.id >= 0 AND n.id < ?1 GROUP BY 1, 2, 3, 4, 5, 6 UNION ALL \
                 SELECT 'mail-in', '', 1, 0, '', 1, count(*) FROM mail_in m WHERE m.settled IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM obligation o WHERE o.id = m.obligation AND o.is_open = 1)"
            ),
            [mark << KEY_BITS_BELOW_ARRIVAL],
            |row| {
                Ok(Counted {
                    kind: row.get(0)?,
                    recipient: row.get(1)?,
                    open: row.get(2)?,
                    human: row.get(3)?,
                    outcome: row.get(4)?,
                    lost: row.get(5)?,
                    n: row.get::<_, i64>(6)?.unsigned_abs(),
                })
            },
        )
    }

    fn settled_obligations(&self) -> Result<Vec<Counted>, ReadProblem> {
        self.all("SELECT a, b, c, n FROM census_settled WHERE sort = 2", [], |row| {
            Ok(Counted {
                kind: row.get(0)?,
                recipient: row.get(1)?,
                open: false,
                human: false,
                outcome: row.get(2)?,
                lost: false,
                n: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })
    }
}

fn count_obligations(census: &mut Census, rows: Vec<Counted>) {
    let mut kinds: BTreeMap<String, KindCounts> = BTreeMap::new();
    let mut recipients: BTreeMap<String, DeliveryCounts> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.n > 0) {
        let Counted { kind, recipient, open, human, outcome, lost, n } = row;
        let counts = kinds
            .entry(kind.clone())
            .or_insert_with(|| KindCounts { kind: kind.clone(), ..KindCounts::default() });
        counts.made += n;
        match (lost, open, human) {
            (true, ..) => counts.without += n,
            (_, true, true) => counts.owned += n,
            (_, true, false) => counts.pending += n,
            (_, false, _) => counts.done += n,
        }
        if !DELIVERIES.contains(&kind.as_str()) {
            continue;
        }
        for counts in [recipients.entry(recipient).or_default(), &mut census.deliveries] {
            counts.due += n;
            match (open, human, outcome.as_str()) {
                _ if lost => {}
                (true, true, _) => counts.owned += n,
                (true, false, _) => counts.pending += n,
                (false, _, ACKNOWLEDGED) => counts.acknowledged += n,
                (false, _, _) => counts.excused += n,
            }
        }
    }
    census.recipients = recipients.into_iter().collect();
    census.obligations = kinds
        .values()
        .filter(|counts| !DELIVERIES.contains(&counts.kind.as_str()))
        .filter(|counts| counts.owned + counts.pending + counts.without > 0)
        .map(|counts| (counts.kind.clone(), counts.owned + counts.pending, counts.without))
        .collect();
    census.kinds = kinds.into_values().collect();
}

/// How many messages and obligations no column accounts for, in whichever breakdown shows the most.
fn difference(census: &Census) -> u64 {
    let messages = |counts: &MessageCounts| {
        counts.received.abs_diff(counts.refused + counts.accepted)
            + counts.accepted.abs_diff(counts.pending + counts.filed + counts.kept + counts.held)
    };
    let deliveries = |counts: &DeliveryCounts| {
        counts.due.abs_diff(counts.acknowledged + counts.pending + counts.owned + counts.excused)
    };
    let of = |counts: &[(String, MessageCounts)]| -> u64 { counts.iter().map(|(_, c)| messages(c)).sum() };
    let mut most = messages(&census.messages).max(of(&census.feeds)).max(of(&census.types));
    most = most.max(deliveries(&census.deliveries));
    most = most.max(census.recipients.iter().map(|(_, c)| deliveries(c)).sum());
    most.max(census.kinds.iter().map(|k| k.made.abs_diff(k.done + k.pending + k.owned)).sum())
}
