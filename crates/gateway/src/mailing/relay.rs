//! A relay that takes mails by submission (RFC 6409) over TLS: a line for each batch, and what becomes of each mail.

use crate::delivery::wire::Wire;
use actions::mailing::Fate;
use mail::smtp::{Decoder, Offers, Reply, Say, is_address, stuffed};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Read at once, in bytes.
const CHUNK_BYTES: usize = 4_096;
/// How long the last farewell may take: nothing depends on it.
const FAREWELL: Duration = Duration::from_secs(5);
/// Reply to a mail that is too large (RFC 1870 6.2): the mail is meant, not who sends it.
const TOO_LARGE: u16 = 552;

/// How long a relay is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection, and for each reply.
    pub answer: Duration,
    /// For the reply to a whole mail, which a relay may look into first.
    pub taken: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(60), taken: Duration::from_secs(5 * 60) }
    }
}

/// A relay.
#[derive(Clone)]
pub struct Relay {
    /// Name of the server, as its certificate says it.
    pub host: String,
    /// Its port: 465, or 587 with `starttls`.
    pub port: u16,
    /// TLS begins with a command of the plain line (RFC 3207), not with the line (RFC 8314).
    pub starttls: bool,
    /// User and secret there, when it asks for them.
    pub account: Option<(String, String)>,
    /// How we name ourselves.
    pub name: String,
    /// Address that mails come from, and that refusals go back to.
    pub from: String,
    /// Whom we believe; a plain line when none is, which never leaves this machine.
    pub tls: Option<Arc<ClientConfig>>,
    /// How long it is waited for.
    pub patience: Patience,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "relay {}:{}", self.host, self.port)
    }
}

/// Why the line can be used no more.
#[derive(Debug)]
pub(super) enum Broken {
    /// While this mail was handed over: the next one may go by another line.
    Here(String),
    /// For every mail: nobody is there, or nothing is taken from us.
    Everywhere(String),
}

/// A line to the relay.
pub(super) struct Session<'r> {
    relay: &'r Relay,
    wire: Box<dyn Wire>,
    decoder: Decoder,
    offers: Offers,
    /// Nothing more is said on it.
    pub(super) is_over: bool,
}

fn everywhere(error: impl std::fmt::Display) -> Broken {
    Broken::Everywhere(error.to_string())
}

impl Relay {
    /// A line on which mails can be handed over.
    pub(super) async fn connect(&self) -> Result<Session<'_>, Broken> {
        let opened = timeout(self.patience.answer, self.open()).await;
        let wire = opened
            .map_err(|_| everywhere("the relay cannot be reached in time"))?
            .map_err(|error| everywhere(format!("the relay cannot be reached: {error}")))?;
        let mut session = Session::over(self, wire);
        let greeting = session.reply(self.patience.answer).await.map_err(everywhere)?;
        session.wanted(greeting, "does not greet us")?;
        session.hello().await?;
        if let (Some(config), true) = (&self.tls, self.starttls) {
            session = session.protected(config).await?;
        }
        session.sign_in().await?;
        Ok(session)
    }

    async fn open(&self) -> io::Result<Box<dyn Wire>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(config) if !self.starttls => {
                let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                Ok(Box::new(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?))
            }
            Some(_) => Ok(Box::new(stream)),
            None if stream.peer_addr()?.ip().is_loopback() => Ok(Box::new(stream)),
            None => {
                Err(io::Error::other("the line to it leaves this machine plain. Set authority under [mail]"))
            }
        }
    }
}

impl<'r> Session<'r> {
    fn over(relay: &'r Relay, wire: Box<dyn Wire>) -> Self {
        Self { relay, wire, decoder: Decoder::default(), offers: Offers::default(), is_over: false }
    }

    /// The next reply.
    async fn reply(&mut self, patience: Duration) -> io::Result<Reply> {
        let awaited = async {
            loop {
                if let Some(reply) = self.decoder.next_reply().map_err(io::Error::other)? {
                    return Ok(reply);
                }
                let mut chunk = vec![0; CHUNK_BYTES];
                match self.wire.read(&mut chunk).await? {
                    0 => return Err(io::Error::other("the relay closed the line")),
                    n => self.decoder.push(&chunk[..n]),
                }
            }
        };
        timeout(patience, awaited)
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the relay does not answer")))
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        let patience = self.relay.patience.taken;
        let written = async {
            self.wire.write_all(text.as_bytes()).await?;
            self.wire.flush().await
        };
        timeout(patience, written).await.unwrap_or_else(|_| Err(io::Error::other("the relay takes nothing")))
    }

    async fn say(&mut self, what: Say<'_>) -> io::Result<Reply> {
        self.write(&what.line()).await?;
        self.reply(self.relay.patience.answer).await
    }

    /// A reply before any mail: what is not done is nobody's mail's fault.
    fn wanted(&self, reply: Reply, not: &str) -> Result<Reply, Broken> {
        if reply.is_done() { Ok(reply) } else { Err(everywhere(format!("the relay {not}: {reply}"))) }
    }

