//! Fax numbers: what is dialled, and the ways that follow a number that changes.

use super::{
    Change, Contact, ContactKind, Directory, Endpoint, EndpointKind, EndpointState, Fact, same_value,
};

/// Figures of a number that can be dialled (ITU-T E.164 allows 15).
const FIGURES: std::ops::RangeInclusive<usize> = 7..=15;

/// The number as it is dialled, figures with a + before them where one stands; `None` when it is no number. What people
/// write between figures is left out; an extension cannot be dialled, and an @ would begin a folder.
#[must_use]
pub fn fax_number(written: &str) -> Option<String> {
    let dialled: String =
        written.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')' | '.')).collect();
    let figures = dialled.strip_prefix('+').unwrap_or(&dialled);
    let is_number = FIGURES.contains(&figures.len()) && figures.chars().all(|c| c.is_ascii_digit());
    is_number.then_some(dialled)
}

impl Endpoint {
    /// The number that a fax way dials; `None` for other ways and for what is no number.
    #[must_use]
    pub fn dials(&self) -> Option<String> {
        let number = self.address.split('@').next().unwrap_or_default();
        fax_number(number).filter(|_| self.kind == EndpointKind::Fax)
    }
}

impl Directory {
    /// The ways that dial the number of a contact, with another number: reports follow it once it has taken its test
    /// page, so each is on trial again. `None` when `value` cannot be dialled.
    #[must_use]
    pub fn fax_ways(&self, known: &Contact, value: &str) -> Option<Vec<Change>> {
        let number = fax_number(value)?;
        let place = self.endpoint(&known.of).map_or(known.of.as_str(), |way| way.place.as_str());
        let follows = |way: &&Endpoint| {
            (way.place == place || way.id == known.of)
                && way.dials().is_some_and(|dials| {
                    same_value(ContactKind::Fax, &dials, &known.value)
                        && fax_number(&dials) != Some(number.clone())
                })
        };
        let other = |way: &Endpoint| {
            let address = match way.address.split_once('@') {
                Some((_, spool)) => format!("{number}@{spool}"),
                None => number.clone(),
            };
            Change::Set(Fact::Endpoint(Endpoint { address, state: EndpointState::Trial, ..way.clone() }))
        };
        Some(self.endpoints().filter(follows).map(other).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fax_number_is_figures_and_nothing_that_dials_elsewhere() {
        assert_eq!(fax_number("(902) 555-0100").as_deref(), Some("9025550100"));
        assert_eq!(fax_number("+1 902.555.0100").as_deref(), Some("+19025550100"));
        for wrong in
            ["9025550100@/x", "902 555 0100 ext 3", "555-01", "1234567890123456", "+", "", "902+5550100"]
        {
            assert_eq!(fax_number(wrong), None, "{wrong}");
        }
    }
}
