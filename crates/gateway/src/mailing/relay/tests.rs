//! A relay by what it says, and what it does instead.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{RootCertStore, ServerConfig};
use std::sync::Mutex;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const MAIL: &str = "From: no-reply@opor.example\r\nSubject: Code\r\n\r\nYour code.\r\n.\r\n..dots\r\n";
const HELLO: &str = "250-relay.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n";

/// What a relay does next on its line.
#[derive(Clone, Copy)]
enum Does {
    /// It waits for a line that begins so, then says this.
    Says(&'static str, &'static str),
    /// It reads a whole mail, then says this.
    Takes(&'static str),
    /// It reads a whole mail, then closes the line without a word.
    Drops,
    /// It begins TLS.
    Tls,
    /// It says nothing any more, and keeps the line.
    Sleeps,
}
use Does::{Drops, Says, Sleeps, Takes, Tls};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server's side for this name, and a client's that believes it.
fn tls(name: &str) -> (TlsAcceptor, Arc<ClientConfig>) {
    let (issuer, key) = (authority(), KeyPair::generate().unwrap());
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), Arc::new(client))
}

/// Everything that a relay was told, line by line.
type Heard = Arc<Mutex<Vec<String>>>;

/// Serves one line by its script; `implicit` begins with TLS.
async fn served(script: Vec<Does>, acceptor: Option<TlsAcceptor>, implicit: bool) -> (u16, Heard) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let told = Arc::clone(&heard);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut wire: Box<dyn Wire> = Box::new(stream);
        if implicit {
            let Ok(shaken) = acceptor.clone().unwrap().accept(wire).await else { return };
            wire = Box::new(shaken);
        }
        for does in script {
            let mut lines = BufReader::new(&mut wire);
            match does {
                Says(begins, reply) => {
                    if !begins.is_empty() {
                        let mut line = String::new();
                        lines.read_line(&mut line).await.unwrap();
                        told.lock().unwrap().push(line.trim_end().to_owned());
                        assert!(line.starts_with(begins), "{line:?}, not {begins}");
                    }
                    wire.write_all(reply.as_bytes()).await.unwrap();
                }
                Takes(_) | Drops => {
                    loop {
                        let mut line = String::new();
                        lines.read_line(&mut line).await.unwrap();
                        told.lock().unwrap().push(line.clone());
                        if line == ".\r\n" {
                            break;
                        }
                    }
                    let Takes(reply) = does else { return };
                    wire.write_all(reply.as_bytes()).await.unwrap();
                }
                Tls => {
                    let Ok(shaken) = acceptor.clone().unwrap().accept(wire).await else { return };
                    wire = Box::new(shaken);
                }
                Sleeps => std::future::pending().await,
            }
        }
        // What follows is not read: the line ends here.
    });
    (port, heard)
}

fn relay(port: u16) -> Relay {
    let patience = Patience { answer: Duration::from_millis(400), taken: Duration::from_millis(400) };
    Relay {
        host: "localhost".to_owned(),
        port,
        starttls: false,
        account: None,
        name: "opor.example".to_owned(),
        from: "no-reply@opor.example".to_owned(),
        tls: None,
        patience,
    }
}

/// What becomes of one mail by a script.
async fn handed(script: &[Does]) -> Result<Fate, Broken> {
    let (port, _) = served(script.to_vec(), None, false).await;
    let relay = relay(port);
    let mut session = relay.connect().await?;
    session.hand("bram@x.example", MAIL).await
}

const GREETS: [Does; 2] = [Says("", "220 relay.example\r\n"), Says("EHLO opor.example\r\n", HELLO)];
const FROM: Does = Says("MAIL FROM:<no-reply@opor.example> SIZE=", "250 ok\r\n");
const TO: Does = Says("RCPT TO:<bram@x.example>", "250 ok\r\n");
const DATA: Does = Says("DATA", "354 go on\r\n");
const RESET: Does = Says("RSET", "250 ok\r\n");

fn after(more: &[Does]) -> Vec<Does> {
    [&GREETS, more].concat()
}

#[tokio::test]
async fn s025_a_mail_is_handed_over_whole_and_the_reply_is_kept() {
    let script = after(&[
        FROM,
        TO,
        DATA,
        Takes("250 2.0.0 kept as 7\r\n"),
        FROM,
        TO,
        DATA,
        Takes("250 again\r\n"),
        Says("QUIT", "221 bye\r\n"),
    ]);
    let (port, heard) = served(script, None, false).await;
    let relay = relay(port);
    let mut session = relay.connect().await.unwrap();
    for reply in ["250 2.0.0 kept as 7", "250 again"] {
        let fate = session.hand("bram@x.example", MAIL).await.unwrap();
        assert_eq!(fate, Fate::Handed(reply.to_owned()), "one line for both");
    }
    session.end().await;
    let text = heard.lock().unwrap().concat();
    assert!(text.contains("Your code.\r\n..\r\n...dots\r\n.\r\n"), "dots are doubled: {text}");
}

