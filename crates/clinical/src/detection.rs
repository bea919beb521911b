//! Who may have looked without need (HAZARDS 3.3; GUARANTEES L-05, X-18, X-19). Pure: what somebody did on a day, what is
//! remembered of them and what their peers do go in; a flag with its reasons comes out. A flag is a question to a privacy
//! officer, never a verdict.
//!
//! Weights are tenths of natural logarithms of how much likelier something is for somebody who snoops than by chance; they
//! add up. What has a relation on file weighs nothing, whoever it is about.

mod chance;
mod facts;
mod history;
mod signs;

pub use chance::{MEMBERS_LIKE_THEM, surprise_of_count, surprise_of_volume};
pub use facts::{Member, Shift, Staff, StaffProblem, Subject, Tie, day_of, signs};
pub use history::{DAYS_OF_BASELINE, Day, Flagged, History, Kept, Look, Peers, THRESHOLD, judge};
pub use signs::{Reason, Sign};
