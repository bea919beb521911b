//! Samples of home, the panel, and what is in here.

use super::chart::waiting;
use super::{NOW, ago, banner, key, words};
use actions::coverage::{Brief, CoverageView, Gap, PastGap, SystemLine};
use actions::home::{Figures, HomeView, PanelNews, Recent};
use actions::panel::{FileView, NewsLine, PanelLine, PanelView, Returned, Summary};
use actions::patients::{Age, Banner};
use actions::values::PanelSource;
use fhir::{Kind, PersonId, RecordId};

fn other() -> Banner {
    Banner {
        person: PersonId::born_with(RecordId::of("DG", "00135591")),
        family: "Saltmarsh".into(),
        given: "Tobias".into(),
        goes_by: String::new(),
        birth_date: "1948-07-30".into(),
        age: Age::Years(78),
        sex: "male".into(),
        health_cards: vec![("NS".into(), "0052813926".into())],
        record_numbers: vec![("DG".into(), "00135591".into())],
        ..banner()
    }
}

fn news() -> Vec<NewsLine> {
    let line = |banner: Banner, rank: u8, what, minutes: i64, place: &str, reports, summary| NewsLine {
        banner,
        what,
        rank,
        at: ago(minutes),
        place: place.into(),
        reports,
        summary,
    };
    let unread = Summary::Here { key: key(Kind::DocumentReference, "summary"), at: ago(90), readers: 0 };
    vec![
        line(banner(), 1, words("Discharged", "Congé"), 180, "Halifax Infirmary, 6N", 4, Some(unread)),
        line(other(), 1, words("Discharged", "Congé"), 1_500, "Tern Bay, 2W", 2, Some(Summary::Missing)),
        line(other(), 2, words("In the emergency department", "À l’urgence"), 40, "Tern Bay", 0, None),
        line(other(), 4, words("3 results and reports", "3 résultats et rapports"), 600, "", 3, None),
    ]
}

pub(super) fn home() -> HomeView {
    let lines = news();
    HomeView {
        team: 2,
        moved: Some(super::directory::moved()),
        waiting: waiting(),
        more: 0,
        withheld: 1,
        panel: Some(PanelNews { size: 1_284, since: ago(3 * 24 * 60), all: 17, lines }),
        recent: vec![Recent { banner: banner(), at: ago(55) }, Recent { banner: other(), at: ago(1_300) }],
        coverage: Brief { systems: 6, missing: vec![("LIS@TBR".into(), ago(95))] },
        figures: Figures { waiting: 3, latest: ago(12), news: 17, newest: ago(40) },
    }
}

pub(super) fn home_empty() -> HomeView {
    HomeView {
        team: 0,
        moved: None,
        waiting: Vec::new(),
        withheld: 0,
        panel: Some(PanelNews { size: 0, since: ago(3 * 24 * 60), all: 0, lines: Vec::new() }),
        recent: Vec::new(),
        coverage: Brief { systems: 6, missing: Vec::new() },
        figures: Figures::default(),
        ..home()
    }
}

pub(super) fn home_quiet() -> HomeView {
    let panel = PanelNews { size: 1_284, since: ago(3 * 24 * 60), all: 0, lines: Vec::new() };
    HomeView { panel: Some(panel), ..home_empty() }
}

pub(super) fn panel() -> PanelView {
    let line = |banner: Banner, source: PanelSource, days: i64, said: &str, news| PanelLine {
        banner,
        source: source.words(),
        by_word: source == PanelSource::Word,
        since: ago(90 * 24 * 60),
        until: Some(NOW.plus_minutes(days * 24 * 60)),
        words: said.into(),
        last: Some(ago(400)),
        news,
    };
    PanelView {
        size: 1_284,
        by_file: 1_283,
        refreshed: Some(ago(470)),
        news: 17,
        ending: 2,
        matching: 1_284,
        page: 0,
        lines: vec![
            line(banner(), PanelSource::File, 275, "", news().into_iter().next()),
            line(other(), PanelSource::Word, 12, "Took him on in May", None),
            line(other(), PanelSource::Word, -3, "Took her on in May", None),
        ],
    }
}

pub(super) fn file() -> FileView {
    let returned = |line, name: &str, birth_date: &str, en: &str, fr: &str| Returned {
        line,
        name: name.into(),
        birth_date: birth_date.into(),
        because: words(en, fr),
    };
    FileView {
        rows: 1_285,
        matched: 1_283,
        returned: vec![
            returned(
                14,
                "Heron, Sam",
                "",
                "Nobody on file has this number. No site that sends here may have seen them yet; the next file looks again.",
                "Personne au dossier n’a ce numéro. Peut-être qu’aucun site qui envoie ici ne les a encore vus; le prochain fichier cherche de nouveau.",
            ),
            returned(
                207,
                "Gull, Ina",
                "1988-02-11",
                "The number is on file with another birth date. Check the card with the patient; if yours is right, report it to the identity desk.",
                "Le numéro est au dossier, mais ceci diffère\u{a0}: date de naissance. Vérifiez la carte avec le patient; si la vôtre est juste, signalez-le au bureau d’identité.",
            ),
        ],
    }
}

pub(super) fn coverage() -> CoverageView {
    let line = |name: &str, site: &str, now| SystemLine {
        name: name.into(),
        site: site.into(),
        since: Some(ago(400 * 24 * 60)),
        last: Some(ago(95)),
        kinds: vec![words("results and imaging reports", "résultats et rapports d’imagerie")],
        now,
    };
    let gap = Gap {
        since: ago(95),
        words: words(
            "Nothing heard; about 40 messages were expected.",
            "Rien reçu; environ 40 messages étaient attendus.",
        ),
    };
    CoverageView {
        systems: vec![line("LIS@TBR", "TBR", Some(gap.clone())), line("ADT@HI", "HI", None)],
        gaps: vec![PastGap { system: "ADT@HI".into(), from: ago(9_000), to: ago(8_600), words: gap.words }],
        more_gaps: false,
        absent: Some(vec![words("vaccinations", "vaccins"), words("referrals", "demandes de consultation")]),
    }
}
