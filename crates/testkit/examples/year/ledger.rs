//! What is owed in the simulated year, driven by the product's own state machines; owners and clocks looked at each minute.

use super::chance::fraction;
use super::world::{Clinic, DAY, World, at, day_of, within};
use clinical::cover::Cover;
use clinical::intake::{Addressee, AddresseePart, Gravity, Report, ReportClass};
use clinical::obligations::{
    Delivery, DeliveryEvent, DeliveryPhase, Desk, Obligation, ObligationKind, Outcome, Owner, Refusal,
    for_route, next_rung, owner_is_there, step,
};
use clinical::results::Finality;
use clinical::routing::{Target, route};
use fhir::{Instant, Kind, RecordId, ResourceKey};
use province::rng::Rng;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

/// What is looked at next about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Offer,
    Act,
    Open,
}

enum Owed {
    Delivery { delivery: Delivery, clinic: usize },
    Other { owed: Obligation, provider: usize },
}

struct Item {
    owed: Owed,
    made: i64,
}

impl Item {
    fn owner(&self) -> &Owner {
        match &self.owed {
            Owed::Delivery { delivery, .. } => &delivery.owner,
            Owed::Other { owed, .. } => owed.owner(),
        }
    }
    fn due(&self) -> Instant {
        match &self.owed {
            Owed::Delivery { delivery, .. } => delivery.clock.due,
            Owed::Other { owed, .. } => owed.clock().due,
        }
    }
}

/// Counts of the ledger.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counts {
    pub(crate) results: u64,
    pub(crate) made: u64,
    pub(crate) acknowledged: u64,
    pub(crate) other_way: u64,
    pub(crate) opened: u64,
    pub(crate) handed_over: u64,
    pub(crate) unroutable: u64,
    pub(crate) escalated: u64,
    pub(crate) critical: u64,
    /// Longest a critical result was not opened, in minutes.
    pub(crate) critical_longest: i64,
    pub(crate) most_open: usize,
    /// Item-minutes without a current owner with a running clock.
    pub(crate) without_owner: u64,
    /// Largest difference of the books at any minute.
    pub(crate) difference: u64,
}

/// Everything owed.
pub(crate) struct Ledger<'w> {
    world: &'w World,
    cover: &'w Cover,
    items: HashMap<u64, Item>,
    next: BinaryHeap<Reverse<(i64, u64, Next)>>,
    /// By due time, kept apart from the events on purpose: what is overdue here was forgotten there.
    clocks: BTreeSet<(Instant, u64)>,
    owners: HashMap<Owner, u64>,
    /// What waits for each clinic, oldest first.
    pub(crate) waiting: Vec<BTreeSet<(i64, u64)>>,
    /// When each clinic last acknowledged, in minutes.
    pub(crate) heard: Vec<Option<i64>>,
    /// Deliveries made for each clinic since it was looked at.
    pub(crate) made_for: Vec<u64>,
    rng: Rng,
    number: u64,
    pub(crate) counts: Counts,
}

/// Whether a clinic's system is reached and answers at a minute.
pub(crate) fn answers(clinic: &Clinic, minute: i64) -> bool {
    [&clinic.silent, &clinic.breaks, &clinic.wrong].iter().all(|spans| within(spans, minute).is_none())
}

impl<'w> Ledger<'w> {
    pub(crate) fn new(world: &'w World, cover: &'w Cover, seed: u64) -> Self {
        Self {
            world,
            cover,
            items: HashMap::new(),
            next: BinaryHeap::new(),
            clocks: BTreeSet::new(),
            owners: HashMap::new(),
            waiting: vec![BTreeSet::new(); world.clinics.len()],
            heard: vec![None; world.clinics.len()],
            made_for: vec![0; world.clinics.len()],
            rng: Rng::keyed(seed, &[9]),
            number: 0,
            counts: Counts::default(),
        }
    }

    fn enter(&mut self, item: Item) -> u64 {
        self.number += 1;
        self.counts.made += 1;
        self.clocks.insert((item.due(), self.number));
        *self.owners.entry(item.owner().clone()).or_default() += 1;
        if let Owed::Delivery { clinic, .. } = item.owed {
            self.waiting[clinic].insert((item.made, self.number));
        }
        self.items.insert(self.number, item);
        self.counts.most_open = self.counts.most_open.max(self.items.len());
        self.number
    }

