//! One turn of an application: what is on file changes, steps are taken as far as they go, and whoever has it then is
//! owed. Everything that happens to an application goes through here.

use super::{letters, meeting, tying};
use crate::accounts::keeping::{Grant, Provision, provision};
use crate::mailing::{call_off, write};
use crate::obligations::{About, ended, event, id, opened, row as new_row, words_json};
use crate::record::Reading;
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Role;
use clinical::enrolment::meetings::ANSWERED_MINUTES;
use clinical::enrolment::professions::community_role;
use clinical::enrolment::statements::in_force;
use clinical::enrolment::{
    Acknowledged, Event, Facts, Held, Holder, LicenceStanding, Missing, State, Workplace, holding, licence,
    step,
};
use clinical::obligations::{Outcome, access_suspended, application, approval};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{
    AccountChange, AccountGrant, ApplicationEvent, ApplicationId, ApplicationRow, Changes, EnrolmentChange,
    EnrolmentRequirement, FacilityChange, FacilityPerson, ObligationChange, ObligationId, ObligationState,
    Requirement, View, WorkContext,
};

/// Minutes until a manager who has not answered is reminded (JOURNEYS 2.6 step 7: a day).
const REMIND_MINUTES: i64 = 24 * 60;
/// Steps that the record takes by itself, in order. A verification that is on file from the employer is one of them.
const BY_ITSELF: [Event; 4] = [Event::Complete, Event::VerifyIdentity, Event::Approve, Event::Provision];

/// What the id of a workplace begins with that the directory does not know.
pub(super) const UNLISTED_PLACE: &str = "new:";

/// What people say on the telephone.
#[must_use]
pub(crate) fn number(row: &ApplicationRow) -> String {
    row.id.to_string().chars().take(6).collect::<String>().to_uppercase()
}

/// The state that a row stands in.
pub(crate) fn state_of(row: &ApplicationRow) -> State {
    State::from_code(&row.state).unwrap_or_default()
}

/// What is on file.
pub(crate) fn facts_of(row: &ApplicationRow) -> Result<Facts, Refusal> {
    serde_json::from_str(&row.facts).map_err(|_| {
        Refusal::new(
            RefusalKind::TryAgain,
            "What is on file about this application cannot be read. Call the duty desk with its number.",
            "Le contenu de cette demande ne peut être lu. Appelez la garde avec son numéro.",
        )
    })
}

/// A step that cannot be taken, for people.
pub(crate) fn refused(missing: &Missing) -> Refusal {
    let words = missing.words();
    Refusal::new(RefusalKind::Conflict, words.en, words.fr)
}

/// What the holder of the account has read at the door since counts here too (S-032).
pub(crate) fn read_since(view: &View, account: &str, facts: &mut Facts) -> Result<(), Refusal> {
    for (statement, version, at) in view.acknowledged(account)? {
        if !facts.has_read(&statement, &version) {
            facts.privacy.push(Acknowledged { statement, version, at });
        }
    }
    Ok(())
}

/// A turn.
pub(crate) struct Turn<'r> {
    reading: &'r Reading<'r>,
    before: ApplicationRow,
    pub(crate) row: ApplicationRow,
    pub(crate) facts: Facts,
    pub(crate) changes: Changes,
    actor: String,
    events: Vec<(String, State, Words)>,
}

impl<'r> Turn<'r> {
    /// Begins with an application as it is.
    pub(crate) fn begin(reading: &'r Reading<'r>, row: ApplicationRow, actor: &str) -> Result<Self, Refusal> {
        let mut facts = facts_of(&row)?;
        look_up_again(reading.view, &row, &mut facts, reading.context.now)?;
        read_since(reading.view, &row.account, &mut facts)?;
        let is = EnrolmentRequirement::RevisionIs(row.id, row.revision);
        let changes = Changes { requires: vec![Requirement::Enrolment(is)], ..Changes::default() };
        let before = row.clone();
        Ok(Self { reading, before, row, facts, changes, actor: actor.to_owned(), events: Vec::new() })
    }

    fn now(&self) -> Instant {
        self.reading.context.now
    }

    /// What is on file and holds now.
    pub(crate) fn held(&self) -> Held {
        self.facts.held(&in_force(), self.now())
    }

