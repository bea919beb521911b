//! One line to one receiver over MLLP: one message outstanding, the answer matched by control id.

use super::wire::{Dial, Wire};
use super::{Answering, Begun, Opening, Patience, Way};
use actions::deliveries::{Destination, Offer, Reply};
use hl7v2::ack::{AckRead, Outcome};
use hl7v2::mllp::{Decoder, encode};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

/// Largest acknowledgement taken, in bytes.
const ANSWER_LIMIT_BYTES: usize = 1 << 20;
/// Bytes read from a receiver at a time.
const CHUNK_BYTES: usize = 4096;

/// A connection that is opened when needed and closed after any doubt.
struct Line {
    destination: Destination,
    patience: Patience,
    dial: Arc<dyn Dial>,
    open: Option<(Box<dyn Wire>, Decoder)>,
}

impl Line {
    /// Offer one message and wait for its own answer.
    ///
    /// Receivers that close after each answer are met by opening a new line once: the dead one took nothing that
    /// anybody answered, and the same bytes under the same control id are what was promised.
    async fn say(&mut self, control_id: &str, bytes: &[u8], begun: &Begun) -> Reply {
        if let Some((stream, decoder)) = self.open.take() {
            begun.begin();
            match self.converse(stream, decoder, control_id, bytes).await {
                Heard::Closed => {}
                Heard::Reply(reply) => return reply,
            }
        }
        begun.dial();
        let stream = match timeout(self.patience.connect, self.dial.dial(&self.destination)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Reply::Unreachable(error.to_string()),
            Err(_) => return Reply::Unreachable("no connection in time".to_owned()),
        };
        begun.begin();
        match self.converse(stream, Decoder::new(ANSWER_LIMIT_BYTES), control_id, bytes).await {
            Heard::Reply(reply) => reply,
            Heard::Closed => Reply::Silent,
        }
    }

    async fn converse(
        &mut self,
        mut stream: Box<dyn Wire>,
        mut decoder: Decoder,
        control_id: &str,
        bytes: &[u8],
    ) -> Heard {
        let frame = encode(bytes);
        let write = async {
            stream.write_all(&frame).await?;
            stream.flush().await
        };
        let sent = timeout(self.patience.answer, write).await;
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Heard::Closed,
            Err(_) => return Heard::Reply(Reply::Silent),
        }
        let until = Instant::now() + self.patience.answer;
        let mut buffer = vec![0u8; CHUNK_BYTES];
        loop {
            let n = match timeout_at(until, stream.read(&mut buffer)).await {
                Ok(Ok(n)) if n > 0 => n,
                Ok(_) => return Heard::Closed,
                Err(_) => return Heard::Reply(Reply::Silent),
            };
            let mut chunk = &buffer[..n];
            while let Some(event) = decoder.next(&mut chunk) {
                let Some(reply) = event.ok().and_then(|frame| answer_to(control_id, frame)) else { continue };
                // Whatever else stands in the buffer answers nothing we asked: the line goes on clean.
                self.open = Some((stream, decoder));
                return Heard::Reply(reply);
            }
        }
    }
}

/// The way of endpoints that speak MLLP.
pub(super) fn open(opening: &Opening<'_>) -> Box<dyn Way> {
    Box::new(Line {
        destination: opening.destination.clone(),
        patience: opening.patience,
        dial: Arc::clone(opening.dial),
        open: None,
    })
}

impl Way for Line {
    fn offer<'a>(&'a mut self, offer: &'a Offer, begun: &'a Begun) -> Answering<'a> {
        Box::pin(self.say(&offer.control_id, &offer.bytes, begun))
    }
}

/// What came of one try on one connection.
enum Heard {
    /// An answer, or silence until the end of patience.
    Reply(Reply),
    /// The receiver closed the connection before it answered.
    Closed,
}

/// The reply in a frame, when it answers `control_id`; late answers to earlier offers are none.
fn answer_to(control_id: &str, frame: Vec<u8>) -> Option<Reply> {
    let answer = AckRead::parse(frame).ok()?;
    let is_of_another = answer.control_id != control_id;
    #[cfg(feature = "defects")]
    let is_of_another = is_of_another && !defects::is(defects::Defect::AcknowledgementByOrder);
    if is_of_another {
        tracing::info!("an answer to another offer was put aside");
        return None;
    }
    let text = answer.text;
    Some(match answer.code.outcome() {
        // A commit accept says that the bytes arrived; only the application's own answer ends the delivery.
        Outcome::Accept if answer.code.is_accept_ack() => return None,
        Outcome::Accept => Reply::Accepted { text },
        Outcome::Error => Reply::Error { text },
        Outcome::Reject => Reply::Rejected { text },
    })
}
