//! Registrations of a synthetic province through the pure decision, one after another: what is linked without a person,
//! what is filed with a question open, what waits, and whether the truth agrees.
//!
//! `cargo run -p testkit --example registrations_decided -- [RECORDS] [SEED] [RATES]` (RATES: everyday, careless, careful …)
//!
//! Whom a person is asked about is answered by the truth at once, as a desk would do within the day.

use clinical::identity::linkage::index::{FEWEST_TO_LEARN, Index};
use clinical::identity::linkage::model::priors;
use clinical::identity::{
    Candidate, Claim, Decision, Evidence, Feature, Outcome, blocking_keys, decide_among,
};
use clinical::intake::{self, Sender};
use fhir::{Instant, PersonId, RecordId};
use province::records::registrations::{Event, Registration, Registrations};
use province::records::{Rates, Settings};
use std::collections::{BTreeMap, HashMap};

/// When the messages say that they were sent, microseconds UTC.
const AT_US: i64 = 1_795_356_000_000_000;
/// Candidates that the index adds, as the product asks it.
const MOST_FOUND: usize = 16;

/// Records of ten people, about.
const RECORDS_OF_TEN: usize = 28;

struct Kept {
    record: RecordId,
    person: PersonId,
    claim: Claim,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let records: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(11);
    let mut settings = Settings::new(seed, records * 10 / RECORDS_OF_TEN);
    if let Some(rates) = arguments.next().and_then(|name| Rates::named_or_drawn(&name, seed)) {
        settings.rates = rates;
    }
    let all = Registrations::new(settings, Event::Visit, AT_US);
    let mut kept: Vec<Kept> = Vec::new();
    let mut by_key: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut place: HashMap<RecordId, usize> = HashMap::new();
    let mut index = Index::with_room(records);
    let mut learned_at = FEWEST_TO_LEARN;
    let mut outcomes: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    let (mut wrong, mut again, mut asked) = (0_u64, 0_u64, 0_usize);
    let mut first: HashMap<usize, PersonId> = HashMap::new();
    for one in all.take(records) {
        let Some((record, claim)) = read(&one) else { continue };
        let mut found: Vec<usize> = Vec::new();
        for key in blocking_keys(&claim) {
            let under = by_key.get(&key.as_i64()).map(Vec::as_slice).unwrap_or_default();
            if under.len() <= key.most_records() {
                found.extend(under);
            }
        }
        let near = index.candidates(&claim, MOST_FOUND);
        let near = near.into_iter().filter(|found| found.bits >= priors().look_bits);
        found.extend(near.filter_map(|found| place.get(&found.record)));
        found.sort_unstable();
        found.dedup();
        let candidates: Vec<Candidate> = found
            .iter()
            .map(|at| &kept[*at])
            .filter(|on_file| on_file.record != record)
            .map(|on_file| Candidate {
                record: on_file.record,
                person: on_file.person,
                claim: on_file.claim.clone(),
            })
            .collect();
        let truth = one.truth.person;
        let known = first.contains_key(&truth);
        again += u64::from(known);
        let true_person = *first.entry(truth).or_insert_with(|| PersonId::born_with(record));
        let on_file = place.get(&record).map(|at| {
            let on_file = &kept[*at];
            Candidate { record, person: on_file.person, claim: on_file.claim.clone() }
        });
        let said = match decide_among(&claim, on_file.as_ref(), &candidates, index.namesakes(&claim)) {
            Decision::Known { .. } => "known".to_owned(),
            Decision::Same { person, evidence } => {
                if person != true_person {
                    wrong += 1;
                    println!("wrong: {claim:?}");
                }
                let number = |one: &Evidence| {
                    matches!(one.feature, Feature::HealthCard | Feature::RecordNumber)
                        && one.outcome == Outcome::Agrees
                };
                if evidence.iter().any(number) {
                    "linked by a number"
                } else {
                    "linked by name, birth date and home"
                }
                .to_owned()
            }
            Decision::New { .. } => "new".to_owned(),
            Decision::Perhaps { candidates, .. } => {
                let mut people: Vec<PersonId> = candidates
                    .iter()
                    .filter_map(|(record, _)| Some(kept[*place.get(record)?].person))
                    .collect();
                people.sort_unstable();
                people.dedup();
                asked += people.len();
                "filed, a question open".to_owned()
            }
            Decision::Look { reason, .. } => format!("waits: {}", reason.en),
        };
        outcomes.entry(said).or_default()[usize::from(known)] += 1;
        for key in blocking_keys(&claim) {
            by_key.entry(key.as_i64()).or_default().push(kept.len());
        }
        index.insert(record, &claim);
        place.insert(record, kept.len());
        kept.push(Kept { record, person: true_person, claim });
        if kept.len() * 2 > learned_at * 3 {
            learned_at = kept.len();
            if let Some(learned) = index.learn() {
                index.adopt(learned);
            }
        }
    }
    let count = kept.len() as f64;
    println!(
        "{} records, {again} of somebody on file, {asked} pairs asked about, {wrong} linked to somebody else",
        kept.len()
    );
    println!("{:>9} {:>9} {:>7}", "on file", "nobody", "/1000");
    for (what, [nobody, somebody]) in outcomes {
        println!("{somebody:>9} {nobody:>9} {:>7.1}  {what}", (nobody + somebody) as f64 * 1000.0 / count);
    }
    if wrong > 0 {
        std::process::exit(1);
    }
}

/// The record and claim of a registration, as intake reads them.
fn read(one: &Registration) -> Option<(RecordId, Claim)> {
    let message = hl7v2::Message::parse(one.bytes.clone()).ok()?;
    let facility = message.header().sending_facility().into_owned();
    let sender = Sender {
        link: String::new(),
        default_authority: facility.clone(),
        time_zone: "America/Halifax".into(),
        custodian: facility,
        message_reference: String::new(),
        received: Instant(AT_US),
    };
    let chart = intake::interpret(&message, &sender).charts.into_iter().next()?;
    Some((chart.record, chart.claim))
}
