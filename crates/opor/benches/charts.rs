//! How fast people get their pages: `cargo bench -p opor --bench charts -- [NAME=NUMBER …] [beside=URL]`.
//!
//! Loads `people` with `results` each and `deep` more with ten-year histories, then lets `users` doctors open a page every
//! two seconds for `seconds`: home, a search, a chart. An open loop: latency counts from the time at which a page was meant
//! to be asked for, to its last byte. Then the weights of the pages, and, in closed loops of 8 readers, whole charts a second
//! from the portal beside the six FHIR searches that one chart needs, of our own door and of `beside`, which must hold the
//! same people: `keep=1` leaves `DIR/ndjson` for it. Without arguments: 1,000,000 people with 20 results, 10,000 deep, 200
//! users, 60 seconds.
//!
//! 200 users need 200 seats, which no demo has: store and doors run in this process, wired as `opor serve` wires them, with
//! one sync for each group and an audit row before each page. A benchmark, never a test: it asserts nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use actions::panel::Attest;
use actions::patients::Find;
use actions::sign_in::{Persona, TokenKey};
use actions::smart::id_token::IdKey;
use actions::values::{Role, Words};
use actions::{Actor, Context, Record};
use clinical::directory::Directory;
use fhir::PersonId;
use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// Between the pages of one user.
const EACH: Duration = Duration::from_secs(2);
/// People on the panel of each user.
const PANEL: usize = 20;
/// Readers of the closed loops.
const READERS: usize = 8;
/// Results of somebody with a deep history.
const DEEP_RESULTS: usize = 400;
/// When the histories end: as `opor load --synthetic` has it.
const AT_US: i64 = 1_795_348_800_000_000;

/// The binary's own (docs/decisions/0022-allocator.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What is asked for on the command line.
struct Wanted {
    people: usize,
    results: usize,
    deep: usize,
    users: usize,
    seconds: u64,
    keep: bool,
    beside: Option<String>,
}

impl Wanted {
    fn read() -> Self {
        let given: HashMap<String, String> = std::env::args()
            .skip(1)
            .filter_map(|text| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect();
        let number = |name: &str, usual: usize| {
            given.get(name).map_or(usual, |text| text.parse().expect("NAME=NUMBER"))
        };
        Self {
            people: number("people", 1_000_000),
            results: number("results", 20),
            deep: number("deep", 10_000),
            users: number("users", 200),
            seconds: number("seconds", 60) as u64,
            keep: number("keep", 0) > 0,
            beside: given.get("beside").cloned(),
        }
    }
}

fn now() -> fhir::Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    fhir::Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut bytes))
        .expect("randomness");
    bytes
}

/// Loads what is asked for by the binary's own command; the deep histories as NDJSON, a file for each type.
fn load(wanted: &Wanted, data: &Path) {
    let load = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_opor"))
            .args(["load", "--data"])
            .arg(data)
            .args(arguments)
            .env_remove("OPOR_BENCH_DIR")
            .status()
            .expect("opor loads");
        assert!(done.success(), "opor load {arguments:?}");
    };
    let started = Instant::now();
    let (people, results) = (wanted.people.to_string(), wanted.results.to_string());
    load(&["--synthetic", &people, "--results", &results]);
    let folder = data.join("ndjson");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut files: HashMap<String, std::io::BufWriter<std::fs::File>> = HashMap::new();
    for person in wanted.people..wanted.people + wanted.deep {
        for (address, body) in province::charts::decade(7, person, DEEP_RESULTS, AT_US) {
            let kind = address.split('/').next().unwrap_or_default().to_owned();
            let file = files.entry(kind.clone()).or_insert_with(|| {
                let file = std::fs::File::create(folder.join(format!("{kind}.ndjson"))).expect("a file");
                std::io::BufWriter::new(file)
            });
            file.write_all(&body).and_then(|()| file.write_all(b"\n")).expect("written");
        }
    }
    drop(files);
    if wanted.deep > 0 {
        load(&[&folder.display().to_string()]);
    }
    let all = wanted.people * wanted.results + wanted.deep * DEEP_RESULTS;
    println!(
        "loaded {} people with {all} results in {:.0} s",
        wanted.people + wanted.deep,
        started.elapsed().as_secs_f64()
    );
}

