//! How often things happen: to people, and to what desks write about them. One struct, a few presets.

use crate::rng::Rng;

/// How the fillers and aliases of the senders look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fillers {
    /// Those that many systems use: `BABY BOY`, `DOE`, 1900-01-01, 9999999999.
    Usual,
    /// Other strings, drawn at random for each seed, so that a matcher cannot have met them.
    Drawn,
}

/// Rates, each in 10,000 of what its name says: of persons, of records, or of the fields where it can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// How fillers look.
    pub fillers: Fillers,

    /// Households that live in a house of many flats.
    pub apartment: u32,
    /// People of 78 years and more who live in a care home.
    pub care_home: u32,
    /// Grown people who have the name and birth date of somebody who lives near.
    pub same_name: u32,
    /// Grown people who pass through a transition of name and sex.
    pub transition: u32,
    /// Married people who take their former name again.
    pub divorce: u32,
    /// Grown people who change their name for another reason.
    pub legal_change: u32,
    /// People who were given a second card number.
    pub two_cards: u32,
    /// People who came with a card of another province, or have it still.
    pub out_of_province: u32,
    /// People who had no card in their first years here.
    pub newcomer: u32,
    /// People once registered under an alias because nobody knew who they were.
    pub unidentified: u32,
    /// Births inside the years looked at that were registered at once under a placeholder.
    pub newborn: u32,
    /// Of those, the ones that carry the mother's card number as their own.
    pub mothers_card: u32,
    /// Of those, the ones that name the mother's card in its own field.
    pub mothers_number: u32,

    /// Registrations that make a second record number in a source that has one already.
    pub second_mrn: u32,
    /// Records that still show the address, telephone or name of before the last change.
    pub stale: u32,
    /// Records with a wrong letter in the family name; the given name has as many.
    pub typo: u32,
    /// Names written as they sound.
    pub phonetic: u32,
    /// Given names written as the short name, where there is one.
    pub nickname: u32,
    /// The middle name written as the given name, where there is one.
    pub middle_as_given: u32,
    /// Family and given name exchanged.
    pub swapped: u32,
    /// Two-part names that lose a part or the hyphen.
    pub split: u32,
    /// Arabic and South Asian names in another spelling.
    pub transliteration: u32,
    /// Chinese names in another order or joining.
    pub chinese_order: u32,
    /// Mac, Mc exchanged.
    pub mac: u32,
    /// Mi'kmaw names in another form.
    pub mikmaw: u32,
    /// Acadian names in another form.
    pub acadian: u32,
    /// Accents turned into other signs, in sources that keep accents.
    pub mangled: u32,

    /// No birth date.
    pub no_birth: u32,
    /// A filler for the birth date.
    pub default_birth: u32,
    /// Day and month exchanged, where that is a date.
    pub day_month: u32,
    /// One wrong digit in the birth date.
    pub birth_digit: u32,
    /// Year off by one, two or ten.
    pub birth_year: u32,
    /// Wrong century.
    pub birth_century: u32,
    /// Sex missing, unknown or wrong.
    pub sex: u32,

    /// No card number.
    pub no_card: u32,
    /// One wrong digit or two exchanged in the card number.
    pub card_digit: u32,
    /// A filler for the card number.
    pub default_card: u32,
    /// Another person's card number.
    pub wrong_card: u32,

    /// No telephone.
    pub no_phone: u32,
    /// One wrong digit in the telephone.
    pub phone_digit: u32,
    /// A filler for the telephone.
    pub default_phone: u32,
    /// No address.
    pub no_address: u32,
    /// Words instead of an address.
    pub unknown_address: u32,
    /// A wrong letter in the street.
    pub street_typo: u32,
    /// No postal code.
    pub no_postal: u32,
}

