//! How two names compare: folding, nicknames, hyphens, initials, swapped order, placeholder names of newborns.

use super::linkage::{self, levels};
use super::{Name, Outcome};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that stand where a newborn's or an unidentified patient's given name will be.
const PLACEHOLDERS: &[&str] = &[
    "baby",
    "babyboy",
    "babygirl",
    "bb",
    "bebe",
    "boy",
    "girl",
    "infant",
    "newborn",
    "nouveaune",
    "garcon",
    "fille",
    "twin",
    "jumeau",
    "jumelle",
    "triplet",
    "unknown",
    "inconnu",
    "inconnue",
    "unnamed",
    "sansnom",
];

#[derive(Deserialize)]
struct NicknameFile {
    groups: Vec<Vec<String>>,
}

struct Nicknames {
    /// Folded name to the groups it stands in, in the order of the file.
    groups_of: HashMap<String, Vec<usize>>,
    /// Folded first name of each group.
    first: Vec<String>,
}

/// `data/nicknames.toml`; a test proves that it is readable.
static NICKNAMES: LazyLock<Nicknames> = LazyLock::new(|| {
    let groups = toml::from_str::<NicknameFile>(include_str!("../../data/nicknames.toml"))
        .map_or_else(|_| Vec::new(), |file| file.groups);
    let mut table = Nicknames { groups_of: HashMap::new(), first: Vec::new() };
    for (number, group) in groups.iter().enumerate() {
        table.first.push(group.first().map(|name| fold(name)).unwrap_or_default());
        for name in group {
            table.groups_of.entry(fold(name)).or_default().push(number);
        }
    }
    table
});

/// Lower case without accents, spaces, hyphens, apostrophes and full stops; `Mac` as `Mc`.
///
/// Two names that fold alike are the same name (S-099: accents and hyphens are lost between systems).
#[must_use]
pub fn fold(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => out.push_str("ss"),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    match out.strip_prefix("mac") {
        Some(rest) if rest.chars().count() >= 3 => format!("mc{rest}"),
        _ => out,
    }
}

/// The folded first name of the nickname group, or the folded name itself: `Bill` and `William` give the same.
#[must_use]
pub fn root(given: &str) -> String {
    let folded = fold(given.split(is_separator).find(|t| !t.is_empty()).unwrap_or_default());
    match NICKNAMES.groups_of.get(&folded).and_then(|groups| groups.first()) {
        Some(&group) => NICKNAMES.first[group].clone(),
        None => folded,
    }
}

/// Whether a given name only stands in for one not yet given (H08).
#[must_use]
pub fn is_placeholder(given: &str) -> bool {
    let mut tokens = given.split(is_separator).map(fold).filter(|t| !t.is_empty());
    tokens.any(|t| PLACEHOLDERS.contains(&t.as_str())) || PLACEHOLDERS.contains(&fold(given).as_str())
}

/// How the names of two claims compared, with the pair that compared best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameComparison {
    /// Family names.
    pub family: Outcome,
    /// Given names.
    pub given: Outcome,
    /// The two family names, as written.
    pub families: (String, String),
    /// The two given names, as written.
    pub givens: (String, String),
}

impl NameComparison {
    /// Both parts agree or nearly agree.
    #[must_use]
    pub fn agrees(&self) -> bool {
        is_close(self.family) && is_close(self.given)
    }
}

/// Agrees or nearly agrees.
#[must_use]
pub(super) fn is_close(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Agrees | Outcome::Nearly)
}

/// Compare every name of one claim with every name of the other (maiden and former names count) and keep the best.
#[must_use]
pub fn compare_names(a: &[Name], b: &[Name]) -> NameComparison {
    let absent = NameComparison {
        family: Outcome::Absent,
        given: Outcome::Absent,
        families: (family_of(a), family_of(b)),
        givens: (given_of(a), given_of(b)),
    };
    let mut best: Option<NameComparison> = None;
    for left in a {
        for right in b {
            let next = compare_two(left, right);
            if best.as_ref().is_none_or(|have| rank(&next) > rank(have)) {
                best = Some(next);
            }
        }
    }
    best.unwrap_or(absent)
}

fn family_of(names: &[Name]) -> String {
    names.first().map(|n| n.family.clone()).unwrap_or_default()
}

fn given_of(names: &[Name]) -> String {
    names.first().map(|n| n.given.clone()).unwrap_or_default()
}

fn rank(c: &NameComparison) -> i32 {
    let points = |o: Outcome| match o {
        Outcome::Agrees => 4,
        Outcome::Nearly => 3,
        Outcome::Absent => 1,
        Outcome::Disagrees => 0,
    };
    points(c.family) + points(c.given)
}

