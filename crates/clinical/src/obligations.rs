//! Obligations: what, for whom, by when, who owns it now, then whom. They never end without an outcome.
//!
//! An [`Obligation`] can be made only by the constructors here, each of which takes its clock from [`POLICIES`], so
//! that an item without owner, due time or next owner cannot exist (DESIGN.md sections 1 and 11).

mod delivery;
mod desks;
mod enrolment;
mod ladder;
mod outcome;
mod owner;
pub mod paging;
mod primary;
mod privacy;
mod referrals;
mod terminology;

pub use delivery::{
    Delivery, DeliveryEvent, DeliveryPhase, DeliveryStep, MOST_ERROR_ATTEMPTS, PAUSE_MOST_SECONDS,
    RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS, Refusal, SILENCE_LIMIT_SECONDS, next_attempt, step,
};
pub use desks::{batch, case, paused, tell, untold};
pub use enrolment::{
    access_suspended, application, approval, confirmation, identity_waits, mail, mail_refused, mail_taken,
    mail_waits, set_aside,
};
pub use ladder::{LADDERS, Ladder, Rung, next_rung, rungs};
pub use outcome::{Counts, Outcome};
pub use owner::{Desk, Owner, UnknownOwner};
pub use primary::{Unsettled, primary_provider};
pub use privacy::{access_review, activity_flag, breach, correction, destruction, patient_notice, tip};
pub use referrals::referral;
pub use terminology::unmapped_code;

use crate::directory::Directory;
use crate::intake::Gravity;
use crate::routing::{Route, Target};
use crate::words::Words;
use fhir::Instant;
use serde::{Deserialize, Serialize};

/// Sort of obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ObligationKind {
    /// A report must reach a recipient's system; ends when its application acknowledgement is matched.
    Delivery,
    /// An entitled person must open, acknowledge or hand over a report.
    Attention,
    /// A report has somebody to go to and no way to them.
    Unroutable,
    /// A human must say who a message is about.
    IdentityReview,
    /// A message of a type that is not mapped is kept whole.
    KeptMessage,
    /// A message of a mapped type lacks something essential.
    HeldMessage,
    /// A code of a sender's own that its code map does not know: shown in the sender's words until somebody maps it.
    UnmappedCode,
    /// Something to tell the feed's owner: a control id used again with other content, odd fields.
    FeedReport,
    /// A feed says too much about one person: filing stopped and somebody must say what becomes of its messages.
    Breaker,
    /// Something about a feed, a receiver or the books is not as it should be.
    Incident,
    /// A synthetic test result must be acknowledged by a receiver.
    Canary,
    /// Somebody asked support something, or misses an item.
    Case,
    /// A feed is paused by hand: its messages are kept and not filed until it is resumed.
    Pause,
    /// A batch of messages is taken back or filed again.
    Batch,
    /// A recipient must be told something by a person.
    Tell,
    /// Something of the provider directory is doubted, proposed or does not resolve.
    Directory,
    /// Who a person's primary care provider is must be settled.
    PrimaryProvider,
    /// Somebody must say what becomes of a referral.
    Referral,
    /// Somebody saw what is withheld: a second person looks whether that was right.
    AccessReview,
    /// A person must be told something about their record, by the privacy desk.
    PatientNotice,
    /// A person asked that their record be corrected.
    Correction,
    /// Signs that somebody looked without need: a privacy officer says what they mean.
    ActivityFlag,
    /// Somebody told something without their name.
    Tip,
    /// A breach case: whom to notify must be decided and done.
    Breach,
    /// Content is due for destruction under the retention schedule.
    Destruction,
    /// An application for access waits for the enrolment desk, or for the record itself.
    Application,
    /// A manager was asked to say yes to somebody's access.
    Approval,
    /// Something that was sent to the mailbox, or uploaded, must be judged, answered or looked at.
    MailIn,
    /// A mail of our own must be handed over.
    Mail,
}

impl ObligationKind {
    /// All, in the order of the policy table.
    pub const ALL: [Self; 29] = [
        Self::Delivery,
        Self::Attention,
        Self::Unroutable,
        Self::IdentityReview,
        Self::KeptMessage,
        Self::HeldMessage,
        Self::UnmappedCode,
        Self::FeedReport,
        Self::Breaker,
        Self::Incident,
        Self::Canary,
        Self::Case,
        Self::Pause,
        Self::Batch,
        Self::Tell,
        Self::Directory,
        Self::PrimaryProvider,
        Self::Referral,
        Self::AccessReview,
        Self::PatientNotice,
        Self::Correction,
        Self::ActivityFlag,
        Self::Tip,
        Self::Breach,
        Self::Destruction,
        Self::Application,
        Self::Approval,
        Self::MailIn,
        Self::Mail,
    ];

