//! A test province: the product's binary on a data folder of its own, clinics and senders around it, and the books
//! closed when it ends.
//!
//! Dropping a [`Harness`] fails the test unless everything accepted is filed, kept or held, every delivery is
//! acknowledged, owned or excused (or named by [`Harness::leave_pending`]), the census balances, `opor check` finds the
//! store sound, the number of messages kept agrees with the senders' own count, and the server's log, written at the
//! most talkative level, names no patient that a sender spoke of.
#![expect(clippy::panic, reason = "a harness that cannot do what a test asks of it fails the test")]

use crate::binary::opor_binary;
use crate::canary::Canary;
use crate::http;
use crate::mllp::{Behaviour, Client, Clinic, PATIENCE, field_text, verdict};
use crate::patience::until;
use crate::postgresql;
use crate::server::{self, Said, Server};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// How long everything pending may take to drain: 60 seconds of waiting (HAZARDS 2.4, liveness), doubled for a debug
/// build on a shared machine.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(120);
/// Bytes written ahead of their answers on one connection; what fits into a socket's buffers without waiting.
const AHEAD_BYTES: usize = 48 << 10;
/// The server's log, in the harness's folder.
const LOG: &str = "log.txt";
/// File of the data folder by which the writer is asked to stay at a named point.
pub const HOLD_FILE: &str = "hold-at";
/// What that file is called while it is there.
pub const HELD_FILE: &str = "held";
/// Issuer of the practitioners' numbers in the harness's directory.
pub const PROVIDER_AUTHORITY: &str = "NSMD";

/// The binary, built once for this process.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| opor_binary().unwrap_or_else(|why| panic!("{why}")))
}

/// Where harnesses keep their data: in the target folder, so that what a failed test leaves for a look goes with
/// `cargo clean`.
fn work_folder() -> PathBuf {
    let target = binary().ancestors().nth(2).unwrap_or(Path::new(""));
    target.join("system-tests")
}

/// Runs a command of the product; see [`server::run`].
#[must_use]
pub fn opor(arguments: &[&str]) -> Said {
    server::run(binary(), arguments).unwrap_or_else(|why| panic!("{why}"))
}

/// Starts a practice copy and waits until it listens; its log goes to `log`.
///
/// # Panics
/// With the reason, when it does not start.
#[must_use]
pub fn practice(arguments: &[&str], log: &Path) -> Server {
    let arguments = [&["practice"], arguments].concat();
    Server::start_as(binary(), &arguments, log, None, server::TALKATIVE).unwrap_or_else(|why| panic!("{why}"))
}

/// What the census counts, flat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of DESIGN.md section 8")]
pub struct Books {
    pub balanced: bool,
    pub received: u64,
    pub refused: u64,
    pub accepted: u64,
    pub pending: u64,
    pub filed: u64,
    pub kept: u64,
    pub held: u64,
    pub due: u64,
    pub acknowledged: u64,
    pub to_deliver: u64,
    pub owned: u64,
    pub excused: u64,
}

impl Books {
    /// From the census as JSON.
    #[must_use]
    pub fn of(census: &Value) -> Self {
        let messages = |name: &str| census["messages"][name].as_u64().unwrap_or(u64::MAX);
        let deliveries = |name: &str| census["deliveries"][name].as_u64().unwrap_or(u64::MAX);
        Self {
            balanced: census["balanced"] == true,
            received: messages("received"),
            refused: messages("refused"),
            accepted: messages("accepted"),
            pending: messages("pending"),
            filed: messages("filed"),
            kept: messages("kept"),
            held: messages("held"),
            due: deliveries("due"),
            acknowledged: deliveries("acknowledged"),
            to_deliver: deliveries("pending"),
            owned: deliveries("owned"),
            excused: deliveries("excused"),
        }
    }
}

/// What the senders of a harness know: messages offered and accepted, each counted once however often it was sent.
#[derive(Debug, Default)]
struct Tally {
    offered: HashSet<Vec<u8>>,
    accepted: HashSet<Vec<u8>>,
    canary: Canary,
}

type Shared = Arc<Mutex<Tally>>;

