//! ADT A34 and A40: two numbers, one person (HL7 v2.5.1 3.3.34, 3.3.40). Nothing is merged: the event is recorded.

use crate::identity::{IdentifierSort, IdentityEvent};
use crate::intake::chart::{Wants, chart, event_time};
use crate::intake::groups::Group;
use crate::intake::reading::reps;
use crate::intake::scope::Scope;
use crate::intake::{Chart, claim};
use hl7v2::Message;

/// Charts of the survivors, and one event for each MRG-1 number.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: true, notify: false, reports: true };
    let at = event_time(scope, message);
    let mut events = Vec::new();
    for group in groups {
        let claimed = claim::read(scope, group.pid);
        let Some(survivor) = claimed.own.clone() else { continue };
        let before = events.len();
        for mrg in &group.merges {
            for rep in reps(mrg.field(1)).take(claim::MOST_IDENTIFIERS) {
                let Some(merged) = claim::identifier(scope, rep) else { continue };
                // Numbers merge within their authority when PID-3 has one of the same; a card never replaces a number.
                let survivor = claimed
                    .identifiers
                    .iter()
                    .find(|other| other.sort == merged.sort && other.authority == merged.authority)
                    .unwrap_or(&survivor);
                if *survivor == merged || merged.sort == IdentifierSort::Other {
                    continue;
                }
                let event =
                    IdentityEvent { trigger: trigger.to_owned(), survivor: survivor.clone(), merged, at };
                if !events.contains(&event) {
                    events.push(event);
                }
            }
        }
        if events.len() == before {
            scope.note(
                "MRG-1 names no other number than PID-3",
                "no identity event was recorded",
                "MRG-1 ne nomme aucun autre numéro que PID-3",
                "aucun événement d'identité n'a été consigné",
            );
        }
    }
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), events)
}
