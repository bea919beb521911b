//! A provider's way to access: one application through one state machine that cannot reach Active with anything missing
//! (GUARANTEES S-025 to S-044). Pure: what is on file in, what happens next or exactly what is missing out.
//!
//! The application's words: a **need** is one thing that must be on file; **facts** are what is on file; a **holder** is
//! who has it now. Which needs a sort of application has is a table ([`NEEDS`]), and so is who holds each state and for
//! how long ([`HOLDERS`]).

pub mod addresses;
pub mod administrators;
mod facts;
pub mod first;
pub mod forms;
mod holders;
pub mod licence;
pub mod mailbox;
pub mod meetings;
mod needs;
pub mod professions;
pub mod register;
pub mod scenes;
mod state;
pub mod statements;
pub mod verification;

pub use facts::{
    APPEAL_DAYS, Acknowledged, Applicant, Approval, Contact, Employment, Facts, FormHeld, FormWay,
    IDENTITY_DAYS, IdentityHeld, InDirectory, InForce, LicenceHeld, LicenceStanding, MODULE_DAYS, ModuleHeld,
    Refused, Tongue, Workplace,
};
pub use holders::{HOLDERS, Holder, Holding, holding};
pub use needs::{Held, NEEDS, Need, NeedRow, Sort, missing, needs};
pub use state::{Event, Missing, OPEN_ENDS, State, Step, TRANSITIONS, Transition, step};

#[cfg(test)]
mod tests;
