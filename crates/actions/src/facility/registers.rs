//! Registers of other offices: taken as whole files whenever they change. A file that leaves out more people than a
//! register loses in a round is not believed before somebody has looked (ours: it would shut out a hospital).

use super::lapsing::{Rest, resting};
use crate::incidents::{Found, Sort};
use crate::record::{Act, Reading, Record, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::facility::days;
use clinical::facility::lapses::file_is_doubtful;
use clinical::facility::registers::{Employments, Licences, REGISTER_DAYS, Standing, is_stale};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use sha2::{Digest as _, Sha256};
use store::{Changes, FacilityChange, RegisterFile, View};

/// A register of another office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Register {
    /// Licences of all regulators.
    Licences,
    /// Employments of the facilities.
    Employments,
}

impl Register {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Licences, Self::Employments];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Licences => "licences",
            Self::Employments => "employments",
        }
    }
}

/// Act: a register is from now on as a file says.
#[derive(Debug, Clone)]
pub struct TakeRegister {
    /// Which.
    pub register: Register,
    /// The file.
    pub text: String,
    /// Somebody has looked why it leaves out so many, and it is right.
    pub sure: bool,
    /// When the file was written, where that is known; else it is of now.
    pub of: Option<Instant>,
}

/// Both registers as they stand, and their digests.
#[derive(Debug, Default)]
pub(crate) struct Registers {
    pub(crate) licences: Option<Licences>,
    pub(crate) employments: Option<Employments>,
    digests: [Vec<u8>; 2],
    of: [Option<Instant>; 2],
}

impl Registers {
    /// As they stand now; what has not changed is not read again.
    pub(crate) fn refresh(&mut self, view: &View) -> Result<(), Refusal> {
        for (n, register) in Register::ALL.into_iter().enumerate() {
            let Some(file) = view.register_file(register.code())? else { continue };
            self.of[n] = Some(file.at);
            if file.digest == self.digests[n] {
                continue;
            }
            match register {
                Register::Licences => self.licences = Licences::read(&file.body).ok(),
                Register::Employments => self.employments = Employments::read(&file.body).ok(),
            }
            self.digests[n] = file.digest;
        }
        Ok(())
    }

    /// Licences, while the register is young enough to say anything.
    pub(crate) fn licences_at(&self, now: Instant) -> Option<&Licences> {
        self.licences.as_ref().filter(|_| self.of[0].is_some_and(|of| !is_stale(of, now)))
    }

    /// Employments, while the register is young enough to say anything.
    pub(crate) fn employments_at(&self, now: Instant) -> Option<&Employments> {
        self.employments.as_ref().filter(|_| self.of[1].is_some_and(|of| !is_stale(of, now)))
    }

    /// Registers that are too old to say anything.
    pub(crate) fn stale(&self, now: Instant) -> Vec<Found> {
        let of = Register::ALL.into_iter().zip(self.of).filter_map(|(register, of)| Some((register, of?)));
        of.filter(|(_, of)| is_stale(*of, now)).map(|(register, of)| too_old(register, of)).collect()
    }

    /// As they stand now.
    pub(crate) fn of(view: &View) -> Result<Self, Refusal> {
        let mut read = Self::default();
        read.refresh(view)?;
        Ok(read)
    }
}

fn too_old(register: Register, of: Instant) -> Found {
    let (name, day) = (register.code(), clinical::cover::day(of));
    Found {
        subject: name.to_owned(),
        what: Words::new(
            "Ask who sends the register why no new file has come. Until one does, no access lapses or comes back by it, and coordinators check licences themselves.",
            "Demandez à qui envoie le registre pourquoi aucun nouveau fichier n'est venu. D'ici là, aucun accès ne s'éteint ni ne revient d'après lui, et les coordonnateurs vérifient eux-mêmes les permis.",
        ),
        because: Words::new(
            format!("The register {name} is of {day}, more than {REGISTER_DAYS} days old."),
            format!("Le registre {name} est du {day}, il a plus de {REGISTER_DAYS} jours."),
        ),
    }
}

impl Sealed for TakeRegister {}
impl Act for TakeRegister {
    const PERMISSION: Permission = Permission::ManageFacilities;
    fn object(&self) -> String {
        format!("register/{}", self.register.code())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let digest = Sha256::digest(self.text.as_bytes()).to_vec();
        let known = reading.view.register_file(self.register.code())?;
        let now = reading.context.now;
        let of = self.of.map_or(now, |of| of.min(now));
        if let Some(known) = known.clone().filter(|known| known.digest == digest) {
            // The same again says that it still holds.
            let renewed =
                (of > known.at).then_some(FacilityChange::Register(RegisterFile { at: of, ..known }));
            return Ok((Changes { facility: renewed.into_iter().collect(), ..Changes::default() }, None));
        }
        if let Some(known) = known.filter(|known| !self.sure && of < known.at) {
            let (name, of, known) =
                (self.register.code(), clinical::cover::day(of), clinical::cover::day(known.at));
            return Err(Refusal::conflict(
                &format!(
                    "This file of the register {name} is of {of}, older than the one in use, of {known}. It is not taken over. Ask for the latest; when this one is to count all the same, take it over with --sure."
                ),
                &format!(
                    "Ce fichier du registre {name} est du {of}, plus ancien que celui en usage, du {known}. Il n'est pas repris. Demandez le plus récent; si celui-ci doit compter malgré tout, reprenez-le avec --sure."
                ),
            ));
        }
        let (gone, rest) = failing(reading.view, self, now)?;
        if !self.sure && file_is_doubtful(gone, rest) {
            let name = self.register.code();
            return Err(Refusal::conflict(
                &format!(
                    "By the register {name}, {gone} of the {rest} people whose access rests on it would lose it. It is not taken over, and the one before stays in use. Ask who sent it; when it is right, take it over with --sure."
                ),
                &format!(
                    "Selon le registre {name}, {gone} des {rest} personnes dont l'accès en dépend le perdraient. Il n'est pas repris, et le précédent reste en usage. Demandez à qui l'a envoyé; s'il est juste, reprenez-le avec --sure."
                ),
            ));
        }
        let file = RegisterFile {
            register: self.register.code().to_owned(),
            at: of,
            digest,
            body: self.text.clone(),
        };
        Ok((Changes { facility: vec![FacilityChange::Register(file)], ..Changes::default() }, None))
    }
}

