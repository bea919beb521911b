//! What is offered now: the oldest waiting row of each lane, made into the bytes that go out.

use super::carrying::Offer;
use super::rendering::{Material, Why, notice, rendered, test_result};
use crate::intake::hl7_time;
use crate::obligations::gravity;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::consent::OnTheWay;
use clinical::directory::Directory;
use clinical::intake::{Gravity, Sender};
use clinical::obligations::PAUSE_MOST_SECONDS;
use clinical::rendering::Language;
use clinical::words::Words;
use fhir::Instant;
use hl7v2::Message;
use sha2::{Digest as _, Sha256};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use store::{Link, LinkId, MessageId, OutboxId, OutboxKind, OutboxRow, ReadProblem, View};

/// MSH-3 of what we send.
const SENDING_APPLICATION: &str = "OPOR";
/// Bytes made into offers at a time, per destination: one may be larger, more wait for the next look.
const OFFERED_BYTES: usize = 1 << 20;

impl Record {
    /// The oldest waiting offer of each lane of a destination that is due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn offers_due(&self, destination: &str, now: Instant, limit: usize) -> Result<Vec<Offer>, Refusal> {
        self.offers_beside(destination, now, now, limit, &HashSet::new())
    }

    /// The same with what is due by `due_until`, while others are in hand: under way, or answered and not kept yet. Their
    /// lanes wait. Whatever is decided about one that cannot go is decided `now`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn offers_beside(
        &self,
        destination: &str,
        now: Instant,
        due_until: Instant,
        limit: usize,
        in_hand: &HashSet<OutboxId>,
    ) -> Result<Vec<Offer>, Refusal> {
        let view = self.store().view()?;
        let directory = self.directory();
        let mut making = Making::new(&view, &directory, now);
        let (mut offers, mut bytes) = (Vec::new(), 0);
        for row in view.outbox_due(
            destination,
            due_until,
            due_until.plus_seconds(PAUSE_MOST_SECONDS),
            limit,
            in_hand,
        )? {
            match explained(|| making.offer(&row)) {
                Ok(offer) => {
                    bytes += offer.bytes.len();
                    offers.push(offer);
                    if bytes >= OFFERED_BYTES {
                        break;
                    }
                }
                // One that cannot be made holds up nobody else (HAZARDS H12).
                Err(Unmade::Never(why)) => self.hand_to_desk(&view, &row, &why, now),
                Err(Unmade::Unfit(why)) => self.go_by_fallback(&view, &row, &why, now),
                Err(Unmade::Withheld { decide }) => self.keep_back(&view, &row, decide, now),
                Err(Unmade::NotNow(reason)) => {
                    tracing::warn!(%reason, control_id = %row.control_id, "an offer could not be read; looking again");
                }
            }
        }
        Ok(offers)
    }
}

impl Record {
    /// The next moment after `now` at which something of a destination may be offered that may not be now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_offer(&self, destination: &str, now: Instant) -> Result<Option<Instant>, Refusal> {
        Ok(self.store().view()?.outbox_next(destination, now)?)
    }
}

/// Why there is no offer.
pub(super) enum Unmade {
    /// It cannot be read now; the next round tries again.
    NotNow(Refusal),
    /// It can never be made; a person is told why.
    Never(Words),
    /// This destination cannot take it: it goes by the fallback.
    Unfit(Words),
    /// The patient does not want this recipient to have it; `decide` = the recipient is or may be the one who must act.
    Withheld { decide: bool },
}

impl Unmade {
    /// What was given once and cannot be taken any more may be at the receiver: by another way, under another number, it
    /// would come twice. A person asks there first.
    fn after(self, row: &OutboxRow) -> Self {
        match self {
            Self::Unfit(why) if !row.offered_digest.is_empty() => Self::Never(Words::new(
                format!(
                    "it was offered by this way before, and the receiver may have it; now it cannot go by it: {}",
                    why.en
                ),
                format!(
                    "il a déjà été offert par cette voie et le destinataire l'a peut-être; maintenant elle ne peut le prendre : {}",
                    why.fr
                ),
            )),
            other => other,
        }
    }
}

impl From<Why> for Unmade {
    fn from(why: Why) -> Self {
        match why {
            Why::Gone(words) => Self::Never(words),
            Why::Unfit(words) => Self::Unfit(words),
        }
    }
}

impl From<ReadProblem> for Unmade {
    fn from(problem: ReadProblem) -> Self {
        match problem {
            ReadProblem::Damaged { .. } => Self::Never(Words::new(
                format!("{problem}."),
                "le message conservé est endommagé; lancez « opor check » et restaurez-le d'une sauvegarde.",
            )),
            other => Self::NotNow(other.into()),
        }
    }
}

/// A panic of one message stops this message only.
fn explained<T>(make: impl FnOnce() -> Result<T, Unmade>) -> Result<T, Unmade> {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| {
        Err(Unmade::Never(Words::new(
            "the program stopped on this message. It is kept whole; report it with its number.",
            "le programme s'est arrêté sur ce message. Il est conservé en entier; signalez-le avec son numéro.",
        )))
    })
}

