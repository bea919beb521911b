//! The rules of one message, one after another; the first that speaks decides.
//!
//! A known record is filed on when its own number and a second fact agree and nothing contradicts (S-110, H04). A
//! record not seen before joins a person by an identifier *and* the birth date *and* the name (H02, H11), or where name,
//! birth date and home are the very same and the engine's own level and guards say so ([`automatic`]). What could be
//! the same person but is not proved is a question; what contradicts itself, and what could not be told apart later,
//! waits for a human.
//!
//! [`automatic`]: super::automatic

use super::automatic::{is_automatic, links_by_itself, may_be_a_twin};
use super::features::{Comparison, compare, label};
use super::linkage::guards::Bar;
use super::names::is_placeholder;
use super::{
    Candidate, Claim, Decision, Evidence, Feature, IdentifierSort, Namesakes, Outcome, cards, dates,
};
use crate::words::Words;
use fhir::{PersonId, RecordId};

/// Whether a claim says enough to make a person of: an own identifier with its assigner, family and given name, and
/// a full birth date that is no stand-in (DESIGN.md section 4, "First contact").
#[must_use]
pub fn is_identified(claim: &Claim) -> bool {
    claim.own.as_ref().is_some_and(cards::names_a_record)
        && claim.names.iter().any(|n| !n.family.trim().is_empty() && !n.given.trim().is_empty())
        && dates::is_full(&claim.birth_date)
}

/// Events that register somebody or change what is known of them, and bring nothing that could stand on a wrong chart.
const REGISTRATIONS: [&str; 6] = ["ADT^A01", "ADT^A04", "ADT^A05", "ADT^A08", "ADT^A28", "ADT^A31"];

/// Whether a type of message (`ADT^A04`) is filed as a new person where somebody on file *may* be the same
/// ([`Decision::Perhaps`]): nobody waits at a desk, and two records of one person are joined by one link later.
#[must_use]
pub fn is_registration(message_type: &str) -> bool {
    REGISTRATIONS.contains(&message_type)
}

/// Whether a claim says word for word what its record says on file, and enough to be known by: number, full birth date
/// and name agree with themselves, and nothing can contradict. [`decide`] would say *known* as long as nobody else is a
/// candidate; most results repeat what admission said, and need no comparison.
#[must_use]
pub fn repeats(claim: &Claim, on_file: &Candidate) -> bool {
    *claim == on_file.claim && is_identified(claim)
}

/// Decide who a claim is about.
///
/// `on_file` is the record of `claim.own` when it is known already; `candidates` are records found by the claim's
/// [blocking keys](super::blocking_keys) (the known record may be among them). Pure: the order of the candidates
/// changes only the order of equals.
#[must_use]
pub fn decide(claim: &Claim, on_file: Option<&Candidate>, candidates: &[Candidate]) -> Decision {
    decide_among(claim, on_file, candidates, None)
}

/// The same where it is known how many others bear the claim's name and birth date: who moved, or has a new telephone,
/// is asked about less often.
#[must_use]
pub fn decide_among(
    claim: &Claim,
    on_file: Option<&Candidate>,
    candidates: &[Candidate],
    namesakes: Option<Namesakes>,
) -> Decision {
    match on_file {
        Some(known) => decide_known(claim, known, candidates),
        None => decide_first_contact(claim, candidates, namesakes),
    }
}

struct Compared<'a> {
    candidate: &'a Candidate,
    found: Comparison,
}

