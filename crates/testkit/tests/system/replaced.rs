//! A writer that is paused, replaced by the process that stands by, and wakes (HAZARDS D11, H59): two real processes on one
//! PostgreSQL. The old one is held at a named point of its commit, so that what it does when it wakes is known.

use crate::messages::{Person, Result, mark};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use testkit::binary::opor_binary;
use testkit::folder::Folder;
use testkit::harness::{DRAIN_LIMIT, HELD_FILE, HOLD_FILE};
use testkit::http;
use testkit::mllp::{Client, frame, verdict};
use testkit::patience::until;
use testkit::postgresql::{Postgresql, make, url};
use testkit::server::Server;

/// Senders on the old process, each with one message under way when it is paused.
const SENDERS: usize = 8;

/// Where the old writer is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Everything is written and nothing committed: when it wakes, nothing of it may be kept.
    BeforeCommit,
    /// Committed, nobody answered: what it says when it wakes is true.
    AfterCommit,
}

fn free() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.expect("a free port")
}

fn message(facility: &str, number: usize, round: &str) -> Vec<u8> {
    let person = Person::new(facility, 6_000 + number);
    Result::new(facility, &person, format!("{facility}-{number:02}-{round}"), String::new()).bytes()
}

fn answer_of(line: &mut Client) -> Option<String> {
    line.answer().ok().flatten().map(|answer| verdict(&answer).0)
}

/// Two processes on one record, each with its settings in a folder that goes with it.
struct Pair<'p> {
    folder: Folder,
    database: &'p Postgresql,
    name: String,
}

impl Pair<'_> {
    /// Settings of one of the two, in a file.
    fn settings(&self, which: &str, operations: SocketAddr, more: &str) -> PathBuf {
        let path = self.folder.join(format!("{which}.toml"));
        let text = format!(
            "data = {:?}\nstore = {:?}\nhttp = \"{}\"\nmllp = \"127.0.0.1:0\"\ndemo = true\nstandby = true\n\
             operations = \"{operations}\"\n{more}",
            self.data().display().to_string(),
            url(self.database.folder(), &self.name),
            free()
        );
        std::fs::write(&path, text).expect("settings");
        path
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Pair<'_> {
    fn drop(&mut self) {
        for log in ["first.txt", "second.txt"].iter().filter(|_| std::thread::panicking()) {
            let said = std::fs::read_to_string(self.folder.join(log)).unwrap_or_default();
            eprintln!("{log}:\n{said}");
        }
    }
}

fn start(binary: &Path, config: &Path) -> Server {
    Server::start(binary, config, &config.with_extension("txt"), None).expect("opor starts")
}

/// One round, on a database of its own.
pub(crate) fn replaced(database: &Postgresql, at: At, round: u64) {
    let name = format!("replaced-{round}-{at:?}").to_lowercase();
    make(database.folder(), &name, "template0").expect("a database");
    let folder = Folder::new(&name);
    let pair = Pair { folder, database, name };
    std::fs::create_dir_all(pair.data()).expect("a folder");
    let binary = opor_binary().expect("the binary");
    let (first, second) =
        (pair.settings("first", free(), "fail_points = true\n"), pair.settings("second", free(), ""));
    let mut old = start(&binary, &first);
    let before: Vec<Vec<u8>> = (0..SENDERS).map(|n| message("HRH", n, "before")).collect();
    let mut lines: Vec<Client> = (0..SENDERS).map(|_| Client::connect(old.mllp).expect("a line")).collect();
    for (line, bytes) in lines.iter_mut().zip(&before) {
        assert_eq!(verdict(&line.send(bytes).expect("an answer")).0, "AA");
    }
    let filed = || old.census().is_ok_and(|census| census["messages"]["pending"] == 0);
    assert!(until(DRAIN_LIMIT, filed), "{}", old.log());

    // The others wait behind the one in the writer's hand.
    let point = if at == At::BeforeCommit { "before-keeping" } else { "after-keeping" };
    let (asked, held) = (pair.data().join(HOLD_FILE), pair.data().join(HELD_FILE));
    std::fs::write(&asked, format!("{point} 1")).expect("asked");
    let during: Vec<Vec<u8>> = (0..SENDERS).map(|n| message("HRH", n, "during")).collect();
    lines[0].write(&frame(&during[0])).expect("written");
    assert!(until(DRAIN_LIMIT, || held.exists()), "{}", old.log());
    for (line, bytes) in lines.iter_mut().zip(&during).skip(1) {
        line.write(&frame(bytes)).expect("written");
    }
    old.signal("STOP").expect("paused");

    // The one that stands by finds the old one silent, ends its session and writes; half of the senders go there.
    let new = start(&binary, &second);
    let mut again = Client::connect(new.mllp).expect("a line");
    for bytes in during.iter().skip(SENDERS / 2) {
        assert_eq!(verdict(&again.send(bytes).expect("an answer")).0, "AA");
    }
    let own = message("HRH", SENDERS, "own");
    assert_eq!(verdict(&again.send(&own).expect("an answer")).0, "AA");
    let kept = || new.census().map_or(0, |census| census["messages"]["accepted"].as_u64().unwrap_or(0));
    let committed = u64::from(at == At::AfterCommit);
    let expected = (SENDERS + SENDERS / 2 + 1) as u64 + committed;
    assert_eq!(kept(), expected, "what was not committed is nobody's");

    // It wakes: it must not say that it has what it has not, and must not write any more.
    std::fs::remove_file(&held).expect("let go");
    old.signal("CONT").expect("woken");
    let answers: Vec<Option<String>> = lines.iter_mut().map(answer_of).collect();
    println!("{at:?}: the old writer woke and said {answers:?}");
    for (n, answer) in answers.iter().enumerate() {
        let is_true = n == 0 && at == At::AfterCommit;
        assert!(is_true || answer.as_deref() != Some("AA"), "{n}: {answers:?}\n{}", old.log());
    }
    assert!(until(DRAIN_LIMIT, || !old.is_alive()), "it must be started again: {}", old.log());
    assert_eq!(kept(), expected, "the old one wrote when it woke");

    // Whoever was told nothing sends again, to the one that writes, and everything is there once.
    for bytes in &during {
        assert_eq!(verdict(&again.send(bytes).expect("an answer")).0, "AA", "{}", mark(bytes));
    }
    assert_eq!(kept(), (2 * SENDERS + 1) as u64);
    let filed =
        || new.census().is_ok_and(|census| census["balanced"] == true && census["messages"]["pending"] == 0);
    assert!(until(DRAIN_LIMIT, filed), "{}", new.log());
    let ready = http::get(new.operations.expect("a door"), "/readyz", &[]).expect("an answer");
    assert_eq!(ready.status, 200, "{}", ready.text());
    new.stop().expect("stops");
}
