//! The state of one feed as a plain value, and the decision about each message that is about to be filed.

use super::facts::{Facts, Order};
use super::usual::{
    BED_BITS, Compared, ELSEWHERE_BITS, IMPOSSIBLE_BITS, LEARNT, Reason, SHARED, SHARED_ORDER, SHARED_TEST,
    STUCK_INTERRUPTED, Sign, TEST_WORTH, Usual, bits,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Filings of a feed that are remembered.
pub const WINDOW: usize = 400;
/// Weight at which filing stops, in bits. A message adds at most [`MESSAGE_BITS`], so three at the least must speak.
pub const TRIP_BITS: f32 = 14.0;
/// Most that one message can add: a new visit changes visit, ward, attending and orderer at once and is one event.
pub const MESSAGE_BITS: f32 = 4.7;
/// Most that one message can take away: a stuck sender goes on to speak of the person whom it is stuck at, and what it
/// says of them is right.
const RELIEF_BITS: f32 = 2.0;
/// What each filing about somebody else takes from the suspicion: a sender that is stuck speaks of nobody else, or of
/// few others where several instruments stand behind one interface.
const FADE_BITS: f32 = 0.05;
/// A sign of at least this weight is strong; without one a message adds next to nothing.
const STRONG_BITS: f32 = 1.5;
/// Most that a message without a strong sign can add: what remains of the share of one person in the last filings,
/// so that sixty in a row stop a feed that says too little to be judged by.
const WEAK_MOST_BITS: f32 = 0.2;
/// Weight at which the whole feed stops, when numbers of one person come for others again and again.
const FEED_TRIP_BITS: f32 = 30.0;
/// What each message that is as it should be takes from that weight.
const FEED_RELIEF_BITS: f32 = 2.0;
/// Former messages of a person that are compared.
const FORMER: usize = 8;
/// Different values of one sign that are compared.
const VALUES: usize = 4;
/// Filings of other people from which on "nobody else in between" says something.
const OTHERS_KNOWN: usize = 5;
/// The same test again within this many minutes is a series, or a mix-up.
const SERIES_MINUTES: i64 = 120;
/// Filings of a bed's only patient from which on the bed is theirs.
const BED_TAKEN: usize = 2;
/// How often a test is repeated at the least: some hundred filings do not tell one in fifty from never, and in a crisis
/// everything is repeated.
const SELDOM_REPEATED: f32 = 0.02;
/// How often microbiology and pathology have several specimens of one kind at one time.
const MANY_SPECIMENS: f32 = 0.5;
/// Minutes after which what was said of a person says nothing of the next message.
const FORGOTTEN_MINUTES: i64 = 24 * 60;

/// One filing as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Seen {
    facts: Facts,
    compared: Compared,
    /// Weight against this person after this message.
    bits: f32,
    /// Weight against the whole feed after it.
    feed_bits: f32,
    /// The message that the suspicion began with; 0 while there is none.
    since: i64,
}

/// What a feed has said lately. A value: it can be written down, read back, or made again from the last [`WINDOW`]
/// filings, and then decides the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    seen: VecDeque<Seen>,
    usual: Usual,
}

/// What is decided about one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Weight for a stuck PID so far, in bits.
    pub bits: f32,
    /// What this message said for and against it.
    pub reasons: Vec<Reason>,
    /// Filing must stop before this message.
    pub stop: Option<Stop>,
}

/// Why and what to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The person; `None` stops the whole feed.
    pub person: Option<i64>,
    /// The last message that raised no suspicion: what the suspects are held against.
    pub before: Option<i64>,
    /// Messages filed since the suspicion began, oldest first: they may be on the wrong chart.
    pub suspects: Vec<i64>,
}

impl Feed {
    /// Decides about a message and remembers it as filed, unless filing must stop. Asked again about a message that it
    /// remembers, it says the same again.
    pub fn observe(&mut self, facts: &Facts) -> Decision {
        self.observe_at(facts, TRIP_BITS)
    }

    /// The same with another weight to stop at, to measure what each would cost.
    pub fn observe_at(&mut self, facts: &Facts, trip_bits: f32) -> Decision {
        let same = |seen: &&Seen| seen.facts.message == facts.message && seen.facts.person == facts.person;
        if let Some(seen) = self.seen.iter().rev().find(same) {
            return Decision { bits: seen.bits, reasons: Vec::new(), stop: None };
        }
        let (seen, reasons) = self.weigh(facts);
        let stop = if seen.bits >= trip_bits {
            Some(self.stop(Some(facts.person), seen.since))
        } else if seen.feed_bits >= FEED_TRIP_BITS {
            Some(self.stop(None, seen.since))
        } else {
            None
        };
        let bits = seen.bits.max(0.0);
        if stop.is_none() {
            self.remember(seen);
        }
        Decision { bits, reasons, stop }
    }

