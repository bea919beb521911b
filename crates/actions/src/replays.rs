//! Replay: the same path again, for one message, a feed, everything that stands aside for one reason; and a destination
//! that is offered again what it had. Each with a look that shows what would change and writes nothing.
//!
//! Replaying where nothing changed changes nothing, so doing it twice is doing it once.

use crate::intake::follow;
use crate::messages::{held_by, link_names};
use crate::obligations::{self, ended, event, words};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen, audit_row};
use crate::refusal::{Refusal, RefusalKind};
use crate::telling;
use clinical::access::Permission;
use clinical::obligations::Outcome;
use clinical::routing::{Route, Target};
use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{
    Changes, MessageId, MessageQuery, MessageState, ObligationChange, ObligationState, OutboxChange,
    OutboxFilter, OutboxKind, OutboxRow, OutboxState, Requirement, View,
};

/// Messages that one dry run prepares, and one replay at a door does; `opor replay` asks again for the rest.
pub const MOST_AT_ONCE: usize = 2_000;
/// Lines shown.
const LINES_LIMIT: usize = 200;
/// Deliveries of a destination that are looked through.
const DELIVERIES_LIMIT: usize = 100_000;
/// Messages read at a time.
const PAGE: usize = 500;

/// What is replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// One message: `3-1845`.
    Message(String),
    /// All messages of a feed that were received at or after a time (microseconds UTC).
    Feed {
        /// Its name.
        link: String,
        /// Since when.
        since: i64,
    },
    /// Everything that stands aside: `held` or `kept`, of one feed or of all, for one reason or for any.
    Aside {
        /// `held` or `kept`.
        state: String,
        /// The feed's name; empty for all.
        #[serde(default)]
        link: String,
        /// The English first sentence of the reason; empty for any.
        #[serde(default)]
        cause: String,
    },
    /// Everything that a destination acknowledged or refused since a time is offered again.
    Destination {
        /// Endpoint id.
        endpoint: String,
        /// Since when, microseconds UTC.
        since: i64,
        /// Before when, microseconds UTC: [`ReplayView::until`] of the first page, when it is asked for more than one;
        /// left out, before now.
        #[serde(default)]
        until: Option<i64>,
    },
}

impl Which {
    fn object(&self) -> String {
        match self {
            Self::Message(id) => format!("replay/message/{id}"),
            Self::Feed { link, since } => format!("replay/feed/{link}/{}", Instant(*since)),
            Self::Aside { state, link, cause } => format!("replay/{state}/{link}/{cause}"),
            Self::Destination { endpoint, since, .. } => {
                format!("replay/destination/{endpoint}/{}", Instant(*since))
            }
        }
    }
}

/// Look: what replaying would change. Nothing is written.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What.
    pub which: Which,
    /// Not these messages: how many of the first to leave out, for what is beyond [`MOST_AT_ONCE`].
    pub skip: usize,
}

/// What a replay did or would do to one message, or to one delivery of a destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Which message.
    pub message: MessageId,
    /// Where it stood.
    pub before: MessageState,
    /// Where it stands (or would).
    pub after: MessageState,
    /// Resource versions written (or to be).
    pub versions: usize,
    /// Deliveries queued (or to be).
    pub deliveries: usize,
    /// The versions: `DiagnosticReport 2`.
    pub resources: Vec<String>,
    /// Who gets them, as people read it.
    pub to: Vec<String>,
}

impl Replayed {
    /// Nothing changes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.before == self.after && self.versions == 0 && self.deliveries == 0
    }
}

/// What a replay did or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayView {
    /// Messages (or deliveries) looked at.
    pub looked_at: usize,
    /// Those with a change.
    pub changed: usize,
    /// Versions of all.
    pub versions: usize,
    /// Deliveries of all.
    pub deliveries: usize,
    /// Messages left out since they wait to be interpreted; they are filed in their turn.
    #[serde(default)]
    pub waiting: usize,
    /// There are more: replay again for the rest.
    pub beyond: bool,
    /// Of a destination: what was owed before this was looked at (microseconds UTC); the rest is asked for with it.
    #[serde(default)]
    pub until: Option<i64>,
    /// The first of those with a change.
    pub lines: Vec<Replayed>,
    /// Those that could not be done, with the reason; the others are done.
    pub not_done: Vec<(String, Words)>,
}

