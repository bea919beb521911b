//! How SQLite settles one change: preconditions first, then row by row.

use super::orders;
use super::statements::Statements;
use crate::changes::{Changes, Requirement};
use crate::checksum;
use crate::numbers::{Numbers, Remembered};
use crate::packed::{pack, unpack};
use crate::rows::{Append, Appended, MessageId, MessageState, RecordRow, Refused, Settlement};
use crate::rows::{Link, LinkId, REFUSED_BYTES};
use crate::sealed::Sealed;
use crate::sql::{Connection, OptionalExtension, params};
use fhir::RecordId;
use std::collections::HashMap;

/// Why a change was not written.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A precondition no longer holds.
    Stale(Requirement),
    /// It cannot be written, now or later.
    Malformed(String),
    /// SQLite says no.
    Sql(crate::sql::Error),
}

impl From<crate::sql::Error> for Stop {
    fn from(error: crate::sql::Error) -> Self {
        Stop::Sql(error)
    }
}

/// The writer's hand inside an open transaction.
pub(crate) struct Hand<'a, 'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) sql: &'a mut Statements<'c>,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) remembered: &'a mut Remembered,
}

impl Hand<'_, '_> {
    /// Keeps a message, unless the same bytes came under the same control id before.
    pub(crate) fn append(&mut self, append: &Append, digest: &[u8; 16]) -> crate::sql::Result<Appended> {
        let link = append.link.0;
        let key = checksum::keyed(&append.control_id);
        let known: Option<i64> =
            self.sql.key_find.query_row(params![link, key, digest], |row| row.get(0)).optional()?;
        #[cfg(feature = "defects")]
        let known = known.filter(|_| !defects::is(defects::Defect::RepeatKeptTwice));
        if let Some(id) = known {
            let answer = self.sql.journal_answer.query_row([id], |row| row.get(0))?;
            return Ok(Appended::Repeat { id: MessageId(id), answer });
        }
        let control_id_reused =
            !append.control_id.is_empty() && self.sql.key_reused.exists(params![link, key])?;
        let id = MessageId::new(append.link, self.remembered.next_message(self.conn, link)?);
        let custodian = self.remembered.custodian(self.conn, &append.custodian)?;
        let lanes = pack(append.lanes.iter().copied());
        let arrival = self.numbers.arrival;
        self.sql.journal_insert.execute(params![
            id.0,
            arrival,
            append.received.0,
            custodian,
            append.control_id,
            append.message_type,
            lanes,
            append.answer,
            digest
        ])?;
        self.sql.bytes_insert.execute(params![arrival, append.raw])?;
        self.sql.key_insert.execute(params![link, key, digest, id.0])?;
        self.sql.open_insert.execute(params![arrival, id.0, append.message_type, lanes])?;
        self.numbers.arrival += 1;
        Ok(Appended::New { id, control_id_reused })
    }

    /// Remembers a refusal.
    pub(crate) fn refuse(&mut self, refused: &Refused) -> crate::sql::Result<()> {
        let head = &refused.head[..refused.head.len().min(REFUSED_BYTES)];
        self.sql.refusal_insert.execute(params![
            self.numbers.refusal,
            refused.link.0,
            refused.at.0,
            refused.control_id,
            refused.reason,
            head
        ])?;
        self.numbers.refusal += 1;
        Ok(())
    }

    /// The link of that name, made now if there is none.
    pub(crate) fn link(&mut self, wanted: &Link) -> crate::sql::Result<Link> {
        let known =
            self.sql.link_find.query_row([&wanted.name], crate::view::journal::link_row).optional()?;
        if let Some(link) = known {
            return Ok(link);
        }
        let custodian = self.remembered.custodian(self.conn, &wanted.custodian)?;
        let id = self.sql.link_insert.query_row(
            params![wanted.name, wanted.default_authority, wanted.time_zone, custodian, wanted.owner],
            |row| row.get(0),
        )?;
        Ok(Link { id: LinkId(id), ..wanted.clone() })
    }

    /// The first precondition that no longer holds. Writes nothing.
    pub(crate) fn broken(&mut self, changes: &Changes) -> crate::sql::Result<Option<Requirement>> {
        for requirement in &changes.requires {
            if !self.holds(requirement)? {
                return Ok(Some(requirement.clone()));
            }
        }
        Ok(None)
    }

