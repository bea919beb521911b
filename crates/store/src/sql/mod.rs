//! The seam between the store and its databases: the few things that statements are made, bound and read with.
//!
//! The names are those of `rusqlite`, so that a file that reads or writes is the same for both. On SQLite each call is
//! the call of `rusqlite` behind one match; on PostgreSQL the text is translated once (see [`translate`]) and a write is
//! sent on without waiting, its answer read by the next read or by the commit.

mod address;
mod decode;
pub(crate) mod distribute;
mod params;
pub(crate) mod schema;
mod stream;
mod text;
mod translate;
mod wire;

pub(crate) use address::Address;
pub(crate) use decode::NUL;
pub(crate) use params::{Params, params_from_iter};
pub(crate) use rusqlite::params;
use rusqlite::types::FromSqlError;
pub(crate) use rusqlite::types::{FromSql, ToSql, Value, ValueRef};
pub(crate) use translate::translate;
use wire::Client;
pub use wire::Problem;

/// What a database says instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    /// PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] Problem),
    /// There is no such row.
    #[error("there is no such row")]
    NoRow,
    /// A column does not hold what is asked for.
    #[error("column {0} cannot be read: {1}")]
    Column(usize, String),
    /// A value is not of the kind that is asked for.
    #[error("a value cannot be read: {0}")]
    Value(#[from] FromSqlError),
    /// A row is not what was written.
    #[error("{0} is damaged: its checksum does not match")]
    Damaged(String),
}

/// Of the database.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Error::NoRow,
            other => Error::Sqlite(other),
        }
    }
}

/// A row that may be missing.
pub(crate) trait OptionalExtension<T> {
    /// `None` where there is no row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A connection to whichever database it is.
pub(crate) enum Connection {
    /// SQLite.
    Sqlite(rusqlite::Connection),
    /// PostgreSQL.
    Postgres(Client),
}

/// A view's transaction on PostgreSQL: one point in time from its first statement on, and nothing is written.
const BEGIN_VIEW: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1";

impl Connection {
    /// Connects to a PostgreSQL.
    pub(crate) fn connect(address: &Address) -> Result<Self> {
        Ok(Self::Postgres(Client::connect(address)?))
    }

    /// A statement that is held.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::Sqlite(conn) => Statement::Sqlite(conn.prepare(sql)?),
            Self::Postgres(client) => Statement::Postgres(client, sql.into()),
        })
    }

    /// A statement of a text that comes again.
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::Sqlite(conn) => Statement::Cached(conn.prepare_cached(sql)?),
            Self::Postgres(client) => Statement::Postgres(client, sql.into()),
        })
    }

    /// The first row of a statement that comes once.
    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare(sql)?.query_row(params, read)
    }

    /// A write that comes once.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<()> {
        self.prepare(sql)?.execute(params)
    }

    /// Statements without parameters, and waits for them.
    pub(crate) fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(conn) => Ok(conn.execute_batch(sql)?),
            Self::Postgres(client) => Ok(client.batch(&translate(sql))?),
        }
    }

    /// Whether no transaction is open.
    pub(crate) fn is_autocommit(&self) -> bool {
        match self {
            Self::Sqlite(conn) => conn.is_autocommit(),
            Self::Postgres(client) => client.is_idle(),
        }
    }

    /// Waits for the answers of writes that were sent on.
    pub(crate) fn settled(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(client) => Ok(client.settled()?),
        }
    }

    /// Waits for the answer of a commit that was sent on, and knows that it is done.
    pub(crate) fn committed(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(client) => Ok(client.committed()?),
        }
    }

    /// Begins to read at one point in time, which is now.
    pub(crate) fn begin_view(&self) -> Result<()> {
        match self {
            Self::Sqlite(conn) => {
                conn.prepare_cached("BEGIN")?.execute([])?;
                Ok(conn
                    .prepare_cached("SELECT number FROM schema_migration LIMIT 1")?
                    .query_row([], |_| Ok(()))?)
            }
            Self::Postgres(client) => Ok(client.batch(BEGIN_VIEW)?),
        }
    }

    /// Ends a view; whether the connection can serve another one.
    pub(crate) fn end_view(&self) -> bool {
        match self {
            Self::Sqlite(conn) => {
                conn.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).is_ok()
            }
            Self::Postgres(client) => client.write("COMMIT", &[]).and_then(|()| client.send_on()).is_ok(),
        }
    }

    /// What only SQLite has; `None` on PostgreSQL.
    pub(crate) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::Sqlite(conn) => Some(conn),
            Self::Postgres(_) => None,
        }
    }
}

