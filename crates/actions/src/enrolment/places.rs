//! Who looks after access at each workplace, and when the desk holds video calls: each taken as a whole file.

use super::{ADMINISTRATORS, MEETINGS};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::administrators::Administrators;
use clinical::enrolment::meetings::Meetings;
use fhir::PersonId;
use sha2::{Digest as _, Sha256};
use store::{Changes, FacilityChange, RegisterFile};

/// Act: workplaces have these administrators from now on.
#[derive(Debug, Clone)]
pub struct TakeAdministrators {
    /// The file: `place,name,email`, a row for each person, at least two for each place.
    pub text: String,
}

impl Sealed for TakeAdministrators {}
impl Act for TakeAdministrators {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("register/{ADMINISTRATORS}")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        Administrators::read(&self.text).map_err(|problem| {
            Refusal::unreadable(
                format!("The administrators are not taken over, and the ones before stay: {problem}"),
                format!("Les responsables ne sont pas repris, et les précédents restent : {problem}"),
            )
        })?;
        taken(reading, ADMINISTRATORS, &self.text)
    }
}

/// Act: the enrolment desk holds video calls in these hours from now on.
#[derive(Debug, Clone)]
pub struct TakeMeetings {
    /// The file: `day,from,until,at_once,room`.
    pub text: String,
}

impl Sealed for TakeMeetings {}
impl Act for TakeMeetings {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("register/{MEETINGS}")
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        Meetings::read(&self.text).map_err(|problem| {
            Refusal::unreadable(
                format!("The hours of video calls are not taken over, and the ones before stay: {problem}"),
                format!(
                    "Les heures des appels vidéo ne sont pas reprises, et les précédentes restent : {problem}"
                ),
            )
        })?;
        taken(reading, MEETINGS, &self.text)
    }
}

fn taken(reading: &Reading<'_>, register: &str, text: &str) -> Result<(Changes, Option<PersonId>), Refusal> {
    let digest = Sha256::digest(text.as_bytes()).to_vec();
    let known = reading.view.register_file(register)?;
    if known.is_some_and(|known| known.digest == digest) {
        return Ok((Changes::default(), None));
    }
    let at = reading.context.now;
    let file = RegisterFile { register: register.to_owned(), at, digest, body: text.to_owned() };
    Ok((Changes { facility: vec![FacilityChange::Register(file)], ..Changes::default() }, None))
}
