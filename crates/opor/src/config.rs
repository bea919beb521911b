//! Settings: one TOML file, unknown keys refused, environment overlay `OPOR_…`. Read here and nowhere else.
#![allow(clippy::disallowed_methods, reason = "the environment is read here only")]

use crate::downtime::DowntimeConfig;
use crate::emrs::{self, EmrConfig};
use crate::limits::{LIMITS_FILE, Limits};
use crate::mailbox::MailboxConfig;
use crate::mails::MailConfig;
use crate::practice_copy;
use crate::second::LogConfig;
use actions::accounts::openid::{self, Issuer, Kind};
use actions::accounts::passkeys::Party;
use actions::facility::tickets::{KEY_BYTES, Sender};
use actions::intake::Binding;
use anyhow::{Context as _, bail};
use clinical::backlog::{LINK_PREFIX, is_backlog};
use fhir::search::r4::Extent;
use gateway::delivery::paging::Pager;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the portal and FHIR listen unless told otherwise.
pub(crate) const HTTP: &str = "127.0.0.1:8080";
/// Where MLLP listens unless told otherwise.
pub(crate) const MLLP: &str = "127.0.0.1:2575";
/// Name of the provider directory in the data folder.
pub(crate) const DIRECTORY_FILE: &str = "directory.toml";
/// File in the data folder that says that people sign in by proof: from then on no persona does.
pub(crate) const LIVE_FILE: &str = "sign-in.live";
/// Folder of the day totals in the data folder.
const TOTALS_FOLDER: &str = "totals";

/// Everything `serve` needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder of the database.
    pub(crate) data: PathBuf,
    /// PostgreSQL that keeps the record (`postgres://USER@HOST:PORT/DATABASE`); the data folder when left out. The folder
    /// remembers it for every other command.
    pub(crate) store: Option<String>,
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
    /// A practice copy (`opor practice`); no settings file says so.
    #[serde(skip)]
    pub(crate) is_practice: bool,
    /// Where the practice copy of this record is reached, `https://practice.example`; the portal leads there.
    pub(crate) practice_at: Option<String>,
    /// How accounts sign in; nobody can where it is left out and personas do not.
    pub(crate) sign_in: Option<SignInConfig>,
    /// Senders with a listener of their own.
    #[serde(default)]
    pub(crate) link: Vec<LinkConfig>,
    /// Certificates of the lines.
    pub(crate) tls: Option<TlsConfig>,
    /// How people are called about what is critical; nobody is called by a machine when left out.
    pub(crate) paging: Option<PagingConfig>,
    /// Where forms are sent to; a maildir in the data folder for the demo, none otherwise when left out.
    pub(crate) mailbox: Option<MailboxConfig>,
    /// How mails of the record go out; a maildir in the data folder when left out.
    pub(crate) mail: Option<MailConfig>,
    /// Files of other offices that are taken over whenever they change.
    #[serde(default)]
    pub(crate) registers: RegistersConfig,
    /// Who may send tickets of the IT self-service.
    #[serde(default)]
    pub(crate) tickets: Vec<TicketsConfig>,
    /// Which wards and practices keep a copy for an outage, and where it is written; none when left out.
    pub(crate) downtime: Option<DowntimeConfig>,
    /// Where the log of the database is shipped to; nowhere when left out.
    pub(crate) log: Option<LogConfig>,
    /// Where senders and receivers state their day totals; `totals` in the data folder unless given.
    pub(crate) totals: Option<PathBuf>,
    /// Something else (a tunnel, a proxy with TLS) protects what leaves this machine plain or lets anybody in.
    #[serde(default)]
    pub(crate) tunnel: bool,
    /// Seconds to wait for a receiver's acknowledgement.
    #[serde(default = "answer_seconds")]
    pub(crate) answer_seconds: u64,
    /// What applications may do at the FHIR door.
    #[serde(default)]
    pub(crate) fhir: FhirConfig,
    /// Largest MLLP frame taken, in bytes; as the limits say when left out.
    pub(crate) frame_limit_bytes: Option<usize>,
    /// File of limits; `limits.toml` in the data folder unless given.
    pub(crate) limits: Option<PathBuf>,
    /// The operator's address, where health, readiness and figures are told; nowhere when left out.
    pub(crate) operations: Option<SocketAddr>,
    /// Another process of the same user may take over our ports while we still serve: it listens beside us and waits for
    /// the record.
    #[serde(default)]
    pub(crate) hand_over: bool,
    /// When another process writes to the same PostgreSQL, answer what only reads until it does no longer, and take over.
    #[serde(default)]
    pub(crate) standby: bool,
    /// Seconds between saying that we are not ready any more and taking nothing more, for a balancer to notice.
    #[serde(default)]
    pub(crate) drain_seconds: u64,
    /// Defects that a test puts in; builds for use do not know this setting.
    #[cfg(debug_assertions)]
    #[serde(default)]
    pub(crate) seeded_defects: Vec<String>,
    /// The writer can be held at named points; builds for use do not know this setting.
    #[cfg(debug_assertions)]
    #[serde(default)]
    pub(crate) fail_points: bool,
}

