//! Pairs of two different people who look alike: siblings, twins, parents and children of one name, strangers of one
//! name and birthday, shared cards, neighbours, newborns, people nobody could name. Made by number, the same every time.

use clinical::identity::linkage::index::Index;
use clinical::identity::{Claim, Identifier, IdentifierSort, Name, Sex};
use fhir::RecordId;

/// The ways in which two people are mistaken for one.
pub(crate) const KINDS: [&str; 16] = [
    "twins",
    "twins with names that are near each other",
    "siblings",
    "siblings with one card between them",
    "parent and child of one name",
    "parent and child of one name, one card",
    "strangers of one name and birthday",
    "strangers of one name and birthday, cards one digit apart",
    "strangers with one card by mistake",
    "neighbours of one name",
    "newborn on the mother's card",
    "newborns of one day and family name",
    "people nobody could name",
    "cousins of one name, one telephone",
    "equal digits in two provinces",
    "spouses",
];

const FAMILIES: [&str; 14] = [
    "MacDonald",
    "LeBlanc",
    "Googoo",
    "Nguyen",
    "Comeau-Boudreau",
    "O'Brien",
    "Wu",
    "Al-Hassan",
    "Sylliboy",
    "Theriault",
    "MacNeil",
    "Smith",
    "Zwicker",
    "Paul",
];
const GIVEN: [&str; 24] = [
    "Mary",
    "John",
    "Anne",
    "William",
    "Jean",
    "Joseph",
    "Emma",
    "Noah",
    "Xiao Ling",
    "Fatima",
    "Ahmed",
    "Mali",
    "Piel",
    "Seonaid",
    "Alasdair",
    "Genevieve",
    "Thomas",
    "Patrick",
    "Karen",
    "Olivia",
    "Liam",
    "Jayden",
    "Marguerite",
    "Omar",
];
/// Two names each that siblings of one birth are given, and that are two names.
const NEAR: [(&str, &str); 16] = [
    ("Jean", "Joan"),
    ("Eric", "Erin"),
    ("Tim", "Tom"),
    ("Jayden", "Hayden"),
    ("Marie", "Marion"),
    ("Karen", "Karl"),
    ("Anne", "Anita"),
    ("Liam", "Ian"),
    ("Emma", "Emily"),
    ("Ella", "Ellen"),
    ("Dean", "Dana"),
    ("Brenda", "Brendan"),
    ("Leo", "Leon"),
    ("Kayden", "Jaden"),
    ("Xiao Bin", "Xiao Ling"),
    ("Julia", "Justine"),
];
const TOWNS: [(&str, &str); 4] =
    [("Sydney", "B1P2A1"), ("Halifax", "B3H1A1"), ("Yarmouth", "B5A4C1"), ("Eskasoni", "B1W1A1")];
/// Few streets and low numbers: strangers share one now and then.
const STREETS: [&str; 8] = [
    "Main Street",
    "Water Street",
    "Church Street",
    "Queen Street",
    "King Street",
    "Shore Road",
    "School Street",
    "Pleasant Street",
];
const PLACEHOLDERS: [&str; 4] = ["Babyboy", "Baby Girl", "BB", "Newborn"];

/// A fixed spread of numbers.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    fn one<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len() as u64) as usize]
    }
    fn in_ten(&mut self, times: u64) -> bool {
        self.below(10) < times
    }
}

