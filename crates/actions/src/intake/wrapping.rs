//! A file or batch whose header, messages and trailer come in frames of their own (HL7 v2.5.1 2.10.3 has them in one; some
//! senders write a frame for each): what one connection has of it, so that the totals of its trailer are counted. From
//! its header on somebody owns that it ends: the machine for a quarter of an hour, then the interface desk.

use super::accept::{Answer, Door, day, hl7_time, not_kept};
use super::batches::{NUMBER_CHARS, known_by, odd, says};
use super::filing::ACTOR;
use crate::obligations::{self, About};
use crate::recall::resolved;
use crate::record::Record;
use clinical::words::Words;
use fhir::Instant;
use hl7v2::ack::{Ack, AckError, ErrorCode, Outcome, Severity};
use hl7v2::batch::{BatchProblem, Contents, Envelope, wraps};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Changes, Link, ObligationChange, ObligationId, ObligationState, Requirement, Settled, TryAgain};

/// Field separator of a trailer whose header nobody has seen.
const SEPARATOR: u8 = b'|';
/// Times that an end is written where its clock was faster.
const TIMES: usize = 3;

/// What one connection has of a file or batch whose messages come in frames of their own.
#[derive(Debug, Default)]
pub struct Line {
    open: Option<Open>,
}

/// What connections have open, by its obligation.
pub(crate) type Claims = Arc<Mutex<BTreeSet<ObligationId>>>;

/// One of them, until its connection is gone or it has ended.
#[derive(Debug)]
struct Claim {
    owed: ObligationId,
    claims: Claims,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.owed);
    }
}

/// A file or batch that has begun and has not ended.
#[derive(Debug, Clone)]
struct Open {
    /// The obligation that it ends; no other connection has it meanwhile.
    claim: Arc<Claim>,
    link: Link,
    /// Its header, as it came; of a file with batches the latest of theirs.
    header: Vec<u8>,
    separator: u8,
    /// By which number people know it.
    number: String,
    /// Batches of the file until now; `None` outside a file.
    file: Option<usize>,
    /// The batch under way.
    batch: Option<Counted>,
    /// Of all its batches.
    all: Counted,
    /// The latest answer: a repeat gets it again.
    last: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    came: usize,
    taken: usize,
}

/// What a frame of headers and trailers does.
#[derive(Debug, Default)]
struct Step {
    open: Option<Open>,
    /// It began here and is to be owned.
    begun: bool,
    odd: Vec<BatchProblem>,
    /// It was about something that is open, or opened it.
    meant: bool,
}

impl Line {
    /// Whether a frame holds headers and trailers alone, of a batch whose messages come in frames of their own. It is for
    /// [`Record::wrap`] then; everything else is for [`Record::accept`].
    #[must_use]
    pub fn wraps(&self, bytes: &[u8]) -> bool {
        wraps(bytes, self.separator()).is_some()
    }

    fn separator(&self) -> u8 {
        self.open.as_ref().map_or(SEPARATOR, |open| open.separator)
    }

    /// A message came and was answered so. One that is to be sent again counts when it comes again, a repeat not at all.
    pub fn message(&mut self, answer: &Answer) {
        let (Some(open), Some(bytes)) = (&mut self.open, &answer.bytes) else { return };
        if says(answer, Outcome::Error) || open.last == *bytes {
            return;
        }
        bytes.clone_into(&mut open.last);
        let taken = usize::from(says(answer, Outcome::Accept));
        for counted in open.batch.iter_mut().chain([&mut open.all]) {
            counted.came += 1;
            counted.taken += taken;
        }
    }

    /// Whole batches came in a frame of their own and were answered so. What is to be sent again counts when it comes again.
    pub fn batches(&mut self, bytes: &[u8], answer: &Answer) {
        if answer.bytes.is_none() || says(answer, Outcome::Error) {
            return;
        }
        if let Some(found) = self.open.as_mut().and_then(|open| open.file.as_mut()) {
            *found += hl7v2::batch::split(bytes).batches.len();
        }
    }
}

