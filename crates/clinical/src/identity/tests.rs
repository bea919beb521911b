//! Data-driven: each file of `testdata/identity` is one hazard with its cases; a new file needs one line below.

use super::*;
use crate::identity::names::fold;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// A claim as the case files write it: `own = "HRH 0071824"`, `name = "MacDonald, Mary"`.
#[derive(Deserialize, Debug, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct Who {
    own: String,
    /// For senders that know cards only: the card names the record.
    own_card: String,
    cards: Vec<String>,
    records: Vec<String>,
    name: String,
    former: String,
    born: String,
    sex: String,
    telephone: String,
    postal: String,
    street: String,
    email: String,
    suffix: String,
    order: Option<u8>,
    mother: String,
    multiple: bool,
    /// For records on file: the person, one letter.
    person: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    claim: Option<Who>,
    on_file: Option<Who>,
    #[serde(default)]
    candidates: Vec<Who>,
    /// How many others bear the claim's name and birth date, where the index says so.
    others: Option<f64>,
    /// Many people have the claim's telephone and street.
    #[serde(default)]
    crowded: bool,
    /// `known`, `same A`, `new`, `perhaps`, `look`; for events `link`, `look`, `nothing`.
    expect: String,
    /// Words that the reason must contain, in English and French.
    #[serde(default)]
    says: Vec<String>,
    survivor: Option<Who>,
    merged: Option<Who>,
}

#[derive(Deserialize)]
struct CaseFile {
    case: Vec<Case>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/identity")
}

fn numbered(text: &str, sort: IdentifierSort) -> Option<Identifier> {
    let (authority, value) = text.split_once(' ')?;
    Some(Identifier { sort, authority: authority.to_owned(), value: value.to_owned() })
}

fn names_of(who: &Who) -> Vec<Name> {
    [&who.name, &who.former]
        .into_iter()
        .filter(|n| !n.is_empty())
        .map(|n| {
            let (family, given) = n.split_once(',').unwrap_or((n, ""));
            let mut given = given.trim().splitn(2, " +");
            Name {
                family: family.trim().to_owned(),
                given: given.next().unwrap_or_default().to_owned(),
                middle: given.next().unwrap_or_default().to_owned(),
                suffix: who.suffix.clone(),
                ..Name::default()
            }
        })
        .collect()
}

fn claim(who: &Who) -> Claim {
    let own = numbered(&who.own, IdentifierSort::RecordNumber)
        .or_else(|| numbered(&who.own_card, IdentifierSort::HealthCard));
    let cards = who.cards.iter().filter_map(|c| numbered(c, IdentifierSort::HealthCard));
    let records = who.records.iter().filter_map(|r| numbered(r, IdentifierSort::RecordNumber));
    Claim {
        identifiers: own.clone().into_iter().chain(cards).chain(records).collect(),
        own,
        names: names_of(who),
        birth_date: who.born.clone(),
        sex: match who.sex.as_str() {
            "M" => Sex::Male,
            "F" => Sex::Female,
            "X" => Sex::Other,
            _ => Sex::Unknown,
        },
        telephones: if who.telephone.is_empty() { Vec::new() } else { vec![who.telephone.clone()] },
        emails: if who.email.is_empty() { Vec::new() } else { vec![who.email.clone()] },
        street: who.street.clone(),
        postal_code: who.postal.clone(),
        mother: numbered(&who.mother, IdentifierSort::HealthCard),
        multiple_birth: who.multiple || who.order.is_some(),
        birth_order: who.order,
        ..Claim::default()
    }
}

fn candidate(who: &Who) -> Candidate {
    let claim = claim(who);
    let own = claim.own.clone().expect("records on file have a number of their own");
    Candidate {
        record: RecordId::of(&own.authority, &own.value),
        person: PersonId::born_with(RecordId::of("person", &who.person)),
        claim,
    }
}

