//! The breaker in front of filing: the state of each feed in memory, made again from the journal after a start.
//!
//! The state is asked while a message is prepared, before anything of it is written, so that messages that are under
//! way together are counted too. What it decides is written with the message that it holds: a stop survives a crash as
//! rows, and what was seen survives it as the messages that were filed.

use crate::obligations::words_json;
use crate::refusal::Refusal;
use clinical::plausibility::{self, Decision, Facts, Feed, Raw, WINDOW};
use clinical::words::Words;
use fhir::{Instant, Kind, PersonId, RecordId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::{
    BreakerChange, BreakerMessage, BreakerStop, JournalRow, Link, LinkId, MessageFilter, MessageId,
    MessagePart, MessageState, ObligationId, View,
};

/// How long a person or feed is believed after somebody has released it, in minutes.
const BELIEVED_MINUTES: i64 = 24 * 60;
/// Code of the verdict after which a person is believed.
pub(crate) const RELEASE: &str = "release";

/// What is new on charts when it is filed for the first time.
const NEWS: [Kind; 3] = [Kind::DiagnosticReport, Kind::DocumentReference, Kind::Encounter];

/// One patient's part of a message that is about to be filed.
pub(super) struct Spoken {
    /// The source record.
    pub(super) record: RecordId,
    /// The person.
    pub(super) person: PersonId,
    /// What else the message says.
    pub(super) facts: Facts,
}

/// All feeds.
#[derive(Default)]
pub(crate) struct Watch {
    feeds: Mutex<HashMap<LinkId, Watched>>,
    #[cfg(debug_assertions)]
    seeded: super::seeded::Seeded,
}

/// One feed.
#[derive(Default)]
struct Watched {
    feed: Feed,
    stops: Vec<Standing>,
    /// Whom somebody has released, and until when they are believed.
    believed: Vec<(Option<PersonId>, Instant)>,
}

/// A stop that stands, with the messages that were filed before it and came under suspicion with it. Both are written
/// with each message that the stop holds, since the write that came first may have failed.
struct Standing {
    stop: BreakerStop,
    suspects: Vec<MessageId>,
}

impl Watched {
    fn stop_for(&self, person: PersonId) -> Option<&Standing> {
        self.stops.iter().find(|standing| standing.stop.person.is_none_or(|stopped| stopped == person))
    }

    fn believes(&self, person: PersonId, now: Instant) -> bool {
        self.believed
            .iter()
            .any(|(whom, until)| *until > now && whom.is_none_or(|believed| believed == person))
    }
}

/// A stop that a message comes under, and the rows that say so.
pub(super) struct Stopped {
    /// The stop.
    pub(super) stop: BreakerStop,
    /// Its rows, those of the suspects and of this message.
    pub(super) rows: Vec<BreakerChange>,
}

impl Watch {
    #[cfg(debug_assertions)]
    pub(crate) fn with_seeded(seeded: super::seeded::Seeded) -> Self {
        Self { feeds: Mutex::default(), seeded }
    }

    /// What the mapper gets to read: the message as it was received, unless a test has put a defect in between.
    pub(super) fn mapped(&self, row: &JournalRow) -> Vec<u8> {
        #[cfg(debug_assertions)]
        if let Some(bytes) = self.seeded.mapped(row) {
            return bytes;
        }
        row.raw.clone()
    }

    /// Whether the person is read again from the bytes; only a test's defect says no.
    pub(super) fn reads_again(&self) -> bool {
        #[cfg(debug_assertions)]
        if self.seeded.guard_is_off() {
            return false;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LinkId, Watched>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stop that a message about this person comes under, if filing has stopped for them on this feed.
    pub(super) fn standing(
        &self,
        view: &View,
        link: &Link,
        message: MessageId,
        persons: impl Iterator<Item = PersonId>,
    ) -> Result<Option<Stopped>, Refusal> {
        let mut feeds = self.lock();
        let watched = watched(&mut feeds, view, link)?;
        if watched.stops.is_empty() {
            return Ok(None);
        }
        let mut persons = persons;
        Ok(persons.find_map(|person| watched.stop_for(person)).map(|stop| under(stop, message)))
    }

    /// Decide about a message that is about to be filed with `news` for these records.
    pub(super) fn decide(
        &self,
        view: &View,
        link: &Link,
        message: MessageId,
        spoken: &[Spoken],
        now: Instant,
    ) -> Result<Option<Stopped>, Refusal> {
        let mut feeds = self.lock();
        let watched = watched(&mut feeds, view, link)?;
        // Another message may have stopped the feed since this one was looked at.
        if let Some(standing) = spoken.iter().find_map(|part| watched.stop_for(part.person)) {
            return Ok(Some(under(standing, message)));
        }
        for part in spoken {
            let decision = watched.feed.observe(&part.facts);
            let Some(stop) = &decision.stop else { continue };
            if watched.believes(part.person, now) {
                watched.feed.believe(Some(part.facts.person));
                watched.feed.observe(&part.facts);
                continue;
            }
            let person = stop.person.map(PersonId::from_i64);
            let row = BreakerStop {
                id: stop_id(link.id, person, message),
                link: link.id,
                person,
                at: now,
                before: stop.before.map(MessageId),
                reasons: words_json(&why(&decision)),
                verdict: String::new(),
                decided: None,
                actor: String::new(),
                reason: String::new(),
            };
            watched.feed.forget(&stop.suspects);
            tracing::error!(link = %link.name, stop = %row.id, suspects = stop.suspects.len(), "filing has stopped: too much is said about one person");
            let standing =
                Standing { stop: row, suspects: stop.suspects.iter().copied().map(MessageId).collect() };
            let stopped = under(&standing, message);
            watched.stops.push(standing);
            return Ok(Some(stopped));
        }
        Ok(None)
    }

    /// A stop was made while messages of another were put where they belong.
    pub(crate) fn stands(&self, stop: BreakerStop) {
        let mut feeds = self.lock();
        // A feed that nothing was seen of reads its stops when something is.
        let Some(watched) = feeds.get_mut(&stop.link) else { return };
        if watched.stops.iter().all(|other| other.stop.id != stop.id) {
            watched.stops.push(Standing { stop, suspects: Vec::new() });
        }
    }

    /// Somebody has decided about a stop: messages of this feed and person go on.
    pub(crate) fn decided(&self, stop: &BreakerStop, release: bool, now: Instant) {
        let mut feeds = self.lock();
        let Some(watched) = feeds.get_mut(&stop.link) else { return };
        watched.stops.retain(|other| other.stop.id != stop.id);
        // Asked again while what was decided is not done, it is believed no longer for that.
        let believed = (stop.person, stop.decided.unwrap_or(now).plus_minutes(BELIEVED_MINUTES));
        if release && !watched.believed.contains(&believed) {
            watched.feed.believe(stop.person.map(PersonId::as_i64));
            watched.believed.push(believed);
        }
    }
}

pub(crate) fn stop_id(link: LinkId, person: Option<PersonId>, message: MessageId) -> ObligationId {
    let person = person.map(|person| person.to_string()).unwrap_or_default();
    crate::obligations::id(&["breaker", &link.0.to_string(), &person, &message.to_string()])
}

fn under(Standing { stop, suspects }: &Standing, message: MessageId) -> Stopped {
    let take = |message: MessageId, part: MessagePart| {
        BreakerChange::Take(BreakerMessage { message, stop: stop.id, part, aim: None, done: None })
    };
    let mut rows = vec![BreakerChange::Stop(stop.clone()), take(message, MessagePart::Held)];
    rows.extend(suspects.iter().map(|suspect| take(*suspect, MessagePart::Suspect)));
    Stopped { stop: stop.clone(), rows }
}

/// Why filing stopped, for the people who must look.
fn why(decision: &Decision) -> Words {
    let mut signs: Vec<&plausibility::Reason> =
        decision.reasons.iter().filter(|reason| reason.bits > 0.3).collect();
    signs.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    let told = |pick: fn(&Words) -> &String| {
        signs.iter().map(|reason| pick(&reason.words()).clone()).collect::<Vec<_>>().join(", ")
    };
    let (en, fr) = (told(|words| &words.en), told(|words| &words.fr));
    Words::new(
        format!(
            "This feed speaks of one person while everything else changes as if it were about others. In the last message: {en}. Filing has stopped; nothing is lost."
        ),
        format!(
            "Ce flux parle d'une seule personne alors que tout le reste change comme s'il s'agissait d'autres. Dans le dernier message : {fr}. Le versement est arrêté; rien n'est perdu."
        ),
    )
}

/// The feed's state; after a start it is made again from what was filed last.
fn watched<'w>(
    feeds: &'w mut HashMap<LinkId, Watched>,
    view: &View,
    link: &Link,
) -> Result<&'w mut Watched, Refusal> {
    match feeds.entry(link.id) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(again(view, link)?)),
    }
}

