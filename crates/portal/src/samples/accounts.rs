//! Samples of signing in with an account.

use crate::components::chrome::Chrome;
use crate::screens::accounts as pages;
use crate::screens::sign_in::{self, Written};
use crate::sessions::Locked;
use actions::WorkContext;
use actions::accounts::openid::{Issuer, Kind};
use actions::accounts::sessions::{OwnSignIn, PasskeyLine, SessionLine};
use actions::accounts::statements::Statement;
use actions::accounts::{Choice, DoorRefusal};
use actions::values::{Role, Words};
use maud::Markup;

fn issuers() -> Vec<Issuer> {
    let one = |id: &str, name: &str| Issuer {
        id: id.into(),
        name: name.into(),
        issuer: format!("https://{id}.example"),
        client_id: "opor".into(),
        client_secret: String::new(),
        kind: Kind::Plain,
        second_factor: vec!["mfa".into()],
        assurance: Vec::new(),
        domains: vec![format!("{id}.example")],
    };
    vec![one("regional", "Regional Hospitals"), one("harbourview", "Harbourview Clinic")]
}

fn place(name: &str) -> Words {
    Words { en: name.into(), fr: name.into() }
}

fn live(chrome: &Chrome) -> Chrome {
    Chrome { demo: false, ..chrome.clone() }
}

pub(super) fn entry(chrome: &Chrome) -> Markup {
    pages::entry(&live(chrome), &issuers(), None, "/")
}

pub(super) fn way(chrome: &Chrome) -> Markup {
    let issuers = issuers();
    pages::entry(&live(chrome), &issuers, Some(issuers.first()), "/")
}

pub(super) fn invited(chrome: &Chrome) -> Markup {
    pages::invited(&live(chrome), &issuers(), "Tern, Sam", "u0123.1.ab")
}

pub(super) fn choose(chrome: &Chrome) -> Markup {
    let choice = |number, role, name: &str, context| Choice { number, role, place: place(name), context };
    pages::choose(
        &live(chrome),
        &[
            choice(1, Role::FamilyDoctor, "Harbourview Clinic", WorkContext::Community),
            choice(2, Role::LaboratoryDesk, "Regional Hospital", WorkContext::Facility),
        ],
    )
}

pub(super) fn refused(chrome: &Chrome) -> Markup {
    pages::refused(&live(chrome), DoorRefusal::NoSecondFactor)
}

pub(super) fn own(chrome: &Chrome) -> Markup {
    let now = chrome.now;
    let session = |id: &str, here, device: &str, ago: i64| SessionLine {
        id: id.into(),
        here,
        device: device.into(),
        role: Some(Role::FamilyDoctor),
        place: place("Harbourview Clinic"),
        begun: now.plus_minutes(-ago),
        seen: now.plus_minutes(-ago / 8),
        expires: now.plus_minutes(480 - ago),
    };
    let view = OwnSignIn {
        sessions: vec![
            session("aa", true, "Firefox, Windows · 203.0.113.9", 30),
            session("bb", false, "Safari, iPad · 203.0.113.9", 200),
        ],
        passkeys: vec![PasskeyLine {
            id: "cc".into(),
            name: "Work telephone".into(),
            added: now.plus_minutes(-90_000),
            used: None,
        }],
        issuers: vec!["https://regional.example".into()],
    };
    pages::own(&live(chrome), &view, &issuers())
}

pub(super) fn prove(chrome: &Chrome) -> Markup {
    pages::prove(&live(chrome), &issuers(), Some(chrome.now.plus_minutes(10)), "/")
}

pub(super) fn unproven(chrome: &Chrome) -> Markup {
    let chrome = Chrome { proves: true, ..live(chrome) };
    let kept = [("reason".to_owned(), "life".to_owned())];
    sign_in::locked(&chrome, Locked::Unproven, "/person/1/break-glass", &Written::Kept(&kept))
}

pub(super) fn statements(chrome: &Chrome) -> Markup {
    const SAMPLE: Statement = Statement {
        code: "nsh",
        version: "2026-11-23.1",
        title_en: "Privacy statement",
        title_fr: "Énoncé de confidentialité",
        en: &["You open the record to care for somebody who is in your care."],
        fr: &["Vous ouvrez le dossier pour soigner une personne qui vous est confiée."],
    };
    pages::statements(&live(chrome), &[&SAMPLE], "/")
}
