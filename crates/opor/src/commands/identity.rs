//! `opor identity`

use anyhow::{Context as _, bail};
use clap::Subcommand;
use clinical::identity::linkage::book::Book;
use clinical::identity::linkage::bulk::{self, Linked, Step};
use clinical::identity::linkage::record::Row;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Who is the same person, in files of records
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Link the records of a CSV file to people
    Match(Match),
}

/// Link the records of a CSV file to people
#[derive(clap::Args)]
struct Match {
    /// Records: CSV with a header, UTF-8, perhaps .gz
    #[arg(long = "in")]
    input: PathBuf,
    /// Where to write record_id,person_id
    #[arg(long)]
    out: PathBuf,
    /// Where to write the pairs that a person should look at: record_id_a,record_id_b,bits
    #[arg(long)]
    review: Option<PathBuf>,
    /// Where to write every pair with its score: record_id_a,record_id_b,bits,guard
    #[arg(long)]
    pairs: Option<PathBuf>,
    /// Names of the columns where they are others: TOML, ours = "theirs" or ours = ["theirs", "and theirs"]
    #[arg(long)]
    columns: Option<PathBuf>,
}

/// Our columns, in the order of [`Sheet::columns`].
const COLUMNS: [&str; 17] = [
    "record_id",
    "registered",
    "family",
    "given",
    "middle",
    "suffix",
    "dob",
    "sex",
    "hcn",
    "hcn_issuer",
    "phone",
    "email",
    "address",
    "city",
    "postal",
    "mother_hcn",
    "mb_order",
];

/// Columns that `data/empi/README.md` names and that say nothing about a person.
const OTHER_COLUMNS: [&str; 2] = ["source", "mrn"];

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Run a subcommand.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Match(args) => match_file(&args),
    }
}

