//! What waits for whoever came from an EMR until they are signed in: the patient, and who the EMR says that they are.

use super::{Named, TICKET_MINUTES, unusable};
use crate::accounts::openid::Proved;
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::LaunchRow;

/// What a launch said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The patient, once for each number; never empty.
    pub(super) patient: Vec<Named>,
    /// The EMR, as people know it; nothing of a ticket, whose endpoint the directory knows.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// Who its user is there, when no account here is tied to them.
    #[serde(default)]
    stranger: Option<Stranger>,
}

/// Somebody whom an EMR vouches for and whom no account here is tied to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    issuer: String,
    subject: String,
    evidence: String,
    /// Who they are in the EMR, for their own eyes: `Practitioner/7`, else the subject.
    pub known_as: String,
}

impl Stranger {
    /// Somebody who was proved.
    #[must_use]
    pub fn new(proved: Proved, fhir_user: Option<String>) -> Self {
        let known_as = fhir_user.unwrap_or_else(|| proved.subject.clone());
        Self { issuer: proved.issuer, subject: proved.subject, evidence: proved.evidence, known_as }
    }

    /// As it was proved.
    #[must_use]
    pub fn proved(&self) -> Proved {
        Proved { issuer: self.issuer.clone(), subject: self.subject.clone(), evidence: self.evidence.clone() }
    }
}

/// What an EMR brought by SMART App Launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Its id in the settings.
    pub emr: String,
    /// As people know it.
    pub name: String,
    /// The patient, once for each number.
    pub patient: Vec<Named>,
    /// Its user, when no account is tied to them.
    pub stranger: Option<Stranger>,
}

impl Waiting {
    pub(super) fn of_ticket(patient: Named) -> Self {
        Self { patient: vec![patient], from: None, stranger: None }
    }
}

impl Record {
    /// Remembers what an EMR brought, for the browser whose secret has the hash `handle`.
    ///
    /// # Errors
    /// The store asks to try again.
    pub fn take_launch(&self, brought: Brought, handle: [u8; 32], now: Instant) -> Result<(), Refusal> {
        let object = format!("smart/{}", brought.emr);
        let waiting =
            Waiting { patient: brought.patient, from: Some(brought.name), stranger: brought.stranger };
        let row = LaunchRow {
            // The way back that brought it was taken once already; a secret is used for one launch.
            ticket: Sha256::new().chain_update(b"smart").chain_update(handle).finalize().to_vec(),
            handle: handle.to_vec(),
            endpoint: brought.emr,
            claims: serde_json::to_string(&waiting).map_err(|_| unusable())?,
            at: now,
            expires: now.plus_minutes(TICKET_MINUTES),
        };
        self.remember(row, &object)
    }

    /// The EMR that a browser came from and its user there, while no account is tied to them and the patient waits.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn stranger_of_launch(
        &self,
        handle: [u8; 32],
        now: Instant,
    ) -> Result<Option<(String, Stranger)>, Refusal> {
        let found = self.store().view()?.launch(&handle, now)?;
        let waiting = found.and_then(|(_, claims)| serde_json::from_str::<Waiting>(&claims).ok());
        Ok(waiting.and_then(|waiting| Some((waiting.from?, waiting.stranger?))))
    }
}
