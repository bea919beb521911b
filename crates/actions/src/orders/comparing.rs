//! A round that holds orders against results, a page at a time: each page has a view of its own, so that no page of the
//! record is kept from being written over while a round lasts.
//!
//! What is found opens an incident. One that is open ends with what its own number shows, never because a round did not
//! come by it again.

use super::Links;
use super::saying::{Subject, many, one};
use crate::chart::{Filed, filed, moment_at};
use crate::dialects::read_as_filed;
use crate::incidents::{Found, Sort};
use crate::intake::{Number, claims};
use crate::obligations::words;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::{Instant, Kind, Object};
use std::collections::{BTreeMap, BTreeSet};
use store::{IncidentRow, Link, MessageFilter, MessageId, MessageState, ObligationState, OrderNumber, View};

/// Days after which an order without a result is somebody's (ours: a culture's last report comes within them).
pub(super) const LATE_DAYS: i64 = 7;
/// Orders or results of one feed that are told one by one; of more the feed itself is told of.
pub(super) const EACH: usize = 10;
/// Days in which an order is looked for a result at all, counted from now or, while the orders of a feed are told of as a
/// whole, from when that began.
const WINDOW_DAYS: i64 = 60;
/// Days of messages that are held against the orders; a round begins each day.
const RESULT_DAYS: i64 = 2;
/// From the beginning of one round to that of the next, in minutes.
const ROUND_MINUTES: i64 = 24 * 60;
/// Numbers of orders, and messages, that are read at once.
const NUMBERS: usize = 500;
const MESSAGES: usize = 100;
/// Orders, and reports, under one number that are looked at.
const HOLDERS: usize = 200;
/// Numbers of one feed that are kept until the round ends; of more there are said to be more.
const MOST_KEPT: usize = 1_000;

const DAY_MINUTES: i64 = 24 * 60;
/// Minutes after a start before the first round: what waited is filed first.
const START_MINUTES: i64 = 12;

/// A round as far as it has come; the next page begins where it stands.
#[derive(Debug, Default)]
pub(crate) struct Comparing {
    stage: Stage,
    /// When the next round begins; `None` = at once.
    next: Option<Instant>,
    /// Subjects of the incidents that were open when the round began: they are looked at by their own numbers.
    known: BTreeSet<String>,
    /// Orders filed since then are looked at.
    since: Instant,
    /// Who issues the numbers of orders that come to us.
    issuers: BTreeSet<String>,
    /// What is not as it should be and not known yet: by feed, and whether a result came, else the order.
    open: BTreeMap<(String, bool), BTreeSet<Number>>,
}

/// What comes next.
#[derive(Debug, Default)]
enum Stage {
    /// Nothing has begun.
    #[default]
    Idle,
    /// Orders behind this one.
    Orders(Option<OrderNumber>),
    /// Messages of the last of these links before this one.
    Results(Vec<Link>, Option<MessageId>),
}

impl Comparing {
    /// Nothing begun; the first round comes when a start is over.
    pub(crate) fn after_start(now: Instant) -> Self {
        Self { next: Some(now.plus_minutes(START_MINUTES)), ..Self::default() }
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }

    fn begun(rows: &[IncidentRow], now: Instant) -> Self {
        let whole = Subject::Orders.of("");
        let oldest = rows.iter().filter(|row| row.subject.ends_with(&whole)).map(|row| row.opened).min();
        Self {
            stage: Stage::Orders(None),
            next: Some(now.plus_minutes(ROUND_MINUTES)),
            known: rows.iter().map(|row| row.subject.clone()).collect(),
            since: oldest.map_or(now, |opened| opened.min(now)).plus_minutes(-WINDOW_DAYS * DAY_MINUTES),
            ..Self::default()
        }
    }

    fn add(&mut self, feed: &str, has_result: bool, number: &Number) {
        if self.known.contains(&Subject::Each(number.clone()).of(feed)) {
            return;
        }
        let kept = self.open.entry((feed.to_owned(), has_result)).or_default();
        if kept.len() < MOST_KEPT {
            kept.insert(number.clone());
        }
    }

