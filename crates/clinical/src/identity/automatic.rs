//! When a record joins a person though no identifier agrees: the level and the guards of the linkage engine, and more.
//!
//! A file of records is linked from the same odds on, but there the rarity of every value and the stand-ins are learned
//! first. One message knows neither. So the very same name and birth date must come from the very same home, and
//! nothing that both state may differ (HAZARDS H02). Those who could still be two are never linked so: children of a
//! multiple birth, newborns that are registered under their mother, and two numbers of one facility without a card,
//! which is what twins look like before they have names of their own.

use super::cards;
use super::dates;
use super::features::Comparison;
use super::linkage::levels::{Field, SAME, names};
use super::linkage::model::priors;
use super::names::is_placeholder;
use super::{Claim, IdentifierSort};

/// What both must state alike.
const ALIKE: [Field; 3] = [Field::Given, Field::Family, Field::Birth];
/// Of which one at least must be the same.
const HOME: [Field; 3] = [Field::Telephone, Field::Address, Field::Email];
/// Where nothing may differ.
const NEVER_DIFFERENT: [Field; 7] =
    [Field::Middle, Field::Sex, Field::Telephone, Field::Address, Field::Postal, Field::City, Field::Email];

/// Level of an address up to which it is one: the same, or the same but for the unit.
const NEAR_ADDRESS: u8 = 2;

/// Whether a claim joins the person of a record on file without an identifier that agrees.
pub(super) fn links_by_itself(claim: &Claim, on_file: &Claim, found: &Comparison) -> bool {
    let of = |field: Field| found.levels.of(field);
    // Another house of one street is another home.
    let differs = |field: Field| {
        usize::from(of(field)) == names(field).len() || (field == Field::Address && of(field) > NEAR_ADDRESS)
    };
    is_automatic(found)
        && of(Field::Card) == 0
        && ALIKE.into_iter().all(|field| of(field) == SAME)
        && dates::is_full(&claim.birth_date)
        && HOME.into_iter().any(|field| of(field) == SAME)
        && !NEVER_DIFFERENT.into_iter().any(differs)
        && ![claim, on_file].into_iter().any(may_be_one_of_two)
        && (!of_one_facility(claim, on_file) || [claim, on_file].into_iter().any(has_card))
}

/// From these odds on, and past these guards, a file of records is linked without a person too.
pub(super) fn is_automatic(found: &Comparison) -> bool {
    found.odds >= f64::from(priors().auto_bits) && found.bar.is_none()
}

/// A child of a multiple birth, a newborn under the mother, or somebody without a name yet.
fn may_be_one_of_two(claim: &Claim) -> bool {
    claim.multiple_birth
        || claim.birth_order.is_some()
        || claim.mother.is_some()
        || claim.names.iter().any(|name| is_placeholder(&name.given))
}

fn of_one_facility(claim: &Claim, on_file: &Claim) -> bool {
    let authority = |claim: &Claim| claim.own.as_ref().map(|own| own.authority.clone());
    authority(claim) == authority(on_file)
}

fn has_card(claim: &Claim) -> bool {
    claim.identifiers.iter().any(|one| one.sort == IdentifierSort::HealthCard && cards::is_proof(one))
}
