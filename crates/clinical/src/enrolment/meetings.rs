//! When who applies can meet a coordinator by video (FEATURES AC3; JOURNEYS 2.6 step 4): the desk's hours as a file, and the
//! times of them that are still free.

use crate::cover::{ZONE, local, weekday};
use crate::sheets::{SheetProblem, rows};
use crate::silence::is_holiday;
use fhir::Instant;
use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// Minutes of a call (JOURNEYS 2.6 step 4).
pub const CALL_MINUTES: i64 = 5;
/// Minutes from one time to the next: a call that begins late takes none of the next one's.
const STRIDE_MINUTES: i64 = 10;
/// Minutes before a call in which nobody takes it any more: somebody at the desk must have seen it.
const AHEAD_MINUTES: i64 = 15;
/// Days that are offered.
const DAYS: i32 = 7;
/// Times that are offered at once.
pub const OFFERED: usize = 24;
/// Minutes after its beginning at which a call that nobody has answered for is the desk's to explain.
pub const ANSWERED_MINUTES: i64 = 30;

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Hours in which calls are held on one day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hours {
    weekday: u8,
    from: Time,
    until: Time,
    /// Calls that are held at the same time.
    at_once: usize,
    room: String,
}

/// Hours of the week in which calls are held. On holidays of the province none are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meetings(Vec<Hours>);

impl Meetings {
    /// A file: `day,from,until,at_once,room`; day `mon` to `sun`, times `09:00` in the province's own time, room the address
    /// of the desk's video rooms, to which the application's own key is appended.
    ///
    /// # Errors
    /// Lines to mend; nothing of such a file is used.
    pub fn read(text: &str) -> Result<Self, SheetProblem> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for (line, cells) in rows(text, &["day", "from", "until", "at_once", "room"])? {
            match hours(&cells) {
                Ok(hours) => all.push(hours),
                Err(why) => wrong.push(format!("line {line}: {why}")),
            }
        }
        SheetProblem::unless_empty(wrong)?;
        Ok(Self(all))
    }

    /// The times from `now` on that are still free, the first [`OFFERED`]; `taken` are the beginnings of those that are not.
    #[must_use]
    pub fn free(&self, now: Instant, taken: &[Instant]) -> Vec<Instant> {
        let Some(today) = local(now).map(|at| at.date()) else { return Vec::new() };
        let days = (0..=DAYS).filter_map(|day| today.checked_add(day.days()).ok());
        let mut all: Vec<Instant> = days
            .flat_map(|day| self.of_day(day))
            .filter(|at| at.0 >= now.plus_minutes(AHEAD_MINUTES).0 && self.is_free(*at, taken))
            .collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(OFFERED);
        all
    }

    /// Whether a call can begin then, beside those that begin then already.
    #[must_use]
    pub fn is_free(&self, at: Instant, taken: &[Instant]) -> bool {
        taken.iter().filter(|one| **one == at).count() < self.places(at).map(|hours| hours.at_once).sum()
    }

    /// Where the call at that time is held, for the application of this key; `None` when none can begin then.
    #[must_use]
    pub fn room(&self, at: Instant, application: &str) -> Option<String> {
        self.places(at).next().map(|hours| format!("{}{application}", hours.room))
    }

    fn places(&self, at: Instant) -> impl Iterator<Item = &Hours> {
        let day = local(at).map(|at| at.date());
        self.0.iter().filter(move |hours| day.is_some_and(|day| hours.begins(day).any(|begins| begins == at)))
    }

    fn of_day(&self, day: Date) -> impl Iterator<Item = Instant> {
        self.0.iter().flat_map(move |hours| hours.begins(day))
    }
}

impl Hours {
    /// When calls begin on a day.
    fn begins(&self, day: Date) -> impl Iterator<Item = Instant> + use<> {
        let is_open = weekday(day.at(0, 0, 0, 0)) == self.weekday && !is_holiday(day);
        let zone = TimeZone::get(ZONE).ok().filter(|_| is_open);
        let instant = move |time: Time| {
            let at = day.to_datetime(time).to_zoned(zone.clone()?).ok()?;
            Some(Instant(at.timestamp().as_microsecond()))
        };
        let (first, last) = (instant(self.from), instant(self.until));
        let next = move |at: &Instant| Some(at.plus_minutes(STRIDE_MINUTES));
        std::iter::successors(first, next)
            .take_while(move |at| last.is_some_and(|last| at.plus_minutes(CALL_MINUTES) <= last))
    }
}

