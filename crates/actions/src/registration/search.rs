//! Who it might be, while somebody types.

use super::{Form, Found, MOST_CANDIDATES, NO_CARD, Search, SearchView, Strength};
use crate::chart;
use crate::intake::candidate;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::identity::features::{Comparison, compare};
use clinical::identity::{
    BlockingKind, Candidate, Claim, Feature, Identifier, IdentifierSort, Name, Outcome, Sex, blocking_keys,
    cards, dates,
};
use clinical::words::Words;
use fhir::{Kind, PersonId, RecordId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use store::ReadProblem;

/// Records that are compared in full; more is "too many", and one more fact is asked for. Those found by a key or by
/// name and full birth date are compared beyond it too.
const MOST_COMPARED: usize = 400;
/// Letters of a name that are enough to look for it beside another fact.
const SHORT_NAME: usize = 2;
/// Letters of a family name that are enough alone.
const LONG_NAME: usize = 4;

/// A candidate before its head is read.
pub(super) struct Near {
    pub(super) candidate: Candidate,
    pub(super) found: Comparison,
    pub(super) strength: Strength,
}

impl Sealed for Search {}
impl Look for Search {
    type View = SearchView;
    const PERMISSION: Permission = Permission::SearchToRegister;
    /// What was typed stays out of the audit row: those found are in it by their numbers.
    fn object(&self) -> String {
        "registration/search".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<SearchView>, Refusal> {
        let (near, mut too_many) = near(reading, &self.form, true)?;
        too_many |= near.len() > MOST_CANDIDATES;
        let mut candidates = Vec::new();
        for near in near.into_iter().take(MOST_CANDIDATES) {
            candidates.push(shown(reading, near)?);
        }
        let people = candidates.iter().map(|found| found.banner.person).collect();
        let needed = needed(&self.form, reading);
        Ok(Seen { view: SearchView { candidates, too_many, needed }, people })
    }
}

fn shown(reading: &Reading<'_>, near: Near) -> Result<Found, Refusal> {
    let banner = chart::gather(reading, near.candidate.person)?.head(reading)?;
    let weight = near.found.bits();
    let evidence = near.found.evidence();
    let mut telling: Vec<_> = evidence.iter().filter(|one| one.outcome != Outcome::Absent).collect();
    telling.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let reasons = telling
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Agrees | Outcome::Nearly))
        .map(|one| one.words.clone())
        .collect();
    Ok(Found { banner, record: near.candidate.record, strength: near.strength, reasons, evidence, weight })
}

/// Everybody it might be, best first, each person once by the record that is closest.
pub(super) fn near(reading: &Reading<'_>, form: &Form, typing: bool) -> Result<(Vec<Near>, bool), Refusal> {
    let claim = claim(form);
    let (records, too_many) = records(reading, form, &claim)?;
    let mut best: BTreeMap<PersonId, Near> = BTreeMap::new();
    for record in records {
        let Some(candidate) = reading.view.record(record)?.as_ref().and_then(candidate) else { continue };
        let typed = if typing { completed(&claim, &candidate.claim) } else { claim.clone() };
        let found = compare(&typed, &candidate.claim);
        let Some(strength) = strength(&found) else { continue };
        let near = Near { found, strength, candidate };
        let rank = |near: &Near| (near.strength, near.found.bits());
        let better = best.get(&near.candidate.person).is_none_or(|known| rank(&near) > rank(known));
        if better {
            best.insert(near.candidate.person, near);
        }
    }
    let mut all: Vec<Near> = best.into_values().collect();
    all.sort_by(|a, b| {
        Reverse(a.strength)
            .cmp(&Reverse(b.strength))
            .then_with(|| b.found.bits().total_cmp(&a.found.bits()))
            .then_with(|| a.candidate.person.cmp(&b.candidate.person))
    });
    Ok((all, too_many))
}

