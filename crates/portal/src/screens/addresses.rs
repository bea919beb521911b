//! The screen at an address, the page above it, and how much of a form it reads.

use super::{SCREENS, Screen, handling};

/// Addresses that read more than [`crate::FORM_LIMIT`], in bytes: a file, and a form with what a lock adds to it.
const LONGER: &[(&str, usize)] = &[
    ("/panel/file", handling::panel::FILE_LIMIT),
    ("/join/forms", handling::mailbox::FILE_LIMIT),
    ("/unlock", 2 * crate::FORM_LIMIT),
];

/// As much of a form is read at an address, in bytes.
pub(crate) fn form_limit(path: &str) -> usize {
    LONGER.iter().find(|(longer, _)| *longer == path).map_or(crate::FORM_LIMIT, |(_, limit)| *limit)
}

/// The page that a form stood on or below, by its address: the nearest one that can be opened.
pub(crate) fn page_of(path: &str) -> &str {
    let mut nearest = path;
    while at("GET", nearest).is_none() {
        match nearest.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => nearest = above,
            _ => return "/",
        }
    }
    nearest
}

/// The screen at an address: where several fit, the one with the fewest gaps, as the router has it.
pub(crate) fn at(method: &str, path: &str) -> Option<&'static Screen> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |screen: &&Screen| {
        let gaps: Vec<&str> = screen.path.split('/').collect();
        gaps.len() == parts.len()
            && gaps.iter().zip(&parts).all(|(gap, part)| gap.starts_with('{') || gap == part)
    };
    let here = SCREENS.iter().filter(|screen| screen.method == method).filter(fits);
    here.min_by_key(|screen| screen.path.matches('{').count())
}
