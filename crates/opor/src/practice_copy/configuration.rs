//! The configuration that a live record and its practice copy share, part by part, by name: no patient, no person, no secret.

use super::neutral;
use crate::config::{Config, Indexed, Validation};
use actions::Record;
use actions::values::Words;
use anyhow::Context as _;
use clinical::dialect::{Mapping, Sort};
use clinical::directory::{Directory, Fact};
use clinical::facility::managers::{Structure, Unit};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use store::{MappingStep, View};

/// File in the data folder that says which program serves it.
pub(crate) const PROGRAM_FILE: &str = "program.json";
/// Bytes of a program read at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// Digits of a fingerprint that are shown.
const SHOWN_DIGITS: usize = 16;

/// What a part of the configuration says, by name.
pub(crate) type Entries = BTreeMap<String, String>;

/// A part, by its name in `practice.json`, and as people read it.
pub(crate) const PARTS: &[(&str, &str, &str)] = &[
    ("program", "Program", "Programme"),
    ("settings", "Settings", "Réglages"),
    ("directory", "Provider directory", "Répertoire des fournisseurs"),
    ("files", "Dialects and code maps", "Dialectes et tables de codes"),
    ("units", "Units of facilities", "Unités des établissements"),
];

/// As people read a part.
pub(crate) fn words_of(part: &str) -> Words {
    let found = PARTS.iter().find(|(name, ..)| *name == part);
    found.map_or_else(|| Words::new(part, part), |(_, en, fr)| Words::new(*en, *fr))
}

/// Everything that is compared, by part.
pub(crate) type Configuration = BTreeMap<&'static str, Entries>;

/// Digest over a configuration, the program left out, for people.
pub(crate) fn fingerprint(of: &Configuration) -> String {
    let shared: Vec<_> = of.iter().filter(|(part, _)| **part != "program").collect();
    let digest = actions::dialects::digest(&serde_json::to_string(&shared).unwrap_or_default());
    let digits: Vec<char> = digest.chars().take(SHOWN_DIGITS).collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Settings that steer what is seen and done, as the copy takes them over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) answer_seconds: u64,
    pub(crate) frame_limit_bytes: Option<usize>,
    pub(crate) is_strict: bool,
    pub(crate) indexed: Indexed,
    pub(crate) subscribers: Vec<String>,
    /// Whether a machine calls people about what is critical.
    pub(crate) pages: bool,
    /// The limits that hold, as the file that sets them.
    pub(crate) limits: String,
    pub(crate) links: Vec<LinkSettings>,
}

/// A sender, without where it listens and by which certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkSettings {
    pub(crate) name: String,
    pub(crate) senders: Vec<String>,
    pub(crate) authorities: Vec<String>,
    pub(crate) dialect: Option<String>,
    pub(crate) codes: Option<String>,
}

impl Settings {
    fn of(config: &Config) -> anyhow::Result<Self> {
        let links = config.link.iter().map(|link| LinkSettings {
            name: link.name.clone(),
            senders: link.senders.clone(),
            authorities: link.authorities.clone(),
            dialect: link.dialect.clone(),
            codes: link.codes.clone(),
        });
        Ok(Self {
            answer_seconds: config.answer_seconds,
            frame_limit_bytes: config.frame_limit_bytes,
            is_strict: config.fhir.validation == Validation::Strict,
            indexed: config.fhir.indexed,
            subscribers: config.fhir.subscribers.clone(),
            pages: config.paging.is_some(),
            limits: config.limits()?.text(),
            links: links.collect(),
        })
    }

    pub(crate) fn entries(&self) -> Entries {
        let mut entries = Entries::from([
            ("answer_seconds".to_owned(), self.answer_seconds.to_string()),
            ("frame_limit_bytes".to_owned(), format!("{:?}", self.frame_limit_bytes)),
            ("fhir.validation".to_owned(), self.is_strict.to_string()),
            ("fhir.indexed".to_owned(), format!("{:?}", self.indexed)),
            ("fhir.subscribers".to_owned(), self.subscribers.join(" ")),
            ("paging".to_owned(), self.pages.to_string()),
        ]);
        entries.extend(self.limits.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((format!("limit {}", name.trim()), value.trim().to_owned()))
        }));
        entries.extend(
            self.links
                .iter()
                .map(|link| (format!("link {}", link.name), serde_json::to_string(link).unwrap_or_default())),
        );
        entries
    }
}

/// Which program serves a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Program {
    version: String,
    path: PathBuf,
}

/// Writes down which program serves a record from now on.
pub(crate) fn note_program(data: &Path) -> anyhow::Result<()> {
    let path = Config::program().unwrap_or_default();
    let program = Program { version: env!("CARGO_PKG_VERSION").to_owned(), path };
    let (fresh, path) = (data.join("program.json.new"), data.join(PROGRAM_FILE));
    let words = || format!("cannot write {}", path.display());
    std::fs::write(&fresh, serde_json::to_vec(&program)?).with_context(words)?;
    std::fs::rename(&fresh, &path).with_context(words)
}

/// Version and digest of a program; what is not known is said so, and equals nothing.
fn program(version: &str, path: &Path, unknown: &str) -> Entries {
    let digest = digest_of(path).unwrap_or_else(|_| unknown.to_owned());
    Entries::from([("version".to_owned(), version.to_owned()), ("build".to_owned(), digest)])
}

/// That of the program which runs now.
pub(crate) fn own_program() -> Entries {
    program(env!("CARGO_PKG_VERSION"), &Config::program().unwrap_or_default(), "not known here")
}

