//! HL7 v2: frames, messages, batches, acknowledgements, what is made of them.

use super::{NOW, sum, text};
use crate::Target;
use crate::seeds::{of_repository, texts};
use clinical::codes::CodeMap;
use clinical::dialect::{Dialect, translate};
use clinical::intake::{Interpretation, Sender, bundle, interpret, lanes};
use clinical::plausibility;
use fhir::{Document, json};
use hl7v2::ack::{Ack, AckRead, Outcome};
use hl7v2::mllp::{Decoder, FrameError, encode};
use hl7v2::{Delimiters, Message, Path, batch, escape, unescape};
use province::rng::Rng;
use std::sync::OnceLock;

const WORDS: &[&str] = &[
    "|",
    "^",
    "~",
    "\\",
    "&",
    "\r",
    "\n",
    "\"\"",
    "MSH|^~\\&|",
    "MSH$%~\\&$",
    "PID|",
    "PV1|",
    "ORC|",
    "OBR|",
    "OBX|1|ST|",
    "OBX|1|ED|",
    "OBX|1|NM|",
    "NTE|",
    "MSA|AA|",
    "ERR|",
    "FHS|^~\\&|",
    "BHS|^~\\&|",
    "BTS|1",
    "FTS|1",
    "DSC|",
    "ADD|",
    "ADT^A01",
    "ORU^R01^ORU_R01",
    "ADT^A40",
    "MDM^T02",
    "UNICODE UTF-8",
    "8859/1",
    "UNICODE",
    "BIG-5",
    "ISO IR87",
    "\\X0D\\",
    "\\F\\",
    "\\E\\",
    "\\Xzz\\",
    "\\C2842\\",
    "\\.br\\",
    "\\.sp99999\\",
    "\\Z",
    "Base64",
    "^application^pdf^Base64^",
    "NE",
    "AL",
    "20261122",
    "202611010130-0300",
    "mg/dL",
    "\u{b}",
    "\u{1c}\r",
];

fn messages() -> Vec<Vec<u8>> {
    let mut all = of_repository("crates/clinical/testdata/hl7", &[".hl7"]);
    all.extend(of_repository("crates/clinical/testdata/dialects", &[".hl7"]));
    all.extend(of_repository("crates/clinical/testdata/directory", &[".hl7"]));
    all
}

fn frames() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = messages().iter().take(20).map(|message| encode(message)).collect();
    let several = all.iter().take(3).flatten().copied().collect();
    all.push(several);
    all.push(b"\xFF\xFEM\0S\0H\0|\0^\0~\0\\\0&\0|\0\x1C\0\x1C\r".to_vec());
    all
}

pub(super) const FRAMES: Target = Target {
    name: "frames",
    reads: "MLLP frames however TCP cuts them",
    seeds: frames,
    words: WORDS,
    take: |input| {
        let wire = [&encode(b"MSH|^~\\&|A\r")[..], input, &encode(b"MSH|^~\\&|B\r")].concat();
        let mut rng = Rng::new(sum(input));
        let mut pieces = Vec::new();
        let mut rest = &wire[..];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((1 + rng.below(40)).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        for limit in [64, 4096] {
            assert_eq!(events(limit, std::iter::once(&wire[..])), events(limit, pieces.iter().copied()));
        }
    },
    usual: 4_000,
};

fn events<'c>(limit: usize, chunks: impl Iterator<Item = &'c [u8]>) -> Vec<Result<Vec<u8>, FrameError>> {
    let mut decoder = Decoder::new(limit);
    let mut all = Vec::new();
    for mut chunk in chunks {
        while let Some(event) = decoder.next(&mut chunk) {
            all.push(event);
        }
        assert!(chunk.is_empty() && decoder.buffered_bytes() <= limit);
        assert!(decoder.capacity_bytes() <= 4 * limit.max(1024), "{} bytes kept", decoder.capacity_bytes());
    }
    all.extend(decoder.finish().map(Err));
    all
}

pub(super) const MESSAGES: Target = Target {
    name: "messages",
    reads: "HL7 v2 messages, their escapes and their paths",
    seeds: messages,
    words: WORDS,
    take: |input| {
        let text = text(input);
        let _ =
            (text.parse::<Path>(), hl7v2::time::Hl7Time::parse(&text), hl7v2::time::TimeOfDay::parse(&text));
        let delimiters = Delimiters::default();
        let escaped = escape(&text, &delimiters);
        assert!(!escaped.contains(['\r', '\n', '\u{b}', '\u{1c}', '|']), "an escaped text ends its field");
        let back = unescape(&escaped, &delimiters, hl7v2::Charset::Utf8);
        assert_eq!(back, text.replace("\r\n", "\n").replace('\r', "\n"), "words change by escape and back");
        let Ok(message) = Message::parse(input) else { return };
        assert_eq!(message.print(), input, "print of parse is the input");
        let mut read = 0;
        message.for_each_leaf(|_, leaf| read += leaf.text().len());
        for problem in message.problems() {
            assert!(!problem.to_string().is_empty());
        }
    },
    usual: 3_000,
};

