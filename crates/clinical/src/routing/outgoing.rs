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

/// The part of a message that concerns `report`, under the sender's own header; `None` when it does not speak of it.
#[must_use]
pub fn report_excerpt(message: &Message, sender: &Sender, report: ResourceKey) -> Option<Message> {
    if matches!(&*message.header().message_code(), "REF" | "RRI") {
        return first_patient(message);
    }
    let groups = Groups::of(message);
    match groups.excerpts() {
        excerpts if groups.patients.len() <= 1 && excerpts.len() <= 1 => Some(message.clone()),
        excerpts => excerpts
            .into_iter()
            .filter_map(|segments| excerpt(message, &segments))
            .find(|part| speaks_of(part, sender, report)),
    }
}

/// The bytes to send for `report`; `None` when the message does not speak of it.
#[must_use]
pub fn outgoing(
    message: &Message,
    sender: &Sender,
    report: ResourceKey,
    header: &OutgoingHeader,
) -> Option<Vec<u8>> {
    headed(report_excerpt(message, sender, report)?, header)
}

/// A message of a sender under our own header.
pub(super) fn headed(mut whole: Message, header: &OutgoingHeader) -> Option<Vec<u8>> {
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
        let is_there = !whole.segment(0).field(field).is_empty();
        if is_there || !text.is_empty() {
            whole.set(&Path::field("MSH", field), text).ok()?;
        }
    }
    Some(whole.into_bytes())
}

/// A referral with everything that informs it: what stands before the first PID belongs to that patient (HL7 v2.5.1
/// 11.5.1), and whoever else is named after does not go along.
pub(super) fn first_patient(message: &Message) -> Option<Message> {
    let second = message.all_named("PID").nth(1).map(|pid| pid.index());
    match second {
        None => Some(message.clone()),
        Some(end) => excerpt(message, &(0..end).collect::<Vec<_>>()),
    }
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

/// Segments of a message by where they belong.
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
                ("PID", _) => {
                    groups.patients.push(Patient { own: vec![index], orders: Vec::new() });
                    order_began_with_orc = false;
                }
                ("MSH" | "EVN" | "SFT" | "UAC" | "NTE", None) => groups.head.push(index),
                // Whoever this speaks of, it is not the patient of the next PID.
                (_, None) => groups.patients.push(Patient { own: vec![index], orders: Vec::new() }),
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

    /// One list of segments for each order of each patient, in the message's order; a patient without orders (ADT,
    /// MDM) is one list.
    fn excerpts(&self) -> Vec<Vec<usize>> {
        let excerpt = |patient: &Patient, order: &[usize]| -> Vec<usize> {
            self.head.iter().chain(&patient.own).chain(order).copied().collect()
        };
        let mut excerpts = Vec::new();
        for patient in &self.patients {
            if patient.orders.is_empty() {
                excerpts.push(excerpt(patient, &[]));
            }
            excerpts.extend(patient.orders.iter().map(|order| excerpt(patient, order)));
        }
        excerpts
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

    fn sender() -> Sender {
        Sender {
            link: "LAB".to_owned(),
            default_authority: "HRH".to_owned(),
            time_zone: "America/Halifax".to_owned(),
            custodian: "HRH".to_owned(),
            message_reference: "urn:opor:message:1".to_owned(),
            received: fhir::Instant(1_795_356_300_000_000),
        }
    }

    fn header() -> OutgoingHeader {
        OutgoingHeader {
            application: "OPOR".to_owned(),
            facility: "LAB".to_owned(),
            receiver: "CLINIC".to_owned(),
            control_id: "1".to_owned(),
            time: "20261122140500+0000".to_owned(),
        }
    }

    #[test]
    fn l10_a_patient_without_orders_never_goes_along() {
        let orders = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01|1|P|2.5.1\r\
            PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rOBR|1|P1|F1|K^Potassium|||20261122|||||||||||||||20261122|||F\rOBX|1|NM|K^Potassium||4.1|mmol/L|||||F\r\
            PID|2||B2^^^HRH^MR||Two^Bea||19810101|F\rOBX|1|TX|NOTE||Bea||||||F\r";
        let admissions = "MSH|^~\\&|ADT|HRH|||20261122||ADT^A01|1|P|2.5.1\rEVN|A01|20261122\r\
            PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rPV1|1|I|4A\rPID|2||B2^^^HRH^MR||Two^Bea||19810101|F\rPV1|1|I|4B\r";
        let documents = "MSH|^~\\&|DOC|HRH|||20261122||MDM^T02|1|P|2.5.1\rEVN|T02|20261122\r\
            PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rPV1|1|O\rTXA|1|DS|TX|20261122|||||||D1|||||AU\rOBX|1|TX|X||Ann||||||F\r\
            PID|2||B2^^^HRH^MR||Two^Bea||19810101|F\rPV1|1|O\rTXA|1|DS|TX|20261122|||||||D2|||||AU\rOBX|1|TX|X||Bea||||||F\r";
        for text in [orders, admissions, documents] {
            let message = Message::parse(text).expect("a message");
            let said = intake::interpret(&message, &sender());
            let reports = said.charts.iter().flat_map(|chart| &chart.reports);
            let mut sent = 0;
            for report in reports {
                let bytes = outgoing(&message, &sender(), report.key, &header()).expect("an excerpt");
                let text = String::from_utf8(bytes).expect("text");
                assert!(text.contains("One^Ann") != text.contains("Two^Bea"), "{text}");
                assert_eq!(text.matches("PID|").count(), 1, "{text}");
                sent += 1;
            }
            assert!(sent > 0, "{text}");
        }
    }

    #[test]
    fn a_message_about_one_patient_goes_whole() {
        let text = "MSH|^~\\&|ADT|HRH|||20261122||ADT^A01|1|P|2.5.1\rEVN|A01|20261122\r\
            PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rPV1|1|I|4A\rZXX|kept\r";
        let message = Message::parse(text).expect("a message");
        let said = intake::interpret(&message, &sender());
        let bytes = outgoing(&message, &sender(), said.charts[0].reports[0].key, &header()).expect("whole");
        assert!(String::from_utf8_lossy(&bytes).ends_with("ZXX|kept\r"));
    }
}
