//! What becomes of a name or a number under hands: wrong letters, other spellings, lost parts.
//! Every function changes its text in place or leaves it as it was; the caller compares.

use crate::people::names;
use crate::rng::Rng;

/// Keys and those beside them on an English keyboard.
static BESIDE: [(&str, &str); 26] = [
    ("a", "qws"),
    ("b", "vghn"),
    ("c", "xdfv"),
    ("d", "serfc"),
    ("e", "wsdr"),
    ("f", "drtgv"),
    ("g", "ftyhb"),
    ("h", "gyujn"),
    ("i", "ujko"),
    ("j", "huikm"),
    ("k", "jiolm"),
    ("l", "kop"),
    ("m", "njk"),
    ("n", "bhjm"),
    ("o", "iklp"),
    ("p", "ol"),
    ("q", "wa"),
    ("r", "edft"),
    ("s", "awedx"),
    ("t", "rfgy"),
    ("u", "yhji"),
    ("v", "cfgb"),
    ("w", "qase"),
    ("x", "zsdc"),
    ("y", "tghu"),
    ("z", "asx"),
];

/// How one sound is written in two ways, either way round.
static SOUNDS: [(&str, &str); 26] = [
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("ie", "y"),
    ("ey", "y"),
    ("ee", "ea"),
    ("ll", "l"),
    ("tt", "t"),
    ("nn", "n"),
    ("ss", "s"),
    ("rr", "r"),
    ("th", "t"),
    ("ai", "ay"),
    ("ei", "ie"),
    ("eau", "o"),
    ("ou", "u"),
    ("sh", "ch"),
    ("x", "ks"),
    ("j", "g"),
    ("w", "wh"),
    ("er", "ar"),
    ("on", "en"),
    ("i", "y"),
    ("ough", "uff"),
    ("mb", "m"),
    ("kn", "n"),
];

/// Spellings of Arabic and South Asian sounds in Latin letters.
static TRANSLITERATIONS: [(&str, &str); 22] = [
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("ei", "ai"),
    ("kh", "k"),
    ("q", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("ss", "s"),
    ("mm", "m"),
    ("aa", "a"),
    ("ah", "a"),
    ("e", "a"),
    ("i", "e"),
    ("o", "u"),
    ("w", "v"),
    ("ph", "f"),
    ("sh", "ch"),
    ("y", "i"),
    ("deep", "dip"),
    ("preet", "prit"),
    ("th", "t"),
];

/// Given names of the Mi'kmaq and what clerks write for them.
static MIKMAW: [(&str, &str); 12] = [
    ("Ma'li", "Mary"),
    ("Mali", "Mary"),
    ("Piel", "Peter"),
    ("Sa'n", "John"),
    ("Sosep", "Joseph"),
    ("Mattio", "Matthew"),
    ("Sali", "Charlie"),
    ("Etien", "Stephen"),
    ("Sulian", "Julian"),
    ("Ta'pit", "David"),
    ("Noel", "Newell"),
    ("Sylliboy", "Syliboy"),
];

static MIKMAW_FAMILY: [(&str, &str); 7] = [
    ("Googoo", "Gougou"),
    ("Denny", "Denney"),
    ("Knockwood", "Nockwood"),
    ("Battiste", "Batiste"),
    ("Isadore", "Isidore"),
    ("Toney", "Tony"),
    ("Pictou", "Pictoo"),
];

static ACADIAN: [(&str, &str); 13] = [
    ("LeBlanc", "Le Blanc"),
    ("LeBlanc", "White"),
    ("Le", "La"),
    ("eau", "eaux"),
    ("eau", "o"),
    ("ault", "eau"),
    ("et", "ette"),
    ("d'", "D"),
    ("d'", "de "),
    ("oi", "oy"),
    ("Sau", "So"),
    ("u", "ue"),
    ("in", "ain"),
];

/// One wrong letter: left out, doubled, its neighbour on the keyboard, or two exchanged.
pub(super) fn typo(rng: &mut Rng, text: &mut String) {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return;
    }
    // The first letter is wrong less often than the others.
    let at = if rng.chance(120) { 0 } else { 1 + rng.below(letters.len() - 1) };
    match rng.below(10) {
        0..3 => {
            letters.remove(at);
        }
        3..5 => letters.insert(at, letters[at].to_ascii_lowercase()),
        5..8 => {
            let key = letters[at].to_ascii_lowercase();
            let beside = BESIDE.iter().find(|(of, _)| of.starts_with(key)).map_or("e", |(_, keys)| keys);
            let other = char::from(*rng.pick(beside.as_bytes()));
            letters[at] = if letters[at].is_uppercase() { other.to_ascii_uppercase() } else { other };
        }
        _ => {
            let at = at.min(letters.len() - 2);
            letters.swap(at, at + 1);
        }
    }
    *text = letters.into_iter().collect();
}

