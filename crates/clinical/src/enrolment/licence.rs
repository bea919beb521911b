//! Numbers of licences: one normal form for each regulator, used wherever two are compared. People and offices write one
//! number as `P-1001`, `p1001` and ` P 1001`; a person must not become two by it, nor two people one.

use unicode_normalization::UnicodeNormalization as _;

/// Regulators that pad numbers with zeros in some of their lists and not in others. Of every other a leading zero is part
/// of the number.
const ZERO_PADDED: &[&str] = &["CPSNS", "NSCPS"];

/// The assigning authorities by which messages and the provider directory name a regulator's numbers, where it is another
/// word than the register's.
const AUTHORITIES: &[(&str, &[&str])] = &[("CPSNS", &["CPSNS", "NSCPS"]), ("NSPR", &["NSPR", "NSCP"])];

fn code(regulator: &str) -> String {
    regulator.trim().to_uppercase()
}

/// A number without what is only its look: letters and digits, capital, in their plain forms. Empty when there is none.
#[must_use]
pub fn bare(number: &str) -> String {
    number.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The normal form of a regulator's number.
#[must_use]
pub fn normal(regulator: &str, number: &str) -> String {
    let bare = bare(number);
    let is_padded =
        ZERO_PADDED.contains(&code(regulator).as_str()) && bare.bytes().all(|b| b.is_ascii_digit());
    if is_padded { bare.trim_start_matches('0').to_owned() } else { bare }
}

/// Regulator and number as accounts keep them: `NSPR|P1001`; empty when one of them is missing: a number without its
/// regulator tells nobody apart.
#[must_use]
pub fn key(regulator: &str, number: &str) -> String {
    match (code(regulator), normal(regulator, number)) {
        (regulator, number) if regulator.is_empty() || number.is_empty() => String::new(),
        (regulator, number) => format!("{regulator}|{number}"),
    }
}

/// The same of what [`key`] or somebody else put together.
#[must_use]
pub fn key_of(licence: &str) -> String {
    licence.split_once('|').map(|(regulator, number)| key(regulator, number)).unwrap_or_default()
}

/// Whether an assigning authority issues the numbers of a regulator.
#[must_use]
pub fn issues(authority: &str, regulator: &str) -> bool {
    let (authority, regulator) = (code(authority), code(regulator));
    let others = AUTHORITIES.iter().find(|(known, _)| *known == regulator);
    !regulator.is_empty()
        && others.map_or(authority == regulator, |(_, all)| all.contains(&authority.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s037_a_number_is_one_however_it_is_written_and_only_of_its_regulator() {
        for written in ["P-1001", "p1001", " P 1001", "P\u{2011}1001", "Ｐ１００１"] {
            assert_eq!(key("nspr ", written), "NSPR|P1001", "{written}");
        }
        assert_ne!(key("NSPR", "P1001"), key("CPSNS", "P1001"));
        assert_eq!(
            (key("CPSNS", "014999"), key("NSPR", "014999")),
            ("CPSNS|14999".into(), "NSPR|014999".into())
        );
        assert_eq!((key("NSPR", " - "), key_of("|P1001"), key_of("")), Default::default());
        assert_eq!(key_of("NSPR|p-1001"), "NSPR|P1001");
    }

    #[test]
    fn a_number_counts_with_whoever_issued_it() {
        assert!(issues("NSCPS", "CPSNS") && issues("nscn", "NSCN"));
        assert!(!issues("NSHBILL", "CPSNS") && !issues("", "") && !issues("NSCN", "CPSNS"));
    }
}
