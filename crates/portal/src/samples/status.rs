//! Samples of the status: a quiet night, and one on which much is wrong.

use super::{NOW, ago, words};
use actions::status::{Finding, Kind, Level, StatusView};

fn finding(kind: Kind, level: Level, says: [&str; 2], next: [&str; 2]) -> Finding {
    Finding {
        kind,
        level,
        title: kind.words(),
        says: words(says[0], says[1]),
        since: (level >= Level::Soon).then(|| ago(26)),
        next: words(next[0], next[1]),
        runbook: kind.runbook().to_owned(),
    }
}

fn fine(kind: Kind, en: &str, fr: &str) -> Finding {
    finding(kind, Level::Fine, [en, fr], ["", ""])
}

/// Nothing needs anybody.
pub(super) fn quiet() -> StatusView {
    StatusView {
        headline: words(
            "Nothing needs you now. Not set up or not known from here: 1.",
            "Rien ne vous attend en ce moment. Pas mis en place ou inconnu d’ici : 1.",
        ),
        findings: vec![
            finding(
                Kind::Witness,
                Level::NotSetUp,
                [
                    "No witness has asked since the server started.",
                    "Aucun témoin n’a rien demandé depuis le démarrage du serveur.",
                ],
                [
                    "Have somebody elsewhere run opor audit witness each day.",
                    "Faire lancer opor audit witness chaque jour par quelqu’un d’ailleurs.",
                ],
            ),
            fine(
                Kind::Books,
                "Everything accepted is accounted for.",
                "Il est rendu compte de tout ce qui a été accepté.",
            ),
            fine(
                Kind::Filing,
                "Feeds: 14; the last message came less than a minute ago; to be filed: 0.",
                "Flux : 14; dernier message il y a moins d’une minute; à verser : 0.",
            ),
            fine(Kind::Database, "SQLite, 47 GiB.", "SQLite, 47 Gio."),
            Finding {
                since: Some(NOW),
                ..fine(
                    Kind::Process,
                    "opor 0.1.0, started 3 days ago.",
                    "opor 0.1.0, démarré il y a 3 jours.",
                )
            },
        ],
    }
}

/// Something cannot wait, and something can until the day.
pub(super) fn loud() -> StatusView {
    let mut view = quiet();
    view.headline = words(
        "3 things need you, first: Books. Accepted and accounted for by nobody: 1. Not set up or not known from here: 1.",
        "3 choses vous attendent, d’abord : Comptes. Accepté et dont personne ne rend compte : 1. Pas mis en place ou inconnu d’ici : 1.",
    );
    view.findings.retain(|one| one.kind != Kind::Books);
    let paused = |link: &str| {
        finding(
            Kind::Pause,
            Level::Soon,
            [
                &format!("{link} has been paused for 26 min; messages that wait: 31."),
                &format!("{link} est suspendu depuis 26 min; messages en attente : 31."),
            ],
            [
                "Resume it on /feeds when the reason is gone.",
                "Le reprendre sur /feeds quand la raison a disparu.",
            ],
        )
    };
    let books = finding(
        Kind::Books,
        Level::Now,
        ["Accepted and accounted for by nobody: 1.", "Accepté et dont personne ne rend compte : 1."],
        ["Call the safety desk. Do not restart.", "Appeler le bureau de sécurité. Ne pas redémarrer."],
    );
    view.findings.splice(0..0, [books, paused("LIS@HRH"), paused("ADT@HRH")]);
    view
}
