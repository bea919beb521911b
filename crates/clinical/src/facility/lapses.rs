//! When an access lapses, and how it comes back (GUARANTEES S-037, S-039; HAZARDS H80; FEATURES AC9).

use super::days;
use super::registers::Standing;
use crate::words::Words;
use fhir::Instant;

/// Days without use after which an access lapses (H80).
pub const UNUSED_DAYS: i64 = 90;
/// Days for which the confidentiality module holds (S-039: it renews yearly).
pub const MODULE_DAYS: i64 = 365;
/// Days before the end of the module on which its holder is told.
pub const WARNED_DAYS: [i64; 3] = [30, 14, 1];
/// Most accesses that end at once because registers leave people out, when that is more than [`GONE_PERCENT`] of those that
/// rest on the register: beyond it the file is doubted, not the people (ours).
pub const GONE_FEWEST: usize = 5;
/// See [`GONE_FEWEST`].
pub const GONE_PERCENT: usize = 10;

/// Why an access lapses. Codes are stored; never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lapse {
    /// The regulator's register says that the licence is not in force.
    Licence,
    /// The staff register says that the employment ended.
    Employment,
    /// Nobody used it for [`UNUSED_DAYS`].
    Unused,
    /// The confidentiality module is older than [`MODULE_DAYS`].
    Module,
    /// The manager did not say in the quarterly look that it is still needed.
    NotConfirmed,
    /// The manager said that it is not needed any more.
    NotNeeded,
}

impl Lapse {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Licence, Self::Employment, Self::Unused, Self::Module, Self::NotConfirmed, Self::NotNeeded];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Employment => "employment",
            Self::Unused => "unused",
            Self::Module => "module",
            Self::NotConfirmed => "not-confirmed",
            Self::NotNeeded => "not-needed",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lapse| lapse.code() == code)
    }

    /// Why the access is suspended, for its holder.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Licence => (
                "Your regulator's register does not show your licence as in force.",
                "Le registre de votre ordre n'indique pas que votre permis est en vigueur.",
            ),
            Self::Employment => (
                "The staff register shows that your employment has ended.",
                "Le registre du personnel indique que votre emploi a pris fin.",
            ),
            Self::Unused => {
                ("You have not signed in for 90 days.", "Vous n'avez pas ouvert de session depuis 90 jours.")
            }
            Self::Module => (
                "You took the confidentiality module more than a year ago.",
                "Vous avez suivi le module de confidentialité il y a plus d'un an.",
            ),
            Self::NotConfirmed => (
                "Nobody confirmed in the quarterly review that you still need access.",
                "Personne n'a confirmé, à la révision trimestrielle, que vous avez encore besoin de l'accès.",
            ),
            Self::NotNeeded => (
                "Your manager said that you no longer need access.",
                "Votre gestionnaire a indiqué que vous n'avez plus besoin de l'accès.",
            ),
        };
        Words::new(en, fr)
    }

    /// What brings the access back.
    #[must_use]
    pub fn way_back(self) -> Words {
        let (en, fr) = match self {
            Self::Licence => (
                "When the register shows it again, access comes back by itself. If the register is wrong, call your regulator.",
                "Dès que le registre l'indique de nouveau, l'accès revient de lui-même. Si le registre se trompe, appelez votre ordre.",
            ),
            Self::Employment => (
                "If that is wrong, your manager has it corrected; access then comes back by itself.",
                "Si c'est une erreur, votre gestionnaire la fait corriger; l'accès revient alors de lui-même.",
            ),
            Self::Unused => (
                "Ask the access coordinator to open it again; they check who you are.",
                "Demandez au coordonnateur des accès de le rouvrir; il vérifie qui vous êtes.",
            ),
            Self::Module => (
                "Take the module again; it takes two minutes, and access comes back at once.",
                "Refaites le module; il prend deux minutes, et l'accès revient aussitôt.",
            ),
            Self::NotConfirmed | Self::NotNeeded => (
                "If you still need it, ask your manager to confirm it; access then comes back at once.",
                "Si vous en avez encore besoin, demandez à votre gestionnaire de le confirmer; l'accès revient aussitôt.",
            ),
        };
        Words::new(en, fr)
    }

    /// Whether what is known lifts it without anybody's decision, once [`lapses`] finds it no more. A register that says
    /// nothing lifts nothing; after a long silence somebody looks who it is before it opens again.
    #[must_use]
    pub fn is_lifted_by(self, facts: &Facts) -> bool {
        let holds = |standing: &Option<Standing>| standing.as_ref().is_some_and(Standing::holds);
        match self {
            Self::Licence => holds(&facts.licence),
            Self::Employment => holds(&facts.employment),
            Self::Module => facts.module.is_some(),
            Self::Unused | Self::NotConfirmed | Self::NotNeeded => false,
        }
    }
}

/// What is known of one access at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// What the regulator's register says; `None` where no register answers for them.
    pub licence: Option<Standing>,
    /// What the staff register says; `None` for whom no facility employs.
    pub employment: Option<Standing>,
    /// When it was last used, or opened when it never was.
    pub used: Instant,
    /// When the confidentiality module was taken; `None` where it is not asked for.
    pub module: Option<Instant>,
}

