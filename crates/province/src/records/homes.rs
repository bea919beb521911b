//! Where people of the records live: houses, flats, care homes, and how desks write an address.

use super::slips;
use crate::people::towns::{AWAY, STREETS, TOWNS, Town};
use crate::rng::Rng;

/// People for each house of flats; about one in five lives in one.
const PEOPLE_PER_BUILDING: usize = 260;
/// People for each care home.
const PEOPLE_PER_CARE_HOME: usize = 2_600;
/// The serial below which the telephones of rooming houses lie.
const HALLS_FROM: u64 = 3_990_000;
/// The serial below which the telephones of care homes lie.
const CARE_HOMES_FROM: u64 = 3_999_999;
/// Civic numbers that share one postal code in a town with street delivery.
const NUMBERS_PER_POSTAL_CODE: u32 = 40;

/// Kinds of street, in full and short.
static KINDS: [(&str, &str); 9] = [
    ("Street", "St"),
    ("Road", "Rd"),
    ("Avenue", "Ave"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Crescent", "Cres"),
    ("Court", "Crt"),
    ("Terrace", "Terr"),
    ("Highway", "Hwy"),
];

static STEMS: [&str; 64] = [
    "Alder",
    "Anchor",
    "Apple",
    "Balsam",
    "Bay",
    "Beacon",
    "Beech",
    "Birch",
    "Bluff",
    "Brook",
    "Canal",
    "Cedar",
    "Chapel",
    "Cliff",
    "Cove",
    "Cranberry",
    "Dock",
    "Dyke",
    "Elm",
    "Fern",
    "Ferry",
    "Fir",
    "Fort",
    "Foundry",
    "Gannet",
    "Glebe",
    "Gull",
    "Hazel",
    "Hemlock",
    "Heron",
    "Hill",
    "Island",
    "Juniper",
    "Kelp",
    "Lake",
    "Larch",
    "Ledge",
    "Lilac",
    "Maple",
    "Marsh",
    "Meadow",
    "Mill",
    "Oak",
    "Orchard",
    "Osprey",
    "Park",
    "Pine",
    "Plover",
    "Poplar",
    "Quarry",
    "Rope",
    "Rose",
    "Salmon",
    "Sandpiper",
    "School",
    "Ship",
    "Spring",
    "Station",
    "Tannery",
    "Tidal",
    "Union",
    "Willow",
    "Wharf",
    "Woodlot",
];
static TAILS: [&str; 8] = ["", "", "", "view", "wood", "side", "field", "dale"];

/// One place to live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    number: u32,
    street: String,
    kind: usize,
    unit: u32,
    pub(super) city: &'static str,
    pub(super) postal: String,
    pub(super) province: &'static str,
    /// The hospital region, 0 or 1.
    pub(super) region: usize,
    pub(super) flats: bool,
    pub(super) care: bool,
    /// The telephone of the house, shared by those who live in it; empty where everybody has their own.
    pub(super) phone: String,
}

/// The town of a name and the beginning of a postal code.
pub(super) fn town(city: &str, postal: &str) -> Option<&'static Town> {
    TOWNS.iter().find(|town| town.name == city && postal.starts_with(town.fsa))
}

impl Home {
    /// A house of its own in a town, or somewhere.
    pub(super) fn house(rng: &mut Rng, town: Option<&'static Town>) -> Self {
        let town = town.unwrap_or_else(|| rng.pick(TOWNS));
        let (street, kind) = street(rng);
        // Low numbers are commoner, as on real streets.
        let number = 1 + (rng.below(60) * rng.below(60)) as u32;
        let postal = postal(town, &street, number);
        Self {
            number,
            street,
            kind,
            unit: 0,
            city: town.name,
            postal,
            province: "NS",
            region: town.hospital,
            flats: false,
            care: false,
            phone: String::new(),
        }
    }

