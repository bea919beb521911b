//! The records as the registrations that made them: HL7 v2 ADT^A28 or A04 from each source, and FHIR Patients.

use std::fmt::Write as _;

use super::{Record, Records, Settings, Truth};
use crate::calendar::{Precision, SECOND_US, hl7_time};
use crate::feed::esc;

/// The event of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A04, somebody is registered for a visit.
    Visit,
    /// A28, somebody is added, without a visit.
    Person,
}

/// A registration ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The record it made.
    pub record: Record,
    /// Whose it is. For scoring only.
    pub truth: Truth,
    /// MSH-10, unique over all sources of the seed.
    pub control_id: String,
    /// The message, segments ended by CR.
    pub bytes: Vec<u8>,
}

impl Registration {
    /// Writes the message again as if it were sent at `at_us` (microseconds UTC).
    pub(crate) fn date(&mut self, event: Event, at_us: i64) {
        self.bytes = message(&self.record, event, &self.control_id, at_us);
    }
}

/// Registrations in the order of the records.
#[derive(Debug)]
pub struct Registrations {
    records: Records,
    seed: u64,
    event: Event,
    /// Time written in the first message, microseconds UTC; a second more in each.
    at_us: i64,
}

impl Registrations {
    /// A registration for every record of a set, dated from `at_us` (microseconds UTC) on.
    pub fn new(settings: Settings, event: Event, at_us: i64) -> Self {
        Self { seed: settings.seed, records: Records::new(settings), event, at_us }
    }
}

impl Iterator for Registrations {
    type Item = Registration;

    fn next(&mut self) -> Option<Registration> {
        let (record, truth) = self.records.next()?;
        let control_id = format!("{}{:03}{}", record.source.code, self.seed % 1_000, record.record_id);
        let bytes = message(&record, self.event, &control_id, self.at_us);
        self.at_us += SECOND_US;
        Some(Registration { record, truth, control_id, bytes })
    }
}

/// ADT of one record (v2.5.1, UTF-8), dated `at_us` (microseconds UTC).
pub fn message(record: &Record, event: Event, control_id: &str, at_us: i64) -> Vec<u8> {
    let mut text = String::with_capacity(600);
    // A String takes whatever is written to it.
    let _ = write_message(&mut text, record, event, control_id, at_us);
    text.into_bytes()
}

fn write_message(
    text: &mut String,
    record: &Record,
    event: Event,
    control_id: &str,
    at_us: i64,
) -> std::fmt::Result {
    let at = hl7_time(at_us, Precision::SecondZone);
    let (application, facility) = (record.source.application, record.source.code);
    let trigger = if event == Event::Visit { "A04^ADT_A01" } else { "A28^ADT_A05" };
    write!(
        text,
        "MSH|^~\\&|{application}|{facility}|OPOR|NS|{at}||ADT^{trigger}|{control_id}|P|2.5.1|||AL|NE|CAN|UNICODE UTF-8\r"
    )?;
    write!(text, "EVN|{}|{at}\r", &trigger[..3])?;
    text.push_str("PID|1||");
    if !record.hcn.is_empty() {
        write!(text, "{}^^^{}^JHN~", esc(&record.hcn), record.hcn_province)?;
    }
    write!(text, "{}^^^{facility}^MR||", record.mrn)?;
    let (family, given, middle) = (esc(&record.family), esc(&record.given), esc(&record.middle));
    write!(text, "{family}^{given}^{middle}^{}^^^L||", record.suffix)?;
    text.extend(record.dob.chars().filter(|sign| *sign != '-'));
    write!(text, "|{}|||", record.sex)?;
    if !record.address.is_empty() {
        let (street, city) = (esc(&record.address), esc(&record.city));
        let province = record.province;
        write!(text, "{street}^^{city}^{province}^{}^CAN^H", record.postal)?;
    }
    text.push_str("||");
    if let Some((area, local)) = record.phone.split_at_checked(3) {
        write!(text, "^PRN^PH^^1^{area}^{local}")?;
    }
    if !record.mother_hcn.is_empty() || !record.mb_order.is_empty() {
        text.push_str("||||||||");
        if !record.mother_hcn.is_empty() {
            write!(text, "{}^^^NS^JHN", record.mother_hcn)?;
        }
        if !record.mb_order.is_empty() {
            write!(text, "|||Y|{}", record.mb_order)?;
        }
    }
    text.push('\r');
    if event == Event::Visit {
        write!(text, "PV1|1|O|REG^^^{facility}||||||||||||||||V{facility}{}\r", record.mrn)
    } else {
        text.push_str("PV1|1|N\r");
        Ok(())
    }
}

/// One record as a FHIR R4 Patient on one line, with an id made of source and record number.
pub fn patient(record: &Record) -> String {
    let mut text = String::with_capacity(700);
    let _ = write_patient(&mut text, record);
    text
}

/// Namespaces of the Canadian health numbers (Canadian Baseline); Ontario's has a name of its own.
fn card_system(province: &str) -> String {
    let kind = if province == "ON" { "patient-hcn" } else { "patient-healthcare-id" };
    format!("https://fhir.infoway-inforoute.ca/NamingSystem/ca-{}-{kind}", province.to_ascii_lowercase())
}

fn write_patient(text: &mut String, record: &Record) -> std::fmt::Result {
    const TYPE: &str = r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"#;
    let code = record.source.code;
    write!(text, r#"{{"resourceType":"Patient","id":"{code}-{}","identifier":["#, record.mrn)?;
    if !record.hcn.is_empty() {
        let system = card_system(record.hcn_province);
        write!(text, r#"{{"type":{TYPE}"JHN"}}]}},"system":"{system}","value":{}}},"#, json(&record.hcn))?;
    }
    write!(
        text,
        r#"{{"type":{TYPE}"MR"}}]}},"system":"urn:opor:authority:{code}","value":"{}","assigner":{{"display":"{code}"}}}}]"#,
        record.mrn
    )?;
    write!(text, r#","name":[{{"family":{},"given":[{}"#, json(&record.family), json(&record.given))?;
    if !record.middle.is_empty() {
        write!(text, ",{}", json(&record.middle))?;
    }
    text.push(']');
    if !record.suffix.is_empty() {
        write!(text, r#","suffix":[{}]"#, json(&record.suffix))?;
    }
    text.push_str("}]");
    if !record.dob.is_empty() {
        write!(text, r#","birthDate":"{}""#, record.dob)?;
    }
    match record.sex {
        "" => {}
        sex => {
            let gender = match sex {
                "F" => "female",
                "M" => "male",
                "X" => "other",
                _ => "unknown",
            };
            write!(text, r#","gender":"{gender}""#)?;
        }
    }
    if !record.phone.is_empty() {
        write!(text, r#","telecom":[{{"system":"phone","value":"{}","use":"home"}}]"#, record.phone)?;
    }
    if !record.address.is_empty() {
        write!(text, r#","address":[{{"use":"home","line":[{}]"#, json(&record.address))?;
        for (name, value) in
            [("city", record.city.as_str()), ("state", record.province), ("postalCode", &record.postal)]
        {
            if !value.is_empty() {
                write!(text, r#","{name}":{}"#, json(value))?;
            }
        }
        text.push_str("}]");
    }
    if !record.mb_order.is_empty() {
        write!(text, r#","multipleBirthInteger":{}"#, record.mb_order)?;
    }
    text.push('}');
    Ok(())
}

/// A JSON string (RFC 8259).
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => out.extend(['\\', sign]),
            sign if sign < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(sign));
            }
            sign => out.push(sign),
        }
    }
    out.push('"');
    out
}