    /// Forgets messages, such as suspects once filing has stopped: what they said of anybody is not to be believed.
    pub fn forget(&mut self, messages: &[i64]) {
        let usual = &mut self.usual;
        self.seen.retain(|seen| {
            let keep = !messages.contains(&seen.facts.message);
            if !keep {
                usual.count(seen.compared, -1.0);
            }
            keep
        });
    }

    /// Starts anew with a person, when somebody has said that all of it was theirs.
    pub fn believe(&mut self, person: Option<i64>) {
        for seen in
            self.seen.iter_mut().filter(|seen| person.is_none_or(|person| seen.facts.person == person))
        {
            (seen.bits, seen.feed_bits, seen.since) = (0.0, 0.0, 0);
        }
    }

    /// How many filings it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn remember(&mut self, seen: Seen) {
        self.usual.count(seen.compared, 1.0);
        self.seen.push_back(seen);
        if self.seen.len() > WINDOW
            && let Some(oldest) = self.seen.pop_front()
        {
            self.usual.count(oldest.compared, -1.0);
        }
    }

    fn stop(&self, person: Option<i64>, since: i64) -> Stop {
        let of = |seen: &&Seen| person.is_none_or(|person| seen.facts.person == person);
        let mine: Vec<&Seen> = self.seen.iter().filter(of).collect();
        let from = match person {
            Some(_) => mine.iter().position(|seen| seen.since == since).unwrap_or(mine.len()),
            None => mine.iter().rposition(|seen| seen.feed_bits == 0.0).map_or(0, |last| last + 1),
        };
        Stop {
            person,
            before: from.checked_sub(1).and_then(|at| mine.get(at)).map(|seen| seen.facts.message),
            suspects: mine[from..].iter().map(|seen| seen.facts.message).collect(),
        }
    }

    fn weigh(&self, facts: &Facts) -> (Seen, Vec<Reason>) {
        let mut reasons = Vec::new();
        let mut compared = Compared::default();
        let elsewhere = self.elsewhere(facts);
        if elsewhere {
            reasons.push(Reason { sign: Sign::Elsewhere, bits: ELSEWHERE_BITS });
        } else if self.bed_taken(facts) {
            reasons.push(Reason { sign: Sign::Bed, bits: BED_BITS });
        }
        let mut former: Vec<&Seen> = Vec::with_capacity(FORMER);
        let mut own = Usual::default();
        for seen in self.seen.iter().rev().filter(|seen| seen.facts.person == facts.person) {
            own.count(seen.compared, 1.0);
            if former.len() < FORMER && facts.at - seen.facts.at <= FORGOTTEN_MINUTES {
                former.push(seen);
            }
        }
        // A sex or birth date that was typed wrongly stays wrong: it speaks once.
        if facts.impossible.is_some() && !former.iter().any(|seen| seen.facts.impossible == facts.impossible)
        {
            reasons.push(Reason { sign: Sign::Impossible, bits: IMPOSSIBLE_BITS });
        }
        if !former.is_empty() {
            self.compare(facts, &former, &own, &mut compared, &mut reasons);
        }
        let last = former.first();
        // Weak signs of one burst come together and must not add up to a strong one. That nobody else came between is
        // said of any backlog that is worked off lane by lane after a restart, so alone it is weak.
        let most = if reasons.iter().any(|reason| reason.sign != Sign::Run && reason.bits >= STRONG_BITS) {
            MESSAGE_BITS
        } else {
            WEAK_MOST_BITS
        };
        let added = reasons.iter().map(|reason| reason.bits).sum::<f32>().clamp(-RELIEF_BITS, most);
        let between = self.seen.iter().rev().take_while(|seen| seen.facts.person != facts.person);
        let faded = between.fold(0.0, |sum, _| sum + FADE_BITS);
        let carried = last.map_or(0.0, |seen| (seen.bits - faded).max(0.0));
        let bits = (carried + added).max(0.0);
        let before = self.seen.back().map_or(0.0, |seen| seen.feed_bits);
        let feed_bits = (before + if elsewhere { ELSEWHERE_BITS } else { -FEED_RELIEF_BITS }).max(0.0);
        let since = if bits > 0.0 {
            last.filter(|_| carried > 0.0)
                .map(|seen| seen.since)
                .filter(|since| *since != 0)
                .unwrap_or(facts.message)
        } else {
            0
        };
        (Seen { facts: facts.clone(), compared, bits, feed_bits, since }, reasons)
    }

    /// How often a test of this message is repeated for one person: gases of intensive care always, a blood count never.
    fn usually_repeated(&self, facts: &Facts, at: usize, on_feed: f32) -> f32 {
        let (mut same, mut all) = (0.0, 0.0);
        for seen in self.seen.iter().filter(|seen| seen.facts.person != facts.person) {
            if let Some(repeated) = seen.compared.get(at)
                && seen
                    .facts
                    .orders
                    .iter()
                    .any(|theirs| facts.orders.iter().any(|order| order.test == theirs.test))
            {
                all += 1.0;
                same += if repeated { 1.0 } else { 0.0 };
            }
        }
        let usual = (on_feed * TEST_WORTH + same) / (TEST_WORTH + all);
        let many = facts.orders.iter().any(|order| order.many);
        usual.max(if many { MANY_SPECIMENS } else { SELDOM_REPEATED })
    }

    /// Whether a number of this message was somebody else's on this feed.
    fn elsewhere(&self, facts: &Facts) -> bool {
        self.seen.iter().filter(|seen| seen.facts.person != facts.person).any(|seen| {
            let theirs = &seen.facts;
            (facts.visit != 0 && facts.visit == theirs.visit)
                || facts.orders.iter().any(|order| {
                    theirs.orders.iter().any(|other| {
                        (order.number != 0 && order.number == other.number)
                            || (order.specimen != 0 && order.specimen == other.specimen)
                    })
                })
        })
    }

    /// Whether somebody else alone has been in this ward, room and bed.
    fn bed_taken(&self, facts: &Facts) -> bool {
        let mut patient = None;
        let mut filings = 0;
        for theirs in self.seen.iter().map(|seen| &seen.facts).filter(|theirs| theirs.ward == facts.ward) {
            if facts.ward == 0
                || theirs.person == facts.person
                || patient.is_some_and(|other| other != theirs.person)
            {
                return false;
            }
            patient = Some(theirs.person);
            filings += 1;
        }
        filings >= BED_TAKEN
    }

    fn compare(
        &self,
        facts: &Facts,
        former: &[&Seen],
        own: &Usual,
        compared: &mut Compared,
        reasons: &mut Vec<Reason>,
    ) {
        // A visit that only suspects have: the same stranger again, or the same new visit. It says nothing more.
        let visit = |seen: &&&Seen| facts.visit != 0 && seen.facts.visit == facts.visit;
        if former.iter().find(visit).is_some_and(|_| !former.iter().filter(visit).any(|seen| seen.since == 0))
        {
            return;
        }
        let others = || self.seen.iter().filter(|seen| seen.facts.person != facts.person);
        for (at, sign) in LEARNT.into_iter().enumerate() {
            match sign {
                Sign::Repeated => {
                    let Some((same, stuck)) = repeated(facts, former, others().map(|seen| &seen.facts))
                    else {
                        continue;
                    };
                    let usual = self.usually_repeated(facts, at, self.usual.same(own, at));
                    compared.put(at, same);
                    reasons.push(Reason { sign, bits: bits(same, usual, stuck) });
                }
                Sign::Run => {
                    if others().take(OTHERS_KNOWN).count() < OTHERS_KNOWN {
                        continue;
                    }
                    let same = self.seen.back().is_some_and(|seen| seen.facts.person == facts.person);
                    compared.put(at, same);
                    let bits = bits(same, self.usual.same(own, at), 1.0 - STUCK_INTERRUPTED);
                    // Where bursts are usual an interruption must not speak for a stuck PID, nor a burst against it.
                    let bits = if same { bits.max(0.0) } else { bits.min(0.0) };
                    reasons.push(Reason { sign, bits });
                }
                Sign::Earlier => {
                    let Some((same, stuck)) = in_order(facts, former, others().map(|seen| &seen.facts))
                    else {
                        continue;
                    };
                    compared.put(at, same);
                    reasons.push(Reason { sign, bits: bits(same, self.usual.same(own, at), stuck) });
                }
                _ => {
                    let now = value(facts, sign);
                    let mut known = [0; VALUES];
                    let trusted = former.iter().filter(|seen| seen.since == 0);
                    let mut stated = distinct(trusted.map(|seen| value(&seen.facts, sign)), &mut known);
                    if stated == 0 {
                        // Nothing is known of the person: then suspects are held against each other.
                        stated = distinct(former.iter().map(|seen| value(&seen.facts, sign)), &mut known);
                    }
                    if now == 0 || stated == 0 {
                        continue;
                    }
                    let known = &known[..stated];
                    let same = known.contains(&now);
                    // What agrees with a suspect only is the same stranger, or the same new visit: it says nothing.
                    if !same && former.iter().any(|seen| value(&seen.facts, sign) == now) {
                        continue;
                    }
                    let (mut shared, mut all) = (0.0, 0.0);
                    for said in others().map(|seen| value(&seen.facts, sign)).filter(|said| *said != 0) {
                        all += 1.0;
                        shared += if known.contains(&said) { 1.0 } else { 0.0 };
                    }
                    let stuck = (SHARED.0 * SHARED.1 + shared) / (SHARED.1 + all);
                    compared.put(at, same);
                    reasons.push(Reason { sign, bits: bits(same, self.usual.same(own, at), stuck) });
                }
            }
        }
    }
}

