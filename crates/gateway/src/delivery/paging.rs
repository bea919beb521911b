//! Calls go out: into the folder of a gateway for text messages or mail, or to its address over HTTP.
//!
//! A file `ID.page` is whole when it can be seen; the gateway takes it away. One that lies for two minutes was not taken,
//! and that is an incident like an address that does not answer: a critical result waits behind it.

use super::Patience;
use super::posting::{Post, Url, post};
use super::spool::{self, Apart};
use super::wire::Dial;
use actions::Record;
use actions::deliveries::{Destination, EndpointKind};
use actions::intake::Clock;
use actions::paging::{Failing, Page};
use actions::sign_in::TokenKey;
use actions::values::Words;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tokio::time::timeout;

/// How often it is looked who must be called.
const EVERY: Duration = Duration::from_secs(2);
/// A gateway that has left a call in its folder for so long does not run.
const TAKEN_WITHIN: Duration = Duration::from_secs(120);
/// Ending of a call in the folder.
const ENDING: &str = "page";

/// Where calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pager {
    /// A folder that a gateway empties.
    Folder(PathBuf),
    /// An address that takes each call as JSON by POST; an answer 2xx says that it has it.
    Webhook(String),
}

/// Calls people of what is critical.
#[derive(Clone)]
pub struct Paging {
    /// The record.
    pub record: Record,
    /// The clock.
    pub clock: Clock,
    /// Key of the data folder: seals the links.
    pub key: TokenKey,
    /// Where people reach the portal, without a slash at the end: links begin so.
    pub portal: String,
    /// Where calls go.
    pub pager: Pager,
    /// Makes connections.
    pub dial: Arc<dyn Dial>,
    /// How long the gateway may take.
    pub patience: Patience,
}

/// Why calls cannot go where the settings say, or their links cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PagingProblem {
    /// The webhook is no address.
    #[error("[paging] webhook = \"{0}\" is no address: write http://HOST:PORT/PATH or https://HOST/PATH")]
    Webhook(String),
    /// The portal is no address.
    #[error(
        "[paging] portal = \"{0}\" is no address that people can open: write https://HOST, or https://HOST/PATH behind a proxy"
    )]
    Portal(String),
    /// Calls or links would go out plain.
    #[error(
        "[paging] {0} = \"{1}\" leaves this machine plain. Write https://, or set tunnel = true when something else protects it"
    )]
    Plain(&'static str, String),
}

/// Whether the addresses of the settings can be used: said at the start and not when the first critical result waits.
/// `tunnel` says that something else protects plain lines.
///
/// # Errors
/// What to write instead.
pub fn check(portal: &str, pager: &Pager, tunnel: bool) -> Result<(), PagingProblem> {
    let read = Url::read(portal).ok_or_else(|| PagingProblem::Portal(portal.to_owned()))?;
    if !is_protected(portal, &read, tunnel) {
        return Err(PagingProblem::Plain("portal", portal.to_owned()));
    }
    let Pager::Webhook(address) = pager else { return Ok(()) };
    let read = Url::read(address).ok_or_else(|| PagingProblem::Webhook(address.clone()))?;
    if !is_protected(address, &read, tunnel) {
        return Err(PagingProblem::Plain("webhook", address.clone()));
    }
    Ok(())
}

fn is_protected(address: &str, url: &Url, tunnel: bool) -> bool {
    tunnel || address.starts_with("https://") || url.is_loopback()
}

impl std::fmt::Debug for Paging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paging")
            .field("portal", &self.portal)
            .field("pager", &self.pager)
            .finish_non_exhaustive()
    }
}

/// Why a call was not taken.
#[derive(Debug)]
enum Untaken {
    /// The gateway said so of this call; it may take the others.
    Refused(String),
    /// The others would meet the same: no connection, no answer, a folder that cannot be written to.
    Stuck(String),
}

/// Calls that were not taken, by their ids: in the next round they go after the others, so that none holds up another
/// twice.
#[derive(Debug, Default, PartialEq, Eq)]
struct Untook(HashSet<String>);

impl Untook {
    /// Keeps what became of a call; whether the others are tried too.
    fn heard(&mut self, id: &str, said: &Result<(), Untaken>) -> bool {
        if said.is_err() {
            self.0.insert(id.to_owned());
        }
        !matches!(said, Err(Untaken::Stuck(_)))
    }
}

