//! Senders that misbehave (HAZARDS 2.4 D8), at the transport seam in virtual time. Each keeps a ledger of what was
//! acknowledged, by which it is judged what is in the journal.

use crate::simulated::draw;
use crate::trial::{in_virtual_time, monotonic};
use crate::world::{BEGINNING, Folder, World};
use gateway::mllp::Intake;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// Messages of each sender; HAZARDS 2.4 asks for 500 of each on every commit.
const MESSAGES: usize = 500;
/// Repeats in one burst.
const BURST: usize = 8;
/// Largest frame taken in these trials.
const FRAME_LIMIT: usize = 16 << 10;

/// What a sender does with a message before it sends it as one should.
#[derive(Debug, Clone, Copy)]
enum Misdeed {
    Nothing,
    SilentInside,
    GoneInside,
    ByteASecond,
    GoneBeforeTheAnswer,
    NeverReads,
    BurstOfRepeats,
    NoEndBlock,
    TooLarge,
    IdReused,
    GarbageBefore,
    Split,
    TwoInOneWrite,
    StartAgainInside,
}

const MISDEEDS: [Misdeed; 14] = [
    Misdeed::Nothing,
    Misdeed::SilentInside,
    Misdeed::GoneInside,
    Misdeed::ByteASecond,
    Misdeed::GoneBeforeTheAnswer,
    Misdeed::NeverReads,
    Misdeed::BurstOfRepeats,
    Misdeed::NoEndBlock,
    Misdeed::TooLarge,
    Misdeed::IdReused,
    Misdeed::GarbageBefore,
    Misdeed::Split,
    Misdeed::TwoInOneWrite,
    Misdeed::StartAgainInside,
];

struct Sender {
    intake: Arc<Intake>,
    stop: watch::Receiver<bool>,
    name: String,
    misdeed: Misdeed,
    /// Distinct messages that must be in the journal.
    owed: BTreeSet<Vec<u8>>,
    /// Distinct messages that may be there: the sender was gone before it heard.
    possible: BTreeSet<Vec<u8>>,
}

fn framed(message: &[u8]) -> Vec<u8> {
    [b"\x0B", message, b"\x1C\r"].concat()
}

impl Sender {
    fn message(&self, number: usize, text: &str) -> Vec<u8> {
        format!(
            "MSH|^~\\&|{name}|SITE|OPOR|NS|20261122093000-0400||ORU^R01^ORU_R01|{name}-{number}|P|2.5.1\r\
             PID|1||{patient}^^^{name}^MR||Testperson^Ana||19700101|F\rOBR|1||F{number}|2160-0^Creatinine^LN\r\
             NTE|1||{text}\r",
            name = self.name,
            patient = number % 7
        )
        .into_bytes()
    }