    /// The stable code in the database and in the census.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Attention => "attention",
            Self::Unroutable => "unroutable",
            Self::IdentityReview => "identity-review",
            Self::KeptMessage => "kept",
            Self::HeldMessage => "held",
            Self::UnmappedCode => "unmapped-code",
            Self::FeedReport => "feed",
            Self::Breaker => "breaker",
            Self::Case => "case",
            Self::Pause => "pause",
            Self::Batch => "batch",
            Self::Tell => "tell",
            Self::Directory => "directory",
            Self::PrimaryProvider => "primary-provider",
            Self::AccessReview => "access-review",
            Self::PatientNotice => "patient-notice",
            Self::Correction => "correction",
            Self::ActivityFlag => "activity-flag",
            Self::Tip => "tip",
            Self::Breach => "breach",
            Self::Destruction => "destruction",
            Self::Application => "application",
            Self::Approval => "approval",
            Self::MailIn => "mail-in",
            Self::Mail => "mail-out",
            Self::Referral => "referral",
            Self::Incident => "incident",
            Self::Canary => "canary",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
    /// Several of them as people read it: on the wall of the books and at the desks.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Delivery => ("Deliveries", "Remises"),
            Self::Attention => ("To be opened", "À ouvrir"),
            Self::Unroutable => ("Without a route", "Sans voie"),
            Self::IdentityReview => ("Identity questions", "Questions d'identité"),
            Self::KeptMessage => ("Messages kept", "Messages gardés"),
            Self::HeldMessage => ("Messages held", "Messages retenus"),
            Self::UnmappedCode => ("Codes to be mapped", "Codes à mettre en correspondance"),
            Self::FeedReport => ("Word to feeds' owners", "Avis aux responsables de flux"),
            Self::Breaker => ("Stopped feeds", "Flux arrêtés"),
            Self::Incident => ("Incidents", "Incidents"),
            Self::Canary => ("Test results", "Résultats d'essai"),
            Self::Case => ("Questions and missing items", "Questions et éléments manquants"),
            Self::Pause => ("Pauses", "Pauses"),
            Self::Batch => ("Batches", "Lots"),
            Self::Tell => ("People to be told", "Personnes à prévenir"),
            Self::Directory => ("Directory changes", "Changements du répertoire"),
            Self::PrimaryProvider => {
                ("Primary care providers to be settled", "Fournisseurs de soins primaires à établir")
            }
            Self::AccessReview => ("Broken glass to review", "Bris de glace à réviser"),
            Self::PatientNotice => ("Patients to be told", "Patients à prévenir"),
            Self::Correction => ("Requests to correct", "Demandes de correction"),
            Self::ActivityFlag => ("Looks to be explained", "Consultations à expliquer"),
            Self::Tip => ("Tips", "Signalements"),
            Self::Breach => ("Breach cases", "Cas d’atteinte"),
            Self::Destruction => ("Destructions to be approved", "Destructions à approuver"),
            Self::Application => ("Applications for access", "Demandes d'accès"),
            Self::Approval => ("Managers asked", "Gestionnaires consultés"),
            Self::MailIn => ("Forms that were sent", "Formulaires envoyés"),
            Self::Mail => ("Mails to send", "Courriels à envoyer"),
            Self::Referral => ("Referrals to be decided", "Demandes de consultation à décider"),
        };
        Words::new(en, fr)
    }
    /// What must reach somebody: by their system, or by a way that a person must find. The books count these as due.
    #[must_use]
    pub fn is_delivery(self) -> bool {
        matches!(self, Self::Delivery | Self::Unroutable)
    }
}

/// By when the owner must act, and what happens if not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// By when.
    pub due: Instant,
    /// Who owns it next.
    pub then: Owner,
    /// How long the next owner has, in minutes.
    pub then_after: i64,
}

