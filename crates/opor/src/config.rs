//! Settings: one TOML file, unknown keys refused, environment overlay `OPOR_…`. Read here and nowhere else.
#![allow(clippy::disallowed_methods, reason = "the environment is read here only")]

use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the portal and FHIR listen unless told otherwise.
pub(crate) const HTTP: &str = "127.0.0.1:8080";
/// Where MLLP listens unless told otherwise.
pub(crate) const MLLP: &str = "127.0.0.1:2575";
/// Name of the provider directory in the data folder.
pub(crate) const DIRECTORY_FILE: &str = "directory.toml";

/// Everything `serve` needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder of the database.
    pub(crate) data: PathBuf,
    /// Portal and FHIR.
    #[serde(default = "http")]
    pub(crate) http: SocketAddr,
    /// MLLP for senders that have no listener of their own.
    #[serde(default = "mllp")]
    pub(crate) mllp: SocketAddr,
    /// Provider directory; `directory.toml` in the data folder unless given.
    pub(crate) directory: Option<PathBuf>,
    /// Personas may sign in without proof: demo and practice only.
    #[serde(default)]
    pub(crate) demo: bool,
    /// Senders with a listener of their own.
    #[serde(default)]
    pub(crate) link: Vec<LinkConfig>,
    /// Seconds to wait for a receiver's acknowledgement.
    #[serde(default = "answer_seconds")]
    pub(crate) answer_seconds: u64,
    /// Largest MLLP frame taken, in bytes.
    #[serde(default = "frame_limit")]
    pub(crate) frame_limit_bytes: usize,
    /// Defects that a test puts in; builds for use do not know this setting.
    #[cfg(debug_assertions)]
    #[serde(default)]
    pub(crate) seeded_defects: Vec<String>,
}

/// A sender with a listener of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkConfig {
    /// Name of the link.
    pub(crate) name: String,
    /// Its listener.
    pub(crate) listen: SocketAddr,
}

fn http() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}
fn mllp() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 2575))
}
fn answer_seconds() -> u64 {
    30
}
fn frame_limit() -> usize {
    hl7v2::mllp::FRAME_LIMIT_BYTES
}

impl Config {
    /// Settings for a data folder, everything else as usual.
    pub(crate) fn for_data(data: PathBuf) -> Self {
        Self {
            data,
            http: http(),
            mllp: mllp(),
            directory: None,
            demo: false,
            link: Vec::new(),
            answer_seconds: answer_seconds(),
            frame_limit_bytes: frame_limit(),
            #[cfg(debug_assertions)]
            seeded_defects: Vec::new(),
        }
    }

    /// Read a settings file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}. Check --config", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("{} has a setting that is not known or not readable", path.display()))
    }

    /// Lay the environment over the file: `OPOR_DATA`, `OPOR_HTTP`, `OPOR_MLLP`, `OPOR_DIRECTORY`.
    pub(crate) fn overlay(mut self) -> anyhow::Result<Self> {
        for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("OPOR_")) {
            match name.as_str() {
                "OPOR_DATA" => self.data = value.into(),
                "OPOR_HTTP" => self.http = address(&name, &value)?,
                "OPOR_MLLP" => self.mllp = address(&name, &value)?,
                "OPOR_DIRECTORY" => self.directory = Some(value.into()),
                "OPOR_LOG" => {}
                other => bail!(
                    "{other} is not a setting. Known: OPOR_DATA, OPOR_HTTP, OPOR_MLLP, OPOR_DIRECTORY, OPOR_LOG"
                ),
            }
        }
        Ok(self)
    }

    /// The provider directory, when there is one.
    pub(crate) fn directory_text(&self) -> anyhow::Result<String> {
        let path = self.directory.clone().unwrap_or_else(|| self.data.join(DIRECTORY_FILE));
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.directory.is_none() => {
                Ok(String::new())
            }
            Err(error) => {
                Err(error).with_context(|| format!("cannot read the provider directory {}", path.display()))
            }
        }
    }
}

/// What to log, from `OPOR_LOG` (`info` unless set).
pub(crate) fn log_filter() -> String {
    std::env::var("OPOR_LOG").unwrap_or_else(|_| "info".to_owned())
}

/// An address from the command line or the environment.
pub(crate) fn address(name: &str, value: &str) -> anyhow::Result<SocketAddr> {
    use std::net::ToSocketAddrs as _;
    value
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .with_context(|| format!("{name}: \"{value}\" is no HOST:PORT. Try 127.0.0.1:0 for any free port"))
}
