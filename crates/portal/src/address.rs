//! Addresses: escaping for queries, places to go back to that stay on this site, and the screen at an address.

use crate::screens::{SCREENS, Screen, handling};
use fhir::address::percent_encoded;

/// Percent-encode everything but unreserved characters, for one value of a query or one part of a path.
pub(crate) fn escape(text: &str) -> String {
    percent_encoded(text, b"")
}

/// A place on this site to return to; anything else leads home.
pub(crate) fn back(asked: Option<&str>) -> String {
    match asked {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains('\\')
                && path.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            path.to_owned()
        }
        _ => "/".to_owned(),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_this_site_are_returned_to() {
        assert_eq!(back(Some("/desk?show=held")), "/desk?show=held");
        for bad in
            ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "/a\r\nSet-Cookie: x", ""]
        {
            assert_eq!(back(Some(bad)), "/", "{bad}");
        }
        assert_eq!(escape("É 1/2"), "%C3%89%201%2F2");
    }
}
