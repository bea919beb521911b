//! A file or batch in one frame (HL7 v2.5.1 2.10.3): each of its messages is taken like one in a frame of its own, the
//! answer is the batch of their answers, and what its totals say that is not so is told to the sender and owned.

use super::accept::{Answer, Door, hl7_time, not_kept};
use super::filing::ACTOR;
use crate::obligations::{self, About};
use crate::record::Record;
use clinical::words::Words;
use fhir::Instant;
use hl7v2::Message;
use hl7v2::ack::{Ack, AckError, AckRead, ErrorCode, Outcome, Severity};
use hl7v2::batch::{BatchProblem, Contents, Response, parts_at_most, split};
use sha2::{Digest as _, Sha256};
use std::sync::mpsc;
use store::{Changes, ObligationChange, Settled};

/// Bytes of a digest by which a batch is known.
const DIGEST_BYTES: usize = 8;
/// Messages, headers and trailers in one frame at most.
const PARTS_LIMIT: usize = 20_000;
/// Messages of a batch that wait for the writer at once, so that other senders find room beside them.
const WINDOW: usize = 256;
/// Problems that are told in words; of more, how many.
const PROBLEMS_TOLD: usize = 3;
/// Characters of the sender's number of a batch that are shown.
pub(super) const NUMBER_CHARS: usize = 80;

impl Record {
    /// Keep every message of a frame that is wrapped as a file or batch, and answer them together once each has its own
    /// answer. The same frame again is the same messages again. Waits for the writer: never call it in the writer's
    /// thread, nor where others wait for the thread.
    pub(super) fn accept_batch(
        &self,
        door: &Door,
        bytes: &[u8],
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        if parts_at_most(bytes) > PARTS_LIMIT {
            let why = format!(
                "the batch has more than {PARTS_LIMIT} messages, headers and trailers: send it in several batches"
            );
            return self.refuse_batch(door, bytes, why, now, reply);
        }
        let contents = split(bytes);
        let said = odd(&contents.problems);
        if let (true, Some(said)) = (contents.members.is_empty(), &said) {
            return self.refuse_batch(door, bytes, said.en.clone(), now, reply);
        }
        let comment = said.as_ref().map(|said| said.en.clone()).unwrap_or_default();
        let response = Response::to(&contents, &format!("B{:x}", now.0), &hl7_time(now), &comment);
        let Some(mut answers) = self.answers_to(door, &contents, now) else {
            return reply(Answer { bytes: None, hang_up: true });
        };
        if let Some(said) = said
            && !self.own_totals(door, bytes, &contents, &answers, &said, now)
        {
            // What is kept stays kept; the sender sends the batch again, and is then answered as the first time.
            for (n, answer) in
                answers.iter_mut().enumerate().filter(|(_, answer)| says(answer, Outcome::Accept))
            {
                *answer = not_taken(
                    contents.members[n].bytes,
                    "the totals of its batch could not be told to whoever owns the feed: send the batch again",
                    nth(now, n),
                );
            }
        }
        let hang_up = answers.iter().any(|answer| answer.hang_up);
        let all: Vec<Vec<u8>> = answers.into_iter().filter_map(|answer| answer.bytes).collect();
        reply(Answer { bytes: Some(response.build(&all)), hang_up });
    }

