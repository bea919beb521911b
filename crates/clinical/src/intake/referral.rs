//! REF I12 to I15, a referral, and RRI, what its receiver says (HL7 v2.5.1 11.5). HL7's maps have no row for it
//! (docs/mapping/own-maps.md).

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of the patients.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Requests };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
