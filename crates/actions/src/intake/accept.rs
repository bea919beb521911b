//! Commit, then acknowledge: bytes become a journal row, and only the sync of that row makes an answer.

use super::filing::ACTOR;
use crate::obligations;
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::intake::{Binding, Outside};
use clinical::words::Words;
use fhir::Instant;
use hl7v2::Message;
use hl7v2::ack::{Ack, AckError, ErrorCode, Outcome, Severity};
use hl7v2::mllp::FrameError;
use std::sync::Arc;
use store::{
    Append, Appended, Changes, Link, LinkId, ObligationChange, ObligationId, ObligationState, ReadProblem,
    Refused, Settled, TryAgain,
};

/// By which door a message came, which decides its link. Never read from the message where a link is configured.
#[derive(Debug, Clone)]
pub enum Door {
    /// A listener of one configured sender.
    Link(String),
    /// The same with what the sender may say.
    Bound(Arc<Bound>),
    /// The line of a link, with a certificate on it that is not bound to the link: nothing that it says is taken.
    Unbound {
        /// Name of the link.
        link: String,
        /// What stands for a blank authority on the link, see [`Door::authority`].
        authority: String,
        /// Fingerprint of the certificate.
        certificate: String,
    },
    /// A loader of results that come late.
    Loader {
        /// Name of the link, see [`crate::backlog::link_name`].
        link: String,
        /// What stands for a blank authority in them.
        authority: String,
    },
    /// Each sender (MSH-3 at MSH-4) is a link of its own: demo and practice.
    BySender,
}

/// A configured sender and what it may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Name of the link.
    pub link: String,
    /// What it may say.
    pub binding: Binding,
}

impl Door {
    /// What a message says that may not be said here.
    fn outside(&self, message: &Message, default_authority: &str) -> Option<Outside> {
        match self {
            Self::Link(_) | Self::Loader { .. } => None,
            Self::BySender => loader_name(message),
            Self::Bound(bound) => bound.binding.outside(message, default_authority),
            Self::Unbound { .. } => self.unbound().map(|words| Outside { field: "", segment: 1, words }),
        }
    }

    /// Why nothing is taken here at all.
    pub(super) fn unbound(&self) -> Option<Words> {
        let Self::Unbound { link, certificate, .. } = self else { return None };
        Some(Words::new(
            format!(
                "certificate {certificate} is not bound to link {link}. Use the certificate that was agreed, or have this \
                 one added to the link's settings"
            ),
            format!(
                "le certificat {certificate} n'est pas rattaché à la liaison {link}. Utilisez le certificat convenu, ou \
                 faites ajouter celui-ci aux réglages de la liaison"
            ),
        ))
    }

    /// Name of the link, when the door alone says it.
    #[must_use]
    pub fn link_name(&self) -> Option<&str> {
        match self {
            Self::Link(link) | Self::Loader { link, .. } | Self::Unbound { link, .. } => Some(link),
            Self::Bound(bound) => Some(&bound.link),
            Self::BySender => None,
        }
    }

    /// The assigning authority that stands for a blank one on the link: the first one that it may speak of. Empty when
    /// the settings name none.
    #[must_use]
    pub fn authority(&self) -> &str {
        match self {
            Self::Bound(bound) => bound.binding.authorities.first().map_or("", String::as_str),
            Self::Loader { authority, .. } | Self::Unbound { authority, .. } => authority,
            Self::Link(_) | Self::BySender => "",
        }
    }
}

/// A sender that calls itself what only a loader's link is called: its results would count as late and not ring.
fn loader_name(message: &Message) -> Option<Outside> {
    let application = message.header().sending_application();
    clinical::backlog::is_backlog(&application).then(|| Outside {
        field: "MSH-3",
        segment: 1,
        words: Words::new(
            format!("MSH-3: {application} is a name of loaded backlogs and no sender's. Send another name"),
            format!(
                "MSH-3 : {application} est un nom réservé aux arriérés chargés, et non à un expéditeur. Envoyez un autre nom"
            ),
        ),
    })
}

