//! XTN, telecommunication number (HL7 v2.5.1 2.A.89). Map XTN[ContactPoint].

use super::xpn::period;
use crate::intake::reading::{comp, prose};
use crate::intake::scope::Scope;
use crate::intake::tables::{self, systems};
use fhir::{Object, build};
use hl7v2::Rep;

/// ContactPoint; `default_use` counts when XTN.2 does not say (PID-13 home, PID-14 work).
pub(crate) fn contact_point(scope: &Scope<'_>, rep: Rep<'_>, default_use: &'static str) -> Object {
    let (said_use, equipment) = (comp(rep, 2), comp(rep, 3));
    let address = prose(rep.comp(4));
    let internet =
        matches!(&*equipment, "Internet" | "X.400") || (&*said_use == "NET" && !address.is_empty());
    let (country, area, local, extension) = (comp(rep, 5), comp(rep, 6), comp(rep, 7), comp(rep, 8));
    let (unformatted, plain) = (prose(rep.comp(12)), prose(rep.comp(1)));
    let value = if internet {
        if address.is_empty() { plain.into_owned() } else { address.into_owned() }
    } else if !unformatted.is_empty() {
        unformatted.into_owned()
    } else if !local.is_empty() {
        let mut number = String::new();
        if !country.is_empty() {
            number.push('+');
            number.push_str(country.trim_start_matches('+'));
            number.push(' ');
        }
        if !area.is_empty() {
            number.push_str(&area);
            number.push(' ');
        }
        number.push_str(&local);
        if !extension.is_empty() {
            number.push_str(" X");
            number.push_str(&extension);
        }
        number
    } else if !plain.is_empty() {
        plain.into_owned()
    } else {
        address.into_owned()
    };
    if value.is_empty() {
        return Object::new();
    }
    let known = tables::code(tables::people::EQUIPMENT, &equipment);
    let system = match known {
        "mobile" | "" if value.contains('@') => "email",
        // ContactPoint.system knows no "mobile": a mobile telephone is a phone whose use is mobile.
        "mobile" => "phone",
        "" if !equipment.is_empty() => "other",
        "" if said_use == "NET" => "email",
        "" => "phone",
        known => known,
    };
    let mut usage = tables::code(tables::people::TELECOM_USE, &said_use);
    if equipment == "CP" && usage.is_empty() {
        usage = "mobile";
    }
    if usage.is_empty() && said_use.is_empty() {
        usage = default_use;
    }
    let rank = comp(rep, 18);
    let mut point = build::contact_point(system, value, usage)
        .set("rank", rank.parse::<u32>().ok().filter(|rank| *rank > 0))
        .set("period", period(scope, rep, 13, 14, 0));
    for (url, part) in [
        (systems::PHONE_COUNTRY, country),
        (systems::PHONE_AREA, area),
        (systems::PHONE_LOCAL, local),
        (systems::PHONE_EXTENSION, extension),
    ] {
        point.add("extension", build::extension(url, "valueString", part));
    }
    point
}
