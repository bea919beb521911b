//! Values within messages and pages: times, units, numbers, names, addresses.

use super::{NOW, text};
use crate::Target;
use crate::seeds::texts;
use clinical::codes::{rounded, same_unit, ucum};
use clinical::enrolment::{addresses, licence};
use clinical::facility::days;
use clinical::identity::{dates, linkage::normalise, names};
use clinical::{subscriptions, totals};
use fhir::fhirpath::{Dec, Moment, MomentKind};
use fhir::search::fold;
use hl7v2::time::Hl7Time;

pub(super) const VALUES: Target = Target {
    name: "values",
    reads: "times, units, numbers, names, telephone numbers, addresses",
    seeds: || {
        texts(&[
            "20261122140500.123456-0400",
            "2026-11-22T14:05:00.123-04:00",
            "mmol/L",
            "10*9/L",
            "kg.m2/s2",
            "-004.10",
            "+1 (902) 555-0134 x12",
            "O\u{2019}Brien-MacDonald, \u{c9}lise Marie (Junior) III",
            "0012 345 678",
            "B0V 1A0",
            "1 Quay St., Apt 4, Digby NS",
            "zoe.leger+x@harbour.example",
            "https://ehr.example:8443/hook?x=y#z",
            "{copies}/mL",
            "[in_i]",
            "<0.01",
            "NSCP 4417",
            "2026-11-01",
            "Mc Donald",
        ])
    },
    words: &[
        " ", ".", "-", "+", "/", "*", "(", ")", "[", "]", "{", "}", ":", "T", "Z", "@", ",", "'", "10*", "k",
        "m", "g", "mol", "%", "\u{300}", "\u{301}", "\u{2019}", "\u{131}", "Jr", "Mac", "0000", "9999",
        "24:00", "60", "+1400", "-0000",
    ],
    take: |input| {
        let whole = text(input);
        let text: String = whole.chars().take(300).collect();
        if let Ok(time) = Hl7Time::parse(&text) {
            let _ =
                (time.to_fhir_date(), time.to_fhir_datetime(Some(-240)), time.to_fhir_instant(Some(-240)));
            let written = time.to_fhir_datetime(Some(-240));
            assert!(
                fhir::time::interval(&written).is_some(),
                "{text:?} becomes {written:?}, which is no time"
            );
        }
        if let Some((from, to)) = fhir::time::interval(&text) {
            assert!(from <= to, "{text:?} ends before it begins");
        }
        for kind in [MomentKind::Date, MomentKind::DateTime, MomentKind::Time] {
            let _ = Moment::read(&text, kind);
        }
        let _ = (
            Dec::read(&text),
            fhir::search::r4::Fixed::read(&text),
            ucum::read(&text),
            same_unit(&text, "mg/dL"),
        );
        if let Some(decimal) = fhir::Decimal::read(&text) {
            let parsed = fhir::json::parse(decimal.as_str().as_bytes());
            assert!(parsed.is_ok(), "{text:?} becomes {decimal}, which is no number");
            let _ = rounded(decimal.as_str(), 18.018);
        }
        assert_eq!(fold(&fold(&text)), fold(&text), "folded twice, it differs");
        let folded = names::fold(&text);
        let _ = (names::root(&folded), names::is_placeholder(&text), names::compare_family(&text, "Kestrel"));
        let _ = (
            dates::is_full(&text),
            dates::compare_birth_dates(&text, "1987-04-30"),
            dates::generations_apart(&text, "1987-04-30"),
        );
        let _ =
            (normalise::birth_date(&text), normalise::days_since_1900(&text), normalise::telephone(&text));
        let _ = (
            normalise::card(&text, "NS"),
            normalise::postal(&text),
            normalise::sex(&text),
            normalise::suffix(&text),
        );
        let _ = (normalise::without_suffix(&text), normalise::issuer(&text), normalise::address(&text));
        let _ = (
            clinical::directory::fax_number(&text),
            days::parse(&text),
            days::falls_on(&text),
            totals::bounds(&text),
        );
        let _ = (
            addresses::key(&text),
            addresses::mailbox(&text),
            addresses::is_shared(&text),
            licence::key_of(&text),
        );
        let _ = (subscriptions::is_protected(&text), subscriptions::without_secrets(input.to_vec()), NOW);
    },
    usual: 4_000,
};