fn value(facts: &Facts, sign: Sign) -> u64 {
    match sign {
        Sign::Visit => facts.visit,
        Sign::Ward => facts.ward,
        Sign::Attending => facts.attending,
        Sign::Orderer => facts.orderer,
        Sign::Drawn => drawn(facts).unwrap_or(0).unsigned_abs(),
        Sign::Repeated | Sign::Earlier | Sign::Run | Sign::Impossible | Sign::Elsewhere | Sign::Bed => 0,
    }
}

/// The first time of collection that is stated.
fn drawn(facts: &Facts) -> Option<i64> {
    facts.orders.iter().map(|order| order.drawn).find(|drawn| *drawn != 0)
}

/// Whether this was drawn after what was said of this person last, and how often that would be so were it anybody's:
/// others' specimens count as drawn as long before now as they were before they were reported. `None` where it is a
/// draw that is known, or nothing can be compared.
fn in_order<'f>(
    facts: &Facts,
    former: &[&Seen],
    others: impl Iterator<Item = &'f Facts>,
) -> Option<(bool, f32)> {
    let now = drawn(facts)?;
    if former.iter().any(|seen| drawn(&seen.facts) == Some(now)) {
        return None;
    }
    let last = former.iter().find_map(|seen| drawn(&seen.facts))?;
    let (mut later, mut all) = (0.0, 0.0);
    for theirs in others {
        let Some(their) = drawn(theirs) else { continue };
        all += 1.0;
        later += if their + facts.at - theirs.at >= last { 1.0 } else { 0.0 };
    }
    let (share, worth) = SHARED_ORDER;
    Some((now >= last, (share * worth + later) / (worth + all)))
}

