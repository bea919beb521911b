//! A maildir from which a mail server of the house takes what goes out.

use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Written under `tmp`, synced, then moved to `new`: whoever reads the maildir sees whole mails. The same mail again is the
/// same file.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(folder.join(part))?;
    }
    let name = format!("{name}.eml");
    let fresh = folder.join("tmp").join(&name);
    let mut file = fs::File::create(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join("new").join(&name))?;
    fs::File::open(folder.join("new"))?.sync_all()
}