fn luhn_card(body: u64) -> String {
    let body = format!("{:09}", body % 1_000_000_000);
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if n % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn card(issuer: &str, value: String) -> Identifier {
    Identifier { sort: IdentifierSort::HealthCard, authority: issuer.to_owned(), value }
}

fn date(dice: &mut Dice, from: u64, to: u64) -> String {
    format!("{}-{:02}-{:02}", from + dice.below(to - from), 1 + dice.below(12), 1 + dice.below(28))
}

/// A person's claim with everything stated.
fn person(dice: &mut Dice, number: u64) -> Claim {
    let own = Identifier {
        sort: IdentifierSort::RecordNumber,
        authority: dice.one(&["HRH", "VGH", "IWK", "LAB"]).to_owned(),
        value: format!("{number:07}"),
    };
    let card_number = luhn_card(dice.next());
    let (town, postal) = TOWNS[dice.below(4) as usize];
    let telephone = format!("902555{:04}", dice.below(10_000));
    let street = format!("{} {}", 1 + dice.below(99), dice.one(&STREETS));
    Claim {
        identifiers: vec![own.clone(), card("NS", card_number)],
        own: Some(own),
        names: vec![Name {
            family: dice.one(&FAMILIES).to_owned(),
            given: dice.one(&GIVEN).to_owned(),
            middle: if dice.in_ten(4) { dice.one(&GIVEN).to_owned() } else { String::new() },
            use_code: "L".to_owned(),
            ..Name::default()
        }],
        birth_date: date(dice, 1930, 2020),
        sex: if dice.in_ten(5) { Sex::Male } else { Sex::Female },
        telephones: vec![telephone],
        street,
        postal_code: postal.to_owned(),
        town: town.to_owned(),
        ..Claim::default()
    }
}

fn drop_card(claim: &mut Claim) {
    claim.identifiers.retain(|i| i.sort != IdentifierSort::HealthCard);
}

fn set_card(claim: &mut Claim, to: Identifier) {
    drop_card(claim);
    claim.identifiers.push(to);
}

fn own_card(claim: &Claim) -> Option<Identifier> {
    claim.identifiers.iter().find(|i| i.sort == IdentifierSort::HealthCard).cloned()
}

/// Another person of the same home: family name, telephone and address.
fn of_the_home(dice: &mut Dice, one: &Claim, number: u64) -> Claim {
    let mut other = person(dice, number);
    other.names[0].family.clone_from(&one.names[0].family);
    other.telephones.clone_from(&one.telephones);
    other.street.clone_from(&one.street);
    other.postal_code.clone_from(&one.postal_code);
    other.town.clone_from(&one.town);
    other
}

/// A given name that is another one.
fn another_given(dice: &mut Dice, one: &str) -> String {
    loop {
        let given = dice.one(&GIVEN);
        let related = [["Mary", "Mali"], ["Jean", "John"], ["Liam", "William"]];
        if given != one && !related.iter().any(|pair| pair.contains(&given) && pair.contains(&one)) {
            return given.to_owned();
        }
    }
}

/// The `number`th pair: its kind, and the claims of two people.
#[must_use]
pub(crate) fn pair(number: u64) -> (usize, Claim, Claim) {
    let mut dice = Dice(number.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let kind = (number % KINDS.len() as u64) as usize;
    let mut one = person(&mut dice, number * 2 + 1);
    let mut other = person(&mut dice, number * 2 + 2);
    match kind {
        0 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.birth_date.clone_from(&one.birth_date);
            other.names[0].given = another_given(&mut dice, &one.names[0].given);
            let told = dice.in_ten(5);
            (one.multiple_birth, other.multiple_birth) = (told, told);
            share_card(&mut dice, &one, &mut other, 2);
        }
        1 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.birth_date.clone_from(&one.birth_date);
            other.sex = one.sex;
            let (a, b) = NEAR[dice.below(NEAR.len() as u64) as usize];
            one.names[0].given = a.to_owned();
            other.names[0].given = b.to_owned();
            share_card(&mut dice, &one, &mut other, 2);
        }
        2 | 3 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.names[0].given = another_given(&mut dice, &one.names[0].given);
            other.birth_date = siblings_birth(&mut dice, &one.birth_date);
            if kind == 3 {
                other.identifiers = own_card(&one).into_iter().chain(other.own.clone()).collect();
            }
        }
        4 | 5 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.names.clone_from(&one.names);
            other.sex = one.sex;
            one.birth_date = date(&mut dice, 1940, 1960);
            other.birth_date = date(&mut dice, 1980, 2005);
            if kind == 5 {
                share_card(&mut dice, &one, &mut other, 10);
            } else if dice.in_ten(5) {
                drop_card(&mut other);
            }
        }
        6 | 7 => {
            other.names.clone_from(&one.names);
            other.birth_date.clone_from(&one.birth_date);
            other.sex = one.sex;
            if kind == 7 {
                one.telephones.clone_from(&other.telephones);
                let mut digits = own_card(&one).map(|c| c.value).unwrap_or_default();
                let last = digits.pop().and_then(|c| c.to_digit(10)).unwrap_or(0);
                digits.push_str(&((last + 1) % 10).to_string());
                set_card(&mut other, card("NS", digits));
            } else if dice.in_ten(5) {
                drop_card(&mut other);
            }
        }
        8 => {
            let elsewhere = TOWNS.iter().filter(|town| town.0 != one.town).collect::<Vec<_>>();
            let (town, postal) = elsewhere[dice.below(elsewhere.len() as u64) as usize];
            (other.town, other.postal_code) = ((*town).to_owned(), (*postal).to_owned());
            other.telephones = vec![format!("902557{:04}", dice.below(10_000))];
            share_card(&mut dice, &one, &mut other, 10);
        }
        9 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.names[0].given.clone_from(&one.names[0].given);
            other.telephones = vec![format!("902556{:04}", dice.below(10_000))];
            if dice.in_ten(5) {
                drop_card(&mut other);
            }
        }
        10 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            one.birth_date = date(&mut dice, 1985, 2000);
            one.sex = Sex::Female;
            other.birth_date = date(&mut dice, 2022, 2026);
            other.names[0].given = dice.one(&PLACEHOLDERS).to_owned();
            share_card(&mut dice, &one, &mut other, 10);
            other.mother = own_card(&one);
        }
        11 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            let born = date(&mut dice, 2022, 2026);
            for claim in [&mut one, &mut other] {
                claim.birth_date.clone_from(&born);
                claim.names[0].given = dice.one(&PLACEHOLDERS).to_owned();
                claim.names[0].middle.clear();
            }
            share_card(&mut dice, &one, &mut other, 5);
        }
        12 => {
            for claim in [&mut one, &mut other] {
                claim.names[0] = Name {
                    family: "Unknown".to_owned(),
                    given: dice.one(&["Unknown", "Trauma Alpha", "Unnamed"]).to_owned(),
                    ..Name::default()
                };
                claim.birth_date = "1900-01-01".to_owned();
                claim.telephones.clear();
                claim.street.clear();
                drop_card(claim);
            }
        }
        13 => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.names[0].given.clone_from(&one.names[0].given);
            other.birth_date = siblings_birth(&mut dice, &one.birth_date);
            drop_card(&mut other);
        }
        14 => {
            other.names.clone_from(&one.names);
            other.birth_date.clone_from(&one.birth_date);
            set_card(&mut one, card("NB", "144679875".to_owned()));
            set_card(&mut other, card("MB", "144679875".to_owned()));
        }
        _ => {
            other = of_the_home(&mut dice, &one, number * 2 + 2);
            other.names[0].given = another_given(&mut dice, &one.names[0].given);
            share_card(&mut dice, &one, &mut other, 2);
        }
    }
    (kind, one, other)
}

