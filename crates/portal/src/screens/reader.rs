//! Report reader: text with its changes, proof of identity, who has it, and "I have this".

use super::reports::lines;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::{icon, solid};
use crate::components::numbers::size;
use crate::components::result_table::{Table, table};
use crate::components::{banner, chain, forms, notes, pill, times};
use crate::words::{Lang, Say, chart as c, operations, paging, privacy as p, shell as w};
use actions::criticals::OwedAttention;
use actions::reports::{Attachment, Change, Paragraph, ReportView};
use actions::results::Series;
use actions::values::Finality;
use actions::values::Permission;
use actions::values::{Feature, Outcome};
use maud::{Markup, html};

/// Lines of the list beside a report; the list page has all.
const BESIDE: usize = 12;

/// The page; `done` says what the reader has just said: that they have it, or what becomes of it.
pub(crate) fn screen(chrome: &Chrome, view: &ReportView, owed: &[OwedAttention], done: &str) -> Markup {
    let lang = chrome.lang();
    let person = view.banner.person;
    let here = format!("/person/{person}/reports/{}", view.line.key);
    let beside: Vec<_> = beside(view);
    let main = html! {
        div.cols.narrow-wide {
            section.card.beside {
                header { h2 { (lang.fill(c::REPORTS_N, &[&view.lines.len().to_string()])) } span.soft { (lang.say(c::FINAL_UNLESS)) } }
                (lines(lang, person, &beside, Some(view.line.key)))
                @if view.lines.len() > beside.len() {
                    footer { a href={ "/person/" (person) "/reports" } { (lang.fill(c::ALL_N, &[&view.lines.len().to_string()])) } }
                }
            }
            div.stack {
                div.head {
                    div {
                        h1 { (view.line.title) }
                        p {
                            (lang.fill(c::REPORT_DONE, &[&times::minute_text(view.line.at)])) " · " (pill::class(lang, view.line.class))
                            @if !view.line.accession.is_empty() { " · " span.id { (lang.fill(c::ACCESSION, &[&view.line.accession])) } }
                        }
                    }
                    @if let Some(message) = view.message && chrome.may(Permission::ReadMessage) {
                        div.acts { a.btn.slim href={ "/messages/" (message) } { (icon("mail")) (lang.say(c::MESSAGE_LINK)) } }
                    }
                }
                @if done == "decided" { (notes::line(notes::Tone::Done, "check", lang.say(c::DECIDED))) }
                @if done == "handed" { (notes::line(notes::Tone::Done, "check", lang.say(p::HANDED))) }
                @if done == "read-back" { (notes::line(notes::Tone::Done, "check", lang.say(operations::READ_BACK_DONE))) }
                @if done == "received" { (notes::line(notes::Tone::Done, "check", &lang.fill(c::RECEIVED_DONE, &[&times::minute_text(chrome.now)]))) }
                (state(lang, view, &here))
                div.cols.wide-narrow {
                    div.stack { (results(lang, view)) (text(lang, view, &here)) (attachments(lang, view, &here)) }
                    div.stack {
                        (decision(chrome, view, &here))
                        (mine(chrome, view, &here))
                        (owed_by_voice(chrome, owed, &here))
                        (chain::card(lang, &view.chain, view.version))
                        (proof(lang, view))
                        @for (at, statement) in &view.statements {
                            (notes::note(notes::Tone::Wait, "warn", &lang.fill(p::STATEMENT, &[&times::day_text(*at)]), html! { p { (statement) } }))
                        }
                        (facts(lang, view))
                        (versions(lang, view, &here))
                    }
                }
            }
        }
    };
    page(
        chrome,
        Page {
            title: format!("{}: {}", banner::name(&view.banner), view.line.title),
            section: Section::Reports,
            chart: Some((&view.banner, view.counts)),
            keys: &[("j k", w::KEY_MOVE), ("g l", w::KEY_LAB), ("g s", w::KEY_SUMMARY)],
            door: false,
            main,
        },
    )
}

