//! What an incident of an order or result is about, and its words.

use super::comparing::{EACH, LATE_DAYS};
use crate::incidents::Found;
use crate::intake::Number;
use clinical::intake::{authority_of, authority_uri};
use clinical::words::Words;
use std::collections::BTreeSet;
use store::Link;

/// What an incident of a feed is about. It can be read back, so that what lasts is looked for under its own number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// One number; whether it is the filler's is not said.
    Each(Number),
    /// Orders of the feed as a whole.
    Orders,
    /// Its results as a whole.
    Results,
}

/// What stands for the orders and for the results of a feed. No number that a feed is told of begins so.
const ORDERS: &str = "orders*";
const RESULTS: &str = "results*";

impl Subject {
    /// As an incident keeps it: `LAB@HRH P10001^HRH`.
    pub(super) fn of(&self, feed: &str) -> String {
        match self {
            Self::Orders => format!("{feed} {ORDERS}"),
            Self::Results => format!("{feed} {RESULTS}"),
            Self::Each(Number { system: None, value, .. }) => format!("{feed} {value}"),
            Self::Each(Number { system: Some(system), value, .. }) => {
                let issuer = authority_of(system).filter(|issuer| !issuer.contains([':', '^']));
                format!("{feed} {value}^{}", issuer.as_deref().unwrap_or(system))
            }
        }
    }

    /// Read back, with the feed; `None` when no link bears its name.
    pub(super) fn read<'l>(text: &str, links: &'l [Link]) -> Option<(&'l Link, Self)> {
        let told = |link: &'l Link| Some((link, text.strip_prefix(link.name.as_str())?.strip_prefix(' ')?));
        let (link, rest) = links.iter().filter_map(told).max_by_key(|(link, _)| link.name.len())?;
        let subject = match rest {
            ORDERS => Self::Orders,
            RESULTS => Self::Results,
            _ => {
                let (value, issuer) = rest.rsplit_once('^').unwrap_or((rest, ""));
                let system = match issuer {
                    "" => None,
                    system if system.contains(':') => Some(system.to_owned()),
                    namespace => Some(authority_uri(namespace)),
                };
                Self::Each(Number { system, value: value.to_owned(), filler: false })
            }
        };
        Some((link, subject))
    }
}

/// One order without a result, or one result without its order.
pub(super) fn one(feed: &str, has_result: bool, number: &Number) -> Found {
    let subject = Subject::Each(number.clone()).of(feed);
    let number = &number.value;
    if has_result {
        return Found {
            subject,
            what: Words::new(
                format!("Ask the sender of {feed} for order {number}."),
                format!("Demander à l'expéditeur de {feed} la demande {number}."),
            ),
            because: Words::new(
                format!("A result of {feed} names order {number}, which never came. The result is filed."),
                format!(
                    "Un résultat de {feed} nomme la demande {number}, qui n'est jamais venue. Le résultat est versé."
                ),
            ),
        };
    }
    Found {
        subject,
        what: Words::new(
            format!("Find out what became of order {number} of {feed}."),
            format!("Établir ce qu'est devenue la demande {number} de {feed}."),
        ),
        because: Words::new(
            format!("Order {number} of {feed} has had no result and no cancellation for {LATE_DAYS} days."),
            format!("La demande {number} de {feed} n'a ni résultat ni annulation depuis {LATE_DAYS} jours."),
        ),
    }
}

/// More of them than are told one by one; `count` in figures.
pub(super) fn many(feed: &str, has_result: bool, numbers: &BTreeSet<Number>, count: &str) -> Found {
    let shown = numbers.iter().take(EACH).map(|one| one.value.as_str()).collect::<Vec<_>>().join(", ");
    let (what, because) = if has_result {
        (
            Words::new(
                format!("Settle with the sender of {feed} where its orders go, and end this then."),
                format!("Établir avec l'expéditeur de {feed} où vont ses demandes, puis clore ceci."),
            ),
            Words::new(
                format!("{count} results of {feed} name orders that never came: {shown} and others."),
                format!(
                    "{count} résultats de {feed} nomment des demandes jamais venues : {shown} et d'autres."
                ),
            ),
        )
    } else {
        (
            Words::new(
                format!("Settle with the sender of {feed} where its results stay."),
                format!("Établir avec l'expéditeur de {feed} où restent ses résultats."),
            ),
            Words::new(
                format!(
                    "{count} orders of {feed} have had no result and no cancellation for {LATE_DAYS} days: {shown} and others."
                ),
                format!(
                    "{count} demandes de {feed} n'ont ni résultat ni annulation depuis {LATE_DAYS} jours : {shown} et d'autres."
                ),
            ),
        )
    };
    let subject = if has_result { Subject::Results } else { Subject::Orders };
    Found { subject: subject.of(feed), what, because }
}
