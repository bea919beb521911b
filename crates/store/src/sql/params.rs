//! What is bound to a statement, in the ways in which callers write it.

use super::wire::Problem;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ParamsFromIter, ToSql};

/// Values for `?1`, `?2` …: an array, `params![…]`, `[]`, or [`params_from_iter`].
pub(crate) trait Params {
    /// As `rusqlite` takes them.
    type Sqlite: rusqlite::Params;
    /// As `rusqlite` takes them.
    fn for_sqlite(self) -> Self::Sqlite;
    /// Hands all of them to somebody.
    fn listed<T>(self, take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>) -> Result<T, Problem>;
}

fn hand<'a, S: ToSql + ?Sized + 'a, T>(
    values: impl Iterator<Item = &'a S>,
    take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let owned: Vec<ToSqlOutput<'a>> = values
        .map(|value| value.to_sql().map_err(|error| Problem::Value(error.to_string())))
        .collect::<Result<_, _>>()?;
    let plain: Vec<ValueRef<'_>> = owned
        .iter()
        .map(|value| match value {
            ToSqlOutput::Borrowed(value) => Ok(*value),
            ToSqlOutput::Owned(value) => Ok(value.into()),
            _ => Err(Problem::Value("a value that only SQLite knows".into())),
        })
        .collect::<Result<_, _>>()?;
    take(&plain)
}

impl Params for &[&dyn ToSql] {
    type Sqlite = Self;
    fn for_sqlite(self) -> Self {
        self
    }
    fn listed<T>(self, take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>) -> Result<T, Problem> {
        hand(self.iter().copied(), take)
    }
}

impl Params for [&(dyn ToSql + Send + Sync); 0] {
    type Sqlite = Self;
    fn for_sqlite(self) -> Self {
        self
    }
    fn listed<T>(self, take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>) -> Result<T, Problem> {
        take(&[])
    }
}

/// For each length by itself, so that `[]` is of no length but 0.
macro_rules! arrays {
    ($($n:literal)*) => {$(
        impl<S: ToSql> Params for [S; $n] {
            type Sqlite = Self;
            fn for_sqlite(self) -> Self {
                self
            }
            fn listed<T>(self, take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>) -> Result<T, Problem> {
                hand(self.iter(), take)
            }
        }
    )*};
}
arrays!(1 2 3 4 5 6);

/// Values of one type, as many as there are.
pub(crate) struct Listed<S>(Vec<S>);

/// Values of one type, as many as there are.
pub(crate) fn params_from_iter<S: ToSql>(values: impl IntoIterator<Item = S>) -> Listed<S> {
    Listed(values.into_iter().collect())
}

impl<S: ToSql> Params for Listed<S> {
    type Sqlite = ParamsFromIter<Vec<S>>;
    fn for_sqlite(self) -> Self::Sqlite {
        rusqlite::params_from_iter(self.0)
    }
    fn listed<T>(self, take: impl FnOnce(&[ValueRef<'_>]) -> Result<T, Problem>) -> Result<T, Problem> {
        hand(self.0.iter(), take)
    }
}
