//! The records of a province and the truth beside them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};

use province::Province;
use province::records::registrations::{self, Event, Registrations};
use province::records::{Rates, Record, Records, SOURCES, Settings, Tag, Truth, csv};

const PERSONS: usize = 5_000;
const START_US: i64 = 1_795_370_700_000_000;

fn set(seed: u64, rates: Rates) -> Vec<(Record, Truth)> {
    Records::new(Settings { rates, ..Settings::new(seed, PERSONS) }).collect()
}

fn text(records: &[(Record, Truth)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (record, truth) in records {
        csv::write_record(&mut out, record).unwrap();
        csv::write_truth(&mut out, record, truth).unwrap();
    }
    out
}

#[test]
fn same_seed_same_bytes() {
    let some = |seed| text(&Records::new(Settings::new(seed, 1_500)).collect::<Vec<_>>());
    assert!(some(5) == some(5), "two runs differ");
    assert!(some(5) != some(6), "another seed gives the same");
}

#[test]
fn the_columns_are_those_of_the_labelled_sets() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/empi/");
    let Ok(theirs) = std::fs::read_to_string(format!("{shared}ns_dev_small.csv")) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    assert_eq!(theirs.lines().next().unwrap(), csv::RECORD_HEADER);
    let truth = std::fs::read_to_string(format!("{shared}ns_dev_small_truth.csv")).unwrap();
    assert_eq!(truth.lines().next().unwrap(), csv::TRUTH_HEADER);
}

#[test]
fn every_line_has_every_column_and_numbers_are_unique() {
    let records = set(1, Rates::careless());
    let mut numbers = BTreeSet::new();
    for (index, (record, _)) in records.iter().enumerate() {
        assert_eq!(record.record_id, format!("R{index:07}"));
        assert!(numbers.insert((record.source.code, record.mrn.clone())), "{record:?}");
        let mut line = Vec::new();
        csv::write_record(&mut line, record).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line.matches(',').count(), csv::RECORD_HEADER.matches(',').count(), "{line}");
        assert!(!record.family.is_empty() && !record.given.is_empty(), "{record:?}");
        let date = record.dob.as_bytes();
        assert!(date.is_empty() || (date.len() == 10 && date[4] == b'-' && date[7] == b'-'), "{record:?}");
    }
    let sources: BTreeSet<_> = records.iter().map(|(record, _)| record.source.code).collect();
    assert_eq!(sources.len(), SOURCES.len());
}

#[test]
fn everybody_has_records_of_one_truth() {
    let records = set(2, Rates::everyday());
    let (mut of, mut home): (BTreeMap<usize, Vec<Tag>>, BTreeMap<usize, usize>) = Default::default();
    let mut seconds: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (record, truth) in &records {
        of.entry(truth.person).or_default().extend(truth.tags.iter());
        assert_eq!(
            *home.entry(truth.person).or_insert(truth.household),
            truth.household,
            "lives in one household"
        );
        *seconds.entry((truth.person, record.source.code)).or_default() += 1;
        assert_eq!(truth.tags.has(Tag::NoHcn), record.hcn.is_empty(), "{record:?}");
        assert!(!truth.tags.has(Tag::MomHcn) || truth.tags.has(Tag::Newborn));
    }
    assert_eq!(of.len(), PERSONS);
    let per_person = records.len() as f64 / PERSONS as f64;
    assert!((2.4..3.1).contains(&per_person), "{per_person} records a person");
    let counts = |truth: &Truth| truth.tags.has(Tag::DupMrn);
    let doubles = records.iter().filter(|(_, truth)| counts(truth)).count();
    let second: usize = seconds.values().map(|count| count - 1).sum();
    assert_eq!(doubles, second, "a second number in one source is told");
}

#[test]
fn every_tag_occurs_and_none_is_everywhere() {
    let records = set(3, Rates { same_name: 60, ..Rates::careless() });
    for tag in Tag::ALL {
        let count = records.iter().filter(|(_, truth)| truth.tags.has(tag)).count();
        assert!(count > 0, "{} never occurs", tag.word());
        assert!(count * 3 < records.len() * 2, "{} in {count}", tag.word());
    }
    let words: BTreeSet<_> = Tag::ALL.iter().map(|tag| tag.word()).collect();
    assert_eq!(words.len(), Tag::ALL.len());
}

#[test]
fn proportions_are_those_of_the_rates() {
    let records = set(4, Rates::everyday());
    let share = |tag: Tag| {
        let count = records.iter().filter(|(_, truth)| truth.tags.has(tag)).count();
        count as f64 * 100.0 / records.len() as f64
    };
    for (tag, low, high) in [
        (Tag::NoHcn, 15.0, 26.0),
        (Tag::Twin, 1.2, 5.0),
        (Tag::JrSr, 0.4, 2.5),
        (Tag::Newborn, 1.5, 8.0),
        (Tag::Typo, 3.0, 7.0),
        (Tag::DefaultDob, 0.4, 1.2),
        (Tag::Unknown, 0.05, 0.5),
        (Tag::WrongHcn, 0.05, 0.4),
        (Tag::Transition, 0.05, 1.0),
        (Tag::CareHome, 0.2, 3.0),
    ] {
        let found = share(tag);
        assert!((low..high).contains(&found), "{}: {found} %", tag.word());
    }
    let careless = set(4, Rates::careless());
    let wrong =
        |records: &[(Record, Truth)]| records.iter().filter(|(_, truth)| truth.tags.has(Tag::BadHcn)).count();
    assert!(wrong(&careless) > wrong(&records) * 3 / 2);
}

