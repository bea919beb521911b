//! Two packed records to the level of every feature. Symmetric; what is not stated on both sides is level 0.

use super::letters::{WINKLER_LETTERS, common_beginning, likeness, likeness_at_most, one_slip};
use super::levels::{
    DIFFERENT_OF_TWO, FIELDS, Field, Levels, MOST_LEVELS, SAME, birth, card, family, given, middle, names,
};
use super::lexicon::{Form, WordId, Words};
use super::model::{Model, Rarity};
use super::normalise::{cards_one_slip, postal_area, postals_one_slip, telephones_one_slip};
use super::record::{Packed, UNNAMED_NEWBORN, UNUSUAL_CARD};

/// Shorter words are compared letter for letter: one letter is too much of them to forgive.
const FORGIVING_LETTERS: usize = 4;
/// Likeness from which two names count as spelt nearly the same.
const NEARLY: f32 = 0.94;
/// Likeness from which they count as somewhat alike.
const ALIKE: f32 = 0.84;
/// Years between two births from which they are of two generations.
const GENERATION_YEARS: u32 = 15;

/// Compare two records on every feature.
#[must_use]
pub fn compare(words: Words<'_>, a: &Packed, b: &Packed) -> Levels {
    let (given, family) = name_levels(words, a, b);
    levels_of(words, a, b, [given, family, birth_level(a.born, b.born), card_level(a, b)])
}

/// The same, unless the odds cannot reach what is asked of [`Hopeless`]: names, birth date and card, which cost least,
/// tell most people of one household apart.
#[must_use]
pub fn compare_hopeful(words: Words<'_>, a: &Packed, b: &Packed, hopeless: &Hopeless) -> Option<Levels> {
    let (birth, card) = (birth_level(a.born, b.born), card_level(a, b));
    let rows = hopeless.of_facts(birth, card);
    if rows.all {
        return None;
    }
    let given = given_level(words, a, b);
    if given == given::DIFFERENT && rows.different_given && a.given != b.family && a.family != b.given {
        return None;
    }
    let (given, family) = with_swaps(words, a, b, given, family_level(words, a.family, b.family));
    if rows.names[usize::from(given)][usize::from(family)] {
        return None;
    }
    Some(levels_of(words, a, b, [given, family, birth, card]))
}

fn name_levels(words: Words<'_>, a: &Packed, b: &Packed) -> (u8, u8) {
    with_swaps(words, a, b, given_level(words, a, b), family_level(words, a.family, b.family))
}

/// Swapped names: looked for only when the direct reading finds neither name.
fn with_swaps(words: Words<'_>, a: &Packed, b: &Packed, given: u8, family: u8) -> (u8, u8) {
    if given >= given::ALIKE && family >= family::ALIKE && swapped(words, a, b) {
        (given::SLIP, family::SWAPPED)
    } else {
        (given, family)
    }
}

/// The level of every feature, given name, family name, birth date and card known.
fn levels_of(words: Words<'_>, a: &Packed, b: &Packed, [given, family, birth, card]: [u8; 4]) -> Levels {
    let mut levels = [0u8; FIELDS];
    levels[Field::Given as usize] = given;
    levels[Field::Family as usize] = family;
    levels[Field::Middle as usize] = middle_level(words, a.middle, b.middle, given);
    levels[Field::Birth as usize] = birth;
    levels[Field::Sex as usize] = two(u32::from(a.sex), u32::from(b.sex));
    levels[Field::Card as usize] = card;
    levels[Field::Telephone as usize] = telephone_level(a.telephone, b.telephone);
    levels[Field::Address as usize] = address_level(words, a, b);
    levels[Field::Postal as usize] = postal_level(a.postal, b.postal);
    levels[Field::City as usize] = city_level(words, a.city, b.city);
    levels[Field::Email as usize] = email_level(words, a.email, b.email);
    levels[Field::Suffix as usize] = two(u32::from(a.suffix), u32::from(b.suffix));
    levels[Field::Order as usize] = two(u32::from(a.order), u32::from(b.order));
    levels[Field::Mother as usize] = two(a.mother, b.mother);
    Levels(levels)
}

