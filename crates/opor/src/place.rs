//! Where the record of a data folder is: in the folder, or at a PostgreSQL that the folder names.
//!
//! Keys, the provider directory and other files of an installation are in its data folder either way, so that every
//! command that is given the folder finds the record.

use crate::clock;
use anyhow::{Context as _, bail};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;
use store::copy::Site;
use store::{DATABASE_FILE, OpenProblem, Settings, Store};

/// File in the data folder with the address of the PostgreSQL; only its owner reads it, since a password may stand in it.
pub(crate) const ADDRESS_FILE: &str = "store.url";
/// How soon it is looked again whether another process has let go of the record.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// What a database of the folder is called once the record is at a PostgreSQL.
const MOVED_FILE: &str = "record.db.moved";

/// Opens the record of a data folder as the one process that writes.
pub(crate) fn open(data: &Path) -> anyhow::Result<Store> {
    let settings = Settings::new(clock::monotonic());
    Ok(match address(data)? {
        Some(url) => Store::open_server(&url, settings)?,
        None => Store::open(data, settings)?,
    })
}

/// The PostgreSQL that is named, if the folder may be at it, or the one that the folder names.
pub(crate) fn known_or_named(data: &Path, named: Option<&str>) -> anyhow::Result<Option<String>> {
    match named {
        Some(url) => {
            may_be_at(data, url)?;
            Ok(Some(url.to_owned()))
        }
        None => address(data),
    }
}

/// Opens the record of a data folder to serve it, at the PostgreSQL that is named or in the folder; waits so long for
/// another process that still has it.
pub(crate) fn open_to_serve(
    data: &Path,
    store: Option<&str>,
    settings: &Settings,
    patience: Duration,
) -> anyhow::Result<Store> {
    let url = known_or_named(data, store)?;
    let ticks = clock::monotonic();
    let opened = loop {
        let opened = match &url {
            Some(url) => Store::open_server(url, settings.clone()),
            None => Store::open(data, settings.clone()),
        };
        let is_busy = matches!(&opened, Err(OpenProblem::InUse(_) | OpenProblem::ServerInUse(_)));
        if !is_busy || u128::from(ticks()) >= patience.as_micros() {
            break opened?;
        }
        clock::wait(LOOK_AGAIN);
    };
    if let Some(url) = store {
        note(data, url)?;
    }
    Ok(opened)
}

/// Opens the record at a PostgreSQL as the one process that writes, and notes in the data folder that it is there from
/// now on; nothing is noted of a database that cannot be opened.
pub(crate) fn open_at(data: &Path, url: &str) -> anyhow::Result<Store> {
    may_be_at(data, url)?;
    let store = Store::open_server(url, Settings::new(clock::monotonic()))?;
    note(data, url)?;
    Ok(store)
}

/// Opens the record of a data folder to read only.
pub(crate) fn open_read(data: &Path) -> anyhow::Result<Store> {
    let settings = Settings::new(clock::monotonic());
    Ok(match address(data)? {
        Some(url) => Store::open_server_read(&url, settings)?,
        None => Store::open_read(data, settings)?,
    })
}

/// Opens the record at a PostgreSQL to read only.
pub(crate) fn open_read_at(url: &str) -> anyhow::Result<Store> {
    Ok(Store::open_server_read(url, Settings::new(clock::monotonic()))?)
}

/// Whether a file of a data folder is the database itself, its lock or its address: a backup has its rows.
pub(crate) fn is_of_the_database(name: &str) -> bool {
    let stem = DATABASE_FILE.split('.').next().unwrap_or(DATABASE_FILE);
    name == ADDRESS_FILE || name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'))
}

/// A folder becomes the place of a record that is at a PostgreSQL: it has none, and names that one or none.
pub(crate) fn may_become_a_folder(data: &Path, from: &Site) -> anyhow::Result<()> {
    let Site::Server(url) = from else { return Ok(()) };
    if let Some(known) = address(data)?
        && store::shown_address(&known)? != store::shown_address(url)?
    {
        bail!(
            "the record of {} is at {}, which is another one than the one to be moved. Give another folder",
            data.display(),
            store::shown_address(&known)?
        );
    }
    Ok(())
}

/// The record of a folder is at a PostgreSQL now: that is noted first, and the note is what counts from then on. The
/// database it had is kept under another name; whoever moved it has the lock of the folder until this is done.
pub(crate) fn leave_for_server(data: &Path, url: &str) -> anyhow::Result<()> {
    note(data, url)?;
    let (old, kept) = (data.join(DATABASE_FILE), data.join(MOVED_FILE));
    let words = || format!("cannot rename {}", old.display());
    // The log first: left behind alone, it would be taken for that of another database.
    for end in ["-wal", "-shm"] {
        let (log, to) = (data.join(format!("{DATABASE_FILE}{end}")), data.join(format!("{MOVED_FILE}{end}")));
        if log.exists() {
            std::fs::rename(&log, to).with_context(words)?;
        }
    }
    std::fs::rename(&old, kept).with_context(words)?;
    File::open(data)?.sync_all().with_context(words)
}

/// The record of a folder is in it now, and no longer at a PostgreSQL.
pub(crate) fn leave_server(data: &Path) -> anyhow::Result<()> {
    let path = data.join(ADDRESS_FILE);
    if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        File::open(data)?.sync_all()?;
    }
    Ok(())
}

