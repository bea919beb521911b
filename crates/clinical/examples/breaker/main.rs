//! The breaker over made-up traffic: how often it stops what it should not, how soon it stops what it should.
//!
//! `cargo run --release -p clinical --example breaker -- 10000000 [BITS]`: messages, and the weight to stop at instead of
//! the product's.

mod traffic;

use clinical::plausibility::{Facts, Feed, Impossible, Order, TRIP_BITS};
use traffic::{Richness, Traffic};

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
        for (each_another, what) in [(true, "each message another person's"), (false, "bursts as they come")]
        {
            let mut filed = [0_u64; 8];
            for seed in 0..STUCK {
                filed[stuck(10_000 + seed, richness, each_another, trip_bits).min(7)] += 1;
            }
            println!("  stuck, {what}: wrong messages filed, 0 to 6, 7 and more: {filed:?}");
        }
    }
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
