//! The network of a practice copy: there is none. Whatever is dialled is answered inside this process as a receiver that
//! takes everything, so that nothing it sends leaves it, wherever the directory or a subscription points.

use super::wire::{Connecting, Dial, Wire};
use actions::deliveries::{Destination, EndpointKind, message_id};
use fhir::json;
use hl7v2::Message;
use hl7v2::ack::{Ack, Outcome};
use hl7v2::mllp::{Decoder, encode};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// Bytes that wait in either direction.
const ROOM_BYTES: usize = 64 << 10;
/// Largest message taken, in bytes.
const LIMIT_BYTES: usize = 64 << 20;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 4096;

/// Connects to nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sink;

impl Dial for Sink {
    fn dial(&self, to: &Destination) -> Connecting {
        let kind = to.kind;
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(ROOM_BYTES);
            match kind {
                EndpointKind::Mllp => drop(tokio::spawn(lines(theirs))),
                _ => drop(tokio::spawn(requests(theirs))),
            }
            Ok(Box::new(ours) as Box<dyn Wire>)
        })
    }
}

/// Acknowledges every message.
async fn lines(mut line: DuplexStream) -> io::Result<()> {
    let (mut decoder, mut buffer) = (Decoder::new(LIMIT_BYTES), vec![0u8; CHUNK_BYTES]);
    loop {
        let n = line.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        let mut chunk = &buffer[..n];
        while let Some(event) = decoder.next(&mut chunk) {
            let Some(message) = event.ok().and_then(|frame| Message::parse(frame).ok()) else {
                return Ok(());
            };
            let ack = Ack::application(&message, Outcome::Accept);
            let control_id = format!("P{}", ack.answers());
            line.write_all(&encode(&ack.build(&control_id, ""))).await?;
        }
    }
}

/// Answers one request: of a Bundle as a server that did all of it, of anything else that it came.
async fn requests(mut line: DuplexStream) -> io::Result<()> {
    let mut taken = Vec::new();
    let mut buffer = vec![0u8; CHUNK_BYTES];
    let (head, length) = loop {
        let n = line.read(&mut buffer).await?;
        taken.extend_from_slice(&buffer[..n]);
        if n == 0 || taken.len() > LIMIT_BYTES {
            return Ok(());
        }
        if let Some(end) = taken.windows(4).position(|four| four == b"\r\n\r\n") {
            break (end + 4, length_of(&taken[..end]));
        }
    };
    while taken.len() < (head + length).min(LIMIT_BYTES) {
        let n = line.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        taken.extend_from_slice(&buffer[..n]);
    }
    let body = answer(&taken[head..]);
    let said = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    line.write_all(said.as_bytes()).await?;
    line.shutdown().await
}

/// Content-Length of a head; 0 where it says none.
fn length_of(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}

/// What a receiver that did everything would say.
fn answer(body: &[u8]) -> String {
    let sent = json::parse(body).unwrap_or_default();
    let bundle = sent.as_object().cloned().unwrap_or_default();
    match bundle.text("type") {
        Some("message") => {
            let ours = bundle.text("identifier.value").map(message_id).unwrap_or_default();
            format!(
                r#"{{"resourceType":"Bundle","type":"message","entry":[{{"resource":{{"resourceType":"MessageHeader","response":{{"identifier":"{ours}","code":"ok"}}}}}}]}}"#
            )
        }
        Some("transaction") => {
            let entries = sent.get("entry").map_or(0, |entries| entries.items().len());
            let done = vec![r#"{"response":{"status":"200 OK"}}"#; entries].join(",");
            format!(r#"{{"resourceType":"Bundle","type":"transaction-response","entry":[{done}]}}"#)
        }
        _ => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::posting::{Post, Url, post};
    use super::*;
    use std::net::TcpListener;

    fn to(kind: EndpointKind, address: String) -> Destination {
        Destination { id: "emr".to_owned(), kind, address, connections: 1, tls: None }
    }

    /// A listener that must never be reached.
    fn trap() -> TcpListener {
        let trap = TcpListener::bind("127.0.0.1:0").unwrap();
        trap.set_nonblocking(true).unwrap();
        trap
    }

    #[tokio::test]
    async fn s157_a_line_is_answered_here_and_reaches_nobody() {
        let trap = trap();
        let there = to(EndpointKind::Mllp, trap.local_addr().unwrap().to_string());
        let mut line = Sink.dial(&there).await.unwrap();
        let message = b"MSH|^~\\&|OPOR|NS|EMR|HV|20261122120000||ORU^R01^ORU_R01|R77|T|2.5.1\rPID|1\r";
        line.write_all(&encode(message)).await.unwrap();
        let (mut decoder, mut buffer) = (Decoder::new(1 << 20), vec![0u8; 4096]);
        let n = line.read(&mut buffer).await.unwrap();
        let frame = decoder.next(&mut &buffer[..n]).unwrap().unwrap();
        let said = String::from_utf8(frame).unwrap();
        assert!(said.contains("MSA|AA|R77"), "{said}");
        assert!(trap.accept().is_err(), "nobody came to the address of the directory");
    }

    #[tokio::test]
    async fn s157_a_request_is_answered_here_and_reaches_nobody() {
        let trap = trap();
        let address = format!("http://{}/fhir", trap.local_addr().unwrap());
        let (url, there) = (Url::read(&address).unwrap(), to(EndpointKind::Fhir, address));
        for (body, wanted) in [
            (
                r#"{"resourceType":"Bundle","type":"transaction","entry":[{},{}]}"#,
                r#"[{"response":{"status":"200 OK"}},{"response":{"status":"200 OK"}}]"#.to_owned(),
            ),
            (
                r#"{"resourceType":"Bundle","type":"message","identifier":{"value":"R7"}}"#,
                format!(r#"{{"identifier":"{}","code":"ok"}}"#, message_id("R7")),
            ),
            ("called", "{}".to_owned()),
        ] {
            let what = Post {
                path: url.path.clone(),
                form: "application/json",
                id: "1",
                headers: &[],
                body: body.as_bytes().to_vec(),
            };
            let answer = post(Sink.dial(&there).await.unwrap(), &url, what).await.unwrap();
            let said = String::from_utf8(answer.body).unwrap();
            assert!(answer.status.is_success() && said.contains(&wanted), "{said}");
        }
        assert!(trap.accept().is_err(), "nobody came to the address of the directory");
    }
}
