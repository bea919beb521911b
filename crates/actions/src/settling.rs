//! Prepare, settle, and again when something changed meanwhile: the same for whatever is done.

use crate::directory::Snapshot;
use crate::record::Record;
use crate::refusal::Refusal;
use store::{Changes, Settled};

/// How often one thing is prepared anew when what it relied on changed meanwhile.
const PREPARATIONS: usize = 8;

impl Record {
    /// Prepares against what stands and settles it; prepares anew when something it relied on changed meanwhile, by the
    /// directory as it is then. What needs no writing is done at once. `None` when it kept changing: the caller says in
    /// its own words what to do then.
    ///
    /// The directory is handed over as it was before the record is read: whoever routes by it requires that it still
    /// stands, so that nobody is sent anything by facts that have changed.
    ///
    /// # Errors
    /// What `prepare` refuses; the store asks to try again, which means *unknown*.
    pub(crate) fn settle_anew<T>(
        &self,
        mut prepare: impl FnMut(&Snapshot) -> Result<(Option<Changes>, T), Refusal>,
    ) -> Result<Option<T>, Refusal> {
        for _ in 0..PREPARATIONS {
            let (changes, made) = prepare(&self.snapshot())?;
            let Some(changes) = changes else { return Ok(Some(made)) };
            let is_directory = !changes.directory.is_empty();
            match self.store().settle_blocking(changes) {
                Settled::Done => {
                    if is_directory {
                        self.refresh_directory();
                    }
                    return Ok(Some(made));
                }
                Settled::Stale(_) => self.refresh_directory(),
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Ok(None)
    }
}
