//! Senders of a storm: each says its messages one after the other, again and again until it has an answer, and keeps a
//! ledger of what was answered.

use super::draws::Draws;
use super::messages::Message;
use super::net::Place;
use super::turns::{Turns, locked};
use super::{Doors, Trace};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{sleep, timeout};

/// How long a sender waits for an answer.
const ANSWER: Duration = Duration::from_secs(20);

/// What became of a message, as its sender sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stands {
    /// It was never sent, or nobody answered.
    Open,
    /// AA, and what exactly was answered.
    Accepted(Vec<u8>),
    /// AR.
    Refused,
}

/// A sender.
pub(crate) struct Sender {
    /// Its link.
    pub(crate) link: &'static str,
    /// What it has to say, in this order.
    pub(crate) script: Vec<Message>,
    /// What became of each.
    pub(crate) stands: Mutex<Vec<Stands>>,
    /// What must not be: in words.
    pub(crate) broken: Mutex<Vec<String>>,
    /// What it sent although it had been answered.
    pub(crate) repeats: Mutex<u64>,
    pub(crate) place: Arc<Place>,
}

impl Sender {
    /// With its script still to be said.
    pub(crate) fn new(link: &'static str, script: Vec<Message>, place: Arc<Place>) -> Arc<Self> {
        let stands = Mutex::new(vec![Stands::Open; script.len()]);
        Arc::new(Self { link, script, stands, broken: Mutex::default(), repeats: Mutex::default(), place })
    }

    /// Whether everything has an answer.
    pub(crate) fn is_done(&self) -> bool {
        !locked(&self.stands).contains(&Stands::Open)
    }

    /// Says everything.
    pub(crate) async fn run(
        self: Arc<Self>,
        doors: Arc<Doors>,
        turns: Arc<Turns>,
        calm: u64,
        mut draws: Draws,
    ) {
        let mut line = None;
        let pace = *draws.pick(&[50, 700, 3_000]);
        for n in 0..self.script.len() {
            sleep(Duration::from_millis(draws.below(pace))).await;
            let mut pause = 1;
            while !self.say(&mut line, &doors, n, turns.now() < calm, &mut draws).await {
                sleep(Duration::from_secs(pause)).await;
                pause = (pause * 2).min(8);
            }
            // Once more, as one does who forgets: it gets the answer that it got.
            if turns.now() < calm && draws.chance(12) {
                let again = draws.below(n as u64 + 1) as usize;
                *locked(&self.repeats) += 1;
                self.say(&mut line, &doors, again, true, &mut draws).await;
            }
        }
    }

    /// Whether it has an answer that stands.
    async fn say(
        &self,
        line: &mut Option<DuplexStream>,
        doors: &Doors,
        n: usize,
        stormy: bool,
        draws: &mut Draws,
    ) -> bool {
        let message = &self.script[n];
        if line.is_none() {
            *line = doors.connect(self.link, &self.place).await.ok();
        }
        let Some(mut open) = line.take() else { return false };
        let frame = hl7v2::mllp::encode(&message.bytes);
        doors.trace.say(self.link, &format!("sends {}", message.control_id));
        let (misdeed, half) = (if stormy { draws.below(30) } else { 30 }, frame.len() / 2);
        match misdeed {
            // Gone inside the message, and before its answer.
            0 => {
                drop(open.write_all(&frame[..half]).await);
                return false;
            }
            1 => {
                drop(open.write_all(&frame).await);
                sleep(Duration::from_millis(draws.below(200))).await;
                return false;
            }
            2 => {
                drop(open.write_all(&frame[..half]).await);
                sleep(Duration::from_secs(draws.below(40))).await;
                if open.write_all(&frame[half..]).await.is_err() {
                    return false;
                }
            }
            _ => {
                if open.write_all(&frame).await.is_err() {
                    return false;
                }
            }
        }
        let answer = match timeout(ANSWER, answer(&mut open)).await {
            Ok(Some(answer)) => answer,
            _ => return false,
        };
        *line = Some(open);
        self.heard(n, answer, &doors.trace)
    }

    fn heard(&self, n: usize, answer: Vec<u8>, trace: &Trace) -> bool {
        let control_id = &self.script[n].control_id;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let break_with = |what: String| locked(&self.broken).push(format!("{}: {what}", self.link));
        let code = |code: &str| text.contains(&format!("MSA|{code}|{control_id}"));
        let mut stands = locked(&self.stands);
        let stood = &mut stands[n];
        let said = ["AA", "AE", "AR"].into_iter().find(|known| code(known)).unwrap_or("something else");
        trace.say(self.link, &format!("hears of {control_id}: {said}"));
        if code("AA") {
            match stood {
                Stands::Accepted(first) if *first != answer => {
                    break_with(format!("{control_id} was answered otherwise when it came again"));
                }
                Stands::Refused => break_with(format!("{control_id} was refused and then accepted")),
                _ => *stood = Stands::Accepted(answer),
            }
            return true;
        }
        if code("AE") {
            return false;
        }
        if code("AR") {
            if matches!(stood, Stands::Accepted(_)) {
                break_with(format!("{control_id} was accepted and then refused"));
            }
            *stood = Stands::Refused;
            return true;
        }
        break_with(format!("{control_id} was answered with: {text}"));
        false
    }
}

async fn answer(line: &mut DuplexStream) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\x1C\r") {
        answer.push(line.read_u8().await.ok()?);
    }
    Some(answer)
}