fn check(file: &str) {
    let text = std::fs::read_to_string(folder().join(file)).expect("case file");
    let cases: CaseFile = toml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
    for case in cases.case {
        let (found, words) = match &case.claim {
            Some(who) => decided(&case, who),
            None => judged(&case),
        };
        assert_eq!(found, case.expect, "{file}: {}: {words:?}", case.what);
        for part in &case.says {
            let said =
                words.as_ref().is_some_and(|w| w.en.contains(part.as_str()) || w.fr.contains(part.as_str()));
            assert!(said, "{file}: {}: should say \"{part}\": {words:?}", case.what);
        }
        if let Some(words) = words {
            assert!(
                !words.en.is_empty() && !words.fr.is_empty() && words.en != words.fr,
                "{file}: {}",
                case.what
            );
        }
    }
}

fn decided(case: &Case, who: &Who) -> (String, Option<Words>) {
    let on_file = case.on_file.as_ref().map(candidate);
    let candidates: Vec<Candidate> = case.candidates.iter().map(candidate).collect();
    let common = case.others.map(|others| Namesakes {
        others,
        crowded_telephone: case.crowded,
        crowded_street: case.crowded,
    });
    let decision = decide_among(&claim(who), on_file.as_ref(), &candidates, common);
    let mut reversed = candidates.clone();
    reversed.reverse();
    assert_eq!(
        decision,
        decide_among(&claim(who), on_file.as_ref(), &reversed, common),
        "{}: order of candidates",
        case.what
    );
    match decision {
        Decision::Known { agreeing, .. } => {
            assert!(agreeing.len() >= 2, "{}: two facts agree", case.what);
            ("known".to_owned(), None)
        }
        Decision::Same { person, .. } => {
            let letter =
                case.candidates.iter().find(|c| candidate(c).person == person).map(|c| c.person.clone());
            (format!("same {}", letter.unwrap_or_default()), None)
        }
        Decision::New { .. } => ("new".to_owned(), None),
        Decision::Perhaps { reason, .. } => ("perhaps".to_owned(), Some(reason)),
        Decision::Look { reason, .. } => ("look".to_owned(), Some(reason)),
    }
}

fn judged(case: &Case) -> (String, Option<Words>) {
    let number = |who: &Option<Who>, fallback: &str| {
        who.as_ref()
            .and_then(|w| candidate(w).claim.own)
            .or_else(|| numbered(fallback, IdentifierSort::RecordNumber))
    };
    let event = IdentityEvent {
        trigger: "A40".to_owned(),
        says: Says::Same,
        visit: None,
        survivor: number(&case.survivor, "HRH 1").expect("survivor"),
        merged: number(&case.merged, "HRH 2").expect("merged"),
        at: Instant(0),
    };
    let (survivor, merged) = (case.survivor.as_ref().map(candidate), case.merged.as_ref().map(candidate));
    match judge_event(&event, survivor.as_ref(), merged.as_ref()) {
        EventDecision::LinkBoth { because, .. } => ("link".to_owned(), Some(because)),
        EventDecision::Look { reason, .. } => ("look".to_owned(), Some(reason)),
        EventDecision::Nothing(words) => ("nothing".to_owned(), Some(words)),
    }
}

macro_rules! case_files {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { check(concat!(stringify!($name), ".toml")); })*

        #[test]
        fn every_case_file_has_a_test() {
            let named = [$(concat!(stringify!($name), ".toml")),*];
            for entry in std::fs::read_dir(folder()).expect("testdata/identity") {
                let file = entry.expect("entry").file_name().to_string_lossy().into_owned();
                assert!(named.contains(&file.as_str()), "{file} needs a line in identity/tests.rs");
            }
        }
    };
}

case_files! {
    h02_similar_people_are_never_linked,
    h02_s099_one_mistake_in_the_very_same_home,
    h02_s099_who_moved_is_known_by_a_rare_name,
    h04_s110_overlays_are_held,
    h06_reported_merges,
    h08_s071_newborns_and_twins,
    h11_cards_prove_nothing_alone,
    s072_equal_digits_in_two_provinces_stay_two_people,
    s099_one_person_written_differently,
}

#[test]
fn s110_an_empty_identifier_never_equals() {
    let blank =
        Identifier { sort: IdentifierSort::RecordNumber, authority: String::new(), value: String::new() };
    assert!(!cards::same(&blank, &blank));
    assert_eq!(identifier_key(&blank), None);
    let nobody = claim(&Who::default());
    let found = features::compare(&nobody, &nobody);
    assert!(found.evidence().iter().all(|e| e.outcome == Outcome::Absent && e.weight == 0.0));
}

