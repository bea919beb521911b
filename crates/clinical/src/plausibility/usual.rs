//! What is usual on a feed, and what speaks for a stuck PID: signs with their weights in bits.
//!
//! Each sign compares two explanations of what one message says beside its PID. *Usual*: it is about the person it
//! names, and resembles what was said of that person shortly before as much as it does for the other people of this
//! feed. *Stuck*: it is about somebody else, so that the rest of it is a draw from what this feed says of anybody. The
//! weight is the logarithm of the ratio of the two probabilities, so that weights of several messages add up
//! (Wald's sequential test, run as Page's cumulative sum: it never falls below nothing).

use crate::words::Words;
use serde::{Deserialize, Serialize};

/// What can speak for or against a stuck PID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sign {
    /// The visit number.
    Visit,
    /// Ward, room and bed.
    Ward,
    /// The attending.
    Attending,
    /// The orderer or author.
    Orderer,
    /// The time of collection.
    Drawn,
    /// The same test again under another number, drawn at nearly the same time.
    Repeated,
    /// Drawn before what was said of this person last.
    Earlier,
    /// Whether anybody else was spoken of in between.
    Run,
    /// A test that this person cannot have had.
    Impossible,
    /// An order, specimen or visit that this feed gave to somebody else.
    Elsewhere,
    /// A bed in which somebody else alone has been.
    Bed,
}

/// A sign in one message.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which.
    pub sign: Sign,
    /// Its weight; negative speaks against a stuck PID.
    pub bits: f32,
}

impl Reason {
    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        let against = self.bits < 0.0;
        let (en, fr) = match (self.sign, against) {
            (Sign::Visit, false) => (
                "another visit number than this person's last",
                "un autre numéro de visite que le dernier de cette personne",
            ),
            (Sign::Visit, true) => ("the same visit number", "le même numéro de visite"),
            (Sign::Ward, false) => ("another ward or bed", "une autre unité ou un autre lit"),
            (Sign::Ward, true) => ("the same ward and bed", "la même unité et le même lit"),
            (Sign::Attending, false) => ("another attending", "un autre médecin traitant"),
            (Sign::Attending, true) => ("the same attending", "le même médecin traitant"),
            (Sign::Orderer, false) => ("another orderer", "un autre prescripteur"),
            (Sign::Orderer, true) => ("the same orderer", "le même prescripteur"),
            (Sign::Drawn, false) => ("drawn at another time", "prélevé à une autre heure"),
            (Sign::Drawn, true) => ("drawn at the same time", "prélevé à la même heure"),
            (Sign::Repeated, false) => (
                "the same test again under another order, drawn at nearly the same time",
                "le même examen sous un autre numéro, prélevé presque à la même heure",
            ),
            (Sign::Repeated, true) => ("no test is repeated", "aucun examen n'est répété"),
            (Sign::Earlier, false) => (
                "drawn before what came last about this person",
                "prélevé avant ce qui est venu en dernier au sujet de cette personne",
            ),
            (Sign::Earlier, true) => (
                "drawn after what came last about this person",
                "prélevé après ce qui est venu en dernier au sujet de cette personne",
            ),
            (Sign::Run, false) => {
                ("nobody else was spoken of in between", "personne d'autre n'a été nommé entre-temps")
            }
            (Sign::Run, true) => {
                ("other people were spoken of in between", "d'autres personnes ont été nommées entre-temps")
            }
            (Sign::Impossible, _) => (
                "a test that a person of this sex or age cannot have had",
                "un examen impossible pour une personne de ce sexe ou de cet âge",
            ),
            (Sign::Bed, _) => ("a bed in which somebody else lies", "un lit où se trouve une autre personne"),
            (Sign::Elsewhere, _) => (
                "an order, specimen or visit that belongs to somebody else on this feed",
                "un examen, un prélèvement ou une visite d'une autre personne de ce flux",
            ),
        };
        Words::new(en, fr)
    }
}

