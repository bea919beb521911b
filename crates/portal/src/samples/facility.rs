//! Samples of the manager's page.

use super::{ago, words};
use actions::facility::desk::{Candidate, DelegationLine, DeskView, PersonLine, WaitLine};
use actions::share::AsideLine;
use actions::values::Role;
use actions::{ApplicationId, ObligationId};

pub(super) fn desk() -> DeskView {
    let wait = |n: i64, name: &str, hours: i64, rung| WaitLine {
        application: ApplicationId(n),
        number: format!("1A2B{n:02}"),
        unit: "ward-6".into(),
        unit_name: "Ward 6".into(),
        name: name.into(),
        profession: "pharmacist".into(),
        asked: ago(hours * 60),
        rung,
    };
    let person = |name: &str, seen, suspended, asked| PersonLine {
        account: format!("u{}", name.len()),
        name: name.into(),
        unit: "Ward 6".into(),
        roles: vec![Role::Pharmacist.words()],
        seen,
        suspended,
        asked,
    };
    DeskView {
        units: vec![("ward-6".into(), "Ward 6".into())],
        waits: vec![
            wait(1, "Reed, Gia", 30, words("Waits for more than a day", "Attend depuis plus d’un jour")),
            wait(2, "Heron, Sam", 2, words("New", "Nouvelle")),
        ],
        people: vec![
            person("Dune, Di", Some(ago(90)), None, true),
            person("Fern, Fabienne", None, None, false),
            person(
                "Moss, Ed",
                Some(ago(91 * 24 * 60)),
                Some(words(
                    "You have not signed in for 90 days.",
                    "Vous n’avez pas ouvert de session depuis 90 jours.",
                )),
                false,
            ),
        ],
        who: "wren".into(),
        found: vec![
            Candidate { name: "Wren, Ada".into(), user: "wren-ada".into(), units: "Ward 7".into() },
            Candidate { name: "Wren, Io".into(), user: "wren-io".into(), units: String::new() },
        ],
        delegations: vec![DelegationLine {
            unit: "ward-6".into(),
            unit_name: "Ward 6".into(),
            user: "wren-io".into(),
            name: "Wren, Io".into(),
            from: "2026-11-23".into(),
            until: "2026-11-30".into(),
        }],
        aside: vec![AsideLine {
            obligation: ObligationId(41),
            what: "Settle what becomes of Plover, Ann, set aside in the move from SHARE.".into(),
            why: words("No licence number.", "Pas de numéro de permis."),
            due: ago(-24 * 60),
        }],
    }
}
