//! A practice copy: the program with a live record's configuration and people who are all invented (HAZARDS H68,
//! GUARANTEES S-089). A record becomes one at its start and is one for as long as it runs; every screen, page and mail says
//! so, and what it delivers stays in its own data folder.

use crate::deliveries::Destination;
use crate::record::Record;
use clinical::directory::EndpointKind;
use clinical::words::Words;
use fhir::Instant;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// Said in both languages where one line must do: on paper, in headers of mails.
pub const MARK_IN_BOTH: &str = "Practice, nobody here is real / Exercice, aucune personne réelle ici";

/// The mark, for whoever reads in one language.
#[must_use]
pub fn mark() -> Words {
    Words::new("Practice, nobody here is real", "Exercice, aucune personne réelle ici")
}

/// How a practice copy compares with the live record that it is like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parity {
    /// When it was compared last; `None` before the first time.
    pub looked: Option<Instant>,
    /// Version of this program.
    pub version: String,
    /// SHA-256 over the configuration that live and copy share, hexadecimal, the first digits.
    pub fingerprint: String,
    /// What differs that should not; empty when they are alike.
    pub unlike: Vec<Unlike>,
    /// Why live could not be read; what stands above is then as of the last time.
    pub unread: Option<String>,
}

/// A part of the configuration that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlike {
    /// Which part.
    pub part: Words,
    /// What of it, by its name in the configuration: no person, no secret.
    pub what: Vec<String>,
    /// Since when this has been seen.
    pub since: Instant,
}

impl Parity {
    /// Whether the copy is as live is, as far as could be read.
    #[must_use]
    pub fn is_alike(&self) -> bool {
        self.looked.is_some() && self.unlike.is_empty() && self.unread.is_none()
    }

    /// Since when something has differed.
    #[must_use]
    pub fn unlike_since(&self) -> Option<Instant> {
        self.unlike.iter().map(|one| one.since).min()
    }
}

/// What always differs between a practice copy and the record that it is like; the page and `opor practice --check` say it.
#[must_use]
pub fn always_differs() -> Vec<Words> {
    [
        (
            "People and their records are made up; no row about a patient is read from live.",
            "Les personnes et leurs dossiers sont inventés; aucune ligne sur un patient n'est lue du réel.",
        ),
        (
            "Practitioners of live have invented names and numbers; places, roles, dates and ways are as in live.",
            "Les praticiens du réel portent des noms et des numéros inventés; lieux, rôles, dates et voies sont comme dans le réel.",
        ),
        (
            "A few invented places, practitioners, senders and their agreed files are added, so that something happens.",
            "Quelques lieux, praticiens, expéditeurs et leurs fichiers convenus, tous inventés, sont ajoutés pour qu'il se passe quelque chose.",
        ),
        (
            "Telephone numbers, addresses of contacts, managers, the calendar of who is on call, licences and accounts are invented or left out.",
            "Numéros de téléphone, adresses de contact, gestionnaires, calendrier de garde, permis et comptes sont inventés ou omis.",
        ),
        (
            "Keys, certificates, passphrases and secrets are not copied.",
            "Clés, certificats, phrases secrètes et secrets ne sont pas copiés.",
        ),
        (
            "Nothing goes out: every line, mail, fax, file and call ends inside this program or its data folder.",
            "Rien ne sort : chaque ligne, courriel, télécopie, fichier et appel finit dans ce programme ou son dossier de données.",
        ),
        (
            "Downtime copies, the mailbox of forms and registers of other offices are not followed.",
            "Les copies de panne, la boîte des formulaires et les registres d'autres bureaux ne sont pas suivis.",
        ),
        ("A seat is taken without proof.", "On prend une place sans preuve d'identité."),
    ]
    .map(|(en, fr)| Words::new(en, fr))
    .to_vec()
}

/// That a record is a practice copy, where what it delivers stays, and how it compares with live.
#[derive(Debug)]
pub struct PracticeCopy {
    out: PathBuf,
    parity: RwLock<Arc<Parity>>,
}

impl PracticeCopy {
    /// How it compares with live.
    #[must_use]
    pub fn parity(&self) -> Arc<Parity> {
        Arc::clone(&self.parity.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same destination in the folder of this copy: whatever the directory says, also by a change of today. Lines need no
    /// other address, for they are connected to nobody.
    pub(crate) fn kept_here(&self, there: &Destination) -> Destination {
        let plain: String = there
            .id
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("-{b:02x}") })
            .collect();
        let folder = self.out.join(plain).display().to_string();
        let address = match there.kind {
            EndpointKind::FileDrop => folder,
            EndpointKind::Fax => format!("{}@{folder}", there.address.split('@').next().unwrap_or_default()),
            EndpointKind::Mllp
            | EndpointKind::Portal
            | EndpointKind::Fhir
            | EndpointKind::FhirSubscription
            | EndpointKind::Letter => there.address.clone(),
        };
        Destination { address, ..there.clone() }
    }
}

impl Record {
    /// From now on nobody in this record is real: it is marked, its pages on paper are, and files that go out stay in `out`.
    /// There is no way back.
    pub fn become_practice_copy(&self, out: PathBuf) {
        clinical::rendering::mark_every_page(MARK_IN_BOTH);
        self.held_practice_copy().get_or_init(|| PracticeCopy { out, parity: RwLock::default() });
    }

    /// What a practice copy is; `None` of every other record.
    #[must_use]
    pub fn practice_copy(&self) -> Option<&PracticeCopy> {
        self.held_practice_copy().get()
    }

    /// How a practice copy compares with live, as it was just seen.
    pub fn set_parity(&self, parity: Parity) {
        if let Some(copy) = self.practice_copy() {
            *copy.parity.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s157_files_that_go_out_stay_in_the_folder_of_the_copy_whatever_the_directory_says() {
        let copy = PracticeCopy { out: "/copy/out".into(), parity: RwLock::default() };
        let there = |kind, id: &str, address: &str| {
            let (id, address) = (id.to_owned(), address.to_owned());
            copy.kept_here(&Destination { id, kind, address, connections: 1, tls: None }).address
        };
        assert_eq!(there(EndpointKind::FileDrop, "emr", "/mnt/clinic"), "/copy/out/emr");
        assert_eq!(
            there(EndpointKind::FileDrop, "../../etc", "/mnt/clinic"),
            "/copy/out/-2e-2e-2f-2e-2e-2fetc"
        );
        assert_eq!(there(EndpointKind::Fax, "fax", "9025550100@/mnt/fax"), "9025550100@/copy/out/fax");
        assert_eq!(there(EndpointKind::Fax, "fax", "9025550100"), "9025550100@/copy/out/fax");
    }
}