fn locked(tally: &Shared) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sending system: one connection whose messages are counted.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    door: String,
    tally: Shared,
}

impl Sender {
    fn key(&self, message: &[u8]) -> Vec<u8> {
        [self.door.as_bytes(), b"\0", message].concat()
    }

    /// Writes one message without waiting for its answer.
    ///
    /// # Errors
    /// Whatever the socket says; the message counts as offered all the same.
    pub fn offer(&mut self, message: &[u8]) -> io::Result<()> {
        {
            let mut tally = locked(&self.tally);
            tally.canary.hear(message);
            tally.offered.insert(self.key(message));
        }
        self.client.write(&crate::mllp::frame(message))
    }

    /// The answer to `message`, which was offered before; the oldest unanswered one.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn answer_to(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let answer = self.client.answer()?;
        let answer =
            answer.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the answer"))?;
        if matches!(verdict(&answer).0.as_str(), "AA" | "CA") {
            locked(&self.tally).accepted.insert(self.key(message));
        }
        Ok(answer)
    }

    /// Sends one message and reads its answer.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn send(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        self.offer(message)?;
        self.answer_to(message)
    }

    /// Sends all, some ahead of their answers; the answers in order.
    ///
    /// # Panics
    /// When one is not answered.
    #[must_use]
    pub fn send_all(&mut self, messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut answers = Vec::with_capacity(messages.len());
        let (mut next, mut ahead) = (0, 0);
        while answers.len() < messages.len() {
            while next < messages.len()
                && (next == answers.len() || ahead + messages[next].len() <= AHEAD_BYTES)
            {
                ahead += messages[next].len();
                self.offer(&messages[next]).unwrap_or_else(|error| panic!("message {next}: {error}"));
                next += 1;
            }
            let message = &messages[answers.len()];
            ahead -= message.len();
            let answer = self.answer_to(message);
            let which = || field_text(message, "MSH", 10);
            answers.push(answer.unwrap_or_else(|error| panic!("no answer to {}: {error}", which())));
        }
        answers
    }

    /// Sends all and asserts that each is accepted.
    ///
    /// # Panics
    /// When one is not.
    pub fn accepted(&mut self, messages: &[Vec<u8>]) {
        for answer in self.send_all(messages) {
            assert!(
                matches!(verdict(&answer).0.as_str(), "AA" | "CA"),
                "{}",
                String::from_utf8_lossy(&answer)
            );
        }
    }

    /// The connection itself, for what is no message.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// What a harness is made of.
pub struct Setup {
    name: &'static str,
    clinics: Vec<(&'static str, Clinic)>,
    absent: Vec<(&'static str, SocketAddr)>,
    links: Vec<String>,
    answer_seconds: u64,
    descriptors: Option<u64>,
    data: Option<PathBuf>,
    directory: Option<String>,
    drain_limit: Duration,
    settings: String,
    talk: &'static str,
}

impl Setup {
    /// A product without clinics; `name` becomes part of its folder.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            clinics: Vec::new(),
            absent: Vec::new(),
            links: Vec::new(),
            answer_seconds: 30,
            descriptors: None,
            data: None,
            directory: None,
            drain_limit: DRAIN_LIMIT,
            settings: String::new(),
            talk: server::TALKATIVE,
        }
    }

