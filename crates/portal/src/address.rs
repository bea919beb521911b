//! Addresses: escaping for queries, and places to go back to that stay on this site.

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
