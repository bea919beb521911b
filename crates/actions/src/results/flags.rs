//! What a result means: what its source says (OBX-8), and where it says nothing, where the value lies in the range that the
//! source states for it, said as that and not as the source's own flag (HAZARDS H25). Where neither is known, nothing is said: silence is not "as expected".

use super::Flag;
use clinical::flags::Said;
use fhir::read::observation;
use fhir::{Json, Object};

/// The flag of an Observation resource.
pub(crate) fn flag_of(observation: &Object) -> Flag {
    if observation.get("interpretation").is_some() { said(observation) } else { in_range(observation) }
}

/// The gravest flag that its source says.
fn said(observation: &Object) -> Flag {
    let read = observation::read(observation);
    let codes =
        read.interpretation.iter().flat_map(|concept| &concept.codings).filter_map(|c| c.code.as_deref());
    let flags = codes.map(|code| match Said::of(code) {
        Said::CriticalHigh => Flag::CriticalHigh,
        Said::CriticalLow => Flag::CriticalLow,
        Said::Critical => Flag::CriticalAbnormal,
        Said::High => Flag::High,
        Said::Low => Flag::Low,
        Said::Abnormal => Flag::Abnormal,
        Said::Normal => Flag::Normal,
        Said::Nothing => Flag::None,
    });
    flags.max_by_key(|flag| weight(*flag)).unwrap_or(Flag::None)
}

/// Where the value lies in the one range that is stated for it; nothing is known of a value or range in words, of several
/// ranges, of a range of another sort or unit.
fn in_range(observation: &Object) -> Flag {
    let Some(quantity) = observation.get("valueQuantity").and_then(Json::as_object) else {
        return Flag::None;
    };
    let [range] = observation.get("referenceRange").map_or(&[][..], Json::items) else { return Flag::None };
    let (low, high) = (range.get("low"), range.get("high"));
    let is_other = [low, high].into_iter().flatten().any(|limit| {
        let unit = |of: Option<&Json>| of.and_then(Json::as_str).map(str::to_owned);
        unit(limit.get("unit")).is_some_and(|own| Some(own) != unit(quantity.get("unit")))
    });
    let is_normal = |of: &Json| {
        let codes = of.get("coding").map_or(&[][..], Json::items).iter();
        codes.filter_map(|one| one.get("code").and_then(Json::as_str)).eq(["normal"])
    };
    if is_other
        || range.get("type").is_some_and(|of| !is_normal(of))
        || range.get("appliesTo").is_some()
        || range.get("age").is_some()
    {
        return Flag::None;
    }
    let number = |of: Option<&Json>| of.and_then(Json::as_decimal)?.as_str().parse::<f64>().ok();
    let (low, high) =
        (number(low.and_then(|at| at.get("value"))), number(high.and_then(|at| at.get("value"))));
    let Some(value) = number(quantity.get("value")) else { return Flag::None };
    let (below, above) = (low.is_some_and(|low| value < low), high.is_some_and(|high| value > high));
    match quantity.get("comparator").and_then(Json::as_str) {
        Some("<") if low.is_some_and(|low| value <= low) => Flag::Below,
        Some(">") if high.is_some_and(|high| value >= high) => Flag::Above,
        Some("<=") if below => Flag::Below,
        Some(">=") if above => Flag::Above,
        // The value is somewhere beyond what is written.
        Some(_) => Flag::None,
        None if below => Flag::Below,
        None if above => Flag::Above,
        None if low.is_some() || high.is_some() => Flag::Normal,
        None => Flag::None,
    }
}

fn weight(flag: Flag) -> u8 {
    match flag {
        Flag::None => 0,
        Flag::Normal => 1,
        Flag::Abnormal => 2,
        Flag::High | Flag::Low | Flag::Above | Flag::Below => 3,
        Flag::CriticalAbnormal => 4,
        Flag::CriticalHigh | Flag::CriticalLow => 5,
    }
}
