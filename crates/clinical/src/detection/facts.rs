//! What is known of staff and of the people they look at, and which signs follow.

use super::signs::Sign;
use fhir::Instant;
use serde::Deserialize;

/// What ties a reader to a person, for detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// Something on file: a panel, a report, the record names them.
    OnFile,
    /// They said why.
    Stated,
    /// Nothing.
    None,
}

/// Hours of a week during which somebody works, local time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Days: 1 Monday to 7 Sunday.
    pub days: Vec<u8>,
    /// First minute of the day.
    pub from: String,
    /// Minute after the last; earlier than `from` = it ends the next day.
    pub to: String,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Member {
    /// User id, as the log has it.
    pub id: String,
    /// Family name.
    pub family: String,
    /// Birth date, `YYYY-MM-DD`; empty = not known.
    pub born: String,
    /// Street and number at home; empty = not known.
    pub street: String,
    /// Postal code at home.
    pub postal_code: String,
    /// Where they work.
    pub place: String,
    /// When they work; empty = not known, and nothing is off shift.
    pub shifts: Vec<Shift>,
    /// Day on which their employment ended, `YYYY-MM-DD`; empty = it has not.
    pub ended: String,
}

/// Somebody whose record was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Family names they go by.
    pub families: Vec<String>,
    /// Birth date, `YYYY-MM-DD`.
    pub born: String,
    /// Streets with numbers, each with its postal code.
    pub addresses: Vec<(String, String)>,
    /// Watched because curiosity is likely.
    pub watched: bool,
    /// The member made this record before that day, and no place has ever sent anything about it.
    pub made_up: bool,
}

/// What the employer says of staff: a file (staff.toml), so that detection needs no link to a payroll.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// Everybody.
    pub member: Vec<Member>,
}

/// Why a staff file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum StaffProblem {
    /// Not readable.
    #[error("the staff file cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A time or day that is none.
    #[error(
        "the staff file: {0} has a shift or day that cannot be read; days are 1 to 7, times HH:MM, dates YYYY-MM-DD"
    )]
    Time(String),
}

/// Days since 1970 in the province, for counting by day.
#[must_use]
pub fn day_of(at: Instant) -> i64 {
    let local =
        jiff::Timestamp::from_microsecond(at.0).ok().and_then(|utc| utc.in_tz("America/Halifax").ok());
    local.map_or(0, |local| i64::from((local.date() - jiff::civil::date(1970, 1, 1)).get_days()))
}

/// Text for comparing: letters and digits, lower case, accents gone.
fn folded(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Minute of the day of `HH:MM`.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

impl Staff {
    /// From its file.
    ///
    /// # Errors
    /// [`StaffProblem`].
    pub fn from_toml(text: &str) -> Result<Self, StaffProblem> {
        let staff: Self = toml::from_str(text)?;
        for member in &staff.member {
            let shifts = member.shifts.iter().all(|shift| {
                minute(&shift.from).is_some()
                    && minute(&shift.to).is_some()
                    && shift.days.iter().all(|day| (1..=7).contains(day))
            });
            let dates = [&member.born, &member.ended]
                .iter()
                .all(|day| day.is_empty() || day.parse::<jiff::civil::Date>().is_ok());
            if !shifts || !dates || member.id.is_empty() {
                return Err(StaffProblem::Time(member.id.clone()));
            }
        }
        Ok(staff)
    }

    /// Somebody by user id.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<&Member> {
        self.member.iter().find(|member| member.id == id)
    }

    /// Weight of a shared family name: the rarer among staff, the more. A few hundred unknown names are supposed, so that a
    /// short list makes no name rarer than it is.
    #[must_use]
    pub fn surname_weight(&self, family: &str) -> i64 {
        const SUPPOSED: f64 = 250.0;
        let family = folded(family);
        let same = self.member.iter().filter(|member| folded(&member.family) == family).count();
        let (same, all) =
            (u32::try_from(same).unwrap_or(u32::MAX), u32::try_from(self.member.len()).unwrap_or(u32::MAX));
        // The member is one of them.
        let share = (f64::from(same.saturating_sub(1)) + 0.5) / (f64::from(all) + SUPPOSED);
        let nats = (0.3 / share).ln().clamp(0.0, 6.6);
        #[allow(clippy::cast_possible_truncation, reason = "between 0 and 66")]
        {
            (nats * 10.0).round() as i64
        }
    }

    /// Whether a person is on the staff of a place, by family name and birth date.
    #[must_use]
    pub fn works_at(&self, subject: &Subject, place: &str) -> bool {
        !subject.born.is_empty()
            && !place.is_empty()
            && self.member.iter().any(|other| {
                other.place == place
                    && other.born == subject.born
                    && subject.families.iter().any(|family| folded(family) == folded(&other.family))
            })
    }
}

impl Member {
    fn is_at(&self, subject: &Subject) -> bool {
        let own = (folded(&self.street), folded(&self.postal_code));
        !own.0.is_empty()
            && !own.1.is_empty()
            && subject.addresses.iter().any(|(street, code)| (folded(street), folded(code)) == own)
    }

    fn shares_name(&self, subject: &Subject) -> bool {
        let own = folded(&self.family);
        !own.is_empty() && subject.families.iter().any(|family| folded(family) == own)
    }

