//! A record that nobody writes to while it is moved.

use super::CopyProblem;
use crate::migrate;
use crate::open;
use crate::sql::{Connection, Error};
use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};

/// What keeps every other process from writing.
#[derive(Debug)]
pub(super) enum Held {
    /// The lock of a data folder.
    Folder(File),
    /// The lock of a PostgreSQL.
    Server(Line),
}

/// The session that has the lock. It says something as often as a writer does: a process that stands by ends one that is
/// silent, and writes.
#[derive(Debug)]
pub(super) struct Line {
    stop: Option<Sender<()>>,
    life: Option<JoinHandle<Result<Connection, Error>>>,
}

impl Line {
    pub(super) fn begin(conn: Connection) -> Result<Self, CopyProblem> {
        let (stop, stopped) = channel();
        let life = Builder::new()
            .name("store-lock".into())
            .spawn(move || live(conn, &stopped))
            .map_err(crate::OpenProblem::Thread)?;
        Ok(Self { stop: Some(stop), life: Some(life) })
    }

    /// The session, when it still lives.
    fn end(&mut self) -> Option<Connection> {
        self.stop.take();
        self.life.take()?.join().ok()?.ok()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        drop(self.end());
    }
}

fn live(conn: Connection, stopped: &Receiver<()>) -> Result<Connection, Error> {
    loop {
        match stopped.recv_timeout(crate::writer::HEARTBEAT) {
            Err(RecvTimeoutError::Timeout) => conn.query_row("SELECT 1", [], |_| Ok(()))?,
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(conn),
        }
    }
}

impl Held {
    /// Fails once the lock is known to be lost.
    pub(super) fn check(&self) -> Result<(), CopyProblem> {
        match self {
            Self::Server(Line { life: Some(life), .. }) if life.is_finished() => Err(CopyProblem::LockLost),
            _ => Ok(()),
        }
    }

    /// The record is at `place` from now on: nothing opens it where it was, also when nobody holds it any more. Gives back
    /// the lock of a folder, which knows nothing of it.
    pub(super) fn leave(self, place: &str) -> Result<Option<File>, CopyProblem> {
        match self {
            Self::Folder(lock) => Ok(Some(lock)),
            Self::Server(mut line) => {
                let conn = line.end().ok_or(CopyProblem::LockLost)?;
                if !open::holds_lock(&conn).map_err(crate::ReadProblem::from)? {
                    return Err(CopyProblem::LockLost);
                }
                // In the session that has the lock: it is written while nobody else can write, or not at all.
                migrate::mark_moved(&conn, place).map_err(crate::ReadProblem::from)?;
                Ok(None)
            }
        }
    }
}