impl Record {
    /// Takes a frame of headers and trailers ([`Line::wraps`]) and answers it once what it changes is synced. A header
    /// opens an obligation, the trailer ends it; totals that are not what came are told to the feed's owner, and to the
    /// sender in the answer. Waits for the writer: never call it in the writer's thread, nor where others wait for the
    /// thread.
    pub fn wrap(
        &self,
        door: &Door,
        line: &mut Line,
        bytes: &[u8],
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let contents = wraps(bytes, line.separator()).unwrap_or_default();
        let header = last_header(&contents).map(<[u8]>::to_vec);
        let header =
            header.or_else(|| line.open.as_ref().map(|open| open.header.clone())).unwrap_or_default();
        let answer = |outcome| Ack::wrapping(&header, outcome);
        let said = |ack: Ack| Answer::of(ack.build(&format!("W{:x}", now.0), &hl7_time(now)));
        let again = |why: &str| Answer::of(not_kept(answer(Outcome::Error), why, now));
        if let Some(words) = door.unbound() {
            let ack = answer(Outcome::Reject).error(error(Severity::Error, words.en.clone()));
            return self.write_refusal(door, ack, words.en, bytes, false, now, reply);
        }
        if let Some(reason) = self.room().refuses() {
            return reply(again(&reason));
        }
        let step = match self.step(door, line, &contents, bytes, now) {
            Ok(step) => step,
            Err(reason) => return reply(again(&reason.to_string())),
        };
        let odd = odd(&step.odd);
        if !step.meant {
            let why = odd.map_or_else(String::new, |words| words.en);
            let why = format!(
                "{why}: its header came on another connection or never; send the batch again from its header"
            );
            let ack = answer(Outcome::Reject).error(error(Severity::Error, why.clone()));
            return self.write_refusal(door, ack, why, bytes, false, now, reply);
        }
        if let Err(reason) = self.settle_step(&step, odd.as_ref(), bytes, now) {
            return reply(again(&reason));
        }
        line.open = step.open.filter(|open| open.file.is_some() || open.batch.is_some());
        reply(said(match odd {
            Some(words) => answer(Outcome::Accept).error(error(Severity::Warning, words.en)),
            None => answer(Outcome::Accept),
        }));
    }

    /// What a frame makes of what is open; nothing is changed yet.
    fn step(
        &self,
        door: &Door,
        line: &Line,
        contents: &Contents<'_>,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Step, TryAgain> {
        let mut step = Step { open: line.open.clone(), meant: line.open.is_some(), ..Step::default() };
        let unreadable = |one: &&BatchProblem| matches!(one, BatchProblem::CountUnreadable { .. });
        step.odd.extend(contents.problems.iter().filter(unreadable).cloned());
        if let Some(file) = contents.file.as_ref().filter(|file| file.header.is_some()) {
            // What was open before it and has no trailer stays owned.
            let own = step.open.as_ref();
            step.begin(self.begin((door, own), contents, file.header, bytes, now)?);
            step.file(Some(0));
        }
        for batch in &contents.batches {
            match (batch.header, batch.trailer) {
                (Some(header), None) => {
                    let is_in_file = step.open.as_ref().is_some_and(|open| open.file.is_some());
                    if !is_in_file {
                        let own = step.open.as_ref();
                        step.begin(self.begin((door, own), contents, Some(header), bytes, now)?);
                    }
                    step.batch_begins(header, &number(batch));
                }
                (Some(_), Some(_)) => step.batch_ends(batch.declared, Some(Counted::default())),
                (None, _) => {
                    let counted = step.open.as_mut().and_then(|open| open.batch.take());
                    step.batch_ends(batch.declared, counted);
                }
            }
        }
        if let Some(file) = contents.file.as_ref().filter(|file| file.trailer.is_some()) {
            step.file_ends(file.declared);
        }
        Ok(step)
    }