/// What is written most often where nothing is known.
fn fillers(seed: u64, rates: Rates) -> BTreeSet<String> {
    let records = set(seed, rates);
    let of = |tag: Tag, value: fn(&Record) -> &str| -> Vec<String> {
        records
            .iter()
            .filter(|(_, truth)| truth.tags.has(tag))
            .map(|(record, _)| value(record).to_uppercase())
            .collect()
    };
    let mut all = of(Tag::DefaultPhone, |record| &record.phone);
    all.extend(of(Tag::Unknown, |record| &record.family));
    all.extend(of(Tag::UnknownAddress, |record| &record.address));
    all.extend(of(Tag::DefaultHcn, |record| &record.hcn));
    all.extend(of(Tag::Newborn, |record| &record.given));
    all.into_iter().collect()
}

#[test]
fn other_strings_are_other_for_every_seed() {
    let usual = fillers(1, Rates::everyday());
    assert!(usual.contains("9999999999") && usual.contains("BABY BOY") && usual.contains("DOE"));
    let (one, two) = (fillers(1, Rates::other_strings()), fillers(2, Rates::other_strings()));
    assert!(one.intersection(&usual).count() * 4 < one.len(), "{one:?}");
    assert!(one.intersection(&two).count() * 4 < one.len(), "{one:?} {two:?}");
}

#[test]
fn nobody_real_is_meant() {
    for (record, truth) in set(7, Rates::careful()) {
        let typed = truth.tags.has(Tag::BadHcn) || truth.tags.has(Tag::DefaultHcn);
        if !record.hcn.is_empty() && record.hcn_province == "NS" && !typed {
            // An invented range, and no card ends otherwise than with its check digit.
            assert!(record.hcn.starts_with('0'), "{}", record.hcn);
        }
    }
    // A wrong digit may make another exchange; the numbers themselves begin with 0 or 1.
    let exact = set(7, Rates { phone_digit: 0, default_phone: 0, ..Rates::careful() });
    assert!(
        exact.iter().all(|(record, _)| matches!(record.phone.as_bytes().get(3), None | Some(b'0' | b'1')))
    );
}

#[test]
fn no_error_rates_no_errors() {
    let none = Rates {
        typo: 0,
        phonetic: 0,
        nickname: 0,
        day_month: 0,
        birth_digit: 0,
        birth_year: 0,
        birth_century: 0,
        no_birth: 0,
        default_birth: 0,
        unidentified: 0,
        ..Rates::everyday()
    };
    let records = set(8, none);
    let mut births: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (record, truth) in &records {
        assert!(!truth.tags.has(Tag::Typo) && !truth.tags.has(Tag::Nickname));
        births.entry(truth.person).or_default().insert(record.dob.clone());
    }
    assert!(births.values().all(|dates| dates.len() == 1));
}

#[test]
fn registrations_say_what_the_records_say() {
    let settings = Settings::new(9, 800);
    let mut ids = BTreeSet::new();
    for event in [Event::Person, Event::Visit] {
        ids.clear();
        for registration in Registrations::new(settings.clone(), event, START_US) {
            let record = &registration.record;
            let message = hl7v2::Message::parse(registration.bytes.clone()).unwrap();
            assert!(message.problems().is_empty(), "{:?}", message.problems());
            assert_eq!(message.header().control_id(), registration.control_id);
            assert!(registration.control_id.len() <= 20 && ids.insert(registration.control_id.clone()));
            let pid = message.segment_named("PID");
            let name = pid.field(5);
            assert_eq!((&*name.comp(1).text(), &*name.comp(2).text()), (&*record.family, &*record.given));
            assert_eq!(pid.field(7).text(), record.dob.replace('-', ""));
            assert_eq!(pid.field(8).text(), record.sex);
            assert_eq!(pid.field(21).comp(1).text(), record.mother_hcn.as_str());
            assert_eq!(pid.field(25).text(), record.mb_order.as_str());
            let line = registrations::patient(record);
            assert!(!line.contains('\n') && line.ends_with('}') && line.contains(&record.mrn));
        }
    }
}

#[test]
fn the_demo_can_receive_people_it_does_not_know() {
    let province = Province::new(20_261_122, 200, START_US);
    let hour = 3_600_000_000;
    let all: Vec<_> = province.arrivals(0, 60).take(300).collect();
    assert!(all.windows(2).all(|pair| pair[0].at_us < pair[1].at_us));
    let later: Vec<_> = province.arrivals(START_US + hour, 60).take(30).collect();
    let expected: Vec<_> =
        all.iter().filter(|message| message.at_us >= START_US + hour).take(30).cloned().collect();
    assert_eq!(later, expected, "it goes on where it was");
    let both: Vec<_> = province.live_with_arrivals(0, 60).take(500).collect();
    assert!(both.windows(2).all(|pair| pair[0].at_us <= pair[1].at_us));
    assert!(both.iter().any(|message| all.contains(message)));
    let ids: BTreeSet<_> = both.iter().map(|message| (message.sender, message.control_id.clone())).collect();
    assert_eq!(ids.len(), both.len());
}
