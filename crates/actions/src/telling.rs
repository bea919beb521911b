//! What the ledger keeps as one text, told in the reader's language: recipients, actors, subjects of obligations.
//!
//! A stored name stays as it was written, so that rows match each other; only the reading differs.

use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::directory::Directory;
use clinical::identity::Claim;
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::Kind;
use store::ObligationRow;

/// What stands between a practitioner and their place in a stored recipient.
pub(crate) const AT: &str = " at ";

/// A recipient: `Cairnwood, Aoife at Harbourview Clinic` is told with `à` in French, where the end names a place of the
/// directory; anything else stands in both languages as it is.
pub(crate) fn recipient(directory: &Directory, stored: &str) -> Words {
    let told = stored.match_indices(AT).find_map(|(at, _)| {
        let (who, place) = (stored.get(..at)?, stored.get(at + AT.len()..)?);
        let known = directory.place(place).is_some() || directory.places().any(|known| known.name == place);
        known.then(|| Words::new(stored, format!("{who} à {place}")))
    });
    told.unwrap_or_else(|| Words::new(stored, stored))
}

/// Who did a step: people by their names, our own workers by what they do.
pub(crate) fn actor(stored: &str) -> Words {
    match stored {
        "opor intake" => Words::new("opor, intake", "opor, réception"),
        "opor delivery" => Words::new("opor, delivery", "opor, remise"),
        "opor identity" => Words::new("opor, identity", "opor, identité"),
        "opor clock" => Words::new("opor, clock", "opor, horloge"),
        "opor replay" => Words::new("opor, replay", "opor, relecture"),
        "opor breaker" => Words::new("opor, breaker", "opor, disjoncteur"),
        "opor recall" => Words::new("opor, recall", "opor, rappel"),
        "opor batch" => Words::new("opor, batches", "opor, lots"),
        "opor watch" => Words::new("opor, watch", "opor, veille"),
        "opor canary" => Words::new("opor, test results", "opor, résultats d'essai"),
        "opor load" => Words::new("opor, loading", "opor, chargement"),
        name => Words::new(name, name),
    }
}

/// What an obligation is about: the title of a report as its source wrote it; for a message, a feed or an identity
/// question, words by kind.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn subject(reading: &Reading<'_>, row: &ObligationRow) -> Result<Words, Refusal> {
    let kind = ObligationKind::from_code(&row.kind);
    Ok(match kind {
        Some(ObligationKind::HeldMessage | ObligationKind::KeptMessage) => {
            let journal = row.message.map(|id| reading.view.message(id)).transpose()?.flatten();
            let sort = journal.map(|row| short_type(&row.message_type)).unwrap_or_default();
            let (en, fr) = if kind == Some(ObligationKind::HeldMessage) {
                ("Message held", "Message retenu")
            } else {
                ("Message kept", "Message gardé")
            };
            if sort.is_empty() {
                Words::new(en, fr)
            } else {
                Words::new(format!("{en}, {sort}"), format!("{fr}, {sort}"))
            }
        }
        Some(ObligationKind::Case) if row.subject.is_empty() => {
            Words::new("Question to support", "Question au soutien")
        }
        Some(ObligationKind::UnmappedCode) => {
            let shown = &row.subject;
            Words::new(format!("Code {shown}"), format!("Code {shown}"))
        }
        Some(ObligationKind::Pause) => Words::new("Paused feed", "Flux en pause"),
        Some(ObligationKind::Batch) => Words::new("Batch of messages", "Lot de messages"),
        Some(ObligationKind::Directory) => Words::new("Provider directory", "Répertoire des fournisseurs"),
        Some(ObligationKind::PrimaryProvider) => {
            Words::new("Primary care provider", "Fournisseur de soins primaires")
        }
        Some(ObligationKind::AccessReview) => Words::new("Broken glass to review", "Bris de glace à réviser"),
        Some(ObligationKind::PatientNotice) => Words::new("A patient must be told", "Un patient à avertir"),
        Some(ObligationKind::Correction) => Words::new("Request to correct", "Demande de correction"),
        Some(ObligationKind::ActivityFlag) => {
            Words::new("Looks to be explained", "Consultations à expliquer")
        }
        Some(ObligationKind::Tip) => Words::new("Tip", "Signalement"),
        Some(ObligationKind::Breach) => Words::new("Breach case", "Cas d’atteinte"),
        Some(ObligationKind::Destruction) => {
            Words::new("Destruction to be approved", "Destruction à approuver")
        }
        Some(ObligationKind::Tell) => Words::new("Somebody must be told", "Quelqu'un à avertir"),
        Some(ObligationKind::Breaker) => Words::new("Stopped feed", "Flux arrêté"),
        Some(ObligationKind::Incident) => Words::new("Incident", "Incident"),
        Some(ObligationKind::Canary) => Words::new("Test result", "Résultat d'essai"),
        Some(ObligationKind::FeedReport) => {
            Words::new("Word to the feed's owner", "Avis au responsable du flux")
        }
        _ if row.resource.is_some_and(|key| matches!(key.kind, Kind::ServiceRequest | Kind::Task)) => {
            asked(&row.subject)
        }
        _ if row.resource.is_some_and(|key| key.kind == Kind::Encounter) => visit(&row.subject),
        _ if row.resource.is_some_and(|key| key.kind == Kind::Patient) => {
            crate::identity::told::words(&row.subject)
        }
        // The desk's list is read over shoulders: the name stands with the identity desk, initials here.
        Some(ObligationKind::IdentityReview) => Words::new("Identity question", "Question d'identité"),
        _ => Words::new(row.subject.clone(), row.subject.clone()),
    })
}

