//! What must hold at the end of a storm, told by the ledgers of senders and clinics.

use super::Outcome;
use super::clinics::{Clinic, field};
use super::messages::{Message, What};
use super::senders::{Sender, Stands};
use super::turns::locked;
use actions::intake::Clock;
use fhir::{Instant, Kind, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{
    JournalRow, MessageFilter, MessageId, MessageState, ObligationFilter, ObligationState, OutboxFilter,
    OutboxKind, OutboxRow, OutboxState, Store, View,
};

/// More than a storm has of anything.
const MANY: usize = 10_000;
/// Codes of the lattice in the record.
const STATUSES: [&str; 3] = ["preliminary", "final", "corrected"];

/// What has not come to its end.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    messages: usize,
    /// Deliveries that wait, each with how many seconds from now it may be offered.
    waiting: Vec<(String, i64)>,
}

impl Pending {
    /// Whether nothing is pending.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages == 0 && self.waiting.is_empty()
    }

    /// Seconds of the longest pause that has begun, as long as a pause may be.
    pub(crate) fn longest_pause(&self, most: i64) -> i64 {
        self.waiting.iter().map(|(_, seconds)| (*seconds).clamp(0, most)).max().unwrap_or(0)
    }

    /// In words.
    pub(crate) fn words(&self) -> Vec<String> {
        let waiting =
            self.waiting.iter().map(|(what, seconds)| format!("{what} may be offered in {seconds} s"));
        std::iter::once(format!("{} messages are not interpreted", self.messages)).chain(waiting).collect()
    }
}

/// What is pending now.
pub(crate) fn pending(store: &Store, now: Instant) -> Pending {
    let Ok(view) = store.view() else { return Pending { messages: MANY, ..Pending::default() } };
    let waiting = OutboxFilter { state: Some(OutboxState::Waiting), ..OutboxFilter::default() };
    let (messages, rows) =
        (view.open_messages(0, MANY).expect("rows").len(), view.outbox(&waiting, MANY).expect("rows"));
    let told = |row: OutboxRow| {
        let what = format!("{} to {} (attempt {})", row.control_id, row.destination, row.attempts);
        (what, row.next.seconds_since(now))
    };
    Pending { messages, waiting: rows.into_iter().map(told).collect() }
}

/// Everything that a judge looks at.
struct Court<'a> {
    view: View,
    senders: &'a [Arc<Sender>],
    /// Every message of the journal, by link and bytes.
    journal: BTreeMap<(&'static str, Vec<u8>), JournalRow>,
    /// Every delivery, by control id.
    outbox: BTreeMap<String, OutboxRow>,
    broken: Vec<String>,
}

/// Judges a storm that has come to its end.
pub(crate) fn judge(
    store: &Store,
    senders: &[Arc<Sender>],
    clinics: &[Arc<Clinic>],
    clock: &Clock,
    outcome: &mut Outcome,
) {
    let view = store.view().expect("a view");
    let outbox = view.outbox(&OutboxFilter::default(), MANY).expect("rows");
    let outbox = outbox.into_iter().map(|row| (row.control_id.clone(), row)).collect();
    let mut court = Court { view, senders, journal: BTreeMap::new(), outbox, broken: Vec::new() };
    court.kept();
    court.filed();
    for clinic in clinics {
        court.delivered(clinic);
        court.ordered(clinic);
        let ledger = locked(&clinic.ledger);
        outcome.offers += ledger.offers.values().map(|(_, times)| times).sum::<usize>();
        outcome.stored += ledger.stored.len();
    }
    court.sound(clock());
    outcome.accepted = court.journal.len();
    outcome.broken.append(&mut court.broken);
}

