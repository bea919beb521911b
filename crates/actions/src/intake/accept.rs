//! Commit, then acknowledge: bytes become a journal row, and only the sync of that row makes an answer.

use crate::record::Record;
use fhir::Instant;
use hl7v2::Message;
use hl7v2::ack::{Ack, AckError, ErrorCode, Outcome, Severity};
use hl7v2::mllp::FrameError;
use store::{Append, Appended, Link, LinkId, Refused};

/// By which door a message came, which decides its link. Never read from the message where a link is configured.
#[derive(Debug, Clone)]
pub enum Door {
    /// A listener of one configured sender.
    Link(String),
    /// Each sender (MSH-3 at MSH-4) is a link of its own: demo and practice.
    BySender,
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
    fn of(bytes: Vec<u8>) -> Self {
        Self { bytes: Some(bytes), hang_up: false }
    }
}

/// Zone of senders that say none (Nova Scotia).
const TIME_ZONE: &str = "America/Halifax";
/// Desk that owns the problems of a feed nobody claimed.
const FEED_OWNER: &str = "interface-desk";

impl Record {
    /// Keep a message and answer it. `reply` is called once the journal row is durable, or with a refusal.
    pub fn accept(
        &self,
        door: &Door,
        bytes: Vec<u8>,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let head = bytes[..bytes.len().min(store::REFUSED_BYTES)].to_vec();
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(unreadable) => {
                let ack = Ack::refuse(&head, &unreadable);
                return self.write_refusal(door, ack, unreadable.to_string(), &head, false, now, reply);
            }
        };
        let failed = Ack::first(&message, Outcome::Error);
        let link = match self.link_of(door, &message) {
            Ok(link) => link,
            Err(reason) => return reply(Answer::of(not_kept(failed, &reason, now))),
        };
        let header = message.header();
        let message_type = format!("{}^{}", header.message_code(), header.trigger());
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
        self.store().append(append, move |appended| {
            reply(Answer::of(match appended {
                Ok(Appended::New { .. }) => answer,
                Ok(Appended::Repeat { answer, .. }) => answer,
                Err(reason) => not_kept(failed, &reason.to_string(), now),
            }));
        });
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

    #[expect(clippy::too_many_arguments, reason = "one private way for the two kinds of refusal")]
    fn write_refusal(
        &self,
        door: &Door,
        ack: Ack,
        reason: String,
        head: &[u8],
        hang_up: bool,
        now: Instant,
        reply: impl FnOnce(Answer) + Send + 'static,
    ) {
        let name = match door {
            Door::Link(name) => name,
            Door::BySender => "unreadable",
        };
        let link = match self.link_named(name, "") {
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

    fn link_of(&self, door: &Door, message: &Message) -> Result<Link, String> {
        match door {
            Door::Link(name) => self.link_named(name, ""),
            Door::BySender => {
                let header = message.header();
                let (application, facility) = (header.sending_application(), header.sending_facility());
                let name = format!("{application}@{facility}");
                let authority = if facility.is_empty() { &application } else { &facility };
                self.link_named(&name, authority)
            }
        }
    }

    fn link_named(&self, name: &str, authority: &str) -> Result<Link, String> {
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
        });
        match link {
            Ok(link) => {
                self.remember_link(link.clone());
                Ok(link)
            }
            Err(reason) => Err(reason.to_string()),
        }
    }
}

fn is_mapped(code: &str, trigger: &str) -> bool {
    clinical::intake::mapped_types().any(|(mapped, on)| mapped == code && on == trigger)
}

/// AE (CE): not kept, or not known to be kept; the sender keeps it and sends it again.
fn not_kept(failed: Ack, reason: &str, now: Instant) -> Vec<u8> {
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

/// HL7 DTM in UTC to the second with zone.
pub(crate) fn hl7_time(at: Instant) -> String {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}
