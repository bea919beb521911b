//! What a mapper needs beside the message: the sender's agreements, and a place for oddities.

use crate::intake::Sender;
use crate::intake::future::AHEAD_MINUTES;
use crate::words::Words;
use fhir::{Instant, time::interval};
use hl7v2::Message;
use hl7v2::time::{Hl7Time, TimeOfDay};
use jiff::civil;
use jiff::tz::TimeZone;
use std::cell::RefCell;

/// Most problems told of one message; more say nothing new to the feed's owner.
const MOST_PROBLEMS: usize = 100;

/// One message being interpreted.
pub(crate) struct Scope<'s> {
    /// Who sent it.
    pub(crate) sender: &'s Sender,
    message: &'s Message,
    zone: Option<TimeZone>,
    problems: RefCell<Vec<Words>>,
    /// Times read last, as sent and as written: each result of a report repeats that of its report.
    times: RefCell<Vec<(String, String)>>,
}

/// Times remembered of one message.
const REMEMBERED_TIMES: usize = 8;

impl<'s> Scope<'s> {
    /// For a message of `sender`. A time zone that the tables do not know is a problem of its own.
    pub(crate) fn new(sender: &'s Sender, message: &'s Message) -> Self {
        let zone = TimeZone::get(&sender.time_zone).ok();
        let scope = Self { sender, message, zone, problems: RefCell::default(), times: RefCell::default() };
        if scope.zone.is_none() {
            scope.note(
                &format!("The time zone \"{}\" of this link is not known", sender.time_zone),
                "times without a zone were read as UTC",
                &format!("Le fuseau horaire « {} » de ce lien n'est pas connu", sender.time_zone),
                "les heures sans fuseau ont été lues en UTC",
            );
        }
        scope
    }

    /// Remembers an oddity: what, and what was done about it.
    pub(crate) fn note(&self, what_en: &str, done_en: &str, what_fr: &str, done_fr: &str) {
        let words = Words::new(format!("{what_en}: {done_en}."), format!("{what_fr} : {done_fr}."));
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS && !problems.contains(&words) {
            problems.push(words);
        }
    }

    /// Remembers an oddity that is already in words.
    pub(crate) fn tell(&self, words: Words) {
        self.problems.borrow_mut().push(words);
    }

    /// The oddities so far.
    pub(crate) fn into_problems(self) -> Vec<Words> {
        self.problems.into_inner()
    }

    /// FHIR dateTime of an HL7 time at its own precision; empty when there is none or it cannot be read.
    pub(crate) fn date_time(&self, text: &str) -> String {
        if let Some((_, written)) = self.times.borrow().iter().find(|(sent, _)| sent == text) {
            return written.clone();
        }
        let Some(time) = self.read(text) else { return String::new() };
        let written = time.to_fhir_datetime(self.offset(&time));
        let mut times = self.times.borrow_mut();
        if times.len() < REMEMBERED_TIMES {
            times.push((text.to_owned(), written.clone()));
        }
        written
    }

    /// FHIR date of an HL7 time; empty when there is none or it cannot be read.
    pub(crate) fn date(&self, text: &str) -> String {
        self.read(text).map(|time| time.to_fhir_date()).unwrap_or_default()
    }

    /// FHIR instant: only of a time with hours; empty otherwise.
    pub(crate) fn fhir_instant(&self, text: &str) -> String {
        self.read(text).and_then(|time| time.to_fhir_instant(self.offset(&time))).unwrap_or_default()
    }

    /// FHIR time of a TM; empty when it cannot be read.
    pub(crate) fn time_of_day(text: &str) -> String {
        TimeOfDay::parse(text).map(|(time, _)| time.to_fhir_time()).unwrap_or_default()
    }

    /// The moment; of a shorter precision its beginning.
    pub(crate) fn instant(&self, text: &str) -> Option<Instant> {
        let written = self.date_time(text);
        interval(&written).map(|(from, _)| from)
    }

    /// The moment that counts against other versions: not later than a day after we received it, so that one wrong
    /// clock cannot make every later change lose. What is filed keeps the time as sent.
    pub(crate) fn believed(&self, said: Instant) -> Instant {
        said.min(self.sender.received.plus_minutes(AHEAD_MINUTES))
    }

    /// [`Scope::believed`] of field `place`; when it is not believed, the feed's owner is told.
    pub(crate) fn believed_of(&self, place: &str, text: &str) -> Option<Instant> {
        let said = self.instant(text)?;
        let believed = self.believed(said);
        if believed != said {
            self.note(
                &format!("{place} ({text}) is in the future"),
                "it counts as a day after it was received; set the sender's clock",
                &format!("{place} ({text}) est dans l'avenir"),
                "il compte comme un jour après sa réception ; réglez l'horloge de l'expéditeur",
            );
        }
        Some(believed)
    }

    fn read(&self, text: &str) -> Option<Hl7Time> {
        if text.is_empty() || text.bytes().all(|byte| byte == b'0') {
            return None;
        }
        match Hl7Time::parse(text) {
            Ok(time) => Some(time),
            Err(error) => {
                let place = self.place_of(text);
                self.note(
                    &format!("{place} {error}"),
                    "it was left out",
                    &format!("{place} « {text} » n'est pas une date HL7"),
                    "elle a été laissée de côté",
                );
                None
            }
        }
    }

    /// The first field that holds exactly `text`, such as `PID-7`: looked for only when something is wrong with it.
    fn place_of(&self, text: &str) -> String {
        let mut found = String::new();
        if self.problems.borrow().len() >= MOST_PROBLEMS {
            return found;
        }
        self.message.for_each_leaf(|place, leaf| {
            if found.is_empty() && leaf.text().trim() == text {
                found = format!("{}-{}", self.message.segment(place.segment).name(), place.field);
            }
        });
        found
    }

    /// Minutes east of UTC at that local time by the sender's zone; the earlier one when a clock hour repeats.
    fn offset(&self, time: &Hl7Time) -> Option<i32> {
        if time.offset_minutes.is_some() {
            return None;
        }
        let day = time.time.as_ref()?;
        let Some(zone) = &self.zone else { return Some(0) };
        let small = |n: u8| i8::try_from(n).ok();
        let local = civil::DateTime::new(
            i16::try_from(time.year).ok()?,
            small(time.month?)?,
            small(time.day?)?,
            small(day.hour)?,
            small(day.minute.unwrap_or(0))?,
            small(day.second.unwrap_or(0).min(59))?,
            0,
        )
        .ok()?;
        let moment = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(zone.to_offset(moment).seconds() / 60)
    }
}
