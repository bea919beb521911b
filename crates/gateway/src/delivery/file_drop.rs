//! Report files in a folder from which an EMR fetches them, by SFTP or otherwise, and the receipts it puts back.
//!
//! `reports/ID.xml` is put whole; the EMR fetches and may remove it. `receipts/ID.txt`, with `id: ID` and `state: received`
//! or `state: refused` and a `text:`, ends the delivery; it goes to `receipts/done/`, where a repeat finds it. A refusal
//! there bears the attempt that it answered: once a person has it sent again it goes to `receipts/earlier/` and the file
//! is put again. Which of many files were fetched and confirmed stands in `reconciliation/DAY.csv` (docs/ways-out.md).

use super::spool::{Apart, file_away, folder, name_of, put, remove, words};
use super::{Answering, Begun, Opening, Way};
use actions::deliveries::{Offer, Reply};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that was fetched and not confirmed after so many looks is put there again.
const LOOKS_BEFORE_AGAIN: u32 = 240;

/// The way of endpoints that fetch files.
pub(super) struct FileDrop {
    folder: PathBuf,
    look_again_seconds: u32,
    patience: Duration,
    apart: Apart,
    /// Looks since a file went without its receipt, by control id; only for the pace of putting it again.
    gone: HashMap<String, u32>,
}

/// Opens it.
pub(super) fn open(opening: &Opening<'_>) -> Box<dyn Way> {
    let seconds = opening.patience.answer.as_secs() / 2;
    Box::new(FileDrop {
        folder: folder(&opening.destination.address),
        look_again_seconds: u32::try_from(seconds).unwrap_or(u32::MAX).max(1),
        patience: opening.patience.answer,
        apart: Apart::default(),
        gone: HashMap::new(),
    })
}

impl Way for FileDrop {
    fn offer<'a>(&'a mut self, offer: &'a Offer, _: &'a Begun) -> Answering<'a> {
        Box::pin(async move {
            let looks = self.gone.get(&offer.control_id).copied().unwrap_or(0);
            let again = offer.first || looks >= LOOKS_BEFORE_AGAIN;
            let (folder, id, bytes) = (self.folder.clone(), offer.control_id.clone(), offer.bytes.clone());
            let attempts = offer.attempts;
            let work = move || hand_over(&folder, &id, &bytes, attempts, again);
            let seen = self.apart.work(self.patience, work).await;
            let underway = Reply::Underway { look_again_seconds: self.look_again_seconds };
            match seen {
                Ok(Seen::Receipt(reply)) => {
                    self.gone.remove(&offer.control_id);
                    reply
                }
                Ok(Seen::Lies) => {
                    self.gone.remove(&offer.control_id);
                    underway
                }
                Ok(Seen::Fetched) => {
                    self.gone.insert(offer.control_id.clone(), looks.saturating_add(1));
                    underway
                }
                Err(error) => Reply::Unreachable(format!("{}: {error}", self.folder.display())),
            }
        })
    }
}

/// How a file stands.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// Its receipt came.
    Receipt(Reply),
    /// It lies there.
    Lies,
    /// It was fetched, and no receipt has come.
    Fetched,
}

