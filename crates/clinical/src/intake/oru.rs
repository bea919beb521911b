//! ORU R01, unsolicited results (HL7 v2.5.1 7.3.1; message map ORU_R01): laboratory, microbiology, imaging, text.

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of a result message.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Reports };
    for group in groups {
        if group.orders.iter().all(|order| order.obr.is_none()) && group.documents.is_empty() {
            scope.note(
                "The message has no OBR",
                "the patient and what else it says were kept, there is no report",
                "Le message n'a pas de OBR",
                "le patient et le reste ont été conservés, il n'y a pas de compte rendu",
            );
        }
    }
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
