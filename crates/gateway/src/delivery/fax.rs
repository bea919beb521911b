//! A fax gateway behind a spool folder: a job and its PDF go in, a status with the pages that were sent comes back.
//!
//! The address is `NUMBER@FOLDER`. `jobs/ID.job` is written after `jobs/ID.pdf`, so a job that can be seen is whole.
//! `status/ID.status` says `state: sent`, `failed` or `sending`, and `pages:`; a fax counts only when as many pages were
//! confirmed as were rendered (RT9), so that a report whose last page is missing never counts as delivered. It went to the
//! number of its job: when the directory names another one by now, nobody counts as reached and the desk has it.

use super::spool::{self, Apart, file_away, folder, name_of, put, words};
use super::{Answering, Begun, Opening, Way};
use actions::deliveries::{Offer, Reply, pages_in};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Where the status of earlier tries of one job goes.
const EARLIER: &str = "earlier";

/// The way of endpoints that are reached by fax.
pub(super) struct Fax {
    number: String,
    folder: PathBuf,
    look_again_seconds: u32,
    patience: Duration,
    apart: Apart,
}

/// Opens it.
pub(super) fn open(opening: &Opening<'_>) -> Box<dyn Way> {
    let address = &opening.destination.address;
    let (number, spool) = address.split_once('@').unwrap_or((address, ""));
    let seconds = opening.patience.answer.as_secs() / 2;
    Box::new(Fax {
        number: number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        folder: folder(spool),
        look_again_seconds: u32::try_from(seconds).unwrap_or(u32::MAX).max(1),
        patience: opening.patience.answer,
        apart: Apart::default(),
    })
}

impl Way for Fax {
    fn offer<'a>(&'a mut self, offer: &'a Offer, _: &'a Begun) -> Answering<'a> {
        Box::pin(async move {
            if self.number.is_empty() || self.folder.as_os_str().is_empty() {
                let text =
                    "the directory must say NUMBER@FOLDER: the fax number and the gateway's spool folder";
                return Reply::Unreachable(text.to_owned());
            }
            let Some(pages) = pages_in(&offer.bytes) else {
                return Reply::Rejected { text: "what was rendered has no pages".to_owned() };
            };
            let (folder, number, id) = (self.folder.clone(), self.number.clone(), offer.control_id.clone());
            let bytes = offer.bytes.clone();
            let work = move || hand_over(&folder, &number, &id, &bytes, pages);
            let seen = self.apart.work(self.patience, work).await;
            match seen {
                Ok(Some(reply)) => reply,
                Ok(None) => Reply::Underway { look_again_seconds: self.look_again_seconds },
                Err(error) => Reply::Unreachable(format!("{}: {error}", self.folder.display())),
            }
        })
    }
}

/// The folder of the gateway's spool, of an endpoint's address.
pub(super) fn spool_of(address: &str) -> PathBuf {
    folder(address.split_once('@').map_or("", |(_, spool)| spool))
}

/// Takes out of a spool what nobody needs any more: the pages of what has ended by the ledger, as soon as it has; the words
/// about it when they are older than `kept`. What the ledger does not know, or waits for, stays.
///
/// # Errors
/// The folder cannot be read, or `ended` cannot be told; the rest is done next time.
pub(super) fn clean(
    folder: &Path,
    now: SystemTime,
    kept: Duration,
    ended: impl Fn(&[String]) -> io::Result<HashSet<String>>,
) -> io::Result<()> {
    let jobs = folder.join("jobs");
    let pages: Vec<String> =
        names(&jobs)?.into_iter().filter(|(_, ending)| ending == "pdf").map(|(id, _)| id).collect();
    for id in ended(&pages)? {
        spool::remove(&jobs.join(name_of(&id, "pdf")?))?;
    }
    let status = folder.join("status");
    let words: Vec<String> = names(&jobs)?
        .into_iter()
        .chain(names(&status)?)
        .filter(|(_, ending)| ending == "job" || ending == "status")
        .map(|(id, _)| id)
        .collect();
    for id in ended(&words)? {
        for path in [jobs.join(name_of(&id, "job")?), status.join(name_of(&id, "status")?)] {
            spool::remove_older(&path, now, kept)?;
        }
    }
    let earlier = status.join(EARLIER);
    for (id, ending) in names(&earlier)? {
        spool::remove_older(&earlier.join(name_of(&id, &ending)?), now, kept)?;
    }
    Ok(())
}