/// What becomes of the answer to a message, once it is known whether it is kept.
pub(super) struct Kept<R> {
    reply: R,
    answer: Vec<u8>,
    failed: Ack,
    now: Instant,
}

impl<R: FnOnce(Answer)> Kept<R> {
    /// Answers: as the first time where it was kept before.
    pub(super) fn tell(self, appended: Result<Appended, TryAgain>) {
        (self.reply)(Answer::of(match appended {
            Ok(Appended::New { .. }) => self.answer,
            Ok(Appended::Repeat { answer, .. }) => answer,
            Err(reason) => not_kept(self.failed, &reason.to_string(), self.now),
        }));
    }
}

/// What goes back to the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Acknowledgement, without the frame; `None` when there is nothing to answer to.
    pub bytes: Option<Vec<u8>>,
    /// Close the connection: its bytes can no longer be told apart.
    pub hang_up: bool,
}

impl Answer {
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { bytes: Some(bytes), hang_up: false }
    }
}

/// Zone of senders that say none (Nova Scotia).
const TIME_ZONE: &str = "America/Halifax";
/// Desk that owns the problems of a feed nobody claimed.
const FEED_OWNER: &str = "interface-desk";
/// Characters of the day in a printed time: `2026-11-22`.
const DAY_CHARS: usize = 10;
/// Link of what names no link that could be believed.
const NAMELESS: &str = "unreadable";

impl Record {
    /// Keep what a frame holds and answer it: a message, or a file or batch of them. `reply` is called once the journal
    /// rows are durable, or with a refusal. A file or batch ([`hl7v2::batch::is_wrapped`]) waits for the writer here, a
    /// window of messages at a time; one message does not.
    pub fn accept(
        &self,
        door: &Door,
        bytes: Vec<u8>,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        if hl7v2::batch::is_wrapped(&bytes) {
            self.accept_batch(door, &bytes, now, reply);
        } else {
            self.accept_one(door, bytes, now, reply);
        }
    }

    /// Keep one message and answer it.
    fn accept_one(
        &self,
        door: &Door,
        bytes: Vec<u8>,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        if let Some((append, kept)) = self.to_keep(door, bytes, now, reply) {
            self.store().append(append, move |appended| kept.tell(appended));
        }
    }

