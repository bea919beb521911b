//! The frame around every page: bar, person, sections, foot. What a seat may not do is not in it.

use super::banner;
use super::icons::{icon, sprite};
use super::numbers::whole;
use crate::assets::{SCRIPT, STYLE};
use crate::screens::SCREENS;
use crate::words::{Lang, Say, panel, shell as w};
use actions::patients::{Banner, ChartCounts};
use actions::practice_copy::Parity;
use actions::values::Words;
use actions::values::{Permission, Role, may};
use fhir::Instant;
use maud::{DOCTYPE, Markup, html};
use std::sync::Arc;

/// Space between lines, as the reader chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Density {
    /// As drawn.
    Standard,
    /// More on one screen.
    Compact,
    /// Larger text and controls.
    Roomy,
}

/// Light or dark, as the reader chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    Device,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The reader's own choices; they come with the request and are in the first byte of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// Language.
    pub lang: Lang,
    /// Space between lines.
    pub density: Density,
    /// Light or dark.
    pub theme: Theme,
    /// Whether single keys do anything (WCAG 2.1.4).
    pub keys: bool,
    /// Others use this device too: it locks sooner.
    pub shared: bool,
}

/// Who is signed in, as the bar shows them.
#[derive(Debug, Clone)]
pub struct User {
    /// `Cairnwood, Aoife`
    pub name: String,
    /// Role of this session.
    pub role: Role,
    /// Where they work.
    pub place: Option<Words>,
}

/// What every page needs besides its own content.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// Language, density, theme, keys.
    pub choices: Choices,
    /// Who is signed in; nobody on the sign-in page.
    pub user: Option<User>,
    /// Now.
    pub now: Instant,
    /// Token of the session for forms.
    pub form_token: String,
    /// Path and query of this page, for the language link.
    pub here: String,
    /// Version line.
    pub build: String,
    /// Everybody is invented.
    pub demo: bool,
    /// In a practice copy, how it compares with live; nothing of a request takes the mark away.
    pub practice_copy: Option<Arc<Parity>>,
    /// Whoever is signed in goes on from a lock by proving anew who they are.
    pub proves: bool,
}

/// Where a page is in the sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Home.
    Home,
    /// Search.
    Search,
    /// One's own panel.
    Panel,
    /// What is in here.
    Coverage,
    /// Chart: summary.
    Summary,
    /// Chart: results.
    Results,
    /// Chart: reports.
    Reports,
    /// Chart: visits.
    Visits,
    /// Chart: medicines.
    Medications,
    /// Chart: problems and allergies.
    Problems,
    /// Chart: what is to come.
    Plans,
    /// Chart: apps of other makers.
    Apps,
    /// Which apps are registered.
    Registered,
    /// Delivery desk.
    Desk,
    /// Identity review.
    Identity,
    /// Registration.
    Registration,
    /// Provider directory.
    Directory,
    /// What the directory holds of oneself.
    Mine,
    /// The systems that receive.
    Destinations,
    /// Feeds that the breaker stopped.
    Breaker,
    /// Dialects and code maps.
    Dialects,
    /// Messages.
    Messages,
    /// What receivers could not match.
    Unmatched,
    /// The wall of feeds.
    Feeds,
    /// Where an item is.
    Trace,
    /// Cases.
    Cases,
    /// Forms that were sent.
    Mailbox,
    /// Consent, who opened what, the person's own report.
    Privacy,
    /// The people of one's unit.
    People,
    /// The books.
    Books,
    /// How everything stands.
    Status,
    /// Applications for access.
    Applications,
    /// Outside the sections.
    Elsewhere,
}

/// One page.
pub(crate) struct Page<'a> {
    /// Title of the document, without the product's name.
    pub(crate) title: String,
    /// Open section.
    pub(crate) section: Section,
    /// Whose chart it is.
    pub(crate) chart: Option<(&'a Banner, ChartCounts)>,
    /// Keys of this screen, for the foot.
    pub(crate) keys: &'a [(&'a str, Say)],
    /// A second class of `main`.
    pub(crate) door: bool,
    /// Content of `main`.
    pub(crate) main: Markup,
}

