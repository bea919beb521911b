//! Somebody's statement of disagreement goes inside what is sent of the report (GUARANTEES L-14): a note (NTE) under its
//! order or its text, so that every form that is made of the message carries it, or says that it cannot.

use super::lines;
use crate::intake::Sender;
use crate::routing::report_excerpt;
use fhir::ResourceKey;
use hl7v2::{EditError, Message, Path};

/// A statement as it goes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Day on which it was taken, `YYYY-MM-DD`.
    pub day: String,
    /// In the person's words.
    pub text: String,
}

impl Statement {
    fn words(&self) -> String {
        format!(
            "The patient disagrees with this report (le patient n'est pas d'accord avec ce compte rendu), {}: {}",
            self.day, self.text
        )
    }
}

/// The part of a message that concerns a report, with the statements about it; `None` when it does not speak of the report,
/// or has no place for a note: neither an order (OBR) nor text (OBX).
#[must_use]
pub fn stated(
    message: &Message,
    sender: &Sender,
    report: ResourceKey,
    statements: &[Statement],
) -> Option<Message> {
    let mut part = report_excerpt(message, sender, report)?;
    for statement in statements {
        part = noted(&part, &statement.words())?;
    }
    Some(part)
}

/// One more note behind those that stand under the order, or under the last text where there is no order.
fn noted(part: &Message, text: &str) -> Option<Message> {
    let names: Vec<&str> = part.segments().map(|segment| segment.name()).collect();
    let order = names.iter().position(|name| *name == "OBR");
    let under = order.or_else(|| names.iter().rposition(|name| *name == "OBX"))?;
    let notes = names[under + 1..].iter().take_while(|name| **name == "NTE").count();
    let after = under + notes;
    let occurrence = names[..=after].iter().filter(|name| **name == "NTE").count() + 1;
    let field = char::from(part.delimiters().field);
    let mut bytes = Vec::with_capacity(part.bytes().len() + text.len() + 16);
    for segment in part.segments() {
        bytes.extend_from_slice(segment.raw());
        bytes.push(b'\r');
        if segment.index() == after {
            // Source O: neither the producer of the report nor its orderer (HL7 table 0105).
            bytes.extend_from_slice(format!("NTE{field}{}{field}O{field}\r", notes + 1).as_bytes());
        }
    }
    let mut whole = Message::parse(bytes).ok()?;
    let path = Path { occurrence, ..Path::field("NTE", 3) };
    match whole.set(&path, text) {
        Ok(()) => Some(whole),
        // What the sender's set lacks is written in UTF-8, and so is the rest.
        Err(EditError::NotInCharset { .. }) => {
            let mut all = lines::of(&whole);
            if let Some(head) = all.first_mut() {
                head.put(18, "UNICODE UTF-8".to_owned());
            }
            let mut whole = Message::parse(lines::written(&all).into_bytes()).ok()?;
            whole.set(&path, text).ok()?;
            Some(whole)
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake;
    use crate::rendering::{
        Exchange, Language, exchange, facts, pages, render, report_file, sheet, versions,
    };
    use crate::routing::OutgoingHeader;

    const LABORATORY: &str = "MSH|^~\\&|LAB|HRH|||20261122||ORU^R01^ORU_R01|1|P|2.5.1\r\
        PID|1||A1^^^HRH^MR||One^Ann||19800101|F\r\
        OBR|1|P1|F1|K^Potassium|||20261122|||||||||||||||20261122|||F\rNTE|1||Fasting\rOBX|1|NM|K^Potassium||4.1|mmol/L|||||F\rNTE|1||Repeat\r\
        OBR|2|P2|F2|NA^Sodium|||20261122|||||||||||||||20261122|||F\rOBX|1|NM|NA^Sodium||140|mmol/L|||||F\r";
    const DOCUMENT: &str = "MSH|^~\\&|DOC|HRH|||20261122||MDM^T02^MDM_T02|1|P|2.5.1\rEVN|T02|20261122\r\
        PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rPV1|1|O\rTXA|1|DS|TX|20261122|||||||D1|||||AU\rOBX|1|TX|X||Went home.||||||F\r";

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

    fn reports(message: &Message) -> Vec<ResourceKey> {
        let said = intake::interpret(message, &sender());
        said.charts.iter().flat_map(|chart| &chart.reports).map(|report| report.key).collect()
    }

    fn statement(text: &str) -> Statement {
        Statement { day: "2026-11-22".into(), text: text.into() }
    }

    #[test]
    fn l14_a_statement_stands_under_its_own_report_behind_the_notes_that_were_there() {
        let message = Message::parse(LABORATORY).expect("a message");
        let keys = reports(&message);
        assert_eq!(keys.len(), 2);
        let said = [statement("It was a|nother arm"), statement("And I had eaten")];
        let part = stated(&message, &sender(), keys[0], &said).expect("a part");
        let text = String::from_utf8(part.bytes().to_vec()).expect("text");
        assert!(text.contains("NTE|1||Fasting\rNTE|2|O|The patient disagrees"), "{text}");
        assert!(text.contains("It was a\\F\\nother arm\rNTE|3|O|") && !text.contains("Sodium"), "{text}");
        assert!(text.contains("OBX|1|NM|K^Potassium||4.1|mmol/L|||||F\rNTE|1||Repeat\r"), "{text}");
        let other = stated(&message, &sender(), keys[1], &[]).expect("a part");
        assert!(!String::from_utf8_lossy(other.bytes()).contains("disagrees"));
    }

    #[test]
    fn l14_every_form_of_a_report_carries_it_or_says_that_it_cannot() {
        let header = OutgoingHeader {
            application: "OPOR".to_owned(),
            facility: "LAB".to_owned(),
            receiver: "CLINIC".to_owned(),
            control_id: "1".to_owned(),
            time: "20261122140500+0000".to_owned(),
        };
        for source in [LABORATORY, DOCUMENT] {
            let message = Message::parse(source).expect("a message");
            let key = reports(&message)[0];
            let part = stated(&message, &sender(), key, &[statement("Unmine")]).expect("a part");
            let said = facts(&part).said.len();
            assert_eq!(
                said,
                facts(&report_excerpt(&message, &sender(), key).expect("a part")).said.len() + 1
            );
            let sheet = sheet(&part).expect("a sheet");
            let file = String::from_utf8(report_file(&sheet).expect("a file")).expect("text");
            assert!(file.contains("Unmine"), "{file}");
            let page = pages(&sheet, Language::French).expect("pages");
            assert!(paper::read::texts(&page.bytes).join(" ").contains("Unmine"));
            for form in [Exchange::Message, Exchange::Transaction] {
                let bundle = exchange(&intake::interpret(&part, &sender()), key, &header, form);
                let bundle = String::from_utf8(bundle.expect("a bundle")).expect("text");
                // The words of a document stand in its attachment.
                let data = bundle.split("\"data\":\"").nth(1).and_then(|rest| rest.split('"').next());
                let words =
                    data.and_then(fhir::base64::decode).and_then(|bytes| String::from_utf8(bytes).ok());
                let told = |text: &str| text.contains("Unmine");
                assert!(told(&bundle) || words.as_deref().is_some_and(told), "{bundle}");
            }
            let fundy = versions("fundy").next().expect("a profile");
            let sent = render(&part, fundy).expect("it takes notes");
            assert!(String::from_utf8_lossy(&sent.bytes).contains("Unmine"));
            // A product that reads no notes gets none of it, and not the report without it.
            let mut deaf = fundy.clone();
            deaf.segments =
                ["MSH", "EVN", "PID", "PV1", "OBR", "TXA", "OBX"].map(str::to_owned).into_iter().collect();
            let unfit = render(&part, &deaf).expect_err("no notes");
            assert!(unfit.0.en.contains("a note under"), "{}", unfit.0.en);
        }
    }

    #[test]
    fn l14_a_statement_that_the_senders_set_lacks_is_written_in_utf_8() {
        let latin = LABORATORY.replace("|P|2.5.1", "|P|2.5.1||||||8859/1");
        let message = Message::parse(latin).expect("a message");
        let key = reports(&message)[0];
        let part = stated(&message, &sender(), key, &[statement("Wɨnɨt, à tort")]).expect("a part");
        let text = String::from_utf8(part.bytes().to_vec()).expect("UTF-8");
        assert!(text.contains("Wɨnɨt, à tort") && text.contains("UNICODE UTF-8"), "{text}");
    }

    #[test]
    fn l14_what_has_no_place_for_a_note_is_said_to_have_none() {
        let text = "MSH|^~\\&|ADT|HRH|||20261122||ADT^A01^ADT_A01|1|P|2.5.1\rEVN|A01|20261122\r\
            PID|1||A1^^^HRH^MR||One^Ann||19800101|F\rPV1|1|I|4A\r";
        let message = Message::parse(text).expect("a message");
        let key = reports(&message)[0];
        assert!(stated(&message, &sender(), key, &[statement("Not me")]).is_none());
        assert!(stated(&message, &sender(), key, &[]).is_some());
    }
}