fn again(view: &View, link: &Link) -> Result<Watched, Refusal> {
    let mut watched = Watched::default();
    let mut suspects = Vec::new();
    for stop in view.open_stops(link.id)? {
        suspects.extend(view.stop_messages(stop.id, usize::MAX)?.into_iter().map(|row| row.message));
        // Its messages are written.
        watched.stops.push(Standing { stop, suspects: Vec::new() });
    }
    for stop in view.last_decided(link.id, RELEASE)? {
        if let Some(decided) = stop.decided {
            watched.believed.push((stop.person, decided.plus_minutes(BELIEVED_MINUTES)));
        }
    }
    let filter = MessageFilter { link: Some(link.id), state: Some(MessageState::Filed), record: None };
    let mut filed = view.messages_of(&filter, WINDOW, None)?;
    filed.reverse();
    for row in filed.iter().filter(|row| !suspects.contains(&row.id)) {
        for facts in facts_of(view, row, link)? {
            if watched.feed.observe(&facts).stop.is_some() {
                // It was decided about then, or came before there was a breaker; what comes now is judged anew.
                watched.feed.believe(Some(facts.person));
            }
        }
    }
    Ok(watched)
}

/// What a filed message had said that was new.
fn facts_of(view: &View, row: &JournalRow, link: &Link) -> Result<Vec<Facts>, Refusal> {
    let said = view.said_by(row.id)?;
    let Ok(read) = crate::dialects::read_as_filed(view, row, link)? else { return Ok(Vec::new()) };
    let Some(raw) = Raw::parse(read.message.bytes()) else { return Ok(Vec::new()) };
    let charts = clinical::intake::interpret(&read.message, &read.sender).charts;
    let mut facts = Vec::new();
    for (nth, chart) in charts.iter().enumerate() {
        let news = said
            .iter()
            .any(|(key, version)| *version == 1 && key.record == chart.record && NEWS.contains(&key.kind));
        let person = if news { view.record(chart.record)?.map(|record| record.person) } else { None };
        facts.extend(person.map(|person| {
            plausibility::read(
                &raw,
                nth,
                &chart.claim,
                &link.default_authority,
                row.id.0,
                person,
                row.received.0,
            )
        }));
    }
    Ok(facts)
}