/// Writes one sound in its other way.
pub(super) fn phonetic(rng: &mut Rng, text: &mut String) {
    exchange(rng, text, &SOUNDS);
}

/// Another spelling in Latin letters.
pub(super) fn transliterate(rng: &mut Rng, text: &mut String) {
    if let Some(other) = names::variant(text, rng.below(8)) {
        *text = other.to_owned();
        return;
    }
    for article in ["Al-", "El-", "Al ", "Abu ", "Abdel "] {
        if let Some(rest) = text.strip_prefix(article) {
            let bare = article.trim_end_matches(['-', ' ']);
            *text = match rng.below(5) {
                0 => rest.to_owned(),
                1 => format!("{bare}{rest}"),
                2 => format!("{bare} {rest}"),
                3 => format!("{bare}-{rest}"),
                _ => format!("{}{rest}", if bare == "Al" { "El-" } else { "Al-" }),
            };
            return;
        }
    }
    exchange(rng, text, &TRANSLITERATIONS);
}

/// One exchange out of a table, in whichever direction fits; both letters' case follows the text.
fn exchange(rng: &mut Rng, text: &mut String, table: &[(&str, &str)]) {
    let start = rng.below(table.len());
    for step in 0..table.len() {
        let (one, two) = table[(start + step) % table.len()];
        let (from, to) = if rng.chance(500) { (one, two) } else { (two, one) };
        for (from, to) in [(from, to), (to, from)] {
            // Never at the beginning: the first letter is what people hear best.
            if let Some(at) = text.get(1..).and_then(|rest| rest.find(from)) {
                text.replace_range(at + 1..at + 1 + from.len(), to);
                return;
            }
        }
    }
}

/// Mac and Mc exchanged, joined or parted.
pub(super) fn mac(rng: &mut Rng, text: &mut String) {
    let rest = text.strip_prefix("Mac").or_else(|| text.strip_prefix("Mc")).map(str::trim_start);
    let Some(rest) = rest.filter(|rest| rest.starts_with(char::is_uppercase)) else { return };
    let rest = rest.to_owned();
    *text = match rng.below(6) {
        0..2 => format!("Mc{rest}"),
        2..4 => format!("Mac{rest}"),
        4 => format!("Mac {rest}"),
        _ => format!("Mc {rest}"),
    };
}

/// The English form, or without its sign.
pub(super) fn mikmaw(rng: &mut Rng, text: &mut String) {
    for (from, to) in MIKMAW.iter().chain(&MIKMAW_FAMILY) {
        if text == from {
            *text = if text.contains('\'') && rng.chance(500) {
                text.replace('\'', "")
            } else {
                (*to).to_owned()
            };
            return;
        }
    }
    *text = text.replace('\'', "");
}

/// Another Acadian form of a family name.
pub(super) fn acadian(rng: &mut Rng, text: &mut String) {
    let start = rng.below(ACADIAN.len());
    for step in 0..ACADIAN.len() {
        let (from, to) = ACADIAN[(start + step) % ACADIAN.len()];
        if let Some(rest) = text.strip_prefix(from) {
            *text = format!("{to}{rest}");
            return;
        }
        if let Some(rest) = text.strip_suffix(from) {
            *text = format!("{rest}{to}");
            return;
        }
    }
}

/// A name of two parts loses one, the hyphen, or the gap.
pub(super) fn split(rng: &mut Rng, text: &mut String) {
    let Some((first, last)) = text.split_once(['-', ' ']) else { return };
    *text = match rng.below(5) {
        0 => first.to_owned(),
        1 => last.to_owned(),
        2 => format!("{first}{last}"),
        3 => format!("{first} {last}"),
        _ => format!("{first}-{last}"),
    };
}

