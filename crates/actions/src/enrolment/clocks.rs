//! What time does to applications: what lapses, what goes on by itself, whose first sign-in makes it active.

use super::turn::{Turn, facts_of, look_up_again, number, read_since, state_of};
use super::{letters, tying};
use crate::mailing::write;
use crate::record::{Act, Reading, Record, Sealed, machine};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::directory::Directory;
use clinical::enrolment::{Event, Missing, Need, State, step};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{AccountState, ApplicationId, ApplicationRow, Changes, View};

/// Applications of one state that are looked at in a round, those due first.
const AT_ONCE: usize = 500;
/// Who acts, in the application's history.
const ACTOR: &str = "opor enrolment";

/// What is due of an application now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Lapse,
    IdentityLapses,
    Activate,
    GoOn,
    /// The account was suspended, opened again or ended: the application says the same.
    Follow(Event),
}

/// Act of the record itself.
#[derive(Debug, Clone)]
struct Tick {
    application: ApplicationId,
}

fn due(view: &View, row: &ApplicationRow, now: Instant) -> Result<Option<Due>, Refusal> {
    Ok(match state_of(row) {
        State::Draft if row.due <= now => Some(Due::Lapse),
        State::Provisioned => {
            let seen = view.account(&row.account)?.and_then(|account| account.seen);
            match seen {
                Some(seen) if seen >= row.since => Some(Due::Activate),
                _ if row.due <= now => Some(Due::Lapse),
                _ => None,
            }
        }
        State::IdentityVerified | State::Eligible if facts_of(row)?.identity_is_stale(now) => {
            Some(Due::IdentityLapses)
        }
        State::Submitted | State::Eligible => Some(Due::GoOn),
        at @ (State::Active | State::Suspended) => {
            let account = view.account(&row.account)?.map(|account| account.state);
            match (at, account) {
                (State::Active, Some(AccountState::Suspended)) => Some(Due::Follow(Event::Suspend)),
                (State::Suspended, Some(AccountState::Active)) => Some(Due::Follow(Event::Resume)),
                (_, Some(AccountState::Ended)) => Some(Due::Follow(Event::End)),
                _ => None,
            }
        }
        _ => None,
    })
}

impl Sealed for Tick {}
impl Act for Tick {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/clock", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.application(self.application)?.ok_or_else(Refusal::not_found)?;
        let now = reading.context.now;
        let Some(due) = due(reading.view, &row, now)? else { return Ok((Changes::default(), None)) };
        let mut turn = Turn::begin(reading, row, ACTOR)?;
        match due {
            Due::Lapse => {
                turn.take(
                    Event::Lapse,
                    Words::new("Nothing was done with it in time.", "Rien n'a été fait à temps."),
                )?;
                let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
                let mail = to.lapsed(&number(&turn.row));
                write(&mut turn.changes, mail, now);
            }
            Due::IdentityLapses => turn.take(
                Event::IdentityLapsed,
                Words::new(
                    "The verification was not used in time.",
                    "La vérification n'a pas servi à temps.",
                ),
            )?,
            Due::Activate => {
                let held = turn.held();
                match step(turn.facts.sort, State::Provisioned, Event::Activate, &held) {
                    Ok(_) => turn.take(Event::Activate, Event::Activate.words())?,
                    // A statement in force is read at the next sign-in, which waits for it (S-032).
                    Err(Missing::Needs { needs })
                        if needs.iter().all(|need| matches!(need, Need::PrivacyNsh | Need::PrivacyIwk)) =>
                    {
                        return Ok((Changes::default(), None));
                    }
                    // What it rests on ended between the account and the first sign-in: so does what was granted.
                    Err(missing) => {
                        turn.take(Event::Lapse, missing.words())?;
                        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
                        let mail = to.lapsed(&number(&turn.row));
                        write(&mut turn.changes, mail, now);
                    }
                }
            }
            Due::GoOn => turn.go_on()?,
            Due::Follow(by) => {
                let account = reading.view.account(&turn.row.account)?;
                let why = account.and_then(|account| serde_json::from_str(&account.reason).ok());
                turn.take(by, why.unwrap_or_else(|| by.words()))?;
            }
        }
        turn.finish()
    }
}

impl Record {
    /// What time does to applications; how many it turned.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn turn_applications(&self, now: Instant) -> Result<usize, Refusal> {
        let (directory, mut turned) = (self.directory(), 0);
        let by_state =
            [State::Draft, State::Submitted, State::IdentityVerified, State::Eligible, State::Provisioned]
                .map(Some);
        for state in by_state.into_iter().chain([None]) {
            let waiting = {
                let view = self.store().view()?;
                let mut waiting = Vec::new();
                let mut seen = 0;
                loop {
                    let rows = match state {
                        Some(state) => view.applications_in(state.code(), AT_ONCE)?,
                        None => view.applications_apart(AT_ONCE, seen)?,
                    };
                    seen += rows.len();
                    let is_all = state.is_some() || rows.len() < AT_ONCE;
                    for row in rows {
                        match due(&view, &row, now)? {
                            // Looked at again only when something would come of it.
                            Some(Due::GoOn | Due::Follow(Event::Resume))
                                if !goes_on(&directory, &view, &row, now)? => {}
                            Some(_) => waiting.push(row.id),
                            None => {}
                        }
                    }
                    // Those that lack something stay where they are and hold up none behind them.
                    if is_all || waiting.len() >= AT_ONCE {
                        break;
                    }
                }
                waiting
            };
            for application in waiting {
                match self.act(&machine(ACTOR, now), Tick { application }) {
                    Ok(()) => turned += 1,
                    // What lapsed meanwhile is told to whoever looks.
                    Err(refusal) if refusal.kind == RefusalKind::Conflict => {}
                    Err(refusal) => return Err(refusal),
                }
            }
        }
        Ok(turned)
    }
}

/// Whether a step would be taken.
fn goes_on(directory: &Directory, view: &View, row: &ApplicationRow, now: Instant) -> Result<bool, Refusal> {
    use clinical::enrolment::{professions::community_role, statements::in_force};
    let (mut facts, state) = (facts_of(row)?, state_of(row));
    look_up_again(view, row, &mut facts, now)?;
    read_since(view, &row.account, &mut facts)?;
    let by = match state {
        State::Submitted => Event::Complete,
        State::Suspended => Event::Resume,
        _ => Event::Provision,
    };
    let open = !facts.sort.is_community() || community_role(&facts).is_some();
    let open = open && tying::practitioner(directory, &facts).is_ok();
    Ok((state != State::Eligible || open)
        && step(facts.sort, state, by, &facts.held(&in_force(), now)).is_ok())
}
