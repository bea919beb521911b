//! The schema for PostgreSQL, made of the one in `schema.sql` and of its migrations.

use super::text::{Piece, pieces};

/// Partitions of each table whose key begins with `part`: vacuum and indexes stay small, and several disks can be used.
/// 1,024 parts fall into them by their hash.
pub(crate) const PARTITIONS: u32 = 16;
/// Key column of what belongs to a source record.
pub(crate) const PART: &str = "part";

/// A table as the schema says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: String,
    /// Columns of its primary key.
    pub(crate) primary: Vec<String>,
    /// Columns of every other key that must be unique.
    pub(crate) unique: Vec<Vec<String>>,
    /// Tables it refers to by a foreign key.
    pub(crate) refers_to: Vec<String>,
    /// Every column.
    pub(crate) columns: Vec<String>,
}

/// The statements of a text, without comments.
pub(crate) fn statements(sql: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for piece in pieces(sql) {
        let text = match piece {
            Piece::Sign(";") => {
                found.push(String::new());
                continue;
            }
            Piece::Comment => continue,
            Piece::Parameter(number) => format!("?{number}"),
            Piece::Bytes(hex) => format!("x'{hex}'"),
            Piece::Word(text) | Piece::Quoted(text) | Piece::Space(text) | Piece::Sign(text) => {
                text.to_owned()
            }
        };
        if let Some(last) = found.last_mut() {
            last.push_str(&text);
        }
    }
    found.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

/// A statement of the schema or of a migration as PostgreSQL takes it. Tables whose key begins with `part` are
/// partitioned when there are `partitions`.
pub(crate) fn for_postgresql(statement: &str, partitions: u32) -> Vec<String> {
    let defines = ["CREATE TABLE", "ALTER TABLE"].iter().any(|begin| statement.starts_with(begin));
    if !defines {
        return vec![super::translate(statement)];
    }
    let mut out = String::with_capacity(statement.len() + 64);
    let parts = pieces(statement);
    let mut at = 0;
    while let Some(piece) = parts.get(at) {
        at += 1;
        match piece {
            Piece::Word(_) if piece.is("WITHOUT") => {
                // The next word is ROWID.
                at = (at..parts.len()).find(|n| parts[*n].is("ROWID")).map_or(at, |rowid| rowid + 1);
            }
            Piece::Word(_) if piece.is("INTEGER") => out.push_str("bigint"),
            Piece::Word(_) if piece.is("BLOB") => out.push_str("bytea"),
            // Words are compared byte by byte on both.
            Piece::Word(_) if piece.is("TEXT") => out.push_str("text COLLATE \"C\""),
            Piece::Word("user") => out.push_str("\"user\""),
            Piece::Bytes(hex) => out.push_str(&format!("'\\x{hex}'::bytea")),
            Piece::Word(text) | Piece::Quoted(text) | Piece::Space(text) | Piece::Sign(text) => {
                out.push_str(text)
            }
            Piece::Parameter(_) | Piece::Comment => {}
        }
    }
    let mut made = vec![out.trim().to_owned()];
    if let Some(table) = table(statement)
        && partitions > 0
        && table.primary.first().is_some_and(|column| column == PART)
    {
        made[0].push_str(&format!(" PARTITION BY HASH ({PART})"));
        made.extend((0..partitions).map(|n| {
            format!(
                "CREATE TABLE {0}_{n} PARTITION OF {0} FOR VALUES WITH (MODULUS {partitions}, REMAINDER {n})",
                table.name
            )
        }));
    }
    made
}

/// The tables of a schema with every key that must be unique, those of unique indexes too.
pub(crate) fn tables(schema: &str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    for statement in statements(schema) {
        if let Some(table) = table(&statement) {
            found.push(table);
        } else if let Some((name, columns)) = unique_index(&statement)
            && let Some(table) = found.iter_mut().find(|table| table.name == name)
        {
            table.unique.push(columns);
        }
    }
    found
}

/// The columns in parentheses.
fn columns_in(text: &str) -> Vec<String> {
    let inner =
        text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    inner.split(',').map(|column| column.trim().to_owned()).filter(|column| !column.is_empty()).collect()
}

fn unique_index(statement: &str) -> Option<(String, Vec<String>)> {
    let rest = statement.strip_prefix("CREATE UNIQUE INDEX ")?;
    let (_, rest) = rest.split_once(" ON ")?;
    let name = rest.split([' ', '(']).next()?.to_owned();
    Some((name, columns_in(rest)))
}

fn table(statement: &str) -> Option<Table> {
    let rest = statement.strip_prefix("CREATE TABLE ")?;
    let (name, rest) = rest.split_once('(')?;
    let body = rest.rsplit_once(')').map_or(rest, |(body, _)| body);
    let mut table = Table {
        name: name.trim().to_owned(),
        primary: Vec::new(),
        unique: Vec::new(),
        refers_to: Vec::new(),
        columns: Vec::new(),
    };
    for item in items(body) {
        let words: Vec<&str> = item.split_whitespace().collect();
        let has = |a: &str, b: &str| words.windows(2).any(|two| two[0] == a && two[1].starts_with(b));
        if let Some(at) = words.iter().position(|word| *word == "REFERENCES") {
            table
                .refers_to
                .extend(words.get(at + 1).map(|name| name.split('(').next().unwrap_or_default().to_owned()));
        }
        match words.first().copied() {
            Some("PRIMARY") => table.primary = columns_in(&item),
            Some(word) if word.starts_with("UNIQUE") => table.unique.push(columns_in(&item)),
            Some("FOREIGN" | "CHECK" | "CONSTRAINT") | None => {}
            Some(column) => {
                table.columns.push(column.to_owned());
                if has("PRIMARY", "KEY") {
                    table.primary = vec![column.to_owned()];
                }
                if words.contains(&"UNIQUE") {
                    table.unique.push(vec![column.to_owned()]);
                }
            }
        }
    }
    Some(table)
}

/// What stands between the commas of the outermost level.
fn items(body: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0;
    for c in body.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_said_for_postgresql() {
        let ours = "CREATE TABLE t (\n  part INTEGER NOT NULL, -- why\n  name TEXT NOT NULL,\n  body BLOB NOT NULL DEFAULT x'',\n  PRIMARY KEY (part, name)\n) WITHOUT ROWID;";
        let [statement] = &statements(ours)[..] else { panic!("one statement") };
        let theirs = for_postgresql(statement, 2);
        assert!(theirs[0].contains("part bigint NOT NULL"), "{theirs:?}");
        assert!(theirs[0].contains("name text COLLATE \"C\" NOT NULL"), "{theirs:?}");
        assert!(theirs[0].contains("DEFAULT '\\x'::bytea"), "{theirs:?}");
        assert!(theirs[0].ends_with("PARTITION BY HASH (part)"), "{theirs:?}");
        assert_eq!(theirs[2], "CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
        assert_eq!(for_postgresql(statement, 0).len(), 1, "a cluster that shards needs no partitions");
        let plain = "CREATE TABLE u (id INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE)";
        assert_eq!(
            for_postgresql(plain, 2),
            ["CREATE TABLE u (id bigint PRIMARY KEY, number bigint NOT NULL UNIQUE)"]
        );
    }

    #[test]
    fn the_schema_is_read() {
        let tables = tables(crate::SCHEMA);
        let of = |name: &str| tables.iter().find(|table| table.name == name).expect("there");
        assert_eq!(of("outbox").primary, ["id"]);
        assert_eq!(of("outbox").unique, [["control_id"]]);
        assert_eq!(of("resource_current").primary, ["part", "record", "kind", "local"]);
        assert_eq!(of("account").unique, [["address"], ["licence"]]);
        assert!(of("audit").columns.contains(&"digest".to_owned()), "{:?}", of("audit").columns);
        assert!(tables.iter().all(|table| !table.primary.is_empty()), "each row has a key");
    }
}
