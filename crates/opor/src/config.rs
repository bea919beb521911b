//! Settings: one TOML file, unknown keys refused, environment overlay `OPOR_…`. Read here and nowhere else.
#![allow(clippy::disallowed_methods, reason = "the environment is read here only")]

use actions::intake::Binding;
use anyhow::{Context as _, bail};
use clinical::backlog::{LINK_PREFIX, is_backlog};
use gateway::delivery::paging::Pager;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the portal and FHIR listen unless told otherwise.
pub(crate) const HTTP: &str = "127.0.0.1:8080";
/// Where MLLP listens unless told otherwise.
pub(crate) const MLLP: &str = "127.0.0.1:2575";
/// Name of the provider directory in the data folder.
pub(crate) const DIRECTORY_FILE: &str = "directory.toml";
/// Folder of the day totals in the data folder.
const TOTALS_FOLDER: &str = "totals";

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
    /// Certificates of the lines.
    pub(crate) tls: Option<TlsConfig>,
    /// How people are called about what is critical; nobody is called by a machine when left out.
    pub(crate) paging: Option<PagingConfig>,
    /// Where senders and receivers state their day totals; `totals` in the data folder unless given.
    pub(crate) totals: Option<PathBuf>,
    /// Something else (a tunnel, a proxy with TLS) protects what leaves this machine plain or lets anybody in.
    #[serde(default)]
    pub(crate) tunnel: bool,
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
    /// Whether the listener speaks TLS; unless said, off loopback only.
    pub(crate) tls: Option<bool>,
    /// Certificates that may come in, any of them: `sha256:…` or `dns:…`. Whoever is believed when empty,
    /// which is for this machine only.
    #[serde(default)]
    pub(crate) certificate: Vec<String>,
    /// What MSH-3 and MSH-4 may say, as they stand in the message: `LAB|HRH`. Anything when empty, which is for this
    /// machine only.
    #[serde(default)]
    pub(crate) senders: Vec<String>,
    /// Assigning authorities of the patients' numbers that may come; the first one stands for a blank one. Any when
    /// empty.
    #[serde(default)]
    pub(crate) authorities: Vec<String>,
    /// Name of the dialect that must be in use for it (`opor dialect`), or nothing is served.
    pub(crate) dialect: Option<String>,
    /// Name of the code map that must be in use for it (`opor codes`), or nothing is served.
    pub(crate) codes: Option<String>,
}

/// How people are called: one of the two ways.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PagingConfig {
    /// Where people reach the portal from outside, such as `https://opor.example`: links begin so.
    pub(crate) portal: String,
    /// Folder that a gateway for text messages or mail empties.
    pub(crate) folder: Option<PathBuf>,
    /// Address of a gateway that takes calls by POST.
    pub(crate) webhook: Option<String>,
}

impl PagingConfig {
    /// Where calls go.
    pub(crate) fn pager(&self) -> anyhow::Result<Pager> {
        match (&self.folder, &self.webhook) {
            (Some(folder), None) => Ok(Pager::Folder(folder.clone())),
            (None, Some(webhook)) => Ok(Pager::Webhook(webhook.clone())),
            _ => bail!("[paging]: write folder = \"DIR\" or webhook = \"URL\", one of the two"),
        }
    }
}

/// Certificates of the lines, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsConfig {
    /// Our certificate with its chain.
    pub(crate) certificate: PathBuf,
    /// Its key.
    pub(crate) key: PathBuf,
    /// Who may come in: the authority that issued the senders' certificates.
    pub(crate) senders: Option<PathBuf>,
    /// To whom we go: the authority that issued the receivers' certificates.
    pub(crate) receivers: Option<PathBuf>,
}

