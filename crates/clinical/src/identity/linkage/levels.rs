//! The features two records are compared by, and for each the levels of agreement, best first. Level 0 is "not
//! stated on one side or both" and is never evidence.

/// A feature: its place in [`Levels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// Given name, with the middle name where one is used for the other.
    Given,
    /// Family name.
    Family,
    /// Middle names.
    Middle,
    /// Birth date.
    Birth,
    /// Administrative sex.
    Sex,
    /// Health card or another number of one person.
    Card,
    /// Telephone.
    Telephone,
    /// Street address.
    Address,
    /// Postal code.
    Postal,
    /// Town.
    City,
    /// Electronic mail.
    Email,
    /// Senior, junior.
    Suffix,
    /// Birth order of a multiple birth.
    Order,
    /// Mother's card.
    Mother,
}

/// How many features there are.
pub const FIELDS: usize = 14;
/// Most levels of one feature, level 0 included.
pub const MOST_LEVELS: usize = 11;

/// All features, in the order of [`Levels`].
pub const ALL: [Field; FIELDS] = [
    Field::Given,
    Field::Family,
    Field::Middle,
    Field::Birth,
    Field::Sex,
    Field::Card,
    Field::Telephone,
    Field::Address,
    Field::Postal,
    Field::City,
    Field::Email,
    Field::Suffix,
    Field::Order,
    Field::Mother,
];

/// Names of the levels from 1, as `weights.toml` writes them; a chain from most to least agreement.
#[must_use]
pub const fn names(field: Field) -> &'static [&'static str] {
    match field {
        Field::Given => &[
            "same",
            "nickname",
            "slip",
            "part",
            "sound",
            "middle",
            "initial",
            "middle_initial",
            "alike",
            "different",
        ],
        Field::Family => &["same", "slip", "part", "sound", "swapped", "alike", "different"],
        Field::Middle => &["same", "initial", "alike", "different"],
        Field::Birth => {
            &["same", "swapped", "slip", "two_parts", "slip_of_years", "same_year", "near", "far"]
        }
        Field::Sex => &["same", "different"],
        Field::Card => &["same", "slip", "unusual", "different"],
        Field::Telephone => &["same", "slip", "different"],
        Field::Address => &["same", "near", "part", "different"],
        Field::Postal => &["same", "slip", "area", "different"],
        Field::City => &["same", "alike", "different"],
        Field::Email => &["same", "alike", "different"],
        Field::Suffix | Field::Order | Field::Mother => &["same", "different"],
    }
}

/// The name of a field in `weights.toml`.
#[must_use]
pub const fn field_name(field: Field) -> &'static str {
    match field {
        Field::Given => "given",
        Field::Family => "family",
        Field::Middle => "middle",
        Field::Birth => "birth",
        Field::Sex => "sex",
        Field::Card => "card",
        Field::Telephone => "telephone",
        Field::Address => "address",
        Field::Postal => "postal",
        Field::City => "city",
        Field::Email => "email",
        Field::Suffix => "suffix",
        Field::Order => "order",
        Field::Mother => "mother",
    }
}

/// The level of every feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Levels(pub [u8; FIELDS]);

impl Levels {
    /// The level of one feature; 0 when it says nothing.
    #[must_use]
    pub fn of(&self, field: Field) -> u8 {
        self.0[field as usize]
    }
}

/// Best level of every feature.
pub const SAME: u8 = 1;

/// Levels of [`Field::Given`].
pub mod given {
    /// One is a short or another form of the other.
    pub const NICKNAME: u8 = 2;
    /// One letter, or two neighbours.
    pub const SLIP: u8 = 3;
    /// A part of a double name.
    pub const PART: u8 = 4;
    /// Sounds the same or is spelt nearly the same.
    pub const SOUND: u8 = 5;
    /// One's middle name is the other's given name.
    pub const MIDDLE: u8 = 6;
    /// An initial that fits.
    pub const INITIAL: u8 = 7;
    /// One's given name fits the initial of the other's middle name.
    pub const MIDDLE_INITIAL: u8 = 8;
    /// Somewhat alike.
    pub const ALIKE: u8 = 9;
    /// Different.
    pub const DIFFERENT: u8 = 10;
}

/// Levels of [`Field::Family`].
pub mod family {
    /// One letter, or two neighbours.
    pub const SLIP: u8 = 2;
    /// A part of a double name.
    pub const PART: u8 = 3;
    /// Sounds the same or is spelt nearly the same.
    pub const SOUND: u8 = 4;
    /// Family and given name stand in each other's place.
    pub const SWAPPED: u8 = 5;
    /// Somewhat alike.
    pub const ALIKE: u8 = 6;
    /// Different.
    pub const DIFFERENT: u8 = 7;
}

/// Levels of [`Field::Middle`].
pub mod middle {
    /// An initial that fits.
    pub const INITIAL: u8 = 2;
    /// Nearly the same.
    pub const ALIKE: u8 = 3;
    /// Different.
    pub const DIFFERENT: u8 = 4;
}

/// Levels of [`Field::Birth`].
pub mod birth {
    /// Day and month swapped.
    pub const SWAPPED: u8 = 2;
    /// One digit changed or two neighbours swapped.
    pub const SLIP: u8 = 3;
    /// Two of year, month and day agree, or one side states less and what it states agrees.
    pub const TWO_PARTS: u8 = 4;
    /// One digit of the year, and that makes fifteen years or more.
    pub const SLIP_OF_YEARS: u8 = 5;
    /// The year agrees.
    pub const SAME_YEAR: u8 = 6;
    /// Less than fifteen years apart.
    pub const NEAR: u8 = 7;
    /// Fifteen years or more apart: another generation.
    pub const FAR: u8 = 8;
}

/// Levels of [`Field::Card`].
pub mod card {
    /// One character changed or two neighbours swapped.
    pub const SLIP: u8 = 2;
    /// Different, and one of the two has an unusual check digit.
    pub const UNUSUAL: u8 = 3;
    /// Different.
    pub const DIFFERENT: u8 = 4;
}

/// The second, "different" level of sex, suffix, birth order and mother.
pub const DIFFERENT_OF_TWO: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_stand_where_the_names_stand() {
        let at = |field, name| names(field).iter().position(|n| *n == name).map(|p| p as u8 + 1);
        assert_eq!(at(Field::Given, "initial"), Some(given::INITIAL));
        assert_eq!(at(Field::Given, "different"), Some(given::DIFFERENT));
        assert_eq!(at(Field::Family, "swapped"), Some(family::SWAPPED));
        assert_eq!(at(Field::Family, "different"), Some(family::DIFFERENT));
        assert_eq!(at(Field::Middle, "different"), Some(middle::DIFFERENT));
        assert_eq!(at(Field::Birth, "two_parts"), Some(birth::TWO_PARTS));
        assert_eq!(at(Field::Birth, "far"), Some(birth::FAR));
        assert_eq!(at(Field::Card, "unusual"), Some(card::UNUSUAL));
        assert!(ALL.iter().enumerate().all(|(n, f)| *f as usize == n && names(*f).len() < MOST_LEVELS));
    }
}
