//! What rules say in plain words, for whoever is asked whether an app may.

use super::{Interaction, Level, Rule, Wish};
use crate::access::DataClass;
use crate::words::Words;
use fhir::{Kind, Object};

/// Searches in rules that have a name of their own.
const NAMED: &[(Kind, &str, &str, DataClass)] = &[
    (Kind::Observation, "category", "laboratory", DataClass::Laboratory),
    (Kind::Observation, "category", "vital-signs", DataClass::Measurements),
    (Kind::DiagnosticReport, "category", "LAB", DataClass::Laboratory),
    (Kind::DiagnosticReport, "category", "RAD", DataClass::Imaging),
];

/// What a rule lets an app do: `See laboratory results of this patient`.
#[must_use]
pub fn rule_words(rule: &Rule) -> Words {
    let (en, fr) = match rule.level {
        Level::Patient => ("of this patient", "de cette personne"),
        Level::User => {
            ("of everybody whose chart you may open", "de toute personne dont vous pouvez ouvrir le dossier")
        }
        Level::System => ("of everybody", "de tout le monde"),
    };
    let what = about(rule);
    let may = |interaction| rule.interactions.include(interaction);
    let sees = may(Interaction::Read) || may(Interaction::Search);
    let writes = may(Interaction::Create) || may(Interaction::Update);
    let mut verbs = Vec::new();
    if sees {
        verbs.push(("See", "Voir"));
    }
    if writes {
        verbs.push(("write", "écrire"));
    }
    if may(Interaction::Delete) {
        verbs.push(("delete", "supprimer"));
    }
    let join = |of: fn(&(&'static str, &'static str)) -> &'static str| {
        let text = verbs.iter().map(of).collect::<Vec<_>>().join(", ");
        let mut signs = text.chars();
        signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
    };
    Words::new(
        format!("{}: {}, {en}", join(|(en, _)| en), what.en),
        format!("{}\u{a0}: {}, {fr}", join(|(_, fr)| fr), what.fr),
    )
}

/// What data a rule is about.
fn about(rule: &Rule) -> Words {
    let Some(kind) = rule.kind else {
        return Words::new("everything in the record", "tout ce que contient le dossier");
    };
    let low = |words: Words| Words::new(lower(&words.en), lower(&words.fr));
    // Several values between commas are any of them: no one name says it.
    let is_named = |pair: &(String, String), name: &str, value: &str| {
        pair.0 == name && !pair.1.contains(',') && pair.1.rsplit('|').next() == Some(value)
    };
    let named = NAMED.iter().find_map(|(of, name, value, class)| {
        let place = rule.only.iter().position(|pair| is_named(pair, name, value)).filter(|_| *of == kind)?;
        Some((place, class))
    });
    let words = match named {
        Some((_, class)) => low(class.words()),
        None if kind == Kind::Observation => {
            Words::new("laboratory results and measurements", "résultats de laboratoire et mesures")
        }
        None if kind == Kind::DiagnosticReport => Words::new("reports", "rapports"),
        None if matches!(
            kind,
            Kind::Practitioner | Kind::PractitionerRole | Kind::Organization | Kind::Location
        ) =>
        {
            Words::new("the directory of providers and places", "l'annuaire des prestataires et des lieux")
        }
        None => match DataClass::of(kind, &Object::new()) {
            DataClass::Other => Words::new(kind.as_str(), kind.as_str()),
            class => low(class.words()),
        },
    };
    let unnamed: Vec<String> = rule
        .only
        .iter()
        .enumerate()
        .filter(|(n, _)| named.is_none_or(|(place, _)| place != *n))
        .map(|(_, (name, value))| format!("{name}={value}"))
        .collect();
    if unnamed.is_empty() {
        return words;
    }
    let only = unnamed.join(", ");
    Words::new(format!("{} (only {only})", words.en), format!("{} (seulement {only})", words.fr))
}

fn lower(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map_or_else(String::new, |first| first.to_lowercase().chain(signs).collect())
}

/// What a wish lets an app do; `None` when it lets nothing that its user would notice.
#[must_use]
pub fn context_words(wish: Wish) -> Option<Words> {
    Some(match wish {
        Wish::FhirUser => Words::new("Know who you are", "Savoir qui vous êtes"),
        Wish::LaunchPatient | Wish::Launch => {
            Words::new("Know which patient you chose", "Savoir quelle personne vous avez choisie")
        }
        Wish::LaunchEncounter => {
            Words::new("Know which visit it is about", "Savoir de quelle visite il s'agit")
        }
        Wish::OfflineAccess => Words::new(
            "Go on after you sign out, until you take this back",
            "Continuer après votre déconnexion, jusqu'à ce que vous le retiriez",
        ),
        Wish::OpenId | Wish::OnlineAccess => return None,
    })
}
