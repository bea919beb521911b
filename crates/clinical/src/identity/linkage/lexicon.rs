//! Every word once: names, streets, towns and addresses are kept folded in one piece of memory and known by a number.

use super::super::names;
use super::letters;

/// A word of the lexicon; 0 is the empty word.
pub type WordId = u32;

/// What is known of one word, so that comparing two needs no further reading.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    start: u32,
    len: u8,
    /// Single letter: an initial.
    pub initial: bool,
    /// A word that people write for a newborn or somebody unknown.
    pub stand_in: bool,
    /// Letters that occur ([`letters::letter_set`]).
    pub letters: u32,
    /// What it sounds like ([`letters::sound`]).
    pub sound: u32,
    /// The parts of a double name, at most three; all 0 for a single one.
    pub tokens: [WordId; 3],
    /// Nickname groups it stands in, counted from 1.
    pub groups: [u16; 3],
}

impl Form {
    /// Bytes of the word.
    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }
}

/// The words. Ids stay as they are for the life of the lexicon.
#[derive(Debug, Default)]
pub struct Lexicon {
    text: Vec<u8>,
    forms: Vec<Form>,
    /// Open addressing: id of a form, 0 for a free place.
    places: Vec<u32>,
}

const LONGEST_WORD_BYTES: usize = 120;

/// Mixes bytes into 64 bits; fixed, so that everything is the same on every machine.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(word));
    }
    hash
}

/// Spreads the bits of a number over all 64.
#[must_use]
pub fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 32)
}

impl Lexicon {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let nothing = Form {
            start: 0,
            len: 0,
            initial: false,
            stand_in: false,
            letters: 0,
            sound: 0,
            tokens: [0; 3],
            groups: [0; 3],
        };
        Self { text: Vec::new(), forms: vec![nothing], places: vec![0; 64] }
    }
    /// How many words there are, the empty one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.forms.len()
    }
    /// Whether there is none but the empty one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forms.len() <= 1
    }
    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.forms.capacity() * size_of::<Form>() + self.places.capacity() * 4
    }
    /// The word of folded letters, when it is there; 0 when not.
    #[must_use]
    pub fn known(&self, folded: &[u8]) -> WordId {
        let folded = &folded[..folded.len().min(LONGEST_WORD_BYTES)];
        if folded.is_empty() { 0 } else { self.find(folded).unwrap_or(0) }
    }
    /// The letters of a word.
    #[must_use]
    pub fn letters(&self, id: WordId) -> &[u8] {
        let form = &self.forms[id as usize];
        &self.text[form.start as usize..form.start as usize + usize::from(form.len)]
    }
    /// What is known of a word.
    #[must_use]
    pub fn form(&self, id: WordId) -> &Form {
        &self.forms[id as usize]
    }

    fn find(&self, folded: &[u8]) -> Result<WordId, usize> {
        let mask = self.places.len() - 1;
        let mut place = hash_bytes(folded) as usize & mask;
        loop {
            match self.places[place] {
                0 => return Err(place),
                id if self.letters(id) == folded => return Ok(id),
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mut places = vec![0u32; self.places.len() * 2];
        let mask = places.len() - 1;
        for id in 1..self.forms.len() as u32 {
            let mut place = hash_bytes(self.letters(id)) as usize & mask;
            while places[place] != 0 {
                place = (place + 1) & mask;
            }
            places[place] = id;
        }
        self.places = places;
    }
}

/// Where words are looked up and added.
pub trait Wordbook {
    /// The word of letters that are folded already, added when new.
    fn add_folded(&mut self, folded: &[u8]) -> WordId;
    /// The parts of a double name.
    fn parts(&self, id: WordId) -> [WordId; 3];
    /// Says what the parts of a double name are.
    fn set_parts(&mut self, id: WordId, parts: [WordId; 3]);

    /// The word of a name as written: folded, with its parts when it is a double name.
    fn add_name(&mut self, written: &str) -> WordId {
        let id = self.add_folded(&fold(written));
        if id == 0 || !written.contains(names::is_separator) || self.parts(id) != [0; 3] {
            return id;
        }
        // The parts are those of the first way the word was met with parts: LeBlanc has none, Le Blanc has two.
        let mut parts = [0; 3];
        let mut count = 0;
        for part in written.split(names::is_separator).filter(|p| !p.is_empty()) {
            let part = self.add_folded(&fold(part));
            if part != 0 && count < parts.len() {
                parts[count] = part;
                count += 1;
            }
        }
        if count > 1 {
            self.set_parts(id, parts);
        }
        id
    }
}

impl Wordbook for Lexicon {
    fn add_folded(&mut self, folded: &[u8]) -> WordId {
        let folded = &folded[..folded.len().min(LONGEST_WORD_BYTES)];
        if folded.is_empty() {
            return 0;
        }
        match self.find(folded) {
            Ok(id) => id,
            Err(place) => {
                let id = self.forms.len() as u32;
                let text = String::from_utf8_lossy(folded);
                self.forms.push(Form {
                    start: self.text.len() as u32,
                    len: folded.len() as u8,
                    initial: text.chars().count() == 1,
                    stand_in: names::stands_in(&text),
                    letters: letters::letter_set(folded),
                    sound: letters::sound(folded),
                    tokens: [0; 3],
                    groups: names::nickname_groups(&text),
                });
                self.text.extend_from_slice(folded);
                self.places[place] = id;
                if self.forms.len() * 2 > self.places.len() {
                    self.grow();
                }
                id
            }
        }
    }
    fn parts(&self, id: WordId) -> [WordId; 3] {
        self.forms[id as usize].tokens
    }
    fn set_parts(&mut self, id: WordId, parts: [WordId; 3]) {
        self.forms[id as usize].tokens = parts;
    }
}

/// Words of a question: those of a lexicon, and beside it the few that it does not hold. Nothing is added to it.
#[derive(Debug)]
pub struct Question<'a> {
    base: &'a Lexicon,
    own: Lexicon,
}

