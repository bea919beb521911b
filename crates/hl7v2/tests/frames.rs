//! MLLP: whatever the network does to the bytes, the frames are the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::mllp::{Decoder, FRAME_LIMIT_BYTES, FrameError, HEAD_BYTES, JUNK_REPORT_BYTES, encode};

type Events = Vec<Result<Vec<u8>, FrameError>>;

fn feed(decoder: &mut Decoder, chunks: &[&[u8]]) -> Events {
    let mut all = Vec::new();
    for chunk in chunks {
        let mut rest = *chunk;
        while let Some(event) = decoder.next(&mut rest) {
            all.push(event);
        }
        assert!(rest.is_empty());
    }
    all
}

fn events(limit: usize, wire: &[u8]) -> Events {
    let mut decoder = Decoder::new(limit);
    let mut all = feed(&mut decoder, &[wire]);
    all.extend(decoder.finish().map(Err));
    let mut bytewise = Decoder::new(limit);
    let mut again = feed(&mut bytewise, &wire.chunks(1).collect::<Vec<_>>());
    again.extend(bytewise.finish().map(Err));
    assert_eq!(all, again);
    all
}

fn junk(bytes: usize, sample: &[u8]) -> Result<Vec<u8>, FrameError> {
    Err(FrameError::Junk { bytes, sample: sample.to_vec() })
}

fn unterminated(bytes: usize) -> Result<Vec<u8>, FrameError> {
    Err(FrameError::UnterminatedFrame { bytes })
}

const A: &[u8] = b"MSH|^~\\&|A\rPID|1\r";
const B: &[u8] = b"MSH|^~\\&|B\r";

#[test]
fn every_split_gives_the_same_frames() {
    let wire = [encode(A), encode(B)].concat();
    for first in 0..=wire.len() {
        for second in first..=wire.len() {
            let mut decoder = Decoder::default();
            let got = feed(&mut decoder, &[&wire[..first], &wire[first..second], &wire[second..]]);
            assert_eq!(got, [Ok(A.to_vec()), Ok(B.to_vec())], "split at {first}, {second}");
            assert!(!decoder.is_inside_frame());
            assert_eq!(decoder.finish(), None);
        }
    }
}

#[test]
fn broken_frames_are_named_and_the_next_is_read() {
    let a = || Ok(A.to_vec());
    let b = || Ok(B.to_vec());
    let cases: Vec<(Vec<u8>, Events)> = vec![
        (vec![], vec![]),
        (b"\x0B\x1C\r".to_vec(), vec![Ok(vec![])]),
        (A.to_vec(), vec![junk(17, &A[..16])]),
        ([b"hello", &encode(A)[..]].concat(), vec![junk(5, b"hello"), a()]),
        ([&encode(A)[..], b"\r\n\r\n", &encode(B)].concat(), vec![a(), b()]),
        ([&encode(A)[..], b"x\ny", &encode(B)].concat(), vec![a(), junk(3, b"x\ny"), b()]),
        // 0x0D forgotten.
        ([b"\x0B", A, b"\x1C\x0B", B, b"\x1C"].concat(), vec![a(), b()]),
        // End block forgotten.
        ([b"\x0B", A, &encode(B)[..]].concat(), vec![unterminated(17), b()]),
        ([b"\x0B", A].concat(), vec![unterminated(17)]),
        (b"\x0B\x0B\x0B".to_vec(), vec![unterminated(0), unterminated(0), unterminated(0)]),
        // Start block forgotten: everything up to the next one is junk, the end block too.
        ([A, b"\x1C\r", &encode(B)[..]].concat(), vec![junk(19, &A[..16]), b()]),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![junk(18, b"GET / HTTP/1.1\r\n")]),
    ];
    for (wire, expected) in cases {
        assert_eq!(events(1000, &wire), expected, "{:?}", String::from_utf8_lossy(&wire));
    }
}

#[test]
fn a_frame_beyond_the_limit_is_refused_once_and_let_go() {
    let wire = [encode(A), encode(&[b'x'; 30]), encode(B)].concat();
    let too_large = |head: &[u8]| Err(FrameError::FrameTooLarge { limit_bytes: 20, head: head.to_vec() });
    assert_eq!(events(20, &wire), [Ok(A.to_vec()), too_large(&[b'x'; 20]), Ok(B.to_vec())]);
    assert_eq!(events(30, &encode(&[b'x'; 30])), [Ok(vec![b'x'; 30])]);
    // A new frame ends the skipping too.
    let wire = [b"\x0B".to_vec(), vec![b'x'; 21], encode(B)].concat();
    assert_eq!(events(20, &wire), [too_large(&[b'x'; 20]), Ok(B.to_vec())]);
}

#[test]
fn a_frame_of_64_mib_never_takes_more_than_the_limit() {
    let mut decoder = Decoder::default();
    let start = [b"\x0B", A].concat();
    assert!(feed(&mut decoder, &[&start]).is_empty());
    let chunk = vec![b'x'; 1 << 20];
    let mut refusals = Vec::new();
    for _ in 0..64 {
        refusals.extend(feed(&mut decoder, &[&chunk]));
        assert!(decoder.capacity_bytes() <= 2 * FRAME_LIMIT_BYTES);
    }
    let [Err(FrameError::FrameTooLarge { limit_bytes, head })] = &refusals[..] else {
        panic!("{refusals:?}")
    };
    assert_eq!((*limit_bytes, head.len()), (FRAME_LIMIT_BYTES, HEAD_BYTES));
    assert!(head.starts_with(A));
    assert_eq!(decoder.capacity_bytes(), 0);
    assert_eq!(feed(&mut decoder, &[b"\x1C\r", &encode(B)]), [Ok(B.to_vec())]);
}

#[test]
fn memory_is_given_back_after_a_large_frame() {
    let mut decoder = Decoder::default();
    let large = vec![b'x'; 4 << 20];
    assert_eq!(feed(&mut decoder, &[&encode(&large)]), [Ok(large)]);
    assert_eq!(decoder.capacity_bytes(), 0);
}

#[test]
fn junk_without_end_is_told_in_pieces() {
    let all = events(1000, &vec![b'z'; JUNK_REPORT_BYTES + 5]);
    assert_eq!(all, [junk(JUNK_REPORT_BYTES, &[b'z'; 16]), junk(5, b"zzzzz")]);
}

#[test]
fn utf16_characters_with_framing_bytes_inside_do_not_end_the_frame() {
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        // U+0B41, U+010B, U+1C41 and U+011C hold the bytes 0x0B and 0x1C.
        let text = "\u{feff}MSH|^~\\&|\u{10b}\u{b41}\u{11c}\u{1c41}\u{1c1c}\r";
        let message: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        let wire = [encode(&message), encode(B)].concat();
        assert_eq!(events(1000, &wire), [Ok(message), Ok(B.to_vec())]);
    }
}
