//! The named teams of a practice: who is of each, and the forms that make, change and end one.

use crate::components::chrome::Chrome;
use crate::components::icons::icon;
use crate::components::{forms, notes};
use crate::words::{Lang, inbox as w};
use actions::inbox::{NamedTeam, TeamView, Workplace};
use actions::values::Permission;
use maud::{Markup, html};

/// All of them, and a form for one more at each of the reader's practices.
pub(super) fn section(chrome: &Chrome, view: &TeamView) -> Markup {
    let lang = chrome.lang();
    html! {
        @if !view.people.is_empty() {
            section.card {
                header { h2 { (lang.say(w::NAMED)) } }
                div.body { p.read { (lang.say(w::NAMED_LEAD)) } }
                @if view.teams.is_empty() {
                    div.body { (notes::line(notes::Tone::Plain, "people", lang.say(w::NAMED_NONE))) }
                } @else {
                    ul.lines { @for team in &view.teams { li { (one(chrome, team)) } } }
                }
            }
            @if chrome.may(Permission::KeepTeams) {
                @for Workplace { id: place, name, people } in &view.people {
                    form.card action="/team/keep" method="post" {
                        (forms::token(chrome))
                        input type="hidden" name="place" value=(place);
                        header { h2 { (lang.say(w::NEW)) } span.soft { (name) } }
                        div.body.stack.tight {
                            (forms::field(&format!("name-{place}"), "name", lang.say(w::NAME), lang.say(w::NAME_HINT), true))
                            fieldset.stack.tight {
                                legend { (lang.say(w::MEMBERS)) }
                                @for (id, who) in people { (member(lang, id, who, false, true)) }
                            }
                            div.acts { button.btn type="submit" { (icon("people")) (lang.say(w::NEW)) } }
                        }
                    }
                }
            }
        }
    }
}

fn member(lang: Lang, id: &str, name: &str, is_member: bool, is_there: bool) -> Markup {
    html! {
        label.check {
            input type="checkbox" name="member" value=(id) checked[is_member];
            span { (name) @if !is_there { " · " (lang.say(w::NOT_THERE)) } }
        }
    }
}

fn one(chrome: &Chrome, team: &NamedTeam) -> Markup {
    let lang = chrome.lang();
    let of = team.people.iter().filter(|(_, _, is_member, _)| *is_member);
    html! {
        div.top {
            b { (team.name) }
            span.soft { (team.place_name) " · " (lang.count(team.waiting, w::NAMED_WAITS_ONE, w::NAMED_WAITS)) }
        }
        ul.plain { @for (_, name, _, is_there) in of { li { (name) @if !is_there { span.soft { " · " (lang.say(w::NOT_THERE)) } } } } }
        @if chrome.may(Permission::KeepTeams) {
            details {
                summary { (lang.say(w::CHANGE)) span.vh { ": " (team.name) } }
                form.stack.tight action="/team/keep" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="team" value=(team.id);
                    div.field {
                        label for={ "name-" (team.id) } { (lang.say(w::NAME)) }
                        input.in id={ "name-" (team.id) } name="name" value=(team.name) required maxlength="60" autocomplete="off";
                    }
                    fieldset.stack.tight {
                        legend { (lang.say(w::MEMBERS)) }
                        @for (id, name, is_member, is_there) in &team.people { (member(lang, id, name, *is_member, *is_there)) }
                    }
                    div.acts { button.btn type="submit" { (lang.say(w::KEEP)) span.vh { ": " (team.name) } } }
                }
                form.stack.tight action="/team/end" method="post" {
                    (forms::token(chrome))
                    input type="hidden" name="team" value=(team.id);
                    p.small.soft { (lang.say(w::END_TEXT)) }
                    div.acts { button.btn type="submit" { (lang.say(w::END)) span.vh { ": " (team.name) } } }
                }
            }
        }
    }
}
