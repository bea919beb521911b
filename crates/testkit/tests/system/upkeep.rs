//! What operators do: backups and their trial, moving to PostgreSQL and back, health and figures, a restart that nobody
//! notices, the loss of the database server under load.

use crate::messages::{Person, Result};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use testkit::binary::opor_binary;
use testkit::canary::Canary;
use testkit::folder::Folder;
use testkit::harness::{DRAIN_LIMIT, Harness, Setup, opor};
use testkit::http;
use testkit::mllp::{Behaviour, Client, verdict};
use testkit::patience::until;
use testkit::postgresql::{Postgresql, make, url};
use testkit::server::Server;

/// Messages of a small record.
const MESSAGES: usize = 12;

fn results(harness: &Harness, from: usize) -> Vec<Vec<u8>> {
    let orderer = harness.provider("alder");
    let one = |n: usize| {
        let person = Person::new("HRH", n % 4);
        Result::new("HRH", &person, format!("U-{:03}", from + n), orderer.clone()).bytes()
    };
    (0..MESSAGES).map(one).collect()
}

fn key_file(folder: &Path) -> String {
    let path = folder.join("backup.key");
    std::fs::write(&path, "a key file of at least thirty-two bytes, kept elsewhere\n").unwrap();
    path.display().to_string()
}

fn said(arguments: &[&str], code: i32, words: &[&str]) -> String {
    let said = opor(arguments);
    assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
    let all = said.out + &said.err;
    for word in words {
        assert!(all.contains(word), "{arguments:?} does not say {word:?}: {all}");
    }
    all
}

#[test]
fn d13_a_backup_of_a_running_server_is_tried_and_restored() {
    let harness = Setup::new("backup").clinic("alder", |_, _| Behaviour::Accept).start();
    harness.sender().accepted(&results(&harness, 0));
    let books = harness.drained();
    let (data, key) = (harness.data(), key_file(harness.folder()));
    let file = harness.folder().join("a.backup").display().to_string();
    let restored = harness.folder().join("restored").display().to_string();
    said(
        &["backup", "--data", &data, "--key", &key, &file],
        0,
        &["point ", "root ", "the books are the same"],
    );
    assert!(!Path::new(&format!("{file}.trial")).exists());
    said(&["backup", "--data", &data, "--key", &key, &file], 2, &[&file]);
    // The server goes on.
    harness.sender().accepted(&results(&harness, MESSAGES));
    assert_eq!(harness.drained().accepted, books.accepted + MESSAGES as u64);

    said(
        &["restore", &file, "--data", &restored, "--key", &key],
        0,
        &["the books are the same", "opor serve"],
    );
    let census: serde_json::Value =
        serde_json::from_str(&said(&["census", "--data", &restored, "--json"], 0, &[])).unwrap();
    assert_eq!(census["messages"]["filed"], books.filed);
    // The first checkpoint is signed within a minute of the start; this backup is younger.
    said(&["audit", "verify", &restored], 1, &["rows         ", "there is no signed checkpoint"]);
    for name in ["token.key", "activity.key", "directory.toml"] {
        let read = |folder: &str| std::fs::read(Path::new(folder).join(name)).unwrap();
        assert_eq!(read(&restored), read(&data), "{name}");
    }
    said(
        &["restore", &file, "--data", &restored, "--key", &key],
        2,
        &["is not empty", "nothing is overwritten"],
    );
    let elsewhere = harness.folder().join("elsewhere").display().to_string();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    said(&["restore", &file, "--data", &elsewhere, "--key", &key], 2, &[&file, "is damaged between byte"]);
    std::fs::write(&file, &bytes[..middle]).unwrap();
    said(&["restore", &file, "--data", &elsewhere, "--key", &key], 2, &[&file, "ends too early"]);
    assert!(!Path::new(&elsewhere).join("record.db").exists());
}

