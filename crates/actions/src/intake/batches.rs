//! A file or batch in one frame (HL7 v2.5.1 2.10.3): each of its messages is taken like one in a frame of its own, the
//! answer is the batch of their answers, and what its totals say that is not so is told to the sender and owned.

use super::accept::{Answer, Door, hl7_time};
use super::filing::ACTOR;
use crate::obligations::{self, About};
use crate::record::Record;
use clinical::words::Words;
use fhir::Instant;
use hl7v2::batch::{BatchProblem, Contents, Response, split};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Changes, ObligationChange, Settled};

/// Bytes of a digest that name a batch without a number of its own.
const DIGEST_BYTES: usize = 8;

type Reply = Box<dyn FnOnce(Answer) + Send>;

/// The answers that are there, until all are.
struct Gathering {
    answers: Vec<Option<Answer>>,
    /// Whether what is odd about the totals is owned, or need not be.
    owned: bool,
    then: Option<(Response, Reply)>,
}

impl Gathering {
    /// Notes something, and answers once nothing is missing.
    fn note(gathering: &Mutex<Self>, what: impl FnOnce(&mut Self)) {
        let mut gathering = gathering.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut gathering);
        if !gathering.owned || gathering.answers.iter().any(Option::is_none) {
            return;
        }
        let Some((response, reply)) = gathering.then.take() else { return };
        let answers: Vec<Answer> = gathering.answers.drain(..).flatten().collect();
        drop(gathering);
        let hang_up = answers.iter().any(|answer| answer.hang_up);
        let all: Vec<Vec<u8>> = answers.into_iter().filter_map(|answer| answer.bytes).collect();
        reply(Answer { bytes: Some(response.build(&all)), hang_up });
    }
}

impl Record {
    /// Keep every message of a frame that is wrapped as a file or batch, and answer them together once each has its own
    /// answer. The same frame again is the same messages again.
    pub(super) fn accept_batch(
        &self,
        door: &Door,
        bytes: &[u8],
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let contents = split(bytes);
        let said = odd(&contents.problems);
        let control_id = match contents.control_id() {
            id if id.is_empty() => {
                let digest = Sha256::digest(bytes);
                digest[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
            }
            id => id.into_owned(),
        };
        let comment = said.as_ref().map(|said| said.en.clone()).unwrap_or_default();
        let response = Response::to(&contents, &format!("B{:x}", now.0), &hl7_time(now), &comment);
        let gathering = Arc::new(Mutex::new(Gathering {
            answers: vec![None; contents.members.len()],
            owned: said.is_none(),
            then: Some((response, Box::new(reply))),
        }));
        if let Some(said) = said {
            let told = Arc::clone(&gathering);
            self.own_totals(door, &contents, &control_id, &said, now, move || {
                Gathering::note(&told, |gathering| gathering.owned = true);
            });
        }
        for (n, member) in contents.members.iter().enumerate() {
            let gathering = Arc::clone(&gathering);
            // They follow each other, so that no two answers bear one number.
            let at = Instant(now.0.saturating_add_unsigned(n as u64));
            self.accept_one(door, member.bytes.to_vec(), at, move |answer| {
                Gathering::note(&gathering, |gathering| gathering.answers[n] = Some(answer));
            });
        }
    }

    /// Tells the feed's owner what is odd about a batch, once a day for each batch; `then` when that is written.
    fn own_totals(
        &self,
        door: &Door,
        contents: &Contents<'_>,
        control_id: &str,
        said: &Words,
        now: Instant,
        then: impl FnOnce() + Send + 'static,
    ) {
        let first = contents.members.iter().find_map(|one| hl7v2::Message::parse(one.bytes).ok());
        let link = first.map(|message| self.link_of(door, &message));
        let Some(Ok(link)) = link else {
            // None of its messages can be taken: every one is refused with its reason, and stays the sender's.
            return then();
        };
        let Some(id) = self.to_be_told(&[&link.name, "batch", control_id, &super::accept::day(now)]) else {
            return then();
        };
        let told = clinical::obligations::batch_totals(&link.name, control_id, said, now);
        let about = About { custodian: link.custodian.clone(), ..About::default() };
        let row = obligations::row(id, &told, &about, now);
        let first = obligations::opened(&row, ACTOR);
        let opened = vec![ObligationChange::Open(row), ObligationChange::Event(first)];
        self.store().settle(Changes { obligations: opened, ..Changes::default() }, move |settled| {
            if settled != Settled::Done {
                tracing::warn!(
                    ?settled,
                    "what a batch lacks could not be told to the feed's owner; the sender is told"
                );
            }
            then();
        });
    }
}

/// What is odd about the wrapping, in both languages; segments that follow no MSH are refused by themselves.
fn odd(problems: &[BatchProblem]) -> Option<Words> {
    let (mut en, mut fr) = (Vec::new(), Vec::new());
    for problem in problems {
        fr.push(match problem {
            BatchProblem::OutsideMessage { .. } => continue,
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
    (!en.is_empty()).then(|| Words::new(en.join("; "), fr.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::tests::World;
    use clinical::obligations::ObligationKind;
    use store::ObligationFilter;

    fn batch(messages: usize, declared: usize) -> Vec<u8> {
        let mut text = "FHS|^~\\&|LAB|HRH|OPOR|NS\rBHS|^~\\&|LAB|HRH|OPOR|NS|20261122||||B7\r".to_owned();
        for n in 0..messages {
            text.push_str(&format!(
                "MSH|^~\\&|LAB|HRH|OPOR|NS|20261122||ADT^A04^ADT_A01|M{n}|P|2.5.1\rEVN|A04|20261121080000\rPID|1||{n}^^^HRH^MR||Marram^Ivo^^^^^L||197001{:02}|M\r",
                n + 1
            ));
        }
        text.push_str(&format!("BTS|{declared}\rFTS|1\r"));
        text.into_bytes()
    }

    fn answered(world: &World, bytes: Vec<u8>) -> String {
        let (send, receive) = std::sync::mpsc::channel();
        world.record.accept(&Door::BySender, bytes, world.clock, move |answer| {
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
    }
}
