//! Migration of SHARE users: a roster and a day in, an application that lacks only what the person alone can bring for each
//! who used it in the last six months, a notice and a path for everybody else (GUARANTEES S-033, S-034).

pub(crate) mod aside;
mod migrating;

pub use aside::{AsideLine, Settle};
pub use migrating::{Close, Line, Plan, Share, run_id};

#[cfg(test)]
mod tests;
