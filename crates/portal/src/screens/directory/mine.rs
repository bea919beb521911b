//! What the directory holds of whoever is signed in and of where they work: confirmed, or proposed to be otherwise.

use super::copies::always;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{forms, notes, pill, times};
use crate::words::{Lang, Say, directory as w};
use actions::directory::OwnMove;
use actions::directory::mine::{AbsenceLine, MineView, OwnContact, RoleLine, WishLine, class_code};
use actions::values::ContactState;
use maud::{Markup, html};

/// Where the forms go.
const HERE: &str = "/directory/mine";

/// The page; `link` leads to the status page of a place, `done` says what the last act led to.
pub(crate) fn screen(chrome: &Chrome, view: &MineView, link: &dyn Fn(&str) -> String, done: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::MINE)) } p { (lang.say(w::MINE_LEAD)) } } }
        @match done {
            "proposed" => (notes::line(notes::Tone::Done, "check", lang.say(w::MINE_PROPOSED))),
            "confirmed" => (notes::line(notes::Tone::Done, "check", lang.say(w::MINE_CONFIRMED))),
            _ => {}
        }
        (waiting(lang, view))
        (moves(lang, view))
        (contacts(chrome, view))
        (roles(chrome, view, link))
        (absences(chrome, view))
        (numbers(lang, view))
        (copies(chrome, view))
    };
    let title = lang.say(w::MINE).to_owned();
    page(chrome, Page { title, section: Section::Mine, chart: None, keys: &[], door: false, main })
}

fn waiting(lang: Lang, view: &MineView) -> Markup {
    html! {
        @if !view.proposed.is_empty() {
            section.card {
                header { h2 { (lang.say(w::WAITING)) } }
                ul.lines {
                    @for (at, words) in &view.proposed {
                        li { div.top { span { (lang.of(words)) } span.soft { (times::minute(*at)) } } }
                    }
                }
            }
        }
    }
}

/// A change by which one's reports go elsewhere, with what to do about one that was not asked for.
pub(crate) fn moved(lang: Lang, one: &OwnMove) -> Markup {
    let title = lang.fill(w::OWN_MOVED, &[&times::minute_text(one.at)]);
    notes::note(
        notes::Tone::Wait,
        "warn",
        &title,
        html! {
            p { (lang.fill(w::MOVED_BY, &[&one.by, &one.reason])) }
            (ways(lang, one))
            p { (lang.say(w::MOVED_CALL)) }
        },
    )
}

fn ways(lang: Lang, one: &OwnMove) -> Markup {
    html! {
        dl.facts {
            @for (when, ways, none) in [(w::MOVED_WAS, &one.was, w::MOVED_NOTHING), (w::MOVED_IS, &one.is, w::MOVED_NOTHING_NOW)] {
                dt { (lang.say(when)) }
                dd.plain {
                    @if ways.is_empty() { (lang.say(none)) }
                    @for way in ways { div { (lang.of(way)) } }
                }
            }
        }
    }
}

fn moves(lang: Lang, view: &MineView) -> Markup {
    let Some((latest, before)) = view.moved.split_first() else { return html! {} };
    html! {
        (moved(lang, latest))
        @if !before.is_empty() {
            section.card {
                header { h2 { (lang.say(w::MOVED_BEFORE)) } }
                ul.lines { @for one in before {
                    li {
                        div.top { span { (lang.fill(w::MOVED_BY, &[&one.by, &one.reason])) } span.soft { (times::minute(one.at)) } }
                        (ways(lang, one))
                    }
                } }
            }
        }
    }
}

/// A form that proposes something; `what` names it, `why` is always asked.
fn propose(chrome: &Chrome, what: &str, id: &str, fields: &Markup) -> Markup {
    let lang = chrome.lang();
    html! {
        form.stack.tight method="post" action=(HERE) {
            (forms::token(chrome))
            input type="hidden" name="what" value=(what);
            (fields)
            (forms::field(&format!("why-{id}"), "why", lang.say(w::WHY), lang.say(w::WHY_HINT), true))
            div.acts { button.btn type="submit" { (lang.say(w::SEND)) span.vh { ": " (id) } } }
        }
    }
}

fn select(lang: Lang, id: &str, name: &str, label: Say, choices: &[(String, String)]) -> Markup {
    html! {
        div.field {
            label for=(id) { (lang.say(label)) }
            select.in id=(id) name=(name) { @for (value, shown) in choices { option value=(value) { (shown) } } }
        }
    }
}

