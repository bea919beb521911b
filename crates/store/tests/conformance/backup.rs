use crate::harness::*;
use crate::postgresql::Database;
use crate::server::{Postgresql, url};
use fhir::PersonId;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::backup::{
    About, BackupProblem, Found, Key, Written, read, restore_into_folder, restore_into_server, write,
};
use store::copy::{CopyProblem, Site, move_record};
use store::*;

/// Messages of a small record; enough that it is copied in more than one transaction.
const MESSAGES: usize = 6_000;

fn key(sign: u8) -> Key {
    Key::of(&[sign; 40]).unwrap()
}

/// A store with something in the journal, on file, owed, and in the log.
fn fill(store: &Store, messages: usize) {
    let lab = link(store, "LAB");
    let all = (0..messages)
        .map(|n| (oru(lab, &format!("c{n}\0é"), "PID|1||1^^^QEII"), |_: Result<Appended, TryAgain>| {}));
    store.append_together(all.collect());
    for n in 0..9 {
        let mrn = format!("{n}");
        let changes = Changes {
            records: vec![record_row(&mrn, &[n, 7])],
            resources: vec![version(observation(&mrn, "a"), 1, &"{\"a\":1}".repeat(400), Vec::new())],
            links: vec![link_event(&mrn, PersonId::born_with(record(&mrn)), None, NOW)],
            obligations: vec![ObligationChange::Open(open_obligation(n + 1, "machine", false, NOW))],
            outbox: vec![OutboxChange::Queue(delivery("clinic", &mrn, &format!("out-{n}")))],
            audit: vec![audit("file", None)],
            ..Changes::default()
        };
        done(store, changes);
    }
}

fn backed_up(store: &Store, path: &Path) -> Result<Written, BackupProblem> {
    let about = About { opor: "0.0.0", taken: NOW, salt: [9; 32] };
    let files = [("activity.key".to_owned(), vec![1, 2, 3]), ("letters/a.pdf".to_owned(), vec![0; 300_000])];
    write(&store.view().unwrap(), &files, &about, (&key(1), path), &mut |_, _| {})
}

fn whole(path: &Path) -> Result<Found, BackupProblem> {
    read(path, &key(1), &mut |_, _| {})
}

/// What a record says of itself: point, books, and what each of its tables adds up to.
fn said(
    store: &Store,
    folder: &Folder,
    name: &str,
) -> (store::backup::Point, Census, Vec<store::copy::TableSum>) {
    let path = folder.path().join(name);
    let written = backed_up(store, &path).unwrap();
    let view = store.view().unwrap();
    (view.point().unwrap(), view.census_of_every_row().unwrap(), written.ending.tables)
}