/// How long a kind waits, for whom then, and where the figure comes from.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The kind.
    pub kind: ObligationKind,
    /// First owner when the constructor is not told one.
    pub desk: Desk,
    /// Minutes until due.
    pub due: i64,
    /// Who owns it then.
    pub then: Desk,
    /// Minutes that one has.
    pub then_after: i64,
    /// Source of the figures.
    pub source: &'static str,
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// The clocks of the first cut.
pub const POLICIES: &[Policy] = &[
    Policy {
        kind: ObligationKind::Delivery,
        desk: Desk::Delivery,
        due: 30,
        then: Desk::Delivery,
        then_after: 2 * HOUR,
        source: "JOURNEYS 2.2 step 6: after 30 min a channel incident, after 2 h another way",
    },
    Policy {
        kind: ObligationKind::Attention,
        desk: Desk::Delivery,
        due: 14 * DAY,
        then: Desk::Delivery,
        then_after: DAY,
        source: "ours, for normal results; flagged ones: see attention_minutes",
    },
    Policy {
        kind: ObligationKind::Unroutable,
        desk: Desk::Delivery,
        due: 30,
        then: Desk::Directory,
        then_after: 4 * HOUR,
        source: "HAZARDS H13; JOURNEYS 2.2 steps 5 and 7",
    },
    Policy {
        kind: ObligationKind::IdentityReview,
        desk: Desk::Identity,
        due: 15,
        then: Desk::Safety,
        then_after: HOUR,
        source: "JOURNEYS 2.2 step 2: 15 min",
    },
    Policy {
        kind: ObligationKind::KeptMessage,
        desk: Desk::Interface,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "ours: a working day",
    },
    Policy {
        kind: ObligationKind::HeldMessage,
        desk: Desk::Interface,
        due: 10,
        then: Desk::Safety,
        then_after: HOUR,
        source: "JOURNEYS 2.2 step 4: 10 min",
    },
    Policy {
        kind: ObligationKind::UnmappedCode,
        desk: Desk::Terminology,
        due: DAY,
        then: Desk::Interface,
        then_after: DAY,
        source: "FEATURES IN11: fixed within a day; it blocks nothing",
    },
    Policy {
        kind: ObligationKind::FeedReport,
        desk: Desk::Interface,
        due: 3 * DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "ours: the message itself is filed, only its sender must be told",
    },
    Policy {
        kind: ObligationKind::Breaker,
        desk: Desk::Identity,
        due: 15,
        then: Desk::Safety,
        then_after: HOUR,
        source: "as an identity question (JOURNEYS 2.2 step 2): results wait behind it",
    },
    Policy {
        kind: ObligationKind::Incident,
        desk: Desk::Interface,
        due: 15,
        then: Desk::SiteLead,
        then_after: HOUR,
        source: "GUARANTEES S-024: without an owner for 15 min it goes to the lead",
    },
    Policy {
        kind: ObligationKind::Canary,
        desk: Desk::Interface,
        due: 15,
        then: Desk::Interface,
        then_after: HOUR,
        source: "ours: with the 25 min before it, within the hour of JOURNEYS 2.2",
    },
    Policy {
        kind: ObligationKind::Case,
        desk: Desk::Delivery,
        due: 4 * HOUR,
        then: Desk::Safety,
        then_after: 4 * HOUR,
        source: "GUARANTEES S-018: a case has a clock; four hours are ours, as for an unmatched result (JOURNEYS 2.2 step 7)",
    },
    Policy {
        kind: ObligationKind::Pause,
        desk: Desk::Interface,
        due: HOUR,
        then: Desk::Safety,
        then_after: HOUR,
        source: "ours: results wait behind a paused feed, so somebody looks again within the hour",
    },
    Policy {
        kind: ObligationKind::Batch,
        desk: Desk::Interface,
        due: 15,
        then: Desk::Interface,
        then_after: HOUR,
        source: "ours: what was decided is carried out within minutes, or a person looks",
    },
    Policy {
        kind: ObligationKind::Tell,
        desk: Desk::Delivery,
        due: HOUR,
        then: Desk::Safety,
        then_after: HOUR,
        source: "JOURNEYS 2.2: holders of a misfile are known within minutes; an hour to reach each is ours",
    },
    Policy {
        kind: ObligationKind::Directory,
        desk: Desk::Directory,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "ours: changes are effective in minutes once decided (FEATURES DR1); a working day to decide",
    },
    Policy {
        kind: ObligationKind::PrimaryProvider,
        desk: Desk::Delivery,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "ours: a working day; whatever comes meanwhile without a recipient is a line of its own",
    },
    Policy {
        kind: ObligationKind::Referral,
        desk: Desk::Delivery,
        due: 7 * DAY,
        then: Desk::PracticeLead,
        then_after: DAY,
        source: "JOURNEYS 2.5: a routine referral is decided within seven days; urgent ones have a ladder of their own",
    },
    Policy {
        kind: ObligationKind::AccessReview,
        desk: Desk::Privacy,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "HAZARDS 3.1, break-the-glass: reviewed within one working day",
    },
    Policy {
        kind: ObligationKind::PatientNotice,
        desk: Desk::Privacy,
        due: 7 * DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "HAZARDS H75: the patient is notified by default; a week for the letter is ours",
    },
    Policy {
        kind: ObligationKind::Correction,
        desk: Desk::Privacy,
        due: 30 * DAY,
        then: Desk::Safety,
        then_after: 7 * DAY,
        source: "GUARANTEES L-03, L-14: thirty days as for a request for access",
    },
    Policy {
        kind: ObligationKind::ActivityFlag,
        desk: Desk::Privacy,
        due: 3 * DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "GUARANTEES L-05: each alert has a disposition; three days are ours",
    },
    Policy {
        kind: ObligationKind::Tip,
        desk: Desk::Privacy,
        due: 3 * DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "GUARANTEES X-18: staff feared to report; three days to a first answer are ours",
    },
    Policy {
        kind: ObligationKind::Breach,
        desk: Desk::Privacy,
        due: 10 * DAY,
        then: Desk::Safety,
        then_after: 3 * DAY,
        source: "GUARANTEES L-06, L-07: notified at the first reasonable time; ten days are ours",
    },
    Policy {
        kind: ObligationKind::Destruction,
        desk: Desk::Privacy,
        due: 30 * DAY,
        then: Desk::Safety,
        then_after: 7 * DAY,
        source: "GUARANTEES L-11: the schedule is data; a month to approve is ours",
    },
    Policy {
        kind: ObligationKind::Application,
        desk: Desk::Enrolment,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "JOURNEYS 2.6 bar: verified within one business day",
    },
    Policy {
        kind: ObligationKind::Approval,
        desk: Desk::Enrolment,
        due: 2 * DAY,
        then: Desk::Enrolment,
        then_after: DAY,
        source: "JOURNEYS 2.6 step 7: no answer in two days, then the coordinator",
    },
    Policy {
        kind: ObligationKind::MailIn,
        desk: Desk::Enrolment,
        due: DAY,
        then: Desk::Safety,
        then_after: DAY,
        source: "JOURNEYS 2.6 step 3: a human check within a day",
    },
    Policy {
        kind: ObligationKind::Mail,
        desk: Desk::Enrolment,
        due: 15,
        then: Desk::Enrolment,
        then_after: DAY,
        source: "ours: a code that does not come within a quarter of an hour stops somebody at the door",
    },
];

