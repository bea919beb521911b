//! The year, minute by minute: feeds and results come, clinics answer or not, the product's rules find who is silent.

use super::chance::poisson;
use super::ledger::{Counts, Ledger, answers};
use super::world::{DAY, LEARNING_DAYS, Span, World, at, within};
use clinical::cover::{Cover, local};
use clinical::silence::{
    ClinicHours, FeedFinding, HourSeen, Profile, ReceiverFinding, ReceiverSeen, feed, receiver,
};
use province::rng::Rng;

/// What a year showed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) days: i64,
    pub(crate) providers: usize,
    pub(crate) clinics: usize,
    pub(crate) moves: usize,
    pub(crate) retired: usize,
    pub(crate) messages: u64,
    pub(crate) counts: Counts,
    /// Minutes from each stop of a hospital's feed until it was found.
    pub(crate) hospital_stops: Vec<i64>,
    /// The same for the slow feed, with what it took.
    pub(crate) slow_stops: Vec<i64>,
    pub(crate) stops_missed: usize,
    /// Minutes of clinic time from each silence of a receiver until it was found.
    pub(crate) silences: Vec<i64>,
    pub(crate) silences_missed: usize,
    pub(crate) false_feeds: u64,
    pub(crate) false_receivers: u64,
    pub(crate) probes: u64,
}

impl Report {
    /// Alarms a day that nothing planned explains.
    pub(crate) fn false_a_day(&self) -> f64 {
        let days = (self.days - LEARNING_DAYS).max(1);
        (self.false_feeds + self.false_receivers) as f64 / days as f64
    }
}

struct Stream {
    hours: Vec<HourSeen>,
    profile: Profile,
    heard: i64,
    alarm: bool,
}

impl Stream {
    fn new() -> Self {
        Self { hours: Vec::new(), profile: Profile::learn(&[], i64::MAX, at(0)), heard: 0, alarm: false }
    }
    fn came(&mut self, minute: i64, n: u64) {
        let hour = at(minute).0.div_euclid(3_600_000_000);
        match self.hours.last_mut().filter(|seen| seen.hour == hour) {
            Some(seen) => (seen.n, seen.busy) = (seen.n + n, seen.busy + 1),
            None => self.hours.push(HourSeen { hour, n, busy: 1 }),
        }
        self.heard = minute;
    }
    fn learn(&mut self, minute: i64) {
        let now = at(minute);
        let keep = now.0.div_euclid(3_600_000_000) - 9 * 168;
        self.hours.retain(|seen| seen.hour >= keep);
        let first = at(0).0.div_euclid(3_600_000_000);
        self.profile = Profile::learn(&self.hours, first, now);
    }
}

/// Results for a provider in a minute: weekdays by day mostly.
fn results_a_minute(minute: i64) -> f64 {
    let Some(wall) = local(at(minute)) else { return 0.0 };
    let weekend = wall.date().weekday().to_monday_zero_offset() > 4;
    match (weekend, wall.hour()) {
        (false, 7..=17) => 0.032,
        (false, 18..=22) => 0.012,
        (true, 8..=16) => 0.006,
        _ => 0.0015,
    }
}

fn by_day(minute: i64) -> f64 {
    let Some(wall) = local(at(minute)) else { return 0.0 };
    let weekend = wall.date().weekday().to_monday_zero_offset() > 4;
    match wall.hour() {
        7..=18 if weekend => 0.5,
        7..=18 => 1.0,
        19..=22 => 0.4,
        _ => 0.0,
    }
}

