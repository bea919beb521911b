//! The one writer: takes a group, writes it in one transaction, syncs once, then answers everybody.

use crate::checkpoint::checkpoint;
use crate::dialect::sqlite::{Hand, Stop};
use crate::dialect::statements::Statements;
use crate::numbers::{Numbers, Remembered};
use crate::problem::{OpenProblem, TryAgain};
use crate::queue::{Early, Next, Waiting};
use crate::rows::{Appended, Link, MessageState, OutboxChange, OutboxState};
use crate::settings::{Fault, FaultPoint, GROUP_LOOKS, LOOK_AT_LOG_EVERY};
use crate::sql::{Connection, Problem};
use crate::store::{Committed, Settled, Shared};
use rusqlite::{ErrorCode, ffi};
use std::time::Duration;

/// Everything that one commit answers. Nobody is told before it.
#[derive(Default)]
struct Group {
    early: Vec<Early>,
    settles: Vec<Waiting>,
}

/// What became of each member of a group, in the same order.
#[derive(Default)]
struct Written {
    early: Vec<Kept>,
    settles: Vec<Settled>,
}

impl Group {
    /// Tells everybody what became of it.
    fn give(self, written: Written) {
        for (early, kept) in self.early.into_iter().zip(written.early) {
            match (early, kept) {
                (Early::Append { reply, .. }, Kept::Append(appended)) => reply(Ok(appended)),
                (Early::Refuse { reply, .. }, _) => reply(Ok(())),
                (Early::Link { reply, .. }, Kept::Link(link)) => reply(Ok(link)),
                (early, _) => early.try_again(TryAgain::Failed("an answer of another kind".into())),
            }
        }
        for (waiting, settled) in self.settles.into_iter().zip(written.settles) {
            (waiting.reply)(settled);
        }
    }

    /// Tells everybody that it is not known to be done.
    fn try_again(self, why: &TryAgain) {
        self.early.into_iter().for_each(|early| early.try_again(why.clone()));
        self.settles.into_iter().for_each(|waiting| (waiting.reply)(Settled::TryAgain(why.clone())));
    }
}

/// How the changes of a group are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Apart {
    /// Not at all: nearly every change whose preconditions hold can be written, and a savepoint copies each page that it
    /// touches. A change that cannot be undoes the group, which is then written again.
    Together,
    /// Each in its savepoint.
    Each,
}

/// Why writing a group ended early.
enum Broken {
    /// A change that had begun to write could not go on: write the group again, each change apart.
    Half,
    /// The group failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Broken {
    fn from(error: E) -> Self {
        Broken::Failed(error.into())
    }
}

/// What the writer does after a group has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// Goes on with this connection.
    GoOn,
    /// Opens a new one and reads everything back.
    Reopen,
    /// Takes nothing any more: what a failed sync left behind cannot be told from outside.
    Close,
    /// Dies (tests only).
    Die,
}

/// Why a whole group, or a checkpoint, failed.
pub(crate) struct Failure {
    pub(crate) why: TryAgain,
    pub(crate) after: After,
}

impl From<crate::sql::Error> for Failure {
    fn from(error: crate::sql::Error) -> Self {
        match error {
            crate::sql::Error::Sqlite(error) => error.into(),
            crate::sql::Error::Postgres(problem) => problem.into(),
            other => Self { why: TryAgain::Failed(other.to_string()), after: After::GoOn },
        }
    }
}

/// A lost connection leaves unknown what was under way: everybody is told to do it again, by a connection that begins
/// with what the server has.
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let words = problem.to_string();
        match problem {
            Problem::Refused { code, .. } if code == "53100" => {
                Self { why: TryAgain::DiskFull, after: After::GoOn }
            }
            // Class 57 is the operator's hand, 58 the system under the server, XX the server itself.
            Problem::Refused { code, .. }
                if !["57", "58", "XX"].iter().any(|class| code.starts_with(class)) =>
            {
                Self { why: TryAgain::Failed(words), after: After::GoOn }
            }
            Problem::Value(_) => Self { why: TryAgain::Failed(words), after: After::GoOn },
            Problem::Refused { .. } | Problem::Lost(_) => {
                Self { why: TryAgain::Failed(words), after: After::Reopen }
            }
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let words = error.to_string();
        let code = error.sqlite_error();
        match code.map(|code| (code.code, code.extended_code)) {
            Some((ErrorCode::DiskFull, _)) => Self { why: TryAgain::DiskFull, after: After::GoOn },
            Some((ErrorCode::SystemIoFailure, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)) => {
                Self { why: TryAgain::DiskUnsound(words), after: After::Close }
            }
            Some((
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ReadOnly,
                _,
            )) => Self { why: TryAgain::Failed(words), after: After::Reopen },
            _ => Self { why: TryAgain::Failed(words), after: After::GoOn },
        }
    }
}

