//! What is to come: appointments, referrals with their state, orders without a result.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, notes, times};
use crate::words::{Lang, Say, care as c, shell as w};
use actions::plans::{AppointmentLine, PlansView, RequestLine};
use maud::{Markup, html};

/// Appointments as a list.
pub(crate) fn appointments(lang: Lang, lines: &[AppointmentLine]) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li {
                    div.top {
                        span { @if line.what.is_empty() { (lang.say(c::APPOINTMENT)) } @else { (line.what) } }
                        span.row {
                            (standing(lang, line))
                            @if let Some(at) = line.at { (times::minute(at)) } @else { span.soft { (lang.say(c::NO_DATE)) } }
                        }
                    }
                    @if !line.with.is_empty() { span.soft { (line.with) } }
                    @if !line.note.is_empty() { span.soft { (line.note) } }
                }
            }
        }
    }
}

fn standing(lang: Lang, line: &AppointmentLine) -> Markup {
    let (class, glyph, say): (&str, &'static str, Say) = match line.status.as_str() {
        "cancelled" => ("pill late", "x", c::CANCELLED),
        "noshow" => ("pill late", "x", c::MISSED),
        "proposed" | "pending" => ("pill wait", "clock", c::ASKED_FOR),
        "waitlist" => ("pill wait", "clock", c::WAITLIST),
        _ => return html! {},
    };
    html! { span class=(class) { (icon(glyph)) (lang.say(say)) } }
}

/// Referrals or orders as a list.
pub(crate) fn requests(lang: Lang, lines: &[RequestLine]) -> Markup {
    html! {
        ul.lines {
            @for line in lines {
                li {
                    div.top {
                        span { @if line.what.is_empty() { (line.number) } @else { (line.what) } }
                        span.row {
                            @if let Some(urgency) = &line.urgency { span.pill.late { (icon("warn")) (lang.of(urgency)) } }
                            span.pill.wait[!line.ended] { (icon(if line.ended { "check" } else { "clock" })) (lang.of(&line.state)) }
                            span.soft { @if let Some(at) = line.at { (times::day(at)) } @else { (lang.say(c::NO_DATE)) } }
                        }
                    }
                    span.soft {
                        @if !line.from.is_empty() { (lang.fill(c::FROM, &[&line.from])) }
                        @if !line.from.is_empty() && !line.to.is_empty() { " · " }
                        @if !line.to.is_empty() { (lang.fill(c::TO, &[&line.to])) }
                        @if !line.number.is_empty() { " " span.id { (line.number) } }
                    }
                }
            }
        }
    }
}

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &PlansView) -> Markup {
    let lang = chrome.lang();
    let (ahead, past): (Vec<_>, Vec<_>) = view.appointments.iter().cloned().partition(|line| line.ahead);
    let main = html! {
        div.head { div { h1 { (lang.say(c::PLANS)) } p { (lang.say(c::PLANS_LEAD)) } } }
        div.cols.c2 {
            div.stack {
                section.card {
                    header { h2 { (lang.say(c::REFERRALS)) } }
                    @if view.referrals.is_empty() { (notes::empty("send", lang.say(c::NO_REFERRALS), lang.say(c::NO_REFERRALS_TEXT), html! {})) }
                    @else { (requests(lang, &view.referrals)) }
                }
                section.card {
                    header { h2 { (lang.say(c::WAITING)) } }
                    @if view.waiting.is_empty() { div.body { p.soft { (lang.say(c::NO_WAITING)) } } }
                    @else { (requests(lang, &view.waiting)) }
                }
            }
            div.stack {
                section.card {
                    header { h2 { (lang.say(c::APPOINTMENTS)) } }
                    @if ahead.is_empty() { div.body { p.soft { (lang.say(c::NO_APPOINTMENTS)) } } }
                    @else { (appointments(lang, &ahead)) }
                }
                @if !past.is_empty() {
                    section.card { header { h2 { (lang.say(c::PAST_APPOINTMENTS)) } } (appointments(lang, &past)) }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), lang.say(c::PLANS).to_lowercase()),
            section: Section::Plans,
            chart: Some((&view.banner, view.counts)),
            keys: &[("g s", w::KEY_SUMMARY), ("g v", w::KEY_VISITS), ("g l", w::KEY_LAB)],
            door: false,
            main,
        },
    )
}
