//! Numbered migrations, each applied whole or not at all, and checked against what had been applied.

use crate::problem::OpenProblem;
use crate::sql::{self, Connection, params, schema};
use crate::upgrade;
use sha2::{Digest, Sha256};

/// One migration: its number and its text.
struct Migration {
    number: i64,
    sql: &'static str,
}

/// Every migration in order. A released one never changes; a new one is one more line here and the same in `schema.sql`.
const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../migrations/0001_begin.sql") },
    Migration { number: 2, sql: include_str!("../migrations/0002_identity.sql") },
    Migration { number: 3, sql: include_str!("../migrations/0003_breaker.sql") },
    Migration { number: 4, sql: include_str!("../migrations/0004_directory.sql") },
    Migration { number: 5, sql: include_str!("../migrations/0005_watch.sql") },
    Migration { number: 6, sql: include_str!("../migrations/0006_desks.sql") },
    Migration { number: 7, sql: include_str!("../migrations/0007_refused.sql") },
    Migration { number: 8, sql: include_str!("../migrations/0008_mapping.sql") },
    Migration { number: 9, sql: include_str!("../migrations/0009_privacy.sql") },
    Migration { number: 10, sql: include_str!("../migrations/0010_orders.sql") },
    Migration { number: 11, sql: include_str!("../migrations/0011_bytes.sql") },
    Migration { number: 12, sql: include_str!("../migrations/0012_launch.sql") },
    Migration { number: 13, sql: include_str!("../migrations/0013_opened.sql") },
    Migration { number: 14, sql: include_str!("../migrations/0014_enrolment.sql") },
    Migration { number: 15, sql: include_str!("../migrations/0015_accounts.sql") },
    Migration { number: 16, sql: include_str!("../migrations/0016_mailbox.sql") },
    Migration { number: 17, sql: include_str!("../migrations/0017_activity.sql") },
    Migration { number: 18, sql: include_str!("../migrations/0018_facility.sql") },
    Migration { number: 19, sql: include_str!("../migrations/0019_fhir.sql") },
    Migration { number: 20, sql: include_str!("../migrations/0020_mails.sql") },
    Migration { number: 21, sql: include_str!("../migrations/0021_smart.sql") },
    Migration { number: 22, sql: include_str!("../migrations/0022_subscription.sql") },
    Migration { number: 23, sql: include_str!("../migrations/0023_beside.sql") },
    Migration { number: 24, sql: include_str!("../migrations/0024_meetings.sql") },
    Migration { number: 30, sql: include_str!("../migrations/0030_record.sql") },
    Migration { number: 31, sql: include_str!("../migrations/0031_checksums.sql") },
];

/// Migrations that change only how a file lays its rows out; a PostgreSQL lays them out by itself.
const OF_A_FILE: &[i64] = &[30];

/// Stands in a database from which the record was moved away, with where to.
const MOVED: &str = "record_moved";

/// The whole schema as the migrations leave it; a test keeps them equal.
pub const SCHEMA: &str = include_str!("../schema.sql");

/// The schema number this version needs.
pub(crate) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

fn checksum(sql: &str) -> Vec<u8> {
    Sha256::digest(sql.as_bytes())[..16].to_vec()
}

/// Brings the schema to this version.
///
/// # Errors
/// [`OpenProblem::Newer`] and [`OpenProblem::ChangedMigration`] refuse; nothing has been changed then.
pub(crate) fn migrate(conn: &Connection) -> Result<(), OpenProblem> {
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL)",
    )?;
    let applied = applied(conn)?;
    compare(&applied)?;
    for migration in MIGRATIONS.iter().filter(|one| applied.iter().all(|(number, _)| *number != one.number)) {
        // One that fails is undone as the connection closes.
        conn.execute_batch("BEGIN IMMEDIATE")?;
        conn.execute_batch(migration.sql)?;
        if migration.number == upgrade::CHECKSUMS {
            upgrade::checksums(conn)?;
        }
        conn.execute(
            "INSERT INTO schema_migration (number, checksum) VALUES (?1, ?2)",
            params![migration.number, checksum(migration.sql)],
        )?;
        conn.execute_batch("COMMIT")?;
    }
    Ok(())
}

