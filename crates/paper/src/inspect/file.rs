//! Where the objects of a PDF are (ISO 32000-1 7.5): cross-reference tables and streams, updates, object streams.
//!
//! A file whose table is wrong is not mended: programs mend differently, and what a person signed must be what is read.

use super::Problem;
use super::object::{Dict, Lexer, Object};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

/// Updates laid over each other, at most.
const UPDATES_LIMIT: usize = 64;
/// Objects, at most; a form has about sixty.
const OBJECTS_LIMIT: usize = 20_000;
/// Bytes of all streams together once inflated, at most.
const INFLATED_LIMIT_BYTES: usize = 48 * 1024 * 1024;
/// Objects read out of one file, at most, the same one read again and each item of an array or dictionary counted: what a
/// few kilobytes refer to again and again stays small.
const READ_LIMIT: usize = 2_000_000;
/// How far from the end `startxref` may stand, in bytes.
const TAIL_BYTES: usize = 2_048;

#[derive(Debug, Clone, Copy)]
enum Place {
    At(usize),
    /// In an object stream.
    Within(u32),
    Free,
}

/// A PDF with its objects at hand.
pub(crate) struct File<'b> {
    pub(crate) bytes: &'b [u8],
    places: BTreeMap<u32, Place>,
    /// Trailer entries; those of the latest update win.
    pub(crate) trailer: Dict,
    inflated: Cell<usize>,
    read: Cell<usize>,
    packs: RefCell<BTreeMap<u32, Vec<(u32, Object)>>>,
}

impl<'b> File<'b> {
    /// Reads the tables.
    pub(crate) fn open(bytes: &'b [u8]) -> Result<Self, Problem> {
        let mut file = Self {
            bytes,
            places: BTreeMap::new(),
            trailer: Dict::new(),
            inflated: Cell::new(0),
            read: Cell::new(0),
            packs: RefCell::default(),
        };
        let from = bytes.len().saturating_sub(TAIL_BYTES);
        let tail = &bytes[from..];
        const MARK: &[u8] = b"startxref";
        let at = tail.windows(MARK.len()).rposition(|window| window == MARK).ok_or(Problem::Damaged)?;
        let start = Lexer::new(bytes, from + at + MARK.len()).object()?;
        let mut next = start.as_ref().and_then(Object::int);
        let mut seen = BTreeSet::new();
        while let Some(at) = next {
            let at = usize::try_from(at).ok().filter(|&at| at < bytes.len()).ok_or(Problem::Damaged)?;
            if !seen.insert(at) || seen.len() > UPDATES_LIMIT {
                return Err(Problem::Damaged);
            }
            let trailer = file.table(at)?;
            // A hybrid file: the stream beside a table holds what older programs are not to see.
            if let Some(beside) = trailer.get("XRefStm").and_then(Object::int) {
                let beside = usize::try_from(beside).map_err(|_| Problem::Damaged)?;
                file.table(beside)?;
            }
            next = trailer.get("Prev").and_then(Object::int);
            for (name, value) in trailer {
                file.trailer.entry(name).or_insert(value);
            }
        }
        Ok(file)
    }

    fn note(&mut self, number: u32, place: Place) -> Result<(), Problem> {
        self.places.entry(number).or_insert(place);
        if self.places.len() > OBJECTS_LIMIT { Err(Problem::TooMuch) } else { Ok(()) }
    }

    fn table(&mut self, at: usize) -> Result<Dict, Problem> {
        let mut lexer = Lexer::new(self.bytes, at);
        lexer.skip();
        if !self.bytes[lexer.at..].starts_with(b"xref") {
            return self.stream_table(at);
        }
        lexer.at += 4;
        loop {
            let first = match lexer.object()?.ok_or(Problem::Damaged)? {
                Object::Word(word) if word == "trailer" => break,
                Object::Int(first) => u32::try_from(first).map_err(|_| Problem::Damaged)?,
                _ => return Err(Problem::Damaged),
            };
            let count = lexer.object()?.and_then(|o| o.int()).and_then(|c| usize::try_from(c).ok());
            for number in 0..count.filter(|&c| c <= OBJECTS_LIMIT).ok_or(Problem::Damaged)? {
                let offset = lexer.object()?.and_then(|o| o.int()).ok_or(Problem::Damaged)?;
                lexer.object()?.and_then(|o| o.int()).ok_or(Problem::Damaged)?;
                let sort = lexer.object()?.ok_or(Problem::Damaged)?;
                let place = if sort.is_word("n") {
                    Place::At(usize::try_from(offset).map_err(|_| Problem::Damaged)?)
                } else {
                    Place::Free
                };
                self.note(first.saturating_add(number as u32), place)?;
            }
        }
        match lexer.object()? {
            Some(Object::Dict(trailer)) => Ok(trailer),
            _ => Err(Problem::Damaged),
        }
    }

