//! ADT A35, A41, A42, A49, A50: a visit or account has another number; A44, A45: it was kept under another patient
//! (HL7 v2.5.1 3.3.35, 3.3.41 to 3.3.50). Nothing is moved: the former visit says that it was an error and which one it
//! is now, and what stood under another patient is a person's to look at.

use crate::identity::{Identifier, IdentifierSort, IdentityEvent, Says};
use crate::intake::chart::{Orders, Wants, chart, event_time};
use crate::intake::datatypes::cx;
use crate::intake::draft::Draft;
use crate::intake::groups::Group;
use crate::intake::reading::{comp, one};
use crate::intake::scope::Scope;
use crate::intake::{Chart, Proposal, claim};
use crate::results::Standing;
use fhir::{Kind, ResourceKey, build};
use hl7v2::{Message, Rep, Segment};

/// Charts of the patients, the former visits among them, and one event for each visit of another patient.
pub(crate) fn read(
    scope: &Scope<'_>,
    message: &Message,
    groups: &[Group<'_>],
    trigger: &'static str,
) -> (Vec<Chart>, Vec<IdentityEvent>) {
    let wants = Wants { trigger, is_news: true, notify: false, orders: Orders::Reports };
    let at = event_time(scope, message);
    let (mut charts, mut events) = (Vec::with_capacity(groups.len()), Vec::new());
    for group in groups {
        let mut chart = chart(scope, message, group, wants);
        for mrg in &group.merges {
            let owner = one(*mrg, 1).and_then(|rep| claim::identifier(scope, rep));
            let other = owner.filter(|owner| !chart.claim.identifiers.contains(owner));
            match (other, &chart.claim.own) {
                (Some(merged), Some(own)) if matches!(trigger, "A44" | "A45") => {
                    let visit = one(*mrg, 5).or_else(|| group.pv1.and_then(|pv1| one(pv1, 19)));
                    events.push(IdentityEvent {
                        trigger: trigger.to_owned(),
                        says: Says::Moved,
                        survivor: own.clone(),
                        merged,
                        visit: visit.map(number),
                        at,
                    });
                }
                _ => {
                    let former =
                        former_visit(scope, group, *mrg, &chart, Standing { finality: None, as_of: at });
                    chart.resources.extend(former);
                }
            }
        }
        charts.push(chart);
    }
    (charts, events)
}

/// A visit number as the key of a visit has it: authority and value as they are written.
fn number(rep: Rep<'_>) -> Identifier {
    Identifier {
        sort: IdentifierSort::Other,
        authority: comp(rep, 4).into_owned(),
        value: comp(rep, 1).into_owned(),
    }
}

/// The visit under its former number: an error by now, and part of the one that took its place.
fn former_visit(
    scope: &Scope<'_>,
    group: &Group<'_>,
    mrg: Segment<'_>,
    chart: &Chart,
    standing: Standing,
) -> Option<Proposal> {
    let former = one(mrg, 5)?;
    let Identifier { authority, value, .. } = number(former);
    let now = group.pv1.and_then(|pv1| one(pv1, 19)).map(number);
    if value.is_empty() || now.is_some_and(|now| now.value == value && now.authority == authority) {
        return None;
    }
    let visit = chart.resources.iter().find(|proposal| proposal.key.kind == Kind::Encounter)?;
    let key = ResourceKey::of(chart.record, Kind::Encounter, &[&authority, &value]);
    let mut draft = Draft::new(key, &scope.sender.message_reference);
    let identifier = cx::with_type(scope, &mut draft, former, "VN");
    draft.add("identifier", identifier.set("use", "old"));
    draft.put("status", "entered-in-error");
    if let Some(class) = visit.resource.get("class") {
        draft.put("class", class.clone());
    }
    draft.put("subject", build::reference(ResourceKey::patient(chart.record)));
    draft.put("partOf", build::reference(visit.key));
    Some(Proposal { key, resource: draft.finish(), standing, report: None })
}