    /// Takes the messages in order, a window at a time: all of a window are synced together, or none is. From the first
    /// that could not be kept on, none is taken any more, so that what follows it does not overtake it. `None` when the
    /// writer went away.
    fn answers_to(&self, door: &Door, contents: &Contents<'_>, now: Instant) -> Option<Vec<Answer>> {
        let mut answers: Vec<Option<Answer>> = vec![None; contents.members.len()];
        let mut failed = false;
        for (window, members) in contents.members.chunks(WINDOW).enumerate() {
            let (send, receive) = mpsc::channel();
            let mut note = |(n, answer): (usize, Answer), failed: &mut bool| {
                *failed |= says(&answer, Outcome::Error);
                answers[n] = Some(answer);
            };
            let mut together = Vec::with_capacity(members.len());
            for (n, member) in members.iter().enumerate().map(|(n, one)| (window * WINDOW + n, one)) {
                receive.try_iter().for_each(|one| note(one, &mut failed));
                if failed {
                    let why = "an earlier message of its batch could not be kept: send the batch again";
                    note((n, not_taken(member.bytes, why, nth(now, n))), &mut failed);
                    continue;
                }
                let send = send.clone();
                let kept = self.to_keep(door, member.bytes.to_vec(), nth(now, n), move |answer| {
                    // Somebody waits for every one of them below.
                    let _ = send.send((n, answer));
                });
                together.extend(kept.map(|(append, kept)| (append, move |appended| kept.tell(appended))));
            }
            drop(send);
            self.store().append_together(together);
            receive.iter().for_each(|one| note(one, &mut failed));
        }
        answers.into_iter().collect()
    }

    /// Refuses a batch as a whole: one answer in the wrapping of the batch, one refusal for the feed's owner.
    fn refuse_batch(
        &self,
        door: &Door,
        bytes: &[u8],
        why: String,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let head = &bytes[..bytes.len().min(store::REFUSED_BYTES)];
        let response = Response::to(&split(head), &format!("B{:x}", now.0), &hl7_time(now), &why);
        let error = AckError {
            location: None,
            code: ErrorCode::Internal,
            severity: Severity::Error,
            message: why.clone(),
        };
        self.write_refusal(door, Ack::refuse_with(head, error), why, head, false, now, move |answer| {
            let all: Vec<Vec<u8>> = answer.bytes.into_iter().collect();
            reply(Answer { bytes: Some(response.build(&all)), hang_up: answer.hang_up });
        });
    }

    /// Tells the feed's owner what is odd about a batch of which something was taken, once a day for each batch. False
    /// when it could not be written.
    fn own_totals(
        &self,
        door: &Door,
        bytes: &[u8],
        contents: &Contents<'_>,
        answers: &[Answer],
        said: &Words,
        now: Instant,
    ) -> bool {
        let mut taken = answers.iter().zip(&contents.members).filter(|(one, _)| says(one, Outcome::Accept));
        let Some(first) = taken.next().and_then(|(_, one)| Message::parse(one.bytes).ok()) else {
            // None was taken: every one is refused with its reason, and stays the sender's.
            return true;
        };
        let taken = 1 + taken.count();
        let Ok(link) = self.link_of(door, &first) else { return false };
        let digest = known_by(bytes);
        let Some(id) = self.to_be_told(&[&link.name, "batch", &digest, &super::accept::day(now)]) else {
            return true;
        };
        if let Some(reason) = self.room().refuses() {
            tracing::warn!(reason, "what a batch lacks could not be told to the feed's owner");
            return false;
        }
        let number: String = match contents.control_id() {
            number if number.is_empty() => digest,
            number => number.chars().take(NUMBER_CHARS).collect(),
        };
        let of = (taken, contents.members.len());
        let told = clinical::obligations::batch_totals(&link.name, &number, said, of, now);
        let about = About { custodian: link.custodian.clone(), ..About::default() };
        let row = obligations::row(id, &told, &about, now);
        let first = obligations::opened(&row, ACTOR);
        let opened = vec![ObligationChange::Open(row), ObligationChange::Event(first)];
        let settled = self.store().settle_blocking(Changes { obligations: opened, ..Changes::default() });
        if settled != Settled::Done {
            tracing::warn!(?settled, "what a batch lacks could not be told to the feed's owner");
        }
        settled == Settled::Done
    }
}