impl ReplayView {
    fn count(&mut self, replayed: Replayed) {
        self.looked_at += 1;
        if replayed.before == MessageState::Pending {
            self.waiting += 1;
        }
        if replayed.is_nothing() {
            return;
        }
        self.changed += 1;
        self.versions += replayed.versions;
        self.deliveries += replayed.deliveries;
        if self.lines.len() < LINES_LIMIT {
            self.lines.push(replayed);
        }
    }
}

/// One thing to be done again.
enum Item {
    Message(MessageId),
    Delivery(Box<OutboxRow>),
}

impl Sealed for Trial {}
impl Look for Trial {
    type View = ReplayView;
    const PERMISSION: Permission = Permission::Replay;
    fn object(&self) -> String {
        format!("{}?dry-run", self.which.object())
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ReplayView>, Refusal> {
        let which = bounded(&self.which, reading.context.now);
        let (items, beyond) = items(reading.view, &which, self.skip)?;
        let mut view = ReplayView { beyond, until: until(&which), ..ReplayView::default() };
        let mut people = Vec::new();
        for item in items {
            let (changes, replayed, _) = prepared(reading, &which, &item)?;
            if !replayed.is_nothing() {
                people.extend(person_of(reading.view, &changes, &item)?);
            }
            view.count(replayed);
        }
        people.sort_unstable();
        people.dedup();
        Ok(Seen { view, people })
    }
}

/// Act: the audit row of a replay of many; each message then has one of its own.
#[derive(Debug, Clone)]
struct Begin(Which);

impl Sealed for Begin {}
impl Act for Begin {
    const PERMISSION: Permission = Permission::Replay;
    fn object(&self) -> String {
        self.0.object()
    }
    fn prepare(&self, _: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        Ok((Changes::default(), None))
    }
}

impl Record {
    /// The same path again. `skip` leaves out the first ones, for what is beyond [`MOST_AT_ONCE`]. Safe to repeat.
    ///
    /// # Errors
    /// Not allowed, nothing of that name, or the store asks to try again; what was done stays done.
    pub fn replay(
        &self,
        context: &crate::Context,
        which: &Which,
        skip: usize,
    ) -> Result<ReplayView, Refusal> {
        self.act(context, Begin(which.clone()))?;
        let which = bounded(which, context.now);
        let (items, beyond) = items(&self.store().view()?, &which, skip)?;
        let mut view = ReplayView { beyond, until: until(&which), ..ReplayView::default() };
        for item in items {
            match self.replay_one(context, &which, &item) {
                Ok(replayed) => view.count(replayed),
                Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                Err(refusal) => {
                    view.looked_at += 1;
                    view.not_done.push((item.name(), refusal.words));
                }
            }
        }
        Ok(view)
    }

