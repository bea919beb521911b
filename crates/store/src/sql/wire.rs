//! One connection to a PostgreSQL, without async: the version 3 protocol over a socket.
//!
//! Writes are sent on without waiting for their answers; what went wrong with one is told by the next read, or by the
//! commit (in a pipeline the server skips everything after an error until it is asked to answer).

use super::address::{Address, Host};
use super::stream::Stream;
use super::translate::translate;
use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::IsNull;
use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::backend::{ErrorResponseBody, Message, NoticeResponseBody};
use postgres_protocol::message::frontend;
use rusqlite::types::ValueRef;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How long the server may be silent in the middle of an answer; then it counts as lost. Longer than any statement of
/// ours takes, shorter than anybody's patience with a machine that is frozen.
const SILENCE: Duration = Duration::from_secs(120);
/// How long a host that has answered may be silent until somebody is signed in.
const SIGN_IN: Duration = Duration::from_secs(10);
/// Bytes that are sent on although nobody waits for an answer yet.
const SEND_AT: usize = 32 << 10;
/// Writes after which answers are read although nobody waits for them (their answers stand in the server's buffers).
const WRITES_AHEAD: usize = 1_000;
/// Statements a connection keeps prepared; texts that are put together from conditions may be many.
const KEPT_STATEMENTS: usize = 600;
/// Rows of a scan fetched at once.
const ROWS_AT_ONCE: i32 = 1_000;
/// Bytes of an answer read at once.
const READ_AT_ONCE: usize = 64 << 10;

/// Type numbers of PostgreSQL (`pg_type.oid`) that we send or understand.
pub(super) mod types {
    pub(crate) const BOOL: u32 = 16;
    pub(crate) const BYTEA: u32 = 17;
    pub(crate) const INT8: u32 = 20;
    pub(crate) const INT2: u32 = 21;
    pub(crate) const INT4: u32 = 23;
    pub(crate) const TEXT: u32 = 25;
    pub(crate) const FLOAT4: u32 = 700;
    pub(crate) const FLOAT8: u32 = 701;
    pub(crate) const NUMERIC: u32 = 1_700;
}

/// What PostgreSQL answered, or that it does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It refuses a statement.
    #[error("{message} (SQLSTATE {code})")]
    Refused {
        /// SQLSTATE, five characters (PostgreSQL appendix A).
        code: String,
        /// Its words.
        message: String,
    },
    /// The connection is gone; what was under way is unknown.
    #[error("the connection to PostgreSQL is lost: {0}")]
    Lost(String),
    /// A value that cannot be sent.
    #[error("{0}")]
    Value(String),
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Problem::Lost(error.to_string())
    }
}

/// A statement the server has prepared.
struct Prepared {
    name: String,
    parameters: Vec<u32>,
    columns: Arc<[u32]>,
}

/// One row of an answer.
pub(crate) struct Row {
    columns: Arc<[u32]>,
    bytes: bytes::Bytes,
    ranges: Vec<Option<Range<usize>>>,
}

impl Row {
    /// A column as SQLite would give it.
    pub(crate) fn value(&self, column: usize) -> Result<ValueRef<'_>, String> {
        let (Some(range), Some(kind)) = (self.ranges.get(column), self.columns.get(column)) else {
            return Err(format!("there is no column {column}"));
        };
        let Some(range) = range else { return Ok(ValueRef::Null) };
        let bytes = &self.bytes[range.clone()];
        super::decode::value(*kind, bytes)
    }
}

/// Everything that was answered to a statement.
#[derive(Default)]
struct Answer {
    rows: Vec<Row>,
    changed: usize,
    /// There are more rows to fetch.
    more: bool,
}

/// A scan that is under way: the server keeps its place while other statements run.
pub(crate) struct Scan {
    portal: String,
    columns: Arc<[u32]>,
    rows: std::vec::IntoIter<Row>,
    more: bool,
}

struct Inner {
    stream: Stream,
    incoming: BytesMut,
    outgoing: BytesMut,
    prepared: HashMap<Box<str>, Arc<Prepared>>,
    names: u64,
    /// Writes whose answers have not been read.
    ahead: usize,
    /// As the last answer said: I idle, T in a transaction, E in one that failed.
    status: u8,
    /// Tag of the last command that was completed.
    tag: String,
    /// What the server warned of since the command before that one was completed.
    warning: Option<String>,
    /// A warning whose command is not completed yet.
    coming: Option<String>,
    /// Why it is of no more use.
    lost: Option<String>,
}

