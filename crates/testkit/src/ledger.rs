//! What a test sender sent and a test receiver got, and the verdict over both.
//!
//! Loss, doubling and order are judged by these two alone and never by the product's own census (HAZARDS 2.4). A
//! message is followed by its *mark*: any text the test puts into it that survives every hop, such as the filler order
//! number; control ids may differ on each hop.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One message as its sender saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What identifies it on every hop.
    pub mark: String,
    /// The patient, within which order is promised.
    pub patient: String,
    /// MSA-1 of the answer, once there was one.
    pub answer: Option<String>,
    /// How often it was offered.
    pub offers: u32,
}

impl Sent {
    /// Whether the receiver took responsibility (AA, or CA in enhanced mode).
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self.answer.as_deref(), Some("AA" | "CA"))
    }
}

/// The sender's ledger, in the order of first offers. Shared between threads by reference.
#[derive(Debug, Default)]
pub struct SenderLedger {
    rows: Mutex<(Vec<Sent>, HashMap<String, usize>)>,
}

impl SenderLedger {
    fn rows(&self) -> MutexGuard<'_, (Vec<Sent>, HashMap<String, usize>)> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the bytes leave: `mark` about `patient` is offered, for the first time or again.
    pub fn offer(&self, mark: &str, patient: &str) {
        let mut guard = self.rows();
        let (rows, places) = &mut *guard;
        if let Some(row) = places.get(mark).and_then(|&place| rows.get_mut(place)) {
            row.offers += 1;
            return;
        }
        places.insert(mark.to_owned(), rows.len());
        rows.push(Sent { mark: mark.to_owned(), patient: patient.to_owned(), answer: None, offers: 1 });
    }

    /// The answer to `mark`; the first stays, since a repeat must get the same one.
    ///
    /// Returns the earlier answer when it differs from this one, which breaks contract 3.
    pub fn answer(&self, mark: &str, code: &str) -> Option<String> {
        let mut guard = self.rows();
        let (rows, places) = &mut *guard;
        let row = places.get(mark).and_then(|&place| rows.get_mut(place))?;
        match &row.answer {
            Some(earlier) if earlier != code => Some(earlier.clone()),
            Some(_) => None,
            None => {
                row.answer = Some(code.to_owned());
                None
            }
        }
    }

    /// All rows, in the order of first offers.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.rows().0.clone()
    }

    /// Those that were offered and not answered: to be offered again.
    #[must_use]
    pub fn unanswered(&self) -> Vec<Sent> {
        self.rows().0.iter().filter(|row| row.answer.is_none()).cloned().collect()
    }
}

/// One message as a receiver saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// What identifies it on every hop.
    pub mark: String,
    /// MSH-10 on this hop; a repeat has the same one and the same bytes.
    pub control_id: String,
    /// Exact bytes.
    pub bytes: Vec<u8>,
}

/// The receiver's ledger, in the order of arrival. Shared between threads by reference.
#[derive(Debug, Default)]
pub struct ReceiverLedger {
    rows: Mutex<Vec<Arrival>>,
}

impl ReceiverLedger {
    /// A message arrived.
    pub fn arrive(&self, arrival: Arrival) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
    }

    /// All arrivals, repeats included, in order.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What both ledgers together say. Everything but `repeats` must be empty.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Accepted by the product and never arrived.
    pub lost: Vec<String>,
    /// Arrived under two control ids: stored or delivered twice.
    pub twice: Vec<String>,
    /// Arrived again under the same control id with other bytes.
    pub altered: Vec<String>,
    /// (earlier sent, later sent) of one patient that first arrived the other way round.
    pub inversions: Vec<(String, String)>,
    /// Arrived and was never sent.
    pub invented: Vec<String>,
    /// Refused by the product and arrived all the same.
    pub refused_yet_arrived: Vec<String>,
    /// Byte-identical repeats, which at-least-once allows.
    pub repeats: usize,
}

impl Verdict {
    /// Whether the contract held.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self { repeats: self.repeats, ..Self::default() }
    }
}

