//! Tabs that are links: each has an address of its own.

use crate::components::numbers::whole;
use crate::words::Lang;
use maud::{Markup, html};

/// One tab: address, name, number beside it, and whether it is the open one.
pub(crate) struct Tab {
    /// Where it leads.
    pub(crate) href: String,
    /// What it is called.
    pub(crate) name: &'static str,
    /// How many lines it holds.
    pub(crate) count: Option<u32>,
    /// Open now.
    pub(crate) current: bool,
}

/// A row of tabs.
pub(crate) fn tabs(lang: Lang, label: &str, all: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in all {
                a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                    (tab.name)
                    @if let Some(count) = tab.count { span.n { (whole(lang, u64::from(count))) } }
                }
            }
        }
    }
}
