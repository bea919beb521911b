//! Who an applicant is in the provider directory: to whom reports are sent. The number counts with whoever issued it; where
//! that is nobody, or two, the account waits and a coordinator says who it is.

use super::desk::{said, turn, unrelated};
use super::turn::state_of;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::{Directory, NumberKind, Practitioner};
use clinical::enrolment::{Facts, InDirectory, State, licence};
use clinical::identity::names::fold;
use clinical::words::Words;
use fhir::PersonId;
use store::{ApplicationId, Changes};

/// What the provider directory says of an applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// One practitioner bears the number, from that regulator, and the name.
    One(String),
    /// Nobody of the regulator is listed: reports are sent to nobody of it.
    NotOfIt,
    /// Nobody, two, or somebody of another name bears the number: id and name of whom it may be.
    Ask(Vec<(String, String)>),
}

/// Looks an applicant up.
pub(crate) fn listed(directory: &Directory, facts: &Facts) -> Listed {
    let who = &facts.applicant;
    let regulator = facts.licence.as_ref().map_or("", |held| held.regulator.as_str());
    let wanted = licence::normal(regulator, &who.licence);
    let mut is_of_it = false;
    let mut may_be: Vec<&Practitioner> = Vec::new();
    for known in directory.practitioners() {
        let mut numbers = known
            .numbers
            .iter()
            .filter(|number| {
                number.kind == NumberKind::Licence && licence::issues(&number.authority, regulator)
            })
            .peekable();
        is_of_it |= numbers.peek().is_some();
        let bears = numbers.any(|number| licence::normal(regulator, &number.value) == wanted);
        if bears && !wanted.is_empty() {
            may_be.push(known);
        }
    }
    match may_be.as_slice() {
        [one] if fold(&one.family) == fold(&who.family) => Listed::One(one.id.clone()),
        [] if !is_of_it => Listed::NotOfIt,
        may_be => Listed::Ask(may_be.iter().map(|one| (one.id.clone(), one.name())).collect()),
    }
}

/// The practitioner by whom an account is known, where one is; `Err` while a coordinator has still to say who it is.
pub(crate) fn practitioner(directory: &Directory, facts: &Facts) -> Result<Option<String>, Listed> {
    if let Some(said) = &facts.in_directory {
        return Ok(Some(said.practitioner.clone()).filter(|id| !id.is_empty()));
    }
    match listed(directory, facts) {
        Listed::One(id) => Ok(Some(id)),
        Listed::NotOfIt => Ok(None),
        ask @ Listed::Ask(_) => Err(ask),
    }
}

/// What the application's history says when it waits for that.
pub(crate) fn asks() -> Words {
    Words::new(
        "The provider directory has nobody of this number and name, or several. A coordinator says who it is before the account is made.",
        "Le répertoire des fournisseurs n'a personne de ce numéro et de ce nom, ou plusieurs. Un coordonnateur dit qui c'est avant la création du compte.",
    )
}

/// Who an applicant is in the provider directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Is {
    /// The practitioner of this id, or the only one of this name.
    Somebody(String),
    /// Nobody there: no reports are sent to them.
    Nobody,
}

impl Is {
    /// What a form says for [`Is::Nobody`].
    pub const NOBODY: &str = "-";
    /// What a form says where somebody is typed.
    pub const TYPED: &str = "+";

    /// From a form: what was chosen and what was typed; `None` when nobody was said, which is nobody's answer.
    #[must_use]
    pub fn said(chosen: &str, typed: &str) -> Option<Self> {
        match (chosen.trim(), typed.trim()) {
            ("", _) | (Self::TYPED, "") => None,
            (Self::NOBODY, _) => Some(Self::Nobody),
            (Self::TYPED, id) | (id, _) => Some(Self::Somebody(id.to_owned())),
        }
    }
}

/// The practitioner of an id, or the only one of a name.
fn found<'d>(directory: &'d Directory, said: &str) -> Result<&'d Practitioner, Refusal> {
    if let Some(known) = directory.practitioner(said) {
        return Ok(known);
    }
    let wanted = fold(said);
    let is_named = |one: &&Practitioner| {
        [one.name(), format!("{} {}", one.given, one.family)].iter().any(|name| fold(name) == wanted)
    };
    let of_name: Vec<&Practitioner> = directory.practitioners().filter(is_named).collect();
    match &of_name[..] {
        [one] => Ok(one),
        [] => Err(Refusal::unreadable(
            "Nobody in the provider directory has this id or name. Take it from the directory's page.",
            "Personne au répertoire n'a cet identifiant ou ce nom. Prenez-le sur la page du répertoire.",
        )),
        several => {
            let all: Vec<String> =
                several.iter().take(SHOWN).map(|one| format!("{} ({})", one.name(), one.id)).collect();
            let all = all.join("; ");
            Err(Refusal::unreadable(
                format!("Several people there have this name: {all}. Write the id."),
                format!("Plusieurs personnes y ont ce nom : {all}. Écrivez l'identifiant."),
            ))
        }
    }
}

/// People of one name that are told, at most.
const SHOWN: usize = 8;

/// Act: a coordinator says who an applicant is in the provider directory, or that nobody there is.
#[derive(Debug, Clone)]
pub struct Tie {
    /// Which application.
    pub application: ApplicationId,
    /// Who it is; `None` where the form says nobody, which is nobody's answer.
    pub is: Option<Is>,
    /// By what they know.
    pub reason: String,
}