fn contacts(chrome: &Chrome, view: &MineView) -> Markup {
    let lang = chrome.lang();
    let mut of = vec![(String::new(), lang.say(w::OF_ME).to_owned())];
    of.extend(view.roles.iter().map(|role| (role.place.clone(), role.place_name.clone())));
    let kinds =
        [("phone", w::KIND_PHONE), ("fax", w::KIND_FAX), ("email", w::KIND_EMAIL), ("civic", w::KIND_CIVIC)];
    let kinds: Vec<(String, String)> =
        kinds.into_iter().map(|(code, say)| (code.to_owned(), lang.say(say).to_owned())).collect();
    html! {
        section.card {
            header { h2 { (lang.say(w::CONTACTS)) } }
            @if view.contacts.is_empty() { div.body { p { (lang.say(w::CONTACTS_NONE)) } } }
            @else {
                ul.lines { @for one in &view.contacts { (contact(chrome, one)) } }
                form.body.stack.tight method="post" action="/directory/mine/confirm" {
                    (forms::token(chrome))
                    div.acts { button.btn.main type="submit" { (icon("check")) (lang.say(w::CONFIRM_ALL)) } }
                    p.small.soft { (lang.say(w::CONFIRM_ALL_HINT)) }
                }
            }
            div.body {
                details.solve {
                    summary { (lang.say(w::ADD)) }
                    (propose(chrome, "another", "another", &html! {
                        (select(lang, "of", "of", w::ADD_OF, &of))
                        (select(lang, "kind", "kind", w::COL_KIND, &kinds))
                        (forms::field("another-value", "value", lang.say(w::NEW_VALUE), lang.say(w::NEW_VALUE_HINT), true))
                    }))
                }
            }
        }
    }
}

fn contact(chrome: &Chrome, one: &OwnContact) -> Markup {
    let lang = chrome.lang();
    html! {
        li {
            div.top {
                span { (one.of) " · " (lang.of(&one.kind)) " · " b { (one.value) } }
                span {
                    @match one.state {
                        ContactState::Suspect => (lang.fill(w::IN_DOUBT, &[&one.why])),
                        ContactState::Stale => (lang.fill(w::OVERDUE, &[&one.next_check])),
                        ContactState::Ok => {}
                    }
                }
            }
            span.soft { (lang.fill(w::VERIFIED, &[&one.source, &one.verified_on, &one.next_check])) }
            form.acts method="post" action="/directory/mine/confirm" {
                (forms::token(chrome))
                input type="hidden" name="contact" value=(one.id);
                button.btn.slim type="submit" { (icon("check")) (lang.say(w::CONFIRM)) span.vh { ": " (one.value) } }
            }
            @if one.can_change {
                details.solve {
                    summary { (lang.say(w::CHANGE_IT)) span.vh { ": " (one.value) } }
                    (propose(chrome, "contact", &one.id, &html! {
                        input type="hidden" name="contact" value=(one.id);
                        (forms::field(&format!("value-{}", one.id), "value", lang.say(w::NEW_VALUE), lang.say(w::NEW_VALUE_HINT), true))
                    }))
                }
            }
        }
    }
}

fn roles(chrome: &Chrome, view: &MineView, link: &dyn Fn(&str) -> String) -> Markup {
    let lang = chrome.lang();
    let way = |role: &RoleLine| match &role.way {
        Some((kind, address)) if address.is_empty() => lang.of(kind).to_owned(),
        Some((kind, address)) => format!("{} · {address}", lang.of(kind)),
        None => lang.say(w::PORTAL_ONLY).to_owned(),
    };
    let columns = [w::COL_PLACE, w::COL_ROLE, w::COL_WAY, w::COL_FROM, w::COL_UNTIL];
    html! {
        section.card {
            header { h2 { (lang.say(w::ROLES)) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::ROLES)) {
                table {
                    caption.vh { (lang.say(w::ROLES)) }
                    thead { tr { @for column in columns { th scope="col" { (lang.say(column)) } } } }
                    tbody {
                        @for role in &view.roles {
                            tr {
                                th scope="row" { a href=(link(&role.place)) { (role.place_name) } @if role.primary { " (" (lang.say(w::PRIMARY)) ")" } }
                                td { (role.role) }
                                td { (way(role)) @if let Some(doubt) = &role.doubt { " · " (lang.fill(w::IN_DOUBT, &[doubt])) } }
                                td { (role.from) }
                                td { @if let Some(to) = &role.to { (to) } }
                            }
                        }
                    }
                }
            }
            div.body {
                @for role in view.roles.iter().filter(|role| role.to.is_none()) {
                    details.solve {
                        summary { (lang.fill(w::LEAVING, &[&role.place_name])) }
                        (propose(chrome, "leaving", &format!("leaving-{}", role.place), &html! {
                            input type="hidden" name="place" value=(role.place);
                            (forms::field(&format!("last-{}", role.place), "to", lang.say(w::LAST_DAY), lang.say(w::DAY_HINT), true))
                        }))
                    }
                }
            }
        }
    }
}