/// The record with both doors open, and a doctor for each user.
struct Open {
    record: Record,
    store: store::Store,
    at: SocketAddr,
    key: TokenKey,
    runtime: Runtime,
}

fn persona(n: usize) -> String {
    format!("doctor-{n}")
}

fn context(n: usize) -> Context {
    let role = Role::FamilyDoctor;
    let actor =
        Actor { id: persona(n), role, name: format!("Doctor {n}"), practitioner: None, through: None };
    Context { actor, purpose: role.usual_purpose(), now: now() }
}

fn open(data: &Path, users: usize) -> Open {
    let start = Instant::now();
    let monotonic = Arc::new(move || u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    let store = store::Store::open(data, store::Settings::new(monotonic)).expect("a store");
    let personas: Vec<Persona> = (0..users)
        .map(|n| Persona {
            id: persona(n),
            name: format!("Doctor {n}"),
            role: Role::FamilyDoctor,
            place: Words { en: "Clinic".into(), fr: "Clinique".into() },
            practitioner: None,
        })
        .collect();
    let record = Record::new(store.clone(), Directory::default(), personas);
    let key = TokenKey(random());
    let pages = portal::router(portal::Settings {
        record: record.clone(),
        clock: Arc::new(now),
        random: Arc::new(random),
        key: key.clone(),
        demo: true,
        build: "charts".into(),
        ways: None,
        practice_at: None,
    });
    let id_key = IdKey::fresh().and_then(|bytes| IdKey::read(&bytes)).expect("a key");
    let smart = gateway::fhir::Smart {
        random: Arc::new(random),
        key: id_key,
        portal: None,
        registers: false,
        proxied: false,
    };
    let doors = pages.merge(gateway::fhir::router(
        record.clone(),
        Arc::new(now),
        key.clone(),
        Vec::new(),
        false,
        smart,
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let socket = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let at = socket.local_addr().expect("an address");
    runtime.spawn(async move {
        axum::serve(socket, doors.into_make_service_with_connect_info::<SocketAddr>()).await
    });
    Open { record, store, at, key, runtime }
}

/// Who person number `n` of the load is; nobody finds somebody else.
fn who(record: &Record, n: usize) -> PersonId {
    let text = province::people::test_card_number(1_000_000 + n);
    let found = record.look(&context(0), Find { text }).expect("a search");
    found.hits.first().expect("somebody of the load").banner.person
}

/// A connection that stays.
struct Line {
    at: String,
    stream: Option<TcpStream>,
}

/// One answer.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
    fn cookies(&self) -> Vec<String> {
        let set = |line: &&str| line.to_ascii_lowercase().starts_with("set-cookie: ");
        let pair = |line: &str| line.split_once(": ")?.1.split(';').next().map(str::to_owned);
        self.head.lines().filter(set).filter_map(pair).collect()
    }
}

impl Line {
    fn to(at: impl Into<String>) -> Self {
        Self { at: at.into(), stream: None }
    }

    async fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.at,
            body.len()
        );
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.at).await.expect("a door");
            stream.set_nodelay(true).expect("nodelay");
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().expect("a connection");
        stream.write_all(text.as_bytes()).await.expect("written");
        let mut held = Vec::with_capacity(64 << 10);
        let end = loop {
            if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            assert!(stream.read_buf(&mut held).await.expect("an answer") > 0, "the door hung up");
        };
        let head = String::from_utf8_lossy(&held[..end]).into_owned();
        let body = held.split_off(end + 4);
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let mut answer = Answer { status, head, body };
        match answer.field("content-length").and_then(|text| text.parse::<usize>().ok()) {
            Some(length) => {
                while answer.body.len() < length {
                    assert!(stream.read_buf(&mut answer.body).await.expect("a body") > 0);
                }
            }
            None if answer.field("transfer-encoding").is_some() => {
                while !answer.body.ends_with(b"0\r\n\r\n") {
                    assert!(stream.read_buf(&mut answer.body).await.expect("a body") > 0);
                }
                answer.body = whole(&answer.body);
            }
            None => {}
        }
        if answer.field("connection").is_some_and(|word| word.eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        answer
    }
}