fn match_file(args: &Match) -> anyhow::Result<ExitCode> {
    four_files(args)?;
    let map = match &args.columns {
        Some(path) => column_map(path)?,
        None => BTreeMap::new(),
    };
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg:>22} {wide_bar} {pos}/{len} {elapsed}")?);
    let (mut book, ids) = read(&args.input, &map, &bar)?;
    let total = book.records.len() as u64;
    bar.set_length(total);
    let (mut from, mut to) = (None, None);
    let linked = bulk::link(&mut book, |step| match step {
        Step::Learning => bar.set_message("learning stand-ins"),
        Step::Grouping => bar.set_message("grouping"),
        Step::Estimating => bar.set_message("estimating weights"),
        Step::Comparing(done) => {
            if done == 0 {
                from = processor_ns();
            }
            bar.set_message("comparing");
            bar.set_position(done as u64);
        }
        Step::Linking => {
            to = processor_ns();
            bar.set_message("linking");
        }
    });
    bar.set_position(total);
    bar.set_message("writing");
    write(args, &ids, &linked)?;
    bar.finish_and_clear();
    tell(&book, &linked);
    if let (Some(from), Some(to)) = (from, to) {
        println!(
            "comparing and scoring took {:.3} s of processor time",
            to.saturating_sub(from) as f64 / 1e9
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Processor time of this thread in nanoseconds, where the system says it (Linux: the first number of `schedstat`).
fn processor_ns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Nothing is written over what is read, and no two answers into one file.
fn four_files(args: &Match) -> anyhow::Result<()> {
    let named = [
        ("--in", Some(&args.input)),
        ("--columns", args.columns.as_ref()),
        ("--out", Some(&args.out)),
        ("--review", args.review.as_ref()),
        ("--pairs", args.pairs.as_ref()),
    ];
    let mut seen: Vec<(&str, PathBuf)> = Vec::new();
    for (option, path) in named.into_iter().filter_map(|(option, path)| Some((option, path?))) {
        let place = place_of(path)?;
        if let Some((other, _)) = seen.iter().find(|(_, taken)| *taken == place) {
            bail!("{other} and {option} name the same file, {}; give each its own", path.display());
        }
        seen.push((option, place));
    }
    Ok(())
}

/// Where a file lies or will lie, links followed.
fn place_of(path: &Path) -> anyhow::Result<PathBuf> {
    if let Ok(there) = path.canonicalize() {
        return Ok(there);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

fn tell(book: &Book, linked: &Linked) {
    let people = (0..book.records.len() as u32).filter(|n| linked.people[*n as usize] == *n).count();
    let [dates, cards, telephones, addresses, newborn, nobody] = linked.stand_ins;
    println!(
        "{} records, {people} people, {} pairs compared, {} pairs to look at",
        book.records.len(),
        linked.compared,
        linked.review.len()
    );
    println!(
        "stand-ins learned: {dates} dates, {cards} card numbers, {telephones} telephones, {addresses} addresses, \
         {newborn} names of newborns, {nobody} names of the unidentified"
    );
}

/// Record ids one after another.
#[derive(Default)]
struct Ids {
    text: String,
    ends: Vec<u32>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
    }
    fn get(&self, n: u32) -> &str {
        let from = if n == 0 { 0 } else { self.ends[n as usize - 1] as usize };
        &self.text[from..self.ends[n as usize] as usize]
    }
}

fn column_map(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is not readable as TOML", path.display()))?;
    let mut map = BTreeMap::new();
    for (ours, theirs) in table {
        if !COLUMNS.contains(&ours.as_str()) && !OTHER_COLUMNS.contains(&ours.as_str()) {
            bail!("{}: {ours} is not one of our columns; they are {}", path.display(), COLUMNS.join(", "));
        }
        let list = match theirs {
            toml::Value::String(one) => vec![one],
            toml::Value::Array(several) => {
                several.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
            }
            _ => bail!("{}: {ours} should be a column name or a list of them", path.display()),
        };
        map.insert(ours, list);
    }
    Ok(map)
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut plain = BufReader::with_capacity(BUFFER_BYTES, file);
    let zipped = plain.fill_buf()?.starts_with(&[0x1F, 0x8B]);
    Ok(if zipped {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(plain)))
    } else {
        Box::new(plain)
    })
}

fn read(path: &Path, map: &BTreeMap<String, Vec<String>>, bar: &ProgressBar) -> anyhow::Result<(Book, Ids)> {
    let mut sheet = Sheet::open(path)?;
    let columns = sheet.columns(map)?;
    let (mut book, mut ids) = (Book::new(), Ids::default());
    let mut known: HashMap<u64, u32> = HashMap::new();
    let mut cells: Vec<String> = vec![String::new(); COLUMNS.len()];
    bar.set_message("reading");
    while sheet.next()? {
        for (cell, places) in cells.iter_mut().zip(&columns) {
            cell.clear();
            for place in places {
                let said = sheet.cell(*place);
                if !said.is_empty() {
                    if !cell.is_empty() {
                        cell.push(' ');
                    }
                    cell.push_str(said);
                }
            }
        }
        let id = cells[0].as_str();
        if id.is_empty() {
            bail!("row {}: record_id is empty; give every record an id", sheet.row);
        }
        let hash = clinical::identity::linkage::lexicon::hash_bytes(id.as_bytes());
        match known.entry(hash) {
            Entry::Occupied(first) if ids.get(*first.get()) == id => {
                bail!(
                    "row {}: record_id {id} was in row {} already; give every record its own id",
                    sheet.row,
                    first.get() + 2
                );
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => {
                place.insert(ids.ends.len() as u32);
            }
        }
        ids.push(id);
        book.push(&Row {
            registered: &cells[1],
            family: &cells[2],
            given: &cells[3],
            middle: &cells[4],
            suffix: &cells[5],
            birth_date: &cells[6],
            sex: &cells[7],
            card: &cells[8],
            issuer: &cells[9],
            telephone: &cells[10],
            email: &cells[11],
            address: &cells[12],
            city: &cells[13],
            postal: &cells[14],
            mother_card: &cells[15],
            birth_order: &cells[16],
        });
        if ids.ends.len() % 8192 == 0 {
            bar.set_position(ids.ends.len() as u64);
        }
    }
    Ok((book, ids))
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::with_capacity(BUFFER_BYTES, file))
}

fn write(args: &Match, ids: &Ids, linked: &Linked) -> anyhow::Result<()> {
    let mut out = create(&args.out)?;
    writeln!(out, "record_id,person_id")?;
    for n in 0..ids.ends.len() as u32 {
        writeln!(out, "{},{}", quoted(ids.get(n)), quoted(ids.get(linked.people[n as usize])))?;
    }
    out.flush()?;
    if let Some(path) = &args.review {
        let mut out = create(path)?;
        writeln!(out, "record_id_a,record_id_b,bits")?;
        for edge in &linked.review {
            writeln!(out, "{},{},{:.2}", quoted(ids.get(edge.a)), quoted(ids.get(edge.b)), edge.bits)?;
        }
        out.flush()?;
    }
    if let Some(path) = &args.pairs {
        let mut out = create(path)?;
        writeln!(out, "record_id_a,record_id_b,bits,guard")?;
        for edge in &linked.edges {
            let guard = edge.bar.map_or("", |bar| bar.code());
            writeln!(
                out,
                "{},{},{:.3},{guard}",
                quoted(ids.get(edge.a)),
                quoted(ids.get(edge.b)),
                edge.bits
            )?;
        }
        out.flush()?;
    }
    Ok(())
}

/// A cell as CSV writes it.
fn quoted(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\"")).into()
    } else {
        cell.into()
    }
}

