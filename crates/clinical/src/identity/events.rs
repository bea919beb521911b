//! A sender says that two of its records are one person (ADT A34, A40): linked, looked at, or nothing to do.

use super::features::{Comparison, compare};
use super::{Candidate, Evidence, Feature, IdentityEvent, Outcome, cards};
use crate::words::Words;

/// What follows from an identity event. The event itself is recorded whatever follows (H05, H06: a link, never a merge).
#[derive(Debug, Clone, PartialEq)]
pub enum EventDecision {
    /// Both records are linked to one person: the survivor's.
    LinkBoth {
        /// What agrees besides the sender's word.
        evidence: Vec<Evidence>,
        /// For the link's history.
        because: Words,
    },
    /// A human must look before anything is linked.
    Look {
        /// In words, for the identity review list.
        reason: Words,
        /// How the two records compare; empty when one of them is not on file.
        evidence: Vec<Evidence>,
    },
    /// Recorded, and nothing else to do.
    Nothing(Words),
}

/// Judge an identity event against what is on file for its two records.
///
/// The sender's word alone never links: at least one of health card, birth date or whole name must agree besides it,
/// and nothing may contradict (two cards of one jurisdiction, two or more differing facts, possible twins, a
/// generation between the birth dates).
#[must_use]
pub fn judge_event(
    event: &IdentityEvent,
    survivor: Option<&Candidate>,
    merged: Option<&Candidate>,
) -> EventDecision {
    let (keep, gone) = (&event.survivor.value, &event.merged.value);
    if cards::same(&event.survivor, &event.merged) {
        return EventDecision::Look {
            reason: Words::new(
                format!(
                    "{} names record {keep} as both the surviving and the former record. Ask the sender which record they mean.",
                    event.trigger
                ),
                format!(
                    "{} nomme le dossier {keep} à la fois comme dossier conservé et ancien. Demandez à l'expéditeur de quel dossier il s'agit.",
                    event.trigger
                ),
            ),
            evidence: Vec::new(),
        };
    }
    let (Some(survivor), Some(merged)) = (survivor, merged) else {
        let missing = if survivor.is_none() { keep } else { gone };
        return EventDecision::Nothing(Words::new(
            format!(
                "{} says that records {keep} and {gone} are one person; {missing} is not on file yet, so there is nothing to link. The event is kept.",
                event.trigger
            ),
            format!(
                "{} dit que les dossiers {keep} et {gone} sont la même personne; {missing} n'est pas encore au dossier, il n'y a donc rien à lier. L'événement est gardé.",
                event.trigger
            ),
        ));
    };
    if survivor.person == merged.person {
        return EventDecision::Nothing(Words::new(
            format!("Records {keep} and {gone} are linked to one person already."),
            format!("Les dossiers {keep} et {gone} sont déjà liés à la même personne."),
        ));
    }
    let found = compare(&survivor.claim, &merged.claim);
    if let Some(why) = contradiction(survivor, merged, &found) {
        return EventDecision::Look {
            reason: Words::new(
                format!(
                    "{} says that records {keep} and {gone} are one person, but {}. Compare them before linking.",
                    event.trigger, why.en
                ),
                format!(
                    "{} dit que les dossiers {keep} et {gone} sont la même personne, mais {}. Comparez-les avant de les lier.",
                    event.trigger, why.fr
                ),
            ),
            evidence: found.evidence(),
        };
    }
    let supported = found.outcome(Feature::HealthCard) == Outcome::Agrees
        || found.outcome(Feature::BirthDate) == Outcome::Agrees
        || found.names_close();
    if !supported {
        return EventDecision::Look {
            reason: Words::new(
                format!(
                    "{} says that records {keep} and {gone} are one person, and nothing on file supports it: no health card, birth date or name agrees.",
                    event.trigger
                ),
                format!(
                    "{} dit que les dossiers {keep} et {gone} sont la même personne, et rien au dossier ne l'appuie : ni carte santé, ni date de naissance, ni nom identiques.",
                    event.trigger
                ),
            ),
            evidence: found.evidence(),
        };
    }
    EventDecision::LinkBoth {
        because: Words::new(
            format!(
                "{} says that record {gone} is the same person as record {keep}, and nothing on file contradicts it.",
                event.trigger
            ),
            format!(
                "{} dit que le dossier {gone} est la même personne que le dossier {keep}, et rien au dossier ne le contredit.",
                event.trigger
            ),
        ),
        evidence: found.evidence(),
    }
}

fn contradiction(a: &Candidate, b: &Candidate, found: &Comparison) -> Option<Words> {
    let twins = found.perhaps_twins()
        || ((a.claim.multiple_birth || b.claim.multiple_birth) && found.names.given != Outcome::Agrees);
    if found.outcome(Feature::HealthCard) == Outcome::Disagrees {
        Some(Words::new("their health cards differ", "leurs cartes santé diffèrent"))
    } else if twins {
        Some(Words::new(
            "they may be twins: the given names are not the same",
            "il peut s'agir de jumeaux : les prénoms ne sont pas les mêmes",
        ))
    } else if found.generations_apart {
        Some(Words::new(
            "their birth dates are more than ten years apart",
            "leurs dates de naissance sont à plus de dix ans d'écart",
        ))
    } else if found.overlay_count() >= 2 || found.whole_name_differs() {
        Some(Words::new("too much about them differs", "trop de choses diffèrent entre eux"))
    } else {
        None
    }
}