/// Brings the schema of a PostgreSQL to this version, in one transaction. A new database gets the whole schema at once;
/// where Citus cuts the tables they are made without partitions.
///
/// # Errors
/// [`OpenProblem::Newer`] and [`OpenProblem::ChangedMigration`] refuse; nothing has been changed then.
pub(crate) fn migrate_server(conn: &Connection) -> Result<(), OpenProblem> {
    check_whole(conn)?;
    check_here(conn)?;
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (number bigint PRIMARY KEY, checksum bytea NOT NULL)",
    )?;
    let applied = applied(conn)?;
    compare(&applied)?;
    let partitions = partitions(conn)?;
    conn.execute_batch("BEGIN")?;
    let make = |text: &str| -> Result<(), sql::Error> {
        for statement in schema::statements(text) {
            // It is there already: what was applied was read from it.
            if !statement.starts_with("CREATE TABLE schema_migration ") {
                for one in schema::for_postgresql(&statement, partitions) {
                    conn.execute_batch(&one)?;
                }
            }
        }
        Ok(())
    };
    if applied.is_empty() {
        make(SCHEMA)?;
    }
    for migration in MIGRATIONS.iter().filter(|one| applied.iter().all(|(number, _)| *number != one.number)) {
        if !applied.is_empty() && !OF_A_FILE.contains(&migration.number) {
            make(migration.sql)?;
            if migration.number == upgrade::CHECKSUMS {
                upgrade::checksums(conn)?;
            }
        }
        conn.execute(
            "INSERT INTO schema_migration (number, checksum) VALUES (?1, ?2)",
            params![migration.number, checksum(migration.sql)],
        )?;
    }
    conn.settled()?;
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// Into how many pieces the tables of patients are cut; Citus cuts them itself.
fn partitions(conn: &Connection) -> Result<u32, sql::Error> {
    let cut = conn.prepare("SELECT 1 FROM pg_extension WHERE extname = 'citus'")?.exists([])?;
    Ok(if cut { 0 } else { schema::PARTITIONS })
}

/// Makes the tables as they were at a schema number, without noting it: whoever fills them notes it when they are whole.
pub(crate) fn make_tables(conn: &Connection, at: i64) -> Result<(), OpenProblem> {
    let file = conn.sqlite().is_some();
    let partitions = if file { 0 } else { partitions(conn)? };
    for migration in MIGRATIONS.iter().filter(|migration| migration.number <= at) {
        if file {
            conn.execute_batch(migration.sql)?;
            continue;
        }
        if OF_A_FILE.contains(&migration.number) {
            continue;
        }
        for statement in schema::statements(migration.sql) {
            for one in schema::for_postgresql(&statement, partitions) {
                conn.execute_batch(&one)?;
            }
        }
    }
    Ok(())
}

/// Notes that the tables are as they were at a schema number.
pub(crate) fn note_tables(conn: &Connection, at: i64) -> Result<(), sql::Error> {
    let made = "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL)";
    match conn.sqlite() {
        Some(_) => conn.execute_batch(made)?,
        None => schema::for_postgresql(made, 0).iter().try_for_each(|one| conn.execute_batch(one))?,
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.number <= at) {
        conn.execute(
            "INSERT INTO schema_migration (number, checksum) VALUES (?1, ?2)",
            params![migration.number, checksum(migration.sql)],
        )?;
    }
    Ok(())
}

/// Whether there is a table of that name.
pub(crate) fn has_table(conn: &Connection, name: &str) -> Result<bool, sql::Error> {
    let sql = match conn.sqlite() {
        Some(_) => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
        None => "SELECT 1 FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = ?1",
    };
    conn.prepare(sql)?.exists([name])
}