    fn replay_one(&self, context: &crate::Context, which: &Which, item: &Item) -> Result<Replayed, Refusal> {
        let done = self.settle_anew(|known| {
            let view = self.store().view()?;
            let cover = self.cover();
            let warm = self.warm();
            let reading = Reading {
                view: &view,
                context,
                directory: &known.directory,
                cover: &cover,
                warm,
                personas: &[],
                extent: self.extent(),
            };
            let (mut changes, replayed, object) = prepared(&reading, which, item)?;
            if replayed.is_nothing() {
                return Ok((None, replayed));
            }
            let person = person_of(&view, &changes, item)?;
            changes.audit.push(audit_row(context, Permission::Replay, person, object));
            changes.requires.push(Requirement::DirectoryIs(known.seq));
            Ok((Some(changes), replayed))
        })?;
        done.ok_or_else(|| {
            Refusal::conflict(
                "The record is changing under this message. Replay it again in a moment.",
                "Le dossier change sous ce message. Rejouez-le dans un instant.",
            )
        })
    }
}

#[cfg(test)]
impl Record {
    /// One message again, by the record's own hand.
    pub(crate) fn replay_now(
        &self,
        message: MessageId,
        dry_run: bool,
        now: Instant,
    ) -> Result<Replayed, Refusal> {
        let context = crate::record::machine("opor replay", now);
        let directory = self.directory();
        if dry_run {
            let view = self.store().view()?;
            let cover = self.cover();
            let warm = self.warm();
            let reading = Reading {
                view: &view,
                context: &context,
                directory: &directory,
                cover: &cover,
                warm,
                personas: &[],
                extent: self.extent(),
            };
            return Ok(message_again(&reading, message)?.1);
        }
        self.replay_one(&context, &Which::Message(message.to_string()), &Item::Message(message))
    }
}

impl Item {
    fn name(&self) -> String {
        match self {
            Self::Message(id) => id.to_string(),
            Self::Delivery(row) => row.control_id.clone(),
        }
    }
}

/// What is replayed, oldest first, and whether there is more.
fn items(view: &View, which: &Which, skip: usize) -> Result<(Vec<Item>, bool), Refusal> {
    let messages = |mut found: Vec<MessageId>| {
        found.reverse();
        let beyond = found.len() > skip + MOST_AT_ONCE;
        (found.into_iter().skip(skip).take(MOST_AT_ONCE).map(Item::Message).collect::<Vec<_>>(), beyond)
    };
    match which {
        Which::Message(text) => {
            let id: MessageId = text.parse().map_err(|()| no_message(text))?;
            view.message_head(id)?.ok_or_else(Refusal::not_found)?;
            Ok((vec![Item::Message(id)], false))
        }
        Which::Feed { link, since } => {
            let link = view.link_named(link)?.ok_or_else(Refusal::not_found)?;
            let since = (*since > i64::MIN).then_some(Instant(*since));
            let query = MessageQuery { link: Some(link.id), since, ..MessageQuery::default() };
            Ok(messages(all(view, &query, |_| true)?))
        }
        Which::Aside { state, link, cause } => {
            let state = match state.as_str() {
                "held" => MessageState::Held,
                "kept" => MessageState::Kept,
                _ => return Err(no_message(state)),
            };
            let link = match link.as_str() {
                "" => None,
                name => Some(view.link_named(name)?.ok_or_else(Refusal::not_found)?.id),
            };
            let query = MessageQuery { link, state: Some(state), ..MessageQuery::default() };
            let of_cause =
                |note: &str| cause.is_empty() || telling::in_short(&words(note)).en == cause.as_str();
            Ok(messages(all(view, &query, |head| of_cause(&head.note))?))
        }
        Which::Destination { endpoint, since, until } => {
            let before = Instant(until.unwrap_or(i64::MAX));
            let first = owed_since(view, endpoint, Instant(*since), before)?;
            let beyond = first.len() > skip + MOST_AT_ONCE;
            let page = first.into_iter().skip(skip).take(MOST_AT_ONCE).flatten();
            Ok((page.map(|row| Item::Delivery(Box::new(row))).collect(), beyond))
        }
    }
}

/// Every version that a destination was first owed in a time, oldest first, with its last delivery that was answered;
/// `None` while one is still on its way. What a replay made is no new version, so the list stays the same whatever is
/// replayed meanwhile.
pub(crate) fn owed_since(
    view: &View,
    endpoint: &str,
    since: Instant,
    before: Instant,
) -> Result<Vec<Option<OutboxRow>>, Refusal> {
    let filter = OutboxFilter { destination: Some(endpoint.to_owned()), ..OutboxFilter::default() };
    let mut rows = view.outbox(&filter, DELIVERIES_LIMIT)?;
    rows.retain(|row| row.kind == OutboxKind::Report);
    rows.reverse();
    let mut order = Vec::new();
    let mut versions: HashMap<(ResourceKey, u32), Vec<OutboxRow>> = HashMap::new();
    for row in rows {
        let key = (row.report, row.version);
        let of_version = versions.entry(key).or_default();
        if of_version.is_empty() {
            order.push(key);
        }
        of_version.push(row);
    }
    let mut found = Vec::new();
    for key in order {
        let of_version = versions.remove(&key).unwrap_or_default();
        let Some(first) = of_version.first() else { continue };
        let opened = view.obligation(first.obligation)?.map(|owed| owed.opened);
        if opened.is_none_or(|opened| opened < since || before < opened) {
            continue;
        }
        let under_way = of_version.iter().any(|row| row.state == OutboxState::Waiting);
        let answered = |row: &OutboxRow| {
            matches!(row.state, OutboxState::Acknowledged | OutboxState::Refused) && !under_way
        };
        found.push(of_version.into_iter().rev().find(answered));
    }
    Ok(found)
}

/// The same with an end, so that what comes while it is carried out is not of it.
fn bounded(which: &Which, now: Instant) -> Which {
    match which {
        Which::Destination { endpoint, since, until: None } => {
            Which::Destination { endpoint: endpoint.clone(), since: *since, until: Some(now.0) }
        }
        other => other.clone(),
    }
}

fn until(which: &Which) -> Option<i64> {
    if let Which::Destination { until, .. } = which { *until } else { None }
}

fn no_message(text: &str) -> Refusal {
    Refusal::unreadable(
        format!("\"{text}\" names no message. Write it as the list shows it, for example 3-1845."),
        format!("« {text} » ne désigne aucun message. Écrivez-le comme dans la liste, par exemple 3-1845."),
    )
}

/// Everything a query finds, newest first.
fn all(
    view: &View,
    query: &MessageQuery,
    take: impl Fn(&store::MessageHead) -> bool,
) -> Result<Vec<MessageId>, Refusal> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = view.message_page(query, PAGE, before)?;
        found.extend(page.rows.iter().filter(|head| take(head)).map(|head| head.id));
        before = page.next;
        if before.is_none() {
            return Ok(found);
        }
    }
}

