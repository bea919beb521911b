//! MLLP frames (HL7 v2.5.1 Implementation Guide, appendix C): start block, message, end block. Works on chunks of
//! bytes as they come and knows no sockets; how the peer or the network cut the bytes makes no difference.

use crate::charset::detect_utf16;

/// Largest message a frame may hold unless the door says otherwise: 16 MiB.
pub const FRAME_LIMIT_BYTES: usize = 16 << 20;

/// Bytes outside frames are reported at the latest when there are this many, so that a peer that never starts a
/// frame is noticed: 64 KiB.
pub const JUNK_REPORT_BYTES: usize = 64 << 10;

/// How much of an oversized frame is kept, so that the refusal can name its control id: 1 KiB.
pub const HEAD_BYTES: usize = 1 << 10;

/// First bytes of junk kept for the log: 16.
const JUNK_SAMPLE_BYTES: usize = 16;

const START: u8 = 0x0B;
const END: u8 = 0x1C;
const CR: u8 = 0x0D;

/// Puts a message between start and end block.
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend_from_slice(message);
    frame.extend_from_slice(&[END, CR]);
    frame
}

/// What a peer did wrong with its frames. The decoder goes on with the next start block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame grew beyond the limit; what had been read is let go.
    #[error(
        "the frame is larger than {limit_bytes} bytes: send documents in smaller parts or ask for a higher limit"
    )]
    FrameTooLarge {
        /// The limit in bytes.
        limit_bytes: usize,
        /// Its first bytes (at most [`HEAD_BYTES`]), to answer with its control id.
        head: Vec<u8>,
    },
    /// Bytes that stand in no frame.
    #[error("{bytes} bytes outside a frame: start every message with byte 0x0B and end it with 0x1C 0x0D")]
    Junk {
        /// How many.
        bytes: usize,
        /// The first of them, at most 16.
        sample: Vec<u8>,
    },
    /// A new start block or the end of the connection before the end block.
    #[error("a frame of {bytes} bytes was not ended: end every message with bytes 0x1C 0x0D")]
    UnterminatedFrame {
        /// Bytes of the frame so far; they are dropped, as no acknowledgement was given for them.
        bytes: usize,
    },
}

/// Finds frames in a stream of bytes.
///
/// ```
/// let mut decoder = hl7v2::mllp::Decoder::default();
/// let mut chunk: &[u8] = b"\x0BMSH|^~\\&|A\r\x1C\r";
/// while let Some(event) = decoder.next(&mut chunk) {
///     assert_eq!(event.as_deref(), Ok(&b"MSH|^~\\&|A\r"[..]));
/// }
/// assert!(chunk.is_empty());
/// ```
#[derive(Debug)]
pub struct Decoder {
    limit_bytes: usize,
    buffer: Vec<u8>,
    state: State,
    junk: usize,
    sample: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// Inside a UTF-16 frame after a byte 0x1C: only the next byte tells whether it was the end.
    PerhapsEnd,
    /// Inside a frame that is too large.
    Skipping,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder::new(FRAME_LIMIT_BYTES)
    }
}