/// Whether an error is the fault of the one change that met it, not of the database.
fn own_fault(error: &crate::sql::Error) -> bool {
    match error {
        crate::sql::Error::Sqlite(error) => match error.sqlite_error_code() {
            Some(code) => matches!(
                code,
                ErrorCode::ConstraintViolation
                    | ErrorCode::TooBig
                    | ErrorCode::TypeMismatch
                    | ErrorCode::ParameterOutOfRange
            ),
            None => matches!(error, rusqlite::Error::ToSqlConversionFailure(_)),
        },
        // Class 22 is a value that does not fit, 23 a constraint, 54 a limit.
        crate::sql::Error::Postgres(Problem::Refused { code, .. }) => {
            ["22", "23", "54"].iter().any(|class| code.starts_with(class))
        }
        crate::sql::Error::Postgres(Problem::Value(_)) | crate::sql::Error::Damaged(_) => true,
        _ => false,
    }
}

/// Life of the writer's thread.
pub(crate) fn run(shared: &Shared, first: Option<Connection>) {
    let mut next = first;
    if next.is_none() {
        next = stand_by(shared);
        if next.is_none() {
            return;
        }
    }
    loop {
        let opened = match next.take() {
            Some(conn) => Ok(conn),
            None => {
                let opened = shared.database.writer(&shared.settings);
                if opened.is_ok() {
                    shared.renew();
                }
                if let Err(moved @ OpenProblem::Moved(_)) = &opened {
                    return shared.queue.close(&TryAgain::Failed(moved.to_string()));
                }
                if matches!(opened, Err(OpenProblem::ServerInUse(_))) && shared.yields() {
                    // Started again, this process stands by.
                    let why = "another process writes now; this one must be started again";
                    return shared.queue.close(&TryAgain::Failed(why.to_owned()));
                }
                opened.map_err(|error| error.to_string())
            }
        };
        let outcome = match &opened {
            Ok(conn) => Writer::serve(shared, conn).map_err(|failure| failure.why.to_string()),
            Err(words) => Err(words.clone()),
        };
        match outcome {
            Ok(After::Reopen | After::GoOn) => {}
            Ok(After::Close) => {
                if let Ok(conn) = &opened
                    && !shared.queue.is_closed()
                    && let Some(file) = conn.sqlite()
                {
                    // Failing leaves the log, which the next start reads; a failed sync is told all the same.
                    if let Err(error) = checkpoint(file, "TRUNCATE") {
                        let failure = Failure::from(error);
                        if failure.after == After::Close {
                            shared.queue.close(&failure.why);
                        }
                    }
                }
                return;
            }
            Ok(After::Die) => {
                shared.queue.crash();
                return;
            }
            // There is no database to write to: everybody who waits is told, and the next who comes tries again.
            Err(words) => match shared.queue.next(None) {
                Next::Stop => return,
                Next::FinishCheckpoint | Next::Idle => {}
                Next::Work => {
                    let why = TryAgain::Failed(words);
                    shared.queue.take_early().into_iter().for_each(|early| early.try_again(why.clone()));
                    while let Some(Waiting { reply, .. }) = shared.queue.take_settle() {
                        reply(Settled::TryAgain(why.clone()));
                    }
                }
            },
        }
    }
}

/// How often a writer that has nothing to write says that it lives. A process that stands by takes over from one that is
/// silent for five times as long ([`crate::open::LEASE_SECONDS`]).
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(3);

