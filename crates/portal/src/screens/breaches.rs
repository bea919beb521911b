//! A breach case: whose records were opened, the decision, letters and notice, and its end.

use super::detection::{decision, whole};
use crate::components::chrome::Chrome;
use crate::components::{forms, lists, notes, times};
use crate::words::activity as w;
use actions::breaches::CaseView;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &CaseView, done: bool) -> Markup {
    let lang = chrome.lang();
    let base = format!("/breaches/{}", view.line.obligation);
    let title = lang.fill(w::CASE, &[&view.line.number.to_string()]);
    let lead = [
        view.line.who.clone(),
        times::minute_text(view.since),
        times::minute_text(view.until),
        view.all.to_string(),
        view.rows.to_string(),
    ];
    let main = html! {
        div.head {
            div { h1 { (title) } p { (lang.fill(w::CASE_LEAD, &[&lead[0], &lead[1], &lead[2], &lead[3], &lead[4]])) } }
            @match view.line.due { Some(due) => (times::clock(lang, due, chrome.now)), None => span.pill.ok { (lang.say(w::CASE_CLOSED)) } }
        }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::KEPT))) }
        section.card {
            header { h2 { (lang.say(w::CASE_WHAT)) } }
            div.body { p { (view.what) } @if view.cut { p { b { (lang.say(w::CASE_CUT)) } } } }
        }
        section.card {
            header { h2 { (lang.say(w::PACK)) } a.btn.slim href={ (base) "/pack" } { (lang.say(w::PACK_DO)) } }
            @if view.all == 0 { div.body.first { p.soft { (lang.say(w::PACK_NONE)) } } } @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(w::PACK)) { table {
                    caption.vh { (lang.say(w::PACK)) }
                    thead { tr {
                        th scope="col" { (lang.say(w::COL_PERSON)) }
                        th scope="col" { (lang.say(w::COL_TIMES)) }
                        th scope="col" { (lang.say(w::COL_FIRST)) }
                        th scope="col" { (lang.say(w::COL_LAST)) }
                        th scope="col" { (lang.say(w::COL_STATED)) }
                        @if view.line.decision == "notify" { th scope="col" { (lang.say(w::COL_LETTER)) } }
                    } }
                    tbody { @for line in &view.people { tr {
                        th scope="row" { @if line.name.is_empty() { (line.person) } @else { (line.name) } " " span.soft.nowrap { (line.born) } }
                        td { (line.times) }
                        td.nowrap { (times::minute_text(line.span.0)) }
                        td.nowrap { (times::minute_text(line.span.1)) }
                        td { (lang.say(if line.stated { w::YES } else { w::NO })) }
                        @if view.line.decision == "notify" { td {
                            a href={ (base) "/letters/" (line.person) } { (lang.say(w::LETTER_EN)) } " · "
                            a href={ (base) "/letters/" (line.person) "?lang=fr" } { (lang.say(w::LETTER_FR)) }
                        } }
                    } } }
                } }
                (lists::part(lang, &view.part, &base, "from"))
            }
        }
        section.card {
            header { h2 { (lang.say(w::DECIDE)) } }
            div.body.stack {
                @if let Some((by, at)) = &view.decided {
                    p { b { (lang.say(decision(&view.line.decision))) } }
                    p { (lang.fill(w::DECIDED_BY, &[by, &times::minute_text(*at), &view.reason])) }
                }
                @if view.line.decision == "not-notify" { div.acts {
                    a.btn.slim href={ (base) "/notice" } { (lang.say(w::NOTICE_EN)) }
                    a.btn.slim href={ (base) "/notice?lang=fr" } { (lang.say(w::NOTICE_FR)) }
                } }
                @if view.line.due.is_some() {
                    p { (lang.say(w::DECIDE_TEXT)) }
                    form.stack action=(base) method="post" {
                        (forms::token(chrome))
                        fieldset { legend { (lang.say(w::DECIDE)) }
                            (forms::radio("decision", "notify", false, html! { (lang.say(w::DECIDE_NOTIFY)) }))
                            (forms::radio("decision", "not-notify", false, html! { (lang.say(w::DECIDE_NOT)) }))
                        }
                        (forms::field("decide-why", "reason", lang.say(w::FLAG_WHY), lang.say(w::FLAG_WHY_HINT), true))
                        div.acts { button.btn type="submit" { (lang.say(w::DECIDE_DO)) } }
                    }
                }
            }
        }
        @if view.line.due.is_some() {
            section.card {
                header { h2 { (lang.say(w::SPAN)) } }
                div.body {
                    form.stack action={ (base) "/span" } method="post" {
                        (forms::token(chrome))
                        (forms::field("span-since", "since", lang.say(w::SPAN_SINCE), lang.say(w::SPAN_HINT), true))
                        (forms::field("span-until", "until", lang.say(w::SPAN_UNTIL), lang.say(w::SPAN_HINT), true))
                        div.acts { button.btn type="submit" { (lang.say(w::SPAN_DO)) } }
                    }
                }
            }
            section.card {
                header { h2 { (lang.say(w::CLOSE)) } }
                div.body.stack {
                    @if view.line.decision.is_empty() { p { (lang.say(w::CLOSE_FIRST)) } } @else {
                        form.stack action={ (base) "/close" } method="post" {
                            (forms::token(chrome))
                            (forms::field("close-how", "how", lang.say(w::CLOSE_HOW), lang.say(w::CLOSE_HOW_HINT), true))
                            div.acts { button.btn type="submit" { (lang.say(w::CLOSE)) } }
                        }
                    }
                }
            }
        }
    };
    whole(chrome, title.clone(), main)
}