    /// Something happened that is no step.
    pub(crate) fn note(&mut self, what: &str, words: Words) {
        self.events.push((what.to_owned(), state_of(&self.row), words));
    }

    /// A call by video is agreed, or is no more. The desk's clock begins anew with it.
    pub(super) fn meet(&mut self, at: Option<Instant>) {
        if self.row.meets != at && state_of(&self.row) == State::Complete {
            self.row.since = self.now();
        }
        self.row.meets = at;
    }

    /// Takes a step.
    ///
    /// # Errors
    /// Exactly what is missing.
    pub(crate) fn take(&mut self, by: Event, words: Words) -> Result<(), Refusal> {
        self.try_take(by, words).map_err(|missing| refused(&missing))?;
        if matches!(by, Event::Lapse | Event::End) { self.end_grants() } else { Ok(()) }
    }

    fn try_take(&mut self, by: Event, words: Words) -> Result<(), Missing> {
        let step = step(self.facts.sort, state_of(&self.row), by, &self.held())?;
        self.facts.undo_by(by);
        step.to.code().clone_into(&mut self.row.state);
        self.row.since = self.now();
        self.events.push((by.code().to_owned(), step.to, words));
        Ok(())
    }

    /// What the application led to ends with it; what the account has from elsewhere stays.
    fn end_grants(&mut self) -> Result<(), Refusal> {
        let (view, now, of) = (self.reading.view, self.now(), self.row.id.to_string());
        let Some(account) = view.account(&self.row.account)? else { return Ok(()) };
        let holds =
            |grant: &AccountGrant| grant.application == of && grant.ends.is_none_or(|ends| ends > now);
        let held: Vec<AccountGrant> = view.account_grants(&account.id)?.into_iter().filter(holds).collect();
        if !held.is_empty() {
            self.changes.requires.push(Requirement::AccountRevisionIs(account.id.clone(), account.revision));
            let ended = held.into_iter().map(|grant| AccountGrant { ends: Some(now), ..grant });
            self.changes.accounts.extend(ended.map(AccountChange::Grant));
            self.changes.accounts.push(AccountChange::EndSessions(account.id));
        }
        Ok(())
    }

    /// Takes the steps that the record takes by itself, as far as they go.
    pub(crate) fn go_on(&mut self) -> Result<(), Refusal> {
        for by in BY_ITSELF {
            if by == Event::Provision && state_of(&self.row) == State::Eligible {
                if !self.provision()? {
                    continue;
                }
            } else if by == Event::VerifyIdentity && self.has_unseen_workplace() {
                // An employer has verified who it is; nobody has seen to whom the links of a written workplace go.
                continue;
            } else if self.try_take(by, by.words()).is_err() {
                // What is missing is told to whoever looks; nothing is wrong.
                continue;
            }
        }
        Ok(())
    }

    /// A workplace that no list names and that has not said yes: the enrolment desk verifies, and asks it with that.
    fn has_unseen_workplace(&self) -> bool {
        let said = |place: &Workplace| self.facts.approvals.iter().any(|said| said.place == place.place);
        self.facts.workplaces.iter().any(|place| is_unlisted(place) && !said(place))
    }

    /// Makes the account; false while nobody has granted anything to an unlisted profession, which is a person's to decide.
    fn provision(&mut self) -> Result<bool, Refusal> {
        let Ok(practitioner) = tying::practitioner(self.reading.directory, &self.facts) else {
            if self.before.state != self.row.state {
                self.note("directory-asked", tying::asks());
            }
            return Ok(false);
        };
        let grants = self.grants(practitioner);
        if grants.is_empty() {
            return Ok(false);
        }
        if let Err(missing) = step(self.facts.sort, State::Eligible, Event::Provision, &self.held()) {
            tracing::info!(%missing, "an account waits for what lapsed meanwhile");
            return Ok(false);
        }
        let held = self.facts.licence.as_ref();
        let licence = held.map(|held| licence::key(&held.regulator, &self.facts.applicant.licence));
        let wanted = Provision {
            application: self.row.id.to_string(),
            name: self.facts.applicant.name(),
            address: self.row.address.clone(),
            licence: licence.unwrap_or_default(),
            grants,
        };
        let known = self.reading.view.account_by_address(&self.row.address)?.is_some();
        let account = provision(self.reading.view, (&self.actor, self.now()), &wanted, &mut self.changes)?;
        self.row.account.clone_from(&account);
        self.employed(&account);
        self.take(Event::Provision, Event::Provision.words())?;
        let now = self.now();
        let to = letters::applicant(&self.before, self.facts.applicant.tongue, now);
        let mail = to.ready(&account, (!known).then_some(1));
        write(&mut self.changes, mail, now);
        Ok(true)
    }

