//! States in a word with a shape.

use super::icons::{icon, solid};
use crate::words::{Lang, chart as w};
use actions::values::Finality;
use actions::values::ReportClass;
use maud::{Markup, html};

/// How final a report is; a final one has no label, only the exception is marked.
pub(crate) fn finality(lang: Lang, finality: Finality) -> Markup {
    html! {
        @match finality {
            Finality::Final => {}
            Finality::Registered => span.pill { (solid("ring")) (lang.say(w::REGISTERED)) },
            Finality::Preliminary => span.pill { (solid("ring")) (lang.say(w::PRELIMINARY)) },
            Finality::Corrected => span.pill.info { (solid("pen")) (lang.say(w::CORRECTED)) },
            Finality::Withdrawn => span.pill.late { (icon("stop")) (lang.say(w::WITHDRAWN)) },
        }
    }
}

/// What sort of report it is.
pub(crate) fn class(lang: Lang, class: ReportClass) -> &'static str {
    lang.say(match class {
        ReportClass::Laboratory => w::LABORATORY,
        ReportClass::Microbiology => w::MICROBIOLOGY,
        ReportClass::Imaging => w::IMAGING,
        ReportClass::Text => w::TEXT_REPORT,
        ReportClass::Document => w::DOCUMENT,
        ReportClass::Encounter => w::ENCOUNTER,
        ReportClass::Referral => w::REFERRAL,
        ReportClass::Order => w::ORDER_NEWS,
    })
}

/// Something a result is, beside its name, only when it needs a human.
pub(crate) fn abnormal(lang: Lang, flagged: bool) -> Markup {
    html! { @if flagged { span.flag.ab { (solid("diamond")) (lang.say(w::ABNORMAL)) } } }
}