    /// Writes a whole change whose preconditions hold.
    pub(crate) fn settle(&mut self, sealed: &Sealed) -> Result<(), Stop> {
        let changes = &sealed.changes;
        for record in &changes.records {
            self.record(record)?;
        }
        self.links(changes)?;
        self.resources(sealed)?;
        self.signposts(changes)?;
        self.breaker(&changes.breaker)?;
        self.desks(&changes.desks)?;
        self.privacy(&changes.privacy)?;
        self.directory(&changes.directory)?;
        self.mapping(&changes.mapping)?;
        self.orders(&changes.orders)?;
        self.enrolment(&changes.enrolment)?;
        self.mailbox(&changes.mailbox)?;
        self.launches(&changes.launches)?;
        self.smart(&changes.smart)?;
        self.subscriptions(&changes.subscriptions)?;
        self.facility(&changes.facility)?;
        self.watch(&changes.watch)?;
        let mut opened = HashMap::new();
        for change in &changes.obligations {
            self.obligation(change, &mut opened)?;
        }
        for change in &changes.outbox {
            self.outbox(change)?;
        }
        self.accounts(&changes.accounts)?;
        for sign_in in &changes.sign_ins {
            self.sql.sign_in_insert.execute(params![
                sign_in.secret_hash,
                sign_in.user,
                sign_in.role,
                sign_in.name,
                sign_in.expires.0,
                sign_in.bearer,
                sign_in.grant,
                sign_in.factor,
                sign_in.begun.0,
                sign_in.seen.0,
                sign_in.proven_until.0,
                sign_in.device
            ])?;
        }
        for secret_hash in &changes.sign_outs {
            self.sql.sign_in_delete.execute([secret_hash])?;
        }
        self.activity(&changes.activity)?;
        self.audit(&changes.audit)?;
        self.looked_beside(&changes.looked_beside)?;
        for settlement in changes.settlement.iter().chain(&changes.reopened) {
            self.settlement(settlement)?;
        }
        Ok(())
    }

    fn holds(&mut self, requirement: &Requirement) -> crate::sql::Result<bool> {
        let sql = &mut *self.sql;
        Ok(match requirement {
            Requirement::Enrolment(wanted) => super::enrolment::holds(self.conn, wanted)?,
            Requirement::MailIs(id, wanted) => super::mailbox::revision(self.conn, *id)? == *wanted,
            Requirement::TicketUnused(ticket) => !super::launches::taken(self.conn, ticket)?,
            Requirement::Unspent(hash) => !super::smart::is_spent(self.conn, hash)?,
            Requirement::GrantHolds(id) => super::smart::holds(self.conn, id)?,
            Requirement::SubscriptionIs(id, wanted) => {
                super::subscriptions::revision(self.conn, id)? == *wanted
            }
            Requirement::SubscriptionMarkIs(wanted) => {
                super::subscriptions::mark(self.conn)?.unwrap_or(0) == *wanted
            }
            Requirement::BulkExportIs(id, wanted) => {
                super::subscriptions::export_revision(self.conn, id)? == *wanted
            }
            Requirement::AccountRevisionIs(account, wanted) => {
                super::accounts::revision(self.conn, account)? == *wanted
            }
            Requirement::AttemptWaits(handle) => super::accounts::is_waiting(self.conn, handle)?,
            Requirement::HistoryIs(key, wanted) => super::signposts::history(self.conn, *key)? == *wanted,
            Requirement::ConditionIs(digest, wanted) => {
                super::signposts::made_on(self.conn, digest)? == *wanted
            }
            Requirement::RevocationsAre(actor, wanted) => {
                super::privacy::revoked(self.conn, actor)? == *wanted
            }
            Requirement::DirectoryIs(wanted) => {
                sql.directory_seq.query_row([], |row| row.get::<_, i64>(0))? == *wanted
            }
            Requirement::MappingIs(wanted) => {
                sql.mapping_seq.query_row([], |row| row.get::<_, i64>(0))? == *wanted
            }
            Requirement::Facility(wanted) => super::facility::holds(self.conn, wanted)?,
            Requirement::MessageIs(id, wanted) => {
                let done: Option<i64> = sql.done_read.query_row([id.0], |row| row.get(0)).optional()?;
                match done {
                    Some(state) => state == *wanted as i64,
                    None => *wanted == MessageState::Pending && sql.journal_head.exists([id.0])?,
                }
            }
            Requirement::VersionIs(key, wanted) => {
                let at =
                    params![key.record.part().0, key.record.as_i64(), key.kind.code(), key.local.as_i64()];
                let latest: Option<u32> = sql.version_latest.query_row(at, |row| row.get(0)).optional()?;
                latest.unwrap_or(0) == *wanted
            }
            Requirement::RecordEpochIs(record, wanted) => {
                let at = params![record.part().0, record.as_i64()];
                let epoch: Option<i64> = sql.record_read.query_row(at, |row| row.get(1)).optional()?;
                epoch.unwrap_or(0) == *wanted
            }
            Requirement::PersonEpochIs(person, wanted) => {
                let epoch: Option<i64> =
                    sql.person_epoch.query_row([person.as_i64()], |row| row.get(0)).optional()?;
                epoch.unwrap_or(0) == *wanted
            }
            Requirement::KeyCountIs(key, wanted) => {
                let count: u32 = sql.key_count.query_row([key], |row| row.get(0))?;
                count == *wanted
            }
            Requirement::OrderCountIs(number, wanted) => {
                sql.order_count.query_row([number], |row| row.get::<_, u32>(0))? == *wanted
            }
            Requirement::BearerCountIs(kind, system, value, wanted) => {
                let count: u32 = match orders::place(*kind, system.as_deref()) {
                    Some((param, system)) => {
                        sql.bearer_count.query_row(params![param, value, system], |row| row.get(0))?
                    }
                    None => 0,
                };
                count == *wanted
            }
            Requirement::WaitingCountIs(record, wanted) => {
                let count: u32 = sql.waiting_link_count.query_row([record.as_i64()], |row| row.get(0))?;
                count == *wanted
            }
            Requirement::ObligationRevisionIs(id, wanted) => {
                let revision: Option<i64> =
                    sql.obligation_head.query_row([id.0], |row| row.get(0)).optional()?;
                revision.unwrap_or(0) == *wanted
            }
            Requirement::RememberedIs(actor, wanted) => {
                let body: Option<String> = self
                    .conn
                    .prepare_cached("SELECT body FROM detection_member WHERE actor = ?1")?
                    .query_row([actor], |row| row.get(0))
                    .optional()?;
                body == *wanted
            }
            Requirement::DirectivesAre(record, wanted) => {
                let count: u32 = sql.directive_count.query_row([record.as_i64()], |row| row.get(0))?;
                count == *wanted
            }
            Requirement::OutboxIs(id, state, attempts) => {
                let found: Option<(i64, u32)> =
                    sql.outbox_head.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
                found == Some((*state as i64, *attempts))
            }
        })
    }

