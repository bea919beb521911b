//! What was found damaged on the disk is somebody's: a list of what is owed or to be sent goes on without a damaged row, so
//! that nobody else waits for it, and an incident says that it is missing there.

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;

impl Record {
    /// Makes an incident of each row that was read since the start and is not what was written; the same however often.
    /// Returns how many there are.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn own_damage(&self, now: Instant) -> Result<usize, Refusal> {
        let found: Vec<Found> = self.store().damaged().iter().map(|what| found(what)).collect();
        self.hold_incidents(&self.store().view()?, Sort::Damage, &found, now)?;
        Ok(found.len())
    }
}

fn found(what: &str) -> Found {
    Found {
        subject: what.to_owned(),
        what: Words::new(
            format!(
                "Copy the data folder, then restore a backup and replay what came since: {what} is damaged."
            ),
            format!(
                "Copier le dossier de données, puis restaurer une sauvegarde et rejouer la suite : « {what} » est endommagé."
            ),
        ),
        because: Words::new(
            format!(
                "{what} is not what was written: its checksum does not match. It is neither shown nor sent."
            ),
            format!(
                "« {what} » n'est pas ce qui a été écrit : sa somme de contrôle ne concorde pas. Rien n'en est montré ni envoyé."
            ),
        ),
    }
}
