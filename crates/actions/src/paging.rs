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
    ANSWERED, ANSWERED_MINUTES, CALLED, CALLED_DESKS, Call, about, call, calls, gives, is_called,
};
use clinical::obligations::{Desk, ObligationKind, Owner, next_rung};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use hmac::Mac as _;
use store::{
    Changes, ObligationChange, ObligationEvent, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, Requirement, Settled, View,
};

/// Who calls, in events.
const ACTOR: &str = "opor paging";
/// Tries to keep that a call went out, when somebody changes the obligation at the same moment.
const KEEPING_TRIES: usize = 5;
/// The link of a call answers for so long, in minutes: a day; and only until the next call about the same.
const LINK_MINUTES: i64 = 24 * 60;
/// Bytes of the seal of a link.
const SEAL_BYTES: usize = 16;

/// Somebody to be called.
#[derive(Clone, PartialEq, Eq)]
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
    /// When the step was that made it due.
    since: Instant,
}

/// Without its secret: what is printed ends in logs.
impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("obligation", &self.obligation)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// Why somebody cannot be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// What fails; the same while it lasts, whatever is seen of it.
    pub subject: String,
    /// What is seen.
    pub because: Words,
}

/// Who is to be called now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// With somebody to call.
    pub pages: Vec<Page>,
    /// Desks that have something to call about and nobody on call who can be reached.
    pub nobody: Vec<Failing>,
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
    /// About what.
    pub what: Words,
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
    /// It belongs to somebody else by now, or they were called again: this link answers nothing any more.
    Passed,
    /// It has ended.
    Ended {
        /// How.
        how: Words,
        /// Whether something about the same result or referral is still open.
        more_open: bool,
    },
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

/// The call about an open obligation.
struct Standing {
    kind: ObligationKind,
    owner: Owner,
    call: Call,
    /// When the step was after which the owner of now had to be called.
    since: Instant,
    events: Vec<ObligationEvent>,
}

impl Standing {
    /// Who has said that they have it.
    fn answered_by(&self) -> &str {
        let last = self.events.iter().rev().find(|event| event.step == ANSWERED);
        last.map_or("", |event| event.actor.as_str())
    }
}

/// How the call about an open obligation stands; `None` when its owner is not called.
fn stands(view: &View, row: &ObligationRow) -> Result<Option<Standing>, Refusal> {
    let ObligationState::Open { owner, .. } = &row.state else { return Ok(None) };
    let Some(kind) = ObligationKind::from_code(&row.kind) else { return Ok(None) };
    let Ok(owner) = owner.parse::<Owner>() else { return Ok(None) };
    if !is_called(kind, gravity(row.gravity), &owner) {
        return Ok(None);
    }
    let events = view.events(row.id)?;
    let call = call(events.iter().map(|event| event.step.as_str()));
    // What is noted afterwards makes no other call of it.
    let since = events.iter().rev().find(|event| gives(&event.step)).map_or(row.opened, |event| event.at);
    Ok(Some(Standing { kind, owner, call, since, events }))
}

/// Whether the desk may say that somebody has it.
pub(crate) fn waits_for_an_answer(view: &View, row: &ObligationRow) -> Result<bool, Refusal> {
    Ok(stands(view, row)?.is_some_and(|standing| standing.call != Call::Answered))
}

/// How something ended, as the page behind a link says it.
fn how_ended(outcome: &str) -> Words {
    let (en, fr) = match outcome {
        "acknowledged" => ("the receiving system acknowledged it", "le système destinataire l'a confirmé"),
        "another-way" => ("it reached them another way", "il leur est parvenu autrement"),
        "opened" => ("it was opened", "il a été ouvert"),
        "read-back" => ("it was told and read back", "il a été communiqué et relu"),
        "handed-over" => ("it was handed over to somebody else", "il a été transmis à quelqu'un d'autre"),
        "excused" => (
            "somebody entitled said that it need not happen",
            "une personne autorisée a dit que ce n'est pas nécessaire",
        ),
        "recalled" => ("it was withdrawn or replaced", "il a été retiré ou remplacé"),
        "resolved" => ("it was decided", "cela a été décidé"),
        other => (other, other),
    };
    Words::new(en, fr)
}