#[tokio::test]
async fn s025_what_a_relay_says_no_to_is_later_or_never() {
    let later = |text: &str| Ok::<_, String>(Fate::Later(text.to_owned()));
    let never = |text: &str| Ok::<_, String>(Fate::Refused(text.to_owned()));
    let here = || Err("here".to_owned());
    let everywhere = || Err("everywhere".to_owned());
    let cases: Vec<(Vec<Does>, Result<Fate, String>)> = vec![
        (after(&[FROM, Says("RCPT", "550 5.1.1 no such user\r\n"), RESET]), never("550 5.1.1 no such user")),
        (after(&[FROM, Says("RCPT", "450 4.2.0 greylisted\r\n"), RESET]), later("450 4.2.0 greylisted")),
        (
            after(&[FROM, TO, Says("DATA", "554 no valid recipients\r\n"), RESET]),
            never("554 no valid recipients"),
        ),
        (
            after(&[FROM, TO, DATA, Takes("554 5.7.1 looks like spam\r\n")]),
            never("554 5.7.1 looks like spam"),
        ),
        (after(&[FROM, TO, DATA, Takes("452 4.3.1 disk full\r\n")]), later("452 4.3.1 disk full")),
        (after(&[Says("MAIL", "552 5.3.4 too large\r\n"), RESET]), never("552 5.3.4 too large")),
        // What the relay says of us is no mail's fault.
        (after(&[Says("MAIL", "550 who are you\r\n")]), everywhere()),
        (after(&[Says("MAIL", "421 4.3.2 shutting down\r\n")]), everywhere()),
        (vec![Says("", "554 no\r\n")], everywhere()),
        (vec![Says("", "421 too many lines\r\n")], everywhere()),
        (vec![Says("", "220 hi\r\n"), Says("EHLO", "502 what\r\n")], everywhere()),
        // It leaves, falls silent, closes, or speaks something else.
        (after(&[FROM, Says("RCPT", "421 shutting down\r\n")]), here()),
        (after(&[FROM, TO, DATA, Takes("421 shutting down\r\n")]), here()),
        (after(&[FROM, TO, DATA, Drops]), here()),
        (after(&[FROM, TO, DATA, Takes("")]), here()),
        (after(&[FROM, TO, Sleeps]), here()),
        (after(&[FROM]), here()),
        (after(&[FROM, Says("RCPT", "HTTP/1.1 400 Bad Request\r\n")]), here()),
        (after(&[FROM, TO, Says("DATA", "250 go\r\n"), RESET]), later("250 go")),
        (vec![Sleeps], everywhere()),
        (vec![], everywhere()),
        (vec![Says("", "SSH-2.0-OpenSSH\r\n")], everywhere()),
        (vec![Says("", "220 hi\r\n"), Says("EHLO", "250-a\r\n250-b\r\nxyz\r\n")], everywhere()),
    ];
    for (number, (script, wanted)) in cases.into_iter().enumerate() {
        let found = handed(&script).await.map_err(|broken| {
            match broken {
                Broken::Here(_) => "here",
                Broken::Everywhere(_) => "everywhere",
            }
            .to_owned()
        });
        assert_eq!(found, wanted, "case {number}");
    }
}

#[tokio::test]
async fn s025_a_line_that_breaks_behind_the_mail_says_that_it_is_not_known() {
    let Err(Broken::Here(why)) = handed(&after(&[FROM, TO, DATA, Drops])).await else { panic!("broken") };
    assert!(why.contains("is not known") && why.contains("same Message-ID"), "{why}");
}

#[tokio::test]
async fn s025_no_relay_is_given_what_it_cannot_take() {
    let (port, heard) = served(after(&[]), None, false).await;
    let relay = relay(port);
    let mut session = relay.connect().await.unwrap();
    for to in ["bram@x.example> SIZE=1", "bram", "zoë@x.example", "a b@x.example"] {
        assert!(matches!(session.hand(to, MAIL).await, Ok(Fate::Refused(_))), "{to}");
    }
    let large = "x".repeat(1001);
    assert!(matches!(session.hand("bram@x.example", &large).await, Ok(Fate::Refused(_))));
    assert_eq!(heard.lock().unwrap().len(), 1, "EHLO alone was said");
}