    /// A log of warnings only, for a long run; what names patients in the rest of it is not looked for then.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.talk = server::QUIET;
        self
    }

    /// A further line of the settings file, such as `seeded_defects = ["…"]`.
    #[must_use]
    pub fn setting(mut self, line: &str) -> Self {
        self.settings.push_str(line);
        self.settings.push('\n');
        self
    }

    /// A clinic with one practitioner whose reports go to its system, which behaves by `script`.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn clinic(
        mut self,
        name: &'static str,
        script: impl Fn(usize, &[u8]) -> Behaviour + Send + 'static,
    ) -> Self {
        let clinic = Clinic::start(script).unwrap_or_else(|error| panic!("clinic {name}: {error}"));
        self.clinics.push((name, clinic));
        self
    }

    /// A clinic whose system nobody has switched on.
    #[must_use]
    pub fn absent_clinic(mut self, name: &'static str) -> Self {
        self.absent.push((name, free_address()));
        self
    }

    /// A sender with a listener of its own.
    #[must_use]
    pub fn link(mut self, name: impl Into<String>) -> Self {
        self.links.push(name.into());
        self
    }

    /// Seconds the product waits for a clinic's answer (30 unless given).
    #[must_use]
    pub fn answer_seconds(mut self, seconds: u64) -> Self {
        self.answer_seconds = seconds;
        self
    }

    /// Open files the product may have.
    #[must_use]
    pub fn descriptors(mut self, count: u64) -> Self {
        self.descriptors = Some(count);
        self
    }

    /// An existing folder to keep the data in, such as a file system of its own.
    #[must_use]
    pub fn data(mut self, folder: PathBuf) -> Self {
        self.data = Some(folder);
        self
    }

    /// A provider directory instead of the one made of the clinics.
    #[must_use]
    pub fn directory(mut self, text: String) -> Self {
        self.directory = Some(text);
        self
    }

    /// How long everything pending may take to drain, [`DRAIN_LIMIT`] unless given.
    #[must_use]
    pub fn drain_limit(mut self, limit: Duration) -> Self {
        self.drain_limit = limit;
        self
    }

    /// Writes the settings and starts the product.
    ///
    /// # Panics
    /// With the reason, when it does not start.
    #[must_use]
    pub fn start(self) -> Harness {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = work_folder().join(format!("{}-{count}-{}", std::process::id(), self.name));
        let data = self.data.unwrap_or_else(|| folder.join("data"));
        let made = std::fs::create_dir_all(&folder).and_then(|()| std::fs::create_dir_all(&data));
        made.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let links: Vec<(String, SocketAddr)> =
            self.links.into_iter().map(|name| (name, free_address())).collect();
        let mut config = format!(
            "data = \"{}\"\nhttp = \"127.0.0.1:0\"\nmllp = \"127.0.0.1:0\"\ndemo = true\nanswer_seconds = {}\n",
            data.display(),
            self.answer_seconds
        );
        config.push_str(&self.settings);
        if let Some(socket) = suite_server().filter(|_| !self.settings.contains("store =")) {
            let name = format!("{}-{count}-{}", std::process::id(), self.name);
            postgresql::make(&socket, &name, "template0").unwrap_or_else(|why| panic!("{why}"));
            let _ = writeln!(config, "store = {:?}", postgresql::url(&socket, &name));
        }
        for (name, address) in &links {
            let _ = write!(config, "\n[[link]]\nname = \"{name}\"\nlisten = \"{address}\"\n");
        }
        let served = self.clinics.iter().map(|(name, clinic)| (*name, clinic.address()));
        let seats: Vec<(&str, SocketAddr)> = served.chain(self.absent.iter().copied()).collect();
        let directory = self.directory.unwrap_or_else(|| directory(&seats));
        let written = std::fs::write(folder.join("opor.toml"), config)
            .and_then(|()| std::fs::write(data.join("directory.toml"), directory));
        written.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut harness = Harness {
            folder,
            data,
            links,
            seats: seats.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect(),
            clinics: self.clinics,
            descriptors: self.descriptors,
            server: None,
            token: OnceLock::new(),
            tally: Shared::default(),
            pending_allowed: 0,
            drain_limit: self.drain_limit,
            others_send: false,
            talk: self.talk,
        };
        harness.restart();
        harness
    }
}

/// The folder of a PostgreSQL's socket, when the whole suite is built to run on it (user opor, trusted, a superuser).
fn suite_server() -> Option<PathBuf> {
    option_env!("OPOR_SYSTEM_POSTGRESQL").map(PathBuf::from)
}

