//! Who a person's primary care provider is must be settled: somebody says that a line is wrong, a withdrawn one was stated
//! again, or nobody is left.

use super::{Obligation, ObligationKind, of_desk};
use crate::directory::Withdrawn;
use crate::words::Words;
use fhir::Instant;

/// What is not settled about a practitioner as somebody's primary care provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Somebody of their practice says that it is wrong.
    Wrong {
        /// Who says so.
        by: String,
        /// Why, in their words.
        why: String,
    },
    /// A feed or a list states it again after it was withdrawn.
    StatedAgain {
        /// The feed or the list.
        source: String,
        /// What was withdrawn.
        withdrawn: Withdrawn,
    },
    /// It was withdrawn, and nobody else is stated or on file.
    NobodyLeft(Withdrawn),
}

impl Unsettled {
    /// Stable word, in keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Wrong { .. } => "wrong",
            Self::StatedAgain { .. } => "stated-again",
            Self::NobodyLeft(_) => "nobody-left",
        }
    }

    fn because(&self, name: &str) -> Words {
        match self {
            Self::Wrong { by, why } => Words::new(
                format!(
                    "{by} says that {name} is not the primary care provider: \u{201c}{why}\u{201d}. Withdraw it, or close this with why it stays."
                ),
                format!(
                    "{by} dit que {name} n'est pas le fournisseur de soins primaires : «\u{a0}{why}\u{a0}». Retirez-le, ou fermez ceci en disant pourquoi il reste."
                ),
            ),
            Self::StatedAgain { source, withdrawn } => {
                let said = withdrawn.said();
                Words::new(
                    format!(
                        "{source} states it again, and it is not used: {}. Take the withdrawal back, or close this with why it stays.",
                        said.en
                    ),
                    format!(
                        "{source} le déclare de nouveau, et il n'est pas utilisé : {}. Annulez le retrait, ou fermez ceci en disant pourquoi il reste.",
                        said.fr
                    ),
                )
            }
            Self::NobodyLeft(withdrawn) => {
                let said = withdrawn.said();
                Words::new(
                    format!("Nobody is left: {}. Find out who must have their news.", said.en),
                    format!("Personne ne reste : {}. Établissez qui doit avoir les nouvelles.", said.fr),
                )
            }
        }
    }
}

/// The desk settles it; `name` and `id` are the practitioner's.
#[must_use]
pub fn primary_provider(name: &str, id: &str, what: &Unsettled, now: Instant) -> Obligation {
    let asks = Words::new(
        "Settle who the primary care provider is.",
        "Établir qui est le fournisseur de soins primaires.",
    );
    of_desk(ObligationKind::PrimaryProvider, asks, what.because(name), now).for_whom(name, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s052_whatever_is_unsettled_has_an_owner_a_clock_and_says_what_to_do() {
        let withdrawn = Withdrawn {
            practitioner: "p-hill".into(),
            name: "Hill, Ana".into(),
            on: "2026-11-22".into(),
            by: "Marram, Jo".into(),
            why: "Never seen her.".into(),
        };
        for what in [
            Unsettled::Wrong { by: "Hill, Ana".into(), why: "Never seen her".into() },
            Unsettled::StatedAgain { source: "ADT@HRH".into(), withdrawn: withdrawn.clone() },
            Unsettled::NobodyLeft(withdrawn),
        ] {
            let made = primary_provider("Hill, Ana", "p-hill", &what, Instant(0));
            assert_eq!(made.owner().to_string(), "desk:delivery");
            assert!(made.clock().due > Instant(0) && made.clock().then.is_human());
            assert!(made.because().en.contains("Never seen her\u{201d}"), "{}", made.because().en);
            assert_ne!(made.because().en, made.because().fr);
        }
    }
}