impl Paging {
    /// Calls whoever must be called, until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut apart, mut untook) = (Apart::default(), Untook::default());
        while !*stop.borrow() {
            self.round(&mut apart, &mut untook).await;
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.wait_for(|&stop| stop) => {}
            }
        }
    }

    async fn round(&self, apart: &mut Apart, untook: &mut Untook) {
        let (record, key, now) = (self.record.clone(), self.key.clone(), (self.clock)());
        let due = tokio::task::spawn_blocking(move || record.pages_due(&key, now)).await;
        let mut due = match due {
            Ok(Ok(due)) => due,
            Ok(Err(reason)) => {
                return tracing::warn!(%reason, "it could not be read who must be called; looking again");
            }
            Err(_) => return tracing::error!("looking who must be called ended in a fault; looking again"),
        };
        let mut failures = due.nobody;
        due.pages.sort_by_key(|page| untook.0.contains(&page.id));
        untook.0.clear();
        let (mut handed, mut why_not) = (Vec::new(), None);
        for page in due.pages {
            let said = self.call(&page, apart).await;
            let goes_on = untook.heard(&page.id, &said);
            match said {
                Ok(()) => handed.push(page),
                Err(Untaken::Refused(why) | Untaken::Stuck(why)) => {
                    why_not.get_or_insert(why);
                }
            }
            if !goes_on {
                // Each is tried again in the next round.
                break;
            }
        }
        if why_not.is_none() {
            why_not = self.left_lying(apart).await;
        }
        failures.extend(why_not.map(|why| not_taken(&why)));
        let (record, now) = (self.record.clone(), (self.clock)());
        let kept = tokio::task::spawn_blocking(move || {
            let kept = handed.iter().try_for_each(|page| record.page_handed_over(page, now));
            kept.and_then(|()| record.paging_goes(&failures, now))
        });
        match kept.await {
            Ok(Ok(())) => {}
            Ok(Err(reason)) => tracing::warn!(%reason, "a call could not be kept; it is made once more"),
            Err(_) => tracing::error!("keeping a call ended in a fault; it is made once more"),
        }
    }

    /// Hands one call over.
    async fn call(&self, page: &Page, apart: &mut Apart) -> Result<(), Untaken> {
        let link = format!("{}/page/{}", self.portal, page.token);
        match &self.pager {
            Pager::Folder(folder) => {
                let (folder, text) = (folder.clone(), file(page, &link));
                let name =
                    spool::name_of(&page.id, ENDING).map_err(|error| Untaken::Refused(error.to_string()))?;
                let put = move || spool::put(&folder, &name, text.as_bytes());
                apart.work(self.patience.answer, put).await.map_err(|error| Untaken::Stuck(error.to_string()))
            }
            Pager::Webhook(address) => self.post(address, page, &link).await,
        }
    }

    async fn post(&self, address: &str, page: &Page, link: &str) -> Result<(), Untaken> {
        let stuck = |why: &str| Untaken::Stuck(why.to_owned());
        let url = Url::read(address).ok_or_else(|| {
            stuck("the address of the gateway must be http://HOST:PORT/PATH or https://HOST/PATH")
        })?;
        let there = Destination {
            id: "paging".to_owned(),
            kind: EndpointKind::Fhir,
            address: url.authority.clone(),
            connections: 1,
            tls: address.starts_with("https://").then(Default::default),
        };
        let wire = match timeout(self.patience.connect, self.dial.dial(&there)).await {
            Ok(Ok(wire)) => wire,
            Ok(Err(error)) => return Err(stuck(&error.to_string())),
            Err(_) => return Err(stuck("no connection in time")),
        };
        let body = serde_json::json!({
            "id": page.id, "name": page.name, "to": page.to, "link": link,
            "text": { "en": page.text.en, "fr": page.text.fr },
        });
        let call = Post {
            path: url.path.clone(),
            form: "application/json",
            id: &page.id,
            headers: &[],
            body: body.to_string().into_bytes(),
        };
        match timeout(self.patience.answer, post(wire, &url, call)).await {
            Ok(Some(answer)) if answer.status.is_success() => Ok(()),
            Ok(Some(answer)) => Err(Untaken::Refused(format!("it answered {}", answer.status.as_u16()))),
            Ok(None) | Err(_) => Err(stuck("no answer")),
        }
    }

    /// Why the gateway seems not to run, when calls lie in its folder.
    async fn left_lying(&self, apart: &mut Apart) -> Option<String> {
        let Pager::Folder(folder) = &self.pager else { return None };
        let micros = u64::try_from((self.clock)().0).unwrap_or_default();
        let (folder, now) = (folder.clone(), UNIX_EPOCH + Duration::from_micros(micros));
        match apart.work(self.patience.answer, move || lying(&folder, now)).await {
            Ok(0) => None,
            Ok(count) => Some(format!("{count} calls lie in its folder for more than two minutes")),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// A call as a file: `word: what`, one a line.
fn file(page: &Page, link: &str) -> String {
    format!(
        "id: {}\nto: {}\nname: {}\nlink: {link}\nen: {}\nfr: {}\n",
        page.id, page.to, page.name, page.text.en, page.text.fr
    )
}

/// Calls that lie for longer than a gateway takes.
fn lying(folder: &Path, now: SystemTime) -> io::Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        other => other?,
    };
    let mut count = 0;
    for entry in entries {
        let entry = entry?;
        if entry.path().extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        // One that goes away meanwhile was taken.
        let Ok(put) = entry.metadata().and_then(|file| file.modified()) else { continue };
        count += usize::from(now.duration_since(put).is_ok_and(|age| age > TAKEN_WITHIN));
    }
    Ok(count)
}

