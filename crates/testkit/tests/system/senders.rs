//! Senders that misbehave, on real sockets against the real binary (HAZARDS 2.4 D8), all at once. The full sizes, and what
//! takes minutes, run at the transport seam in virtual time (crates/gateway/tests/peers). Each keeps a ledger of its own.

use crate::load::assert_chart;
use crate::messages::{Person, Result, mark};
use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use testkit::harness::Setup;
use testkit::ledger::{SenderLedger, judge};
use testkit::mllp::{Behaviour, Client, PATIENCE, frame, verdict};

/// Messages of each sender; one in three is first sent badly.
const MESSAGES: usize = 30;
const ONE_IN: usize = 3;
/// Patients of each sender, in turn, so that what is cut off is another's than what comes next.
const PATIENTS: usize = 3;
/// Repeats in one burst.
const BURST: usize = 10;
/// Largest frame that is taken here.
const FRAME_LIMIT_BYTES: usize = 64 << 10;

/// What a sender does with a message before it sends it as one should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Misdeed {
    /// Ends in the middle of a frame.
    GoneInside,
    /// Resets the line in the middle of a frame, with the answer to the one before it unread.
    ResetInside,
    /// Stays silent in the middle of a frame, as behind a network that went away, until the end of the test.
    SilentInside,
    /// Is gone before the answer.
    GoneBeforeTheAnswer,
    /// Never reads, and stays.
    NeverReads,
    /// The same ten times in one write.
    Burst,
    /// No end block, then gone.
    NoEndBlock,
    /// A whole message after one without an end block, on the same line.
    StartAgainInside,
    /// More than is taken.
    TooLarge,
    /// Other content under the same control id.
    IdReused,
    /// Something else than HL7 before it.
    GarbageBefore,
    /// A byte at a time.
    ByteAtATime,
    /// This one and the next in one write, cut where no message ends.
    Merged,
    /// Nothing: it must not suffer from the others.
    Nothing,
}

const MISDEEDS: [Misdeed; 14] = [
    Misdeed::GoneInside,
    Misdeed::ResetInside,
    Misdeed::SilentInside,
    Misdeed::GoneBeforeTheAnswer,
    Misdeed::NeverReads,
    Misdeed::Burst,
    Misdeed::NoEndBlock,
    Misdeed::StartAgainInside,
    Misdeed::TooLarge,
    Misdeed::IdReused,
    Misdeed::GarbageBefore,
    Misdeed::ByteAtATime,
    Misdeed::Merged,
    Misdeed::Nothing,
];

struct Sender<'l> {
    misdeed: Misdeed,
    facility: String,
    people: Vec<Person>,
    orderer: String,
    to: SocketAddr,
    ledger: &'l SenderLedger,
    /// Orders of each patient that must be in the chart.
    due: BTreeMap<usize, HashSet<String>>,
    /// Lines on which nobody says anything any more.
    left: Vec<TcpStream>,
}

