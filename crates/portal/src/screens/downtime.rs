//! The downtime copy of a ward or practice: one file that any browser opens with nothing else running.
//!
//! What stands in the clear says whose copy it is and when it was made, and names nobody. Everything else is sealed; the
//! script in the file opens it by the passphrase of the place. The file brings its own style and script, because nothing
//! else can be fetched, and names both by their digests, so that the browser runs no other.

use crate::assets;
use crate::components::icons::{icon, sprite};
use crate::components::numbers::{amount, health_card, record_number, unit, value};
use crate::components::{banner, flag, notes, times};
use crate::screens::{medications, problems};
use crate::words::{Lang, Say, chart as c, downtime as w, shell};
use actions::accounts::base64url;
use actions::downtime::sealing::{ROUNDS, Sealed};
use actions::downtime::{PackView, Sheet};
use actions::results::Series;
use fhir::Instant;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Opens the copy; nothing else runs in it.
const SCRIPT: &str = include_str!("../../../../web/js/downtime.js");
/// Names that several people have are pointed out among so many people at most: a ward, not a practice.
const NAMESAKES_AMONG: usize = 120;
const LANGUAGES: [Lang; 2] = [Lang::En, Lang::Fr];
/// Begins the words that the seal is bound to; a pack of another make has another number.
const MAKE: &str = "opor downtime 1";
/// Before and behind what a machine reads back of the file.
const PARTS: (&str, &str) = ("<script type=\"application/json\" id=\"pack\">", "</script>");

/// What a file says of itself in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Name of the place.
    pub name: String,
    /// When it was made.
    pub made: Instant,
    /// The words that the seal is bound to.
    pub head: String,
}

/// Whose copy it is and of when: in the clear, and bound to what is sealed.
#[must_use]
pub fn head(view: &PackView) -> String {
    format!("{MAKE}\n{}\n{}\n{}", view.place.id, view.place.name.replace('\n', " "), view.made.0)
}

/// What is to be sealed: the whole content in both languages.
#[must_use]
pub fn content(view: &PackView) -> String {
    let drawn = html! {
        @for lang in LANGUAGES {
            div.stack lang=(lang.tag()) data-lang=(lang.tag()) hidden[lang == Lang::Fr] { (opened(lang, view)) }
        }
    };
    let drawn = drawn.into_string();
    html! { (sprite(&drawn)) (PreEscaped(drawn)) }.into_string()
}

