//! What every answer at the public address says to browsers and whatever stands between, and what is answered where a
//! handler breaks down.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;

/// From now on by https alone, for two years (RFC 6797).
const HTTPS_ALONE: &str = "max-age=63072000; includeSubDomains";
/// Headers of every answer: read by our own pages alone, never as something else than it is.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
/// Headers of an answer that says nothing else: kept by nobody, and nothing in it runs.
const UNLESS_SAID: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
];

/// The doors behind these headers; `secure` where people reach them by https.
pub(crate) fn guarded(doors: Router, secure: bool) -> Router {
    doors
        .layer(CatchPanicLayer::custom(broke_down))
        .layer(axum::middleware::map_response_with_state(secure, said))
}

/// The doors of a practice copy: every answer says in a header that nobody in it is real, for programs that read it.
pub(crate) fn marked(doors: Router) -> Router {
    doors.layer(axum::middleware::map_response(|mut response: Response| async move {
        let mark = HeaderValue::from_static("nobody here is real");
        response.headers_mut().insert("opor-practice", mark);
        response
    }))
}

async fn said(State(secure): State<bool>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in UNLESS_SAID {
        if !headers.contains_key(*name) {
            headers.insert(*name, HeaderValue::from_static(value));
        }
    }
    for (name, value) in ALWAYS {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ALONE));
    }
    response
}

/// Its place is in the log; whoever asked is told nothing of why.
fn broke_down(_: Box<dyn Any + Send>) -> Response {
    let said = "Something broke down on our side. Try again; if it stays so, tell the help desk.\n\
                Quelque chose s'est rompu de notre côté. Réessayez; si cela persiste, avisez le centre d'aide.\n";
    (StatusCode::INTERNAL_SERVER_ERROR, said).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    async fn asked(secure: bool, request: &str) -> String {
        async fn breaks() {
            panic!("Tavul Ada 1000000019");
        }
        async fn page() -> impl IntoResponse {
            (
                [(header::CACHE_CONTROL, "public"), (header::CONTENT_SECURITY_POLICY, "default-src 'self'")],
                "a",
            )
        }
        let doors = Router::new().route("/plain", get(|| async { "b" })).route("/page", get(page));
        let doors = guarded(doors.route("/breaks", get(breaks)), secure);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut line = TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
        let serving = tokio::spawn(async move { axum::serve(socket, doors).await });
        let request = format!("{request} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).await.unwrap();
        let mut read = String::new();
        line.read_to_string(&mut read).await.unwrap();
        serving.abort();
        read
    }

    #[tokio::test]
    async fn s010_every_answer_says_that_nobody_keeps_it_and_nothing_in_it_runs() {
        let plain = asked(true, "GET /plain").await;
        for line in [
            "cache-control: no-store",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "strict-transport-security: max-age=63072000; includeSubDomains",
        ] {
            assert!(plain.contains(&format!("{line}\r\n")), "{line} is missing: {plain}");
        }
        let page = asked(false, "GET /page").await;
        assert!(
            page.contains("cache-control: public\r\n") && page.contains("default-src 'self'\r\n"),
            "{page}"
        );
        assert!(!page.contains("strict-transport-security") && !page.contains("no-store"), "{page}");
        for refused in [asked(true, "GET /nowhere").await, asked(true, "TRACE /plain").await] {
            assert!(refused.starts_with("HTTP/1.1 40") && refused.contains("nosniff"), "{refused}");
        }
    }

    #[tokio::test]
    async fn s010_a_handler_that_breaks_down_is_answered_and_says_nothing_of_why() {
        let answer = asked(true, "GET /breaks").await;
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("broke down on our side"), "{answer}");
        assert!(!answer.contains("Tavul") && answer.contains("no-store"), "{answer}");
    }
}
