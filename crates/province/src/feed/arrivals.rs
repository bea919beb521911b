//! People whom the province did not know: registrations from [`crate::records`] at the two hospitals, with the doubles
//! that real desks make, so that somebody at the steward's desk has something to decide.

use std::iter::Peekable;

use super::{FeedMessage, Kind, Sender};
use crate::calendar::HOUR_US;
use crate::records::registrations::{Event, Registrations};
use crate::records::{Settings, Source};

/// People from whom arrivals are drawn; enough for years of a demo.
const PEOPLE: usize = 200_000;

/// Registrations in time order, without end for a demo's purposes.
#[derive(Debug)]
pub struct Arrivals {
    registrations: Registrations,
    next_us: i64,
    every_us: i64,
}

impl Arrivals {
    /// `per_hour` registrations from `start_us` on; those before `from_us` are left out.
    pub(crate) fn new(seed: u64, start_us: i64, from_us: i64, per_hour: u32) -> Self {
        let every_us = HOUR_US / i64::from(per_hour.max(1));
        let mut arrivals = Self {
            registrations: Registrations::new(Settings::new(seed, PEOPLE), Event::Visit, start_us),
            next_us: start_us + every_us,
            every_us,
        };
        while arrivals.next_us < from_us && arrivals.draw().is_some() {}
        arrivals
    }

    fn draw(&mut self) -> Option<(Sender, i64, String, Vec<u8>)> {
        // The other sources of the records are not on the demo's lines.
        let (sender, mut registration) = self.registrations.find_map(|registration| {
            sender(registration.record.source).map(|sender| (sender, registration))
        })?;
        let at_us = self.next_us;
        self.next_us += self.every_us;
        registration.date(Event::Visit, at_us);
        Some((sender, at_us, registration.control_id, registration.bytes))
    }
}

fn sender(source: &Source) -> Option<Sender> {
    [Sender::Hrh, Sender::Vgh].into_iter().find(|sender| sender.facility() == source.code)
}

impl Iterator for Arrivals {
    type Item = FeedMessage;

    fn next(&mut self) -> Option<FeedMessage> {
        let (sender, at_us, control_id, bytes) = self.draw()?;
        Some(FeedMessage { sender, at_us, control_id, kind: Kind::Admission, bytes })
    }
}

/// Two streams in time order as one.
#[derive(Debug)]
pub struct Both<A: Iterator<Item = FeedMessage>, B: Iterator<Item = FeedMessage>> {
    one: Peekable<A>,
    other: Peekable<B>,
}

impl<A: Iterator<Item = FeedMessage>, B: Iterator<Item = FeedMessage>> Both<A, B> {
    pub(crate) fn new(one: A, other: B) -> Self {
        Self { one: one.peekable(), other: other.peekable() }
    }
}

impl<A: Iterator<Item = FeedMessage>, B: Iterator<Item = FeedMessage>> Iterator for Both<A, B> {
    type Item = FeedMessage;

    fn next(&mut self) -> Option<FeedMessage> {
        match (self.one.peek(), self.other.peek()) {
            (Some(one), Some(other)) if other < one => self.other.next(),
            (None, _) => self.other.next(),
            _ => self.one.next(),
        }
    }
}
