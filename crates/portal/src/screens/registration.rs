//! Registration: search first. Whoever might be the person stands beside the form; a new record is made only when each
//! strong candidate was answered with a reason.

use crate::assets::REGISTRATION_SCRIPT;
use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::evidence::plain;
use crate::components::icons::{icon, solid};
use crate::components::numbers::{health_card, record_number};
use crate::components::{banner, forms, notes, times};
use crate::screens::identity::figures;
use crate::screens::reader::feature_word;
use crate::words::{Lang, Say, identity as desk, registration as w, shell};
use actions::registration::{
    CreatedView, DISMISSALS, Dismissal, FiguresView, Form, Found, NO_CARD, PaperForm, SearchView, Strength,
};
use actions::values::{Evidence, Outcome, Permission, Sex, Words};
use fhir::{Instant, PersonId};
use maud::{Markup, html};

/// Where cards come from: code of the jurisdiction (ISO 3166-2:CA without its prefix) and its name.
const JURISDICTIONS: &[(&str, Say)] = &[
    ("NS", w::NS),
    ("NB", w::NB),
    ("PE", w::PE),
    ("NL", w::NL),
    ("QC", w::QC),
    ("ON", w::ON),
    ("MB", w::MB),
    ("SK", w::SK),
    ("AB", w::AB),
    ("BC", w::BC),
    ("YT", w::YT),
    ("NT", w::NT),
    ("NU", w::NU),
];

/// Values of the field for sex (HL7 table 0001) and what they are called.
const SEXES: &[(&str, Option<Sex>, Say)] = &[
    ("", None, w::SEX_UNSTATED),
    ("F", Some(Sex::Female), w::FEMALE),
    ("M", Some(Sex::Male), w::MALE),
    ("X", Some(Sex::Other), w::OTHER),
    ("U", Some(Sex::Unknown), w::SEX_UNKNOWN),
];

/// Reasons shown for one candidate; the weightiest come first.
const MOST_REASONS: usize = 6;

/// Everything the form of the desk carries from one request to the next.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// What was typed.
    pub(crate) form: Form,
    /// Who was dismissed so far, and why.
    pub(crate) dismissed: Vec<Dismissal>,
    /// Chosen when the form was opened: pressing twice makes one record.
    pub(crate) form_id: String,
    /// When it was opened.
    pub(crate) opened: Instant,
    /// Longest time from the last key to candidates shown, in milliseconds.
    pub(crate) shown_ms: u32,
    /// Searches made.
    pub(crate) searches: u32,
    /// Number of the form on paper; empty where nothing was on paper.
    pub(crate) paper: String,
    /// When it was written, as typed.
    pub(crate) paper_when: String,
}

impl Draft {
    /// A form nobody has typed in.
    pub(crate) fn new(form_id: String, opened: Instant) -> Self {
        let form = Form { jurisdiction: "NS".to_owned(), ..Form::default() };
        let (paper, paper_when) = (String::new(), String::new());
        Self { form, dismissed: Vec::new(), form_id, opened, shown_ms: 0, searches: 0, paper, paper_when }
    }

    /// The form on paper, when one is entered.
    pub(crate) fn paper(&self) -> Option<PaperForm> {
        let is_one = !self.paper.is_empty() || !self.paper_when.is_empty();
        is_one.then(|| PaperForm { number: self.paper.clone(), happened: times::moment(&self.paper_when) })
    }

