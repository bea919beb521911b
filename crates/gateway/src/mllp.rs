//! MLLP in: frames from sockets to the journal, answers back once they are durable.

use crate::tls::{Acceptor, Certificate};
use actions::Record;
use actions::intake::{Answer, Clock, Door, Line};
use hl7v2::mllp::{Decoder, FRAME_LIMIT_BYTES, FrameError};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

/// Connections served at once; more are closed at once and may come again.
pub const CONNECTION_LIMIT: usize = 12_000;
/// Bytes read from a socket at a time. Lives on the stack of a poll, so an idle connection holds no buffer.
const CHUNK_BYTES: usize = 16 * 1024;
/// How long a sender may stay silent inside a frame before its connection is closed.
const FRAME_SILENCE: Duration = Duration::from_secs(60);
/// How long a sender may take for one whole frame: 16 MiB in that time is a slow line, a byte a minute is none.
const FRAME_TIME: Duration = Duration::from_secs(5 * 60);
/// Memory for the unfinished frames of all connections together, in bytes: every connection the limit allows may have
/// a usual frame under way, some dozens one of the largest.
pub const UNFINISHED_BYTES: usize = 512 << 20;
/// Batches that are taken at once by all connections together; more wait their turn. Each has a window of messages
/// before the writer, so that senders of single messages always find room there.
const BATCHES_AT_ONCE: usize = 4;
/// How long a sender may take to show its certificate.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a sender may take to read our answer.
const ANSWER_SILENCE: Duration = Duration::from_secs(30);

/// Memory for unfinished frames and turns of batches, shared by all listeners that get a clone.
#[derive(Debug, Clone)]
pub struct Room {
    batches: Arc<Semaphore>,
    taken_bytes: Arc<AtomicUsize>,
    limit_bytes: usize,
}

impl Room {
    /// Room for `limit_bytes` ([`UNFINISHED_BYTES`] unless a trial says otherwise).
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self { batches: Arc::new(Semaphore::new(BATCHES_AT_ONCE)), taken_bytes: Arc::default(), limit_bytes }
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new(UNFINISHED_BYTES)
    }
}

/// What one connection has taken of the room; given back when the connection ends.
struct Share {
    room: Room,
    bytes: usize,
}

impl Share {
    fn of(room: &Room) -> Self {
        Self { room: room.clone(), bytes: 0 }
    }

    /// From now on it is `bytes`. False when that is more than there is room for; giving back is always granted.
    fn set(&mut self, bytes: usize) -> bool {
        let taken = &self.room.taken_bytes;
        if bytes <= self.bytes {
            taken.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            self.bytes = bytes;
            return true;
        }
        let more = bytes - self.bytes;
        let before = taken.fetch_add(more, Ordering::Relaxed);
        self.bytes = bytes;
        before.saturating_add(more) <= self.room.limit_bytes
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.room.taken_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What is done with what comes in.
pub struct Intake {
    /// The record.
    pub record: Record,
    /// The clock that stamps arrivals.
    pub clock: Clock,
    /// Which link its messages belong to.
    pub door: Door,
    /// Frame limit in bytes, [`FRAME_LIMIT_BYTES`] unless configured.
    pub frame_limit_bytes: usize,
    /// Memory for unfinished frames; clones of one for all listeners of a process.
    pub room: Room,
}

impl Intake {
    /// With the usual limits and links named after each sender.
    #[must_use]
    pub fn new(record: Record, clock: Clock) -> Self {
        let (door, room) = (Door::BySender, Room::default());
        Self { record, clock, door, frame_limit_bytes: FRAME_LIMIT_BYTES, room }
    }
}

/// Who may come in by a listener.
pub struct Guard {
    /// Shakes hands.
    pub acceptor: Acceptor,
    /// Certificates that are bound to the link of the listener, as settings write them; anybody believed when empty.
    pub certificates: Vec<String>,
}

impl Guard {
    /// The door that a certificate opens.
    fn door(&self, shown: Option<&Certificate>, door: &Door) -> Door {
        let is_bound = |shown: &Certificate| self.certificates.iter().any(|bound| shown.is(bound));
        if self.certificates.is_empty() || shown.is_some_and(is_bound) {
            return door.clone();
        }
        let link = door.link_name().unwrap_or("unreadable").to_owned();
        let certificate = shown.map_or_else(|| "none".to_owned(), |shown| shown.fingerprint.clone());
        Door::Unbound { link, authority: door.authority().to_owned(), certificate }
    }
}

/// A listener and what it serves.
pub struct Listening {
    /// Its socket.
    pub socket: TcpListener,
    /// What is done with what comes in.
    pub intake: Intake,
    /// Who may come in; plain and anybody when there is none.
    pub guard: Option<Guard>,
}

impl Listening {
    /// Serve until `stop` turns true.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        // The socket goes with this task, however long conversations last: another process may listen there too, and
        // would not get what comes to a socket that nobody accepts from.
        let Self { socket, intake, guard } = self;
        let shared = Arc::new(Welcome { intake, guard });
        let slots = Arc::new(Semaphore::new(CONNECTION_LIMIT));
        loop {
            let accepted = tokio::select! {
                accepted = socket.accept() => accepted,
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
                if let Err(error) = shared.welcome(stream, stop).await {
                    tracing::debug!(%error, "a sender's connection ended");
                }
                drop(slot);
            });
        }
    }
}