fn decide_known(claim: &Claim, known: &Candidate, candidates: &[Candidate]) -> Decision {
    let found = compare(claim, &known.claim);
    let look = |reason: Words, others: Vec<(RecordId, Vec<Evidence>)>| {
        let mut list = vec![(known.record, found.evidence())];
        list.extend(others);
        Decision::Look { reason, candidates: list }
    };
    let card = found.outcome(Feature::HealthCard);
    // A card that is the record's own number confirms nothing: it brought us to the record.
    let own_is_card = own_is_card(claim);
    let confirmed = !own_is_card && card == Outcome::Agrees;
    if found.overlay_count() >= 2 {
        return look(overlay_reason(&found), Vec::new());
    }
    if card == Outcome::Disagrees {
        return look(
            Words::new(
                "The record number agrees, but the health card is another one than on file. Ask the sender which patient this is.",
                "Le numéro de dossier concorde, mais la carte santé n'est pas celle du dossier. Demandez à l'expéditeur de quel patient il s'agit.",
            ),
            Vec::new(),
        );
    }
    if let Some(why) = two_of_one_name(&found).filter(|_| !confirmed) {
        return look(
            Words::new(
                format!("The number agrees, but: {} Ask the sender which patient this is.", why.en),
                format!(
                    "Le numéro concorde, mais : {} Demandez à l'expéditeur de quel patient il s'agit.",
                    why.fr
                ),
            ),
            Vec::new(),
        );
    }
    if found.whole_name_differs() && !confirmed {
        return look(
            Words::new(
                "The record number agrees, but family and given name are both different and no health card confirms it. Ask the sender which patient this is.",
                "Le numéro de dossier concorde, mais le nom et le prénom sont tous deux différents et aucune carte santé ne le confirme. Demandez à l'expéditeur de quel patient il s'agit.",
            ),
            Vec::new(),
        );
    }
    let multiple = claim.multiple_birth || known.claim.multiple_birth;
    if (found.perhaps_twins() && !confirmed) || (multiple && found.names.given == Outcome::Disagrees) {
        return look(twin_reason(), Vec::new());
    }
    if !confirmed {
        let elsewhere: Vec<_> = candidates
            .iter()
            .filter(|c| c.person != known.person)
            .map(|c| Compared { candidate: c, found: compare(claim, &c.claim) })
            .filter(|c| c.found.outcome(Feature::HealthCard) == Outcome::Agrees)
            .collect();
        if !elsewhere.is_empty() {
            let reason = if own_is_card { shared_card_reason() } else { number_and_card_reason() };
            return look(reason, ranked(elsewhere));
        }
    }
    let second = second_facts(claim, &found);
    if second.is_empty() {
        return look(
            Words::new(
                "Only the record number agrees; a second fact (health card, birth date or full name) is missing or not the same. Ask the sender for it.",
                "Seul le numéro de dossier concorde; un second fait (carte santé, date de naissance ou nom complet) manque ou n'est pas le même. Demandez-le à l'expéditeur.",
            ),
            Vec::new(),
        );
    }
    let own = if own_is_card { Feature::HealthCard } else { Feature::RecordNumber };
    let mut agreeing = vec![own];
    agreeing.extend(second);
    Decision::Known { agreeing, evidence: found.evidence() }
}

fn own_is_card(claim: &Claim) -> bool {
    claim.own.as_ref().is_some_and(|own| own.sort == IdentifierSort::HealthCard)
}

/// Why two who share their names are still two, father and son above all. The guard for generations takes a stand-in
/// date for a birth date, so the claims' own comparison speaks for it.
fn two_of_one_name(found: &Comparison) -> Option<Words> {
    let stated = found.bar.filter(|bar| matches!(bar, Bar::Suffix | Bar::BirthOrder));
    stated.or(found.generations_apart.then_some(Bar::Generation)).map(Bar::words)
}

/// Facts that confirm a record beside its own number. When the own number is a health card, it is not counted twice.
fn second_facts(claim: &Claim, found: &Comparison) -> Vec<Feature> {
    let mut facts = Vec::new();
    if !own_is_card(claim) && found.outcome(Feature::HealthCard) == Outcome::Agrees {
        facts.push(Feature::HealthCard);
    }
    if found.outcome(Feature::BirthDate) == Outcome::Agrees {
        facts.push(Feature::BirthDate);
    }
    if found.names_close() {
        facts.extend([Feature::FamilyName, Feature::GivenName]);
    }
    facts
}