/// The clock of a kind.
#[must_use]
pub fn policy(kind: ObligationKind) -> &'static Policy {
    POLICIES.iter().find(|p| p.kind == kind).unwrap_or(&POLICIES[0])
}

/// Something that must happen. Fields are read through methods; only the constructors make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    kind: ObligationKind,
    what: Words,
    recipient: String,
    recipient_id: String,
    because: Words,
    gravity: Gravity,
    owner: Owner,
    clock: Clock,
}

impl Obligation {
    /// Sort.
    #[must_use]
    pub fn kind(&self) -> ObligationKind {
        self.kind
    }
    /// What must happen, as a sentence.
    #[must_use]
    pub fn what(&self) -> &Words {
        &self.what
    }
    /// For whom, as people read it; empty when it is for the feed or the record as such.
    #[must_use]
    pub fn recipient(&self) -> &str {
        &self.recipient
    }
    /// Directory id of the practitioner or endpoint; empty when none.
    #[must_use]
    pub fn recipient_id(&self) -> &str {
        &self.recipient_id
    }
    /// Why it exists.
    #[must_use]
    pub fn because(&self) -> &Words {
        &self.because
    }
    /// How grave it is; it has the ladder of that.
    #[must_use]
    pub fn gravity(&self) -> Gravity {
        self.gravity
    }
    /// Who owns it now.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }
    /// By when, then whom.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    fn open(kind: ObligationKind, owner: Owner, now: Instant, what: Words, because: Words) -> Self {
        let gravity = Gravity::Normal;
        let clock = ladder::clock(kind, gravity, &owner, now);
        Self {
            kind,
            what,
            recipient: String::new(),
            recipient_id: String::new(),
            because,
            gravity,
            owner,
            clock,
        }
    }

    /// The same with the ladder of a gravity, from `now` on.
    #[must_use]
    pub fn graver(mut self, gravity: Gravity, now: Instant) -> Self {
        self.clock = ladder::clock(self.kind, gravity, &self.owner, now);
        self.gravity = gravity;
        self
    }

    fn for_whom(mut self, name: &str, id: &str) -> Self {
        name.clone_into(&mut self.recipient);
        id.clone_into(&mut self.recipient_id);
        self
    }
}

