//! The answer to a referral that was decided here: RRI, with what the referral said of itself (HL7 v2.5.1 11.5.2).

use super::outgoing::{OutgoingHeader, first_patient, headed};
use hl7v2::{Message, Path};

/// RF1-1 of a referral that is taken, and of one that is not (HL7 table 0283).
const ACCEPTED: &str = "A";
const REJECTED: &str = "R";
/// What of a referral its answer repeats: by which number it is known, who asked whom, about whom.
const REPEATED: [&str; 4] = ["RF1", "PRD", "CTD", "PID"];

/// The answer to a referral, with the words of whoever decided as its note; `None` for what is no referral, or where the
/// words cannot be written in its character set.
#[must_use]
pub fn answer_to_referral(
    referral: &Message,
    accepted: bool,
    words: &str,
    header: &OutgoingHeader,
) -> Option<Vec<u8>> {
    if referral.header().message_code() != "REF" || referral.all_named("RF1").next().is_none() {
        return None;
    }
    let whole = first_patient(referral)?;
    let field = char::from(whole.delimiters().field);
    let mut bytes = whole.segment(0).raw().to_vec();
    bytes.extend_from_slice(format!("\rMSA{field}AA\r").as_bytes());
    for segment in whole.segments().filter(|segment| REPEATED.contains(&segment.name())) {
        bytes.extend_from_slice(segment.raw());
        bytes.push(b'\r');
    }
    bytes.extend_from_slice(format!("NTE{field}1\r").as_bytes());
    let mut answer = Message::parse(bytes).ok()?;
    let (trigger, control_id) = {
        let header = referral.header();
        (header.trigger().into_owned(), header.control_id().into_owned())
    };
    let structure = if referral.segment(0).field(9).first().comp(3).is_empty() { "" } else { "RRI_I12" };
    for (place, text) in [
        ("MSH-9.1", "RRI"),
        ("MSH-9.2", &trigger),
        ("MSH-9.3", structure),
        ("MSA-2", &control_id),
        ("RF1-1", if accepted { ACCEPTED } else { REJECTED }),
        ("NTE-3", words),
    ] {
        if !text.is_empty() {
            answer.set(&place.parse::<Path>().ok()?, text).ok()?;
        }
    }
    headed(answer, header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::{AddresseePart, Sender, interpret};
    use fhir::Kind;

    const REFERRAL: &str = "MSH|^~\\&|REG|HILL|OPOR|NS|20260118100000||REF^I12^REF_I12|M063|P|2.5.1\rRF1|P|A^ASAP|CAR^Cardiology||O|R100^HILL\rPRD|RP^Referring provider|Comeau^Anne|||||20011^LIC^NSMD\rPRD|RT^Referred to provider|Fraser^Ian|||||30011^LIC^NSMD\rPID|1||0071824^^^QEII^MR||MacDonald^Flora||19580228|F\rDG1|1||R07^Chest pain^I10C\rOBR|1|P9^HILL||11524-6^ECG^LN\r";

    fn sender() -> Sender {
        Sender {
            link: "hill".into(),
            default_authority: "QEII".into(),
            time_zone: "America/Halifax".into(),
            custodian: "hill".into(),
            message_reference: "urn:opor:message:1".into(),
            received: fhir::Instant(0),
        }
    }

    fn header() -> OutgoingHeader {
        OutgoingHeader {
            application: "OPOR".into(),
            facility: "iwk".into(),
            receiver: "hill-emr".into(),
            control_id: "R1".into(),
            time: "20260119100000+0000".into(),
        }
    }

    #[test]
    fn h29_our_answer_is_read_back_as_the_answer_to_that_referral() {
        let referral = Message::parse(REFERRAL).expect("a message");
        for (accepted, status, code) in [(true, "accepted", "A"), (false, "rejected", "R")] {
            let words = "Seen on 3 February | by D^r Fraser; \u{e9}t\u{e9} & hiver.";
            let bytes = answer_to_referral(&referral, accepted, words, &header()).expect("an answer");
            let text = String::from_utf8(bytes.clone()).expect("text");
            for part in [
                "RRI^I12^RRI_I12|R1|",
                "\rMSA|AA|M063\r",
                &format!("\rRF1|{code}|"),
                "\rPRD|RP^",
                "\rNTE|1||",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!text.contains("DG1") && !text.contains("OBR"), "what was sent is not sent back: {text}");
            let answer = Message::parse(bytes).expect("a message");
            assert_eq!(answer.segment_named("NTE").field(3).text(), words);
            let said = interpret(&answer, &sender());
            let chart = said.charts.first().expect("a chart");
            let task = chart.resources.iter().find(|one| one.key.kind == Kind::Task).expect("an answer");
            assert_eq!(task.resource.text("status"), Some(status));
            let asker = chart.reports.iter().flat_map(|report| &report.addressees).next().expect("who asked");
            assert_eq!((asker.part, asker.family.as_str()), (AddresseePart::Referrer, "Comeau"));
        }
        let result = Message::parse("MSH|^~\\&|L|H|||20260118||ORU^R01|1|P|2.5.1\rPID|1||7^^^H^MR\r")
            .expect("a message");
        assert_eq!(answer_to_referral(&result, true, "no", &header()), None);
    }
}
