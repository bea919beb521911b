//! Numbers, units and identifiers as people read them.

use crate::words::{Lang, chart};
use maud::{Markup, html};

/// No-break space: a number never parts from its unit.
pub(crate) const NBSP: char = '\u{a0}';

/// Units that senders write in plain letters, and how they are read aloud on a ward (never µg: mcg).
const UNITS: &[(&str, &str)] = &[
    ("umol/L", "µmol/L"),
    ("ug/L", "mcg/L"),
    ("µg/L", "mcg/L"),
    ("ug/mL", "mcg/mL"),
    ("10*9/L", "10⁹/L"),
    ("10^9/L", "10⁹/L"),
    ("10*12/L", "10¹²/L"),
    ("10^12/L", "10¹²/L"),
    ("10*3/uL", "10³/µL"),
    ("10*6/uL", "10⁶/µL"),
    ("mL/min/{1.73_m2}", "mL/min/1.73\u{a0}m²"),
    ("mL/min/1.73m2", "mL/min/1.73\u{a0}m²"),
    ("[IU]/L", "IU/L"),
    ("U/L", "U/L"),
    ("Cel", "°C"),
];

/// A unit for display; one that is not in the table stays as its source wrote it.
pub(crate) fn unit(text: &str) -> &str {
    UNITS.iter().find(|(from, _)| *from == text).map_or(text, |(_, to)| to)
}

/// A whole number with its thousands parted: 18,412 and 18 412.
pub(crate) fn whole(lang: Lang, n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(if lang == Lang::Fr { NBSP } else { ',' });
        }
        out.push(digit);
    }
    out
}

/// A value as its source wrote it, with the decimal sign of the language; comparators become words.
pub(crate) fn value(lang: Lang, text: &str) -> String {
    let text = text.trim();
    for (sign, words) in [
        (">=", chart::OR_MORE),
        ("<=", chart::OR_LESS),
        ("≥", chart::OR_MORE),
        ("≤", chart::OR_LESS),
        ("<", chart::UNDER),
        (">", chart::OVER),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return lang.fill(words, &[&decimal(lang, rest.trim())]);
        }
    }
    decimal(lang, text)
}

/// A number with its unit behind it, on one line: `71.4 kg`, `71,4 kg`.
pub(crate) fn amount(lang: Lang, text: &str) -> String {
    match text.trim().split_once([' ', NBSP]) {
        Some((number, rest)) => format!("{}{NBSP}{}", decimal(lang, number), unit(rest.trim())),
        None => value(lang, text),
    }
}

/// What is expected: limits in words, or as the source wrote it.
pub(crate) fn expected(lang: Lang, written: &str, low: Option<f64>, high: Option<f64>) -> String {
    let written = written.trim();
    if let Some((from, to)) = written.split_once('-').map(|(a, b)| (a.trim(), b.trim()))
        && is_number(from)
        && is_number(to)
    {
        return lang.fill(chart::TO, &[&decimal(lang, from), &decimal(lang, to)]);
    }
    if !written.is_empty() {
        return value(lang, written);
    }
    let shown = |n: f64| decimal(lang, &n.to_string());
    match (low, high) {
        (Some(low), Some(high)) => lang.fill(chart::TO, &[&shown(low), &shown(high)]),
        (Some(low), None) => lang.fill(chart::OR_MORE, &[&shown(low)]),
        (None, Some(high)) => lang.fill(chart::OR_LESS, &[&shown(high)]),
        (None, None) => String::new(),
    }
}

/// A computed number with one decimal and a sign: +2.1, −3.4.
pub(crate) fn signed(lang: Lang, n: f64) -> String {
    let text = decimal(lang, &format!("{:.1}", n.abs()));
    if n.abs() < 0.05 {
        "0".to_owned()
    } else if n < 0.0 {
        format!("−{text}")
    } else {
        format!("+{text}")
    }
}

