//! Samples of apps of other makers.

use super::{NOW, ago, banner, words};
use actions::patients::{Found, Understood};
use actions::smart::authorizing::ConsentView;
use actions::smart::launching::OpenAppsView;
use actions::smart::registering::AppLine;
use actions::smart::{App, OwnApp, Sort};
use actions::values::Words;

fn rules() -> Vec<Words> {
    vec![
        words(
            "See: laboratory results, of this patient",
            "Voir\u{a0}: résultats de laboratoire, de cette personne",
        ),
        words("Know who you are", "Savoir qui vous êtes"),
    ]
}

pub(super) fn consent() -> ConsentView {
    ConsentView {
        app: "Growth chart".into(),
        host: "growth.example".into(),
        rules: rules(),
        patient: Some(banner()),
    }
}

pub(super) fn found() -> Found {
    Found {
        understood: Understood::NameAndBirthDate { name: "Drumlin".into(), birth_date: "1961-03-09".into() },
        hits: super::hits(),
        all: 2,
    }
}

pub(super) fn open(any: bool) -> OpenAppsView {
    let apps = vec![("growth".to_owned(), "Growth chart".to_owned())];
    OpenAppsView { head: banner(), counts: super::counts(), apps: if any { apps } else { Vec::new() } }
}

pub(super) fn own() -> Vec<OwnApp> {
    vec![OwnApp {
        id: "0011223344556677".into(),
        name: "Growth chart".into(),
        rules: rules(),
        at: ago(90),
        expires: NOW.plus_minutes(300),
        is_offline: true,
    }]
}

pub(super) fn registered() -> Vec<AppLine> {
    let app = App {
        id: "growth".into(),
        name: "Growth chart".into(),
        sort: Sort::Public,
        redirects: vec!["https://growth.example/back".into()],
        launch: "https://growth.example/launch".into(),
        scopes: "launch patient/Observation.rs?category=laboratory".into(),
        secret: String::new(),
        jwks: None,
        role: String::new(),
        waits: false,
    };
    let ended = App { id: "old".into(), name: "Old viewer".into(), sort: Sort::Symmetric, ..app.clone() };
    let waiting = App { id: "app-7Q".into(), name: "Recall list".into(), waits: true, ..app.clone() };
    vec![
        AppLine { app: waiting, at: ago(30), by: "registration".into(), ended: None },
        AppLine { app, at: ago(900), by: "opor application".into(), ended: None },
        AppLine { app: ended, at: ago(9_000), by: "opor application".into(), ended: Some(ago(60)) },
    ]
}
