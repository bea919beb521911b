//! How accounts sign in, from the settings.

use crate::config::{Config, LIVE_FILE, SignInConfig};
use crate::emrs;
use anyhow::Context as _;
use gateway::asking::Asker;
use portal::{Question, Ways};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where Debian and its kin keep the authorities that are publicly believed.
const PUBLIC_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How accounts sign in; `None` where the settings say nothing of it. The demo has passkeys on this machine, so that an
/// application can be followed to its end. From the first start with proof on no persona opens this record.
pub(crate) fn ways(config: &Config, http: SocketAddr) -> anyhow::Result<Option<Arc<Ways>>> {
    let said = match (&config.sign_in, config.demo) {
        (Some(said), _) => {
            let live = config.data.join(LIVE_FILE);
            std::fs::write(&live, "People sign in to this record by proof; no persona opens it.\n")
                .with_context(|| format!("cannot write {}", live.display()))?;
            said.clone()
        }
        (None, true) => SignInConfig {
            portal: format!("http://localhost:{}", http.port()),
            authorities: None,
            issuer: Vec::new(),
            emr: Vec::new(),
        },
        (None, false) => return Ok(None),
    };
    let public = Path::new(PUBLIC_AUTHORITIES);
    let issuers = said.issuers()?;
    let emrs = emrs::listed(&said.emr, &issuers)?;
    let addresses = issuers.iter().map(|issuer| &issuer.issuer).chain(emrs.iter().map(|emr| &emr.address));
    let asks_outside = addresses.into_iter().any(|address| address.starts_with("https://"));
    let usual = (asks_outside && public.exists()).then(|| PathBuf::from(public));
    let asker = Arc::new(Asker::new(said.authorities.clone().or(usual).as_deref())?);
    Ok(Some(Arc::new(Ways {
        party: said.party()?,
        portal: said.portal,
        issuers,
        emrs,
        ask: Arc::new(move |Question { address, form, authorization }| {
            let asker = Arc::clone(&asker);
            Box::pin(async move {
                asker.ask(&address, form, authorization).await.map_err(|reason| reason.to_string())
            })
        }),
        proxied: config.tunnel,
    })))
}
