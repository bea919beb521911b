//! One delivery to one recipient as a state machine: what each event means, who owns it then, and by when.
//!
//! At least once, byte-identical, in order per patient (HAZARDS 2.3 no. 3). A silent or refusing receiver never ends
//! a delivery; only an outcome does.

use super::{Clock, Desk, ObligationKind, Outcome, Owner, ladder};
use crate::intake::Gravity;
use crate::words::Words;
use fhir::Instant;

/// First pause after a failed attempt, in seconds.
pub const RETRY_FIRST_SECONDS: i64 = 1;
/// Longest pause, in seconds: 15 minutes (JOURNEYS 2.2 step 6).
pub const RETRY_MOST_SECONDS: i64 = 15 * 60;
/// How often a receiver's application error (AE) is offered again by the machine; the desk owns it from the first.
pub const MOST_ERROR_ATTEMPTS: u32 = 5;
/// A message that a receiver is silent about while it answers others is offered again after so many times what it was
/// waited for: it costs the others one two-hundredth of their time (HAZARDS 2.3 no. 4).
const SET_ASIDE_FOR: i64 = 200;
/// The same after its first offer: one answer that was lost delays nobody by minutes.
const SET_ASIDE_FIRST: i64 = 30;
/// No pause of a message is longer, in seconds. A time further ahead was given by a clock that has been set back since.
pub const PAUSE_MOST_SECONDS: i64 = 2 * 3600;
/// How long silence is answered by further attempts, in seconds: three days. Then only a person tries again.
pub const SILENCE_LIMIT_SECONDS: i64 = 3 * 24 * 3600;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryPhase {
    /// To be offered, at `next` or later.
    Waiting,
    /// Offered; the answer is awaited.
    Offered,
    /// The receiver's application acknowledged.
    Acknowledged,
    /// The machine tries no more; a person owns it.
    Refused,
    /// Ended in another way.
    Closed,
}

/// A delivery as remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where it stands.
    pub phase: DeliveryPhase,
    /// Offers so far.
    pub attempts: u32,
    /// When it was queued.
    pub since: Instant,
    /// Next offer, when the machine will make one.
    pub next: Option<Instant>,
    /// Who owns it.
    pub owner: Owner,
    /// By when, then whom.
    pub clock: Clock,
    /// How grave what it carries is: its ladder.
    pub gravity: Gravity,
}

/// Sort of refusal by a receiver (HL7 table 0008).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// AE, CE: its application failed; the same bytes may succeed later.
    Error,
    /// AR, CR: it will not take this message.
    Rejected,
}

impl Refusal {
    /// From MSA-1; `None` for an acceptance and for anything else.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "AE" | "CE" => Some(Self::Error),
            "AR" | "CR" => Some(Self::Rejected),
            _ => None,
        }
    }
}

/// What happens to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryEvent {
    /// The bytes were sent; an answer is awaited until `answer_by`.
    Offered {
        /// When silence begins.
        answer_by: Instant,
    },
    /// An acknowledgement with our control id in MSA-2 and an accepting code.
    Acknowledged {
        /// MSA-1.
        code: String,
        /// MSA-3, empty when none.
        text: String,
    },
    /// An acknowledgement with our control id and a refusing code.
    Refused {
        /// Which.
        refusal: Refusal,
        /// What the receiver says (MSA-3, ERR), empty when nothing.
        text: String,
    },
    /// No answer in time, or the connection broke before it: unknown whether it was taken.
    Silent,
    /// No answer for long beside what this receiver takes for others, and others waited: unknown whether it was taken.
    SetAside {
        /// How long it was waited for, in milliseconds.
        waited_millis: u32,
    },
    /// An answer that names another message; discarded by its id.
    LateReply {
        /// MSA-2.
        control_id: String,
    },
    /// No connection could be made.
    EndpointGone,
    /// A person wants it offered again; whoever owns it keeps it, with a new clock.
    TryAgain {
        /// Who.
        by: String,
    },
    /// No machine carries it: the desk prints it, posts it and confirms.
    ByHand,
    /// It ended by another outcome: excused, recalled, another way.
    Ended(Outcome),
}

