//! What holds for all bytes and all texts.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::mllp::{Decoder, FrameError, encode};
use hl7v2::{Builder, Delimiters, Message, Path, ack, batch, escape, time, unescape};
use proptest::prelude::*;

/// Bytes of the kind that decide something, and others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        4 => prop::sample::select(b"|^~\\&#\r\n\x0B\x1C \"".to_vec()),
        4 => prop::sample::select(b"PIDOBXMSHZ0123456789abc.".to_vec()),
        1 => any::<u8>(),
    ];
    prop::collection::vec(one, 0..300)
}

fn message_bytes() -> impl Strategy<Value = Vec<u8>> {
    let headers: Vec<&[u8]> = vec![
        b"MSH|^~\\&|",
        b"MSH|^~\\&#|",
        b"MSH$%~\\&$",
        b"MSH|^|",
        b"\xEF\xBB\xBFMSH|^~\\&|",
        b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1||||||8859/1\r",
        b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1||||||BIG-5\r",
        b"\xFF\xFEM\0S\0H\0|\0^\0~\0\\\0&\0|\0",
        b"",
    ];
    (prop::sample::select(headers), bytes()).prop_map(|(head, rest)| [head, &rest].concat())
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            3 => prop::sample::select("|^~\\&#.XFTSER\n\t0AbHN\u{a0}\u{e9}".chars().collect::<Vec<_>>()),
            1 => any::<char>(),
        ],
        0..40,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

/// What reading gives back for a text: line breaks of any kind are one.
fn read_back(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn print_of_parse_is_the_input(input in message_bytes()) {
        if let Ok(message) = Message::parse(input.clone()) {
            prop_assert_eq!(message.print(), input);
            let mut read = 0;
            message.for_each_leaf(|_, leaf| read += leaf.text().len());
            for segment in message.segments() {
                prop_assert_eq!(segment.name().len(), 3);
                prop_assert!(segment.field(0).is_empty() && segment.field(usize::MAX).is_empty());
                prop_assert!(segment.field(3).rep(usize::MAX).comp(0).sub(usize::MAX).is_empty());
            }
            for problem in message.problems() {
                prop_assert!(!problem.to_string().is_empty());
            }
        }
    }

    #[test]
    fn nothing_panics_on_any_bytes(input in bytes()) {
        let contents = batch::split(&input);
        for envelope in contents.batches.iter().chain(&contents.file) {
            let _ = (envelope.header_field(11), envelope.trailer_text());
        }
        let _ = ack::AckRead::parse(input.clone());
        let text = String::from_utf8_lossy(&input);
        let _ = (time::Hl7Time::parse(&text), time::TimeOfDay::parse(&text), text.parse::<Path>());
        let _ = unescape(&text, &Delimiters::default(), hl7v2::Charset::Utf8);
    }

    #[test]
    fn h21_no_word_vanishes_through_escape_and_back(text in text()) {
        for delimiters in [
            Delimiters::default(),
            Delimiters { truncation: Some(b'#'), ..Delimiters::default() },
            Delimiters { field: b'$', component: b'.', ..Delimiters::default() },
        ] {
            let escaped = escape(&text, &delimiters);
            let harmful = ['\r', '\n', '\u{b}', '\u{1c}', char::from(delimiters.field)];
            prop_assert!(!escaped.contains(harmful));
            let back = unescape(&escaped, &delimiters, hl7v2::Charset::Utf8);
            prop_assert_eq!(back.as_ref(), read_back(&text));
        }
    }

    #[test]
    fn what_is_built_reads_back(
        text in text(),
        field in 3usize..30,
        rep in 1usize..4,
        comp in 1usize..9,
        sub in 1usize..4,
    ) {
        let path = format!("ZX1-{field}({rep}).{comp}.{sub}");
        let built = Builder::new().segment("ZX1").field(1, "x").set(&path, &text).build().unwrap();
        let mut message = Message::parse(built).unwrap();
        let read = |message: &Message| {
            let zx1 = message.segment_named("ZX1");
            zx1.field(field).rep(rep - 1).comp(comp).sub(sub).text().into_owned()
        };
        prop_assert_eq!(read(&message), read_back(&text));
        // And the same by changing a message that has it not yet.
        message.set(&path.parse().unwrap(), "other").unwrap();
        prop_assert_eq!(read(&message), "other");
        let mut bare = Message::parse("MSH|^~\\&|A\rZX1|x\rZX2|y\r").unwrap();
        bare.set(&path.parse().unwrap(), &text).unwrap();
        prop_assert_eq!(read(&bare), read_back(&text));
        prop_assert_eq!(bare.segment_named("ZX2").raw(), &b"ZX2|y"[..]);
    }

    #[test]
    fn paths_read_back(segment in "[A-Z][A-Z0-9]{2}", occurrence in 1usize..99, field in 1usize..99,
                       rep in prop::option::of(1usize..9), comp in prop::option::of(1usize..9), sub in 1usize..9) {
        let path = Path { segment, occurrence, field, rep, comp, sub: comp.map(|_| sub) };
        prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
    }

    #[test]
    fn d07_frames_do_not_depend_on_how_the_network_cuts(input in bytes(), cuts in prop::collection::vec(1usize..40, 1..40)) {
        let wire = [&encode(b"MSH|^~\\&|A\r")[..], &input, &encode(b"MSH|^~\\&|B\r")].concat();
        let whole = events(std::iter::once(&wire[..]));
        let bytewise = events(wire.chunks(1));
        let mut rest = &wire[..];
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(&whole, &bytewise);
        prop_assert_eq!(&whole, &events(pieces.into_iter()));
    }
}

fn events<'c>(chunks: impl Iterator<Item = &'c [u8]>) -> Vec<Result<Vec<u8>, FrameError>> {
    let mut decoder = Decoder::new(64);
    let mut all = Vec::new();
    for mut chunk in chunks {
        while let Some(event) = decoder.next(&mut chunk) {
            all.push(event);
        }
        assert!(chunk.is_empty());
        assert!(decoder.buffered_bytes() <= 64);
    }
    all.extend(decoder.finish().map(Err));
    all
}
