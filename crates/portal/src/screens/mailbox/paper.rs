//! The paper path for whoever applies: both forms to download, a file to send, and what became of each that was sent.

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::components::icons::icon;
use crate::components::{notes, times};
use crate::words::mailbox as w;
use actions::mailbox::{Line, PaperView};
use actions::values::Words;
use maud::{Markup, html};

/// The page.
pub(crate) fn screen(chrome: &Chrome, view: &PaperView, refused: Option<&Words>) -> Markup {
    let lang = chrome.lang();
    let main = html! {
        div.head { div { h1 { (lang.say(w::PAPER)) } p { (lang.fill(w::PAPER_LEAD, &[&view.address])) } } }
        @if let Some(words) = refused { (notes::line(notes::Tone::Wait, "warn", lang.of(words))) }
        section.card { div.body.stack.tight {
            h2 { (lang.say(w::PAPER_FORMS)) }
            ul.read {
                @for (form, is_held) in &view.forms {
                    li {
                        a href={ "/join/forms/" (form.code()) } download="" { (icon("doc")) " " (lang.of(&form.title())) " (PDF)" }
                        " " (lang.say(if *is_held { w::PAPER_HELD } else { w::PAPER_AWAITED }))
                    }
                }
            }
        } }
        section.card { div.body.stack {
            h2 { (lang.say(w::UPLOAD)) }
            form.stack.slim-form action="/join/forms" method="post" enctype="multipart/form-data" {
                div.field {
                    label for="file" { (lang.say(w::UPLOAD_FILE)) }
                    input.in id="file" type="file" name="file" accept="application/pdf,.pdf" required aria-describedby="file-hint";
                    span.hint id="file-hint" { (lang.say(w::UPLOAD_HINT)) }
                }
                div.acts { button.btn.main type="submit" { (lang.say(w::UPLOAD_DO)) } }
            }
        } }
        @if !view.sent.is_empty() {
            h2 { (lang.say(w::PAPER_SENT)) }
            @for line in &view.sent { (sent(chrome, line)) }
        }
        p { a href="/join/application" { (lang.say(w::PAPER_BACK)) } }
    };
    let title = lang.say(w::PAPER).to_owned();
    page(chrome, Page { title, section: Section::Elsewhere, chart: None, keys: &[], door: false, main })
}

fn sent(chrome: &Chrome, line: &Line) -> Markup {
    let lang = chrome.lang();
    html! {
        section.card { div.body.stack.tight {
            h3 { (lang.of(&line.standing.words())) }
            p { (times::minute(line.at)) " " (lang.say(if line.is_mail { w::BY_MAIL } else { w::BY_UPLOAD })) }
            @for file in &line.files {
                p { strong { (file.name) } ": " (lang.say(super::stands(file))) }
                // What a person has to look at is told to the desk; the applicant reads what is theirs to do.
                @if matches!(file.stands.as_str(), "returned" | "refused") {
                    ul.read { @for words in &file.words { li { (lang.of(words)) } } }
                }
            }
        } }
    }
}
