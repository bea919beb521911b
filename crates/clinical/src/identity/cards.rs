//! Health cards: the shape each jurisdiction issues. A shape never proves a person; a wrong one disproves the card.

use super::{Identifier, IdentifierSort};
use crate::words::Words;

/// How well a number fits its jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardShape {
    /// As issued there.
    Fits,
    /// Length and characters fit, the check digit does not. A warning only: the rule of Nova Scotia is not verified.
    CheckDigit,
    /// Cannot be a card of that jurisdiction, or a filler such as 0000000000: never proof (H11).
    OutOfRange,
    /// Not a jurisdiction we know: never proof.
    ForeignIssuer,
}

/// What a jurisdiction issues.
struct Issuer {
    /// Code as used in identifiers.
    code: &'static str,
    letters: usize,
    digits: usize,
    check: CheckRule,
}

#[derive(Clone, Copy)]
enum CheckRule {
    /// Modulo 10 with doubling, as credit cards.
    Luhn,
    /// No rule we rely on.
    None,
}

/// What the check digit of a number says; a warning, never a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It fits.
    Fits,
    /// It does not.
    Unusual,
    /// Its issuer has none that we rely on.
    None,
}

/// What the check digit of a bare number (upper case letters and digits) says. Where no issuer is stated, ten digits
/// are taken for a card of this province.
#[must_use]
pub fn check_of(bare: &[u8], issuer: &str) -> Check {
    let code = issuer.trim().to_uppercase();
    let rule = if code.is_empty() { "NS" } else { &code };
    let ruled = ISSUERS
        .iter()
        .find(|i| i.code == rule)
        .is_some_and(|i| matches!(i.check, CheckRule::Luhn) && i.letters == 0 && bare.len() == i.digits);
    match ruled && bare.iter().all(u8::is_ascii_digit) {
        false => Check::None,
        true if luhn(bare) => Check::Fits,
        true => Check::Unusual,
    }
}

/// Letters first, then digits. Lengths as printed on the cards of 2026.
const ISSUERS: &[Issuer] = &[
    Issuer { code: "NS", letters: 0, digits: 10, check: CheckRule::Luhn },
    Issuer { code: "NB", letters: 0, digits: 9, check: CheckRule::None },
    Issuer { code: "PE", letters: 0, digits: 8, check: CheckRule::None },
    Issuer { code: "NL", letters: 0, digits: 12, check: CheckRule::None },
    Issuer { code: "QC", letters: 4, digits: 8, check: CheckRule::None },
    Issuer { code: "ON", letters: 0, digits: 10, check: CheckRule::Luhn },
    Issuer { code: "MB", letters: 0, digits: 9, check: CheckRule::None },
    Issuer { code: "SK", letters: 0, digits: 9, check: CheckRule::None },
    Issuer { code: "AB", letters: 0, digits: 9, check: CheckRule::None },
    Issuer { code: "BC", letters: 0, digits: 10, check: CheckRule::None },
    Issuer { code: "YT", letters: 0, digits: 9, check: CheckRule::None },
    Issuer { code: "NT", letters: 1, digits: 7, check: CheckRule::None },
    Issuer { code: "NU", letters: 0, digits: 9, check: CheckRule::None },
];

/// The number as it is compared: upper case, without spaces and hyphens, without Ontario's version code.
#[must_use]
pub fn comparable(identifier: &Identifier) -> String {
    let trimmed = identifier.value.trim().to_uppercase();
    if identifier.sort != IdentifierSort::HealthCard {
        return trimmed;
    }
    let bare: String = trimmed.chars().filter(|c| c.is_alphanumeric()).collect();
    match bare.get(..10) {
        Some(number) if issuer_code(identifier) == "ON" && number.bytes().all(|b| b.is_ascii_digit()) => {
            number.to_owned()
        }
        _ => bare,
    }
}

/// The issuer as it is compared: upper case, trimmed.
#[must_use]
pub fn issuer_code(identifier: &Identifier) -> String {
    identifier.authority.trim().to_uppercase()
}