/// The file.
#[must_use]
pub fn page(view: &PackView, sealed: &Sealed) -> String {
    let style = style();
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(&style),
        digest(SCRIPT)
    );
    let drawn = cover(view).into_string();
    let page = html! {
        (DOCTYPE)
        html lang="en" data-density="standard" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (w::COPY.en) " · " (view.place.name) }
                link rel="icon" href="data:,";
                style { (PreEscaped(&style)) }
            }
            body.is-down data-made=(view.made.0 / 1_000) {
                (sprite(&drawn))
                (PreEscaped(drawn))
                (PreEscaped(PARTS.0)) (PreEscaped(sealed_text(&head(view), sealed))) (PreEscaped(PARTS.1))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// A value of the JSON of a file that is whole.
fn part<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.strip_suffix("</html>")?.split_once(PARTS.0)?;
    let (_, rest) = rest.split_once(PARTS.1)?.0.split_once(&format!("\"{name}\":\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// What a file says of itself; `None` when it is no downtime copy, or not a whole one.
#[must_use]
pub fn read(text: &str) -> Option<Written> {
    let head = String::from_utf8(base64url::decode(part(text, "head")?)?).ok()?;
    let mut lines = head.split('\n');
    if lines.next() != Some(MAKE) {
        return None;
    }
    let (_, name, made) = (lines.next()?, lines.next()?.to_owned(), lines.next()?.parse().ok()?);
    Some(Written { name, made: Instant(made), head })
}

/// What is sealed in a file; `None` when it is no downtime copy, or not a whole one.
#[must_use]
pub fn sealed(text: &str) -> Option<Sealed> {
    let bytes = |name: &str| base64url::decode(part(text, name)?);
    Some(Sealed {
        salt: bytes("salt")?.try_into().ok()?,
        nonce: bytes("nonce")?.try_into().ok()?,
        bytes: bytes("sealed")?,
    })
}

/// JSON of which every value is of the letters of base64url, so that nothing in it can end it.
fn sealed_text(head: &str, sealed: &Sealed) -> String {
    format!(
        "{{\"head\":\"{}\",\"rounds\":{ROUNDS},\"salt\":\"{}\",\"nonce\":\"{}\",\"sealed\":\"{}\"}}",
        base64url::encode(head.as_bytes()),
        base64url::encode(&sealed.salt),
        base64url::encode(&sealed.nonce),
        base64url::encode(&sealed.bytes)
    )
}

/// The portal's own, without the typeface, which would have to be fetched.
fn style() -> String {
    let whole = assets().find(|(path, _)| *path == crate::assets::STYLE).map(|(_, bytes)| bytes);
    let text = String::from_utf8_lossy(whole.unwrap_or_default());
    text.lines().filter(|line| !line.starts_with("@font-face")).collect::<Vec<_>>().join("\n")
}

/// As a content policy names a script or a style (CSP 3, 2.3.1; base64url is read there too).
fn digest(text: &str) -> String {
    format!("sha256-{}=", base64url::encode(&Sha256::digest(text.as_bytes())))
}

/// A sentence in both languages, of which the script shows one.
fn both(words: impl Fn(Lang) -> String) -> Markup {
    html! {
        @for lang in LANGUAGES {
            span lang=(lang.tag()) data-lang=(lang.tag()) hidden[lang == Lang::Fr] { (words(lang)) }
        }
    }
}

fn say(words: Say) -> Markup {
    both(|lang| lang.say(words).to_owned())
}

/// What stands in the clear.
fn cover(view: &PackView) -> Markup {
    let made = times::minute_text(view.made);
    html! {
        a.skip href="#main" { (say(shell::SKIP)) }
        div.mode.down role="alert" {
            (icon("stop"))
            (both(|lang| lang.fill(w::READ_ONLY, &[&made])))
            (say(w::PAPER))
        }
        header.bar {
            span.brand {
                svg viewBox="0 0 28 28" aria-hidden="true" {
                    rect.m1 width="28" height="28" rx="8" {}
                    circle.m2 cx="14" cy="14" r="8.5" {}
                    path.m2 d="m12.3 11.6 2.3-1.9v8.6" {}
                }
                span { (say(shell::PRODUCT)) }
            }
            div.place { (say(w::COPY)) " · " (view.place.name) }
            div.tools {
                button.btn.slim type="button" id="language" lang="fr" { "Français" }
                button.btn.slim type="button" id="close" hidden { (icon("lock")) (say(w::CLOSE)) }
            }
        }
        div.frame {
            main #main tabindex="-1" {
                section.card.made aria-live="polite" {
                    div.body {
                        p.sub { (say(w::MADE)) }
                        p.when { time datetime=(view.made) { (made) } }
                        p { span.pill #age { (icon("clock")) b #minutes {} " " (say(w::AGE)) } }
                        @for (state, tone, words) in [
                            ("fresh", "note ok", w::FRESH),
                            ("old", "note wait", w::OLD),
                            ("stale", "note crit", w::STALE),
                            ("ahead", "note wait", w::AHEAD),
                        ] {
                            div class={ (tone) " slim" } data-age=(state) hidden { (icon("clock")) p { (say(words)) } }
                        }
                    }
                }
                section.card #closed {
                    header { h1 { (say(w::OPEN_TITLE)) } }
                    div.body {
                        noscript { (notes::line(notes::Tone::Critical, "warn", &format!("{} {}", w::NO_SCRIPT.en, w::NO_SCRIPT.fr))) }
                        form.stack.tight #unlock {
                            label for="passphrase" { (say(w::PASSPHRASE)) }
                            p.sub #hint { (say(w::PASSPHRASE_HINT)) }
                            input.in #passphrase type="password" autocomplete="off" required aria-describedby="hint";
                            div.note.crit.slim #cannot role="alert" hidden { (icon("warn")) p { (say(w::CANNOT)) } }
                            div.note.crit.slim #wrong role="alert" hidden { (icon("warn")) p { (say(w::NOT_OPENED)) } }
                            p #opening role="status" hidden { (say(w::OPENING)) }
                            div { button.btn.main type="submit" { (icon("lock")) (say(w::OPEN)) } }
                        }
                        p.sub { (say(w::NOTHING_NEEDED)) }
                    }
                }
                div #opened hidden {}
            }
        }
    }
}

/// What is sealed, in one language.
fn opened(lang: Lang, view: &PackView) -> Markup {
    let made = times::clock_text(view.made);
    let people = view.sheets.len() as u64;
    html! {
        div.head {
            div {
                h1 { (lang.fill(w::AS_IT_WAS, &[&view.place.name, &made])) }
                p { (lang.count(people, w::PEOPLE_ONE, w::PEOPLE_MANY)) " · " (lang.say(w::NOT_LOGGED)) }
            }
            div.acts { button.btn.main type="button" data-print { (icon("doc")) (lang.say(w::PRINT)) } }
        }
        @if view.beyond > 0 {
            (notes::line(notes::Tone::Critical, "warn", &lang.fill(w::BEYOND, &[&view.beyond.to_string()])))
        }
        @if view.sheets.is_empty() {
            section.card { (notes::empty("bed", &lang.fill(w::NOBODY, &[&made]), lang.say(w::NOBODY_TEXT), html! {})) }
        } @else {
            (namesakes(lang, &view.sheets))
            (everybody(lang, &view.sheets))
        }
        div.cols.c2 {
            (desks(lang, view))
            (when_back(lang))
        }
        @for (n, sheet) in view.sheets.iter().enumerate() { (person(lang, n, sheet)) }
    }
}

/// Family names that several people here have.
fn namesakes(lang: Lang, sheets: &[Sheet]) -> Markup {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    if sheets.len() <= NAMESAKES_AMONG {
        for sheet in sheets {
            *names.entry(sheet.banner.family.to_uppercase()).or_default() += 1;
        }
    }
    html! {
        @for (name, count) in names.iter().filter(|(_, count)| **count > 1) {
            (notes::line(notes::Tone::Wait, "warn", &lang.fill(w::NAMESAKES, &[&count.to_string(), name])))
        }
    }
}

fn anchor(lang: Lang, n: usize) -> String {
    format!("{}-{}", lang.tag(), n + 1)
}

fn everybody(lang: Lang, sheets: &[Sheet]) -> Markup {
    let with_beds = sheets.iter().any(|sheet| !sheet.bed.is_empty());
    html! {
        section.card {
            div.body.noprint {
                label for={ "find-" (lang.tag()) } { (lang.say(w::FIND)) }
                input.in id={ "find-" (lang.tag()) } type="search" autocomplete="off" placeholder=(lang.say(w::FIND_HINT)) data-find;
                p.soft role="status" data-none hidden { (lang.say(w::NONE_FOUND)) }
            }
            div.scroll tabindex="0" role="region" aria-label=(lang.say(w::EVERYBODY)) {
                table {
                    caption.vh { (lang.say(w::EVERYBODY)) }
                    thead { tr {
                        @if with_beds { th scope="col" { (lang.say(w::COL_BED)) } }
                        th scope="col" { (lang.say(w::COL_PATIENT)) }
                        th.num scope="col" { (lang.say(w::COL_WEIGHT)) }
                        th scope="col" { (lang.say(w::COL_ALLERGIES)) }
                        th.num scope="col" { (lang.say(w::COL_MEDICINES)) }
                    } }
                    tbody {
                        @for (n, sheet) in sheets.iter().enumerate() {
                            tr data-of=(n) {
                                @if with_beds { td.nowrap { (sheet.bed) } }
                                th scope="row" {
                                    a href={ "#" (anchor(lang, n)) } { (banner::name(&sheet.banner)) }
                                    span.sub { (born(lang, sheet)) " · " (number(lang, sheet)) }
                                }
                                td.num.nowrap { @match &sheet.banner.weight {
                                    Some((weight, _)) => (amount(lang, weight)),
                                    None => span.soft { (lang.say(c::WEIGHT_NONE)) },
                                } }
                                td { (allergies(lang, sheet)) }
                                td.num { (sheet.medicines.len()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn born(lang: Lang, sheet: &Sheet) -> String {
    let date = &sheet.banner.birth_date;
    let date = if date.is_empty() { lang.say(c::NOT_KNOWN) } else { date };
    format!("{date} · {}", banner::age_and_sex(lang, &sheet.banner))
}

/// The health card; who has none is told apart by a record number.
fn number(lang: Lang, sheet: &Sheet) -> String {
    match sheet.banner.record_numbers.first().filter(|_| sheet.banner.health_cards.is_empty()) {
        Some((place, number)) => format!("{place} {}", record_number(number)),
        None => banner::card_text(lang, &sheet.banner),
    }
}

fn allergies(lang: Lang, sheet: &Sheet) -> Markup {
    html! {
        @if sheet.banner.allergies.is_empty() { span.soft { (lang.say(c::ALLERGIES_NONE)) } }
        @for allergy in &sheet.banner.allergies { span.tag.al { (icon("warn")) (allergy) } " " }
    }
}

/// The sheet of one person; on paper a page begins with it.
fn person(lang: Lang, n: usize, sheet: &Sheet) -> Markup {
    let banner = &sheet.banner;
    html! {
        section.card.person-sheet id=(anchor(lang, n)) data-of=(n) aria-label=(banner::name(banner)) {
            header {
                h2 { (banner::name(banner)) @if !banner.goes_by.is_empty() { " " span.soft { (lang.fill(c::GOES_BY, &[&banner.goes_by])) } } }
                span.soft { @if sheet.bed.is_empty() { (lang.say(w::BED_NONE)) } @else { b { (lang.fill(w::BED, &[&sheet.bed])) } } }
            }
            div.body.stack.tight {
                dl.ids {
                    div { dt { (lang.say(c::BORN)) } dd { (born(lang, sheet)) } }
                    div { dt { (lang.say(c::HEALTH_CARD)) } dd {
                        @if banner.health_cards.is_empty() { (lang.say(c::NONE_ON_FILE)) }
                        @for (place, number) in &banner.health_cards { span.id { (health_card(number)) } " " (place) " " }
                    } }
                    div { dt { (lang.say(c::RECORD_NUMBER)) } dd {
                        @if banner.record_numbers.is_empty() { (lang.say(c::NONE_ON_FILE)) }
                        @for (place, number) in &banner.record_numbers { span.id { (place) " " (record_number(number)) } " " }
                    } }
                    div { dt { (lang.say(c::WEIGHT)) } dd { @match &banner.weight {
                        Some((weight, date)) => { (amount(lang, weight)) " " span.soft { (date) } }
                        None => (lang.say(c::WEIGHT_NONE)),
                    } } }
                    @if !sheet.attending.is_empty() { div { dt { (lang.say(w::ATTENDING)) } dd { (sheet.attending) } } }
                    @if let Some(since) = sheet.since { div { dt { (lang.say(w::HERE)) } dd { (lang.fill(w::SINCE, &[&times::minute_text(since)])) } } }
                }
                p { b { (lang.say(c::ALLERGIES)) ": " } (allergies(lang, sheet)) }
                @if sheet.unread { (notes::line(notes::Tone::Critical, "warn", lang.say(w::UNREAD))) }
                @if let Some(what) = banner.withheld.words() {
                    (notes::line(notes::Tone::Wait, "lock", &lang.fill(w::WITHHELD, &[lang.of(&what)])))
                }
                @if banner.identity_open { (notes::line(notes::Tone::Wait, "swap", lang.say(c::IDENTITY_OPEN))) }
            }
            div.cols.c2 {
                div {
                    h3 { (lang.say(w::COL_MEDICINES)) }
                    @if sheet.medicines.is_empty() { p.soft { (lang.say(w::NO_MEDICINES)) } }
                    @else { (medications::lines(lang, &sheet.medicines)) }
                }
                div {
                    h3 { (lang.say(crate::words::care::PROBLEM_LIST)) }
                    @if sheet.problems.is_empty() { p.soft { (lang.say(w::NO_PROBLEMS)) } }
                    @else { (problems::lines(lang, &sheet.problems)) }
                }
            }
            (latest(lang, sheet))
        }
    }
}

fn latest(lang: Lang, sheet: &Sheet) -> Markup {
    html! {
        @if sheet.latest.is_empty() { div.body { p.soft { (lang.say(w::NO_RESULTS)) } } }
        @else {
            @let label = format!("{}, {}", lang.say(w::LATEST), banner::name(&sheet.banner));
            div.scroll tabindex="0" role="region" aria-label=(label) {
                table.mid {
                    caption { b { (lang.say(w::LATEST)) } }
                    thead { tr {
                        th scope="col" { (lang.say(w::COL_TEST)) }
                        th.num scope="col" { (lang.say(w::COL_VALUE)) }
                        th scope="col" { (lang.say(w::COL_MEANING)) }
                        th scope="col" { (lang.say(w::COL_COLLECTED)) }
                    } }
                    tbody { @for series in &sheet.latest { (result(lang, series)) } }
                }
            }
        }
    }
}

fn result(lang: Lang, series: &Series) -> Markup {
    let Some(newest) = series.points.first() else { return html! {} };
    let of = newest.other_unit.as_deref().unwrap_or(&series.unit);
    html! {
        tr {
            th scope="row" { (series.name) }
            td.num.nowrap { b { (value(lang, &newest.value)) } " " span.unit { (unit(of)) } }
            td { (flag::word(lang, newest.flag)) }
            td.soft.nowrap { (times::minute(newest.at)) }
        }
    }
}

fn desks(lang: Lang, view: &PackView) -> Markup {
    html! {
        section.card {
            header { h2 { (lang.say(w::CALL)) } }
            @if view.desks.is_empty() { div.body { p { (lang.say(w::NO_CALL)) } } }
            ul.lines {
                @for desk in &view.desks {
                    li { div.top { span { (lang.of(&desk.name)) } b.nowrap { (desk.phone) } } span.soft { (desk.who) } }
                }
            }
        }
    }
}

fn when_back(lang: Lang) -> Markup {
    html! {
        section.card.edge {
            header { h2 { (lang.say(w::WHEN_BACK)) } }
            div.body { ol { li { (lang.say(w::BACK_1)) } li { (lang.say(w::BACK_2)) } li { (lang.say(w::BACK_3)) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::downtime::ward;
    use actions::downtime::sealing;

    #[test]
    fn h66_a_file_says_whose_and_of_when_and_names_nobody_until_it_is_opened() {
        let view = ward();
        let made = sealing::seal(
            "a long enough passphrase",
            head(&view).as_bytes(),
            content(&view).into(),
            &[3; 32],
        );
        let text = page(&view, &made.expect("sealed"));
        for name in ["DRUMLIN", "Drumlin", "Maren", "0144679875", "Latex"] {
            assert!(!text.contains(name), "{name} stands in the clear");
        }
        assert!(text.contains("2026-11-22 14:05"));
        let written = read(&text).expect("a pack");
        assert_eq!((written.name.as_str(), written.made), (view.place.name.as_str(), view.made));
        let plain = sealing::open(
            "a long enough passphrase",
            written.head.as_bytes(),
            &sealed(&text).expect("sealed"),
        );
        assert_eq!(plain.map(|bytes| String::from_utf8(bytes).expect("text")), Some(content(&view)));
        assert_eq!(read(&text[..text.len() / 2]), None, "half a file is none");
        assert_eq!(read("<html></html>"), None);
    }

    #[test]
    fn what_is_sealed_leads_nowhere_and_speaks_both_languages() {
        let content = content(&ward());
        assert!(!content.contains("href=\"/"), "a link into a server that is not there");
        assert!(content.contains("as it was at 14:05") && content.contains("tel qu’à 14:05"));
        assert!(content.contains("DRUMLIN, Maren"));
    }

    #[test]
    fn who_has_no_card_and_no_weight_on_file_is_told_apart_and_said_so() {
        let mut view = ward();
        for sheet in &mut view.sheets {
            sheet.banner.health_cards.clear();
            sheet.banner.weight = None;
        }
        let list = everybody(Lang::En, &view.sheets).into_string();
        assert_eq!(list.matches("Not on file").count(), view.sheets.len(), "{list}");
        assert!(list.contains("HI 0071\u{a0}8264") && !list.contains("None on file"), "{list}");
    }
}
