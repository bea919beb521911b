//! The mailbox to which forms are sent, emptied into the record: a mail is removed only after the record has it on disk, so
//! that a crash in between brings it once more and never loses it.

mod folder;
mod imap;

pub use imap::Imap;

use crate::names::Resolver;
use actions::Record;
use actions::intake::Clock;
use mail::Mail;
use mail::authentication::{meant, names};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often the mailbox is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// How often a mail server is asked.
const EVERY_IMAP: Duration = Duration::from_secs(30);
/// How long one round may take: a mail of 25 MB over a slow line, fifty times.
const ROUND: Duration = Duration::from_secs(10 * 60);

/// Where the mails are.
#[derive(Debug, Clone)]
pub enum Mailbox {
    /// A maildir: `new` and `cur` below it.
    Folder(PathBuf),
    /// A mail server.
    Imap(Imap),
}

/// What mails are kept by.
pub struct Keeper {
    /// The record.
    pub record: Record,
    /// The time.
    pub clock: Clock,
    /// Who is asked for keys of domains; nobody when none is set, and then files alone say them.
    pub names: Option<Resolver>,
}

/// Empties the mailbox until `stop` turns true.
pub async fn empty(keeper: Keeper, mailbox: Mailbox, mut stop: watch::Receiver<bool>) {
    let every = match &mailbox {
        Mailbox::Folder(_) => EVERY,
        Mailbox::Imap(_) => EVERY_IMAP,
    };
    let mut trouble = Trouble::default();
    while !*stop.borrow() {
        let round = async {
            match &mailbox {
                Mailbox::Folder(folder) => folder::round(&keeper, folder, &mut trouble).await,
                Mailbox::Imap(imap) => imap.round(&keeper, &mut trouble).await,
            }
        };
        let ended = tokio::select! {
            ended = tokio::time::timeout(ROUND, round) => ended,
            _ = stop.wait_for(|&stop| stop) => return,
        };
        match ended.unwrap_or_else(|_| Err(io::Error::other("the round took too long"))) {
            Ok(0) => {}
            Ok(taken) => tracing::info!(taken, "mails were taken from the mailbox"),
            Err(error) => {
                tracing::warn!(%error, "the mailbox could not be emptied; what is in it stays and is taken later");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stop.wait_for(|&stop| stop) => {}
        }
    }
}

/// What the name service said of the names of a mail.
type Said = BTreeMap<String, String>;

impl Keeper {
    /// Keeps a mail; once this returns well, the mailbox may let go of it. `tries` is how often that failed before.
    async fn kept(&self, bytes: Vec<u8>, tries: u32) -> io::Result<()> {
        let (said, bytes) = self.asked(bytes, tries).await?;
        let (record, now) = (self.record.clone(), (self.clock)());
        let taken = tokio::task::spawn_blocking(move || record.take_mail(&bytes, &said, now)).await;
        match taken {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(refusal)) => Err(io::Error::other(refusal.words.en)),
            Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "keeping a mail ended in a fault")),
        }
    }

    /// Asks for the keys by which it can be told where a mail comes from. A name service that cannot say is asked again in
    /// later rounds; after that the mail is taken without, and a person looks.
    async fn asked(&self, bytes: Vec<u8>, tries: u32) -> io::Result<(Said, Vec<u8>)> {
        let Some(resolver) = &self.names else { return Ok((Said::new(), bytes)) };
        let read = tokio::task::spawn_blocking(move || {
            let sender = Mail::read(&bytes).ok().and_then(|mail| mail.sender().map(str::to_owned));
            (sender.map(|sender| names(&bytes, &sender)).unwrap_or_default(), bytes)
        });
        let fault = |_| io::Error::new(io::ErrorKind::InvalidData, "reading a mail ended in a fault");
        let (wanted, bytes) = read.await.map_err(fault)?;
        let mut said = Said::new();
        for name in wanted {
            match resolver.texts(&name).await {
                Ok(texts) => said.extend(meant(&name, &texts).map(|text| (name, text))),
                Err(error) if tries + 1 < TRIES => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {error}")));
                }
                Err(error) => {
                    tracing::warn!(name, %error, "a mail is taken without what the name service would say; a person looks");
                }
            }
        }
        Ok((said, bytes))
    }
}

/// Whether an error is of one mail: those behind it can still be kept.
fn is_of_one(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// Mails that could not be taken, by what the mailbox calls them, and how often that was tried. They wait behind the others:
/// one that cannot be read keeps none from being taken.
#[derive(Debug, Default)]
struct Trouble(BTreeMap<String, u32>);

/// Tries after which the enrolment desk is told of a mail that cannot be taken.
const TRIES: u32 = 3;

impl Trouble {
    /// How often a mail was tried.
    fn tries(&self, name: &str) -> u32 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// A mail could not be taken. It stays where it is, and after some tries somebody owns it.
    async fn met(&mut self, keeper: &Keeper, name: &str, why: &io::Error) {
        tracing::warn!(mail = name, error = %why, "a mail could not be taken; it is tried again behind the others");
        let tries = self.tries(name) + 1;
        self.0.insert(name.to_owned(), tries);
        if tries < TRIES {
            return;
        }
        let (record, now) = (keeper.record.clone(), (keeper.clock)());
        let (name, why) = (name.to_owned(), why.to_string());
        let told = tokio::task::spawn_blocking(move || record.mail_untaken(&name, &why, now)).await;
        if !matches!(told, Ok(Ok(_))) {
            tracing::warn!("the enrolment desk could not be told of it yet; it is told with the next try");
        }
    }

    /// A mail was taken; whoever was told of it owes nothing more. What was told before the last start is not in memory, so
    /// that the record is asked each time; nothing is written where nobody was told.
    async fn taken(&mut self, keeper: &Keeper, name: &str) {
        self.0.remove(name);
        let (record, name, now) = (keeper.record.clone(), name.to_owned(), (keeper.clock)());
        let told = tokio::task::spawn_blocking(move || record.mail_taken_after_all(&name, now)).await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::warn!("a mail was taken after all; the enrolment desk still sees it among what waits");
        }
    }

    /// What is not in the mailbox any more is forgotten.
    fn only(&mut self, there: &BTreeSet<String>) {
        self.0.retain(|name, _| there.contains(name));
    }
}
