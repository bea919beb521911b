//! EMRs that may open the portal by SMART App Launch, from the settings.

use crate::config::second_factor;
use actions::accounts::openid::{Issuer, Kind};
use actions::launches::client_key::ClientKey;
use actions::launches::emr::{Emr, Proof};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::path::PathBuf;

/// An EMR.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmrConfig {
    /// Short name, in the log and the activity log.
    id: String,
    /// As people know it.
    name: String,
    /// Its FHIR server, as it says it in `iss`.
    address: String,
    /// Who signs its ID tokens; the address when left out.
    issuer: Option<String>,
    /// Who we are there.
    client_id: String,
    /// File with our secret there;
    client_secret_file: Option<PathBuf>,
    /// or with our private key (P-384 or RSA, PKCS #8, DER), whose public half is registered there. Neither: a public client.
    client_key_file: Option<PathBuf>,
    /// The name by which the EMR knows that key.
    #[serde(default)]
    client_key_id: String,
    /// A second factor was used when `amr` names one of these,
    #[serde(default = "second_factor")]
    second_factor: Vec<String>,
    /// or `acr` is one of these. Its users sign in here themselves when it says neither.
    #[serde(default)]
    assurance: Vec<String>,
}

/// The EMRs, with their secrets. None is one of the providers of sign-ins, and none speaks for another: whoever is tied is
/// tied by issuer and subject.
pub(crate) fn listed(said: &[EmrConfig], issuers: &[Issuer]) -> anyhow::Result<Vec<Emr>> {
    let mut emrs: Vec<Emr> = Vec::new();
    for one in said {
        let (id, address) = (&one.id, &one.address);
        if !Emr::may_be(address) {
            bail!(
                "emr {id}: \"{address}\" is no address of a FHIR server with https. Write it as the EMR does in iss, \
                 without anything behind it"
            );
        }
        let issuer = one.issuer.clone().unwrap_or_else(|| address.clone());
        let known = issuers.iter().chain(emrs.iter().map(|emr| &emr.issuer));
        if known.into_iter().any(|known| known.id == *id || known.issuer == issuer)
            || emrs.iter().any(|emr| emr.address == *address)
        {
            bail!(
                "emr {id}: its id, address or issuer stands twice. Give each provider and each EMR its own"
            );
        }
        emrs.push(Emr {
            address: address.clone(),
            proof: one.proof()?,
            issuer: Issuer {
                id: id.clone(),
                name: one.name.clone(),
                issuer,
                client_id: one.client_id.clone(),
                client_secret: String::new(),
                kind: Kind::Plain,
                second_factor: one.second_factor.clone(),
                assurance: one.assurance.clone(),
                domains: Vec::new(),
            },
        });
    }
    Ok(emrs)
}

impl EmrConfig {
    fn proof(&self) -> anyhow::Result<Proof> {
        let unread = |path: &PathBuf| format!("emr {}: cannot read {}", self.id, path.display());
        Ok(match (&self.client_secret_file, &self.client_key_file) {
            (Some(_), Some(_)) => {
                bail!("emr {}: write client_secret_file or client_key_file, one of the two", self.id)
            }
            (Some(path), None) => {
                let secret = std::fs::read_to_string(path).with_context(|| unread(path))?.trim().to_owned();
                if secret.is_empty() {
                    bail!("emr {}: {} is empty. Write the secret into it", self.id, path.display());
                }
                Proof::Secret(secret)
            }
            (None, Some(path)) => {
                let bytes = std::fs::read(path).with_context(|| unread(path))?;
                let key = ClientKey::read(&bytes, &self.client_key_id);
                Proof::Key(Box::new(key.with_context(|| format!("emr {}: {}", self.id, path.display()))?))
            }
            (None, None) => Proof::Public,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(more: &str) -> Result<usize, String> {
        let base = "id = \"harbour\"\nname = \"Harbour EMR\"\naddress = \"https://emr.example/fhir\"\nclient_id = \"opor\"\n";
        let one: EmrConfig = toml::from_str(&format!("{base}{more}")).expect("settings");
        let other =
            EmrConfig { id: "other".into(), address: "https://other.example/r4".into(), ..one.clone() };
        listed(&[other, one], &[]).map(|emrs| emrs.len()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn an_emr_is_listed_by_an_address_and_speaks_for_itself_alone() {
        assert_eq!(said(""), Ok(2));
        for (more, because) in [
            ("issuer = \"https://id.example\"", "stands twice"),
            ("client_secret_file = \"a\"\nclient_key_file = \"b\"", "one of the two"),
            ("client_secret_file = \"/nowhere/a\"", "cannot read"),
        ] {
            assert!(said(more).expect_err(more).contains(because), "{more}");
        }
        for address in ["http://emr.example/fhir", "https://emr.example/fhir?x=1", "emr.example"] {
            let text = format!("id = \"a\"\nname = \"A\"\nclient_id = \"c\"\naddress = \"{address}\"\n");
            let one: EmrConfig = toml::from_str(&text).expect("settings");
            let refused = listed(&[one], &[]).err().expect(address).to_string();
            assert!(refused.contains("https"), "{refused}");
        }
    }
}
