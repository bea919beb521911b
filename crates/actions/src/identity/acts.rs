//! Link, keep apart, undo, ask: each appends one event, answers its case, and tells the systems that must know.

use super::approval::{put_forward, takes_two};
use super::graph::{Around, Reason, Said};
use super::links::{Ask, Change, KeepApart, Link, Undo};
use super::told::Teller;
use crate::obligations::{self, About, ended, event};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::links::sides;
use clinical::obligations::Outcome;
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use store::{
    Changes, LinkBasis, LinkEvent, LinkEventId, LinkSort, MessageState, ObligationChange, ObligationId,
    ObligationRow, ObligationState, RecordRow, Requirement, ReviewCase, ReviewSort,
};

/// What a person types is kept up to this many characters.
const WORDS_LIMIT_CHARS: usize = 2_000;

/// A change as it would be: what stands around it, and the event.
pub(super) struct Proposal {
    pub(super) around: Around,
    pub(super) said: Said,
    pub(super) record: RecordRow,
}

/// What a change would do. Refused with words where a standing decision is in its way.
pub(super) fn propose(reading: &Reading<'_>, change: &Change, reason: &str) -> Result<Proposal, Refusal> {
    let (now, view) = (reading.context.now, reading.view);
    let on_file = |record: RecordId| -> Result<RecordRow, Refusal> {
        view.record(record)?.ok_or_else(Refusal::not_found)
    };
    let said = |record: &RecordRow, other: RecordId, sort: LinkSort| LinkEvent {
        sort,
        basis: LinkBasis::Human,
        actor: reading.context.actor.name.clone(),
        reason: Reason {
            by: vec![reading.context.actor.id.clone()],
            ..Reason::said(Words::new(reason, reason))
        }
        .json(),
        from: Some(record.person),
        ..LinkEvent::born(record.record, record.person, Some(other), now)
    };
    let proposal = match change {
        Change::Link(record, other) => {
            if record == other {
                return Err(one_record());
            }
            let (row, _) = (on_file(*record)?, on_file(*other)?);
            let around = Around::of(view, &[*record, *other], &[])?;
            let event = said(&row, *other, LinkSort::Same);
            Proposal { said: around.say(event), around, record: row }
        }
        Change::KeepApart { record, from, with } => {
            if record == from {
                return Err(one_record());
            }
            let (row, _) = (on_file(*record)?, on_file(*from)?);
            let around = Around::of(view, &[*record, *from], &[])?;
            let (leaving, staying) = sides(&around.persons, *record, *from, with);
            let event = LinkEvent { leaving, staying, ..said(&row, *from, LinkSort::Apart) };
            Proposal { said: around.say(event), around, record: row }
        }
        Change::Undo(id) => undo(reading, *id, &said)?,
    };
    if let Some(apart) = proposal.said.conflict {
        let by = proposal.around.event(apart.by);
        let (who, when) =
            by.map_or_else(Default::default, |event| (event.actor.clone(), event.at.to_string()));
        let when = when.get(..16).unwrap_or_default().replace('T', " ");
        let undoing = matches!(change, Change::Undo(_));
        return Err(if undoing {
            Refusal::conflict(
                "Other links still join these records. Keep them apart instead; that says who leaves.",
                "D'autres liens joignent encore ces dossiers. Gardez-les plutôt séparés; cela dit qui part.",
            )
        } else {
            Refusal::conflict(
                &format!(
                    "{who} decided on {when} that records here are two people. Undo that decision first, if it was wrong."
                ),
                &format!(
                    "{who} a décidé le {when} que des dossiers ici sont deux personnes. Annulez d'abord cette décision, si elle était erronée."
                ),
            )
        });
    }
    Ok(proposal)
}

fn undo(
    reading: &Reading<'_>,
    id: LinkEventId,
    said: &dyn Fn(&RecordRow, RecordId, LinkSort) -> LinkEvent,
) -> Result<Proposal, Refusal> {
    let before = reading.view.link_event(id)?.ok_or_else(Refusal::not_found)?;
    let row = reading.view.record(before.record)?.ok_or_else(Refusal::not_found)?;
    let Some(other) = before.other else {
        return Err(Refusal::conflict(
            "That a record came into being cannot be undone. Keep it apart from others instead.",
            "La création d'un dossier ne peut être annulée. Gardez-le plutôt séparé des autres.",
        ));
    };
    let around = Around::of(reading.view, &[before.record, other], &[])?;
    if !before.applied || around.persons.undone.contains(&id.0) {
        return Err(Refusal::conflict(
            "This does not count any more: it was undone already, or never took effect. Open the history again.",
            "Ceci ne compte plus : c'est déjà annulé, ou n'a jamais pris effet. Rouvrez l'historique.",
        ));
    }
    let event = LinkEvent { undoes: Some(id), ..said(&row, other, LinkSort::Undo) };
    Ok(Proposal { said: around.say(event), around, record: row })
}

