//! A veil over what a view shows: every read of resources goes through it, so that what is out of a reader's reach is
//! neither found, counted, listed nor read by its number (HAZARDS H71). What it hides is said by whoever lays it; here it
//! only holds.

use super::View;
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use fhir::{Kind, RecordId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Whether a version of a resource is out of reach, by its kind and its bytes; without bytes, `None` when the kind alone
/// does not say it.
pub type Hides = Rc<dyn Fn(Kind, Option<&[u8]>) -> Option<bool>>;
/// What of a source record is out of reach; nothing is hidden where it gives none. It reads with the veil lifted.
pub type Judge = Box<dyn Fn(&View, RecordId) -> Result<Option<Hides>, ReadProblem>>;

/// A veil as a view keeps it.
#[derive(Default)]
pub(crate) struct Veil {
    judge: Option<Judge>,
    lifted: Cell<u32>,
    known: RefCell<HashMap<RecordId, Option<Hides>>>,
}

impl View {
    /// The same view with a veil over it, from now on.
    #[must_use]
    pub fn veiled(mut self, judge: Judge) -> Self {
        self.veil = Veil { judge: Some(judge), ..Veil::default() };
        self
    }

    /// Reads beneath the veil, for a decision and never for what is shown.
    pub fn beneath<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        self.veil.lifted.set(self.veil.lifted.get() + 1);
        let found = read(self);
        self.veil.lifted.set(self.veil.lifted.get() - 1);
        found
    }

    /// What is hidden of a record; `None` when nothing is.
    pub(crate) fn hides(&self, record: RecordId) -> Result<Option<Hides>, ReadProblem> {
        let Some(judge) = &self.veil.judge else { return Ok(None) };
        if self.veil.lifted.get() > 0 {
            return Ok(None);
        }
        if let Some(known) = self.veil.known.borrow().get(&record) {
            return Ok(known.clone());
        }
        let said = self.beneath(|view| judge(view, record))?;
        self.veil.known.borrow_mut().insert(record, said.clone());
        Ok(said)
    }

    /// Whether a version may be seen.
    pub(crate) fn shows(&self, stored: &StoredVersion) -> Result<bool, ReadProblem> {
        Ok(self.hides(stored.key.record)?.is_none_or(|hides| !hidden(&hides, stored)))
    }
}

/// What nobody can say is hidden.
pub(crate) fn hidden(hides: &Hides, stored: &StoredVersion) -> bool {
    hides(stored.key.kind, Some(&stored.body)).unwrap_or(true)
}
