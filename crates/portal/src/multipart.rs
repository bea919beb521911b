//! Reading the form that carries a file: `multipart/form-data` (RFC 7578) as browsers send it, or a plain form.

use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;

/// Fields of a form by name, as text; bytes that are no UTF-8 are read as Latin-1, which exports of older systems use.
pub(crate) async fn fields(content_type: &str, body: &Bytes) -> Vec<(String, String)> {
    match boundary(content_type) {
        Some(boundary) => parts(body, &boundary),
        None => plain(body).await,
    }
}

/// The file of a form under a name: what the sender calls it, and its bytes as they are.
pub(crate) fn file(content_type: &str, body: &[u8], name: &str) -> Option<(String, Vec<u8>)> {
    let boundary = boundary(content_type)?;
    let marks = positions(body, boundary.as_bytes());
    for pair in marks.windows(2) {
        let part = body.get(pair[0] + boundary.len()..pair[1])?;
        let Some(at) = positions(part, b"\r\n\r\n").first().copied() else { continue };
        let (head, value) = (text(&part[..at]), &part[at + 4..]);
        let said =
            |what: &str| head.split(what).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        if said(" name=\"").as_deref() == Some(name) {
            let value = value.strip_suffix(b"\r\n").unwrap_or(value);
            return Some((said("filename=\"").unwrap_or_default(), value.to_vec()));
        }
    }
    None
}

fn boundary(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let given = parts.find_map(|part| part.strip_prefix("boundary="))?;
    Some(format!("--{}", given.trim_matches('"')))
}

fn parts(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let marks = positions(body, boundary.as_bytes());
    for pair in marks.windows(2) {
        let [from, to] = pair else { continue };
        let part = body.get(from + boundary.len()..*to).unwrap_or_default();
        let Some(head) = positions(part, b"\r\n\r\n").first().copied() else { continue };
        let (head, value) = (text(&part[..head]), &part[head + 4..]);
        let value = value.strip_suffix(b"\r\n").unwrap_or(value);
        let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(name) = name {
            found.push((name.to_owned(), text(value)));
        }
    }
    found
}

fn positions(body: &[u8], wanted: &[u8]) -> Vec<usize> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = body.get(at..).filter(|rest| rest.len() >= wanted.len()) {
        let Some(next) = rest.windows(wanted.len()).position(|window| window == wanted) else { break };
        found.push(at + next);
        at += next + wanted.len();
    }
    found
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// `application/x-www-form-urlencoded` of any length.
async fn plain(body: &Bytes) -> Vec<(String, String)> {
    let form = Request::post("/").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let Ok(form) = form.body(Body::from(body.clone())) else { return Vec::new() };
    let fields = Form::<Vec<(String, String)>>::from_request(form, &()).await;
    fields.map(|Form(fields)| fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_and_its_fields_are_read() {
        let fields = async |kind: &str, body: &[u8]| super::fields(kind, &Bytes::copy_from_slice(body)).await;
        let body = b"--x1\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nabc\r\n--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\nContent-Type: text/csv\r\n\r\nhcn,nom\r\n1,L\xe9ger\r\n\r\n--x1--\r\n";
        let read = fields("multipart/form-data; boundary=x1", body).await;
        assert_eq!(
            read,
            [
                ("form".to_owned(), "abc".to_owned()),
                ("file".to_owned(), "hcn,nom\r\n1,L\u{e9}ger\r\n".to_owned())
            ]
        );
        let plain = fields("application/x-www-form-urlencoded", b"form=abc&text=a+b%2Cc").await;
        assert_eq!(plain, [("form".to_owned(), "abc".to_owned()), ("text".to_owned(), "a b,c".to_owned())]);
        assert!(fields("multipart/form-data; boundary=x1", b"--x1").await.is_empty());
        // Longer than an address may be.
        let long = format!("text={}&whole=yes", "0144679875%2CDrumlin%0A".repeat(4_000));
        let read = fields("application/x-www-form-urlencoded", long.as_bytes()).await;
        assert_eq!(read.iter().map(|(_, value)| value.len()).collect::<Vec<_>>(), [19 * 4_000, 3]);
    }
}
