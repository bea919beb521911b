//! Finding people: exact look-ups by number, or by name and birth date.

use super::search_box::{self, Typed};
use super::{Find, Found, Hit, Understood};
use crate::chart;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::{self, Permission};
use clinical::identity::{
    Claim, Identifier, IdentifierSort, Name, Outcome, blocking_keys, dates, features, identifier_key, names,
};
use clinical::words::Words;
use fhir::{Kind, PersonId};
use std::cmp::Reverse;
use store::RecordRow;

/// Most people listed; when more match, one more fact is asked for.
pub const MOST_HITS: usize = 25;
/// Records under one key that are compared with what was typed; more is said and not cut short.
const MOST_COMPARED: usize = 5_000;
/// Most people found of whom it is asked whether the reader knows them, so that a frequent name stays cheap.
const MOST_ASKED: usize = 200;
/// How a near match ranks below an exact one.
const NEAR: u8 = 1;
const EXACT: u8 = 2;

/// Somebody found, before their head is read.
struct Match {
    person: PersonId,
    claim: Claim,
    rank: u8,
    why: Words,
}

impl Sealed for Find {}

impl Look for Find {
    type View = Found;
    const PERMISSION: Permission = Permission::FindPatient;

    /// The words searched for stay out of the audit row: those found are in it by their numbers.
    fn object(&self) -> String {
        "search".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Found>, Refusal> {
        let (understood, mut matches) = match search_box::read(&self.text) {
            Typed::Nothing => (Understood::Nothing, Vec::new()),
            Typed::OneFact(text) => (Understood::NameOnly(text), Vec::new()),
            Typed::Scanned => (Understood::Unread, Vec::new()),
            Typed::NameAndBirthDate { name, ways, birth_date } => {
                let matches = by_name(reading, &ways, &birth_date)?;
                (Understood::NameAndBirthDate { name, birth_date }, matches)
            }
            Typed::Number { cards, card_only, authority, record_number } => {
                let mut matches = by_card(reading, &cards)?;
                let is_card = card_only || !matches.is_empty();
                if !card_only {
                    matches.extend(by_record_number(reading, &authority, &record_number)?);
                }
                // Nobody has it: what it looks like is said, so that the reader knows what was tried.
                let card = cards.first().filter(|_| is_card || matches.is_empty());
                match card {
                    Some(card) => (Understood::HealthCard(card.value.clone()), matches),
                    None => (
                        Understood::RecordNumber(format!("{authority} {record_number}").trim().to_owned()),
                        matches,
                    ),
                }
            }
        };
        matches.sort_by_key(|found| (Reverse(found.rank), found.person));
        let mut once: Vec<Match> = Vec::with_capacity(matches.len());
        for found in matches {
            if !once.iter().any(|known| known.person == found.person) {
                once.push(found);
            }
        }
        let all = once.len();
        if (2..=MOST_ASKED).contains(&all) {
            known_first(reading, &mut once)?;
        }
        once.truncate(MOST_HITS);
        let people = once.iter().map(|found| found.person).collect();
        let hits = once.iter().map(|found| hit(reading, found, &once)).collect::<Result<_, _>>()?;
        Ok(Seen { view: Found { understood, hits, all }, people })
    }
}

/// Of those who fit as well, the people of the reader come first: their charts open without a reason.
fn known_first(reading: &Reading<'_>, found: &mut [Match]) -> Result<(), Refusal> {
    let mut known = Vec::with_capacity(found.len());
    for one in found.iter() {
        let records = chart::gather(reading, one.person)?.record_ids();
        if crate::access::gate(reading, &records).is_ok() {
            known.push(one.person);
        }
    }
    found.sort_by_key(|one| (Reverse(one.rank), !known.contains(&one.person)));
    Ok(())
}

fn hit(reading: &Reading<'_>, found: &Match, all: &[Match]) -> Result<Hit, Refusal> {
    let chart = chart::gather(reading, found.person)?;
    let role = reading.context.actor.role;
    let clinical = access::may(role, Permission::ReadChart) || access::may(role, Permission::ReadResults);
    Ok(Hit {
        banner: chart.head(reading)?,
        why: found.why.clone(),
        near_twin: all
            .iter()
            .any(|other| other.person != found.person && nearly_same(&found.claim, &other.claim)),
        // When something happened is told to whoever may open the chart without a reason.
        last_event: if clinical && crate::access::gate(reading, &chart.record_ids()).is_ok() {
            chart.last_event(reading)?
        } else {
            None
        },
    })
}

/// Two people that a tired reader could take for one: close names and birth dates, or twins.
fn nearly_same(a: &Claim, b: &Claim) -> bool {
    let found = features::compare(a, b);
    let family_close = matches!(found.names.family, Outcome::Agrees | Outcome::Nearly);
    (found.names_close() && found.births_close()) || (family_close && found.perhaps_twins())
}

fn by_card(reading: &Reading<'_>, cards: &[Identifier]) -> Result<Vec<Match>, Refusal> {
    let mut matches = Vec::new();
    for card in cards {
        for (row, claim) in under(reading, identifier_key(card).map(|key| key.as_i64()))? {
            let held = claim
                .identifiers
                .iter()
                .chain(&claim.own)
                .any(|own| clinical::identity::cards::same(own, card));
            if held {
                let shown = format!("{} {}", grouped(&card.value), card.authority);
                let why = Words::new(format!("Health card {shown}"), format!("Carte santé {shown}"));
                matches.push(Match { person: row.person, claim, rank: EXACT, why });
            }
        }
    }
    Ok(matches)
}

/// By facility and number, or by the number alone at any facility.
fn by_record_number(reading: &Reading<'_>, authority: &str, number: &str) -> Result<Vec<Match>, Refusal> {
    let mut rows: Vec<(RecordRow, Claim)> = Vec::new();
    if !authority.is_empty() {
        let identifier = Identifier {
            sort: IdentifierSort::RecordNumber,
            authority: authority.to_owned(),
            value: number.to_owned(),
        };
        rows.extend(under(reading, identifier_key(&identifier).map(|key| key.as_i64()))?);
    }
    if rows.is_empty() {
        rows.extend(by_any_authority(reading, number)?);
        if !authority.is_empty() {
            rows.extend(by_any_authority(reading, &format!("{authority}{number}"))?);
        }
    }
    let mut matches = Vec::new();
    for (row, claim) in rows {
        let own = claim.identifiers.iter().chain(&claim.own).find(|own| {
            own.sort == IdentifierSort::RecordNumber
                && (same_number(&own.value, number)
                    || same_number(&own.value, &format!("{authority}{number}")))
        });
        if let Some(own) = own {
            let shown = format!("{} {}", own.authority, own.value);
            let why = Words::new(format!("Record number {shown}"), format!("Numéro de dossier {shown}"));
            matches.push(Match { person: row.person, claim, rank: EXACT, why });
        }
    }
    Ok(matches)
}

fn same_number(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

/// Records whose Patient carries a number, whoever gave it, by the search index.
fn by_any_authority(reading: &Reading<'_>, number: &str) -> Result<Vec<(RecordRow, Claim)>, Refusal> {
    let plain = number.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    if !plain || number.is_empty() {
        return Ok(Vec::new());
    }
    let query = fhir::search::Query::of_pairs(Kind::Patient, [("identifier", number), ("_count", "100")])
        .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
    let mut rows = Vec::new();
    for stored in reading.view.search(&query)?.hits {
        rows.extend(reading.view.record(stored.key.record)?.and_then(with_claim));
    }
    Ok(rows)
}

/// People born that day, or on the day with day and month exchanged, whose name is near one of the ways it was typed.
fn by_name(reading: &Reading<'_>, ways: &[Name], birth_date: &str) -> Result<Vec<Match>, Refusal> {
    let mut matches = Vec::new();
    let exchanged = exchanged(birth_date);
    for day in [Some(birth_date), exchanged.as_deref()].into_iter().flatten() {
        for key in keys(ways, day) {
            for (row, claim) in under(reading, Some(key))? {
                if claim.birth_date != day {
                    continue;
                }
                let Some(rank) = ways.iter().filter_map(|way| near(way, &claim)).max() else { continue };
                let (rank, why) = why(rank, day == birth_date);
                matches.push(Match { person: row.person, claim, rank, why });
            }
        }
    }
    Ok(matches)
}

fn why(rank: u8, same_day: bool) -> (u8, Words) {
    match (same_day, rank) {
        (true, EXACT) => (EXACT, Words::new("Name and birth date", "Nom et date de naissance")),
        (true, _) => (
            NEAR,
            Words::new("A similar name, the same birth date", "Un nom semblable, la même date de naissance"),
        ),
        (false, _) => (
            0,
            Words::new(
                "Another birth date: day and month exchanged",
                "Une autre date de naissance : jour et mois inversés",
            ),
        ),
    }
}

/// The birth date with day and month exchanged, when that is another date.
fn exchanged(date: &str) -> Option<String> {
    let other = format!("{}-{}-{}", date.get(..4)?, date.get(8..10)?, date.get(5..7)?);
    (other != date && dates::is_full(&other)).then_some(other)
}

/// Blocking keys of a birth date with each word that was typed, so that swapped and partial names meet.
fn keys(ways: &[Name], birth_date: &str) -> Vec<i64> {
    let mut keys = Vec::new();
    for way in ways {
        let claim = Claim { names: vec![way.clone()], birth_date: birth_date.to_owned(), ..Claim::default() };
        for key in blocking_keys(&claim).iter().map(|key| key.as_i64()) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// How near a typed name is to those on file; `None` when it is another name.
fn near(way: &Name, claim: &Claim) -> Option<u8> {
    let found = names::compare_names(std::slice::from_ref(way), &claim.names);
    let close = |outcome| matches!(outcome, Outcome::Agrees | Outcome::Nearly);
    let fits = match (way.family.is_empty(), way.given.is_empty()) {
        (false, false) => close(found.family) && found.given != Outcome::Disagrees,
        (false, true) => close(found.family),
        (true, _) => close(found.given),
    };
    let exact =
        found.family != Outcome::Nearly && found.given != Outcome::Nearly || has_every_word(way, claim);
    fits.then_some(if exact { EXACT } else { NEAR })
}

/// Whether every word that was typed is one of the name on file, the family name whole among them: further given names
/// are typed as they stand on a card.
fn has_every_word(way: &Name, claim: &Claim) -> bool {
    let words = |texts: [&str; 3]| -> Vec<String> {
        texts.iter().flat_map(|text| text.split_whitespace()).map(names::fold).collect()
    };
    claim.names.iter().any(|known| {
        let on_file = words([&known.family, &known.given, &known.middle]);
        names::fold(&way.family) == names::fold(&known.family)
            && words([&way.family, &way.given, &way.middle]).iter().all(|word| on_file.contains(word))
    })
}

/// Records under a key, with their claims.
fn under(reading: &Reading<'_>, key: Option<i64>) -> Result<Vec<(RecordRow, Claim)>, Refusal> {
    let Some(key) = key else { return Ok(Vec::new()) };
    match reading.view.records_by_key(key, MOST_COMPARED)? {
        Some(rows) => Ok(rows.into_iter().filter_map(with_claim).collect()),
        None => Err(Refusal::conflict(
            "More than 5,000 records share this. Add a name, a birth date or a number.",
            "Plus de 5 000 dossiers partagent ceci. Ajoutez un nom, une date de naissance ou un numéro.",
        )),
    }
}

fn with_claim(row: RecordRow) -> Option<(RecordRow, Claim)> {
    let claim = serde_json::from_str(&row.claim).ok()?;
    Some((row, claim))
}

/// A card number of ten digits in its groups: `0041 702 816`.
fn grouped(number: &str) -> String {
    match (number.get(..4), number.get(4..7), number.get(7..)) {
        (Some(a), Some(b), Some(c))
            if number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{a} {b} {c}")
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(family: &str, given: &str) -> Name {
        Name { family: family.into(), given: given.into(), ..Name::default() }
    }

    fn claim(family: &str, given: &str, birth_date: &str) -> Claim {
        Claim { names: vec![name(family, given)], birth_date: birth_date.into(), ..Claim::default() }
    }

    #[test]
    fn a_typed_name_finds_its_variants_and_nobody_else() {
        for (typed, on_file, expected) in [
            (name("Thériault", "Jean-Pierre"), ("THERIAULT", "Jean Pierre"), Some(EXACT)),
            (name("Theriault", ""), ("Thériault", "Anne"), Some(EXACT)),
            (name("", "Anne"), ("Thériault", "Anne"), Some(EXACT)),
            (name("MacDonald", "Bill"), ("McDonald", "William"), Some(NEAR)),
            (name("Comeau", "Marie"), ("Comeau-Boudreau", "Marie"), Some(NEAR)),
            (name("Smith", "Liam"), ("Smith", "Baby Boy"), Some(EXACT)),
            (name("Drumlin", "Maren"), ("Drumlin", "Tobias"), None),
            (name("Drumlin", ""), ("Saltmarsh", "Maren"), None),
        ] {
            assert_eq!(
                near(&typed, &claim(on_file.0, on_file.1, "1961-03-09")),
                expected,
                "{typed:?} {on_file:?}"
            );
        }
    }

    #[test]
    fn further_given_names_that_are_on_file_make_no_other_name() {
        let on_file = Claim {
            names: vec![Name { middle: "Ta'pit".into(), ..name("Battiste", "Leroy") }],
            birth_date: "1984-08-28".into(),
            ..Claim::default()
        };
        assert_eq!(near(&name("BATTISTE", "Leroy Ta'pit"), &on_file), Some(EXACT));
        assert_eq!(near(&name("Battiste", "Leroy Tapet"), &on_file), Some(NEAR));
    }

    #[test]
    fn every_way_to_type_a_name_meets_the_record() {
        let on_file: Vec<i64> = blocking_keys(&claim("Le Blanc", "Évangéline", "1961-03-09"))
            .iter()
            .map(|key| key.as_i64())
            .collect();
        for typed in
            ["Evangeline LeBlanc", "LeBlanc, Evangeline", "le blanc evangeline", "Évangéline Le Blanc"]
        {
            let Typed::NameAndBirthDate { ways, .. } = search_box::read(&format!("{typed} 1961-03-09"))
            else {
                panic!("{typed}")
            };
            assert!(keys(&ways, "1961-03-09").iter().any(|key| on_file.contains(key)), "{typed}");
            assert!(
                ways.iter().any(|way| near(way, &claim("Le Blanc", "Évangéline", "1961-03-09")).is_some())
            );
        }
    }

    #[test]
    fn h02_near_twins_are_marked() {
        let one = claim("Drumlin", "Maren", "1961-03-09");
        assert!(nearly_same(&one, &claim("Drumlin", "Marin", "1961-09-03")));
        assert!(nearly_same(&one, &claim("Drumlin", "Tobias", "1961-03-09")));
        assert!(!nearly_same(&one, &claim("Drumlin", "Tobias", "1988-03-19")));
        assert_eq!(exchanged("1961-03-09").as_deref(), Some("1961-09-03"));
        assert_eq!(exchanged("1961-03-19"), None);
        assert_eq!(exchanged("1961-03-03"), None);
    }
}
