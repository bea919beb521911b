//! One chart at a time: what a form that was made for one person says when another person's chart was opened since
//! (HAZARDS H10).

use crate::chart;
use crate::patients::Banner;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use fhir::PersonId;

/// Look: who the two people are, so that the page can name both.
#[derive(Debug, Clone, Copy)]
pub struct Switched {
    /// Whom the form was made for.
    pub asked: PersonId,
    /// Whose chart was opened since.
    pub open: PersonId,
}

/// Answer to [`Switched`].
#[derive(Debug, Clone)]
pub struct SwitchedView {
    /// Whom the form was made for.
    pub asked: Banner,
    /// Whose chart was opened since.
    pub open: Banner,
}

impl Sealed for Switched {}
impl Look for Switched {
    type View = SwitchedView;
    const PERMISSION: Permission = Permission::FindPatient;
    fn object(&self) -> String {
        "switched".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<SwitchedView>, Refusal> {
        let (asked, open) = (chart::gather(reading, self.asked)?, chart::gather(reading, self.open)?);
        let view = SwitchedView { asked: asked.head(reading)?, open: open.head(reading)? };
        Ok(Seen { view, people: vec![asked.person, open.person] })
    }
}