    /// A file or batch that begins with this frame, and whether nobody owns it yet.
    fn begin(
        &self,
        (door, own): (&Door, Option<&Open>),
        contents: &Contents<'_>,
        header: Option<&[u8]>,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(Open, bool), TryAgain> {
        let envelope = contents.file.iter().chain(&contents.batches).find(|one| one.header == header);
        let says = |n: usize| envelope.map(|one| one.header_field(n).into_owned()).unwrap_or_default();
        let link = self.link_by(door, &says(3), &says(4))?;
        let digest = known_by(bytes);
        let (claim, is_owed) = self.claim(own, (&link.name, &digest), now)?;
        let header = header.unwrap_or_default().to_vec();
        let separator = header.get(3).copied().unwrap_or(SEPARATOR);
        let number = match contents.control_id() {
            number if number.is_empty() => digest,
            number => number.chars().take(NUMBER_CHARS).collect(),
        };
        let (batch, all, last) = (None, Counted::default(), Vec::new());
        Ok((Open { claim, link, header, separator, number, file: None, batch, all, last }, !is_owed))
    }

    /// What a batch that begins is owed as, for this connection alone, and whether it is owed already. What this connection
    /// has (`own`) or one that is gone left open is taken up; while another connection has it, this batch is a second one
    /// of the same header and is owed by itself.
    fn claim(
        &self,
        own: Option<&Open>,
        (link, digest): (&str, &str),
        now: Instant,
    ) -> Result<(Arc<Claim>, bool), TryAgain> {
        let mut beside = 0_usize;
        loop {
            let which = if beside == 0 { digest.to_owned() } else { format!("{digest}~{beside}") };
            let key = [link, "wrapping", which.as_str(), &day(now)];
            let (owed, is_owed) = self.told_as(&key)?;
            if let Some(own) = own.filter(|own| own.claim.owed == owed) {
                return Ok((Arc::clone(&own.claim), is_owed));
            }
            let claims = self.claims();
            if !claims.lock().unwrap_or_else(PoisonError::into_inner).insert(owed) {
                beside += 1;
                continue;
            }
            let claim = Arc::new(Claim { owed, claims: Arc::clone(claims) });
            // Whoever had it may have ended it just before.
            if self.told_as(&key)? == (owed, is_owed) {
                return Ok((claim, is_owed));
            }
        }
    }

    /// Writes what a frame changes: who owns its end, that it has ended, what its totals say that is not so.
    fn settle_step(
        &self,
        step: &Step,
        odd: Option<&Words>,
        bytes: &[u8],
        now: Instant,
    ) -> Result<(), String> {
        let Some(open) = &step.open else { return Ok(()) };
        let about = About { custodian: open.link.custodian.clone(), ..About::default() };
        let mut opened = Vec::new();
        let mut open_one = |id: ObligationId, owed: &clinical::obligations::Obligation| {
            let row = obligations::row(id, owed, &about, now);
            let first = obligations::opened(&row, ACTOR);
            opened.extend([ObligationChange::Open(row), ObligationChange::Event(first)]);
        };
        if step.begun {
            open_one(
                open.claim.owed,
                &clinical::obligations::batch_begun(&open.link.name, &open.number, now),
            );
        }
        if let Some(said) = odd {
            let digest = known_by(&[open.header.as_slice(), bytes].concat());
            if let Some(id) = self.to_be_told(&[&open.link.name, "batch", &digest, &day(now)]) {
                let of = (open.all.taken, open.all.came);
                let told = clinical::obligations::batch_totals(&open.link.name, &open.number, said, of, now);
                open_one(id, &told);
            }
        }
        let has_ended = open.file.is_none() && open.batch.is_none();
        for _ in 0..TIMES {
            let mut changes = Changes { obligations: opened.clone(), ..Changes::default() };
            if step.begun {
                changes.requires.push(Requirement::ObligationRevisionIs(open.claim.owed, 0));
            }
            if has_ended {
                self.end(open, odd.is_none(), &mut changes, now)?;
            }
            match self.store().settle_blocking(changes) {
                Settled::Done => return Ok(()),
                // Its clock was faster.
                Settled::Stale(_) => {}
                Settled::Malformed(why) => return Err(why),
                Settled::TryAgain(why) => return Err(why.to_string()),
            }
        }
        Err("others were faster; send it again".to_owned())
    }

    /// The batch has ended.
    fn end(&self, open: &Open, agrees: bool, changes: &mut Changes, now: Instant) -> Result<(), String> {
        let view = self.store().view().map_err(|why| why.to_string())?;
        let row = view.obligation(open.claim.owed).map_err(|why| why.to_string())?;
        let Some(row) = row.filter(|row| matches!(row.state, ObligationState::Open { .. })) else {
            return Ok(());
        };
        let (came, taken) = (open.all.came, open.all.taken);
        let how = if agrees {
            Words::new(
                format!("Its trailer came and agrees. Messages that came: {came}, taken: {taken}."),
                format!("Sa fin est arrivée et concorde. Messages arrivés : {came}, pris : {taken}."),
            )
        } else {
            Words::new(
                format!(
                    "Its trailer came and says otherwise, which is told apart. Messages that came: {came}, taken: {taken}."
                ),
                format!(
                    "Sa fin est arrivée et dit autre chose, ce qui est signalé à part. Messages arrivés : {came}, pris : {taken}."
                ),
            )
        };
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.extend(resolved(&row, ACTOR, &how, now));
        Ok(())
    }
}

impl Step {
    fn begin(&mut self, (open, begun): (Open, bool)) {
        (self.open, self.begun, self.meant) = (Some(open), begun, true);
    }