/// Waits until nobody else writes; `None` when it is to end before.
fn stand_by(shared: &Shared) -> Option<Connection> {
    while !shared.queue.is_stopping() {
        match shared.database.take_over(&shared.settings) {
            Ok(Some(conn)) => {
                shared.renew();
                shared.queue.hindered(None);
                shared.queue.stand_by(false);
                return Some(conn);
            }
            // Each try waits for some seconds by itself, at the lock or at the line.
            Ok(None) => shared.queue.hindered(None),
            Err(moved @ OpenProblem::Moved(_)) => {
                shared.queue.close(&TryAgain::Failed(moved.to_string()));
                return None;
            }
            Err(problem) => {
                shared.queue.hindered(Some(problem.to_string()));
                shared.queue.pause(HEARTBEAT);
            }
        }
    }
    None
}

/// Settles after which a group ends when somebody waits for an acknowledgement. The commit is paid by the page, so a
/// group of four costs a settle hardly more than one of twenty, and a sender waits a third as long.
const YIELD_AFTER_SETTLES: usize = 4;

struct Writer<'s, 'c> {
    shared: &'s Shared,
    conn: &'c Connection,
    sql: Statements<'c>,
    numbers: Numbers,
    remembered: Remembered,
    groups: u32,
    /// The last group was of appends alone.
    appends_alone: bool,
}

impl<'s, 'c> Writer<'s, 'c> {
    /// Serves until the end, or until the connection must be opened again. `Ok(Close)` is the ordinary end.
    fn serve(shared: &'s Shared, conn: &'c Connection) -> Result<After, Failure> {
        let mut writer = Self {
            shared,
            conn,
            sql: Statements::prepare(conn)?,
            numbers: Numbers::read(conn)?,
            remembered: Remembered::default(),
            groups: 0,
            appends_alone: false,
        };
        let patience = conn.sqlite().is_none().then_some(HEARTBEAT);
        loop {
            if let Some(faults) = &shared.settings.faults {
                faults.rests();
            }
            match shared.queue.next(patience) {
                Next::Stop => return Ok(After::Close),
                // A process that stands by sees that this one lives, and this one whether its line does.
                Next::Idle if conn.query_row("SELECT 1", [], |_| Ok(())).is_ok() => {}
                Next::Idle => return Ok(After::Reopen),
                Next::FinishCheckpoint => {
                    if let Some(file) = conn.sqlite()
                        && let Err(error) = checkpoint(file, "PASSIVE")
                    {
                        let failure = Failure::from(error);
                        if failure.after == After::Close {
                            shared.queue.close(&failure.why);
                        }
                    }
                }
                Next::Work => match writer.group() {
                    After::GoOn => writer.look_at_log(),
                    After::Close => return Ok(After::Close),
                    other => return Ok(other),
                },
            }
        }
    }

    /// One group from beginning to answers.
    fn group(&mut self) -> After {
        if let Some(faults) = &self.shared.settings.faults {
            faults.begins();
        }
        let mut group = Group { early: self.shared.queue.take_early(), settles: Vec::new() };
        // Senders wait for their acknowledgement, charts do not: where both wait, a short commit of appends goes
        // first, and the next group takes everything, so that neither starves.
        self.appends_alone =
            !self.appends_alone && !group.early.is_empty() && self.shared.queue.has_settles();
        let mut committed = Committed::default();
        let numbers = self.numbers;
        let mut written = self.write(&mut group, Apart::Together, &mut committed);
        if matches!(written, Err(Broken::Half)) {
            committed = Committed::default();
            self.numbers = numbers;
            self.remembered.forget();
            written = match self.conn.execute_batch("ROLLBACK") {
                Ok(()) => self.write(&mut group, Apart::Each, &mut committed),
                Err(error) => Err(error.into()),
            };
        }
        let written = written.and_then(|written| {
            self.fault(FaultPoint::AfterCommit)?;
            Ok(written)
        });
        let failure = match written {
            Ok(written) => {
                // Who is answered knows that those who wait for work were told.
                self.shared.tell(&committed);
                group.give(written);
                return After::GoOn;
            }
            Err(Broken::Failed(failure)) => failure,
            Err(Broken::Half) => Failure {
                why: TryAgain::Failed("a change could not be kept apart".into()),
                after: After::Reopen,
            },
        };
        if failure.after == After::Die {
            return After::Die;
        }
        let after = self.recover(&failure);
        if after == After::Close {
            self.shared.queue.close(&failure.why);
        }
        group.try_again(&failure.why);
        after
    }

