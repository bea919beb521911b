//! Background work: what the record does by itself, how often, and what becomes of it when it fails.
//!
//! One row each. A row reads the store and settles changes like anybody else; what fails is said in the log and done
//! again within minutes, so that every row must be the same however often it runs.

use crate::facility::registers::Registers;
use crate::orders::{Comparing, Remembered};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::resources::Sampling;
use crate::silence::Ears;
use fhir::Instant;

/// One piece of background work.
pub struct Reconciler {
    /// Stable name, for the log.
    pub name: &'static str,
    /// Seconds from one round to the next.
    pub every_seconds: i64,
    /// Seconds from a start to the first round. Short whatever the pace: a process that is started anew each day must
    /// come to its daily work too.
    pub first_after_seconds: i64,
    work: fn(&Record, &mut Memory, Instant) -> Result<usize, Refusal>,
}

/// What rounds remember between them; never the truth about anything.
#[derive(Debug, Default)]
struct Memory {
    ears: Ears,
    orders: Remembered,
    compared: Option<Comparing>,
    registers: Registers,
    sampling: Sampling,
}

/// What failed is tried again after so many seconds, or in its next round when that is sooner.
const RETRY_SECONDS: i64 = 5 * 60;
const DAY_SECONDS: i64 = 24 * 3600;

