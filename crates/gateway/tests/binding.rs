//! Certificates and what they are bound to, over real sockets: who may come in, what they may say, whom we go to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a trial that cannot do what it says fails"
)]

#[path = "peers/world.rs"]
#[expect(dead_code, reason = "what is queued is for the trials")]
mod world;

use actions::deliveries::{Destination, EndpointKind};
use actions::intake::{Binding, Bound, Clock, Door};
use gateway::delivery::wire::Dial as _;
use gateway::mllp::{Guard, Intake, Listening};
use gateway::tls::{Acceptor, Dialer, Files};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, Settings, Settled};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use world::{BEGINNING, Folder, World};

/// Forged messages over real sockets.
const FORGED: usize = 200;

/// An authority that issues certificates, and its own as PEM.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// Certificate and key for a name, written as `NAME.pem` and `NAME.key`.
    fn issue(&self, folder: &Path, file: &str, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let pem = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        let (certificate, key_file) =
            (folder.join(format!("{file}.pem")), folder.join(format!("{file}.key")));
        std::fs::write(&certificate, pem).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (certificate, key_file)
    }

    fn write(&self, folder: &Path, file: &str) -> PathBuf {
        let path = folder.join(file);
        std::fs::write(&path, &self.pem).unwrap();
        path
    }
}

fn settings() -> Settings {
    Settings::new(Arc::new(|| 0))
}

fn clock() -> Clock {
    Arc::new(|| BEGINNING)
}

/// A listener of link LAB for certificates of `lab.example`, who speak for LAB at QEII about numbers of QEII.
struct Line {
    world: World,
    authority: Authority,
    folder: Folder,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

impl Line {
    async fn start() -> Self {
        let (world, authority, folder) = (
            World::new(Folder::new("binding"), &[], settings()),
            Authority::new(),
            Folder::new("certificates"),
        );
        let (certificate, key) = authority.issue(folder.path(), "server", "opor.example");
        let believed = Some(authority.write(folder.path(), "senders.pem"));
        let acceptor = Acceptor::new(Files { certificate, key, believed }).unwrap();
        let binding =
            Binding { senders: vec![("LAB".into(), "QEII".into())], authorities: vec!["QEII".into()] };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let intake = Intake {
            door: Door::Bound(Arc::new(Bound { link: "LAB-QEII".into(), binding })),
            ..Intake::new(world.record.clone(), clock())
        };
        let guard = Some(Guard { acceptor, certificates: vec!["dns:lab.example".into()] });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(Listening { socket, intake, guard }.serve(stopped));
        Self { world, authority, folder, address, stop }
    }

    /// A connection with a certificate, or none.
    async fn connect(&self, identity: Option<(PathBuf, PathBuf)>) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.pem.as_bytes()).unwrap()).unwrap();
        let begun = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            Some((certificate, key)) => begun
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_file(certificate).unwrap()],
                    PrivateKeyDer::from_pem_file(key).unwrap(),
                )
                .unwrap(),
            None => begun.with_no_client_auth(),
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("opor.example").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    fn issue(&self, name: &str) -> Option<(PathBuf, PathBuf)> {
        Some(self.authority.issue(self.folder.path(), name, name))
    }

    /// What the feed's owner was told.
    fn told(&self) -> Vec<ObligationRow> {
        let filter = ObligationFilter { kind: Some("feed".into()), ..ObligationFilter::default() };
        self.world.store.view().unwrap().obligations(&filter, 99, 0).unwrap()
    }

    fn kept_and_refused(&self) -> (u64, u64) {
        let messages = self.world.store.view().unwrap().census(BEGINNING).unwrap().messages;
        (messages.accepted, messages.refused)
    }
}

async fn say(stream: &mut TlsStream<TcpStream>, message: &[u8]) -> std::io::Result<String> {
    stream.write_all(&[b"\x0B", message, b"\x1C\x0D"].concat()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\x1C\x0D") {
        let mut chunk = [0; 1024];
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        answer.extend_from_slice(&chunk[..length]);
    }
    Ok(String::from_utf8(answer).unwrap())
}

fn result(msh: &str, pid: &str, number: usize) -> Vec<u8> {
    format!(
        "MSH|^~\\&|{msh}|OPOR|NS|20261122093000-0400||ORU^R01^ORU_R01|M{number}|P|2.5.1\r\
         PID|1||{pid}||Testperson^Ana||19700101|F\rOBR|1||F-{number}|2160-0^Creatinine^LN\r"
    )
    .into_bytes()
}

