//! What a message claims, packed for comparison: one way for the first name, card and telephone, one more for each
//! further one (maiden and former names, cards of other provinces, second telephones).

use super::super::{Claim, Identifier, IdentifierSort, Sex, cards};
use super::lexicon::Wordbook;
use super::record::{MULTIPLE, Packed, Row, pack};

/// Most ways of one claim.
pub const MOST_WAYS: usize = 4;

/// Pack a claim in all its ways, the first first. Nothing that cannot speak for a person is taken for a card.
pub fn pack_claim(words: &mut impl Wordbook, claim: &Claim) -> Vec<Packed> {
    let proved: Vec<&Identifier> = claim
        .identifiers
        .iter()
        .chain(&claim.own)
        .filter(|i| i.sort == IdentifierSort::HealthCard && cards::is_proof(i))
        .collect();
    let ways = claim.names.len().max(proved.len()).max(claim.telephones.len()).clamp(1, MOST_WAYS);
    let mother = claim.mother.as_ref().filter(|m| cards::is_proof(m));
    let mut packed = Vec::with_capacity(ways);
    for way in 0..ways {
        let name = claim.names.get(way).or(claim.names.first());
        let card = proved.get(way).or(proved.first()).copied();
        let telephone = claim.telephones.get(way).or(claim.telephones.first());
        let mut one = pack(
            words,
            &Row {
                family: name.map_or("", |n| &n.family),
                given: name.map_or("", |n| &n.given),
                middle: name.map_or("", |n| &n.middle),
                birth_date: &claim.birth_date,
                sex: match claim.sex {
                    Sex::Male => "M",
                    Sex::Female => "F",
                    Sex::Other => "X",
                    Sex::Unknown => "",
                },
                card: card.map_or("", |c| &c.value),
                issuer: card.map_or("", |c| &c.authority),
                telephone: telephone.map_or("", String::as_str),
                city: &claim.town,
                postal: &claim.postal_code,
                mother_card: mother.map_or("", |m| &m.value),
                ..Row::default()
            },
        );
        if claim.multiple_birth {
            one.flags |= MULTIPLE;
        }
        if !packed.contains(&one) {
            packed.push(one);
        }
    }
    packed
}
