//! Signed forms come by mail: from a maildir and from a mail server to an application that is complete, on the real binary.
//! The forms were made and signed by pyHanko (crates/clinical/testdata/forms).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{ApplicationId, ApplicationRow, Changes, EnrolmentChange, MailIn, Store};
use testkit::harness::{Harness, Setup};
use testkit::patience::until;

/// How long judging may take in a build without optimisation on a busy machine; it is looked every two seconds.
pub(crate) const JUDGED: Duration = Duration::from_secs(60);
/// A mail server is asked every thirty seconds.
const ASKED: Duration = Duration::from_secs(90);
const APPLICATION: ApplicationId = ApplicationId(0xa7);
const ADDRESS: &str = "zoe.leger@harbour.example";
pub(crate) const PROVED: &str =
    "Authentication-Results: mx.opor.example; dmarc=pass header.from=harbour.example\r\n";

fn forms() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clinical/testdata/forms")
}

fn form(name: &str) -> Vec<u8> {
    std::fs::read(forms().join(name)).unwrap()
}

/// Base64 in lines (RFC 2045), as mail programs attach.
fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let all = chunk.iter().fold(0_u32, |all, &b| all << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = char::from(LETTERS[(all >> (18 - 6 * place) & 63) as usize]);
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

fn pem(der: &[u8]) -> String {
    let lines = encoded(der).replace("\r\n", "\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

pub(crate) fn mail(header: &str, id: &str, files: &[&str]) -> Vec<u8> {
    let mut out = format!(
        "{header}From: Zoe <{ADDRESS}>\r\nTo: forms@opor.example\r\nSubject: My forms\r\nMessage-ID: <{id}@harbour.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain\r\n\r\nHere they are.\r\n"
    );
    for name in files {
        out.push_str(&format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            encoded(&form(name))
        ));
    }
    out.push_str("--b--\r\n");
    out.into_bytes()
}

/// A mail of ours that a relay refused waits for the enrolment desk; its number.
pub(crate) fn seed_refused(data: &Path) -> String {
    let id = store::ObligationId(0x77);
    let (now, words) =
        (fhir::Instant(1_795_392_000_000_000), r#"{"en":"Refused.","fr":"Refusé."}"#.to_owned());
    let owed = store::ObligationRow {
        id,
        kind: "mail-out".into(),
        resource: None,
        version: 0,
        message: None,
        record: None,
        recipient: String::new(),
        recipient_id: String::new(),
        subject: "See to a mail that was refused (code).".into(),
        accession: String::new(),
        words,
        gravity: 0,
        state: store::ObligationState::Open {
            owner: "desk:enrolment".into(),
            human: true,
            due: fhir::Instant(now.0 + 10 * 365 * 24 * 3_600_000_000),
            then: "desk:enrolment".into(),
        },
        opened: now,
        revision: 1,
        custodian: String::new(),
    };
    let mail = store::MailOut {
        obligation: id,
        at: now,
        sort: "code".into(),
        recipient: "nobody@x.example".into(),
        tongue: "en".into(),
        subject: "Your code".into(),
        body: "Your code.".into(),
        application: ApplicationId::default(),
        handed: None,
        refused: true,
        attempts: 1,
        again: now,
        last: "550 5.1.1 no such user".into(),
    };
    let store = Store::open(data, store::Settings::new(Arc::new(|| 0))).unwrap();
    let changes = Changes {
        obligations: vec![store::ObligationChange::Open(owed)],
        enrolment: vec![EnrolmentChange::Mail(mail)],
        ..Changes::default()
    };
    assert_eq!(store.settle_blocking(changes), store::Settled::Done);
    store.stop();
    id.to_string()
}

/// An application that was sent and lacks the two forms alone.
pub(crate) fn seed(data: &Path) {
    use clinical::enrolment::statements::in_force;
    use clinical::enrolment::{Acknowledged, Contact, Facts, LicenceHeld, LicenceStanding, ModuleHeld};
    std::fs::create_dir_all(data).unwrap();
    let text = std::fs::read_to_string(forms().join("facts.json")).unwrap();
    let mut facts: Facts = serde_json::from_str(&text).unwrap();
    let now = fhir::Instant(1_795_392_000_000_000);
    for place in &mut facts.workplaces {
        for who in ["a", "b"] {
            let email = format!("{who}.{}@x.example", place.place);
            place.administrators.push(Contact { name: "Gull, Ada".into(), email });
        }
    }
    let force = in_force();
    facts.address_proved = Some(now.0);
    facts.licence = Some(LicenceHeld {
        standing: LicenceStanding::Active,
        regulator: "NSPR".into(),
        name: "Léger, Zoë".into(),
        place: String::new(),
        call_back: String::new(),
        at: now,
    });
    facts.module = Some(ModuleHeld { version: force.module, score: 6, of: 6, at: now });
    for (statement, version) in [("nsh", force.privacy_nsh), ("iwk", force.privacy_iwk)] {
        facts.privacy.push(Acknowledged { statement: statement.into(), version, at: now });
    }
    let row = ApplicationRow {
        id: APPLICATION,
        state: "submitted".into(),
        sort: "community".into(),
        address: ADDRESS.into(),
        handle: Vec::new(),
        holder: "coordinator".into(),
        since: now,
        // Far away: nothing of it lapses while a test runs.
        due: fhir::Instant(now.0 + 10 * 365 * 24 * 3_600_000_000),
        account: String::new(),
        facts: serde_json::to_string(&facts).unwrap(),
        opened: now,
        meets: None,
        revision: 1,
    };
    let store = Store::open(data, store::Settings::new(Arc::new(|| 0))).unwrap();
    let changes = Changes { enrolment: vec![EnrolmentChange::Application(row)], ..Changes::default() };
    assert_eq!(store.settle_blocking(changes), store::Settled::Done);
    store.stop();
}

fn read(harness: &Harness) -> Store {
    Store::open_read(Path::new(&harness.data()), store::Settings::new(Arc::new(|| 0))).unwrap()
}

fn mails(store: &Store) -> Vec<MailIn> {
    store.view().unwrap().latest_mails_in(100).unwrap()
}

fn state(store: &Store) -> String {
    store.view().unwrap().application(APPLICATION).unwrap().unwrap().state
}

fn started(name: &'static str, place: &str) -> (Harness, PathBuf) {
    let folder = std::env::temp_dir().join(format!("opor-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    let data = folder.join("data");
    seed(&data);
    let signers = folder.join("signers.pem");
    std::fs::write(&signers, pem(&form("authority.der"))).unwrap();
    let setting =
        format!("[mailbox]\n{place}\nserver = \"mx.opor.example\"\nsigners = \"{}\"", signers.display())
            .replace("FOLDER", &folder.display().to_string());
    (Setup::new(name).data(data).setting(&setting).start(), folder)
}

#[test]
fn s042_from_a_mailbox_to_a_complete_application_with_every_mail_accounted_for() {
    let (mut harness, folder) = started("maildir", "folder = \"FOLDER/mails\"");
    let new = folder.join("mails/new");
    std::fs::create_dir_all(&new).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(new.join(name), bytes).unwrap();
    put("1", &mail(PROVED, "1", &["unsigned.pdf"]));
    put("2", &mail("", "2", &["signed-rsa.pdf"]));
    put("3", &mail(&format!("Auto-Submitted: auto-replied\r\n{PROVED}"), "3", &[]));
    put("4", b"\x00\x01 no mail");
    let store = read(&harness);
    let settled = |count: usize| {
        let all = mails(&store);
        all.len() == count && all.iter().all(|mail| mail.state != "received")
    };
    assert!(until(JUDGED, || settled(4)), "{:?}", mails(&store));
    assert_eq!(state(&store), "submitted", "nothing of that goes on file");

    // Both forms, signed, from the registered address; the same mail once more.
    let good = mail(PROVED, "5", &["signed-rsa.pdf", "signed-p256-french.pdf"]);
    put("5", &good);
    assert!(until(JUDGED, || state(&store) == "complete"), "{:?}", mails(&store));
    put("6", &good);
    let copies = || mails(&store).iter().map(|mail| mail.copies).max();
    assert!(until(JUDGED, || copies() == Some(2)));
    assert!(until(JUDGED, || settled(5)));
    // The mailbox has let go of all of them.
    assert!(until(JUDGED, || std::fs::read_dir(&new).unwrap().next().is_none()));
    let stands: BTreeMap<String, usize> = mails(&store).into_iter().fold(BTreeMap::new(), |mut all, mail| {
        *all.entry(mail.state).or_default() += 1;
        all
    });
    let wanted = [("filed", 1), ("held", 2), ("returned", 1), ("set-aside", 1)];
    assert_eq!(stands, wanted.map(|(name, n)| (name.to_owned(), n)).into());
    let census = harness.census();
    let text = census.to_string();
    assert!(census["balanced"] == true && text.contains("mail-in"), "{text}");
    // A crash between keeping and letting go brings a mail once more: it is the same mail.
    harness.kill();
    put("7", &good);
    harness.restart();
    let store = read(&harness);
    assert!(until(JUDGED, || mails(&store).iter().any(|mail| mail.copies == 3)));
    assert_eq!((mails(&store).len(), state(&store).as_str()), (5, "complete"));
    drop(harness);
    drop(std::fs::remove_dir_all(folder));
}

type Box = Arc<Mutex<BTreeMap<u32, Vec<u8>>>>;

/// A mail that the server itself cannot read.
const UNREADABLE: &[u8] = b"unreadable";

/// A mail server that speaks as much IMAP as is asked of it; what is deleted goes.
fn serve(stream: TcpStream, mails: &Box) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let locked = || mails.lock().unwrap_or_else(PoisonError::into_inner);
    write!(out, "* OK ready\r\n")?;
    let (mut line, mut gone) = (String::new(), Vec::new());
    while {
        line.clear();
        lines.read_line(&mut line)? > 0
    } {
        let mut words = line.trim_end().split(' ');
        let (tag, verb) =
            (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
        let rest: Vec<String> = words.map(str::to_owned).collect();
        match (verb.as_str(), rest.first().map(String::as_str)) {
            ("LOGIN", _) if line.contains("\"reader\" \"sesame\"") => {}
            ("LOGIN", _) => {
                write!(out, "{tag} NO who are you\r\n")?;
                continue;
            }
            ("SELECT", _) => write!(out, "* {} EXISTS\r\n", locked().len())?,
            ("UID", Some("SEARCH")) => {
                let all: Vec<String> = locked().keys().map(u32::to_string).collect();
                write!(out, "* SEARCH {}\r\n", all.join(" "))?;
            }
            ("UID", Some("FETCH")) => {
                let uid: u32 = rest[1].parse().unwrap();
                let bytes = locked().get(&uid).cloned().unwrap_or_default();
                if bytes == UNREADABLE {
                    write!(out, "{tag} NO the file is damaged\r\n")?;
                    continue;
                }
                write!(out, "* 1 FETCH (UID {uid} BODY[]<0> {{{}}}\r\n", bytes.len())?;
                out.write_all(&bytes)?;
                write!(out, ")\r\n")?;
            }
            ("UID", Some("STORE")) => gone.push(rest[1].parse::<u32>().unwrap()),
            ("EXPUNGE", _) => {
                for uid in gone.drain(..) {
                    locked().remove(&uid);
                }
            }
            ("LOGOUT", _) => write!(out, "* BYE\r\n")?,
            _ => {
                write!(out, "{tag} BAD what\r\n")?;
                continue;
            }
        }
        write!(out, "{tag} OK done\r\n")?;
        if verb == "LOGOUT" {
            return Ok(());
        }
    }
    let mut rest = Vec::new();
    lines.read_to_end(&mut rest)?;
    Ok(())
}

#[test]
fn s042_from_a_mail_server_to_a_complete_application() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let good = mail(PROVED, "9", &["signed-pades.pdf", "signed-sha512.pdf"]);
    let mails_there: Box = Arc::new(Mutex::new(BTreeMap::from([
        (40, UNREADABLE.to_vec()),
        (41, good),
        (42, mail("", "10", &["empty.pdf"])),
    ])));
    let served = Arc::clone(&mails_there);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            drop(serve(stream, &served));
        }
    });
    let secret = std::env::temp_dir().join(format!("opor-imap-secret-{}", std::process::id()));
    std::fs::write(&secret, "sesame\n").unwrap();
    let place =
        format!("host = \"127.0.0.1\"\nport = {port}\nuser = \"reader\"\nsecret = \"{}\"", secret.display());
    let (harness, folder) = started("imap", &place);
    let store = read(&harness);
    assert!(until(ASKED, || state(&store) == "complete"), "{:?}", mails(&store));
    // The first one cannot be read and stays; it keeps none behind it from being taken.
    let left =
        || mails_there.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect::<Vec<_>>();
    assert!(until(ASKED, || left() == [40]), "the server keeps what was taken: {:?}", left());
    assert_eq!(mails(&store).len(), 2);
    drop(harness);
    drop(std::fs::remove_dir_all(folder));
    drop(std::fs::remove_file(secret));
}

/// A name server that has one key, and no other name; how often it was asked. Its first answer is somebody else's.
fn names(record: &'static str) -> (u16, Arc<Mutex<u32>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((long, from)) = socket.recv_from(&mut question) {
            *counted.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            let mut answer = question[..long].to_vec();
            // The label `brisbane` stands first in the name of the key.
            if answer.windows(9).any(|part| part == b"\x08brisbane") {
                answer[2..4].copy_from_slice(&[0x81, 0x80]);
                answer[7] = 1;
                let long = u8::try_from(record.len()).unwrap();
                answer.extend_from_slice(&[0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, long + 1, long]);
                answer.extend_from_slice(record.as_bytes());
            } else {
                answer[2..4].copy_from_slice(&[0x81, 0x83]);
            }
            let mut forged = answer.clone();
            forged[0] ^= 0x55;
            drop(socket.send_to(&forged, from));
            drop(socket.send_to(&answer, from));
        }
    });
    (port, asked)
}

