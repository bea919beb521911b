//! What a result, report or document says about its own finality, and which of two versions may stand.

use fhir::Instant;
use serde::{Deserialize, Serialize};

/// How final a version is, lowest first. The order is the status lattice (HAZARDS 2.3 no. 6):
/// a lower one never replaces a higher one, whatever the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Finality {
    /// Ordered, scheduled, registered: no result yet.
    Registered,
    /// Some results, or not yet verified.
    Preliminary,
    /// Verified and complete.
    Final,
    /// Changed after it was final: corrected, amended, appended.
    Corrected,
    /// Withdrawn: cancelled after the fact, wrong patient, deleted.
    Withdrawn,
}

impl Finality {
    /// All, lowest first.
    pub const ALL: [Self; 5] =
        [Self::Registered, Self::Preliminary, Self::Final, Self::Corrected, Self::Withdrawn];

    /// The stable database code; never reuse one.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
    /// From a database code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.code() == code)
    }
}

/// What decides between two versions of one resource. The order is the one by which versions supersede: finality
/// first (a resource without finality below all), then the sender's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// `None` for resources that have no finality (Patient, Encounter): the later event wins.
    pub finality: Option<Finality>,
    /// When the sender says that this version came to be: report status time, event time, else message time.
    pub as_of: Instant,
}

/// What to do with an incoming version of a resource that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supersession {
    /// It becomes the current version.
    Replace,
    /// It becomes the current version and everyone who had the former one must be told.
    Correct,
    /// The version on file stands; the incoming one is kept as history only.
    KeepExisting,
}

/// Decide between the version on file and an incoming one with other content.
///
/// The higher [`Standing`] stands, so any order of arrival ends at the same version (H16). A correction beats a final
/// even when its sender's time is earlier: clocks differ, corrections are explicit. After a withdrawal nothing but
/// another withdrawal becomes current; a result sent again as if nothing had happened is kept as history.
///
/// **Equal standing, other content** (two messages stamped with the same minute): the one that arrives later stands,
/// because one sender's messages of one patient arrive in the sender's order; when the former one was final, everyone
/// who had it is told. The caller must not ask for a version that is in the history already (a replayed message).
#[must_use]
pub fn supersede(existing: Standing, incoming: Standing) -> Supersession {
    let is_older = incoming < existing;
    #[cfg(feature = "defects")]
    let is_older = is_older && !defects::is(defects::Defect::OlderCounts);
    if is_older {
        Supersession::KeepExisting
    } else if existing.finality >= Some(Finality::Final) {
        Supersession::Correct
    } else {
        Supersession::Replace
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standing() -> impl Strategy<Value = Standing> {
        (proptest::option::of(0u8..5), 0i64..6).prop_map(|(code, minute)| Standing {
            finality: code.and_then(Finality::from_code),
            as_of: Instant(minute * 60_000_000),
        })
    }

    /// What is current after versions arrive in this order, and which of them were told as corrections.
    fn settle(arrivals: &[Standing]) -> Option<Standing> {
        arrivals.iter().copied().fold(None, |current, incoming| match current {
            None => Some(incoming),
            Some(have) if have == incoming => Some(have),
            Some(have) => match supersede(have, incoming) {
                Supersession::KeepExisting => Some(have),
                Supersession::Replace | Supersession::Correct => Some(incoming),
            },
        })
    }

    proptest! {
        #[test]
        fn h16_finality_never_goes_down(arrivals in proptest::collection::vec(standing(), 1..9)) {
            let mut highest = None;
            for n in 1..=arrivals.len() {
                let current = settle(&arrivals[..n]).expect("something arrived").finality;
                prop_assert!(current >= highest);
                highest = current;
            }
        }

        #[test]
        fn h16_every_order_of_arrival_ends_at_the_same_version(
            (arrivals, shuffled) in proptest::collection::vec(standing(), 1..9)
                .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))
        ) {
            prop_assert_eq!(settle(&arrivals), settle(&shuffled));
        }

        #[test]
        fn h17_whoever_had_a_final_is_told(have in standing(), new in standing()) {
            let told = supersede(have, new) == Supersession::Correct;
            prop_assert_eq!(told, new >= have && have.finality >= Some(Finality::Final));
        }

        #[test]
        fn h16_a_withdrawn_result_stays_withdrawn(at in 0i64..6, new in standing()) {
            let gone = Standing { finality: Some(Finality::Withdrawn), as_of: Instant(at) };
            let after = settle(&[gone, new]).expect("something arrived");
            prop_assert_eq!(after.finality, Some(Finality::Withdrawn));
        }
    }

    #[test]
    fn h16_scripts() {
        let at = |finality, minute| Standing { finality: Some(finality), as_of: Instant(minute) };
        use Finality::{Corrected, Final, Preliminary, Registered, Withdrawn};
        use Supersession::{Correct, KeepExisting, Replace};
        let cases = [
            ("preliminary after final", at(Final, 1), at(Preliminary, 2), KeepExisting),
            ("final after preliminary, earlier stamp", at(Preliminary, 2), at(Final, 1), Replace),
            ("older preliminary", at(Preliminary, 2), at(Preliminary, 1), KeepExisting),
            ("second final", at(Final, 1), at(Final, 2), Correct),
            ("older final", at(Final, 2), at(Final, 1), KeepExisting),
            ("correction with an earlier stamp", at(Final, 2), at(Corrected, 1), Correct),
            ("final after correction", at(Corrected, 1), at(Final, 2), KeepExisting),
            ("same minute, other content", at(Final, 1), at(Final, 1), Correct),
            ("same minute, both preliminary", at(Preliminary, 1), at(Preliminary, 1), Replace),
            ("withdrawal", at(Corrected, 1), at(Withdrawn, 2), Correct),
            ("registered first", at(Registered, 1), at(Preliminary, 1), Replace),
        ];
        for (name, have, new, expected) in cases {
            assert_eq!(supersede(have, new), expected, "{name}");
        }
        let plain = |minute| Standing { finality: None, as_of: Instant(minute) };
        assert_eq!(supersede(plain(2), plain(1)), KeepExisting);
        assert_eq!(supersede(plain(1), plain(2)), Replace);
    }
}