impl Chrome {
    /// Language of the page.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.choices.lang
    }
    /// Whether the person who is signed in may do something.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.user.as_ref().is_some_and(|user| may(user.role, permission))
    }
    /// Where a person's name leads for this seat; `None` when it may open nothing of the chart.
    pub(crate) fn chart_href(&self, person: fhir::PersonId) -> Option<String> {
        if self.may(Permission::ReadChart) {
            Some(format!("/person/{person}"))
        } else if self.may(Permission::ReadResults) {
            // Whose imaging alone is open has reports and no table of results.
            let page = if self.user.as_ref().is_some_and(|user| user.role == Role::Chiropractor) {
                "reports"
            } else {
                "results"
            };
            Some(format!("/person/{person}/{page}"))
        } else if self.may(Permission::ReadMedications) {
            Some(format!("/person/{person}/medications"))
        } else if self.may(Permission::ReadConsent) {
            Some(format!("/person/{person}/consent"))
        } else {
            None
        }
    }
}

/// A whole page.
pub(crate) fn page(chrome: &Chrome, page: Page<'_>) -> Markup {
    let lang = chrome.lang();
    let density = match chrome.choices.density {
        Density::Standard => "standard",
        Density::Compact => "compact",
        Density::Roomy => "roomy",
    };
    let theme = match chrome.choices.theme {
        Theme::Device => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    };
    let railed = chrome.user.is_some();
    let body = html! {
        a.skip href="#main" { (lang.say(w::SKIP)) }
        @if let Some(parity) = &chrome.practice_copy { (crate::screens::practice_copy::strip(lang, parity)) }
        (bar(chrome, page.section, railed))
        @if let Some((banner, _)) = page.chart { (banner::band(lang, banner)) }
        div.frame.railed[railed] {
            @if railed { (rail(chrome, &page)) }
            main.door[page.door] #main tabindex="-1" { (page.main) }
        }
        (foot(chrome, page.keys))
        @if railed { (palette(lang)) }
    };
    let drawn = body.into_string();
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) data-density=(density) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · " (lang.say(w::SHORT)) }
                link rel="stylesheet" href=(STYLE);
                link rel="icon" href="data:,";
                script type="module" src=(SCRIPT) {}
            }
            body.is-practice[chrome.practice_copy.is_some()] data-keys=(if chrome.choices.keys { "on" } else { "off" }) data-here=[railed.then_some(&chrome.here)] {
                (sprite(&drawn))
                (maud::PreEscaped(drawn))
            }
        }
    }
}

fn bar(chrome: &Chrome, section: Section, railed: bool) -> Markup {
    let lang = chrome.lang();
    let finder =
        chrome.may(Permission::FindPatient) && section != Section::Search && section != Section::Home;
    html! {
        header.bar {
            a.brand href="/" {
                svg viewBox="0 0 28 28" aria-hidden="true" {
                    rect.m1 width="28" height="28" rx="8" {}
                    circle.m2 cx="14" cy="14" r="8.5" {}
                    path.m2 d="m12.3 11.6 2.3-1.9v8.6" {}
                }
                span { (lang.say(w::PRODUCT)) }
            }
            div.place {
                @match chrome.user.as_ref().map(|user| user.role) {
                    Some(role) if role.is_community() => {
                        (lang.say(w::PORTAL)) " "
                        span.pill.info { (icon("lock")) (lang.say(w::VIEW_ONLY)) }
                    }
                    Some(_) => (lang.say(w::CENTRE)),
                    None => (lang.say(w::PROVINCE)),
                }
            }
            @if finder {
                form.find role="search" action="/search" method="post" {
                    (super::forms::token(chrome))
                    (icon("search"))
                    label.vh for="find" { (lang.say(w::FIND_PATIENT)) }
                    input #find name="q" type="search" autocomplete="off" placeholder=(lang.say(w::FIND_HINT));
                    kbd { "/" }
                }
            }
            @if railed {
                div.narrow {
                    @if finder { a.btn.slim href="/search" { (icon("search")) (lang.say(w::FIND)) } }
                    button.btn.slim type="button" popovertarget="sections" { (lang.say(w::SECTIONS)) }
                    button.btn.slim type="button" popovertarget="menu" { (lang.say(w::MENU)) }
                }
            }
            div.tools id=[railed.then_some("menu")] popover[railed] { (tools(chrome)) }
        }
    }
}

