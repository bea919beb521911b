//! Golden files of each profile and form, and the equality of what was said and what is read, over every result and
//! document of the sample corpora and over generated ones.

use super::*;
use crate::intake::{Sender, interpret};
use crate::routing::{OutgoingHeader, outgoing};
use hl7v2::Message;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn sender() -> Sender {
    Sender {
        link: "LAB".to_owned(),
        default_authority: "HRH".to_owned(),
        time_zone: "America/Halifax".to_owned(),
        custodian: "HRH".to_owned(),
        message_reference: "urn:opor:message:1".to_owned(),
        received: fhir::Instant(1_795_356_300_000_000),
    }
}

fn header() -> OutgoingHeader {
    OutgoingHeader {
        application: "OPOR".to_owned(),
        facility: "LAB".to_owned(),
        receiver: "clinic".to_owned(),
        control_id: "OP0000001".to_owned(),
        time: "20261122140500+0000".to_owned(),
    }
}

/// The excerpts that would go out of a message: one for each of its reports.
fn excerpts(message: &Message) -> Vec<(fhir::ResourceKey, Message)> {
    let said = interpret(message, &sender());
    let keys = said.charts.iter().flat_map(|chart| &chart.reports).map(|report| report.key);
    keys.filter_map(|key| {
        let bytes = outgoing(message, &sender(), key, &header())?;
        Some((key, Message::parse(bytes).ok()?))
    })
    .collect()
}

/// Every form of an excerpt but HL7: name of the golden file's ending, and bytes or why there are none.
fn other_forms(key: fhir::ResourceKey, excerpt: &Message) -> Vec<(&'static str, Result<Vec<u8>, Unfit>)> {
    let sheet = sheet(excerpt);
    let on_sheet =
        |f: &dyn Fn(&Sheet) -> Result<Vec<u8>, Unfit>| sheet.as_ref().map_err(Clone::clone).and_then(f);
    let mut forms = vec![("xml", on_sheet(&report_file))];
    for (language, name) in [(Language::English, "en.page"), (Language::French, "fr.page")] {
        let text = |sheet: &Sheet| {
            let printed = pages(sheet, language)?;
            Ok(paper::read::texts(&printed.bytes).join("\u{C}\n").into_bytes())
        };
        forms.push((name, on_sheet(&text)));
    }
    let said = interpret(excerpt, &sender());
    for (form, name) in [(Exchange::Message, "message.json"), (Exchange::Transaction, "transaction.json")] {
        forms.push((name, exchange(&said, key, &header(), form)));
    }
    forms
}

/// Every form of an excerpt.
fn forms(key: fhir::ResourceKey, excerpt: &Message) -> Vec<(String, Result<Vec<u8>, Unfit>)> {
    let own = |p: &Profile| (format!("{}-{}.hl7", p.product, p.version), render(excerpt, p).map(|r| r.bytes));
    let others = other_forms(key, excerpt).into_iter().map(|(name, made)| (name.to_owned(), made));
    profiles().map(own).chain(others).collect()
}

/// Set to write the golden files anew; the difference is then read in the commit.
const WRITE: bool = option_env!("OPOR_WRITE_GOLDEN").is_some();

