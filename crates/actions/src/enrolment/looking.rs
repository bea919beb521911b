//! What who applies, a manager and the enrolment desk see.

use super::applying::{asked_by, of_handle};
use super::meeting::{self, Meeting};
use super::tying::{self, Listed};
use super::{administrators, facts_of, meetings, number, state_of};
use crate::accounts::{Hold, holding, waiting};
use crate::facility::lapsing;
use crate::mailing::{Undelivered, undelivered};
use crate::obligations::words;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::sign_in::TokenKey;
use clinical::access::Permission;
use clinical::directory::PlaceKind;
use clinical::enrolment::meetings::ANSWERED_MINUTES;
use clinical::enrolment::scenes::{Next, next};
use clinical::enrolment::statements::in_force;
use clinical::enrolment::{Facts, Holder, Need, OPEN_ENDS, State, missing, needs};
use clinical::words::Words;
use fhir::Instant;
use store::{ApplicationId, ApplicationRow, ObligationState};

/// Applications of a state that the desk shows.
const SHOWN: usize = 200;
/// Waits that the median is of: the latest.
const WAITS: usize = 101;

/// Look: one's own application, by the browser's secret.
#[derive(Debug, Clone)]
pub struct Mine {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
}

/// A workplace that can be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Directory id.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// Names of those who look after access there.
    pub administrators: Vec<String>,
    /// It is the place in the register, or was picked.
    pub picked: bool,
}

/// What happened, when, by whom.
pub type Happened = (Instant, String, Words);

/// Answer to [`Mine`].
#[derive(Debug, Clone)]
pub struct MineView {
    /// What people say on the telephone.
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// What is on file.
    pub facts: Facts,
    /// What is still missing, in the order of the table.
    pub missing: Vec<Need>,
    /// Who has it now; `None` once it has ended.
    pub holder: Option<Holder>,
    /// Until when.
    pub due: Instant,
    /// Median seconds from sending to the account, of the latest; `None` while there are none.
    pub median_seconds: Option<i64>,
    /// The scene that is asked next.
    pub next: Next,
    /// Workplaces that name two administrators.
    pub places: Vec<Place>,
    /// What happened, oldest first.
    pub history: Vec<Happened>,
    /// Whether a refusal can be appealed.
    pub may_appeal: bool,
    /// The video call that is agreed.
    pub meeting: Option<Meeting>,
    /// When one could begin; nothing where none is needed, or the desk holds none.
    pub free: Vec<Instant>,
}

/// Where a browser stands before it has an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A code went to this address.
    Code(String),
    /// Nothing was asked.
    Nothing,
}

fn median(mut waits: Vec<i64>) -> Option<i64> {
    waits.sort_unstable();
    waits.get(waits.len() / 2).copied()
}

fn history(reading: &Reading<'_>, id: ApplicationId) -> Result<Vec<Happened>, Refusal> {
    let all = reading.view.application_events(id)?;
    Ok(all.into_iter().map(|event| (event.at, event.actor, words(&event.words))).collect())
}

fn lacks(facts: &Facts, now: Instant) -> Vec<Need> {
    let wanted: Vec<Need> = needs(facts.sort).collect();
    missing(facts.sort, &wanted, &facts.held(&in_force(), now))
}

fn places(reading: &Reading<'_>, facts: &Facts) -> Result<Vec<Place>, Refusal> {
    let known = administrators(reading.view)?;
    let registered = facts.licence.as_ref().map_or("", |held| held.place.as_str());
    let mut all: Vec<Place> = reading
        .directory
        .places()
        .filter(|place| place.kind != PlaceKind::Hospital && known.of(&place.id).len() >= 2)
        .map(|place| Place {
            id: place.id.clone(),
            name: place.name.clone(),
            administrators: known.of(&place.id).iter().take(2).map(|who| who.name.clone()).collect(),
            picked: if facts.workplaces.is_empty() {
                place.name == registered
            } else {
                facts.workplaces.iter().any(|picked| picked.place == place.id)
            },
        })
        .collect();
    all.sort_by(|a, b| (!a.picked, &a.name).cmp(&(!b.picked, &b.name)));
    Ok(all)
}