/// What one route of a report obliges to: delivery where there is a system, attention of the one who is responsible
/// where it can be seen, or the delivery desk when there is no way. A copy to a portal-only recipient obliges to
/// nothing: it is readable.
#[must_use]
pub fn for_route(
    title: &str,
    gravity: Gravity,
    route: &Route,
    directory: &Directory,
    now: Instant,
) -> Vec<Obligation> {
    let mut list = Vec::new();
    match &route.target {
        Target::Endpoint { .. } => {
            list.extend(delivery(title, route, now).map(|owed| owed.graver(gravity, now)));
        }
        Target::Portal { .. } => {}
        Target::Nowhere { name } => {
            list.push(unroutable(title, name, route.because.clone(), now).graver(gravity, now));
        }
    }
    if attention_is_seen(gravity, &route.target, directory) {
        list.extend(attention(title, gravity, route, now));
    }
    list
}

/// Whether anybody can tell that a report was opened: it is read in the portal, or the receiver's system reports it. No
/// attention is owed that nobody could ever see paid. A critical result is the exception: its attention ends by voice
/// and read-back, whatever the receiver's system can tell (H18).
#[must_use]
pub fn attention_is_seen(gravity: Gravity, target: &Target, directory: &Directory) -> bool {
    match target {
        Target::Portal { .. } => true,
        Target::Endpoint { endpoint, .. } => {
            gravity == Gravity::Critical || directory.endpoint(endpoint).is_some_and(|to| to.reports_opening)
        }
        Target::Nowhere { .. } => false,
    }
}

/// A report must reach the system of a recipient; `None` when the route has no system.
#[must_use]
pub fn delivery(title: &str, route: &Route, now: Instant) -> Option<Obligation> {
    let Target::Endpoint { endpoint, name, .. } = &route.target else { return None };
    let what = Words::new(format!("Deliver {title} to {name}."), format!("Remettre {title} à {name}."));
    let owner = Owner::Machine("delivery".to_owned());
    Some(
        Obligation::open(ObligationKind::Delivery, owner, now, what, route.because.clone())
            .for_whom(name, endpoint),
    )
}

/// The responsible recipient must open a report; `None` for copies and where there is nobody yet.
#[must_use]
pub fn attention(title: &str, gravity: Gravity, route: &Route, now: Instant) -> Option<Obligation> {
    let (Target::Endpoint { practitioner, place, name, .. } | Target::Portal { practitioner, place, name }) =
        &route.target
    else {
        return None;
    };
    if !route.responsible {
        return None;
    }
    let what = Words::new(format!("{name}: open {title}."), format!("{name} : ouvrir {title}."));
    let owner = Owner::Practitioner { id: practitioner.clone(), place: place.clone() };
    Some(
        Obligation::open(ObligationKind::Attention, owner, now, what, route.because.clone())
            .for_whom(name, practitioner)
            .graver(gravity, now),
    )
}

/// Somebody must have a report and there is no way to them: the delivery desk finds one.
#[must_use]
pub fn unroutable(title: &str, name: &str, because: Words, now: Instant) -> Obligation {
    let what = if name.is_empty() {
        Words::new(format!("Find out who must have {title}."), format!("Établir qui doit recevoir {title}."))
    } else {
        Words::new(
            format!("Find a way for {title} to {name}."),
            format!("Trouver comment remettre {title} à {name}."),
        )
    };
    of_desk(ObligationKind::Unroutable, what, because, now).for_whom(name, "")
}

