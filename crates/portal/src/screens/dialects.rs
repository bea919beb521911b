//! Dialects and code maps: what is in use, what waits for a signature, what a new file would change, what no map knows.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, Say, dialects as w};
use actions::dialects::{Change, Figures, OverviewView, Sort, TrialView, TriedLine, UseLine};
use actions::values::{Permission, Words};
use maud::{Markup, html};

/// Differences shown of one trial.
const GROUPS_SHOWN: usize = 100;

/// What was just done.
#[derive(Debug, Clone, Default)]
pub(crate) enum Done {
    /// Nothing.
    #[default]
    Nothing,
    /// A file was signed.
    Signed,
    /// A file went out of use.
    Retired,
    /// A file was tried.
    Tried(Box<TrialView>),
    /// A file could not be tried, and why.
    Refused(Words),
}

/// What was typed into the trial's form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// `dialect` or `codes`.
    pub(crate) sort: String,
    /// The file.
    pub(crate) text: String,
    /// The link.
    pub(crate) link: String,
    /// Since when.
    pub(crate) since: String,
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &OverviewView, done: &Done, typed: &Typed) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::MENU)) } p { (lang.say(w::LEAD)) } } }
        @match done {
            Done::Nothing => {}
            Done::Signed => {
                (notes::line(notes::Tone::Done, "check", lang.say(w::SIGNED)))
                (notes::line(notes::Tone::Plain, "help", lang.say(w::REPAIR_HINT)))
            }
            Done::Retired => (notes::line(notes::Tone::Done, "check", lang.say(w::RETIRED))),
            Done::Tried(trial) => (tried(chrome, trial)),
            Done::Refused(why) => (notes::line(notes::Tone::Wait, "warn", lang.of(why))),
        }
        (waiting(chrome, &view.tried))
        (in_use(chrome, &view.in_use))
        (unmapped(lang, view))
        (try_form(chrome, view, typed))
        (steps(lang, view))
    };
    page(
        chrome,
        Page {
            title: lang.say(w::MENU).to_owned(),
            section: Section::Dialects,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn sort_name(lang: Lang, sort: Sort) -> &'static str {
    lang.say(match sort {
        Sort::Dialect => w::DIALECT,
        Sort::Codes => w::CODES,
    })
}

fn title(lang: Lang, sort: Sort, name: &str, version: u32) -> String {
    lang.fill(w::VERSION, &[sort_name(lang, sort), name, &version.to_string()])
}

fn counted(lang: Lang, figures: &Figures) -> Markup {
    let n = |count: usize| count.to_string();
    html! {
        p { (lang.fill(w::COUNT, &[&n(figures.messages), &n(figures.changed), &n(figures.people)])) }
        p { (lang.fill(w::UNMAPPED_COUNT, &[&n(figures.unmapped.0), &n(figures.unmapped.1)])) }
        @if figures.aside > 0 { p { (lang.fill(w::ASIDE, &[&n(figures.aside)])) } }
        @if figures.cut { p { (lang.say(w::CUT)) } }
    }
}

fn table(lang: Lang, title: Say, columns: &[Say], rows: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) {
            table {
                caption.vh { (lang.say(title)) }
                thead { tr { @for column in columns { th scope="col" { (lang.say(*column)) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn place(lang: Lang, kind: &str, path: &str) -> String {
    if path.is_empty() { format!("{kind}, {}", lang.say(w::WHOLE)) } else { format!("{kind}.{path}") }
}

fn groups(lang: Lang, figures: &Figures) -> Markup {
    let sort = |change: Change| {
        lang.say(match change {
            Change::Added => w::ADDED,
            Change::Removed => w::REMOVED,
            Change::Changed => w::CHANGED,
        })
    };
    if figures.groups.is_empty() {
        return html! { p { (lang.say(w::FOUND_NONE)) } };
    }
    let rows = html! {
        @for group in figures.groups.iter().take(GROUPS_SHOWN) {
            tr {
                th scope="row" { (place(lang, &group.kind, &group.path)) }
                td { (sort(group.sort)) }
                td.num { (group.messages) }
            }
        }
    };
    html! {
        (table(lang, w::FOUND, &[w::COL_PLACE, w::COL_SORT, w::COL_MESSAGES], rows))
        (lists::cut(lang, figures.groups.len().min(GROUPS_SHOWN), figures.groups.len()))
    }
}

fn tried(chrome: &Chrome, trial: &TrialView) -> Markup {
    let lang = chrome.lang();
    let rows = html! {
        @for one in trial.examples.iter().take(GROUPS_SHOWN) {
            tr {
                th scope="row" {
                    @match one.message {
                        Some(message) => a href={ "/messages/" (message) } { (one.place) },
                        None => (one.place),
                    }
                }
                td { (one.before) }
                td { (one.after) }
            }
        }
    };
    html! {
        section.card {
            header { h2 { (lang.say(w::FOUND)) } }
            div.body { (counted(lang, &trial.figures)) }
            (groups(lang, &trial.figures))
            @if !trial.examples.is_empty() {
                div.body { h3 { (lang.say(w::EXAMPLES)) } }
                (table(lang, w::EXAMPLES, &[w::COL_PLACE, w::COL_BEFORE, w::COL_AFTER], rows))
                (lists::cut(lang, trial.examples.len().min(GROUPS_SHOWN), trial.examples.len()))
            }
        }
    }
}

fn reason(chrome: &Chrome, id: &str, label: Say) -> Markup {
    let lang = chrome.lang();
    forms::field(id, "reason", lang.say(label), lang.say(w::REASON_HINT), true)
}

fn waiting(chrome: &Chrome, tried: &[TriedLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::WAITS)) } }
            @if tried.is_empty() { div.body { p { (lang.say(w::WAITS_NONE)) } } }
        }
        @for (n, one) in tried.iter().enumerate() {
            section.card {
                header { h3 { (title(lang, one.sort, &one.name, one.version)) } span.soft { (one.tried.0) ", " (times::minute_text(one.tried.1)) } }
                div.body { (counted(lang, &one.figures)) @if one.stale { p { strong { (lang.say(w::STALE)) } } } }
                @if chrome.may(Permission::SignMapping) && !one.stale {
                    form.body.stack method="post" action="/dialects/sign" {
                        (forms::token(chrome))
                        input type="hidden" name="digest" value=(one.digest);
                        (reason(chrome, &format!("reason-{n}"), w::REASON))
                        div.acts { button.btn.main type="submit" { (lang.say(w::SIGN)) } }
                    }
                }
            }
        }
    }
}

fn in_use(chrome: &Chrome, lines: &[UseLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::IN_USE)) } }
            @if lines.is_empty() { div.body { p { (lang.say(w::IN_USE_NONE)) } } }
        }
        @for (n, one) in lines.iter().enumerate() {
            section.card {
                header {
                    h3 { (title(lang, one.sort, &one.name, one.version)) }
                    span.soft { (lang.fill(w::SIGNED_BY, &[&one.signed.0, &times::minute_text(one.signed.1)])) }
                }
                div.body {
                    @if !one.about.en.is_empty() { p { (lang.of(&one.about)) } }
                    p { (lang.fill(w::FOR, &[&one.binds])) }
                    p.soft { (one.signed.2) }
                    details {
                        summary { (lang.say(w::RULES)) }
                        ul.lines { @for rule in &one.rules { li { (rule) } } }
                    }
                }
                @if chrome.may(Permission::SignMapping) {
                    form.body.stack method="post" action="/dialects/retire" {
                        (forms::token(chrome))
                        input type="hidden" name="sort" value=(one.sort.code());
                        input type="hidden" name="name" value=(one.name);
                        (reason(chrome, &format!("retire-{n}"), w::RETIRE_WHY))
                        div.acts { button.btn type="submit" { (lang.say(w::RETIRE)) } }
                    }
                }
            }
        }
    }
}

