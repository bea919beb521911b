//! Reading units and managers, registers, lapses, tickets of the IT self-service, SHARE users.

use super::{View, sql_limit};
use crate::dialect::facility::holds;
use crate::problem::ReadProblem;
use crate::rows::{
    ApplicationId, FacilityPerson, FacilityRequirement, LapseRow, RecertificationRow, RegisterFile, ShareRun,
    ShareUser, StructureRow, TicketRow, TicketStatus,
};
use crate::sql::{Row, params};
use fhir::Instant;

const PERSON: &str = "SELECT account, employee, unit, since FROM facility_person";
const LAPSE: &str = "SELECT account, code, at, words, ended, ended_by FROM lapse";
const RECERTIFICATION: &str = "SELECT quarter, account, keeps, actor, at, reason FROM recertification";
const TICKET: &str = "SELECT sender, ticket, digest, at, application, wish FROM access_ticket";
const STATUS: &str = "SELECT seq, sender, ticket, at, status, words FROM ticket_status";
const RUN: &str = "SELECT run, at, actor, switch, roster, migrated, not_migrated, excluded FROM share_run";
const USER: &str = "SELECT run, line, user, name, unit, fate, words, evidence, application FROM share_user";

impl View {
    /// Units and managers in force; `None` where none were ever taken over.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn facility_structure(&self) -> Result<Option<StructureRow>, ReadProblem> {
        self.one(
            "SELECT seq, at, actor, reason, body FROM facility_structure ORDER BY seq DESC LIMIT 1",
            [],
            |row| {
                Ok(StructureRow {
                    seq: row.get(0)?,
                    at: Instant(row.get(1)?),
                    actor: row.get(2)?,
                    reason: row.get(3)?,
                    body: row.get(4)?,
                })
            },
        )
    }

    /// The employment that an account rests on.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn facility_person(&self, account: &str) -> Result<Option<FacilityPerson>, ReadProblem> {
        self.one(&format!("{PERSON} WHERE account = ?1"), [account], person_row)
    }

    /// People of a unit, by account.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn facility_people(&self, unit: &str) -> Result<Vec<FacilityPerson>, ReadProblem> {
        self.all(&format!("{PERSON} WHERE unit = ?1 ORDER BY account"), [unit], person_row)
    }

    /// A register as it was last taken.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn register_file(&self, register: &str) -> Result<Option<RegisterFile>, ReadProblem> {
        self.one(
            "SELECT register, at, digest, body FROM register_file WHERE register = ?1",
            [register],
            |row| {
                Ok(RegisterFile {
                    register: row.get(0)?,
                    at: Instant(row.get(1)?),
                    digest: row.get(2)?,
                    body: row.get(3)?,
                })
            },
        )
    }

    /// Why accounts were suspended, the latest first; of one, also what has ended.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn lapses_of(&self, account: &str) -> Result<Vec<LapseRow>, ReadProblem> {
        self.all(&format!("{LAPSE} WHERE account = ?1 ORDER BY at DESC, code"), [account], lapse_row)
    }

    /// When the look of a quarter began.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn recertification_round(&self, quarter: &str) -> Result<Option<Instant>, ReadProblem> {
        self.one("SELECT asked FROM recertification_round WHERE quarter = ?1", [quarter], |row| {
            Ok(Instant(row.get(0)?))
        })
    }

    /// What was said of somebody in a quarter.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn recertified(
        &self,
        quarter: &str,
        account: &str,
    ) -> Result<Option<RecertificationRow>, ReadProblem> {
        self.one(
            &format!("{RECERTIFICATION} WHERE quarter = ?1 AND account = ?2"),
            params![quarter, account],
            |row| {
                Ok(RecertificationRow {
                    quarter: row.get(0)?,
                    account: row.get(1)?,
                    keeps: row.get(2)?,
                    actor: row.get(3)?,
                    at: Instant(row.get(4)?),
                    reason: row.get(5)?,
                })
            },
        )
    }

    /// A ticket.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn access_ticket(&self, sender: &str, ticket: &str) -> Result<Option<TicketRow>, ReadProblem> {
        self.one(&format!("{TICKET} WHERE sender = ?1 AND ticket = ?2"), params![sender, ticket], ticket_row)
    }

    /// The ticket that an application came from.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn ticket_of(&self, application: ApplicationId) -> Result<Option<TicketRow>, ReadProblem> {
        self.one(&format!("{TICKET} WHERE application = ?1"), [application.0], ticket_row)
    }

    /// Tickets that led to an application, oldest first, after one of them.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn tickets_after(&self, after: (&str, &str), limit: usize) -> Result<Vec<TicketRow>, ReadProblem> {
        self.all(
            &format!("{TICKET} WHERE (sender, ticket) > (?1, ?2) ORDER BY sender, ticket LIMIT ?3"),
            params![after.0, after.1, sql_limit(limit)],
            ticket_row,
        )
    }

    /// What became of a ticket, the latest first.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn ticket_statuses(&self, sender: &str, ticket: &str) -> Result<Vec<TicketStatus>, ReadProblem> {
        self.all(
            &format!("{STATUS} WHERE sender = ?1 AND ticket = ?2 ORDER BY seq DESC"),
            params![sender, ticket],
            status_row,
        )
    }

    /// What became of a sender's tickets after a number, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn ticket_feed(
        &self,
        sender: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<TicketStatus>, ReadProblem> {
        self.all(
            &format!("{STATUS} WHERE sender = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"),
            params![sender, after, sql_limit(limit)],
            status_row,
        )
    }

    /// Whether a signed call was taken before.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn nonce_taken(&self, sender: &str, nonce: &str) -> Result<bool, ReadProblem> {
        let unused = FacilityRequirement::NonceUnused(sender.to_owned(), nonce.to_owned());
        Ok(!holds(self.conn()?, &unused)?)
    }

    /// A migration of SHARE users.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn share_run(&self, run: &str) -> Result<Option<ShareRun>, ReadProblem> {
        self.one(&format!("{RUN} WHERE run = ?1"), [run], |row| {
            Ok(ShareRun {
                run: row.get(0)?,
                at: Instant(row.get(1)?),
                actor: row.get(2)?,
                switch: row.get(3)?,
                roster: row.get(4)?,
                migrated: row.get(5)?,
                not_migrated: row.get(6)?,
                excluded: row.get(7)?,
            })
        })
    }

    /// What became of the rows of a roster, after a line, in order.
    ///
    /// # Errors
    /// [`ReadProblem::Database`].
    pub fn share_users(&self, run: &str, after: u32, limit: usize) -> Result<Vec<ShareUser>, ReadProblem> {
        self.all(
            &format!("{USER} WHERE run = ?1 AND line > ?2 ORDER BY line LIMIT ?3"),
            params![run, after, sql_limit(limit)],
            |row| {
                Ok(ShareUser {
                    run: row.get(0)?,
                    line: row.get(1)?,
                    user: row.get(2)?,
                    name: row.get(3)?,
                    unit: row.get(4)?,
                    fate: row.get(5)?,
                    words: row.get(6)?,
                    evidence: row.get(7)?,
                    application: ApplicationId(row.get(8)?),
                })
            },
        )
    }
}

