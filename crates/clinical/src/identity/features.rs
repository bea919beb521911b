//! The features two claims are compared by; one row of evidence each, with words a person can check.

use super::linkage::claim::{Weighed, weigh};
use super::linkage::guards::Bar;
use super::linkage::levels::{Field, Levels, given, names};
use super::names::{NameComparison, compare_names, is_close};
use super::{
    Claim, Evidence, Feature, Identifier, IdentifierSort, Name, Outcome, Sex, blocking, cards, dates,
};
use crate::words::Words;

/// How two claims compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One row a feature, in the order in which people read them. Words are written of those that are shown.
    rows: Vec<Row>,
    weighed: Weighed,
    /// The names in detail.
    pub names: NameComparison,
    /// Two different cards of one jurisdiction, one digit or two neighbours apart: perhaps a typing error.
    pub cards_almost_equal: bool,
    /// Birth dates lie a generation apart.
    pub generations_apart: bool,
    /// Given names agree only in that one's middle name is the other's given name.
    pub by_middle_name: bool,
    /// The guard of the linkage engine that forbids a link without a person.
    pub bar: Option<Bar>,
    /// The engine's level of every feature.
    pub(super) levels: Levels,
    /// log2 of the odds that the two are one person, record numbers left aside.
    pub(super) odds: f64,
}

/// How one feature compared, and what the two state.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    feature: Feature,
    outcome: Outcome,
    values: (String, String),
}

/// Bits of an agreeing record number of the same facility: it is that facility's word that both are one patient.
const RECORD_NUMBER_BITS: f64 = 18.0;
/// Odds of claims that say nothing comparable, log2.
const HOPELESS_BITS: f64 = -60.0;

impl Comparison {
    /// How one feature compared.
    #[must_use]
    pub fn outcome(&self, feature: Feature) -> Outcome {
        self.rows.iter().find(|row| row.feature == feature).map_or(Outcome::Absent, |row| row.outcome)
    }
    /// One row a feature, in the order in which people read them, with words a person can check.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        self.rows.iter().map(|row| evidence(row, &self.weighed)).collect()
    }
    /// How every feature compared that either of the two states, in the same order.
    pub fn outcomes(&self) -> impl Iterator<Item = (Feature, Outcome)> {
        self.rows.iter().map(|row| (row.feature, row.outcome))
    }
    /// log2 of the odds that the two are one person. Less than the sum of the evidence: how rarely two records are of
    /// one person, and how alike households and twins are, is set against it.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let number = self.outcome(Feature::RecordNumber) == Outcome::Agrees;
        self.odds + if number { RECORD_NUMBER_BITS } else { 0.0 }
    }
    /// Facts that agree exactly.
    #[must_use]
    pub fn agreeing(&self) -> Vec<Feature> {
        self.outcomes()
            .filter(|(_, outcome)| *outcome == Outcome::Agrees)
            .map(|(feature, _)| feature)
            .collect()
    }
    /// Facts that both state and that differ.
    #[must_use]
    pub fn differing(&self) -> Vec<Feature> {
        self.outcomes()
            .filter(|(_, outcome)| *outcome == Outcome::Disagrees)
            .map(|(feature, _)| feature)
            .collect()
    }
    /// Either part of the name differs.
    #[must_use]
    pub fn name_differs(&self) -> bool {
        self.names.family == Outcome::Disagrees || self.names.given == Outcome::Disagrees
    }
    /// Family and given name both differ.
    #[must_use]
    pub fn whole_name_differs(&self) -> bool {
        self.names.family == Outcome::Disagrees && self.names.given == Outcome::Disagrees
    }
    /// How many of name, birth date, sex and health card differ: two or more is an overlay suspect (H04, S-110).
    #[must_use]
    pub fn overlay_count(&self) -> usize {
        usize::from(self.name_differs())
            + [Feature::BirthDate, Feature::Sex, Feature::HealthCard]
                .into_iter()
                .filter(|f| self.outcome(*f) == Outcome::Disagrees)
                .count()
    }
    /// Family and given name agree or nearly agree.
    #[must_use]
    pub fn names_close(&self) -> bool {
        self.names.agrees()
    }
    /// Birth dates agree or nearly agree.
    #[must_use]
    pub fn births_close(&self) -> bool {
        is_close(self.outcome(Feature::BirthDate))
    }
    /// Born on the same day with different given names: twins until somebody says otherwise (H02, H08).
    #[must_use]
    pub fn perhaps_twins(&self) -> bool {
        self.outcome(Feature::BirthDate) == Outcome::Agrees && self.names.given == Outcome::Disagrees
    }
}