/// Live through `days` days.
pub(crate) fn year(seed: u64, providers: usize, days: i64) -> Report {
    let world = World::plan(seed, providers, days);
    let cover = Cover::from_toml(&province::rota::cover()).unwrap_or_default();
    let mut ledger = Ledger::new(&world, &cover, seed);
    let mut rng = Rng::keyed(seed, &[5]);
    let mut feeds: Vec<Stream> = world.feeds.iter().map(|_| Stream::new()).collect();
    let mut clinics: Vec<Stream> = world.clinics.iter().map(|_| Stream::new()).collect();
    let mut probes: Vec<Option<i64>> = vec![None; world.clinics.len()];
    let mut report = Report {
        days,
        providers,
        clinics: world.clinics.len(),
        moves: world.moves,
        retired: world.retired,
        ..Report::default()
    };
    let mut found_stops: Vec<Vec<Span>> = vec![Vec::new(); world.feeds.len()];
    let mut found_silences: Vec<Vec<Span>> = vec![Vec::new(); world.clinics.len()];
    let (mut rate, mut share) = (0.0, 0.0);
    for minute in 0..days * DAY {
        let volume = world.volume[usize::try_from(minute / DAY).unwrap_or_default()];
        if minute % 60 == 0 {
            (rate, share) = (results_a_minute(minute), by_day(minute));
        }
        for (n, plan) in world.feeds.iter().enumerate() {
            let down = within(&plan.stops, minute).or(within(&plan.restarts, minute)).is_some();
            let mean = (plan.night + (plan.day - plan.night) * share) * volume;
            let moments = if down { 0 } else { poisson(&mut rng, mean) };
            let messages: i64 = (0..moments).map(|_| rng.between(1, plan.clump)).sum();
            if messages > 0 {
                report.messages += messages.unsigned_abs();
                feeds[n].came(minute, messages.unsigned_abs());
            }
        }
        // Results come by the feeds; while one stops, so do its results.
        let flowing = world.feeds.iter().filter(|plan| within(&plan.stops, minute).is_none()).count();
        let mean = rate * volume * providers as f64 * flowing as f64 / world.feeds.len() as f64;
        for _ in 0..poisson(&mut rng, mean) {
            let provider = rng.below(providers);
            ledger.result(provider, minute);
        }
        for (n, probe) in probes.iter_mut().enumerate() {
            if probe.is_some() && answers(&world.clinics[n], minute) {
                *probe = None;
                ledger.heard[n] = Some(minute);
            }
        }
        ledger.minute(minute);
        for (n, stream) in clinics.iter_mut().enumerate() {
            let made = std::mem::take(&mut ledger.made_for[n]);
            if made > 0 {
                stream.came(minute, made);
            }
        }
        if minute % DAY == 0 {
            feeds.iter_mut().chain(&mut clinics).for_each(|stream| stream.learn(minute));
        }
        for (n, stream) in feeds.iter_mut().enumerate() {
            let silent = feed(&stream.profile, at(stream.heard), at(minute)) != FeedFinding::Flowing;
            if silent && !stream.alarm {
                match within(&world.feeds[n].stops, minute) {
                    Some(stop) => {
                        found_stops[n].push(stop);
                        let list = if world.feeds[n].hospital {
                            &mut report.hospital_stops
                        } else {
                            &mut report.slow_stops
                        };
                        list.push(minute - stop.0);
                    }
                    None => report.false_feeds += 1,
                }
            }
            stream.alarm = silent;
        }
        for (n, stream) in clinics.iter_mut().enumerate() {
            let plan = &world.clinics[n];
            let hours = if plan.stated {
                ClinicHours::Stated(&plan.hours)
            } else if stream.profile.is_known() {
                ClinicHours::Learned(&stream.profile)
            } else {
                ClinicHours::Usual
            };
            let waiting = ledger.waiting[n].first().map(|(made, _)| *made);
            let waiting = match (waiting, probes[n]) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            let seen = ReceiverSeen { waiting_since: waiting.map(at), acknowledged: ledger.heard[n].map(at) };
            match receiver(hours, seen, at(minute)) {
                ReceiverFinding::Ask => {
                    if probes[n].is_none() {
                        report.probes += 1;
                        probes[n] = Some(minute);
                    }
                    stream.alarm = false;
                }
                ReceiverFinding::Answering => stream.alarm = false,
                ReceiverFinding::Silent { .. } => {
                    let planned = within(&plan.silent, minute).or_else(|| within(&plan.wrong, minute));
                    match planned {
                        Some(span) if !found_silences[n].contains(&span) => {
                            found_silences[n].push(span);
                            let minutes = (span.0..minute).filter(|m| plan.is_open(*m)).count();
                            report.silences.push(i64::try_from(minutes).unwrap_or(i64::MAX));
                        }
                        None if !stream.alarm
                            && !just_ended(plan.silent.iter().chain(&plan.wrong), minute) =>
                        {
                            report.false_receivers += 1;
                        }
                        _ => {}
                    }
                    stream.alarm = true;
                }
            }
        }
    }
    for (n, plan) in world.feeds.iter().enumerate() {
        let over = plan.stops.iter().filter(|stop| stop.1 < days * DAY && plan.hospital);
        report.stops_missed += over.filter(|stop| !found_stops[n].contains(stop)).count();
    }
    for (n, plan) in world.clinics.iter().enumerate() {
        // Missed is what lasted an hour of clinic time and was not found.
        let long = |span: &&Span| (span.0..span.1.min(days * DAY)).filter(|m| plan.is_open(*m)).count() >= 60;
        let lasting = plan.silent.iter().chain(&plan.wrong).filter(long);
        report.silences_missed += lasting.filter(|span| !found_silences[n].contains(span)).count();
    }
    report.counts = ledger.counts.clone();
    report
}