    /// Takes an item out to change it; `put` brings it back, or it has ended.
    fn take(&mut self, id: u64) -> Option<Item> {
        let item = self.items.remove(&id)?;
        self.clocks.remove(&(item.due(), id));
        if let Some(n) = self.owners.get_mut(item.owner()) {
            *n -= 1;
        }
        if let Owed::Delivery { clinic, .. } = item.owed {
            self.waiting[clinic].remove(&(item.made, id));
        }
        Some(item)
    }

    fn put(&mut self, id: u64, item: Item) {
        self.clocks.insert((item.due(), id));
        *self.owners.entry(item.owner().clone()).or_default() += 1;
        if let Owed::Delivery { clinic, delivery } = &item.owed
            && delivery.phase != DeliveryPhase::Refused
        {
            self.waiting[*clinic].insert((item.made, id));
        }
        self.items.insert(id, item);
    }

    /// A person works through what a desk has: minutes until they come to it.
    fn act_later(&mut self, id: u64, minute: i64, urgent: bool) {
        let minutes = if urgent { self.rng.between(2, 12) } else { self.rng.between(10, 180) };
        self.next.push(Reverse((minute + minutes, id, Next::Act)));
    }

    /// A result for a provider.
    pub(crate) fn result(&mut self, provider: usize, minute: i64) {
        self.counts.results += 1;
        let gravity = match self.rng.below(500) {
            0..=1 => Gravity::Critical,
            2..=110 => Gravity::Abnormal,
            _ => Gravity::Normal,
        };
        let number = self.world.providers[provider].number.clone();
        let report = report(&number, gravity, self.counts.results);
        let day = day_of(minute);
        for way in route(&report, &self.world.directory, &day) {
            let clinic = match &way.target {
                Target::Endpoint { place, .. } => {
                    self.world.clinics.iter().position(|clinic| clinic.id == *place)
                }
                _ => None,
            };
            for owed in for_route("Potassium", gravity, &way, &self.world.directory, at(minute)) {
                let urgent = owed.gravity() == Gravity::Critical;
                match (owed.kind(), clinic) {
                    (ObligationKind::Delivery, Some(clinic)) => {
                        let delivery = Delivery::queued(gravity, at(minute));
                        self.made_for[clinic] += 1;
                        let id = self.enter(Item { owed: Owed::Delivery { delivery, clinic }, made: minute });
                        self.next.push(Reverse((minute, id, Next::Offer)));
                    }
                    (ObligationKind::Attention, _) => {
                        self.counts.critical += u64::from(urgent);
                        let reads =
                            if urgent { self.rng.between(2, 40) } else { self.rng.between(30, 5 * DAY) };
                        let id = self.enter(Item { owed: Owed::Other { owed, provider }, made: minute });
                        self.next.push(Reverse((minute + reads, id, Next::Open)));
                    }
                    _ => {
                        self.counts.unroutable += 1;
                        let id = self.enter(Item { owed: Owed::Other { owed, provider }, made: minute });
                        self.act_later(id, minute, true);
                    }
                }
            }
        }
    }

    /// Everything that happens in a minute: offers, answers, people, clocks.
    pub(crate) fn minute(&mut self, minute: i64) {
        if minute % DAY == 0 {
            self.departures(minute);
        }
        while let Some(Reverse((_, id, what))) =
            self.next.peek().copied().filter(|Reverse((when, ..))| *when <= minute)
        {
            self.next.pop();
            let Some(item) = self.take(id) else { continue };
            let after = match what {
                Next::Offer => self.offer(id, item, minute),
                Next::Act => self.act(id, item, minute),
                Next::Open => self.open(id, item, minute),
            };
            if let Some(item) = after {
                self.put(id, item);
            }
        }
        while let Some((_, id)) = self.clocks.first().copied().filter(|(due, _)| *due <= at(minute)) {
            if let Some(item) = self.take(id) {
                self.counts.escalated += 1;
                let item = self.passed_on(item, minute);
                let urgent =
                    matches!(item.owner(), Owner::Desk(Desk::OnCall | Desk::Covering | Desk::SiteLead));
                self.put(id, item);
                self.act_later(id, minute, urgent);
            }
        }
        self.look(minute);
    }

