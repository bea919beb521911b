//! One analyte in two units (HAZARDS H22): a conversion is declared by a code map, with the molar mass that proves its
//! factor in both directions. What nobody declared is never converted.

use super::map::is_loinc;
use super::ucum;
use serde::Deserialize;

/// How far a declared factor may be from what units and molar mass give, as a part of it: the last digit of a table.
const TOLERANCE: f64 = 1e-3;
/// Significant digits of a converted value at most: what an `f64` holds.
const DIGITS_LIMIT: usize = 15;

/// Two LOINC codes that are one analyte in two units; the two may be the same code.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// LOINC codes.
    pub loinc: [String; 2],
    /// The UCUM unit of each.
    pub units: [String; 2],
    /// How many of the second unit one of the first is.
    pub factor: f64,
    /// Molar mass in g/mol; not needed where both units measure the same.
    pub grams_per_mole: Option<f64>,
}

impl Conversion {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        if let Some(code) = self.loinc.iter().find(|code| !is_loinc(code)) {
            return Some(format!("{code} is no LOINC number: the check digit after the hyphen does not fit"));
        }
        let is_more_than_none = |number: f64| number.is_finite() && number > 0.0;
        if !is_more_than_none(self.factor) || !self.grams_per_mole.is_none_or(is_more_than_none) {
            return Some("factor and grams_per_mole are numbers above 0; look both up again".to_owned());
        }
        let [one, other] = match (ucum::read(&self.units[0]), ucum::read(&self.units[1])) {
            (Ok(one), Ok(other)) => [one, other],
            (Err(problem), _) | (_, Err(problem)) => return Some(problem.to_string()),
        };
        let mass = self.grams_per_mole.unwrap_or(f64::NAN);
        let (Some(there), Some(back)) = (one.in_units_of(&other, mass), other.in_units_of(&one, mass)) else {
            return Some(format!(
                "{} and {} do not measure one thing; write grams_per_mole where one is a mass and the other an amount of substance",
                self.units[0], self.units[1]
            ));
        };
        let is_near = |declared: f64, computed: f64| (declared / computed - 1.0).abs() <= TOLERANCE;
        if is_near(self.factor, there) && is_near(1.0 / self.factor, back) {
            return None;
        }
        Some(format!(
            "1 {} is {there:.4} {} by the molar mass, and not {}; look both up again",
            self.units[0], self.units[1], self.factor
        ))
    }

    /// Whether two are about the same codes in the same units, whichever way round and however the units are written.
    #[must_use]
    pub fn is_about_same(&self, other: &Self) -> bool {
        let is_same = |a: usize, b: usize| {
            self.loinc[a] == other.loinc[b] && same_unit(&self.units[a], &other.units[b])
        };
        is_same(0, 0) && is_same(1, 1) || is_same(0, 1) && is_same(1, 0)
    }

    /// Whether two that are about the same say the same, to the last digit of a table.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let [from, to] = [0, 1].map(|n| (self.loinc[n].as_str(), self.units[n].as_str()));
        other.between(from, to).is_some_and(|factor| (factor / self.factor - 1.0).abs() <= TOLERANCE)
    }

    /// By what a value of a code in a unit is multiplied to stand beside the other code's; `None` when it is about others.
    #[must_use]
    pub fn between(&self, (loinc, unit): (&str, &str), (to_loinc, to_unit): (&str, &str)) -> Option<f64> {
        let is =
            |n: usize, loinc: &str, unit: &str| self.loinc[n] == loinc && same_unit(&self.units[n], unit);
        if is(0, loinc, unit) && is(1, to_loinc, to_unit) {
            Some(self.factor)
        } else if is(1, loinc, unit) && is(0, to_loinc, to_unit) {
            Some(1.0 / self.factor)
        } else {
            None
        }
    }
}

/// Whether two spellings mean one unit: the same but for blanks and the sign for micro, or the same in UCUM.
#[must_use]
pub fn same_unit(one: &str, other: &str) -> bool {
    let plain = |unit: &str| -> String {
        let kept = unit.chars().filter(|c| !c.is_whitespace());
        kept.map(|c| if matches!(c, 'µ' | 'μ') { 'u' } else { c }).collect()
    };
    let (one, other) = (plain(one), plain(other));
    one == other
        || matches!((ucum::read(&one), ucum::read(&other)), (Ok(one), Ok(other)) if one.is_same(&other))
}