    /// Reads the fields of a request; what is absent is empty.
    pub(crate) fn read(fields: &[(String, String)], now: Instant) -> Self {
        let get = |name: &str| {
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim()).unwrap_or_default()
        };
        let text = |name: &str| get(name).to_owned();
        let form = Form {
            family: text("family"),
            given: text("given"),
            middle: text("middle"),
            birth_date: text("birth"),
            sex: SEXES.iter().find(|(code, _, _)| *code == get("sex")).and_then(|(_, sex, _)| *sex),
            card: text("card"),
            jurisdiction: text("jurisdiction"),
            no_card: text("no_card"),
            telephone: text("telephone"),
            street: text("street"),
            town: text("town"),
            postal_code: text("postal"),
        };
        let dismissed = fields
            .iter()
            .filter_map(|(name, code)| {
                let person: PersonId = name.strip_prefix("not-")?.parse().ok()?;
                Some(Dismissal { person, code: code.clone(), text: text(&format!("text-{person}")) })
            })
            .collect();
        Self {
            form,
            dismissed,
            form_id: text("form_id"),
            opened: get("opened").parse().map(Instant).unwrap_or(now),
            shown_ms: get("shown").parse().unwrap_or_default(),
            searches: get("searches").parse().unwrap_or_default(),
            paper: text("paper"),
            paper_when: text("paper_when"),
        }
    }

    fn dismissal(&self, person: PersonId) -> Option<&Dismissal> {
        self.dismissed.iter().find(|one| one.person == person)
    }

    /// Whether a candidate still has to be answered before a record is made.
    fn unanswered(&self, found: &Found) -> bool {
        found.strength == Strength::Strong
            && self
                .dismissal(found.banner.person)
                .is_none_or(|one| one.code == "other" && one.text.trim().is_empty())
    }
}

/// The page. `found` is absent before anything was looked for; `refused` says why no record was made.
pub(crate) fn screen(
    chrome: &Chrome,
    draft: &Draft,
    found: Option<&SearchView>,
    refused: Option<&Words>,
    figures: Option<&FiguresView>,
) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::TITLE)) } p { (lang.say(w::LEAD)) } } }
        @if let Some(words) = refused { (notes::note(notes::Tone::Critical, "stop", lang.say(w::NOT_MADE), html! { p { (lang.of(words)) } })) }
        form.register.cols action="/registration" method="post" autocomplete="off" data-look="/registration/look" {
            (forms::token(chrome))
            (carried(draft))
            (typed(chrome, draft))
            div.stack {
                p.vh #found role="status" { @if let Some(found) = found { (counted(lang, found)) } }
                section.stack #candidates tabindex="-1" data-key="c" aria-label=(lang.say(w::CANDIDATES)) { (candidates(chrome, draft, found)) }
                (create(chrome, draft, found))
            }
        }
        @if let Some(view) = figures { p.soft { (lang.say(w::DESK_LEAD)) } (figures::card(lang, view)) }
        script type="module" src=(REGISTRATION_SCRIPT) {}
    };
    page(
        chrome,
        Page {
            title: lang.say(w::TITLE).to_owned(),
            section: Section::Registration,
            chart: None,
            keys: &[("f", w::KEY_FAMILY), ("Enter", w::KEY_LOOK), ("Esc c", w::KEY_CANDIDATES)],
            door: false,
            main,
        },
    )
}

fn carried(draft: &Draft) -> Markup {
    html! {
        input type="hidden" name="form_id" value=(draft.form_id);
        input type="hidden" name="opened" value=(draft.opened.0);
        input type="hidden" name="shown" value=(draft.shown_ms);
        input type="hidden" name="searches" value=(draft.searches);
    }
}

fn input(lang: Lang, name: &str, label: Say, value: &str, hint: Option<Say>, key: Option<&str>) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (lang.say(label)) }
            input.in id=(name) name=(name) value=(value) maxlength="120" autocomplete="off" data-key=[key] aria-describedby=[hint.map(|_| hint_id.as_str())];
            @if let Some(hint) = hint { span.hint id=(hint_id) { (lang.say(hint)) } }
        }
    }
}