/// Holds `arrivals` at one receiver against what was `sent`; `due` says which of the accepted messages that receiver
/// had to get.
#[must_use]
pub fn judge(sent: &[Sent], arrivals: &[Arrival], due: impl Fn(&Sent) -> bool) -> Verdict {
    let mut verdict = Verdict::default();
    let place: HashMap<&str, usize> =
        sent.iter().enumerate().map(|(i, row)| (row.mark.as_str(), i)).collect();
    let mut first: HashMap<&str, &Arrival> = HashMap::new();
    let mut newest_of_patient: HashMap<&str, usize> = HashMap::new();
    for arrival in arrivals {
        let Some(&at) = place.get(arrival.mark.as_str()) else {
            verdict.invented.push(arrival.mark.clone());
            continue;
        };
        if let Some(earlier) = first.get(arrival.mark.as_str()) {
            if earlier.control_id != arrival.control_id {
                verdict.twice.push(arrival.mark.clone());
            } else if earlier.bytes != arrival.bytes {
                verdict.altered.push(arrival.mark.clone());
            } else {
                verdict.repeats += 1;
            }
            continue;
        }
        first.insert(&arrival.mark, arrival);
        let row = &sent[at];
        if row.answer.is_some() && !row.is_accepted() {
            verdict.refused_yet_arrived.push(arrival.mark.clone());
        }
        let newest = newest_of_patient.entry(&row.patient).or_insert(at);
        if at < *newest {
            verdict.inversions.push((row.mark.clone(), sent[*newest].mark.clone()));
        } else {
            *newest = at;
        }
    }
    let arrived: HashSet<&str> = first.into_keys().collect();
    verdict.lost = sent
        .iter()
        .filter(|row| row.is_accepted() && due(row) && !arrived.contains(row.mark.as_str()))
        .map(|row| row.mark.clone())
        .collect();
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ledger(rows: &[(&str, &str, &str)]) -> Vec<Sent> {
        let ledger = SenderLedger::default();
        for (mark, patient, answer) in rows {
            ledger.offer(mark, patient);
            if !answer.is_empty() {
                ledger.answer(mark, answer);
            }
        }
        ledger.sent()
    }

    fn arrival(mark: &str, control_id: &str, bytes: &[u8]) -> Arrival {
        Arrival { mark: mark.to_owned(), control_id: control_id.to_owned(), bytes: bytes.to_vec() }
    }

    #[test]
    fn in_order_once_each_is_clean() {
        let sent =
            ledger(&[("1", "a", "AA"), ("2", "b", "AA"), ("3", "a", "CA"), ("4", "a", "AE"), ("5", "a", "")]);
        let arrivals = [arrival("2", "x2", b"2"), arrival("1", "x1", b"1"), arrival("3", "x3", b"3")];
        let verdict = judge(&sent, &arrivals, |_| true);
        assert!(verdict.is_clean(), "{verdict:?}");
    }

    #[test]
    fn each_break_of_the_contract_has_its_name() {
        let sent = ledger(&[("1", "a", "AA"), ("2", "a", "AA"), ("3", "b", "AA"), ("4", "b", "AR")]);
        let arrivals = [
            arrival("2", "x2", b"2"),
            arrival("1", "x1", b"1"),
            arrival("1", "x1", b"1"),
            arrival("2", "x2", b"other"),
            arrival("2", "y2", b"2"),
            arrival("4", "x4", b"4"),
            arrival("9", "x9", b"9"),
        ];
        let verdict = judge(&sent, &arrivals, |_| true);
        assert_eq!(verdict.lost, ["3"]);
        assert_eq!(verdict.twice, ["2"]);
        assert_eq!(verdict.altered, ["2"]);
        assert_eq!(verdict.inversions, [("1".to_owned(), "2".to_owned())]);
        assert_eq!(verdict.refused_yet_arrived, ["4"]);
        assert_eq!(verdict.invented, ["9"]);
        assert_eq!(verdict.repeats, 1);
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_message_not_due_here_is_not_lost() {
        let sent = ledger(&[("1", "a", "AA"), ("2", "b", "AA")]);
        let verdict = judge(&sent, &[arrival("1", "x", b"")], |row| row.patient == "a");
        assert!(verdict.is_clean(), "{verdict:?}");
    }

    #[test]
    fn a_repeat_must_get_the_first_answer() {
        let ledger = SenderLedger::default();
        ledger.offer("1", "a");
        assert_eq!(ledger.unanswered().len(), 1);
        assert_eq!(ledger.answer("1", "AA"), None);
        ledger.offer("1", "a");
        assert_eq!(ledger.answer("1", "AA"), None);
        assert_eq!(ledger.answer("1", "AE"), Some("AA".to_owned()));
        assert_eq!(ledger.sent()[0].offers, 2);
        assert!(ledger.unanswered().is_empty());
    }

    proptest! {
        /// Any interleaving that keeps each patient's order is clean; taking one accepted message away is a loss.
        #[test]
        fn patients_may_interleave(patients in prop::collection::vec(0u8..4, 1..40), order in any::<u64>(), drop in any::<prop::sample::Index>()) {
            let sent: Vec<Sent> = patients.iter().enumerate().map(|(i, p)| Sent {
                mark: i.to_string(), patient: p.to_string(), answer: Some("AA".to_owned()), offers: 1,
            }).collect();
            let mut queues: Vec<std::collections::VecDeque<usize>> = (0..4u8)
                .map(|p| patients.iter().enumerate().filter(|(_, q)| **q == p).map(|(i, _)| i).collect())
                .collect();
            let mut draw = order;
            let mut arrivals = Vec::new();
            while queues.iter().any(|queue| !queue.is_empty()) {
                draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if let Some(next) = queues[(draw >> 33) as usize % 4].pop_front() {
                    arrivals.push(arrival(&next.to_string(), &next.to_string(), b""));
                }
            }
            prop_assert!(judge(&sent, &arrivals, |_| true).is_clean());
            let gone = arrivals.remove(drop.index(arrivals.len())).mark;
            prop_assert_eq!(judge(&sent, &arrivals, |_| true).lost, vec![gone]);
        }
    }
}