#[test]
fn x07_each_form_is_as_its_golden_file_says() {
    let mut wrong = Vec::new();
    let folder = folder("testdata/rendering");
    let mut sources: Vec<PathBuf> = std::fs::read_dir(folder.join("source"))
        .expect("sources")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    sources.sort();
    assert!(sources.len() >= 5);
    for source in sources {
        let name = source.file_stem().and_then(|n| n.to_str()).expect("a name").to_owned();
        let text = std::fs::read_to_string(&source).expect("readable").replace('\n', "\r");
        let message = Message::parse(text).expect("a message");
        let all = excerpts(&message);
        let (key, excerpt) = all.first().expect("a report");
        for (ending, made) in forms(*key, excerpt) {
            let said = match made {
                Ok(bytes) if ending.ends_with("hl7") => {
                    // Line ends for people; the set of the bytes stays.
                    bytes.iter().map(|&b| if b == b'\r' { b'\n' } else { b }).collect()
                }
                Ok(bytes) => bytes,
                Err(unfit) => format!("does not go this way: {}\n", unfit.0.en).into_bytes(),
            };
            let file = folder.join(&name).join(&ending);
            if WRITE {
                std::fs::create_dir_all(folder.join(&name)).expect("a folder");
                std::fs::write(&file, &said).expect("written");
            }
            if std::fs::read(&file).unwrap_or_default() != said {
                wrong.push(format!("{name}/{ending}: {}", String::from_utf8_lossy(&said)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What every form must keep of an excerpt; the counts of what went and what did not, by form.
fn holds(key: fhir::ResourceKey, excerpt: &Message, counts: &mut BTreeMap<String, (usize, usize)>) {
    let said = facts(excerpt);
    for profile in profiles() {
        let count = counts.entry(profile.product.clone()).or_default();
        match render(excerpt, profile) {
            Ok(rendered) => {
                count.0 += 1;
                assert_eq!(rendered, render(excerpt, profile).expect("again"), "the same bytes again");
                let back = Message::parse(rendered.bytes).expect("readable");
                assert_eq!(back.header().version(), profile.hl7.code());
                // Codes that a profile maps are other codes by design; everything else is compared as it stands.
                if !profile.rules.iter().any(|rule| matches!(rule, super::profile::Rule::Map { .. })) {
                    assert_eq!(said.changed_in(&facts(&back)), Vec::new());
                }
            }
            Err(unfit) => {
                count.1 += 1;
                assert!(!unfit.0.en.is_empty() && !unfit.0.fr.is_empty());
            }
        }
    }
    let values: Vec<&str> = said
        .said
        .keys()
        .filter_map(|f| if let Fact::Result { value, .. } = f { Some(value.as_str()) } else { None })
        .collect();
    let simple = values
        .iter()
        .filter(|v| !v.is_empty() && v.chars().all(|c| c.is_ascii_alphanumeric() || ". -<>%".contains(c)));
    let simple: Vec<String> = simple.map(|v| (*v).to_owned()).collect();
    for (name, made) in other_forms(key, excerpt) {
        let count = counts.entry(name.to_owned()).or_default();
        let Ok(bytes) = made else {
            count.1 += 1;
            continue;
        };
        count.0 += 1;
        if name == "xml" || name.ends_with("page") {
            let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let text = squeezed(&String::from_utf8_lossy(&bytes).replace("&lt;", "<").replace("&gt;", ">"));
            for value in &simple {
                // Times are set for people; everything else stands as it came.
                let is_time = value.len() >= 8 && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
                assert!(is_time || text.contains(&squeezed(value)), "{name} lacks {value}: {text}");
            }
        }
    }
}

fn corpora() -> Vec<PathBuf> {
    let root = folder("../../../shared/data");
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("hl7v2-")))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "hl7" || ending == "txt") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn h23_h25_every_result_of_the_corpora_is_the_same_on_arrival_or_does_not_go() {
    let files = corpora();
    if files.is_empty() {
        println!("skipped: ../shared not laid beside the project");
        return;
    }
    let mut counts = BTreeMap::new();
    let mut reports = 0;
    for file in &files {
        let bytes = std::fs::read(file).expect("readable");
        for one in hl7v2::batch::split(&bytes).members {
            let Ok(message) = Message::parse(one.bytes.to_vec()) else { continue };
            if !matches!(&*message.header().message_code(), "ORU" | "MDM") {
                continue;
            }
            for (key, excerpt) in excerpts(&message) {
                reports += 1;
                holds(key, &excerpt, &mut counts);
            }
        }
    }
    println!("{reports} reports of {} files; (went, went not) {counts:?}", files.len());
    assert!(reports > 100, "{reports}");
    assert!(counts.get("fundy").is_some_and(|(went, _)| *went * 10 > reports * 7), "{counts:?}");
}

/// Text with what breaks writers: delimiters, escapes, accents, blanks, line ends.
fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            "[a-zA-Z0-9 .,]{1,8}",
            Just("é".to_owned()),
            Just("ɨ".to_owned()),
            Just("|^~\\&".to_owned()),
            Just("<5 & \"x\"".to_owned()),
            Just("\n".to_owned()),
            Just("\u{A0}".to_owned()),
            Just("≥".to_owned()),
        ],
        1..6,
    )
    .prop_map(|parts| parts.concat())
}

prop_compose! {
    fn result()(code in "[A-Z]{1,5}", name in words(), kind in prop_oneof![Just("NM"), Just("ST"), Just("TX"), Just("FT"), Just("CWE")],
        number in "-?[0-9]{1,6}(\\.[0-9]{1,8})?", text in words(), unit in prop_oneof![Just("mmol/L".to_owned()), Just("10*9/L".to_owned()), words()],
        flag in prop_oneof![Just(""), Just("H"), Just("LL"), Just("HI"), Just("CL"), Just("A~H")],
        range in words(), status in prop_oneof![Just("F"), Just("C"), Just("P")], note in proptest::option::of(words())) -> String {
        let d = hl7v2::Delimiters::default();
        let e = |t: &str| hl7v2::escape(t, &d).into_owned();
        let value = match kind { "NM" => number, "CWE" => format!("{}^{}^L", code, e(&text)), _ => e(&text) };
        let note = note.map(|n| format!("NTE|1||{}\r", e(&n))).unwrap_or_default();
        format!("OBX|1|{kind}|{code}^{}^L||{value}|{}|{}|{flag}|||{status}\r{note}", e(&name), e(&unit), e(&range))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn h21_generated_reports_are_the_same_on_arrival_or_do_not_go(
        results in proptest::collection::vec(result(), 1..6), family in words(), set in prop_oneof![Just(""), Just("8859/1"), Just("UNICODE UTF-8")])
    {
        let d = hl7v2::Delimiters::default();
        let text = format!(
            "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01^ORU_R01|1|P|2.5.1||||||{set}\rPID|1||1^^^HRH^MR~5^^^NS^JHN||{}^Lise||19800101|F\r\
             OBR|1|P1|F1|K^Panel^L|||202611221405-0400|||||||||||||||202611221405|||F\r{}",
            hl7v2::escape(&family, &d), results.concat());
        let bytes = match set {
            "8859/1" => text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
            _ => text.into_bytes(),
        };
        let message = Message::parse(bytes).expect("a message");
        let mut counts = BTreeMap::new();
        for (key, excerpt) in excerpts(&message) {
            holds(key, &excerpt, &mut counts);
        }
        prop_assert!(!counts.is_empty());
    }
}
