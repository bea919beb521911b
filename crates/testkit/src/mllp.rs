//! MLLP from the other side: a small client, and a clinic's system that can be told to misbehave.
//!
//! Blocking, on the standard library alone. Nothing sleeps: reads have deadlines, and a test waits for a count of
//! messages and not for a time.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const START: u8 = 0x0B;
const END: u8 = 0x1C;
const CR: u8 = 0x0D;

/// How long a peer may take before the test gives up on it: 30 seconds.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Start block, message, end block.
#[must_use]
pub fn frame(message: &[u8]) -> Vec<u8> {
    [&[START], message, &[END, CR]].concat()
}

/// Field `number` (HL7 numbering) of the first segment `name`, as bytes; empty when absent.
#[must_use]
pub fn field<'m>(message: &'m [u8], name: &str, number: usize) -> &'m [u8] {
    let separator = message.get(3).copied().unwrap_or(b'|');
    message
        .split(|&byte| byte == CR || byte == b'\n')
        .find(|segment| segment.starts_with(name.as_bytes()) && segment.get(3) == Some(&separator))
        // MSH-1 is the separator itself.
        .and_then(|segment| segment.split(|&byte| byte == separator).nth(number - usize::from(name == "MSH")))
        .unwrap_or_default()
}

/// The same as text.
#[must_use]
pub fn field_text(message: &[u8], name: &str, number: usize) -> String {
    String::from_utf8_lossy(field(message, name, number)).into_owned()
}

/// An acknowledgement of `message` with `code` for `control_id`.
#[must_use]
pub fn acknowledgement(message: &[u8], code: &str, control_id: &str, text: &str) -> Vec<u8> {
    let of = |number| field_text(message, "MSH", number);
    let (application, facility, at) = (of(3), of(4), of(7));
    format!(
        "MSH|^~\\&|CLINIC|EMR|{application}|{facility}|{at}||ACK|A-{control_id}|P|2.5.1\rMSA|{code}|{control_id}|{text}\r"
    )
    .into_bytes()
}

/// Reads frames from a stream; bytes between frames are dropped.
#[derive(Debug, Default)]
struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    /// The next whole message, or `None` when the peer closed.
    fn next(&mut self, stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(message) = self.take() {
                return Ok(Some(message));
            }
            let mut chunk = [0; 16 << 10];
            match stream.read(&mut chunk)? {
                0 => return Ok(None),
                length => self.buffer.extend_from_slice(&chunk[..length]),
            }
        }
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let start = self.buffer.iter().position(|&byte| byte == START)?;
        let length = self.buffer[start..].windows(2).position(|pair| pair == [END, CR])?;
        let message = self.buffer[start + 1..start + length].to_vec();
        self.buffer.drain(..start + length + 2);
        Some(message)
    }
}

/// A sender that waits for each acknowledgement.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    frames: Frames,
}

impl Client {
    /// Connects; reads give up after [`PATIENCE`].
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn connect(to: impl ToSocketAddrs) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, frames: Frames::default() })
    }

    /// Gives up on an answer after `limit` instead.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn set_patience(&self, limit: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(limit))
    }

    /// Sends one message and reads one answer.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the peer closed without answering, otherwise whatever the socket says.
    pub fn send(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        self.write(&frame(message))?;
        self.answer()?.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the answer"))
    }

    /// The next answer, or `None` when the peer closed.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn answer(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.frames.next(&mut self.stream)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Writes bytes in pieces of `size`, each its own call.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn write_in_pieces(&mut self, bytes: &[u8], size: usize) -> io::Result<()> {
        bytes.chunks(size.max(1)).try_for_each(|piece| self.stream.write_all(piece))
    }
}

/// MSA-1 and MSA-2 of an answer; empty when it has none.
#[must_use]
pub fn verdict(answer: &[u8]) -> (String, String) {
    (field_text(answer, "MSA", 1), field_text(answer, "MSA", 2))
}

/// What a clinic's system does with one message. Whatever it is, the message was received and is in its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// AA.
    Accept,
    /// `AE` or `AR` with a reason.
    Refuse(&'static str, &'static str),
    /// Says nothing, keeps the connection.
    Silent,
    /// Answers when [`Clinic::release`] is called.
    Late,
    /// Says nothing now and answers this one in front of the answer to the next.
    WithTheNext,
    /// AA, twice.
    Twice,
    /// AA for a control id that was never sent, and nothing for this one.
    OtherId,
    /// AA one byte at a time.
    ByteAtATime,
    /// A frame that is no HL7.
    Garbage,
    /// Half of the answer, then closes.
    HalfAnAnswer,
    /// Closes without answering.
    HangUp,
    /// AA, then closes.
    AcceptThenHangUp,
}

