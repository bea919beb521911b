//! Reading apps, what they may do, and their tokens.

use super::View;
use crate::dialect::smart;
use crate::problem::ReadProblem;
use crate::rows::{SmartApp, SmartGrant, SmartSort, SmartToken};
use crate::sql::{Row, params};
use fhir::Instant;

const APP: &str = "SELECT id, body, at, actor, ended FROM smart_app";
const GRANT: &str = "SELECT id, app, account, body, at, expires FROM smart_grant";

fn app(row: &Row<'_>) -> crate::sql::Result<SmartApp> {
    Ok(SmartApp {
        id: row.get(0)?,
        body: row.get(1)?,
        at: Instant(row.get(2)?),
        actor: row.get(3)?,
        ended: row.get::<_, Option<i64>>(4)?.map(Instant),
    })
}

fn grant(row: &Row<'_>) -> crate::sql::Result<SmartGrant> {
    Ok(SmartGrant {
        id: row.get(0)?,
        app: row.get(1)?,
        account: row.get(2)?,
        body: row.get(3)?,
        at: Instant(row.get(4)?),
        expires: Instant(row.get(5)?),
    })
}

impl View {
    /// An app, also one that is let in no more.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn smart_app(&self, id: &str) -> Result<Option<SmartApp>, ReadProblem> {
        self.one(&format!("{APP} WHERE id = ?1"), [id], app)
    }

    /// Every app, by its id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn smart_apps(&self) -> Result<Vec<SmartApp>, ReadProblem> {
        self.all(&format!("{APP} ORDER BY id"), [], app)
    }

    /// What was let, while it holds.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn smart_grant(&self, id: &[u8], now: Instant) -> Result<Option<SmartGrant>, ReadProblem> {
        self.one(&format!("{GRANT} WHERE id = ?1 AND expires > ?2"), params![id, now.0], grant)
    }

    /// What somebody let apps do, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn smart_grants_of(&self, account: &str, now: Instant) -> Result<Vec<SmartGrant>, ReadProblem> {
        self.all(
            &format!("{GRANT} WHERE account = ?1 AND expires > ?2 ORDER BY at"),
            params![account, now.0],
            grant,
        )
    }

    /// A token of a sort, while it holds.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn smart_token(
        &self,
        hash: &[u8],
        sort: SmartSort,
        now: Instant,
    ) -> Result<Option<SmartToken>, ReadProblem> {
        self.one(
            "SELECT holder, body, expires FROM smart_token WHERE hash = ?1 AND sort = ?2 AND expires > ?3",
            params![hash, sort as i64, now.0],
            |row| {
                Ok(SmartToken {
                    hash: hash.to_vec(),
                    sort,
                    holder: row.get(0)?,
                    body: row.get(1)?,
                    expires: Instant(row.get(2)?),
                })
            },
        )
    }

    /// Whether something that holds once was used.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn is_spent(&self, hash: &[u8]) -> Result<bool, ReadProblem> {
        Ok(smart::is_spent(self.conn()?, hash)?)
    }
}
