//! Dates that have not come yet: nobody is born tomorrow, and a result of next year would stand first for a year.

use crate::intake::Chart;
use crate::intake::reading;
use crate::intake::scope::Scope;
use crate::words::Words;
use fhir::Instant;
use hl7v2::Message;

/// How far a sender's clock may be ahead of ours, its zone included: one day.
pub(crate) const AHEAD_MINUTES: i64 = 24 * 60;
/// Fields that say when something was observed, collected or reported; of a plan the future is the point.
const PAST_FIELDS: &[(&str, usize)] =
    &[("OBR", 7), ("OBR", 14), ("OBR", 22), ("OBX", 14), ("OBX", 19), ("SPM", 17), ("TXA", 4), ("EVN", 6)];

/// How systems begin a birth date that they do not know; it says nothing and holds nothing up.
const UNKNOWN: &str = "9999";

/// The last day that is believed, `YYYYMMDD`.
fn last_day(received: Instant) -> String {
    let day = received.plus_minutes(AHEAD_MINUTES).to_string();
    day.chars().filter(char::is_ascii_digit).take(8).collect()
}

/// Whether a date of any precision lies wholly after `last`.
fn is_after(date: &str, last: &str) -> bool {
    let digits: String = date.chars().filter(char::is_ascii_digit).take(8).collect();
    digits.len() >= 4 && last.get(..digits.len()).is_some_and(|last| digits.as_str() > last)
}

/// Why a message about somebody who is not born yet is held.
pub(super) fn unborn(charts: &[Chart], received: Instant) -> Option<Words> {
    let last = last_day(received);
    let births = charts.iter().map(|chart| &chart.claim.birth_date);
    let date = births.filter(|date| !date.starts_with(UNKNOWN)).find(|date| is_after(date, &last))?;
    Some(Words::new(
        format!(
            "The birth date in PID-7 ({date}) is in the future: a person must say whose this is. Send the true birth date in PID-7, or leave it empty."
        ),
        format!(
            "La date de naissance dans PID-7 ({date}) est dans l'avenir : une personne doit dire à qui ceci appartient. Envoyez la vraie date de naissance dans PID-7, ou laissez-la vide."
        ),
    ))
}

/// Tells the feed's owner of results dated in the future; they are filed as sent, for a wrong clock is no reason to
/// keep a result from anybody.
pub(super) fn tell(scope: &Scope<'_>, message: &Message, received: Instant) {
    let last = last_day(received);
    for (name, number) in PAST_FIELDS {
        for segment in message.all_named(name) {
            let said = reading::field(segment, *number);
            if is_after(said.get(..said.len().min(8)).unwrap_or_default(), &last) {
                scope.note(
                    &format!("{name}-{number} ({said}) is in the future"),
                    "it was filed as sent; set the sender's clock and send it again as a correction",
                    &format!("{name}-{number} ({said}) est dans l'avenir"),
                    "versé tel qu'envoyé; réglez l'horloge de l'expéditeur et renvoyez-le comme correction",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_grace_and_every_precision() {
        // 2026-11-22T00:00:00Z
        let last = last_day(Instant(1_795_305_600_000_000));
        assert_eq!(last, "20261123");
        for past in ["", "2026", "202611", "20261123", "2026-11-23", "19610301", "abc"] {
            assert!(!is_after(past, &last), "{past}");
        }
        for future in ["2027", "202612", "20261124", "2199-01-01"] {
            assert!(is_after(future, &last), "{future}");
        }
    }
}
