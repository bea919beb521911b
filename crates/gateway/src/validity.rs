//! When a certificate ends: the one field that an operator must know before the day (RFC 5280 4.1.2.5).

use crate::tls::TlsProblem;
use fhir::Instant;
use std::path::Path;

/// Tags of DER (X.690): a sequence, the version's own, the two forms of a time.
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When the first certificate of a PEM file to end ends; a chain is as good as its shortest part.
///
/// # Errors
/// [`TlsProblem::Unreadable`], also when no end can be read.
pub fn first_end(path: &Path) -> Result<Instant, TlsProblem> {
    let ends: Option<Vec<Instant>> = crate::tls::authorities(path)?.iter().map(|der| end(der)).collect();
    ends.and_then(|ends| ends.into_iter().min()).ok_or_else(|| TlsProblem::Unreadable {
        path: path.to_owned(),
        why: "a certificate in it does not say when it ends".to_owned(),
    })
}

/// When a certificate ends; `None` when that cannot be read.
#[must_use]
pub fn end(der: &[u8]) -> Option<Instant> {
    let (certificate, _) = value(SEQUENCE, der)?;
    let (mut fields, _) = value(SEQUENCE, certificate)?;
    if fields.first() == Some(&VERSION) {
        fields = next(fields)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        fields = next(fields)?.2;
    }
    let (validity, _) = value(SEQUENCE, fields)?;
    let (tag, text, _) = next(next(validity)?.2)?;
    moment(tag, std::str::from_utf8(text).ok()?)
}

/// The content of the element at the beginning, which must have this tag, and what follows it.
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    next(der).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag and content of the element at the beginning, and what follows it.
fn next(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        ..=0x7f => (usize::from(first), rest),
        // Certificates are shorter than 4 GiB.
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ`, of 1950 to 2049, or `YYYYMMDDHHMMSSZ`.
fn moment(tag: u8, text: &str) -> Option<Instant> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = match (tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year: i64 = digits[..2].parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (digits[..4].parse().ok()?, &digits[4..]),
        _ => return None,
    };
    let part = |at: usize| rest[at..at + 2].parse::<i64>().ok();
    let days = fhir::time::days_from_civil(year, part(0)?, part(2)?);
    Some(Instant::default().plus_seconds(days * 86_400 + part(4)? * 3_600 + part(6)? * 60 + part(8)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn d08_the_end_of_a_certificate_is_read_in_both_forms() {
        for (year, month, day, wanted) in
            [(2049, 12, 31, "2049-12-31T00:00:00.000Z"), (2050, 1, 1, "2050-01-01T00:00:00.000Z")]
        {
            let mut params = CertificateParams::new(vec!["lab.example".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, month, day);
            let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
            assert_eq!(end(&der).map(|at| at.to_string()).as_deref(), Some(wanted));
            // Cut off anywhere before the end of the dates, it says nothing rather than something else.
            for length in 0..60 {
                assert_eq!(end(&der[..length]), None, "{length}");
            }
        }
        assert_eq!(end(b""), None);
        assert_eq!(moment(UTC_TIME, "261123"), None);
    }
}
