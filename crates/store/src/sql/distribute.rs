//! The statements that shard the schema over a Citus cluster, and the rules they must keep.
//!
//! A distributed table is cut by the hash of one column; that column must stand in each of its unique keys, and a foreign
//! key may not lead to a table that is cut otherwise (Citus 12, "Creating and modifying distributed objects").

use super::schema::{PART, Table};

/// How a table is laid over the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lay {
    /// With the source record it belongs to: all tables of a part stand on one node.
    WithPart,
    /// By a key of its own.
    By(&'static str),
    /// By a column that the primary key must be widened by first (what makes a row one is another key).
    Widened(&'static str),
    /// Whole on every node: small, or with several keys that must be unique.
    Everywhere,
}

/// What is cut by a key of its own. Tables whose key begins with `part` go with it; everything else is small and stands on
/// every node.
const CUT: &[(&str, Lay)] = &[
    ("journal", Lay::By("id")),
    ("journal_done", Lay::By("id")),
    ("journal_aside", Lay::By("id")),
    ("journal_bytes", Lay::By("arrival")),
    ("journal_open", Lay::By("arrival")),
    ("journal_key", Lay::By("link")),
    ("refusal", Lay::By("id")),
    ("record_key", Lay::By("key")),
    ("order_number", Lay::By("number")),
    ("person", Lay::By("person")),
    ("person_record", Lay::By("person")),
    ("link_event", Lay::By("id")),
    ("link_moved", Lay::By("record")),
    ("filing", Lay::By("id")),
    ("filing_said", Lay::By("message")),
    ("find_token", Lay::By("code")),
    ("find_date", Lay::By("lo")),
    ("obligation", Lay::By("id")),
    ("obligation_open", Lay::By("id")),
    ("obligation_event", Lay::By("obligation")),
    // What makes a delivery one is its control id; its number only orders it.
    ("outbox", Lay::Widened("control_id")),
    ("outbox_waiting", Lay::By("destination")),
    ("outbox_barrier", Lay::By("destination")),
    ("notice", Lay::By("obligation")),
    ("notice_record", Lay::By("record")),
    ("audit", Lay::By("seq")),
    ("audit_waiting", Lay::By("id")),
    ("subscription_event", Lay::By("subscription")),
    ("resource_condition", Lay::By("digest")),
];

/// How a table is laid.
fn lay(table: &Table) -> Lay {
    if table.primary.first().is_some_and(|column| column == PART) {
        return Lay::WithPart;
    }
    CUT.iter().find(|(name, _)| *name == table.name).map_or(Lay::Everywhere, |(_, lay)| *lay)
}

/// The column a table is cut by.
fn column(lay: Lay) -> Option<&'static str> {
    match lay {
        Lay::WithPart => Some(PART),
        Lay::By(column) | Lay::Widened(column) => Some(column),
        Lay::Everywhere => None,
    }
}

/// What a cluster would refuse, in words; empty when the tables can be laid out.
fn refusals(tables: &[Table]) -> Vec<String> {
    let mut found = Vec::new();
    for table in tables {
        let lay = lay(table);
        let Some(column) = column(lay) else { continue };
        let has = |key: &[String]| key.iter().any(|one| one == column);
        if !table.columns.iter().any(|one| one == column) {
            found.push(format!("{}: there is no column {column}", table.name));
        }
        if !has(&table.primary) && !matches!(lay, Lay::Widened(_)) {
            found.push(format!("{}: {column} is not in the primary key", table.name));
        }
        for key in table.unique.iter().filter(|key| !has(key)) {
            found.push(format!("{}: {column} is not in the unique key ({})", table.name, key.join(", ")));
        }
        for other in &table.refers_to {
            let other = tables.iter().find(|table| table.name == *other);
            if other.is_none_or(|other| self::column(self::lay(other)) != Some(column)) {
                found.push(format!("{}: a foreign key leads to a table that is cut otherwise", table.name));
            }
        }
    }
    for (name, _) in CUT {
        if !tables.iter().any(|table| table.name == *name) {
            found.push(format!("{name}: there is no such table"));
        }
    }
    found
}

