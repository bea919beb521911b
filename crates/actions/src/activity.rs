//! The activity log: its signed checkpoints, and what it offers witnesses. Rows are written by every act and look; nothing
//! here reads who did what.

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;
use store::activity::{Frontier, Offer, Verifier, consistency, offer_text};
use store::{ActivityChange, Changes, CheckpointRow, Settled, View};

/// Seconds from one look at the log to the next: with the round that is late and the commit, two checkpoints of a log that
/// grows are under 60 seconds apart (HAZARDS 3.1, transparency logs).
pub const SIGN_EVERY_SECONDS: i64 = 30;

impl Record {
    /// Sign a checkpoint when the log has grown since the last. Returns how many were signed. A log that does not continue
    /// the last checkpoint is not signed: an incident is opened.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn sign_checkpoint(&self, now: Instant) -> Result<usize, Refusal> {
        let Some(signer) = self.signer() else { return Ok(0) };
        let view = self.store().view()?;
        let size = view.log_size()?;
        let last = view.last_checkpoint()?;
        let found = match &last {
            Some(last) => discontinued(&view, &signer.verifier(), last, size)?,
            None => Vec::new(),
        };
        self.hold_incidents(&view, Sort::ActivityLog, &found, now)?;
        if !found.is_empty() || size == last.map_or(0, |last| last.size) {
            return Ok(0);
        }
        let root = Frontier::read(&view, size)?.root();
        drop(view);
        let checkpoint = CheckpointRow { size, at: now, note: signer.sign(size, root) };
        let activity = vec![ActivityChange::Checkpoint(checkpoint)];
        match self.store().settle_blocking(Changes { activity, ..Changes::default() }) {
            Settled::Done => Ok(1),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// What a witness that keeps a checkpoint of `old` rows is offered: the last checkpoint, and the proof that it
    /// continues that one. `None` while nothing is signed. Hashes only: it says nothing of anybody.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn checkpoint_offer(&self, old: u64) -> Result<Option<String>, Refusal> {
        let view = self.store().view()?;
        let Some(last) = view.last_checkpoint()? else { return Ok(None) };
        let proof = consistency(&view, old, last.size)?;
        Ok(Some(offer_text(&Offer { old, proof, note: last.note })))
    }
}

/// What is wrong when a log of `size` rows does not begin with those of its last checkpoint.
fn discontinued(
    view: &View,
    verifier: &Verifier,
    last: &CheckpointRow,
    size: u64,
) -> Result<Vec<Found>, Refusal> {
    let (en, fr) = match verifier.check(&last.note) {
        Err(_) => (
            "The key of this data folder did not sign the last checkpoint.",
            "La clé de ce dossier de données n’a pas signé le dernier point de contrôle.",
        ),
        Ok(_) if size < last.size => {
            ("Rows were taken out at the end.", "Des lignes ont été retirées à la fin.")
        }
        Ok(kept) if kept.size == last.size && Frontier::read(view, last.size)?.root() == kept.root => {
            return Ok(Vec::new());
        }
        Ok(_) => {
            ("The rows are not those that were signed.", "Les lignes ne sont pas celles qui ont été signées.")
        }
    };
    Ok(vec![Found {
        subject: "activity log".to_owned(),
        what: Words::new(
            "Keep the data folder as it is, run opor audit verify, and call the privacy officer.",
            "Garder le dossier de données tel quel, lancer opor audit verify et appeler le responsable de la vie privée.",
        ),
        because: Words::new(
            format!("{en} No checkpoint is signed until the log continues the last one."),
            format!(
                "{fr} Aucun point de contrôle n’est signé tant que le journal ne poursuit pas le dernier."
            ),
        ),
    }])
}

/// Looks through another process that are put into the log with one change.
const BESIDE_AT_ONCE: usize = 500;

impl Record {
    /// Puts into the log what was looked at through a process that stands by. How many.
    pub(crate) fn log_looks_beside(&self) -> Result<usize, Refusal> {
        let waiting = self.store().view()?.looked_beside(BESIDE_AT_ONCE)?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let (looked_beside, audit): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let count = audit.len();
        match self.store().settle_blocking(store::Changes {
            audit,
            looked_beside,
            ..store::Changes::default()
        }) {
            store::Settled::Done => Ok(count),
            other => Err(Refusal::try_again(&other)),
        }
    }
}
