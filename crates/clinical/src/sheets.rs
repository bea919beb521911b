//! Tables as other offices export them: comma, semicolon or tab between the cells, a line of headings, one row a line.

use std::collections::BTreeSet;

/// Cells of a line that are read.
const CELLS_LIMIT: usize = 100;
/// Lines to mend that are told at once; the rest is counted.
const TOLD_LIMIT: usize = 20;

/// A row: its line in the file from 1, and its cells in the order of the columns that were asked for.
pub(crate) type Row = (usize, Vec<String>);

/// Why a table cannot be read: what to mend, with line numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n  "))]
pub struct SheetProblem(pub Vec<String>);

impl SheetProblem {
    /// Nothing to mend is no problem.
    ///
    /// # Errors
    /// There is something to mend.
    pub(crate) fn unless_empty(mut wrong: Vec<String>) -> Result<(), Self> {
        if wrong.is_empty() {
            return Ok(());
        }
        let more = wrong.len().saturating_sub(TOLD_LIMIT);
        wrong.truncate(TOLD_LIMIT);
        if more > 0 {
            wrong.push(format!("and {more} more lines"));
        }
        Err(Self(wrong))
    }
}

/// A cell of a table that spreadsheets open (RFC 4180): in quotation marks, and never the beginning of a formula.
#[must_use]
pub fn cell(text: &str) -> String {
    // Spreadsheets look past blanks, and take the wide forms for the plain ones.
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let safe = if is_formula { format!("'{text}") } else { text.to_owned() };
    format!("\"{}\"", safe.replace('"', "\"\""))
}

/// The rows of a table whose first line names at least `columns`, in any order; other columns are left alone.
///
/// # Errors
/// It is empty, a column is missing or named twice.
pub(crate) fn rows(text: &str, columns: &[&str]) -> Result<Vec<Row>, SheetProblem> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = [';', '\t'].into_iter().find(|mark| first.matches(*mark).count() >= 2).unwrap_or(',');
    let mut all = lines(text, separator).into_iter();
    let heading: Vec<String> = match all.next() {
        Some((_, cells)) => cells.iter().map(|cell| cell.trim().to_lowercase()).collect(),
        None => {
            return Err(SheetProblem(vec![format!("it is empty; its first line is {}", columns.join(","))]));
        }
    };
    let named: BTreeSet<&String> = heading.iter().filter(|name| columns.contains(&name.as_str())).collect();
    let missing: Vec<&str> =
        columns.iter().copied().filter(|column| !named.iter().any(|name| name.as_str() == *column)).collect();
    if !missing.is_empty() {
        return Err(SheetProblem(vec![format!(
            "line 1 does not name {}; it names at least {}",
            missing.join(", "),
            columns.join(",")
        )]));
    }
    if let Some(twice) =
        columns.iter().find(|column| heading.iter().filter(|name| *name == *column).count() > 1)
    {
        return Err(SheetProblem(vec![format!(
            "line 1 names {twice} twice; leave one of the two columns out"
        )]));
    }
    let places: Vec<usize> =
        columns.iter().filter_map(|column| heading.iter().position(|name| name == column)).collect();
    Ok(all
        .map(|(line, cells)| {
            let cell = |at: &usize| cells.get(*at).map(|cell| cell.trim().to_owned()).unwrap_or_default();
            (line, places.iter().map(cell).collect())
        })
        .collect())
}

/// Lines that hold something, with their numbers, in cells; quotation marks around a cell hold separators and line ends.
pub(crate) fn lines(text: &str, separator: char) -> Vec<(usize, Vec<String>)> {
    let (mut all, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut begun) = (false, 1_usize, 1_usize);
    let mut chars = text.chars().peekable();
    let mut end = |cells: &mut Vec<String>, cell: &mut String, begun: usize| {
        cells.push(std::mem::take(cell));
        let mut whole = std::mem::take(cells);
        whole.truncate(CELLS_LIMIT);
        if whole.iter().any(|cell| !cell.trim().is_empty()) {
            all.push((begun, whole));
        }
    };
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                quoted = true;
                cell.clear();
            }
            '\n' if !quoted => {
                end(&mut cells, &mut cell, begun);
                begun = line;
            }
            '\r' if !quoted => {}
            other if other == separator && !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    end(&mut cells, &mut cell, begun);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        for text in ["=1+1", " =1+1", "\n=1", "＝1", "@SUM(A1)", "-2"] {
            assert!(cell(text).starts_with("\"'"), "{text}");
        }
        assert_eq!(cell("a \"b\""), "\"a \"\"b\"\"\"");
    }

    #[test]
    fn columns_are_found_by_name_and_what_is_missing_is_said() {
        let text = "\u{feff}Until;extra;licence\n2026-01-31;x;\"A;1\"\n\n;;B2\n";
        let read = rows(text, &["licence", "until"]).expect("a table");
        assert_eq!(
            read,
            [(2, vec!["A;1".to_owned(), "2026-01-31".to_owned()]), (4, vec!["B2".to_owned(), String::new()])]
        );
        let wrong = |text| rows(text, &["licence", "until"]).expect_err("not a table").to_string();
        assert!(wrong("licence,family\n1,2\n").contains("does not name until"));
        assert!(wrong("licence,until,until\n").contains("twice"));
        assert!(wrong("").contains("empty"));
    }

    #[test]
    fn many_lines_to_mend_are_counted() {
        let wrong: Vec<String> = (1..=25).map(|n| format!("line {n}")).collect();
        let told = SheetProblem::unless_empty(wrong).expect_err("to mend").0;
        assert_eq!((told.len(), told.last().map(String::as_str)), (21, Some("and 5 more lines")));
        assert_eq!(SheetProblem::unless_empty(Vec::new()), Ok(()));
    }
}
