//! One order or specimen belongs to one patient (HAZARDS H19): a message that puts the same number under two patients
//! contradicts itself, and nobody but its sender can say whose result it is.

use crate::intake::Chart;
use crate::intake::datatypes::{cwe, ei};
use crate::intake::groups::{Group, Order};
use crate::intake::reading::{one, sub};
use crate::intake::segments::orc::Numbers;
use crate::words::Words;
use std::collections::HashMap;

/// Why a message that shares a filler's order or a specimen between patients is held.
pub(super) fn between_patients(groups: &[Group<'_>], charts: &[Chart]) -> Option<Words> {
    if charts.len() < 2 {
        return None;
    }
    let mut owners: HashMap<(&'static str, String), fhir::RecordId> = HashMap::new();
    for (group, chart) in groups.iter().zip(charts) {
        for (sort, number, shown) in group.orders.iter().flat_map(numbers) {
            if *owners.entry((sort, number)).or_insert(chart.record) != chart.record {
                return Some(words(sort, &shown));
            }
        }
    }
    None
}

/// The filler's number with the service, and the numbers of the specimens: sort, key and the number as people know it.
fn numbers(order: &Order<'_>) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    if let Some(rep) = Numbers::of(order).filler {
        let service = order.obr.and_then(|obr| one(obr, 4)).map(cwe::key).unwrap_or_default();
        let key = ei::key(rep);
        if !key.is_empty() {
            found.push(("OBR-3", format!("{key}|{service}"), sub(rep.comp(1), 1).into_owned()));
        }
    }
    for sample in &order.specimens {
        let Some(rep) = one(sample.spm, 2) else { continue };
        let (value, authority) = (sub(rep.comp(2), 1), sub(rep.comp(2), 2));
        if !value.is_empty() {
            found.push(("SPM-2", format!("{authority}|{value}"), value.into_owned()));
        }
    }
    found
}

fn words(sort: &str, number: &str) -> Words {
    let (en, fr) = if sort == "OBR-3" { ("order", "La demande") } else { ("specimen", "Le spécimen") };
    Words::new(
        format!(
            "The {en} {number} ({sort}) stands under two patients of this message: nobody can be told whose the result is. Send it again under the right one."
        ),
        format!(
            "{fr} {number} ({sort}) figure sous deux patients de ce message : on ne peut dire à qui est le résultat. Renvoyez-le sous le bon.",
        ),
    )
}
