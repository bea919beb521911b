//! Generated report texts and whether every token of them arrives: in the observations, and in the report as issued.

#[path = "sent.rs"]
mod sent;

use clinical::intake::{Sender, interpret};
use fhir::{Instant, Json, Kind, Object};
use hl7v2::{Charset, Delimiters, Message, escape};

/// Words of reports, with everything that a delimiter, an escape or a character set can spoil.
const WORDS: &[&str] = &[
    "no",
    "acute",
    "fracture",
    "is",
    "seen",
    "of",
    "the",
    "left",
    "5.4",
    "<0.5",
    ">=60",
    "10*9/L",
    "A&B",
    "5^3",
    "x|y",
    "1~2",
    "C:\\scan\\7",
    "\\",
    "\\\\",
    "&",
    "^",
    "|",
    "~",
    "#1",
    "50%",
    "\"quoted\"",
    "T2-weighted",
    "(see",
    "note)",
    "pH=7.35",
    "naïve",
    "hémoglobine",
    "œdème",
    "Ångström",
    "µmol/L",
    "±2",
    "≥40",
    "→",
    "λ",
    "Šimić",
    "Ωmega",
    "日本",
    "\\.br",
    "br\\",
    "E\\.coli",
    "H\\N",
    "X41",
    "Z\\",
    "\\T",
    "a$b",
    "c*d",
    "e!f",
    "g%h",
    "!",
    "$",
    "*",
    "%",
    "#",
];
/// MSH-1, MSH-2 and how often they are met.
const DELIMITERS: &[&str] = &["|^~\\&", "|^~\\&", "|^~\\&", "#$*!%", "|^~\\&#"];
/// MSH-18.
const CHARSETS: &[&str] = &[
    "UNICODE UTF-8",
    "",
    "ASCII",
    "8859/1",
    "8859/15",
    "8859/2",
    "8859/7",
    "UNICODE UTF-16",
    "GB 18030-2000",
    "BIG-5",
];
/// Formatting commands between two words, without the escape character: those that break or part words.
const PARTING: &[&str] = &[".br", ".ce", ".sp", ".sp2", ".sk3", ".sk 1"];
/// Formatting commands that are no text and part nothing.
const SILENT: &[&str] = &["H", "N", ".in+4", ".ti-2", ".fi", ".nf"];

/// How the text stands in the message.
#[derive(Debug, Clone, Copy)]
enum Shape {
    OneField,
    Repetitions,
    LineByLine,
    Comments,
}

/// A cheap generator: the same number gives the same report.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides.max(1) as u64).unwrap_or_default()
    }
}

/// Reads generated report `number` and sends it on: what became of it.
///
/// # Errors
/// What was sent and what arrived, when they differ.
pub(crate) fn check(number: u64) -> Result<Arrived, String> {
    let mut dice = Dice(number);
    let (marks, set) = (DELIMITERS[dice.roll(DELIMITERS.len())], CHARSETS[dice.roll(CHARSETS.len())]);
    let shape = [Shape::OneField, Shape::Repetitions, Shape::LineByLine, Shape::Comments][dice.roll(4)];
    let header = header(marks, set);
    let known = Message::parse(header.clone()).map_err(|error| format!("{number}: {error}"))?;
    let delimiters = *known.delimiters();
    // Bytes of a hexadecimal escape are of the message's own set.
    let charset = if set == "UNICODE UTF-16" { Charset::Utf16Le } else { known.charset() };
    // The set that MSH-18 asks for shows only where a character needs it.
    let writes = |text: &str| match set {
        "" | "UNICODE UTF-8" | "UNICODE UTF-16" | "GB 18030-2000" => true,
        "ASCII" => text.is_ascii(),
        _ => known.charset().encode(text).is_ok(),
    };
    let mut sent: Vec<String> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    for _ in 0..=dice.roll(5) {
        lines.push(line(&mut dice, &delimiters, charset, &writes, &mut sent));
    }
    let text = message(&header, marks, shape, &lines);
    let bytes = match set {
        "UNICODE UTF-16" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "" | "UNICODE UTF-8" | "ASCII" => text.into_bytes(),
        _ => known.charset().encode(&text).map_err(|c| format!("{number}: {set} has no {c}"))?.into_owned(),
    };
    let message = Message::parse(bytes).map_err(|error| format!("{number}: {error}"))?;
    let said = interpret(&message, &sender());
    let resources: Vec<&Object> =
        said.charts.iter().flat_map(|chart| &chart.resources).map(|one| &one.resource).collect();
    let of = |kind: Kind| {
        resources
            .iter()
            .copied()
            .filter(move |one| one.get("resourceType").and_then(Json::as_str) == Some(kind.as_str()))
    };
    let in_comments = matches!(shape, Shape::Comments);
    same(number, &sent, &arrived(of(Kind::Observation), in_comments), "the observations")?;
    if !matches!(shape, Shape::Comments) {
        let issued: String = of(Kind::DiagnosticReport)
            .flat_map(|report| report.get("presentedForm").map(Json::items).unwrap_or_default())
            .filter_map(|form| form.get("data").and_then(Json::as_str))
            .map(|data| String::from_utf8_lossy(&decode(data)).into_owned())
            .collect();
        same(number, &sent, &issued, "the report as issued")?;
    }
    let ways = sent::go_on(number, &message, &said, &sent, in_comments)?;
    Ok(Arrived { tokens: sent.len(), ways: ways.taken, declined: ways.declined })
}