/// A window of the list around the open report.
fn beside(view: &ReportView) -> Vec<actions::reports::ReportLine> {
    let open = view.lines.iter().position(|line| line.key == view.line.key).unwrap_or_default();
    let last_start = view.lines.len().saturating_sub(BESIDE);
    let start = open.saturating_sub(BESIDE / 2).min(last_start);
    view.lines.iter().skip(start).take(BESIDE).cloned().collect()
}

fn state(lang: Lang, view: &ReportView, here: &str) -> Markup {
    let current = view.versions.iter().map(|(n, _, _)| *n).max().unwrap_or(view.version);
    let filed =
        |n: u32| view.versions.iter().find(|(v, _, _)| *v == n).map(|(_, at, _)| times::minute_text(*at));
    let before = view.versions.iter().map(|(n, _, _)| *n).filter(|n| *n < view.version).max();
    html! {
        @if view.version < current {
            (notes::note(notes::Tone::Critical, "clock", &lang.fill(c::OLD_VERSION_TITLE, &[&view.version.to_string()]), html! { p { a href=(here) { (lang.say(c::READ_CURRENT)) } } }))
        }
        @match view.line.finality {
            Finality::Corrected => {
                div.note.wait {
                    (solid("pen"))
                    div {
                        h2 { (lang.say(c::CORRECTED_TITLE)) }
                        p {
                            @match (before, before.and_then(filed), filed(view.version)) {
                                (Some(old), Some(old_at), Some(at)) => (lang.fill(c::CORRECTED_TEXT, &[&view.version.to_string(), &at, &old.to_string(), &old_at])),
                                _ => (lang.say(c::CORRECTED_TEXT_ONE)),
                            }
                        }
                    }
                }
            }
            Finality::Registered | Finality::Preliminary => (notes::note(notes::Tone::Plain, "clock", lang.say(c::PRELIMINARY_TITLE), html! { p { (lang.say(c::PRELIMINARY_TEXT)) } })),
            Finality::Withdrawn => (notes::note(notes::Tone::Critical, "stop", lang.say(c::WITHDRAWN_TITLE), html! { p { (lang.say(c::WITHDRAWN_TEXT)) } })),
            Finality::Final => {}
        }
    }
}

fn results(lang: Lang, view: &ReportView) -> Markup {
    let person = view.banner.person;
    let href = |s: &Series| format!("/person/{person}/results?test={}", crate::address::escape(&s.code));
    let series: Vec<&Series> = view.results.iter().collect();
    html! {
        @if !series.is_empty() {
            section.card {
                header { h2 { (lang.say(c::REPORT_RESULTS)) } }
                (table(lang, &series, &Table { caption: lang.say(c::REPORT_RESULTS), trend: false, href: &href }))
            }
        }
    }
}

fn text(lang: Lang, view: &ReportView, here: &str) -> Markup {
    let changed = view.text.iter().any(|p| p.runs.iter().any(|(change, _)| *change != Change::Same));
    let before = view.versions.iter().map(|(n, _, _)| *n).filter(|n| *n < view.version).max();
    html! {
        @if !view.text.is_empty() || (view.results.is_empty() && view.attachments.is_empty()) {
            article.card {
                div.body.read {
                    @if view.text.is_empty() { p.soft { (lang.say(c::NO_TEXT)) } }
                    @for paragraph in &view.text { (one(lang, paragraph)) }
                    @if changed {
                        p.soft.small {
                            del { (lang.say(c::STRUCK)) } " " (lang.say(c::STRUCK_ARE)) " " mark { (lang.say(c::MARKED)) } " " (lang.say(c::MARKED_ARE)) " "
                            @if let Some(before) = before { a href={ (here) "?version=" (before) } { (lang.fill(c::READ_VERSION, &[&before.to_string()])) } }
                        }
                    }
                }
            }
        }
    }
}

