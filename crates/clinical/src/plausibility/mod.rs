//! Is it plausible that all this is about one person? The last two looks before a message is filed (HAZARDS H01).
//!
//! [`same_person`] reads the received bytes again and compares the person they name with the one about to be filed on:
//! whatever our own program mixed up on the way is found here. [`Feed`] watches what each sender says over time, and
//! stops a sender that says everything about one person: its own PID is then wrong, and reading it again cannot help.
//! [`withdraw`] turns what a recipient was sent into the message that takes it back.
//!
//! All of it is pure: the state of a feed is a value, what is said goes in, a decision with its reasons comes out.

mod aim;
mod facts;
mod feed;
mod impossible;
mod person;
mod usual;
mod withdraw;

pub use aim::aimed;
pub use facts::{Facts, Order, read};
pub use feed::{Decision, Feed, MESSAGE_BITS, Stop, TRIP_BITS, WINDOW};
pub use impossible::{Impossible, impossible};
pub use person::{About, Raw, same_person};
pub use usual::{Reason, Sign};
pub use withdraw::withdraw;

#[cfg(test)]
mod tests;