/// A copy that is not whole is no record.
fn check_whole(conn: &Connection) -> Result<(), OpenProblem> {
    if has_table(conn, crate::copy::PROGRESS)? { Err(OpenProblem::Unfinished) } else { Ok(()) }
}

/// Where the record of a PostgreSQL was moved to; `None` while it is here.
pub(crate) fn moved_to(conn: &Connection) -> Result<Option<String>, sql::Error> {
    if conn.sqlite().is_some() || !has_table(conn, MOVED)? {
        return Ok(None);
    }
    use crate::sql::OptionalExtension as _;
    let known = conn.query_row(&format!("SELECT place FROM {MOVED}"), [], |row| row.get(0)).optional()?;
    Ok(Some(known.unwrap_or_default()))
}

/// Marks the record of a PostgreSQL as moved away: from now on nothing opens it here.
pub(crate) fn mark_moved(conn: &Connection, place: &str) -> Result<(), sql::Error> {
    conn.execute_batch("BEGIN")?;
    conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS {MOVED} (place text NOT NULL)"))?;
    conn.execute(&format!("DELETE FROM {MOVED}"), [])?;
    conn.execute(&format!("INSERT INTO {MOVED} (place) VALUES (?1)"), [place])?;
    conn.settled()?;
    conn.execute_batch("COMMIT")?;
    conn.committed()
}

/// Refuses a PostgreSQL whose record was moved away.
pub(crate) fn check_here(conn: &Connection) -> Result<(), OpenProblem> {
    match moved_to(conn)? {
        Some(place) => Err(OpenProblem::Moved(place)),
        None => Ok(()),
    }
}

/// A migration as PostgreSQL takes it, for whoever wants to read it before it runs; empty when it is of files alone.
#[must_use]
pub fn migration_for_server(number: i64) -> Option<String> {
    let migration = MIGRATIONS.iter().find(|migration| migration.number == number)?;
    if OF_A_FILE.contains(&number) {
        return Some(String::new());
    }
    let statements = schema::statements(migration.sql);
    let made = statements.iter().flat_map(|one| schema::for_postgresql(one, schema::PARTITIONS));
    Some(made.map(|one| one + ";\n").collect())
}

fn applied(conn: &Connection) -> Result<Vec<(i64, Vec<u8>)>, sql::Error> {
    let mut statement = conn.prepare(APPLIED)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// What has been applied, in order.
const APPLIED: &str = "SELECT number, checksum FROM schema_migration ORDER BY number";

/// Checks what has been applied to a PostgreSQL, and that nothing is missing.
pub(crate) fn check_server(conn: &Connection) -> Result<(), OpenProblem> {
    check_here(conn)?;
    check_server_to_copy(conn)
}

/// As [`check_server`], also where the record was moved away from: a copy that was stopped at its end goes on.
pub(crate) fn check_server_to_copy(conn: &Connection) -> Result<(), OpenProblem> {
    check_whole(conn)?;
    let found = compare(&applied(conn)?)?;
    if found < known() {
        return Err(OpenProblem::Older { found, known: known() });
    }
    Ok(())
}

/// Checks what has been applied, and that nothing is missing when `complete` is asked.
pub(crate) fn check_complete(conn: &Connection) -> Result<(), OpenProblem> {
    let found = compare(&applied(conn)?)?;
    if found < known() {
        return Err(OpenProblem::Older { found, known: known() });
    }
    Ok(())
}

/// The number of the last migration that was applied, when all of them are ours.
fn compare(applied: &[(i64, Vec<u8>)]) -> Result<i64, OpenProblem> {
    for (number, found) in applied {
        let Some(migration) = MIGRATIONS.iter().find(|migration| migration.number == *number) else {
            return Err(OpenProblem::Newer { found: *number, known: known() });
        };
        if checksum(migration.sql) != *found {
            return Err(OpenProblem::ChangedMigration { number: *number });
        }
    }
    Ok(applied.last().map_or(0, |(number, _)| *number))
}
