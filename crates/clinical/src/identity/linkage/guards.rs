//! What no score may overrule: why two records are never linked without a person, whatever they share.

use crate::words::Words;

use super::levels::{DIFFERENT_OF_TWO, Field, Levels, SAME, birth, card, family, given, middle};
use super::record::{BLANK, ESTABLISHED, MULTIPLE, Packed, UNIDENTIFIED, UNNAMED_NEWBORN};

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
    OtherCard,
    /// Cards that differ, one of them written with an unusual check digit or a slip.
    Cards,
    /// Born a generation apart.
    Generation,
    /// Born a generation apart by one digit of the year: a slip, or a parent.
    YearSlip,
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
    /// One word for tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unidentified => "unidentified",
            Self::BirthOrder => "birth-order",
            Self::Suffix => "suffix",
            Self::OtherCard => "other-card",
            Self::Cards => "cards",
            Self::Generation => "generation",
            Self::YearSlip => "year-slip",
            Self::Newborn => "newborn",
            Self::Twins => "twins",
            Self::CardAlone => "card-alone",
            Self::TooLittle => "too-little",
        }
    }
    /// What to tell the person who looks.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Unidentified => (
                "One of the two is filed under a name for people who could not be identified.",
                "L'un des deux est inscrit sous un nom réservé aux personnes non identifiées.",
            ),
            Self::BirthOrder => (
                "The two state different birth orders: they are siblings of one birth.",
                "Les deux indiquent des rangs de naissance différents : ce sont des jumeaux.",
            ),
            Self::Suffix => {
                ("One is senior and the other junior.", "L'un porte la mention « père » et l'autre « fils ».")
            }
            Self::OtherCard => {
                ("The two carry different health cards.", "Les deux portent des cartes santé différentes.")
            }
            Self::Cards => (
                "The health cards differ; one of them may be mistyped.",
                "Les cartes santé diffèrent; l'une d'elles est peut-être mal saisie.",
            ),
            Self::Generation => (
                "The birth dates lie a generation apart.",
                "Les dates de naissance sont séparées d'une génération.",
            ),
            Self::YearSlip => (
                "The birth years differ by one digit that makes a generation: a slip, or a parent of the same name.",
                "Les années de naissance diffèrent d'un chiffre qui fait une génération : une faute de frappe, ou un parent du même nom.",
            ),
            Self::Newborn => (
                "One of the two is a newborn without a name yet.",
                "L'un des deux est un nouveau-né qui n'a pas encore de nom.",
            ),
            Self::Twins => (
                "Born on the same day, with given names that differ: they may be twins.",
                "Nés le même jour avec des prénoms différents : il peut s'agir de jumeaux.",
            ),
            Self::CardAlone => (
                "Only the health card agrees; name and birth date do not confirm it.",
                "Seule la carte santé concorde; ni le nom ni la date de naissance ne la confirment.",
            ),
            Self::TooLittle => (
                "Too little is stated on both sides to tell.",
                "Trop peu de choses sont indiquées des deux côtés pour trancher.",
            ),
        };
        Words::new(en, fr)
    }

    /// Whether a person can learn more by looking: not where the two state that they are two.
    #[must_use]
    pub fn is_worth_a_look(self) -> bool {
        !matches!(self, Self::BirthOrder | Self::Suffix | Self::Generation)
    }

    /// Whether it says no more than that little is stated, which in a file odds that are high enough outweigh: they are
    /// set against households and twins too. Somebody of whom nothing but a name is known stays barred.
    #[must_use]
    pub fn is_doubt(self, a: &Packed, b: &Packed) -> bool {
        self == Self::TooLittle && !a.is(BLANK) && !b.is(BLANK)
    }

    /// Whether the two contradict each other, so that no chain of links may bring them together either.
    #[must_use]
    pub fn contradicts(self) -> bool {
        matches!(self, Self::BirthOrder | Self::Suffix | Self::OtherCard | Self::Generation | Self::Twins)
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
    if cards == card::DIFFERENT {
        return Some(Bar::OtherCard);
    }
    if cards == card::UNUSUAL {
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
    if either(BLANK)
        && (of(Field::Birth) != SAME || of(Field::Given) > given::SLIP || of(Field::Family) > family::SLIP)
    {
        return Some(Bar::TooLittle);
    }
    let names_given = is_between(of(Field::Given), given::INITIAL);
    let names_family = is_between(of(Field::Family), family::SWAPPED);
    let births = is_between(of(Field::Birth), birth::TWO_PARTS);
    // What a household shares is support only for the same given name.
    let support = usize::from(of(Field::Telephone) == SAME)
        + match of(Field::Email) {
            SAME => 2,
            2 => 1,
            _ => 0,
        }
        + usize::from(of(Field::Mother) == SAME)
        + usize::from(is_between(of(Field::Address), 2));
    let middles = of(Field::Middle);
    if cards == SAME {
        if of(Field::Given) >= given::MIDDLE_INITIAL && of(Field::Birth) == SAME && either(MULTIPLE) {
            return Some(Bar::Twins);
        }
        if of(Field::Birth) == birth::SLIP_OF_YEARS
            && (!is_between(of(Field::Given), given::SOUND)
                || !is_between(of(Field::Family), family::PART)
                || middles == middle::DIFFERENT)
        {
            return Some(Bar::YearSlip);
        }
        let facts = usize::from(names_given) + usize::from(names_family) + usize::from(births);
        return (facts < 2).then_some(Bar::CardAlone);
    }
    if of(Field::Birth) == birth::SLIP_OF_YEARS {
        return Some(Bar::YearSlip);
    }
    if of(Field::Given) >= given::MIDDLE_INITIAL && births {
        return Some(Bar::Twins);
    }
    if !names_given || of(Field::Family) == 0 {
        let half = (of(Field::Given) == 0 || names_given) && (of(Field::Family) == 0 || names_family);
        let written_to = of(Field::Email) == SAME && births && of(Field::Given) + of(Field::Family) != 0;
        return (!(half && written_to)).then_some(Bar::TooLittle);
    }
    if cards == card::SLIP && of(Field::Given) > given::SOUND {
        return Some(Bar::Cards);
    }
    let two_names =
        matches!(of(Field::Given), given::SLIP | given::SOUND) && a.is(ESTABLISHED) && b.is(ESTABLISHED);
    if two_names && cards != card::SLIP && births {
        return Some(Bar::Twins);
    }
    if !names_family && support < 2 {
        return Some(Bar::TooLittle);
    }
    if of(Field::Birth) == SAME {
        return None;
    }
    let named = is_between(of(Field::Given), given::SLIP) && is_between(of(Field::Family), family::SWAPPED);
    let middle_too = is_between(middles, middle::INITIAL);
    let enough = if births {
        let whole_name = of(Field::Given) == SAME && of(Field::Family) == SAME;
        let slip = is_between(of(Field::Birth), birth::SLIP);
        support >= 2 || (support == 1 && middle_too) || (whole_name && (slip || middle_too))
    } else {
        of(Field::Birth) == 0 && support >= 2 && middles == SAME
    };
    // An address that letters are written to, under the whole name: the date was changed, not the person.
    let written_to = of(Field::Email) == SAME && of(Field::Birth) != 0;
    let supported = enough || written_to || (cards == card::SLIP && support >= 1);
    (!(named && supported && middles != middle::DIFFERENT)).then_some(Bar::TooLittle)
}
