//! What is watched: each with its code, its name and the section of the runbook that says what to do.

use clinical::words::Words;
use serde::{Deserialize, Serialize};

/// One thing that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Whether the record can be read at all.
    Record,
    /// Which process writes.
    Writer,
    /// Whether everything accepted is accounted for.
    Books,
    /// What the record found about itself: each of its sorts has a section of its own.
    Incident,
    /// Feeds that the breaker stopped.
    Breaker,
    /// Feeds that somebody paused.
    Pause,
    /// Messages that wait to be filed.
    Filing,
    /// Deliveries that wait to be made.
    Delivery,
    /// Whether what is not done in time goes to the next owner.
    Overdue,
    /// Work in the background.
    Background,
    /// Room on the disk.
    Disk,
    /// The clock of the machine.
    Clock,
    /// Backups that were read again.
    Backup,
    /// Backups that were tried by restoring them.
    Drill,
    /// Downtime copies.
    Copies,
    /// When certificates end.
    Certificates,
    /// Checkpoints of the activity log.
    Checkpoint,
    /// Witnesses of the activity log.
    Witness,
    /// The calendar of who is on call.
    Cover,
    /// Calls to people.
    Paging,
    /// Where the record is, and how large.
    Database,
    /// The program: version, since when.
    Process,
}

use Kind::{
    Background, Backup, Books, Breaker, Certificates, Checkpoint, Clock, Copies, Cover, Database, Delivery,
    Disk, Drill, Filing, Incident, Overdue, Paging, Pause, Process, Record, Witness, Writer,
};

/// Code, section of the runbook, name in English and French.
const KINDS: &[(Kind, &str, &str, &str, &str)] = &[
    (Record, "record", "record", "The record cannot be read", "Le dossier ne peut être lu"),
    (Writer, "writer", "writer", "Who writes", "Qui écrit"),
    (Books, "books", "books", "Books", "Comptes"),
    (Incident, "incident", "incident", "Incidents", "Incidents"),
    (Breaker, "breaker", "breaker", "Feeds stopped by the breaker", "Flux arrêtés par le disjoncteur"),
    (Pause, "pause", "pause", "Feeds paused by hand", "Flux suspendus à la main"),
    (Filing, "filing", "filing", "Messages to be filed", "Messages à verser"),
    (Delivery, "delivery", "delivery", "Deliveries under way", "Remises en cours"),
    (Overdue, "overdue", "overdue", "Work that goes to its next owner", "Travail qui passe au suivant"),
    (Background, "background", "background", "Background work", "Travail de fond"),
    (Disk, "disk", "disk", "Room on the disk", "Place sur le disque"),
    (Clock, "clock", "clock", "Clock of the machine", "Horloge de la machine"),
    (Backup, "backup", "backup", "Last backup", "Dernière sauvegarde"),
    (Drill, "drill", "drill", "Last backup restored for a trial", "Dernière sauvegarde restaurée pour essai"),
    (Copies, "copies", "downtime-pack", "Downtime copies", "Copies pour les pannes"),
    (Certificates, "certificates", "certificate-ends", "Certificates", "Certificats"),
    (Checkpoint, "checkpoint", "log-checkpoint", "Activity log signed", "Journal d’activité signé"),
    (Witness, "witness", "witness", "Witness of the activity log", "Témoin du journal d’activité"),
    (Cover, "cover", "cover", "On-call calendar", "Calendrier de garde"),
    (Paging, "paging", "paging", "Calls to people", "Appels aux personnes"),
    (Database, "database", "database", "Database", "Base de données"),
    (Process, "process", "process", "Program", "Programme"),
];

impl Kind {
    /// All, in the order of their table.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|row| row.0)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static str, &'static str, &'static str)> {
        KINDS.iter().find(|row| row.0 == self)
    }

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().map_or("", |row| row.1)
    }

    /// Code of its section of the runbook.
    #[must_use]
    pub fn runbook(self) -> &'static str {
        self.row().map_or("", |row| row.2)
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        self.row().map_or_else(Words::default, |row| Words::new(row.3, row.4))
    }
}