/// Records under the keys of what was typed and by name with a full birth date, always all of them; the places that
/// are left go to those found by less (HAZARDS H03: a common name must not hide the holder of the card).
fn records(reading: &Reading<'_>, form: &Form, claim: &Claim) -> Result<(BTreeSet<RecordId>, bool), Refusal> {
    let mut records = BTreeSet::new();
    let mut by_less = Vec::new();
    let mut too_many = false;
    for key in blocking_keys(claim) {
        match reading.view.records_by_key(key.as_i64(), key.most_records())? {
            Some(rows) => records.extend(rows.into_iter().map(|row| row.record)),
            None => too_many |= key.kind == BlockingKind::Identifier,
        }
    }
    // Memory knows those of nearly this name and date, however common the name is: the tables need not be read for it.
    let is_warm = reading.warm.holds().is_some();
    records.extend(reading.warm.candidates(claim));
    for asked in questions(form, is_warm) {
        let exact = asked.iter().any(|(name, value)| *name == "birthdate" && dates::is_full(value));
        let (hits, more) = hits(reading, &asked, exact)?;
        too_many |= more;
        if exact {
            records.extend(hits);
        } else {
            by_less.extend(hits);
        }
    }
    for record in by_less {
        if records.len() < MOST_COMPARED {
            records.insert(record);
        } else {
            too_many |= !records.contains(&record);
        }
    }
    Ok((records, too_many))
}

/// Records that answer one question: every page with `whole`, else the first; and whether there are more.
fn hits(
    reading: &Reading<'_>,
    asked: &[(&'static str, String)],
    whole: bool,
) -> Result<(Vec<RecordId>, bool), Refusal> {
    let count = MOST_COMPARED.to_string();
    let mut records = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut pairs: Vec<(&str, &str)> =
            asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("_count", &count));
        pairs.extend(cursor.as_deref().map(|cursor| ("_cursor", cursor)));
        let Ok(query) = fhir::search::Query::of_pairs(Kind::Patient, pairs) else {
            return Ok((records, false));
        };
        let page = match reading.view.search(&query) {
            Ok(page) => page,
            Err(ReadProblem::Unsupported(_)) => return Ok((records, true)),
            Err(other) => return Err(other.into()),
        };
        records.extend(page.hits.into_iter().map(|hit| hit.key.record));
        cursor = page.next;
        if cursor.is_none() || !whole {
            return Ok((records, cursor.is_some()));
        }
    }
}

/// What is looked for by the search index: two facts, or a long family name.
///
/// With the index in memory (`is_warm`) a whole name beside a whole date is not looked for without the date: of a common
/// name that reads thousands of rows, and those that matter have been found.
fn questions(form: &Form, is_warm: bool) -> Vec<Vec<(&'static str, String)>> {
    let plain = |text: &str| text.trim().replace(['\\', ',', '|', '$'], " ");
    let (family, given, birth) = (plain(&form.family), plain(&form.given), form.birth_date.trim().to_owned());
    let letters = |text: &String| text.chars().filter(|c| c.is_alphabetic()).count();
    let born = matches!(birth.len(), 4 | 7 | 10);
    let mut questions = Vec::new();
    if letters(&family) >= SHORT_NAME && born {
        questions.push(vec![("family", family.clone()), ("birthdate", birth.clone())]);
    }
    if letters(&given) >= SHORT_NAME && born {
        questions.push(vec![("given", given.clone()), ("birthdate", birth)]);
    }
    if letters(&family) >= SHORT_NAME && letters(&given) >= SHORT_NAME {
        if is_warm && dates::is_full(&form.birth_date) {
            return questions;
        }
        questions.push(vec![("family", family), ("given", given)]);
    } else if letters(&family) >= LONG_NAME && !born {
        questions.push(vec![("family", family)]);
    }
    questions
}