/// One connection.
pub(crate) struct Client(RefCell<Inner>);

impl Client {
    /// Connects to the first host that takes writes, beginning with the one that did so last.
    pub(crate) fn connect(address: &Address) -> Result<Self, Problem> {
        let mut last = Problem::Lost("no host is named".into());
        for (n, host) in address.in_turn() {
            match Self::connect_to(host, address) {
                Ok(client) => {
                    address.answered(n);
                    return Ok(client);
                }
                Err(problem) => last = problem,
            }
        }
        Err(last)
    }

    fn connect_to(host: &Host, address: &Address) -> Result<Self, Problem> {
        let mut inner = Inner::new(Stream::open(host, address, SIGN_IN)?);
        let settings = [
            ("client_encoding", "UTF8"),
            ("user", address.user.as_str()),
            ("database", address.database.as_str()),
            ("application_name", "opor"),
            ("TimeZone", "UTC"),
        ];
        frontend::startup_message(settings, &mut inner.outgoing)?;
        inner.send()?;
        inner.sign_in(address)?;
        inner.stream.patience(SILENCE)?;
        let client = Self(RefCell::new(inner));
        // A decision from a replica would be a decision on yesterday's record.
        let replica = client.query("SELECT pg_is_in_recovery()", &[])?;
        if matches!(replica.first().map(|row| row.value(0)), Some(Ok(ValueRef::Integer(0)))) {
            Ok(client)
        } else {
            Err(Problem::Lost("this server is a replica and takes no writes".into()))
        }
    }

    /// Runs statements without parameters, one after another, and waits. Rows are thrown away.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        let ahead = std::mem::take(&mut inner.ahead);
        if ahead > 0 {
            frontend::sync(&mut inner.outgoing);
        }
        frontend::query(sql, &mut inner.outgoing)?;
        let none = Arc::from([]);
        let before = if ahead > 0 { inner.answer(ahead, &none).map(drop) } else { Ok(()) };
        before.and(inner.answer(0, &none).map(drop))
    }

    /// Sends on everything that waits to be sent, without waiting for answers.
    pub(crate) fn send_on(&self) -> Result<(), Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        inner.send()
    }

    /// Runs a statement and gives its rows.
    pub(crate) fn query(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<Vec<Row>, Problem> {
        self.run(sql, values).map(|answer| answer.rows)
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) fn changed(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<usize, Problem> {
        self.run(sql, values).map(|answer| answer.changed)
    }

    /// Sends a write on; what goes wrong with it is told later.
    pub(crate) fn write(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<(), Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        let prepared = inner.prepare(sql, values)?;
        inner.bind(&prepared, values, "", 0)?;
        inner.ahead += 1;
        if inner.ahead >= WRITES_AHEAD {
            inner.settle_ahead()
        } else if inner.outgoing.len() >= SEND_AT {
            inner.send()
        } else {
            Ok(())
        }
    }

    /// Waits until everything that was sent on is answered.
    pub(crate) fn settled(&self) -> Result<(), Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        inner.settle_ahead()
    }

    /// Waits until a COMMIT that was sent on last is answered, and believes nothing but a plain answer: one that is told
    /// ROLLBACK was not done, and one with a warning may not be where the standby servers are.
    pub(crate) fn committed(&self) -> Result<(), Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        inner.settle_ahead()?;
        if let Some(words) = inner.coming.take().or_else(|| inner.warning.take()) {
            return Err(inner.lose(format!("it answered the commit with a warning: {words}")));
        }
        if inner.tag != "COMMIT" {
            let words = format!("it answered the commit with {}", inner.tag);
            return Err(inner.lose(words));
        }
        Ok(())
    }

    /// Whether no transaction is open.
    pub(crate) fn is_idle(&self) -> bool {
        let inner = self.0.borrow();
        inner.lost.is_some() || (inner.status == b'I' && inner.ahead == 0)
    }

    /// Begins a scan inside a transaction: as many rows as are fetched at once, and the place of the rest.
    pub(crate) fn scan(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<Scan, Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        let prepared = inner.prepare(sql, values)?;
        inner.names += 1;
        let portal = format!("p{}", inner.names);
        inner.bind(&prepared, values, &portal, ROWS_AT_ONCE)?;
        frontend::sync(&mut inner.outgoing);
        let ahead = std::mem::take(&mut inner.ahead);
        let columns = prepared.columns.clone();
        let answer = inner.answer(ahead, &columns)?;
        Ok(Scan { portal, columns, rows: answer.rows.into_iter(), more: answer.more })
    }

    /// The next row of a scan.
    pub(crate) fn next(&self, scan: &mut Scan) -> Result<Option<Row>, Problem> {
        let next = scan.rows.next();
        if next.is_some() || !scan.more {
            return Ok(next);
        }
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        inner.settle_ahead()?;
        frontend::execute(&scan.portal, ROWS_AT_ONCE, &mut inner.outgoing)?;
        frontend::sync(&mut inner.outgoing);
        let answer = inner.answer(0, &scan.columns)?;
        scan.more = answer.more;
        scan.rows = answer.rows.into_iter();
        Ok(scan.rows.next())
    }

    fn run(&self, sql: &str, values: &[ValueRef<'_>]) -> Result<Answer, Problem> {
        let mut inner = self.0.borrow_mut();
        inner.usable()?;
        let prepared = inner.prepare(sql, values)?;
        inner.bind(&prepared, values, "", 0)?;
        frontend::sync(&mut inner.outgoing);
        let ahead = std::mem::take(&mut inner.ahead);
        let columns = prepared.columns.clone();
        inner.answer(ahead, &columns)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let inner = self.0.get_mut();
        if inner.lost.is_none() {
            frontend::terminate(&mut inner.outgoing);
            // The server notices by itself when this does not reach it.
            let _ = inner.send();
        }
    }
}