/// By what a batch is known that has no number.
pub(super) fn known_by(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// When the message at `n` is taken: they follow each other, so that no two answers bear one number.
fn nth(now: Instant, n: usize) -> Instant {
    Instant(now.0.saturating_add_unsigned(n as u64))
}

/// Whether an answer says that.
pub(super) fn says(answer: &Answer, outcome: Outcome) -> bool {
    let read = answer.bytes.as_ref().and_then(|bytes| AckRead::parse(bytes.as_slice()).ok());
    read.is_some_and(|read| read.code.outcome() == outcome)
}

/// The answer to a message that is to be sent again; what cannot be read need not be.
fn not_taken(bytes: &[u8], why: &str, now: Instant) -> Answer {
    let bytes = match Message::parse(bytes) {
        Ok(message) => not_kept(Ack::first(&message, Outcome::Error), why, now),
        Err(unreadable) => {
            let head = &bytes[..bytes.len().min(store::REFUSED_BYTES)];
            Ack::refuse(head, &unreadable).build(&format!("A0-{:x}", now.0), &hl7_time(now))
        }
    };
    Answer { bytes: Some(bytes), hang_up: false }
}

/// What is odd about the wrapping, in both languages; segments that follow no MSH are refused by themselves.
pub(super) fn odd(problems: &[BatchProblem]) -> Option<Words> {
    let (mut en, mut fr) = (Vec::new(), Vec::new());
    let told = || problems.iter().filter(|one| !matches!(one, BatchProblem::OutsideMessage { .. }));
    for problem in told().take(PROBLEMS_TOLD) {
        fr.push(match problem {
            BatchProblem::CountDiffers { trailer, declared, found } => {
                format!(
                    "{trailer}-1 dit {declared}, il y en a {found} : demandez à l'expéditeur s'il en manque"
                )
            }
            BatchProblem::CountUnreadable { trailer, text } => {
                format!(
                    "{trailer}-1 est « {text} », ce n'est pas un nombre : envoyez le compte ou laissez vide"
                )
            }
            BatchProblem::NoTrailer { header, trailer } => {
                format!("{header} n'a pas de {trailer} : demandez à l'expéditeur si le fichier a été coupé")
            }
            BatchProblem::NoHeader { header, trailer } => format!("{trailer} sans {header} avant lui"),
            other => other.to_string(),
        });
        en.push(problem.to_string());
    }
    let more = told().count().saturating_sub(PROBLEMS_TOLD);
    if more > 0 {
        en.push(format!("and {more} more of this sort"));
        fr.push(format!("et {more} autres de cette sorte"));
    }
    (!en.is_empty()).then(|| Words::new(en.join("; "), fr.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;
    use clinical::obligations::ObligationKind;
    use std::sync::Arc;
    use store::ObligationFilter;

    fn batch(messages: usize, declared: usize) -> Vec<u8> {
        let mut text = "FHS|^~\\&|LAB|HRH|OPOR|NS\rBHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r".to_owned();
        for n in 0..messages {
            text.push_str(&format!(
                "MSH|^~\\&|LAB|HRH|OPOR|NS|20261122||ADT^A04^ADT_A01|M{n}|P|2.5.1\rEVN|A04|20261121080000\rPID|1||{n}^^^HRH^MR||Marram^Ivo^^^^^L||197001{:02}|M\r",
                n % 28 + 1
            ));
        }
        text.push_str(&format!("BTS|{declared}\rFTS|1\r"));
        text.into_bytes()
    }

    fn answered(world: &World, bytes: Vec<u8>) -> String {
        answered_by(world, &Door::BySender, bytes)
    }

    fn answered_by(world: &World, door: &Door, bytes: Vec<u8>) -> String {
        let (send, receive) = std::sync::mpsc::channel();
        world.record.accept(door, bytes, world.clock, move |answer| {
            let _ = send.send(answer);
        });
        let answer = receive.recv().expect("an answer");
        String::from_utf8(answer.bytes.expect("bytes")).expect("text")
    }

    fn owned(world: &World) -> Vec<String> {
        let filter = ObligationFilter {
            open: Some(true),
            kind: Some(ObligationKind::FeedReport.code().to_owned()),
            ..ObligationFilter::default()
        };
        let view = world.record.store().view().expect("a view");
        view.obligations(&filter, 10, 0).expect("rows").into_iter().map(|row| row.words).collect()
    }

    #[test]
    fn h26_a_batch_in_one_frame_is_taken_message_by_message() {
        let world = World::new("batch-whole");
        let answer = answered(&world, batch(3, 3));
        assert!(answer.starts_with("FHS|^~\\&|OPOR|NS|LAB|HRH|"), "{answer}");
        assert_eq!(answer.matches("MSA|AA|M").count(), 3, "{answer}");
        assert!(
            answer.contains("\rBHS|") && answer.contains("|B7\rMSH|") && answer.contains("\rBTS|3\r"),
            "{answer}"
        );
        let ids: std::collections::BTreeSet<&str> = answer
            .split('\r')
            .filter(|line| line.starts_with("MSH"))
            .filter_map(|line| line.split('|').nth(9))
            .collect();
        assert_eq!(ids.len(), 3, "each answer has a number of its own");
        assert_eq!(owned(&world), Vec::<String>::new());
        let view = world.record.store().view().expect("a view");
        assert_eq!(view.open_messages(0, 10).expect("rows").len(), 3);
    }

    #[test]
    fn h26_totals_that_differ_are_told_and_owned_once() {
        let world = World::new("batch-short");
        for _ in 0..2 {
            let answer = answered(&world, batch(2, 3));
            assert_eq!(answer.matches("MSA|AA|M").count(), 2, "what is there is taken: {answer}");
            assert!(answer.contains("BTS|2|BTS-1 says 3, the file has 2"), "{answer}");
        }
        let owned = owned(&world);
        assert_eq!(owned.len(), 1, "{owned:?}");
        assert!(owned[0].contains("B7") && owned[0].contains("BTS-1 dit 3"), "{owned:?}");
        let view = world.record.store().view().expect("a view");
        assert_eq!(
            view.open_messages(0, 10).expect("rows").len(),
            2,
            "the same frame again is the same messages"
        );
        answered(&world, batch(2, 4));
        assert_eq!(self::owned(&world).len(), 2, "another batch under the same number is short too");
    }
    #[test]
    fn h26_an_empty_batch_is_answered() {
        let world = World::new("batch-empty");
        for (sent, answered_by) in [
            ("BHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B8\rBTS|0\r", "|B8\rBTS|0\r"),
            ("FHS|^~\\&|LAB|HRH\rBHS|^~\\&|LAB|HRH|||||||B8\rBTS|0\rFTS|1\r", "|B8\rBTS|0\rFTS|1\r"),
        ] {
            let answer = answered(&world, sent.into());
            assert!(answer.ends_with(answered_by), "{answer}");
        }
        let answer = answered(&world, "BHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B9\rBTS|3\r".into());
        assert!(answer.contains("\rMSA|AR\r") && answer.contains("BTS-1 says 3, the file has 0"), "{answer}");
        assert_eq!(owned(&world), Vec::<String>::new(), "nothing was taken, so nothing is owed");
    }

    #[test]
    fn h26_a_batch_beyond_a_window_is_answered_in_order() {
        let world = World::new("batch-long");
        let answer = answered(&world, batch(2 * WINDOW + 3, 2 * WINDOW + 3));
        let numbers = answer.split('\r').filter_map(|line| line.strip_prefix("MSA|AA|M"));
        let numbers: Vec<usize> = numbers.map(|n| n.parse().expect("a number")).collect();
        assert_eq!(numbers, (0..2 * WINDOW + 3).collect::<Vec<_>>());
    }

    #[test]
    fn h26_a_batch_beyond_the_limit_is_refused_once() {
        let world = World::new("batch-huge");
        let bytes = format!("BHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r{}", "MSH|\r".repeat(PARTS_LIMIT));
        let answer = answered(&world, bytes.into());
        assert_eq!(answer.matches("MSA|").count(), 1, "{answer}");
        assert!(answer.contains("\rMSA|AR\r") && answer.contains("send it in several batches"), "{answer}");
    }

    #[test]
    fn h26_many_problems_are_told_in_few_words() {
        let world = World::new("batch-odd");
        let mut bytes = batch(1, 1);
        bytes.extend_from_slice("BTS|many\r".repeat(5_000).as_bytes());
        let long = "9".repeat(100_000);
        bytes.extend_from_slice(format!("BTS|{long}\r").as_bytes());
        let answer = answered(&world, bytes);
        assert!(answer.len() < 1_000 && answer.contains("more of this sort"), "{answer}");
        let owned = owned(&world);
        assert_eq!(owned.len(), 1);
        assert!(owned[0].len() < 1_500, "{owned:?}");
    }

    #[test]
    fn h26_what_follows_a_message_that_was_not_kept_is_not_taken() {
        let world = World::new("batch-stopped");
        assert_eq!(answered(&world, batch(1, 1)).matches("MSA|AA|").count(), 1);
        world.record.store().stop();
        let answer = answered(&world, batch(WINDOW + 4, WINDOW + 5));
        assert_eq!(answer.matches("MSA|AE|").count(), WINDOW + 4, "{answer}");
        assert_eq!(answer.matches("an earlier message of its batch").count(), 4, "{answer}");
    }

    /// Fails the commit of the first group that holds several messages.
    struct Unsound(store::Fault, std::sync::atomic::AtomicBool);

    impl store::Faults for Unsound {
        fn at(&self, point: store::FaultPoint) -> store::Fault {
            let many = matches!(point, store::FaultPoint::BeforeCommit { appends, .. } if appends > 1);
            if many && !self.1.swap(true, std::sync::atomic::Ordering::Relaxed) {
                return self.0;
            }
            store::Fault::Continue
        }
    }

    /// A window is synced as one: where its commit fails, none of it is known to be kept, every message of the batch is
    /// answered AE, and what is answered AA later was kept then.
    #[test]
    fn d03_a_sync_that_fails_in_a_window_fails_the_whole_batch() {
        for (name, fault) in [("io", store::Fault::Io), ("sync", store::Fault::Sync)] {
            let world = World::with_faults(
                &format!("batch-window-{name}"),
                Arc::new(Unsound(fault, std::sync::atomic::AtomicBool::new(false))),
            );
            let all = WINDOW + 44;
            let answer = answered(&world, batch(all, all));
            assert_eq!(answer.matches("MSA|AE|M").count(), all, "{name}: {answer}");
            let kept =
                world.record.store().view().expect("a view").open_messages(0, 1_000).expect("rows").len();
            assert_eq!(kept, 0, "{name}: nothing stands in the journal that was answered AE");
            let again = answered(&world, batch(all, all));
            let (wanted, kept) = if name == "io" { ("MSA|AA|M", all) } else { ("MSA|AE|M", 0) };
            assert_eq!(again.matches(wanted).count(), all, "{name}: {again}");
            let view = world.record.store().view().expect("a view");
            assert_eq!(view.open_messages(0, 1_000).expect("rows").len(), kept, "{name}");
        }
    }

    #[test]
    fn h26_the_totals_of_a_batch_of_which_nothing_was_taken_are_not_owned() {
        let world = World::new("batch-unbound");
        let door = Door::Unbound {
            link: "LAB@HRH".to_owned(),
            authority: "HRH".to_owned(),
            certificate: "ab".to_owned(),
        };
        for n in 0..3 {
            let text = String::from_utf8(batch(2, 3)).expect("text").replace("|B7", &format!("|B{n}"));
            let answer = answered_by(&world, &door, text.into_bytes());
            assert_eq!(answer.matches("MSA|AR|M").count(), 2, "{answer}");
        }
        let owned = owned(&world);
        assert_eq!(owned.len(), 1, "only that somebody else has the line: {owned:?}");
        assert!(owned[0].contains("certificate ab"), "{owned:?}");
    }
}
