//! The table of acknowledgements, both modes, for readable and unreadable bytes, and reading them back.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::ack::{Ack, AckCode, AckError, AckRead, AckReadError, ErrorCode, Outcome, Severity, Wanted};
use hl7v2::{Message, Unreadable};

fn message(accept: &str, application: &str, version: &str) -> Message {
    let header = format!(
        "MSH|^~\\&|LAB^1.2&x|QE2|OPOR|NS|20260115||ORU^R01^ORU_R01|42\\T\\7|P|{version}|||{accept}|{application}|CAN|UNICODE UTF-8\rPID|1\r"
    );
    Message::parse(header).unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn codes_and_wishes_in_both_modes() {
    use Outcome::{Accept, Error, Reject};
    use Wanted::{Always, Never, OnError, OnSuccess};
    // MSH-15, MSH-16, code of the first answer, accept and application acknowledgement wanted.
    let table = [
        ("", "", ["AA", "AE", "AR"], Always, Always),
        ("\"\"", "", ["AA", "AE", "AR"], Always, Always),
        ("AL", "NE", ["CA", "CE", "CR"], Always, Never),
        ("AL", "AL", ["CA", "CE", "CR"], Always, Always),
        ("NE", "AL", ["CA", "CE", "CR"], Never, Always),
        ("ER", "SU", ["CA", "CE", "CR"], OnError, OnSuccess),
        ("AL", "", ["CA", "CE", "CR"], Always, Never),
        ("", "AL", ["CA", "CE", "CR"], Never, Always),
        ("what", "", ["CA", "CE", "CR"], Always, Never),
    ];
    for (accept, application, codes, wants_accept, wants_application) in table {
        let message = message(accept, application, "2.5.1");
        for (outcome, code) in [Accept, Error, Reject].into_iter().zip(codes) {
            assert_eq!(Ack::first(&message, outcome).code().as_str(), code, "{accept} {application}");
            let read = AckRead::parse(Ack::first(&message, outcome).build("1", "2026")).unwrap();
            assert_eq!((read.code.outcome(), read.control_id.as_str()), (outcome, "42&7"));
            assert!(!Ack::application(&message, outcome).code().is_accept_ack());
        }
        assert_eq!(Wanted::accept_ack(&message), wants_accept, "{accept} {application}");
        assert_eq!(Wanted::application_ack(&message), wants_application, "{accept} {application}");
    }
    assert!(OnError.includes(Error) && !OnError.includes(Accept));
    assert!(OnSuccess.includes(Accept) && !OnSuccess.includes(Reject));
    assert!(Always.includes(Accept) && !Never.includes(Reject));
}

#[test]
fn an_acceptance_swaps_the_parties_and_keeps_version_and_set() {
    let answer = Ack::first(&message("AL", "NE", "2.5.1"), Outcome::Accept);
    assert_eq!(answer.answers(), "42\\T\\7");
    assert_eq!(
        text(answer.build("A|1", "20260115103000-0400")),
        "MSH|^~\\&|OPOR|NS|LAB^1.2&x|QE2|20260115103000-0400||ACK^R01^ACK|A\\F\\1|P|2.5.1||||||UNICODE UTF-8\rMSA|CA|42\\T\\7\r"
    );
}

fn birth_date() -> AckError {
    AckError {
        location: Some("PID-7.1".parse().unwrap()),
        code: ErrorCode::DataType,
        severity: Severity::Error,
        message: String::from("PID-7 is \"x\": send YYYYMMDD | nothing else"),
    }
}

#[test]
fn errors_since_2_5_and_before() {
    let new = Ack::first(&message("", "", "2.5.1"), Outcome::Error).error(birth_date());
    let written = text(new.build("1", "2026"));
    assert!(
        written.ends_with(
            "MSA|AE|42\\T\\7\rERR||PID^1^7^1^1|102^Data type error^HL70357|E||||PID-7 is \"x\": send YYYYMMDD \\F\\ nothing else\r"
        ),
        "{written}"
    );
    let old = Ack::first(&message("", "", "2.3"), Outcome::Error).error(birth_date());
    let written = text(old.build("1", "2026"));
    assert!(
        written.ends_with(
            "MSA|AE|42\\T\\7|PID-7 is \"x\": send YYYYMMDD \\F\\ nothing else\rERR|PID^1^7^102&Data type error&HL70357\r"
        ),
        "{written}"
    );
    for answer in [new, old] {
        let read = AckRead::parse(answer.build("9", "2026")).unwrap();
        assert_eq!((read.code, read.own_control_id.as_str()), (AckCode::Ae, "9"));
        assert_eq!(read.text, birth_date().message);
        assert_eq!((read.errors[0].location.as_str(), read.errors[0].code.as_str()), ("PID-7", "102"));
    }
    let spoken = Ack::first(&message("", "", "2.5.1"), Outcome::Accept).text("kept").build("1", "2026");
    assert_eq!(AckRead::parse(spoken).unwrap().text, "kept");
}

#[test]
fn bytes_that_are_no_message_are_refused_naming_field_and_fix() {
    let cases: [(&[u8], &str, &str, &str); 7] = [
        (b"", "", "MSH", "empty"),
        (b"PID|1\r", "", "MSH", "MSH must stand"),
        (b"MSH", "", "MSH-2", "declare the delimiters"),
        (b"MSH|^&&^|A|B|C|D|2026||ORU^R01|77|P|2.6\rPID|1", "77", "MSH-2", "twice"),
        (b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|78|P|2.3||||||KLINGON\rPID|1", "78", "MSH-18", "KLINGON"),
        (b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|79|P|2.5.1|||AL|||KLINGON\r", "79", "MSH-18", "KLINGON"),
        (b"\xFF\xFEM\0", "", "MSH", "MSH must stand"),
    ];
    for (bytes, control_id, field, words) in cases {
        let why: Unreadable = Message::parse(bytes).unwrap_err();
        let answer = Ack::refuse(bytes, &why).build("R1", "20260115");
        let read = AckRead::parse(answer.clone()).unwrap();
        assert_eq!(read.code.outcome(), Outcome::Reject);
        assert_eq!(read.code.is_accept_ack(), control_id == "79");
        assert_eq!(read.control_id, control_id);
        assert!(read.text.contains(words), "{}", read.text);
        assert_eq!(read.errors[0].location.split('-').next(), Some("MSH"));
        assert!(why.field() == field && why.table_0357() == read.errors[0].code, "{why}");
        let answer = Message::parse(answer).unwrap();
        assert_eq!(answer.header().message_code(), "ACK");
        if !control_id.is_empty() {
            assert_eq!(answer.header().receiving_application(), "A");
        }
    }
}

#[test]
fn an_answer_is_in_the_set_of_the_message() {
    let latin = b"MSH|^~\\&|Lab\xE9|Q|||||ORU^R01|1|P|2.5||||||8859/1\r".to_vec();
    let error = AckError { message: String::from("pr\u{e9}nom \u{738b}"), ..birth_date() };
    let answer = Ack::first(&Message::parse(latin).unwrap(), Outcome::Error).error(error).build("1", "2026");
    assert!(answer.windows(4).any(|part| part == b"Lab\xE9"));
    assert!(answer.ends_with(b"pr\xE9nom ?\r"));
    let wide: Vec<u8> = "\u{feff}MSH|^~\\&|Lab\u{e9}|Q|||||ORU^R01|1|P|2.5||||||UNICODE UTF-16\r"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let answer = Ack::first(&Message::parse(wide).unwrap(), Outcome::Accept).build("1", "2026");
    let answer = Message::parse(answer).unwrap();
    assert_eq!(answer.header().receiving_application(), "Lab\u{e9}");
}

#[test]
fn answers_of_peers() {
    let read = |text: &str| AckRead::parse(text.replace('\n', "\r"));
    let ok = read("MSH|^~\\&|EMR|C1|OPOR|NS|2026||ACK|9|P|2.3\nMSA|aa| 42 |Message accepted\n").unwrap();
    assert_eq!((ok.code, ok.control_id.as_str(), ok.text.as_str()), (AckCode::Aa, "42", "Message accepted"));
    let err =
        read("MSH|^~\\&|EMR\nMSA|AR|42\nERR||PID^1^3|204^Unknown key^HL70357|E|||detail\nERR||OBX|||||x|y\n")
            .unwrap();
    assert_eq!((err.text.as_str(), err.errors.len()), ("detail", 2));
    assert_eq!((err.errors[1].location.as_str(), err.errors[1].text.as_str()), ("OBX", "y"));
    assert!(
        matches!(read("MSH|^~\\&|EMR||||||ADT^A01\nPID|1"), Err(AckReadError::NoMsa { kind }) if kind == "ADT^A01")
    );
    assert!(
        matches!(read("MSH|^~\\&|EMR\nMSA|OK|1"), Err(AckReadError::UnknownCode { code }) if code == "OK")
    );
    assert!(matches!(read("hello"), Err(AckReadError::Unreadable(Unreadable::NoMsh { .. }))));
    assert!(read("MSH|^~\\&|EMR\nMSA|AA|").unwrap().control_id.is_empty());
}

#[test]
fn d07_a_control_id_comes_back_whole_however_odd() {
    for (header, id) in [
        // A name in windows-1252 beside a control id in UTF-8, which windows-1252 does not have.
        (&b"MSH|^~\\&|Caf\xE9|Q|||||ORU^R01|A-\xEF\xBC\x90|P|2.5\r"[..], "A-\u{ff10}"),
        (b"MSH|^~\\&|LAB|Q|||||ORU^R01|A\x7F1|P|2.5\r", "A\u{7f}1"),
        (b"MSH|^~\\&|LAB|Q|||||ORU^R01|A\xC2\x901|P|2.5\r", "A\u{90}1"),
    ] {
        let message = Message::parse(header).unwrap();
        assert_eq!(message.header().control_id(), id);
        let answer = AckRead::parse(Ack::first(&message, Outcome::Accept).build("1", "2026")).unwrap();
        assert_eq!(answer.control_id, id);
    }
}
