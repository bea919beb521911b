//! What a message claims, packed for comparison: one way for the first name, card and telephone, one more for each
//! further one (maiden and former names, cards of other provinces, second telephones).

use super::super::{Claim, Identifier, IdentifierSort, Name, Sex, cards};
use super::compare::compare;
use super::guards::{Bar, bar};
use super::learn::Habits;
use super::levels::{Field, Levels};
use super::lexicon::{Lexicon, Wordbook, Words};
use super::model::{Model, Rarity};
use super::record::{MULTIPLE, Packed, Row, pack};
use std::sync::LazyLock;

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
    let ways = claim
        .names
        .len()
        .max(proved.len())
        .max(claim.telephones.len())
        .max(claim.emails.len())
        .clamp(1, MOST_WAYS);
    let mother = claim.mother.as_ref().filter(|m| cards::is_proof(m));
    let order = claim.birth_order.map(|order| order.to_string()).unwrap_or_default();
    let mut packed = Vec::with_capacity(ways);
    for way in 0..ways {
        let name = claim.names.get(way).or(claim.names.first());
        let card = proved.get(way).or(proved.first()).copied();
        let telephone = claim.telephones.get(way).or(claim.telephones.first());
        let email = claim.emails.get(way).or(claim.emails.first());
        let mut one = pack(
            words,
            &Row {
                family: name.map_or("", |n| &n.family),
                given: name.map_or("", |n| &n.given),
                middle: name.map_or("", |n| &n.middle),
                suffix: name.map_or("", |n| &n.suffix),
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
                email: email.map_or("", String::as_str),
                address: &claim.street,
                city: &claim.town,
                postal: &claim.postal_code,
                birth_order: &order,
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

/// The standing weights, for what is decided message by message.
static STANDING: LazyLock<Model> = LazyLock::new(Model::standing);

/// How two claims compare in the ways that fit best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    /// The level of every feature.
    pub levels: Levels,
    /// log2 of the odds that they are one person.
    pub bits: f32,
    /// The guard that forbids a link without a person.
    pub bar: Option<Bar>,
}

impl Weighed {
    /// What one feature contributes, against two people at random, in bits.
    #[must_use]
    pub fn share(&self, field: Field) -> f32 {
        STANDING.share(field, self.levels.of(field), 0.0)
    }
}

/// Weigh two claims with the standing weights. Symmetric.
#[must_use]
pub fn weigh(a: &Claim, b: &Claim) -> Weighed {
    let mut words = Lexicon::new();
    let habits = Habits::default();
    let (mut left, mut right) = (pack_claim(&mut words, a), pack_claim(&mut words, b));
    for way in left.iter_mut().chain(&mut right) {
        habits.apply(&words, way);
    }
    let mut best: Option<Weighed> = None;
    for one in &left {
        for other in &right {
            let levels = compare(Words::from(&words), one, other);
            let bits = STANDING.score(&levels, &Rarity::default()).bits;
            if best.is_none_or(|b| bits > b.bits) {
                best = Some(Weighed { levels, bits, bar: bar(&levels, one, other) });
            }
        }
    }
    best.unwrap_or(Weighed { levels: Levels::default(), bits: f32::NEG_INFINITY, bar: Some(Bar::TooLittle) })
}

/// The levels of given and family name of two names.
#[must_use]
pub fn name_levels(a: &Name, b: &Name) -> (u8, u8) {
    let mut words = Lexicon::new();
    let habits = Habits::default();
    let mut packed = |name: &Name| {
        let row = Row { family: &name.family, given: &name.given, middle: &name.middle, ..Row::default() };
        let mut one = pack(&mut words, &row);
        habits.apply(&words, &mut one);
        one
    };
    let (one, other) = (packed(a), packed(b));
    let levels = compare(Words::from(&words), &one, &other);
    (levels.of(Field::Given), levels.of(Field::Family))
}
