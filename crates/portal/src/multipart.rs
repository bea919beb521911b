//! Reading the form that carries a file: `multipart/form-data` (RFC 7578) as browsers send it, or a plain form.

/// Fields of a form by name, as text; bytes that are no UTF-8 are read as Latin-1, which exports of older systems use.
pub(crate) fn fields(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    match boundary(content_type) {
        Some(boundary) => parts(body, &boundary),
        None => plain(body),
    }
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

fn plain(body: &[u8]) -> Vec<(String, String)> {
    let uri: Option<axum::http::Uri> = format!("/?{}", text(body)).parse().ok();
    uri.and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
        .map(|axum::extract::Query(fields)| fields)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_fields_are_read() {
        let body = b"--x1\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nabc\r\n--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\nContent-Type: text/csv\r\n\r\nhcn,nom\r\n1,L\xe9ger\r\n\r\n--x1--\r\n";
        let read = fields("multipart/form-data; boundary=x1", body);
        assert_eq!(
            read,
            [
                ("form".to_owned(), "abc".to_owned()),
                ("file".to_owned(), "hcn,nom\r\n1,L\u{e9}ger\r\n".to_owned())
            ]
        );
        let plain = fields("application/x-www-form-urlencoded", b"form=abc&text=a+b%2Cc");
        assert_eq!(plain, [("form".to_owned(), "abc".to_owned()), ("text".to_owned(), "a b,c".to_owned())]);
        assert!(fields("multipart/form-data; boundary=x1", b"--x1").is_empty());
    }
}