/// The other one is registered with the first one's card, in so many of ten.
fn share_card(dice: &mut Dice, one: &Claim, other: &mut Claim, in_ten: u64) {
    if dice.in_ten(in_ten)
        && let Some(shared) = own_card(one)
    {
        set_card(other, shared);
    } else if dice.in_ten(3) {
        drop_card(other);
    }
}

/// One to six years from a birth, on another day.
fn siblings_birth(dice: &mut Dice, born: &str) -> String {
    let year: u64 = born[..4].parse().unwrap_or(1970);
    let (month, day) = (born[5..7].parse::<u64>().unwrap_or(1), born[8..].parse::<u64>().unwrap_or(1));
    format!(
        "{}-{:02}-{:02}",
        year + 1 + dice.below(6),
        1 + (month + 1 + dice.below(10)) % 12,
        1 + (day + 2 + dice.below(20)) % 28
    )
}

/// The people of the first pairs as an index that has learned from them.
pub(crate) fn on_file(pairs: u64) -> Index {
    let mut index = Index::with_room(0);
    for number in 0..pairs {
        let (_, one, other) = pair(number);
        index.insert(RecordId::of("one", &number.to_string()), &one);
        index.insert(RecordId::of("other", &number.to_string()), &other);
    }
    if let Some(learned) = index.learn() {
        index.adopt(learned);
    }
    index
}
