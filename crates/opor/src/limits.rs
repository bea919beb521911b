//! The limits of an installation: one readable file of names and values with their units (`limits.toml`), read and
//! checked at start. What it does not name is as usual; a name that is none is refused.

use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the file in the data folder.
pub(crate) const LIMITS_FILE: &str = "limits.toml";

/// What a limit counts; the numbers below are in the smallest unit of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Microseconds,
    Count,
}

impl Unit {
    /// Names of its units and what they are worth, the largest first.
    fn names(self) -> &'static [(&'static str, u64)] {
        match self {
            Unit::Bytes => &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)],
            Unit::Microseconds => &[("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)],
            Unit::Count => &[("", 1)],
        }
    }

    /// In the largest unit in which it is a whole number.
    fn shown(self, value: u64) -> String {
        let fits = self.names().iter().find(|(_, worth)| value >= *worth && value.is_multiple_of(*worth));
        let (name, worth) = fits.copied().unwrap_or(("", 1));
        format!("{} {name}", value / worth).trim().to_owned()
    }

    fn read(self, said: &str) -> Option<u64> {
        let digits = said.find(|c: char| !c.is_ascii_digit()).unwrap_or(said.len());
        let (number, name) = said.split_at(digits);
        let (_, worth) = self.names().iter().find(|(known, _)| *known == name.trim())?;
        number.parse::<u64>().ok()?.checked_mul(*worth)
    }
}

/// A limit: its name, unit, usual value, the least and the most it may be, and what it is of.
struct Limit(&'static str, Unit, u64, u64, u64, &'static str);

const FRAME: &str = "frame";
const UNFINISHED: &str = "unfinished-frames";
const SLOW: &str = "slow-action";
const WRITER_CACHE: &str = "writer-cache";
const VIEW_CACHE: &str = "view-cache";
const GROUP_TIME: &str = "group-time";
const GROUP_CHANGES: &str = "group-changes";
const LOG: &str = "log-before-checkpoint";
/// Bytes of a page of the database.
const PAGE_BYTES: u64 = 4_096;

const LIMITS: &[Limit] = &[
    Limit(FRAME, Unit::Bytes, 16 << 20, 64 << 10, 256 << 20, "Largest HL7 v2 frame that is taken"),
    Limit(
        UNFINISHED,
        Unit::Bytes,
        512 << 20,
        16 << 20,
        64 << 30,
        "Memory for frames that are under way, of all senders",
    ),
    Limit(
        SLOW,
        Unit::Microseconds,
        500_000,
        1_000,
        600_000_000,
        "An act or look that takes as long stands in the log",
    ),
    Limit(WRITER_CACHE, Unit::Bytes, 8 << 20, 1 << 20, 16 << 30, "Page cache of the writer (SQLite)"),
    Limit(VIEW_CACHE, Unit::Bytes, 2 << 20, 256 << 10, 1 << 30, "Page cache of each reader (SQLite)"),
    Limit(
        GROUP_TIME,
        Unit::Microseconds,
        2_000,
        100,
        1_000_000,
        "How long a group takes more changes before it is synced",
    ),
    Limit(GROUP_CHANGES, Unit::Count, 20, 1, 1_000, "Changes that are synced together at most"),
    Limit(
        LOG,
        Unit::Bytes,
        64 << 20,
        1 << 20,
        8 << 30,
        "Write-ahead log at which it is brought into the database (SQLite)",
    ),
];

/// The limits that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits(BTreeMap<&'static str, u64>);

impl Default for Limits {
    fn default() -> Self {
        Self(LIMITS.iter().map(|Limit(name, _, usual, ..)| (*name, *usual)).collect())
    }
}