    /// An order without a result. It is looked at once, under the first number that tells it apart.
    fn look_at_order(
        &mut self,
        view: &View,
        order: OrderNumber,
        links: &mut Links,
        now: Instant,
    ) -> Result<(), Refusal> {
        let Some(stored) = view.current(order.request)? else { return Ok(()) };
        let Some(message) = stored.message else { return Ok(()) };
        let Some(link) = links.of(view, message.link())? else { return Ok(()) };
        let request = filed(stored)?;
        let numbers: Vec<Number> = Number::of(&request.object).collect();
        self.issuers.extend(numbers.iter().filter(|one| !one.filler).filter_map(|one| one.system.clone()));
        let Some(number) = numbers.iter().find(|one| one.tells_orders_apart()) else { return Ok(()) };
        let late = now.plus_minutes(-LATE_DAYS * DAY_MINUTES);
        let is_this = number.key(&link.name) == order.number;
        if is_this && request.stored.at <= late && lacks_result(view, &request, late)? {
            self.add(&link.name, false, number);
        }
        Ok(())
    }

    /// Results under a placer's number whose issuer sends its orders here, without the order; where the next page of the
    /// link begins, `None` when this was its last.
    fn look_at_results(
        &mut self,
        view: &View,
        link: &Link,
        before: Option<MessageId>,
        now: Instant,
    ) -> Result<Option<MessageId>, Refusal> {
        let since = now.plus_minutes(-RESULT_DAYS * DAY_MINUTES);
        let filter = MessageFilter {
            link: Some(link.id),
            state: Some(MessageState::Filed),
            ..MessageFilter::default()
        };
        let page = view.messages_of(&filter, MESSAGES, before)?;
        let next = page.last().map(|row| row.id);
        for row in page {
            if row.received < since {
                return Ok(None);
            }
            let Ok(said) = read_as_filed(view, &row, link)? else { continue };
            let said = said.interpret();
            let all = said.charts.iter().flat_map(|chart| &chart.resources);
            for report in all.filter(|one| one.key.kind == Kind::DiagnosticReport) {
                for number in Number::of(&report.resource).filter(|one| !one.filler) {
                    let ours = number.system.as_ref().is_some_and(|issuer| self.issuers.contains(issuer));
                    if ours && view.order_count(number.key(&link.name))? == 0 {
                        self.add(&link.name, true, &number);
                    }
                }
            }
        }
        Ok(next)
    }

    /// What lasts of the open incidents, and what is new.
    fn found(&self, view: &View, rows: &[IncidentRow], now: Instant) -> Result<Vec<Found>, Refusal> {
        let links = view.links()?;
        let mut found = Vec::new();
        let mut each: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            let lasts = match Subject::read(&row.subject, &links) {
                Some((link, Subject::Each(number))) => {
                    let lasts = is_without_other(view, &link.name, &number, now)?;
                    *each.entry(&link.name).or_default() += usize::from(lasts);
                    lasts
                }
                Some((link, Subject::Orders)) => self.open.contains_key(&(link.name.clone(), false)),
                // Which results they are is kept nowhere: whoever settles it ends it.
                Some((_, Subject::Results)) | None => true,
            };
            if lasts {
                let what = Words::default();
                found.push(Found { subject: row.subject.clone(), what, because: words(&row.words) });
            }
        }
        for ((feed, has_result), numbers) in &self.open {
            let whole = if *has_result { Subject::Results } else { Subject::Orders }.of(feed);
            if rows.iter().any(|row| row.subject == whole) {
                continue;
            }
            let room = EACH.saturating_sub(each.get(feed.as_str()).copied().unwrap_or_default());
            if numbers.len() > room {
                let more = if numbers.len() < MOST_KEPT { "" } else { "+" };
                found.push(many(feed, *has_result, numbers, &format!("{}{more}", numbers.len())));
                continue;
            }
            for number in numbers {
                // What came while the round lasted counts.
                if is_without_other(view, feed, number, now)? {
                    found.push(one(feed, *has_result, number));
                }
            }
        }
        Ok(found)
    }
}

