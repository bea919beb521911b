//! Who looks after access at each workplace, taken as a whole file.

use super::ADMINISTRATORS;
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::administrators::Administrators;
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
        let digest = Sha256::digest(self.text.as_bytes()).to_vec();
        let known = reading.view.register_file(ADMINISTRATORS)?;
        if known.is_some_and(|known| known.digest == digest) {
            return Ok((Changes::default(), None));
        }
        let file = RegisterFile {
            register: ADMINISTRATORS.to_owned(),
            at: reading.context.now,
            digest,
            body: self.text.clone(),
        };
        Ok((Changes { facility: vec![FacilityChange::Register(file)], ..Changes::default() }, None))
    }
}
