//! Orders beside results (GUARANTEES X-14): what was asked for and has no result, and what has come under the number of
//! an order that never came, each somebody's until it is so no more; and the numbers of orders that were filed before
//! numbers were remembered.

use crate::chart::{filed, moment_at};
use crate::dialects::read_as_filed;
use crate::incidents::{Found, Sort};
use crate::intake::Number;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::words::Words;
use fhir::{Instant, Kind, Object, RecordId, ResourceKey};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::{Changes, Link, LinkId, MessageFilter, MessageState, OrderNumber, Settled, StoredVersion, View};

/// Days after which an order without a result is somebody's (ours: a culture's last report comes within them).
const LATE_DAYS: i64 = 7;
/// Days in which an order is looked for a result at all: what is older was told long ago.
const WINDOW_DAYS: i64 = 60;
/// Days of messages that are held against the orders.
const RESULT_DAYS: i64 = 2;
/// Numbers of orders that are compared at once, the latest.
const MOST_NUMBERS: usize = 50_000;
/// Messages of a feed that are held against the orders, the latest, and how many are read at once.
const MOST_MESSAGES: usize = 5_000;
const PAGE: usize = 500;
/// Orders or results of one feed that are told one by one; of more the feed itself is told of.
const EACH: usize = 10;
/// Records that one round looks through for numbers that are not remembered.
const RECORDS_A_ROUND: usize = 200;
/// Requests of one record that are looked through.
const REQUESTS_OF_RECORD: usize = 1_000;

/// How far the numbers on file have been looked through since the start.
#[derive(Debug, Default)]
pub(crate) enum Remembered {
    /// Nothing yet.
    #[default]
    Nothing,
    /// All records up to this one.
    UpTo(RecordId),
    /// All.
    All,
}

/// What is not as it should be, by feed.
#[derive(Default)]
struct Open {
    /// Number of the order; whether a result came, else the order.
    by_feed: BTreeMap<(String, bool), BTreeSet<String>>,
}

impl Open {
    fn add(&mut self, feed: &str, has_result: bool, number: &str) {
        self.by_feed.entry((feed.to_owned(), has_result)).or_default().insert(number.to_owned());
    }

    fn found(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for ((feed, has_result), numbers) in &self.by_feed {
            if numbers.len() > EACH {
                found.push(many(feed, *has_result, numbers));
            } else {
                found.extend(numbers.iter().map(|number| one(feed, *has_result, number)));
            }
        }
        found
    }
}

fn one(feed: &str, has_result: bool, number: &str) -> Found {
    let subject = format!("{feed} {number}");
    if has_result {
        return Found {
            subject,
            what: Words::new(
                format!("Ask the sender of {feed} for order {number}."),
                format!("Demander à l'expéditeur de {feed} la demande {number}."),
            ),
            because: Words::new(
                format!("A result of {feed} names order {number}, which never came. The result is filed."),
                format!(
                    "Un résultat de {feed} nomme la demande {number}, qui n'est jamais venue. Le résultat est versé."
                ),
            ),
        };
    }
    Found {
        subject,
        what: Words::new(
            format!("Find out what became of order {number} of {feed}."),
            format!("Établir ce qu'est devenue la demande {number} de {feed}."),
        ),
        because: Words::new(
            format!("Order {number} of {feed} has had no result and no cancellation for {LATE_DAYS} days."),
            format!("La demande {number} de {feed} n'a ni résultat ni annulation depuis {LATE_DAYS} jours."),
        ),
    }
}