/// Names of files of ours in a folder, each with its ending.
fn names(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let parts = name.to_str().and_then(|name| name.rsplit_once('.'));
        // What others put there, and what is being written, is not ours to judge.
        if let Some((id, ending)) = parts.filter(|(id, ending)| name_of(id, ending).is_ok()) {
            names.push((id.to_owned(), ending.to_owned()));
        }
    }
    Ok(names)
}

/// The next offer of the same is a new job.
fn forget(folder: &Path, job: &Path, status: &Path) -> io::Result<()> {
    spool::remove(job)?;
    file_away(status, &folder.join("status").join(EARLIER))
}

/// A job to a former number is with the gateway, which may be sending it: a person stops it there.
fn other_number(went_to: &str, number: &str) -> Reply {
    Reply::Rejected {
        text: format!(
            "a fax job to {went_to} is at the gateway, and the directory says {number} now; take the job out of the gateway, then send it again"
        ),
    }
}

/// Puts the job unless it is there, and reads its status. `None` while it is under way.
fn hand_over(folder: &Path, number: &str, id: &str, pdf: &[u8], pages: usize) -> io::Result<Option<Reply>> {
    let jobs = folder.join("jobs");
    let status = folder.join("status").join(name_of(id, "status")?);
    let job = name_of(id, "job")?;
    let lies = words(&jobs.join(&job))?;
    // Under an earlier version of the directory it may have gone to another number.
    let went_to = lies.as_ref().map_or(number, |lies| lies.of("number"));
    if let Some(said) = words(&status)?
        && said.of("id") == id
    {
        let sent: Option<usize> = said.of("pages").parse().ok();
        let failed = match said.of("state") {
            "sent" if sent == Some(pages) && went_to == number => {
                return Ok(Some(Reply::Accepted {
                    text: format!("fax to {went_to}, {pages} of {pages} pages"),
                }));
            }
            "sent" if sent == Some(pages) => {
                let text = format!(
                    "the fax went to {went_to}, and the directory says {number} now; find out who has it, then send it again"
                );
                forget(folder, &jobs.join(&job), &status)?;
                return Ok(Some(Reply::Rejected { text }));
            }
            "sent" => {
                let sent = sent.map_or("an unknown number".to_owned(), |n| n.to_string());
                format!("{sent} of {pages} pages arrived")
            }
            "failed" => match said.of("text") {
                "" => "the fax failed".to_owned(),
                text => text.to_owned(),
            },
            _ if went_to != number => return Ok(Some(other_number(went_to, number))),
            _ => return Ok(None),
        };
        forget(folder, &jobs.join(&job), &status)?;
        return Ok(Some(Reply::Error { text: failed }));
    }
    if went_to != number {
        return Ok(Some(other_number(went_to, number)));
    }
    if lies.is_none() {
        let pdf_name = name_of(id, "pdf")?;
        put(&jobs, &pdf_name, pdf)?;
        let text = format!("id: {id}\nnumber: {number}\npages: {pages}\npdf: {pdf_name}\n");
        put(&jobs, &job, text.as_bytes())?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::spool::test_folder;
    use super::*;
    use std::fs;

    #[test]
    fn rt09_a_fax_counts_only_when_every_page_was_confirmed() {
        let folder = test_folder("fax");
        let step = || hand_over(&folder, "19025550100", "R7F1", b"%PDF", 3).expect("a folder");
        let status = |text: &str| {
            put(&folder.join("status"), "R7F1.status", format!("id: R7F1\n{text}").as_bytes())
                .expect("written");
        };
        assert_eq!(step(), None);
        let job = words(&folder.join("jobs/R7F1.job")).expect("readable").expect("a job");
        assert_eq!((job.of("number"), job.of("pages"), job.of("pdf")), ("19025550100", "3", "R7F1.pdf"));
        status("state: sending\npages: 1\n");
        assert_eq!(step(), None);
        for (said, text) in [
            ("state: sent\npages: 2\n", "2 of 3 pages arrived"),
            ("state: sent\n", "an unknown number of 3 pages arrived"),
            ("state: failed\ntext: busy\n", "busy"),
        ] {
            status(said);
            assert_eq!(step(), Some(Reply::Error { text: text.to_owned() }));
            assert_eq!(step(), None, "the next offer is a new job");
            assert!(folder.join("jobs/R7F1.job").exists());
        }
        status("state: sent\npages: 3\n");
        let sent = Some(Reply::Accepted { text: "fax to 19025550100, 3 of 3 pages".to_owned() });
        assert_eq!(step(), sent);
        assert_eq!(step(), sent, "stopped before it was recorded, it is found again");
        put(&folder.join("status"), "R8.status", b"id: R7\nstate: sent\npages: 3\n").expect("written");
        assert_eq!(
            hand_over(&folder, "1", "R8", b"%PDF", 3).expect("a folder"),
            None,
            "a status of another job"
        );
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_fax_to_a_former_number_reaches_nobody_and_is_never_called_one_to_the_new() {
        let folder = test_folder("fax-number");
        let step = |number| hand_over(&folder, number, "R7F1", b"%PDF", 1).expect("a folder");
        let status = |text: &str| {
            put(&folder.join("status"), "R7F1.status", format!("id: R7F1\n{text}").as_bytes())
                .expect("written");
        };
        let refused = |seen: Option<Reply>, what: &str| {
            let Some(Reply::Rejected { text }) = seen else { panic!("{seen:?}") };
            assert!(text.contains("100") && text.contains("200") && text.contains(what), "{text}");
        };
        assert_eq!(step("100"), None);
        refused(step("200"), "take the job out");
        status("state: sending\npages: 0\n");
        refused(step("200"), "take the job out");
        status("state: sent\npages: 1\n");
        refused(step("200"), "the fax went to 100");
        assert_eq!(step("200"), None, "sent again, it is a new job");
        let job = words(&folder.join("jobs/R7F1.job")).expect("readable").expect("a job");
        assert_eq!(job.of("number"), "200");
        status("state: sent\npages: 1\n");
        assert_eq!(step("200"), Some(Reply::Accepted { text: "fax to 200, 1 of 1 pages".to_owned() }));
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_spool_keeps_no_pages_of_what_has_ended_and_words_for_a_month() {
        let folder = test_folder("fax-clean");
        for id in ["R1", "R2"] {
            assert_eq!(hand_over(&folder, "100", id, b"%PDF", 1).expect("a folder"), None);
        }
        put(&folder.join("status"), "R1.status", b"id: R1\nstate: sent\npages: 1\n").expect("written");
        put(&folder.join("status").join(EARLIER), "R0.status", b"id: R0\nstate: failed\n").expect("written");
        let month = Duration::from_secs(31 * 24 * 3600);
        let at = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 24 * 3600);
        let written = fs::metadata(folder.join("jobs/R1.job")).expect("a job").modified().expect("a time");
        let ended = |ids: &[String]| Ok(ids.iter().filter(|id| *id == "R1").cloned().collect());
        let there = || {
            let mut all: Vec<String> = ["jobs", "status", "status/earlier"]
                .iter()
                .flat_map(|sub| names(&folder.join(sub)).expect("a folder"))
                .map(|(id, ending)| format!("{id}.{ending}"))
                .collect();
            all.sort();
            all.join(" ")
        };
        clean(&folder, written, month, ended).expect("cleaned");
        assert_eq!(
            there(),
            "R0.status R1.job R1.status R2.job R2.pdf",
            "the receipt is found again, no page of it is"
        );
        assert!(matches!(
            hand_over(&folder, "100", "R1", b"%PDF", 1).expect("a folder"),
            Some(Reply::Accepted { .. })
        ));
        clean(&folder, at(365 * 200), month, ended).expect("cleaned");
        assert_eq!(there(), "R2.job R2.pdf", "what waits stays, however old it is");
        fs::remove_dir_all(folder).expect("removed");
    }
}