/// A size in bytes.
pub(crate) fn size(lang: Lang, bytes: usize) -> String {
    let kilo = if lang == Lang::Fr { ("ko", "Mo") } else { ("kB", "MB") };
    if bytes < 1_000_000 {
        format!("{}{NBSP}{}", whole(lang, bytes.div_ceil(1000) as u64), kilo.0)
    } else {
        format!("{}{NBSP}{}", decimal(lang, &format!("{:.1}", bytes as f64 / 1e6)), kilo.1)
    }
}

/// A health card as it is printed: 0041 702 816 when it has ten digits.
pub(crate) fn health_card(number: &str) -> String {
    if number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}{NBSP}{}{NBSP}{}", &number[..4], &number[4..7], &number[7..])
    } else {
        number.to_owned()
    }
}

/// A record number: eight digits in two groups of four.
pub(crate) fn record_number(number: &str) -> String {
    if number.len() == 8 && number.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}{NBSP}{}", &number[..4], &number[4..])
    } else {
        number.to_owned()
    }
}

/// Issuer and number of a record: `HI 0071 8264`.
pub(crate) fn record_label(authority: &str, number: &str) -> String {
    format!("{authority} {}", record_number(number))
}

/// A record number as it came behind its issuer, in groups of four: `HI 00718264` is `HI 0071 8264`.
pub(crate) fn spaced(label: &str) -> String {
    label.split_once(' ').map_or_else(|| label.to_owned(), |(issuer, number)| record_label(issuer, number))
}

/// A telephone of ten digits in its three groups: 902-555-0117.
pub(crate) fn telephone(digits: &str) -> String {
    if digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..])
    } else {
        digits.to_owned()
    }
}

/// A Canadian postal code in its two halves: B0X 1A0.
pub(crate) fn postal_code(code: &str) -> String {
    if code.len() == 6 && code.is_ascii() {
        format!("{}{NBSP}{}", &code[..3], &code[3..])
    } else {
        code.to_owned()
    }
}

/// A unit beside its number or test; nothing when there is none.
pub(crate) fn unit_mark(text: &str) -> Markup {
    html! { @if !text.is_empty() { span.unit { (unit(text)) } } }
}

fn decimal(lang: Lang, text: &str) -> String {
    if lang == Lang::Fr && is_number(text) { text.replace('.', ",") } else { text.to_owned() }
}

fn is_number(text: &str) -> bool {
    let body = text.strip_prefix('-').unwrap_or(text);
    !body.is_empty()
        && body.bytes().filter(|b| *b == b'.').count() <= 1
        && body.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && body.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_language_and_never_gain_or_lose_a_digit() {
        assert_eq!(value(Lang::En, "4.10"), "4.10");
        assert_eq!(value(Lang::Fr, "4.10"), "4,10");
        assert_eq!(value(Lang::En, "< 0.5"), "under 0.5");
        assert_eq!(value(Lang::Fr, ">=60"), "60 ou plus");
        assert_eq!(value(Lang::Fr, "Positive"), "Positive");
        assert_eq!(value(Lang::Fr, "1.2.3"), "1.2.3");
        assert_eq!(expected(Lang::En, "3.5-5.1", None, None), "3.5 to 5.1");
        assert_eq!(expected(Lang::Fr, "3.5 - 5.1", None, None), "3,5 à 5,1");
        assert_eq!(expected(Lang::En, "", Some(60.0), None), "60 or more");
        assert_eq!(expected(Lang::En, "<300", None, Some(300.0)), "under 300");
        assert_eq!(whole(Lang::En, 18412), "18,412");
        assert_eq!(whole(Lang::Fr, 1234567), "1\u{a0}234\u{a0}567");
        assert_eq!(signed(Lang::Fr, -3.44), "−3,4");
        assert_eq!(health_card("0041702816"), "0041\u{a0}702\u{a0}816");
        assert_eq!(telephone("9025550117"), "902-555-0117");
        assert_eq!(telephone("5550117"), "5550117");
        assert_eq!(postal_code("B0X1A0"), "B0X\u{a0}1A0");
        assert_eq!(unit("umol/L"), "µmol/L");
        assert_eq!(amount(Lang::Fr, "71.4 kg"), "71,4\u{a0}kg");
    }
}
