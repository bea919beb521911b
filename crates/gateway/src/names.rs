//! The name service, asked for text records (RFC 1035): by UDP, by TCP where an answer does not fit. One resolver, which the
//! settings name; what it is asked is random enough that nobody else can answer for it (RFC 5452).

use mail::dns::{Answer, question, read};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// How long one answer may take, unless said.
pub const ANSWER: Duration = Duration::from_secs(2);
/// Times that a name is asked for.
const TRIES: u32 = 3;
/// Datagrams that are let go while one answer is waited for.
const FOREIGN_LIMIT: u32 = 64;
/// Largest datagram that is read, in bytes.
const DATAGRAM_BYTES: usize = 4_096;

/// Random bytes from the operating system.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Asks one name server.
#[derive(Clone)]
pub struct Resolver {
    /// Where it is.
    pub server: SocketAddr,
    /// How long one answer may take.
    pub answer: Duration,
    /// Numbers of questions come from here.
    pub random: Random,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "name server {}", self.server)
    }
}

impl Resolver {
    /// The text records of a name; none when there is no such name or it cannot be one.
    ///
    /// # Errors
    /// The name server is silent, or cannot say: nothing is known of the name.
    pub async fn texts(&self, name: &str) -> io::Result<Vec<String>> {
        let mut last = io::Error::other("the name server does not answer");
        for _ in 0..TRIES {
            let random = (self.random)();
            let id = u16::from_be_bytes([random[0], random[1]]);
            let Some(question) = question(id, name) else { return Ok(Vec::new()) };
            let said = match timeout(self.answer, self.by_udp(&question, id, name)).await {
                Ok(Ok(Answer::Cut)) => timeout(self.answer, self.by_tcp(&question, id, name)).await,
                said => said,
            };
            match said {
                Ok(Ok(Answer::Texts(texts))) => return Ok(texts),
                Ok(Ok(Answer::Nothing)) => return Ok(Vec::new()),
                Ok(Ok(Answer::Failed(code))) => {
                    last = io::Error::other(format!("the name server could not say (code {code})"));
                }
                Ok(Ok(Answer::Cut)) => last = io::Error::other("the name server cuts its answer"),
                Ok(Err(error)) => last = error,
                Err(_) => {}
            }
        }
        Err(last)
    }

    async fn by_udp(&self, question: &[u8], id: u16, name: &str) -> io::Result<Answer> {
        let any: SocketAddr = match self.server {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        // A port of its own for each question, which the system draws; connected, so that only the server is heard.
        let socket = UdpSocket::bind(any).await?;
        socket.connect(self.server).await?;
        socket.send(question).await?;
        let mut bytes = vec![0; DATAGRAM_BYTES];
        for _ in 0..FOREIGN_LIMIT {
            let long = socket.recv(&mut bytes).await?;
            // What is no answer to this is let go: the real one may still come.
            if let Ok(answer) = read(&bytes[..long], id, name) {
                return Ok(answer);
            }
        }
        Err(io::Error::other("the name server answers other questions than ours"))
    }

    async fn by_tcp(&self, question: &[u8], id: u16, name: &str) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.server).await?;
        let long = u16::try_from(question.len()).map_err(io::Error::other)?;
        stream.write_all(&[&long.to_be_bytes(), question].concat()).await?;
        let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut bytes).await?;
        read(&bytes, id, name).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    const NAME: &str = "s1._domainkey.harbour.example";

    /// The answer to a question, with one text record or none.
    fn answer(question: &[u8], flags: u16, text: Option<&str>) -> Vec<u8> {
        let mut out = question.to_vec();
        out[2..4].copy_from_slice(&flags.to_be_bytes());
        if let Some(text) = text {
            out[7] = 1;
            let long = u8::try_from(text.len()).unwrap();
            out.extend_from_slice(&[0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, long + 1, long]);
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    /// A name server that does as it is told with each question: the number of the question, what it says.
    async fn served(script: impl Fn(usize, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Resolver {
        // A free number of one sort is not always free of the other.
        let (socket, listener) = loop {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()).await {
                break (socket, listener);
            }
        };
        let server = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut bytes, mut number) = (vec![0; 512], 0);
            while let Ok((long, from)) = socket.recv_from(&mut bytes).await {
                for said in script(number, &bytes[..long]) {
                    drop(socket.send_to(&said, from).await);
                }
                number += 1;
            }
        });
        // Over TCP it says everything.
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut bytes).await.unwrap();
                let said = answer(&bytes, 0x8180, Some("p=WHOLE"));
                let long = u16::try_from(said.len()).unwrap();
                stream.write_all(&[&long.to_be_bytes(), &said[..]].concat()).await.unwrap();
            }
        });
        Resolver { server, answer: Duration::from_secs(5), random: Arc::new(|| [7; 32]) }
    }

    #[tokio::test]
    async fn s043_a_name_server_is_asked_and_believed_once_it_answers_the_question() {
        let forged = served(|_, question| {
            let mut wrong = answer(question, 0x8180, Some("p=EVIL"));
            wrong[1] ^= 1;
            let garbage = b"garbage".to_vec();
            vec![wrong, garbage, answer(question, 0x8180, Some("p=AAAA"))]
        });
        assert_eq!(forged.await.texts(NAME).await.unwrap(), ["p=AAAA"], "a forged id is let go");
        let none = served(|_, question| vec![answer(question, 0x8183, None)]);
        assert!(none.await.texts(NAME).await.unwrap().is_empty(), "no such name");
        let cut = served(|_, question| vec![answer(question, 0x8380, None)]);
        assert_eq!(cut.await.texts(NAME).await.unwrap(), ["p=WHOLE"], "cut, so asked over TCP");
    }

    #[tokio::test]
    async fn s043_a_silent_or_broken_name_server_says_nothing_of_a_name() {
        let late = served(|number, question| match number {
            0 => Vec::new(),
            1 => vec![answer(question, 0x8182, None)],
            _ => vec![answer(question, 0x8180, Some("p=AAAA"))],
        });
        let late = Resolver { answer: Duration::from_secs(1), ..late.await };
        assert_eq!(late.texts(NAME).await.unwrap(), ["p=AAAA"], "asked three times");
        let silent = Resolver { answer: Duration::from_millis(50), ..served(|_, _| Vec::new()).await };
        assert!(silent.texts(NAME).await.is_err());
        let failing = served(|_, question| vec![answer(question, 0x8182, None)]).await;
        assert!(failing.texts(NAME).await.unwrap_err().to_string().contains("code 2"));
        let flood = served(|_, question| {
            let mut wrong = answer(question, 0x8180, Some("p=EVIL"));
            wrong[0] ^= 1;
            vec![wrong; 70]
        });
        assert!(flood.await.texts(NAME).await.is_err(), "nobody's answers are waited on for ever");
        assert!(silent.texts("no name").await.unwrap().is_empty(), "nobody is asked for what is no name");
    }
}