/// Compare two claims feature by feature. Empty never agrees and never disagrees.
#[must_use]
pub fn compare(a: &Claim, b: &Claim) -> Comparison {
    let weighed = weigh(a, b);
    let names = compare_names(&a.names, &b.names);
    let (card, card_values) = compare_identifiers(a, b, IdentifierSort::HealthCard);
    let (number, number_values) = compare_identifiers(a, b, IdentifierSort::RecordNumber);
    let birth = dates::compare_birth_dates(&a.birth_date, &b.birth_date);
    let telephone = compare_telephones(&a.telephones, &b.telephones);
    let rows: [(Feature, Outcome, (String, String)); 11] = [
        (Feature::RecordNumber, number, number_values),
        (Feature::HealthCard, card, card_values.clone()),
        (Feature::FamilyName, names.family, names.families.clone()),
        (Feature::GivenName, names.given, names.givens.clone()),
        (Feature::BirthDate, birth, (a.birth_date.clone(), b.birth_date.clone())),
        (Feature::Sex, compare_sex(a.sex, b.sex), (sex_code(a.sex), sex_code(b.sex))),
        (Feature::Telephone, telephone, (first(&a.telephones), first(&b.telephones))),
        (
            Feature::PostalCode,
            compare_postal(&a.postal_code, &b.postal_code),
            (a.postal_code.clone(), b.postal_code.clone()),
        ),
        (Feature::Street, by_level(&weighed, Field::Address), (a.street.clone(), b.street.clone())),
        (Feature::Email, by_level(&weighed, Field::Email), (first(&a.emails), first(&b.emails))),
        (Feature::BirthOrder, by_level(&weighed, Field::Order), (order(a), order(b))),
    ];
    let cards_almost_equal =
        card == Outcome::Disagrees && strsim::osa_distance(&card_values.0, &card_values.1) == 1;
    Comparison {
        rows: rows
            .into_iter()
            .filter(|(feature, _, values)| {
                !is_seldom(*feature) || !values.0.is_empty() || !values.1.is_empty()
            })
            .map(|(feature, outcome, values)| Row { feature, outcome, values })
            .collect(),
        by_middle_name: weighed.levels.of(Field::Given) == given::MIDDLE,
        bar: weighed.bar,
        levels: weighed.levels,
        odds: f64::from(weighed.bits).max(HOPELESS_BITS),
        generations_apart: birth == Outcome::Disagrees
            && dates::generations_apart(&a.birth_date, &b.birth_date),
        names,
        cards_almost_equal,
        weighed,
    }
}

/// Features that few senders state: named only where one of the two does.
fn is_seldom(feature: Feature) -> bool {
    matches!(feature, Feature::Street | Feature::Email | Feature::BirthOrder)
}

/// How the engine compared a feature: its last level is "different", its first "the same".
fn by_level(weighed: &Weighed, field: Field) -> Outcome {
    match usize::from(weighed.levels.of(field)) {
        0 => Outcome::Absent,
        1 => Outcome::Agrees,
        last if last == names(field).len() => Outcome::Disagrees,
        _ => Outcome::Nearly,
    }
}

fn order(claim: &Claim) -> String {
    claim.birth_order.map(|order| order.to_string()).unwrap_or_default()
}

/// Compare the identifiers of one sort: the same issuer is needed to differ, the same issuer and value to agree.
fn compare_identifiers(a: &Claim, b: &Claim, sort: IdentifierSort) -> (Outcome, (String, String)) {
    let of = |claim: &Claim| -> Vec<Identifier> {
        claim
            .identifiers
            .iter()
            .chain(&claim.own)
            .filter(|i| i.sort == sort && cards::is_proof(i))
            .cloned()
            .collect()
    };
    let (left, right) = (of(a), of(b));
    let mut differing = None;
    for x in &left {
        for y in right.iter().filter(|y| cards::issuer_code(y) == cards::issuer_code(x)) {
            let values = (cards::comparable(x), cards::comparable(y));
            if values.0 == values.1 {
                return (Outcome::Agrees, values);
            }
            differing.get_or_insert(values);
        }
    }
    match differing {
        Some(values) => (Outcome::Disagrees, values),
        None => {
            let value = |list: &[Identifier]| list.first().map(cards::comparable).unwrap_or_default();
            (Outcome::Absent, (value(&left), value(&right)))
        }
    }
}

fn compare_sex(a: Sex, b: Sex) -> Outcome {
    match (a, b) {
        (Sex::Unknown, _) | (_, Sex::Unknown) => Outcome::Absent,
        (x, y) if x == y => Outcome::Agrees,
        _ => Outcome::Disagrees,
    }
}

fn compare_telephones(a: &[String], b: &[String]) -> Outcome {
    let numbers = |list: &[String]| list.iter().filter_map(|t| blocking::telephone(t)).collect::<Vec<_>>();
    let (left, right) = (numbers(a), numbers(b));
    if left.is_empty() || right.is_empty() {
        return Outcome::Absent;
    }
    if left.iter().any(|t| right.contains(t)) { Outcome::Agrees } else { Outcome::Disagrees }
}

