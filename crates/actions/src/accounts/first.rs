//! The first patient, safely: a person who does not exist is found, opened and read before one who does (JOURNEYS 2.6 step 8).
//! Nothing of it touches a record; that it was done is kept with the account.

use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{Permission, Role};
use clinical::enrolment::first::{CODE, VERSION, steps};
use clinical::enrolment::scenes::Scene;
use clinical::words::Words;
use fhir::PersonId;
use store::{AccountChange, Changes};

/// Look: the step that somebody is at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Practice {
    /// Step, from 1; 0 is the first.
    pub step: usize,
    /// What they chose there, from 1; 0 when nothing yet.
    pub chose: usize,
}

/// Answer to [`Practice`].
#[derive(Debug, Clone)]
pub struct PracticeView {
    /// Step, from 1.
    pub step: usize,
    /// How many there are; none for who reads no chart.
    pub of: usize,
    /// What is asked; `None` once all is done.
    pub scene: Option<&'static Scene>,
    /// Why what they chose was right, or was not.
    pub why: Option<(bool, Words)>,
}

impl PracticeView {
    /// Where a role is that chose something at a step: at the next one when it was right.
    #[must_use]
    pub fn of(role: Role, step: usize, chose: usize) -> Self {
        let steps = steps(role);
        let at = step.clamp(1, steps.len().max(1));
        let asked = steps.get(at - 1).filter(|_| chose > 0);
        let why = asked.map(|scene| (scene.is_right(chose), scene.why()));
        let step = at + usize::from(why.as_ref().is_some_and(|(is_right, _)| *is_right));
        Self { step, of: steps.len(), scene: steps.get(step - 1).copied(), why }
    }
}

/// Act: somebody chose. The last right choice is kept with their account.
#[derive(Debug, Clone, Copy)]
pub struct Choose {
    /// Step, from 1.
    pub step: usize,
    /// What they chose there, from 1.
    pub chose: usize,
}

impl Sealed for Practice {}
impl Look for Practice {
    type View = PracticeView;
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        CODE.to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PracticeView>, Refusal> {
        Ok(Seen::nobody(PracticeView::of(reading.context.actor.role, self.step, self.chose)))
    }
}

impl Sealed for Choose {}
impl Act for Choose {
    const PERMISSION: Permission = Permission::KeepOwnSignIn;
    fn object(&self) -> String {
        format!("{CODE}/{}", self.step)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (user, now) = (&reading.context.actor.id, reading.context.now);
        let steps = steps(reading.context.actor.role);
        let mut changes = Changes::default();
        let is_last = self.step == steps.len();
        let is_right = steps.last().is_some_and(|scene| scene.is_right(self.chose));
        // A seat of the demo has no account that could keep it.
        if is_last && is_right && reading.view.account(user)?.is_some() {
            let (code, version) = (CODE.to_owned(), VERSION.to_owned());
            changes.accounts.push(AccountChange::Acknowledged(user.clone(), code, version, now));
        }
        Ok((changes, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s089_a_wrong_choice_is_explained_and_asked_again_and_a_right_one_leads_on() {
        let at = |step, chose| PracticeView::of(Role::Dentist, step, chose);
        let begun = at(0, 0);
        assert_eq!((begun.step, begun.of, begun.why.is_none()), (1, 4, true));
        let wrong = at(1, 1);
        assert_eq!((wrong.step, wrong.why.map(|(is_right, _)| is_right)), (1, Some(false)));
        let right = at(1, 2);
        assert_eq!((right.step, right.scene.map(|scene| scene.code.as_str())), (2, Some("reason")));
        let done = at(4, 3);
        assert!(done.scene.is_none() && done.why.is_some_and(|(is_right, _)| is_right));
        let desk = PracticeView::of(Role::LaboratoryDesk, 1, 1);
        assert!(desk.scene.is_none() && desk.of == 0 && desk.why.is_none());
    }
}
