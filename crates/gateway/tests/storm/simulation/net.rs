//! The network of a storm: lines that are slow, stand still, break, or cannot be made.

use super::draws::Draws;
use super::turns::{Turns, locked};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::sleep;

const SECOND: u64 = 1_000_000;
/// Bytes that a line holds.
const HOLDS: usize = 16 << 10;

/// What is wrong with somebody's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// None can be made.
    Refused,
    /// None can be made, and what is on one stays there until it is over.
    Held,
    /// Each breaks as soon as something is said on it.
    Reset,
}

/// Something is wrong for a while.
#[derive(Debug, Clone, Copy)]
struct Outage {
    from: u64,
    to: u64,
    sort: Sort,
}

/// The network, as one party of it sees it.
pub(crate) struct Place {
    turns: Arc<Turns>,
    outages: Vec<Outage>,
    slow: u64,
    draws: Mutex<Draws>,
}

impl Place {
    /// The lines of a party until `calm`; good from then on.
    pub(crate) fn drawn(turns: &Arc<Turns>, mut draws: Draws, calm: u64) -> Arc<Self> {
        let outages = (0..draws.below(3)).map(|_| {
            let from = draws.below(calm);
            let long = *draws.pick(&[2, 10, 35, 90]) * SECOND;
            let sort = *draws.pick(&[Sort::Refused, Sort::Held, Sort::Reset]);
            Outage { from, to: (from + long).min(calm), sort }
        });
        let outages = outages.collect();
        let slow = *draws.pick(&[1, 5, 40, 400]);
        Arc::new(Self { turns: Arc::clone(turns), outages, slow, draws: Mutex::new(draws) })
    }

    fn outage(&self) -> Option<Outage> {
        let now = self.turns.now();
        self.outages.iter().find(|one| one.from <= now && now < one.to).copied()
    }

    async fn is_over(&self, outage: Outage) {
        sleep(Duration::from_micros(outage.to.saturating_sub(self.turns.now()))).await;
    }

    /// A line: our end and the other one. It ends with `lives` at the latest.
    pub(crate) async fn line(
        self: &Arc<Self>,
        lives: &watch::Receiver<bool>,
    ) -> io::Result<(DuplexStream, DuplexStream)> {
        while let Some(outage) = self.outage() {
            match outage.sort {
                Sort::Refused => return Err(io::ErrorKind::ConnectionRefused.into()),
                Sort::Held => self.is_over(outage).await,
                Sort::Reset => break,
            }
        }
        if !*lives.borrow() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let ((ours, near), (far, theirs)) = (tokio::io::duplex(HOLDS), tokio::io::duplex(HOLDS));
        let ((near_read, near_write), (far_read, far_write)) =
            (tokio::io::split(near), tokio::io::split(far));
        let (ends, ended) = watch::channel(false);
        let ends = Arc::new(ends);
        for (from, to) in [(near_read, far_write), (far_read, near_write)] {
            let (place, lives) = (Arc::clone(self), lives.clone());
            let (ends, mut ended) = (Arc::clone(&ends), ended.clone());
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    _ = ended.wait_for(|&ended| ended) => {}
                    () = place.carry(from, to, lives) => {}
                }
                ends.send_replace(true);
            });
        }
        Ok((ours, theirs))
    }

    /// One way of a line.
    async fn carry(
        &self,
        mut from: ReadHalf<DuplexStream>,
        mut to: WriteHalf<DuplexStream>,
        mut lives: watch::Receiver<bool>,
    ) {
        let mut chunk = [0; 700];
        loop {
            let read = tokio::select! {
                biased;
                _ = lives.wait_for(|&lives| !lives) => return,
                read = from.read(&mut chunk) => read,
            };
            let Ok(length @ 1..) = read else { return };
            let wait = locked(&self.draws).below(self.slow * 2);
            sleep(Duration::from_millis(wait)).await;
            while let Some(outage) = self.outage() {
                if outage.sort == Sort::Reset {
                    return;
                }
                self.is_over(outage).await;
            }
            // What a process said before it died is on its way; what comes after is not said.
            if !*lives.borrow() || to.write_all(&chunk[..length]).await.is_err() {
                return;
            }
        }
    }
}
