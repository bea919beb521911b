//! Columns as written to columns as compared: dates in any order, cards, telephones, postal codes, street addresses.

use super::super::cards::{self, Check};
use super::lexicon::{fold, hash_bytes};
use fhir::time::days_from_civil;

/// Characters of a card that are kept letter for letter; a longer one is hashed and compared as a whole.
const CARD_CHARACTERS: usize = 12;
/// Marks a card code that is a hash.
const HASHED: u64 = 1 << 63;
/// Days from 1900-01-01 to 1970-01-01.
const DAYS_1900_TO_1970: i64 = 25_567;

/// A birth date as `YYYYMMDD`, unknown parts 00; 0 when none can be read.
///
/// Orders that can be told apart: `YYYY-MM-DD`, `YYYYMMDD`, `MM/DD/YYYY`, `MMDDYYYY`, the same with the day first
/// where only that makes a date. Eight digits that make no date at all are kept as they are: a slip of one digit in
/// them can still be seen.
#[must_use]
pub fn birth_date(written: &str) -> u32 {
    let bytes = written.trim().as_bytes();
    let mut parts = [0u32; 3];
    let mut lengths = [0usize; 3];
    let mut part = 0;
    let mut digits = 0;
    for byte in bytes {
        if byte.is_ascii_digit() {
            if part < 3 && lengths[part] < 8 {
                parts[part] = parts[part] * 10 + u32::from(byte - b'0');
                lengths[part] += 1;
                digits += 1;
            }
        } else if matches!(byte, b'T' | b' ') && digits >= 8 {
            break;
        } else if matches!(byte, b'-' | b'/' | b'.') && part < 3 && lengths[part] > 0 {
            part += 1;
        }
    }
    match lengths {
        [8, 0, 0] => eight_digits(parts[0]),
        [4, 0, 0] => parts[0] * 10_000,
        [6, 0, 0] => parts[0] * 100,
        [4, 1..=2, 0] => parts[0] * 10_000 + parts[1].min(99) * 100,
        [4, 1..=2, 1..=2] => parts[0] * 10_000 + parts[1] * 100 + parts[2],
        [1..=2, 1..=2, 4] if parts[0] > 12 && parts[1] <= 12 => parts[2] * 10_000 + parts[1] * 100 + parts[0],
        [1..=2, 1..=2, 1..=4] => parts[2] * 10_000 + parts[0] * 100 + parts[1],
        _ => 0,
    }
}

