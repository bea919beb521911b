//! Style sheet, script and typeface: embedded by the build, addressed by content, kept for a year by browsers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file inside the binary.
pub(crate) struct Embedded {
    /// Address, with a digest of the content in it.
    pub(crate) path: &'static str,
    /// Content type.
    pub(crate) kind: &'static str,
    /// Content.
    pub(crate) bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Content addressed: never asked for again.
const A_YEAR: &str = "public, max-age=31536000, immutable";

/// Which typeface this build serves: `Atkinson Hyperlegible Next`, or `system` when it was not there to embed.
#[must_use]
pub fn typeface() -> &'static str {
    TYPEFACE
}

/// Answer a request for `/assets/…`.
pub(crate) fn serve(path: &str) -> Response {
    match EMBEDDED.iter().find(|file| file.path == path) {
        Some(file) => (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static(file.kind)),
                (header::CACHE_CONTROL, HeaderValue::from_static(A_YEAR)),
            ],
            file.bytes,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Every embedded file: its address and its bytes.
pub fn assets() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    EMBEDDED.iter().map(|file| (file.path, file.bytes))
}