#[test]
fn a_record_goes_to_postgresql_and_back_with_everything() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    make(server.folder(), "record", "template0").unwrap();
    let there = url(server.folder(), "record");
    let mut harness = Setup::new("migrate").clinic("alder", |_, _| Behaviour::Accept).start();
    harness.sender().accepted(&results(&harness, 0));
    let books = harness.drained();
    let data = harness.data();
    if Path::new(&data).join("store.url").exists() {
        println!("skipped: the suite itself runs on PostgreSQL");
        return;
    }
    said(&["migrate", "--from", &data, "--to", &there], 2, &["in use by another opor process"]);
    harness.stop();
    said(&["migrate", "--from", &data, "--to", &there, "--verify"], 0, &["adds up to the same", "sound"]);
    harness.restart();
    assert_eq!(harness.books(), books);
    harness.sender().accepted(&results(&harness, MESSAGES));
    let books = harness.drained();
    assert_eq!(books.accepted, 2 * MESSAGES as u64);
    harness.stop();
    said(&["migrate", "--from", &data, "--to", &data, "--verify"], 0, &["adds up to the same", "sound"]);
    harness.restart();
    assert_eq!(harness.books(), books);
    assert!(Path::new(&data).join("record.db").exists() && !Path::new(&data).join("store.url").exists());
}

#[test]
fn health_and_figures_are_told_and_name_nobody() {
    let data = std::env::temp_dir().join(format!("opor-{}-figures", std::process::id()));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("limits.toml"), "slow-action = \"1 ms\"\n").unwrap();
    let mut harness = Setup::new("figures")
        .clinic("alder", |_, _| Behaviour::Accept)
        .data(data.clone())
        .setting("operations = \"127.0.0.1:0\"")
        .start();
    let messages = results(&harness, 0);
    harness.sender().accepted(&messages);
    let _ = harness.drained();
    let token = opor(&["token", "--data", &harness.data(), "--role", "system"]).out.trim().to_owned();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let headers =
        [format!("Authorization: Bearer {token}"), format!("traceparent: 00-{trace}-00f067aa0ba902b7-01")];
    let found = http::get(harness.server().http, "/fhir/DiagnosticReport?_count=50", &headers).unwrap();
    assert_eq!(found.status, 200, "{}", found.text());
    assert!(found.header("traceparent").is_some_and(|named| named.contains(trace)));

    let door = harness.server().operations.unwrap();
    let ask = |path: &str| http::get(door, path, &[]).unwrap();
    assert_eq!((ask("/healthz").status, ask("/healthz").text().as_str()), (200, "alive\n"));
    let ready = ask("/readyz");
    assert_eq!(ready.status, 200, "{}", ready.text());
    let figures = ask("/metrics");
    assert!(figures.header("content-type").is_some_and(|sort| sort.starts_with("text/plain; version=0.0.4")));
    let text = figures.text();
    for line in [
        format!("opor_messages{{state=\"filed\"}} {MESSAGES}"),
        format!("opor_deliveries{{state=\"acknowledged\"}} {MESSAGES}"),
        "opor_books_balance 1".to_owned(),
        "opor_ready 1".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("opor_action_seconds_count{action=\"resources::"), "{text}");
    let worked =
        || ask("/metrics").text().contains("opor_background_last_seconds{work=\"overdue obligations");
    assert!(until(DRAIN_LIMIT, worked), "no background work is ever told: {text}");
    // Each line is a comment, or a name with labels and a number.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
    let mut canary = Canary::default();
    messages.iter().for_each(|message| canary.hear(message));
    assert_eq!(canary.found(&text), [], "figures name a patient");
    assert_eq!(
        http::get(harness.server().http, "/metrics", &[]).unwrap().status,
        404,
        "not at the public door"
    );

    let log = std::fs::read_to_string(harness.folder().join("log.txt")).unwrap();
    let slow = log.lines().find(|line| line.contains("an action took long") && line.contains(trace));
    assert!(slow.is_some_and(|line| line.contains("resources::")), "{log}");
    let config = harness.folder().join("opor.toml").display().to_string();
    said(&["limits", "--config", &config], 0, &["slow-action = \"1 ms\"", "frame = \"16 MiB\""]);
    harness.stop();
    std::fs::write(data.join("limits.toml"), "slow-acts = \"1 ms\"\n").unwrap();
    said(&["check", "--config", &config], 2, &["slow-acts is no limit", "slow-action"]);
    std::fs::remove_file(data.join("limits.toml")).unwrap();
    harness.restart();
    drop(harness);
    let _ = std::fs::remove_dir_all(&data);
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Rounds of a new process that takes over from the one before it.
const ROUNDS: usize = 3;

