//! ADT about one patient: admit, transfer, discharge, register, update, cancel (structures ADT_A01, A02, A03, A05,
//! A09, A12, A21 …; message maps ADT_A01, ADT_A02, ADT_A05, ADT_A09, ADT_A11).

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Wants, chart};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of an ADT message.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let notify = matches!(trigger, "A01" | "A02" | "A03" | "A04" | "A11" | "A12" | "A13");
    let wants = Wants { trigger, is_news: true, notify, reports: true };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
