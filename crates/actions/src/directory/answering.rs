//! The end of a question of the directory desk: whom a feed means, which place it speaks of.

use super::Answer;
use crate::obligations::{ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::{ObligationKind, Outcome};
use clinical::words::Words;
use fhir::PersonId;
use store::{Changes, ObligationChange, ObligationState, Requirement};

/// Characters of an answer that are kept.
const ANSWER_LIMIT_CHARS: usize = 2_000;

impl Sealed for Answer {}

impl Act for Answer {
    const PERMISSION: Permission = Permission::ManageDirectory;

    fn object(&self) -> String {
        format!("directory/question/{}", self.question)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let how: String = self.how.trim().chars().take(ANSWER_LIMIT_CHARS).collect();
        if how.is_empty() {
            return Err(Refusal::unreadable(
                "Say what you found, and what was done about it.",
                "Dites ce que vous avez trouvé, et ce qui a été fait.",
            ));
        }
        let row = reading.view.obligation(self.question)?.ok_or_else(Refusal::not_found)?;
        let is_question = row.kind == ObligationKind::Directory.code()
            && row.recipient_id.is_empty()
            && reading.view.directory_proposal(row.id)?.is_none();
        if !is_question {
            return Err(Refusal::conflict(
                "This ends otherwise: a proposal is decided, a doubted line is confirmed.",
                "Ceci prend fin autrement : on décide d'une proposition, on confirme une ligne en doute.",
            ));
        }
        if !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "Somebody has answered this already. Open the list again.",
                "Quelqu'un y a déjà répondu. Rouvrez la liste.",
            ));
        }
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let outcome = Outcome::Resolved { by: by.clone(), how: how.clone() };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![
                event(row.id, now, &by, outcome.code(), &Words::new(how.clone(), how)),
                ObligationChange::Update(ended(&row, &outcome, now)),
            ],
            ..Changes::default()
        };
        Ok((changes, None))
    }
}
