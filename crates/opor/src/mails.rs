//! Where mails of the record go, by its settings: to a relay, or to a maildir from which a mail server of the house takes
//! them.

use crate::config::Config;
use anyhow::{Context as _, bail};
use gateway::mailing::{Outlet, Patience, Relay, is_address};
use gateway::tls::trusting;
use serde::Deserialize;
use std::path::PathBuf;

/// Folder of the maildir below the data folder.
const MAILDIR: &str = "mail-out";
/// Port of submission over TLS from the beginning (RFC 8314).
const PORT: u16 = 465;
/// Port of submission where TLS begins by STARTTLS (RFC 6409).
const STARTTLS_PORT: u16 = 587;

/// How mails go out: one of the two ways.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// Who writes: `opor <no-reply@opor.example>`, or an address alone. A relay needs it.
    #[serde(default)]
    pub(crate) from: String,
    /// A maildir that a mail server empties.
    pub(crate) folder: Option<PathBuf>,
    /// A relay that takes mails by submission.
    pub(crate) host: Option<String>,
    /// Its port; 465 unless given, 587 with `starttls`.
    pub(crate) port: Option<u16>,
    /// TLS begins with STARTTLS rather than with the line.
    #[serde(default)]
    pub(crate) starttls: bool,
    /// User there; none where the relay knows us otherwise.
    pub(crate) user: Option<String>,
    /// File with the secret of that user.
    pub(crate) secret: Option<PathBuf>,
    /// PEM of who issued the relay's certificate; the line stays on this machine without it.
    pub(crate) authority: Option<PathBuf>,
    /// How we name ourselves to the relay; the domain of `from` unless given.
    pub(crate) name: Option<String>,
}

impl MailConfig {
    /// The address inside `from`; empty when there is none.
    fn address(&self) -> &str {
        let inside = self.from.rsplit_once('<').map_or(self.from.as_str(), |(_, rest)| rest);
        inside.trim().trim_end_matches('>')
    }

    /// Where mails go.
    ///
    /// # Errors
    /// What to write instead.
    pub(crate) fn outlet(&self) -> anyhow::Result<Outlet> {
        let host = match (&self.folder, &self.host) {
            (Some(folder), None) => return Ok(Outlet::Folder(folder.clone())),
            (None, Some(host)) => host,
            _ => bail!("[mail]: write folder = \"DIR\" or host = \"NAME\", one of the two"),
        };
        let address = self.address();
        if !is_address(address) || !address.is_ascii() {
            bail!(
                "[mail] from: \"{}\" is no address that a relay takes. Write from = \"opor <no-reply@YOUR.DOMAIN>\"",
                self.from
            );
        }
        let account = match (&self.user, &self.secret) {
            (Some(user), Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("[mail] secret: cannot read {}", path.display()))?;
                Some((user.clone(), text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            (None, None) => None,
            _ => {
                bail!("[mail]: write user = \"NAME\" and secret = \"FILE\" with the secret in it, or neither")
            }
        };
        let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
        let port = if self.starttls { STARTTLS_PORT } else { PORT };
        Ok(Outlet::Relay(Relay {
            host: host.clone(),
            port: self.port.unwrap_or(port),
            starttls: self.starttls,
            account,
            name: self.name.clone().unwrap_or_else(|| domain.to_owned()),
            from: address.to_owned(),
            tls: self.authority.as_deref().map(trusting).transpose()?,
            patience: Patience::default(),
        }))
    }
}

/// Where mails go, and who writes.
pub(crate) fn outlet(config: &Config) -> anyhow::Result<(Outlet, String)> {
    match &config.mail {
        Some(mail) => Ok((mail.outlet()?, mail.from.clone())),
        None => Ok((Outlet::Folder(config.data.join(MAILDIR)), String::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_go_to_a_folder_or_to_a_relay_and_a_relay_needs_an_address_of_ours() {
        let of =
            |text: &str| toml::from_str::<MailConfig>(text).unwrap().outlet().map_err(|why| why.to_string());
        assert!(matches!(of("folder = \"m\""), Ok(Outlet::Folder(_))));
        let Ok(Outlet::Relay(relay)) = of("host = \"h\"\nfrom = \"opor <no-reply@opor.example>\"") else {
            panic!("a relay")
        };
        let said = (relay.port, relay.from.as_str(), relay.name.as_str(), relay.account);
        assert_eq!(said, (465, "no-reply@opor.example", "opor.example", None));
        let Ok(Outlet::Relay(relay)) = of("host = \"h\"\nfrom = \"a@b\"\nstarttls = true") else {
            panic!("a relay")
        };
        assert_eq!(relay.port, 587);
        for (text, because) in [
            ("", "one of the two"),
            ("folder = \"m\"\nhost = \"h\"", "one of the two"),
            ("host = \"h\"", "from ="),
            ("host = \"h\"\nfrom = \"opor\"", "from ="),
            ("host = \"h\"\nfrom = \"a@b\"\nuser = \"u\"", "secret ="),
            ("host = \"h\"\nfrom = \"a@b\"\nauthority = \"/nowhere\"", "/nowhere"),
        ] {
            assert!(of(text).is_err_and(|why| why.contains(because)), "{text}");
        }
    }
}
