//! The privacy desk: what it owes, directives, who opened what; consent of one person; the person's own report.

mod picking;

pub(crate) use picking::preview;

use crate::components::banner;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, lists, notes, times};
use crate::words::{Say, panel as n, privacy as p};
use actions::CorrectionRow;
use actions::access_report::ReportView;
use actions::consent::{DirectiveLine, OwedLine, PersonView, PrivacyView};
use actions::patients::Banner;
use actions::values::Permission;
use maud::{Markup, html};

fn whole(chrome: &Chrome, title: Say, main: Markup) -> Markup {
    let lang = chrome.lang();
    page(
        chrome,
        Page {
            title: lang.say(title).to_owned(),
            section: Section::Privacy,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

/// The desk.
pub(crate) fn screen(chrome: &Chrome, view: &PrivacyView, done: bool) -> Markup {
    let lang = chrome.lang();
    let counts = [
        view.all_owed.to_string(),
        view.directives.len().to_string() + if view.directives_part.more { "+" } else { "" },
    ];
    let main = html! {
        div.head { div { h1 { (lang.say(p::PRIVACY)) } p { (lang.fill(p::PRIVACY_LEAD, &[&counts[0], &counts[1]])) } } div.acts { a.btn.slim href="/detection" { (lang.say(crate::words::activity::ACTIVITY)) } a.btn.slim href="/retention" { (lang.say(crate::words::activity::RETENTION)) } a.btn.slim href="/access" { (lang.say(p::ACCESS)) } } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(p::OWED_DONE))) }
        section.card {
            header { h2 { (lang.say(p::OWED)) } }
            @if view.owed.is_empty() {
                (notes::empty("check", lang.say(p::OWED_EMPTY), lang.say(p::OWED_EMPTY_TEXT), html! {}))
            } @else {
                ul.lines { @for line in &view.owed { (owed(chrome, line)) } }
                (lists::beyond(lang, view.owed.len(), view.all_owed))
            }
        }
        section.card {
            header { h2 { (lang.say(p::DIRECTIVES)) } }
            @if view.directives.is_empty() { div.body.first { p.soft { (lang.say(p::DIRECTIVES_NONE)) } } }
            ul.lines { @for line in &view.directives { li { (directive(chrome, line)) } } }
            (lists::part(lang, &view.directives_part, "/privacy", "directives"))
        }
        section.card {
            header { h2 { (lang.say(p::OPENINGS)) } }
            (lists::part(lang, &view.openings_part, "/privacy", "openings"))
            @if view.openings.is_empty() { div.body.first { p.soft { (lang.say(p::OPENINGS_NONE)) } } }
            @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(p::OPENINGS)) { table {
                    caption.vh { (lang.say(p::OPENINGS)) }
                    thead { tr {
                        th scope="col" { (lang.say(p::COL_WHEN)) }
                        th scope="col" { (lang.say(p::COL_WHO)) }
                        th scope="col" { (lang.say(p::COL_PERSON)) }
                        th scope="col" { (lang.say(p::COL_WHAT)) }
                        th scope="col" { (lang.say(p::COL_REASON)) }
                    } }
                    tbody { @for line in &view.openings { tr {
                        td.nowrap { (times::minute_text(line.at)) }
                        td { (line.who) }
                        th scope="row" { (who(chrome, &line.person)) }
                        td {
                            @if line.glass { span.pill.wait { (icon("warn")) (lang.say(p::GLASS_MARK)) } }
                            @else if line.panel.is_some() || line.ended.is_some() { (lang.say(n::PANEL_MARK)) }
                            @else { (lang.say(p::REASON_MARK)) }
                        }
                        td {
                            (lang.of(&line.reason)) @if !line.words.is_empty() { " · " (line.words) }
                            @if let Some(grant) = line.panel {
                                form.row action="/privacy/relations" method="post" {
                                    (forms::token(chrome))
                                    input type="hidden" name="grant" value=(grant);
                                    (forms::field(&format!("relation-{grant}"), "reason", lang.say(n::PANEL_END_WHY), lang.say(p::OWED_HOW_HINT), true))
                                    button.btn.slim type="submit" { (lang.say(n::PANEL_END)) }
                                }
                            }
                            @if let Some(grant) = line.ended {
                                form.row action="/privacy/relations/lift" method="post" {
                                    (forms::token(chrome))
                                    input type="hidden" name="grant" value=(grant);
                                    (forms::field(&format!("lift-{grant}"), "reason", lang.say(n::PANEL_LIFT_WHY), lang.say(n::PANEL_LIFT_HINT), true))
                                    button.btn.slim type="submit" { (lang.say(n::PANEL_LIFT)) }
                                }
                            }
                        }
                    } } }
                } }
            }
        }
    };
    whole(chrome, p::PRIVACY, main)
}