#[test]
fn s043_a_domain_is_asked_for_its_key_and_the_verdict_is_kept() {
    let (port, asked) = names("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let place = format!("folder = \"FOLDER/mails\"\nresolver = \"127.0.0.1:{port}\"");
    let (harness, folder) = started("names", &place);
    let new = folder.join("mails/new");
    std::fs::create_dir_all(&new).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mail/testdata/rfc8463.eml");
    let signed = std::fs::read_to_string(sample).unwrap().replace('\n', "\r\n");
    std::fs::write(new.join("1"), &signed).unwrap();
    std::fs::write(new.join("2"), signed.replace("hungry", "thirsty").replace("46341", "46342")).unwrap();
    let store = read(&harness);
    let settled = || mails(&store).iter().filter(|mail| mail.state == "held").count() == 2;
    assert!(until(JUDGED, settled), "{:?}", mails(&store));
    let said: Vec<serde_json::Value> =
        mails(&store).iter().map(|mail| serde_json::from_str(&mail.said).unwrap()).collect();
    let mut origins: Vec<&str> = said.iter().filter_map(|said| said["origin"].as_str()).collect();
    origins.sort_unstable();
    assert_eq!(origins, ["refuted", "signed"], "{said:?}");
    assert!(
        said.iter().all(|said| said["names"].as_object().is_some_and(|names| names.len() == 1)),
        "{said:?}"
    );
    assert_eq!(*asked.lock().unwrap(), 4, "the key and what the domain asks for, for each mail");
    drop(harness);
    drop(std::fs::remove_dir_all(folder));
}