    fn passed_on(&mut self, item: Item, minute: i64) -> Item {
        let owed = match item.owed {
            Owed::Delivery { mut delivery, clinic } => {
                delivery.owner = delivery.clock.then.clone();
                let (then, minutes) = next_rung(ObligationKind::Delivery, delivery.gravity, &delivery.owner);
                delivery.clock.then = then;
                delivery.clock.due = at(minute).plus_minutes(minutes);
                Owed::Delivery { delivery, clinic }
            }
            Owed::Other { owed, provider } => {
                Owed::Other { owed: clinical::obligations::escalate(owed, at(minute)), provider }
            }
        };
        Item { owed, ..item }
    }

    fn stepped(&mut self, id: u64, item: Item, event: &DeliveryEvent, minute: i64) -> Option<Item> {
        let Owed::Delivery { delivery, clinic } = &item.owed else { return Some(item) };
        let clinic = *clinic;
        let was_human = delivery.owner.is_human();
        let after = step(delivery, event, at(minute), fraction(&mut self.rng));
        if let Some(outcome) = &after.outcome {
            match outcome {
                Outcome::Acknowledged { .. } => {
                    self.counts.acknowledged += 1;
                    self.heard[clinic] = Some(minute);
                }
                _ => self.counts.other_way += 1,
            }
            return None;
        }
        if after.delivery.phase != DeliveryPhase::Refused
            && let Some(again) = after.delivery.next
        {
            let minutes = again.seconds_since(at(minute)).max(0) / 60;
            self.next.push(Reverse((minute + minutes.max(1), id, Next::Offer)));
        }
        if after.delivery.owner.is_human() && !was_human {
            self.act_later(id, minute, after.delivery.gravity == Gravity::Critical);
        }
        Some(Item { owed: Owed::Delivery { delivery: after.delivery, clinic }, ..item })
    }

    fn offer(&mut self, id: u64, item: Item, minute: i64) -> Option<Item> {
        let Owed::Delivery { delivery, clinic } = &item.owed else { return Some(item) };
        if delivery.phase == DeliveryPhase::Refused {
            return Some(item);
        }
        let clinic = &self.world.clinics[*clinic];
        let event = if within(&clinic.wrong, minute).is_some() {
            DeliveryEvent::EndpointGone
        } else if !answers(clinic, minute) {
            DeliveryEvent::Silent
        } else {
            match self.rng.below(4_000) {
                0 => DeliveryEvent::Refused { refusal: Refusal::Rejected, text: "Patient not found".into() },
                1..=2 => DeliveryEvent::Refused { refusal: Refusal::Error, text: "Busy".into() },
                _ => DeliveryEvent::Acknowledged { code: "AA".into(), text: String::new() },
            }
        };
        let offered = DeliveryEvent::Offered { answer_by: at(minute).plus_seconds(30) };
        let item = match (&event, item.owed) {
            (DeliveryEvent::EndpointGone, owed) => Item { owed, ..item },
            (_, Owed::Delivery { delivery, clinic }) => {
                let delivery = step(&delivery, &offered, at(minute), 0.5).delivery;
                Item { owed: Owed::Delivery { delivery, clinic }, ..item }
            }
            (_, owed) => Item { owed, ..item },
        };
        self.stepped(id, item, &event, minute)
    }

    /// A person at a desk comes to it.
    fn act(&mut self, id: u64, item: Item, minute: i64) -> Option<Item> {
        if !item.owner().is_human() {
            return Some(item);
        }
        match &item.owed {
            Owed::Delivery { delivery, .. } => {
                let by = "A. Desk".to_owned();
                let refused = delivery.phase == DeliveryPhase::Refused;
                if refused || delivery.gravity == Gravity::Critical || self.rng.chance(300) {
                    let how = "faxed, page check".to_owned();
                    let event = DeliveryEvent::Ended(Outcome::AnotherWay { by, how });
                    return self.stepped(id, item, &event, minute);
                }
                self.act_later(id, minute, false);
                Some(item)
            }
            Owed::Other { owed, .. } => {
                let kind = owed.kind();
                // At night and with normal results the desk leaves some for later; its clock runs on.
                if kind == ObligationKind::Attention
                    && owed.gravity() < Gravity::Critical
                    && self.rng.chance(400)
                {
                    self.act_later(id, minute, false);
                    return Some(item);
                }
                let outcome = if kind == ObligationKind::Attention {
                    Outcome::ReadBack { by: "A. Desk".into(), to: "Dr. B".into(), said: "potassium".into() }
                } else {
                    Outcome::AnotherWay { by: "A. Desk".into(), how: "directory corrected, sent".into() }
                };
                self.ended(&item, &outcome, minute)
            }
        }
        .or(None)
    }