impl Sealed for Tie {}
impl Act for Tie {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/tie", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = turn(reading, self.application)?;
        let reason = said(
            &self.reason,
            "Write by what you know who it is in the provider directory.",
            "Écrivez d'après quoi vous savez qui c'est dans le répertoire.",
        )?;
        unrelated(reading, &turn)?;
        if matches!(state_of(&turn.row), State::Provisioned | State::Active | State::Suspended | State::Ended)
        {
            return Err(Refusal::conflict(
                "The account is made, or the application has ended. The directory desk mends who somebody is.",
                "Le compte est créé ou la demande a pris fin. Le bureau du répertoire corrige qui est quelqu'un.",
            ));
        }
        let known = match &self.is {
            Some(Is::Somebody(said)) => Some(found(reading.directory, said)?),
            Some(Is::Nobody) => None,
            None => {
                return Err(Refusal::unreadable(
                    "Choose who it is in the provider directory, or that nobody there is.",
                    "Choisissez qui c'est au répertoire, ou que personne n'y est.",
                ));
            }
        };
        let name = known.map(Practitioner::name);
        turn.facts.in_directory = Some(InDirectory {
            practitioner: known.map(|one| one.id.clone()).unwrap_or_default(),
            reason: reason.clone(),
            by: reading.context.actor.id.clone(),
            at: reading.context.now,
        });
        turn.note(
            "tied",
            match name {
                Some(name) => Words::new(
                    format!("Is {name} in the provider directory: {reason}"),
                    format!("Est {name} au répertoire des fournisseurs : {reason}"),
                ),
                None => Words::new(
                    format!("Is nobody in the provider directory: {reason}"),
                    format!("N'est personne au répertoire des fournisseurs : {reason}"),
                ),
            },
        );
        turn.go_on()?;
        turn.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clinical::enrolment::{Applicant, LicenceHeld, LicenceStanding};
    use fhir::Instant;

    fn directory(people: &str) -> Directory {
        Directory::from_toml(people).expect("a directory")
    }

    fn facts(regulator: &str, number: &str, family: &str) -> Facts {
        let applicant = Applicant { family: family.into(), licence: number.into(), ..Applicant::default() };
        let licence = LicenceHeld {
            standing: LicenceStanding::Active,
            regulator: regulator.into(),
            name: String::new(),
            place: String::new(),
            call_back: String::new(),
            at: Instant(0),
        };
        Facts { applicant, licence: Some(licence), ..Facts::default() }
    }

    #[test]
    fn s037_somebody_is_named_by_id_or_by_a_name_that_one_alone_has() {
        let directory = directory(
            "[[practitioner]]\nid='cairn'\nfamily='Cairnwood'\ngiven='Aoife'\n\
             [[practitioner]]\nid='one'\nfamily='Léger'\ngiven='Zoë'\n\
             [[practitioner]]\nid='two'\nfamily='Leger'\ngiven='Zoe'\n",
        );
        let id = |said: &str| found(&directory, said).map(|one| one.id.clone()).map_err(|why| why.words.en);
        for said in ["cairn", "Aoife Cairnwood", "CAIRNWOOD, Aoife"] {
            assert_eq!(id(said).as_deref(), Ok("cairn"), "{said}");
        }
        assert!(id("Zoe Leger").unwrap_err().contains("Léger, Zoë (one); Leger, Zoe (two)"));
        assert!(id("Cairn").is_err() && id("").is_err());
        // A form that says nothing is nobody's answer.
        assert_eq!((Is::said("", "one"), Is::said("+", " ")), (None, None));
        assert_eq!(
            (Is::said("-", "one"), Is::said("+", "one")),
            (Some(Is::Nobody), Some(Is::Somebody("one".into())))
        );
        assert_eq!(Is::said("cairn", ""), Some(Is::Somebody("cairn".into())));
    }

    #[test]
    fn s037_a_number_names_somebody_only_with_whoever_issued_it() {
        let directory = directory(
            "[[practitioner]]\nid='cairn'\nfamily='Cairnwood'\ngiven='Aoife'\n\
             numbers=[{authority='NSCPS',value='014999'}]\n\
             [[practitioner]]\nid='other'\nfamily='Cairnwood'\ngiven='Ona'\n\
             numbers=[{authority='NSCN',value='14999'},{authority='NSHBILL',value='P1001',kind='billing'}]\n",
        );
        let at = |regulator: &str, number: &str, family: &str| {
            listed(&directory, &facts(regulator, number, family))
        };
        assert_eq!(at("CPSNS", "14999", "Cairnwood"), Listed::One("cairn".into()), "NSCPS issues it");
        assert_eq!(at("NSCN", "14-999", "CAIRNWOOD"), Listed::One("other".into()));
        assert_eq!(at("NSPR", "P1001", "Cairnwood"), Listed::NotOfIt, "a billing number is nobody's licence");
        assert_eq!(at("CPSNS", "15000", "Cairnwood"), Listed::Ask(Vec::new()));
        let another = Listed::Ask(vec![("cairn".into(), "Cairnwood, Aoife".into())]);
        assert_eq!(at("CPSNS", "014999", "Gull"), another, "under another name");
    }
}
