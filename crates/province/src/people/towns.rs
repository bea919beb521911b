//! Communities of Nova Scotia with the forward sortation area their mail uses, and streets.

use super::Tradition;

/// One community.
#[derive(Debug)]
pub struct Town {
    /// Name as written on mail.
    pub name: &'static str,
    /// First half of the postal code.
    pub fsa: &'static str,
    /// Index of the hospital nearest to it: 0 or 1.
    pub hospital: usize,
    /// A tradition that is common there.
    pub leans: Option<Tradition>,
}

const fn town(name: &'static str, fsa: &'static str, hospital: usize, leans: Option<Tradition>) -> Town {
    Town { name, fsa, hospital, leans }
}

/// Where people live. Larger communities stand more than once.
pub static TOWNS: &[Town] = &[
    town("Halifax", "B3H", 0, None),
    town("Halifax", "B3K", 0, Some(Tradition::Arabic)),
    town("Halifax", "B3L", 0, Some(Tradition::Chinese)),
    town("Halifax", "B3M", 0, Some(Tradition::Arabic)),
    town("Bedford", "B4A", 0, Some(Tradition::SouthAsian)),
    town("Dartmouth", "B2W", 0, None),
    town("Dartmouth", "B2Y", 0, Some(Tradition::SouthAsian)),
    town("North Preston", "B2Z", 0, Some(Tradition::AfricanNovaScotian)),
    town("East Preston", "B2Z", 0, Some(Tradition::AfricanNovaScotian)),
    town("Lower Sackville", "B4C", 0, None),
    town("Lunenburg", "B0J", 0, Some(Tradition::English)),
    town("Bridgewater", "B4V", 0, Some(Tradition::English)),
    town("Chéticamp", "B0E", 0, Some(Tradition::Acadian)),
    town("Mabou", "B0E", 0, Some(Tradition::Gaelic)),
    town("Inverness", "B0E", 0, Some(Tradition::Gaelic)),
    town("Eskasoni", "B1W", 0, Some(Tradition::Mikmaw)),
    town("Membertou", "B1S", 0, Some(Tradition::Mikmaw)),
    town("Sydney", "B1P", 0, Some(Tradition::Gaelic)),
    town("Antigonish", "B2G", 0, Some(Tradition::Gaelic)),
    town("New Glasgow", "B2H", 0, Some(Tradition::AfricanNovaScotian)),
    town("Truro", "B2N", 0, None),
    town("Sipekne'katik", "B0N", 1, Some(Tradition::Mikmaw)),
    town("Kentville", "B4N", 1, Some(Tradition::English)),
    town("Wolfville", "B4P", 1, None),
    town("Windsor", "B0N", 1, Some(Tradition::English)),
    town("Middleton", "B0S", 1, None),
    town("Digby", "B0V", 1, Some(Tradition::English)),
    town("Meteghan", "B0W", 1, Some(Tradition::Acadian)),
    town("Church Point", "B0W", 1, Some(Tradition::Acadian)),
    town("West Pubnico", "B0W", 1, Some(Tradition::Acadian)),
    town("Yarmouth", "B5A", 1, None),
    town("Bear River", "B0S", 1, Some(Tradition::Mikmaw)),
    town("Amherst", "B4H", 1, None),
    town("Enfield", "B2T", 1, None),
];

/// Street names. Civic addresses are drawn; they are not looked up anywhere.
pub static STREETS: &[&str] = &[
    "Water Street",
    "Main Street",
    "Church Street",
    "Shore Road",
    "Highway 1",
    "Highway 19",
    "School Street",
    "Victoria Road",
    "King Street",
    "Wharf Road",
    "Birch Lane",
    "Spruce Drive",
    "Mill Road",
    "Old Post Road",
    "Cabot Trail",
    "Chemin de la Baie",
    "Lighthouse Road",
    "Orchard Avenue",
    "Mi'kmaw Drive",
    "Foundry Street",
    "Pleasant Street",
    "Ridge Road",
    "Lakeview Crescent",
    "Prince Street",
];

/// Communities outside the province, for visitors: name, province, postal code.
pub static AWAY: &[(&str, &str, &str)] = &[
    ("Moncton", "NB", "E1C 1A1"),
    ("Sackville", "NB", "E4L 1A2"),
    ("Charlottetown", "PE", "C1A 1A3"),
    ("Summerside", "PE", "C1N 1A4"),
    ("St. John's", "NL", "A1C 1A5"),
    ("Corner Brook", "NL", "A2H 1A6"),
];
