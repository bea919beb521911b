//! A mail server by IMAP over TLS: each mail is fetched, kept, and only then removed.

use super::{Keeper, Trouble, is_of_one};
use crate::delivery::wire::Wire;
use mail::imap::{Answer, Ask, Decoder};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Mails of one round; the rest follows in the next.
const AT_ONCE: usize = 50;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
/// Read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// A mailbox at a mail server.
#[derive(Clone)]
pub struct Imap {
    /// Name of the server, as its certificate says it.
    pub host: String,
    /// Its port: 993.
    pub port: u16,
    /// User.
    pub user: String,
    /// Secret of that user, from a file.
    pub secret: String,
    /// Name of the mailbox: `INBOX`.
    pub folder: String,
    /// Whom we believe; a plain line when none is, which never leaves this machine.
    pub tls: Option<Arc<ClientConfig>>,
}

impl std::fmt::Debug for Imap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "imap {}:{} {}", self.host, self.port, self.folder)
    }
}

/// A conversation.
struct Session {
    wire: Box<dyn Wire>,
    decoder: Decoder,
    tag: u32,
}

impl Imap {
    /// Takes what is there; how many.
    pub(super) async fn round(&self, keeper: &Keeper, trouble: &mut Trouble) -> io::Result<usize> {
        let mut session = self.connect().await?;
        session.ask(Ask::Login(&self.user, &self.secret)).await?;
        let selected = session.ask(Ask::Select(&self.folder)).await?;
        let validity = selected.iter().find_map(Answer::uid_validity).unwrap_or_default();
        if !trouble.0.is_empty() {
            // A round that ended early has left what it took.
            session.ask(Ask::Expunge).await?;
        }
        let mut found =
            session.ask(Ask::Search).await?.iter().filter_map(Answer::found).flatten().collect::<Vec<_>>();
        trouble.only(&found.iter().map(|uid| self.name(validity, *uid)).collect());
        // Those that could not be taken before come last.
        found.sort_by_key(|uid| (trouble.tries(&self.name(validity, *uid)), *uid));
        let mut taken = 0;
        let mut ended = Ok(());
        for uid in found.into_iter().take(AT_ONCE) {
            let name = self.name(validity, uid);
            let answers = match session.ask(Ask::Fetch(uid)).await {
                Ok(answers) => answers,
                Err(error) if is_of_one(&error) => {
                    trouble.met(keeper, &name, &error).await;
                    continue;
                }
                // What has come of it so far may not be whole: the next round begins with a line of its own.
                Err(error) => {
                    trouble.met(keeper, &name, &error).await;
                    ended = Err(error);
                    break;
                }
            };
            let fetched = answers.into_iter().filter_map(Answer::fetched).find(|(number, _)| *number == uid);
            // Somebody else removed it meanwhile: whoever that was has it.
            let Some((_, bytes)) = fetched else { continue };
            match keeper.kept(bytes, trouble.tries(&name)).await {
                Ok(()) => {}
                Err(error) if is_of_one(&error) => {
                    trouble.met(keeper, &name, &error).await;
                    continue;
                }
                Err(error) => return Err(error),
            }
            session.ask(Ask::Delete(uid)).await?;
            trouble.taken(keeper, &name).await;
            taken += 1;
        }
        ended?;
        if taken > 0 {
            session.ask(Ask::Expunge).await?;
        }
        session.ask(Ask::Logout).await?;
        Ok(taken)
    }

    /// What the mailbox calls a mail: its number means another mail once the validity of numbers is another.
    fn name(&self, validity: u32, uid: u32) -> String {
        format!("{} {validity}.{uid} of {}", self.folder, self.user)
    }

    async fn connect(&self) -> io::Result<Session> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let wire: Box<dyn Wire> = match &self.tls {
            Some(config) => {
                let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                Box::new(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?)
            }
            None if stream.peer_addr()?.ip().is_loopback() => Box::new(stream),
            None => {
                return Err(io::Error::other(
                    "the line to the mail server leaves this machine plain. Set authority under [mailbox]",
                ));
            }
        };
        let mut session = Session { wire, decoder: Decoder::default(), tag: 0 };
        session.answer().await?;
        Ok(session)
    }
}

impl Session {
    async fn answer(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(answer) = self.decoder.next_answer().map_err(io::Error::other)? {
                return Ok(answer);
            }
            let mut chunk = vec![0; CHUNK_BYTES];
            let read = tokio::time::timeout(ANSWER, self.wire.read(&mut chunk)).await;
            match read.map_err(|_| io::Error::other("the mail server does not answer"))?? {
                0 => return Err(io::Error::other("the mail server closed the line")),
                n => self.decoder.push(&chunk[..n]),
            }
        }
    }

    /// Asks, and gives everything that comes before the end of it.
    async fn ask(&mut self, what: Ask<'_>) -> io::Result<Vec<Answer>> {
        self.tag += 1;
        self.wire.write_all(what.line(self.tag).as_bytes()).await?;
        self.wire.flush().await?;
        let mut answers = Vec::new();
        loop {
            let answer = self.answer().await?;
            match answer.ended(self.tag) {
                Some(ended) => {
                    // The server said no to this and goes on.
                    ended.map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
                    return Ok(answers);
                }
                None => answers.push(answer),
            }
        }
    }
}