fn typed(chrome: &Chrome, draft: &Draft) -> Markup {
    let (lang, form) = (chrome.lang(), &draft.form);
    let sex = SEXES.iter().find(|(_, sex, _)| *sex == form.sex).map_or("", |(code, _, _)| code);
    html! {
        section.card.typed {
            header { h2 { (lang.say(w::WHO)) } }
            div.body.stack {
                (input(lang, "family", w::FAMILY, &form.family, None, Some("f")))
                div.two { (input(lang, "given", w::GIVEN, &form.given, None, None)) (input(lang, "middle", w::MIDDLE, &form.middle, None, None)) }
                div.two {
                    (input(lang, "birth", w::BIRTH, &form.birth_date, Some(w::BIRTH_HINT), None))
                    div.field {
                        label for="sex" { (lang.say(w::SEX)) }
                        select.in #sex name="sex" { @for (code, _, name) in SEXES { option value=(code) selected[*code == sex] { (lang.say(*name)) } } }
                    }
                }
                div.two {
                    (input(lang, "card", w::CARD, &form.card, None, None))
                    div.field {
                        label for="jurisdiction" { (lang.say(w::JURISDICTION)) }
                        select.in #jurisdiction name="jurisdiction" { @for (code, name) in JURISDICTIONS { option value=(code) selected[*code == form.jurisdiction] { (lang.say(*name)) } } }
                    }
                }
                div.field {
                    label for="no_card" { (lang.say(w::NO_CARD_WHY)) }
                    select.in #no_card name="no_card" {
                        option value="" selected[form.no_card.is_empty()] { (lang.say(w::HAS_CARD)) }
                        @for (code, en, fr) in NO_CARD { option value=(code) selected[*code == form.no_card] { (one_of(lang, en, fr)) } }
                    }
                }
                div.two { (input(lang, "telephone", w::PHONE, &form.telephone, None, None)) (input(lang, "postal", w::POSTAL, &form.postal_code, None, None)) }
                div.two { (input(lang, "street", w::STREET, &form.street, None, None)) (input(lang, "town", w::TOWN, &form.town, None, None)) }
                @if chrome.may(Permission::RegisterPatient) {
                    div.two {
                        (input(lang, "paper", w::PAPER, &draft.paper, Some(w::PAPER_HINT), None))
                        (input(lang, "paper_when", w::PAPER_WHEN, &draft.paper_when, Some(w::PAPER_WHEN_HINT), None))
                    }
                    p.small { a href="/registration/paper" { (lang.say(w::PAPER_PRINT)) } }
                }
                button.btn.block type="submit" formaction="/registration/look" formnovalidate { (icon("search")) (lang.say(w::LOOK)) }
            }
        }
    }
}

fn one_of<'a>(lang: Lang, en: &'a str, fr: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Fr => fr,
    }
}

fn candidates(chrome: &Chrome, draft: &Draft, found: Option<&SearchView>) -> Markup {
    let lang = chrome.lang();
    let Some(found) = found else {
        return html! {
            div.card { (notes::empty("search", lang.say(w::NONE_YET), lang.say(w::NONE_YET_TEXT), html! {})) }
        };
    };
    html! {
        h2 { (lang.say(w::CANDIDATES)) ": " (counted(lang, found)) }
        @if found.too_many { (notes::line(notes::Tone::Wait, "people", lang.say(w::FOUND_MORE))) }
        @if found.candidates.is_empty() {
            @let (title, text) = if found.needed.is_empty() { (w::NOBODY, w::NOBODY_TEXT) } else { (w::NOBODY_SO_FAR, w::NOBODY_SO_FAR_TEXT) };
            div.card { (notes::empty("search", lang.say(title), lang.say(text), html! {})) }
        }
        ul.cands { @for one in &found.candidates { (candidate(chrome, draft, one, found.candidates.first())) } }
    }
}

/// `3 people, 1 strong match`
fn counted(lang: Lang, found: &SearchView) -> String {
    let strong = found.candidates.iter().filter(|one| one.strength == Strength::Strong).count() as u64;
    let all = lang.count(found.candidates.len() as u64, w::PEOPLE_ONE, w::PEOPLE_MANY);
    if strong == 0 { all } else { format!("{all}, {}", lang.count(strong, w::STRONG_ONE, w::STRONG_MANY)) }
}