/// What follows from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStep {
    /// The delivery now.
    pub delivery: Delivery,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
    /// Stable code of the step, for the receipt chain.
    pub code: &'static str,
    /// For the receipt chain and the desk.
    pub words: Words,
}

impl Delivery {
    /// A delivery just queued: the machine owns it, the desk has it after 30 minutes, or after 10 when it is critical.
    #[must_use]
    pub fn queued(gravity: Gravity, now: Instant) -> Self {
        let owner = Owner::Machine("delivery".to_owned());
        let clock = ladder::clock(ObligationKind::Delivery, gravity, &owner, now);
        Self {
            phase: DeliveryPhase::Waiting,
            attempts: 0,
            since: now,
            next: Some(now),
            owner,
            clock,
            gravity,
        }
    }
    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, DeliveryPhase::Acknowledged | DeliveryPhase::Closed)
    }
    /// The desk owns it from `at` on, unless a person does already.
    fn give_to_desk(&mut self, at: Instant) {
        if !self.owner.is_human() {
            self.owner = Owner::Desk(Desk::Delivery);
            self.restart_clock(at);
        }
    }
    fn restart_clock(&mut self, at: Instant) {
        self.clock = ladder::clock(ObligationKind::Delivery, self.gravity, &self.owner, at);
    }
    fn give_to_desk_if_due(&mut self, at: Instant) {
        if at >= self.clock.due {
            self.give_to_desk(at);
        }
    }
}

/// When to offer again after `attempts` failed offers: 1 s, 2 s, 4 s … 15 min, each between three quarters and five
/// quarters of itself. `jitter` is drawn by the caller from 0.0 to 1.0, so that clinics are not called in chorus.
#[must_use]
pub fn next_attempt(attempts: u32, at: Instant, jitter: f64) -> Instant {
    let doubled = RETRY_FIRST_SECONDS << attempts.saturating_sub(1).min(20);
    let seconds = doubled.min(RETRY_MOST_SECONDS);
    let factor = 750 + (jitter.clamp(0.0, 1.0) * 500.0) as i64;
    Instant(at.0 + seconds * 1_000 * factor)
}

