//! Meeting a coordinator by video at a time that the applicant picks (FEATURES AC3; JOURNEYS 2.6 step 4).

use super::applying::{APPLICANT, object_of, of_handle};
use super::turn::{Turn, state_of};
use super::{desk, letters, meetings};
use crate::mailing::write;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::cover::local;
use clinical::enrolment::State;
use clinical::enrolment::meetings::Meetings;
use clinical::enrolment::verification::Method;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{ApplicationId, ApplicationRow, Changes, EnrolmentRequirement, Requirement};

/// A call that is agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// When it begins.
    pub at: Instant,
    /// Address of the video room; `None` when the desk has changed its hours since.
    pub room: Option<String>,
}

/// The call of an application.
pub(super) fn of(row: &ApplicationRow, hours: &Meetings) -> Option<Meeting> {
    row.meets.map(|at| Meeting { at, room: hours.room(at, &row.id.to_string()) })
}

/// Times that this applicant can pick.
pub(super) fn free(
    reading: &Reading<'_>,
    hours: &Meetings,
    id: ApplicationId,
) -> Result<Vec<Instant>, Refusal> {
    let now = reading.context.now;
    Ok(hours.free(now, &reading.view.others_meet(id, now)?))
}

/// Whether a call can be picked or changed in a state.
pub(super) fn is_open(state: State) -> bool {
    matches!(state, State::Draft | State::Submitted | State::Complete)
}

/// The time as it is written in mails and histories: wall time of the province.
fn written(at: Instant) -> String {
    local(at).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

/// Act: the applicant picks when to meet a coordinator by video, another time, or none.
#[derive(Debug, Clone)]
pub struct Meet {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// When; `None` gives the time back.
    pub at: Option<Instant>,
}

impl Sealed for Meet {}
impl Act for Meet {
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/meeting".to_owned()
    }
    fn object_in(&self, reading: &Reading<'_>) -> Result<String, Refusal> {
        object_of(reading, &self.handle, "meeting")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = of_handle(reading, &self.handle)?;
        if !is_open(state_of(&row)) {
            return Err(Refusal::conflict(
                "Who you are is verified already, or this application is over. No call is needed.",
                "Votre identité est déjà vérifiée, ou cette demande est close. Aucun appel n'est nécessaire.",
            ));
        }
        let mut turn = Turn::begin(reading, row, APPLICANT)?;
        let Some(at) = self.at else {
            turn.meet(None);
            turn.note(
                "meeting",
                Words::new("The video call is called off.", "L'appel vidéo est décommandé."),
            );
            return turn.finish();
        };
        let (id, now) = (turn.row.id, reading.context.now);
        let taken = reading.view.others_meet(id, now)?;
        if !meetings(reading.view)?.free(now, &taken).contains(&at) {
            return Err(Refusal::conflict(
                "Somebody took this time just now, or it is too near. Pick another one.",
                "Cette heure vient d'être prise, ou elle est trop proche. Choisissez-en une autre.",
            ));
        }
        let others = u32::try_from(taken.iter().filter(|one| **one == at).count()).unwrap_or(u32::MAX);
        let still = EnrolmentRequirement::OthersMeet(id, at, others);
        turn.changes.requires.push(Requirement::Enrolment(still));
        Method::Video.code().clone_into(&mut turn.facts.wish);
        turn.meet(Some(at));
        let time = written(at);
        turn.note("meeting", Words::new(format!("Video call at {time}."), format!("Appel vidéo à {time}.")));
        if let Some(Meeting { room: Some(room), .. }) = of(&turn.row, &meetings(reading.view)?) {
            let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
            let mail = to.meets(&time, &room, turn.facts.links);
            write(&mut turn.changes, mail, now);
        }
        turn.finish()
    }
}

/// Act: the applicant was not there. They are asked to pick another time.
#[derive(Debug, Clone)]
pub struct Missed {
    /// Which application.
    pub application: ApplicationId,
}

impl Sealed for Missed {}
impl Act for Missed {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("application/{}/missed", self.application)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut turn = desk::turn(reading, self.application)?;
        desk::unrelated(reading, &turn)?;
        let now = reading.context.now;
        let Some(at) = turn.row.meets.filter(|at| *at <= now) else {
            return Err(Refusal::conflict(
                "This application has no call that could have begun. Open it again: somebody may have answered for it.",
                "Cette demande n'a aucun appel qui aurait pu commencer. Ouvrez-la de nouveau : quelqu'un s'en est peut-être chargé.",
            ));
        };
        turn.meet(None);
        let time = written(at);
        turn.note(
            "missed",
            Words::new(format!("Not at the call of {time}."), format!("Absence à l'appel de {time}.")),
        );
        let to = letters::applicant(&turn.row, turn.facts.applicant.tongue, now);
        let mail = to.missed(&time, turn.facts.links);
        write(&mut turn.changes, mail, now);
        turn.finish()
    }
}
