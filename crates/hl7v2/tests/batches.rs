//! Files and batches, whole and broken.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hl7v2::ack::{Ack, Outcome};
use hl7v2::batch::{BatchProblem, split, wraps};
use hl7v2::mllp;

const M1: &str = "MSH|^~\\&|A\rPID|1\r";
const M2: &str = "MSH|^~\\&|B\rPID|2\r";

fn texts(file: &[u8]) -> Vec<String> {
    let members = split(file).members;
    members.iter().map(|member| String::from_utf8(member.bytes.to_vec()).unwrap()).collect()
}

#[test]
fn messages_one_after_another() {
    for between in ["", "\r", "\n", "\r\n\r\n", "\n\n  \n", "\x1C\r\x0B", "\x0B"] {
        let file = format!("{M1}{between}{M2}");
        assert_eq!(texts(file.as_bytes()), [M1, M2], "{between:?}");
        assert!(split(file.as_bytes()).problems.is_empty());
    }
    let framed = [mllp::encode(M1.as_bytes()), mllp::encode(M2.as_bytes())].concat();
    assert_eq!(texts(&framed), [M1, M2]);
    assert_eq!(texts(b""), Vec::<String>::new());
    assert_eq!(texts(b"\r\n\r\n"), Vec::<String>::new());
    assert_eq!(
        texts("\u{feff}MSH|^~\\&|A\nPID|1\n\n\nMSH|^~\\&|B\nPID|2".as_bytes()),
        ["MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|B\nPID|2"]
    );
}

#[test]
fn a_whole_file_of_batches() {
    let file = format!(
        "FHS|^~\\&|LAB|QE2\rBHS|^~\\&|LAB|QE2|||2026||||b1\\T\\^x\r{M1}{M2}BTS|2|done\rBHS|^~\\&\r{M1}BTS|1\rFTS|2\r"
    );
    let contents = split(file.as_bytes());
    assert_eq!(contents.members.len(), 3);
    assert_eq!(
        contents.members.iter().map(|member| member.batch).collect::<Vec<_>>(),
        [Some(0), Some(0), Some(1)]
    );
    assert_eq!((contents.batches[0].declared, contents.batches[0].found), (Some(2), 2));
    assert_eq!(contents.batches[0].header_field(11), "b1&");
    assert_eq!(contents.batches[0].trailer_text(), "BTS|2|done");
    let whole = contents.file.unwrap();
    assert_eq!((whole.declared, whole.found), (Some(2), 2));
    assert_eq!(whole.header_field(4), "QE2");
    assert!(contents.problems.is_empty());
}

#[test]
fn broken_wrappings_are_told_and_no_message_is_lost() {
    let cases = [
        (
            format!("BHS|^~\\&\r{M1}BTS|3\r"),
            1,
            vec![BatchProblem::CountDiffers { trailer: "BTS", declared: 3, found: 1 }],
        ),
        (format!("BHS|^~\\&\r{M1}"), 1, vec![BatchProblem::NoTrailer { header: "BHS", trailer: "BTS" }]),
        (format!("{M1}BTS|1\r"), 1, vec![BatchProblem::NoHeader { header: "BHS", trailer: "BTS" }]),
        (
            format!("BHS|^~\\&\r{M1}BTS|many\r"),
            1,
            vec![BatchProblem::CountUnreadable { trailer: "BTS", text: "many".into() }],
        ),
        (format!("BHS|^~\\&\r{M1}BTS\r"), 1, vec![]),
        (
            format!("FHS|^~\\&\r{M1}{M2}FTS|1\r"),
            2,
            vec![BatchProblem::CountDiffers { trailer: "FTS", declared: 1, found: 0 }],
        ),
        (
            format!("FHS|^~\\&\rBHS|^~\\&\r{M1}BTS|1\r"),
            1,
            vec![BatchProblem::NoTrailer { header: "FHS", trailer: "FTS" }],
        ),
        (format!("EVN|1\rPID|3\r{M1}"), 2, vec![BatchProblem::OutsideMessage { at: 0 }]),
        ("BHS|^~\\&\rBTS|0\r".to_owned(), 0, vec![]),
    ];
    for (file, members, problems) in cases {
        let contents = split(file.as_bytes());
        assert_eq!(contents.members.len(), members, "{file}");
        assert_eq!(contents.problems, problems, "{file}");
    }
    assert_eq!(texts(format!("EVN|1\rPID|3\r{M1}").as_bytes()), ["EVN|1\rPID|3\r", M1]);
}

#[test]
fn headers_and_trailers_in_frames_of_their_own_are_told_from_whole_batches() {
    for (frame, separator) in [
        ("FHS|^~\\&|LAB|HRH\rBHS|^~\\&|LAB|HRH|||||||B7\r", b'|'),
        ("BHS|^~\\&|LAB|HRH", b'|'),
        ("BTS|3\rFTS|1\r", b'|'),
        ("BTS", b'|'),
        ("BTS$3", b'$'),
        ("BTS|1\rBHS|^~\\&|LAB|HRH\r", b'|'),
    ] {
        assert!(wraps(frame.as_bytes(), separator).is_some(), "{frame}");
    }
    let long = format!("BHS|^~\\&|{}", "x".repeat(70_000));
    for (frame, separator) in [
        ("BHS|^~\\&|LAB|HRH\rBTS|0\r", b'|'),
        ("BTS$3", b'|'),
        ("BTSX|3", b'|'),
        (&format!("BHS|^~\\&\r{M1}"), b'|'),
        (M1, b'|'),
        ("", b'|'),
        (&long, b'|'),
    ] {
        assert!(wraps(frame.as_bytes(), separator).is_none(), "{frame}");
    }
    let ack = Ack::wrapping(b"BHS$^~\\&$LAB$HRH$OPOR$NS$2026$$$$B7", Outcome::Accept).build("A1", "2026");
    assert_eq!(
        String::from_utf8(ack).unwrap(),
        "MSH$^~\\&$OPOR$NS$LAB$HRH$2026$$ACK$A1$P$2.5.1\rMSA$AA$B7\r"
    );
}
