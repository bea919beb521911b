//! Who has gone quiet: flows are counted once a minute from the journal and the obligations, judged, and made incidents.

use crate::incidents::{Found, Sort};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::cover::local;
use clinical::directory::{Endpoint, EndpointKind, EndpointState};
use clinical::silence::{
    ClinicHours, FeedFinding, HourSeen, Profile, ReceiverFinding, ReceiverSeen, WEEKS_LEARNED, feed, receiver,
};
use clinical::words::Words;
use fhir::Instant;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{Changes, FlowCount, View, WatchChange};

/// How long what was learned is used before it is learned again, in minutes.
const LEARNED_FOR_MINUTES: i64 = 6 * 60;
/// A round that comes later than this after the one before has not listened meanwhile, in minutes.
const DEAF_AFTER_MINUTES: i64 = 5;
/// What is written now may be settled a little later: flows to receivers are counted up to this many seconds ago.
const SETTLING_SECONDS: i64 = 20;
/// Messages of a feed whose types are told apart in one round; beyond it (the first round after a long pause) the feed
/// alone is counted.
const TYPED_AT_ONCE: i64 = 200_000;
/// Types of one feed that are learned and judged by their own name.
const TYPES_PER_FEED: usize = 32;
/// How far back acknowledgements of a receiver are looked for, in minutes.
const HEARD_WITHIN_MINUTES: i64 = 24 * 60;
const HOUR_US: i64 = 3_600_000_000;
const WEEK_HOURS: i64 = 168;

/// What the rounds remember between them; all of it can be had again from the tables.
#[derive(Debug, Default)]
pub(crate) struct Ears {
    profiles: HashMap<String, (Instant, Profile)>,
    /// Since when we have listened without a break.
    since: Option<Instant>,
    last: Option<Instant>,
    /// When deliveries to an endpoint were last seen paused by hand: nothing was offered to it until then.
    paused: HashMap<String, Instant>,
}

impl Ears {
    /// Since when we have listened, this round included.
    fn listen(&mut self, now: Instant) -> Instant {
        let deaf = self.last.is_none_or(|last| now.seconds_since(last) > DEAF_AFTER_MINUTES * 60);
        self.last = Some(now);
        if deaf {
            self.since = Some(now);
        }
        *self.since.get_or_insert(now)
    }

    fn profile(&mut self, view: &View, stream: &str, now: Instant) -> Result<&Profile, Refusal> {
        let stale = self
            .profiles
            .get(stream)
            .is_none_or(|(learned, _)| now.seconds_since(*learned) > LEARNED_FOR_MINUTES * 60);
        if stale {
            let since = now.0.div_euclid(HOUR_US) - WEEKS_LEARNED * WEEK_HOURS;
            let hours: Vec<HourSeen> = view
                .flow(stream, since)?
                .into_iter()
                .map(|(hour, n, busy)| HourSeen { hour, n, busy })
                .collect();
            let first = hours.first().map_or(i64::MAX, |seen| seen.hour);
            self.profiles.insert(stream.to_owned(), (now, Profile::learn(&hours, first, now)));
        }
        let (_, profile) = self.profiles.get(stream).ok_or_else(Refusal::not_found)?;
        Ok(profile)
    }
}

/// The stream of a feed.
fn of_feed(name: &str) -> String {
    format!("feed:{name}")
}
/// The stream of one type of message of a feed.
fn of_type(name: &str, message_type: &str) -> String {
    format!("feed:{name}|{message_type}")
}
/// What came of a feed by stream of type. MSH-9 is the sender's own word: one who invents types gets [`TYPES_PER_FEED`]
/// streams and another for the rest.
fn told_apart(
    name: &str,
    came: Vec<(String, u64, Instant)>,
    known: &HashSet<&str>,
) -> BTreeMap<String, (u64, Instant)> {
    let mut places = TYPES_PER_FEED.saturating_sub(known.len());
    let mut streams: BTreeMap<String, (u64, Instant)> = BTreeMap::new();
    for (message_type, n, heard) in came {
        let stream = of_type(name, &message_type);
        let is_long = message_type.chars().count() > store::TYPE_CHARS;
        let is_told = known.contains(stream.as_str()) || streams.contains_key(&stream);
        let stream = if is_long || (!is_told && places == 0) {
            of_type(name, store::OTHER_TYPE)
        } else {
            places -= usize::from(!is_told);
            stream
        };
        let sum = streams.entry(stream).or_insert((0, heard));
        *sum = (sum.0 + n, sum.1.max(heard));
    }
    streams
}