fn many(feed: &str, has_result: bool, numbers: &BTreeSet<String>) -> Found {
    let shown = numbers.iter().take(EACH).map(String::as_str).collect::<Vec<_>>().join(", ");
    let count = numbers.len();
    let (what, because) = if has_result {
        (
            Words::new(
                format!("Settle with the sender of {feed} where its orders go."),
                format!("Établir avec l'expéditeur de {feed} où vont ses demandes."),
            ),
            Words::new(
                format!("{count} results of {feed} name orders that never came: {shown} and others."),
                format!(
                    "{count} résultats de {feed} nomment des demandes jamais venues : {shown} et d'autres."
                ),
            ),
        )
    } else {
        (
            Words::new(
                format!("Settle with the sender of {feed} where its results stay."),
                format!("Établir avec l'expéditeur de {feed} où restent ses résultats."),
            ),
            Words::new(
                format!(
                    "{count} orders of {feed} have had no result and no cancellation for {LATE_DAYS} days: {shown} and others."
                ),
                format!(
                    "{count} demandes de {feed} n'ont ni résultat ni annulation depuis {LATE_DAYS} jours : {shown} et d'autres."
                ),
            ),
        )
    };
    // A number never ends in a star, so that the feed as a whole is no order of it.
    let sort = if has_result { "results*" } else { "orders*" };
    Found { subject: format!("{feed} {sort}"), what, because }
}

/// Links by key, read once each.
#[derive(Default)]
struct Links(HashMap<LinkId, Option<Link>>);

impl Links {
    fn of(&mut self, view: &View, id: LinkId) -> Result<Option<&Link>, Refusal> {
        let link = match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(view.link(id)?),
        };
        Ok(link.as_ref())
    }
}

/// Whether something is still expected of a request: asked for, not ended, not for later, and no referral, which has an
/// owner of its own until it is decided.
fn is_expected(request: &Object, late: Instant) -> bool {
    let later = moment_at(request, "occurrence[x]").is_some_and(|at| at > late);
    request.text("status") == Some("active") && request.text("intent") == Some("order") && !later
}

