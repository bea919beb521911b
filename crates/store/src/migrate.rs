//! Numbered migrations, each applied whole or not at all, and checked against what had been applied.

use crate::problem::OpenProblem;
use rusqlite::{Connection, OptionalExtension, params};
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
];

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
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), OpenProblem> {
    conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL)",
    )?;
    check(conn)?;
    for migration in MIGRATIONS {
        let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let applied = transaction
            .query_row("SELECT 1 FROM schema_migration WHERE number = ?1", [migration.number], |_| Ok(()))
            .optional()?;
        if applied.is_none() {
            transaction.execute_batch(migration.sql)?;
            transaction.execute(
                "INSERT INTO schema_migration (number, checksum) VALUES (?1, ?2)",
                params![migration.number, checksum(migration.sql)],
            )?;
            transaction.commit()?;
        }
    }
    Ok(())
}

/// Checks what has been applied, and that nothing is missing when `complete` is asked.
pub(crate) fn check_complete(conn: &Connection) -> Result<(), OpenProblem> {
    let found = check(conn)?;
    if found < known() {
        return Err(OpenProblem::Older { found, known: known() });
    }
    Ok(())
}

fn check(conn: &Connection) -> Result<i64, OpenProblem> {
    let mut statement = conn.prepare("SELECT number, checksum FROM schema_migration ORDER BY number")?;
    let applied: Vec<(i64, Vec<u8>)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (number, found) in &applied {
        let Some(migration) = MIGRATIONS.iter().find(|migration| migration.number == *number) else {
            return Err(OpenProblem::Newer { found: *number, known: known() });
        };
        if checksum(migration.sql) != *found {
            return Err(OpenProblem::ChangedMigration { number: *number });
        }
    }
    Ok(applied.last().map_or(0, |(number, _)| *number))
}