#[tokio::test]
async fn s025_a_relay_signs_us_in_before_it_takes_anything() {
    let account = Some(("opor".to_owned(), "sesame".to_owned()));
    let with = |script: Vec<Does>| {
        let account = account.clone();
        async move {
            let (port, heard) = served(script, None, false).await;
            let relay = Relay { account, ..relay(port) };
            (relay.connect().await.map(|_| ()), heard)
        }
    };
    let plain = Says("AUTH PLAIN AG9wb3IAc2VzYW1l\r\n", "235 in\r\n");
    assert!(with(after(&[plain])).await.0.is_ok());
    let login = [
        Says("", "220 hi\r\n"),
        Says("EHLO", "250-relay\r\n250 AUTH LOGIN\r\n"),
        Says("AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n"),
        Says("b3Bvcg==\r\n", "334 UGFzc3dvcmQ6\r\n"),
        Says("c2VzYW1l\r\n", "235 in\r\n"),
    ];
    assert!(with(login.to_vec()).await.0.is_ok());
    let (refused, _) = with(after(&[Says("AUTH PLAIN", "535 5.7.8 not you\r\n")])).await;
    let Err(Broken::Everywhere(why)) = refused else { panic!("refused") };
    assert!(why.contains("535 5.7.8 not you") && !why.contains("sesame"), "{why}");
    let none = [Says("", "220 hi\r\n"), Says("EHLO", "250-relay\r\n250 AUTH CRAM-MD5\r\n")];
    assert!(with(none.to_vec()).await.0.is_err());
}

#[tokio::test]
async fn s025_the_line_is_protected_and_the_certificate_is_the_relays() {
    let (acceptor, believes) = tls("localhost");
    let taken = [FROM, TO, DATA, Takes("250 kept\r\n")];
    let account = Some(("opor".to_owned(), "sesame".to_owned()));
    let sign_in = Says("AUTH PLAIN", "235 in\r\n");
    // From the beginning.
    let script = after(&[&[sign_in], &taken[..]].concat());
    let (port, _) = served(script, Some(acceptor.clone()), true).await;
    let over = Relay { tls: Some(Arc::clone(&believes)), account: account.clone(), ..relay(port) };
    let fate = over.connect().await.unwrap().hand("bram@x.example", MAIL).await.unwrap();
    assert_eq!(fate, Fate::Handed("250 kept".to_owned()));
    // By STARTTLS: nothing secret is said before it, and what was offered before it is forgotten.
    let offers = Says("EHLO", "250-relay\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
    let begins = [Says("", "220 hi\r\n"), offers, Says("STARTTLS", "220 go\r\n"), Tls, GREETS[1], sign_in];
    let (port, heard) = served([&begins, &taken[..]].concat(), Some(acceptor.clone()), false).await;
    let over =
        Relay { starttls: true, tls: Some(Arc::clone(&believes)), account: account.clone(), ..relay(port) };
    let fate = over.connect().await.unwrap().hand("bram@x.example", MAIL).await.unwrap();
    assert_eq!(fate, Fate::Handed("250 kept".to_owned()));
    assert_eq!(heard.lock().unwrap()[1], "STARTTLS");
    // Somebody in between takes the offer away, or slips in words of their own.
    for script in [
        vec![Says("", "220 hi\r\n"), GREETS[1], Says("", "")],
        vec![Says("", "220 hi\r\n"), offers, Says("STARTTLS", "220 go\r\n250 slipped in\r\n"), Tls],
        vec![Says("", "220 hi\r\n"), offers, Says("STARTTLS", "454 not now\r\n")],
    ] {
        let (port, heard) = served(script, Some(acceptor.clone()), false).await;
        let over = Relay {
            starttls: true,
            tls: Some(Arc::clone(&believes)),
            account: account.clone(),
            ..relay(port)
        };
        assert!(matches!(over.connect().await, Err(Broken::Everywhere(_))));
        assert!(!heard.lock().unwrap().iter().any(|line| line.starts_with("AUTH")));
    }
    // Another authority, or another name.
    for (acceptor, believes) in [(acceptor.clone(), tls("localhost").1), tls("elsewhere.example")] {
        let (port, heard) = served(after(&[sign_in]), Some(acceptor), true).await;
        let over = Relay { tls: Some(believes), account: account.clone(), ..relay(port) };
        assert!(matches!(over.connect().await, Err(Broken::Everywhere(_))));
        assert!(heard.lock().unwrap().is_empty(), "nothing was said");
    }
}
