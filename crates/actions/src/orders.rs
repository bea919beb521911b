//! Orders beside results (GUARANTEES X-14): what was asked for and has no result, and what has come under the number of
//! an order that never came, each somebody's until it is so no more; and the numbers of orders that were filed before
//! numbers were remembered.

mod comparing;
mod remembering;
mod saying;

pub(crate) use comparing::Comparing;
pub(crate) use remembering::Remembered;

use crate::refusal::Refusal;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use store::{Link, LinkId, View};

/// Links by key, read once each.
#[derive(Default)]
struct Links(HashMap<LinkId, Option<Link>>);

impl Links {
    fn of(&mut self, view: &View, id: LinkId) -> Result<Option<&Link>, Refusal> {
        let link = match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(view.link(id)?),
        };
        Ok(link.as_ref())
    }
}

#[cfg(test)]
pub(crate) mod tests;