impl Sealed for Mine {}
impl Look for Mine {
    type View = MineView;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<MineView>, Refusal> {
        let row = of_handle(reading, &self.handle)?;
        let (facts, now, hours) = (facts_of(&row)?, reading.context.now, meetings(reading.view)?);
        Ok(Seen::nobody(MineView {
            number: number(&row),
            state: state_of(&row),
            missing: lacks(&facts, now),
            holder: Holder::from_code(&row.holder),
            due: row.due,
            median_seconds: median(reading.view.application_waits(WAITS)?),
            next: next(&facts.answers),
            places: places(reading, &facts)?,
            history: history(reading, row.id)?,
            may_appeal: state_of(&row) == State::Ended && facts.may_appeal(now),
            meeting: meeting::of(&row, &hours),
            free: if meeting::is_open(state_of(&row)) {
                meeting::free(reading, &hours, row.id)?
            } else {
                Vec::new()
            },
            facts,
        }))
    }
}

/// Look: whether a code went out for a browser.
#[derive(Debug, Clone)]
pub struct AskedFor {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
}

impl Sealed for AskedFor {}
impl Look for AskedFor {
    type View = Asked;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "address".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Asked>, Refusal> {
        let proof = reading.view.address_proof(&self.handle, reading.context.now)?;
        Ok(Seen::nobody(proof.map_or(Asked::Nothing, |proof| Asked::Code(proof.address))))
    }
}

/// Look: what a manager is asked by a link.
#[derive(Clone)]
pub struct OfManager {
    /// Key of the data folder.
    pub key: TokenKey,
    /// The last part of the link.
    pub token: String,
}

/// Answer to [`OfManager`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproveView {
    /// Who applies.
    pub applicant: String,
    /// In which profession: its code.
    pub profession: String,
    /// Where.
    pub place: String,
    /// Who was asked.
    pub who: String,
    /// It was answered, or is asked no more.
    pub answered: bool,
}

impl Sealed for OfManager {}
impl Look for OfManager {
    type View = ApproveView;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "approval".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<ApproveView>, Refusal> {
        let (row, facts, link) = asked_by(reading, &self.key, &self.token)?;
        let place = facts.workplaces.get(link.workplace).cloned().unwrap_or_default();
        let who = place.administrators.get(link.administrator).cloned().unwrap_or_default();
        let waits = matches!(state_of(&row), State::Submitted | State::Complete | State::IdentityVerified);
        let said = facts.approvals.iter().any(|said| said.place == place.place);
        Ok(Seen::nobody(ApproveView {
            applicant: facts.applicant.name(),
            profession: facts.applicant.profession,
            place: place.name,
            who: who.name,
            answered: said || !waits,
        }))
    }
}

/// Look: the queue of the enrolment desk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Queue;

/// One line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLine {
    /// Which.
    pub id: ApplicationId,
    /// What people say on the telephone.
    pub number: String,
    /// Who applies.
    pub name: String,
    /// Code of the profession.
    pub profession: String,
    /// Where it stands.
    pub state: State,
    /// Who has it.
    pub holder: Option<Holder>,
    /// Until when.
    pub due: Instant,
    /// How they wish to be verified: code of a method.
    pub wish: String,
    /// When they meet a coordinator by video.
    pub meets: Option<Instant>,
}

/// Answer to [`Queue`].
#[derive(Debug, Clone, Default)]
pub struct DeskView {
    /// What waits for the desk, the first due first.
    pub ours: Vec<QueueLine>,
    /// What waits for somebody else.
    pub others: Vec<QueueLine>,
    /// How many of both there are; the lists are cut at those due first.
    pub all: usize,
    /// How many stand in each state.
    pub counts: Vec<(State, usize)>,
    /// Whose identity waits to be verified anew.
    pub anew: Vec<AnewLine>,
    /// Mails that did not go out.
    pub undelivered: Vec<Undelivered>,
    /// Median seconds from sending to the account.
    pub median_seconds: Option<i64>,
}

/// Somebody whose identity at their organisation is not the one that was tied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnewLine {
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: Instant,
    /// Until when somebody verifies them.
    pub due: Instant,
    /// Their latest application; `None` where the account was made at the machine.
    pub application: Option<ApplicationId>,
}

