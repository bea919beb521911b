//! One source record packed into sixty-four bytes: numbers for words, so that most comparisons are of two integers.

use super::super::cards::Check;
use super::lexicon::{WordId, Wordbook, fold, hash_bytes};
use super::normalise;

/// A source record as text, one column each; empty where nothing is stated. Columns as `data/empi/README.md`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// Day of registration, `YYYY-MM-DD`.
    pub registered: &'a str,
    /// Family name, perhaps with a suffix behind it.
    pub family: &'a str,
    /// Given name.
    pub given: &'a str,
    /// Further given names or an initial.
    pub middle: &'a str,
    /// JR, SR, II …
    pub suffix: &'a str,
    /// Birth date; `YYYY-MM-DD` or another order that can be told.
    pub birth_date: &'a str,
    /// M, F; another letter for another sex; U or empty when unknown.
    pub sex: &'a str,
    /// Health card or another number that stands for one person.
    pub card: &'a str,
    /// Issuer of the card; empty when all are of one issuer.
    pub issuer: &'a str,
    /// Telephone.
    pub telephone: &'a str,
    /// Electronic mail address.
    pub email: &'a str,
    /// Street address, with unit.
    pub address: &'a str,
    /// Town.
    pub city: &'a str,
    /// Postal code.
    pub postal: &'a str,
    /// Card of the mother, for newborns.
    pub mother_card: &'a str,
    /// Birth order of a multiple birth.
    pub birth_order: &'a str,
}

/// The record is of somebody who could not be named: an alias, or nothing that identifies.
pub const UNIDENTIFIED: u8 = 1;
/// The given name stands in for one not yet given.
pub const UNNAMED_NEWBORN: u8 = 2;
/// The card has an unusual check digit.
pub const UNUSUAL_CARD: u8 = 4;
/// More names, cards or telephones than one: see the book's further ways.
pub const FURTHER: u8 = 8;
/// Registered on the day of birth or the day after.
pub const REGISTERED_AT_BIRTH: u8 = 16;
/// A multiple birth is stated, perhaps without the order.
pub const MULTIPLE: u8 = 32;

/// Nothing but a name, a date and a sex, among records that usually say more.
pub const BLANK: u8 = 64;

/// The given name is one that many bear, not a slip of another.
pub const ESTABLISHED: u8 = 128;

/// A source record in sixty-four bytes. 0 is always "not stated".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Packed {
    /// Card as [`normalise::card`] codes it.
    pub card: u64,
    /// Last ten digits.
    pub telephone: u64,
    /// Given name.
    pub given: WordId,
    /// Family name.
    pub family: WordId,
    /// Middle names.
    pub middle: WordId,
    /// Street without number and unit.
    pub street: WordId,
    /// Town.
    pub city: WordId,
    /// Electronic mail address.
    pub email: WordId,
    /// House number or its hash.
    pub number: u32,
    /// Postal code as [`normalise::postal`] codes it.
    pub postal: u32,
    /// `YYYYMMDD`; unknown parts are 00.
    pub born: u32,
    /// Hash of the mother's card.
    pub mother: u32,
    /// Unit of the address, hashed.
    pub unit: u16,
    /// Days from 1900-01-01 to the registration.
    pub registered: u16,
    /// 1 male, 2 female, 3 another.
    pub sex: u8,
    /// 1 senior, 2 junior, 3 second …
    pub suffix: u8,
    /// Birth order, from 1.
    pub order: u8,
    /// Code of the card's issuer.
    pub issuer: u8,
    /// Bits above.
    pub flags: u8,
}

impl Packed {
    /// Whether a bit of the flags is set.
    #[must_use]
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
    /// Nothing but a name, a date and a sex: no card, telephone, address.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.card == 0
            && self.telephone == 0
            && self.street == 0
            && self.number == 0
            && self.postal == 0
            && self.email == 0
            && self.city == 0
    }
    /// How many of card, telephone, address are stated.
    #[must_use]
    pub fn stated(&self) -> u32 {
        u32::from(self.card != 0)
            + u32::from(self.telephone != 0)
            + u32::from(self.email != 0)
            + u32::from(self.street != 0 || self.postal != 0)
    }
}

/// Pack one record. Words are added to the lexicon.
pub fn pack(words: &mut impl Wordbook, row: &Row<'_>) -> Packed {
    let (family, suffix_in_family) = normalise::without_suffix(row.family);
    let (given, suffix_in_given) = normalise::without_suffix(row.given);
    let born = normalise::birth_date(row.birth_date);
    let registered = normalise::days_since_1900(row.registered);
    let address = normalise::address(row.address);
    let (card, check) = normalise::card(row.card, row.issuer);
    let stated = normalise::suffix(row.suffix);
    let mut flags = 0;
    if matches!(check, Check::Unusual) {
        flags |= UNUSUAL_CARD;
    }
    if registered != 0
        && normalise::born_days_since_1900(born)
            .is_some_and(|b| (0..=1).contains(&(i32::from(registered) - b)))
    {
        flags |= REGISTERED_AT_BIRTH;
    }
    let order = row.birth_order.trim().parse::<u8>().unwrap_or(0);
    if order != 0 {
        flags |= MULTIPLE;
    }
    Packed {
        card,
        telephone: normalise::telephone(row.telephone),
        given: words.add_name(given),
        family: words.add_name(family),
        middle: words.add_name(row.middle),
        street: words.add_folded(address.street.as_bytes()),
        city: words.add_folded(&fold(row.city)),
        email: words.add_folded(row.email.trim().to_ascii_lowercase().as_bytes()),
        number: address.number,
        postal: normalise::postal(row.postal),
        born,
        mother: match normalise::card(row.mother_card, row.issuer).0 {
            0 => 0,
            code => hash_bytes(&code.to_le_bytes()) as u32 | 1,
        },
        unit: address.unit,
        registered,
        sex: normalise::sex(row.sex),
        suffix: if stated != 0 { stated } else { suffix_in_family.max(suffix_in_given) },
        order,
        issuer: normalise::issuer(row.issuer),
        flags,
    }
}

/// The hash by which a record's own card is known as somebody's mother's.
#[must_use]
pub fn as_mother(card: u64) -> u32 {
    if card == 0 { 0 } else { hash_bytes(&card.to_le_bytes()) as u32 | 1 }
}