impl Decoder {
    /// A decoder for frames of at most `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Decoder {
        Decoder { limit_bytes, buffer: Vec::new(), state: State::Outside, junk: 0, sample: Vec::new() }
    }

    /// Reads on in `chunk`, which is moved forward, until a frame or an error is complete. `None` = the chunk is
    /// used up. A frame ends at 0x1C whether or not 0x0D follows (UTF-16 excepted, where both must stand), so that
    /// a peer that forgets it is still answered; CR and LF between frames are no junk.
    pub fn next(&mut self, chunk: &mut &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        while let Some(&byte) = chunk.first() {
            let event = match self.state {
                State::Outside => self.outside(chunk),
                State::Inside => self.inside(chunk),
                State::PerhapsEnd => {
                    if byte == CR {
                        *chunk = &chunk[1..];
                        Some(Ok(self.complete()))
                    } else {
                        self.state = State::Inside;
                        self.append(&[END])
                    }
                }
                State::Skipping => {
                    let end = memchr::memchr2(START, END, chunk).unwrap_or(chunk.len());
                    if chunk.get(end) == Some(&END) {
                        *chunk = &chunk[end + 1..];
                        self.state = State::Outside;
                    } else if end < chunk.len() {
                        *chunk = &chunk[end + 1..];
                        self.state = State::Inside;
                    } else {
                        *chunk = &[];
                    }
                    None
                }
            };
            if event.is_some() {
                return event;
            }
        }
        None
    }

    /// To be called when the connection ends: what was left unfinished.
    pub fn finish(&mut self) -> Option<FrameError> {
        let state = std::mem::replace(&mut self.state, State::Outside);
        match state {
            State::Inside | State::PerhapsEnd => {
                let bytes = std::mem::take(&mut self.buffer).len();
                Some(FrameError::UnterminatedFrame { bytes })
            }
            State::Outside | State::Skipping => self.take_junk(),
        }
    }

    /// True while a frame has begun and not ended: the peer owes bytes.
    pub fn is_inside_frame(&self) -> bool {
        self.state != State::Outside
    }

    /// Bytes held for the frame being read.
    pub fn buffered_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Memory taken for them.
    pub fn capacity_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    fn outside(&mut self, chunk: &mut &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        let start = memchr::memchr(START, chunk);
        let end = start.unwrap_or(chunk.len());
        let room = JUNK_REPORT_BYTES - self.junk;
        let mut counted = 0;
        for (i, &byte) in chunk[..end].iter().enumerate() {
            if matches!(byte, b'\r' | b'\n') && self.junk + counted == 0 {
                continue;
            }
            counted += 1;
            if self.sample.len() < JUNK_SAMPLE_BYTES {
                self.sample.push(byte);
            }
            if counted == room {
                *chunk = &chunk[i + 1..];
                self.junk += counted;
                return self.take_junk().map(Err);
            }
        }
        self.junk += counted;
        *chunk = &chunk[end..];
        if start.is_some() {
            *chunk = &chunk[1..];
            self.state = State::Inside;
            return self.take_junk().map(Err);
        }
        None
    }

    fn inside(&mut self, chunk: &mut &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        // Four bytes tell UTF-16, in which single bytes 0x0B and 0x1C are halves of characters.
        if self.buffer.len() < 4 {
            let byte = chunk[0];
            if !matches!(byte, START | END) || self.buffer.first() == Some(&0) {
                *chunk = &chunk[1..];
                return self.append(&[byte]);
            }
        } else if detect_utf16(&self.buffer).is_some() {
            return self.inside_wide(chunk);
        }
        let at = memchr::memchr2(START, END, chunk).unwrap_or(chunk.len());
        if at > 0 {
            let (content, rest) = chunk.split_at(at);
            *chunk = rest;
            return self.append(content);
        }
        let byte = chunk[0];
        *chunk = &chunk[1..];
        if byte == END {
            return Some(Ok(self.complete()));
        }
        let bytes = std::mem::take(&mut self.buffer).len();
        Some(Err(FrameError::UnterminatedFrame { bytes }))
    }

    fn inside_wide(&mut self, chunk: &mut &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        let at = memchr::memchr(END, chunk).unwrap_or(chunk.len());
        let (content, rest) = chunk.split_at(at);
        let whole_characters = (self.buffer.len() + at).is_multiple_of(2);
        match rest.split_first() {
            Some((_, after)) if whole_characters => {
                *chunk = after;
                self.state = State::PerhapsEnd;
                self.append(content)
            }
            Some((_, after)) => {
                let through = &chunk[..=at];
                *chunk = after;
                self.append(through)
            }
            None => {
                *chunk = rest;
                self.append(content)
            }
        }
    }

    fn append(&mut self, content: &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        if self.buffer.len() + content.len() <= self.limit_bytes {
            self.buffer.extend_from_slice(content);
            return None;
        }
        self.state = State::Skipping;
        let mut head = std::mem::take(&mut self.buffer);
        head.extend_from_slice(&content[..content.len().min(HEAD_BYTES)]);
        head.truncate(HEAD_BYTES.min(self.limit_bytes));
        head.shrink_to_fit();
        Some(Err(FrameError::FrameTooLarge { limit_bytes: self.limit_bytes, head }))
    }

    /// Hands the buffer over, so that a large frame leaves nothing behind.
    fn complete(&mut self) -> Vec<u8> {
        self.state = State::Outside;
        std::mem::take(&mut self.buffer)
    }

    fn take_junk(&mut self) -> Option<FrameError> {
        let bytes = std::mem::take(&mut self.junk);
        let sample = std::mem::take(&mut self.sample);
        (bytes > 0).then_some(FrameError::Junk { bytes, sample })
    }
}
