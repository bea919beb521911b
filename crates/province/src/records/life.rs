//! A household over the years: who lives in it, and what changes about each of them and when.

use super::homes::{self, Home};
use super::rates::Rates;
use super::tags::{Tag, Tags};
use super::{Serials, Settings, phone_number};
use crate::calendar::{DAY_US, Date, HOUR_US};
use crate::people::households;
use crate::people::pool::{self, Pool};
use crate::people::{Person, Sex, Tradition, test_card_number};
use crate::rng::Rng;

/// First serial of the cards of recorded people; the demo's and the load's lie below.
const CARDS_FROM: usize = 2_000_000;
/// First serial of the second cards of those who have two.
const SECOND_CARDS_FROM: usize = 6_000_000;

/// What holds from a day on (days since 1970-01-01), the earliest first.
pub(super) type Since<T> = Vec<(i64, T)>;

/// What held on a day.
pub(super) fn on<T>(list: &Since<T>, day: i64) -> Option<&T> {
    let later = list.partition_point(|(from, _)| *from <= day);
    list.get(later.saturating_sub(1)).map(|(_, value)| value)
}

/// The name and sex borne from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bearing {
    pub(super) family: String,
    pub(super) given: String,
    pub(super) sex: Sex,
}

/// A card as desks may type it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// The number; empty while there is no card.
    pub(super) number: String,
    /// Two letters of the province.
    pub(super) province: &'static str,
    pub(super) second: bool,
}

/// One person over the years.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) id: usize,
    pub(super) household: usize,
    pub(super) tradition: Tradition,
    pub(super) middle: String,
    pub(super) suffix: &'static str,
    pub(super) birth: Date,
    pub(super) names: Since<Bearing>,
    pub(super) homes: Since<Home>,
    pub(super) phones: Since<String>,
    pub(super) cards: Since<Held>,
    /// The mother's place in the household.
    pub(super) mother: Option<usize>,
    /// 1 or 2 for twins.
    pub(super) order: u8,
    pub(super) twin: bool,
    /// What is true of every record of this person.
    pub(super) tags: Tags,
    /// Day of a transition, if there was one.
    pub(super) transition: Option<i64>,
}

/// Somebody whom a neighbour may be mistaken for.
#[derive(Debug, Clone)]
pub(super) struct Namesake {
    family: String,
    given: String,
    birth: Date,
    sex: Sex,
    home: Home,
}

/// The years looked at, as days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Years {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// The people of household `number`, with everything that happens to them.
pub(super) fn household(
    settings: &Settings,
    years: Years,
    number: usize,
    serials: &mut Serials,
    near: &mut Vec<Namesake>,
) -> Vec<Life> {
    let mut people: Vec<Person> = Vec::with_capacity(6);
    let today_us = years.until * DAY_US + 16 * HOUR_US;
    households::add(&mut people, settings.seed, number, today_us, Pool::Province);
    let mut rng = Rng::keyed(settings.seed, &[41, number as u64]);
    spread_births(&mut people, years, &mut rng);
    let shared = moves(settings, years, &people, &mut rng);
    let hall: Since<String> = shared
        .iter()
        .filter(|(_, home)| !home.phone.is_empty())
        .map(|(day, home)| (*day, home.phone.clone()))
        .collect();
    let mut line = phones(years, serials, &mut rng, 600);
    line.extend(hall);
    line.sort_by_key(|(day, _)| *day);
    let mut lives = Vec::with_capacity(people.len());
    let senior = people.iter().find(|person| person.suffix == "Jr").map(|junior| junior.given.clone());
    for person in &people {
        let mut life = Life {
            id: serials.person(),
            household: number,
            tradition: person.tradition,
            middle: person.middle.clone(),
            suffix: person.suffix,
            birth: person.birth,
            names: Vec::new(),
            homes: shared.clone(),
            phones: line.clone(),
            cards: Vec::new(),
            mother: person.mother,
            order: person.birth_order,
            twin: person.twin.is_some(),
            tags: Tags::default(),
            transition: None,
        };
        let older =
            person.suffix.is_empty() && person.sex != Sex::Female && Some(&person.given) == senior.as_ref();
        if older {
            life.suffix = "Sr";
        }
        life.tags.add_if(life.twin, Tag::Twin);
        life.tags.add_if(!life.suffix.is_empty(), Tag::JrSr);
        live(&mut life, person, settings, years, serials, &mut rng);
        if life.suffix.is_empty() && !life.twin {
            meet(&mut life, &settings.rates, near, &mut rng);
        }
        lives.push(life);
    }
    lives
}