fn absences(chrome: &Chrome, view: &MineView) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card {
            header { h2 { (lang.say(w::ABSENCES)) } }
            @if view.absences.is_empty() { div.body { p { (lang.say(w::ABSENCES_NONE)) } } }
            @else { ul.lines { @for one in &view.absences { (absence(chrome, one)) } } }
            div.body {
                details.solve {
                    summary { (lang.say(w::AWAY)) }
                    (away(chrome, view))
                }
            }
        }
    }
}

fn absence(chrome: &Chrome, one: &AbsenceLine) -> Markup {
    let lang = chrome.lang();
    html! {
        li {
            div.top {
                span { (lang.of(&one.words)) @if !one.place.is_empty() { " · " (one.place) } }
                span.soft { (one.from) }
            }
            span.soft { @if one.cover.is_empty() { (lang.say(w::COVERED_BY_NOBODY)) } @else { (lang.fill(w::COVERED_BY, &[&one.cover])) } }
            (propose(chrome, "back", &one.id, &html! {
                input type="hidden" name="absence" value=(one.id);
                (forms::field(&format!("back-{}", one.id), "to", lang.say(w::BACK), lang.say(w::DAY_HINT), true))
            }))
        }
    }
}

fn away(chrome: &Chrome, view: &MineView) -> Markup {
    let lang = chrome.lang();
    let choice = |code: &str, say: Say| (code.to_owned(), lang.say(say).to_owned());
    let kinds = [
        choice("leave", w::AWAY_LEAVE),
        choice("locum", w::AWAY_LOCUM),
        choice("retirement", w::AWAY_RETIREMENT),
    ];
    let mut places = vec![choice("", w::EVERYWHERE)];
    places.extend(view.roles.iter().map(|role| (role.place.clone(), role.place_name.clone())));
    let mut covers = vec![choice("", w::COVER_NOBODY)];
    covers.extend(view.colleagues.iter().cloned());
    propose(
        chrome,
        "away",
        "away",
        &html! {
            (select(lang, "away-kind", "kind", w::AWAY_KIND, &kinds))
            (select(lang, "away-place", "place", w::AWAY_PLACE, &places))
            (select(lang, "cover", "cover", w::COVER, &covers))
            (forms::field("away-from", "from", lang.say(w::FIRST_DAY), lang.say(w::DAY_HINT), true))
            (forms::field("away-to", "to", lang.say(w::LAST_DAY), lang.say(w::LAST_DAY_HINT), false))
        },
    )
}

fn numbers(lang: Lang, view: &MineView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::NUMBERS)) } span.soft { (view.name) } }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::NUMBERS)) {
                table {
                    caption.vh { (lang.say(w::NUMBERS)) }
                    thead { tr { @for column in [w::COL_ISSUER, w::COL_NUMBER, w::COL_SORT] { th scope="col" { (lang.say(column)) } } } }
                    tbody {
                        @for (issuer, number, sort) in &view.numbers {
                            tr { th scope="row" { (issuer) } td { (number) } td { (lang.of(sort)) } }
                        }
                    }
                }
            }
        }
    }
}

fn copies(chrome: &Chrome, view: &MineView) -> Markup {
    let lang = chrome.lang();
    html! {
        @if !view.wishes.is_empty() {
            section.card {
                header { h2 { (lang.say(w::COPIES_MINE)) } }
                div.body { (always(lang)) }
                @for wish in &view.wishes { (copies_by(chrome, wish)) }
            }
        }
    }
}

fn copies_by(chrome: &Chrome, wish: &WishLine) -> Markup {
    let lang = chrome.lang();
    let whom = [("me", w::FOR_ME), ("all", w::FOR_ALL)]
        .map(|(code, say)| (code.to_owned(), lang.say(say).to_owned()));
    html! {
        div.body {
            (propose(chrome, "copies", &wish.endpoint, &html! {
                input type="hidden" name="endpoint" value=(wish.endpoint);
                fieldset.field {
                    legend { (lang.say(w::COPIES_PICK)) " (" (wish.place) ", " (lang.of(&wish.kind)) ")" }
                    @for (class, mine, all) in &wish.classes {
                        label.check {
                            input type="checkbox" name="without" value=(class_code(*class)) checked[*mine || *all];
                            span { (pill::class(lang, *class)) @if *all { " · " (lang.say(w::COPIES_OUT_ALL)) } }
                        }
                    }
                }
                (select(lang, &format!("whom-{}", wish.endpoint), "whom", w::COL_WHO, &whom))
            }))
        }
    }
}