    /// What is to be kept of one message, and what becomes of its answer when it is kept or not; `None` when it was
    /// answered without that.
    pub(super) fn to_keep<R: FnOnce(Answer) + Send + 'static>(
        &self,
        door: &Door,
        bytes: Vec<u8>,
        now: Instant,
        reply: R,
    ) -> Option<(Append, Kept<R>)> {
        let head = bytes[..bytes.len().min(store::REFUSED_BYTES)].to_vec();
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(unreadable) => {
                let ack = Ack::refuse(&head, &unreadable);
                self.write_refusal(door, ack, unreadable.to_string(), &head, false, now, reply);
                return None;
            }
        };
        let failed = Ack::first(&message, Outcome::Error);
        let link = match self.link_of(door, &message) {
            Ok(link) => link,
            Err(reason) => {
                reply(Answer::of(not_kept(failed, &reason.to_string(), now)));
                return None;
            }
        };
        if let Some(reason) = self.room().refuses() {
            // What was taken before stays taken: a repeat gets the first answer whatever the disk has left.
            let said = self.store().view().map_err(|error| error.to_string()).and_then(|view| {
                let control_id = message.header().control_id();
                view.first_answer(link.id, &control_id, message.bytes()).map_err(|error| error.to_string())
            });
            reply(Answer::of(match said {
                Ok(Some(answer)) => answer,
                Ok(None) => not_kept(failed, &reason, now),
                Err(error) => not_kept(failed, &error, now),
            }));
            return None;
        }
        if let Some(outside) = door.outside(&message, &link.default_authority) {
            self.refuse_outside(door, &message, &link, &outside, now, reply);
            return None;
        }
        let header = message.header();
        let message_type = format!("{}^{}", header.message_code(), header.trigger());
        // The sender's own word, which may be of any length; the raw message keeps it whole.
        let message_type: String = message_type.chars().take(store::TYPE_CHARS).collect();
        let mut accepted = Ack::first(&message, Outcome::Accept);
        if !is_mapped(&header.message_code(), &header.trigger()) {
            let what = match message_type.as_str() {
                "^" => "MSH-9 is empty, so the type of the message is not known: send it in MSH-9".to_owned(),
                known => format!("{known} is not mapped"),
            };
            accepted = accepted.text(format!("Kept whole, not filed: {what}; {} owns it", link.owner));
        }
        let answer = accepted.build(&answer_id(now, link.id), &hl7_time(now));
        let append = Append {
            link: link.id,
            control_id: header.control_id().into_owned(),
            message_type,
            lanes: clinical::intake::lanes(&message).into_iter().map(u64::cast_signed).collect(),
            answer: answer.clone(),
            received: now,
            custodian: link.custodian,
            raw: message.into_bytes(),
        };
        let kept = Kept { reply, answer, failed, now };
        Some((append, kept))
    }

    /// Refuse what is no frame, or a frame beyond the limit.
    pub fn refuse_frame(
        &self,
        door: &Door,
        error: &FrameError,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let (head, hang_up): (&[u8], bool) = match error {
            FrameError::FrameTooLarge { head, .. } => (head, true),
            FrameError::Junk { sample, .. } => (sample, false),
            _ => (&[], false),
        };
        let refusal = AckError {
            location: None,
            code: ErrorCode::Internal,
            severity: Severity::Error,
            message: error.to_string(),
        };
        self.write_refusal(
            door,
            Ack::refuse_with(head, refusal),
            error.to_string(),
            head,
            hang_up,
            now,
            reply,
        );
    }

    /// Refuse what the link may not say, and tell the feed's owner: once a day for each field or certificate, however
    /// often it comes, and again when they have ended what they were told.
    fn refuse_outside(
        &self,
        door: &Door,
        message: &Message,
        link: &Link,
        outside: &Outside,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let which = match door {
            Door::Unbound { certificate, .. } => certificate,
            _ => outside.field,
        };
        let day = day(now);
        if let Some(id) = self.to_be_told(&[&link.name, "binding", which, &day]) {
            let told = clinical::obligations::outside_binding(&link.name, &outside.words, now);
            let about = obligations::About { custodian: link.custodian.clone(), ..Default::default() };
            let row = obligations::row(id, &told, &about, now);
            let first = obligations::opened(&row, ACTOR);
            let opened = vec![ObligationChange::Open(row), ObligationChange::Event(first)];
            self.store().settle(Changes { obligations: opened, ..Changes::default() }, |settled| {
                if settled != Settled::Done {
                    tracing::warn!(?settled, "a refusal could not be told to the feed's owner");
                }
            });
        }
        let error = AckError {
            location: outside.field.parse().ok(),
            code: ErrorCode::TableValueNotFound,
            severity: Severity::Error,
            message: outside.words.en.clone(),
        };
        let ack = Ack::first(message, Outcome::Reject).error(error);
        let raw = message.bytes();
        self.write_refusal(door, ack, outside.words.en.clone(), raw, false, now, reply);
    }

    /// Under which id the feed's owner is told of `key`; `None` while they have it open.
    pub(super) fn to_be_told(&self, key: &[&str; 4]) -> Option<ObligationId> {
        // When it cannot be read who knows, they are told: opening what is open changes nothing.
        let (id, is_open) = self.told_as(key).unwrap_or_else(|_| (obligations::id(key), false));
        (!is_open).then_some(id)
    }

    /// Under which id `key` is owed, and whether it is already.
    pub(super) fn told_as(&self, key: &[&str; 4]) -> Result<(ObligationId, bool), TryAgain> {
        let unread = |problem: ReadProblem| TryAgain::Failed(problem.to_string());
        let mut id = obligations::id(key);
        let view = self.store().view().map_err(unread)?;
        while let Some(former) = view.obligation(id).map_err(unread)? {
            if matches!(former.state, ObligationState::Open { .. }) {
                return Ok((id, true));
            }
            id = obligations::id(&[&id.to_string(), &former.revision.to_string()]);
        }
        Ok((id, false))
    }

    #[expect(clippy::too_many_arguments, reason = "one private way for the three kinds of refusal")]
    pub(super) fn write_refusal(
        &self,
        door: &Door,
        ack: Ack,
        reason: String,
        head: &[u8],
        hang_up: bool,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let link = match self.link_named(door.link_name().unwrap_or(NAMELESS), door.authority()) {
            Ok(link) => link.id,
            Err(_) => LinkId(0),
        };
        let answer = Answer { bytes: Some(ack.build(&answer_id(now, link), &hl7_time(now))), hang_up };
        let refused = Refused {
            link,
            at: now,
            control_id: ack.answers().to_owned(),
            reason,
            head: head[..head.len().min(store::REFUSED_BYTES)].to_vec(),
        };
        // A refusal promises nothing, so it is answered whether or not its row could be written; the row is for
        // the feed's owner and the census.
        self.store().refuse(refused, move |written| {
            if let Err(reason) = written {
                tracing::warn!(%reason, "a refusal could not be counted");
            }
            reply(answer);
        });
    }

    /// What stands for a blank authority on the link of a configured door in the record, when the settings say another:
    /// the link was made under former settings, and what is filed keeps the names it was filed under.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn other_authority(&self, door: &Door) -> Result<Option<String>, Refusal> {
        let Some(name) = door.link_name() else { return Ok(None) };
        let link = self.store().view()?.link_named(name)?;
        let wanted = if door.authority().is_empty() { name } else { door.authority() };
        Ok(link.map(|link| link.default_authority).filter(|stands| stands != wanted))
    }

    pub(super) fn link_of(&self, door: &Door, message: &Message) -> Result<Link, TryAgain> {
        let header = message.header();
        self.link_by(door, &header.sending_application(), &header.sending_facility())
    }

    /// The link of what calls itself that (MSH-3, MSH-4; BHS and FHS have the same there).
    pub(super) fn link_by(&self, door: &Door, application: &str, facility: &str) -> Result<Link, TryAgain> {
        match door.link_name() {
            Some(name) => self.link_named(name, door.authority()),
            None if clinical::backlog::is_backlog(application) => self.link_named(NAMELESS, ""),
            None => {
                let name = format!("{application}@{facility}");
                let authority = if facility.is_empty() { application } else { facility };
                self.link_named(&name, authority)
            }
        }
    }

    fn link_named(&self, name: &str, authority: &str) -> Result<Link, TryAgain> {
        if let Some(link) = self.known_link(name) {
            return Ok(link);
        }
        let authority = if authority.is_empty() { name } else { authority };
        let link = self.store().link(name, || Link {
            id: LinkId(0),
            name: name.to_owned(),
            default_authority: authority.to_owned(),
            time_zone: TIME_ZONE.to_owned(),
            custodian: authority.to_owned(),
            owner: FEED_OWNER.to_owned(),
        })?;
        self.remember_link(link.clone());
        Ok(link)
    }
}

fn is_mapped(code: &str, trigger: &str) -> bool {
    clinical::intake::mapped_types().any(|(mapped, on)| mapped == code && on == trigger)
}

/// AE (CE): not kept, or not known to be kept; the sender keeps it and sends it again.
pub(super) fn not_kept(failed: Ack, reason: &str, now: Instant) -> Vec<u8> {
    let error = AckError {
        location: None,
        code: ErrorCode::Internal,
        severity: Severity::Error,
        message: reason.to_owned(),
    };
    failed.error(error).build(&answer_id(now, LinkId(0)), &hl7_time(now))
}

/// MSH-10 of an answer: unique enough to be found in a log; nothing is ever matched by it.
fn answer_id(now: Instant, link: LinkId) -> String {
    format!("A{}-{:x}", link.0, now.0)
}

/// The day of a time, as in `2026-11-22`.
pub(super) fn day(now: Instant) -> String {
    now.to_string().chars().take(DAY_CHARS).collect()
}

/// HL7 DTM in UTC to the second with zone.
pub(crate) fn hl7_time(at: Instant) -> String {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}