impl LinkConfig {
    /// What the link may say, when the settings bind it.
    pub(crate) fn binding(&self) -> anyhow::Result<Option<Binding>> {
        let pair = |said: &String| {
            let (application, facility) = said.split_once('|').with_context(|| {
                format!("link {}: sender \"{said}\" is no MSH-3|MSH-4. Write it as \"LAB|HRH\"", self.name)
            })?;
            Ok((application.to_owned(), facility.to_owned()))
        };
        let senders = self.senders.iter().map(pair).collect::<anyhow::Result<Vec<_>>>()?;
        let is_bound = !senders.is_empty() || !self.authorities.is_empty();
        Ok(is_bound.then(|| Binding { senders, authorities: self.authorities.clone() }))
    }
}

/// Whether a listener speaks TLS, or why it may not listen. Plain lines stay on this machine unless a tunnel protects
/// them.
pub(crate) fn speaks_tls(
    name: &str,
    listen: SocketAddr,
    link: Option<&LinkConfig>,
    config: &Config,
) -> anyhow::Result<bool> {
    let is_off_loopback = !listen.ip().is_loopback();
    let wanted = link.and_then(|link| link.tls);
    let speaks = wanted.unwrap_or(is_off_loopback && config.tls.is_some());
    let bound = link.is_some_and(|link| !link.certificate.is_empty());
    if speaks && config.tls.is_none() {
        bail!("{name}: it is to speak TLS and there is no certificate. Set [tls] with certificate and key");
    }
    if bound && !(speaks && config.tls.as_ref().is_some_and(|tls| tls.senders.is_some())) {
        bail!(
            "{name}: certificates are bound to it and none is asked for. Set [tls] senders, and tls = true on the link"
        );
    }
    if is_off_loopback && !speaks && !config.tunnel {
        bail!(
            "{name}: {listen} leaves this machine and the line would be plain. Set [tls], listen on 127.0.0.1, or set \
             tunnel = true when something else protects the line"
        );
    }
    if is_off_loopback
        && !config.tunnel
        && let Some(missing) = unproven(link, config)
    {
        bail!(
            "{name}: {listen} leaves this machine and {missing}. Or listen on 127.0.0.1, or set tunnel = true when \
             something else decides who comes to it"
        );
    }
    Ok(speaks)
}