#[test]
fn blocking_keys_are_few_and_let_variants_meet() {
    let keys = |name: &str, born: &str, telephone: &str| {
        let who = Who {
            own: "HRH 1".into(),
            cards: vec!["NS 0144679875".into()],
            name: name.into(),
            born: born.into(),
            telephone: telephone.into(),
            postal: "B3H1A1".into(),
            ..Who::default()
        };
        blocking_keys(&claim(&who))
    };
    let full = keys("MacDonald, William", "1971-04-12", "902-555-0101");
    assert!(full.len() <= MOST_KEYS && full.len() >= 5);
    let meets = |other: Vec<BlockingKey>| {
        other
            .iter()
            .any(|k| full.contains(k) && matches!(k.kind, BlockingKind::BirthName | BlockingKind::Telephone))
    };
    assert!(meets(keys("McDonald, Bill", "1971-04-12", "")));
    assert!(meets(keys("William, MacDonald", "1971-04-12", "")));
    assert!(meets(keys("MacDonald, Bill", "1971-12-04", "(902) 555-0101")));
    assert!(keys("Smith, Babyboy", "1900-01-01", "").iter().all(|k| k.kind == BlockingKind::Identifier));
}

mod adversaries {
    use super::*;
    use proptest::prelude::*;

    /// Facts of one person and of a near neighbour who shares some of them.
    fn who() -> impl Strategy<Value = Who> {
        let families = prop::sample::select(vec!["MacDonald", "McDonald", "LeBlanc", "Googoo", "Nguyen", ""]);
        let givens = prop::sample::select(vec!["Mary", "Marie", "Anne", "Tim", "Tom", "Babyboy", ""]);
        let born = prop::sample::select(vec!["1971-04-12", "1971-12-04", "2026-11-20", "1900-01-01", ""]);
        let cards =
            prop::sample::select(vec!["NS 0144679875", "NS 0104584768", "NB 144679875", "NS 0000000000", ""]);
        let sex = prop::sample::select(vec!["M", "F", ""]);
        (families, givens, born, cards, sex, any::<bool>(), 1u8..4, 1u8..3).prop_map(
            |(family, given, born, card, sex, multiple, number, person)| Who {
                own: format!("HRH {number}"),
                cards: if card.is_empty() { Vec::new() } else { vec![card.to_owned()] },
                name: format!("{family}, {given}"),
                born: born.to_owned(),
                sex: sex.to_owned(),
                multiple,
                person: person.to_string(),
                ..Who::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// What is filed without a comparison is what a comparison would have filed.
        #[test]
        fn h04_a_claim_that_repeats_its_record_is_known(new in who()) {
            let (claimed, on_file) = (claim(&new), candidate(&new));
            if repeats(&claimed, &on_file) {
                let known = matches!(decide(&claimed, Some(&on_file), &[]), Decision::Known { .. });
                prop_assert!(known, "{claimed:?}");
            }
        }

        /// Whatever comes, a link or a filing rests on two facts and nothing contradicts them.
        #[test]
        fn h02_h11_no_link_without_two_facts(new in who(), on_file in prop::option::of(who()), others in prop::collection::vec(who(), 0..4)) {
            let claimed = claim(&new);
            let on_file = on_file.map(|mut w| { w.own.clone_from(&new.own); candidate(&w) });
            let others: Vec<Candidate> = others.iter().map(candidate).collect();
            match decide(&claimed, on_file.as_ref(), &others) {
                Decision::Known { agreeing, .. } => {
                    let known = on_file.expect("known means on file");
                    let found = features::compare(&claimed, &known.claim);
                    prop_assert!(agreeing.len() >= 2);
                    prop_assert!(found.overlay_count() < 2);
                    prop_assert!(found.outcome(Feature::HealthCard) != Outcome::Disagrees);
                }
                Decision::Same { person, .. } => {
                    let proved = others.iter().filter(|c| c.person == person).any(|c| {
                        let found = features::compare(&claimed, &c.claim);
                        found.births_close()
                            && found.names_close()
                            && found.overlay_count() < 2
                            && [
                                Feature::HealthCard,
                                Feature::RecordNumber,
                                Feature::Telephone,
                                Feature::Street,
                                Feature::Email,
                            ]
                            .iter()
                            .any(|f| found.outcome(*f) == Outcome::Agrees)
                    });
                    prop_assert!(proved);
                }
                Decision::New { .. } | Decision::Perhaps { .. } => prop_assert!(is_identified(&claimed)),
                Decision::Look { .. } => {}
            }
        }

        #[test]
        fn comparing_is_symmetric(a in who(), b in who()) {
            let (left, right) = (features::compare(&claim(&a), &claim(&b)), features::compare(&claim(&b), &claim(&a)));
            for (l, r) in left.evidence().iter().zip(&right.evidence()) {
                prop_assert_eq!((l.feature, l.outcome), (r.feature, r.outcome));
            }
        }

        #[test]
        fn folding_twice_is_folding_once(name in "\\PC{0,24}") {
            prop_assert_eq!(fold(&fold(&name)), fold(&name));
        }
    }
}

/// The labelled set of 6,005 synthetic people: registering all its records one after another links no two people.
#[test]
fn h02_s099_the_labelled_province_has_no_false_link() {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/empi");
    let (Ok(records), Ok(truth)) = (
        std::fs::read_to_string(shared.join("ns_dev_small.csv")),
        std::fs::read_to_string(shared.join("ns_dev_small_truth.csv")),
    ) else {
        println!("skipped: ../shared not laid beside the project");
        return;
    };
    let truth: HashMap<&str, &str> = truth
        .lines()
        .skip(1)
        .filter_map(|l| l.split_once(','))
        .map(|(id, rest)| (id, rest.split(',').next().unwrap_or_default()))
        .collect();
    let mut on_file: Vec<Candidate> = Vec::new();
    let mut true_person: Vec<&str> = Vec::new();
    let mut by_key: HashMap<BlockingKey, Vec<usize>> = HashMap::new();
    let (mut same, mut new, mut perhaps, mut look, mut wrong) = (0, 0, 0, 0, Vec::new());
    for line in records.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [
            id,
            source,
            mrn,
            _,
            family,
            given,
            middle,
            _,
            born,
            sex,
            hcn,
            phone,
            _,
            _,
            postal,
            mother,
            order,
        ] = cells[..]
        else {
            panic!("17 columns: {line}");
        };
        let who = Who {
            own: format!("{source} {mrn}"),
            cards: if hcn.is_empty() { Vec::new() } else { vec![format!("NS {hcn}")] },
            name: format!("{family}, {given} +{middle}"),
            born: born.to_owned(),
            sex: sex.to_owned(),
            telephone: phone.to_owned(),
            postal: postal.replace(' ', ""),
            mother: if mother.is_empty() { String::new() } else { format!("NS {mother}") },
            multiple: !order.is_empty(),
            ..Who::default()
        };
        let claimed = claim(&who);
        let keys = blocking_keys(&claimed);
        let mut found: Vec<usize> = keys.iter().filter_map(|k| by_key.get(k)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        let candidates: Vec<Candidate> = found.iter().map(|n| on_file[*n].clone()).collect();
        let record = RecordId::of(source, mrn);
        let person = match decide(&claimed, None, &candidates) {
            Decision::Same { person, .. } => {
                same += 1;
                let first = on_file.iter().position(|c| c.person == person).expect("a person on file");
                if true_person[first] != truth[id] {
                    wrong.push(format!("{line}\n      joined {:?}", on_file[first].claim));
                }
                person
            }
            Decision::New { .. } => {
                new += 1;
                PersonId::born_with(record)
            }
            Decision::Perhaps { .. } => {
                perhaps += 1;
                PersonId::born_with(record)
            }
            Decision::Look { .. } => {
                look += 1;
                continue;
            }
            Decision::Known { .. } => panic!("nothing is on file under its own number"),
        };
        for key in keys {
            by_key.entry(key).or_default().push(on_file.len());
        }
        true_person.push(truth[id]);
        on_file.push(Candidate { record, person, claim: claimed });
    }
    println!("same {same}, new {new}, perhaps {perhaps}, look {look}, wrong {}", wrong.len());
    assert!(wrong.is_empty(), "{} false links:\n{}", wrong.len(), wrong.join("\n"));
    assert!(same > 4_000, "the rules still recognise people: {same}");
}
