//! The ways in which an obligation may end. There are no others.

use super::ObligationKind;
use crate::intake::Gravity;

/// How an obligation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver's application acknowledged it.
    Acknowledged {
        /// MSA-1: AA or CA.
        code: String,
        /// MSA-3 or ERR text, empty when none.
        text: String,
    },
    /// It reached them in another way, which confirmed it.
    AnotherWay {
        /// Who saw to it.
        by: String,
        /// Which way and what confirmed it.
        how: String,
    },
    /// An entitled person opened it.
    Opened {
        /// Who.
        by: String,
    },
    /// Told by voice to somebody entitled who read it back.
    ReadBack {
        /// Who told it.
        by: String,
        /// Who took it, with their place.
        to: String,
        /// What they read back, in their words.
        said: String,
    },
    /// Given on; an obligation of the new owner stands in its place.
    HandedOver {
        /// Who gave it on.
        by: String,
        /// To whom.
        to: String,
    },
    /// Somebody entitled says that it need not happen.
    Excused {
        /// Who.
        by: String,
        /// The reason, never empty.
        why: String,
    },
    /// What it was about was withdrawn or replaced; holders are told by obligations of their own.
    Recalled {
        /// The reason.
        why: String,
    },
    /// The question was answered or the work was done.
    Resolved {
        /// Who.
        by: String,
        /// What was decided.
        how: String,
    },
}

/// Where a delivery's outcome is counted in the census (DESIGN.md section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// The receiver confirmed.
    Acknowledged,
    /// Ended otherwise, with name and reason.
    Excused,
}

impl Outcome {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Acknowledged { .. } => "acknowledged",
            Self::AnotherWay { .. } => "another-way",
            Self::Opened { .. } => "opened",
            Self::ReadBack { .. } => "read-back",
            Self::HandedOver { .. } => "handed-over",
            Self::Excused { .. } => "excused",
            Self::Recalled { .. } => "recalled",
            Self::Resolved { .. } => "resolved",
        }
    }

    /// Whether an obligation of this kind and gravity may end so (JOURNEYS 3.1: nothing else may end). An excuse without
    /// a reason ends nothing, and no excuse ends the attention that a critical result is owed: somebody entitled has
    /// opened it, or has read it back (H18).
    #[must_use]
    pub fn may_end(&self, kind: ObligationKind, gravity: Gravity) -> bool {
        use ObligationKind as K;
        match self {
            Self::Excused { .. } if kind == K::Attention && gravity == Gravity::Critical => false,
            Self::ReadBack { by, to, said } => {
                kind == K::Attention && [by, to, said].iter().all(|word| !word.trim().is_empty())
            }
            Self::Excused { by, why } => !by.trim().is_empty() && !why.trim().is_empty(),
            Self::Recalled { .. } => {
                matches!(kind, K::Delivery | K::Attention | K::Unroutable | K::Referral)
            }
            Self::Acknowledged { .. } => matches!(kind, K::Delivery | K::Attention),
            Self::AnotherWay { .. } => matches!(kind, K::Delivery | K::Unroutable),
            Self::Opened { .. } => kind == K::Attention,
            Self::HandedOver { .. } => kind == K::Attention,
            Self::Resolved { .. } => !matches!(kind, K::Delivery | K::Attention),
        }
    }

    /// Where the census counts a delivery that ended so.
    #[must_use]
    pub fn counts(&self) -> Counts {
        match self {
            Self::Acknowledged { .. } => Counts::Acknowledged,
            _ => Counts::Excused,
        }
    }
}