/// The stream of a receiver.
fn of_receiver(endpoint: &str) -> String {
    format!("to:{endpoint}")
}

impl Record {
    /// Count what came since the last round, judge who is silent, open and close the incidents, ask the quiet. Returns
    /// how many are silent.
    pub(crate) fn watch_flows(&self, ears: &mut Ears, now: Instant) -> Result<usize, Refusal> {
        self.count_flows(now)?;
        let view = self.store().view()?;
        let since = ears.listen(now);
        let (feeds, types) = silent_feeds(&view, ears, since, now)?;
        let directory = self.directory();
        let (mut silent, mut ask, mut starved) = (Vec::new(), Vec::new(), Vec::new());
        let heard: HashMap<String, Instant> =
            view.flow_marks()?.into_iter().map(|(stream, _, heard)| (stream, heard)).collect();
        for endpoint in directory.endpoints().filter(|endpoint| crate::canary::takes_one(endpoint)) {
            if self.is_paused(&endpoint.id)? {
                ears.paused.insert(endpoint.id.clone(), now);
            }
        }
        for endpoint in directory.endpoints().filter(|endpoint| answers(endpoint)) {
            let is_paused = ears.paused.get(&endpoint.id) == Some(&now);
            // What was not offered cannot have been answered.
            let offered = ears.paused.get(&endpoint.id).map_or(since, |at| since.max(*at));
            let profile = ears.profile(&view, &of_receiver(&endpoint.id), now)?;
            let hours = hours_of(endpoint, profile);
            let head = view.receiver_head(&endpoint.id, now.plus_minutes(-HEARD_WITHIN_MINUTES))?;
            let seen = ReceiverSeen {
                waiting_since: head.waiting_since.map(|at| at.max(offered)),
                acknowledged: head.acknowledged.map(|at| at.max(offered)),
            };
            match receiver(hours, seen, now) {
                _ if is_paused => {}
                ReceiverFinding::Silent { .. } => {
                    silent.push(unanswered(endpoint, head.waiting_since.unwrap_or(now)));
                }
                ReceiverFinding::Ask => ask.push(endpoint.id.clone()),
                ReceiverFinding::Answering => {}
            }
            if feeds.is_empty()
                && let Some(made) = heard.get(&of_receiver(&endpoint.id))
                && let FeedFinding::Silent { since, .. } = feed(profile, (*made).max(since), now)
            {
                let n = profile.expected_messages(since, now);
                starved.push(nothing_sent(endpoint, since, n));
            }
        }
        self.hold_incidents(&view, Sort::FeedSilent, &feeds, now)?;
        self.hold_incidents(&view, Sort::TypeSilent, &types, now)?;
        self.hold_incidents(&view, Sort::ReceiverSilent, &silent, now)?;
        self.hold_incidents(&view, Sort::ReceiverStarved, &starved, now)?;
        let quiet: HashSet<&str> = silent.iter().map(|found| found.subject.as_str()).collect();
        self.ask_the_quiet(&view, &ask, now)?;
        let paused = ears.paused.iter().filter(|(_, at)| **at == now).map(|(id, _)| id.as_str());
        let known: HashSet<&str> = quiet.iter().copied().chain(paused).collect();
        self.judge_canaries(&view, &known, now)?;
        self.doubt_lines(&view, &quiet, now)?;
        let clinics: Vec<&Endpoint> =
            directory.endpoints().filter(|endpoint| crate::canary::takes_one(endpoint)).collect();
        for endpoint in clinics {
            let is_paused = self.is_paused(&endpoint.id)?;
            let profile = ears.profile(&view, &of_receiver(&endpoint.id), now)?;
            // Without hours stated or learned nobody knows when a test result would disturb: the route's own test stands.
            let hours = hours_of(endpoint, profile);
            // A line on trial disturbs nobody yet, and waits for nothing else.
            let on_trial = endpoint.state == EndpointState::Trial;
            let is_asked = on_trial || (!matches!(hours, ClinicHours::Usual) && hours.is_open(now));
            if is_asked && !is_paused {
                self.daily_canary(&view, endpoint, now)?;
            }
        }
        Ok(feeds.len() + types.len() + silent.len() + starved.len())
    }