/// What applications may do at the FHIR door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FhirConfig {
    /// `strict`: what is not as R4 and the profiles it names demand is refused with 422; `tolerant`, unless said: it is
    /// kept as it came, and `$validate` tells.
    #[serde(default)]
    pub(crate) validation: Validation,
    /// Which search parameters are indexed and promised: `all` of R4, unless said, or the `usual` ones.
    #[serde(default)]
    pub(crate) indexed: Indexed,
    /// Apps may ask to be registered at the door of apps; a person approves each. They may not unless said.
    #[serde(default)]
    pub(crate) registration: bool,
    /// Hosts that subscriptions may have called: `host`, or `host:port`. None unless said; the demo calls this machine too.
    #[serde(default)]
    pub(crate) subscribers: Vec<String>,
}

/// Which search parameters are indexed and promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Indexed {
    /// Every parameter of R4.
    #[default]
    All,
    /// Whose, what, when, which status: what clients of a record ask for.
    Usual,
}

impl Indexed {
    /// As searches have it.
    pub(crate) fn extent(self) -> Extent {
        match self {
            Self::All => Extent::All,
            Self::Usual => Extent::Usual,
        }
    }
}

/// How what applications write is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Validation {
    /// What cannot be read is refused.
    #[default]
    Tolerant,
    /// What is not as defined is refused too.
    Strict,
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

/// How accounts sign in: passkeys, and the providers that are believed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInConfig {
    /// Where people reach the portal, such as `https://opor.example`: passkeys are made for it, providers send back to it.
    pub(crate) portal: String,
    /// Certificates of the authorities that providers' are issued by, PEM.
    pub(crate) authorities: Option<PathBuf>,
    /// OpenID providers.
    #[serde(default)]
    pub(crate) issuer: Vec<IssuerConfig>,
    /// EMRs that may open the portal by SMART App Launch.
    #[serde(default)]
    pub(crate) emr: Vec<EmrConfig>,
}

/// An OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerConfig {
    /// Short name in our addresses.
    pub(crate) id: String,
    /// As people know it.
    pub(crate) name: String,
    /// Its address, exactly as its tokens say it.
    pub(crate) issuer: String,
    /// Who we are there.
    pub(crate) client_id: String,
    /// File with our secret there; a public client when left out.
    pub(crate) client_secret_file: Option<PathBuf>,
    /// `plain`, or `entra` for Microsoft Entra ID.
    #[serde(default = "plain")]
    pub(crate) kind: Kind,
    /// A second factor was used when `amr` names one of these,
    #[serde(default = "second_factor")]
    pub(crate) second_factor: Vec<String>,
    /// or `acr` is one of these.
    #[serde(default)]
    pub(crate) assurance: Vec<String>,
    /// Addresses at these domains belong to it.
    #[serde(default)]
    pub(crate) domains: Vec<String>,
}

fn plain() -> Kind {
    Kind::Plain
}
pub(crate) fn second_factor() -> Vec<String> {
    vec!["mfa".to_owned()]
}

impl SignInConfig {
    /// The portal's address, read.
    pub(crate) fn party(&self) -> anyhow::Result<Party> {
        let origin = openid::origin(&self.portal).filter(openid::Origin::is_safe);
        let Some(origin) = origin.filter(|_| self.portal.matches('/').count() == 2) else {
            bail!(
                "[sign_in] portal: \"{}\" is no address of a portal. Write https://HOST, without anything behind it; \
                 http://localhost:PORT is for trials on this machine",
                self.portal
            );
        };
        Ok(Party { origin })
    }