fn one(lang: Lang, paragraph: &Paragraph) -> Markup {
    let runs = html! {
        @for (change, text) in &paragraph.runs {
            @match change {
                Change::Same => (text),
                Change::Added => mark { span.vh { (lang.say(c::ADDED)) } (text) },
                Change::Removed => del { span.vh { (lang.say(c::REMOVED)) } (text) },
            }
        }
    };
    html! { @if paragraph.heading { h2.inread { (runs) } } @else { p { (runs) } } }
}

fn attachments(lang: Lang, view: &ReportView, here: &str) -> Markup {
    html! {
        @if !view.attachments.is_empty() {
            section.card {
                header { h2 { (lang.say(c::ATTACHMENTS)) } span.soft { (lang.say(c::ATTACHMENT_NOTE)) } }
                ul.lines { @for attached in &view.attachments { li { (attachment(lang, view, attached, here)) } } }
            }
        }
    }
}

fn attachment(lang: Lang, view: &ReportView, attached: &Attachment, here: &str) -> Markup {
    let title = if attached.title.is_empty() { &view.line.title } else { &attached.title };
    let of = if attached.key == view.line.key {
        String::new()
    } else {
        format!("?of={}", crate::address::escape(&attached.key.to_string()))
    };
    html! {
        div.withleaf {
            svg.leaf viewBox="0 0 56 72" aria-hidden="true" {
                path.pg d="M1 1h38l16 16v54H1z" {}
                path.tx d="M10 28h36M10 38h36M10 48h24" {}
                path.sg d="M10 62c6-8 8 4 14-4s8 4 12-2" {}
            }
            div.stack.tight {
                b { (title) }
                span.soft { (attached.content_type) " · " (size(lang, attached.bytes)) }
                div.acts {
                    a.btn.slim href={ (here) "/attachments/" (attached.index) (of) } download="" {
                        (icon("down")) (lang.fill(c::DOWNLOAD, &[title]))
                    }
                }
            }
        }
    }
}

/// What becomes of a referral: for whoever it goes to, until they have said it.
fn decision(chrome: &Chrome, view: &ReportView, here: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        @if chrome.may(Permission::HandleResult) && view.awaits {
            form.card.pick action={ (here) "/decide" } method="post" {
                (forms::token(chrome))
                header { h2 { (lang.say(c::DECIDE_TITLE)) } }
                div.body.stack.tight {
                    (forms::field("words", "words", lang.say(c::DECIDE_WORDS), lang.say(c::DECIDE_HINT), true))
                    div.acts {
                        button.btn.main type="submit" name="decision" value="accept" { (icon("check")) (lang.say(c::DECIDE_ACCEPT)) }
                        button.btn type="submit" name="decision" value="decline" { (lang.say(c::DECIDE_DECLINE)) }
                    }
                }
            }
        }
    }
}

/// "I have this": for the seats that may sign, on the current version.
fn mine(chrome: &Chrome, view: &ReportView, here: &str) -> Markup {
    let lang = chrome.lang();
    html! {
        @if chrome.may(Permission::HandleResult) && !view.taken {
            form.card.pick action={ (here) "/receive" } method="post" {
                (forms::token(chrome))
                input type="hidden" name="version" value=(view.version);
                div.body.first.stack.tight {
                    button.btn.main.block type="submit" data-key="y" { (icon("check")) (lang.say(c::I_HAVE_THIS)) }
                    p.small.soft { (lang.say(c::I_HAVE_THIS_TEXT)) }
                }
            }
            form.card action={ (here) "/hand" } method="post" {
                (forms::token(chrome))
                div.body.first.stack.tight {
                    label for="hand-to" { (lang.say(p::HAND_TO)) }
                    select.in #hand-to name="to" {
                        @for (id, name) in &view.colleagues { option value=(id) { (name) } }
                        @for (id, name) in &view.teams { option value=(id) { (lang.fill(p::HAND_NAMED, &[name])) } }
                        option value=(actions::inbox::TEAM) { (lang.say(p::HAND_TEAM)) }
                    }
                    button.btn type="submit" { (icon("swap")) (lang.say(p::HAND_DO)) }
                    p.small.soft { (lang.say(p::HAND_TEXT)) }
                }
            }
        }
    }
}

