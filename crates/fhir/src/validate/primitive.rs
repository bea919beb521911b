//! The values of primitive types (FHIR R4 datatypes 2.24.0.1).

use crate::base64;
use crate::fhirpath::Moment;
use crate::json::Json;
use crate::narrative;
use crate::time;

/// Longest string, in characters (FHIR R4: 1 MB).
const MAX_STRING: usize = 1_048_576;

/// What a value of a type should be; `None` when it is.
pub(super) fn wrong(sort: &str, value: &Json) -> Option<String> {
    let said = |words: &str| Some(words.to_owned());
    match (sort, value) {
        ("boolean", Json::Bool(_)) => None,
        ("boolean", _) => said("write true or false without quotes"),
        ("decimal", Json::Number(_)) => None,
        ("decimal", _) => said("write a number without quotes"),
        ("integer" | "positiveInt" | "unsignedInt", Json::Number(number)) => {
            let whole = number.as_str().parse::<i32>().ok();
            match (sort, whole) {
                (_, None) => said("write a whole number of 32 bits"),
                ("positiveInt", Some(n)) if n < 1 => said("write a whole number from 1"),
                ("unsignedInt", Some(n)) if n < 0 => said("write a whole number from 0"),
                _ => None,
            }
        }
        ("integer" | "positiveInt" | "unsignedInt", _) => said("write a whole number without quotes"),
        (_, Json::String(text)) => of_text(sort, text),
        _ => said("write text in quotes"),
    }
}

fn of_text(sort: &str, text: &str) -> Option<String> {
    let said = |words: &str| Some(words.to_owned());
    let control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    if text.trim().is_empty() {
        return said("a value is not empty; leave the element out");
    }
    if text.contains(control) {
        return said("take the control characters out");
    }
    match sort {
        "date" if !is_date(text) => said("write a date such as 2026, 2026-11 or 2026-11-22"),
        "dateTime" if !is_date_time(text) => {
            said("write a date, or date and time with offset, such as 2026-11-22T14:05:00-04:00")
        }
        "instant" if !(is_date_time(text) && text.contains(':')) => {
            said("write a whole instant with offset such as 2026-11-22T14:05:00.000-04:00")
        }
        "time" if !is_time(text) => said("write a time such as 14:05:00"),
        "id" if !is_id(text) => said("write 1 to 64 letters, digits, - and ."),
        "code" if text.trim() != text || text.contains(['\t', '\n', '\r']) || text.contains("  ") => {
            said("write a code without blanks before, behind or doubled")
        }
        "oid" if !is_oid(text) => said("write an OID such as urn:oid:1.2.3"),
        "uuid" if !is_uuid(text) => {
            said("write a UUID such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520")
        }
        "uri" | "url" | "canonical" if text.contains(char::is_whitespace) => {
            said("write an address without blanks")
        }
        "base64Binary" if base64::decode(text).is_none() => said("write base64 (RFC 4648) with its padding"),
        "xhtml" => narrative::problem(text),
        "string" | "markdown" if text.chars().count() > MAX_STRING => {
            said("text has at most 1 MB; keep the rest in a Binary")
        }
        "string" | "markdown" if text.to_ascii_lowercase().contains("<script") => {
            said("text holds no script; write the words alone")
        }
        _ => None,
    }
}

fn is_date(text: &str) -> bool {
    !text.contains('T') && time::interval(text).is_some()
}

fn is_date_time(text: &str) -> bool {
    match text.split_once('T') {
        None => is_date(text),
        Some((_, clock)) => {
            // A time has seconds and an offset.
            let zoned = clock.ends_with('Z') || clock.get(8..).is_some_and(|rest| rest.contains(['+', '-']));
            zoned && clock.get(5..6) == Some(":") && time::interval(text).is_some()
        }
    }
}

fn is_time(text: &str) -> bool {
    text.get(5..6) == Some(":") && Moment::read(text, crate::fhirpath::MomentKind::Time).is_some()
}

/// Whether it is the logical id of a resource.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

fn is_oid(text: &str) -> bool {
    text.strip_prefix("urn:oid:").is_some_and(|rest| {
        rest.starts_with(['0', '1', '2'])
            && rest.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn is_uuid(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_some_and(|rest| {
        let lengths: Vec<usize> = rest.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12] && rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_others() {
        let text = |text: &str| Json::from(text);
        for (sort, good) in [
            ("date", "2026-11"),
            ("dateTime", "2026-11-22T14:05:00-04:00"),
            ("instant", "2026-11-22T14:05:00.123Z"),
            ("time", "14:05:00"),
            ("id", "a-1.B"),
            ("code", "not in"),
            ("oid", "urn:oid:1.2.840"),
            ("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
            ("uri", "http://e.org/a"),
            ("base64Binary", "Zm9v"),
        ] {
            assert_eq!(wrong(sort, &text(good)), None, "{sort} {good}");
        }
        for (sort, bad) in [
            ("date", "2026-13"),
            ("date", "2026-11-22T14:05:00Z"),
            ("dateTime", "2026-11-22T14:05:00"),
            ("dateTime", "2026-11-22T14:05Z"),
            ("instant", "2026-11-22"),
            ("time", "14:05"),
            ("id", "a_1"),
            ("code", " a"),
            ("oid", "1.2"),
            ("uuid", "urn:uuid:x"),
            ("uri", "http://e.org/a b"),
            ("base64Binary", "Z.=="),
            ("boolean", "true"),
            ("string", " "),
        ] {
            assert!(wrong(sort, &text(bad)).is_some(), "{sort} {bad}");
        }
        assert!(
            wrong("positiveInt", &Json::from(0)).is_some() && wrong("integer", &Json::from(-1)).is_none()
        );
    }
}
