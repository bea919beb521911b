//! When a record joins a person though no identifier agrees: the level and the guards of the linkage engine, and more.
//!
//! A file of records is linked from the same odds on, but there the rarity of every value and the stand-ins are learned
//! first. One message alone knows neither. So the very same name and birth date must come from the very same home, and
//! nothing that both state may differ (HAZARDS H02). Where the index in memory says how many others bear that name and
//! birth date ([`Namesakes`]), a home that changed, in part or wholly, is a move and no longer a doubt. A family name
//! with a slip is the same one where everything else agrees and the home does so twice. One thing written otherwise, a
//! slip or a half of the family name, a slip or swap in the birth date, the names in each other's place, is a mistake
//! where house and telephone are the very same and nobody else on file was born there that day.
//!
//! Those who could still be two are never linked so: children of a multiple birth, newborns that are registered under
//! their mother, and two numbers of one facility without a card, which is what twins look like before they have names
//! of their own.

use super::cards;
use super::dates;
use super::features::Comparison;
use super::linkage::levels::{Field, SAME, birth, family, middle, names};
use super::linkage::model::priors;
use super::names::{fold, is_placeholder};
use super::{Claim, IdentifierSort, Namesakes};

/// Of which one at least must be the same.
const HOME: [Field; 3] = [Field::Telephone, Field::Address, Field::Email];
/// Where nothing may differ.
const NEVER_DIFFERENT: [Field; 7] =
    [Field::Middle, Field::Sex, Field::Telephone, Field::Address, Field::Postal, Field::City, Field::Email];
/// What never changes when somebody moves.
const STAYS: [Field; 2] = [Field::Middle, Field::Sex];

/// Level of an address up to which it is one: the same, or the same but for the unit.
const NEAR_ADDRESS: u8 = 2;

/// Others of the name and birth date up to which telephone, street or e-mail settles it though the rest of the home
/// differs.
const MOVED_IN_PART: f64 = 1e-2;
/// Others up to which name and birth date settle it where nothing of the home is stated on both sides, or nothing of it
/// differs.
const HOME_UNKNOWN: f64 = 1e-5;
/// Others up to which they settle it though the whole home differs.
const MOVED: f64 = 1e-6;
/// How many of them share a middle name too, at most; a common one is borne by so many.
const SHARE_OF_A_MIDDLE_NAME: f64 = 0.05;
/// How many share its initial.
const SHARE_OF_AN_INITIAL: f64 = 0.2;

/// Whether a claim joins the person of a record on file without an identifier that agrees. `twin_on_file`: somebody else
/// is on file who [`may_be_a_twin`].
pub(super) fn links_by_itself(
    claim: &Claim,
    on_file: &Claim,
    found: &Comparison,
    namesakes: Option<Namesakes>,
    twin_on_file: bool,
) -> bool {
    let same = |field: Field| found.levels.of(field) == SAME;
    if found.bar.is_some()
        || found.levels.of(Field::Card) != 0
        || !dates::is_full(&claim.birth_date)
        || STAYS.into_iter().any(|field| differs(found, field))
        || [claim, on_file].into_iter().any(may_be_one_of_two)
        || (of_one_facility(claim, on_file) && ![claim, on_file].into_iter().any(has_card))
    {
        return false;
    }
    let at_home = HOME.into_iter().any(same);
    let unchanged = !NEVER_DIFFERENT.into_iter().any(|field| differs(found, field));
    let mistaken = unchanged
        && !twin_on_file
        && namesakes.is_some_and(|common| lives_there(found, common))
        && one_is_written_otherwise(claim, on_file, found)
        && is_automatic(found);
    if !same(Field::Given) || !same(Field::Birth) {
        mistaken
    } else if same(Field::Family) {
        let of_the_middle_name = match found.levels.of(Field::Middle) {
            SAME => SHARE_OF_A_MIDDLE_NAME,
            middle::INITIAL => SHARE_OF_AN_INITIAL,
            _ => 1.0,
        };
        (at_home && unchanged && is_automatic(found))
            || namesakes.is_some_and(|common| {
                let others = common.others * of_the_middle_name;
                (others <= MOVED_IN_PART && keeps_part_of_the_home(found, common))
                    || (others <= HOME_UNKNOWN && unchanged)
                    || others <= MOVED
            })
    } else {
        mistaken || (is_misspelt(found) && unchanged && is_automatic(found))
    }
}

