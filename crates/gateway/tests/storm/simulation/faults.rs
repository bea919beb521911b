//! What the disk does to one life of the server.

use super::draws::Draws;
use super::turns::{Turns, locked};
use std::sync::{Arc, Mutex};
use store::{Fault, FaultPoint, Faults};
use tokio::sync::watch;

/// What happens in a life, counted in the points at which the writer asks.
#[derive(Debug, Clone, Copy)]
enum Plan {
    /// Nothing.
    Nothing,
    /// Once.
    Once(u64, Fault),
    /// From one point to another.
    While(u64, u64, Fault),
}

/// The disk of one life.
pub(crate) struct Disk {
    turns: Arc<Turns>,
    plan: Plan,
    calm: u64,
    asked: Mutex<u64>,
    lives: watch::Sender<bool>,
}

impl Disk {
    /// With a course of its own until `calm`; sound from then on. `lives` turns false when the process dies of it.
    pub(crate) fn drawn(
        turns: &Arc<Turns>,
        draws: &mut Draws,
        calm: u64,
        lives: watch::Sender<bool>,
    ) -> Self {
        let at = draws.between(1, 120);
        let plan = match draws.below(20) {
            0..=8 => Plan::Once(at, Fault::Crash),
            9 => Plan::Once(at, Fault::Sync),
            10 | 11 => Plan::Once(at, Fault::Io),
            12 | 13 => Plan::While(at, at + draws.between(1, 30), Fault::DiskFull),
            _ => Plan::Nothing,
        };
        Self { turns: Arc::clone(turns), plan, calm, asked: Mutex::new(0), lives }
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        format!("{:?}", self.plan)
    }
}

impl Faults for Disk {
    fn at(&self, _: FaultPoint) -> Fault {
        if self.turns.now() >= self.calm {
            return Fault::Continue;
        }
        let asked = {
            let mut asked = locked(&self.asked);
            *asked += 1;
            *asked
        };
        let fault = match self.plan {
            Plan::Once(at, fault) if at == asked => fault,
            Plan::While(from, to, fault) if from <= asked && asked < to => fault,
            _ => Fault::Continue,
        };
        if matches!(fault, Fault::Crash | Fault::Sync) {
            self.lives.send_replace(false);
        }
        fault
    }
    fn begins(&self) {
        self.turns.writer_begins();
    }
    fn rests(&self) {
        self.turns.writer_rests();
    }
}