/// What is missing for it to be certain who is on a line and for whom they speak, and what to write.
fn unproven(link: Option<&LinkConfig>, config: &Config) -> Option<&'static str> {
    let asks = config.tls.as_ref().is_some_and(|tls| tls.senders.is_some());
    match link {
        _ if !asks => Some(
            "anybody could come in. Under [tls] write senders = \"FILE\" with the PEM of who issued the senders' \
             certificates",
        ),
        None => Some(
            "whoever came in would be believed by what the message says. Write a [[link]] with certificate and senders \
             for each sender",
        ),
        Some(link) if link.certificate.is_empty() => Some(
            "any sender's certificate would be taken for this one. On the link write certificate = [\"dns:NAME\"] or \
             [\"sha256:DIGEST\"]",
        ),
        Some(link) if link.senders.is_empty() => Some(
            "it could speak for every sender. On the link write senders = [\"MSH-3|MSH-4\"], as in [\"LAB|HRH\"], and \
             authorities",
        ),
        Some(_) => None,
    }
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
            tls: None,
            paging: None,
            totals: None,
            tunnel: false,
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

    /// Whether it may be started with: the portal is plain HTTP, so it stays on this machine unless a proxy with TLS
    /// stands before it, and no sender has a loader's name.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if !self.http.ip().is_loopback() && !self.tunnel {
            bail!(
                "--http: {} leaves this machine and pages would go out plain. Listen on 127.0.0.1 behind a proxy that \
                 speaks TLS, or set tunnel = true when such a proxy stands before this address",
                self.http
            );
        }
        if let Some(link) = self.link.iter().find(|link| is_backlog(&link.name)) {
            bail!(
                "link {}: names that begin with {LINK_PREFIX} are those of loaded backlogs, whose results do not ring. \
                 Give the link another name",
                link.name
            );
        }
        Ok(())
    }

    /// Where day totals are stated.
    pub(crate) fn totals_folder(&self) -> PathBuf {
        self.totals.clone().unwrap_or_else(|| self.data.join(TOTALS_FOLDER))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<bool, String> {
        let config: Config = toml::from_str(&format!("data = \"record\"\n{text}")).expect("settings");
        let link = &config.link[0];
        speaks_tls("link LAB", link.listen, Some(link), &config).map_err(|problem| problem.to_string())
    }

    #[test]
    fn plain_lines_stay_on_this_machine_unless_a_tunnel_is_said() {
        let tls = "[tls]\ncertificate = \"c\"\nkey = \"k\"\nsenders = \"s\"\n";
        let link = |listen: &str, more: &str| {
            format!("[[link]]\nname = \"LAB\"\nlisten = \"{listen}:2576\"\n{more}")
        };
        let bound = "certificate = [\"dns:lab.example\"]\nsenders = [\"LAB|HRH\"]";
        assert_eq!(said(&link("127.0.0.1", "")), Ok(false));
        assert_eq!(said(&link("[::1]", "")), Ok(false));
        assert_eq!(said(&format!("tunnel = true\n{}", link("0.0.0.0", ""))), Ok(false));
        assert_eq!(said(&format!("tunnel = true\n{tls}{}", link("0.0.0.0", ""))), Ok(true));
        assert_eq!(said(&format!("{tls}{}", link("0.0.0.0", bound))), Ok(true));
        assert_eq!(said(&format!("{tls}{}", link("127.0.0.1", "tls = true"))), Ok(true));
        let nobody_asked = tls.replace("senders = \"s\"\n", "");
        for (text, because) in [
            (link("0.0.0.0", ""), "the line would be plain"),
            (link("10.0.0.7", ""), "the line would be plain"),
            (format!("{tls}{}", link("0.0.0.0", "tls = false")), "the line would be plain"),
            (link("127.0.0.1", "tls = true"), "there is no certificate"),
            (link("127.0.0.1", "certificate = [\"sha256:00\"]"), "none is asked for"),
            (
                format!("{nobody_asked}{}", link("0.0.0.0", "senders = [\"LAB|HRH\"]")),
                "anybody could come in",
            ),
            (format!("{tls}{}", link("0.0.0.0", "senders = [\"LAB|HRH\"]")), "write certificate ="),
            (
                format!("{tls}{}", link("0.0.0.0", "certificate = [\"dns:lab.example\"]")),
                "write senders = [\"MSH-3|MSH-4\"]",
            ),
        ] {
            let refused = said(&text).expect_err(&text);
            assert!(refused.contains(because), "{text}: {refused}");
        }
        let config: Config = toml::from_str(&format!("data = \"record\"\n{tls}")).expect("settings");
        let common = speaks_tls("--mllp", SocketAddr::from(([0, 0, 0, 0], 2575)), None, &config);
        assert!(common.is_err_and(|problem| problem.to_string().contains("Write a [[link]]")));
    }

    #[test]
    fn plain_pages_stay_on_this_machine_and_no_sender_has_a_loaders_name() {
        let checked = |text: &str| {
            let config: Config = toml::from_str(&format!("data = \"record\"\n{text}")).expect("settings");
            config.check().map_err(|problem| problem.to_string())
        };
        assert_eq!(checked(""), Ok(()));
        assert_eq!(checked("http = \"0.0.0.0:8080\"\ntunnel = true"), Ok(()));
        let refused = checked("http = \"0.0.0.0:8080\"").expect_err("plain pages");
        assert!(refused.contains("tunnel = true") && refused.contains("proxy"), "{refused}");
        let link = "[[link]]\nname = \"backlog:LAB\"\nlisten = \"127.0.0.1:2576\"";
        assert!(checked(link).expect_err("a loader's name").contains("another name"));
    }
}
