//! How an input is changed: along the format's own separators, by its words, by numbers at their limits, by bytes.

use crate::LONGEST_BYTES;
use province::rng::Rng;

/// Most changes of one input.
const CHANGES_MOST: usize = 12;
/// Longest piece that is moved or repeated, in bytes.
const PIECE_BYTES: usize = 2_000;

/// Bytes and characters that readers trip over, whatever the format.
const ODD: &[&[u8]] = &[
    b"\0",
    b"\x0B",
    b"\x1C",
    b"\x1C\r",
    b"\r",
    b"\n",
    b"\t",
    b"\x7F",
    b"\x80",
    b"\xC3",
    b"\xE2\x82",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xFF",
    b"\xFF\xFE",
    b"\xEF\xBB\xBF",
    "\u{e9}".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{212a}".as_bytes(),
    "\u{130}".as_bytes(),
    "\u{df}".as_bytes(),
    "\u{fb01}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{1f9ea}".as_bytes(),
    "\u{ff10}".as_bytes(),
    "\u{661}".as_bytes(),
    b"'",
    b"\"",
    b"\\",
    b"%00",
    b"%",
    b"../",
    b"\\u0000",
    b"\\uD800",
];

/// Numbers at the limits of what holds them.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1",
    "7",
    "99",
    "127",
    "128",
    "255",
    "256",
    "999",
    "32768",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999999999999",
    "1e999",
    "1e-999",
    "0.0000000000000000000000000000001",
    "00000000000000000001",
    "20260230",
    "99991231235959.9999+1400",
    "2026-02-29",
    "0000-00-00",
    "9999-12-31T23:59:60Z",
    "-262144-01-01",
    "NaN",
];

pub(crate) struct Mutation<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) kept: &'a [Vec<u8>],
    pub(crate) words: &'a [&'a str],
}

impl Mutation<'_> {
    /// A kept input; sometimes words alone.
    pub(crate) fn begin(&mut self) -> Vec<u8> {
        if self.kept.is_empty() || self.rng.chance(30) {
            let many = self.rng.below(40);
            return (0..many).flat_map(|_| self.piece()).collect();
        }
        let mut made = self.rng.pick(self.kept).clone();
        made.truncate(LONGEST_BYTES);
        made
    }

    /// How often it is changed: mostly a little, so that what is behind the first check is reached.
    pub(crate) fn changes(&mut self) -> usize {
        let mut many = 1;
        while many < CHANGES_MOST && self.rng.chance(600) {
            many += 1;
        }
        many
    }

    pub(crate) fn change(&mut self, made: &mut Vec<u8>) {
        match self.rng.below(14) {
            0 => self.flip(made),
            1 => self.put(made, |this| this.rng.pick(ODD).to_vec()),
            2 | 3 => self.put(made, Self::word),
            4 => self.number(made),
            5 => {
                let (at, end) = self.part(made);
                made.drain(at..end);
            }
            6 => {
                let (at, end) = self.part(made);
                let part = made[at..end].to_vec();
                let many = 1 + self.rng.below(3);
                self.insert(made, end, &part.repeat(many));
            }
            7 => {
                let (at, end) = self.part(made);
                let part: Vec<u8> = made.drain(at..end).collect();
                let to = self.place(made);
                self.insert(made, to, &part);
            }
            8 => {
                let (at, end) = self.part(made);
                let other = self.of_another();
                made.splice(at..end, other);
            }
            9 => {
                let at = self.rng.below(made.len() + 1);
                made.truncate(at);
            }
            10 => {
                let (at, end) = self.part(made);
                let other = match self.rng.below(3) {
                    0 => self.word(),
                    1 => self.rng.pick(ODD).to_vec(),
                    _ => Vec::new(),
                };
                made.splice(at..end, other);
            }
            11 => {
                // Deep or long: the same word many times.
                let word = self.piece();
                let many = 1 << self.rng.below(11);
                let at = self.place(made);
                let most = PIECE_BYTES * 4 / word.len().max(1);
                self.insert(made, at, &word.repeat(many.min(most)));
            }
            12 => {
                let tail = self.of_another();
                let at = self.place(made);
                made.truncate(at);
                made.extend(tail);
            }
            _ => {
                let at = self.rng.below(made.len().max(1));
                if let Some(byte) = made.get_mut(at) {
                    *byte = self.rng.bits() as u8;
                }
            }
        }
    }

    fn flip(&mut self, made: &mut [u8]) {
        let at = self.rng.below(made.len());
        let bit = self.rng.below(8);
        if let Some(byte) = made.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn word(&mut self) -> Vec<u8> {
        if self.words.is_empty() { b"0".to_vec() } else { self.rng.pick(self.words).as_bytes().to_vec() }
    }

    fn piece(&mut self) -> Vec<u8> {
        match self.rng.below(8) {
            0 => self.rng.pick(ODD).to_vec(),
            1 => self.rng.pick(NUMBERS).as_bytes().to_vec(),
            2 => b"a".to_vec(),
            _ => self.word(),
        }
    }

    fn put(&mut self, made: &mut Vec<u8>, what: impl Fn(&mut Self) -> Vec<u8>) {
        let what = what(self);
        let at = if self.rng.chance(500) { self.place(made) } else { self.rng.below(made.len() + 1) };
        self.insert(made, at, &what);
    }

    fn insert(&mut self, made: &mut Vec<u8>, at: usize, what: &[u8]) {
        if made.len() + what.len() <= LONGEST_BYTES {
            let at = at.min(made.len());
            made.splice(at..at, what.iter().copied());
        }
    }

    /// Puts another number where one stands.
    fn number(&mut self, made: &mut Vec<u8>) {
        let from = self.rng.below(made.len());
        let digit = |byte: &u8| byte.is_ascii_digit();
        let Some(at) = made[from..].iter().position(digit).map(|at| from + at) else { return };
        let end = made[at..].iter().position(|byte| !digit(byte)).map_or(made.len(), |end| at + end);
        let number = self.rng.pick(NUMBERS).as_bytes().to_vec();
        made.splice(at..end, number);
    }

    fn parts(&self, byte: u8) -> bool {
        self.words.iter().any(|word| word.as_bytes() == [byte]) || matches!(byte, b'\r' | b'\n')
    }

    /// A place beside a separator.
    fn place(&mut self, made: &[u8]) -> usize {
        let from = self.rng.below(made.len() + 1);
        let found = made[from..].iter().position(|&byte| self.parts(byte));
        found.map_or(from, |at| from + at + usize::from(self.rng.chance(500)))
    }

    /// From one separator to another one, the first or a later.
    fn part(&mut self, made: &[u8]) -> (usize, usize) {
        let at = self.place(made);
        let mut end = at;
        for _ in 0..=self.rng.below(4) {
            let next = made[end.min(made.len())..].iter().skip(1).position(|&byte| self.parts(byte));
            end = next.map_or(made.len(), |next| end + next + 1);
        }
        (at, end.clamp(at, made.len()).min(at + PIECE_BYTES))
    }

    /// A part of another kept input.
    fn of_another(&mut self) -> Vec<u8> {
        if self.kept.is_empty() {
            return self.word();
        }
        let other = self.rng.pick(self.kept);
        let (at, end) = self.part(other);
        other[at..end].to_vec()
    }
}