#[test]
fn a_new_process_takes_over_and_no_sender_is_refused() {
    let folder = Folder::new("hand-over");
    std::fs::create_dir_all(folder.join("data")).unwrap();
    let (config, log) = (folder.join("opor.toml"), folder.join("log.txt"));
    let (web, mllp) = (free(), free());
    let settings = format!(
        "data = {:?}\nhttp = \"{web}\"\nmllp = \"{mllp}\"\ndemo = true\nhand_over = true\noperations = \"{}\"\n",
        folder.join("data").display().to_string(),
        free()
    );
    std::fs::write(&config, settings).unwrap();
    let binary = opor_binary().unwrap();
    let begin = || -> Server { Server::start(&binary, &config, &log, None).unwrap() };
    let mut serving = begin();
    let (stop, refused, reconnects) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let (sent, server) = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut line: Option<Client> = None;
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) {
                let person = Person::new("HRH", sent % 4);
                let bytes = Result::new("HRH", &person, format!("T-{sent:05}"), String::new()).bytes();
                loop {
                    let Some(client) = &mut line else {
                        match Client::connect(mllp) {
                            Ok(client) => line = Some(client),
                            Err(_) => {
                                refused.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        continue;
                    };
                    match client.send(&bytes) {
                        Ok(answer) => {
                            assert_eq!(verdict(&answer).0, "AA", "{}", String::from_utf8_lossy(&answer));
                            break;
                        }
                        Err(_) => {
                            reconnects.fetch_add(1, Ordering::Relaxed);
                            line = None;
                        }
                    }
                }
                sent += 1;
            }
            sent
        });
        for _ in 0..ROUNDS {
            let (old, next) = (serving, scope.spawn(begin));
            // The new one listens beside the old one, and waits for the record.
            assert!(until(DRAIN_LIMIT, || listeners(mllp.port()) == 2), "the new process does not listen");
            old.stop().unwrap();
            serving = next.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        (sender.join().unwrap(), serving)
    });
    println!("{sent} messages over {ROUNDS} restarts, {} reconnects", reconnects.load(Ordering::Relaxed));
    assert_eq!(refused.load(Ordering::Relaxed), 0, "somebody found nobody listening");
    assert!(sent > ROUNDS);
    let census = server.census().unwrap();
    assert_eq!(census["messages"]["accepted"], sent, "{census}");
    server.stop().unwrap();
}

/// Sockets of this machine that listen on a port (state 0A of /proc/net/tcp).
fn listeners(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let local = format!(":{port:04X} ");
    table.lines().filter(|line| line.contains(&local) && line.contains(" 00000000:0000 0A ")).count()
}

/// Senders that go on while the database server dies, and how often it does.
const SENDERS: usize = 8;
const DEATHS: usize = 3;
/// Messages accepted between two deaths.
const BETWEEN: usize = 40;

#[test]
fn d01_a_database_server_that_is_killed_under_load_loses_nothing_acknowledged() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    make(server.folder(), "record", "template0").unwrap();
    let mut harness = Setup::new("server-killed")
        .clinic("alder", |_, _| Behaviour::Accept)
        .setting(&format!("store = {:?}", url(server.folder(), "record")))
        .start();
    let orderer = harness.provider("alder");
    let (stop, accepted, again) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let send = |number: usize| {
        let facility = format!("K{number:02}");
        let (mut line, mut sent) = (harness.sender(), 0);
        while !stop.load(Ordering::Relaxed) {
            let person = Person::new(&facility, 5_000 + number);
            let bytes =
                Result::new(&facility, &person, format!("{facility}-{sent:05}"), orderer.clone()).bytes();
            while !line.send(&bytes).is_ok_and(|answer| verdict(&answer).0 == "AA") {
                again.fetch_add(1, Ordering::Relaxed);
                line = harness.sender();
            }
            accepted.fetch_add(1, Ordering::Relaxed);
            sent += 1;
        }
        sent
    };
    let send = &send;
    let sent: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|number| scope.spawn(move || send(number))).collect();
        for death in 1..=DEATHS {
            let enough = || accepted.load(Ordering::Relaxed) >= death * BETWEEN;
            assert!(until(DRAIN_LIMIT, enough), "only {accepted:?} were accepted");
            server.kill().unwrap();
            assert!(until(DRAIN_LIMIT, || server.begin().is_ok()), "the server does not start again");
        }
        let enough = || accepted.load(Ordering::Relaxed) >= (DEATHS + 1) * BETWEEN;
        assert!(until(DRAIN_LIMIT, enough), "nothing is accepted any more");
        stop.store(true, Ordering::Relaxed);
        senders.into_iter().map(|sender| sender.join().unwrap()).sum()
    });
    println!("{sent} messages, {DEATHS} deaths, {} sent again", again.load(Ordering::Relaxed));
    assert!(harness.is_alive(), "nobody had to start it again");
    let books = harness.drained();
    assert_eq!(
        (books.accepted, books.filed, books.acknowledged),
        (sent as u64, sent as u64, sent as u64),
        "{books:?}"
    );
}

