//! Writing the whole database anew, so that nothing is left of what was destroyed: pages that were split keep copies of rows
//! in their free room, which SQLite overwrites only when the page is written anew.

use crate::checkpoint::checkpoint;
use crate::open;
use crate::problem::OpenProblem;
use crate::settings::Settings;
use crate::wal;
use std::path::Path;

/// Writes the database of a folder anew. Nothing else may have it open; it needs as much room again while it runs.
///
/// # Errors
/// [`OpenProblem`]: the database is as it was.
pub fn rewrite(dir: &Path, settings: &Settings) -> Result<(), OpenProblem> {
    let path = open::database(dir);
    if !path.exists() {
        return Err(OpenProblem::Missing(dir.to_owned()));
    }
    let _lock = open::lock(dir)?;
    let conn = open::writer(&path, settings)?;
    wal::check(&conn, &path)?;
    conn.execute_batch("VACUUM")?;
    checkpoint(&conn, "TRUNCATE")?;
    Ok(())
}
