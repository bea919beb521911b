//! Facts of the directory as people read them: whose it is, and what of it changes from what to what.

use clinical::directory::{Change, ContactKind, Directory, EndpointKind, Fact, FactKey, Practitioner};
use clinical::words::Words;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A fact that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactLine {
    /// Which: `telephone of Cairnwood, Aoife`.
    pub what: Words,
    /// What of it is another.
    pub fields: Vec<FieldLine>,
}

/// One field of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLine {
    /// Its name.
    pub name: Words,
    /// As it is; nothing where it is not there.
    pub old: Option<Words>,
    /// As it would be; nothing where it would no longer be there.
    pub new: Option<Words>,
}

/// Names of the fields of the directory file, in the order in which they are read.
const FIELDS: &[(&str, &str, &str)] = &[
    ("name", "Name", "Nom"),
    ("family", "Family name", "Nom de famille"),
    ("given", "Given name", "Prénom"),
    ("kind", "Sort", "Sorte"),
    ("practitioner", "Who", "Qui"),
    ("of", "Of", "De"),
    ("role", "As", "À titre de"),
    ("place", "Place", "Lieu"),
    ("organization", "Health authority", "Régie de la santé"),
    ("default_recipient", "Receives for whoever is away", "Reçoit pour les absents"),
    ("value", "Number or address", "Numéro ou adresse"),
    ("authority", "Issuer", "Émetteur"),
    ("address", "Address", "Adresse"),
    ("endpoint", "By", "Par"),
    ("primary", "First place", "Premier lieu"),
    ("cover", "Covered by", "Remplacement par"),
    ("from", "From", "Du"),
    ("to", "Until", "Au"),
    ("state", "State", "État"),
    ("profile", "In the dialect of", "Dans le dialecte de"),
    ("accepts", "Takes", "Accepte"),
    ("classes", "reports", "rapports"),
    ("formats", "content", "contenu"),
    ("fallback", "Otherwise by", "Sinon par"),
    ("reports_opening", "Tells when a report is opened", "Dit quand un rapport est ouvert"),
    ("hours", "Open", "Heures d’ouverture"),
    ("tls", "Certificate", "Certificat"),
    ("server_name", "name", "nom"),
    ("fingerprint", "SHA-256", "SHA-256"),
    ("connections", "Connections", "Connexions"),
    ("numbers", "Numbers", "Numéros"),
    ("members", "Members", "Membres"),
    ("without", "Copies left out", "Copies laissées de côté"),
    ("link", "Feed", "Flux"),
    ("in_force", "In force at once", "En vigueur aussitôt"),
    ("places", "Speaks for", "Parle pour"),
    ("source", "Source", "Source"),
    ("verified_on", "Confirmed on", "Confirmé le"),
    ("next_check", "To be confirmed by", "À confirmer avant le"),
    ("doubt", "Doubted", "En doute"),
    ("why", "because", "parce que"),
    ("since", "since", "depuis"),
];

/// Codes that people read in words.
const CODES: &[(&str, &str, &str)] = &[
    ("clinic", "clinic", "clinique"),
    ("hospital", "hospital", "hôpital"),
    ("laboratory", "laboratory", "laboratoire"),
    ("other", "other", "autre"),
    ("licence", "licence", "permis"),
    ("billing", "billing", "facturation"),
    ("live", "in use", "en service"),
    ("trial", "on trial", "à l’essai"),
    ("leave", "leave", "congé"),
    ("locum", "a locum in their stead", "suppléance"),
    ("retirement", "retirement", "retraite"),
    ("values", "values", "valeurs"),
    ("text", "text", "texte"),
    ("pdf", "PDF", "PDF"),
    ("image", "pictures", "images"),
];

/// Each changed fact, with what of it is another.
pub(super) fn changed(before: &Directory, wanted: &[Change]) -> Vec<FactLine> {
    // What is proposed may name people and places that the same proposal brings.
    let after = before.changed(wanted).ok();
    let names = Names { before, after: after.as_ref() };
    let known: BTreeMap<FactKey, Fact> = before.facts().map(|fact| (fact.key(), fact)).collect();
    let line = |change: &Change| {
        let key = change.key();
        let old = known.get(&key);
        let new = match change {
            Change::Set(fact) => Some(fact),
            Change::Withdraw { .. } => None,
        };
        let what = new.or(old).map_or_else(|| raw(&key), |fact| names.subject(fact));
        FactLine { what, fields: names.fields(&key.0, &body(old), &body(new)) }
    };
    wanted.iter().map(line).collect()
}

/// Which fact a sort and an id are.
pub(super) fn named(directory: &Directory, key: &FactKey) -> Words {
    let names = Names { before: directory, after: None };
    directory.facts().find(|fact| fact.key() == *key).map_or_else(|| raw(key), |fact| names.subject(&fact))
}

/// Whose a contact is: somebody's, or a place's.
pub(super) fn owner(directory: &Directory, id: &str) -> String {
    Names { before: directory, after: None }.of(id)
}

fn raw((sort, id): &FactKey) -> Words {
    Words::new(format!("{sort} {id}"), format!("{sort} {id}"))
}

/// The fields of a fact as its file writes them, its id left out.
fn body(fact: Option<&Fact>) -> Map<String, Value> {
    let written = fact.and_then(|fact| serde_json::to_value(fact).ok());
    let inner = written.and_then(|value| value.as_object()?.values().next()?.as_object().cloned());
    let mut fields = inner.unwrap_or_default();
    fields.remove("id");
    fields.retain(|_, value| {
        !matches!(value, Value::Null | Value::Bool(false))
            && value.as_array().is_none_or(|all| !all.is_empty())
            && value.as_str() != Some("")
    });
    fields
}