/// Every behaviour, for tests that try them all.
pub const ALL_BEHAVIOURS: &[Behaviour] = &[
    Behaviour::Accept,
    Behaviour::Refuse("AE", "not now"),
    Behaviour::Refuse("AR", "patient is not ours"),
    Behaviour::Silent,
    Behaviour::Late,
    Behaviour::WithTheNext,
    Behaviour::Twice,
    Behaviour::OtherId,
    Behaviour::ByteAtATime,
    Behaviour::Garbage,
    Behaviour::HalfAnAnswer,
    Behaviour::HangUp,
    Behaviour::AcceptThenHangUp,
];

/// What a clinic's system does with one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Takes it.
    Open,
    /// Ends it before a byte was read, as a proxy does whose system is gone.
    Shut,
    /// Is gone without a word: takes it and reads nothing.
    HalfOpen,
    /// Ends it in the middle of the first frame.
    CutMidFrame,
    /// Resets it there (RST): it closes what it has not read to the end.
    ResetMidFrame,
}

/// Bytes of a frame that are read before it is cut.
const CUT_BYTES: usize = 100;

type Doors = Box<dyn Fn(usize) -> Door + Send>;
type Script = Box<dyn Fn(usize, &[u8]) -> Behaviour + Send>;

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    received: Vec<Vec<u8>>,
    script: Script,
    doors: Doors,
    /// Connections so far.
    connections: usize,
    /// Streams and answers of [`Behaviour::Late`].
    late: Vec<(TcpStream, Vec<u8>)>,
    open: Vec<TcpStream>,
    stopping: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clinic's system on a port of its own. Stops when dropped.
pub struct Clinic {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Clinic {
    /// Listens on a free port of 127.0.0.1. `script` says what to do with the n-th message (from 0) received by any
    /// connection.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(script: impl Fn(usize, &[u8]) -> Behaviour + Send + 'static) -> io::Result<Self> {
        Self::start_at("127.0.0.1:0", script)
    }

    /// The same on a given address, for a clinic that comes back where it was.
    ///
    /// # Errors
    /// When the address is taken.
    pub fn start_at(
        address: impl ToSocketAddrs,
        script: impl Fn(usize, &[u8]) -> Behaviour + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let state = State {
            received: Vec::new(),
            script: Box::new(script),
            doors: Box::new(|_| Door::Open),
            connections: 0,
            late: Vec::new(),
            open: Vec::new(),
            stopping: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn behave(&self, script: impl Fn(usize, &[u8]) -> Behaviour + Send + 'static) {
        self.shared.lock().script = Box::new(script);
    }

    /// From now on `doors` says what becomes of the n-th connection (from 0, over all so far).
    pub fn open_by(&self, doors: impl Fn(usize) -> Door + Send + 'static) {
        self.shared.lock().doors = Box::new(doors);
    }

    /// Sends the answers that [`Behaviour::Late`] kept back; how many.
    pub fn release(&self) -> usize {
        let late = std::mem::take(&mut self.shared.lock().late);
        late.into_iter().filter_map(|(mut stream, answer)| stream.write_all(&frame(&answer)).ok()).count()
    }

    /// Every message so far, repeats included, in the order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        self.shared.lock().received.clone()
    }

    /// The same as rows for [`crate::ledger::judge`]; `mark` finds what identifies a message on every hop.
    #[must_use]
    pub fn arrivals(&self, mark: impl Fn(&[u8]) -> String) -> Vec<crate::ledger::Arrival> {
        let row = |bytes: Vec<u8>| crate::ledger::Arrival {
            mark: mark(&bytes),
            control_id: field_text(&bytes, "MSH", 10),
            bytes,
        };
        self.received().into_iter().map(row).collect()
    }

    /// Waits until at least `count` messages have arrived; false when that took longer than `limit`.
    #[must_use]
    pub fn wait_for(&self, count: usize, limit: Duration) -> bool {
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), limit, |state| state.received.len() < count)
            .unwrap_or_else(PoisonError::into_inner);
        state.received.len() >= count
    }
}