fn unmapped(lang: Lang, view: &OverviewView) -> Markup {
    let rows = html! {
        @for one in &view.unmapped {
            tr {
                th scope="row" { (one.code) }
                td { (one.link) }
                td { (lang.of(&one.why)) }
                td { (times::minute_text(one.due)) }
            }
        }
    };
    html! {
        section.card {
            header { h2 { (lang.say(w::UNMAPPED)) } }
            @if view.unmapped.is_empty() { div.body { p { (lang.say(w::UNMAPPED_NONE)) } } }
            @else { (table(lang, w::UNMAPPED, &[w::COL_CODE, w::COL_LINK, w::COL_WHY, w::COL_DUE], rows)) }
            (lists::part(lang, &view.unmapped_part, "/dialects", "unmapped"))
        }
    }
}

fn try_form(chrome: &Chrome, view: &OverviewView, typed: &Typed) -> Markup {
    let lang = chrome.lang();
    let codes = typed.sort == Sort::Codes.code();
    html! {
        section.card {
            header { h2 { (lang.say(w::TRY)) } span.soft { (lang.say(w::TRY_TEXT)) } }
            form.body.stack method="post" action="/dialects/try" {
                (forms::token(chrome))
                fieldset {
                    legend { (lang.say(w::SORT)) }
                    (forms::radio("sort", Sort::Dialect.code(), !codes, html! { (lang.say(w::DIALECT)) }))
                    (forms::radio("sort", Sort::Codes.code(), codes, html! { (lang.say(w::CODES)) }))
                }
                div.field {
                    label for="text" { (lang.say(w::FILE)) }
                    textarea.in id="text" name="text" rows="12" required spellcheck="false" aria-describedby="text-hint" { (typed.text) }
                    span.hint id="text-hint" { (lang.say(w::FILE_HINT)) }
                }
                div.field {
                    label for="link" { (lang.say(w::LINK)) }
                    select.in id="link" name="link" {
                        option value="" { (lang.say(w::ALL_LINKS)) }
                        @for name in &view.links { option value=(name) selected[*name == typed.link] { (name) } }
                    }
                }
                div.field {
                    label for="since" { (lang.say(w::SINCE)) }
                    input.in id="since" name="since" value=(typed.since) autocomplete="off" aria-describedby="since-hint";
                    span.hint id="since-hint" { (lang.say(w::SINCE_HINT)) }
                }
                div.acts { button.btn.main type="submit" { (lang.say(w::TRY_DO)) } }
            }
        }
    }
}

fn steps(lang: Lang, view: &OverviewView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::STEPS)) } }
            ul.lines {
                @for step in &view.steps {
                    li { div.top { span { (lang.of(&step.what)) } span.soft { (step.actor) ", " (times::minute_text(step.at)) } } @if !step.why.is_empty() { span.soft { (step.why) } } }
                }
            }
            (lists::part(lang, &view.steps_part, "/dialects", "steps"))
        }
    }
}
