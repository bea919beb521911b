//! HAZARDS H22: a number or its unit changes on the way. Built, printed, parsed, read and indexed, it stays its text.

use fhir::{Document, Kind, build, read, system};

const VALUES: u64 = 1_000_000;

#[test]
fn h22_a_million_numbers_keep_every_digit() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::new();
    for i in 0..VALUES {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let places = usize::try_from(i % 12).unwrap_or_default();
        let whole = seed >> (i % 60);
        let fraction = format!("{:0<places$}", seed % 10_u64.pow(u32::try_from(places).unwrap_or_default()));
        let text = if places == 0 { whole.to_string() } else { format!("{whole}.{}", &fraction[..places]) };
        bytes.clear();
        fhir::Json::from(build::quantity(&text, (), "mmol/L", (), ())).write(&mut bytes);
        let tree = fhir::json::parse(&bytes).expect("what we print");
        assert_eq!(
            tree.get("value").and_then(|v| v.as_decimal()).map(fhir::Decimal::as_str),
            Some(text.as_str())
        );
    }
}

#[test]
fn h22_numbers_units_and_comparators_are_shown_as_received() {
    for (value, comparator, shown) in [
        ("1.10", "", "1.10"),
        ("0.01", "<", "< 0.01"),
        ("1e-7", "", "1e-7"),
        ("12345678901234567890", "", "12345678901234567890"),
        ("0.12345678901234567890", ">=", ">= 0.12345678901234567890"),
        ("-0.0", "", "-0.0"),
    ] {
        let quantity = build::quantity(value, comparator, "mg/L", system::UCUM, "mg/L");
        let observation = build::untitled(Kind::Observation).set("valueQuantity", quantity);
        let document = Document::parse(observation.to_bytes()).expect("a resource");
        let read = read::observation::read(document.value()).value.expect("a value");
        assert_eq!((read.text.as_str(), read.unit.as_deref()), (shown, Some("mg/L")));
        assert_eq!(read.number.is_some(), comparator.is_empty(), "a bound is no point of a trend");
    }
}