    /// The account rests on an employment from now on: it ends with it (H80).
    fn employed(&mut self, account: &str) {
        let Some(held) = self.facts.employment.as_ref().filter(|_| self.facts.sort.is_facility()) else {
            return;
        };
        self.changes.facility.push(FacilityChange::Person(FacilityPerson {
            account: account.to_owned(),
            employee: held.number.clone(),
            unit: self.facts.units.first().cloned().unwrap_or_default(),
            since: self.reading.context.now,
        }));
    }

    /// What the account may sign in as: a context for each workplace and each unit.
    fn grants(&self, practitioner: Option<String>) -> Vec<Grant> {
        let facts = &self.facts;
        let mut grants = Vec::new();
        if let Some(role) = community_role(facts).filter(|_| facts.sort.is_community()) {
            for place in &facts.workplaces {
                grants.push(Grant {
                    role,
                    practitioner: practitioner.clone(),
                    place: Some(place.place.clone()),
                    context: WorkContext::Community,
                    until: None,
                });
            }
        }
        if let Some(role) = Role::from_code(&facts.facility_role).filter(|_| facts.sort.is_facility()) {
            for unit in &facts.units {
                grants.push(Grant {
                    role,
                    practitioner: practitioner.clone(),
                    place: Some(unit.clone()),
                    context: WorkContext::Facility,
                    until: None,
                });
            }
        }
        grants
    }

    /// Asks every workplace that has not said yes: a mail to each administrator, one to remind them, an obligation.
    ///
    /// A workplace that no list names is asked once a coordinator has seen to whom the links go.
    pub(crate) fn ask_workplaces(&mut self) {
        self.ask(self.now(), |place| !is_unlisted(place));
    }

    /// Asks the workplaces that no list names.
    pub(crate) fn ask_unlisted(&mut self) -> Result<(), Refusal> {
        let sent = self.times_sent()?.last().copied().unwrap_or(self.now());
        self.ask(sent, is_unlisted);
        Ok(())
    }

    fn ask(&mut self, sent: Instant, is_asked: fn(&Workplace) -> bool) {
        let (now, tongue) = (self.now(), self.facts.applicant.tongue);
        let name = self.facts.applicant.name();
        let row = ApplicationRow { since: sent, ..self.row.clone() };
        for (n, place) in self.facts.workplaces.iter().enumerate() {
            if !is_asked(place) || self.has_said(&place.place) {
                continue;
            }
            for (m, who) in place.administrators.iter().enumerate() {
                let link = (n, m, sent.0);
                let to = letters::administrator(who, tongue, self.row.id, now);
                write(&mut self.changes, to.asked(&name, &place.name, link, false), now);
                let later = now.plus_minutes(REMIND_MINUTES);
                let to = letters::administrator(who, tongue, self.row.id, later);
                write(&mut self.changes, to.asked(&name, &place.name, link, true), now);
            }
            let why =
                Words::new("The administrators were sent a link.", "Les responsables ont reçu un lien.");
            let owed = approval(&name, &number(&self.row), &place.name, why, now);
            let row = new_row(approval_key(&row, &place.place), &owed, &About::default(), now);
            self.changes.obligations.push(ObligationChange::Event(opened(&row, &self.actor)));
            self.changes.obligations.push(ObligationChange::Open(row));
        }
    }