/// One place, one endpoint, one practitioner for each clinic; see [`Harness::provider`].
fn directory(seats: &[(&str, SocketAddr)]) -> String {
    let mut text = String::new();
    for (n, (name, address)) in seats.iter().enumerate() {
        let _ = write!(
            text,
            "[[place]]\nid = \"{name}\"\nname = \"{name}\"\nkind = \"clinic\"\n\n\
             [[endpoint]]\nid = \"{name}-emr\"\nplace = \"{name}\"\nkind = \"mllp\"\naddress = \"{address}\"\n\n\
             [[practitioner]]\nid = \"p-{name}\"\nfamily = \"{name}\"\ngiven = \"Ana\"\n\
             numbers = [ {{ authority = \"{PROVIDER_AUTHORITY}\", value = \"{}\" }} ]\n\n\
             [[role]]\npractitioner = \"p-{name}\"\nplace = \"{name}\"\nrole = \"family-physician\"\n\
             endpoint = \"{name}-emr\"\nprimary = true\nfrom = \"2000-01-01\"\n\n",
            7000 + n
        );
    }
    text
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.unwrap_or_else(|error| panic!("no free port: {error}"))
}

/// A running product with clinics and senders around it.
pub struct Harness {
    folder: PathBuf,
    data: PathBuf,
    links: Vec<(String, SocketAddr)>,
    seats: Vec<(String, SocketAddr)>,
    clinics: Vec<(&'static str, Clinic)>,
    descriptors: Option<u64>,
    server: Option<Server>,
    token: OnceLock<String>,
    tally: Shared,
    pending_allowed: u64,
    drain_limit: Duration,
    others_send: bool,
    talk: &'static str,
}

impl Harness {
    /// The running server.
    ///
    /// # Panics
    /// When it was stopped.
    #[must_use]
    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap_or_else(|| panic!("the server was stopped"))
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        self.server.as_mut().is_some_and(Server::is_alive)
    }

    /// A folder for the test's own files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The data folder as text.
    #[must_use]
    pub fn data(&self) -> String {
        self.data.display().to_string()
    }

