//! Tests that a person of that sex or age cannot have had. Few, certain ones: a rule that is right in most cases only
//! would speak against trans patients and rare diseases every day.

use crate::identity::Sex;
use serde::{Deserialize, Serialize};

/// Why a test cannot be this person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Impossible {
    /// Of the other administrative sex.
    Sex,
    /// Of another age.
    Age,
}

/// One rule: codes and words of the service, for whom alone it can be.
struct Rule {
    /// LOINC codes.
    codes: &'static [&'static str],
    /// Words in the service's name, in capitals; all of one entry must stand there.
    words: &'static [&'static [&'static str]],
    /// The only sex that has it.
    sex: Option<Sex>,
    /// Whole years within which it can be.
    years: (i64, i64),
}

const ANY_AGE: (i64, i64) = (0, 150);

/// Ours, checked against the LOINC names. Quantitative hCG is left out: it is a tumour marker too.
const RULES: &[Rule] = &[
    // Prostate specific antigen.
    Rule {
        codes: &["2857-1", "10886-0", "12841-3", "35741-8", "83112-3"],
        words: &[&["PROSTATE", "SPECIFIC"], &["PROSTATE", "SPÉCIFIQUE"]],
        sex: Some(Sex::Male),
        years: (16, 150),
    },
    // Pregnancy tests, qualitative.
    Rule {
        codes: &["2106-3", "2110-5", "2118-8", "80384-1", "80385-8"],
        words: &[&["PREGNANCY", "TEST"], &["TEST", "GROSSESSE"]],
        sex: Some(Sex::Female),
        years: (8, 65),
    },
    // Cervical cytology.
    Rule {
        codes: &["10524-7", "18500-9", "19762-4", "19765-7", "47527-7", "33717-0"],
        words: &[&["PAP", "SMEAR"], &["CERVICAL", "CYTOLOGY"], &["CYTOLOGIE", "COL"]],
        sex: Some(Sex::Female),
        years: (10, 150),
    },
    // Obstetric ultrasound.
    Rule {
        codes: &["11525-3", "42148-7"],
        words: &[&["OBSTETRIC", "ULTRASOUND"]],
        sex: Some(Sex::Female),
        years: (8, 65),
    },
    // Semen.
    Rule {
        codes: &["10622-9", "69742-5"],
        words: &[&["SEMEN", "ANALYSIS"]],
        sex: Some(Sex::Male),
        years: (10, 150),
    },
    // Newborn screen.
    Rule {
        codes: &["54089-8", "54090-6", "57128-1"],
        words: &[&["NEWBORN", "SCREEN"], &["DÉPISTAGE", "NÉONATAL"]],
        sex: None,
        years: (0, 1),
    },
];

/// Whether a service (its codes and names) cannot be this person's; what is not known speaks for nothing.
#[must_use]
pub fn impossible(service: &[&str], sex: Option<Sex>, years: Option<i64>) -> Option<Impossible> {
    let rule = RULES.iter().find(|rule| {
        service.iter().any(|text| rule.codes.contains(&text.trim()))
            || (rule
                .words
                .iter()
                .any(|words| words.iter().all(|word| service.iter().any(|text| contains(text, word)))))
    })?;
    let (from, to) = rule.years;
    if let (Some(only), Some(sex)) = (rule.sex, sex)
        && only != sex
    {
        return Some(Impossible::Sex);
    }
    let outside = years.is_some_and(|years| !(from..=to).contains(&years));
    (outside && rule.years != ANY_AGE).then_some(Impossible::Age)
}

/// `word` is in capitals.
fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    text.len() >= word.len() && text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h01_tests_of_another_sex_or_age_are_told() {
        let cases = [
            (&["2857-1", "Prostate specific Ag"][..], Some(Sex::Female), Some(60), Some(Impossible::Sex)),
            (&["2857-1", ""], Some(Sex::Male), Some(60), None),
            (&["PSA", "Prostate Specific Antigen"], Some(Sex::Male), Some(3), Some(Impossible::Age)),
            (&["X", "pregnancy test, urine"], Some(Sex::Male), Some(30), Some(Impossible::Sex)),
            (&["X", "pregnancy test, urine"], None, Some(30), None),
            (&["54089-8", ""], Some(Sex::Male), Some(0), None),
            (&["54089-8", ""], Some(Sex::Male), Some(44), Some(Impossible::Age)),
            (&["2823-3", "Potassium"], Some(Sex::Female), Some(44), None),
            (&["19762-4", ""], Some(Sex::Female), None, None),
        ];
        for (service, sex, years, expected) in cases {
            assert_eq!(impossible(service, sex, years), expected, "{service:?} {sex:?} {years:?}");
        }
    }
}
