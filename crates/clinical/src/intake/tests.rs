//! The mapper against small messages of our own (`testdata/hl7`) and against every message of `../shared/data`.

mod disputes;
mod variations;

use super::*;
use crate::identity::Says;
use crate::results::Finality;
use fhir::{Json, Kind, Object};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(super) fn sender() -> Sender {
    Sender {
        link: "test".to_owned(),
        default_authority: "QEII".to_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: "QEII".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: Instant(1_795_356_300_000_000),
    }
}

fn read(bytes: &[u8]) -> Interpretation {
    let message = Message::parse(bytes).expect("a readable header");
    interpret(&message, &sender())
}

fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: ../shared not laid beside the project");
    None
}

fn hl7_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(
                std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "hl7") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every message of every HL7 v2 set: path, and the messages in the file.
fn corpus() -> Vec<(PathBuf, Vec<Message>)> {
    let Some(shared) = shared() else { return Vec::new() };
    hl7_files(&shared.join("data"))
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a file");
            let messages = split(&bytes).into_iter().filter_map(|bytes| Message::parse(bytes).ok()).collect();
            (path, messages)
        })
        .collect()
}

fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
        if line.starts_with(b"MSH") || messages.is_empty() {
            messages.push(Vec::new());
        }
        messages.last_mut().expect("pushed before").extend_from_slice(line);
    }
    messages
}

// ---- cases of our own ------------------------------------------------------------------------------------------

