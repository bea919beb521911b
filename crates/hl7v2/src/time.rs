//! HL7 dates and times with the precision they were sent in (HL7 v2.5.1 2.A.21 DT, 2.A.22 DTM, 2.A.75 TM,
//! 2.A.77 TS) and the same value in FHIR's words.

/// Largest distance of a zone from UTC in hours.
const ZONE_LIMIT_HOURS: u16 = 14;

/// Room for a dateTime with a fraction of three digits.
const USUAL_CHARS: usize = 32;

/// Most digits kept of a fraction of a second. The standard has four; senders write more.
const FRACTION_DIGITS: usize = 9;

/// A DTM, TS or DT: a year, and as much more as was sent. A part is present only if all parts before it are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hl7Time {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to the length of the month.
    pub day: Option<u8>,
    /// Time of day, if the value has hours.
    pub time: Option<TimeOfDay>,
    /// Minutes east of UTC, if the value has a zone.
    pub offset_minutes: Option<i32>,
}

/// A TM, or the time part of a DTM: hours, and as much more as was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: Option<u8>,
    /// 0 to 60 (a leap second).
    pub second: Option<u8>,
    /// Digits of the fraction of a second as sent; empty if there is none.
    pub fraction: String,
}

/// Why a text is no HL7 time. Empty text is an error too: ask for emptiness before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Nothing there.
    #[error("no date: send YYYYMMDD")]
    Empty,
    /// Characters or lengths that the format does not have.
    #[error("\"{text}\" is no HL7 date: send YYYYMMDD or YYYYMMDDHHMMSS+ZZZZ")]
    Format {
        /// The text sent.
        text: String,
    },
    /// A part beyond its bounds.
    #[error("\"{text}\": the {part} {value} does not exist")]
    Range {
        /// The text sent.
        text: String,
        /// Month, day, hour, minute, second, year or zone.
        part: &'static str,
        /// The number sent.
        value: u32,
    },
}

impl Hl7Time {
    /// Reads `YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ]`. Blanks around it, one blank between date and time, the
    /// precision component of older versions (`^D`), and the extended form of ISO 8601 (`2026-11-22T14:05:00-04:00`),
    /// which says the same and nothing else, are tolerated.
    pub fn parse(text: &str) -> Result<Hl7Time, TimeError> {
        let basic = basic_form(text);
        let whole = Reader { text: basic.as_deref().unwrap_or(text) };
        let (body, offset_minutes) = whole.split_zone()?;
        let (digits, fraction) = whole.split_fraction(body)?;
        let digits = whole.join_blank(digits)?;
        let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u16>().ok());
        if !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14) || (!fraction.is_empty() && digits.len() != 14) {
            return Err(whole.format());
        }
        let year = whole.bounded("year", number(0, 4), 1, 9999)?.ok_or_else(|| whole.format())?;
        let month = whole.bounded("month", number(4, 6), 1, 12)?.map(|n| n as u8);
        let longest = month.map_or(31, |month| days_in_month(year, month));
        let day = whole.bounded("day", number(6, 8), 1, u16::from(longest))?.map(|n| n as u8);
        let time = match digits.get(8..) {
            Some(rest) if !rest.is_empty() => Some(whole.time_of_day(rest, fraction)?),
            _ => None,
        };
        Ok(Hl7Time { year, month, day, time, offset_minutes })
    }

    /// FHIR `date` at the precision sent, days at the finest: `2012`, `2012-03`, `2012-03-14`.
    pub fn to_fhir_date(&self) -> String {
        let mut out = String::with_capacity(USUAL_CHARS);
        self.push_date(&mut out);
        out
    }

    fn push_date(&self, out: &mut String) {
        push_two(out, (self.year / 100) as u8);
        push_two(out, (self.year % 100) as u8);
        for part in [self.month, self.day] {
            let Some(number) = part else { break };
            out.push('-');
            push_two(out, number);
        }
    }

    /// FHIR `dateTime` at the precision sent. FHIR wants an offset as soon as there are hours: the zone sent or the
    /// default given; with neither, the date alone, as an hour of an unknown zone is no moment. Minutes and
    /// seconds that were not sent are written as zero, as FHIR cannot leave them out.
    pub fn to_fhir_datetime(&self, default_offset_minutes: Option<i32>) -> String {
        let mut out = String::with_capacity(USUAL_CHARS);
        self.push_date(&mut out);
        if let (Some(time), Some(offset)) = (&self.time, self.offset_minutes.or(default_offset_minutes)) {
            out.push('T');
            time.push(&mut out);
            push_zone(&mut out, offset);
        }
        out
    }

    /// FHIR `instant`, if the value has hours and a zone can be told.
    pub fn to_fhir_instant(&self, default_offset_minutes: Option<i32>) -> Option<String> {
        self.time.as_ref()?;
        self.offset_minutes.or(default_offset_minutes)?;
        Some(self.to_fhir_datetime(default_offset_minutes))
    }
}

impl TimeOfDay {
    /// Reads a TM: `HH[MM[SS[.S+]]][+/-ZZZZ]`. Returns the zone beside it, in minutes east of UTC.
    pub fn parse(text: &str) -> Result<(TimeOfDay, Option<i32>), TimeError> {
        let whole = Reader { text };
        let (body, offset_minutes) = whole.split_zone()?;
        let (digits, fraction) = whole.split_fraction(body)?;
        let digits = whole.join_blank(digits)?;
        if !matches!(digits.len(), 2 | 4 | 6) || (!fraction.is_empty() && digits.len() != 6) {
            return Err(whole.format());
        }
        Ok((whole.time_of_day(&digits, fraction)?, offset_minutes))
    }

