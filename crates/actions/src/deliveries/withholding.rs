//! Consent on the way out: asked right before anything is offered, printed or collected, so that what was recorded a minute
//! ago holds too (GUARANTEES L-09). Nothing ends in silence: a copy that is kept back is told of by a person of the privacy
//! desk, and where the one who must act is kept from it, that desk decides who acts instead.

use super::carrying::{ACTOR, delivery_changes, remembered};
use crate::obligations::{About, id, row as new_row};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::access::DataClass;
use clinical::consent::{OnTheWay, Reader, on_the_way};
use clinical::directory::Directory;
use clinical::intake::{Sender, interpret};
use clinical::obligations::{
    DeliveryEvent, DeliveryStep, Desk, Outcome, Owner, Refusal as Refused, step, tell,
};
use clinical::routing::{Target, route};
use clinical::words::Words;
use fhir::Instant;
use hl7v2::Message;
use store::{ObligationChange, ObligationRow, ObligationState, OutboxRow, ReadProblem, Settled, View};

/// Who is said to have kept it back, in outcomes.
const BY_CONSENT: &str = "consent directive";

/// What consent says of one delivery. A directive that ends is held until the delivery is next due after its end.
pub(super) fn consent(
    view: &View,
    directory: &Directory,
    row: &OutboxRow,
    message: &Message,
    sender: &Sender,
) -> Result<OnTheWay, ReadProblem> {
    let standing = crate::access::directives(view, row.record)?;
    if standing.is_empty() {
        return Ok(OnTheWay::Goes);
    }
    let (Some(record), Some(owed)) = (view.record(row.record)?, view.obligation(row.obligation)?) else {
        return Ok(OnTheWay::Goes);
    };
    let said = interpret(message, sender);
    let report = said.charts.iter().flat_map(|chart| &chart.reports).find(|report| report.key == row.report);
    let day: String = sender.received.to_string().chars().take(10).collect();
    let mut reader = Reader::default();
    reader.places.extend(directory.endpoint(&row.destination).map(|endpoint| endpoint.place.clone()));
    let mut responsible = false;
    for next in report.iter().flat_map(|report| route(report, directory, &day)) {
        if let Target::Endpoint { practitioner, place, endpoint, name } = next.target
            && endpoint == owed.recipient_id
            && name == owed.recipient
        {
            responsible |= next.responsible;
            reader.practitioner = Some(practitioner);
            reader.places.push(place);
        }
    }
    let class = report.map_or(DataClass::Other, |report| DataClass::of_report(report.class));
    let directives = standing.iter().map(|(_, directive)| directive);
    let site = (record.authority.as_str(), record.custodian.as_str());
    Ok(on_the_way(directives, &reader, responsible, class, site, row.next))
}

/// Why it does not go, as the desk and the chain say it.
pub(super) fn words() -> Words {
    Words::new(
        "the patient does not want it shown to this recipient.",
        "le patient ne veut pas que ce destinataire le voie.",
    )
}

impl Record {
    /// A delivery that consent keeps back: it ends, and a person tells the recipient that something is withheld; or the
    /// privacy desk owns it, when its recipient is the one who must act.
    pub(super) fn keep_back(&self, view: &View, row: &OutboxRow, decide: bool, now: Instant) {
        let kept = if decide { self.to_privacy(view, row, now) } else { self.end_withheld(view, row, now) };
        if let Err(reason) = kept {
            tracing::warn!(%reason, control_id = %row.control_id, "a delivery that consent keeps back still waits");
        }
    }

    fn end_withheld(&self, view: &View, row: &OutboxRow, now: Instant) -> Result<(), Refusal> {
        let Some(owed) = view.obligation(row.obligation)? else { return Err(Refusal::not_found()) };
        let outcome = Outcome::Excused { by: BY_CONSENT.to_owned(), why: words().en };
        let words = Words::new(
            "Withheld: the patient does not want it shown to this recipient. The privacy desk tells them that something is withheld.",
            "Retenu : le patient ne veut pas que ce destinataire le voie. Le bureau de la vie privée l'avertit que quelque chose est retenu.",
        );
        let before = remembered(row, &owed);
        let after = DeliveryStep { words, ..step(&before, &DeliveryEvent::Ended(outcome), now, 0.0) };
        let mut changes = delivery_changes(row, &owed, &after, ACTOR, now);
        changes.obligations.push(ObligationChange::Open(telling(&owed, row, now)));
        settled(self.store().settle_blocking(changes))
    }

    fn to_privacy(&self, view: &View, row: &OutboxRow, now: Instant) -> Result<(), Refusal> {
        let Some(owed) = view.obligation(row.obligation)? else { return Err(Refusal::not_found()) };
        let event = DeliveryEvent::Refused { refusal: Refused::Rejected, text: words().en };
        let mut after = step(&remembered(row, &owed), &event, now, 0.5);
        after.delivery.owner = Owner::Desk(Desk::Privacy);
        after.words = Words::new(
            "The patient does not want this recipient to see it, and the recipient is responsible for it. Say who acts on it instead.",
            "Le patient ne veut pas que ce destinataire le voie, et celui-ci en est responsable. Dites qui y donne suite.",
        );
        settled(self.store().settle_blocking(delivery_changes(row, &owed, &after, ACTOR, now)))
    }
}

/// The recipient is told by a person that what they have is incomplete: once for a report, without saying what it is.
fn telling(owed: &ObligationRow, row: &OutboxRow, now: Instant) -> ObligationRow {
    let why = Words::new(
        "Something about a patient is withheld from this recipient at the patient's wish. Tell them that what they have may be incomplete, and how to ask.",
        "Quelque chose au sujet d'un patient est retenu à ce destinataire à la demande du patient. Avertissez-le que ce qu'il a peut être incomplet, et comment demander.",
    );
    let told = tell(&owed.recipient, &owed.recipient_id, why, now);
    let about = About {
        record: Some(row.record),
        message: owed.message,
        custodian: owed.custodian.clone(),
        ..About::default()
    };
    let key = row.report.to_string();
    let made = new_row(id(&[&key, "withheld", &owed.recipient_id, &owed.recipient]), &told, &about, now);
    let state = match made.state {
        ObligationState::Open { due, then, .. } => {
            ObligationState::Open { owner: Owner::Desk(Desk::Privacy).to_string(), human: true, due, then }
        }
        ended => ended,
    };
    ObligationRow { state, ..made }
}

fn settled(settled: Settled) -> Result<(), Refusal> {
    match settled {
        Settled::Done | Settled::Stale(_) => Ok(()),
        other => Err(Refusal::try_again(&other)),
    }
}