fn not_taken(why: &str) -> Failing {
    Failing {
        subject: "gateway".to_owned(),
        because: Words::new(
            format!("The paging gateway does not take calls: {why}."),
            format!("La passerelle d'appel ne prend pas les appels : {why}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h18_a_call_that_the_gateway_refuses_holds_up_no_other() {
        let mut untook = Untook::default();
        let refused = Err(Untaken::Refused("it answered 422".to_owned()));
        assert!(untook.heard("P1", &refused) && untook.heard("P2", &Ok(())), "the others are tried");
        assert!(!untook.heard("P3", &Err(Untaken::Stuck("no connection in time".to_owned()))));
        let mut next = ["P1", "P3", "P4"];
        next.sort_by_key(|id| untook.0.contains(*id));
        assert_eq!(next, ["P4", "P1", "P3"], "what was taken by nobody goes last");
    }

    #[test]
    fn h18_addresses_that_no_call_could_use_are_found_at_the_start() {
        let folder = Pager::Folder("pages".into());
        let webhook = |address: &str| Pager::Webhook(address.to_owned());
        assert_eq!(check("https://opor.example/", &folder, false), Ok(()));
        assert_eq!(check("http://127.0.0.1:8080", &webhook("http://[::1]:9000/page"), false), Ok(()));
        assert_eq!(check("http://opor.example", &webhook("http://pager.example"), true), Ok(()));
        for (portal, pager, wrong) in [
            ("opor.example", &folder, "portal = \"opor.example\" is no address"),
            ("http://opor.example", &folder, "portal = \"http://opor.example\" leaves this machine plain"),
            ("https://opor.example", &webhook("pager.example"), "webhook = \"pager.example\" is no address"),
            ("https://opor.example", &webhook("http://pager.example/x"), "leaves this machine plain"),
        ] {
            let said = check(portal, pager, false).expect_err(portal).to_string();
            assert!(said.contains(wrong), "{said}");
        }
    }

    #[test]
    fn h18_calls_that_a_gateway_leaves_lying_are_seen() {
        let folder = spool::test_folder("pages");
        spool::put(&folder, "P1.page", b"id: P1").expect("written");
        let now = fs::metadata(folder.join("P1.page")).and_then(|file| file.modified()).expect("a time");
        spool::put(&folder, "note.txt", b"theirs").expect("written");
        assert_eq!(lying(&folder, now).expect("readable"), 0);
        assert_eq!(lying(&folder, now + TAKEN_WITHIN * 2).expect("readable"), 1);
        assert_eq!(lying(&folder.join("none"), now).expect("nothing yet"), 0);
        fs::remove_dir_all(folder).expect("removed");
    }
}
