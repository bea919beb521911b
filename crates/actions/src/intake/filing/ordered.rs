//! An order has one patient (HAZARDS H19, JOURNEYS section 3: report patient = order patient = specimen patient): what
//! comes under its number for somebody else is held, and a person says whose it is.

use super::{Chart, Filing};
use crate::chart::filed;
use crate::refusal::Refusal;
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Instant, Json, Kind, Object, PersonId, RecordId};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use store::{LinkId, MessageState, OrderNumber, Requirement, StoredVersion};

/// Days in which a number with an issuer is the same order: standing orders run for a year and are late (ours).
const ISSUED_DAYS: i64 = 400;
/// Days in which a bare number of one sender is the same order: counters begin anew (ours).
const BARE_DAYS: i64 = 30;
/// Shortest bare number that tells orders apart: shorter ones are counters of a day.
const BARE_LENGTH: usize = 5;
/// Most orders and most reports of other records under one number that are looked at; what comes under a number of more
/// is held.
const HOLDERS_LIMIT: usize = 200;

/// What results are filed as.
const REPORT: Kind = Kind::DiagnosticReport;

/// A number of an order as a message states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number {
    /// Identifier system; `None` where the sender named no issuer.
    pub(crate) system: Option<String>,
    pub(crate) value: String,
    /// Whether it is the filler's, else the placer's.
    pub(crate) filler: bool,
}

impl Number {
    /// The placer's and filler's numbers of a request or report.
    pub(crate) fn of(object: &Object) -> impl Iterator<Item = Self> {
        let all = object.get("identifier").map(Json::items).unwrap_or_default();
        all.iter().filter_map(Json::as_object).filter_map(|one| {
            let filler = match one.text("type.coding.code") {
                Some("FILL") => true,
                Some("PLAC") => false,
                _ => return None,
            };
            let value = one.text("value")?.to_owned();
            Some(Self { system: one.text("system").map(str::to_owned), value, filler })
        })
    }

    pub(crate) fn tells_orders_apart(&self) -> bool {
        self.system.is_some() || self.value.chars().count() >= BARE_LENGTH
    }

    fn days(&self) -> i64 {
        if self.system.is_some() { ISSUED_DAYS } else { BARE_DAYS }
    }

    /// What it is remembered by: with its issuer, else with the link it came by.
    pub(crate) fn key(&self, link: &str) -> i64 {
        let issuer = self.system.as_deref().map_or_else(|| format!("link\u{1f}{link}"), str::to_owned);
        let sort = if self.filler { "FILL" } else { "PLAC" };
        let digest = Sha256::digest(format!("{sort}\u{1f}{issuer}\u{1f}{}", self.value).as_bytes());
        let mut bytes = [0_u8; 8];
        bytes.copy_from_slice(&digest[..8]);
        i64::from_be_bytes(bytes) & i64::MAX
    }
}

/// Why a chart is not filed, and under which records the order is on file.
pub(super) struct Elsewhere {
    pub(super) words: Words,
    pub(super) records: Vec<RecordId>,
}

