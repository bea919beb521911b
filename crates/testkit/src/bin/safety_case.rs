//! Makes the pages of docs/safety-case, the table of `opor guarantees` and the pages of docs/security anew, from the rows
//! and the names of tests.
//!
//! `cargo run -p testkit --bin safety_case`

use testkit::asvs;
use testkit::defects::names;
use testkit::safety::{
    FOLDER, defect_findings, defects_of, findings, pages, rows_of, shown, table, tests_of,
};
use testkit::sources::{all, workspace_root};

fn main() -> Result<(), String> {
    let sources = all();
    let (rows, tests) = (rows_of(&sources)?, tests_of(&sources));
    let shown = shown(&rows, &tests);
    let defects = defects_of(&sources)?;
    let mut files = pages(&shown, &defects);
    files.push(("table.json".to_owned(), table(&shown)));
    let asked = asvs::rows_of(&sources)?;
    for (folder, files) in [(FOLDER, files), (asvs::FOLDER, asvs::pages(&asked))] {
        for (name, text) in files {
            let path = workspace_root().join(folder).join(&name);
            std::fs::write(path, text).map_err(|error| format!("{folder}/{name}: {error}"))?;
        }
    }
    let of_defects = defect_findings(&defects, &names(), &tests);
    let found = findings(&rows, &tests, &sources).into_iter().chain(of_defects);
    for finding in found.chain(asvs::findings(&asked, &tests, &sources)) {
        println!("{finding}");
    }
    Ok(())
}
