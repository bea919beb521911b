//! One household after another: who lives together, what they are called, what the hospitals wrote.

use super::pool::{self, Pool};
use super::towns::{AWAY, STREETS, TOWNS, Town};
use super::{Address, Card, Chart, Condition, NoCard, Person, Sex, Tradition, names, test_card_number};
use crate::calendar::{DAY_US, Date, HOUR_US, local_date};
use crate::places;
use crate::rng::Rng;

/// Days before the start in which newborns of the population were born.
const NEWBORN_DAYS: i64 = 20;
/// Of people known to both hospitals, those in 1,000 whose two charts contradict each other.
const CONFLICT_PER_MILLE: u32 = 35;
/// Of people known to both hospitals, those in 1,000 whose two charts spell the name differently.
const SPELLING_PER_MILLE: u32 = 110;
/// People in 1,000 who are known to both hospitals.
const BOTH_HOSPITALS_PER_MILLE: u32 = 150;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    None,
    Twins,
    Newborn,
    NewbornTwins,
    SameName,
}

fn special(household: usize) -> Special {
    match household {
        h if h % 140 == 12 => Special::NewbornTwins,
        h if h % 40 == 11 => Special::Newborn,
        h if h % 45 == 7 => Special::Twins,
        h if h % 70 == 21 => Special::SameName,
        _ => Special::None,
    }
}

struct Household<'a> {
    pool: Pool,
    people: &'a mut Vec<Person>,
    rng: Rng,
    number: usize,
    tradition: Tradition,
    town: &'static Town,
    address: Address,
    phone: String,
    province: &'static str,
    doctor: Option<usize>,
    start_us: i64,
}

/// Adds the people of household number `household`, with names from `pool`.
pub(crate) fn add(people: &mut Vec<Person>, seed: u64, household: usize, start_us: i64, pool: Pool) {
    let mut rng = Rng::keyed(seed, &[1, household as u64]);
    let town = rng.pick(TOWNS);
    let tradition = tradition(&mut rng, town);
    let (address, province) = address(&mut rng, town);
    let doctor = if rng.chance(880) { places::family_doctor_near(town.hospital, rng.bits()) } else { None };
    let phone = format!("90255501{:02}", rng.below(100));
    let mut home = Household {
        pool,
        people,
        rng,
        number: household,
        tradition,
        town,
        address,
        phone,
        province,
        doctor,
        start_us,
    };
    home.fill(special(household));
}

/// Whether parents would give both to twins: Mali and Ma'li, John and John David are one name to whoever writes it down.
fn are_two_names(one: &str, other: &str) -> bool {
    let parts = |name: &str| -> Vec<String> {
        let bare =
            |part: &str| part.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        name.split([' ', '-']).map(bare).collect()
    };
    let (one, other) = (parts(one), parts(other));
    one.concat() != other.concat() && !one.iter().any(|part| other.contains(part))
}

fn tradition(rng: &mut Rng, town: &Town) -> Tradition {
    if let Some(common) = town.leans
        && rng.chance(550)
    {
        return common;
    }
    match rng.below(100) {
        0..36 => Tradition::English,
        36..54 => Tradition::Gaelic,
        54..70 => Tradition::Acadian,
        70..77 => Tradition::AfricanNovaScotian,
        77..83 => Tradition::Mikmaw,
        83..89 => Tradition::Arabic,
        89..94 => Tradition::Chinese,
        _ => Tradition::SouthAsian,
    }
}

fn address(rng: &mut Rng, town: &Town) -> (Address, &'static str) {
    let street = format!("{} {}", rng.between(1, 2400), rng.pick(STREETS));
    let street = if rng.chance(120) { format!("{street}, Unit {}", rng.between(1, 40)) } else { street };
    if rng.chance(30) {
        let (city, province, postal) = *rng.pick(AWAY);
        return (Address { street, city: city.to_owned(), province, postal: postal.to_owned() }, province);
    }
    const LETTERS: &[u8] = b"ABCEGHJKLMNPRSTVWXYZ";
    let letter = char::from(*rng.pick(LETTERS));
    let postal = format!("{} {}{letter}{}", town.fsa, rng.between(0, 9), rng.between(0, 9));
    (Address { street, city: town.name.to_owned(), province: "NS", postal }, "NS")
}