/// What follows, what that is in words, and what the audit says it was done to.
fn prepared(
    reading: &Reading<'_>,
    which: &Which,
    item: &Item,
) -> Result<(Changes, Replayed, String), Refusal> {
    match item {
        Item::Message(id) => {
            let (changes, replayed) = message_again(reading, *id)?;
            Ok((changes, replayed, format!("message/{id}")))
        }
        Item::Delivery(row) => {
            let since = if let Which::Destination { since, .. } = which { *since } else { 0 };
            let (changes, replayed) = delivery_again(reading, row, since)?;
            Ok((changes, replayed, format!("delivery/{}", row.control_id)))
        }
    }
}

fn message_again(reading: &Reading<'_>, message: MessageId) -> Result<(Changes, Replayed), Refusal> {
    let (view, now) = (reading.view, reading.context.now);
    let row = view.message(message)?.ok_or_else(Refusal::not_found)?;
    if row.state == MessageState::Pending {
        // It is filed in its turn: behind the breaker, after its lane, and not while its feed is paused.
        return Ok((Changes::default(), unchanged(message, row.state)));
    }
    let mut changes = follow(view, reading.directory, &row, None, now)?;
    let after = changes.settlement.as_ref().map_or(row.state, |settlement| settlement.state);
    let queued = changes.outbox.iter().filter_map(|change| match change {
        OutboxChange::Queue(row) => Some(row.obligation),
        OutboxChange::Update(_) => None,
    });
    let to: Vec<String> = queued
        .filter_map(|id| {
            changes.obligations.iter().find_map(|change| match change {
                ObligationChange::Open(row) if row.id == id => Some(row.recipient.clone()),
                _ => None,
            })
        })
        .collect();
    let replayed = Replayed {
        message,
        before: row.state,
        after,
        versions: changes.resources.len(),
        deliveries: changes.outbox.len(),
        resources: changes
            .resources
            .iter()
            .map(|version| format!("{} {}", version.key.kind, version.version))
            .collect(),
        to,
    };
    if row.state == MessageState::Held && after == MessageState::Filed {
        let by = &reading.context.actor.name;
        for open in held_by(view, message)? {
            let words = Words::new("Filed on replay.", "Versé à la relecture.");
            let outcome = Outcome::Resolved { by: by.clone(), how: words.en.clone() };
            changes.obligations.push(event(open.id, now, by, outcome.code(), &words));
            changes.obligations.push(ObligationChange::Update(ended(&open, &outcome, now)));
        }
    }
    Ok((changes, replayed))
}

fn unchanged(message: MessageId, state: MessageState) -> Replayed {
    Replayed {
        message,
        before: state,
        after: state,
        versions: 0,
        deliveries: 0,
        resources: Vec::new(),
        to: Vec::new(),
    }
}