/// What an event means for a delivery. Pure; a delivery that is over only takes note.
#[must_use]
pub fn step(delivery: &Delivery, event: &DeliveryEvent, at: Instant, jitter: f64) -> DeliveryStep {
    let mut next = delivery.clone();
    if delivery.is_over() {
        let words = Words::new(
            "This delivery had ended already; what came afterwards is noted.",
            "Cette remise était déjà terminée; ce qui est venu ensuite est noté.",
        );
        return DeliveryStep { delivery: next, outcome: None, code: "noted", words };
    }
    match event {
        DeliveryEvent::Offered { answer_by } => {
            next.phase = DeliveryPhase::Offered;
            next.attempts = next.attempts.saturating_add(1);
            next.next = Some(*answer_by);
            let n = next.attempts;
            noted(
                next,
                "offered",
                Words::new(format!("Offered (attempt {n})."), format!("Offert (essai {n}).")),
            )
        }
        DeliveryEvent::Acknowledged { code, text } => {
            next.phase = DeliveryPhase::Acknowledged;
            next.next = None;
            let words = Words::new(
                format!("The receiver acknowledged it ({code}{}).", comma(text)),
                format!("Le destinataire l'a confirmé ({code}{}).", comma(text)),
            );
            let outcome = Outcome::Acknowledged { code: code.clone(), text: text.clone() };
            DeliveryStep { delivery: next, outcome: Some(outcome), code: "acknowledged", words }
        }
        DeliveryEvent::Refused { refusal, text } => after_refusal(next, *refusal, text, at, jitter),
        DeliveryEvent::Silent => after_silence(next, at, jitter),
        DeliveryEvent::SetAside { waited_millis } => after_setting_aside(next, *waited_millis, at, jitter),
        DeliveryEvent::EndpointGone => after_no_connection(next, at, jitter),
        DeliveryEvent::LateReply { control_id } => noted(
            next,
            "late-reply",
            Words::new(
                format!("An answer for another message ({control_id}) came and was set aside."),
                format!("Une réponse à un autre message ({control_id}) est arrivée et a été mise de côté."),
            ),
        ),
        DeliveryEvent::TryAgain { by } => {
            next.phase = DeliveryPhase::Waiting;
            next.next = Some(at);
            next.restart_clock(at);
            noted(
                next,
                "try-again",
                Words::new(format!("{by} has it offered again."), format!("{by} le fait offrir de nouveau.")),
            )
        }
        DeliveryEvent::ByHand => {
            next.give_to_desk(at);
            next.phase = DeliveryPhase::Refused;
            next.next = None;
            let words = Words::new(
                "To be posted: print the letter, post it, and confirm it here.",
                "À poster : imprimez la lettre, postez-la et confirmez-le ici.",
            );
            noted(next, "by-hand", words)
        }
        DeliveryEvent::Ended(outcome) => {
            if !outcome.may_end(ObligationKind::Delivery, next.gravity) {
                let words = Words::new(
                    "A delivery cannot end so; name who excuses it and why.",
                    "Une remise ne peut pas se terminer ainsi; dites qui l'excuse et pourquoi.",
                );
                return noted(next, "noted", words);
            }
            next.phase = match outcome {
                Outcome::Acknowledged { .. } => DeliveryPhase::Acknowledged,
                _ => DeliveryPhase::Closed,
            };
            next.next = None;
            let words = ended_words(outcome);
            DeliveryStep { delivery: next, outcome: Some(outcome.clone()), code: outcome.code(), words }
        }
    }
}

/// AE: the desk owns it at once and the machine offers it a few times more. AR: the machine stops, the desk acts.
fn after_refusal(mut next: Delivery, refusal: Refusal, text: &str, at: Instant, jitter: f64) -> DeliveryStep {
    next.give_to_desk(at);
    let again = refusal == Refusal::Error && next.attempts < MOST_ERROR_ATTEMPTS;
    let says = if text.is_empty() {
        Words::new("It gave no reason.", "Sans motif donné.")
    } else {
        let text = text.trim_end();
        let stop = if text.ends_with(['.', '!', '?', ';', ':']) { "" } else { "." };
        Words::new(format!("{text}{stop}"), format!("{text}{stop}"))
    };
    let words = match (refusal, again) {
        (Refusal::Error, true) => Words::new(
            format!("The receiver's system could not process it (AE): {} It is offered again.", says.en),
            format!(
                "Le système du destinataire n'a pas pu le traiter (AE) : {} Il est offert de nouveau.",
                says.fr
            ),
        ),
        (Refusal::Error, false) => Words::new(
            format!(
                "The receiver's system could not process it (AE) {} times: {} Call the receiver, then offer it again.",
                next.attempts, says.en
            ),
            format!(
                "Le système du destinataire n'a pas pu le traiter (AE) {} fois : {} Appelez le destinataire, puis offrez-le de nouveau.",
                next.attempts, says.fr
            ),
        ),
        (Refusal::Rejected, _) => Words::new(
            format!(
                "The receiver rejected it (AR): {} Settle it with the receiver or send it another way.",
                says.en
            ),
            format!(
                "Le destinataire l'a rejeté (AR) : {} Réglez-le avec le destinataire ou envoyez-le autrement.",
                says.fr
            ),
        ),
    };
    if again {
        next.phase = DeliveryPhase::Waiting;
        next.next = Some(next_attempt(next.attempts, at, jitter));
    } else {
        next.phase = DeliveryPhase::Refused;
        next.next = None;
    }
    noted(next, "refused", words)
}