/// Makes the offers of one look; what two of them share is read once.
pub(super) struct Making<'a> {
    view: &'a View,
    directory: &'a Directory,
    now: Instant,
    asks_consent: bool,
    links: HashMap<LinkId, Option<Link>>,
    /// The message read last: reports of one message to one destination stand side by side.
    last: Option<(MessageId, Message, Sender)>,
}

impl<'a> Making<'a> {
    pub(super) fn new(view: &'a View, directory: &'a Directory, now: Instant) -> Self {
        Self { view, directory, now, asks_consent: true, links: HashMap::new(), last: None }
    }

    /// The offer of a row; `None` when it never can be made for this endpoint.
    ///
    /// # Errors
    /// It cannot be read now.
    pub(super) fn made(&mut self, row: &OutboxRow) -> Result<Option<Offer>, Refusal> {
        match explained(|| self.offer(row)) {
            Ok(offer) => Ok(Some(offer)),
            Err(Unmade::Never(_) | Unmade::Unfit(_) | Unmade::Withheld { .. }) => Ok(None),
            Err(Unmade::NotNow(reason)) => Err(reason),
        }
    }

    /// Whether an offer of a row can be made; one that never can goes on by its fallback or to the desk.
    pub(super) fn take_or_pass(&mut self, record: &Record, row: &OutboxRow, now: Instant) -> bool {
        match explained(|| self.offer(row)) {
            Err(Unmade::Never(why)) => record.hand_to_desk(self.view, row, &why, now),
            Err(Unmade::Unfit(why)) => record.go_by_fallback(self.view, row, &why, now),
            Err(Unmade::Withheld { decide }) => record.keep_back(self.view, row, decide, now),
            Ok(_) | Err(Unmade::NotNow(_)) => return true,
        }
        false
    }

    /// The pages of a letter.
    pub(super) fn letter(&mut self, row: &OutboxRow, language: Language) -> Result<Vec<u8>, Refusal> {
        self.outgoing(row, language).map_err(|unmade| match unmade {
            Unmade::NotNow(reason) => reason,
            Unmade::Withheld { .. } => {
                let why = super::withholding::words();
                Refusal::unreadable(
                    format!("It is not printed: {} It goes to the privacy desk.", why.en),
                    format!("Ce n'est pas imprimé : {} Cela va au bureau de la vie privée.", why.fr),
                )
            }
            Unmade::Never(why) | Unmade::Unfit(why) => Refusal::unreadable(
                format!("It cannot be printed: {}", why.en),
                format!("Impossible à imprimer : {}", why.fr),
            ),
        })
    }

    /// The pages of a letter as they were printed, whatever was withheld since.
    pub(super) fn printed_letter(&mut self, row: &OutboxRow, language: Language) -> Result<Vec<u8>, Refusal> {
        self.asks_consent = false;
        let made = self.letter(row, language);
        self.asks_consent = true;
        made
    }

    /// Whether consent keeps a delivery back, and then whether a person decides.
    pub(super) fn is_withheld(&mut self, row: &OutboxRow) -> Option<bool> {
        match explained(|| self.outgoing(row, Language::English)) {
            Err(Unmade::Withheld { decide }) => Some(decide),
            _ => None,
        }
    }

    fn offer(&mut self, row: &OutboxRow) -> Result<Offer, Unmade> {
        let bytes = self.outgoing(row, Language::English).map_err(|why| why.after(row))?;
        let digest = Sha256::digest(&bytes).to_vec();
        if !row.offered_digest.is_empty() && row.offered_digest != digest {
            // Byte-identical or not at all (HAZARDS 2.3 no. 3): a person decides.
            return Err(Unmade::Never(Words::new(
                "this version of opor would send other bytes under the same control id.",
                "cette version d'opor enverrait d'autres octets sous le même identifiant de contrôle.",
            )));
        }
        let first = row.offered_digest.is_empty();
        let row = OutboxRow { offered_digest: digest, ..row.clone() };
        let owed = self.view.obligation(row.obligation)?;
        let is_critical = owed.is_some_and(|owed| gravity(owed.gravity) == Gravity::Critical);
        Ok(Offer {
            control_id: row.control_id.clone(),
            bytes,
            first,
            attempts: row.attempts,
            is_critical,
            row,
        })
    }