/// Whether a change files something for the first time on a record.
pub(super) fn is_news(changes: &store::Changes, record: RecordId) -> bool {
    changes
        .resources
        .iter()
        .any(|row| row.version == 1 && row.key.record == record && NEWS.contains(&row.key.kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;
    use crate::intake::sender;

    /// A message that was looked at before a stop, and is decided about after it; the first write of the stop failed.
    #[test]
    fn h01_s110_a_stop_holds_what_was_under_way_and_keeps_its_suspects() {
        let mut world = World::new("breaker-standing");
        let row = world.offer("ADT^A04^ADT_A01", "HRH", &["PID|1||A1^^^HRH^MR||One^Ann^^^^^L||19800101|F"]);
        let row = row.into_iter().next().expect("a message");
        let view = world.record.store().view().expect("a view");
        let link = view.link_named("LAB@HRH").expect("read").expect("a link");
        let record = RecordId::of("HRH", "A1");
        let person = view.record(record).expect("read").expect("a record").person;
        let stop = BreakerStop {
            id: stop_id(link.id, Some(person), row.id),
            link: link.id,
            person: Some(person),
            at: world.clock,
            before: None,
            reasons: String::new(),
            verdict: String::new(),
            decided: None,
            actor: String::new(),
            reason: String::new(),
        };
        let suspects = vec![MessageId(7), MessageId(8)];
        let watch = Watch::default();
        let standing = Standing { stop, suspects: suspects.clone() };
        watch.lock().insert(link.id, Watched { stops: vec![standing], ..Watched::default() });
        let raw = Raw::parse(&row.raw).expect("a message");
        let message = hl7v2::Message::parse(row.raw.clone()).expect("a message");
        let charts = clinical::intake::interpret(&message, &sender(&row, &link)).charts;
        let facts = plausibility::read(&raw, 0, &charts[0].claim, "HRH", row.id.0, person, world.clock.0);
        let spoken = [Spoken { record, person, facts }];
        let stopped = watch.decide(&view, &link, MessageId(9), &spoken, world.clock).expect("read");
        let taken: Vec<MessageId> = stopped
            .expect("the stop that stands")
            .rows
            .iter()
            .filter_map(|row| match row {
                BreakerChange::Take(taken) => Some(taken.message),
                _ => None,
            })
            .collect();
        assert_eq!(taken, [MessageId(9), suspects[0], suspects[1]]);
    }
}
