//! Printed letters: the last resort. Nothing is carried by machine; the delivery desk prints, posts and confirms.

use super::{Answering, Begun, Opening, Way};
use actions::deliveries::{Offer, Reply};

/// The way of endpoints that are reached by post.
struct Letter;

/// Opens it.
pub(super) fn open(_: &Opening<'_>) -> Box<dyn Way> {
    Box::new(Letter)
}

impl Way for Letter {
    fn offer<'a>(&'a mut self, _: &'a Offer, _: &'a Begun) -> Answering<'a> {
        Box::pin(std::future::ready(Reply::ByHand))
    }
}