/// Critical results of this report that nobody has opened: told by telephone, they are read back here as at the desk.
fn owed_by_voice(chrome: &Chrome, owed: &[OwedAttention], here: &str) -> Markup {
    html! {
        @for one in owed.iter().take(1) {
            section.card {
                div.body.first.stack.tight {
                    p { (chrome.lang().fill(paging::OWED_TO, &[&one.recipient])) }
                    (super::desk::read_back(chrome, &format!("/desk/{}", one.obligation), &one.takers, Some(here)))
                }
            }
        }
    }
}

fn proof(lang: Lang, view: &ReportView) -> Markup {
    let differs = view.proof.iter().any(|(_, outcome)| *outcome == Outcome::Disagrees);
    html! {
        @if !view.proof.is_empty() {
            section class=(if differs { "card edge wait" } else { "card edge ok" }) {
                header { h2 { (lang.say(if differs { c::ABOUT_UNSURE } else { c::ABOUT_THIS_PERSON })) } }
                div.body {
                    dl.facts {
                        @for (feature, outcome) in &view.proof {
                            dt { (lang.say(feature_word(*feature))) }
                            dd.plain[*outcome == Outcome::Absent] { (lang.say(outcome_word(*outcome))) }
                        }
                    }
                }
            }
        }
    }
}

fn facts(lang: Lang, view: &ReportView) -> Markup {
    html! {
        @if !view.facts.is_empty() {
            section.card {
                header { h2 { (lang.say(c::DETAILS)) } }
                div.body { dl.facts { @for (label, text) in &view.facts { dt { (lang.of(label)) } dd.plain { (text) } } } }
            }
        }
    }
}

fn versions(lang: Lang, view: &ReportView, here: &str) -> Markup {
    html! {
        @if view.versions.len() > 1 {
            section.card {
                header { h2 { (lang.say(c::VERSIONS)) } }
                ul.lines {
                    @for (number, at, finality) in &view.versions {
                        li {
                            div.top {
                                a href={ (here) "?version=" (number) } aria-current=[(*number == view.version).then_some("true")] { (lang.fill(c::VERSION_N, &[&number.to_string()])) }
                                (pill::finality(lang, *finality))
                            }
                            span.soft { (lang.fill(c::FILED_AT, &[&times::minute_text(*at)])) }
                        }
                    }
                }
            }
        }
    }
}

/// A feature of identity in words.
pub(crate) fn feature_word(feature: Feature) -> Say {
    match feature {
        Feature::RecordNumber => c::PROOF_RECORD_NUMBER,
        Feature::HealthCard => c::PROOF_HEALTH_CARD,
        Feature::FamilyName => c::PROOF_FAMILY,
        Feature::GivenName => c::PROOF_GIVEN,
        Feature::BirthDate => c::PROOF_BIRTH,
        Feature::Sex => c::PROOF_SEX,
        Feature::Telephone => c::PROOF_PHONE,
        Feature::Street => c::PROOF_STREET,
        Feature::PostalCode => c::PROOF_POSTAL,
        Feature::Email => c::PROOF_EMAIL,
        Feature::BirthOrder => c::PROOF_ORDER,
    }
}

/// How it compared, in words.
fn outcome_word(outcome: Outcome) -> Say {
    match outcome {
        Outcome::Agrees => c::AGREES,
        Outcome::Nearly => c::NEARLY,
        Outcome::Disagrees => c::DISAGREES,
        Outcome::Absent => c::ABSENT,
    }
}