const DAY_MINUTES: i64 = 24 * 60;

/// Why an access lapses at `now`: every reason, gravest first.
#[must_use]
pub fn lapses(facts: &Facts, now: Instant) -> Vec<Lapse> {
    let fails = |standing: &Option<Standing>| standing.as_ref().is_some_and(|standing| !standing.holds());
    let older = |at: Instant, days: i64| at.plus_minutes(days * DAY_MINUTES) <= now;
    let mut found = Vec::new();
    if fails(&facts.licence) {
        found.push(Lapse::Licence);
    }
    if fails(&facts.employment) {
        found.push(Lapse::Employment);
    }
    if older(facts.used, UNUSED_DAYS) {
        found.push(Lapse::Unused);
    }
    if facts.module.is_some_and(|module| older(module, MODULE_DAYS)) {
        found.push(Lapse::Module);
    }
    found
}

/// The warning about the module that is due: so many days are left at most. `None` before the first and after the end.
#[must_use]
pub fn warning(module: Instant, now: Instant) -> Option<i64> {
    let end = module.plus_minutes(MODULE_DAYS * DAY_MINUTES);
    if now >= end {
        return None;
    }
    WARNED_DAYS.into_iter().rev().find(|days| end.plus_minutes(-days * DAY_MINUTES) <= now)
}

/// The last day of the module, as people read it.
#[must_use]
pub fn module_ends(module: Instant) -> String {
    days::of(module.plus_minutes(MODULE_DAYS * DAY_MINUTES)).map(|day| day.to_string()).unwrap_or_default()
}

/// Whether so many people whom a register no longer holds, of so many, is more than it may lose in a round: the file is
/// doubted then, and a person looks before anybody is shut out.
#[must_use]
pub fn file_is_doubtful(gone: usize, resting: usize) -> bool {
    gone > GONE_FEWEST && gone * 100 > resting * GONE_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_795_435_200_000_000);

    fn ago(days: i64) -> Instant {
        NOW.plus_minutes(-days * DAY_MINUTES)
    }

    #[test]
    fn h80_each_ground_suspends_by_itself_and_says_how_access_comes_back() {
        let fine = Facts {
            licence: Some(Standing::Holds(None)),
            employment: Some(Standing::Holds(None)),
            used: ago(89),
            module: Some(ago(364)),
        };
        assert!(lapses(&fine, NOW).is_empty());
        for (facts, lapse) in [
            (Facts { licence: Some(Standing::Ended(None)), ..fine.clone() }, Lapse::Licence),
            (Facts { licence: Some(Standing::Missing), ..fine.clone() }, Lapse::Licence),
            (Facts { licence: Some(Standing::AnotherName), ..fine.clone() }, Lapse::Licence),
            (Facts { employment: Some(Standing::Ended(None)), ..fine.clone() }, Lapse::Employment),
            (Facts { used: ago(90), ..fine.clone() }, Lapse::Unused),
            (Facts { module: Some(ago(365)), ..fine.clone() }, Lapse::Module),
        ] {
            assert_eq!(lapses(&facts, NOW), [lapse]);
        }
        assert!(lapses(&Facts { employment: None, module: None, ..fine }, NOW).is_empty(), "not asked for");
        for lapse in Lapse::ALL {
            assert_eq!(Lapse::from_code(lapse.code()), Some(lapse));
            for words in [lapse.words(), lapse.way_back()] {
                assert!(!words.en.is_empty() && !words.fr.is_empty() && words.en != words.fr);
            }
        }
    }

    #[test]
    fn s039_the_end_of_the_module_is_told_at_30_14_and_1_days() {
        let due = |left: i64| warning(ago(MODULE_DAYS - left), NOW);
        let told: Vec<Option<i64>> = [31, 30, 15, 14, 2, 1, 0, -1].map(due).into();
        assert_eq!(told, [None, Some(30), Some(30), Some(14), Some(14), Some(1), None, None]);
    }

    #[test]
    fn h80_a_register_that_says_nothing_lifts_nothing() {
        let silent = Facts::default();
        let back = Facts {
            licence: Some(Standing::Holds(None)),
            employment: Some(Standing::Holds(None)),
            module: Some(NOW),
            ..Facts::default()
        };
        for lapse in Lapse::ALL {
            assert!(!lapse.is_lifted_by(&silent), "{}", lapse.code());
            let lifts_itself = matches!(lapse, Lapse::Licence | Lapse::Employment | Lapse::Module);
            assert_eq!(lapse.is_lifted_by(&back), lifts_itself, "{}", lapse.code());
        }
    }

    #[test]
    fn a_register_that_lost_half_its_people_is_doubted() {
        assert!(!file_is_doubtful(5, 5), "few people may all leave");
        assert!(!file_is_doubtful(10, 100));
        assert!(file_is_doubtful(11, 100));
    }
}
