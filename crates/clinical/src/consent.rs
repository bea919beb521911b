//! Consent directives: what a person does not want shown, to whom, and what that means for one reader and one item
//! (PHIA section 17; GUARANTEES L-09). A directive withholds; it never removes, and whoever is kept from something is
//! told that it is withheld and what the lawful ways to it are.

use crate::access::{DataClass, Role};
use crate::words::Words;
use fhir::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whom a directive is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "who", content = "id")]
pub enum Party {
    /// One practitioner, by directory id.
    Practitioner(String),
    /// Everybody who works at a place, and its systems; by directory id.
    Place(String),
    /// Everybody of a role, by its code.
    Role(String),
}

/// What a person does not want shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// Which data; empty = all that can be withheld.
    #[serde(default)]
    pub classes: Vec<DataClass>,
    /// Only what these sites keep: assigning authority or custodian; empty = all.
    #[serde(default)]
    pub sites: Vec<String>,
    /// From whom; empty = from everybody.
    #[serde(default)]
    pub parties: Vec<Party>,
    /// From then on it holds no more; kept beside it.
    #[serde(skip)]
    pub until: Option<Instant>,
}

/// Who reads or receives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reader {
    /// Role code; empty for a receiving system.
    pub role: String,
    /// Directory id of the practitioner.
    pub practitioner: Option<String>,
    /// Directory ids of the places where they work, or where the system stands.
    pub places: Vec<String>,
}

/// Why a directive cannot be kept as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Something in it can never be withheld.
    #[error("name and allergies are never withheld: without them care is unsafe; leave them out")]
    Safety,
    /// It ends before it begins.
    #[error("the end is in the past; choose a later one or none")]
    Over,
}

impl Directive {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// [`Unfit`] with what to change.
    pub fn check(&self, now: Instant) -> Result<(), Unfit> {
        if self.classes.iter().any(|class| DataClass::NEVER_WITHHELD.contains(class)) {
            return Err(Unfit::Safety);
        }
        if self.until.is_some_and(|until| until <= now) {
            return Err(Unfit::Over);
        }
        Ok(())
    }

    /// Whether it is in force.
    #[must_use]
    pub fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is held against a reader.
    #[must_use]
    pub fn concerns(&self, reader: &Reader) -> bool {
        self.parties.is_empty()
            || self.parties.iter().any(|party| match party {
                Party::Practitioner(id) => reader.practitioner.as_ref() == Some(id),
                Party::Place(id) => reader.places.contains(id),
                Party::Role(code) => reader.role == *code,
            })
    }

    /// Whether it is about what a site keeps.
    #[must_use]
    pub fn is_about(&self, authority: &str, custodian: &str) -> bool {
        self.sites.is_empty()
            || self.sites.iter().any(|site| {
                site.eq_ignore_ascii_case(authority)
                    || (!custodian.is_empty() && site.eq_ignore_ascii_case(custodian))
            })
    }

    /// The classes that it withholds. What was ordered goes with its results, and what cannot be told apart goes with
    /// anything: an order for a test says as much as the test.
    #[must_use]
    pub fn withholds(&self) -> BTreeSet<DataClass> {
        let mut classes: BTreeSet<DataClass> = if self.classes.is_empty() {
            DataClass::ALL.into()
        } else {
            self.classes.iter().copied().collect()
        };
        if classes.contains(&DataClass::Laboratory) || classes.contains(&DataClass::Imaging) {
            classes.insert(DataClass::Orders);
        }
        classes.insert(DataClass::Other);
        for safe in DataClass::NEVER_WITHHELD {
            classes.remove(&safe);
        }
        classes
    }

    /// In one sentence, for the privacy desk and the person.
    #[must_use]
    pub fn words(&self) -> Words {
        let list = |of: fn(&Words) -> &String, all: &str| {
            if self.classes.is_empty() {
                return all.to_owned();
            }
            let said: Vec<String> = self.classes.iter().map(|class| of(&class.words()).clone()).collect();
            said.join(", ")
        };
        let from = |en: bool| {
            if self.parties.is_empty() {
                return if en { "everybody" } else { "tous" }.to_owned();
            }
            let said: Vec<String> = self
                .parties
                .iter()
                .map(|party| match party {
                    Party::Practitioner(id) | Party::Place(id) => id.clone(),
                    Party::Role(code) => {
                        let words = Role::from_code(code).map(Role::words);
                        words.map_or_else(|| code.clone(), |words| if en { words.en } else { words.fr })
                    }
                })
                .collect();
            said.join(", ")
        };
        let kept = |en: &str| {
            if self.sites.is_empty() { String::new() } else { format!(" {en} {}", self.sites.join(", ")) }
        };
        Words::new(
            format!("{}{} withheld from {}.", list(|w| &w.en, "Everything"), kept("kept by"), from(true)),
            format!("{}{} retenu : {}.", list(|w| &w.fr, "Tout"), kept("gardé par"), from(false)),
        )
    }
}

