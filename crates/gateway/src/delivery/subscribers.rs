//! Calls to the receivers of subscriptions (rest-hook): one under way for each, on a connection of its own, so that one
//! that is silent delays nobody else. Redirects are not followed; off loopback only TLS goes out.

use super::Patience;
use super::posting::{Post, Url, post};
use super::wire::Dial;
use actions::Record;
use actions::deliveries::{Destination, EndpointKind};
use actions::intake::Clock;
use actions::subscriptions::Call;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;

/// How often it is looked what must be told.
const EVERY: Duration = Duration::from_secs(1);
/// Calls under way at once; the others wait.
const AT_ONCE: usize = 64;
const FHIR_JSON: &str = "application/fhir+json";

/// Calls receivers.
#[derive(Clone)]
pub struct Subscribers {
    /// The record.
    pub record: Record,
    /// The clock.
    pub clock: Clock,
    /// Makes connections.
    pub dial: Arc<dyn Dial>,
    /// How long a receiver may take that says nothing of it.
    pub patience: Patience,
    /// Who may be called.
    pub allowed: Allowed,
}

/// Hosts that the operator lets this server call: whoever writes a Subscription must not make it knock anywhere.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// `host` for every port, or `host:port`.
    pub hosts: Vec<String>,
    /// Whether programs on this machine may be called: in the demo.
    pub loopback: bool,
}

impl Allowed {
    fn may(&self, url: &Url) -> bool {
        let authority = url.authority.to_ascii_lowercase();
        let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host);
        self.hosts.iter().any(|one| one.eq_ignore_ascii_case(&authority) || one.eq_ignore_ascii_case(host))
            || (self.loopback && url.is_loopback())
    }
}

impl std::fmt::Debug for Subscribers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscribers").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Subscribers {
    /// Calls whoever must be told, until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut under_way, mut calls) = (HashMap::<Id, String>::new(), JoinSet::new());
        // Who was called last: the next round begins behind them, so that everybody has their turn.
        let mut behind = String::new();
        loop {
            let free = AT_ONCE.saturating_sub(under_way.len());
            if free > 0 {
                let busy = under_way.values().cloned().collect();
                for call in self.due(busy, behind.clone(), free).await {
                    behind.clone_from(&call.subscription);
                    let (own, subscription) = (self.clone(), call.subscription.clone());
                    let task = calls.spawn(async move { own.call(call).await });
                    under_way.insert(task.id(), subscription);
                }
            }
            let broke = tokio::select! {
                ended = calls.join_next_with_id(), if !calls.is_empty() => match ended {
                    // Whoever took a call is told the next thing at once.
                    Some(Ok((task, ()))) => {
                        under_way.remove(&task);
                        false
                    }
                    Some(Err(fault)) => {
                        let subscription = under_way.remove(&fault.id()).unwrap_or_default();
                        tracing::error!(subscription, "a call to a subscriber ended in a fault; it goes again");
                        true
                    }
                    None => false,
                },
                () = tokio::time::sleep(EVERY) => false,
                _ = stop.wait_for(|&stop| stop) => return,
            };
            if broke {
                // What breaks each time does not keep this from everybody else.
                tokio::time::sleep(EVERY).await;
            }
        }
    }

    async fn due(&self, under_way: HashSet<String>, behind: String, free: usize) -> Vec<Call> {
        let (record, now) = (self.record.clone(), (self.clock)());
        match tokio::task::spawn_blocking(move || record.calls_due(&under_way, &behind, free, now)).await {
            Ok(Ok(due)) => due,
            Ok(Err(reason)) => {
                tracing::warn!(%reason, "it could not be read which subscribers must be told; looking again");
                Vec::new()
            }
            Err(_) => {
                tracing::error!("looking which subscribers must be told ended in a fault; looking again");
                Vec::new()
            }
        }
    }

    async fn call(&self, call: Call) {
        let said = self.said(&call).await;
        let (record, now) = (self.record.clone(), (self.clock)());
        match tokio::task::spawn_blocking(move || record.call_answered(&call, said, now)).await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => {
                tracing::warn!(%reason, "the answer of a subscriber could not be kept; it is called again")
            }
            Err(_) => {
                tracing::error!("keeping the answer of a subscriber ended in a fault; it is called again")
            }
        }
    }

    /// Why a receiver did not take a call.
    async fn said(&self, call: &Call) -> Result<(), String> {
        let url = Url::read(&call.endpoint).ok_or("its endpoint is no address.")?;
        if !self.allowed.may(&url) {
            return Err(format!(
                "this server may not call {}; its operator allows a host under fhir.subscribers.",
                url.authority
            ));
        }
        let protected = call.endpoint.starts_with("https://");
        let there = Destination {
            id: format!("Subscription/{}", call.subscription),
            kind: EndpointKind::Fhir,
            address: url.authority.clone(),
            connections: 1,
            tls: protected.then(Default::default),
        };
        let wire = match timeout(self.patience.connect, self.dial.dial(&there)).await {
            Ok(Ok(wire)) => wire,
            Ok(Err(error)) => return Err(format!("no connection ({error}).")),
            Err(_) => return Err("no connection in time.".to_owned()),
        };
        let patience = match call.timeout_seconds {
            0 => self.patience.answer,
            seconds => Duration::from_secs(u64::from(seconds)),
        };
        let what = Post {
            path: url.path.clone(),
            form: FHIR_JSON,
            id: &call.id,
            headers: &call.headers,
            body: call.body.clone(),
        };
        match timeout(patience, post(wire, &url, what)).await {
            Ok(Some(answer)) if answer.status.is_success() => Ok(()),
            Ok(Some(answer)) if answer.status.is_redirection() => Err(format!(
                "it redirects to \"{}\", which is not followed; write that address in the subscription.",
                answer.location
            )),
            Ok(Some(answer)) => Err(format!("it answered {}.", answer.status.as_u16())),
            Ok(None) => Err("the connection ended without an answer.".to_owned()),
            Err(_) => Err(format!("no answer within {} s.", patience.as_secs())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h70_only_hosts_that_the_operator_named_are_called() {
        let hosts = vec!["emr.example".to_owned(), "clinic.example:8443".to_owned()];
        let live = Allowed { hosts: hosts.clone(), loopback: false };
        let demo = Allowed { hosts, loopback: true };
        for (endpoint, in_live, in_demo) in [
            ("https://emr.example/told", true, true),
            ("https://EMR.example:9443/told", true, true),
            ("https://clinic.example:8443/told", true, true),
            ("https://clinic.example/told", false, false),
            ("https://emr.example.attacker.example/told", false, false),
            ("https://10.0.0.7/told", false, false),
            ("http://127.0.0.1:5432/told", false, true),
            ("http://[::1]:80/told", false, true),
        ] {
            let url = Url::read(endpoint).expect("an address");
            assert_eq!((live.may(&url), demo.may(&url)), (in_live, in_demo), "{endpoint}");
        }
    }
}