    /// What came since the last round, stream by stream, in one commit.
    fn count_flows(&self, now: Instant) -> Result<(), Refusal> {
        let view = self.store().view()?;
        let marks: HashMap<String, i64> =
            view.flow_marks()?.into_iter().map(|(stream, upto, _)| (stream, upto)).collect();
        let hour = now.0.div_euclid(HOUR_US);
        let mut watch = Vec::new();
        let mut more = |stream: String, n: u64, upto: i64, heard: Instant| {
            watch.push(WatchChange::Flow(FlowCount { stream, hour, n, upto, heard }));
        };
        for link in view.links()? {
            let Some(head) = view.feed_head(link.id)? else { continue };
            let stream = of_feed(&link.name);
            // What came before anybody counted says nothing about hours.
            let from = marks.get(&stream).copied().unwrap_or(head.seq);
            if head.seq > from && head.seq - from <= TYPED_AT_ONCE {
                let came = view.feed_types(link.id, from, head.seq)?;
                let of_feed = of_type(&link.name, "");
                let known =
                    marks.keys().map(String::as_str).filter(|one| one.starts_with(&of_feed)).collect();
                for (stream, (n, heard)) in told_apart(&link.name, came, &known) {
                    more(stream, n, head.seq, heard);
                }
            }
            if head.seq > from || !marks.contains_key(&stream) {
                more(stream, (head.seq - from).unsigned_abs(), head.seq, head.heard);
            }
        }
        let upto = now.plus_seconds(-SETTLING_SECONDS);
        for endpoint in self.directory().endpoints().filter(|endpoint| endpoint.kind.delivers()) {
            let stream = of_receiver(&endpoint.id);
            let Some(from) = marks.get(&stream) else {
                more(stream, 0, upto.0, upto);
                continue;
            };
            let (n, last) = view.deliveries_made(&endpoint.id, Instant(*from), upto)?;
            if let Some(last) = last {
                more(stream, n, upto.0, last);
            }
        }
        drop(view);
        if !watch.is_empty() {
            self.kept(Changes { watch, ..Changes::default() })?;
        }
        Ok(())
    }

    /// Counts of hours that nobody learns from any more.
    pub(crate) fn forget_flows(&self, now: Instant) -> Result<usize, Refusal> {
        let before = now.0.div_euclid(HOUR_US) - (WEEKS_LEARNED + 1) * WEEK_HOURS;
        let watch = vec![WatchChange::ForgetFlows(before)];
        self.kept(Changes { watch, ..Changes::default() })?;
        Ok(0)
    }
}

/// Whether a system at the other end acknowledges what it took.
fn answers(endpoint: &Endpoint) -> bool {
    matches!(endpoint.kind, EndpointKind::Mllp | EndpointKind::Fhir)
}

fn hours_of<'a>(endpoint: &'a Endpoint, profile: &'a Profile) -> ClinicHours<'a> {
    match &endpoint.hours {
        Some(hours) => ClinicHours::Stated(hours),
        None if profile.is_known() => ClinicHours::Learned(profile),
        None => ClinicHours::Usual,
    }
}

