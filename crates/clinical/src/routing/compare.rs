//! Who gains and who loses when the directory changes: the same reports under both directories (FEATURES DR4).

use super::{Route, Target};

/// One recipient whose routes differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// As people read it; empty for a desk that was told no name.
    pub name: String,
    /// Endpoint id; `portal`, or `desk` where there is no way.
    pub way: String,
    /// Whether they receive it now and did not before, or the other way round.
    pub gains: bool,
}

/// What differs between the routes of one report before and after.
#[must_use]
pub fn moved(before: &[Route], after: &[Route]) -> Vec<Moved> {
    let (old, new): (Vec<_>, Vec<_>) = (before.iter().map(end).collect(), after.iter().map(end).collect());
    let lost = old.iter().filter(|end| !new.contains(end)).map(|(name, way)| (name, way, false));
    let gained = new.iter().filter(|end| !old.contains(end)).map(|(name, way)| (name, way, true));
    lost.chain(gained)
        .map(|(name, way, gains)| Moved { name: (*name).to_owned(), way: (*way).to_owned(), gains })
        .collect()
}

fn end(route: &Route) -> (&str, &str) {
    match &route.target {
        Target::Endpoint { endpoint, name, .. } => (name, endpoint),
        Target::Portal { name, .. } => (name, "portal"),
        Target::Nowhere { name } => (name, "desk"),
    }
}
