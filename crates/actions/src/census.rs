//! The books: counted each minute by the record itself, verified against every row each night, and shown to people.

use crate::incidents::{Found, Sort};
use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::Instant;
use store::{Census, Changes, View, WatchChange};

/// Messages that are counted once in one go; a few milliseconds of the writer's time.
const SETTLED_AT_ONCE: i64 = 2_048;
/// Steps of that in one round: what a month of outage left is caught up within minutes.
const STEPS_A_ROUND: usize = 64;
/// Messages that are always counted from their rows: what is settled lately changes most.
const ALWAYS_COUNTED: i64 = 4_096;

/// Look: the books as a wall shows them, every feed and recipient by name. Names staff and no patients.
#[derive(Debug, Clone, Copy)]
pub struct Books;

/// Answer to [`Books`].
#[derive(Debug, Clone, PartialEq)]
pub struct BooksView {
    /// Counted now.
    pub census: Census,
    /// Recipients as people read them, in the order of the census.
    pub recipients: Vec<Words>,
    /// Kinds as people read them, in the order of the census.
    pub kinds: Vec<Words>,
    /// Counted when.
    pub at: Instant,
}

impl Sealed for Books {}
impl Look for Books {
    type View = BooksView;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "census/wall".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<BooksView>, Refusal> {
        let at = reading.context.now;
        let census = reading.view.census(at)?;
        let recipients = census
            .recipients
            .iter()
            .map(|(name, _)| match name.as_str() {
                // What could not be routed: the desk that owns it says to whom it goes.
                "" => Words::new("Nobody named yet", "Personne encore désignée"),
                name => crate::telling::recipient(reading.directory, name),
            })
            .collect();
        let kinds = census.kinds.iter().map(|counts| kind_words(&counts.kind)).collect();
        Ok(Seen::nobody(BooksView { census, recipients, kinds, at }))
    }
}

/// A kind of obligation as people read it.
#[must_use]
pub fn kind_words(code: &str) -> Words {
    ObligationKind::from_code(code).map_or_else(|| Words::new(code, code), ObligationKind::words)
}

impl Record {
    /// Count the books, open an incident when something is accounted for by nobody, and count once what is settled.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn check_books(&self, now: Instant) -> Result<usize, Refusal> {
        let found = {
            let view = self.store().view()?;
            let found = unbalanced(&view.census(now)?);
            self.hold_incidents(&view, Sort::Books, &found, now)?;
            found.len()
        };
        for _ in 0..STEPS_A_ROUND {
            let Some(to) = self.next_mark()? else { break };
            let changes = Changes { watch: vec![WatchChange::SettleBooks(to)], ..Changes::default() };
            if !self.kept(changes)? {
                break;
            }
        }
        Ok(found)
    }

    /// How far the books may be counted once in the next step; `None` when that is far enough.
    fn next_mark(&self) -> Result<Option<i64>, Refusal> {
        let view = self.store().view()?;
        let (next, open) = view.arrivals()?;
        let mark = view.census_mark()?;
        let to = (mark + SETTLED_AT_ONCE).min(open.unwrap_or(i64::MAX)).min(next - ALWAYS_COUNTED);
        // Small steps are not worth a commit.
        Ok((to - mark >= SETTLED_AT_ONCE / 2).then_some(to))
    }

    /// Count every row and compare: what was counted once must still be so.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn verify_books(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let found = differing(&view, now)?;
        self.hold_incidents(&view, Sort::Checkpoint, &found, now)?;
        Ok(found.len())
    }
}

fn unbalanced(census: &Census) -> Vec<Found> {
    if census.balanced {
        return Vec::new();
    }
    let n = census.difference;
    vec![Found {
        subject: "books".to_owned(),
        what: Words::new(
            "Find what the books do not account for.",
            "Trouver ce dont les comptes ne rendent pas compte.",
        ),
        because: Words::new(
            format!(
                "{n} accepted things are neither done nor owned with a clock. Run opor check, then opor census."
            ),
            format!(
                "{n} éléments acceptés ne sont ni faits ni confiés avec une échéance. Lancez opor check, puis opor census."
            ),
        ),
    }]
}

fn differing(view: &View, now: Instant) -> Result<Vec<Found>, Refusal> {
    let (short, whole) = (view.census(now)?, view.census_of_every_row()?);
    if (Census { settled_below: 0, ..short }) == whole {
        return Ok(Vec::new());
    }
    Ok(vec![Found {
        subject: "checkpoint".to_owned(),
        what: Words::new(
            "Compare the books with the rows and restore what is missing.",
            "Comparer les comptes aux lignes et restaurer ce qui manque.",
        ),
        because: Words::new(
            "Rows that were counted before are not there any more, or say something else. Run opor check.",
            "Des lignes déjà comptées n'y sont plus, ou disent autre chose. Lancez opor check.",
        ),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The store counts by codes and knows no kinds.
    #[test]
    fn s109_what_the_books_count_as_due_is_what_is_a_delivery() {
        let due: Vec<&str> = ObligationKind::ALL
            .into_iter()
            .filter(|kind| kind.is_delivery())
            .map(ObligationKind::code)
            .collect();
        assert_eq!(due, store::DELIVERIES);
    }

    #[test]
    fn every_kind_has_words_of_its_own() {
        let words: std::collections::BTreeSet<String> =
            ObligationKind::ALL.into_iter().map(|kind| kind_words(kind.code()).fr).collect();
        assert_eq!(words.len(), ObligationKind::ALL.len());
        assert_eq!(kind_words("new-one").en, "new-one", "a newer record's kind is shown by its code");
    }
}