    async fn hello(&mut self) -> Result<(), Broken> {
        let reply = self.say(Say::Ehlo(&self.relay.name)).await.map_err(everywhere)?;
        let reply = self.wanted(reply, "does not take EHLO")?;
        self.offers = Offers::of(&reply);
        Ok(())
    }

    /// The line from here on protected; what was said on it before is forgotten (RFC 3207 4.2).
    async fn protected(mut self, config: &Arc<ClientConfig>) -> Result<Self, Broken> {
        if !self.offers.starttls {
            return Err(everywhere("the relay offers no STARTTLS. Check port and starttls of [mail]"));
        }
        let reply = self.say(Say::StartTls).await.map_err(everywhere)?;
        self.wanted(reply, "does not begin TLS")?;
        if !self.decoder.is_empty() {
            return Err(everywhere("the relay said something behind its STARTTLS, which may be anybody's"));
        }
        let name = ServerName::try_from(self.relay.host.clone()).map_err(everywhere)?;
        let shaken = TlsConnector::from(Arc::clone(config)).connect(name, self.wire);
        let wire = timeout(self.relay.patience.answer, shaken)
            .await
            .map_err(|_| everywhere("the relay does not begin TLS in time"))?
            .map_err(|error| everywhere(format!("the relay's TLS is not believed: {error}")))?;
        let mut session = Session::over(self.relay, Box::new(wire));
        session.hello().await?;
        Ok(session)
    }

    async fn sign_in(&mut self) -> Result<(), Broken> {
        let Some((user, secret)) = &self.relay.account else { return Ok(()) };
        let reply = if self.offers.plain {
            self.say(Say::Plain(user, secret)).await.map_err(everywhere)?
        } else if self.offers.login {
            let mut reply = self.say(Say::Login).await.map_err(everywhere)?;
            for text in [user, secret] {
                if reply.is_more() {
                    reply = self.say(Say::Answer(text)).await.map_err(everywhere)?;
                }
            }
            reply
        } else {
            return Err(everywhere(
                "the relay offers neither AUTH PLAIN nor LOGIN; leave out user if it asks for none",
            ));
        };
        self.wanted(reply, "does not sign us in").map(|_| ())
    }

    /// What was begun of a mail is given up, so that the next one can go; a line that cannot is not used again.
    async fn given_up(&mut self, fate: Fate) -> Fate {
        self.is_over = !matches!(self.say(Say::Reset).await, Ok(reply) if reply.is_done());
        fate
    }

    /// Hands one mail over.
    pub(super) async fn hand(&mut self, to: &str, mail: &str) -> Result<Fate, Broken> {
        let needs_utf8 = !to.is_ascii();
        if !is_address(to) || needs_utf8 && !self.offers.utf8 {
            return Ok(Fate::Refused("The address is none that the relay can be given.".to_owned()));
        }
        let long = mail.len();
        if self.offers.size.is_some_and(|most| u64::try_from(long).unwrap_or(u64::MAX) > most) {
            return Ok(Fate::Refused(format!("The mail has {long} bytes, more than the relay takes.")));
        }
        let here = |error: io::Error| Broken::Here(error.to_string());
        let size = self.offers.size.map(|_| long);
        let from = Say::Mail(&self.relay.from, size, needs_utf8);
        let reply = self.say(from).await.map_err(here)?;
        if reply.code == TOO_LARGE {
            return Ok(self.given_up(Fate::Refused(reply.to_string())).await);
        }
        // It is from us that nothing is taken: no mail is at fault.
        self.wanted(reply, "takes no mail from us")?;
        for say in [Say::Rcpt(to), Say::Data] {
            let reply = self.say(say).await.map_err(here)?;
            if reply.is_leaving() {
                return Err(Broken::Here(reply.to_string()));
            }
            let is_taken = if say == Say::Data { reply.is_more() } else { reply.is_done() };
            if !is_taken {
                return Ok(self.given_up(fate(&reply)).await);
            }
        }
        let unknown = |error: io::Error| {
            Broken::Here(format!(
                "{error}; whether it was taken is not known, so it goes again with the same Message-ID"
            ))
        };
        self.write(&stuffed(mail)).await.map_err(unknown)?;
        let reply = self.reply(self.relay.patience.taken).await.map_err(unknown)?;
        if reply.is_leaving() {
            return Err(Broken::Here(reply.to_string()));
        }
        Ok(if reply.is_done() { Fate::Handed(reply.to_string()) } else { fate(&reply) })
    }

    /// The end of the line.
    pub(super) async fn end(mut self) {
        drop(timeout(FAREWELL, self.say(Say::Quit)).await);
    }
}

/// What a reply that is no yes means for a mail.
fn fate(reply: &Reply) -> Fate {
    if reply.is_never() { Fate::Refused(reply.to_string()) } else { Fate::Later(reply.to_string()) }
}

#[cfg(test)]
mod tests;
