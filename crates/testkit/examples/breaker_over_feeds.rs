//! The breaker over the synthetic province's result feeds: false stops in a normal year, and wrong messages that a
//! sender with a constant PID gets filed before it is stopped.
//!
//! `cargo run --release -p testkit --example breaker_over_feeds -- 10000000 [BITS]`: messages, and the weight to stop at instead of
//! the product's.

use clinical::identity::Sex;
use clinical::plausibility::{Facts, Feed, Order, TRIP_BITS, impossible};
use province::traffic::{Defect, Fact, LINKS, Settings, Traffic};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// When the traffic begins, microseconds UTC.
const FROM_US: i64 = 1_795_089_600_000_000;
/// People who may come to a laboratory.
const PERSONS: u64 = 1_000_000;
/// Stuck senders tried on each link.
const STUCK: u64 = 40;
/// Messages of a link before it gets stuck, at the least.
const WARM: u64 = 300;

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    if text.is_empty() { 0 } else { hasher.finish().max(1) }
}

/// What the product's reader makes of such a message.
fn facts(fact: &Fact, number: i64) -> Facts {
    let sex = match fact.patient.sex {
        province::people::Sex::Female => Some(Sex::Female),
        province::people::Sex::Male => Some(Sex::Male),
        _ => None,
    };
    let years = (fact.at_us / 86_400_000_000 - fact.patient.birth.days()) * 100 / 36_525;
    Facts {
        message: number,
        person: i64::try_from(fact.patient.number).unwrap_or(i64::MAX),
        at: fact.at_us / 60_000_000,
        visit: fact.visit,
        ward: hash(&fact.ward),
        attending: u64::from(fact.attending),
        orderer: u64::from(fact.orderer),
        orders: fact
            .orders
            .iter()
            .map(|order| Order {
                number: order.filler,
                test: hash(order.test.code),
                drawn: order.drawn_us / 60_000_000,
                specimen: order.specimen,
                many: matches!(order.test.section, "MB" | "CP" | "SP"),
            })
            .collect(),
        impossible: fact
            .orders
            .iter()
            .find_map(|order| impossible(&[order.test.code, order.test.name], sex, Some(years))),
    }
}

fn main() {
    let messages: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let trip_bits = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(TRIP_BITS);
    let settings = Settings { seed: 5, persons: PERSONS, from_us: FROM_US, defect: None };
    let mut feeds: Vec<Feed> = LINKS.iter().map(|_| Feed::default()).collect();
    // Orders that are on their chart already add nothing and are not asked about, as in the product.
    let mut known: HashSet<u64> = HashSet::new();
    let (mut stops, mut asked) = (vec![0_u32; LINKS.len()], 0_u64);
    for (number, fact) in (1_i64..).zip(Traffic::new(settings).take(messages)) {
        let news =
            fact.orders.iter().map(|order| known.insert(order.filler)).fold(false, |any, new| any | new);
        if !news {
            continue;
        }
        asked += 1;
        let feed = &mut feeds[fact.link];
        let decision = feed.observe_at(&facts(&fact, number), trip_bits);
        if let Some(stop) = decision.stop {
            stops[fact.link] += 1;
            println!("  stopped {} {stop:?} {:?}", LINKS[fact.link], decision.reasons);
            feed.believe(stop.person);
        }
    }
    println!("{messages} messages, {asked} with something new: {} false stops", stops.iter().sum::<u32>());
    for link in 0..LINKS.len() {
        let mut filed = [0_u32; 8];
        for seed in 0..STUCK {
            filed[stuck(link, seed, trip_bits).min(7)] += 1;
        }
        println!("{:<9} stuck: wrong messages filed, 0 to 6, 7 and more: {filed:?}", LINKS[link]);
    }
}

/// Wrong messages filed until a stuck sender is stopped.
fn stuck(link: usize, seed: u64, trip_bits: f32) -> usize {
    let defect = Some(Defect { link, from: WARM + seed * 7 });
    let settings = Settings { seed: 100 + seed, persons: PERSONS, from_us: FROM_US, defect };
    let mut feed = Feed::default();
    let (mut wrong, mut known) = (0, HashSet::new());
    let of_link = Traffic::new(settings).filter(|fact| fact.link == link);
    for (number, fact) in (1_i64..).zip(of_link.take(20_000)) {
        // An order is known on the chart that it is filed on.
        let person = fact.patient.number;
        let news = fact
            .orders
            .iter()
            .map(|order| known.insert((person, order.filler)))
            .fold(false, |any, new| any | new);
        if !news {
            continue;
        }
        if feed.observe_at(&facts(&fact, number), trip_bits).stop.is_some() {
            if fact.misfiled() || wrong > 0 {
                return wrong;
            }
            feed.believe(None);
        }
        wrong += usize::from(fact.misfiled());
    }
    wrong
}