impl Limits {
    /// Those of a file, or the usual ones where there is none and none was asked for.
    pub(crate) fn read(path: &Path, is_asked: bool) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::of(&text).with_context(|| format!("{}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_asked => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read the limits {}", path.display())),
        }
    }

    fn of(text: &str) -> anyhow::Result<Self> {
        let said: BTreeMap<String, toml::Value> =
            toml::from_str(text).context("it is no list of name = \"value\"")?;
        let mut limits = Self::default();
        for (name, value) in said {
            let Some(Limit(name, unit, _, least, most, _)) = LIMITS.iter().find(|limit| limit.0 == name)
            else {
                let known: Vec<&str> = LIMITS.iter().map(|limit| limit.0).collect();
                bail!("{name} is no limit. Known: {}", known.join(", "));
            };
            let text = match &value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                _ => String::new(),
            };
            let units: Vec<&str> =
                unit.names().iter().map(|(unit, _)| *unit).filter(|unit| !unit.is_empty()).collect();
            let Some(number) = unit.read(text.trim()) else {
                let example = unit.shown(*least);
                bail!(
                    "{name}: write a whole number{}, as in {name} = \"{example}\"",
                    if units.is_empty() { String::new() } else { format!(" and {}", units.join(", ")) }
                );
            };
            if !(*least..=*most).contains(&number) {
                bail!("{name}: write {} to {}", unit.shown(*least), unit.shown(*most));
            }
            limits.0.insert(name, number);
        }
        Ok(limits)
    }

    /// The file that says them all.
    pub(crate) fn text(&self) -> String {
        let line = |Limit(name, unit, usual, least, most, what): &Limit| {
            format!(
                "# {what}. {} to {}, usually {}.\n{name} = \"{}\"\n",
                unit.shown(*least),
                unit.shown(*most),
                unit.shown(*usual),
                unit.shown(self.value(name))
            )
        };
        LIMITS.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn value(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }
    fn count(&self, name: &str) -> usize {
        usize::try_from(self.value(name)).unwrap_or(usize::MAX)
    }

    /// Largest frame, in bytes.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.count(FRAME)
    }
    /// Memory for frames that are under way, in bytes.
    pub(crate) fn unfinished_bytes(&self) -> usize {
        self.count(UNFINISHED)
    }
    /// What takes as long stands in the log, microseconds.
    pub(crate) fn slow_microseconds(&self) -> u64 {
        self.value(SLOW)
    }

    /// The settings of a store under these limits.
    pub(crate) fn store(&self, monotonic: store::Monotonic) -> store::Settings {
        let kibibytes = |name: &str| u32::try_from(self.value(name) >> 10).unwrap_or(u32::MAX);
        store::Settings {
            writer_cache_kib: kibibytes(WRITER_CACHE),
            view_cache_kib: kibibytes(VIEW_CACHE),
            group_microseconds: self.value(GROUP_TIME),
            group_settles: self.count(GROUP_CHANGES),
            checkpoint_pages: u32::try_from(self.value(LOG) / PAGE_BYTES).unwrap_or(u32::MAX),
            ..store::Settings::new(monotonic)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_usual_limits_are_those_of_the_parts_and_their_file_says_the_same() {
        let usual = Limits::default();
        assert_eq!(Limits::of(&usual.text()).unwrap(), usual);
        assert!(LIMITS.iter().all(|Limit(_, _, usual, least, most, _)| (least..=most).contains(&usual)));
        assert_eq!(usual.frame_bytes(), hl7v2::mllp::FRAME_LIMIT_BYTES);
        assert_eq!(usual.unfinished_bytes(), gateway::mllp::UNFINISHED_BYTES);
        assert_eq!(usual.slow_microseconds(), actions::vitals::SLOW_MICROSECONDS);
        let (ours, theirs) = (usual.store(Arc::new(|| 0)), store::Settings::new(Arc::new(|| 0)));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        assert_eq!(
            (ours.writer_cache_kib, ours.view_cache_kib),
            (theirs.writer_cache_kib, theirs.view_cache_kib)
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let limits = Limits::of("frame = \"1 MiB\"\ngroup-changes = 7").unwrap();
        assert_eq!((limits.frame_bytes(), limits.store(Arc::new(|| 0)).group_settles), (1 << 20, 7));
        for (text, words) in [
            ("frames = 1", "frames is no limit. Known: frame, unfinished-frames"),
            ("frame = \"1 MB\"", "write a whole number and GiB, MiB, KiB, B, as in frame = \"64 KiB\""),
            ("frame = \"1 KiB\"", "frame: write 64 KiB to 256 MiB"),
            ("slow-action = \"soon\"", "write a whole number and min, s, ms, us"),
            ("group-changes = true", "write a whole number, as in group-changes = \"1\""),
            ("frame", "no list"),
        ] {
            let refused = format!("{:#}", Limits::of(text).unwrap_err());
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}