#[tokio::test]
async fn d08_nothing_outside_the_binding_is_taken_whatever_a_known_certificate_says() {
    let line = Line::start().await;
    let mut bound = line.connect(line.issue("lab.example")).await.unwrap();
    assert!(say(&mut bound, &result("LAB|QEII", "1^^^QEII^MR", 0)).await.unwrap().contains("MSA|AA|M0"));
    let forged = [
        ("LAB|HRH", "1^^^QEII^MR", "MSH-4"),
        ("ADT|QEII", "1^^^QEII^MR", "MSH-3"),
        ("LAB|QEII", "1^^^HRH^MR", "PID-3.4"),
        ("LAB|QEII", "1^^^QEII^MR~2^^^HRH^MR", "PID-3.4"),
        ("LAB|QEII", "1^^^QEII&1.2.3&ISO^MR", "PID-3.4"),
    ];
    for number in 1..=FORGED {
        let (msh, pid, field) = forged[number % forged.len()];
        let answer = say(&mut bound, &result(msh, pid, number)).await.unwrap();
        assert!(answer.contains(&format!("MSA|AR|M{number}")), "{answer}");
        assert!(answer.contains(field) && answer.contains("settings"), "which field, and the fix: {answer}");
    }
    assert_eq!(line.kept_and_refused(), (1, FORGED as u64));
    let told = line.told();
    assert_eq!(told.len(), 3, "the owner is told once a day for each field: {told:?}");
    // The line itself goes on.
    assert!(say(&mut bound, &result("LAB|QEII", "3", 900)).await.unwrap().contains("MSA|AA|M900"));
    line.stop.send_replace(true);
}

#[tokio::test]
async fn d08_a_certificate_that_is_not_bound_is_refused_and_an_unknown_one_does_not_come_in() {
    let line = Line::start().await;
    let mut other = line.connect(line.issue("clinic.example")).await.unwrap();
    let answer = say(&mut other, &result("LAB|QEII", "1^^^QEII^MR", 1)).await.unwrap();
    assert!(answer.contains("MSA|AR|M1") && answer.contains("not bound to link LAB-QEII"), "{answer}");
    let mut third = line.connect(line.issue("third.example")).await.unwrap();
    for number in 2..=3 {
        let _ = say(&mut third, &result("LAB|QEII", "1^^^QEII^MR", number)).await.unwrap();
    }
    assert_eq!(line.told().len(), 2, "once a day for each certificate");
    // Once they have ended it, the next one is told again.
    let mut ended = line.told().into_iter().find(|row| row.words.contains("not bound")).unwrap();
    ended.revision += 1;
    ended.state = ObligationState::Ended { outcome: "resolved".into(), at: BEGINNING };
    let obligations = vec![ObligationChange::Update(ended)];
    assert_eq!(
        line.world.store.settle_blocking(Changes { obligations, ..Changes::default() }),
        Settled::Done
    );
    for stream in [&mut other, &mut third] {
        for number in 4..=5 {
            let _ = say(stream, &result("LAB|QEII", "1^^^QEII^MR", number)).await.unwrap();
        }
    }
    let told = line.told();
    let open = told.iter().filter(|row| matches!(row.state, ObligationState::Open { .. })).count();
    assert_eq!((told.len(), open), (3, 2));
    // In TLS 1.3 a client hears that its certificate is not believed when it first reads.
    let strange = Authority::new().issue(line.folder.path(), "strange", "lab.example");
    for identity in [None, Some(strange)] {
        let said = match line.connect(identity).await {
            Ok(mut stream) => say(&mut stream, &result("LAB|QEII", "1^^^QEII^MR", 2)).await.map(drop),
            Err(problem) => Err(problem),
        };
        assert!(said.is_err(), "nobody without a believed certificate is answered");
    }
    assert_eq!(line.kept_and_refused(), (0, 7));
    line.stop.send_replace(true);
}

#[tokio::test]
async fn d08_whatever_is_refused_first_a_blank_authority_stands_for_the_one_of_the_settings() {
    for (bad, certificate) in [
        (result("LAB|QEII", "1^^^QEII^MR", 1), "clinic.example"),
        (b"no message".to_vec(), "lab.example"),
        (result("LAB|HRH", "1^^^QEII^MR", 1), "lab.example"),
    ] {
        let line = Line::start().await;
        let mut first = line.connect(line.issue(certificate)).await.unwrap();
        assert!(say(&mut first, &bad).await.unwrap().contains("MSA|AR"));
        let mut bound = line.connect(line.issue("lab.example")).await.unwrap();
        let answer = say(&mut bound, &result("LAB|QEII", "3", 2)).await.unwrap();
        assert!(answer.contains("MSA|AA|M2"), "{answer}");
        let link = line.world.store.view().unwrap().link_named("LAB-QEII").unwrap().unwrap();
        assert_eq!((link.default_authority.as_str(), link.custodian.as_str()), ("QEII", "QEII"));
        line.stop.send_replace(true);
    }
}