/// What was typed as a claim. It has no number of its own yet.
pub(super) fn claim(form: &Form) -> Claim {
    let word = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let card = Identifier {
        sort: IdentifierSort::HealthCard,
        authority: jurisdiction(form),
        value: form.card.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase(),
    };
    let name = Name {
        family: word(&form.family),
        given: word(&form.given),
        middle: word(&form.middle),
        use_code: "L".to_owned(),
        ..Name::default()
    };
    let telephone = digits(&form.telephone);
    Claim {
        identifiers: if cards::is_proof(&card) { vec![card] } else { Vec::new() },
        names: if name.family.is_empty() && name.given.is_empty() { Vec::new() } else { vec![name] },
        birth_date: form.birth_date.trim().to_owned(),
        sex: form.sex.unwrap_or(Sex::Unknown),
        telephones: if telephone.is_empty() { Vec::new() } else { vec![telephone] },
        postal_code: form.postal_code.split_whitespace().collect::<String>().to_uppercase(),
        street: word(&form.street),
        town: word(&form.town),
        ..Claim::default()
    }
}

pub(super) fn jurisdiction(form: &Form) -> String {
    let code = form.jurisdiction.trim().to_uppercase();
    if code.is_empty() { "NS".to_owned() } else { code }
}

/// A name or date that is the beginning of the one on file counts as that one while somebody types.
fn completed(claim: &Claim, on_file: &Claim) -> Claim {
    let mut whole = claim.clone();
    let folded = |text: &str| fhir::search::fold(text);
    if let Some(typed) = whole.names.first_mut() {
        let begins =
            |typed: &str, whole: &str| !typed.is_empty() && folded(whole).starts_with(&folded(typed));
        for name in &on_file.names {
            if begins(&typed.family, &name.family) {
                typed.family = name.family.clone();
            }
            if begins(&typed.given, &name.given) {
                typed.given = name.given.clone();
            }
        }
    }
    let date = &claim.birth_date;
    if matches!(date.len(), 4 | 7) && on_file.birth_date.starts_with(date) {
        whole.birth_date = on_file.birth_date.clone();
    }
    whole
}

/// How likely it is the same person; `None` when nothing speaks for it.
fn strength(found: &Comparison) -> Option<Strength> {
    let agrees = |feature| found.outcome(feature) == Outcome::Agrees;
    let near = |feature| matches!(found.outcome(feature), Outcome::Agrees | Outcome::Nearly);
    let near_name = near(Feature::FamilyName) || near(Feature::GivenName);
    if agrees(Feature::HealthCard) || (found.names_close() && found.births_close()) {
        return Some(Strength::Strong);
    }
    let reached = agrees(Feature::Telephone) && near(Feature::GivenName);
    if reached || (found.births_close() && near_name) || found.names_close() {
        return Some(Strength::Possible);
    }
    (found.bits() > 0.0 || near_name).then_some(Strength::Weak)
}

/// What a record cannot be made without.
pub(super) fn needed(form: &Form, reading: &Reading<'_>) -> Vec<Words> {
    let mut needed = Vec::new();
    let mut need = |missing: bool, en: &str, fr: &str| {
        if missing {
            needed.push(Words::new(en, fr));
        }
    };
    let blank = |text: &str| !text.chars().any(char::is_alphabetic);
    need(blank(&form.family), "Family name", "Nom de famille");
    need(blank(&form.given), "Given name", "Prénom");
    let today = clinical::cover::day(reading.context.now);
    let born = form.birth_date.trim();
    need(
        !dates::is_full(born) || born > today.as_str(),
        "Birth date, year-month-day, not after today",
        "Date de naissance, année-mois-jour, pas après aujourd'hui",
    );
    need(form.sex.is_none(), "Sex, or that it is not known", "Sexe, ou qu'il n'est pas connu");
    let coded = NO_CARD.iter().any(|(code, ..)| *code == form.no_card);
    let card = !claim(form).identifiers.is_empty();
    need(
        !card && !coded,
        "Health card number with its province, or why there is none",
        "Numéro de carte santé avec sa province, ou pourquoi il n'y en a pas",
    );
    needed
}