fn person_row(row: &Row<'_>) -> crate::sql::Result<FacilityPerson> {
    Ok(FacilityPerson {
        account: row.get(0)?,
        employee: row.get(1)?,
        unit: row.get(2)?,
        since: Instant(row.get(3)?),
    })
}

fn lapse_row(row: &Row<'_>) -> crate::sql::Result<LapseRow> {
    Ok(LapseRow {
        account: row.get(0)?,
        code: row.get(1)?,
        at: Instant(row.get(2)?),
        words: row.get(3)?,
        ended: row.get::<_, Option<i64>>(4)?.map(Instant),
        ended_by: row.get(5)?,
    })
}

fn ticket_row(row: &Row<'_>) -> crate::sql::Result<TicketRow> {
    Ok(TicketRow {
        sender: row.get(0)?,
        ticket: row.get(1)?,
        digest: row.get(2)?,
        at: Instant(row.get(3)?),
        application: ApplicationId(row.get(4)?),
        wish: row.get(5)?,
    })
}

fn status_row(row: &Row<'_>) -> crate::sql::Result<TicketStatus> {
    Ok(TicketStatus {
        seq: row.get(0)?,
        sender: row.get(1)?,
        ticket: row.get(2)?,
        at: Instant(row.get(3)?),
        status: row.get(4)?,
        words: row.get(5)?,
    })
}