#[tokio::test]
async fn d08_a_replaced_certificate_is_in_use_at_the_next_connection_and_those_that_are_open_go_on() {
    let line = Line::start().await;
    let identity = line.issue("lab.example");
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let mut open = line.connect(identity.clone()).await.unwrap();
    let first = shown(&open);
    let message = |number| result("LAB|QEII", "1^^^QEII^MR", number);
    assert!(say(&mut open, &message(1)).await.unwrap().contains("MSA|AA|M1"));
    assert_eq!(shown(&line.connect(identity.clone()).await.unwrap()), first);
    line.authority.issue(line.folder.path(), "server", "opor.example");
    let second = shown(&line.connect(identity.clone()).await.unwrap());
    assert_ne!(second, first);
    // What cannot be used leaves the former one in use.
    std::fs::write(line.folder.path().join("server.pem"), "no certificate").unwrap();
    assert_eq!(shown(&line.connect(identity.clone()).await.unwrap()), second);
    let path = |file: &str| line.folder.path().join(file);
    let files = Files { certificate: path("server.pem"), key: path("server.key"), believed: None };
    assert_eq!(files.problem().unwrap().parts().0, path("server.pem"));
    assert!(say(&mut open, &message(2)).await.unwrap().contains("MSA|AA|M2"), "an open line goes on");
    // A certificate and the key of another one.
    line.authority.issue(line.folder.path(), "other", "opor.example");
    std::fs::copy(path("other.pem"), path("server.pem")).unwrap();
    assert!(files.problem().is_some());
    assert_eq!(shown(&line.connect(identity.clone()).await.unwrap()), second);
    // The last file of the two makes them fit.
    std::fs::copy(path("other.key"), path("server.key")).unwrap();
    assert!(files.problem().is_none());
    let third = shown(&line.connect(identity).await.unwrap());
    assert!(third != second && third != first);
    assert!(say(&mut open, &message(3)).await.unwrap().contains("MSA|AA|M3"), "an open line goes on");
    line.stop.send_replace(true);
}

fn to(address: SocketAddr, server_name: &str, fingerprint: Option<&str>) -> Destination {
    let text = format!(
        "[[place]]\nid = \"hill\"\nname = \"Hill\"\nkind = \"clinic\"\n[[endpoint]]\nid = \"emr\"\nplace = \"hill\"\n\
         kind = \"mllp\"\naddress = \"{address}\"\n[endpoint.tls]\nserver_name = \"{server_name}\"\n{}",
        fingerprint.map(|one| format!("fingerprint = \"{one}\"\n")).unwrap_or_default()
    );
    let directory = clinical::directory::Directory::from_toml(&text).unwrap();
    let endpoint = directory.endpoint("emr").unwrap();
    Destination {
        id: endpoint.id.clone(),
        kind: EndpointKind::Mllp,
        address: endpoint.address.clone(),
        connections: 1,
        tls: endpoint.tls.clone(),
    }
}

#[tokio::test]
async fn going_out_the_receivers_name_and_fingerprint_are_checked() {
    let line = Line::start().await;
    let (certificate, key) = line.issue("lab.example").unwrap();
    let believed = Some(line.folder.path().join("senders.pem"));
    let dialer = Dialer::new(Some(Files { certificate, key, believed }), false).unwrap();
    assert!(dialer.dial(&to(line.address, "opor.example", None)).await.is_ok());
    let other = dialer.dial(&to(line.address, "elsewhere.example", None)).await;
    assert!(other.err().is_some_and(|problem| problem.to_string().contains("certificate")));
    let pinned = dialer.dial(&to(line.address, "opor.example", Some(&"ab".repeat(32)))).await;
    assert!(pinned.err().is_some_and(|problem| problem.to_string().contains("not the one in the directory")));
    let without = Dialer::new(None, false).unwrap().dial(&to(line.address, "opor.example", None)).await;
    assert!(without.err().is_some_and(|problem| problem.to_string().contains("[tls]")));
    line.stop.send_replace(true);
}
