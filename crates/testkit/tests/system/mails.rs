//! Mails of the record go to a relay by submission: put off, refused, broken in the middle, killed between the mail and its
//! commit, through the real binary.

use crate::sweeps::FORM;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{MailOut, ObligationState, Store};
use testkit::harness::{Harness, Setup};
use testkit::http::post;
use testkit::patience::until;

/// A mail that was put off is tried again after fifteen seconds.
const SOON: Duration = Duration::from_secs(60);

/// What a relay has seen: whole mails by whom they are for, and recipients it refused; how many lines it was given.
#[derive(Default)]
struct Seen {
    taken: BTreeMap<String, Vec<String>>,
    refused: Vec<String>,
    lines: u32,
    /// Whole mails for `silent` are answered with nothing while this stands.
    is_silent: bool,
}

type Relay = Arc<Mutex<Seen>>;

fn locked(relay: &Relay) -> std::sync::MutexGuard<'_, Seen> {
    relay.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one line. By the name before the `@`: `nobody` is refused, `later` is put off once, `broken` loses its line behind
/// its first whole mail, `silent` is left without an answer while the relay is silent.
fn serve(stream: TcpStream, relay: &Relay) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    locked(relay).lines += 1;
    write!(out, "220 relay.example\r\n")?;
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_owned();
        match verb.as_str() {
            "EHLO" => write!(out, "250-relay.example\r\n250-SIZE 100000\r\n250 8BITMIME\r\n")?,
            "RCPT" => {
                to = line.split(['<', '@']).nth(1).unwrap_or_default().to_owned();
                if to.starts_with("nobody") {
                    locked(relay).refused.push(to.clone());
                    write!(out, "550 5.1.1 no such user\r\n")?;
                } else {
                    write!(out, "250 ok\r\n")?;
                }
            }
            "DATA" => {
                write!(out, "354 go on\r\n")?;
                let mut mail = String::new();
                while {
                    line.clear();
                    lines.read_line(&mut line)? > 0 && line != ".\r\n"
                } {
                    mail.push_str(&line);
                }
                let (count, is_silent) = {
                    let mut seen = locked(relay);
                    let all = seen.taken.entry(to.clone()).or_default();
                    all.push(mail);
                    (all.len(), seen.is_silent)
                };
                match to.as_str() {
                    "later" if count == 1 => write!(out, "451 4.7.1 greylisted\r\n")?,
                    "broken" if count == 1 => return Ok(()),
                    "silent" if is_silent => {}
                    _ => write!(out, "250 2.0.0 kept as {count}\r\n")?,
                }
            }
            "QUIT" => {
                write!(out, "221 bye\r\n")?;
                return Ok(());
            }
            _ => write!(out, "250 ok\r\n")?,
        }
    }
}

fn relay() -> (u16, Relay) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let relay = Relay::default();
    let served = Arc::clone(&relay);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let served = Arc::clone(&served);
            std::thread::spawn(move || drop(serve(stream, &served)));
        }
    });
    (port, relay)
}

fn started(name: &'static str, port: u16) -> Harness {
    let setting =
        format!("[mail]\nhost = \"127.0.0.1\"\nport = {port}\nfrom = \"opor <no-reply@opor.example>\"");
    Setup::new(name).setting(&setting).start()
}

fn asks(harness: &Harness, who: &str) {
    let form = format!("address={who}@x.example");
    let answer = post(harness.server().http, "/join", &[FORM.to_owned()], form.as_bytes()).unwrap();
    assert_eq!(answer.status, 303, "{}", answer.text());
}

fn mail_of(store: &Store, who: &str) -> MailOut {
    let mails = store.view().unwrap().mails_out(100).unwrap();
    mails.into_iter().find(|mail| mail.recipient.starts_with(who)).expect(who)
}

fn read(harness: &Harness) -> Store {
    Store::open_read(Path::new(&harness.data()), store::Settings::new(Arc::new(|| 0))).unwrap()
}

#[test]
fn s025_mails_go_to_a_relay_and_none_keeps_another_from_going() {
    let (port, relay) = relay();
    let harness = started("mails", port);
    for who in ["broken", "nobody", "later", "good"] {
        asks(&harness, who);
    }
    let store = read(&harness);
    let kept = |who: &str| locked(&relay).taken.get(who).map_or(0, Vec::len);
    assert!(until(SOON, || kept("good") == 1 && kept("later") == 2 && kept("broken") == 2));
    assert!(until(SOON, || mail_of(&store, "broken").handed.is_some()
        && mail_of(&store, "later").handed.is_some()));
    let good = mail_of(&store, "good");
    assert_eq!((good.attempts, good.last.as_str()), (0, "250 2.0.0 kept as 1"), "the reply is kept");
    // What the relay may have kept before its line broke went again, the same to the letter.
    let broken = locked(&relay).taken["broken"].clone();
    assert!(broken[0] == broken[1] && broken[0].contains("\r\nMessage-ID: <"), "{broken:?}");
    assert!(broken[0].starts_with("From: opor <no-reply@opor.example>\r\n"), "{}", broken[0]);
    let refused = mail_of(&store, "nobody");
    assert!(refused.refused && refused.handed.is_none() && refused.last == "550 5.1.1 no such user");
    assert_eq!(locked(&relay).refused.len(), 1, "not tried again");
    let owed = store.view().unwrap().obligation(refused.obligation).unwrap().unwrap();
    let ObligationState::Open { owner, human, .. } = &owed.state else { panic!("{owed:?}") };
    assert!(*human && owner == "desk:enrolment", "{owner}");
    let page = harness.html("heron", "/applications");
    assert!(page.contains("nobody@x.example") && page.contains("550 5.1.1 no such user"), "{page}");
}

#[test]
fn s025_a_crash_between_the_mail_and_its_commit_sends_it_again_the_same() {
    let (port, relay) = relay();
    locked(&relay).is_silent = true;
    let mut harness = started("mails-crash", port);
    asks(&harness, "silent");
    let kept = || locked(&relay).taken.get("silent").map_or(0, Vec::len);
    assert!(until(SOON, || kept() == 1), "the relay has it and says nothing");
    harness.kill();
    locked(&relay).is_silent = false;
    harness.restart();
    let store = read(&harness);
    assert!(until(SOON, || mail_of(&store, "silent").handed.is_some()));
    let both = locked(&relay).taken["silent"].clone();
    assert!(both.len() == 2 && both[0] == both[1], "{both:?}");
}
