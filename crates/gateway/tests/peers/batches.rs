//! Batches whose header, messages and trailer come in frames of their own (HL7 v2.5.1 2.10.3): each line counts its own.

use crate::trial::{in_virtual_time, monotonic};
use crate::world::{BEGINNING, Folder, World};
use gateway::mllp::Intake;
use std::sync::Arc;
use store::ObligationFilter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;

const HEADERS: &str = "FHS|^~\\&|LAB|HRH|OPOR|NS\rBHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r";

fn message(number: usize) -> String {
    format!(
        "MSH|^~\\&|LAB|HRH|OPOR|NS|20261122093000-0400||ADT^A04^ADT_A01|M{number}|P|2.5.1\r\
         EVN|A04|20261122080000\rPID|1||{number}^^^HRH^MR||Testperson^Ana||197001{number:02}|F\r"
    )
}

/// Writes all frames at once and reads an answer to each.
async fn answers(line: &mut DuplexStream, frames: &[String]) -> Vec<String> {
    let all: String = frames.iter().map(|frame| format!("\x0B{frame}\x1C\r")).collect();
    line.write_all(all.as_bytes()).await.expect("the line");
    let mut said = Vec::new();
    for _ in frames {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1C\r") {
            answer.push(line.read_u8().await.expect("an answer"));
        }
        said.push(String::from_utf8(answer).expect("text"));
    }
    said
}

#[test]
fn h26_every_line_counts_its_own_batch_and_what_is_missing_is_owned() {
    in_virtual_time(async {
        let world = World::new(Folder::in_memory("batches"), &[], monotonic());
        let clock: actions::intake::Clock = Arc::new(|| BEGINNING);
        let intake = Arc::new(Intake::new(world.record.clone(), clock));
        let (stop, stopped) = watch::channel(false);
        let connect = || {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            let (intake, stop) = (Arc::clone(&intake), stopped.clone());
            tokio::spawn(async move { drop(intake.converse(&intake.door, theirs, stop).await) });
            ours
        };
        let (mut whole, mut short) = (connect(), connect());
        let headers = HEADERS.to_owned();
        let other = headers.replace("|B7", "|B8");
        // Both are open at once.
        let begun = answers(&mut whole, &[headers, message(1)]).await;
        let also = answers(&mut short, &[other, message(3)]).await;
        assert!(begun[0].contains("MSA|AA|B7\r") && also[0].contains("MSA|AA|B8\r"), "{begun:?} {also:?}");
        let trailer = "BTS|2\rFTS|1\r".to_owned();
        let said = answers(&mut whole, &[message(2), trailer.clone()]).await;
        assert!(said[1].contains("MSA|AA|B7\r") && !said[1].contains("ERR|"), "{said:?}");
        let said = answers(&mut short, &[trailer]).await;
        assert!(
            said[0].contains("MSA|AA|B8") && said[0].contains("BTS-1 says 2, the file has 1"),
            "{said:?}"
        );
        let view = world.store.view().expect("a view");
        assert_eq!(view.census(BEGINNING).expect("a census").messages.accepted, 3);
        let owed = ObligationFilter {
            open: Some(true),
            kind: Some("feed".to_owned()),
            ..ObligationFilter::default()
        };
        let owed = view.obligations(&owed, 9, 0).expect("obligations");
        assert_eq!(owed.len(), 1, "{owed:?}");
        assert!(owed[0].words.contains("B8"), "{owed:?}");
        stop.send_replace(true);
    });
}
