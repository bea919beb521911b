//! One value for each thing a person or machine can do or look at, and what doing it means.
//!
//! `record.act(&ctx, deliveries::HandOver { … })` and `record.look(&ctx, results::Series { … })` are all that a
//! door can say (DESIGN.md section 3). No sockets, no HTML, no SQL text here.

pub mod access;
pub mod access_report;
pub mod accounts;
pub mod activity;
pub mod backlog;
pub mod breaches;
pub mod breaker;
pub mod breakglass;
pub mod bulk;
pub mod canary;
pub mod cases;
pub mod census;
pub mod certificates;
mod chart;
pub mod consent;
pub mod context;
pub mod corrections;
pub mod cover;
pub mod coverage;
pub mod criticals;
mod damage;
pub mod deliveries;
pub mod detection;
pub mod dialects;
pub mod directory;
pub mod downtime;
pub mod encounters;
pub mod enrolment;
pub mod facility;
pub mod feeds;
pub mod home;
pub mod identity;
pub mod inbox;
pub mod incidents;
pub mod intake;
pub mod launches;
pub mod lists;
pub mod mailbox;
pub mod mailing;
pub mod medications;
pub mod messages;
mod obligations;
mod orders;
pub mod paging;
pub mod panel;
pub mod patients;
pub mod plans;
pub mod practice;
pub mod practice_copy;
pub mod primaries;
pub mod problems;
mod recall;
pub mod reconcilers;
pub mod record;
pub mod referrals;
pub mod refusal;
pub mod registration;
pub mod replays;
pub mod reports;
pub mod resources;
pub mod results;
pub mod retention;
mod second_place;
mod settling;
pub mod share;
pub mod sign_in;
mod silence;
pub mod smart;
pub mod space;
pub mod status;
pub mod subscriptions;
pub mod summaries;
pub mod switching;
mod telling;
pub mod tips;
pub mod totals;
pub mod unmatched;
pub mod vitals;

pub use context::{Actor, Context};
pub use record::{Act, Look, Record};
pub use refusal::{Refusal, RefusalKind};
/// The vocabulary of decisions that doors speak: values and the permission table, never a deciding function.
pub mod values {
    pub use clinical::access::panel::Source as PanelSource;
    pub use clinical::access::reach::{Need, REACH, Reach, VERSION as REACH_VERSION};
    pub use clinical::access::relation::{Emergency, Reason, Relation};
    pub use clinical::access::told::{LookLine, ResultLine};
    pub use clinical::access::{
        DataClass, FRESHLY_PROVEN, Permission, Purpose, Role, audit_verb, is_about_patient, may,
    };
    pub use clinical::detection::{Reason as SignReason, Sign};
    pub use clinical::directory::{Affiliation, ContactState};
    pub use clinical::facility::tickets::{TicketState, Wish as TicketWish};
    pub use clinical::identity::{Claim, Evidence, Feature, Identifier, IdentifierSort, Name, Outcome, Sex};
    pub use clinical::intake::ReportClass;
    pub use clinical::results::Finality;
    pub use clinical::retention::{Action as RetentionAction, SCHEDULE};
    pub use clinical::words::Words;

    /// Forms on paper, as the enrolment desk sees them.
    pub mod forms {
        pub use clinical::enrolment::forms::{Beside, Form, Item};
        pub use clinical::enrolment::mailbox::{Held, Standing};
    }

    /// What an application for access is made of: states, what is on file, texts and tables that its pages show.
    pub mod enrolment {
        pub use clinical::enrolment::professions::{
            GRANTED_TO_UNLISTED, PROFESSIONS, Profession, UNLISTED, profession, sees,
        };
        pub use clinical::enrolment::scenes::{Next, Scene, next};
        pub use clinical::enrolment::statements::{
            SIGNED_TEXTS, STATEMENTS, SignedText, Statement, signed_text,
        };
        pub use clinical::enrolment::verification::Method;
        pub use clinical::enrolment::{
            Applicant, Contact, Facts, FormHeld, FormWay, Holder, LicenceHeld, LicenceStanding, ModuleHeld,
            Need, Refused, State, Tongue, Workplace,
        };
    }
}

// Values of memory that doors show; the store itself stays out of their reach.
pub use clinical::obligations::ObligationKind;
pub use store::CorrectionRow;
pub use store::{AccountState, WorkContext};
pub use store::{ApplicationId, MailId, MailOut};
pub use store::{
    Census, DeliveryCounts, KindCounts, LinkEventId, MessageCounts, MessageId, MessageState, ObligationId,
};
