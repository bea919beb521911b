//! The mailbox of forms, by its settings: where it is, whose signatures and whose findings are believed.

use crate::clock;
use crate::commands::token::secret;
use crate::config::Config;
use actions::Record;
use actions::mailbox::{MailKey, Setup};
use anyhow::{Context as _, bail};
use clinical::enrolment::forms::Anchors;
use gateway::mailbox::{Imap, Mailbox};
use gateway::names::{ANSWER, Resolver};
use gateway::tls::{authorities, revocation_list, trusting};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

/// Name of the key in the data folder under which what was sent is kept.
const KEY_FILE: &str = "mailbox.key";
/// Folder of the demo's maildir in the data folder.
const FOLDER: &str = "mailbox";
/// How often it is looked whether a list of revoked certificates is another.
const LOOKED_EVERY: Duration = Duration::from_secs(60);
/// Port of IMAP over TLS.
const PORT: u16 = 993;

/// Where forms are sent to: a folder or a mail server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailboxConfig {
    /// A maildir that a mail server fills.
    pub(crate) folder: Option<PathBuf>,
    /// A mail server that speaks IMAP.
    pub(crate) host: Option<String>,
    /// Its port; 993 unless given.
    pub(crate) port: Option<u16>,
    /// User there.
    pub(crate) user: Option<String>,
    /// File with the secret of that user.
    pub(crate) secret: Option<PathBuf>,
    /// Name of the mailbox; `INBOX` unless given.
    pub(crate) inbox: Option<String>,
    /// PEM of who issued the mail server's certificate.
    pub(crate) authority: Option<PathBuf>,
    /// The receiving server whose Authentication-Results are believed, by the name it writes.
    pub(crate) server: Option<String>,
    /// File of DKIM keys: a line for each, the name, a blank, the text record.
    pub(crate) domain_keys: Option<PathBuf>,
    /// Name server that is asked for keys which that file does not have: `127.0.0.1:53`. Nobody is asked without it.
    pub(crate) resolver: Option<SocketAddr>,
    /// PEM of the authorities whose digital signatures are believed.
    pub(crate) signers: Option<PathBuf>,
    /// Their lists of revoked certificates, PEM or DER each; looked at anew when a file changes.
    #[serde(default)]
    pub(crate) revocations: Vec<PathBuf>,
}

impl MailboxConfig {
    /// Where the mails are.
    fn place(&self) -> anyhow::Result<Mailbox> {
        match (&self.folder, &self.host) {
            (Some(folder), None) => Ok(Mailbox::Folder(folder.clone())),
            (None, Some(host)) => {
                let (Some(user), Some(secret)) = (&self.user, &self.secret) else {
                    bail!("[mailbox]: write user = \"NAME\" and secret = \"FILE\" with the secret in it");
                };
                let text = std::fs::read_to_string(secret)
                    .with_context(|| format!("[mailbox] secret: cannot read {}", secret.display()))?;
                Ok(Mailbox::Imap(Imap {
                    host: host.clone(),
                    port: self.port.unwrap_or(PORT),
                    user: user.clone(),
                    secret: text.trim_end_matches(['\r', '\n']).to_owned(),
                    folder: self.inbox.clone().unwrap_or_else(|| "INBOX".to_owned()),
                    tls: self.authority.as_deref().map(trusting).transpose()?,
                }))
            }
            _ => bail!("[mailbox]: write folder = \"DIR\" or host = \"NAME\", one of the two"),
        }
    }

    /// What judging relies on.
    fn setup(&self, data: &Path) -> anyhow::Result<Setup> {
        let (anchors, left) = match &self.signers {
            Some(path) => Anchors::from_der(&authorities(path)?),
            None => (Anchors::default(), 0),
        };
        if left > 0 {
            bail!("[mailbox] signers: {left} certificates in it are none of an authority. Take them out");
        }
        let lists = self.revocations.iter().map(|path| revocation_list(path));
        let lists = lists.collect::<Result<Vec<_>, _>>().context("[mailbox] revocations")?;
        let (anchors, left) = anchors.with_revocations(&lists);
        if left > 0 {
            bail!(
                "[mailbox] revocations: {left} of the files are no list of revoked certificates. Take them out"
            );
        }
        for list in anchors.revocations() {
            tracing::info!(
                issuer = list.issuer,
                of = list.of,
                until = list.until,
                "a list of revoked certificates"
            );
        }
        let text = match &self.domain_keys {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("[mailbox] domain_keys: cannot read {}", path.display()))?,
            None => String::new(),
        };
        Ok(Setup {
            key: MailKey(secret(data, KEY_FILE)?),
            anchors,
            domain_keys: keys(&text)?,
            server: self.server.clone().unwrap_or_default(),
        })
    }
}

/// Takes lists of revoked certificates over when their files change, until `stop` turns true. A file that cannot be read
/// leaves the lists as they are: what is over among them is told with each form.
pub(crate) async fn follow(record: Record, config: Config, mut stop: watch::Receiver<bool>) {
    let Some(mailbox) = config.mailbox.filter(|mailbox| !mailbox.revocations.is_empty()) else { return };
    let changed = |mailbox: &MailboxConfig| -> Vec<Option<SystemTime>> {
        let at = |path: &PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        mailbox.revocations.iter().map(at).collect()
    };
    let mut seen = changed(&mailbox);
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOKED_EVERY) => {}
            _ = stop.wait_for(|&stop| stop) => return,
        }
        let now = changed(&mailbox);
        if now == seen {
            continue;
        }
        match mailbox.setup(&config.data) {
            Ok(setup) => {
                record.set_mailbox(setup);
                seen = now;
            }
            Err(error) => {
                tracing::warn!(%error, "lists of revoked certificates are not taken over; those before stay")
            }
        }
    }
}

/// Keys by name; blank lines and those that begin with `#` are left out.
fn keys(text: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut keys = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, record) = line.split_once(char::is_whitespace).with_context(|| {
            format!("[mailbox] domain_keys, line {}: write NAME, a blank, then the text record", number + 1)
        })?;
        keys.insert(name.trim_end_matches('.').to_lowercase(), record.trim().to_owned());
    }
    Ok(keys)
}

/// Who is asked for keys of domains.
pub(crate) fn names(config: &Config) -> Option<Resolver> {
    let server = config.mailbox.as_ref()?.resolver?;
    Some(Resolver { server, answer: ANSWER, random: Arc::new(clock::random) })
}

/// What judging relies on, and where the mails are when there is a mailbox.
pub(crate) fn read(config: &Config) -> anyhow::Result<(Setup, Option<Mailbox>)> {
    match &config.mailbox {
        Some(mailbox) => Ok((mailbox.setup(&config.data)?, Some(mailbox.place()?))),
        None => {
            let setup = MailboxConfig::default().setup(&config.data)?;
            let place = config.demo.then(|| Mailbox::Folder(config.data.join(FOLDER)));
            Ok((setup, place))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_by_name() {
        let read = keys("# keys\n\nS1._domainkey.Harbour.example. v=DKIM1; k=ed25519; p=AAAA\n").unwrap();
        assert_eq!(read["s1._domainkey.harbour.example"], "v=DKIM1; k=ed25519; p=AAAA");
        assert!(keys("alone").is_err());
    }

    #[test]
    fn a_mailbox_is_a_folder_or_a_server_and_a_server_needs_a_user() {
        let of = |text: &str| toml::from_str::<MailboxConfig>(text).unwrap().place();
        assert!(of("folder = \"m\"").is_ok());
        for text in ["", "folder = \"m\"\nhost = \"h\"", "host = \"h\""] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
