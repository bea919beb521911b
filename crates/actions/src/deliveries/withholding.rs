//! Consent on the way out: asked right before anything is offered, printed or collected, so that what was recorded a minute
//! ago holds too (GUARANTEES L-09). Nothing ends in silence: a copy that is kept back is told of by a person of the privacy
//! desk, and where the one who must act is kept from it, or nobody can say for sure whom it would reach, that desk decides.

use super::carrying::{ACTOR, delivery_changes, remembered};
use crate::obligations::{About, event, for_whom, gravity, id, row as new_row};
use crate::record::Record;
use crate::refusal::Refusal;
use clinical::access::DataClass;
use clinical::consent::{OnTheWay, Recipient, on_the_way, role_of};
use clinical::directory::Directory;
use clinical::intake::{Sender, interpret};
use clinical::obligations::{
    DeliveryEvent, DeliveryStep, Desk, ObligationKind, Outcome, Owner, Refusal as Refused, next_rung, step,
    tell,
};
use clinical::words::Words;
use fhir::Instant;
use hl7v2::Message;
use std::collections::BTreeSet;
use store::{
    Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, OutboxRow, ReadProblem,
    Requirement, Settled, View,
};

/// Who is said to have kept it back, in outcomes.
const BY_CONSENT: &str = "consent directive";

/// Rows of one sort that are read at once: obligations of one report or person, directives that stand.
const SAME_LIMIT: usize = 1_000;

/// What consent says of one delivery now.
pub(super) fn consent(
    view: &View,
    directory: &Directory,
    row: &OutboxRow,
    message: &Message,
    sender: &Sender,
    now: Instant,
) -> Result<OnTheWay, ReadProblem> {
    let standing = crate::access::directives(view, row.record)?;
    #[cfg(feature = "defects")]
    if defects::is(defects::Defect::WithheldSent) {
        return Ok(OnTheWay::Goes);
    }
    if standing.is_empty() {
        return Ok(OnTheWay::Goes);
    }
    let (Some(record), Some(owed)) = (view.record(row.record)?, view.obligation(row.obligation)?) else {
        return Ok(OnTheWay::Decide);
    };
    let said = interpret(message, sender);
    let report = said.charts.iter().flat_map(|chart| &chart.reports).find(|report| report.key == row.report);
    let recipient = recipient(view, directory, &row.destination, &owed)?;
    let class = report.map_or(DataClass::Other, |report| DataClass::of_report(report.class));
    let directives = standing.iter().map(|(_, directive)| directive);
    let site = (record.authority.as_str(), record.custodian.as_str());
    Ok(on_the_way(directives, &recipient, class, site, now))
}

/// Whom a delivery reaches, by what was kept when it was routed; a name is nobody's proof. What is not known for sure
/// stays open.
fn recipient(
    view: &View,
    directory: &Directory,
    destination: &str,
    owed: &ObligationRow,
) -> Result<Recipient, ReadProblem> {
    let mut found = Recipient::default();
    found.places.extend(directory.endpoint(destination).map(|endpoint| endpoint.place.clone()));
    let first = view.events(owed.id)?.into_iter().find(|event| event.step == "opened");
    if let Some(to) = first.as_ref().and_then(for_whom) {
        if !to.place.is_empty() && !found.places.contains(&to.place) {
            found.places.push(to.place);
        }
        if !to.practitioner.is_empty() {
            found.practitioner = Some(to.practitioner);
            found.responsible = Some(to.responsible);
        }
    }
    if found.practitioner.is_none() {
        found = by_same(view, owed, found)?;
    }
    let held: BTreeSet<&str> = directory
        .roles()
        .filter(|role| {
            found.practitioner.as_ref() == Some(&role.practitioner) && found.places.contains(&role.place)
        })
        .map(|role| role.role.as_str())
        .collect();
    let codes: BTreeSet<Option<&str>> = held.into_iter().map(role_of).collect();
    if let (1, Some(Some(code))) = (codes.len(), codes.first()) {
        found.role = Some((*code).to_owned());
    }
    Ok(found)
}