    fn stream_table(&mut self, at: usize) -> Result<Dict, Problem> {
        let (_, object) = self.indirect(at)?;
        let Object::Stream(dict, begin) = object else { return Err(Problem::Damaged) };
        if dict.get("Type").and_then(Object::name) != Some("XRef") {
            return Err(Problem::Damaged);
        }
        let data = self.inflate(&dict, begin)?;
        let ints = |name: &str| -> Vec<usize> {
            let Some(Object::Array(items)) = dict.get(name) else { return Vec::new() };
            items.iter().filter_map(Object::int).filter_map(|i| usize::try_from(i).ok()).collect()
        };
        let widths = ints("W");
        if widths.len() != 3 || widths.iter().any(|&w| w > 8) || widths[1] == 0 {
            return Err(Problem::Damaged);
        }
        let size = dict.get("Size").and_then(Object::int).and_then(|s| usize::try_from(s).ok()).unwrap_or(0);
        let index = match ints("Index") {
            empty if empty.is_empty() => vec![0, size],
            index => index,
        };
        let wide: usize = widths.iter().sum();
        let mut rows = data.chunks_exact(wide);
        for pair in index.chunks_exact(2) {
            for step in 0..pair[1] {
                let row = rows.next().ok_or(Problem::Damaged)?;
                let field = |from: usize, width: usize| {
                    row[from..from + width].iter().fold(0_u64, |all, &byte| all << 8 | u64::from(byte))
                };
                let sort = if widths[0] == 0 { 1 } else { field(0, widths[0]) };
                let second = field(widths[0], widths[1]);
                let number = u32::try_from(pair[0] + step).map_err(|_| Problem::Damaged)?;
                let place = match sort {
                    1 => Place::At(usize::try_from(second).map_err(|_| Problem::Damaged)?),
                    2 => Place::Within(u32::try_from(second).map_err(|_| Problem::Damaged)?),
                    _ => Place::Free,
                };
                self.note(number, place)?;
            }
        }
        Ok(dict)
    }

    /// The indirect object at a place: its number and itself.
    fn indirect(&self, at: usize) -> Result<(u32, Object), Problem> {
        let mut lexer = Lexer::new(self.bytes, at);
        let number = lexer.object()?.and_then(|o| o.int()).and_then(|n| u32::try_from(n).ok());
        lexer.object()?.and_then(|o| o.int()).ok_or(Problem::Damaged)?;
        if !lexer.object()?.is_some_and(|o| o.is_word("obj")) {
            return Err(Problem::Damaged);
        }
        let object = lexer.object()?.ok_or(Problem::Damaged)?;
        let number = number.ok_or(Problem::Damaged)?;
        let Object::Dict(dict) = object else { return Ok((number, object)) };
        lexer.skip();
        if !self.bytes[lexer.at..].starts_with(b"stream") {
            return Ok((number, Object::Dict(dict)));
        }
        let mut begin = lexer.at + b"stream".len();
        if self.bytes[begin..].starts_with(b"\r\n") {
            begin += 2;
        } else if self.bytes.get(begin) == Some(&b'\n') {
            begin += 1;
        } else {
            return Err(Problem::Damaged);
        }
        Ok((number, Object::Stream(dict, begin)))
    }