fn live_program(data: &Path) -> Entries {
    let noted = std::fs::read(data.join(PROGRAM_FILE)).ok();
    let noted = noted.and_then(|bytes| serde_json::from_slice::<Program>(&bytes).ok());
    match noted {
        Some(noted) => program(&noted.version, &noted.path, "not known of live"),
        None => program("not known of live", Path::new(""), "not known of live"),
    }
}

fn digest_of(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0u8; CHUNK_BYTES]);
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..n]);
    }
}

/// What a live record is configured with, made neutral.
pub(crate) struct Live {
    /// Settings.
    pub(crate) settings: Settings,
    /// What the provider directory knows, nobody in it real.
    pub(crate) facts: Vec<Fact>,
    /// Dialects and code maps in use.
    pub(crate) files: Vec<(Sort, String)>,
    /// Units of facilities.
    pub(crate) units: Vec<Unit>,
    program: Entries,
}

impl Live {
    /// Reads it beside a running server.
    pub(crate) fn read(config: &Config, salt: &str) -> anyhow::Result<Self> {
        let store = match &config.store {
            Some(url) => crate::place::open_read_at(url)?,
            None => crate::place::open_read(&config.data)?,
        };
        let file =
            Directory::from_toml(&config.directory_text()?).context("the provider directory of live")?;
        let directory = Record::new(store.clone(), file, Vec::new()).directory();
        let view = store.view()?;
        Ok(Self {
            settings: Settings::of(config)?,
            facts: directory.facts().filter_map(|fact| neutral::fact(fact, salt)).collect(),
            files: files(&view)?,
            units: units(&view)?,
            program: live_program(&config.data),
        })
    }

    /// What the copy must be configured with: that of live, and what is invented beside it.
    pub(crate) fn wanted(&self, left_out: &BTreeSet<String>) -> anyhow::Result<Configuration> {
        let mut files = file_entries(&self.files);
        for (name, digest) in file_entries(&super::filling::files()) {
            if !left_out.contains(&name) {
                files.entry(name).or_insert(digest);
            }
        }
        Ok(Configuration::from([
            ("program", self.program.clone()),
            ("settings", self.settings.entries()),
            ("directory", fact_entries(self.directory()?.facts())),
            ("files", files),
            ("units", unit_entries(&self.structure()?.units)),
        ]))
    }

    /// The directory of the copy: that of live without its people, and the invented province where live has nothing of the
    /// same name.
    pub(crate) fn directory(&self) -> anyhow::Result<Directory> {
        let mut facts: BTreeMap<_, Fact> = self.facts.iter().map(|fact| (fact.key(), fact.clone())).collect();
        for fact in super::filling::facts()? {
            facts.entry(fact.key()).or_insert(fact);
        }
        Directory::from_facts(facts.into_values())
            .context("what is invented does not go with the directory of live; report this")
    }

    /// Units of the copy: those of live, and the invented ones with their manager.
    pub(crate) fn structure(&self) -> anyhow::Result<Structure> {
        let mut structure = super::filling::structure()?;
        structure.units.retain(|unit| !self.units.iter().any(|known| known.id == unit.id));
        structure.units.extend(self.units.iter().cloned());
        Ok(structure)
    }
}

/// What a copy is configured with.
pub(crate) fn of_copy(data: &Path, settings: &Settings) -> anyhow::Result<Configuration> {
    let store = crate::place::open_read(data)?;
    let directory = Record::new(store.clone(), Directory::default(), Vec::new()).directory();
    let view = store.view()?;
    Ok(Configuration::from([
        ("program", own_program()),
        ("settings", settings.entries()),
        ("directory", fact_entries(directory.facts())),
        ("files", file_entries(&files(&view)?)),
        ("units", unit_entries(&units(&view)?)),
    ]))
}

fn files(view: &View) -> anyhow::Result<Vec<(Sort, String)>> {
    let mut in_use = BTreeMap::new();
    for step in view.mapping_in_use()? {
        let key = (step.sort.clone(), step.name.clone());
        match step.step {
            MappingStep::Signed => drop(in_use.insert(key, step.seq)),
            _ => drop(in_use.remove(&key)),
        }
    }
    let read = |((sort, _), seq): ((String, String), i64)| -> anyhow::Result<Option<(Sort, String)>> {
        let body = view.mapping_body(seq)?;
        Ok(Sort::from_code(&sort).map(|sort| (sort, body)))
    };
    in_use.into_iter().filter_map(|one| read(one).transpose()).collect()
}

fn units(view: &View) -> anyhow::Result<Vec<Unit>> {
    let Some(row) = view.facility_structure()? else { return Ok(Vec::new()) };
    let structure: Structure = serde_json::from_str(&row.body).context("the units cannot be read")?;
    Ok(structure.units)
}

/// `dialect NAME`, as it is called in a comparison.
pub(crate) fn file_name(sort: Sort, text: &str) -> String {
    let name = Mapping::read(sort, text).map_or_else(|_| "?".to_owned(), |file| file.name().to_owned());
    format!("{} {name}", sort.code())
}

fn file_entries(files: &[(Sort, String)]) -> Entries {
    files.iter().map(|(sort, text)| (file_name(*sort, text), actions::dialects::digest(text))).collect()
}

fn fact_entries(facts: impl Iterator<Item = Fact>) -> Entries {
    facts
        .map(|fact| {
            let (sort, id) = fact.key();
            (format!("{sort} {id}"), serde_json::to_string(&fact).unwrap_or_default())
        })
        .collect()
}

fn unit_entries(units: &[Unit]) -> Entries {
    units
        .iter()
        .map(|unit| (format!("unit {}", unit.id), serde_json::to_string(unit).unwrap_or_default()))
        .collect()
}