/// What chunks hold (RFC 9112 7.1).
fn whole(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(chunks.len());
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = String::from_utf8_lossy(&chunks[..end]).into_owned();
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
        let (from, to) = (end + 2, end + 2 + size);
        if size == 0 || to > chunks.len() {
            break;
        }
        body.extend_from_slice(&chunks[from..to]);
        chunks = chunks.get(to + 2..).unwrap_or_default();
    }
    body
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Signs in; the cookie header and the token of the session's forms.
async fn sign_in(line: &mut Line, n: usize) -> (String, String) {
    let answer = line.ask("POST", "/sign-in", FORM, &format!("persona={}", persona(n))).await;
    let cookie = answer.cookies().into_iter().find(|pair| pair.starts_with("opor=")).expect("a session");
    let page = line.ask("GET", "/help", &format!("Cookie: {cookie}\r\n"), "").await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let token = text.split("name=\"form\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    (cookie, token.unwrap_or_default().to_owned())
}

/// How long each took, by what was asked.
type Taken = Arc<Mutex<HashMap<&'static str, Vec<Duration>>>>;

fn note(taken: &Taken, what: &'static str, time: Duration) {
    taken.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default().push(time);
}

fn print(taken: &Taken) {
    let mut all = taken.lock().unwrap_or_else(PoisonError::into_inner);
    for (what, goal) in [("home", 60), ("search", 50), ("chart", 80)] {
        let times = all.entry(what).or_default();
        times.sort_unstable();
        let at = |part: f64| times.get(((times.len() as f64 - 1.0).max(0.0) * part) as usize).copied();
        println!(
            "{what}: {} pages, p50 {:?}, p99 {:?}, longest {:?} (goal: p99 {goal} ms)",
            times.len(),
            at(0.5).unwrap_or_default(),
            at(0.99).unwrap_or_default(),
            at(1.0).unwrap_or_default()
        );
    }
}

/// One user: a page every two seconds, whether or not the one before is there in time.
async fn user(at: SocketAddr, n: usize, users: usize, wanted: (u64, Vec<(PersonId, String)>), taken: Taken) {
    let (seconds, panel) = wanted;
    let mut line = Line::to(at.to_string());
    let (cookie, token) = sign_in(&mut line, n).await;
    let headers = format!("Cookie: {cookie}\r\nAccept-Encoding: gzip\r\n");
    let begin = tokio::time::Instant::now()
        + EACH * u32::try_from(n).unwrap_or(0) / u32::try_from(users).unwrap_or(1);
    for page in 0..u32::try_from(seconds / EACH.as_secs()).unwrap_or(1) {
        let meant = begin + EACH * page;
        tokio::time::sleep_until(meant).await;
        let (person, card) = &panel[(n + page as usize) % panel.len()];
        let (what, status) = match page % 4 {
            0 => ("home", line.ask("GET", "/", &headers, "").await.status),
            1 => {
                let form = format!("form={token}&q={card}");
                let to = line.ask("POST", "/search", &format!("{headers}{FORM}"), &form).await;
                let kept = to.cookies().join("; ");
                let with = format!("Cookie: {cookie}; {kept}\r\nAccept-Encoding: gzip\r\n");
                ("search", line.ask("GET", to.field("location").unwrap_or("/search"), &with, "").await.status)
            }
            2 => ("chart", line.ask("GET", &format!("/person/{person}"), &headers, "").await.status),
            _ => ("chart", line.ask("GET", &format!("/person/{person}/results"), &headers, "").await.status),
        };
        assert_eq!(status, 200, "{what} of {person} for user {n}");
        note(&taken, what, meant.elapsed());
    }
}

/// Bytes on the wire of a first page with everything that it links to, and of the page alone.
async fn weights(at: SocketAddr, person: PersonId) {
    let mut line = Line::to(at.to_string());
    let (cookie, _) = sign_in(&mut line, 0).await;
    let headers = format!("Cookie: {cookie}\r\nAccept-Encoding: gzip\r\n");
    for path in ["/".to_owned(), format!("/person/{person}"), format!("/person/{person}/results")] {
        let plain = line.ask("GET", &path, &format!("Cookie: {cookie}\r\n"), "").await;
        let after = line.ask("GET", &path, &headers, "").await.body.len();
        let text = String::from_utf8_lossy(&plain.body).into_owned();
        let mut assets: Vec<&str> = text
            .split('"')
            .filter(|part| part.starts_with("/assets/") && !part.contains(['<', '>']))
            .collect();
        assets.sort_unstable();
        assets.dedup();
        let mut first = after;
        for asset in assets {
            first += line.ask("GET", asset, &headers, "").await.body.len();
        }
        let name = if path.contains("/results") {
            "results"
        } else if path == "/" {
            "home"
        } else {
            "chart"
        };
        println!(
            "{name}: {:.1} KB on the first load, {:.1} KB after (goals: 150 and 40)",
            first as f64 / 1_000.0,
            after as f64 / 1_000.0
        );
    }
}

/// What one chart needs of a FHIR server.
fn searches(patient: &str) -> [String; 6] {
    [
        format!("/Patient?_id={patient}"),
        format!("/Encounter?patient={patient}&_sort=-date&_count=50"),
        format!("/Observation?patient={patient}&category=laboratory&_sort=-date&_count=50"),
        format!("/DiagnosticReport?patient={patient}&_sort=-date&_count=50"),
        format!("/MedicationRequest?patient={patient}&_count=50"),
        format!("/AllergyIntolerance?patient={patient}&_count=50"),
    ]
}

/// Charts a second by readers who ask one after the other; `ask` is one chart.
async fn closed<F, Fut>(name: &str, seconds: u64, ask: F) -> (f64, Duration)
where
    F: Fn(usize, usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let until = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let readers: Vec<_> = (0..READERS)
        .map(|reader| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < until {
                    let begin = Instant::now();
                    ask(reader, times.len()).await;
                    times.push(begin.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for reader in readers {
        times.extend(reader.await.expect("a reader"));
    }
    times.sort_unstable();
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    let at = |part: f64| times[((times.len() as f64 - 1.0) * part) as usize];
    println!("{name}: {rate:.1} charts/s, p50 {:?}, p99 {:?}", at(0.5), at(0.99));
    (rate, at(0.99))
}

/// Lines of the readers, each with the cookie or token that it goes with.
type Lines = Arc<Vec<tokio::sync::Mutex<(Line, String)>>>;

async fn six(
    name: &str,
    seconds: u64,
    at: String,
    base: String,
    header: String,
    ids: Vec<String>,
) -> (f64, Duration) {
    let lines: Lines = Arc::new(
        (0..READERS).map(|_| tokio::sync::Mutex::new((Line::to(at.clone()), header.clone()))).collect(),
    );
    let (ids, base) = (Arc::new(ids), Arc::new(base));
    closed(name, seconds, move |reader, n| {
        let (lines, ids, base) = (Arc::clone(&lines), Arc::clone(&ids), Arc::clone(&base));
        async move {
            let mut line = lines[reader].lock().await;
            let header = line.1.clone();
            for search in searches(&ids[(reader + n * READERS) % ids.len()]) {
                let answer = line.0.ask("GET", &format!("{base}{search}"), &header, "").await;
                assert_eq!(answer.status, 200, "{search}: {}", String::from_utf8_lossy(&answer.body));
            }
        }
    })
    .await
}

/// Host and port, and path, of an http URL.
fn parts(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("beside=http://HOST:PORT/BASE").trim_end_matches('/');
    rest.split_once('/')
        .map_or((rest.to_owned(), String::new()), |(at, base)| (at.to_owned(), format!("/{base}")))
}

fn main() {
    let wanted = Wanted::read();
    let root = std::env::var("OPOR_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), PathBuf::from);
    let data = root.join(format!("opor-bench-charts-{}", std::process::id()));
    std::fs::create_dir_all(&data).expect("a folder");
    load(&wanted, &data);
    let opened = open(&data, wanted.users.max(READERS));
    // Half of each panel has a deep history, where there are any.
    let begun = Instant::now();
    let all = wanted.people + wanted.deep;
    let panels: Vec<Vec<(PersonId, String)>> = (0..wanted.users.max(READERS))
        .map(|n| {
            (0..PANEL)
                .map(|i| {
                    let number = match (i % 2, wanted.deep) {
                        (0, 1..) => wanted.people + (n * PANEL + i) % wanted.deep,
                        _ => (n * PANEL + i) * 7_919 % all,
                    };
                    let person = who(&opened.record, number);
                    let attest = Attest { person, words: "In the practice since May".into() };
                    opened.record.act(&context(n), attest).expect("on the panel");
                    (person, province::people::test_card_number(1_000_000 + number))
                })
                .collect()
        })
        .collect();
    println!("{} panels of {PANEL} in {:.1} s", panels.len(), begun.elapsed().as_secs_f64());
    let taken = Taken::default();
    opened.runtime.block_on(async {
        let all: Vec<_> = (0..wanted.users)
            .map(|n| {
                let given = (wanted.seconds, panels[n].clone());
                tokio::spawn(user(opened.at, n, wanted.users, given, Arc::clone(&taken)))
            })
            .collect();
        for one in all {
            one.await.expect("a user");
        }
    });
    println!("{} users, a page every {} s each, for {} s:", wanted.users, EACH.as_secs(), wanted.seconds);
    print(&taken);
    opened.runtime.block_on(weights(opened.at, panels[0][0].0));
    beside(&wanted, &opened, &panels);
    opened.store.stop();
    if wanted.keep {
        println!("kept: {}", data.display());
    } else {
        drop(std::fs::remove_dir_all(&data));
    }
}

/// Whole charts of the portal beside the six searches of our own door and of a peer.
fn beside(wanted: &Wanted, opened: &Open, panels: &[Vec<(PersonId, String)>]) {
    let seconds = wanted.seconds.clamp(2, 20);
    let at = opened.at.to_string();
    let people: Arc<Vec<Vec<PersonId>>> =
        Arc::new(panels.iter().map(|panel| panel.iter().map(|(person, _)| *person).collect()).collect());
    let (ours, our_p99) = opened.runtime.block_on(async {
        let mut lines = Vec::new();
        for reader in 0..READERS {
            let mut line = Line::to(at.clone());
            let (cookie, _) = sign_in(&mut line, reader).await;
            lines.push(tokio::sync::Mutex::new((line, format!("Cookie: {cookie}\r\n"))));
        }
        let lines: Lines = Arc::new(lines);
        closed("portal, whole page with access check and audit", seconds, move |reader, n| {
            let (lines, people) = (Arc::clone(&lines), Arc::clone(&people));
            async move {
                let mut line = lines[reader].lock().await;
                let (person, header) = (people[reader][n % PANEL], line.1.clone());
                let answer = line.0.ask("GET", &format!("/person/{person}/results"), &header, "").await;
                assert_eq!(answer.status, 200, "a chart");
            }
        })
        .await
    });
    let token = opened.key.mint(Role::Script, now().plus_minutes(60));
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let ids = |at: String, base: String, header: String| {
        opened.runtime.block_on(async move {
            let mut line = Line::to(at);
            let answer = line.ask("GET", &format!("{base}/Patient?_count=50"), &header, "").await;
            let bundle: serde_json::Value = serde_json::from_slice(&answer.body).expect("a Bundle");
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            let id = |entry: &serde_json::Value| entry["resource"]["id"].as_str().map(str::to_owned);
            entries.iter().filter_map(id).collect::<Vec<String>>()
        })
    };
    let own = ids(at.clone(), "/fhir".into(), bearer.clone());
    let name = "our FHIR door, six searches, audited";
    opened.runtime.block_on(six(name, seconds, at, "/fhir".into(), bearer, own));
    let Some(url) = &wanted.beside else { return };
    let (at, base) = parts(url);
    let header = String::from("Accept: application/fhir+json\r\n");
    let theirs = ids(at.clone(), base.clone(), header.clone());
    assert!(!theirs.is_empty(), "{url} has no Patient: load the kept NDJSON there first");
    let (rate, p99) = opened.runtime.block_on(six(url, seconds, at, base, header, theirs));
    println!(
        "our page against their six searches: {:.1} times the charts a second (goal: 5), p99 {:?} against {:?}",
        ours / rate,
        our_p99,
        p99
    );
}