/// What a silence left behind is still being cleared.
fn just_ended<'a>(mut spans: impl Iterator<Item = &'a Span>, minute: i64) -> bool {
    spans.any(|(_, to)| (*to..*to + 30).contains(&minute))
}

/// The figures as a table.
pub(crate) fn table(report: &Report) -> String {
    let most = |list: &[i64]| list.iter().max().copied().unwrap_or_default();
    let counts = &report.counts;
    let median = |list: &[i64]| {
        let mut sorted = list.to_vec();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    };
    let rows = [
        ("days, of which the first 21 are learned from", report.days.to_string()),
        ("providers, clinics", format!("{}, {}", report.providers, report.clinics)),
        ("moves, retirements", format!("{}, {}", report.moves, report.retired)),
        ("messages by the feeds", report.messages.to_string()),
        ("results", counts.results.to_string()),
        ("obligations made", counts.made.to_string()),
        ("deliveries acknowledged", counts.acknowledged.to_string()),
        ("delivered or routed another way", counts.other_way.to_string()),
        ("opened or read back", counts.opened.to_string()),
        ("without a route at first", counts.unroutable.to_string()),
        ("handed on from those who left", counts.handed_over.to_string()),
        ("passed on by the clock", counts.escalated.to_string()),
        ("most open at once", counts.most_open.to_string()),
        (
            "critical results; longest until opened, min",
            format!("{}; {}", counts.critical, counts.critical_longest),
        ),
        ("item-minutes without a current owner", counts.without_owner.to_string()),
        ("largest difference of the books", counts.difference.to_string()),
        (
            "hospital feeds stopped: found, missed",
            format!("{}, {}", report.hospital_stops.len(), report.stops_missed),
        ),
        (
            "  until found, min: median, longest",
            format!("{}, {}", median(&report.hospital_stops), most(&report.hospital_stops)),
        ),
        (
            "slow feed stopped: found; median, longest, min",
            format!(
                "{}; {}, {}",
                report.slow_stops.len(),
                median(&report.slow_stops),
                most(&report.slow_stops)
            ),
        ),
        ("receivers silent: found, missed", format!("{}, {}", report.silences.len(), report.silences_missed)),
        (
            "  until found, min of clinic time: median, longest",
            format!("{}, {}", median(&report.silences), most(&report.silences)),
        ),
        ("test results sent to the quiet", report.probes.to_string()),
        ("false alarms: feeds, receivers", format!("{}, {}", report.false_feeds, report.false_receivers)),
        ("false alarms a day", format!("{:.2}", report.false_a_day())),
    ];
    rows.iter().map(|(name, value)| format!("{name:<52}{value:>16}\n")).collect()
}