    /// A clinic by name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn clinic(&self, name: &str) -> &Clinic {
        let found = self.clinics.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| panic!("no clinic {name}"), |(_, clinic)| clinic)
    }

    /// The address of a clinic's endpoint, whether or not somebody listens there.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> SocketAddr {
        let found = self.seats.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no clinic {name}"), |(_, address)| *address)
    }

    /// The practitioner of a clinic as XCN (HL7 v2.5.1 2.A.88).
    ///
    /// # Panics
    /// When there is no such clinic.
    #[must_use]
    pub fn provider(&self, clinic: &str) -> String {
        let place = self.seats.iter().position(|(known, _)| known == clinic);
        let number = 7000 + place.unwrap_or_else(|| panic!("no clinic {clinic}"));
        format!("{number}^{clinic}^Ana^^^^^^{PROVIDER_AUTHORITY}")
    }

    /// A connection to the common listener, where each sender is a link of its own.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.connect("", self.server().mllp)
    }

    /// A connection to a link's own listener.
    ///
    /// # Panics
    /// When it cannot be made, or there is no such link.
    #[must_use]
    pub fn sender_of(&self, link: &str) -> Sender {
        let found = self.links.iter().find(|(known, _)| known == link);
        let (name, address) = found.unwrap_or_else(|| panic!("no link {link}"));
        self.connect(name, *address)
    }

    fn connect(&self, door: &str, address: SocketAddr) -> Sender {
        let client = Client::connect(address).unwrap_or_else(|error| panic!("{door} {address}: {error}"));
        Sender { client, door: door.to_owned(), tally: Arc::clone(&self.tally) }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
        self.let_go();
    }

    /// Pauses the whole process (SIGSTOP) or lets it go on (SIGCONT).
    ///
    /// # Panics
    /// When there is no process to signal.
    pub fn signal(&self, name: &str) {
        self.server().signal(name).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Asks the writer to stay at the `times`-th passing of a point from now on: `append` and `settle` before one is
    /// written, `before-keeping` and `after-keeping` the commit of a group with messages, `before-filing` and
    /// `after-filing` that of one without. The settings must have `fail_points = true`.
    ///
    /// # Panics
    /// When the data folder cannot be written.
    pub fn hold_at(&self, point: &str, times: usize) {
        let asked = self.data.join(HOLD_FILE);
        // Whole before it has its name.
        let written = std::fs::write(asked.with_extension("new"), format!("{point} {times}"))
            .and_then(|()| std::fs::rename(asked.with_extension("new"), &asked));
        written.unwrap_or_else(|error| panic!("{}: {error}", asked.display()));
    }

    /// Whether the writer stays where it was asked to.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.data.join(HELD_FILE).exists()
    }

    /// Lets the writer go on, and takes back what it was asked.
    pub fn let_go(&self) {
        for name in [HOLD_FILE, HELD_FILE] {
            // There is none unless somebody asked.
            let _ = std::fs::remove_file(self.data.join(name));
        }
    }

    /// Stops it politely.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().unwrap_or_else(|why| panic!("{why}"));
        }
    }

    /// Starts it again; its ports are others than before, those of the links the same.
    ///
    /// # Panics
    /// With the reason, when it does not start.
    pub fn restart(&mut self) {
        self.kill();
        let (config, log) = (self.folder.join("opor.toml"), self.folder.join(LOG));
        let server = Server::start_talking(binary(), &config, &log, self.descriptors, self.talk);
        self.server = Some(server.unwrap_or_else(|why| panic!("{why}")));
    }

    /// Takes the seeded defects out of the settings, as a repaired program would be started.
    ///
    /// # Panics
    /// When the settings cannot be written.
    pub fn repair(&mut self) {
        let path = self.folder.join("opor.toml");
        let repaired = std::fs::read_to_string(&path).map(|text| {
            let lines = text.lines().filter(|line| !line.starts_with("seeded_defects"));
            lines.collect::<Vec<_>>().join("\n")
        });
        let written = repaired.and_then(|text| std::fs::write(&path, text + "\n"));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The census of the running server.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn census(&self) -> Value {
        self.server().census().unwrap_or_else(|why| panic!("{why}; the log ends:\n{}", self.server().log()))
    }

    /// The same, flat.
    #[must_use]
    pub fn books(&self) -> Books {
        Books::of(&self.census())
    }

    /// Waits until everything accepted has been interpreted; the books then.
    ///
    /// # Panics
    /// When that takes longer than the drain limit.
    #[must_use]
    pub fn interpreted(&self) -> Books {
        let drained = until(self.drain_limit, || self.books().pending == 0);
        assert!(drained, "messages stay pending: {:?}\n{}", self.books(), self.server().log());
        self.books()
    }

    /// Waits until nothing is under way but what [`Harness::leave_pending`] names; the books then.
    ///
    /// # Panics
    /// When that takes longer than the drain limit.
    #[must_use]
    pub fn drained(&self) -> Books {
        let done = |books: Books| books.pending == 0 && books.to_deliver <= self.pending_allowed;
        assert!(
            until(self.drain_limit, || done(self.books())),
            "not drained: {:?}\n{}",
            self.books(),
            self.server().log()
        );
        self.books()
    }

    /// Others send too, such as `opor send`: what is kept may be more than the harness's own senders know of.
    pub fn others_send(&mut self) {
        self.others_send = true;
    }

    /// So many deliveries stay pending at the end, as the test has shown with their clock.
    pub fn leave_pending(&mut self, deliveries: u64) {
        self.pending_allowed = deliveries;
    }

    /// A FHIR read or search under `/fhir/`, as a script: status and body.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn fhir(&self, path: &str) -> (u16, Value) {
        let token = self.token.get_or_init(|| {
            let said = opor(&["token", "--data", &self.data(), "--role", "script"]);
            assert_eq!(said.code, 0, "{}", said.err);
            said.out.trim().to_owned()
        });
        let header = format!("Authorization: Bearer {token}");
        let response = http::get(self.server().http, &format!("/fhir/{path}"), &[header]);
        let response = response.unwrap_or_else(|error| panic!("/fhir/{path}: {error}"));
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        (response.status, body)
    }

    /// The resources a FHIR search finds, all pages.
    ///
    /// # Panics
    /// When the search is refused.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut next = Some(query.to_owned());
        while let Some(path) = next {
            let (status, bundle) = self.fhir(&path);
            assert_eq!(status, 200, "{path}: {bundle}");
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            found.extend(entries.into_iter().map(|entry| entry["resource"].clone()));
            let links = bundle["link"].as_array().cloned().unwrap_or_default();
            next = links
                .iter()
                .find(|link| link["relation"] == "next")
                .and_then(|link| Some(link["url"].as_str()?.split("/fhir/").nth(1)?.to_owned()));
        }
        found
    }

    /// What a person reads on a page of the portal: its text, without markup.
    ///
    /// # Panics
    /// As [`Harness::html`].
    #[must_use]
    pub fn page(&self, persona: &str, path: &str) -> String {
        text_of(&self.html(persona, path))
    }

    /// The delivery desk as its clerk reads it: the list, then each line opened.
    ///
    /// # Panics
    /// As [`Harness::html`].
    #[must_use]
    pub fn desk(&self) -> String {
        let list = self.html("marram", "/desk");
        let mut text = text_of(&list);
        let lines = list.split("href=\"").filter_map(|rest| rest.split('"').next());
        for line in lines.filter(|line| line.contains("pick=")) {
            text.push_str(" | ");
            text.push_str(&self.page("marram", &line.replace("&amp;", "&")));
        }
        text
    }

    /// A page of the portal as it comes, for somebody who has signed in for it.
    ///
    /// # Panics
    /// When they cannot sign in or the page is not shown.
    #[must_use]
    pub fn html(&self, persona: &str, path: &str) -> String {
        let at = self.server().http;
        let kind = "Content-Type: application/x-www-form-urlencoded".to_owned();
        let response = http::post(at, "/sign-in", &[kind], format!("persona={persona}").as_bytes());
        let response = response.unwrap_or_else(|error| panic!("/sign-in: {error}"));
        let cookie = response.header("set-cookie").and_then(|text| text.split(';').next());
        let cookie = cookie.unwrap_or_else(|| panic!("{persona} cannot sign in: {}", response.text()));
        let response = http::get(at, path, &[format!("Cookie: {cookie}")]);
        let response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.text()
    }

    /// Closes the books; see the head of this file.
    fn close(&mut self) {
        if self.server.is_some() {
            let _ = self.drained();
            self.stop();
        }
        let data = self.data();
        let said = opor(&["census", "--data", &data, "--json"]);
        let census: Value = serde_json::from_str(&said.out).unwrap_or(Value::Null);
        let books = Books::of(&census);
        assert!(said.code == 0 && books.balanced, "the books do not balance: {census}\n{}", said.err);
        assert_eq!(books.pending, 0, "accepted and nothing followed: {census}");
        assert!(books.to_deliver <= self.pending_allowed, "deliveries nobody waits for: {census}");
        {
            let tally = locked(&self.tally);
            let (least, most) = (tally.accepted.len() as u64, tally.offered.len() as u64);
            assert!(
                books.accepted >= least && (books.accepted <= most || self.others_send),
                "the senders had {least} of {most} messages accepted, the census says {}",
                books.accepted
            );
        }
        let log = std::fs::read(self.folder.join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let named = locked(&self.tally).canary.found(&log);
        assert!(named.is_empty(), "the log names patients (docs/logging.md): {named:#?}");
        let said = opor(&["check", "--data", &data]);
        assert_eq!(said.code, 0, "opor check: {}{}", said.out, said.err);
        // What is left behind in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The text of an HTML page, blanks joined.
fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut inside = false;
    for char in html.chars() {
        match char {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            other if !inside => text.push(other),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Drop for Harness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            if let Some(server) = &self.server {
                eprintln!("the server's log ends:\n{}", server.log());
            }
            eprintln!("kept for a look: {}", self.folder.display());
        } else {
            self.close();
        }
    }
}

/// Waits until `count` messages have come to a clinic.
///
/// # Panics
/// When they have not after [`DRAIN_LIMIT`].
pub fn wait_for(clinic: &Clinic, count: usize) {
    let came = clinic.wait_for(count, DRAIN_LIMIT.max(PATIENCE));
    assert!(came, "{} of {count} messages came", clinic.received().len());
}
