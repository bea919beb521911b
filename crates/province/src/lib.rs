//! Synthetic people, feeds and clinics for demo, practice and load.
//!
//! Everything follows from a seed, a number of people and a start time: the same three give the same people and the
//! same messages, byte for byte, so that a demo which stops can go on where it was. Time is an argument in
//! microseconds UTC; only [`drive`] and [`clinic`], which hold sockets, wait on the runtime's timers.
//! Nothing here knows the product's inside: it is driven through its ports.

pub mod agreed;
pub mod calendar;
pub mod charts;
pub mod clinic;
pub mod drive;
pub mod feed;
pub mod load;
pub mod offices;
pub mod people;
pub mod places;
pub mod records;
pub mod rng;
pub mod rota;
pub mod traffic;

use std::sync::Arc;

pub use feed::{Feed, FeedMessage, Kind, Sender};

/// Events of care that begin in an hour of the live feed: with their later messages, one message every few seconds.
const LIVE_PER_HOUR: u32 = 600;

/// A synthetic province. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Province {
    world: Arc<World>,
}

/// What every message is made from.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) start_us: i64,
    pub(crate) people: Vec<people::Person>,
    pub(crate) history_per_day: u32,
    pub(crate) live_per_hour: u32,
}

impl Province {
    /// A province of `people` persons (2,000 for the demo) whose history ends and whose live feed begins at
    /// `start_us`. Keep `start_us` with the data: a restart that gives another start gives other people.
    pub fn new(seed: u64, people: usize, start_us: i64) -> Self {
        let start_us = start_us.div_euclid(calendar::SECOND_US) * calendar::SECOND_US;
        let history_per_day = 20 + people as u32 / 12;
        let people = people::population(seed, people.max(1), start_us);
        Self {
            world: Arc::new(World { seed, start_us, people, history_per_day, live_per_hour: LIVE_PER_HOUR }),
        }
    }

    /// The same province at another pace: events of care begun per day before the start and per hour after it.
    /// One event makes two to three messages on average.
    #[must_use]
    pub fn paced(self, history_per_day: u32, live_per_hour: u32) -> Self {
        let mut world = (*self.world).clone();
        world.history_per_day = history_per_day;
        world.live_per_hour = live_per_hour;
        Self { world: Arc::new(world) }
    }

    /// The people, in a fixed order.
    pub fn people(&self) -> &[people::Person] {
        &self.world.people
    }

    /// The people of a family doctor or nurse practitioner, by the key of the directory, such as `p-cairnwood`.
    pub fn patients_of<'a>(&'a self, practitioner: &'a str) -> impl Iterator<Item = &'a people::Person> {
        let doctor = places::PRACTITIONERS.iter().position(|who| who.id == practitioner);
        self.people().iter().filter(move |person| person.doctor.is_some() && person.doctor == doctor)
    }

    /// The panel of a family doctor as the system of the practice exports it: CSV with a line of headings. A child that the
    /// practice has not given a name yet is not in it.
    pub fn panel_file(&self, practitioner: &str) -> String {
        let mut file = String::from("hcn,province,family,given,birth_date,sex\n");
        for person in self.patients_of(practitioner).filter(|person| person.born_us.is_none()) {
            let (number, issuer) =
                person.card.as_ref().map_or(("", ""), |card| (card.number.as_str(), card.province));
            let cells = [number, issuer, &person.family, &person.given].map(|cell| format!("\"{cell}\""));
            file.push_str(&format!("{},{},{}\n", cells.join(","), person.birth.iso(), person.sex.code()));
        }
        file
    }

    /// Microseconds UTC at which history ends and the live feed begins.
    pub fn start_us(&self) -> i64 {
        self.world.start_us
    }

    /// Registration of everybody at their hospitals in the hour before, then `days` of messages up to the start,
    /// in time order. To go on after a stop, skip what lies before the receipt's `resume_us`.
    pub fn history(&self, days: u32) -> Feed {
        Feed::history(Arc::clone(&self.world), days)
    }

    /// Messages from the later of the start and `from_us`, in time order, without end. To go on after a stop, pass
    /// one more than the `at_us` of the last message that was acknowledged; sending some again is harmless, as they
    /// are the same bytes.
    pub fn live(&self, from_us: i64) -> Feed {
        Feed::live(Arc::clone(&self.world), from_us)
    }

    /// Registrations (A04) at the two hospitals of people whom the province does not know yet, `per_hour` of them from
    /// the start on: the same person again under another number, spelling or birth date, newborns without a name, the
    /// unidentified. Those before `from_us` are left out, so that it goes on like [`Province::live`].
    pub fn arrivals(&self, from_us: i64, per_hour: u32) -> feed::Arrivals {
        feed::Arrivals::new(self.world.seed, self.world.start_us, from_us, per_hour)
    }

    /// The live feed with arrivals among it, in time order.
    pub fn live_with_arrivals(&self, from_us: i64, per_hour: u32) -> feed::Both<Feed, feed::Arrivals> {
        feed::Both::new(self.live(from_us), self.arrivals(from_us, per_hour))
    }

    /// The provider directory as TOML; `addresses` are the three clinics' EMRs in the order of [`places::CLINICS`].
    pub fn directory(&self, addresses: [&str; 3]) -> String {
        places::directory(addresses)
    }
}