fn eight_digits(n: u32) -> u32 {
    let plausible =
        |y: u32, m: u32, d: u32| (1850..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
    let (a, b, c) = (n / 10_000, n / 100 % 100, n % 100);
    if plausible(a, b, c) {
        return n;
    }
    let (first, second, year) = (n / 1_000_000, n / 10_000 % 100, n % 10_000);
    if plausible(year, first, second) {
        return year * 10_000 + first * 100 + second;
    }
    if plausible(year, second, first) && !(1850..2100).contains(&a) {
        return year * 10_000 + second * 100 + first;
    }
    n
}

/// Days from 1900-01-01; 0 when no full date can be read.
#[must_use]
pub fn days_since_1900(written: &str) -> u16 {
    born_days_since_1900(birth_date(written)).and_then(|d| u16::try_from(d).ok()).unwrap_or(0)
}

/// The same of a packed birth date.
#[must_use]
pub fn born_days_since_1900(born: u32) -> Option<i32> {
    let (y, m, d) = (born / 10_000, born / 100 % 100, born % 100);
    (m != 0 && d != 0 && y > 1800)
        .then(|| (days_from_civil(i64::from(y), i64::from(m), i64::from(d)) + DAYS_1900_TO_1970) as i32)
}

/// The last ten digits of a telephone number; 0 when there are fewer than seven or all are the same.
#[must_use]
pub fn telephone(written: &str) -> u64 {
    let mut digits = [0u8; 10];
    let mut count = 0;
    for byte in written.bytes().rev().filter(u8::is_ascii_digit) {
        if count < 10 {
            digits[count] = byte - b'0';
            count += 1;
        }
    }
    if count < 7 || digits[1..count].iter().all(|d| *d == digits[0]) {
        return 0;
    }
    // A one before the digits keeps leading zeros.
    digits[..count].iter().rev().fold(1, |number, d| number * 10 + u64::from(*d))
}

/// A card number as one integer (base 37, letters and digits alone) and what its check digit says. 0 for none and
/// for fillers.
#[must_use]
pub fn card(written: &str, issuer: &str) -> (u64, Check) {
    let mut bare = [0u8; 64];
    let mut count = 0;
    for byte in written.bytes().filter(u8::is_ascii_alphanumeric) {
        if count < bare.len() {
            bare[count] = byte.to_ascii_uppercase();
            count += 1;
        }
    }
    let mut bare = &bare[..count];
    if issuer.trim().eq_ignore_ascii_case("ON")
        && bare.len() > 10
        && bare[..10].iter().all(u8::is_ascii_digit)
    {
        bare = &bare[..10];
    }
    if bare.is_empty() || cards::is_filler(bare) {
        return (0, Check::None);
    }
    let check = cards::check_of(bare, issuer);
    if bare.len() > CARD_CHARACTERS {
        return (hash_bytes(bare) | HASHED, check);
    }
    let code = bare.iter().fold(0u64, |code, byte| {
        let value = if byte.is_ascii_digit() { byte - b'0' + 1 } else { byte - b'A' + 11 };
        code * 37 + u64::from(value)
    });
    (code, check)
}

/// Whether two cards are one slip apart: one character changed, or two neighbours swapped.
#[must_use]
pub fn cards_one_slip(a: u64, b: u64) -> bool {
    if a == b || (a | b) & HASHED != 0 {
        return false;
    }
    slip_in_base(a, b, 37)
}

/// Whether two telephone numbers are one digit or one swap of neighbours apart.
#[must_use]
pub fn telephones_one_slip(a: u64, b: u64) -> bool {
    a != b && (slip_in_base(a, b, 10) || a / 10 == b || b / 10 == a)
}

/// The difference of two numbers that differ in one place is a multiple of a power of the base, less than base of it;
/// of two that swap neighbours, a multiple of (base - 1).
fn slip_in_base(a: u64, b: u64, base: u64) -> bool {
    let (mut x, mut y) = (a, b);
    while x % base == y % base {
        x /= base;
        y /= base;
    }
    let (low_x, low_y) = (x % base, y % base);
    let (rest_x, rest_y) = (x / base, y / base);
    if rest_x == rest_y {
        return rest_x != 0 || (low_x != 0 && low_y != 0);
    }
    rest_x % base == low_y && rest_y % base == low_x && rest_x / base == rest_y / base
}

/// A postal code as one integer: at most six letters and digits, base 37.
#[must_use]
pub fn postal(written: &str) -> u32 {
    let mut code = 0u64;
    let mut count = 0;
    let mut filler = true;
    let mut last = 0;
    for byte in written.bytes().filter(u8::is_ascii_alphanumeric) {
        let byte = byte.to_ascii_uppercase();
        if count > 0 && byte != last {
            filler = false;
        }
        last = byte;
        let value = if byte.is_ascii_digit() { byte - b'0' + 1 } else { byte - b'A' + 11 };
        code = code * 37 + u64::from(value);
        count += 1;
        if count == 6 {
            break;
        }
    }
    if filler { 0 } else { u32::try_from(code).unwrap_or(u32::MAX) }
}

/// The delivery area of a postal code: all but the last three of six, all but the last two of fewer.
#[must_use]
pub fn postal_area(code: u32) -> u32 {
    if code >= 37_u32.pow(5) { code / 37_u32.pow(3) } else { code / 37_u32.pow(2) }
}

/// Whether two postal codes are one slip apart.
#[must_use]
pub fn postals_one_slip(a: u32, b: u32) -> bool {
    a != b && slip_in_base(u64::from(a), u64::from(b), 37)
}

/// 1 male, 2 female, 3 stated and neither, 0 not known.
#[must_use]
pub fn sex(written: &str) -> u8 {
    match written.trim().as_bytes().first().map(u8::to_ascii_uppercase) {
        Some(b'M' | b'H') => 1,
        Some(b'F') => 2,
        Some(b'X' | b'O' | b'A' | b'N') => 3,
        _ => 0,
    }
}

/// 1 senior, 2 junior, 3 second and so on; 0 for none.
#[must_use]
pub fn suffix(written: &str) -> u8 {
    let bare: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
    match bare.to_ascii_uppercase().as_str() {
        "SR" | "SENIOR" | "PERE" | "I" | "1ST" => 1,
        "JR" | "JUNIOR" | "FILS" => 2,
        "II" | "2ND" => 3,
        "III" | "3RD" => 4,
        "IV" | "4TH" => 5,
        _ => 0,
    }
}

/// A name without the suffix at its end, and the suffix.
#[must_use]
pub fn without_suffix(name: &str) -> (&str, u8) {
    let trimmed = name.trim();
    if let Some((rest, last)) = trimmed.rsplit_once([' ', ','])
        && last.len() <= 6
        && last.len() >= 2
    {
        let found = suffix(last);
        if found != 0 {
            return (rest.trim_end_matches([' ', ',']), found);
        }
    }
    (trimmed, 0)
}

/// A code for an issuer; 0 for none stated.
#[must_use]
pub fn issuer(written: &str) -> u8 {
    let trimmed = written.trim().to_ascii_uppercase();
    if trimmed.is_empty() { 0 } else { (hash_bytes(trimmed.as_bytes()) % 255) as u8 + 1 }
}

/// A street address in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Street, folded, its sort (street, road …) in one spelling, words together.
    pub street: String,
    /// House number, or a hash of it; 0 for none.
    pub number: u32,
    /// Unit, hashed; 0 for none.
    pub unit: u16,
}

