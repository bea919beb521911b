//! Dates and Atlantic time as the senders write them, from microseconds UTC. No clock is read here.

/// Microseconds in one second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE_US: i64 = 60 * SECOND_US;
/// Microseconds in one hour.
pub const HOUR_US: i64 = 60 * MINUTE_US;
/// Microseconds in one day.
pub const DAY_US: i64 = 24 * HOUR_US;

/// The time now in microseconds UTC, from whoever may read a clock.
pub type Clock = std::sync::Arc<dyn Fn() -> i64 + Send + Sync>;

/// A calendar date (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, such as 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
}

impl Date {
    /// The date that is `days` after 1970-01-01.
    pub fn from_days(days: i64) -> Self {
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
        let year = (yoe + era * 400) as i32 + i32::from(month <= 2);
        Self { year, month, day }
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        let y = i64::from(self.year) - i64::from(self.month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = i64::from(self.month);
        let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + i64::from(self.day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        era * 146_097 + doe - 719_468
    }

    /// `YYYYMMDD`, the HL7 v2 DT form (v2.5.1 2.A.21).
    pub fn hl7(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `YYYY-MM-DD`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Whole years from this date to `later`.
    pub fn years_until(self, later: Date) -> i32 {
        later.year - self.year - i32::from((later.month, later.day) < (self.month, self.day))
    }

    /// Day and month changed places, when that is another date that exists.
    pub fn transposed(self) -> Option<Date> {
        let differs = self.day != self.month;
        (self.day <= 12 && differs).then_some(Date { year: self.year, month: self.day, day: self.month })
    }
}

/// Hours that Atlantic time is behind UTC at this instant: 3 in summer, 4 otherwise
/// (summer time from the second Sunday of March to the first Sunday of November, 02:00 local).
pub fn atlantic_offset_hours(at_us: i64) -> i64 {
    let year = Date::from_days(at_us.div_euclid(DAY_US)).year;
    let sunday = |month: u8, nth: i64| {
        let first = Date { year, month, day: 1 }.days();
        let weekday = (first + 4).rem_euclid(7);
        first + (7 - weekday) % 7 + 7 * (nth - 1)
    };
    let begins = sunday(3, 2) * DAY_US + 6 * HOUR_US;
    let ends = sunday(11, 1) * DAY_US + 5 * HOUR_US;
    if (begins..ends).contains(&at_us) { 3 } else { 4 }
}

/// The local date in Nova Scotia.
pub fn local_date(at_us: i64) -> Date {
    Date::from_days((at_us - atlantic_offset_hours(at_us) * HOUR_US).div_euclid(DAY_US))
}

/// How precisely a sender writes its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// `YYYYMMDDHHMM`, no zone: older systems.
    Minute,
    /// `YYYYMMDDHHMMSS±ZZZZ`.
    SecondZone,
}

/// An HL7 v2 TS/DTM in Atlantic time (v2.5.1 2.A.22).
pub fn hl7_time(at_us: i64, precision: Precision) -> String {
    let offset = atlantic_offset_hours(at_us);
    let local = at_us - offset * HOUR_US;
    let date = Date::from_days(local.div_euclid(DAY_US)).hl7();
    let seconds = local.rem_euclid(DAY_US) / SECOND_US;
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match precision {
        Precision::Minute => format!("{date}{h:02}{m:02}"),
        Precision::SecondZone => format!("{date}{h:02}{m:02}{s:02}-{offset:02}00"),
    }
}

/// `YYYY-MM-DD HH:MM` in Atlantic time, for report text.
pub fn read_time(at_us: i64) -> String {
    let local = at_us - atlantic_offset_hours(at_us) * HOUR_US;
    let minutes = local.rem_euclid(DAY_US) / MINUTE_US;
    format!("{} {:02}:{:02}", Date::from_days(local.div_euclid(DAY_US)).iso(), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for days in (-40_000..30_000).step_by(17) {
            assert_eq!(Date::from_days(days).days(), days);
        }
        assert_eq!(Date::from_days(20_779).iso(), "2026-11-22");
    }

    #[test]
    fn atlantic_time_changes_with_the_season() {
        let noon = |y, m, d| Date { year: y, month: m, day: d }.days() * DAY_US + 12 * HOUR_US;
        assert_eq!(hl7_time(noon(2026, 11, 22), Precision::SecondZone), "20261122080000-0400");
        assert_eq!(hl7_time(noon(2026, 7, 1), Precision::SecondZone), "20260701090000-0300");
        assert_eq!(hl7_time(noon(2026, 7, 1), Precision::Minute), "202607010900");
        assert_eq!(atlantic_offset_hours(noon(2026, 3, 8)), 3);
        assert_eq!(atlantic_offset_hours(noon(2026, 11, 1)), 4);
    }
}