    /// Every object's number.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let used = self.places.iter().filter(|(_, place)| !matches!(place, Place::Free));
        used.map(|(number, _)| *number).collect()
    }

    /// An object by number; null when it is not there (7.3.10). What it holds is counted before it is given.
    pub(crate) fn get(&self, number: u32) -> Result<Object, Problem> {
        let object = self.find(number)?;
        self.count(&object)?;
        Ok(object)
    }

    fn count(&self, object: &Object) -> Result<(), Problem> {
        let read = self.read.get().saturating_add(object.size());
        self.read.set(read);
        if read > READ_LIMIT { Err(Problem::TooMuch) } else { Ok(()) }
    }

    fn find(&self, number: u32) -> Result<Object, Problem> {
        match self.places.get(&number) {
            None | Some(Place::Free) => Ok(Object::Null),
            Some(Place::At(at)) if *at >= self.bytes.len() => Err(Problem::Damaged),
            Some(Place::At(at)) => {
                let (found, object) = self.indirect(*at)?;
                if found == number { Ok(object) } else { Err(Problem::Damaged) }
            }
            Some(&Place::Within(pack)) => {
                if !self.packs.borrow().contains_key(&pack) {
                    let read = self.pack(pack)?;
                    self.packs.borrow_mut().insert(pack, read);
                }
                let packs = self.packs.borrow();
                let found = packs.get(&pack).and_then(|all| all.iter().find(|(n, _)| *n == number));
                found.map(|(_, object)| object.clone()).ok_or(Problem::Damaged)
            }
        }
    }

    fn pack(&self, number: u32) -> Result<Vec<(u32, Object)>, Problem> {
        let Some(Place::At(at)) = self.places.get(&number) else { return Err(Problem::Damaged) };
        let Object::Stream(dict, begin) = self.indirect(*at)?.1 else { return Err(Problem::Damaged) };
        let data = self.inflate(&dict, begin)?;
        let usize_of =
            |name: &str| dict.get(name).and_then(Object::int).and_then(|i| usize::try_from(i).ok());
        let count = usize_of("N").filter(|&n| n <= OBJECTS_LIMIT).ok_or(Problem::Damaged)?;
        let first = usize_of("First").ok_or(Problem::Damaged)?;
        let mut head = Lexer::new(&data, 0);
        let (mut all, mut free) = (Vec::new(), first);
        for _ in 0..count {
            let number = head.object()?.and_then(|o| o.int()).and_then(|n| u32::try_from(n).ok());
            let offset = head.object()?.and_then(|o| o.int()).and_then(|n| usize::try_from(n).ok());
            let (Some(number), Some(offset)) = (number, offset) else { return Err(Problem::Damaged) };
            let at = first.checked_add(offset).filter(|&at| at < data.len()).ok_or(Problem::Damaged)?;
            // One after the other (7.5.7): two that begin at one place, or each inside the one before, would multiply.
            if at < free {
                return Err(Problem::Damaged);
            }
            let mut lexer = Lexer::new(&data, at);
            let object = lexer.object()?.ok_or(Problem::Damaged)?;
            free = lexer.at;
            self.count(&object)?;
            all.push((number, object));
        }
        Ok(all)
    }

    /// What an object stands for: itself, or what it refers to.
    pub(crate) fn resolve(&self, object: &Object) -> Result<Object, Problem> {
        let mut object = object.clone();
        for _ in 0..8 {
            match object {
                Object::Ref(number) => object = self.get(number)?,
                other => return Ok(other),
            }
        }
        Err(Problem::Damaged)
    }

    /// An entry of a dictionary, resolved; null when it is not there.
    pub(crate) fn entry(&self, dict: &Dict, name: &str) -> Result<Object, Problem> {
        dict.get(name).map_or(Ok(Object::Null), |object| self.resolve(object))
    }

    /// The bytes of a stream as they stand in the file.
    fn raw(&self, dict: &Dict, begin: usize) -> Result<&'b [u8], Problem> {
        let length = self.entry(dict, "Length")?.int().and_then(|l| usize::try_from(l).ok());
        let end = length.and_then(|l| begin.checked_add(l)).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(Problem::Damaged)?;
        let mut after = Lexer::new(self.bytes, end);
        after.skip();
        if !self.bytes[after.at..].starts_with(b"endstream") {
            return Err(Problem::Damaged);
        }
        Ok(&self.bytes[begin..end])
    }

    /// The bytes of a stream after its filters. [`Problem::Unread`] when a filter is one of pictures.
    pub(crate) fn inflate(&self, dict: &Dict, begin: usize) -> Result<Vec<u8>, Problem> {
        let raw = self.raw(dict, begin)?;
        let list = |object: Object| match object {
            Object::Array(items) => items,
            Object::Null => Vec::new(),
            one => vec![one],
        };
        let filters = list(self.entry(dict, "Filter")?);
        let parms = list(self.entry(dict, "DecodeParms")?);
        if filters.len() > 4 {
            return Err(Problem::TooMuch);
        }
        self.spend(raw.len())?;
        let mut data = raw.to_vec();
        for (i, filter) in filters.iter().enumerate() {
            let filter = self.resolve(filter)?;
            let parm = parms.get(i).map_or(Ok(Object::Null), |parm| self.resolve(parm))?;
            data = match filter.name() {
                Some("FlateDecode" | "Fl") => {
                    let plain = self.flate(&data)?;
                    predicted(plain, parm.dict())?
                }
                Some("ASCIIHexDecode" | "AHx") => ascii_hex(&data),
                Some("ASCII85Decode" | "A85") => ascii_85(&data)?,
                _ => return Err(Problem::Unread),
            };
        }
        Ok(data)
    }

    /// Bytes that are about to be copied out of the file count as inflated ones do.
    fn spend(&self, bytes: usize) -> Result<(), Problem> {
        let spent = self.inflated.get().saturating_add(bytes);
        self.inflated.set(spent);
        if spent > INFLATED_LIMIT_BYTES { Err(Problem::TooMuch) } else { Ok(()) }
    }

    fn flate(&self, data: &[u8]) -> Result<Vec<u8>, Problem> {
        let room = INFLATED_LIMIT_BYTES.saturating_sub(self.inflated.get());
        let mut out = Vec::new();
        let read = flate2::read::ZlibDecoder::new(data).take(room as u64 + 1).read_to_end(&mut out);
        read.map_err(|_| Problem::Damaged)?;
        if out.len() > room {
            return Err(Problem::TooMuch);
        }
        self.inflated.set(self.inflated.get() + out.len());
        Ok(out)
    }
}