fn strength(lang: Lang, strength: Strength) -> Markup {
    html! {
        @match strength {
            Strength::Strong => span.pill.wait { (icon("people")) (lang.say(w::STRONG)) },
            Strength::Possible => span.pill { (solid("ring")) (lang.say(w::POSSIBLE)) },
            Strength::Weak => span.soft { (lang.say(w::WEAK)) },
        }
    }
}

fn candidate(chrome: &Chrome, draft: &Draft, found: &Found, first: Option<&Found>) -> Markup {
    let lang = chrome.lang();
    let who = &found.banner;
    let strong = found.strength == Strength::Strong;
    html! {
        li.cand.strong[strong] data-strong=[strong.then_some("")] data-line="" {
            div.top {
                h3 {
                    @if chrome.may(Permission::ReadIdentityReview) { a href={ "/identity/person/" (who.person) } { (banner::name(who)) } }
                    @else { (banner::name(who)) }
                }
                (strength(lang, found.strength))
            }
            p.ids {
                span { b { (who.birth_date) } " " (banner::age_and_sex(lang, who)) }
                @for (place, number) in &who.health_cards { span { b.id { (health_card(number)) } " " (place) } }
                @for (place, number) in &who.record_numbers { span.id { (place) " " (record_number(number)) } }
            }
            ul.because { @for one in found.evidence.iter().filter(|e| e.outcome != Outcome::Absent).take(MOST_REASONS) { (because(lang, one)) } }
            @if strong && chrome.may(Permission::RegisterPatient) { (dismissing(lang, draft, who.person)) }
            @if let Some(first) = first.filter(|first| first.record != found.record && chrome.may(Permission::ReadIdentityReview)) {
                p { a href={ "/identity/compare?records=" (first.record) "," (found.record) } { (lang.fill(desk::COMPARE_WITH, &[&banner::name(&first.banner)])) } }
            }
        }
    }
}

fn because(lang: Lang, one: &Evidence) -> Markup {
    let against = one.weight < 0.0 || one.outcome == Outcome::Disagrees;
    html! {
        li.for[!against].against[against] {
            (icon(if against { "x" } else { "check" }))
            span { (lang.say(feature_word(one.feature))) ": " (plain(lang, Some(one))) }
        }
    }
}

fn dismissing(lang: Lang, draft: &Draft, person: PersonId) -> Markup {
    let given = draft.dismissal(person);
    let text_id = format!("text-{person}");
    html! {
        fieldset {
            legend { (lang.say(w::NOT_THIS)) }
            div.opts {
                @for (code, en, fr) in DISMISSALS {
                    label.check {
                        input type="radio" name={ "not-" (person) } value=(code) checked[given.is_some_and(|g| g.code == *code)] data-words=[(*code == "other").then_some("")];
                        span { (one_of(lang, en, fr)) }
                    }
                }
            }
            div.field {
                label for=(text_id) { (lang.say(w::WORDS)) }
                input.in type="text" id=(text_id) name=(text_id) value=(given.map_or("", |g| g.text.as_str())) maxlength="300" autocomplete="off";
            }
        }
    }
}

/// The card with the button; what it waits for stands beside it.
fn create(chrome: &Chrome, draft: &Draft, found: Option<&SearchView>) -> Markup {
    let lang = chrome.lang();
    if !chrome.may(Permission::RegisterPatient) {
        return notes::line(notes::Tone::Plain, "lock", lang.say(w::NOT_YOUR_SEAT));
    }
    let needed: Vec<&str> =
        found.map_or_else(Vec::new, |f| f.needed.iter().map(|words| lang.of(words)).collect());
    let stopped = match (found.is_none(), needed.is_empty()) {
        (true, _) => lang.say(w::CREATE_NOT_LOOKED).to_owned(),
        (false, true) => String::new(),
        (false, false) => lang.fill(w::STILL_NEEDED, &[&needed.join("; ")]),
    };
    let open = found.map_or(0, |f| f.candidates.iter().filter(|one| draft.unanswered(one)).count() as u64);
    let waits = if stopped.is_empty() && open > 0 {
        lang.count(open, w::UNANSWERED_ONE, w::UNANSWERED)
    } else {
        stopped.clone()
    };
    html! {
        section.card.pick {
            header { h2 { (lang.say(w::CREATE_TITLE)) } }
            div.body.stack.tight {
                p { (lang.say(w::CREATE_TEXT)) }
                div.acts {
                    button.btn.main #create type="submit" disabled[!waits.is_empty()] data-stopped=(stopped) { (lang.say(w::CREATE)) }
                    p #create-says role="status" data-again=(lang.say(w::CREATE_NOT_LOOKED)) data-one=(lang.fill(w::UNANSWERED_ONE, &["1"])) data-many=(lang.say(w::UNANSWERED)) { (waits) }
                }
            }
        }
    }
}