/// Who it is by what else was owed to the same recipient for the same report: the attention of this version, or the
/// delivery of a former one. Two different answers are none.
fn by_same(view: &View, owed: &ObligationRow, mut found: Recipient) -> Result<Recipient, ReadProblem> {
    let Some(report) = owed.resource else { return Ok(found) };
    let filter = ObligationFilter { resource: Some(report), ..ObligationFilter::default() };
    let mut who: BTreeSet<String> = BTreeSet::new();
    let mut responsible = None;
    for row in view.obligations(&filter, SAME_LIMIT, 0)? {
        if row.recipient != owed.recipient {
            continue;
        }
        match ObligationKind::from_code(&row.kind) {
            Some(ObligationKind::Attention) => {
                if row.version == owed.version {
                    responsible = Some(true);
                }
                who.insert(row.recipient_id);
            }
            Some(ObligationKind::Delivery) => {
                let first = view.events(row.id)?.into_iter().find(|event| event.step == "opened");
                let Some(to) = first.as_ref().and_then(for_whom) else { continue };
                if to.practitioner.is_empty() {
                    continue;
                }
                if row.version == owed.version {
                    responsible = Some(responsible.unwrap_or(false) || to.responsible);
                }
                who.insert(to.practitioner);
            }
            _ => {}
        }
    }
    if who.len() == 1 {
        found.practitioner = who.pop_first();
        found.responsible = responsible;
    }
    Ok(found)
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
    /// privacy desk owns it, when its recipient is the one who must act or may have it already.
    pub(super) fn keep_back(&self, view: &View, row: &OutboxRow, decide: bool, now: Instant) {
        let decide = decide || !row.offered_digest.is_empty();
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
        after.words = if row.offered_digest.is_empty() {
            Words::new(
                "The patient does not want this recipient to see it, and the recipient is or may be responsible for it. Say who acts on it instead.",
                "Le patient ne veut pas que ce destinataire le voie, et celui-ci en est ou peut en être responsable. Dites qui y donne suite.",
            )
        } else {
            Words::new(
                "The patient does not want this recipient to see it, and it was given to them before: they may have it. Ask them, have it taken back, and say what became of it.",
                "Le patient ne veut pas que ce destinataire le voie, et cela lui a déjà été remis : il l'a peut-être. Demandez-lui, faites-le reprendre et dites ce qu'il en est.",
            )
        };
        settled(self.store().settle_blocking(delivery_changes(row, &owed, &after, ACTOR, now)))
    }
}

impl Record {
    /// What waits for somebody from whom it is withheld goes to the privacy desk: reports to be opened, letters to be
    /// posted. The same however often it runs. Returns how many.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hand_over_withheld(&self, now: Instant) -> Result<usize, Refusal> {
        let view = self.store().view()?;
        if !view.any_directive()? {
            return Ok(0);
        }
        let mut handed = self.keep_letters_back(&view, now)?;
        let mut people = BTreeSet::new();
        for standing in view.standing_directives(SAME_LIMIT)? {
            people.extend(view.record(standing.record)?.map(|record| record.person));
        }
        for person in people {
            for record in view.records_of_person(person)? {
                let filter = ObligationFilter {
                    open: Some(true),
                    kind: Some(ObligationKind::Attention.code().to_owned()),
                    record: Some(record.record),
                    ..ObligationFilter::default()
                };
                for row in view.obligations(&filter, SAME_LIMIT, 0)? {
                    if self.is_unseen(&view, &row, now)? {
                        handed += usize::from(self.attention_to_privacy(&row, now)?);
                    }
                }
            }
        }
        Ok(handed)
    }

    /// Whether who must open a report cannot: it is withheld from them in the portal, and no system of theirs has it.
    fn is_unseen(&self, view: &View, row: &ObligationRow, now: Instant) -> Result<bool, Refusal> {
        let (Some(report), ObligationState::Open { owner, .. }) = (row.resource, &row.state) else {
            return Ok(false);
        };
        if !matches!(owner.parse::<Owner>(), Ok(Owner::Practitioner { .. })) {
            return Ok(false);
        }
        let filter = ObligationFilter { resource: Some(report), ..ObligationFilter::default() };
        let delivered = view.obligations(&filter, SAME_LIMIT, 0)?.iter().any(|other| {
            other.kind == ObligationKind::Delivery.code()
                && other.version == row.version
                && other.recipient == row.recipient
        });
        let directory = self.directory();
        Ok(crate::access::is_kept_from(view, &directory, &row.recipient_id, report, delivered, now)?)
    }

    fn attention_to_privacy(&self, row: &ObligationRow, now: Instant) -> Result<bool, Refusal> {
        let ObligationState::Open { due, .. } = row.state else { return Ok(false) };
        let privacy = Owner::Desk(Desk::Privacy);
        let (then, _) = next_rung(ObligationKind::Attention, gravity(row.gravity), &privacy);
        let words = Words::new(
            "The patient does not want the responsible recipient to see it. Say who acts on it instead.",
            "Le patient ne veut pas que le destinataire responsable le voie. Dites qui y donne suite.",
        );
        let state =
            ObligationState::Open { owner: privacy.to_string(), human: true, due, then: then.to_string() };
        let after = ObligationRow {
            state,
            words: crate::obligations::words_json(&words),
            revision: row.revision + 1,
            ..row.clone()
        };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![event(row.id, now, ACTOR, "handed", &words), ObligationChange::Update(after)],
            ..Changes::default()
        };
        settled(self.store().settle_blocking(changes)).map(|()| true)
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
