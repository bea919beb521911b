//! DFT P03, P11 and BAR P01, P02, P05, P06, P12: charges and accounts, kept as billing facts (HL7 v2.5.1 6.4).

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