impl Drop for Clinic {
    fn drop(&mut self) {
        {
            let mut state = self.shared.lock();
            state.stopping = true;
            for stream in state.open.drain(..) {
                // A peer that is gone already is as good as closed.
                let _ = stream.shutdown(Shutdown::Both);
            }
            state.late.clear();
        }
        // Wakes the accepting thread, which then sees `stopping`.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.accepting.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        let mut state = shared.lock();
        if state.stopping {
            return;
        }
        let door = (state.doors)(state.connections);
        state.connections += 1;
        // A line with a second handle would not be closed, and not reset.
        if door != Door::ResetMidFrame
            && let Ok(copy) = stream.try_clone()
        {
            state.open.push(copy);
        }
        drop(state);
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // A connection that breaks is one of the things these tests are about.
            let _ = answer_door(stream, door, &shared);
        });
    }
}

fn answer_door(mut stream: TcpStream, door: Door, shared: &Shared) -> io::Result<()> {
    match door {
        Door::Open => serve(stream, shared),
        Door::Shut => stream.shutdown(Shutdown::Both),
        // The copy among the open ones keeps it; nobody reads.
        Door::HalfOpen => Ok(()),
        Door::CutMidFrame => {
            stream.read_exact(&mut [0; CUT_BYTES])?;
            stream.shutdown(Shutdown::Both)
        }
        Door::ResetMidFrame => stream.read_exact(&mut [0; CUT_BYTES]),
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut frames = Frames::default();
    let mut kept_back: Vec<Vec<u8>> = Vec::new();
    while let Some(message) = frames.next(&mut stream)? {
        let control_id = field_text(&message, "MSH", 10);
        let accepted = acknowledgement(&message, "AA", &control_id, "");
        let behaviour = {
            let mut state = shared.lock();
            let behaviour = (state.script)(state.received.len(), &message);
            state.received.push(message.clone());
            if behaviour == Behaviour::Late {
                state.late.push((stream.try_clone()?, accepted.clone()));
            }
            shared.changed.notify_all();
            behaviour
        };
        if !matches!(behaviour, Behaviour::Silent | Behaviour::Late | Behaviour::WithTheNext) {
            for answer in kept_back.drain(..) {
                stream.write_all(&frame(&answer))?;
            }
        }
        match behaviour {
            Behaviour::Accept => stream.write_all(&frame(&accepted))?,
            Behaviour::Refuse(code, text) => {
                stream.write_all(&frame(&acknowledgement(&message, code, &control_id, text)))?;
            }
            Behaviour::Silent | Behaviour::Late => {}
            Behaviour::WithTheNext => kept_back.push(accepted),
            Behaviour::Twice => {
                stream.write_all(&frame(&accepted))?;
                stream.write_all(&frame(&accepted))?;
            }
            Behaviour::OtherId => {
                stream.write_all(&frame(&acknowledgement(
                    &message,
                    "AA",
                    &format!("NOT-{control_id}"),
                    "",
                )))?;
            }
            Behaviour::ByteAtATime => {
                for byte in frame(&accepted) {
                    stream.write_all(&[byte])?;
                }
            }
            Behaviour::Garbage => stream.write_all(&frame(b"HTTP/1.1 200 OK"))?,
            Behaviour::HalfAnAnswer => {
                let answer = frame(&accepted);
                stream.write_all(&answer[..answer.len() / 2])?;
                return stream.shutdown(Shutdown::Both);
            }
            Behaviour::HangUp => return stream.shutdown(Shutdown::Both),
            Behaviour::AcceptThenHangUp => {
                stream.write_all(&frame(&accepted))?;
                return stream.shutdown(Shutdown::Both);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(control_id: &str) -> Vec<u8> {
        format!("MSH|^~\\&|OPOR|NS|EMR|CLINIC|20261122140500||ORU^R01|{control_id}|P|2.5.1\rPID|1||42\rOBR|1||F-{control_id}\r")
            .into_bytes()
    }

    fn clinic(behaviour: Behaviour) -> (Clinic, Client) {
        let clinic = Clinic::start(move |_, _| behaviour.clone()).unwrap();
        let client = Client::connect(clinic.address()).unwrap();
        (clinic, client)
    }

    #[test]
    fn fields_are_counted_as_hl7_counts_them() {
        assert_eq!(field_text(&message("7"), "MSH", 10), "7");
        assert_eq!(field_text(&message("7"), "MSH", 3), "OPOR");
        assert_eq!(field_text(&message("7"), "OBR", 3), "F-7");
        assert_eq!(field_text(&message("7"), "OBX", 5), "");
        assert_eq!(field_text(b"", "MSH", 10), "");
    }

    #[test]
    fn an_accepting_clinic_answers_each_message() {
        let (clinic, mut client) = clinic(Behaviour::Accept);
        for id in ["1", "2"] {
            assert_eq!(verdict(&client.send(&message(id)).unwrap()), ("AA".to_owned(), id.to_owned()));
        }
        assert!(clinic.wait_for(2, PATIENCE));
        let marks: Vec<String> =
            clinic.arrivals(|bytes| field_text(bytes, "OBR", 3)).into_iter().map(|row| row.mark).collect();
        assert_eq!(marks, ["F-1", "F-2"]);
    }

    #[test]
    fn a_message_in_single_bytes_is_one_message() {
        let (clinic, mut client) = clinic(Behaviour::ByteAtATime);
        client.write_in_pieces(&frame(&message("1")), 1).unwrap();
        assert_eq!(verdict(&client.answer().unwrap().unwrap()).0, "AA");
        assert_eq!(clinic.received(), [message("1")]);
    }

    #[test]
    fn refusals_carry_their_code() {
        let (_clinic, mut client) = clinic(Behaviour::Refuse("AR", "not ours"));
        let answer = client.send(&message("1")).unwrap();
        assert_eq!(verdict(&answer), ("AR".to_owned(), "1".to_owned()));
        assert_eq!(field_text(&answer, "MSA", 3), "not ours");
    }

    #[test]
    fn d07_late_and_foreign_answers_come_as_told() {
        let (clinic, mut client) = clinic(Behaviour::Late);
        client.write(&frame(&message("1"))).unwrap();
        assert!(clinic.wait_for(1, PATIENCE));
        assert_eq!(clinic.release(), 1);
        assert_eq!(verdict(&client.answer().unwrap().unwrap()).1, "1");

        clinic.behave(|n, _| if n == 1 { Behaviour::WithTheNext } else { Behaviour::Accept });
        client.write(&frame(&message("2"))).unwrap();
        client.write(&frame(&message("3"))).unwrap();
        let ids = [(); 2].map(|()| verdict(&client.answer().unwrap().unwrap()).1);
        assert_eq!(ids, ["2", "3"]);

        clinic.behave(|_, _| Behaviour::OtherId);
        assert_eq!(verdict(&client.send(&message("4")).unwrap()).1, "NOT-4");
        clinic.behave(|_, _| Behaviour::Twice);
        client.write(&frame(&message("5"))).unwrap();
        assert_eq!([(); 2].map(|()| verdict(&client.answer().unwrap().unwrap()).1), ["5", "5"]);
        clinic.behave(|_, _| Behaviour::Garbage);
        assert_eq!(verdict(&client.send(&message("6")).unwrap()), (String::new(), String::new()));
    }

    #[test]
    fn d07_hanging_up_is_seen() {
        for behaviour in [Behaviour::HangUp, Behaviour::HalfAnAnswer] {
            let (clinic, mut client) = clinic(behaviour);
            assert!(client.send(&message("1")).is_err());
            assert_eq!(clinic.received().len(), 1);
        }
        let (_clinic, mut client) = clinic(Behaviour::AcceptThenHangUp);
        assert_eq!(verdict(&client.send(&message("1")).unwrap()).0, "AA");
        assert!(client.send(&message("2")).is_err());
    }

    #[test]
    fn d07_silence_ends_by_the_senders_patience() {
        let (clinic, mut client) = clinic(Behaviour::Silent);
        client.set_patience(Duration::from_millis(20)).unwrap();
        assert!(client.send(&message("1")).is_err());
        assert!(clinic.wait_for(1, PATIENCE));
        assert!(!clinic.wait_for(2, Duration::from_millis(1)));
    }

    #[test]
    fn a_clinic_comes_back_where_it_was() {
        let clinic = Clinic::start(|_, _| Behaviour::Accept).unwrap();
        let address = clinic.address();
        drop(clinic);
        let again = Clinic::start_at(address, |_, _| Behaviour::Accept).unwrap();
        assert_eq!(verdict(&Client::connect(address).unwrap().send(&message("1")).unwrap()).0, "AA");
        assert_eq!(again.received().len(), 1);
    }

    #[test]
    fn every_behaviour_records_the_message() {
        for behaviour in ALL_BEHAVIOURS {
            let (clinic, mut client) = clinic(behaviour.clone());
            client.write(&frame(&message("1"))).unwrap();
            assert!(clinic.wait_for(1, PATIENCE), "{behaviour:?}");
        }
    }
}