/// The statements that lay the schema over a Citus cluster: the file `distribute.sql`.
///
/// # Errors
/// What a cluster would refuse, in words: the schema must change, or the table of how it is cut.
pub fn distribute_sql() -> Result<String, String> {
    let tables = super::schema::tables(crate::SCHEMA);
    match refusals(&tables) {
        found if found.is_empty() => Ok(statements(&tables)),
        found => Err(found.join("\n")),
    }
}

/// The file `distribute.sql`.
fn statements(tables: &[Table]) -> String {
    let mut out = String::from(
        "-- Lays the tables of opor over a Citus cluster. Made of schema.sql (a test keeps them equal).\n\
         -- Run it once, as the owner of the database, after `CREATE EXTENSION citus` and after the schema is made there;\n\
         -- where the extension is present the tables of patients are made without partitions, since they are cut here.\n",
    );
    let first = tables.iter().find(|table| lay(table) == Lay::WithPart).map(|table| table.name.as_str());
    out.push_str("\n-- Small, or looked up by several keys: whole on every node. First, since the others are joined to them.\n");
    for table in tables.iter().filter(|table| lay(table) == Lay::Everywhere) {
        out.push_str(&format!("SELECT create_reference_table('{}');\n", table.name));
    }
    out.push_str("\n-- What belongs to a source record: all of a part on one node.\n");
    for table in tables.iter().filter(|table| lay(table) == Lay::WithPart) {
        let with = match first {
            Some(first) if first != table.name => first,
            _ => "none",
        };
        out.push_str(&format!(
            "SELECT create_distributed_table('{}', '{PART}', colocate_with => '{with}');\n",
            table.name
        ));
    }
    out.push_str("\n-- Global tables, each by its own key; those cut by the same key of the same things stand together.\n");
    let mut groups: Vec<(&str, &str, &str)> = Vec::new();
    for table in tables {
        let lay = lay(table);
        let (Lay::By(column) | Lay::Widened(column)) = lay else { continue };
        if matches!(lay, Lay::Widened(_)) {
            out.push_str(&format!(
                "ALTER TABLE {0} DROP CONSTRAINT {0}_pkey, ADD PRIMARY KEY ({1}, {column});\n",
                table.name,
                table.primary.join(", ")
            ));
        }
        let family = table.name.split('_').next().unwrap_or_default();
        let with = groups.iter().find(|(name, key, _)| *name == family && *key == column);
        out.push_str(&format!(
            "SELECT create_distributed_table('{}', '{column}', colocate_with => '{}');\n",
            table.name,
            with.map_or("none", |(_, _, table)| table)
        ));
        if with.is_none() {
            groups.push((family, column, &table.name));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::schema::tables;

    #[test]
    fn a_key_that_a_cluster_refuses_is_found() {
        let schema = "CREATE TABLE record (part INTEGER NOT NULL, record INTEGER NOT NULL, number INTEGER NOT NULL UNIQUE, PRIMARY KEY (part, record));\
                      CREATE TABLE journal (id INTEGER PRIMARY KEY, link INTEGER REFERENCES record (part));";
        let found = refusals(&tables(schema)).join("\n");
        assert!(found.contains("record: part is not in the unique key (number)"), "{found}");
        assert!(found.contains("journal: a foreign key leads"), "{found}");
        assert!(found.contains("audit: there is no such table"), "{found}");
    }

    #[test]
    fn a_cluster_takes_every_table_as_distribute_sql_says() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("distribute.sql");
        let found = std::fs::read_to_string(path).unwrap_or_default();
        let wanted = distribute_sql().unwrap();
        assert!(
            found == wanted,
            "run `cargo run -p store --example distribute > crates/store/distribute.sql`"
        );
    }
}
