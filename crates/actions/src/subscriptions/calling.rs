//! Calls to receivers: one under way for each subscription, in the order of events, ever more rarely while nobody answers.

use super::{Events, Found, Subscriber, Turn, asked_of, code, put};
use crate::record::{Record, machine};
use crate::refusal::{Refusal, RefusalKind};
use fhir::Instant;
use fhir::notification::Told;
use std::collections::HashSet;
use store::{Changes, SubscriptionRow, SubscriptionState};

/// First pause after a call that was not taken, in seconds; it doubles.
const PAUSE_SECONDS: i64 = 5;
/// Longest pause.
const MAX_PAUSE_SECONDS: i64 = 15 * 60;
/// A receiver that has taken nothing for so long is in error, and a desk is told, in minutes.
const ERROR_MINUTES: i64 = 30;
/// Nobody is called any more after so long, in days, and nothing more is kept: the subscriber asks anew, and what waited
/// until then is there.
const GIVEN_UP_DAYS: i64 = 7;
/// Nobody is called then before it is asked anew, in days.
const NEVER_DAYS: i64 = 36_500;
/// How often a change that somebody else was quicker at is made again.
const TIMES: usize = 5;

/// Whether nobody is called any more until the subscriber asks anew.
pub(super) fn is_given_up(row: &SubscriptionRow, now: Instant) -> bool {
    row.next_at > now.plus_minutes(GIVEN_UP_DAYS * 24 * 60)
}

/// Why a receiver is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Whether it is there.
    Handshake,
    /// That we are.
    Heartbeat,
    /// What happened.
    Events,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Of which subscription.
    pub subscription: String,
    /// Why.
    pub sort: Sort,
    /// Where it goes.
    pub endpoint: String,
    /// Headers that go with it.
    pub headers: Vec<(String, String)>,
    /// How long the answer may take, in seconds; 0 = as long as any.
    pub timeout_seconds: u32,
    /// The Bundle, as JSON.
    pub body: Vec<u8>,
    /// The last event in it.
    pub up_to: i64,
    /// Tells this call from every other, and is the same when it goes twice; with more events it is another call.
    pub id: String,
}

