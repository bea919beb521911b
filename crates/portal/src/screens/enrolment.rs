//! Applications for access: the public pages of whoever applies, the page behind a manager's link, the enrolment desk.

pub(crate) mod desk;
mod meeting;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod steps;

use crate::components::chrome::{Chrome, Page, Section, page};
use crate::words::{Lang, enrolment as w};
use actions::values::DataClass;
use actions::values::enrolment::{GRANTED_TO_UNLISTED, profession, sees};
use maud::Markup;

/// A public page.
fn public(chrome: &Chrome, title: &str, main: Markup) -> Markup {
    let section = Section::Elsewhere;
    page(chrome, Page { title: title.to_owned(), section, chart: None, keys: &[], door: false, main })
}

fn listed(lang: Lang, classes: &[DataClass]) -> String {
    classes.iter().map(|class| lang.of(&class.words()).to_owned()).collect::<Vec<_>>().join(", ")
}

/// What somebody of an unlisted profession sees once a coordinator granted it.
fn will_see(lang: Lang) -> String {
    listed(lang, &sees(GRANTED_TO_UNLISTED).0).to_lowercase()
}

/// What a profession is called.
fn profession_name(lang: Lang, code: &str, unlisted: &str) -> String {
    match profession(code) {
        Some(known) => lang.of(&known.words()).to_owned(),
        None if unlisted.is_empty() => lang.say(w::UNLISTED).to_owned(),
        None => unlisted.to_owned(),
    }
}