pub(super) const BATCHES: Target = Target {
    name: "batches",
    reads: "batches and files of messages",
    seeds: || {
        let all = messages();
        let mut batches: Vec<Vec<u8>> = all
            .chunks(3)
            .take(8)
            .map(|some| {
                let head = b"FHS|^~\\&|A|B|C|D|20261122||||F1\rBHS|^~\\&|A|B|C|D|20261122||||B1\r".to_vec();
                let tail = b"BTS|3|all of them\rFTS|1\r".to_vec();
                [head, some.concat(), tail].concat()
            })
            .collect();
        batches.push(all.iter().take(4).flat_map(|message| encode(message)).collect());
        batches
    },
    words: WORDS,
    take: |input| {
        let most = batch::parts_at_most(input);
        let contents = batch::split(input);
        assert!(contents.members.len() <= most, "{} members of at most {most}", contents.members.len());
        assert!(contents.members.iter().map(|member| member.bytes.len()).sum::<usize>() <= input.len());
        for envelope in contents.batches.iter().chain(&contents.file) {
            let _ = (envelope.header_field(11), envelope.trailer_text());
        }
        let answers: Vec<Vec<u8>> = contents.members.iter().map(|member| answer(member.bytes)).collect();
        let answered = batch::Response::to(&contents, "R1", "20261122", "").build(&answers);
        assert!(contents.members.len() == batch::split(&answered).members.len(), "an answer to each message");
        if let Some(wrapping) = batch::wraps(input, b'|') {
            let _ = wrapping.members.len();
        }
        let _ = batch::is_wrapped(input);
    },
    usual: 1_500,
};

/// What is answered to bytes, which whoever sent them must be able to read.
fn answer(bytes: &[u8]) -> Vec<u8> {
    let (ack, message) = match Message::parse(bytes) {
        Ok(message) => (Ack::first(&message, Outcome::Accept), Some(message)),
        Err(why) => (Ack::refuse(bytes, &why), None),
    };
    let built = ack.build("A-1", "20261122140500");
    let read = AckRead::parse(built.clone());
    let read = read.unwrap_or_else(|why| {
        assert!(built.is_empty(), "our answer is none: {why}");
        AckRead {
            code: ack.code(),
            control_id: String::new(),
            own_control_id: String::new(),
            text: String::new(),
            errors: Vec::new(),
        }
    });
    assert_eq!((read.code, read.own_control_id.as_str()), (ack.code(), "A-1"));
    if let Some(message) = message.filter(|message| !message.header().control_id().contains(|c| c < ' ')) {
        assert_eq!(read.control_id, message.header().control_id(), "the answer names another message");
    }
    built
}

pub(super) const ACKNOWLEDGEMENTS: Target = Target {
    name: "acknowledgements",
    reads: "answers of receivers, and what we answer to anything",
    seeds: || {
        let mut all: Vec<Vec<u8>> = messages().iter().map(|message| answer(message)).collect();
        all.extend(texts(&[
            "MSH|^~\\&|EMR|HILL|OPOR|NS|20261122140500||ACK^R01|7|P|2.5.1\rMSA|AA|4711\r",
            "MSH|^~\\&|EMR|HILL|OPOR|NS|20261122140500||ACK|7|P|2.3\rMSA|AE|4711|PID-3 is missing|||207^no such patient\rERR|PID^1^3^101\r",
            "MSH|^~\\&|EMR|HILL|OPOR|NS|20261122140500||ACK^R01^ACK|7|P|2.5.1\rMSA|CR|4711\rERR||MSH^1^12|203^Unsupported version id^HL70357|E|||say 2.5.1\r",
        ]));
        all
    },
    words: WORDS,
    take: |input| {
        let _ = AckRead::parse(input);
        let _ = answer(input);
        let wrapping = Ack::wrapping(input, Outcome::Error).build("A-2", "20261122");
        assert!(AckRead::parse(wrapping).is_ok(), "our answer to a header is none");
    },
    usual: 2_500,
};

fn sender() -> Sender {
    Sender {
        link: "fuzz".to_owned(),
        default_authority: "QEH".to_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: "QEH".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: NOW,
    }
}

/// What was made of a message can be filed: every resource reads back as itself.
fn fileable(said: &Interpretation) {
    let made = bundle(said);
    let bytes = made.to_bytes();
    assert_eq!(json::parse(&bytes).ok().as_ref().and_then(fhir::Json::as_object), Some(&made));
    for entry in made.objects("entry") {
        let Some(resource) = entry.object("resource") else { continue };
        let read = Document::parse(resource.to_bytes());
        assert!(read.is_ok(), "a resource that cannot be filed: {:?}", read.err());
    }
}

pub(super) const INTAKE: Target = Target {
    name: "intake",
    reads: "messages as facts: every handler of the intake table",
    seeds: messages,
    words: WORDS,
    take: |input| {
        let Ok(message) = Message::parse(input) else { return };
        let _ = lanes(&message);
        let said = interpret(&message, &sender());
        fileable(&said);
        if let Some(resent) = plausibility::withdraw(input) {
            assert!(Message::parse(resent).is_ok(), "a withdrawal that cannot be read");
        }
        let _ = plausibility::Raw::parse(input);
    },
    usual: 1_000,
};

pub(super) const DIALECTS: Target = Target {
    name: "dialects",
    reads: "messages through each dialect in testdata",
    seeds: messages,
    words: WORDS,
    take: |input| {
        static FILES: OnceLock<(Vec<Dialect>, Vec<CodeMap>)> = OnceLock::new();
        let (dialects, codes) = FILES.get_or_init(|| {
            let files = of_repository("crates/clinical/testdata/dialects", &[".toml"]);
            let files: Vec<String> =
                files.into_iter().filter_map(|file| String::from_utf8(file).ok()).collect();
            let dialects = files.iter().filter_map(|file| Dialect::from_toml(file).ok()).collect();
            (dialects, files.iter().filter_map(|file| CodeMap::from_toml(file).ok()).collect())
        });
        assert!(!dialects.is_empty(), "no dialect in testdata can be read");
        let Ok(message) = Message::parse(input) else { return };
        let dialect = dialects.get(sum(input) as usize % dialects.len());
        let codes = (!codes.is_empty()).then(|| &codes[sum(input) as usize % codes.len()]);
        let Ok(translated) = translate(&message, dialect, codes) else { return };
        fileable(&interpret(&translated.message, &sender()));
    },
    usual: 400,
};
