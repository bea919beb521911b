//! Hours of the week and the holidays of the province, in its own time.

use jiff::civil::Date;

/// Hours of a week, from Monday 00:00.
pub const HOURS_OF_WEEK: usize = 7 * 24;
/// Sunday, counted from Monday.
const SUNDAY: u8 = 6;

/// The hour of the week of a wall time; a holiday counts as a Sunday.
pub(super) fn hour_of_week(at: jiff::civil::DateTime) -> usize {
    let day = if is_holiday(at.date()) { SUNDAY } else { crate::cover::weekday(at) };
    (usize::from(day) * 24 + usize::from(u8::try_from(at.hour()).unwrap_or_default())) % HOURS_OF_WEEK
}

/// Whether clinics are closed for a holiday of Nova Scotia: the paid holidays of the Labour Standards Code, and those on
/// which clinics close all the same (Easter Monday, Natal Day, Thanksgiving, Boxing Day).
#[must_use]
pub fn is_holiday(day: Date) -> bool {
    let monday = |nth: i8| day.weekday() == jiff::civil::Weekday::Monday && (day.day() - 1) / 7 + 1 == nth;
    let from_easter = i32::from(day.day_of_year()) - i32::from(easter(day.year()).day_of_year());
    match (day.month(), day.day()) {
        (1, 1) | (7, 1) | (9, 30) | (11, 11) | (12, 25 | 26) => true,
        (2, _) if monday(3) => true,
        (5, 18..=24) => monday(((day.day() - 1) / 7) + 1),
        (8, _) if monday(1) => true,
        (9, _) if monday(1) => true,
        (10, _) if monday(2) => true,
        (3 | 4, _) => from_easter == -2 || from_easter == 1,
        _ => false,
    }
}

/// Easter Sunday of a year (Gregorian computus).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    let (month, day) = (i8::try_from(sum / 31).unwrap_or(4), i8::try_from(sum % 31 + 1).unwrap_or(1));
    Date::new(year, month, day).unwrap_or(Date::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_holidays_of_2026_and_2027() {
        let of = |year: i16| -> Vec<String> {
            let mut day = date(year, 1, 1);
            let mut found = Vec::new();
            while day.year() == year {
                if is_holiday(day) {
                    found.push(day.strftime("%m-%d").to_string());
                }
                day = day.tomorrow().expect("a day");
            }
            found
        };
        assert_eq!(
            of(2026),
            [
                "01-01", "02-16", "04-03", "04-06", "05-18", "07-01", "08-03", "09-07", "09-30", "10-12",
                "11-11", "12-25", "12-26"
            ]
        );
        assert_eq!(of(2027)[1..5], ["02-15", "03-26", "03-29", "05-24"]);
    }
}
