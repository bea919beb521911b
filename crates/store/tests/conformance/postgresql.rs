//! The same suite on PostgreSQL: one test starts a server of the system, and runs this whole binary again against it.

use crate::server::{Postgresql, ask, make, url};
use std::path::{Path, PathBuf};
use std::process::Command;
use store::*;

/// Tells the second run where the server is.
const SERVER: &str = "OPOR_TEST_POSTGRESQL";
/// The database that those of the tests are copies of.
const TEMPLATE: &str = "opor_template";
/// What only a file has; everything else holds on both.
const OF_A_FILE: &[&str] = &[
    // Compares sqlite_schema; `the_migrations_make_the_same_schema_on_postgresql` is its counterpart.
    "opening::the_whole_schema_is_what_the_migrations_make",
    "opening::a_newer_schema_and_a_changed_migration_are_refused",
    "opening::a_folder_without_a_record_is_named",
    "opening::stopping_leaves_one_file_and_starting_again_reads_it",
    "opening::records_are_the_same_after_their_rows_are_laid_out_anew",
    // A limit on the pages of a file; and its log.
    "failures::d04_a_full_disk_refuses_and_recovers_by_itself",
    "failures::checkpoints_bring_the_log_into_the_database_while_it_is_written",
    // Asks SQLite for its plan.
    "books::what_was_refused_is_found_by_its_own_index",
    // Reads the files of the data folder for what was destroyed.
    "activity::l11_destroyed_content_is_in_no_file_and_the_log_still_verifies",
    // 64,000 changes; the sixteen threads beside it race here too.
    "acts::d12_of_sixty_four_threads_that_create_on_one_condition_one_wins_in_each_of_a_thousand_rounds",
    // No database is in it.
    "activity::d05_no_tampering_goes_unfound",
    // They are the first run, or have a server of their own.
    "postgresql::one_process_writes_and_another_reads_and_takes_over",
    "postgresql::who_is_at_the_other_end_is_proved_on_both_sides",
    "backup::a_record_moves_to_postgresql_and_back_and_adds_up_to_the_same",
    "backup::a_copy_goes_on_with_the_same_record_only",
    "backup::nobody_takes_over_a_record_that_is_moved",
    "postgresql::the_same_suite_holds_on_postgresql",
    "postgresql::the_migrations_make_the_same_schema_on_postgresql",
];

/// A database of the second run, for one test.
pub(crate) struct Database {
    folder: PathBuf,
    name: String,
}

impl Database {
    /// One more, when this is the second run.
    pub(crate) fn of_suite(name: &str) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the first run tells the second where its server is")]
        let folder = PathBuf::from(std::env::var_os(SERVER)?);
        let database = Self::made(&folder, name, TEMPLATE);
        Some(database)
    }
    pub(crate) fn made(folder: &Path, name: &str, template: &str) -> Self {
        make(folder, name, template).unwrap();
        Self { folder: folder.to_owned(), name: name.to_owned() }
    }
    pub(crate) fn url(&self) -> String {
        url(&self.folder, &self.name)
    }
    /// Runs a statement of a test, written for SQLite.
    pub(crate) fn run(&self, sql: &str) -> String {
        ask(&self.folder, &self.name, &sql.replace("x''", "''::bytea")).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A store that a test has not closed does not keep it.
        let sql = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        let _ = ask(&self.folder, "postgres", &sql);
    }
}

fn settings() -> Settings {
    crate::harness::settings()
}

#[test]
fn the_same_suite_holds_on_postgresql() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    let template = Database::made(server.folder(), TEMPLATE, "template0");
    Store::open_server(&template.url(), settings()).unwrap().stop();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.env(SERVER, server.folder()).args(["--test-threads=2", "--exact"]);
    for name in OF_A_FILE {
        again.args(["--skip", name]);
    }
    let output = again.output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", words.lines().rfind(|line| line.starts_with("test result")).unwrap_or_default());
}

/// Columns, keys and indexes as PostgreSQL describes them.
const DESCRIPTION: &str = "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default \
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2; \
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";

#[test]
fn the_migrations_make_the_same_schema_on_postgresql() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    let whole = Database::made(server.folder(), "whole", "template0");
    Store::open_server(&whole.url(), settings()).unwrap().stop();
    // As if an old version had made it: its migrations are there, and the others follow at the next start.
    const OLD: i64 = 10;
    let grown = Database::made(server.folder(), "grown", "template0");
    grown.run("CREATE TABLE schema_migration (number bigint PRIMARY KEY, checksum bytea NOT NULL)");
    for number in 1..=OLD {
        grown.run(&migration_for_server(number).unwrap());
    }
    let applied = "SELECT number, encode(checksum, 'hex') FROM schema_migration ORDER BY number";
    for line in whole.run(applied).lines().take(usize::try_from(OLD).unwrap()) {
        let (number, checksum) = line.split_once('|').unwrap();
        grown.run(&format!("INSERT INTO schema_migration VALUES ({number}, '\\x{checksum}')"));
    }
    Store::open_server(&grown.url(), settings()).unwrap().stop();
    assert_eq!(whole.run(DESCRIPTION), grown.run(DESCRIPTION));

    grown.run("UPDATE schema_migration SET checksum = '\\x00' WHERE number = 2");
    let changed = Store::open_server(&grown.url(), settings());
    assert!(matches!(changed, Err(OpenProblem::ChangedMigration { number: 2 })), "{changed:?}");
    whole.run("INSERT INTO schema_migration VALUES (999, '\\x00')");
    assert!(matches!(
        Store::open_server(&whole.url(), settings()),
        Err(OpenProblem::Newer { found: 999, .. })
    ));
}