    fn file(&mut self, batches: Option<usize>) {
        if let Some(open) = &mut self.open {
            open.file = batches;
        }
    }

    fn batch_begins(&mut self, header: &[u8], number: &str) {
        let Some(open) = &mut self.open else { return };
        if open.batch.replace(Counted::default()).is_some() {
            self.odd.push(BatchProblem::NoTrailer { header: "BHS", trailer: "BTS" });
        }
        header.clone_into(&mut open.header);
        if !number.is_empty() {
            number.clone_into(&mut open.number);
        }
    }

    fn batch_ends(&mut self, declared: Option<usize>, counted: Option<Counted>) {
        let Some(Counted { came: found, .. }) = counted else {
            self.odd.push(BatchProblem::NoHeader { header: "BHS", trailer: "BTS" });
            return;
        };
        if let Some(declared) = declared.filter(|declared| *declared != found) {
            self.odd.push(BatchProblem::CountDiffers { trailer: "BTS", declared, found });
        }
        if let Some(batches) = self.open.as_mut().and_then(|open| open.file.as_mut()) {
            *batches += 1;
        }
    }

    fn file_ends(&mut self, declared: Option<usize>) {
        let Some(open) = &mut self.open else {
            self.odd.push(BatchProblem::NoHeader { header: "FHS", trailer: "FTS" });
            return;
        };
        if open.batch.take().is_some() {
            self.odd.push(BatchProblem::NoTrailer { header: "BHS", trailer: "BTS" });
        }
        let Some(found) = open.file.take() else {
            self.odd.push(BatchProblem::NoHeader { header: "FHS", trailer: "FTS" });
            return;
        };
        if let Some(declared) = declared.filter(|declared| *declared != found) {
            self.odd.push(BatchProblem::CountDiffers { trailer: "FTS", declared, found });
        }
    }
}

/// The header that the messages after a frame stand under.
fn last_header<'b>(contents: &Contents<'b>) -> Option<&'b [u8]> {
    let batch = contents.batches.iter().rev().find_map(|batch| batch.header);
    batch.or_else(|| contents.file.as_ref().and_then(|file| file.header))
}

/// BHS-11, as it is shown.
fn number(batch: &Envelope<'_>) -> String {
    batch.header_field(11).chars().take(NUMBER_CHARS).collect()
}