/// A person, leading to their consent.
fn who(chrome: &Chrome, head: &Banner) -> Markup {
    html! {
        @if chrome.may(Permission::ReadConsent) { a href={ "/person/" (head.person) "/consent" } { (banner::name(head)) } }
        @else { (banner::name(head)) }
        @if !head.birth_date.is_empty() { " " span.soft.nowrap { (head.birth_date) } }
    }
}

fn owed(chrome: &Chrome, line: &OwedLine) -> Markup {
    let lang = chrome.lang();
    let field = format!("how-{}", line.obligation);
    html! {
        li {
            div.top { b { (lang.of(&line.kind.words())) } (times::clock(lang, line.due, chrome.now)) }
            @if let Some(head) = &line.person { p { (who(chrome, head)) } }
            p { @if !line.recipient.is_empty() { b { (line.recipient) } " · " } (lang.of(&line.because)) }
            p.small.soft { (times::minute_text(line.opened)) }
            @if line.own {
                p.small { (lang.say(p::OWED_OWN)) }
            } @else if !actions::consent::has_page_of_its_own(Some(line.kind)) {
                form.stack.tight action={ "/privacy/" (line.obligation) } method="post" {
                    (forms::token(chrome))
                    (forms::field(&field, "how", lang.say(p::OWED_HOW), lang.say(p::OWED_HOW_HINT), true))
                    div.acts { button.btn type="submit" { (lang.say(p::OWED_DO)) } }
                }
            }
        }
    }
}

fn directive(chrome: &Chrome, line: &DirectiveLine) -> Markup {
    let lang = chrome.lang();
    html! {
        div.top { b { (lang.of(&line.words)) } (who(chrome, &line.person)) }
        p.small.soft {
            (lang.fill(p::SINCE_BY, &[&times::minute_text(line.at), &line.by]))
            @if let Some(until) = line.until { " · " (lang.fill(p::UNTIL, &[&times::minute_text(until)])) }
            @if let Some((at, why)) = &line.ended { " · " (lang.fill(p::ENDED, &[&times::minute_text(*at), why])) }
        }
        p.small { (line.reason) }
    }
}

/// The consent of one person, and their requests.
pub(crate) fn person(chrome: &Chrome, view: &PersonView, done: bool) -> Markup {
    let lang = chrome.lang();
    let base = format!("/person/{}", view.head.person);
    let main = html! {
        div.head {
            div { h1 { (lang.say(p::CONSENT)) } p { b { (banner::name(&view.head)) } " · " (banner::age_and_sex(lang, &view.head)) " · " span.nowrap { (view.head.birth_date) } } }
            div.acts { @if chrome.may(Permission::ReportToPatient) { a.btn.slim href={ (base) "/own-report" } { (lang.say(p::OWN_REPORT)) } } }
        }
        p.read { (lang.say(p::CONSENT_LEAD)) }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(p::CONSENT_KEPT))) }
        section.card {
            header { h2 { (lang.say(p::DIRECTIVES)) } }
            @if view.directives.is_empty() { div.body.first { p.soft { (lang.say(p::DIRECTIVES_NONE)) } } }
            ul.lines { @for line in &view.directives {
                li {
                    (directive(chrome, line))
                    @if line.ended.is_none() && chrome.may(Permission::ManageConsent) {
                        form.row action={ (base) "/consent/end" } method="post" {
                            (forms::token(chrome))
                            input type="hidden" name="directive" value=(line.id);
                            (forms::field(&format!("end-{}", line.id), "reason", lang.say(p::CONSENT_END_WHY), lang.say(p::OWED_HOW_HINT), true))
                            button.btn.slim type="submit" { (lang.say(p::CONSENT_END)) }
                        }
                    }
                }
            } }
        }
        @if chrome.may(Permission::ManageConsent) { (picking::form(chrome, view, &base)) }
        (corrections(chrome, view, &base))
    };
    whole(chrome, p::CONSENT, main)
}

fn corrections(chrome: &Chrome, view: &PersonView, base: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(p::CORRECTIONS)) } }
            @if view.corrections.is_empty() { div.body.first { p.soft { (lang.say(p::CORRECTIONS_NONE)) } } }
            ul.lines { @for request in &view.corrections { li { (correction(chrome, request)) } } }
            @if chrome.may(Permission::HandleCorrection) {
                form.body.stack action={ (base) "/corrections" } method="post" {
                    (forms::token(chrome))
                    h3 { (lang.say(p::CORRECTION_NEW)) }
                    (forms::field("asked", "asked", lang.say(p::CORRECTION_ASKED), lang.say(p::OWED_HOW_HINT), true))
                    div.field {
                        label for="about" { (lang.say(p::CORRECTION_ABOUT)) }
                        select.in #about name="about" aria-describedby="about-hint" {
                            option value="" { (lang.say(p::CORRECTION_ABOUT_NONE)) }
                            @for (key, class, day) in &view.picks.reports { option value=(key) { (lang.of(class)) ", " (day) } }
                        }
                        span.hint id="about-hint" { (lang.say(p::CORRECTION_ABOUT_HINT)) }
                    }
                    div.acts { button.btn type="submit" { (lang.say(p::CORRECTION_DO)) } }
                }
            }
        }
    }
}

