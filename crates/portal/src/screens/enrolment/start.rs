//! The first page, open to everybody: what one will see, what to have ready, the address; then the code.

use super::{listed, public, will_see};
use crate::components::chrome::Chrome;
use crate::components::icons::icon;
use crate::components::{forms, notes, times};
use crate::words::enrolment as w;
use actions::MailOut;
use actions::enrolment::{ApproveView, Asked};
use actions::values::Words;
use actions::values::enrolment::PROFESSIONS;
use maud::{Markup, html};

/// `GET /join`
pub(crate) fn screen(chrome: &Chrome, refused: Option<&Words>) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::JOIN)) } p { (lang.say(w::JOIN_LEAD)) } } }
        @if let Some(words) = refused { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
        div.cols.c2 {
            section.card {
                div.body.stack {
                    h2 { (lang.say(w::JOIN_HAVE)) }
                    ul.read { li { (lang.say(w::JOIN_HAVE_1)) } li { (lang.say(w::JOIN_HAVE_2)) } li { (lang.say(w::JOIN_HAVE_3)) } }
                    form.stack method="post" action="/join" {
                        div.field {
                            label for="address" { (lang.say(w::ADDRESS)) }
                            input.in #address name="address" type="email" required maxlength="254" autocomplete="email" aria-describedby="address-hint";
                            span.hint #address-hint { (lang.say(w::ADDRESS_HINT)) }
                        }
                        div.acts { button.btn.main type="submit" { (icon("mail")) (lang.say(w::ADDRESS_DO)) } }
                    }
                    p.small { (lang.say(w::HOSPITAL)) }
                    p.small { a href="/sign-in" { (lang.say(w::SIGN_IN)) } }
                }
            }
            section.card {
                div.body.stack {
                    h2 { (lang.say(w::JOIN_SEE)) }
                    @for known in PROFESSIONS {
                        @let (yes, no) = known.sees();
                        div {
                            h3 { (lang.of(&known.words())) }
                            dl.facts {
                                dt { (lang.say(w::WILL_SEE)) } dd.plain { (listed(lang, &yes)) }
                                dt { (lang.say(w::WILL_NOT_SEE)) } dd.plain { (listed(lang, &no)) }
                            }
                        }
                    }
                    div { h3 { (lang.say(w::UNLISTED)) } p.small { (lang.fill(w::NOTHING_YET, &[&will_see(lang)])) } }
                }
            }
        }
    };
    public(chrome, lang.say(w::JOIN), main)
}

/// `GET /join/code`
pub(crate) fn code(chrome: &Chrome, asked: &Asked, wrong: Option<&Words>) -> Markup {
    let lang = chrome.lang();
    let minutes = actions::enrolment::applying::CODE_MINUTES.to_string();
    let main = html! {
        div.head { div { h1 { (lang.say(w::CODE)) } } }
        @match asked {
            Asked::Code(address) => {
                p { (lang.fill(w::CODE_LEAD, &[address, &minutes])) }
                @if let Some(words) = wrong { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
                form.stack method="post" action="/join/code" {
                    div.field {
                        label for="code" { (lang.say(w::CODE)) }
                        input.in #code name="code" required inputmode="numeric" maxlength="12" autocomplete="one-time-code" aria-describedby="code-hint";
                        span.hint #code-hint { (lang.say(w::CODE_HINT)) }
                    }
                    div.acts { button.btn.main type="submit" { (lang.say(w::CODE_DO)) } }
                }
                @if chrome.demo { p.small { a href="/join/mails" { (lang.say(w::MAILS)) } } }
            }
            Asked::Nothing => {
                @if let Some(words) = wrong { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
                p { (lang.say(w::CODE_NONE)) }
            }
        }
        p { a href="/join" { (lang.say(w::CODE_AGAIN)) } }
    };
    public(chrome, lang.say(w::CODE), main)
}

/// `GET /join/go/{token}`: programs open links too, so that its button goes on.
pub(crate) fn go_on(chrome: &Chrome, token: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::GO_ON)) } p { (lang.say(w::GO_ON_LEAD)) } } }
        form method="post" action={ "/join/go/" (token) } {
            div.acts { button.btn.main type="submit" { (lang.say(w::GO_ON_DO)) } }
        }
    };
    public(chrome, lang.say(w::GO_ON), main)
}

/// `GET /join/yes/{token}`
pub(crate) fn manager(chrome: &Chrome, view: &ApproveView, token: &str) -> Markup {
    let lang = chrome.lang();
    let profession = super::profession_name(lang, &view.profession, "");
    let main = html! {
        div.head { div { h1 { (lang.say(w::YES)) } } }
        @if view.answered {
            (notes::line(notes::Tone::Done, "check", lang.say(w::YES_DONE)))
        } @else {
            p.read { (lang.fill(w::YES_LEAD, &[&view.applicant, &profession, &view.place, &view.who])) }
            form method="post" action={ "/join/yes/" (token) } {
                div.acts {
                    button.btn.main type="submit" name="answer" value="yes" { (icon("check")) (lang.say(w::YES_DO)) }
                    button.btn type="submit" name="answer" value="no" { (lang.say(w::NO_DO)) }
                }
            }
        }
    };
    public(chrome, lang.say(w::YES), main)
}

/// `GET /join/mails`: in the demo alone.
pub(crate) fn mails(chrome: &Chrome, mails: &[MailOut]) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::MAILS)) } p { (lang.say(w::MAILS_LEAD)) } } }
        @if mails.is_empty() { p { (lang.say(w::MAILS_NONE)) } }
        @for mail in mails {
            article.card {
                div.body.stack lang=(mail.tongue) {
                    h2 { (mail.subject) }
                    p.small.soft { (lang.fill(w::MAIL_TO, &[&mail.recipient, &times::minute_text(mail.at)])) }
                    @for line in mail.body.lines().filter(|line| !line.trim().is_empty()) {
                        // Only what we wrote ourselves is a link: an address within the portal.
                        @if line.starts_with("/join") || line.starts_with("/invitation") || line == "/sign-in" {
                            p { a href=(line) { (line) } }
                        } @else { p { (line) } }
                    }
                }
            }
        }
    };
    public(chrome, lang.say(w::MAILS), main)
}

/// A labelled line of text.
pub(super) fn line(id: &str, value: &str, label: &str, hint: &str, required: bool) -> Markup {
    if value.is_empty() {
        return forms::field(id, id, label, hint, required);
    }
    let hint_id = format!("{id}-hint");
    html! {
        div.field {
            label for=(id) { (label) }
            input.in id=(id) name=(id) required[required] maxlength="500" autocomplete="off" value=(value) aria-describedby=(hint_id);
            span.hint id=(hint_id) { (hint) }
        }
    }
}