/// Where the odds stay hopeless even if all the rest agreed, for each level of birth date, card, given and family name.
#[derive(Debug)]
pub struct Hopeless(Vec<Rows>);

/// What birth date and card leave of hope.
#[derive(Debug, Default, Clone, Copy)]
struct Rows {
    /// Whatever the names are.
    all: bool,
    /// With different given names.
    different_given: bool,
    /// With these levels of given and family name.
    names: [[bool; MOST_LEVELS]; MOST_LEVELS],
}

impl Hopeless {
    /// By a model, for odds of fewer than `least` bits, where no value is rarer than `rarest` says.
    #[must_use]
    pub fn of(model: &Model, rarest: &Rarity, least: f32) -> Self {
        let stated = |field: Field| 0..=names(field).len();
        let mut table = vec![Rows::default(); MOST_LEVELS * MOST_LEVELS];
        for (birth, card) in stated(Field::Birth).flat_map(|b| stated(Field::Card).map(move |c| (b, c))) {
            let rows = &mut table[birth * MOST_LEVELS + card];
            (rows.all, rows.different_given) = (true, true);
            for (given, family) in
                stated(Field::Given).flat_map(|g| stated(Field::Family).map(move |f| (g, f)))
            {
                let mut levels = Levels([SAME; FIELDS]);
                let known = [
                    (Field::Birth, birth),
                    (Field::Card, card),
                    (Field::Given, given),
                    (Field::Family, family),
                ];
                for (field, level) in known {
                    levels.0[field as usize] = level as u8;
                }
                let hopeless = model.score(&levels, rarest).bits < least;
                rows.names[given][family] = hopeless;
                rows.all &= hopeless;
                rows.different_given &= hopeless || given != usize::from(given::DIFFERENT);
            }
        }
        Self(table)
    }

    fn of_facts(&self, birth: u8, card: u8) -> &Rows {
        &self.0[usize::from(birth) * MOST_LEVELS + usize::from(card)]
    }
}

fn two(a: u32, b: u32) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        (x, y) if x == y => SAME,
        _ => DIFFERENT_OF_TWO,
    }
}

/// Given names, the middle names at hand. The best reading counts; the same whichever record comes first.
fn given_level(words: Words<'_>, a: &Packed, b: &Packed) -> u8 {
    if a.given == 0 || b.given == 0 || (a.flags | b.flags) & UNNAMED_NEWBORN != 0 {
        return 0;
    }
    if a.given == b.given {
        return SAME;
    }
    let (x, y) = (words.form(a.given), words.form(b.given));
    if shared_group(x, y) {
        return given::NICKNAME;
    }
    let (left, right) = (words.letters(a.given), words.letters(b.given));
    if x.initial || y.initial {
        let fits = left.first() == right.first() && left[0].is_ascii();
        return if fits { given::INITIAL } else { middle_as_given(words, a, b).unwrap_or(given::DIFFERENT) };
    }
    // Two names of their own are two names, however near they are spelt: Jean and Joan, Eric and Erica.
    let two_names = x.groups[0] != 0 && y.groups[0] != 0;
    if !two_names && (shortened(left, right) || shortened(right, left)) {
        return given::NICKNAME;
    }
    let alike = match word_level(words, a.given, b.given) {
        Alike::Slip | Alike::Sound if two_names => Alike::Somewhat,
        // Xiao Bin and Xiao Ling: each has a part that the other has not.
        Alike::Sound if x.tokens[0] != 0 && y.tokens[0] != 0 && !is_part(x, y, a.given, b.given) => {
            Alike::Somewhat
        }
        other => other,
    };
    if alike == Alike::Slip {
        return given::SLIP;
    }
    if is_part(x, y, a.given, b.given) {
        return given::PART;
    }
    if alike == Alike::Sound {
        return given::SOUND;
    }
    if let Some(level) = middle_as_given(words, a, b) {
        return level;
    }
    match alike {
        Alike::Somewhat => given::ALIKE,
        _ if middle_initial(words, a, b) => given::MIDDLE_INITIAL,
        _ => given::DIFFERENT,
    }
}

