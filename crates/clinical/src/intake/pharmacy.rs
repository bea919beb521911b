//! OMP O09, RDE O11, RDS O13, RGV O15, RAS O17: a medicine is asked for, encoded, dispensed, to be given, given
//! (HL7 v2.5.1 4.10 to 4.14). HL7 has maps of RXO and RXR only; the rest is ours (docs/mapping/own-maps.md).

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
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Medicines };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
