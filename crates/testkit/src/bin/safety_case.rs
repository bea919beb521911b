//! Makes the pages of docs/safety-case and the table of `opor guarantees` anew, from the rows and the names of tests.
//!
//! `cargo run -p testkit --bin safety_case`

use testkit::defects::names;
use testkit::safety::{
    FOLDER, defect_findings, defects_of, findings, pages, rows_of, shown, table, tests_of,
};
use testkit::sources::{all, workspace_root};

fn main() -> Result<(), String> {
    let sources = all();
    let (rows, tests) = (rows_of(&sources)?, tests_of(&sources));
    let shown = shown(&rows, &tests);
    let folder = workspace_root().join(FOLDER);
    let defects = defects_of(&sources)?;
    let mut files = pages(&shown, &defects);
    files.push(("table.json".to_owned(), table(&shown)));
    for (name, text) in files {
        std::fs::write(folder.join(&name), text).map_err(|error| format!("{name}: {error}"))?;
    }
    let of_defects = defect_findings(&defects, &names(), &tests);
    for finding in findings(&rows, &tests, &sources).into_iter().chain(of_defects) {
        println!("{finding}");
    }
    Ok(())
}