    /// The providers, with their secrets.
    pub(crate) fn issuers(&self) -> anyhow::Result<Vec<Issuer>> {
        let mut issuers: Vec<Issuer> = Vec::new();
        for said in &self.issuer {
            let id = &said.id;
            if !openid::origin(&said.issuer).is_some_and(|origin| origin.is_safe()) {
                bail!(
                    "issuer {id}: \"{}\" is no address with https. Write it as the provider does",
                    said.issuer
                );
            }
            if issuers.iter().any(|known| known.id == *id || known.issuer == said.issuer) {
                bail!("issuer {id}: it stands twice. Give each id and each issuer once");
            }
            if said.second_factor.is_empty() && said.assurance.is_empty() {
                bail!(
                    "issuer {id}: nothing would say that a second factor was used. Write second_factor = [\"mfa\"] or \
                     assurance"
                );
            }
            let client_secret = match &said.client_secret_file {
                Some(path) => std::fs::read_to_string(path)
                    .with_context(|| format!("issuer {id}: cannot read {}", path.display()))?
                    .trim()
                    .to_owned(),
                None => String::new(),
            };
            issuers.push(Issuer {
                id: id.clone(),
                name: said.name.clone(),
                issuer: said.issuer.clone(),
                client_id: said.client_id.clone(),
                client_secret,
                kind: said.kind,
                second_factor: said.second_factor.clone(),
                assurance: said.assurance.clone(),
                domains: said.domains.iter().map(|domain| domain.to_lowercase()).collect(),
            });
        }
        Ok(issuers)
    }
}

/// Files of other offices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistersConfig {
    /// Licences of all regulators, CSV.
    pub(crate) licences: Option<PathBuf>,
    /// Employments of the facilities, CSV.
    pub(crate) employments: Option<PathBuf>,
    /// Units of the facilities and their managers, TOML.
    pub(crate) units: Option<PathBuf>,
    /// Who looks after access at each workplace in the community, CSV.
    pub(crate) administrators: Option<PathBuf>,
    /// When the enrolment desk holds video calls, CSV.
    pub(crate) meetings: Option<PathBuf>,
}

/// A sender of tickets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketsConfig {
    /// Its name, as its calls say it.
    pub(crate) sender: String,
    /// File with the key that it shares with us, at least 32 bytes.
    pub(crate) key: PathBuf,
}

impl TicketsConfig {
    /// The sender with its key.
    pub(crate) fn sender(&self) -> anyhow::Result<Sender> {
        let name = &self.sender;
        let key = std::fs::read(&self.key)
            .with_context(|| format!("[[tickets]] {name}: cannot read the key {}", self.key.display()))?;
        let key = key.trim_ascii().to_vec();
        if key.len() < KEY_BYTES {
            bail!(
                "[[tickets]] {name}: the key in {} has {} bytes. Make one of at least {KEY_BYTES}: head -c 48 /dev/urandom | base64",
                self.key.display(),
                key.len()
            );
        }
        Ok(Sender { name: name.clone(), key })
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

impl Config {
    /// Settings for a data folder, everything else as usual.
    pub(crate) fn for_data(data: PathBuf) -> Self {
        Self {
            data,
            store: None,
            http: http(),
            mllp: mllp(),
            directory: None,
            demo: false,
            is_practice: false,
            practice_at: None,
            sign_in: None,
            link: Vec::new(),
            tls: None,
            paging: None,
            mailbox: None,
            mail: None,
            registers: RegistersConfig::default(),
            tickets: Vec::new(),
            downtime: None,
            log: None,
            totals: None,
            tunnel: false,
            answer_seconds: answer_seconds(),
            fhir: FhirConfig::default(),
            frame_limit_bytes: None,
            limits: None,
            operations: None,
            hand_over: false,
            standby: false,
            drain_seconds: 0,
            #[cfg(debug_assertions)]
            seeded_defects: Vec::new(),
            #[cfg(debug_assertions)]
            fail_points: false,
        }
    }

    /// Read a settings file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}. Check --config", path.display()))?;
        toml::from_str(&text)
            .with_context(|| format!("{} has a setting that is not known or not readable", path.display()))
    }

    /// Lay the environment over the file: `OPOR_DATA`, `OPOR_HTTP`, `OPOR_MLLP`, `OPOR_DIRECTORY`, `OPOR_STORE`.
    pub(crate) fn overlay(mut self) -> anyhow::Result<Self> {
        for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("OPOR_")) {
            match name.as_str() {
                "OPOR_DATA" => self.data = value.into(),
                "OPOR_HTTP" => self.http = address(&name, &value)?,
                "OPOR_MLLP" => self.mllp = address(&name, &value)?,
                "OPOR_DIRECTORY" => self.directory = Some(value.into()),
                "OPOR_STORE" => self.store = Some(value),
                "OPOR_LOG" => {}
                other => bail!(
                    "{other} is not a setting. Known: OPOR_DATA, OPOR_HTTP, OPOR_MLLP, OPOR_DIRECTORY, OPOR_STORE, OPOR_LOG"
                ),
            }
        }
        Ok(self)
    }