/// Canadian postal codes agree on six characters, nearly on the first three (the same delivery area).
fn compare_postal(a: &str, b: &str) -> Outcome {
    let bare = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase();
    let (x, y) = (bare(a), bare(b));
    if x.is_empty() || y.is_empty() {
        Outcome::Absent
    } else if x == y {
        Outcome::Agrees
    } else if x.get(..3).is_some_and(|area| y.starts_with(area)) {
        Outcome::Nearly
    } else {
        Outcome::Disagrees
    }
}

fn sex_code(sex: Sex) -> String {
    match sex {
        Sex::Male => "M",
        Sex::Female => "F",
        Sex::Other => "X",
        Sex::Unknown => "",
    }
    .to_owned()
}

fn first(list: &[String]) -> String {
    list.first().cloned().unwrap_or_default()
}

/// What a feature is called, in both languages.
#[must_use]
pub fn label(feature: Feature) -> Words {
    match feature {
        Feature::RecordNumber => Words::new("record number", "numéro de dossier"),
        Feature::HealthCard => Words::new("health card", "carte santé"),
        Feature::FamilyName => Words::new("family name", "nom de famille"),
        Feature::GivenName => Words::new("given name", "prénom"),
        Feature::BirthDate => Words::new("birth date", "date de naissance"),
        Feature::Sex => Words::new("sex", "sexe"),
        Feature::Telephone => Words::new("telephone", "téléphone"),
        Feature::Street => Words::new("street address", "adresse"),
        Feature::PostalCode => Words::new("postal code", "code postal"),
        Feature::Email => Words::new("e-mail", "courriel"),
        Feature::BirthOrder => Words::new("birth order", "rang de naissance"),
    }
}

/// What a row of evidence contributes: its features of the engine, nothing where it cannot be compared.
fn contribution(feature: Feature, outcome: Outcome, weighed: &Weighed) -> f64 {
    let fields: &[Field] = match feature {
        Feature::RecordNumber if outcome == Outcome::Agrees => return RECORD_NUMBER_BITS,
        Feature::RecordNumber => return 0.0,
        Feature::HealthCard => &[Field::Card],
        Feature::FamilyName => &[Field::Family, Field::Suffix],
        Feature::GivenName => &[Field::Given, Field::Middle],
        Feature::BirthDate => &[Field::Birth],
        Feature::Sex => &[Field::Sex],
        Feature::Telephone => &[Field::Telephone],
        Feature::Street => &[Field::Address],
        Feature::PostalCode => &[Field::Postal, Field::City],
        Feature::Email => &[Field::Email],
        Feature::BirthOrder => &[Field::Order],
    };
    if outcome == Outcome::Absent {
        return 0.0;
    }
    fields.iter().map(|field| f64::from(weighed.share(*field))).sum()
}

fn evidence(row: &Row, weighed: &Weighed) -> Evidence {
    let Row { feature, outcome, values: (a, b) } = row;
    let (feature, outcome) = (*feature, *outcome);
    let name = label(feature);
    let words = match outcome {
        Outcome::Agrees if a == b => {
            Words::new(format!("{}: {a}, the same", name.en), format!("{} : {a}, identique", name.fr))
        }
        Outcome::Agrees => Words::new(
            format!("{}: {a} and {b}, the same", name.en),
            format!("{} : {a} et {b}, identiques", name.fr),
        ),
        Outcome::Nearly => Words::new(
            format!("{}: {a} and {b}, nearly the same", name.en),
            format!("{} : {a} et {b}, presque identiques", name.fr),
        ),
        Outcome::Disagrees => Words::new(
            format!("{}: {a} and {b}, different", name.en),
            format!("{} : {a} et {b}, différents", name.fr),
        ),
        Outcome::Absent => match (a.is_empty(), b.is_empty()) {
            (true, true) => Words::new(
                format!("{}: not stated on either side", name.en),
                format!("{} : non indiqué des deux côtés", name.fr),
            ),
            (true, false) => Words::new(
                format!("{}: not stated in the message, {b} on file", name.en),
                format!("{} : non indiqué dans le message, {b} au dossier", name.fr),
            ),
            (false, true) => Words::new(
                format!("{}: {a} in the message, none on file", name.en),
                format!("{} : {a} dans le message, rien au dossier", name.fr),
            ),
            (false, false) => Words::new(
                format!("{}: {a} and {b}, cannot be compared", name.en),
                format!("{} : {a} et {b}, non comparables", name.fr),
            ),
        },
    };
    Evidence { feature, outcome, weight: contribution(feature, outcome, weighed), words }
}

/// A name as people write it: `MacDonald, Mary`.
#[must_use]
pub fn display_name(names: &[Name]) -> String {
    names.first().map_or_else(String::new, |n| match (n.family.is_empty(), n.given.is_empty()) {
        (false, false) => format!("{}, {}", n.family, n.given),
        (false, true) => n.family.clone(),
        _ => n.given.clone(),
    })
}
