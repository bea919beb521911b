//! Whom an entry of a master file is about: numbers say who, and the name must not contradict them.

use super::{HeardPerson, full_name};
use crate::directory::{Directory, Practitioner, Resolved};
use crate::identity::names;
use crate::words::Words;

impl Directory {
    /// The one practitioner whom all numbers name, called as they are called here; `None` when the numbers name nobody.
    /// A number is easily mistyped, so nothing follows from one alone.
    ///
    /// # Errors
    /// What a person must ask the sender.
    pub(super) fn person_of(&self, person: &HeardPerson, ends: bool) -> Result<Option<&Practitioner>, Words> {
        let Some(found) = self.numbered(person)? else { return Ok(None) };
        let same = |mine: &str, theirs: &str| names::fold(mine) == names::fold(theirs);
        let given = person.given.trim();
        let is_named = same(&found.family, &person.family)
            && (given.is_empty() || found.given.trim().is_empty() || same(&found.given, given));
        if !is_named {
            return Err(Words::new(
                format!(
                    "The numbers of {} are those of {} in the directory: ask the sender who is meant, or whether the name has changed.",
                    full_name(person),
                    found.name()
                ),
                format!(
                    "Les numéros de {} sont ceux de {} au répertoire : demandez à l'expéditeur qui est visé, ou si le nom a changé.",
                    full_name(person),
                    found.name()
                ),
            ));
        }
        let is_issued = person.numbers.iter().any(|heard| {
            found.numbers.iter().any(|have| {
                have.authority.trim().eq_ignore_ascii_case(heard.authority.trim())
                    && have.value.trim() == heard.value.trim()
            })
        });
        if ends && !is_issued {
            return Err(Words::new(
                format!(
                    "{} is said to have left, with no number whose issuer is named: ask the sender who is meant.",
                    full_name(person)
                ),
                format!(
                    "{} serait parti, sans numéro dont l'émetteur est nommé : demandez à l'expéditeur qui est visé.",
                    full_name(person)
                ),
            ));
        }
        Ok(Some(found))
    }

    fn numbered(&self, person: &HeardPerson) -> Result<Option<&Practitioner>, Words> {
        let mut found: Option<&Practitioner> = None;
        for number in &person.numbers {
            match (self.by_number(&number.authority, &number.value), found) {
                (Resolved::One(one), Some(other)) if one.id != other.id => {
                    return Err(Words::new(
                        format!(
                            "The numbers of {} belong to {} and to {}: ask the sender whose they are.",
                            full_name(person),
                            other.name(),
                            one.name()
                        ),
                        format!(
                            "Les numéros de {} appartiennent à {} et à {} : demandez à l'expéditeur à qui ils sont.",
                            full_name(person),
                            other.name(),
                            one.name()
                        ),
                    ));
                }
                (Resolved::One(one), _) => found = Some(one),
                (Resolved::Several(why), None) if number.authority.trim().is_empty() => return Err(why),
                _ => {}
            }
        }
        Ok(found)
    }
}