/// Signs that are learnt from a feed: compared, the same or not.
pub(super) const LEARNT: [Sign; 8] = [
    Sign::Visit,
    Sign::Ward,
    Sign::Attending,
    Sign::Orderer,
    Sign::Drawn,
    Sign::Repeated,
    Sign::Run,
    Sign::Earlier,
];

/// How often a sign is the same for one person before the feed has taught better, and how many messages that is worth.
///
/// From knowledge of the trade: within some hours a person has one visit, one ward and one attending with rare
/// exceptions, mostly one orderer; a requisition is drawn at once, ward series are not; the same test is seldom done
/// twice from one draw; results of one person come in bursts, and mostly in the order of their draws.
pub(super) const fn prior(sign: Sign) -> (f32, f32) {
    match sign {
        Sign::Visit => (0.97, 20.0),
        Sign::Ward | Sign::Attending => (0.93, 20.0),
        Sign::Orderer => (0.85, 20.0),
        Sign::Drawn => (0.5, 20.0),
        Sign::Repeated => (0.05, 20.0),
        Sign::Earlier => (0.8, 20.0),
        Sign::Run => (0.5, 4.0),
        Sign::Impossible | Sign::Elsewhere | Sign::Bed => (0.001, 1.0),
    }
}

/// How often two people of a feed have a sign in common before it is known better: (share, worth in messages).
pub(super) const SHARED: (f32, f32) = (0.25, 4.0);
/// The same for draws in order.
pub(super) const SHARED_ORDER: (f32, f32) = (0.5, 4.0);
/// The same for one test drawn at nearly the same time.
pub(super) const SHARED_TEST: (f32, f32) = (0.05, 4.0);
/// Weight of a test that cannot be: one in 2,000 where the sex or birth date was typed wrongly or the person is trans,
/// three in a hundred where results are anybody's.
pub(super) const IMPOSSIBLE_BITS: f32 = 4.5;
/// Weight of a number that this feed gave to somebody else: senders that move a result to the right person do so, one
/// order at a time.
pub(super) const ELSEWHERE_BITS: f32 = 5.0;
/// Weight of a bed that is somebody else's: beds are emptied and filled within the hour.
pub(super) const BED_BITS: f32 = 2.5;
/// How many messages the feed's habit is worth against what one test's own have shown.
pub(super) const TEST_WORTH: f32 = 6.0;
/// How often a stuck sender still speaks of somebody else in between (several instruments behind one interface).
pub(super) const STUCK_INTERRUPTED: f32 = 0.05;

/// What was compared in one message: two bits a sign (0 not compared, 1 another, 2 the same).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Compared(u32);

impl Compared {
    pub(super) fn put(&mut self, at: usize, same: bool) {
        self.0 |= (1 + u32::from(same)) << (2 * at);
    }
    pub(super) fn get(self, at: usize) -> Option<bool> {
        match (self.0 >> (2 * at)) & 3 {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        }
    }
}

/// How often each sign was compared and was the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Usual([(f32, f32); LEARNT.len()]);

impl Usual {
    /// Counts a message in (`weight` 1) or out (-1).
    pub(super) fn count(&mut self, compared: Compared, weight: f32) {
        for (at, (same, all)) in self.0.iter_mut().enumerate() {
            if let Some(is_same) = compared.get(at) {
                *all += weight;
                *same += if is_same { weight } else { 0.0 };
            }
        }
    }

    /// How often a sign is the same for one person on this feed, other messages than those of `own` counted.
    pub(super) fn same(&self, own: &Self, at: usize) -> f32 {
        let (share, worth) = prior(LEARNT[at]);
        let (same, all) = (self.0[at].0 - own.0[at].0, self.0[at].1 - own.0[at].1);
        ((share * worth + same.max(0.0)) / (worth + all.max(0.0))).clamp(0.005, 0.995)
    }
}

/// The weight of a sign: how much likelier it is when the PID is stuck than as usual.
pub(super) fn bits(same: bool, usual: f32, stuck: f32) -> f32 {
    let stuck = stuck.clamp(0.02, 0.98);
    if same { (stuck / usual).log2() } else { ((1.0 - stuck) / (1.0 - usual)).log2() }
}
