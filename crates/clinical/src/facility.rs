//! Access of people at a facility: who manages a unit and may say yes, what the licence and staff registers say, when an
//! access lapses, and the quarterly look of managers at their people (GUARANTEES S-029 to S-031, S-037, S-039, H80).

pub mod days;
pub mod lapses;
pub mod managers;
pub mod recertification;
pub mod registers;
pub mod tickets;