/// Somebody must say who a message is about; nothing of it is filed until then.
#[must_use]
pub fn review(patient: &str, reason: Words, now: Instant) -> Obligation {
    let whom =
        if patient.is_empty() { Words::new("no name", "sans nom") } else { Words::new(patient, patient) };
    let what = Words::new(
        format!("Say which patient this is: {}.", whom.en),
        format!("Dire de quel patient il s'agit : {}.", whom.fr),
    );
    of_desk(ObligationKind::IdentityReview, what, reason, now)
}

/// A message of a type that is not mapped is kept; its feed's owner says what is to be done with it.
#[must_use]
pub fn kept(message_type: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Decide what is done with a kept {message_type} message."),
        format!("Décider que faire d'un message {message_type} gardé."),
    );
    of_desk(ObligationKind::KeptMessage, what, reason, now)
}

/// A message of a mapped type cannot be filed as it is.
#[must_use]
pub fn held(message_type: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Complete or return a held {message_type} message."),
        format!("Compléter ou renvoyer un message {message_type} retenu."),
    );
    of_desk(ObligationKind::HeldMessage, what, reason, now)
}

/// Something to tell the owner of a feed.
#[must_use]
pub fn feed_report(link: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Tell the owner of feed {link}."),
        format!("Avertir le responsable du flux {link}."),
    );
    of_desk(ObligationKind::FeedReport, what, reason, now).for_whom(link, "")
}

/// Minutes in which a site answers a question of the identity desk (ours: a ward rings back within the hour).
const QUESTION_MINUTES: i64 = HOUR;

/// The identity desk asks a sender or site; its case waits for the answer, which the feed's owner gets.
#[must_use]
pub fn identity_question(link: &str, question: Words, now: Instant) -> Obligation {
    let mut made = feed_report(link, question, now);
    made.what = Words::new(format!("Get an answer from {link}."), format!("Obtenir une réponse de {link}."));
    made.clock.due = now.plus_minutes(QUESTION_MINUTES);
    made
}

/// Filing of a feed, or of one person on it, has stopped; somebody must look at its messages and decide.
#[must_use]
pub fn stopped(link: &str, reason: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Say what becomes of the messages of feed {link} that were stopped."),
        format!("Dire ce qu'il advient des messages du flux {link} qui ont été arrêtés."),
    );
    of_desk(ObligationKind::Breaker, what, reason, now).for_whom(link, "")
}

/// The same control id came again with other content (HAZARDS 2.3 no. 2): both are processed, the feed's owner is told.
#[must_use]
pub fn control_id_reused(link: &str, control_id: &str, now: Instant) -> Obligation {
    let reason = Words::new(
        format!(
            "Control id {control_id} (MSH-10) was used again for another message. Both are processed; the sender must number its messages once."
        ),
        format!(
            "L'identifiant de contrôle {control_id} (MSH-10) a servi de nouveau pour un autre message. Les deux sont traités; l'expéditeur doit numéroter chaque message une seule fois."
        ),
    );
    feed_report(link, reason, now)
}

/// A file or batch of messages is not what it says of itself (HL7 v2.5.1 2.10.3): so many were `taken` of so many that
/// came; the feed's owner asks the sender whether something is missing.
#[must_use]
pub fn batch_totals(
    link: &str,
    control_id: &str,
    said: &Words,
    (taken, came): (usize, usize),
    now: Instant,
) -> Obligation {
    let reason = Words::new(
        format!("Batch {control_id}: {}. Messages that came: {came}, taken: {taken}.", said.en),
        format!("Lot {control_id} : {}. Messages arrivés : {came}, pris : {taken}.", said.fr),
    );
    feed_report(link, reason, now)
}

/// Minutes in which a batch whose messages come in frames of their own ends; then a person asks (ours).
const WRAPPING_MINUTES: i64 = 15;