fn one_record() -> Refusal {
    Refusal::unreadable(
        "These are one record. Choose two.",
        "C'est un seul et même dossier. Choisissez-en deux.",
    )
}

/// The reason, which stays with the link.
pub(super) fn why(reason: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::unreadable(
            "Write how you know; it stays with the link.",
            "Écrivez comment vous le savez; cela reste avec le lien.",
        ));
    }
    Ok(reason)
}

/// The change; what moves and was acted on waits for a second steward.
pub(super) fn decide(
    reading: &Reading<'_>,
    change: &Change,
    reason: &str,
    case: Option<ObligationId>,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let reason = why(reason)?;
    let proposal = propose(reading, change, &reason)?;
    let moves = super::moves::of(reading, &proposal.around, &proposal.said.event)?;
    if takes_two(&moves) {
        return put_forward(reading, change, &reason, case, &proposal);
    }
    carry_out(reading, change, &reason, None, case)
}

/// The change made, its case answered and the systems told. `first`: id of who proposed it, where two agreed.
pub(super) fn carry_out(
    reading: &Reading<'_>,
    change: &Change,
    reason: &str,
    first: Option<&str>,
    case: Option<ObligationId>,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let mut changes = Changes::default();
    let event = apply(reading, change, reason, first, &mut changes)?;
    let by = &reading.context.actor.name;
    let words = match change {
        Change::Link(..) => {
            Words::new(format!("{by}: one person. {reason}"), format!("{by} : une seule personne. {reason}"))
        }
        Change::KeepApart { .. } => {
            Words::new(format!("{by}: two people. {reason}"), format!("{by} : deux personnes. {reason}"))
        }
        Change::Undo(_) => Words::new(format!("{by}: undone. {reason}"), format!("{by} : annulé. {reason}")),
    };
    // What is undone is open again; what is decided is asked nowhere else.
    let pair: Vec<RecordId> = match change {
        Change::Undo(_) => Vec::new(),
        _ => [event.record].into_iter().chain(event.other).collect(),
    };
    answer(reading, case, &pair, &words, &mut changes)?;
    Ok((changes, Some(event.person)))
}

/// Adds a change of links and what the systems are told of it.
pub(super) fn apply(
    reading: &Reading<'_>,
    change: &Change,
    reason: &str,
    first: Option<&str>,
    changes: &mut Changes,
) -> Result<LinkEvent, Refusal> {
    let Proposal { around, mut said, record } = propose(reading, change, reason)?;
    if let Some(first) = first {
        let mut why = Reason::read(&said.event.reason);
        why.by.insert(0, first.to_owned());
        said.event.reason = why.json();
    }
    changes.requires.extend(around.requires(reading.view)?);
    let teller = Teller {
        view: reading.view,
        directory: reading.directory,
        now: reading.context.now,
        custodian: &record.custodian,
        message: None,
    };
    teller.tell(&around, &said.event, "", changes)?;
    changes.links.push(said.event.clone());
    Ok(said.event)
}

/// Why a case about a held message is not answered by a link.
pub(super) fn waited_for() -> Refusal {
    Refusal::conflict(
        "A message waits for this case. Say whose it is; that links and files it.",
        "Un message attend ce cas. Dites à qui il est; cela le lie et le classe.",
    )
}

/// Ends the case, and every other open question about the same two records.
fn answer(
    reading: &Reading<'_>,
    case: Option<ObligationId>,
    pair: &[RecordId],
    words: &Words,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let mut ends: Vec<ObligationRow> = Vec::new();
    if let Some(id) = case {
        let row = open_case(reading, id)?;
        if waits_for_filing(reading, &row)? {
            return Err(waited_for());
        }
        ends.push(row);
    }
    for other in reading.view.open_review_cases()?.into_values() {
        let same = !pair.is_empty()
            && other.records.len() == pair.len()
            && pair.iter().all(|one| other.records.contains(one));
        if same && other.sort != ReviewSort::Held && Some(other.obligation) != case {
            ends.extend(reading.view.obligation(other.obligation)?);
        }
    }
    let (by, now) = (&reading.context.actor.name, reading.context.now);
    let outcome = Outcome::Resolved { by: by.clone(), how: words.en.clone() };
    for row in ends.iter().filter(|row| matches!(row.state, ObligationState::Open { .. })) {
        changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        changes.obligations.push(event(row.id, now, by, outcome.code(), words));
        changes.obligations.push(ObligationChange::Update(ended(row, &outcome, now)));
    }
    Ok(())
}

