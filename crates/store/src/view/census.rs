//! Counting: the books, counted from rows and never from counters.

use super::View;
use crate::problem::ReadProblem;
use crate::rows::{Census, DeliveryCounts, MESSAGES_PER_LINK, MessageCounts};
use fhir::Instant;
use std::collections::BTreeMap;

/// Kind codes of what must reach somebody: by their system, or by a way that a person must find.
const DELIVERIES: [&str; 2] = ["delivery", "unroutable"];
/// Outcome code of a delivery that its receiver acknowledged.
const ACKNOWLEDGED: &str = "acknowledged";

impl View {
    /// The books at this moment. A machine that is still at a delivery long after its clock counts as pending: whether
    /// that is too long is for the reconciler that moves owners. `_now` keeps the moment in the caller's hands.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn census(&self, _now: Instant) -> Result<Census, ReadProblem> {
        let mut census = Census { balanced: true, ..Census::default() };
        self.count_messages(&mut census)?;
        self.count_obligations_by_kind(&mut census)?;
        let messages_balance = |counts: &MessageCounts| {
            counts.received == counts.refused + counts.accepted
                && counts.accepted == counts.pending + counts.filed + counts.kept + counts.held
        };
        let deliveries_balance = |counts: &DeliveryCounts| {
            counts.due == counts.acknowledged + counts.pending + counts.owned + counts.excused
        };
        census.balanced = messages_balance(&census.messages)
            && census.feeds.iter().all(|(_, counts)| messages_balance(counts))
            && census.types.iter().all(|(_, counts)| messages_balance(counts))
            && deliveries_balance(&census.deliveries)
            && census.recipients.iter().all(|(_, counts)| deliveries_balance(counts))
            && census.obligations.iter().all(|(_, _, without)| *without == 0);
        Ok(census)
    }

    fn count_messages(&self, census: &mut Census) -> Result<(), ReadProblem> {
        let mut feeds: BTreeMap<i64, MessageCounts> = BTreeMap::new();
        let mut types: BTreeMap<String, MessageCounts> = BTreeMap::new();
        let number = |n: i64| n.unsigned_abs();
        // Accepted is counted in the journal itself, the rest in the tables that say where a message stands.
        let accepted = self.all(
            "SELECT id / ?1, message_type, count(*) FROM journal GROUP BY id / ?1, message_type",
            [MESSAGES_PER_LINK],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)),
        )?;
        for (link, message_type, count) in accepted {
            for counts in
                [feeds.entry(link).or_default(), types.entry(message_type).or_default(), &mut census.messages]
            {
                counts.accepted += number(count);
                counts.received += number(count);
            }
        }
        let standing = self.all(
            "SELECT id / ?1, message_type, 0, count(*) FROM journal_open GROUP BY id / ?1, message_type UNION ALL \
             SELECT id / ?1, message_type, state, count(*) FROM journal_done GROUP BY id / ?1, message_type, state",
            [MESSAGES_PER_LINK],
            |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
            },
        )?;
        for (link, message_type, state, count) in standing {
            for counts in
                [feeds.entry(link).or_default(), types.entry(message_type).or_default(), &mut census.messages]
            {
                match state {
                    0 => counts.pending += number(count),
                    1 => counts.filed += number(count),
                    2 => counts.kept += number(count),
                    _ => counts.held += number(count),
                }
            }
        }
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

    fn count_obligations_by_kind(&self, census: &mut Census) -> Result<(), ReadProblem> {
        // Without owner or clock, or open in one table and not in the other: nobody would be called.
        let rows = self.all(
            "SELECT o.kind, o.recipient, o.is_open, o.human, o.outcome, \
             o.is_open = 1 AND (o.owner = '' OR o.due = 0 OR n.id IS NULL), count(*) \
             FROM obligation o LEFT JOIN obligation_open n ON n.due = o.due AND n.id = o.id \
             GROUP BY 1, 2, 3, 4, 5, 6",
            [],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, bool>(2)?,
                    row.get::<_, bool>(3)?,
                    row.get::<_, String>(4)?,
                    row.get::<_, bool>(5)?,
                    row.get::<_, i64>(6)?.unsigned_abs(),
                ))
            },
        )?;
        let mut kinds: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut recipients: BTreeMap<String, DeliveryCounts> = BTreeMap::new();
        for (kind, recipient, open, human, outcome, lost, count) in rows {
            if DELIVERIES.contains(&kind.as_str()) {
                for counts in [recipients.entry(recipient).or_default(), &mut census.deliveries] {
                    counts.due += count;
                    match (open, human, outcome.as_str()) {
                        _ if lost => {}
                        (true, true, _) => counts.owned += count,
                        (true, false, _) => counts.pending += count,
                        (false, _, ACKNOWLEDGED) => counts.acknowledged += count,
                        (false, _, _) => counts.excused += count,
                    }
                }
            } else if open {
                let counts = kinds.entry(kind).or_default();
                if lost {
                    counts.1 += count;
                } else {
                    counts.0 += count;
                }
            }
        }
        census.recipients = recipients.into_iter().collect();
        census.obligations = kinds.into_iter().map(|(kind, (owned, lost))| (kind, owned, lost)).collect();
        Ok(())
    }
}