fn hand_over(folder: &Path, id: &str, bytes: &[u8], attempts: u32, again: bool) -> io::Result<Seen> {
    let file = folder.join("reports").join(name_of(id, "xml")?);
    let name = name_of(id, "txt")?;
    let (came, done) = (folder.join("receipts").join(&name), folder.join("receipts").join("done"));
    if let Some(said) = words(&came)? {
        if said.of("id") == id {
            let reply = meant(said.of("state"), said.of("text"));
            if let Some(reply) = reply {
                // Written anew, so that its time is ours: by it it stands in the reconciliation file of the day.
                let kept = match &reply {
                    Reply::Rejected { text } => {
                        format!("id: {id}\nstate: refused\ntext: {text}\nattempt: {attempts}\n")
                    }
                    _ => format!("id: {id}\nstate: received\ntext: {}\n", said.of("text")),
                };
                put(&done, &name, kept.as_bytes())?;
                remove(&came)?;
                remove(&file)?;
                return Ok(Seen::Receipt(reply));
            }
            // Written and not finished yet, or words that we do not know: it is looked at again.
            tracing::info!(%id, "a receipt does not say received or refused");
        } else {
            tracing::warn!(%id, "a receipt names another report and was put aside");
            file_away(&came, &folder.join("receipts").join("unmatched"))?;
        }
    }
    let mut again = again;
    if let Some(said) = words(&done.join(&name))?
        && let Some(reply) = meant(said.of("state"), said.of("text"))
    {
        // A refusal that is recorded is never asked about by itself: a person has the report sent again.
        let recorded = matches!(reply, Reply::Rejected { .. }) && said.of("attempt") != attempts.to_string();
        if !again && !recorded {
            // It was filed away and not recorded, because we were stopped in between.
            return Ok(Seen::Receipt(reply));
        }
        again = true;
    }
    if again {
        std::fs::create_dir_all(folder.join("receipts"))?;
        put(&folder.join("reports"), &name_of(id, "xml")?, bytes)?;
        if done.join(&name).exists() {
            file_away(&done.join(&name), &folder.join("receipts").join("earlier"))?;
        }
        return Ok(Seen::Lies);
    }
    Ok(if file.exists() { Seen::Lies } else { Seen::Fetched })
}

fn meant(state: &str, text: &str) -> Option<Reply> {
    let text = text.to_owned();
    match state {
        "received" => Some(Reply::Accepted { text }),
        "refused" => Some(Reply::Rejected { text }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::spool::test_folder;
    use super::*;
    use std::fs;

    fn receipt(folder: &Path, name: &str, text: &str) {
        put(&folder.join("receipts"), name, text.as_bytes()).expect("written");
    }

    #[test]
    fn in01_a_file_is_put_once_and_its_own_receipt_ends_it() {
        let folder = test_folder("drop");
        let step = |again| hand_over(&folder, "R7", b"<a/>", 1, again).expect("a folder");
        assert_eq!(step(true), Seen::Lies);
        assert_eq!(fs::read(folder.join("reports/R7.xml")).expect("the file"), b"<a/>");
        assert_eq!(step(false), Seen::Lies);
        fs::remove_file(folder.join("reports/R7.xml")).expect("fetched");
        assert_eq!(step(false), Seen::Fetched);
        assert!(!folder.join("reports/R7.xml").exists(), "what was fetched is not put again at once");
        receipt(&folder, "R7.txt", "id: R8\nstate: received\n");
        assert_eq!(step(false), Seen::Fetched, "a receipt of another report ends nothing");
        receipt(&folder, "R7.txt", "id: R7\nstate: recei");
        assert_eq!(step(false), Seen::Fetched, "half a receipt ends nothing");
        receipt(&folder, "R7.txt", "id: R7\nstate: received\ntext: filed under 88\n");
        let ended = Seen::Receipt(Reply::Accepted { text: "filed under 88".to_owned() });
        assert_eq!(step(false), ended);
        assert_eq!(step(false), ended, "stopped before it was recorded, it is found again");
        receipt(&folder, "R7.txt", "id: R7\nstate: refused\ntext: no such patient\n");
        let refused = Seen::Receipt(Reply::Rejected { text: "no such patient".to_owned() });
        assert_eq!(step(true), refused);
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn a_report_offered_again_by_a_person_is_put_again_whatever_was_said_before() {
        let folder = test_folder("drop-again");
        receipt(&folder, "R9.txt", "id: R9\nstate: refused\ntext: closed\n");
        let step = |attempts| hand_over(&folder, "R9", b"<a/>", attempts, false).expect("a folder");
        let refused = Seen::Receipt(Reply::Rejected { text: "closed".to_owned() });
        assert_eq!(step(1), refused);
        assert_eq!(step(1), refused, "stopped before it was recorded, it is found again");
        assert_eq!(step(2), Seen::Lies, "recorded, the next offer is a person's");
        assert!(folder.join("reports/R9.xml").exists());
        fs::remove_file(folder.join("reports/R9.xml")).expect("fetched");
        assert_eq!(step(2), Seen::Fetched, "once");
        receipt(&folder, "R9.txt", "id: R9\nstate: received\n");
        assert_eq!(step(2), Seen::Receipt(Reply::Accepted { text: String::new() }));
        fs::remove_dir_all(folder).expect("removed");
    }
}