/// What became of a report.
#[derive(Debug, Default)]
pub(crate) struct Arrived {
    /// Words of it.
    pub(crate) tokens: usize,
    /// Ways by which all of them arrived at a receiver.
    pub(crate) ways: usize,
    /// Ways that take it not, and say so.
    pub(crate) declined: usize,
}

/// The text of observations: their values, or what is remarked about them.
pub(crate) fn arrived<'a>(observations: impl Iterator<Item = &'a Object>, in_comments: bool) -> String {
    let mut arrived = String::new();
    for observation in observations {
        let notes = observation.get("note").map(Json::items).unwrap_or_default();
        let value = observation.get("valueString").filter(|_| !in_comments);
        for text in value.into_iter().chain(notes.iter().filter_map(|note| note.get("text"))) {
            arrived.push_str(text.as_str().unwrap_or_default());
            arrived.push('\n');
        }
    }
    arrived
}

pub(crate) fn same(number: u64, sent: &[String], arrived: &str, place: &str) -> Result<(), String> {
    let arrived: Vec<&str> = arrived.split_whitespace().collect();
    if sent.iter().map(String::as_str).eq(arrived.iter().copied()) {
        return Ok(());
    }
    Err(format!("report {number}, {place}\n  sent    {sent:?}\n  arrived {arrived:?}"))
}

fn header(marks: &str, set: &str) -> String {
    let mut marks = marks.chars();
    let field = marks.next().unwrap_or('|');
    let rest: String = marks.collect();
    let empty = |n: usize| field.to_string().repeat(n);
    let component = rest.chars().next().unwrap_or('^');
    format!(
        "MSH{field}{rest}{field}RAD{field}QEII{}20260118100000{}ORU{component}R01{field}1{field}P{field}2.5.1{}{set}\r",
        empty(3),
        empty(2),
        empty(6)
    )
}

/// Words of one line as they are sent; what must arrive is added to `sent`.
fn line(
    dice: &mut Dice,
    delimiters: &Delimiters,
    charset: Charset,
    writes: &impl Fn(&str) -> bool,
    sent: &mut Vec<String>,
) -> String {
    let mark = delimiters.escape.map_or('\\', char::from);
    let mut line = String::new();
    for n in 0..=dice.roll(9) {
        if n > 0 {
            match dice.roll(8) {
                0 => line.push_str(&format!("{mark}{}{mark}", PARTING[dice.roll(PARTING.len())])),
                1 => line.push_str(&format!(" {mark}{}{mark}", SILENT[dice.roll(SILENT.len())])),
                _ => line.push(' '),
            }
        }
        let word = WORDS[dice.roll(WORDS.len())];
        let word = if writes(word) { word } else { "plain" };
        // Some write a hexadecimal escape for a letter that needs none.
        let bytes = charset.encode(word).ok().filter(|_| dice.roll(12) == 0);
        if let Some(bytes) = bytes {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            line.push_str(&format!("{mark}X{digits}{mark}"));
        } else {
            line.push_str(&escape(word, delimiters));
        }
        sent.push(word.to_owned());
    }
    line
}

fn message(header: &str, marks: &str, shape: Shape, lines: &[String]) -> String {
    let mut marks = marks.chars();
    let field = marks.next().unwrap_or('|');
    let (component, repetition) = (marks.next().unwrap_or('^'), marks.next().unwrap_or('~'));
    let escape = marks.next().unwrap_or('\\');
    let segment = |parts: &[&str]| {
        let mut text = parts.join(&field.to_string());
        text.push('\r');
        text
    };
    let mut text = header.to_owned();
    let own = format!("1{component}{component}{component}QEII{component}MR");
    let name = format!("Testperson{component}Ana");
    text.push_str(&segment(&["PID", "1", "", &own, "", &name, "", "19610203", "F"]));
    let section = ["OBR", "1", "P1", "F1", "X-ray", "", "", "20260118"];
    let mut obr: Vec<&str> = section.to_vec();
    obr.resize(24, "");
    obr.extend(["RAD", "F"]);
    text.push_str(&segment(&obr));
    let obx = |n: usize, kind: &str, value: &str| {
        segment(&["OBX", &n.to_string(), kind, "X-ray", "", value, "", "", "", "", "", "F"])
    };
    match shape {
        Shape::OneField => {
            text.push_str(&obx(1, "FT", &lines.join(&format!("{escape}.br{escape}"))));
        }
        Shape::Repetitions => text.push_str(&obx(1, "TX", &lines.join(&repetition.to_string()))),
        Shape::LineByLine => {
            for (n, line) in lines.iter().enumerate() {
                text.push_str(&obx(n + 1, "TX", line));
            }
        }
        Shape::Comments => {
            text.push_str(&obx(1, "ST", "seen"));
            for (n, line) in lines.iter().enumerate() {
                text.push_str(&segment(&["NTE", &(n + 1).to_string(), "", line]));
            }
        }
    }
    text
}

pub(crate) fn sender() -> Sender {
    Sender {
        link: "texts".to_owned(),
        default_authority: "QEII".to_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: "QEII".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: Instant(1_795_356_300_000_000),
    }
}

fn decode(base64: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut group, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in base64.bytes() {
        let Some(digit) = ALPHABET.iter().position(|known| *known == byte) else { continue };
        group = group << 6 | u32::try_from(digit).unwrap_or_default();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(group >> bits & 0xff).unwrap_or_default());
        }
    }
    out
}
