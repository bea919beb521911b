//! Where a request comes from, as the socket has it: nobody's own word, except our proxy's.

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::net::SocketAddr;

/// Header of our own in which the socket's address goes on to the pages; one that comes from outside is taken away.
const PEER: &str = "x-opor-peer";

/// Notes the address of the other side.
pub(crate) async fn note(mut request: Request, next: Next) -> Response {
    let at = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
    let headers = request.headers_mut();
    headers.remove(PEER);
    if let Some(at) = at.and_then(|at| HeaderValue::from_str(&at).ok()) {
        headers.insert(PEER, at);
    }
    next.run(request).await
}

/// The source that tries are counted by: the other side of the socket, or, behind a proxy of ours, whom that names last;
/// those before it are anybody's word.
pub(crate) fn source(headers: &HeaderMap, is_proxied: bool) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let told = text("x-forwarded-for").rsplit(',').next().unwrap_or_default().trim();
    match (is_proxied && !told.is_empty(), text(PEER)) {
        (true, _) => told.to_owned(),
        (false, "") => "this machine".to_owned(),
        (false, peer) => peer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_cannot_choose_where_they_come_from() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9, 198.51.100.7"));
        headers.insert(PEER, HeaderValue::from_static("192.0.2.1"));
        assert_eq!(source(&headers, false), "192.0.2.1");
        assert_eq!(source(&headers, true), "198.51.100.7");
        headers.remove("x-forwarded-for");
        assert_eq!(source(&headers, true), "192.0.2.1");
    }
}
