//! One HTTP POST on a connection of its own, as reports and calls go out. Redirects are not followed: what goes out goes
//! where the settings or the directory say, or nowhere.

use super::wire::Wire;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;

/// Largest answer read, in bytes.
const ANSWER_LIMIT_BYTES: usize = 4 << 20;

/// Where something goes by HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `host:port`.
    pub(super) authority: String,
    /// From the first slash on, without one at the end.
    pub(super) path: String,
}

impl Url {
    /// An absolute address without a user, a query or a fragment; `None` for anything else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (rest, port) = match text.strip_prefix("http://") {
            Some(rest) => (rest, 80),
            None => (text.strip_prefix("https://")?, 443),
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if host.is_empty() || host.contains(['@', ' ', '?', '#']) {
            return None;
        }
        let has_port =
            host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let authority = if has_port { host.to_owned() } else { format!("{host}:{port}") };
        Some(Self { authority, path: path.trim_end_matches('/').to_owned() })
    }

    /// Whether it stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

/// What goes out.
pub(super) struct Post<'p> {
    /// Path; empty stands for the root.
    pub(super) path: String,
    /// Media type of what goes out and of what is wanted for an answer.
    pub(super) form: &'static str,
    /// Tells this request from every other; the same when it goes twice.
    pub(super) id: &'p str,
    /// Other headers that go with it: names in small letters.
    pub(super) headers: &'p [(String, String)],
    /// The body.
    pub(super) body: Vec<u8>,
}

/// What came back.
pub(super) struct Posted {
    /// Status.
    pub(super) status: StatusCode,
    /// Where a redirect points; empty when there is none.
    pub(super) location: String,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// One request on a connection of its own; `None` when it ended without a whole answer.
pub(super) async fn post(wire: Box<dyn Wire>, url: &Url, what: Post<'_>) -> Option<Posted> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(wire)).await.ok()?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(if what.path.is_empty() { "/" } else { &what.path })
        .header(HOST, &url.authority)
        .header(CONTENT_TYPE, what.form)
        .header(ACCEPT, what.form)
        .header("x-request-id", what.id);
    for (name, value) in what.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(what.body))).ok()?;
    let answer = async {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status();
        let location =
            answer.headers().get(LOCATION).and_then(|at| at.to_str().ok()).unwrap_or_default().to_owned();
        let body = Limited::new(answer.into_body(), ANSWER_LIMIT_BYTES).collect().await.ok()?;
        Some(Posted { status, location, body: body.to_bytes().to_vec() })
    }
    .await;
    driver.abort();
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let url = |text: &str| Url::read(text).map(|url| (url.authority, url.path));
        assert_eq!(url("http://a.b:81/fhir/"), Some(("a.b:81".to_owned(), "/fhir".to_owned())));
        assert_eq!(url("https://a.b"), Some(("a.b:443".to_owned(), String::new())));
        assert_eq!(url("http://[::1]:8080/r4"), Some(("[::1]:8080".to_owned(), "/r4".to_owned())));
        for wrong in ["", "a.b", "ftp://a", "http://", "http://u:p@h/"] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }
}
