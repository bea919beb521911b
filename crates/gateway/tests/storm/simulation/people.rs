//! What people do meanwhile: pause feeds and receivers, hand on and note what is on their desks, say who is one person
//! and who are two. Some of it is refused, as it is when two people do the same.

use super::draws::Draws;
use super::messages::{CLINICS, SENDERS, What};
use super::senders::Sender;
use super::{Storm, Trace};
use actions::deliveries::{HandOver, Note, PauseDestination, ResumeDestination};
use actions::feeds::{Pause, Resume};
use actions::identity::{KeepApart, Link};
use actions::intake::Clock;
use actions::{Act, Actor, Context, Record};
use clinical::access::{Purpose, Role};
use fhir::{Instant, RecordId};
use std::sync::Arc;
use std::time::Duration;
use store::{ObligationFilter, Store};
use tokio::sync::watch;
use tokio::time::sleep;

/// Minutes that a pause is asked for.
const MINUTES: i64 = 60;
const REASON: &str = "asked on the telephone";

/// Somebody at a desk.
pub(crate) struct People {
    record: Record,
    store: Store,
    clock: Clock,
    trace: Arc<Trace>,
    /// Source records that may be spoken of.
    records: Vec<RecordId>,
    /// Nobody does anything in some storms.
    works: bool,
    draws: Draws,
}

fn somebody(role: Role, now: Instant) -> Context {
    let actor =
        Actor { through: None, id: "marram".into(), role, name: "Marram, Ana".into(), practitioner: None };
    Context { actor, purpose: Purpose::Operations, now }
}

fn records(senders: &[Arc<Sender>]) -> Vec<RecordId> {
    let mut records = Vec::new();
    for sender in senders {
        for message in &sender.script {
            records.push(RecordId::of(sender.link, &message.patient));
            if let What::Became { former } = &message.what {
                records.push(RecordId::of(sender.link, former));
            }
        }
    }
    records
}

impl People {
    /// Of a life of the server.
    pub(crate) fn of(storm: &Storm<'_>, record: Record, store: Store) -> Self {
        let draws = Draws::of(storm.seed, &format!("people {}", storm.lives));
        Self {
            record,
            store,
            clock: storm.clock(),
            trace: Arc::clone(&storm.trace),
            records: records(&storm.senders),
            works: Draws::of(storm.seed, "people").chance(60),
            draws,
        }
    }

    /// Works until it is calm, then lets everything go on that was paused.
    pub(crate) async fn work(mut self, calm: Duration, mut stop: watch::Receiver<bool>) {
        let calm = sleep(calm);
        tokio::pin!(calm);
        loop {
            let pause = Duration::from_millis(self.draws.between(200, 12_000));
            tokio::select! {
                biased;
                _ = stop.wait_for(|&stop| stop) => return,
                () = &mut calm => break,
                () = sleep(pause), if self.works => {}
            }
            let did = tokio::task::spawn_blocking(move || {
                self.one();
                self
            });
            self = did.await.expect("a person");
        }
        let resumed = tokio::task::spawn_blocking(move || {
            for link in SENDERS {
                self.act(Resume { link: link.into(), reason: REASON.into() });
            }
            for n in 0..CLINICS {
                let destination = format!("clinic-{n}");
                self.act(ResumeDestination { destination, reason: REASON.into() });
            }
        });
        resumed.await.expect("a person");
    }

    fn act<A: Act>(&self, act: A) {
        let role = if std::any::type_name::<A>().contains("identity") {
            Role::IdentitySteward
        } else {
            Role::LaboratoryDesk
        };
        let object = act.object();
        let done = self.record.act(&somebody(role, (self.clock)()), act);
        self.trace.say("people", &format!("{object}: {}", if done.is_ok() { "done" } else { "refused" }));
    }

    fn one(&mut self) {
        let link = (*self.draws.pick(&SENDERS)).to_owned();
        let destination = format!("clinic-{}", self.draws.below(CLINICS as u64));
        let (one, other) = (*self.draws.pick(&self.records), *self.draws.pick(&self.records));
        let reason = REASON.to_owned();
        match self.draws.below(10) {
            0 => self.act(Pause { link, minutes: MINUTES, reason }),
            1 | 2 => self.act(Resume { link, reason }),
            3 => self.act(PauseDestination { destination, reason, minutes: MINUTES }),
            4 => self.act(ResumeDestination { destination, reason }),
            5 => self.act(Link { record: one, other, reason, case: None }),
            6 => self.act(KeepApart { record: one, from: other, with: Vec::new(), reason, case: None }),
            _ => self.on_the_desk(reason),
        }
    }

    fn on_the_desk(&mut self, reason: String) {
        let filter = ObligationFilter { open: Some(true), ..ObligationFilter::default() };
        let rows = self.store.view().and_then(|view| view.obligations(&filter, 200, 0)).unwrap_or_default();
        if rows.is_empty() {
            return;
        }
        let obligation = self.draws.pick(&rows).id;
        if self.draws.chance(50) {
            self.act(Note { obligation, text: reason });
        } else {
            let to = (*self.draws.pick(&["directory", "interface", "safety", "delivery"])).to_owned();
            self.act(HandOver { obligation, to, reason });
        }
    }
}
