//! What a message says beside the PID: the visit, the ward, who asked, which tests, drawn when. A patient's own stay
//! much the same from one message to the next; another patient's do not.

use super::impossible::{Impossible, impossible};
use super::person::Raw;
use crate::identity::{Claim, Sex};
use fhir::PersonId;
use hl7v2::{Message, Segment};
use serde::{Deserialize, Serialize};

/// Most orders of one message that are looked at; a panel has a dozen.
const MOST_ORDERS: usize = 16;

/// One patient's part of one message, without anything that names them: texts are kept as 64 bits of a hash, and zero
/// is "not stated".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The message, as the journal numbers it.
    pub message: i64,
    /// The person it is about to be filed on.
    pub person: i64,
    /// When it was received, minutes since 1970.
    pub at: i64,
    /// Visit number (PV1-19, else PID-18).
    pub visit: u64,
    /// Point of care, room and bed (PV1-3).
    pub ward: u64,
    /// Attending (PV1-7).
    pub attending: u64,
    /// Who ordered (OBR-16, else ORC-12), or wrote (TXA-9).
    pub orderer: u64,
    /// What is filed for the first time.
    pub orders: Vec<Order>,
    /// The first test that this person cannot have had.
    pub impossible: Option<Impossible>,
}

/// An order, a report or a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The sender's number (OBR-3, else OBR-2; TXA-12).
    pub number: u64,
    /// What was done (OBR-4, TXA-2).
    pub test: u64,
    /// When it was drawn or done (OBR-7), minutes since 1970 as written; 0 when not stated.
    pub drawn: i64,
    /// The specimen's own number (SPM-2).
    pub specimen: u64,
    /// Microbiology and pathology, where one person has many specimens of one kind at one time.
    pub many: bool,
}

/// Reads the facts of one patient of a message.
///
/// `claim` is who the mapper says it is about, `nth` its place among the patients of the message: where the bytes name
/// nobody like the claim (a mix-up of ours), the patient at that place is read.
#[must_use]
pub fn read(
    raw: &Raw,
    nth: usize,
    claim: &Claim,
    default_authority: &str,
    message: i64,
    person: PersonId,
    received_us: i64,
) -> Facts {
    let named = claim.own.as_ref().map(|own| raw.carrying(own, default_authority)).unwrap_or_default();
    let patients = if named.is_empty() { vec![nth.min(raw.patients().saturating_sub(1))] } else { named };
    let mut facts = Facts {
        message,
        person: person.as_i64(),
        at: received_us / MINUTE_US,
        visit: 0,
        ward: 0,
        attending: 0,
        orderer: 0,
        orders: Vec::new(),
        impossible: None,
    };
    let day = day_of(&raw.message);
    for segment in patients.iter().flat_map(|&patient| raw.segments(patient)) {
        take(&mut facts, segment, claim, day);
    }
    facts
}

const MINUTE_US: i64 = 60_000_000;

fn take(facts: &mut Facts, segment: Segment<'_>, claim: &Claim, day: Option<i64>) {
    let or = |have: u64, said: u64| if have == 0 { said } else { have };
    match segment.name() {
        "PID" => facts.visit = or(facts.visit, hash(segment, 18, 1)),
        "PV1" => {
            facts.visit = match hash(segment, 19, 1) {
                0 => facts.visit,
                visit => visit,
            };
            facts.ward = or(facts.ward, place(segment));
            facts.attending = or(facts.attending, hash(segment, 7, 1));
        }
        "ORC" => facts.orderer = or(facts.orderer, hash(segment, 12, 1)),
        "OBR" if facts.orders.len() < MOST_ORDERS => {
            facts.orderer = or(facts.orderer, hash(segment, 16, 1));
            let section = segment.field(24).text();
            facts.orders.push(Order {
                number: or(hash(segment, 3, 1), hash(segment, 2, 1)),
                test: or(hash(segment, 4, 1), hash(segment, 4, 2)),
                drawn: minutes(&segment.field(7).text()).unwrap_or(0),
                specimen: 0,
                many: matches!(
                    crate::intake::ReportClass::of_section(section.trim()),
                    Some(crate::intake::ReportClass::Microbiology | crate::intake::ReportClass::Text)
                ),
            });
            if facts.impossible.is_none() {
                let service = segment.field(4).first();
                let texts = [1, 2, 4, 5].map(|n| service.comp(n).text());
                facts.impossible =
                    impossible(&texts.each_ref().map(|text| &**text), sex(claim), age(claim, day));
            }
        }
        "SPM" => {
            if let Some(order) = facts.orders.last_mut() {
                order.specimen = or(order.specimen, hash(segment, 2, 1));
            }
        }
        "TXA" if facts.orders.len() < MOST_ORDERS => {
            facts.orderer = or(facts.orderer, hash(segment, 9, 1));
            facts.orders.push(Order {
                number: hash(segment, 12, 1),
                test: hash(segment, 2, 1),
                drawn: minutes(&segment.field(4).text()).unwrap_or(0),
                specimen: 0,
                many: false,
            });
        }
        _ => {}
    }
}

fn sex(claim: &Claim) -> Option<Sex> {
    matches!(claim.sex, Sex::Male | Sex::Female).then_some(claim.sex)
}

/// Whole years at the day of the message; `None` when either is not known.
fn age(claim: &Claim, day: Option<i64>) -> Option<i64> {
    let born = minutes(&claim.birth_date)? / DAY_MINUTES;
    let days = day? - born;
    (days >= 0).then_some(days * 100 / 36_525)
}

fn day_of(message: &Message) -> Option<i64> {
    minutes(&message.segment(0).field(7).text()).map(|minutes| minutes / DAY_MINUTES)
}

const DAY_MINUTES: i64 = 24 * 60;

/// Minutes since 1970 of an HL7 or FHIR time as written, zone aside; `None` without a whole date. Only compared with
/// others of the same sender.
pub(super) fn minutes(text: &str) -> Option<i64> {
    let mut digits = text.split(['+', '.']).next().unwrap_or_default().bytes().filter(u8::is_ascii_digit);
    let mut number = |count: usize| -> Option<i64> {
        (0..count).try_fold(0, |sum, _| digits.next().map(|digit| sum * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (hour, minute) = (number(2).unwrap_or(0), number(2).unwrap_or(0));
    // Days from the civil calendar, March as the first month so that the leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
        - 1
        - 719_468;
    Some((days * 24 + hour) * 60 + minute)
}

fn hash(segment: Segment<'_>, field: usize, comp: usize) -> u64 {
    let leaf = segment.field(field).comp(comp).sub(1);
    if leaf.is_empty() || leaf.is_null() { 0 } else { of(leaf.raw()) }
}

/// Point of care, room and bed.
fn place(pv1: Segment<'_>) -> u64 {
    let location = pv1.field(3).first();
    let mut all = 0;
    for n in 1..=3 {
        let leaf = location.comp(n).sub(1);
        if !leaf.is_empty() && !leaf.is_null() {
            all = of(leaf.raw()) ^ u64::rotate_left(all, 21);
        }
    }
    all
}

/// FNV-1a; never zero.
pub(super) fn of(text: &[u8]) -> u64 {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return 0;
    }
    let hash = trimmed.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    hash.max(1)
}
