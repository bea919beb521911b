//! The breaker over made-up traffic: how often it stops what it should not, how soon it stops what it should.
//!
//! `cargo run --release -p clinical --example breaker -- 10000000 [BITS]`: messages, and the weight to stop at instead of
//! the product's.

mod traffic;

use clinical::plausibility::{Facts, Feed, Impossible, Order, TRIP_BITS};
use std::collections::BTreeSet;
use traffic::{BACKLOG, Richness, Traffic, by_person};

/// Feeds of each kind that the messages are spread over.
const FEEDS: u64 = 20;
/// Stuck senders tried for each kind of feed.
const STUCK: u64 = 400;
/// Messages before a sender gets stuck, at the least.
const WARM: usize = 400;

fn main() {
    let messages: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let trip_bits = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(TRIP_BITS);
    for (richness, share) in [(Richness::Hospital, 60), (Richness::Laboratory, 40), (Richness::Sparse, 20)] {
        let each = messages / 100 * share / usize::try_from(FEEDS).unwrap_or(1);
        let mut stops = 0;
        for seed in 0..FEEDS {
            let mut feed = Feed::default();
            for facts in Traffic::new(seed, richness).take(each) {
                let decision = feed.observe_at(&facts, trip_bits);
                if let Some(stop) = decision.stop {
                    stops += 1;
                    if stops <= 3 {
                        println!("  stopped {stop:?} {:?}", decision.reasons);
                    }
                    feed.believe(stop.person);
                }
            }
        }
        println!(
            "{richness:?}: {} messages, {stops} false stops",
            each * usize::try_from(FEEDS).unwrap_or(1)
        );
        backlogs(richness, each, trip_bits);
        for (each_another, what) in [(true, "each message another person's"), (false, "bursts as they come")]
        {
            let mut filed = [0_u64; 8];
            for seed in 0..STUCK {
                filed[stuck(10_000 + seed, richness, each_another, trip_bits).min(7)] += 1;
            }
            println!("  stuck, {what}: wrong messages filed, 0 to 6, 7 and more: {filed:?}");
        }
        let mut strangers = [0_u64; 6];
        for seed in 0..STUCK {
            strangers[strangers_of_six(10_000 + seed, richness)] += 1;
        }
        println!(
            "  stuck, bursts as they come: strangers among the first six wrong messages, 0 to 5: {strangers:?}"
        );
        let mut series = [0_u64; 4];
        for seed in 0..FEEDS {
            for (sum, count) in series.iter_mut().zip(changes(Traffic::new(seed, richness).take(each))) {
                *sum += count;
            }
        }
        println!(
            "  as usual: six messages of one person and nobody between, with so many others who order from another \
             draw, 0 to 3: {series:?}"
        );
    }
}

/// The same traffic in backlogs that are worked off person by person, as after a restart.
fn backlogs(richness: Richness, each: usize, trip_bits: f32) {
    let mut stops = 0;
    for seed in 0..FEEDS {
        let mut feed = Feed::default();
        for facts in by_person(Traffic::new(seed, richness).take(each)) {
            if let Some(stop) = feed.observe_at(&facts, trip_bits).stop {
                stops += 1;
                feed.believe(stop.person);
            }
        }
    }
    println!("  the same worked off person by person, {BACKLOG} at a time: {stops} false stops");
}

/// How many strangers the first six wrong messages of a stuck sender are about.
fn strangers_of_six(seed: u64, richness: Richness) -> usize {
    let mut traffic = Traffic::new(seed, richness);
    let warm = WARM + usize::try_from(seed % 300).unwrap_or(0);
    let stuck_at = traffic.by_ref().take(warm).last().map_or(0, |facts| facts.person);
    let wrong: Vec<i64> =
        traffic.map(|facts| facts.person).filter(|theirs| *theirs != stuck_at).take(6).collect();
    wrong.iter().collect::<BTreeSet<_>>().len().min(5)
}

/// Six messages of one person in a row, by how often somebody else orders from another draw within them: what bursts of
/// strangers look like on a feed that says no more, and what is usual.
fn changes(traffic: impl Iterator<Item = Facts>) -> [u64; 4] {
    let mut counts = [0; 4];
    let mut row: Vec<Facts> = Vec::new();
    for facts in traffic {
        if row.last().is_some_and(|last| last.person != facts.person) {
            row.clear();
        }
        row.push(facts);
        if row.len() == 6 {
            let drawn = |facts: &Facts| facts.orders.first().map_or(0, |order| order.drawn);
            let (mut orderers, mut draws) = (BTreeSet::new(), BTreeSet::new());
            let mut others = 0_usize;
            for facts in row.drain(..) {
                let is_new = facts.orderer != 0
                    && !orderers.contains(&facts.orderer)
                    && !draws.contains(&drawn(&facts));
                others += usize::from(is_new && !orderers.is_empty());
                draws.insert(drawn(&facts));
                orderers.extend(Some(facts.orderer).filter(|orderer| *orderer != 0));
            }
            counts[others.min(3)] += 1;
        }
    }
    counts
}

/// Wrong messages filed until a stuck sender is stopped.
fn stuck(seed: u64, richness: Richness, each_another: bool, trip_bits: f32) -> usize {
    let mut feed = Feed::default();
    let mut traffic = Traffic::new(seed, richness);
    let warm = WARM + usize::try_from(seed % 300).unwrap_or(0);
    let mut person = 0;
    for facts in traffic.by_ref().take(warm) {
        person = facts.person;
        feed.observe_at(&facts, trip_bits);
    }
    let (mut wrong, mut last) = (0, person);
    for mut facts in traffic.take(400) {
        let theirs = facts.person;
        if each_another && theirs == last {
            continue;
        }
        (last, facts.person) = (theirs, person);
        if feed.observe_at(&facts, trip_bits).stop.is_some() {
            return wrong;
        }
        wrong += usize::from(theirs != person);
    }
    wrong
}
