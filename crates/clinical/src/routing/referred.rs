//! A referral may go to a place instead of a person: to whoever receives there.

use crate::directory::{Directory, Place, Practitioner, Role};
use crate::intake::{Addressee, AddresseePart, PLACE};
use crate::words::Words;

/// The place that a referral names instead of a person: by the directory's id, else by its whole name.
pub(super) fn place<'a>(addressee: &Addressee, directory: &'a Directory) -> Option<&'a Place> {
    let of_referral = matches!(addressee.part, AddresseePart::ReferredTo | AddresseePart::Referrer);
    let by_id = addressee.numbers.iter().find(|(authority, _)| authority == PLACE);
    if !of_referral || !addressee.given.is_empty() || (by_id.is_none() && !addressee.numbers.is_empty()) {
        return None;
    }
    if let Some(place) = by_id.and_then(|(_, id)| directory.place(id.trim())) {
        return Some(place);
    }
    let said = |text: &str| text.trim().to_lowercase();
    let mut named = directory.places().filter(|place| said(&place.name) == said(&addressee.family));
    named.next().filter(|_| named.next().is_none())
}

/// Who receives at a place what names nobody there.
///
/// # Errors
/// In words: the directory names nobody.
pub(super) fn receiver<'a>(at: &Place, directory: &'a Directory) -> Result<&'a Practitioner, Words> {
    let who = at.default_recipient.as_deref().and_then(|id| directory.practitioner(id));
    who.ok_or_else(|| {
        Words::new(
            format!("the directory does not say who receives at {}", at.name),
            format!("le répertoire ne dit pas qui reçoit à {}", at.name),
        )
    })
}

/// The role of somebody at one place.
///
/// # Errors
/// In words: they have none there on that day.
pub(super) fn role<'a>(
    found: &'a Practitioner,
    at: &Place,
    directory: &'a Directory,
    on: &'a str,
) -> Result<&'a Role, Words> {
    directory.roles_on(&found.id, on).find(|role| role.place == at.id).ok_or_else(|| {
        Words::new(
            format!("{} does not work at {} on {on}", found.name(), at.name),
            format!("{} ne travaille pas à {} le {on}", found.name(), at.name),
        )
    })
}
