//! The product as a whole, driven through its ports only: the real binary on a data folder of its own, with hostile
//! clinics and senders around it. Every harness closes the books when it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot do what it says fails"
)]

mod activity;
mod apart;
mod bad_input;
mod breaker;
mod bulk;
mod commands;
mod corpus;
mod desks;
mod dialects;
mod enrolment;
mod facility;
mod fhir;
mod foreground;
mod full_disk;
mod hops;
mod interpreted;
mod kills;
mod lattice;
mod links;
mod load;
mod mailbox;
mod mails;
mod messages;
mod operations;
mod outage;
mod paging;
mod pauses;
mod peers;
mod practice;
mod practice_copy;
mod primaries;
mod published;
mod real_input;
mod replaced;
mod replays;
mod senders;
mod smart;
mod status;
mod sweeps;
mod totals;
mod upkeep;
mod ways;
