//! What people decided about records at this desk and at registration, newest first, whoever it was about.

use super::graph::Around;
use super::history::{labels, line};
use super::links::{DecisionLine, Decisions, DecisionsView};
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::{PersonId, RecordId};

/// Decisions on one page.
const PAGE: usize = 30;

impl Sealed for Decisions {}
impl Look for Decisions {
    type View = DecisionsView;
    const PERMISSION: Permission = Permission::ReadIdentityReview;
    fn object(&self) -> String {
        "identity/decisions".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<DecisionsView>, Refusal> {
        let mut events = reading.view.decisions(self.before, PAGE + 1)?;
        let older = events.len() > PAGE;
        events.truncate(PAGE);
        let mut lines = Vec::with_capacity(events.len());
        let mut people: Vec<PersonId> = Vec::new();
        for event in &events {
            let around = Around::of(reading.view, &[event.record], &[])?;
            let labels = labels(reading, &around)?;
            let label = |record: RecordId| labels.get(&record).cloned().unwrap_or_default();
            let Some(person) = around.current.get(&event.record).copied() else { continue };
            let claim = reading.view.record(event.record)?.map(|row| super::moves::claim_of(&row));
            let name = claim.map(|claim| clinical::identity::display_name(&claim.names)).unwrap_or_default();
            lines.push(DecisionLine { person, name, event: line(event, &around, false, &label, &[]) });
            people.push(person);
        }
        people.sort_unstable();
        people.dedup();
        let older = events.last().map(|event| event.id).filter(|_| older);
        Ok(Seen { view: DecisionsView { lines, older }, people })
    }
}