/// All of it.
pub const RECONCILERS: &[Reconciler] = &[
    Reconciler {
        name: "overdue obligations go to their next owner",
        every_seconds: 5,
        first_after_seconds: 0,
        work: |record, _, now| record.escalate(now),
    },
    Reconciler {
        name: "what belongs to those who have left goes to their next owner",
        every_seconds: 3600,
        first_after_seconds: 0,
        work: |record, _, now| record.hand_over_departed(now),
    },
    Reconciler {
        name: "what is withheld from whom it waits for goes to the privacy desk",
        every_seconds: 60,
        first_after_seconds: 0,
        work: |record, _, now| record.hand_over_withheld(now),
    },
    Reconciler {
        name: "looks through a process that stands by are put into the log",
        every_seconds: 2,
        first_after_seconds: 0,
        work: |record, _, _| record.log_looks_beside(),
    },
    Reconciler {
        name: "a checkpoint of the activity log is signed",
        every_seconds: crate::activity::SIGN_EVERY_SECONDS,
        first_after_seconds: 0,
        work: |record, _, now| record.sign_checkpoint(now),
    },
    Reconciler {
        name: "looks of the hours that are over are judged",
        every_seconds: 5 * 60,
        first_after_seconds: 60,
        work: |record, _, now| record.judge_looks(now),
    },
    Reconciler {
        name: "what the retention schedule says is due is proposed",
        every_seconds: DAY_SECONDS,
        first_after_seconds: 15 * 60,
        work: |record, _, now| record.propose_destruction(now),
    },
    Reconciler {
        name: "destructions that were approved are carried out",
        every_seconds: 5,
        first_after_seconds: 5,
        work: |record, _, now| record.carry_out_destructions(now),
    },
    Reconciler {
        name: "what was decided about a stop is carried out",
        every_seconds: 5,
        first_after_seconds: 0,
        work: |record, _, now| record.carry_out_stops(now).map(|done| done.len()),
    },
    Reconciler {
        name: "what was decided about a batch is carried out",
        every_seconds: 5,
        first_after_seconds: 0,
        work: |record, _, now| record.carry_out_batches(now).map(|done| done.len()),
    },
    Reconciler {
        name: "feeds and receivers that fell silent are found",
        every_seconds: 60,
        first_after_seconds: 0,
        work: |record, memory, now| record.watch_flows(&mut memory.ears, now),
    },
    Reconciler {
        name: "what was found damaged on the disk is a desk's",
        every_seconds: 60,
        first_after_seconds: 30,
        work: |record, _, now| record.own_damage(now),
    },
    Reconciler {
        name: "the books are counted",
        every_seconds: 60,
        first_after_seconds: 60,
        work: |record, _, now| record.check_books(now),
    },
    Reconciler {
        name: "the books are verified against every row",
        every_seconds: DAY_SECONDS,
        first_after_seconds: 5 * 60,
        work: |record, _, now| record.verify_books(now),
    },
    Reconciler {
        name: "a sample of what is on file is found by what it says",
        every_seconds: 60,
        first_after_seconds: 30,
        work: |record, memory, now| record.sample_index(&mut memory.sampling, now),
    },
    Reconciler {
        name: "what was filed is held against what applications subscribed to",
        every_seconds: 1,
        first_after_seconds: 1,
        work: |record, _, now| record.match_subscriptions(now),
    },
    Reconciler {
        name: "subscribers that do not answer are a desk's",
        every_seconds: 60,
        first_after_seconds: 60,
        work: |record, _, now| record.watch_subscriptions(now),
    },
    Reconciler {
        name: "bulk exports are made ready, and end",
        every_seconds: 1,
        first_after_seconds: 1,
        work: |record, _, now| record.turn_exports(now),
    },
    Reconciler {
        name: "numbers that the feeds name are held against the directory",
        every_seconds: DAY_SECONDS / 4,
        first_after_seconds: 15 * 60,
        work: |record, _, now| record.join_directory(now),
    },
    Reconciler {
        name: "orders and results are held against each other",
        every_seconds: 5,
        first_after_seconds: 5,
        work: |record, memory, now| {
            let round = memory.compared.get_or_insert_with(|| Comparing::after_start(now));
            record.compare_orders(round, now)
        },
    },
    Reconciler {
        name: "numbers of orders that were filed before they were remembered",
        every_seconds: 5,
        first_after_seconds: 5,
        work: |record, memory, _| record.remember_former_orders(&mut memory.orders),
    },
    Reconciler {
        name: "what a feed says that is in force by the directory holds",
        every_seconds: 60,
        first_after_seconds: 30,
        work: |record, _, now| record.apply_in_force(now),
    },
    Reconciler {
        name: "accesses that have lapsed are suspended, and opened again when their ground is back",
        every_seconds: 60,
        first_after_seconds: 5,
        work: |record, memory, now| record.lapse_accounts(&mut memory.registers, now),
    },
    Reconciler {
        name: "senders of tickets are told what became of them",
        every_seconds: 5,
        first_after_seconds: 5,
        work: |record, _, now| record.follow_tickets(now),
    },
    Reconciler {
        name: "whoever has a request of a unit now is written to",
        every_seconds: 60,
        first_after_seconds: 5,
        work: |record, _, now| record.ask_about_requests(now),
    },
    Reconciler {
        name: "managers are asked each quarter who still needs access",
        every_seconds: 3600,
        first_after_seconds: 60,
        work: |record, _, now| record.ask_managers(now),
    },
    Reconciler {
        name: "applications for access lapse, go on, and become active",
        every_seconds: 5,
        first_after_seconds: 5,
        work: |record, _, now| record.turn_applications(now),
    },
    Reconciler {
        name: "forms that were sent are judged",
        every_seconds: 2,
        first_after_seconds: 0,
        work: |record, _, now| record.judge_mails(now),
    },
    Reconciler {
        name: "counts that nobody learns from are dropped",
        every_seconds: DAY_SECONDS,
        first_after_seconds: 10 * 60,
        work: |record, _, now| record.forget_flows(now),
    },
];

/// The table at work.
pub struct Reconcilers {
    record: Record,
    memory: Memory,
    due: Vec<Instant>,
}

impl Reconcilers {
    /// Ready for its first round at `now`.
    #[must_use]
    pub fn new(record: Record, now: Instant) -> Self {
        let due = RECONCILERS.iter().map(|row| now.plus_seconds(row.first_after_seconds)).collect();
        Self { record, memory: Memory::default(), due }
    }

    /// Do what is due. Returns what could not be done, by name; it is done again within minutes.
    pub fn round(&mut self, now: Instant) -> Vec<(&'static str, Refusal)> {
        let mut failed = Vec::new();
        for (row, due) in RECONCILERS.iter().zip(&mut self.due) {
            // A clock that was set back must not stop the work for as long.
            if *due > now && due.seconds_since(now) <= row.every_seconds {
                continue;
            }
            *due = now.plus_seconds(row.every_seconds);
            let done = (row.work)(&self.record, &mut self.memory, now);
            self.record.vitals().worked(row.name, now, done.is_ok());
            if let Err(reason) = done {
                *due = now.plus_seconds(row.every_seconds.min(RETRY_SECONDS));
                failed.push((row.name, reason));
            }
        }
        failed
    }
}
