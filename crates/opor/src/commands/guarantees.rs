//! `opor guarantees`

use anyhow::Context as _;
use serde::Deserialize;
use std::process::ExitCode;

/// The safety case of this build: each hazard, fault and guarantee with its guard, its tests and what is not covered
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only rows of which something is not covered
    #[arg(long)]
    uncovered: bool,
    /// As JSON, an array of rows
    #[arg(long)]
    json: bool,
}

/// Generated from docs/safety-case/*.toml and the names of tests; a test keeps it equal.
const TABLE: &str = include_str!("../../../../docs/safety-case/table.json");

#[derive(Deserialize, serde::Serialize)]
struct Row {
    id: String,
    says: String,
    guard: Vec<String>,
    tests: Vec<String>,
    defect: Vec<String>,
    open: String,
}

fn rows() -> anyhow::Result<Vec<Row>> {
    serde_json::from_str(TABLE).context("the safety case of this build cannot be read")
}

/// Print it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut rows = rows()?;
    let sum = sum(&rows);
    rows.retain(|row| !args.uncovered || !row.open.is_empty());
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(ExitCode::SUCCESS);
    }
    for row in &rows {
        println!("{:<6} {}", row.id, row.says);
        for (word, names) in [("guard", &row.guard), ("tests", &row.tests), ("defect", &row.defect)] {
            if let Some((first, rest)) = names.split_first() {
                println!("       {word:<7} {first}");
                for name in rest {
                    println!("               {name}");
                }
            }
        }
        if !row.open.is_empty() {
            println!("       not covered: {}", row.open);
        }
    }
    println!("{sum}");
    Ok(ExitCode::SUCCESS)
}

fn sum(rows: &[Row]) -> String {
    let count = |tested: bool, open: bool| {
        rows.iter().filter(|row| row.tests.is_empty() != tested && row.open.is_empty() != open).count()
    };
    format!(
        "{} rows: {} shown by tests, {} shown in part, {} not shown. Unsigned: no registered clinician has signed it.",
        rows.len(),
        count(true, false),
        count(true, true),
        count(false, true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s131_the_table_is_read_and_what_is_not_covered_is_told_apart() {
        let all = rows().expect("rows");
        assert!(all.iter().any(|row| row.id == "H01" && row.tests.len() > 5));
        assert!(all.iter().any(|row| row.open.is_empty()) && all.iter().any(|row| row.tests.is_empty()));
        assert!(sum(&all).starts_with(&format!("{} rows: ", all.len())) && sum(&all).contains("Unsigned"));
    }
}
