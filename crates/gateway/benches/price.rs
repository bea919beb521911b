//! What checksums, the activity log's tree and mTLS cost together: `cargo bench -p gateway --bench price -- [MESSAGES]`.
//!
//! One run, one record, rounds in turn: messages of 2 kB come in over plain lines and over mTLS, are kept, acknowledged,
//! interpreted and filed, and the processor time of this process is compared. The senders are in it, so the price of TLS is
//! that of both ends. Checksums and tree cannot be switched off: what they cost is bounded from above by reading
//! everything back and computing each of them anew once, as `opor check` does. A benchmark, never a test: it asserts nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../tests/peers/world.rs"]
#[expect(dead_code, reason = "what is queued is for the trials")]
mod world;

use actions::intake::{Clock, Interpreter};
use gateway::mllp::{Guard, Intake, Listening};
use gateway::tls::{Acceptor, Files};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::Settings;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use world::{BEGINNING, Folder, World, message};

/// Connections, and rounds of each kind.
const LINES: usize = 8;
const ROUNDS: usize = 5;
/// People the results belong to.
const PATIENTS: usize = 2_000;
const BYTES: usize = 2_048;

/// Processor time of this process so far, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks * 10.0
}

/// Certificates of one authority for both ends: the listener's files, and how a sender connects.
fn certificates(folder: &Path) -> (Files, TlsConnector) {
    let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = parameters.self_signed(&key).expect("an authority").pem();
    let issuer = Issuer::new(parameters, key);
    let issue = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        (parameters.signed_by(&key, &issuer).expect("a certificate").pem(), key.serialize_pem())
    };
    let (own, key) = issue("opor.example");
    for (name, text) in [("own.pem", &own), ("own.key", &key), ("senders.pem", &authority)] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let files = Files {
        certificate: folder.join("own.pem"),
        key: folder.join("own.key"),
        believed: Some(folder.join("senders.pem")),
    };
    let (theirs, key) = issue("lab.example");
    let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM");
    let mut roots = RootCertStore::empty();
    roots.add(der(&authority)).expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![der(&theirs)],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM"),
        )
        .expect("a certificate");
    (files, TlsConnector::from(Arc::new(config)))
}

/// Sends messages of this share one after another, each after the answer to the one before.
async fn send(mut line: impl AsyncRead + AsyncWrite + Unpin, numbers: impl Iterator<Item = usize>) {
    let mut chunk = vec![0; 4 << 10];
    for number in numbers {
        let framed = [b"\x0B", message(number, number % PATIENTS, BYTES).as_slice(), b"\x1C\r"].concat();
        line.write_all(&framed).await.expect("written");
        line.flush().await.expect("written");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1C\r") {
            let length = line.read(&mut chunk).await.expect("an answer");
            assert!(length > 0, "the line ended");
            answer.extend_from_slice(&chunk[..length]);
        }
    }
}

/// A round: so many messages over [`LINES`] lines, until they are filed. Processor milliseconds each, and messages a
/// second.
fn round(
    runtime: &Runtime,
    interpreter: &Interpreter,
    to: SocketAddr,
    tls: Option<&TlsConnector>,
    from: usize,
    count: usize,
) -> (f64, f64) {
    let (cpu, began) = (cpu_ms(), Instant::now());
    runtime.block_on(async {
        let mut lines = tokio::task::JoinSet::new();
        for line in 0..LINES {
            let (tls, numbers) = (tls.cloned(), (from + line..from + count).step_by(LINES));
            lines.spawn(async move {
                let stream = TcpStream::connect(to).await.expect("a line");
                stream.set_nodelay(true).expect("nodelay");
                match tls {
                    None => send(stream, numbers).await,
                    Some(tls) => {
                        let name = ServerName::try_from("opor.example").expect("a name");
                        send(tls.connect(name, stream).await.expect("hands shaken"), numbers).await;
                    }
                }
            });
        }
        while let Some(done) = lines.join_next().await {
            done.expect("a sender");
        }
    });
    while !interpreter.is_idle() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    ((cpu_ms() - cpu) / count as f64, count as f64 / began.elapsed().as_secs_f64())
}

/// Processor milliseconds a message of computing every checksum and the whole tree anew, reading included.
fn recomputed(world: &World, messages: usize) -> f64 {
    let (mut from, mut at_first, mut until) = (None, 0.0, 0.0);
    let report =
        world.store.view().expect("a view").check(&|_, _| Vec::new(), 0, BEGINNING, &mut |step, rows| {
            if step == "messages" && from.is_none() {
                (from, at_first) = (Some(rows), cpu_ms());
            }
            if step == "persons" {
                until = cpu_ms();
            }
        });
    let report = report.expect("a report");
    println!(
        "checked      {} messages, {} versions, {} rows of the activity log",
        report.messages, report.versions, report.audit
    );
    // The first messages were read before the clock was looked at; they are a small part.
    (until - at_first) / messages.saturating_sub(from.unwrap_or(0) as usize).max(1) as f64
}

fn main() {
    let words: Vec<usize> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let count = words.first().copied().unwrap_or(4_000).max(LINES);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    let began = Instant::now();
    let settings = Settings::new(Arc::new(move || began.elapsed().as_micros() as u64));
    let world = World::new(Folder::new("price"), &[], settings);
    let clock: Clock = Arc::new(|| BEGINNING);
    let (files, tls) = certificates(world.folder.path());
    let (_keep, stopped) = watch::channel(false);
    let listen = |guard: Option<Guard>| {
        let socket = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let to = socket.local_addr().expect("an address");
        let intake = Intake::new(world.record.clone(), clock.clone());
        runtime.spawn(Listening { socket, intake, guard }.serve(stopped.clone()));
        to
    };
    let plain = listen(None);
    let acceptor = Acceptor::new(files).expect("certificates");
    let secured = listen(Some(Guard { acceptor, certificates: Vec::new() }));
    let interpreter = Interpreter::start(world.record.clone(), clock.clone(), 2).expect("an interpreter");

    let mut sent = 0;
    let mut next = |to, tls| {
        let figures = round(&runtime, &interpreter, to, tls, sent, count);
        sent += count;
        figures
    };
    let _ = next(plain, None);
    let (mut without, mut with) = (0.0, 0.0);
    for number in 1..=ROUNDS {
        let ((one, pace), (other, secured_pace)) = (next(plain, None), next(secured, Some(&tls)));
        println!(
            "round {number}      plain {one:.3} ms each at {pace:.0}/s, mTLS {other:.3} ms at {secured_pace:.0}/s"
        );
        without += one / ROUNDS as f64;
        with += other / ROUNDS as f64;
    }
    let hashes = recomputed(&world, sent);
    let bare = without - hashes;
    println!("plain        {without:.3} ms of processor a message, all the way to filed, both ends");
    println!("mTLS         {with:.3} ms; {:+.1} %", (with / without - 1.0) * 100.0);
    println!(
        "checksums    {hashes:.3} ms at most for every checksum and the tree, {:.1} % of plain",
        hashes / without * 100.0
    );
    println!("together     {:+.1} % on what is left without them", (with / bare - 1.0) * 100.0);
    interpreter.stop();
    world.store.stop();
}