/// What each connection of a listener is met with.
struct Welcome {
    intake: Intake,
    guard: Option<Guard>,
}

impl Welcome {
    async fn welcome(&self, stream: TcpStream, stop: watch::Receiver<bool>) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let Some(guard) = &self.guard else {
            return self.intake.converse(&self.intake.door, stream, stop).await;
        };
        let shaken = tokio::time::timeout(HANDSHAKE, guard.acceptor.accept(stream)).await;
        let (stream, shown) = shaken.map_err(std::io::Error::other)??;
        let door = guard.door(shown.as_ref(), &self.intake.door);
        // Only of whom it lets in: what strangers show ends when it likes.
        if let (Some(link), Some(ends)) = (door.link_name(), shown.and_then(|shown| shown.ends))
            && !matches!(door, Door::Unbound { .. })
        {
            self.intake.record.certificate_shown(link, ends);
        }
        self.intake.converse(&door, stream, stop).await
    }
}

impl Intake {
    /// Take what comes on one connection and answer it, until either side ends it or `stop` turns true.
    ///
    /// # Errors
    /// What the connection says, or that the other side took too long.
    pub async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        door: &Door,
        mut stream: S,
        mut stop: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        let mut decoder = Decoder::new(self.frame_limit_bytes);
        let mut share = Share::of(&self.room);
        // A batch whose messages come in frames of their own.
        let mut line = Line::default();
        // When the frame under way must be whole.
        let mut due: Option<Instant> = None;
        loop {
            let mut events = Vec::new();
            let read = async {
                let read = poll_fn(|context| read_some(&mut stream, &mut decoder, &mut events, context));
                match due {
                    Some(due) => {
                        let until = due.min(Instant::now() + FRAME_SILENCE);
                        tokio::time::timeout_at(until, read).await.map_err(std::io::Error::other)?
                    }
                    None => read.await,
                }
            };
            let ended = tokio::select! {
                // A sender that never pauses is no reason to go on.
                biased;
                _ = stop.wait_for(|&stop| stop) => return Ok(()),
                ended = read => ended?,
            };
            due = due_next(due, decoder.is_inside_frame(), !events.is_empty(), Instant::now());
            // What is whole is kept even when there is no room for what has begun after it.
            let has_room = share.set(decoder.capacity_bytes());
            for event in events {
                let answer = match event {
                    Ok(bytes) => self.keep(door, &mut line, bytes).await,
                    Err(error) => self.refuse(door, error).await,
                };
                if let Some(bytes) = answer.bytes {
                    let frame = hl7v2::mllp::encode(&bytes);
                    let written = async {
                        stream.write_all(&frame).await?;
                        stream.flush().await
                    };
                    tokio::time::timeout(ANSWER_SILENCE, written).await.map_err(std::io::Error::other)??;
                }
                if answer.hang_up {
                    return Ok(());
                }
            }
            if ended {
                return Ok(());
            }
            if !has_room {
                // Not answered, so that the sender keeps the message and sends it again.
                tracing::warn!(
                    limit_bytes = self.room.limit_bytes,
                    "unfinished frames of all senders fill their room; the connection with the newest bytes was closed"
                );
                return Ok(());
            }
        }
    }

    async fn keep(&self, door: &Door, line: &mut Line, bytes: Vec<u8>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let reply = move |answer| {
            // The sender may have hung up: what is kept is kept, and a repeat gets the same answer.
            drop(reply.send(answer));
        };
        let nothing = Answer { bytes: None, hang_up: true };
        let wraps = line.wraps(&bytes);
        let is_batch = !wraps && hl7v2::batch::is_wrapped(&bytes);
        // Counted once it is known what became of it.
        let counted = if is_batch { bytes.clone() } else { Vec::new() };
        if wraps || is_batch {
            // It is read whole and waits for the writer, which must not hold up the connections of this thread.
            let turn = Arc::clone(&self.room.batches).acquire_owned().await;
            let (record, door, now) = (self.record.clone(), door.clone(), (self.clock)());
            let mut own = std::mem::take(line);
            let done = tokio::task::spawn_blocking(move || {
                if wraps {
                    record.wrap(&door, &mut own, &bytes, now, reply);
                } else {
                    record.accept(&door, bytes, now, reply);
                }
                drop(turn);
                own
            });
            let Ok(own) = done.await else { return nothing };
            *line = own;
            let answer = answer.await.unwrap_or(nothing);
            if is_batch {
                line.batches(&counted, &answer);
            }
            return answer;
        }
        self.record.accept(door, bytes, (self.clock)(), reply);
        let answer = answer.await.unwrap_or(nothing);
        line.message(&answer);
        answer
    }

    async fn refuse(&self, door: &Door, error: FrameError) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.record.refuse_frame(door, &error, (self.clock)(), move |answer| {
            drop(reply.send(answer));
        });
        answer.await.unwrap_or(Answer { bytes: None, hang_up: true })
    }
}