impl Inner {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            incoming: BytesMut::with_capacity(READ_AT_ONCE),
            outgoing: BytesMut::new(),
            prepared: HashMap::new(),
            names: 0,
            ahead: 0,
            status: b'I',
            tag: String::new(),
            warning: None,
            coming: None,
            lost: None,
        }
    }

    fn usable(&self) -> Result<(), Problem> {
        match &self.lost {
            Some(words) => Err(Problem::Lost(words.clone())),
            None => Ok(()),
        }
    }

    fn lose(&mut self, words: String) -> Problem {
        self.lost = Some(words.clone());
        Problem::Lost(words)
    }

    fn send(&mut self) -> Result<(), Problem> {
        let sent = self.stream.write(&self.outgoing);
        self.outgoing.clear();
        sent.map_err(|error| self.lose(error.to_string()))
    }

    fn message(&mut self) -> Result<Message, Problem> {
        loop {
            match Message::parse(&mut self.incoming) {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => {}
                Err(error) => return Err(self.lose(error.to_string())),
            }
            let mut bytes = [0; READ_AT_ONCE];
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(self.lose("the server has hung up".into())),
                Ok(read) => self.incoming.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.lose(error.to_string())),
            }
        }
    }

    /// Authentication (PostgreSQL 15, 55.2.1), until the server is ready.
    fn sign_in(&mut self, address: &Address) -> Result<(), Problem> {
        let mut scram = None;
        loop {
            match self.message()? {
                Message::AuthenticationOk => {}
                Message::AuthenticationMd5Password(body) => {
                    let hash = md5_hash(address.user.as_bytes(), address.password.as_bytes(), body.salt());
                    frontend::password_message(hash.as_bytes(), &mut self.outgoing)?;
                    self.send()?;
                }
                Message::AuthenticationSasl(body) => {
                    let known = body.mechanisms().any(|name| Ok(name == sasl::SCRAM_SHA_256))?;
                    if !known {
                        return Err(self.lose("the server asks for another proof than SCRAM-SHA-256".into()));
                    }
                    let exchange = sasl::ScramSha256::new(
                        address.password.as_bytes(),
                        sasl::ChannelBinding::unsupported(),
                    );
                    frontend::sasl_initial_response(
                        sasl::SCRAM_SHA_256,
                        exchange.message(),
                        &mut self.outgoing,
                    )?;
                    scram = Some(exchange);
                    self.send()?;
                }
                Message::AuthenticationSaslContinue(body) => {
                    let Some(exchange) = &mut scram else {
                        return Err(self.lose("an answer to nothing".into()));
                    };
                    exchange.update(body.data())?;
                    frontend::sasl_response(exchange.message(), &mut self.outgoing)?;
                    self.send()?;
                }
                Message::AuthenticationSaslFinal(body) => {
                    let Some(exchange) = &mut scram else {
                        return Err(self.lose("an answer to nothing".into()));
                    };
                    exchange.finish(body.data())?;
                }
                // A password in the clear is not sent, whoever asks.
                Message::AuthenticationCleartextPassword => {
                    return Err(self.lose(
                        "the server asks for the password in the clear: set scram-sha-256 in pg_hba.conf"
                            .into(),
                    ));
                }
                Message::ErrorResponse(body) => {
                    let refused = refused(&body);
                    self.lost = Some(refused.to_string());
                    return Err(refused);
                }
                Message::ReadyForQuery(body) => {
                    self.status = body.status();
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// The prepared statement of a text, prepared now if it is not.
    fn prepare(&mut self, sql: &str, values: &[ValueRef<'_>]) -> Result<Arc<Prepared>, Problem> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        self.settle_ahead()?;
        if self.prepared.len() >= KEPT_STATEMENTS {
            let names: Vec<_> = self.prepared.drain().map(|(_, prepared)| prepared).collect();
            for prepared in names {
                frontend::close(b'S', &prepared.name, &mut self.outgoing)?;
            }
        }
        self.names += 1;
        let name = format!("s{}", self.names);
        // Said where it is known, so that a number compared with a small literal is not taken for a small number.
        let kinds = values.iter().map(|value| match value {
            ValueRef::Null => 0,
            ValueRef::Integer(_) => types::INT8,
            ValueRef::Real(_) => types::FLOAT8,
            ValueRef::Text(_) => types::TEXT,
            ValueRef::Blob(_) => types::BYTEA,
        });
        frontend::parse(&name, &translate(sql), kinds, &mut self.outgoing)?;
        frontend::describe(b'S', &name, &mut self.outgoing)?;
        frontend::sync(&mut self.outgoing);
        self.send()?;
        let (mut parameters, mut columns, mut error) = (Vec::new(), Vec::new(), None);
        loop {
            match self.message()? {
                Message::ParameterDescription(body) => parameters = body.parameters().collect()?,
                Message::RowDescription(body) => {
                    columns = body.fields().map(|field| Ok(field.type_oid())).collect()?;
                }
                Message::ErrorResponse(body) => error = Some(refused(&body)),
                Message::ReadyForQuery(body) => {
                    self.status = body.status();
                    break;
                }
                _ => {}
            }
        }
        if let Some(error) = error {
            return Err(error);
        }
        let prepared = Arc::new(Prepared { name, parameters, columns: columns.into() });
        self.prepared.insert(sql.into(), prepared.clone());
        Ok(prepared)
    }

    fn bind(
        &mut self,
        prepared: &Prepared,
        values: &[ValueRef<'_>],
        portal: &str,
        rows_at_once: i32,
    ) -> Result<(), Problem> {
        if values.len() != prepared.parameters.len() {
            let (given, wanted) = (values.len(), prepared.parameters.len());
            return Err(Problem::Value(format!("{given} values are given, {wanted} are asked for")));
        }
        let before = self.outgoing.len();
        let bound = frontend::bind(
            portal,
            &prepared.name,
            [1],
            values.iter().zip(&prepared.parameters),
            |(value, kind), into| match super::decode::encode(*value, *kind, into) {
                Ok(true) => Ok(IsNull::No),
                Ok(false) => Ok(IsNull::Yes),
                Err(words) => Err(words.into()),
            },
            [1],
            &mut self.outgoing,
        );
        if let Err(error) = bound {
            self.outgoing.truncate(before);
            let words = match error {
                frontend::BindError::Conversion(error) => error.to_string(),
                frontend::BindError::Serialization(error) => error.to_string(),
            };
            return Err(Problem::Value(words));
        }
        frontend::execute(portal, rows_at_once, &mut self.outgoing)?;
        Ok(())
    }

    fn settle_ahead(&mut self) -> Result<(), Problem> {
        match std::mem::take(&mut self.ahead) {
            0 => Ok(()),
            ahead => {
                frontend::sync(&mut self.outgoing);
                self.answer(ahead, &Arc::from([])).map(|_| ())
            }
        }
    }

    /// Sends everything and reads until the server is ready: answers to `ahead` writes, then what is asked now.
    fn answer(&mut self, mut ahead: usize, columns: &Arc<[u32]>) -> Result<Answer, Problem> {
        self.send()?;
        let mut answer = Answer::default();
        let mut error = None;
        loop {
            match self.message()? {
                Message::DataRow(body) if ahead == 0 => {
                    let ranges = body.ranges().collect()?;
                    answer.rows.push(Row {
                        columns: columns.clone(),
                        bytes: body.buffer_bytes().clone(),
                        ranges,
                    });
                }
                Message::CommandComplete(body) => {
                    let tag = body.tag()?;
                    self.tag.clear();
                    self.tag.push_str(tag);
                    self.warning = self.coming.take();
                    if ahead > 0 {
                        ahead -= 1;
                    } else {
                        answer.changed =
                            tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
                    }
                }
                Message::NoticeResponse(body) => {
                    let (warns, words) = notice(&body);
                    if warns {
                        self.coming = Some(words);
                    }
                }
                Message::PortalSuspended => answer.more = true,
                Message::ErrorResponse(body) => {
                    let problem = refused(&body);
                    if fatal(&body) {
                        return Err(self.lose(problem.to_string()));
                    }
                    error.get_or_insert(problem);
                }
                Message::ReadyForQuery(body) => {
                    self.status = body.status();
                    return error.map_or(Ok(answer), Err);
                }
                _ => {}
            }
        }
    }
}

/// Whether the server ends the connection with this answer.
fn fatal(body: &ErrorResponseBody) -> bool {
    body.fields().any(|field| Ok(field.type_() == b'V' && field.value_bytes() != b"ERROR")).unwrap_or(true)
}

/// Whether a notice is a warning, and its words.
fn notice(body: &NoticeResponseBody) -> (bool, String) {
    let (mut warns, mut words) = (false, String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        match field.type_() {
            b'V' => warns = field.value_bytes() == b"WARNING",
            b'M' => words = String::from_utf8_lossy(field.value_bytes()).into_owned(),
            _ => {}
        }
    }
    (warns, words)
}

fn refused(body: &ErrorResponseBody) -> Problem {
    let (mut code, mut message) = (String::new(), String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let text = String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => code = text,
            b'M' => message = text,
            _ => {}
        }
    }
    Problem::Refused { code, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;

    /// A message of the server: its letter, its length, its body.
    fn said(letter: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[letter], length.as_slice(), body].concat()
    }

    /// What becomes of a write and a commit that the server answers like this.
    fn commit(answers: &[Vec<u8>]) -> Result<(), Problem> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut inner = Inner::new(Stream::Socket(ours));
        inner.ahead = 2;
        theirs.write_all(&answers.concat()).unwrap();
        theirs.write_all(&said(b'Z', b"I")).unwrap();
        Client(RefCell::new(inner)).committed()
    }

    #[test]
    fn d01_a_commit_is_done_when_it_is_answered_so_and_without_a_warning() {
        let (insert, done) = (said(b'C', b"INSERT 0 1\0"), said(b'C', b"COMMIT\0"));
        let told = |severity: &str| {
            let body = format!("SX\0V{severity}\0C01000\0Mmight not have been replicated\0\0");
            said(b'N', body.as_bytes())
        };
        let is_lost = |answers: &[Vec<u8>]| matches!(commit(answers), Err(Problem::Lost(_)));
        assert_eq!(commit(&[insert.clone(), done.clone()]), Ok(()));
        assert_eq!(commit(&[insert.clone(), told("NOTICE"), done.clone()]), Ok(()));
        assert_eq!(commit(&[told("WARNING"), insert.clone(), done.clone()]), Ok(()), "of another command");
        assert!(is_lost(&[insert.clone(), told("WARNING"), done.clone()]));
        assert!(is_lost(&[insert.clone(), done, told("WARNING")]));
        assert!(is_lost(&[insert, said(b'C', b"ROLLBACK\0")]));
    }
}