/// Whether something else that may call is open about the same.
fn more_open(view: &View, row: &ObligationRow) -> Result<bool, Refusal> {
    let Some(resource) = row.resource else { return Ok(false) };
    let of = view.obligations_of(resource)?;
    Ok(of.iter().any(|other| {
        other.id != row.id
            && matches!(other.state, ObligationState::Open { .. })
            && ObligationKind::from_code(&other.kind).is_some_and(calls)
    }))
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
            // Only what can call is read: a critical one must not stand behind a thousand others that are overdue (H18).
            let filter =
                ObligationFilter { critical: true, owner: Some(owner), ..ObligationFilter::default() };
            for row in view.obligations(&filter, usize::MAX, 0)? {
                let Some(Standing { kind, call: Call::Due, since, .. }) = stands(&view, &row)? else {
                    continue;
                };
                let who = cover.who(desk, now).filter(|who| !who.reached_at().is_empty());
                let Some(who) = who else {
                    let nobody = nobody(desk);
                    if !due.nobody.contains(&nobody) {
                        due.nobody.push(nobody);
                    }
                    continue;
                };
                let (number, what) = (number(row.id), about(kind));
                let text = Words::new(
                    format!("opor {number}: {} is yours now. Say by the link that you have it.", what.en),
                    format!("opor {number} : {} vous revient. Dites par le lien que vous l'avez.", what.fr),
                );
                // By the step that made it due: a call that was handed over and not kept is the same again.
                let claim = Claim { obligation: row.id, at: since, name: who.name.clone() };
                due.pages.push(Page {
                    id: format!("P{}-{:x}", row.id, since.0),
                    name: who.name.clone(),
                    to: who.reached_at().to_owned(),
                    text,
                    token: key.page_token(&claim),
                    obligation: row.id,
                    since,
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
        for _ in 0..KEEPING_TRIES {
            let view = self.store().view()?;
            let Some(row) = view.obligation(page.obligation)? else { return Ok(()) };
            // Somebody answered, ended it or passed it on meanwhile: then this call is none any more.
            let is_due = stands(&view, &row)?
                .is_some_and(|standing| standing.call == Call::Due && standing.since == page.since);
            if !is_due {
                return Ok(());
            }
            let changes = Changes {
                requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
                obligations: vec![event(row.id, now, ACTOR, CALLED, &words)],
                ..Changes::default()
            };
            match self.store().settle_blocking(changes) {
                Settled::Done => return Ok(()),
                Settled::Stale(_) => {}
                other => return Err(Refusal::try_again(&other)),
            }
        }
        Ok(())
    }

    /// How calling goes: `failures` says why somebody cannot be called just now, each subject once; the incident about
    /// one that is no more among them ends.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn paging_goes(&self, failures: &[Failing], now: Instant) -> Result<(), Refusal> {
        let found: Vec<Found> = failures
            .iter()
            .map(|failing| Found {
                subject: failing.subject.clone(),
                what: Words::new(
                    "Somebody must be called about something critical and cannot be: telephone them.",
                    "Quelqu'un doit être appelé pour une situation critique et ne peut l'être : téléphonez-lui.",
                ),
                because: failing.because.clone(),
            })
            .collect();
        self.hold_incidents(&self.store().view()?, Sort::Paging, &found, now)?;
        Ok(())
    }
}

/// Nobody can be called for a desk.
fn nobody(desk: Desk) -> Failing {
    let words = desk.words();
    Failing {
        subject: format!("nobody:{}", desk.code()),
        because: Words::new(
            format!("The on-call calendar names nobody with a telephone for the {}.", words.en),
            format!("Le calendrier de garde ne nomme personne avec un téléphone pour le {}.", words.fr),
        ),
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
            ObligationState::Ended { outcome, .. } => {
                CalledState::Ended { how: how_ended(outcome), more_open: more_open(reading.view, &row)? }
            }
            ObligationState::Open { owner: code, due, .. } => {
                if let Ok(known) = code.parse::<Owner>() {
                    owner = crate::deliveries::desk_words(&known);
                }
                match stands(reading.view, &row)? {
                    Some(standing) if standing.call == Call::Answered => {
                        CalledState::Taken { by: standing.answered_by().to_owned(), until: *due }
                    }
                    Some(standing) if standing.since == claim.at => CalledState::Waits,
                    _ => CalledState::Passed,
                }
            }
        };
        let what = about(ObligationKind::from_code(&row.kind).unwrap_or(ObligationKind::Attention));
        let view =
            CalledView { number: number(row.id), name: claim.name, what, since: row.opened, owner, state };
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

/// `by` has it: the owner stays, with at least half an hour until the ladder goes on. `called` is the call that is
/// answered; at the desk whichever stands.
fn answered(
    reading: &Reading<'_>,
    row: &ObligationRow,
    by: &str,
    called: Option<Instant>,
) -> Result<(Changes, Option<PersonId>), Refusal> {
    let ObligationState::Open { due, .. } = &row.state else {
        return Err(Refusal::conflict(
            "This has ended already. Open the link again to see how, or sign in.",
            "Ceci est déjà terminé. Rouvrez le lien pour voir comment, ou connectez-vous.",
        ));
    };
    let Some(standing) = stands(reading.view, row)? else {
        return Err(Refusal::conflict(
            "Nobody is called about this now: it belongs to a desk or to its recipient. Sign in to see who has it.",
            "Personne n'est appelé pour ceci : un bureau ou son destinataire en répond. Connectez-vous pour le voir.",
        ));
    };
    if standing.call == Call::Answered {
        let by = standing.answered_by();
        return Err(Refusal::new(
            RefusalKind::Conflict,
            format!("{by} has it already. Sign in to see how it stands."),
            format!("{by} l'a déjà. Connectez-vous pour voir où cela en est."),
        ));
    }
    if called.is_some_and(|called| called != standing.since) {
        return Err(Refusal::conflict(
            "Since this call it has been passed on or called about again. Use the link of the latest call, or sign in to see who has it.",
            "Depuis cet appel, cela a été transmis ou rappelé. Utilisez le lien du dernier appel, ou connectez-vous pour voir qui en répond.",
        ));
    }
    let (now, owner) = (reading.context.now, &standing.owner);
    let (then, _) = next_rung(standing.kind, gravity(row.gravity), owner);
    // An answer shortens nobody's time.
    let due = now.plus_minutes(ANSWERED_MINUTES).max(*due);
    let (minutes, desk) = ((due.0 - now.0) / 60_000_000, crate::deliveries::desk_words(&then));
    let words = Words::new(
        format!(
            "{by} answered the call and has it; what is still open in {minutes} minutes is the {}'s.",
            desk.en
        ),
        format!(
            "{by} a répondu à l'appel et l'a; ce qui est encore ouvert dans {minutes} minutes revient à : {}.",
            desk.fr
        ),
    );
    let update = ObligationRow {
        state: ObligationState::Open { owner: owner.to_string(), human: true, due, then: then.to_string() },
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
        answered(reading, &row, &claim.name, Some(claim.at))
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
        answered(reading, &row, &reading.context.actor.name, None)
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