#[test]
fn d13_a_backup_of_a_running_store_is_restored_to_the_same() {
    let (store, folder) = open();
    fill(&store, 40);
    let path = folder.path().join("a.backup");
    let written = backed_up(&store, &path).unwrap();
    // The store goes on while it is read.
    keep(&store, oru(link(&store, "LAB"), "later", "PID|1"));
    let found = whole(&path).unwrap();
    assert_eq!((&found.header, &found.ending), (&written.header, &written.ending));
    assert_eq!(found.files[0], ("activity.key".to_owned(), vec![1, 2, 3]));
    assert_eq!(found.ending.census.messages.accepted, 40);
    let text = std::fs::read(&path).unwrap();
    assert!(!text.windows(4).any(|four| four == b"QEII"), "nothing of it stands in the clear");

    assert!(!folder.path().join("a.backup.part").exists());

    // Its files come first, so that no record is found without its keys; and nothing of another database is taken in.
    let place = Folder::new();
    let mut fails = |files: &[(String, Vec<u8>)]| {
        assert_eq!(files[0].0, "activity.key");
        assert!(!place.path().join(DATABASE_FILE).exists());
        Err(std::io::Error::other("no space"))
    };
    let failed = restore_into_folder(&path, &key(1), place.path(), &settings(), (&mut |_, _| {}, &mut fails));
    assert!(matches!(failed, Err(BackupProblem::Files(_))), "{failed:?}");
    assert!(!place.path().join(DATABASE_FILE).exists());
    let stray = place.path().join("record.db-wal");
    std::fs::write(&stray, b"log").unwrap();
    let into = |place: &Folder| {
        restore_into_folder(&path, &key(1), place.path(), &settings(), (&mut |_, _| {}, &mut |_| Ok(())))
    };
    assert!(matches!(into(&place), Err(BackupProblem::Copy(CopyProblem::Occupied(_)))));
    std::fs::remove_file(stray).unwrap();
    restore_into_folder(&path, &key(1), place.path(), &settings(), (&mut |_, _| {}, &mut |_| Ok(())))
        .unwrap();
    let again = Store::open(place.path(), settings()).unwrap();
    let (point, census, tables) = said(&again, &place, "b.backup");
    assert_eq!((point, census), (written.header.point, written.ending.census));
    assert_eq!(tables, written.ending.tables);
    // It goes on where the first one was.
    let id = keep(&again, oru(link(&again, "LAB"), "later", "PID|1"));
    assert_eq!(id.seq(), 41);
    again.stop();
    let over =
        restore_into_folder(&path, &key(1), place.path(), &settings(), (&mut |_, _| {}, &mut |_| Ok(())));
    assert!(matches!(over, Err(BackupProblem::Copy(CopyProblem::Occupied(_)))), "{over:?}");
}

#[test]
fn d13_a_backup_that_is_cut_off_or_changed_is_named() {
    let (store, folder) = open();
    fill(&store, 40);
    let path = folder.path().join("a.backup");
    backed_up(&store, &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let lines =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(n, _)| n).nth(1).unwrap() + 1;
    let changed = folder.path().join("changed.backup");
    let outcome = |bytes: &[u8]| {
        std::fs::write(&changed, bytes).unwrap();
        let problem = whole(&changed).expect_err("it is not whole");
        assert!(problem.to_string().contains("changed.backup"), "{problem}");
        problem
    };
    for length in [lines, lines + 3, lines + 5, bytes.len() / 2, bytes.len() - 1] {
        let problem = outcome(&bytes[..length]);
        assert!(matches!(problem, BackupProblem::Truncated { .. }), "{length}: {problem}");
    }
    for place in (lines..bytes.len()).step_by(bytes.len() / 40).chain([bytes.len() - 1]) {
        let mut other = bytes.clone();
        other[place] ^= 0x10;
        let problem = outcome(&other);
        let named = match &problem {
            BackupProblem::Damaged { from, to, .. } => {
                (*from..*to).contains(&(place as u64)) || place < lines + 4
            }
            // A length that says more than there is.
            BackupProblem::Truncated { .. } => true,
            _ => false,
        };
        assert!(named, "byte {place}: {problem}");
    }
    // Whole blocks taken out of the end, and something behind the end.
    assert!(matches!(outcome(&[&bytes[..], b"x"].concat()), BackupProblem::Content { .. }));
    // The first lines are bound too.
    let mut other = bytes.clone();
    let place = bytes.windows(9).position(|nine| nine == b"\"taken\":1").unwrap() + 9;
    other[place] ^= 1;
    assert!(matches!(outcome(&other), BackupProblem::Damaged { .. }));
    assert!(matches!(outcome(b"PK"), BackupProblem::NotOne(_)));
    let wrong = read(&path, &key(2), &mut |_, _| {});
    assert!(matches!(wrong, Err(BackupProblem::OtherKey(_))), "{wrong:?}");
    assert!(Key::of(b"short\n").is_none());
    assert!(matches!(backed_up(&store, &path), Err(BackupProblem::File { .. })), "none is written over");
}

fn in_folder(folder: &Folder) -> Site {
    Site::Folder(folder.path().to_owned())
}

