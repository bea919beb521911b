//! The plan of a year: who practises where, whose system answers when, what each feed brings, and what goes wrong.

use super::chance::fraction;
use clinical::cover::local;
use clinical::directory::{Directory, Hours};
use clinical::silence::{ClinicHours, is_holiday};
use fhir::Instant;
use province::rng::Rng;
use std::fmt::Write as _;

/// Monday 2026-01-05 00:00 in Halifax.
pub(crate) const START: Instant = Instant(1_767_585_600_000_000);
pub(crate) const DAY: i64 = 24 * 60;

/// Times in minutes since the start; the end is not included.
pub(crate) type Span = (i64, i64);

pub(crate) fn at(minute: i64) -> Instant {
    START.plus_minutes(minute)
}

pub(crate) fn day_of(minute: i64) -> String {
    local(at(minute)).map(|wall| wall.date().to_string()).unwrap_or_default()
}

/// A sender: moments a minute by day and by night, messages a moment, and when it is down.
pub(crate) struct Feed {
    pub(crate) day: f64,
    pub(crate) night: f64,
    pub(crate) clump: i64,
    /// A hospital's: its stop must be found in ten minutes.
    pub(crate) hospital: bool,
    /// Stops that must be found.
    pub(crate) stops: Vec<Span>,
    /// Restarts that must not.
    pub(crate) restarts: Vec<Span>,
}

/// A clinic and its system.
pub(crate) struct Clinic {
    pub(crate) id: String,
    pub(crate) hours: Hours,
    /// Whether the directory knows the hours; else they are learned.
    pub(crate) stated: bool,
    pub(crate) reports_opening: bool,
    /// Nothing is answered: must be found.
    pub(crate) silent: Vec<Span>,
    /// Short breaks: must not.
    pub(crate) breaks: Vec<Span>,
    /// Its address in the directory is wrong.
    pub(crate) wrong: Vec<Span>,
}

impl Clinic {
    /// Whether somebody is there: its hours, holidays apart.
    pub(crate) fn is_open(&self, minute: i64) -> bool {
        let holiday = local(at(minute)).is_some_and(|wall| is_holiday(wall.date()));
        !holiday && ClinicHours::Stated(&self.hours).is_open(at(minute))
    }
}

/// A provider: places with days (in days since the start), leave in days.
pub(crate) struct Provider {
    pub(crate) number: String,
    pub(crate) places: Vec<(usize, i64, Option<i64>)>,
    pub(crate) leave: Vec<(i64, i64)>,
}

/// Everything that was planned.
pub(crate) struct World {
    pub(crate) feeds: Vec<Feed>,
    pub(crate) clinics: Vec<Clinic>,
    pub(crate) providers: Vec<Provider>,
    pub(crate) directory: Directory,
    /// How much comes on each day, as a factor.
    pub(crate) volume: Vec<f64>,
    pub(crate) moves: usize,
    pub(crate) retired: usize,
}

/// Weeks in which hours are learned and nothing that must be found is planned.
pub(crate) const LEARNING_DAYS: i64 = 21;

impl World {
    pub(crate) fn plan(seed: u64, providers: usize, days: i64) -> Self {
        let mut rng = Rng::keyed(seed, &[1]);
        let clinics: Vec<Clinic> = (0..(providers * 2 / 9).max(2)).map(|n| clinic(seed, n, days)).collect();
        let (mut moves, mut retired) = (0, 0);
        let people: Vec<Provider> = (0..providers)
            .map(|n| {
                let first = n % clinics.len();
                let mut places = vec![(first, 0, None)];
                let mut leave = Vec::new();
                let later = |rng: &mut Rng| rng.between(days / 6, days * 5 / 6).max(1);
                match rng.below(20) {
                    0 => {
                        let (day, to) = (later(&mut rng), rng.below(clinics.len()));
                        if to != first {
                            places = vec![(first, 0, Some(day)), (to, day + 1, None)];
                            moves += 1;
                        }
                    }
                    1 => {
                        places = vec![(first, 0, Some(later(&mut rng)))];
                        retired += 1;
                    }
                    _ => {}
                }
                for _ in 0..rng.between(2, 4) {
                    let from = rng.between(0, days);
                    leave.push((from, from + rng.between(3, 18)));
                }
                Provider { number: format!("{:06}", 100_000 + n), places, leave }
            })
            .collect();
        let directory = directory(&clinics, &people);
        let volume = (0..days + 1)
            .map(|day| {
                let wall = local(at(day * DAY + DAY / 2));
                let holiday = wall.is_some_and(|wall| is_holiday(wall.date()));
                let snow = wall.is_some_and(|wall| matches!(wall.month(), 1..=3)) && rng.chance(40);
                let usual = 0.8 + 0.4 * fraction(&mut rng);
                usual * if holiday { 0.45 } else { 1.0 } * if snow { 0.5 } else { 1.0 }
            })
            .collect();
        Self { feeds: feeds(seed, days), clinics, providers: people, directory, volume, moves, retired }
    }
}

