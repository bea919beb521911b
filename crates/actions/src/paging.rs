//! Calling the people of a critical result: who is to be called now, what became of it, and who answered.
//!
//! What a call says names no patient. It is answered by its link, which only this record can make, or at the desk; the
//! answer gives whoever answered half an hour and ends nothing (HAZARDS H18).

use crate::incidents::{Found, Sort};
use crate::obligations::{event, gravity, words_json};
use crate::record::{Act, Look, Reading, Record, Sealed, Seen};
use crate::refusal::{Refusal, RefusalKind};
use crate::sign_in::{TokenKey, unhex};
use clinical::access::Permission;
use clinical::obligations::paging::{
    ANSWERED, ANSWERED_MINUTES, CALLED, CALLED_DESKS, Call, call, is_called,
};
use clinical::obligations::{ObligationKind, Owner, next_rung};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use hmac::Mac as _;
use store::{
    Changes, ObligationChange, ObligationEvent, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, Requirement, Settled, View,
};

/// Who calls, in events.
const ACTOR: &str = "opor paging";
/// Lines of one desk that are looked at in a round; a desk never has as many critical ones.
const LOOKED_AT: usize = 1_000;
/// The link of a call answers for so long, in minutes: a day.
const LINK_MINUTES: i64 = 24 * 60;
/// Bytes of the seal of a link.
const SEAL_BYTES: usize = 16;

/// Somebody to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Tells this call from every other; the same when it is handed over twice.
    pub id: String,
    /// Who.
    pub name: String,
    /// Where, as the calendar says it: a telephone number or an address of the gateway.
    pub to: String,
    /// What is said. Names no patient.
    pub text: Words,
    /// The last part of the link by which it is answered.
    pub token: String,
    obligation: ObligationId,
    revision: i64,
}

/// Who is to be called now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// With somebody to call.
    pub pages: Vec<Page>,
    /// Desks that have something to call about and nobody on call who can be reached.
    pub nobody: Vec<Words>,
}

/// Look: what the link of a call leads to. Names no patient.
#[derive(Clone)]
pub struct Called {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
}

/// Answer to [`Called`].
#[derive(Debug, Clone, PartialEq)]
pub struct CalledView {
    /// Its number, as people say it.
    pub number: String,
    /// Who was called.
    pub name: String,
    /// Since when it is open.
    pub since: Instant,
    /// Who owns it.
    pub owner: Words,
    /// How it stands.
    pub state: CalledState,
}

/// How a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalledState {
    /// Somebody must say that they have it.
    Waits,
    /// Somebody has said so.
    Taken {
        /// Who.
        by: String,
        /// When the ladder goes on.
        until: Instant,
    },
    /// It has been opened, read back or otherwise ended.
    Ended,
}

/// Act: whoever was called says by the link that they have it.
#[derive(Clone)]
pub struct Answer {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
}

/// Act: the desk says who has it, such as when somebody rings back.
#[derive(Debug, Clone)]
pub struct AnswerAtDesk {
    /// What is owed.
    pub obligation: ObligationId,
}

/// What a link says.
struct Claim {
    obligation: ObligationId,
    at: Instant,
    name: String,
}

impl TokenKey {
    /// The last part of the link by which a call is answered.
    fn page_token(&self, claim: &Claim) -> String {
        let name: String = claim.name.bytes().map(|byte| format!("{byte:02x}")).collect();
        let seal: String = self.page_seal(claim).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{:x}-{name}-{seal}", claim.obligation, claim.at.0)
    }

    /// Begins otherwise than what bearer tokens and practices' links say, so that none can stand for another.
    fn page_seal(&self, claim: &Claim) -> Vec<u8> {
        let mut mac = self.mac();
        mac.update(format!("opor-page.{}.{}.{}", claim.obligation, claim.at.0, claim.name).as_bytes());
        mac.finalize().into_bytes().iter().take(SEAL_BYTES).copied().collect()
    }

    /// What a link says, when this record made it.
    fn page_claim(&self, token: &str) -> Option<Claim> {
        let mut parts = token.splitn(4, '-');
        let obligation = parts.next()?.parse().ok()?;
        let at = Instant(i64::from_str_radix(parts.next()?, 16).ok()?);
        let name = String::from_utf8(unhex(parts.next()?)?).ok()?;
        let seal = unhex(parts.next()?)?;
        let claim = Claim { obligation, at, name };
        let ours = self.page_seal(&claim);
        let differs = ours.iter().zip(&seal).fold(0u8, |differs, (a, b)| differs | (a ^ b));
        (seal.len() == SEAL_BYTES && differs == 0).then_some(claim)
    }
}

