//! Certificates of our lines. New files come into use with the next connection; files that cannot be used leave the
//! former ones in use, and that is told, because the next start would fail by them.

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::Instant;

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Its path, as the settings say it.
    pub path: String,
    /// What was said about it.
    pub why: String,
}

impl Record {
    /// The files were looked at. While one cannot be used, an incident is open.
    ///
    /// # Errors
    /// When it could not be written; it is tried again the next time.
    pub fn certificates_are(&self, unusable: Option<&Unusable>, now: Instant) -> Result<(), Refusal> {
        let found = unusable.map(|Unusable { path, why }| Found {
            subject: path.clone(),
            what: Words::new(
                "Put a certificate and a key that belong together in place. Do not restart before.",
                "Mettre en place un certificat et une clé qui vont ensemble. Ne pas redémarrer avant.",
            ),
            because: Words::new(
                format!("{path} cannot be used: {why}. The former certificate stays in use."),
                format!("{path} ne peut pas servir : {why}. L'ancien certificat reste en service."),
            ),
        });
        self.hold_incidents(&self.store().view()?, Sort::Certificate, found.as_slice(), now)?;
        Ok(())
    }
}
