//! A plain HTTP/1.0 client on the standard library: one request, one connection, no redirects followed.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a response may take: 60 seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header lines as they came, `name: value`.
    pub headers: Vec<String>,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// GET with extra header lines.
///
/// # Errors
/// Whatever the socket says, or [`io::ErrorKind::InvalidData`] for what is no response.
pub fn get(to: SocketAddr, path: &str, headers: &[String]) -> io::Result<Response> {
    exchange(to, "GET", path, headers, b"")
}

/// POST of a body; `headers` must name its type.
///
/// # Errors
/// As for [`get`].
pub fn post(to: SocketAddr, path: &str, headers: &[String], body: &[u8]) -> io::Result<Response> {
    exchange(to, "POST", path, headers, body)
}

/// Any method.
///
/// # Errors
/// As for [`get`].
pub fn exchange(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[String],
    body: &[u8],
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {to}\r\nContent-Length: {}\r\n", body.len());
    for line in headers {
        head.push_str(line);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "that is no HTTP response"))
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    Some(Response { status, headers: lines.map(str::to_owned).collect(), body: bytes[end + 4..].to_vec() })
}

/// Percent-encodes all that is neither letter, digit nor one of `-._~`.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read() {
        let response =
            parse(b"HTTP/1.0 303 See Other\r\nLocation: /home\r\nSet-Cookie: a=b\r\n\r\nbody").unwrap();
        assert_eq!((response.status, response.header("location")), (303, Some("/home")));
        assert_eq!(response.text(), "body");
        assert!(parse(b"nonsense").is_none());
    }

    #[test]
    fn addresses_are_encoded() {
        assert_eq!(percent_encoded("urn:x|a b"), "urn%3Ax%7Ca%20b");
    }
}
