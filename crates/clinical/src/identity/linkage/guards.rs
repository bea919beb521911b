//! What no score may overrule: why two records are never linked without a person, whatever they share.

use super::levels::{DIFFERENT_OF_TWO, Field, Levels, SAME, birth, card, family, given};
use super::record::{MULTIPLE, Packed, UNIDENTIFIED, UNNAMED_NEWBORN};

/// Why two records are not linked without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bar {
    /// One of the two is of somebody unidentified.
    Unidentified,
    /// Two birth orders of a multiple birth.
    BirthOrder,
    /// Senior and junior.
    Suffix,
    /// Two different cards of one issuer.
    Cards,
    /// Born a generation apart.
    Generation,
    /// A newborn without a name.
    Newborn,
    /// Born on one day, and the given names differ: perhaps twins.
    Twins,
    /// Too little besides a card confirms it.
    CardAlone,
    /// Nothing but names and dates that nearly agree.
    TooLittle,
}

impl Bar {
    /// Whether the two contradict each other, so that no chain of links may bring them together either.
    #[must_use]
    pub fn contradicts(self) -> bool {
        matches!(self, Self::BirthOrder | Self::Suffix | Self::Cards | Self::Generation | Self::Twins)
    }
}

fn is_between(level: u8, most: u8) -> bool {
    (SAME..=most).contains(&level)
}

/// The first guard that forbids a link without a person; `None` when none does.
#[must_use]
pub fn bar(levels: &Levels, a: &Packed, b: &Packed) -> Option<Bar> {
    let of = |field: Field| levels.of(field);
    let cards = of(Field::Card);
    if of(Field::Order) == DIFFERENT_OF_TWO {
        return Some(Bar::BirthOrder);
    }
    if of(Field::Suffix) == DIFFERENT_OF_TWO {
        return Some(Bar::Suffix);
    }
    if cards == card::DIFFERENT || cards == card::UNUSUAL {
        return Some(Bar::Cards);
    }
    if of(Field::Birth) == birth::FAR {
        return Some(Bar::Generation);
    }
    let either = |flag: u8| a.is(flag) || b.is(flag);
    if either(UNIDENTIFIED) {
        return Some(Bar::Unidentified);
    }
    if either(UNNAMED_NEWBORN) {
        return Some(Bar::Newborn);
    }
    let names_given = is_between(of(Field::Given), given::INITIAL);
    let names_family = is_between(of(Field::Family), family::SWAPPED);
    let births = is_between(of(Field::Birth), birth::TWO_PARTS);
    let support = [Field::Telephone, Field::Email, Field::Address, Field::Mother, Field::Postal]
        .iter()
        .filter(|f| of(**f) == SAME)
        .count();
    if cards == SAME {
        if of(Field::Given) >= given::ALIKE && of(Field::Birth) == SAME && either(MULTIPLE) {
            return Some(Bar::Twins);
        }
        let facts = usize::from(names_given) + usize::from(names_family) + usize::from(births);
        return (facts < 2).then_some(Bar::CardAlone);
    }
    if of(Field::Given) >= given::ALIKE && of(Field::Birth) != 0 && births {
        return Some(Bar::Twins);
    }
    if !is_between(of(Field::Given), given::INITIAL) || of(Field::Family) == 0 {
        return Some(Bar::TooLittle);
    }
    if of(Field::Birth) != SAME {
        let surely =
            of(Field::Given) == SAME && is_between(of(Field::Family), family::PART) && births && support >= 2;
        return (!surely).then_some(Bar::TooLittle);
    }
    if cards == card::SLIP && of(Field::Given) > given::SOUND {
        return Some(Bar::Cards);
    }
    None
}
