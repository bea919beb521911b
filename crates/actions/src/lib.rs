//! One value for each thing a person or machine can do or look at, and what doing it means.
//!
//! `record.act(&ctx, deliveries::HandOver { … })` and `record.look(&ctx, results::Series { … })` are all that a
//! door can say (DESIGN.md section 3). No sockets, no HTML, no SQL text here.

pub mod access;
pub mod access_report;
pub mod backlog;
pub mod breaker;
pub mod breakglass;
pub mod canary;
pub mod cases;
pub mod census;
mod chart;
pub mod consent;
pub mod context;
pub mod corrections;
pub mod cover;
pub mod coverage;
pub mod criticals;
pub mod deliveries;
pub mod dialects;
pub mod directory;
pub mod encounters;
pub mod feeds;
pub mod home;
pub mod identity;
pub mod inbox;
pub mod incidents;
pub mod intake;
pub mod launches;
pub mod medications;
pub mod messages;
mod obligations;
mod orders;
pub mod paging;
pub mod panel;
pub mod patients;
pub mod plans;
pub mod practice;
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
mod settling;
pub mod sign_in;
mod silence;
pub mod space;
pub mod summaries;
pub mod switching;
mod telling;
pub mod totals;
pub mod unmatched;

pub use context::{Actor, Context};
pub use record::{Act, Look, Record};
pub use refusal::{Refusal, RefusalKind};
/// The vocabulary of decisions that doors speak: values and the permission table, never a deciding function.
pub mod values {
    pub use clinical::access::panel::Source as PanelSource;
    pub use clinical::access::reach::{Need, REACH, Reach, VERSION as REACH_VERSION};
    pub use clinical::access::relation::{Emergency, Reason, Relation};
    pub use clinical::access::told::{LookLine, ResultLine};
    pub use clinical::access::{DataClass, Permission, Purpose, Role, audit_verb, is_about_patient, may};
    pub use clinical::directory::{Affiliation, ContactState};
    pub use clinical::identity::{Claim, Evidence, Feature, Identifier, IdentifierSort, Name, Outcome, Sex};
    pub use clinical::intake::ReportClass;
    pub use clinical::results::Finality;
    pub use clinical::words::Words;
}

// Values of memory that doors show; the store itself stays out of their reach.
pub use clinical::obligations::ObligationKind;
pub use store::CorrectionRow;
pub use store::{
    Census, DeliveryCounts, KindCounts, LinkEventId, MessageCounts, MessageId, MessageState, ObligationId,
};
