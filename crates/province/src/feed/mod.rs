//! What the sending systems say, in time order.
//!
//! Care happens in events (a blood test, a hospital stay). Event number `i` of hour `b` is a pure function of seed,
//! hour and number, so the stream can begin anywhere and is the same each time.

mod admissions;
mod arrivals;
mod births;
mod care;
mod documents;
mod draft;
mod imaging;
mod laboratory;
mod microbiology;
mod oddities;
mod panels;
mod pathology;
mod patient;
mod pdf;
mod story;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::World;
use crate::calendar::{DAY_US, HOUR_US};
use crate::places::HOSPITALS;

pub use arrivals::{Arrivals, Both};
pub(crate) use draft::esc;
pub(crate) use story::Story;

/// The longest event of care lasts this many hours; a stream that begins in the middle looks back so far.
const LONGEST_EVENT_HOURS: i64 = 15 * 24;
/// The part of a control id that stands for the hour begins here, so that history has no minus sign.
const HOUR_OFFSET: i64 = 100_000;

/// A sending system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sender {
    /// Registration and documents of Harbour Regional Hospital: v2.5.1, UTF-8.
    Hrh,
    /// Registration of Valley General Hospital: v2.3 and v2.4, capitals, no accents, no zone.
    Vgh,
    /// Tidewater Laboratory: v2.5.1, UTF-8.
    Lab,
    /// Headland Imaging: v2.5.1, ISO 8859-1.
    Rad,
}

impl Sender {
    /// All of them.
    pub const ALL: [Sender; 4] = [Self::Hrh, Self::Vgh, Self::Lab, Self::Rad];

    /// MSH-3, sending application.
    pub fn application(self) -> &'static str {
        match self {
            Self::Hrh => "HRHADT",
            Self::Vgh => "VGADT",
            Self::Lab => "TIDELIS",
            Self::Rad => "HEADRIS",
        }
    }

    /// MSH-4, sending facility.
    pub fn facility(self) -> &'static str {
        match self {
            Self::Hrh => HOSPITALS[0],
            Self::Vgh => HOSPITALS[1],
            Self::Lab => "LAB",
            Self::Rad => "RAD",
        }
    }

    /// The registration system of hospital 0 or 1.
    pub(crate) fn of_hospital(hospital: usize) -> Self {
        if hospital == 0 { Self::Hrh } else { Self::Vgh }
    }
}

/// What a message is about, for progress and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// ADT.
    Admission,
    /// ORU R01, chemistry and hematology.
    Laboratory,
    /// ORU R01, microbiology.
    Microbiology,
    /// ORU R01, pathology.
    Pathology,
    /// ORU R01, imaging.
    Imaging,
    /// MDM T02.
    Document,
    /// What is followed and planned: problems, medicines, vaccinations, orders, appointments, referrals.
    Planned,
    /// Conflicting, incomplete or broken on purpose.
    Odd,
}

/// One message as its sender writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedMessage {
    /// Who sends it.
    pub sender: Sender,
    /// When, microseconds UTC.
    pub at_us: i64,
    /// MSH-10, unique for its sender.
    pub control_id: String,
    /// What it is about.
    pub kind: Kind,
    /// The message in the sender's character set, segments ended by CR, without MLLP framing.
    pub bytes: Vec<u8>,
}

impl PartialOrd for FeedMessage {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FeedMessage {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_us, &self.control_id, self.sender).cmp(&(other.at_us, &other.control_id, other.sender))
    }
}

/// Messages in time order.
#[derive(Debug)]
pub struct Feed {
    world: Arc<World>,
    waiting: BinaryHeap<Reverse<FeedMessage>>,
    next_hour: i64,
    from_us: i64,
    until_us: Option<i64>,
}

impl Feed {
    pub(crate) fn history(world: Arc<World>, days: u32) -> Self {
        let from_us = world.start_us - i64::from(days) * DAY_US;
        let until_us = Some(world.start_us);
        let mut feed = Self::starting(world, from_us, until_us);
        let mut registered = Vec::new();
        admissions::roster(&feed.world, from_us, &mut registered);
        feed.waiting.extend(registered.into_iter().map(Reverse));
        feed
    }

    pub(crate) fn live(world: Arc<World>, from_us: i64) -> Self {
        let from_us = from_us.max(world.start_us);
        Self::starting(world, from_us, None)
    }

    fn starting(world: Arc<World>, from_us: i64, until_us: Option<i64>) -> Self {
        let hour = (from_us - world.start_us).div_euclid(HOUR_US);
        let mut feed = Self {
            world,
            waiting: BinaryHeap::new(),
            next_hour: hour - LONGEST_EVENT_HOURS,
            from_us,
            until_us,
        };
        while feed.next_hour <= hour {
            feed.fill();
        }
        feed
    }

    /// Adds the messages of the events that begin in the next hour.
    fn fill(&mut self) {
        let mut made = Vec::new();
        story::hour(&self.world, self.next_hour, self.from_us, &mut made);
        self.waiting.extend(made.into_iter().map(Reverse));
        self.next_hour += 1;
    }

    /// The instant before which all messages are known.
    fn known_until(&self) -> i64 {
        self.world.start_us + self.next_hour * HOUR_US
    }
}

impl Iterator for Feed {
    type Item = FeedMessage;

    fn next(&mut self) -> Option<FeedMessage> {
        loop {
            let earliest = self.waiting.peek().map(|Reverse(message)| message.at_us);
            let ended = |at: i64| self.until_us.is_some_and(|until| at >= until);
            match earliest {
                Some(at) if at < self.known_until() => {
                    if ended(at) {
                        return None;
                    }
                    return self.waiting.pop().map(|Reverse(message)| message);
                }
                _ if ended(self.known_until()) && earliest.is_none_or(ended) => return None,
                _ => self.fill(),
            }
        }
    }
}

/// The control id of step `step` of event `index` in hour `hour`.
pub(crate) fn control_id(sender: Sender, hour: i64, index: u32, step: u32) -> String {
    format!("{}{:06}{index:04}{step:02}", sender.facility(), hour + HOUR_OFFSET)
}