/// How many people with an access in use would lose it by a file of a register, for whatever reason it says, of how many
/// whose access rests on it.
fn failing(view: &View, taken: &TakeRegister, now: Instant) -> Result<(usize, usize), Refusal> {
    let (register, text) = (taken.register, taken.text.as_str());
    let unreadable = |problem: clinical::sheets::SheetProblem| {
        Refusal::unreadable(
            format!(
                "The register {} is not taken over, and the one before stays in use: {problem}",
                register.code()
            ),
            format!(
                "Le registre {} n'est pas repris, et le précédent reste en usage : {problem}",
                register.code()
            ),
        )
    };
    let day = days::of(now).unwrap_or_default();
    let people = resting(view)?;
    let count = |rests: &dyn Fn(&Rest) -> Option<Standing>| {
        let all: Vec<Standing> = people.iter().filter_map(rests).collect();
        (all.iter().filter(|standing| !standing.holds()).count(), all.len())
    };
    match register {
        Register::Licences => {
            let file = Licences::read(text).map_err(unreadable)?;
            let before = Registers::of(view)?.licences.unwrap_or_default();
            let regulators = people.iter().filter_map(|rest| Some(rest.licence.as_ref()?.0.as_str()));
            if let Some(lost) = before.lost_in(&file, regulators).filter(|_| !taken.sure) {
                return Err(Refusal::conflict(
                    &format!(
                        "The register licences has no licence of {lost} any more, and accesses rest on it. It is not taken over, and the one before stays in use. Ask who sent it; when it is right, take it over with --sure."
                    ),
                    &format!(
                        "Le registre licences n'a plus aucun permis de {lost}, et des accès en dépendent. Il n'est pas repris, et le précédent reste en usage. Demandez à qui l'a envoyé; s'il est juste, reprenez-le avec --sure."
                    ),
                ));
            }
            let failing = count(&|rest| {
                let (regulator, licence) = rest.licence.as_ref()?;
                file.answers_for(regulator).then(|| file.on(regulator, licence, &rest.family, day))
            });
            if !file_is_doubtful(failing.0, failing.1) {
                whole(taken, before.left_out_by(&file))?;
            }
            Ok(failing)
        }
        Register::Employments => {
            let file = Employments::read(text).map_err(unreadable)?;
            let before = Registers::of(view)?.employments.unwrap_or_default();
            let lost = before.left_out_by(&file);
            let failing = count(&|rest| Some(file.on(rest.employee.as_ref()?, &rest.family, day)));
            if !file_is_doubtful(failing.0, failing.1) {
                whole(taken, lost)?;
            }
            Ok(failing)
        }
    }
}

/// Refuses a file that leaves out many of those whom the one before has: it may have been cut short, or half written.
fn whole(taken: &TakeRegister, (gone, of): (usize, usize)) -> Result<(), Refusal> {
    if taken.sure || !file_is_doubtful(gone, of) {
        return Ok(());
    }
    let name = taken.register.code();
    Err(Refusal::conflict(
        &format!(
            "The register {name} leaves out {gone} of the {of} that stood in the one before: it may have been cut short. It is not taken over, and the one before stays in use. Ask who sent it; when it is right, take it over with --sure."
        ),
        &format!(
            "Le registre {name} omet {gone} des {of} qui figuraient au précédent : il a pu être tronqué. Il n'est pas repris, et le précédent reste en usage. Demandez à qui l'a envoyé; s'il est juste, reprenez-le avec --sure."
        ),
    ))
}

impl Record {
    /// How taking registers goes: `refused` says why one cannot be taken now; what is no more among them is in order.
    ///
    /// # Errors
    /// When the store cannot be read or asks to try again.
    pub fn registers_go(&self, refused: &[(Register, Refusal)], now: Instant) -> Result<(), Refusal> {
        let found: Vec<Found> = refused
            .iter()
            .map(|(register, why)| Found {
                subject: register.code().to_owned(),
                what: Words::new(
                    "Have the register sent again, or take it over when it is right. Until then nobody's access follows it.",
                    "Faites renvoyer le registre, ou reprenez-le s'il est juste. D'ici là, aucun accès ne le suit.",
                ),
                because: why.words.clone(),
            })
            .collect();
        self.hold_incidents(&self.store().view()?, Sort::Register, &found, now)?;
        Ok(())
    }
}