/// How the call about an open obligation stands; `None` when its owner is not called.
fn stands(view: &View, row: &ObligationRow) -> Result<Option<(Owner, Call, Vec<ObligationEvent>)>, Refusal> {
    let ObligationState::Open { owner, .. } = &row.state else { return Ok(None) };
    let Some(kind) = ObligationKind::from_code(&row.kind) else { return Ok(None) };
    let Ok(owner) = owner.parse::<Owner>() else { return Ok(None) };
    if !is_called(kind, gravity(row.gravity), &owner) {
        return Ok(None);
    }
    let events = view.events(row.id)?;
    let call = call(events.iter().map(|event| event.step.as_str()));
    Ok(Some((owner, call, events)))
}

/// Whether the desk may say that somebody has it.
pub(crate) fn waits_for_an_answer(view: &View, row: &ObligationRow) -> Result<bool, Refusal> {
    Ok(stands(view, row)?.is_some_and(|(_, call, _)| call != Call::Answered))
}

fn number(id: ObligationId) -> String {
    id.to_string().chars().take(8).collect()
}

impl Record {
    /// Who is to be called now. The same again until [`Record::page_handed_over`] says that a call went out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pages_due(&self, key: &TokenKey, now: Instant) -> Result<Pages, Refusal> {
        let (view, cover) = (self.store().view()?, self.cover());
        let mut due = Pages::default();
        for desk in CALLED_DESKS {
            let owner = Owner::Desk(desk).to_string();
            let filter =
                ObligationFilter { open: Some(true), owner: Some(owner), ..ObligationFilter::default() };
            for row in view.obligations(&filter, LOOKED_AT, 0)? {
                let Some((_, Call::Due, events)) = stands(&view, &row)? else { continue };
                let who = cover.who(desk, now).filter(|who| !who.reached_at().is_empty());
                let Some(who) = who else {
                    if !due.nobody.contains(&desk.words()) {
                        due.nobody.push(desk.words());
                    }
                    continue;
                };
                let number = number(row.id);
                let text = Words::new(
                    format!(
                        "opor {number}: a critical result is yours now. Say by the link that you have it."
                    ),
                    format!(
                        "opor {number} : un résultat critique vous revient. Dites par le lien que vous l'avez."
                    ),
                );
                // Since the step that made it due: a call that was handed over and not kept is the same again.
                let since = events.last().map_or(row.opened, |event| event.at);
                let claim = Claim { obligation: row.id, at: since, name: who.name.clone() };
                due.pages.push(Page {
                    id: format!("P{}-{:x}", row.id, since.0),
                    name: who.name.clone(),
                    to: who.reached_at().to_owned(),
                    text,
                    token: key.page_token(&claim),
                    obligation: row.id,
                    revision: row.revision,
                });
            }
        }
        Ok(due)
    }

    /// The gateway has taken a call over.
    ///
    /// # Errors
    /// When it is not known to be kept; the same call is then due again.
    pub fn page_handed_over(&self, page: &Page, now: Instant) -> Result<(), Refusal> {
        let words = Words::new(
            format!("{} was called ({}).", page.name, page.to),
            format!("{} a été appelé ({}).", page.name, page.to),
        );
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(page.obligation, page.revision)],
            obligations: vec![event(page.obligation, now, ACTOR, CALLED, &words)],
            ..Changes::default()
        };
        match self.store().settle_blocking(changes) {
            // Somebody changed it meanwhile: the next round looks who is to be called then.
            Settled::Done | Settled::Stale(_) => Ok(()),
            other => Err(Refusal::try_again(&other)),
        }
    }

    /// How calling goes: `failures` says why nobody can be called just now; with none, the incident about it ends.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn paging_goes(&self, failures: &[Words], now: Instant) -> Result<(), Refusal> {
        let found: Vec<Found> = failures
            .iter()
            .map(|why| Found {
                subject: why.en.clone(),
                what: Words::new(
                    "Somebody must be called about a critical result and cannot be: telephone them.",
                    "Quelqu'un doit être appelé pour un résultat critique et ne peut l'être : téléphonez-lui.",
                ),
                because: why.clone(),
            })
            .collect();
        self.hold_incidents(&self.store().view()?, Sort::Paging, &found, now)?;
        Ok(())
    }
}

