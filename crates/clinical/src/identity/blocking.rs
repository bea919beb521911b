//! Under which few keys a record is remembered, so that those who might be the same person find each other.

use super::{Claim, Identifier, IdentifierSort, cards, dates, names};
use sha2::{Digest, Sha256};

/// Most keys of one record: each is an index row, and pages written are what filing costs (DESIGN.md section 5).
pub const MOST_KEYS: usize = 6;
/// Identifiers among them, the record's own first.
const MOST_IDENTIFIERS: usize = 3;
/// Letters of a folded name that go into a key.
const NAME_LETTERS: usize = 4;

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockingKind {
    /// Sort, authority and value of an identifier.
    Identifier,
    /// Birth date and the beginning of the family or the given name; one kind, so that swapped names meet.
    BirthName,
    /// Telephone and the beginning of the given name.
    Telephone,
    /// Postal code and the beginning of the given name, when there is no telephone.
    PostalName,
}

/// One key. The kind is part of the hash, so the hash alone can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey {
    /// What it is made of.
    pub kind: BlockingKind,
    /// First 64 bits of SHA-256 over kind and values.
    pub hash: u64,
}

impl BlockingKey {
    fn of(kind: BlockingKind, words: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([kind as u8]);
        for word in words {
            hasher.update((word.len() as u64).to_be_bytes());
            hasher.update(word.as_bytes());
        }
        let digest = hasher.finalize();
        let mut first = [0u8; 8];
        first.copy_from_slice(&digest[..8]);
        Self { kind, hash: u64::from_be_bytes(first) }
    }
    /// Records that are looked at under one key at most. A number leads to few, and whoever shares it with hundreds is
    /// no number's owner; a name with a shared telephone or a rural postal code may lead to a whole town, which says
    /// nothing about anybody.
    #[must_use]
    pub fn most_records(self) -> usize {
        match self.kind {
            BlockingKind::Identifier => 500,
            BlockingKind::BirthName | BlockingKind::Telephone | BlockingKind::PostalName => 64,
        }
    }
    /// As a database key (two's complement of the hash).
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.hash as i64
    }
}

/// The key of one identifier, for exact look-up: sort, issuer and comparable value. `None` when it cannot speak for
/// a person (empty, filler, other sorts): such a one is never looked up.
#[must_use]
pub fn identifier_key(identifier: &Identifier) -> Option<BlockingKey> {
    let sort = match identifier.sort {
        IdentifierSort::HealthCard => "card",
        IdentifierSort::RecordNumber => "record",
        IdentifierSort::Other => return None,
    };
    cards::is_proof(identifier).then(|| {
        let words = [sort, &cards::issuer_code(identifier), &cards::comparable(identifier)];
        BlockingKey::of(BlockingKind::Identifier, &words)
    })
}

/// Keys under which a claim is remembered and looked up: identifiers, birth date with each name, telephone or
/// postal code. At most [`MOST_KEYS`], without repeats.
#[must_use]
pub fn blocking_keys(claim: &Claim) -> Vec<BlockingKey> {
    let mut keys: Vec<BlockingKey> = Vec::with_capacity(MOST_KEYS);
    let mut add = |key: BlockingKey| {
        if keys.len() < MOST_KEYS && !keys.contains(&key) {
            keys.push(key);
        }
    };
    let mut identifiers: Vec<BlockingKey> = Vec::with_capacity(MOST_IDENTIFIERS);
    let card_first = claim.identifiers.iter().filter(|i| i.sort == IdentifierSort::HealthCard);
    let others = claim.identifiers.iter().filter(|i| i.sort != IdentifierSort::HealthCard);
    for key in claim.own.iter().chain(card_first).chain(others).filter_map(identifier_key) {
        if identifiers.len() < MOST_IDENTIFIERS && !identifiers.contains(&key) {
            identifiers.push(key);
        }
    }
    identifiers.into_iter().for_each(&mut add);

    let Some(name) = claim.names.first() else { return keys };
    let beginning = |word: String| -> String { word.chars().take(NAME_LETTERS).collect() };
    let family = beginning(names::root(&name.family));
    let given =
        if names::is_placeholder(&name.given) { String::new() } else { beginning(names::root(&name.given)) };
    if dates::is_full(&claim.birth_date) {
        for part in [&family, &given] {
            if !part.is_empty() {
                add(BlockingKey::of(BlockingKind::BirthName, &[&claim.birth_date, part]));
            }
        }
    }
    if !given.is_empty() {
        if let Some(number) = claim.telephones.iter().find_map(|t| telephone(t)) {
            add(BlockingKey::of(BlockingKind::Telephone, &[&number, &given]));
        } else if !claim.postal_code.is_empty() {
            add(BlockingKey::of(BlockingKind::PostalName, &[&claim.postal_code.to_uppercase(), &given]));
        }
    }
    keys
}

/// The last ten digits of a telephone number; `None` when there are fewer than seven or all are the same.
pub(super) fn telephone(text: &str) -> Option<String> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let last = &digits[digits.len().saturating_sub(10)..];
    let filler = last.windows(2).all(|w| w[0] == w[1]);
    (last.len() >= 7 && !filler).then(|| last.iter().collect())
}