/// Whether a report bears one of the numbers.
fn has_report(view: &View, numbers: &[Number]) -> Result<bool, Refusal> {
    for number in numbers {
        if view.bearer_count(Kind::DiagnosticReport, number.system.as_deref(), &number.value)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Orders without a result, and who issues the numbers of orders that come to us.
fn without_result(
    view: &View,
    now: Instant,
    links: &mut Links,
    open: &mut Open,
) -> Result<BTreeSet<String>, Refusal> {
    let late = now.plus_minutes(-LATE_DAYS * 24 * 60);
    let asked = view.orders_asked(now.plus_minutes(-WINDOW_DAYS * 24 * 60), MOST_NUMBERS)?;
    let mut issuers = BTreeSet::new();
    let mut seen: HashSet<ResourceKey> = HashSet::new();
    for order in asked {
        if !seen.insert(order.request) {
            continue;
        }
        let Some(stored) = view.current(order.request)? else { continue };
        let Some(message) = stored.message else { continue };
        let request = filed(stored)?.object;
        let numbers: Vec<Number> = Number::of(&request).collect();
        issuers.extend(numbers.iter().filter(|one| !one.filler).filter_map(|one| one.system.clone()));
        let is_referral = view
            .message_head(message)?
            .is_some_and(|head| ["REF", "RRI"].iter().any(|code| head.message_type.starts_with(code)));
        if order.at > late || is_referral || !is_expected(&request, late) || has_report(view, &numbers)? {
            continue;
        }
        let Some(link) = links.of(view, message.link())? else { continue };
        if let Some(number) = numbers.first() {
            open.add(&link.name, false, &number.value);
        }
    }
    Ok(issuers)
}

/// Results of late under a placer's number whose issuer sends its orders here, without the order.
fn without_order(
    view: &View,
    now: Instant,
    issuers: &BTreeSet<String>,
    open: &mut Open,
) -> Result<(), Refusal> {
    let since = now.plus_minutes(-RESULT_DAYS * 24 * 60);
    for link in view.links()? {
        let filter = MessageFilter {
            link: Some(link.id),
            state: Some(MessageState::Filed),
            ..MessageFilter::default()
        };
        let (mut read, mut last) = (0, None);
        'pages: while read < MOST_MESSAGES {
            let page = view.messages_of(&filter, PAGE, last)?;
            let Some(oldest) = page.last().map(|row| row.id) else { break };
            last = Some(oldest);
            for row in page {
                if row.received < since {
                    break 'pages;
                }
                read += 1;
                let Ok(said) = read_as_filed(view, &row, &link)? else { continue };
                let said = said.interpret();
                let all = said.charts.iter().flat_map(|chart| &chart.resources);
                for report in all.filter(|one| one.key.kind == Kind::DiagnosticReport) {
                    for number in Number::of(&report.resource).filter(|one| !one.filler) {
                        let ours = number.system.as_ref().is_some_and(|issuer| issuers.contains(issuer));
                        if ours && view.order_count(number.key(&link.name))? == 0 {
                            open.add(&link.name, true, &number.value);
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

impl Record {
    /// Holds orders and results against each other and makes the incidents what was found; each ends by itself with the
    /// result, the order or the cancellation. Returns how many opened and ended.
    pub(crate) fn compare_orders(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        let mut open = Open::default();
        let issuers = without_result(&view, now, &mut Links::default(), &mut open)?;
        without_order(&view, now, &issuers, &mut open)?;
        self.hold_incidents(&view, Sort::Order, &open.found(), now)
    }

    /// Remembers the numbers of requests on file that are not: those filed before numbers were remembered. A few records
    /// a round, once since each start. Returns how many were missing.
    pub(crate) fn remember_former_orders(&self, upto: &mut Remembered) -> Result<usize, Refusal> {
        let after = match upto {
            Remembered::Nothing => None,
            Remembered::UpTo(record) => Some(*record),
            Remembered::All => return Ok(0),
        };
        let view = self.store().view()?;
        let records = view.records_after(after, RECORDS_A_ROUND)?;
        let mut links = Links::default();
        let mut orders = Vec::new();
        for record in &records {
            for stored in view.resources_of(record.record, Kind::ServiceRequest, REQUESTS_OF_RECORD)? {
                orders.extend(missing(&view, stored, &mut links)?);
            }
        }
        let missing = orders.len();
        if missing > 0 {
            match self.store().settle_blocking(Changes { orders, ..Changes::default() }) {
                Settled::Done => {}
                other => return Err(Refusal::try_again(&other)),
            }
        }
        *upto = records.last().map_or(Remembered::All, |last| Remembered::UpTo(last.record));
        Ok(missing)
    }
}

/// The numbers of a request that are not remembered. What came with its own result is found by the report's.
fn missing(view: &View, stored: StoredVersion, links: &mut Links) -> Result<Vec<OrderNumber>, Refusal> {
    let Some(message) = stored.message else { return Ok(Vec::new()) };
    let (request, at) = (stored.key, stored.at);
    let Some(link) = links.of(view, message.link())?.map(|link| link.name.clone()) else {
        return Ok(Vec::new());
    };
    let object = filed(stored)?.object;
    let mut missing = Vec::new();
    for number in Number::of(&object).filter(Number::tells_orders_apart) {
        let number = number.key(&link);
        if !view.is_order_remembered(number, request)? {
            missing.push(OrderNumber { number, request, at });
        }
    }
    let is_report = |(key, _): &(ResourceKey, u32)| key.kind == Kind::DiagnosticReport;
    if !missing.is_empty() && view.said_by(message)?.iter().any(is_report) {
        return Ok(Vec::new());
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::{MAREN, World};

    const DAY_MINUTES: i64 = 24 * 60;

    fn order(world: &mut World, number: &str, control: &str) {
        let orc = format!("ORC|{control}|{number}^HRH|||||||20261122100000");
        let obr = format!("OBR|1|{number}^HRH||24362-6^Renal function panel^LN");
        world.send("ORM^O01^ORM_O01", "HRH", &[MAREN, &orc, &obr]);
    }

    fn result(world: &mut World, number: &str) {
        let obr = format!(
            "OBR|1|{number}^HRH|F{number}^HRH|24362-6^Renal function panel^LN|||20261122101000|||||||||||||||20261122103000||CH|F"
        );
        let obx = "OBX|1|NM|2823-3^Potassium^LN||4.10|mmol/L|3.5-5.1|N|||F";
        world.send("ORU^R01^ORU_R01", "HRH", &[MAREN, &obr, obx]);
    }

    fn open(world: &World) -> Vec<String> {
        let view = world.record.store().view().expect("a view");
        let all = view.incidents_open().expect("incidents").into_iter();
        all.filter(|row| row.sort == Sort::Order.code()).map(|row| row.subject).collect()
    }

    #[test]
    fn x14_orders_and_results_without_each_other_are_owned_until_they_are_not() {
        let mut world = World::new("orders-compared");
        for number in ["P10001", "P10002", "P10003"] {
            order(&mut world, number, "NW");
        }
        result(&mut world, "P10002");
        assert_eq!(world.record.compare_orders(world.clock).expect("compared"), 0, "nothing is late yet");
        let later = world.clock.plus_minutes(8 * DAY_MINUTES);
        assert_eq!(world.record.compare_orders(later).expect("compared"), 2);
        assert_eq!(open(&world), ["LAB@HRH P10001", "LAB@HRH P10003"]);
        assert_eq!(world.record.compare_orders(later).expect("compared"), 0, "what lasts stays as it is");
        order(&mut world, "P10001", "CA");
        result(&mut world, "P10003");
        result(&mut world, "P10009");
        world.record.compare_orders(world.clock.plus_minutes(DAY_MINUTES)).expect("compared");
        assert_eq!(open(&world), ["LAB@HRH P10009"], "a result whose order never came");
        order(&mut world, "P10009", "NW");
        world.record.compare_orders(world.clock.plus_minutes(DAY_MINUTES)).expect("compared");
        assert_eq!(open(&world), Vec::<String>::new());
    }

    #[test]
    fn h19_numbers_of_orders_from_before_are_remembered_once() {
        let mut world = World::new("orders-former");
        order(&mut world, "P10001", "NW");
        result(&mut world, "P10002");
        let view = world.record.store().view().expect("a view");
        let kept = view.orders_asked(Instant(0), 10).expect("orders");
        assert_eq!(kept.len(), 1);
        drop(view);
        let all = |world: &World| {
            let (mut upto, mut missing) = (Remembered::default(), 0);
            while !matches!(upto, Remembered::All) {
                missing += world.record.remember_former_orders(&mut upto).expect("a round");
            }
            missing
        };
        assert_eq!(all(&world), 0, "all of them are remembered");
        // Filed as before numbers were remembered: by resources alone.
        let view = world.record.store().view().expect("a view");
        let stored = view.current(kept[0].request).expect("read").expect("a request");
        drop(view);
        let body = String::from_utf8(stored.body).expect("text").replace("P10001", "P10077").into_bytes();
        let key = ResourceKey { local: fhir::LocalId::of(Kind::ServiceRequest, &["former"]), ..stored.key };
        let Ok(fhir::Json::Object(object)) = fhir::json::parse(&body) else { panic!("an object") };
        let former = store::VersionRow {
            key,
            version: 1,
            current: true,
            index: fhir::search::rows(key.kind, &object),
            body,
            finality: stored.finality,
            as_of: stored.as_of,
            message: stored.message,
            at: stored.at,
            custodian: "HRH".to_owned(),
        };
        let settled =
            world.record.store().settle_blocking(Changes { resources: vec![former], ..Changes::default() });
        assert!(matches!(settled, Settled::Done));
        assert_eq!((all(&world), all(&world)), (1, 0));
        let view = world.record.store().view().expect("a view");
        let again = view.orders_asked(Instant(0), 10).expect("orders");
        assert!(again.iter().any(|one| one.request == key && one.at == stored.at), "{again:?}");
    }
}