/// House and telephone are the very same, and not those of many people.
fn lives_there(found: &Comparison, common: Namesakes) -> bool {
    [Field::Telephone, Field::Address].into_iter().all(|field| found.levels.of(field) == SAME)
        && !common.crowded_telephone
        && !common.crowded_street
}

/// Given name, family name and birth date agree to the letter but for one mistake, none that tells twins apart or a
/// parent from a child.
fn one_is_written_otherwise(claim: &Claim, on_file: &Claim, found: &Comparison) -> bool {
    let level = |field: Field| found.levels.of(field);
    let year = |claim: &Claim| claim.birth_date.get(..4).map(str::to_owned);
    match (level(Field::Given), level(Field::Family), level(Field::Birth)) {
        (SAME, family::SLIP | family::PART, SAME) => level(Field::Sex) == SAME,
        (SAME, SAME, birth::SWAPPED | birth::SLIP) => {
            level(Field::Sex) == SAME && year(claim) == year(on_file)
        }
        (_, family::SWAPPED, SAME) => is_turned(claim, on_file),
        _ => false,
    }
}

/// Each one's family name is letter for letter the other's given name.
fn is_turned(claim: &Claim, on_file: &Claim) -> bool {
    let (Some(one), Some(other)) = (claim.names.first(), on_file.names.first()) else { return false };
    [(&one.family, &other.given), (&one.given, &other.family)]
        .into_iter()
        .all(|(a, b)| !a.trim().is_empty() && fold(a) == fold(b))
}

/// Whether somebody else on file, compared with the claim, may be its twin: born the same day or nearly, in the same
/// house or with the same telephone.
pub(super) fn may_be_a_twin(found: &Comparison) -> bool {
    (SAME..=birth::TWO_PARTS).contains(&found.levels.of(Field::Birth))
        && HOME.into_iter().any(|field| found.levels.of(field) == SAME)
}

/// A slip in the family name of somebody of the same home, told twice: by telephone, street or e-mail, and by another of
/// them or the postal code. The middle name agrees: a twin may be called by a middle name that is the other's first.
fn is_misspelt(found: &Comparison) -> bool {
    let same = |field: &Field| found.levels.of(*field) == SAME;
    let told = HOME.iter().filter(|field| same(field)).count();
    found.levels.of(Field::Family) == family::SLIP
        && (SAME..=middle::INITIAL).contains(&found.levels.of(Field::Middle))
        && (told >= 2 || (told == 1 && same(&Field::Postal)))
        && same(&Field::Sex)
}

/// The telephone or e-mail went with them, or it is the same house of the same town; not where many people have it.
fn keeps_part_of_the_home(found: &Comparison, common: Namesakes) -> bool {
    let same = |field: Field| found.levels.of(field) == SAME;
    let house = (SAME..=NEAR_ADDRESS).contains(&found.levels.of(Field::Address))
        && (same(Field::Postal) || same(Field::City))
        && !differs(found, Field::Postal)
        && !differs(found, Field::City);
    same(Field::Email)
        || (same(Field::Telephone) && !common.crowded_telephone)
        || (house && !common.crowded_street)
}

/// Both state it, and it is another. Another house of one street is another home.
fn differs(found: &Comparison, field: Field) -> bool {
    let level = found.levels.of(field);
    usize::from(level) == names(field).len() || (field == Field::Address && level > NEAR_ADDRESS)
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