    fn connect(&self) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(8 << 10);
        let (intake, stop) = (Arc::clone(&self.intake), self.stop.clone());
        tokio::spawn(async move { drop(intake.converse(&intake.door, theirs, stop).await) });
        ours
    }

    /// The answer to `id`, which must be the next one, or nothing when the line ended.
    async fn answer(&self, line: &mut DuplexStream, id: &str) -> Option<String> {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x1C\r") {
            match line.read_u8().await {
                Ok(byte) => answer.push(byte),
                Err(_) => return None,
            }
        }
        let answer = String::from_utf8(answer).expect("text");
        assert!(
            answer.contains(&format!("|{id}\r")) || answer.contains(&format!("|{id}|")),
            "{id}: {answer}"
        );
        Some(answer)
    }

    async fn send(&mut self, line: &mut DuplexStream, number: usize) {
        let message = self.message(number, "as it should be");
        let id = format!("{}-{number}", self.name);
        line.write_all(&framed(&message)).await.expect("the line");
        let answer = self.answer(line, &id).await.expect("an answer");
        assert!(answer.contains("MSA|AA|"), "{answer}");
        self.owed.insert(message);
    }

    async fn run(mut self) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
        let mut line = self.connect();
        for number in 0..MESSAGES {
            if draw(3, &self.name, number as u64).is_multiple_of(4)
                && !self.misbehave(&mut line, number).await
            {
                line = self.connect();
            }
            self.send(&mut line, number).await;
        }
        (self.owed, self.possible)
    }

    /// False when the line is of no more use.
    async fn misbehave(&mut self, line: &mut DuplexStream, number: usize) -> bool {
        let id = format!("{}-{number}", self.name);
        let message = self.message(number, "as it should be");
        let frame = framed(&message);
        let half = frame.len() / 2;
        // What is cut off or too much is nobody's message; whether the line lives on is the product's business.
        match self.misdeed {
            Misdeed::Nothing => return true,
            Misdeed::SilentInside => {
                drop(line.write_all(&frame[..half]).await);
                sleep(Duration::from_secs(70)).await;
                assert!(self.answer(line, &id).await.is_none(), "half a message is answered by nobody");
            }
            Misdeed::GoneInside => drop(line.write_all(&frame[..half]).await),
            Misdeed::ByteASecond => {
                for byte in &frame[..frame.len().min(310)] {
                    if line.write_all(&[*byte]).await.is_err() {
                        break;
                    }
                    sleep(Duration::from_secs(1)).await;
                }
                return false;
            }
            Misdeed::GoneBeforeTheAnswer => {
                drop(line.write_all(&frame).await);
                self.possible.insert(message);
            }
            Misdeed::NeverReads => {
                drop(line.write_all(&frame).await);
                sleep(Duration::from_secs(40)).await;
                self.possible.insert(message);
            }
            Misdeed::BurstOfRepeats => {
                drop(line.write_all(&frame.repeat(BURST)).await);
                let first = self.answer(line, &id).await;
                for _ in 1..BURST {
                    assert!(
                        first.is_some() && self.answer(line, &id).await == first,
                        "a repeat gets the first answer"
                    );
                }
                self.owed.insert(message);
                return true;
            }
            Misdeed::NoEndBlock => {
                // Of words of its own, owed to nobody and not possible: it is not kept.
                let unended = framed(&self.message(number, "what nobody ended"));
                drop(line.write_all(&unended[..unended.len() - 2]).await);
            }
            Misdeed::TooLarge => {
                let large = framed(&self.message(number, &"x".repeat(FRAME_LIMIT)));
                drop(line.write_all(&large).await);
                let answer = self.answer(line, &id).await;
                assert!(answer.is_none_or(|answer| answer.contains("MSA|AR|")), "over the limit");
            }
            Misdeed::IdReused => {
                let other = self.message(number, "something else under the same control id");
                drop(line.write_all(&framed(&other)).await);
                assert!(self.answer(line, &id).await.is_some_and(|answer| answer.contains("MSA|AA|")));
                self.owed.insert(other);
                return true;
            }
            Misdeed::GarbageBefore => {
                drop(line.write_all(b"GET / HTTP/1.1\r\n\r\n").await);
                sleep(Duration::from_secs(1)).await;
                return false;
            }
            Misdeed::Split => {
                let mut rest = frame.as_slice();
                while !rest.is_empty() {
                    let piece = 1 + draw(5, &id, rest.len() as u64) as usize % rest.len();
                    drop(line.write_all(&rest[..piece]).await);
                    rest = &rest[piece..];
                    sleep(Duration::from_millis(3)).await;
                }
                assert!(self.answer(line, &id).await.is_some_and(|answer| answer.contains("MSA|AA|")));
                self.owed.insert(message);
                return true;
            }
            Misdeed::TwoInOneWrite => {
                let next = self.message(number + MESSAGES, "the next in the same segment");
                drop(line.write_all(&[frame, framed(&next)].concat()).await);
                let next_id = format!("{}-{}", self.name, number + MESSAGES);
                assert!(
                    self.answer(line, &id).await.is_some() && self.answer(line, &next_id).await.is_some()
                );
                self.owed.extend([message, next]);
                return true;
            }
            Misdeed::StartAgainInside => {
                // The beginning of a frame that never ends, and a whole one on a line of its own.
                drop(line.write_all(&frame[..half]).await);
                sleep(Duration::from_secs(61)).await;
            }
        }
        false
    }
}

#[test]
fn d08_fourteen_ways_to_send_badly_keep_what_was_acknowledged_once_and_mix_nothing() {
    in_virtual_time(async {
        let world = World::new(Folder::in_memory("senders"), &[], monotonic());
        let clock: actions::intake::Clock = Arc::new(|| BEGINNING);
        let intake = Intake { frame_limit_bytes: FRAME_LIMIT, ..Intake::new(world.record.clone(), clock) };
        let intake = Arc::new(intake);
        let (stop, stopped) = watch::channel(false);
        let senders = MISDEEDS.map(|misdeed| {
            let sender = Sender {
                intake: Arc::clone(&intake),
                stop: stopped.clone(),
                name: format!("{misdeed:?}"),
                misdeed,
                owed: BTreeSet::new(),
                possible: BTreeSet::new(),
            };
            tokio::spawn(sender.run())
        });
        let (mut owed, mut possible) = (BTreeSet::new(), BTreeSet::new());
        for sender in senders {
            let (sent, perhaps) = sender.await.expect("a sender");
            owed.extend(sent);
            possible.extend(perhaps);
        }
        stop.send_replace(true);
        assert!(owed.is_superset(&possible), "what nobody heard of was sent again");
        let accepted = world.store.view().unwrap().census(BEGINNING).unwrap().messages.accepted;
        assert_eq!(accepted, owed.len() as u64, "kept once each, and nothing else");
    });
}