/// How a health card number fits its jurisdiction.
#[must_use]
pub fn shape(card: &Identifier) -> CardShape {
    let code = issuer_code(card);
    let Some(issuer) = ISSUERS.iter().find(|i| i.code == code) else {
        return CardShape::ForeignIssuer;
    };
    let value = comparable(card);
    let bytes = value.as_bytes();
    let fits = bytes.len() == issuer.letters + issuer.digits
        && bytes[..issuer.letters].iter().all(u8::is_ascii_uppercase)
        && bytes[issuer.letters..].iter().all(u8::is_ascii_digit);
    if !fits || is_filler(&bytes[issuer.letters..]) {
        return CardShape::OutOfRange;
    }
    match issuer.check {
        CheckRule::Luhn if !luhn(bytes) => CardShape::CheckDigit,
        _ => CardShape::Fits,
    }
}

/// Whether an identifier can speak for a person at all: a card of a known jurisdiction and shape, or a record
/// number with its authority. Empty values, other sorts, fillers never do.
#[must_use]
pub fn is_proof(identifier: &Identifier) -> bool {
    match identifier.sort {
        IdentifierSort::HealthCard => matches!(shape(identifier), CardShape::Fits | CardShape::CheckDigit),
        IdentifierSort::RecordNumber => {
            !identifier.authority.trim().is_empty() && !identifier.value.trim().is_empty()
        }
        IdentifierSort::Other => false,
    }
}

/// Whether an identifier can name a source record: it has an issuer and a value, whatever its sort, and is no filler
/// or misshapen card of a jurisdiction we know. Naming a record is less than proving a person.
#[must_use]
pub fn names_a_record(identifier: &Identifier) -> bool {
    let stated = !identifier.authority.trim().is_empty() && !identifier.value.trim().is_empty();
    let misshapen =
        identifier.sort == IdentifierSort::HealthCard && shape(identifier) == CardShape::OutOfRange;
    stated && !misshapen
}

/// The same number of the same issuer and sort, and one that can speak for a person. Empty never equals.
#[must_use]
pub fn same(a: &Identifier, b: &Identifier) -> bool {
    a.sort == b.sort && issuer_code(a) == issuer_code(b) && comparable(a) == comparable(b) && is_proof(a)
}

/// Why a claim has no health card to compare. It is a reason, not a value: two of them are never the same card, and
/// there is no way to compare one with a number.
#[derive(Debug, Clone, Copy)]
pub enum NoCard {
    /// None was sent.
    NotStated,
    /// A number that stands for none, such as 0000000000.
    Filler,
    /// Not a number that its jurisdiction issues.
    Misshapen,
    /// The issuer is not a jurisdiction we know.
    UnknownIssuer,
}

impl NoCard {
    /// For people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NotStated => Words::new("no health card was sent", "aucune carte santé n'a été envoyée"),
            Self::Filler => Words::new(
                "the health card number stands for none",
                "le numéro de carte santé ne désigne aucune carte",
            ),
            Self::Misshapen => Words::new(
                "the number cannot be a health card of its jurisdiction",
                "le numéro ne peut pas être une carte santé de sa province ou de son territoire",
            ),
            Self::UnknownIssuer => Words::new(
                "the issuer of the health card is not known here",
                "l'émetteur de la carte santé n'est pas connu ici",
            ),
        }
    }
}

/// The first health card that can speak for a person, or why there is none.
///
/// # Errors
/// The reason of the card that came nearest: a filler before a wrong shape before an unknown issuer before none.
pub fn usable(identifiers: &[Identifier]) -> Result<&Identifier, NoCard> {
    let mut why = NoCard::NotStated;
    for card in identifiers.iter().filter(|i| i.sort == IdentifierSort::HealthCard) {
        let bare = comparable(card);
        why = match shape(card) {
            CardShape::Fits | CardShape::CheckDigit => return Ok(card),
            CardShape::OutOfRange if is_filler(bare.as_bytes()) => NoCard::Filler,
            CardShape::OutOfRange if !matches!(why, NoCard::Filler) => NoCard::Misshapen,
            CardShape::ForeignIssuer if matches!(why, NoCard::NotStated) => NoCard::UnknownIssuer,
            _ => why,
        };
    }
    Err(why)
}