/// A delivery that was acknowledged or refused is owed once more, under a number of its own: a receiver that has lost
/// what it had must not take it for a repeat. Asked again with the same time, it is the same obligation.
pub(crate) fn delivery_again(
    reading: &Reading<'_>,
    row: &OutboxRow,
    since: i64,
) -> Result<(Changes, Replayed), Refusal> {
    let now = reading.context.now;
    let former = reading.view.obligation(row.obligation)?.ok_or_else(Refusal::not_found)?;
    let nothing = |deliveries: usize| Replayed {
        deliveries,
        to: if deliveries > 0 { vec![former.recipient.clone()] } else { Vec::new() },
        ..unchanged(row.message, MessageState::Filed)
    };
    let newer = reading.view.latest_version(row.report)? > row.version;
    let day = clinical::cover::day(now);
    let served = reading
        .directory
        .endpoint(&row.destination)
        .is_some_and(|to| to.kind.delivers() && to.carries_on(&day));
    if newer || !served {
        // Only what stands is offered: an older version would arrive as if it were news.
        return Ok((Changes::default(), nothing(0)));
    }
    let because = Words::new(
        format!("{} has everything since {} offered again.", reading.context.actor.name, Instant(since)),
        format!("{} fait tout offrir de nouveau depuis {}.", reading.context.actor.name, Instant(since)),
    );
    let target = Target::Endpoint {
        practitioner: String::new(),
        place: reading.directory.endpoint(&row.destination).map(|to| to.place.clone()).unwrap_or_default(),
        endpoint: row.destination.clone(),
        name: former.recipient.clone(),
    };
    let route = Route { target, responsible: false, because: because.clone(), is_stated: false };
    let Some(owed) = clinical::obligations::delivery(&former.subject, &route, now) else {
        return Ok((Changes::default(), nothing(0)));
    };
    let id = obligations::id(&[
        &row.report.to_string(),
        "again",
        &row.version.to_string(),
        &row.destination,
        &since.to_string(),
    ]);
    if reading.view.obligation(id)?.is_some() {
        return Ok((Changes::default(), nothing(0)));
    }
    let about = obligations::About {
        resource: Some((row.report, row.version)),
        record: Some(row.record),
        message: Some(row.message),
        subject: Some(former.subject.clone()),
        accession: former.accession.clone(),
        gravity: former.gravity,
        custodian: former.custodian.clone(),
    };
    let opened = obligations::row(id, &owed, &about, now);
    let first = obligations::opened(&opened, &reading.context.actor.name);
    let mut changes = Changes {
        requires: vec![
            Requirement::ObligationRevisionIs(id, 0),
            Requirement::OutboxIs(row.id, row.state, row.attempts),
        ],
        obligations: vec![ObligationChange::Open(opened), ObligationChange::Event(first)],
        outbox: vec![obligations::queued(id, &row.destination, row.message, (row.report, row.version), now)],
        ..Changes::default()
    };
    if matches!(former.state, ObligationState::Open { .. }) {
        // What was refused is owed by the new one from now on; the former ends with it.
        let outcome = Outcome::AnotherWay { by: reading.context.actor.name.clone(), how: because.en.clone() };
        changes.requires.push(Requirement::ObligationRevisionIs(former.id, former.revision));
        changes.obligations.push(event(
            former.id,
            now,
            &reading.context.actor.name,
            outcome.code(),
            &because,
        ));
        changes.obligations.push(ObligationChange::Update(ended(&former, &outcome, now)));
        changes.outbox.push(OutboxChange::Update(OutboxRow { state: OutboxState::Closed, ..row.clone() }));
    }
    Ok((changes, nothing(1)))
}

fn person_of(view: &View, changes: &Changes, item: &Item) -> Result<Option<PersonId>, Refusal> {
    let key: Option<ResourceKey> = match item {
        Item::Message(_) => changes.resources.first().map(|version| version.key),
        Item::Delivery(row) => Some(row.report),
    };
    let Some(key) = key else { return Ok(None) };
    let new = changes.records.iter().find(|row| row.record == key.record).map(|row| row.person);
    Ok(match new {
        Some(person) => Some(person),
        None => view.record(key.record)?.map(|row| row.person),
    })
}

/// Look: what can be replayed as a whole: feeds and destinations by name.
#[derive(Debug, Clone, Copy)]
pub struct Choices;

/// Answer to [`Choices`].
#[derive(Debug, Clone, Default)]
pub struct ChoicesView {
    /// Names of feeds.
    pub links: Vec<String>,
    /// Endpoints: id and the place as people read it.
    pub destinations: Vec<(String, String)>,
}

impl Sealed for Choices {}
impl Look for Choices {
    type View = ChoicesView;
    const PERMISSION: Permission = Permission::Replay;
    fn object(&self) -> String {
        "replay".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ChoicesView>, Refusal> {
        let mut links: Vec<String> = link_names(reading.view)?.into_values().collect();
        links.sort();
        let place =
            |id: &str| reading.directory.place(id).map(|place| place.name.clone()).unwrap_or_default();
        let now = reading.context.now;
        let day = clinical::cover::day(now);
        let destinations = reading
            .directory
            .endpoints()
            .filter(|endpoint| endpoint.kind.delivers() && endpoint.carries_on(&day))
            .map(|endpoint| (endpoint.id.clone(), place(&endpoint.place)))
            .collect();
        Ok(Seen::nobody(ChoicesView { links, destinations }))
    }
}