/// The demo's newborns are days old; here they were born at any time of the years looked at when the mother was grown.
fn spread_births(people: &mut [Person], years: Years, rng: &mut Rng) {
    let Some(mother) =
        people.iter().find(|person| person.born_us.is_some()).and_then(|newborn| newborn.mother)
    else {
        return;
    };
    let grown = people[mother].birth.days() + 19 * 365;
    let back = rng.between(0, years.until - grown.max(years.from));
    for newborn in people.iter_mut().filter(|person| person.born_us.is_some()) {
        newborn.birth = Date::from_days((newborn.birth.days() - back).max(grown));
    }
}

/// The homes of a household: mostly one or two in the years looked at.
fn moves(settings: &Settings, years: Years, people: &[Person], rng: &mut Rng) -> Since<Home> {
    let Some(first) = people.first() else { return Vec::new() };
    let town = homes::town(&first.address.city, &first.address.postal);
    if first.address.province != "NS" {
        return vec![(i64::MIN, Home::away(rng, first.address.province))];
    }
    let one = |rng: &mut Rng, town| {
        if rng.in_ten_thousand(settings.rates.apartment) {
            Home::flat(settings.seed, settings.persons, rng)
        } else {
            Home::house(rng, town)
        }
    };
    let mut list = vec![(i64::MIN, one(rng, town))];
    let count = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][rng.below(10)];
    let mut days: Vec<i64> = (0..count).map(|_| rng.between(years.from, years.until)).collect();
    days.sort_unstable();
    for day in days {
        let town = if rng.chance(650) { town } else { None };
        list.push((day, one(rng, town)));
    }
    list
}

/// A telephone number and perhaps the next one.
fn phones(years: Years, serials: &mut Serials, rng: &mut Rng, changed_per_mille: u32) -> Since<String> {
    let mut list = vec![(i64::MIN, serials.phone(rng))];
    if rng.chance(changed_per_mille / 2) {
        list.push((rng.between(years.from, years.until), serials.phone(rng)));
    }
    list
}

/// What happens to one person.
fn live(
    life: &mut Life,
    person: &Person,
    settings: &Settings,
    years: Years,
    serials: &mut Serials,
    rng: &mut Rng,
) {
    let rates = &settings.rates;
    let age = i64::from(person.birth.years_until(Date::from_days(years.until)));
    let grown = person.birth.days() + 18 * 365;
    if age >= 17 && rng.chance(620) {
        life.phones = phones(years, serials, rng, 500);
    }
    if age >= 78 && rng.in_ten_thousand(rates.care_home) {
        let home = Home::care(settings.seed, settings.persons, rng);
        let day = rng.between(years.until - 3_000, years.until - 60);
        life.homes.retain(|(from, _)| *from < day);
        life.phones.retain(|(from, _)| *from < day);
        life.phones.push((day, home.phone.clone()));
        life.homes.push((day, home));
    }
    names(life, person, rates, years, grown, age, rng);
    cards(life, person, rates, years, rng);
}

fn names(life: &mut Life, person: &Person, rates: &Rates, years: Years, grown: i64, age: i64, rng: &mut Rng) {
    let tradition = person.tradition;
    let own = person.maiden.clone().unwrap_or_else(|| person.family.clone());
    let birth = Bearing { family: own.clone(), given: person.given.clone(), sex: person.sex };
    let mut list: Since<Bearing> = vec![(i64::MIN, birth.clone())];
    if person.maiden.is_some() {
        life.tags.add(Tag::Married);
        let first = (grown + 2 * 365).max(years.from - 9_000).min(years.until - 1);
        let day = rng.between(first, years.until);
        list.push((day, Bearing { family: person.family.clone(), ..birth.clone() }));
        if rng.in_ten_thousand(rates.divorce) {
            list.push((rng.between(day + 1, years.until.max(day + 1)), birth.clone()));
        }
    } else if age >= 19 && rng.in_ten_thousand(rates.legal_change) {
        let family = pool::family(Pool::Province, tradition, rng);
        list.push((rng.between(grown.max(years.from), years.until), Bearing { family, ..birth.clone() }));
    }
    if age >= 17 && rng.in_ten_thousand(rates.transition) && matches!(person.sex, Sex::Female | Sex::Male) {
        let day = rng.between((grown - 700).max(years.from), years.until);
        let before = if person.sex == Sex::Female { Sex::Male } else { Sex::Female };
        let given = pool::given(Pool::Province, tradition, before, rng);
        let after = if rng.chance(150) { Sex::Other } else { person.sex };
        if let Some((_, held)) = list.iter().rev().find(|(from, _)| *from <= day) {
            let held = Bearing { sex: after, ..held.clone() };
            list.push((day, held));
        }
        list.sort_by_key(|(from, _)| *from);
        for (from, bearing) in &mut list {
            if *from < day {
                bearing.given.clone_from(&given);
                bearing.sex = before;
            } else {
                bearing.sex = after;
            }
        }
        life.transition = Some(day);
    }
    let joined = list.iter().any(|(_, bearing)| bearing.family.contains('-'));
    life.tags.add_if(joined, Tag::Hyphen);
    life.names = list;
}

