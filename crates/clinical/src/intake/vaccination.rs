//! VXU V04, vaccinations (HL7 v2.5.1 4.17.1; message map VXU_V04).

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
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Vaccinations };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
