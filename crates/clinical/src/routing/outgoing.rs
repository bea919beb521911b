//! What goes out to a recipient: the part of the received message that concerns one report, byte for byte, under our
//! own header. Other patients and other reports in the same message stay behind (L-10, need to know).

use crate::intake::{self, Sender};
use fhir::ResourceKey;
use hl7v2::{Message, Path};

/// MSH of what goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingHeader {
    /// MSH-3.
    pub application: String,
    /// MSH-4: the link it came by.
    pub facility: String,
    /// MSH-6: the endpoint.
    pub receiver: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-7, HL7 DTM; when the message was received, so that repeats are identical.
    pub time: String,
}

/// The bytes to send for `report`; `None` when the message does not speak of it.
#[must_use]
pub fn outgoing(
    message: &Message,
    sender: &Sender,
    report: ResourceKey,
    header: &OutgoingHeader,
) -> Option<Vec<u8>> {
    let mut whole = match Groups::of(message).excerpts() {
        excerpts if excerpts.len() <= 1 => message.clone(),
        excerpts => excerpts
            .into_iter()
            .filter_map(|segments| excerpt(message, &segments))
            .find(|part| speaks_of(part, sender, report))?,
    };
    let fields = [
        (3, header.application.as_str()),
        (4, &header.facility),
        (5, ""),
        (6, &header.receiver),
        (7, &header.time),
        (10, &header.control_id),
        // Original mode: one answer, the application's.
        (15, ""),
        (16, ""),
    ];
    for (field, text) in fields {
        let is_there = !message.segment(0).field(field).is_empty();
        if is_there || !text.is_empty() {
            whole.set(&Path::field("MSH", field), text).ok()?;
        }
    }
    Some(whole.into_bytes())
}

fn speaks_of(part: &Message, sender: &Sender, report: ResourceKey) -> bool {
    let said = intake::interpret(part, sender);
    said.charts.iter().flat_map(|chart| &chart.reports).any(|found| found.key == report)
}

fn excerpt(message: &Message, segments: &[usize]) -> Option<Message> {
    let mut bytes = Vec::with_capacity(message.bytes().len());
    for &index in segments {
        bytes.extend_from_slice(message.segment(index).raw());
        bytes.push(b'\r');
    }
    Message::parse(bytes).ok()
}

/// Segments of a result message by where they belong.
#[derive(Default)]
struct Groups {
    head: Vec<usize>,
    patients: Vec<Patient>,
}

#[derive(Default)]
struct Patient {
    own: Vec<usize>,
    orders: Vec<Vec<usize>>,
}

impl Groups {
    /// ORU_R01: `MSH … { PID … { [ORC] OBR … } }` (HL7 v2.5.1 7.3.1).
    fn of(message: &Message) -> Self {
        let mut groups = Self::default();
        let mut order_began_with_orc = false;
        for segment in message.segments() {
            let index = segment.index();
            match (segment.name(), groups.patients.last_mut()) {
                ("PID", _) => groups.patients.push(Patient { own: vec![index], orders: Vec::new() }),
                (_, None) => groups.head.push(index),
                ("ORC", Some(patient)) => {
                    patient.orders.push(vec![index]);
                    order_began_with_orc = true;
                }
                ("OBR", Some(patient)) if !order_began_with_orc => patient.orders.push(vec![index]),
                (name, Some(patient)) => {
                    order_began_with_orc &= name != "OBR";
                    match patient.orders.last_mut() {
                        Some(order) => order.push(index),
                        None => patient.own.push(index),
                    }
                }
            }
        }
        groups
    }

    /// One list of segments for each order of each patient, in the message's order.
    fn excerpts(&self) -> Vec<Vec<usize>> {
        self.patients
            .iter()
            .flat_map(|patient| {
                patient
                    .orders
                    .iter()
                    .map(|order| self.head.iter().chain(&patient.own).chain(order).copied().collect())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_PATIENTS: &str = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01|1|P|2.5.1\r\
        PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rORC|RE|P1|F1\rOBR|1|P1|F1|K^Potassium\rOBX|1|NM|K^Potassium||4.1|mmol/L|||||F\r\
        OBR|2|P2|F2|NA^Sodium\rOBX|1|NM|NA^Sodium||140|mmol/L|||||F\r\
        PID|2||B2^^^HRH^MR||Two^Bea||19810101|F\rOBR|1|P3|F3|K^Potassium\rOBX|1|NM|K^Potassium||5.5|mmol/L|||||F\r";

    #[test]
    fn l10_an_excerpt_holds_one_order_of_one_patient() {
        let message = Message::parse(TWO_PATIENTS).expect("a message");
        let excerpts = Groups::of(&message).excerpts();
        assert_eq!(excerpts, vec![vec![0, 1, 2, 3, 4], vec![0, 1, 5, 6], vec![0, 7, 8, 9]]);
        let last = excerpt(&message, &excerpts[2]).expect("a message");
        let text = String::from_utf8_lossy(last.bytes()).into_owned();
        assert!(text.contains("B2^^^HRH^MR") && !text.contains("A1^^^HRH"), "{text}");
    }
}
