//! MDM T01 to T11: a document comes into being, changes its status, gets an addendum, is edited, replaced or cancelled,
//! with its content or as a notification (HL7 v2.5.1 9.5; message map MDM_T02 for all of them).

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of a document message.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Requests };
    for group in groups.iter().filter(|group| group.documents.is_empty()) {
        scope.note(
            &format!("The message has no TXA under PID at segment {}", group.pid.index().saturating_add(1)),
            "there is no document to file",
            &format!("Le message n'a pas de TXA sous PID au segment {}", group.pid.index().saturating_add(1)),
            "il n'y a pas de document à classer",
        );
    }
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
