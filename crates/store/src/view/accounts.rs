//! Reading accounts, how they are proven, their grants and sessions.

use super::View;
use crate::problem::ReadProblem;
use crate::rows::{AccountGrant, AccountRow, AccountState, IdentityRow, PasskeyRow, SignIn, WorkContext};
use crate::sql::{Row, params};
use fhir::Instant;

const ACCOUNT: &str = "SELECT id, revision, state, name, address, licence, reason, opened, changed, changed_by, \
                       invitation, invited_until, seen FROM account";
const IDENTITY: &str = "SELECT issuer, subject, account, bound, evidence, at FROM account_identity";
const PASSKEY: &str = "SELECT credential, account, public_key, sign_count, name, added, used FROM passkey";
const GRANT: &str = "SELECT account, number, role, practitioner, place, context, begins, ends, by_whom, application \
                     FROM account_grant";
const SIGN_IN: &str = "SELECT secret_hash, user_id, role, name, expires, bearer, grant_number, factor, begun, seen, \
                       proven_until, device FROM sign_in";

impl View {
    /// The sign-in of a secret, also when it has expired.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sign_in(&self, secret_hash: &[u8]) -> Result<Option<SignIn>, ReadProblem> {
        self.one(&format!("{SIGN_IN} WHERE secret_hash = ?1"), [secret_hash], sign_in)
    }

    /// Every session of a user that has not expired, the newest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sign_ins_of(&self, user: &str, now: Instant) -> Result<Vec<SignIn>, ReadProblem> {
        self.all(
            &format!("{SIGN_IN} WHERE user_id = ?1 AND expires > ?2 ORDER BY begun DESC"),
            params![user, now.0],
            sign_in,
        )
    }

    /// An account.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn account(&self, id: &str) -> Result<Option<AccountRow>, ReadProblem> {
        self.one(&format!("{ACCOUNT} WHERE id = ?1"), [id], account)
    }

    /// The account that has not ended with this address, in lower case.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn account_by_address(&self, address: &str) -> Result<Option<AccountRow>, ReadProblem> {
        self.one(&format!("{ACCOUNT} WHERE address = ?1 AND state <> 2"), [address], account)
    }

    /// The account that has not ended with this licence.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn account_by_licence(&self, licence: &str) -> Result<Option<AccountRow>, ReadProblem> {
        self.one(
            &format!("{ACCOUNT} WHERE licence = ?1 AND licence <> '' AND state <> 2"),
            [licence],
            account,
        )
    }

    /// Accounts after an id, in order of their ids.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn accounts_after(&self, id: &str, limit: usize) -> Result<Vec<AccountRow>, ReadProblem> {
        self.all(
            &format!("{ACCOUNT} WHERE id > ?1 ORDER BY id LIMIT ?2"),
            params![id, super::sql_limit(limit)],
            account,
        )
    }

    /// Who somebody at an OpenID provider is here.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn identity(&self, issuer: &str, subject: &str) -> Result<Option<IdentityRow>, ReadProblem> {
        self.one(&format!("{IDENTITY} WHERE issuer = ?1 AND subject = ?2"), [issuer, subject], identity)
    }

    /// The identities of an account.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn identities_of(&self, account: &str) -> Result<Vec<IdentityRow>, ReadProblem> {
        self.all(&format!("{IDENTITY} WHERE account = ?1 ORDER BY issuer, subject"), [account], identity)
    }

    /// A passkey by its credential id.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn passkey(&self, credential: &[u8]) -> Result<Option<PasskeyRow>, ReadProblem> {
        self.one(&format!("{PASSKEY} WHERE credential = ?1"), [credential], passkey)
    }

    /// The passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn passkeys_of(&self, account: &str) -> Result<Vec<PasskeyRow>, ReadProblem> {
        self.all(&format!("{PASSKEY} WHERE account = ?1 ORDER BY added, credential"), [account], passkey)
    }

    /// What an account was ever granted, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn account_grants(&self, account: &str) -> Result<Vec<AccountGrant>, ReadProblem> {
        self.all(&format!("{GRANT} WHERE account = ?1 ORDER BY number"), [account], grant)
    }

    /// The versions of statements that the holder of an account acknowledged: statement, version, when.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn acknowledged(&self, account: &str) -> Result<Vec<(String, String, Instant)>, ReadProblem> {
        self.all(
            "SELECT statement, version, at FROM account_statement WHERE account = ?1 ORDER BY at, statement",
            [account],
            |row| Ok((row.get(0)?, row.get(1)?, Instant(row.get(2)?))),
        )
    }

    /// What a sign-in that began elsewhere is for, while it can come back.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn sign_in_attempt(&self, handle: &[u8], now: Instant) -> Result<Option<String>, ReadProblem> {
        self.one(
            "SELECT body FROM sign_in_attempt WHERE handle = ?1 AND expires > ?2",
            params![handle, now.0],
            |row| row.get(0),
        )
    }

    /// How often something was tried lately.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tries(&self, tried: &[u8], now: Instant) -> Result<u32, ReadProblem> {
        let count = self.one(
            "SELECT count FROM sign_in_throttle WHERE tried = ?1 AND expires > ?2",
            params![tried, now.0],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }
}