    /// A workplace has answered, or it is not asked any more: its obligation ends and nobody is reminded.
    pub(crate) fn workplace_answered(&mut self, place: &str, how: &str) -> Result<(), Refusal> {
        let Some(n) = self.facts.workplaces.iter().position(|known| known.place == place) else {
            return Ok(());
        };
        // One person may look after several workplaces: the link says for which a mail is.
        let blank = format!("[[approve:{}.{n}.", self.row.id);
        // The obligation was opened when it was sent; its key says since when.
        for key in self.approvals_of(place)? {
            self.end(key, how)?;
        }
        for mail in self.reading.view.mails_about(self.row.id)? {
            if mail.body.contains(&blank) && mail.sort.starts_with("approve") {
                call_off(self.reading.view, &mut self.changes, &mail, self.reading.context.now)?;
            }
        }
        Ok(())
    }

    /// A unit has answered, or is not asked any more, however that came: what its manager owed ends.
    pub(crate) fn unit_answered(&mut self, unit: &str, how: &str) -> Result<(), Refusal> {
        let mut keys = self.approvals_of(unit)?;
        keys.push(unit_key(self.row.id, unit));
        for key in keys {
            self.end(key, how)?;
        }
        Ok(())
    }

    /// On appeal the units that have not said yes are asked anew.
    fn ask_units(&mut self) {
        let (now, name) = (self.now(), self.facts.applicant.name());
        let asked: Vec<String> =
            self.facts.units.iter().filter(|unit| !self.has_said(unit)).cloned().collect();
        for unit in asked {
            let why = Words::new("Asked again on appeal.", "Demandé de nouveau en appel.");
            let owed = approval(&name, &number(&self.row), &unit, why, now);
            let row = new_row(approval_key(&self.row, &unit), &owed, &About::default(), now);
            self.changes.obligations.push(ObligationChange::Event(opened(&row, &self.actor)));
            self.changes.obligations.push(ObligationChange::Open(row));
        }
    }

    fn has_said(&self, place: &str) -> bool {
        self.facts.approvals.iter().any(|said| said.place == place)
    }

    fn approvals_of(&self, place: &str) -> Result<Vec<ObligationId>, Refusal> {
        let key = |since: Instant| approval_key(&ApplicationRow { since, ..self.row.clone() }, place);
        Ok(self.times_sent()?.into_iter().map(key).collect())
    }

    /// When it was sent, the latest last.
    fn times_sent(&self) -> Result<Vec<Instant>, Refusal> {
        let events = self.reading.view.application_events(self.row.id)?;
        let is_sent = |event: &&ApplicationEvent| {
            event.event == Event::Submit.code() || event.event == Event::Appeal.code()
        };
        Ok(events.iter().filter(is_sent).map(|event| event.at).collect())
    }

    fn end(&mut self, key: ObligationId, how: &str) -> Result<(), Refusal> {
        let Some(owed) = self.reading.view.obligation(key)? else { return Ok(()) };
        let is_ended =
            |change: &ObligationChange| matches!(change, ObligationChange::Update(row) if row.id == key);
        if !matches!(owed.state, ObligationState::Open { .. })
            || self.changes.obligations.iter().any(is_ended)
        {
            return Ok(());
        }
        let now = self.now();
        let outcome = Outcome::Resolved { by: self.actor.clone(), how: how.to_owned() };
        let words = Words::new(how, how);
        self.changes.requires.push(Requirement::ObligationRevisionIs(owed.id, owed.revision));
        self.changes.obligations.push(event(owed.id, now, &self.actor, outcome.code(), &words));
        self.changes.obligations.push(ObligationChange::Update(ended(&owed, &outcome, now)));
        Ok(())
    }

