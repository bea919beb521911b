//! Samples of the page behind the link of a call.

use super::{ago, words};
use actions::paging::{CalledState, CalledView};

/// One that waits.
pub(super) fn waits() -> CalledView {
    CalledView {
        number: "2b6aac09".into(),
        name: "Gull, Ada".into(),
        since: ago(42),
        owner: words("clinician on call", "clinicien de garde"),
        state: CalledState::Waits,
    }
}

/// One that somebody has.
pub(super) fn taken() -> CalledView {
    CalledView { state: CalledState::Taken { by: "Gull, Ada".into(), until: ago(-28) }, ..waits() }
}

/// One that has ended.
pub(super) fn ended() -> CalledView {
    CalledView { state: CalledState::Ended, ..waits() }
}