/// Marks a word that only the question holds.
const OWN: u32 = 1 << 31;

impl<'a> Question<'a> {
    /// A question to a lexicon.
    #[must_use]
    pub fn new(base: &'a Lexicon) -> Self {
        Self { base, own: Lexicon::new() }
    }
    /// Both, to compare with.
    #[must_use]
    pub fn words(&self) -> Words<'_> {
        Words { base: self.base, own: Some(&self.own) }
    }
}

impl Wordbook for Question<'_> {
    fn add_folded(&mut self, folded: &[u8]) -> WordId {
        match self.base.known(folded) {
            0 => match self.own.add_folded(folded) {
                0 => 0,
                id => id | OWN,
            },
            id => id,
        }
    }
    fn parts(&self, id: WordId) -> [WordId; 3] {
        self.words().form(id).tokens
    }
    fn set_parts(&mut self, id: WordId, parts: [WordId; 3]) {
        if id & OWN != 0 {
            self.own.set_parts(id & !OWN, parts);
        }
    }
}

/// The words two records are compared with.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    base: &'a Lexicon,
    own: Option<&'a Lexicon>,
}

impl<'a> From<&'a Lexicon> for Words<'a> {
    fn from(base: &'a Lexicon) -> Self {
        Self { base, own: None }
    }
}

impl<'a> Words<'a> {
    fn book(self, id: WordId) -> (&'a Lexicon, WordId) {
        match self.own {
            Some(own) if id & OWN != 0 => (own, id & !OWN),
            _ => (self.base, id),
        }
    }
    /// What is known of a word.
    #[must_use]
    pub fn form(self, id: WordId) -> &'a Form {
        let (book, id) = self.book(id);
        book.form(id)
    }
    /// The letters of a word.
    #[must_use]
    pub fn letters(self, id: WordId) -> &'a [u8] {
        let (book, id) = self.book(id);
        book.letters(id)
    }
}

/// [`names::fold`] with a short way for plain letters.
#[must_use]
pub fn fold(written: &str) -> Vec<u8> {
    if !written.is_ascii() {
        return names::fold(written).into_bytes();
    }
    let out: Vec<u8> =
        written.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()).collect();
    match out.strip_prefix(b"mac") {
        Some(rest) if rest.len() >= 3 => [b"mc", rest].concat(),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once_and_knows_its_parts() {
        let mut words = Lexicon::new();
        let id = words.add_name("Comeau-Boudreau");
        assert_eq!(words.letters(id), b"comeauboudreau");
        assert_eq!(words.add_name("COMEAU BOUDREAU"), id);
        let part = words.add_name("Boudreau");
        assert!(words.form(id).tokens.contains(&part));
        assert_eq!(words.add_name("  "), 0);
        for n in 0..5_000 {
            words.add_name(&format!("name{n}"));
        }
        assert_eq!(words.add_name("comeauboudreau"), id);
    }

    #[test]
    fn the_short_way_folds_like_the_long_one() {
        for name in ["MacDonald", "Mac Neil", "O'Brien", "Macey", "Jean-Pierre", "Évangéline", "Mack"] {
            assert_eq!(fold(name), names::fold(name).into_bytes(), "{name}");
        }
    }
}