/// A batch whose messages come in frames of their own has begun: it ends with its trailer, which says how many there are
/// (HL7 v2.5.1 2.10.3). Where none comes, the feed's owner asks the sender what is missing.
#[must_use]
pub fn batch_begun(link: &str, control_id: &str, now: Instant) -> Obligation {
    let reason = Words::new(
        format!(
            "Batch {control_id} has begun and its trailer (BTS or FTS) has not come. Ask the sender whether messages of it are missing, and have it sent again."
        ),
        format!(
            "Le lot {control_id} a commencé et sa fin (BTS ou FTS) n'est pas arrivée. Demandez à l'expéditeur s'il en manque des messages, et faites-le renvoyer."
        ),
    );
    let made = feed_report(link, reason, now);
    let clock = Clock {
        due: now.plus_minutes(WRAPPING_MINUTES),
        then: made.owner.clone(),
        then_after: made.clock.then_after,
    };
    Obligation { owner: Owner::Machine("batch".to_owned()), clock, ..made }
}

/// Somebody on a link's line said what the link may not say: refused, and the feed's owner is told.
#[must_use]
pub fn outside_binding(link: &str, said: &Words, now: Instant) -> Obligation {
    let reason = Words::new(
        format!(
            "A message was refused: {}. If it came from the sender, settle it with them; if not, somebody else has its line.",
            said.en
        ),
        format!(
            "Un message a été refusé : {}. S'il vient de l'expéditeur, réglez-le avec lui; sinon, quelqu'un d'autre tient sa liaison.",
            said.fr
        ),
    );
    feed_report(link, reason, now)
}

/// Something of the provider directory is to be decided or put right by its desk (S-019, S-020).
#[must_use]
pub fn directory(about: &str, id: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Put the directory right: {about}."),
        format!("Mettre le répertoire à jour : {about}."),
    );
    of_desk(ObligationKind::Directory, what, because, now).for_whom(about, id)
}

fn of_desk(kind: ObligationKind, what: Words, because: Words, now: Instant) -> Obligation {
    Obligation::open(kind, Owner::Desk(policy(kind).desk), now, what, because)
}

/// Something is not as it should be with `subject`; a desk looks, and it ends by itself when it is as it should be again.
#[must_use]
pub fn incident(subject: &str, what: Words, because: Words, now: Instant) -> Obligation {
    of_desk(ObligationKind::Incident, what, because, now).for_whom(subject, "")
}

/// A test result went to a receiver, who must acknowledge it. Nobody's chart is concerned.
#[must_use]
pub fn canary(name: &str, endpoint: &str, because: Words, now: Instant) -> Obligation {
    let what = Words::new(
        format!("Have {name} acknowledge the test result."),
        format!("Faire confirmer le résultat d'essai par {name}."),
    );
    let owner = Owner::Machine("delivery".to_owned());
    Obligation::open(ObligationKind::Canary, owner, now, what, because).for_whom(name, endpoint)
}

/// The same over a way whose receipt takes longer than an answer on a line: a file that is fetched, a fax that is sent.
#[must_use]
pub fn canary_within(name: &str, endpoint: &str, because: Words, minutes: i64, now: Instant) -> Obligation {
    let made = canary(name, endpoint, because, now);
    Obligation { clock: Clock { due: now.plus_minutes(minutes), ..made.clock.clone() }, ..made }
}

/// The next owner of an obligation whose time is over; `None` while it is not.
#[must_use]
pub fn overdue(obligation: &Obligation, now: Instant) -> Option<Owner> {
    (now >= obligation.clock.due).then(|| obligation.clock.then.clone())
}

/// The obligation after its time is over: owned by the next one, with a clock of its own. The last rung keeps it and is
/// reminded again: escalation ends at a person, never at nobody (H18).
#[must_use]
pub fn escalate(obligation: Obligation, now: Instant) -> Obligation {
    let owner = obligation.clock.then;
    let clock = ladder::clock(obligation.kind, obligation.gravity, &owner, now);
    Obligation { owner, clock, ..obligation }
}

/// Whether an owner is there on a day (`YYYY-MM-DD`): a practitioner without any role at the place is not, nor is one whose
/// absence has begun, nor is a team of which nobody is, and what they own goes to the next rung at once instead of waiting
/// for its time (H19, RT11).
#[must_use]
pub fn owner_is_there(owner: &Owner, directory: &Directory, day: &str) -> bool {
    match owner {
        Owner::Machine(_) | Owner::Desk(_) | Owner::Outside(_) => true,
        Owner::Practitioner { id, place } => {
            directory.roles_on(id, day).any(|role| role.place == *place)
                && directory.absence_on(id, Some(place), day).is_none()
        }
        Owner::Team(id) => directory.team(id).is_some_and(|team| team.there(directory, day).next().is_some()),
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
