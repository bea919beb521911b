//! Downtime copies of wards and practices, made anew by a running record and written where the places take them.

use crate::clock;
use actions::Record;
use actions::downtime::sealing::{self, PASSPHRASE_CHARS};
use actions::downtime::{Keeper, LATE_MINUTES, Late, PackView, Place, Whose};
use actions::intake::Clock;
use actions::values::{REACH, Role, Words};
use anyhow::{Context as _, bail};
use fhir::Instant;
use flate2::Compression;
use flate2::write::GzEncoder;
use portal::screens::downtime as screen;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether a copy is due, and whether those that lie there are young enough.
const LOOKED_EVERY: Duration = Duration::from_secs(10);
/// How often a copy is made unless the settings say otherwise, in minutes: a try that fails leaves time for another.
const EVERY_MINUTES: u8 = 5;

/// Which wards and practices keep a copy, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DowntimeConfig {
    /// Folder that the places' computers copy or mount.
    pub(crate) folder: PathBuf,
    /// Minutes from one copy to the next.
    #[serde(default = "every_minutes")]
    pub(crate) every_minutes: u8,
    /// The places.
    pub(crate) place: Vec<PlaceConfig>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceConfig {
    /// Name of its file: small letters, digits, hyphens.
    id: String,
    /// As people read it.
    name: String,
    /// A ward, as visits name it: `HRH, 6N`.
    ward: Option<String>,
    /// A place of the directory, by its id.
    practice: Option<String>,
    /// Whose reach it has.
    #[serde(default = "family_doctor")]
    role: String,
    /// File with its passphrase.
    passphrase: PathBuf,
}

fn every_minutes() -> u8 {
    EVERY_MINUTES
}
fn family_doctor() -> String {
    Role::FamilyDoctor.code().to_owned()
}

impl DowntimeConfig {
    /// Whether copies can be made by it.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.every_minutes == 0 || i64::from(self.every_minutes) > LATE_MINUTES {
            bail!("[downtime] every_minutes: {} is not from 1 to {LATE_MINUTES}", self.every_minutes);
        }
        let mut ids = Vec::new();
        for place in &self.place {
            let found = place.read()?;
            passphrase(&place.passphrase)?;
            if ids.contains(&found.id) {
                bail!("[[downtime.place]] {}: it stands twice. Give each place an id of its own", found.id);
            }
            ids.push(found.id);
        }
        Ok(())
    }
}

impl DowntimeConfig {
    /// Each place as people read it, with the file of its copy.
    pub(crate) fn files(&self) -> Vec<(String, PathBuf)> {
        self.place.iter().map(|place| (place.name.clone(), self.file_of(&place.id))).collect()
    }

    fn file_of(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.html"))
    }
}

impl PlaceConfig {
    fn read(&self) -> anyhow::Result<Place> {
        let id = &self.id;
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if id.is_empty() || !id.chars().all(fits) {
            bail!(
                "[[downtime.place]] id: \"{id}\" is no name of a file. Write small letters, digits and hyphens"
            );
        }
        let whose = match (&self.ward, &self.practice) {
            (Some(ward), None) => Whose::Ward(ward.clone()),
            (None, Some(practice)) => Whose::Practice(practice.clone()),
            _ => bail!(
                "[[downtime.place]] {id}: write ward = \"HRH, 6N\" or practice = \"ID\", one of the two"
            ),
        };
        let role = Role::from_code(&self.role).filter(|role| {
            let purpose = actions::values::Purpose::Treatment;
            REACH.iter().any(|line| line.role == *role && line.purpose == purpose)
        });
        let Some(role) = role else {
            bail!(
                "[[downtime.place]] {id}: role: \"{}\" reads nothing for treatment. Write family-doctor",
                self.role
            );
        };
        Ok(Place { id: id.clone(), name: self.name.clone(), whose, role })
    }
}

/// The passphrase in a file.
pub(crate) fn passphrase(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the passphrase {}", path.display()))?;
    // It must be possible to type it into a page: one line of signs that every keyboard has.
    let text = text.trim_start_matches('\u{feff}').split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.chars().all(|sign| sign == ' ' || sign.is_ascii_graphic()) {
        bail!(
            "the passphrase in {} has a sign that not every keyboard has. Write letters, digits and blanks",
            path.display()
        );
    }
    let count = text.chars().count();
    if count < PASSPHRASE_CHARS {
        bail!(
            "the passphrase in {} has {count} characters. Write at least {PASSPHRASE_CHARS}, such as six words that nobody \
             has said together",
            path.display()
        );
    }
    Ok(text)
}

/// Copies under way, and what became of the last of each.
#[derive(Default)]
struct Making {
    keeper: Keeper,
    due: BTreeMap<String, Instant>,
    failed: BTreeMap<String, Words>,
}