/// One's given name begins with the letter that the other states for a middle name.
fn middle_initial(words: Words<'_>, a: &Packed, b: &Packed) -> bool {
    let fits = |given: WordId, middle: WordId| {
        middle != 0
            && words.form(middle).initial
            && words.letters(middle).first() == words.letters(given).first()
    };
    fits(a.given, b.middle) || fits(b.given, a.middle)
}

fn middle_as_given(words: Words<'_>, a: &Packed, b: &Packed) -> Option<u8> {
    let same = |one: WordId, other: WordId| {
        one != 0
            && other != 0
            && (one == other
                || matches!(word_level(words, one, other), Alike::Slip)
                || shared_group(words.form(one), words.form(other)))
    };
    // The other's given name must not contradict the middle name that is stated beside it.
    let fits = |given: WordId, middle: WordId, other_given: WordId, other_middle: WordId| {
        same(given, other_middle)
            && (middle == 0
                || same(middle, other_given)
                || words.form(middle).initial
                    && words.letters(middle).first() == words.letters(other_given).first())
    };
    (fits(a.given, a.middle, b.given, b.middle) || fits(b.given, b.middle, a.given, a.middle))
        .then_some(given::MIDDLE)
}

/// A short form of a name: its beginning, of three letters or more, perhaps with an ending (Steph, Benjy, Tiffie).
fn shortened(short: &[u8], long: &[u8]) -> bool {
    if short.len() >= long.len() + 2 || short.len() < 3 {
        return false;
    }
    if short.len() < long.len() && long.starts_with(short) && short.len() * 3 >= long.len() {
        return true;
    }
    let stem = short
        .strip_suffix(b"ie")
        .or_else(|| short.strip_suffix(b"ey"))
        .or_else(|| short.strip_suffix(b"y").or_else(|| short.strip_suffix(b"i")));
    let Some(mut stem) = stem else { return false };
    if stem.len() >= 4 && stem[stem.len() - 1] == stem[stem.len() - 2] && !long.starts_with(stem) {
        stem = &stem[..stem.len() - 1];
    }
    stem.len() >= 4 && long.len() > stem.len() && long.starts_with(stem)
}

fn shared_group(x: &Form, y: &Form) -> bool {
    x.groups[0] != 0 && y.groups[0] != 0 && x.groups.iter().any(|g| *g != 0 && y.groups.contains(g))
}

/// All of one is a part of the other: Xiao and Xiao Ling, not Xiao Bin and Xiao Ling.
fn is_part(x: &Form, y: &Form, a: WordId, b: WordId) -> bool {
    let holds = |long: &Form, short: &Form, id: WordId| {
        long.tokens[0] != 0
            && (long.tokens.contains(&id)
                || (short.tokens[0] != 0 && short.tokens.iter().all(|t| *t == 0 || long.tokens.contains(t))))
    };
    holds(x, y, b) || holds(y, x, a)
}