/// A Chinese given name in another joining.
pub(super) fn joining(rng: &mut Rng, text: &mut String) {
    if let Some((first, last)) = text.split_once(['-', ' ']) {
        *text = match rng.below(4) {
            0 => first.to_owned(),
            1 => format!("{first} {last}"),
            2 => format!("{first}-{last}"),
            _ => format!("{first}{}", last.to_lowercase()),
        };
        return;
    }
    // Between two syllables: after the first run of vowels and a closing n or ng.
    let bytes = text.as_bytes();
    let vowel = |byte: u8| b"aeiou".contains(&byte.to_ascii_lowercase());
    let Some(start) = bytes.iter().position(|byte| vowel(*byte)) else { return };
    let mut end = start;
    while end < bytes.len() && vowel(bytes[end]) {
        end += 1;
    }
    let closed = |end: usize| bytes.get(end + 1).is_some_and(|next| !vowel(*next));
    if bytes.get(end) == Some(&b'n') && closed(end) {
        end += if bytes.get(end + 1) == Some(&b'g') && closed(end + 1) { 2 } else { 1 };
    }
    if !text.is_char_boundary(end) || end + 1 >= text.len() {
        return;
    }
    let (first, last) = text.split_at(end);
    let last: String =
        last.chars().take(1).flat_map(char::to_uppercase).chain(last.chars().skip(1)).collect();
    *text = if rng.chance(600) { format!("{first} {last}") } else { format!("{first}-{last}") };
}

/// UTF-8 read as ISO 8859-1, or a question mark, or nothing, for every letter beyond ASCII.
pub(super) fn mangle(rng: &mut Rng, text: &mut String) {
    let how = rng.below(3);
    let mut out = String::with_capacity(text.len() + 4);
    for letter in text.chars() {
        match (letter.is_ascii(), how) {
            (true, _) => out.push(letter),
            (_, 0) => {
                let mut bytes = [0; 4];
                out.extend(
                    letter.encode_utf8(&mut bytes).bytes().map(char::from).filter(|c| !c.is_control()),
                );
            }
            (_, 1) => out.push('?'),
            _ => {}
        }
    }
    *text = out;
}

/// One wrong digit, or two neighbours exchanged.
pub(super) fn digit(rng: &mut Rng, text: &mut String) {
    let mut signs: Vec<char> = text.chars().collect();
    let places: Vec<usize> =
        signs.iter().enumerate().filter(|(_, sign)| sign.is_ascii_digit()).map(|(at, _)| at).collect();
    if places.len() < 2 {
        return;
    }
    let nth = rng.below(places.len() - 1);
    let (here, next) = (places[nth], places[nth + 1]);
    if rng.chance(350) && signs[here] != signs[next] {
        signs.swap(here, next);
    } else {
        let old = signs[here] as u8 - b'0';
        let new = (old + 1 + rng.below(9) as u8) % 10;
        signs[here] = char::from(b'0' + new);
    }
    *text = signs.into_iter().collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str, slip: impl Fn(&mut Rng, &mut String)) -> std::collections::BTreeSet<String> {
        let form = |seed| {
            let mut text = text.to_owned();
            slip(&mut Rng::new(seed), &mut text);
            text
        };
        (0..200).map(form).collect()
    }

    #[test]
    fn slips_make_the_forms_that_desks_make() {
        assert!(forms("MacNeil", mac).contains("McNeil"));
        assert!(forms("Macey", mac).len() == 1, "not a Mac name");
        assert!(forms("Xiaoming", joining).contains("Xiao Ming"));
        assert!(forms("Jingyi", joining).contains("Jing-Yi"));
        assert!(forms("Ka-Ming", joining).contains("Kaming"));
        assert!(forms("Ma'li", mikmaw).contains("Mary"));
        assert!(forms("Al-Masri", transliterate).contains("Almasri"));
        assert!(forms("Al-Khatib", transliterate).contains("El-Khatib"));
        assert!(
            forms("Ross-Ballard", split)
                .is_superset(&["Ross", "Ballard", "Ross Ballard"].map(str::to_owned).into())
        );
        assert!(forms("René", mangle).contains("RenÃ©"));
        assert!(forms("Comeau", acadian).contains("Comeaux"));
    }

    #[test]
    fn slips_never_empty_a_text_nor_fail_on_any() {
        for text in ["", "A", "Li", "é", "Évangéline", "d'Entremont", "-", "12", "0012345678"] {
            for seed in 0..300 {
                for slip in
                    [typo, phonetic, transliterate, mac, mikmaw, acadian, split, joining, mangle, digit]
                {
                    let mut changed = text.to_owned();
                    slip(&mut Rng::new(seed), &mut changed);
                }
            }
        }
    }
}
