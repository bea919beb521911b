//! A veil over what a view shows: every read of resources goes through it, so that what is out of a reader's reach is
//! neither found, counted, listed nor read by its number (HAZARDS H71). What it hides is said by whoever lays it; here it
//! only holds.

use super::View;
use super::resources::Standing;
use crate::problem::ReadProblem;
use crate::rows::StoredVersion;
use fhir::search::r4::{names_only, patients_in};
use fhir::{Json, Kind, RecordId};
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

    /// Whether a version may be seen: by what is withheld of whom it stands with, and of everybody it names.
    pub(crate) fn shows(&self, stored: &StoredVersion) -> Result<bool, ReadProblem> {
        if self.veil.judge.is_none() || self.veil.lifted.get() > 0 {
            return Ok(true);
        }
        if self.hides(stored.key.record)?.is_some_and(|hides| hidden(&hides, stored)) {
            return Ok(false);
        }
        // A message is about one patient, at whose record it is filed.
        if stored.message.is_some() || stored.key.kind == Kind::Patient {
            return Ok(true);
        }
        if !stored.body.is_empty() {
            return self.shows_of_all_named(stored);
        }
        // That something was taken away is told to whoever could see it.
        match self.last_said_before(stored)? {
            Some(former) => self.shows_of_all_named(&former),
            None => Ok(true),
        }
    }

    fn shows_of_all_named(&self, stored: &StoredVersion) -> Result<bool, ReadProblem> {
        // What stands at the record of the only patient it names is told by that record.
        if names_only(stored.key.kind, &stored.body, stored.key.record) {
            return Ok(true);
        }
        let Ok(Json::Object(resource)) = fhir::json::parse(&stored.body) else { return Ok(false) };
        for record in patients_in(stored.key.kind, &resource) {
            if self.hides(record)?.is_some_and(|hides| hidden(&hides, stored)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The version that a deletion took away.
    fn last_said_before(&self, gone: &StoredVersion) -> Result<Option<StoredVersion>, ReadProblem> {
        for number in self.former_numbers(gone.key)?.into_iter().rev() {
            let former = self.stored(number, Standing { version: 0, latest: 0 })?;
            if former.version < gone.version && !former.body.is_empty() {
                return Ok(Some(former));
            }
        }
        Ok(None)
    }
}

/// What nobody can say is hidden.
pub(crate) fn hidden(hides: &Hides, stored: &StoredVersion) -> bool {
    hides(stored.key.kind, Some(&stored.body)).unwrap_or(true)
}