/// A CSV file, one row at a time.
struct Sheet {
    from: Box<dyn BufRead>,
    header: Vec<String>,
    /// Row being read, as an editor counts: the header is row 1.
    row: usize,
    line: Vec<u8>,
    cells: Vec<(usize, usize)>,
    text: String,
}

impl Sheet {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut sheet = Self {
            from: open(path)?,
            header: Vec::new(),
            row: 0,
            line: Vec::new(),
            cells: Vec::new(),
            text: String::new(),
        };
        if !sheet.next()? {
            bail!("{} is empty; the first row should name the columns", path.display());
        }
        let names = (0..sheet.cells.len()).map(|n| sheet.cell(n).trim_start_matches('\u{feff}').to_owned());
        sheet.header = names.collect();
        Ok(sheet)
    }

    /// Where each of our columns stands; a map's columns must be there, others may be absent.
    fn columns(&self, map: &BTreeMap<String, Vec<String>>) -> anyhow::Result<Vec<Vec<usize>>> {
        let find = |name: &str| self.header.iter().position(|h| h.eq_ignore_ascii_case(name));
        let mut columns = Vec::new();
        for ours in COLUMNS {
            let mut places = Vec::new();
            match map.get(ours) {
                Some(theirs) => {
                    for name in theirs {
                        let Some(place) = find(name) else {
                            bail!(
                                "the column map says {ours} is \"{name}\", but the file has no such column; it has {}",
                                self.header.join(", ")
                            );
                        };
                        places.push(place);
                    }
                }
                None => places.extend(find(ours)),
            }
            columns.push(places);
        }
        if columns[0].is_empty() {
            bail!(
                "the file has no column record_id; name it in a column map, for example record_id = \"{}\"",
                self.header.first().map_or("id", String::as_str)
            );
        }
        if columns[1..].iter().all(Vec::is_empty) {
            bail!(
                "the file has none of the columns {}; say in a column map what they are called",
                COLUMNS.join(", ")
            );
        }
        Ok(columns)
    }

    fn cell(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", |(from, to)| self.text[*from..*to].trim())
    }

    /// Read the next row that is not empty; whether there is one.
    fn next(&mut self) -> anyhow::Result<bool> {
        loop {
            self.line.clear();
            self.row += 1;
            if self.from.by_ref().read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            // A quoted cell may hold line ends: read on while a quote stands open.
            while self.line.iter().filter(|b| **b == b'"').count() % 2 == 1 {
                if self.from.by_ref().read_until(b'\n', &mut self.line)? == 0 {
                    bail!("row {}: a quoted cell does not end; close the quote", self.row);
                }
            }
            while matches!(self.line.last(), Some(b'\n' | b'\r')) {
                self.line.pop();
            }
            if self.line.is_empty() {
                continue;
            }
            return self.split().map(|()| true);
        }
    }

    fn split(&mut self) -> anyhow::Result<()> {
        let Ok(line) = std::str::from_utf8(&self.line) else {
            bail!("row {} is not UTF-8; convert the file to UTF-8", self.row);
        };
        self.text.clear();
        self.cells.clear();
        let mut rest = line;
        loop {
            let from = self.text.len();
            let opened = rest.trim_start_matches(' ');
            let after = if let Some(mut quoted) = opened.strip_prefix('"') {
                loop {
                    let Some(end) = quoted.find('"') else {
                        bail!("row {}: a quoted cell does not end; close the quote", self.row);
                    };
                    self.text.push_str(&quoted[..end]);
                    quoted = &quoted[end + 1..];
                    match quoted.strip_prefix('"') {
                        Some(more) => {
                            self.text.push('"');
                            quoted = more;
                        }
                        None => break quoted,
                    }
                }
            } else {
                let end = rest.find(',').unwrap_or(rest.len());
                self.text.push_str(&rest[..end]);
                &rest[end..]
            };
            self.cells.push((from, self.text.len()));
            let after = after.trim_start_matches(' ');
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None if after.is_empty() => break,
                None => bail!(
                    "row {}: text stands behind the closing quote of cell {}; write a quote inside a cell twice (\"\")",
                    self.row,
                    self.cells.len()
                ),
            }
        }
        if !self.header.is_empty() && self.cells.len() > self.header.len() {
            bail!(
                "row {} has {} cells, the header names {}; put cells with commas in quotes",
                self.row,
                self.cells.len(),
                self.header.len()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        Sheet {
            from: Box::new(std::io::Cursor::new(text.to_owned())),
            header: Vec::new(),
            row: 0,
            line: Vec::new(),
            cells: Vec::new(),
            text: String::new(),
        }
    }

    #[test]
    fn nothing_behind_a_closing_quote_is_lost() {
        let mut good = sheet("1,\"Paul \"\"Em\"\", Emma\" ,x\n");
        assert!(good.next().expect("a row"));
        assert_eq!((good.cell(1), good.cell(2)), ("Paul \"Em\", Emma", "x"));
        let mut bad = sheet("record_id,family\n1,\"Paul\" Smith\n");
        assert!(bad.next().expect("the header"));
        let told = bad.next().expect_err("text behind the quote").to_string();
        assert!(told.contains("row 2") && told.contains("cell 2") && told.contains("twice"), "{told}");
    }

    #[test]
    fn no_file_is_written_over_another() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = |out: &str, pairs: Option<&str>| {
            four_files(&Match {
                input: folder.join("Cargo.toml"),
                out: folder.join(out),
                review: None,
                pairs: pairs.map(|name| folder.join(name)),
                columns: None,
            })
            .map_err(|why| why.to_string())
        };
        assert_eq!(files("people.csv", Some("pairs.csv")), Ok(()));
        let told = files("src/../Cargo.toml", None).expect_err("the input itself");
        assert!(told.contains("--in and --out"), "{told}");
        let told = files("people.csv", Some("src/../people.csv")).expect_err("one file for two answers");
        assert!(told.contains("--out and --pairs"), "{told}");
    }
}