/// What is said of a frame that is taken or is not.
fn error(severity: Severity, message: String) -> AckError {
    AckError { location: None, code: ErrorCode::SegmentSequence, severity, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;
    use std::sync::mpsc;
    use store::{ObligationFilter, ObligationRow};

    const HEADERS: &str = "FHS|^~\\&|LAB|HRH|OPOR|NS\rBHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r";

    fn admission(n: usize) -> String {
        format!(
            "MSH|^~\\&|LAB|HRH|OPOR|NS|20261122||ADT^A04^ADT_A01|M{n}|P|2.5.1\rEVN|A04|20261121080000\rPID|1||{n}^^^HRH^MR||Marram^Ivo^^^^^L||197001{:02}|M\r",
            n + 1
        )
    }

    /// One connection, as the machines' door leads it.
    struct Connection<'w> {
        world: &'w World,
        line: Line,
    }

    impl Connection<'_> {
        fn say(&mut self, door: &Door, frame: &str) -> String {
            let (send, receive) = mpsc::channel();
            let reply = move |answer| drop(send.send(answer));
            let (record, now) = (&self.world.record, self.world.clock);
            let wraps = self.line.wraps(frame.as_bytes());
            if wraps {
                record.wrap(door, &mut self.line, frame.as_bytes(), now, reply);
            } else {
                record.accept(door, frame.as_bytes().to_vec(), now, reply);
            }
            let answer = receive.recv().expect("an answer");
            if !wraps {
                self.line.message(&answer);
            }
            String::from_utf8(answer.bytes.expect("bytes")).expect("text")
        }

        fn says(&mut self, frames: &[&str]) -> Vec<String> {
            frames.iter().map(|frame| self.say(&Door::BySender, frame)).collect()
        }
    }

    fn on(world: &World) -> Connection<'_> {
        Connection { world, line: Line::default() }
    }

    fn owed(world: &World) -> Vec<ObligationRow> {
        let filter = ObligationFilter {
            open: Some(true),
            kind: Some(clinical::obligations::ObligationKind::FeedReport.code().to_owned()),
            ..ObligationFilter::default()
        };
        world.record.store().view().expect("a view").obligations(&filter, 10, 0).expect("rows")
    }

    #[test]
    fn h26_a_batch_over_several_frames_is_counted_and_ends_what_was_owed() {
        let world = World::new("wrap-whole");
        let mut one = on(&world);
        let said = one.says(&[HEADERS, &admission(1)]);
        assert!(said[0].contains("\rMSA|AA|B7\r") && said[0].contains("|OPOR|NS|LAB|HRH|"), "{}", said[0]);
        let begun = owed(&world);
        assert_eq!(begun.len(), 1, "{begun:?}");
        let ObligationState::Open { owner, due, then, .. } = &begun[0].state else { panic!("{begun:?}") };
        assert_eq!((owner.as_str(), then.as_str()), ("machine:batch", "desk:interface"));
        assert_eq!(*due, world.clock.plus_minutes(15));
        // A repeat is one message.
        let said = one.says(&[&admission(1), &admission(2), "BTS|2\rFTS|1\r"]);
        assert!(said[2].contains("\rMSA|AA|B7\r") && !said[2].contains("ERR|"), "{}", said[2]);
        assert!(owed(&world).is_empty(), "{:?}", owed(&world));
    }

    #[test]
    fn h26_a_message_missing_from_frames_of_a_batch_is_owned_and_told() {
        let world = World::new("wrap-short");
        let one = admission(1);
        for _ in 0..2 {
            let said = on(&world).says(&[HEADERS, &one, "BTS|2\r", "FTS|2\r"]);
            assert!(
                said[2].contains("\rMSA|AA|B7") && said[2].contains("BTS-1 says 2, the file has 1"),
                "{}",
                said[2]
            );
            assert!(
                said[3].contains("\rMSA|AA|B7") && said[3].contains("FTS-1 says 2, the file has 1"),
                "{}",
                said[3]
            );
        }
        let owed = owed(&world);
        assert_eq!(owed.len(), 2, "each difference once, and nothing that only began: {owed:?}");
        let human = |row: &ObligationRow| matches!(row.state, ObligationState::Open { human: true, .. });
        assert!(owed.iter().all(|row| human(row) && row.words.contains("B7")), "{owed:?}");
    }

    #[test]
    fn h26_a_batch_whose_trailer_never_comes_goes_to_a_person() {
        let world = World::new("wrap-cut");
        on(&world).says(&[HEADERS, &admission(1)]);
        let said = on(&world).says(&["BTS|1\r"]);
        assert!(
            said[0].contains("\rMSA|AR") && said[0].contains("send the batch again from its header"),
            "{}",
            said[0]
        );
        assert_eq!(world.record.escalate(world.clock.plus_minutes(16)).expect("a round"), 1);
        let late = owed(&world);
        assert!(late.len() == 1 && late[0].words.contains("has not come"), "{late:?}");
        let human = |row: &ObligationRow| matches!(row.state, ObligationState::Open { human: true, .. });
        assert!(human(&late[0]), "{late:?}");
        // Sent again, it ends what the desk has.
        let said = on(&world).says(&[HEADERS, &admission(1), "BTS|1\rFTS|1\r"]);
        assert!(said[2].contains("MSA|AA|B7"), "{}", said[2]);
        assert!(owed(&world).is_empty(), "{:?}", owed(&world));
    }

    #[test]
    fn h26_two_connections_with_one_header_are_owed_apart() {
        let world = World::new("wrap-two");
        let (mut one, mut other) = (on(&world), on(&world));
        one.says(&[HEADERS, &admission(1)]);
        other.says(&[HEADERS, &admission(2)]);
        assert_eq!(owed(&world).len(), 2, "each is owned: {:?}", owed(&world));
        other.says(&["BTS|1\rFTS|1\r"]);
        assert_eq!(owed(&world).len(), 1, "the end of one is not the end of the other");
        drop(one);
        // Sent again, it ends what the connection that is gone left.
        on(&world).says(&[HEADERS, &admission(1), "BTS|1\rFTS|1\r"]);
        assert!(owed(&world).is_empty(), "{:?}", owed(&world));
    }

    #[test]
    fn h26_whole_batches_that_are_to_be_sent_again_count_once() {
        let world = World::new("wrap-whole-again");
        let mut one = on(&world);
        one.says(&["FHS|^~\\&|LAB|HRH|OPOR|NS\r"]);
        let batch = format!("BHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r{}BTS|1\r", admission(1));
        let msh = admission(1);
        let again = Ack::first(&hl7v2::Message::parse(msh.into_bytes()).expect("a message"), Outcome::Error);
        let again = not_kept(again, "busy", world.clock);
        one.line.batches(batch.as_bytes(), &Answer::of(again));
        assert_eq!(one.line.open.as_ref().and_then(|open| open.file), Some(0));
        let taken = one.say(&Door::BySender, &batch);
        one.line.batches(batch.as_bytes(), &Answer::of(taken.into_bytes()));
        assert_eq!(one.line.open.as_ref().and_then(|open| open.file), Some(1));
    }

    #[test]
    fn h26_batches_of_a_file_are_counted_one_by_one() {
        let world = World::new("wrap-file");
        let second = "BTS|1\rBHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B8\r";
        let mut one = on(&world);
        let said =
            one.says(&[HEADERS, &admission(1), second, &admission(2), &admission(3), "BTS|1\r", "FTS|2\r"]);
        assert!(said[2].contains("MSA|AA|B8\r") && !said[2].contains("ERR|"), "{}", said[2]);
        assert!(
            said[5].contains("MSA|AA|B8") && said[5].contains("BTS-1 says 1, the file has 2"),
            "{}",
            said[5]
        );
        assert!(said[6].contains("MSA|AA|B8\r") && !said[6].contains("ERR|"), "{}", said[6]);
        let said = one.says(&["BHS$^~\\&$LAB$HRH$OPOR$NS$20261122$$$$B9", "BTS$0"]);
        assert!(said[1].contains("\rMSA$AA$B9\r") && !said[1].contains("ERR$"), "{}", said[1]);
    }

    #[test]
    fn h26_nothing_of_a_batch_is_taken_from_a_stranger_or_by_a_store_that_stopped() {
        let world = World::new("wrap-refused");
        let door = Door::Unbound {
            link: "LAB@HRH".to_owned(),
            authority: "HRH".to_owned(),
            certificate: "ab".to_owned(),
        };
        let said = on(&world).say(&door, HEADERS);
        assert!(said.contains("\rMSA|AR|B7") && said.contains("certificate ab"), "{said}");
        let mut one = on(&world);
        one.says(&[HEADERS, &admission(1)]);
        world.record.store().stop();
        let said = one.say(&Door::BySender, "BTS|1\rFTS|1\r");
        assert!(said.contains("\rMSA|AE|B7"), "{said}");
        assert!(one.line.open.is_some(), "the trailer may be sent again");
    }
}