fn compare_two(a: &Name, b: &Name) -> NameComparison {
    let (given, family) = linkage::claim::name_levels(a, b);
    NameComparison {
        family: family_outcome(family),
        given: given_outcome(given),
        families: (a.family.clone(), b.family.clone()),
        givens: (a.given.clone(), b.given.clone()),
    }
}

/// A level of the given name as people are told it.
pub(super) fn given_outcome(level: u8) -> Outcome {
    match level {
        0 => Outcome::Absent,
        levels::SAME => Outcome::Agrees,
        level if level <= levels::given::INITIAL => Outcome::Nearly,
        _ => Outcome::Disagrees,
    }
}

/// A level of the family name as people are told it.
pub(super) fn family_outcome(level: u8) -> Outcome {
    match level {
        0 => Outcome::Absent,
        levels::SAME => Outcome::Agrees,
        level if level <= levels::family::SWAPPED => Outcome::Nearly,
        _ => Outcome::Disagrees,
    }
}

/// Family names alone, as [`compare_names`] compares them.
#[must_use]
pub fn compare_family(a: &str, b: &str) -> Outcome {
    let name = |family: &str| Name { family: family.to_owned(), given: String::new(), ..Name::default() };
    compare_two(&name(a), &name(b)).family
}

/// Whether a folded word is one that people write for a name not yet given.
#[must_use]
pub(super) fn stands_in(folded: &str) -> bool {
    PLACEHOLDERS.contains(&folded)
}

/// The nickname groups of a folded given name, counted from 1; at most three.
#[must_use]
pub(super) fn nickname_groups(folded: &str) -> [u16; 3] {
    let mut groups = [0; 3];
    if let Some(of) = NICKNAMES.groups_of.get(folded) {
        for (place, group) in groups.iter_mut().zip(of) {
            *place = u16::try_from(group + 1).unwrap_or(0);
        }
    }
    groups
}

pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '\u{2011}' | '.' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(family: &str, given: &str) -> Name {
        Name { family: family.into(), given: given.into(), ..Name::default() }
    }

    #[test]
    fn the_nickname_table_is_readable() {
        let groups =
            toml::from_str::<NicknameFile>(include_str!("../../data/nicknames.toml")).expect("toml").groups;
        assert!(groups.len() > 80 && groups.iter().all(|g| g.len() >= 2));
    }

    #[test]
    fn h24_s099_names_that_systems_write_differently() {
        use Outcome::{Absent, Agrees, Disagrees, Nearly};
        let cases = [
            ("MacDonald", "Mary", "McDonald", "MARY", Agrees, Agrees),
            ("O'Brien", "Sean", "OBRIEN", "Seán", Agrees, Agrees),
            ("LeBlanc", "Évangéline", "LE BLANC", "EVANGELINE", Agrees, Agrees),
            ("Thériault", "Jean-Pierre", "Theriault", "Jean Pierre", Agrees, Agrees),
            ("Comeau-Boudreau", "Marie", "Comeau", "Marie", Nearly, Agrees),
            ("Cameron", "Hamish", "Cameron", "James", Agrees, Nearly),
            ("Smith", "Bill", "Smyth", "William", Nearly, Nearly),
            ("Wu", "Li", "Li", "Wu", Nearly, Nearly),
            ("Paul", "J", "Paul", "Joseph", Agrees, Nearly),
            ("Sylliboy", "Piel", "Sylliboy", "Peter", Agrees, Nearly),
            ("Smith", "Babyboy", "Smith", "Liam", Agrees, Absent),
            ("Smith", "Baby Girl", "Smith", "Baby Girl", Agrees, Absent),
            ("Smith", "Tim", "Smith", "Tom", Agrees, Disagrees),
            ("Smith", "Emma", "Jones", "Noah", Disagrees, Disagrees),
            ("", "Emma", "Jones", "", Absent, Absent),
            ("王", "小明", "王", "小明", Agrees, Agrees),
        ];
        for (fa, ga, fb, gb, family, given) in cases {
            for (left, right) in [(name(fa, ga), name(fb, gb)), (name(fb, gb), name(fa, ga))] {
                let found = compare_names(&[left], &[right]);
                assert_eq!((found.family, found.given), (family, given), "{fa} {ga} / {fb} {gb}");
            }
        }
    }

    #[test]
    fn a_former_name_counts() {
        let married = [name("Boudreau", "Anne"), name("Comeau", "Anne")];
        let found = compare_names(&married, &[name("Comeau", "Anne")]);
        assert!(found.agrees());
        assert_eq!(found.families, ("Comeau".into(), "Comeau".into()));
    }

    #[test]
    fn roots_join_nicknames() {
        assert_eq!(root("Bill"), root("William"));
        assert_eq!(root("Évangéline"), "evangeline");
    }
}