    /// The bytes of a delivery: a rendering of the part of the message that concerns this report; of a notice about
    /// identity, the message that was written when it was queued.
    fn outgoing(&mut self, row: &OutboxRow, language: Language) -> Result<Vec<u8>, Unmade> {
        if row.kind == OutboxKind::Identity {
            let Some(kept) = self.view.notice(row.obligation)? else {
                return Err(Unmade::Never(Words::new(
                    "the message about identity was not kept.",
                    "le message d'identité n'a pas été conservé.",
                )));
            };
            let endpoint = self.directory.endpoint(&row.destination);
            if kept.trigger == crate::canary::TRIGGER {
                return Ok(test_result(kept.body, row.report, &row.control_id, endpoint, language)?);
            }
            return Ok(notice(kept.body, endpoint, language)?);
        }
        let (message, sender) = self.message(row.message)?;
        let said = if self.asks_consent {
            super::withholding::consent(self.view, self.directory, row, &message, &sender, self.now)?
        } else {
            OnTheWay::Goes
        };
        if said != OnTheWay::Goes {
            return Err(Unmade::Withheld { decide: said == OnTheWay::Decide });
        }
        let statements = crate::corrections::statements(self.view, row.report)?;
        let mut made = self.with_statements(row, &message, &sender, &statements, language);
        let is_other = |made: &Result<Vec<u8>, Unmade>| {
            !row.offered_digest.is_empty()
                && made.as_ref().is_ok_and(|bytes| Sha256::digest(bytes).as_slice() != row.offered_digest)
        };
        // What went out before somebody disagreed is repeated as it went.
        for earlier in (0..statements.len()).rev().filter(|_| !row.offered_digest.is_empty()) {
            if made.is_ok() && !is_other(&made) {
                break;
            }
            let before = self.with_statements(row, &message, &sender, &statements[..earlier], language);
            if before.is_ok() && !is_other(&before) {
                made = before;
            }
        }
        if is_other(&made)
            && let Some(before) = self.offered_before(row, &statements, language)?
        {
            made = Ok(before);
        }
        self.last = Some((row.message, message, sender));
        made
    }

    /// A delivery with what the person says about the report (GUARANTEES L-14). Where the message has no place for a note it
    /// goes as it came: whoever holds it was told by a person.
    fn with_statements(
        &self,
        row: &OutboxRow,
        message: &Message,
        sender: &Sender,
        statements: &[(Instant, String)],
        language: Language,
    ) -> Result<Vec<u8>, Unmade> {
        if statements.is_empty() {
            return self.render(row, message, sender, language);
        }
        let said = crate::corrections::on_paper(statements);
        match clinical::rendering::stated(message, sender, row.report, &said) {
            Some(part) => self.render(row, &part, sender, language),
            None => self.render(row, message, sender, language),
        }
    }

    fn render(
        &self,
        row: &OutboxRow,
        message: &Message,
        sender: &Sender,
        language: Language,
    ) -> Result<Vec<u8>, Unmade> {
        let header = clinical::routing::OutgoingHeader {
            application: SENDING_APPLICATION.to_owned(),
            facility: sender.link.clone(),
            receiver: row.destination.clone(),
            control_id: row.control_id.clone(),
            time: hl7_time(sender.received),
        };
        let endpoint = self.directory.endpoint(&row.destination);
        let report = row.report;
        let offered = &row.offered_digest;
        let material = Material { message, sender, report, header: &header, endpoint, offered, language };
        rendered(&material).map_err(Unmade::from)
    }

    /// What was offered under a former dialect or code map of the sender is repeated as it was then, byte for byte, with
    /// what had been said about it by then.
    fn offered_before(
        &self,
        row: &OutboxRow,
        statements: &[(Instant, String)],
        language: Language,
    ) -> Result<Option<Vec<u8>>, Unmade> {
        let (Some(journal), Some(Some(link))) =
            (self.view.message(row.message)?, self.links.get(&row.message.link()))
        else {
            return Ok(None);
        };
        let readings = crate::dialects::read_formerly(self.view, &journal, link).map_err(Unmade::NotNow)?;
        let mut made = readings.iter().flat_map(|read| {
            let of =
                |said| self.with_statements(row, &read.message, &read.sender, &statements[..said], language);
            (0..=statements.len()).rev().filter_map(move |said| of(said).ok())
        });
        Ok(made.find(|bytes| Sha256::digest(bytes).as_slice() == row.offered_digest))
    }

    /// A journalled message with its sender.
    fn message(&mut self, id: MessageId) -> Result<(Message, Sender), Unmade> {
        if let Some((last, message, sender)) = self.last.take()
            && last == id
        {
            return Ok((message, sender));
        }
        let link = match self.links.entry(id.link()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.view.link(id.link())?),
        };
        let (Some(journal), Some(link)) = (self.view.message(id)?, link) else {
            return Err(Unmade::Never(Words::new(
                "the message that it came in is not in the journal.",
                "le message d'origine n'est pas au journal.",
            )));
        };
        let read = crate::dialects::read_as_filed(self.view, &journal, link).map_err(Unmade::NotNow)?;
        let read = read.map_err(|unreadable| {
            Unmade::Never(Words::new(unreadable.to_string(), unreadable.to_string()))
        })?;
        Ok((read.message, read.sender))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h12_a_message_that_stops_the_program_stops_no_other() {
        let made: Result<(), Unmade> = explained(|| panic!("a mapper broke down"));
        let Err(Unmade::Never(why)) = made else { panic!("a person is told") };
        assert!(why.en.contains("report it with its number"), "{}", why.en);
    }
}
