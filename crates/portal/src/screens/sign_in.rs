//! Sign-in of the demo: choose a seat. No password exists here.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::forms;
use crate::components::icons::icon;
use crate::components::notes;
use crate::sessions::Locked;
use crate::words::{accounts as a, practice_copy, shell as w};
use actions::sign_in::Persona;
use actions::values::Role;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, personas: &[Persona], back: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        section.hello aria-labelledby="t" {
            div.stack.loose {
                h1 #t { (lang.say(w::SIGN_IN_TITLE)) }
                p.read { (lang.say(if chrome.practice_copy.is_some() { practice_copy::SEATS_LEAD } else { w::SIGN_IN_LEAD })) }
                div {
                    h2 { (lang.say(w::SIGN_IN_CAN)) }
                    div.scroll tabindex="0" role="region" aria-label=(lang.say(w::SIGN_IN_CAN)) {
                        table.mid {
                            caption.vh { (lang.say(w::SIGN_IN_CAN)) }
                            thead { tr { th scope="col" { (lang.say(w::SEAT)) } th scope="col" { (lang.say(w::SEAT_DOES)) } } }
                            tbody {
                                @for (role, does) in [
                                    (Role::FamilyDoctor, w::SEAT_DOCTOR),
                                    (Role::LaboratoryDesk, w::SEAT_LAB),
                                    (Role::IdentitySteward, w::SEAT_STEWARD),
                                    (Role::Registrar, w::SEAT_REGISTRAR),
                                    (Role::DirectorySteward, w::SEAT_DIRECTORY),
                                    (Role::Pharmacist, w::SEAT_PHARMACIST),
                                    (Role::Chiropractor, w::SEAT_CHIROPRACTOR),
                                    (Role::Dentist, w::SEAT_DENTIST),
                                    (Role::OtherProfessional, w::SEAT_OTHER),
                                    (Role::PrivacyOfficer, w::SEAT_PRIVACY),
                                    (Role::UnitManager, crate::words::facility::SEAT_MANAGER),
                                    (Role::Coordinator, w::SEAT_COORDINATOR),
                                ] {
                                    tr { th.nowrap scope="row" { (lang.of(&role.words())) } td { (lang.say(does)) } }
                                }
                            }
                        }
                    }
                }
                p.small { (lang.say(w::SIGN_IN_KEPT)) " " (lang.say(w::SYNTHETIC)) "." }
            }
        }
        div {
            div.stack {
                h2 { (lang.say(w::SIGN_IN_SEATS)) }
                @if personas.is_empty() { (notes::line(notes::Tone::Wait, "clock", lang.say(w::SIGN_IN_NONE))) }
                @for persona in personas { (seat(chrome, persona, back)) }
                p.small.soft { (lang.say(w::SIGN_IN_NO_PASSWORD)) }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::SIGN_IN).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: true,
            main,
        },
    )
}

/// Field that says where a locked session was going, and the mark that something posted is kept.
pub(crate) const LOCKED_AT: &str = "locked-at";
pub(crate) const KEPT: &str = "locked-kept";

/// What becomes of a form that meets a lock.
pub(crate) enum Written<'a> {
    /// There is none.
    Nothing,
    /// It goes on its way when its writer goes on.
    Kept(&'a [(String, String)]),
    /// A file, or nothing that this session's own page made: it is not carried along.
    Lost,
}

/// The page of a locked session. It shows nothing of anybody; what was posted is carried along unseen.
pub(crate) fn locked(chrome: &Chrome, why: Locked, to: &str, written: &Written<'_>) -> Markup {
    let (kept, said) = match written {
        Written::Nothing => (&[][..], None),
        Written::Kept(fields) => (*fields, Some(w::LOCKED_KEPT)),
        Written::Lost => (&[][..], Some(w::LOCKED_LOST)),
    };
    let lang = chrome.lang();
    let name = chrome.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
    let text = match why {
        Locked::Idle => w::LOCKED_IDLE,
        Locked::Elsewhere => w::LOCKED_ELSEWHERE,
        Locked::Unproven => a::UNPROVEN,
    };
    let title = if why == Locked::Unproven { a::UNPROVEN_TITLE } else { w::LOCKED };
    let main = html! {
        div.head { div { h1 { (lang.say(title)) } p { (lang.say(text)) } } }
        form.card action="/unlock" method="post" {
            (forms::token(chrome))
            input type="hidden" name=(LOCKED_AT) value=(to);
            @if !kept.is_empty() { input type="hidden" name=(KEPT) value="yes"; }
            @for (field, value) in kept.iter().filter(|(field, _)| ![forms::TOKEN, LOCKED_AT, KEPT].contains(&field.as_str())) {
                input type="hidden" name=(field) value=(value);
            }
            div.body.first.stack {
                @if let Some(said) = said { p { (lang.say(said)) } }
                @if chrome.proves {
                    p { (lang.say(a::PROVE_FIRST)) }
                    p { a.btn href="/account/prove" target="_blank" rel="noopener" { (icon("lock")) (lang.say(a::PROVE_NEW_TAB)) } }
                }
                div.acts { button.btn.main type="submit" { (icon("lock")) (lang.fill(w::UNLOCK, &[&name])) } }
            }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(title).to_owned(),
            section: Section::Elsewhere,
            chart: None,
            keys: &[],
            door: false,
            main,
        },
    )
}

fn seat(chrome: &Chrome, persona: &Persona, back: &str) -> Markup {
    let lang = chrome.lang();
    let glyph = match persona.role {
        Role::FamilyDoctor => "people",
        Role::IdentitySteward => "swap",
        Role::Registrar => "pen",
        Role::DirectorySteward => "list",
        Role::Pharmacist => "lab",
        Role::Chiropractor | Role::Dentist | Role::OtherProfessional => "people",
        Role::PrivacyOfficer => "lock",
        Role::UnitManager | Role::Coordinator => "people",
        _ => "send",
    };
    html! {
        form.seat action="/sign-in" method="post" {
            input type="hidden" name="persona" value=(persona.id);
            input type="hidden" name="back" value=(back);
            button type="submit" {
                span.face { (icon(glyph)) }
                span.text {
                    b { (persona.name) }
                    span { (lang.of(&persona.place)) }
                }
                span.go { (icon("chev")) }
            }
        }
    }
}