impl Record {
    /// Calls that are due, but for those under way: `most` of them, beginning behind a subscription so that the first do
    /// not keep the others from their turn. What stands in a call was told, so that no more are made than go out.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn calls_due(
        &self,
        under_way: &HashSet<String>,
        behind: &str,
        most: usize,
        now: Instant,
    ) -> Result<Vec<Call>, Refusal> {
        let mut rows = self.store().view()?.subscriptions()?;
        rows.sort_by(|a, b| (a.id.as_str() <= behind, &a.id).cmp(&(b.id.as_str() <= behind, &b.id)));
        let mut calls = Vec::new();
        for row in rows.into_iter().filter(|row| !under_way.contains(&row.id)) {
            if calls.len() >= most {
                break;
            }
            match self.due(&row, now) {
                Ok(call) => calls.extend(call),
                Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                // Somebody else changed it: its turn comes again.
                Err(refusal) if refusal.kind == RefusalKind::Conflict => {}
                // The subscriber may not read any more, or not this, or it cannot be read: told to nobody, owned like a
                // receiver that is away.
                Err(refusal) => match self.failed(&row.id, &refusal.words.en, now) {
                    Err(refusal) if refusal.kind == RefusalKind::TryAgain => return Err(refusal),
                    _ => {}
                },
            }
        }
        Ok(calls)
    }

    /// The call of one subscription, if one is due.
    fn due(&self, row: &SubscriptionRow, now: Instant) -> Result<Option<Call>, Refusal> {
        let is_early = now < row.next_at;
        let asked = match asked_of(row) {
            Err(_) if is_early => return Ok(None),
            asked => asked?,
        };
        if asked.has_ended(now) {
            self.turned(&row.id, now, |row| SubscriptionRow { state: SubscriptionState::Off, ..row })?;
            return Ok(None);
        }
        let heart_beats =
            asked.heartbeat_seconds > 0 && now >= row.spoken.plus_seconds(i64::from(asked.heartbeat_seconds));
        let sort = match row.state {
            _ if is_early => return Ok(None),
            SubscriptionState::Requested => Sort::Handshake,
            _ if row.events > row.taken => Sort::Events,
            SubscriptionState::Error => Sort::Heartbeat,
            _ if heart_beats => Sort::Heartbeat,
            _ => return Ok(None),
        };
        self.call(row, sort, asked.max_events, now).map(Some)
    }

    fn call(&self, row: &SubscriptionRow, sort: Sort, most: u32, now: Instant) -> Result<Call, Refusal> {
        let context = Subscriber::of(row)?.context(now).ok_or_else(Refusal::not_found)?;
        let behind = (sort == Sort::Events).then_some(row.taken);
        let most = usize::try_from(most).unwrap_or(1);
        let look = Events { id: row.id.clone(), behind, up_to: i64::MAX, most, content: None };
        let found: Found = self.look(&context, look)?;
        let name = match sort {
            Sort::Handshake => "handshake",
            Sort::Heartbeat => "heartbeat",
            Sort::Events => "event-notification",
        };
        let up_to = found.events.last().map_or(row.taken, |event| event.number);
        let told = Told { error: "", ..found.told(name, now) };
        let id = match sort {
            Sort::Events => format!("{}-{}-{name}-{}-{up_to}", row.id, found.whose.from, row.taken),
            Sort::Handshake | Sort::Heartbeat => format!("{}-{name}-{}", row.id, row.spoken.0),
        };
        Ok(Call {
            id,
            subscription: row.id.clone(),
            sort,
            endpoint: found.asked.endpoint.clone(),
            headers: found.asked.headers.clone(),
            timeout_seconds: found.asked.timeout_seconds,
            body: told.bundle().to_bytes(),
            up_to,
        })
    }

    /// The receiver took a call, or did not: why.
    ///
    /// # Errors
    /// It is not known to be kept; the call goes once more.
    pub fn call_answered(&self, call: &Call, said: Result<(), String>, now: Instant) -> Result<(), Refusal> {
        match said {
            Ok(()) => self.turned(&call.subscription, now, |row| SubscriptionRow {
                state: SubscriptionState::Active,
                taken: row.taken.max(call.up_to),
                tries: 0,
                next_at: now,
                failing: None,
                said: String::new(),
                spoken: now,
                ..row
            }),
            Err(why) => self.failed(&call.subscription, &why, now),
        }
    }

    fn failed(&self, id: &str, why: &str, now: Instant) -> Result<(), Refusal> {
        self.turned(id, now, |row| {
            let failing = row.failing.unwrap_or(now);
            let pause = (PAUSE_SECONDS << row.tries.min(16)).min(MAX_PAUSE_SECONDS);
            let is_error = now >= failing.plus_minutes(ERROR_MINUTES);
            let is_given_up = now >= failing.plus_minutes(GIVEN_UP_DAYS * 24 * 60);
            SubscriptionRow {
                state: if is_error { SubscriptionState::Error } else { row.state },
                tries: row.tries.saturating_add(1),
                next_at: match is_given_up {
                    true => now.plus_minutes(NEVER_DAYS * 24 * 60),
                    false => now.plus_seconds(pause),
                },
                failing: Some(failing),
                said: match is_given_up {
                    true => format!(
                        "{why} Since {now} it is not called, and nothing more is kept for it: write the Subscription again with status requested, and read by a search what happened since."
                    ),
                    false => why.to_owned(),
                },
                ..row
            }
        })
    }

    /// A subscription as it is from now on; where its state changes, its resource says so.
    fn turned(
        &self,
        id: &str,
        now: Instant,
        change: impl Fn(SubscriptionRow) -> SubscriptionRow,
    ) -> Result<(), Refusal> {
        for _ in 0..TIMES {
            let before = self.store().view()?.subscription(id)?;
            let Some(before) = before.filter(|row| row.state != SubscriptionState::Off) else {
                return Ok(());
            };
            let (was, state) = (before.revision, before.state);
            let row = SubscriptionRow { revision: was + 1, ..change(before) };
            if row.state != state {
                tracing::info!(subscription = id, state = code(row.state), "a subscription turned");
                let turn = Turn { row: row.clone(), was };
                match self.act(&machine("opor subscriptions", now), turn) {
                    Err(refusal) if refusal.kind == RefusalKind::Conflict => continue,
                    Err(refusal) if refusal.kind != RefusalKind::TryAgain => {
                        // It turns all the same, or it would be tried for ever.
                        tracing::warn!(subscription = id, %refusal, "the resource cannot say how its subscription stands");
                    }
                    done => return done,
                }
            }
            let (requires, subscriptions) = put(row, was);
            if self.kept(Changes { requires, subscriptions, ..Changes::default() })? {
                return Ok(());
            }
        }
        Err(Refusal::conflict(
            "The subscription keeps changing; it is looked at again.",
            "L'abonnement change sans cesse; il est examiné de nouveau.",
        ))
    }
}