fn cards(life: &mut Life, person: &Person, rates: &Rates, years: Years, rng: &mut Rng) {
    let none = Held { number: String::new(), province: "NS", second: false };
    let own = Held { number: card_of(life.id), ..none.clone() };
    let away = life.homes.first().map_or("NS", |(_, home)| home.province);
    let arrived = rng.between(years.from, years.until);
    life.cards = if away != "NS" {
        vec![(i64::MIN, foreign(life, away))]
    } else if rng.in_ten_thousand(rates.out_of_province) {
        let province = *rng.pick(&["NB", "NB", "PE", "NL", "ON", "ON", "ON", "QC", "QC", "AB", "BC"]);
        let held = foreign(life, province);
        if rng.chance(250) { vec![(i64::MIN, held)] } else { vec![(i64::MIN, held), (arrived, own)] }
    } else if rng.in_ten_thousand(rates.newcomer) {
        vec![(i64::MIN, none), (arrived, own)]
    } else if person.birth.days() > years.from {
        // The card of a newborn comes some weeks after the birth.
        let comes = person.birth.days() + rng.between(5, 45);
        vec![(i64::MIN, none), (comes, own)]
    } else {
        vec![(i64::MIN, own)]
    };
    if away == "NS" && rng.in_ten_thousand(rates.two_cards) {
        let number = test_card_number(SECOND_CARDS_FROM + life.id);
        let day = life.cards.last().map_or(i64::MIN, |(from, _)| *from).max(years.from) + 1;
        life.cards.push((rng.between(day, years.until), Held { number, province: "NS", second: true }));
        life.tags.add(Tag::TwoHcn);
    }
}

/// The card number of a person by serial, whether or not they hold one.
pub(super) fn card_of(person: usize) -> String {
    test_card_number(CARDS_FROM + person)
}

/// A number as another province prints it, from ranges nobody has: digits that begin with 00; for Québec the letters
/// and the birth date that its rule puts there.
fn foreign(life: &Life, province: &'static str) -> Held {
    let serial = (life.id * 4_783_651 + 77_777) % 10_000_000;
    let number = match province {
        "QC" => {
            let letters = |text: &str, count: usize| -> String {
                let plain = crate::people::names::plain(text);
                let mut letters: String =
                    plain.chars().filter(char::is_ascii_alphabetic).take(count).collect();
                letters.make_ascii_uppercase();
                format!("{letters:X<count$}")
            };
            let bearing = life.names.first().map(|(_, bearing)| bearing);
            let (family, given) = bearing.map_or(("", ""), |b| (b.family.as_str(), b.given.as_str()));
            let woman = bearing.is_some_and(|bearing| bearing.sex == Sex::Female);
            let month = life.birth.month + if woman { 50 } else { 0 };
            let (year, day) = (life.birth.year % 100, life.birth.day);
            format!(
                "{}{}{year:02}{month:02}{day:02}{:02}",
                letters(family, 3),
                letters(given, 1),
                serial % 100
            )
        }
        "PE" => format!("0{serial:07}"),
        "NL" => format!("00000{serial:07}"),
        "ON" | "BC" => format!("000{serial:07}"),
        _ => format!("00{serial:07}"),
    };
    Held { number, province, second: false }
}

/// Now and then a neighbour is found to have the same name and birth date.
fn meet(life: &mut Life, rates: &Rates, near: &mut Vec<Namesake>, rng: &mut Rng) {
    /// Neighbours remembered.
    const NEAR: usize = 64;
    let alone = life.names.len() == 1 && life.mother.is_none() && life.transition.is_none();
    let (Some((_, bearing)), Some((_, home))) = (life.names.first(), life.homes.first()) else { return };
    if !alone {
        return;
    }
    if rng.in_ten_thousand(rates.same_name)
        && let Some(other) = near.get(rng.below(near.len())).filter(|other| other.sex == bearing.sex)
    {
        life.names[0].1.family.clone_from(&other.family);
        life.names[0].1.given.clone_from(&other.given);
        life.birth = other.birth;
        if rng.chance(500) {
            // The next house, or another flat of the same one.
            life.homes[0].1 = other.home.beside(rng);
        }
        life.tags.add(Tag::SameName);
        return;
    }
    let (family, given) = (bearing.family.clone(), bearing.given.clone());
    let met = Namesake { family, given, birth: life.birth, sex: bearing.sex, home: home.clone() };
    if near.len() < NEAR {
        near.push(met);
    } else {
        near[rng.below(NEAR)] = met;
    }
}

impl Serials {
    /// A telephone number; one in 40 was somebody else's before.
    fn phone(&mut self, rng: &mut Rng) -> String {
        if rng.chance(25) {
            return phone_number(rng.bits() % self.phones.max(1));
        }
        self.phones += 1;
        phone_number(self.phones)
    }
}
