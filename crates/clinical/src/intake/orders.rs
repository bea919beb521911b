//! ORM O01, OML O21, O33, O35, OMG O19, OMI O23: something is asked for (HL7 v2.5.1 4.4, 4.5; message maps ORM_O01,
//! OML_O21), and the answers ORR, ORL, ORG, ORI: how it stands with whoever is to do it.

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Requests, or answers to them.
fn asked(message: &Message) -> Orders {
    match &*message.header().message_code() {
        "ORR" | "ORL" | "ORG" | "ORI" => Orders::Answers,
        _ => Orders::Requests,
    }
}

/// Charts of the patients.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: false, notify: false, orders: asked(message) };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