/// Writes the database of a data folder anew, so that nothing is left of what was destroyed.
pub(crate) fn rewrite(data: &Path) -> anyhow::Result<()> {
    if address(data)?.is_some() {
        bail!(
            "the record of {} is at a PostgreSQL: run VACUUM FULL there, and let the write-ahead log and the backups of \
             before go",
            data.display()
        );
    }
    Ok(store::rewrite(data, &Settings::new(clock::monotonic()))?)
}

/// Whether a data folder has a record, here or at a PostgreSQL.
pub(crate) fn is_there(data: &Path) -> bool {
    data.join(DATABASE_FILE).is_file() || data.join(ADDRESS_FILE).is_file()
}

/// The address that a data folder names.
pub(crate) fn address(data: &Path) -> anyhow::Result<Option<String>> {
    let path = data.join(ADDRESS_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

/// Refuses an address that would leave a record behind: one of the folder itself, or one at another database.
fn may_be_at(data: &Path, url: &str) -> anyhow::Result<()> {
    let asked = store::shown_address(url)?;
    if let Some(known) = address(data)? {
        if store::drops_tls(&known, url) {
            bail!(
                "the record of {} is reached over TLS, and --store {asked} is without: what is sent could be read on the way, \
                 and the other end could be anybody's. Add sslmode=verify-full and sslrootcert=FILE, or leave --store out; if \
                 the line needs none, remove {} and start again with --store",
                data.display(),
                data.join(ADDRESS_FILE).display()
            );
        }
        // What is in the file is not repeated where it cannot be read: a password may stand in it.
        let known = store::shown_address(&known)
            .with_context(|| format!("{} does not hold an address", data.join(ADDRESS_FILE).display()))?;
        if known != asked {
            bail!(
                "the record of {} is at {known}, and --store names {asked}: another database would be begun or read as if it \
                 were this record. Leave --store out; or, when the same database has a new address, remove {} and start \
                 again with --store",
                data.display(),
                data.join(ADDRESS_FILE).display()
            );
        }
    } else if data.join(DATABASE_FILE).exists() {
        // Beside an address it is what was left when the record was moved there, and the process was stopped.
        bail!(
            "{} holds a record of its own, which --store would leave behind. Leave --store out; or move the record \
             there first: opor migrate --from {0} --to URL",
            data.display()
        );
    }
    Ok(())
}

/// Notes at which PostgreSQL the record of a data folder is from now on: whole or not at all, and for its owner only.
pub(crate) fn note(data: &Path, url: &str) -> anyhow::Result<()> {
    if address(data)?.as_deref() == Some(url) {
        return Ok(());
    }
    std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let path = data.join(ADDRESS_FILE);
    let fresh = path.with_extension("new");
    let words = || format!("cannot write {}", path.display());
    // One that was left behind keeps the mode it has, whatever is asked for now.
    if fresh.exists() {
        std::fs::remove_file(&fresh).with_context(words)?;
    }
    let mut file =
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&fresh).with_context(words)?;
    file.write_all(format!("{url}\n").as_bytes()).with_context(words)?;
    file.sync_all().with_context(words)?;
    std::fs::rename(&fresh, &path).with_context(words)?;
    File::open(data)?.sync_all().with_context(words)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_folder_that_is_at_one_database_goes_to_no_other() {
        let folder = crate::folder::Folder::new("place");
        let of = |url: &str| may_be_at(&folder, url).map_err(|error| format!("{error:#}"));
        assert_eq!(of("postgres://opor:first@db/record"), Ok(()));
        note(&folder, "postgres://opor:first@db/record").unwrap();
        assert_eq!(address(&folder).unwrap().as_deref(), Some("postgres://opor:first@db/record"));
        let mode = std::fs::metadata(folder.join(ADDRESS_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(is_there(&folder));
        assert_eq!(of("postgres://opor:second@db/record"), Ok(()), "a new password");
        note(&folder, "postgres://opor:second@db/record").unwrap();
        for other in ["postgres://opor:second@db/test", "postgres://opor:second@db2/record"] {
            let words = of(other).unwrap_err();
            assert!(words.contains("when the same database has a new address, remove"), "{words}");
            assert!(!words.contains("second"), "{words}");
        }
        let file = folder.join("ca.pem");
        let tls = format!("postgres://opor@db/record?sslmode=verify-full&sslrootcert={}", file.display());
        assert_eq!(of(&tls), Ok(()));
        note(&folder, &tls).unwrap();
        let words = of("postgres://opor:second@db/record").unwrap_err();
        assert!(words.contains("is reached over TLS") && !words.contains("second"), "{words}");
        // Nobody answers there, so nothing is noted.
        std::fs::remove_file(folder.join(ADDRESS_FILE)).unwrap();
        let nowhere = format!("postgres://opor@/record?host={}", folder.display());
        assert!(open_at(&folder, &nowhere).is_err());
        assert!(!is_there(&folder));
        std::fs::write(folder.join(DATABASE_FILE), b"").unwrap();
        let words = of("postgres://opor@db3/record").unwrap_err();
        assert!(words.contains("holds a record of its own"), "{words}");
        // The note is written before the database has its other name; a stop in between leaves one that counts.
        note(&folder, "postgres://opor@db3/record").unwrap();
        assert_eq!(of("postgres://opor@db3/record"), Ok(()));
        std::fs::write(folder.join("record.db-wal"), b"").unwrap();
        leave_for_server(&folder, "postgres://opor@db3/record").unwrap();
        for (name, is_there) in
            [("record.db", false), ("record.db-wal", false), ("record.db.moved-wal", true)]
        {
            assert_eq!(folder.join(name).exists(), is_there, "{name}");
        }
    }
}