/// A certificate for 127.0.0.1 with its key, and the authority that issued it, all PEM.
fn certificate() -> (String, String, String) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let own = rcgen::KeyPair::generate().unwrap();
    let issued = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    (issued.signed_by(&own, &issuer).unwrap().pem(), own.serialize_pem(), authority)
}

#[test]
fn who_is_at_the_other_end_is_proved_on_both_sides() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (shown, key, authority) = certificate();
    let Some(server) = Postgresql::start_with_tls(port, &shown, &key).unwrap() else { return };
    let folder = crate::harness::Folder::new();
    let (ours, other) = (folder.path().join("ours.pem"), folder.path().join("other.pem"));
    std::fs::write(&ours, authority).unwrap();
    std::fs::write(&other, certificate().2).unwrap();
    let ask = |sql: &str| {
        crate::server::ask_at(server.folder(), port, "postgres", sql).unwrap();
    };
    ask("CREATE ROLE app LOGIN PASSWORD 'a/b @c'");
    ask("SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'plain'");
    ask("CREATE DATABASE record OWNER app ENCODING 'UTF8' TEMPLATE template0");
    ask("CREATE DATABASE former OWNER old ENCODING 'UTF8' TEMPLATE template0");
    let tls = |who: &str, host: &str, roots: &Path| {
        format!("postgres://{who}@{host}:{port}/record?sslmode=verify-full&sslrootcert={}", roots.display())
    };
    let opened = |url: &str| Store::open_server(url, settings()).map(|store| store.stop());
    opened(&tls("app:a%2Fb%20%40c", "127.0.0.1", &ours)).unwrap();
    opened(&format!("postgres://old:plain@127.0.0.1:{port}/former")).unwrap();
    for (url, words) in [
        (tls("app:a%2Fb%20%40c", "127.0.0.1", &other), "certificate"),
        (tls("app:a%2Fb%20%40c", "localhost", &ours), "certificate"),
        (tls("app:guessed", "127.0.0.1", &ours), "password authentication failed"),
        (format!("postgres://old:guessed@127.0.0.1:{port}/former"), "password authentication failed"),
    ] {
        let refused = opened(&url).expect_err(&url).to_string();
        assert!(refused.contains(words) && !refused.contains("a/b"), "{url}: {refused}");
    }
}

#[test]
fn one_process_writes_and_another_reads_and_takes_over() {
    use crate::harness::{audit, done, keep, link, oru};
    let Some(server) = Postgresql::start().unwrap() else { return };
    let database = Database::made(server.folder(), "beside", "template0");
    let first = Store::open_server_beside(&database.url(), settings()).unwrap();
    assert!(!first.is_standing_by());
    let lab = link(&first, "LAB");
    keep(&first, oru(lab, "1", "PID|1"));
    let second = Store::open_server_beside(&database.url(), settings()).unwrap();
    assert!(second.is_standing_by());
    assert_eq!(second.view().unwrap().open_messages(0, 10).unwrap().len(), 1);
    assert_eq!(second.append_blocking(oru(lab, "2", "PID|1")), Err(TryAgain::StandingBy));
    assert_eq!(
        second.settle_blocking(Changes::default()),
        Settled::TryAgain(TryAgain::StandingBy),
        "a write is refused at once"
    );
    // Who looked is kept, and the one that writes puts it into the log, once.
    assert_eq!(second.note_blocking(vec![audit("read", None), audit("read", None)]), Settled::Done);
    let looked = first.view().unwrap().looked_beside(9).unwrap();
    assert_eq!((looked.len(), &looked[0].1), (2, &audit("read", None)));
    let (ids, rows): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    let changes = Changes { audit: rows, looked_beside: ids, ..Changes::default() };
    done(&first, changes.clone());
    assert!(matches!(first.settle_blocking(changes), Settled::Malformed(_)), "not twice");
    let view = first.view().unwrap();
    assert_eq!((view.looked_beside(9).unwrap().len(), view.audit_tail(9).unwrap().len()), (0, 2));
    drop(view);
    first.stop();
    let taken = || !second.is_standing_by();
    assert!(crate::patience::until(std::time::Duration::from_secs(30), taken), "nobody took over");
    keep(&second, oru(lab, "2", "PID|1"));
    assert_eq!(second.view().unwrap().open_messages(0, 10).unwrap().len(), 2);
    assert_eq!(second.view().unwrap().log_size().unwrap(), 2);
}
