//! A directive of consent is picked from what is on file and who had it, and shows what it would hide before it is kept.

use super::whole;
use crate::components::chrome::Chrome;
use crate::components::numbers::whole as number;
use crate::components::{banner, forms, notes};
use crate::words::{Lang, Say, privacy as p};
use actions::consent::{PersonView, PreviewView};
use actions::values::Words;
use maud::{Markup, html};

/// Boxes: value, words, and how much of it is on file, where that is known.
fn boxes(lang: Lang, name: &str, list: &[(String, String, Option<usize>)]) -> Markup {
    html! {
        div.row {
            @for (value, words, count) in list {
                label.check {
                    input type="checkbox" name=(name) value=(value);
                    span { (words) @if let Some(count) = count { " · " (lang.fill(p::ON_FILE, &[&number(lang, *count as u64)])) } }
                }
            }
        }
    }
}

/// A field that offers names and takes ids.
fn others(lang: Lang, name: &str, label: Say, list: &[(String, String)]) -> Markup {
    let (hint, offered) = (format!("{name}-hint"), format!("{name}-list"));
    html! {
        @if !list.is_empty() {
            div.field {
                label for=(name) { (lang.say(label)) }
                input.in id=(name) name=(name) list=(offered) maxlength="500" autocomplete="off" aria-describedby=(hint);
                span.hint id=(hint) { (lang.say(p::CONSENT_OTHERS_HINT)) }
                datalist id=(offered) { @for (id, name) in list { option value={ (name) " (" (id) ")" } {} } }
            }
        }
    }
}

/// The form.
pub(super) fn form(chrome: &Chrome, view: &PersonView, base: &str) -> Markup {
    let lang = chrome.lang();
    let picks = &view.picks;
    let said = |list: &[(&'static str, Words)]| -> Vec<(String, String, Option<usize>)> {
        list.iter().map(|(code, words)| ((*code).to_owned(), lang.of(words).to_owned(), None)).collect()
    };
    let mut classes = said(&view.classes);
    for (code, _, count) in &mut classes {
        *count = Some(picks.counts.get(code.as_str()).copied().unwrap_or(0));
    }
    let sites: Vec<_> = view
        .sites
        .iter()
        .map(|site| (site.clone(), site.clone(), Some(picks.kept.get(site).copied().unwrap_or(0))))
        .collect();
    let plain = |list: &[(String, String)]| -> Vec<(String, String, Option<usize>)> {
        list.iter().map(|(id, name)| (id.clone(), name.clone(), None)).collect()
    };
    html! {
        section.card {
            header { h2 { (lang.say(p::CONSENT_NEW)) } }
            form.body.stack action={ (base) "/consent/try" } method="post" {
                (forms::token(chrome))
                fieldset { legend { (lang.say(p::CONSENT_CLASSES)) } (boxes(lang, "class", &classes)) }
                fieldset { legend { (lang.say(p::CONSENT_ROLES)) } (boxes(lang, "role", &said(&view.roles))) }
                @if !picks.people.is_empty() { fieldset { legend { (lang.say(p::CONSENT_PEOPLE)) } (boxes(lang, "practitioner", &plain(&picks.people))) } }
                (others(lang, "practitioners", p::CONSENT_OTHER_PEOPLE, &picks.other_people))
                @if !picks.places.is_empty() { fieldset { legend { (lang.say(p::CONSENT_PLACES)) } (boxes(lang, "place", &plain(&picks.places))) } }
                (others(lang, "places", p::CONSENT_OTHER_PLACES, &picks.other_places))
                fieldset { legend { (lang.say(p::CONSENT_SITES)) } (boxes(lang, "site", &sites)) }
                (forms::field("days", "days", lang.say(p::CONSENT_DAYS), lang.say(p::CONSENT_DAYS_HINT), false))
                (forms::field("why", "reason", lang.say(p::CONSENT_WHY), lang.say(p::CONSENT_WHY_HINT), true))
                div.acts { button.btn.main type="submit" { (lang.say(p::CONSENT_TRY)) } }
            }
        }
    }
}

/// What a directive would hide, and the button that keeps it.
pub(crate) fn preview(chrome: &Chrome, view: &PreviewView) -> Markup {
    let lang = chrome.lang();
    let base = format!("/person/{}/consent", view.head.person);
    let given = &view.directive;
    let fields = [
        ("class", &given.classes),
        ("site", &given.sites),
        ("role", &given.roles),
        ("practitioner", &given.practitioners),
        ("place", &given.places),
    ];
    let share = |gone: usize, all: usize| {
        if gone == 0 {
            lang.say(p::NOTHING_OF_IT).to_owned()
        } else {
            lang.fill(p::SO_MUCH_OF_IT, &[&number(lang, gone as u64), &number(lang, all as u64)])
        }
    };
    let main = html! {
        div.head { div {
            h1 { (lang.say(p::CONSENT_TRY)) }
            p { b { (banner::name(&view.head)) } " · " (banner::age_and_sex(lang, &view.head)) " · " span.nowrap { (view.head.birth_date) } }
        } }
        (notes::line(notes::Tone::Wait, "lock", lang.of(&view.words)))
        p.read { (lang.say(p::PREVIEW_LEAD)) }
        (table(lang, p::PREVIEW_WHAT, view.classes.iter().map(|(words, gone, all)| (lang.of(words).to_owned(), share(*gone, *all)))))
        @if view.readers.is_empty() { p { (lang.say(p::PREVIEW_NOBODY)) } }
        @else { (table(lang, p::PREVIEW_WHOM, view.readers.iter().map(|(name, gone, all)| (name.clone(), share(*gone, *all))))) }
        form.card action=(base) method="post" {
            (forms::token(chrome))
            @for (name, values) in fields { @for value in values { input type="hidden" name=(name) value=(value); } }
            input type="hidden" name="days" value=(given.days);
            input type="hidden" name="reason" value=(given.reason);
            div.body.first.stack.tight {
                p { (given.reason) }
                div.acts {
                    button.btn.main type="submit" { (lang.say(p::CONSENT_DO)) }
                    a.btn href=(base) { (lang.say(p::CONSENT_BACK)) }
                }
            }
        }
    };
    whole(chrome, p::CONSENT_TRY, main)
}

fn table(lang: Lang, title: Say, rows: impl Iterator<Item = (String, String)>) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(title)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(title)) { table {
                caption.vh { (lang.say(title)) }
                thead { tr { th scope="col" { (lang.say(title)) } th scope="col" { (lang.say(p::PREVIEW_HIDDEN)) } } }
                tbody { @for (name, share) in rows { tr { th scope="row" { (name) } td { (share) } } } }
            } }
        }
    }
}