impl Sealed for Called {}
impl Look for Called {
    type View = CalledView;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "page".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CalledView>, Refusal> {
        let (claim, row) = claimed(reading, &self.key, &self.token)?;
        let mut owner = Words::new("", "");
        let state = match &row.state {
            ObligationState::Ended { .. } => CalledState::Ended,
            ObligationState::Open { owner: code, due, .. } => {
                if let Ok(known) = code.parse::<Owner>() {
                    owner = crate::deliveries::desk_words(&known);
                }
                match stands(reading.view, &row)? {
                    Some((_, Call::Answered, events)) => {
                        let by = events.iter().rev().find(|event| event.step == ANSWERED);
                        let by = by.map(|event| event.actor.clone()).unwrap_or_default();
                        CalledState::Taken { by, until: *due }
                    }
                    _ => CalledState::Waits,
                }
            }
        };
        let view = CalledView { number: number(row.id), name: claim.name, since: row.opened, owner, state };
        Ok(Seen::nobody(view))
    }
}

/// What a link is about, as long as it answers.
fn claimed(reading: &Reading<'_>, key: &TokenKey, token: &str) -> Result<(Claim, ObligationRow), Refusal> {
    let claim = key.page_claim(token).ok_or_else(Refusal::not_found)?;
    if claim.at.plus_minutes(LINK_MINUTES) < reading.context.now {
        return Err(Refusal::not_found());
    }
    let row = reading.view.obligation(claim.obligation)?.ok_or_else(Refusal::not_found)?;
    Ok((claim, row))
}

/// `by` has it: the owner stays, with half an hour until the ladder goes on.
fn answered(
    reading: &Reading<'_>,
    row: &ObligationRow,
    by: &str,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    if !matches!(row.state, ObligationState::Open { .. }) {
        return Err(Refusal::conflict(
            "This has ended already: somebody opened it or it was read back. Nothing more is needed.",
            "Ceci est déjà terminé : quelqu'un l'a ouvert ou il a été relu. Rien d'autre n'est requis.",
        ));
    }
    let Some((owner, call, events)) = stands(reading.view, row)? else {
        return Err(Refusal::conflict(
            "Nobody is called about this now: it belongs to a desk or to its recipient. Sign in to see who has it.",
            "Personne n'est appelé pour ceci : un bureau ou son destinataire en répond. Connectez-vous pour le voir.",
        ));
    };
    if call == Call::Answered {
        let by = events.iter().rev().find(|event| event.step == ANSWERED).map(|event| event.actor.as_str());
        let by = by.unwrap_or_default();
        return Err(Refusal::new(
            RefusalKind::Conflict,
            format!("{by} has it already. Sign in to see how it stands."),
            format!("{by} l'a déjà. Connectez-vous pour voir où cela en est."),
        ));
    }
    let now = reading.context.now;
    let kind = ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::HeldMessage);
    let (then, _) = next_rung(kind, gravity(row.gravity), &owner);
    let words = Words::new(
        format!("{by} answered the call and has it; in {ANSWERED_MINUTES} minutes the next is called."),
        format!("{by} a répondu à l'appel et l'a; dans {ANSWERED_MINUTES} minutes, on appelle le suivant."),
    );
    let update = ObligationRow {
        state: ObligationState::Open {
            owner: owner.to_string(),
            human: true,
            due: now.plus_minutes(ANSWERED_MINUTES),
            then: then.to_string(),
        },
        words: words_json(&words),
        revision: row.revision + 1,
        ..row.clone()
    };
    let person = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
    let changes = Changes {
        requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
        obligations: vec![event(row.id, now, by, ANSWERED, &words), ObligationChange::Update(update)],
        ..Changes::default()
    };
    Ok((changes, person.map(|record| record.person)))
}

impl Sealed for Answer {}
impl Act for Answer {
    const PERMISSION: Permission = Permission::AnswerPage;
    fn object(&self) -> String {
        // The audit row names the person behind it; the link itself is a key and is written nowhere.
        let obligation = self.key.page_claim(&self.token).map(|claim| claim.obligation);
        obligation.map_or_else(|| "page".to_owned(), |id| format!("obligation/{id}/page"))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (claim, row) = claimed(reading, &self.key, &self.token)?;
        answered(reading, &row, &claim.name)
    }
}

impl Sealed for AnswerAtDesk {}
impl Act for AnswerAtDesk {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}/page", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        answered(reading, &row, &reading.context.actor.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_it_was_made_for_and_no_other_record_can_make_it() {
        let key = TokenKey([7; 32]);
        let claim = Claim {
            obligation: ObligationId(-5),
            at: Instant(1_795_356_300_000_000),
            name: "Gull, Éva".into(),
        };
        let token = key.page_token(&claim);
        let read = key.page_claim(&token).expect("ours");
        assert_eq!((read.obligation, read.at, read.name.as_str()), (ObligationId(-5), claim.at, "Gull, Éva"));
        assert!(TokenKey([8; 32]).page_claim(&token).is_none());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(bytes).expect("letters");
            assert!(key.page_claim(&changed).is_none(), "{changed}");
        }
    }
}
