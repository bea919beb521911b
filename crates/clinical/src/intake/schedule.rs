//! SIU S12 to S22 and S26: an appointment is booked, moved, changed, cancelled, missed (HL7 v2.5.1 10.4; message map
//! SIU_S12).

use crate::identity::IdentityEvent;
use crate::intake::Chart;
use crate::intake::chart::{Orders, Wants, chart_with};
use crate::intake::groups::Group;
use crate::intake::scope::Scope;
use crate::intake::segments::sch::{self, Schedule};
use hl7v2::Message;

/// Charts of the patients, the appointment in each.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: false, notify: false, orders: Orders::Requests };
    let schedule = Schedule::of(message);
    if schedule.is_none() {
        scope.note(
            "The message has no SCH",
            "the patient and what else it says were kept, there is no appointment",
            "Le message n'a pas de SCH",
            "le patient et le reste ont été conservés, il n'y a pas de rendez-vous",
        );
    }
    let of = |group: &Group<'_>| {
        chart_with(scope, message, group, wants, |folder| {
            if let Some(schedule) = &schedule {
                sch::file(folder, schedule, trigger);
            }
        })
    };
    (groups.iter().map(of).collect(), Vec::new())
}