/// No answer: unknown whether it was taken, so the same bytes are offered again; the desk has it once it is due.
fn after_silence(mut next: Delivery, at: Instant, jitter: f64) -> DeliveryStep {
    let words = Words::new(
        "The receiver gave no answer in time. Whether it was taken is unknown; the same bytes are offered again.",
        "Le destinataire n'a pas répondu à temps. On ignore s'il l'a pris; les mêmes octets sont offerts de nouveau.",
    );
    try_later(&mut next, at, jitter);
    noted(next, "silent", words)
}

/// Its own fault, for all that is known: the others go first, and it backs off alone.
fn after_setting_aside(mut next: Delivery, waited_millis: u32, at: Instant, jitter: f64) -> DeliveryStep {
    let seconds = waited_millis.div_ceil(1_000);
    let words = Words::new(
        format!(
            "The receiver answers others and said nothing about this one in {seconds} s, while others waited. Whether it was taken is unknown; the same bytes are offered again later, by themselves."
        ),
        format!(
            "Le destinataire répond aux autres et n'a rien dit de celui-ci en {seconds} s, pendant que d'autres attendaient. On ignore s'il l'a pris; les mêmes octets sont offerts de nouveau plus tard, à part."
        ),
    );
    try_later(&mut next, at, jitter);
    let times = if next.attempts <= 1 { SET_ASIDE_FIRST } else { SET_ASIDE_FOR };
    let alone =
        Instant(at.0 + i64::from(waited_millis) * 1_000 * times).min(at.plus_seconds(PAUSE_MOST_SECONDS));
    next.next = next.next.map(|soonest| soonest.max(alone));
    noted(next, "silent", words)
}

fn after_no_connection(mut next: Delivery, at: Instant, jitter: f64) -> DeliveryStep {
    // A connection that was never made offered nothing, but the pause must grow all the same.
    next.attempts = next.attempts.saturating_add(u32::from(next.phase == DeliveryPhase::Waiting));
    let words = Words::new(
        "The receiver's system cannot be reached. It is tried again.",
        "Le système du destinataire est injoignable. Un nouvel essai suivra.",
    );
    try_later(&mut next, at, jitter);
    noted(next, "unreachable", words)
}

fn try_later(next: &mut Delivery, at: Instant, jitter: f64) {
    #[cfg(feature = "defects")]
    if defects::is(defects::Defect::GivesUp) && next.attempts > MOST_ERROR_ATTEMPTS {
        (next.phase, next.next) = (DeliveryPhase::Closed, None);
        return;
    }
    next.give_to_desk_if_due(at);
    if at.seconds_since(next.since) < SILENCE_LIMIT_SECONDS {
        next.phase = DeliveryPhase::Waiting;
        next.next = Some(next_attempt(next.attempts, at, jitter));
    } else {
        next.give_to_desk(at);
        next.phase = DeliveryPhase::Refused;
        next.next = None;
    }
}

fn noted(delivery: Delivery, code: &'static str, words: Words) -> DeliveryStep {
    DeliveryStep { delivery, outcome: None, code, words }
}

fn comma(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(", {text}") }
}

fn ended_words(outcome: &Outcome) -> Words {
    match outcome {
        Outcome::AnotherWay { by, how } => Words::new(
            format!("{by} saw to it another way: {how}."),
            format!("{by} s'en est occupé autrement : {how}."),
        ),
        Outcome::Excused { by, why } => {
            Words::new(format!("{by} excused it: {why}."), format!("{by} l'a excusé : {why}."))
        }
        Outcome::Recalled { why } => Words::new(format!("Recalled: {why}."), format!("Rappelé : {why}.")),
        Outcome::Acknowledged { code, text } => Words::new(
            format!("The receiver acknowledged it ({code}{}).", comma(text)),
            format!("Le destinataire l'a confirmé ({code}{}).", comma(text)),
        ),
        Outcome::Opened { by }
        | Outcome::ReadBack { by, .. }
        | Outcome::HandedOver { by, .. }
        | Outcome::Resolved { by, .. } => Words::new(format!("Settled by {by}."), format!("Réglé par {by}.")),
    }
}
