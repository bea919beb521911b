//! Letters: the last way. The delivery desk owns each from the first, prints its pages, posts them and confirms.

use super::carrying::{delivery_changes, remembered};
use super::offers::Making;
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Endpoint, EndpointKind};
use clinical::obligations::{DeliveryEvent, Desk, Outcome, Owner, step};
use clinical::rendering::Language;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    Changes, ObligationId, ObligationRow, ObligationState, OutboxFilter, OutboxRow, OutboxState, View,
};

/// Letters that are read to find those due first: more than a desk ever has in hand.
const LETTERS_READ: usize = 100_000;

/// Look: the letters that wait to be posted, oldest first. It names nobody.
#[derive(Debug, Clone, Copy)]
pub struct Letters;

/// One letter of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterLine {
    /// Key.
    pub obligation: ObligationId,
    /// The sender's number of the report.
    pub number: String,
    /// To whom.
    pub to: Words,
    /// The postal address.
    pub address: String,
    /// Why it goes by post.
    pub why: Words,
    /// By when.
    pub due: Instant,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
}

/// Look: the pages of one letter.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// Which.
    pub obligation: ObligationId,
    /// In French instead of English.
    pub french: bool,
}

/// Answer to [`Letter`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterPages {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// Its pages.
    pub pages: usize,
    /// A name for the file, without anything of the patient.
    pub name: String,
}

/// Act: it was printed and is in the post; the delivery ends.
#[derive(Debug, Clone, Copy)]
pub struct Posted {
    /// Which.
    pub obligation: ObligationId,
    /// How many pages were put into the envelope; they must be all.
    pub pages: usize,
    /// It was printed in French instead of English: its pages are counted.
    pub french: bool,
}

impl Record {
    /// Letters on the desk that are withheld since go to the privacy desk. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn keep_letters_back(&self, view: &View, now: Instant) -> Result<usize, Refusal> {
        let directory = self.directory();
        let mut making = Making::new(view, &directory, now);
        let mut kept = 0;
        for endpoint in directory.endpoints().filter(|endpoint| endpoint.kind == EndpointKind::Letter) {
            let filter = OutboxFilter {
                destination: Some(endpoint.id.clone()),
                state: Some(OutboxState::Refused),
                ..OutboxFilter::default()
            };
            for row in view.outbox(&filter, LETTERS_READ)? {
                if crate::access::directives(view, row.record)?.is_empty() {
                    continue;
                }
                let Some(owed) = view.obligation(row.obligation)? else { continue };
                let with_desk = matches!(
                    &owed.state,
                    ObligationState::Open { owner, .. } if *owner == Owner::Desk(Desk::Delivery).to_string()
                );
                if with_desk && let Some(decide) = making.is_withheld(&row) {
                    self.keep_back(view, &row, decide, now);
                    kept += 1;
                }
            }
        }
        Ok(kept)
    }
}

impl Sealed for Letters {}
impl Look for Letters {
    type View = Vec<LetterLine>;
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        "letters".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<LetterLine>>, Refusal> {
        let mut lines = Vec::new();
        for endpoint in reading.directory.endpoints().filter(|e| e.kind == EndpointKind::Letter) {
            let filter = OutboxFilter {
                destination: Some(endpoint.id.clone()),
                state: Some(OutboxState::Refused),
                ..OutboxFilter::default()
            };
            for row in reading.view.outbox(&filter, LETTERS_READ)? {
                let Some(owed) = reading.view.obligation(row.obligation)? else { continue };
                lines.extend(line(reading, endpoint, &owed));
            }
        }
        lines.sort_by_key(|line| (line.due, line.obligation));
        Ok(Seen::nobody(lines))
    }
}

fn line(reading: &Reading<'_>, endpoint: &Endpoint, owed: &ObligationRow) -> Option<LetterLine> {
    let ObligationState::Open { due, owner, .. } = &owed.state else { return None };
    if *owner == Owner::Desk(Desk::Privacy).to_string() {
        return None;
    }
    Some(LetterLine {
        obligation: owed.id,
        number: owed.accession.clone(),
        to: crate::telling::recipient(reading.directory, &owed.recipient),
        address: endpoint.address.clone(),
        why: crate::obligations::words(&owed.words),
        due: *due,
        gravity: owed.gravity,
    })
}

/// The row of a letter and what it serves; refused when it is none or has ended.
fn letter(reading: &Reading<'_>, id: ObligationId) -> Result<(OutboxRow, ObligationRow), Refusal> {
    let owed = reading.view.obligation(id)?.ok_or_else(Refusal::not_found)?;
    let filter = OutboxFilter { obligation: Some(id), ..OutboxFilter::default() };
    let row = reading.view.outbox(&filter, 1)?.into_iter().next().ok_or_else(Refusal::not_found)?;
    let kind = reading.directory.endpoint(&row.destination).map(|endpoint| endpoint.kind);
    if kind != Some(EndpointKind::Letter) {
        return Err(Refusal::not_found());
    }
    Ok((row, owed))
}

fn language(french: bool) -> Language {
    if french { Language::French } else { Language::English }
}

fn person(reading: &Reading<'_>, row: &OutboxRow) -> Result<Option<PersonId>, Refusal> {
    Ok(reading.view.record(row.record)?.map(|record| record.person))
}

impl Sealed for Letter {}
impl Look for Letter {
    type View = LetterPages;
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("letter/{}", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<LetterPages>, Refusal> {
        let (row, _) = letter(reading, self.obligation)?;
        let person = person(reading, &row)?;
        let language = language(self.french);
        let pdf = Making::new(reading.view, reading.directory, reading.context.now).letter(&row, language)?;
        let pages = clinical::rendering::page_count(&pdf).unwrap_or_default();
        let view = LetterPages { pdf, pages, name: format!("letter-{}.pdf", self.obligation) };
        Ok(Seen { view, people: person.into_iter().collect() })
    }
}

impl Sealed for Posted {}
impl Act for Posted {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("letter/{}/posted", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (row, owed) = letter(reading, self.obligation)?;
        if matches!(owed.state, ObligationState::Ended { .. }) {
            return Err(Refusal::conflict(
                "This has ended already. Open the list again to see what is left.",
                "Ceci est déjà terminé. Rouvrez la liste pour voir ce qui reste.",
            ));
        }
        // What was printed before it was withheld may be in the post: that is said as it is.
        let mut making = Making::new(reading.view, reading.directory, reading.context.now);
        let pdf = making.printed_letter(&row, language(self.french))?;
        let pages = clinical::rendering::page_count(&pdf).unwrap_or_default();
        if pages != self.pages {
            return Err(Refusal::unreadable(
                format!(
                    "The letter has {pages} pages. Count them, say whether it was printed in French, then confirm with that number."
                ),
                format!(
                    "La lettre a {pages} pages. Comptez-les, dites si elle a été imprimée en français, puis confirmez avec ce nombre."
                ),
            ));
        }
        let by = &reading.context.actor.name;
        let how = format!("letter of {pages} pages printed and posted");
        let event = DeliveryEvent::Ended(Outcome::AnotherWay { by: by.clone(), how });
        let after = step(&remembered(&row, &owed), &event, reading.context.now, 0.0);
        let changes = delivery_changes(&row, &owed, &after, by, reading.context.now);
        Ok((changes, person(reading, &row)?))
    }
}