/// The page after a record was made.
pub(crate) fn created(chrome: &Chrome, view: &CreatedView) -> Markup {
    let lang = chrome.lang();
    let number = format!("{} {}", view.authority, record_number(&view.value));
    let who = &view.banner;
    let main = html! {
        div.head { div { h1 { (banner::name(who)) } p { (who.birth_date) " · " (banner::age_and_sex(lang, who)) " · " (banner::card_text(lang, who)) } } }
        (notes::note(notes::Tone::Done, "check", &lang.fill(w::CREATED, &[&number]), html! { p { (lang.say(w::CREATED_TEXT)) } }))
        section.card {
            header { h2 { (lang.say(w::RECORD)) } }
            div.body {
                dl.facts {
                    dt { (lang.say(w::NUMBER)) } dd.id { (number) }
                    dt { (lang.say(w::NAME)) } dd { (banner::name(who)) }
                    dt { (lang.say(w::BIRTH)) } dd { (who.birth_date) }
                    dt { (lang.say(w::CARD)) } dd { (banner::card_text(lang, who)) }
                }
            }
        }
        div.acts {
            @if chrome.may(Permission::RegisterPatient) { a.btn.main href="/registration" data-key="n" { (lang.say(w::ANOTHER)) kbd { "n" } } }
            @if let Some(href) = chrome.chart_href(view.person) { a.btn href=(href) { (lang.say(w::OPEN)) } }
            @if chrome.may(Permission::ReadIdentityReview) { a.btn href={ "/identity/person/" (view.person) } { (lang.say(w::OPEN_RECORDS)) } }
        }
    };
    page(
        chrome,
        Page {
            title: lang.say(w::RECORD).to_owned(),
            section: Section::Registration,
            chart: None,
            keys: &[("n", w::KEY_ANOTHER), ("/", shell::KEY_FIND)],
            door: false,
            main,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_read_as_it_was_typed() {
        let person = PersonId::from_i64(7);
        let draft = Draft::read(
            &fields(&[
                ("family", " Aucoin "),
                ("birth", "1991"),
                ("sex", "F"),
                ("opened", "12"),
                ("shown", "88"),
                (&format!("not-{person}"), "twin"),
                (&format!("text-{person}"), "Both are here"),
                ("not-nobody", "twin"),
            ]),
            Instant(99),
        );
        assert_eq!((draft.form.family.as_str(), draft.form.birth_date.as_str()), ("Aucoin", "1991"));
        assert_eq!((draft.form.sex, draft.opened, draft.shown_ms), (Some(Sex::Female), Instant(12), 88));
        assert_eq!(draft.dismissed.len(), 1, "a dismissal of nobody counts for nothing");
        assert_eq!(draft.dismissal(person).map(|one| one.text.as_str()), Some("Both are here"));
    }

    #[test]
    fn what_was_not_typed_is_empty_and_never_a_guess() {
        let draft = Draft::read(&[], Instant(99));
        assert_eq!((draft.form.sex, draft.opened), (None, Instant(99)));
        assert!(draft.form.family.is_empty() && draft.dismissed.is_empty());
    }
}
