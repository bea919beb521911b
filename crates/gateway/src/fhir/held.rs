//! Searches that were sent in a form, kept here for a while: what their links name is a handle, since names and numbers of
//! patients do not belong in addresses.

use fhir::search::r4::Params;
use fhir::{Instant, Kind};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How long a search is kept after it was sent, in minutes.
pub(super) const HELD_MINUTES: i64 = 15;
/// Most searches kept at once; the oldest goes first.
const MAX_HELD: usize = 2_000;

struct One {
    handle: String,
    actor: String,
    kind: Kind,
    params: Params,
    until: Instant,
}

/// Searches in the order in which they came.
#[derive(Default)]
pub(super) struct Held(Mutex<VecDeque<One>>);

impl Held {
    /// Keeps a search for whoever sent it.
    pub(super) fn keep(&self, handle: String, actor: &str, kind: Kind, params: &Params, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while all.len() >= MAX_HELD || all.front().is_some_and(|one| one.until <= now) {
            all.pop_front();
        }
        let params = params.iter().filter(|(name, _)| name != "_cursor").cloned().collect();
        let until = now.plus_minutes(HELD_MINUTES);
        all.push_back(One { handle, actor: actor.to_owned(), kind, params, until });
    }

    /// The search of a handle, for whoever sent it.
    pub(super) fn find(&self, handle: &str, actor: &str, kind: Kind, now: Instant) -> Option<Params> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = all.iter().filter(|one| one.actor == actor && one.kind == kind && one.until > now);
        own.find(|one| one.handle == handle).map(|one| one.params.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_kept_for_its_sender_and_for_a_while() {
        let (held, now) = (Held::default(), Instant(0));
        let params = vec![("name".to_owned(), "Tavul".to_owned()), ("_cursor".to_owned(), "1".to_owned())];
        held.keep("h".to_owned(), "app", Kind::Patient, &params, now);
        assert_eq!(held.find("h", "app", Kind::Patient, now).as_deref(), Some(&params[..1]));
        assert_eq!(held.find("h", "other", Kind::Patient, now), None);
        assert_eq!(held.find("h", "app", Kind::Encounter, now), None);
        assert_eq!(held.find("h", "app", Kind::Patient, now.plus_minutes(HELD_MINUTES)), None);
    }
}
