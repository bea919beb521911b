//! Display choices and the help page with all keys.

use crate::components::chrome::{Chrome, Density, Page, Section, Theme, page};
use crate::components::{flag, forms};
use crate::words::{Lang, Say, care, identity, registration, shell as w};
use maud::{Markup, html};

/// Choices of the form: name, legend, and (value, words) of each.
type Choice = (&'static str, Say, &'static [(&'static str, Say)]);

/// What can be chosen; the values are those of the cookies.
pub(crate) const CHOICES: &[Choice] = &[
    ("density", w::DENSITY, &[("standard", w::STANDARD), ("compact", w::COMPACT), ("roomy", w::ROOMY)]),
    ("theme", w::THEME, &[("device", w::THEME_AUTO), ("light", w::LIGHT), ("dark", w::DARK)]),
    ("station", w::STATION, &[("own", w::STATION_OWN), ("shared", w::STATION_SHARED)]),
    ("keys", w::SINGLE_KEYS, &[("on", w::KEYS_ON), ("off", w::KEYS_OFF)]),
];

fn current(chrome: &Chrome, name: &str) -> &'static str {
    match name {
        "density" => match chrome.choices.density {
            Density::Standard => "standard",
            Density::Compact => "compact",
            Density::Roomy => "roomy",
        },
        "theme" => match chrome.choices.theme {
            Theme::Device => "device",
            Theme::Light => "light",
            Theme::Dark => "dark",
        },
        "station" if chrome.choices.shared => "shared",
        "station" => "own",
        _ if chrome.choices.keys => "on",
        _ => "off",
    }
}

/// The form.
pub(crate) fn screen(chrome: &Chrome, back: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::DISPLAY)) } p { (lang.say(w::DISPLAY_LEAD)) } } }
        form.card action="/display" method="post" {
            (forms::token(chrome))
            input type="hidden" name="back" value=(back);
            div.body.first.stack.loose {
                @for (name, legend, values) in CHOICES {
                    fieldset.stack.tight {
                        legend { (lang.say(*legend)) }
                        @for (value, words) in *values {
                            (forms::radio(name, value, current(chrome, name) == *value, html! { (lang.say(*words)) }))
                        }
                    }
                }
                div.acts { button.btn.main type="submit" { (lang.say(w::SAVE)) } a href=(back) { (lang.say(w::BACK)) } }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::DISPLAY).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// Every key with what it does.
const KEYS: &[(&str, Say)] = &[
    ("/", w::KEY_FIND),
    ("j k", w::KEY_MOVE),
    ("Enter", w::KEY_OPEN),
    ("Esc", w::KEY_ESCAPE),
    ("Ctrl K", w::KEY_PALETTE),
    (".", w::KEY_ACTIONS),
    ("Ctrl Enter", w::KEY_COMMIT),
    ("!", w::KEY_REPORT),
    ("g h", w::KEY_HOME),
    ("g s", w::KEY_SUMMARY),
    ("g l", w::KEY_LAB),
    ("g d", w::KEY_DOCS),
    ("g v", w::KEY_VISITS),
    ("g m", care::KEY_MEDICATIONS),
    ("g p", care::KEY_PROBLEMS),
    ("g o", care::KEY_PLANS),
    ("g i", w::IDENTITY),
    ("g r", registration::MENU),
    ("1 2 3", w::KEY_ANSWER),
    ("r", identity::KEY_REASON),
    ("n", identity::KEY_NEXT),
    ("u", identity::KEY_BACK),
    ("b", identity::KEY_LIST),
    ("?", w::KEY_ALL),
];

/// The help page.
pub(crate) fn help(chrome: &Chrome) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::HELP)) } p { (lang.say(w::HELP_LEAD)) } } }
        div.cols.c2 {
            section.card { header { h2 { (lang.say(w::HELP_CHAIN)) } } div.body { p { (lang.say(w::HELP_CHAIN_TEXT)) } } }
            section.card { header { h2 { (lang.say(w::HELP_FIND)) } } div.body { p { (lang.say(w::HELP_FIND_TEXT)) } } }
        }
        section.card { header { h2 { (lang.say(w::HELP_SIGNS)) } } div.body.row { (signs(lang)) } }
        section.card #keys {
            header { h2 { (lang.say(w::KEYS_TITLE)) } a href="/display" { (lang.say(w::SINGLE_KEYS)) } }
            div.body {
                div.keymap {
                    @for (keys, what) in KEYS { div { span { (lang.say(*what)) } span { @for key in keys.split(' ') { kbd { (key) } " " } } } }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::HELP).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn signs(lang: Lang) -> Markup {
    html! { @for shown in flag::SHOWN { (flag::word(lang, *shown)) } }
}
