//! The look-up index in memory: who else might be the person of a claim, beyond those who share a blocking key.
//!
//! It holds no truth. A thread of its own fills it from the tables after the start and reads again whatever a commit
//! changed; until it is warm, and should it ever fall behind, the tables' keys answer alone.

use crate::intake::candidate;
use crate::record::Record;
use clinical::identity::linkage::index::{FEWEST_TO_LEARN, Index};
use clinical::identity::linkage::model::priors;
use clinical::identity::{Claim, Namesakes};
use fhir::RecordId;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;
use store::ReadProblem;

/// Records read at a time while it fills.
const PAGE_RECORDS: usize = 1_000;
/// Records that one look-up adds to those found by key.
const MOST_FOUND: usize = 16;
/// Growth after which the weights are learned anew: by half.
const LEARN_AGAIN_PERCENT: usize = 150;
/// How long the thread rests at most before it looks whether it shall stop.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The index, and what it has still to read.
#[derive(Default)]
pub(crate) struct Warm {
    /// `None` until every record that was on file has been read.
    index: RwLock<Option<Index>>,
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    changed: BTreeSet<RecordId>,
    stopping: bool,
}

impl Warm {
    /// Records that might be the person of a claim, best first; none while it is not warm.
    pub(crate) fn candidates(&self, claim: &Claim) -> Vec<RecordId> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = &*index else { return Vec::new() };
        let least = priors().look_bits;
        let found = index.candidates(claim, MOST_FOUND);
        found.into_iter().filter(|found| found.bits >= least).map(|found| found.record).collect()
    }

    /// How common the name and birth date of a claim are; `None` while it is not warm or has nothing to go by.
    pub(crate) fn namesakes(&self, claim: &Claim) -> Option<Namesakes> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.namesakes(claim)
    }

    /// Records it holds; `None` while it is not warm.
    pub(crate) fn holds(&self) -> Option<usize> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(Index::len)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A commit changed these.
    fn changed(&self, records: &[RecordId]) {
        self.waiting().changed.extend(records);
        self.wake.notify_one();
    }

    /// These could not be read: once more, after a rest.
    fn again(&self, records: BTreeSet<RecordId>) {
        let rested = self.wake.wait_timeout(self.waiting(), LOOK_AGAIN);
        rested.unwrap_or_else(PoisonError::into_inner).0.changed.extend(records);
    }

    /// What changed since the last time; `None` when it shall stop.
    fn next(&self) -> Option<BTreeSet<RecordId>> {
        let mut waiting = self.waiting();
        loop {
            if waiting.stopping {
                return None;
            }
            if !waiting.changed.is_empty() {
                return Some(std::mem::take(&mut waiting.changed));
            }
            waiting = self.wake.wait_timeout(waiting, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn is_stopping(&self) -> bool {
        self.waiting().stopping
    }
}

/// The thread that fills the index and keeps it current.
pub struct Warming {
    warm: Arc<Warm>,
    thread: JoinHandle<()>,
}

impl Warming {
    /// Start filling the index of this record.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(record: &Record) -> std::io::Result<Self> {
        let warm = Arc::clone(record.warm());
        let told = Arc::downgrade(&warm);
        record.store().on_commit(Box::new(move |committed| {
            if !committed.records.is_empty()
                && let Some(warm) = told.upgrade()
            {
                warm.changed(&committed.records);
            }
        }));
        let (record, filled) = (record.clone(), Arc::clone(&warm));
        let thread = std::thread::Builder::new()
            .name("identity-index".into())
            .spawn(move || keep(&record, &filled))?;
        Ok(Self { warm, thread })
    }

    /// Stop and join the thread; the tables answer alone from now on.
    pub fn stop(self) {
        self.warm.waiting().stopping = true;
        self.warm.wake.notify_all();
        if self.thread.join().is_err() {
            tracing::error!("the thread of the identity index ended in a panic");
        }
        *self.warm.index.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn keep(record: &Record, warm: &Warm) {
    let index = match fill(record, warm) {
        Ok(Some(index)) => index,
        Ok(None) => return,
        Err(problem) => {
            tracing::warn!(%problem, "the identity index could not be filled; the tables answer alone");
            return;
        }
    };
    let mut learned_at = index.len();
    tracing::info!(records = index.len(), bytes = index.bytes(), "the identity index is warm");
    *warm.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
    while let Some(changed) = warm.next() {
        if let Err(problem) = read_again(record, warm, &changed) {
            tracing::warn!(%problem, "the identity index could not read what changed; reading it again");
            warm.again(changed);
            continue;
        }
        let held = warm.holds().unwrap_or(0);
        if held * 100 > learned_at.max(FEWEST_TO_LEARN) * LEARN_AGAIN_PERCENT {
            learned_at = held;
            learn(warm);
        }
    }
}

/// The whole index from the tables; `None` when told to stop.
fn fill(record: &Record, warm: &Warm) -> Result<Option<Index>, ReadProblem> {
    let mut index = Index::with_room(record.store().view()?.record_count()?);
    let mut after = None;
    loop {
        if warm.is_stopping() {
            return Ok(None);
        }
        let rows = record.store().view()?.records_after(after, PAGE_RECORDS)?;
        for row in &rows {
            if let Some(found) = candidate(row) {
                index.insert(row.record, &found.claim);
            }
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE_RECORDS => after = Some(last.record),
            _ => break,
        }
    }
    if let Some(learned) = index.learn() {
        index.adopt(learned);
    }
    Ok(Some(index))
}

fn read_again(record: &Record, warm: &Warm, changed: &BTreeSet<RecordId>) -> Result<(), ReadProblem> {
    let view = record.store().view()?;
    let mut claims = Vec::with_capacity(changed.len());
    for record in changed {
        match view.record(*record) {
            Ok(row) => claims.push((*record, row.as_ref().and_then(candidate))),
            // It goes on saying what it said; `opor check` names what is damaged.
            Err(problem) => {
                tracing::warn!(%problem, "a changed record cannot be read into the identity index")
            }
        }
    }
    drop(view);
    let mut index = warm.index.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = &mut *index {
        for (record, found) in claims {
            match found {
                Some(found) => index.insert(record, &found.claim),
                None => {
                    index.remove(record);
                }
            }
        }
    }
    Ok(())
}

/// Stand-ins and weights anew from what is held: long, so under the lock that lets look-ups pass.
fn learn(warm: &Warm) {
    let learned =
        warm.index.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|index| index.learn());
    if let Some(learned) = learned
        && let Some(index) = &mut *warm.index.write().unwrap_or_else(PoisonError::into_inner)
    {
        index.adopt(learned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;
    use clinical::identity::Name;

    fn claim(family: &str, given: &str, birth: &str) -> Claim {
        let name =
            Name { family: family.into(), given: given.into(), use_code: "L".into(), ..Name::default() };
        Claim { names: vec![name], birth_date: birth.into(), ..Claim::default() }
    }

    fn until(warm: &Warm, is_so: impl Fn(&Warm) -> bool) {
        while !is_so(warm) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn it_fills_from_the_tables_follows_commits_and_can_be_thrown_away() {
        let mut world = World::new("warm");
        let one = "PID|1||1001^^^HRH^MR||Thériault^Évangéline^^^^^L||19800307|F|||1 Water Street^^Wharfton^NS^B0N 1A0";
        world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", one]);
        let first = RecordId::of("HRH", "1001");
        let warming = Warming::start(&world.record).unwrap();
        let warm = Arc::clone(world.record.warm());
        until(&warm, |warm| warm.holds() == Some(1));

        // Day and month swapped and the accents lost: no blocking key of the tables says so.
        let swapped = claim("THERIAULT", "EVANGELINE", "1980-07-03");
        assert_eq!(warm.candidates(&swapped), [first]);

        let two = "PID|1||1002^^^HRH^MR||Googoo^Elias^^^^^L||19551201|M";
        world.offer("ADT^A28", "HRH", &["EVN|A28|20261122", two]);
        until(&warm, |warm| warm.holds() == Some(2));
        assert_eq!(warm.candidates(&claim("Googoo", "Elias", "1955-12-01")), [RecordId::of("HRH", "1002")]);

        let married = "PID|1||1002^^^HRH^MR||Paul^Elias^^^^^L||19551201|M";
        world.offer("ADT^A31", "HRH", &["EVN|A31|20261122", married]);
        until(&warm, |warm| !warm.candidates(&claim("Paul", "Elias", "1955-12-01")).is_empty());

        warming.stop();
        assert_eq!(warm.holds(), None);
        assert!(warm.candidates(&swapped).is_empty(), "the tables answer alone");
    }
}
