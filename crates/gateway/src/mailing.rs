//! Hands over the mails of the record: to a relay by submission, or to a maildir from which a mail server of the house takes
//! them. What becomes of each is written down before the next one goes, so that a crash in between sends at most that one
//! again, with the same Message-ID and the same bytes.

mod folder;
mod relay;

pub use mail::smtp::is_address;
pub use relay::{Patience, Relay};

use actions::intake::Clock;
use actions::mailing::Fate;
use actions::practice_copy::MARK_IN_BOTH;
use actions::sign_in::TokenKey;
use actions::{MailOut, Record};
use mail::writing::{Encoding, Letter};
use relay::{Broken, Session};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often mails that are due are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// Lines to the relay in one batch, at most: a mail on which each line breaks keeps none behind it from going, and a relay
/// that breaks every line is left alone until the next batch.
const LINES_LIMIT: u32 = 3;
/// Domain of Message-IDs where no address of our own is set.
const NO_DOMAIN: &str = "opor";

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Outlet {
    /// A maildir.
    Folder(PathBuf),
    /// A relay.
    Relay(Relay),
}

/// Subject and text of a mail of a practice copy: nobody takes it for a real one.
fn marked(mail: &MailOut) -> (String, String) {
    (format!("[{MARK_IN_BOTH}] {}", mail.subject), format!("{MARK_IN_BOTH}\n\n{}", mail.body))
}

/// Hands over what is due.
pub struct Mailing {
    /// The record.
    pub record: Record,
    /// The time.
    pub clock: Clock,
    /// Key of the data folder: what is secret in a mail follows from it.
    pub key: TokenKey,
    /// Address of the portal, without a slash at its end; links begin so.
    pub portal: String,
    /// Who writes: `opor <no-reply@opor.example>`; empty where the house's mail server fills it in.
    pub from: String,
    /// Where mails go.
    pub outlet: Outlet,
}

impl Mailing {
    /// Runs until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            // Never in the middle of a mail: one that the relay has taken and that is not written down goes out twice.
            if let Err(reason) = self.round(&stop).await {
                tracing::warn!(%reason, "mails could not be handed over; it is tried again");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.wait_for(|&stop| stop) => {}
            }
        }
    }

    /// Hands over what is due now, until `stop` turns true; how many mails went.
    async fn round(&self, stop: &watch::Receiver<bool>) -> Result<usize, String> {
        let (record, key, portal, now) =
            (self.record.clone(), self.key.clone(), self.portal.clone(), (self.clock)());
        let due = tokio::task::spawn_blocking(move || record.mails_due(&key, &portal, now)).await;
        let due =
            due.map_err(|_| "looking for mails ended in a fault")?.map_err(|refusal| refusal.to_string())?;
        if due.is_empty() {
            return Ok(0);
        }
        match &self.outlet {
            Outlet::Folder(folder) => {
                let mut gone = 0;
                for mail in due {
                    if *stop.borrow() {
                        break;
                    }
                    if !self.waits(&mail).await? {
                        continue;
                    }
                    let (folder, text) = (folder.clone(), self.written(&mail, Encoding::Plain));
                    let name = mail.obligation.to_string();
                    let written =
                        tokio::task::spawn_blocking(move || folder::write(&folder, &name, &text)).await;
                    let fate = match written {
                        Ok(Ok(())) => Fate::Handed(String::new()),
                        Ok(Err(problem)) => Fate::Later(problem.to_string()),
                        Err(_) => Fate::Later("writing the file ended in a fault".to_owned()),
                    };
                    gone += self.met(&mail, fate).await?;
                }
                Ok(gone)
            }
            Outlet::Relay(relay) => self.batch(relay, due, stop).await,
        }
    }

    /// One line for all of them; another one where it breaks on a mail.
    async fn batch(
        &self,
        relay: &Relay,
        due: Vec<MailOut>,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, String> {
        let (mut session, mut lines, mut gone): (Option<Session<'_>>, u32, usize) = (None, 0, 0);
        let mut broken: Option<String> = None;
        for mail in due {
            if *stop.borrow() {
                break;
            }
            if !self.waits(&mail).await? {
                continue;
            }
            if let Some(why) = &broken {
                self.met(&mail, Fate::Later(why.clone())).await?;
                continue;
            }
            let text = self.written(&mail, Encoding::Ascii);
            let handed = async {
                let line = match session.take() {
                    Some(line) if !line.is_over => line,
                    _ if lines == LINES_LIMIT => {
                        return Err(Broken::Everywhere(
                            "the relay broke the line again and again".to_owned(),
                        ));
                    }
                    _ => {
                        lines += 1;
                        relay.connect().await?
                    }
                };
                session.insert(line).hand(&mail.recipient, &text).await
            };
            let fate = match handed.await {
                Ok(fate) => fate,
                Err(Broken::Here(why)) => {
                    session = None;
                    Fate::Later(why)
                }
                Err(Broken::Everywhere(why)) => {
                    session = None;
                    tracing::warn!(%why, "the relay takes no mails; they wait, and the enrolment desk is told in time");
                    broken = Some(why.clone());
                    Fate::Later(why)
                }
            };
            gone += self.met(&mail, fate).await?;
        }
        if let Some(session) = session.filter(|session| !session.is_over) {
            session.end().await;
        }
        Ok(gone)
    }

    /// Whether a mail still waits: the ones before it took their time.
    async fn waits(&self, mail: &MailOut) -> Result<bool, String> {
        let (record, of) = (self.record.clone(), mail.obligation);
        let waits = tokio::task::spawn_blocking(move || record.mail_waits(of)).await;
        waits.map_err(|_| "looking at a mail ended in a fault")?.map_err(|refusal| refusal.to_string())
    }

    /// The mail as it goes out.
    fn written(&self, mail: &MailOut, encoding: Encoding) -> String {
        let domain = self.from.rsplit_once('@').map_or(NO_DOMAIN, |(_, domain)| domain.trim_end_matches('>'));
        let (subject, body) = self
            .record
            .practice_copy()
            .map_or_else(|| (mail.subject.clone(), mail.body.clone()), |_| marked(mail));
        let letter = Letter {
            from: &self.from,
            to: &mail.recipient,
            subject: &subject,
            language: &mail.tongue,
            id: &format!("{}@{domain}", mail.obligation),
            at: mail.at.0 / 1_000_000,
            body: &body,
        };
        letter.written(encoding)
    }

    /// Writes down what became of a mail; one when it went.
    async fn met(&self, mail: &MailOut, fate: Fate) -> Result<usize, String> {
        let (record, of, now) = (self.record.clone(), mail.obligation, (self.clock)());
        let is_gone = matches!(fate, Fate::Handed(_));
        let met = tokio::task::spawn_blocking(move || record.mail_met(of, &fate, now)).await;
        met.map_err(|_| "writing down what became of a mail ended in a fault")?
            .map_err(|refusal| refusal.to_string())?;
        Ok(usize::from(is_gone))
    }
}