fn verdict(code: &str) -> Option<Say> {
    Some(match code {
        "corrected" => p::CORRECTED,
        "disagreed" => p::DISAGREED,
        "withdrawn" => p::WITHDRAWN,
        _ => return None,
    })
}

fn correction(chrome: &Chrome, request: &CorrectionRow) -> Markup {
    let lang = chrome.lang();
    html! {
        div.top { b { (request.asked) } span.soft.nowrap { (times::minute_text(request.at)) } }
        @if !request.about.is_empty() { p.small.id { (request.about) } }
        @match verdict(&request.verdict) {
            Some(said) => p { (lang.say(said)) ": " (request.statement) },
            None => {
                @if chrome.may(Permission::HandleCorrection) {
                    form.stack.tight action={ "/corrections/" (request.obligation) } method="post" {
                        (forms::token(chrome))
                        fieldset {
                            legend { (lang.say(p::CORRECTION_DECIDE)) }
                            @for code in ["corrected", "disagreed", "withdrawn"] {
                                @if let Some(said) = verdict(code) { (forms::radio("verdict", code, false, html! { (lang.say(said)) })) }
                            }
                        }
                        (forms::field(&format!("statement-{}", request.obligation), "statement", lang.say(p::CORRECTION_STATEMENT), lang.say(p::OWED_HOW_HINT), true))
                        div.acts { button.btn type="submit" { (lang.say(p::CORRECTION_DECIDE_DO)) } }
                    }
                }
            }
        }
    }
}

/// The person's own report.
pub(crate) fn report(chrome: &Chrome, view: &ReportView) -> Markup {
    let lang = chrome.lang();
    let pages = format!("/person/{}/own-report/pages", view.head.person);
    let main = html! {
        div.head {
            div { h1 { (lang.say(p::OWN_REPORT)) } p { b { (banner::name(&view.head)) } " · " span.nowrap { (view.head.birth_date) } } p { (lang.say(p::OWN_REPORT_LEAD)) } }
            div.acts {
                a.btn.slim href={ (pages) "?lang=en" } { (icon("doc")) (lang.say(p::OWN_REPORT_EN)) }
                a.btn.slim href={ (pages) "?lang=fr" } { (icon("doc")) (lang.say(p::OWN_REPORT_FR)) }
            }
        }
        @if view.cut { (notes::line(notes::Tone::Wait, "warn", lang.say(p::CUT))) }
        section.card {
            header { h2 { (lang.say(p::LOOKS)) } }
            @if view.looks.is_empty() { div.body.first { p.soft { (lang.say(p::LOOKS_NONE)) } } }
            @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(p::LOOKS)) { table {
                    caption.vh { (lang.say(p::LOOKS)) }
                    thead { tr {
                        th scope="col" { (lang.say(p::COL_WHEN)) }
                        th scope="col" { (lang.say(p::COL_WHO)) }
                        th scope="col" { (lang.say(p::COL_WHAT)) }
                        th scope="col" { (lang.say(p::COL_WHY)) }
                    } }
                    tbody { @for line in &view.looks { tr {
                        td.nowrap { (times::minute_text(line.at)) }
                        th scope="row" { (lang.of(&line.who)) }
                        td { (lang.of(&line.what)) }
                        td { (lang.of(&line.why)) }
                    } } }
                } }
            }
            footer { p.small { (lang.fill(p::BY_MACHINE, &[&view.by_machine.to_string()])) } }
        }
        section.card {
            header { h2 { (lang.say(p::RESULTS)) } }
            @if view.results.is_empty() { div.body.first { p.soft { (lang.say(p::RESULTS_NONE)) } } }
            @else {
                div.scroll tabindex="0" role="region" aria-label=(lang.say(p::RESULTS)) { table {
                    caption.vh { (lang.say(p::RESULTS)) }
                    thead { tr {
                        th scope="col" { (lang.say(p::COL_WHEN)) }
                        th scope="col" { (lang.say(p::COL_WHAT)) }
                        th scope="col" { (lang.say(p::COL_TO)) }
                        th scope="col" { (lang.say(p::COL_BECAME)) }
                    } }
                    tbody { @for line in &view.results { tr {
                        td.nowrap { (times::minute_text(line.at)) }
                        th scope="row" { (lang.of(&line.class.words())) }
                        td { (lang.of(&line.to)) }
                        td { (lang.of(&line.became)) @if let Some(when) = line.when { " " span.soft.nowrap { (times::minute_text(when)) } } }
                    } } }
                } }
            }
        }
    };
    whole(chrome, p::OWN_REPORT, main)
}