    fn ended(&mut self, item: &Item, outcome: &Outcome, minute: i64) -> Option<Item> {
        let Owed::Other { owed, .. } = &item.owed else { return None };
        assert!(outcome.may_end(owed.kind(), owed.gravity()), "{outcome:?} ends no {:?}", owed.kind());
        if owed.kind() == ObligationKind::Attention {
            self.counts.opened += 1;
            if owed.gravity() == Gravity::Critical {
                self.counts.critical_longest = self.counts.critical_longest.max(minute - item.made);
            }
        } else {
            self.counts.other_way += 1;
        }
        None
    }

    /// The addressee reads, unless they are away or gone.
    fn open(&mut self, id: u64, item: Item, minute: i64) -> Option<Item> {
        let Owed::Other { provider, .. } = &item.owed else { return Some(item) };
        let day = minute / DAY;
        let person = &self.world.providers[*provider];
        let away = person.leave.iter().any(|(from, to)| (*from..*to).contains(&day));
        let gone = !person.places.iter().any(|(_, from, to)| *from <= day && to.is_none_or(|to| day <= to));
        if away || gone || !matches!(item.owner(), Owner::Practitioner { .. }) {
            self.next.push(Reverse((minute + DAY, id, Next::Open)));
            return Some(item);
        }
        self.ended(&item, &Outcome::Opened { by: "Dr. B".into() }, minute)
    }

    /// What belongs to practitioners who have left goes on at once, as the product does it.
    fn departures(&mut self, minute: i64) {
        let day = day_of(minute);
        let mut left: Vec<u64> = self
            .items
            .iter()
            .filter(|(_, item)| !owner_is_there(item.owner(), &self.world.directory, &day))
            .map(|(id, _)| *id)
            .collect();
        // In the order of making: the same seed is the same year.
        left.sort_unstable();
        for id in left {
            let Some(item) = self.take(id) else { continue };
            self.counts.handed_over += 1;
            let item = self.passed_on(item, minute);
            self.put(id, item);
            self.act_later(id, minute, false);
        }
    }

    /// At each minute: everything open has an owner who is there, with a clock that runs; the books balance.
    fn look(&mut self, minute: i64) {
        let overdue = self.clocks.iter().take_while(|(due, _)| *due <= at(minute)).count();
        self.counts.without_owner += overdue as u64;
        let (mut pending, mut owned) = (0, 0);
        for (owner, n) in self.owners.iter().filter(|(_, n)| **n > 0) {
            match owner {
                Owner::Machine(_) => pending += n,
                Owner::Outside(_) => owned += n,
                Owner::Desk(desk) => {
                    owned += n;
                    if self.cover.who(*desk, at(minute)).is_none() {
                        self.counts.without_owner += n;
                    }
                }
                Owner::Practitioner { .. } | Owner::Team(_) => {
                    owned += n;
                    if minute % DAY == 0 && !owner_is_there(owner, &self.world.directory, &day_of(minute)) {
                        self.counts.without_owner += n * DAY.unsigned_abs();
                    }
                }
            }
        }
        let done = self.counts.acknowledged + self.counts.other_way + self.counts.opened;
        self.counts.difference =
            self.counts.difference.max(self.counts.made.abs_diff(done + pending + owned));
    }
}

fn report(number: &str, flag: Gravity, n: u64) -> Report {
    let key = ResourceKey::of(RecordId::of("HRH", &n.to_string()), Kind::DiagnosticReport, &["r"]);
    Report {
        key,
        class: ReportClass::Laboratory,
        title: "Potassium".to_owned(),
        accession: n.to_string(),
        standing: clinical::results::Standing { finality: Some(Finality::Final), as_of: Instant(0) },
        flag,
        addressees: vec![Addressee {
            part: AddresseePart::Ordering,
            field: "OBR-16",
            numbers: vec![("NSMD".to_owned(), number.to_owned())],
            family: String::new(),
            given: String::new(),
        }],
        confidential: false,
        notice: None,
        referral: None,
    }
}
