//! The people's door: screens and sign-in.
//!
//! Pages are pure functions of what a look brought ([`screens`]); [`router`] wires them to the record. Every page
//! works without script and with the system's typeface.

mod address;
mod assets;
mod components;
mod cookies;
mod foreground;
mod multipart;
mod peer;
pub mod samples;
pub mod screens;
mod sessions;
mod visit;
mod words;

pub use assets::{assets, typeface};
pub use components::chrome::{Choices, Chrome, Density, Theme, User};
pub use visit::{Asking, Question, Settings, Ways};
pub use words::Lang;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// A form of the portal is a few lines of text; more is not read. In bytes.
const FORM_LIMIT: usize = 16 * 1024;

/// What a page may load and where it may send: itself only, no inline script or style.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Every address with its method, permission and audit verb; the sweeps read it.
#[must_use]
pub fn routes() -> &'static [screens::Screen] {
    screens::SCREENS
}

/// The portal at `/`.
pub fn router(settings: Settings) -> Router {
    let sessions = Arc::new(sessions::Sessions::new((settings.clock)()));
    let app = visit::App(Arc::new(settings), sessions);
    let mut router = Router::new().route("/assets/{file}", get(asset));
    for screen in screens::SCREENS {
        let limit = DefaultBodyLimit::max(screens::form_limit(screen.path));
        router = router.route(screen.path, (screen.route)().layer(limit));
    }
    router
        .fallback(screens::fallback)
        .layer(middleware::from_fn_with_state(app.clone(), foreground::guard))
        .layer(middleware::from_fn(sessions::guard))
        .layer(middleware::from_fn_with_state(app.clone(), cookies::guard))
        .layer(middleware::from_fn(peer::note))
        .layer(middleware::map_response(guard))
        .layer(CompressionLayer::new())
        .with_state(app)
}

async fn asset(uri: Uri) -> Response {
    assets::serve(uri.path())
}

/// Headers of every answer: nothing from elsewhere, nothing kept, nothing guessed.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