/// Makes copies as they are due, until `stop` turns true.
pub(crate) async fn follow(
    record: Record,
    config: DowntimeConfig,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    let mut making = Making::default();
    loop {
        let (record, config, clock) = (record.clone(), config.clone(), clock.clone());
        let round = tokio::task::spawn_blocking(move || {
            making.round(&record, &config, &clock);
            making
        });
        making = round.await.unwrap_or_else(|_| {
            // The panic hook has said where. What is late is told, and all are made anew.
            tracing::error!("making downtime copies ended in a fault; looking again");
            Making::default()
        });
        tokio::select! {
            () = tokio::time::sleep(LOOKED_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
    }
}

impl Making {
    fn round(&mut self, record: &Record, config: &DowntimeConfig, clock: &Clock) {
        let mut late = Vec::new();
        for said in &config.place {
            // Checked at the start.
            let Ok(place) = said.read() else { continue };
            let now = clock();
            let path = config.file_of(&place.id);
            let lies = made(&path);
            // A clock that was set back, or a file that is gone, must not keep a copy from being made.
            let is_due = self.due.get(&place.id).is_none_or(|due| {
                *due <= now || due.seconds_since(now) > i64::from(config.every_minutes) * 60
            });
            if is_due || (lies.is_none() && !self.failed.contains_key(&place.id)) {
                self.due.insert(place.id.clone(), now.plus_minutes(i64::from(config.every_minutes)));
                match self.make(record, &place, &said.passphrase, &path, now) {
                    Ok(people) => {
                        self.failed.remove(&place.id);
                        tracing::debug!(place = %place.id, people, "a downtime copy was made");
                    }
                    Err(reason) => {
                        tracing::warn!(place = %place.id, reason = format!("{reason:#}"), "a downtime copy could not be made");
                        let because = format!("{reason:#}");
                        let because = format!("{}.", because.trim_end_matches('.'));
                        self.failed.insert(place.id.clone(), Words::new(because.clone(), because));
                    }
                }
            }
            let (made, now) = (made(&path), clock());
            if made.is_none_or(|made| now.seconds_since(made) > LATE_MINUTES * 60) {
                let because = self.failed.get(&place.id).cloned();
                late.push(Late { place, made, because });
            }
        }
        if let Err(reason) = record.packs_are_late(&late, clock()) {
            tracing::warn!(reason = %reason.words.en, "late downtime copies could not be told");
        }
    }

    fn make(
        &mut self,
        record: &Record,
        place: &Place,
        secret: &Path,
        path: &Path,
        now: Instant,
    ) -> anyhow::Result<usize> {
        let secret = passphrase(secret)?;
        let view =
            self.keeper.pack(record, place, now).map_err(|refusal| anyhow::anyhow!(refusal.words.en))?;
        put(path, file(&view, &secret, &clock::random())?.as_bytes())?;
        Ok(view.sheets.len())
    }
}

/// The file of a copy.
fn file(view: &PackView, passphrase: &str, random: &[u8; 32]) -> anyhow::Result<String> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(screen::content(view).as_bytes())?;
    let sealed = sealing::seal(passphrase, screen::head(view).as_bytes(), packed.finish()?, random);
    Ok(screen::page(view, &sealed.context("the copy could not be sealed")?))
}

/// When the copy that lies somewhere was made; `None` when there is none, or not a whole one.
fn made(path: &Path) -> Option<Instant> {
    Some(screen::read(&std::fs::read_to_string(path).ok()?)?.made)
}

/// The former copy stays until the new one is whole: nobody ever finds half of one.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let words = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(words)?;
    let part = path.with_extension("part");
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(&part)
        .with_context(words)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).with_context(words)?;
    std::fs::rename(&part, path).with_context(words)?;
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(folder: &Path, place: &str) -> Result<(), String> {
        let text = format!(
            "folder = \"x\"\n[[place]]\nid = \"a\"\nname = \"A\"\npassphrase = {:?}\n{place}",
            folder.join("secret")
        );
        let config: DowntimeConfig = toml::from_str(&text).map_err(|error| error.to_string())?;
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn h66_what_could_make_no_copy_is_said_at_the_start() {
        let folder = crate::folder::Folder::new("downtime");
        let secret = folder.join("secret");
        std::fs::write(&secret, "harbour salt lantern nine gulls\n").expect("a secret");
        assert_eq!(checked(&folder, "ward = \"HRH, 6N\""), Ok(()));
        for (place, because) in [
            ("", "one of the two"),
            ("ward = \"a\"\npractice = \"b\"", "one of the two"),
            ("ward = \"a\"\nrole = \"registrar\"", "reads nothing for treatment"),
        ] {
            let refused = checked(&folder, place).expect_err(place);
            assert!(refused.contains(because), "{refused}");
        }
        std::fs::write(&secret, "short\n").expect("a secret");
        assert!(checked(&folder, "ward = \"a\"").expect_err("short").contains("at least 20"));
    }

    #[test]
    fn h66_half_a_copy_is_never_found() {
        let folder = crate::folder::Folder::new("copy");
        let path = folder.join("a.html");
        put(&path, b"first").expect("written");
        put(&path, b"second").expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"second");
        assert_eq!(made(&path), None, "what is no copy was made never");
        assert_eq!(std::fs::read_dir(&*folder).expect("a folder").count(), 1);
    }
}
