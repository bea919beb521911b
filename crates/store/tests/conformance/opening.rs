use crate::harness::*;
use store::*;

fn schema_of(conn: &rusqlite::Connection) -> Vec<(String, String, String)> {
    let mut statement =
        conn.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name").unwrap();
    let rows = statement
        .query_map([], |row| {
            let sql: String = row.get(2)?;
            let plain = sql.replace("IF NOT EXISTS ", "").split_whitespace().collect::<Vec<_>>().join(" ");
            Ok((row.get(0)?, row.get(1)?, plain))
        })
        .unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_whole_schema_is_what_the_migrations_make() {
    let (store, folder) = open();
    store.stop();
    let migrated = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
    let whole = rusqlite::Connection::open_in_memory().unwrap();
    whole.execute_batch(SCHEMA).unwrap();
    assert_eq!(schema_of(&migrated), schema_of(&whole));
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    keep(&store, oru(lab, "1", "PID|1"));
    let words = folder.open(settings()).expect_err("in use").to_string();
    assert!(words.contains("in use by another opor process"), "{words}");
    let beside = folder.open_read(settings()).unwrap();
    assert_eq!(beside.view().unwrap().open_messages(0, 10).unwrap().len(), 1);
    assert_eq!(beside.append_blocking(oru(lab, "2", "PID|1")), Err(TryAgain::Stopping));
    store.stop();
    assert!(folder.open(settings()).is_ok(), "the lock ends with the writer");
}

#[test]
fn a_newer_schema_and_a_changed_migration_are_refused() {
    let (store, folder) = open();
    store.stop();
    let path = folder.path().join(DATABASE_FILE);
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute("INSERT INTO schema_migration (number, checksum) VALUES (99, x'00')", []).unwrap();
    assert!(matches!(folder.open(settings()), Err(OpenProblem::Newer { found: 99, .. })));
    conn.execute("DELETE FROM schema_migration WHERE number = 99", []).unwrap();
    conn.execute("UPDATE schema_migration SET checksum = x'00'", []).unwrap();
    assert!(matches!(folder.open(settings()), Err(OpenProblem::ChangedMigration { number: 1 })));
}

#[test]
fn a_folder_without_a_record_is_named() {
    let folder = Folder::new();
    let problem = folder.open_read(settings()).expect_err("nothing there");
    assert!(matches!(problem, OpenProblem::Missing(_)));
}

#[test]
fn stopping_leaves_one_file_and_starting_again_reads_it() {
    let (store, folder) = open();
    let lab = link(&store, "LAB");
    let id = keep(&store, oru(lab, "1", "PID|1"));
    store.stop();
    let log = folder.path().join(format!("{DATABASE_FILE}-wal"));
    assert_eq!(std::fs::metadata(log).map_or(0, |about| about.len()), 0, "everything is in the database");
    assert_eq!(store.append_blocking(oru(lab, "2", "")), Err(TryAgain::Stopping));
    let again = folder.open(settings()).unwrap();
    assert_eq!(link(&again, "LAB"), lab);
    assert_eq!(again.view().unwrap().message(id).unwrap().unwrap().control_id, "1");
}

#[test]
fn records_are_the_same_after_their_rows_are_laid_out_anew() {
    let (store, folder) = open();
    done(
        &store,
        Changes { records: vec![record_row("1", &[7, 9]), record_row("2", &[7])], ..Changes::default() },
    );
    let all = |store: &Store| {
        let view = store.view().unwrap();
        (view.records_after(None, 10).unwrap(), view.records_by_key(7, 10).unwrap())
    };
    let before = all(&store);
    store.stop();
    // As a version before migration 30 left it.
    folder.behind_its_back(
        "ALTER TABLE record RENAME TO wide; \
         CREATE TABLE record (part INTEGER NOT NULL, record INTEGER NOT NULL, authority TEXT NOT NULL, value TEXT NOT NULL, \
         person INTEGER NOT NULL, epoch INTEGER NOT NULL, claim_as_of INTEGER NOT NULL, custodian INTEGER NOT NULL, \
         keys BLOB NOT NULL, claim TEXT NOT NULL, PRIMARY KEY (part, record)) WITHOUT ROWID; \
         INSERT INTO record SELECT * FROM wide; DROP TABLE wide; DELETE FROM schema_migration WHERE number = 30",
    );
    let again = folder.open(settings()).unwrap();
    assert_eq!(all(&again), before);
    assert_eq!(before.0.len(), 2);
    assert_eq!(
        folder.counted("SELECT count(*) FROM sqlite_schema WHERE name = 'record' AND sql LIKE '%ROWID%'"),
        0
    );
}

#[test]
fn d05_whoever_only_reads_refuses_a_log_that_is_damaged_before_its_end() {
    let (live, killed) = (Folder::new(), Folder::new());
    let store = Store::open(live.path(), settings()).unwrap();
    let lab = link(&store, "LAB");
    for n in 0..4 {
        keep(&store, oru(lab, &n.to_string(), "PID|1"));
    }
    // What a killed process leaves.
    let log = format!("{DATABASE_FILE}-wal");
    for name in [DATABASE_FILE, &log] {
        std::fs::copy(live.path().join(name), killed.path().join(name)).unwrap();
    }
    let read = || Store::open_read(killed.path(), settings());
    assert!(read().is_ok());
    let mut bytes = std::fs::read(killed.path().join(&log)).unwrap();
    bytes[100] ^= 1;
    std::fs::write(killed.path().join(&log), &bytes).unwrap();
    let _ = std::fs::remove_file(killed.path().join(format!("{DATABASE_FILE}-shm")));
    let problem = read().expect_err("damaged");
    assert!(matches!(problem, OpenProblem::LogDamaged { commits: 1.., .. }), "{problem}");
    assert!(problem.to_string().contains("restore a backup"), "{problem}");
    assert_eq!(std::fs::read(killed.path().join(&log)).unwrap(), bytes, "nothing was changed");
    // Beside a process that writes, what is being written looks the same and is none.
    let lock = std::fs::File::create(killed.path().join(store::LOCK_FILE)).unwrap();
    lock.lock().unwrap();
    assert!(read().is_ok());
}