    /// Whether it may be started with: the portal is plain HTTP, so it stays on this machine unless a proxy with TLS
    /// stands before it, no sender has a loader's name, and calls can go where they are to go.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        practice_copy::check(self)?;
        if self.demo && self.sign_in.is_some() {
            bail!(
                "demo: personas sign in without proof and [sign_in] says that people prove who they are. Take one of the \
                 two out of the settings"
            );
        }
        let live = self.data.join(LIVE_FILE);
        if self.demo && live.exists() {
            bail!(
                "demo: people sign in to this record by proof ({} says so), and personas would open it without. Use \
                 another data folder for the demo",
                live.display()
            );
        }
        if let Some(sign_in) = &self.sign_in {
            sign_in.party()?;
            emrs::listed(&sign_in.emr, &sign_in.issuers()?)?;
        }
        if !self.http.ip().is_loopback() && !self.tunnel {
            bail!(
                "--http: {} leaves this machine and pages would go out plain. Listen on 127.0.0.1 behind a proxy that \
                 speaks TLS, or set tunnel = true when such a proxy stands before this address",
                self.http
            );
        }
        if let Some(operations) =
            self.operations.filter(|address| !address.ip().is_loopback() && !self.tunnel)
        {
            bail!(
                "operations: {operations} leaves this machine and anybody could ask there. Listen on 127.0.0.1, or set \
                 tunnel = true when something else decides who comes to it"
            );
        }
        if let Some(link) = self.link.iter().find(|link| is_backlog(&link.name)) {
            bail!(
                "link {}: names that begin with {LINK_PREFIX} are those of loaded backlogs, whose results do not ring. \
                 Give the link another name",
                link.name
            );
        }
        if let Some(downtime) = &self.downtime {
            downtime.check()?;
        }
        if let Some(log) = &self.log {
            log.check(&self.data, self.store.is_some())?;
        }
        if let Some(mail) = &self.mail {
            mail.outlet()?;
        }
        if let Some(paging) = &self.paging {
            gateway::delivery::paging::check(&paging.portal, &paging.pager()?, self.tunnel)?;
        }
        Ok(())
    }

    /// The program that runs, as a file.
    pub(crate) fn program() -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    /// The limits that hold.
    pub(crate) fn limits(&self) -> anyhow::Result<Limits> {
        let path = self.limits.clone().unwrap_or_else(|| self.data.join(LIMITS_FILE));
        Limits::read(&path, self.limits.is_some())
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
    fn s045_personas_and_proof_exclude_each_other_also_later() {
        let folder = crate::folder::Folder::new("live");
        let checked = |text: &str| {
            let data = format!("data = {:?}\n{text}", folder.display().to_string());
            let config: Config = toml::from_str(&data).expect("settings");
            config.check().map_err(|problem| problem.to_string())
        };
        let live = "[sign_in]\nportal = \"https://opor.example\"\n";
        assert_eq!((checked(live), checked("demo = true")), (Ok(()), Ok(())));
        assert!(checked(&format!("demo = true\n{live}")).expect_err("both").contains("one of the two"));
        std::fs::write(folder.join(LIVE_FILE), "").expect("a mark");
        assert!(checked("demo = true").expect_err("used by people").contains("another data folder"));
        assert_eq!(checked(live), Ok(()));
        let issuer = |more: &str| {
            format!("{live}[[sign_in.issuer]]\nid = \"a\"\nname = \"A\"\nclient_id = \"opor\"\n{more}")
        };
        assert_eq!(checked(&issuer("issuer = \"https://id.example\"")), Ok(()));
        for (text, because) in [
            (live.replace("https", "http"), "no address of a portal"),
            (live.replace("example\"", "example/x\""), "no address of a portal"),
            (issuer("issuer = \"http://id.example\""), "no address with https"),
            (issuer("issuer = \"https://id.example\"\nsecond_factor = []"), "second factor"),
        ] {
            let refused = checked(&text).expect_err(&text);
            assert!(refused.contains(because), "{text}: {refused}");
        }
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
        let paging = "[paging]\nportal = \"opor.example\"\nfolder = \"pages\"";
        assert!(checked(paging).expect_err("no address").contains("write https://HOST"));
    }

    #[test]
    fn calls_go_to_one_of_the_two_ways() {
        let paging: PagingConfig = toml::from_str("portal = \"https://opor.example\"").expect("settings");
        assert!(paging.pager().expect_err("neither").to_string().contains("one of the two"));
    }
}