    /// A flat in one of the houses of flats of a province of `people`.
    pub(super) fn flat(seed: u64, people: usize, rng: &mut Rng) -> Self {
        let building = rng.below(people / PEOPLE_PER_BUILDING + 1);
        let mut house = Rng::keyed(seed, &[31, building as u64]);
        let home = Self::house(&mut house, None);
        // One house in twelve has rooms, and one telephone in the hall.
        let phone = if building.is_multiple_of(12) {
            super::phone_number(HALLS_FROM - building as u64)
        } else {
            String::new()
        };
        Self { unit: rng.between(1, 90) as u32, flats: true, phone, ..home }
    }

    /// A care home of a province of `people`; its telephone is everybody's.
    pub(super) fn care(seed: u64, people: usize, rng: &mut Rng) -> Self {
        let place = rng.below(people / PEOPLE_PER_CARE_HOME + 1);
        let mut house = Rng::keyed(seed, &[32, place as u64]);
        let home = Self::house(&mut house, None);
        let phone = super::phone_number(CARE_HOMES_FROM - place as u64);
        let unit = if rng.chance(300) { rng.between(100, 340) as u32 } else { 0 };
        Self { unit, care: true, phone, ..home }
    }

    /// A home in another province.
    pub(super) fn away(rng: &mut Rng, province: &str) -> Self {
        let (city, province, postal) =
            *AWAY.iter().find(|(_, at, _)| *at == province).unwrap_or_else(|| rng.pick(AWAY));
        let home = Self::house(rng, None);
        Self { city, province, postal: postal.to_owned(), ..home }
    }

    /// The next house, or another flat of the same one.
    pub(super) fn beside(&self, rng: &mut Rng) -> Self {
        let mut home = self.clone();
        if home.flats {
            home.unit = home.unit % 90 + 1;
        } else {
            home.number += 2 * rng.between(1, 3) as u32;
        }
        home
    }

    /// The street line as one desk writes it.
    pub(super) fn line(&self, rng: &mut Rng, wrong_letter: bool) -> String {
        let mut street = self.street.clone();
        if wrong_letter {
            slips::typo(rng, &mut street);
        }
        let (full, short) = KINDS[self.kind];
        let kind = if rng.chance(550) { short } else { full };
        let line = format!("{} {street} {kind}", self.number);
        if self.unit == 0 {
            return line;
        }
        match rng.below(12) {
            0..4 => format!("{line} Apt {}", self.unit),
            4..7 => format!("{line} Unit {}", self.unit),
            7..9 => format!("{line} #{}", self.unit),
            9..11 => format!("{}-{line}", self.unit),
            // The flat is left out.
            _ => line,
        }
    }
}

/// The name and kind of a street.
fn street(rng: &mut Rng) -> (String, usize) {
    if rng.chance(250) {
        let whole = *rng.pick(STREETS);
        let kind = KINDS.iter().position(|(full, _)| whole.ends_with(full));
        if let Some(kind) = kind {
            let stem = whole.trim_end_matches(KINDS[kind].0).trim_end();
            return (stem.to_owned(), kind);
        }
    }
    (format!("{}{}", rng.pick(&STEMS), rng.pick(&TAILS)), rng.below(KINDS.len() - 1))
}

/// Rural towns have few postal codes; elsewhere a stretch of a street has its own.
fn postal(town: &Town, street: &str, number: u32) -> String {
    const LETTERS: &[u8] = b"ABCEGHJKLMNPRSTVWXYZ";
    let rural = town.fsa.as_bytes().get(1) == Some(&b'0');
    let key = if rural {
        u64::from(number % 3)
    } else {
        bits_of(street) ^ (u64::from(number / NUMBERS_PER_POSTAL_CODE) << 40)
    };
    let mut code = Rng::keyed(bits_of(town.name), &[key]);
    let letter = char::from(*code.pick(LETTERS));
    format!("{} {}{letter}{}", town.fsa, code.below(10), code.below(10))
}

/// A number that stands for a text (FNV-1a).
fn bits_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