    /// FHIR `time`: hours, minutes and seconds, and the fraction as sent.
    pub fn to_fhir_time(&self) -> String {
        let mut out = String::with_capacity(USUAL_CHARS);
        self.push(&mut out);
        out
    }

    fn push(&self, out: &mut String) {
        push_two(out, self.hour);
        for number in [self.minute, self.second] {
            out.push(':');
            push_two(out, number.unwrap_or(0));
        }
        if !self.fraction.is_empty() {
            out.push('.');
            out.push_str(&self.fraction);
        }
    }
}

/// The text being read, for errors.
struct Reader<'t> {
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn format(&self) -> TimeError {
        TimeError::Format { text: self.text.trim().to_owned() }
    }

    fn split_zone(&self) -> Result<(&'t str, Option<i32>), TimeError> {
        let body = self.text.split('^').next().unwrap_or("").trim();
        if body.is_empty() {
            return Err(TimeError::Empty);
        }
        let Some(at) = body.find(['+', '-']) else { return Ok((body, None)) };
        let zone = body[at + 1..].trim();
        if zone.len() != 4 || !zone.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.format());
        }
        let number = |part: &str| part.parse::<u16>().ok();
        let hours = self.bounded("zone hour", number(&zone[..2]), 0, ZONE_LIMIT_HOURS)?.unwrap_or(0);
        let minutes = self.bounded("zone minute", number(&zone[2..]), 0, 59)?.unwrap_or(0);
        let east = i32::from(hours) * 60 + i32::from(minutes);
        Ok((body[..at].trim_end(), Some(if body[at..].starts_with('-') { -east } else { east })))
    }

    fn split_fraction(&self, body: &'t str) -> Result<(&'t str, &'t str), TimeError> {
        let Some((digits, fraction)) = body.split_once('.') else { return Ok((body, "")) };
        let good = !fraction.is_empty()
            && fraction.len() <= FRACTION_DIGITS
            && fraction.bytes().all(|b| b.is_ascii_digit());
        if good { Ok((digits, fraction)) } else { Err(self.format()) }
    }

    /// Takes out the one blank that some senders put between date and time; the rest must be digits.
    fn join_blank(&self, digits: &str) -> Result<String, TimeError> {
        let joined = match digits.split_once(' ') {
            Some((date, time)) if date.len() == 8 => format!("{date}{time}"),
            _ => digits.to_owned(),
        };
        if joined.bytes().all(|b| b.is_ascii_digit()) { Ok(joined) } else { Err(self.format()) }
    }

    fn bounded(
        &self,
        part: &'static str,
        value: Option<u16>,
        low: u16,
        high: u16,
    ) -> Result<Option<u16>, TimeError> {
        match value {
            Some(n) if n < low || n > high => {
                Err(TimeError::Range { text: self.text.trim().to_owned(), part, value: u32::from(n) })
            }
            other => Ok(other),
        }
    }

    fn time_of_day(&self, digits: &str, fraction: &str) -> Result<TimeOfDay, TimeError> {
        let number = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<u16>().ok());
        let hour = self.bounded("hour", number(0), 0, 23)?.ok_or_else(|| self.format())?;
        let minute = self.bounded("minute", number(2), 0, 59)?;
        let second = self.bounded("second", number(4), 0, 60)?;
        Ok(TimeOfDay {
            hour: hour as u8,
            minute: minute.map(|n| n as u8),
            second: second.map(|n| n as u8),
            fraction: fraction.to_owned(),
        })
    }
}

/// The extended form of ISO 8601 without its dashes and colons; nothing if it is written otherwise.
fn basic_form(text: &str) -> Option<String> {
    let body = text.split('^').next().unwrap_or("").trim();
    let [year, month, day] = [body.get(..4)?, body.get(5..7)?, body.get(8..10)?];
    if body.get(4..5)? != "-" || body.get(7..8)? != "-" {
        return None;
    }
    let Some(time) = body.get(10..).filter(|rest| !rest.is_empty()) else {
        return Some(format!("{year}{month}{day}"));
    };
    let time = time.strip_prefix(['T', ' '])?;
    let (clock, zone) = time.find(['Z', '+', '-']).map_or((time, ""), |at| time.split_at(at));
    let zone = if zone == "Z" { "+0000".to_owned() } else { zone.replacen(':', "", 1) };
    let (clock, fraction) = clock.find('.').map_or((clock, ""), |at| clock.split_at(at));
    let pairs: Vec<&str> = clock.split(':').collect();
    let paired = matches!(pairs.len(), 2 | 3) && pairs.iter().all(|pair| pair.len() == 2);
    paired.then(|| format!("{year}{month}{day}{}{fraction}{zone}", pairs.concat()))
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

fn push_zone(out: &mut String, offset_minutes: i32) {
    let distance = offset_minutes.unsigned_abs();
    out.push(if offset_minutes < 0 { '-' } else { '+' });
    push_two(out, u8::try_from(distance / 60).unwrap_or(u8::MAX));
    out.push(':');
    push_two(out, (distance % 60) as u8);
}

/// A number of two digits, with its zero in front (a zone beyond all bounds may have three).
fn push_two(out: &mut String, number: u8) {
    if number >= 100 {
        out.push(char::from(b'0' + number / 100));
    }
    out.push(char::from(b'0' + number / 10 % 10));
    out.push(char::from(b'0' + number % 10));
}