impl Sender<'_> {
    /// Message `number`; `which` tells two with the same control id apart.
    fn message(&self, number: usize, which: &str) -> Vec<u8> {
        let mark = format!("{}-{number:03}{which}", self.facility);
        let person = &self.people[number % PATIENTS];
        let mut result = Result::new(&self.facility, person, mark, self.orderer.clone());
        result.control_id = format!("{}-{number:03}", self.facility);
        result.bytes()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.to).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn offer(&self, number: usize, bytes: &[u8]) {
        self.ledger.offer(&mark(bytes), &format!("{}/{}", self.facility, number % PATIENTS));
    }

    /// The answer to a message, which must be the next one and take it.
    fn taken(&mut self, line: &mut Client, number: usize, bytes: &[u8]) {
        let answer = line.answer().unwrap().expect("an answer");
        let expected = ("AA".to_owned(), format!("{}-{number:03}", self.facility));
        assert_eq!(verdict(&answer), expected, "{:?}", self.misdeed);
        assert_eq!(self.ledger.answer(&mark(bytes), "AA"), None);
        self.due.entry(number % PATIENTS).or_default().insert(mark(bytes));
    }

    fn run(&mut self) {
        let mut line = Client::connect(self.to).unwrap();
        for number in 0..MESSAGES {
            if number.is_multiple_of(ONE_IN) {
                self.misbehave(&mut line, number);
            }
            let bytes = self.message(number, "");
            self.offer(number, &bytes);
            line.write(&frame(&bytes)).unwrap();
            self.taken(&mut line, number, &bytes);
        }
    }

    fn misbehave(&mut self, line: &mut Client, number: usize) {
        let bytes = self.message(number, "");
        let whole = frame(&bytes);
        let half = whole.len() / 2;
        match self.misdeed {
            Misdeed::Nothing => {}
            Misdeed::GoneInside => self.connect().write_all(&whole[..half]).unwrap(),
            Misdeed::ResetInside => {
                self.offer(number, &bytes);
                let mut stream = self.connect();
                stream.write_all(&[whole.as_slice(), &whole[..half]].concat()).unwrap();
                // With the answer there and unread, closing sends RST and no FIN.
                assert_eq!(stream.peek(&mut [0]).unwrap(), 1);
            }
            Misdeed::SilentInside => {
                let mut stream = self.connect();
                stream.write_all(&whole[..half]).unwrap();
                self.left.push(stream);
            }
            Misdeed::GoneBeforeTheAnswer => {
                self.offer(number, &bytes);
                self.connect().write_all(&whole).unwrap();
            }
            Misdeed::NeverReads => {
                self.offer(number, &bytes);
                let mut stream = self.connect();
                (0..BURST).for_each(|_| stream.write_all(&whole).unwrap());
                self.left.push(stream);
            }
            Misdeed::Burst => {
                self.offer(number, &bytes);
                line.write(&whole.repeat(BURST)).unwrap();
                let answers: HashSet<Vec<u8>> =
                    (0..BURST).map(|_| line.answer().unwrap().expect("an answer")).collect();
                assert_eq!(answers.len(), 1, "a repeat gets the first answer");
            }
            Misdeed::NoEndBlock => {
                // Of words of its own and never offered: a clinic that gets it was sent what nobody ended.
                let unended = frame(&self.message(number, "u"));
                self.connect().write_all(&unended[..unended.len() - 2]).unwrap();
            }
            Misdeed::StartAgainInside => {
                let mut stream = self.connect();
                // Whichever of both is answered, it is not taken as one message with the parts of two.
                stream.write_all(&[&whole[..half], &whole].concat()).unwrap();
                let mut first = [0; 4096];
                let length = stream.read(&mut first).unwrap_or(0);
                let (code, id) = verdict(&first[1.min(length)..length]);
                let is_ours = code == "AA" && id == format!("{}-{number:03}", self.facility);
                assert!(is_ours || code != "AA", "{code} {id}");
                self.offer(number, &bytes);
            }
            Misdeed::TooLarge => {
                let mut stream = self.connect();
                let large = [&bytes[..bytes.len() - 1], &vec![b'x'; FRAME_LIMIT_BYTES]].concat();
                // It hangs up on the way, or answers; both say no.
                drop(stream.write_all(&frame(&large)));
                let mut answer = Vec::new();
                drop(stream.read_to_end(&mut answer));
                assert!(!String::from_utf8_lossy(&answer).contains("MSA|AA|"), "over the limit");
            }
            Misdeed::IdReused => {
                let other = self.message(number, "x");
                self.offer(number, &other);
                line.write(&frame(&other)).unwrap();
                self.taken(line, number, &other);
            }
            Misdeed::GarbageBefore => {
                self.connect().write_all(b"GET / HTTP/1.1\r\nHost: opor\r\n\r\n").unwrap();
            }
            Misdeed::ByteAtATime => {
                self.offer(number, &bytes);
                line.write_in_pieces(&whole, 1).unwrap();
                self.taken(line, number, &bytes);
            }
            Misdeed::Merged => {
                let (next, two) = (number + MESSAGES, self.message(number + MESSAGES, ""));
                self.offer(number, &bytes);
                self.offer(next, &two);
                let both = [whole, frame(&two)].concat();
                line.write(&both[..half]).unwrap();
                line.write(&both[half..both.len() - half]).unwrap();
                line.write(&both[both.len() - half..]).unwrap();
                self.taken(line, number, &bytes);
                self.taken(line, next, &two);
            }
        }
    }
}

#[test]
fn d08_fourteen_ways_to_send_badly_on_real_sockets_lose_double_and_mix_nothing() {
    let mut harness = Setup::new("senders")
        .clinic("alder", |_, _| Behaviour::Accept)
        .setting(&format!("frame_limit_bytes = {FRAME_LIMIT_BYTES}"))
        .start();
    // The harness does not see what is sent here; the ledger does.
    harness.others_send();
    let (orderer, to, ledger) = (harness.provider("alder"), harness.server().mllp, SenderLedger::default());
    let mut senders: Vec<Sender<'_>> = MISDEEDS
        .iter()
        .enumerate()
        .map(|(n, misdeed)| {
            let facility = format!("S{n:02}");
            let people = (0..PATIENTS).map(|k| Person::new(&facility, 3_000 + n * PATIENTS + k)).collect();
            let (orderer, ledger) = (orderer.clone(), &ledger);
            let (due, left) = (BTreeMap::new(), Vec::new());
            Sender { misdeed: *misdeed, facility, people, orderer, to, ledger, due, left }
        })
        .collect();
    std::thread::scope(|scope| senders.iter_mut().for_each(|sender| drop(scope.spawn(move || sender.run()))));
    let sent = ledger.sent();
    assert!(sent.iter().all(|row| row.is_accepted()), "{:?}", ledger.unanswered());
    let books = harness.drained();
    assert_eq!((books.accepted, books.filed), (sent.len() as u64, sent.len() as u64), "{books:?}");
    let verdict = judge(&sent, &harness.clinic("alder").arrivals(mark), |_| true);
    assert!(verdict.is_clean(), "{verdict:#?}");
    for sender in &senders {
        for (patient, due) in &sender.due {
            assert_chart(&harness, &sender.people[*patient], due);
        }
    }
    assert!(harness.is_alive());
}
