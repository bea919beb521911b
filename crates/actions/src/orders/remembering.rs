//! Numbers of orders that were filed before numbers were remembered.

use super::Links;
use crate::chart::filed;
use crate::intake::Number;
use crate::record::Record;
use crate::refusal::Refusal;
use fhir::{Kind, RecordId, ResourceKey};
use store::{Changes, OrderNumber, Settled, StoredVersion, View};

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

impl Record {
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
    use crate::chart::tests::World;
    use crate::orders::tests::{order, result};
    use fhir::Instant;

    #[test]
    fn h19_numbers_of_orders_from_before_are_remembered_once() {
        let mut world = World::new("orders-former");
        order(&mut world, "P10001", "NW");
        result(&mut world, "P10002");
        let view = world.record.store().view().expect("a view");
        let kept = view.orders_since(Instant(0), None, 10).expect("orders");
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
        let again = view.orders_since(Instant(0), None, 10).expect("orders");
        assert!(again.iter().any(|one| one.request == key && one.at == stored.at), "{again:?}");
    }
}
