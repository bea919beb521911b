//! Who lives in the province.

use std::collections::{BTreeMap, BTreeSet};

use province::Province;
use province::calendar::{Date, local_date};
use province::people::{NoCard, Sex, Tradition};

const START_US: i64 = 1_795_370_700_000_000;

fn province() -> Province {
    Province::new(20_261_122, 2_000, START_US)
}

#[test]
fn same_seed_same_people() {
    let (one, two) = (province(), province());
    assert_eq!(format!("{:?}", one.people()), format!("{:?}", two.people()));
    let other = Province::new(1, 2_000, START_US);
    assert_ne!(format!("{:?}", one.people()), format!("{:?}", other.people()));
}

#[test]
fn every_tradition_lives_here() {
    let province = province();
    assert_eq!(province.people().len(), 2_000);
    let mut counts: BTreeMap<Tradition, usize> = BTreeMap::new();
    for person in province.people() {
        *counts.entry(person.tradition).or_default() += 1;
    }
    for tradition in Tradition::ALL {
        assert!(counts[&tradition] >= 40, "{tradition:?}: {counts:?}");
    }
    let accents =
        province.people().iter().filter(|person| !person.family.is_ascii() || !person.given.is_ascii());
    assert!(accents.count() > 50);
}

#[test]
fn ages_spread_like_a_province() {
    let province = province();
    let today = local_date(START_US);
    let ages: Vec<i32> = province.people().iter().map(|person| person.age_on(today)).collect();
    assert!(
        ages.iter().all(|age| (-1..=101).contains(age)),
        "{:?}..{:?}",
        ages.iter().min(),
        ages.iter().max()
    );
    let share =
        |low: i32, high: i32| ages.iter().filter(|age| (low..high).contains(age)).count() * 100 / ages.len();
    assert!((12..36).contains(&share(0, 20)), "children {} %", share(0, 20));
    assert!((35..70).contains(&share(20, 65)), "adults {} %", share(20, 65));
    assert!((12..35).contains(&share(65, 110)), "old {} %", share(65, 110));
    let rare =
        province.people().iter().filter(|person| matches!(person.sex, Sex::Other | Sex::Unknown)).count();
    assert!((1..40).contains(&rare));
}

#[test]
fn cards_have_their_form_and_belong_to_one_person() {
    let province = province();
    let mut seen = BTreeSet::new();
    let mut away = 0;
    for card in province.people().iter().filter_map(|person| person.card.as_ref()) {
        assert!(card.number.starts_with("00") && card.number.bytes().all(|digit| digit.is_ascii_digit()));
        let digits = match card.province {
            "NS" => 10,
            "NB" => 9,
            "PE" => 8,
            _ => 12,
        };
        assert_eq!(card.number.len(), digits, "{card:?}");
        assert!(seen.insert((card.province, card.number.clone())), "{card:?} twice");
        away += usize::from(card.province != "NS");
        if card.province == "NS" {
            let sum: u32 = card
                .number
                .bytes()
                .rev()
                .enumerate()
                .map(|(index, digit)| {
                    let value = u32::from(digit - b'0') * (1 + index as u32 % 2);
                    value / 10 + value % 10
                })
                .sum();
            assert_eq!(sum % 10, 0, "{card:?}");
        }
    }
    assert!(away > 10, "{away} cards of other provinces");
    let without: Vec<_> = province.people().iter().filter(|person| person.card.is_none()).collect();
    assert!(without.iter().all(|person| person.no_card.is_some()));
    assert!(without.iter().any(|person| person.no_card == Some(NoCard::Newcomer)));
}

#[test]
fn newborns_have_a_placeholder_a_mother_and_no_card() {
    let province = province();
    let newborns: Vec<_> = province.people().iter().filter(|person| person.born_us.is_some()).collect();
    assert!(newborns.len() >= 10, "{} newborns", newborns.len());
    for newborn in &newborns {
        assert!(newborn.card.is_none() && newborn.no_card == Some(NoCard::Newborn));
        let mother = &province.people()[newborn.mother.unwrap()];
        assert_ne!(mother.sex, Sex::Male);
        let chart = newborn.charts.iter().flatten().next().unwrap();
        assert!(chart.given.starts_with("BB-"), "{}", chart.given);
        assert_eq!(chart.family, mother.family);
    }
    assert!(newborns.iter().any(|newborn| newborn.twin.is_some()));
}

#[test]
fn twins_share_birth_date_and_home_but_not_name_or_card() {
    let province = province();
    let mut pairs = 0;
    for person in province.people() {
        let Some(twin) = person.twin.map(|twin| &province.people()[twin]) else { continue };
        assert_eq!((person.birth, &person.address, person.mother), (twin.birth, &twin.address, twin.mother));
        assert_eq!(person.family, twin.family);
        assert_ne!(person.birth_order, twin.birth_order);
        assert_ne!(
            person.charts.iter().flatten().next().unwrap().given,
            twin.charts.iter().flatten().next().unwrap().given
        );
        assert!(person.card.is_none() || person.card != twin.card);
        pairs += 1;
    }
    assert!(pairs >= 20, "{} twins", pairs);
}

#[test]
fn charts_have_their_own_numbers_and_a_few_disagree() {
    let province = province();
    let (mut numbers, mut both, mut birth, mut name) = (BTreeSet::new(), 0, 0, 0);
    for person in province.people() {
        for (hospital, chart) in person.charts.iter().enumerate() {
            let Some(chart) = chart else { continue };
            assert_eq!(chart.mrn.len(), 8);
            assert!(numbers.insert((hospital, chart.mrn.clone())));
            let number: u64 = chart.mrn.parse().unwrap();
            assert_eq!(hospital == 1, number >= 4_500_000, "{}", chart.mrn);
        }
        if let [Some(one), Some(two)] = &person.charts {
            both += 1;
            birth += usize::from(one.birth != two.birth);
            name += usize::from((&one.family, &one.given) != (&two.family, &two.given));
        }
    }
    assert!((200..420).contains(&both), "{both} people at both hospitals");
    assert!((2..30).contains(&birth), "{birth} birth dates disagree");
    assert!((5..80).contains(&name), "{name} names disagree");
}

#[test]
fn a_parent_and_a_child_share_a_name() {
    let province = province();
    let juniors: Vec<_> = province.people().iter().filter(|person| person.suffix == "Jr").collect();
    assert!(!juniors.is_empty());
    for junior in juniors {
        let senior = province.people().iter().find(|person| {
            person.household == junior.household
                && person.number != junior.number
                && person.given == junior.given
        });
        assert!(senior.is_some_and(|senior| senior.birth < junior.birth && senior.family == junior.family));
    }
}

#[test]
fn addresses_and_phones_are_of_the_place_and_invented() {
    for person in province().people() {
        assert!(person.phone.starts_with("90255501"), "{}", person.phone);
        let postal = person.address.postal.as_bytes();
        assert_eq!(postal.len(), 7);
        if person.address.province == "NS" {
            assert!(postal[0] == b'B' && (b'0'..=b'6').contains(&postal[1]), "{}", person.address.postal);
        }
        assert!(person.birth > Date { year: 1920, month: 1, day: 1 });
    }
}
