//! One message of a result feed: what it says, and as HL7 v2 text.

use std::fmt::Write as _;
use std::sync::Arc;

use super::Test;
use crate::calendar::{Date, Precision, hl7_time};
use crate::people::pool::{self, Pool};
use crate::people::{Sex, Tradition, test_card_number};
use crate::rng::Rng;

/// The feeds: MSH-4 and assigning authority.
pub const LINKS: [&str; 7] = ["TIDELAB", "HRHLAB", "VGHLAB", "KIDSLAB", "POCHUB", "MICROLAB", "RADHUB"];

/// First serial of the cards of these people.
const CARDS_FROM: u64 = 3_000_000;

/// Whom a message names in its PID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Number of the person in the stream.
    pub number: u64,
    /// Record number, PID-3.
    pub mrn: String,
    /// Card number, or empty.
    pub card: String,
    /// Family name.
    pub family: String,
    /// Given name; a placeholder for newborns.
    pub given: String,
    /// Birth date.
    pub birth: Date,
    /// Administrative sex.
    pub sex: Sex,
}

impl Patient {
    /// Person `number` of the settings' people: always the same.
    pub(super) fn of(number: u64, today: Date) -> Self {
        let mut rng = Rng::keyed(0, &[72, number]);
        let tradition = *rng.pick(&Tradition::ALL);
        let sex = if rng.chance(510) { Sex::Female } else { Sex::Male };
        let days = rng.between(1, 93 * 365);
        Self {
            number,
            mrn: format!("{:08}", 80_000_000 + number),
            card: test_card_number((CARDS_FROM + number) as usize),
            family: pool::family(Pool::Province, tradition, &mut rng),
            given: pool::given(Pool::Province, tradition, sex, &mut rng),
            birth: Date::from_days(today.days() / 3_650 * 3_650 - days),
            sex,
        }
    }

    /// A child born on a day, not yet named. `order` is 1 or 2 for twins, else 0.
    pub(super) fn newborn(number: u64, mother: &Patient, birth: Date, sex: Sex, order: u8) -> Self {
        let word = if sex == Sex::Male { "BB-BOY" } else { "BB-GIRL" };
        let mark = ["", "-A", "-B"][usize::from(order.min(2))];
        Self {
            number,
            mrn: format!("{:08}", 95_000_000 + number % 5_000_000),
            card: String::new(),
            family: mother.family.clone(),
            given: format!("{word}{mark}"),
            birth,
            sex,
        }
    }
}

/// One order with its report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The placer's number, OBR-2.
    pub placer: u64,
    /// The filler's number, OBR-3.
    pub filler: u64,
    /// What was done, OBR-4 and OBR-24.
    pub test: &'static Test,
    /// When the specimen was taken, microseconds UTC, OBR-7.
    pub drawn_us: i64,
    /// Specimen number, SPM-2.
    pub specimen: u64,
    /// OBR-25: `P`, `F` or `C`.
    pub status: char,
}

/// What one message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Position in [`LINKS`].
    pub link: usize,
    /// Number of the message on its link, from 0.
    pub sequence: u64,
    /// When it is sent, microseconds UTC.
    pub at_us: i64,
    /// Whom the PID names.
    pub patient: Arc<Patient>,
    /// Whom it is about: another only where the defect struck. Truth, never an input.
    pub meant: Arc<Patient>,
    /// Visit number, PV1-19; 0 for none.
    pub visit: u64,
    /// Point of care, room and bed, PV1-3; empty for none.
    pub ward: String,
    /// Number of the attending, PV1-7; 0 for none.
    pub attending: u32,
    /// Number of the orderer, OBR-16.
    pub orderer: u32,
    /// The reports.
    pub orders: Vec<Order>,
    /// A message that was sent before, once more.
    pub again: bool,
}

impl Fact {
    /// Whether the PID names somebody else than the person it is about.
    pub fn misfiled(&self) -> bool {
        self.patient.number != self.meant.number
    }

    /// MSH-10: a message that is sent again has another, as interface engines give it.
    pub fn control_id(&self) -> String {
        format!("{}{:010}", LINKS[self.link], self.sequence)
    }

    /// The message as ORU^R01 (v2.5.1), one observation a report, with its control id.
    pub fn message(&self) -> (String, Vec<u8>) {
        let control_id = self.control_id();
        let link = LINKS[self.link];
        let mut text = String::with_capacity(1_000);
        let _ = self.write(&mut text, link, &control_id);
        (control_id, text.into_bytes())
    }

    fn write(&self, text: &mut String, link: &str, control_id: &str) -> std::fmt::Result {
        let at = hl7_time(self.at_us, Precision::SecondZone);
        write!(
            text,
            "MSH|^~\\&|{link}|{link}|OPOR|NS|{at}||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||AL|NE|CAN|UNICODE UTF-8\r"
        )?;
        let who = &self.patient;
        let card = if who.card.is_empty() { String::new() } else { format!("{}^^^NS^JHN~", who.card) };
        write!(
            text,
            "PID|1||{card}{}^^^OPH^MR||{}^{}^^^^^L||{}|{}\r",
            who.mrn,
            who.family,
            who.given,
            who.birth.hl7(),
            who.sex.code()
        )?;
        let doctor = |number: u32| {
            if number == 0 { String::new() } else { format!("{number:06}^Doctor^{number}^^^^MD^^NSCPS") }
        };
        if self.visit > 0 {
            let attending = doctor(self.attending);
            write!(text, "PV1|1|I|{}||||{attending}||||||||||||V{}\r", self.ward, self.visit)?;
        }
        for (set, order) in self.orders.iter().enumerate() {
            let drawn = hl7_time(order.drawn_us, Precision::SecondZone);
            let orderer = doctor(self.orderer);
            let (code, name) = (order.test.code, order.test.name);
            write!(
                text,
                "OBR|{0}|P{1}^{link}|F{2}^{link}|{code}^{name}^LN|||{drawn}|||||||||{orderer}||||||{at}||{3}|{4}\r",
                set + 1,
                order.placer,
                order.filler,
                order.test.section,
                order.status
            )?;
            let mut rng = Rng::keyed(order.filler, &[73]);
            if matches!(order.test.section, "MB" | "RAD" | "CP") {
                write!(text, "OBX|1|TX|{code}^{name}^LN||As described.||||||{}|||{drawn}\r", order.status)?;
            } else {
                let (whole, tenth) = (rng.between(3, 140), rng.below(10));
                write!(
                    text,
                    "OBX|1|NM|{code}^{name}^LN||{whole}.{tenth}|||N|||{}|||{drawn}\r",
                    order.status
                )?;
            }
            write!(text, "SPM|1|S{0}&{link}||119297000^Blood specimen^SCT\r", order.specimen)?;
        }
        Ok(())
    }
}
