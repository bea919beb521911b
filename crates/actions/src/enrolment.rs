//! Applications for access: what who applies does, what a manager answers, what the enrolment desk decides, and what the
//! record does by itself (GUARANTEES S-025 to S-044; JOURNEYS 2.6). Who applies cannot be signed in yet: they are known by
//! the secret of their browser, whose hash is the `handle` here, or by a link that only this record can make.

pub mod applying;
mod clocks;
pub mod desk;
pub mod keeping;
pub(crate) mod letters;
pub(crate) mod links;
pub mod looking;
mod meeting;
mod places;
pub(crate) mod turn;
pub mod tying;

pub use applying::{Appeal, Approve, Begin, Licence, Prove, Resume, Scene, Send, Way, Withdraw, Workplaces};
pub use desk::{Caller, CheckLicence, GiveBack, GrantAccess, Refuse, Verify};
pub use keeping::{EndAccess, InviteAgain, ResumeAccess, SuspendAccess};
pub use letters::INVITED;
pub use links::{ApproveLink, ResumeLink};
pub use looking::{
    AnewLine, ApproveView, Asked, AskedFor, DeskView, Happened, Mine, MineView, OfManager, One, OneView,
    Place, Queue, QueueLine,
};

pub use meeting::{Meet, Meeting, Missed};
pub use places::{TakeAdministrators, TakeMeetings};
pub use tying::{Is, Listed, Tie};

use crate::refusal::Refusal;
use clinical::enrolment::administrators::Administrators;
use clinical::enrolment::meetings::Meetings;
use clinical::enrolment::register::Register;
use clinical::facility::registers::is_stale;
use fhir::Instant;
use store::View;

pub(crate) use turn::{facts_of, number, state_of};

/// The register file of licences.
pub const LICENCES: &str = "licences";
/// The file of who looks after access at each workplace.
pub const ADMINISTRATORS: &str = "administrators";

/// The file of the hours in which the enrolment desk holds video calls.
pub const MEETINGS: &str = "meetings";

/// The regulator's register as it was last taken; `None` when there is none that can be read, or it is too old to say anything.
pub(crate) fn register(view: &View, now: Instant) -> Result<Option<Register>, Refusal> {
    let file = view.register_file(LICENCES)?.filter(|file| !is_stale(file.at, now));
    Ok(file.and_then(|file| Register::read(&file.body).ok()))
}

/// Who looks after access at each workplace, as it was last taken.
pub(crate) fn administrators(view: &View) -> Result<Administrators, Refusal> {
    let file = view.register_file(ADMINISTRATORS)?;
    Ok(file.and_then(|file| Administrators::read(&file.body).ok()).unwrap_or_default())
}

/// When the enrolment desk holds video calls, as it was last taken; never where no file says.
pub(crate) fn meetings(view: &View) -> Result<Meetings, Refusal> {
    let file = view.register_file(MEETINGS)?;
    Ok(file.and_then(|file| Meetings::read(&file.body).ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
