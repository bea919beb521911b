//! Messages for load: an ORU R01 of about 2 kB with ten observations, for people who are fully identified.

use std::fmt::Write as _;

use crate::calendar::{Date, MINUTE_US, Precision, hl7_time};
use crate::people::{Sex, Tradition, names, test_card_number};
use crate::places::PRACTITIONERS;
use crate::rng::Rng;

/// Observations in one message.
const OBSERVATIONS: usize = 10;

/// LOINC, name, unit, low and high in tenths.
pub(crate) static TESTS: [(&str, &str, &str, i64, i64); OBSERVATIONS] = [
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", 1200, 1600),
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*9/L", 45, 110),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*9/L", 1500, 4000),
    ("787-2", "MCV [Entitic volume] by Automated count", "fL", 800, 970),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 1360, 1450),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 35, 51),
    ("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L", 980, 1070),
    ("2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "mmol/L", 220, 310),
    ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "umol/L", 500, 950),
    ("14749-6", "Glucose [Moles/volume] in Serum or Plasma", "mmol/L", 39, 78),
];

/// A stream of load messages for one sender. The same arguments give the same message for the same index.
#[derive(Debug, Clone)]
pub struct Load {
    seed: u64,
    sender: usize,
    patients: usize,
    next: u64,
    at_us: i64,
}

impl Load {
    /// Messages of sender number `sender` over `patients` people, dated at `at_us` (microseconds UTC).
    /// Start again at message `next` to go on after a stop.
    pub fn new(seed: u64, sender: usize, patients: usize, next: u64, at_us: i64) -> Self {
        Self { seed, sender, patients: patients.max(1), next, at_us }
    }

    /// Message number `index`: its control id (MSH-10) and its bytes, without framing.
    pub fn message(&self, index: u64) -> (String, Vec<u8>) {
        let mut rng = Rng::keyed(self.seed, &[8, self.sender as u64, index]);
        let person = rng.below(self.patients);
        let control_id = format!("S{:02}{:05}{index:010}", self.sender % 100, self.seed % 100_000);
        let at = hl7_time(self.at_us, Precision::SecondZone);
        let collected = hl7_time(self.at_us - 55 * MINUTE_US, Precision::SecondZone);
        let orderer = &PRACTITIONERS[rng.below(15)];
        let doctor = format!(
            "{}^{}^{}^^^^MD^^{}",
            orderer.licence,
            orderer.family,
            orderer.given,
            orderer.authority()
        );
        let order = format!("{:02}{:03}{index:08}", self.sender % 100, self.seed % 1_000);
        let mut text = String::with_capacity(2200);
        let facility = self.sender % 100;
        let _ = write!(
            text,
            "MSH|^~\\&|SIM{facility:02}|LOAD{facility:02}|OPOR|NS|{at}||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||AL|NE|CAN|UNICODE UTF-8\r"
        );
        self.identified(&mut text, person);
        let _ = write!(text, "PV1|1|O|LAB^^^LOAD||||{doctor}\r");
        let _ = write!(text, "ORC|RE|ORD{order}|FIL{order}||CM||||{collected}|||{doctor}\r");
        let _ = write!(
            text,
            "OBR|1|ORD{order}|FIL{order}|58410-2^CBC panel - Blood by Automated count^LN|||{collected}|||||||||{doctor}||||||{at}||HM|F\r"
        );
        for (set, (code, name, unit, low, high)) in TESTS.iter().enumerate() {
            let span = high - low;
            let value = rng.between(low - span / 6, high + span / 6);
            let flag = match value {
                v if v < *low => "L",
                v if v > *high => "H",
                _ => "N",
            };
            let _ = write!(
                text,
                "OBX|{}|NM|{code}^{name}^LN||{}.{}|{unit}^{unit}^UCUM|{}.{}-{}.{}|{flag}|||F|||{collected}|||||{at}\r",
                set + 1,
                value / 10,
                value % 10,
                low / 10,
                low % 10,
                high / 10,
                high % 10
            );
        }
        (control_id, text.into_bytes())
    }

    /// PID of load person `person`: card, record number, name, birth date, sex.
    fn identified(&self, text: &mut String, person: usize) {
        let Known { family, given, middle, sex, birth, card } = Known::of(person);
        let birth = birth.hl7();
        let _ = write!(
            text,
            "PID|1||{card}^^^NS^JHN~{:08}^^^LOAD^MR||{family}^{given}^{middle}^^^^L||{birth}|{}|||{} Water Street^^Halifax^NS^B3H 1A1^CAN||^PRN^PH^^1^902^55501{:02}\r",
            60_000_000 + person,
            sex.code(),
            1 + person % 900,
            person % 100
        );
    }
}

/// Who a person of the load is.
pub(crate) struct Known {
    family: &'static str,
    given: &'static str,
    middle: &'static str,
    sex: Sex,
    birth: Date,
    card: String,
}

impl Known {
    /// Person number `person`: the same for every seed, since who they are must not depend on what is said about them.
    pub(crate) fn of(person: usize) -> Self {
        let mut rng = Rng::keyed(0, &[9, person as u64]);
        let table = names::of(*rng.pick(&Tradition::ALL));
        let sex = if rng.chance(500) { Sex::Female } else { Sex::Male };
        let given = *rng.pick(if sex == Sex::Female { table.female } else { table.male });
        let middle = *rng.pick(if sex == Sex::Female { table.female } else { table.male });
        let family = *rng.pick(table.family);
        let birth = Date::from_days(rng.between(-10_000, 19_000));
        Self { family, given, middle, sex, birth, card: test_card_number(1_000_000 + person) }
    }

    /// The Patient, in FHIR JSON.
    pub(crate) fn patient(&self, person: usize) -> String {
        format!(
            concat!(
                r#"{{"resourceType":"Patient","id":"load-{person}","identifier":[{{"type":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"JHN"}}]}},"#,
                r#""system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id","value":"{card}"}}],"#,
                r#""name":[{{"use":"official","family":"{family}","given":["{given}","{middle}"]}}],"gender":"{gender}","birthDate":"{birth}","#,
                r#""address":[{{"line":["{number} Water Street"],"city":"Halifax","state":"NS","postalCode":"B3H 1A1","country":"CA"}}]}}"#
            ),
            person = person,
            card = self.card,
            family = self.family,
            given = self.given,
            middle = self.middle,
            gender = if self.sex == Sex::Female { "female" } else { "male" },
            birth = self.birth.iso(),
            number = 1 + person % 900,
        )
    }
}

impl Iterator for Load {
    type Item = (String, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let message = self.message(self.next);
        self.next += 1;
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_messages_are_two_kilobytes_and_repeat() {
        let load = Load::new(7, 3, 500, 0, 1_795_357_800_000_000);
        for (index, (control_id, bytes)) in load.clone().take(200).enumerate() {
            assert!((1500..2600).contains(&bytes.len()), "{} bytes", bytes.len());
            assert_eq!(load.message(index as u64), (control_id.clone(), bytes.clone()));
            let message = hl7v2::Message::parse(bytes).unwrap();
            assert!(message.problems().is_empty(), "{:?}", message.problems());
            assert_eq!(message.header().control_id(), control_id);
            assert_eq!(message.all_named("OBX").count(), OBSERVATIONS);
            assert_eq!(message.segment_named("PID").field(3).comp(1).text().len(), 10);
        }
    }
}