/// Feeds, and types of feeds that otherwise speak.
fn silent_feeds(
    view: &View,
    ears: &mut Ears,
    listening: Instant,
    now: Instant,
) -> Result<(Vec<Found>, Vec<Found>), Refusal> {
    let (mut feeds, mut types) = (Vec::new(), Vec::new());
    let marks = view.flow_marks()?;
    for (stream, _, heard) in marks.iter().filter(|(stream, ..)| stream.starts_with("feed:")) {
        let profile = ears.profile(view, stream, now)?;
        let FeedFinding::Silent { since, .. } = feed(profile, (*heard).max(listening), now) else { continue };
        let n = profile.expected_messages(since, now);
        let name = stream.trim_start_matches("feed:");
        match name.split_once('|') {
            None => feeds.push(nothing_heard(name, *heard, n)),
            Some((feed, message_type)) => types.push((feed.to_owned(), message_type.to_owned(), *heard, n)),
        }
    }
    let types = types
        .into_iter()
        .filter(|(feed, ..)| !feeds.iter().any(|found| found.subject == *feed))
        .map(|(feed, message_type, heard, n)| nothing_heard(&format!("{feed} {message_type}"), heard, n))
        .collect();
    Ok((feeds, types))
}

/// `14:05`, in the time of the province.
fn clock_time(at: Instant) -> String {
    local(at).map(|wall| format!("{:02}:{:02}", wall.hour(), wall.minute())).unwrap_or_default()
}

fn nothing_heard(subject: &str, since: Instant, expected: f64) -> Found {
    let (at, n) = (clock_time(since), expected.round());
    Found {
        subject: subject.to_owned(),
        what: Words::new(
            format!("Call the sender of {subject}."),
            format!("Appeler l'expéditeur de {subject}."),
        ),
        because: Words::new(
            format!("Nothing since {at}; about {n} messages were expected by now."),
            format!("Rien depuis {at}; environ {n} messages étaient attendus."),
        ),
    }
}

fn unanswered(endpoint: &Endpoint, since: Instant) -> Found {
    let (id, at) = (&endpoint.id, clock_time(since));
    Found {
        subject: id.clone(),
        what: Words::new(format!("Call whoever runs {id}."), format!("Appeler les responsables de {id}.")),
        because: Words::new(
            format!(
                "Nothing has been answered although something has waited since {at}. It is offered again all the time."
            ),
            format!(
                "Aucune réponse, alors que des éléments attendent depuis {at}. Ils sont offerts sans cesse."
            ),
        ),
    }
}

fn nothing_sent(endpoint: &Endpoint, since: Instant, expected: f64) -> Found {
    let (id, at, n) = (&endpoint.id, clock_time(since), expected.round());
    Found {
        subject: id.clone(),
        what: Words::new(
            format!("Find out why nothing goes to {id}: directory, routes, senders."),
            format!("Établir pourquoi rien ne va à {id} : répertoire, voies, expéditeurs."),
        ),
        because: Words::new(
            format!("Nothing was addressed to it since {at}; about {n} results were expected by now."),
            format!("Rien ne lui a été adressé depuis {at}; environ {n} résultats étaient attendus."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_a_sender_who_invents_types_makes_a_limited_number_of_streams() {
        let at = Instant(1_795_356_300_000_000);
        let mut known: HashSet<String> = HashSet::new();
        for minute in 0..10 {
            let came = (0..5_000).map(|n| (format!("Z{:02}^{n:03}", minute), 1, at)).collect();
            let names: HashSet<&str> = known.iter().map(String::as_str).collect();
            let streams = told_apart("LAB", came, &names);
            assert_eq!(streams.values().map(|(n, _)| n).sum::<u64>(), 5_000, "each message is counted once");
            known.extend(streams.into_keys());
        }
        assert_eq!(known.len(), TYPES_PER_FEED + 1);
        assert!(known.contains("feed:LAB|other"));
        let long = vec![("Z".repeat(40), 2, at), ("ORU^R01".to_owned(), 1, at)];
        let streams = told_apart("IMG", long, &HashSet::new());
        assert_eq!(streams.keys().collect::<Vec<_>>(), ["feed:IMG|ORU^R01", "feed:IMG|other"]);
    }
}
