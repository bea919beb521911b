//! The statements of the write path, prepared once and held for the writer's life (looking them up by text costs 5 %,
//! preparing them each time 23 %).

use crate::sql::{Connection, Statement};

macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        /// Every statement of the write path.
        pub(crate) struct Statements<'c> { $(pub(crate) $name: Statement<'c>,)* }
        impl<'c> Statements<'c> {
            /// Prepares them all.
            pub(crate) fn prepare(conn: &'c Connection) -> crate::sql::Result<Self> {
                Ok(Self { $($name: conn.prepare($sql)?,)* })
            }
        }
    };
}

statements! {
    begin = "BEGIN IMMEDIATE";
    commit = "COMMIT";
    savepoint = "SAVEPOINT settle";
    release = "RELEASE settle";
    back = "ROLLBACK TO settle";

    key_find = "SELECT id FROM journal_key WHERE link = ?1 AND control_id = ?2 AND digest = ?3";
    key_reused = "SELECT 1 FROM journal_key WHERE link = ?1 AND control_id = ?2 LIMIT 1";
    key_insert = "INSERT INTO journal_key (link, control_id, digest, id) VALUES (?1, ?2, ?3, ?4)";
    journal_insert = "INSERT INTO journal (id, arrival, received, custodian, control_id, message_type, lanes, answer, checksum) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    bytes_insert = "INSERT INTO journal_bytes (arrival, raw) VALUES (?1, ?2)";
    journal_answer = "SELECT answer FROM journal WHERE id = ?1";
    journal_head = "SELECT arrival, message_type, lanes FROM journal WHERE id = ?1";
    open_insert = "INSERT INTO journal_open (arrival, id, message_type, lanes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (arrival) DO NOTHING";
    open_delete = "DELETE FROM journal_open WHERE arrival = ?1";
    done_read = "SELECT state, records FROM journal_done WHERE id = ?1";
    done_write = "INSERT INTO journal_done (id, state, settled, message_type, records, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, settled = excluded.settled, records = excluded.records, note = excluded.note";
    done_delete = "DELETE FROM journal_done WHERE id = ?1";
    aside_insert = "INSERT INTO journal_aside (state, id) VALUES (?1, ?2) ON CONFLICT (state, id) DO NOTHING";
    aside_delete = "DELETE FROM journal_aside WHERE state = ?1 AND id = ?2";
    message_record_insert = "INSERT INTO journal_record (part, record, id) VALUES (?1, ?2, ?3) ON CONFLICT (part, record, id) DO NOTHING";
    message_record_delete = "DELETE FROM journal_record WHERE part = ?1 AND record = ?2 AND id = ?3";
    refusal_insert = "INSERT INTO refusal (id, link, at, control_id, reason, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    link_find = "SELECT l.id, l.name, l.default_authority, l.time_zone, c.name, l.owner FROM link l JOIN custodian c ON c.id = l.custodian WHERE l.name = ?1";
    link_insert = "INSERT INTO link (id, name, default_authority, time_zone, custodian, owner) \
        SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3, ?4, ?5 FROM link RETURNING id";

    version_current = "SELECT c.version, c.latest, c.body, c.index_rows FROM resource_current c \
        WHERE c.part = ?1 AND c.record = ?2 AND c.kind = ?3 AND c.local = ?4";
    version_latest = "SELECT latest FROM resource_current WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4";
    filing_insert = "INSERT INTO filing (id, message, filed, custodian, heads, length, bodies) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    filing_said_insert = "INSERT INTO filing_said (message, filing) VALUES (?1, ?2)";
    current_insert = "INSERT INTO resource_current (part, record, kind, local, version, latest, body, finality, as_of, index_rows) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (part, record, kind, local) DO NOTHING";
    current_update = "UPDATE resource_current SET version = ?5, latest = ?5, body = ?6, finality = ?7, as_of = ?8, index_rows = ?9 \
        WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4";
    current_latest = "UPDATE resource_current SET latest = ?5 WHERE part = ?1 AND record = ?2 AND kind = ?3 AND local = ?4";
    former_insert = "INSERT INTO resource_former (part, record, kind, local, version, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    find_token_insert = "INSERT INTO find_token (param, code, system, record, local) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (param, code, system, record, local) DO NOTHING";
    find_token_delete = "DELETE FROM find_token WHERE param = ?1 AND code = ?2 AND system = ?3 AND record = ?4 AND local = ?5";
    find_date_insert = "INSERT INTO find_date (param, lo, hi, record, local) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (param, lo, hi, record, local) DO NOTHING";
    find_date_delete = "DELETE FROM find_date WHERE param = ?1 AND lo = ?2 AND hi = ?3 AND record = ?4 AND local = ?5";

    record_read = "SELECT person, epoch, keys FROM record WHERE part = ?1 AND record = ?2";
    record_insert = "INSERT INTO record (part, record, authority, value, person, epoch, claim_as_of, custodian, keys, claim) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    record_update = "UPDATE record SET authority = ?3, value = ?4, epoch = ?5, claim_as_of = ?6, custodian = ?7, keys = ?8, claim = ?9 \
        WHERE part = ?1 AND record = ?2";
    record_person = "UPDATE record SET person = ?3, epoch = epoch + 1 WHERE part = ?1 AND record = ?2";
    record_key_insert = "INSERT INTO record_key (key, record) VALUES (?1, ?2) ON CONFLICT (key, record) DO NOTHING";
    record_key_delete = "DELETE FROM record_key WHERE key = ?1 AND record = ?2";
    key_count = "SELECT count(*) FROM record_key WHERE key = ?1";
    order_count = super::orders::COUNT;
    bearer_count = super::orders::BEARER_COUNT;
    directory_seq = "SELECT coalesce(max(seq), 0) FROM directory_event";
    mapping_seq = "SELECT coalesce(max(seq), 0) FROM mapping_event WHERE step IN ('signed', 'retired')";
    directive_count = "SELECT count(*) FROM consent_directive WHERE record = ?1 AND ended IS NULL";
    person_epoch = "SELECT epoch FROM person WHERE person = ?1";
    person_bump = "INSERT INTO person (person, epoch) VALUES (?1, 1) ON CONFLICT (person) DO UPDATE SET epoch = person.epoch + 1";
    person_record_insert = "INSERT INTO person_record (person, record) VALUES (?1, ?2) ON CONFLICT (person, record) DO NOTHING";
    person_record_delete = "DELETE FROM person_record WHERE person = ?1 AND record = ?2";
    link_event_insert = "INSERT INTO link_event (id, record, person, from_person, at, message, actor, reason, sort, basis, other, as_of, undoes, \
        rule, score, applied, leaving, staying, checksum) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    link_moved_insert = "INSERT INTO link_moved (record, event, at, person, from_person) VALUES (?1, ?2, ?3, ?4, ?5)";
    waiting_link_insert = "INSERT INTO waiting_link (missing, message, number, at, statement) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (missing, message, number) DO NOTHING";
    waiting_link_delete = "DELETE FROM waiting_link WHERE missing = ?1 AND message = ?2 AND number = ?3";
    waiting_link_count = "SELECT count(*) FROM waiting_link WHERE missing = ?1";
    review_case_write = "INSERT INTO review_case (obligation, risk, asked, because, records, sort) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
        ON CONFLICT (obligation) DO UPDATE SET risk = excluded.risk, asked = excluded.asked, because = excluded.because, records = excluded.records";
    notice_insert = "INSERT INTO notice (obligation, destination, event, records, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (obligation) DO NOTHING";
    notice_record_insert = "INSERT INTO notice_record (record, destination, obligation) VALUES (?1, ?2, ?3) \
        ON CONFLICT (record, destination, obligation) DO NOTHING";
    notice_records = "SELECT records FROM notice WHERE obligation = ?1";
    barrier_insert = "INSERT INTO outbox_barrier (destination, id, record) VALUES (?1, ?2, ?3) ON CONFLICT (destination, id, record) DO NOTHING";
    barrier_delete = "DELETE FROM outbox_barrier WHERE destination = ?1 AND id = ?2";
    registration_insert = "INSERT INTO registration (number, form, record, at, actor, to_candidates_ms, to_create_ms, searches, dismissed) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    obligation_head = "SELECT revision, is_open, due, owner FROM obligation WHERE id = ?1";
    obligation_insert = "INSERT INTO obligation (id, revision, kind, is_open, owner, human, due, then_owner, outcome, ended, opened, record, \
        about_record, about_kind, about_local, version, message, gravity, custodian, recipient, recipient_id, subject, accession, words, \
        checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
    obligation_update = "UPDATE obligation SET revision = ?2, kind = ?3, is_open = ?4, owner = ?5, human = ?6, due = ?7, then_owner = ?8, \
        outcome = ?9, ended = ?10, opened = ?11, record = ?12, about_record = ?13, about_kind = ?14, about_local = ?15, version = ?16, \
        message = ?17, gravity = ?18, custodian = ?19, recipient = ?20, recipient_id = ?21, subject = ?22, accession = ?23, words = ?24, \
        checksum = ?25 WHERE id = ?1";
    obligation_open_insert = "INSERT INTO obligation_open (due, id, owner) VALUES (?1, ?2, ?3)";
    obligation_open_delete = "DELETE FROM obligation_open WHERE due = ?1 AND id = ?2";
    event_last = "SELECT coalesce(max(step_number), 0) FROM obligation_event WHERE obligation = ?1";
    event_insert = "INSERT INTO obligation_event (obligation, step_number, at, actor, step, words, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    outbox_insert = "INSERT INTO outbox (id, destination, state, attempts, next_at, record, message, report_record, report_kind, report_local, \
        version, obligation, control_id, offered_digest, last_answer, kind, checksum) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
        ON CONFLICT (control_id) DO NOTHING";
    outbox_head = "SELECT state, attempts, destination, record FROM outbox WHERE id = ?1";
    outbox_update = "UPDATE outbox SET state = ?2, attempts = ?3, next_at = ?4, offered_digest = ?5, last_answer = ?6, checksum = ?7 WHERE id = ?1";
    waiting_write = "INSERT INTO outbox_waiting (destination, id, record, next_at) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (destination, id) DO UPDATE SET next_at = excluded.next_at";
    waiting_delete = "DELETE FROM outbox_waiting WHERE destination = ?1 AND id = ?2";

    sign_in_insert = "INSERT INTO sign_in (secret_hash, user_id, role, name, expires, bearer, grant_number, factor, begun, seen, \
        proven_until, device) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
        ON CONFLICT (secret_hash) DO NOTHING";
    sign_in_delete = "DELETE FROM sign_in WHERE secret_hash = ?1";
    audit_node_insert = "INSERT INTO audit_node (level, idx, hash) VALUES (?1, ?2, ?3)";
    audit_insert = "INSERT INTO audit (seq, at, person, actor, role, verb, purpose, object, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
}
