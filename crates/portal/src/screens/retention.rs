//! The retention schedule, what is due, and what was destroyed.

use super::detection::whole;
use crate::components::chrome::Chrome;
use crate::components::{forms, lists, notes, times};
use crate::words::activity as w;
use actions::retention::{DestructionLine, ScheduleView};
use actions::values::{SCHEDULE, Words};
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &ScheduleView, done: bool) -> Markup {
    let lang = chrome.lang();
    let both = |words: (&str, &str)| lang.of(&Words::new(words.0, words.1)).to_owned();
    let due = |class: &str| view.rows.iter().find(|(of, _)| *of == class).and_then(|(_, due)| *due);
    let main = html! {
        div.head { div { h1 { (lang.say(w::RETENTION)) } p { (lang.say(w::RETENTION_LEAD)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::KEPT))) }
        section.card {
            header { h2 { (lang.say(w::SCHEDULE)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::SCHEDULE)) { table {
                caption.vh { (lang.say(w::SCHEDULE)) }
                thead { tr {
                    th scope="col" { (lang.say(w::COL_CLASS)) }
                    th scope="col" { (lang.say(w::COL_YEARS)) }
                    th scope="col" { (lang.say(w::COL_BASIS)) }
                    th scope="col" { (lang.say(w::COL_DUE)) }
                } }
                tbody { @for rule in SCHEDULE { tr {
                    th scope="row" { (both(rule.name)) }
                    td { @if rule.years == 0 { (lang.say(w::FOREVER)) } @else { (lang.fill(w::YEARS, &[&rule.years.to_string(), &both(rule.from)])) } }
                    td { (both(rule.basis)) }
                    td { @if let Some(items) = due(rule.class) { (items) } }
                } } }
            } }
        }
        section.card {
            header { h2 { (lang.say(w::DESTRUCTIONS)) } }
            @if view.destructions.is_empty() { div.body.first { p.soft { (lang.say(w::DESTRUCTIONS_NONE)) } } }
            ul.lines { @for line in &view.destructions { li { (destruction(chrome, line)) } } }
            (lists::part(lang, &view.part, "/retention", "from"))
        }
    };
    whole(chrome, lang.say(w::RETENTION).to_owned(), main)
}

fn destruction(chrome: &Chrome, line: &DestructionLine) -> Markup {
    let lang = chrome.lang();
    let base = format!("/retention/{}", line.obligation);
    let field = format!("why-{}", line.obligation);
    let destroyed = line.destroyed.to_string();
    html! {
        div.top { b { (lang.of(&line.what)) } @if let Some(due) = line.due { (times::clock(lang, due, chrome.now)) } }
        p { (lang.fill(w::DESTRUCTION, &[&line.items.to_string(), &times::minute_text(line.before)])) }
        @match (line.verdict.as_str(), line.done) {
            ("kept", _) => p.small { (lang.fill(w::DESTRUCTION_KEPT, &[&line.approver])) },
            ("approved", Some(at)) => {
                p.small { (lang.fill(w::DESTRUCTION_DONE, &[&line.approver, &destroyed, &times::minute_text(at)])) }
                div.acts {
                    a.btn.slim href={ (base) "/certificate" } { (lang.say(w::CERTIFICATE)) }
                    a.btn.slim href={ (base) "/certificate?lang=fr" } { (lang.say(w::CERTIFICATE_FR)) }
                }
            }
            ("approved", None) => p.small { (lang.fill(w::DESTRUCTION_RUNS, &[&line.approver, &destroyed])) },
            _ => form.stack.tight action=(base) method="post" {
                (forms::token(chrome))
                fieldset { legend { (lang.say(w::FLAG_WHAT)) }
                    (forms::radio("what", "approve", false, html! { (lang.say(w::DESTRUCTION_APPROVE)) }))
                    (forms::radio("what", "keep", false, html! { (lang.say(w::DESTRUCTION_KEEP)) }))
                }
                (forms::field(&field, "reason", lang.say(w::FLAG_WHY), lang.say(w::FLAG_WHY_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::FLAG_DO)) } }
            },
        }
    }
}