/// The last different values that were stated.
fn distinct(said: impl Iterator<Item = u64>, known: &mut [u64; VALUES]) -> usize {
    let mut count = 0;
    for value in said.filter(|value| *value != 0) {
        if !known[..count].contains(&value) {
            if count == VALUES {
                break;
            }
            known[count] = value;
            count += 1;
        }
    }
    count
}

/// Whether a test of this message was done for this person under another number from nearly the same draw, and how
/// often that would be so were it anybody's of those who are spoken of about now. `None` when nothing can be compared.
fn repeated<'f>(
    facts: &Facts,
    former: &[&Seen],
    others: impl Iterator<Item = &'f Facts>,
) -> Option<(bool, f32)> {
    let same_draw = |order: &Order, at: i64, other: &Order, other_at: i64| {
        let (drawn, other_drawn) =
            if order.drawn != 0 && other.drawn != 0 { (order.drawn, other.drawn) } else { (at, other_at) };
        order.test != 0
            && order.test == other.test
            && order.number != other.number
            && (drawn - other_drawn).abs() <= SERIES_MINUTES
    };
    // As if it had been reported so many minutes later.
    let repeats = |theirs: &Facts, later: i64| {
        facts.orders.iter().any(|order| {
            theirs.orders.iter().any(|other| {
                let drawn = if other.drawn == 0 { 0 } else { other.drawn + later };
                same_draw(order, facts.at, &Order { drawn, ..other.clone() }, theirs.at + later)
            })
        })
    };
    if facts.orders.is_empty() || former.iter().all(|seen| seen.facts.orders.is_empty()) {
        return None;
    }
    let same = former.iter().any(|seen| repeats(&seen.facts, 0));
    let (mut like, mut all) = (0.0, 0.0);
    for theirs in others {
        all += 1.0;
        like += if repeats(theirs, facts.at - theirs.at) { 1.0 } else { 0.0 };
    }
    let share = (SHARED_TEST.0 * SHARED_TEST.1 + like) / (SHARED_TEST.1 + all);
    let among = i32::try_from(former.len()).unwrap_or(i32::MAX);
    Some((same, 1.0 - (1.0_f32 - share).powi(among)))
}