impl Court<'_> {
    fn say(&mut self, what: String) {
        self.broken.push(what);
    }

    /// Contract 1 and 2: what was acknowledged is in the journal, once, in the order in which it was sent; nothing else.
    fn kept(&mut self) {
        for sender in self.senders {
            let broken = std::mem::take(&mut *locked(&sender.broken));
            self.broken.extend(broken);
            let link = self.view.link_named(sender.link).expect("a link").expect("a link");
            let filter = MessageFilter { link: Some(link.id), ..MessageFilter::default() };
            let mut rows = self.view.messages_of(&filter, MANY, None).expect("rows");
            rows.sort_by_key(|row| row.arrival);
            let kept: Vec<&str> = rows.iter().map(|row| row.control_id.as_str()).collect();
            let stands = locked(&sender.stands).clone();
            let accepted =
                sender.script.iter().zip(&stands).filter(|(_, one)| matches!(one, Stands::Accepted(_)));
            let accepted: Vec<&str> = accepted.map(|(message, _)| message.control_id.as_str()).collect();
            if kept != accepted {
                self.say(format!("{}: kept {kept:?}, acknowledged {accepted:?}", sender.link));
            }
            for row in rows {
                self.journal.insert((sender.link, row.raw.clone()), row);
            }
        }
    }

    fn row(&self, sender: &Sender, message: &Message) -> Option<&JournalRow> {
        self.journal.get(&(sender.link, message.bytes.clone()))
    }

    fn is_owned(&self, message: MessageId) -> bool {
        let filter = ObligationFilter { message: Some(message), ..ObligationFilter::default() };
        let mut rows = self.view.obligations(&filter, MANY, 0).expect("rows");
        // What is held because its feed was stopped belongs to whoever decides about the stop.
        let stops = self.view.stops(MANY).expect("rows").into_iter().filter(|stop| {
            let held = self.view.stop_messages(stop.id, MANY).expect("rows");
            held.iter().any(|row| row.message == message)
        });
        rows.extend(stops.filter_map(|stop| self.view.obligation(stop.id).expect("a row")));
        rows.iter().any(|row| match &row.state {
            ObligationState::Open { human, owner, .. } => *human && !owner.is_empty(),
            ObligationState::Ended { .. } => true,
        })
    }

    /// Contract 1, 5 and 6: each is filed or a person's, and the chart ends with the highest version of each result.
    fn filed(&mut self) {
        let mut said = Vec::new();
        for sender in self.senders {
            let mut best: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for message in &sender.script {
                let Some(row) = self.row(sender, message) else { continue };
                match row.state {
                    MessageState::Filed => {
                        if let What::Result { mark, rank, .. } = &message.what {
                            let best = best.entry((&message.patient, mark)).or_default();
                            *best = (*best).max(*rank);
                        }
                    }
                    MessageState::Held | MessageState::Kept if self.is_owned(row.id) => {}
                    state => said.push(format!(
                        "{} is {state:?} and nobody owns it: {}",
                        message.control_id, row.note
                    )),
                }
            }
            for ((patient, mark), rank) in best {
                let record = RecordId::of(sender.link, patient);
                let reports = self.view.resources_of(record, Kind::DiagnosticReport, MANY).expect("rows");
                let of_mark = |body: &str| body.contains(&format!("\"{mark}\""));
                let bodies = reports.iter().map(|one| String::from_utf8_lossy(&one.body).into_owned());
                let found: Vec<String> = bodies.filter(|body| of_mark(body)).collect();
                let wanted = format!("\"status\":\"{}\"", STATUSES[rank]);
                match found.as_slice() {
                    [one] if one.replace(": ", ":").contains(&wanted) => {}
                    [one] => said.push(format!("{mark} is not {} on the chart: {one}", STATUSES[rank])),
                    several => {
                        said.push(format!("{mark} has {} reports on the chart of {patient}", several.len()))
                    }
                }
            }
        }
        self.broken.extend(said);
    }

    /// Contract 3: whoever must have a result has its highest version, or a person knows that they have not.
    fn delivered(&mut self, clinic: &Clinic) {
        let ledger = locked(&clinic.ledger);
        let mut said: Vec<String> = ledger.broken.clone();
        let stored: BTreeSet<&String> = ledger.stored.iter().collect();
        let rows: Vec<&OutboxRow> = self.outbox.values().filter(|row| row.destination == clinic.id).collect();
        for row in &rows {
            let is_stored = stored.contains(&row.control_id);
            let owed = self.view.obligation(row.obligation).expect("a row").expect("an obligation");
            match (row.state, &owed.state) {
                (OutboxState::Acknowledged, _) if is_stored => {}
                (OutboxState::Refused, ObligationState::Open { human: true, .. })
                    if ledger.refused.contains(&row.control_id) => {}
                (OutboxState::Refused | OutboxState::Closed, ObligationState::Ended { .. }) => {}
                (state, owed) => said.push(format!(
                    "{} to {} is {state:?}, {owed:?}, {}",
                    row.control_id,
                    clinic.id,
                    if is_stored { "stored" } else { "not stored" }
                )),
            }
        }
        for control_id in ledger.offers.keys() {
            if !rows.iter().any(|row| row.control_id == *control_id) {
                said.push(format!("{}: {control_id} was offered and is in no book", clinic.id));
            }
        }
        for sender in self.senders {
            for message in &sender.script {
                let What::Result { mark, rank, clinics, .. } = &message.what else { continue };
                let is_for = clinics.iter().any(|n| clinic.id == format!("clinic-{n}"));
                let Some(row) = self.row(sender, message).filter(|row| row.state == MessageState::Filed)
                else {
                    continue;
                };
                let owed: Vec<&&OutboxRow> = rows
                    .iter()
                    .filter(|one| one.message == row.id && one.kind == OutboxKind::Report)
                    .collect();
                let is_highest = !sender.script.iter().any(|other| {
                    let filed = || self.row(sender, other).is_some_and(|row| row.state == MessageState::Filed);
                    matches!(&other.what, What::Result { mark: of, rank: higher, .. } if of == mark && higher > rank)
                        && filed()
                });
                match owed.as_slice() {
                    [] if !is_for || !is_highest => {}
                    [_] if is_for => {}
                    _ => said.push(format!(
                        "{} has {} deliveries to {}, {}",
                        message.control_id,
                        owed.len(),
                        clinic.id,
                        if is_for { "which must have it" } else { "which must not have it" }
                    )),
                }
            }
        }
        drop(ledger);
        self.broken.extend(said);
    }

    /// Contract 4 and 6: in order per patient, no older version after a newer one, identity as a barrier; and what a
    /// clinic stored is what the sender said.
    fn ordered(&mut self, clinic: &Clinic) {
        let ledger = locked(&clinic.ledger);
        let mut said = Vec::new();
        // For each number the newest that was stored of it: place in the outbox, control id.
        let mut newest: BTreeMap<String, (i64, String)> = BTreeMap::new();
        let mut versions: BTreeMap<String, usize> = BTreeMap::new();
        for control_id in &ledger.stored {
            let Some((bytes, _)) = ledger.offers.get(control_id) else { continue };
            let Some(row) = self.outbox.get(control_id) else { continue };
            for number in numbers(bytes) {
                let (place, before) = newest.entry(number.clone()).or_insert((row.id.0, control_id.clone()));
                if *place > row.id.0 {
                    said.push(format!("{}: {control_id} of {number} was stored after {before}", clinic.id));
                }
                (*place, *before) = (row.id.0, control_id.clone());
            }
            if !field(bytes, "MSH", 9).starts_with("ORU") {
                continue;
            }
            let (mark, status) = (field(bytes, "OBR", 3), field(bytes, "OBR", 25));
            let rank = ["P", "F", "C"].iter().position(|known| *known == status).unwrap_or(9);
            let mark = mark.split('^').next().unwrap_or_default().to_owned();
            if versions.insert(mark.clone(), rank).is_some_and(|before| before >= rank) {
                said.push(format!(
                    "{}: {mark} came as {status} after the same or a newer version",
                    clinic.id
                ));
            }
            let is_of = |message: &&Message| {
                matches!(&message.what, What::Result { mark: of, rank: at, value, .. }
                    if *of == mark && *at == rank && field(bytes, "OBX", 5) == *value)
                    && numbers(bytes).contains(&message.patient)
            };
            if !self.senders.iter().any(|sender| sender.script.iter().any(|message| is_of(&message))) {
                said.push(format!("{}: {control_id} is nothing that anybody sent", clinic.id));
            }
        }
        drop(ledger);
        self.broken.extend(said);
    }

    /// The file, every checksum, the activity log, the books from every row.
    fn sound(&mut self, now: Instant) {
        let index = |_: Kind, body: &[u8]| match fhir::Document::parse(body.to_vec()) {
            Ok(document) => fhir::search::rows(document.kind(), document.value()),
            Err(_) => Vec::new(),
        };
        let report = self.view.check(&index, MANY as u64, now, &mut |_, _| {}).expect("a check");
        if !report.is_sound() {
            self.say(format!(
                "the record is not sound: {:?} {:?}",
                report.problems, report.census.difference
            ));
        }
        if self.view.census_of_every_row().expect("a census").difference != 0 {
            self.say("the books do not balance row by row".to_owned());
        }
    }
}

/// Every number of a patient in a message: PID-3 and MRG-1.
fn numbers(message: &[u8]) -> BTreeSet<String> {
    let fields = [field(message, "PID", 3), field(message, "MRG", 1)];
    let parts = fields.iter().flat_map(|field| field.split('~'));
    let numbers = parts.filter_map(|one| one.split('^').next());
    numbers.filter(|number| !number.is_empty()).map(str::to_owned).collect()
}