/// What several directives together withhold from a reader, of what one site keeps.
#[must_use]
pub fn withheld<'d>(
    directives: impl Iterator<Item = &'d Directive>,
    reader: &Reader,
    (authority, custodian): (&str, &str),
    now: Instant,
) -> BTreeSet<DataClass> {
    directives
        .filter(|directive| {
            directive.holds(now) && directive.concerns(reader) && directive.is_about(authority, custodian)
        })
        .flat_map(Directive::withholds)
        .collect()
}

/// What is withheld from somebody, of what one site keeps: for where nobody knows who will read.
#[must_use]
pub fn withheld_from_somebody<'d>(
    directives: impl Iterator<Item = &'d Directive>,
    (authority, custodian): (&str, &str),
    now: Instant,
) -> BTreeSet<DataClass> {
    directives
        .filter(|directive| directive.holds(now) && directive.is_about(authority, custodian))
        .flat_map(Directive::withholds)
        .collect()
}

/// What becomes of a report on its way to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTheWay {
    /// It goes.
    Goes,
    /// It does not: the recipient is told by a person that something is withheld (L-09).
    Withheld,
    /// The recipient is responsible and named by the directive, or it is not known for sure whom it would reach: a person
    /// of the privacy desk decides, nobody waits unseen.
    Decide,
}

/// Who receives a report, as far as that is known for sure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Directory id of the practitioner; `None` when it is not known.
    pub practitioner: Option<String>,
    /// Code of the role they sign in with; `None` when it is not known.
    pub role: Option<String>,
    /// Directory ids of the places; none = not known.
    pub places: Vec<String>,
    /// Whether they are the one who must act; `None` when it is not known.
    pub responsible: Option<bool>,
}

/// The role that somebody signs in with who has this role in the directory; `None` for roles that say nothing of it.
#[must_use]
pub fn role_of(directory_role: &str) -> Option<&'static str> {
    match directory_role {
        "family-physician" | "nurse-practitioner" => Some(Role::FamilyDoctor.code()),
        "pharmacist" => Some(Role::Pharmacist.code()),
        _ => None,
    }
}

impl Directive {
    /// Whether it is held against a recipient; `None` when that cannot be told.
    fn is_against(&self, recipient: &Recipient) -> Option<bool> {
        if self.parties.is_empty() {
            return Some(true);
        }
        let mut all_told = true;
        for party in &self.parties {
            let one = match party {
                Party::Practitioner(id) => recipient.practitioner.as_ref().map(|known| known == id),
                Party::Place(id) => (!recipient.places.is_empty()).then(|| recipient.places.contains(id)),
                Party::Role(code) => recipient.role.as_ref().map(|known| known == code),
            };
            match one {
                Some(true) => return one,
                Some(false) => {}
                None => all_told = false,
            }
        }
        all_told.then_some(false)
    }
}