/// A statement.
pub(crate) enum Statement<'c> {
    /// Held.
    Sqlite(rusqlite::Statement<'c>),
    /// From the cache of its connection.
    Cached(rusqlite::CachedStatement<'c>),
    /// The client knows by the text what the server has prepared.
    Postgres(&'c Client, Box<str>),
}

impl Statement<'_> {
    /// Writes. On PostgreSQL what goes wrong may be told by a later call, at the latest by the commit.
    pub(crate) fn execute(&mut self, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(statement) => statement.execute(params.for_sqlite()).map(drop)?,
            Self::Cached(statement) => statement.execute(params.for_sqlite()).map(drop)?,
            Self::Postgres(client, sql) => params.listed(|values| client.write(sql, values))?,
        }
        Ok(())
    }

    /// Writes, waits, and says how many rows it changed.
    pub(crate) fn changed(&mut self, params: impl Params) -> Result<usize> {
        Ok(match self {
            Self::Sqlite(statement) => statement.execute(params.for_sqlite())?,
            Self::Cached(statement) => statement.execute(params.for_sqlite())?,
            Self::Postgres(client, sql) => params.listed(|values| client.changed(sql, values))?,
        })
    }

    /// The rows of a scan inside a view: on PostgreSQL a thousand at a time, however many there are.
    pub(crate) fn scan(&mut self, params: impl Params) -> Result<Rows<'_>> {
        match self {
            Self::Postgres(client, sql) => {
                let scan = params.listed(|values| client.scan(sql, values))?;
                Ok(Rows::Scan { client, scan, now: None })
            }
            _ => self.query(params),
        }
    }

    /// The rows; on PostgreSQL all of them are fetched.
    pub(crate) fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(match self {
            Self::Sqlite(statement) => Rows::Sqlite(statement.query(params.for_sqlite())?),
            Self::Cached(statement) => Rows::Sqlite(statement.query(params.for_sqlite())?),
            Self::Postgres(client, sql) => {
                let rows = params.listed(|values| client.query(sql, values))?;
                Rows::Postgres { rows: rows.into_iter(), now: None }
            }
        })
    }

    /// The rows, each read.
    pub(crate) fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        params: impl Params,
        read: F,
    ) -> Result<Mapped<'_, F>> {
        Ok(Mapped { rows: self.query(params)?, read })
    }

    /// The first row, read.
    pub(crate) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(params)?;
        match rows.next()? {
            Some(row) => read(&row),
            None => Err(Error::NoRow),
        }
    }

    /// Whether there is a row.
    pub(crate) fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }
}

/// Rows of an answer, one after another.
pub(crate) enum Rows<'s> {
    /// As the statement steps.
    Sqlite(rusqlite::Rows<'s>),
    /// All of them are here.
    Postgres {
        /// Those that follow.
        rows: std::vec::IntoIter<wire::Row>,
        /// The one that is read.
        now: Option<wire::Row>,
    },
    /// They are fetched as they are read.
    Scan {
        /// Where.
        client: &'s Client,
        /// How far.
        scan: wire::Scan,
        /// The one that is read.
        now: Option<wire::Row>,
    },
}

impl Rows<'_> {
    /// The next one.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres { rows, now } => {
                *now = rows.next();
                now.as_ref().map(Row::Postgres)
            }
            Self::Scan { client, scan, now } => {
                *now = client.next(scan)?;
                now.as_ref().map(Row::Postgres)
            }
        })
    }
}

/// Rows as somebody reads them.
pub(crate) struct Mapped<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;
    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(Some(row)) => Some((self.read)(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// A row.
pub(crate) enum Row<'r> {
    /// Of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r wire::Row),
}

/// Where a column stands; a trait so that a call names the type it reads and not the type of the number.
pub(crate) trait Column {
    /// From 0.
    fn place(self) -> usize;
}

impl Column for usize {
    fn place(self) -> usize {
        self
    }
}

impl Row<'_> {
    /// A column.
    pub(crate) fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        let place = column.place();
        match self {
            Self::Sqlite(row) => Ok(row.get(place)?),
            Self::Postgres(_) => {
                let value = self.get_ref(place)?;
                T::column_result(value).map_err(|error| Error::Column(place, error.to_string()))
            }
        }
    }

    /// A column where it stands.
    pub(crate) fn get_ref(&self, column: usize) -> Result<ValueRef<'_>> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?),
            Self::Postgres(row) => row.value(column).map_err(|words| Error::Column(column, words)),
        }
    }
}