    fn is_on_shift(&self, at: Instant) -> bool {
        let Ok(utc) = jiff::Timestamp::from_microsecond(at.0) else { return true };
        let Ok(local) = utc.in_tz("America/Halifax") else { return true };
        let (today, now) = (
            local.weekday().to_monday_one_offset(),
            i64::from(local.hour()) * 60 + i64::from(local.minute()),
        );
        let before = if today == 1 { 7 } else { today - 1 };
        let on = |day: i8, shift: &Shift| shift.days.iter().any(|of| i8::try_from(*of) == Ok(day));
        self.shifts.is_empty()
            || self.shifts.iter().any(|shift| {
                let (Some(from), Some(to)) = (minute(&shift.from), minute(&shift.to)) else { return true };
                if from < to {
                    on(today, shift) && (from..to).contains(&now)
                } else {
                    (on(today, shift) && now >= from) || (on(before, shift) && now < to)
                }
            })
    }
}

/// The signs of one look, each with its weight.
#[must_use]
pub fn signs(staff: &Staff, member: &Member, subject: &Subject, tie: Tie, at: Instant) -> Vec<(Sign, i64)> {
    let mut found = Vec::new();
    let mut sign = |sign: Sign| found.push((sign, sign.weight()));
    let day: String = crate::cover::day(at);
    if !member.ended.is_empty() && day > member.ended {
        sign(Sign::Ended);
    }
    let same_name = member.shares_name(subject);
    if same_name && !member.born.is_empty() && member.born == subject.born {
        sign(Sign::Own);
        return found;
    }
    if subject.made_up {
        sign(Sign::MadeUp);
    }
    if tie == Tie::OnFile {
        return found;
    }
    if subject.watched {
        sign(Sign::Watched);
    }
    if member.is_at(subject) {
        sign(Sign::Address);
    }
    if staff.works_at(subject, &member.place) {
        sign(Sign::CoWorker);
    }
    if !member.is_on_shift(at) {
        sign(Sign::OffShift);
    }
    if tie == Tie::None {
        sign(Sign::NoReason);
    }
    if same_name {
        found.push((Sign::Surname, staff.surname_weight(&member.family)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAFF: &str = r#"
        [[member]]
        id = "brook"
        family = "Brôok"
        born = "1980-02-03"
        street = "12 Shore Rd"
        postal_code = "B3H 1A1"
        place = "harbour"
        ended = "2026-11-20"
        shifts = [{ days = [1, 2, 3, 4, 5], from = "22:00", to = "06:00" }]
        [[member]]
        id = "wren"
        family = "Wren"
        born = "1990-01-01"
        place = "harbour"
    "#;

    fn at(text: &str) -> Instant {
        Instant(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    fn found(subject: &Subject, tie: Tie, when: &str) -> Vec<Sign> {
        let staff = Staff::from_toml(STAFF).unwrap();
        signs(&staff, staff.member("brook").unwrap(), subject, tie, at(when))
            .into_iter()
            .map(|(sign, _)| sign)
            .collect()
    }

    #[test]
    fn x18_each_sign_is_seen_and_a_relation_explains_what_it_can() {
        // Monday 23:30 in Halifax, on shift.
        let on = "2026-11-17T03:30:00Z";
        let nobody =
            Subject { families: vec!["Marsh".into()], born: "1970-01-01".into(), ..Subject::default() };
        assert_eq!(found(&nobody, Tie::Stated, on), []);
        assert_eq!(found(&nobody, Tie::None, on), [Sign::NoReason]);
        assert_eq!(found(&nobody, Tie::Stated, "2026-11-17T16:00:00Z"), [Sign::OffShift]);
        assert_eq!(found(&nobody, Tie::OnFile, "2026-11-17T16:00:00Z"), []);
        // Saturday 05:00 still belongs to Friday's shift; Sunday 05:00 to none.
        assert_eq!(found(&nobody, Tie::Stated, "2026-11-14T09:00:00Z"), []);
        assert_eq!(found(&nobody, Tie::Stated, "2026-11-15T09:00:00Z"), [Sign::OffShift]);
        let kin = Subject { families: vec!["BROOK".into()], born: "2011-01-01".into(), ..Subject::default() };
        assert_eq!(found(&kin, Tie::Stated, on), [Sign::Surname]);
        let own = Subject { families: vec!["Brook".into()], born: "1980-02-03".into(), ..Subject::default() };
        assert_eq!(found(&own, Tie::OnFile, on), [Sign::Own]);
        let near = Subject { addresses: vec![("12 shore rd.".into(), "b3h1a1".into())], ..nobody.clone() };
        assert_eq!(found(&near, Tie::Stated, on), [Sign::Address]);
        let colleague =
            Subject { families: vec!["Wren".into()], born: "1990-01-01".into(), ..Subject::default() };
        assert_eq!(found(&colleague, Tie::Stated, on), [Sign::CoWorker]);
        assert_eq!(found(&Subject { watched: true, ..nobody.clone() }, Tie::Stated, on), [Sign::Watched]);
        assert_eq!(found(&Subject { made_up: true, ..nobody.clone() }, Tie::OnFile, on), [Sign::MadeUp]);
        assert_eq!(found(&nobody, Tie::OnFile, "2026-11-24T03:30:00Z"), [Sign::Ended], "whatever ties them");
    }

    #[test]
    fn a_staff_file_that_cannot_be_right_is_refused() {
        for wrong in [
            "[[member]]\nid = \"a\"\nended = \"soon\"",
            "[[member]]\nfamily = \"B\"",
            "[[member]]\nid = \"a\"\nnick = \"b\"",
        ] {
            assert!(Staff::from_toml(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rare_name_weighs_more_than_a_common_one() {
        let mut staff = Staff::default();
        for n in 0..1_000 {
            let family = if n < 40 { "MacDonald".to_owned() } else { format!("Name{n}") };
            staff.member.push(Member { id: n.to_string(), family, ..Member::default() });
        }
        assert!(staff.surname_weight("MACDONALD") < 25);
        assert!(staff.surname_weight("Name77") > 60);
    }
}