/// Whether a report may go to a recipient. Ordering a test is asking for its result: a directive held against everybody
/// keeps copies back, and the one who is responsible receives; one that names them keeps it from them, and a person decides
/// who acts on it instead. Where it is not known for sure who they are, or whether they must act, a person decides too.
#[must_use]
pub fn on_the_way<'d>(
    directives: impl Iterator<Item = &'d Directive>,
    recipient: &Recipient,
    class: DataClass,
    (authority, custodian): (&str, &str),
    now: Instant,
) -> OnTheWay {
    let mut answer = OnTheWay::Goes;
    for directive in directives {
        let withholds = directive.holds(now)
            && directive.is_about(authority, custodian)
            && directive.withholds().contains(&class);
        if !withholds {
            continue;
        }
        match (directive.is_against(recipient), recipient.responsible) {
            (Some(false), _) => {}
            (Some(true), Some(false)) => return OnTheWay::Withheld,
            (Some(true), Some(true)) if directive.parties.is_empty() => {}
            (Some(true), _) | (None, _) => answer = OnTheWay::Decide,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(classes: &[DataClass], parties: Vec<Party>) -> Directive {
        Directive { classes: classes.to_vec(), sites: Vec::new(), parties, until: None }
    }

    fn doctor() -> Reader {
        Reader {
            role: Role::FamilyDoctor.code().to_owned(),
            practitioner: Some("p-hill".to_owned()),
            places: vec!["hill".to_owned()],
        }
    }

    fn held(directive: &Directive, reader: &Reader) -> BTreeSet<DataClass> {
        withheld(std::iter::once(directive), reader, ("HRH", "Halifax"), Instant(10))
    }

    #[test]
    fn l09_a_directive_masks_by_data_class_provider_and_site() {
        let all = directive(&[DataClass::Laboratory], Vec::new());
        assert!(held(&all, &doctor()).contains(&DataClass::Laboratory));
        assert!(held(&all, &doctor()).contains(&DataClass::Orders), "an order says as much as the test");
        assert!(!held(&all, &doctor()).contains(&DataClass::Documents));
        for (party, hits) in [
            (Party::Practitioner("p-hill".into()), true),
            (Party::Practitioner("p-shore".into()), false),
            (Party::Place("hill".into()), true),
            (Party::Place("shore".into()), false),
            (Party::Role("family-doctor".into()), true),
            (Party::Role("pharmacist".into()), false),
        ] {
            let one = directive(&[DataClass::Laboratory], vec![party.clone()]);
            assert_eq!(!held(&one, &doctor()).is_empty(), hits, "{party:?}");
        }
        let of_site = |site: &str| Directive { sites: vec![site.to_owned()], ..all.clone() };
        assert!(
            !held(&of_site("hrh"), &doctor()).is_empty() && !held(&of_site("Halifax"), &doctor()).is_empty()
        );
        assert!(held(&of_site("VGH"), &doctor()).is_empty());
    }

    #[test]
    fn h84_name_and_allergies_are_never_withheld() {
        let all = directive(&[], Vec::new());
        for safe in DataClass::NEVER_WITHHELD {
            assert!(!held(&all, &doctor()).contains(&safe));
            assert_eq!(directive(&[safe], Vec::new()).check(Instant(0)), Err(Unfit::Safety));
        }
    }

    #[test]
    fn a_directive_ends_when_it_says() {
        let short = Directive { until: Some(Instant(10)), ..directive(&[], Vec::new()) };
        assert!(held(&short, &doctor()).is_empty());
        assert_eq!(short.check(Instant(10)), Err(Unfit::Over));
        assert_eq!(short.check(Instant(9)), Ok(()));
    }

    #[test]
    fn l09_who_is_responsible_receives_unless_they_are_named() {
        let hill = Recipient {
            practitioner: Some("p-hill".into()),
            role: role_of("family-physician").map(str::to_owned),
            places: vec!["hill".into()],
            responsible: Some(true),
        };
        let go = |directive: &Directive, recipient: &Recipient| {
            on_the_way(std::iter::once(directive), recipient, DataClass::Laboratory, ("HRH", ""), Instant(1))
        };
        let copy = Recipient { responsible: Some(false), ..hill.clone() };
        let unsure = Recipient { responsible: None, ..hill.clone() };
        let nobody_knows = Recipient { places: vec!["hill".into()], ..Recipient::default() };
        let all = [&hill, &copy, &unsure, &nobody_knows];
        let told = |directive: &Directive| all.map(|recipient| go(directive, recipient));
        use OnTheWay::{Decide, Goes, Withheld};
        let against = |party: Party| directive(&[], vec![party]);
        assert_eq!(told(&directive(&[DataClass::Laboratory], Vec::new())), [Goes, Withheld, Decide, Decide]);
        assert_eq!(told(&against(Party::Practitioner("p-hill".into()))), [Decide, Withheld, Decide, Decide]);
        assert_eq!(told(&against(Party::Practitioner("p-shore".into()))), [Goes, Goes, Goes, Decide]);
        assert_eq!(told(&against(Party::Place("hill".into()))), [Decide, Withheld, Decide, Decide]);
        assert_eq!(told(&against(Party::Place("shore".into()))), [Goes; 4]);
        assert_eq!(told(&against(Party::Role("family-doctor".into()))), [Decide, Withheld, Decide, Decide]);
        assert_eq!(told(&against(Party::Role("pharmacist".into()))), [Goes, Goes, Goes, Decide]);
        assert_eq!(told(&directive(&[DataClass::Imaging], Vec::new())), [Goes; 4]);
        let over = Directive { until: Some(Instant(1)), ..directive(&[], Vec::new()) };
        assert_eq!(told(&over), [Goes; 4]);
    }

    #[test]
    fn it_is_told_in_one_sentence() {
        let said = directive(&[DataClass::Laboratory], vec![Party::Role("pharmacist".into())]).words();
        assert_eq!(said.en, "Laboratory results withheld from Pharmacist.");
        assert!(said.fr.starts_with("Résultats de laboratoire retenu"));
    }
}