    /// The change: the row with its holder and clock, its history, and what is owed.
    pub(crate) fn finish(mut self) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (was, is) = (state_of(&self.before), state_of(&self.row));
        let passed = was == State::Draft && is != was && self.row.meets.is_some_and(|at| at <= self.now());
        if passed || !meeting::is_open(is) {
            self.row.meets = None;
        }
        let turned = was != is || self.before.revision == 0 || self.row.since != self.before.since;
        if turned {
            self.end(state_key(&self.before), is.code())?;
            let left_workplaces = was != is && matches!(is, State::Ended | State::Draft);
            if left_workplaces {
                for place in self.facts.workplaces.clone() {
                    self.workplace_answered(&place.place, is.code())?;
                }
            }
            if was != is && is == State::Ended {
                for unit in self.facts.units.clone() {
                    self.unit_answered(&unit, is.code())?;
                }
            }
            if was == State::Ended {
                self.ask_units();
            }
            let line = holding(is);
            line.map_or("", |line| line.holder.code()).clone_into(&mut self.row.holder);
            self.row.due = line.map_or(self.now(), |line| line.due(self.row.since));
            // Whoever agreed to a call is not late before it.
            let called = self.row.meets.filter(|_| is == State::Complete);
            let called = called.map(|at| at.plus_minutes(ANSWERED_MINUTES));
            self.row.due = called.map_or(self.row.due, |at| at.max(self.row.due));
            if line.is_some_and(|line| matches!(line.holder, Holder::Coordinator | Holder::Machine)) {
                let because = self.events.last().map_or_else(|| is.words(), |(_, _, words)| words.clone());
                let name = self.facts.applicant.name();
                let (since, due) = (self.row.since, self.row.due);
                let owed = match is {
                    State::Suspended => access_suspended(&name, &number(&self.row), because, due, since),
                    _ => application(&name, &number(&self.row), because, called, since),
                };
                let row = new_row(state_key(&self.row), &owed, &About::default(), self.row.since);
                self.changes.obligations.push(ObligationChange::Event(opened(&row, &self.actor)));
                self.changes.obligations.push(ObligationChange::Open(row));
            }
        }
        let now = self.now();
        let facts = serde_json::to_string(&self.facts).unwrap_or_default();
        self.facts.sort.code().clone_into(&mut self.row.sort);
        self.row.facts = facts;
        self.row.revision += 1;
        for (what, state, words) in &self.events {
            self.changes.enrolment.push(EnrolmentChange::Event(ApplicationEvent {
                application: self.row.id,
                seq: 0,
                at: now,
                actor: self.actor.clone(),
                event: what.clone(),
                state: state.code().to_owned(),
                words: words_json(words),
            }));
        }
        self.changes.enrolment.push(EnrolmentChange::Application(self.row));
        Ok((self.changes, None))
    }
}

/// A workplace that the applicant wrote themselves, with its administrators.
fn is_unlisted(place: &Workplace) -> bool {
    place.place.starts_with(UNLISTED_PLACE)
}

/// Looks the licence up once more: one that ended since it was sent carries nothing (S-037). What a coordinator or an
/// employer vouches for stays where the register has no answer.
pub(super) fn look_up_again(
    view: &View,
    row: &ApplicationRow,
    facts: &mut Facts,
    now: Instant,
) -> Result<(), Refusal> {
    use LicenceStanding::{Active, Checked, Lapsed};
    let is_open = matches!(
        state_of(row),
        State::Submitted
            | State::Complete
            | State::IdentityVerified
            | State::Eligible
            | State::Provisioned
            | State::Active
            | State::Suspended
    );
    let Some(held) = facts.licence.as_mut().filter(|_| is_open && row.revision > 0) else { return Ok(()) };
    if !matches!(held.standing, Active | Checked | Lapsed) || held.regulator.is_empty() {
        return Ok(());
    }
    let Some(register) = super::register(view, now)? else { return Ok(()) };
    let applicant = &facts.applicant;
    let (found, _) = register.look_up(&held.regulator, &applicant.licence, &applicant.family, now);
    let is_kept = held.standing == Checked && !matches!(found.standing, Active | Lapsed);
    if !is_kept && found.standing != held.standing && found.standing != LicenceStanding::NotAsked {
        (held.standing, held.at) = (found.standing, now);
    }
    Ok(())
}

/// The obligation of the desk in the state that a row stands in.
pub(super) fn state_key(row: &ApplicationRow) -> ObligationId {
    id(&["application", &row.id.to_string(), &row.state, &row.since.0.to_string()])
}

/// The obligation of a unit's manager since the request came with the employer's word.
pub(crate) fn unit_key(application: ApplicationId, unit: &str) -> ObligationId {
    id(&["approval", &application.to_string(), unit])
}

/// The obligation of a workplace that was asked when the row came to stand where it does.
fn approval_key(row: &ApplicationRow, place: &str) -> ObligationId {
    id(&["approval", &row.id.to_string(), place, &row.since.0.to_string()])
}