/// Undoes a predictor (7.4.4.4): none, or those of PNG.
fn predicted(data: Vec<u8>, parms: Option<&Dict>) -> Result<Vec<u8>, Problem> {
    let int = |name: &str, usual: i64| parms.and_then(|p| p.get(name)).and_then(Object::int).unwrap_or(usual);
    match int("Predictor", 1) {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(Problem::Unread),
    }
    let (colors, bits, columns) = (int("Colors", 1), int("BitsPerComponent", 8), int("Columns", 1));
    if !(1..=32).contains(&colors) || !(1..=16).contains(&bits) || !(1..=100_000).contains(&columns) {
        return Err(Problem::Damaged);
    }
    let pixel = ((colors * bits + 7) / 8) as usize;
    let row = ((colors * bits * columns + 7) / 8) as usize;
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    for line in data.chunks(row + 1) {
        let start = out.len();
        let (sort, line) = (line[0], &line[1..]);
        for (i, &byte) in line.iter().enumerate() {
            let left = if i >= pixel { out[start + i - pixel] } else { 0 };
            let up = if start >= row { out[start - row + i] } else { 0 };
            let corner = if i >= pixel && start >= row { out[start - row + i - pixel] } else { 0 };
            let guess = match sort {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(Problem::Damaged),
            };
            out.push(byte.wrapping_add(guess));
        }
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (pa, pb, pc) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if pa <= pb && pa <= pc {
        left
    } else if pb <= pc {
        up
    } else {
        corner
    }
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|&&b| b != b'>')
        .filter_map(|&b| char::from(b).to_digit(16))
        .map(|d| d as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn ascii_85(data: &[u8]) -> Result<Vec<u8>, Problem> {
    let (mut out, mut group) = (Vec::new(), Vec::with_capacity(5));
    let mut flush = |group: &mut Vec<u8>| {
        let kept = group.len().saturating_sub(1);
        group.resize(5, 84);
        let value = group.iter().fold(0_u64, |all, &digit| all * 85 + u64::from(digit));
        let bytes = u32::try_from(value).map_err(|_| Problem::Damaged)?.to_be_bytes();
        out.extend_from_slice(&bytes[..kept]);
        group.clear();
        Ok(())
    };
    for &byte in data {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => {
                group.extend_from_slice(&[0; 5]);
                flush(&mut group)?;
            }
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    flush(&mut group)?;
                }
            }
            _ if byte.is_ascii_whitespace() || byte == 0 => {}
            _ => return Err(Problem::Damaged),
        }
    }
    if !group.is_empty() {
        flush(&mut group)?;
    }
    Ok(out)
}