impl Rates {
    /// Names of the presets.
    pub const NAMES: [&'static str; 4] = ["everyday", "careless", "other-strings", "careful"];

    /// The preset of a name; `drawn` stands for [`Rates::drawn`] of the seed.
    pub fn named_or_drawn(name: &str, seed: u64) -> Option<Self> {
        if name == "drawn" { Some(Self::drawn(seed)) } else { Self::named(name) }
    }

    /// The preset of a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "everyday" => Some(Self::everyday()),
            "careless" => Some(Self::careless()),
            "other-strings" => Some(Self::other_strings()),
            "careful" => Some(Self::careful()),
            _ => None,
        }
    }

    /// A world of its own for each seed: every rate of everyday between a third and three times as high, other strings.
    pub fn drawn(seed: u64) -> Self {
        let mut rates = Self { fillers: Fillers::Drawn, ..Self::everyday() };
        for (index, rate) in rates.all().into_iter().enumerate() {
            let mut rng = Rng::keyed(seed, &[81, index as u64]);
            let percent = if rng.chance(500) { rng.between(33, 100) } else { rng.between(100, 300) };
            *rate = (*rate * percent as u32 / 100).min(9_000);
        }
        rates
    }

    /// Every rate, in the order of the fields.
    fn all(&mut self) -> [&mut u32; 45] {
        [
            &mut self.apartment,
            &mut self.care_home,
            &mut self.same_name,
            &mut self.transition,
            &mut self.divorce,
            &mut self.legal_change,
            &mut self.two_cards,
            &mut self.out_of_province,
            &mut self.newcomer,
            &mut self.unidentified,
            &mut self.newborn,
            &mut self.mothers_card,
            &mut self.mothers_number,
            &mut self.second_mrn,
            &mut self.stale,
            &mut self.typo,
            &mut self.phonetic,
            &mut self.nickname,
            &mut self.middle_as_given,
            &mut self.swapped,
            &mut self.split,
            &mut self.transliteration,
            &mut self.chinese_order,
            &mut self.mac,
            &mut self.mikmaw,
            &mut self.acadian,
            &mut self.mangled,
            &mut self.no_birth,
            &mut self.default_birth,
            &mut self.day_month,
            &mut self.birth_digit,
            &mut self.birth_year,
            &mut self.birth_century,
            &mut self.sex,
            &mut self.no_card,
            &mut self.card_digit,
            &mut self.default_card,
            &mut self.wrong_card,
            &mut self.no_phone,
            &mut self.phone_digit,
            &mut self.default_phone,
            &mut self.no_address,
            &mut self.unknown_address,
            &mut self.street_typo,
            &mut self.no_postal,
        ]
    }

    /// Desks as they usually are.
    pub fn everyday() -> Self {
        Self {
            fillers: Fillers::Usual,
            apartment: 1800,
            care_home: 2500,
            same_name: 6,
            transition: 60,
            divorce: 1200,
            legal_change: 60,
            two_cards: 60,
            out_of_province: 220,
            newcomer: 200,
            unidentified: 50,
            newborn: 7000,
            mothers_card: 1500,
            mothers_number: 5500,
            second_mrn: 350,
            stale: 900,
            typo: 260,
            phonetic: 90,
            nickname: 900,
            middle_as_given: 150,
            swapped: 50,
            split: 1800,
            transliteration: 1600,
            chinese_order: 1600,
            mac: 900,
            mikmaw: 700,
            acadian: 600,
            mangled: 500,
            no_birth: 55,
            default_birth: 70,
            day_month: 110,
            birth_digit: 120,
            birth_year: 60,
            birth_century: 25,
            sex: 110,
            no_card: 1500,
            card_digit: 130,
            default_card: 35,
            wrong_card: 15,
            no_phone: 1200,
            phone_digit: 150,
            default_phone: 190,
            no_address: 390,
            unknown_address: 85,
            street_typo: 250,
            no_postal: 400,
        }
    }

    /// Desks in a hurry: about twice the errors, more of them in what identifies.
    pub fn careless() -> Self {
        Self {
            two_cards: 120,
            unidentified: 120,
            mothers_card: 3000,
            mothers_number: 3000,
            second_mrn: 900,
            stale: 1800,
            typo: 600,
            phonetic: 220,
            nickname: 1500,
            middle_as_given: 350,
            swapped: 150,
            split: 3000,
            transliteration: 2800,
            chinese_order: 2800,
            mac: 1800,
            mikmaw: 1500,
            acadian: 1400,
            mangled: 1200,
            no_birth: 200,
            default_birth: 220,
            day_month: 260,
            birth_digit: 280,
            birth_year: 150,
            birth_century: 60,
            sex: 260,
            no_card: 3200,
            card_digit: 320,
            default_card: 160,
            wrong_card: 40,
            no_phone: 2200,
            phone_digit: 350,
            default_phone: 500,
            no_address: 900,
            unknown_address: 220,
            street_typo: 500,
            no_postal: 1100,
            ..Self::everyday()
        }
    }

    /// Everyday people at desks whose fillers, placeholders and aliases are strings drawn at random per seed, and
    /// which use them more often.
    pub fn other_strings() -> Self {
        Self {
            fillers: Fillers::Drawn,
            unidentified: 150,
            default_birth: 160,
            default_card: 120,
            default_phone: 350,
            unknown_address: 220,
            typo: 300,
            nickname: 700,
            no_card: 2000,
            stale: 1200,
            ..Self::everyday()
        }
    }

    /// Desks that scan cards: few errors, the same people.
    pub fn careful() -> Self {
        Self {
            second_mrn: 120,
            stale: 400,
            typo: 70,
            phonetic: 20,
            nickname: 250,
            middle_as_given: 40,
            swapped: 12,
            split: 600,
            transliteration: 500,
            chinese_order: 500,
            mac: 250,
            mikmaw: 250,
            acadian: 200,
            mangled: 120,
            no_birth: 10,
            default_birth: 15,
            day_month: 25,
            birth_digit: 30,
            birth_year: 15,
            birth_century: 8,
            sex: 40,
            no_card: 600,
            card_digit: 25,
            default_card: 10,
            wrong_card: 5,
            default_phone: 80,
            unknown_address: 40,
            street_typo: 80,
            ..Self::everyday()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_name() {
        for name in Rates::NAMES {
            assert!(Rates::named(name).is_some(), "{name}");
        }
        assert_eq!(Rates::named("none"), None);
        assert_eq!(Rates::drawn(1), Rates::drawn(1));
        assert_ne!(Rates::drawn(1), Rates::drawn(2));
    }
}