impl Filing<'_> {
    /// The order of one of the chart's results or requests when it is on file under another person. What a person has
    /// said of this chart, or what was filed before, is not asked again; a replay of what is held is.
    pub(super) fn ordered_for_another(
        &mut self,
        chart: &Chart,
        person: PersonId,
    ) -> Result<Option<Elsewhere>, Refusal> {
        if self.row.state == MessageState::Filed || self.way.aimed {
            return Ok(None);
        }
        let asked = chart
            .resources
            .iter()
            .filter(|one| matches!(one.key.kind, Kind::DiagnosticReport | Kind::ServiceRequest));
        let numbers: BTreeSet<Number> = asked.flat_map(|one| Number::of(&one.resource)).collect();
        for number in numbers.iter().filter(|number| number.tells_orders_apart()) {
            if self.nobody_takes(number)? == 0 {
                continue;
            }
            let Some(records) = self.others(number, chart.record, person)? else {
                return Ok(Some(Elsewhere { words: too_many(number), records: Vec::new() }));
            };
            if !records.is_empty() {
                return Ok(Some(Elsewhere { words: words(number), records }));
            }
        }
        Ok(None)
    }

    /// How often a number is on file, on whatever record. The writer looks again whether it came to stand elsewhere
    /// since it was looked for.
    fn nobody_takes(&mut self, number: &Number) -> Result<u32, Refusal> {
        let key = number.key(&self.link.name);
        let orders = self.view.order_count(key)?;
        let reports = self.view.bearer_count(REPORT, number.system.as_deref(), &number.value)?;
        let bearers =
            Requirement::BearerCountIs(REPORT, number.system.clone(), number.value.clone(), reports);
        self.changes.requires.extend([Requirement::OrderCountIs(key, orders), bearers]);
        Ok(orders + reports)
    }

    /// Records of other people under which a number stands; `None` where there are too many to look at.
    fn others(
        &self,
        number: &Number,
        own: RecordId,
        person: PersonId,
    ) -> Result<Option<Vec<RecordId>>, Refusal> {
        let since = self.now.plus_minutes(-number.days() * 24 * 60);
        let most = HOLDERS_LIMIT + 1;
        let orders = self.view.orders_by_number(number.key(&self.link.name), Some(own), since, most)?;
        let system = number.system.as_deref();
        let reports = self.view.bearers(REPORT, system, &number.value, Some(own), most)?;
        if orders.len() >= most || reports.len() >= most {
            return Ok(None);
        }
        let orders = orders.into_iter().map(|one| (one.request, Some(one.at)));
        let mut records = Vec::new();
        for (key, at) in orders.chain(reports.into_iter().map(|key| (key, None))) {
            let Some(row) = self.view.record(key.record)? else { continue };
            if row.person == person || records.contains(&key.record) {
                continue;
            }
            let Some(stored) = self.view.current(key)? else { continue };
            if claims(number, &stored, at, self.row.id.link(), self.now)? {
                records.push(key.record);
            }
        }
        Ok(Some(records))
    }

    /// Remembers the numbers of what a chart asks for. Results are found by their own identifiers.
    pub(super) fn remember_orders(&mut self, chart: &Chart) {
        if chart.resources.iter().any(|one| one.key.kind == Kind::DiagnosticReport) {
            return;
        }
        for one in chart.resources.iter().filter(|one| one.key.kind == Kind::ServiceRequest) {
            for number in Number::of(&one.resource).filter(Number::tells_orders_apart) {
                let number = number.key(&self.link.name);
                self.changes.orders.push(OrderNumber { number, request: one.key, at: self.now });
            }
        }
    }
}

/// Whether what is on file claims a number for what came by a link at a time: not withdrawn, not from another sender where
/// the number is bare, and not so old that the sender counts anew. A report without the time of an order bears numbers of
/// either sort: one of the filler's is no number of a placer.
pub(crate) fn claims(
    number: &Number,
    stored: &StoredVersion,
    ordered: Option<Instant>,
    link: LinkId,
    now: Instant,
) -> Result<bool, Refusal> {
    let at = ordered.unwrap_or(stored.at);
    let old = now.seconds_since(at) > number.days() * 24 * 3600;
    let same_link = stored.message.is_some_and(|message| message.link() == link);
    if old || (number.system.is_none() && !same_link) {
        return Ok(false);
    }
    let on_file = filed(stored.clone())?;
    if ordered.is_none() && !Number::of(&on_file.object).any(|one| one == *number) {
        return Ok(false);
    }
    let over = matches!(on_file.object.text("status"), Some("revoked" | "entered-in-error" | "cancelled"));
    Ok(!over && on_file.finality() != Finality::Withdrawn)
}

fn words(number: &Number) -> Words {
    let (whose, of) = if number.filler { ("filler", "l'exécutant") } else { ("placer", "le demandeur") };
    let value = &number.value;
    Words::new(
        format!(
            "Order {value} (the {whose}'s number) is on file under another patient. Say whose this is, or return it to the sender."
        ),
        format!(
            "La demande {value} (numéro donné par {of}) est au dossier d'un autre patient. Dites à qui ceci appartient, ou retournez-le à l'expéditeur."
        ),
    )
}

fn too_many(number: &Number) -> Words {
    let value = &number.value;
    Words::new(
        format!(
            "Order number {value} stands on more than {HOLDERS_LIMIT} orders or reports of others, so it tells nobody apart. Say whose this is, or return it to the sender."
        ),
        format!(
            "Le numéro de demande {value} figure sur plus de {HOLDERS_LIMIT} demandes ou rapports d'autres; il ne distingue personne. Dites à qui ceci appartient, ou retournez-le à l'expéditeur."
        ),
    )
}
