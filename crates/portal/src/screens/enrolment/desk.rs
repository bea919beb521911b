//! The enrolment desk: who waits, and one application with everything on file beside what is decided about it.

use super::status::history;
use super::steps::found;
use super::{meeting, profession_name, will_see};
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, lists, notes, times};
use crate::words::{Lang, Say, enrolment as w};
use actions::accounts::Hold;
use actions::enrolment::{AnewLine, DeskView, Is, OneView, QueueLine};
use actions::mailing::Undelivered;
use actions::values::Permission;
use actions::values::enrolment::{
    Facts, FormWay, GRANTED_TO_UNLISTED, LicenceStanding, Method, State, profession, signed_text,
};
use maud::{Markup, html};

/// `GET /applications`
pub(crate) fn screen(chrome: &Chrome, view: &DeskView) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::MENU)) } p { (lang.say(w::DESK_LEAD)) } } }
        p.small {
            @for (state, count) in &view.counts { (lang.of(&state.words())) " " b { (count) } " · " }
            @if let Some(seconds) = view.median_seconds { (lang.fill(w::DESK_MEDIAN, &[&times::span(lang, seconds)])) }
        }
        @if !view.anew.is_empty() { (anew(chrome, &view.anew)) }
        @if !view.undelivered.is_empty() { (undelivered(chrome, &view.undelivered)) }
        (list(chrome, lang.say(w::DESK_OURS), &view.ours))
        @if !view.others.is_empty() { (list(chrome, lang.say(w::DESK_OTHERS), &view.others)) }
        (lists::beyond(lang, view.ours.len() + view.others.len(), view.all))
    };
    let title = lang.say(w::MENU).to_owned();
    page(chrome, Page { title, section: Section::Applications, chart: None, keys: &[], door: false, main })
}

/// Whose identity is not the one that was tied.
fn anew(chrome: &Chrome, lines: &[AnewLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.stack.tight {
            h2 { (lang.say(w::ANEW)) }
            p.soft { (lang.say(w::ANEW_LEAD)) }
            ul.lines { @for line in lines { li {
                div.top {
                    @match line.application {
                        Some(application) => a href={ "/applications/" (application) } { (line.name) },
                        None => b { (line.name) },
                    }
                    (times::clock(lang, line.due, chrome.now))
                }
                span.soft { (times::minute(line.since)) }
            } } }
        }
    }
}

/// Mails that did not go out, each with what is done about it.
fn undelivered(chrome: &Chrome, lines: &[Undelivered]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.stack.tight {
            h2 { (lang.say(w::UNDELIVERED)) }
            p.soft { (lang.say(w::UNDELIVERED_LEAD)) }
            ul.lines { @for line in lines { li.stack.tight {
                div.top {
                    @match line.application {
                        Some(application) => a href={ "/applications/" (application) } { (line.recipient) },
                        None => b { (line.recipient) },
                    }
                    (times::clock(lang, line.due, chrome.now))
                }
                span.soft { (line.subject) ", " (times::minute(line.at)) }
                p { (lang.fill(if line.refused { w::MAIL_REFUSED } else { w::MAIL_LATER }, &[&line.attempts.to_string(), &line.last])) }
                @if chrome.may(Permission::HandleApplication) {
                    form.stack.tight method="post" action={ "/mails/" (line.mail) } {
                        (forms::token(chrome))
                        (forms::field(&format!("told-{}", line.mail), "told", lang.say(w::MAIL_TOLD), lang.say(w::MAIL_TOLD_HINT), false))
                        div.acts {
                            button.btn type="submit" name="turn" value="told" { (lang.say(w::MAIL_TOLD_DO)) }
                            button.btn type="submit" name="turn" value="again" { (lang.say(w::MAIL_AGAIN)) }
                        }
                    }
                }
            } } }
        }
    }
}