/// One is a part of the other, or they share a part of three letters or more.
fn shares_part(x: &Form, y: &Form, a: WordId, b: WordId) -> bool {
    if x.tokens[0] == 0 && y.tokens[0] == 0 {
        return false;
    }
    let (own_x, own_y) = ([a, 0, 0], [b, 0, 0]);
    let left = if x.tokens[0] == 0 { &own_x } else { &x.tokens };
    let right = if y.tokens[0] == 0 { &own_y } else { &y.tokens };
    left.iter().any(|t| *t != 0 && right.contains(t))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alike {
    Slip,
    Sound,
    Somewhat,
    Not,
}

/// How two different words compare by their letters.
fn word_level(words: Words<'_>, a: WordId, b: WordId) -> Alike {
    let (x, y) = (words.form(a), words.form(b));
    let common = (x.letters & y.letters).count_ones();
    let most = x.letters.count_ones().max(y.letters.count_ones());
    if common * 2 < most {
        return Alike::Not;
    }
    let shorter = x.len().min(y.len());
    let sounds = x.sound == y.sound && x.sound > 0xFF && shorter >= FORGIVING_LETTERS;
    let (one, other) = ((x.len(), x.letters), (y.len(), y.letters));
    // One slip in a word of four letters leaves more than this, whatever the two begin with.
    if !sounds && likeness_at_most(one, other, WINKLER_LETTERS) < ALIKE {
        return Alike::Not;
    }
    let (left, right) = (words.letters(a), words.letters(b));
    if shorter >= FORGIVING_LETTERS && one_slip(left, right) {
        return Alike::Slip;
    }
    if sounds {
        return Alike::Sound;
    }
    if likeness_at_most(one, other, common_beginning(left, right)) < ALIKE {
        return Alike::Not;
    }
    let like = likeness(left, right);
    if like >= NEARLY {
        Alike::Sound
    } else if like >= ALIKE {
        Alike::Somewhat
    } else {
        Alike::Not
    }
}

fn family_level(words: Words<'_>, a: WordId, b: WordId) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    if a == b {
        return SAME;
    }
    let alike = word_level(words, a, b);
    if alike == Alike::Slip {
        return family::SLIP;
    }
    let (x, y) = (words.form(a), words.form(b));
    if shares_part(x, y, a, b) || joined(words, a, b) {
        return family::PART;
    }
    match alike {
        Alike::Sound => family::SOUND,
        Alike::Somewhat => family::ALIKE,
        _ => family::DIFFERENT,
    }
}

/// The parts of a double name in the other order, or one of its halves, where the hyphen was lost on one side:
/// `perrymanestrada`, `estrada-perryman`.
fn joined(words: Words<'_>, a: WordId, b: WordId) -> bool {
    let half = |short: &[u8], long: &[u8]| {
        short.len() >= 5
            && long.len() >= short.len() + 4
            && (long.starts_with(short) || long.ends_with(short))
    };
    let (left, right) = (words.letters(a), words.letters(b));
    if half(left, right) || half(right, left) {
        return true;
    }
    let turned = |parts: &Form, other: &[u8]| {
        parts.tokens[2] == 0 && parts.tokens[1] != 0 && {
            let (p, q) = (words.letters(parts.tokens[0]), words.letters(parts.tokens[1]));
            other.len() == p.len() + q.len()
                && ((other.starts_with(p) && other.ends_with(q))
                    || (other.starts_with(q) && other.ends_with(p)))
        }
    };
    turned(words.form(a), right) || turned(words.form(b), left)
}

/// Family and given name in each other's place, each the same but for one slip at most.
fn swapped(words: Words<'_>, a: &Packed, b: &Packed) -> bool {
    let near = |x: WordId, y: WordId| {
        x != 0 && y != 0 && (x == y || matches!(word_level(words, x, y), Alike::Slip | Alike::Sound))
    };
    (a.flags | b.flags) & UNNAMED_NEWBORN == 0
        && (a.given == b.family && near(a.family, b.given) || a.family == b.given && near(a.given, b.family))
}

fn middle_level(words: Words<'_>, a: WordId, b: WordId, given: u8) -> u8 {
    // A middle name that was used as the given one has been counted there.
    if a == 0 || b == 0 || given == given::MIDDLE {
        return 0;
    }
    let (x, y) = (words.form(a), words.form(b));
    if a == b {
        return if x.initial { middle::INITIAL } else { SAME };
    }
    let (left, right) = (words.letters(a), words.letters(b));
    if x.initial || y.initial {
        return if left.first() == right.first() { middle::INITIAL } else { middle::DIFFERENT };
    }
    match word_level(words, a, b) {
        Alike::Slip | Alike::Sound => middle::ALIKE,
        _ if shared_group(x, y) || shares_part(x, y, a, b) => middle::ALIKE,
        _ => middle::DIFFERENT,
    }
}