#[test]
fn a_record_moves_to_postgresql_and_back_and_adds_up_to_the_same() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    let (store, folder) = (Store::open, Folder::new());
    let store = store(folder.path(), settings()).unwrap();
    fill(&store, MESSAGES);
    let before = said(&store, &folder, "before.backup");
    let there = Database::made(server.folder(), "moved", "template0");
    let to = Site::Server(url(server.folder(), "moved"));
    let busy = move_record(&in_folder(&folder), &to, &settings(), &mut |_, _| true);
    assert!(matches!(busy, Err(CopyProblem::Open(OpenProblem::InUse(_)))), "{busy:?}");
    store.stop();
    drop(store);

    // Stopped again and again, it goes on where it was, and nothing opens what is not whole.
    let mut copied = Vec::new();
    let moved = loop {
        let mut steps = 0;
        let outcome = move_record(&in_folder(&folder), &to, &settings(), &mut |table, rows| {
            copied.push((table.to_owned(), rows));
            steps += 1;
            steps < 30 || table == "compared"
        });
        match outcome {
            Ok(moved) => break moved,
            Err(CopyProblem::Stopped) => {
                let early = Store::open_server(&there.url(), settings());
                assert!(matches!(early, Err(OpenProblem::Unfinished)), "{early:?}");
                let early = Store::open_server_read(&there.url(), settings());
                assert!(matches!(early, Err(OpenProblem::Unfinished)), "{early:?}");
            }
            Err(other) => panic!("{other}"),
        }
    };
    let journal: Vec<u64> =
        copied.iter().filter(|(table, _)| table == "journal").map(|(_, rows)| *rows).collect();
    assert_eq!(journal, [5_000, 6_000], "no row was copied twice");
    assert_eq!(moved.tables, before.2);
    let moved = Store::open_server(&there.url(), settings()).unwrap();
    assert_eq!(said(&moved, &folder, "there.backup"), before);
    // A backup made there is restored in a folder.
    let place = Folder::new();
    let path = folder.path().join("there.backup");
    restore_into_folder(&path, &key(1), place.path(), &settings(), (&mut |_, _| {}, &mut |_| Ok(())))
        .unwrap();
    let restored = Store::open(place.path(), settings()).unwrap();
    assert_eq!(said(&restored, &place, "restored.backup"), before);
    let id = keep(&moved, oru(link(&moved, "LAB"), "later", "PID|1"));
    let after = said(&moved, &folder, "after.backup");
    moved.stop();
    drop(moved);

    let back = Folder::new();
    move_record(&to, &in_folder(&back), &settings(), &mut |_, _| true).unwrap();
    for gone in
        [Store::open_server(&there.url(), settings()), Store::open_server_read(&there.url(), settings())]
    {
        assert!(matches!(gone, Err(OpenProblem::Moved(_))), "{gone:?}");
    }
    let second = Folder::new();
    let again = move_record(&to, &in_folder(&second), &settings(), &mut |_, _| true);
    assert!(matches!(again, Err(CopyProblem::Open(OpenProblem::Moved(_)))), "{again:?}");
    let store = Store::open(back.path(), settings()).unwrap();
    assert_eq!(said(&store, &back, "back.backup"), after);
    assert_eq!(keep(&store, oru(link(&store, "LAB"), "later", "PID|1")), id, "known there too");

    // A backup of the folder is restored at a PostgreSQL, and nowhere that has a record.
    let path = back.path().join("back.backup");
    let another = Database::made(server.folder(), "restored", "template0");
    restore_into_server(&path, &key(1), &another.url(), (&mut |_, _| {}, &mut |_| Ok(()))).unwrap();
    let restored = Store::open_server(&another.url(), settings()).unwrap();
    assert_eq!(said(&restored, &back, "again.backup"), after);
    let over = restore_into_server(&path, &key(1), &there.url(), (&mut |_, _| {}, &mut |_| Ok(())));
    assert!(matches!(over, Err(BackupProblem::Copy(CopyProblem::Open(OpenProblem::Moved(_))))), "{over:?}");
    let over = restore_into_server(&path, &key(1), &another.url(), (&mut |_, _| {}, &mut |_| Ok(())));
    let in_use = matches!(over, Err(BackupProblem::Copy(CopyProblem::Open(OpenProblem::ServerInUse(_)))));
    assert!(in_use, "{over:?}");
    restored.stop();
    drop(restored);
    let over = restore_into_server(&path, &key(1), &another.url(), (&mut |_, _| {}, &mut |_| Ok(())));
    assert!(matches!(over, Err(BackupProblem::Copy(CopyProblem::Occupied(_)))), "{over:?}");
}