/// Whether a number still stands for an order without a result, or for a result without an order: while no order under it
/// is on file, or one is that nothing came of.
fn is_without_other(view: &View, feed: &str, number: &Number, now: Instant) -> Result<bool, Refusal> {
    let late = now.plus_minutes(-LATE_DAYS * DAY_MINUTES);
    let mut is_on_file = false;
    for filler in [false, true] {
        let key = Number { filler, ..number.clone() }.key(feed);
        for order in view.orders_by_number(key, None, Instant(i64::MIN), HOLDERS)? {
            is_on_file = true;
            // What was withdrawn is not current.
            let Some(stored) = view.current(order.request)? else { continue };
            if lacks_result(view, &filed(stored)?, late)? {
                return Ok(true);
            }
        }
    }
    Ok(!is_on_file)
}

/// Whether something is expected of a request and no report of it stands. A referral has an owner of its own until it is
/// decided.
fn lacks_result(view: &View, request: &Filed, late: Instant) -> Result<bool, Refusal> {
    let Some(message) = request.stored.message.filter(|_| is_expected(&request.object, late)) else {
        return Ok(false);
    };
    let head = view.message_head(message)?;
    let is_referral =
        head.is_some_and(|head| ["REF", "RRI"].iter().any(|code| head.message_type.starts_with(code)));
    Ok(!is_referral && !has_report(view, request, message)?)
}

/// Whether something is still expected of a request: asked for, not ended, not for later.
fn is_expected(request: &Object, late: Instant) -> bool {
    let later = moment_at(request, "occurrence[x]").is_some_and(|at| at > late);
    request.text("status") == Some("active") && request.text("intent") == Some("order") && !later
}

/// Whether a report stands that bears one of the numbers of a request: a bare one from the sender of the request, or on
/// the same person, whose laboratory repeats the number of whoever asked.
fn has_report(view: &View, request: &Filed, message: MessageId) -> Result<bool, Refusal> {
    let person = view.record(request.key().record)?.map(|row| row.person);
    for number in Number::of(&request.object) {
        let system = number.system.as_deref();
        for key in view.bearers(Kind::DiagnosticReport, system, &number.value, None, HOLDERS)? {
            let Some(report) = view.current(key)? else { continue };
            let is_same_person = person.is_some() && view.record(key.record)?.map(|row| row.person) == person;
            let by = report.message.filter(|_| is_same_person).unwrap_or(message).link();
            if claims(&number, &report, None, by, request.stored.at)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The open incidents of orders that somebody owns: one that a person ended is found anew or stays ended.
fn owned(view: &View) -> Result<Vec<IncidentRow>, Refusal> {
    let mut rows = Vec::new();
    for row in view.incidents_open()?.into_iter().filter(|row| row.sort == Sort::Order.code()) {
        if view.obligation(row.id)?.is_some_and(|owed| matches!(owed.state, ObligationState::Open { .. })) {
            rows.push(row);
        }
    }
    Ok(rows)
}

impl Record {
    /// Holds orders and results against each other, a page a call, and makes the incidents what was found when a round is
    /// through; each ends by itself with the result, the order or the cancellation. A round that failed begins anew.
    /// Returns how many opened and ended.
    pub(crate) fn compare_orders(&self, round: &mut Comparing, now: Instant) -> Result<usize, Refusal> {
        let stage = std::mem::take(&mut round.stage);
        if matches!(stage, Stage::Idle) && round.next.is_some_and(|next| now < next) {
            return Ok(0);
        }
        let view = self.store().view()?;
        match stage {
            Stage::Idle => *round = Comparing::begun(&owned(&view)?, now),
            Stage::Orders(after) => {
                let page = view.orders_since(round.since, after, NUMBERS)?;
                let mut links = Links::default();
                for order in &page {
                    round.look_at_order(&view, *order, &mut links, now)?;
                }
                round.stage = match page.last() {
                    Some(last) => Stage::Orders(Some(*last)),
                    None => Stage::Results(view.links()?, None),
                };
            }
            Stage::Results(mut links, before) => {
                let Some(link) = links.pop() else {
                    let found = round.found(&view, &owned(&view)?, now)?;
                    round.open.clear();
                    return self.hold_incidents(&view, Sort::Order, &found, now);
                };
                let next = round.look_at_results(&view, &link, before, now)?;
                if next.is_some() {
                    links.push(link);
                }
                round.stage = Stage::Results(links, next);
            }
        }
        Ok(0)
    }
}