fn line(row: &ApplicationRow) -> Result<QueueLine, Refusal> {
    let facts = facts_of(row)?;
    Ok(QueueLine {
        id: row.id,
        number: number(row),
        name: facts.applicant.name(),
        profession: facts.applicant.profession,
        state: state_of(row),
        holder: Holder::from_code(&row.holder),
        due: row.due,
        wish: facts.wish,
        meets: row.meets,
    })
}

impl Sealed for Queue {}
impl Look for Queue {
    type View = DeskView;
    const PERMISSION: Permission = Permission::ReadApplications;
    fn object(&self) -> String {
        "applications".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<DeskView>, Refusal> {
        let mut view = DeskView::default();
        for state in OPEN_ENDS {
            let count = reading.view.application_count(state.code())?;
            view.counts.push((*state, count));
            if *state == State::Active {
                continue;
            }
            // Of those that are not sent yet, the desk has to know who waits in a video room.
            let is_draft = *state == State::Draft;
            view.all += if is_draft { 0 } else { count };
            for row in reading.view.applications_in(state.code(), SHOWN)? {
                let line = line(&row)?;
                if is_draft {
                    if line.meets.is_some_and(|at| at.plus_minutes(ANSWERED_MINUTES) > reading.context.now) {
                        view.all += 1;
                        view.ours.push(line);
                    }
                    continue;
                }
                let ours = line.holder == Some(Holder::Coordinator)
                    || line.due < reading.context.now
                    || *state == State::Eligible;
                if ours { view.ours.push(line) } else { view.others.push(line) }
            }
        }
        for (owed, account) in waiting::all(reading.view)? {
            let latest = reading.view.applications_of(&account.id)?.first().map(|row| row.id);
            let ObligationState::Open { due, .. } = owed.state else { continue };
            view.anew.push(AnewLine { name: account.name, since: owed.opened, due, application: latest });
        }
        view.undelivered = undelivered(reading.view)?;
        view.ours.sort_by_key(|line| (line.due, line.id));
        view.others.sort_by_key(|line| (line.due, line.id));
        view.median_seconds = median(reading.view.application_waits(WAITS)?);
        Ok(Seen::nobody(view))
    }
}

/// Look: one application at the desk.
#[derive(Debug, Clone, Copy)]
pub struct One {
    /// Which.
    pub application: ApplicationId,
}

/// Answer to [`One`].
#[derive(Debug, Clone)]
pub struct OneView {
    /// The line of the queue.
    pub line: QueueLine,
    /// What is on file.
    pub facts: Facts,
    /// What is still missing.
    pub missing: Vec<Need>,
    /// What happened, oldest first.
    pub history: Vec<Happened>,
    /// Whom it may be in the provider directory (id, name), where a coordinator has to say so.
    pub may_be: Option<Vec<(String, String)>>,
    /// Reasons for which people suspended the account, each lifted by itself.
    pub holds: Vec<Hold>,
    /// The video call that is agreed.
    pub meeting: Option<Meeting>,
    /// What lapsed besides, each with what brings it back.
    pub lapsed: Vec<(Words, Words)>,
}

impl Sealed for One {}
impl Look for One {
    type View = OneView;
    const PERMISSION: Permission = Permission::ReadApplications;
    fn object(&self) -> String {
        format!("application/{}", self.application)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OneView>, Refusal> {
        let row = reading.view.application(self.application)?.ok_or_else(Refusal::not_found)?;
        let facts = facts_of(&row)?;
        let (mut holds, mut lapsed) = (Vec::new(), Vec::new());
        if let Some(account) = reading.view.account(&row.account)? {
            holds = holding::of_people(reading.view, &account)?;
            let lapses = lapsing::standing(reading.view, &account.id)?;
            lapsed.extend(lapses.into_iter().map(|lapse| (lapse.words(), lapse.way_back())));
        }
        Ok(Seen::nobody(OneView {
            holds,
            lapsed,
            line: line(&row)?,
            meeting: meeting::of(&row, &meetings(reading.view)?),
            missing: lacks(&facts, reading.context.now),
            history: history(reading, row.id)?,
            may_be: match tying::practitioner(reading.directory, &facts) {
                Err(Listed::Ask(may_be)) if !matches!(state_of(&row), State::Draft | State::Ended) => {
                    Some(may_be)
                }
                _ => None,
            },
            facts,
        }))
    }
}