/// Looks names up where they stand, before or after.
struct Names<'d> {
    before: &'d Directory,
    after: Option<&'d Directory>,
}

impl Names<'_> {
    fn person(&self, id: &str) -> Option<String> {
        let known = |directory: &Directory| directory.practitioner(id).map(Practitioner::name);
        self.after.and_then(known).or_else(|| known(self.before))
    }
    fn place(&self, id: &str) -> Option<String> {
        let known = |directory: &Directory| directory.place(id).map(|place| place.name.clone());
        self.after.and_then(known).or_else(|| known(self.before))
    }
    fn of(&self, id: &str) -> String {
        self.person(id).or_else(|| self.place(id)).unwrap_or_else(|| id.to_owned())
    }

    /// `telephone of Cairnwood, Aoife`.
    fn subject(&self, fact: &Fact) -> Words {
        let both =
            |en: &str, fr: &str, name: &str| Words::new(en.replace("{}", name), fr.replace("{}", name));
        match fact {
            Fact::Place(one) => both("Place: {}", "Lieu\u{a0}: {}", &one.name),
            Fact::Endpoint(one) => {
                let (way, place) = (one.kind.words(), self.of(&one.place));
                Words::new(
                    format!("Way to {place}: {} ({})", way.en, one.id),
                    format!("Voie vers {place}\u{a0}: {} ({})", way.fr, one.id),
                )
            }
            Fact::Practitioner(one) => both("Person: {}", "Personne\u{a0}: {}", &one.name()),
            Fact::Role(one) => {
                let (who, place) = (self.of(&one.practitioner), self.of(&one.place));
                Words::new(format!("{who} at {place}"), format!("{who} à {place}"))
            }
            Fact::Absence(one) => both("Absence of {}", "Absence de {}", &self.of(&one.practitioner)),
            Fact::Contact(one) => {
                let (kind, of) = (one.kind.words(), self.of(&one.of));
                Words::new(format!("{of}: {}", kind.en), format!("{of}\u{a0}: {}", kind.fr))
            }
            Fact::Subscription(one) => {
                let who = one.practitioner.as_deref().map_or_else(|| one.endpoint.clone(), |id| self.of(id));
                both("Ordinary copies for {}", "Copies ordinaires pour {}", &who)
            }
            Fact::Team(one) => both("Team: {}", "Équipe\u{a0}: {}", &one.name),
            Fact::Source(one) => both("Feed of the directory: {}", "Flux du répertoire\u{a0}: {}", &one.link),
        }
    }

    /// The fields that differ, in the order of [`FIELDS`]; one that has no name there comes last, by its own.
    fn fields(&self, sort: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<FieldLine> {
        let place = |field: &str| FIELDS.iter().position(|(name, ..)| *name == field).unwrap_or(usize::MAX);
        let mut differ: Vec<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
        differ.sort_unstable_by_key(|field| (place(field), *field));
        differ.dedup();
        differ.retain(|field| old.get(*field) != new.get(*field));
        let said = |field: &str, value: &Value| self.said(sort, field, value);
        let line = |field: &str| FieldLine {
            name: label(field),
            old: old.get(field).map(|value| said(field, value)),
            new: new.get(field).map(|value| said(field, value)),
        };
        differ.into_iter().map(line).collect()
    }

    fn said(&self, sort: &str, field: &str, value: &Value) -> Words {
        match value {
            Value::String(text) => self.text(sort, field, text),
            Value::Bool(true) => Words::new("yes", "oui"),
            Value::Array(all) => joined(all.iter().map(|one| self.said(sort, field, one)), "; "),
            Value::Object(inner) => {
                let pair = |(name, value): (&String, &Value)| {
                    let (label, said) = (label(name), self.said("", name, value));
                    Words::new(format!("{} {}", label.en, said.en), format!("{} {}", label.fr, said.fr))
                };
                joined(inner.iter().map(pair), ", ")
            }
            other => Words::new(other.to_string(), other.to_string()),
        }
    }

    fn text(&self, sort: &str, field: &str, text: &str) -> Words {
        let known = match (sort, field) {
            ("contact", "kind") => ContactKind::from_code(text).map(ContactKind::words),
            ("endpoint", "kind") => EndpointKind::from_code(text).map(EndpointKind::words),
            (_, "kind" | "state" | "formats") => {
                let code = CODES.iter().find(|(code, ..)| *code == text);
                code.map(|(_, en, fr)| Words::new(*en, *fr))
            }
            (_, "practitioner" | "cover" | "default_recipient" | "members" | "of" | "place" | "places") => {
                let name = self.of(text);
                Some(Words::new(name.clone(), name))
            }
            _ => None,
        };
        known.unwrap_or_else(|| Words::new(text, text))
    }
}

fn label(field: &str) -> Words {
    let known = FIELDS.iter().find(|(name, ..)| *name == field);
    known.map_or_else(|| Words::new(field, field), |(_, en, fr)| Words::new(*en, *fr))
}

fn joined(all: impl Iterator<Item = Words>, between: &str) -> Words {
    let (en, fr): (Vec<String>, Vec<String>) = all.map(|words| (words.en, words.fr)).unzip();
    Words::new(en.join(between), fr.join(between))
}

#[cfg(test)]
#[path = "wording/tests.rs"]
mod tests;
