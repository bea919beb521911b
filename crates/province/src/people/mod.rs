//! Plausible people who do not exist: households, names, cards, charts.

pub(crate) mod households;
pub mod names;
pub(crate) mod pool;
pub mod towns;

use crate::calendar::Date;

/// The naming tradition of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tradition {
    /// English, German and Irish families of the shore and the valley.
    English,
    /// African Nova Scotian.
    AfricanNovaScotian,
    /// Acadian.
    Acadian,
    /// Mi'kmaw.
    Mikmaw,
    /// Gaelic and Scottish.
    Gaelic,
    /// Arabic, in Latin letters.
    Arabic,
    /// Chinese, in Latin letters, family name kept in its own field.
    Chinese,
    /// South Asian.
    SouthAsian,
}

impl Tradition {
    /// All of them.
    pub const ALL: [Tradition; 8] = [
        Self::English,
        Self::AfricanNovaScotian,
        Self::Acadian,
        Self::Mikmaw,
        Self::Gaelic,
        Self::Arabic,
        Self::Chinese,
        Self::SouthAsian,
    ];
}

/// Administrative sex (HL7 v2.5.1 table 0001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other, as cards now show it.
    Other,
    /// Not known.
    Unknown,
}

impl Sex {
    /// The code in PID-8.
    pub fn code(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
            Self::Other => "X",
            Self::Unknown => "U",
        }
    }
}

/// A health card and the province that issued it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Digits as printed, without spaces.
    pub number: String,
    /// `NS`, `NB`, `PE` or `NL`.
    pub province: &'static str,
}

/// Why a person has no card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCard {
    /// Born days ago; the card follows.
    Newborn,
    /// In Canada for less time than the waiting period.
    Newcomer,
    /// Visitor from another country.
    Visitor,
    /// Served by the Canadian Forces.
    Forces,
}

impl NoCard {
    /// Local code and its text.
    pub fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::Newborn => ("NEWBORN", "Newborn, card not issued yet"),
            Self::Newcomer => ("NEWCOMER", "Newcomer to Canada, card not issued yet"),
            Self::Visitor => ("VISITOR", "Visitor from outside Canada"),
            Self::Forces => ("FORCES", "Canadian Forces member"),
        }
    }
}

/// Where a person lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Civic number and street.
    pub street: String,
    /// Community.
    pub city: String,
    /// Province, two letters.
    pub province: &'static str,
    /// Postal code with its space.
    pub postal: String,
}

/// The long illness whose numbers are followed over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// None followed.
    None,
    /// Kidney disease: creatinine rises.
    Kidney,
    /// Diabetes: HbA1c is followed.
    Diabetes,
    /// Warfarin: INR is followed.
    Warfarin,
    /// Heart failure: NT-proBNP, sodium and potassium.
    HeartFailure,
    /// Anemia: hemoglobin and ferritin.
    Anemia,
}

/// What one hospital has written about a person; it may differ from what is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Record number at that hospital, eight digits.
    pub mrn: String,
    /// Family name as registered there.
    pub family: String,
    /// Given name as registered there.
    pub given: String,
    /// Birth date as registered there.
    pub birth: Date,
    /// Card as registered there.
    pub card: Option<Card>,
}

/// One person of the province.
#[derive(Debug, Clone)]
pub struct Person {
    /// Position in the population.
    pub number: usize,
    /// Household, shared by those who live together.
    pub household: usize,
    /// Naming tradition.
    pub tradition: Tradition,
    /// Family name used now.
    pub family: String,
    /// Given name. A newborn's becomes known when the card is issued.
    pub given: String,
    /// Middle name, or empty.
    pub middle: String,
    /// `Jr` or empty.
    pub suffix: &'static str,
    /// Family name before marriage, when another one is used now.
    pub maiden: Option<String>,
    /// Short name people use.
    pub nickname: Option<&'static str>,
    /// Birth date.
    pub birth: Date,
    /// Instant of birth for those born around the start of the province's time.
    pub born_us: Option<i64>,
    /// Administrative sex.
    pub sex: Sex,
    /// Health card.
    pub card: Option<Card>,
    /// Reason when there is no card.
    pub no_card: Option<NoCard>,
    /// Nova Scotia number a newborn will get.
    pub coming_card: Option<Card>,
    /// Home.
    pub address: Address,
    /// Ten digits, from the range kept for fiction: 902-555-01xx.
    pub phone: String,
    /// Language code, ISO 639.
    pub language: &'static str,
    /// What each of the two hospitals has written, by `places::Hospital` order.
    pub charts: [Option<Chart>; 2],
    /// The mother's position, for children.
    pub mother: Option<usize>,
    /// The other twin's position.
    pub twin: Option<usize>,
    /// 1 or 2 for twins.
    pub birth_order: u8,
    /// Position of the family doctor or nurse practitioner in `places::PRACTITIONERS`.
    pub doctor: Option<usize>,
    /// Followed illness.
    pub condition: Condition,
}

impl Person {
    /// The placeholder that hospitals write for a newborn who has no name yet.
    pub fn placeholder(&self) -> String {
        let kind = if self.sex == Sex::Male { "BB-BOY" } else { "BB-GIRL" };
        match (self.twin, self.birth_order) {
            (Some(_), 2) => format!("{kind}-B"),
            (Some(_), _) => format!("{kind}-A"),
            _ => kind.to_owned(),
        }
    }

    /// The hospital (0 or 1) where the person is best known: the first that has a chart.
    pub fn home_hospital(&self) -> usize {
        usize::from(self.charts[0].is_none() && self.charts[1].is_some())
    }

    /// Age in whole years on a date.
    pub fn age_on(&self, date: Date) -> i32 {
        self.birth.years_until(date)
    }
}

/// The people of a province. Same arguments, same people.
///
/// `start_us` (microseconds UTC) is the day ages are counted from; keep it with the data to get the same people again.
pub fn population(seed: u64, count: usize, start_us: i64) -> Vec<Person> {
    let mut people = Vec::with_capacity(count + 8);
    let mut household = 0;
    while people.len() < count {
        households::add(&mut people, seed, household, start_us, pool::Pool::Demo);
        household += 1;
    }
    people.truncate(count);
    let last = people.len();
    for person in &mut people {
        if person.twin.is_some_and(|twin| twin >= last) {
            person.twin = None;
        }
    }
    people
}

/// A ten-digit number in the invented range: `00`, seven digits, one check digit (Luhn).
/// The real rule of Nova Scotia cards is not used here.
pub fn test_card_number(serial: usize) -> String {
    let body = format!("00{:07}", (serial * 4_783_651 + 1_203_119) % 10_000_000);
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