    /// Writes and commits a group: its members, and then changes that wait while it takes more.
    fn write(
        &mut self,
        group: &mut Group,
        apart: Apart,
        committed: &mut Committed,
    ) -> Result<Written, Broken> {
        if let Some(limit) = self.shared.settings.faults.as_ref().and_then(|faults| faults.page_limit())
            && let Some(file) = self.conn.sqlite()
        {
            file.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))?;
        }
        self.sql.begin.execute([])?;
        let started = (self.shared.settings.monotonic)();
        let mut written = Written::default();
        for (n, early) in group.early.iter().enumerate() {
            self.fault(FaultPoint::Append(n))?;
            let mut hand = self.hand();
            let kept = match early {
                Early::Append { append, digest, .. } => Kept::Append(hand.append(append, digest)?),
                Early::Refuse { refused, .. } => {
                    hand.refuse(refused)?;
                    Kept::Refuse
                }
                Early::Link { link, .. } => Kept::Link(hand.link(link)?),
            };
            committed.messages |= matches!(kept, Kept::Append(Appended::New { .. }));
            written.early.push(kept);
        }
        let (mut looks, mut others) = (0, 0);
        while !self.appends_alone {
            let n = written.settles.len();
            if n == group.settles.len() {
                if !self.takes_more(looks, others, started) {
                    break;
                }
                let Some(waiting) = self.shared.queue.take_settle() else { break };
                group.settles.push(waiting);
            }
            self.fault(FaultPoint::Settle(n))?;
            let change = &group.settles[n].change;
            if change.is_look {
                looks += 1
            } else {
                others += 1
            }
            let settled = self.settle(change, apart)?;
            if settled == Settled::Done {
                committed.note(&change.changes);
            }
            written.settles.push(settled);
        }
        let (appends, settles) = (written.early.len(), written.settles.len());
        #[cfg(feature = "defects")]
        if defects::is(defects::Defect::AcknowledgedBeforeCommit) {
            let early = std::mem::take(&mut group.early);
            let kept = std::mem::take(&mut written.early);
            Group { early, settles: Vec::new() }.give(Written { early: kept, settles: Vec::new() });
        }
        self.fault(FaultPoint::BeforeCommit { appends, settles })?;
        match self.commit() {
            Err(error) if apart == Apart::Together && own_fault(&error) => Err(Broken::Half),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(written),
        }
    }

    /// Commits, and knows that it is done.
    fn commit(&mut self) -> Result<(), crate::sql::Error> {
        let Some(second) = self.shared.second() else {
            self.sql.commit.execute([])?;
            return self.conn.committed();
        };
        second.commits();
        let done = self.sql.commit.execute([]);
        // What a commit that failed has left in the log goes with the next one.
        second.committed(done.as_ref().ok().and_then(|_| self.conn.sqlite()));
        done.map(|_| ())
    }

    /// Whether a group with so many looks and other changes takes another one.
    fn takes_more(&self, looks: usize, others: usize, started: u64) -> bool {
        let settings = &self.shared.settings;
        looks + others == 0
            || (others < settings.group_settles
                && looks < GROUP_LOOKS
                && !(others >= YIELD_AFTER_SETTLES && self.shared.queue.has_early())
                && (settings.monotonic)().saturating_sub(started) < settings.group_microseconds)
    }

    fn hand(&mut self) -> Hand<'_, 'c> {
        Hand {
            conn: self.conn,
            sql: &mut self.sql,
            numbers: &mut self.numbers,
            remembered: &mut self.remembered,
        }
    }

    /// One change.
    fn settle(&mut self, change: &crate::sealed::Sealed, apart: Apart) -> Result<Settled, Broken> {
        match self.hand().broken(&change.changes) {
            Ok(None) => {}
            #[cfg(feature = "defects")]
            Ok(Some(_)) if defects::is(defects::Defect::RequirementsUnchecked) => {}
            Ok(Some(requirement)) => return Ok(Settled::Stale(requirement)),
            // A write of another change of the group, told late.
            Err(error) if apart == Apart::Together && own_fault(&error) => return Err(Broken::Half),
            Err(error) => return Err(error.into()),
        }
        let before = self.numbers;
        if apart == Apart::Each {
            self.sql.savepoint.execute([])?;
        }
        let written = self.hand().settle(change);
        let written = match (written, apart) {
            // Whose fault it is must be known before the next one begins.
            (Ok(()), Apart::Each) => self.conn.settled().map_err(Stop::from),
            // What it had sent on before it stopped is answered too, or going back would be skipped with it.
            (Err(stop), Apart::Each) => match self.conn.settled() {
                Err(error) if !own_fault(&error) => Err(error.into()),
                _ => Err(stop),
            },
            (written, _) => written,
        };
        let settled = match written {
            Ok(()) => Settled::Done,
            Err(Stop::Stale(requirement)) => Settled::Stale(requirement),
            Err(Stop::Malformed(words)) => Settled::Malformed(words),
            Err(Stop::Sql(error)) if own_fault(&error) && !self.conn.is_autocommit() => {
                Settled::Malformed(error.to_string())
            }
            Err(Stop::Sql(error)) => return Err(error.into()),
        };
        match apart {
            Apart::Together if settled != Settled::Done => return Err(Broken::Half),
            Apart::Together => {}
            Apart::Each => {
                if settled != Settled::Done {
                    self.sql.back.execute([])?;
                    self.numbers = before;
                    self.remembered.forget();
                }
                self.sql.release.execute([])?;
            }
        }
        Ok(settled)
    }

    fn fault(&self, point: FaultPoint) -> Result<(), Failure> {
        let Some(faults) = &self.shared.settings.faults else { return Ok(()) };
        match faults.at(point) {
            Fault::Continue => Ok(()),
            Fault::DiskFull => Err(Failure { why: TryAgain::DiskFull, after: After::GoOn }),
            Fault::Io => {
                Err(Failure { why: TryAgain::Failed("disk I/O error".into()), after: After::Reopen })
            }
            Fault::Sync => {
                Err(Failure { why: TryAgain::DiskUnsound("sync failed".into()), after: After::Close })
            }
            Fault::Crash => Err(Failure { why: TryAgain::Stopping, after: After::Die }),
        }
    }

    /// Full, I/O and memory errors may have ended the transaction already; whatever is left of it goes, and the
    /// numbers are read back.
    fn recover(&mut self, failure: &Failure) -> After {
        self.remembered.forget();
        if !self.conn.is_autocommit() && self.conn.execute_batch("ROLLBACK").is_err() {
            return if failure.after == After::Close { After::Close } else { After::Reopen };
        }
        if failure.after != After::GoOn {
            return failure.after.clone();
        }
        match Numbers::read(self.conn) {
            Ok(numbers) => {
                self.numbers = numbers;
                After::GoOn
            }
            Err(_) => After::Reopen,
        }
    }

    /// Looks now and then how long the log is, and wakes the checkpoint thread.
    fn look_at_log(&mut self) {
        self.groups += 1;
        if self.groups < LOOK_AT_LOG_EVERY {
            return;
        }
        self.groups = 0;
        if let Some(file) = self.conn.sqlite()
            && let Ok((log, _)) = checkpoint(file, "NOOP")
        {
            self.shared.log_is(log);
            if log >= self.shared.settings.checkpoint_pages {
                self.shared.checkpoint.ask();
            }
        }
    }
}

/// What an early write made.
enum Kept {
    Append(Appended),
    Refuse,
    Link(Link),
}

impl Committed {
    /// Adds what a settled change brings.
    fn note(&mut self, changes: &crate::changes::Changes) {
        let mut ends = changes.settlement.iter().chain(&changes.reopened);
        self.reopened |= ends.any(|end| end.state == MessageState::Pending);
        self.messages |= self.reopened;
        // A feed that is paused or goes on: the interpreters look at their messages anew.
        self.messages |= !changes.desks.is_empty();
        self.records.extend(changes.records.iter().map(|row| row.record));
        self.obligations |= !changes.obligations.is_empty();
        self.outbox |= !changes.outbox.is_empty();
        for change in &changes.outbox {
            let (OutboxChange::Queue(row) | OutboxChange::Update(row)) = change;
            if row.state == OutboxState::Waiting && !self.destinations.contains(&row.destination) {
                self.destinations.push(row.destination.clone());
            }
        }
    }
}