/// A converted value with as many significant digits as the measured one has, two at least and fifteen at most.
#[must_use]
pub fn rounded(measured: &str, converted: f64) -> String {
    let digits = measured
        .chars()
        .filter(char::is_ascii_digit)
        .skip_while(|c| *c == '0')
        .count()
        .clamp(2, DIGITS_LIMIT);
    if converted == 0.0 || !converted.is_finite() {
        return converted.to_string();
    }
    // Digits before the point; below nought the zeros behind it.
    let (mut whole, mut rest) = (0_i32, converted.abs());
    while rest >= 1.0 {
        (whole, rest) = (whole + 1, rest / 10.0);
    }
    while rest < 0.1 {
        (whole, rest) = (whole - 1, rest * 10.0);
    }
    let behind = i32::try_from(digits).unwrap_or(i32::MAX).saturating_sub(whole);
    let decimals = usize::try_from(behind).unwrap_or(0);
    // More digits before the point than were measured: the last of them are noughts.
    let step = 10f64.powi(behind.min(0).saturating_neg());
    let kept = if behind < 0 { (converted / step).round() * step } else { converted };
    format!("{kept:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creatinine() -> Conversion {
        Conversion {
            loinc: ["2160-0".into(), "14682-9".into()],
            units: ["mg/dL".into(), "umol/L".into()],
            factor: 88.40,
            grams_per_mole: Some(113.12),
        }
    }

    #[test]
    fn h22_a_factor_is_proven_by_the_molar_mass_in_both_directions() {
        assert_eq!(creatinine().problem(), None);
        for (wrong, said) in [
            (Conversion { factor: 8.84, ..creatinine() }, "88.40"),
            (Conversion { factor: 1.0 / 88.40, ..creatinine() }, "88.40"),
            (Conversion { grams_per_mole: None, ..creatinine() }, "grams_per_mole"),
            (Conversion { grams_per_mole: Some(0.0), ..creatinine() }, "above 0"),
            (Conversion { factor: -88.40, grams_per_mole: Some(-113.12), ..creatinine() }, "above 0"),
            (Conversion { units: ["mg/dL".into(), "mmHg".into()], ..creatinine() }, "mmHg"),
            (
                Conversion { units: ["mg/dL".into(), "U/L".into()], ..creatinine() },
                "do not measure one thing",
            ),
            (Conversion { loinc: ["2160-1".into(), "14682-9".into()], ..creatinine() }, "2160-1"),
        ] {
            let problem = wrong.problem().expect("a problem");
            assert!(problem.contains(said), "{problem}");
        }
        // Within one dimension no molar mass is needed.
        let grams = Conversion {
            loinc: ["718-7".into(), "718-7".into()],
            units: ["g/dL".into(), "g/L".into()],
            factor: 10.0,
            grams_per_mole: None,
        };
        assert_eq!(grams.problem(), None);
    }

    #[test]
    fn h22_there_and_back_is_the_same_value() {
        let one = creatinine();
        let there = one.between(("2160-0", "mg/dL"), ("14682-9", "µmol/L")).expect("a factor");
        let back = one.between(("14682-9", "umol/L"), ("2160-0", "mg/dL")).expect("a factor");
        assert!((there * back - 1.0).abs() < 1e-12);
        assert_eq!(rounded("1.0", there), "88");
        assert_eq!(rounded("80", 80.0 * back), "0.90");
        assert_eq!((rounded("1.23", 1.23 * there), rounded("0.9", 0.9 * there)), ("109".into(), "80".into()));
        assert_eq!((rounded("1234", 109_087.0), rounded("5", 0.0277)), ("109100".into(), "0.028".into()));
        assert_eq!(one.between(("2160-0", "mg/dL"), ("14682-9", "mmol/L")), None);
        assert_eq!(one.between(("2345-7", "mg/dL"), ("14749-6", "umol/L")), None);
    }

    #[test]
    fn h22_what_is_declared_twice_is_found_whichever_way_it_is_written() {
        let one = creatinine();
        let turned = Conversion {
            loinc: ["14682-9".into(), "2160-0".into()],
            units: ["µmol/L".into(), "mg/dL".into()],
            factor: 1.0 / 88.40,
            ..creatinine()
        };
        assert!(one.is_about_same(&turned) && turned.is_about_same(&one) && one.agrees_with(&turned));
        let other = Conversion { factor: 1.0 / 76.2, ..turned };
        assert!(one.is_about_same(&other) && !one.agrees_with(&other) && !other.agrees_with(&one));
        let elsewhere = Conversion { units: ["mg/dL".into(), "mmol/L".into()], ..creatinine() };
        assert!(!one.is_about_same(&elsewhere));
    }

    #[test]
    fn h22_a_number_of_any_length_is_rounded() {
        let long = "1".repeat(70_000);
        assert_eq!(rounded(&long, 1.5), "1.50000000000000");
        assert_eq!(rounded(&long, 1e300).len(), 301);
    }

    #[test]
    fn h22_spellings_of_a_unit_are_one_and_units_are_not() {
        assert!(same_unit("µmol/L", "umol / L") && same_unit("mg/L", "ug/mL") && same_unit("x", "x"));
        assert!(!same_unit("mmol/L", "mg/dL") && !same_unit("g/L", "g/dL") && !same_unit("", "mg/dL"));
        assert!(!same_unit("MMOL/L", "mmol/L"), "a spelling that is no UCUM is nobody's but its own");
    }
}