/// An open identity question.
pub(super) fn open_case(reading: &Reading<'_>, id: ObligationId) -> Result<ObligationRow, Refusal> {
    let row = reading.view.obligation(id)?.ok_or_else(Refusal::not_found)?;
    if row.kind != "identity-review" || !matches!(row.state, ObligationState::Open { .. }) {
        return Err(Refusal::conflict(
            "This case was answered already. Open the list again.",
            "Ce cas a déjà reçu une réponse. Rouvrez la liste.",
        ));
    }
    Ok(row)
}

/// Whether a message is held until a case is answered.
pub(super) fn waits_for_filing(reading: &Reading<'_>, row: &ObligationRow) -> Result<bool, Refusal> {
    let message = row.message.map(|message| reading.view.message(message)).transpose()?.flatten();
    Ok(message.is_some_and(|message| message.state == MessageState::Held))
}

impl Sealed for Link {}
impl Act for Link {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/link/{}/{}", self.record, self.other)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        decide(reading, &Change::Link(self.record, self.other), &self.reason, self.case)
    }
}

impl Sealed for KeepApart {}
impl Act for KeepApart {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/apart/{}/{}", self.record, self.from)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let change = Change::KeepApart { record: self.record, from: self.from, with: self.with.clone() };
        decide(reading, &change, &self.reason, self.case)
    }
}

impl Sealed for Undo {}
impl Act for Undo {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/undo/{}", self.event)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        decide(reading, &Change::Undo(self.event), &self.reason, None)
    }
}

impl Sealed for Ask {}
impl Act for Ask {
    const PERMISSION: Permission = Permission::HandleIdentity;
    fn object(&self) -> String {
        format!("identity/{}", self.case)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let question: String = self.question.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        if question.is_empty() {
            return Err(Refusal::unreadable(
                "Write what the site is to answer.",
                "Écrivez à quoi le site doit répondre.",
            ));
        }
        let (now, by) = (reading.context.now, reading.context.actor.name.clone());
        let row = open_case(reading, self.case)?;
        let before = reading.view.review_case(self.case)?;
        let record = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
        let link = row.message.map(|message| reading.view.link(message.link())).transpose()?.flatten();
        let site = link.map(|link| link.name).or(record.as_ref().map(|record| record.custodian.clone()));
        let site = site.unwrap_or_else(|| row.custodian.clone());
        let owed = clinical::obligations::identity_question(
            &site,
            Words::new(
                format!("The identity desk asks: {question}"),
                format!("Le bureau d'identité demande : {question}"),
            ),
            now,
        );
        let about = About {
            message: row.message,
            record: row.record,
            subject: Some(row.subject.clone()),
            custodian: row.custodian.clone(),
            ..Default::default()
        };
        let id = obligations::id(&[&self.case.to_string(), "question", &row.revision.to_string()]);
        let asked = obligations::row(id, &owed, &about, now);
        // The case waits as long as the site has; then its clock goes on where it stood.
        let state = match &row.state {
            ObligationState::Open { owner, human, then, .. } => ObligationState::Open {
                owner: owner.clone(),
                human: *human,
                due: owed.clock().due,
                then: then.clone(),
            },
            ended => ended.clone(),
        };
        let update = ObligationRow { state, revision: row.revision + 1, ..row.clone() };
        let case = ReviewCase {
            asked: Some(now),
            ..before.unwrap_or(ReviewCase {
                obligation: self.case,
                records: row.record.into_iter().collect(),
                sort: ReviewSort::Held,
                risk: 1,
                because: String::new(),
                asked: None,
            })
        };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            cases: vec![case],
            obligations: vec![
                ObligationChange::Open(asked.clone()),
                ObligationChange::Event(obligations::opened(&asked, &by)),
                event(row.id, now, &by, "asked", &Words::new(question.clone(), question)),
                ObligationChange::Update(update),
            ],
            ..Changes::default()
        };
        Ok((changes, record.map(|record| record.person)))
    }
}