fn decide_first_contact(claim: &Claim, candidates: &[Candidate], namesakes: Option<Namesakes>) -> Decision {
    let compared: Vec<Compared<'_>> =
        candidates.iter().map(|c| Compared { candidate: c, found: compare(claim, &c.claim) }).collect();
    let (pointed, others): (Vec<_>, Vec<_>) = compared.into_iter().partition(|c| is_pointed_to(&c.found));
    let look = |reason: Words, list: Vec<Compared<'_>>| Decision::Look { reason, candidates: ranked(list) };

    if claim.own.as_ref().is_none_or(|own| !cards::names_a_record(own)) {
        return look(nameless_reason(), pointed.into_iter().chain(others).collect());
    }
    if !pointed.is_empty() {
        if let Some(reason) = why_not_the_same(claim, &pointed) {
            return look(reason, pointed);
        }
        if let Some(best) = best_of(&pointed) {
            return Decision::Same { person: best.candidate.person, evidence: best.found.evidence() };
        }
    }
    let (strong, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(|c| might_be(claim, c));
    if let Some(best) = best_of(&strong) {
        let person = best.candidate.person;
        let contradicted = rest.iter().any(|c| c.candidate.person == person && contradicts(&c.found));
        let twin_on_file = rest.iter().any(|c| c.candidate.person != person && may_be_a_twin(&c.found));
        if persons(&strong).len() == 1
            && !contradicted
            && is_identified(claim)
            && links_by_itself(claim, &best.candidate.claim, &best.found, namesakes, twin_on_file)
        {
            return Decision::Same { person, evidence: best.found.evidence() };
        }
        let reason = Words::new(
            "Name and birth date match somebody on file, but no health card proves it. Compare the two; link them if they are one.",
            "Le nom et la date de naissance correspondent à une personne au dossier, mais aucune carte santé ne le prouve. Comparez les deux; liez-les s'il s'agit d'une seule.",
        );
        return if is_identified(claim) {
            Decision::Perhaps { reason, candidates: ranked(strong) }
        } else {
            look(reason, strong)
        };
    }
    if is_identified(claim) {
        Decision::New { evidence: best_of(&rest).map(|c| c.found.evidence()).unwrap_or_default() }
    } else {
        look(less_is_held_reason(claim), Vec::new())
    }
}

/// Two records that cannot be of one person.
fn contradicts(found: &Comparison) -> bool {
    found.outcome(Feature::HealthCard) == Outcome::Disagrees || found.bar.is_some_and(Bar::contradicts)
}

/// An identifier that can prove a person agrees.
fn is_pointed_to(found: &Comparison) -> bool {
    [Feature::HealthCard, Feature::RecordNumber].iter().any(|f| found.outcome(*f) == Outcome::Agrees)
}

fn best_of<'a, 'b>(list: &'b [Compared<'a>]) -> Option<&'b Compared<'a>> {
    list.iter().max_by(|a, b| {
        let by_record = || b.candidate.record.cmp(&a.candidate.record);
        a.found.bits().total_cmp(&b.found.bits()).then_with(by_record)
    })
}

