//! What a filler says of an order must reach whoever ordered (X-14: duplicates cancelled in silence, draws missed).

use crate::intake::datatypes::xcn;
use crate::intake::folder::Folder;
use crate::intake::groups::Order;
use crate::intake::reading::{field, one};
use crate::intake::segments::obr;
use crate::intake::segments::orc::Numbers;
use crate::intake::{AddresseePart, Gravity, Report, ReportClass};
use crate::results::Standing;
use fhir::ResourceKey;

/// Order controls (HL7 table 0119) by which a filler says, unasked or against the wish, that something will not be done
/// as ordered: cancelled, discontinued, held, replaced, not possible.
const UNASKED: &[&str] =
    &["OC", "OD", "OH", "RU", "UA", "UC", "UD", "UH", "UM", "UN", "UR", "UX", "DE", "DF"];
/// Those by which it says that it did what was asked: cancelled, discontinued, held, replaced.
const AS_ASKED: &[&str] = &["CR", "DR", "HR", "RQ"];

/// Proposes the news of one order; `about` is the request or the answer's Task. What was not asked for is never plain
/// news, and has a line of its own even where nobody is named; an answer to a wish goes to whoever is named.
pub(super) fn file(folder: &mut Folder<'_>, order: &Order<'_>, about: ResourceKey) {
    let control = order.orc.map(|orc| field(orc, 1)).unwrap_or_default();
    let (unasked, as_asked) = (UNASKED.contains(&&*control), AS_ASKED.contains(&&*control));
    if !unasked && !as_asked {
        return;
    }
    let mut addressees = Vec::new();
    if let Some(obr) = order.obr {
        xcn::addressees(&mut addressees, obr.field(16), AddresseePart::Ordering, "OBR-16");
    }
    if let Some(orc) = order.orc {
        xcn::addressees(&mut addressees, orc.field(12), AddresseePart::Ordering, "ORC-12");
    }
    if as_asked && addressees.is_empty() {
        return;
    }
    if let Some(obr) = order.obr {
        xcn::addressees(&mut addressees, obr.field(28), AddresseePart::CopyTo, "OBR-28");
    }
    let service = order.obr.and_then(|obr| one(obr, 4)).map(obr::title).unwrap_or_default();
    let before = match &*control {
        "OC" | "CR" => "Order cancelled",
        "OD" | "DR" => "Order discontinued",
        "OH" | "HR" => "Order on hold",
        "RU" | "RQ" => "Order replaced",
        _ => "Order not done as asked",
    };
    let standing = Standing { finality: None, as_of: folder.as_of };
    folder.reports.push(Report {
        key: about,
        class: ReportClass::Order,
        title: if service.is_empty() { before.to_owned() } else { format!("{before}: {service}") },
        accession: Numbers::of(order).accession(),
        standing,
        flag: if unasked { Gravity::Abnormal } else { Gravity::Normal },
        addressees,
        confidential: false,
        notice: None,
        referral: None,
    });
}
