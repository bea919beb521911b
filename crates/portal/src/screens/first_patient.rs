//! The first patient, safely: the parts of the real screens around a person who does not exist, a question to each.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{banner, forms, notes, pill, result_table, times};
use crate::samples::invented;
use crate::screens::medications;
use crate::words::{Lang, chart as c, first_patient as w};
use actions::accounts::first::PracticeView;
use maud::{Markup, html};

/// `GET /first-patient`; `back` is where they were going.
pub(crate) fn screen(chrome: &Chrome, view: &PracticeView, back: &str) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::TITLE)) } p { (lang.say(w::LEAD)) } } }
        (notes::line(notes::Tone::Wait, "people", lang.say(w::MARK)))
        @if let Some((is_right, why)) = &view.why {
            @let (tone, word) = if *is_right { (notes::Tone::Done, w::RIGHT) } else { (notes::Tone::Plain, w::NOT_YET) };
            (notes::line(tone, if *is_right { "check" } else { "help" }, &format!("{} {}", lang.say(word), lang.of(why))))
        }
        @match view.scene {
            Some(scene) => {
                p.small.soft { (lang.fill(w::STEP, &[&view.step.to_string(), &view.of.to_string()])) }
                (shown(lang, &scene.code))
                section.card { div.body.first {
                    form.stack action="/first-patient" method="post" {
                        (forms::token(chrome))
                        input type="hidden" name="step" value=(view.step);
                        input type="hidden" name="back" value=(back);
                        fieldset.stack.tight {
                            legend { (lang.of(&scene.words())) }
                            @for (n, choice) in scene.choices().iter().enumerate() {
                                (forms::radio("chose", &(n + 1).to_string(), false, html! { (lang.of(choice)) }))
                            }
                        }
                        div.acts { button.btn.main type="submit" { (icon("check")) (lang.say(w::CHOOSE)) } }
                    }
                } }
                p { a href=(back) { (lang.say(w::STRAIGHT)) } }
            }
            None => {
                section.card { div.body.first.stack {
                    h2 { (lang.say(if view.of == 0 { w::NOTHING } else { w::DONE })) }
                    @if view.of > 0 { p { (lang.say(w::DONE_TEXT)) } }
                    div.acts {
                        a.btn.main href=(back) { (lang.say(w::TO_RECORD)) }
                        @if chrome.practice_copy.is_none() { a.btn href="/practice-copy" { (lang.say(w::WHOLE)) } }
                    }
                } }
            }
        }
    };
    let title = lang.say(w::TITLE).to_owned();
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}

/// What somebody sees at a step: as the screen of the record shows it, of nobody.
fn shown(lang: Lang, code: &str) -> Markup {
    let somebody = invented::person();
    html! {
        @match code {
            "find" => section.card {
                header { h2 { (lang.say(w::FOUND)) } }
                ul.lines { @for one in invented::twins() { li {
                    div.top { b { (banner::name(&one)) } span.nowrap { (one.birth_date) } }
                    span.soft { (banner::age_and_sex(lang, &one)) " · " (banner::card_text(lang, &one)) }
                } } }
            },
            "results" => {
                (banner::band(lang, &somebody))
                @let series = invented::values();
                @let all: Vec<_> = series.iter().collect();
                (result_table::table(lang, &all, &result_table::Table { caption: lang.say(c::RESULTS_LEAD), trend: false, href: &|_| String::new() }))
            },
            "medications" => {
                (banner::band(lang, &somebody))
                section.card { div.body.first { (medications::lines(lang, &invented::medicines())) } }
            },
            "imaging" => {
                (banner::band(lang, &somebody))
                section.card { ul.lines { @for line in invented::imaging() { li {
                    div.top { b { (line.title) } span.row { (pill::finality(lang, line.finality)) } }
                    span.soft { (times::minute(line.at)) }
                } } } }
            },
            _ => (banner::band(lang, &somebody)),
        }
    }
}
