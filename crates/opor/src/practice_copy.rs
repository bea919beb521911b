//! A practice copy on disk: what it took over from live, what it is not given, and that nothing of it goes out
//! (HAZARDS H68, GUARANTEES S-089, S-157). docs/practice-copy.md says it for people.

pub(crate) mod configuration;
pub(crate) mod filling;
mod neutral;
pub(crate) mod parity;

use crate::clock;
use crate::config::{Config, FhirConfig, LinkConfig, PagingConfig, RegistersConfig, Validation};
use crate::cover::COVER_FILE;
use crate::limits::LIMITS_FILE;
use crate::place;
use actions::accounts::openid;
use anyhow::{Context as _, bail};
use configuration::{Live, Settings};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// File in the data folder that makes it a practice copy: no other command serves it.
pub(crate) const PRACTICE_FILE: &str = "practice.json";
/// Folder in the data folder where files end that would go out.
pub(crate) const OUT: &str = "out";
/// Folder in the data folder where calls end.
const PAGES: &str = "pages";

/// What a practice copy knows of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Settings file or data folder of the record that it is like.
    pub(crate) like: PathBuf,
    /// By it ids of practitioners of live become others, the same at each comparison; it says nothing of them to anybody who
    /// has not got it and the ids.
    pub(crate) salt: String,
    /// Settings as they were taken over.
    settings: Settings,
    /// Files of the invented senders that are not in use, for live has one about the same sender.
    pub(crate) left_out: BTreeSet<String>,
    /// Parts that differ, and since when that was seen, in microseconds UTC.
    pub(crate) unlike: BTreeMap<String, i64>,
}

impl State {
    /// That of a data folder; `None` where it is no practice copy.
    pub(crate) fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(PRACTICE_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let state = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{} cannot be read. Begin anew with --fresh", path.display()))?;
                Ok(Some(state))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it down, whole or not at all.
    pub(crate) fn keep(&self, data: &Path) -> anyhow::Result<()> {
        let (fresh, path) = (data.join("practice.json.new"), data.join(PRACTICE_FILE));
        let words = || format!("cannot write {}", path.display());
        std::fs::write(&fresh, serde_json::to_vec_pretty(self)?).with_context(words)?;
        std::fs::rename(&fresh, &path).with_context(words)
    }

    /// Begins a practice copy in an empty folder.
    pub(crate) fn begin(like: &Path, data: &Path) -> anyhow::Result<Self> {
        let like =
            std::fs::canonicalize(like).with_context(|| format!("--like: cannot find {}", like.display()))?;
        let config = live_config(&like)?;
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let ours = std::fs::canonicalize(data)?;
        if std::fs::canonicalize(&config.data).is_ok_and(|theirs| theirs == ours) {
            bail!("--data: {} is the live record itself. Give another folder", data.display());
        }
        if std::fs::read_dir(data)?.next().is_some() {
            bail!("--data: {} is not empty and no practice copy. Give an empty folder", data.display());
        }
        let salt: String = clock::random().iter().map(|byte| format!("{byte:02x}")).collect();
        let live = Live::read(&config, &salt)?;
        std::fs::write(data.join(LIMITS_FILE), &live.settings.limits)?;
        std::fs::write(data.join(COVER_FILE), province::rota::cover())?;
        let (left_out, unlike) = (BTreeSet::new(), BTreeMap::new());
        let state = Self { like, salt, settings: live.settings, left_out, unlike };
        state.keep(data)?;
        Ok(state)
    }

    /// What live is configured with now.
    pub(crate) fn live(&self) -> anyhow::Result<Live> {
        Live::read(&live_config(&self.like)?, &self.salt)
    }

    /// The settings it runs with: those of live that steer what is seen and done, and no way out.
    pub(crate) fn config(&self, data: &Path, http: SocketAddr, mllp: SocketAddr) -> Config {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let link = |one: &configuration::LinkSettings| LinkConfig {
            name: one.name.clone(),
            listen: any,
            tls: Some(false),
            certificate: Vec::new(),
            senders: one.senders.clone(),
            authorities: one.authorities.clone(),
            // They come into use with the first start, after the doors are open.
            dialect: None,
            codes: None,
        };
        let validation = if self.settings.is_strict { Validation::Strict } else { Validation::Tolerant };
        let paging = self.settings.pages.then(|| PagingConfig {
            portal: format!("http://{http}"),
            folder: Some(data.join(PAGES)),
            webhook: None,
        });
        Config {
            http,
            mllp,
            demo: true,
            is_practice: true,
            link: self.settings.links.iter().map(link).collect(),
            answer_seconds: self.settings.answer_seconds,
            frame_limit_bytes: self.settings.frame_limit_bytes,
            fhir: FhirConfig {
                validation,
                indexed: self.settings.indexed,
                subscribers: self.settings.subscribers.clone(),
                ..FhirConfig::default()
            },
            paging,
            ..Config::for_data(data.to_owned())
        }
    }
}

/// The settings of the record that a copy is like.
fn live_config(like: &Path) -> anyhow::Result<Config> {
    let config = if like.is_dir() { Config::for_data(like.to_owned()) } else { Config::read(like)? };
    if config.data.join(PRACTICE_FILE).exists() {
        bail!("--like: {} is a practice copy itself. Name the live record", config.data.display());
    }
    if !place::is_there(&config.data) && config.store.is_none() {
        bail!("--like: {} holds no record", config.data.display());
    }
    Ok(config)
}

/// A practice copy has no way out and is served as nothing else; a live record says where its copy is by an address.
pub(crate) fn check(config: &Config) -> anyhow::Result<()> {
    if !config.is_practice {
        if config.data.join(PRACTICE_FILE).exists() {
            bail!(
                "{} is a practice copy, and only opor practice serves it: its people are not real. Start it with opor practice \
                 --data {0}, or give another data folder",
                config.data.display()
            );
        }
        if let Some(address) = config.practice_at.as_ref().filter(|address| openid::origin(address).is_none())
        {
            bail!("practice_at: \"{address}\" is no address. Write it as https://practice.example");
        }
        return Ok(());
    }
    let outside = |path: &PathBuf| !path.starts_with(&config.data);
    let ways = [
        ("a record elsewhere (store)", config.store.is_some() || config.standby),
        ("providers that people prove themselves to (sign_in)", config.sign_in.is_some()),
        ("certificates (tls)", config.tls.is_some()),
        (
            "a gateway of calls (paging)",
            config
                .paging
                .as_ref()
                .is_some_and(|paging| paging.webhook.is_some() || paging.folder.as_ref().is_none_or(outside)),
        ),
        ("a mailbox (mailbox)", config.mailbox.is_some()),
        ("mails (mail)", config.mail.is_some()),
        ("files of other offices (registers)", config.registers != RegistersConfig::default()),
        ("senders of tickets (tickets)", !config.tickets.is_empty()),
        ("downtime copies (downtime)", config.downtime.is_some()),
        ("day totals (totals)", config.totals.as_ref().is_some_and(outside)),
        ("a directory file (directory)", config.directory.is_some()),
        ("a tunnel (tunnel)", config.tunnel),
        ("an operator's address (operations)", config.operations.is_some()),
        (
            "a listener off this machine (link)",
            config.link.iter().any(|link| !link.listen.ip().is_loopback()),
        ),
    ];
    if let Some((way, _)) = ways.iter().find(|(_, is_open)| *is_open) {
        bail!("a practice copy has nothing that leads out of it, and this one was given {way}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