/// Reads what is there, or waits. The buffer lives as long as one poll, so that an idle connection holds none. True
/// when the other side has ended.
fn read_some<S: AsyncRead + Unpin>(
    stream: &mut S,
    decoder: &mut Decoder,
    events: &mut Vec<Result<Vec<u8>, FrameError>>,
    context: &mut Context<'_>,
) -> Poll<std::io::Result<bool>> {
    let mut space = [0u8; CHUNK_BYTES];
    let mut buffer = ReadBuf::new(&mut space);
    ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
    let mut chunk = buffer.filled();
    if chunk.is_empty() {
        events.extend(decoder.finish().map(Err));
        return Poll::Ready(Ok(true));
    }
    while let Some(event) = decoder.next(&mut chunk) {
        events.push(event);
    }
    Poll::Ready(Ok(false))
}

/// When the frame under way must be whole: counted from its first bytes, whatever trickles in after them.
fn due_next(due: Option<Instant>, is_inside: bool, one_ended: bool, now: Instant) -> Option<Instant> {
    match due {
        _ if !is_inside => None,
        Some(due) if !one_ended => Some(due),
        _ => Some(now + FRAME_TIME),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_trickles_is_due_from_its_beginning() {
        let began = Instant::now();
        let later = began + Duration::from_secs(59);
        let due = due_next(None, true, false, began);
        assert_eq!(due, Some(began + FRAME_TIME));
        assert_eq!(due_next(due, true, false, later), due, "a byte a minute gains nothing");
        assert_eq!(due_next(due, true, true, later), Some(later + FRAME_TIME), "the next frame has its own");
        assert_eq!(due_next(due, false, true, later), None);
    }

    #[test]
    fn the_room_is_shared_and_given_back() {
        let room = Room::new(100);
        let (mut one, mut two) = (Share::of(&room), Share::of(&room));
        assert!(one.set(60) && two.set(40));
        assert!(!two.set(41), "who brings the byte too many is refused");
        drop(two);
        assert!(one.set(100));
        assert!(one.set(0));
        assert_eq!(room.taken_bytes.load(Ordering::Relaxed), 0);
    }
}