    fn settlement(&mut self, settlement: &Settlement) -> Result<(), Stop> {
        let id = settlement.message.0;
        let head: Option<(i64, String, Vec<u8>)> = self
            .sql
            .journal_head
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((arrival, message_type, lanes)) = head else {
            return Err(Stop::Malformed(format!("message {} is not in the journal", settlement.message)));
        };
        let before: Option<(i64, Vec<u8>)> =
            self.sql.done_read.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        self.recount_message(
            arrival,
            id,
            &message_type,
            before.as_ref().map(|(state, _)| *state),
            settlement.state,
        )?;
        if let Some((state, records)) = before {
            self.sql.aside_delete.execute([state, id])?;
            for record in unpack(&records).into_iter().map(RecordId::from_i64) {
                self.sql.message_record_delete.execute(params![record.part().0, record.as_i64(), id])?;
            }
        }
        if settlement.state == MessageState::Pending {
            self.sql.done_delete.execute([id])?;
            self.sql.open_insert.execute(params![arrival, id, message_type, lanes])?;
            return Ok(());
        }
        self.sql.open_delete.execute([arrival])?;
        self.sql.done_write.execute(params![
            id,
            settlement.state as i64,
            settlement.at.0,
            message_type,
            pack(settlement.records.iter().map(|record| record.as_i64())),
            settlement.note
        ])?;
        if settlement.state != MessageState::Filed {
            self.sql.aside_insert.execute([settlement.state as i64, id])?;
        }
        for record in &settlement.records {
            self.sql.message_record_insert.execute(params![record.part().0, record.as_i64(), id])?;
        }
        Ok(())
    }

    /// A record as it is said now. Its epoch grows by itself; its person changes by link events only.
    fn record(&mut self, row: &RecordRow) -> Result<(), Stop> {
        let (part, record) = (row.record.part().0, row.record.as_i64());
        let before: Option<(i64, i64, Vec<u8>)> = self
            .sql
            .record_read
            .query_row(params![part, record], |found| Ok((found.get(0)?, found.get(1)?, found.get(2)?)))
            .optional()?;
        let custodian = self.remembered.custodian(self.conn, &row.custodian)?;
        let mut keys = row.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let column = pack(keys.iter().copied());
        let (person, old_keys) = match before {
            Some((person, epoch, old)) => {
                let epoch = row.epoch.max(epoch + 1);
                self.sql.record_update.execute(params![
                    part,
                    record,
                    row.authority,
                    row.value,
                    epoch,
                    row.claim_as_of.0,
                    custodian,
                    column,
                    row.claim
                ])?;
                (person, unpack(&old))
            }
            None => {
                let person = row.person.as_i64();
                self.sql.record_insert.execute(params![
                    part,
                    record,
                    row.authority,
                    row.value,
                    person,
                    row.epoch.max(1),
                    row.claim_as_of.0,
                    custodian,
                    column,
                    row.claim
                ])?;
                self.sql.person_record_insert.execute([person, record])?;
                (person, Vec::new())
            }
        };
        for key in old_keys.iter().filter(|key| keys.binary_search(key).is_err()) {
            self.sql.record_key_delete.execute([*key, record])?;
        }
        for key in keys.iter().filter(|key| !old_keys.contains(key)) {
            self.sql.record_key_insert.execute([*key, record])?;
        }
        self.sql.person_bump.execute([person])?;
        Ok(())
    }
}