fn persons(list: &[Compared<'_>]) -> Vec<PersonId> {
    let mut persons: Vec<PersonId> = list.iter().map(|c| c.candidate.person).collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

/// Why an agreeing identifier is not enough here; `None` when birth date and name confirm it.
fn why_not_the_same(claim: &Claim, pointed: &[Compared<'_>]) -> Option<Words> {
    if persons(pointed).len() > 1 {
        let by_card = pointed.iter().filter(|c| c.found.outcome(Feature::HealthCard) == Outcome::Agrees);
        let cards_alone = persons_of(by_card) > 1;
        return Some(if cards_alone { shared_card_reason() } else { number_and_card_reason() });
    }
    let best = best_of(pointed)?;
    let (found, on_file) = (&best.found, &best.candidate.claim);
    let mothers = claim.mother.as_ref().is_some_and(|m| claim.identifiers.iter().any(|i| cards::same(i, m)));
    if mothers || found.generations_apart {
        return Some(Words::new(
            "The health card belongs to somebody of another generation, perhaps the mother of this newborn. Ask the sender for the patient's own number.",
            "La carte santé appartient à une personne d'une autre génération, peut-être la mère de ce nouveau-né. Demandez à l'expéditeur le numéro du patient lui-même.",
        ));
    }
    if found.outcome(Feature::HealthCard) == Outcome::Disagrees {
        return Some(Words::new(
            "A record number agrees, but the health cards differ. Ask the sender which patient this is.",
            "Un numéro de dossier concorde, mais les cartes santé diffèrent. Demandez à l'expéditeur de quel patient il s'agit.",
        ));
    }
    let multiple = claim.multiple_birth || on_file.multiple_birth;
    // Twins are given each other's names for middle names; born on one day, a middle name in use proves nothing.
    let by_middle = found.by_middle_name && found.outcome(Feature::BirthDate) == Outcome::Agrees;
    if by_middle || found.perhaps_twins() || (multiple && found.names.given != Outcome::Agrees) {
        return Some(twin_reason());
    }
    if [&claim.names, &on_file.names]
        .iter()
        .any(|names| names.first().is_some_and(|n| is_placeholder(&n.given)))
    {
        return Some(Words::new(
            "The number agrees, but one of the two is a newborn without a name yet. Compare them before linking.",
            "Le numéro concorde, mais l'un des deux est un nouveau-né qui n'a pas encore de nom. Comparez-les avant de les lier.",
        ));
    }
    if let Some(bar) = found.bar.filter(|bar| bar.contradicts()) {
        let why = bar.words();
        return Some(Words::new(
            format!("The number agrees, but: {} Compare the two before linking.", why.en),
            format!("Le numéro concorde, mais : {} Comparez les deux avant de les lier.", why.fr),
        ));
    }
    let exact = found.outcome(Feature::BirthDate) == Outcome::Agrees
        || (found.names.family == Outcome::Agrees && found.names.given == Outcome::Agrees);
    // A birth date that is only nearly the same needs more than the name: a mistyped card brings strangers together.
    let elsewhere = [Feature::Telephone, Feature::PostalCode]
        .iter()
        .all(|feature| found.outcome(*feature) == Outcome::Disagrees);
    let strange = found.outcome(Feature::BirthDate) == Outcome::Nearly
        && (elsewhere || found.outcome(Feature::Sex) == Outcome::Disagrees);
    let confirmed =
        found.births_close() && found.names_close() && exact && !strange && found.overlay_count() < 2;
    if confirmed || another_family_name(found) { None } else { Some(unconfirmed_reason(found)) }
}

/// A name changed at marriage: the card, the very same given name, birth date and home or telephone, nothing else against
/// it. A card typed wrongly brings strangers of one given name together, and they live elsewhere.
fn another_family_name(found: &Comparison) -> bool {
    let agrees = |feature| found.outcome(feature) == Outcome::Agrees;
    [Feature::HealthCard, Feature::GivenName, Feature::BirthDate].into_iter().all(agrees)
        && [Feature::Telephone, Feature::Street, Feature::PostalCode].into_iter().any(agrees)
        && found.overlay_count() < 2
        && is_automatic(found)
}

fn persons_of<'a, 'b: 'a>(list: impl Iterator<Item = &'a Compared<'b>>) -> usize {
    let mut persons: Vec<PersonId> = list.map(|c| c.candidate.person).collect();
    persons.sort_unstable();
    persons.dedup();
    persons.len()
}

/// Without an agreeing identifier: could this still be the same person, so that a human must look?
///
/// Name and birth date, one of them exactly, and nothing that speaks against; different cards of one jurisdiction are
/// two people unless a digit was mistyped or telephone or postal code say otherwise (S-099). Record numbers of one
/// facility that differ say little: facilities register people twice.
fn might_be(claim: &Claim, c: &Compared<'_>) -> bool {
    let found = &c.found;
    if !found.names_close() || !found.births_close() || found.perhaps_twins() {
        return false;
    }
    let multiple = claim.multiple_birth || c.candidate.claim.multiple_birth;
    if multiple && found.names.given != Outcome::Agrees {
        return false;
    }
    let near_home =
        [Feature::Telephone, Feature::PostalCode].iter().any(|f| found.outcome(*f) == Outcome::Agrees);
    let sex = found.outcome(Feature::Sex);
    match found.outcome(Feature::HealthCard) {
        Outcome::Disagrees => found.cards_almost_equal || near_home,
        _ => {
            let exact_birth = found.outcome(Feature::BirthDate) == Outcome::Agrees;
            near_home || (exact_birth && sex != Outcome::Disagrees)
        }
    }
}

fn ranked(mut list: Vec<Compared<'_>>) -> Vec<(RecordId, Vec<Evidence>)> {
    list.sort_by(|a, b| {
        b.found.bits().total_cmp(&a.found.bits()).then_with(|| a.candidate.record.cmp(&b.candidate.record))
    });
    list.into_iter().map(|c| (c.candidate.record, c.found.evidence())).collect()
}

/// The differing facts as people list them: `name and birth date`.
fn differing_words(found: &Comparison) -> Words {
    let mut en = Vec::new();
    let mut fr = Vec::new();
    if found.name_differs() {
        en.push("name".to_owned());
        fr.push("nom".to_owned());
    }
    for feature in [Feature::BirthDate, Feature::Sex, Feature::HealthCard] {
        if found.outcome(feature) == Outcome::Disagrees {
            let words = label(feature);
            en.push(words.en);
            fr.push(words.fr);
        }
    }
    let join = |parts: Vec<String>, and: &str| match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => parts.concat(),
    };
    Words::new(join(en, "and"), join(fr, "et"))
}

fn overlay_reason(found: &Comparison) -> Words {
    let differ = differing_words(found);
    let (both_en, both_fr) = if found.overlay_count() == 2 {
        ("both differ", "diffèrent tous deux")
    } else {
        ("all differ", "diffèrent tous")
    };
    Words::new(
        format!("Record number agrees, but {} {both_en}. Ask the sender which patient this is.", differ.en),
        format!(
            "Le numéro de dossier concorde, mais {} {both_fr}. Demandez à l'expéditeur de quel patient il s'agit.",
            differ.fr
        ),
    )
}

fn unconfirmed_reason(found: &Comparison) -> Words {
    let differ = differing_words(found);
    if differ.en.is_empty() {
        return Words::new(
            "The number agrees, but birth date and name do not both confirm it. Compare the two; link them if they are one.",
            "Le numéro concorde, mais la date de naissance et le nom ne le confirment pas tous deux. Comparez les deux; liez-les s'il s'agit d'une seule personne.",
        );
    }
    Words::new(
        format!(
            "The number belongs to somebody on file, but what differs is: {}. Ask the sender which patient this is.",
            differ.en
        ),
        format!(
            "Le numéro appartient à une personne au dossier, mais ceci diffère : {}. Demandez à l'expéditeur de quel patient il s'agit.",
            differ.fr
        ),
    )
}

fn twin_reason() -> Words {
    Words::new(
        "This may be a twin: the numbers and the birth date agree, the given names do not. Ask the sender which child this is.",
        "Il peut s'agir d'un jumeau : les numéros et la date de naissance concordent, les prénoms non. Demandez à l'expéditeur de quel enfant il s'agit.",
    )
}

fn shared_card_reason() -> Words {
    Words::new(
        "Two people on file carry this health card. Find out whose it is before anything is filed.",
        "Deux personnes au dossier portent cette carte santé. Établissez à qui elle appartient avant tout classement.",
    )
}

fn number_and_card_reason() -> Words {
    Words::new(
        "The record number belongs to one person and the health card to another. Compare the two; link them if they are one.",
        "Le numéro de dossier appartient à une personne et la carte santé à une autre. Comparez les deux; liez-les s'il s'agit d'une seule.",
    )
}

fn nameless_reason() -> Words {
    Words::new(
        "PID-3 has no number with its assigner, so the record cannot be found or made. Ask the sender for one.",
        "PID-3 ne contient aucun numéro avec son émetteur; le dossier ne peut être ni trouvé ni créé. Demandez-en un à l'expéditeur.",
    )
}

fn less_is_held_reason(claim: &Claim) -> Words {
    let mut en = Vec::new();
    let mut fr = Vec::new();
    if !claim.names.iter().any(|n| !n.family.trim().is_empty()) {
        en.push("family name (PID-5.1)");
        fr.push("nom de famille (PID-5.1)");
    }
    if !claim.names.iter().any(|n| !n.given.trim().is_empty()) {
        en.push("given name (PID-5.2)");
        fr.push("prénom (PID-5.2)");
    }
    if !dates::is_full(&claim.birth_date) {
        en.push("birth date (PID-7)");
        fr.push("date de naissance (PID-7)");
    }
    Words::new(
        format!(
            "This patient is new here and too little is stated to make a record. Ask the sender for: {}.",
            en.join(", ")
        ),
        format!(
            "Ce patient est nouveau ici et trop peu est indiqué pour créer un dossier. Demandez à l'expéditeur : {}.",
            fr.join(", ")
        ),
    )
}