/// However long the copy takes: one that stands by never writes meanwhile, nor afterwards.
#[test]
fn nobody_takes_over_a_record_that_is_moved() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    let there = Database::made(server.folder(), "moved", "template0");
    let first = Store::open_server_beside(&there.url(), settings()).unwrap();
    fill(&first, 3);
    first.stop();
    drop(first);
    let back = Folder::new();
    let to = in_folder(&back);
    let mut standby = None;
    let moved = move_record(&Site::Server(there.url()), &to, &settings(), &mut |_, _| {
        if standby.is_none() {
            let second = Store::open_server_beside(&there.url(), settings()).unwrap();
            assert!(second.is_standing_by());
            let taken = crate::patience::until(Duration::from_secs(20), || !second.is_standing_by());
            assert!(!taken, "it was taken over during the copy");
            standby = Some(second);
        }
        true
    });
    moved.unwrap();
    let second = standby.unwrap();
    assert!(crate::patience::until(Duration::from_secs(20), || second.closed().is_some()), "it still waits");
    assert!(second.closed().unwrap().to_string().contains("was moved to"), "{:?}", second.closed());
    Store::open(back.path(), settings()).unwrap().stop();
}

#[test]
fn a_copy_goes_on_with_the_same_record_only() {
    let Some(server) = Postgresql::start().unwrap() else { return };
    let folder = Folder::new();
    let store = Store::open(folder.path(), settings()).unwrap();
    fill(&store, 3);
    store.stop();
    let _there = Database::made(server.folder(), "moved", "template0");
    let to = Site::Server(url(server.folder(), "moved"));
    let stopped = move_record(&in_folder(&folder), &to, &settings(), &mut |_, _| false);
    assert!(matches!(stopped, Err(CopyProblem::Stopped)), "{stopped:?}");
    // A table that was copied says something else now, though nothing was numbered since.
    let stopped = move_record(&in_folder(&folder), &to, &settings(), &mut |table, _| table != "journal");
    assert!(matches!(stopped, Err(CopyProblem::Stopped)), "{stopped:?}");
    let change = |from: &str, into: &str| {
        let file = rusqlite::Connection::open(folder.path().join("record.db")).unwrap();
        file.execute("UPDATE link SET name = ?2 WHERE name = ?1", [from, into]).unwrap();
    };
    change("LAB", "LAC");
    let other = move_record(&in_folder(&folder), &to, &settings(), &mut |_, _| true);
    assert!(matches!(other, Err(CopyProblem::Changed(_))), "{other:?}");
    change("LAC", "LAB");
    let store = Store::open(folder.path(), settings()).unwrap();
    keep(&store, oru(link(&store, "LAB"), "later", "PID|1"));
    store.stop();
    let other = move_record(&in_folder(&folder), &to, &settings(), &mut |_, _| true);
    assert!(matches!(other, Err(CopyProblem::Changed(_))), "{other:?}");
    let nothing: PathBuf = folder.path().join("nothing");
    let missing = move_record(&Site::Folder(nothing), &to, &settings(), &mut |_, _| true);
    assert!(matches!(missing, Err(CopyProblem::Open(OpenProblem::Missing(_)))), "{missing:?}");
}
