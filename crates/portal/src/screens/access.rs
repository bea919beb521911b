//! The access table as everybody may read it: role, purpose, sorts of data, what must be on file.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::words::privacy as p;
use actions::values::{DataClass, REACH, REACH_VERSION};
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(p::ACCESS)) } p { (lang.fill(p::ACCESS_LEAD, &[REACH_VERSION])) } } }
        div.card { div.scroll tabindex="0" role="region" aria-label=(lang.say(p::ACCESS)) {
            table {
                caption.vh { (lang.say(p::ACCESS)) }
                thead {
                    tr {
                        th scope="col" { (lang.say(p::COL_ROLE)) }
                        th scope="col" { (lang.say(p::COL_PURPOSE)) }
                        @for class in DataClass::ALL { th scope="col" { (lang.of(&class.words())) } }
                        th scope="col" { (lang.say(p::COL_NEEDS)) }
                        th scope="col" { (lang.say(p::COL_CONSENT)) }
                    }
                }
                tbody {
                    @for line in REACH {
                        tr {
                            th.nowrap scope="row" { (lang.of(&line.role.words())) }
                            td.id { (line.purpose.code()) }
                            @for class in DataClass::ALL {
                                td { @if line.includes(class) { (icon("check")) span.vh { (lang.say(p::YES)) } } @else { span.vh { (lang.say(p::NO)) } } }
                            }
                            td { (lang.of(&line.need.words())) }
                            td { (lang.say(if line.bound_by_consent { p::YES } else { p::NO })) }
                        }
                    }
                }
            }
        } }
        p.small { (lang.say(p::ACCESS_FOOT)) }
        p { a href="/tips" { (lang.say(crate::words::activity::TIP)) } }
    };
    page(
        chrome,
        Page {
            title: lang.say(p::ACCESS).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}