fn tools(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let back = crate::address::escape(&chrome.here);
    html! {
        a href={ "/display?back=" (back) } { (icon("text")) (lang.say(w::DISPLAY)) }
        a href={ "/lang?to=" (lang.other().tag()) "&back=" (back) } lang=(lang.other().tag()) hreflang=(lang.other().tag()) {
            (lang.say(w::OTHER_LANGUAGE))
        }
        a href="/help" { (icon("help")) (lang.say(w::HELP)) }
        @if let Some(user) = &chrome.user {
            div.who {
                @if chrome.demo { b { (user.name) } } @else { a href="/account" { b { (user.name) } } }
                span {
                    @match &user.place { Some(place) => (lang.of(place)), None => (lang.of(&user.role.words())) }
                }
            }
            form action="/sign-out" method="post" {
                (super::forms::token(chrome))
                button type="submit" { (lang.say(w::SIGN_OUT)) }
            }
        }
    }
}

fn rail(chrome: &Chrome, page: &Page<'_>) -> Markup {
    let lang = chrome.lang();
    let operations = chrome.user.as_ref().is_some_and(|user| !user.role.is_community());
    html! {
        nav.rail #sections popover aria-label=(lang.say(w::SECTIONS)) {
            @if let Some((banner, counts)) = page.chart {
                ul {
                    @for screen in SCREENS {
                        @if let Some(menu) = &screen.menu && menu.chart && screen.permission.is_some_and(|p| chrome.may(p)) {
                            @let href = screen.path.replace("{person}", &banner.person.to_string());
                            li { (link(lang, &href, menu.icon, screen.name, menu.section == page.section, count(menu.section, counts))) }
                        }
                    }
                    @if chrome.may(Permission::StateReason) {
                        li { (link(lang, &format!("/person/{}/reason", banner.person), "lock", panel::TIE, false, None)) }
                    }
                }
            }
            h2 { (lang.say(if operations { w::OPERATIONS } else { w::MY_WORK })) }
            ul {
                @for screen in SCREENS {
                    @if let Some(menu) = &screen.menu && !menu.chart && (menu.section != Section::Home || !operations) && screen.permission.is_none_or(|p| chrome.may(p)) {
                        li { (link(lang, screen.path, menu.icon, screen.name, menu.section == page.section, None)) }
                    }
                }
            }
        }
    }
}

fn link(lang: Lang, href: &str, glyph: &'static str, name: Say, open: bool, count: Option<u32>) -> Markup {
    html! {
        a href=(href) aria-current=[open.then_some("page")] {
            (icon(glyph)) (lang.say(name))
            @if let Some(n) = count.filter(|n| *n > 0) { span.n { (whole(lang, u64::from(n))) } }
        }
    }
}

fn count(section: Section, counts: ChartCounts) -> Option<u32> {
    match section {
        Section::Results => Some(counts.results),
        Section::Reports => Some(counts.reports),
        Section::Visits => Some(counts.encounters),
        _ => None,
    }
}

/// Empty until a script fills it with what this page offers the seat: its sections, its links, its buttons.
fn palette(lang: Lang) -> Markup {
    html! {
        dialog.palette #palette aria-label=(lang.say(w::PALETTE)) {
            label.vh for="palette-text" { (lang.say(w::PALETTE_TEXT)) }
            input.in #palette-text type="text" autocomplete="off" role="combobox" aria-expanded="true" aria-controls="palette-list" placeholder=(lang.say(w::PALETTE_TEXT));
            ul #palette-list role="listbox" aria-label=(lang.say(w::PALETTE)) {}
            p.soft.small #palette-none role="status" hidden { (lang.say(w::PALETTE_NONE)) }
        }
    }
}

fn foot(chrome: &Chrome, keys: &[(&str, Say)]) -> Markup {
    let lang = chrome.lang();
    html! {
        footer.foot {
            span { (lang.say(w::TIMES)) }
            span { (lang.fill(w::VERSION, &[&chrome.build])) }
            @if chrome.demo { span { (lang.say(w::SYNTHETIC)) } }
            @if chrome.choices.keys && chrome.user.is_some() {
                span.keys {
                    @for (key, what) in keys { (key_of(lang, key, *what)) }
                    (key_of(lang, "?", w::KEY_ALL))
                }
            }
        }
    }
}

/// One key or a row of keys with what it does.
pub(crate) fn key_of(lang: Lang, keys: &str, what: Say) -> Markup {
    html! { span { @for key in keys.split(' ') { kbd { (key) } " " } (lang.say(what)) } }
}
