//! ADT A34, A36, A39, A40: two numbers, one person; A46, A47: a number was changed; A43: a number belongs to somebody
//! else (HL7 v2.5.1 3.3.34 to 3.3.47). Nothing is merged: the event is recorded.

use crate::identity::Claim;
use crate::identity::{Identifier, IdentifierSort, IdentityEvent, Says};
use crate::intake::chart::{Orders, Wants, chart, event_time};
use crate::intake::groups::Group;
use crate::intake::reading::{one, reps};
use crate::intake::scope::Scope;
use crate::intake::{Chart, claim};
use hl7v2::{Message, Segment};

/// Fields of MRG that name the former number, in the order in which they are believed: MRG-1, and where it says
/// nothing the ones it took the place of (MRG-4 with PID-2, MRG-2 with PID-4).
const FORMER: [usize; 3] = [1, 4, 2];

/// Charts of the survivors, and the events that their MRG segments state.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: true, notify: false, orders: Orders::Reports };
    let at = event_time(scope, message);
    let mut events: Vec<IdentityEvent> = Vec::new();
    let mut charts = Vec::with_capacity(groups.len());
    for group in groups {
        let chart = chart(scope, message, group, wants);
        let before = events.len();
        for mrg in &group.merges {
            let stated = match trigger {
                "A43" => moved(scope, group.pid, *mrg, &chart.claim),
                _ => merged(scope, *mrg, &chart.claim),
            };
            for (says, survivor, merged) in stated {
                let event =
                    IdentityEvent { trigger: trigger.to_owned(), says, survivor, merged, visit: None, at };
                if event.survivor != event.merged && !events.contains(&event) {
                    events.push(event);
                }
            }
        }
        if events.len() == before {
            scope.note(
                "MRG-1 names no other number than PID-3",
                "no identity event was recorded",
                "MRG-1 ne nomme aucun autre numéro que PID-3",
                "aucun événement d'identité n'a été consigné",
            );
        }
        charts.push(chart);
    }
    (charts, events)
}

fn former(scope: &Scope<'_>, mrg: Segment<'_>) -> Vec<Identifier> {
    let named = |n: usize| -> Vec<Identifier> {
        reps(mrg.field(n))
            .take(claim::MOST_IDENTIFIERS)
            .filter_map(|rep| claim::identifier(scope, rep))
            .filter(|identifier| identifier.sort != IdentifierSort::Other)
            .collect()
    };
    FORMER.into_iter().map(named).find(|numbers| !numbers.is_empty()).unwrap_or_default()
}

/// Each former number is the same person as the patient. Numbers merge within their authority when PID-3 has one of
/// the same; a card never replaces a number.
fn merged(scope: &Scope<'_>, mrg: Segment<'_>, claimed: &Claim) -> Vec<(Says, Identifier, Identifier)> {
    let Some(own) = &claimed.own else { return Vec::new() };
    former(scope, mrg)
        .into_iter()
        .map(|merged| {
            let survivor = claimed
                .identifiers
                .iter()
                .find(|other| other.sort == merged.sort && other.authority == merged.authority)
                .unwrap_or(own);
            (Says::Same, survivor.clone(), merged)
        })
        .collect()
}

/// A43: the number that stands in both PID-3 and MRG-1 was kept under MRG-4 and belongs under PID-2. Senders that
/// write the wrong owner's number in MRG-1 and the right one's in PID-3 mean a merge.
fn moved(
    scope: &Scope<'_>,
    pid: Segment<'_>,
    mrg: Segment<'_>,
    claimed: &Claim,
) -> Vec<(Says, Identifier, Identifier)> {
    let Some(own) = &claimed.own else { return Vec::new() };
    let former = former(scope, mrg);
    if !former.contains(own) {
        return merged(scope, mrg, claimed);
    }
    let named =
        |segment: Segment<'_>, n: usize| one(segment, n).and_then(|rep| claim::identifier(scope, rep));
    let (from, to) = (named(mrg, 4), named(pid, 2));
    let from = from.filter(|from| from != own).map(|from| (Says::Parted, from, own.clone()));
    let to = to.filter(|to| to != own).map(|to| (Says::Same, to, own.clone()));
    from.into_iter().chain(to).collect()
}
