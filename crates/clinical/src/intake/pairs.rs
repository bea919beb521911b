//! ADT A24 and A37: two patients in one message, said to be one person or not to be any more (HL7 v2.5.1 3.3.24,
//! 3.3.37). Nothing is merged: the event is recorded.

use crate::identity::{IdentityEvent, Says};
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart, event_time};
use crate::intake::claim;
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of both patients, and one event about each pair of the first with another.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: true, notify: false, orders: Orders::Reports };
    let at = event_time(scope, message);
    let says = if trigger == "A37" { Says::Parted } else { Says::Same };
    let mut named = groups.iter().filter_map(|group| claim::read(scope, group.pid).own);
    let mut events = Vec::new();
    if let Some(survivor) = named.next() {
        for merged in named.filter(|other| *other != survivor) {
            let event = IdentityEvent {
                trigger: trigger.to_owned(),
                says,
                survivor: survivor.clone(),
                merged,
                visit: None,
                at,
            };
            if !events.contains(&event) {
                events.push(event);
            }
        }
    }
    if events.is_empty() {
        scope.note(
            "the message does not name two patients with a number each (PID-3)",
            "no identity event was recorded",
            "le message ne nomme pas deux patients ayant chacun un numéro (PID-3)",
            "aucun événement d'identité n'a été consigné",
        );
    }
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), events)
}
