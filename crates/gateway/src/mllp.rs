//! MLLP in: frames from sockets to the journal, answers back once they are durable.

use actions::Record;
use actions::intake::{Answer, Clock, Door};
use hl7v2::mllp::{Decoder, FRAME_LIMIT_BYTES, FrameError};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};

/// Connections served at once; more are closed at once and may come again.
pub const CONNECTION_LIMIT: usize = 12_000;
/// Bytes read from a socket at a time. Lives on the stack of a poll, so an idle connection holds no buffer.
const CHUNK_BYTES: usize = 16 * 1024;
/// How long a sender may stay silent inside a frame before its connection is closed.
const FRAME_SILENCE: Duration = Duration::from_secs(60);
/// How long a sender may take to read our answer.
const ANSWER_SILENCE: Duration = Duration::from_secs(30);

/// A listener and what it serves.
pub struct Listening {
    /// Its socket.
    pub socket: TcpListener,
    /// The record.
    pub record: Record,
    /// The clock that stamps arrivals.
    pub clock: Clock,
    /// Which link its messages belong to.
    pub door: Door,
    /// Frame limit in bytes, [`FRAME_LIMIT_BYTES`] unless configured.
    pub frame_limit_bytes: usize,
}

impl Listening {
    /// A listener with the usual limits whose links are named after each sender.
    #[must_use]
    pub fn new(socket: TcpListener, record: Record, clock: Clock) -> Self {
        Self { socket, record, clock, door: Door::BySender, frame_limit_bytes: FRAME_LIMIT_BYTES }
    }

    /// Serve until `stop` turns true.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let shared = Arc::new(self);
        let slots = Arc::new(Semaphore::new(CONNECTION_LIMIT));
        loop {
            let accepted = tokio::select! {
                accepted = shared.socket.accept() => accepted,
                _ = stop.wait_for(|&stop| stop) => return,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors: the connections that are open go on; give them a moment to end.
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                tracing::warn!(limit = CONNECTION_LIMIT, "too many connections; one was closed");
                continue;
            };
            let (shared, stop) = (Arc::clone(&shared), stop.clone());
            tokio::spawn(async move {
                if let Err(error) = converse(&shared, stream, stop).await {
                    tracing::debug!(%error, "a sender's connection ended");
                }
                drop(slot);
            });
        }
    }
}

async fn converse(
    listening: &Listening,
    mut stream: TcpStream,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut decoder = Decoder::new(listening.frame_limit_bytes);
    loop {
        let ready = async {
            if decoder.is_inside_frame() {
                tokio::time::timeout(FRAME_SILENCE, stream.readable()).await.map_err(std::io::Error::other)?
            } else {
                stream.readable().await
            }
        };
        tokio::select! {
            ready = ready => ready?,
            _ = stop.wait_for(|&stop| stop) => return Ok(()),
        }
        let mut events = Vec::new();
        let ended = {
            let mut buffer = [0u8; CHUNK_BYTES];
            match stream.try_read(&mut buffer) {
                Ok(0) => {
                    events.extend(decoder.finish().map(Err));
                    true
                }
                Ok(n) => {
                    let mut chunk = &buffer[..n];
                    while let Some(event) = decoder.next(&mut chunk) {
                        events.push(event);
                    }
                    false
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => false,
                Err(error) => return Err(error),
            }
        };
        for event in events {
            let answer = match event {
                Ok(bytes) => keep(listening, bytes).await,
                Err(error) => refuse(listening, error).await,
            };
            if let Some(bytes) = answer.bytes {
                let frame = hl7v2::mllp::encode(&bytes);
                tokio::time::timeout(ANSWER_SILENCE, stream.write_all(&frame))
                    .await
                    .map_err(std::io::Error::other)??;
            }
            if answer.hang_up {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

async fn keep(listening: &Listening, bytes: Vec<u8>) -> Answer {
    let (reply, answer) = oneshot::channel();
    listening.record.accept(&listening.door, bytes, (listening.clock)(), move |answer| {
        // The sender may have hung up: what is kept is kept, and a repeat gets the same answer.
        drop(reply.send(answer));
    });
    answer.await.unwrap_or(Answer { bytes: None, hang_up: true })
}

async fn refuse(listening: &Listening, error: FrameError) -> Answer {
    let (reply, answer) = oneshot::channel();
    listening.record.refuse_frame(&listening.door, &error, (listening.clock)(), move |answer| {
        drop(reply.send(answer));
    });
    answer.await.unwrap_or(Answer { bytes: None, hang_up: true })
}