/// Each `testdata/hl7/NAME.hl7` says what `NAME.txt` has.
#[test]
fn cases_say_what_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hl7");
    let mut wrong = String::new();
    for path in hl7_files(&folder) {
        check(&path, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn check(path: &Path, wrong: &mut String) {
    let bytes = std::fs::read(path).expect("a case");
    let said = summary(&read(&bytes));
    let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
    if said != expected {
        let _ = writeln!(wrong, "=== {} says\n{said}=== instead of\n{expected}", path.display());
    }
}

fn summary(said: &Interpretation) -> String {
    let mut out = String::new();
    let handling = match &said.handling {
        Handling::Mapped => "mapped".to_owned(),
        Handling::Kept(words) => format!("kept: {}", words.en),
        Handling::Held(words) => format!("held: {}", words.en),
    };
    let _ = writeln!(out, "{} {handling}", said.message_type);
    for chart in &said.charts {
        let own = chart.claim.own.as_ref().map(|own| format!("{}|{}", own.authority, own.value));
        let _ = writeln!(out, "chart of {}", own.as_deref().unwrap_or("nobody"));
        for proposal in &chart.resources {
            let _ = writeln!(out, "  {} {}", proposal.key.kind, line(proposal));
        }
        for report in &chart.reports {
            let named: Vec<String> = report
                .addressees
                .iter()
                .map(|one| format!("{:?} {} {}", one.part, one.field, one.family))
                .collect();
            let _ = writeln!(
                out,
                "  report {:?} \"{}\" {} {:?} {:?} to [{}]",
                report.class,
                report.title,
                report.accession,
                report.standing.finality,
                report.flag,
                named.join(", ")
            );
        }
    }
    for event in &said.identity_events {
        let _ = writeln!(
            out,
            "{}: {}|{} {} {}|{}",
            event.trigger,
            event.survivor.authority,
            event.survivor.value,
            match event.says {
                Says::Same => "was",
                Says::Parted => "is not",
                Says::Moved => "has a visit of",
            },
            event.merged.authority,
            event.merged.value
        );
    }
    for problem in &said.problems {
        let _ = writeln!(out, "problem: {}", problem.en);
    }
    out
}

fn line(proposal: &Proposal) -> String {
    let object = &proposal.resource;
    let mut parts: Vec<String> = Vec::new();
    for key in ["status", "docStatus", "intent", "gender", "birthDate", "start", "end"] {
        parts.extend(object.get(key).and_then(Json::as_str).map(str::to_owned));
    }
    let concept = ["code", "type", "vaccineCode", "medicationCodeableConcept"]
        .into_iter()
        .find_map(|key| object.get(key))
        .and_then(|value| value.get("text"));
    parts.extend(concept.and_then(Json::as_str).map(str::to_owned));
    for (key, value) in object.iter().filter(|(key, _)| {
        key.starts_with("value")
            || matches!(*key, "effectiveDateTime" | "period" | "dataAbsentReason" | "issued")
    }) {
        let text = value.get("text").and_then(Json::as_str).map_or_else(|| value.to_string(), str::to_owned);
        parts.push(format!("{key}={text}"));
    }
    for key in [
        "name",
        "participant",
        "result",
        "component",
        "note",
        "presentedForm",
        "content",
        "referenceRange",
        "target",
        "derivedFrom",
        "specimen",
        "supportingInfo",
        "supportingInformation",
        "reasonReference",
        "relatesTo",
        "dosageInstruction",
        "reaction",
        "evidence",
        "partOf",
    ] {
        let count = object.get(key).map(|value| value.items().len()).unwrap_or_default();
        if count > 0 {
            parts.push(format!("{key}:{count}"));
        }
    }
    if let Some(finality) = proposal.standing.finality {
        parts.push(format!("{finality:?}"));
    }
    parts.join(" ")
}

// ---- properties over every message there is ----------------------------------------------------------------------

#[test]
fn every_message_is_interpreted_the_same_twice() {
    let mut count = 0;
    for (path, messages) in corpus() {
        for message in &messages {
            let (once, twice) = (interpret(message, &sender()), interpret(message, &sender()));
            assert_eq!(bundle(&once).to_bytes(), bundle(&twice).to_bytes(), "{}", path.display());
            assert_eq!(once.problems, twice.problems);
            assert_eq!(lanes(message), lanes(message));
            keys_are_unique(&once, &path);
            count += 1;
        }
    }
    println!("{count} messages");
}

fn keys_are_unique(said: &Interpretation, path: &Path) {
    for chart in &said.charts {
        let mut keys: Vec<ResourceKey> = chart.resources.iter().map(|proposal| proposal.key).collect();
        keys.sort();
        let all = keys.len();
        keys.dedup();
        assert_eq!(keys.len(), all, "two resources under one key in {}", path.display());
        assert!(
            chart.resources.first().is_some_and(|first| first.key.kind == Kind::Patient),
            "{}",
            path.display()
        );
        for report in &chart.reports {
            assert!(keys.contains(&report.key), "a report without its resource in {}", path.display());
        }
    }
}

/// References within a bundle lead somewhere, contained or filed.
#[test]
fn references_lead_somewhere() {
    for (path, messages) in corpus() {
        for message in &messages {
            for chart in interpret(message, &sender()).charts {
                let filed: Vec<String> = chart.resources.iter().map(|one| one.key.to_string()).collect();
                for proposal in &chart.resources {
                    let contained: Vec<&str> = proposal
                        .resource
                        .get("contained")
                        .map(Json::items)
                        .unwrap_or_default()
                        .iter()
                        .filter_map(|part| part.get("id").and_then(Json::as_str))
                        .collect();
                    each_reference(&Json::Object(proposal.resource.clone()), &mut |reference| {
                        let found = match reference.strip_prefix('#') {
                            Some(id) => contained.contains(&id),
                            None => filed.iter().any(|key| key == reference),
                        };
                        assert!(found, "{reference} leads nowhere in {} of {}", proposal.key, path.display());
                    });
                }
            }
        }
    }
}

fn each_reference(json: &Json, each: &mut impl FnMut(&str)) {
    match json {
        Json::Object(object) => {
            for (key, value) in object.iter() {
                match value.as_str() {
                    Some(text) if key == "reference" => each(text),
                    _ => each_reference(value, each),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| each_reference(item, each)),
        _ => {}
    }
}

/// Words that are observations of ours and stand in no OBX.
fn is_ours(object: &Object) -> bool {
    let has_value = object
        .iter()
        .any(|(key, _)| key.starts_with("value") || matches!(key, "dataAbsentReason" | "component"));
    let codings = object.get("code").and_then(|code| code.get("coding")).map(Json::items).unwrap_or_default();
    codings.iter().any(|coding| {
        let system = coding.get("system").and_then(Json::as_str).unwrap_or_default();
        let code = coding.get("code").and_then(Json::as_str).unwrap_or_default();
        system == tables::systems::OWN_OBSERVATIONS
            || (system == fhir::system::LOINC && (code == "75320-2" || code == "48767-8" && !has_value))
    })
}

#[test]
fn every_obx_ends_as_exactly_one_observation() {
    let mut counted = 0;
    for (path, messages) in corpus() {
        for message in &messages {
            let said = interpret(message, &sender());
            if said.charts.is_empty() {
                continue;
            }
            // The text and files of a document are its content (map OBX[DocumentReference]).
            let content: Vec<usize> = groups::read(message)
                .iter()
                .flat_map(|group| &group.documents)
                .flat_map(|document| &document.observations)
                .map(|observed| observed.obx)
                .filter(|obx| {
                    matches!(&*reading::field(*obx, 2), "TX" | "FT" | "ST" | "ED" | "RP" | "" | "UN")
                })
                .map(|obx| obx.index())
                .collect();
            let sent = message.all_named("OBX").filter(|obx| !content.contains(&obx.index())).count();
            let made = said
                .charts
                .iter()
                .flat_map(|chart| &chart.resources)
                .filter(|one| one.key.kind == Kind::Observation && !is_ours(&one.resource))
                .count();
            assert_eq!(made, sent, "{}", path.display());
            counted += sent;
        }
    }
    println!("{counted} OBX");
}

/// Every word of every text result and comment is in what we make of it, as often as it was sent.
#[test]
fn h21_no_word_of_a_text_is_lost() {
    for (path, messages) in corpus() {
        for message in &messages {
            let said = interpret(message, &sender());
            if said.charts.is_empty() {
                continue;
            }
            let mut sent: BTreeMap<String, i64> = BTreeMap::new();
            for segment in message.segments() {
                let field = match segment.name() {
                    "OBX" if matches!(&*reading::field(segment, 2), "TX" | "FT" | "ST") => segment.field(5),
                    "NTE" => segment.field(3),
                    _ => continue,
                };
                // A note under a segment that carries none (before PID, under GT1) has no place to be lost from.
                for word in segments::value::prose_of(field).split_whitespace() {
                    *sent.entry(word.to_owned()).or_default() += 1;
                }
            }
            let mut made: HashMap<String, i64> = HashMap::new();
            for chart in &said.charts {
                for proposal in &chart.resources {
                    words(&Json::Object(proposal.resource.clone()), &mut made);
                }
            }
            for (word, times) in sent {
                let number = |word: &str| word.trim_start_matches(['<', '>', '=']).to_owned();
                let have = made.get(&word).or_else(|| made.get(&number(&word))).copied().unwrap_or_default();
                assert!(
                    have >= times,
                    "{word:?} stands {have} times instead of {times} in {}",
                    path.display()
                );
            }
        }
    }
}

fn words(json: &Json, out: &mut HashMap<String, i64>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object.iter() {
                match value.as_str() {
                    Some(data) if key == "data" => count(&String::from_utf8_lossy(&decode(data)), out),
                    _ => words(value, out),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| words(item, out)),
        Json::String(text) => count(text, out),
        Json::Number(number) => count(number.as_str(), out),
        Json::Null | Json::Bool(_) => {}
    }
}

fn count(text: &str, out: &mut HashMap<String, i64>) {
    for word in text.split_whitespace() {
        *out.entry(word.to_owned()).or_default() += 1;
    }
}

fn decode(base64: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut group, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in base64.bytes() {
        let Some(digit) = ALPHABET.iter().position(|known| *known == byte) else { continue };
        group = group << 6 | u32::try_from(digit).expect("six bits");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(group >> bits & 0xff).expect("eight bits"));
        }
    }
    out
}

/// Cutting or garbling a message anywhere makes it odd, never fatal.
#[test]
fn garbled_messages_do_not_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hl7");
    for path in hl7_files(&folder) {
        let bytes = std::fs::read(&path).expect("a case");
        for at in (8..bytes.len()).step_by(3) {
            let mut garbled = bytes.clone();
            garbled[at] = b"|^~\\&\r\"09Z"[at % 10];
            for input in [&bytes[..at], &garbled[..]] {
                if let Ok(message) = Message::parse(input) {
                    let said = interpret(&message, &sender());
                    assert!(bundle(&said).get("resourceType").is_some());
                    let _ = lanes(&message);
                }
            }
        }
    }
}

/// Nothing costs the square of what a sender repeats.
#[test]
fn a_message_of_many_parts_is_read_whole() {
    let many = 3_000;
    let mut text = String::from("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\rPID|1||");
    text.push_str(&"1^^^Q~".repeat(many));
    text.push_str("|||\rOBR|1||F1|X||||||||||||");
    text.push_str(&"5^Roy~".repeat(many));
    text.push('\r');
    for n in 0..many {
        let _ = write!(text, "OBX|{n}|TX|X||line {n}||||||F|||2026131{n}\r");
    }
    let said = read(text.as_bytes());
    assert_eq!(said.charts[0].resources.iter().filter(|one| one.key.kind == Kind::Observation).count(), many);
    assert!(said.problems.len() <= 100);
    keys_are_unique(&said, Path::new("many"));
}

#[test]
fn two_messages_in_one_frame_are_held() {
    let said = read(b"MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5.1\rPID|1||1^^^Q\rMSH|^~\\&|A|B|C|D|2026||ADT^A08|2|P|2.5.1\rPID|1||2^^^Q\r");
    assert!(matches!(said.handling, Handling::Held(_)));
}

#[test]
fn flags_are_as_grave_as_they_say() {
    for (flag, gravity) in [
        ("HH", Gravity::Critical),
        ("LL~N", Gravity::Critical),
        ("AA", Gravity::Critical),
        ("H", Gravity::Abnormal),
        ("*", Gravity::Abnormal),
        ("N", Gravity::Normal),
        ("", Gravity::Normal),
        ("S", Gravity::Normal),
        ("R", Gravity::Abnormal),
    ] {
        let said = read(format!("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\rPID|1||1^^^Q\rOBR|1||F|X\rOBX|1|NM|K||1|||{flag}|||F\r").as_bytes());
        assert_eq!(said.charts[0].reports[0].flag, gravity, "{flag}");
    }
}

// ---- identity ------------------------------------------------------------------------------------------------------

fn with_pid3(pid3: &str) -> Interpretation {
    read(format!("MSH|^~\\&|A|B|C|D|202601151200||ADT^A08|1|P|2.5.1\rPID|1||{pid3}||Roy^Lise||19800229|F\rPV1|1|O\r").as_bytes())
}

#[test]
fn h01_the_record_is_the_record_number_never_an_empty_one() {
    for (pid3, own) in [
        ("123^^^QEII^MR", Some("QEII|123")),
        ("0041702816^^^CANNS^JHN~123^^^QEII^MR", Some("QEII|123")),
        ("0041 702-816^^^CANNS^JHN", Some("NS|0041702816")),
        ("^^^QEII^MR~55^^^IWK^MR", Some("IWK|55")),
        ("55", Some("QEII|55")),
        ("\"\"^^^QEII^MR", None),
        ("", None),
        ("99^^^US^SS~7^^^IWK^PI", Some("IWK|7")),
    ] {
        let said = with_pid3(pid3);
        let claim = &said.charts[0].claim;
        let found = claim.own.as_ref().map(|own| format!("{}|{}", own.authority, own.value));
        assert_eq!(found.as_deref(), own, "{pid3}");
        assert_eq!(matches!(said.handling, Handling::Held(_)), own.is_none(), "{pid3}");
        assert!(claim.identifiers.iter().all(|one| !one.value.is_empty()));
    }
}

#[test]
fn h01_two_messages_without_a_number_never_share_a_record() {
    let pid = |name: &str| {
        read(format!("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5.1\rPID|1||||{name}\r").as_bytes()).charts[0]
            .record
    };
    assert_ne!(pid("Roy^Lise"), pid("Roy^Louise"));
    let twins = read(b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\rPID|1||||A\rOBR|1\rPID|2||||A\rOBR|1\r");
    assert_eq!(twins.charts.len(), 2);
    assert_ne!(twins.charts[0].record, twins.charts[1].record);
}

#[test]
fn lanes_leave_empty_identifiers_out() {
    let message = |pid3: &str| {
        Message::parse(format!("MSH|^~\\&|A|B|C|D|2026||ADT^A40|1|P|2.5.1\rPID|1||{pid3}\rMRG|2^^^Q\r"))
            .expect("readable")
    };
    assert_eq!(lanes(&message("1^^^Q~2^^^Q")).len(), 2);
    assert_eq!(lanes(&message("\"\"^^^Q~^^^Q")).len(), 1);
    assert_eq!(lanes(&message("1^^^Q"))[1], lanes(&message(""))[0]);
}

#[test]
fn h41_times_without_a_zone_are_the_senders() {
    let at = |time: &str| {
        let said = read(format!("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\rPID|1||1^^^Q\rOBR|1||F1|X|||{time}|||||||||||||||||F\r").as_bytes());
        let report = said.charts[0]
            .resources
            .iter()
            .find(|one| one.key.kind == Kind::DiagnosticReport)
            .expect("a report");
        report.resource.get("effectiveDateTime").and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    assert_eq!(at("202601151430"), "2026-01-15T14:30:00-04:00");
    assert_eq!(at("202607151430"), "2026-07-15T14:30:00-03:00");
    assert_eq!(at("20260715143012.5-0700"), "2026-07-15T14:30:12.5-07:00");
    assert_eq!(at("20260715"), "2026-07-15");
    assert_eq!(at("202613"), "");
    // The hour that does not exist in spring moves on, the one that comes twice in autumn is the first.
    assert_eq!(at("202603080230"), "2026-03-08T02:30:00-03:00");
    assert_eq!(at("202611010130"), "2026-11-01T01:30:00-03:00");
}

#[test]
fn a_result_never_replaces_what_admission_said() {
    let patient = |kind: &str| {
        let said = read(
            format!("MSH|^~\\&|A|B|C|D|202601151200||{kind}|1|P|2.5.1\rPID|1||1^^^Q\rPV1|1|I\r").as_bytes(),
        );
        said.charts[0].resources[0].standing.as_of
    };
    assert!(patient("ORU^R01") < patient("ADT^A08"));
}

#[test]
fn x14_the_amount_of_a_part_of_a_mixture_and_its_strength_both_stand() {
    let parts = |rxc: &str| {
        let text = format!(
            "MSH|^~\\&|EHR|QEII|OPOR|NS|20260118100000||RDE^O11|M1|P|2.5.1\rPID|1||71^^^QEII^MR||Drake^Mona||19610203|F\r\
             ORC|NW|P7^EHR|F8^PHARM\rRXE||1^Mixture^L|1||BAG|||||1|BAG|0|||R1\r{rxc}\r"
        );
        let said = read(text.as_bytes());
        let request = said.charts.iter().flat_map(|chart| &chart.resources);
        let request = request.map(|one| &one.resource).find(|one| one.get("contained").is_some());
        request.expect("a mixture").get("contained").map(Json::items).unwrap_or_default().to_vec()
    };
    let text = |json: &Json| String::from_utf8(json.to_bytes()).expect("text");
    let [part, whole] = parts("RXC|A|2^Nicardipine^L|3|BG^Bag^L|40|mg||200|mL").try_into().expect("two");
    let (part, whole) = (text(&part), text(&whole));
    assert!(part.contains("\"amount\":{\"numerator\":{\"value\":3,\"unit\":\"Bag\""), "{part}");
    assert!(whole.contains("\"itemReference\":{\"reference\":\"#medication-1\""), "{whole}");
    assert!(whole.contains("\"strength\":{\"numerator\":{\"value\":40,\"unit\":\"mg\""), "{whole}");
    assert!(whole.contains("\"denominator\":{\"value\":200,\"unit\":\"mL\""), "{whole}");
    let [whole] = parts("RXC|B|2^Sodium chloride^L|100|mL").try_into().expect("one");
    let whole = text(&whole);
    assert!(whole.contains("\"strength\":{\"numerator\":{\"value\":100,\"unit\":\"mL\""), "{whole}");
    assert!(whole.contains("\"isActive\":false") && !whole.contains("itemReference"), "{whole}");
}

#[test]
fn a_corrected_report_keeps_its_keys() {
    let keys = |status: &str, value: &str, control: &str| -> Vec<(ResourceKey, Option<Finality>)> {
        let text = format!(
            "MSH|^~\\&|A|B|C|D|202601151200||ORU^R01|{control}|P|2.5.1\rPID|1||1^^^Q\rORC|RE|P1|F1\rOBR|1|P1|F1|24320-4^Basic metabolic panel^LN|||202601151000|||||||||||||||202601151100|||{status}\rOBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|||||{status}\rSPM|1|S1&Q^S1&L|||\r"
        );
        read(text.as_bytes()).charts[0]
            .resources
            .iter()
            .filter(|one| one.key.kind != Kind::Provenance)
            .map(|one| (one.key, one.standing.finality))
            .collect()
    };
    let (first, second) = (keys("F", "4.1", "M1"), keys("C", "4.7", "M2"));
    assert_eq!(
        first.iter().map(|(key, _)| key).collect::<Vec<_>>(),
        second.iter().map(|(key, _)| key).collect::<Vec<_>>()
    );
    assert!(
        second
            .iter()
            .any(|(key, finality)| key.kind == Kind::Observation && *finality == Some(Finality::Corrected))
    );
}

// ---- what others expect ----------------------------------------------------------------------------------------------

/// Least share of loose facts that stand in a resource of the same type.
const SAME_TYPE: f64 = 0.9;

/// What `hl7_facts.py` says of facts in the same type.
fn same_type(said: &str) -> f64 {
    let line = said.lines().find_map(|line| line.strip_prefix("loose_same_type"));
    line.and_then(|rest| rest.trim().parse().ok()).unwrap_or_default()
}

/// Golden FHIR of four sets, for the types mapped here: strict facts, loose facts anywhere, none invented.
#[test]
fn golden_facts_hold() {
    let Some(shared) = shared() else { return };
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 is not installed");
        return;
    }
    let target = std::env::temp_dir().join(format!("opor-golden-facts-{}", std::process::id()));
    for set in ["hl7v2-microsoft", "hl7v2-reportstream", "hl7v2-google-wstl", "hl7v2-cdc-newborn"] {
        let (from, to) = (shared.join("data").join(set), target.join(set));
        let mut mapped: Vec<String> = Vec::new();
        for path in hl7_files(&from) {
            let bytes = std::fs::read(&path).expect("a message");
            let Ok(message) = Message::parse(bytes) else { continue };
            let said = interpret(&message, &sender());
            if matches!(said.handling, Handling::Kept(_)) {
                continue;
            }
            let relative = path.strip_prefix(&from).expect("inside");
            let file = to.join(format!("{}.json", relative.display()));
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, bundle(&said).to_bytes()).expect("written");
            mapped.push(relative.display().to_string().replace('.', "\\.").replace('+', "\\+"));
        }
        let only = format!("/({})$", mapped.join("|"));
        let output = std::process::Command::new("python3")
            .arg(shared.join("tools/hl7_facts.py"))
            .args([&from, &to])
            .args(["--only", &only, "--min-strict", "0.99", "--min-loose", "0.98", "--show", "5"])
            .output()
            .expect("python3 runs");
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{set}\n{said}");
        assert!(same_type(&said) >= SAME_TYPE, "{set}: same type {}\n{said}", same_type(&said));
        assert!(output.status.success(), "{set}\n{said}{}", String::from_utf8_lossy(&output.stderr));
    }
    let _ = std::fs::remove_dir_all(target);
}

#[test]
fn a_clock_ten_years_ahead_does_not_decide_for_ten_years() {
    let limit = sender().received.plus_minutes(24 * 60);
    for (header, evn, place) in [
        ("20261122", "A08|20360101", "EVN-2"),
        ("20360101", "A08", "MSH-7"),
        ("20261122", "A08||||||2036", ""),
    ] {
        let said = read(
            format!(
                "MSH|^~\\&|A|B|C|D|{header}||ADT^A08|1|P|2.5.1\rEVN|{evn}\rPID|1||1^^^Q||Roy^Lise\rPV1|1|I\r"
            )
            .as_bytes(),
        );
        let standings = said.charts[0].resources.iter().map(|one| one.standing.as_of);
        assert!(standings.clone().all(|as_of| as_of <= limit), "{place}");
        if !place.is_empty() {
            assert_eq!(said.charts[0].resources[0].standing.as_of, limit, "{place}");
            assert!(said.problems.iter().any(|words| words.en.starts_with(place)), "{:?}", said.problems);
        }
    }
    let result = read(b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\rPID|1||1^^^Q\rORC|RE|P|F1\rOBR|1|P|F1|X|||20360101|||||||||||||||20360101|||F\rOBX|1|NM|K||1||||||F\r");
    assert!(result.charts[0].resources.iter().all(|one| one.standing.as_of <= limit));
    let report = &result.charts[0].resources.iter().find(|one| one.key.kind == Kind::DiagnosticReport);
    assert!(report.is_some_and(|one| {
        one.resource.get("issued").is_none_or(|it| it.as_str().is_some_and(|it| it.starts_with("2036")))
    }));
}

#[test]
fn a_frame_of_a_million_segments_is_held_unread() {
    let text =
        format!("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5.1\r{}", "PID|1||1^^^Q\rOBX|1\r".repeat(500_000));
    let said = read(text.as_bytes());
    assert!(matches!(said.handling, Handling::Held(ref words) if words.en.contains("500000 patients")));
    assert!(said.charts.is_empty());
    assert!(lanes(&Message::parse(text.as_bytes()).expect("readable")).len() <= 10_000);
}