/// Packed birth dates.
#[must_use]
pub fn birth_level(a: u32, b: u32) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    let (ya, ma, da) = (a / 10_000, a / 100 % 100, a % 100);
    let (yb, mb, db) = (b / 10_000, b / 100 % 100, b % 100);
    if a == b {
        return if ma == 0 {
            birth::SAME_YEAR
        } else if da == 0 {
            birth::TWO_PARTS
        } else {
            SAME
        };
    }
    let less = (ma == 0 || mb == 0 || ma == mb) && (da == 0 || db == 0);
    if ya == yb && less {
        return birth::TWO_PARTS;
    }
    if ya == yb && ma == db && da == mb {
        return birth::SWAPPED;
    }
    let apart = ya.abs_diff(yb);
    if one_digit(a, b) {
        return if apart >= GENERATION_YEARS && apart != 100 { birth::SLIP_OF_YEARS } else { birth::SLIP };
    }
    if ya == yb {
        let only_year = (ma, da) == (1, 1) || (mb, db) == (1, 1);
        return if only_year || ma == mb || da == db { birth::TWO_PARTS } else { birth::SAME_YEAR };
    }
    if (ma, da) == (mb, db) && apart < GENERATION_YEARS {
        return birth::TWO_PARTS;
    }
    if apart < GENERATION_YEARS { birth::NEAR } else { birth::FAR }
}

/// One digit changed or two neighbours swapped in eight digits.
fn one_digit(a: u32, b: u32) -> bool {
    let (mut x, mut y) = (a, b);
    while x % 10 == y % 10 {
        x /= 10;
        y /= 10;
    }
    let (low_x, low_y, x, y) = (x % 10, y % 10, x / 10, y / 10);
    x == y || (x % 10 == low_y && y % 10 == low_x && x / 10 == y / 10)
}

fn card_level(a: &Packed, b: &Packed) -> u8 {
    if a.card == 0 || b.card == 0 || a.issuer != b.issuer {
        return 0;
    }
    if a.card == b.card {
        return SAME;
    }
    if cards_one_slip(a.card, b.card) {
        return card::SLIP;
    }
    if (a.flags | b.flags) & UNUSUAL_CARD != 0 { card::UNUSUAL } else { card::DIFFERENT }
}

fn telephone_level(a: u64, b: u64) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        (x, y) if x == y => SAME,
        (x, y) if telephones_one_slip(x, y) => 2,
        _ => 3,
    }
}

fn address_level(words: Words<'_>, a: &Packed, b: &Packed) -> u8 {
    if (a.street == 0 && a.number == 0) || (b.street == 0 && b.number == 0) {
        return 0;
    }
    let number = a.number == b.number && a.number != 0;
    if a.street == b.street && a.street != 0 {
        return match (number || (a.number == 0 && b.number == 0), a.unit == b.unit) {
            (true, true) => SAME,
            (true, false) => 2,
            _ => 3,
        };
    }
    if a.street == 0 || b.street == 0 {
        return if number { 3 } else { 4 };
    }
    let near = matches!(word_level(words, a.street, b.street), Alike::Slip | Alike::Sound);
    match (near, number) {
        (true, true) => 2,
        (true, false) | (false, true) => 3,
        _ => 4,
    }
}

fn postal_level(a: u32, b: u32) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        (x, y) if x == y => SAME,
        (x, y) if postals_one_slip(x, y) => 2,
        (x, y) if postal_area(x) == postal_area(y) => 3,
        _ => 4,
    }
}

fn city_level(words: Words<'_>, a: WordId, b: WordId) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        (x, y) if x == y => SAME,
        (x, y) if word_level(words, x, y) != Alike::Not => 2,
        _ => 3,
    }
}

fn email_level(words: Words<'_>, a: WordId, b: WordId) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => 0,
        (x, y) if x == y => SAME,
        (x, y) if word_level(words, x, y) != Alike::Not => 2,
        (x, y) => {
            let local = |id| {
                let letters = words.letters(id);
                &letters[..letters.iter().position(|l| *l == b'@').unwrap_or(letters.len())]
            };
            if local(x) == local(y) { 2 } else { 3 }
        }
    }
}
