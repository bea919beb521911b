//! The look-up index on one core: `cargo bench -p opor --bench identity -- [RECORDS]` (1,000,000 without a number).
//!
//! A benchmark, never a test: it fills an index with records of the generator and asks it for those of the same and of
//! other people; it prints the time of one question and the memory held, and asserts nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use clinical::identity::linkage::index::Index;
use clinical::identity::{Claim, Identifier, IdentifierSort, Name, Sex};
use fhir::RecordId;
use province::records::{Record, Records, Settings};
use std::time::{Duration, Instant};

/// Questions asked.
const QUESTIONS: usize = 20_000;
/// Candidates asked for.
const MOST: usize = 10;
/// Records of a person in the generator, about.
const RECORDS_A_PERSON: usize = 27;

fn claim(record: &Record) -> Claim {
    let own = Identifier {
        sort: IdentifierSort::RecordNumber,
        authority: format!("{:?}", std::ptr::from_ref(record.source)),
        value: record.mrn.clone(),
    };
    let card = |value: &str| Identifier {
        sort: IdentifierSort::HealthCard,
        authority: record.hcn_province.to_owned(),
        value: value.to_owned(),
    };
    let mut identifiers = vec![own.clone()];
    if !record.hcn.is_empty() {
        identifiers.push(card(&record.hcn));
    }
    Claim {
        own: Some(own),
        identifiers,
        names: vec![Name {
            family: record.family.clone(),
            given: record.given.clone(),
            middle: record.middle.clone(),
            use_code: "L".to_owned(),
            suffix: record.suffix.to_string(),
        }],
        birth_date: record.dob.clone(),
        sex: match record.sex {
            "M" => Sex::Male,
            "F" => Sex::Female,
            "X" => Sex::Other,
            _ => Sex::Unknown,
        },
        telephones: if record.phone.is_empty() { Vec::new() } else { vec![record.phone.clone()] },
        emails: Vec::new(),
        street: record.address.clone(),
        postal_code: record.postal.replace(' ', ""),
        town: record.city.clone(),
        mother: (!record.mother_hcn.is_empty()).then(|| card(&record.mother_hcn)),
        multiple_birth: !record.mb_order.is_empty(),
        birth_order: record.mb_order.parse().ok(),
        died: false,
    }
}

fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The binary's own (docs/decisions/0022-allocator.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let wanted: usize = std::env::args().skip(1).find_map(|a| a.parse().ok()).unwrap_or(1_000_000);
    let mut index = Index::with_room(wanted);
    let mut questions: Vec<Claim> = Vec::new();
    let every = (wanted / QUESTIONS).max(1);
    let mut filling = Duration::ZERO;
    for (n, (record, _)) in
        Records::new(Settings::new(7, wanted * 10 / RECORDS_A_PERSON)).take(wanted).enumerate()
    {
        let claim = claim(&record);
        let started = Instant::now();
        index.insert(RecordId::of(&record.record_id, &record.mrn), &claim);
        filling += started.elapsed();
        if n % every == 0 && questions.len() < QUESTIONS {
            questions.push(claim);
        }
    }
    println!(
        "{} records held: filled in {:.1} s, {} MB in the index, {} MB at most in the process",
        index.len(),
        filling.as_secs_f64(),
        index.bytes() / 1_000_000,
        peak_memory_kb() / 1_000
    );
    let mut times = Vec::with_capacity(questions.len());
    let mut found = 0;
    for question in &questions {
        let started = Instant::now();
        found += index.candidates(question, MOST).len();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!(
        "{} questions, {:.1} candidates each: p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us by the clock",
        times.len(),
        found as f64 / times.len() as f64,
        at(0.50),
        at(0.99),
        at(0.999)
    );
    let started = Instant::now();
    if let Some(learned) = index.learn() {
        index.adopt(learned);
        println!("stand-ins and weights learned in {:.1} s", started.elapsed().as_secs_f64());
    }
}
