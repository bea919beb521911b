//! A record moved to another place, of either sort, while nobody writes to it. What was copied before the process was
//! stopped is not copied again, and is held against the source again.

use super::held::{Held, Line};
use super::rows::{Copied, TableSum, encode, tables};
use super::target::{Progress, Target, sum_of};
use super::{CopyProblem, insert};
use crate::activity::{Frontier, Hash};
use crate::migrate;
use crate::open;
use crate::settings::Settings;
use crate::sql::{Address, Value, params_from_iter};
use crate::store::Store;
use crate::view::View;
use crate::wal;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::path::{PathBuf, absolute};

/// Name under which the copy notes what it is one of.
const SOURCE: &str = "";

/// Where a record is, or shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// In a data folder.
    Folder(PathBuf),
    /// At a PostgreSQL, by its address.
    Server(String),
}

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    /// Each table, which adds up to the same on both sides.
    pub tables: Vec<TableSum>,
    /// A data folder that the record was moved from is locked as long as this lives: until it says where its record is.
    _lock: Option<File>,
}

/// Copies the record of one place to another, which is empty or has a part of the same copy, and holds both against each
/// other. `go_on` is told what is done and how many rows of it, and says whether to go on. A PostgreSQL that it was moved
/// from is marked, so that nothing opens it there any more.
///
/// # Errors
/// [`CopyProblem`]; the source is as it was, and the copy cannot be opened as a record.
pub fn move_record(
    from: &Site,
    to: &Site,
    settings: &Settings,
    go_on: &mut dyn FnMut(&str, u64) -> bool,
) -> Result<Moved, CopyProblem> {
    // Nobody writes to the source until the copy is whole.
    let (held, store) = match from {
        Site::Folder(dir) => {
            if !open::database(dir).is_file() {
                return Err(crate::OpenProblem::Missing(dir.clone()).into());
            }
            let (lock, database) = (open::lock(dir)?, open::database(dir));
            // What a damaged log hides would be left behind without a word.
            wal::check(&open::reader(&database, settings)?, &database)?;
            (Held::Folder(lock), Store::open_read(dir, settings.clone())?)
        }
        Site::Server(url) => {
            let address = Address::read(url).map_err(crate::OpenProblem::Address)?;
            let line = Line::begin(open::server_lock(&address)?)?;
            (Held::Server(line), Store::open_server_to_copy(url, settings.clone())?)
        }
    };
    let view = store.view()?;
    let schema = migrate::known();
    let (mut target, place) = match to {
        Site::Folder(dir) => {
            let place = absolute(dir).unwrap_or_else(|_| dir.clone()).display().to_string();
            (Target::in_folder(dir, schema, settings)?, place)
        }
        Site::Server(url) => {
            let target = Target::at_server(url, schema)?;
            let place = target.shown();
            (target, place)
        }
    };
    let tables = tables();
    let mut moved = Vec::with_capacity(tables.len());
    if target.is_whole() {
        // Stopped just before it had its name: only that it is this record is to be seen.
        for table in &tables {
            held.check()?;
            moved.push(sum_of(view.conn()?, table).map_err(crate::ReadProblem::from)?);
        }
    } else {
        begin_or_go_on(&view, &mut target)?;
        for table in &tables {
            held.check()?;
            moved.push(copy(&view, &mut target, table, go_on)?);
        }
    }
    for (table, sum) in tables.iter().zip(&moved) {
        held.check()?;
        let found = target.sum(table)?;
        if found != *sum {
            let table = table.name.clone();
            return Err(CopyProblem::Differs { table, from: sum.rows, to: found.rows });
        }
        if !go_on("compared", found.rows) {
            return Err(CopyProblem::Stopped);
        }
    }
    if !target.is_whole() {
        target.settle(schema)?;
    }
    let lock = held.leave(&place)?;
    target.take_its_name()?;
    drop((view, store));
    Ok(Moved { tables: moved, _lock: lock })
}

/// A copy is one of this record as it is now, or it is begun anew by whoever asked for it.
fn begin_or_go_on(view: &View, target: &mut Target) -> Result<(), CopyProblem> {
    let mut moment = Progress { sum: TableSum::of(SOURCE), ..Progress::default() };
    moment.sum.sum = moment_of(view)?;
    moment.is_done = true;
    let noted = target.progress(SOURCE)?;
    if !noted.is_done {
        // Of what was moved away no second record is made.
        if let Some(place) = migrate::moved_to(view.conn()?).map_err(crate::ReadProblem::from)? {
            return Err(crate::OpenProblem::Moved(place).into());
        }
        target.begin()?;
        return target.keep_with(&moment);
    }
    if noted.sum.sum == moment.sum.sum { Ok(()) } else { Err(CopyProblem::Changed(target.shown())) }
}

/// What changes with everything that is written: the numbers that grow, and the tree over the activity log.
fn moment_of(view: &View) -> Result<Hash, CopyProblem> {
    let point = crate::backup::point(view)?;
    let mut hash = Sha256::new();
    for number in [point.arrival, point.filing, point.audit] {
        hash.update(number.to_be_bytes());
    }
    hash.update(Frontier::read(view, view.log_size()?)?.root());
    Ok(hash.finalize().into())
}

fn copy(
    view: &View,
    target: &mut Target,
    table: &Copied,
    go_on: &mut dyn FnMut(&str, u64) -> bool,
) -> Result<TableSum, CopyProblem> {
    let mut progress = target.progress(&table.name)?;
    let was_begun = progress.is_done || !progress.last.is_empty();
    if !progress.is_done {
        copy_from(&mut progress, view, target, table, go_on)?;
    }
    // Rows that were copied before the stop may have been changed or removed since.
    if was_begun && sum_of(view.conn()?, table).map_err(crate::ReadProblem::from)? != progress.sum {
        return Err(CopyProblem::Changed(target.shown()));
    }
    Ok(progress.sum)
}

fn copy_from(
    progress: &mut Progress,
    view: &View,
    target: &mut Target,
    table: &Copied,
    go_on: &mut dyn FnMut(&str, u64) -> bool,
) -> Result<(), CopyProblem> {
    let unreadable = || CopyProblem::Unreadable(table.name.clone());
    let after: Vec<Value> = super::rows::decode(&progress.last).ok_or_else(unreadable)?;
    let mut statement =
        view.conn()?.prepare(&table.select(!after.is_empty())).map_err(crate::ReadProblem::from)?;
    let mut rows = statement.scan(params_from_iter(after)).map_err(crate::ReadProblem::from)?;
    let sql = insert(&table.name, &table.columns);
    let mut bytes = Vec::new();
    target.begin()?;
    while let Some(row) = rows.next().map_err(crate::ReadProblem::from)? {
        bytes.clear();
        encode(&row, table.columns.len(), &mut bytes).map_err(crate::ReadProblem::from)?;
        progress.sum.add(&bytes);
        if target.put(&sql, &table.name, &bytes)? {
            progress.last.clear();
            for place in &table.key {
                super::rows::encode_one(&row, *place, &mut progress.last)
                    .map_err(crate::ReadProblem::from)?;
            }
            target.keep_with(progress)?;
            if !go_on(&table.name, progress.sum.rows) {
                return Err(CopyProblem::Stopped);
            }
            target.begin()?;
        }
    }
    progress.is_done = true;
    target.keep_with(progress)?;
    if go_on(&table.name, progress.sum.rows) { Ok(()) } else { Err(CopyProblem::Stopped) }
}