fn sign_in(row: &Row<'_>) -> crate::sql::Result<SignIn> {
    Ok(SignIn {
        secret_hash: row.get(0)?,
        user: row.get(1)?,
        role: row.get(2)?,
        name: row.get(3)?,
        expires: Instant(row.get(4)?),
        bearer: row.get(5)?,
        grant: row.get(6)?,
        factor: row.get(7)?,
        begun: Instant(row.get(8)?),
        seen: Instant(row.get(9)?),
        proven_until: Instant(row.get(10)?),
        device: row.get(11)?,
    })
}

fn account(row: &Row<'_>) -> crate::sql::Result<AccountRow> {
    Ok(AccountRow {
        id: row.get(0)?,
        revision: row.get(1)?,
        state: AccountState::from_code(row.get(2)?),
        name: row.get(3)?,
        address: row.get(4)?,
        licence: row.get(5)?,
        reason: row.get(6)?,
        opened: Instant(row.get(7)?),
        changed: Instant(row.get(8)?),
        changed_by: row.get(9)?,
        invitation: row.get(10)?,
        invited_until: row.get::<_, Option<i64>>(11)?.map(Instant),
        seen: row.get::<_, Option<i64>>(12)?.map(Instant),
    })
}

fn identity(row: &Row<'_>) -> crate::sql::Result<IdentityRow> {
    Ok(IdentityRow {
        issuer: row.get(0)?,
        subject: row.get(1)?,
        account: row.get(2)?,
        bound: row.get(3)?,
        evidence: row.get(4)?,
        at: Instant(row.get(5)?),
    })
}

fn passkey(row: &Row<'_>) -> crate::sql::Result<PasskeyRow> {
    Ok(PasskeyRow {
        credential: row.get(0)?,
        account: row.get(1)?,
        public_key: row.get(2)?,
        sign_count: row.get(3)?,
        name: row.get(4)?,
        added: Instant(row.get(5)?),
        used: row.get::<_, Option<i64>>(6)?.map(Instant),
    })
}

fn grant(row: &Row<'_>) -> crate::sql::Result<AccountGrant> {
    Ok(AccountGrant {
        account: row.get(0)?,
        number: row.get(1)?,
        role: row.get(2)?,
        practitioner: row.get(3)?,
        place: row.get(4)?,
        context: WorkContext::from_code(row.get(5)?),
        begins: Instant(row.get(6)?),
        ends: row.get::<_, Option<i64>>(7)?.map(Instant),
        by_whom: row.get(8)?,
        application: row.get(9)?,
    })
}