impl Household<'_> {
    fn fill(&mut self, special: Special) {
        let family = pool::family(self.pool, self.tradition, &mut self.rng);
        let with_children = special != Special::None;
        let kind = if with_children { 30 } else { self.rng.below(100) };
        match kind {
            0..18 => {
                let age = self.rng.between(19, 64);
                self.adult(&family, age, None);
            }
            18..58 => {
                let age = if with_children { self.rng.between(22, 39) } else { self.rng.between(22, 60) };
                let mother = self.adult(&family, age, Some(Sex::Female));
                let father_age = (age + self.rng.between(-3, 7)).max(20);
                let father = self.adult(&family, father_age, Some(Sex::Male));
                self.marry(mother, father);
                self.children(&family, mother, father, age, special);
            }
            58..66 => {
                let age = self.rng.between(22, 52);
                let mother = self.adult(&family, age, Some(Sex::Female));
                self.children(&family, mother, mother, age, Special::None);
            }
            66..86 => {
                let age = self.rng.between(63, 92);
                let first = self.adult(&family, age, Some(Sex::Female));
                let other_age = (age + self.rng.between(-4, 8)).min(100);
                let second = self.adult(&family, other_age, Some(Sex::Male));
                self.marry(first, second);
            }
            _ => {
                let age = self.rng.between(66, 100);
                self.adult(&family, age, None);
            }
        }
    }

    /// A partner keeps her name, takes his, or joins both; the earlier name stays known as the maiden name.
    fn marry(&mut self, wife: usize, husband: usize) {
        let own = pool::family(self.pool, self.tradition, &mut self.rng);
        let his = self.people[husband].family.clone();
        let now = match self.rng.below(10) {
            0..5 => his,
            5..6 if !own.contains(['-', ' ']) && !his.contains(['-', ' ']) => format!("{own}-{his}"),
            _ => own.clone(),
        };
        let maiden = (now != own).then(|| own.clone());
        self.people[wife].maiden = maiden;
        self.rename(wife, now);
    }

    fn rename(&mut self, index: usize, family: String) {
        let person = &mut self.people[index];
        let old = std::mem::replace(&mut person.family, family.clone());
        for chart in person.charts.iter_mut().flatten() {
            if chart.family == old {
                chart.family.clone_from(&family);
            }
        }
    }

    fn children(&mut self, family: &str, mother: usize, father: usize, mother_age: i64, special: Special) {
        if special == Special::SameName {
            let age = (mother_age - 20).clamp(0, 17);
            let child = self.adult(family, age, Some(Sex::Male));
            let (given, middle) = (self.people[father].given.clone(), self.people[father].middle.clone());
            self.call(child, &given, middle);
            self.people[child].suffix = "Jr";
            self.people[child].mother = Some(mother);
        }
        if special == Special::Twins {
            let age = self.rng.between(1, (mother_age - 20).clamp(1, 16));
            self.twins(family, mother, age);
        }
        if special == Special::Newborn {
            let born_us = self.birth_instant();
            self.newborn(family, mother, born_us);
        }
        if special == Special::NewbornTwins {
            let born_us = self.birth_instant();
            let first = self.newborn(family, mother, born_us);
            let second = self.newborn(family, mother, born_us + HOUR_US / 4);
            let birth = self.people[first].birth;
            self.people[second].birth = birth;
            for chart in self.people[second].charts.iter_mut().flatten() {
                chart.birth = birth;
            }
            self.pair(first, second);
        }
        let count = if special == Special::None { self.rng.below(4) } else { self.rng.below(2) };
        for _ in 0..count {
            let age = mother_age - self.rng.between(19, 38);
            if (1..=21).contains(&age) {
                let child = self.adult(family, age, None);
                self.people[child].mother = Some(mother);
            }
        }
    }

    fn birth_instant(&mut self) -> i64 {
        self.start_us - self.rng.between(0, NEWBORN_DAYS * 24) * HOUR_US + 5 * HOUR_US
    }

    /// Twins share birth date, address and often the first letters of their names.
    fn twins(&mut self, family: &str, mother: usize, age: i64) {
        let first = self.adult(family, age, None);
        let sex = self.people[first].sex;
        let second = self.adult(family, age, Some(sex));
        let birth = self.people[first].birth;
        let given = self.people[first].given.clone();
        let table = names::of(self.tradition);
        let table = if sex == Sex::Male { table.male } else { table.female };
        let near = table
            .iter()
            .find(|name| are_two_names(name, &given) && name.chars().next() == given.chars().next())
            .or_else(|| table.iter().find(|name| are_two_names(name, &given)))
            .map_or_else(|| given.clone(), |name| (*name).to_owned());
        let near = if self.pool == Pool::Province && self.rng.chance(600) {
            let drawn = pool::given(self.pool, self.tradition, sex, &mut self.rng);
            if are_two_names(&drawn, &given) { drawn } else { near }
        } else {
            near
        };
        self.call(second, &near, String::new());
        self.people[second].birth = birth;
        for chart in self.people[second].charts.iter_mut().flatten() {
            chart.birth = birth;
        }
        for child in [first, second] {
            self.people[child].mother = Some(mother);
        }
        self.pair(first, second);
    }

    fn pair(&mut self, first: usize, second: usize) {
        self.people[first].twin = Some(second);
        self.people[first].birth_order = 1;
        self.people[second].twin = Some(first);
        self.people[second].birth_order = 2;
        for index in [first, second] {
            let person = &mut self.people[index];
            if person.coming_card.is_some() {
                let placeholder = person.placeholder();
                for chart in person.charts.iter_mut().flatten() {
                    chart.given.clone_from(&placeholder);
                }
            }
        }
    }

    fn call(&mut self, index: usize, given: &str, middle: String) {
        let person = &mut self.people[index];
        person.given = given.to_owned();
        person.middle = middle;
        person.nickname = None;
        for chart in person.charts.iter_mut().flatten() {
            chart.given = given.to_owned();
        }
    }

    fn newborn(&mut self, family: &str, mother: usize, born_us: i64) -> usize {
        let index = self.adult(family, 0, None);
        let mothers_name = self.people[mother].family.clone();
        let person = &mut self.people[index];
        person.born_us = Some(born_us);
        person.birth = local_date(born_us);
        person.mother = Some(mother);
        person.coming_card = Some(Card { number: test_card_number(index), province: "NS" });
        person.card = None;
        person.no_card = Some(NoCard::Newborn);
        person.nickname = None;
        person.family = mothers_name;
        let (placeholder, family, birth) = (person.placeholder(), person.family.clone(), person.birth);
        let at = self.town.hospital;
        let mrn = mrn(at, index);
        person.charts = [None, None];
        person.charts[at] = Some(Chart { mrn, family, given: placeholder, birth, card: None });
        index
    }

    /// A person of any age with everything but family ties.
    fn adult(&mut self, family: &str, age: i64, sex: Option<Sex>) -> usize {
        let number = self.people.len();
        let drawn = if self.rng.chance(505) { Sex::Female } else { Sex::Male };
        let named_as = sex.unwrap_or(drawn);
        let family = if named_as == Sex::Male { names::masculine(family) } else { family.to_owned() };
        let given = pool::given(self.pool, self.tradition, named_as, &mut self.rng);
        let middle = if self.rng.chance(550) {
            pool::given(self.pool, self.tradition, named_as, &mut self.rng)
        } else {
            String::new()
        };
        let middle = if middle == given { String::new() } else { middle };
        let nickname = if self.rng.chance(500) { names::nickname(&given) } else { None };
        let sex = match self.rng.below(500) {
            0..2 => Sex::Other,
            2 => Sex::Unknown,
            _ => named_as,
        };
        let today = self.start_us.div_euclid(DAY_US);
        let birth = Date::from_days(today - age * 36_525 / 100 - self.rng.between(20, 350));
        let (card, no_card) = self.card(number);
        let charts = self.charts(number, &family, &given, birth, card.as_ref());
        let condition = self.condition(age);
        let language = self.language();
        self.people.push(Person {
            number,
            household: self.number,
            tradition: self.tradition,
            family,
            given,
            middle,
            suffix: "",
            maiden: None,
            nickname,
            birth,
            born_us: None,
            sex,
            card,
            no_card,
            coming_card: None,
            address: self.address.clone(),
            phone: self.phone.clone(),
            language,
            charts,
            mother: None,
            twin: None,
            birth_order: 0,
            doctor: self.doctor,
            condition,
        });
        number
    }

    fn card(&mut self, number: usize) -> (Option<Card>, Option<NoCard>) {
        let digits = match self.province {
            "NB" => format!("00{:07}", self.rng.below(10_000_000)),
            "PE" => format!("00{:06}", self.rng.below(1_000_000)),
            "NL" => format!("00{:010}", self.rng.bits() % 10_000_000_000),
            _ => test_card_number(number),
        };
        if self.rng.chance(25) {
            let reason =
                *self.rng.pick(&[NoCard::Newcomer, NoCard::Newcomer, NoCard::Visitor, NoCard::Forces]);
            return (None, Some(reason));
        }
        (Some(Card { number: digits, province: self.province }), None)
    }

    fn language(&mut self) -> &'static str {
        match self.tradition {
            Tradition::Acadian if self.rng.chance(600) => "fr",
            Tradition::Mikmaw if self.rng.chance(250) => "mic",
            Tradition::Gaelic if self.rng.chance(20) => "gd",
            Tradition::Arabic if self.rng.chance(300) => "ar",
            Tradition::Chinese if self.rng.chance(300) => "zh",
            _ => "en",
        }
    }

    fn condition(&mut self, age: i64) -> Condition {
        let draw = self.rng.below(100);
        if age < 40 {
            return if draw < 3 { Condition::Diabetes } else { Condition::None };
        }
        let shift = if age >= 65 { 2 } else { 1 };
        match draw / shift {
            0..7 => Condition::Diabetes,
            7..12 => Condition::Kidney,
            12..16 => Condition::Warfarin,
            16..20 => Condition::HeartFailure,
            20..23 => Condition::Anemia,
            _ => Condition::None,
        }
    }

    fn charts(
        &mut self,
        number: usize,
        family: &str,
        given: &str,
        birth: Date,
        card: Option<&Card>,
    ) -> [Option<Chart>; 2] {
        let near = self.town.hospital;
        let both = self.rng.chance(BOTH_HOSPITALS_PER_MILLE);
        let mut charts = [None, None];
        charts[near] = Some(Chart {
            mrn: mrn(near, number),
            family: family.to_owned(),
            given: given.to_owned(),
            birth,
            card: card.cloned(),
        });
        if both {
            let far = 1 - near;
            let mut chart = Chart {
                mrn: mrn(far, number),
                family: family.to_owned(),
                given: given.to_owned(),
                birth,
                card: card.cloned(),
            };
            if self.rng.chance(CONFLICT_PER_MILLE) {
                self.contradict(&mut chart);
            } else if self.rng.chance(SPELLING_PER_MILLE) {
                self.respell(&mut chart);
            }
            charts[far] = Some(chart);
        }
        charts
    }

    /// A mistake that makes two charts of one person look like two people, or the reverse.
    fn contradict(&mut self, chart: &mut Chart) {
        match self.rng.below(4) {
            0 => {
                let other = Date { year: chart.birth.year + 1, ..chart.birth };
                chart.birth = chart.birth.transposed().unwrap_or(other);
            }
            1 => chart.given = swap_letters(&chart.given),
            2 => chart.family = swap_letters(&chart.family),
            _ => {
                if let Some(card) = &mut chart.card {
                    let last_two = card.number.split_off(card.number.len() - 2);
                    card.number.extend(last_two.chars().rev());
                }
                chart.birth = Date { day: chart.birth.day % 28 + 1, ..chart.birth };
            }
        }
    }

    /// Another accepted spelling, or the accents lost.
    fn respell(&mut self, chart: &mut Chart) {
        let draw = self.rng.below(4);
        if let Some(other) = names::variant(&chart.given, draw) {
            chart.given = other.to_owned();
        } else if let Some(other) = names::variant(&chart.family, draw) {
            chart.family = other.to_owned();
        } else if let Some(short) = names::nickname(&chart.given) {
            chart.given = short.to_owned();
        }
        chart.given = names::plain(&chart.given);
        chart.family = names::plain(&chart.family);
    }
}

/// The two hospitals number their records in ranges that do not meet.
fn mrn(hospital: usize, number: usize) -> String {
    let base = if hospital == 0 { 710_000 } else { 4_500_000 };
    format!("{:08}", base + (number * 7 + 13))
}

fn swap_letters(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 3 {
        let middle = letters.len() / 2;
        letters.swap(middle - 1, middle);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::are_two_names;

    #[test]
    fn twins_are_given_two_names() {
        for (one, other, two) in [
            ("Mali", "Ma'li", false),
            ("John", "John David", false),
            ("Jean-Paul", "Paul", false),
            ("JOHN", "John", false),
            ("Jayden", "Hayden", true),
            ("Mary Rose", "Nora", true),
        ] {
            assert_eq!(are_two_names(one, other), two, "{one} {other}");
            assert_eq!(are_two_names(other, one), two, "{other} {one}");
        }
    }
}