/// How long a process that stands by may take until it writes, after the other one was killed.
const TAKE_OVER: std::time::Duration = std::time::Duration::from_secs(60);

#[test]
fn a_process_that_stands_by_answers_reads_and_takes_over() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    make(server.folder(), "record", "template0").unwrap();
    let folder = Folder::new("standby");
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    let binary = opor_binary().unwrap();
    let (web, door) = (free(), free());
    let settings = |web: SocketAddr, door: SocketAddr| {
        format!(
            "data = {:?}\nstore = {:?}\nhttp = \"{web}\"\nmllp = \"127.0.0.1:0\"\ndemo = true\nstandby = true\noperations = \"{door}\"\n",
            data.display().to_string(),
            url(server.folder(), "record")
        )
    };
    let (first, second) = (folder.join("first.toml"), folder.join("second.toml"));
    std::fs::write(&first, settings(free(), free())).unwrap();
    std::fs::write(&second, settings(web, door)).unwrap();
    let leader = Server::start(&binary, &first, &folder.join("first.txt"), None).unwrap();
    let token =
        opor(&["token", "--data", &data.display().to_string(), "--role", "system"]).out.trim().to_owned();
    let headers =
        [format!("Authorization: Bearer {token}"), "Content-Type: application/fhir+json".to_owned()];
    let patient = |id: &str| format!("{{\"resourceType\": \"Patient\", \"id\": \"{id}\"}}");
    let put = |to: SocketAddr, id: &str| {
        http::exchange(to, "PUT", &format!("/fhir/Patient/{id}"), &headers, patient(id).as_bytes())
    };
    assert_eq!(put(leader.http, "s-1").unwrap().status, 201);
    let follower = std::thread::spawn({
        let (binary, second, log) = (binary.clone(), second.clone(), folder.join("second.txt"));
        move || Server::start(&binary, &second, &log, None)
    });
    let reads = || http::get(door, "/readyz/reads", &[]).is_ok_and(|answer| answer.status == 200);
    assert!(until(DRAIN_LIMIT, reads), "it does not stand by");
    assert_eq!(
        http::get(door, "/readyz", &[]).unwrap().status,
        503,
        "a balancer sends what writes elsewhere"
    );
    let read = http::get(web, "/fhir/Patient/s-1", &headers).unwrap();
    assert_eq!(read.status, 200, "{}", read.text());
    let refused = put(web, "s-2").unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
    // Who looked is in the log of the one that writes, soon.
    let logged = || {
        let count = testkit::postgresql::ask(
            server.folder(),
            "record",
            "SELECT count(*) FROM audit WHERE object LIKE '%s-1%' AND verb LIKE '%read%'; SELECT count(*) FROM audit_waiting",
        );
        count.is_ok_and(|text| text.trim() == "1\n0")
    };
    assert!(until(DRAIN_LIMIT, logged), "the look is not in the log");
    #[expect(clippy::disallowed_methods, reason = "the time until it takes over is what is measured")]
    let begun = std::time::Instant::now();
    leader.kill();
    let mut taken = follower.join().unwrap().unwrap();
    assert!(begun.elapsed() < TAKE_OVER, "{:?}", begun.elapsed());
    println!("took over after {:?}", begun.elapsed());
    assert_eq!(put(taken.http, "s-2").unwrap().status, 201);
    assert_eq!(http::get(taken.http, "/fhir/Patient/s-1", &headers).unwrap().status, 200);
    assert!(taken.is_alive());
    taken.stop().unwrap();
}
