//! Samples of the page behind the link of a call.

use super::{ago, words};
use actions::paging::{CalledState, CalledView};

/// One that waits.
pub(super) fn waits() -> CalledView {
    CalledView {
        number: "2b6aac09".into(),
        name: "Gull, Ada".into(),
        what: words("a critical result", "un résultat critique"),
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
    let how = words("the receiving system acknowledged it", "le système destinataire l'a confirmé");
    CalledView { state: CalledState::Ended { how, more_open: true }, ..waits() }
}

/// One that was passed on since.
pub(super) fn passed() -> CalledView {
    CalledView { state: CalledState::Passed, ..waits() }
}
