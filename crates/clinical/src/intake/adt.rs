//! ADT about one patient: admit, transfer, discharge, register, update, cancel (structures ADT_A01, A02, A03, A05,
//! A09, A12, A21 …; message maps ADT_A01, ADT_A02, ADT_A05, ADT_A09, ADT_A11).

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart};
use crate::intake::groups::Group;
use crate::intake::reading::{comp, field, reps};
use crate::intake::scope::Scope;
use hl7v2::Message;

/// Charts of an ADT message.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let notify = matches!(trigger, "A01" | "A02" | "A03" | "A04" | "A06" | "A11" | "A12" | "A13");
    for mrg in groups.iter().flat_map(|group| &group.merges) {
        let number = field(*mrg, 1);
        let known =
            groups.iter().flat_map(|group| reps(group.pid.field(3))).any(|rep| comp(rep, 1) == number);
        if !number.is_empty() && !known {
            scope.note(
                &format!("MRG-1 names {number} beside {trigger}, which is no merge"),
                "no identity event was recorded; send A40 to say that two numbers are one person",
                &format!("MRG-1 nomme {number} avec {trigger}, qui n'est pas une fusion"),
                "aucun événement d'identité n'a été consigné ; envoyez A40 pour dire que deux numéros sont la même personne",
            );
        }
    }
    let wants = Wants { trigger, is_news: true, notify, orders: Orders::Reports };
    (groups.iter().map(|group| chart(scope, message, group, wants)).collect(), Vec::new())
}