fn list(chrome: &Chrome, title: &str, lines: &[QueueLine]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.stack.tight {
            h2 { (title) }
            @if lines.is_empty() { p.soft { (lang.say(w::DESK_NONE)) } } @else {
                div.scroll tabindex="0" role="region" aria-label=(title) {
                    table.mid {
                        caption.vh { (title) }
                        thead { tr {
                            th scope="col" { (lang.say(w::APPLICANT)) } th scope="col" { (lang.say(w::PROFESSION)) }
                            th scope="col" { (lang.say(w::STATE)) } th scope="col" { (lang.say(w::HOLDER)) } th scope="col" { (lang.say(w::DUE)) }
                        } }
                        tbody { @for line in lines {
                            tr {
                                th scope="row" { a href={ "/applications/" (line.id) } { (line.name) } " " span.small.soft { (line.number) } }
                                td { (profession_name(lang, &line.profession, "")) }
                                td { (lang.of(&line.state.words()))
                                    @if let Some(at) = line.meets { div.small { (lang.fill(w::MEETING_AT, &[&times::minute_text(at)])) } } }
                                td { @if let Some(holder) = line.holder { (lang.of(&holder.desk_words())) } }
                                td.nowrap { (times::clock(lang, line.due, chrome.now)) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// `GET /applications/{application}`
pub(crate) fn one(chrome: &Chrome, view: &OneView, done: bool) -> Markup {
    let lang = chrome.lang();
    let line = &view.line;
    let main = html! {
        div.head { div {
            h1 { (line.name) }
            p { (lang.fill(w::NUMBER, &[&line.number])) " · " (lang.of(&line.state.words()))
                @if let Some(holder) = line.holder { " · " (lang.of(&holder.desk_words())) ", " (times::clock(lang, line.due, chrome.now)) } }
        } }
        @if done { (notes::line(notes::Tone::Done, "check", lang.say(w::DONE))) }
        div.cols.c2 {
            div.stack { (on_file(lang, &view.facts)) (missing(lang, view)) }
            div.stack {
                @if chrome.may(Permission::HandleApplication) { (decisions(chrome, view)) }
                @if chrome.may(Permission::ManageAccounts) { (access(chrome, view)) }
            }
        }
        (history(lang, &view.history))
        p { a href="/applications" { (lang.say(w::MENU)) } }
    };
    let title = format!("{} · {}", line.name, lang.say(w::MENU));
    page(chrome, Page { title, section: Section::Applications, chart: None, keys: &[], door: false, main })
}

fn missing(lang: Lang, view: &OneView) -> Markup {
    html! {
        @if !view.missing.is_empty() {
            section.card { div.body.stack.tight {
                h2 { (lang.say(w::DESK_MISSING)) }
                ul.read { @for need in &view.missing { li { (lang.of(&need.words())) } } }
            } }
        }
    }
}

fn on_file(lang: Lang, facts: &Facts) -> Markup {
    let applicant = &facts.applicant;
    let call_back = facts.licence.as_ref().map_or("", |held| held.call_back.as_str());
    html! {
        section.card { div.body.stack {
            h2 { (lang.say(w::ON_FILE)) }
            (found(lang, facts))
            dl.facts {
                dt { (lang.say(w::PROFESSION)) } dd { (profession_name(lang, &applicant.profession, &applicant.unlisted)) }
                dt { (lang.say(w::LICENCE_NUMBER)) } dd { (applicant.licence) }
                dt { (lang.say(w::ADDRESS)) } dd { (applicant.email) }
                @if let Some(held) = &facts.licence {
                    dt { (lang.say(w::REGISTER)) } dd { (held.regulator) " " (held.name) " " (held.place) }
                }
                dt { (lang.say(w::CALL_BACK)) }
                dd { @if call_back.is_empty() { (lang.say(w::CALL_BACK_NONE)) } @else { (call_back) } }
                @if let Some(method) = Method::from_code(&facts.wish) {
                    dt { (lang.say(w::WISH)) } dd { (lang.of(&method.words())) }
                }
                @if let Some(module) = &facts.module {
                    dt { (lang.say(w::MODULE)) }
                    dd { (lang.fill(w::MODULE_SCORE, &[&module.score.to_string(), &module.of.to_string(), &times::day_text(module.at)])) }
                }
                dt { (lang.say(w::FORMS)) }
                dd { @for held in &facts.forms {
                    @let name = signed_text(&held.form).map_or_else(|| held.form.clone(), |text| lang.of(&text.title()).to_owned());
                    div { @match &held.way {
                        FormWay::Online { signature, .. } => (lang.fill(w::FORM_ONLINE, &[&name, signature, &held.version])),
                        FormWay::Paper { seen_by, .. } => (lang.fill(w::FORM_PAPER, &[&name, seen_by, &held.version])),
                        FormWay::OnFile { evidence } => (lang.fill(w::FORM_FILED, &[&name, evidence, &held.version])),
                    } }
                } }
                @if let Some(granted) = &facts.granted {
                    dt { (lang.say(w::GRANTED)) }
                    dd { (lang.fill(w::GRANTED_BY, &[lang.of(&GRANTED_TO_UNLISTED.words()), &granted.by, &granted.reason])) }
                }
                dt { (lang.say(w::APPROVALS)) }
                dd { @for place in &facts.workplaces {
                    @let said = facts.approvals.iter().find(|said| said.place == place.place);
                    @let asked = place.administrators.iter().map(|who| format!("{} <{}>", who.name, who.email)).collect::<Vec<_>>().join(", ");
                    div { @match said {
                        Some(said) => (lang.fill(w::APPROVED_BY, &[&place.name, &said.by])),
                        None => (lang.fill(w::NOT_ANSWERED, &[&place.name, &asked])),
                    } }
                } }
            }
        } }
    }
}

fn methods(lang: Lang, name: &str, wish: &str) -> Markup {
    html! {
        fieldset.stack.tight {
            legend { (lang.say(w::METHOD)) }
            @for method in Method::ALL {
                (forms::radio(name, method.code(), method.code() == wish, html! { (lang.of(&method.words())) }))
            }
        }
    }
}

/// Who it is in the provider directory, where the number does not say.
fn tie(chrome: &Chrome, at: &str, may_be: &[(String, String)]) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card { div.body { form.stack method="post" action={ (at) "/tie" } {
            (forms::token(chrome))
            h2 { (lang.say(w::TIE)) }
            p { (lang.say(w::TIE_LEAD)) }
            fieldset.stack.tight {
                legend { (lang.say(w::TIE_WHO)) }
                @for (id, name) in may_be {
                    (forms::radio("practitioner", id, false, html! { (name) }))
                }
                (forms::radio("practitioner", Is::NOBODY, false, html! { (lang.say(w::TIE_NOBODY)) }))
                (forms::radio("practitioner", Is::TYPED, false, html! { (lang.say(w::TIE_OTHER)) }))
            }
            (forms::field("tie-id", "id", lang.say(w::TIE_ID), lang.say(w::TIE_ID_HINT), false))
            (forms::field("tie", "reason", lang.say(w::TIE_REASON), lang.say(w::TIE_HINT), true))
            div.acts { button.btn type="submit" { (lang.say(w::TIE_DO)) } }
        } } }
    }
}

fn decisions(chrome: &Chrome, view: &OneView) -> Markup {
    let lang = chrome.lang();
    let (at, state) = (format!("/applications/{}", view.line.id), view.line.state);
    let licence = view.facts.licence.as_ref().map(|held| held.standing);
    let waits =
        matches!(state, State::Submitted | State::Complete | State::IdentityVerified | State::Eligible);
    html! {
        @if let Some(agreed) = &view.meeting { (meeting::of_desk(chrome, &at, agreed)) }
        @if state == State::Complete {
            section.card { div.body { form.stack method="post" action={ (at) "/verify" } {
                (forms::token(chrome))
                h2 { (lang.say(w::VERIFY)) }
                (methods(lang, "method", &view.facts.wish))
                (forms::field("evidence", "evidence", lang.say(w::EVIDENCE), lang.say(w::EVIDENCE_HINT), true))
                div.acts { button.btn.main type="submit" { (icon("check")) (lang.say(w::VERIFY_DO)) } }
            } } }
        }
        @if waits && matches!(licence, Some(LicenceStanding::NotAsked | LicenceStanding::NotFound)) {
            section.card { div.body { form.stack method="post" action={ (at) "/licence" } {
                (forms::token(chrome))
                h2 { (lang.say(w::CHECK)) }
                (forms::field("check", "evidence", lang.say(w::CHECK), lang.say(w::CHECK_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::CHECK_DO)) } }
            } } }
        }
        @if waits && view.facts.granted.is_none() && profession(&view.facts.applicant.profession).is_none() {
            section.card { div.body { form.stack method="post" action={ (at) "/grant" } {
                (forms::token(chrome))
                h2 { (lang.say(w::GRANT)) }
                p.small { (lang.fill(w::GRANT_LEAD, &[&will_see(lang)])) }
                (forms::field("grant", "reason", lang.say(w::GRANT_WHY), lang.say(w::GRANT_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::GRANT_DO)) } }
            } } }
        }
        @if let Some(may_be) = view.may_be.as_ref().filter(|_| waits) { (tie(chrome, &at, may_be)) }
        @if waits {
            section.card { div.body { form.stack method="post" action={ (at) "/return" } {
                (forms::token(chrome))
                h2 { (lang.say(w::GIVE_BACK)) }
                (forms::field("question", "question", lang.say(w::QUESTION), lang.say(w::QUESTION_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::GIVE_BACK_DO)) } }
            } } }
            section.card { div.body { form.stack method="post" action={ (at) "/refuse" } {
                (forms::token(chrome))
                h2 { (lang.say(w::REFUSE)) }
                (forms::field("reason", "reason", lang.say(w::REASON), lang.say(w::REASON_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::REFUSE_DO)) } }
            } } }
        }
        section.card { div.body { form.stack method="post" action={ (at) "/caller" } {
            (forms::token(chrome))
            h2 { (lang.say(w::CALLER)) }
            (methods(lang, "method", ""))
            (forms::field("asked", "evidence", lang.say(w::EVIDENCE), lang.say(w::CALLER_HINT), true))
            div.acts {
                button.btn type="submit" name="genuine" value="yes" { (lang.say(w::CALLER_DO)) }
                button.btn type="submit" name="genuine" value="no" { (lang.say(w::CALLER_NOT)) }
            }
        } } }
    }
}

/// What becomes of the access that it led to: suspended, opened again, ended, its holder invited again.
fn access(chrome: &Chrome, view: &OneView) -> Markup {
    let (lang, state) = (chrome.lang(), view.line.state);
    let at = format!("/applications/{}/access", view.line.id);
    let turn = |name: &str, title: Say, button: Say, of: Option<(usize, &Hold)>| {
        let id = of.map_or_else(|| name.to_owned(), |(n, _)| format!("{name}-{n}"));
        html! {
            section.card { div.body { form.stack method="post" action={ (at) "/" (name) } {
                (forms::token(chrome))
                h2 { (lang.say(title)) }
                @if let Some((_, hold)) = of {
                    p { (lang.fill(w::HELD_BY, &[lang.of(&hold.reason), &hold.by, &times::minute_text(hold.at)])) }
                    input type="hidden" name="of" value=(hold.by);
                }
                (forms::field(&id, "reason", lang.say(w::REASON), lang.say(w::ACCESS_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(button)) } }
            } } }
        }
    };
    html! {
        @if !view.lapsed.is_empty() {
            section.card { div.body.stack.tight {
                h2 { (lang.say(w::LAPSED)) }
                ul.read { @for (why, back) in &view.lapsed { li { (lang.of(why)) " " (lang.of(back)) } } }
            } }
        }
        @if matches!(state, State::Provisioned | State::Active) {
            section.card { div.body { form.stack method="post" action={ (at) "/invite" } {
                (forms::token(chrome))
                h2 { (lang.say(w::INVITE)) }
                p.small { (lang.say(w::INVITE_LEAD)) }
                (methods(lang, "method", ""))
                (forms::field("invited", "evidence", lang.say(w::EVIDENCE), lang.say(w::CALLER_HINT), true))
                div.acts { button.btn type="submit" { (lang.say(w::INVITE_DO)) } }
            } } }
        }
        @if state == State::Suspended {
            @for of in view.holds.iter().enumerate() { (turn("resume", w::RESUME, w::RESUME_DO, Some(of))) }
        }
        @if matches!(state, State::Active | State::Suspended) {
            (turn("suspend", if state == State::Active { w::SUSPEND } else { w::SUSPEND_TOO }, w::SUSPEND_DO, None))
        }
        @if matches!(state, State::Provisioned | State::Active | State::Suspended) { (turn("end", w::END, w::END_DO, None)) }
    }
}