fn hours(cells: &[String]) -> Result<Hours, String> {
    let [day, from, until, at_once, room] = cells else { return Err("five columns are wanted".to_owned()) };
    let named = DAY_NAMES.iter().position(|name| name.eq_ignore_ascii_case(day));
    let weekday = named.ok_or_else(|| format!("day is {}, not \"{day}\"", DAY_NAMES.join(", ")))?;
    let time = |text: &String| text.parse().map_err(|_| format!("\"{text}\" is no time like 09:00"));
    let (from, until): (Time, Time) = (time(from)?, time(until)?);
    if until <= from {
        return Err("until comes after from".to_owned());
    }
    let at_once = at_once.parse().ok().filter(|count| (1..=50).contains(count));
    if !room.starts_with("https://") {
        return Err("room is an address that begins with https://".to_owned());
    }
    Ok(Hours {
        weekday: u8::try_from(weekday).unwrap_or_default(),
        from,
        until,
        at_once: at_once.ok_or("at_once is a number from 1 to 50")?,
        room: room.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: &str = "day,from,until,at_once,room\nmon,09:00,09:30,2,https://rooms.example/\ntue,09:00,09:10,1,https://rooms.example/\nwed,16:00,16:20,1,https://rooms.example/\n";

    fn at(text: &str) -> Instant {
        Instant(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }
    fn told(all: &[Instant]) -> Vec<String> {
        all.iter().map(|at| local(*at).expect("a time").to_string()).collect()
    }

    #[test]
    fn s044_calls_are_offered_in_the_desks_hours_from_a_quarter_of_an_hour_on() {
        let week = Meetings::read(WEEK).expect("readable");
        // Monday 2026-11-23, 08:50 in Halifax.
        let now = at("2026-11-23T12:50:00Z");
        let free = week.free(now, &[]);
        assert_eq!(
            told(&free),
            [
                "2026-11-23T09:10:00",
                "2026-11-23T09:20:00",
                "2026-11-24T09:00:00",
                "2026-11-25T16:00:00",
                "2026-11-25T16:10:00",
                "2026-11-30T09:00:00",
                "2026-11-30T09:10:00",
                "2026-11-30T09:20:00"
            ]
        );
        assert_eq!(week.room(free[0], "00ab").as_deref(), Some("https://rooms.example/00ab"));
        assert_eq!(week.room(free[0].plus_minutes(1), "00ab"), None, "no call begins then");
    }

    #[test]
    fn s044_as_many_calls_as_are_held_at_once_and_none_on_a_holiday() {
        let week = Meetings::read(WEEK).expect("readable");
        let now = at("2026-11-23T12:00:00Z");
        let first = week.free(now, &[])[0];
        assert!(week.is_free(first, &[first]) && !week.is_free(first, &[first, first]));
        assert!(!week.free(now, &[first, first]).contains(&first));
        // Wednesday 2026-11-11 is Remembrance Day.
        assert!(
            !told(&week.free(at("2026-11-10T12:00:00Z"), &[]))
                .iter()
                .any(|day| day.starts_with("2026-11-11"))
        );
        assert!(Meetings::default().free(now, &[]).is_empty(), "no hours, no calls");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_by_line() {
        let text = "day,from,until,at_once,room\nmoon,09:00,10:00,1,https://a/\nmon,9 h,10:00,1,https://a/\nmon,10:00,09:00,1,https://a/\nmon,09:00,10:00,0,https://a/\nmon,09:00,10:00,1,http://a/\n";
        let wrong = Meetings::read(text).expect_err("all wrong").0;
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        assert!(wrong[0].starts_with("line 2: day is mon"), "{wrong:?}");
    }
}
