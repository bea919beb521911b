//! What kinds of data a feed brings, by the messages it sends: so that a page can say what is absent, and a record never
//! looks more complete than it is (FEATURES PP13).

use crate::words::Words;

/// A kind of data as people speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Admissions, discharges, transfers, and who somebody is.
    Visits,
    /// Laboratory results and imaging reports.
    Results,
    /// Letters, summaries, operation notes.
    Documents,
    /// What was prescribed, dispensed and given.
    Medication,
    /// What was asked for.
    Orders,
    /// Appointments.
    Appointments,
    /// Referrals and their answers.
    Referrals,
    /// Vaccinations.
    Vaccinations,
}

impl Content {
    /// All, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Visits,
        Self::Results,
        Self::Documents,
        Self::Medication,
        Self::Orders,
        Self::Appointments,
        Self::Referrals,
        Self::Vaccinations,
    ];

    /// What a type of message brings (MSH-9.1); `None` for those that bring nothing clinical.
    #[must_use]
    pub fn of(message_type: &str) -> Option<Self> {
        Some(match message_type.get(..3)? {
            "ADT" => Self::Visits,
            "ORU" | "OUL" => Self::Results,
            "MDM" => Self::Documents,
            "RDE" | "RDS" | "RAS" | "RGV" | "OMP" => Self::Medication,
            "ORM" | "OML" | "OMG" | "OMI" => Self::Orders,
            "SIU" => Self::Appointments,
            "REF" | "RRI" => Self::Referrals,
            "VXU" => Self::Vaccinations,
            _ => return None,
        })
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Visits => ("visits and stays", "visites et séjours"),
            Self::Results => ("results and imaging reports", "résultats et rapports d'imagerie"),
            Self::Documents => ("letters and summaries", "lettres et sommaires"),
            Self::Medication => ("medication", "médicaments"),
            Self::Orders => ("orders", "ordonnances d'examens"),
            Self::Appointments => ("appointments", "rendez-vous"),
            Self::Referrals => ("referrals", "demandes de consultation"),
            Self::Vaccinations => ("vaccinations", "vaccins"),
        };
        Words::new(en, fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_a_feed_brings() {
        assert_eq!(Content::of("ORU^R01^ORU_R01"), Some(Content::Results));
        assert_eq!(Content::of("ADT^A03"), Some(Content::Visits));
        assert_eq!(Content::of("ACK"), None);
        assert_eq!(Content::of(""), None);
        assert!(Content::ALL.iter().all(|kind| !kind.words().fr.is_empty()));
    }
}