/// Sorts of streets and directions in the spellings of Canada Post and of people; English and French.
const STREET_WORDS: &[(&str, &str)] = &[
    ("street", "st"),
    ("str", "st"),
    ("road", "rd"),
    ("avenue", "av"),
    ("ave", "av"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("crt", "ct"),
    ("crescent", "cres"),
    ("cr", "cres"),
    ("boulevard", "blvd"),
    ("boul", "blvd"),
    ("highway", "hwy"),
    ("route", "rte"),
    ("rt", "rte"),
    ("place", "pl"),
    ("terrace", "terr"),
    ("ter", "terr"),
    ("circle", "cir"),
    ("square", "sq"),
    ("parkway", "pkwy"),
    ("trail", "trl"),
    ("tr", "trl"),
    ("heights", "hts"),
    ("la", "ln"),
    ("chemin", "ch"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("nord", "n"),
    ("sud", "s"),
    ("est", "e"),
    ("ouest", "o"),
    ("county", "c"),
    ("mount", "mt"),
    ("saint", "st"),
];

/// Words before a unit.
const UNIT_WORDS: &[&str] =
    &["apt", "apartment", "unit", "suite", "ste", "room", "rm", "app", "appt", "unite", "bureau"];

/// The parts of a street address: `29-124 Pine Cres`, `124 Pine Crescent #29` and `124 PINE CRES APT 29` are one.
#[must_use]
pub fn address(written: &str) -> Address {
    let mut found = Address::default();
    let mut unit: Vec<u8> = Vec::new();
    let mut next_is_unit = false;
    for token in written.split(|c: char| c.is_whitespace() || c == ',').filter(|t| !t.is_empty()) {
        if next_is_unit {
            unit = fold(token);
            next_is_unit = false;
            continue;
        }
        if let Some(rest) = token.strip_prefix('#') {
            next_is_unit = rest.is_empty();
            unit = fold(rest);
            continue;
        }
        let folded = fold(token);
        let Ok(word) = std::str::from_utf8(&folded) else { continue };
        if word.is_empty() {
            continue;
        }
        if UNIT_WORDS.contains(&word) {
            next_is_unit = true;
            continue;
        }
        if found.number == 0 && word.starts_with(|c: char| c.is_ascii_digit()) {
            let mut number = token;
            if let Some((before, behind)) = token.split_once('-')
                && behind.starts_with(|c: char| c.is_ascii_digit())
            {
                unit = fold(before);
                number = behind;
            }
            let bare = fold(number);
            let digits = std::str::from_utf8(&bare).ok().and_then(|t| t.parse::<u32>().ok());
            found.number = digits.filter(|n| *n != 0).unwrap_or_else(|| hash_bytes(&bare) as u32 | 1 << 31);
            continue;
        }
        match STREET_WORDS.iter().find(|(long, _)| *long == word) {
            Some((_, short)) => found.street.push_str(short),
            None => found.street.push_str(word),
        }
    }
    if !unit.is_empty() {
        found.unit = hash_bytes(&unit) as u16 | 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_any_order() {
        for (written, expected) in [
            ("1971-04-12", 19_710_412),
            ("19710412", 19_710_412),
            ("04/12/1971", 19_710_412),
            ("25/12/1971", 19_711_225),
            ("12042018", 20_181_204),
            ("1971-04", 19_710_400),
            ("1971", 19_710_000),
            ("197104121530", 19_710_412),
            ("19082309", 19_082_309),
            ("", 0),
            ("soon", 0),
        ] {
            assert_eq!(birth_date(written), expected, "{written}");
        }
    }

    #[test]
    fn addresses_written_differently() {
        let one = address("124 Pine Crescent #29");
        for other in
            ["29-124 PINE CRES", "124 PINE CRES APT 29", "124 pine crescent unit 29", "124 Pine Cres, # 29"]
        {
            assert_eq!(address(other), one, "{other}");
        }
        assert_eq!(address("PO Box 54"), address("P.O. BOX 54"));
        assert_ne!(address("12 Main St").number, address("13 Main St").number);
    }

    #[test]
    fn h11_a_filler_is_no_number() {
        for filler in ["", "0000000000", "9999999999", "1234567890", "---"] {
            assert_eq!(card(filler, "NS").0, 0, "{filler}");
        }
        assert_eq!(telephone("999-999-9999"), 0);
        assert_ne!(telephone("902-555-0101"), 0);
        assert_eq!(telephone("(902) 555 0101"), telephone("19025550101"));
    }

    #[test]
    fn one_slip_of_a_number() {
        let of = |n: &str| card(n, "").0;
        assert!(cards_one_slip(of("0144679875"), of("0144679876")));
        assert!(cards_one_slip(of("0144679875"), of("0414679875")));
        assert!(!cards_one_slip(of("0144679875"), of("0144679866")));
        assert!(!cards_one_slip(of("0144679875"), of("0144679875")));
        assert!(telephones_one_slip(telephone("9025550101"), telephone("9025550110")));
        assert!(!telephones_one_slip(telephone("9025550101"), telephone("9025559901")));
        assert!(postals_one_slip(postal("B3H 1A1"), postal("B3H1A2")));
        assert_eq!(postal_area(postal("B3H 1A1")), postal_area(postal("B3H9Z9")));
    }

    #[test]
    fn suffixes() {
        assert_eq!(without_suffix("MacKay Jr."), ("MacKay", 2));
        assert_eq!(without_suffix("MacKay"), ("MacKay", 0));
        assert_eq!(suffix("Sr"), 1);
    }
}