/// The title that intake gives a referral or the news of an order, in both languages; what is asked for stands in the
/// sender's words.
pub(crate) fn asked(title: &str) -> Words {
    let (before, what) = title.split_once(": ").unwrap_or((title, ""));
    let fr = match before {
        "Referral" => "Demande de consultation",
        "Answer to referral" => "Réponse à une demande de consultation",
        "Order cancelled" => "Demande annulée",
        "Order discontinued" => "Demande interrompue",
        "Order on hold" => "Demande suspendue",
        "Order replaced" => "Demande remplacée",
        "Order not done as asked" => "Demande non exécutée telle quelle",
        other => other,
    };
    let french = if what.is_empty() { fr.to_owned() } else { format!("{fr} : {what}") };
    Words::new(title, french)
}

/// The title that intake gives a visit, in both languages.
fn visit(title: &str) -> Words {
    let fr = match title {
        "Emergency visit" => "Visite à l'urgence",
        "Inpatient stay" => "Hospitalisation",
        "Outpatient visit" => "Consultation externe",
        "Planned admission" => "Admission prévue",
        "Recurring visit" => "Visite répétée",
        "Obstetric stay" => "Séjour en obstétrique",
        "Visit" => "Visite",
        other => other,
    };
    Words::new(title, fr)
}

/// `ORU^R01^ORU_R01` without its structure.
fn short_type(message_type: &str) -> String {
    message_type.splitn(3, '^').take(2).collect::<Vec<_>>().join("^")
}

/// `M. D., 1961`: enough to recognise, not enough to read over a shoulder.
pub(crate) fn initials(claim: &Claim) -> String {
    let letter =
        |name: &str| name.chars().next().map(|c| format!("{}.", c.to_uppercase())).unwrap_or_default();
    let name = claim.names.first();
    let year = claim.birth_date.get(..4).unwrap_or_default();
    let text = name.map(|n| format!("{} {}", letter(&n.given), letter(&n.family))).unwrap_or_default();
    if year.is_empty() { text } else { format!("{text}, {year}") }
}

/// The first sentence of a reason, for a list; the whole of it stands with the opened item.
pub(crate) fn in_short(reason: &Words) -> Words {
    Words::new(first_sentence(&reason.en), first_sentence(&reason.fr))
}

fn first_sentence(text: &str) -> &str {
    match (text.split_once(". "), text.split_once("; ")) {
        (Some((sentence, _)), None) => text.get(..=sentence.len()).unwrap_or(sentence),
        (Some((sentence, _)), Some((clause, _))) if sentence.len() < clause.len() => {
            text.get(..=sentence.len()).unwrap_or(sentence)
        }
        (_, Some((clause, _))) => clause,
        (None, None) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_told_in_both_languages() {
        let directory: Directory = Directory::from_toml(
            "[[place]]\nid = \"harbourview\"\nname = \"Harbourview Clinic\"\nkind = \"clinic\"\n",
        )
        .expect("a directory");
        let told = recipient(&directory, "Cairnwood, Aoife at Harbourview Clinic");
        assert_eq!(told.fr, "Cairnwood, Aoife à Harbourview Clinic");
        assert_eq!(told.en, "Cairnwood, Aoife at Harbourview Clinic");
        assert_eq!(recipient(&directory, "Nemo at Nowhere").fr, "Nemo at Nowhere");
        assert_eq!(recipient(&directory, "").fr, "");
    }

    #[test]
    fn the_first_sentence_of_a_reason() {
        for (reason, short) in [
            ("The receiver rejected it (AR): unknown. Settle it.", "The receiver rejected it (AR): unknown."),
            ("The name agrees, the card differs; compare both.", "The name agrees, the card differs"),
            ("2.5.1 is not read", "2.5.1 is not read"),
            ("", ""),
        ] {
            assert_eq!(first_sentence(reason), short);
        }
    }

    #[test]
    fn workers_are_told_by_what_they_do() {
        assert_eq!(actor("opor delivery").fr, "opor, remise");
        assert_eq!(actor("Marram, Jo").en, "Marram, Jo");
        assert_eq!(short_type("ORU^R01^ORU_R01"), "ORU^R01");
        assert_eq!(short_type("ACK"), "ACK");
    }
}
