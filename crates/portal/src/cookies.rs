//! Cookies as they travel where people come by https: each has `__Host-` before its name (RFC 6265bis 4.1.3.2), so that no
//! other host of the domain can plant one, and travels by protected lines alone. Inside they go by their plain names.

use crate::visit::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const THIS_HOST: &str = "__Host-";

/// Stands before everything that reads or sets a cookie.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !app.0.ways.as_ref().is_some_and(|ways| ways.party.origin.secure) {
        return next.run(request).await;
    }
    let own = HeaderValue::from_str(&of_this_host(request.headers()));
    let headers = request.headers_mut();
    headers.remove(header::COOKIE);
    if let Some(own) = own.ok().filter(|own| !own.is_empty()) {
        headers.insert(header::COOKIE, own);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().filter_map(protected).collect();
    headers.remove(header::SET_COOKIE);
    for cookie in set {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// The cookies that a page of this host set by https, without what stands before their names; no others.
fn of_this_host(headers: &HeaderMap) -> String {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let own = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(THIS_HOST));
    own.collect::<Vec<_>>().join("; ")
}

fn protected(cookie: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{THIS_HOST}{}; Secure", cookie.to_str().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s010_a_cookie_that_another_host_planted_is_not_read() {
        let mut headers = HeaderMap::new();
        assert_eq!(of_this_host(&headers), "");
        headers.append(header::COOKIE, HeaderValue::from_static("opor=planted; __Host-opor=own; a=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("__host-opor=planted; __Host-opor-lang=fr"));
        assert_eq!(of_this_host(&headers), "opor=own; opor-lang=fr");
        let set = protected(&HeaderValue::from_static("opor=1; Path=/; SameSite=Lax; HttpOnly")).unwrap();
        assert_eq!(set, "__Host-opor=1; Path=/; SameSite=Lax; HttpOnly; Secure");
    }
}
