//! Random tampering with a log that its files must give away.

use fhir::{Instant, PersonId};
use store::activity::*;

/// Ways to tamper.
pub(crate) const WAYS: [&str; 12] = [
    "a row is changed",
    "a row is changed and its leaf made anew",
    "a row is deleted",
    "a row is deleted and the rest numbered and hashed anew",
    "a row is inserted, the rest numbered and hashed anew",
    "two rows change places",
    "two rows change places, numbered and hashed anew",
    "the end is cut off",
    "the end is cut off with its checkpoints",
    "everything is written anew with checkpoints of another key",
    "the checkpoints of the end are replaced by older ones",
    "content is taken out without a certificate",
];

/// Splitmix64: the seed alone decides.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// A log as its files give it.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) rows: Vec<LoggedRow>,
    pub(crate) notes: Vec<String>,
}

const PERIOD: [u8; 32] = [7; 32];
/// Rows from one checkpoint to the next.
const EVERY: usize = 16;

pub(crate) fn signer(secret: u8) -> Signer {
    Signer::new("records.example/activity", &[secret; 32]).unwrap()
}

fn hashed(rows: &mut [LoggedRow]) {
    for (n, row) in rows.iter_mut().enumerate() {
        row.seq = n as i64 + 1;
        if let Content::Kept { blind, .. } = &mut row.content {
            *blind = Some(blind_of(&PERIOD, row.seq));
        }
        row.leaf = row.right_leaf().unwrap();
    }
}

fn signed(rows: &[LoggedRow], signer: &Signer) -> Vec<String> {
    let mut edge = Frontier::default();
    let mut notes = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        edge.push(row.leaf, |_, _, _| {});
        if (n + 1) % EVERY == 0 || n + 1 == rows.len() {
            notes.push(signer.sign(edge.size(), edge.root()));
        }
    }
    notes
}

/// A sound log of `n` rows, covered by checkpoints to its end.
pub(crate) fn sound(n: usize) -> Files {
    let mut dice = Dice(1);
    let mut rows: Vec<LoggedRow> = (0..n)
        .map(|n| LoggedRow {
            seq: 0,
            at: Instant(1_700_000_000_000_000 + n as i64 * 1_000_003),
            role: ["family-doctor", "machine", "pharmacist"][dice.below(3)].into(),
            verb: ["read-results", "find-patient", "file-message"][dice.below(3)].into(),
            purpose: "TREAT".into(),
            content: Content::Kept {
                person: (dice.below(4) > 0).then(|| PersonId::from_i64(dice.below(99) as i64)),
                actor: format!("user-{}", dice.below(20)),
                object: format!("person/{}/results", dice.below(99)),
                blind: None,
            },
            leaf: [0; 32],
        })
        .collect();
    hashed(&mut rows);
    let notes = signed(&rows, &signer(42));
    Files { rows, notes }
}

fn change(row: &mut LoggedRow, dice: &mut Dice) {
    let Content::Kept { person, actor, object, .. } = &mut row.content else { return };
    match dice.below(7) {
        0 => row.at = Instant(row.at.0 + 1 + dice.below(1_000) as i64),
        1 => row.role.push('x'),
        2 => row.verb = format!("{}-", row.verb),
        3 => row.purpose = "ETREAT".into(),
        4 => *person = Some(PersonId::from_i64(1_000 + dice.below(1_000) as i64)),
        5 => *actor = format!("other-{}", dice.below(9_999)),
        _ => object.push('/'),
    }
}

/// The files after tampering in one of the [`WAYS`].
pub(crate) fn tampered(sound: &Files, way: usize, dice: &mut Dice) -> Files {
    let mut files = sound.clone();
    let n = files.rows.len();
    let (at, other) = (dice.below(n), dice.below(n));
    let other = if other == at { (at + 1) % n } else { other };
    match way {
        0 => change(&mut files.rows[at], dice),
        1 => {
            change(&mut files.rows[at], dice);
            hashed(&mut files.rows);
        }
        2 => drop(files.rows.remove(at)),
        3 => {
            files.rows.remove(at);
            hashed(&mut files.rows);
        }
        4 => {
            let mut row = files.rows[other].clone();
            change(&mut row, dice);
            files.rows.insert(at, row);
            hashed(&mut files.rows);
        }
        5 => files.rows.swap(at, other),
        6 => {
            files.rows.swap(at, other);
            hashed(&mut files.rows);
        }
        7 => files.rows.truncate(at),
        8 => {
            files.rows.truncate(at);
            files.notes = signed_before(&files.notes, at);
        }
        9 => {
            change(&mut files.rows[at], dice);
            hashed(&mut files.rows);
            files.notes = signed(&files.rows, &signer(43));
        }
        10 => {
            let cut = files.notes.len() - 1 - dice.below(files.notes.len() - 1);
            files.notes.truncate(cut);
        }
        _ => {
            let Content::Kept { person, actor, object, blind } = &files.rows[at].content else {
                return files;
            };
            let digest = content_digest(&blind.unwrap(), *person, actor, object);
            files.rows[at].content = Content::Destroyed { digest };
        }
    }
    files
}

fn signed_before(notes: &[String], size: usize) -> Vec<String> {
    let verifier = signer(42).verifier();
    notes.iter().filter(|note| verifier.check(note).unwrap().size <= size as u64).cloned().collect()
}

/// What the offline check says; the witness keeps what it was given before the tampering.
pub(crate) fn judged(files: &Files, kept: &[(String, Vec<String>)]) -> Verdict {
    let verifier = signer(42).verifier();
    verify(files.rows.iter().cloned(), &Evidence { verifier: &verifier, notes: &files.notes, kept })
}

/// Tampers so often, in every way in turn; how often it was found, way by way: (found, of).
pub(crate) fn run(times: usize, rows: usize, seed: u64) -> Vec<(&'static str, usize, usize)> {
    let sound = sound(rows);
    let kept = vec![("regulator".to_owned(), vec![sound.notes.last().unwrap().clone()])];
    assert!(judged(&sound, &kept).is_sound(), "the log itself is sound");
    let mut found: Vec<_> = WAYS.iter().map(|way| (*way, 0, 0)).collect();
    let mut dice = Dice(seed);
    for n in 0..times {
        let way = n % WAYS.len();
        found[way].2 += 1;
        found[way].1 += usize::from(!judged(&tampered(&sound, way, &mut dice), &kept).is_sound());
    }
    found
}