/// What to tell the feed's owner about a card number, when there is something.
#[must_use]
pub fn problem(card: &Identifier) -> Option<Words> {
    if card.sort != IdentifierSort::HealthCard {
        return None;
    }
    let (code, value) = (issuer_code(card), &card.value);
    match shape(card) {
        CardShape::Fits => None,
        CardShape::CheckDigit => Some(Words::new(
            format!(
                "PID-3: health card {value} ({code}) has an unusual check digit. It is kept and compared as sent."
            ),
            format!(
                "PID-3 : la carte santé {value} ({code}) a un chiffre de contrôle inhabituel. Elle est gardée et comparée telle quelle."
            ),
        )),
        CardShape::OutOfRange => Some(Words::new(
            format!(
                "PID-3: {value} cannot be a health card of {code}. It is kept, and never used to find the person."
            ),
            format!(
                "PID-3 : {value} ne peut pas être une carte santé de {code}. Le numéro est gardé et ne sert jamais à trouver la personne."
            ),
        )),
        CardShape::ForeignIssuer => Some(Words::new(
            format!(
                "PID-3: the issuer \"{code}\" of health card {value} is not known here. Send the province in PID-3.4, for example NS."
            ),
            format!(
                "PID-3 : l'émetteur « {code} » de la carte santé {value} n'est pas connu ici. Envoyez la province dans PID-3.4, par exemple NS."
            ),
        )),
    }
}

/// One digit repeated, or digits that count up.
pub(super) fn is_filler(digits: &[u8]) -> bool {
    let same = digits.windows(2).all(|w| w[0] == w[1]);
    let rising = digits.iter().all(u8::is_ascii_digit)
        && digits.windows(2).all(|w| (w[0] - b'0' + 1) % 10 == w[1] - b'0');
    same || rising
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if place % 2 == 1 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(authority: &str, value: &str) -> Identifier {
        Identifier { sort: IdentifierSort::HealthCard, authority: authority.into(), value: value.into() }
    }

    #[test]
    fn h11_shapes_by_jurisdiction() {
        use CardShape::{CheckDigit, Fits, ForeignIssuer, OutOfRange};
        let cases = [
            ("NS", "0144679875", Fits),
            ("NS", "0144 679 875", Fits),
            ("NS", "0144679874", CheckDigit),
            ("NS", "144679875", OutOfRange),
            ("NS", "0000000000", OutOfRange),
            ("NS", "1234567890", OutOfRange),
            ("NS", "01446798AB", OutOfRange),
            ("NB", "144679875", Fits),
            ("PE", "14467987", Fits),
            ("NL", "014467987512", Fits),
            ("QC", "TREM 7104 1218", Fits),
            ("NT", "N1446798", Fits),
            ("", "0144679875", ForeignIssuer),
            ("QEII", "0144679875", ForeignIssuer),
            ("NS", "", OutOfRange),
        ];
        for (issuer, value, expected) in cases {
            assert_eq!(shape(&card(issuer, value)), expected, "{issuer} {value}");
        }
    }

    #[test]
    fn h11_a_missing_card_is_a_reason() {
        let none: [Identifier; 0] = [];
        assert!(matches!(usable(&none), Err(NoCard::NotStated)));
        assert!(matches!(usable(&[card("NS", "0000000000")]), Err(NoCard::Filler)));
        assert!(matches!(usable(&[card("NS", "48213")]), Err(NoCard::Misshapen)));
        assert!(matches!(usable(&[card("QEII", "0144679875")]), Err(NoCard::UnknownIssuer)));
        assert!(usable(&[card("NS", "0000000000"), card("NB", "144679875")]).is_ok());
    }

    #[test]
    fn s110_what_can_name_a_record() {
        let other =
            Identifier { sort: IdentifierSort::Other, authority: "GOVX".into(), value: "123-45-6789".into() };
        assert!(names_a_record(&other) && !is_proof(&other));
        assert!(names_a_record(&card("GOODHEALTH", "777")));
        assert!(!names_a_record(&card("NS", "0000000000")));
        assert!(!names_a_record(&card("", "0144679875")));
    }

    #[test]
    fn s072_equal_digits_in_two_provinces_are_two_cards() {
        assert!(!same(&card("NB", "144679875"), &card("MB", "144679875")));
        assert!(same(&card("ON", "9876543217AB"), &card("ON", "9876-543-217-CD")));
        assert!(!same(&card("NS", ""), &card("NS", "")));
    }
}