fn feeds(seed: u64, days: i64) -> Vec<Feed> {
    // Moments a minute by day and by night: two hospitals, a laboratory, imaging.
    let shapes: [(f64, f64, bool); 4] =
        [(9.0, 3.0, true), (6.0, 2.2, true), (5.0, 1.8, true), (1.2, 0.15, false)];
    shapes
        .into_iter()
        .enumerate()
        .map(|(n, (day, night, hospital))| {
            let mut rng = Rng::keyed(seed, &[2, n as u64]);
            let judged = (days - LEARNING_DAYS - 2).max(1) * DAY;
            let stop = |rng: &mut Rng, number: i64| {
                let slot = judged / (days / 24).max(1);
                let from = LEARNING_DAYS * DAY + number * slot + rng.between(0, slot - 400);
                (from, from + rng.between(60, 300))
            };
            let stops: Vec<Span> = (0..(days / 24).max(1)).map(|number| stop(&mut rng, number)).collect();
            let restarts = (0..days / 7)
                .map(|week| {
                    let from = week * 7 * DAY + rng.between(0, 7 * DAY - 10);
                    (from, from + rng.between(1, 4))
                })
                .filter(|(from, to)| stops.iter().all(|stop| *to + 30 < stop.0 || *from > stop.1 + 30))
                .collect();
            Feed { day, night, clump: 3, hospital, stops, restarts }
        })
        .collect()
}

fn clinic(seed: u64, n: usize, days: i64) -> Clinic {
    let mut rng = Rng::keyed(seed, &[3, n as u64]);
    // Hours that are learned have no Saturday: what comes then is too little to learn it from.
    let stated = n % 3 != 2;
    let texts = ["Mo-Fr 08:00-16:30", "Mo-Fr 08:30-17:00", "Mo-Fr 09:00-17:00; Sa 09:00-12:00"];
    let text = texts[rng.below(if stated { 3 } else { 2 })];
    let mut silent = Vec::new();
    let mut breaks = Vec::new();
    let mut wrong = Vec::new();
    for day in 0..days {
        let open = |hour: i64| day * DAY + hour * 60;
        if rng.chance(3) && day > LEARNING_DAYS && day + 2 < days {
            // From a moment of the day on, or from the night before.
            let from = if rng.chance(250) { open(2) } else { open(9) + rng.between(0, 300) };
            silent.push((from, from + rng.between(120, 700)));
        } else if rng.chance(140) {
            let from = open(8) + rng.between(0, 480);
            breaks.push((from, from + rng.between(2, 20)));
        } else if rng.in_ten_thousand(4) && day > LEARNING_DAYS {
            wrong.push((open(8), open(8) + rng.between(60, 3000)));
        }
        breaks.push((open(2) + rng.between(0, 60), open(4)));
    }
    // Weekends of a silent system are not breaks of their own.
    Clinic {
        id: format!("clinic-{n}"),
        hours: text.parse().unwrap_or_default(),
        stated,
        reports_opening: n.is_multiple_of(2),
        silent,
        breaks,
        wrong,
    }
}

fn directory(clinics: &[Clinic], providers: &[Provider]) -> Directory {
    let mut out = String::new();
    for (n, clinic) in clinics.iter().enumerate() {
        let _ = write!(
            out,
            "[[place]]\nid = \"{0}\"\nname = \"Clinic {n}\"\nkind = \"clinic\"\n\
             [[endpoint]]\nid = \"{0}-emr\"\nplace = \"{0}\"\nkind = \"mllp\"\naddress = \"127.0.0.1:{1}\"\nreports_opening = {2}\n",
            clinic.id,
            4000 + n,
            clinic.reports_opening
        );
    }
    for (n, provider) in providers.iter().enumerate() {
        let _ = write!(
            out,
            "[[practitioner]]\nid = \"p-{n}\"\nfamily = \"Provider{n}\"\ngiven = \"Kim\"\nnumbers = [ {{ authority = \"NSMD\", value = \"{}\" }} ]\n",
            provider.number
        );
        for (clinic, from, to) in &provider.places {
            let _ = write!(
                out,
                "[[role]]\npractitioner = \"p-{n}\"\nplace = \"clinic-{clinic}\"\nrole = \"family-physician\"\nendpoint = \"clinic-{clinic}-emr\"\nprimary = true\nfrom = \"{}\"\n",
                day_of(from * DAY + DAY / 2)
            );
            if let Some(to) = to {
                let _ = writeln!(out, "to = \"{}\"", day_of(to * DAY + DAY / 2));
            }
        }
    }
    // What the plan writes is readable, or the year is worth nothing: without a directory nothing would be routed.
    Directory::from_toml(&out).unwrap_or_default()
}

/// Whether a minute is in one of the spans.
pub(crate) fn within(spans: &[Span], minute: i64) -> Option<Span> {
    spans.iter().copied().find(|(from, to)| (*from..*to).contains(&minute))
}
